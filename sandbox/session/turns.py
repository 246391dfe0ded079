"""A turn by a model: one call, whose answer is read as a turn; a faulty wording is asked for again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast, get_args

from sandbox.content.acts import Trait, has
from sandbox.content.faults import short
from sandbox.content.language import Lang
from sandbox.content.plain import clipped, plain
from sandbox.content.seat_card import Point
from sandbox.content.words import said
from sandbox.errors import DeclinedError, InputError
from sandbox.game.floor.refused import refusal
from sandbox.game.game import Game
from sandbox.game.language.quantities import figures_of, named_numbers, numbers
from sandbox.game.language.wording import any_similar, assistant_talk, coverage, other_language, overlap, stutters
from sandbox.game.ledger.ledger import put_again
from sandbox.game.motions.amending import long_demand, on_no_table, unnoticed
from sandbox.game.motions.ballots import ballot
from sandbox.game.motions.conditions import LONGEST_CONDITION
from sandbox.game.review.due import MOST_REPORTED, besides
from sandbox.game.state import Floor, State, floor_of
from sandbox.game.steps import make_line
from sandbox.llm.calls import Call
from sandbox.llm.structured import UnusableAnswerError, partial_field
from sandbox.record.line import ALL, EMPTY_TURN, Answer, Line, Origin, Outcome, Turn
from sandbox.session.context import SessionContext
from sandbox.session.points import WHISPER, is_aside, point_of, stand_in, turn_of
from sandbox.session.prompts import turn_messages
from sandbox.session.schema import OPEN, turn_schema

DECLINED, OVERLONG = "declined", "too long"

DUPLICATE = 0.8
OWN_OVERLAP = 0.25
COPIED = 0.4
LEAST_COVERAGE = 0.6
LEAST_PRECISION = 0.5
_SELF_ROLE = {
    "en": r"\b(?:as|i am|i'm) (?:the|a|an) {role}",
    "zh": "作为{role}|我是{role}",
}
LONGEST_PERSON_LINE = 2000
LONGEST_TEXT = 600
# Acts that take no stand; the first fits if something was asked.
_NO_STAND: tuple[Trait, ...] = ("answers", "tells")
_ALOUD = re.compile(r'"aside"\s*:\s*(?:false|null)')


async def speak_turn(context: SessionContext, state: State) -> tuple[Line, list[str]]:
    """Ask the model for the line of the seat that has the floor.

    A turn that the model or a filter declines is asked for again, like a faulty wording. If no wording can be used, the
    card speaks, or the rules choose a short act, so that a declined question does not end a session.

    Returns:
        The line, and the faults of the wordings that were rejected before it.

    Raises:
        EndpointError: the endpoint failed.
        BudgetReachedError: the budget is used up.
    """
    game, floor = context.game, floor_of(state)
    speaker = context.speaker_of(floor["seat"])
    if speaker is None:
        raise ValueError("no model speaks in this session")
    stage = game.stages[state["stage"]].id
    point = point_of(game, state, floor)
    aside = is_aside(game, state, floor)
    schema = turn_schema(game, state, floor, point)
    longest = schema["properties"]["says"]["maxLength"]
    place = f"{stage}:{state['turn'] + 1}"
    spoken = {line["id"] for line in state["lines"]}
    faults: list[str] = []
    told, note, last = "", "", None  # of the wordings that the rules allow, the last
    sampling, warmer = context.profile.sampling, context.profile.warmer
    for number in range(context.profile.wordings):
        messages = turn_messages(game, state, floor, point, told)
        call = Call(
            key=f"line:{place}:{number + 1}",
            seat=floor["seat"],
            stage=stage,
            messages=(*messages[:-1], {**messages[-1], "content": messages[-1]["content"] + note}),
            schema=schema,
            parse=_reader(schema, point, spoken, besides(state["ledger"], floor["seat"]), aside=aside),
            lang=game.spec.lang,
            sampling=replace(sampling, temperature=round(sampling.temperature + number * warmer, 3)),
            seed=game.rng("call", place).randrange(1_000_000) + 100 * number,
            on_text=_streamer(context, floor["seat"], schema),
        )
        try:
            turn = (await speaker.ask(call)).value
        except DeclinedError:
            faults.append(DECLINED)
            continue
        against, demand = refusal(game, state, turn), long_demand(game, turn) or _long_promise(game, turn)
        query = "" if against or demand or faults else unnoticed(game, state, turn, floor["seat"])
        fault = (
            against
            or fault_in(game, turn["says"], floor["seat"], point, _compared(state, floor), longest)
            or demand
            or query
        )
        if floor["why"] == "motion" and not turn["terms"] and not against:
            again = put_again(state["ledger"], stage, turn["about"], turn["terms"])
            fault = fault if again else "moves no option"
        if not fault:
            return make_line(game, state, turn, "model"), faults
        last = turn if not against else last or _only_words(turn, floor)
        told, note = fault, ""
        if fault in (against, demand, query, OVERLONG):
            answer = json.dumps({key: value for key, value in turn.items() if value}, ensure_ascii=False)
            key = {OVERLONG: "wording.overlong", query: "wording.queried"}.get(fault, "wording.against")
            # At the end of the messages: templates, a user's own among them, need not know of it.
            told, note = (
                "",
                "\n\n" + game.words(key, why=fault, most=longest, answer=answer),
            )
        faults.append(fault)
    if point is not None and point.id != WHISPER:
        return make_line(game, state, turn_of(point, point.says.get(game.spec.lang), aside=aside), "card"), faults
    taken: tuple[Turn, Origin] = (
        ({**last, "says": clipped(last["says"], longest)}, "model") if last else stand_in(game, state, floor)
    )
    return make_line(game, state, *taken), faults


def person_turn(game: Game, state: State, answer: Any) -> Turn:
    """Return the turn that a person on the floor wants to make, after checking it.

    Raises:
        InputError: the rules do not allow it, or it has no words, which only a vote may lack; the message says in the
            session's language what is allowed.
    """
    schema = turn_schema(game, state, floor_of(state), None)
    options, words = schema["properties"], game.words
    says = plain(str(answer.get("says", ""))).strip()
    for name in ("act", "to"):
        if answer.get(name) not in options[name]["enum"]:
            group = "may" if name == "act" else ""
            wanted, *allowed = (words.of(group, short(value)) for value in (answer.get(name), *options[name]["enum"]))
            raise words.refusal(f"refused.{name}", **{name: wanted, "allowed": allowed})
    if not says and options["act"]["enum"] != list(ballot(game)):
        raise words.refusal("refused.no_words")
    if len(says) > LONGEST_PERSON_LINE:
        raise words.refusal("refused.long_line", count=len(says), most=LONGEST_PERSON_LINE)
    terms, also, takes_on = (answer.get(name) or {} for name in ("terms", "also", "takes_on"))
    for given, known in ((terms, None), (also, get_args(Outcome)), (takes_on, (*get_args(Answer), OPEN))):
        fits = isinstance(given, dict) and all(isinstance(each, str) for each in given.values())
        if not fits or (known and not {*given.values()} <= {*known}):
            raise words.refusal("content.no_mapping", value=short(given))
    plain_turn = Turn(
        act=answer["act"],
        to=answer["to"],
        says=says,
        terms={str(key): option for key, option in terms.items()},
        section=short(answer.get("section") or ""),
        task=short(answer.get("task") or ""),
        about=short(answer.get("about") or ""),
        text=str(answer.get("text") or ""),
        condition=str(answer.get("condition") or ""),
        appends=bool(answer.get("appends")),
        aside=bool(answer.get("aside")),
        replaces=short(answer.get("replaces") or ""),
        promises=str(answer.get("promises") or ""),
    )
    turn = _beside(
        plain_turn,
        also={str(line): outcome for line, outcome in also.items() if line != answer.get("about")},
        withdraws=short(answer.get("withdraws") or ""),
        takes_on={str(line): says for line, says in takes_on.items() if says != OPEN},
        leaves_open=[str(line) for line, says in takes_on.items() if says == OPEN],
        promised_to=_seats(answer.get("promised_to")),
        asked_of=_seats(answer["asked_of"]) if plain_turn["condition"] and answer.get("asked_of") is not None else None,
    )
    for written, key in (
        (turn["text"], "refused.long_text"),
        (turn["condition"], "refused.long_condition"),
        (turn["promises"], "refused.long_promise"),
    ):
        if len(written) > LONGEST_TEXT:
            raise words.refusal(key, count=len(written), most=LONGEST_TEXT)
    refused = refusal(game, state, turn) or long_demand(game, turn)
    refused = refused or on_no_table(game, state, turn, floor_of(state)["seat"])
    if refused:
        raise InputError(refused)
    return turn


def _long_promise(game: Game, turn: Turn) -> str:
    """Return the message that a promise is longer than a model may write, or an empty text."""
    count, most = len(turn["promises"]), LONGEST_CONDITION[game.spec.lang]
    return game.words("refused.long_promise", count=count, most=most) if count > most else ""


def _compared(state: State, floor: Floor) -> list[Line]:
    """Return the lines that a wording must not repeat. In a second vote a seat may give its reason again."""
    seat, again = floor["seat"], floor["phase"] == "decision"
    seen = [line for line in state["lines"][-60:] if seat in line["visible_to"]]
    return [line for line in seen if not (again and line["vote"] and line["seat"] == seat)]


def _reader(
    schema: dict[str, Any],
    point: Point | None,
    spoken: Collection[str],
    told: Collection[str],
    *,
    aside: bool,
) -> Callable[[dict[str, Any]], Turn]:
    properties = schema["properties"]
    # In a review the schema says what a turn may be about; elsewhere the rules know what of the lines so far.
    matters = properties.get("about", {}).get("enum", spoken)
    asked = properties.get("takes_on", {}).get("properties", {})
    gainers = properties["promised_to"]["items"]["enum"] if "promised_to" in properties else ()

    def read(answer: dict[str, Any]) -> Turn:
        for name in ("act", "to"):
            if answer.get(name) not in (allowed := properties[name]["enum"]):
                value = short(answer.get(name, ""))
                raise UnusableAnswerError(said("unusable.choice", name=name, value=value, allowed=allowed))
        says = answer.get("says")
        if not isinstance(says, str) or not plain(says).strip():
            raise UnusableAnswerError(said("refused.no_words"))
        if point is not None:
            return turn_of(point, says.strip(), aside=aside)
        taken_on = _by_line(asked, answer.get("takes_on") or {})
        turn = Turn(
            act=answer["act"],
            to=answer["to"],
            says=says.strip(),
            terms=_terms(properties["terms"]["properties"], answer) if "terms" in properties else {},
            section=_one_of(properties.get("section"), answer.get("section")),
            task=_one_of(properties.get("task"), answer.get("task")),
            about=about if "about" in properties and (about := str(answer.get("about"))) in matters else "",
            text=_text(properties.get("text"), answer.get("text")),
            # A condition is voted on or falls due, so a long one is not cut at the schema's bound.
            condition=_text(properties.get("condition"), answer.get("condition"), LONGEST_TEXT),
            appends="appends" in properties and answer.get("appends") is True,
            aside="aside" in properties and answer.get("aside") is True and answer["to"] != ALL,
            # A motion may have a condition from a line that the seat did not hear; the rules know which.
            replaces=line if "replaces" in properties and (line := str(answer.get("replaces"))) in spoken else "",
            promises=_text(properties.get("promises"), answer.get("promises"), LONGEST_TEXT),
        )
        return _beside(
            turn,
            also=also_said(properties, answer, told),
            withdraws=_one_of(properties.get("withdraws"), answer.get("withdraws")),
            takes_on={line: says for line, says in taken_on.items() if says != OPEN},
            leaves_open=[line for line, says in taken_on.items() if says == OPEN],
            promised_to=[seat for seat in _seats(answer.get("promised_to")) if seat in gainers],
            asked_of=_asked(properties, answer) if turn["condition"] else None,
        )

    return read


def _by_line(asked: Mapping[str, Any], given: Any) -> dict[str, Any]:
    """Return an answer's replies to conditions, by line; raises `UnusableAnswerError` if they cannot be read."""
    said_to = {line: given.get(line) for line in asked if line in given} if isinstance(given, dict) else {}
    fits = isinstance(given, dict) and all(says in asked[line]["enum"] for line, says in said_to.items())
    if asked and not fits:
        shape = [f'{{"{line}": "{says}"}}' for line, part in asked.items() for says in part["enum"]]
        raise UnusableAnswerError(said("unusable.choice", name="takes_on", value=short(given), allowed=shape))
    return said_to


