"""A debrief as one HTML page that needs nothing else."""

from __future__ import annotations

from sandbox.report.debriefing.blocks import Debrief
from sandbox.report.templates import rendered

__all__ = ["debrief_html"]


def debrief_html(debrief: Debrief) -> str:
    """Return a debrief as one self-contained page, without scripts."""
    return rendered("debrief.html.j2", debrief=debrief, anchors=debrief.anchors)
