"""Commands about countries: play one, and what belongs to it."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

from typer import Argument, Option

from sandbox.cli import options, values
from sandbox.cli.country_play import check_enough, plan_of, played, say_doubts
from sandbox.cli.deck import (
    Network,
    Result,
    Unwatched,
    check_lab,
    country_of,
    dealt_behind,
    deck,
    example,
    opened_deck,
    place_of,
    spread_folder,
)  # fmt: skip
from sandbox.cli.folders import Folders
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo, echo_json, echo_paths

if TYPE_CHECKING:
    from sandbox.diffusion.spread import Spread
    from sandbox.experiment.export.sheets import Form
    from sandbox.report.document.drawing import PictureForm


_MANY, _ROW_BYTES = 1_000_000, 150  # rows of place_periods that are told of beforehand, and bytes of one as CSV

Districts = Annotated[
    int | None,
    Option(
        min=2,
        help="Places of the lowest level, which hold meetings (communities on the shipped cards), with as large a "
        "share of pilots (default: the card's).",
    ),
]

app = Commands()
diffuse = Commands(
    name="diffuse",
    help="Let a reform spread through a country of communities: sandbox diffuse run NETWORK. A model's world. What "
    "another rule, rate or mechanism would lead to: run with --set or --without, the same seeds, and report --beside; "
    "--each for each mechanism; two cards, or tests, by an experiment with the factor network.",
    no_args_is_help=True,
)
app.add_typer(diffuse)


@diffuse.command()
def run(
    network: Network,
    *,
    districts: Districts = None,
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
    changes: options.RulesOrRates = None,
    sessions: Annotated[
        int | None, Option(min=1, max=10_000, help="Sessions of each cell of the deck (default: the card's).")
    ] = None,
    each: Annotated[bool, Option("--each", help="Also play the same countries without each mechanism.")] = False,
    processes: options.Processes = None,
    to: Annotated[
        Path | None,
        Option(metavar="DIR", help="Folder of the result (default: one of its own in the folder of sessions)."),
    ] = None,
    lang: Annotated[options.Lang, options.language("Language of the table: en or zh.")] = options.LANG,
    places: Folders,
    output: options.Output,
) -> None:
    """Play a country: by period, how many places have the reform in form and in substance, and who taught whom."""
    check_lab()
    from sandbox.cli.blocks import show
    from sandbox.report.pages.diffusion import diffusion_in_short

    words = places.words(lang)
    named = [name for text in without or () for name in values.parts(text)]
    numbers = values.seeds_of(seeds) if seeds else ()
    card = country_of(network, places)
    plan = plan_of(card, districts, periods, numbers, named, changes or (), central_rule, sessions)
    country = plan.country
    check_enough(country, words, silent=output.silent)
    if not output.silent:
        say_doubts(country, places.library)
    dealt = opened_deck(country, plan.rules, places, processes, words, silent=output.silent)
    spread, folder = played(plan, dealt.deck, each, to, places.runs, words, silent=output.silent)
    if output.as_json:
        echo_json(_as_json(spread, folder))
    elif output.quiet:
        echo(str(folder))
    else:
        try:
            show(*diffusion_in_short(spread, places.library, words.lang, str(folder)))
        finally:  # what was played is there, whatever keeps it from being told
            echo(words("diffusion.kept", folder=folder))
        own = country.own
        echo(words("diffusion.next", folder=folder, place=own.ids[0] if own else 0))


@diffuse.command()
def facts(
    network: Annotated[
        str, Argument(metavar="NETWORK", help="A country whose rates are taken (default: between_peers).")
    ] = "between_peers",
    *,
    districts: Annotated[int, Option(min=500, max=50_000, help="Places of each country.")] = 4_000,
    seeds: Annotated[str, Option(help="Seeds, each for about twenty countries.")] = "1-25",
    processes: options.Processes = None,
    lang: Annotated[options.Lang, options.language("Language of the table: en or zh.")] = options.LANG,
    places: Folders,
    as_json: options.Json = False,
    quiet: Unwatched = False,
) -> None:
    """Say which stylised facts of the literature on policy diffusion countries show, and which they do not."""
    check_lab()
    from sandbox.cli.blocks import show
    from sandbox.cli.progress import counting
    from sandbox.report.document.compose import note
    from sandbox.report.pages.diffusion.moves import facts_note, facts_table

    words, silent = places.words(lang), as_json or quiet
    from sandbox.diffusion.facts import FACTS, of_size

    country = of_size(country_of(network, places), districts)
    check_enough(country, words, silent=silent)
    from sandbox.diffusion.facts import show as shown_in

    numbers = values.seeds_of(seeds)
    dealt = opened_deck(country, (), places, processes, words, silent=silent)
    with counting(words("diffusion.measuring"), len(FACTS) * len(numbers), silent, left=True) as (_, advance):
        shown = shown_in(country, dealt.deck, numbers, advance)
    if as_json:
        echo_json([
            {"fact": fact.fact, "source": fact.source, "verdict": fact.verdict, "held": fact.held,
             "toward": fact.toward, "measured": fact.measured, "by_rule": fact.by_rule,
             "median": [middle for _, middle, _ in fact.band], "figures": fact.figures.tolist()}
            for fact in shown
        ])  # fmt: skip
    else:
        show(
            facts_table(shown, words),
            facts_note(words, country.districts, len(numbers)),
            note(words("diffusion.world")),
        )


diffuse.command()(deck)
diffuse.command()(example)


@diffuse.command()
def sensitivity(
    network: Network,
    *,
    factor: Annotated[float, Option(min=1.01, max=100, help="By what each rate is divided, and multiplied.")] = 2.0,
    districts: Districts = None,
    seeds: Annotated[str, Option(help="Seeds; each is played as the card has it and once for each value.")] = "1-10",
    changes: options.RulesOrRates = None,
    processes: options.Processes = None,
    lang: Annotated[options.Lang, options.language("Language of the table: en or zh.")] = options.LANG,
    places: Folders,
    as_json: options.Json = False,
    quiet: Unwatched = False,
) -> None:
    """Say how far what comes of a country hangs on each rate: each one lower and higher, one at a time."""
    check_lab()
    from sandbox.cli.blocks import show_sections
    from sandbox.cli.progress import counting
    from sandbox.diffusion.rates import mean_interval, rate_sensitivity, varied_rates
    from sandbox.report.pages.diffusion.moves import rates_told

    words, silent = places.words(lang), as_json or quiet
    plan = plan_of(country_of(network, places), districts, None, values.seeds_of(seeds), (), changes or ())
    country = plan.country
    dealt = opened_deck(country, plan.rules, places, processes, words, silent=silent)
    number = len(plan.seeds) * (1 + len(list(varied_rates(plan, factor))))
    stopped = words("diffusion.interrupted")
    with counting(words("diffusion.playing"), number, silent, left=True, stopped=stopped) as (_, advance):
        result = rate_sensitivity(plan, dealt.deck, factor, advance)
    if not as_json:
        show_sections([rates_told(result, places.library, words.lang, drawn=False)])
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


@diffuse.command()
def report(
    result: Result,
    *,
    formats: options.Formats = None,
    beside: Annotated[
        list[str] | None,
        Option(
            help="Result of the same country with a changed rule or mechanism, to compare with (more than once); "
            "two cards are compared by an experiment (arms: network)."
        ),
    ] = None,
    district: Annotated[
        str,
        Option(
            help="The place whose story is told: its number, or its id in a table of places "
            "(default: one worth telling of)."
        ),
    ] = "",
    size: Annotated[
        bool, Option("--size", help="Also say how far the curves move with fewer sessions, which plays more countries.")
    ] = False,
    facts: Annotated[
        bool,
        Option("--facts", help="Also say what of the literature such countries show, which plays five hundred small."),
    ] = False,
    rates: Annotated[
        float | None,
        Option(
            min=1.01,
            max=100,
            help="Also say how far it hangs on each rate, divided and multiplied by this, which plays hundreds more.",
        ),
    ] = None,
    charts: Annotated[bool, Option("--charts", help="Also write each chart for papers, as SVG and PNG.")] = False,
    to: Annotated[Path | None, Option(metavar="DIR", help="Folder for it (default: that of the result).")] = None,
    lang: Annotated[options.Lang, options.language("Language of the report: en or zh.")] = options.LANG,
    places: Folders,
) -> None:
    """Write the report of a country that was played: curves, map, who taught whom, what moves it, one place's story."""
    check_lab()
    from sandbox.cli.report_files import echo_report, write_report
    from sandbox.diffusion.decks.size import moves_with_size
    from sandbox.diffusion.facts import of_small_countries
    from sandbox.diffusion.rates import rate_sensitivity
    from sandbox.diffusion.result_folder import kept
    from sandbox.report.pages.diffusion import diffusion_report

    forms, folder = values.forms(formats), spread_folder(result, places.runs)
    spread, others = kept(folder), [kept(spread_folder(other, places.runs)) for other in beside or ()]
    plan, words = spread.plan, places.words(lang)
    place = place_of(spread, district) if district else None
    more: dict[str, Any] = {}
    if size or facts or rates:
        deck = opened_deck(plan.country, plan.rules, places, None, words, silent=True).deck
        more |= {"sizes": moves_with_size(plan, deck)} if size else {}
        more |= {"facts": of_small_countries(plan.country, deck)} if facts else {}
        more |= {"rates": rate_sensitivity(plan, deck, rates)} if rates else {}
    document = diffusion_report(spread, places.library, lang, str(folder), beside=others, place=place, **more)
    echo_report(write_report(document, to or folder, forms, {}, charts=charts))


