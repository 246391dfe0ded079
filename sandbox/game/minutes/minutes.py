"""Minutes: the short record of a stage, made from its acts without a model call."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from sandbox.content.acts import has
from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.language.answered import speaks_next, taken_up, unanswered
from sandbox.game.language.gist import gist
from sandbox.game.language.questions import called, left_with, question_to, wants_answer
from sandbox.game.language.wording import opening
from sandbox.game.ledger.entries import Item, proposals_of
from sandbox.game.ledger.ledger import ledger
from sandbox.game.minutes.asked import LONGEST_QUESTION, asks, put_before, question_of, questions_in
from sandbox.game.minutes.entry import at_of, entry_of, held_back, reviewed, stands
from sandbox.game.minutes.settled import fell_due, held_beyond, lapses_known, told_accounts, told_lapses, told_vote
from sandbox.game.minutes.weighed import FULL, MOST_OPEN, Extent, weightiest
from sandbox.game.motions.backing import Stances, left_for, lineage
from sandbox.game.motions.hanging import struck_by
from sandbox.game.motions.meant import read_out
from sandbox.game.motions.standing_for import doubters, met
from sandbox.game.outside import came_in
from sandbox.game.plans import plans, rewritten
from sandbox.game.state import Minutes, State, stage_lines
from sandbox.record.line import ALL, DecisionTaken, Line

# Most characters of a line that is only referred to.
SHORT = 300
# Most characters of a doubt.
_REMARK: dict[Lang, int] = {"en": 240, "zh": 90}
# Most characters of all plans together; they are shared among at least so many sections.
_PLANS: dict[Lang, int] = {"en": 1200, "zh": 480}
_SECTIONS = 6


def minutes_text(
    game: Game,
    stage: str,
    lines: Sequence[Line],
    decisions: Sequence[DecisionTaken],
    news: Sequence[tuple[int, str]] = (),
    written: Sequence[Line] = (),
    due: Sequence[Item] = (),
    lapses: Sequence[Item] = (),
    *,
    reader: str = "",
    since: Collection[str] = (),
    withdrawn: Collection[str] = (),
    extent: Extent = FULL,
    with_plans: bool = True,
    attended: bool = True,
    quoted_beside: Collection[str] = (),
) -> str:
    """Return the minutes of a stage, bounded in length; they hold what the whole room may see.

    They tell lines in order, with news between: all lines of a short stage or a review, else the weightiest. Then
    follow open questions, plans, what fell due, each vote and what was left open.

    Args:
        game: the game.
        stage: the stage.
        lines: its lines.
        decisions: all decisions taken.
        news: texts of events, each with the number of lines after which it came.
        written: all lines up to the end of the stage.
        due: what fell due in a review.
        lapses: what did not fall due.
        reader: a seat; answers that it heard in asides then count.
        since: questions of the stage that were answered later.
        withdrawn: the lines whose promises are not told, as they were taken back or stand elsewhere.
        extent: how much is told.
        with_plans: whether plans are told.
        attended: whether the attendance is told.
        quoted_beside: the lines whose words are left out, as they stand beside the minutes.
    """
    room = game.present(stage)
    everybody = frozenset(room)
    talk = [line["id"] for line in lines if not line["vote"]]
    heard = [line for line in lines if everybody.issubset(line["visible_to"]) or reader in line["visible_to"]]
    lines = [line for line in heard if everybody.issubset(line["visible_to"])]
    own = [taken for taken in decisions if taken["stage"] == stage]
    earlier = [line for line in written if line["stage"] != stage]
    home = game.of_home(room)
    before = [line for line in earlier if home <= {*line["visible_to"]}]
    told_of = partial(ledger, game.scenario, agreed_only=game.agreed_only, siding=game.siding)
    reviews = stage in game.able("reviews")  # what a line there is about fell due, and is no motion and no question
    moved = before if reviews else [*before, *lines]
    made = told_of(moved, own, read_out(game, lambda: told_of(written), moved))
    withdrawn = {*withdrawn, *(line.get("withdraws", "") for line in lines)}
    answered = set[str]() if reviews else {line["about"] for line in lines}
    asked_before = [line for line in before if line["id"] in answered]
    items = _by_line(made, [*before, *lines])
    told = _told(game, asked_before, lines, made, items, withdrawn, extent)
    amended, carried = _amended(items), {taken["motion"] for taken in own if taken["carried"]}
    questions = {line["id"]: question_of([*asked_before, *lines], line) for line in told}
    entries = [
        entry_of(
            game,
            line,
            items.get(line["id"]),
            extent,
            before,
            told,
            made,
            whole=extent.in_full or line["id"] not in amended,
            carried=carried | amended if carried else carried,
            withdrawn=withdrawn,
            question=questions[line["id"]],
        )
        for line in told
    ]
    quoted = {*quoted_beside, *(entry["line"] for entry in entries if asks(entry["says"]))}
    left = {} if extent.once else _left(game, made)  # a prompt tells it beside the motions
    places = [talk.index(line["id"]) for line in told]
    open_to_all = game.governance.rules.information.documents == "all"
    shows_plans = stage in game.able("drafts") and open_to_all and with_plans and extent.in_full
    # What was promised aloud to others before holds what is decided here.
    aloud = [line for line in earlier if {*game.present(line["stage"])} <= {*line["visible_to"]}]
    promises = [item for item in told_of([*aloud, *lines], own) if item.kind == "promise"] if own else []
    return game.templates.render(
        "minutes",
        stage=game.library.stage(stage).name.get(game.spec.lang),
        reviews=reviews,
        present=[game.name(seat) for seat in room if attended],
        news=[text for turn, text in news if turn > max(places, default=-1)],
        entries=[
            {
                **entry,
                **(reviewed(game, line, lines, due) if reviews else {}),
                "says": "" if line["id"] in quoted_beside else entry["says"],
                "left": left.get(line["id"], ""),
                "asked": put_before(questions[line["id"]], line, quoted, game.spec.lang, cut=extent.once),
                "news": [text for turn, text in news if since_place < turn <= place],
            }
            for entry, line, since_place, place in zip(entries, told, [-1, *places], places, strict=False)
        ],
        questions=_questions(game, heard, lines, room, since, quoted),
        plans=_plans(game, earlier, lines) if shows_plans else [],
        doubters=_doubters(game, lines, told, made) if stage in game.able("tours") and extent.in_full else [],
        accounts=told_accounts(game, due),
        lapses=told_lapses(game, lapses),
        votes=[
            {
                **told_vote(game, decision, made, [*before, *heard], promises, decisions),
                "remarks": _remarks(game, lines, decision, quoted_beside, extent) if extent.in_full else [],
            }
            for decision in own
        ],
        decides="decides" in game.library.stage(stage).abilities,
        open_ones=_left_open(game, made, own),
    )


def _by_line(made: Sequence[Item], lines: Sequence[Line]) -> dict[str, Item]:
    """Return the ledger's entries by the line that made them, without promises that stand beside another act."""
    beside_acts = {line["id"] for line in lines if line["promises"] and not has(line["act"], "promises")}
    return {item.line: item for item in made if item.kind != "promise" or item.line not in beside_acts}


