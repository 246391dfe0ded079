"""Commands about decks: which sessions stand behind the meetings of a country, and to open one of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, cast

from typer import Argument, Option

from sandbox.cli import options
from sandbox.cli.printing import echo, echo_json
from sandbox.cli.spreads import Result, check_lab, spread_folder
from sandbox.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sandbox.content.cards import Lang
    from sandbox.content.network_card import Country
    from sandbox.content.words import Words
    from sandbox.diffusion.decks.cells import Dealing
    from sandbox.diffusion.decks.dealt import Dealt
    from sandbox.session.choice import ModelChoice

__all__ = ["deck", "example", "opened_deck", "playing"]

Network = Annotated[str, Argument(metavar="NETWORK", help="A country; see: sandbox list network")]
Processes = Annotated[
    int | None, Option(min=1, max=1_000, help="Processes that play sessions by the rules alone (default: one a core).")
]


def deck(
    network: Network,
    *,
    sessions: Annotated[
        int | None, Option(min=1, max=10_000, help="Sessions of each cell (default: the country's).")
    ] = None,
    scenarios: Annotated[str, Option("--scenario", help="Cases, with commas between (default: the country's).")] = "",
    changes: Annotated[
        list[str] | None, Option("--set", help="Change a rule in all models: aggregation.veto=[] (more than once).")
    ] = None,
    by_model: Annotated[
        int, Option(min=0, max=1_000, help="Let a model play so many sessions of each cell; they join the others.")
    ] = 0,
    channels: Annotated[
        str, Option("--channel", help="With --by-model: the channels whose cells it plays, with commas (default: all).")
    ] = "",
    size: Annotated[
        bool, Option("--size", help="Also say how far the country's curves move with fewer sessions.")
    ] = False,
    processes: Processes = None,
    model: Annotated[
        str | None,
        Option(help="With --by-model: model at your endpoint, or embedded (default: SANDBOX_MODEL, or else embedded)."),
    ] = None,
    lang: Annotated[str, Option(help="Language of the table, and of what a model plays: en or zh.")] = "en",
    means: options.Means,
    places: options.Places,
    as_json: options.Json = False,
) -> None:
    """Play the sessions that stand behind a country's meetings, once, and say what those of each cell come to."""
    check_lab()
    from sandbox.cli.console import Console
    from sandbox.cli.deck_table import deck_table, size_table
    from sandbox.content.words import Words
    from sandbox.diffusion.decks.figures import figures_of
    from sandbox.diffusion.decks.size import moves_with_size
    from sandbox.diffusion.spread import Plan

    options.check("--lang", "language", [lang], ("en", "zh"))
    country = _country(network, places, sessions, scenarios)
    words = Words(cast("Lang", lang), places.library.roots)
    choice = _choice(by_model, options.parts(channels), model, means)
    dealt = opened_deck(country, tuple(changes or ()), places, processes, words, silent=as_json)
    if choice:
        _sampled(dealt.dealing, by_model, options.parts(channels), choice, means, places, words, silent=as_json)
        dealt = opened_deck(country, tuple(changes or ()), places, processes, words, silent=as_json)
    figures = figures_of(dealt)
    sizes = moves_with_size(Plan(country, (1,), (), tuple(changes or ())), dealt.deck) if size else ()
    if as_json:
        echo_json({
            "network": country.id, "digest": dealt.deck.digest, "sessions": len(dealt.deck), "played": dealt.played,
            "cells": [cell.as_dict() for cell in figures], "sizes": [asdict(each) for each in sizes],
        })  # fmt: skip
        return
    console = Console()
    console.print(deck_table(country, dealt, figures, places.library, words, places.runs / "decks", console.width))
    if sizes:
        console.print(size_table(sizes, words))


def example(
    result: Result,
    district: Annotated[int, Argument(min=0, metavar="DISTRICT", help="A district, by its number.")],
    *,
    processes: Processes = None,
    lang: Annotated[str, Option(help="Language in which a session of the rules is written: en or zh.")] = "en",
    places: options.Places,
    as_json: options.Json = False,
) -> None:
    """Open the session that was a district's last meeting: played again by the rules, or where a model played it."""
    check_lab()
    from sandbox.content.words import Words, refusal
    from sandbox.diffusion.decks.sample import played_again
    from sandbox.diffusion.kept import kept

    options.check("--lang", "language", [lang], ("en", "zh"))
    words, kept_in = Words(cast("Lang", lang), places.library.roots), spread_folder(result, places.runs)
    spread = kept(kept_in)
    last = len(spread.districts.row) - 1
    if district > last:
        raise refusal("deck.refused.district", district=district, last=last)
    row = int(spread.districts.row[district])
    if row < 0:
        echo_json({"district": district, "session": None}) if as_json else echo(
            words("deck.example.never", district=district)
        )
        return
    dealt = opened_deck(spread.plan.country, spread.plan.changes, places, processes, words, silent=as_json)
    if dealt.deck.digest != spread.deck:
        raise refusal("deck.refused.other_deck", result=kept_in, was=spread.deck[:12], now=dealt.deck.digest[:12])
    meeting = dealt.meeting(row)
    folder = played_again(dealt.dealing, meeting, places.runs, cast("Lang", lang))
    if as_json:
        place = {"channel": meeting.cell.channel, "stand": meeting.cell.stand}
        echo_json({
            "district": district, "session": folder.id, "path": str(folder.path), "governance":
            meeting.cell.kind.governance, "city": meeting.cell.kind.city, **place, "number": meeting.number,
            "model": meeting.sampled.model if meeting.sampled else None,
        })  # fmt: skip
        return
    library, kind = places.library, meeting.cell.kind
    echo(
        words(
            "deck.example.row", district=district, number=meeting.number + 1,
            cell=words("deck.kind", governance=library.governance(kind.governance).name.get(words.lang),
                       city=library.city(kind.city).name.get(words.lang)),
            channel=library.arrival(meeting.cell.channel).name.get(words.lang),
            stand=words(f"deck.stand.{meeting.cell.stand}"),
        )
    )  # fmt: skip
    echo(words("deck.example.open", command=f"sandbox report {folder.path}"))


