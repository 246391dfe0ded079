"""The sessions that tables play or have played: one with what was written of it, who sat there, and all as a tree."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from nicegui import ui

from sandbox.content.acts import has
from sandbox.content.language import Lang
from sandbox.content.plain import plain
from sandbox.content.words import Words
from sandbox.errors import SandboxError, UnknownError
from sandbox.experiment.export.sheets import csv_text
from sandbox.game.fold import line_of
from sandbox.game.session import Session
from sandbox.record.events import LineSpoken
from sandbox.record.folder import SessionFolder
from sandbox.record.line import Line
from sandbox.report.departures import departure_of
from sandbox.report.pages.debrief import Note, Reflection
from sandbox.report.read_decision import read_decision
from sandbox.report.reading import Reading
from sandbox.report.results import write_results
from sandbox.report.rule_words import change_text
from sandbox.report.voting_words import side_of
from sandbox.session import orders
from sandbox.session.opening import open_session
from sandbox.web.decision_card import in_short
from sandbox.web.frame import box, confirm, div, folded, soft, when
from sandbox.web.tables.database import SessionRow, TablePlace, TableRow
from sandbox.web.tables.house import House
from sandbox.web.tables.room import TableRoom

_SIDES = ("yes", "no", "abstain")


@dataclass(frozen=True)
class _Digest:
    about: str
    branched: str
    changed: str
    outcome: str
    roles: Mapping[str, str]
    last: str
    finished: bool
    fault: str = ""


def session_tree(house: House, words: Words, row: TableRow) -> None:
    """Draw the sessions of a table, each below the one from which it branched off; nothing before its first."""
    if house.store.sessions(row.id):
        _Tree(house, words, row).draw()


def folded_sessions(house: House, words: Words, row: TableRow) -> None:
    """Draw the sessions of a table folded away; they are read when somebody looks."""
    if count := len(house.store.sessions(row.id)):
        draw = partial(session_tree, house, words, row)
        folded(words("sessions.count", count=count), draw).props("dense data-fold")


def earlier_sessions(house: House, words: Words, token: str, reflect: Callable[[str], object]) -> None:
    """Draw a player's links to the debriefs of the sessions that its table played before, and the reflection on each.

    Nothing is drawn without any; ``reflect`` draws the form for a session.
    """
    place = house.store.place_of(token)
    if place is None:
        return
    current, links = house.store.table(place.table).session, []
    numbers = session_numbers(house, place.table)
    for row in house.store.sessions(place.table):
        if row.session != current:
            try:
                known = played(house, place.table, row.session)
            except SandboxError:
                continue
            if may_read(house, place, known):
                links.append((words("sessions.number", number=numbers[row.session]), row))
    if not links:
        return
    with box(words("sessions.earlier")):
        for title, row in links:
            with div("pair"):
                ui.label(words.join([title, when(row.created)])).classes("grow")
                read = f"/s/{token}/{row.session}/debrief.html?lang={words.lang}"
                link = ui.link(words("over.open"), read, new_tab=True)
                link.props("data-earlier")
            folded(words("over.reflect"), partial(reflect, row.session)).props("data-reflect-earlier")


class _Tree:
    def __init__(self, house: House, words: Words, row: TableRow) -> None:
        self._house, self._words, self._row = house, words, row
        self._rows = house.store.sessions(row.id)
        self._numbers = session_numbers(house, row.id)
        self._path, self._shown = house.address("t", row.id), house.rooms.get(row.id)
        self._digests: dict[str, _Digest] = {}

    def draw(self) -> None:
        """Draw it; what the sessions came to follows as soon as their logs are read."""
        place = div("stack").props(f'data-sessions="{self._row.id}"')

        async def fill() -> None:
            self._digests = await asyncio.to_thread(self._read)
            if not place.is_deleted:
                with place:
                    self._branches("")
                    if any(digest.finished for digest in self._digests.values()):
                        soft(self._words("over.whole_why")).props("data-zip-why")

        with place:
            ui.timer(0.05, fill, once=True)

    def _read(self) -> dict[str, _Digest]:
        return {row.session: _digest(self._house, self._row.id, row, self._words) for row in self._rows}

    def _branches(self, of: str) -> None:
        for row in self._rows:
            origin, _ = self._house.folder(row.session).origin
            if (origin if origin in self._numbers else "") == of:
                with ui.element("ul").classes("facts"), ui.element("li").props(f'data-session="{row.session}"'):
                    self._session(row)
                    self._branches(row.session)

    def _session(self, row: SessionRow) -> None:
        words, digest = self._words, self._digests[row.session]
        current = row.session == self._row.session
        with div("pair"):
            ui.label(words("sessions.number", number=self._numbers[row.session])).classes("who")
            ui.label(self._state(row, digest)).props("data-state")
            soft(when(row.created))
        if digest.fault:
            soft(digest.fault)
            return
        soft(digest.about)
        origin, line = self._house.folder(row.session).origin
        if origin in self._numbers:
            soft(words("sessions.from", number=self._numbers[origin], line=line, name=digest.branched))
            soft(words("sessions.changed", changes=digest.changed))
        names = [f"{name}{words.paren(digest.roles.get(seat, seat))}" for seat, name in row.people.items()]
        soft(words("sessions.people", names=names) if names else words("sessions.nobody"))
        if not self._runs(row) or digest.finished:
            ui.label(digest.outcome).props("data-outcome")
        self._links(row, digest, current)

    def _runs(self, row: SessionRow) -> bool:
        """Return whether the table plays this session now: what it comes to is still open."""
        room = self._house.rooms.get(self._row.id)
        return room is not None and room.folder.id == row.session

    def _state(self, row: SessionRow, digest: _Digest) -> str:
        words = self._words
        if digest.fault:
            return words("state.stopped")
        if digest.finished:
            return words("sessions.over")
        room = self._house.rooms.get(self._row.id)
        if room is not None and self._runs(row):
            why = plain(words.error(room.stopped)) if room.stopped else ""
            return words("sessions.stopped", why=why) if why else words("sessions.running")
        return words("sessions.left", line=digest.last) if digest.last else words("sessions.no_lines")

    def _links(self, row: SessionRow, digest: _Digest, current: bool) -> None:
        words, path = self._words, f"{self._path}/{row.session}"
        with div("pair"):
            ui.link(words("sessions.debrief"), f"{path}/debrief.html", new_tab=True).props("data-debrief")
            for seat, name in row.people.items():
                ui.link(words("over.of", name=name), f"{path}/debrief-{seat}.html", new_tab=True)
            if digest.finished:
                ui.link(words("sessions.report"), f"{path}/report.html", new_tab=True)
                for paper in ("handout", "points", "minutes"):
                    ui.link(words(paper), f"{path}/{paper}.html", new_tab=True)
                ui.link(words("sessions.whole"), f"{path}/session.zip")
            for other, number in self._numbers.items():
                if other == row.session:
                    break
                address = compared_at(self._house, other, row.session)
                link = ui.link(words("sessions.compare", number=number), address, new_tab=True)
                link.props(f'data-compare="{number}"')
            if not current and not digest.finished and self._row.state != "lobby":
                sure = words("sessions.play_on_sure", number=self._numbers[row.session])
                go_on = partial(confirm, words, sure, words("sessions.play_on"), partial(self._play_on, row.session))
                ui.button(words("sessions.play_on"), icon="play_arrow", on_click=go_on).props("flat dense data-play-on")

    async def _play_on(self, session: str) -> None:
        await self._house.play_on(self._row.id, self._shown, session)
        ui.navigate.to(self._path)


def _digest(house: House, table: str, row: SessionRow, words: Words) -> _Digest:
    try:
        return _read(played(house, table, row.session).session, words)
    except SandboxError as error:
        return _Digest("", "", "", "", {}, "", False, words("sessions.broken", why=plain(words.error(error))))


def _read(session: Session, words: Words) -> _Digest:
    game, lang = session.game, words.lang
    branched = departure_of(session)
    changes = [] if branched is None else [change_text(game.words, rule) for rule in branched.rules]
    changes += [words("sessions.luck")] if branched and branched.seed else []
    at = next((line for line in session.lines if branched and line["id"] == branched.line), None)
    reading = Reading(session)
    return _Digest(
        about=words.join([game.governance.name.get(lang), words.of("models", reading.model)]),
        branched=game.name(at["seat"]) if at else "",
        changed=words("semi").join(changes) or words("sessions.unchanged"),
        outcome=_outcome(session, reading, words),
        roles={seat: game.role(seat) for seat in game.positions},
        last=session.lines[-1]["id"] if session.lines else "",
        finished=session.finished,
    )


def _outcome(session: Session, reading: Reading, words: Words) -> str:
    if not session.lines:
        return words("sessions.no_lines")
    taken = [decision for decision in session.decisions if decision["carried"]] or list(session.decisions)
    if not taken:
        return words("sessions.undecided")
    return in_short(read_decision(reading, taken[-1]), taken[-1], words)


@dataclass(frozen=True)
class TableSession:
    """A session of a table.

    Args:
        row: when it was begun, and who sat there then.
        session: the session as far as it was played.
        done: whether it came to its end, and its results are written.
    """

    row: SessionRow
    folder: SessionFolder
    session: Session
    done: bool
    current: bool


def played(house: House, table: str, session: str = "") -> TableSession:
    """Return a session of a table, or the one that it plays now; raises `InputError` where there is none to be read."""
    current = house.store.table(table).session
    rows = {row.session: row for row in house.store.sessions(table)}
    name = session or current
    if name not in rows:
        raise UnknownError("session", name, rows)
    room = house.rooms.get(table)
    if room is not None and room.folder.id == name:
        return TableSession(rows[name], room.folder, room.session(), room.over_and_done, True)
    folder = house.folder(name)
    opened = open_session(folder, house.library)
    return TableSession(rows[name], folder, opened, opened.finished, name == current)


def may_read(house: House, place: TablePlace, known: TableSession) -> bool:
    """Return whether a player may read the debrief of a session of the table: who took the seat before it ended.

    One that was left before its end is read once the table is over.
    """
    played = [event.at for event in known.session.events if event.kind != "removal"]
    took_part = bool(played) and place.taken <= played[-1]
    return took_part and (known.done or house.store.table(place.table).state == "over")


async def take_off(house: House, room: TableRoom, table: str, line: str, *, off: bool) -> None:
    """Take the words of a line off in all courses of a table that have it, or put them back; see `TableRoom`."""
    await room.take_off(line, off=off)
    said = next(each for each in room.fold.state["lines"] if each["id"] == line)
    for row in house.store.sessions(table):
        folder = house.folder(row.session)
        if folder.id != room.folder.id and said in open_session(folder, house.library).lines:
            with folder.log() as log:
                orders.take_off(log, line, off=off)
            if folder.report.is_file():
                await asyncio.to_thread(write_results, open_session(folder, house.library), folder)


def notes_of(house: House, known: TableSession) -> list[Note]:
    """Return the facilitator's notes on a session: its own, and those made earlier on lines that it shares."""
    shared = _shared_lines(house, known)
    return [
        Note(note.line, note.text)
        for note in house.store.notes(known.row.table)
        if note.session == known.row.session or note.line in shared.get(note.session, ())
    ]