def also_said(properties: Mapping[str, Any], answer: Mapping[str, Any], told: Collection[str]) -> dict[str, Outcome]:
    """Return what an answer says of further matters in a review; a report may name only a limited number.

    Matters in ``told`` do not count against that number: they go on as before, or say the same as another matter.
    """
    options, also = properties.get("also", {}), answer.get("also")
    if not options or not isinstance(also, dict):
        return {}
    reports = has(answer["act"], "reports")
    others = {
        key: value
        for key, value in also.items()
        if key in options["properties"] and not (reports and key == answer.get("about")) and value in get_args(Outcome)
    }
    left = [key for key in others if key not in told][MOST_REPORTED - 1 :] if reports else []
    return {key: value for key, value in others.items() if key not in left}


def _beside(turn: Turn, *, asked_of: list[str] | None, **fields: Any) -> Turn:
    """Return a turn with the further fields that are not empty; ``asked_of`` may be empty, which asks nobody."""
    further = {name: value for name, value in fields.items() if value}
    return cast(Turn, {**turn, **further, **({} if asked_of is None else {"asked_of": asked_of})})


def _seats(given: Any) -> list[str]:
    """Return the seats in a field of an answer, each once; some models give one seat instead of a list."""
    seats = given if isinstance(given, list) else [given] if given else []
    return list(dict.fromkeys(map(short, seats)))


