"""Errors a user can meet, each with the exit code that the command line returns for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

__all__ = [
    "AnswerError", "BudgetReachedError", "ContentError", "DeclinedError", "EndpointError", "InputError",
    "InterruptedSessionError", "SandboxError", "StorageError", "UnknownError", "near", "unknown",
]  # fmt: skip


class SandboxError(Exception):
    """Base of all errors that are shown to the user as one message, without a traceback; ``hint`` says how to go on.

    Args:
        message: the message.
        key: key of its text among the words, so that it can be shown in another language; empty where it has none.
        values: what that text names.
    """

    exit_code = 2
    hint = ""

    def __init__(self, message: str = "", key: str = "", values: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.key = key
        self.values: Mapping[str, object] = values or {}


class InputError(SandboxError):
    """An argument, option or file that cannot be used; the message says what is allowed."""


class ContentError(InputError):
    """One or more faults in content files.

    Args:
        problems: one message a fault, each starting with ``file:line:`` where these are known.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class UnknownError(InputError):
    """An id that does not exist; the message has near matches and what is allowed.

    Args:
        kind: what the id should name, for example ``scenario``.
        name: the id.
        allowed: the ids that exist.
    """

    def __init__(self, kind: str, name: str, allowed: Iterable[str]) -> None:
        self.kind, self.name, self.allowed = kind, name, tuple(allowed)
        super().__init__(unknown(kind, name, self.allowed))


class StorageError(InputError):
    """A folder or file that cannot be read, written or locked; what was written before stays."""


class EndpointError(SandboxError):
    """The model endpoint refused, failed or answered with something unusable."""

    exit_code = 3


class AnswerError(EndpointError):
    """The endpoint answers, but the model's answers stay unusable after all attempts."""


class DeclinedError(AnswerError):
    """The model refused one question, or a filter did; others may be answered."""


class BudgetReachedError(SandboxError):
    """The token or money budget is used up; the log so far is kept and the session can be resumed."""

    exit_code = 4


class InterruptedSessionError(SandboxError):
    """The person stopped the session; it can be resumed."""

    exit_code = 130


def near(name: str, allowed: Iterable[str]) -> list[str]:
    """Return up to three ids that resemble a name, the nearest first."""
    return get_close_matches(name, list(allowed), n=3, cutoff=0.5)


def unknown(kind: str, given: str, allowed: Iterable[str]) -> str:
    """Return the message for an id that does not exist, with near matches.

    Args:
        kind: what the id should name, for example ``scenario``.
        given: the id as given.
        allowed: the ids that exist.
    """
    known = sorted(allowed)
    close = near(given, known)
    hint = f" Did you mean {', '.join(close)}?" if close else ""
    return f"unknown {kind} '{given}'.{hint} Allowed: {', '.join(known) or '(none)'}."
