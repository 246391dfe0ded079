"""The judge: one criterion a call, every level with one to three quotes that code checks against their very turns."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from sandbox.content.language import Lang
from sandbox.content.persona_card import Persona
from sandbox.content.plain import clipped
from sandbox.content.rubric import Criterion
from sandbox.content.templates import Templates, unmarked
from sandbox.content.words import Words, said
from sandbox.errors import AnswerError, DeclinedError
from sandbox.game.session import Session
from sandbox.llm.calls import Call, Sampling
from sandbox.llm.structured import UnusableAnswerError
from sandbox.record.line import Line
from sandbox.record.payloads import ScoreStatus
from sandbox.scoring.outcome import outcome_of

if TYPE_CHECKING:
    from sandbox.llm.gateway import Gateway


CANNOT_TELL = "cannot tell"
_LEVELS = ("1", "2", "3", "4", "5", CANNOT_TELL)
_SHORTEST_QUOTE = 6
_MOST_QUOTES, _LONGEST_QUOTE, _LONGEST_REASON = 3, 240, 300
_QUOTATION_MARKS = '"“”「」'
TEMPLATES = ("system_judge", "judge")
"""The templates that judges read."""
FIRST = Sampling(temperature=0.0, max_tokens=400)
FURTHER = Sampling(temperature=0.7, max_tokens=400)


@dataclass(frozen=True)
class Quote:
    """Words that a judge quotes, and the line that it says they are from."""

    turn: str
    quote: str


@dataclass(frozen=True)
class Vote:
    """What one judge gave one criterion, once.

    Args:
        judge: name of the model; empty where nobody judged.
        sample: which of its votes on the criterion, from 1.
        level: 1 to 5; None for no score, never a low one.
        status: ``supported`` when every quote stands in its turn; ``unsupported`` when one does not, even when asked
            again; ``cannot_tell``; ``failed`` when the judge gave no usable answer; ``refused`` when it, or a filter,
            declined this question; ``not_judged`` without a judge; ``measured`` in logs of earlier versions, where a
            measure decided the level.
        turn: the line that the first quote is from.
        quote: the first quoted words; of an unsupported vote the first that do not stand there.
        reason: the judge's reason, or why there is no score.
        criterion_digest: digest of what the judge read of the criterion; empty where nobody judged, and in logs of
            versions that did not keep it.
        templates_digest: digest of the templates that it read; empty in the same cases.
        also: further quotes; none in logs of versions that asked for one.
    """

    judge: str
    sample: int
    level: int | None
    status: ScoreStatus
    turn: str = ""
    quote: str = ""
    reason: str = ""
    criterion_digest: str = ""
    templates_digest: str = ""
    also: tuple[Quote, ...] = ()

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> Vote:
        """Return the vote that an event keeps; in older logs a vote has no sample, no digests and one quote."""
        kept = {each.name: payload[each.name] for each in fields(cls) if each.name in payload}
        also = tuple(Quote(**quote) for quote in kept.pop("also", ()))
        return cls(**{"sample": 1, **kept, "also": also})

    def as_payload(self) -> dict[str, Any]:
        """Return plain values, as an event keeps them; ``also`` stands there only where there is a further quote."""
        kept = {**vars(self), "also": [asdict(quote) for quote in self.also]}
        if not self.also:
            del kept["also"]
        return kept

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """All quotes; none where it has none."""
        return (Quote(self.turn, self.quote), *self.also) if self.turn else ()

    def quoting(self, quotes: Sequence[Quote]) -> Vote:
        """Return the vote with these quotes, at least one."""
        return replace(self, turn=quotes[0].turn, quote=quotes[0].quote, also=tuple(quotes[1:]))


@dataclass(frozen=True)
class Dialogue:
    """What a judge reads: of a session, or of a gold item that has no session, and so no `outcome_of` it.

    The names of its stages are in the order played, the cards of its personas by seat.
    """

    title: str
    lang: Lang
    stages: Mapping[str, str]
    personas: Mapping[str, Persona]
    lines: Sequence[Line]
    outcome: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, session: Session) -> Dialogue:
        """Return what a judge reads of a session."""
        game = session.game
        title = game.scenario.title.get(game.spec.lang)
        return cls(title, game.spec.lang, game.stage_names, game.personas, session.lines, outcome_of(session))

    def in_stages(self, stages: Collection[str]) -> list[Line]:
        """Return the lines of some stages."""
        return [line for line in self.lines if line["stage"] in stages]


def criterion_digest(criterion: Criterion, lang: Lang) -> str:
    """Return a digest of what a judge reads of a criterion in a language."""
    anchors = {level: text.get(lang) for level, text in criterion.anchors.items()}
    read = [criterion.id, criterion.name.get(lang), criterion.question.get(lang), anchors, criterion.stages]
    return hashlib.sha256(json.dumps(read, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]


def judge_templates(templates: Templates) -> str:
    """Return a digest of the templates that judges read."""
    return templates.digest(*TEMPLATES)


async def ask_judge(
    criterion: Criterion, dialogue: Dialogue, gateway: Gateway, templates: Templates, sample: int = 1
) -> Vote:
    """Ask a judge for one criterion, and once more when its quote cannot be found.

    The templates are those of the session's language. ``sample`` says which of its votes it is: the first is drawn
    without chance (temperature 0), the others are sampled.

    Raises:
        EndpointError: the endpoint refused or cannot be reached.
        BudgetReachedError: the budget is used up.
    """
    model = gateway.endpoint.model
    read, by = criterion_digest(criterion, dialogue.lang), judge_templates(templates)
    vote, complaint = Vote(model, sample, None, "failed", criterion_digest=read, templates_digest=by), ""
    for attempt in (1, 2):
        # With other words it is another question, and its call another call.
        key = f"judge:{model}:{criterion.id}:{read}:{by}:{sample}:{attempt}"
        call = _call(criterion, dialogue, templates, vote, attempt, key, complaint)
        try:
            answer = (await gateway.ask(call)).value
        except DeclinedError as error:
            return replace(vote, status="refused", reason=Words(dialogue.lang).error(error))
        except AnswerError as error:
            return replace(vote, reason=Words(dialogue.lang).said((error.__cause__ or error).args[0]))
        if answer.level is None:
            return answer
        wrong = [quote for quote in answer.quotes if not verify_quote(quote.quote, quote.turn, dialogue.lines)]
        if not wrong:
            return replace(answer, status="supported")
        answer = answer.quoting([*wrong, *(quote for quote in answer.quotes if quote not in wrong)])
        complaint = answer.quote
    return answer


def verify_quote(quote: str, turn: str, lines: Sequence[Line]) -> bool:
    """Return whether words stand in a turn, letter by letter but for Unicode form (NFKC) and white space.

    Less than six letters, or three of a script that says as much in each as a word, could stand in any turn.
    """
    says = next((line["says"] for line in lines if line["id"] == turn), "")
    wanted = _fold(quote)
    length = sum(2 if unicodedata.east_asian_width(letter) == "W" else 1 for letter in wanted)
    return length >= _SHORTEST_QUOTE and wanted in _fold(says)


def transcript(dialogue: Dialogue) -> list[dict[str, Any]]:
    """Return the transcript by stage, in the form in which judges read it."""
    roles = {seat: card.role.get(dialogue.lang) for seat, card in dialogue.personas.items()}

    def read(line: Line) -> dict[str, str]:
        return {
            "id": line["id"], "role": roles[line["seat"]], "act": " ".join(filter(None, (line["act"], line["about"]))),
            "to": roles.get(line["to"], ""), "says": _one_line(line["says"]),
        }  # fmt: skip

    return [
        {"name": name, "lines": [read(line) for line in dialogue.in_stages([stage])]}
        for stage, name in dialogue.stages.items()
    ]


def _call(
    criterion: Criterion, dialogue: Dialogue, templates: Templates, vote: Vote, attempt: int, key: str, complaint: str
) -> Call[Vote]:
    lang = dialogue.lang
    user = templates.render(
        "judge",
        title=dialogue.title,
        stages=transcript(dialogue),
        outcome=dialogue.outcome,
        name=criterion.name.get(lang),
        question=criterion.question.get(lang),
        anchors=[(level, criterion.anchors[level].get(lang)) for level in ("1", "3", "5")],
        relevant=[dialogue.stages[stage] for stage in criterion.stages if stage in dialogue.stages],
        complaint=_one_line(complaint),
    )
    turns = [line["id"] for line in dialogue.in_stages(criterion.stages) or dialogue.lines]
    quote_schema = _object(
        {"turn": {"type": "string", "enum": turns}, "quote": {"type": "string", "maxLength": _LONGEST_QUOTE}}
    )
    schema = _object(
        {
            "quotes": {"type": "array", "items": quote_schema, "minItems": 1, "maxItems": _MOST_QUOTES},
            "reason": {"type": "string", "maxLength": _LONGEST_REASON},
            "level": {"type": "string", "enum": list(_LEVELS)},
        }
    )

    def read(answer: dict[str, Any]) -> Vote:
        level = str(answer.get("level", ""))
        reason = clipped(str(answer.get("reason") or "").strip(), _LONGEST_REASON)
        if level not in _LEVELS:
            raise UnusableAnswerError(said("unusable.choice", name="level", value=level[:20], allowed=list(_LEVELS)))
        if not reason:
            raise UnusableAnswerError(said("unusable.no_reason"))
        if level == CANNOT_TELL:
            return replace(vote, status="cannot_tell", reason=reason)
        quotes = _quotes(answer.get("quotes"), turns, dialogue.lines)
        return replace(vote, level=int(level), status="unsupported", reason=reason).quoting(quotes)

    system = templates.render("system_judge")
    return Call(
        key=key, seat="judge", stage="judge", lang=dialogue.lang,
        messages=({"role": "system", "content": system}, {"role": "user", "content": user}),
        schema=schema, parse=read, sampling=FIRST if vote.sample == 1 else FURTHER,
        seed=10 * (vote.sample - 1) + attempt,
    )  # fmt: skip


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object that has just these properties."""
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def _quotes(answer: object, turns: Collection[str], lines: Sequence[Line]) -> list[Quote]:
    """Return the quotes of an answer, in its order and each once.

    Raises:
        UnusableAnswerError: there is none, there are too many, or one is from no turn that may be quoted.
    """
    if not isinstance(answer, list) or not 1 <= len(answer) <= _MOST_QUOTES:
        raise UnusableAnswerError(said("unusable.quotes", most=_MOST_QUOTES))
    quotes: dict[Quote, None] = {}
    for item in answer:
        if not isinstance(item, dict):
            raise UnusableAnswerError(said("unusable.quote"))
        turn = str(item.get("turn") or "")
        if turn not in turns:
            raise UnusableAnswerError(said("unusable.turn", turn=turn[:20]))
        words = str(item.get("quote") or "").strip()
        words = _as_said(words, turn, lines) if len(words) <= _LONGEST_QUOTE else words.strip(_QUOTATION_MARKS)
        if len(words) > _LONGEST_QUOTE and not verify_quote(words, turn, lines):
            raise UnusableAnswerError(said("unusable.long_quote", count=len(words), most=_LONGEST_QUOTE))
        quotes[Quote(turn, words)] = None
    return list(quotes)


def _as_said(quote: str, turn: str, lines: Sequence[Line]) -> str:
    """Return a quote without the quotation marks that a judge put around it; those that were spoken stay."""
    bare = quote
    while not verify_quote(bare, turn, lines) and len(bare) > 1:
        if bare[0] not in _QUOTATION_MARKS or bare[-1] not in _QUOTATION_MARKS:
            stripped = bare.strip(_QUOTATION_MARKS)
            return stripped if verify_quote(stripped, turn, lines) else quote
        bare = bare[1:-1].strip()
    return bare if verify_quote(bare, turn, lines) else quote


def _fold(text: str) -> str:
    return _one_line(unicodedata.normalize("NFKC", unmarked(text)))


def _one_line(text: str) -> str:
    return " ".join(text.split())
