"""A played country as `import sandbox` gives it: its curves and its places as tables of plain rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox import arguments
from sandbox.cli.deck import dealt_behind, spread_folder
from sandbox.cli.folders import Folders
from sandbox.content.words import Words
from sandbox.diffusion.history import history
from sandbox.diffusion.result_folder import kept
from sandbox.diffusion.spread import Spread, figures_of_course
from sandbox.experiment.export.country_tables import columns_of_country, columns_of_places, curves_of, rows_of
from sandbox.opened import Rows, frame_of

if TYPE_CHECKING:
    from sandbox.diffusion.deck import Deck

_OUTCOMES = {"without": "s", "seed": "i"}


@dataclass(frozen=True, repr=False)
class Country:
    """A country that was played: a model's world, no evidence about real places.

    Its tables are lists of plain rows, like those of `Session`; the columns are those of ``sandbox diffuse export``,
    whose codebook explains them.

    Args:
        path: the folder of the result.
        spread: the result as the program itself reads it; its interface may change between versions.
        folders: where content and decks lie.
    """

    path: Path
    spread: Spread
    folders: Folders

    @classmethod
    def at(cls, result: str, folders: Folders) -> Country:
        """Return a country that was played.

        Raises:
            InputError: there is none.
            StorageError: it is torn, altered or of another version.
        """
        path = spread_folder(result, folders.runs)
        return cls(path, kept(path), folders)

    def __repr__(self) -> str:
        plan = self.spread.plan
        changed = "".join(f", {each}" for each in (*(f"without {name}" for name in plan.without), *plan.changes))
        return f"<Country {self.id}: {plan.country.districts:,} places, {len(plan.seeds)} seeds{changed}>"

    @property
    def id(self) -> str:
        """The name of the result."""
        return self.path.name

    @property
    def seeds(self) -> tuple[int, ...]:
        """Its seeds: a country each."""
        return self.spread.plan.seeds

    @cached_property
    def curves(self) -> Rows:
        """One row a seed and period, from 0; with ``each`` also for runs without a mechanism, named in ``without``."""
        return list(curves_of(self.spread))

    @cached_property
    def outcomes(self) -> Rows:
        """One row a seed: its final figures, under the names that experiments use (``spread_…``)."""
        plan = self.spread.plan
        return [
            {
                "without": ", ".join((*plan.without, *arm.without)) or None, "seed": course.seed,
                **figures_of_course(course, plan.country.districts),
            }
            for arm in self.spread.arms
            for course in arm.courses
        ]  # fmt: skip

    def tables(self, seeds: Iterable[int] = ()) -> Mapping[str, Rows]:
        """Return ``places``, ``place_periods`` and ``ties`` by name; for these the countries are played once more.

        Args:
            seeds: the seeds; none for the first alone. For each seed, ``place_periods`` has a row a place and period.

        Raises:
            InputError: it has no such seed, or the deck behind it has changed since.
        """
        tables: dict[str, Rows] = {"places": [], "place_periods": [], "ties": []}
        with arguments.in_python():
            asked = arguments.seeds("seeds", seeds) or self.seeds[:1]
            self.spread.plan.check_seeds(asked)
            for seed in asked:
                for name, columns in columns_of_places(self.spread.plan, history(self.spread.plan, self._deck, seed)):
                    tables[name] += rows_of(columns)
        return tables

    def frame(self, table: str, seeds: Iterable[int] = ()) -> Any:
        """Return a table as a `pandas.DataFrame`: ``curves``, ``outcomes``, or one of `tables` for these seeds.

        Raises:
            InputError: as `tables` and `Session.frame`.
        """
        columns = columns_of_country(self.spread.plan.country)
        names = dict.fromkeys(self.outcomes[0], "f")
        known: Mapping[str, Mapping[str, str]] = {**columns, "outcomes": {**names, **_OUTCOMES}}
        rows = {"curves": self.curves, "outcomes": self.outcomes}
        return frame_of(rows if table in rows else {**rows, **self.tables(seeds)}, known, table)

    @cached_property
    def _deck(self) -> Deck:
        return dealt_behind(self.spread, self.path, self.folders, Words("en"), silent=True).deck
