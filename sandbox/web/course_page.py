"""The facilitator's page of a campaign: its tables, what each round brought, and when the next begins."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from nicegui import ui

from sandbox.content.cards import Lang
from sandbox.report.pages.parts import two_decimals
from sandbox.web.campaign_news import news_of, timeline
from sandbox.web.course import Course
from sandbox.web.frame import Slot, box, bullets, copy_button, div, downloads, heading, page, qr_code, refusals, soft
from sandbox.web.house import House
from sandbox.web.links import shared_path
from sandbox.web.tables_page import Glance, glance_at, glance_box

__all__ = ["CoursePage"]

_EVERY = 1.0


class CoursePage:
    """The page; it follows the campaign by itself."""

    def __init__(self, house: House, course: Course, lang: Lang, base: str) -> None:
        self._house, self._course, self._base = house, course, base
        self._words = words = house.words(lang)
        with page(words, course.state.card.name.get(lang)):
            ui.link(words("home.title"), house.address(lang=lang))
        with div("wrap stack"):
            self._head = Slot()
            self._tables = Slot("tables fit")
            self._between = Slot()
            with box(words("rounds.wall")):
                wall = base + shared_path(house.store.secret, "wall", course.id, lang=course.lang)
                soft(words("rounds.wall_why"))
                with div("pair"):
                    ui.link(wall, wall, new_tab=True).classes("link").props("data-wall")
                    copy_button(words, wall)
            soft(words("campaign.world"))
        self._show()
        ui.timer(_EVERY, self._show)

    def _show(self) -> None:
        course = self._course
        state = course.state
        ahead = [course.ahead(community) for community in course.tables]
        where = state.round, course.waits, self._faults(), state.closed, any(ahead)
        self._head.show(where, self._draw_head)
        glances = [
            glance_at(self._house, self._house.store.table(table), self._words) for table in course.tables.values()
        ]
        self._tables.show((glances, ahead), lambda: self._draw_tables(glances))
        self._between.show((state.round, state.closed), self._draw_between)

    def _draw_head(self) -> None:
        words, course = self._words, self._course
        state = course.state
        year = words("rounds.year_of", number=course.year, of=course.rounds)
        with box().props("data-head"):
            heading(2, year)
            if faults := self._faults():
                for fault in faults:
                    ui.label(fault).props('role="alert"').classes("notice")
                ui.button(words("rounds.go_on"), icon="play_arrow", on_click=self._go_on).props("data-go-on")
            elif state.closed:
                ui.label(words("rounds.end")).props('role="status"')
            elif course.waits:
                begins = "lobby" if course.seated else "alone"
                ui.label(words("rounds.between" if state.rankings else f"rounds.{begins}")).props('role="status"')
                text = words("rounds.begin", year=words("rounds.year", number=state.round))
                ui.button(text, icon="play_arrow", on_click=self._begin).props("data-begin")
            else:
                in_turn = any(map(course.ahead, course.tables))
                ui.label(words("campaign_wait.playing" if in_turn else "rounds.playing")).props('role="status"')
            if state.rankings:
                with div("pair"):
                    ui.label(words("rounds.report"))
                    report = partial(self._house.address, "campaign", course.id)
                    downloads(words("rounds.report"), lambda form: report(f"report.{form}"), opens=True)

    def _faults(self) -> list[str]:
        """Return why the campaign, or some of its tables, stand still."""
        words, course = self._words, self._course
        known = [f"{course.place(each, words.lang)}{words('colon')}{why}" for each, why in course.faults.items()]
        return [*([course.stopped] if course.stopped else []), *known]

    def _begin(self) -> None:
        with refusals(self._words):
            self._course.begin()
        self._show()

    def _go_on(self) -> None:
        self._course.start()
        self._show()

    def _draw_tables(self, glances: Sequence[Glance]) -> None:
        for community, glance in zip(self._course.tables, glances, strict=True):
            about = partial(self._draw_who, community, glance)
            with glance_box(glance, self._words, 3, about, (glance.where, glance.now, glance.waits)) as shown:
                shown.props(f'data-table="{community}"')
                with div("pair"):
                    desk = self._house.address("t", glance.row.id)
                    ui.link(self._words("rounds.desk"), desk).props("data-desk-of")

    def _draw_who(self, community: str, glance: Glance) -> None:
        """Add how people join a table, or who plays it."""
        words, course, row = self._words, self._course, glance.row
        ahead = course.ahead(community)
        if row.setup.persons:
            soft(words.join([glance.state, glance.people]))
            url = f"{self._base}/join/{row.code}"
            with div("pair"):
                if row.state == "lobby":
                    qr_code(words, url)
                ui.label(row.code).classes("code").props("data-code")
                copy_button(words, url)
        else:
            by = words(f"rounds.by.{self._house.members[row.id].by}")
            stands = words("rounds.ready") if row.state == "lobby" else glance.state
            soft(by if ahead else words.join([stands, by])).props("data-stands")
        if ahead:
            soft(words("campaign_wait.own", places=[course.place(each, words.lang) for each in ahead]))

    def _draw_between(self) -> None:
        words, course = self._words, self._course
        state = course.state
        round = len(state.rankings)
        if not round:
            return
        with box(words("rounds.after", year=words("rounds.year", number=round))).props(f'data-after="{round}"'):
            timeline(course, words)
            with div("tables fit"):
                for community in course.tables:
                    with div("stack").props(f'data-news-of="{community}"'):
                        heading(3, course.place(community, words.lang))
                        self._draw_news(community)

    def _draw_news(self, community: str) -> None:
        words, course = self._words, self._course
        ranking = course.state.rankings[len(course.state.rankings)]
        place = next(each for each in ranking if each["community"] == community)
        soft(words("campaign.h_and_p", h=two_decimals(place["h"], words), p=two_decimals(place["p"], words)))
        for news in news_of(course, community, words):
            heading(4, news.title)
            bullets(news.texts[:1] if news.kind == "rank" else news.texts)
        tour = course.state.tours.get((course.state.round, community))
        if tour is not None:
            heading(4, words("rounds.news.hidden"))
            bullets(tour["hidden"] or [words("none")])
