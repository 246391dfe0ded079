"""The page for editing one of the facilitator's own cards as text, and the route that takes the text.

A text is longer than a message of a page may be, and has to outlive its connection: it stays in a plain field of the
browser, and is sent by a request of its own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.responses import JSONResponse
from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from sandbox.content.card_files import ContentKind
from sandbox.content.cards import is_id
from sandbox.content.language import Lang
from sandbox.content.plain import plain
from sandbox.content.words import Words, refusal
from sandbox.errors import SandboxError
from sandbox.web.cards.cards_page import edited_name
from sandbox.web.cards.own_cards import KINDS, Fault, OwnCards
from sandbox.web.cards.own_folder import LARGEST
from sandbox.web.frame import box, confirm, div, lang_of, page, soft
from sandbox.web.site import Here, desk
from sandbox.web.tables.house import House

_PATIENCE = 60.0


class CardEditor:
    """The page for editing a card as text; raises as `OwnCards.held`."""

    def __init__(self, house: House, own: OwnCards, kind: ContentKind, card_id: str, lang: Lang) -> None:
        self._house, self._own, self._kind, self._id = house, own, kind, card_id
        self._words = words = house.words(lang)
        held = own.held(kind, card_id)
        self._stamp = held.stamp
        title = words("cards.editing", title=edited_name(house, kind, card_id, held.latest, lang))
        with page(words, title, "cards"):
            if own.owns(kind, card_id):
                read = "scenario" if kind == "pack" else kind
                ui.link(words("cards.read"), house.address("c", read, card_id, lang=lang)).props("data-read")
            form = house.address("c", kind, card_id, "form", lang=lang)
            ui.link(words("cards.as_form"), form).props("data-as-form")
        with div("wrap stack"):
            if held.draft is not None:
                draft_notice(house, own, kind, card_id, words)
            with div("editor"):
                with box():
                    soft(words("cards.edit_how", name=card_id))
                    with div("card-room"):
                        text = TextElement(tag="textarea", text=held.latest)
                    text.classes("card-text").props('data-text spellcheck="false" autocapitalize="off" wrap="off"')
                    text.props["aria-label"] = words("cards.text")
                    with check_and_keep(words, self._send):
                        line = ui.element("span").classes("soft")
                        line.props["data-line-now"] = words("cards.at_line")
                with box(words("cards.messages")):
                    self._told = div("told").props('role="status" data-told')
                    with self._told:
                        soft(words("cards.unchecked"))

    async def _send(self, what: str) -> None:
        words = self._words
        address = self._house.address("c", self._kind, self._id, "text", lang=words.lang, what=what, stamp=self._stamp)
        try:
            answer = await ui.run_javascript(f"return await sendCard({json.dumps(address)})", timeout=_PATIENCE)
        except (TimeoutError, RuntimeError):  # what went wrong in the browser has no other name
            answer = {"refused": words("cards.unsent")}
        self._show(answer if isinstance(answer, dict) else {"refused": words("cards.unsent")}, what)

    def _show(self, answer: dict[str, Any], what: str) -> None:
        words = self._words
        with self._told.clear():
            if refused := answer.get("refused"):
                ui.label(str(refused)).classes("notice").props("data-refused")
                return
            faults = answer["faults"]
            wrong = sum(fault["severity"] == "error" for fault in faults)
            self._stamp = str(answer.get("stamp") or self._stamp)
            kept = "" if what != "keep" else "kept" if answer["how"] == "card" else "kept_draft"
            outcome = kept or ("faults" if wrong else "valid")
            notice = ui.label(words(f"cards.{outcome}", **({"count": wrong} if outcome == "faults" else {})))
            notice.classes("notice").props["data-outcome"] = outcome
            for same in alike([Fault(**fault) for fault in faults]):
                with fault_box(words, same[0]) as shown:
                    shown.props["data-fault"] = str(same[0].line)
                    for fault in same:
                        with div("pair"):
                            jump = ui.button(words("cards.line", number=fault.line)).props("flat dense")
                            jump.on("click", js_handler=f"() => goToLine({fault.line})")
                            if fault.field:
                                ui.label(fault.field).classes("who")
                    ui.label(same[0].says)


def alike(faults: Sequence[Fault]) -> list[list[Fault]]:
    """Return faults, with equal warnings on several fields merged."""
    together: dict[object, list[Fault]] = {}
    for place, fault in enumerate(faults):
        together.setdefault(fault.says if fault.severity == "warning" else place, []).append(fault)
    return list(together.values())


def fault_box(words: Words, fault: Fault) -> ui.element:
    """Add the box of a fault or, in another colour and with its name, of a warning."""
    with div("fault") as shown:
        if fault.severity == "warning":
            shown.classes("doubt")
            soft(words("cards.warning")).props("data-warning")
    return shown


def check_and_keep(words: Words, send: Callable[[str], Awaitable[None]]) -> ui.element:
    """Add the buttons to check and to store the text."""
    with div("pair card-keys") as keys:
        ui.button(words("cards.check"), icon="rule", on_click=lambda: send("check")).props("outline data-check")
        ui.button(words("cards.keep"), icon="save", on_click=lambda: send("keep")).props("data-keep")
    return keys


def draft_notice(house: House, own: OwnCards, kind: ContentKind, card_id: str, words: Words) -> None:
    """Add the notice that a draft is edited, and the button that deletes it (with the card, if it has only a draft)."""
    begun = card_id in own.folder.begun(kind)

    async def drop() -> None:
        await asyncio.to_thread(own.delete if begun else own.drop_draft, kind, card_id)
        if begun:
            ui.navigate.to(house.address("c", lang=words.lang))
        else:
            ui.navigate.reload()

    with div("notice pair card-keys").props("data-draft"):
        ui.label(words("cards.is_begun" if begun else "cards.is_draft")).classes("grow")
        sure, label = words("cards.drop_begun" if begun else "cards.drop_sure"), words("cards.drop")
        ui.button(label, on_click=lambda: confirm(words, sure, label, drop)).props("flat data-drop")


@desk.post("/c/{kind}/{card}/text")
async def _text(
    site: Here, secret: str, kind: str, card: str, request: Request, what: str = "check", stamp: str = "",
    lang: str = "en",
) -> Response:  # fmt: skip
    words, own = site.house.words(lang_of(lang)), site.own
    known = kind_of(kind, KINDS)
    if not is_id(card):
        raise HTTPException(404)
    try:
        if not site.pace.allow("desk", secret):
            raise refusal("too_often")
        async with site.checks:
            content = await _body(request)
            if what == "keep":
                kept = await asyncio.to_thread(own.keep, known, card, content, stamp, words)
                answer = asdict(kept)
            else:
                await asyncio.to_thread(own.held, known, card)
                faults = await asyncio.to_thread(own.check, known, card, content, words)
                answer = {"faults": [asdict(fault) for fault in faults]}
    except SandboxError as error:
        return JSONResponse({"refused": plain(words.error(error))}, status_code=409)
    return JSONResponse(answer)


def kind_of(kind: str, kinds: Sequence[ContentKind]) -> ContentKind:
    """Return the kind of card in an address; raises an HTTP 404 if it is unknown."""
    known = next((each for each in kinds if each == kind), None)
    if known is None:
        raise HTTPException(404)
    return known


async def _body(request: Request) -> str:
    """Return the text of a request; raises `InputError` if it is too large, or no text."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > LARGEST:
            raise refusal("refused.card_large", most=LARGEST // 1024)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise refusal("refused.half_character") from error
