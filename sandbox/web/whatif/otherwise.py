"""Forms for a change from a line on: another move of its seat, another rule, and a table's branch."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence

from nicegui import ui

from sandbox.content.words import Words
from sandbox.game.moment import Move
from sandbox.game.session import Session
from sandbox.game.spec import BY_CARDS, BY_RULES, Players
from sandbox.record.line import ALL
from sandbox.report.act_words import act_text
from sandbox.report.rule_offers import RuleOffer, rule_offers, under
from sandbox.web.frame import PagePart, bullets, div, heading, refusal_line, refusals, soft
from sandbox.web.panels import seat_text, term_fields
from sandbox.web.tables.house import House
from sandbox.web.tables.room import TableRoom
from sandbox.web.whatif.whatifs import Fork

_OWN = ""
_EXAMPLES = "aggregation.veto=[]", "floor=chair_led"
_LONGEST = 400
_SEEDS = 100_000


class MoveForm:
    """Asks, within the present element, for another move of the seat that spoke at a line."""

    def __init__(self, place: Fork, words: Words) -> None:
        self._moment, self._words = place.moment, words
        line, game = place.moment.line, place.game
        self._game = game
        act = act_text(words, line, game, self._moment.counters(line))
        heading(3, words("whatif.page.instead", name=game.name(line["seat"]), act=act))
        last = (*self._moment.others, line["act"])  # the one that was taken
        acts = {act: f"{words.doing(act)}{words('colon')}{words(f'pack.act.{act}')}" for act in last}
        self._act = ui.radio(acts, on_change=self._options).props("data-acts")
        self._act.props(f'aria-label="{words("turn.act")}"')
        seats = [seat for seat in game.present(line["stage"]) if seat != line["seat"]]
        choices = {ALL: words("everyone"), **{seat: seat_text(game, seat, words) for seat in seats}}
        to = line["to"] if line["to"] in choices else ALL
        self._to = ui.select(choices, value=to, label=words("turn.to")).props("data-to").classes("w-full")
        self._more, self._terms = PagePart(), dict[str, ui.select]()

    def move(self) -> Move:
        """Return the chosen move; raises `InputError` if there is none."""
        act = self._act.value
        if act is None:
            raise self._words.refusal("whatif.page.need_move")
        terms = {key: str(term.value) for key, term in self._terms.items() if term.value}
        return Move(str(act), str(self._to.value), terms=terms if self._terms else None)

    @property
    def chosen(self) -> dict[str, str]:
        """What is chosen, as an address names it."""
        terms = ",".join(f"{key}:{term.value}" for key, term in self._terms.items() if term.value)
        return {"act": str(self._act.value), "to": str(self._to.value), "terms": terms}

    def choose(self, asked: Mapping[str, str]) -> bool:
        """Choose what an address names and the rules allow; return whether it is a move."""
        act, to = asked.get("act", ""), asked.get("to", "")
        if act not in self._act.options or to not in self._to.options:
            return False
        self._act.value, self._to.value = act, to
        for key, _, option in (term.partition(":") for term in asked.get("terms", "").split(",")):
            if key in self._terms and option in self._terms[key].options:
                self._terms[key].value = option
        return True

    def _options(self) -> None:
        self._more.show(self._act.value, self._draw_options)

    def _draw_options(self) -> None:
        line, self._terms = self._moment.line, {}
        act = next((act for act in self._moment.acts if act == self._act.value), None)
        if act is not None and not line["vote"] and self._game.names_options(line["seat"], act):
            soft(self._words("turn.terms"))
            self._terms = term_fields(self._game, self._words, line["terms"])


class RuleForm:
    """Asks, within the present element, for another rule; free text for a rule is checked."""

    def __init__(
        self, words: Words, offers: Sequence[RuleOffer], texts: tuple[str, str, str], first: str | None,
        check: Callable[[], None] | None = None, changed: Callable[[], object] = lambda: None,
    ) -> None:  # fmt: skip
        self._words, self._offers, self._check = words, {offer.path: offer for offer in offers}, check
        self._changed = changed
        which, self._now, self._meant = texts
        own = {_OWN: words("branch.own")} if check else {}
        names = {path: offer.name for path, offer in self._offers.items()} | own
        self._rule = ui.select(names, value=first, label=which, on_change=self._draw)
        self._rule.props("data-which-rule").classes("w-full")
        self._values = PagePart("stack w-full")
        self._value: ui.radio | None = None
        self._boxes: list[ui.checkbox] = []
        self._typed: ui.input | None = None
        self._draw()

    @property
    def path(self) -> str:
        """The path of the chosen rule."""
        return str(self._rule.value or "")

    @property
    def chosen(self) -> dict[str, str]:
        """The choice, as in an address; only for rules on offer."""
        return {"rule": self.path, "value": ",".join(map(str, self._picked()))}

    def choose(self, asked: Mapping[str, str]) -> bool:
        """Choose what an address names; return whether it is a rule on offer."""
        path, values = asked.get("rule", ""), asked.get("value", "").split(",")
        numbers = [str(number) for number in range(len(self._offers[path].values))] if path in self._offers else []
        if not set(values) <= {*numbers}:
            return False
        self._rule.value = path
        if self._value is not None:
            self._value.value = int(values[0])
        for number, box in enumerate(self._boxes):
            box.value = str(number) in values
        return True

    def changes(self) -> tuple[tuple[str, ...], str]:
        """Return the chosen changes, and what they would do, in words; empty without any."""
        if self._typed is not None:
            change = str(self._typed.value or "").strip()
            return ((change,) if change else ()), ""
        if not (picked := self._picked()):
            return (), ""
        offer = self._offers[self.path]
        value = offer.chosen([offer.values[number] for number in picked], self._words("gap"))
        return value.changes, value.does

    def _picked(self) -> list[int]:
        """Return the numbers of the chosen values; several if the rule may name several."""
        single = [] if self._value is None or self._value.value is None else [int(self._value.value)]
        return [*single, *(number for number, box in enumerate(self._boxes) if box.value)]

    def _draw(self) -> None:
        self._value, self._typed, self._boxes = None, None, []
        self._changed()
        self._values.show(self._rule.value, self._draw_values)

    def _draw_values(self) -> None:
        words, offer = self._words, self._offers.get(self.path)
        if offer is not None:
            soft(words(self._now, value=offer.now))
            if offer.together:
                soft(words("branch.together"))
                with div("holders") as holders:
                    holders.props("role=group").props["aria-label"] = self._meant
                    self._boxes = [ui.checkbox(value.does).props("data-holder") for value in offer.values]
                return
            choices = {number: value.does for number, value in enumerate(offer.values)}
            self._value = ui.radio(choices).props("data-value")
            self._value.props["aria-label"] = self._meant
        elif self._check is not None and self._rule.value == _OWN:
            self._typed = ui.input(words("branch.own.label"), on_change=self._changed)
            self._typed.props(f'maxlength="{_LONGEST}" data-rule').classes("w-full").on("blur", self._check)
            soft(words("branch.own.hint", first=_EXAMPLES[0], second=_EXAMPLES[1]))
        elif not self._offers:
            soft(words("whatif.page.no_rules"))


class ModelsForm:
    """Asks, within the present element, for other governance models of the whole case, and who plays."""

    def __init__(self, session: Session, words: Words) -> None:
        library, lang, own = session.game.library, words.lang, session.game.governance
        self._words, self._own = words, own.id
        soft(words("whatif.page.from_start"))
        soft(words("whatif.page.now", value=own.name.get(lang)))
        names = {model: library.governance(model).name.get(lang) for model in library.cards["governance"]}
        self._models = {
            model: ui.checkbox(name).props(f"data-model={model}")
            for model, name in words.apart(names).items()
            if model != own.id
        }
        ways = {"cards": words("show.by_cards"), "rules": words("show.by_rules")}
        self._by = ui.radio(ways, value="cards").props("inline data-by")

    @property
    def models(self) -> list[str]:
        """The session's own model and the chosen ones; raises `InputError` if none is chosen."""
        chosen = [model for model, box in self._models.items() if box.value]
        if not chosen:
            raise self._words.refusal("whatif.page.need_model")
        return [self._own, *chosen]

    @property
    def players(self) -> Players:
        """Who plays."""
        return BY_RULES if self._by.value == "rules" else BY_CARDS

    @property
    def chosen(self) -> dict[str, str]:
        """What is chosen, as an address names it."""
        return {"models": ",".join(self.models[1:]), "by": str(self._by.value)}

    def choose(self, asked: Mapping[str, str]) -> bool:
        """Choose what an address names; return whether it is a model."""
        wanted = set(asked.get("models", "").split(",")) & self._models.keys()
        for model in wanted:
            self._models[model].value = True
        if asked.get("by") in self._by.options:
            self._by.value = asked["by"]
        return bool(wanted)


