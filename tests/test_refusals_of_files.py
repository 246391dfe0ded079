"""What is refused of experiments, campaigns, countries and the web app's files is said in Chinese as well."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sandbox.content.network_card import DeckOf
from sandbox.content.words import Words
from sandbox.diffusion.campaign.branch import changed_card
from sandbox.diffusion.campaign.check import campaign_of
from sandbox.diffusion.campaign.folder import CampaignFolder
from sandbox.diffusion.campaign.run import open_campaign
from sandbox.diffusion.deck import Kind
from sandbox.diffusion.decks.cells import Dealing
from sandbox.diffusion.decks.folder import DeckFolder
from sandbox.diffusion.result_folder import kept
from sandbox.errors import SandboxError
from sandbox.experiment.planning.crossed import RuleSpace
from sandbox.experiment.planning.design import open_design
from sandbox.experiment.planning.locking import lock, locked
from sandbox.experiment.planning.scatter import pilot_of
from sandbox.experiment.store.database import held_in
from sandbox.experiment.store.store import Store
from sandbox.report.pages.pack import make_pack
from sandbox.web.tables.store import WebStore
from tests.diffusion.campaign.support import begun as campaign_begun
from tests.diffusion.campaign.support import card_of
from tests.experiment.making import LIBRARY, design, runs, saved
from tests.experiment.playing import begun
from tests.test_refusals import ENGLISH, in_chinese

KIND = Kind("command", "haicang")
Provoke = Callable[[Path], object]


def _opened(path: Path) -> object:
    with Store(path, "small", make=False) as store:
        return store.failures(), list(store.everything())


def _experiment(**changes: Any) -> Provoke:
    return lambda folder: open_design(LIBRARY, str(saved(folder, **changes)))


def _hypothesis(**changes: Any) -> Provoke:
    return _experiment(hypotheses=[{**design().hypotheses[0].model_dump(), **changes}])


def _relocked(**changes: Any) -> Provoke:
    def look(folder: Path) -> object:
        lock(saved(folder))
        return locked(saved(folder, **changes))

    return look


def _lock_of(**changes: Any) -> Provoke:
    def look(folder: Path) -> object:
        lock(path := saved(folder))
        held = path.with_suffix(".lock")
        held.write_text(json.dumps({**json.loads(held.read_text(encoding="utf-8")), **changes}), encoding="utf-8")
        return locked(path)

    return look


def _changed(make: Callable[[Path], Any], look: Provoke, statement: str) -> Provoke:
    """Return what looks at a database in which something was changed."""

    def changed(folder: Path) -> object:
        make(path := folder / "kept.sqlite").close()
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(statement)
        return look(path)

    return changed


_store = partial(_changed, begun, _opened)
_tables = partial(_changed, WebStore, WebStore)


def _campaign(text: str) -> Provoke:
    """Return what opens a campaign whose log ends with a line that does not fit."""

    def look(folder: Path) -> object:
        campaign = campaign_begun(folder / "c", card_of())
        with campaign.events.open("a", encoding="utf-8") as log:
            log.write(f"{text}\n")
        return open_campaign(campaign, LIBRARY)

    return look


def _event(**fields: Any) -> Provoke:
    event = {"schema": 1, "seq": 2, "at": 0.0, "kind": "close", "round": 0, "community": "", "payload": {}, **fields}
    return _campaign(json.dumps(event))


def _deck(*changes: str) -> Dealing:
    return Dealing(LIBRARY, (KIND,), DeckOf(scenarios=("clean_up",), sessions=1, changes=changes))


def _torn_list(folder: Path) -> object:
    deck = DeckFolder(folder, _deck())
    deck.path.mkdir()
    deck.path_of(KIND).with_suffix(".by_model.json").write_text("{")
    return deck.sampled(KIND)


def _text(name: str, text: str, look: Provoke) -> Provoke:
    def write(folder: Path) -> object:
        (folder / name).write_text(text, encoding="utf-8")
        return look(folder / name)

    return write


def _linked(folder: Path) -> object:
    (folder / "s.sqlite").symlink_to(folder / "nowhere")
    return _opened(folder / "s.sqlite")


REFUSED: dict[str, Provoke] = {
    "no experiment": lambda _: open_design(LIBRARY, "who_decide"),
    "experiment that is none": lambda _: open_design(LIBRARY, str(LIBRARY.files["scenario", "clean_up"])),
    "outcome": _hypothesis(outcome="question_settled"),
    "outcome that needs a judge": _hypothesis(outcome="judged_trust"),
    "outcome of countries": _hypothesis(outcome="spread_form"),
    "difference that cannot be": _hypothesis(smallest=10),
    "rule": _experiment(factors={"rules": {"odd": ["aggregation.vito=[]"]}}),
    "levels that are the same": _experiment(factors={"rules": {"as_is": [], "also": []}}),
    "fraction": _experiment(fraction=0.01),
    "pilot of the rules": lambda _: pilot_of(design(), [run for run in runs() if run.null], 3),
    "rules that do not differ": lambda _: RuleSpace(["command"], LIBRARY, ["clean_up"]),
    "lock: seed": _relocked(seed=9),
    "lock: level": _relocked(factors={"scenario": ["clean_up"]}),
    "lock: factor": _relocked(factors={"lang": ["en"]}),
    "lock: hypothesis": _relocked(hypotheses=[]),
    "lock of another version": _lock_of(schema=99),
    "lock changed by hand": _lock_of(digest="0"),
    "no store": lambda folder: _opened(folder / "none.sqlite"),
    "store of a newer version": _store("UPDATE alembic_version SET version_num = '99'"),
    "store of another": _store("UPDATE meta SET value = 'big' WHERE name = 'experiment'"),
    "store of nobody": _store("DROP TABLE meta"),
    "store with a trigger": _store("CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM runs; END"),
    "store without a column": _store("ALTER TABLE runs DROP COLUMN reason"),
    "store with a value": _store("UPDATE runs SET seed = 'x'"),
    "store with JSON": _store("UPDATE runs SET cell = '[1]'"),
    "store that is a text": _text("s.sqlite", "a letter to my aunt " * 99, _opened),
    "store that is a link": _linked,
    "store that is a folder": held_in,
    "address of a store": lambda _: Store("mysql://u:p@h/db", "small"),
    "no campaign": lambda _: campaign_of(LIBRARY, "three_estate"),
    "no folder of a campaign": lambda folder: CampaignFolder.find(folder, "last"),
    "no log of a campaign": lambda folder: CampaignFolder(folder).read(),
    "session elsewhere": lambda folder: CampaignFolder(folder).session("../x"),
    "line of a campaign": _campaign("{}"),
    "event of a campaign": _event(kind="ranking", payload={"places": 3}),
    "event out of place": _event(round=-1),
    "event that does not follow": _event(kind="ranking", round=1, payload={"id": "x", "places": []}),
    "change of a campaign": lambda _: changed_card(card_of(), ["rounds"], LIBRARY),
    "rule of a deck": lambda _: _deck("aggregation.vito=[]"),
    "list of a deck": _torn_list,
    "no result": kept,
    "pack": lambda _: make_pack(LIBRARY, "clean_up", "zh", part="cover"),
    "file of a newer web app": _tables("PRAGMA user_version = 99"),
    "file of no web app": _tables("PRAGMA application_id = 1"),
    "folder in the web app's place": WebStore,
    "no table": lambda folder: WebStore(folder / "t.sqlite").table("abc"),
}


def test_a_chinese_reader_meets_no_english_sentence(tmp_path: Path) -> None:
    for number, provoke in enumerate(REFUSED.values()):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(SandboxError) as caught:
            provoke(folder)
        told = in_chinese(caught.value)
        assert not ENGLISH.search(told), Words("zh").error(caught.value)
        assert re.search("[一-鿿]", told)
