"""Small, complete cards to start from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.scenario_card import Scenario
from sandbox.content.words import Words

__all__ = ["example", "pack_for", "skeleton", "with_tables"]

_WIDE = 8  # places of a row of the country that tables show


def skeleton(kind: str, card_id: str) -> str:
    """Return the text of a new card of a kind that can be begun from one, with an id of its own, also in its name."""
    named = re.compile(r'^((?:name|title): \{en: "[^"]*)(", zh: "[^"]*)("\})$', flags=re.MULTILINE)
    return named.sub(rf"\1 ({card_id})\2（{card_id}）\3", example(kind, card_id), count=1)


def example(kind: str, card_id: str) -> str:
    """Return the same text with the name of an example, for showing what may stand there."""
    text = files(__name__).joinpath(f"{kind}.yaml").read_text(encoding="utf-8")
    text = re.sub(r"^id: ID$", f"id: {card_id}", text, flags=re.MULTILINE)
    text = text.replace("{places: ID_places.csv, ties: ID_ties.csv}", _files(card_id))
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


def with_tables(card_id: str) -> tuple[str, dict[str, str]]:
    """Return the text of a new country whose places and ties are those of tables, and the tables by file name.

    Six rows of eight counties, those of the upper three in the one region; who lies beside or below whom is near.
    """
    text = skeleton("network", card_id).replace(f"# tables: {_files(card_id)}", f"tables: {_files(card_id)}")
    text = re.sub(r"^(# Places of the lowest level.*|districts: .*)\n", "", text, flags=re.MULTILINE)
    places, ties = ["id,name,region,province,office,governance,strength,x,y,pilot"], ["from,to,weight"]
    for number in range(6 * _WIDE):
        row, column = divmod(number, _WIDE)
        region, model = ("north", "joint_production" if column % 2 else "") if row < 3 else ("south", "")
        where = f"Province {row // 3 + 1},District {row // 3 + 1}.{column // 4 + 1}"
        strength = f"{0.8 - 0.1 * row:.1f}" if column else ""
        pilot = "yes" if number in (0, 9, 18) else ""
        places.append(
            f"{_id(number)},County {number + 1},{region},{where},{model},{strength},{column},{6 - row},{pilot}"
        )
        ties += [f"{_id(number)},{_id(number + 1)},1"] if column < _WIDE - 1 else []
        ties += [f"{_id(number)},{_id(number + _WIDE)},0.5"] if row < 5 else []
    tables = {f"{card_id}_places.csv": places, f"{card_id}_ties.csv": ties}
    return text, {name: "\n".join([*lines, ""]) for name, lines in tables.items()}


def _id(number: int) -> str:
    return f"c{number + 1:02}"


def _files(card_id: str) -> str:
    return f"{{places: {card_id}_places.csv, ties: {card_id}_ties.csv}}"
