"""The process that plays countries for the web app, an order a line, of the lowest priority: tables come first.

It is started by `sandbox.web.countries` as ``python -m sandbox.web.country_worker RUNS [CONTENT]``, reads orders from
its standard input, and writes to its output how far it is and what came of each.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

import numpy as np
from pydantic import ValidationError

from sandbox.content.faults import finding
from sandbox.content.files import read_text, write_whole
from sandbox.content.library import Library
from sandbox.content.network_card import Country
from sandbox.content.words import refusal
from sandbox.diffusion.deck import Deck
from sandbox.diffusion.decks.dealt import deal, dealing_of
from sandbox.diffusion.decks.size import DRAWS, SizeOfDeck, moves_with_size
from sandbox.diffusion.facts import FACTS, Shown, of_small_countries
from sandbox.diffusion.facts import SEEDS as FACT_SEEDS
from sandbox.diffusion.play import play
from sandbox.diffusion.result_folder import MANIFEST, keep, kept, result_id
from sandbox.diffusion.spread import Plan, Spread
from sandbox.errors import SandboxError
from sandbox.record.folder import make_private
from sandbox.report.document.formats import FORMATS
from sandbox.report.pages.diffusion import diffusion_report, diffusion_view
from sandbox.web.countries import EXTRAS, Extra

FOLDER = "countries"
"""Below the folder of sessions: a folder for each country that was played in the browser."""
_KEPT = 24  # results
_LOWEST = 19  # of a process's priorities


class Worker:
    """Plays countries and writes their pages."""

    def __init__(self, runs: Path, content: Path | None) -> None:
        self._runs, self._content = runs, content

    @cached_property
    def _library(self) -> Library:
        return Library.load_sound(self._content)

    def answer(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Carry an order out, and return what came of it; a refusal is an answer too."""
        try:
            if order["do"] == "play":
                return self._play(order)
            if order["do"] == "more":
                return self._more(order)
            return {"page": str(self._page(order))}
        except SandboxError as error:
            values = {name: str(value) for name, value in error.values.items()}
            return {"refused": str(error), "key": error.key, "values": values}

    def _play(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Play a country, or find the result that is kept."""
        card: object = self._library.network(order["network"])
        if not isinstance(card, Country):
            raise refusal("country.refused.no_country", network=order["network"])
        changes = {name: order[name] for name in ("districts", "central_rule")}
        try:
            country = Country.model_validate(card.model_dump() | changes)
        except ValidationError as error:
            raise refusal("country.refused.setting", why=finding(error.errors()[0])) from error
        sessions, told = _Told("sessions"), _Told("countries")
        dealing = dealing_of(country, self._library, order["changes"])
        dealt = deal(dealing, self._runs, content=self._content, on_begin=sessions.begin, on_played=sessions.add)
        plan = Plan(country, tuple(range(1, order["seeds"] + 1)), tuple(order["without"]), tuple(order["changes"]))
        name = result_id(plan, dealt.deck)
        folder = self._folder / name
        told.begin(len(plan.seeds))
        if not (folder / MANIFEST).is_file():
            keep(play(plan, dealt.deck, on_country=told.stand), folder)
        os.utime(folder)
        self._forget()
        return {"result": name, "seconds": kept(folder).seconds}

    def _more(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Play what a result's report can tell beside it."""
        folder, extra, told = self._folder / order["result"], order["extra"], _Told(order["extra"])
        spread = kept(folder)
        dealing = dealing_of(spread.plan.country, self._library, spread.plan.changes)
        deck = deal(dealing, self._runs, content=self._content).deck
        if deck.digest != spread.deck:
            raise refusal("country.refused.no_result")
        add_extra(extra, folder, spread, deck, told.begin, told.stand)
        return {"result": folder.name}

    def _page(self, order: Mapping[str, Any]) -> Path:
        """Write a page of one result or two, and return where it is."""
        folders: list[Path] = [self._folder / name for name in order["results"]]
        lang, form = order["lang"], order["form"]
        extras = [extra for extra in EXTRAS if order["what"] == "report" and (folders[0] / f"{extra}.json").is_file()]
        name = f"{order['what']}-{'-'.join([*order['results'][1:], *extras, lang])}.{form}"
        path = folders[0] / name
        if not path.is_file():
            spreads = [kept(folder) for folder in folders]
            if order["what"] == "view":
                document = diffusion_view(spreads, self._library, lang)
            else:
                sizes, facts = sizes_in(folders[0]), facts_in(folders[0])
                document = diffusion_report(spreads[0], self._library, lang, "", sizes=sizes, facts=facts)
            write_whole(path, FORMATS[form](document))
        return path

    @property
    def _folder(self) -> Path:
        folder = self._runs / FOLDER
        make_private(folder)
        return folder

    def _forget(self) -> None:
        """Delete the results that were asked for longest ago."""
        known = sorted(self._folder.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
        for folder in known[_KEPT:]:
            shutil.rmtree(folder, ignore_errors=True)


class _Told:
    """Tells how far something is."""

    def __init__(self, what: str) -> None:
        self._what, self._whole, self._done = what, 0, 0

    def begin(self, whole: int) -> None:
        """Tell how many there are to be."""
        self._whole = whole
        self.stand(0)

    def add(self, number: int) -> None:
        """Tell of so many more."""
        self.stand(self._done + number)

    def stand(self, done: int) -> None:
        """Tell how many are done."""
        self._done = done
        _say({"what": self._what, "done": done, "of": self._whole})


def _say(answer: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main(runs: Path, content: Path | None) -> None:
    """Answer orders until there are no more; when the server is gone, end at once, whatever is being played."""
    import numba

    if hasattr(os, "nice"):
        os.nice(_LOWEST)
    numba.set_num_threads(max(1, numba.get_num_threads() // 2))  # the other half is the tables'
    orders: SimpleQueue[str] = SimpleQueue()
    Thread(target=_read, args=(orders,), daemon=True).start()
    worker = Worker(runs, content)
    while True:
        _say(worker.answer(json.loads(orders.get())))


def _read(orders: SimpleQueue[str]) -> None:
    for line in sys.stdin:
        orders.put(line)
    os._exit(0)


def add_extra(
    extra: Extra, folder: Path, spread: Spread, deck: Deck, on_begin: Callable[[int], object],
    on_done: Callable[[int], object],
) -> None:  # fmt: skip
    """Play what an extra needs, and keep it beside a result; nothing is played where it is kept.

    It tells how many countries, or measures, there are to be, and how many are done.
    """
    if _extra_path(folder, extra).is_file():
        return
    if extra == "size":
        on_begin(sum(DRAWS))
        rows: list[dict[str, Any]] = [asdict(each) for each in moves_with_size(spread.plan, deck, on_country=on_done)]
    else:
        on_begin(len(FACTS) * len(FACT_SEEDS))
        rows = [
            {**vars(each), "figures": each.figures.tolist()}
            for each in of_small_countries(spread.plan.country, deck, on_done)
        ]
    write_whole(_extra_path(folder, extra), json.dumps(rows))


def sizes_in(folder: Path) -> tuple[SizeOfDeck, ...]:
    """Return how far a result moves under smaller decks; nothing where that was not played."""
    return tuple(SizeOfDeck(**row) for row in _extra_rows(folder, "size"))


def facts_in(folder: Path) -> tuple[Shown, ...]:
    """Return what countries like a result's show of the literature; nothing where that was not played."""
    return tuple(Shown(**{**row, "figures": np.array(row["figures"], float)}) for row in _extra_rows(folder, "facts"))


def _extra_rows(folder: Path, extra: Extra) -> list[dict[str, Any]]:
    path = _extra_path(folder, extra)
    rows: list[dict[str, Any]] = json.loads(read_text(path)) if path.is_file() else []
    return rows


def _extra_path(folder: Path, extra: Extra) -> Path:
    return folder / f"{extra}.json"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
