"""The command ``sandbox diffuse sensitivity``: how far what comes of a country hangs on each of its rates."""

from __future__ import annotations

from math import isnan
from typing import Annotated

from typer import Option

from sandbox.cli import options, values
from sandbox.cli.country_play import plan_of
from sandbox.cli.deck import Network, check_lab, country_of, opened_deck
from sandbox.cli.folders import Folders
from sandbox.cli.printing import echo_json
from sandbox.errors import InterruptedSessionError

Factor = Annotated[float, Option(min=1.01, max=100, help="By what each rate is divided, and multiplied.")]


def sensitivity(
    network: Network,
    *,
    factor: Factor = 2.0,
    districts: Annotated[
        int | None,
        Option(min=2, help="Places that hold meetings, with as large a share of pilots (default: the card's)."),
    ] = None,
    seeds: Annotated[str, Option(help="Seeds; each is played as the card has it and once for each value.")] = "1-10",
    changes: options.RulesOrRates = None,
    processes: options.Processes = None,
    lang: Annotated[options.Lang, options.language("Language of the table: en or zh.")] = options.LANG,
    places: Folders,
    as_json: options.Json = False,
    quiet: Annotated[bool, Option("--quiet", "-q", help="Do not show how far it is.")] = False,
) -> None:
    """Say how far what comes of a country hangs on each rate: each one lower and higher, one at a time."""
    check_lab()
    from sandbox.cli.blocks import show_section
    from sandbox.cli.console import Console
    from sandbox.cli.progress import counting
    from sandbox.diffusion.rates import mean_interval, rate_sensitivity, varied_rates
    from sandbox.report.pages.diffusion.rates import rates_told

    words, silent = places.words(lang), as_json or quiet
    plan = plan_of(country_of(network, places), districts, None, values.seeds_of(seeds), (), changes or ())
    country = plan.country
    dealt = opened_deck(country, plan.rules, places, processes, words, silent=silent)
    number = len(plan.seeds) * (1 + len(list(varied_rates(plan, factor))))
    with counting(words("diffusion.playing"), number, silent, left=True) as (_, advance):
        try:
            result = rate_sensitivity(plan, dealt.deck, factor, advance)
        except KeyboardInterrupt as error:
            raise InterruptedSessionError(words("diffusion.interrupted")) from error
    if not as_json:
        show_section(Console(), rates_told(result, places.library, words.lang, drawn=False))
        return
    echo_json({
        "network": country.id, "districts": country.districts, "factor": factor, "seeds": plan.seeds,
        "changes": plan.changes,
        "base": {name: [None if isnan(each) else each for each in by_seed] for name, by_seed in result.base.items()},
        "varied": [
            {"mechanism": each.mechanism or None, "rate": each.rate, "card": each.known, "value": each.value}
            | {name: dict(zip(("mean", "low", "high"), (None if isnan(end) else end for end in mean_interval(changes)),
                              strict=True)) for name, changes in each.changes.items()}
            for each in result.varied
        ],
    })  # fmt: skip