class BranchForm:
    """Asks, within the present element, how a table goes back to a line of its session."""

    def __init__(self, house: House, table: str, room: TableRoom, line: str) -> None:
        self._house, self._table, self._room, self._line = house, table, room, line
        self._loads = False
        self._words = words = house.words(room.game.spec.lang)
        heading(3, words("branch.back", line=line))
        self._tell()
        soft(words("branch.how"))
        ways = {way: words(f"branch.{way}") for way in ("luck", "rule", "same")}
        self._how = ui.radio(ways, value="luck", on_change=self._ask_rule)
        self._how.props(f'data-how aria-label="{words("branch.how")}"')
        self._rule_part = div("stack w-full")
        self._rule: RuleForm | None = None
        self.refused = refusal_line().props("data-fault")

    async def branch(self) -> None:
        """Let the table go back as chosen; raises `InputError` if it cannot."""
        seed, changes = self._wanted()
        await self._house.branch(self._table, self._room, self._line, seed, changes)

    def _tell(self) -> None:
        words, room = self._words, self._room
        lines = room.shown.state["lines"]
        place = next(number for number, line in enumerate(lines, start=1) if line["id"] == self._line)
        spoken, later = lines[place - 1], len(lines) - place
        ui.label(f"{room.game.name(spoken['seat'])}{words('colon')}{spoken['says']}").classes("soft gist shrink-0")
        names = [player.name for player in self._house.store.players(self._table).values()]
        kept, people = "lines" if later else "nothing", "several" if names else "nobody"
        sessions = [row.session for row in self._house.store.sessions(self._table)]
        number = sessions.index(room.folder.id) + 1
        kept_text = words(f"branch.kept.{kept}", count=later, number=number)
        bullets([words("branch.course"), kept_text, words(f"branch.people.{people}", names=names)])

    def _wanted(self) -> tuple[int | None, tuple[str, ...]]:
        """Return the chosen seed and rules; raises `InputError` if no rule is chosen."""
        if self._how.value == "luck":
            return random.randrange(1, _SEEDS), ()
        if self._how.value == "same":
            return None, ()
        changes, _ = self._rule.changes() if self._rule else ((), "")
        if not changes:
            raise self._words.refusal("branch.need_value")
        return None, changes

    async def _ask_rule(self) -> None:
        words, game = self._words, self._room.game
        self.refused.set_text("")
        self._rule_part.set_visibility(self._how.value == "rule")
        if self._how.value != "rule" or self._loads:
            return
        self._loads = True
        with self._rule_part:
            wait = soft(words("branch.loading"))
        stage = next(line["stage"] for line in self._room.fold.state["lines"] if line["id"] == self._line)
        place = [known.id for known in game.stages].index(stage)
        offers = await asyncio.to_thread(rule_offers, game, place)
        wait.delete()
        with self._rule_part:
            texts = words("branch.which"), "branch.now", words("branch.values")
            self._rule = RuleForm(words, offers, texts, None, self._check, lambda: self.refused.set_text(""))

    def _check(self) -> None:
        with refusals(self._words, self.refused):
            changes, _ = self._rule.changes() if self._rule else ((), "")
            if changes:
                under(self._room.game, changes)
