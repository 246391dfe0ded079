"""The form for setting up a table."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType

from nicegui import ui

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.plain import plain
from sandbox.content.scenario_card import Scenario
from sandbox.content.words import Words
from sandbox.errors import InputError, SandboxError
from sandbox.game.checks.limits import few_lines, undecidable
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from sandbox.report.money_words import unpaid_text
from sandbox.report.pages.pack import TablePlan
from sandbox.report.rule_words import party_text
from sandbox.web.cards.cards_page import PRINTED, pack_link
from sandbox.web.desk.setup_fields import (
    CastChoice,
    TurnTimeChoice,
    by_cards_choice,
    hold_choice,
    lang_choice,
    number,
    seat_title,
    whole,
    whole_time_told,
)
from sandbox.web.frame import div, heading, lang_of, refusals, soft
from sandbox.web.panels import span_text
from sandbox.web.tables.clock import LONG_PLAN, SECONDS_HELD
from sandbox.web.tables.database import Setup
from sandbox.web.tables.house import House

_CASE = "four_oclock_school"
_MOST_MINUTES = 180
_PLANS = (40, 45, 60, 90, 120)
# What briefing and debrief have of a time at most, and of one of less than an hour.
_TALK, _HOUR, _SHORT_TALK = 1 / 3, 60, 1 / 4
_MOST_TABLES = 6


def first_setup(house: House, lang: Lang) -> Setup:
    """Return the first setup that the form shows: a case with a resident's and an official's seat for people.

    That is the facilitator's own, under its own governance model, where there is one only. Under that which comes with
    the program, the model is the first of the case under which these two are in the room most often.
    """
    library = house.library
    own = [case for case in library.cards["scenario"] if library.owns("scenario", case)]
    case = library.scenario(own[0] if len(own) == 1 else _CASE)
    seats = seats_for_people(library, case)
    first = Setup(
        scenario=case.id, governance=case.governance[0], city="", lang=lang,
        stages=tuple(stage.id for stage in library.stages_of(case)), turns=None, seed=random.randrange(1, 100_000),
        persons=(seats[0], seats[-1]), minutes={}, hold=SECONDS_HELD, reading=True,
    )  # fmt: skip
    models = [case.own_governance] if case.id in own else case.governance
    setups = [replace(first, governance=model) for model in models]
    return min(setups, key=lambda setup: sum(map(len, absences(house.game(setup), setup.persons).values())))


def next_setup(house: House, lang: Lang) -> Setup:
    """Return the setup that the form shows for a new table: the last one's, except seed and language."""
    last = next((row.setup for row in house.store.tables() if row.id not in house.members), None)
    if last is not None:
        with suppress(InputError):  # a card that it needs is gone
            house.game(last)
            return replace(last, lang=lang, seed=random.randrange(1, 100_000))
    return first_setup(house, lang)


def absences(game: Game, seats: Sequence[str]) -> dict[str, list[str]]:
    """Return the names of the stages from which the rules bar each of some seats; seats that miss none are left out."""
    missed = {
        seat: [game.stage_names[stage.id] for stage in game.stages if seat not in game.present(stage.id)]
        for seat in seats
        if seat in game.positions
    }
    return {seat: stages for seat, stages in missed.items() if stages}


def draw_rules_warned(game: Game, words: Words, seats: Sequence[str]) -> None:
    """Warn that the rules keep people in some seats from stages, or have options that nobody can pay for."""
    game = game.in_language(words.lang)  # the desk may be read in another language than the table's
    missed, model = absences(game, seats), game.governance.name.get(words.lang)
    for names in dict.fromkeys(map(tuple, missed.values())):
        roles = [game.personas[seat].role.get(words.lang) for seat, own in missed.items() if tuple(own) == names]
        text = words("setup.barred", roles=roles, model=model, stages=words.join(names))
        ui.label(text).classes("notice").props("data-barred")
    if unpaid := unpaid_text(game):
        soft(words("setup.unpaid", model=model, options=unpaid)).props("data-unpaid")


def seats_for_people(library: Library, case: Scenario) -> list[str]:
    """Return the seats of a case for people: all except a host from elsewhere, who has only one stage."""
    return [seat.persona for seat in case.seats if library.persona(seat.persona).kind != "host"]


