"""A branch shares the rounds before one, and goes its own way from there."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sandbox.diffusion.campaign.branch import branch_campaign
from sandbox.diffusion.campaign.folder import CampaignFolder
from sandbox.diffusion.campaign.run import open_campaign
from sandbox.errors import InputError
from tests.content.folders import LIBRARY
from tests.diffusion.campaign.support import begun, card_of, gone_on, logs_of


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> CampaignFolder:
    folder = begun(tmp_path_factory.mktemp("campaign") / "whole", card_of())
    asyncio.run(gone_on(folder))
    return folder


async def test_a_branch_without_a_change_comes_to_the_same(whole: CampaignFolder, tmp_path: Path) -> None:
    before = logs_of(whole)
    new = branch_campaign(whole, 2, LIBRARY, to=tmp_path / "c")
    assert [event.kind for event in new.read()] == ["campaign", "start", "start", "played", "played", "ranking"]
    old, ended = open_campaign(whole, LIBRARY), await gone_on(new)
    assert (ended.rankings, ended.learned, ended.transfers) == (old.rankings, old.learned, old.transfers)
    assert ended.branch == {"of": "whole", "round": 2, "changes": []}
    assert logs_of(whole) == before


async def test_what_happens_between_rounds_is_taken_under_the_changed_rules(
    whole: CampaignFolder, tmp_path: Path
) -> None:
    changes = ("transfers.named=[]", "west_gate:scope.tasks=agreed", "handover.down=0")
    ended = await gone_on(branch_campaign(whole, 2, LIBRARY, changes, to=tmp_path / "c"))
    assert ended.transfers == {}
    assert [ended.specs[ended.name(2, each)].changes for each in ended.communities] == [(), ("scope.tasks=agreed",)]
    assert ended.rankings[1] == open_campaign(whole, LIBRARY).rankings[1]
    assert ended.card.handover.down == 0


async def test_another_seed_makes_another_course_of_the_same_past(whole: CampaignFolder, tmp_path: Path) -> None:
    old = open_campaign(whole, LIBRARY)
    ended = await gone_on(branch_campaign(whole, 2, LIBRARY, seed=99, to=tmp_path / "c"))
    assert ended.result(1, "east_gate") == old.result(1, "east_gate")
    assert ended.result(2, "east_gate") != old.result(2, "east_gate")


async def test_a_branch_before_the_first_round_shares_the_card_alone(whole: CampaignFolder, tmp_path: Path) -> None:
    new = branch_campaign(whole, 1, LIBRARY, to=tmp_path / "c")
    assert [event.kind for event in new.read()] == ["campaign"]
    assert (await gone_on(new)).closed


def test_a_branch_that_cannot_be_is_refused(whole: CampaignFolder, tmp_path: Path) -> None:
    cases: list[tuple[int, str, str]] = [
        (0, "", "--round 0 is not allowed; campaign whole can be branched before round 1 to 2"),
        (3, "", "--round 3 is not allowed; campaign whole can be branched before round 1 to 2"),
        (2, "transfers.rul=none", "there is no such field; allowed: transfers.rule, transfers.each"),
        (2, "transfers=none", "there is no such field; allowed: transfers.rule, transfers.each"),
        (2, "transfers.rule=all", "transfers.rule: unknown value 'all'. Allowed: first_goes_up, first_to_last, none."),
        (2, "north:aggregation.veto=[]", "communities: east_gate, west_gate; parts: transfers, tours"),
        (2, "aggregation.veto", "expected rule.path=value, community:rule.path=value or part.field=value"),
        (2, "aggregation.veto=[nobody]", "aggregation.veto: unknown position 'nobody'"),
        (2, "east_gate:aggregaton.veto=[]", "unknown rule 'aggregaton'"),
    ]  # fmt: skip
    for round, change, said in cases:
        with pytest.raises(InputError) as told:
            branch_campaign(whole, round, LIBRARY, (change,) if change else (), to=tmp_path / "c")
        assert said in str(told.value)
        assert not (tmp_path / "c").exists()
