"""The command that asks what another move or rule would have led to."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, cast

from typer import Option, confirm

from sandbox.cli import options
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo, echo_json
from sandbox.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sandbox.content.cards import Lang
    from sandbox.experiment.whatif.kept import Kept
    from sandbox.experiment.whatif.whatif import Compared
    from sandbox.report.whatif_words import WhatIfWords
    from sandbox.session.choice import ModelChoice

__all__ = ["app", "counting"]

app = Commands()
_BY_RULES, _BY_MODEL = 40, 5
_OTHERWISE = (
    "say what is otherwise from that line on: another move (--act ask --to mayor; also --says, --option, --about, "
    "--task) or a changed rule (--set aggregation.veto=[]), and not both"
)


@app.command()
def whatif(
    session: options.Session,
    *,
    at: Annotated[str, Option(help="The line at which the seat does something else, for example L012.")],
    act: Annotated[str | None, Option(help="Another act, such as ask; any other word lists them.")] = None,
    to: Annotated[str | None, Option(help="Another addressee: a seat, or all.")] = None,
    says: Annotated[str | None, Option(help="Other words; a model reads them, the rules alone do not.")] = None,
    terms: Annotated[
        list[str] | None, Option("--option", help="An option that the move names: payer=street (more than once).")
    ] = None,
    about: Annotated[str | None, Option(help="The line that the move is about.")] = None,
    task: Annotated[str | None, Option(help="The reporting task that it hands down, lifts or refuses.")] = None,
    changes: Annotated[
        list[str] | None,
        Option("--set", help="Or change a rule from the next turn on: aggregation.veto=[] (more than once)."),
    ] = None,
    runs: Annotated[
        int | None, Option(help=f"Continuations of each arm (default: {_BY_RULES}; with --model {_BY_MODEL}).")
    ] = None,
    model: Annotated[
        str | None,
        Option(help="Model that plays them, or embedded; cards: their cards (default: none, the rules alone)."),
    ] = None,
    yes: Annotated[bool, Option("--yes", help="Do not ask before a model is called.")] = False,
    read: Annotated[bool, Option("--read", help="Also print a continuation of each arm, from one seed.")] = False,
    lang: Annotated[str | None, Option(help="Language of the table: en or zh (default: the session's).")] = None,
    means: options.Means,
    places: options.Places,
    as_json: options.Json = False,
) -> None:
    """Ask what another move, or another rule, would have led to from a line on: both arms, with intervals."""
    from sandbox.content.words import Words
    from sandbox.experiment.whatif.kept import MOST_BY_MODEL, SIDES, Kept, Player, examples
    from sandbox.experiment.whatif.whatif import asked, by_rules, check_runs
    from sandbox.game.moment import Move
    from sandbox.report.whatif_words import WhatIfWords
    from sandbox.session.choice import NO_JUDGE, RULES_ONLY, check_callable, choose

    options.check("--lang", "language", [lang] if lang else (), ("en", "zh"))
    opened, folder = places.open(session)
    named = options.pairs("--option", terms) if terms else None
    move = Move(act, to, says, named, about, task)
    if (move == Move()) == (not changes):
        raise InputError(_OTHERWISE)
    question = asked(opened, at, None if move == Move() else move, tuple(changes or ()))
    choice = choose(means.settings, model, NO_JUDGE) if model and model != RULES_ONLY else None
    if choice and not choice.silent and not changes and says is None:
        raise InputError("--says: a model reads what is said, so with --model another move needs its words")
    player = Player(choice.style, choice.speaker_name) if choice else Player()
    kept = Kept(question, places.runs, folder.id, player)
    wanted = runs if runs is not None else _BY_MODEL if choice else _BY_RULES
    if choice:
        check_callable(choice, means.settings)
        check_runs(wanted, MOST_BY_MODEL)
        if not choice.silent:
            _agree(kept, wanted, choice, means, yes, as_json)
        rows = _played(kept, wanted, choice, means, as_json)
    else:
        check_runs(wanted)
        with counting(wanted, as_json) as on_played:
            rows = by_rules(question, wanted, on_played)
        examples(kept)
    comparing = WhatIfWords(opened.game, Words(cast("Lang", lang) if lang else opened.spec.lang, places.library.roots))
    if as_json:
        echo_json(_plain(kept, folder.id, wanted, rows, comparing))
        return
    _show(kept, wanted, rows, comparing)
    if read:
        _read(kept, comparing)
    for side in SIDES:
        echo(f"{comparing.words(f'whatif.read.{side}')}: sandbox report {kept.folder(side, 1).path}")


def _agree(kept: Kept, runs: int, choice: ModelChoice, means: options.Means, yes: bool, as_json: bool) -> None:
    """Say what a model would take, and ask; raises `InputError` where nobody can be asked, or somebody says no."""
    from sandbox.experiment.whatif.kept import estimate

    usage, limits = estimate(kept, runs), means.limits
    cost = limits.cost(usage)
    money = f", {cost:.4f} at your prices" if cost is not None else ""
    echo(
        f"{2 * runs} continuations by {choice.speaker_name}: about {usage.calls:,} calls, {usage.prompt:,} tokens of "
        f"prompts and {usage.completion:,} written{money} (rehearsed without the model, so a guess)", err=True,
    )  # fmt: skip
    if yes:
        return
    if as_json or not sys.stdin.isatty():
        raise InputError("a model is called only where you agree to it: add --yes")
    if not confirm("Go on?", err=True):
        raise InputError("nothing was played")


def _played(kept: Kept, runs: int, choice: ModelChoice, means: options.Means, silent: bool) -> list[Compared]:
    """Let the model play both arms."""
    from sandbox.cli.which import going_on
    from sandbox.experiment.whatif.kept import by_model

    models = means.models(choice, silent)
    with going_on("what is done is kept; go on with the same command"), counting(2 * runs, silent) as on_played:
        return options.awaited(models, by_model(kept, runs, models, on_played))


@contextmanager
def counting(total: int, silent: bool) -> Iterator[Callable[[], None]]:
    """Show a line that says how many continuations are played; it gives what is called after each."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from sandbox.cli.console import Console

    console = Console(stderr=True)
    columns = (TextColumn("continuations"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=silent or not console.is_terminal) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)


