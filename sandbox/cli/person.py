"""A person in a seat, in the terminal."""

from __future__ import annotations

import re
import signal
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from rich.cells import cell_len
from rich.panel import Panel
from rich.text import Text

from sandbox.cli.blocks import show
from sandbox.cli.console import Console
from sandbox.content.acts import has
from sandbox.content.cards import Act
from sandbox.content.plain import clipped
from sandbox.errors import InterruptedSessionError
from sandbox.game.game import Game
from sandbox.game.language.stock import without_stock
from sandbox.game.state import State
from sandbox.game.view import SeatView
from sandbox.record.line import ALL, Answer, Outcome
from sandbox.report.document.compose import fact_list
from sandbox.report.role_card import act_means, right_text, role_rows
from sandbox.report.voting_words import ballot_text, carries_text
from sandbox.session import offers
from sandbox.session.turns import LONGEST_PERSON_LINE

IdT = TypeVar("IdT", bound=str)
_LEAVE = ("/leave", "/quit", "/离开")
_CARD = ("/card", "/卡片")
_HELP = ("/help", "?", "/?", "？", "/帮助")
_LONGEST_NUMBER, _LONGEST_SHOWN, _MOST_BROKEN, _SHORT = 4, 60, 20, 20
_NEAR = 0.6  # how alike a word must be to one of those offered, to be taken for it


