"""Parses values of options, with errors for those that are not allowed."""

from __future__ import annotations

import math
from collections.abc import Iterable

from sandbox.cli.translation import said, translated
from sandbox.content.named import id_of
from sandbox.errors import InputError, unknown

_MOST_SEEDS = 100_000


def checked_speed(speed: float | None) -> float | None:
    """Return a speed of playback; raises `InputError` unless it is 0, or 0.1 or more."""
    if speed is not None and speed != 0 and not 0.1 <= speed < math.inf:  # neither what is no number
        raise InputError(translated("--speed: {speed} is not allowed; give 0, or 0.1 or more", speed=f"{speed:g}"))
    return speed


def parts(text: str) -> list[str]:
    """Return the parts between the commas of an option."""
    return [part.strip() for part in text.split(",") if part.strip()]


def pairs(option: str, texts: Iterable[str]) -> dict[str, str]:
    """Return the values of ``name=value`` options by name; raises `InputError` for other forms and repeated names."""
    known: dict[str, str] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            raise InputError(translated("{option}: '{text}' is not of the form name=value", option=option, text=text))
        if name in known:
            raise InputError(translated("{option}: '{name}' is given twice", option=option, name=name))
        known[name] = value
    return known


def check(option: str, kind: str, names: Iterable[str], allowed: Iterable[str]) -> None:
    """Raise `InputError` for the first name that an option does not allow; the message lists the allowed ones."""
    known = list(allowed)
    for name in names:
        if name not in known:
            raise InputError(f"{option}: {said(unknown(kind, name, known))}")


def ids(option: str, kind: str, names: Iterable[str], allowed: Iterable[str]) -> list[str]:
    """Return the ids in an option, given by id or name; raises `InputError` for the first that is neither."""
    known = list(allowed)
    named = [id_of(name, known) for name in names]
    check(option, kind, named, known)
    return named


def checked_formats(options: Iterable[str], allowed: Iterable[str]) -> list[str]:
    """Return the formats in an option, separated by commas or repeated, without duplicates.

    Raises:
        InputError: there is no such format; the message lists those that exist.
    """
    formats = [form for option in options for form in parts(option)]
    check("--format", "format", formats, allowed)
    return list(dict.fromkeys(formats))


def forms(formats: Iterable[str] | None, default: str = "html") -> list[str]:
    """Return the formats of a document in an option, or the default; raises as `checked_formats`."""
    from sandbox.report.document.formats import FORMATS

    return checked_formats(formats or [default], FORMATS)


def seeds_of(text: str) -> tuple[int, ...]:
    """Return the seeds of ``--seeds``, in order and without duplicates; raises `InputError` for other texts."""
    numbers: set[int] = set()
    for part in parts(text):
        first, dash, last = (end.strip() for end in part.partition("-"))
        ends = (first, last) if dash else (first, first)
        low, high = (int(end) if end.isascii() and end.isdigit() else -1 for end in ends)
        if not 0 <= low <= high < 2**31:
            not_allowed = "--seeds: '{part}' is not allowed; give numbers and ranges: 1-20, or 1,3,5-8"
            raise InputError(translated(not_allowed, part=part))
        if len(numbers) + high - low >= _MOST_SEEDS:
            raise InputError(translated("--seeds: that is more than {most} seeds; give fewer", most=f"{_MOST_SEEDS:,}"))
        numbers.update(range(low, high + 1))
    if not numbers:
        raise InputError(translated("--seeds: names none; give numbers and ranges: 1-20, or 1,3,5-8"))
    return tuple(sorted(numbers))
