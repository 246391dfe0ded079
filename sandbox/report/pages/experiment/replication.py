"""The page that a replication package opens with: what is in it, how to check it and how to use it again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sandbox.content.experiment_card import AGENT
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.experiment.analysis.analysis import Analysis
from sandbox.report.document.blocks import ReportDocument, Section
from sandbox.report.document.compose import Inline, bullets, code, note, paragraph, table
from sandbox.report.pages.experiment import answer, boxes, facts
from sandbox.report.pages.experiment.account import play_command, repeat
from sandbox.report.pages.experiment.reader import ExperimentReader

_AGAIN = "again"  # folder or store of what is made anew


def replication_page(
    analysis: Analysis, library: Library, lang: Lang, named: str, parts: dict[str, str]
) -> ReportDocument:  # fmt: skip
    """Return the page that a replication package opens with.

    Args:
        analysis: the analysis of the experiment.
        library: the content.
        lang: language of the page.
        named: names the experiment in a command that is given in the unpacked folder.
        parts: the files and folders of the package, each with what it is: a key below ``package_part``.
    """
    reader = ExperimentReader(analysis, library, lang, named)
    say, design = reader.say, analysis.design
    holds = table(
        say("package.holds"), (say("package.file"), say("package.what")),
        (((code(path),), say(f"package_part.{part}")) for path, part in parts.items()), titled=False,
    )  # fmt: skip
    program = f"Governance Sandbox {analysis.versions['governance-sandbox']}"
    steps: dict[str, Inline] = {
        "check": (code("sha256sum -c SHA256SUMS"),),
        "install": say("package.install", program=program, extra="lab"),
        "report": (code(f"sandbox experiment report {named} --to {_AGAIN}"),),
        "tables": (code(f"sandbox experiment export {named} --to {_AGAIN}"),),
        "play": (code(play_command(reader) + ("" if design.factors.agents else f" --store {_AGAIN}.sqlite")),),
    }
    sections = (
        Section("holds", say("package.holds"), (holds,)),
        Section("use", say("package.use"), (note(say("package.within")), reader.facts("package_step", steps))),
        Section("same", say("package.same"), (bullets(_same(reader)),)),
        Section("without", say("package.without"), (bullets(_without(reader)),)),
        Section("repeat", say("repeat"), (paragraph(say("package.made_from")), repeat(reader))),
    )
    opening = (answer(reader), facts(reader), boxes(reader))
    page = reader.page(design.title.get(lang), design.question.get(lang), opening, sections)
    return replace(page, kicker=say("package.kicker"))


def _same(reader: ExperimentReader) -> Iterator[str]:
    """Yield what comes out the same when it is made again, and what does not."""
    yield reader.say("package.same.report")
    if reader.analysis.by_rules or reader.analysis.sessions.null:
        yield reader.say("package.same.rules")
    if reader.by_cards:
        yield reader.say("package.same.cards")
    if not reader.analysis.by_rules and reader.by_cards != "all":
        yield reader.say("package.same.models", models=reader.models)


def _without(reader: ExperimentReader) -> Iterator[str]:
    """Yield what the package does not hold."""
    agents, measures = [AGENT + name for name in reader.analysis.agents], [*reader.analysis.measures]
    if own := [*agents, *measures]:
        yield reader.say("package.without.code", names=own)
    if reader.analysis.lock is None:
        yield reader.say("package.without.lock")
    yield reader.say("package.without.private")
    yield reader.say("package.without.program")
