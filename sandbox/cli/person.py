"""A person in a seat, in the terminal."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar

from rich.panel import Panel
from rich.text import Text

from sandbox.cli.console import Console
from sandbox.content.acts import has
from sandbox.content.cards import Act
from sandbox.errors import InputError, InterruptedSessionError
from sandbox.game.game import Game
from sandbox.game.state import State
from sandbox.game.view import SeatView
from sandbox.record.line import ALL
from sandbox.session.offers import condition_note, motion_asked, motion_texts, open_matters, open_sections, open_tasks
from sandbox.session.turns import LONGEST_PERSON_LINE

__all__ = ["ask_in_terminal"]

IdT = TypeVar("IdT", bound=str)
_LEAVE = ("/leave", "/quit", "/离开")
_CARD = ("/card", "/卡片")
_LONGEST_NUMBER, _MOST_BROKEN = 4, 20


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
        self._words = game.words
        self._seen: set[str] = set()

    def ask(self, view: SeatView) -> dict[str, Any]:
        """Return the turn of the person in a seat."""
        game, words = self._game, self._words
        if view.seat not in self._seen:
            self._seen.add(view.seat)
            self._console.print(_card(game, view))
        colon = words("colon")
        number = words.paren(f"{view.turn + 1}/{view.limit}")
        self._say(f"{words('table.yours')}{colon}{game.name(view.seat)}{number}", "bold")
        self._say(words("terminal.help"), "dim")
        for news in view.news:
            self._say(f"{words('terminal.news')}{colon}{news['text']}", "yellow")
        put = view.motion
        if put is not None:
            self._say(f"{words('terminal.motion')}{colon}{put.line} {game.name(put.owner)}{colon}{put.says}", "bold")
            for text in motion_texts(game, put):
                self._say(text, "")
        if view.why == "motion":
            self._say(motion_asked(words, view), "bold")
        for line in view.questions:
            asked = f"{line['id']} {game.name(line['seat'])}{colon}{line['says']}"
            self._say(f"{words('motion.questions')}{colon}{asked}", "bold")
        act: Act = self._pick(
            view,
            words("terminal.act"),
            view.acts,
            [words.doing(name, reviews=view.stage.reviews).lower() for name in view.acts],
        )
        others = [seat for seat in view.present if seat != view.seat]
        names = [game.name(seat) + words.paren(game.role(seat)) for seat in others]
        to = self._pick(view, words("terminal.to"), [*others, ALL], [*names, self._words("everyone")], ALL)
        aside = put is None and to != ALL and game.governance.rules.information.asides and self._aside(view)
        prompt = words("terminal.says" if put is None else "vote.words")
        while (not (says := self._line(view, prompt)) and put is None) or len(says) > LONGEST_PERSON_LINE:
            self._say(words("terminal.length", count=len(says), most=LONGEST_PERSON_LINE), "red")
        about = self._about(view, act) if put is None else ""
        counters = has(act, "counters") and about in {item.line for item in view.proposals}
        counters = counters and not view.stage.reviews
        terms = self._terms(view) if has(act, "offers") or counters else {}
        held = condition_note(game, view, act, about) if counters else ""
        if held:
            self._say(held, "")
        holds = bool(terms or held) and not has(act, "binds")
        condition = self._line(view, words("turn.condition")) if holds else ""
        return {
            "act": act,
            "to": to,
            "says": says,
            "about": about,
            "terms": terms,
            "condition": condition,
            **self._rewritten(view, act),
            "task": self._task(view, act),
            "aside": aside,
        }

    def _aside(self, view: SeatView) -> bool:
        words = self._words
        shown = [words("terminal.aloud"), words("turn.aside")]
        return self._pick(view, words("terminal.heard_by"), ["aloud", "aside"], shown, "aloud") == "aside"

    def _rewritten(self, view: SeatView, act: Act) -> dict[str, Any]:
        section = self._section(view, act)
        text = self._line(view, self._words("turn.text")) if section else ""
        if not text:
            return {"section": section}
        shown = [self._words("terminal.instead"), self._words("turn.appends")]
        where = self._pick(view, self._words("terminal.where"), ["instead", "behind"], shown, "instead")
        return {"section": section, "text": text, "appends": where == "behind"}

    def _about(self, view: SeatView, act: Act) -> str:
        matters = open_matters(self._game, view, act)
        if not matters:
            return ""
        self._say(self._words("turn.about"), "dim")
        return self._pick(view, self._words("terminal.which_line"), list(matters), list(matters.values()), "")

    def _section(self, view: SeatView, act: Act) -> str:
        sections = open_sections(self._game, view, act)
        if not sections:
            return ""
        self._say(self._words("terminal.section"), "dim")
        shown = [self._words.of("section", section) for section in sections]
        return self._pick(view, self._words("terminal.which_section"), sections, shown, "")

    def _task(self, view: SeatView, act: Act) -> str:
        tasks = open_tasks(self._game, view, act)
        if not tasks:
            return ""
        self._say(self._words("terminal.task"), "dim")
        shown = [task.text.get(self._game.spec.lang) for task in tasks]
        return self._pick(view, self._words("terminal.which_task"), [task.id for task in tasks], shown, "")

    def _terms(self, view: SeatView) -> dict[str, str]:
        self._say(self._words("terminal.terms"), "dim")
        lang = self._game.spec.lang
        chosen = {}
        for decision in self._game.scenario.decisions:
            self._say(decision.question.get(lang), "bold")
            options = {option: text.get(lang) for option, text in self._game.offered[decision.id].items()}
            picked = self._pick(view, self._words("terminal.option"), list(options), list(options.values()), "")
            if picked:
                chosen[decision.id] = picked
        return chosen

    def _line(self, view: SeatView, prompt: str) -> str:
        broken = 0
        while True:
            try:
                line = self._read(f"{prompt}> ").strip()
                broken = 0
            except (EOFError, KeyboardInterrupt) as error:
                raise InterruptedSessionError(self._words("terminal.left")) from error
            except UnicodeDecodeError as error:
                broken += 1
                if broken > _MOST_BROKEN:  # an input that ends within a character is never told to have ended
                    raise InterruptedSessionError(self._words("terminal.left")) from error
                self._say(self._words("terminal.encoding", encoding=error.encoding), "red")
                continue
            line = line.encode("utf-8", "replace").decode()  # a terminal may hand over half a character
            if line in _LEAVE:
                raise InterruptedSessionError(self._words("terminal.left"))
            if line not in _CARD:
                return line
            self._console.print(_card(self._game, view))

    def _pick(
        self, view: SeatView, prompt: str, ids: Sequence[IdT], shown: Sequence[str], default: IdT | None = None
    ) -> IdT:
        self._say("  ".join(f"{number} {name}" for number, name in enumerate(shown, 1)), "")
        while True:
            answer = self._line(view, prompt)
            if not answer and default is not None:
                return default
            try:
                return _match(answer, ids, shown)
            except InputError as error:
                self._say(str(error), "red")

    def _say(self, text: str, style: str) -> None:
        self._console.print(Text(text, style=style))


def _match(answer: str, ids: Sequence[IdT], shown: Sequence[str]) -> IdT:
    if answer.isdecimal() and len(answer) <= _LONGEST_NUMBER and 1 <= int(answer) <= len(ids):
        return ids[int(answer) - 1]
    by_name = {name.lower(): key for key, name in zip(ids, shown, strict=True)} | {str(key): key for key in ids}
    near = get_close_matches(answer.lower(), by_name, n=1, cutoff=0.6)
    if answer.lower() in by_name:
        return by_name[answer.lower()]
    if len(near) == 1 and answer:
        return by_name[near[0]]
    raise InputError(f"'{answer}': 1–{len(ids)}, {', '.join(ids)}")


def _card(game: Game, view: SeatView) -> Panel:
    lang, words, card = game.spec.lang, game.words, view.persona
    text, colon = Text(), words("colon")

    def add(title: str, parts: Sequence[str]) -> None:
        if parts:
            text.append(title + colon, style="bold")
            text.append(words("semi").join(parts) + "\n")

    text.append(game.scenario.question.get(lang) + "\n")
    add(words("card.wants"), [each.get(lang) for each in card.interests])
    add(words("card.bound"), [each.get(lang) for each in card.constraints])
    add(words("card.fears"), [each.get(lang) for each in card.fears])
    add(words("card.never"), [card.non_negotiable.get(lang)])
    add(words("card.may"), [card.authority.get(lang)])
    add(words("card.knows"), [view.briefing, *(each.get(lang) for each in card.private)])
    add(words("card.raise"), [point.says.get(lang) for point in view.points[:3]])
    add(words("terminal.minutes"), [minutes["text"] for minutes in view.minutes])
    add(words("panel.ledger"), [f"{item.line} {game.name(item.owner)}{colon}{item.says}" for item in view.ledger[-5:]])
    add(words("panel.platform"), [fact.text.get(lang) for fact in view.facts if fact.platform])
    for plan in view.plans:
        own = [f"{words.of('section', section)}{colon}{plan.sections[section]}" for section in plan.lines]
        add(words.join((words("terminal.plans"), game.name(plan.seat))), own or [words("plans.handed")])
    if view.pulse:
        levels = [f"{words.of('pulse', name)} {view.pulse[name]}" for name in ("trust", "conviction", "burden")]
        add(words("card.pulse"), levels)
    return Panel(text, title=Text(f"{card.name.get(lang)} · {card.role.get(lang)}"))
