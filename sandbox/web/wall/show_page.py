"""The pages for showing finished sessions to a room: their list, and the show of one, with jumps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from sandbox.content.language import Lang
from sandbox.content.plain import plain
from sandbox.content.words import Words
from sandbox.errors import SandboxError
from sandbox.game.spec import CARDS
from sandbox.record.line import BODY
from sandbox.report.departures import models_told
from sandbox.report.reading import votes_counted
from sandbox.session.choice import RULES_ONLY
from sandbox.web.frame import (
    MINUTE,
    PagePart,
    bar,
    box,
    catch_up,
    desk_link,
    div,
    frame,
    heading,
    lang_links,
    page,
    parts,
    placed,
    soft,
    when,
)
from sandbox.web.links import path_of, shared_path
from sandbox.web.recordings import ASKS, Departure, Recording, Recordings
from sandbox.web.tables.house import House
from sandbox.web.tables.session_tree import bookmarks_of
from sandbox.web.wall.show import Caption, Mark, MarkKind, Show
from sandbox.web.wall.slides import Slides

PACES = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)
"""Speeds of a show, relative to reading pace."""
_MARK_KEYS: dict[MarkKind, str] = {"stage": "s", "vote": "v", "turn": "t", "bookmark": "b"}
# A click on a mark leads to it, and beside it to the step at that place.
_JUMP = """event => {
  const mark = event.target.closest('[data-step]'), track = event.currentTarget.getBoundingClientRect();
  emit(mark ? Number(mark.dataset.step) : -1, (event.clientX - track.left) / track.width);
}"""
_MOST = 24


class ShowPage:
    """The page that shows a session; each page has its own position, so that viewers do not move each other."""

    def __init__(
        self, house: House, show: Show, session: str, lang: Lang, at: str = "", *, stops: bool = False
    ) -> None:
        self._house, self._show, self._session, self._lang = house, show, session, lang
        self._words = words = house.words(lang)
        self._place, self._pace, self._playing = show.step_of(at), PACES.index(1.0), False
        self._turns, self._stops = True, stops
        lines = dict.fromkeys(bookmarks_of(house, session, show.session), "") | house.store.bookmarks(session)
        kept = tuple(Mark("bookmark", show.step_of(line), line) for line in sorted(lines))
        self._notes = {show.step_of(line): note for line, note in lines.items() if note}
        self._halts = {mark.step for mark in kept}
        self._marks: Mapping[MarkKind, tuple[Mark, ...]] = {**show.marks, **({"bookmark": kept} if kept else {})}
        self._soon: asyncio.TimerHandle | None = None
        title = show.session.game.scenario.title.get(show.session.spec.lang)
        frame(words, title, "show")
        with div("show"):
            with bar(words, title):
                desk_link(words("show.title"), path_of("show", lang=lang))
                self._ways = {
                    "show": desk_link(words("show.bookmark"), "").props("data-bookmarks"),
                    "whatif": desk_link(words("show.whatif"), "").props("data-whatif"),
                }
                self._others = lang_links(lang)
                full = ui.button(icon="fullscreen").props(f'flat dense round aria-label="{words("show.full")}"')
                full.on("click", js_handler="() => fillScreen()")
            with div("show-body") as self._body:
                self._now = PagePart("show-now")
                self._now.element.props('aria-live="polite"')
                with ui.element("aside").classes("show-beside") as beside:
                    beside.props(f'tabindex=0 aria-label="{words("panel.room")}"')
                    self._room, self._motion = PagePart(), PagePart()
            with ui.element("footer").classes("show-foot") as self._foot:
                self._draw_track()
                self._draw_controls()
        client = ui.context.client
        client.on_delete(self._wait_no_more)
        client.on_connect(lambda: catch_up(client))
        ui.on("show-key", self._key)
        self._slides = Slides(show, words)
        self._draw()

    # What moves it

    def go(self, place: int) -> None:
        """Go to a step, or the nearest one; a running show goes on from there."""
        self._place = max(0, min(place, len(self._show.steps) - 1))
        if self._rests:
            self._playing = False
        self._draw()

    @property
    def _rests(self) -> bool:
        return self._show.steps[self._place].holds or self._halted

    @property
    def _halted(self) -> bool:
        """Whether the show stops here for the room to talk."""
        return self._stops and (self._place in self._riddles or self._place in self._halts)

    @property
    def _riddles(self) -> Mapping[int, Caption]:
        """The questions for the room to guess, by step."""
        return self._show.riddles if self._stops and self._turns else {}

    def _by(self, steps: int) -> None:
        self.go(self._place + steps)

    def _to(self, kind: MarkKind, back: bool = False) -> None:
        places = sorted(mark.step for mark in self._marks.get(kind, ()))
        if kind == "turn":
            places = sorted(self._riddles or places) if self._turns else []
        elif kind == "vote":
            places = [self._show.asked_at[place] for place in places]
        ways = [place for place in places if (place < self._place if back else place > self._place)]
        if ways:
            self.go(ways[-1] if back else ways[0])

    def _toggle(self) -> None:
        self._playing = not self._playing
        last = len(self._show.steps) - 1
        if self._playing and self._rests:
            self._place = self._place + 1 if self._place < last else 0
            self._playing = not self._rests
        self._draw()

    def _hide(self) -> None:
        self._turns = not self._turns
        self._draw()

    def _stop(self) -> None:
        self._stops = not self._stops
        self._draw()

    def _faster(self, steps: int) -> None:
        self._pace = max(0, min(self._pace + steps, len(PACES) - 1))
        self._draw()

    def _key(self, event: GenericEventArguments) -> None:
        press: dict[str, Any] = event.args if isinstance(event.args, dict) else {}
        key, back = str(press.get("key", "")), bool(press.get("back"))
        last, on, before = len(self._show.steps) - 1, partial(self._by, 1), partial(self._by, -1)
        moves: dict[str, Callable[[], None]] = {
            " ": self._toggle, "h": self._hide, "g": self._stop, "arrowright": on, "pagedown": on,
            "arrowleft": before, "pageup": before, "home": partial(self.go, 0), "end": partial(self.go, last),
            "+": partial(self._faster, 1), "=": partial(self._faster, 1), "-": partial(self._faster, -1),
            **{letter: partial(self._to, kind, back) for kind, letter in _MARK_KEYS.items()},
        }  # fmt: skip
        if key in moves:
            moves[key]()

    def _jump(self, event: GenericEventArguments) -> None:
        try:
            step, share = int(event.args[0]), float(event.args[1])
        except (TypeError, ValueError, IndexError, KeyError):
            return  # not from the page's own bar
        self.go(step if step >= 0 else int(max(0.0, min(share, 1.0)) * len(self._show.steps)))

    def _wait(self) -> None:
        self._wait_no_more()
        if self._playing:
            # What is not on the wall takes no time: a longer rest would give a turning point away.
            step = replace(self._show.steps[self._place], captions=self._captions())
            seconds = self._show.seconds_of(step) / PACES[self._pace]
            self._soon = asyncio.get_running_loop().call_later(seconds, self.go, self._place + 1)

    def _wait_no_more(self) -> None:
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None

    # What it draws

    def _captions(self) -> tuple[Caption, ...]:
        said, note = self._show.session.game.words, self._notes.get(self._place)
        kept = (Caption(said("show.note"), note),) if note else ()
        riddle = self._riddles.get(self._place)
        told = self._show.steps[self._place].captions if self._turns else ()
        return (*kept, *told, *([riddle] if riddle else []))

    def _draw(self) -> None:
        words, show, place = self._words, self._show, self._place
        step = show.steps[place]
        captions = self._captions()
        self._now.show((place, captions), lambda: self._slides.draw(place, captions))
        self._foot.classes(replace="show-foot" if self._turns else "show-foot unturned")
        self._hides.set_text(words("show.hide_turns" if self._turns else "show.show_turns"))
        self._halting.set_text(words("show.play_through" if self._stops else "show.stop"))
        self._jumps["turn"].set_enabled(self._turns and bool(self._marks["turn"]))
        self._body.classes(replace="show-body wide" if step.stage < 0 else "show-body")
        line_id = step.line["id"] if step.line else ""
        self._room.show((step.stage, line_id), lambda: self._slides.draw_room(step))
        self._motion.show(step.motion, lambda: self._slides.draw_motion(step.motion))
        self._motion.element.classes(replace="stack called" if step.motion and step.motion.called else "stack")
        self._play.set_text(words("show.pause" if self._playing else "show.play"))
        self._play.props(f"icon={'pause' if self._playing else 'play_arrow'}")
        self._speed.set_text(words("show.speed", speed=f"{PACES[self._pace]:g}"))
        self._fill.style(f"width: {100 * (place + 1) / len(show.steps):.2f}%")
        minutes = max(1, round(show.seconds_from(place) / PACES[self._pace] / 60))
        ends = "show.place.end" if place + 1 == len(show.steps) else "show.place"
        said = words(ends, number=place + 1, all=len(show.steps), minutes=minutes)
        self._track.props(f'aria-valuenow={place + 1} aria-valuetext="{said}"')
        self._count.set_text(said)
        line = show.line_at(place)
        for other, link in self._others.items():
            stops = "yes" if self._stops else ""
            address = shared_path(self._house.store.secret, "show", self._session, lang=other, at=line, stops=stops)
            link.props(f'href="{address}"')
        for page_name, way in self._ways.items():
            way.set_visibility(bool(line))
            way.props["data-desk"] = path_of(page_name, self._session, lang=self._lang, at=line)
        self._wait()

    def _draw_track(self) -> None:
        words, show = self._words, self._show
        all_steps = len(show.steps)
        with div("track") as self._track:
            self._fill = div("fill")
            for kind, marks in self._marks.items():
                for mark in marks:
                    spot = div(f"mark {kind}").style(f"left: {100 * mark.step / all_steps:.2f}%")
                    name = f"{words(f'show.mark.{mark.kind}')}{words('colon')}{mark.name}"
                    spot.props["data-step"], spot.props["title"] = mark.step, name
        self._track.props(f'role="slider" tabindex=0 aria-label="{words("show.track")}" aria-valuemin=1 data-track')
        self._track.props(f"aria-valuemax={all_steps}")
        self._track.on("click", self._jump, js_handler=_JUMP)
        with div("legend soft"):
            for kind, marks in self._marks.items():
                with div("pair"):
                    div(f"mark {kind}").props("aria-hidden=true")
                    parts(words(f"show.marks.{kind}", number=len(marks))).classes(kind)
            self._count = parts("")

    def _draw_controls(self) -> None:
        words = self._words

        def button(key: str, icon: str | None, act: Callable[[], None], name: str) -> ui.button:
            pressed = ui.button(words(f"show.{key}") if key else "", icon=icon, on_click=act)
            # A click leaves the focus where it is, so that the space bar goes on to mean pause.
            pressed.on("mousedown", js_handler="event => event.preventDefault()")
            return pressed.props(f"no-caps data-show={name}")

        def quiet(key: str, icon: str, act: Callable[[], None]) -> None:
            button("", icon, act, key).props("flat dense").props(f'aria-label="{words(f"show.{key}")}"')

        self._jumps: dict[MarkKind, ui.button] = {}
        with div("pair controls"):
            quiet("back", "chevron_left", partial(self._by, -1))
            self._play = button("play", "play_arrow", self._toggle, "play")
            quiet("next", "chevron_right", partial(self._by, 1))
            for kind, marks in self._marks.items():
                jump = button(f"next_{kind}", None, partial(self._to, kind), kind).props("outline")
                jump.set_enabled(bool(marks))
                self._jumps[kind] = jump
            self._hides = button("hide_turns", None, self._hide, "hide").props("flat")
            self._halting = button("stop", None, self._stop, "stop").props("flat")
            self._halting.set_enabled(bool(self._show.riddles or self._halts))
            with div("pair"):
                quiet("slower", "remove", lambda: self._faster(-1))
                self._speed = ui.label().props('role="status"').classes("speed")
                quiet("faster", "add", lambda: self._faster(1))
        soft(words("show.keys")).classes("keys")


class ShowsPage:
    """The page to choose a session."""

    def __init__(self, house: House, recordings: Recordings, lang: Lang, asks: bool) -> None:
        self._house, self._recordings, self._asks, self._most = house, recordings, asks, _MOST
        self._words = words = house.words(lang)
        title = words("show.asks" if asks else "show.title")
        with page(words, title, "show", desk=house.store.secret, **(ASKS if asks else {})):
            ui.link(words("home.title"), house.address(lang=lang))
        with div("wrap stack"):
            soft(words("show.asks_why" if asks else "show.why"))
            heading(2, words("show.past"))
            self._past = div("stack")
            heading(2, words("show.recorded"))
            self._shipped = div("stack")
            heading(2, words("show.campaign"))
            with div("pair"):
                soft(words("show.campaign_why"))
                report = house.address("show", "campaign", "report.html", lang=lang)
                ui.link(words("show.campaign_report"), report, new_tab=True).props("data-campaign-report")
            self._campaign = div("stack")
            for place in (self._past, self._shipped, self._campaign):
                with place:
                    ui.spinner().props("data-reading")
            ui.timer(0.05, self._begin, once=True)  # the page is there at once, however long logs take to be read

    async def _begin(self) -> None:
        await self._draw_past()
        shipped = await asyncio.to_thread(self._recordings.shipped)
        self._shipped.clear()
        others = [each for each in shipped if each.title is not None and each.lang != self._words.lang]
        with self._shipped:
            self._draw_shelf([each for each in shipped if each not in others])
            if others:
                heading(3, self._words("show.other_language"))
                self._draw_shelf(others)
        of_campaign = await asyncio.to_thread(self._recordings.of_campaign, self._words.lang)
        with self._campaign.clear():
            self._draw_shelf(of_campaign)

    async def _draw_past(self) -> None:
        past, more = await asyncio.to_thread(self._recordings.past, self._most)
        with self._past.clear():
            if not past:
                soft(self._words("show.empty")).props("data-empty")
            self._draw_shelf(past)
            if more:
                ui.button(self._words("show.more"), on_click=self._more).props("outline data-more")

    async def _more(self) -> None:
        self._most += _MOST
        await self._draw_past()

    def _draw_shelf(self, recordings: Sequence[Recording]) -> None:
        with div("shelf"):
            self._draw(recordings)

    def _draw(self, recordings: Sequence[Recording]) -> None:
        words, lang = self._words, self._words.lang
        for recording in recordings:
            with box() as shown:
                shown.props["data-recording"] = recording.id
                if recording.title is None or recording.rules is None:
                    heading(3, recording.id)
                    why = plain(words.error(recording.fault)) if recording.fault else ""
                    ui.label(words("show.damaged", why=why)).classes("notice prose")
                    continue
                heading(3, recording.title.get(lang))
                if recording.round:
                    ui.label(_round(words, recording)).classes("who").props("data-round")
                if at := self._table(recording):
                    ui.label(at).classes("who").props("data-at-table")
                spoken = Words(recording.lang)("autonym")
                begun = [] if recording.shipped else [when(recording.begun, MINUTE[lang])]
                soft(words.join([recording.rules.get(lang), spoken, *begun]))
                if recording.departure:
                    ui.label(_departure(words, recording.departure)).classes("prose").props("data-departure")
                minutes = max(1, round(recording.seconds / 60))
                key = "show.length.single" if recording.stages == 1 else "show.length"
                soft(words(key, stages=recording.stages, lines=recording.lines, minutes=minutes))
                soft(_player(words, recording))
                ui.label(_outcome(words, recording))
                with div("pair"):
                    self._link(recording, asks=self._asks, first=True)
                    self._link(recording, asks=not self._asks, first=False)
                    ui.link(words("show.bookmarks"), self._house.address("show", recording.id, lang=lang))

    def _table(self, recording: Recording) -> str:
        store, row = self._house.store, self._house.store.session(recording.id)
        if row is None or recording.round:
            return ""
        at, words = store.table(row.table), self._words
        name = self._house.table_name(at, words.lang)
        return words.join([*([name] if name else []), at.code, *row.people.values()])

    def _link(self, recording: Recording, *, asks: bool, first: bool) -> None:
        """Add the two actions: the page's own as a filled button, the other as a link."""
        lang, house = self._words.lang, self._house
        asked = house.address("whatif", recording.id, lang=lang)
        address = asked if asks else shared_path(house.store.secret, "show", recording.id, lang=lang)
        text = self._words("show.ask" if asks else "show.open")
        if first:
            button = ui.button(text, icon="alt_route" if asks else "play_arrow")
            button.props("no-caps data-choose").props["href"] = placed(address)
        else:
            ui.link(text, address)


