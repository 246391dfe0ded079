"""The page for editing one of the facilitator's own cards in a form: the same card that the editor shows as text.

What is typed is kept by the browser until the card is kept, so that it outlives the page and its connection.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from nicegui import ui
from pydantic import BaseModel

from sandbox.content.card_files import FOLDERS, ContentKind
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.pack_card import Pack
from sandbox.content.scenario_card import Scenario
from sandbox.content.seat_card import ScenarioSeat
from sandbox.content.skeletons import example
from sandbox.content.words import refusal
from sandbox.content.yaml_rewrite import rewritten
from sandbox.content.yaml_source import YamlError, parse_card
from sandbox.web.cards.card_choices import choices_of, items_of, new_items, nodes, seat_name
from sandbox.web.cards.card_editor import alike, check_and_keep, draft_notice, fault_box
from sandbox.web.cards.card_fields import At, FormContext, Spot, UnfitError
from sandbox.web.cards.card_groups import FieldGroup
from sandbox.web.cards.cards_page import edited_name
from sandbox.web.cards.case_seats import SeatsPart
from sandbox.web.cards.own_cards import Fault, OwnCards
from sandbox.web.frame import box, div, page, refusal_line, refusals, soft
from sandbox.web.tables.house import House

_ANSWER_SECONDS = 5.0
_HAN = re.compile("[\u4e00-\u9fff]")
_MOST_QUOTED = 20


class CardForm:
    """The form of a card, or of a seat of a case; raises as `OwnCards.held`."""

    def __init__(
        self, house: House, own: OwnCards, kind: ContentKind, card_id: str, lang: Lang, seat: str = ""
    ) -> None:
        self._house, self._own, self._kind, self._id, self._seat = house, own, kind, card_id, seat
        self._words = words = house.words(lang)
        held = own.held(kind, card_id)
        self._stamp, self._text = held.stamp, held.latest
        self._sending = asyncio.Lock()
        if seat and seat not in _seated(self._text):
            raise refusal("refused.card_gone", name=seat[:60])
        title = self._title()
        key = json.dumps(f"form:{kind}/{card_id}/{seat}")
        with page(words, title, "cards") as self._head:
            self._draw_ways()
        kept = f"cardForm.key = {key}; cardForm.place = {json.dumps(self._stamp)};"
        ui.add_head_html(f"<script>{kept}</script>")
        with div("wrap stack"):
            self._notice = div("stack")
            if held.draft is not None:
                with self._notice:
                    draft_notice(house, own, kind, card_id, words)
            self._before = div("stack")
            with div("editor") as whole:
                try:
                    self._draw()
                except (YamlError, UnfitError):
                    with whole.clear(), box():
                        ui.label(words("card_form.unfit")).classes("prose").props("data-unfit")
                        ui.link(words("cards.as_text"), self._at("edit"))
                    return
        ui.timer(0.05, self._recall, once=True)

    def _title(self) -> str:
        house, lang = self._house, self._words.lang
        if self._seat:
            known = self._seat in house.library.cards["persona"]
            name = house.library.title("persona", self._seat).get(lang) if known else self._seat
        else:
            name = edited_name(house, self._kind, self._id, self._text, lang)
        return self._words("cards.editing", title=name)

    def _draw_ways(self) -> None:
        words = self._words
        if self._seat:
            ui.link(words("card_form.whole_case"), self._at("form")).props("data-whole-case")
        elif self._own.owns(self._kind, self._id):
            ui.link(words("cards.read"), self._read()).props("data-read")
        else:
            ui.link(words("cards.title"), self._house.address("c", lang=words.lang))
        ui.button(words("cards.as_text"), on_click=self._as_text).props("flat dense data-as-text")

    def _at(self, *view: str) -> str:
        return self._house.address("c", self._kind, self._id, *view, lang=self._words.lang)

    def _read(self) -> str:
        kind = "scenario" if self._kind == "pack" else self._kind
        return self._house.address("c", kind, self._id, lang=self._words.lang)

    # What is filled in

    def _draw(self) -> None:
        """Add the fields; raises `YamlError` or `UnfitError` if they cannot show the text."""
        words, self._data = self._words, parse_card(self._text)[0]
        data = self._data
        model: type[BaseModel] = FOLDERS[self._kind][1]
        shown = parse_card(example(self._kind, self._id))[0]
        self._prefix: tuple[str, ...] = ()
        if self._seat:
            place = _place_of(data, self._seat)
            self._prefix = ("seats", str(place))
            model, shown, data = ScenarioSeat, shown["seats"][0], data["seats"][place]
        langs = _langs_of(data, words.lang)
        self._form = FormContext(
            words, langs, choices_of(self._house.library, self._data, words), new_items(self._data, self._seat),
            lambda path, value: ui.run_javascript(f"cardForm.keep({json.dumps(path)}, {json.dumps(value)})"),
        )  # fmt: skip
        with div("stack") as self._all:
            with box():
                soft(words("card_form.how"))
                self._draw_langs(langs)
            parts = model in (Scenario, Pack)
            with box(classes="card-parts" if parts else ""):
                self._root = FieldGroup(
                    At(self._form, "", "", old=data, example=shown), model, bare=True, parts=parts,
                    apart={"seats": self._draw_seats} if model is Scenario else {},
                )  # fmt: skip
        with div("form-side"), box():
            check_and_keep(words, self._send)
            self._refused = refusal_line().props("data-refused")
            self._told = div("told").props('role="status" data-told')
            with self._told:
                soft(words("cards.unchecked"))

    def _draw_seats(self) -> None:
        if len(items_of(self._data, "seats")) != len(self._data.get("seats", ())):
            raise UnfitError
        at = partial(self._at, "form")
        SeatsPart(self._house.library, self._data, self._words, at, self._keep_seats)

    async def _keep_seats(self, change: Callable[[dict[str, Any]], dict[str, Any]], seat: str) -> None:
        """Store the form, with changed seats, as a draft; then show the case again, or a seat."""
        with refusals(self._words, self._refused):
            text = await asyncio.to_thread(rewritten, self._text, change(self._values()))
            await self._keep_draft(text)
            ui.navigate.to(self._at("form", seat) if seat else self._at("form"))

    async def _keep_draft(self, text: str) -> None:
        await asyncio.to_thread(self._own.keep_draft, self._kind, self._id, text, self._stamp)
        ui.run_javascript("draft.forget(cardForm.key)")

    def _draw_langs(self, langs: list[Lang]) -> None:
        words = self._words
        ways = {"both": words("card_form.langs.both")}
        ways |= {lang: words("card_form.langs.one", lang=words.of("language", lang)) for lang in LANGUAGES}
        chosen = ui.radio(ways, value="both" if len(langs) > 1 else langs[0]).props("inline data-langs")
        chosen.props["aria-label"] = words("card_form.langs")
        why = soft("")
        self._langs = chosen

        def show() -> None:
            single = chosen.value if chosen.value in LANGUAGES else None
            langs[:] = [single] if single else _in_order(words.lang)
            self._all.classes(replace=f"stack only-{single}" if single else "stack")
            why.set_text(words("card_form.langs.single" if single else "card_form.langs.pair"))

        def turned() -> None:
            show()
            self._form.typed("langs", chosen.value)

        show()
        chosen.on_value_change(turned)

    # What the browser kept

    async def _recall(self) -> None:
        """Fill in values that were typed and not stored; if the card was changed since then, ask first."""
        try:
            kept = await ui.run_javascript("return draft.read(cardForm.key)", timeout=_ANSWER_SECONDS)
        except TimeoutError:
            return  # the page is gone
        if not isinstance(kept, dict) or not isinstance(kept.get("parts"), dict) or not kept["parts"]:
            return
        words, parts, fits = self._words, kept["parts"], kept.get("place") == self._stamp

        def use() -> None:
            self._fill(parts)
            kept_anew = f"Object.entries({json.dumps(parts)}).forEach(([path, value]) => cardForm.keep(path, value))"
            ui.run_javascript(kept_anew)
            self._before.clear()

        def drop() -> None:
            ui.run_javascript("draft.forget(cardForm.key)")
            ui.navigate.reload()

        if fits:
            self._fill(parts)
        with self._before, div("notice stack").props("data-typed=back" if fits else "data-typed=before"):
            ui.label(words("card_form.back" if fits else "card_form.before"))
            if not fits:
                for text in [text for text in parts.values() if isinstance(text, str) and text][:_MOST_QUOTED]:
                    soft(text).classes("quote")
            with div("pair card-keys"):
                if not fits:
                    ui.button(words("turn.use_begun"), on_click=use).props("outline data-use-typed")
                ui.button(words("turn.drop_begun"), on_click=drop).props("flat data-drop-typed")

    def _fill(self, parts: Mapping[str, Any]) -> None:
        for path, value in parts.items():
            if path == "langs" and value in list(self._langs.options):
                self._langs.value = value
            else:
                self._root.put(path.split("."), value)

    # What becomes of it

    def _values(self) -> dict[str, Any]:
        values: dict[str, Any] = self._root.value()
        if not self._prefix:
            return values
        seats, place = self._data["seats"], int(self._prefix[1])
        return {**self._data, "seats": [*seats[:place], values, *seats[place + 1 :]]}

    async def _rewritten(self) -> str:
        return await asyncio.to_thread(rewritten, self._text, self._values())

    async def _send(self, what: str) -> None:
        words = self._words
        async with self._sending:  # whoever presses twice keeps twice
            self._form.hush()
            self._told.clear()
            with refusals(words, self._refused):
                text = await self._rewritten()
                if what == "check":
                    faults = await asyncio.to_thread(self._own.check, self._kind, self._id, text, words)
                    wrong = sum(fault.severity == "error" for fault in faults)
                    self._show("faults" if wrong else "valid", faults)
                    return
                kept = await asyncio.to_thread(self._own.keep, self._kind, self._id, text, self._stamp, words)
                if _positions(text) != _positions(self._text):
                    ui.navigate.to(self._at("form"))  # what they may do can be chosen from now on
                self._text, self._stamp = text, kept.stamp
                self._head.set_text(self._title())
                self._before.clear()
                ui.run_javascript(f"cardForm.kept({json.dumps(kept.stamp)})")
                how = "kept_begun" if self._id in self._own.folder.begun(self._kind) else "kept_draft"
                self._show("kept" if kept.how == "card" else how, kept.faults)

    def _show(self, outcome: str, faults: Sequence[Fault]) -> None:
        words = self._words
        if outcome == "kept":
            self._notice.clear()
        spots = [(fault, self._spot(fault)) for fault in faults]
        unique = {(spot or fault.loc, fault.says): (fault, spot) for fault, spot in reversed(spots)}  # once a language
        with self._told:
            wrong = sum(fault.severity == "error" for fault, _ in unique.values())
            with div("notice") as notice:
                notice.props["data-outcome"] = outcome
                if wrong:
                    ui.label(words("cards.faults", count=wrong)).classes("strong")
                if outcome != "faults":
                    ui.label(words(f"cards.{outcome}"))
            if outcome == "kept":
                if self._kind == "persona":
                    soft(words("cards.persona_use"))
                ui.link(words("cards.read"), self._read())
            places = dict(reversed(unique.values()))
            for same in alike(list(places)):
                with fault_box(words, same[0]) as shown:
                    shown.props["data-fault"] = same[0].loc
                    with div("card-links"):
                        for fault in same:
                            self._draw_place(shown, fault, places[fault])
                    ui.label(same[0].says)
        if first := next((spot.at for _, spot in spots if spot), ""):
            ui.run_javascript(f"cardForm.show({json.dumps(first)})")

    def _spot(self, fault: Fault) -> Spot | None:
        """Return the spot of a fault in the form; None if the form does not show it."""
        loc = fault.loc.split(".") if fault.loc else []
        if not loc or tuple(loc[: len(self._prefix)]) != self._prefix:
            return None
        spot = self._root.spot(loc[len(self._prefix) :])
        return spot if spot.title else None

    def _draw_place(self, shown: ui.element, fault: Fault, spot: Spot | None) -> None:
        """Add the place of a fault with a link to it; beside its field, if that is on this page, also the message."""
        if spot is not None:
            jump = ui.button(spot.title).props("flat dense no-caps")
            jump.on("click", js_handler=f"() => cardForm.show({json.dumps(spot.at)})")
            if fault.severity == "error":
                shown.props("data-beside")
                spot.mark(fault.says)
        elif seat := self._seat_of(fault):
            name = seat_name(self._house.library, seat, self._words.lang)
            ui.link(name, self._at("form", str(seat.get("persona"))))
        elif self._seat and (part := f"card_form.scenario.{fault.loc.partition('.')[0]}") in self._words:
            ui.link(self._words(part), self._at("form"))
        elif fault.field:
            ui.label(fault.field).classes("who")

    def _seat_of(self, fault: Fault) -> dict[str, Any] | None:
        kind, _, place = fault.loc.partition(".")
        if kind != "seats" or not place:
            return None
        seat = self._data["seats"][int(place.partition(".")[0])]
        return seat if isinstance(seat, dict) and seat.get("persona") in _seated(self._text) else None

    async def _as_text(self) -> None:
        with refusals(self._words, self._refused):
            text = await self._rewritten()
            if text != self._text:
                await self._keep_draft(text)
            ui.navigate.to(self._at("edit"))


def _positions(text: str) -> list[str]:
    """Return the positions of a governance model from the text of its card; empty for other cards."""
    with suppress(YamlError, AttributeError, TypeError):
        return list(parse_card(text)[0].get("rules", {}).get("position", ()))
    return []


def _seated(text: str) -> list[str]:
    """Return the personas of a case's seats from the text of its card; empty if it cannot be read."""
    with suppress(YamlError):
        return [str(seat.get("persona")) for seat in items_of(parse_card(text)[0], "seats")]
    return []


def _place_of(data: Any, seat: str) -> int:
    """Return the index of a seat in a case; raises `UnfitError` if there is no such seat."""
    seats = data.get("seats") if isinstance(data, dict) else None
    for place, each in enumerate(seats if isinstance(seats, list) else ()):
        if isinstance(each, dict) and each.get("persona") == seat:
            return place
    raise UnfitError


def _langs_of(data: Any, lang: Lang) -> list[Lang]:
    """Return the languages of a card, the page's first; only one if no text differs between them."""
    texts = [each for _, each in nodes(data) if isinstance(each, dict) and each and set(each) <= set(LANGUAGES)]
    if any(len(set(text.values())) > 1 for text in texts):
        return _in_order(lang)
    if _HAN.search(json.dumps(data, ensure_ascii=False, default=str)):
        return ["zh"]
    return [lang] if texts else ["en"]


def _in_order(lang: Lang) -> list[Lang]:
    return sorted(LANGUAGES, key=lambda each: each != lang)
