"""The facilitator's first page, with links, tables and the form for a new one; and the page of all tables."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from statistics import fmean
from typing import Literal, get_args

from nicegui import Client, ui

from sandbox.content.language import Lang
from sandbox.content.plain import plain
from sandbox.content.words import Words
from sandbox.experiment.outcomes import Level, outcomes_of, settled_by
from sandbox.game.rules import Side
from sandbox.game.session import Session
from sandbox.report.document.html import blocks_to_html
from sandbox.report.endings import why_undecided
from sandbox.report.figures import NONE, percent, signed
from sandbox.report.pages.parts import measure_words, seen_by, side_words
from sandbox.report.pages.seeds import settled_counts, settled_table
from sandbox.report.rule_words import model_told
from sandbox.web.campaign.campaign_course import CampaignCourse
from sandbox.web.campaign.campaigns import Campaigns
from sandbox.web.cards.cards_page import draw_left_out
from sandbox.web.decision_card import motion_told
from sandbox.web.desk.another_round import another_round
from sandbox.web.desk.setup_form import SetupForm, next_setup
from sandbox.web.desk.tables_at_once import Glance, GlanceBox, Together, glance_at
from sandbox.web.door import disclosure
from sandbox.web.frame import (
    MINUTE,
    Cell,
    PagePart,
    box,
    confirm,
    div,
    heading,
    page,
    parts,
    placed,
    refusals,
    soft,
    table,
    when,
)
from sandbox.web.links import is_key, shared_path
from sandbox.web.panels import add_style, reading_for
from sandbox.web.recordings import ASKS
from sandbox.web.tables.database import Setup, TableRow
from sandbox.web.tables.house import House
from sandbox.web.tables.rounds import comparable, compared_link, rounds, sessions_of_the_class
from sandbox.web.tables.session_tree import TableSession, folded_sessions, people_heads, people_rows, session_name
from sandbox.web.wall.room_walls import conditions_of, settled_options

_NEW = "new-table"
_EVERY, _GONE_SECONDS = 2.0, 1.0
_MEASURES = ("questions_settled", "promises_beyond_remit", "turn_share_residents")
_TOLD: tuple[Level, ...] = ("trust", "burden")


def home_page(campaigns: Campaigns, lang: Lang) -> None:
    """Draw the facilitator's first page."""
    house = campaigns.house
    words = house.words(lang)

    def opened(setup: Setup, count: int) -> None:
        rows = house.add_tables(setup, count)
        ui.navigate.to(house.address("tables", lang=lang) if count > 1 else house.address("t", rows[0].id))

    def new_link() -> None:
        _renew(house)
        ui.navigate.to(house.address(lang=lang))

    with page(words, words("home.title"), "home", head=words("app"), desk=house.store.secret):
        ui.link(words("experiments.title"), house.address("e", lang=lang)).props("data-experiments")
        ui.link(words("cards.title"), house.address("c", lang=lang)).props("data-cards")
    draw_left_out(house, words)
    _draw_doors(house, words)

    def new_table() -> None:
        with box(words("home.new")).props(f"id={_NEW}"):
            SetupForm(house, words, next_setup(house, lang), words("setup.open"), opened, several=True)

    with div("wrap columns"):
        nothing_yet = not (house.store.tables() or campaigns.courses or campaigns.faults)
        if nothing_yet:  # then the form is what the page is for
            new_table()
        with box(words("home.title")):
            with div("pair"):
                ui.link(words("tables.title"), house.address("tables", lang=lang)).props("data-all-tables")
                _projected(house, words, "codes")
            played, tables = div("stack"), div("stack")
            with div("pair"):
                soft(words("home.keep_secret"))
                asks = partial(confirm, words, words("home.new_link_sure"), words("home.new_link"), new_link)
                ui.button(words("home.new_link"), on_click=asks).props("flat dense data-new-link")
            disclosure(house, words)
        if not nothing_yet:
            new_table()
    _draw_campaigns(campaigns, words, played)
    _draw_tables(house, words, tables)


