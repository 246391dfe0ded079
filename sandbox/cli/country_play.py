"""Plans and plays countries; shared by the command line and Python."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.cli import values
from sandbox.cli.deck import FOLDER
from sandbox.cli.printing import echo, echo_problem
from sandbox.cli.translation import translated
from sandbox.errors import InputError, StorageError

if TYPE_CHECKING:
    from sandbox.content.library import Library
    from sandbox.content.network_card import Country
    from sandbox.content.words import Words
    from sandbox.diffusion.deck import Deck
    from sandbox.diffusion.spread import Spread, SpreadPlan


def plan_of(
    card: Country, districts: int | None, periods: int | None, seeds: Sequence[int], without: Sequence[str],
    changes: Sequence[str], central_rule: str = "", sessions: int | None = None,
) -> SpreadPlan:  # fmt: skip
    """Return the plan of a country; arguments are as options of ``sandbox diffuse run``, empty for the card's values.

    Raises:
        InputError: something does not fit the country, or would change nothing.
    """
    from sandbox.content.cards import Text
    from sandbox.content.changes import with_rates
    from sandbox.content.language import LANGUAGES
    from sandbox.content.named import Named
    from sandbox.content.network_card import MECHANISMS
    from sandbox.content.words import Words
    from sandbox.diffusion.spread import SpreadPlan

    called = {lang: Words(lang) for lang in LANGUAGES}
    known = [
        Named(name, Text(**{lang: words.of("diffusion.mechanism", name) for lang, words in called.items()}))
        for name in MECHANISMS
    ]
    without = values.ids("--without", "mechanism", without, known)
    country = with_rates(_asked(card, districts, periods, central_rule, sessions), changes)
    off = tuple(name for name in MECHANISMS if name in without)
    plan = SpreadPlan(country, tuple(seeds) or tuple(range(1, country.seeds + 1)), off, tuple(changes))
    plan.check_asked(card)
    return plan


def _asked(
    country: Country, districts: int | None, periods: int | None, central_rule: str, sessions: int | None
) -> Country:
    """Return a card with the values of options; raises `InputError` if these do not fit it."""
    from pydantic import ValidationError

    from sandbox.content.faults import field_of, finding

    changed: dict[str, Any] = {} if periods is None else {"periods": periods}
    if central_rule == "none":
        changed["central_rule"] = None
    elif central_rule:
        if not (central_rule.isascii() and central_rule.isdigit() and int(central_rule)):
            no_period = "--central-rule: '{period}' is no period; give a number from 1, or none"
            raise InputError(translated(no_period, period=central_rule))
        changed["central_rule"] = int(central_rule)
    if sessions is not None:
        changed["deck"] = country.deck.model_dump() | {"sessions": sessions}
    try:
        sized = country if districts is None else country.resized(districts)
        return sized.changed(**changed)
    except ValidationError as error:
        fault = error.errors()[0]
        option = field_of(fault).rpartition(".")[2].replace("_", "-")
        raise InputError(f"--{option}: {finding(fault)}") from error


def say_doubts(country: Country, library: Library) -> None:
    """Print what is doubtful in the card of a country."""
    from sandbox.cli.translation import said
    from sandbox.content.country_doubts import country_doubts
    from sandbox.errors import Problem

    for loc, field, says in country_doubts(country):
        doubt = Problem(library.where("network", country.id, loc), field, says, "warning")
        echo_problem(doubt, said(doubt), err=True)


def check_enough(country: Country, words: Words, *, silent: bool) -> None:
    """Print the memory that a country takes; raises `InputError` if it does not fit, before anything is played."""
    from sandbox.diffusion.compiled import is_compiled
    from sandbox.diffusion.play import demand, fits

    fits(country)
    if not silent and country.districts > 100_000:
        needed = f"{demand(country) / 1e6:,.0f}"
        echo(words("diffusion.memory", districts=f"{country.districts:,}", needed=needed), err=True)
    if not silent and not is_compiled():
        echo(words("diffusion.compiles"), err=True)


def played(
    plan: SpreadPlan, deck: Deck, each: bool, to: Path | None, runs: Path, words: Words, *, silent: bool
) -> tuple[Spread, Path]:
    """Return the result of a plan and its folder; a stored result is not played again."""
    from sandbox.cli.progress import counting
    from sandbox.content.network_card import MECHANISMS
    from sandbox.diffusion.play import play
    from sandbox.diffusion.result_folder import MANIFEST, keep, kept, result_id

    country = plan.country
    on = [name for name in MECHANISMS if getattr(country, name).on and name not in plan.without]
    others = on if each else []
    folder = to or runs / FOLDER / f"{country.id}-{result_id(plan, deck, others)[:10]}"
    if to is None and (folder / MANIFEST).is_file():
        try:
            return kept(folder), folder
        except StorageError as error:
            echo(words("diffusion.again", why=error), err=True)
    countries = len(plan.seeds) * (1 + len(others))
    stopped = words("diffusion.interrupted")
    with counting(words("diffusion.playing"), countries, silent, left=True, stopped=stopped) as (_, advance):
        spread = play(plan, deck, advance, each_without=others)
    keep(spread, folder)
    return spread, folder
