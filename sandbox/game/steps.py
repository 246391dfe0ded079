"""The pure steps of the game: opening a stage, taking a turn, counting a vote, closing a stage, taking the pulse."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache
from operator import itemgetter
from typing import Literal

from sandbox.content.acts import TRAITS, has
from sandbox.content.governance import CHAIR_BINDS
from sandbox.content.plain import plain
from sandbox.content.seat_card import Point
from sandbox.errors import InputError
from sandbox.game.floor.agenda import next_floor
from sandbox.game.floor.directed import whisper_to
from sandbox.game.floor.refused import refusal
from sandbox.game.game import Game
from sandbox.game.language.wording import continued
from sandbox.game.ledger.entries import motion_of
from sandbox.game.ledger.ledger import decided, heard
from sandbox.game.ledger.promises_lost import promises_lost, promises_revived
from sandbox.game.motions.amending import condition_of, terms_of
from sandbox.game.motions.ballots import abstained, cast_on, motion, rivals, uncast_on, votes_of
from sandbox.game.motions.meant import motion_meant
from sandbox.game.motions.unwilling import refused_by
from sandbox.game.motions.vote_floor import BINDING, standing
from sandbox.game.outside import came_so_far, turns_now
from sandbox.game.plans import plans
from sandbox.game.pulse import PulseRound, pulses_after, reviewed_by
from sandbox.game.review.aftermath import arrival, review_opened
from sandbox.game.review.due import answering, as_before
from sandbox.game.review.reporting import heard_in_review, word_on
from sandbox.game.review.reviewing import beside_by_rule
from sandbox.game.review.verdict import closed
from sandbox.game.room import Room
from sandbox.game.rules import binding, carried, hears, payers, vetoes
from sandbox.game.state import Desk, Floor, Minutes, State, Update, apply, discussion, floor_of, taken
from sandbox.record.line import ALL, BODY, EMPTY_TURN, DecisionTaken, Line, Origin, Outcome, Seldom, Turn, line_id

START = "start"
_TASK = itemgetter("task")
EMPTY_LINE = Line(
    id="", stage="", seat="", act="inform", to=ALL, says="", terms={}, section="", task="", about="", text="",
    condition="", promises="", point="", facts=[], vote=False, origin="rules", visible_to=[],
)  # fmt: skip
"""A line that says nothing yet; to copy it takes less time than to name all fields, of which few lines have many."""
Step = Literal["turn", "minutes", "pulse", "stage", ""]


def next_step(game: Game, state: State) -> Step:
    """Return what comes next: a turn, the minutes of a stage that is over, a pulse, the next stage, or nothing."""
    if state["floor"] is not None:
        return "turn"
    if state["ended"]:
        return "minutes"
    if len(state["pulses"]) <= len(state["minutes"]):
        return "pulse"
    return "stage" if state["stage"] < len(game.course) else ""


def open_stage(game: Game, state: State) -> Update:
    """Return the update that starts a stage: nobody has spoken yet, and the floor is given.

    In a review what was promised falls due, and what came in between is drawn.
    """
    opened: Update = {"turn": 0, "ended": ""}
    if game.course[state["stage"]].reviews:
        opened |= review_opened(game, state)
    return {**opened, **next_floor(game, apply(state, opened))}


def hear(game: Game, state: State, line: Line) -> Update:
    """Return the update that a line alone brings: skipped seats may be asked again, the speaker's advice is used."""
    items = state["ledger"]
    if game.course[state["stage"]].reviews:
        items = heard_in_review(game, items, line)
    else:
        items = heard(game.scenario, items, line, game.agreed_only, game.siding)
    update: Update = {"lines": [line], "turn": state["turn"] + 1, "ledger": items}
    desk = state["desk"]
    if desk["passed"] or desk["uncast"] or (desk["whispers"] and whisper_to(state, line["seat"])):
        update["desk"] = _spoken_at(desk, line["seat"])
    return update


def _spoken_at(desk: Desk, seat: str) -> Desk:
    uncast = [other for other in desk["uncast"] if other != seat]
    return {**desk, "passed": [], "uncast": uncast, "whispers": taken(desk["whispers"], seat)}


