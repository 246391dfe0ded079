"""Commands about countries: play one, and what belongs to it."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

from typer import Argument, Option

from sandbox.cli import options, values
from sandbox.cli.deck import (
    FOLDER,
    Network,
    Result,
    check_lab,
    country_of,
    deck,
    example,
    opened_deck,
    place_of,
    spread_folder,
)  # fmt: skip
from sandbox.cli.folders import Folders
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo, echo_json, echo_paths
from sandbox.cli.rates import sensitivity
from sandbox.cli.translation import translated
from sandbox.errors import InputError, InterruptedSessionError, StorageError

if TYPE_CHECKING:
    from sandbox.content.network_card import Country
    from sandbox.content.words import Words
    from sandbox.diffusion.deck import Deck
    from sandbox.diffusion.spread import Spread, SpreadPlan
    from sandbox.experiment.sheets import Form
    from sandbox.report.document.drawing import PictureForm


app = Commands()
diffuse = Commands(
    name="diffuse",
    help="Let a reform spread through a country of communities: sandbox diffuse run NETWORK. A model's world.",
    no_args_is_help=True,
)
app.add_typer(diffuse)


@diffuse.command()
def run(
    network: Network,
    *,
    districts: Annotated[
        int | None,
        Option(min=2, help="Places that hold meetings, with as large a share of pilots (default: the card's)."),
    ] = None,
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
    changes: options.RulesByModel = None,
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
    from sandbox.cli.console import Console
    from sandbox.content.network_card import MECHANISMS, Country
    from sandbox.content.words import refusal
    from sandbox.diffusion.spread import SpreadPlan
    from sandbox.report.figures import decimal
    from sandbox.report.pages.diffusion import diffusion_in_short

    words, rules = places.words(lang), tuple(changes or ())
    for rule in rules:
        if rule.partition(".")[0].partition("=")[0] in Country.model_fields:
            raise refusal("diffusion.refused.rate", rule=rule, command=f"sandbox show network {network} --yaml")
    card = country_of(network, places)
    country = _asked(card, districts, periods, central_rule, sessions)
    named = [name for text in without or () for name in values.parts(text)]
    values.check("--without", "mechanism", named, MECHANISMS)
    off = tuple(name for name in MECHANISMS if name in named)
    numbers = values.seeds_of(seeds) if seeds else tuple(range(1, country.seeds + 1))
    plan = SpreadPlan(country, numbers, off, rules)
    plan.check_asked(card)
    _enough(country, words, silent=output.silent)
    dealt = opened_deck(country, rules, places, processes, words, silent=output.silent)
    spread, folder = _played(plan, dealt.deck, each, to, places.runs, words, silent=output.silent)
    if output.as_json:
        echo_json(_as_json(spread, folder))
    elif output.quiet:
        echo(str(folder))
    else:
        show(Console(), *diffusion_in_short(spread, places.library, words.lang, str(folder)))
        echo(words("diffusion.kept", folder=folder, seconds=decimal(spread.seconds, 1)))
        own = country.own
        echo(words("diffusion.next", folder=folder, place=own.ids[0] if own else 0))


@diffuse.command()
def facts(
    network: Annotated[
        str, Argument(metavar="NETWORK", help="A country whose rates are taken (default: between_peers).")
    ] = "between_peers",
    *,
    districts: Annotated[int, Option(min=500, max=50_000, help="Places of each country.")] = 4_000,
    seeds: Annotated[str, Option(help="Seeds, each for about twenty countries.")] = "1-5",
    processes: options.Processes = None,
    lang: Annotated[options.Lang, options.language("Language of the table: en or zh.")] = options.LANG,
    places: Folders,
    as_json: options.Json = False,
    quiet: Annotated[bool, Option("--quiet", "-q", help="Do not show how far it is.")] = False,
) -> None:
    """Say which stylised facts of the literature on policy diffusion countries show, and which they do not."""
    check_lab()
    from sandbox.cli.blocks import show
    from sandbox.cli.console import Console
    from sandbox.cli.progress import counting
    from sandbox.report.document.compose import note
    from sandbox.report.pages.diffusion.moves import facts_table

    words, silent = places.words(lang), as_json or quiet
    from sandbox.diffusion.facts import FACTS, of_size

    country = of_size(country_of(network, places), districts)
    _enough(country, words, silent=silent)
    from sandbox.diffusion.facts import show as shown_in

    numbers = values.seeds_of(seeds)
    dealt = opened_deck(country, (), places, processes, words, silent=silent)
    with counting(words("diffusion.measuring"), len(FACTS) * len(numbers), silent, left=True) as (_, advance):
        shown = shown_in(country, dealt.deck, numbers, advance)
    if as_json:
        echo_json([
            {"fact": fact.fact, "source": fact.source, "reproduced": fact.reproduced, "held": fact.held,
             "by_rule": fact.by_rule, "median": fact.middle, "figures": fact.figures.tolist()}
            for fact in shown
        ])  # fmt: skip
    else:
        about = words("diffusion.facts_note", districts=f"{country.districts:,}", seeds=len(numbers))
        show(Console(), facts_table(shown, words), note(about), note(words("diffusion.world")))


diffuse.command()(deck)
diffuse.command()(example)
diffuse.command()(sensitivity)


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
        Option("--facts", help="Also say what of the literature such countries show, which plays a hundred small."),
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
    from sandbox.cli.report_files import write_report
    from sandbox.diffusion.decks.size import moves_with_size
    from sandbox.diffusion.facts import of_small_countries
    from sandbox.diffusion.rates import rate_sensitivity
    from sandbox.diffusion.result_folder import kept
    from sandbox.report.pages.diffusion import diffusion_report

    forms, folder = values.forms(formats), spread_folder(result, places.runs)
    spread, others = kept(folder), [kept(spread_folder(other, places.runs)) for other in beside or ()]
    plan = spread.plan
    more: dict[str, Any] = {}
    if size or facts or rates:
        deck = opened_deck(plan.country, plan.changes, places, None, places.words(lang), silent=True).deck
        more |= {"sizes": moves_with_size(plan, deck)} if size else {}
        more |= {"facts": of_small_countries(plan.country, deck)} if facts else {}
        more |= {"rates": rate_sensitivity(plan, deck, rates)} if rates else {}
    place = place_of(spread, district) if district else None
    document = diffusion_report(spread, places.library, lang, str(folder), beside=others, place=place, **more)
    echo_paths(write_report(document, to or folder, forms, {}, charts=charts))


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
    from sandbox.cli.progress import waiting
    from sandbox.content.words import refusal
    from sandbox.diffusion.history import history
    from sandbox.diffusion.result_folder import kept
    from sandbox.experiment.country_tables import export_country
    from sandbox.experiment.sheets import FORMATS

    forms = values.checked_formats(formats or ["csv"], FORMATS)
    kept_in, words = spread_folder(result, places.runs), places.words(lang)
    spread = kept(kept_in)
    plan = spread.plan
    numbers = values.seeds_of(seeds) if seeds else plan.seeds[:1]
    if strangers := [number for number in numbers if number not in plan.seeds]:
        raise refusal("diffusion.refused.other_seed", seed=strangers[0], seeds=list(plan.seeds))
    deck = opened_deck(plan.country, plan.changes, places, None, words, silent=as_json).deck
    if deck.digest != spread.deck:
        raise refusal("deck.refused.other_deck", result=kept_in, was=spread.deck[:12], now=deck.digest[:12])
    with waiting("writing the tables", as_json):
        histories = (history(plan, deck, number) for number in numbers)
        paths = export_country(spread, histories, to, [cast("Form", form) for form in forms], lang)
    if as_json:
        echo_json({"result": str(kept_in), "paths": [str(path) for path in paths]})
        return
    echo_paths(paths)
    echo(places.words(lang)("diffusion.exported", folder=kept_in), err=True)


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


def _asked(
    country: Country, districts: int | None, periods: int | None, central_rule: str, sessions: int | None
) -> Country:
    """Return a card with what was asked for otherwise; raises `InputError` where that does not fit it."""
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
        raise InputError(f"--{field_of(fault).replace('_', '-')}: {finding(fault)}") from error


def _enough(country: Country, words: Words, *, silent: bool) -> None:
    """Say how much memory a country takes, and refuse one that does not fit, before anything is played for it."""
    from sandbox.diffusion.compiled import is_compiled
    from sandbox.diffusion.play import demand, fits

    fits(country)
    if not silent and country.districts > 100_000:
        needed = f"{demand(country) / 1e6:,.0f}"
        echo(words("diffusion.memory", districts=f"{country.districts:,}", needed=needed), err=True)
    if not silent and not is_compiled():
        echo(words("diffusion.compiles"), err=True)


def _played(
    plan: SpreadPlan, deck: Deck, each: bool, to: Path | None, runs: Path, words: Words, *, silent: bool
) -> tuple[Spread, Path]:
    """Return what a plan comes to and the folder that holds it; what is kept there is not played again."""
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
    with counting(words("diffusion.playing"), countries, silent, left=True) as (_, advance):
        try:
            spread = play(plan, deck, advance, each_without=others)
        except KeyboardInterrupt as error:
            raise InterruptedSessionError(words("diffusion.interrupted")) from error
    keep(spread, folder)
    return spread, folder


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
