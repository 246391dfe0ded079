"""Endpoints that keep the calls which are made through them, so that a bare loop can make the same."""

from __future__ import annotations

from typing import Any

from sandbox.llm.calls import Call, CallRecord, Endpoint, Reply
from sandbox.llm.endpoints import Endpoints
from sandbox.llm.gateway import Gateway
from sandbox.llm.usage import Meter

__all__ = ["Capturing"]


class Capturing(Endpoints):
    """Keeps the calls.

    Attributes:
        calls: the calls so far.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call[Any]] = []

    def gateway(self, endpoint: Endpoint, meter: Meter, record: CallRecord | None = None) -> Gateway:
        """Return a gateway that keeps its calls here."""
        return _Keeping(super().gateway(endpoint, meter, record), self.calls)


class _Keeping(Gateway):
    def __init__(self, gateway: Gateway, calls: list[Call[Any]]) -> None:
        super().__init__(gateway.connection, gateway.meter, gateway.record, gateway.sleep)
        self._calls = calls

    async def ask(self, call: Call[Any]) -> Reply[Any]:
        self._calls.append(call)
        return await super().ask(call)
