"""A judge's calibration: known judges get the figures they deserve, nothing is asked twice, and it expires."""

from __future__ import annotations

import asyncio
import copy
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.content.card_files import shipped_root
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.library import Library
from sandbox.content.rubric import Criterion
from sandbox.content.templates import Templates
from sandbox.errors import BudgetReachedError, EndpointError, InputError
from sandbox.llm.embedded import MODEL_NAME, SHA256
from sandbox.llm.usage import Budget
from sandbox.scoring.calibration import GoldQuestion, dialogue_of, judged_criteria, schedule_of
from sandbox.scoring.judge import Vote, criterion_digest, judge_templates
from sandbox.scoring.panel import score_of
from sandbox.scoring.probes import PROBES
from sandbox.scoring.standing import Calibration, JudgeFolder, expiry, shipped_calibration, standings_of
from tests.game.making import LIBRARY
from tests.scoring.gold import CRITERION, calibrated, gold_content, judge_of
from tests.stub_endpoint import Received, StubReply, error

ITEMS, TEST_ITEMS = 9, 6


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A content folder with a gold set of its own."""
    return gold_content(tmp_path / "content", ITEMS)


@dataclass(frozen=True)
class Measured:
    """A judge that knows the gold set, measured on it in both languages, under all probes."""

    runs: Path
    content: Path
    found: Calibration
    requests: int


@pytest.fixture(scope="module")
def perfect(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    """What is kept of a perfect judge; nobody writes there."""
    runs = tmp_path_factory.mktemp("perfect")
    content = gold_content(runs / "content", ITEMS)
    measured = asyncio.run(calibrated(runs, content, "perfect", probes=PROBES, langs=("en", "zh")))
    return Measured(runs, content, *measured)


def criterion_of(library: Library) -> Criterion:
    return next(one for one in library.rubric("core").criteria if one.id == CRITERION)


def standing(runs: Path, content: Path, judge: str, samples: int = 1, lang: Lang = "en") -> Any:
    library = Library.load(content)
    templates = judge_templates(Templates(library.roots, lang))
    votes = [
        Vote(one, sample, 4, "supported", "L001", "q", "r", criterion_digest(criterion_of(library), lang), templates)
        for one in judge.split(", ")
        for sample in range(1, samples + 1)
    ]
    return standings_of(runs, [score_of(CRITERION, votes, None)], library.rubric("core"), lang).get(CRITERION)


def test_a_perfect_judge_is_reliable(perfect: Measured) -> None:
    found, requests = perfect.found, perfect.requests
    english, chinese = found.entries
    assert (english.lang, chinese.lang, english.split) == ("en", "zh", "test")
    for entry in found.entries:
        assert (entry.agreement.items, entry.agreement.rated) == (TEST_ITEMS, TEST_ITEMS)
        assert entry.agreement.kappa.estimate == entry.agreement.alpha.estimate == 1
        assert entry.agreement.verified.estimate == 1
        assert entry.retest.same.estimate == 1
        assert {name: shift.unchanged.estimate for name, shift in entry.shifts.items()} == dict.fromkeys(PROBES, 1)
        assert entry.shifts["order"].items == 3
    assert found.counted.calls == english.counted.calls + chinese.counted.calls == requests
    assert found.counted.prompt == 100 * requests
    here = standing(perfect.runs, perfect.content, "perfect")
    assert (here.reliable, here.items, here.split, here.kappa.low) == (True, TEST_ITEMS, "test", 1)


@pytest.mark.fuzz
@pytest.mark.parametrize(("judge", "items"), [("random", 60), ("three", ITEMS)])
async def test_a_judge_that_does_not_read_is_not_reliable(
    tmp_path: Path, content: Path, judge: str, items: int
) -> None:
    found, _ = await calibrated(tmp_path, gold_content(content, items), judge, part="all")
    kappa = found.entries[0].agreement.kappa
    assert kappa.estimate is not None
    assert abs(kappa.estimate) < 0.15
    here = standing(tmp_path, content, judge)
    assert not here.reliable


@pytest.mark.parametrize("judge", ["off_scale", "prose", "lost", "mute"])
async def test_an_answer_that_breaks_the_rules_is_never_a_level(tmp_path: Path, content: Path, judge: str) -> None:
    gold_content(content, 3)
    found, requests = await calibrated(tmp_path, content, judge)
    agreement = found.entries[0].agreement
    assert (agreement.rated, agreement.failed.estimate, agreement.cannot_tell.estimate) == (0, 1, 0)
    assert [sum(row) for row in agreement.confusion] == [0, 0, 0, 0, 0, agreement.items]
    assert agreement.kappa.estimate is None
    assert found.counted.calls == requests == 5 * 2 * agreement.items
    here = standing(tmp_path, content, judge)
    assert not here.reliable
    _, more = await calibrated(tmp_path, content, judge)
    assert more == 0


async def test_a_judge_that_cannot_tell_or_invents_quotes_is_told_apart(tmp_path: Path, content: Path) -> None:
    unsure, _ = await calibrated(tmp_path, content, "unsure")
    assert (unsure.entries[0].agreement.rated, unsure.entries[0].agreement.cannot_tell.estimate) == (0, 1)
    inventor, requests = await calibrated(tmp_path, content, "inventor")
    agreement = inventor.entries[0].agreement
    assert (agreement.rated, agreement.verified.estimate, agreement.kappa.estimate) == (TEST_ITEMS, 0, 1)
    assert requests == 2 * 2 * TEST_ITEMS


async def test_what_is_on_record_counts_though_it_is_not_asked(tmp_path: Path, content: Path) -> None:
    part, requests = await calibrated(tmp_path, content, "perfect", limit=3)
    assert (part.entries[0].agreement.items, part.entries[0].shifts, requests) == (3, {}, 6)
    whole, _ = await calibrated(tmp_path, content, "perfect", probes=PROBES)
    assert whole.entries[0].shifts.keys() == set(PROBES)
    again, requests = await calibrated(tmp_path, content, "perfect", limit=1)
    assert (again, requests) == (whole, 0)


async def test_an_endpoint_that_refuses_leaves_nothing(tmp_path: Path, content: Path) -> None:
    with pytest.raises(EndpointError, match="401"):
        await calibrated(tmp_path, content, "perfect", script=lambda _: error(401, "no such key"))
    assert standing(tmp_path, content, "perfect") is None


async def test_a_stopped_calibration_goes_on_where_it_stopped(tmp_path: Path, content: Path) -> None:
    asked, after = Counter[str](), 29

    def until(last: int | None, request: Received) -> StubReply:
        if last is not None and asked.total() >= last:
            return error(401, "closed")
        body = request.body
        asked[json.dumps([body["model"], body["messages"], body["seed"]])] += 1
        return judge_of(request)

    with pytest.raises(EndpointError):
        await calibrated(tmp_path, content, "perfect", "inventor", script=lambda one: until(after, one))
    assert asked.total() == after
    found, _ = await calibrated(tmp_path, content, "perfect", "inventor", script=lambda one: until(None, one))
    assert set(asked.values()) == {1}
    assert found.counted.calls == asked.total() == 3 * 2 * TEST_ITEMS


async def test_a_budget_stops_it_and_the_rest_comes_later(tmp_path: Path, content: Path) -> None:
    with pytest.raises(BudgetReachedError, match="token budget"):
        await calibrated(tmp_path, content, "perfect", budget=Budget(max_tokens=1500))
    found, requests = await calibrated(tmp_path, content, "perfect")
    assert 0 < requests < found.counted.calls == 2 * TEST_ITEMS
    _, nothing = await calibrated(tmp_path, content, "perfect")
    assert nothing == 0


async def test_a_panel_is_judged_by_its_median(tmp_path: Path, content: Path) -> None:
    gold_content(content, 6)
    found, requests = await calibrated(tmp_path, content, "perfect", "perfect-2", "three", samples=2)
    assert (found.judge, found.samples, requests) == ("perfect, perfect-2, three", 2, 3 * 2 * 2 * 4)
    assert found.entries[0].agreement.exact.estimate == 1
    assert standing(tmp_path, content, "perfect, perfect-2, three", 2) is not None


async def test_retest_has_another_seed_and_the_same_words(tmp_path: Path, content: Path) -> None:
    seen: dict[str, list[tuple[int, float]]] = {}

    def note(request: Received) -> StubReply:
        body = request.body
        seen.setdefault(json.dumps(body["messages"]), []).append((body["seed"], body["temperature"]))
        return judge_of(request)

    found, _ = await calibrated(tmp_path, content, "random", script=note)
    assert {len(set(one)) for one in seen.values()} == {2}
    assert {temperature for one in seen.values() for _, temperature in one} == {0}
    assert found.entries[0].retest.items == TEST_ITEMS


def test_a_calibration_expires_when_what_the_judge_reads_changes(perfect: Measured, content: Path) -> None:
    assert standing(perfect.runs, content, "perfect") is not None
    assert standing(perfect.runs, content, "perfect-2") is None
    assert standing(perfect.runs, content, "perfect", samples=3) is None
    templates = content / "prompts" / "templates" / "en"
    templates.mkdir(parents=True)
    shutil.copy(shipped_root() / "prompts" / "templates" / "en" / "turn_free.md", templates)
    assert standing(perfect.runs, content, "perfect") is not None
    (templates / "system_judge.md").write_text("Judge kindly.", encoding="utf-8")
    assert standing(perfect.runs, content, "perfect") is None
    assert standing(perfect.runs, content, "perfect", lang="zh") is not None
    (templates / "system_judge.md").unlink()
    assert standing(perfect.runs, content, "perfect") is not None
    rubric = yaml.safe_load((shipped_root() / "prompts" / "rubrics" / "core.yaml").read_text(encoding="utf-8"))
    for one in rubric["criteria"]:
        if one["id"] == CRITERION:
            one["anchors"]["3"]["en"] += " Or not."
    path = content / "prompts" / "rubrics" / "core.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(rubric, allow_unicode=True), encoding="utf-8")
    assert standing(perfect.runs, content, "perfect") is None
    assert standing(perfect.runs, content, "perfect", lang="zh") is not None


def test_an_entry_says_why_it_expired(perfect: Measured) -> None:
    entry, _ = perfect.found.entries
    library = Library.load(perfect.content)
    criterion = criterion_of(library)
    digest = judge_templates(Templates(library.roots, "en"))
    other = criterion.model_copy(update={"question": criterion.name})
    assert expiry(entry, criterion, digest) == ()
    assert expiry(entry, other, digest) == ("criterion",)
    assert expiry(entry, other, "other") == ("criterion", "templates")
    assert expiry(entry, None, digest) == ("gone",)


async def test_development_items_give_no_standing_and_test_items_come_first(tmp_path: Path, content: Path) -> None:
    await calibrated(tmp_path, content, "perfect", part="development")
    assert standing(tmp_path, content, "perfect") is None
    await calibrated(tmp_path, content, "perfect", part="all")
    whole = standing(tmp_path, content, "perfect")
    assert (whole.split, whole.items) == ("all", ITEMS)
    found, requests = await calibrated(tmp_path, content, "perfect", part="test")
    assert requests == 0
    assert len(found.entries) == 3
    test = standing(tmp_path, content, "perfect")
    assert (test.split, test.items) == ("test", TEST_ITEMS)


def test_a_threshold_of_the_rubric_decides(perfect: Measured) -> None:
    library = Library.load(perfect.content)
    rubric, templates = library.rubric("core"), judge_templates(Templates(library.roots, "en"))
    read = criterion_digest(criterion_of(library), "en")
    vote = Vote("perfect", 1, 4, "supported", "L001", "quote", "reason", read, templates)

    def found(*votes: Vote) -> dict[str, bool]:
        scores = [score_of(CRITERION, votes, None), score_of("inclusion", votes, None)]
        return {name: one.reliable for name, one in standings_of(perfect.runs, scores, rubric, "en").items()}

    assert found(vote) == {CRITERION: True}
    assert found(vote, replace(vote, judge="other")) == {}
    # What the judge read in the session decides, not what it would read today.
    assert found(replace(vote, templates_digest="another")) == {}
    assert found(replace(vote, criterion_digest="another")) == {}
    assert found(replace(vote, criterion_digest="", templates_digest="")) == {}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "[" * 100_000, '{"schema": null}', '{"schema": [1]}', '{"schema": 1}',
     '{"schema": 1, "judge": "x", "samples": "y"}'],
)  # fmt: skip
def test_a_damaged_calibration_is_refused(tmp_path: Path, text: str) -> None:
    folder = JudgeFolder.of(tmp_path, "m", 1)
    folder.make()
    assert folder.read() is None
    folder.calibration.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"calibration\.json: not a calibration"):
        folder.read()
    folder.calibration.write_text('{"schema": 99}', encoding="utf-8")
    with pytest.raises(InputError, match="schema 99 is not supported"):
        folder.read()


def test_a_calibration_whose_table_has_lost_a_row_is_refused(tmp_path: Path, perfect: Measured) -> None:
    folder = JudgeFolder.of(tmp_path, "m", 1)
    folder.make()
    folder.keep(perfect.found)
    whole = json.loads(folder.calibration.read_text(encoding="utf-8"))
    for rows in (0, 1):
        stored = copy.deepcopy(whole)
        stored["entries"][0]["agreement"]["confusion"][3:4] = [[]] * rows
        folder.calibration.write_text(json.dumps(stored), encoding="utf-8")
        with pytest.raises(InputError, match=r"calibration\.json: not a calibration"):
            folder.read()


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_a_calibration_that_is_no_plain_file_is_not_waited_for(tmp_path: Path, make: Callable[[Path], None]) -> None:
    folder = JudgeFolder.of(tmp_path, "m", 1)
    folder.make()
    make(folder.calibration)
    with pytest.raises(InputError, match=r"calibration\.json:1: (is no plain file|cannot be read \(Is a directory)"):
        folder.read()


def test_folders_of_judges_do_not_meet(tmp_path: Path) -> None:
    names = ["a/b", "a b", "A.B", "模型", "other", "a, b", "x" * 200]
    folders = {JudgeFolder.of(tmp_path, name, samples).path for name in names for samples in (1, 2)}
    assert len(folders) == 2 * len(names)
    assert {path.parent for path in folders} == {tmp_path / "judges"}
    assert max(len(path.name) for path in folders) < 60


def test_a_judge_can_be_measured_on_every_criterion_and_on_no_other() -> None:
    rubric = LIBRARY.rubric("core")
    assert judged_criteria(rubric) == rubric.criteria
    assert [one.id for one in judged_criteria(rubric, ["trust", "decision_share"])] == ["decision_share", "trust"]
    with pytest.raises(InputError, match=r"unknown criterion 'trus'.* Did you mean trust"):
        judged_criteria(rubric, ["trus"])


def test_the_embedded_model_is_not_reliable_whatever_it_read(tmp_path: Path) -> None:
    assert SHA256.startswith("cc324af0")
    for lang in LANGUAGES:
        vote = Vote(MODEL_NAME, 1, 5, "supported", "L001", "q", "r", "other words", "other templates")
        found = standings_of(tmp_path, [score_of("trust", [vote], None)], LIBRARY.rubric("core"), lang)["trust"]
        assert (found.reliable, found.as_dict()["mark"]) == (False, "not_reliable")
        assert found.shipped is not None
        assert found.shipped.highest < LIBRARY.rubric("core").threshold
    other = Vote("another-model", 1, 5, "supported", "L001", "q", "r", "x", "y")
    panel = standings_of(tmp_path, [score_of("trust", [other, vote], None)], LIBRARY.rubric("core"), "en")
    assert not panel["trust"].reliable
    assert standings_of(tmp_path, [score_of("trust", [other], None)], LIBRARY.rubric("core"), "en") == {}


def test_other_weights_than_those_measured_are_not_spoken_of(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shipped_calibration(MODEL_NAME, "en") is not None
    monkeypatch.setattr("sandbox.scoring.standing.SHA256", "0" * 64)
    assert shipped_calibration(MODEL_NAME, "en") is None


def test_every_shipped_item_can_be_put_to_a_judge() -> None:
    for criterion, lang in zip(judged_criteria(LIBRARY.rubric("core")), cycle(LANGUAGES), strict=False):
        schedule = schedule_of(criterion, lang, LIBRARY, "all")
        places = [one.place for one in schedule.asked]
        assert sorted(places) == sorted(one.place for items in schedule.runs.values() for one in items)
        assert len(set(places)) == len(places)
        for asked in schedule.asked:
            dialogue = dialogue_of(asked, LIBRARY)
            assert [line["id"] for line in dialogue.in_stages(criterion.stages)] == [
                f"L{number:03d}" for number in range(1, len(asked.item.dialogue) + 1)
            ]
            assert len(dialogue.stages) == 1


def test_what_the_judge_reads_makes_the_place_of_a_vote(content: Path) -> None:
    library = Library.load(content)
    (first, *_) = schedule_of(criterion_of(library), "en", library, "test").runs["base"]
    line = first.item.dialogue[0].model_copy(update={"says": "Something else."})
    item = first.item.model_copy(update={"dialogue": (line, *first.item.dialogue[1:])})
    others = [
        replace(first, again=True),
        replace(first, lang="zh"),
        replace(first, templates_digest="other"),
        replace(first, item=item),
        GoldQuestion(
            first.criterion.model_copy(update={"name": first.criterion.question}), first.item, "en", False, "x"
        ),
    ]
    assert len({one.place for one in (first, *others)}) == 6
    assert replace(first, item=first.item.model_copy(update={"level": 5, "note": "n"})).place == first.place
