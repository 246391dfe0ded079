"""What all pages share: colours, the bar on top, small parts, and how a refusal is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Any, Literal

from nicegui import ui
from nicegui.language import Language

from sandbox.content.cards import LANGUAGES
from sandbox.content.plain import plain
from sandbox.content.schemas import Lang
from sandbox.content.words import Words
from sandbox.errors import SandboxError

__all__ = [
    "HTML_LANG", "Slot", "bar", "box", "browser_lang", "bullets", "confirm", "copy_button", "desk_link", "dialog",
    "div", "frame", "heading", "lang_links", "page_lang", "parts", "refusal_line", "refusals", "remember_desk",
    "soft", "tell", "yes_or_cancel",
]  # fmt: skip

HTML_LANG: Mapping[Lang, Language] = {"en": "en-US", "zh": "zh-CN"}
_CSS = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
_SCRIPT = f"<script>{(Path(__file__).parent / 'page.js').read_text(encoding='utf-8')}</script>"


def frame(words: Words, title: str) -> None:
    """Set up a page: language, title, colours, and the dark or light mode that the browser asks for."""
    client = ui.context.client
    client.page = copy(client.page)  # the page object is shared by all visitors, its language is this visitor's
    client.page.language = HTML_LANG[words.lang]
    ui.page_title(f"{title} · {words('app')}")
    ui.add_css(_CSS)
    ui.add_head_html('<meta name="referrer" content="no-referrer">')
    ui.add_head_html(_SCRIPT)
    ui.colors(primary="#1d4e89", positive="#1b6b35", negative="#a4262c", warning="#8a5a00", info="#1d4e89")


def page_lang(otherwise: Lang) -> Lang:
    """Return the language that the visitor asks for in the page's address (``?lang=zh``), or else another."""
    request = ui.context.client.request
    asked = request.query_params.get("lang", "") if request is not None else ""
    return "zh" if asked == "zh" else "en" if asked == "en" else otherwise


def browser_lang() -> Lang:
    """Return the language that the visitor's browser prefers among ours (its header Accept-Language), else English."""
    request = ui.context.client.request
    header = request.headers.get("accept-language", "") if request is not None else ""
    preferred: list[tuple[float, Lang]] = []
    for part in header.split(","):
        name, _, weight = part.partition(";")
        lang = next((lang for lang in LANGUAGES if name.strip().lower().split("-")[0] == lang), None)
        if lang is not None:
            preferred.append((_weight(weight), lang))
    return max(preferred, key=lambda entry: entry[0], default=(0.0, "en"))[1]


def _weight(text: str) -> float:
    """Return the weight of an entry of the header, such as ``q=0.8``; of what is none, 0, and without one 1."""
    try:
        return float(text.strip().removeprefix("q=")) if text.strip() else 1.0
    except ValueError:
        return 0.0


def remember_desk(secret: str) -> None:
    """Have the browser's tab remember the facilitator's address, for links on pages whose own address is not secret."""
    ui.add_head_html(f"<script>sessionStorage.setItem('desk', '/f/{secret}')</script>")


def desk_link(text: str, path: str) -> ui.link:
    """Add a link to a page of the facilitator, by its path below the facilitator's address.

    Only whoever came from there, in the same tab, has it: the page itself does not know the address.
    """
    return ui.link(text, "#").props(f'data-desk="{path}"')


def lang_links(lang: Lang) -> None:
    """Add the links between the languages of a page."""
    with ui.element("nav").classes("pair"):
        for other in LANGUAGES:
            if other != lang:
                ui.link(Words(other)("autonym"), f"?lang={other}").props(f'lang="{other}"').classes("touch")


def bar(words: Words, title: str) -> ui.element:
    """Add the bar on top, and return the place between its title and the button for dark and light."""
    with ui.element("header").classes("bar"):
        heading(1, title)
        beside = ui.element("div").style("display: contents")
        _dark_button(words)
    return beside


