"""Parts shared by all pages: colours, the bar on top, small elements, dialogs, and refusals."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlencode

from nicegui import Client, ui
from nicegui.elements.mixins.text_element import TextElement
from nicegui.language import Language
from starlette.requests import Request

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.plain import plain
from sandbox.content.words import Words
from sandbox.errors import SandboxError, StorageError
from sandbox.settings import language
from sandbox.web.links import is_own, qr_svg

_LOG = logging.getLogger(__name__)
Cell = str | Callable[[], object]
"""The content of a cell of a table: text, or a function that draws it."""
_FORMS = ("html", "docx", "md")
_HTML_LANG: Mapping[Lang, Language] = {"en": "en-US", "zh": "zh-CN"}
_DEVICES = ("iPhone", "iPad", "HarmonyOS", "Android", "Windows", "Macintosh", "Linux")  # Android says Linux as well
_HERE = Path(__file__).parent
_STEP = 0.02
_STEPS = range(10, 200)


def frame(words: Words, title: str, style: str = "") -> None:
    """Set up a page: language, title, colours, and its own style sheet and script if it has them."""
    client = ui.context.client
    client.page = copy(client.page)  # the page object is shared by all visitors, its language is this visitor's
    client.page.language = _HTML_LANG[words.lang]
    ui.page_title(f"{title} · {words('app')}")
    ui.add_head_html('<meta name="referrer" content="no-referrer">')
    lost = "".join(f' data-{way}="{escape(words(f"unconnected.{way}"))}"' for way in ("lost", "kept", "goes"))
    ui.add_head_html(f'<meta name="unconnected" content="{escape(words("unconnected"))}"{lost}>')
    for name in filter(None, ("page", style)):
        ui.add_css(_HERE / f"{name}.css")
        ui.add_head_html(_script(name))
    # In the first answer, so that whoever has a slow link reads something until the scripts are there.
    ui.add_body_html(f'<p class="opening"><b>{escape(title)}</b><br>{escape(words("opening"))}</p>')
    ui.colors(primary="#1d4e89", positive="#1b6b35", negative="#a4262c", warning="#8a5a00", info="#1d4e89")


@cache
def _script(name: str) -> str:
    path = _HERE / f"{name}.js"
    return f"<script>{path.read_text(encoding='utf-8')}</script>" if path.is_file() else ""


@contextmanager
def page(
    words: Words, title: str, style: str = "", *, head: str = "", desk: str = "", **query: str
) -> Iterator[TextElement]:
    """Set up a page; elements added within the context go to the bar on top, between head and language links.

    Its head, which is its title unless told otherwise, is a label that may say something else later. The page in the
    other language is asked for the same as this one. The browser's tab remembers the facilitator's secret, where it is
    named.
    """
    frame(words, title, style)
    if desk:
        remember_desk(desk)
    label, beside = _bar(words, head or title)
    with beside:
        yield label
        lang_links(words.lang, **query)


def lang_of(text: str, otherwise: Lang = "en") -> Lang:
    """Return the language that a page's address names (``?lang=zh``), else ``otherwise``."""
    return next((lang for lang in LANGUAGES if lang == text), otherwise)


def page_lang(otherwise: Lang) -> Lang:
    """Return the language of the visited page's address, else ``otherwise``."""
    return lang_of(ui.context.client.request.query_params.get("lang", ""), otherwise)


def browser_lang(request: Request, otherwise: Lang = "en") -> Lang:
    """Return the language of ours that the browser prefers (header Accept-Language), else ``otherwise``."""
    parts = (part.partition(";") for part in request.headers.get("accept-language", "").split(","))
    wanted = [(_weight(weight), name.strip().lower().split("-")[0]) for name, _, weight in parts]
    known = [(weight, lang) for weight, name in wanted for lang in LANGUAGES if name == lang]
    return max(known, key=lambda entry: entry[0], default=(0.0, otherwise))[1]


def _weight(text: str) -> float:
    """Return the weight of an entry of the header, such as ``q=0.8``; 0 if it is invalid, 1 without one."""
    try:
        return float(text.strip().removeprefix("q=")) if text.strip() else 1.0
    except ValueError:
        return 0.0


def device_of(request: Request) -> str:
    """Return the kind of device that a page is opened on, from its browser's header; empty if unknown."""
    told = request.headers.get("user-agent", "")
    return next((device for device in _DEVICES if device in told), "")


def prefix_of(request: Request) -> str:
    """Return the path below which a proxy serves the site; empty for the root."""
    return quote(request.headers.get("X-Forwarded-Prefix", ""), safe="/:@%").rstrip("/")


def placed(path: str) -> str:
    """Return a path with the proxy's prefix, for addresses that the page library does not prefix itself."""
    return prefix_of(ui.context.client.request) + path if path.startswith("/") else path


