"""The report of a campaign: the same in every format and both languages, and never more than a model's world."""

from __future__ import annotations

import asyncio
import re
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.diffusion.campaign.folder import CampaignFolder
from sandbox.diffusion.campaign.past import not_kept, outcomes, seen_elsewhere
from sandbox.diffusion.campaign.run import open_campaign, retold, sessions_of
from sandbox.diffusion.campaign.state import CampaignState
from sandbox.experiment.whatif.campaigns import figures_of_campaign
from sandbox.game.review.lasting import says_no_more
from sandbox.record.folder import SessionFolder
from sandbox.report.campaign_words import CampaignStory
from sandbox.report.document.blocks import Paragraph, ReportDocument, Section, Span, every_block
from sandbox.report.document.chart import Curves, Heat
from sandbox.report.document.formats import FORMATS
from sandbox.report.figures import percent
from sandbox.report.pages.campaign import campaign_report
from sandbox.scoring.reviewed import fallen_due
from sandbox.session.opening import open_session
from tests.cassette import FOLDER, campaign
from tests.content.folders import LIBRARY
from tests.diffusion.campaign.support import begun, card_of, gone_on

WORLD = "no evidence of what happens in real cities"


@pytest.fixture(scope="module")
def two_gates(tmp_path_factory: pytest.TempPathFactory) -> CampaignState:
    """A small campaign that the rules alone have played."""
    return asyncio.run(gone_on(begun(tmp_path_factory.mktemp("campaign") / "c", card_of())))


