"""Everything of a session as one ZIP: log, transcript, scores, report, debriefs, reflections, notes and tables."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import Iterator, Sequence

from fastapi import Response
from nicegui import app

from sandbox.errors import SandboxError
from sandbox.experiment.export import long_tables, table_csv
from sandbox.experiment.outcomes import outcomes_of
from sandbox.game.session import Session
from sandbox.report.document.formats import FORMATS, to_html
from sandbox.report.pages.debrief import make_debrief
from sandbox.report.pages.session import session_report
from sandbox.report.results import card_of
from sandbox.report.transcript import transcript_markdown
from sandbox.web.debriefs import nothing
from sandbox.web.house import House
from sandbox.web.played import Played, notes_of, played, reflections_of

__all__ = ["add_archive_route", "archive"]

_TABLES = ("lines", "decisions", "votes", "pulses", "seats")


def add_archive_route(house: House) -> None:
    """Add the route from which the facilitator downloads a session whole."""

    @app.get("/f/{secret}/t/{table}/session.zip", include_in_schema=False)
    async def whole(secret: str, table: str) -> Response:
        return await _sent(house, secret, table)

    @app.get("/f/{secret}/t/{table}/{session}/session.zip", include_in_schema=False)
    async def earlier(secret: str, table: str, session: str) -> Response:
        return await _sent(house, secret, table, session)


async def _sent(house: House, secret: str, table: str, session: str = "") -> Response:
    try:
        known = played(house, table, session) if house.is_secret(secret) else None
    except SandboxError:
        known = None
    if known is None or not known.done:
        return nothing()
    data = await asyncio.to_thread(archive, house, known)
    name = {"Content-Disposition": f'attachment; filename="session-{known.folder.id}.zip"'}
    return Response(data, media_type="application/zip", headers=name)


def archive(house: House, known: Played) -> bytes:
    """Return the ZIP of a session that a table has played."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in _files(house, known):
            packed.writestr(name, content)
    return data.getvalue()


def _files(house: House, known: Played) -> Iterator[tuple[str, str | bytes]]:
    session, folder = known.session, known.folder
    notes, reflections = notes_of(house, known), reflections_of(house, known)
    card = card_of(session, house.runs, null=True)
    yield "events.jsonl", folder.events.read_bytes()
    yield "transcript.md", transcript_markdown(session)
    yield "scores.json", json.dumps(card.as_dict(), ensure_ascii=False, indent=1) + "\n"
    yield "report.html", to_html(session_report(session, card))
    for seat in ("", *dict.fromkeys([*known.row.people, *house.store.players(known.row.table)])):
        document = make_debrief(session, card, seat or None, notes, reflections)
        for form in ("html", "docx"):
            yield f"debrief{f'-{seat}' if seat else ''}.{form}", FORMATS[form](document)
    yield "reflections.json", json.dumps([vars(row) for row in reflections], ensure_ascii=False, indent=1) + "\n"
    yield "notes.json", json.dumps([vars(note) for note in notes], ensure_ascii=False, indent=1) + "\n"
    for name, rows in _tables(session, folder.id):
        yield f"tables/{name}.csv", table_csv(name, rows)


def _tables(session: Session, name: str) -> Iterator[tuple[str, Sequence[dict[str, object]]]]:
    tables = long_tables(name, outcomes_of(session), session.events, session.game.library)
    for table in _TABLES:
        yield table, tables[table]
