"""The cells of a deck: which sessions are played for a kind of place, a channel and a stand."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from itertools import product

from sandbox import __version__
from sandbox.content.changes import changed_in, changes_in, completed, with_changes
from sandbox.content.governance import Governance
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.network_card import Channel, DeckOf
from sandbox.content.words import refusal
from sandbox.diffusion.deck import CHANNELS, STANDS, Kind, Stand
from sandbox.diffusion.decks.starts import start_of
from sandbox.errors import InputError, UnknownError
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec, Start

ROWS = 2
"""Number of the way in which a session becomes a row (`rows`); a deck of another one is not taken."""
CELLS: tuple[tuple[Channel, Stand], ...] = tuple(product(CHANNELS, STANDS))
"""Cells of a kind, in the order of a deck."""


@dataclass(frozen=True)
class Cell:
    """How an idea met a kind of place."""

    kind: Kind
    channel: Channel
    stand: Stand

    def __str__(self) -> str:
        return " × ".join((self.kind.governance, self.kind.city, self.channel, self.stand))


@dataclass(frozen=True)
class Dealing:
    """What a deck is dealt from.

    Args:
        settings: cases, sessions of each cell, lines a stage and changed rules.
        deal: the number of the deal; each deal has its own seeds.

    Raises:
        InputError: a kind, case or rule that does not exist.
    """

    library: Library
    kinds: tuple[Kind, ...]
    settings: DeckOf
    deal: int = 0

    def __post_init__(self) -> None:
        models = dict.fromkeys(kind.governance for kind in self.kinds)
        for change in self.settings.changes:
            if (name := changed_in(change)) and name not in models:
                raise UnknownError("governance", name, models)
        for kind in self.kinds:
            _ = self._rules(kind), self.library.city(kind.city)
        for scenario in self.settings.scenarios:
            _ = self.library.scenario(scenario)

    def _changes(self, governance: Governance) -> tuple[str, ...]:
        """Return the changed rules of a governance model: those of all models, and its own, without its name."""
        return completed(governance, changes_in(governance.id, self.settings.changes))

    def _rules(self, kind: Kind) -> Governance:
        try:
            governance = self.library.governance(kind.governance)
            return with_changes(governance, self._changes(governance))
        except UnknownError:
            raise
        except InputError as error:
            raise refusal("deck.refused.governance", governance=kind.governance, why=error) from error

    def spec(self, cell: Cell, number: int, lang: Lang = "en") -> SessionSpec:
        """Return the spec of a session of a cell, which the rules alone play.

        Cases take turns. The language changes words alone. ``number`` counts from 0.
        """
        spec = self._spec(cell, self.scenario(number), lang)
        return spec.model_copy(update={"seed": self.seed_of(cell, number)})

    def seed_of(self, cell: Cell, number: int) -> int:
        """Return the seed of a session, from 0 to 2**31 - 1.

        It does not depend on the rules, so that the effect of a changed rule comes from that rule. It differs between
        cells, so that a country does not depend on the luck of a few seeds.
        """
        named = f"{cell}:{self.scenario(number)}:{number}" + (f":{self.deal}" if self.deal else "")
        return int(hashlib.sha256(named.encode()).hexdigest()[:8], 16) >> 1

    def scenario(self, number: int) -> str:
        """Return the case of a session, by id."""
        return self.settings.scenarios[number % len(self.settings.scenarios)]

    def _spec(self, cell: Cell, scenario: str, lang: Lang) -> SessionSpec:
        library, governance = self.library, self.library.governance(cell.kind.governance)
        names = (cell.kind.city, cell.channel, cell.stand)
        parts = [library.arrival(name) for name in names if name == cell.channel or name in library.cards["arrival"]]
        reviews = (stage.id for stage in library.stages() if "reviews" in stage.abilities)
        return SessionSpec(
            scenario=scenario, governance=cell.kind.governance, changes=self._changes(governance),
            city=cell.kind.city, lang=lang, stages=(*library.arrival(cell.channel).stages, *reviews),
            turns=self.settings.turns, style="rules", model="none",
            start=start_of(parts, self.library, scenario, self._rules(cell.kind), lang),
        )  # fmt: skip

    def digest(self, kind: Kind) -> str:
        """Return the digest that identifies the sessions of a kind: their specs and the content they read."""
        specs = [
            self._spec(Cell(kind, channel, stand), scenario, "en")
            for channel, stand in CELLS
            for scenario in self.settings.scenarios
        ]
        made = [(spec.model_dump(mode="json"), self._content(spec)) for spec in specs]
        of_deal = [self.deal] if self.deal else []
        parts = [ROWS, __version__, self.settings.sessions, made, *of_deal]
        text = json.dumps(parts, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def _content(self, spec: SessionSpec) -> str:
        """Return the digest of the content that sessions of a cell read; a start makes no difference to it."""
        try:
            return Game(spec.model_copy(update={"start": Start()}), self.library).content_digest
        except InputError as error:  # a cell that stays empty
            return str(error)