def ask_in_terminal(game: Game, console: Console) -> Callable[[SeatView, State], Awaitable[dict[str, Any]]]:
    """Return a function that asks the person in a seat for a turn."""
    terminal = _Terminal(game, console)

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
    def __init__(self, game: Game, console: Console) -> None:
        self._game = game
        self._console = console
        self._words = game.words
        self._seen: set[str] = set()
        self._offered: Sequence[str] = ()

    def ask(self, view: SeatView) -> dict[str, Any]:
        """Return the turn of the person in a seat."""
        game, words = self._game, self._words
        if view.seat not in self._seen:
            self._seen.add(view.seat)
            self._console.print(_card(game, view))
        colon = words("colon")
        votes = view.motion is not None or view.turn >= view.limit
        title = words("last_word" if view.last_word else "vote.title").lower()
        number = words.paren(title if votes else f"{view.turn + 1}/{view.limit}")
        self._say(f"{words('table.yours')}{colon}{game.name(view.seat)}{number}", "bold")
        self._say(words("terminal.help"), "dim")
        for news in view.news:
            self._say(f"{words('terminal.news')}{colon}{news['text']}", "yellow")
        put = view.motion
        if put is not None:
            self._say(f"{words('terminal.motion')}{colon}{put.line} {game.name(put.owner)}{colon}{put.says}", "bold")
            self._say(carries_text(game, view.stage.id, put), "bold")
            for text in filter(None, (*offers.motion_texts(game, view, put), offers.rejection_text(game, view))):
                self._say(text, "")
        if view.why == "motion":
            self._say(offers.motion_asked(words, view), "bold")
        if view.last_word:
            self._say(words("why_yours.last_word"), "bold")
        consulted = "" if put else offers.consulted_text(game, view)
        for text in filter(None, (consulted, offers.overtaken_text(game, view))):
            self._say(text, "bold")
        for line in view.questions:
            asked = f"{line['id']} {game.name(line['seat'])}{colon}{line['says']}"
            self._say(f"{words('motion.questions')}{colon}{asked}", "bold")
        act = self._act(view)
        to = self._to(view) if put is None else ALL
        aside = to != ALL and game.governance.rules.information.asides and self._aside(view)
        says = self._says(view, optional=put is not None)
        asks = "turn.about.binds" if has(act, "binds") else "turn.about"
        matters = offers.open_matters(game, view, act) if put is None else {}
        about = self._one_of(view, asks, "which_line", matters)
        counters = game.names_options(view.seat, act) and (has(act, "counters") or has(act, "binds"))
        counters = counters and about in {item.line for item in view.proposals} and not view.stage.reviews
        counters = counters and view.last_word is None
        further = self._further(view, act, about) if put is None else {}
        if holds := offers.promise_holds(game, view, act):
            self._say(holds, "")
        terms = self._terms(view) if has(act, "offers") or counters else {}
        held = offers.condition_note(game, view, act, about) if counters else ""
        if held:
            self._say(held, "")
        asks = words("turn.condition.binds" if has(act, "binds") else "turn.condition")
        condition = self._line(view, asks) if (terms or held) and view.last_word is None else ""
        asked_of = {"asked_of": self._asked_of(view)} if condition else {}
        given = self._given(view, act)
        struck = offers.replaceable(game, view, act, about) if held or view.last_word else {}
        replaces = self._one_of(view, "turn.replaces", "which_line", struck)
        rewritten = self._rewritten(view, act)
        tasks = {task.id: task.text.get(game.spec.lang) for task in offers.open_tasks(game, view, act)}
        return {
            "act": act, "to": to, "says": says, "about": about, "also": further, "terms": terms, "condition": condition,
            **asked_of, "aside": aside, "replaces": replaces, **given, **rewritten,
            "task": self._one_of(view, "terminal.task", "which_task", tasks),
            "withdraws": self._one_of(view, "turn.withdraws", "which_line", offers.own_promises(view)),
        }  # fmt: skip

    def _act(self, view: SeatView) -> Act:
        words, doing = self._words, {self._doing(view, act): act for act in view.acts}
        if view.motion is None:
            return self._pick(view, words("terminal.act"), view.acts, list(doing))
        ballots = [ballot_text(self._game, view.seat, view.stage.id, act, view.motion) for act in view.acts]
        return self._pick(view, words("vote.title").lower(), view.acts, ballots, also=doing, exactly=True)

    def _doing(self, view: SeatView, act: Act) -> str:
        return self._words.doing(act, reviews=view.stage.reviews).lower()

    def _to(self, view: SeatView) -> str:
        game, words = self._game, self._words
        others = [seat for seat in view.present if seat != view.seat]
        names = [game.name(seat) + words.paren(game.role(seat)) for seat in others]
        also = {name.lower(): seat for seat in others for name in (game.name(seat), game.role(seat))}
        return self._pick(view, words("terminal.to"), [*others, ALL], [*names, words("everyone")], ALL, also=also)

    def _says(self, view: SeatView, *, optional: bool) -> str:
        words = self._words
        self._offered = ()
        while True:
            says = self._line(view, words("vote.words" if optional else "terminal.says"))
            if len(says) > LONGEST_PERSON_LINE:
                self._say(words("terminal.length", count=len(says), most=LONGEST_PERSON_LINE), "red")
            elif says or optional:
                return says
            else:
                self._say(words("terminal.no_words"), "red")

    def _aside(self, view: SeatView) -> bool:
        words = self._words
        shown = [words("terminal.aloud"), words("turn.aside")]
        return self._pick(view, words("terminal.heard_by"), ["aloud", "aside"], shown, "aloud") == "aside"

    def _rewritten(self, view: SeatView, act: Act) -> dict[str, Any]:
        names = {name: self._words.of("section", name) for name in offers.open_sections(self._game, view, act)}
        section = self._one_of(view, "terminal.section", "which_section", names)
        text = self._line(view, self._words("turn.text")) if section else ""
        if not text:
            return {"section": section}
        shown = [self._words("terminal.instead"), self._words("turn.appends")]
        where = self._pick(view, self._words("terminal.where"), ["instead", "behind"], shown, "instead")
        return {"section": section, "text": text, "appends": where == "behind"}

    def _further(self, view: SeatView, act: Act, about: str) -> dict[str, Outcome]:
        """Return the outcomes that the line tells of further matters of a review."""
        matters, words = offers.further_matters(self._game, view, act, about), self._words
        also: dict[str, Outcome] = {}
        if matters:
            self._listed(words("terminal.also"), matters)
            for outcome in get_args(Outcome):
                also |= dict.fromkeys(self._several(view, words(f"turn.{outcome}"), list(matters), also), outcome)
        return also

    def _asked_of(self, view: SeatView) -> list[str]:
        """Return the seats that must do or pay something by the person's condition."""
        seats = offers.askable(self._game, view)
        self._listed(self._words("turn.asked_of"), seats)
        return self._several(view, self._words("terminal.which_asked"), list(seats), ())

    def _listed(self, asks: str, choices: Mapping[str, str]) -> None:
        """Print a question and its numbered choices, of which several may be named."""
        self._say(asks, "dim")
        self._offered = list(choices.values())
        self._offer()

    def _given(self, view: SeatView, act: Act) -> dict[str, Any]:
        """Return the person's answers to conditions, its promise, and whom that is for."""
        takes_on, asks = self._takes_on(view), offers.promise_asked(self._game, view, act)
        promises = self._line(view, asks) if asks else ""
        gain = offers.gainers(self._game, view) if promises else {}
        to = self._one_of(view, "turn.promised_to", "which_seat", gain)
        return {"takes_on": takes_on, "promises": promises, "promised_to": to}

    def _takes_on(self, view: SeatView) -> dict[str, str]:
        """Return, by line, whether the person will do what a condition asks of it; unanswered ones are left out."""
        ways = {answer: self._words(f"turn.takes_on.{answer}") for answer in get_args(Answer)}
        said = dict[str, str]()
        for line, text in offers.asked_conditions(self._game, view).items():
            self._say(text, "dim")
            said[line] = self._pick(view, self._words("terminal.which_answer"), list(ways), list(ways.values()), "")
        return {line: answer for line, answer in said.items() if answer}

    def _several(self, view: SeatView, prompt: str, entries: Sequence[str], taken: Collection[str]) -> list[str]:
        """Return the entries that the person names by their numbers, without one that is ``taken``."""
        by_number = {str(number): entry for number, entry in enumerate(entries, 1) if entry not in taken}
        while by_number:
            numbers = re.findall(r"[^\s,;，；、]+", self._line(view, prompt))
            wrong = [number for number in numbers if number not in by_number]
            if not wrong:
                return [by_number[number] for number in dict.fromkeys(numbers)]
            answer, choose = clipped(wrong[0], _LONGEST_SHOWN), self._words.join(list(by_number))
            self._say(self._words("terminal.not_understood", answer=answer, choose=choose), "red")
        return []

    def _one_of(self, view: SeatView, about: str, prompt: str, choices: Mapping[str, str]) -> str:
        """Return the chosen entry, or empty; without choices nothing is asked."""
        if not choices:
            return ""
        self._say(self._words(about), "dim")
        return self._pick(view, self._words(f"terminal.{prompt}"), list(choices), list(choices.values()), "")

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
                line = input(f"{prompt}> ").strip()
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
            if line in _HELP:
                self._help(view)
            elif line in _CARD:
                self._console.print(_card(self._game, view))
            else:
                return line

    def _help(self, view: SeatView) -> None:
        words = self._words
        if view.motion is None:
            facts = fact_list((self._doing(view, act), act_means(self._game, words, act)) for act in view.acts)
            show(facts, console=self._console)
        self._say(words("terminal.help"), "dim")
        self._offer()

    def _offer(self) -> None:
        """Print the choices: words side by side, longer texts one per line."""
        rows = [f"{number} {name}" for number, name in enumerate(self._offered, 1)]
        short = all(cell_len(name) <= _SHORT for name in self._offered)
        if rows:
            self._say(("  " if short else "\n").join(rows), "")

    def _pick(
        self, view: SeatView, prompt: str, ids: Sequence[IdT], shown: Sequence[str], default: IdT | None = None, *,
        also: Mapping[str, IdT] | None = None, exactly: bool = False,
    ) -> IdT:  # fmt: skip
        """Return the chosen id.

        An empty answer means ``default``, if there is one; ``also`` has other words for some ids, and ``exactly``
        accepts no word that is only similar.
        """
        self._offered = shown
        self._offer()
        words = self._words
        choices: dict[str, IdT] = dict(zip([*shown, *ids], [*ids, *ids], strict=True))
        while True:
            answer = self._line(view, prompt)
            if not answer and default is not None:
                return default
            choice = (also or {}).get(answer.lower()) or _match(answer, ids, choices, 1.0 if exactly else _NEAR)
            if choice is not None:
                return choice
            choose = words("terminal.choose", count=len(ids))
            text = words("terminal.not_understood", answer=clipped(answer, _LONGEST_SHOWN), choose=choose)
            self._say(text if answer else choose.capitalize(), "red")

    def _say(self, text: str, style: str) -> None:
        self._console.print(Text(text, style=style))


