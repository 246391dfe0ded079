"""The two ways in which a course may be another from a line on: another move of its seat, or another rule."""

from __future__ import annotations

from nicegui import ui

from sandbox.content.acts import has
from sandbox.content.cards import Act
from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.game.moment import Move
from sandbox.record.line import ALL
from sandbox.report.reading import act_text
from sandbox.web.frame import Slot, heading, soft
from sandbox.web.panels import seat_text
from sandbox.web.whatifs import Place

__all__ = ["MoveForm", "RuleForm"]

_FIRST = "aggregation.veto"


class MoveForm:
    """Asks for another move of the seat that spoke at a line, within what is drawn now."""

    def __init__(self, place: Place, words: Words) -> None:
        self._moment, self._words = place.moment, words
        line, game = place.moment.line, place.game
        self._game = game
        act = act_text(words, line, game, self._moment.counters(line))
        heading(3, words("whatif.page.instead", name=game.name(line["seat"]), act=act))
        acts = {act: f"{words.doing(act)}{words('colon')}{words(f'pack.act.{act}')}" for act in self._acts()}
        self._act = ui.radio(acts, on_change=self._options).props("data-acts")
        self._act.props(f'aria-label="{words("turn.act")}"')
        seats = [seat for seat in game.present(line["stage"]) if seat != line["seat"]]
        choices = {ALL: words("everyone"), **{seat: seat_text(game, seat) for seat in seats}}
        to = line["to"] if line["to"] in choices else ALL
        self._to = ui.select(choices, value=to, label=words("turn.to")).props("data-to").classes("w-full")
        self._more, self._terms = Slot(), dict[str, ui.select]()

    def move(self) -> Move:
        """Return the move that is chosen.

        Raises:
            InputError: none is.
        """
        act = self._act.value
        if act is None:
            raise InputError(self._words("whatif.page.need_move"))
        terms = {key: str(term.value) for key, term in self._terms.items() if term.value}
        return Move(str(act), str(self._to.value), terms=terms if self._terms else None)

    def _acts(self) -> tuple[Act, ...]:
        """Return the acts that were open, the one that was taken last."""
        return (*self._moment.others, self._moment.line["act"])

    def _options(self) -> None:
        act = self._act.value
        self._more.show(act, lambda: self._draw_options(str(act)))

    def _draw_options(self, act: str) -> None:
        words, game, line = self._words, self._game, self._moment.line
        self._terms = {}
        if line["vote"] or act not in self._moment.acts:
            return
        open_act = self._moment.acts[self._moment.acts.index(act)]
        if not (has(open_act, "offers") or has(open_act, "counters")):
            return
        soft(words("turn.terms"))
        for decision in game.scenario.decisions:
            offered = {key: option.get(words.lang) for key, option in game.offered[decision.id].items()}
            chosen = line["terms"].get(decision.id, "")
            choices = {"": words("turn.no_term"), **offered}
            term = ui.select(
                choices, value=chosen if chosen in choices else "", label=decision.question.get(words.lang)
            )
            self._terms[decision.id] = term.props(f'data-term="{decision.id}"').classes("w-full")


class RuleForm:
    """Asks for another rule, within what is drawn now.

    It begins with the rule at a path; where there is none, with who has a veto.
    """

    def __init__(self, place: Place, words: Words, path: str) -> None:
        self._words, self._offers = words, {offer.path: offer for offer in place.offers}
        names = {offer.path: offer.name for offer in place.offers}
        first = next((known for known in (path, _FIRST) if known in names), next(iter(names), None))
        self._rule = ui.select(names, value=first, label=words("whatif.page.which"), on_change=self._values)
        self._rule.props("data-which-rule").classes("w-full")
        self._slot = Slot()
        self._value: ui.radio | None = None
        self._values()

    @property
    def path(self) -> str:
        """The rule that is chosen."""
        return str(self._rule.value or "")

    def changes(self) -> tuple[tuple[str, ...], str]:
        """Return the changes that are chosen, and what they would do, in words.

        Raises:
            InputError: none are.
        """
        if self._value is None or self._value.value is None:
            raise InputError(self._words("whatif.page.need_rule"))
        value = self._offers[self.path].values[int(self._value.value)]
        return value.changes, value.does

    def _values(self) -> None:
        self._slot.show(self.path, self._draw_values)

    def _draw_values(self) -> None:
        words, offer = self._words, self._offers.get(self.path)
        if offer is None:
            soft(words("whatif.page.no_rules"))
            return
        soft(words("whatif.page.now", value=offer.now))
        choices = {number: value.does for number, value in enumerate(offer.values)}
        self._value = ui.radio(choices).props(f'data-value aria-label="{words("whatif.page.values")}"')
