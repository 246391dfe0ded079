"""What another rule would have led to in a campaign, as a table."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sandbox.cli.console import Console
from sandbox.cli.options import awaited
from sandbox.cli.printing import echo, echo_json
from sandbox.cli.progress import counting
from sandbox.cli.whatif_table import add_figure, add_heading, whatif_table
from sandbox.cli.which import going_on
from sandbox.content.words import Words
from sandbox.diffusion.campaign.run import by_models
from sandbox.experiment.whatif.campaigns import ARMS, CampaignQuestion, play_arms
from sandbox.report.pages.experimenting.reader import signed
from sandbox.report.whatif_words import interval, verdict
from sandbox.session.choice import NO_JUDGE, RULES_ONLY, choose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.cli import options
    from sandbox.content.cards import Lang
    from sandbox.diffusion.campaign.events import Settings
    from sandbox.experiment.whatif.whatif import Compared

__all__ = ["ask"]


def ask(
    ref: str, round: int, changes: tuple[str, ...], times: int, means: options.Means, places: options.Places, *,
    model: str | None, lang: Lang | None, as_json: bool,
) -> None:  # fmt: skip
    """Play both arms and show what they differ in; the arguments are those of the command."""
    folder = places.campaign(ref)
    choice = choose(means.settings, model or RULES_ONLY, NO_JUDGE)
    known: Settings = folder.read()[0].payload["settings"]
    settings: Settings = {**known, "style": choice.style, "model": choice.speaker_name}
    question = CampaignQuestion(folder, round, changes, settings, places.library)
    models, kept = means.models(choice, as_json), "what is done is kept; go on with the same command"
    with going_on(kept), counting("continuations", 2 * times, as_json) as (_, advance):
        played = play_arms(question, times, by_models(models), lambda: advance(1))
        rows = awaited(models, played)
    if as_json:
        echo_json({
            "campaign": folder.id, "round": round, "changes": changes, "times": times, "style": settings["style"],
            "model": settings["model"], "figures": [asdict(row) for row in rows],
            "examples": {arm: str(question.arm(arm, 1).path) for arm in ARMS},
        })  # fmt: skip
        return
    words = places.words(lang or settings["lang"])
    _show(question, rows, times, words)
    for arm in ARMS:
        echo(f"{words(f'whatif.read.{arm}')}: sandbox campaign report {question.arm(arm, 1).path}")


def _show(question: CampaignQuestion, rows: Sequence[Compared], times: int, words: Words) -> None:
    model = question.settings["model"] if question.settings["style"] != "rules" else ""
    notes = (
        words("campaign.whatif.reading", times=times),
        words("whatif.verdicts", count=len(rows)),
        words("whatif.method"),
        words("whatif.by_model", model=words.of("acted_by", model)) if model else words("whatif.by_rules"),
        words("campaign.world"),
    )
    title = (
        words("campaign.whatif.title", year=question.round),
        words("campaign.whatif.was"),
        words("campaign.whatif.other", changes=list(question.changes)),
    )
    table = whatif_table(words, title, words("campaign.whatif.head"), notes)
    heading = ""
    for row in rows:
        name, dot, community = row.figure.name.partition(".")
        card = question.card.by_id.get(community)
        under = card.name.get(words.lang) if card else words("campaign.whatif.all")
        if under != heading:
            heading = under
            add_heading(table, under)
        change = "–" if row.change.estimate is None else signed(row.change.estimate)
        cells = (
            f"  {words(f'campaign.figure.{name}_last' if dot else f'campaign.figure.{name}')}",
            "–" if row.was is None else f"{row.was:.2f}",
            "–" if row.other is None else f"{row.other:.2f}",
        )
        margin = f"{row.figure.smallest:.2f}"
        add_figure(table, words, cells, f"{change}\n{interval(words, row, signed)}", verdict(words, row), margin)
    Console().print(table)
