"""A person in a seat, in the terminal."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable, Sequence
from difflib import get_close_matches
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from sandbox.errors import InputError, InterruptedSessionError
from sandbox.institution.line import ALL
from sandbox.report.labels import Labels
from sandbox.session.game import Game
from sandbox.session.state import SessionState
from sandbox.session.turns import LONGEST_PERSON_LINE
from sandbox.session.view import SeatView

__all__ = ["ask_in_terminal"]

_LEAVE = ("/leave", "/quit", "/离开")
_CARD = ("/card", "/卡片")
_WORDS = {
    "en": {
        "help": "/card shows your card and what you know, /leave leaves (you can come back)",
        "act": "act", "to": "to", "says": "your words", "left": "you left the session",
        "yours": "It is your turn", "wants": "You want", "bound": "You are bound by", "fears": "You fear",
        "never": "You never give up", "may": "You may promise", "knows": "Only you know", "raise": "You could raise",
        "length": "{} characters; a line needs words, and has at most {} characters",
        "minutes": "Minutes of earlier stages", "ledger": "On the table",
    },
    "zh": {
        "help": "/卡片 看自己的角色卡，/离开 先走（可以再回来）",
        "act": "动作", "to": "对谁", "says": "你的话", "left": "你已离开",
        "yours": "轮到你了", "wants": "你想要", "bound": "你受制于", "fears": "你怕",
        "never": "你绝不放弃", "may": "你可以承诺", "knows": "只有你知道", "raise": "你可以提",
        "length": "{} 个字；要有话说，最多 {} 个字",
        "minutes": "前面各阶段的纪要", "ledger": "桌面上的事",
    },
}  # fmt: skip


def ask_in_terminal(
    game: Game, console: Console, read: Callable[[str], str] = input
) -> Callable[[SeatView, SessionState], Awaitable[dict[str, Any]]]:
    """Return a function that asks the person in a seat for a turn.

    Args:
        game: the game.
        console: where to print.
        read: reads one line after a prompt; raises EOFError at the end of input.
    """
    seen: set[str] = set()
    words = _WORDS[game.spec.lang]

    def ask(view: SeatView) -> dict[str, Any]:
        if view.seat not in seen:
            seen.add(view.seat)
            console.print(_card(game, view))
        console.print(Text(f"{words['yours']}: {game.name(view.seat)} ({view.turn + 1}/{view.limit})", style="bold"))
        console.print(Text(words["help"], style="dim"))
        labels = Labels(game.spec.lang)
        act = _pick(game, view, words["act"], view.acts, [labels.of("act", one) for one in view.acts], None)
        others = [seat for seat in view.present if seat != view.seat]
        names = [f"{game.name(seat)} ({game.role(seat)})" for seat in others]
        to = _pick(game, view, words["to"], [*others, ALL], [*names, labels("everyone")], ALL)
        while not (says := _line(game, view, words["says"])) or len(says) > LONGEST_PERSON_LINE:
            console.print(Text(words["length"].format(len(says), LONGEST_PERSON_LINE), style="red"))
        return {"act": act, "to": to, "says": says, "terms": {}}

    def _line(game: Game, view: SeatView, prompt: str) -> str:
        while True:
            try:
                given = read(f"{prompt}> ").strip()
            except EOFError as error:
                raise InterruptedSessionError(words["left"]) from error
            except KeyboardInterrupt as error:
                raise InterruptedSessionError(words["left"]) from error
            except UnicodeDecodeError as error:
                console.print(Text(f"{error.reason} ({error.encoding})", style="red"))
                continue
            given = given.encode("utf-8", "replace").decode()  # a terminal may hand over half a character
            if given in _LEAVE:
                raise InterruptedSessionError(words["left"])
            if given not in _CARD:
                return given
            console.print(_card(game, view))

    def _pick(
        game: Game, view: SeatView, prompt: str, ids: Sequence[str], shown: Sequence[str], default: str | None
    ) -> str:
        choices = "  ".join(f"{number} {name}" for number, name in enumerate(shown, 1))
        console.print(Text(choices))
        while True:
            given = _line(game, view, prompt)
            if not given and default:
                return default
            try:
                return _match(given, ids, shown)
            except InputError as error:
                console.print(Text(str(error), style="red"))

    async def ask_person(view: SeatView, state: SessionState) -> dict[str, Any]:
        del state
        # In this thread, and with Python's own handler: a read in a thread of its own would outlive Ctrl-C.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return ask(view)
        finally:
            signal.signal(signal.SIGINT, before)

    return ask_person


def _match(given: str, ids: Sequence[str], shown: Sequence[str]) -> str:
    if given.isdigit() and 1 <= int(given) <= len(ids):
        return ids[int(given) - 1]
    by_name = {name.lower(): one for one, name in zip(ids, shown, strict=True)} | {one: one for one in ids}
    near = get_close_matches(given.lower(), by_name, n=1, cutoff=0.6)
    if given.lower() in by_name:
        return by_name[given.lower()]
    if len(near) == 1 and given:
        return by_name[near[0]]
    raise InputError(f"'{given}': 1–{len(ids)}, {', '.join(ids)}")


def _card(game: Game, view: SeatView) -> Panel:
    lang, words, card = game.spec.lang, _WORDS[game.spec.lang], view.persona
    text = Text()

    def add(title: str, parts: Sequence[str]) -> None:
        if parts:
            text.append(f"{title}: ", style="bold")
            text.append("; ".join(parts) + "\n")

    text.append(game.scenario.question.get(lang) + "\n")
    add(words["wants"], [one.get(lang) for one in card.interests])
    add(words["bound"], [one.get(lang) for one in card.constraints])
    add(words["fears"], [one.get(lang) for one in card.fears])
    add(words["never"], [card.non_negotiable.get(lang)])
    add(words["may"], [card.authority.get(lang)])
    add(words["knows"], [view.briefing, *(one.get(lang) for one in card.private)])
    add(words["raise"], [one.says.get(lang) for one in view.points[:3]])
    add(words["minutes"], [one["text"] for one in view.minutes])
    add(words["ledger"], [f"{item.line} {game.name(item.owner)}: {item.says}" for item in view.ledger[-5:]])
    return Panel(text, title=f"{card.name.get(lang)} · {card.role.get(lang)}")