@diffuse.command()
def export(
    result: Result,
    *,
    to: options.TablesTo,
    seeds: Annotated[
        str, Option(help="Seeds of the result whose places are written, for example 1-10 (default: its first).")
    ] = "",
    formats: options.TableFormats = None,
    lang: options.CodebookLang = options.LANG,
    places: Folders,
    as_json: options.Json = False,
) -> None:
    """Write a country as tables: its curves, its places, and a row a place and period, with a codebook."""
    check_lab()
    from sandbox.cli.progress import counting
    from sandbox.cli.translation import translated
    from sandbox.diffusion.history import history
    from sandbox.diffusion.result_folder import kept
    from sandbox.experiment.export.country_tables import export_country
    from sandbox.experiment.export.sheets import FORMATS

    forms = values.checked_formats(formats or ["csv"], FORMATS)
    kept_in = spread_folder(result, places.runs)
    spread = kept(kept_in)
    plan = spread.plan
    numbers = values.seeds_of(seeds) if seeds else plan.seeds[:1]
    plan.check_seeds(numbers)
    rows, words = len(numbers) * plan.country.districts * plan.country.periods, places.words(lang)
    if rows > _MANY and "csv" in forms and not as_json:
        size = {"rows": f"{rows:,}", "size": f"{rows * _ROW_BYTES / 1e6:,.0f}"}
        echo(words("diffusion.large", table="place_periods", option="--format parquet", **size), err=True)
    deck = dealt_behind(spread, kept_in, places, words, silent=as_json).deck
    with counting(translated("writing the tables"), rows, as_json, left=True) as (_, advance):
        histories = (history(plan, deck, number) for number in numbers)
        paths = export_country(spread, histories, to, [cast("Form", form) for form in forms], lang, advance)
    if as_json:
        echo_json({"result": str(kept_in), "paths": [str(path) for path in paths]})
        return
    echo_paths(paths)
    echo(words("diffusion.exported", folder=kept_in), err=True)


