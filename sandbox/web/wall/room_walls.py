"""The projector's pages of all tables in a room: join codes at first, results side by side at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from nicegui import ui

from sandbox.content.decision_card import Decision
from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.game.session import Session
from sandbox.report.endings import why_undecided
from sandbox.report.figures import NONE
from sandbox.report.read_decision import read_decision
from sandbox.report.rule_words import model_told
from sandbox.web.decision_card import motion_told
from sandbox.web.desk.tables_at_once import glance_at
from sandbox.web.frame import PagePart, div, heading, page, qr_code, soft, table
from sandbox.web.links import is_own
from sandbox.web.panels import reading_for
from sandbox.web.tables.database import TableRow
from sandbox.web.tables.house import House
from sandbox.web.tables.rounds import of_the_class, rounds
from sandbox.web.tables.session_tree import TableSession, session_name, session_numbers

_EVERY = 2.0


class CodesPage:
    """The page of join codes, kept up to date, with the number of seats taken at each table."""

    def __init__(self, house: House, lang: Lang, base: str) -> None:
        self._house, self._words, self._base = house, house.words(lang), base
        words = self._words
        with page(words, words("codes.title"), "wall"):
            pass
        with div("wall codes"), div("body"):
            own = is_own(base)
            how = words("codes.typed" if own else "codes.how", address=f"{base}/join")
            ui.label(how).classes("year").props("data-how")
            if own:
                soft(words("lobby.only_here")).props("data-only-here")
            self._tables = PagePart("stack")
        self._show()
        ui.timer(_EVERY, self._show)

    def _show(self) -> None:
        house, words = self._house, self._words
        tables = []
        for row in reversed(house.store.tables()):
            if row.state != "over" and row.setup.persons and row.id not in house.members:
                players = house.store.players(row.id)
                if len(players) == len(row.setup.persons):
                    continue  # nobody can join there
                here = words("watch.here", count=len(players), of=len(row.setup.persons))
                tables.append((house.table_told(row, words.lang), row.code, here))
        self._tables.show(tables, lambda: self._draw(tables))

    def _draw(self, tables: list[tuple[str, str, str]]) -> None:
        if not tables:
            soft(self._words("tables.none"))
        with div(f"walls of-{len(tables)}"):
            for title, code, here in tables:
                with ui.element("section").classes("table") as shown:
                    shown.props["data-code-of"] = code
                    heading(2, title)
                    with div("pair"):
                        if not is_own(self._base):
                            qr_code(self._words, f"{self._base}/join/{code}")
                        with div("grow stack"):
                            ui.label(code).classes("code").props("data-code")
                            soft(here)


def settled_options(session: Session, words: Words) -> dict[str, str]:
    """Return the option of each settled question, with what it lacks, including those outside the body's remit."""
    reading, told = reading_for(session, words), dict[str, str]()
    for taken in session.carried:
        for question, (_, option) in zip(taken["unbound"], reading.terms(taken["unbound"]), strict=True):
            told[question] = option + words.paren(words("results.advice"))
        for question, (_, option) in zip(taken["terms"], read_decision(reading, taken).terms, strict=True):
            told[question] = option
    return told


def conditions_of(session: Session, words: Words) -> str:
    """Return the conditions of a session's decisions; empty if there are none."""
    reading = reading_for(session, words)
    return words("semi").join(filter(None, [read_decision(reading, taken).condition for taken in session.carried]))


def _how(session: Session, words: Words) -> tuple[str, ...]:
    """Return the result of each motion, and why nothing was decided if so."""
    reading = reading_for(session, words)
    how = [motion_told(reading, taken) for taken in session.decisions]
    return tuple(filter(None, [*how, why_undecided(session, words)]))


def _settled(session: Session, words: Words) -> tuple[str, ...] | None:
    """Return what each question of the case was settled with; None if nothing was carried."""
    if not session.carried:
        return None
    options = settled_options(session, words)
    return tuple(options.get(question.id, words("tables.unsettled")) for question in session.game.scenario.decisions)


@dataclass(frozen=True)
class _Result:
    name: str
    model: str
    case: str
    title: str
    questions: tuple[str, ...]
    now: str
    """The progress of a table that plays or waits to; empty once it is finished."""
    settled: tuple[str, ...] | None
    """The settled options by question; None if nothing was decided."""
    condition: str
    how: tuple[str, ...]


