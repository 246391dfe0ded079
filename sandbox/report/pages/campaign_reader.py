"""A campaign as its report reads it: names of communities and years, results of sessions, and the ranking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import nan

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.diffusion.campaign.events import Placed
from sandbox.diffusion.campaign.result import Result
from sandbox.diffusion.campaign.state import CampaignState
from sandbox.report.campaign_words import (
    SIDES,
    SideName,
    h_digits,
    kept_told,
    lots_told,
    marked,
    marks_told,
    place_told,
    rests_told,
)
from sandbox.report.document.blocks import Block, Table
from sandbox.report.document.chart import LINES, Curve, Curves, Scale
from sandbox.report.document.compose import Inline, below, fact_list, note, strong, table
from sandbox.report.figures import measured
from sandbox.report.pages.parts import PageWords

_LEAST = 0.2  # least length of a scale of H or P, so that small differences look small


class CampaignReader(PageWords):
    """Reads a campaign, finished or not, in a language; without one, in that of its sessions."""

    def __init__(self, state: CampaignState, library: Library, lang: Lang | None = None) -> None:
        super().__init__("campaign", library, lang or state.settings["lang"])
        self.state, self.rounds = state, range(1, len(state.rankings) + 1)

    def place(self, community: str) -> str:
        """Return the name of a community; for an empty text, the word for the level above all."""
        return self.state.card.by_id[community].name.get(self.lang) if community else self.say("above")

    def year(self, round: int) -> str:
        """Return the name of a year; 0 is before the first."""
        return self.say("year", number=round) if round else self.say("before")

    def table(
        self, name: str, columns: Sequence[str], rows: Iterable[Iterable[Inline]], widths: tuple[int, ...] = (), *,
        titled: bool = False, figures: bool = False,
    ) -> Table:  # fmt: skip
        """Return a table. If ``titled``, its caption is shown; otherwise the section's title stands for it."""
        head = [self.say(f"head.{column}") for column in columns]
        return table(self.say(name), head, rows, widths=widths, titled=titled, figures=figures)

    def results(self) -> Iterator[tuple[int, str, Result]]:
        """Yield the result of each finished session, year by year: year, community, result."""
        for round in self.rounds:
            for community in self.state.communities:
                if result := self.state.result(round, community):
                    yield round, community, result

    def by_community(self) -> Iterable[tuple[int, str, Result]]:
        """Return the same as `results`, community by community."""
        return sorted(self.results(), key=lambda each: self.state.communities.index(each[1]))

    def in_year(self, round: int, community: str) -> str:
        """Return the name of a community in a year."""
        return self.say("in_year", place=self.place(community), year=self.year(round))

    def places(self) -> Table:
        """Return the place of each community, year by year."""
        say, label, state = self.say, self.label, self.state

        def cell(round: int, community: str) -> Inline:
            both = {side: self.measured(round, community, side) for side in SIDES}
            values = say("h_and_p", **both)
            result = state.result(round, community)
            falls = bool(result and result.kept + result.part + result.broken)
            told = [kept_told("kept_of", [result], label) if falls else say("none_due")] if result else []
            rests = rests_told(state, round, community, label)
            return below((strong(place_told(state, round, community, label)),), values, *told, *rests)

        rows = ((self.place(each), *(cell(round, each) for round in self.rounds)) for each in state.communities)
        head = (say("head.community"), *map(self.year, self.rounds))
        return table(say("ranking"), head, rows, titled=False)

    def ranking(self) -> Iterator[Block]:
        """Yield the section on the ranking."""
        say, label, state = self.say, self.label, self.state
        yield note(label("gap").join([say("ranking_note"), *lots_told(state, label)]))
        yield note(marks_told(state, self.rounds, label))
        yield self.places()
        names = [name for name in ("first", "others", "last") if name != "others" or len(state.communities) > 2]
        yield fact_list((say(f"brings.{name}"), getattr(state.card.ranking, name).get(self.lang)) for name in names)
        if len(self.rounds) > 1:
            yield self.course("h")
            yield self.course("p")

    def course(self, side: SideName) -> Curves:
        """Return one assessment of each community over the years."""
        say, communities = self.say, self.state.communities
        names, years = [self.place(each) for each in communities], tuple(map(self.year, self.rounds))
        told = tuple(tuple(self.measured(round, each, side) for each in communities) for round in self.rounds)
        held = [[self.placed(round, each)[side] for round in self.rounds] for each in communities]
        curves = []
        for number, (name, values) in enumerate(zip(names, held, strict=True)):
            drawn = tuple(nan if value is None else value for value in values)
            curves.append(Curve(name, drawn, series=number, line=LINES[number % len(LINES)]))
        every = (self.placed(round, each)[name] for name in SIDES for each in communities for round in self.rounds)
        scale = Scale.over(every, say(f"course_scale.{side}"), least=_LEAST)  # one for both, which stand together
        last = (say("named", name=name, value=value) for name, value in zip(names, told[-1], strict=True))
        return Curves(
            f"course_{side}", say(f"course.{side}"), (say("head.year"), *names), years, scale, tuple(curves), told,
            self.label("semi").join(last), say("head.year"),
        )  # fmt: skip

    def placed(self, round: int, community: str) -> Placed:
        """Return the ranking of a community in a year."""
        return next(each for each in self.state.rankings[round] if each["community"] == community)

    def measured(self, round: int, community: str, side: SideName) -> str:
        """Return an assessment with its marks, with the number of decimals that its year uses."""
        decimals = h_digits(self.state, round) if side == "h" else 2
        value = measured(self.placed(round, community)[side], self.label, decimals)
        return value + marked(self.state, round, community, side)
