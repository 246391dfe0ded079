"""Documents as answers: read in the browser or downloaded under a name, and what may run in them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from urllib.parse import quote

from fastapi import HTTPException, Response
from fastapi.responses import FileResponse, PlainTextResponse

from sandbox.content.language import Lang
from sandbox.content.plain import plain
from sandbox.content.words import Words
from sandbox.errors import SandboxError
from sandbox.game.session import Session
from sandbox.report.document.blocks import ReportDocument
from sandbox.report.document.formats import FORMATS
from sandbox.report.document.html import SCRIPT_HASH
from sandbox.report.pages.session import session_report
from sandbox.report.results import card_of
from sandbox.web.tables.house import House

_MEDIA = {
    "html": "text/html; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
CLOSED = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
"""The policy by which nothing in a document may run or load, in whatever window or frame it is opened."""
PLAYS = f"{CLOSED}; script-src '{SCRIPT_HASH}'; sandbox allow-scripts"
"""The policy by which the one script that plays the map may run, by its hash, in an origin of its own, and nothing
else runs, is sent or loaded."""


async def send(
    words: Words, form: str, make: Callable[[], Awaitable[str | bytes | Path]], name: str = "", policy: str = CLOSED
) -> Response:
    """Return a document as a response, or in words why there is none.

    With a name it is downloaded under it; without one it is shown.
    """
    if form not in _MEDIA:
        raise HTTPException(404)
    try:
        page = await make()
    except SandboxError as error:
        return PlainTextResponse(plain(words.error(error)), status_code=409)
    headers = {"Content-Security-Policy": policy} | (attached(name) if name else {})
    if isinstance(page, Path):
        return FileResponse(page, media_type=_MEDIA[form], headers=headers)
    return Response(page, media_type=_MEDIA[form], headers=headers)


def attached(name: str) -> dict[str, str]:
    """Return the header by which an answer is downloaded under a name."""
    named = f'filename="{name}"' if quote(name) == name else f"filename*=utf-8''{quote(name)}"
    return {"Content-Disposition": f"attachment; {named}"}


async def send_document(words: Words, form: str, make: Callable[[], ReportDocument], name: str = "") -> Response:
    """Return a document, made in a thread of its own, in a format as `send` does."""
    return await send(words, form, partial(asyncio.to_thread, lambda: FORMATS[form](make())), name)


def report_of(house: House, session: Session, lang: Lang) -> ReportDocument:
    """Return the report of a session, with its scores."""
    return session_report(session, card_of(session, house.runs, null=True), lang)


def file_named(name: str, form: str, *, always: bool = False) -> str:
    """Return the name under which a document is downloaded; empty for a page to read, unless ``always``."""
    return f"{name}.{form}" if always or form != "html" else ""
