"""Commands for another course from a line on: branch, and whatif, which asks what that would have led to."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from typer import Option, confirm

from sandbox.cli import options, values
from sandbox.cli.folders import Folders
from sandbox.cli.going_on import all_kept, as_options, folder_options, going_on, other_model
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo, echo_json
from sandbox.cli.translation import LANG, translated, translated_to
from sandbox.errors import InputError

if TYPE_CHECKING:
    from sandbox.content.library import Library
    from sandbox.experiment.whatif.continuations import ContinuationFolder
    from sandbox.game.spec import SessionSpec
    from sandbox.session.choice import ModelChoice


app = Commands()
_BY_RULES, _BY_MODEL = 40, 5
_OTHERWISE = (
    "say what is otherwise from that line on: another move (--act ask --to mayor; also --says, --option, --about, "
    "--task) or a changed rule (--set aggregation.veto=[]), and not both"
)
_MODELS = (
    "--set changes single rules; a governance model holds from the first line on: {command} plays whole meetings under "
    "each, from the same seeds"
)


def _check_rules(changes: list[str] | None, spec: SessionSpec, library: Library) -> None:
    """Raise `InputError` if a whole governance model is given instead of a rule."""
    asked = [
        library.governance(library.id_of("governance", value.strip())).id
        for name, _, value in (change.partition("=") for change in changes or ())
        if name.strip() == "governance"
    ]
    if asked:
        from sandbox.game.spec import CARDS

        again = as_options({
            "--lang": None if spec.lang == LANG else spec.lang, "--scenario": spec.scenario,
            "--governance": ",".join(dict.fromkeys((spec.governance, *asked))), "--seeds": "1-10", "--model": CARDS,
        })  # fmt: skip
        raise InputError(translated(_MODELS, command=f"sandbox run{again}"))


@app.command()
def branch(
    session: options.Session,
    *,
    at: Annotated[str, Option(help="The last line that both sessions share, for example L012.")],
    changes: Annotated[
        list[str] | None,
        Option("--set", help="Change one rule from there on, for example: aggregation.veto=[] (more than once).")
    ] = None,
    seed: Annotated[
        int | None,
        Option(help="Another random seed (default: the same; personas then take another course only "
                     "where a rule or a person makes a difference).", min=0)
    ] = None,
    places: Folders,
) -> None:  # fmt: skip
    """Make a new session that shares another's course up to a line; the old one stays as it is."""
    from sandbox.cli.listing import named as called
    from sandbox.report.rule_words import told_apart
    from sandbox.session.branch import branch as branched
    from sandbox.session.carried import library_of
    from sandbox.session.opening import spec_of

    folder = places.find(session)
    events = folder.read()
    spec, library = spec_of(events[:1], folder.events), library_of(folder, events, places.library)
    _check_rules(changes, spec, library)
    left = translated(
        "no branch was made: {command} goes on with the sessions that are there", command="sandbox resume last"
    )
    with places.content_of("session"), _positions_told(changes, spec, library, left):
        new = branched(folder, at, library, tuple(changes or ()), seed, places.runs)
    echo(str(new.path))
    shares = "up to {line} the course of {session} ({case})"
    case = called(library, "scenario", spec.scenario)
    echo(translated(shares, line=at, session=folder.id, case=case))
    other = spec_of(new.read()[:1]).changes[len(spec.changes) :]
    rules, along = told_apart(spec.model_copy(update={"lang": LANG}), library, other, other[len(changes or ()) :])
    for text, told in (
        ("from there on: {rules}", rules), ("so that the body can still decide, this came along: {rules}", along),
    ):  # fmt: skip
        if told:
            echo(translated(text, rules=translated("; ").join(told)))
    if changes and not (rules or along):
        unchanged = "nothing changes from there on: the rules say already what {rules} asks for"
        echo(translated(unchanged, rules=translated(", ").join(changes)))
    _replaced_veto(spec, other, library)
    where = as_options({"--out": places.out, "--model": other_model(spec_of(new.read()))})
    echo(translated("go on with: {command}", command=f"sandbox resume {new.id}{where}"))


@contextmanager
def _positions_told(changes: list[str] | None, spec: SessionSpec, library: Library, left: str = "") -> Iterator[None]:
    """Add to the refusal of a rule on who decides the seats of each position, and what would be left unchanged."""
    from sandbox.game.game import Game

    try:
        yield
    except InputError as error:
        told = [left] if left else []
        if any(change.removeprefix("rules.").startswith("aggregation.") for change in changes or ()):
            game = Game(spec.model_copy(update={"lang": LANG, "content": ""}), library)
            held: dict[str, list[str]] = {}
            for seat, position in game.positions.items():
                held.setdefault(position, []).append(f"{game.name(seat)}{game.words.paren(game.role(seat))}")
            shown = (f"{position} = {game.words.join(seats)}" for position, seats in held.items())
            told.insert(0, translated("who has which position: {positions}", positions=translated("; ").join(shown)))
        error.hint = "\n".join(told)
        raise


