"""What `import sandbox` offers to Python: play a session, open one, and read it as tables of plain rows."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from sandbox.cli import options
from sandbox.content.language import Lang
from sandbox.errors import SandboxError
from sandbox.experiment.outcomes import outcomes_of
from sandbox.experiment.session_tables import tables_of
from sandbox.game.game import Game
from sandbox.game.session import Session as Played
from sandbox.record.folder import SessionFolder
from sandbox.report.results import write_results
from sandbox.session.choice import choose
from sandbox.session.runner import Models, Watch, run_session

__all__ = ["SandboxError", "Session", "load", "run"]

ResultT = TypeVar("ResultT")
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Session:
    """A session that was played.

    Its tables are lists of plain rows, for `pandas.DataFrame` or `polars.DataFrame`: the columns are those of `sandbox
    export`, whose codebook explains them, and a value that is not there is None.

    Args:
        path: its folder, with the log, the report and the scores.
        played: the session as the program itself reads it; what that offers may change between versions.
    """

    path: Path
    played: Played

    @property
    def id(self) -> str:
        """Its id."""
        return self.path.name

    @property
    def finished(self) -> bool:
        """Whether it came to its end."""
        return self.played.finished

    @cached_property
    def tables(self) -> Mapping[str, Rows]:
        """All tables by name, as `sandbox export` writes them."""
        return tables_of(self.played, self.id)

    @cached_property
    def outcomes(self) -> Mapping[str, float | None]:
        """Every outcome by name; None where the session gives nothing to measure."""
        return outcomes_of(self.played)

    @property
    def seats(self) -> Rows:
        """One row a seat."""
        return self.tables["seats"]

    @property
    def lines(self) -> Rows:
        """One row a line."""
        return self.tables["lines"]

    @property
    def decisions(self) -> Rows:
        """One row a decision."""
        return self.tables["decisions"]

    @property
    def votes(self) -> Rows:
        """One row a vote; ``for_it`` is None for who abstained."""
        return self.tables["votes"]

    @property
    def ledger(self) -> Rows:
        """One row a proposal, promise, task or decision, and what became of it."""
        return self.tables["ledger"]

    @property
    def promises(self) -> Rows:
        """The rows of the ledger that are promises."""
        return [row for row in self.ledger if row["entry"] == "promise"]

    @property
    def pulses(self) -> Rows:
        """One row a seat and moment: trust, conviction, burden, 1 to 5."""
        return self.tables["pulses"]

    @property
    def scores(self) -> Rows:
        """One row a level that was counted, and a vote that a judge gave, on a criterion."""
        return self.tables["scores"]


def run(
    scenario: str = "four_oclock_school",
    governance: str = "",
    *,
    lang: Lang = "en",
    model: str | None = None,
    judge_model: str | None = None,
    judge_samples: int = 1,
    seed: int = 1,
    stages: Iterable[str] = (),
    turns: int | None = None,
    city: str = "",
    rubric: str = "core",
    changes: Iterable[str] = (),
    cast: Mapping[str, str] | None = None,
    wording: str = "as_is",
    max_tokens: int | None = None,
    content: Path | str | None = None,
    out: Path | str | None = None,
) -> Session:
    """Play a session to its end, score it and write its report; the arguments are the options of ``sandbox run``.

    Args:
        scenario: the case, by id.
        governance: the governance model, by id; empty for ``joint_production``, or the city's.
        lang: the language, ``en`` or ``zh``.
        model: the model that plays; ``cards``: personas say their cards; ``none``: the rules alone; ``embedded``; None
            for that of ``SANDBOX_MODEL``, or else the embedded one.
        judge_model: the models that judge, with commas between; ``none`` for nobody.
        judge_samples: votes of each judge on a criterion.
        seed: random seed.
        stages: stages by id; none for all but the review.
        turns: lines of discussion a stage; None for each stage's own.
        city: a city whose setting is added, by id.
        rubric: what the outcome is scored by, by id.
        changes: rules that are changed, each ``path=value``.
        cast: personas that play in the place of others, by seat.
        wording: wording of the prompts.
        max_tokens: budget in tokens.
        content: folder of content of one's own.
        out: folder of sessions; None for ``runs``, or ``SANDBOX_RUNS``.

    Raises:
        InputError: an argument cannot be used; the message says what is allowed.
        EndpointError: a model's endpoint failed; what was played is kept (``sandbox resume``).
        BudgetReachedError: the budget is used up; what was played is kept.
    """
    case = options.Case(
        scenario=scenario, governance=governance, changes=list(changes), city=city, rubric=rubric, lang=lang,
        stages=",".join(stages), turns=turns, personas=[f"{seat}={persona}" for seat, persona in (cast or {}).items()],
        wording=wording, seed=seed, model=model, judge_model=judge_model, judge_samples=judge_samples,
    )  # fmt: skip
    means, places = options.Means(max_tokens=max_tokens), _places(content, out)
    choice = choose(means.settings, model, judge_model)
    game = Game(case.spec(choice, places.library), places.library)
    models = means.models(choice, True, judge_samples)
    with SessionFolder.begun_in(places.runs) as (folder, log):
        played = _result(models, run_session(game, log, models, Watch(), folder.id))
    write_results(played, folder)
    return Session(folder.path, played)


def load(session: Path | str = "last", *, content: Path | str | None = None, out: Path | str | None = None) -> Session:
    """Open a session that was played, finished or not.

    Args:
        session: its id, the beginning of it, its path, ``last`` (the one begun last), or ``showcase``.
        content: folder of content of one's own, for a session that carries none.
        out: folder of sessions; None for ``runs``, or ``SANDBOX_RUNS``.

    Raises:
        InputError: there is none, its log is damaged, or the content does not fit it.
    """
    played, folder = _places(content, out).open(str(session))
    return Session(folder.path, played)


def _places(content: Path | str | None, out: Path | str | None) -> options.Places:
    return options.Places(*(None if path is None else Path(path) for path in (content, out)))


def _result(models: Models, work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Return the result of work; beside a loop that runs, as in a notebook, or in a thread it has a loop of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        if threading.current_thread() is threading.main_thread():
            return options.awaited(models, work)
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, models.endpoints.during(work)).result()
