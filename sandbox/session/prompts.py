"""Prompts of a turn: first what all seats share, last what is the seat's own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

from sandbox.content.acts import has
from sandbox.content.cards import Section, Text
from sandbox.content.governance import share_in_words
from sandbox.content.language import Lang
from sandbox.content.seat_card import Point
from sandbox.content.templates import Piece, marked, unmarked
from sandbox.game.floor.last_word import LAST_WORD
from sandbox.game.floor.talk import may_be_asked_now
from sandbox.game.floor.touring import asks_the_host
from sandbox.game.game import Game
from sandbox.game.hosting import untold
from sandbox.game.language.wording import opening
from sandbox.game.ledger.entries import DUE
from sandbox.game.minutes.asked import put_before, question_of
from sandbox.game.minutes.remembered import lines_told, read_minutes, summary
from sandbox.game.minutes.weighed import BRIEF, LATEST
from sandbox.game.motions.beyond import ungiven
from sandbox.game.motions.conditions import LONGEST_CONDITION
from sandbox.game.motions.doers import unanswered
from sandbox.game.motions.franchise import bought_off, franchise
from sandbox.game.motions.unwilling import asks_of
from sandbox.game.own_matters import own_points
from sandbox.game.plans import may_rewrite, rewritten
from sandbox.game.starting import aged, briefing_read, since, then
from sandbox.game.state import Floor, News, State, first_state
from sandbox.game.table import promises_told, tasks_of
from sandbox.game.view import SeatView, readable_minutes, seat_view
from sandbox.record.line import ALL, Line
from sandbox.session.facts import elsewhere_told, facts_told, hidden_told, outdated, played_before, rests_on
from sandbox.session.offers import overtaken_parts
from sandbox.session.reviews import review_shown
from sandbox.session.suggesting import KNOWN, next_points
from sandbox.session.tabled import given_how, last_word_told, put_to_the_vote, tabled

_BLOCK, _BLOCK_OF_REVIEW = 20, 5
_UNTOLD = Text.model_construct(en="", zh="")
# Most characters of a section of somebody else's plan.
_SECTION: dict[Lang, int] = {"en": 90, "zh": 36}
# The same while plans are drafted.
_WRITTEN: dict[Lang, int] = {"en": 240, "zh": 90}
# Sections of a plan that speak of what is to be settled.
_SETTLES: tuple[Section, ...] = ("people", "steps", "money")
# A quotation in a text; quotation marks inside it become single ones.
_QUOTED = re.compile("“([^“”]*)”")
# In a room of two, what is said to one is said to all.
_TWO = 2

Messages = tuple[dict[str, str], ...]


def turn_messages(game: Game, state: State, floor: Floor, point: Point | None, refused: str = "") -> Messages:
    """Return the messages of a turn: a system text, examples in directed play, and one user text.

    In free play the model is told why its last wording was refused; a small model that words a point only tries again.
    """
    view, templates = seat_view(game, state, floor["seat"]), game.templates
    if point is None:
        shared = _shared(game, state, view)
        window = shared.pop("lines")
        scene, lines, shown = _scene(game, shared), _spoken(game, window, view), {line["id"] for line in window}
        own = _own(game, state, view, floor, shown, shared["minutes"], str(scene))
        user = templates.render("turn_free", **shared, **own, scene=scene, lines=lines, refused=refused)
        return ({"role": "system", "content": _system(game, view)}, {"role": "user", "content": user})
    # Blocks divided by ``---``: in turn what the user gives and what the model answers.
    blocks = templates.render("examples_directed").split("\n---\n")
    examples = ({"role": role, "content": block.strip()} for role, block in zip(cycle(("user", "assistant")), blocks))
    user = templates.render("turn_directed", **_directed(game, view, point))
    system = {"role": "system", "content": templates.render("system_directed")}
    return (system, *examples, {"role": "user", "content": user})


def told_to_all(game: Game) -> str:
    """Return what every seat reads before its own part when a session opens in free play: instructions, case, rules."""
    state = first_state(game)
    view = seat_view(game, state, next(iter(game.seats)))
    shared = _shared(game, state, view)
    del shared["lines"]
    return f"{_system(game, view)}\n{_scene(game, shared)}"


def _system(game: Game, view: SeatView) -> str:
    # A seat may ask for time only if the stage has more lines than all others and its answer need.
    defers = "decides" in view.stage.abilities and view.limit > len(view.present) + 1
    key = ("system", view.stage.id, str(defers))
    if key not in game.pieces:
        game.pieces[key] = game.templates.piece(
            "system_free",
            longest=LONGEST_CONDITION[game.spec.lang],
            asides=game.governance.rules.information.asides,
            reviews=view.stage.reviews,
            stage_acts={act for seat in view.present for act in game.speech(seat, defers=defers)},
        )
    return game.pieces[key]


def _shared(game: Game, state: State, view: SeatView) -> dict[str, Any]:
    lang = game.spec.lang
    # The window moves in blocks, so that a prefix cache stays valid for a whole block of turns.
    block, reviews = _BLOCK_OF_REVIEW if view.stage.reviews else _BLOCK, view.stage.reviews
    start = max(0, (len(view.lines) - block) // block * block)
    earlier = view.lines[:start]
    voted_on = view.motion.line if view.motion else None
    readable, right = readable_minutes(game, state, view.seat), franchise(game, view.stage.id)
    latest = BRIEF if reviews else LATEST
    listed = frozenset(() if reviews else (item.line for item in promises_told(game, view.ledger, view.present)[0]))
    return {
        "scenario": game.scenario,
        "facts": facts_told(game, view.stage.id, rests_on(state, view.stage.id)),
        "outdated": outdated(game, state),
        "aged": aged(game, reviews=reviews),
        "then": then(game, view.stage.id),
        "since": since(game, view.stage.id),
        "host": game.name(game.scenario.tour.host) if "tours" in view.stage.abilities else "",
        "voters": right.voters if "decides" in view.stage.abilities else (),
        "vote_ahead": _vote_ahead(game, state),
        "aggregation": (rule := game.governance.rules.aggregation),
        "share": share_in_words(game.words, rule.share) if rule.by_share else "",
        "quorum": rule.quorum if isinstance(rule.quorum, int) else rule.due(len(right.votes)),
        "vetoes": _until_lifted(
            game,
            [seat for seat in view.present if game.positions[seat] in rule.veto and seat not in right.only_stop],
            view.present,
        ),
        "only_veto": _until_lifted(game, right.only_stop, view.present),
        "chair": game.chair,
        # A review settles nothing for which the city's setting would be weighed.
        "city": None if reviews else game.city,
        "offered": game.offered,
        "ungiven": ungiven(game),
        # What was written in an earlier year stands between marks.
        "plan": {
            section: marked(text) if text and section in game.spec.start.plan else text or game.words("start.dropped")
            for section, text in game.plan.items()
        },
        # Whoever drafts on the tour has read it with its own plan.
        "planning": "drafts" in view.stage.abilities and "tours" not in view.stage.abilities,
        # A card's summary of its rules may be wrong once they are changed; they are told one by one.
        "governance": game.governance.model_copy(update={"summary": _UNTOLD}) if game.spec.changes else game.governance,
        "stage": view.stage,
        "lang": lang,
        # The role of a seat is left out where the seat's own id says it.
        "seats": [
            (
                seat,
                game.name(seat),
                game.personas[seat].pronoun,
                "" if (role := game.role(seat)).lower() == seat.replace("_", " ") else role,
            )
            for seat in view.present
        ],
        "minutes": [
            # A seat that was not in the room reads as much as of the stage before. If plans stand with the seat
            # itself, the minutes need not repeat them.
            read_minutes(game, state, past, view.seat, extent=extent, with_plans=not _plans_shown(view), listed=listed)
            for past in readable
            for extent in [BRIEF if view.seat in past["present"] and past is not readable[-1] else latest]
        ],
        "earlier": summary(earlier) if earlier else "",
        # Other seats' votes on the motion being voted on are left out: all hands go up at once.
        "lines": [line for line in view.lines[start:] if not (line["vote"] and line["about"] == voted_on)],
    }


def _vote_ahead(game: Game, state: State) -> dict[str, Any]:
    """Return the later stage that decides, with its voters or its seats without a vote, whichever are fewer."""
    later = [stage for stage in game.stages[state["stage"] + 1 :] if "decides" in stage.abilities]
    if not later:
        return {}
    right, room = franchise(game, later[0].id), game.present(later[0].id)
    others = [seat for seat in room if seat not in right.voters]
    few = right.voters if len(right.voters) <= len(others) else ()
    here = game.present(game.stages[state["stage"]].id)
    return {
        "stage": later[0].name,
        "voters": right.voters,
        "few": _known(game, few, here),
        "others": _known(game, others, here),
        "only_veto": _until_lifted(game, right.only_stop, here),
    }


def _known(game: Game, seats: Sequence[str], room: Sequence[str]) -> list[str]:
    """Return seats as a room knows them: seats that are not in it by name, the others by id."""
    return [seat if seat in room else game.name(seat) for seat in seats]


def _until_lifted(game: Game, seats: Sequence[str], room: Sequence[str]) -> list[str]:
    """Return seats that hold a veto, each with the terms that lift it."""
    lifted = [bought_off(game, game.positions[seat]) for seat in seats]
    known = zip(_known(game, seats, room), lifted, strict=True)
    return [seat + (game.words.paren(settled) if settled else "") for seat, settled in known]


def _plans_shown(view: SeatView) -> bool:
    return bool({"drafts", "decides"}.intersection(view.stage.abilities))


def _corrects(game: Game, view: SeatView) -> bool:
    """Return whether a seat reports in a review and may correct its plan by that."""
    return view.stage.reviews and any(may_rewrite(game, view.seat, view.stage.id, act) for act in view.acts)


def _plans(game: Game, view: SeatView) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what plans have of their own, by role.

    - The seat's own plan is told in full: on a tour with what was handed down, and when it reports in a review, to be
      corrected.
    - Other plans that the seat may read are told in brief without what was handed down; when it is decided, only who
      takes part, how, and with what money.
    """
    corrects = _corrects(game, view)
    if not _plans_shown(view) and not corrects:
        return []
    drafts, tours = "drafts" in view.stage.abilities, "tours" in view.stage.abilities
    longest = (_WRITTEN if drafts else _SECTION)[game.spec.lang]
    told_of: list[tuple[str, list[tuple[str, str]]]] = []
    for plan in view.plans:
        mine = plan.seat == view.seat
        if corrects and not mine:
            continue
        names = plan.sections if (tours or corrects) and mine else plan.lines
        own = [(name, plan.sections[name]) for name in names if mine or drafts or name in _SETTLES]
        if own or (drafts and mine):
            shown: list[tuple[str, str]] = [
                (
                    name,
                    text or game.words("start.dropped") if mine else opening(rewritten(game.plan[name], text), longest),
                )
                for name, text in own
            ]
            told_of.append((game.role(plan.seat), shown))
    return told_of