def _amended(items: Mapping[str, Item]) -> set[str]:
    return {item.amends for item in items.values()}


def _told(
    game: Game,
    asked_before: Sequence[Line],
    lines: Sequence[Line],
    made: Sequence[Item],
    items: Mapping[str, Item],
    withdrawn: Collection[str],
    extent: Extent,
) -> list[Line]:
    """Return the lines that are told; unamended motions and what a host let out on a tour weigh most."""
    amended, host = _amended(items), game.scenario.tour.host
    offers = {line for line, item in items.items() if item.kind == "proposal"} - amended
    answers = (line for line in lines if line["seat"] == host and has(line["act"], "grants"))
    came_out = {line["id"] for line in answers if held_back(game, line)}
    return weightiest(asked_before, lines, offers | came_out, amended | _on_struck(made, lines), withdrawn, extent)


def _on_struck(made: Sequence[Item], lines: Sequence[Line]) -> set[str]:
    """Return the lines in which a seat supports or opposes a motion from which its own condition was struck."""
    motions = proposals_of(made)
    struck = {line: {before.owner for before in struck_by(made, item)} for line, item in motions.items()}
    return {
        line["id"]
        for line in lines
        if stands(line)
        and line["about"] in motions
        and any(line["seat"] in struck[each] for each in lineage(made, motions[line["about"]]))
    }


def _questions(
    game: Game,
    heard: Sequence[Line],
    lines: Sequence[Line],
    room: Sequence[str],
    since: Collection[str],
    quoted: Collection[str],
) -> list[tuple[str, str, str, str]]:
    """Return the last open questions: the line, the asker, the asked seat, and the words if they are not ``quoted``.

    Questions that were answered ``since`` are left out.
    """
    open_to_room = {line["id"] for line in lines}
    to_all = ((line, "") for line in lines if _asks_all(game, line, room))
    waiting = []
    for line, seat in sorted([*unanswered(game, heard, room), *to_all], key=lambda asked: heard.index(asked[0])):
        if line["id"] not in open_to_room or line["id"] in since or not wants_answer(game, line):
            continue
        since_then = heard[heard.index(line) + 1 :]
        gone = game.style == "free" and not left_with(game, line, seat, room)
        if (seat and (gone or speaks_next(seat, since_then))) or taken_up(game, line, since_then):
            continue
        asked = ""
        if line["id"] not in quoted or not has(line["act"], "asks"):
            asked = questions_in(question_to(game, line, seat) or line["says"], LONGEST_QUESTION[game.spec.lang])
        to = game.name(seat) if seat else game.words("everyone")
        waiting.append((line["id"], game.name(line["seat"]), to, asked))
    return waiting[-MOST_OPEN:]


def _asks_all(game: Game, line: Line, room: Sequence[str]) -> bool:
    """Return whether a line asks everybody and nobody by name: by its act, or as a resident tells how things are."""
    if game.style != "free" or line["to"] != ALL:
        return False
    resident = game.personas[line["seat"]].kind == "resident"
    asks = has(line["act"], "asks") or (resident and has(line["act"], "tells"))
    return asks and not called(game, line, room)


