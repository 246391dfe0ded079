"""What minutes tell of the talk of a meeting, and what a seat struck of its own conditions for somebody's promise."""

from __future__ import annotations

import re

import pytest

from sandbox.content.language import Lang
from sandbox.game.session import Session
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.handout import handout
from sandbox.report.pages.minutes import minutes
from sandbox.session.opening import open_session
from tests.cassette import meeting
from tests.game.making import LIBRARY, line
from tests.report.conftest import told_session
from tests.report.test_course_told import decided
from tests.scoring.making import vote


def _discussion(session: Session) -> str:
    text, words = to_markdown(minutes(session)).replace("\\", ""), session.game.words
    return re.split(r"\n## ", text.partition(words("meeting.discussed") + "\n")[2])[0]


def _recorded(name: str) -> Session:
    return open_session(meeting(name), LIBRARY)


def test_minutes_tell_news_questions_with_their_answers_and_what_was_put_before() -> None:
    told = _discussion(_recorded("showcase_zh"))
    assert "**此前会议上已提出：**收物业费，出租一间租客交一份，不够区里补12个月（魏立新，落地方案）" in told
    assert "**会上得知：**群里发来照片：礼拜天刚扫过的巷子里，有人倒了一车装修垃圾。" in told
    asked = next(row for row in told.splitlines() if "蔡永福问魏立新（L031）" in row)
    assert "**魏立新答复（L032）：**“8万元就是补扫地守门的，匀到你自家楼里换电线，这个字我不签" in asked
    assert told.count("8万元就是补扫地守门的") == 1, "nothing is quoted twice"
    english = _discussion(_recorded("showcase_en"))
    objects = next(row for row in english.splitlines() if "He Wan objects (L046)" in row)
    assert "we run a service, we don't stage events.…”" in objects, "dots stand where sentences are left out"


def test_what_is_quoted_stands_so_in_the_transcript() -> None:
    for name in ("showcase_en", "showcase_zh"):
        session = _recorded(name)
        said = [" ".join(each["says"].split()) for each in session.lines]
        quotes = re.findall(r"：\*\*“(.*?)”(?=\*\*|$)|:\*\* “(.*?)”(?= \*\*|$)", _discussion(session), re.MULTILINE)
        assert quotes
        for quote in filter(None, (part.strip("…") for pair in quotes for part in pair)):
            assert any(re.sub("[‘’“”\"']", "", quote) in re.sub("[‘’“”\"']", "", each) for each in said), quote


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_condition_struck_for_a_promise_is_told_with_what_was_promised(lang: Lang) -> None:
    terms, held, more = {"payer": "shared"}, "the list hangs in the hall", "the mayor posts every name"
    said = [
        line(1, "mayor", "propose", terms=terms, condition=held),
        line(2, "migrant_tenant", "support", about="L001", terms=terms, condition=f"{held}; {more}"),
        line(3, "mayor", "promise", about="L002", says="Numbers I post, no names.", promises="numbers and no names"),
        line(4, "migrant_tenant", "support", about="L002", terms=terms, condition=held, says="Numbers will do for me."),
    ]
    said[1]["asked_of"] = ["mayor"]
    said[2]["takes_on"] = {"L002": "part"}
    for each in said:
        each["visible_to"] = list(told_session(said).game.present("public_engagement"))
    taken = {**vote({"mayor": True, "migrant_tenant": True}, terms=terms), "motion": "L004", "condition": held}
    session = decided(told_session(said, lang=lang), 4, taken).as_read  # type: ignore[arg-type]
    by, name = map(session.game.name, ("migrant_tenant", "mayor"))
    told = {
        "en": f"{by} had asked for “{more}” (L002) and struck it (L004) after {name} had taken on a part of it (L003): "
        "“numbers and no names”.",
        "zh": f"{by}提过“{more}”（L002）；{name}应下一部分（L003）“numbers and no names”后，{by}撤回了这一条（L004）。",
    }
    assert told[lang] in to_markdown(handout(session)).replace("\\", "")
    talk = next(row for row in _discussion(session).splitlines() if "L004" in row)
    assert more in talk
    assert "Numbers I post, no names." in talk
    (carried,) = (row for row in _discussion(session).splitlines() if "Numbers will do for me." in row)
    assert session.game.words("meeting.talk.without", condition=more) in carried, "what was voted on is in the minutes"
    assert session.game.words("act_offers.without") in carried, "no other clause came in"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_condition_of_an_earlier_meeting_is_told_where_it_is_answered(lang: Lang) -> None:
    terms, asks = {"payer": "shared"}, "the mayor posts the list"
    said = [
        line(1, "village_cadre", "propose", terms=terms, condition=asks, stage="application"),
        line(2, "migrant_tenant", "propose", terms=terms),
        line(3, "mayor", "support", about="L002", says="That list I do not post."),
    ]
    said[0]["asked_of"] = ["mayor"]
    said[2]["takes_on"] = {"L001": "no"}
    for each in said:
        each["visible_to"] = list(told_session(said).game.present("public_engagement"))
    taken = {**vote({"mayor": True, "migrant_tenant": True}, terms=terms), "motion": "L002"}
    session = decided(told_session(said, lang=lang), 3, taken).as_read  # type: ignore[arg-type]
    (row,) = (row for row in _discussion(session).splitlines() if "L001" in row)
    assert asks in row
    assert session.game.words("meeting.talk.took.no", name=session.game.name("mayor"), line="L003") in row
    assert "That list I do not post." in row


