"""The facilitator's page of one card: what it says in words, sheets to print, and a copy of one's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from nicegui import ui

from sandbox.content.cards import Lang
from sandbox.content.library import ContentKind
from sandbox.content.schemas import Governance, Persona, Scenario
from sandbox.errors import InputError
from sandbox.report.document.blocks import Section
from sandbox.report.pages.cards import (
    case_sections,
    city_sections,
    model_sections,
    persona_private,
    persona_sections,
    private_sections,
)
from sandbox.web.blocks import draw_sections
from sandbox.web.card_addresses import FORMS, all_cards_address, card_address, card_name
from sandbox.web.cards_page import CSS, yours
from sandbox.web.frame import bar, box, confirm, div, frame, lang_links, refusals, soft
from sandbox.web.house import House
from sandbox.web.own_cards import OwnCards
from sandbox.web.packs import pack_link

__all__ = ["CardPage"]

_PRINTED = ("roles", "acts", "case", "papers")
_FIRST_CASE = "four_oclock_school"


class CardPage:
    """The page of a card.

    Args:
        house: the house.
        own: the facilitator's own cards.
        kind: the kind of card: a case, a persona, a governance model or a city.
        card_id: the card.
        lang: the language of the page.

    Raises:
        InputError: there is no such card.
    """

    def __init__(self, house: House, own: OwnCards, kind: ContentKind, card_id: str, lang: Lang) -> None:
        self._house, self._own, self._kind, self._id = house, own, kind, card_id
        self._words = words = house.words(lang)
        card = house.library.cards[kind][card_id]
        title = card_name(house, card, lang)
        frame(words, title)
        ui.add_css(CSS)
        with bar(words, title):
            ui.link(words("cards.title"), all_cards_address(house, lang))
            lang_links(lang)
        with div("wrap narrow stack"):
            with box():
                if isinstance(card, Scenario):
                    ui.label(card.question.get(lang)).classes("prose")
                    soft(card.place.get(lang))
                yours(own, kind, card_id, words)
                self._buttons()
            match card:
                case Scenario():
                    self._sheets(card)
                    self._behind(lambda: private_sections(house.library, card_id, lang), words("cards.private_why"))
                    draw_sections(case_sections(house.library, card_id, lang))
                case Persona():
                    draw_sections(persona_sections(house.library, card_id, lang))
                    if card.private:
                        self._behind(lambda: persona_private(house.library, card_id, lang))
                    self._cases_with(card)
                case Governance():
                    self._rules()
                case _:
                    draw_sections(city_sections(house.library, card_id, lang))

    def _buttons(self) -> None:
        words, lang, owned = self._words, self._words.lang, self._own.owns(self._kind, self._id)
        with div("pair card-keys"):
            if owned:
                edit = card_address(self._house, self._kind, self._id, lang, _view(self._kind))
                ui.button(words("cards.edit"), icon="edit", on_click=lambda: ui.navigate.to(edit)).props("data-edit")
            if self._kind == "scenario" and self._own.owns("pack", self._id):
                pack = card_address(self._house, "pack", self._id, lang, "edit")
                ui.button(words("cards.edit_pack"), on_click=lambda: ui.navigate.to(pack)).props("flat data-edit-pack")
            ui.button(words("cards.copy"), icon="content_copy", on_click=self._copy).props(
                "data-copy flat" if owned else "data-copy"
            )
            if owned:
                ask = words("cards.delete_sure")
                ui.button(
                    words("home.delete"), on_click=lambda: confirm(words, ask, words("home.delete"), self._delete)
                ).props("flat data-delete")
        if not owned:
            soft(words("cards.copy_why"))
        elif self._kind == "persona":
            soft(words("cards.persona_use"))

    async def _copy(self) -> None:
        with refusals(self._words):
            name = await asyncio.to_thread(self._own.copy, self._kind, self._id)
            ui.navigate.to(card_address(self._house, self._kind, name, self._words.lang, _view(self._kind)))

    async def _delete(self) -> None:
        with refusals(self._words):
            await asyncio.to_thread(self._own.delete, self._kind, self._id)
            ui.navigate.to(all_cards_address(self._house, self._words.lang))

    def _sheets(self, case: Scenario) -> None:
        """Add links to the sheets to print, with role cards for the governance model that is chosen."""
        words, house = self._words, self._house
        if case.id not in house.library.cards["pack"]:
            return
        with box(words("cards.print")):
            models = {model: house.library.governance(model).name.get(words.lang) for model in case.governance}
            model = ui.select(models, value=case.governance[0], label=words("setup.governance")).classes("w-full")
            model.props("data-model")
            links = div("card-links")

            def offer() -> None:
                links.clear()
                with links:
                    for part in ("", *_PRINTED):
                        at = pack_link(house.store.secret, case.id, str(model.value), words.lang, "html", part)
                        text = words(f"cards.part.{part}") if part else words("setup.pack")
                        ui.link(text, at, new_tab=True).props(f'data-print="{part or "pack"}"')

            model.on_value_change(offer)
            offer()
            soft(words("cards.print_how"))

    def _behind(self, sections: Callable[[], tuple[Section, ...]], why: str = "") -> None:
        """Add a switch that shows what is private; until then nothing of it is sent to the page."""
        with box():
            switch = ui.switch(self._words("cards.private")).props("data-private")
            if why:
                soft(why)
        shown = div("stack")

        def turned() -> None:
            shown.clear()
            if switch.value:
                with shown:
                    draw_sections(sections())

        switch.on_value_change(turned)

    def _cases_with(self, persona: Persona) -> None:
        words, house = self._words, self._house
        cases = [house.library.scenario(case) for case in sorted(house.library.cards["scenario"])]
        named = {case.id: case.title.get(words.lang) for case in cases if persona.id in _seated(case)}
        with box(words("cards.sits_in")), div("card-links"):
            for case_id, title in named.items():
                ui.link(title, card_address(house, "scenario", case_id, words.lang))
            if not named:
                soft(words("none"))

    def _rules(self) -> None:
        """Add the rules in words, with the seats of a case, which may be chosen."""
        words, library = self._words, self._house.library
        cases = [library.scenario(case) for case in sorted(library.cards["scenario"])]
        named = [case.id for case in cases if self._id in case.governance]
        first = _FIRST_CASE if _FIRST_CASE in named or not named else named[0]
        titles: Mapping[str, str] = {case.id: case.title.get(words.lang) for case in cases}
        with box():
            chosen = ui.select(dict(titles), value=first, label=words("cards.seats_of")).classes("w-full")
            chosen.props("data-case")
        shown = div("stack")

        def draw() -> None:
            shown.clear()
            with shown:
                try:
                    sections = model_sections(library, self._id, str(chosen.value), words.lang)
                except InputError as error:
                    ui.label(words.error(error)).classes("notice")
                    return
                draw_sections(sections)

        chosen.on_value_change(draw)
        draw()


def _view(kind: ContentKind) -> str:
    """Return in which view a card is edited first."""
    return "form" if kind in FORMS else "edit"


def _seated(case: Scenario) -> set[str]:
    return {seat.persona for seat in case.seats}
