"""The routes of documents to read or download: debriefs, reports, packs, tables, and whole sessions."""

from __future__ import annotations

import asyncio
import io
import json
import re
import zipfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import PlainTextResponse

from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.errors import SandboxError
from sandbox.experiment.export.log_rows import long_tables, table_csv
from sandbox.experiment.outcomes import outcomes_of
from sandbox.game.session import Session
from sandbox.report.document.blocks import Paragraph, ReportDocument, Span
from sandbox.report.document.formats import FORMATS
from sandbox.report.document.html import to_html
from sandbox.report.pages.comparison import comparison_page
from sandbox.report.pages.debrief import make_debrief
from sandbox.report.pages.handout import handout, points_page
from sandbox.report.pages.minutes import minutes
from sandbox.report.pages.pack import TablePlan, make_pack
from sandbox.report.pages.session import session_report, transcript_markdown
from sandbox.report.results import card_of
from sandbox.report.side_by_side import SideBySide
from sandbox.session.carried import carried_files
from sandbox.web.documents import attached, file_named, report_of, send_document
from sandbox.web.frame import lang_of
from sandbox.web.site import Here, Site, desk
from sandbox.web.tables.house import House
from sandbox.web.tables.rounds import sessions_of_the_class
from sandbox.web.tables.session_tree import (
    TableSession,
    may_read,
    notes_of,
    people_csv,
    played,
    reflections_of,
    session_name,
)

_AT_ONCE = 2  # documents that are made for players: each takes a core for a second
_NOT_IN_A_NAME = re.compile(r'[\x00-\x1f\\/:*?"<>|]')  # what some file systems do not allow
_PAPERS = {"handout": handout, "points": points_page, "minutes": minutes}
_TABLES = ("lines", "decisions", "votes", "pulses", "seats")


of_seats = APIRouter(include_in_schema=False)
"""The documents of players; those of the facilitator are at the desk."""


def _file_name(house: House, known: TableSession, what: str = "", seat: str = "", lang: Lang | None = None) -> str:
    """Return the file name of a session's document: table, case, kind of document, and seat."""
    game = known.session.game.in_language(lang or known.session.spec.lang)
    words = game.words
    of = f"{game.name(seat)}{words.paren(game.role(seat))}" if seat else ""
    table = house.table_name(house.store.table(known.row.table), game.spec.lang)
    parts = [table, game.scenario.title.get(game.spec.lang), words(what) if what else "", of]
    return "-".join(_NOT_IN_A_NAME.sub(" ", part).strip() for part in parts if part)


class _Shared:
    """Documents being made: requests for the same one share the work, and only a few are made at once."""

    def __init__(self) -> None:
        self._making: dict[tuple[object, ...], asyncio.Task[Response]] = {}
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def get(self, *key: object, make: Callable[[], Awaitable[Response]]) -> Response:
        """Return the document of a key, made once for all requests meanwhile."""

        async def made() -> Response:
            try:
                async with self._turn:
                    return await make()
            finally:
                del self._making[key]

        if key not in self._making:
            self._making[key] = asyncio.create_task(made())
        return await asyncio.shield(self._making[key])


_shared = _Shared()


async def _session(site: Here, table: str, session: str = "") -> TableSession:
    return _played(site.house, table, session)


_Of = Annotated[TableSession, Depends(_session)]


async def _told(of: _Of, lang: str = "") -> Lang:
    """Return the language of a document: that of its address, else that of the session."""
    return lang_of(lang, of.session.spec.lang)


_Told = Annotated[Lang, Depends(_told)]


@of_seats.get("/s/{token}/debrief.{form}")
@of_seats.get("/s/{token}/{session}/debrief.{form}")
async def _of_seat(
    site: Here, token: str, form: str, session: str = "", download: bool = False, lang: str = ""
) -> Response:
    house, place = site.house, site.house.store.place_of(token)
    if place is None or place.role != "player":
        raise HTTPException(404)
    if not site.pace.allow("document", token):
        return PlainTextResponse(house.words("en")("too_often"), status_code=429, headers={"Retry-After": "60"})

    async def make() -> Response:
        played_there = _played(house, place.table, session)
        if not (may_read(house, place, played_there) if session else played_there.done):
            raise HTTPException(404)
        told = lang_of(lang, played_there.session.spec.lang)
        return await _debrief(house, played_there, place.seat, form, download, told)

    return await _shared.get(token, form, session, download, lang, make=make)


