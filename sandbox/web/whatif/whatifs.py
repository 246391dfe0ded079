"""What-ifs in the browser: the possible changes at a line, and the play of both arms from there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sandbox.content.language import Lang
from sandbox.content.words import refusal
from sandbox.experiment.whatif.continuations import (
    SIDES,
    ContinuationFolder,
    Side,
    VoteApart,
    by_model,
    estimate,
    examples,
    votes_apart,
)
from sandbox.experiment.whatif.models import games_under, rows_under
from sandbox.experiment.whatif.whatif import FigureComparison, WhatifQuestion, by_rules, telling_seed
from sandbox.game.game import Game
from sandbox.game.moment import Moment, moment_of
from sandbox.game.spec import BY_CARDS, BY_RULES, Players, SessionSpec
from sandbox.llm.usage import Usage
from sandbox.record.line import Line
from sandbox.report.pages.seeds import SeedsSummary, summary
from sandbox.report.rule_offers import RuleOffer, rule_offers
from sandbox.session.context import DIRECTED
from sandbox.session.runner import Models
from sandbox.web.recordings import Recordings
from sandbox.web.tables.house import House
from sandbox.web.wall.show import Show

RUNS = (40, 100, 400)
"""Numbers of continuations of each arm by the rules alone that a page offers."""
SEEDS = range(1, 11)
"""Seeds from which a case is played under other governance models."""
RUNS_BY_MODEL = (5, 10, 20)
"""Numbers of continuations of each arm by a model that a page offers."""
_SILENT = Models(None, (), DIRECTED)


@dataclass(frozen=True)
class Fork:
    """A line at which the courses may part, with the possible changes.

    Args:
        moment: the moment at which it was spoken, with the acts that the rules left its seat.
        game: its game, in the language of a page.
        offers: the rules that may be changed from there on, in the language of a page.
    """

    moment: Moment
    game: Game
    offers: tuple[RuleOffer, ...]


@dataclass(frozen=True)
class WhatifCourse:
    """A course to be read: an arm's continuation from the first seed at which both differ."""

    side: Side
    session: str
    show: Show
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class WhatifAnswer:
    """The answer to a question.

    Args:
        model: the model that played them; empty for the rules alone.
        courses: a course of each arm, as it was and changed.
        apart: the votes that the cards mostly cast otherwise than in the session.
    """

    question: WhatifQuestion
    rows: tuple[FigureComparison, ...]
    runs: int
    model: str
    courses: tuple[WhatifCourse, ...]
    apart: tuple[VoteApart, ...] = ()


@dataclass(frozen=True)
class ModelsAnswer:
    """The outcomes of a case under several governance models, with the spec of a session under each."""

    specs: tuple[SessionSpec, ...]
    summary: SeedsSummary


@dataclass
class WhatifProgress:
    """The progress of a question's continuations, and whether they must stop (``stopped``)."""

    total: int
    played: int = 0
    stopped: bool = False

    def add(self) -> None:
        """Count a continuation; raises `InputError` if they must stop."""
        if self.stopped:
            raise refusal("refused.stopped")
        self.played += 1