def _own(
    game: Game, state: State, view: SeatView, floor: Floor, shown: set[str], minutes: Sequence[str], scene: str
) -> dict[str, Any]:
    no_question = (
        floor["phase"] == "discussion"
        and floor["why"] not in ("motion", LAST_WORD)
        and not view.stage.reviews
        and not any(has(act, "asks") for act in floor["acts"])
    )
    ask_only = _ask_only(game, state, floor)
    everybody = game.course[state["stage"]].addressees[view.seat]
    not_asked = [seat for seat in everybody if seat not in (*ask_only, ALL)]
    points = next_points(game, view, floor, scene, () if no_question else ask_only or everybody)
    stands = any(has(act, "supports") or has(act, "opposes") for act in floor["acts"])
    drafts = "drafts" in view.stage.abilities
    return {
        "amends": game.amends(view.seat) or not stands or floor["phase"] != "discussion" or view.stage.reviews,
        "seat": view.seat,
        "persona": view.persona,
        "phrases": _phrases(view),
        "briefing": _briefing(game, view),
        "held_to": view.persona.non_negotiable.get(game.spec.lang).rstrip(" .。"),
        "never": [option for _, option in game.in_words(game.never_accepts(view.seat))],
        "private": untold(view.persona, view.briefing, game.spec.lang),
        "elsewhere": elsewhere_told(game, points),
        "platform": [fact.text.get(game.spec.lang) for fact in view.facts if fact.platform],
        "whispers": [advice["text"] for advice in view.whispers if advice["open"]],
        "plans": _plans(game, view),
        "drafts": drafts and view.seat in game.drafters,
        "no_plan": drafts and bool(game.drafters) and "tours" not in view.stage.abilities,
        "corrects": _corrects(game, view),
        **({"tasks": []} if view.stage.reviews else _tasks(game, view, floor)),
        "points": [_suggested(game, view, point) for point in points],
        "acts": floor["acts"],
        "deciding": floor["phase"] == "decision",
        "decides": "decides" in view.stage.abilities,
        "votes": bool(game.voters(view.stage.id)) and "decides" in view.stage.abilities,
        "hosts": view.seat == game.scenario.tour.host,
        "no_question": no_question,
        "ask_only": [] if len(not_asked) < len(ask_only) else [*map(game.name, ask_only)],
        "ask_not": [*map(game.name, not_asked)] if len(not_asked) < len(ask_only) else [],
        "moves": floor["why"] == "motion",
        # As the schema has it.
        "replaces": any(item.kind == "proposal" and item.condition for item in state["ledger"]),
        "consulted": view.consulted if floor["phase"] == "discussion" else "",
        "last_words": game.spec.last_words,
        "last_word": last_word_told(game, view),
        "overtaken": overtaken_parts(game, view),
        "left": view.limit - view.turn,
        **tabled(game, view, shown, lines_told(minutes)),
        **review_shown(game, state, view, floor, shown, lines_told(minutes)),
        "questions": [
            (line["seat"], line["id"], "" if line["id"] in shown else line["says"]) for line in view.questions
        ],
        "withdrawable": view.may_withdraw,
        "awaited": view.awaited if floor["phase"] == "discussion" else [],
        **_asked_of_it(game, view, floor),
        # In a last word these are told with its subject.
        "to_give": [] if view.last_word else given_how(view),
        "remit": [
            (decision, held if len(held) < len(offered) else ())
            for decision in game.scenario.decisions
            for offered in [game.offered[decision.id]]
            for held in [[option for option in decision.held(view.seat) if option in offered]]
            if held and view.may_promise
        ],
        "hidden": hidden_told(game, view, shown, minutes),
        **put_to_the_vote(game, view, shown),
    }