# Before the routes of debriefs, whose pattern it fits as well.
@desk.get("/t/{table}/session.zip")
@desk.get("/t/{table}/{session}/session.zip")
async def _whole(site: Here, of: _Of) -> Response:
    if not of.done:
        raise HTTPException(404)
    return await _zip(_contents(site.house, of), f"{_file_name(site.house, of)}-{of.folder.id}.zip")


async def _zip(files: Iterator[tuple[str, str | bytes]], name: str) -> Response:
    def packed() -> bytes:
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
            for file, content in files:
                archive.writestr(file, content)
        return data.getvalue()

    return Response(await asyncio.to_thread(packed), media_type="application/zip", headers=attached(name))


@desk.get("/class.zip")
async def _class(site: Here, lang: Lang = "en") -> Response:
    return await _zip(_of_class(site.house, lang), f"{site.house.words(lang)('people.class')}.zip")


@desk.get("/people.csv")
async def _people_of_class(site: Here, lang: Lang = "en") -> Response:
    return _csv(site.house, await asyncio.to_thread(sessions_of_the_class, site.house), lang, "")


@desk.get("/t/{table}/people.csv")
async def _people(site: Here, of: _Of, lang: _Told) -> Response:
    return _csv(site.house, [of], lang, _file_name(site.house, of))


def _csv(house: House, sessions: Sequence[TableSession], lang: Lang, of: str) -> Response:
    name = "-".join(filter(None, [of, house.words(lang)("people.file")]))
    text = people_csv(house, sessions, lang)
    return Response(text, media_type="text/csv; charset=utf-8", headers=attached(f"{name}.csv"))


@desk.get("/compare")
@desk.get("/compare.{form}")
async def _compare(site: Here, a: str = "", b: str = "", form: str = "html") -> Response:
    house, rows = site.house, [site.house.store.session(name) for name in (a, b)]
    first, second = (_played(house, row.table, row.session) if row else None for row in rows)
    if first is None or second is None:
        raise HTTPException(404)
    people, words = (first.row.people, second.row.people), first.session.game.words
    names = session_name(house, first.row, words.lang), session_name(house, second.row, words.lang)
    pair = first.session, second.session

    def made() -> ReportDocument:
        document = comparison_page(SideBySide(*pair), people, names)
        if form != "html":
            return document
        word = Paragraph((Span(words("over.download_word"), file=f"compare.docx?a={a}&b={b}"),))
        return replace(document, opening=[_desks(house, words, first, second), word, *document.opening])

    return await send_document(words, form, made, file_named(_file_name(house, second, "comparison.kicker"), form))


def _desks(house: House, words: Words, *sessions: TableSession) -> Paragraph:
    """Return the links to the desks of the tables that played some sessions."""
    links: list[Span] = []
    for table in dict.fromkeys(known.row.table for known in sessions):
        row = house.store.table(table)
        told = words("comparison.desk", table=house.table_name(row, words.lang) or row.code)
        links += [Span(" · ")] * bool(links) + [Span(told, file=f"t/{table}")]
    return Paragraph(tuple(links))


@desk.get("/t/{table}/{name}.{form}")
@desk.get("/t/{table}/{session}/{name}.{form}")
async def _of_table(site: Here, of: _Of, name: str, form: str, lang: _Told, download: bool = False) -> Response:
    house, session, words = site.house, of.session, of.session.game.words
    head, _, seat = name.partition("-")
    if (name, form) == ("report", "html") and session.finished:
        return await send_document(words, form, lambda: report_of(house, session, lang))
    if name in _PAPERS:
        shown = file_named(_file_name(house, of, name, lang=lang), form)
        return await send_document(words, form, lambda: _PAPERS[name](session, lang), shown)
    if head != "debrief" or (seat and seat not in session.game.positions):
        raise HTTPException(404)
    return await _debrief(house, of, seat, form, download, lang)


def _played(house: House, table: str, session: str) -> TableSession:
    """Return a session of a table; raises an HTTP error if it does not exist or cannot be read."""
    try:
        return played(house, table, session)
    except SandboxError as error:
        raise HTTPException(404) from error


async def _debrief(house: House, known: TableSession, seat: str, form: str, download: bool, lang: Lang) -> Response:
    notes, reflections, session = notes_of(house, known), reflections_of(house, known), known.session

    def made() -> ReportDocument:
        card = card_of(session, house.runs, null=True)
        document = make_debrief(session, card, seat or None, notes, reflections, lang=lang)
        return _with_handout(document, session, seat, lang) if seat and download else document

    name = file_named(_file_name(house, known, "sessions.debrief", seat, lang), form, always=download)
    return await send_document(session.game.words, form, made, name)


