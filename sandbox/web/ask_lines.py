"""Lines of a session in short, and the list from which the one is chosen at which its courses part."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial

from nicegui import ui

from sandbox.content.plain import plain
from sandbox.content.words import Words
from sandbox.game.wording import gist
from sandbox.record.line import Line
from sandbox.web.frame import dialog, div, heading, parts, soft
from sandbox.web.show import MarkKind, Show

__all__ = ["choose_line", "draw_lines"]

_COLOURS = 8
_SHORT, _IN_LIST = 170, 90
_TELLING: tuple[MarkKind, ...] = ("vote", "turn")


def draw_lines(show: Show, lines: Sequence[Line], at: str = "") -> None:
    """Draw lines in short, in the language of their session; that of an id stands out, with all its words."""
    places = {seat: place for place, seat in enumerate(show.session.game.personas)}
    with div("stack short-lines").props(f'lang="{show.session.spec.lang}"'):
        for line in lines:
            read, here = show.reading.line(line), line["id"] == at
            says = plain(line["says"])
            tone = "current" if here else "before"
            with ui.element("article").classes(f"line {tone} seat-{places[line['seat']] % _COLOURS}") as article:
                article.props(f'data-line="{line["id"]}"')
                parts(read.seat.name).classes("who")
                parts(f"{read.act} → {read.to} · {read.id}").classes("act")
                ui.label(says if here else gist(says, _SHORT)).classes("says")
                if read.terms and here:
                    ui.label(read.terms).classes("marks")


def choose_line(show: Show, words: Words, at: str, pick: Callable[[str], Awaitable[None]]) -> None:
    """Open the list of the lines that the room heard: votes and turning points first, then all by stage.

    Args:
        show: the session.
        words: the words of the page.
        at: the line that is chosen now.
        pick: called with the id of the line that is chosen.
    """
    with dialog(words("whatif.page.choose")) as opened:

        async def chosen(line: str) -> None:
            opened.close()
            await pick(line)

        with div("list-head"):
            ui.button(words("cancel"), on_click=opened.close).props("flat")
        with div("stack line-list"):
            for title, entries in _groups(show, words):
                heading(3, title)
                for why, line in entries:
                    read = show.reading.line(line)
                    button = ui.element("button").classes("line-choice").props(f'type="button" data-pick="{read.id}"')
                    if line["id"] == at:
                        button.props('aria-current="true"')
                    with button.on("click", partial(chosen, line["id"])):
                        parts(words.join([read.id, *([why] if why else [])])).classes("strong")
                        parts(f"{read.seat.name} · {read.act} → {read.to}")
                        soft(gist(plain(line["says"]), _IN_LIST)).props(f'lang="{show.session.spec.lang}"')


def _groups(show: Show, words: Words) -> Iterator[tuple[str, list[tuple[str, Line]]]]:
    """Yield headings, each with its lines and why they stand there; nothing without lines."""
    lines = {line["id"]: line for line in show.room.lines}
    telling = [(mark.name, show.line_at(mark.step)) for kind in _TELLING for mark in show.marks[kind]]
    groups = [(words("whatif.page.telling"), [(name, lines[line]) for name, line in telling if line in lines])]
    for stage in show.session.game.stages:
        in_stage = [("", line) for line in lines.values() if line["stage"] == stage.id]
        groups.append((stage.name.get(words.lang), in_stage))
    yield from (group for group in groups if group[1])
