"""What a facilitator may say of a case at the end of its talk; players do not see it."""

from __future__ import annotations

from sandbox.content.scenario_card import Comment, Scenario
from sandbox.content.words import Words
from sandbox.report.document.blocks import Block, Span
from sandbox.report.document.compose import bullets, joined, note, soft, table


def commentary(case: Scenario, say: Words) -> tuple[Block, ...]:
    """Return a case's points, what each rests on and what participants get wrong; nothing where a case has none."""
    if not case.commentary:
        return ()
    lang = say.lang
    rows = [(each.point.get(lang), joined(_sources(each, say)), each.mistake.get(lang)) for each in case.commentary]
    head = (say(f"commentary.{name}") for name in ("point", "rests_on", "mistake"))
    return (note(say("commentary.note")), table(say("commentary"), head, rows, widths=(46, 27, 27), titled=False))


def points(case: Scenario, say: Words) -> Block:
    """Return a case's points as a list, each with what it rests on; nothing in it where a case has none."""
    sources = (say("semi").join(_sources(each, say)) for each in case.commentary)
    said = [each.point.get(say.lang) + say("gap") for each in case.commentary]
    return bullets((Span(text), soft(say.paren(source).strip())) for text, source in zip(said, sources, strict=True))


def _sources(comment: Comment, say: Words) -> list[str]:
    named = [say(f"paper.{section}") for section in comment.source.sections] or comment.source.names(say.lang)
    law = [say("commentary.law", law=comment.law.get(say.lang))] if comment.law else []
    return [*named, *law]
