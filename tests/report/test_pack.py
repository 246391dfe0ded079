"""The facilitator's pack: every shipped case has one, which prints in each format, and its papers keep their form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import cycle

import pytest
from docx import Document
from docx.shared import Emu, Mm

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from sandbox.report.document.blocks import (
    Block,
    Bullets,
    Facts,
    Heading,
    Paragraph,
    ReportDocument,
    Section,
    Span,
    Table,
)
from sandbox.report.document.docx import to_docx
from sandbox.report.document.formats import FORMATS
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.lesson import seating
from sandbox.report.pages.pack import TablePlan, make_pack
from sandbox.report.pages.paper_text import paper_blocks
from tests.content.folders import CARDS, LIBRARY

SCENARIOS = [card for kind, card in CARDS if kind == "scenario"]
PAPER = """# Plan

First **task**, by the
end of May.

- one
- two
  - below

3. third
4. fourth

| Task | Who |
|---|---|
| Upkeep | |

> Signed: <script>alert(1)</script>
"""


def test_a_case_has_a_sheet_for_each_seat_and_each_paper() -> None:
    for case, lang in zip(SCENARIOS[::3], cycle(LANGUAGES), strict=False):
        scenario, pack, document = LIBRARY.scenario(case), LIBRARY.pack(case), make_pack(LIBRARY, case, lang)
        sheets = [section.anchor for section in document.sections if section.sheet]
        assert len([anchor for anchor in sheets if anchor.startswith("role-")]) == len(scenario.seats)
        assert len([anchor for anchor in sheets if anchor.startswith("paper-")]) == len(pack.documents) >= 4
        assert {paper.form for paper in pack.documents} >= {"plan", "criteria"}
        assert sum(slot.minutes for slot in pack.timing) == 90
        assert {slot.stage for slot in pack.timing} >= {stage.id for stage in LIBRARY.stages() if not stage.reviews}
        assert len(pack.moments) >= 5
        assert {len(questions) for questions in pack.questions.values()} == {4}
        assert {each.section for each in pack.crosswalk} <= set(scenario.source.sections) | {
            code for fact in scenario.facts for code in fact.source.sections
        }
        group = " ".join(_words(next(each.blocks for each in document.sections if each.anchor == "group")))
        assert str(len(scenario.seats) - 1) in group, "how many seats a group is to be divided among"
        told = to_markdown(document)
        assert all(f"| {people} |" in told for people in (12, 24, 36)), "how any number is seated"
        (sheet,) = (each for each in document.sections if each.anchor == "scoring")
        scored = " ".join(_words(sheet.blocks))
        for each in LIBRARY.rubric("core").criteria:
            assert all(text.get(lang) in scored for text in (each.name, each.question, *each.anchors.values()))
        tasks = [each for each in document.sections if each.anchor.startswith("homework")]
        assert [case in " ".join(_words(each.blocks)) for each in tasks] == [True, True]
        key = " ".join(_words(next(each.blocks for each in document.sections if each.anchor == "crosswalk")))
        for code in {code for fact in scenario.facts for code in fact.source.sections}:
            assert f"{code}{Words(lang)('colon')}{Words(lang)(f'paper.{code}')}" in key


def test_a_pack_prints_in_each_format() -> None:
    for form in FORMATS:
        assert len(FORMATS[form](make_pack(LIBRARY, "four_oclock_school", "zh", "joint_production"))) > 5000


def test_tables_of_a_word_file_use_the_width_and_break_no_word() -> None:
    file = Document(BytesIO(to_docx(make_pack(LIBRARY, "clean_up", "en"))))
    room = Mm(210 - 2 * 20)
    for table in file.tables:
        widths = [column.width for column in table.columns]
        assert abs(sum(widths) - room) < room / 200
        for width, column in zip(widths, table.columns, strict=True):
            longest = max(
                (len(word) for cell in column.cells for word in re.findall(r"[A-Za-z]+", cell.text)), default=0
            )
            assert Emu(width).pt >= 12 + longest * 5.9, "in a wide letter of nine points"


def test_a_role_card_keeps_what_only_its_seat_knows_and_what_the_rules_bar() -> None:
    scenario = LIBRARY.scenario("four_oclock_school")
    document = make_pack(LIBRARY, scenario.id, "en", "command")
    cards = {
        section.title: " ".join(_words(section.blocks)) for section in document.sections if _is_role(section.anchor)
    }
    tenant = next(text for title, text in cards.items() if "migrant tenant" in title)
    assert "Training, Application, Learning tour" in tenant
    assert "propose" in tenant
    assert "What the card says of other rules does not count today" in tenant
    for seat in scenario.seats:
        briefing = seat.briefing.en
        assert sum(briefing in text for text in cards.values()) == 1
    shared = " ".join(
        word for section in document.sections if not _is_role(section.anchor) for word in _words(section.blocks)
    )
    assert not [seat.persona for seat in scenario.seats if seat.briefing.en in shared]


def test_who_signs_for_earmarked_money_may_promise_it_as_it_is() -> None:
    cards = {
        section.title: " ".join(_words(section.blocks)) for section in make_pack(LIBRARY, "clean_up", "en").sections
    }
    for title, text in cards.items():
        signs = (
            "For its purpose you may promise this money as it is; you cannot raise or extend it: The district" in text
        )
        assert signs == ("director of the street office" in title)
        manager = "Who does the work? (only: the property company, whose renewal" in text
        assert manager == ("property manager" in title), "whoever may give some options is told which"


@pytest.mark.parametrize(("lang", "governance"), [("en", ""), ("zh", "joint_production")])
def test_the_role_card_of_a_seat_is_that_of_the_persona_that_takes_it(lang: Lang, governance: str) -> None:
    own, other = LIBRARY.persona("ngo_director"), LIBRARY.persona("young_social_worker")
    taken = {"ngo_director": "young_social_worker"}
    document = make_pack(LIBRARY, "four_oclock_school", lang, governance, cast=taken)
    texts = {section.anchor: " ".join(_words(section.blocks)) for section in document.sections}
    (anchor,) = (each.anchor for each in document.sections if other.name.get(lang) in each.title)
    assert _is_role(anchor)
    seat = next(each for each in LIBRARY.scenario("four_oclock_school").seats if each.persona == "ngo_director")
    for text in (other.non_negotiable, other.authority, *other.private, seat.briefing):
        assert text.get(lang) in texts[anchor]
    assert own.non_negotiable.get(lang) not in texts[anchor]
    for place in (anchor, "guide"):
        assert own.name.get(lang) in texts[place], "whose seat it is"
    plainly = make_pack(LIBRARY, "four_oclock_school", lang, governance)
    assert not any(other.name.get(lang) in each.title for each in plainly.sections)


def test_a_persona_that_does_not_fit_a_seat_gets_no_role_card() -> None:
    cases: list[tuple[dict[str, str], str]] = [
        ({"ngo_director": "young_social_workr"}, "young_social_worker"),
        ({"ngo_directr": "young_social_worker"}, "ngo_director"),
        ({"mayor": "elder"}, "mayor"),
    ]
    for taken, why in cases:
        with pytest.raises(InputError, match=why):
            make_pack(LIBRARY, "four_oclock_school", "en", cast=taken)


def test_what_the_host_holds_back_stands_in_the_guide_and_not_in_the_case() -> None:
    scenario = LIBRARY.scenario("clean_up")
    document = make_pack(LIBRARY, scenario.id, "en")
    texts = {section.anchor: " ".join(_words(section.blocks)) for section in document.sections}
    for fact in scenario.facts:
        if fact.id in scenario.tour.hidden:
            assert fact.text.en in texts["guide"]
            assert fact.text.en not in texts["case"]


def test_groups_of_any_size_sit_at_tables_of_seven() -> None:
    rows = [[_text(cell) for cell in row] for row in seating(Words("en"), 7).rows]
    assert rows == [
        ["12", "one table, 7 at it; 5 observing with the sheet", "one table, 12 at it"],
        [
            "24",
            "3 tables of the same case, 21 at them; 3 observing with the sheet",
            "one table, 14 at it; 10 observing with the sheet",
        ],
        [
            "36",
            "5 tables of the same case, 35 at them; 1 observing with the sheet",
            "2 tables, 28 at them; 8 observing with the sheet",
        ],
    ]


def test_homework_changes_a_rule_that_the_model_takes() -> None:
    cases: list[tuple[str, str]] = [
        ("command", "floor=open_floor"),
        ("joint_production", "aggregation.procedure=consensus"),
        ("government_community_interaction", "aggregation.procedure=majority"),
    ]
    for model, rule in cases:
        page = to_markdown(make_pack(LIBRARY, "clean_up", "en", model)).replace("\\", "")
        assert f"sandbox branch last --at L020 --set {rule}" in page
        Game(SessionSpec(scenario="clean_up", governance=model, changes=(rule,), lang="en"), LIBRARY)


def test_a_case_without_a_pack_says_how_to_write_one() -> None:
    cards = {**LIBRARY.cards, "pack": {}}
    with pytest.raises(InputError, match="sandbox new pack clean_up"):
        make_pack(Library(cards, LIBRARY.roots), "clean_up", "en")


def test_a_paper_keeps_headings_lists_and_tables_and_runs_nothing() -> None:
    blocks = paper_blocks(PAPER)
    heading, first, bullets, third, fourth, table, signed = blocks
    assert isinstance(heading, Heading)
    assert heading.text == "Plan"
    assert isinstance(first, Paragraph)
    assert [(span.text, span.style) for span in first.spans][:2] == [("First ", ""), ("task", "strong")]
    assert isinstance(bullets, Bullets)
    assert [_text(item) for item in bullets.items] == ["one", "two\nbelow"]
    assert [_text(each.spans) for each in (third, fourth) if isinstance(each, Paragraph)] == ["3. third", "4. fourth"]
    assert isinstance(table, Table)
    assert table.head == ("Task", "Who")
    assert [[_text(cell) for cell in row] for row in table.rows] == [["Upkeep", ""]]
    assert isinstance(signed, Paragraph)
    page = str(FORMATS["html"](ReportDocument("en", "k", "t", "l", "c", "s", "f", (Section("a", "b", blocks),))))
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def _is_role(anchor: str) -> bool:
    return anchor.startswith("role-")


def _text(spans: tuple[Span, ...]) -> str:
    return "".join(span.text for span in spans)


def _words(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Paragraph):
            yield _text(block.spans)
        elif isinstance(block, Bullets):
            yield from map(_text, block.items)
        elif isinstance(block, Facts):
            yield from (_text(value) for _, value in block.rows)
        elif isinstance(block, Table):
            yield from (_text(cell) for row in block.rows for cell in row)
        elif hasattr(block, "blocks"):
            yield from _words(block.blocks)


def test_a_line_broken_in_a_chinese_paper_leaves_no_blank() -> None:
    (paragraph,) = paper_blocks("这是一行，\n接着写。", "")
    assert isinstance(paragraph, Paragraph)
    assert _text(paragraph.spans) == "这是一行，接着写。"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_timing_of_a_table_is_that_of_its_stages_lines_and_minutes(lang: Lang) -> None:
    words = Words(lang)
    plan = TablePlan({"training": 20, "public_engagement": 0, "review": 10}, turns=8, whole=60)
    pack = make_pack(LIBRARY, "four_oclock_school", lang, plan=plan)
    timing = next(block for block in pack.sections[0].blocks if isinstance(block, Table))
    rows = ["|".join("".join(span.text for span in cell) for cell in row) for row in timing.rows]
    text = "\n".join(rows)
    for stage in plan.stages:
        assert LIBRARY.stage(stage).name.get(lang) + words.paren(words("order.room.turns", count=8)) in text
    assert LIBRARY.stage("application").name.get(lang) not in text, "what is not played takes no time"
    assert "1:00" in rows[-1], "briefing and debrief have the rest of the hour"
    told = make_pack(LIBRARY, "clean_up", lang, "three_social_interaction", plan=TablePlan({"training": 20}))
    timing = next(block for block in told.sections[0].blocks if isinstance(block, Table))
    assert any(words("order.room.turns", count=9) in _text(row[1]) for row in timing.rows), "as the players are told"


def test_a_group_sees_first_who_pays_and_who_has_a_voice() -> None:
    (case,) = (each for each in make_pack(LIBRARY, "clean_up", "en").sections if each.anchor == "case")
    (settle,) = (block for block in case.blocks if isinstance(block, Table))
    asked = [_text(row[0]).split()[0] for row in settle.rows]
    assert asked == ["Who", "Whose", "What", "Who"]
