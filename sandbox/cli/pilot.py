"""The pilot of an experiment: some of its sessions played before it is planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.cli import options
from sandbox.cli.console import Console
from sandbox.cli.experimenting import budget_of, deal_decks, models_for, rates_of, watched
from sandbox.cli.which import KEPT, Which, as_options, cap_options, going_on, say_lock
from sandbox.experiment.design import locked
from sandbox.experiment.locking import design_digest
from sandbox.experiment.pilot import pilot_of
from sandbox.experiment.run import Experiment, cores
from sandbox.experiment.store import Played
from sandbox.llm.endpoints import Endpoints
from sandbox.session.choice import check_callable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.experiment.design import Run
    from sandbox.session.choice import ModelChoice

__all__ = ["play_pilot"]


def play_pilot(
    which: Which, model: str | None, choice: ModelChoice, runs: Sequence[Run], pilot: int, means: options.Means,
    places: options.Places, *, silent: bool,
) -> None:  # fmt: skip
    """Play what is left of a pilot.

    Args:
        which: which experiment, and where it is kept.
        model: the model that was named for it.
        choice: what plays.
        runs: the sessions of the design.
        pilot: how many of them.
        means: the means of the command.
        places: its folders.
        silent: whether nothing is shown of how far it is.

    Raises:
        SandboxError: as a run of the experiment.
    """
    check_callable(choice, means.settings)
    design, path = which.card(places)
    lock = locked(path)
    chosen, budget, endpoints = [run.id for run in pilot_of(design, runs, pilot)], budget_of(design, means), Endpoints()
    with which.opened(design, places, make=True) as store:
        say_lock(Console(quiet=silent), which, design, lock, places, store)
        text = path.read_text(encoding="utf-8")
        held = lock.digest if lock else ""
        store.begin(Played(design_digest(design), text, choice.speaker_name, choice.style, held), runs)
        if design.of_countries:
            deal_decks(store, [run for run in runs if run.id in chosen], places, cores(), silent)
        work = Experiment(
            store, places.library, models_for(means, endpoints, silent), budget=budget, concurrency=design.concurrency,
            only=chosen, rates=rates_of(means),
        )  # fmt: skip
        on = as_options({"--model": model, "--pilot": pilot})
        with going_on(f"{KEPT}sandbox experiment plan {which.named}{on}{cap_options(means, places)}"):
            watched(work, endpoints, silent)