def bookmarks_of(house: House, name: str, session: Session) -> list[str]:
    """Return the lines of a session that the facilitator bookmarked, in their order; none where no table played it."""
    row = house.store.session(name)
    if row is None:
        return []
    notes = notes_of(house, TableSession(row, house.folder(name), session, session.finished, False))
    marked = {note.line for note in notes if not note.text}
    return [line["id"] for line in session.lines if line["id"] in marked]


def reflections_of(house: House, known: TableSession) -> list[Reflection]:
    """Return what people wrote after a session."""
    rows = house.store.reflections(known.row.table, known.row.session)
    return [Reflection(row.seat, row.name, row.answers) for row in rows]


def _shared_lines(house: House, known: TableSession) -> Mapping[str, frozenset[str]]:
    lines = [line["id"] for line in known.session.lines]
    shared: dict[str, frozenset[str]] = {}
    earlier, at = known.folder.origin
    while earlier and earlier not in shared and at in lines:
        lines = lines[: lines.index(at) + 1]
        shared[earlier] = frozenset(lines)
        earlier, at = house.folder(earlier).origin
    return shared


def session_numbers(house: House, table: str) -> dict[str, str]:
    """Return the number of each session of a table, in their order: 2 for its second round, 1.2 for a branch of 1."""
    numbers, roots, parts = dict[str, str](), dict[str, str](), Counter[str]()
    for row in house.store.sessions(table):
        origin, _ = house.folder(row.session).origin
        root = roots[row.session] = roots.get(origin, row.session)
        parts[root] += 1
        numbers[row.session] = str(len(parts)) if parts[root] == 1 else f"{numbers[root]}.{parts[root]}"
    return numbers


