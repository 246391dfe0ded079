"""A debrief as one HTML page that needs nothing else."""

from __future__ import annotations

from functools import cache

import jinja2

from sandbox.report.debriefing.blocks import Debrief

__all__ = ["debrief_html"]


def debrief_html(debrief: Debrief) -> str:
    """Return a debrief as one self-contained page, without scripts."""
    return _template().render(debrief=debrief, anchors=debrief.anchors)


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("sandbox.report", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("debrief.html.j2")