def _asked(properties: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str] | None:
    """Return the seats that an answer's condition asks; None if the answer does not say so in readable form."""
    given = answer.get("asked_of")
    if "asked_of" not in properties or given is None:
        return None
    seats = _seats(given)
    present = [seat for seat in seats if seat in properties["asked_of"]["items"]["enum"]]
    return present if present or not seats else None


def _terms(options: dict[str, Any], answer: dict[str, Any]) -> dict[str, str]:
    terms = answer.get("terms")
    if not isinstance(terms, dict):
        return {}
    return {key: value for key, value in terms.items() if key in options and value in options[key]["enum"]}


def _one_of(options: dict[str, Any] | None, chosen: Any) -> str:
    return str(chosen) if options and chosen in options["enum"] else ""


def _only_words(turn: Turn, floor: Floor) -> Turn | None:
    """Return the words of a barred turn with an act that takes no stand; None if no such act is open."""
    act = next((act for trait in _NO_STAND for act in floor["acts"] if has(act, trait)), None)
    if act is None or turn["aside"]:
        return None
    return {**EMPTY_TURN, "act": act, "says": turn["says"], "terms": {}}


def _text(options: dict[str, Any] | None, given: Any, longest: int = 0) -> str:
    """Return a text field of an answer; some models give several texts as a list."""
    text = "; ".join(map(str, given)) if isinstance(given, list) else str(given or "")
    return clipped(text, max(longest, options["maxLength"])) if options else ""


