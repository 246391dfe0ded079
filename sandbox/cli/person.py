"""A person in a seat, in the terminal."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from sandbox.content.acts import has
from sandbox.content.cards import Act
from sandbox.errors import InputError, InterruptedSessionError
from sandbox.game.game import Game
from sandbox.game.state import State
from sandbox.game.view import SeatView
from sandbox.record.line import ALL
from sandbox.report.labels import Labels
from sandbox.session.turns import LONGEST_PERSON_LINE, open_sections, open_tasks

__all__ = ["ask_in_terminal"]

IdT = TypeVar("IdT", bound=str)
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
        "motion": "The motion", "terms": "Do you commit to an option? Enter: no",
        "section": "Do your words rewrite a section of your plan? Enter: no",
        "task": "Which reporting task do you hand down or lift? Enter: none",
        "news": "News", "platform": "The platform shows you", "plans": "Plans you may read", "pulse": "Your pulse",
    },
    "zh": {
        "help": "/卡片 看自己的角色卡，/离开 先走（可以再回来）",
        "act": "动作", "to": "对谁", "says": "你的话", "left": "你已离开",
        "yours": "轮到你了", "wants": "你想要", "bound": "你受制于", "fears": "你怕",
        "never": "你绝不放弃", "may": "你可以承诺", "knows": "只有你知道", "raise": "你可以提",
        "length": "{} 个字；要有话说，最多 {} 个字",
        "minutes": "前面各阶段的纪要", "ledger": "桌面上的事",
        "motion": "表决的提议", "terms": "要定下哪个选项吗？回车：不定",
        "section": "这句话改写你方案里的哪一项？回车：不改",
        "task": "派下去或取消哪项填报任务？回车：都不是",
        "news": "新消息", "platform": "平台上你看得到", "plans": "你能看的方案", "pulse": "你的心态",
    },
}  # fmt: skip


def ask_in_terminal(
    game: Game, console: Console, read: Callable[[str], str] = input
) -> Callable[[SeatView, State], Awaitable[dict[str, Any]]]:
    """Return a function that asks the person in a seat for a turn.

    Args:
        game: the game.
        console: where to print.
        read: reads one line after a prompt; raises EOFError at the end of input.
    """
    terminal = _Terminal(game, console, read)

    async def ask_person(view: SeatView, state: State) -> dict[str, Any]:
        del state
        # In this thread, and with Python's own handler: a read in a thread of its own would outlive Ctrl-C.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return terminal.ask(view)
        finally:
            signal.signal(signal.SIGINT, before)

    return ask_person


class _Terminal:
    """Asks for turns; shows a seat's card the first time."""

    def __init__(self, game: Game, console: Console, read: Callable[[str], str]) -> None:
        self._game = game
        self._console = console
        self._read = read
        self._words = _WORDS[game.spec.lang]
        self._labels = Labels(game.spec.lang)
        self._seen: set[str] = set()

    def ask(self, view: SeatView) -> dict[str, Any]:
        """Return the turn of the person in a seat."""
        game, words = self._game, self._words
        if view.seat not in self._seen:
            self._seen.add(view.seat)
            self._console.print(_card(game, view))
        self._say(f"{words['yours']}: {game.name(view.seat)} ({view.turn + 1}/{view.limit})", "bold")
        self._say(words["help"], "dim")
        for one in view.news:
            self._say(f"{words['news']}: {one['text']}", "yellow")
        put = view.motion
        if put is not None:
            self._say(f"{words['motion']}: {put.line} {game.name(put.owner)}: {put.says}", "bold")
        act: Act = self._pick(view, words["act"], view.acts, [self._labels.of("act", one) for one in view.acts])
        others = [seat for seat in view.present if seat != view.seat]
        names = [f"{game.name(seat)} ({game.role(seat)})" for seat in others]
        to = self._pick(view, words["to"], [*others, ALL], [*names, self._labels("everyone")], ALL)
        while not (says := self._line(view, words["says"])) or len(says) > LONGEST_PERSON_LINE:
            self._say(words["length"].format(len(says), LONGEST_PERSON_LINE), "red")
        return {
            "act": act,
            "to": to,
            "says": says,
            "terms": self._terms(view) if has(act, "offers") else {},
            "section": self._section(view, act),
            "task": self._task(view, act),
        }

    def _section(self, view: SeatView, act: Act) -> str:
        sections = open_sections(self._game, view, act)
        if not sections:
            return ""
        self._say(self._words["section"], "dim")
        return self._pick(view, "section", sections, [self._labels.of("section", one) for one in sections], "")

    def _task(self, view: SeatView, act: Act) -> str:
        tasks = open_tasks(self._game, view, act)
        if not tasks:
            return ""
        self._say(self._words["task"], "dim")
        shown = [task.text.get(self._game.spec.lang) for task in tasks]
        return self._pick(view, "task", [task.id for task in tasks], shown, "")

    def _terms(self, view: SeatView) -> dict[str, str]:
        self._say(self._words["terms"], "dim")
        lang = self._game.spec.lang
        chosen = {}
        for decision in self._game.scenario.decisions:
            self._say(decision.question.get(lang), "bold")
            options = {one: text.get(lang) for one, text in self._game.offered[decision.id].items()}
            picked = self._pick(view, decision.id, list(options), list(options.values()), "")
            if picked:
                chosen[decision.id] = picked
        return chosen

    def _line(self, view: SeatView, prompt: str) -> str:
        while True:
            try:
                given = self._read(f"{prompt}> ").strip()
            except (EOFError, KeyboardInterrupt) as error:
                raise InterruptedSessionError(self._words["left"]) from error
            except UnicodeDecodeError as error:
                self._say(f"{error.reason} ({error.encoding})", "red")
                continue
            given = given.encode("utf-8", "replace").decode()  # a terminal may hand over half a character
            if given in _LEAVE:
                raise InterruptedSessionError(self._words["left"])
            if given not in _CARD:
                return given
            self._console.print(_card(self._game, view))

    def _pick(
        self, view: SeatView, prompt: str, ids: Sequence[IdT], shown: Sequence[str], default: IdT | None = None
    ) -> IdT:
        self._say("  ".join(f"{number} {name}" for number, name in enumerate(shown, 1)), "")
        while True:
            given = self._line(view, prompt)
            if not given and default is not None:
                return default
            try:
                return _match(given, ids, shown)
            except InputError as error:
                self._say(str(error), "red")

    def _say(self, text: str, style: str) -> None:
        self._console.print(Text(text, style=style))


def _match(given: str, ids: Sequence[IdT], shown: Sequence[str]) -> IdT:
    if given.isdigit() and 1 <= int(given) <= len(ids):
        return ids[int(given) - 1]
    by_name: dict[str, IdT] = {name.lower(): one for one, name in zip(ids, shown, strict=True)} | {
        one: one for one in ids
    }
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
    add(words["platform"], [fact.text.get(lang) for fact in view.facts if fact.platform])
    label = Labels(lang)
    for plan in view.plans:
        own = [f"{label.of('section', one)}: {plan.sections[one]}" for one in plan.lines]
        add(f"{words['plans']}, {game.name(plan.seat)}", own or [label("plans.handed")])
    if view.pulse:
        levels = (("trust", view.pulse["trust"]), ("conviction", view.pulse["conviction"]),
                  ("burden", view.pulse["burden"]))  # fmt: skip
        add(words["pulse"], [f"{label.of('pulse', name)} {level}" for name, level in levels])
    return Panel(text, title=f"{card.name.get(lang)} · {card.role.get(lang)}")