def _renew(house: House) -> None:
    """Give the facilitator a new link, and lead this page there.

    All other pages that the old one had opened are reloaded, and are gone a second later: those of
    the desk, of join codes, results, walls and shows. Seats and join codes stay.
    """
    own, secret = ui.context.client, house.store.secret
    old = [client for client in Client.instances.values() if _is_of(secret, client.request.scope["path"])]
    house.store.renew()
    for client in old:
        if client is not own:
            client.run_javascript("history.go(0)")
            asyncio.get_running_loop().call_later(_GONE_SECONDS, _forget, client)


def _is_of(secret: str, path: str) -> bool:
    match path.strip("/").split("/"):
        case ["f", token, *_]:
            return token == secret
        case [("codes" | "results") as page, key]:
            return is_key(secret, page, "", key)
        case [("wall" | "show") as page, name, key]:
            return is_key(secret, page, name, key)
    return False


def _forget(client: Client) -> None:
    if client.id in Client.instances:
        client.delete()


def _draw_doors(house: House, words: Words) -> None:
    lang = words.lang
    doors = {
        "play": f"#{_NEW}", "campaign": house.address("campaign", lang=lang), "show": house.address("show", lang=lang),
        "whatif": house.address("show", lang=lang, **ASKS), "country": house.address("country", lang=lang),
    }  # fmt: skip
    with ui.element("nav").classes("wrap doors"):
        for door, address in doors.items():
            opened = ui.element("a").classes("door").props(f"data-door={door}")
            opened.props["href"] = placed(address)
            with opened:
                heading(2, words(f"doors.{door}"))
                parts(words(f"doors.{door}_why"))


def _delete_button(words: Words, sure: str, delete: Callable[[], Awaitable[None]], draw: Callable[[], None]) -> None:
    async def deleted() -> None:
        await delete()
        draw()

    asks = partial(confirm, words, words(sure), words("home.delete"), deleted)
    ui.button(words("home.delete"), on_click=asks).props("flat dense")


def _again_button(house: House, words: Words, row: TableRow, draw: Callable[[], None]) -> None:
    def again() -> None:
        with refusals(words):
            house.add_tables(row.setup, 1)
            draw()

    ui.button(words("home.again"), on_click=again).props("flat dense data-again")


def _projected(house: House, words: Words, page: Literal["codes", "results"]) -> None:
    path = shared_path(house.store.secret, page, "", lang=words.lang)
    ui.link(words(f"{page}.title"), path, new_tab=True).props(f"data-{page}")


def _draw_campaigns(campaigns: Campaigns, words: Words, place: ui.element) -> None:
    place.clear()
    draw = partial(_draw_campaigns, campaigns, words, place)
    with place:
        for name in (*reversed(campaigns.courses), *campaigns.faults):
            course = campaigns.courses.get(name)
            with div("pair").props(f'data-campaign="{name}"'):
                with div("grow"):
                    ui.label(course.state.card.name.get(words.lang) if course else name).classes("who")
                    soft(_standing(course, words) if course else plain(words.error(campaigns.faults[name])))
                if course is not None:
                    address = campaigns.house.address("campaign", name, lang=words.lang)
                    ui.link(words("home.open"), address).props("data-open-campaign")
                _delete_button(words, "rounds.delete_sure", partial(campaigns.delete, name), draw)


def _standing(course: CampaignCourse, words: Words) -> str:
    state = "over" if course.state.closed else "waiting" if course.waits else "going"
    year = words("rounds.year_of", number=course.year, of=course.rounds)
    return words.join([words("rounds.title"), year, words(f"rounds.state.{state}")])


