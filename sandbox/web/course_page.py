"""The facilitator's page of a campaign: its tables, what each round brought, and when the next begins."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui

from sandbox.content.cards import Lang
from sandbox.report.pages.parts import two_decimals
from sandbox.web.between_card import timeline
from sandbox.web.campaign_files import report_path
from sandbox.web.campaign_news import news_of
from sandbox.web.course import Course
from sandbox.web.frame import Slot, bar, box, bullets, copy_button, div, frame, heading, lang_links, refusals, soft
from sandbox.web.glance import Glance, glance_at
from sandbox.web.house import House
from sandbox.web.links import qr_svg, wall_path

__all__ = ["CoursePage"]

_EVERY = 1.0
_FORMS = ("html", "docx", "md")


class CoursePage:
    """The page; it follows the campaign by itself.

    Args:
        house: the house.
        course: the campaign.
        lang: the language of the page.
        base: address under which it is visited, without a last slash.
    """

    def __init__(self, house: House, course: Course, lang: Lang, base: str) -> None:
        self._house, self._course, self._base = house, course, base
        self._words = words = house.words(lang)
        self._home = f"/f/{house.store.secret}"
        title = course.state.card.name.get(lang)
        frame(words, title)
        with bar(words, title):
            ui.link(words("home.title"), f"{self._home}?lang={lang}")
            lang_links(lang)
        with div("wrap stack"):
            self._head = Slot()
            self._tables = Slot("tables fit")
            self._between = Slot()
            with box(words("rounds.wall")):
                wall = f"{base}{wall_path(house.store.secret, course.id)}?lang={course.lang}"
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
                    for form in _FORMS:
                        link = ui.link(form.upper(), report_path(self._home, course.id, form), new_tab=form == "html")
                        link.props(f'aria-label="{words("rounds.report")} {form.upper()}" data-get={form}')

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
        words, course = self._words, self._course
        for community, glance in zip(course.tables, glances, strict=True):
            row = glance.row
            with box(classes="stuck" if glance.stuck or glance.calls else "").props(f'data-table="{community}"'):
                heading(3, glance.title)
                if row.setup.persons:
                    soft(words.join([glance.state, glance.people]))
                    url = f"{self._base}/join/{row.code}"
                    with div("pair"):
                        if row.state == "lobby":
                            ui.html(qr_svg(url, words("lobby.join")), sanitize=False).classes("qr")
                        ui.label(row.code).classes("code").props("data-code")
                        copy_button(words, url)
                else:
                    by = words(f"rounds.by.{self._house.members[row.id].by}")
                    stands = words("rounds.ready") if row.state == "lobby" else glance.state
                    soft(by if course.ahead(community) else words.join([stands, by])).props("data-stands")
                if ahead := course.ahead(community):
                    soft(words("campaign_wait.own", places=[course.place(each, words.lang) for each in ahead]))
                for text in (glance.where, glance.now, glance.waits):
                    if text:
                        ui.label(text)
                if glance.stuck:
                    ui.label(words("tables.stuck")).classes("who")
                for name in glance.calls:
                    ui.label(words("tables.calls", name=name)).classes("who")
                with div("pair"):
                    ui.link(words("rounds.desk"), f"{self._home}/t/{row.id}").props("data-desk-of")

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
