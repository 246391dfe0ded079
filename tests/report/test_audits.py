"""What the audit finds is named first in the report, with its value and threshold."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from sandbox.content.cards import Act
from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.report.audits import as_dict, audit_table
from sandbox.scoring.audit.auditing import audit
from sandbox.scoring.audit.finding import MEASURES, Reason, Verdict
from tests.game.making import line
from tests.report.conftest import Scored, told_session
from tests.report.reader import render


def polite(lang: Lang = "en") -> Scored:
    """Return a session in which a persona thanks, agrees, repeats itself and makes a figure up."""
    says = (
        "谢谢，我同意，一共4711户人家都来。" if lang == "zh" else "Thank you, I agree: all 4711 households will come."
    )
    acts: list[Act] = ["support" for _ in range(9)]
    acts.append("object")
    return told_session([line(number, "mayor", act, says=says) for number, act in enumerate(acts, start=1)], lang=lang)


def test_a_red_finding_is_named_first_with_value_and_threshold_and_its_lines() -> None:
    text, page = render(polite())
    first = page.sections[""]
    for words in (
        "The audit of the simulation is red on Dissent: 10%, wanted at least 30%.",
        "The audit of the simulation is red on Thanks and praise: 100%, wanted at most 10%. "
        "Lines: L001 , L002 , L003 , L004 , L005",
        "; and 5 more",
        "The audit of the simulation is red on Invented figures: 1 (4711), wanted at most 0.",
        "The audit of the simulation is red on Near duplicates: 45, wanted at most 0.",
    ):
        assert words in first, words
    assert 0 < first.index("is red on Dissent") < first.index("The decision") < first.index("Also to be kept in mind")
    assert "Numbers that stand in no fact or card" not in first, "nothing is said twice"
    assert "nearly alike" not in first
    assert 'href="#L001"' in text[: text.index('<section id="scores"')]


def test_it_is_named_in_chinese() -> None:
    _, page = render(polite("zh"))
    assert "模拟检查提示（道谢和夸奖）：100%，未达到要求（不高于10%）。" in page.sections[""]


def test_where_people_play_a_calm_stage_is_a_note_on_the_talk_and_no_flag_of_the_simulation() -> None:
    lang: Lang = "zh"
    said = [line(n, seat, "support") for n, seat in enumerate(("mayor", "grid_master", "village_cadre") * 3, start=1)]
    played = told_session(said, lang=lang)
    stage = played.game.stage_names[said[0]["stage"]]
    seated = told_session([{**said[0], "origin": "person"}, *said[1:]], lang=lang)
    words = Words(lang)
    flag = words("audit.calm", stages=stage)
    assert flag in render(played)[1].sections[""]
    trained = told_session([{**each, "stage": "training"} for each in said], lang=lang)
    told = words("audit.calm.unvoted", stages=trained.game.stage_names["training"])
    assert told in render(trained)[1].sections[""], "where nobody votes, no vote against is missed"
    first = render(seated)[1].sections[""]
    assert flag not in first
    assert words("warn.no_objection.people", names=stage) in first


def test_a_sound_session_has_no_word_about_the_audit(session: Scored) -> None:
    _, page = render(session)
    assert "The audit of the simulation is red" not in page.sections[""]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_everything_that_an_audit_can_say_has_words(lang: Lang) -> None:
    wanted = [f"audit.{name}{more}" for name in MEASURES for more in ("", ".d")]
    wanted += [f"audit.status.{verdict}" for verdict in get_args(Verdict)]
    wanted += [f"audit.reason.{one}" for one in get_args(Reason) if one]
    assert [key for key in wanted if key not in Words(lang)] == []
    for one in MEASURES:
        assert Words(lang)(f"audit.{one}.d").rstrip(".。").count("." if lang == "en" else "。") == 0, "one sentence"


def test_rows_and_plain_values_agree() -> None:
    found, words = audit([polite().as_read]), Words("en")
    rows, plain = audit_table(found, words).rows, as_dict(found)["findings"]
    assert [row[2][0].text for row in rows] == [words(f"audit.status.{one['status']}") for one in plain]
    shares = {row[0][0].text: row[1][0].text for row in rows}
    assert (shares["Dissent"], shares["Thanks and praise"]) == ("10%", "100%")
    nothing = next(row[1] for row, one in zip(rows, plain, strict=True) if one["status"] == "not_measured")
    assert (nothing[0].text, nothing[-1].text[-1]) == ("–", "0")


def test_a_share_does_not_read_as_the_threshold_that_it_misses() -> None:
    (found,) = [each for each in audit([polite().as_read]).findings if each.id == "dissent"]
    near = replace(found, value=0.296)
    table = audit_table(replace(audit([polite().as_read]), findings=(near,)), Words("en"))
    assert [span.text for span in table.rows[0][1]][:3:2] == ["29.6%", "at least 30%"]