def _match(answer: str, ids: Sequence[IdT], choices: Mapping[str, IdT], near: float) -> IdT | None:
    if answer.isdecimal() and len(answer) <= _LONGEST_NUMBER and 1 <= int(answer) <= len(ids):
        return ids[int(answer) - 1]
    by_name = {name.lower(): key for name, key in choices.items()}
    matches = get_close_matches(answer.lower(), by_name, n=1, cutoff=near) if answer else []
    return by_name[matches[0]] if matches else None


def _card(game: Game, view: SeatView) -> Panel:
    lang, words, card = game.spec.lang, game.words, view.persona
    text, colon = Text(), words("colon")

    def add(title: str, parts: Sequence[str]) -> None:
        if parts:
            text.append(title + colon, style="bold")
            text.append(f"{parts[0]}\n" if len(parts) == 1 else "".join(f"\n  • {part}" for part in parts) + "\n")

    text.append(right_text(game, words, view.seat) + "\n")
    for title, texts in role_rows(game, words, view.seat, view):
        add(title, texts)
    add(words("terminal.minutes"), [without_stock(game, minutes["text"]) for minutes in view.minutes])
    add(words("panel.ledger"), [f"{item.line} {game.name(item.owner)}{colon}{item.says}" for item in view.ledger[-5:]])
    add(words("panel.platform"), [fact.text.get(lang) for fact in view.facts if fact.platform])
    for plan in view.plans:
        own = [f"{words.of('section', section)}{colon}{plan.sections[section]}" for section in plan.lines]
        add(words.join((words("terminal.plans"), game.name(plan.seat))), own or [words("plans.handed")])
    return Panel(text, title=Text(f"{card.name.get(lang)} · {card.role.get(lang)}"))