@dataclass
class WhatIfs:
    """Answers questions about sessions that can be shown; one at a time by the rules or the cards, in a thread.

    Methods that play raise `InputError` if they are stopped, and `StorageError` if courses cannot be written.
    """

    house: House
    recordings: Recordings
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def model(self) -> str:
        """The model of the server; empty without one."""
        return self.house.choice.speaker_name if self.house.choice.style != "rules" else ""

    async def by_rules(self, session: str, question: WhatifQuestion, progress: WhatifProgress) -> WhatifAnswer:
        """Play both arms by the rules alone."""
        kept = ContinuationFolder(question, self.house.runs, session)

        def play() -> WhatifAnswer:
            rows = by_rules(question, progress.total, progress.add)
            examples(kept, telling_seed(rows))
            return self._answer(kept, rows, progress.total)

        async with self._turn:
            return await asyncio.to_thread(play)

    async def by_cards(self, session: str, question: WhatifQuestion, progress: WhatifProgress) -> WhatifAnswer:
        """Let the cards play both arms, half of the courses each."""
        kept, runs = ContinuationFolder(question, self.house.runs, session, BY_CARDS), progress.total // 2

        def play() -> WhatifAnswer:
            answer = self._answer(kept, asyncio.run(by_model(kept, runs, _SILENT, progress.add)), runs)
            return replace(answer, apart=tuple(votes_apart(kept, self.recordings.show(session).session, runs)))

        async with self._turn:
            return await asyncio.to_thread(play)

    async def by_models(
        self, show: Show, models: Sequence[str], players: Players, lang: Lang, progress: WhatifProgress
    ) -> ModelsAnswer:
        """Play the case of a session under governance models from the same seeds, by the cards or by the rules alone.

        Raises `InputError` also if it cannot be played under one of them.
        """

        def play() -> ModelsAnswer:
            games = games_under(show.session.game, models)
            progress.total = len(games) * len(SEEDS) * len({players, BY_RULES})
            rows = [*rows_under(games, SEEDS, players, progress.add)]
            named: dict[str, object] = {"lang": lang, "models": {}, "style": players.style, "model": players.model}
            specs = tuple(game.spec.model_copy(update=named) for game in games.values())
            return ModelsAnswer(specs, summary(rows, models, show.session.game.scenario))

        async with self._turn:
            return await asyncio.to_thread(play)

    def by_the_model(self, session: str, question: WhatifQuestion) -> ContinuationFolder:
        """Return the folder of a question's continuations by the server's model."""
        return ContinuationFolder(question, self.house.runs, session, self.house.choice.players)

    async def cost(self, kept: ContinuationFolder, runs: int) -> tuple[Usage, float | None]:
        """Return the estimated usage of the model for ``runs`` continuations of each arm, with the money if known."""
        usage = await asyncio.to_thread(estimate, kept, runs)
        budget = self.house.models.account.budget
        return usage, budget.cost(budget.priced(usage, self.house.choice.speaker_name))

    async def played(self, kept: ContinuationFolder, runs: int, progress: WhatifProgress) -> WhatifAnswer:
        """Let the model play both arms, as `by_model`; if cancelled, finished continuations stay stored."""
        models = self.house.models  # with an account of their own, as each table has one, and without judges
        alone = replace(models, judges=(), account=models.account.another())
        rows = await by_model(kept, runs, alone, progress.add)
        return await asyncio.to_thread(self._answer, kept, rows, runs)

    def _answer(self, kept: ContinuationFolder, rows: Sequence[FigureComparison], runs: int) -> WhatifAnswer:
        model = kept.player.model if kept.player.style != "rules" else ""
        before = {line["id"] for line in kept.question.moment.state["lines"]}
        seed = telling_seed(rows)
        shows = {side: self.recordings.show(kept.name(side, seed)) for side in SIDES}
        courses = (
            WhatifCourse(
                side, kept.name(side, seed), show, tuple(line for line in show.room.lines if line["id"] not in before)
            )
            for side, show in shows.items()
        )
        return WhatifAnswer(kept.question, tuple(rows), runs, model, tuple(courses))


def first_line(show: Show, named: str) -> str:
    """Return the line at which a page begins: the named one, if the room heard it.

    Else it is the motion that was voted on first, the first turning point, or the line in the middle; empty where
    nobody spoke.
    """
    heard = [line["id"] for line in show.room.lines]
    motions = [taken["motion"] for taken in show.room.decisions]
    turns = [show.line_at(mark.step) for mark in show.marks["turn"]]
    return next((line for line in (named, *motions, *turns, *heard[len(heard) // 2 :]) if line in heard), "")


def fork(show: Show, line: str, lang: Lang) -> Fork:
    """Return the possible changes at a line; raises `InputError` if there is no such line."""
    moment = moment_of(show.session, line)
    game = moment.game.in_language(lang)
    stage = [stage.id for stage in game.stages].index(moment.line["stage"])
    return Fork(moment, game, rule_offers(game, stage))
