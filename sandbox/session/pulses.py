"""The pulse: three private questions to a seat between stages, put to the model that plays it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, cast

from sandbox.content.words import said
from sandbox.errors import AnswerError
from sandbox.game.game import Game
from sandbox.game.language.gist import gist, quoted
from sandbox.game.language.questions import called
from sandbox.game.language.wording import sentences
from sandbox.game.ledger.entries import Item, motion_of
from sandbox.game.ledger.matters import whom_for
from sandbox.game.ledger.promises_lost import lost_with
from sandbox.game.minutes.minutes import told_to_all
from sandbox.game.minutes.remembered import lines_told, read_minutes, told_due
from sandbox.game.minutes.weighed import BRIEF, FULL
from sandbox.game.motions.conditions import beside
from sandbox.game.motions.hanging import struck_by
from sandbox.game.outside import news_of
from sandbox.game.pulse import Pulse, PulseRound
from sandbox.game.review.reporting import reported_of
from sandbox.game.starting import briefing_read, since, then
from sandbox.game.state import State
from sandbox.game.table import promises_told
from sandbox.game.view import readable_minutes
from sandbox.llm.calls import Call, Sampling
from sandbox.llm.structured import UnusableAnswerError
from sandbox.record.line import ALL, Line
from sandbox.session.context import SessionContext

SAMPLING = Sampling(temperature=0.3, max_tokens=160)
# The most lines told beside the minutes of the stage that has just ended.
_MOST_LINES = 12
_NAMES = ("trust", "conviction", "burden")
_LEVEL = {"type": "integer", "minimum": 1, "maximum": 5}
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {**dict.fromkeys(_NAMES, _LEVEL), "why": {"type": "string", "maxLength": 200}},
    "required": [*_NAMES, "why"],
    "additionalProperties": False,
}


def seats_asked(context: SessionContext, state: State, by_rule: PulseRound) -> list[str]:
    """Return the seats that are asked for their pulse and are not held by a person.

    Seats that were not in the room are left out, as nothing happened to them; so is the host of a tour, who has no part
    in the matter.
    """
    home = [seat for seat in by_rule["levels"] if context.game.personas[seat].kind != "host"]
    room = state["minutes"][-1]["present"] if state["minutes"] else home
    return [seat for seat in home if seat in room and seat not in state["desk"]["persons"]]


async def ask_pulses(context: SessionContext, state: State, by_rule: PulseRound) -> dict[str, Pulse]:
    """Ask the models for the pulses of all seats that they play, all at once, and return the answers.

    A seat whose answer stays unusable is left out.

    Raises:
        EndpointError: the endpoint refused or cannot be reached.
        BudgetReachedError: the budget is used up.
    """
    seats = [seat for seat in seats_asked(context, state, by_rule) if seat not in context.game.spec.agents]
    tasks = [asyncio.ensure_future(_ask(context, state, seat, by_rule["moment"])) for seat in seats]
    try:
        answers = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return {seat: answer for seat, answer in zip(seats, answers, strict=True) if answer is not None}


async def _ask(context: SessionContext, state: State, seat: str, moment: str) -> Pulse | None:
    speaker = context.speaker_of(seat)
    if speaker is None:
        return None
    try:
        return (await speaker.ask(pulse_call(context.game, state, seat, moment))).value
    except AnswerError:
        return None


def pulse_call(game: Game, state: State, seat: str, moment: str) -> Call[Pulse]:
    """Return the question to a model for a seat's pulse at a moment."""
    lang, card, scenario, words = game.spec.lang, game.personas[seat], game.scenario, game.words
    before = words("gap").join([scenario.background.get(lang), scenario.question.get(lang)])
    # After a review the lines beside the minutes tell what was said of the seat's own matters.
    reviews = moment in game.able("reviews")
    shown = {(item.line, item.kind) for item in told_due(game, state, moment, seat)} if reviews else set()
    others = [
        item.state
        for item in state["ledger"]
        if reviews and item.account and not item.account.within and (item.line, item.kind) not in shown
    ]
    concerning = lines_concerning(game, state, seat, moment)
    whole = [line["id"] for line in state["lines"] if line in concerning]
    minutes = [
        read_minutes(
            game,
            state,
            record,
            seat,
            extent=FULL if record["stage"] == moment else BRIEF,
            own_due=reviews,
            quoted_beside=whole,
        )
        for record in readable_minutes(game, state, seat)
        if record["stage"] == moment or not reviews
    ]
    # Only events that not all in the room heard are told: the minutes tell the others.
    to_all = {text for _, text in told_to_all(game, state, moment)} if state["minutes"] else set()
    told = set[str]() if reviews else lines_told(minutes)  # with their terms and conditions
    spoken = {line["id"]: line for line in concerning}
    known = tuple(item for item in state["ledger"] if seat in item.visible_to)
    heard = [line for line in state["lines"] if seat in line["visible_to"]]
    promised, untold = promises_told(game, known, game.present(moment) if state["minutes"] else (), seat, heard)
    user = game.templates.render(
        "pulse",
        stage=game.stage_names.get(moment, scenario.title.get(lang)),
        matter="" if state["minutes"] else before,
        minutes=minutes,
        news=[text for text in news_of(game, state, moment, seat) if text not in to_all] if state["minutes"] else [],
        others=[(words.of("state", each), others.count(each)) for each in dict.fromkeys(others)],
        lines=[
            {
                **line,
                "name": game.name(line["seat"]),
                "to": "" if line["to"] == ALL else game.name(line["to"]),
                "terms": [option for _, option in game.in_words(line["terms"]) if line["id"] not in told],
                "condition": ""
                if line["id"] in told
                else beside(game.words, line["condition"], spoken.get(line["about"])),
            }
            for line in concerning
            if line["id"] in whole
            or not any(all(part.strip() in text for part in line["says"].split("…")) for text in minutes)
        ],
        promises=[
            item.altered(
                owner=_promiser(game, item, lost_with(game, known, state["decisions"], item)),
                says=gist(item.says, BRIEF.longest[lang], act="promise"),
            )
            for item in promised
        ],
        more_promises=untold,
        name=game.name(seat),
        role=game.role(seat),
        manner=card.manner.get(lang),
        interests=words("semi").join(text.get(lang) for text in card.interests),
        fears=words("semi").join(text.get(lang) for text in card.fears),
        briefing=briefing_read(game, seat),
        since=[] if state["minutes"] else since(game, ""),
        then=then(game, moment),
        before=_before(game, state, seat),
    )
    return Call(
        key=f"pulse:{moment}:{seat}",
        seat=seat,
        stage=moment,
        messages=(
            {"role": "system", "content": game.templates.render("system_pulse")},
            {"role": "user", "content": user},
        ),
        schema=_SCHEMA,
        parse=read_pulse,
        lang=game.spec.lang,
        sampling=SAMPLING,
        seed=game.rng("pulse", moment, seat).randrange(1_000_000),
    )


