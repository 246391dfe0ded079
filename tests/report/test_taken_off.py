"""What the facilitator took off stands in no document, and changes no count."""

from __future__ import annotations

from dataclasses import replace

from sandbox.diffusion.campaign.result import result_of
from sandbox.game.hidden import without_words
from sandbox.game.language.wording import sentences
from sandbox.game.motions.hanging import hangs_on
from sandbox.game.session import Session
from sandbox.game.state import State
from sandbox.record.events import Event
from sandbox.record.line import Line
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.comparison import comparison_page
from sandbox.report.pages.debrief import make_debrief
from sandbox.report.pages.handout import handout
from sandbox.report.pages.minutes import minutes
from sandbox.report.pages.session import session_report
from sandbox.report.side_by_side import SideBySide
from sandbox.scoring.scorecard import latest_scores
from sandbox.web.wall.show import Show
from tests.report.test_told_rightly import shipped


def _steered(session: Session, *removals: tuple[str, bool]) -> Session:
    """Return a session in which words were taken off (true) or put back."""
    first = len(session.events) + 1
    orders = [
        Event(first + place, 0.0, "removal", "", "", {"id": f"X{place}", "line": line, "off": off})
        for place, (line, off) in enumerate(removals)
    ]
    return replace(session, events=[*session.events, *orders])


def test_words_that_were_taken_off_stand_in_no_document_and_all_counts_stay() -> None:
    whole = shipped("showcase_zh")
    card, note = latest_scores(whole), whole.game.words("mark.taken_off")
    carried = whole.carried[-1]
    brought = next(line for line in whole.lines if hangs_on(carried["condition"])[0] in hangs_on(line["condition"]))
    quoted = next(line for line in whole.lines if line["id"] == next(score.turn for score in card.scores if score.turn))
    wrote = next(line for line in whole.lines if line["text"])
    off = _steered(whole, *((line["id"], True) for line in (brought, quoted, wrote)))
    side = comparison_page(SideBySide(off, off.with_lines(off.lines[: off.lines.index(brought) + 1])))
    papers = [session_report(off, card), make_debrief(off, card), handout(off), minutes(off), side]
    told = "\n".join(to_markdown(paper) for paper in papers) + repr(Show(off, card).steps)
    for line in (brought, quoted, wrote):
        assert not [part for part in (*sentences(line["says"]), line["text"]) if len(part) > 8 and part in told]
    assert hangs_on(carried["condition"])[0] not in told, "nor what it wrote into the decision"
    assert note in told
    assert whole.game.words("warn.taken_off", count=3, lines="|").split("|")[0] in to_markdown(papers[0])
    assert latest_scores(off) == card
    assert [(item.line, item.state) for item in off.shown.items] == [(item.line, item.state) for item in whole.items]
    back = _steered(whole, (brought["id"], True), (brought["id"], False))
    assert to_markdown(handout(back)) == to_markdown(handout(whole))


def test_news_that_quote_a_promise_and_later_years_are_without_the_words_that_were_taken_off() -> None:
    whole = shipped("west_en")
    (promise,) = (item for item in whole.items if item.line == "L014" and item.kind == "promise")
    moved = next(line["says"] for line in whole.lines if line["id"] == whole.carried[-1]["motion"])
    off = _steered(whole, (promise.line, True), (whole.carried[-1]["motion"], True))
    for session, stands in ((whole, True), (off, False)):
        news = [event.payload for event in session.shown.events if event.kind == "inject"]
        read = repr((session.shown.state, news, result_of(session)))
        assert [words in read for words in (promise.says, moved)] == [stands] * 2
    assert (result_of(off).h, result_of(off).p, result_of(off).had) == (
        result_of(whole).h, result_of(whole).p, result_of(whole).had,
    )  # fmt: skip


def test_what_was_written_behind_a_section_that_was_taken_off_stays_without_it() -> None:
    whole = shipped("showcase_zh")
    lines = [line for line in whole.lines if line["section"]]
    texts = ["", "短", "他家从不交费。短", "他家从不交费。短。后来写的"]
    written: list[Line] = [{**line, "text": text} for line, text in zip(lines, texts, strict=False)]
    state: State = {**whole.state, "lines": written}
    shown, _ = without_words(whole.game, state, (), {line["id"] for line in written[:3]})
    note = whole.game.words("mark.taken_off")
    assert [line["text"] for line in shown["lines"]] == ["", note, note, f"{note}。后来写的"]
    spoken: list[Line] = [written[0], {**written[1], "text": written[0]["says"] + "再写一句"}]
    shown, _ = without_words(whole.game, {**state, "lines": spoken}, (), {spoken[0]["id"]})
    assert shown["lines"][1]["text"] == note + "。再写一句", "though its text is what it said"
