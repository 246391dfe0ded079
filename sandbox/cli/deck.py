"""Commands about decks, the sessions behind the meetings of a country, and to open one of these sessions.

Also what commands about countries share: which country, and which result of one is meant.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from sandbox.cli import options, translation, values
from sandbox.cli.folders import Folders, elsewhere
from sandbox.cli.going_on import all_kept, going_on
from sandbox.cli.printing import echo, echo_json
from sandbox.cli.translation import said, translated
from sandbox.errors import InputError, UnknownError, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.content.network_card import Country
    from sandbox.content.words import Words
    from sandbox.diffusion.decks.dealt import Dealt
    from sandbox.diffusion.spread import Spread
    from sandbox.session.choice import ModelChoice


Network = Annotated[str, Argument(metavar="NETWORK", help="A country; see: sandbox list network")]

FOLDER = "spreads"
Result = Annotated[
    str,
    Argument(
        metavar="RESULT",
        help="Folder of a country that was played, its name or its beginning, or last (the one played last).",
    ),
]
Unwatched = Annotated[bool, Option("--quiet", "-q", help="Do not show how far it is.")]


def deck(
    network: Network,
    *,
    sessions: Annotated[
        int | None, Option(min=1, max=10_000, help="Sessions of each cell (default: the country's).")
    ] = None,
    scenarios: Annotated[str, Option("--scenario", help="Cases, with commas between (default: the country's).")] = "",
    changes: options.RulesByModel = None,
    by_model: Annotated[
        int, Option(min=0, max=1_000, help="Let a model play so many sessions of each cell; they join the others.")
    ] = 0,
    channels: Annotated[
        str, Option("--channel", help="With --by-model: the channels whose cells it plays, with commas (default: all).")
    ] = "",
    size: Annotated[
        bool, Option("--size", help="Also say how far the country's curves move with fewer sessions.")
    ] = False,
    processes: options.Processes = None,
    model: Annotated[
        str | None,
        Option(help="With --by-model: model at your endpoint, or embedded (default: SANDBOX_MODEL, or else embedded)."),
    ] = None,
    lang: Annotated[
        options.Lang, options.language("Language of the table, and of what a model plays: en or zh.")
    ] = options.LANG,
    means: options.Means,
    places: Folders,
    as_json: options.Json = False,
) -> None:
    """Play the sessions that stand behind a country's meetings, once, and say what those of each cell come to."""
    check_lab()
    from sandbox.cli.blocks import show
    from sandbox.cli.console import Console
    from sandbox.cli.progress import counting
    from sandbox.diffusion.decks.cells import CELLS, Cell
    from sandbox.diffusion.decks.figures import figures_of
    from sandbox.diffusion.decks.sample import sample
    from sandbox.diffusion.decks.size import moves_with_size
    from sandbox.diffusion.spread import SpreadPlan
    from sandbox.report.pages.diffusion.account import WIDE, cells_told, sizes_told

    country, words, rules = _country(network, places, sessions, scenarios), places.words(lang), tuple(changes or ())
    choice = _choice(by_model, values.parts(channels), model, means)
    dealt = opened_deck(country, rules, places, processes, words, silent=as_json)
    if choice:
        only, models = values.parts(channels), means.models(choice, as_json)
        cells = [Cell(kind, *place) for kind in dealt.dealing.kinds for place in CELLS if not only or place[0] in only]
        whole = by_model * len(cells)
        if not as_json:
            echo(words("deck.asks", sessions=whole, each=by_model, cells=len(cells)), err=True)
        with going_on(all_kept()), counting(words("deck.playing"), whole, as_json) as (_, advance):
            options.awaited(models, sample(
                dealt.dealing, places.runs, by_model, models, choice.players, words.lang, cells, lambda: advance(1),
                in_turn=choice.in_turn,
            ))  # fmt: skip
        dealt = opened_deck(country, rules, places, processes, words, silent=as_json)
    figures = figures_of(dealt)
    sizes = moves_with_size(SpreadPlan(country, (1,), (), rules), dealt.deck) if size else ()
    if as_json:
        echo_json({
            "network": country.id, "digest": dealt.deck.digest, "sessions": len(dealt.deck), "played": dealt.played,
            "cells": [cell.as_dict() for cell in figures], "sizes": [asdict(each) for each in sizes],
        })  # fmt: skip
        return
    show(*cells_told(country, dealt, figures, places.library, words, wide=Console().width >= WIDE))
    echo(words("deck.kept", path=places.runs / "decks", played=dealt.played))
    if sizes:
        show(*sizes_told(sizes, words))


