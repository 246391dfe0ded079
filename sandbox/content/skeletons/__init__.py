"""Small, complete cards to start from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.scenario_card import Scenario
from sandbox.content.words import Words

__all__ = ["example", "pack_for", "skeleton"]


def skeleton(kind: str, card_id: str) -> str:
    """Return the text of a new card of a kind that can be begun from one, with an id of its own, also in its name."""
    named = re.compile(r'^((?:name|title): \{en: "[^"]*)(", zh: "[^"]*)("\})$', flags=re.MULTILINE)
    return named.sub(rf"\1 ({card_id})\2（{card_id}）\3", example(kind, card_id), count=1)


def example(kind: str, card_id: str) -> str:
    """Return the same text with the name of an example, for showing what may stand there."""
    text = files(__name__).joinpath(f"{kind}.yaml").read_text(encoding="utf-8")
    text = re.sub(r"^id: ID$", f"id: {card_id}", text, flags=re.MULTILINE)
    for command in ("--scenario", "--city", "show scenario", "experiment plan", "campaign run", "diffuse run"):
        text = text.replace(f"{command} ID", f"{command} {card_id}")
    return text


def pack_for(case: Scenario) -> str:
    """Return the text of a new trainer's pack of a case; its papers are the plan and the questions of the case."""
    papers = (("plan", "plan", _plan), ("decisions", "countersign", _sheet))
    lines: list[str] = []
    for paper, form, made in papers:
        titles = {lang: Words(lang)(f"pack.begun.{paper}", title=case.title.get(lang)) for lang in LANGUAGES}
        named = ", ".join(f"{lang}: {json.dumps(title, ensure_ascii=False)}" for lang, title in titles.items())
        lines += [f"  - id: {paper}", f"    form: {form}", f"    title: {{{named}}}", "    text:"]
        for lang in LANGUAGES:
            lines += [f"      {lang}: |", *(f"        {line}".rstrip() for line in made(case, lang))]
    papers_of_none = re.compile(r"^  - \{id: plan, .*$", flags=re.MULTILINE)
    return papers_of_none.sub(lambda _: "\n".join(lines), example("pack", case.id))


def _plan(case: Scenario, lang: Lang) -> Iterator[str]:
    words = Words(lang)
    for section, text in case.plan.items():
        yield f"**{words(f'card_form.plan.{section}')}**{words('colon')}{_line(text.get(lang))}"
        yield ""


def _sheet(case: Scenario, lang: Lang) -> Iterator[str]:
    head = Words(lang)("pack.begun.head")
    yield from (head, re.sub("[^|]+", "---", head))
    for decision in case.decisions:
        yield f"| {_line(decision.question.get(lang)).replace('|', '/')} |" + " |" * (head.count("|") - 2)


def _line(text: str) -> str:
    return " ".join(text.split())
