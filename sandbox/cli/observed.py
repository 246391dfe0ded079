"""The command ``sandbox diffuse compare``: a country that was played, held against an observed curve."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from sandbox.cli import options, values
from sandbox.cli.deck import Result, Unwatched, check_lab, dealt_behind, spread_folder
from sandbox.cli.folders import Folders
from sandbox.cli.printing import echo_json

if TYPE_CHECKING:
    from sandbox.diffusion.deck import Deck
    from sandbox.diffusion.observed import Held
    from sandbox.diffusion.spread import Spread, SpreadPlan

SeriesOf = Annotated[str, Option("--series", help="The country's curve: form, substance, at_once.")]
Fit = Annotated[
    str,
    Option(
        "--fit",
        help="Also say which values of these rates lie nearest, at most three with commas between: learning.rate. "
        "That plays the country dozens of times, and identifies nothing.",
    ),
]


def compare(
    result: Result,
    *,
    observed: Annotated[
        Path,
        Option(
            metavar="FILE",
            help="CSV file of what was observed: columns period and share (0 to 1, of all places, added up), or id and "
            "adopted (the period in which a place took it up, or nothing).",
        ),
    ],
    series: SeriesOf = "form",
    fit: Fit = "",
    lang: Annotated[options.Lang, options.language("Language of the table: en or zh.")] = options.LANG,
    places: Folders,
    as_json: options.Json = False,
    quiet: Unwatched = False,
) -> None:
    """Hold a country's curve against an observed one: how far apart they are, and which rates lie nearest."""
    check_lab()
    from sandbox.cli.blocks import show_sections
    from sandbox.diffusion.result_folder import kept
    from sandbox.report.pages.diffusion.observed import observed_told

    words, folder = places.words(lang), spread_folder(result, places.runs)
    spread = kept(folder)
    held = held_with(
        spread, observed, series, values.parts(fit),
        lambda: dealt_behind(spread, folder, places, words, silent=True).deck,
        words("diffusion.playing"), silent=as_json or quiet,
    )  # fmt: skip
    if as_json:
        echo_json({"result": str(folder), **held.as_dict()})
        return
    show_sections([observed_told(held, spread, places.library, words.lang, drawn=False)])


def held_with(
    spread: Spread, observed: Path | Mapping[int, float], series: str, fit: Sequence[str], deck: Callable[[], Deck],
    doing: str = "", *, silent: bool = True,
) -> Held:  # fmt: skip
    """Return a country held against what was observed, a file or shares by period, with the nearest rates if asked.

    Raises:
        InputError: the file, the curve or a rate cannot be used.
    """
    from sandbox.cli.progress import counting
    from sandbox.content.files import read_text
    from sandbox.content.own_places import MOST_BYTES
    from sandbox.content.words import Words
    from sandbox.diffusion.fit import nearest, to_play
    from sandbox.diffusion.observed import SERIES, Held, distance, read_observed

    values.check("--series", "series", [series], SERIES)
    rates, plan = _rates(spread.plan, fit), spread.plan
    if isinstance(observed, Mapping):
        rows = "".join(f"{period},{share}\n" for period, share in observed.items())
        seen = read_observed(f"period,share\n{rows}", "observed", plan.country)
    else:
        seen = read_observed(read_text(observed, MOST_BYTES), str(observed), plan.country)
    curve = next(each for each in SERIES if each == series)
    held = Held(curve, seen, distance(spread.arms[0], curve, seen))
    if not rates:
        return held
    stopped = Words("en")("diffusion.interrupted")
    with counting(doing, to_play(plan, rates), silent, left=True, stopped=stopped) as (_, advance):
        return Held(curve, seen, held.distance, nearest(plan, deck(), seen, curve, rates, advance))


def _rates(plan: SpreadPlan, names: Sequence[str]) -> tuple[str, ...]:
    from sandbox.content.words import refusal
    from sandbox.diffusion.fit import MOST_RATES
    from sandbox.diffusion.rates import free_rates

    values.check("--fit", "rate", names, free_rates(plan))
    rates = tuple(dict.fromkeys(names))
    if len(rates) > MOST_RATES:
        raise refusal("observed.refused.rates", most=MOST_RATES, count=len(rates))
    return rates
