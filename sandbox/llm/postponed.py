"""A gateway that makes no call: questions whose answers are not on record are kept, to be asked in bulk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from sandbox.errors import AnswerError
from sandbox.llm.calls import Call, CallRecord, ModelCall, Reply
from sandbox.llm.connection import Connection
from sandbox.llm.failures import PostponedError
from sandbox.llm.gateway import Gateway
from sandbox.llm.usage import Meter

T = TypeVar("T")


class PostponingGateway(Gateway):
    """Answers from the record alone.

    Args:
        failed: why the model gave no usable answer, by the keys of calls that are not made again.

    Attributes:
        open: the questions that came up and are not answered.
    """

    def __init__(self, connection: Connection, record: CallRecord, failed: Mapping[str, str]) -> None:
        super().__init__(connection, Meter(), record)
        self.open: list[ModelCall[Any]] = []
        self._failed = failed

    async def ask(self, call: Call[T]) -> Reply[T]:
        """Return the answer on record.

        Raises:
            PostponedError: there is none; the question is kept.
            AnswerError: the model gave no usable answer, and is not asked again.
        """
        question = ModelCall.of(self.endpoint.model, call)
        recorded = self.recorded(question)
        if recorded is not None:
            return recorded
        if call.key in self._failed:
            raise AnswerError(self._failed[call.key])
        self.open.append(question)
        raise PostponedError(call.key)