def no_show_page(house: House, lang: Lang, why: SandboxError) -> None:
    """Draw the reason why a session cannot be shown."""
    words = house.words(lang)
    with page(words, words("show.title")):
        desk_link(words("show.title"), path_of("show", lang=lang))
    with div("wrap"):
        ui.label(plain(words.error(why))).classes("notice").props('role="alert"')


def _round(words: Words, recording: Recording) -> str:
    """Return place and year of a campaign's session and, if it was played here, the campaign."""
    if (held := recording.round) is None:
        return ""
    told = [held.community.get(words.lang), words("rounds.year", number=held.year)]
    if not recording.shipped:
        told.append(words("show.of_campaign", campaign=held.campaign.get(words.lang), seed=held.seed))
    return words.join(told)


def _departure(words: Words, branch: Departure) -> str:
    told = branch.told[words.lang]
    if not branch.origin:
        return told
    known = words("show.branch", begun=when(branch.begun, MINUTE[words.lang])) if branch.begun else ""
    return words("gap").join([known or words("show.branch.elsewhere", session=branch.origin), told])


def _player(words: Words, recording: Recording) -> str:
    (_, model, by_seat), *later = recording.speakers
    if later or by_seat:
        played = words("show.by_several", models=plain(models_told(recording.speakers, words)))
    elif model in (RULES_ONLY, CARDS):
        played = words("show.by_rules" if model == RULES_ONLY else "show.by_cards")
    else:
        played = words("show.by", model=words.of("models", plain(model)))
    if not recording.people:
        return played
    return words(f"show.people{'.single' if recording.people == 1 else ''}", played=played, count=recording.people)


def _outcome(words: Words, recording: Recording) -> str:
    taken = recording.decision
    if taken is None:
        return words("decision.none")
    if taken["by"] != BODY and recording.chair:
        return words("decision.chair", name=recording.chair.get(words.lang))
    how = words("decision.carried" if taken["carried"] else "decision.rejected")
    return how + (votes_counted(words, recording.counted) if recording.counted else "")
