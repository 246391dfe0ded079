"""Commands that show what came of a country that was played: its report, and its curves as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

from typer import Argument, Option

from sandbox.cli import options
from sandbox.cli.printing import echo
from sandbox.cli.spreads import Result, check_lab, spread_folder

if TYPE_CHECKING:
    from sandbox.content.cards import Lang
    from sandbox.diffusion.deck import Deck
    from sandbox.diffusion.decks.size import SizeOfDeck
    from sandbox.diffusion.facts import Shown
    from sandbox.diffusion.spread import Spread
    from sandbox.report.document.drawing import PictureForm

__all__ = ["picture", "report"]


def report(
    result: Result,
    *,
    formats: Annotated[
        list[str] | None,
        Option("--format", help="html, md, docx; with commas between, or more than once (default: html)."),
    ] = None,
    beside: Annotated[
        list[str] | None,
        Option(help="Result of the same country with a changed rule or mechanism, to compare with (more than once)."),
    ] = None,
    district: Annotated[
        int | None, Option(min=0, help="The place whose story is told, by its number (default: one worth telling of).")
    ] = None,
    size: Annotated[
        bool, Option("--size", help="Also say how far the curves move with fewer sessions, which plays more countries.")
    ] = False,
    facts: Annotated[
        bool,
        Option("--facts", help="Also say what of the literature such countries show, which plays a hundred small."),
    ] = False,
    charts: Annotated[bool, Option("--charts", help="Also write each chart for papers, as SVG and PNG.")] = False,
    to: Annotated[Path | None, Option(help="Folder for it (default: that of the result).")] = None,
    lang: Annotated[str, Option(help="Language of the report: en or zh.")] = "en",
    places: options.Places,
) -> None:
    """Write the report of a country that was played: curves, map, who taught whom, what moves it, one place's story."""
    check_lab()
    from sandbox.cli.report_files import write_report
    from sandbox.diffusion.kept import kept
    from sandbox.report.document.formats import FORMATS
    from sandbox.report.pages.diffusion import diffusion_report

    forms = options.checked_formats(formats or ["html"], FORMATS)
    options.check("--lang", "language", [lang], ("en", "zh"))
    folder = spread_folder(result, places.runs)
    spread, others = kept(folder), [kept(spread_folder(other, places.runs)) for other in beside or ()]
    sizes = _sizes(spread, places, cast("Lang", lang)) if size else ()
    shown = _facts(spread, places, cast("Lang", lang)) if facts else ()
    document = diffusion_report(
        spread, places.library, cast("Lang", lang), str(folder), beside=others, place=district, sizes=sizes,
        facts=shown,
    )  # fmt: skip
    for path in write_report(document, to or folder, forms, {}, charts=charts):
        echo(str(path))


def picture(
    results: Annotated[
        list[str], Argument(metavar="RESULT...", help="Folders of countries that were played, their names, or last.")
    ],
    *,
    to: Annotated[Path, Option(help="The picture: a file whose name ends in .png, .svg or .pdf.")],
    lang: Annotated[str, Option(help="Language of the picture: en or zh.")] = "en",
    places: options.Places,
) -> None:
    """Draw the curves of results side by side, as one picture."""
    check_lab()
    from sandbox.content.words import Words, refusal
    from sandbox.diffusion.kept import kept
    from sandbox.record.folder import Folder
    from sandbox.report.document.drawing import drawn_together, no_pictures
    from sandbox.report.pages.diffusion import adoptions

    options.check("--lang", "language", [lang], ("en", "zh"))
    options.check("--to", "ending", [to.suffix], (".png", ".svg", ".pdf"))
    spreads = [kept(spread_folder(result, places.runs)) for result in results]
    shown = adoptions(spreads, places.library, cast("Lang", lang))
    note = Words(cast("Lang", lang), places.library.roots)("spread_page.world")
    drawn = drawn_together(shown, note, cast("Lang", lang), cast("PictureForm", to.suffix[1:]))
    if not drawn:
        raise refusal("spread_page.refused.picture", why=no_pictures(cast("Lang", lang)))
    Folder(to.parent).write(to, drawn)
    echo(str(to))


def _sizes(spread: Spread, places: options.Places, lang: Lang) -> tuple[SizeOfDeck, ...]:
    """Return how far a result moves under smaller decks."""
    from sandbox.diffusion.decks.size import moves_with_size

    return moves_with_size(spread.plan, _deck(spread, places, lang))


def _facts(spread: Spread, places: options.Places, lang: Lang) -> tuple[Shown, ...]:
    """Return what small countries with the rates of a result show of the literature's facts."""
    from sandbox.diffusion.facts import of_small_countries

    return of_small_countries(spread.plan.country, _deck(spread, places, lang))


def _deck(spread: Spread, places: options.Places, lang: Lang) -> Deck:
    from sandbox.cli.deck import opened_deck
    from sandbox.content.words import Words

    words, plan = Words(lang, places.library.roots), spread.plan
    return opened_deck(plan.country, plan.changes, places, None, words, silent=True).deck
