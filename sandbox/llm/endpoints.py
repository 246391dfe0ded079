"""The endpoints of a process: all sessions there share their connections and what was learned of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from sandbox.llm.calls import CallRecord, Endpoint
from sandbox.llm.embedded import EmbeddedEngine, Progress
from sandbox.llm.limiter import MOST
from sandbox.llm.usage import Meter

if TYPE_CHECKING:  # the client takes a while to import, and many commands never call a model
    import openai

    from sandbox.llm.batches import BatchApi
    from sandbox.llm.connection import Connection
    from sandbox.llm.gateway import Gateway, PostponingGateway


T = TypeVar("T")


class Endpoints:
    """Opened once, shared by all sessions of one event loop, and closed once; connections are made when needed.

    Args:
        most: most requests at once to one endpoint.
        client: makes the client of an endpoint; None for the usual one.
        sleep: waits between attempts (seconds).
    """

    def __init__(
        self,
        most: int = MOST,
        client: Callable[[Endpoint], openai.AsyncOpenAI] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._most, self._client, self._sleep = most, client, sleep
        self._connections: dict[Endpoint, Connection] = {}
        self._engines: dict[Path | None, EmbeddedEngine] = {}

    def gateway(self, endpoint: Endpoint, meter: Meter, record: CallRecord | None = None) -> Gateway:
        """Return a gateway to an endpoint, for one session.

        ``record`` keeps finished calls; None keeps nothing.

        Raises:
            EndpointError: the endpoint's address or key cannot be used.
        """
        from sandbox.llm.gateway import Gateway

        return Gateway(self._connection(endpoint), meter, record, self._sleep)

    def postponing(self, endpoint: Endpoint, record: CallRecord, failed: Mapping[str, str]) -> PostponingGateway:
        """Return a gateway that makes no call and collects the open questions.

        ``failed`` says, by key, why calls that are not made again had no usable answer.

        Raises:
            EndpointError: the endpoint's address or key cannot be used.
        """
        from sandbox.llm.gateway import PostponingGateway

        return PostponingGateway(self._connection(endpoint), record, failed)

    def batches(self, endpoint: Endpoint) -> BatchApi:
        """Return an endpoint's Batch API, whether or not it has one (see `BatchApi.check`); raises as `gateway`."""
        from sandbox.llm.batches import BatchApi

        return BatchApi(self._connection(endpoint), self._sleep)

    async def listed(self, endpoint: Endpoint) -> list[str] | None:
        """Return the models that an endpoint lists, None if it has no list; raises `EndpointError`."""
        return await self._connection(endpoint).listed()

    def embedded(self, gguf: Path | None, cache: Path | None, progress: Progress) -> Endpoint:
        """Return the endpoint of the embedded engine, started on first use; arguments are those of `EmbeddedEngine`.

        Raises:
            NoModelError: the ``local`` extra is missing.
            InputError: the file is not a model.
            EndpointError: the engine did not start.
        """
        if gguf not in self._engines:
            self._engines[gguf] = EmbeddedEngine(gguf, cache, progress)
        return self._engines[gguf].endpoint

    def _connection(self, endpoint: Endpoint) -> Connection:
        from sandbox.llm.connection import Connection
        from sandbox.llm.transport import connect

        if endpoint not in self._connections:
            client = (self._client or connect)(endpoint)
            self._connections[endpoint] = Connection(endpoint, client, self._most)
        return self._connections[endpoint]

    async def during(self, work: Awaitable[T]) -> T:
        """Await work that uses the endpoints, then close them."""
        async with self:
            return await work

    async def close(self) -> None:
        """Close all connections, in the event loop that used them."""
        while self._connections:
            await self._connections.popitem()[1].close()

    async def __aenter__(self) -> Endpoints:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self.close()
