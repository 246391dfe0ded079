"""The facts of a case that a prompt tells: what the room knows, what news has overtaken, and what a tour holds back."""

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

# A figure of at least so many characters shows on what a motion rests.
_FIGURE = 3


def hidden_told(game: Game, view: SeatView, shown: set[str], minutes: Sequence[str]) -> list[str]:
    """Return the hidden facts of a tour that a prompt tells: to the host all, to other seats what they were told.

    What was told among the shown lines is left out. Other seats are not told again what the minutes say, nor the host
    what it knows of its own place anyway.
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
    """Return whether the place that a tour shows has been played before, so that its facts tell what was said there."""
    guest = game.spec.start.host
    return guest is not None and bool(guest.year)


def rests_on(state: State, stage: str) -> frozenset[str]:
    """Return the figures of three or more digits in the open motions of earlier stages."""
    amended = {item.amends for item in state["ledger"]}
    open_ones = [
        item
        for item in state["ledger"]
        if item.kind == "proposal" and item.stage != stage and item.state == "open" and item.line not in amended
    ]
    named = frozenset[str]().union(*(named_numbers(f"{item.says} {item.condition}") for item in open_ones))
    return frozenset(figure for figure in named if len(figure) >= _FIGURE)


def outdated(game: Game, state: State) -> dict[str, str]:
    """Return the facts that news of earlier stages has overtaken, each with the news, which the whole room heard."""
    told = {text for stage in game.stages[: state["stage"]] for _, text in told_to_all(game, state, stage.id)}
    lang = game.spec.lang
    came = [inject for inject in game.injects if inject.outdates and inject.text.get(lang) in told]
    return {fact: inject.text.get(lang) for inject in came for fact in inject.outdates}


def facts_told(game: Game, stage: str, figures: frozenset[str]) -> list[Fact]:
    """Return the facts of the case that all in a stage know and that belong to its matter.

    - They are facts that a point of the stage carries, facts on money that an option names, visited facts, and facts
      with ``figures`` of a motion. A stage that decides is told all facts, as the costs of an option may have come up
      earlier.
    - What the paper tells of other places is left out: only seats that may raise it are told (`elsewhere_told`).
    - If years are counted, what has come about since and what was shown elsewhere is told apart from these facts.
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
    """Return the facts that the paper tells of other places and that some points carry."""
    carried = {fact for point in points for fact in point.facts}
    return [
        fact.text.get(game.spec.lang)
        for fact in game.scenario.facts
        if fact.id in carried and fact.of_elsewhere and not fact.platform
        if fact.id not in game.scenario.tour.hidden and fact.id not in game.spec.start.had
    ]
