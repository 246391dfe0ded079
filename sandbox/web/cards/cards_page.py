"""The facilitator's pages of cards: their list, and one in words, with sheets to print and a button to copy it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from urllib.parse import urlencode

from nicegui import ui

from sandbox.content.card_files import AnyCard, ContentKind
from sandbox.content.cards import Text
from sandbox.content.governance import Governance
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.library import Library
from sandbox.content.persona_card import Persona
from sandbox.content.plain import plain
from sandbox.content.scenario_card import City, Scenario
from sandbox.content.words import Words
from sandbox.content.yaml_source import YamlError, parse_card
from sandbox.errors import InputError
from sandbox.game.checks.strangers import all_strange
from sandbox.report.document.blocks import Section
from sandbox.report.pages.cards import (
    case_sections,
    city_sections,
    model_sections,
    persona_private,
    persona_sections,
    private_sections,
)
from sandbox.report.pages.pack import NOBODY, TablePlan
from sandbox.web.cards.own_cards import OwnCards
from sandbox.web.cards.own_folder import own_content
from sandbox.web.frame import (
    act_once,
    box,
    bullets,
    confirm,
    dialog,
    div,
    heading,
    page,
    parts,
    refusals,
    soft,
    yes_or_cancel,
)
from sandbox.web.panels import add_style, draw_sections
from sandbox.web.tables.house import House

READ: tuple[ContentKind, ...] = ("scenario", "persona", "governance", "city")
"""The kinds of card that have a page."""
PRINTED = ("roles", "acts", "case", "papers")
_FIRST_CASE = "four_oclock_school"
_LONGEST_SEARCH = 200
_LONGEST_TITLE = 80
_MOST_FAULTS = 8


def cards_page(house: House, own: OwnCards, lang: Lang) -> None:
    """Draw all cards; a search text hides those without it."""
    words, library = house.words(lang), house.library
    with page(words, words("cards.title"), "cards"):
        ui.link(words("home.title"), house.address(lang=lang))
    entries: dict[ui.element, str] = {}
    groups: dict[ui.element, list[ui.element]] = {}
    draw_left_out(house, words)
    with div("wrap stack"):
        _begin(house, own, "persona", words)
        before = own_content(house.runs)
        if before is not None and before != own.folder.root:
            ui.label(words("cards.elsewhere", folder=before)).classes("notice").props("data-elsewhere")
        search = ui.input(words("cards.search")).classes("w-full").props(f'maxlength="{_LONGEST_SEARCH}" data-search')
        search.props("type=search debounce=250")
        count = soft("").props("role=status")
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
        count.set_text(words("cards.found", count=len(fitting)) if sought else "")

    search.on_value_change(narrow)


def draw_left_out(house: House, words: Words) -> None:
    """Add the list of the facilitator's own files that are not used because they have faults."""
    faults = house.library.left_out
    if faults:
        with div("wrap"), div("notice").props("role=status data-left-out"):
            ui.label(words("content.left_out")).classes("strong")
            bullets([plain(words.problem(fault)) for fault in faults[:_MOST_FAULTS]])
            if len(faults) > _MOST_FAULTS:
                ui.label(words("content.more", count=len(faults) - _MOST_FAULTS))
            soft(words("content.left_out_why"))


def edited_name(house: House, kind: ContentKind, card_id: str, text: str, lang: Lang) -> str:
    """Return the name of a card that is edited: its own or, if it was never valid, that in its draft."""
    if card_id in house.library.cards[kind]:
        return house.library.title(kind, card_id).get(lang)
    with contextlib.suppress(YamlError, AttributeError):
        name = parse_card(text)[0].get("name")
        if named := (name.get(lang) if isinstance(name, dict) else name):
            return str(named)
    return house.words(lang)("card_form.unnamed")


def pack_link(
    house: House, case: str, model: str, lang: Lang, form: str, part: str = "", cast: Mapping[str, str] = NOBODY,
    plan: TablePlan | None = None,
) -> str:  # fmt: skip
    """Return the path of a case's facilitator's pack, or part of it, in a format, for a cast and time plan."""
    address = house.address("pack", f"{case}.{form}", lang=lang, governance=model, part=part)
    asked = [("cast", f"{seat}={persona}") for seat, persona in cast.items()]
    if plan is not None:
        asked += [("stage", f"{stage}={minutes}") for stage, minutes in plan.stages.items()]
        asked += [("turns", str(plan.turns or 0)), ("whole", str(plan.whole))]
    return address + "".join(f"&{urlencode([pair])}" for pair in asked)


