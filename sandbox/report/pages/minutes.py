"""Minutes of a session's meeting that an office could file, or, where one alone decides, its decision."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sandbox.content.acts import has
from sandbox.content.governance import CHAIR_BINDS
from sandbox.content.language import Lang
from sandbox.content.words import Words, within_quotes
from sandbox.game.backing import stands
from sandbox.game.conditions import doers
from sandbox.game.counting import counted
from sandbox.game.entries import motion_of
from sandbox.game.franchise import veto_key
from sandbox.game.questions import ends_in_question, evasion, question_to
from sandbox.game.session import Session
from sandbox.game.stock import is_stock, quotable
from sandbox.game.unwilling import carried_refused
from sandbox.game.wording import closing
from sandbox.record.line import BODY, DecisionTaken, Line
from sandbox.report.beside_votes import unput
from sandbox.report.document.blocks import Block, Facts, ReportDocument, Section, Span, Spans
from sandbox.report.document.compose import Inline, bullets, fact_list, filled, paragraph, strong, table
from sandbox.report.entries import promised_if
from sandbox.report.interests import interested
from sandbox.report.pages.debrief.reader import DebriefReader, reader_of
from sandbox.report.pages.debrief.talk import heard
from sandbox.report.rule_words import needed_text
from sandbox.report.side_by_side import open_questions
from sandbox.report.time_limits import time_limit
from sandbox.scoring.holders import accepted_in, awaited, unheld
from sandbox.scoring.scorecard import latest_scores

# Characters of a promise, and of the words of a reservation, as a rule.
_LONGEST: dict[Lang, int] = {"en": 130, "zh": 50}
_RESERVED: dict[Lang, int] = {"en": 220, "zh": 90}
_DAY: dict[Lang, str] = {"en": "%-d %B %Y", "zh": "%Y年%-m月%-d日"}
_AGREED = ("eligibility", "terms")  # single residents who may commit to these agree to what others do
_GONE = ("fallen", "withdrawn", "beyond_remit")


def minutes(session: Session, lang: Lang | None = None) -> ReportDocument:
    """Return the minutes of a session's meeting: the last that decides, else the last that was held.

    They tell what the whole room heard, in the form of an office: who was there, what was settled, who sees to it by
    when, how was voted and what was left open. Reservations alone are quoted.

    Args:
        session: the session.
        lang: the language of all that was not said there, without it that of the session.

    Raises:
        InputError: the log does not fit the game.
        KeyError: an event of the log lacks one of its fields.
    """
    reader = reader_of(session, latest_scores(session), None, lang)
    held = list(reader.course) or [session.game.stages[0].id]
    deciding = [stage for stage in held if stage in session.game.able("decides")]
    return _Meeting(reader, (deciding or held)[-1]).document()


@dataclass(frozen=True)
class _Meeting:
    reader: DebriefReader
    stage: str

    def document(self) -> ReportDocument:
        say, game = self._say, self.reader.game
        case, lang = game.scenario, game.spec.lang
        parts: list[tuple[str, Sequence[Block]]] = [
            ("matters", self._matters()),
            ("hearing", filled(*self._hearing())),
            ("order" if self._orders else "settled", filled(*self._settled())),
            ("votes", filled(*self._votes())),
            ("open", filled(bullets(self._left_open()))),
            ("reservations", filled(bullets(self._reservations()))),
        ]
        sections = [
            Section(key, say(f"meeting.number.{number}") + say(f"meeting.{key}"), blocks)
            for number, (key, blocks) in enumerate((part for part in parts if part[1]), start=1)
        ]
        kind = "order" if self._orders else "body" if self._decides else "other"
        names = {"case": case.title.get(lang), "stage": self.reader.stage_name(self.stage)}
        return ReportDocument(
            lang=lang,
            kicker="",
            title=say(f"meeting.title.{kind}", place=case.place.get(lang).replace("，", ",").split(",")[0], **names),
            lede="",
            contents="",
            skip=say("meeting.skip"),
            footer=say("meeting.footer"),
            opening=(self._head(),),
            sections=[*sections, Section("signed", say("meeting.signed"), (self._signed(),))],
            slim=True,
            filed=True,
        )

    @property
    def _say(self) -> Words:
        return self.reader.label

    @property
    def _decides(self) -> bool:
        return self.stage in self.reader.game.able("decides")

    @property
    def _orders(self) -> bool:
        return self._decides and self.reader.game.governance.rules.aggregation.procedure in CHAIR_BINDS

    @cached_property
    def _room(self) -> tuple[str, ...]:
        return self.reader.game.present(self.stage)

    @cached_property
    def _voters(self) -> tuple[str, ...]:
        return self.reader.game.voters(self.stage) if self._decides and not self._orders else ()

    @cached_property
    def _taken(self) -> list[DecisionTaken]:
        return [taken for taken in self.reader.decisions if taken["stage"] == self.stage]

    @cached_property
    def _lines(self) -> list[Line]:
        return [line for line in self.reader.lines if line["stage"] == self.stage and heard(self.reader, line)]

    def _people(self, seats: Sequence[str]) -> str:
        return self._say.join([self.reader.person(seat) for seat in self.reader.seats if seat in seats])

    def _head(self) -> Facts:
        say, blank, chair = self._say, self._say("meeting.blank"), self.reader.game.chair
        others = [seat for seat in self._room if seat not in self._voters and seat != chair]
        presides = self.reader.person(chair) if chair in self._room else blank
        count = len(self._voters)
        rows = [
            ("when", self._when()),
            ("where", blank),
            ("decides" if self._orders else "chair", presides),
            ("clerk", blank),
            ("due", say("meeting.due.value", count=count, names=self._people(self._voters)) if count else ""),
            ("there", say("meeting.there.value", count=count) if count else ""),
            ("attending" if count else "present", self._people(others)),
        ]
        return fact_list((say(f"meeting.{key}"), value) for key, value in rows)

    def _when(self) -> str:
        """Return the day of the meeting, and the time from its first event to its last where minutes lie between."""
        told = [event.at for event in self.reader.events if event.stage == self.stage] or [0.0]
        first, last = (datetime.fromtimestamp(at).astimezone() for at in (told[0], told[-1]))
        day = first.strftime(_DAY[self.reader.game.spec.lang])
        begun, over = first.strftime("%H:%M"), last.strftime("%H:%M")
        return day if begun == over else self._say("meeting.times", day=day, begun=begun, over=over)

    def _matters(self) -> tuple[Block, ...]:
        game, lang = self.reader.game, self.reader.game.spec.lang
        asked = bullets(question.question.get(lang) for question in game.scenario.decisions if self._decides)
        return filled(paragraph(game.scenario.question.get(lang)), asked)

    def _hearing(self) -> Iterator[Block]:
        say, chair = self._say, self.reader.game.chair
        if not self._orders:
            return
        spoke = [line["seat"] for line in self._lines if line["seat"] != chair and not line["vote"]]
        yield paragraph(say("meeting.heard", names=self._people(spoke)) if spoke else say("meeting.heard.nobody"))
        for taken in self._taken:
            how, sides = counted(self.reader.game, taken), {"for": True, "against": False}
            told: dict[str, Sequence[str]] = {
                key: [seat for seat, vote in taken["votes"].items() if vote == way] for key, way in sides.items()
            }
            told["abstained"], told["uncast"] = how.abstained, how.uncast
            yield bullets(
                say(f"meeting.advice.{key}", names=self._people(seats)) for key, seats in told.items() if seats
            )

    def _settled(self) -> Iterator[Block]:
        say, carried = self._say, [taken for taken in self._taken if taken["carried"]]
        undertaken = [*self._undertaken()]
        if not carried and self._decides:
            yield paragraph(say("meeting.none.voted" if self._taken else "meeting.none"))
        elif not carried and not undertaken:
            yield paragraph(say("meeting.none.other"))
        head = [say(f"meeting.head.{name}") for name in ("number", "matter", "who", "limit")]
        rows = [row for taken in carried for row in self._of_decision(taken)]
        cells = [(str(number), *row) for number, row in enumerate(rows, start=1)]
        yield table(say("meeting.settled"), head, cells, widths=(8, 50, 24, 18), titled=False)
        for taken in carried:
            yield bullets(self._waits(taken))
            budgets = [budget[self.reader.game.spec.lang] for budget in taken["budget"]]
            if budgets and not taken["payer_agreed"]:
                yield paragraph(say("meeting.budget", budgets=budgets))
        head = [say(f"meeting.head.{name}") for name in ("number", "by", "undertaken", "limit")]
        cells = [(str(number), *row) for number, row in enumerate(undertaken, start=1)]
        yield table(say("meeting.undertaken"), head, cells, widths=(8, 24, 50, 18))

    def _waits(self, taken: DecisionTaken) -> Iterator[Spans]:
        say, reader = self._say, self.reader
        due = strong(say("meeting.waits"))
        if bodies := awaited(reader.session, taken):
            yield (due, Span(say("meeting.waits.bodies", names=list(bodies))))
        for key, *ways in unheld(reader.session, taken):
            seats = [seat for way in ways for seat in way]
            question = reader.text(reader.game.scenario.decision_by_id[key].question).rstrip("?？")
            names = self._people(seats) if seats else say("meeting.waits.others")
            told = say("meeting.waits.seats", names=names, question=question)
            yield (strong(say("meeting.waits.standing")), Span(told))
        for question, option in self._in_words(taken["unbound"]):
            yield (due, Span(say("meeting.unbound", matter=self._matter(question, option))))

    def _in_words(self, terms: dict[str, str]) -> list[tuple[str, str]]:
        return self.reader.game.in_words(terms)

    def _matter(self, question: str, option: str) -> str:
        return question.rstrip("?？") + self._say("colon") + option

    def _of_decision(self, taken: DecisionTaken) -> Iterator[tuple[Inline, str, str]]:
        reader, game, say = self.reader, self.reader.game, self._say
        nobody, refused = say("meeting.nobody"), self._refused(taken)
        for key, option in taken["terms"].items():
            ((question, text),) = self._in_words({key: option})
            card = game.scenario.decision_by_id[key]
            may = [seat for seat in self._room if seat in card.remit]
            takes = [seat for seat in may if accepted_in(reader.session, key, option, [seat])]
            at_head = [seat for seat in doers(reader.spoken, text, self._room) if seat in takes]
            who = self._people(at_head or takes)
            single = {game.personas[seat].kind for seat in takes} == {"resident"}
            if single and not at_head and card.topic in _AGREED:
                who = say("meeting.consented", who=who)
            if not takes:
                who = say("meeting.not_yet", who=self._people(may)) if may else nobody
            yield self._matter(question, text), who, self._limit(text)
        for sees, condition in reader.sees_to(taken):
            who = sees or nobody
            told = say("meeting.refused_here", who=who) if condition in refused else who
            yield condition, told, self._limit(condition)

    def _undertaken(self) -> Iterator[tuple[str, str, str]]:
        reader, by_id = self.reader, {line["id"]: line for line in self._lines}
        for item in reader.session.items:
            if item.line not in by_id or item.state in _GONE:
                continue
            if item.kind == "promise":
                said = reader.terms_text(item.terms) if item.terms else self._as_filed(by_id[item.line], item.says)
                if item.terms or not is_stock(reader.spoken, item.says):
                    hangs = self._say.paren(on) if (on := promised_if(reader, item)) else ""
                    yield reader.person(item.owner), said + hangs, self._limit(said)
            elif item.kind == "task" and item.state not in ("lifted", "disputed"):
                task = reader.text(reader.game.scenario.task_by_id[item.task].text)
                yield reader.person(item.deliverer), self._say("meeting.task", task=task), self._limit(task)

    def _as_filed(self, line: Line, says: str) -> str:
        """Return what somebody promised in so many words as fit, in Chinese as an office files it: nobody says I."""
        lang = self.reader.game.spec.lang
        told = self.reader.aloud(says, _LONGEST[lang], act=line["act"])
        return (re.sub("我(?!们)", "本人", told) if lang == "zh" else told).rstrip(".。")

    def _limit(self, text: str) -> str:
        games = (self.reader.game, self.reader.spoken)
        return next(filter(None, (time_limit(text, game.spec.lang) for game in games)), self._say("meeting.no_limit"))

    def _refused(self, taken: DecisionTaken) -> dict[str, list[str]]:
        reader = self.reader
        refused = carried_refused(reader.spoken, reader.session.items, taken, reader.lines)
        return {condition: [line["seat"] for line in lines] for condition, lines in refused.items()}

    def _votes(self) -> Iterator[Block]:
        say, reader = self._say, self.reader
        for taken in self._taken if not self._orders else ():
            how = counted(reader.game, taken)
            yes = sum(how.votes.values())
            counts = {"due": len(self._voters), "yes": yes, "no": len(how.votes) - yes, "out": len(how.abstained)}
            counts["cast"] = len(self._voters) - len(how.uncast)
            mover = motion_of(reader.session.items, taken["motion"])
            name = reader.name(mover.owner) if mover else say("meeting.nobody")
            came = "carried" if taken["carried"] else "vetoed" if taken["vetoed_by"] else "rejected"
            vetoed = veto_key(reader.game, "vetoed", taken["vetoed_by"])
            rule = reader.game.governance.rules.aggregation
            if came == "rejected" and not how.missed and rule.by_share:
                came = "short"
            rows: list[Inline] = []
            if not taken["carried"]:
                terms = say("semi").join(
                    self._matter(*each) for each in self._in_words({**taken["terms"], **taken["unbound"]})
                )
                rows.append(say("meeting.asked", terms=terms))
            sides = {"against": [seat for seat, vote in how.votes.items() if not vote], "abstained": how.abstained}
            sides["uncast"] = how.uncast
            sides[vetoed] = taken["vetoed_by"]
            own = [seat for seat in interested(reader.spoken, taken["terms"]) if seat in self._voters]
            rows += [say(f"meeting.{key}", names=self._people(seats)) for key, seats in sides.items() if seats]
            rows += [say("meeting.interested", names=self._people(own))] if own else []
            needed = needed_text(say, rule, how)
            voted = "meeting.vote.uncast" if how.uncast else "meeting.vote"
            yield paragraph(
                say(voted, name=name, **counts)
                + say(f"meeting.came.{vetoed if came == 'vetoed' else came}", needed=needed)
            )
            yield bullets(rows)

    def _left_open(self) -> Iterator[Inline]:
        reader, game, say = self.reader, self.reader.game, self._say
        for taken in self._taken:
            for part, seats in self._refused(taken).items():
                yield say("meeting.refused", condition=part, names=self._people(seats))
        by_id = {line["id"]: line for line in self._lines}
        for item in reader.session.items:
            own = item.line in by_id
            if own and item.kind == "promise" and item.state == "beyond_remit":
                said = reader.terms_text(item.terms) or self._as_filed(by_id[item.line], item.says)
                yield say("meeting.beyond", name=reader.person(item.owner), matter=said)
            if own and item.kind == "task" and item.state == "disputed":
                task = reader.text(game.scenario.task_by_id[item.task].text)
                yield say("meeting.disputed", name=reader.person(item.deliverer), task=task)
        passed = {key: option for taken in self._taken if taken["carried"] for key, option in taken["terms"].items()}
        for item, why in unput(reader, self.stage):
            other = {key: option for key, option in item.terms.items() if passed.get(key) != option}
            terms = say("semi").join(self._matter(*each) for each in self._in_words(other))
            key = (
                "meeting.unput" if other and passed else "meeting.unput.whole" if other else "meeting.unput.conditions"
            )
            yield say(key, name=reader.name(item.owner), terms=terms, condition=item.condition, why=why)
        bound = {key for taken in self._taken if taken["carried"] for key in (*taken["terms"], *taken["unbound"])}
        left = [question for question in game.scenario.decisions if question.id not in bound and self._decides]
        if left and not bound:
            yield say("meeting.undecided.all")
        for question in left if bound else ():
            yield say("meeting.undecided", question=reader.text(question.question))
        for line, asked in open_questions(reader.session):
            asks = ends_in_question(line) and bool(quotable(reader.spoken, line["says"]))
            if line in self._lines and asks and line["id"] not in reader.session.stood_in:
                names = {"name": reader.person(line["seat"]), "asked": reader.person(asked)}
                evaded = evasion(reader.session.in_stages([self.stage]), line, asked) is not None
                key = "meeting.unanswered.evaded" if evaded else "meeting.unanswered"
                put = question_to(reader.spoken, line, asked)
                yield say(key, **names, question=put or closing(line["says"], _RESERVED[reader.spoken.spec.lang]))

    def _reservations(self) -> Iterator[Spans]:
        """Yield who did not go along with what was put last, or decided by one alone, in their own words."""
        reader, taken = self.reader, self._taken[-1] if self._taken else None
        if taken is None:
            return
        motion = motion_of(reader.session.items, taken["motion"])
        against = (
            []
            if motion is None
            else [seat for seat, with_it in stands(reader.game, reader.session.items, motion).items() if not with_it]
        )
        how = counted(reader.game, taken)
        no = [seat for seat, vote in taken["votes"].items() if not vote]
        away = dict.fromkeys([*no, *how.abstained, *taken["vetoed_by"], *against])
        for seat in away:
            if seat in how.votes and how.votes[seat] and taken["by"] == BODY:
                continue
            way = "abstained" if seat in how.abstained else "against" if seat in no else "no_vote"
            said = [line for line in self._lines if line["seat"] == seat and self._tells(line, taken, way)]
            words = (
                reader.aloud(said[-1]["says"], _RESERVED[reader.spoken.spec.lang], act=said[-1]["act"]) if said else ""
            )
            stood = self._say("meeting.stood", role=reader.game.role(seat), how=self._say(f"meeting.stood.{way}"))
            who = reader.name(seat) + self._say.paren(stood) + self._say("colon")
            yield (
                strong(who),
                Span(f"“{within_quotes(words)}”", style="quote") if words else Span(self._say("meeting.no_reason")),
            )

    def _tells(self, line: Line, taken: DecisionTaken, way: str) -> bool:
        """Return whether a line says why its seat did not go along: its vote, or else its last objection."""
        if is_stock(self.reader.spoken, line["says"]) or not line["says"]:
            return False
        if way == "no_vote":
            return not line["vote"] and (has(line["act"], "opposes") or has(line["act"], "refuses"))
        return line["vote"] and line["about"] == taken["motion"]

    def _signed(self) -> Facts:
        say, reader, blank = self._say, self.reader, self._say("meeting.blank")
        bodies = [name for taken in self._taken for name in awaited(reader.session, taken)]
        informed = [
            reader.game.role(seat) for seat in self._room if seat not in self._voters and seat != reader.game.chair
        ]
        copies = list(dict.fromkeys([*informed, *bodies]))
        rows = [
            ("copies", say.join(copies) if copies else blank),
            ("signed.order" if self._orders else "signed.chair", blank),
            ("signed.clerk", blank),
            ("signed.day", say("meeting.blank_day")),
        ]
        return fact_list((say(f"meeting.{key}"), value) for key, value in rows)
