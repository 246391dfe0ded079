"""How a request can fail, in the gateway's own words."""

from __future__ import annotations

from sandbox.errors import EndpointError
from sandbox.llm.structured import UnusableAnswerError

ADDRESS = "is OPENAI_BASE_URL right (it often ends in /v1), or does a proxy or a login page answer in its place?"


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
    """A failure that may pass; carries the wait that the endpoint asked for, in seconds."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class BusyError(RetryableError):
    """The endpoint gets too many requests (status 429)."""


class CutError(UnusableAnswerError):
    """The answer was cut off before the model had come from its reasoning to its answer; more room may help."""


class NoCompletionError(UnusableAnswerError):
    """What answered is no completion: a web page, or nothing; something else may be at the address than is meant."""


class OverdueError(Exception):
    """The requests of a call have taken all the time that they have together."""
