"""What is written of a session in another language than that in which it was spoken."""

from __future__ import annotations

import re

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.record.folder import SessionFolder
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.debrief import make_debrief
from sandbox.report.pages.handout import handout
from sandbox.report.pages.minutes import minutes
from sandbox.report.pages.session import session_report
from sandbox.report.results import card_of
from sandbox.session.opening import open_session
from tests.cassette import FOLDER


def test_it_tells_the_same_of_the_same_lines_and_leaves_them_as_they_were_said() -> None:
    spoken: Lang = "zh"
    lang: Lang = "en"
    session = open_session(SessionFolder(FOLDER / f"showcase_{spoken}"), Library.load())
    card, seat = card_of(session, FOLDER), next(iter(session.decisions[-1]["votes"]))
    pages = {
        "report": (session_report(session, card), session_report(session, card, lang)),
        "minutes": (minutes(session), minutes(session, lang)),
        "debrief": (make_debrief(session, card, None), make_debrief(session, card, None, lang=lang)),
        "hand-out": (handout(session), handout(session, lang)),
    }
    game, other = session.game, session.game.in_language(lang)
    for name, both in pages.items():
        own, told = (to_markdown(page) for page in both)
        cited = [re.findall(r'id="[\w-]+"|\]\(#[\w-]+\)', text) for text in (own, told)]
        assert cited[0] == cited[1], name
        assert both[1].lang == lang
        assert game.scenario.title.get(lang) in told
        assert game.scenario.title.get(spoken) not in told
        assert other.name(seat) in told
        unsaid = told.replace("\\", "")
        for score in card.scores:  # a judge writes in the language of the session
            unsaid = unsaid.replace(score.reason, "")
        unsaid = re.sub(r"“[^”]*”", "", unsaid)
        assert game.words("decision.title") not in unsaid, name
    before, report = map(to_markdown, pages["report"])
    assert all(line["says"] in report.replace("\\", "") for line in session.lines if line["says"])
    assert other.words("language") in report
    assert other.words(f"language.{spoken}") in report
    for news in game.injects:
        assert (news.text.get(lang) in report) == (news.text.get(spoken) in before)