def _with_handout(document: ReportDocument, session: Session, seat: str, lang: Lang) -> ReportDocument:
    """Return the debrief of a seat with the sections of the hand-out added before reflection and transcript."""
    known, handed = {section.anchor for section in document.sections}, handout(session, lang, seat)
    label = session.game.in_language(lang).words
    last = next(place for place, part in enumerate(document.sections) if part.anchor in ("reflections", "transcript"))
    more = [
        replace(section, title=label("handout") + label("colon") + section.title)
        for section in handed.sections if section.anchor not in (*known, "questions")
    ]  # fmt: skip
    return replace(document, sections=[*document.sections[:last], *more, *document.sections[last:]])


def _of_class(house: House, lang: Lang) -> Iterator[tuple[str, str | bytes]]:
    """Yield the files of all tables of a class, each table in its own folder, with a list of seats."""
    sessions = sessions_of_the_class(house)
    yield f"{house.words(lang)('people.file')}.csv", people_csv(house, sessions, lang)
    for known in sessions:
        folder = f"{_file_name(house, known)}-{house.store.table(known.row.table).code}"
        for name, content in _contents(house, known):
            yield f"{folder}/{name}", content


def _contents(house: House, known: TableSession) -> Iterator[tuple[str, str | bytes]]:
    """Yield the files of a session; those that are not for reading are in ``data``."""
    session, folder = known.session, known.folder
    notes, reflections = notes_of(house, known), reflections_of(house, known)
    card, lang = card_of(session, house.runs, null=True), session.spec.lang
    yield f"{_file_name(house, known, 'people.file')}.csv", people_csv(house, [known], lang)
    yield "data/events.jsonl", folder.events.read_bytes()
    for path in carried_files(folder):
        yield f"data/{path.relative_to(folder.path).as_posix()}", path.read_bytes()
    yield "data/transcript.md", transcript_markdown(session)
    yield "data/scores.json", _json(card.as_dict())
    yield f"{_file_name(house, known, 'sessions.report')}.html", to_html(session_report(session, card))
    for seat in ("", *dict.fromkeys([*known.row.people, *house.store.players(known.row.table)])):
        document = make_debrief(session, card, seat or None, notes, reflections)
        for form in ("html", "docx"):
            yield f"{_file_name(house, known, 'sessions.debrief', seat)}.{form}", FORMATS[form](document)
    for what, make in _PAPERS.items():
        paper = make(session)
        for form in ("html", "docx"):
            yield f"{_file_name(house, known, what)}.{form}", FORMATS[form](paper)
    yield "data/reflections.json", _json([vars(row) for row in reflections])
    yield "data/notes.json", _json([vars(note) for note in notes])
    outcomes, library = outcomes_of(session), session.game.library
    tables = long_tables(folder.id, outcomes, session.events, library, card.standings, session)
    for name in _TABLES:
        yield f"data/tables/{name}.csv", table_csv(name, tables[name])


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _plan_of(site: Site, request: Request) -> TablePlan | None:
    """Return the stages and times of a table in an address; None if there are none that can be played."""
    asked, known = request.query_params, {stage.id for stage in site.house.library.stages()}
    stages = {stage: minutes for stage, _, minutes in (each.partition("=") for each in asked.getlist("stage"))}
    numbers = [*stages.values(), asked.get("turns", "0"), asked.get("whole", "0")]
    if not stages or not known.issuperset(stages) or not all(re.fullmatch(r"[0-9]{1,4}", each) for each in numbers):
        return None
    times = {stage: int(minutes) for stage, minutes in stages.items()}
    return TablePlan(times, int(asked.get("turns", "0")) or None, int(asked.get("whole", "0")))


@desk.get("/pack/{case}.{form}")
async def _pack(site: Here, case: str, form: str, request: Request, lang: Lang = "en", part: str = "") -> Response:
    library, asked = site.house.library, request.query_params
    if case not in library.cards["pack"]:
        raise HTTPException(404)
    cast = {seat: persona for seat, _, persona in (each.partition("=") for each in asked.getlist("cast"))}
    make = partial(make_pack, library, case, lang, asked.get("governance", ""), part, cast, _plan_of(site, request))
    return await send_document(site.house.words(lang), form, make, file_named(f"{case}_{part or 'pack'}_{lang}", form))
