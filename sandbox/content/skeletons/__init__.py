"""Small, complete cards to start from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from itertools import groupby

import yaml

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.scenario_card import Scenario
from sandbox.content.words import Words

__all__ = ["example", "pack_for", "skeleton", "with_tables"]

_WIDE = 8  # places of a row of the country that tables show
_STAGE = "training"  # of a new pack, where the case plays it
_LINE = 60  # characters of a line of a Chinese comment, as a rule
# A comment in words, alone in its line; one that is a field to be switched on stays, and has its words behind it.
_COMMENT = re.compile(r"( *)# (?![a-z_]+: [\[{\d])(?!.*  # )(.+)")
_BEHIND = re.compile(r"(?<=\S)( {2,}# )([^#]+)$")


def skeleton(kind: str, card_id: str, lang: Lang = "en") -> str:
    """Return the text of a new card of a kind that can be begun from one, with an id of its own, also in its name."""
    named = re.compile(r'^((?:name|title): \{en: "[^"]*)(", zh: "[^"]*)("\})$', flags=re.MULTILINE)
    text = _read("first_case" if kind == "scenario" else kind, card_id, lang)
    return named.sub(rf"\1 ({card_id})\2（{card_id}）\3", text, count=1)


def _commented(text: str, lang: Lang) -> str:
    """Return the text of a skeleton with its comments in a language."""
    if lang == "en":
        return text
    known = {
        each["en"]: each["zh"] for each in yaml.safe_load(files(__name__).joinpath("comments_zh.yaml").read_bytes())
    }
    made: list[str] = []
    for indent, lines in groupby(text.splitlines(), lambda line: (m := _COMMENT.fullmatch(line)) and m[1]):
        if indent is None:
            made += [_BEHIND.sub(lambda words: words[1] + known[words[2]], line) for line in lines]
            continue
        told = [line.strip()[2:] for line in lines]
        while told:  # comments that follow each other without a field between
            end = next(end for end in range(len(told), 0, -1) if " ".join(told[:end]) in known)
            made += [f"{indent}# {line}" for line in _in_lines(known[" ".join(told[:end])])]
            del told[:end]
    return "\n".join([*made, ""])


def _in_lines(text: str) -> list[str]:
    lines = [""]
    for clause in re.split("(?<=[，。；])", text):
        if lines[-1] and len(lines[-1] + clause) > _LINE:
            lines.append("")
        lines[-1] += clause
    return lines


def example(kind: str, card_id: str, lang: Lang = "en") -> str:
    """Return the text of an example of a kind that has every field, for showing what may stand there."""
    return _read(kind, card_id, lang)


def _read(name: str, card_id: str, lang: Lang) -> str:
    text = _commented(files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8"), lang)
    text = re.sub(r"^id: ID$", f"id: {card_id}", text, flags=re.MULTILINE)
    text = text.replace("{places: ID_places.csv, ties: ID_ties.csv}", _files(card_id))
    for command in ("--scenario", "--city", "show scenario", "experiment plan", "campaign run", "diffuse run"):
        text = text.replace(f"{command} ID", f"{command} {card_id}")
    return text


def pack_for(case: Scenario, lang: Lang = "en") -> str:
    """Return the text of a new facilitator's pack of a case; its papers are the plan and the questions of the case."""
    papers = (("plan", "plan", _plan), ("decisions", "countersign", _sheet))
    lines: list[str] = []
    for paper, form, made in papers:
        titles = {each: Words(each)(f"pack.begun.{paper}", title=case.title.get(each)) for each in LANGUAGES}
        named = ", ".join(f"{each}: {json.dumps(title, ensure_ascii=False)}" for each, title in titles.items())
        lines += [f"  - id: {paper}", f"    form: {form}", f"    title: {{{named}}}", "    text:"]
        for each in LANGUAGES:
            lines += [f"      {each}: |", *(f"        {line}".rstrip() for line in made(case, each))]
    text = example("pack", case.id, lang)
    if case.stages and _STAGE not in case.stages:
        text = re.sub(rf"^  - \{{minutes: \d+, stage: {_STAGE},.*\n", "", text, flags=re.MULTILINE)
        text = text.replace(f"{{stage: {_STAGE},", f"{{stage: {case.stages[0]},")
    papers_of_none = re.compile(r"^  - \{id: plan, .*$", flags=re.MULTILINE)
    return papers_of_none.sub(lambda _: "\n".join(lines), text)


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


def with_tables(card_id: str, lang: Lang = "en") -> tuple[str, dict[str, str]]:
    """Return the text of a new country whose places and ties are those of tables, and the tables by file name.

    Six rows of eight counties, those of the upper three in the one region; who lies beside or below whom is near.
    """
    text = skeleton("network", card_id, lang).replace(f"# tables: {_files(card_id)}", f"tables: {_files(card_id)}")
    text = re.sub(r"^(?:# .*\n)?districts: .*\n", "", text, flags=re.MULTILINE)
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
