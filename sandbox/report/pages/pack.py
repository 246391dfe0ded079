"""The facilitator's pack of a case, for printing: timing, guide, role cards, papers, questions and sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from sandbox.content.cards import RULED, Text
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.pack_card import AUDIENCES, Pack
from sandbox.content.persona_card import Persona
from sandbox.content.scenario_card import Fact, Scenario
from sandbox.content.seat_card import ScenarioSeat
from sandbox.content.words import Words, refusal
from sandbox.errors import UnknownError
from sandbox.game.checks.limits import seat_limits
from sandbox.game.checks.strangers import all_strange
from sandbox.game.game import Game
from sandbox.game.hosting import untold
from sandbox.game.spec import SessionSpec
from sandbox.report.document.blocks import (
    Block,
    Callout,
    Facts,
    Heading,
    ReportDocument,
    Section,
    Span,
    Table,
)
from sandbox.report.document.compose import (
    Inline,
    bullets,
    fact_list,
    filled,
    item_lines,
    note,
    paragraph,
    strong,
    table,
)
from sandbox.report.pages.lesson import commentary, homework, scoring, seating
from sandbox.report.pages.paper_text import paper_blocks
from sandbox.report.role_card import character, funds_told
from sandbox.report.rule_words import party_text
from sandbox.report.voting_words import position_text, right_in_words

PARTS: Mapping[str, str] = {"roles": "role-", "acts": "acts", "case": "case", "papers": "paper-"}
"""The parts that may be printed alone, with the prefix of their sections' anchors."""
NOBODY: Mapping[str, str] = MappingProxyType({})
_RAISED = 6
_RUBRIC = "core"
_FIRST = ("payer", "voice")  # topics of the questions that come first
_OBSERVED = ("turns", "replies", "questions", "points", "promises", "rules")
_PAPER = "Li and Fang, Policy Process Diffusion, UNRISD Working Paper 2018-15"


@dataclass(frozen=True)
class TablePlan:
    """What a table plays, and how long.

    Args:
        stages: the minutes of each stage that is played, in order; 0 if there is no limit, planned as a minute a line.
        turns: lines of each stage; None for the stage's own number.
        whole: minutes of the whole, with briefing and debrief; 0 leaves these as the pack has them.
    """

    stages: Mapping[str, int]
    turns: int | None = None
    whole: int = 0


def make_pack(
    library: Library, case: str, lang: Lang, governance: str = "", part: str = "", cast: Mapping[str, str] = NOBODY,
    plan: TablePlan | None = None,
) -> ReportDocument:  # fmt: skip
    """Return the facilitator's pack of a case as a document, or one part of it.

    Args:
        library: the content.
        case: the case, by id.
        lang: the language.
        governance: a governance model under which role cards say what the rules bar; empty for none.
        part: one of `PARTS`; empty for the whole pack.
        cast: other personas, by the seats that they take.
        plan: the stages and times of a table, instead of the pack's.

    Raises:
        InputError: there is no such case, model, part, seat or persona, a persona does not fit its seat, or the case
            has no pack.
    """
    scenario = library.scenario(case)
    if case not in library.cards["pack"]:
        raise refusal("pack.none", case=case, command=f"sandbox new pack {case}")
    if part and part not in PARTS:
        raise UnknownError("part", part, PARTS)
    rules = governance or (scenario.governance[0] if cast else "")  # a game of any model checks who may sit where
    spec = SessionSpec(scenario=case, governance=rules, lang=lang, personas=dict(cast)) if rules else None
    played = Game(spec, library) if spec else None
    game = played if governance else None
    writer = CaseWriter(library, scenario, lang, game, played.personas if played and cast else None, plan)
    say, model = writer.say, game.governance.name.get(lang) if game else ""
    sections = tuple(writer.sections())
    if names := all_strange(library, case):
        doubt = Callout("warning", say("pack.strangers"), (paragraph(say("pack.strangers.why", names=names)),))
        marked = sections[0].anchor, PARTS["papers"]
        sections = tuple(
            replace(each, blocks=(doubt, *each.blocks)) if each.anchor.startswith(marked) else each for each in sections
        )
    if part:
        first, *others = (section for section in sections if section.anchor.startswith(PARTS[part]))
        sections = replace(first, sheet=False), *others  # it follows the title
    return ReportDocument(
        lang=lang,
        kicker=say("pack.kicker"),
        title=scenario.title.get(lang),
        lede=" · ".join(filter(None, ("" if part else scenario.question.get(lang), model))),
        contents=say("contents"),
        skip=sections[0].title,
        footer=say("pack.footer"),
        sections=sections,
        sheets=bool(part),
    )


