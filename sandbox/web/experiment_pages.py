"""The facilitator's pages of experiments: their list, and one with its report."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from nicegui import ui

from sandbox.content.language import Lang
from sandbox.content.plain import plain
from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.experiment.store.status import Status, said_players
from sandbox.experiment.store.store import RunState
from sandbox.web.experiments import Entry, Experiments
from sandbox.web.frame import PagePart, box, div, downloads, heading, page, placed, soft, table, when
from sandbox.web.tables.house import House

_SECONDS = 2.0
_STATES: tuple[RunState, ...] = ("done", "running", "failed", "pending")


async def experiments_page(house: House, experiments: Experiments, lang: Lang) -> None:
    """Draw the list of experiments, and keep it up to date."""
    words = house.words(lang)
    with page(words, words("experiments.title")):
        ui.link(words("home.title"), house.address(lang=lang))
    with div("wrap narrow stack"):
        slot = PagePart()
        soft(words("experiments.limits"))

    def build(entries: Sequence[Entry]) -> None:
        if not entries:
            with box():
                ui.label(words("experiments.empty"))
                ui.label("sandbox experiment plan who_decides\nsandbox experiment run who_decides").classes("command")
        for entry in entries:
            with box() as shown:
                shown.props["data-experiment"] = entry.name
                heading(2, entry.title.get(lang) if entry.title else entry.name)
                if entry.question:
                    soft(entry.question.get(lang))
                _standing(house, words, entry)
                ui.link(words("experiments.open"), house.address("e", entry.name, lang=lang)).props("data-see")

    async def follow() -> None:
        entries = await asyncio.to_thread(experiments.all)
        slot.show(entries, lambda: build(entries))

    await follow()
    ui.timer(_SECONDS, follow, immediate=False)


class ExperimentPage:
    """The page of an experiment: its status, and its report on request."""

    def __init__(self, house: House, experiments: Experiments, entry: Entry, lang: Lang) -> None:
        self._house, self._experiments, self._entry, self._lang = house, experiments, entry, lang
        self._words = words = house.words(lang)
        with page(words, entry.title.get(lang) if entry.title else entry.name):
            ui.link(words("experiments.title"), house.address("e", lang=lang))
        with div("wrap stack"):
            with box():
                self._state = PagePart()
            with box(words("experiments.report")):
                if entry.design is None and entry.fault is None:
                    soft(words("refused.nothing_compared"))
                else:
                    self._button = ui.button(words("experiments.make"), icon="insights", on_click=self._make)
                    self._button.props("data-make")
                self._waits = soft("").props("role=status")
                self._downloads()
                soft(words("experiments.limits"))
            self._report = div("stack")

    async def begin(self) -> None:
        """Show its status and, if there is one, its report; then keep them up to date."""
        if await asyncio.to_thread(self._experiments.ready, self._entry.name, self._lang):
            self._show()
        await self._follow()
        ui.timer(_SECONDS, self._follow, immediate=False)

    async def _follow(self) -> None:
        entry = await asyncio.to_thread(self._experiments.entry, self._entry.name) or self._entry

        def build() -> None:
            if entry.question:
                ui.label(entry.question.get(self._lang)).classes("prose")
            _standing(self._house, self._words, entry)

        self._state.show(entry, build)

    async def _make(self) -> None:
        self._button.disable()
        self._waits.set_text(self._words("experiments.waits"))
        try:
            await self._experiments.page(self._entry.name, self._lang, "html")
        except InputError as error:
            self._waits.set_text(plain(self._words.error(error)))
        else:
            self._waits.set_text("")
            self._show()
        self._button.enable()

    def _show(self) -> None:
        words, source = self._words, self._link("report.html")
        with self._report.clear():
            ui.link(words("experiments.alone"), source, new_tab=True)
            page = ui.element("iframe").classes("debrief").props(f'title="{words("experiments.report")}" data-report')
            page.props["src"], page.props["sandbox"] = placed(source), ""  # nothing in it may run, whatever it holds

    def _downloads(self) -> None:
        words = self._words
        with div("pair"):
            ui.label(words("experiments.download"))
            if self._entry.design:
                downloads(words("experiments.download"), lambda form: f"{self._link(f'report.{form}')}&download=1")
            ui.link(words("experiments.tables"), self._link("tables.zip")).props("data-get=csv")

    def _link(self, name: str) -> str:
        return self._house.address("e", self._entry.name, name, lang=self._lang)


def _standing(house: House, words: Words, entry: Entry) -> None:
    """Add the status of an experiment: a bar, sessions by arm, cost, last activity."""
    if entry.fault is not None:
        ui.label(plain(words.error(entry.fault))).classes("notice")
    status = entry.status
    if status is None:
        return
    players = said_players(status.players, words)
    by = [words("experiments.played_by", players=players)] if players else []
    soft(words.join([f"{entry.name}.sqlite", *by]))
    ended = status.number("done", "failed")
    how = "goes" if status.working else "rests" if ended < status.total else ""
    shown = words("experiments.ended", ended=ended, total=status.total)
    shown = words.join([shown, words(f"experiments.{how}")]) if how else shown
    soft(shown).props("role=status")
    ui.element("progress").props(f'value={ended} max={max(1, status.total)} aria-label="{shown}"')
    arms = [(_arm(house, words.lang, entry, arm.arm), arm.states) for arm in status.arms if not arm.null]
    if alone := [arm.states for arm in status.arms if arm.null]:
        arms.append((words("seeds.by_rules"), {state: sum(states[state] for states in alone) for state in _STATES}))
    rows = [[name, *(str(states[state]) for state in _STATES)] for name, states in arms]
    table("", [words(f"experiments.{key}") for key in ("arm", *_STATES)], rows)
    soft(words.join([words("experiments.active", at=when(entry.active)), *_plan(words, entry)]))
    soft(_cost(words, status))
    for reason, number in status.reasons.items():
        soft(words("seeds.failed", number=number, reason=reason))


def _arm(house: House, lang: Lang, entry: Entry, arm: str) -> str:
    factor = entry.design.arms if entry.design else "governance"
    if factor in ("governance", "scenario", "city") and arm in house.library.cards[factor]:
        return house.library.title(factor, arm).get(lang)
    return arm


def _cost(words: Words, status: Status) -> str:
    spent = status.spent
    if not spent.calls:
        return words("usage.none")
    numbers = {"calls": spent.calls, "prompt": spent.prompt, "cached": spent.cached, "completion": spent.completion}
    money = [words("experiments.money", money=f"{status.money:.2f}")] if status.money is not None else []
    return words.join([words("usage.spent", **{name: f"{number:,}" for name, number in numbers.items()}), *money])


def _plan(words: Words, entry: Entry) -> list[str]:
    """Return in words whether a design with hypotheses is locked; empty if its file is unknown here."""
    if entry.lock is not None:
        return [words("experiments.locked", at=entry.lock.time[:10])]
    return [words("experiments.unlocked")] if entry.filed and entry.design and entry.design.hypotheses else []
