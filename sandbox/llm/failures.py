"""How a request can fail, in the gateway's own words."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.errors import EndpointError
from sandbox.llm.structured import UnusableAnswerError


class AbsentError(EndpointError):
    """The endpoint has no such address, or nothing there that the request names."""


class OutOfReachError(EndpointError):
    """The endpoint failed at every attempt, in a way that may pass."""


class PostponedError(Exception):
    """A question is not asked now, but in bulk with others; its answer comes later."""


class RefusedError(Exception):
    """A refused request; carries the endpoint's words, in lower case."""

    def __init__(self, message: str, words: str) -> None:
        super().__init__(message)
        self.words = words


class RetryableError(Exception):
    """A failure that may pass.

    Args:
        retry_after: the wait that the endpoint asked for, in seconds.
        reason: what it is in short, for whoever waits: a status such as ``500``, or a key of the words ``wait.reason``.
    """

    def __init__(self, message: str, retry_after: float | None = None, reason: str = "broken") -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.reason = reason


class BusyError(RetryableError):
    """The endpoint gets too many requests (status 429); ``repeated`` where the same call has got two before."""

    repeated = False


class CutError(UnusableAnswerError):
    """The answer was cut off before the model had come from its reasoning to its answer; more room may help."""


class NoCompletionError(UnusableAnswerError):
    """What answered is no completion: a web page, or nothing; something else may be at the address than is meant."""


@dataclass(frozen=True)
class Retry:
    """A request that failed is made again.

    Args:
        reason: why it failed, as by `RetryableError`.
        why: of an answer that cannot be used, what is wrong with it; else empty.
        seconds: how long it waits before that.
        attempt: the number of the attempt that comes, from 2.
        attempts: how many there are at most.
    """

    reason: str
    why: str
    seconds: float
    attempt: int
    attempts: int


class OverdueError(Exception):
    """The requests of a call have taken all the time that they have together."""
