"""An experiment that is planned, locked and played from Python, with the user's own agents among its levels."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sandbox import arguments
from sandbox.cli import experiment_play as shared
from sandbox.cli import options, values
from sandbox.cli.experiment_options import Which, begin, known_stores
from sandbox.cli.folders import Folders
from sandbox.cli.report_files import write_experiment_report
from sandbox.cli.waiting import result_of
from sandbox.content.experiment_card import AGENT, Design
from sandbox.content.language import Lang
from sandbox.content.words import refusal
from sandbox.errors import InterruptedSessionError
from sandbox.experiment.export.export import export
from sandbox.experiment.export.sheets import FORMATS as TABLE_FORMATS
from sandbox.experiment.judging.in_bulk import BulkJudging
from sandbox.experiment.judging.judges import judge_noise, unreliable_now
from sandbox.experiment.judging.judging import Judging
from sandbox.experiment.outcomes import own_name
from sandbox.experiment.planning.locking import card_digests, lock, locked
from sandbox.experiment.planning.notes import check_played
from sandbox.experiment.planning.plan import plan_of
from sandbox.experiment.planning.players import check_handed
from sandbox.experiment.planning.runs import Run
from sandbox.experiment.playing.at_work import AtWork
from sandbox.experiment.playing.run import Experiment as Work
from sandbox.experiment.playing.run import Terms, cores
from sandbox.experiment.store.store import Store, store_path
from sandbox.experiment.store.taken_over import check_scored
from sandbox.llm.endpoints import Endpoints
from sandbox.opened import Experiment, Measure
from sandbox.report.document.formats import FORMATS as REPORT_FORMATS
from sandbox.session.agents import Agent, code_version, version_of
from sandbox.session.choice import NO_JUDGE, ModelChoice

if TYPE_CHECKING:
    from sandbox.experiment.export.sheets import Form
    from sandbox.game.spec import SessionSpec
    from sandbox.llm.usage import BudgetAccount
    from sandbox.session.runner import Models

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, repr=False)
class Study:
    """A design with the agents and measures that play it: `plan`, `lock`, `run`, `judge`, `report` and `export` it.

    Args:
        which: the design, and where its sessions are kept.
        places: the content that goes with it, and the folder of sessions.
        agents: agents in Python, by the name that a level of ``model`` uses (``agent:NAME``).
        versions: their versions, by the same names.
        measures: the functions that compute the user's own outcomes, by outcome.
        counted: their versions, by outcome.
        model: the model that plays where the design names none.
    """

    which: Which
    places: Folders
    design: Design
    path: Path
    agents: Mapping[str, Agent]
    versions: Mapping[str, str]
    measures: Mapping[str, Measure]
    counted: Mapping[str, str]
    model: str | None

    @classmethod
    def of(
        cls, which: Which, places: Folders, agents: Mapping[str, Agent], measures: Mapping[str, Measure],
        model: str | None,
    ) -> Study:  # fmt: skip
        """Return a design with its agents.

        Raises:
            InputError: there is no such design, or it is faulty; it names an agent that is not passed; an agent is
                passed that it does not name, that is not an agent, or that has no version; a measure has no version, or
                is not the outcome of a hypothesis.
        """
        design, path, folders = which.card(places)
        named = design.factors.agents
        for name in agents:
            if name not in named:
                raise refusal("agent.no_level", design=design.id, name=name, allowed=named)
        check_handed(design, agents)
        versions = {name: version_of(name, agent) for name, agent in agents.items()}
        asked = [item.outcome for item in design.hypotheses]
        counted = {own_name(name): code_version("measure", name, measure) for name, measure in measures.items()}
        if strange := [name for name in counted if name not in asked]:
            raise refusal("measure.no_hypothesis", design=design.id, name=strange[0])
        by_outcome = {own_name(name): measure for name, measure in measures.items()}
        return cls(which, folders, design, path, dict(agents), versions, by_outcome, counted, model)

    def __repr__(self) -> str:
        agents = "".join(f", {AGENT}{name}@{version}" for name, version in self.versions.items())
        return f"<Study {self.design.id}{agents}>"

    def plan(self) -> dict[str, Any]:
        """Return the cost and power of the design, as ``sandbox experiment plan --json`` prints it.

        Raises:
            InputError: a cell cannot be played, or a budget in money cannot be kept to.
        """
        with arguments.in_python():
            means, design, library = options.Means(), self.design, self.places.library
            held = locked(self.path)
            with self.which.known(design, self.places) or nullcontext() as known:
                runs = self._runs(shared.choice_of(design, known, self.model, means))
                rows, noise = known.rows() if known else [], judge_noise(design, known, library, self.places.runs)
            planned = plan_of(
                design, runs, rows, shared.budget_of(design, means), library=library, judges=noise,
                unreliable=unreliable_now(design, library, self.places.runs),
                locked=tuple(held.hypotheses) if held else None, rates=shared.rates_of(means),
            )  # fmt: skip
        return {**planned.as_dict(), "locked": held.time if held else None}

    def lock(self) -> str:
        """Lock the design, and with it the versions of its agents and measures; return the digest of the plan.

        Raises:
            InputError: it has no hypotheses, has changed since it was locked, or an agent or a measure has.
            StorageError: the lock cannot be written.
        """
        with arguments.in_python():
            design, player = self.design, None
            if self.model:
                choice = shared.choice_of(design, None, self.model, options.Means())
                check_played(design, self._runs(choice))
                player = choice.speaker_name, choice.style
            stores, cards = known_stores(self.which, design, self.places), card_digests(design, self.places.library)
            return lock(self.path, stores, player, cards, self.versions, self.counted)

    def run(
        self, *, limit: int | None = None, concurrency: int | None = None, max_tokens: int | None = None,
        retry: bool = False, changed: bool = False,
    ) -> Experiment:  # fmt: skip
        """Play what is left, measure it, and return the experiment; after a stop, call it again to continue.

        A session whose agent raises an error, or returns an unusable turn, counts as failed; the others go on.

        Args:
            limit: sessions at most that take a model or an agent, and as many by the rules alone; None for all.
            concurrency: sessions at once; None for the design's.
            max_tokens: budget in tokens; None for the design's.
            retry: whether sessions that failed are played again.
            changed: whether to continue although finished sessions no longer belong to the design, such as those of an
                earlier version of an agent.

        Raises:
            InputError: it cannot be played, or a measure gives something else than a number; the message says why.
            BudgetReachedError: the budget is used up; what was played is kept.
            EndpointError: the endpoint fails for every session.
            KeyboardInterrupt: it was interrupted, which waits for no call in flight.
            SandboxError: the store cannot be read or written.
        """
        with arguments.in_python():
            means = options.Means(max_tokens=max_tokens)
            held, budget, design = locked(self.path), shared.budget_of(self.design, means), self.design
            if held is not None:
                held.check_agents(self.versions)
                held.check_measures({name: now for name, now in self.counted.items() if name in held.measures})
            with self.which.known(design, self.places) or nullcontext() as known:
                choice = shared.choice_of(design, known, self.model, means, called=True)
            runs = self._runs(choice)
            shared.check_priced(runs, budget)
            store = self.which.opened(design, self.places, make=True)
        with store:
            with arguments.in_python():
                begin(design, self.path, store, choice, runs, self.places.library, changed=changed)
            if retry:
                store.reopen()
            self._play(store, runs, Terms(
                budget, shared.rates_of(means), concurrency or design.concurrency, self.places.content, limit=limit
            ), means)  # fmt: skip
        return self._measured()

    def judge(
        self, *, batch: bool = False, concurrency: int | None = None, max_tokens: int | None = None
    ) -> Experiment:
        """Judge finished sessions that are still to be judged by the design's judge, as ``sandbox experiment judge``.

        Args:
            batch: whether questions go through the endpoint's Batch API, which may take a day; after an interrupt the
                same call takes up the answers.
            concurrency: sessions judged at once, without ``batch``; None for the design's.
            max_tokens: budget in tokens; None for the design's.

        Raises:
            InputError: the design names no judge.
            BudgetReachedError: the budget is used up; what was judged is kept.
            EndpointError: the endpoint fails.
            KeyboardInterrupt: it was interrupted, which waits for no call in flight.
            SandboxError: the store cannot be read or written.
        """
        with arguments.in_python():
            design, means, endpoints = self.design, options.Means(max_tokens=max_tokens), Endpoints()
            if design.judge == NO_JUDGE:
                raise refusal("stands.no_judge", path=self.path, setting="judge: none")
            budget, library = shared.budget_of(design, means), self.places.library
            store = self.which.opened(design, self.places)
        with store:
            if store.played:
                choice = shared.choice_of(design, store, self.model, means)
                begin(design, self.path, store, choice, self._runs(choice), library, scoring=True)
            judges, rates = shared.judges_for(means, endpoints, True), shared.rates_of(means)
            at_once = concurrency or design.concurrency
            work = (
                _BatchesAtOnce(store, library, judges, budget=budget)
                if batch
                else _JudgingAtOnce(store, library, judges, budget=budget, rates=rates, concurrency=at_once)
            )
            _awaited(work, endpoints)
        return self._measured()

    def report(
        self, to: Path | str | None = None, *, formats: str | Iterable[str] = ("html",), charts: bool = False,
        data: bool = False, lang: Lang = "en",
    ) -> list[Path]:  # fmt: skip
        """Analyse what is finished, write the report, and return its files, as ``sandbox experiment report``.

        Args:
            to: folder for it; None for the design's id with ``_report``, in the folder of sessions.
            formats: ``html``, ``md``, ``docx``.
            charts: whether each chart is also written for papers, as SVG and PNG.
            data: whether the effects are also written as Parquet.
            lang: language of the report.

        Raises:
            InputError: nothing is finished, there is no such format, or the ``lab`` extra is missing.
            StorageError: the store cannot be read, or the report cannot be written.
        """
        with arguments.in_python():
            from sandbox.experiment.analysis.analysis import analyse_store  # refused without the lab extra

            design, places, forms = self.design, self.places, _forms(formats, REPORT_FORMATS)
            folder = arguments.path("to", to) or places.runs / f"{design.id}_report"
            with self.which.opened(design, places) as store:
                analysis = analyse_store(store, design, locked(self.path), places.library, places.runs)
            return write_experiment_report(
                analysis, places.library, folder, forms, named=self.which.named, lang=lang, charts=charts, data=data
            )

    def export(
        self, to: Path | str, *, formats: str | Iterable[str] = ("csv",), logs: bool = False, lang: Lang = "en"
    ) -> list[Path]:
        """Write the tables with a codebook, and return the files, as ``sandbox experiment export``.

        Args:
            to: folder for them; files in it are replaced.
            formats: ``csv``, ``parquet``.
            logs: whether each session, failed ones too, is also written as a folder.
            lang: language of the codebook.

        Raises:
            InputError: there is no such format, or Parquet is wanted and the ``lab`` extra is missing.
            StorageError: the store cannot be read, or the tables cannot be written.
        """
        with arguments.in_python():
            folder, library = arguments.path("to", to) or Path(), self.places.library
            forms = [cast("Form", form) for form in _forms(formats, TABLE_FORMATS)]
            with self.which.opened(self.design, self.places) as store:
                check_scored(store, self.design, library)
                return [*export(store, library, folder, self.places.runs, forms, lang=lang, logs=logs).paths]

    def _measured(self) -> Experiment:
        """Return the experiment, with the user's own outcomes of all that is finished."""
        where = self.which.store or store_path(self.places.runs, self.design.id)
        experiment = Experiment(self.design, self.path, where, self.places.library, self.places.runs)
        for name, measure in self.measures.items():
            experiment.measure(name, measure)
        return experiment

    def _play(self, store: Store, runs: tuple[Run, ...], terms: Terms, means: options.Means) -> None:
        endpoints = Endpoints()
        if self.design.of_countries:
            shared.deal_decks(store, runs, self.places, cores(), silent=True)
        work = _PlayAtOnce(store, self.places.library, self._models(means, endpoints), terms, cores=cores())
        _awaited(work, endpoints)

    def _runs(self, choice: ModelChoice) -> tuple[Run, ...]:
        return shared.sessions_of(self.design, choice, self.places, self.versions)

    def _models(self, means: options.Means, endpoints: Endpoints) -> Callable[[SessionSpec, BudgetAccount], Models]:
        named = {f"{AGENT}{name}@{version}": self.agents[name] for name, version in self.versions.items()}
        made = shared.models_for(means, endpoints, silent=True)

        def models(spec: SessionSpec, account: BudgetAccount) -> Models:
            return replace(made(spec, account), agents={seat: named[name] for seat, name in spec.agents.items()})

        return models