def remember_desk(secret: str) -> None:
    """Store the facilitator's secret in the browser's tab, for links on pages whose own address is not secret."""
    ui.add_head_html(f"<script>sessionStorage.setItem('desk', '/f/{secret}')</script>")


def desk_link(text: str, path: str) -> ui.link:
    """Add a link to a page of the facilitator, by its path below the facilitator's address.

    It works only in a tab that came from there: the page itself does not know the address.
    """
    return ui.link(text, "#").props(f'data-desk="{path}"')


def lang_links(lang: Lang, **query: str) -> dict[Lang, ui.link]:
    """Add links to the page in its other languages, with the other parameters of its address."""
    with ui.element("nav").classes("pair"):
        asked = {other: urlencode({"lang": other} | query) for other in LANGUAGES if other != lang}
        links = {other: ui.link(Words(other)("autonym"), f"?{query}") for other, query in asked.items()}
    return {other: link.props(f'lang="{other}"').classes("touch") for other, link in links.items()}


def bar(words: Words, title: str) -> ui.element:
    """Add the bar on top, and return the element between its title and the button for dark and light."""
    return _bar(words, title)[1]


def _bar(words: Words, title: str) -> tuple[TextElement, ui.element]:
    with ui.element("header").classes("bar"):
        head = TextElement(tag="h1", text=title)
        beside, mode = ui.element("div").style("display: contents"), ui.dark_mode(None)

        async def toggle() -> None:
            now = mode.value
            if now is None:
                try:
                    now = await ui.run_javascript("document.body.classList.contains('body--dark')")
                except TimeoutError:
                    return  # the page is gone
            mode.value = not now

        ui.button(icon="contrast", on_click=toggle).props(f'flat dense round aria-label="{words("dark")}"')
    return head, beside


def div(classes: str) -> ui.element:
    """Add a ``div`` with some classes."""
    return ui.element("div").classes(classes)


def box(title: str = "", classes: str = "") -> ui.element:
    """Add a box, a section of the page, with a heading."""
    with ui.element("section").classes(f"box {classes}") as section:
        if title:
            heading(2, title)
    return section


def folded(title: str, build: Callable[[], object]) -> ui.expansion:
    """Add a folded part that is built when it is first unfolded."""
    with ui.expansion(title).classes("w-full") as fold:
        part = PagePart()
    return fold.on_value_change(lambda: part.show(title, build))


def heading(level: int, text: str) -> TextElement:
    """Add a heading of a level from 1 to 4."""
    return TextElement(tag=f"h{level}", text=text)


def parts(text: str) -> ui.label:
    """Add text within a line."""
    return ui.label(text).style("display: inline")


def soft(text: str) -> ui.label:
    """Add a small explanatory text."""
    return ui.label(text).classes("soft")


def bullets(texts: Sequence[str]) -> None:
    """Add a list."""
    with ui.element("ul").classes("facts"):
        for text in texts:
            TextElement(tag="li", text=text)