def test_the_report_says_who_stood_where_and_who_learned_what(
    two_gates: CampaignState, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, document = two_gates, campaign_report(two_gates, LIBRARY)
    sections = {section.anchor: section for section in document.sections}
    assert document.anchors[0] == "story", "what came of it stands first"
    assert list(sections) == [
        "communities",
        "ranking",
        "form",
        "learned",
        "moves",
        "orders",
        "plans",
        "sessions",
    ]
    for form in ("html", "md"):
        page = str(FORMATS[form](document))
        assert WORLD in page
        assert all(community.name.en in page for community in state.card.communities)
        assert all(move["name"]["en"] in page for move in state.transfers[1])
        assert all(each.says.split("“")[0][:20] in page for each in state.learned if "'" not in each.says[:20])
        links = re.findall(r"[(\"](r\d_\w+/report\.html)[)\"]", page)
        assert links == [f"{state.name(n, each)}/report.html" for n in (1, 2) for each in state.communities]
    monkeypatch.setattr("sandbox.report.document.docx.drawn", lambda *_: b"")  # as without matplotlib
    assert FORMATS["docx"](document)


def test_means_of_fewer_indicators_than_another_place_has_are_marked_and_so_is_one_that_nobody_is_asked_for() -> None:
    shipped, _ = _shipped()
    name = shipped.name(2, next(iter(shipped.communities)))
    fewer = shipped.results[name]
    fewer = replace(fewer, rests={**fewer.rests, "p": fewer.rests["p"][:-1]}, kept=0, part=0, broken=0)
    state = replace(shipped, results={**shipped.results, name: fewer})
    page = str(FORMATS["md"](campaign_report(state, LIBRARY)))
    assert {len(result.rests["p"]) for result in state.results.values()} == {4, 5}
    second = {each: state.result(2, each) for each in state.communities}
    above, beside, *_ = (line for line in page.splitlines() if line.startswith("| 第2年 |"))
    cells = dict(zip(second, beside.strip(" |").split(" | ")[1:], strict=True))
    assert above != beside
    for community, result in second.items():
        assert result is not None
        assert ("\\*" in cells[community]) == (len(result.rests["p"]) == 4)
        assert ("†" in cells[community]) == (state.card.by_id[community].governance == "command")
    for result in state.results.values():
        assert f"{len(result.rests['h'])}项和{len(result.rests['p'])}项指标的简单平均" in page
    assert "按规则没有人来评这一项" in page
    assert page.count("这一年没有到期的事") == 1, "no row is silent on what was kept"


async def test_a_campaign_that_was_stopped_has_a_report_of_what_there_is(tmp_path: Path) -> None:
    folder = begun(tmp_path / "c", card_of())
    document = campaign_report(open_campaign(folder, LIBRARY), LIBRARY)
    assert [section.anchor for section in document.sections] == ["communities"]
    await gone_on(folder)
    lines = folder.events.read_bytes().splitlines(keepends=True)
    folder.events.write_bytes(b"".join(lines[:6]))  # up to the first ranking
    document = campaign_report(open_campaign(folder, LIBRARY), LIBRARY)
    assert [section.anchor for section in document.sections] == ["communities", "ranking", "form", "sessions"]
    assert WORLD in str(FORMATS["html"](document))


@cache
def _shipped(lang: Lang = "zh") -> tuple[CampaignState, str]:
    return campaign(lang), str(FORMATS["md"](campaign_report(campaign(lang), LIBRARY)))


def test_what_a_place_had_itself_is_not_told_as_seen_and_what_it_took_over_is_marked() -> None:
    state, page = _shipped()
    section = page.split("## 看到别家什么，哪些定得一样")[1].split("## 干部调动")[0]
    seen = seen_elsewhere(state)
    assert {each.taken for each in seen} == {True, False}
    for each in seen:
        lesson = each.lesson
        year = lesson.round + 1 if lesson.channel == "posting" else lesson.round
        before, then = state.result(year - 1, lesson.community), state.result(year, lesson.community)
        shown = state.result(lesson.year, lesson.origin)
        option = shown.terms.get(lesson.about) if shown else None  # the words of an option may be others today
        had, has = (bool(result and option and result.terms.get(lesson.about) == option) for result in (before, then))
        assert (had, each.taken) == (False, has)
        place = state.card.by_id[lesson.community].name.zh
        rows = [row for row in section.splitlines() if row.startswith(f"| 第{year}年 | {place}")]
        cells = [cell.strip() for row in rows for cell in row.split("|")[5].split("<br>")]
        told = [cell for cell in cells if re.sub(r" 定得一样(，上级也有要求)?$", "", cell).endswith(lesson.says)]
        alike = {other.taken for other in seen if other.lesson.says == lesson.says}  # the same, seen in two ways
        assert each.taken in {"定得一样" in cell for cell in told} <= alike
    assert "谁学到" not in page


def test_what_an_official_brings_counts_in_the_year_in_which_it_is_there(two_gates: CampaignState) -> None:
    brought = [each for each in two_gates.learned if each.channel == "posting"]
    assert brought
    assert {each.round for each in brought} == {1}
    without = replace(two_gates, learned=tuple(each for each in two_gates.learned if each not in brought))
    whole, left = (figures_of_campaign(each, 2)["lessons"] for each in (two_gates, without))
    assert (whole or 0) - (left or 0) == len(brought), "from year 2 on no transfer has brought anything"
    page = str(FORMATS["md"](campaign_report(two_gates, LIBRARY)))
    assert [line for line in page.splitlines() if line.startswith("| Year 1 |") and "with an official" in line] == []


def test_a_shared_place_is_told_as_one_and_what_a_lot_decided_too(two_gates: CampaignState) -> None:
    state = replace(two_gates, rankings=deepcopy(two_gates.rankings))
    for place in state.rankings[1]:
        place["h"] = 0.9
    page = str(FORMATS["md"](campaign_report(state, LIBRARY)))
    (ranking,) = re.findall(r"## The ranking\n(.*?)\n## ", page, re.S)
    assert ranking.count("**No. 1, shared**<br>H 0.90,") == 2
    names = ", ".join(state.card.by_id[each["community"]].name.en for each in state.rankings[1])
    assert f"The lot in Year 1: {names}." in ranking
    assert "Small gaps in H are noise" in page.split("## The communities", maxsplit=1)[0], (
        "where the order is told first"
    )


def test_without_a_shared_place_nothing_is_said_of_a_lot(two_gates: CampaignState) -> None:
    state = replace(two_gates, rankings=deepcopy(two_gates.rankings))
    for ranking in state.rankings.values():
        for number, place in enumerate(ranking):
            place["h"] = 0.9 - 0.1 * number
    page = str(FORMATS["md"](campaign_report(state, LIBRARY)))
    assert "shared" not in page.split("## The ranking")[1].split("## Form", maxsplit=1)[0]


def test_a_promise_that_was_not_kept_is_quoted_as_it_was_made() -> None:
    (state, page), promises = _shipped("en"), 0
    for name, result in state.results.items():
        session = open_session(SessionFolder(FOLDER / "campaign_en" / name), LIBRARY)
        for item in fallen_due(session):
            room = {seat for seat in session.game.present(item.stage) if session.game.personas[seat].kind != "host"}
            aloud = room <= {*item.visible_to, item.owner}  # what was promised aside is not told to all
            asked = [each for each in result.fates if each.condition and each.became == "broken"]
            if item.kind != "promise" or item.state != "broken" or not aloud:
                continue
            if any(says_no_more(item.says, each.says, "en") for each in asked):
                continue  # it is told with the condition
            told, who = not_kept(result, session.game.words), session.game.name(item.owner)
            (owed,) = (text for text in told if item.says.rstrip(".") in text and f"{who} promised" in text)
            promises += 1
            assert owed in page or told.index(owed) >= 4
    assert promises


def test_a_condition_that_two_were_to_do_and_that_came_to_the_same_is_told_once_the_year_after() -> None:
    (state, _), words = _shipped("en"), LIBRARY.words("en")
    for round, community in ((round, community) for round in (1, 2, 3) for community in state.communities):
        result = state.result(round, community)
        assert result
        told = outcomes(state, round, community, words)
        for fate in (fate for fate in result.fates if fate.condition):
            same = {(other.became, other.why) for other in result.fates if other.condition and other.says == fate.says}
            assert sum(fate.says in line for line in told) == len(same)


def test_the_report_says_on_whose_word_it_rests_that_something_was_kept() -> None:
    state, page = _shipped()
    rows = [line.strip("| ").split(" | ") for line in page.split("**承诺和决定后来怎样**")[1].splitlines()[2:]]
    head, _, *rows = [row for row in rows if len(row) > 5]
    assert head[4:7] == ["只有负责的人自己说", "有旁人证实", "有人否认"]
    assert len(rows) == len(state.results)
    for _, kept, part, broken, *rest in rows:
        assert sum(map(int, rest[:3])) <= int(kept) + int(part) + int(broken)
    assert "依据的都是一年后人物自己的汇报" in page


def test_a_campaign_without_a_review_has_no_word_of_who_confirmed_what(two_gates: CampaignState) -> None:
    assert "Confirmed by others" not in str(FORMATS["md"](campaign_report(two_gates, LIBRARY)))


def test_the_report_says_what_h_rewards_beside_what_was_kept_and_for_whom_it_was_decided_unheard() -> None:
    state, page = _shipped()
    assert "H本来就是看材料给分的" in page
    assert len(re.findall(r"一年后兑现：\d+件里\d+件(，部分兑现\d+件)?", page)) == 9
    heading = LIBRARY.words("zh")("campaign.unheard")
    names = {name for result in state.results.values() for name in result.unheard}
    assert (heading in page) == bool(names)
    assert all(name in page.partition(heading)[2] for name in names)


def test_transfers_are_told_as_an_assumption_of_the_card() -> None:
    _, page = _shipped()
    assert "这张卡片的假设" in page.split("## 干部调动")[1].split("\n## ")[0]


def test_rules_name_posts_and_not_those_who_hold_them_for_a_year() -> None:
    state, page = _shipped()
    persona = LIBRARY.persona("street_director")
    (row,) = (row for row in page.splitlines() if row.startswith("| 柳园后巷 | 扫帚和物业费"))
    assert f"（{persona.role.zh}）" in row
    assert state.card.by_id["back_lane"].people["street_director"].zh not in row
    assert persona.name.zh not in page


def test_what_came_out_as_seen_stands_beside_chance_and_what_was_ordered_is_told_as_ordered() -> None:
    state, page = _shipped("en")
    seen = page.split("## What was seen of others")[1].split("## Transfers")[0]
    counted = re.search(r"Questions settled after .*?: (\d+)\. Of these (\d+) came out as seen, (\d+) also", seen)
    assert counted
    of, alike, ordered = map(int, counted.groups())
    taken = {
        (each.lesson.seen_in, each.lesson.community, each.lesson.about) for each in seen_elsewhere(state) if each.taken
    }
    assert len(taken) == alike <= of
    assert ordered
    assert "settled alike, as ordered" in seen
    assert re.search(r"if each were drawn by lot among its options, \d\.\d would", seen)
    assert "settled what it had seen" not in page
    (row,) = (row for row in page.splitlines() if row.startswith("| Year 1 | everyone | Before the city's hygiene"))
    assert "as ordered: Liuyuan West<br>settled otherwise: Liuyuan East, Liuyuan Back Lane" in row
    assert "Kept in part; Qiu Shouchang answered for it" in page, "what was kept in part where nothing was broken"


def test_a_report_leads_to_no_other_place() -> None:
    cases: list[str] = ["https://example.com/", "../secret.html", "javascript:x/y.html", "a/b/c.html", "/a/b.html"]
    for file in cases:
        section = Section("a", "A", (Paragraph((Span("out", file=file),)),))
        document = ReportDocument("en", "k", "t", "l", "c", "s", "f", (section,))
        assert file not in str(FORMATS["html"](document)) + str(FORMATS["md"](document))


def test_places_that_two_decimals_do_not_tell_apart_have_three(two_gates: CampaignState) -> None:
    state = replace(two_gates, rankings=deepcopy(two_gates.rankings))
    first, second, *others = state.rankings[1]
    first["h"], second["h"] = 0.6672, 0.6654
    for place, other in enumerate(others):
        other["h"] = 0.1 + 0.1 * place
    page = str(FORMATS["md"](campaign_report(state, LIBRARY)))
    assert "0.667" in page
    assert "0.665" in page
    assert "0.100" not in page


def test_how_alike_decisions_are_is_told_of_how_many_questions() -> None:
    state = campaign("en")
    (heat,) = (
        block for block in every_block(campaign_report(state, LIBRARY))
        if isinstance(block, Heat) and block.anchor == "same"
    )  # fmt: skip
    cells = [cell.text for row in heat.rows for cell in row.cells]
    counted = [re.fullmatch(r"(\d+)% \((\d+)/(\d+)\)", text) for text in cells if text != "–"]
    assert counted
    for each in counted:
        assert each
        share, alike, both = map(int, each.groups())
        assert share == pytest.approx(100 * alike / both, abs=0.5)


def _story(lang: Lang) -> tuple[CampaignState, CampaignStory]:
    return campaign(lang), CampaignStory(campaign(lang), LIBRARY)


def test_a_campaign_told_in_the_other_language_tells_of_the_same_matters_and_quotes_what_was_said() -> None:
    state, folder = campaign("zh"), CampaignFolder(FOLDER / "campaign_zh")
    told = retold(state, "en", sessions_of(folder, LIBRARY))
    for name, result in state.results.items():
        matters, same = (
            [(fate.about, fate.condition, fate.became) for fate in each.fates] for each in (result, told.results[name])
        )
        assert same == matters, "a promise that says no more than a condition is left out here and there"
    page = str(FORMATS["md"](campaign_report(told, LIBRARY, "en")))
    assert "Yan Guofeng" in page
    assert "颜国峰" not in page, "people have the names of the language"
    assert "区里不再全包" in page, "an order stands as it was given"


def test_a_year_is_told_in_two_sentences_by_how_little_and_what_nobody_kept() -> None:
    state, story = _story("zh")
    first = "柳园东区和柳园后巷并列第一，H值0.89，比柳园西区高0.04；柳园西区垫底，换来区里约谈"
    assert story.year(3)[0].startswith(first)
    assert story.year(2)[1].endswith("到期的63件事，兑现了46件，部分兑现17件。")
    assert (
        "其中照看到的办法定的有1个，这里面上级本来就这样要求的有1个（要是抽签来定，平均会有1.4个）" in story.year(3)[1]
    )
    state, story = _story("en")
    first, second = story.year(1)
    assert first.startswith("Liuyuan Back Lane came first with H 0.95, 0.02 ahead of Liuyuan East; Liuyuan West came")
    assert "Yan Guofeng, director of the street office: from Liuyuan Back Lane to Liuyuan West" in first
    assert second == "Of what fell due, 28 of 43 were kept, 14 in part."
    first, second = story.year(3)
    assert "which brings a talk with the district" in first
    assert "with such an option: 1, of which as the city had ordered: 1 (drawn by lot it would be" in second
    level = replace(state, rankings={1: tuple({**each, "h": 0.5} for each in state.rankings[1])}, transfers={})
    assert CampaignStory(level, LIBRARY).year(1)[0] == "All shared the first place with H 0.50."
    heights = {each["community"]: 0.5 for each in state.rankings[1]}
    leader = next(iter(heights))
    for lead, said in ((0.6, "H 0.60, 0.10 ahead of "), (0.504, "H 0.504, 0.004 ahead of ")):
        ranked: tuple[Any, ...] = tuple(
            {**each, "h": (heights | {leader: lead})[each["community"]]} for each in state.rankings[1]
        )
        told = CampaignStory(replace(state, rankings={1: ranked}, transfers={}), LIBRARY).year(1)[0]
        assert said in told
        assert told.partition(";")[0].count(" and ") == len(heights) - 2, "all who share the second place are named"


@pytest.mark.parametrize(
    ("lang", "crossed"), [("en", "the words in which it is written grew apart"), ("zh", "越写越不像")]
)
def test_how_far_plans_and_decisions_went_is_told_and_that_they_went_apart(lang: Lang, crossed: str) -> None:
    document = campaign_report(campaign(lang), LIBRARY)
    heats = {block.anchor: block for block in every_block(document) if isinstance(block, Heat)}
    both = [block.scale for block in every_block(document) if isinstance(block, Curves)]
    assert {(scale.low, scale.high) for scale in both} == {(both[0].low, both[0].high)}, "H and P have one axis"
    first, last = (
        [[row.cells[year].shade for row in heats[what].rows] for what in ("alike", "same")] for year in (0, -1)
    )
    means = [[fmean(value for value in column if value is not None) for column in year] for year in (first, last)]
    page = str(FORMATS["md"](document))
    (told,) = (line for line in page.splitlines() if ("两两平均" if lang == "zh" else "the mean over pairs") in line)
    assert [told.index(percent(mean)) > 0 for year in means for mean in year] == [True] * 4
    assert (crossed in told) == (means[1][0] < means[0][0] and means[1][1] > means[0][1])