def _asked_of_it(game: Game, view: SeatView, floor: Floor) -> dict[str, list[str]]:
    """Return the lines whose conditions ask something of a seat, and which of them it has not answered yet."""
    talks = floor["phase"] == "discussion" and not (view.last_word or view.stage.reviews)
    if not talks:
        return {"takes_on": [], "awaits": []}
    asked = (game, view.ledger, view.seat, view.stage.id)
    return {"takes_on": [*asks_of(*asked)], "awaits": unanswered(*asked, view.talk)}


def _ask_only(game: Game, state: State, floor: Floor) -> list[str]:
    """Return the only seats that the seat on the floor may ask; empty if it may ask all."""
    if asks_the_host(game, state, floor):
        return [game.scenario.tour.host]
    asked = may_be_asked_now(game, {**state, "floor": floor})
    return asked if any(has(act, "asks") for act in floor["acts"]) and ALL not in asked else []


def _phrases(view: SeatView) -> list[Text]:
    phrases = view.persona.voice.phrases
    start = 2 * sum(line["seat"] == view.seat for line in view.heard) % len(phrases)
    return list((*phrases, *phrases)[start : start + min(2, len(phrases))])


def _briefing(game: Game, view: SeatView) -> Piece:
    """Return the briefing of a seat without what its card says anyway: its remit, and what it never gives up."""
    lang, persona = game.spec.lang, view.persona
    beside = " ".join(text.get(lang) for text in (persona.authority, persona.non_negotiable, *persona.constraints))
    settles = not view.stage.reviews
    key = ("briefing", view.seat, beside, str(settles))
    if key not in game.pieces:
        game.pieces[key] = briefing_read(game, view.seat, beside, settles=settles)
    return game.pieces[key]


