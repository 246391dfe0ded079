"""Minutes of a session's meeting, as an office would file them; or, if one seat alone decides, its decision."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from sandbox.content.language import Lang
from sandbox.game.language.stock import is_stock
from sandbox.game.ledger.entries import Item, as_taken, motion_of
from sandbox.game.ledger.matters import whom_for
from sandbox.game.minutes.settled import default_budgets, held_beyond
from sandbox.game.motions.conditions import doers, named
from sandbox.game.motions.counting import counted, heard_on
from sandbox.game.motions.franchise import veto_key
from sandbox.game.motions.hanging import hangs_on
from sandbox.game.session import Session
from sandbox.record.line import DecisionTaken
from sandbox.report.acceptance import conditions_left, doer_is_away, interested, owed, with_answer
from sandbox.report.beside_votes import put_by
from sandbox.report.departures import departure_of
from sandbox.report.document.blocks import Block, Facts, ReportDocument, Section, Span, Spans
from sandbox.report.document.compose import Inline, bullets, fact_list, filled, paragraph, strong, table
from sandbox.report.entries import asked_lost, beside_lost, in_own_words, promised_if, said_again, voted_down
from sandbox.report.pages.debrief.reader import reader_of
from sandbox.report.pages.disagreement import before_vote, left_open, reason, reservations
from sandbox.report.pages.discussion import discussion
from sandbox.report.pages.meeting import GONE, Meeting, time_limit
from sandbox.report.still_needed import bodies_asked, needing, offices_away, offices_by_fact
from sandbox.report.voting_words import tally
from sandbox.scoring.holders import accepted_in, promised_in_words, unheld
from sandbox.scoring.scorecard import latest_scores

_DAY: dict[Lang, str] = {"en": "%-d %B %Y", "zh": "%Y年%-m月%-d日"}
# The words of a department's name that do not tell what it is for.
_OFFICE: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(r"^the |\b(?:office|bureau|department|district|street)(?:'s)?\b"),
    "zh": re.compile(r"^(?:街道|社区|区里?|市里?)|(?:部门|办公室|[所局站科])$"),
}
_DONE_BY_OTHERS = ("provider", "payer")  # the seats that may commit to these need not do or pay it
_AGREED = ("eligibility", "terms")  # residents who may commit to these agree to what others do


def minutes(session: Session, lang: Lang | None = None) -> ReportDocument:
    """Return the minutes of a session's meeting: the last that decides, else the last that was held.

    They tell what the whole room heard, in the form of an office: who was there, what was settled, who is to do it by
    when, how the votes went, and what was left open. Words are quoted in the discussion and as reasons for votes.
    Everything else is told in ``lang``, or without it in the session's language.

    Raises:
        InputError: the log does not fit the game.
    """
    reader = reader_of(session, latest_scores(session), None, lang)
    held = list(reader.course) or [session.game.stages[0].id]
    deciding = [stage for stage in held if stage in session.game.able("decides")]
    return _Minutes(reader, (deciding or held)[-1]).document()


class _Minutes(Meeting):
    def document(self) -> ReportDocument:
        say, game = self.say, self.reader.game
        case, lang = game.scenario, game.spec.lang
        parts: list[tuple[str, Sequence[Block]]] = [
            ("matters", self._matters()),
            ("discussed", filled(bullets(() if self.orders else discussion(self)))),
            ("hearing", filled(*self._hearing())),
            ("order" if self.orders else "settled", filled(*self._settled())),
            ("votes", filled(*self._votes())),
            ("open", filled(bullets(left_open(self)))),
            ("reservations", filled(bullets(reservations(self)))),
        ]
        sections = [
            Section(key, say(f"meeting.number.{number}") + say(f"meeting.{key}"), blocks)
            for number, (key, blocks) in enumerate((part for part in parts if part[1]), start=1)
        ]
        kind = "order" if self.orders else "body" if self.decides else "other"
        names = {"case": case.title.get(lang).rstrip("?？"), "stage": self.reader.stage_name(self.stage)}
        return ReportDocument(
            lang=lang,
            kicker="",
            title=say(f"meeting.title.{kind}", place=self.place, **names),
            lede="",
            contents="",
            skip=say("meeting.skip"),
            footer=say("meeting.footer"),
            opening=(self._head(),),
            sections=[*sections, Section("signed", say("meeting.signed"), (self._signed(),))],
            slim=True,
            filed=True,
        )

    def _head(self) -> Facts:
        say, blank, chair = self.say, self.say("meeting.blank"), self.reader.game.chair
        others = [seat for seat in self.room if seat not in self.voters and seat != chair]
        presides = self.reader.person(chair) if chair in self.room else blank
        count = len(self.voters)
        rows = [
            ("when", self._when()),
            ("where", self.place),
            ("decides" if self.orders else "chair", presides),
            ("clerk", blank),
            ("due", say("meeting.due.value", count=count, names=self._listed(self.voters)) if count else ""),
            ("there", say("meeting.there.value", count=count) if count else ""),
            ("attending" if count else "present", self._listed(others)),
        ]
        return fact_list((say(f"meeting.{key}"), value) for key, value in rows)

    def _listed(self, seats: Sequence[str]) -> str:
        """Return the names and roles of seats, grouped by position."""
        sits = {seat: self.reader.seats[seat].position for seat in self.reader.seats if seat in seats}
        groups = {name: [seat for seat in sits if sits[seat] == name] for name in sits.values()}
        told = [name + self.say("colon") + self.people(there) for name, there in groups.items()]
        return self.say("semi").join(told)

    def _when(self) -> str:
        """Return the day of the meeting; with its times, if people played and it lasted minutes.

        Lines taken over from another session have no time of their own, so a session that branched off has only a day.
        """
        told = [event.at for event in self.reader.events if event.stage == self.stage] or [0.0]
        first, last = (datetime.fromtimestamp(at).astimezone() for at in (told[0], told[-1]))
        day = first.strftime(_DAY[self.reader.game.spec.lang])
        begun, over = first.strftime("%H:%M"), last.strftime("%H:%M")
        # the time that a model took is no time of a meeting
        alone = not self.reader.session.persons or departure_of(self.reader.session) is not None
        return day if alone or begun == over else self.say("meeting.times", day=day, begun=begun, over=over)

    def _matters(self) -> tuple[Block, ...]:
        game, lang = self.reader.game, self.reader.game.spec.lang
        asked = bullets(question.question.get(lang) for question in game.scenario.decisions)
        return filled(asked if self.decides and asked.items else paragraph(game.scenario.question.get(lang)))

    def _hearing(self) -> Iterator[Block]:
        say, chair = self.say, self.reader.game.chair
        if not self.orders:
            return
        spoke = [line["seat"] for line in self.lines if line["seat"] != chair and not line["vote"]]
        yield paragraph(say("meeting.heard", names=self.people(spoke)) if spoke else say("meeting.heard.nobody"))
        for taken in self.taken:
            how, sides = counted(self.reader.game, taken), {"for": True, "against": False}
            told: dict[str, Sequence[str]] = {
                key: [seat for seat, vote in taken["votes"].items() if vote == way] for key, way in sides.items()
            }
            told["abstained"], told["uncast"] = how.abstained, how.uncast
            if motion := self.reader.proposals.get(heard_on(taken, self.reader.lines)):
                name, amended = put_by(self.reader, motion)
                terms = self.options(other := self.reader.terms(self.not_followed(taken)))
                key = "meeting.heard.otherwise" if other else "meeting.heard.on"
                yield paragraph(say(key, name=name, amended=amended, terms=terms))
            yield bullets(
                say(f"meeting.advice.{key}", names=self.people(seats)) for key, seats in told.items() if seats
            )

    def _settled(self) -> Iterator[Block]:
        say, carried = self.say, [taken for taken in self.taken if taken["carried"]]
        undertaken, before = [*self._undertaken()], [*self._undertaken(before=True)]
        if not carried and self.decides:
            yield paragraph(say("meeting.none.voted" if self.taken or self.superseded else "meeting.none"))
        elif not carried and not undertaken:
            yield paragraph(say("meeting.none.other"))
        head = [say(f"meeting.head.{name}") for name in ("number", "matter", "who", "limit")]
        rows = [row for taken in carried for row in self._of_decision(taken)]
        cells = [(str(number), *row) for number, row in enumerate(rows, start=1)]
        yield table(say("meeting.settled"), head, cells, widths=(8, 50, 24, 18), titled=False)
        for taken in carried:
            yield bullets(self._waits(taken))
            if budgets := default_budgets(self.reader.game, self.reader.session.items, taken):
                known = self.reader.game.scenario.decision_by_id
                unbound = any(known[key].topic == "payer" for key in taken["unbound"])
                yield paragraph(say("meeting.budget.until" if unbound else "meeting.budget", budgets=budgets))
        head = [say(f"meeting.head.{name}") for name in ("number", "by", "undertaken", "limit")]
        for caption, told in (("undertaken", undertaken), ("before", before)):
            cells = [(str(number), *row) for number, row in enumerate(told, start=1)]
            yield table(say(f"meeting.{caption}"), head, cells, widths=(8, 24, 50, 18))

    def _waits(self, taken: DecisionTaken) -> Iterator[Spans]:
        say, reader = self.say, self.reader
        due = strong(say("meeting.waits"))
        bodies, lang = bodies_asked(reader, taken), reader.game.spec.lang
        departments = [card.get(lang).removeprefix("the ") for card in reader.game.scenario.departments.values()]
        for name, questions in bodies.items():
            key = "department" if name in departments else "assembly"
            matters = needing(reader, taken, questions, name)
            asked = say("meeting.waits.asked", matters=matters) if matters else ""
            yield (due, Span(say(f"meeting.waits.{key}", name=name, asked=asked)))
        for office, item in self._offices():
            if office in bodies:
                continue
            says = {"name": reader.person(item.owner), "says": item.says}
            yield (due, Span(say("meeting.waits.office", office=office, **says)))
        for offices, fact in offices_by_fact(reader, taken, bodies):
            yield (due, Span(say("meeting.waits.fact", names=say.join(offices), fact=fact)))
        for office, asked in offices_away(reader, taken, bodies):
            yield (strong(say("meeting.waits.standing")), Span(say("meeting.waits.away", name=office, asked=asked)))
        for key, *ways in unheld(reader.session, taken):
            question = reader.text(reader.game.scenario.decision_by_id[key].question).rstrip("?？")
            promised = {seat: promised_in_words(reader.session, taken, key, seat) for seat in ways[-1]}
            worded = {seat: made for seat, made in promised.items() if made}
            for seat, made in worded.items():
                promises = say.join([f"“{self.as_filed(reader.line_by_id[item.line], item.says)}”" for item in made])
                told = say("meeting.waits.promised", name=reader.person(seat), question=question, promises=promises)
                yield (strong(say("meeting.waits.standing")), Span(told))
            seats = [seat for way in ways for seat in way if seat not in worded]
            if not worded or seats:
                told = say(
                    f"meeting.waits.{'seats' if seats else 'others'}", names=self.people(seats), question=question
                )
                yield (strong(say("meeting.waits.standing")), Span(told))
        held = {each.question: each for each in held_beyond(reader.game, reader.session.items, taken)}
        for key, chosen in taken["unbound"].items():
            term = held.get(key)
            gave = [item.owner for item in term.promises] if term else []
            givers = [*term.givers] if term else []
            way = "promised" if gave else "open" if givers else "nobody"
            names = self.people(gave or givers)
            told = say(f"meeting.unbound.{way}", matter=self.options(reader.terms({key: chosen})), names=names)
            yield (strong(say("meeting.by_promise")) if gave else due, Span(told))

    def _offices(self) -> Iterator[tuple[str, Item]]:
        """Yield the departments without a seat for which a promise of the meeting waits by its words, each once."""
        game = self.reader.spoken
        made = [item for item in self.reader.session.entries("promise") if item.stage == self.stage]
        for department in game.scenario.departments.values():
            name = department.get(game.spec.lang)
            word = _OFFICE[game.spec.lang].sub("", name).strip()
            waits = (item for item in made if word and word in time_limit(item.says, game.spec.lang))
            item = next((item for item in waits if item.state not in GONE), None)
            if item is not None and not named(game, name, self.room, offices=False):
                yield department.get(self.reader.game.spec.lang).removeprefix("the "), item

    def _of_decision(self, taken: DecisionTaken) -> Iterator[tuple[Inline, str, str]]:
        reader, game, say = self.reader, self.reader.game, self.say
        nobody, refused = say("meeting.nobody"), self.refused(taken)
        for key, option in taken["terms"].items():
            ((question, text),) = reader.terms({key: option})
            card = game.scenario.decision_by_id[key]
            may = [seat for seat in self.room if seat in card.holders(option)]
            takes = [seat for seat in may if accepted_in(reader.session, key, option, [seat])]
            at_head = [seat for seat in doers(reader.spoken, text, self.room) if seat in takes]
            who = self.people(at_head or takes)
            single = {game.personas[seat].kind for seat in takes} == {"resident"}
            if single and not at_head and card.topic in _AGREED:
                who = say("meeting.consented", who=who)
            shared = {"government", "residents"} <= {*card.options[option].paid_by}
            public = [seat for seat in at_head or takes if seat not in game.residents]
            if shared and public:
                who = say("meeting.public_part", who=self.people(public))
            elif takes and (shared or not at_head) and card.topic in _DONE_BY_OTHERS:
                who = say(f"meeting.as_worded.{card.topic}", who=who)
            if card.topic == "provider" and doer_is_away(reader, taken, key):
                who = say("meeting.doer_open", who=self.people(at_head or takes))
            elif does := self._does(key, option):
                who = say.join(does)
            if not takes:
                worded = [seat for seat in may if promised_in_words(reader.session, taken, key, seat)]
                ways = {"asked_yet": worded, "not_yet": [seat for seat in may if seat not in worded]}
                told = [say(f"meeting.{way}", who=self.people(seats)) for way, seats in ways.items() if seats]
                who = say("semi").join(told) or nobody
            yield self.matter(question, text), who, "–"  # an option's words include its limit
        see_to: dict[str, list[str]] = {}
        for sees, seat, condition in owed(reader, taken):
            who = with_answer(reader, taken, sees, seat, condition) or nobody
            if condition in refused and (not seat or seat in refused[condition]):
                who = say("meeting.refused_here", who=sees or self.people(refused[condition]))
            see_to.setdefault(condition, []).append(who)
        for condition, several in see_to.items():
            yield condition, say("semi").join(several), self._limit(condition)

    def _does(self, question: str, option: str) -> list[str]:
        """Return the providers in the room that an option names for the work, each with whether it has agreed."""
        reader, card = self.reader, self.reader.game.scenario.decision_by_id[question]
        named = interested(reader.spoken, {question: option}) if card.topic == "provider" else ()
        told: list[str] = []
        for seat in named:
            if seat in self.room and seat not in card.holders(option):
                who = reader.person(seat)
                agreed = accepted_in(reader.session, question, option, [seat])
                told.append(who if agreed else self.say("meeting.not_yet", who=who))
        return told

    def _undertaken(self, *, before: bool = False) -> Iterator[tuple[str, str, str]]:
        """Yield what was undertaken in the meeting; or what was undertaken ``before`` it and still stood at its end."""
        reader, order = self.reader, [stage.id for stage in self.reader.game.stages]
        places = {line["id"]: order.index(line["stage"]) for line in reader.lines if reader.heard(line)}
        now = order.index(self.stage)
        for item in reader.session.items:
            place = places.get(item.line, len(order))
            if (place >= now if before else place != now) or self._lost(item):
                continue
            stood = [state for by, state in item.history if places.get(by, now) <= now][-1]
            if before and stood not in ("open", "confirmed"):
                continue
            beside = self.say.paren(reader.stage_name(item.stage)) if before else ""
            if item.kind == "promise" and not said_again(reader, item):
                named = item.terms and not in_own_words(reader, item)
                says = "" if named else self.as_filed(reader.line_by_id[item.line], item.says)
                matters = (self.matter(question, option) for question, option in reader.terms(item.terms))
                said = f"“{says}”" if says else self.say("semi").join(matters)
                if named or not is_stock(reader.spoken, item.says):
                    whom = whom_for(reader.game, item.promised_to)
                    hangs = self.say.paren(self.say("state.for", names=whom)) if whom else ""
                    hangs += self.say.paren(on) if (on := promised_if(reader, item)) else ""
                    hangs += self.say.paren(self.say("promised_if.voted_down")) if voted_down(reader, item) else ""
                    yield reader.person(item.owner), said + hangs + beside, self._limit(says)
            elif item.kind == "task" and item.state not in ("lifted", "disputed"):
                task = reader.text(reader.game.scenario.task_by_id[item.task].text)
                yield reader.person(item.deliverer), self.say("meeting.task", task=task) + beside, self._limit(task)

    def _lost(self, item: Item) -> bool:
        """Return whether a promise no longer holds, or nobody said whether it still holds."""
        lost = beside_lost(self.reader, item) or asked_lost(self.reader, item)
        return item.state in GONE or lost is not None or bool(self.contradicted(item))

    def _limit(self, text: str) -> str:
        """Return by when something is to be done, in the words of a text; a dash if it does not say."""
        games = (self.reader.game, self.reader.spoken)
        limits = (time_limit(text, game.spec.lang) for game in games)
        return next(filter(None, limits), "–")

    def _votes(self) -> Iterator[Block]:
        say, reader = self.say, self.reader
        held = [*((taken, True) for taken in self.superseded), *((taken, False) for taken in self.taken)]
        for taken, again in held if not self.orders else ():
            how = counted(reader.game, taken)
            cast = len(self.voters) - sum(seat in self.voters for seat in how.uncast)
            counts = {**tally(say, reader.game, how), "due": len(self.voters), "out": len(how.abstained), "cast": cast}
            motion = motion_of(reader.session.items, taken["motion"])
            name, amended = put_by(reader, motion) if motion else (say("meeting.nobody"), "")
            came = "carried" if taken["carried"] else "rejected" if how.short else "vetoed"
            vetoed = veto_key(reader.game, "vetoed", taken["vetoed_by"])
            rule = reader.game.governance.rules.aggregation
            if came == "rejected" and not how.missed and rule.by_share:
                came = "short"
            rows: list[Inline] = []
            if not taken["carried"]:
                put = reader.terms({**taken["terms"], **taken["unbound"]})
                rows.append(say("meeting.asked", terms=self.options(put)))
                asked = as_taken(reader.session.items, taken)
                left = conditions_left(reader, asked, hangs_on(asked.condition))
                rows += [say("meeting.asked.condition", condition=left)] if left else []
            sides = {"against": [seat for seat, vote in how.votes.items() if not vote], "abstained": how.abstained}
            sides["uncast"] = how.uncast
            sides[vetoed] = taken["vetoed_by"]
            own = [seat for seat in interested(reader.spoken, taken["terms"]) if seat in self.voters]
            rows += [
                say(f"meeting.{key}", names=self.people(seats)) + ("" if again else self._reasons(taken, key, seats))
                for key, seats in sides.items()
                if seats
            ]
            rows += [say("meeting.interested", names=self.people(own))] if own else []
            voted = "meeting.vote.uncast" if how.uncast else "meeting.vote"
            yield paragraph(
                say(voted, name=name, amended=amended, **counts)
                + say(f"meeting.came.{vetoed if came == 'vetoed' else came}", needed=counts["needed"])
                + (say("gap") + say("meeting.superseded") if again else "")
            )
            yield bullets(rows)

    def _reasons(self, taken: DecisionTaken, side: str, seats: Sequence[str]) -> str:
        """Return a reference to the reasons that seats gave for not voting for a motion; empty if none gave any."""
        last = taken is self.taken[-1]
        given = any(reason(self, taken, seat) or (last and before_vote(self, seat)) for seat in seats)
        return self.say.paren(self.say("meeting.reasons")) if given and side in ("against", "abstained") else ""

    def _signed(self) -> Facts:
        say, reader, blank = self.say, self.reader, self.say("meeting.blank")
        asked = [(taken, bodies_asked(reader, taken)) for taken in self.taken]
        bodies = [name for _, names in asked for name in names]
        bodies += [
            name for taken, known in asked for names, _ in offices_by_fact(reader, taken, known) for name in names
        ]
        others = [seat for seat in self.room if seat not in self.voters and seat != reader.game.chair]
        informed = [reader.game.role(seat) for seat in others if seat not in reader.game.residents]
        residents = [reader.game.role(seat) for seat in others if seat in reader.game.residents]
        bodies += [
            name.removeprefix("the ") for taken, known in asked for name, _ in offices_away(reader, taken, known)
        ]
        offices = [office for office, _ in self._offices()] if any(taken["carried"] for taken in self.taken) else []
        copies = list(dict.fromkeys([*informed, *bodies, *offices]))
        rows = [
            ("copies", say.join(copies) if copies or residents else blank),
            ("informed", say.join(list(dict.fromkeys(residents)))),
            ("signed.order" if self.orders else "signed.chair", blank),
            ("signed.clerk", blank),
            ("signed.day", say("meeting.blank_day")),
        ]
        return fact_list((say(f"meeting.{key}"), value) for key, value in rows)