def session_name(house: House, row: SessionRow, lang: Lang) -> str:
    """Return what a session is called among those of all tables: its table, and which one there if it has several."""
    table, words = house.store.table(row.table), house.words(lang)
    name, numbers = house.table_name(table, lang) or table.code, session_numbers(house, row.table)
    number = words("sessions.number", number=numbers[row.session])
    return name if [*numbers] == [table.session] else words.join([name, number])


def compared_at(house: House, a: str, b: str) -> str:
    """Return where two sessions stand side by side."""
    return house.address("compare", a=a, b=b)


def people_heads(words: Words) -> list[str]:
    """Return the heads of the columns of `people_rows`."""
    own = ("table", "name", "seat", "role", "lines", "motions", *_SIDES, "uncast", "covered")
    return [words(f"people.{key}") for key in own]


def people_rows(house: House, sessions: Sequence[TableSession], lang: Lang) -> list[tuple[str, ...]]:
    """Return a row for each person at some tables: table, name, seat, role, lines, motions, votes, turns lost.

    What a persona said or voted in a person's seat counts as spoken by the program alone. Who had a seat before
    whoever has it now has a row of their own.
    """
    rows, words = [], house.words(lang)
    for known in sessions:
        game, told = known.session.game.in_language(lang), session_name(house, known.row, lang)
        players = house.store.players(known.row.table)
        for seat in dict.fromkeys([*known.row.people, *players]):
            for name, own in _holders(known, players.get(seat), seat, words("people.earlier")):
                mine = [line for line in own if line["origin"] == "person"]
                said = [line for line in mine if not line["vote"]]
                moved = sum(has(line["act"], "proposes") and bool(line["terms"]) for line in said)
                votes = Counter[str](side_of(line["act"]) for line in mine if line["vote"])
                uncast = sum(line["vote"] and line["origin"] == "nobody" for line in own)
                covered = sum(line["id"] in known.session.stood_in for line in own)
                counts = [len(said), moved, *(votes[side] for side in _SIDES), uncast, covered]
                rows.append((told, name, game.name(seat), game.role(seat), *map(str, counts)))
    return rows


def _holders(known: TableSession, now: TablePlace | None, seat: str, earlier: str) -> Iterator[tuple[str, list[Line]]]:
    """Yield who had a seat in a session, each with its lines then; by ``earlier`` whose name the table has no more."""
    spoken = (cast(LineSpoken, event) for event in known.session.events if event.kind == "line")
    own = [(event.at, line_of(event)) for event in spoken]
    own = [(at, line) for at, line in own if line["seat"] == seat]
    since, name = (now.taken if now else math.inf), known.row.people.get(seat, "")
    before = [line for at, line in own if at < since]
    if now is None or any(line["origin"] == "person" for line in before):
        yield (earlier if now and name in ("", now.name) else name), before
    if now and since <= known.session.events[-1].at:
        yield now.name, [line for at, line in own if at >= since]


def people_csv(house: House, sessions: Sequence[TableSession], lang: Lang) -> str:
    """Return the same as CSV that spreadsheets open in any language; what they would take for a formula is text."""
    heads = people_heads(house.words(lang))
    rows = (dict(zip(heads, row, strict=True)) for row in people_rows(house, sessions, lang))
    return "\ufeff" + csv_text(heads, rows)
