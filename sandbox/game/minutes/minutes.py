"""Minutes: the short record of a stage, made from its acts without a model call."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any, Literal, get_args

from sandbox.content.acts import has
from sandbox.content.cards import Act
from sandbox.content.language import Lang, patterns
from sandbox.game.game import Game
from sandbox.game.language.answered import speaks_next, taken_up, unanswered
from sandbox.game.language.gist import gist
from sandbox.game.language.questions import called, left_with, question_to, wants_answer
from sandbox.game.language.wording import opening, takes_up
from sandbox.game.ledger.entries import Item, motion_of, own_terms, proposals_of
from sandbox.game.ledger.ledger import ledger
from sandbox.game.ledger.matters import brief_matter, whom_for
from sandbox.game.ledger.options import briefly
from sandbox.game.minutes.asked import LONGEST_QUESTION, asks, put_before, question_of, questions_in
from sandbox.game.minutes.settled import (
    by_line,
    fell_due,
    held_beyond,
    lapses_known,
    told_accounts,
    told_lapses,
    told_vote,
)
from sandbox.game.minutes.weighed import FULL, LATEST, MOST_OPEN, Extent, weightiest
from sandbox.game.motions.backing import Stances, left_for, lineage
from sandbox.game.motions.conditions import beside
from sandbox.game.motions.hanging import brought, hangs_on, struck_by
from sandbox.game.motions.meant import read_out
from sandbox.game.motions.standing_for import doubters, met
from sandbox.game.outside import came_in
from sandbox.game.plans import plans, rewritten
from sandbox.game.review.reporting import CLAIMS, reported_of
from sandbox.game.state import Minutes, State, first_state, stage_lines
from sandbox.record.line import ALL, DecisionTaken, Line, Outcome

# Most characters of a line where it is only named again.
SHORT = 300
# Most characters of a doubt.
_REMARK: dict[Lang, int] = {"en": 240, "zh": 90}
# Acts of which it is told to whom they are said.
_SAID_TO: tuple[Act, ...] = ("delegate", "object", "refuse", "answer", "promise")
# That a speaker asks for words not to be written down.
_KEPT_OFF = patterns(
    en=r"\b(?:off|out of) the (?:minutes|record)\b"
    r"|n(?:o|['’])t (?:to )?(?:(?:be )?(?:put|written|go) (?:in|into|on)|for) the (?:minutes|record)\b"
    r"|n['’]t be (?:minuted|written down)\b",
    zh=r"(?:别|不要|不用|不必|请勿)[记写放往]?[进到入]?(?:会议)?(?:纪要|记录)|(?:纪要|记录)里?(?:就|请|您|先)*(?:别|不要)[记写提]"
    r"|[这那][句段][话]?(?:就|请|您|先)*(?:别|不要)[记写](?!得)|(?:您|请)(?:先)?(?:别|不要)记下来",
)
# Most characters of a line of a review: cut, a report as often as not keeps what was done and drops what was not.
_REPORT: dict[Lang, int] = {"en": 700, "zh": 240}
# Most characters of what plans say together, where each says as much of so many sections.
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
    """Return the minutes of a stage, bounded in length whatever was said; they hold what the whole room may see.

    They follow the acts in their order, with ``news`` after so many lines: all of a short stage and of a review, of
    others those that weigh most; the words of lines that are ``quoted_beside`` them are left out. Questions without an
    answer, plans, what fell ``due`` and what did not (``lapses``), each vote and what was left open follow, as far as
    the ``extent`` goes. For a ``reader`` a question that it heard answered in an aside is answered, and so are those
    that were answered ``since``; it may know who ``attended``. What was promised in lines that were taken back, here or
    later, or are told of elsewhere (``withdrawn``), is not told any more.
    """
    lang = game.spec.lang
    room = game.present(stage)
    everybody = frozenset(room)
    talk = [line["id"] for line in lines if not line["vote"]]
    heard = [line for line in lines if everybody.issubset(line["visible_to"]) or reader in line["visible_to"]]
    lines = [line for line in heard if everybody.issubset(line["visible_to"])]
    own = [taken for taken in decisions if taken["stage"] == stage]
    home = game.of_home(room)
    before = [line for line in written if line["stage"] != stage and home <= set(line["visible_to"])]
    told_of = partial(ledger, game.scenario, agreed_only=game.agreed_only, siding=game.siding)
    reviews = stage in game.able("reviews")  # what a line there is about fell due, and is no motion and no question
    moved = before if reviews else [*before, *lines]
    made = told_of(moved, own, read_out(game, lambda: told_of(written), moved))
    promised = {line["id"] for line in (*before, *lines) if line["promises"] and not has(line["act"], "promises")}
    items = {item.line: item for item in made if item.kind != "promise" or item.line not in promised}
    left = {} if extent.once else _left(game, made)  # a prompt tells it beside the motions
    bound = own[-1]["terms"] if own and own[-1]["carried"] else {}
    open_to_all = game.governance.rules.information.documents == "all"
    shows_plans = stage in game.able("drafts") and open_to_all and with_plans and extent.in_full
    held = [each.question for each in held_beyond(game, made, own[-1])] if own else []
    # What was promised aloud to others before holds what is decided here.
    aloud = [
        line for line in written if line["stage"] != stage and {*game.present(line["stage"])} <= {*line["visible_to"]}
    ]
    promises = [item for item in told_of([*aloud, *lines], own) if item.kind == "promise"] if own else []
    drawn = _plans(game, [line for line in written if line["stage"] != stage], lines) if shows_plans else []
    doubts = doubters(lines) if stage in game.able("tours") and extent.in_full else {}
    withdrawn = {*withdrawn, *(line.get("withdraws", "") for line in lines)}
    amended = {item.amends for item in items.values()}
    carried = {taken["motion"] for taken in own if taken["carried"]}
    offers = {line for line, item in items.items() if item.kind == "proposal"} - amended
    host = game.scenario.tour.host
    answers = (line for line in lines if line["seat"] == host and has(line["act"], "grants"))
    came_out = {line["id"] for line in answers if _held_back(game, line)}
    open_to_room = {line["id"] for line in lines}
    answered = set[str]() if reviews else {line["about"] for line in lines}
    asked_before = [line for line in before if line["id"] in answered]
    told = weightiest(asked_before, lines, offers | came_out, amended | _on_struck(made, lines), withdrawn, extent)
    kept = {line["id"] for line in told}
    places = [talk.index(line["id"]) for line in told]
    said = [*asked_before, *lines]
    questions = {line["id"]: question_of(said, line) for line in told}
    elsewhere = [line for line in told if reviews and line["about"] and not reported_of(tuple(due), line["about"])]
    entries = [
        _entry(
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
    return game.templates.render(
        "minutes",
        stage=game.library.stage(stage).name.get(lang),
        reviews=reviews,
        present=[game.name(seat) for seat in room if attended],
        news=[text for turn, text in news if turn > max(places, default=-1)],
        entries=[
            {
                **entry,
                # A word on a matter that is not told of is no verdict on the one told before it.
                "act": (act := "inform" if line in elsewhere and _stands(line) else line["act"]),
                "did": game.words(f"act_did.{act}"),
                "says": "" if line["id"] in quoted_beside else entry["says"],
                "otherwise": (otherwise := _otherwise(line, lines) if reviews and line not in elsewhere else ""),
                "came": (reviews and _came(game, line, {item.line for item in due}))
                or (otherwise and game.words(f"turn.{otherwise}")),
                "left": left.get(line["id"], ""),
                "asked": put_before(questions[line["id"]], line, quoted, lang, cut=extent.once),
                "news": [text for turn, text in news if since_place < turn <= place],
            }
            for entry, line, since_place, place in zip(entries, told, [-1, *places], places, strict=False)
        ],
        questions=[
            (
                line["id"],
                game.name(line["seat"]),
                game.name(seat) if seat else game.words("everyone"),
                questions_in(question_to(game, line, seat) or line["says"], LONGEST_QUESTION[lang])
                if line["id"] not in quoted or not has(line["act"], "asks")
                else "",
            )
            for line, seat in sorted(
                [*unanswered(game, heard, room), *((line, "") for line in lines if _asks_all(game, line, room))],
                key=lambda asked: heard.index(asked[0]),
            )
            if line["id"] in open_to_room and line["id"] not in since and wants_answer(game, line)
            if not seat or game.style != "free" or left_with(game, line, seat, room)
            for since_then in [heard[heard.index(line) + 1 :]]
            if not (seat and speaks_next(seat, since_then)) and not taken_up(game, line, since_then)
        ][-MOST_OPEN:],
        plans=drawn,
        doubters=[
            (
                game.name(seat),
                doubt and doubt["id"],
                _at(game, doubt, doubt["to"], made) if doubt and game.style == "free" else "",
                gist(doubt["says"], _REMARK[lang], act=doubt["act"]) if doubt and doubt["id"] not in kept else "",
            )
            for seat, doubt in doubts.items()
            if not (doubt and met(doubt, lines))
        ],
        accounts=told_accounts(game, due),
        lapses=told_lapses(game, lapses),
        votes=[
            {
                **told_vote(game, decision, made, [*before, *heard], promises),
                "remarks": [
                    (line["id"], game.name(line["seat"]), opening(line["says"], extent.longest[lang]))
                    for line in lines
                    if extent.in_full and line["says"] and line["id"] not in quoted_beside
                    if _settles(game, line, decision)
                ],
            }
            for decision in own
        ],
        decides="decides" in game.library.stage(stage).abilities,
        open_ones=[
            question.question.get(lang) for question in game.scenario.decisions if question.id not in {*bound, *held}
        ],
    )


def _came(game: Game, line: Line, due: Collection[str]) -> str:
    """Return of which matters that fell ``due`` a line of a review speaks, by name, and what it says they came to."""
    own = [claim for trait, claim in CLAIMS if has(line["act"], trait)]
    claims: dict[str, Outcome] = {**dict.fromkeys([line["about"]] if own else [], *own), **line.get("also", {})}
    alone = [line["about"]] if line["about"] in due and line["about"] not in claims else []
    came = {word: [name for name, said in claims.items() if said == word and name in due] for word in get_args(Outcome)}
    groups = (
        game.words("minutes.came", matters=game.words.join(names), came=game.words(f"turn.{word}"))
        for word, names in came.items()
        if names
    )
    return game.words("semi").join([*alone, *groups])


def _otherwise(line: Line, lines: Sequence[Line]) -> Outcome | Literal[""]:
    """Return what a line says came of what it confirms or denies, where that is not the same; else empty."""
    about = line["about"]
    said: Outcome | Literal[""] = line.get("also", {}).get(about, "")
    reports = [
        {each["about"]: word, **each.get("also", {})}
        for each in lines
        for trait, word in CLAIMS
        if has(each["act"], trait)
    ]
    claim = next((report[about] for report in reversed(reports) if about in report), "")
    if has(line["act"], "opposes"):
        return "" if said == ("kept" if claim == "broken" else "broken") else said
    return said if claim and said != claim and has(line["act"], "supports") else ""


def _on_struck(made: Sequence[Item], lines: Sequence[Line]) -> set[str]:
    """Return the lines with which whoever brought a condition stands for or against what has grown without it."""
    motions = proposals_of(made)
    struck = {line: {before.owner for before in struck_by(made, item)} for line, item in motions.items()}
    return {
        line["id"]
        for line in lines
        if _stands(line)
        and line["about"] in motions
        and any(line["seat"] in struck[each] for each in lineage(made, motions[line["about"]]))
    }


def _stands(line: Line) -> bool:
    return has(line["act"], "supports") or has(line["act"], "opposes")


def _settles(game: Game, line: Line, decision: DecisionTaken) -> bool:
    """Return whether a line made a decision: it votes on the motion, or whoever decides speaks freely in it."""
    if line["vote"]:
        return line["about"] == decision["motion"]
    return game.style == "free" and has(line["act"], "binds") and line["seat"] == decision["by"]


def _asks_all(game: Game, line: Line, room: Sequence[str]) -> bool:
    """Return whether a line asks everybody, and nobody by name: by its act, or as a resident tells how things are."""
    if game.style != "free" or line["to"] != ALL:
        return False
    resident = game.personas[line["seat"]].kind == "resident"
    asks = has(line["act"], "asks") or (resident and has(line["act"], "tells"))
    return asks and not called(game, line, room)


def _entry(
    game: Game,
    line: Line,
    item: Item | None,
    extent: Extent,
    before: Sequence[Line],
    told: Sequence[Line],
    made: Sequence[Item],
    *,
    whole: bool,
    carried: Collection[str],
    withdrawn: Collection[str],
    question: Line | None,
) -> dict[str, Any]:
    """Return what minutes tell of a line, to whom or against what it was said, and of the entry that it made, if any.

    A condition that was taken over from a line of a stage ``before`` is not for everybody who is in the room now. What
    stands with a line that is ``told`` is not said again, nor an option that the motion had which the line answers. Of
    what was amended later, unless it is told as a ``whole`` and nothing was carried, and of what was ``carried``, which
    is told with the vote, the line's own condition is enough. Among its words is what answers a ``question``, be it to
    somebody whom the line turns to no more.
    """
    taken_over = bool(line["about"]) and any(each["id"] == line["about"] for each in before)
    held = item.condition if item and whole and not taken_over else line["condition"]
    base = next((each for each in told if each["id"] == line["about"]), None)
    if extent.once:
        tabled = item is not None and item.kind == "proposal" and item.terms
        condition = "" if tabled else _new(game, held, [*before, *told[: told.index(line)]])
    elif base:
        condition = beside(game.words, held, base)
    elif line["id"] in carried:
        condition = game.words("semi").join(part for by, part in brought(made, held) if by == line["id"])
    else:
        condition = by_line(game, made, held, line["id"])
    task = game.scenario.task_by_id.get(line["task"])
    named = own_terms(game.scenario, line) if has(line["act"], "promises") else line["terms"]
    answered = motion_of(tuple(made), line["about"]) if has(line["act"], "counters") else None
    had = answered.terms if answered else {}
    puts = item is not None and answered is not None
    binds = has(line["act"], "commits") or (puts and not extent.once)
    named = {key: option for key, option in named.items() if binds and had.get(key) != option}
    terms = [*briefly(game, named).values()] if extent.once else [option for _, option in game.in_words(named)]
    if puts and not (terms or extent.once or (item and item.amends and not taken_over)):
        terms = [game.words("minutes.as", line=line["about"])]
    standing = (*first_state(game)["ledger"], *made) if "withdraws" in line else ()
    back = (item for item in standing if item.kind == "promise" and item.line == line.get("withdraws"))
    hosts = game.personas[line["seat"]].kind == "host"
    new = [] if condition or has(line["act"], "proposes") else brought(made, line["condition"])
    own = [part for by, part in new if by == line["id"]]
    handed = [task.text.get(game.spec.lang)] if task else []
    handed_to = [item.deliverer for item in made if item.task == task.id and item.line != line["id"]] if task else []
    wanted = " ".join(_held_back(game, line) if hosts else [*terms, *own, *handed])
    asker, act, longest = line["to"], line["act"], extent.longest[game.spec.lang]
    if question:
        # What it promises is told beside.
        grants = line["promises"] or has(act, "asks") or has(act, "tells")
        asker, act = question["seat"], "answer" if grants else act
        if has(act, "answers"):
            wanted += " " + questions_in(question["says"], longest)
    if line["stage"] in game.able("reviews"):
        longest = _REPORT[game.spec.lang]
    elif any(has(each["act"], "doubts") and each["about"] == line["id"] for each in told):
        longest = max(longest, LATEST.longest[game.spec.lang])  # lest that speaks against what was cut
    says = gist(line["says"], longest, wanted, act, beside=" ".join([condition, line["promises"]]))
    at = _at(game, line, asker, made)
    gains = whom_for(game, line.get("promised_to", ()))
    return {
        "line": line["id"], "name": game.name(line["seat"]), "act": line["act"],
        "says": says, "kept_off": bool(_KEPT_OFF[game.spec.lang].search(line["says"])),
        "state": item.state if item else "", "condition": condition,
        "amends": bool(item and item.amends),
        "strikes": bool(item and item.amends and struck_by(tuple(made), item)),
        "promises": "" if line["id"] in withdrawn else line["promises"],
        "withdraws": next((brief_matter(game, promise) for promise in back), ""),
        "refuses": game.words("semi").join(
            part for part in hangs_on(line.get("refuses", "")) if part not in condition
        ),
        "to": "" if asker == ALL else game.name(asker), "at": at, "gains": gains if gains != at else "",
        "about": line["about"],
        "terms": terms,
        "task": " ".join(handed),
        "off": next((game.name(to) for to in handed_to if has(line["act"], "lifts") and to != ALL), ""),
        "section": game.words.of("section", line["section"]) if line["section"] and not extent.once else "",
    }  # fmt: skip


def _at(game: Game, line: Line, to: str, made: Sequence[Item]) -> str:
    """Return against which motion a line is, or ``to`` whom it is said, where minutes tell that.

    What is said to all is told of nobody, nor to whom a promise is said that tells for whom it is.
    """
    act = line["act"]
    if has(act, "doubts") and line["stage"] in game.able("reviews"):
        return ""
    motion = motion_of(tuple(made), line["about"]) if has(act, "doubts") and game.style == "free" else None
    if motion and motion.terms:
        return motion.line
    if has(act, "promises") and "promised_to" in line:
        return ""
    return game.name(to) if act in _SAID_TO and to != ALL else ""


def _left(game: Game, made: Sequence[Item]) -> dict[str, str]:
    """Return by motion, in words, which others their mover left for it: what fell, and what others keep up."""
    fell, amended = Stances(game, made).fallen, {item.amends for item in made}
    others = [item for item in made if item.kind == "proposal" and item.terms and item.line not in {*fell, *amended}]
    kept = {item.line: later for item in others if (later := left_for(made, item))}
    told: dict[str, list[str]] = {}
    for key, left in (("minutes.fell", fell), ("minutes.kept", kept)):
        for line in dict.fromkeys(left.values()):
            lines = [each for each, later in left.items() if later == line and each not in amended]
            told.setdefault(line, []).extend([game.words(key, lines=lines)] if lines else [])
    return {line: game.words("semi").join(parts) for line, parts in told.items()}


def _held_back(game: Game, line: Line) -> list[str]:
    """Return what a tour holds back of which a line of its host speaks."""
    lang, hidden = game.spec.lang, game.scenario.tour.hidden
    texts = [fact.text.get(lang) for fact in game.scenario.facts if fact.id in hidden]
    return [text for text in texts if takes_up(line["says"], text, lang)]


def _new(game: Game, condition: str, above: Sequence[Line]) -> str:
    """Return what a line hangs on that none of those told above it hangs on."""
    had = {part for line in above for part in hangs_on(line["condition"])}
    return game.words("semi").join(part for part in hangs_on(condition) if part not in had)


def _plans(game: Game, before: Sequence[Line], lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Return of each plan that these lines rewrote how much is its own by now, and what they wrote that it had not.

    Where they wrote many sections, less is told of each.
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
                    opening(rewritten(had[plan.seat][section], plan.sections[section]), longest).rstrip(".。"),
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
    """Return the events from outside of which the whole room of a stage heard, each with after how many lines."""
    room, came = game.present(stage), came_in(game, state, stage)

    def heard_by_all(text: str) -> bool:
        return all(any(text == told and (not to or seat in to) for _, told, to in came) for seat in room)

    return [(turn, text) for turn, text, to in came if (not to or room[0] in to) and heard_by_all(text)]
