"""The page that shows a finished session to a room, with jumps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from sandbox.content.language import Lang
from sandbox.web.frame import PagePart, bar, catch_up, desk_link, div, frame, lang_links, parts, soft
from sandbox.web.links import path_of, shared_path
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