def _suggested(game: Game, view: SeatView, point: Point) -> tuple[str, str, str]:
    """Return a suggested point: its words, its addressee, and its words as an aside if others would overhear it."""
    to = point.to if point.to in view.present else ""
    says = point.says.get(game.spec.lang)
    facts = {*game.scenario.tour.shown, *game.scenario.tour.hidden}.intersection(point.facts)
    if point.id == KNOWN or (played_before(game) and facts):
        says = marked(says)
    quotes = next((own.quotes for own in own_points(game.spec.start.matters) if own.id == point.id), "")
    if quotes:
        says = marked(says, quotes)
    aside = to and len(view.present) > _TWO and game.governance.rules.information.asides
    return says, to or "", point.privately.get(game.spec.lang) if point.privately and aside else ""


def _tasks(game: Game, view: SeatView, floor: Floor) -> dict[str, Any]:
    """Return the tasks that a seat may name, with what became of each and the acts for them."""
    made = [item for item in view.ledger if item.kind == "task"]
    due = {item.task: item for item in made if item.state in DUE}
    # If only agreed tasks count, a refusal is enough: such a task is told as refused, and so lifted.
    refusing = {line["id"] for line in view.heard if has(line["act"], "refuses")}
    due = {item.task: item for item in made if item.history[-1][0] in refusing} | due
    own = {act: tasks_of(game, view.ledger, {**floor, "acts": [act]}) for act in floor["acts"]}
    tasks = tasks_of(game, view.ledger, floor)
    return {
        "tasks": [
            (
                task.id,
                task.text.get(game.spec.lang),
                due[task.id].deliverer if task.id in due else "",
                task.id in due and due[task.id].state != "open",
                task.id in view.lifted,
            )
            for task in tasks
        ],
        "task_acts": [act for act in own if own[act]],
        "sent_back": [
            task.id
            for task in tasks
            if game.agreed_only and not task.agreed
            if any(task in own[act] for act in own if has(act, "refuses"))
        ],
    }


