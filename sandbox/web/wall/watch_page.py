"""The pages for those who only watch: observer and projector of a table, and the wall of a campaign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import cast

from nicegui import ui
from typing_extensions import override

from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.game.fold import line_of
from sandbox.game.game import Game
from sandbox.game.language.gist import gist
from sandbox.game.ledger.entries import Item
from sandbox.game.motions.ballots import on_the_table
from sandbox.game.session import Session
from sandbox.record.events import Event, LineSpoken
from sandbox.report.act_words import act_text
from sandbox.report.pages.debrief.talk import talk_questions
from sandbox.web.campaign.campaign_course import CampaignCourse
from sandbox.web.campaign.campaign_news import placed, timeline
from sandbox.web.decision_card import (
    PutMotion,
    both_sides,
    fallen_told,
    held,
    in_short,
    lacks_a_word,
    motion_terms,
    moved_by,
    outcome,
    put_in_short,
    put_key,
    show_motion,
    vote_again_told,
)
from sandbox.web.frame import PagePart, bar, box, bullets, div, frame, heading, lang_links, parts, qr_code, soft
from sandbox.web.lines import Transcript
from sandbox.web.links import is_own
from sandbox.web.live import LivePage
from sandbox.web.panels import as_said, reading_for, rules_text
from sandbox.web.tables.audience import PROJECTOR, Viewer
from sandbox.web.tables.ballots import motion_put
from sandbox.web.tables.house import House
from sandbox.web.tables.room import TableRoom
from sandbox.web.tables.waiting import (
    deciding_text,
    decision_waits,
    least_left,
    minutes_text,
    stage_text,
    status_text,
    thinking_text,
)

_EVERY = 1.0
_LONGEST = 110
# Lines of each table that have room on a wall, by the number of tables.
_LINES = {2: 3, 3: 3, 4: 2}
_SIDE_BY_SIDE = 3


class WatchPage(LivePage):
    """A page on which everything that the whole room hears is shown, and nothing else."""

    def __init__(self, house: House, table: str, viewer: Viewer, base: str) -> None:
        self._base = base
        super().__init__(house, table, before_page(house, table, viewer))

    @override
    def changed(self) -> None:
        """Draw what has changed; all of it where somebody came, whom a stage may shut out."""
        viewer = before_page(self.house, self.table, self.viewer)
        if viewer != self.viewer:
            self.viewer = viewer
            if self.phase == "live":
                self._draw()
        super().changed()

    @override
    def draw_lobby(self) -> None:
        words, game = self.words, self.house.game_at(self.row)
        url = f"{self._base}/join/{self.row.code}"
        with div(self.viewer.role):
            self.top()
            with div("wrap slides"):
                with box(words("watch.join")):
                    qr_code(words, url)
                    ui.label(f"{self._base}/join").classes("link")
                    ui.label(self.row.code).classes("code").props("data-code")
                    self._seats = PagePart()
                again = self.member is None and bool(self.house.store.sessions(self.table))
                with box(words("over.another" if again else "watch.briefing")):
                    briefing_slide(game, words, again=again)
            soft(words("rehearsal")).classes("wrap")

    @override
    def refresh_lobby(self) -> None:
        players, setup = self.house.store.players(self.table), self.row.setup
        here = [players[seat].name for seat in setup.persons if seat in players]
        ready = sum(players[seat].ready for seat in setup.persons if seat in players)

        def draw() -> None:
            ui.label(self.words("watch.here", count=len(here), of=len(setup.persons))).props("data-here")
            ui.label(self.words.join(here)).classes("names")
            if here:
                ui.label(self.words("watch.ready", count=ready, of=len(here))).props("data-ready-count")

        self._seats.show((len(setup.persons), here, ready), draw)

    @override
    def draw_live(self, room: TableRoom) -> None:
        with div(f"{self.viewer.role} live"):
            self.top(room)
            with div("wrap stack"):
                soft(room.game.scenario.question.get(self.words.lang))
                self.tell_language(room)
                self._motion = PagePart()
                self.follow(room, tall=True)
                self.waiting = ui.label().classes("soft").props("data-waiting")
                soft(self.words("rehearsal"))

    def tell_language(self, room: TableRoom) -> None:
        """Add in which language the table is played, where that is not the page's."""
        if self.words.lang != room.game.spec.lang:
            soft(self.words("table.other_lang_watched")).props("data-other-lang")

    @override
    def refresh(self, room: TableRoom) -> None:
        if not self.shut_out(room):
            show_motion(self._motion, room.shown, self.words, room.kept)

    def shut_out(self, room: TableRoom) -> bool:
        """Return whether the stage that is played shuts out one of the people in the room."""
        index = min(room.shown.state["stage"], len(room.game.stages) - 1)
        return self.viewer.shut_out(room.game, room.game.stages[index].id)

    @override
    def draw_over(self, room: TableRoom) -> None:
        session, words = room.shown, self.words
        with div(self.viewer.role):
            self.top()
            with div("wrap stack"):
                with div("ended"):
                    with box(words("watch.outcome")):
                        outcome(session, words, PROJECTOR)
                    with box(words("watch.questions"), "questions"):
                        bullets(talk_questions(session, words.lang))
                    if session.finished:
                        with div("sides"):
                            both_sides(session, words)
                self.between()
                if self.viewer.role != "projector":  # nobody scrolls a wall
                    with ui.expansion(words("table.transcript")).classes("box"):
                        self.follow(room, tall=True)
                        self._status.set_text(words("watch.over"))
                soft(words("rehearsal"))


