"""What the facilitator is asked before a table goes back to a line: what will happen, and what is to be different."""

from __future__ import annotations

import asyncio
import random

from nicegui import ui

from sandbox.content.plain import plain
from sandbox.errors import InputError, SandboxError
from sandbox.report.rule_offers import RuleOffer, rule_offers, under
from sandbox.web.frame import bullets, div, heading, soft
from sandbox.web.house import House
from sandbox.web.room import Room

__all__ = ["BranchForm"]

_OWN = ""
_EXAMPLES = "aggregation.veto=[]", "floor=chair_led"
_LONGEST = 400
_SEEDS = 100_000


class BranchForm:
    """Asks how a table is to go back to a line of its session, within what is drawn now."""

    def __init__(self, house: House, table: str, room: Room, line: str) -> None:
        self._house, self._table, self._room, self._line = house, table, room, line
        self._words = words = house.words(room.game.spec.lang)
        self._offers: dict[str, RuleOffer] = {}
        self._loaded = False
        heading(3, words("branch.back", line=line))
        self._tell()
        soft(words("branch.how"))
        ways = {way: words(f"branch.{way}") for way in ("luck", "rule", "same")}
        self._how = ui.radio(ways, value="luck", on_change=self._ask_rule)
        self._how.props(f'data-how aria-label="{words("branch.how")}"')
        self._rule_part = div("stack w-full")
        self._rule: ui.select | None = None
        self._value: ui.radio | None = None
        self._own: ui.input | None = None
        self._fault = ui.label().classes("notice").props('role="alert" data-fault')
        self._fault.set_visibility(False)

    async def branch(self) -> bool:
        """Let the table go back as is asked for, and tell whether it did; else the form says why not."""
        try:
            seed, changes = self._wanted()
            await self._house.branch(self._table, self._line, seed, changes)
        except SandboxError as error:
            self._refuse(error)
            return False
        return True

    def _tell(self) -> None:
        words, room = self._words, self._room
        lines = room.fold.state["lines"]
        place = next(number for number, line in enumerate(lines, start=1) if line["id"] == self._line)
        spoken, later = lines[place - 1], len(lines) - place
        ui.label(f"{room.game.name(spoken['seat'])}{words('colon')}{spoken['says']}").classes("soft prose")
        names = [player.name for player in self._house.store.players(self._table).values()]
        kept, people = "lines" if later else "nothing", "several" if names else "nobody"
        sessions = [row.session for row in self._house.store.sessions(self._table)]
        number = sessions.index(room.folder.id) + 1
        bullets(
            [
                words("branch.course"),
                words(f"branch.kept.{kept}", count=later, number=number),
                words(f"branch.people.{people}", names=names),
            ]
        )

    def _wanted(self) -> tuple[int | None, tuple[str, ...]]:
        """Return the seed and the rules that are asked for; raises `InputError` where a rule is not chosen."""
        if self._how.value == "luck":
            return random.randrange(1, _SEEDS), ()
        if self._how.value == "same":
            return None, ()
        if self._own is not None:
            change = str(self._own.value or "").strip()
            if change:
                return None, (change,)
        elif self._rule is not None and self._value is not None and self._value.value is not None:
            offer = self._offers[str(self._rule.value)]
            return None, offer.values[int(self._value.value)].changes
        raise InputError(self._words("branch.need_value"))

    async def _ask_rule(self) -> None:
        self._fault.set_visibility(False)
        self._rule_part.set_visibility(self._how.value == "rule")
        if self._how.value != "rule" or self._loaded:
            return
        self._loaded = True
        with self._rule_part:
            wait = soft(self._words("branch.loading"))
        lines, game = self._room.fold.state["lines"], self._room.game
        stage = next(line["stage"] for line in lines if line["id"] == self._line)
        place = [known.id for known in game.stages].index(stage)
        offers = await asyncio.to_thread(rule_offers, game, place)
        self._offers = {offer.path: offer for offer in offers}
        wait.delete()
        with self._rule_part:
            names = {**{offer.path: offer.name for offer in offers}, _OWN: self._words("branch.own")}
            self._rule = ui.select(names, label=self._words("branch.which"), on_change=self._ask_value)
            self._rule.props("data-which-rule").classes("w-full")
            self._values = div("stack w-full")

    def _ask_value(self) -> None:
        assert self._rule is not None
        words, path = self._words, self._rule.value
        self._fault.set_visibility(False)
        self._value = self._own = None
        self._values.clear()
        with self._values:
            if path == _OWN:
                self._own = ui.input(words("branch.own.label"), on_change=lambda: self._fault.set_visibility(False))
                self._own.props(f'maxlength="{_LONGEST}" data-rule').classes("w-full").on("blur", self._check)
                soft(words("branch.own.hint", first=_EXAMPLES[0], second=_EXAMPLES[1]))
                return
            offer = self._offers[str(path)]
            soft(words("branch.now", value=offer.now))
            choices = {number: value.does for number, value in enumerate(offer.values)}
            self._value = ui.radio(choices).props(f'data-value aria-label="{words("branch.values")}"')

    def _check(self) -> None:
        change = str(self._own.value or "").strip() if self._own else ""
        if change:
            try:
                under(self._room.game, (change,))
            except SandboxError as error:
                self._refuse(error)

    def _refuse(self, error: SandboxError) -> None:
        self._fault.set_text(plain(self._words.error(error)))
        self._fault.set_visibility(True)
