"""The work of the process that plays countries for the web app."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import MutableSequence, Sequence
from dataclasses import asdict
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import ValidationError

from sandbox.content.faults import finding
from sandbox.content.files import read_text, write_whole
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.network_card import Country
from sandbox.content.words import refusal
from sandbox.diffusion.decks.dealt import deal, dealing_of
from sandbox.diffusion.decks.size import DRAWS, SizeOfDeck, moves_with_size
from sandbox.diffusion.facts import FACTS, Shown, of_small_countries
from sandbox.diffusion.facts import SEEDS as FACT_SEEDS
from sandbox.diffusion.play import play
from sandbox.diffusion.result_folder import MANIFEST, keep, kept, result_id
from sandbox.diffusion.spread import SpreadPlan
from sandbox.record.folder import make_private
from sandbox.report.document.formats import FORMATS
from sandbox.report.pages.diffusion import diffusion_report, diffusion_view
from sandbox.web.country.countries import EXTRAS, FOLDER, STAGES, Extra, Setting, Stage

_KEPT = 24  # results


class CountryWorker:
    """Plays countries and writes their pages; every method raises `SandboxError` if something does not fit.

    Args:
        runs: the folder of sessions.
        content: folders of the user's own content, each laid over those before it.
        told: shared progress: index in `STAGES`, number done, number in all.
    """

    def __init__(self, runs: Path, content: tuple[Path, ...], progress: MutableSequence[int]) -> None:
        self._runs, self._content, self._told = runs, content, progress

    @cached_property
    def _library(self) -> Library:
        return Library.load_sound(*self._content)

    def play(self, setting: Setting) -> tuple[str, float]:
        """Play a country, or find its stored result; return its name, and the seconds taken."""
        card: object = self._library.network(setting.network)
        if not isinstance(card, Country):
            raise refusal("country.refused.no_country", network=setting.network)
        try:
            country = card.resized(setting.districts)
            country = country.changed(central_rule=setting.central_rule)
        except ValidationError as error:
            raise refusal("country.refused.setting", why=finding(error.errors()[0])) from error
        plan = SpreadPlan(country, tuple(range(1, setting.seeds + 1)), setting.without, setting.changes)
        plan.check_asked(card)
        dealing = dealing_of(country, self._library, setting.changes)
        begin = partial(self._begin, "sessions")
        dealt = deal(dealing, self._runs, on_begin=begin, on_played=self._add)
        name = result_id(plan, dealt.deck)
        folder = self._folder / name
        self._begin("countries", len(plan.seeds))
        if not (folder / MANIFEST).is_file():
            keep(play(plan, dealt.deck, self._add), folder)
        os.utime(folder)
        self._forget()
        return name, kept(folder).seconds

    def more(self, result: str, extra: Extra) -> None:
        """Play a further part of a result's report, unless it is stored."""
        folder = self._folder / result
        spread = kept(folder)
        dealing = dealing_of(spread.plan.country, self._library, spread.plan.rules)
        deck = deal(dealing, self._runs).deck
        if deck.digest != spread.deck:
            raise refusal("country.refused.no_result")
        if _extra_path(folder, extra).is_file():
            return
        if extra == "size":
            self._begin(extra, DRAWS)
            rows: list[dict[str, Any]] = [asdict(each) for each in moves_with_size(spread.plan, deck, self._add)]
        else:
            self._begin(extra, len(FACTS) * len(FACT_SEEDS))
            shown = of_small_countries(spread.plan.country, deck, self._add)
            rows = [{"fact": each.fact, "figures": each.figures.tolist()} for each in shown]
        write_whole(_extra_path(folder, extra), json.dumps(rows))

    def page(self, what: Literal["view", "report"], results: Sequence[str], lang: Lang, form: str) -> Path:
        """Write a page of one result or two, and return its path."""
        folders = [self._folder / name for name in results]
        extras = [extra for extra in EXTRAS if what == "report" and (folders[0] / f"{extra}.json").is_file()]
        path = folders[0] / f"{what}-{'-'.join([*results[1:], *extras, lang])}.{form}"
        if not path.is_file():
            spreads = [kept(folder) for folder in folders]
            if what == "view":
                document = diffusion_view(spreads, self._library, lang)
            else:
                sizes = tuple(SizeOfDeck(**row) for row in _extra_rows(folders[0], "size"))
                facts = facts_in(folders[0])
                document = diffusion_report(spreads[0], self._library, lang, "", sizes=sizes, facts=facts)
            write_whole(path, FORMATS[form](document))
        return path

    @property
    def _folder(self) -> Path:
        folder = self._runs / FOLDER
        make_private(folder)
        return folder

    def _forget(self) -> None:
        known = sorted(self._folder.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
        for folder in known[_KEPT:]:
            shutil.rmtree(folder, ignore_errors=True)

    def _begin(self, stage: Stage, whole: int) -> None:
        self._told[:3] = STAGES.index(stage), 0, whole

    def _add(self, number: int) -> None:
        self._told[1] += number


def facts_in(folder: Path) -> tuple[Shown, ...]:
    """Return the facts of the literature measured in countries like a result's; empty if they were not measured."""
    return tuple(Shown(row["fact"], np.array(row["figures"], float)) for row in _extra_rows(folder, "facts"))


def _extra_rows(folder: Path, extra: Extra) -> list[dict[str, Any]]:
    path = _extra_path(folder, extra)
    rows: list[dict[str, Any]] = json.loads(read_text(path)) if path.is_file() else []
    return rows


def _extra_path(folder: Path, extra: Extra) -> Path:
    return folder / f"{extra}.json"