def fault_in(game: Game, says: str, seat: str, point: Point | None, earlier: Sequence[Line], longest: int) -> str:
    """Return what is wrong with a wording, or an empty text.

    ``point`` is None in free talk; ``earlier`` are lines that the seat can see, the latest last; ``longest`` is the
    most characters of a line, checked here as not every endpoint keeps to the schema.
    """
    lang = game.spec.lang
    if len(says) > longest:
        return OVERLONG
    if "⟦" in says or "⟧" in says:
        return "shows the marks of its prompt"
    if assistant_talk(says):
        return "assistant talk"
    if other_language(says, lang):
        return "other language"
    if _names_itself(game, says, seat, point):
        return "speaks of itself by name"
    if point is not None and stutters(says):  # of a model that words a point; whoever speaks freely may use figures
        return "repeats itself within the line"
    recent = [line["says"] for line in earlier[-40:]]
    if any_similar(says, recent, DUPLICATE):
        return "near-duplicate"
    if point is None:
        return ""  # whoever speaks freely may quote
    own = [line["says"] for line in earlier if line["seat"] == seat]
    if overlap(says, own) > OWN_OVERLAP:
        return "repeats itself"
    foreign = [text for text in recent[-1:] if overlap(point.says.get(lang), [text]) == 0]
    if overlap(says, foreign) > COPIED:
        return "copies the last line"
    return _unfaithful(says, point, lang, recent)


def _names_itself(game: Game, says: str, seat: str, point: Point | None) -> bool:
    name, said = game.name(seat).lower(), says.lower()
    if point is None:  # whoever speaks freely may sign by name, and say to strangers what it is
        return said.startswith(name)
    pattern = re.compile(_SELF_ROLE[game.spec.lang].format(role=re.escape(game.role(seat))), re.IGNORECASE)
    return name in said or (bool(pattern.search(says)) and not pattern.search(point.says.get(game.spec.lang)))


def _unfaithful(says: str, point: Point, lang: Lang, recent: Sequence[str]) -> str:
    wanted = point.says.get(lang)
    if figures_of(point.says, lang) - named_numbers(says):
        return "loses a number"
    if numbers(says) - named_numbers(wanted) - named_numbers(recent[-1] if recent else ""):
        return "invents a number"
    if coverage(wanted, says) < LEAST_COVERAGE:
        return "misses its point"
    if coverage(says, " ".join([wanted, *recent[-1:]])) < LEAST_PRECISION:
        return "wanders off"
    if ("?" in wanted or "？" in wanted) and not ("?" in says or "？" in says):
        return "asks nothing"
    return ""


def _streamer(context: SessionContext, seat: str, schema: dict[str, Any]) -> Callable[[str], None] | None:
    """Return the function that shows a line while it is written; a possible aside only once it is clearly none."""
    show, whispers = context.watch.on_partial, "aside" in schema["properties"]
    if show is None:
        return None

    def on_text(text: str) -> None:
        if not text or not whispers or _ALOUD.search(text):
            show(seat, partial_field(text, "says"))

    return on_text
