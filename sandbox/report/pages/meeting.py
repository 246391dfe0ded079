"""A meeting as its minutes tell it: who was there, what was heard and decided, and the time limits in texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from sandbox.content.governance import CHAIR_BINDS
from sandbox.content.language import Lang, patterns
from sandbox.content.words import Words, within_quotes
from sandbox.game.ledger.entries import Item
from sandbox.game.motions.counting import heard_on
from sandbox.game.motions.franchise import franchise
from sandbox.game.motions.unwilling import carried_refused
from sandbox.record.line import DecisionTaken, Line
from sandbox.report.departures import departure_of
from sandbox.report.pages.debrief.reader import DebriefReader

# Usual length of a promise in characters.
_LONGEST: dict[Lang, int] = {"en": 130, "zh": 50}
GONE = ("fallen", "withdrawn", "beyond_remit")
"""States of a promise that no longer holds."""


@dataclass(frozen=True)
class Meeting:
    """A meeting: the session as a reader may see it, and the stage."""

    reader: DebriefReader
    stage: str

    @property
    def say(self) -> Words:
        """The words in the reader's language."""
        return self.reader.label

    @property
    def decides(self) -> bool:
        """Whether the stage decides."""
        return self.stage in self.reader.game.able("decides")

    @property
    def orders(self) -> bool:
        """Whether one seat alone decides in it."""
        return self.decides and self.reader.game.governance.rules.aggregation.procedure in CHAIR_BINDS

    @property
    def place(self) -> str:
        """The name of the case's place."""
        place = self.reader.game.scenario.place.get(self.reader.game.spec.lang)
        return place.replace("，", ",").split(",")[0]

    @cached_property
    def room(self) -> tuple[str, ...]:
        """The seats that were there."""
        return self.reader.game.present(self.stage)

    @cached_property
    def voters(self) -> tuple[str, ...]:
        """The seats that had a vote."""
        return franchise(self.reader.game, self.stage).voters if self.decides and not self.orders else ()

    @cached_property
    def taken(self) -> list[DecisionTaken]:
        """The decisions of the stage, carried or not."""
        return [taken for taken in self.reader.decisions if taken["stage"] == self.stage]

    @cached_property
    def superseded(self) -> list[DecisionTaken]:
        """What votes of the stage came to that were held again, in the order in which they were held."""
        departure = departure_of(self.reader.session)
        return [taken for taken in (departure.superseded if departure else ()) if taken["stage"] == self.stage]

    def not_followed(self, taken: DecisionTaken) -> dict[str, str]:
        """Return the options of the motion on which voters were heard that whoever decided alone did not take."""
        motion = self.reader.proposals.get(heard_on(taken, self.reader.lines))
        decided = taken["terms"] | taken["unbound"]
        return {key: option for key, option in motion.terms.items() if decided.get(key) != option} if motion else {}

    @cached_property
    def lines(self) -> list[Line]:
        """The lines that the whole room heard."""
        return self.reader.shared(self.stage)

    def people(self, seats: Sequence[str]) -> str:
        """Return the names and roles of seats, in the order of the seats."""
        return self.say.join([self.reader.person(seat) for seat in self.reader.seats if seat in seats])

    def matter(self, question: str, option: str) -> str:
        """Return a question and an option as one text."""
        return question.rstrip("?？") + self.say("colon") + option

    def options(self, terms: Iterable[tuple[str, str]]) -> str:
        """Return questions and options as one text that may follow a colon."""
        return self.say("semi").join(question.rstrip("?？") + self.say("dash") + option for question, option in terms)

    def as_filed(self, line: Line, says: str) -> str:
        """Return as many of a promise's words as fit, for use within quotation marks."""
        told = self.reader.aloud(says, _LONGEST[self.reader.game.spec.lang], act=line["act"])
        return within_quotes(told).rstrip(".。")

    def contradicted(self, item: Item) -> str:
        """Return the decision or line of the meeting that contradicts a promise; empty if there is none."""
        made = {*(taken["id"] for taken in self.taken), *(line["id"] for line in self.lines)}
        return next((by for by, state in item.history if state == "broken" and by in made), "")

    def refused(self, taken: DecisionTaken) -> dict[str, list[str]]:
        """Return the conditions of a carried decision that were refused aloud, each with the seats that refused."""
        reader = self.reader
        refused = carried_refused(reader.spoken, reader.session.items, taken, reader.lines)
        return {condition: [line["seat"] for line in lines] for condition, lines in refused.items()}


