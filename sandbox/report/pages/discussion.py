"""What the minutes of a meeting tell of its talk: news, questions and answers, demands, objections, new options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sandbox.content.acts import has
from sandbox.content.language import Lang
from sandbox.content.words import within_quotes
from sandbox.game.language.questions import asked_in
from sandbox.game.language.stock import quotable
from sandbox.game.ledger.entries import gives_way
from sandbox.game.motions.backing import lineage
from sandbox.game.motions.hanging import hangs_on
from sandbox.record.line import Line
from sandbox.report.document.blocks import Span, Spans
from sandbox.report.document.compose import strong
from sandbox.report.exchanges import left_out, own_conditions
from sandbox.report.pages.meeting import Meeting

# Usual length of quotes in characters: of answers and objections, and of questions.
_LONGEST: dict[Lang, int] = {"en": 300, "zh": 115}
_ASKED: dict[Lang, int] = {"en": 200, "zh": 85}


def discussion(meeting: Meeting) -> Iterator[Spans]:
    """Yield, in order, what was said in a meeting before it voted, found by acts, fields and the ledger.

    That is the news that came, what was asked of a seat and answered by it, what somebody objected to and what was
    replied, which options were put first there, what was asked as a condition, with what became of that, who asked for
    time, with what they said afterwards, who came round to what they had opposed, who went over to what was carried,
    who backed a motion without some condition of it, and what was taken back. What the program said in a person's place
    is none of it.
    """
    talk = _Talk(meeting)
    yield from talk.before()
    for event in meeting.reader.course.get(meeting.stage, ()):
        if event.kind == "inject":
            yield strong(meeting.say("meeting.talk.news")), Span(meeting.say("gap") + meeting.reader.news(event))
        elif event.kind == "line" and (line := talk.lines.get(event.payload["id"])):
            yield from filter(None, [talk.told(line), *talk.answered_now(line)])


def objections(meeting: Meeting) -> set[str]:
    """Return the ids of the objections that the discussion quotes in full."""
    talk = _Talk(meeting)
    against = [line for line in talk.lines.values() if has(line["act"], "opposes") and not talk.cut(line)]
    return {line["id"] for line in against} if not meeting.orders else set()


class _Talk:
    def __init__(self, meeting: Meeting) -> None:
        self.meeting, self.reader, self.say = meeting, meeting.reader, meeting.say
        session = meeting.reader.session
        said = [line for line in meeting.lines if not line["vote"] and line["id"] not in session.stood_in]
        self.lines: Mapping[str, Line] = {
            line["id"]: line for line in said if quotable(meeting.reader.spoken, line["says"])
        }
        self._quoted = set[tuple[str, bool]]()
        self._first = dict[tuple[str, str], Line]()
        heard = [*filter(meeting.reader.heard, meeting.reader.lines)]
        aloud = {line["id"] for line in heard}
        self._promised = {item.line: item.says for item in session.entries("promise") if item.line in aloud}
        for line in heard:
            for term in line["terms"].items():
                self._first.setdefault(term, line)

    def before(self) -> Iterator[Spans]:
        """Yield the decided options that were first put in an earlier meeting."""
        decided = [term for taken in self.meeting.taken if taken["carried"] for term in taken["terms"].items()]
        told = []
        for key, option in decided:
            line = self._first.get((key, option))
            if line and line["stage"] != self.meeting.stage:
                names = {"name": self.reader.name(line["seat"]), "stage": self.reader.stage_name(line["stage"])}
                ((_, text),) = self.reader.terms({key: option})
                told.append(self.say("meeting.talk.by", option=text, **names))
        if told:
            yield strong(self.say("meeting.talk.before")), Span(self.say("gap") + self.say("semi").join(told))

    def answered_now(self, line: Line) -> Iterator[Spans]:
        """Yield the conditions of earlier meetings that a line answers as its seat's last answer, with the answer."""
        for by, how in line.get("takes_on", {}).items():
            item = self.reader.proposals.get(by)
            if item and item.stage != self.meeting.stage and line in self._took_on(by):
                names = {"name": self.reader.name(item.owner), "stage": self.reader.stage_name(item.stage)}
                asks = self.say("semi").join(own_conditions(self.reader, item))
                head = strong(self.say("meeting.talk.earlier", line=by, condition=asks, **names))
                yield head, *self._answer(line, f"took.{how}")

    def told(self, line: Line) -> Spans:
        """Return a line with its answers and what became of what it asked; empty for a line that only goes along."""
        say, reader, item = self.say, self.reader, self.reader.proposals.get(line["id"])
        asked = asked_in(reader.spoken, line, self.meeting.room) if has(line["act"], "asks") else []
        answers = self._answers(line, asked)
        opposes, own = has(line["act"], "opposes"), own_conditions(reader, item) if item else []
        opposes = (opposes or has(line["act"], "escalates")) and (line["id"], False) not in self._quoted
        defers, back = has(line["act"], "defers"), line.get("withdraws", "")
        took = [(each, f"took.{each['takes_on'][line['id']]}") for each in self._took_on(line["id"])] if own else []
        put: Mapping[str, str] = {key: option for (key, option), first in self._first.items() if first is line}
        base = ""
        if item:  # a motion is told by what differs from the one that it answers, also if others put it first
            put, base = reader.own_terms(line["id"], item.terms)
        turned, strikes = self._turned(line), reader.way(line["id"]) in ("striking", "without")
        over = self._went_over(line) if item is None else ""
        if not (own or put or opposes or answers or defers or turned or over or strikes or back in self._promised):
            return ()
        names = {"name": reader.name(line["seat"]), "line": line["id"]}
        if asked:
            head = say("meeting.talk.asks", to=reader.names(asked), **names)
        elif turned:
            head = say("meeting.talk.turned", motion=line["about"], act=reader.act(line), **names)
        elif over:
            head = say("meeting.talk.over", motion=over, over=line["about"], **names)
        else:
            head = say("meeting.talk.did", act=reader.act(line), **names)
        spans = [strong(head), *self._quote(line)]
        matters = self.meeting.options(reader.terms(put))
        asks = say("semi").join(own)
        told = [say("meeting.talk.option", terms=matters)] if put else []
        if strikes:
            left = {*hangs_on(reader.proposals[line["id"]].condition)}
            gone = [part for part in hangs_on(reader.proposals[line["about"]].condition) if part not in left]
            told.append(say("meeting.talk.without", condition=say("semi").join(gone)))
        told += [say("meeting.talk.otherwise", line=base)] if base else []
        told += [say("meeting.talk.condition", condition=asks)] if own else []
        if back in self._promised:
            told.append(say("meeting.talk.takes_back", says=within_quotes(self._promised[back]), line=back))
        spans += [Span(say("gap") + text) for text in told]
        for each, how in {
            each["id"]: (each, how) for each, how in [*((x, "later" if defers else "reply") for x in answers), *took]
        }.values():
            spans += self._answer(each, how)
        if item and own and (back := left_out(reader, item, own, line["id"])) in self.lines:
            spans.append(Span(say("gap") + say("meeting.talk.struck", name=names["name"], line=back)))
        return tuple(spans)

    def _turned(self, line: Line) -> bool:
        """Return whether a line backs a motion to which its seat's last line in the meeting on it was opposed."""
        earlier = [
            each
            for each in self.lines.values()
            if (each["seat"], each["about"]) == (line["seat"], line["about"])
            and self.reader.place(each["id"]) < self.reader.place(line["id"])
        ]
        backs = line["about"] in self.reader.proposals and has(line["act"], "supports")
        return backs and bool(earlier) and has(earlier[-1]["act"], "opposes")

    def _went_over(self, line: Line) -> str:
        """Return the motion with other options that a seat leaves by backing the one that was carried; empty if none.

        That is what it last put or backed in the meeting.
        """
        motions, reader = self.reader.proposals, self.reader
        backed = motions.get(line["about"]) if has(line["act"], "supports") and not gives_way(line) else None
        carried = [motions[taken["motion"]] for taken in self.meeting.taken if taken["carried"] and taken["motion"]]
        if backed is None or not any(backed.line in lineage(reader.session.items, motion) for motion in carried):
            return ""
        sides = (
            each["id"] if each["id"] in motions else each["about"] if has(each["act"], "supports") else ""
            for each in self.lines.values()
            if each["seat"] == line["seat"] and reader.place(each["id"]) < reader.place(line["id"])
        )
        left = motions.get(([""] + [side for side in sides if side in motions])[-1])
        other = left is not None and any(backed.terms.get(key, option) != option for key, option in left.terms.items())
        return left.line if left is not None and other else ""

    def _answer(self, line: Line, how: str) -> Spans:
        """Return who answered, in which way, and in what words."""
        by = {"name": self.reader.name(line["seat"]), "line": line["id"]}
        # A promise in a partial yes states the part that is taken on.
        takes = line.get("takes_on", {})
        promised = line["promises"] if how == "took.part" or (how == "took.yes" and len(takes) == 1) else ""
        gap, head = Span(self.say("gap")), strong(self.say(f"meeting.talk.{how}", **by))
        return gap, head, *self._quote(line, promised)

    def _answers(self, line: Line, asked: Sequence[str]) -> list[Line]:
        """Return the answers to a line: what the seats that it asks say next or about it, and replies to an objection.

        For a line that asks for time, return what its own seat says next.
        """
        defers = has(line["act"], "defers")
        if not (asked or defers or has(line["act"], "opposes")):
            return []
        later = [each for each in self.lines.values() if self.reader.place(each["id"]) > self.reader.place(line["id"])]
        if defers:
            return [each for each in later if each["seat"] == line["seat"]][:1]
        meant = [each for each in later if each["about"] == line["id"] and each["seat"] != line["seat"]]
        own = [each for each in meant if each["seat"] in asked or has(each["act"], "grants")]
        return own or [each for each in later[:1] if each["seat"] in asked]

    def _took_on(self, by: str) -> list[Line]:
        """Return each seat's last line that answers what a line asks for."""
        said = [each for each in self.lines.values() if by in each.get("takes_on", {})]
        return list({each["seat"]: each for each in said}.values())

    def cut(self, line: Line) -> int:
        """Return the number of characters to which a line is roughly cut; 0 if it is short enough to stand in full."""
        longest = (_ASKED if has(line["act"], "asks") else _LONGEST)[self.reader.spoken.spec.lang]
        return longest if len(" ".join(line["says"].split())) > longest else 0

    def _quote(self, line: Line, promised: str = "") -> tuple[Span, ...]:
        """Return the words of a line, the first time that it is quoted.

        These are all its words, or what it promised, or whole sentences of it between dots.
        """
        gap = Span(self.say("gap"))
        told = whole = " ".join(line["says"].split())
        shortened = bool(self.cut(line)) and bool(promised)
        if not self._quoted.isdisjoint({(line["id"], False), (line["id"], shortened)}):
            return gap, Span(self.say("meeting.talk.above"))
        self._quoted.add((line["id"], shortened))
        if shortened:
            told = promised
        elif longest := self.cut(line):
            told = self.reader.aloud(whole, longest, act=line["act"])
            told = ("" if whole.startswith(told) else "…") + told + ("" if whole.endswith(told) else "…")
        return gap, Span(f"“{within_quotes(told)}”", style="quote")
