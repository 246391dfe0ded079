"""What an address says behind which nothing is, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from pathlib import Path
from types import MappingProxyType

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from nicegui import app
from starlette.middleware.base import RequestResponseEndpoint

from sandbox.content.plain import plain
from sandbox.content.words import fault
from sandbox.errors import InputError
from sandbox.web.frame import browser_lang, lang_of, prefix_of

_STYLE = Path(__file__).with_name("nowhere.css").read_text(encoding="utf-8")
_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "same-origin",
    # The components are compiled in the page, which needs 'unsafe-eval'; nothing may come from or go to elsewhere.
    "Content-Security-Policy":
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-src 'self'; frame-ancestors 'self'; "
        "base-uri 'self'; form-action 'self'; object-src 'none'",
}  # fmt: skip


class _NowhereError(InputError):
    """There is nothing at an address for whoever asks there."""


@contextmanager
def at_table() -> Iterator[None]:
    """Draw a page of a table; where the table is gone, or a card that it needs, say so."""
    try:
        yield
    except InputError as error:
        key = "gone" if error.key == "refused.no_table" else "content.missing_card"
        raise fault(_NowhereError, key) from error


@contextmanager
def refused_there() -> Iterator[None]:
    """Draw the page of a join code or of a card; where it leads nowhere, or the card cannot be changed, say so."""
    try:
        yield
    except InputError as error:
        raise _NowhereError(error.args[0]) from error


def nowhere(
    key: str, request: Request, *, status: int = 404, values: Mapping[str, object] = MappingProxyType({})
) -> Response:
    """Return the page for an address behind which nothing is, in the language of whoever asks."""
    lang = lang_of(request.query_params.get("lang", ""), browser_lang(request))
    words = app.state.sites[0].house.words(lang)
    texts = f"<p>{escape(plain(words(key, **values)))}</p>"
    title, door = escape(words("app")), f"{prefix_of(request)}/?lang={lang}"
    again = f'<a href="{door}">{escape(words("join.again"))}</a>'
    page = (
        f'<!doctype html><html lang="{lang}"><head><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{title}</h1>{texts}<p>{again}</p></main></body></html>"
    )
    later = {"Retry-After": "60"} if status == 429 else {}
    return HTMLResponse(page, status_code=status, headers={**_HEADERS, "Cache-Control": "no-store", **later})


async def with_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """Answer with what browsers are told of every page."""
    response = await call_next(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if not request.url.path.startswith("/_nicegui"):
        response.headers["Cache-Control"] = "no-store"
    return response


def keep_nowhere() -> None:
    """Answer so where NiceGUI would write the address, and with it a link's token, into the server's log."""
    app.add_exception_handler(404, lambda request, _: nowhere("not_found", request))
    app.add_exception_handler(
        _NowhereError,
        lambda request, error: nowhere(
            error.key, request, status=429 if error.key == "too_many" else 404, values=error.values
        ),
    )