def complete(game: Game, state: State) -> Update:
    """Return the update that follows from the last line: the decision that it completes, if any, and the floor.

    In a review it also has what the inspection has found by then.
    """
    room, last = game.course[state["stage"]], state["lines"][-1]
    if room.reviews:
        return _inspected(game, state)
    counts = last["vote"] or last["act"] in BINDING
    decision = _decision(game, room, state, last) if counts else None
    if decision is None:
        return next_floor(game, state)
    update = decide(game, state, decision)
    return {**update, **next_floor(game, apply(state, update))}


def _inspected(game: Game, state: State) -> Update:
    """Return what follows from a line in a review: the floor, and what the inspection has found by then."""
    after = next_floor(game, state)
    news = arrival(game, state, len(discussion(state)), turns_now(game, state))
    if news is not None and after["floor"] is not None:
        after["desk"] = {**state["desk"], "news": [*state["desk"]["news"], news]}
    return after


def decide(game: Game, state: State, decision: DecisionTaken) -> Update:
    """Return the update that a decision brings."""
    items = decided(game.scenario, state["ledger"], decision, state["lines"], reviewed=game.reviewed)
    return {"decisions": [decision], "ledger": items}


def close_stage(game: Game, state: State, minutes: Minutes) -> Update:
    """Return the update that leaves a stage; what fell due in it is closed."""
    came = came_so_far(game, state)
    desk: Desk = {**state["desk"], "extra": 0, "passed": [], "uncast": [], "chosen": "", "called": False, "news": came}
    following = max(state["stage"] + 1, desk["until"])
    return {
        "minutes": [minutes], "stage": following, "turn": 0, "floor": None, "ended": "", "desk": desk,
        "ledger": closed(state["ledger"]),
    }  # fmt: skip


def make_line(game: Game, state: State, turn: Turn, origin: Origin) -> Line:
    """Return a turn as a line of the transcript; the floor says who speaks, the rules who may hear it.

    Raises:
        InputError: the rules do not allow the turn.
    """
    refused = refusal(game, state, turn)
    floor = state["floor"]
    if refused or floor is None:
        raise InputError(refused)
    room, seat, discussed = game.course[state["stage"]], floor["seat"], floor["phase"] == "discussion"
    act, to, about = turn["act"], turn["to"], turn["about"]
    does, terms, line = TRAITS[act], turn["terms"], EMPTY_LINE.copy()
    raised = game.points.get(floor["point"]) if floor["point"] and origin not in ("person", "agent") else None
    votes = not discussed and "binds" not in does
    heard_by = room.audience[seat, to]
    if turn["aside"]:
        heard_by = [*hears(game.governance, game.chair, room.present, seat, to, aside=True)]
    if votes and (put := motion(game, state)):
        about = put.line
    elif not about and (raised or floor["why"] in ("asked", "motion") or "reports" in does):
        about = _matter(game, state, turn, floor, raised[1] if raised else None, origin)
    if not votes:
        clause = turn["condition"] or turn["replaces"]
        if clause:
            about = motion_meant(game, state, turn, seat, about)
        if "offers" in does or "counters" in does:
            # Where cards or the rules speak, what an objection names is all that it offers.
            beside = terms and "opposes" in does and (origin == "person" or game.style == "free")
            if clause or beside or "binds" in does:
                line["condition"] = condition_of(game, state, turn, seat, about, heard_by)
                terms = terms_of(game, state, turn, seat, about, heard_by)
    line["id"], line["stage"] = line_id(len(state["lines"]) + 1), room.stage
    line["seat"], line["act"], line["to"] = seat, act, to
    line["says"], line["terms"], line["about"] = _on_one_line(turn["says"]), terms, about
    line["vote"], line["origin"], line["visible_to"] = votes, origin, heard_by
    if raised:
        line["point"], line["facts"] = floor["point"], list(raised[1].facts)
    if turn["section"]:
        line["section"], line["text"] = turn["section"], _section_text(game, state, turn, seat)
    if turn["task"]:
        line["task"] = turn["task"]
    if turn["promises"]:
        line["promises"] = _on_one_line(turn["promises"])
    if len(turn) > len(EMPTY_TURN):
        _say_further(line, turn)
    if room.reviews:
        if also := _also(game, state, turn, line):
            line["also"] = also
        return line
    if ("refuses" in does or "takes_on" in line) and (struck := refused_by(game, state["ledger"], line)):
        line["refuses"] = game.words("semi").join(struck)
    if discussed and game.style == "free" and not any(has(open_act, "asks") for open_act in floor["acts"]):
        line["asks_nobody"] = True
    return line


