"""Rules-only mode: turns drawn from what the rules allow, and a plain loop that plays them without a graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from sandbox.content.templates import Templates
from sandbox.game import chronicle
from sandbox.game.agenda import stage_lines, whisper_to
from sandbox.game.game import Game
from sandbox.game.minutes import minutes_text
from sandbox.game.plans import PLANNING
from sandbox.game.state import Minutes, SessionState, first_state
from sandbox.game.steps import close_stage, make_line, open_stage, pulse_round, take_turn
from sandbox.record.line import ALL, Turn

__all__ = ["Choose", "RandomChoice", "play"]

# Chooses a turn for the seat on the floor.
Choose = Callable[[Game, SessionState], Turn]
One = TypeVar("One")


class RandomChoice:
    """Draws turns: act and addressee evenly among those allowed, terms, sections and tasks at even odds.

    A seat with advice of the facilitator takes the act that it names, where the rules allow it.
    The draw depends on seed and place alone, so that a session that is resumed goes on as it would have.

    Args:
        templates: templates in the session's language, for the words.
    """

    def __init__(self, templates: Templates) -> None:
        rows = (row.split(": ", maxsplit=1) for row in templates.render("rules_only").splitlines() if row)
        self._words = dict(rows)

    def __call__(self, game: Game, state: SessionState) -> Turn:
        """Return a turn for the seat on the floor."""
        floor = state["floor"]
        if floor is None:
            raise ValueError("nobody has the floor")
        stage = game.stages[state["stage"]].id
        draw = game.draws("choice", stage, state["turn"])

        def pick(options: Sequence[One]) -> One:
            return options[int(draw() * len(options))]

        advice = whisper_to(state, floor["seat"])
        advised = [one for one in floor["acts"] if advice and one == advice["act"]]
        act = pick(advised or floor["acts"])
        to = pick([*(seat for seat in game.present(stage) if seat != floor["seat"]), ALL])
        terms: dict[str, str] = {}
        if act in ("propose", "promise", "decide"):
            for key, options in game.offered.items():
                if act == "decide" or draw() < 0.5:
                    terms[key] = pick(list(options))
        section = task = ""
        planning = stage in PLANNING and floor["seat"] in game.drafters
        if planning and act in ("propose", "inform", "concede") and draw() < 0.5:
            section = pick(list(game.scenario.plan))
        tasks = game.scenario.tasks
        if tasks and (act == "delegate" or (act in ("concede", "decide") and draw() < 0.3)):
            task = pick(tasks).id
        says = self._say(game, act, terms, section, task)
        return {"act": act, "to": to, "says": says, "terms": terms, "section": section, "task": task}

    def _say(self, game: Game, act: str, terms: dict[str, str], section: str, task: str) -> str:
        lang = game.spec.lang
        parts = [game.offered[key][option].get(lang) for key, option in terms.items()]
        parts += [one.text.get(lang) for one in game.scenario.tasks if one.id == task]
        said = self._words[act]
        if section:
            said = self._words["section"] + game.words("gap") + self._words[section]
        return said + game.words("colon") + game.words("semi").join(parts) if parts else said


def play(game: Game, choose: Choose, templates: Templates, write: chronicle.Write) -> SessionState:
    """Play a whole session in a plain loop, without a model and without a graph.

    It takes the same steps as the graph and writes the same events, from the opening to the close, assessments and
    scores aside.

    Args:
        game: the game.
        choose: chooses each turn.
        templates: templates in the session's language.
        write: receives each event.

    Raises:
        InputError: a chosen turn is not allowed by the rules.
    """
    state = first_state()
    write("session", chronicle.opening(game, ""), "", "")
    state = _pulse(game, state, write)
    while state["stage"] < len(game.stages):
        chronicle.stage_opened(game, state, write)
        state = {**state, **open_stage(game, state)}  # type: ignore[typeddict-item]
        while state["floor"] is not None:
            line = make_line(game, state, choose(game, state), "rules")
            update = take_turn(game, state, line)
            chronicle.heard(game, state, line, update, (), write)
            state = {**state, **update, "lines": [*state["lines"], line]}  # type: ignore[typeddict-item]
        stage = game.stages[state["stage"]].id
        text = minutes_text(game, stage, stage_lines(state), state["decisions"], templates)
        entry = Minutes(stage=stage, present=list(game.present(stage)), text=text, ended=state["ended"])
        chronicle.stage_closed(game, state, text, write)
        state = {**state, "minutes": [*state["minutes"], entry], **close_stage(state)}  # type: ignore[typeddict-item]
        state = _pulse(game, state, write)
    chronicle.closed(state, write)
    return state


def _pulse(game: Game, state: SessionState, write: chronicle.Write) -> SessionState:
    taken = pulse_round(game, state)
    chronicle.pulses_taken(taken, {}, write)
    return {**state, "pulses": [*state["pulses"], taken]}