def listed(say: Words, texts: Iterable[Text]) -> str:
    """Return texts in one line; several texts lose their full stops."""
    several = [text.get(say.lang) for text in texts]
    return several[0] if len(several) == 1 else say("semi").join(text.rstrip("。.") for text in several)


def pack_times(pack: Pack, lang: Lang) -> list[tuple[str, str, float]]:
    """Return the parts of a pack's timing: the stage (or an empty text), what is done, and the minutes."""
    return [(slot.stage or "", slot.what.get(lang), float(slot.minutes)) for slot in pack.timing]


def observers_sheet(say: Words) -> Iterator[Block]:
    """Yield the sheet of tasks for observers, with room to note lines."""
    yield note(say("pack.observers.how"))
    rows = [(say(f"pack.observers.{task}"), say(f"pack.observers.{task}.note"), "") for task in _OBSERVED]
    heads = [say(f"pack.observers.head.{name}") for name in ("watch", "note", "lines")]
    yield table(say("pack.observers"), heads, rows, widths=(22, 48, 30), titled=False)


class CaseWriter:
    """Puts the parts of a case and of its facilitator's pack into words.

    ``game`` is the case under a governance model, so that role cards say what the rules bar; ``personas`` take seats in
    place of the case's own.
    """

    def __init__(
        self, library: Library, scenario: Scenario, lang: Lang, game: Game | None = None,
        personas: Mapping[str, Persona] | None = None, plan: TablePlan | None = None,
    ) -> None:  # fmt: skip
        self._library, self._case, self._lang = library, scenario, lang
        self._personas, self._plan = personas or {}, plan
        self._pack: Pack | None = library.pack(scenario.id) if scenario.id in library.cards["pack"] else None
        self.say = Words(lang, library.roots)
        self._game = game
        self._limits = {each.seat: each for each in seat_limits(game)} if game else {}
        self._stages = {stage.id: stage.name.get(lang) for stage in library.stages()}

    def sections(self) -> Iterable[Section]:
        """Yield the parts of the pack."""
        say, pack = self.say, self._pack
        if pack:
            yield Section("timing", say("pack.timing"), (self._timing(pack), note(say("pack.how"))))
            seats = sum(self._sits(seat.persona).kind != "host" for seat in self._case.seats)
            fewer = (say(f"pack.group.{key}") for key in ("pairs", "watch", "tables", "fewer", "recording"))
            how = bullets([say("pack.group.seats", seats=seats), *fewer])
            yield Section("group", say("pack.group"), (how, seating(say, seats)))
        yield Section("guide", say("pack.guide"), tuple(self.guide()))
        yield Section("case", say("pack.case"), tuple(self._handout()), sheet=True)
        acts = ((say(f"may.{act}"), say(f"pack.act.{act}")) for act in RULED)
        what = self._table("acts", ("act_name", "act_what"), acts, (20, 80), titled=False)
        yield Section("acts", say("pack.acts"), (what,))
        if pack:
            yield Section("observers", say("pack.observers"), tuple(observers_sheet(say)), sheet=True)
        yield from self.roles()
        for paper in pack.documents if pack else ():
            title = paper.title.get(self._lang)
            yield Section(f"paper-{paper.id}", title, paper_blocks(paper.text.get(self._lang), say("gap")), sheet=True)
        yield Section("questions", say("pack.questions"), tuple(self.questions()), sheet=True)
        if pack:
            yield scoring(say, self._library.rubric(_RUBRIC))
        if points := commentary(self._case, say):
            yield Section("commentary", say("commentary"), points, sheet=True)
        if pack:
            model = self._game.governance if self._game else self._library.governance(self._case.own_governance)
            yield from homework(say, self._case, model)
            key = (*self.crosswalk(), self.facts(self._case.facts))
            yield Section("crosswalk", say("pack.crosswalk"), key, sheet=True)

    def roles(self) -> Iterable[Section]:
        """Yield the role card of each seat."""
        for number, seat in enumerate(self._case.seats, start=1):
            card = self._sits(seat.persona)
            title = self.say("pack.role") + self.say("colon") + self.named(card)
            yield Section(f"role-{number}", title, tuple(self._role(card, seat)), sheet=True)

    def _timing(self, pack: Pack) -> Table:
        say, rows, begun = self.say, [], 0.0
        for stage, what, minutes in self._timed(pack) if self._plan else pack_times(pack, self._lang):
            name = self._stages[stage] + self._lines(stage) if stage else "–"
            span = say("pack.from_to", start=_clock(round(begun)), end=_clock(round(begun + minutes)))
            rows.append((span, name, what))
            begun += minutes
        return self._table("timing", ("when", "stage", "what"), rows, (18, 22, 60), titled=False)

    def _lines(self, stage: str) -> str:
        """Return in brackets the most lines that a stage may have at a table; empty without a plan."""
        count = self._turns(self._plan, stage) if self._plan else 0
        return self.say.paren(self.say("order.room.turns", count=count)) if count else ""

    def _turns(self, plan: TablePlan, stage: str) -> int:
        own = self._game.rooms[stage].limit if self._game else self._library.stage(stage).turns  # more if many seats
        return plan.turns or own

    def _timed(self, pack: Pack) -> list[tuple[str, str, float]]:
        """Return the pack's timing fitted to the table's plan: stage (or an empty text), what is done, minutes."""
        plan = self._plan or TablePlan({})
        own = {stage: minutes or float(self._turns(plan, stage)) for stage, minutes in plan.stages.items()}
        parts = [part for part in pack_times(pack, self._lang) if not part[0] or part[0] in own]
        for stage in [stage for stage in own if stage not in [part[0] for part in parts]]:
            places = [place for place, part in enumerate(parts) if part[0]] or [0]
            parts.insert(places[-1] + 1, (stage, self._library.stage(stage).purpose.get(self._lang), own[stage]))
        rest = plan.whole - sum(own.values()) if plan.whole else 0.0
        planned = {stage: sum(part[2] for part in parts if part[0] == stage) for stage in ("", *own)}
        scale = {stage: minutes / planned[stage] for stage, minutes in own.items()}
        scale[""] = max(rest, 0.0) / planned[""] if plan.whole and planned[""] else 1.0
        return [(stage, what, minutes * scale[stage]) for stage, what, minutes in parts]

    def guide(self) -> Iterable[Block]:
        """Yield what the facilitator alone should know.

        These are moments to watch for, news, the Party's place, and what the host of the tour holds back.
        """
        say, lang = self.say, self._lang
        for name, text in (("good", self._case.good), ("bad", self._case.bad)):
            yield paragraph((strong(say(f"pack.{name}") + say("colon")), Span(text.get(lang))))
        if others := [named for seat in self._case.seats if (named := self._in_seat(seat.persona))]:
            yield bullets([*others, say("pack.named_as_in_case")])
        moments = self._pack.moments if self._pack else ()
        watched = ((self._stages[each.stage], each.watch.get(lang), each.do.get(lang)) for each in moments)
        news = ((self._stages[each.stage], str(each.turn), each.text.get(lang)) for each in self._case.injects)
        yield from filled(
            self._table("moments", ("stage", "watch", "do"), watched, (16, 42, 42)),
            self._table("news", ("stage", "after", "what"), news, (16, 14, 70)),
        )
        models = [self._game.governance] if self._game else map(self._library.governance, self._case.governance)
        stands = [(model.name.get(lang), stand) for model in models if (stand := party_text(say, model))]
        yield from filled(Heading(say("rules.party")) if stands else None, fact_list(stands))
        if self._held_back():
            yield Heading(say("pack.hidden"))
            yield bullets(self._each([fact.text for fact in self._held_back()]))

    def _handout(self) -> Iterable[Block]:
        case, lang, say = self._case, self._lang, self.say
        yield paragraph(case.background.get(lang))
        yield Heading(say("pack.known"))
        yield bullets(self._each([fact.text for fact in self.known()]))
        rows = (
            (each.question.get(lang), item_lines(option.get(lang) for option in each.options.values()))
            for each in sorted(case.decisions, key=lambda each: each.topic not in _FIRST)
        )
        yield self._table("settle", ("open", "options"), rows, (38, 62))
        yield Heading(say("pack.plan"))
        yield self.plan()

    def plan(self) -> Facts:
        """Return the plan that was handed down."""
        rows = ((self.say(f"section.{name}"), text.get(self._lang)) for name, text in self._case.plan.items())
        return fact_list(rows)

    def known(self) -> list[Fact]:
        """Return the facts that everybody knows before the first stage."""
        shown = [fact for fact in self._case.facts if not fact.platform and not fact.visited]
        return [fact for fact in shown if fact not in self._held_back()]

    def _held_back(self) -> list[Fact]:
        return [fact for fact in self._case.facts if fact.id in self._case.tour.hidden]

    def _role(self, card: Persona, seat: ScenarioSeat) -> Iterable[Block]:
        lang, say = self._lang, self.say
        if in_seat := self._in_seat(seat.persona):
            yield note(in_seat)
        alone, funds = self._case.alone(seat.persona, say), funds_told(say, self._case, seat.persona)
        remit = (say("pack.remit"), say("gap").join(filter(None, (*alone, funds))))
        who = ((heading, listed(say, texts)) for heading, texts in character(say, card))
        yield fact_list((*self._barred(seat.persona), *who, remit))
        brief = seat.briefing.get(lang)
        knows = say("gap").join((brief, *untold(card, brief, lang)))
        yield Callout("plain", say("card.knows"), (paragraph(knows),), level=3)
        may = self._game.acts(seat.persona) if self._game else RULED
        own = [point for point in seat.points if not point.replies_to and point.act in may]
        first = {point.stages[0]: point for point in reversed(own)}
        more = [point for point in own if point not in first.values()]
        raised = [*first.values(), *more][:_RAISED]
        yield Heading(say("pack.points"), level=4)
        yield bullets(self._each([point.says for point in raised]))

    def _sits(self, seat: str) -> Persona:
        return self._personas.get(seat) or self._library.seated(self._case, seat)

    def _in_seat(self, seat: str) -> str:
        own, card = self._library.seated(self._case, seat), self._sits(seat)
        if own == card:
            return ""
        return self.say("pack.in_seat", name=self.named(card), own=self.named(own))

    def _barred(self, seat: str) -> Iterable[tuple[str, str]]:
        say, game, limits = self.say, self._game, self._limits.get(seat)
        if game is None or limits is None:
            return
        yield say("pack.position"), position_text(say, game, seat)
        yield say("pack.shut_out"), say.join([self._stages[stage] for stage in limits.shut_out])
        yield say("pack.barred"), say.join([say.of("may", act) for act in limits.acts])
        model, right = game.governance.name.get(self._lang), right_in_words(game, seat)
        yield say("card.here"), say("card.here.says", model=model, right=right)

    def questions(self) -> Iterable[Block]:
        """Yield the questions for the discussion afterwards, by audience."""
        for audience in AUDIENCES if self._pack else ():
            yield Heading(self.say(f"pack.for.{audience}"))
            yield bullets(self._each(self._pack.questions[audience] if self._pack else ()))
        if self._case.discussion:
            yield Heading(self.say("pack.for.all"))
            yield bullets(self._each(self._case.discussion))

    def crosswalk(self) -> Iterable[Block]:
        """Yield which parts of the case come from which section of the paper."""
        say, pack = self.say, self._pack
        if pack is None or not pack.crosswalk:
            return
        yield note(say("pack.source", paper=_PAPER))
        rows = [(paper_section(say, each.section), each.where.get(self._lang)) for each in pack.crosswalk]
        yield self._table("crosswalk", ("section", "from_it"), rows, (26, 74), titled=False)
        sections = {each.section for each in pack.crosswalk}
        named = dict.fromkeys(
            [*self._case.source.sections, *(x for fact in self._case.facts for x in fact.source.sections)]
        )
        yield from filled(bullets(paper_section(say, code) for code in named if code not in sections))

    def facts(self, facts: Sequence[Fact]) -> Table:
        """Return facts with the sections from which they come."""
        say = self.say
        rows = []
        for fact in facts:
            sections = say("pack.inferred") if fact.source.inferred else say("list").join(fact.source.names(self._lang))
            rows.append((fact.id, fact.text.get(self._lang), sections))
        if not any(sections for *_, sections in rows):  # a user's own case need not give sources
            return self._table("facts", ("fact", "what"), [row[:2] for row in rows], (10, 90))
        return self._table("facts", ("fact", "what", "section"), rows, (10, 72, 18))

    def _table(
        self, key: str, columns: Sequence[str], rows: Iterable[Sequence[Inline]], widths: tuple[int, ...], *,
        titled: bool = True,
    ) -> Table:  # fmt: skip
        head = (self.say(f"pack.{column}") for column in columns)
        return table(self.say(f"pack.{key}"), head, rows, widths=widths, titled=titled)

    def named(self, card: Persona) -> str:
        """Return the name of a persona with its role."""
        return card.name.get(self._lang) + self.say.paren(card.role.get(self._lang))

    def _each(self, texts: Sequence[Text]) -> tuple[str, ...]:
        return tuple(text.get(self._lang) for text in texts)


def paper_section(say: Words, code: str) -> str:
    """Return the code of a section of the source paper with its heading."""
    return code + say("colon") + say(f"paper.{code}")


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"