def _show(kept: Kept, runs: int, rows: Sequence[Compared], comparing: WhatIfWords) -> None:
    from sandbox.cli.console import Console
    from sandbox.cli.whatif_table import add_figure, add_heading, whatif_table

    words, question = comparing.words, kept.question
    model = kept.player.model if kept.player.style != "rules" else ""
    title = words("whatif.title", line=question.moment.line["id"], name=comparing.name(question.moment.seat))
    notes = comparing.notes(rows, runs, model, question.other.brought)
    table = whatif_table(words, (title, *comparing.asked(question)), words("whatif.outcome"), notes)
    asked = ""
    for row in rows:
        figure = row.figure
        if figure.option and not (row.was or row.other):
            continue
        if figure.question not in ("", asked):
            asked = figure.question
            add_heading(table, comparing.question(asked))
        name = f"  {comparing.figure(figure)}" if figure.option else comparing.figure(figure)
        cells = (name, comparing.value(figure, row.was), comparing.value(figure, row.other))
        change = f"{comparing.change(row)}\n{comparing.interval(row)}"
        add_figure(table, words, cells, change, comparing.verdict(row), comparing.margin(figure))
    Console().print(table)


def _read(kept: Kept, comparing: WhatIfWords) -> None:
    """Print one continuation of each arm from the line on."""
    from rich.rule import Rule
    from rich.text import Text

    from sandbox.cli.console import Console
    from sandbox.cli.terminal import LiveSession
    from sandbox.experiment.whatif.kept import SIDES

    console, line = Console(), kept.question.moment.line["id"]
    for side in SIDES:
        console.print(Rule(Text(comparing.words(f"whatif.read.{side}"), style="bold")))
        with LiveSession(kept.arm(side).game, console, live=False) as shown:
            begun = False
            for event in kept.folder(side, 1).read():
                begun = begun or (event.kind == "line" and event.payload["id"] == line)
                (shown.event if begun else shown.recall)(event)


def _plain(kept: Kept, session: str, runs: int, rows: Sequence[Compared], comparing: WhatIfWords) -> dict[str, Any]:
    from dataclasses import asdict

    from sandbox.experiment.whatif.kept import SIDES

    question, player = kept.question, kept.player
    return {
        "session": session, "line": question.moment.line["id"], "seat": question.moment.seat,
        "permitted": question.moment.acts, "was": question.moment.line,
        "other": None if question.changes else question.other.line(question.moment.game),
        "changes": question.changes, "runs": runs, "style": player.style, "model": player.model,
        "outcomes": [{**asdict(row), "name": comparing.figure(row.figure)} for row in rows],
        "notes": comparing.notes(
            rows, runs, "" if player.style == "rules" else player.model, question.other.brought
        ),
        "examples": {side: str(kept.folder(side, 1).path) for side in SIDES},
    }  # fmt: skip