def example(
    result: Result,
    district: Annotated[
        str,
        Argument(metavar="PLACE", help="A place that holds meetings: its number, or its id in a table of places."),
    ],
    *,
    processes: options.Processes = None,
    lang: Annotated[
        options.Lang, options.language("Language in which a session of the rules is written: en or zh.")
    ] = options.LANG,
    places: Folders,
    as_json: options.Json = False,
) -> None:
    """Open the session that was a place's last meeting: played again by the rules, or where a model played it."""
    check_lab()
    from sandbox.diffusion.decks.sample import played_again
    from sandbox.diffusion.result_folder import kept

    words, kept_in = places.words(lang), spread_folder(result, places.runs)
    spread = kept(kept_in)
    number = place_of(spread, district)
    row, named = int(spread.districts.row[number]), district if spread.plan.country.own else number
    if row < 0:
        if as_json:
            echo_json({"district": named, "session": None})
        else:
            echo(words("deck.example.never", district=district))
        return
    dealt = dealt_behind(spread, kept_in, places, words, processes, silent=as_json)
    meeting = dealt.meeting(row)
    folder, cell = played_again(dealt.dealing, meeting, places.runs, lang), meeting.cell
    if as_json:
        echo_json({
            "district": named, "session": folder.id, "path": str(folder.path), "governance": cell.kind.governance,
            "city": cell.kind.city, "channel": cell.channel, "stand": cell.stand, "number": meeting.number,
            "model": meeting.sampled.model if meeting.sampled else None,
        })  # fmt: skip
        return
    library = places.library
    model, city = library.governance(cell.kind.governance).name, library.city(cell.kind.city).name
    kind = words("deck.kind", governance=model.get(lang), city=city.get(lang))
    channel, stand = library.arrival(cell.channel).name.get(lang), words(f"deck.stand.{cell.stand}")
    fields = {"number": meeting.number + 1, "cell": kind, "channel": channel, "stand": stand}
    echo(words("deck.example.row", district=district, **fields))
    echo(words("deck.example.open", command=f"sandbox report {folder.path}"))


def opened_deck(
    country: Country, changes: tuple[str, ...], places: Folders, processes: int | None, words: Words, *,
    silent: bool,
) -> Dealt:  # fmt: skip
    """Return the deck of a country, with a line in the terminal while its sessions are played.

    Raises:
        InputError: a kind, case or rule that does not exist, or nothing of a kind can be played.
        StorageError: what is played cannot be kept.
    """
    from sandbox.cli.progress import counting
    from sandbox.diffusion.decks.dealt import deal, dealing_of
    from sandbox.experiment.playing.run import cores

    dealing = dealing_of(country, places.library, changes)
    with counting(words("deck.playing"), None, silent, stopped=words("deck.interrupted")) as (begin, advance):
        dealt = deal(
            dealing, places.runs, processes=processes or cores(), content=places.content, on_begin=begin,
            on_played=advance,
        )  # fmt: skip
    for path, why in dealt.renewed.items():
        echo(words(f"deck.renewed.{why}", path=path), err=True)
    for cell, reason in dealt.empty.items():
        echo(words("deck.empty", cell=cell, reason=reason), err=True)
    return dealt


def dealt_behind(
    spread: Spread, folder: Path, places: Folders, words: Words, processes: int | None = None, *, silent: bool
) -> Dealt:
    """Return the deck with which a result was played, played again if it is not stored.

    Raises:
        InputError: cards or rules have changed since, so that it would be a different deck.
        StorageError: what is played cannot be kept.
    """
    from sandbox.content.words import refusal

    dealt = opened_deck(spread.plan.country, spread.plan.rules, places, processes, words, silent=silent)
    if dealt.deck.digest != spread.deck:
        raise refusal("deck.refused.other_deck", result=folder, was=spread.deck[:12], now=dealt.deck.digest[:12])
    return dealt


