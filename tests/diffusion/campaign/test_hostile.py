"""A campaign's folder that somebody else has made: told in words, and nothing outside of it is read or written."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sandbox.content.campaign_card import Campaign
from sandbox.diffusion.campaign.between import ranked
from sandbox.diffusion.campaign.branch import branch_campaign
from sandbox.diffusion.campaign.events import parse_campaign
from sandbox.diffusion.campaign.folder import CampaignFolder
from sandbox.diffusion.campaign.result import Result
from sandbox.diffusion.campaign.run import open_campaign
from sandbox.diffusion.campaign.state import CampaignState, fold_campaign
from sandbox.errors import InputError, SandboxError, unknown
from tests.content.folders import LIBRARY
from tests.diffusion.campaign.support import begun, card_of, gone_on

VALUES: tuple[Any, ...] = (None, [], {}, "", "../../x", -1, 10**30, float("nan"), True, "x" * 100_000, [[["x"]]])
Lines = list[dict[str, Any]]


async def whole(path: Path) -> tuple[CampaignFolder, Lines]:
    """Return a campaign that was played, and its log."""
    folder = begun(path, card_of())
    await gone_on(folder)
    return folder, [json.loads(line) for line in folder.events.read_bytes().splitlines()]


def written(folder: CampaignFolder, lines: Lines) -> None:
    folder.events.write_text("".join(json.dumps(line) + "\n" for line in lines))


def places(value: Any, where: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of each value within a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield (*where, key)
        yield from places(each, (*where, key))


def put(line: dict[str, Any], where: tuple[Any, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(line)
    node: Any = changed
    for key in where[:-1]:
        node = node[key]
    node[where[-1]] = value
    return changed


@pytest.mark.fuzz
async def test_a_log_with_any_value_in_any_place_is_told_in_words_or_read(tmp_path: Path) -> None:
    folder, lines = await whole(tmp_path / "c")
    state = open_campaign(folder, LIBRARY)

    def result(name: str) -> Result:
        folder.session(name)
        return state.results.get(name) or next(iter(state.results.values()))

    first = {line["kind"]: number for number, line in reversed(list(enumerate(lines)))}
    written_lines = [json.dumps(line) + "\n" for line in lines]
    refused, tried = list[str](), 0
    for number in first.values():
        where = [place for place in places(lines[number]) if place[:2] != ("payload", "spec")]
        for index, place in enumerate(where):
            for value in VALUES[index % 3 :: 3] if len(where) < 40 else (VALUES[index % len(VALUES)],):
                changed = json.dumps(put(lines[number], place, value)) + "\n"
                data = "".join([*written_lines[:number], changed, *written_lines[number + 1 :]]).encode()
                tried += 1
                try:
                    fold_campaign(parse_campaign(data, folder.events)[0], result)
                except SandboxError as error:
                    refused.append(str(error))
    assert tried > 200
    assert len(refused) > tried // 2
    assert [said[:200] for said in refused if "campaign.jsonl" not in said or len(said) > 1000] == []


async def test_a_session_cannot_lie_elsewhere(tmp_path: Path) -> None:
    folder, lines = await whole(tmp_path / "runs" / "c")
    before = sorted(tmp_path.rglob("*"))
    for name in ("../beside", "../../x", "/tmp/x", "..", ".", "", "a/b", "a\\x00b", "x" * 300):
        for line in lines:
            if "session" in line["payload"]:
                line["payload"]["session"] = name
        written(folder, lines[:4])
        for attempt in (
            partial(open_campaign, folder, LIBRARY),
            partial(branch_campaign, folder, 1, LIBRARY),
            partial(folder.seated, name),
        ):
            with suppress(SandboxError):
                attempt()
        with pytest.raises(SandboxError, match=r"is no folder of this campaign|session: must not be empty"):
            await gone_on(folder)
    outside = [path for path in sorted(tmp_path.rglob("*")) if path not in before and "runs" not in path.parts]
    assert outside == []


async def test_a_session_cannot_be_a_link(tmp_path: Path) -> None:
    folder, lines = await whole(tmp_path / "c")
    name = next(line["payload"]["session"] for line in lines if line["kind"] == "start")
    shutil.move(folder.path / name, tmp_path / "elsewhere")
    (folder.path / name).symlink_to(tmp_path / "elsewhere")
    before = (tmp_path / "elsewhere" / "events.jsonl").read_bytes()
    with pytest.raises(SandboxError, match="is no folder of this campaign"):
        open_campaign(folder, LIBRARY)
    with pytest.raises(SandboxError, match="is no folder of this campaign"):
        await gone_on(folder)
    assert (tmp_path / "elsewhere" / "events.jsonl").read_bytes() == before


def test_a_round_without_a_session_of_a_community_is_told() -> None:
    card = LIBRARY.network("three_estates")
    assert isinstance(card, Campaign)
    state = CampaignState("c", card, {"lang": "en", "seed": 1, "style": "rules", "model": "none", "turns": None}, None)
    with pytest.raises(InputError, match="round 1 has no finished session of east, west, back_lane"):
        ranked(state, 1)


def test_of_very_many_names_the_first_are_listed() -> None:
    text = str(unknown("point", "x", [f"point_{number}" for number in range(900)]))
    assert "point_0, point_1, point_10" in text
    assert "… (+8" in text[-12:]
    assert len(text) < 700


async def test_a_ranking_has_each_community_once(tmp_path: Path) -> None:
    folder, lines = await whole(tmp_path / "campaign")
    ranking = next(line for line in lines if line["kind"] == "ranking")
    ranking["payload"]["places"][0]["community"] = ranking["payload"]["places"][1]["community"]
    folder.events.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    with pytest.raises(InputError, match=r"ranking: does not follow from what comes before it"):
        open_campaign(folder, LIBRARY)
