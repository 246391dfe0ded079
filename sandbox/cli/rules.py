"""The command ``rules``: what each governance model makes impossible."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from sandbox.cli import options, values
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo, echo_json, echo_paths
from sandbox.cli.translation import LANG

if TYPE_CHECKING:
    from sandbox.cli.console import Console
    from sandbox.game.game import Game


app = Commands()
_PRINTED = "md"


@app.command()
def rules(
    scenario: Annotated[str, Option(help="The case whose seats are looked at.")] = "four_oclock_school",
    governance: Annotated[str, Option(help="Governance models, with commas between (default: all).")] = "",
    lang: Annotated[options.Lang, options.language("Language: en or zh.")] = options.LANG,
    changes: options.RulesInAll = None,
    formats: Annotated[
        list[str] | None,
        Option(
            "--format",
            help="md: a Markdown table, printed; html, docx: a page, written to a file; with commas between, or more "
            "than once.",
        ),
    ] = None,
    to: Annotated[Path, Option(metavar="DIR", help="Folder for what --format html or docx writes.")] = Path(),
    content: options.Content = None,
    as_json: options.Json = False,
) -> None:
    """Show what each governance model makes impossible, seat by seat."""
    from sandbox.cli.blocks import show_sections
    from sandbox.cli.console import Console
    from sandbox.cli.report_files import write_files
    from sandbox.game.checks.limits import seat_limits
    from sandbox.report.document.formats import FORMATS
    from sandbox.report.document.markdown import table_to_markdown
    from sandbox.report.pages.cards import limits_page, limits_table

    forms = values.forms(formats, "")
    games = _games(scenario, governance, lang, changes, content)
    if as_json:
        echo_json({game.governance.id: [vars(limit) for limit in seat_limits(game)] for game in games})
        return
    page = limits_page(games)
    if _PRINTED in forms:
        echo(table_to_markdown(limits_table(games)))
    written = {f"rules_{scenario}_{lang}.{form}": FORMATS[form](page) for form in forms if form != _PRINTED}
    if forms:
        echo_paths(path.resolve() for path in (write_files(to, written) if written else ()))
        return
    console = Console()
    console.print(f"{page.title} · {page.lede}", style="bold", markup=False, highlight=False)
    console.print()
    say_undecidable(console, games)
    show_sections(page.sections)


def say_undecidable(console: Console, games: Iterable[Game]) -> None:
    """Print under which games' rules nothing can be decided, and what would have to change."""
    from sandbox.content.words import Words
    from sandbox.game.checks.limits import undecidable

    for game in games:
        if why := undecidable(game):
            console.print(why.in_words(game, Words(LANG)), style="yellow", markup=False, soft_wrap=True)


def _games(
    scenario: str, governance: str, lang: str, changes: list[str] | None, content: options.Content
) -> list[Game]:
    from sandbox.content.changes import completed
    from sandbox.content.library import Library
    from sandbox.game.game import Game
    from sandbox.game.spec import SessionSpec

    library = Library.load(content)
    scenario = library.id_of("scenario", scenario)
    suited = library.scenario(scenario).governance
    games = []
    named = [library.id_of("governance", each) for each in values.parts(governance)]
    for model in dict.fromkeys(named or suited):
        whole = completed(library.governance(model), tuple(changes or ()))
        case = {"scenario": scenario, "governance": model, "lang": lang, "changes": whole}
        games.append(Game(SessionSpec.model_validate(case), library))
    return games