@diffuse.command()
def picture(
    results: Annotated[
        list[str], Argument(metavar="RESULT...", help="Folders of countries that were played, their names, or last.")
    ],
    *,
    to: Annotated[Path, Option(help="The picture: a file whose name ends in .png, .svg or .pdf.")],
    lang: Annotated[options.Lang, options.language("Language of the picture: en or zh.")] = options.LANG,
    places: Folders,
) -> None:
    """Draw the curves of results side by side, as one picture."""
    check_lab()
    from sandbox.content.words import refusal
    from sandbox.diffusion.result_folder import kept
    from sandbox.record.folder import Folder
    from sandbox.report.document.drawing import drawn_together, no_pictures
    from sandbox.report.pages.diffusion import adoptions

    values.check("--to", "ending", [to.suffix], (".png", ".svg", ".pdf"))
    spreads = [kept(spread_folder(result, places.runs)) for result in results]
    note = places.words(lang)("spread_page.world")
    form = cast("PictureForm", to.suffix[1:])
    drawn = drawn_together(adoptions(spreads, places.library, lang), note, lang, form)
    if not drawn:
        raise refusal("spread_page.refused.picture", why=no_pictures(lang))
    Folder(to.parent).write(to, drawn)
    echo(str(to))


def _as_json(spread: Spread, folder: Path) -> dict[str, Any]:
    from sandbox.diffusion.deck import CHANNELS

    plan, taught = spread.plan, spread.taught()
    series = ("form", "substance", "at_once", "hierarchical", "horizontal", "burden", "faithful", "common")
    return {
        "network": plan.country.id, "districts": plan.country.districts, "periods": plan.country.periods,
        "central_rule": plan.central_rule, "seeds": plan.seeds, "without": plan.without,
        "changes": plan.changes, "deck": spread.deck, "sessions": int(spread.deck_sizes.sum()),
        "sessions_by_model": spread.by_model,
        "seconds": spread.seconds, "folder": str(folder),
        "arms": [
            {"without": arm.without}
            | {name: {end: _numbers(values) for end, values in arm.band(name)._asdict().items()} for name in series}
            for arm in spread.arms
        ],
        "taught": {channel: taught.counts[place].tolist() for place, channel in enumerate(CHANNELS)},
        "teachers": [(plan.country.own.ids[place] if plan.country.own else place, pupils)
                     for place, pupils in taught.teachers],
    }  # fmt: skip


def _numbers(values: Any) -> list[float | None]:
    return [None if isnan(value) else round(float(value), 5) for value in values]
