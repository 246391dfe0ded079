"""A worker on a cluster: plays what is left of an experiment in its own process, on any machine."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from sandbox import __version__
from sandbox.content.library import Library
from sandbox.content.words import refusal
from sandbox.errors import InputError, SandboxError
from sandbox.experiment.playing.by_rules import Games
from sandbox.experiment.playing.run import Experiment, Terms
from sandbox.experiment.store.database import patiently
from sandbox.experiment.store.store import Store
from sandbox.game.spec import SessionSpec
from sandbox.llm.calls import Endpoint
from sandbox.llm.endpoints import Endpoints
from sandbox.session.choice import models_of_spec, place_of
from sandbox.settings import Settings


@dataclass(frozen=True)
class Job:
    """The task of a worker; addresses and keys of endpoints come from its own machine's environment.

    Args:
        where: the store, by absolute path or URL.
        name: the experiment's id.
        endpoints: addresses of the models that play or judge, by model, without secret parts.
        samples: one session for each content, by which the worker checks its own content.
        terms: how it plays; concurrency and limit are its own share.
        gguf: another file for the embedded engine, or None.
        judge_later: whether judging is left for later.
        version: of the program.
    """

    where: str = field(repr=False)
    name: str
    endpoints: Mapping[str, str]
    samples: tuple[SessionSpec, ...]
    terms: Terms
    gguf: Path | None = None
    judge_later: bool = False
    version: str = __version__


class Player:
    """A worker: plays in its own process until nothing is left."""

    def __init__(self) -> None:
        self._work: Experiment | None = None
        self._stopped = False

    async def ready(self) -> None:
        """Return once the worker has started."""

    async def play(self, job: Job) -> SandboxError | None:
        """Play what is left, and return what stopped it before the end."""
        try:
            with Store(job.where, job.name, make=False) as store:
                await self._play(job, store)
        except SandboxError as error:
            return error
        return None

    async def _play(self, job: Job, store: Store) -> None:
        settings, endpoints = Settings.from_environment(), Endpoints()
        library = _checked(job, settings)
        settings = replace(settings, gguf=job.gguf or settings.gguf)
        models = partial(models_of_spec, settings=settings, endpoints=endpoints, judge_later=job.judge_later)
        self._work = Experiment(store, library, lambda spec, account: models(spec, account=account), job.terms)
        if self._stopped:
            self._work.stop()
        await endpoints.during(self._work.go())

    async def stop(self) -> None:
        """Make no new call and end when those in flight are answered; if called again, end at once."""
        self._stopped = True
        if self._work is not None:
            self._work.stop()


@patiently
def _checked(job: Job, settings: Settings) -> Library:
    """Return this machine's content, after checking that program, endpoints and content are the experiment's."""
    here = platform.node()
    if job.version != __version__:
        raise refusal("experiment.cluster.version", host=here, version=__version__, begun=job.version)
    endpoints = endpoints_of(job.endpoints, settings)
    for model, begun in job.endpoints.items():
        if endpoints[model] != begun:
            raise refusal("experiment.cluster.endpoint", host=here, endpoint=endpoints[model], begun=begun)
    try:
        library = Library.load(job.terms.content)
        games = Games(library)
        for spec in job.samples:
            games.check(spec)
    except InputError as error:
        raise refusal("experiment.cluster.content", host=here, why=error) from error
    return library


def endpoints_of(models: Iterable[str], settings: Settings) -> dict[str, str]:
    """Return the addresses of models, by their full names, without secret parts."""
    places = ((model, place_of(model, settings)) for model in models)
    return {model: Endpoint(model, place.base_url, place.api_key).where for model, place in places}