def _begin(house: House, own: OwnCards, kind: ContentKind, words: Words) -> None:
    async def begin() -> None:
        with refusals(words):
            name = await asyncio.to_thread(own.begin, kind)
            ui.navigate.to(house.address("c", kind, name, "form", lang=words.lang))

    def ask() -> None:
        with dialog(words("card_form.new_case")) as opened:
            soft(words("card_form.new_case.why"))
            title = ui.input(words("card_form.new_case.title")).classes("w-full")
            title.props(f'maxlength="{_LONGEST_TITLE}" autofocus data-title')
            title.on("keydown.enter", js_handler="() => document.querySelector('[data-make]').click()")

            async def make() -> None:
                name = await asyncio.to_thread(own.begin_case, str(title.value or ""), words.lang)
                opened.close()
                ui.navigate.to(house.address("c", "scenario", name, "form", lang=words.lang))

            act_once(words, yes_or_cancel(words, opened, words("card_form.new_case")).props("data-make"), make)

    with div("pair card-keys"):
        ui.button(words("card_form.new_case"), icon="add", on_click=ask).props("data-new=scenario")
        ui.button(words("card_form.new"), icon="add", on_click=begin).props(f"outline data-new={kind}")
        soft(words("card_form.new_why")).classes("grow")
    if begun := own.folder.begun(kind):
        with div("pair card-links").props("data-begun"):
            soft(words("card_form.begun"))
            for name in begun:
                title = edited_name(house, kind, name, own.held(kind, name).latest, words.lang)
                ui.link(title, house.address("c", kind, name, "form", lang=words.lang))


def _yours(own: OwnCards, kind: ContentKind, card_id: str, words: Words) -> None:
    if own.owns(kind, card_id):
        ui.label(words("cards.yours")).classes("tag-yours").props("data-yours")


def _entry(house: House, own: OwnCards, kind: ContentKind, card_id: str, words: Words) -> ui.element:
    library, lang = house.library, words.lang
    card = library.cards[kind][card_id]
    with box() as shown:
        shown.props["data-card"] = f"{kind}/{card_id}"
        with ui.element("h3"):
            ui.link(house.library.title(kind, card_id).get(lang), house.address("c", kind, card_id, lang=lang))
        _yours(own, kind, card_id, words)
        ui.label(_about(card)[0].get(lang)).classes("prose")
        if isinstance(card, Scenario):
            for key, text in _summary(library, card, words):
                with ui.element("p").classes("soft"):
                    parts(words(key) + words("colon") + text)
            if named := card.source.names(lang):
                with ui.element("details").classes("soft"):
                    with ui.element("summary"):
                        parts(words("cards.sections" if card.source.sections else "cards.origin"))
                    parts(words.join(named))
    return shown


def _summary(library: Library, case: Scenario, words: Words) -> Iterator[tuple[str, str]]:
    lang = words.lang
    yield "cards.place", case.place.get(lang)
    yield "cards.seats", words.join([library.seated(case, seat.persona).role.get(lang) for seat in case.seats])
    if case.id in library.cards["pack"]:
        minutes = sum(slot.minutes for slot in library.pack(case.id).timing)
        yield "cards.length", words("cards.minutes", minutes=minutes)
    yield "cards.fits", words.join([library.governance(model).name.get(lang) for model in case.governance])


def _about(card: AnyCard) -> list[Text]:
    match card:
        case Scenario():
            return [card.question, card.place, card.background]
        case Persona():
            return [card.manner, *card.interests]
        case Governance():
            return [card.summary]
        case City():
            return [card.driver, *card.conditions]
    return []


def _searched(library: Library, kind: ContentKind, card_id: str) -> str:
    card = library.cards[kind][card_id]
    both = [library.title(kind, card_id), *_about(card)]
    if isinstance(card, Scenario):
        both += [library.title("persona", seat.persona) for seat in card.seats]
        both += [library.title("governance", model) for model in card.governance]
    texts = [text.get(lang) for text in both for lang in LANGUAGES]
    if isinstance(card, Scenario | Persona):
        texts += (name for lang in LANGUAGES for name in card.source.names(lang))
    return "\n".join((card_id, *texts)).casefold()


