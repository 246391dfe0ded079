"""Commands about rules: what each governance model makes impossible, and what the rules alone bring about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from sandbox.cli import options
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo, echo_json

if TYPE_CHECKING:
    from sandbox.game.game import Game

__all__ = ["app", "rules_table"]

app = Commands()
Scenario = Annotated[str, Option(help="The case whose seats are looked at.")]
Models = Annotated[str, Option(help="Governance models, with commas between (default: all).")]
Lang = Annotated[str, Option(help="en or zh.")]
Changes = Annotated[list[str] | None, Option("--set", help="Change one rule in every model: path=value.")]


@app.command()
def rules(
    scenario: Scenario = "four_oclock_school",
    governance: Models = "",
    lang: Lang = "en",
    changes: Changes = None,
    content: options.Content = None,
    as_json: options.Json = False,
) -> None:
    """Show what each governance model makes impossible, seat by seat, as a Markdown table."""
    from sandbox.game.limits import seat_limits

    games = _games(scenario, governance, lang, changes, content)
    if as_json:
        echo_json({game.governance.id: [vars(limit) for limit in seat_limits(game)] for game in games})
        return
    echo(rules_table(games))


@app.command()
def circularity(
    scenario: Scenario = "four_oclock_school",
    governance: Models = "",
    sessions: Annotated[int, Option(min=10, max=10_000, help="Sessions under each model.")] = 200,
    changes: Changes = None,
    content: options.Content = None,
    as_json: options.Json = False,
) -> None:
    """Say which differences between governance models the rules alone make, before any persona speaks."""
    from rich.table import Table
    from rich.text import Text

    from sandbox.cli.console import Console
    from sandbox.content.words import Words
    from sandbox.scoring.null_model import circularity as measured

    games = _games(scenario, governance, "en", changes, content)
    differences = measured(games[0].library, [game.spec for game in games], sessions)
    if as_json:
        echo_json([_plain(difference) for difference in differences])
        return
    label = Words("en")
    table = Table(title=f"Rules only: {sessions} sessions a model, acts drawn at random", expand=True)
    table.add_column("measure", ratio=4)
    for game in games:
        table.add_column(Text(game.governance.name.en), justify="right", ratio=3)
    table.add_column("made by rules", ratio=2)
    for row in differences:
        cells = [f"{spread.mean:g} ±{spread.margin:.2g}" if spread else "–" for spread in row.spreads.values()]
        share = f"{row.explained:.0%}" if row.explained is not None else "–"
        table.add_row(label.of("m", row.measure), *cells, f"yes, {share}" if row.by_rules else f"no, {share}")
    Console().print(table)
    by_rules = sum(row.by_rules for row in differences)
    echo(
        f"{by_rules} of {len(differences)} measures differ between these models although nobody speaks: the rules "
        "make the difference, the personas do not, and it says nothing about real cities."
    )
    echo("mean ± half the 95% interval; the share is that of the variance between the models (eta squared).")


def rules_table(games: list[Game]) -> str:
    """Return what each game's rules make impossible, as a Markdown table with a column for each model."""
    from sandbox.game.limits import seat_limits
    from sandbox.report.reading import procedure_text, scope_text

    lang = games[0].spec.lang
    words = games[0].words
    colon = words("colon")
    rows = [["", *(game.governance.name.get(lang) for game in games)]]
    rows.append([f"*{words('limits.decides')}*", *(procedure_text(game) for game in games)])
    rows.append([f"*{words('limits.binds')}*", *(scope_text(game) for game in games)])
    rows.append([f"*{words('limits.pays')}*", *(_pays(game) for game in games)])
    limits = [{limit.seat: limit for limit in seat_limits(game)} for game in games]
    for seat in limits[0]:
        cells = []
        for game, by_seat in zip(games, limits, strict=True):
            limit = by_seat[seat]
            names = {stage.id: stage.name.get(lang).lower() for stage in game.stages}
            absent = words.join([names[stage] for stage in limit.shut_out])
            never = words.join([words.of("may", act) for act in limit.acts])
            parts = [words("limits.absent") + colon + absent] if absent else []
            parts += [words("limits.never") + colon + never] if never else []
            parts += [words("limits.no_vote")] if game.voters(game.stages[-1].id) and not limit.votes else []
            parts += [] if limit.drafts else [words("limits.no_plan")]
            blind = game.governance.rules.information.platform and not limit.platform
            parts += [words("limits.no_platform")] if blind else []
            cells.append((words("stop") + words("gap")).join(parts) or "–")
        rows.append([games[0].role(seat), *cells])
    head, *body = rows
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in body])


def _pays(game: Game) -> str:
    payoff = game.governance.rules.payoff
    return game.words("semi").join(budget.get(game.spec.lang) for budget in payoff.budgets.values())


def _games(
    scenario: str, governance: str, lang: str, changes: list[str] | None, content: options.Content
) -> list[Game]:
    from sandbox.content.library import Library
    from sandbox.game.game import Game
    from sandbox.game.spec import SessionSpec

    options.check("--lang", "language", [lang], ("en", "zh"))
    library = Library.load(content)
    suited = library.scenario(scenario).governance
    games = []
    for model in dict.fromkeys(options.parts(governance) or suited):
        library.governance(model)
        case = {"scenario": scenario, "governance": model, "lang": lang, "changes": tuple(changes or ())}
        games.append(Game(SessionSpec.model_validate(case), library))
    return games


def _plain(difference: Any) -> dict[str, Any]:
    spreads = {model: vars(spread) if spread else None for model, spread in difference.spreads.items()}
    return {**vars(difference), "spreads": spreads}