def _forms(formats: str | Iterable[str], allowed: Iterable[str]) -> list[str]:
    return values.checked_formats([formats] if isinstance(formats, str) else formats, allowed)


def _awaited(work: Work | Judging, endpoints: Endpoints) -> None:
    """Wait for work, and log how far it is."""
    work.on_change = _progress(work)
    try:
        result_of(endpoints.during(work.go()), work.stop)
    except InterruptedSessionError as error:
        if work.tally.draining:  # else it was ended from outside
            raise KeyboardInterrupt(str(error)) from error
        raise


def _progress(work: Work | Judging) -> Callable[[], None]:
    """Return a function that logs how many sessions have ended, whenever the number has grown."""
    told = -1

    def on_change() -> None:
        nonlocal told
        ended = work.tally.done + work.tally.failed
        if ended != told:
            told = ended
            _LOG.info("%d of %d sessions, %d failed", ended, work.tally.total, work.tally.failed)

    return on_change


class _AtOnce(AtWork):
    """Work that does not wait for calls in flight when it is stopped, since nothing here would show the wait."""

    def stop(self) -> None:
        """End at once; what was answered is kept."""
        super().stop()
        super().stop()


class _PlayAtOnce(_AtOnce, Work):
    """Sessions that are played."""


class _JudgingAtOnce(_AtOnce, Judging):
    """Sessions that are judged by ordinary calls."""


class _BatchesAtOnce(_AtOnce, BulkJudging):
    """Sessions that are judged in batches."""