class CardPage:
    """The page of a card; raises `InputError` if there is no such card."""

    def __init__(self, house: House, own: OwnCards, kind: ContentKind, card_id: str, lang: Lang) -> None:
        self._house, self._own, self._kind, self._id = house, own, kind, card_id
        self._words = words = house.words(lang)
        card = house.library.cards[kind][card_id]
        add_style()
        with page(words, house.library.title(kind, card_id).get(lang), "cards"):
            ui.link(words("cards.title"), house.address("c", lang=lang))
        with div("wrap narrow stack"):
            with box():
                if isinstance(card, Scenario):
                    ui.label(card.question.get(lang)).classes("prose")
                    soft(card.place.get(lang))
                _yours(own, kind, card_id, words)
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
        words, owned = self._words, self._own.owns(self._kind, self._id)
        with div("pair card-keys"):
            if owned:
                edit = partial(self._edit, self._kind, self._id)
                ui.button(words("cards.edit"), icon="edit", on_click=edit).props("data-edit")
            if self._kind == "scenario" and owned:
                self._pack_buttons()
            copy = ui.button(words("cards.copy"), icon="content_copy", on_click=self._copy)
            copy.props("data-copy flat" if owned else "data-copy")
            if owned:
                delete = partial(confirm, words, words("cards.delete_sure"), words("home.delete"), self._delete)
                ui.button(words("home.delete"), on_click=delete).props("flat data-delete")
        if not owned:
            soft(words("cards.copy_why"))
        elif self._kind == "persona":
            soft(words("cards.persona_use"))

    def _pack_buttons(self) -> None:
        words, there = self._words, self._own.owns("pack", self._id)

        async def anew() -> None:
            await asyncio.to_thread(self._own.begin_pack, self._id)
            ui.navigate.reload()

        def ask() -> None:
            confirm(words, words("cards.pack_anew_sure"), words("cards.pack_anew"), anew)

        if there:
            pack = partial(self._edit, "pack", self._id)
            ui.button(words("cards.edit_pack"), on_click=pack).props("flat data-edit-pack")
        new = ui.button(words("cards.pack_anew" if there else "cards.new_pack")).props("flat data-new-pack")
        if there:
            new.on_click(ask)
        else:
            act_once(words, new, anew)

    def _edit(self, kind: ContentKind, card_id: str) -> None:
        ui.navigate.to(self._house.address("c", kind, card_id, "form", lang=self._words.lang))

    async def _copy(self) -> None:
        with refusals(self._words):
            self._edit(self._kind, await asyncio.to_thread(self._own.copy, self._kind, self._id))

    async def _delete(self) -> None:
        await asyncio.to_thread(self._own.delete, self._kind, self._id)
        ui.navigate.to(self._house.address("c", lang=self._words.lang))

    def _sheets(self, case: Scenario) -> None:
        words, house = self._words, self._house
        if case.id not in house.library.cards["pack"]:
            return
        with box(words("cards.print")):
            if names := all_strange(house.library, case.id):
                ui.label(words("pack.strangers.why", names=names)).classes("notice").props("data-strangers")
            models = {model: house.library.governance(model).name.get(words.lang) for model in case.governance}
            model = ui.select(
                models, value=case.default_governance or case.governance[0], label=words("setup.governance")
            ).classes("w-full")
            model.props("data-model")
            links = div("card-links")

            def offer() -> None:
                with links.clear():
                    for part in ("", *PRINTED):
                        at = pack_link(house, case.id, str(model.value), words.lang, "html", part)
                        text = words(f"cards.part.{part}") if part else words("setup.pack")
                        ui.link(text, at, new_tab=True).props(f'data-print="{part or "pack"}"')

            model.on_value_change(offer)
            offer()
            soft(words("cards.print_how"))

    def _behind(self, sections: Callable[[], tuple[Section, ...]], why: str = "") -> None:
        """Add a switch that shows private sections, which are not sent to the page before."""
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
        seated = {case.id: {seat.persona for seat in case.seats} for case in cases}
        named = {case.id: case.title.get(words.lang) for case in cases if persona.id in seated[case.id]}
        with box(words("cards.sits_in")), div("card-links"):
            for case_id, title in named.items():
                ui.link(title, house.address("c", "scenario", case_id, lang=words.lang))
            if not named:
                soft(words("none"))

    def _rules(self) -> None:
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
            with shown.clear():
                try:
                    sections = model_sections(library, self._id, str(chosen.value), words.lang)
                except InputError as error:
                    ui.label(words.error(error)).classes("notice")
                    return
                draw_sections(sections)

        chosen.on_value_change(draw)
        draw()
