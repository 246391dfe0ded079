"""The facilitator's page of all cards: cases with their summaries, personas, governance models, cities."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from nicegui import ui

from sandbox.content.cards import LANGUAGES, Lang
from sandbox.content.library import ContentKind, Library
from sandbox.content.schemas import City, Governance, Persona, Scenario
from sandbox.content.words import Words
from sandbox.web.card_addresses import card_address, card_name, edited_name
from sandbox.web.frame import bar, box, div, frame, heading, lang_links, parts, refusals, soft
from sandbox.web.house import House
from sandbox.web.own_cards import OwnCards

__all__ = ["CSS", "READ", "cards_page", "yours"]

CSS = (Path(__file__).parent / "cards.css").read_text(encoding="utf-8")
READ: tuple[ContentKind, ...] = ("scenario", "persona", "governance", "city")
"""The kinds of card that have a page of their own."""
_LONGEST_SEARCH = 200


def cards_page(house: House, own: OwnCards, lang: Lang) -> None:
    """Draw all cards; what is typed into the search hides those that do not hold it."""
    words, library = house.words(lang), house.library
    frame(words, words("cards.title"))
    ui.add_css(CSS)
    with bar(words, words("cards.title")):
        ui.link(words("home.title"), f"/f/{house.store.secret}?lang={lang}")
        lang_links(lang)
    entries: dict[ui.element, str] = {}
    groups: dict[ui.element, list[ui.element]] = {}
    with div("wrap stack"):
        _begin(house, own, "persona", words)
        search = ui.input(words("cards.search")).classes("w-full").props(f'maxlength="{_LONGEST_SEARCH}" data-search')
        search.props("type=search debounce=250")
        found = soft("").props("role=status")
        for kind in READ:
            with ui.element("section").classes("stack") as group:
                heading(2, words(f"cards.kind.{kind}"))
                groups[group] = []
                with div("cards"):
                    for card_id in sorted(library.cards[kind], key=lambda name: (not own.owns(kind, name), name)):
                        shown = _entry(house, own, kind, card_id, words)
                        entries[shown] = _searched(library, kind, card_id)
                        groups[group].append(shown)

    def narrow() -> None:
        sought = str(search.value or "")[:_LONGEST_SEARCH].casefold().split()
        fitting = {shown for shown, text in entries.items() if all(word in text for word in sought)}
        for shown in entries:
            shown.set_visibility(shown in fitting)
        for group, members in groups.items():
            group.set_visibility(bool(fitting.intersection(members)))
        found.set_text(words("cards.found", count=len(fitting)) if sought else "")

    search.on_value_change(narrow)


def _begin(house: House, own: OwnCards, kind: ContentKind, words: Words) -> None:
    """Add the button by which a new card is filled in, and the cards that were begun."""

    async def begin() -> None:
        with refusals(words):
            name = await asyncio.to_thread(own.begin, kind)
            ui.navigate.to(card_address(house, kind, name, words.lang, "form"))

    with div("pair card-keys"):
        ui.button(words("card_form.new"), icon="add", on_click=begin).props(f"data-new={kind}")
        soft(words("card_form.new_why")).classes("grow")
    if begun := own.begun(kind):
        with div("pair card-links").props("data-begun"):
            soft(words("card_form.begun"))
            for name in begun:
                title = edited_name(house, kind, name, own.held(kind, name).latest, words.lang)
                ui.link(title, card_address(house, kind, name, words.lang, "form"))


def yours(own: OwnCards, kind: ContentKind, card_id: str, words: Words) -> None:
    """Mark a card that is one of the facilitator's own."""
    if own.owns(kind, card_id):
        ui.label(words("cards.yours")).classes("tag-yours").props("data-yours")


def _entry(house: House, own: OwnCards, kind: ContentKind, card_id: str, words: Words) -> ui.element:
    library, lang = house.library, words.lang
    card = library.cards[kind][card_id]
    with box() as shown:
        shown.props["data-card"] = f"{kind}/{card_id}"
        with ui.element("h3"):
            ui.link(card_name(house, card, lang), card_address(house, kind, card_id, lang))
        yours(own, kind, card_id, words)
        match card:
            case Scenario():
                ui.label(card.question.get(lang)).classes("prose")
                for key, text in _summary(library, card, words):
                    with ui.element("p").classes("soft"):
                        parts(words(key) + words("colon") + text)
                with ui.element("details").classes("soft"):
                    with ui.element("summary"):
                        parts(words("cards.sections"))
                    parts(words.join(card.source.sections))
            case Persona():
                soft(card.manner.get(lang))
            case Governance():
                ui.label(card.summary.get(lang)).classes("prose")
            case City():
                ui.label(card.driver.get(lang)).classes("prose")
    return shown


def _summary(library: Library, case: Scenario, words: Words) -> Iterator[tuple[str, str]]:
    """Yield what a list tells of a case: where, who, how long, and under which models."""
    lang = words.lang
    yield "cards.place", case.place.get(lang)
    yield "cards.seats", words.join([library.persona(seat.persona).role.get(lang) for seat in case.seats])
    if case.id in library.cards["pack"]:
        minutes = sum(slot.minutes for slot in library.pack(case.id).timing)
        yield "cards.length", words("cards.minutes", minutes=minutes)
    yield "cards.fits", words.join([library.governance(model).name.get(lang) for model in case.governance])


def _searched(library: Library, kind: ContentKind, card_id: str) -> str:
    """Return the text in which a card is sought, in both languages."""
    card = library.cards[kind][card_id]
    texts = [card_id]
    match card:
        case Scenario():
            both = [card.title, card.question, card.place, card.background]
            for seat in card.seats:
                persona = library.persona(seat.persona)
                both += [persona.name, persona.role]
            both += [library.governance(model).name for model in card.governance]
            texts += card.source.sections
        case Persona():
            both = [card.name, card.role, card.manner, *card.interests]
            texts += card.source.sections
        case Governance():
            both = [card.name, card.summary]
        case City():
            both = [card.name, card.driver, *card.conditions]
        case _:
            both = []
    texts += [text.get(lang) for text in both for lang in LANGUAGES]
    return "\n".join(texts).casefold()