def _say_further(line: Line, turn: Turn) -> None:
    """Write into a line what few turns say."""
    if answers := turn.get("takes_on"):
        line["takes_on"] = answers
    if (unsure := turn.get("leaves_open")) and has(line["act"], "supports"):
        line["leaves_open"] = unsure
    if gain := turn.get("promised_to"):
        line["promised_to"] = gain
    if "asked_of" in turn and turn["condition"] and line["condition"]:
        line["asked_of"] = turn["asked_of"]
    if back := turn.get("withdraws"):
        line["withdraws"] = back


def _matter(game: Game, state: State, turn: Turn, floor: Floor, raised: Point | None, origin: Origin) -> str:
    """Return the line that a turn is about that names none, or empty."""
    does, seat, terms = TRAITS[turn["act"]], floor["seat"], turn["terms"]
    due = answering(state["ledger"], seat) if "reports" in does else ()
    # What names options for or against somebody's motion is about that, also where a person asked for it.
    stands = bool(terms) and ("supports" in does or "opposes" in does)
    answers = "answers" in does or (raised is not None and not stands and "asks" not in does)
    asked = _asked_for(state, turn["to"]) if answers and floor["why"] == "asked" else ""
    about = due[0].line if due else _replied(state, raised, seat) if raised else ""
    if asked and (not about or "answers" in does):
        about = asked
    worded = floor["why"] == "motion" and raised is None and (game.style == "directed" or origin == "card")
    if worded and (again := standing(game, state, seat)) and again.terms == terms:
        about = again.line
    return about


def uncast_vote(game: Game, state: State) -> Line:
    """Return the line that stands where the seat on the floor has cast no vote: it says nothing."""
    return make_line(game, state, {**EMPTY_TURN, "act": floor_of(state)["acts"][0]}, "nobody")


def _also(game: Game, state: State, turn: Turn, line: Line) -> dict[str, Outcome]:
    """Return what a line in a review says of other matters than its own: as its turn has it, by rule, as last year."""
    seat, act, about, also = line["seat"], line["act"], line["about"], turn.get("also", {})
    if not also and game.style != "free" and line["origin"] not in ("person", "agent"):
        also = beside_by_rule(game, state, seat, act, about)
    if has(act, "reports"):
        told = as_before(state["ledger"], seat)
        also = {**also, **{name: was for name, was in told.items() if name not in (*also, about)}}
    elif has(act, "supports") or has(act, "opposes"):  # what the act says of its own matter is not said twice
        against = has(act, "opposes")
        own = [word_on(item, against=against) for item in state["ledger"] if item.account and item.line == about]
        also = {name: came for name, came in also.items() if name != about or came not in own}
    return also


@lru_cache(maxsize=4096)  # stock words are said again and again
def _on_one_line(text: str) -> str:
    if text.isprintable() and "  " not in text and text == text.strip():
        return text
    return " ".join(plain(text).split())


def _section_text(game: Game, state: State, turn: Turn, seat: str) -> str:
    """Return what a section of a seat's plan says after its turn; what is added comes behind what was there."""
    text = plain(turn["text"]).strip()
    if not text or not turn["appends"]:
        return text
    before = next((plan.sections for plan in plans(game, state["lines"]) if plan.seat == seat), {})
    stood = next((part for name, part in before.items() if name == turn["section"]), "")
    return continued(stood, text, game.spec.lang)


def _replied(state: State, point: Point, seat: str) -> str:
    """Return the line to which a point of the card replies, the latest that its seat has heard, or empty."""
    heard = (line for line in reversed(state["lines"]) if seat in line["visible_to"])
    return next((line["id"] for line in heard if line["point"] in point.replies_to), "")


def _asked_for(state: State, seat: str) -> str:
    """Return the line with which a person in a seat has just asked for an answer, or empty."""
    last = state["lines"][-1] if state["lines"] else None
    return last["id"] if last is not None and last["origin"] == "person" and last["seat"] == seat else ""


