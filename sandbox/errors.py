"""Errors a user can meet, each with the exit code that the command line returns for it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = [
    "AnswerError",
    "BudgetReachedError",
    "ContentError",
    "EndpointError",
    "InputError",
    "InterruptedSessionError",
    "SandboxError",
    "StorageError",
    "unknown",
]


class SandboxError(Exception):
    """Base of all errors that are shown to the user as one message, without a traceback; ``hint`` says how to go on."""

    exit_code = 2
    hint = ""


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


class StorageError(InputError):
    """A folder or file that cannot be read, written or locked; what was written before stays."""


class EndpointError(SandboxError):
    """The model endpoint refused, failed or answered with something unusable."""

    exit_code = 3


class AnswerError(EndpointError):
    """The endpoint answers, but the model's answers stay unusable after all attempts."""


class BudgetReachedError(SandboxError):
    """The token or money budget is used up; the log so far is kept and the session can be resumed."""

    exit_code = 4


class InterruptedSessionError(SandboxError):
    """The person stopped the session; it can be resumed."""

    exit_code = 130


def unknown(kind: str, given: str, allowed: Iterable[str]) -> str:
    """Return the message for an id that does not exist, with near matches.

    Args:
        kind: what the id should name, for example ``scenario``.
        given: the id as given.
        allowed: the ids that exist.
    """
    known = sorted(allowed)
    near = get_close_matches(given, known, n=3, cutoff=0.5)
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    return f"unknown {kind} '{given}'.{hint} Allowed: {', '.join(known) or '(none)'}."
