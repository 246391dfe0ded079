"""Commands about countries: play one, and what belongs to it."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

from typer import Argument, Option

from sandbox.cli import options
from sandbox.cli.deck import deck, example, opened_deck
from sandbox.cli.diffuse_report import picture, report
from sandbox.cli.groups import Commands, Group
from sandbox.cli.printing import echo, echo_json
from sandbox.cli.spreads import FOLDER, check_lab
from sandbox.errors import InputError, InterruptedSessionError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from sandbox.content.cards import Lang
    from sandbox.content.network_card import Country, Mechanism
    from sandbox.content.words import Words
    from sandbox.diffusion.deck import Deck
    from sandbox.diffusion.spread import Plan, Spread

__all__ = ["app", "diffuse"]


class _Named(Group):
    """A group in which a name that is no command's is a country's, which is played."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command before what is meant for it."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = Commands()
diffuse = Commands(
    name="diffuse",
    help="Let a reform spread through a country of districts: sandbox diffuse run NETWORK. A model's world.",
    no_args_is_help=True,
)
diffuse.info.cls = _Named
app.add_typer(diffuse)


@diffuse.command()
def run(
    network: Annotated[str, Argument(metavar="NETWORK", help="A country; see: sandbox list network")],
    *,
    districts: Annotated[int | None, Option(min=2, help="Places that hold meetings (default: the card's).")] = None,
    periods: Annotated[int | None, Option(min=1, help="Periods, from 1 (default: the card's).")] = None,
    seeds: Annotated[
        str, Option(help="Countries that are played, for example 1-20 or 1,3,5-8 (default: the card's).")
    ] = "",
    without: Annotated[
        list[str] | None,
        Option(
            help="Switch a mechanism off: coercion, learning, competition, imitation, postings, catch_up, absorption."
        ),
    ] = None,
    central_rule: Annotated[
        str, Option(help="Period in which the centre makes it a rule, or none (default: the card's).")
    ] = "",
    changes: Annotated[
        list[str] | None, Option("--set", help="Change a rule in all models: aggregation.veto=[] (more than once).")
    ] = None,
    sessions: Annotated[
        int | None, Option(min=1, max=10_000, help="Sessions of each cell of the deck (default: the card's).")
    ] = None,
    each: Annotated[bool, Option("--each", help="Also play the same countries without each mechanism.")] = False,
    processes: Annotated[
        int | None, Option(min=1, max=1_000, help="Processes that play the deck's sessions (default: one a core).")
    ] = None,
    to: Annotated[
        Path | None, Option(help="Folder of the result (default: one of its own in the folder of sessions).")
    ] = None,
    lang: Annotated[str, Option(help="Language of the table: en or zh.")] = "en",
    places: options.Places,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Play a country: by period, how many places have the reform in form and in substance, and who taught whom."""
    check_lab()
    from sandbox.content.words import Words
    from sandbox.diffusion.spread import Plan

    options.check("--lang", "language", [lang], ("en", "zh"))
    words = Words(cast("Lang", lang), places.library.roots)
    country = _asked(_country(network, places), districts, periods, central_rule, sessions)
    off = _mechanisms(without or ())
    numbers = options.seeds_of(seeds) if seeds else tuple(range(1, country.seeds + 1))
    _enough(country, words, silent=as_json or quiet)
    dealt = opened_deck(country, tuple(changes or ()), places, processes, words, silent=as_json or quiet)
    plan = Plan(country, numbers, off, tuple(changes or ()))
    spread, folder = _played(plan, dealt.deck, each, to, places.runs, words, silent=as_json or quiet)
    if as_json:
        echo_json(_as_json(spread, folder))
    elif quiet:
        echo(str(folder))
    else:
        _show(spread, folder, places, words)


@diffuse.command()
def facts(
    network: Annotated[
        str, Argument(metavar="NETWORK", help="A country whose rates are taken (default: between_peers).")
    ] = "between_peers",
    *,
    districts: Annotated[int, Option(min=500, max=50_000, help="Places of each country.")] = 4_000,
    seeds: Annotated[str, Option(help="Seeds, each for about twenty countries.")] = "1-5",
    processes: Annotated[
        int | None, Option(min=1, max=1_000, help="Processes that play the deck's sessions (default: one a core).")
    ] = None,
    lang: Annotated[str, Option(help="Language of the table: en or zh.")] = "en",
    places: options.Places,
    as_json: options.Json = False,
    quiet: Annotated[bool, Option("--quiet", "-q", help="Do not show how far it is.")] = False,
) -> None:
    """Say which stylised facts of the literature on policy diffusion countries show, and which they do not."""
    check_lab()
    from sandbox.cli.console import Console
    from sandbox.cli.diffuse_table import facts_table
    from sandbox.content.words import Words

    options.check("--lang", "language", [lang], ("en", "zh"))
    words = Words(cast("Lang", lang), places.library.roots)
    country = _asked(_country(network, places), districts, None, "", None)
    silent = as_json or quiet
    _enough(country, words, silent=silent)
    from sandbox.diffusion.facts import FACTS, show

    numbers = options.seeds_of(seeds)
    dealt = opened_deck(country, (), places, processes, words, silent=silent)
    with _progress(words("diffusion.measuring"), len(FACTS) * len(numbers), silent) as on_measured:
        shown = show(country, dealt.deck, numbers, on_measured)
    if as_json:
        echo_json([
            {"fact": fact.fact, "source": fact.source, "reproduced": fact.reproduced, "held": fact.held,
             "by_rule": fact.by_rule, "median": fact.middle, "figures": fact.figures.tolist()}
            for fact in shown
        ])  # fmt: skip
    else:
        Console().print(facts_table(shown, words))


diffuse.command()(deck)
diffuse.command()(example)
diffuse.command()(report)
diffuse.command()(picture)


def _country(network: str, places: options.Places) -> Country:
    from sandbox.content.network_card import Country
    from sandbox.errors import UnknownError

    cards = places.library.cards["network"]
    countries = [name for name, card in cards.items() if isinstance(card, Country)]
    if network not in countries:
        raise UnknownError("country", network, countries)
    return cast("Country", cards[network])


def _asked(
    country: Country, districts: int | None, periods: int | None, central_rule: str, sessions: int | None
) -> Country:
    """Return a card with what was asked for otherwise; raises `InputError` where that does not fit it."""
    from pydantic import ValidationError

    from sandbox.content.findings import field_of, finding

    asked = {"districts": districts, "periods": periods}
    changed: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    if central_rule == "none":
        changed["central_rule"] = None
    elif central_rule:
        if not (central_rule.isascii() and central_rule.isdigit() and int(central_rule)):
            raise InputError(f"--central-rule: '{central_rule}' is no period; give a number from 1, or none")
        changed["central_rule"] = int(central_rule)
    if sessions is not None:
        changed["deck"] = country.deck.model_dump() | {"sessions": sessions}
    if districts is not None:
        changed["pilots"] = country.pilots.model_dump() | {"count": min(country.pilots.count, districts)}
    try:
        return type(country).model_validate(country.model_dump() | changed)
    except ValidationError as error:
        fault = error.errors()[0]
        raise InputError(f"--{field_of(fault).replace('_', '-')}: {finding(fault)}") from error


def _mechanisms(names: Sequence[str]) -> tuple[Mechanism, ...]:
    from sandbox.content.network_card import MECHANISMS

    given = [name for text in names for name in options.parts(text)]
    options.check("--without", "mechanism", given, MECHANISMS)
    return cast("tuple[Mechanism, ...]", tuple(name for name in MECHANISMS if name in given))


def _enough(country: Country, words: Words, *, silent: bool) -> None:
    """Say how much memory a country takes, and refuse one that does not fit, before anything is played for it."""
    from sandbox.diffusion.compiled import is_compiled
    from sandbox.diffusion.play import demand, fits

    fits(country)
    if not silent and country.districts > 100_000:
        echo(
            words("diffusion.memory", districts=f"{country.districts:,}", needed=f"{demand(country) / 1e6:,.0f}"),
            err=True,
        )
    if not silent and not is_compiled():
        echo(words("diffusion.compiles"), err=True)


def _played(
    plan: Plan, deck: Deck, each: bool, to: Path | None, runs: Path, words: Words, *, silent: bool
) -> tuple[Spread, Path]:
    """Return what a plan comes to and the folder that holds it; what is kept there is not played again."""
    from sandbox.diffusion.kept import MANIFEST, keep, kept, result_id
    from sandbox.diffusion.play import play

    country = plan.country
    others = [name for name in _on(country) if name not in plan.without] if each else []
    folder = to or runs / FOLDER / f"{country.id}-{result_id(plan, deck, others)[:10]}"
    if to is None and (folder / MANIFEST).is_file():
        try:
            return kept(folder), folder
        except StorageError as error:
            echo(words("diffusion.again", why=error), err=True)
    with _progress(words("diffusion.playing"), len(plan.seeds) * (1 + len(others)), silent) as on_country:
        try:
            spread = play(plan, deck, on_country, each_without=others)
        except KeyboardInterrupt as error:
            raise InterruptedSessionError(words("diffusion.interrupted")) from error
    keep(spread, folder)
    return spread, folder


def _on(country: Country) -> list[Mechanism]:
    """Return the mechanisms that are on in a card."""
    from sandbox.content.network_card import MECHANISMS

    return [name for name in MECHANISMS if getattr(country, name).on]


def _progress(name: str, number: int, silent: bool) -> AbstractContextManager[Callable[[int], object]]:
    from contextlib import contextmanager

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from sandbox.cli.console import Console

    @contextmanager
    def shown() -> Iterator[Callable[[int], object]]:
        console = Console(stderr=True)
        columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True, disable=silent or not console.is_terminal) as bar:
            task = bar.add_task("", total=number)
            yield lambda done: bar.update(task, completed=done)

    return shown()


def _as_json(spread: Spread, folder: Path) -> dict[str, Any]:
    from sandbox.diffusion.deck import CHANNELS

    plan, taught = spread.plan, spread.taught()
    series = ("form", "substance", "hierarchical", "horizontal", "burden", "faithful", "common")
    return {
        "network": plan.country.id, "districts": plan.country.districts, "periods": plan.country.periods,
        "central_rule": plan.country.central_rule, "seeds": plan.seeds, "without": plan.without,
        "changes": plan.changes, "deck": spread.deck, "sessions": int(spread.deck_sizes.sum()),
        "seconds": spread.seconds, "folder": str(folder),
        "arms": [
            {"without": arm.without}
            | {name: {end: _numbers(values) for end, values in arm.band(name)._asdict().items()} for name in series}
            for arm in spread.arms
        ],
        "taught": {channel: taught.counts[place].tolist() for place, channel in enumerate(CHANNELS)},
        "teachers": taught.teachers,
    }  # fmt: skip


def _numbers(values: Any) -> list[float | None]:
    return [None if isnan(value) else round(float(value), 5) for value in values]


def _show(spread: Spread, folder: Path, places: options.Places, words: Words) -> None:
    from sandbox.cli.console import Console
    from sandbox.cli.diffuse_table import adoption_table, arms_table, taught_table

    console = Console()
    console.print(adoption_table(spread, words))
    console.print(taught_table(spread, places.library, words))
    if len(spread.arms) > 1:
        console.print(arms_table(spread, words))
    echo(words("diffusion.kept", folder=folder, seconds=f"{spread.seconds:.1f}"))
    echo(words("diffusion.next", folder=folder))