def pulse_round(game: Game, state: State) -> PulseRound:
    """Return the pulses by rule at this moment: before the first stage, or after the one that has just ended."""
    if not state["minutes"]:
        return {"moment": START, "levels": game.pulses}
    ended = state["minutes"][-1]["stage"]
    before = state["pulses"][-1]["levels"]
    decisions = [decision for decision in state["decisions"] if decision["stage"] == ended]
    lines = state["lines"]
    first = bisect_left(lines, True, key=lambda line: line["stage"] == ended)
    handed = _handed(filter(_TASK, lines[:first]))
    room = game.rooms[ended]
    accounts = {seat: reviewed_by(state["ledger"], seat) for seat in room.present} if room.reviews else None
    levels = pulses_after(before, lines[first:], decisions, game.scenario.task_by_id, handed, accounts)
    return {"moment": ended, "levels": levels}


def _handed(lines: Iterable[Line]) -> dict[str, set[str]]:
    """Return the tasks that each seat was handed in some lines about tasks, and that were not lifted in its hearing."""
    handed: dict[str, set[str]] = {}
    for line in lines:
        if has(line["act"], "hands_down"):
            if line["to"] in line["visible_to"]:
                handed.setdefault(line["to"], set()).add(line["task"])
        elif has(line["act"], "lifts"):
            for seat in handed.keys() & line["visible_to"]:
                handed[seat].discard(line["task"])
    return handed


def _all_voted(state: State, put: str, voters: int) -> bool:
    """Return whether as many lines as there are voters have voted on a motion: nothing comes between these."""
    return state["turn"] >= voters and state["lines"][-voters]["vote"] and state["lines"][-voters]["about"] == put


def _decision(game: Game, room: Room, state: State, last: Line) -> DecisionTaken | None:
    """Return the decision that the last line, a vote or the chair's, completes, if any; votes are counted here."""
    chosen = last["act"] in BINDING
    put = last["id"] if chosen else last["about"]
    if not chosen and not _all_voted(state, put, len(room.voters)):
        return None
    governance, earlier = game.governance, state["decisions"]
    procedure = governance.rules.aggregation.procedure
    if (not chosen and procedure in CHAIR_BINDS) or (earlier and put in [made["motion"] for made in earlier]):
        return None
    item = motion(game, state) if chosen else motion_of(state["ledger"], put)
    by, terms, condition = last["seat"], last["terms"], last["condition"]
    cast = cast_on(state, item) if item else {}
    if not chosen:
        if item is None or len(cast) < len(room.voters) or cast.keys() != {*room.voters}:
            return None
        by, terms, condition = BODY, dict(item.terms), item.condition
    votes, out = votes_of(cast), abstained(cast)
    here = sum([made["stage"] == room.stage for made in earlier])
    bound = binding(governance, game.scenario, terms)
    won = by != BODY or carried(governance, game.positions, votes, out, bound)
    taken = motion_of(state["ledger"], last["about"]) if chosen else item
    uncast = uncast_on(state, put) if out else []
    who, agreed = payers(governance, game.scenario, bound if won else {})
    fell = [made["motion"] for made in earlier if made["stage"] == room.stage]
    waiting = [] if won else [each for each in rivals(game, state) if each.line not in (put, *fell)]
    revived = promises_revived(game, state["ledger"], votes, bound if won else {}, condition)
    return {
        "id": f"D-{room.stage}-{here + 1}" if here else f"D-{room.stage}",
        "stage": room.stage,
        "motion": put,
        "procedure": procedure,
        "by": by,
        "votes": votes,
        "abstained": out,
        **(Seldom(uncast=uncast) if uncast else Seldom()),
        **(Seldom(revived=revived) if revived else Seldom()),
        "vetoed_by": list(vetoes(governance, game.positions, votes, bound)) if by == BODY else [],
        "carried": won,
        "terms": bound,
        "condition": condition,
        "unbound": {key: option for key, option in terms.items() if key not in bound},
        "payer": list(who),
        "budget": [vars(governance.rules.payoff.budgets[payer]).copy() for payer in who],
        "payer_agreed": agreed,
        "fallen": promises_lost(
            game, state["ledger"], taken, votes, bound if won else {}, condition, fell=fell, waiting=waiting
        ),
    }
