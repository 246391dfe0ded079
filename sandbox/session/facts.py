"""Which facts of a case a prompt tells: what the room knows, what news has overtaken, and what a tour holds back."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.cards import Source
from sandbox.content.scenario_card import Fact
from sandbox.content.seat_card import Point
from sandbox.content.templates import marked
from sandbox.game.game import Game
from sandbox.game.language.quantities import named_numbers, numbers
from sandbox.game.language.wording import tells
from sandbox.game.minutes.minutes import told_to_all
from sandbox.game.starting import common_knowledge
from sandbox.game.state import State
from sandbox.game.table import told
from sandbox.game.view import SeatView

# Figures of so many digits tell what a motion rests on.
_FIGURE = 3


def hidden_told(game: Game, view: SeatView, shown: set[str], minutes: Sequence[str]) -> list[str]:
    """Return what a tour holds back, as far as a seat knows it: its host all, others what they have been told.

    Neither is told again what stands among the lines; others not what stands in the minutes either, nor the host what
    it knows of its own place beside.
    """
    lang, hosts = game.spec.lang, view.seat == game.scenario.tour.host
    if not hosts and "tours" in view.stage.abilities and shown >= {line["id"] for line in view.lines}:
        return []
    guest = game.spec.start.host
    read = (guest.past if guest else ()) if hosts else minutes
    told_here = told(game, [line for line in view.lines if line["id"] in shown]) if hosts else set()
    hidden = set(game.scenario.tour.hidden) - told_here
    texts = [fact.text.get(lang) for fact in view.facts if fact.id in hidden]
    untold_here = [text for text in texts if not tells(read, text, lang)]
    return [marked(text) for text in untold_here] if played_before(game) else untold_here


def played_before(game: Game) -> bool:
    """Return whether the place that a tour shows has played before, so that its facts tell what was said there."""
    guest = game.spec.start.host
    return guest is not None and bool(guest.year)


def rests_on(state: State, stage: str) -> frozenset[str]:
    """Return the figures of three digits or more on which the motions of earlier stages rest that are open."""
    amended = {item.amends for item in state["ledger"]}
    open_ones = [
        item
        for item in state["ledger"]
        if item.kind == "proposal" and item.stage != stage and item.state == "open" and item.line not in amended
    ]
    named = frozenset[str]().union(*(named_numbers(f"{item.says} {item.condition}") for item in open_ones))
    return frozenset(figure for figure in named if len(figure) >= _FIGURE)


def outdated(game: Game, state: State) -> dict[str, str]:
    """Return the facts that news of earlier stages has overtaken, with the news that the whole room heard."""
    told = {text for stage in game.stages[: state["stage"]] for _, text in told_to_all(game, state, stage.id)}
    lang = game.spec.lang
    came = [inject for inject in game.injects if inject.outdates and inject.text.get(lang) in told]
    return {fact: inject.text.get(lang) for inject in came for fact in inject.outdates}


def facts_told(game: Game, stage: str, figures: frozenset[str]) -> list[Fact]:
    """Return the facts of the case that all in a stage know and that belong to its matter: those that a point carries.

    So do those that tell of money which an option names, or have ``figures`` on which a motion rests.
    Whoever decides is told all of them: what an option costs may have come up earlier. What the paper tells of other
    places is told to those alone who may bring it up (`elsewhere_told`).
    Where years are counted, what came about since and what was shown elsewhere stand apart from them.
    """
    start, apart = game.spec.start, played_before(game)
    known = common_knowledge(game, drafting=stage in game.able("drafts")) if start.year == 1 else []
    carried, shown = game.rooms[stage].carried, game.toured(stage) and not apart
    every = stage in game.able("decides") or not carried
    options = [option for question in game.scenario.decisions for option in question.options.values()]
    carried = carried | {option.fund for option in options if option.fund}
    lang, kept = game.spec.lang, {*game.scenario.tour.hidden, *start.had}
    return [
        fact
        for fact in game.scenario.facts
        if fact.id not in kept and not fact.platform and not fact.of_elsewhere
        if fact.id in carried or fact.visited or every or numbers(fact.text.get(lang)) & figures
        if shown or not fact.visited
    ] + [Fact(id="F99", text=text, source=Source(sections=("PD",), inferred=("text",))) for text in known]


def elsewhere_told(game: Game, points: Sequence[Point]) -> list[str]:
    """Return what the paper tells of other places that some points carry."""
    carried = {fact for point in points for fact in point.facts}
    return [
        fact.text.get(game.spec.lang)
        for fact in game.scenario.facts
        if fact.id in carried and fact.of_elsewhere and not fact.platform
        if fact.id not in game.scenario.tour.hidden and fact.id not in game.spec.start.had
    ]
