"""The report of an experiment: its answer with the effects on the first screen, then all that stands behind it."""

from __future__ import annotations

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.experiment.analysis.analysis import Analysis
from sandbox.report.document.blocks import Document
from sandbox.report.document.compose import filled
from sandbox.report.pages.experiment.account import account
from sandbox.report.pages.experiment.answer import answer, boxes, facts
from sandbox.report.pages.experiment.figures import forest, others_chart
from sandbox.report.pages.experiment.findings import findings
from sandbox.report.pages.experiment.reader import Reader

__all__ = ["experiment_report"]

_STRONGEST = 8


def experiment_report(analysis: Analysis, library: Library, lang: Lang, named: str = "") -> Document:
    """Return the report of an experiment; its charts are files for papers by `document.drawing.chart_files`.

    ``named`` names it in a command, with the options that tell where it lies; its id if empty.
    """
    reader = Reader(analysis, library, lang, named)
    chart = forest(reader)
    if chart is None and analysis.effects.others:
        ranked = sorted(analysis.effects.others, key=lambda effect: -abs(effect.pair.d or 0))
        chart = others_chart(reader, ranked[:_STRONGEST], "strongest", reader.say("effects.strongest"))
    opening = filled(answer(reader), chart, facts(reader), boxes(reader))
    title, question = analysis.design.title.get(lang), analysis.design.question.get(lang)
    return reader.page(title, question, opening, (*findings(reader), *account(reader)))
