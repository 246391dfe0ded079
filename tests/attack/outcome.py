"""What came of an attempt."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Outcome"]


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt.

    Args:
        area: to what it belongs.
        name: what was wrong.
        ended: ``finished``, ``stopped`` with a message, or how many of several did; ``held``: the web app.
        seconds: how long it ran.
        memory: most megabytes of its process; 0 where it had none of its own.
        calls: requests that the endpoint got.
        said: the message with which it stopped.
        complaints: what should not have been.
    """

    area: str
    name: str
    ended: str
    seconds: float
    memory: float
    calls: int
    said: str
    complaints: tuple[str, ...]