def _draw_tables(house: House, words: Words, tables: ui.element) -> None:
    tables.clear()
    draw = partial(_draw_tables, house, words, tables)
    rows = [row for row in house.store.tables() if row.id not in house.members]
    with tables:
        if not rows and not house.members:
            soft(words("home.empty"))
        for row in rows:
            with div("pair"):
                with div("grow"):
                    ui.label(house.table_told(row, words.lang)).classes("who")
                    room = house.rooms.get(row.id)
                    stopped = row.id in house.faults or (room is not None and room.stopped)
                    state = words(f"state.{'stopped' if stopped else row.state}")
                    soft(" · ".join([row.code, state, when(row.created, MINUTE[words.lang])]))
                ui.link(words("home.open"), house.address("t", row.id)).props("data-table")
                if row.state == "over":
                    address = shared_path(house.store.secret, "show", row.session, lang=words.lang)
                    ui.link(words("doors.show"), address)
                _again_button(house, words, row, draw)
                _delete_button(words, "home.delete_sure", partial(house.delete, row.id), draw)
            folded_sessions(house, words, row)


def tables_page(house: House, lang: Lang) -> None:
    """Draw the page of all tables, and keep it up to date."""
    words = house.words(lang)
    add_style()
    with page(words, words("tables.title")):
        _projected(house, words, "codes")
        _projected(house, words, "results")
        ui.link(words("home.title"), house.address(lang=lang))
    with div("wrap stack"):
        together = Together(house, words)
        live, over = PagePart("tables"), PagePart()
        boxes: dict[str, GlanceBox] = {}

    def draw_live(glances: Sequence[Glance]) -> None:
        boxes.clear()
        if not glances:
            soft(words("tables.none"))
        for glance in glances:
            link = partial(ui.link, words("home.open"), house.address("t", glance.row.id))
            boxes[glance.row.id] = shown = GlanceBox(words, 2, glance.title, link)
            shown.element.props(f'data-glance="{glance.row.id}"')

    def show() -> None:
        together.show()
        rows = house.store.tables()
        glances = [glance_at(house, row, words) for row in reversed(rows) if row.state != "over"]
        live.show([(glance.row.id, glance.title) for glance in glances], lambda: draw_live(glances))
        for glance in glances:
            about = " · ".join(filter(None, [glance.row.code, glance.state, glance.people]))
            boxes[glance.row.id].show(glance, about, partial(soft, about), (glance.where, glance.waits))
        stand = [(row.id, row.session, row.state, row.setup.number) for row in rows if row.id not in house.members]
        over.show(stand, lambda: _draw_over(house, words))

    show()
    ui.timer(_EVERY, show)


def _draw_over(house: House, words: Words) -> None:
    tables = [row for row in reversed(house.store.tables()) if row.id not in house.members]
    sessions = [known for row in tables for known in rounds(house, row.id)]
    if not sessions:
        return
    heading(2, words("tables.over"))
    if over := [row.id for row in tables if row.state == "over"]:
        with box(words("over.another")):
            another_round(house, words, over)

    def name(known: TableSession) -> None:
        game = known.session.game
        title = words.join([session_name(house, known.row, words.lang), game.scenario.title.get(words.lang)])
        desk = house.address("t", known.row.table)
        if known.current:
            ui.link(title, desk)
        else:  # the table plays another round by now
            ui.link(title, f"{desk}/{known.row.session}/debrief.html", new_tab=True)
        soft(" · ".join([model_told(game), when(known.row.created, MINUTE[words.lang])]))
        for other in comparable(known, sessions)[:1]:
            compared_link(house, words, known, other)

    for case in dict.fromkeys(known.session.spec.scenario for known in sessions):
        _draw_case(house, words, [known for known in sessions if known.session.spec.scenario == case])
    heads = [words("tables.table"), *(words(f"side.seen.{side}") for side in get_args(Side))]
    heads += [words(f"tables.{measure}") for measure in (*_MEASURES, *_TOLD)]
    with div("wide"):
        lacking = _lacking([known.session for known in sessions])
        came_to: list[tuple[Cell, ...]] = [
            (partial(name, known), *_came_to(known.session, words, lacks))
            for known, lacks in zip(sessions, lacking, strict=True)
        ]
        table("outcomes", heads, came_to).props("data-outcomes")
    soft(words("tables.sides"))
    missed = {
        measure_words(known.session, "side.thing", thing, words): None
        for known, lacks in zip(sessions, lacking, strict=True) for things in lacks.values() for thing in things
    }  # fmt: skip
    if missed:
        soft(words("tables.fewer", names=list(missed))).props("data-fewer")
    soft(words("watch.no_evidence"))
    heading(2, words("people.file"))
    with div("wide"):
        people = people_rows(house, sessions_of_the_class(house), words.lang)
        table("outcomes", people_heads(words), people).props("data-people")
    with div("pair"):
        ui.link(words("people.csv"), house.address("people.csv", lang=words.lang)).props("data-get=people")
        ui.link(words("people.zip"), house.address("class.zip", lang=words.lang)).props("data-get=class")
    soft(words("over.whole_why"))


