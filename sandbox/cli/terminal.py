"""A session in the terminal, line by line, live or played back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Any, cast

from rich.live import Live
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text
from typer import launch

from sandbox.cli.console import Console
from sandbox.cli.printing import echo
from sandbox.content.words import Words
from sandbox.errors import InterruptedSessionError
from sandbox.game.floor.last_word import LAST_WORD
from sandbox.game.fold import Fold
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item, movers
from sandbox.game.motions.standing_for import counter_offers
from sandbox.game.outside import turns_now
from sandbox.game.review.reporting import matters_told
from sandbox.game.session import Session
from sandbox.game.view import hears_partial, seat_view, sees
from sandbox.llm.failures import Retry
from sandbox.record.events import Event
from sandbox.record.line import DecisionTaken, Line
from sandbox.report.acceptance import doers_away
from sandbox.report.act_words import does_text
from sandbox.report.beside_votes import interest_told, unput_told
from sandbox.report.endings import why_ended
from sandbox.report.figures import decimal, percent
from sandbox.report.pacing import READING, reading_seconds
from sandbox.report.pages.conditions import unsaid_told
from sandbox.report.read_decision import read_decision
from sandbox.report.reading import Reading
from sandbox.report.standings import usable_level
from sandbox.scoring.scorecard import Scorecard
from sandbox.session.context import PULSE

_LONG = 2.0  # seconds from which on it is said how long something takes
_COLOURS = ("cyan", "green", "yellow", "magenta", "blue", "red", "bright_cyan", "bright_green")


def told(session: Session, console: Console, speed: float) -> None:
    """Print a session's events, at reading speed.

    ``speed`` is words (Chinese: characters) a second; 0 shows everything at once.
    """
    with LiveSession(session.game, console, live=False) as shown:
        for event in session.events:
            if event.kind == "line" and speed:
                time.sleep(reading_seconds(event.payload["says"], speed))
            if event.kind != "score":  # levels are told at the end, with those that are counted
                shown.event(event)


class _Waiting:
    """The message on a wait: for what, how many seconds so far, and why it takes long."""

    def __init__(self, what: str, why: str = "") -> None:
        self._what, self._why, self._since = what, why, time.monotonic()

    def __str__(self) -> str:
        seconds = time.monotonic() - self._since
        parts = [self._what, *([self._why] if self._why else [])]
        parts += [f"{seconds:.0f} s"] if seconds >= _LONG else []
        return " · ".join(parts)

    def __rich__(self) -> Text:
        return Text(str(self), style="dim")


def retry_text(retry: Retry, words: Words) -> str:
    """Return in words why an endpoint is asked again, after how many seconds, and the attempt."""
    known = words.of("wait.reason", retry.reason)
    known += words("colon") + words.said(retry.why) if retry.why else ""
    how = words("wait.waits", seconds=f"{round(retry.seconds, 1):g}") if retry.seconds else words("wait.at_once")
    return words("wait.retry", reason=known, how=how, attempt=retry.attempt, attempts=retry.attempts)


def retries_told(words: Words, quiet: bool) -> Callable[[Retry], None] | None:
    """Return a function that prints to standard error that an endpoint is asked again, without repeats."""
    last = ""

    def tell(retry: Retry) -> None:
        nonlocal last
        text = retry_text(retry, words)
        if text != last:
            echo(text, err=True)
        last = text

    return None if quiet else tell


class LiveSession:
    """Shows a session's events.

    With ``live`` words are shown while they are streamed, else each line when it is finished. Where the people who have
    seats sit here (``seated``), only what one of their seats may know is shown. ``waited`` has the seconds that were
    waited before each call that was made again.
    """

    def __init__(self, game: Game, console: Console, live: bool, seated: bool = False) -> None:
        self._game = game
        self._console = console
        self._labels = game.words
        self._criteria = {entry.id: entry.name.get(game.spec.lang) for entry in game.rubric.criteria}
        self._colours = {seat: _COLOURS[n % len(_COLOURS)] for n, seat in enumerate(game.personas)}
        self._live = Live(console=console, transient=True, refresh_per_second=12) if live else None
        self._awaited = self._again = ""
        self.waited: list[float] = []
        self._fold, self._seated = Fold(game), seated
        self._room: list[str] = []
        self._spoken, self._stage, self._decides = 0, "", False

    def __enter__(self) -> LiveSession:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def recall(self, event: Event) -> None:
        """Take in an event from before a stop, without showing it."""
        self._fold.add(event)
        if event.kind == "stage":
            self._room = event.payload["present"]
            self._spoken = 0
            self._decides = event.payload["id"] in self._game.able("decides")
            self._stage = self._game.library.stage(event.payload["id"]).name.get(self._game.spec.lang)
        elif event.kind == "line":
            self._spoken += 1

    @property
    def seats(self) -> list[str]:
        """The seats of the people who sit here; empty if the viewer may know everything."""
        return self._fold.state["desk"]["persons"] if self._seated else []

    def event(self, event: Event) -> None:
        """Show an event, if the people here may know it."""
        payload = event.payload
        self.recall(event)
        seats = self.seats
        if seats and not any(sees(self._game, seat, event) for seat in seats):
            return
        if event.kind == "stage":
            number, inside = f"{payload['number']}/{payload['of']}", self._inside()
            present = self._names(payload["present"])
            self._console.print(Rule(Text(f"{number} {self._stage}" if inside else number, style="bold")))
            self._console.print(Text(present if inside else self._labels("debrief.absent"), style="dim"))
        elif event.kind == "line":
            self._console.print(self._head(event.seat, payload))
            if payload["says"]:
                self._console.print(Padding(Text(payload["says"]), (0, 0, 0, 5)))
            promised = payload["promises"]
            below = [self._labels("mark.promises", says=promised)] if promised else []
            matters = matters_told(self._game, tuple(self._known()), cast(Line, payload))
            below += [self._labels(f"mark.{name}", matter=matter) for name, matter in matters.items()]
            for text in (*below, *self._reading().line(cast(Line, payload)).moved):
                self._console.print(Padding(Text(text, style="dim"), (0, 0, 0, 5)))
        elif event.kind == "decision":
            reading, taken = Reading(Session(self._game, self._fold.state)), cast(DecisionTaken, payload)
            decision = read_decision(reading, taken)
            self._console.print(Text(f"■ {decision.sentence}", style="bold"))
            beside = (*unsaid_told(reading, taken), *doers_away(reading, taken))
            for text in filter(None, (*decision.waits, *beside, interest_told(reading, taken))):
                self._console.print(Text(f"  {text}"))
            for key, text in (("payer", decision.payer), ("unbound", decision.unbound)):
                if text:
                    self._console.print(Text(f"  {self._labels(f'decision.{key}')}{self._labels('colon')}{text}"))
        elif event.kind == "inject":
            text = f"!! {self._labels('inject')}{self._labels('colon')}{payload['text']}"
            self._console.print(Text(text, style="bold yellow"))
        elif event.kind == "plan":
            self._plan(event)
        elif event.kind == "assessment":
            self._console.print(Text(self._assessment(payload), style="bold"))
        elif event.kind == "minutes":
            for text in unput_told(self._reading(), event.stage):
                self._console.print(Text(text))
            decisions = (decision for decision in self._fold.state["decisions"] if decision["stage"] == event.stage)
            self._console.print(Text(self._labels.of("ended", why_ended(payload["ended"], decisions)), style="dim"))
        elif event.kind == "score" and payload["status"] != "not_judged" and not self._live:
            # Beside what is counted, and how far the judge may be trusted, it stands in the scorecard.
            came, criterion = self._labels.of("status", payload["status"]), self._criteria[payload["criterion"]]
            if payload["level"] is not None:
                came = self._labels("scores.judged_at", level=payload["level"], status=came)
            self._console.print(Text(f"⚖ {criterion}{self._labels('colon')}{came}", style="dim"))
        if event.kind != "call":  # others may still be waited for
            self._refresh(Text(""))

    def _plan(self, event: Event) -> None:
        """Show what a seat has written into its plan in this stage."""
        copied = self._labels("plans.copied", share=percent(event.payload["copied"]))
        plan = self._labels("plans.of", name=self._game.name(event.seat))
        written = {line["id"] for line in self._fold.state["lines"] if line["stage"] == event.stage}
        since = {section: line for section, line in event.payload["lines"].items() if line in written}
        beside = copied if since or not event.payload["lines"] else self._labels("plans.before")
        self._console.print(Text(f"▤ {plan} · {beside}", style="dim"))
        for section, line in since.items():
            wrote = f"{self._labels.of('section', section)}{self._labels('colon')}{event.payload['sections'][section]}"
            self._console.print(Padding(Text(wrote + self._labels.paren(line), style="dim"), (0, 0, 0, 5)))

    def partial(self, seat: str, words: str) -> None:
        """Show the words of a line so far, if they are heard here whoever the addressee is."""
        game, state, seats = self._game, self._fold.state, self.seats
        if words and (not seats or any(hears_partial(game, state, own, seat) for own in seats)):
            text = Text(f"{self._game.name(seat)}{self._labels('colon')}", style=self._colours[seat])
            self._refresh(text.append(words, style="default"))

    def wait(self, what: str) -> None:
        """Show what is being waited for, unless nobody here is present in that stage."""
        if what in self._criteria:
            self._await(f"⚖ {self._criteria[what]} …")
        elif what == PULSE:
            self._await(f"{self._labels('wait.pulse')} …")
        elif self._inside():
            self._await(f"{self._game.name(what)} … ({self._place(self._spoken + 1)})")

    def retry(self, retry: Retry) -> None:
        """Show that the endpoint is asked again, and why; without live output as a line of standard error."""
        text = retry_text(retry, self._labels)
        self.waited += [retry.seconds] if retry.seconds else []
        if self._live:
            self._refresh(_Waiting(self._awaited, text))
        elif not self._console.quiet and text != self._again:
            echo(text, err=True)
        self._again = text

    def _await(self, text: str) -> None:
        self._awaited = text
        self._refresh(_Waiting(text))

    def _inside(self) -> bool:
        seats = self.seats
        return not seats or not set(seats).isdisjoint(self._room)

    def _head(self, seat: str, payload: dict[str, Any]) -> Text:
        to = payload["to"]
        target = self._labels("everyone") if to == "all" else self._game.role(to)
        line = cast(Line, payload)
        known = self._known()
        counters, way = counter_offers(known, [line]), self._reading().way(line["id"])
        does = does_text(self._labels, line, self._game, counters, movers(known), target, way=way)
        place = self._labels("vote.title") if payload["vote"] else self._place(self._spoken, payload["why"])
        text = Text(f"{payload['id']} ", style="dim")
        text.append(self._game.name(seat), style=f"bold {self._colours[seat]}")
        text.append(f" · {self._game.role(seat)} · {does}", style="dim")
        text.append(self._aside(line), style="bold")
        return text.append(f"  [{self._stage} · {place}]", style="dim")

    def _aside(self, line: Line) -> str:
        """Return the addressee of a line and its only listeners in words; empty if the whole room hears it."""
        if set(self._game.present(line["stage"])) <= {*line["visible_to"]}:
            return ""
        others = [seat for seat in line["visible_to"] if seat not in (line["seat"], line["to"])]
        key = "mark.aside.also" if others else "mark.aside"
        return self._labels(key, to=self._game.name(line["to"]), names=self._names(others))

    def _known(self) -> Sequence[Item]:
        game, state = self._game, self._fold.state
        if not self.seats:
            return state["ledger"]
        stage = min(state["stage"], len(game.stages) - 1)  # after the last one what was seen in it
        return [item for seat in self.seats for item in seat_view(game, {**state, "stage": stage}, seat).ledger]

    def _reading(self) -> Reading:
        """Return the session so far as the viewer knows it."""
        known = tuple(self._known())
        seats, lines = self.seats, self._fold.state["lines"]
        heard = [line for line in lines if not seats or not set(seats).isdisjoint(line["visible_to"])]
        return Reading(Session(self._game, {**self._fold.state, "ledger": known, "lines": heard}))

    def _place(self, number: int, why: str = "") -> str:
        # The limit bounds the discussion; answers of a host, reports, last words and the vote come on top of it.
        limit = turns_now(self._game, self._fold.state)
        if number <= limit:
            return f"{number}/{limit}"
        if not self._decides:
            return str(number)
        return self._labels("last_word" if why == LAST_WORD else "vote.title")

    def _assessment(self, payload: dict[str, Any]) -> str:
        total = decimal(payload["total"])
        by = self._names(payload["assessors"])
        side, asks = (self._labels(f"{group}.{payload['side']}") for group in ("side", "side.asks"))
        return f"◇ {side}{self._labels('colon')}{total} · {asks} · {by or self._labels('assessments.nobody')}"

    def _names(self, seats: Sequence[str]) -> str:
        return self._labels.join(self._game.name(seat) for seat in seats)

    def _refresh(self, shown: Text | _Waiting) -> None:
        if self._live:
            self._live.update(shown)


@contextmanager
def played_back(
    console: Console, words: Words, texts: Sequence[str], says: Sequence[str], speed: float | None, *, paced: bool,
    report: str,
) -> Iterator[float]:  # fmt: skip
    """Print title, number of lines and duration of a playback; then play it back.

    ``texts`` are its title, then what else is to be known of it, and ``says`` is what is said in it. It gives the words
    a second, or 0 for at once: what was asked for; else, if it is ``paced`` and somebody can read along on a terminal,
    as fast as somebody reads.

    Raises:
        InterruptedSessionError: it was stopped; the message says where the report is, or what writes it.
    """
    if speed is None:
        speed = READING[words.lang] if paced and console.is_terminal else 0
    for text, style in zip(texts, ("bold", *[""] * len(texts)), strict=False):
        console.print(Text(text), style=style)
    heading = words("replay.lines", lines=len(says))
    if speed:
        minutes = ceil(sum(reading_seconds(text, speed) for text in says) / 60)
        heading = words("replay.paced", lines=len(says), minutes=minutes, at_once="--speed 0", stop="Ctrl-C")
    if says:
        console.print(Text(heading, style="dim"))
    try:
        yield speed
    except KeyboardInterrupt as error:
        raise InterruptedSessionError(words("replay.stopped", report=report)) from error


def levels_in_brief(console: Console, session: Session, card: Scorecard) -> None:
    """Print the level of each criterion, counted and judged."""
    words, scores = session.game.words, {score.criterion: score for score in reversed(card.scores)}
    for criterion in session.game.rubric.criteria:
        counted, score = card.counted.get(criterion.id), scores.get(criterion.id)
        levels = {"counted": counted and counted.level, "judged": score and usable_level(card, score)}
        told_as = [words(f"scores.{by}_level", level=f"{level:g}") for by, level in levels.items() if level is not None]
        text = words.join(told_as) or words("no_score")
        console.print(Text(f"⚖ {criterion.name.get(words.lang)}{words('colon')}{text}"))


def ending(console: Console, report: Path, *, opens: bool) -> None:
    """Print the path of a report and, with ``opens``, open it if there is a terminal."""
    console.print(str(report), markup=False, highlight=False, soft_wrap=True)
    if opens and console.is_terminal:
        launch(report.resolve().as_uri())