def _directed(game: Game, view: SeatView, point: Point) -> dict[str, Any]:
    last = view.lines[-1] if view.lines else None
    news = [entry["text"] for entry in view.news if entry["turn"] == view.turn]
    return {
        "place": view.stage.setting.get(game.spec.lang),
        "topic": game.scenario.place.get(game.spec.lang),
        "news": news[-1] if news else "",
        "last": last["says"] if last else "",
        "last_role": game.role(last["seat"]) if last else "",
        "role": game.role(view.seat),
        "manner": view.persona.manner.get(game.spec.lang),
        "move": game.words(f"act_move.{point.act}"),
        "to_role": game.role(point.to) if point.to else "",
        "point": point.says.get(game.spec.lang),
    }


def _scene(game: Game, shared: Mapping[str, Any]) -> Piece:
    key = ("scene", shared["stage"].id, *shared["minutes"], shared["earlier"], *[fact.id for fact in shared["facts"]])
    if key not in game.pieces:
        game.pieces[key] = game.templates.piece("scene_free", **shared)
    return game.pieces[key]


def _spoken(game: Game, lines: Sequence[Line], view: SeatView) -> Piece:
    """Return the lines in words, with news before the line that followed it; each line is rendered only once."""
    pieces, arrived = [], list(view.news)
    tabled = {item.line for item in view.ledger if item.condition}  # told with the motions on the table
    here = {"", *(line["id"] for line in view.lines)}
    turn = len([line for line in view.lines if not line["vote"]]) - len([line for line in lines if not line["vote"]])
    for line in lines:
        while arrived and arrived[0]["turn"] <= turn:
            pieces.append(_news(game, arrived.pop(0)))
        condition = "" if line["id"] in tabled else line["condition"]
        late = line["about"] not in here and not view.stage.reviews and question_of(view.heard, line)
        asked = put_before(late or None, line, here, game.spec.lang, cut=True)
        back = line.get("withdraws", "")
        also = [
            f"{entry} {outcome}"
            for entry, outcome in line.get("also", {}).items()
            if any(item.line == entry for item in view.ledger)
        ]
        words = (line["says"], line["promises"], back, condition, asked, *also)
        key = (line["id"], line["seat"], line["act"], line["to"], *words)
        if key not in game.pieces:
            two = len(game.present(line["stage"])) <= _TWO
            alone = line["to"] != ALL and not two and set(line["visible_to"]) <= {line["seat"], line["to"]}
            game.pieces[key] = game.templates.piece(
                "line_free", line=line, also=also, alone=alone, back=back, condition=condition, asked=asked
            )
        pieces.append(game.pieces[key])
        turn += not line["vote"]
    return Piece("\n".join([*pieces, *(_news(game, entry) for entry in arrived)]))


def _news(game: Game, news: News) -> Piece:
    key = ("news", news["id"], news["text"])
    if key not in game.pieces:
        text = unmarked(news["text"])
        # An event that a review brought in quotes the matters that it strikes.
        said = Piece(_QUOTED.sub(r"“⟦\1⟧”", text)) if "strikes" in news else text
        game.pieces[key] = game.templates.piece("news_free", text=said)
    return game.pieces[key]
