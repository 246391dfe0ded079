"""The report of a country: what came of it is said in each format and language, and the map plays it."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import re
import zipfile
from dataclasses import replace
from functools import cache
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.network_card import MECHANISMS, Country, Mechanism
from sandbox.content.words import Words
from sandbox.diffusion.deck import CHANNELS
from sandbox.diffusion.decks.rows import Variants
from sandbox.diffusion.decks.size import SizeOfDeck
from sandbox.diffusion.facts import FACTS, Shown
from sandbox.diffusion.network import NEVER
from sandbox.diffusion.spread import Spread, SpreadArm
from sandbox.errors import InputError
from sandbox.report.document.blocks import ReportDocument, every_block
from sandbox.report.document.chart import Chart, Curves
from sandbox.report.document.docx import to_docx
from sandbox.report.document.drawing import _courses, drawn_together
from sandbox.report.document.html import SCRIPT_HASH, to_html
from sandbox.report.document.map_player import MapPanel, Playing
from sandbox.report.document.markdown import to_markdown
from sandbox.report.figures import percent
from sandbox.report.pages.diffusion import adoptions, diffusion_report, diffusion_view
from sandbox.report.pages.diffusion.reader import SpreadReader
from tests.game.making import LIBRARY
from tests.report.conftest import ATTACK
from tests.report.reader import Page, table_rows
from tests.report.spreads import FORM_AT, SUBSTANCE_AT, spread


def report(lang: Lang = "en", **options: object) -> ReportDocument:
    return diffusion_report(spread(), LIBRARY, lang, "runs/small", **options)  # type: ignore[arg-type]


@cache
def plain() -> Page:
    """Return the report in English as it is read, made once."""
    return Page(to_html(report()))


def read(played: Spread) -> Page:
    return Page(to_html(diffusion_report(played, LIBRARY, "en", "x")))


def playing(document: ReportDocument) -> Playing:
    (block,) = (block for block in every_block(document) if isinstance(block, Playing))
    return block


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_each_format_says_how_far_it_came_and_that_it_is_a_models_world(lang: Lang) -> None:
    document = report(lang)
    world = Words(lang)("spread_page.world")
    # 9 of 12 places in form, 4 in substance; the other seeds a little less.
    share = {"en": ("73% (71–75)", "31% (29–33)"), "zh": ("73%（71–75）", "31%（29–33）")}[lang]
    page = Page(to_html(document)).text
    for text in (page, to_markdown(document).replace("\\", "")):
        assert world in text
        assert all(part in text for part in share)
        assert {"en": "of what fell due a year later", "zh": "一年后到期的事"}[lang] in text, "a part of the score"
    assert {"en": "(its best meeting came to 0.3", "zh": "（开得最好的一场会得过0.3分"}[lang] in page
    assert document.footer == Words(lang)("spread_page.footer")


def test_pilots_whose_meetings_all_failed_are_not_said_to_have_begun() -> None:
    played = spread()
    courses = [
        replace(course, adopted=np.full_like(course.adopted, 0), reasons=np.full_like(course.reasons, 0))
        for course in played.arms[0].courses
    ]
    courses[0].adopted[1, 0] = 1
    document = diffusion_report(replace(played, arms=(SpreadArm((), tuple(courses)),)), LIBRARY, "en", "runs/small")
    assert "1, of which in form in the end: 0 (0–1)" in Page(to_html(document)).text


def test_one_country_is_not_said_to_have_a_range() -> None:
    played = spread()
    alone = replace(
        played, plan=replace(played.plan, seeds=(1,)), arms=(SpreadArm((), played.arms[0].courses[:1]),)
    )  # fmt: skip
    page = Page(to_html(diffusion_report(alone, LIBRARY, "en", "runs/small"))).text
    assert "One country, of one seed, so that there is no band." in page
    assert "percentile of 1 countries" not in page
    assert "median of 1 countries" not in page


def test_the_curves_have_their_bands_and_the_rule_in_the_middle() -> None:
    curves = next(block for block in every_block(report()) if isinstance(block, Curves))
    form, substance, at_once = curves.curves
    assert form.values[-1] == pytest.approx(9 / 12 - 0.02)
    ends = [course.form[-1] for course in spread().arms[0].courses]
    assert (form.low[-1], form.high[-1]) == (min(ends), max(ends)), "of few seeds the band leaves none out"
    assert len({curve.series for curve in curves.curves}) == len({curve.line for curve in curves.curves}) == 3
    assert (form.line, substance.line, at_once.line) == ("dashed", "solid", "dotted")
    assert curves.marks == ((4, "the centre makes it a rule"),)
    assert [curves.times[at] for at in curves.read] == ["0", "1", "2", "3", "4", "5", "6"]
    assert curves.shown[0] == ("0%", "0%", "0%")


def test_what_happened_stands_above_the_curves_and_within_their_width() -> None:
    page = to_html(report())
    marks, plane = page.index('<div class="marks"'), page.index('<div class="plane"')
    assert marks < plane
    assert f'--x:{100 * 4 / 6}">the centre makes it a rule</span>' in page[marks:plane]
    assert "the centre makes it a rule" not in page[plane : page.index("</svg>\n</div>", plane)]


def test_what_a_card_says_is_told_apart_from_how_it_was_played() -> None:
    cases: list[tuple[tuple[Mechanism, ...], dict[str, Any], bool, str]] = [
        ((), {}, False, ""),
        (("learning",), {}, True, "without: Learning"),
        (("coercion",), {}, True, "without: Orders and training"),
        ((), {"central_rule": 20}, True, "a central rule in period 20"),
        (("coercion",), {"central_rule": 20}, True, "without: Orders and training"),
        ((), {"central_rule": None}, True, "no central rule"),
        ((), {"deck": {"sessions": 160}}, True, "160 sessions in each cell of the deck"),
    ]
    for without, changed, otherwise, setting in cases:
        card = LIBRARY.network("from_the_top")
        assert isinstance(card, Country)
        played = spread()
        fields = card.model_dump() | changed
        fields["deck"] = card.deck.model_dump() | changed.get("deck", {})
        plan = replace(played.plan, country=Country.model_validate(fields), without=without)
        reader = SpreadReader(replace(played, plan=plan), LIBRARY, "en", "runs/small")
        assert not re.search(r"\d", card.about.en + card.about.zh)  # no period that --central-rule may move
        assert reader.lede.startswith(card.about.en)
        assert ("set otherwise this time stands below" in reader.lede) == otherwise
        assert reader.setting() == setting


def test_a_rule_that_one_model_alone_changes_is_told_with_its_name() -> None:
    changes = ("command:aggregation.chair=resident", "aggregation.quorum=1")
    plan = replace(spread().plan, changes=changes)
    told = {lang: SpreadReader(replace(spread(), plan=plan), LIBRARY, lang, "x").setting() for lang in ("en", "zh")}
    assert "Command: Who chairs – resident" in told["en"]
    assert told["en"].count("Quorum – at least 1 cast") == 1, "it is the same in all models"
    assert "命令式管理：谁主持——居民" in told["zh"]


def test_the_map_shows_each_place_in_each_period() -> None:
    tree, graph = playing(report()).panels
    assert [group.name for group in tree.groups] == ["Province 1 (coast)", "Province 2 (inland)"]
    assert [len(part) for _, parts in tree.sets() for part in parts] == [3, 3, 3, 3]
    for mark, (form, deep) in enumerate(zip(FORM_AT, SUBSTANCE_AT, strict=True)):
        for period in range(7):
            assert tree.level("form", mark, period) == (1 if 0 <= form <= period else 0)
            assert tree.level("substance", mark, period) == (1 if 0 <= deep <= period else 0)
    deep_in = [sum(0 <= deep <= period for deep in SUBSTANCE_AT) / 12 for period in range(7)]
    for period, told in enumerate(tree.told):
        assert told.endswith(f"; {percent(deep_in[period])} in substance"), "what the squares show is counted"
    assert len(graph.points) == len(graph.names) <= 12
    assert all(0 <= one < other < len(graph.points) for one, other in graph.links)
    assert all(0 <= point.x <= 1000 and 0 <= point.y <= graph.height for point in graph.points)


def test_a_place_that_loses_its_substance_again_goes_back_to_form_on_the_map() -> None:
    played = spread()
    first = next(mark for mark, deep in enumerate(SUBSTANCE_AT) if 0 <= deep < 6)
    held = played.in_substance()
    held[6, first] = False
    faded = replace(played, held=np.packbits(held, axis=1))
    for panel in playing(diffusion_report(faded, LIBRARY, "en", "runs/small", place=first)).panels:
        mark = 0 if panel.points else first  # the place itself is the first of its graph
        assert [panel.level("substance", mark, period) for period in (5, 6)] == [1, 0]
        assert panel.level("form", mark, 6) == 1


def test_squares_stand_for_cities_where_places_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.report.pages.diffusion.maps._SQUARES", 4)
    cities: MapPanel = playing(report()).panels[0]
    assert cities.names == ("City 1", "City 2", "City 3", "City 4")
    assert cities.level("form", 0, 1) == pytest.approx(1 / 3, abs=0.01)
    monkeypatch.setattr("sandbox.report.pages.diffusion.maps._SQUARES", 3)
    pairs: MapPanel = playing(report()).panels[0]
    assert pairs.names == ("City 1 to 2", "City 3 to 4")
    assert [group.size for group in pairs.groups] == [1, 1]
    assert pairs.level("form", 1, 4) == pytest.approx(2 / 6, abs=0.01)


def test_it_says_who_taught_whom() -> None:
    page = to_html(report())
    rows = {row[0]: row[1:] for row in table_rows(page)}
    assert rows["How it came"][-1] == Words("en")("spread_page.share"), "of all places, as the curves above"
    assert rows["Order from above"][0] == "2"
    assert rows["Tour to a neighbour"] == ["–", "3", "2", "1", "50%"]
    assert next(row for row in table_rows(page) if row[0].startswith("District 0,"))[1] == "2"


def test_where_nobody_but_pilots_has_it_and_where_a_region_has_too_few_of_them_is_said() -> None:
    played = spread(pilots={"count": 9, "region": "inland"})
    alone = replace(played, districts=played.districts._replace(mechanism=np.full(12, NEVER, np.int8)))
    page = read(alone)
    assert "The card has 9 pilots, all from inland, which has only 6 places: so only these begin." in page.text
    assert "of 12 places 1 took it up as pilots, by themselves, and no other did" in page.sections["taught"]
    assert "which has only" not in plain().text


def test_the_story_of_a_place_goes_back_to_where_it_began() -> None:
    section = next(part for part in report(place=6).sections if part.anchor == "story")
    story = Page(to_html(report(place=6))).sections[section.anchor]
    told = re.findall(r"Period \d: District \d+", story)
    assert told == [f"Period {at}: District {number}" for at, number in ((1, 0), (2, 1), (3, 3), (4, 6))]
    assert "sandbox diffuse example runs/small 6" in story
    assert "District 6 never has it in substance" in story
    never = Page(to_html(report(place=5))).sections["story"]
    assert "The reform never came here." in never
    with pytest.raises(InputError, match="no place 12; the last is 11"):
        report(place=12)


def test_what_a_mechanism_moves_is_told_with_its_interval() -> None:
    played = spread(without=("learning",), lost=0.1)
    (section,) = (part for part in diffusion_report(played, LIBRARY, "en", "x").sections if part.anchor == "moves")
    page = to_html(diffusion_report(played, LIBRARY, "en", "x"))
    row = next(row for row in table_rows(page) if row[0].startswith("Without: Learning"))
    assert row[-1].count("−10 points") == 2
    assert section.blocks
    unplayed = plain().sections
    assert "moves" not in unplayed
    assert "--set" in unplayed["repeat"]
    beside = Page(to_html(report(beside=(played,)))).sections["moves"]
    assert "A central rule in period 4" in beside
    with pytest.raises(InputError, match=r"arms: network, factors: {network: \[small_country, another\]}"):
        report(beside=(spread(id="another"),))
    with pytest.raises(InputError, match="--districts 12 --periods 6"):
        report(beside=(spread(districts=13),))


def test_it_says_how_far_the_curves_move_with_fewer_sessions() -> None:
    sizes = (SizeOfDeck(0.5, 4, 2.0, 0.031, 0.012, 0.02),)
    deck = Page(to_html(report(sizes=sizes))).sections["deck"]
    assert "50% 2 3.1 1.2 2" in " ".join(deck.split())
    assert "--size" in plain().sections["deck"]


def test_it_says_where_the_model_disagrees_with_the_literature() -> None:
    unplayed = plain().sections
    assert "literature" not in unplayed
    assert "--facts" in unplayed["repeat"]
    weaker, missing = np.array([[0.4, 0.36]] * 25), np.array([[1.3, 1.4]] * 25)
    figures = {name: np.full((25, 3), 0.5) for name in FACTS}
    figures |= {"cohorts": weaker, "departed": weaker, "regime": missing, "agenda": np.array([[0.2, 0.4]] * 25)}
    facts = tuple(Shown(name, each) for name, each in figures.items())
    free = {"count": 10, "given": 6, "free": 4, "shown": 1, "weaker": 1, "missing": 2, "open": 0}
    for lang in LANGUAGES:
        page = Page(to_html(report(lang, facts=facts)))
        words = Words(lang)
        section = page.sections["literature"]
        assert words("spread_page.literature.told", **free) in section
        assert words("spread_page.literature.disagrees") in section
        assert section.count(words("diffusion.verdict.counts", held=0, toward=25, seeds=25)) == 2
        assert section.count(words("semi") + words("diffusion.by_rule")) == 6
        assert all(fact.source in section for fact in FACTS.values())
        for source in ("Rogers 2003", "Mantel and Haenszel 1959", "Wang and Yang 2025"):
            assert source in page.sections["sources"]
            assert source not in unplayed["sources"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_figure_of_a_fact_has_its_range_over_seeds(lang: Lang) -> None:
    figures = np.linspace((0.30, 0.20), (0.40, 0.30), 11)
    told = Page(to_html(report(lang, facts=(Shown("cohorts", figures),)))).sections["literature"]
    ends = {seeds: Words(lang)(f"spread_page.ends.{name}") for seeds, name in ((5, "whole"), (25, "middle"))}
    few = Page(to_html(report(lang, facts=(Shown("cohorts", figures[:5]),)))).sections["literature"]
    assert (ends[25] in told, ends[5] in told, ends[5] in few) == (True, False, True)
    words = Words(lang)
    first, second = (f"{middle}{words.paren(ends)}" for middle, ends in (("0.35", "0.31–0.39"), ("0.25", "0.21–0.29")))
    assert words("diffusion.shown.cohorts", first=first, second=second) in told


def test_assessments_begin_where_somebody_has_the_reform() -> None:
    (sides,) = (block for block in every_block(report()) if isinstance(block, Curves) and block.anchor == "sides")
    assert sides.shown[0] == ("–", "–")
    assert all(np.isnan(curve.values[0]) and np.isnan(curve.low[0]) for curve in sides.curves)
    assert all(not sides.path(curve.values).startswith("0.00,") for curve in sides.curves)
    assert all("nan" not in sides.path(curve.values) + sides.band(curve) for curve in sides.curves)
    adoption = next(block for block in every_block(report()) if isinstance(block, Curves))
    assert adoption.path(adoption.curves[0].values).startswith("0.00,"), "a share of 0 is a value"


def test_nobody_has_it_and_nothing_breaks() -> None:
    played = spread()
    none = np.full(12, NEVER)
    nobody = played.districts._replace(form_at=none, substance_at=none, teacher=none, channel=none, row=none)
    empty = replace(played, districts=nobody)
    page = read(empty)
    assert "The reform never came here." in page.sections["story"]


def test_the_only_script_of_a_page_is_the_one_that_plays_it() -> None:
    hostile = {"en": f"{ATTACK}</script>", "zh": ATTACK}
    document = diffusion_report(spread(name=hostile, about=hostile), LIBRARY, "en", "x")
    page = to_html(document)
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", page, re.S)
    (script,) = scripts
    assert f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}" == SCRIPT_HASH
    assert html.escape(ATTACK)[:10] in page
    assert not any(name in attrs for _, attrs in Page(page).tags for name in ("src", "action"))
    assert not any(name.startswith("on") for _, attrs in Page(page.replace(script, "")).tags for name in attrs)


def test_two_settings_stand_side_by_side() -> None:
    other = spread()
    other = replace(other, plan=replace(other.plan, without=("learning",)))
    document = diffusion_view((spread(), other), LIBRARY, "en")
    assert [panel.title for panel in playing(document).panels] == [
        "a central rule in period 4", "without: Learning; a central rule in period 4",
    ]  # fmt: skip
    page = to_html(document)
    assert Words("en")("spread_page.world") in Page(page).text
    assert page.count('class="plane"') == 2
    assert "<nav" not in page


def test_half_that_some_countries_reach_is_said_with_how_many() -> None:
    played = spread()
    some = [replace(each, substance=np.full_like(each.substance, 0.4)) for each in played.arms[0].courses]
    some[0].substance[3:] = 0.6
    some = [replace(each, form=np.full_like(each.form, 0.4)) for each in some]
    held = replace(played, arms=(SpreadArm((), tuple(some)),))
    page = Page(to_html(diffusion_view((held, held), LIBRARY, "en"))).text
    assert "3 in 1 of 3 countries, never in the others" in page


def test_mechanisms_that_work_through_one_another_alone_are_told_as_one_finding() -> None:
    played = spread(without=("learning",), lost=0.1)
    through = replace(played.arms[1], without=("imitation",))
    other = spread(without=("postings",), lost=0.2).arms[1]
    said = "Without any one of these it is the same country, to the last digit: Learning, Imitation."
    assert said in read(replace(played, arms=(*played.arms, through, other))).text
    assert "to the last digit" not in read(replace(played, arms=(*played.arms, other))).text


def test_learning_is_told_with_what_its_teachers_had_and_tours_with_what_they_were_for() -> None:
    played = spread()
    assert (
        "Of the 6 that took it up by learning, 33% had a teacher that had it in substance by then." in read(played).text
    )
    why = played.districts.mechanism.copy()
    why[1] = MECHANISMS.index("imitation")
    page = read(replace(played, districts=played.districts._replace(mechanism=why))).text
    assert "it came through more than one mechanism: Learning 5, Imitation 1." in page


def test_the_curves_of_several_results_are_one_picture() -> None:
    pytest.importorskip("matplotlib")
    curves = adoptions((spread(), spread(central_rule=None)), LIBRARY, "en")
    assert [chart.caption for chart in curves] == [
        "A small country: a central rule in period 4", "A small country",
    ]  # fmt: skip
    assert drawn_together(curves, "A model's world", "en").startswith(b"\x89PNG")
    picture = drawn_together(curves[1:], "A model's world", "zh", "svg")
    assert b"A small country" in picture
    assert b"A model's world" in picture


def test_titles_of_pictures_side_by_side_are_not_cut() -> None:
    long = "A small country in which much is ordered from above: a central rule in period 4, and another much later"
    (first, second, *_) = (replace(chart, caption=long) for chart in adoptions((spread(), spread()), LIBRARY, "en"))
    figure = _courses((first, second), "en", "A model's world")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    edges = [axes.get_window_extent() for axes in figure.axes]
    titles = [axes._left_title.get_window_extent() for axes in figure.axes]  # type: ignore[attr-defined]
    assert titles[0].x1 < edges[1].x0
    assert titles[1].x1 < figure.bbox.width
    assert all(title.y1 < figure.bbox.height for title in titles)


def test_the_view_can_be_had_in_word_too_and_says_there_that_it_is_a_models_world() -> None:
    view = diffusion_view((spread(),), LIBRARY, "zh")
    with zipfile.ZipFile(io.BytesIO(to_docx(view))) as archive:
        root = ElementTree.fromstring(archive.read("word/document.xml"))
    assert Words("zh")("spread_page.world") in "".join(root.itertext())
    assert to_markdown(view)


def curves(document: ReportDocument, anchor: str) -> dict[str, float]:
    """Return where each curve of a chart ends."""
    (block,) = (block for block in every_block(document) if isinstance(block, Curves) and block.anchor == anchor)
    return {curve.name: float(curve.values[-1]) for curve in block.curves}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_pilots_are_a_curve_of_their_own_and_how_and_why_add_up_to_the_same(lang: Lang) -> None:
    card = spread()
    document = diffusion_report(card, LIBRARY, lang, "runs/small")
    how, why = curves(document, "channels"), curves(document, "reasons")
    pilots = {"en": "Pilots, which began", "zh": "最先试点"}[lang]
    begun = np.mean([(course.adopted.sum() - course.reasons.sum()) / 12 for course in card.arms[0].courses])
    assert how[pilots] == why[pilots] == pytest.approx(begun)
    assert sum(how.values()) == pytest.approx(sum(why.values()))
    assert begun > 0
    for channel in CHANNELS:  # pilots count under none, not even under that of which their sessions are
        came = np.mean([course.adopted[:, CHANNELS.index(channel)].sum() / 12 for course in card.arms[0].courses])
        less = begun if channel == card.plan.country.pilots.by else 0.0
        assert how.get(LIBRARY.arrival(channel).name.get(lang), 0.0) == pytest.approx(came - less)


def test_a_change_is_told_with_its_range_over_few_seeds() -> None:
    few = spread(without=("learning",), lost=0.1)
    alike = to_markdown(diffusion_report(few, LIBRARY, "en", "runs/small"))
    assert "points (" not in alike, "all seeds moved alike"
    courses = tuple(
        replace(course, substance=course.substance - 0.02 * place) for place, course in enumerate(few.arms[1].courses)
    )
    apart = replace(few, arms=(few.arms[0], replace(few.arms[1], courses=courses)))
    shown = to_markdown(diffusion_report(apart, LIBRARY, "en", "runs/small"))
    assert re.search(r"points \(−[\d.]+ to −[\d.]+\)", shown)
    chinese = to_markdown(diffusion_report(apart, LIBRARY, "zh", "runs/small"))
    assert re.search(r"个百分点（−[\d.]+至−[\d.]+）", chinese)


def test_the_report_says_what_trying_again_brings() -> None:
    played = spread()
    answer = Words("en")("spread_page.answer.again", at_once="X", met="Y").partition("X")[0]
    page = plain().text
    meetings = np.mean([course.meetings.sum() for course in played.arms[0].courses]) / 12
    assert answer in page
    assert f"each place held {meetings:.1f} meetings on average" in page
    at_once = np.median([course.at_once[-1] for course in played.arms[0].courses])
    (curves,) = (block for block in every_block(report()) if isinstance(block, Curves) and block.anchor == "adoption")
    assert curves.curves[2].values[-1] == pytest.approx(at_once)


def test_cohorts_count_as_the_headline_does() -> None:
    # Place 0 had it, and a leader took it along since.
    played = spread()
    held = np.where(np.array(SUBSTANCE_AT) >= 0, 0.8, 0.0).astype(np.float32)
    held[0] = 0.1
    changed = replace(played, districts=played.districts._replace(substance=held))
    document = diffusion_report(changed, LIBRARY, "en", "x")
    (chart,) = (block for block in every_block(document) if isinstance(block, Chart) and block.anchor == "cohorts")
    # Of the first two adopters one has it now (both had it once, the other one at once); of the last, none.
    assert [chart.strips[place].values[:2] for place in (0, -1)] == [("50%", "50%"), ("0%", "0%")]


def test_the_report_says_who_played_the_deck_what_it_is_about_and_who_is_near_whom() -> None:
    played = spread()
    played = replace(played, by_model=3)
    sessions = int(played.deck_sizes.sum())
    sections = read(played).sections
    deck = sections["deck"]
    ends = len(played.network.neighbours)
    assert "stands among its rivals at its resources" in sections["methods"], "competition is on"
    assert "in Granovetter’s model the threshold alone decides" in sections["methods"], "imitation is on"
    assert "0.5 ties a place in the mean join places anywhere in the country" in sections["methods"]
    assert f"a place has {ends / 12:.2f} neighbours in the mean" in sections["methods"]
    assert f"{sessions - 3} of them went by the rules alone: nobody speaks in them" in deck
    assert "3 were played by a model" in deck
    assert LIBRARY.title("scenario", played.plan.country.deck.scenarios[0]).en in deck


def test_pupils_of_another_case_than_their_teacher_are_counted() -> None:
    two = {"scenarios": ("four_oclock_school", "clean_up"), "sessions": 4}
    played = spread(deck=two)
    variants = Variants(LIBRARY, two["scenarios"])  # type: ignore[arg-type]
    terms = [next(iter(LIBRARY.scenario(str(case)).decisions)) for case in ("four_oclock_school", "clean_up")]
    codes = [
        variants.code(case, {question.id: next(iter(question.options))})
        for case, question in zip(("four_oclock_school", "clean_up"), terms, strict=True)
    ]
    # Six pupils were taught by a place; those of places 3 and 6 hold the other case than their teacher.
    held = np.full(12, codes[0], np.uint16)
    held[[3, 8]] = codes[1]
    taught = read(replace(played, districts=played.districts._replace(variant=held)))
    assert "50% of those that took it up from a place hold another case" in taught.sections["taught"]
    alone = plain().sections["taught"]
    assert "hold another case" not in alone, "a deck of one case"


def test_a_rule_without_orders_is_neither_drawn_nor_told() -> None:
    played = spread()
    without = replace(played, plan=replace(played.plan, without=("coercion",)))
    page = to_html(diffusion_report(without, LIBRARY, "en", "x"))
    assert "the centre makes it a rule" not in page.lower().replace("{", "")


def test_taking_up_from_below_is_not_told_as_a_reason_that_brought_it_nowhere() -> None:
    played = spread(absorption={"on": True, "share": 0.3})
    document = diffusion_report(played, LIBRARY, "en", "x")
    assert "Taking up from below" not in curves(document, "reasons")
    assert "works through orders and training" in Page(to_html(document)).sections["taught"]


def test_what_a_mechanism_moves_is_told_with_meetings_a_place() -> None:
    played = spread(without=("learning",), lost=0.1)
    fewer = tuple(replace(course, meetings=course.meetings * 0) for course in played.arms[1].courses)
    changed = replace(played, arms=(played.arms[0], replace(played.arms[1], courses=fewer)))
    section = read(changed).sections["moves"]
    assert "meetings a place: 0.0, above" in section
    assert "keeps the best of its meetings" in section


def test_a_story_that_begins_in_the_middle_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "The way back is longer" not in Page(to_html(report(place=6))).sections["story"]
    monkeypatch.setattr("sandbox.report.pages.diffusion.teaching._LONGEST", 3)
    assert "The way back is longer" in Page(to_html(report(place=6))).sections["story"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_results_side_by_side_are_compared_over_the_seeds_that_both_have(lang: Lang) -> None:
    courses = spread(without=("learning",), lost=0.1).arms[1].courses  # of seeds 1, 2 and 3
    plan = replace(spread().plan, without=("learning",))

    def of(*seeds: int) -> Spread:
        arm = SpreadArm((), tuple(replace(courses[seed % 3 - 1], seed=seed) for seed in seeds))
        return replace(spread(), plan=replace(plan, seeds=seeds), arms=(arm,))

    words = Words(lang)
    shown = " ".join(to_markdown(report(lang, beside=(of(2, 3, 14), of(1, 2, 3)))).replace("\\", "").split())
    assert shown.count(words("spread_page.moves.points", change="−10")) == 4
    assert words("spread_page.moves.fewer", shared=2, seeds=3) in shown
    pairs = words("spread_page.range", low=2, high=3)
    assert words("spread_page.moves.note", pairs=pairs, ends=words("spread_page.ends.whole")) in shown
    with pytest.raises(InputError) as refused:
        report(lang, beside=(of(11, 12, 13),))
    assert refused.value.exit_code == 2
    assert words.error(refused.value) == words("spread_page.refused.other_seeds", seeds="1-3", others="11-13")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_fact_that_no_seed_could_measure_has_a_dash_for_its_figures(lang: Lang) -> None:
    fact = Shown("shape", np.array([[0.3, np.nan, np.nan]] * 2))
    told = Page(to_html(report(lang, facts=(fact,)))).sections["literature"]
    words = Words(lang)
    assert words("diffusion.shown.shape", first="0.30", second="–", third="–", period="–") in told
    assert words("diffusion.verdict.unmeasured") in told
