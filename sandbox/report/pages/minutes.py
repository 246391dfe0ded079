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
from sandbox.game.conditions import doers, joined, named
from sandbox.game.counting import counted
from sandbox.game.entries import Item, motion_of
from sandbox.game.franchise import veto_key
from sandbox.game.hanging import hangs_on
from sandbox.game.questions import ends_in_question, evasion, question_to
from sandbox.game.session import Session
from sandbox.game.stock import is_stock, quotable
from sandbox.game.unwilling import carried_refused
from sandbox.game.wanted import wanted
from sandbox.game.wording import closing, coverage, sentences, takes_up
from sandbox.record.line import BODY, DecisionTaken, Line
from sandbox.report.acceptance import doers_away, not_accepted, owed, with_a_but, with_answer
from sandbox.report.beside_votes import unput
from sandbox.report.document.blocks import Block, Facts, ReportDocument, Section, Span, Spans
from sandbox.report.document.compose import Inline, bullets, fact_list, filled, paragraph, strong, table
from sandbox.report.entries import beside_lost, promised_if
from sandbox.report.interests import interested
from sandbox.report.pages.debrief.reader import DebriefReader, reader_of
from sandbox.report.pages.debrief.talk import heard
from sandbox.report.rule_words import needed_text
from sandbox.report.side_by_side import open_questions
from sandbox.report.time_limits import how_long, time_limit
from sandbox.scoring.holders import accepted_in, awaited, unheld
from sandbox.scoring.scorecard import latest_scores

