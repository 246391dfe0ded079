"""The pages of experiments: which files they show, how each stands, and a report that is made once and runs nothing."""

from __future__ import annotations

import asyncio
import io
import sqlite3
import sys
import zipfile
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest
from playwright.async_api import expect

import sandbox.report.pages.experiment
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.experiment.planning.locking import lock
from sandbox.experiment.planning.runs import Run, runs_of
from sandbox.experiment.playing.worker import Worker
from sandbox.experiment.store.store import DesignRun, Store
from sandbox.llm.usage import Budget, Usage
from sandbox.report.document.blocks import ReportDocument, Section
from sandbox.web.experiments import Experiments
from tests.experiment.making import LIBRARY, design, saved
from tests.experiment.playing import SHORT, play
from tests.web.served import Person, WebServer, browser
from tests.web.test_pages import check

ANALYSIS = "sandbox.experiment.analysis.analysis"
BRIEF = {**SHORT, "replicates": 1}


def begun(runs: Path, text: str, chosen: Sequence[Run], *, name: str = "small") -> Store:
    store = Store(runs / f"{name}.sqlite", "small")
    store.begin(DesignRun("d", text, "none", "rules"), chosen)
    return store


def silent_runs() -> tuple[Run, ...]:
    return runs_of(design(**BRIEF), LIBRARY, model="none", style="rules")


