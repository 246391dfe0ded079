"""The errors of requests."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.errors import EndpointError
from sandbox.llm.structured import UnusableAnswerError


class AbsentError(EndpointError):
    """The endpoint has no such address (status 404 or 405)."""


class OutOfReachError(EndpointError):
    """The endpoint failed at every attempt, in a way that may pass."""


class PostponedError(Exception):
    """A question is not asked now but later, in bulk with others."""


class RefusedError(Exception):
    """A refused request; carries the endpoint's words, in lower case."""

    def __init__(self, message: str, words: str) -> None:
        super().__init__(message)
        self.words = words


class RetryableError(Exception):
    """A failure that may pass.

    Args:
        retry_after: the wait that the endpoint asked for, in seconds.
        reason: a status such as ``500``, or a key of the words ``wait.reason``, to be shown during the wait.
    """

    def __init__(self, message: str, retry_after: float | None = None, reason: str = "broken") -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.reason = reason


class BusyError(RetryableError):
    """The endpoint gets too many requests (status 429); ``repeated`` if the same call has got two before."""

    repeated = False


class CutError(UnusableAnswerError):
    """The answer was cut off while the model was still reasoning; more tokens may help."""


class NoCompletionError(UnusableAnswerError):
    """The answer is no completion but, for example, a web page or nothing; the address may be wrong."""


@dataclass(frozen=True)
class Retry:
    """A request that failed and will be made again.

    Args:
        reason: why it failed, as in `RetryableError`.
        why: what is wrong with an unusable answer; else empty.
        seconds: the wait before the next attempt.
        attempt: the number of that attempt, from 2.
        attempts: the most attempts.
    """

    reason: str
    why: str
    seconds: float
    attempt: int
    attempts: int


class OverdueError(Exception):
    """The requests of a call have used up their time (see `Endpoint.patience`)."""
