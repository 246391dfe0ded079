"""What the facilitator takes off walls, phones and documents of what was said, and puts back."""

from __future__ import annotations

from sandbox.content.words import refusal
from sandbox.record.log import Log


def take_off(log: Log, line: str, *, off: bool) -> None:
    """Write to a log that the words of a line are taken off, or put back.

    Raises:
        InputError: nobody has spoken it.
    """
    if log.find("line", line) is None:
        spoken = [event.payload["id"] for event in log.of("line")]
        raise (
            refusal("refused.no_line", line=line, first=spoken[0], last=spoken[-1])
            if spoken
            else refusal("refused.no_lines", line=line)
        )
    log.append("removal", {"id": f"X{len(log.of('removal')) + 1}", "line": line, "off": off})