def _dark_button(words: Words) -> None:
    mode = ui.dark_mode(None)

    async def toggle() -> None:
        now = mode.value
        if now is None:
            try:
                now = await ui.run_javascript("document.body.classList.contains('body--dark')")
            except TimeoutError:
                return  # the page is gone
        mode.value = not now

    ui.button(icon="contrast", on_click=toggle).props(f'flat dense round aria-label="{words("dark")}"')


def div(classes: str) -> ui.element:
    """Add a place in which elements stand as its classes tell."""
    return ui.element("div").classes(classes)


def box(title: str = "", classes: str = "") -> ui.element:
    """Add a box, a part of the page of its own, with a heading."""
    with ui.element("section").classes(f"box {classes}") as section:
        if title:
            heading(2, title)
    return section


def heading(level: int, text: str) -> ui.element:
    """Add a heading of a level from 1 to 4."""
    with ui.element(f"h{level}") as element:
        parts(text)
    return element


def parts(text: str) -> ui.label:
    """Add text within a line."""
    return ui.label(text).style("display: inline")


def soft(text: str) -> ui.label:
    """Add a small explaining text."""
    return ui.label(text).classes("soft")


def bullets(texts: Sequence[str]) -> None:
    """Add a list."""
    with ui.element("ul").classes("facts"):
        for text in texts:
            with ui.element("li"):
                parts(text)


class Slot:
    """A part of a page that is built anew only when what it depends on has changed, so that typed words stay."""

    def __init__(self, classes: str = "stack") -> None:
        self.element = div(classes)
        self._key: object = self

    def show(self, key: object, build: Callable[[], None]) -> None:
        """Build the part, if its key differs from that of the last time."""
        if key != self._key:
            self._key = key
            self.element.clear()
            with self.element:
                build()


@contextmanager
def dialog(title: str) -> Iterator[ui.dialog]:
    """Open a dialog with a heading, by which screen readers name it; what is added inside stands below.

    It belongs to the page as a whole, so that it stays when the part from which it was opened is built anew.
    """
    with ui.context.client.content, ui.dialog(value=True) as opened, ui.card().classes("dialog"):
        head = heading(2, title)
        opened.props(f'aria-labelledby="{head.html_id}"')
        yield opened


@contextmanager
def refusals(words: Words, beside: ui.label | None = None) -> Iterator[None]:
    """Show a refusal; what the person wrote stays.

    Args:
        words: the words of the page.
        beside: where it stands until the next try, as `refusal_line` makes it; without it a message passes by.
    """
    if beside is not None:
        beside.set_text("")
    try:
        yield
    except SandboxError as error:
        text = plain(words.error(error))
        if beside is not None:
            beside.set_text(text)
        else:
            tell(text, "negative", 8000)


def refusal_line() -> ui.label:
    """Add the place in a box where refusals stand; nothing is to be seen of it while there is none."""
    return ui.label().classes("refusal").props('role="alert"')


def tell(text: str, kind: Literal["positive", "negative", "info"] = "positive", milliseconds: int = 2500) -> None:
    """Show a message that passes by at the top of the page, where it covers nothing that can be pressed."""
    ui.notify(text, type=kind, position="top", multi_line=True, timeout=milliseconds)


def confirm(words: Words, question: str, yes: str, act: Callable[[], Any]) -> None:
    """Ask before something is done."""
    with dialog(question) as opened:

        async def go() -> None:
            opened.close()
            done = act()
            if hasattr(done, "__await__"):
                await done

        yes_or_cancel(words, opened, yes, go)


def yes_or_cancel(words: Words, opened: ui.dialog, yes: str, act: Callable[[], Any]) -> None:
    """Add the buttons at the end of a dialog."""
    with div("pair"):
        ui.button(yes, on_click=act)
        ui.button(words("cancel"), on_click=opened.close).props("flat")


def copy_button(words: Words, text: str) -> None:
    """Add a button that copies a link."""

    def copy() -> None:
        ui.clipboard.write(text)
        tell(words("copied"))

    ui.button(words("copy"), icon="content_copy", on_click=copy).props("flat dense")