def _replaced_veto(spec: SessionSpec, changes: Sequence[str], library: Library) -> None:
    """Print whose veto was removed by rules that give one to others."""
    from sandbox.game.game import Game

    before = Game(spec.model_copy(update={"content": ""}), library).governance.rules.aggregation.veto
    whole = spec.model_copy(update={"content": "", "changes": (*spec.changes, *changes)})
    now = Game(whole, library).governance.rules.aggregation.veto
    if now and (gone := [position for position in before if position not in now]):
        both = f"--set aggregation.veto=[{','.join((*before, *(each for each in now if each not in before)))}]"
        taken = "this takes the place of the veto of {before}, which has none any more; for both: {both}"
        echo(translated(taken, before=", ".join(gone), both=both))


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
    model: options.ContinuedBy = None,
    yes: Annotated[bool, Option("--yes", help="Do not ask before a model is called.")] = False,
    explain: options.Explain = False,
    read: Annotated[bool, Option("--read", help="Also print a continuation of each arm, from one seed.")] = False,
    lang: Annotated[
        options.Lang | None, options.language("Language of the table: en or zh (default: the session's).")
    ] = None,
    means: options.Means,
    places: Folders,
    as_json: options.Json = False,
) -> None:
    """Ask what another move, or another rule, would have led to from a line on: both arms, with intervals."""
    from sandbox.cli.progress import counting
    from sandbox.cli.whatif_table import as_values, print_examples, print_table
    from sandbox.experiment.whatif.continuations import MOST_BY_MODEL, SIDES, ContinuationFolder, by_model, examples
    from sandbox.experiment.whatif.whatif import asked, by_rules, check_runs, telling_seed
    from sandbox.game.moment import Move
    from sandbox.game.spec import BY_RULES, CARDS
    from sandbox.report.whatif_words import WhatIfWords
    from sandbox.session.choice import NO_JUDGE, RULES_ONLY, check_callable, choose

    _, session = options.showcase(session, lang)
    opened, folder = places.open(session)
    _check_rules(changes, opened.spec, places.library)
    named = values.pairs("--option", terms) if terms else None
    move = Move(act, to, says, named, about, task)
    if (move == Move()) == (not changes):
        raise InputError(translated(_OTHERWISE))
    with _positions_told(changes, opened.spec, opened.game.library):
        question = asked(opened, at, None if move == Move() else move, tuple(changes or ()))
    choice = choose(means.settings, model, NO_JUDGE) if model and model != RULES_ONLY else None
    if choice and not choice.silent and not changes and says is None:
        raise InputError(translated("--says: a model reads what is said, so with --model another move needs its words"))
    player = choice.players if choice else BY_RULES
    kept = ContinuationFolder(question, places.runs, folder.id, player)
    wanted = runs if runs is not None else _BY_MODEL if choice else _BY_RULES
    if choice:
        check_callable(choice, means.settings)
        check_runs(wanted, MOST_BY_MODEL)
        if not choice.silent:
            _agree(kept, wanted, choice, means, yes, as_json)
        models = means.models(choice, as_json)
        with going_on(all_kept()), counting(translated("continuations"), 2 * wanted, as_json) as (_, advance):
            rows = options.awaited(models, by_model(kept, wanted, models, lambda: advance(1)))
    else:
        check_runs(wanted)
        with counting(translated("continuations"), wanted, as_json) as (_, advance):
            rows = by_rules(question, wanted, lambda: advance(1))
        examples(kept, telling_seed(rows))
    comparing = WhatIfWords(opened.game, places.words(lang or opened.spec.lang))
    if as_json:
        echo_json(as_values(kept, opened, wanted, rows, comparing))
        return
    print_table(kept, opened, wanted, rows, comparing, explained=explain)
    if read:
        print_examples(kept, comparing, telling_seed(rows))
    if not choice:
        again = as_options({
            "--at": at, "--set": changes, "--option": terms, "--act": act, "--to": to, "--says": says,
            "--about": about, "--task": task, "--runs": wanted, "--model": CARDS,
        })  # fmt: skip
        command = f"sandbox whatif {session}{again}{folder_options(places)}"
        echo(translated_to(comparing.words.lang, "the same by the cards alone: {command}", command=command))
    for side in SIDES:
        command = f"sandbox report {kept.folder(side, telling_seed(rows)).path}"
        echo(comparing.words(f"whatif.read.{side}") + comparing.words("colon") + command)


def _agree(
    kept: ContinuationFolder, runs: int, choice: ModelChoice, means: options.Means, yes: bool, as_json: bool
) -> None:
    """Print what a model would use, and ask; raises `InputError` if nobody can be asked, or the answer is no."""
    from sandbox.experiment.whatif.continuations import estimate

    usage = estimate(kept, runs)
    cost = means.limits.cost(means.limits.priced(usage, choice.speaker_name))
    money = translated(", {cost} at your prices", cost=f"{cost:.4f}") if cost is not None else ""
    guess = translated(
        "{count} continuations by {model}: about {calls} calls, {prompt} tokens of prompts and {written} "
        "written{money} (rehearsed without the model, so a guess)",
        count=2 * runs, model=choice.speaker_name, calls=f"{usage.calls:,}", prompt=f"{usage.prompt:,}",
        written=f"{usage.completion:,}", money=money,
    )  # fmt: skip
    echo(guess, err=True)
    if yes:
        return
    if as_json or not sys.stdin.isatty():
        raise InputError(translated("a model is called only where you agree to it: add --yes"))
    if not confirm(translated("Go on?"), err=True):
        raise InputError(translated("nothing was played"))
