"""Two sessions side by side: how their settings and rules differ, where they part, and how each came out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TypeVar

from sandbox.experiment.outcomes import known_outcome
from sandbox.game.language.stock import quotable
from sandbox.game.ledger.entries import Item
from sandbox.record.line import Line
from sandbox.report.departures import departure_of
from sandbox.report.document.blocks import (
    Beside,
    Block,
    Callout,
    Details,
    Heading,
    Paragraph,
    ReportDocument,
    Section,
    Span,
    Spans,
    Table,
)
from sandbox.report.document.compose import Inline, fact_list, filled, joined, note, paragraph, strong, table
from sandbox.report.entries import entry_state
from sandbox.report.figures import decimal, is_share, measured, percent, short
from sandbox.report.pages.parts import (
    PULSE,
    case_page,
    cautioned,
    decision_box,
    line_said,
    mean_words,
    measure_words,
    pulse_origins,
    tag,
    trust_derived,
)
from sandbox.report.read_decision import read_decision
from sandbox.report.reading import Reading
from sandbox.report.side_by_side import SideBySide, open_questions
from sandbox.scoring.assessment import assess, unlike, without_pulses
from sandbox.scoring.reviewed import fallen_due

_NAMES = ("A", "B")
_FEW_RULES = 6  # a longer list of rules is folded away
_SHOWN = (
    "decided", "questions_settled", "votes_for_share", "turn_share_residents", "speakers_evenness", "promises_kept",
    "promises_beyond_remit", "plan_sections_own", "duplicates_lifted", "lines",
)  # fmt: skip


EntryT = TypeVar("EntryT")


def comparison_page(
    pair: SideBySide,
    people: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {}),
    names: tuple[str, str] | None = None,
) -> ReportDocument:
    """Return two sessions side by side, finished or not, in the language of the first.

    Only the facilitator may see it, since it holds what every seat said and felt in private. ``people`` are the display
    names of people by seat, for each session, and ``names`` are the names of the sessions; each is followed by the
    governance model, where it differs.
    """
    label = pair.a.game.words
    a, b = names or [label("comparison.session", name=name) for name in _NAMES]
    if "governance" in pair.made_from:
        models = (session.game.governance.name.get(pair.a.spec.lang) for session in pair.both)
        a, b = (name + label.paren(model) for name, model in zip((a, b), models, strict=True))
    page = _Page(pair, people, (a, b))
    cautions = [label(key) for key in ("comparison.luck", "caution.rehearsal", "caution.rules", "caution.cities")]
    cautions = [*page.played_otherwise(), *cautions]
    return case_page(
        page.reading,
        label("comparison.kicker"),
        label("comparison.skip"),
        sections=(
            page.decisions(), page.numbers(), page.assessments(), page.parting(), page.differences(), page.pulses(),
            page.promises(), page.questions(), page.seats(),
        ),
        footer=f"{label('caution.rehearsal')} {label('caution.cities')}",
        opening=(page.beside(page.about), cautioned(label, cautions)),
        contents=label("contents"),
    )  # fmt: skip


class _Page:
    def __init__(
        self, pair: SideBySide, people: tuple[Mapping[str, str], Mapping[str, str]], names: tuple[str, str]
    ) -> None:
        self._compared, self._people, self._names = pair, people, names
        self._readings = tuple(Reading(session) for session in pair.both)
        self.reading = self._readings[0]
        self.label = self.reading.label

    def beside(self, blocks: Callable[[int], Sequence[Block]]) -> Beside:
        return Beside([Callout("plain", title, blocks(place), level=3) for place, title in enumerate(self._names)])

    def about(self, place: int) -> list[Block]:
        label, reading = self.label, self._readings[place]
        session, game = reading.session, reading.game
        departure = departure_of(session)
        state = "comparison.finished" if session.finished else "comparison.unfinished"
        rows = [
            (label("comparison.decisions"), joined(box.title for box in self._boxes(place)) or label("decision.none")),
            (label("session"), session.id or label("unnamed")),
            (label("governance"), game.governance.name.get(game.spec.lang)),
            (label("model"), reading.model),
            (label("lines"), f"{len(session.lines)}{label.paren(label(state))}"),
            (label("comparison.branched"), departure.text if departure else ""),
        ]
        return [fact_list(rows)]

    def played_otherwise(self) -> Iterator[str]:
        label = self.label
        hands = [self._hand(reading) for reading in self._readings]
        if hands[0] != hands[1]:
            yield label("comparison.played_otherwise", a=hands[0], b=hands[1])
        if origins := self._pulses_otherwise:
            debriefs = label("comparison.as_debriefs") if self._people_played else ""
            yield label("comparison.pulses_otherwise", a=origins[0], b=origins[1], debriefs=debriefs)

    @cached_property
    def _pulses_otherwise(self) -> list[str]:
        """Return how the pulses of each came to be, if that differs; nothing rests on them then."""
        label = self.label
        origins = [label("list").join(pulse_origins(reading.session, label)) for reading in self._readings]
        return origins if all(origins) and origins[0] != origins[1] else []

    def _hand(self, reading: Reading) -> str:
        label, spec = self.label, reading.game.spec
        people = {line["seat"] for line in reading.lines if line["origin"] == "person"}
        also = [label("comparison.people", count=len(people))] if people else []
        return label("list").join([label.of("models", reading.model), label.of("style", spec.style), *also])

    def differences(self) -> Section:
        label, none = self.label, self.label("none")
        made = [
            (self._field(name), self._made_from(0, name), self._made_from(1, name)) for name in self._compared.made_from
        ]
        rules = [(rule.name, rule.was or none, rule.now or none) for rule in self._compared.rules]
        many = len(rules) > _FEW_RULES
        listed = self._table(label("comparison.rules"), label("comparison.rule"), rules, titled=not many)
        blocks = filled(
            self._table(label("comparison.made_from"), label("comparison.what"), made),
            Details(label("comparison.many_rules", count=len(rules)), (listed,)) if many else listed,
            note("" if rules else label("comparison.same_rules")),
        )
        return Section("differences", label("comparison.differences"), blocks)

    def parting(self) -> Section:
        label, parting = self.label, self._compared.parting
        blocks: list[Block] = [note(label("comparison.from_the_start"))]
        if parting.last is not None:
            shared = label("comparison.shared", count=parting.shared, line=parting.last["id"])
            blocks = [paragraph(shared), self._said(0, parting.last)]

        def following(place: int) -> list[Block]:
            line = parting.first[place]
            return [self._said(place, line) if line else note(label("comparison.no_more"))]

        if parting.first == (None, None):
            blocks.append(note(label("comparison.no_parting")))
        else:
            then = "comparison.then" if parting.last is not None else "comparison.first"
            blocks += [Heading(label(then)), self.beside(following)]
        return Section("parting", label("comparison.parting"), blocks)

    def decisions(self) -> Section:
        def taken(place: int) -> list[Block]:
            return [replace(box, anchor="") for box in self._boxes(place)] or [note(self.label("decision.none"))]

        return Section("decisions", self.label("comparison.decisions"), (self.beside(taken),))

    def _boxes(self, place: int) -> list[Callout]:
        reading = self._readings[place]
        return [decision_box(reading, read_decision(reading, decision), "") for decision in reading.decisions]

    def numbers(self) -> Section:
        label, title, outcomes = self.label, self.label("comparison.numbers"), self._compared.outcomes
        rows = (
            (label.of("experiment.outcome", name), *(self._figure(name, value) for value in outcomes[name]))
            for name in _SHOWN
            if name in outcomes
        )
        return Section(
            "numbers", title, (self._table(title, label("seeds.outcome"), rows, titled=False, figures=True),)
        )

    def assessments(self) -> Section:
        label, rows, names = self.label, list[Sequence[Inline]](), list[str]()
        reviewed = next((each for each in self._readings if fallen_due(each.session)), self.reading)
        known = [assess(session) for session in self._compared.both]
        if self._pulses_otherwise:
            known = [(above, without_pulses(beside)) for above, beside in known]
        for first, second in zip(*known, strict=True):
            other, mark = unlike(first, second), "*" if unlike(first, second) else ""
            names += [measure_words(reviewed.session, "m", name, label) for name in other]
            totals = [measured(own.total, label) + mark for own in (first, second)]
            rows.append([(strong(text),) for text in (label(f"side.{first.side}"), *totals)])
            rows.append([label("assessments.rests"), *(mean_words(label, own) for own in (first, second))])
            alone = [without_pulses(own).total for own in (first, second)]
            if self._people_played and alone != [first.total, second.total]:
                rows.append([label("assessments.trust_aside"), *(measured(total, label) for total in alone)])
            for name in first.indicators:
                values = (measured(own.indicators[name], label, name=name) for own in (first, second))
                rows.append([measure_words(reviewed.session, "m", name, label), *values])
        shown = self._table(label("assessments"), label("indicator"), rows, titled=False, figures=True)
        carried = [bool(session.carried) for session in self._compared.both]
        apart = note(label("assessments.decided") if carried[0] != carried[1] else "")
        differ = note(label("assessments.differ", names=names) if names else "")
        about = paragraph(label("assessments.asks")), note(label("assessments.note"))
        blocks = filled(*about, shown, apart, differ, None if self._pulses_otherwise else self._derived())
        return Section("assessments", label("assessments"), blocks)

    def _derived(self) -> Paragraph:
        return note(self.label("pulses.derived") if any(map(trust_derived, self._compared.both)) else "")

    def pulses(self) -> Section:
        label, pair = self.label, self._compared
        if not pair.pulses:
            return Section("pulses", label("pulses"), (note(label("debrief.pulses.none")),))
        head = (label("debrief.moment"), *(label(f"pulse.{level}") for level in PULSE))
        names = self.reading.game.stage_names
        rows = (
            (
                names.get(moment) or label("moment.start"),
                *(" / ".join(decimal(own.get(level)) for own in both) for level in PULSE),
            )
            for moment, both in pair.pulses.items()
        )
        caption = label("comparison.mean_pulses", a=self._names[0], b=self._names[1])
        moves = [
            (self.reading.person(seat), *(self._moves(place, seat, levels) for place, levels in enumerate(both)))
            for seat, both in pair.moved.items()
        ]
        moved = self._table(label("comparison.moved"), label("seat"), moves)
        none = note("" if moves else label("comparison.none_moved"))
        marked = any(seats & pair.moved.keys() for seats in self._not_given)
        private = note(label("comparison.private") if self._people_played else "")
        blocks = (
            private, table(caption, head, rows, figures=True), moved, none,
            note(label("pulses.mixed") if marked else ""), self._derived(),
        )  # fmt: skip
        return Section("pulses", label("pulses"), filled(*blocks))

    @property
    def _people_played(self) -> bool:
        return any(reading.session.persons for reading in self._readings)

    @cached_property
    def _not_given(self) -> list[set[str]]:
        """Return for each session the seats whose last pulse a rule derived, where any pulse of either was given."""
        taken = [[event for event in reading.events if event.kind == "pulse"] for reading in self._readings]
        if all(event.payload["origin"] == "rules" for each in taken for event in each):
            return [set(), set()]
        last = [{event.seat: event.payload["origin"] for event in each} for each in taken]
        return [{seat for seat, origin in each.items() if origin == "rules"} for each in last]

    def promises(self) -> Section:
        made = [
            {item.line: (reading, item) for item in reading.session.entries("promise")} for reading in self._readings
        ]

        def state(entry: tuple[Reading, Item] | None, _: bool) -> Inline:
            if entry is None:
                return self.label("comparison.not_made")
            mark, words = entry_state(*entry)
            return (tag(words, mark),)

        def what(entry: tuple[Reading, Item], lines: str) -> Spans:
            reading, item = entry
            return self._quoted(reading.mover(item), item.says, lines)

        return self._listed("promises", self.label("kind.promise"), self._aligned(made, what, state))

    def questions(self) -> Section:
        label, name = self.label, self.reading.name
        left = [{line["id"]: (line, seat) for line, seat in open_questions(session)} for session in self._compared.both]

        def state(asked: tuple[Line, str] | None, said: bool) -> Inline:
            return label("comparison.open" if asked else "comparison.answered" if said else "comparison.not_asked")

        def what(asked: tuple[Line, str], lines: str) -> Spans:
            line, seat = asked
            return self._quoted(f"{name(line['seat'])} → {name(seat)}", line["says"], lines)

        return self._listed("questions", label("comparison.question"), self._aligned(left, what, state))

    def seats(self) -> Section:
        label = self.label
        rows = [
            (self.reading.person(seat), *(self._sitter(place, seat) for place in range(2)))
            for seat in self.reading.seats
            if any(seat in reading.game.seated for reading in self._readings)
        ]
        return Section("seats", label("seats"), (self._table(label("seats"), label("seat"), rows, titled=False),))

    def _aligned(
        self, both: Sequence[Mapping[str, EntryT]], what: Callable[[EntryT, str], Spans],
        state: Callable[[EntryT | None, bool], Inline],
    ) -> list[tuple[Inline, ...]]:  # fmt: skip
        """Return rows for entries of lines: one for a line that both have, else one for each session's own line."""
        first, second = both
        there, here = self._compared.alike
        pairs: list[tuple[str | None, str | None]] = [(line, there.get(line)) for line in first]
        pairs += [(here.get(line), line) for line in second if here.get(line) not in first]
        rows = list[tuple[Inline, ...]]()
        for a, b in pairs:
            own, other = first.get(a) if a else None, second.get(b) if b else None
            known = own if own is not None else other
            if known is not None:
                lines = " / ".join(dict.fromkeys(line for line in (a, b) if line))
                rows.append((what(known, lines), state(own, a is not None), state(other, b is not None)))
        return rows

    def _listed(self, name: str, first: str, rows: Sequence[tuple[Inline, ...]]) -> Section:
        title, none = self.label(f"comparison.{name}"), note("" if rows else self.label(f"comparison.no_{name}"))
        return Section(name, title, filled(self._table(title, first, rows, titled=False), none))

    def _quoted(self, who: str, says: str, line: str) -> Spans:
        words = quotable(self.reading.spoken, says)
        quoted = (Span(" "), Span(words, style="quote")) if words else ()
        return strong(who), *quoted, Span(self.label.paren(line))

    def _said(self, place: int, line: Line) -> Block:
        reading = self._readings[place]
        return replace(line_said(reading, reading.line(reading.line_by_id[line["id"]])), anchor="")

    def _field(self, name: str) -> str:
        known = {"judge_model": "judge", "lang": "language", "stages": "debrief.stages", "personas": "comparison.cast"}
        here = f"comparison.field.{name}"
        return self.label(known.get(name, here if here in self.label else name))

    def _made_from(self, place: int, name: str) -> str:
        reading, label = self._readings[place], self.label
        game, lang = reading.game, reading.game.spec.lang
        value = getattr(game.spec, name)
        match name:
            case "model":
                return reading.model
            case "governance":
                return game.governance.name.get(lang)
            case "rubric":
                return game.rubric.name.get(lang)
            case "city":
                return game.city.name.get(lang) if game.city else label("none")
            case "lang":
                return label(f"language.{value}")
            case "style":
                return label.of("style", value)
            case "stages":
                return label.join(stage.name.get(lang) for stage in game.stages)
            case "personas":
                return label.join(f"{seat} = {card}" for seat, card in value.items()) or label("none")
        return str(value) if value is not None else label("none")

    def _figure(self, name: str, value: float | None) -> str:
        if value is None:
            return self.label("no_value")
        if name == "decided":
            return self.label("comparison.yes" if value else "comparison.no")
        if known_outcome(name).high is None:
            return short(value)
        return percent(value) if is_share(name) else decimal(value)

    def _moves(self, place: int, seat: str, levels: Mapping[str, tuple[int, int]]) -> str:
        mark = "*" if seat in self._not_given[place] else ""
        texts = [
            f"{self.label(f'pulse.{level}')} {before} → {after}{mark}" for level, (before, after) in levels.items()
        ]
        return self.label.join(texts) or self.label("comparison.stayed")

    def _sitter(self, place: int, seat: str) -> str:
        label, name = self.label, self._people[place].get(seat, "")
        if seat not in self._readings[place].game.seated:
            return label("none")
        if seat in self._readings[place].session.persons:
            return label("desk.by_person", name=name) if name else label("person_seat")
        return label(f"played_by.{self._readings[place].game.spec.player}")

    def _table(
        self, caption: str, first: str, rows: Iterable[Sequence[Inline]], *, titled: bool = True, figures: bool = False
    ) -> Table:
        head = (first, *self._names)
        return table(caption, head, rows, widths=(40, 30, 30), titled=titled, figures=figures)
