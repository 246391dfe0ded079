"""Errors a user can meet, each with the exit code that the command line returns for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Literal

Severity = Literal["error", "warning"]
_LONGEST = 200  # characters of an id that is not known, as a message names it
_MOST_LISTED = 600  # characters of what would be allowed
_ALIKE, _NEAREST = 0.5, 3  # from what share of common characters on an id resembles a name, and how many are told


class SandboxError(Exception):
    """Base of all errors that are shown to the user as one message, without a traceback; ``hint`` says how to go on.

    In Python ``session`` is the id of the session that was begun, which can be gone on with; empty where none was.

    Args:
        message: the message; of one that is `Said` the error has ``key`` and ``values`` as well.
    """

    exit_code = 2
    hint = ""
    session = ""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.key: str = getattr(message, "key", "")
        self.values: Mapping[str, object] = getattr(message, "values", {})

    def __reduce__(self) -> tuple[object, ...]:
        return type(self).__new__, (type(self), *self.args), vars(self)  # classes beneath are made from other arguments


class InputError(SandboxError):
    """An argument, option or file that cannot be used; the message says what is allowed."""


class Said(str):
    """A message in English that can be said in another language.

    Args:
        key: key of its text among the words; empty where it has none.
        values: what that text names.
    """

    key: str
    values: Mapping[str, object]

    def __new__(cls, text: str, key: str = "", values: Mapping[str, object] | None = None) -> Said:
        """Make the message."""
        made = super().__new__(cls, text)
        made.key, made.values = key, values or {}
        return made


class Problem(str):
    """A fault in a content file, as one line: ``file:line: field: message``.

    Args:
        where: file and line.
        field: the field; empty where none is meant.
        says: what is wrong with it, and what is allowed.
        severity: of a ``warning`` the card can be played all the same, and the line says that it is one.
        mark: how the line says so.
    """

    where: str
    field: str
    says: str
    severity: Severity

    def __new__(
        cls, where: str, field: str = "", says: str = "", severity: Severity = "error", mark: str = "warning"
    ) -> Problem:  # fmt: skip
        """Make the fault."""
        marked = mark if severity == "warning" else ""
        made = super().__new__(cls, ": ".join(filter(None, (where, marked, field, says))))
        made.where, made.field, made.says, made.severity = where, field, says, severity
        return made


class ContentError(InputError):
    """One or more faults in content files.

    Args:
        problems: one message a fault, each starting with ``file:line:`` where these are known.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


class UnknownError(InputError):
    """An id that does not exist; the message has near matches and what is allowed.

    Args:
        kind: what the id should name, for example ``scenario``.
        allowed: the ids that exist.
    """

    def __init__(self, kind: str, name: str, allowed: Iterable[str]) -> None:
        said = unknown(kind, name, allowed := tuple(allowed))
        self.kind, self.name, self.allowed = kind, str(said.values["name"]), allowed
        super().__init__(said)


class NoModelError(InputError):
    """A model that is meant cannot be called here, or not as it is meant.

    No endpoint is set, none has it, an extra is missing, or it takes no temperature and one is asked for.
    """


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
    in_money = False


class InterruptedSessionError(SandboxError):
    """The person stopped the session; it can be resumed."""

    exit_code = 130


def near(name: str, allowed: Iterable[str]) -> list[str]:
    """Return up to three ids that resemble a name, the nearest first.

    They are those of `difflib.get_close_matches`, which compares a name with each of thousands in full. Here the
    likeliest come first, and what cannot come before the three that are known is not looked at.
    """
    matcher: SequenceMatcher[str] = SequenceMatcher(b=name)
    likely: list[tuple[float, str]] = []
    for each in allowed:
        matcher.set_seq1(each)
        if matcher.real_quick_ratio() >= _ALIKE and (most := matcher.quick_ratio()) >= _ALIKE:
            likely.append((most, each))
    nearest: list[tuple[float, str]] = []
    for most, each in sorted(likely, reverse=True):
        if len(nearest) == _NEAREST and most < nearest[-1][0]:
            break
        matcher.set_seq1(each)
        if (alike := matcher.ratio()) >= _ALIKE:
            nearest = sorted([*nearest, (alike, each)], reverse=True)[:_NEAREST]
    return [each for _, each in nearest]


def _called(name: str, allowed: Iterable[str]) -> dict[str, str]:
    """Return up to three ids that know that they are called so, or in Chinese that this is part of their name.

    They are those of `sandbox.content.named`, each as a message names it: of a part of its name, with that name.
    """
    wanted, called = name.strip().casefold(), {each: getattr(each, "called", ()) for each in sorted(allowed)}
    whole = {str(each): str(each) for each, names in called.items() if wanted in names}
    parts = {each: next((told for told in names if wanted in told), "") for each, names in called.items()}
    part = {each: f"{each} ({told})" for each, told in parts.items() if told and not wanted.isascii()}
    return dict([*(whole or part).items()][:_NEAREST]) if wanted else {}


def _listed(names: Sequence[str]) -> list[str]:
    """Return names as a message lists them: of very many the first, and how many more there are."""
    kept: list[str] = []
    room = _MOST_LISTED
    for name in names:
        room -= len(name) + 2
        if room < 0:
            return [*kept, f"… (+{len(names) - len(kept)})"]
        kept.append(name)
    return kept


def unknown(kind: str, name: str, allowed: Iterable[str]) -> Said:
    """Return the message for an id that does not exist, with near matches.

    ``kind`` is what the id should name, for example ``scenario``.
    """
    known = _listed(sorted(allowed := tuple(allowed)))
    name = name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
    close = _called(name, allowed) or {each: each for each in near(name, sorted(allowed))}
    close = {} if len(close) == len(known) > 1 else close  # they are listed anyway
    hint = f" Did you mean {', '.join(close.values())}?" if close else ""
    text = f"unknown {kind} '{name}'.{hint} Allowed: {', '.join(known) or '(none)'}."
    return Said(text, "unknown", {"kind": kind, "name": name, "near": [*close], "allowed": known})
