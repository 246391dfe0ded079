"""The facilitator's pages of campaigns: the form for a new one, and one campaign with its tables and rounds."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Literal, get_args

from nicegui import ui

from sandbox.content.campaign_card import Campaign, Community
from sandbox.content.language import Lang
from sandbox.content.plain import plain
from sandbox.game.checks.limits import few_lines_in
from sandbox.game.rules import Side
from sandbox.report.campaign_words import marked, marks_told, rests_told
from sandbox.web.campaign.campaign_course import CampaignCourse
from sandbox.web.campaign.campaign_news import news_of, seen, timeline
from sandbox.web.campaign.campaigns import CampaignPlan, Campaigns
from sandbox.web.desk.setup_fields import (
    CastChoice,
    TurnTimeChoice,
    by_cards_choice,
    hold_choice,
    lang_choice,
    number,
    seat_title,
    whole,
)
from sandbox.web.desk.setup_form import seats_for_people
from sandbox.web.desk.tables_at_once import Glance, GlanceBox, glance_at, start_or_wait
from sandbox.web.door import disclosure
from sandbox.web.frame import (
    PagePart,
    act_once,
    box,
    bullets,
    copy_button,
    div,
    downloads,
    heading,
    lang_of,
    page,
    qr_code,
    refusal_line,
    refusals,
    soft,
)
from sandbox.web.links import shared_path
from sandbox.web.tables.clock import SECONDS_HELD
from sandbox.web.tables.house import House
from sandbox.web.tables.room import TableRoom

_MOST_MINUTES = 180
_MOST_TURNS = 500
_By = Literal["people", "model", "rules"]
_EVERY = 1.0


class CampaignForm:
    """The form for a new campaign, which leads to its page."""

    def __init__(self, house: House, campaigns: Campaigns, lang: Lang) -> None:
        self._house, self._campaigns, self._words = house, campaigns, house.words(lang)
        self._cards = {card.id: card for card in campaigns.cards()}
        words = self._words
        with page(words, words("rounds.new")):
            ui.link(words("home.title"), house.address(lang=lang))
        with div("wrap columns"):
            if not self._cards:
                soft(words("rounds.none"))
                return
            with box(words("rounds.choose")):
                names = {name: card.name.get(lang) for name, card in self._cards.items()}
                self._card = ui.radio(names, value=next(iter(names)), on_change=self._choose)
                self._card.props(f'aria-label="{words("rounds.choose")}" data-card')
                self._about = PagePart()
                self._by_cards = by_cards_choice(house, words, value=False)
                soft(words("rounds.same_words")).props("data-same-words")
                self._communities = PagePart()
            with div("stack"):
                with box(words("rounds.time")):
                    self._lang = lang_choice(words, lang)
                    self._minutes = number(words("rounds.minutes"), 0).props("data-minutes")
                    soft(words("rounds.ends"))
                    with ui.expansion(words("setup.more")).classes("w-full").props("data-more"):
                        self._turn_time = TurnTimeChoice(words, 0, "persona")
                        self._hold = hold_choice(words)
                        self._minutes.on_value_change(lambda: self._turn_time.plan(limited=bool(self._minutes.value)))
                        self._turns = number(words("rounds.turns"), None).props("data-turns")
                        self._few = soft("").props("data-few-lines")
                        self._turns.on_value_change(self._count_lines)
                        self._seed = number(words("setup.seed"), random.randrange(1, 100_000))
                    self._refused = refusal_line()
                    ui.button(words("rounds.open"), icon="play_arrow", on_click=self._open).props("data-open")
                with box():
                    soft(words("campaign.world"))
                    disclosure(house, words)
        self._choose()

    @property
    def _chosen(self) -> Campaign:
        return self._cards[str(self._card.value)]

    def _choose(self) -> None:
        card = self._chosen
        self._count_lines()
        self._about.show(card.id, lambda: self._draw_about(card))
        self._communities.show(card.id, lambda: self._draw_communities(card))

    def _count_lines(self) -> None:
        lines = max(int(self._turns.value or 0), 0)
        self._few.set_text(few_lines_in(self._chosen, lines or None, self._house.library, self._words))

    def _draw_about(self, card: Campaign) -> None:
        words, library = self._words, self._house.library
        ui.label(card.summary.get(words.lang)).classes("prose")
        city = library.city(card.city).name.get(words.lang)
        soft(words("rounds.about", city=city, communities=len(card.communities), rounds=len(card.rounds)))

    def _draw_communities(self, card: Campaign) -> None:
        self._by: dict[str, ui.radio] = {}
        self._seats: dict[str, dict[str, ui.checkbox]] = {}
        self._cast: dict[str, CastChoice] = {}
        heading(2, self._words("campaign.communities"))
        for place, community in enumerate(card.communities):
            with div("stack seat-row").props(f'data-community="{community.id}"'):
                self._draw_community(community, "people" if not place else self._others(community))

    def _others(self, community: Community) -> _By:
        return "rules" if "rules" in (community.played, self._house.choice.style) else "model"

    def _draw_community(self, community: Community, by: _By) -> None:
        words, library, lang = self._words, self._house.library, self._words.lang
        case = library.scenario(community.scenario)
        head = heading(3, community.name.get(lang))
        soft(words.join([case.title.get(lang), library.governance(community.governance).name.get(lang)]))
        alone = {} if self._others(community) == "rules" else {"model": words("rounds.by.alone")}
        ways = {"people": words("rounds.by.people"), **alone, "rules": words("rounds.by.rules")}
        who = self._by[community.id] = ui.radio(ways, value=by)
        who.props(f'inline aria-labelledby="{head.html_id}" data-by')
        seats = seats_for_people(library, case)
        with div("choices").bind_visibility_from(who, "value", lambda chosen: chosen == "people"):
            self._seats[community.id] = {seat: ui.checkbox(value=seat in (seats[0], seats[-1])) for seat in seats}
        with ui.expansion(words("setup.cast")).classes("w-full").props("data-cast"):
            soft(words("setup.cast.why"))
            if community.people:
                soft(words("rounds.cast"))
            changed = partial(self._name_seats, community)
            self._cast[community.id] = CastChoice(self._house, words, case, community.cast, changed, community.id)
        changed()

    def _name_seats(self, community: Community) -> None:
        cast, case = self._cast[community.id].chosen, self._house.library.scenario(community.scenario)
        for seat, chosen in self._seats[community.id].items():
            name = community.people.get(seat)
            chosen.set_text(seat_title(self._house, self._words, case, seat, cast.get(seat, ""), name))

    def _open(self) -> None:
        words = self._words
        with refusals(words, self._refused):
            people = {
                community: [seat for seat, box in seats.items() if box.value]
                for community, seats in self._seats.items()
                if self._by[community].value == "people"
            }
            if empty := [community for community, seats in people.items() if not seats]:
                place = self._chosen.by_id[empty[0]].name.get(words.lang)
                raise words.refusal("rounds.need_seat", place=place)
            seconds, idle = self._turn_time.chosen()
            plan = CampaignPlan(
                card=self._chosen.id, lang=lang_of(str(self._lang.value)),
                seed=whole(words, self._seed, 0, 2**31 - 1), people=people,
                cast={community: choice.chosen for community, choice in self._cast.items()},
                by_rules=[community for community, by in self._by.items() if by.value == "rules"],
                by_cards=self._by_cards(),
                turns=whole(words, self._turns, 1, _MOST_TURNS) if self._turns.value else None,
                minutes=whole(words, self._minutes, 0, _MOST_MINUTES),
                seconds=seconds, idle=idle, hold=SECONDS_HELD if self._hold.value else 0,
            )  # fmt: skip
            ui.navigate.to(self._house.address("campaign", self._campaigns.add(plan), lang=plan.lang))


class CoursePage:
    """The page of a campaign, kept up to date."""

    def __init__(self, house: House, course: CampaignCourse, lang: Lang, base: str) -> None:
        self._house, self._course, self._base = house, course, base
        self._words = words = house.words(lang)
        with page(words, course.state.card.name.get(lang)):
            ui.link(words("home.title"), house.address(lang=lang))
        with div("wrap stack"):
            self._head = PagePart()
            self._failing = PagePart("stack")
            with div("tables fit"):
                self._boxes = {
                    community: self._glance_box(community, table) for community, table in course.tables.items()
                }
            self._between = PagePart()
            with box(words("rounds.wall")):
                wall = base + shared_path(house.store.secret, "wall", course.id, lang=course.lang)
                soft(words("rounds.wall_why"))
                with div("pair"):
                    ui.link(words("lobby.open_projector"), wall, new_tab=True).classes("link").props("data-wall")
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
        rows = map(self._house.store.table, course.tables.values())
        glances = [glance_at(self._house, row, self._words) for row in rows]
        for community, glance, first in zip(course.tables, glances, ahead, strict=True):
            about = partial(self._draw_who, community, glance)
            texts = glance.where, glance.now, glance.waits
            self._boxes[community].show(glance, (glance.row, glance.state, glance.people, first), about, texts)
        rooms = {community: self._house.rooms.get(table) for community, table in course.tables.items()}
        live = {community: room for community, room in rooms.items() if room is not None}
        waits = {community: room.failing for community, room in live.items() if room.failing or room.slow}
        self._failing.show(waits, lambda: self._draw_failing(waits))
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
                go_on = partial(self._do, course.start)
                ui.button(words("rounds.go_on"), icon="play_arrow", on_click=go_on).props("data-go-on")
            elif state.closed:
                ui.label(words("rounds.end")).props('role="status"')
            elif course.waits:
                begins = "lobby" if course.seated else "alone"
                ui.label(words("rounds.between" if state.rankings else f"rounds.{begins}")).props('role="status"')
                text = words("rounds.begin", year=words("rounds.year", number=state.round))
                begin = ui.button(text, icon="play_arrow").props("data-begin")
                begin.on_click(partial(self._begin, begin))
            else:
                in_turn = any(map(course.ahead, course.tables))
                ui.label(words("campaign_wait.playing" if in_turn else "rounds.playing")).props('role="status"')
            if state.rankings:
                with div("pair"):
                    ui.label(words("rounds.report"))
                    report = partial(self._house.address, "campaign", course.id)
                    downloads(words("rounds.report"), lambda form: report(f"report.{form}"), opens=True)

    def _faults(self) -> list[str]:
        words, course = self._words, self._course
        here = [words.error(course.stopped)] if course.stopped else []
        there = [
            f"{course.place(each, words.lang)}{words('colon')}{words.error(why)}" for each, why in course.faults.items()
        ]
        return [plain(fault) for fault in (*here, *there)]

    def _begin(self, button: ui.button) -> Awaitable[None] | None:
        rows = map(self._house.store.table, self._course.tables.values())
        seated = [row for row in rows if row.setup.persons]
        return start_or_wait(self._house, self._words, seated, button, lambda _: self._do(self._course.begin))

    def _do(self, move_on: Callable[[], None]) -> None:
        with refusals(self._words):
            move_on()
        self._show()

    def _glance_box(self, community: str, table: str) -> GlanceBox:
        words, house = self._words, self._house
        title = house.table_title(house.store.table(table), words.lang)

        def link() -> None:
            ui.link(words("rounds.desk"), house.address("t", table)).props("data-desk-of")

        shown = GlanceBox(words, 3, title, link)
        shown.element.props(f'data-table="{community}"')
        return shown

    def _draw_failing(self, waits: Mapping[str, bool]) -> None:
        """Add the tables at which the model fails or is slow; apart from the tables, which are often redrawn."""
        words, course = self._words, self._course
        for community, fails in waits.items():
            with box().props(f'data-failing="{community}"'):
                place = course.place(community, words.lang)
                if fails:
                    why = f"{place}{words('colon')}{words('refused.endpoint')}"
                    ui.label(why).props('role="alert"').classes("notice")
                else:
                    soft(f"{place}{words('colon')}{words('desk.slow')}")
                button = ui.button(words("desk.by_cards")).props("outline data-by-cards")
                table = course.tables[community]
                act_once(words, button, partial(self._by_cards, table, self._house.rooms.get(table)))
                soft(words("rounds.by_cards_stay"))

    async def _by_cards(self, table: str, shown: TableRoom | None) -> None:
        await self._house.speak_by_cards(table, shown)
        self._show()

    def _draw_who(self, community: str, glance: Glance) -> None:
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
            if marks := marks_told(state, [round], words):
                soft(marks)
            with div("tables fit"):
                for community in course.tables:
                    with div("stack").props(f'data-news-of="{community}"'):
                        heading(3, course.place(community, words.lang))
                        self._draw_news(community)

    def _draw_news(self, community: str) -> None:
        words, course = self._words, self._course
        state, round = course.state, len(course.state.rankings)
        above, beside = (seen(course, round, community, side, words) for side in get_args(Side))
        soft(above + marked(state, round, community, "h"))
        soft(beside + marked(state, round, community, "p"))
        for text in rests_told(state, round, community, words):
            soft(text)
        for news in news_of(course, community, words):
            heading(4, news.title)
            bullets(news.texts[:1] if news.kind == "rank" else news.texts)
        tour = course.state.tours.get((course.state.round, community))
        if tour is not None:
            heading(4, words("rounds.news.hidden"))
            bullets(tour["hidden"] or [words("none")])