def opened_deck(
    country: Country, changes: tuple[str, ...], places: options.Places, processes: int | None, words: Words, *,
    silent: bool,
) -> Dealt:  # fmt: skip
    """Return the deck of a country, with a line in the terminal while its sessions are played.

    Raises:
        InputError: a kind, case or rule that does not exist, or nothing of a kind can be played.
        StorageError: what is played cannot be kept.
    """
    from sandbox.diffusion.decks.dealt import deal, dealing_of
    from sandbox.experiment.run import cores

    dealing = dealing_of(country, places.library, changes)
    with playing(words("deck.playing"), silent) as (begin, advance):
        dealt = deal(
            dealing, places.runs, processes=processes or cores(), content=places.content, on_begin=begin,
            on_played=advance,
        )  # fmt: skip
    for path, why in dealt.renewed.items():
        echo(words(f"deck.renewed.{why}", path=path), err=True)
    for cell, reason in dealt.empty.items():
        echo(words("deck.empty", cell=cell, reason=reason), err=True)
    return dealt


def _country(network: str, places: options.Places, sessions: int | None, scenarios: str) -> Country:
    from sandbox.content.network_card import Country
    from sandbox.errors import unknown

    library = places.library
    if network not in library.cards["network"]:
        raise InputError(unknown("network", network, library.cards["network"]))
    country = library.network(network)
    if not isinstance(country, Country):
        countries = [name for name in library.cards["network"] if isinstance(library.cards["network"][name], Country)]
        raise InputError(unknown("country", network, countries))
    settings = country.deck
    if sessions is not None:
        settings = settings.model_copy(update={"sessions": sessions})
    if scenarios:
        settings = settings.model_copy(update={"scenarios": tuple(options.parts(scenarios))})
    return country.model_copy(update={"deck": settings})


def _sampled(
    dealing: Dealing, number: int, channels: Sequence[str], choice: ModelChoice, means: options.Means,
    places: options.Places, words: Words, *, silent: bool,
) -> None:  # fmt: skip
    """Let a model play some sessions of each cell that is meant."""
    from sandbox.cli.which import going_on
    from sandbox.diffusion.decks.cells import CELLS, Cell
    from sandbox.diffusion.decks.sample import sample

    cells = [Cell(kind, *place) for kind in dealing.kinds for place in CELLS if not channels or place[0] in channels]
    models = means.models(choice, silent)
    with going_on("what is played is kept; go on with the same command"), playing(words("deck.playing"), silent) as (
        begin, advance,
    ):  # fmt: skip
        begin(number * len(cells))
        options.awaited(
            models,
            sample(
                dealing, places.runs, number, models, choice.style, choice.speaker_name, words.lang, cells,
                lambda: advance(1), in_turn=choice.in_turn,
            ),
        )  # fmt: skip


def _choice(by_model: int, channels: Sequence[str], model: str | None, means: options.Means) -> ModelChoice | None:
    """Return which model plays a part of the deck; None where none is to.

    Raises:
        InputError: there is no such channel, or no model that could play.
    """
    from sandbox.content.words import refusal
    from sandbox.diffusion.deck import CHANNELS
    from sandbox.session.choice import NO_JUDGE, check_callable, choose

    options.check("--channel", "channel", channels, CHANNELS)
    if not by_model:
        return None
    choice = choose(means.settings, model, NO_JUDGE)
    if choice.silent:
        raise refusal("deck.refused.model")
    check_callable(choice, means.settings)
    return choice


@contextmanager
def playing(name: str, silent: bool) -> Iterator[tuple[Callable[[int], object], Callable[[int], object]]]:
    """Show a line that says how many sessions are played; it gives what is called at first, and after some of them."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from sandbox.cli.console import Console

    console = Console(stderr=True)
    columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=silent or not console.is_terminal) as bar:
        task = bar.add_task("", total=None, visible=False)
        yield (
            lambda total: bar.update(task, total=total, visible=total > 0),
            lambda number: bar.advance(task, number),
        )
