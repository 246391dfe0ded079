"""Commands about rules: what each governance model makes impossible, and what the rules alone bring about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sandbox.cli import options
from sandbox.errors import InputError

if TYPE_CHECKING:
    from sandbox.content.library import Library
    from sandbox.game.game import Game
    from sandbox.game.spec import SessionSpec

__all__ = ["register", "rules_table"]

Scenario = Annotated[str, typer.Option("--scenario", help="The case whose seats are looked at.")]
Models = Annotated[str, typer.Option("--governance", help="Governance models, with commas between (default: all).")]
Lang = Annotated[str, typer.Option("--lang", help="en or zh.")]
Changes = Annotated[list[str] | None, typer.Option("--set", help="Change one rule in every model: path=value.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("rules")(rules)
    app.command("circularity")(circularity)


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
        found = {game.governance.id: [vars(one) for one in seat_limits(game)] for game in games}
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    typer.echo(rules_table(games))


def circularity(
    scenario: Scenario = "four_oclock_school",
    governance: Models = "",
    sessions: Annotated[int, typer.Option("--sessions", min=10, max=10_000, help="Sessions under each model.")] = 200,
    changes: Changes = None,
    content: options.Content = None,
    as_json: options.Json = False,
) -> None:
    """Say which differences between governance models the rules alone make, before any persona speaks."""
    from rich.console import Console
    from rich.table import Table

    from sandbox.report.labels import Labels
    from sandbox.scoring.null_model import circularity as measured

    games = _games(scenario, governance, "en", changes, content)
    found = measured(games[0].library, [game.spec for game in games], sessions)
    if as_json:
        typer.echo(json.dumps([_plain(one) for one in found], ensure_ascii=False))
        return
    label = Labels("en")
    table = Table(title=f"Rules only: {sessions} sessions a model, acts drawn at random", expand=True)
    table.add_column("measure", ratio=4)
    for game in games:
        table.add_column(game.governance.name.en, justify="right", ratio=3)
    table.add_column("made by rules", ratio=2)
    for one in found:
        cells = [f"{spread.mean:g} ±{spread.margin:.2g}" if spread else "–" for spread in one.spreads.values()]
        share = f"{one.explained:.0%}" if one.explained is not None else "–"
        table.add_row(label.of("m", one.measure), *cells, f"yes, {share}" if one.by_rules else f"no, {share}")
    Console().print(table)
    made = [label.of("m", one.measure) for one in found if one.by_rules]
    typer.echo(
        f"{len(made)} of {len(found)} measures differ between these models although nobody speaks: the rules make the "
        "difference, the personas do not, and it says nothing about real cities.\nmean ± half the 95% interval; the "
        "share is that of the variance between the models (eta squared)."
    )


def rules_table(games: list[Game]) -> str:
    """Return what each game's rules make impossible, as a Markdown table with a column for each model."""
    from sandbox.game.limits import seat_limits
    from sandbox.report.labels import Labels
    from sandbox.report.reading import procedure_text, scope_text

    lang = games[0].spec.lang
    words, label = _WORDS[lang], Labels(lang)
    rows = [[words["seat"], *(game.governance.name.get(lang) for game in games)]]
    rows.append([words["decides"], *(procedure_text(game) for game in games)])
    rows.append([words["binds"], *(scope_text(game) for game in games)])
    rows.append([words["pays"], *(_pays(game) for game in games)])
    limits = [{one.seat: one for one in seat_limits(game)} for game in games]
    for seat in games[0].positions:
        cells = []
        for game, found in zip(games, limits, strict=True):
            one = found[seat]
            names = {stage.id: stage.name.get(lang).lower() for stage in game.stages}
            parts = []
            if one.shut_out:
                parts.append(words["absent"] + words["colon"] + label.join([names[stage] for stage in one.shut_out]))
            if one.acts:
                parts.append(words["never"] + words["colon"] + label.join([label.of("may", act) for act in one.acts]))
            parts += [words["no_vote"]] if game.voters(game.stages[-1].id) and not one.votes else []
            parts += [] if one.drafts else [words["no_plan"]]
            parts += [words["no_platform"]] if game.governance.rules.information.platform and not one.platform else []
            cells.append(words["stop"].join(parts) or words["nothing"])
        rows.append([games[0].role(seat), *cells])
    head, *body = rows
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in body])


def _pays(game: Game) -> str:
    payoff = game.governance.rules.payoff
    lang = game.spec.lang
    return _WORDS[lang]["semi"].join(budget.get(lang) for budget in payoff.budgets.values())


_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "seat": "", "decides": "*who decides*", "binds": "*what may be bound*", "pays": "*may pay*",
        "absent": "not in", "never": "never", "no_vote": "no vote", "no_plan": "no plan", "no_platform": "no platform",
        "nothing": "–",
        "colon": ": ", "stop": ". ", "semi": "; ",
    },
    "zh": {
        "seat": "", "decides": "*谁定*", "binds": "*能定什么*", "pays": "*谁能出钱*",
        "absent": "不在场", "never": "不能", "no_vote": "没有票", "no_plan": "不写方案", "no_platform": "看不到平台",
        "nothing": "–",
        "colon": "：", "stop": "。", "semi": "；",
    },
}  # fmt: skip


def _games(
    scenario: str, governance: str, lang: str, changes: list[str] | None, content: options.Content
) -> list[Game]:
    from sandbox.content.library import Library
    from sandbox.errors import unknown
    from sandbox.game.game import Game

    if lang not in ("en", "zh"):
        raise InputError(f"--lang: {unknown('language', lang, ('en', 'zh'))}")
    library = Library.load(content)
    suited = library.scenario(scenario).governance
    chosen = [part.strip() for part in governance.split(",") if part.strip()] or list(suited)
    return [Game(_spec(library, scenario, one, lang, changes), library) for one in dict.fromkeys(chosen)]


def _spec(library: Library, scenario: str, governance: str, lang: str, changes: list[str] | None) -> SessionSpec:
    from sandbox.game.spec import SessionSpec

    library.governance(governance)
    return SessionSpec.model_validate(
        {"scenario": scenario, "governance": governance, "lang": lang, "changes": tuple(changes or ())}
    )


def _plain(difference: Any) -> dict[str, Any]:
    spreads = {model: vars(spread) if spread else None for model, spread in difference.spreads.items()}
    return {**vars(difference), "spreads": spreads}
