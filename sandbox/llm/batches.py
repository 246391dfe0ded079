"""An endpoint's Batch API: a file of requests is uploaded, answered within a day, and its answers are fetched."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import IO, Any, TypeVar
from urllib.parse import quote

from sandbox.content.plain import clipped, plain
from sandbox.content.words import fault, said
from sandbox.errors import EndpointError, InterruptedSessionError
from sandbox.llm.abilities import request_body
from sandbox.llm.calls import Endpoint, ModelCall, RecordedCall, given_up_key
from sandbox.llm.connection import Connection, EndpointAnswer, at
from sandbox.llm.failures import AbsentError, OutOfReachError, RefusedError, RetryableError
from sandbox.llm.gateway import retrying, unusable
from sandbox.llm.usage import Usage

T = TypeVar("T")
MOST_REQUESTS, MOST_BYTES = 50_000, 200_000_000
"""The most that one file may hold, by OpenAI's documentation of ``POST /batches``."""
_ENDED = ("completed", "expired", "cancelled", "failed")
_PAGE, _MOST_PAGES = 100, 1_000
_TRANSFER = 900.0  # timeout in seconds for a large file, up or down
_DAY = 86_400.0
# An id goes into the store and into addresses, which anything else would break.
_ID = re.compile(r"(?!.*\.\.)[\w./:=@+~-]{1,1000}", re.ASCII)
_LONGEST_WORDS = 500  # characters of what an endpoint says


@dataclass(frozen=True)
class Batch:
    """A batch as the endpoint describes it.

    Args:
        id: the endpoint's id.
        status: ``validating``, ``in_progress``, ``completed``, ``expired``, ``failed``, ``cancelled``, …
        files: ids of the files with answers and with errors, if any.
        done: number of answered requests.
        failed: number of failed requests.
        words: the endpoint's messages on errors of the batch.
    """

    id: str
    status: str
    files: tuple[str, ...]
    done: int
    failed: int
    words: str

    @property
    def ended(self) -> bool:
        """Whether no more answers will come."""
        return self.status in _ENDED


@dataclass(frozen=True)
class BatchLine:
    """The result of one request.

    Args:
        id: the id that the request was given.
        status: HTTP status of the answer; 0 if the request was not made.
        data: the completion as plain values; None without one.
        words: the endpoint's explanation if it has not answered.
    """

    id: str
    status: int
    data: Any
    words: str

    @property
    def refused(self) -> bool:
        """Whether the endpoint refused the request as invalid."""
        return self.status in (400, 422)