class ResultsPage:
    """The page of results, kept up to date: decisions of each table, with the votes for and against."""

    def __init__(self, house: House, lang: Lang) -> None:
        self._house, self._words = house, house.words(lang)
        self._read: dict[str, tuple[tuple[str, ...], list[_Result]]] = {}
        words = self._words
        with page(words, words("results.title"), "projector", head=words("tables.over")):
            pass
        with div("projector results"):
            self._body = PagePart()
            soft(words("watch.no_evidence")).classes("foot")
        self._show()
        ui.timer(_EVERY, self._show)

    def _show(self) -> None:
        results = [result for row in of_the_class(self._house) for result in (*self._earlier(row), self._result(row))]
        self._body.show(results, lambda: self._draw(results))

    def _earlier(self, row: TableRow) -> list[_Result]:
        """Return the results of a table's rounds before the present one."""
        sessions = tuple(each.session for each in self._house.store.sessions(row.id) if each.session != row.session)
        if not sessions:
            return []
        if self._read.get(row.id, ((), []))[0] != (row.session, *sessions):
            known = [each for each in rounds(self._house, row.id) if not each.current]
            self._read[row.id] = (row.session, *sessions), [self._came_to(each) for each in known]
        return self._read[row.id][1]

    def _came_to(self, known: TableSession) -> _Result:
        words, session = self._words, known.session.shown
        game = session.game
        return _Result(
            name=session_name(self._house, known.row, words.lang), model=model_told(game), case=game.scenario.id,
            title=game.scenario.title.get(words.lang), now="", how=_how(session, words),
            questions=tuple(each.question.get(words.lang) for each in game.scenario.decisions),
            settled=_settled(session, words),
            condition=conditions_of(session, words),
        )  # fmt: skip

    def _result(self, row: TableRow) -> _Result:
        """Return the result of a table in the present round."""
        house, words, setup, room = self._house, self._words, row.setup, self._house.rooms.get(row.id)
        glance, lang, cases = glance_at(house, row, words), words.lang, house.library.cards["scenario"]
        now = " · ".join([words("results.not_yet"), glance.where or glance.state])
        settled: tuple[str, ...] | None = None
        decisions: Sequence[Decision] = ()
        how, condition, model = tuple[str, ...](), "", model_told(room.game) if room else house.model_name(setup, lang)
        name = house.table_name(row, lang) or row.code
        if row.session and (playing := house.store.session(row.session)):
            name = session_name(house, playing, lang)
        elif before := session_numbers(house, row.id):
            count = sum("." not in number for number in before.values())
            name = words.join([name, words("sessions.number", number=count + 1)])
        if room is not None:
            session, decisions = room.shown, room.game.scenario.decisions
            how = _how(session, words)
            settled = _settled(session, words)
            condition, now = conditions_of(session, words), "" if room.over_and_done else now
        elif setup.scenario in cases:
            decisions = house.library.scenario(setup.scenario).decisions
        return _Result(
            name=name, model=model, case=setup.scenario,
            title=house.case_title(setup, lang), questions=tuple(each.question.get(lang) for each in decisions),
            now=now, settled=settled, condition=condition, how=how,
        )  # fmt: skip

    def _draw(self, results: Sequence[_Result]) -> None:
        if not results:
            soft(self._words("tables.none"))
        for case in dict.fromkeys(result.case for result in results):
            self._draw_case([result for result in results if result.case == case])

    def _draw_case(self, results: Sequence[_Result]) -> None:
        """Draw the results of a case side by side: a table a column, or a row where they are many."""
        words, questions = self._words, max((result.questions for result in results), key=len)
        heading(2, results[0].title)
        corner, heads = words("tables.table"), [*questions, words("decision.title")]
        names = [words.join((result.name, result.model)) for result in results]
        told = [
            (*(result.settled or [NONE] * len(questions)), partial(self._draw_how, result)) for result in results
        ]  # fmt: skip
        if many := len(results) > len(questions):
            rows = [(name, *cells) for name, cells in zip(names, told, strict=True)]
        else:
            rows = [(head, *cells) for head, *cells in zip(heads, *told, strict=True)]
        with div("wide"):
            shown = table(f"came-to{' many' if many else ''}", [corner, *(heads if many else names)], rows)
            shown.props["data-results"] = results[0].case

    def _draw_how(self, result: _Result) -> None:
        """Add how each motion fared, with the conditions; at a table that has decided nothing, how far it is."""
        for text in result.how or [result.now or self._words("decision.none")]:
            ui.label(text)
        if result.condition:
            soft(f"{self._words('ledger.condition')}{self._words('colon')}{result.condition}").classes("clamped")
