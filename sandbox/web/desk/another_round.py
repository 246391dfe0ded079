"""Another round at tables that are over: the same people in the same seats, maybe under another governance model."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui

from sandbox.content.words import Words
from sandbox.web.frame import act_once, div, soft
from sandbox.web.tables.house import House


def another_round(house: House, words: Words, tables: Sequence[str]) -> None:
    """Add how another round is begun, the choice of its governance model, and the button."""
    library = house.library
    cases = [library.scenario(house.store.table(table).setup.scenario) for table in tables]
    models = {"": words("over.another_same")} | {
        model: library.governance(model).name.get(words.lang)
        for model in library.own_first("governance")
        if library.owns("governance", model) or all(model in case.governance for case in cases)
    }
    soft(words("over.another_why"))
    with div("pair"):
        model = ui.select(models, value="", label=words("setup.governance")).classes("grow").props("data-next-model")
        count = len(tables)
        label = words("over.another_all", count=count) if count > 1 else words("over.another_go")
        button = ui.button(label, icon="replay").props("outline data-another")

    async def go() -> None:
        for table in tables:
            await house.play_again(table, str(model.value or ""))

    act_once(words, button, go)