def table(classes: str, head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> ui.element:
    """Add a table; the first cell of a row names it."""
    with ui.element("table").classes(f"plain {classes}") as shown:
        with ui.element("thead"), ui.element("tr"):
            for name in head:
                TextElement(tag="th", text=name).props('scope="col"')
        with ui.element("tbody"):
            for row in rows:
                with ui.element("tr"):
                    for place, cell in enumerate(row):
                        text = cell if isinstance(cell, str) else ""
                        element = TextElement(tag="td" if place else "th", text=text)
                        if not place:
                            element.props('scope="row"')
                        if not isinstance(cell, str):
                            with element:
                                cell()
    return shown


def text_area(label: str | None, longest: int, value: str = "") -> ui.textarea:
    """Add a field for prose that grows with it, of at most ``longest`` characters."""
    area = ui.textarea(label, value=value).props("outlined autogrow").classes("w-full")
    area.props["maxlength"] = longest
    return area


def downloads(label: str, address: Callable[[str], str], of: str = "", *, opens: bool = False) -> None:
    """Add links to a document in each format, with a label for screen readers.

    If a page has several documents, ``of`` names this one's owner; a readable one may open in a new window.
    """
    for form in _FORMS:
        link = ui.link(form.upper(), address(form), new_tab=opens and form == "html")
        link.props["aria-label"], link.props["data-get"] = f"{label} {form.upper()}", form + of


def qr_code(words: Words, url: str) -> None:
    """Add the QR code of a table's address, or a note that no other device could open it."""
    if is_own(url):
        soft(words("lobby.only_here")).props("data-only-here")
        return
    ui.html(qr_svg(url, words("lobby.join")), sanitize=False).classes("qr")


MINUTE: Mapping[Lang, str] = {"en": "%Y-%m-%d %H:%M", "zh": "%-m月%-d日%H:%M"}
"""A day with hour and minute, for `when`, as a list has it in a language."""


def when(seconds: float, form: str = "%Y-%m-%d %H:%M") -> str:
    """Return a time, in seconds since 1970, in this computer's time zone."""
    return datetime.fromtimestamp(seconds).astimezone().strftime(form)


class PagePart:
    """A part of a page that is built anew only when what it depends on has changed, so that typed words stay."""

    def __init__(self, classes: str = "stack") -> None:
        self.element = div(classes)
        self._key: object = self

    def show(self, key: object, build: Callable[[], object]) -> None:
        """Build the part if its key has changed since the last time."""
        if key != self._key:
            self._key = key
            with self.element.clear():
                build()


@contextmanager
def dialog(title: str, within: ui.element | None = None) -> Iterator[ui.dialog]:
    """Open a dialog with a heading, its name for screen readers; elements added within the context go below.

    It belongs to the whole page, so that it stays when the part from which it was opened is built anew, or to the
    part that is named, with which it goes.
    """
    with within or ui.context.client.content, ui.dialog(value=True) as opened, ui.card().classes("dialog"):
        head = heading(2, title)
        opened.props(f'aria-labelledby="{head.html_id}"')
        yield opened


@contextmanager
def refusals(words: Words, beside: ui.label | None = None) -> Iterator[None]:
    """Show an `InputError` raised within the context as a refusal; what the person wrote stays.

    It is shown in ``beside`` until the next try, or as a passing message.
    """
    if beside is not None:
        beside.set_text("")
    try:
        yield
    except SandboxError as error:
        text = plain(words.error(error))
        if isinstance(error, StorageError):
            _LOG.error(" ".join(plain(Words(language()).error(error)).split()))
        if beside is not None:
            beside.set_text(text)
        else:
            tell(text, "negative", 8000)


def refusal_line() -> ui.label:
    """Add the line of a box for refusals, invisible while there is none."""
    return ui.label().classes("refusal").props('role="alert"')


def tell(text: str, kind: Literal["positive", "negative", "info"] = "positive", milliseconds: int = 2500) -> None:
    """Show a passing message at the top of the page, where it covers no button."""
    ui.notify(text, type=kind, position="top", multi_line=True, timeout=milliseconds)


def confirm(words: Words, question: str, yes: str, act: Callable[[], Any], within: ui.element | None = None) -> None:
    """Ask before something is done, as long as the part ``within`` exists; show a refusal if there is one."""
    with dialog(question, within) as opened:
        agree(words, opened, yes, act)


def agree(words: Words, opened: ui.dialog, yes: str, act: Callable[[], Any]) -> ui.button:
    """Add the two buttons that close a dialog, and return the one that acts, once."""

    def go() -> Any:
        opened.close()
        return act()

    button = yes_or_cancel(words, opened, yes)
    act_once(words, button, go)
    return button


def yes_or_cancel(words: Words, opened: ui.dialog, yes: str) -> ui.button:
    """Add the buttons that end a dialog, and return the one that agrees."""
    with div("pair"):
        button = ui.button(yes).props("data-yes")
        ui.button(words("cancel"), on_click=opened.close).props("flat")
    return button


def act_once(words: Words, button: ui.button, act: Callable[[], Any], beside: ui.label | None = None) -> None:
    """Let a button do something only once: it is disabled for the second press of a double click.

    It is enabled again only if that is refused; the refusal is shown as by `refusals`.
    """

    async def do() -> None:
        with refusals(words, beside):
            done = act()
            if inspect.isawaitable(done):
                await done
            return
        button.enable()

    def press() -> Coroutine[Any, Any, None]:
        button.disable()  # at once: a task begins later, and the second press may come first
        return do()

    button.on_click(press)


def copy_button(words: Words, text: str, label: str = "") -> None:
    """Add a button that copies a text, by default a link."""

    def copy() -> None:
        ui.clipboard.write(text)
        tell(words("copied"))

    ui.button(label or words("copy"), icon="content_copy", on_click=copy).props("flat dense")


async def catch_up(client: Client) -> None:
    """Send a page that reconnects the present state after the messages that it missed.

    NiceGUI sends again what was sent while the page was away. But what waits to be sent goes before it, so that an old
    state overwrites a new one (a line is gone from the page, a turn is not asked for), and what is being sent just
    then is lost. Nothing is sent when it connects for the first time.
    """
    outbox = client.outbox
    missed: set[int] = set()
    for step in range(_STEPS.stop):
        await asyncio.sleep(_STEP)
        # Again and again: the page may soon confirm what it heard, and what came before that is forgotten.
        for _, _, (_, kind, content) in outbox.message_history:
            if kind == "update":
                missed.update(content)
        if step in _STEPS and not outbox.messages:
            break
    for key in missed:
        element = client.elements.get(key)
        if element is not None:
            outbox.enqueue_update(element)