def module(analyse_store: Callable[..., int] | None) -> ModuleType:
    """Return what stands in for the module that analyses, which takes seconds to import; None: its extra is missing."""
    found = ModuleType("analysis")

    def absent(name: str) -> None:
        raise InputError(f"{name} needs the lab extra")

    vars(found)["__getattr__" if analyse_store is None else "analyse_store"] = analyse_store or absent
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of sessions with a finished experiment, whose design is not among the content."""
    text = saved(tmp_path / "elsewhere", **BRIEF).read_text(encoding="utf-8")
    with begun(tmp_path / "runs", text, silent_runs()) as store:
        play(store)
    return tmp_path / "runs"


def of(runs: Path, library: Library = LIBRARY) -> Experiments:
    return Experiments(library, runs, Budget(price_input=2.0, price_output=4.0))


def test_stores_of_experiments_are_shown_and_other_files_are_left_alone(folder: Path) -> None:
    for name in ("two", "old"):
        (folder / f"{name}.sqlite").write_bytes((folder / "small.sqlite").read_bytes())
    with closing(sqlite3.connect(folder / "old.sqlite")) as old:
        old.execute("UPDATE alembic_version SET version_num = '99'")
        old.commit()
    others = {"tables": b"", "text": b"no database" * 50}
    for name, content in others.items():
        (folder / f"{name}.sqlite").write_bytes(content)
    (folder / "folder.sqlite").mkdir()
    with closing(sqlite3.connect(folder / "foreign.sqlite")) as foreign:
        foreign.execute("CREATE TABLE meta (name TEXT, value TEXT)")
        foreign.commit()
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir() if path.stem in (*others, "foreign")}
    small, two, old_one = of(folder).all()
    assert (small.name, two.name, old_one.name) == ("small", "two", "old")
    assert small.title is not None
    assert (small.title.zh, small.filed, small.fault) == ("小", False, None)
    assert small.status is not None
    assert (small.status.number("done"), small.status.total) == (2, 2)
    assert "version 99" in str(old_one.fault)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir() if path.name in before} == before
    assert of(folder / "nowhere").all() == []
    assert of(folder).entry("../runs/small") is None


def test_a_design_among_the_content_tells_its_lock_and_what_is_wrong_with_it(folder: Path) -> None:
    path = saved(folder.parent / "mine", **BRIEF)
    lock(path)
    experiments = of(folder, Library.load(folder.parent / "mine"))
    (entry,) = experiments.all()
    assert entry.filed
    assert entry.lock is not None
    saved(folder.parent / "mine", **{**BRIEF, "seed": 8})
    (entry,) = experiments.all()
    assert "but the design was locked at" in str(entry.fault)
    with pytest.raises(InputError, match="but the design was locked at"):
        asyncio.run(experiments.page("small", "en", "html"))


def test_calls_are_told_with_their_price_while_somebody_is_at_work(folder: Path) -> None:
    with Store(folder / "small.sqlite", "small") as store:
        worker = Worker(store)
        worker.spent = Usage(3, 1_000_000, 0, 500_000)
        worker.beat()
        experiments = of(folder)
        (entry,) = experiments.all()
        assert entry.status is not None
        assert (entry.status.money, len(entry.status.working)) == (4.0, 1)
        worker.leave()
    (entry,) = experiments.all()
    assert entry.status is not None
    assert not entry.status.working


def test_a_report_is_made_once_until_the_sessions_change(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[object, ...]] = []

    def analysed(*arguments: object) -> int:
        made.append(arguments)
        return len(made)

    def written(number: int, _: Library, lang: Lang) -> ReportDocument:
        title = Words(lang)("experiment_report.kicker")
        return ReportDocument(lang, "", f"{title} {number}", "", "", "", "", (Section("a", "", ()),))

    monkeypatch.setitem(sys.modules, ANALYSIS, module(analysed))
    monkeypatch.setattr(sandbox.report.pages.experiment, "experiment_report", written)
    experiments = of(folder)

    async def ask() -> list[str | bytes]:
        pages = await asyncio.gather(*(experiments.page("small", lang, "html") for lang in ("en", "en", "zh")))
        return [*pages, await experiments.page("small", "en", "md")]

    english, again, chinese, text = asyncio.run(ask())
    assert english is again
    assert (len(made), experiments.ready("small", "en"), experiments.ready("two", "en")) == (1, True, False)
    assert "Report of an experiment 1" in str(english)
    assert "一次实验的报告 1" in str(chinese)
    assert "# Report of an experiment 1" in str(text)
    with Store(folder / "small.sqlite", "small") as store, store.database.writing() as connection:
        connection.exec_driver_sql("UPDATE runs SET reason = 'why' WHERE position = 0")
    assert not experiments.ready("small", "en")
    assert "Report of an experiment 2" in str(asyncio.run(experiments.page("small", "en", "html")))


def test_where_there_is_no_report_it_says_why(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with begun(folder, "{title: One, question: Which}", silent_runs()[:1], name="one") as store:
        play(store)
    experiments = of(folder)
    entry = experiments.entry("one")
    assert entry is not None
    assert entry.title is not None
    assert (entry.title.en, entry.design) == ("One", None)
    for name, why in (("one", "nothing to compare"), ("none", "no such experiment")):
        with pytest.raises(InputError, match=why):
            asyncio.run(experiments.page(name, "en", "html"))
    monkeypatch.setitem(sys.modules, ANALYSIS, module(None))
    with pytest.raises(InputError, match=r"pip install 'governance-sandbox\[lab\]'") as refused:
        asyncio.run(experiments.page("small", "en", "html"))
    assert "附加组件" in Words("zh").error(refused.value)


@pytest.mark.browser
async def test_the_pages_follow_a_run_and_show_a_report_in_which_nothing_runs(tmp_path: Path) -> None:
    text = saved(tmp_path / "elsewhere", **BRIEF, title="<script>alert(1)</script>").read_text(encoding="utf-8")
    with WebServer(tmp_path, "--model", "none") as server, begun(server.runs, text, silent_runs()) as store:
        async with browser() as chromium:
            faults: list[str] = []
            context = await chromium.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
            boss = Person(await context.new_page())
            await boss.go(server.link)
            await boss.page.click("[data-experiments]")
            await expect(boss.page.locator("[data-experiment=small] [role=status]")).to_have_text(
                "0 of 2 sessions have ended, nobody is at work on it"
            )
            await asyncio.to_thread(play, store)
            await expect(boss.page.locator("[data-experiment=small] [role=status]")).to_have_text(
                "2 of 2 sessions have ended"
            )
            await expect(boss.page.locator("progress")).to_have_attribute("value", "2")
            faults += await check(boss.page, "all")
            await boss.page.click("[data-see]")
            await boss.page.click("[data-make]")
            report = boss.page.frame_locator("iframe[sandbox='']")
            await expect(report.locator("h1")).to_have_text("<script>alert(1)</script>")
            faults += await check(boss.page, "one")
            async with boss.page.expect_download() as download:
                await boss.page.click("[data-get=docx]")
            assert (await download.value).suggested_filename == "small_report.docx"
            link = f"{server.link}/e/small"
            shut = await context.request.get(f"{link}/report.html?lang=zh")
            assert "; sandbox" in shut.headers["content-security-policy"]
            assert "default-src 'none'" in shut.headers["content-security-policy"]
            tables = zipfile.ZipFile(io.BytesIO(await (await context.request.get(f"{link}/tables.zip")).body()))
            assert {"small/sessions.csv", "small/codebook.md"} <= set(tables.namelist())
            for other in (link.replace("/f/", "/f/x"), f"{server.link}/e/tables"):
                for name in ("", "/report.html", "/tables.zip"):
                    assert (await context.request.get(other + name)).status in (404, 409)
            phone = await chromium.new_context(viewport={"width": 390, "height": 800}, color_scheme="dark")
            small = Person(await phone.new_page())
            await small.go(f"{link}?lang=zh")
            await small.page.click("[data-make]")
            await small.page.wait_for_selector("iframe")
            faults += await check(small.page, "phone")
            (server.runs / "small.sqlite").unlink()
            await small.go(f"{server.link}/e")
            await expect(small.page.locator(".command")).to_contain_text("sandbox experiment plan who_decides")
            faults += await check(small.page, "none")
            assert not boss.faults + small.faults
        assert faults == []