def before_page(house: House, table: str, viewer: Viewer) -> Viewer:
    """Return who looks at a page that shows what the whole room hears, with the people of its table before it."""
    return replace(viewer, before=frozenset(house.store.players(table)))


def briefing_slide(game: Game, words: Words, *, again: bool = False) -> None:
    """Add what everybody at a table knows: the question and what is behind it, how it is decided, and the stages.

    For another round, ``again``, how it is decided comes first, and what is behind the question is known.
    """
    lang = words.lang
    if again:
        ui.label(rules_text(game, words)).classes("who").props("data-rules")
    ui.label(game.scenario.question.get(lang)).classes("meaning" if again else "who")
    if not again:
        ui.label(game.scenario.background.get(lang)).classes("prose meaning").props("data-background")
        ui.label(rules_text(game, words)).classes("meaning").props("data-rules")
    bullets([stage.name.get(lang) for stage in game.stages])


@dataclass(frozen=True)
class _Seen:
    community: str
    code: str = ""
    here: str = ""
    where: str = ""
    now: str = ""
    lines: tuple[str, ...] = ()
    put: PutMotion | None = None
    decided: str = ""
    carried: bool = False
    over: bool = False
    held: bool = False


class WallPage:
    """The page: it shows what the whole room hears, and follows the campaign by itself."""

    def __init__(self, house: House, course: CampaignCourse, lang: Lang, base: str) -> None:
        self._house, self._course, self._base = house, course, base
        self._words = words = house.words(lang)
        frame(words, course.state.card.name.get(lang), "wall")
        with div("wall"):
            with bar(words, course.state.card.name.get(lang)):
                self._year = ui.label().classes("year").props('role="status"')
                lang_links(lang)
            self._body = PagePart("body")
            soft(words("campaign.world")).classes("foot")
        self._show()
        ui.timer(_EVERY, self._show)

    def _show(self) -> None:
        course, words = self._course, self._words
        state = course.state
        year = words("rounds.year_of", number=course.year, of=course.rounds)
        waits = "waiting" if state.rankings else "lobby" if course.seated else "ready"
        how = "over" if state.closed else waits if course.waits else "going"
        self._year.set_text(words.join([year, words(f"rounds.wait.{how}")]))
        if state.rankings and (state.closed or course.waits):
            self._body.show(("between", state.round, state.closed), self._draw_between)
            return
        tables = [self._seen(community, table) for community, table in course.tables.items()]
        self._body.show(tables, lambda: self._draw_tables(tables))

    # Between two rounds

    def _draw_between(self) -> None:
        words, course = self._words, self._course
        round = len(course.state.rankings)
        with div("ranking"), ui.element("ol").props(f'data-ranking="{round}"'):
            for (text, seen), each in zip(placed(course, round, words), course.state.rankings[round], strict=True):
                with ui.element("li"):
                    ui.label(text).classes("place")
                    if not course.state.closed:  # then the table has both sides
                        ui.label(seen).props("data-seen")
                    soft(each["brought"])
        with div("stack"):
            timeline(course, words, room=True)

    # While tables play, and before

    def _seen(self, community: str, table: str) -> _Seen:
        words, course, house = self._words, self._course, self._house
        room, row = house.rooms.get(table), house.store.table(table)
        if room is None or room.folder.id != course.state.name(course.state.round, community):
            players, persons = house.store.players(table), row.setup.persons
            if not persons:
                waits = "rounds.ready" if course.waits else "campaign_wait.wall" if course.ahead(community) else ""
                now = words(waits) if waits else ""
                return _Seen(community, here=words(f"rounds.by.{house.members[table].by}"), now=now)
            here = words("watch.here", count=len(players), of=len(persons))
            return _Seen(community, row.code if course.opened == 0 else "", here)
        if course.held_back(community):
            now = words("rounds.held.through" if course.through(community) else "rounds.held.playing")
            return _Seen(community, here=words(f"rounds.by.{house.members[table].by}"), now=now, held=True)
        over, viewer = room.over_and_done, before_page(house, table, PROJECTOR)
        stage = room.game.stages[min(room.shown.state["stage"], len(room.game.stages) - 1)].id
        shut = not over and viewer.shut_out(room.game, stage)
        item = None if over or shut else motion_put(room.game, room.shown.state)
        put = put_in_short(room.shown, words, room.kept, item) if item else None
        now = words("rounds.done") if over else "" if put else status_text(room, words, why=False)
        taken = [
            each for each in room.shown.state["decisions"] if over or not viewer.shut_out(room.game, each["stage"])
        ]
        lines = (words("watch.closed"),) if shut else self._lines(room, viewer)
        return _Seen(
            community, where=stage_text(room, words), now=now, put=put,
            lines=() if over or put else lines[-1:] if taken else lines,
            decided=in_short(reading_for(room.shown, words).decision(taken[-1]), taken[-1], words) if taken else "",
            carried=bool(taken) and taken[-1]["carried"], over=over,
        )  # fmt: skip

    def _lines(self, room: TableRoom, viewer: Viewer) -> tuple[str, ...]:
        game = room.game
        said = (event for event in reversed(room.shown.events) if event.kind == "line")
        talk = (event for event in said if not event.payload["vote"])  # who voted how stands with the decision
        heard = (event for event in talk if viewer.sees(game, event))
        last = list(islice(heard, _LINES.get(len(self._course.tables), 1)))
        session = room.shown
        return tuple(heard_line(session, event, self._words) for event in reversed(last))

    def _draw_tables(self, tables: Sequence[_Seen]) -> None:
        words, course = self._words, self._course
        held, shown_tables = ([seen for seen in tables if seen.held is held] for held in (True, False))
        with div(f"walls of-{len(shown_tables)}"):
            for seen in shown_tables:
                shown = ui.element("section").classes(f"table{' over' if seen.over else ''}")
                with shown.props(f'data-wall="{seen.community}"'):
                    heading(2, course.place(seen.community, words.lang))
                    if seen.decided:
                        kind = "carried" if seen.carried else "lost"
                        with div(f"decided {kind}").props(f"data-decided={kind}"):
                            ui.icon("check_circle" if seen.carried else "cancel").props('aria-hidden="true"')
                            ui.label(seen.decided)
                    if seen.code:
                        with div("pair"):
                            qr_code(words, f"{self._base}/join/{seen.code}")
                            with div("stack"):
                                way = "open_at" if is_own(self._base) else "join_at"
                                ui.label(words(f"rounds.{way}", address=f"{self._base}/join"))
                                ui.label(seen.code).classes("code").props("data-code")
                    if seen.where:
                        ui.label(seen.where).classes("where")
                    if seen.here:
                        ui.label(seen.here)
                    if seen.now:
                        ui.label(seen.now).classes("now")
                    if seen.put is not None:
                        _draw_put(seen.put, words)
                    for line in seen.lines:
                        ui.label(line).classes("said")
        for seen in held:
            with ui.element("section").classes("held").props(f'data-wall="{seen.community}"'):
                heading(2, course.place(seen.community, words.lang))
                ui.label(seen.here)
                ui.label(seen.now).classes("now")


