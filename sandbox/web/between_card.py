"""What a table is told of its campaign between two sessions."""

from __future__ import annotations

from nicegui import ui

from sandbox.content.words import Words
from sandbox.report.pages.parts import two_decimals
from sandbox.web.campaign_news import moved, news_of, still_playing, through
from sandbox.web.course import Course
from sandbox.web.frame import box, bullets, div, heading, parts, soft
from sandbox.web.member import Member
from sandbox.web.viewer import Viewer

__all__ = ["between_card", "between_key", "timeline"]


def between_key(member: Member, words: Words) -> object:
    """Return what the card depends on."""
    course = member.course
    playing = () if course.waits or course.state.closed else tuple(still_playing(course, words))
    return course.state.round, course.waits, course.state.closed, through(course), playing


def between_card(member: Member, words: Words, viewer: Viewer) -> None:
    """Add what the last round brought the table's community, and that the next begins on the same page.

    Who only watches is told the ranking alone.
    """
    course, state = member.course, member.course.state
    year = words("rounds.year", number=min(state.round, course.rounds))
    with box(classes="between").props(f'data-between="{len(state.rankings)}"'):
        if not course.waits and not state.closed:
            done, tables = through(course)
            heading(2, words("rounds.through", year=year))
            ui.label(words("rounds.others", done=done, of=tables)).props('role="status"')
            bullets(still_playing(course, words))
            if course.house.choice.in_turn:
                soft(words("campaign_wait.here"))
            return
        over = words("rounds.year", number=len(state.rankings))
        heading(2, words("rounds.over" if state.closed else "rounds.after", year=over))
        for news in news_of(course, member.community, words, viewer.seat):
            if news.kind != "rank" and viewer.role in ("observer", "projector"):
                continue
            heading(3, news.title).props(f"data-news={news.kind}")
            bullets(news.texts)
        soft(words("rounds.end" if state.closed else "rounds.stay", year=year)).props('role="status"')
        soft(words("campaign.world"))


def timeline(course: Course, words: Words) -> None:
    """Add where each community stood after each round, and who moved and what was ordered since."""
    state = course.state
    rounds = list(state.rankings)
    last = [place["community"] for place in state.rankings[rounds[-1]]]
    with div("wide"), ui.element("table").classes("plain timeline").props("data-timeline"):
        with ui.element("tr"):
            for head in (words("campaign.head.community"), *(words("campaign.year", number=each) for each in rounds)):
                with ui.element("th").props('scope="col"'):
                    parts(head)
        for community in last:
            with ui.element("tr"):
                with ui.element("th").props('scope="row"'):
                    parts(course.place(community, words.lang))
                for round in rounds:
                    number, place = next(
                        (n, each) for n, each in enumerate(state.rankings[round], 1) if each["community"] == community
                    )
                    h = two_decimals(place["h"], words)
                    with ui.element("td").classes("first" if number == 1 else ""):
                        parts(words("rounds.cell", number=number, h=h))
    texts = [
        words("rounds.in_year", year=words("rounds.year", number=round), text=text)
        for round in rounds
        for text in (
            *(moved(course, move, words) for move in state.transfers.get(round, ())),
            *(order.text for order in state.orders if order.after == round),
        )
    ]
    if texts:
        heading(3, words("rounds.since"))
        bullets(texts)
    soft(words("rounds.by_h"))