_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_OFTEN = rf"(?:{_DAY}|day|morning|evening|night|week|month|quarter|year|term)"
_SPAN = r"(?:hours?|days?|weeks?|months?|quarters?|years?|terms?)"
_NUMBER = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty)"
_MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_HAPPENS = (
    r"(?:open|sign|start|begin|end|meet|sit|vote|decide|agree|answer|close|leave|come|arrive|move)s?|goes|pass(?:es)?"
)
_EVENT = r"(?:lot|inspection|meeting|assembly|vote|opening|review|harvest|holidays?|festival|visit|lease|deadline)"
_LIMIT = patterns(
    en=rf"\b(?:by|before|until|till|within|no later than) (?:(?:the|next|this|end|of|an?|\d+|{_NUMBER}) )*"
    rf"(?:{_DAY}|{_SPAN}|{_MONTH}|spring|summer|autumn|winter)\b"
    rf"|\b(?:today|tonight|tomorrow(?: (?:morning|evening|night))?)\b(?!['’])|\bthe day (?:the|it|its|they) [^,;.]+"
    rf"|\b(?:this|next) (?:{_DAY}|week|month)\b(?:, before [^,;.]*)?"
    rf"|(?:\bat \w+ on )?\b(?:every|each) (?:[a-z]+ )?{_OFTEN}\b"
    rf"|\b(?:once|twice) an? [a-z]+\b|\bonce (?!an? |more\b|again\b)[^,;.]+"
    rf"|\bat the end of (?:the|each|every) (?:week|month|quarter|year|term)\b"
    rf"|\bbefore (?:[a-z'’]+ ){{1,6}}?(?:is|are|has|have|{_HAPPENS})\b[^,;.]*"
    rf"|\bbefore (?:the |an? |any |its |their |our )?(?:[a-z'’]+ ){{0,2}}?{_EVENT}\b",
    zh=r"(?:[本这下每当同]个?|[一二两三四五六七八九十半\d]{1,3}个?)?(?:周|礼拜|星期|季度|(?:工作)?[月年天日号])"
    r"(?:[底初中末一二三四五六日天]|[一二三四五六七八九十\d]{1,3}[日号])?(?:[之以]?前|[之以]?内)"
    r"|今[天日晚](?![的说讲议])|明[天日早晚](?:早上|上午|下午|晚上)?|[本这下]个?(?:周|礼拜|星期)[一二三四五六日天]?"
    r"|[^，；。、]{1,8}?(?:到期|开工|开门|施工|验收|上门|春节|国庆|散会|开会|表决|投票|检查|签字|签约|开学|开业主大会)(?:[之以])?前"
    r"|(?:[本这下]个?|[一二三四五六七八九十\d]{1,2})月(?:[一二三四五六七八九十\d]{1,3}[日号])?起"
    r"|[^，；。、]{2,8}?(?:之前|前[一二两三四五六七八九十\d]{1,2}[天日周])"
    r"|(?:人员?上岗前)?每(?:天晚上|[晚天日])(?:[一二三四五六七八九十\d]{1,3}点(?:半|钟)?(?:[之以]?前)?)?"
    r"|每(?:个?月|周|季度?|年|学期)[底初末]?|月底|当[天日]|[一二三四五六七八九十\d]{1,3}个工作日",
)
# With these words, before the limit or in Chinese after it, the limit tells when something begins at the earliest.
_NOT = patterns(
    en=r"(?:\b(?:no|not|never|nothing|nobody)\b|n['’]t\b)[^,;.]*$",
    zh=r"^，?(?:[^，；。、]{0,4}?不|(?:谁?[都也]|一律)?[没别])",
)
# After these words a time tells how often something was done that is to end.
_ENDS = patterns(
    en=r"\b(?:no more|stops?|drops?|cancels?|ends?|abolish(?:es)?)\b[^,;.]*$",
    zh=r"(?:停|取消|不再|免去|免掉)[^，；。、]*$",
)


def time_limit(text: str, lang: Lang) -> str:
    """Return the words of a text that say by when, or how often, something is to be done; empty if there are none.

    A time before which something is not to be done is not a limit, nor is how often something was done that ends.
    """
    for match in _LIMIT[lang].finditer(text):
        if not _ENDS[lang].search(text[: match.start()]):
            before = match[0].lower().startswith(("before", "until", "till")) or match[0].endswith("前")
            aside = text[: match.start()] if lang == "en" else text[match.end() :]
            return "" if before and _NOT[lang].search(aside) else match[0].strip()
    return ""