def _draw_case(house: House, words: Words, known: Sequence[TableSession]) -> None:
    """Draw the decisions of a case's sessions side by side: a row per question, a column per session."""
    sessions, lang = [each.session for each in known], words.lang
    heading(3, sessions[0].game.scenario.title.get(lang))
    names = [session_name(house, each.row, lang) for each in known]
    models = [model_told(session.game) for session in sessions]
    settled = [settled_options(session, words) for session in sessions]
    lines = [
        (question.question.get(lang), *(options.get(question.id, words("tables.unsettled")) for options in settled))
        for question in sessions[0].game.scenario.decisions
    ]
    lines.append((words("whatif.conditions"), *(conditions_of(session, words) or NONE for session in sessions)))
    lines.append((words("decision.title"), *(_how(session, words) for session in sessions)))
    with div("wide"):
        heads = ["", *(words.join(pair) for pair in zip(names, models, strict=True))]
        table("outcomes", heads, lines).props["data-case"] = sessions[0].spec.scenario
    arms = {name: name for name in models}
    if len(arms) < len(sessions):
        scenario = sessions[0].game.scenario
        played = [(name, settled_by(session.decisions)) for session, name in zip(sessions, models, strict=True)]
        counted = settled_table(words, scenario, arms, settled_counts(scenario, arms, played))
        ui.html(blocks_to_html([*counted]), sanitize=False).classes("blocks").props("data-counted")


def _how(session: Session, words: Words) -> str:
    """Return the result of each motion, in the order in which they were put, and why nothing was decided if so."""
    reading = reading_for(session, words)
    fared = [motion_told(reading, taken) for taken in session.decisions]
    none = "" if session.carried else why_undecided(session, words)
    return words("semi").join(filter(None, [*fared, none])) or words("decision.none")


def _lacking(sessions: Sequence[Session]) -> list[dict[Side, list[str]]]:
    """Return for each session, by side, what others have to count and it has not; nothing for a side without any."""
    known = [{side: seen_by(session, side).known for side in get_args(Side)} for session in sessions]
    every = {side: dict.fromkeys(name for own in known for name in own[side]) for side in get_args(Side)}
    return [
        {side: [name for name in every[side] if own[side] and name not in own[side]] for side in own} for own in known
    ]


def _came_to(session: Session, words: Words, lacks: Mapping[Side, Sequence[str]]) -> tuple[str, ...]:
    values = outcomes_of(session)
    sides = [side_words(session, side, words, named=False) + "*" * bool(lacks[side]) for side in get_args(Side)]
    figures = [NONE if values[name] is None else percent(values[name]) for name in _MEASURES]
    return (*sides, *figures, *(_moved(session, level, words) for level in _TOLD))


def _moved(session: Session, level: Level, words: Words) -> str:
    """Return the change of a level of people's seats from their first to their last own pulse."""
    told: dict[str, list[int]] = {}
    for event in session.events:
        if event.kind == "pulse" and event.payload["origin"] == "person":
            told.setdefault(event.seat, []).append(event.payload[level])
    moves = [levels[-1] - levels[0] for levels in told.values() if len(levels) > 1]
    return signed(fmean(moves), 1) + words.paren(words("tables.asked", count=len(moves))) if moves else NONE
