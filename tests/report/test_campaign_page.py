"""The report of a campaign: the same in every format and both languages, and never more than a model's world."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sandbox.content.schemas import Lang
from sandbox.diffusion.campaign.folder import CampaignFolder
from sandbox.diffusion.campaign.run import open_campaign
from sandbox.diffusion.campaign.state import CampaignState
from sandbox.report.document.blocks import Document, Paragraph, Section, Span
from sandbox.report.document.formats import FORMATS
from sandbox.report.pages.campaign import campaign_report
from tests.cassette import FOLDER
from tests.diffusion.campaign.support import BY_RULES, LIBRARY, begun, card_of, gone_on

WORLD = {"en": "no evidence of what happens in real cities", "zh": "不说明真实的城市会怎样"}


async def _played(path: Path, lang: Lang) -> tuple[CampaignState, Document]:
    state = await gone_on(begun(path / "c", card_of(), {**BY_RULES, "lang": lang}))
    return state, campaign_report(state, LIBRARY)


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_the_report_says_who_stood_where_and_who_learned_what(tmp_path: Path, lang: Lang) -> None:
    state, document = await _played(tmp_path, lang)
    sections = {section.anchor: section for section in document.sections}
    assert list(sections) == ["communities", "ranking", "form", "learned", "moves", "orders", "plans", "sessions"]
    for form in ("html", "md"):
        page = str(FORMATS[form](document))
        assert WORLD[lang] in page
        assert all(community.name.get(lang) in page for community in state.card.communities)
        assert all(move["name"][lang] in page for move in state.transfers[1])
        assert all(each.says.split("“")[0][:20] in page for each in state.learned if "'" not in each.says[:20])
        links = re.findall(r"[(\"](r\d_\w+/report\.html)[)\"]", page)
        assert links == [f"{state.name(n, each)}/report.html" for n in (1, 2) for each in state.communities]
    assert FORMATS["docx"](document)


def test_means_of_fewer_indicators_than_another_place_has_are_marked_and_so_is_one_that_nobody_is_asked_for(
    tmp_path: Path,
) -> None:
    state, page = _shipped(tmp_path)
    counts = {len(result.rests["p"]) for result in state.results.values()}
    assert counts == {4, 5}
    second = {each: state.result(2, each) for each in state.communities}
    above, beside, *_ = (line for line in page.splitlines() if line.startswith("| 第2年 |"))
    cells = dict(zip(second, beside.strip(" |").split(" | ")[1:], strict=True))
    assert above != beside
    for community, result in second.items():
        assert result is not None
        assert ("\\*" in cells[community]) == (len(result.rests["p"]) == 4)
        assert ("†" in cells[community]) == (state.card.by_id[community].governance == "command")
    assert "3项和4项指标的简单平均" in page
    assert "按规则没有人来评这一项" in page


async def test_a_campaign_that_was_stopped_has_a_report_of_what_there_is(tmp_path: Path) -> None:
    folder = begun(tmp_path / "c", card_of())
    document = campaign_report(open_campaign(folder, LIBRARY), LIBRARY)
    assert [section.anchor for section in document.sections] == ["communities"]
    await gone_on(folder)
    lines = folder.events.read_bytes().splitlines(keepends=True)
    folder.events.write_bytes(b"".join(lines[:6]))  # up to the first ranking
    document = campaign_report(open_campaign(folder, LIBRARY), LIBRARY)
    assert [section.anchor for section in document.sections] == ["communities", "ranking", "form", "sessions"]
    assert WORLD["en"] in str(FORMATS["html"](document))


def _shipped(folder: Path) -> tuple[CampaignState, str]:
    state = open_campaign(CampaignFolder.copied(FOLDER / "campaign_zh", folder / "campaign_zh"), LIBRARY)
    return state, str(FORMATS["md"](campaign_report(state, LIBRARY)))


def test_what_a_place_had_itself_is_not_told_as_seen_and_what_it_took_over_is_marked(tmp_path: Path) -> None:
    state, page = _shipped(tmp_path)
    hired, fee = "居民小组挑人，合同另找单位签", "收物业费，出租按间，不够区里补12个月"
    years = [state.result(round, "west") for round in (1, 2, 3)]
    settled = [[any(option in text for text in year.settled) for option in (hired, fee)] for year in years if year]
    assert settled == [[True, False], [True, False], [True, True]]
    section = page.split("## 看到别家什么，采用了什么")[1].split("## 干部调动")[0]
    second, third = (
        row for row in section.splitlines() if row.startswith(("| 第2年 | 柳园西区", "| 第3年 | 柳园西区"))
    )
    assert hired not in second + third
    assert f"{fee}<br>" in second, "seen, and not decided"
    assert f"{fee} 已采用" in third
    assert "谁学到" not in page


def test_rules_name_the_people_of_the_community(tmp_path: Path) -> None:
    state, page = _shipped(tmp_path)
    lane = state.card.by_id["back_lane"]
    holder = lane.people["street_director"].zh
    (row,) = (row for row in page.splitlines() if row.startswith("| 柳园后巷 | 扫帚和物业费"))
    assert f"（{holder}）" in row
    assert LIBRARY.persona("street_director").name.zh not in page


@pytest.mark.parametrize(
    "file", ["https://example.com/", "../secret.html", "javascript:x/y.html", "a/b/c.html", "/a/b.html"]
)
def test_a_report_leads_to_no_other_place(file: str) -> None:
    section = Section("a", "A", (Paragraph((Span("out", file=file),)),))
    document = Document("en", "k", "t", "l", "c", "s", "f", (section,))
    assert file not in str(FORMATS["html"](document)) + str(FORMATS["md"](document))


async def test_places_that_two_decimals_do_not_tell_apart_have_three(tmp_path: Path) -> None:
    state, _ = await _played(tmp_path, "en")
    first, second, *others = state.rankings[1]
    first["h"], second["h"] = 0.6672, 0.6654
    for place, other in enumerate(others):
        other["h"] = 0.1 + 0.1 * place
    page = str(FORMATS["md"](campaign_report(state, LIBRARY)))
    assert "0.667" in page
    assert "0.665" in page
    assert "0.100" not in page
