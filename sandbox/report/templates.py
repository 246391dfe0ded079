"""The pages' templates; everything put into them is escaped."""

from __future__ import annotations

from functools import cache

import jinja2

from sandbox.content.plain import plain

__all__ = ["rendered"]


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("sandbox.report", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def rendered(template: str, /, **values: object) -> str:
    """Return a page, without control and bidi characters.

    Args:
        template: the file of its template, such as ``page.html.j2``.
        values: what the template names.
    """
    return plain(_environment().get_template(template).render(values))