class BatchApi:
    """The Batch API of an endpoint. Failures that may pass are tried again; nothing is submitted twice.

    Args:
        sleep: waits between attempts (seconds).

    Attributes:
        stopped: returns whether the caller wants to stop.
    """

    def __init__(self, connection: Connection, sleep: Callable[[float], Awaitable[None]]) -> None:
        self.stopped: Callable[[], bool] = lambda: False
        self._connection, self._client, self._sleep = connection, connection.client, sleep

    @property
    def where(self) -> str:
        """The endpoint's address, without secret parts."""
        return self._connection.endpoint.where

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint and model."""
        return self._connection.endpoint

    async def check(self) -> None:
        """Raise `EndpointError` if the endpoint has no Batch API."""
        try:
            await self._page("", 1, lambda _: None)
        except AbsentError as error:
            raise fault(EndpointError, "call.no_batch", where=self.where, why=error) from error

    def line(self, name: str, question: ModelCall[Any], tries: int) -> bytes:
        """Return the line of a file that asks a question.

        ``name`` will be the id of its answer. ``tries`` counts earlier attempts; each changes the seed.
        """
        body = {
            "custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": self._body(question, tries),
        }  # fmt: skip
        return json.dumps(body, ensure_ascii=False).encode() + b"\n"

    def answer(self, question: ModelCall[Any], tries: int, line: BatchLine) -> EndpointAnswer:
        """Return the answer to a question from the result of its request."""
        return self._connection.read(self._body(question, tries), line.data)

    def in_vain(self, question: ModelCall[Any], tries: int, answer: EndpointAnswer) -> RecordedCall:
        """Return the record of an unusable answer; its cost is counted with the usable one."""
        failed, key = unusable(self._connection, [answer]), given_up_key(question.call.key, tries)
        return RecordedCall(key, question.digest, "", Usage(), failed=failed)

    async def upload(self, name: str, file: IO[bytes]) -> str:
        """Upload a file of requests and return its id."""

        async def send() -> str:
            file.seek(0)
            sent = self._client.files.create(file=(name, file), purpose="batch", timeout=_TRANSFER)
            return self._id(getattr(await self._connection.reach(sent), "id", None))

        return await self._tried(send)

    async def create(self, file: str, metadata: Mapping[str, str], made: float) -> Batch:
        """Make the batch of an uploaded file of requests.

        ``metadata`` identifies the batch and is stored with it. ``made`` is when it was first to be made, in seconds
        since 1970; older batches are not looked at.
        """
        tried = False

        async def send() -> Batch:
            nonlocal tried
            known = await self.find(file, metadata, made) if tried else None  # it may exist though the answer was lost
            tried = True
            body = {
                "input_file_id": file, "endpoint": "/v1/chat/completions", "completion_window": "24h",
                "metadata": dict(metadata),
            }  # fmt: skip
            return known or self._batch(
                await self._connection.reach(self._client.post("/batches", cast_to=object, body=body))
            )

        return await self._tried(send)

    async def find(self, file: str, metadata: Mapping[str, str], made: float) -> Batch | None:
        """Return the batch of a file, or with the metadata; None if there is none. Arguments as for `create`.

        Raises:
            EndpointError: the endpoint fails, or its list does not end.
            InterruptedSessionError: `stopped` was true meanwhile.
        """

        def read(page: Any) -> tuple[Batch | None, str]:
            data = at(page, "data")
            listed = data if isinstance(data, list) else []
            for each in listed:
                if at(each, "input_file_id") == file or at(each, "metadata") == dict(metadata):
                    return self._batch(each), ""
            # The newest come first. Clocks may differ, but not by a day.
            last = listed[-1] if listed else None
            created = at(last, "created_at")
            old = isinstance(created, int | float) and 0 < created < made - _DAY
            return None, self._id(at(last, "id")) if last is not None and at(page, "has_more") and not old else ""

        after, known = "", set[str]()
        while len(known) < _MOST_PAGES:
            batch, after = await self._page(after, _PAGE, read)
            if not after:
                return batch
            if after in known:
                break
            if self.stopped():
                raise fault(InterruptedSessionError, "call.interrupted")
            known.add(after)
        raise fault(EndpointError, "call.at", where=self.where, why=said("call.broken", why=said("call.endless")))

    async def retrieve(self, batch: str) -> Batch:
        """Return the present state of a batch; raises `AbsentError` if the endpoint does not know it."""
        return await self._tried(self._getting(f"/batches/{batch}", self._batch))

    async def lines(self, batch: Batch) -> Iterator[BatchLine]:
        """Return the results of a batch's requests that the endpoint gives."""
        texts = []
        for file in batch.files:

            async def fetch(file: str = file) -> str:
                content = self._client.files.content(file, timeout=_TRANSFER)
                return (await self._connection.reach(content)).content.decode("utf-8", "replace")

            texts.append(await self._tried(fetch))
        return (line for text in texts for line in map(self._line, text.split("\n")) if line is not None)

    async def _page(self, after: str, limit: int, read: Callable[[Any], T]) -> T:
        beyond = f"&after={quote(after)}" if after else ""
        return await self._tried(self._getting(f"/batches?limit={limit}{beyond}", read))

    def _getting(self, path: str, read: Callable[[Any], T]) -> Callable[[], Awaitable[T]]:
        async def get() -> T:
            return read(await self._connection.reach(self._client.get(path, cast_to=object)))

        return get

    async def _tried(self, send: Callable[[], Awaitable[T]]) -> T:
        """Make a request, again after failures that may pass; raises `OutOfReachError` if they last."""
        try:
            return await retrying(self._sleep)(send)
        except RefusedError as error:
            raise EndpointError(error.args[0]) from None
        except RetryableError as error:
            why = error.args[0]
            raise OutOfReachError(why if self.where in why else said("call.at", where=self.where, why=why)) from None

    def _body(self, question: ModelCall[Any], tries: int) -> dict[str, Any]:
        call = replace(question.call, seed=question.call.seed + tries)
        return request_body(self._connection.endpoint.asked_for, call, self._connection.abilities)

    def _batch(self, data: Any) -> Batch:
        done, failed = (at(data, "request_counts", name) for name in ("completed", "failed"))
        files = (at(data, "output_file_id"), at(data, "error_file_id"))
        errors = at(data, "errors", "data")
        words = "; ".join(str(at(error, "message")) for error in errors) if isinstance(errors, list) else ""
        return Batch(
            self._id(at(data, "id")), str(at(data, "status")), tuple(self._id(file) for file in files if file),
            done if isinstance(done, int) else 0, failed if isinstance(failed, int) else 0, self._words(words),
        )  # fmt: skip

    def _line(self, text: str) -> BatchLine | None:
        """Return the result in a line of an answer file; None if it cannot be read."""
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            return None
        name, status = at(data, "custom_id"), at(data, "response", "status_code")
        if not isinstance(name, str) or name != plain(name):
            return None
        body = at(data, "response", "body")
        words = at(body, "error", "message") or at(data, "error", "message") or at(data, "error", "code") or ""
        status = status if isinstance(status, int) else 0
        return BatchLine(name, status, body if status == 200 else None, self._words(str(words)))

    def _words(self, text: str) -> str:
        """Return the endpoint's words, safe to keep and show."""
        return clipped(self._connection.redact(plain(text)), _LONGEST_WORDS)

    def _id(self, answer: Any) -> str:
        if not isinstance(answer, str) or not _ID.fullmatch(answer):
            raise RetryableError(said("call.broken", why=said("call.no_id")))
        return answer