def _promiser(game: Game, promise: Item, lost: Item | None) -> str:
    """Return who gave a promise, for whom, and the rejected motion with which it was made, if any."""
    words, whom = game.words, whom_for(game, promise.promised_to)
    told = [words("state.for", names=whom)] if whom else []
    told += [words("state.beside", line=lost.line)] if lost else []
    return game.name(promise.owner) + (words.paren(words("semi").join(told)) if told else "")


def lines_concerning(game: Game, state: State, seat: str, stage: str) -> list[Line]:
    """Return the latest lines of a stage that concern a seat; the minutes tell the others.

    These are, in order of priority, as many as there is room for:

    1. after a review, what others said of the matters for which the seat answers (always all);
    2. lines by the seat or to it, lines about a line of the seat (votes aside), and lines that strike its condition;
    3. of other lines, the sentences that name the seat; on a tour, where people of two places are spoken of, by its
       full name.
    """
    heard = [line for line in state["lines"] if line["stage"] == stage and seat in line["visible_to"]]
    reviews, said_of, naming, lines = stage in game.able("reviews"), set[str](), set[str](), list[Line]()
    own_lines = {line["id"] for line in state["lines"] if line["seat"] == seat}
    tours = stage in game.able("tours")
    for line in heard:
        bears = reviews and _bears_on(state, line, seat)
        said_of |= {line["id"]} if bears else set()
        to_it = seat in (line["seat"], line["to"], called(game, line, game.present(stage)))
        to_it |= line["about"] in own_lines and not line["vote"]
        if bears or to_it or _strikes(state, line, seat):
            lines.append(line)
        elif not line["vote"]:
            said = sentences(line["says"])
            of_it = [place for place, part in enumerate(said) if game.names.means(part, seat, line["to"], whole=tours)]
            lines += [{**line, "says": quoted(said, of_it)}] if of_it else []
            naming |= {line["id"]} if of_it else set()
    own = [line["id"] for line in lines if line["id"] not in said_of | naming]
    room = max(0, _MOST_LINES - len(said_of))
    shown = {*said_of, *own[max(0, len(own) - room) :]}
    others = [line["id"] for line in lines if line["id"] in naming]
    shown |= {*others[max(0, len(others) + len(shown) - _MOST_LINES) :]}
    return [line for line in lines if line["id"] in shown]


def _strikes(state: State, line: Line, seat: str) -> bool:
    """Return whether a line puts a motion in which a condition of the seat is struck."""
    motion = motion_of(state["ledger"], line["id"])
    return motion is not None and any(struck.owner == seat for struck in struck_by(state["ledger"], motion))


def _bears_on(state: State, line: Line, seat: str) -> bool:
    """Return whether another seat speaks of a matter for which a seat answers."""
    spoken_of = [reported_of(state["ledger"], name) for name in (line["about"], *line.get("also", {})) if name]
    return line["seat"] != seat and any(item and item.account and item.account.owner == seat for item in spoken_of)


def _before(game: Game, state: State, seat: str) -> Pulse | None:
    if game.personas[seat].kind == "host":
        return None
    if state["pulses"]:
        return state["pulses"][-1]["levels"][seat]
    return game.spec.start.pulses.get(seat) if game.spec.start.year > 1 else None


def read_pulse(answer: Mapping[str, Any]) -> Pulse:
    """Return an answer as a pulse; raises `UnusableAnswerError` if a level is no whole number from 1 to 5."""
    levels = {name: answer.get(name) for name in _NAMES}
    if not all(isinstance(each, int) and not isinstance(each, bool) and 1 <= each <= 5 for each in levels.values()):
        raise UnusableAnswerError(said("refused.pulse"))
    return cast(Pulse, levels)