@pytest.mark.parametrize(("lang", "turned"), [("en", "who had objected to L001"), ("zh", "先前反对L001，现在赞成")])
def test_whoever_comes_round_to_what_they_had_opposed_is_told_with_their_words(lang: Lang, turned: str) -> None:
    terms = {"payer": "shared"}
    said = [
        line(1, "migrant_tenant", "propose", terms=terms),
        line(2, "mayor", "object", about="L001", terms={"payer": "district"}, says="Not by halves."),
        line(3, "village_cadre", "support", about="L001", says="We go along."),
        line(4, "mayor", "support", about="L001", says="I no longer stand in the way."),
        line(5, "grid_master", "propose", terms={"payer": "district"}, says="The district pays."),
        line(6, "grid_master", "support", about="L001", says="Then we share it."),
    ]
    for each in said:
        each["visible_to"] = list(told_session(said).game.present("public_engagement"))
    taken = {**vote({"mayor": True, "migrant_tenant": True}, terms=terms), "motion": "L001"}
    session = decided(told_session(said, lang=lang), 6, taken).as_read  # type: ignore[arg-type]
    talk = _discussion(session)
    (over,) = (row for row in talk.splitlines() if "Then we share it." in row)
    assert session.game.words("meeting.talk.over", motion="L005", over="L001", line="L006",
                              name=session.game.name("grid_master")) in over  # fmt: skip
    (row,) = (row for row in talk.splitlines() if "L004" in row)
    assert turned in row
    assert "I no longer stand in the way." in row
    assert "We go along." not in talk


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_answer_is_told_though_its_promise_was_and_so_is_what_was_taken_back_and_a_time_asked_for(
    lang: Lang,
) -> None:
    terms, first, second = {"payer": "shared"}, "the list hangs in the hall", "the bins are washed"
    answer = "The bins are washed from Monday, that is a yes, and for the list I have to ask. " + "I will ask. " * 25
    said = [
        line(1, "mayor", "promise", says="You have the money on Friday.", promises="the money on Friday"),
        line(2, "migrant_tenant", "propose", terms=terms, condition=first),
        line(3, "village_cadre", "propose", terms=terms, condition=second),
        line(4, "mayor", "support", about="L003", says=answer, promises="the list is asked for", terms=terms),
        line(5, "migrant_tenant", "defer", about="L004", says="I have to ask the house."),
        line(6, "mayor", "support", about="L004", terms=terms, says="That money is not mine to promise."),
        line(7, "migrant_tenant", "support", about="L004", terms=terms, says="The house says yes."),
    ]
    said[1]["asked_of"] = said[2]["asked_of"] = ["mayor"]
    said[3]["takes_on"] = {"L002": "part", "L003": "yes"}
    said[5]["withdraws"] = "L001"
    for each in said:
        each["visible_to"] = list(told_session(said).game.present("public_engagement"))
    taken = {**vote({"mayor": True, "migrant_tenant": True}, terms=terms), "motion": "L003", "condition": second}
    session = decided(told_session(said, lang=lang), 7, taken).as_read  # type: ignore[arg-type]
    rows = {found[0]: row for row in _discussion(session).splitlines() if (found := re.search(r"L\d+", row))}
    assert "“the list is asked for”" in rows["L002"]
    assert "The bins are washed from Monday, that is a yes" in rows["L003"]
    assert session.game.words("meeting.talk.above") not in rows["L003"]
    assert "I have to ask the house." in rows["L005"]
    assert "The house says yes." in rows["L005"]
    assert session.game.words("meeting.talk.takes_back", says="the money on Friday", line="L001") in rows["L006"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_counter_offer_is_told_with_all_that_it_has_otherwise_whoever_put_it_first(lang: Lang) -> None:
    said = [
        line(1, "mayor", "propose", terms={"payer": "shared", "eligible": "all_children"}),
        line(2, "village_cadre", "propose", terms={"payer": "district", "provider": "street_staff"}),
        line(3, "migrant_tenant", "object", about="L001", terms={"payer": "district", "eligible": "all_children"}),
    ]
    for each in said:
        each["visible_to"] = list(told_session(said).game.present("public_engagement"))
    session = told_session(said, lang=lang).as_read
    (row,) = (row for row in _discussion(session).splitlines() if "L003" in row)
    ((_, other), (_, kept)) = session.game.in_words({"payer": "district", "eligible": "all_children"})
    assert other in row, "though the second motion had it before"
    assert kept not in row
    assert session.game.words("meeting.talk.otherwise", line="L001") in row
