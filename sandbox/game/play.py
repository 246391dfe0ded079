"""Rules-only mode: turns drawn from what the rules allow, and a plain loop that plays them without a graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sandbox.content.acts import TRAITS, has
from sandbox.content.cards import ACTS, SECTIONS_OF_PLAN, Act
from sandbox.content.templates import Templates
from sandbox.content.words import said
from sandbox.errors import ContentError, Problem
from sandbox.game import chronicle
from sandbox.game.draws import BITS, below, numbers_at, pick
from sandbox.game.floor.directed import whisper_to
from sandbox.game.game import Game
from sandbox.game.language.stock import rule_words
from sandbox.game.ledger.entries import Item
from sandbox.game.ledger.matters import brief_matter
from sandbox.game.minutes.minutes import take_minutes
from sandbox.game.review.reviewing import review_move
from sandbox.game.state import Floor, Minutes, State, apply, first_state, floor_of
from sandbox.game.steps import Step, close_stage, complete, hear, make_line, next_step, open_stage, pulse_round
from sandbox.game.table import may_lift
from sandbox.record.line import ALL, EMPTY_TURN, Line, Origin, Turn

# Chooses a turn for the seat on the floor.
Choose = Callable[[Game, State], Turn]
_SELDOM, _SOMETIMES, _HALF = below(0.1), below(0.3), below(0.5)
# Acts that may name options, a section or a task; acts that counter may as well, unless their seat only takes sides.
_NAMES = frozenset(act for act in ACTS if not TRAITS[act].isdisjoint(("offers", "drafts", "lifts", "hands_down")))
# Rows required in the template of the rules' words.
_ROWS = (
    *ACTS,
    *(f"{act}.terms" for act in ACTS if has(act, "offers") or has(act, "counters")),
    "hands_down",
    "lifts",
    "section",
    *SECTIONS_OF_PLAN,
)


class RandomChoice:
    """Draws turns: act and addressee with equal chances among those allowed; options, sections and tasks at fixed odds.

    A seat takes the act that the facilitator advised, if the rules allow it. A draw depends on seed and place alone, so
    a resumed session goes on as it would have.

    Args:
        templates: templates in the session's language, for the words.

    Raises:
        ContentError: a user's own template of these words lacks rows.
    """

    def __init__(self, templates: Templates) -> None:
        self._words = rule_words(templates)
        if missing := [name for name in _ROWS if name not in self._words]:
            raise ContentError([Problem("rules_only.md", "", said("template_fault.lacks", names=missing))])

    def __call__(self, game: Game, state: State) -> Turn:
        """Return a turn for the seat on the floor."""
        floor, room = state["floor"] or floor_of(state), game.course[state["stage"]]
        if room.reviews:
            return self._reviewed(game, state, floor)
        seat, acts, desk = floor["seat"], floor["acts"], state["desk"]
        draw = numbers_at(f"{game.seeded}choice:{room.stage}:{state['turn']}", 7 + 2 * len(game.options)).pop

        if desk["whispers"] and (advice := whisper_to(state, seat)) and advice["act"] in acts:
            acts = [*filter(advice["act"].__eq__, acts)]
        turn, others = EMPTY_TURN.copy(), room.addressees[seat]
        # As `pick` does, without two calls for each line.
        act = turn["act"] = acts[draw() * len(acts) >> BITS]
        to = turn["to"] = others[draw() * len(others) >> BITS]
        does, discussing = TRAITS[act], floor["phase"] == "discussion"
        terms: dict[str, str] = {}
        turn["says"], turn["terms"] = self._words[act], terms
        section = task = ""
        counters = "counters" in does and discussing and seat not in game.siding
        if counters or act in _NAMES:
            if counters or "offers" in does:
                every, odds = "binds" in does or floor["why"] == "motion", _SELDOM if counters else _HALF
                wishes = seat in game.posts
                for key, options in game.options.items():
                    if every or draw() < odds:
                        terms[key] = (game.wish(seat, key) if wishes else "") or pick(draw, options)
            drafts = room.drafts and "drafts" in does and seat in game.drafters and seat not in desk["absent"]
            if drafts and draw() < _HALF:
                section = turn["section"] = pick(draw, [*game.plan])
            if ("lifts" in does or "hands_down" in does) and (tasks := game.scenario.tasks):
                if "hands_down" in does or draw() < _SOMETIMES:
                    task = pick(draw, tasks).id
                if task and "lifts" in does and not may_lift(game, state["ledger"], seat, task):
                    task = ""
                turn["task"] = task
            if terms or section or task:
                turn["says"] = self.say(game, act, terms, section, task)
        if room.asides and discussing and to != ALL and draw() < _SELDOM and seat not in desk["absent"]:
            turn["aside"] = True
        return turn

    def _reviewed(self, game: Game, state: State, floor: Floor) -> Turn:
        """Return a turn in a review, by what happened to the matter in question."""
        move, advice = review_move(game, state, floor), whisper_to(state, floor["seat"])
        act = next((open_act for open_act in floor["acts"] if advice and open_act == advice["act"]), move.act)
        says = self._words[act]
        if move.item is not None and has(act, "reports"):
            says = said_of(game, says, move.item)
        elif move.item is not None and (has(act, "supports") or has(act, "opposes")):
            says = game.words("review.confirms" if has(act, "supports") else "review.denies")
        return {**EMPTY_TURN, "act": act, "to": move.to, "says": says, "about": move.about}

    def say(self, game: Game, act: Act, terms: Mapping[str, str], section: str, task: str) -> str:
        """Return the words for an act, followed by each question with its option, the task and the section."""
        if not (terms or section or task):
            return self._words[act]
        parts = [self._words[f"{act}.terms"], *map(game.settled.__getitem__, terms.items())] if terms else []
        if task:
            known = game.scenario.task_by_id[task].text.get(game.spec.lang)
            parts.append(self._words["hands_down" if has(act, "hands_down") else "lifts"].replace("{task}", known))
        if section:
            parts.append(self._words["section"].replace("{section}", self._words[section]))
        return game.words.text("gap").join(parts)


def said_of(game: Game, says: str, item: Item) -> str:
    """Return words, followed by the matter of the entry that they are about."""
    return says.rstrip(".。") + game.words("colon") + brief_matter(game, item)


def drawn_by(game: Game, state: State) -> Origin:
    """Return the origin of the next line if no model or person words it: the cards in play by cards, else the rules.

    The rules also word motions and decisions for which no card has a point and the facilitator gave no advice.
    """
    if game.style == "rules" or not game.spec.by_cards or (floor := state["floor"]) is None:
        return "rules"
    advised = floor["phase"] == "discussion" and whisper_to(state, floor["seat"])
    return "rules" if floor["why"] in ("motion", "decides") and not (floor["point"] or advised) else "card"


def play(game: Game, choose: Choose, write: chronicle.Write | None = None) -> State:
    """Play a whole session in a plain loop, without a model and without a graph.

    It takes the same steps and writes the same events as the graph, except assessments and scores.

    Args:
        game: the game.
        choose: chooses each turn.
        write: receives each event; None for no log, and then minutes have no text.

    Raises:
        InputError: a chosen turn is not allowed by the rules.
    """
    if write:
        write("session", chronicle.opening(game, ""), "", "")
    state = play_on(game, choose, first_state(game), write)
    if write:
        chronicle.closed(state, write)
    return state


def play_on(game: Game, choose: Choose, state: State, write: chronicle.Write | None) -> State:
    """Play from a state to the end of the last stage; other arguments as of `play`."""
    while step := next_step(game, state):
        if step != "turn":
            state = move_on(game, state, step, choose, write)
        while state["floor"] is not None:
            state = spoken(game, state, make_line(game, state, choose(game, state), drawn_by(game, state)), (), write)
    return state


def move_on(game: Game, state: State, step: Step, choose: Choose, write: chronicle.Write | None) -> State:
    """Take a step in which neither a model nor a person has a part, and write it; return the state after it.

    Args:
        game: the game.
        state: where the session stands.
        step: the step.
        choose: chooses a turn.
        write: receives each event; None as in `play`.

    Raises:
        InputError: a chosen turn is not allowed by the rules.
    """
    if step == "turn":
        return spoken(game, state, make_line(game, state, choose(game, state), drawn_by(game, state)), (), write)
    if step == "minutes":
        minutes = take_minutes(game, state) if write else _wordless(game, state)
        if write:
            chronicle.stage_closed(game, state, minutes, write)
        return apply(state, close_stage(game, state, minutes))
    if step == "pulse":
        pulses = pulse_round(game, state)
        if write:
            chronicle.pulses_taken(pulses, {}, write)
        return apply(state, {"pulses": [pulses]})
    if write:
        chronicle.stage_opened(game, state, write)
    return apply(state, open_stage(game, state))


def spoken(game: Game, state: State, line: Line, faults: Sequence[str], write: chronicle.Write | None) -> State:
    """Add a line, write it with all that follows from it, and return the state after it.

    Args:
        game: the game.
        state: where the session stands.
        line: the line.
        faults: why earlier wordings of it were rejected.
        write: receives each event; None as in `play`.
    """
    heard = apply(state, hear(game, state, line))
    update = complete(game, heard)
    if write:
        chronicle.heard(game, state, line, update, faults, write)
    if "decisions" in update:
        return apply(heard, update)
    heard.update(update)  # cheaper than `apply`; safe since it adds to no list and nobody else has this state yet
    return heard


def _wordless(game: Game, state: State) -> Minutes:
    room = game.course[state["stage"]]
    return {"stage": room.stage, "present": list(room.present), "text": "", "ended": state["ended"]}
