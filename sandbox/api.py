"""What `import sandbox` offers to Python: play a session, open one, and read it as tables of plain rows."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import arguments
from sandbox.cli import options
from sandbox.cli.experiment_options import Which
from sandbox.cli.terminal import retry_text
from sandbox.content.language import Lang
from sandbox.content.words import Words, refusal
from sandbox.countries import load_country, run_country
from sandbox.errors import BudgetReachedError, EndpointError, InputError, SandboxError
from sandbox.experiment.export.session_tables import wide_row
from sandbox.experiment.store.store import store_path
from sandbox.game.game import Game
from sandbox.game.session import Session as Played
from sandbox.game.spec import CARDS
from sandbox.llm.failures import Retry
from sandbox.opened import Experiment, Measure, Rows, Session
from sandbox.record.events import Event, LineSpoken
from sandbox.record.folder import SessionFolder
from sandbox.record.log import FileLog
from sandbox.report.results import write_results
from sandbox.session.agent_view import AgentView, PulseView
from sandbox.session.agents import Agent, Agents, check_agents
from sandbox.session.carried import library_of
from sandbox.session.choice import EMBEDDED, NO_JUDGE, RULES_ONLY, ModelChoice, choose, choose_judges, choose_on
from sandbox.session.closing import by_rubric, rescore
from sandbox.session.opening import game_of, hand_over, open_session
from sandbox.session.runner import Models, Watch, run_session

if TYPE_CHECKING:
    from sandbox.studying import Study  # which brings all of experiments

__all__ = [
    "AgentView", "BudgetReachedError", "EndpointError", "Experiment", "InputError", "PulseView", "SandboxError",
    "Session", "load", "load_country", "open_experiment", "resume", "run", "run_country", "score", "sessions", "study",
]  # fmt: skip

_LOG = logging.getLogger(__name__)


def run(
    scenario: str = "four_oclock_school",
    governance: str = "",
    *,
    lang: Lang = "en",
    model: str | None = None,
    models: Mapping[str, str] | None = None,
    agent: Agent | Mapping[str, Agent] | None = None,
    agent_name: str = "",
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
    temperature: float | None = None,
    max_tokens: int | None = None,
    content: Path | str | None = None,
    out: Path | str | None = None,
) -> Session:
    """Play a session to its end, score it and write its report; the arguments are the options of ``sandbox run``.

    Args:
        scenario: the case, by id.
        governance: the governance model, by id; empty for the city's, or the case's own: ``joint_production`` if it
            fits and the case names no other.
        lang: the language, ``en`` or ``zh``.
        model: the model that plays; ``cards``: personas say their cards; ``none``: the rules alone; ``embedded``; None
            for that of ``SANDBOX_MODEL``, else the embedded one, which must be named explicitly beside agents.
        models: other models, by the seat that each plays; ``model`` plays the others.
        agent: your own agent, which plays all seats instead of a model: a function, or an object with a method ``act``,
            synchronous or not, that gets an `AgentView` and returns what `AgentView.turn` does. Or a mapping of some
            seats to agents; ``model`` plays the others.
        agent_name: its name in log and report; empty for its own ``name``, or that of the function or class.
        judge_model: the models that judge, with commas between; ``none`` for nobody, as in an experiment whose design
            names none. None for the model that plays, which then judges itself and is called once more a criterion;
            but never the embedded one, nor with ``cards``, ``none`` or an agent in every seat.
        judge_samples: votes of each judge on a criterion.
        seed: random seed.
        stages: stages by id; none for those of the case, or else all but the review.
        turns: lines of discussion a stage; None for each stage's own.
        city: a city whose setting is added, by id.
        rubric: the rubric that scores the outcome, by id.
        changes: rules that are changed, each ``path=value``.
        cast: personas that replace others, by seat.
        wording: wording of the prompts.
        temperature: temperature at which a model is asked for the first wording of a turn, 0 to 1.5; None for 0.8, or
            0.4 where the model only words what the program chose.
        max_tokens: budget in tokens; `resume` keeps it.
        content: your own folder of content.
        out: folder of sessions; None for ``runs``, or ``SANDBOX_RUNS``.

    Raises:
        InputError: an argument cannot be used, or what an agent returned cannot be taken; the message says what is
            allowed.
        EndpointError: a model's endpoint failed; what was played is kept: `resume` with the error's ``session``.
        BudgetReachedError: the budget is used up; what was played is kept.
        Exception: whatever an agent raises, with a note of how to continue.
    """
    arguments.check_texts(
        scenario=scenario, governance=governance, lang=lang, agent_name=agent_name, city=city, rubric=rubric,
        wording=wording, model="" if model is None else model, judge_model="" if judge_model is None else judge_model,
    )  # fmt: skip
    with arguments.in_python():
        case = options.Case(
            scenario, governance, arguments.texts("changes", changes), city, rubric, lang,
            ",".join(arguments.texts("stages", stages)), None if turns is None else arguments.number("turns", turns),
            [f"{seat}={persona}" for seat, persona in arguments.texts_by_seat("cast", cast or {}).items()], wording,
            temperature, arguments.number("seed", seed), model, _by_seat(models), judge_model,
            arguments.number("judge_samples", judge_samples),
        )  # fmt: skip
        means, places = _means(max_tokens), arguments.folders(content, out)
        library, agents, everywhere = places.library, Agents(), False
        if agent is None:
            choice = case.choice(means.settings, library)
        else:
            nobody = choose(means.settings, RULES_ONLY, judge_model)
            seats = tuple(Game(case.spec(nobody, library), library).positions)
            agents = Agents.of(agent, agent_name, seats, seats)
            everywhere = len(agents.names) == len(seats)
            choice = nobody if everywhere else case.choice(means.settings, library)
            if choice.model is None and model is None:  # the embedded one would take minutes without a word
                others = [seat for seat in seats if seat not in agents.names]
                raise refusal("agent.others", seats=others, cards=CARDS, none=RULES_ONLY, embedded=EMBEDDED)
        playing = _playing(agents, choice, model, models, everywhere=everywhere)
        game = Game(case.spec(playing, library).model_copy(update={"agents": dict(agents.names)}), library)
        used = replace(means.models(choice, True, game.spec.judge_samples), agents=agents.by_seat)
    with SessionFolder.begun_in(places.runs) as (folder, log):
        means.kept_for(folder)
        return _played(folder, log, game, used)


def resume(
    session: Path | str = "last",
    *,
    agent: Agent | Mapping[str, Agent] | None = None,
    agent_name: str = "",
    model: str | None = None,
    models: Mapping[str, str] | None = None,
    judge_model: str | None = None,
    max_tokens: int | None = None,
    content: Path | str | None = None,
    out: Path | str | None = None,
) -> Session:
    """Continue a session that was stopped; one that is over is opened. No finished model call is made again.

    Args:
        session: its id, the beginning of it, its path, or ``last`` (the one begun last).
        agent: the agent that plays, as in `run`; a single one takes the seats that agents have, or all. Needed where an
            agent has played.
        agent_name: its name; empty as in `run`.
        model: another model that continues from here, also in place of agents; None for the present one. Seats with a
            model of their own keep it.
        models: other models of single seats from here on, by seat.
        judge_model: other models that judge; None for the present ones.
        max_tokens: budget in tokens of the session from here on; None for the present one.
        content: your own folder of content, for a session that carries none.
        out: folder of sessions; None for ``runs``, or ``SANDBOX_RUNS``.

    Raises:
        InputError: there is no such session, it is over and others are to continue it, or an agent is needed.
        SandboxError: as `run`.
    """
    arguments.check_texts(
        agent_name=agent_name, model="" if model is None else model,
        judge_model="" if judge_model is None else judge_model,
    )  # fmt: skip
    with arguments.in_python():
        means, places = _means(max_tokens), arguments.folders(content, out)
        folder = places.find(str(session))
    with folder.log() as log:
        with arguments.in_python():
            means, events = means.kept_for(folder), tuple(log)
            with places.content_of("session"):
                game = game_of(events, library_of(folder, events, places.library), folder.events)
            if log.of("close"):
                if agent is not None or model or models or judge_model:
                    raise refusal("agent.over", session=folder.id)
                return Session(folder.path, Played.of(game, events))
            seats, agents = tuple(game.positions), Agents()
            if agent is not None:
                agents = Agents.of(agent, agent_name, tuple(game.spec.agents) or seats, seats)
            elif model is None:
                check_agents(game.spec, {}, folder.id)
            everywhere = len(agents.names) == len(seats)
            by_seat = options.models_by_seat(_by_seat(models), game.library, game.spec.scenario)
            choice = choose_on(
                means.settings, game.spec, RULES_ONLY if everywhere else model, judge_model,
                {} if everywhere else by_seat,
            )  # fmt: skip
            kept = {seat: name for seat, name in choice.by_seat.items() if seat in by_seat or seat not in agents.names}
            choice = replace(choice, by_seat=kept)
            playing = _playing(agents, choice, model, models, everywhere=everywhere)
            used = replace(means.models(choice, True, game.spec.judge_samples), agents=agents.by_seat)
            game = hand_over(log, game, playing.players, agents.names, playing.by_seat)
        return _played(folder, log, game, used)


def score(
    session: Path | str = "last",
    *,
    rubric: str = "",
    judge_model: str | None = None,
    judge_samples: int = 1,
    max_tokens: int | None = None,
    content: Path | str | None = None,
    out: Path | str | None = None,
) -> Session:
    """Score a session, also again: rules count, and the judge that is set judges; answers on record are used.

    Args:
        session: its id, the beginning of it, its path, or ``last`` (the one begun last).
        rubric: score a copy of it by this rubric, and with the judge's templates of ``content``; empty for its own.
        judge_model: models that judge, with commas between; None for `SANDBOX_MODEL`, ``none`` for nobody.
        judge_samples: votes of each judge on a criterion, 1 to 9; the median counts.
        max_tokens: budget in tokens.
        content: your own folder of content.
        out: folder of sessions; None for ``runs``, or ``SANDBOX_RUNS``.

    Raises:
        InputError: there is no such session or rubric, or no such judge can be called.
        SandboxError: as `run`.
    """
    arguments.check_texts(rubric=rubric, judge_model="" if judge_model is None else judge_model)
    with arguments.in_python():
        samples = arguments.number("judge_samples", judge_samples)
        means, places = _means(max_tokens), arguments.folders(content, out)
        opened, folder = places.open(str(session))
        if rubric:
            folder = by_rubric(folder, places.library.id_of("rubric", rubric), places.library, places.runs)
            opened = open_session(folder, places.library)
        choice = choose_judges(means.settings, judge_model)
        if choice.judge != NO_JUDGE:
            models = means.models(choice, True, samples)
            with folder.log() as log:
                opened = options.awaited(models, rescore(opened, log, models))
    write_results(opened, folder)
    return Session(folder.path, opened)


def load(session: Path | str = "last", *, content: Path | str | None = None, out: Path | str | None = None) -> Session:
    """Open a session that was played, finished or not.

    Args:
        session: its id, the beginning of it, its path, ``last`` (the one begun last that belongs to no campaign and no
            experiment), or ``showcase``. A session of a campaign has its own id; a campaign itself is not a session.
        content: your own folder of content, for a session that carries none.
        out: folder of sessions; None for ``runs``, or ``SANDBOX_RUNS``.

    Raises:
        InputError: there is none, its log is damaged, or the content does not fit it.
    """
    played, folder = arguments.folders(content, out).open(str(session))
    return Session(folder.path, played)


def sessions(*, content: Path | str | None = None, out: Path | str | None = None) -> Rows:
    """Return one row for each session in the folder of sessions, with the outcomes of ``tables["sessions"]``.

    A session that cannot be opened is left out with a warning. Sessions of experiments and campaigns lie elsewhere.

    Args:
        content: your own folder of content, for sessions that carry none.
        out: folder of sessions; None for ``runs``, or ``SANDBOX_RUNS``.

    Raises:
        InputError: the folder does not exist.
    """
    places, rows = arguments.folders(content, out), Rows()
    for folder in SessionFolder.all(places.runs):
        try:
            rows.append(wide_row(places.open(folder.id)[0], folder.id))
        except SandboxError as error:
            warnings.warn(f"{folder.id}: {error}", stacklevel=2)
    return rows


def open_experiment(
    design: Path | str, *, store: Path | str = "", content: Path | str | None = None, out: Path | str | None = None
) -> Experiment:
    """Open an experiment that was begun, with its tables and effects; `study`, or ``sandbox experiment run``, plays it.

    Args:
        design: id of the design, or the path of its file, which lies in a folder ``experiments``.
        store: where its sessions are kept, if it was named: a path, or a URL.
        content: your own folder of content; without it, the one that holds the file if a path is given.
        out: folder of sessions, in which the store lies; None for ``runs``, or ``SANDBOX_RUNS``.

    Raises:
        InputError: there is no such design, it is faulty, or it has no store.
    """
    with arguments.in_python():
        arguments.path("design", design)
        arguments.path("store", store)  # of a URL it is only looked whether it is a text
        which = Which(str(design), str(store))
        card, path, places = which.card(arguments.folders(content, out))
        which.opened(card, places).close()
        where = which.store or store_path(places.runs, card.id)
        return Experiment(card, path, where, places.library, places.runs)


def study(
    design: Path | str, *, agents: Mapping[str, Agent] | None = None, measures: Mapping[str, Measure] | None = None,
    model: str | None = None, store: Path | str = "", content: Path | str | None = None, out: Path | str | None = None,
) -> Study:  # fmt: skip
    """Return a design of an experiment, to be planned, locked and played from Python, with your own agents.

    A level ``agent:NAME`` of its factor ``model`` stands for the agent of that name in all seats, or in the seats that
    a named level gives it (``{seated: {default: cards, mayor: "agent:NAME"}}``). The version of an agent is its own
    ``version`` (a text), else a digest of the source of its function or class: lock, tables and reports name it with
    the agent, and another version makes other sessions.

    Args:
        design: id of the design, or the path of its file, which lies in a folder ``experiments``.
        agents: the agents, by name; each as in `run`.
        measures: the functions that compute your own outcomes, by name, each as for `Experiment.measure`. A lock keeps
            their versions, so that hypotheses about them can be confirmed; ``run`` measures with them.
        model: the model that plays where the design names none.
        store: where its sessions are kept: a path, or a URL; empty for a file in the folder of sessions.
        content: your own folder of content; without it, the one that holds the file if a path is given.
        out: folder of sessions; None for ``runs``, or ``SANDBOX_RUNS``.

    Raises:
        InputError: there is no such design, or it is faulty; it names an agent that is not passed; an agent is passed
            that it does not name, that is not an agent, or that has no version; a measure has no version, or is not
            the outcome of a hypothesis.
    """
    from sandbox.studying import Study

    with arguments.in_python():
        arguments.path("design", design)
        arguments.path("store", store)
        if not isinstance(agents or {}, Mapping):
            raise refusal("python.agents", found=type(agents).__name__)
        return Study.of(
            Which(str(design), str(store)), arguments.folders(content, out), agents or {}, measures or {}, model
        )  # fmt: skip


def _means(max_tokens: int | None) -> options.Means:
    return options.Means(max_tokens=None if max_tokens is None else arguments.number("max_tokens", max_tokens))


def _by_seat(models: Mapping[str, str] | None) -> list[str]:
    """Return models by seat in the form of the command-line option."""
    return [f"{seat}={model}" for seat, model in arguments.texts_by_seat("models", models or {}).items()]


def _playing(
    agents: Agents, choice: ModelChoice, model: str | None, models: Mapping[str, str] | None, *, everywhere: bool
) -> ModelChoice:
    """Return which model or agents play, for the log: the agents, if they have every seat.

    Raises:
        InputError: a model is named and has no seat left, or it has the name of an agent.
    """
    if everywhere and (model is not None or models):
        raise refusal("agent.beside", model=model or [*(models or {}).values()])
    if both := [seat for seat in agents.names if seat in choice.by_seat]:
        raise refusal("agent.seated", seat=both[0], model=choice.by_seat[both[0]])
    if agents.names and agents.name in (choice.speaker_name, *choice.by_seat.values()):
        raise refusal("agent.same_name", name=agents.name)
    return replace(choice, model=agents.name, style="free") if everywhere else choice


def _played(folder: SessionFolder, log: FileLog, game: Game, models: Models) -> Session:
    """Play a session to its end; an error that ends it early names the session and says how to continue."""
    try:
        played = options.awaited(
            models, run_session(game, log, models, Watch(on_event=_log_line, on_retry=_log_retry), folder.id)
        )
    except BaseException as error:
        if not folder.has_begun:
            raise
        if isinstance(error, SandboxError):
            error.session = folder.id
        notes = getattr(error, "__notes__", [])
        notes[:] = [note for note in notes if not note.startswith("During task with name")]  # of the graph on its own
        agents = ", agent=…" if game.spec.agents else ""
        more = ", max_tokens=MORE" if isinstance(error, BudgetReachedError) else ""
        error.add_note(f"session {folder.id} is kept; go on with: sandbox.resume('{folder.id}'{agents}{more})")
        raise
    write_results(played, folder)
    return Session(folder.path, played)


def _log_line(event: Event) -> None:
    if isinstance(event, LineSpoken):
        _LOG.info("%s %s: %s", event.payload["id"], event.seat, event.payload["says"])


def _log_retry(retry: Retry) -> None:
    _LOG.warning("%s", retry_text(retry, Words("en")))