# Characters of a promise, and of the words of a reservation, as a rule.
_LONGEST: dict[Lang, int] = {"en": 130, "zh": 50}
_RESERVED: dict[Lang, int] = {"en": 600, "zh": 220}
_DAY: dict[Lang, str] = {"en": "%-d %B %Y", "zh": "%Y年%-m月%-d日"}
# What a department is called beside what it is for.
_OFFICE: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(r"^the |\b(?:office|bureau|department|district|street)(?:'s)?\b"),
    "zh": re.compile(r"^(?:街道|社区|区里?|市里?)|(?:部门|办公室|[所局站科])$"),
}
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
            title=say(f"meeting.title.{kind}", place=self._place, **names),
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

    @property
    def _place(self) -> str:
        place = self.reader.game.scenario.place.get(self.reader.game.spec.lang)
        return place.replace("，", ",").split(",")[0]

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
            ("where", self._place),
            ("decides" if self._orders else "chair", presides),
            ("clerk", blank),
            ("due", say("meeting.due.value", count=count, names=self._people(self._voters)) if count else ""),
            ("there", say("meeting.there.value", count=count) if count else ""),
            ("attending" if count else "present", self._people(others)),
        ]
        return fact_list((say(f"meeting.{key}"), value) for key, value in rows)

    def _when(self) -> str:
        """Return the day of the meeting, and where people played, and minutes lie between, from when to when it was."""
        told = [event.at for event in self.reader.events if event.stage == self.stage] or [0.0]
        first, last = (datetime.fromtimestamp(at).astimezone() for at in (told[0], told[-1]))
        day = first.strftime(_DAY[self.reader.game.spec.lang])
        begun, over = first.strftime("%H:%M"), last.strftime("%H:%M")
        alone = not self.reader.session.persons  # how long a model took is no time of a meeting
        return day if alone or begun == over else self._say("meeting.times", day=day, begun=begun, over=over)

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
        for office, item in self._offices():
            says = {"name": reader.person(item.owner), "says": item.says}
            yield (due, Span(say("meeting.waits.office", office=office, **says)))
        for key, *ways in unheld(reader.session, taken):
            seats = [seat for way in ways for seat in way]
            question = reader.text(reader.game.scenario.decision_by_id[key].question).rstrip("?？")
            names = self._people(seats) if seats else say("meeting.waits.others")
            told = say("meeting.waits.seats", names=names, question=question)
            yield (strong(say("meeting.waits.standing")), Span(told))
        for question, option in self._in_words(taken["unbound"]):
            yield (due, Span(say("meeting.unbound", matter=self._matter(question, option))))

    def _offices(self) -> Iterator[tuple[str, Item]]:
        """Yield the departments without a seat on whose act a promise of the meeting waits by its words, once each."""
        game = self.reader.spoken
        made = [item for item in self.reader.session.entries("promise") if item.stage == self.stage]
        for department in game.scenario.departments.values():
            name = department.get(game.spec.lang)
            word = _OFFICE[game.spec.lang].sub("", name).strip()
            waits = (item for item in made if word and word in time_limit(item.says, game.spec.lang))
            item = next((item for item in waits if item.state not in _GONE), None)
            if item is not None and not named(game, name, self._room, offices=False):
                yield department.get(self.reader.game.spec.lang).removeprefix("the "), item

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
            if takes and {"government", "residents"} <= {*card.options[option].paid_by}:
                who = say("meeting.public_part", who=who)
            if card.topic == "provider" and doers_away(reader, taken):
                who = say("meeting.doer_open", who=who)
            if not takes:
                who = say("meeting.not_yet", who=self._people(may)) if may else nobody
            lasts = say("meeting.lasts", span=span) if (span := how_long(text, game.spec.lang)) else ""
            yield self._matter(question, text), who, self._limit(text, question, lasts=lasts)
        for sees, seat, condition in owed(reader, taken):
            who = with_answer(reader, taken, sees, seat, condition) or nobody
            told = say("meeting.refused_here", who=sees or nobody) if condition in refused else who
            yield condition, told, self._limit(condition)

    def _undertaken(self) -> Iterator[tuple[str, str, str]]:
        reader, by_id = self.reader, {line["id"]: line for line in self._lines}
        for item in reader.session.items:
            again = self._renewed(item)
            if (item.line not in by_id and not again) or item.state in _GONE or beside_lost(reader, item):
                continue
            if item.kind == "promise":
                line = reader.line_by_id[item.line]
                said = reader.terms_text(item.terms) if item.terms else self._as_filed(line, item.says)
                if item.terms or not is_stock(reader.spoken, item.says):
                    hangs = self._say.paren(on) if (on := promised_if(reader, item)) else ""
                    hangs += self._say.paren(self._say("meeting.renewed", says=again)) if again else ""
                    yield reader.person(item.owner), said + hangs, self._limit(said)
            elif item.kind == "task" and item.state not in ("lifted", "disputed"):
                task = reader.text(reader.game.scenario.task_by_id[item.task].text)
                yield reader.person(item.deliverer), self._say("meeting.task", task=task), self._limit(task)

    def _renewed(self, item: Item) -> str:
        """Return the sentence in which whoever promised something in an earlier stage says it in this one; or empty."""
        reader, lang = self.reader, self.reader.spoken.spec.lang
        if item.kind != "promise" or item.terms or item.stage == self.stage or item.line not in reader.line_by_id:
            return ""
        own = (line for line in self._lines if line["seat"] == item.owner and quotable(reader.spoken, line["says"]))
        says = [part for line in own for part in sentences(line["says"]) if takes_up(part, item.says, lang)]
        return max(says, key=lambda part: coverage(item.says, part), default="")

    def _as_filed(self, line: Line, says: str) -> str:
        """Return what somebody promised in so many words as fit, in Chinese as an office files it: nobody says I."""
        lang = self.reader.game.spec.lang
        told = self.reader.aloud(says, _LONGEST[lang], act=line["act"])
        return (re.sub("我(?!们)", "本人", told) if lang == "zh" else told).rstrip(".。")

    def _limit(self, *texts: str, lasts: str = "") -> str:
        """Return by when something is to be done, as the first text that tells it does, or how long it lasts."""
        games = (self.reader.game, self.reader.spoken)
        limits = (time_limit(text, game.spec.lang) for text in texts for game in games)
        return next(filter(None, limits), lasts or self._say("meeting.no_limit"))

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
            refused = self._refused(taken)
            for part, seats in refused.items():
                yield say("meeting.refused", condition=part, names=self._people(seats))
            for _, seat, part in owed(reader, taken) if taken["carried"] else ():
                if seat and part not in refused and (way := not_accepted(reader, taken, part, seat)):
                    yield say(
                        "meeting.not_accepted", condition=part, name=reader.person(seat), way=say(f"not_accepted.{way}")
                    )
            yield from doers_away(reader, taken)
        by_id = {line["id"]: line for line in self._lines}
        for item in reader.session.items:
            own = item.line in by_id
            if own and item.kind == "promise" and item.state == "beyond_remit":
                said = reader.terms_text(item.terms) or self._as_filed(by_id[item.line], item.says)
                yield say("meeting.beyond", name=reader.person(item.owner), matter=said)
            if own and item.state not in _GONE and (motion := beside_lost(reader, item)):
                said = self._as_filed(by_id[item.line], item.says)
                yield say(
                    "meeting.lapsed", name=reader.person(item.owner), matter=said, mover=reader.name(motion.owner)
                )
            if item.kind == "task" and item.state == "disputed" and {item.owner, item.deliverer} <= {*self._room}:
                task = reader.text(game.scenario.task_by_id[item.task].text)
                yield say("meeting.disputed", name=reader.person(item.deliverer), task=task)
        passed = {key: option for taken in self._taken if taken["carried"] for key, option in taken["terms"].items()}
        for item, why in unput(reader, self.stage):
            other = {key: option for key, option in item.terms.items() if passed.get(key) != option}
            terms = say("semi").join(self._matter(*each) for each in self._in_words(other))
            key = (
                "meeting.unput" if other and passed else "meeting.unput.whole" if other else "meeting.unput.conditions"
            )
            own_part = say("semi").join(self._not_decided(item.condition))
            told = say(key, name=reader.name(item.owner), terms=terms, condition=own_part or item.condition, why=why)
            yield told + (say("meeting.unput.and", condition=own_part) if other and own_part else "")
        bound = {key for taken in self._taken if taken["carried"] for key in (*taken["terms"], *taken["unbound"])}
        left = [question for question in game.scenario.decisions if question.id not in bound and self._decides]
        if left and not bound:
            yield say("meeting.undecided.all")
        for question in left if bound else ():
            yield say("meeting.undecided", question=reader.text(question.question))
        for need in wanted(reader.spoken, self._lines):
            yield say("meeting.wanted", name=reader.person(need.line["seat"]), says=need.says)
        for line, asked in open_questions(reader.session):
            asks = ends_in_question(line) and bool(quotable(reader.spoken, line["says"]))
            if line in self._lines and asks and line["id"] not in reader.session.stood_in:
                names = {"name": reader.person(line["seat"]), "asked": reader.person(asked)}
                evaded = evasion(reader.session.in_stages([self.stage]), line, asked) is not None
                key = "meeting.unanswered.evaded" if evaded else "meeting.unanswered"
                put = question_to(reader.spoken, line, asked)
                yield say(key, **names, question=put or closing(line["says"], _RESERVED[reader.spoken.spec.lang]))

    def _not_decided(self, condition: str) -> list[str]:
        """Return the conditions of a motion that no decision of the meeting has, in whatever words."""
        lang = self.reader.spoken.spec.lang
        decided = [part for taken in self._taken if taken["carried"] for part in hangs_on(taken["condition"])]
        return [part for part in hangs_on(condition) if all(joined(part, each, lang) != each for each in decided)]

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
        for seat, words in with_a_but(reader, taken) if taken["carried"] and taken["by"] == BODY else ():
            stood = self._say("meeting.stood", role=reader.game.role(seat), how=self._say("meeting.stood.but"))
            who = reader.name(seat) + self._say.paren(stood) + self._say("colon")
            yield strong(who), Span(f"“{within_quotes(words)}”", style="quote")

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
        offices = [office for office, _ in self._offices()] if any(taken["carried"] for taken in self._taken) else []
        copies = list(dict.fromkeys([*informed, *bodies, *offices]))
        rows = [
            ("copies", say.join(copies) if copies else blank),
            ("signed.order" if self._orders else "signed.chair", blank),
            ("signed.clerk", blank),
            ("signed.day", say("meeting.blank_day")),
        ]
        return fact_list((say(f"meeting.{key}"), value) for key, value in rows)