def _draw_put(put: PutMotion, words: Words) -> None:
    with div("put") as shown:
        shown.props["data-given"] = put.count
        ui.label(put.title).classes("now")
        ui.label(words("semi").join(put.options)).props("data-options")
        ui.label(put.carries).classes("where")
        ui.label(put.given)
        if put.waiting:
            ui.label(put.waiting).classes("where")


def heard_line(session: Session, event: Event, words: Words) -> str:
    """Return who spoke and the beginning of the line; of one without words what it does, of a vote how it was cast."""
    line = line_of(cast(LineSpoken, event))
    says = gist(line["says"], _LONGEST) or act_text(words, line, session.game, PROJECTOR.counters(session, [line]))
    by = words.paren(words("mark.persona")) if line["id"] in session.stood_in else ""
    return f"{session.game.name(event.seat)}{by}{words('colon')}{says}"


class ProjectorPage(WatchPage):
    """The page, to be read from the last row: few lines, the last one large, and in a vote nothing but the motion."""

    style = "projector"
    _ballot_left: ui.label | None = None

    @override
    def draw_live(self, room: TableRoom) -> None:
        words = self.words
        with div("projector live"):
            self.top(room)
            with div("talk"):
                with div("said"):
                    ui.label(room.game.scenario.question.get(words.lang)).classes("question")
                    ui.label(rules_text(room.game, words)).classes("question rule")
                    self.transcript = Transcript(lambda: room.shown, self.viewer, words, tall=True, votes=False)
                with ui.element("aside").classes("beside"):
                    soft(words("watch.now"))
                    self.now()
                    self.waiting = ui.label().props("data-waiting")
                    self._left = ui.label().classes("left").props('role="timer" data-left')
                    self._no_motion = ui.label().classes("notice").props("data-no-motion")
                    self._again = ui.label().classes("notice").props("data-again")
                    self._free = PagePart()
                    self.tell_language(room)
                    soft(words("rehearsal"))
            self._tabled = PagePart("tabled")
            self._ballot = PagePart("ballot")

    @override
    def refresh(self, room: TableRoom) -> None:
        session = room.shown
        free = not {*self.row.setup.persons} <= self.house.store.players(self.table).keys() and not room.fold.over
        self._free.show(free, lambda: self._draw_free() if free else None)
        shut = self.shut_out(room)
        item = None if shut else motion_put(session.game, session.state)
        called = self._called(room)
        deciding = deciding_text(room, self.words, called) if called and not shut else ""
        deciding = deciding and (decision_waits(room, self.words) or deciding)
        again = "" if item or shut else vote_again_told(session, self.words)
        self._again.set_text(again)
        self._again.set_visibility(bool(again))
        table = () if item or shut else on_the_wall(session)
        self._tabled.show((table, session.hides), lambda: draw_tabled(session, self.words, table))
        said = session.state["lines"][-1:]
        shown = bool(said) and said[0]["id"] in {each.line for each in table[-_SIDE_BY_SIDE:]}
        self._tabled.element.classes(replace="tabled with-last" if shown else "tabled")
        if deciding:
            self._ballot.show((deciding, table, session.hides), lambda: self._draw_deciding(session, deciding, table))
            return
        self._ballot.show(
            put_key(session, item, room.kept),
            lambda: self._draw_ballot(session, room.kept, item) if item else None,
        )

    def _draw_ballot(self, session: Session, kept: tuple[str, ...], item: Item) -> None:
        self._ballot_left = _draw_ballot(session, self.words, kept, item)

    def _draw_deciding(self, session: Session, deciding: str, table: Sequence[Item]) -> None:
        """Add that one seat decides, by which rule, and what is on the table."""
        with div("notice decision motion-now").props("data-deciding"):
            heading(2, deciding)
            ui.label(rules_text(session.game, self.words))
            self._ballot_left = ui.label().classes("strong").props('role="timer" data-vote-left')
        with div("tabled"):
            draw_tabled(session, self.words, table)

    def _draw_free(self) -> None:
        soft(self.words("watch.seats_free", address=f"{self._base}/join"))
        ui.label(self.row.code).classes("code").props("data-code")

    @override
    def refresh_time(self, room: TableRoom) -> None:
        super().refresh_time(room)
        left = least_left(room)
        text = "" if left is None else self.words("table.left", time=minutes_text(left))
        self._left.set_text(text)
        if self._ballot_left is not None and not self._ballot_left.is_deleted:
            self._ballot_left.set_text(text)

    @override
    def waited(self, room: TableRoom) -> str:
        return decision_waits(room, self.words) or self._called(room) or thinking_text(room, self.words, attempts=False)

    def _called(self, room: TableRoom) -> str:
        """Return the people who are waited for, by their own names and, where they are few, their roles."""
        words, players = self.words, self.house.store.players(self.table)
        few = len(room.waited) < 3
        names = []
        for seat in room.waited:
            own, name = players[seat].name if seat in players else "", room.game.name(seat)
            about = [room.game.role(seat)] if own and few else []
            about += [] if room.audience.online[seat] else [words("table.offline")]
            names.append((own or name) + (words.paren(words.join(about)) if about else ""))
        return words.join(names)


