"""The transcript says who said what to whom, and how it was decided."""

from __future__ import annotations

from pathlib import Path

from sandbox.report.transcript import transcript_markdown
from tests.report.conftest import Session, make_session


def test_a_line_names_speaker_role_act_and_addressee(session: Session) -> None:
    text = transcript_markdown(session.game, session.events)
    assert "`L001` **Shen Yulan** (mayor, informs → everyone): Haicang began with retired teachers." in text
    assert "**Luo Mei** (migrant tenant, asks → Shen Yulan): And where is the hook in it?" in text


def test_stages_lines_decision_and_minutes_stand_in_their_order(session: Session) -> None:
    text = transcript_markdown(session.game, session.events)
    places = [text.index(one) for one in ("# The four", "## Training", "L001", "L003", "## Public", "L004", "L011")]
    places += [text.rindex("**Decision**"), text.rindex("### Minutes")]
    assert places == sorted(places)
    assert "Minutes of training." in text


def test_a_vote_is_counted_and_its_terms_are_named(session: Session) -> None:
    text = transcript_markdown(session.game, session.events)
    assert "Carried, 3 of 5 in favour: who runs the class – staff of the street office." in text
    assert "- For: Shen Yulan, Chen Guodong, Huang Jinfu" in text
    assert "- Against: He Wan, Luo Mei" in text
    assert text.count("vote: for") == 3
    assert text.count("vote: against") == 2


def test_words_of_the_card_and_of_a_person_are_marked(session: Session) -> None:
    rows = transcript_markdown(session.game, session.events).splitlines()
    assert "card's own words" in next(row for row in rows if row.startswith("`L004`"))
    assert "by a person" in next(row for row in rows if row.startswith("`L002`"))
    assert not any(mark in next(row for row in rows if row.startswith("`L001`")) for mark in ("card's", "person"))


def test_words_do_not_turn_into_markup(session: Session) -> None:
    text = transcript_markdown(session.game, session.events)
    assert "<script>" not in text
    assert r"\<script\>alert(1)\</script\>" in text


def test_the_chair_decides_under_command(tmp_path: Path) -> None:
    session = make_session(tmp_path, "command")
    text = transcript_markdown(session.game, session.events)
    assert "Decided by Shen Yulan: who runs the class – a contracted social organisation; who pays" in text
    assert "vote:" not in text


def test_a_session_that_stopped_is_told_as_far_as_it_went(session: Session) -> None:
    text = transcript_markdown(session.game, session.events[:5])
    assert "L001" in text
    assert "L003" not in text
    assert "not been finished; 1 of 2 stages" in text
    assert transcript_markdown(session.game, []).startswith("# The four o'clock school")


def test_chinese_transcript_has_chinese_labels(tmp_path: Path) -> None:
    session = make_session(tmp_path, lang="zh")
    text = transcript_markdown(session.game, session.events)
    assert "`L001` **沈玉兰**（区长、说明 → 大家）：" in text
    assert "通过，5票中3票赞成" in text