def _doubters(
    game: Game, lines: Sequence[Line], told: Sequence[Line], made: Sequence[Item]
) -> list[tuple[str, str | None, str, str]]:
    """Return who still doubts after a tour and who was persuaded.

    Each entry has the name, the line of the doubt (None if persuaded), what it is against, and its words if not told
    above.
    """
    lang, kept = game.spec.lang, {line["id"] for line in told}
    return [
        (
            game.name(seat),
            doubt and doubt["id"],
            at_of(game, doubt, doubt["to"], made) if doubt and game.style == "free" else "",
            gist(doubt["says"], _REMARK[lang], act=doubt["act"]) if doubt and doubt["id"] not in kept else "",
        )
        for seat, doubt in doubters(lines).items()
        if not (doubt and met(doubt, lines))
    ]


def _remarks(
    game: Game, lines: Sequence[Line], decision: DecisionTaken, quoted_beside: Collection[str], extent: Extent
) -> list[tuple[str, str, str]]:
    """Return what was said with the votes, or in deciding."""
    return [
        (line["id"], game.name(line["seat"]), opening(line["says"], extent.longest[game.spec.lang]))
        for line in lines
        if line["says"] and line["id"] not in quoted_beside and _settles(game, line, decision)
    ]


def _settles(game: Game, line: Line, decision: DecisionTaken) -> bool:
    """Return whether a line helped to decide: a vote on the motion, or the free words of the seat that decides."""
    if line["vote"]:
        return line["about"] == decision["motion"]
    return game.style == "free" and has(line["act"], "binds") and line["seat"] == decision["by"]


def _left_open(game: Game, made: Sequence[Item], own: Sequence[DecisionTaken]) -> list[str]:
    """Return the questions of the case that a stage neither settled nor left to the body that holds them."""
    bound = own[-1]["terms"] if own and own[-1]["carried"] else {}
    held = [each.question for each in held_beyond(game, made, own[-1])] if own else []
    return [
        question.question.get(game.spec.lang)
        for question in game.scenario.decisions
        if question.id not in {*bound, *held}
    ]


def _left(game: Game, made: Sequence[Item]) -> dict[str, str]:
    """Return for each motion, in words, the motions that its mover left for it: which fell, and which still stand."""
    fell, amended = Stances(game, made).fallen, {item.amends for item in made}
    others = [item for item in made if item.kind == "proposal" and item.terms and item.line not in {*fell, *amended}]
    kept = {item.line: later for item in others if (later := left_for(made, item))}
    told: dict[str, list[str]] = {}
    for key, left in (("minutes.fell", fell), ("minutes.kept", kept)):
        for line in dict.fromkeys(left.values()):
            lines = [each for each, later in left.items() if later == line and each not in amended]
            told.setdefault(line, []).extend([game.words(key, lines=lines)] if lines else [])
    return {line: game.words("semi").join(parts) for line, parts in told.items()}


def _plans(game: Game, before: Sequence[Line], lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Return each plan that these lines rewrote: how many sections are its own by now, and what they newly wrote.

    The more sections were written, the less is told of each.
    """
    had = {plan.seat: plan.sections for plan in plans(game, before)}
    here = {line["id"] for line in lines}
    drawn = [plan for plan in plans(game, [*before, *lines]) if not here.isdisjoint(plan.lines.values())]
    written = sum(line in here for plan in drawn for line in plan.lines.values())
    longest = _PLANS[game.spec.lang] // max(_SECTIONS, written)
    return [
        {
            "name": game.name(plan.seat),
            "of": len(plan.sections),
            "own": len(plan.lines),
            "written": [
                (
                    game.words.of("section", section),
                    # On one line, as whoever writes a section could word further rows of the minutes.
                    opening(
                        " ".join(rewritten(had[plan.seat][section], plan.sections[section]).split()), longest
                    ).rstrip(".。"),
                )
                for section, line in plan.lines.items()
                if line in here
            ],
        }
        for plan in drawn
    ]


def take_minutes(game: Game, state: State) -> Minutes:
    """Return the minutes of the stage that is over."""
    stage = game.stages[state["stage"]].id
    told = told_to_all(game, state, stage)
    due, lapses = fell_due(game, state, stage), lapses_known(game, state, stage)
    text = minutes_text(game, stage, stage_lines(state), state["decisions"], told, state["lines"], due, lapses)
    return {"stage": stage, "present": list(game.present(stage)), "text": text, "ended": state["ended"]}


def told_to_all(game: Game, state: State, stage: str) -> list[tuple[int, str]]:
    """Return the events from outside that the whole room of a stage heard, each after how many lines it came."""
    room, came = game.present(stage), came_in(game, state, stage)

    def heard_by_all(text: str) -> bool:
        return all(any(text == told and (not to or seat in to) for _, told, to in came) for seat in room)

    return [(turn, text) for turn, text, to in came if (not to or room[0] in to) and heard_by_all(text)]
