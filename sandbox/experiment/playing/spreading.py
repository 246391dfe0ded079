"""Plays countries in place of sessions and returns their outcomes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from sandbox.content.changes import with_rates
from sandbox.content.faults import finding
from sandbox.content.library import Library
from sandbox.content.network_card import Country
from sandbox.content.words import refusal
from sandbox.diffusion.decks.cells import Dealing
from sandbox.diffusion.decks.dealt import Dealt, deal, dealing_of
from sandbox.diffusion.play import play_as_dealt
from sandbox.diffusion.spread import Course, SpreadPlan, figures_of_course
from sandbox.experiment.playing.countries import CountrySpec
from sandbox.settings import Settings

_DEALT = "a deal of its own for each seed"


class Countries:
    """The countries of a process, and the decks that their meetings are drawn from.

    Each seed has its own deck, so that the luck of a deck varies from replicate to replicate as all other luck does.
    Arms that share a seed also share the seeds of the deck's sessions.

    Args:
        library: the cards.
        runs: the folder with the decks; None for the one in the settings.
    """

    def __init__(self, library: Library, runs: Path | None = None) -> None:
        self._library, self._given = library, runs
        self._decks: dict[tuple[str, int], Dealt] = {}
        self._digests: dict[str, str] = {}

    @cached_property
    def _runs(self) -> Path:
        return self._given or Settings.from_environment().runs

    def plan(self, spec: CountrySpec) -> SpreadPlan:
        """Return the plan of a country.

        Raises:
            InputError: there is no such country, or it cannot have so many districts.
        """
        country = self._library.network(spec.network)
        if not isinstance(country, Country):
            raise refusal("experiment.refused.no_country", network=spec.network, command="sandbox list network")
        if spec.districts is not None:
            try:
                country = country.resized(spec.districts)
            except ValidationError as error:
                why = finding(error.errors()[0])
                raise refusal("experiment.refused.districts", network=spec.network, why=why) from error
        return SpreadPlan(with_rates(country, spec.changes), (spec.seed,), spec.without, spec.changes)

    def check_made(self, spec: CountrySpec) -> None:
        """Check that a country can be played.

        Raises:
            InputError: it cannot.
        """
        self._dealing(self.plan(spec))

    def content(self, spec: CountrySpec) -> str:
        """Return the digest of all that a country reads: its card and the sessions of its deck.

        Raises:
            InputError: it cannot be played.
        """
        key = _key(spec)
        if key not in self._digests:
            plan = self.plan(spec)
            dealing = self._dealing(plan)
            parts = [plan.country.model_dump_json(), _DEALT, *(dealing.digest(kind) for kind in dealing.kinds)]
            self._digests[key] = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
        return self._digests[key]

    def check(self, spec: CountrySpec) -> None:
        """Check that a country still has the content that it was planned with.

        Raises:
            InputError: it has not, or it cannot be played.
        """
        if spec.content not in ("", self.content(spec)):
            raise refusal("refused.other_content", session=spec.network)

    def dealt(
        self, spec: CountrySpec, processes: int = 1, content: Path | None = None,
        on_begin: Callable[[int], object] = int, on_played: Callable[[int], object] = int,
    ) -> Dealt:  # fmt: skip
        """Return the deck of a country and its seed; it is played unless it is stored already.

        The arguments beside the country are those of `deal`.

        Raises:
            InputError: no session of some kind can be played.
            StorageError: what is played cannot be stored.
        """
        key = _key(spec), spec.seed
        if key not in self._decks:
            self._decks[key] = deal(
                self._dealing(self.plan(spec), spec.seed), self._runs, processes=processes, content=content,
                on_begin=on_begin, on_played=on_played,
            )  # fmt: skip
        return self._decks[key]

    def outcomes(self, spec: CountrySpec) -> Mapping[str, float | None]:
        """Play a country and return its outcomes.

        Raises:
            InputError: it cannot be played, or is not what was planned.
            StorageError: its deck cannot be stored.
        """
        return figures_of_course(self.course(spec), self.plan(spec).country.districts)

    def course(self, spec: CountrySpec) -> Course:
        """Play a country and return its course; raises the same errors as `outcomes`."""
        self.check(spec)
        return play_as_dealt(self.plan(spec), self.dealt(spec).deck)

    def _dealing(self, plan: SpreadPlan, seed: int = 0) -> Dealing:
        return dealing_of(plan.country, self._library, plan.rules, seed)


def deal_all(
    specs: Iterable[CountrySpec], library: Library, runs: Path | None, processes: int, content: Path | None,
    on_begin: Callable[[int], object], on_played: Callable[[int], object],
) -> None:  # fmt: skip
    """Play the decks of countries before the countries themselves: in all processes, and once for all workers.

    Args:
        specs: the countries.
        library: the cards.
        runs: the folder with the decks; None for the one in the settings.
        processes: how many play.
        content: the user's own content folder.
        on_begin: called with the number of sessions to play, which grows deck by deck.
        on_played: called with the number of sessions played since the last call.

    Raises:
        InputError: no session of some kind can be played.
        StorageError: what is played cannot be stored.
    """
    countries, whole = Countries(library, runs), 0

    def begin(number: int) -> None:
        nonlocal whole
        whole += number
        on_begin(whole)

    for spec in {(_key(spec), spec.seed): spec for spec in specs}.values():
        countries.dealt(spec, processes, content, begin, on_played)


def _key(spec: CountrySpec) -> str:
    """Return a key of a country's card and of the cards that its deck is dealt from."""
    return "\n".join((spec.network, str(spec.districts), *spec.changes))