def _country(network: str, places: Folders, sessions: int | None, scenarios: str) -> Country:
    country, asked = country_of(network, places), dict[str, object]()
    if sessions is not None:
        asked["sessions"] = sessions
    if scenarios:
        asked["scenarios"] = tuple(values.parts(scenarios))
    return country.model_copy(update={"deck": country.deck.model_copy(update=asked)})


def _choice(by_model: int, channels: Sequence[str], model: str | None, means: options.Means) -> ModelChoice | None:
    """Return the model that plays a part of the deck; None for none.

    Raises:
        InputError: there is no such channel, or no usable model.
    """
    from sandbox.content.words import refusal
    from sandbox.diffusion.deck import CHANNELS
    from sandbox.session.choice import NO_JUDGE, check_callable, choose

    values.check("--channel", "channel", channels, CHANNELS)
    if not by_model:
        return None
    choice = choose(means.settings, model, NO_JUDGE)
    if choice.silent:
        raise refusal("deck.refused.model")
    check_callable(choice, means.settings)
    return choice


def check_lab() -> None:
    """Raise `InputError` if the extra for countries is not installed."""
    from importlib.util import find_spec

    from sandbox.content.words import refusal

    if not find_spec("numba"):
        raise refusal("deck.refused.no_lab", command="pip install 'governance-sandbox[lab]'")


def country_of(network: str, places: Folders) -> Country:
    """Return the card of a country; raises `InputError` if there is none."""
    from sandbox.content.network_card import Country
    from sandbox.content.words import Words, refusal

    network = places.library.id_of("network", network)
    countries = {name: card for name, card in places.library.cards["network"].items() if isinstance(card, Country)}
    if network in places.library.cards["network"] and network not in countries:
        raise refusal("diffusion.refused.campaign", name=network, command=f"sandbox campaign run {network}")
    if network not in countries:
        allowed = [each for each in places.library.named("network") if each in countries]
        campaigns = [each for each in places.library.named("network") if each not in countries]
        unknown = UnknownError("country", network, allowed)
        others = Words(translation.LANG)("diffusion.campaigns", names=campaigns, command="sandbox campaign run")
        unknown.hint = f"{elsewhere(unknown)}\n{others}".strip()
        raise unknown
    return countries[network]


def place_of(spread: Spread, text: str) -> int:
    """Return the number of a place from its id in the table, or its number; raises `InputError` if there is none."""
    from sandbox.content.words import refusal

    country = spread.plan.country
    if own := country.own:
        if text not in own.numbers:
            raise refusal("diffusion.refused.no_place", place=text, example=own.ids[0])
        return own.numbers[text]
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) < country.districts):
        raise refusal("deck.refused.district", district=text, last=country.districts - 1)
    return int(text)


def spread_folder(ref: str, runs: Path) -> Path:
    """Return the folder of a result from its path, its name or the beginning of it, or ``last``.

    A path to a folder without a result is returned as it is, so that reading it gives the error.

    Raises:
        InputError: there is no such result, or more than one.
    """
    from sandbox.diffusion.result_folder import MANIFEST

    path = Path(ref)
    if path.exists() and ref != "last":
        return path
    known = {file.parent.name: file for file in sorted((runs / FOLDER).glob(f"*/{MANIFEST}"))}
    if ref == "last" and known:
        return max(known.values(), key=lambda file: file.stat().st_mtime_ns).parent
    matches = [ref] if ref in known else [name for name in known if name.startswith(ref)]
    if len(matches) == 1:
        return known[matches[0]].parent
    if matches:
        fits = "'{ref}' fits {count} results: {names}"
        raise InputError(translated(fits, ref=ref, count=len(matches), names=", ".join(matches)))
    nothing = said(unknown("result", ref, known))
    missing = InputError(translated("{nothing} (looked in {folder})", nothing=nothing, folder=runs / FOLDER))
    missing.hint = translated("one is made with: sandbox diffuse run NETWORK")
    raise missing
