"""What another rule would have led to in a campaign, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sandbox.cli import options
from sandbox.cli.going_on import all_kept, going_on
from sandbox.cli.options import awaited
from sandbox.cli.printing import echo, echo_json
from sandbox.cli.progress import counting
from sandbox.cli.translation import translated
from sandbox.cli.whatif_table import Row, figure_row, print_figures
from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.diffusion.campaign.events import Settings
from sandbox.diffusion.campaign.run import by_models
from sandbox.experiment.whatif.campaigns import ARMS, CampaignQuestion, play_arms
from sandbox.experiment.whatif.whatif import Compared
from sandbox.report.document.compose import soft
from sandbox.report.figures import NONE, decimal, signed
from sandbox.report.whatif_words import interval
from sandbox.session.choice import NO_JUDGE, RULES_ONLY, choose


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
    models = means.models(choice, as_json)
    with going_on(all_kept()), counting(translated("continuations"), 2 * times, as_json) as (_, advance):
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
    heading, shown = "", list[Row]()
    for row in rows:
        name, dot, community = row.figure.name.partition(".")
        card = question.card.by_id.get(community)
        under = card.name.get(words.lang) if card else words("campaign.whatif.all")
        if under != heading:
            heading = under
            shown.append(((soft(under),), *[""] * 4))
        of = f"  {words(f'campaign.figure.{name}_last' if dot else f'campaign.figure.{name}')}"
        change = NONE if row.change.estimate is None else signed(row.change.estimate)
        values, margin = (decimal(row.was), decimal(row.other)), decimal(row.figure.smallest)
        shown.append(figure_row(words, row, of, values, (change, interval(words, row, signed)), margin))
    print_figures(words, title, words("campaign.whatif.head"), shown, notes)
