"""Another round at finished tables: the same people in the same seats, perhaps under another governance model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nicegui import ui

from sandbox.content.words import Words
from sandbox.web.desk.setup_form import draw_rules_warned
from sandbox.web.frame import agree, dialog, div, refusals, soft
from sandbox.web.tables.house import House


def another_round(house: House, words: Words, tables: Sequence[str]) -> None:
    """Add the choice of a governance model for another round, and its button, which warns and asks first."""
    library = house.library
    cases = [library.scenario(house.store.table(table).setup.scenario) for table in tables]
    models = {"": words("over.another_same")} | {
        model: library.governance(model).name.get(words.lang)
        for model in library.own_first("governance")
        if library.owns("governance", model) or all(model in case.governance for case in cases)
    }
    with div("pair"):
        model = ui.select(models, value="", label=words("setup.governance")).classes("grow").props("data-next-model")
        count = len(tables)
        label = words("over.another_all", count=count) if count > 1 else words("over.another_go")
        button = ui.button(label, icon="replay").props("data-another")
    warned = div("stack").props('role="status" data-next-warned')

    def warn() -> None:
        with warned.clear():
            if model.value:
                _draw_warnings(house, words, tables, str(model.value))

    async def go() -> None:
        for table in tables:
            await house.play_again(table, str(model.value or ""))

    def ask() -> None:
        with dialog(label) as opened:
            ui.label(words("over.another_sure"))
            soft(words("over.another_why"))
            _draw_warnings(house, words, tables, str(model.value or ""))
            agree(words, opened, label, go)

    model.on_value_change(warn)
    button.on_click(ask)


def _draw_warnings(house: House, words: Words, tables: Sequence[str], model: str) -> None:
    """Warn of what the rules keep from people at some tables under a governance model; empty for each table's own."""
    warned = set[tuple[str, str, frozenset[str]]]()
    for table in tables:
        setup = house.store.table(table).setup
        setup = replace(setup, governance=model or setup.governance)
        if (alike := (setup.scenario, setup.governance, frozenset(setup.persons))) not in warned:
            warned.add(alike)
            with refusals(words):
                draw_rules_warned(house.game(setup), words, setup.persons)