def on_the_wall(session: Session) -> tuple[Item, ...]:
    """Return the motions that the whole room heard and that are still to be decided, without those amended since."""
    game, state = session.game, session.state
    stage = next(iter(game.stages[state["stage"] : state["stage"] + 1]), None)  # none once all are over
    if stage is None or "decides" not in stage.abilities:
        return ()
    decided = [taken for taken in state["decisions"] if taken["stage"] == stage.id]
    if any(taken["carried"] for taken in decided):
        return ()  # what was not put to the vote by then is not put any more
    room, done = {*game.present(stage.id)}, {taken["motion"] for taken in decided}
    heard = [item for item in on_the_table(game, state) if room <= {*item.visible_to} and item.line not in done]
    amended = {item.amends for item in heard}
    return tuple(item for item in heard if item.line not in amended)


def draw_tabled(session: Session, words: Words, table: Sequence[Item]) -> None:
    """Add the latest motions side by side, and name those before; the options in which they differ are strong."""
    reading = reading_for(session, words)
    earlier, table = table[:-_SIDE_BY_SIDE], table[-_SIDE_BY_SIDE:]
    for item in table:
        with div("rival").props(f'data-tabled="{item.line}"'):
            soft(f"{words('show.on_table')}{words('colon')}{item.line} {moved_by(session, words, item)}")
            if earlier and item is table[0]:
                soft(words("show.also_tabled", motions=[f"{each.line} {reading.mover(each)}" for each in earlier]))
            with ui.element("ul"):
                for key, option in item.terms.items():
                    alike = all(other.terms.get(key, option) == option for other in table)
                    with ui.element("li").classes("" if alike else "strong"):
                        [(question, chosen)] = reading.terms({key: option})
                        parts(question).classes("soft")
                        parts(chosen)
            held(item.condition, words)


def _draw_ballot(session: Session, words: Words, kept: tuple[str, ...], item: Item) -> ui.label:
    """Add a motion that is being voted on, and return where the time that is left for the vote is told."""
    put = put_in_short(session, words, kept, item)
    if fell := fallen_told(session, words):
        ui.label(fell).classes("notice decision lost").props("data-fell")
    with div("notice decision motion-now").props(f'data-motion="{item.line}"'):
        heading(2, put.title)
        if item.says:
            ui.label(as_said(session.game, item.says, words)).classes("gist")
        motion_terms(session.game.in_language(words.lang), item)
        for text in lacks_a_word(session, words, item):
            soft(text).props("data-unsaid")
        ui.label(put.carries).classes("strong").props("data-carries")
        with div("count"):
            with div("dots").props('aria-hidden="true"'):
                for number in range(put.of):
                    div("in" if number < put.count else "")
            ui.label(put.given).props('role="status"').props["data-given"] = put.count
            left = ui.label().classes("strong").props('role="timer" data-vote-left')
        if put.waiting:
            soft(put.waiting)
    return left