class SetupForm:
    """The form for new tables, or for one in the lobby.

    Args:
        label: the label of its button.
        done: called with the chosen setup, and the number of tables.
        several: whether more than one table can be set up.
    """

    def __init__(
        self, house: House, words: Words, setup: Setup, label: str, done: Callable[[Setup, int], None],
        *, several: bool = False,
    ) -> None:  # fmt: skip
        self._house, self._words, self._done, self._first = house, words, done, setup
        library, lang = house.library, words.lang
        cases = {key: library.scenario(key).title.get(lang) for key in library.own_first("scenario")}
        self._models = models = {key: library.governance(key).name.get(lang) for key in library.own_first("governance")}
        names = {stage.id: stage.name.get(lang) for stage in library.stages()}
        cities = {key: library.city(key).name.get(lang) for key in sorted(library.cards["city"])}
        with div("stack"):
            self._case = ui.select(cases, value=setup.scenario, label=words("setup.scenario")).props("data-case")
            self._about = ui.label().classes("prose soft")
            self._pack = div("pair")
            self._model = ui.select(models, value=setup.governance, label=words("setup.governance")).props("data-model")
            self._rules = ui.label().classes("prose soft")
            self._city = ui.select(
                {"": words("setup.no_city"), **cities}, value=setup.city, label=words("setup.city"),
                on_change=self._city_chosen,
            )  # fmt: skip
            self._lang = lang_choice(words, setup.lang)
            with div("pair"):
                heading(3, words("setup.persons"))
                ui.button(words("setup.all_seats"), on_click=self._all_seats).props("flat dense data-all-seats")
            self._seats = div("choices")
            self._barred = div("stack").props('role="status"')
            with ui.expansion(words("setup.cast")).classes("w-full").props("data-cast"):
                soft(words("setup.cast.why"))
                self._others = div("stack")
            self._by_cards = by_cards_choice(house, words, setup.by_cards)
            heading(3, words("setup.stages"))
            with div("choices"):
                self._stages = {
                    stage: ui.checkbox(name, value=stage in setup.stages, on_change=self._stages_chosen)
                    for stage, name in names.items()
                }
            self._add_time(setup, names)
            counts = {count: str(count) for count in range(1, _MOST_TABLES + 1)}
            self._tables = ui.select(counts, value=1, label=words("setup.tables"))
            self._tables.props(f'hint="{words("setup.tables_why")}" data-tables').set_visibility(several)
            self._open = soft("").props('data-seats role="status"')
            self._time = soft("").props('data-time role="status"')
            self._short = soft("").props('data-short role="status"')
            ui.button(label, on_click=self._submit).props("data-open")
        self._usual = [stage.id for stage in library.stages_of(library.scenario(setup.scenario))]
        self._persons: dict[str, ui.checkbox] = {}
        self._cast: CastChoice | None = None
        self._case.on_value_change(self._other_case)
        self._model.on_value_change(self._model_chosen)
        self._turns.on_value_change(self._tell_time)
        self._case_chosen(setup.persons, setup.cast)
        self._model_chosen()
        self._tell_time()

    def _add_time(self, setup: Setup, names: Mapping[str, str]) -> None:
        words = self._words
        times = sorted({*_PLANS, setup.plan} - {0})
        none = words("setup.by_stage" if setup.minutes and not setup.plan else "setup.no_plan")
        plans = {0: none} | {time: words("setup.plan_of", minutes=time) for time in times}
        self._plan = ui.select(plans, value=setup.plan, label=words("setup.plan"), on_change=self._plan_chosen)
        self._plan.props("data-plan")
        with ui.expansion(words("setup.more")).classes("w-full"):
            self._minutes = {
                stage: number(words("setup.minutes", stage=name), setup.minutes.get(stage, 0))
                for stage, name in names.items()
            }
            for stage, minutes in self._minutes.items():
                minutes.bind_visibility_from(self._stages[stage], "value", bool)
            self._turn_time = TurnTimeChoice(words, setup.seconds, setup.idle)
            for field in (*self._minutes.values(), self._turn_time.limit, self._turn_time.after):
                field.on_value_change(self._tell_time)
            self._longer = soft(words("setup.more_seconds"))
            self._hold = hold_choice(words, setup.hold)
            self._reading = ui.checkbox(words("setup.reading"), value=setup.reading).props("data-reading")
            self._turned = ui.checkbox(words("setup.turned"), value=setup.turned).props("data-may-turn")
            self._turns = number(words("setup.turns"), setup.turns)
            self._seed = number(words("setup.seed"), setup.seed)

    def _other_case(self) -> None:
        """Switch to a case, with its own governance model if it names one or does not fit the chosen one.

        Its stages are taken as well, where they are not those of the case before it.
        """
        library = self._house.library
        case = library.scenario(str(self._case.value))
        before, self._usual = self._usual, [stage.id for stage in library.stages_of(case)]
        for stage, box in self._stages.items() if before != self._usual else ():
            box.value = stage in self._usual
        if case.default_governance or self._model.value not in case.governance:
            self._model.value = case.own_governance
        self._case_chosen(())

    def _case_chosen(self, persons: tuple[str, ...], cast: Mapping[str, str] = MappingProxyType({})) -> None:
        library, lang = self._house.library, self._words.lang
        case = library.scenario(str(self._case.value))
        self._about.set_text(case.question.get(lang))
        seats = seats_for_people(library, case)
        chosen = persons or (seats[0], seats[-1])
        self._persons = {}
        with self._seats.clear():
            for seat in seats:
                self._persons[seat] = ui.checkbox(value=seat in chosen, on_change=self._warn)
        with self._others.clear():
            self._cast = CastChoice(self._house, self._words, case, cast, self._cast_chosen)
        self._cast_chosen()

    def _all_seats(self) -> None:
        for box in self._persons.values():
            box.value = True

    def _cast_chosen(self) -> None:
        case = self._house.library.scenario(str(self._case.value))
        for seat, box in self._persons.items():
            box.set_text(seat_title(self._house, self._words, case, seat, self._chosen_cast.get(seat, "")))
        self._pack_offered()
        self._warn()

    @property
    def _chosen_cast(self) -> dict[str, str]:
        return self._cast.chosen if self._cast is not None else {}

    def _warn(self) -> None:
        words, lang = self._words, self._words.lang
        self._barred.clear()
        self._short.set_text("")
        stages = tuple(stage.id for stage in self._house.library.stages() if self._stages[stage.id].value)
        seats = [seat for seat, box in self._persons.items() if box.value]
        open_for = [self._persons[seat].text for seat in seats]
        self._open.set_text(words("setup.open_for", seats=open_for) if seats else words("setup.open_for_none"))
        if not stages or not seats:
            return
        model = self._house.library.governance(str(self._model.value))
        lines = min(max(int(self._turns.value or 0), 0), 500) or None
        spec = SessionSpec(
            scenario=str(self._case.value), governance=model.id, lang=lang, stages=stages, turns=lines,
            personas=self._chosen_cast, **self._house.players(self._by_cards())._asdict(),
        )  # fmt: skip
        with self._barred:
            try:
                game = Game(spec, self._house.library)
                few = few_lines(game)
            except SandboxError as error:
                ui.label(plain(words.error(error))).classes("notice")
                return
            self._short.set_text(self._played_short(game, seats))
            case = self._house.library.scenario(str(self._case.value))
            if model.id not in case.governance:
                soft(words("setup.unfit_model", models=[self._models[each] for each in case.governance])).props(
                    "data-unfit-model"
                )
            draw_rules_warned(game, words, seats)
            if few:
                ui.label(few).classes("notice").props("data-few-lines")
            if why := undecidable(game):
                ui.label(plain(why.in_words(game, words))).classes("notice").props("data-undecidable")

    def _played_short(self, game: Game, seats: Sequence[str]) -> str:
        """Return in words the most time that a table plays, if that is less than it is given; else empty."""
        words, plan = self._words, int(self._plan.value or 0)
        minutes = {stage.id: int(self._minutes[stage.id].value or 0) for stage in game.stages}
        setup = replace(
            self._first, persons=tuple(seats), minutes=minutes, plan=plan,
            seconds=int(self._turn_time.limit.value or 0), reading=bool(self._reading.value),
        )  # fmt: skip
        told, most = span_text(game, words, setup)
        lines = sum(game.turn_limit(stage) for stage in game.stages)
        return words("setup.time.short", lines=lines, minutes=told) if most < sum(minutes.values()) else ""

    def _model_chosen(self) -> None:
        model = self._house.library.governance(str(self._model.value))
        stands = party_text(self._words, model)
        told = self._words("rules.party") + self._words("colon") + stands if stands else ""
        self._rules.set_text("\n".join(filter(None, (model.summary.get(self._words.lang), told))))
        self._pack_offered()
        self._warn()

    def _pack_offered(self) -> None:
        case, model, lang = str(self._case.value), str(self._model.value), self._words.lang
        played = [stage for stage, box in self._stages.items() if box.value]
        times = {stage: int(self._minutes[stage].value or 0) for stage in played}
        plan = TablePlan(times, int(self._turns.value or 0) or None, int(self._plan.value or 0))
        self._pack.clear()
        if case in self._house.library.cards["pack"]:
            with self._pack:
                for key, form in (("setup.pack", "html"), ("setup.pack_word", "docx")):
                    link = pack_link(self._house, case, model, lang, form, cast=self._chosen_cast, plan=plan)
                    ui.link(self._words(key), link, new_tab=form == "html").props(f"data-pack={form}")
                for part in PRINTED:
                    link = pack_link(self._house, case, model, lang, "html", part, self._chosen_cast, plan)
                    ui.link(self._words(f"cards.part.{part}"), link, new_tab=True).props(f"data-print={part}")

    def _stages_chosen(self) -> None:
        if self._plan.value:
            self._plan_chosen()
        else:
            self._tell_time()

    def _plan_chosen(self) -> None:
        stages = [stage for stage, box in self._stages.items() if box.value]
        plan = time_plan(self._house.library, str(self._case.value), stages, int(self._plan.value or 0))
        for stage, box in self._minutes.items():
            box.value = plan.get(stage, 0)
        self._turn_time.plan(limited=bool(plan))
        self._tell_time()

    def _tell_time(self) -> None:
        """Show the times of session and turns beside the button, since their fields are folded."""
        words, plan = self._words, int(self._plan.value or 0)
        self._longer.set_visibility(plan == LONG_PLAN)
        played = sum(int(self._minutes[stage].value or 0) for stage, box in self._stages.items() if box.value)
        self._time.set_text(words("gap").join([whole_time_told(words, plan, played), self._turn_time.told()]))
        self._pack_offered()
        self._warn()

    def _city_chosen(self) -> None:
        if self._city.value:
            self._model.value = self._house.library.city(str(self._city.value)).governance

    def chosen(self) -> Setup:
        """Return the chosen setup; raises `InputError` if something in it is not allowed."""
        words, stages = self._words, self._house.library.stages()
        self._house.read_again()
        chosen = tuple(stage.id for stage in stages if self._stages[stage.id].value)
        if not chosen:
            raise words.refusal("setup.need_stage")
        minutes = {stage.id: whole(words, self._minutes[stage.id], 0, _MOST_MINUTES) for stage in stages}
        limits = {stage: some for stage, some in minutes.items() if some and stage in chosen}
        plan, (seconds, idle) = int(self._plan.value or 0), self._turn_time.chosen()
        setup = Setup(
            scenario=str(self._case.value), governance=str(self._model.value), city=str(self._city.value or ""),
            lang=lang_of(str(self._lang.value)), stages=chosen,
            turns=whole(words, self._turns, 1, 500) if self._turns.value else None,
            seed=whole(words, self._seed, 0, 2**31 - 1),
            persons=tuple(seat for seat, box in self._persons.items() if box.value),
            minutes=limits, seconds=seconds, idle=idle, plan=plan if sum(limits.values()) <= plan else 0,
            by_cards=self._by_cards(), cast=self._chosen_cast, number=self._first.number,
            hold=SECONDS_HELD if self._hold.value else 0, reading=bool(self._reading.value),
            turned=bool(self._turned.value),
        )  # fmt: skip
        self._house.game(setup)
        return setup

    def _submit(self) -> None:
        with refusals(self._words):
            self._done(self.chosen(), int(self._tables.value or 1))


def time_plan(library: Library, case: str, stages: Sequence[str], minutes: int) -> dict[str, int]:
    """Return the time-box of each stage, in minutes, if a session with briefing and debrief takes ``minutes``.

    It is spread as in the timing of the case's facilitator's pack, that of stages that are left out over those that are
    played; without one, by the lines of the stages. Briefing and debrief have what they have in the pack, a third at
    most, and a quarter of less than an hour. Without any minutes there are no time-boxes.
    """
    timing = library.pack(case).timing if case in library.cards["pack"] else ()
    weights = {stage: sum(slot.minutes for slot in timing if slot.stage == stage) for stage in stages}
    if not all(weights.values()):
        weights = {stage: library.stage(stage).turns for stage in stages}
    talk = _TALK if minutes >= _HOUR else _SHORT_TALK
    if timing:
        without_stage = sum(slot.minutes for slot in timing if slot.stage is None)
        talk = min(talk, without_stage / sum(slot.minutes for slot in timing))
    unit = minutes * (1 - talk) / sum(weights.values()) if weights else 0.0
    return {stage: max(1, round(weight * unit)) for stage, weight in weights.items()} if minutes else {}
