"""A text of YAML with other values: what does not change stays as it is written, and what changes is what was asked."""

from __future__ import annotations

import random
from typing import Any

import pytest

from sandbox.content.yaml_rewrite import rewritten
from sandbox.content.yaml_source import parse_yaml
from tests.content.folders import LIBRARY

CARD = """\
# A persona
id: mine   # keep
name: {en: "Wu Lan", zh: '吴岚'}
voice:
  # how it speaks
  never: >
    You never sign
    anything.
  phrases:
    - {en: "Let us be quick", zh: "咱们快点"}
    # the second
    - en: "Who pays?"   # asked often
      zh: "谁出钱？"
registered: true

source: {sections: [LA]}
"""


def changed(**values: Any) -> list[str]:
    """Return the lines that are not in both texts, when some values are changed."""
    data = parse_yaml(CARD)[0]
    for path, value in values.items():
        *way, last = path.split("__")
        part = data
        for step in way:
            part = part[int(step) if step.isdecimal() else step]
        if value is None:
            del part[int(last) if last.isdecimal() else last]
        else:
            part[int(last) if last.isdecimal() else last] = value
    text = rewritten(CARD, data)
    assert parse_yaml(text)[0] == data
    old, new = CARD.splitlines(), text.splitlines()
    return [f"-{line}" for line in old if line not in new] + [f"+{line}" for line in new if line not in old]


def test_nothing_changes_where_nothing_is_changed() -> None:
    assert rewritten(CARD, parse_yaml(CARD)[0]) == CARD


def test_only_the_lines_of_what_is_changed_are_others() -> None:
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"id": "other"}, ["-id: mine   # keep", "+id: other   # keep"]),
        ({"name__zh": "王“兰”"}, ["-name: {en: \"Wu Lan\", zh: '吴岚'}", '+name: {en: "Wu Lan", zh: "王“兰”"}']),
        ({"voice__never": "Never"}, ["-  never: >", "-    You never sign", "-    anything.", "+  never: Never"]),
        ({"voice__phrases__1__en": "?"}, ['-    - en: "Who pays?"   # asked often', '+    - en: "?"   # asked often']),
        ({"voice__phrases__0": None}, ['-    - {en: "Let us be quick", zh: "咱们快点"}']),
        ({"registered": None}, ["-registered: true"]),
        ({"kind": "host"}, ["+kind: host"]),
        ({"private": [{"en": "a: b", "zh": "乙"}]}, ["+private:", '+  - {en: "a: b", zh: "乙"}']),
        ({"source__sections": ["LA", "EP"]}, ["-source: {sections: [LA]}", "+source: {sections: [LA, EP]}"]),
        ({"voice__phrases": []}, [
            "-  phrases:", '-    - {en: "Let us be quick", zh: "咱们快点"}', "-    # the second",
            '-    - en: "Who pays?"   # asked often', '-      zh: "谁出钱？"', "+  phrases: []",
        ]),
    ]  # fmt: skip
    for values, lines in cases:
        assert changed(**values) == lines


def test_items_in_another_order_stay_as_they_are_written() -> None:
    data = parse_yaml(CARD)[0]
    data["voice"]["phrases"].reverse()
    assert sorted(rewritten(CARD, data).replace("- ", "  ").split("\n")) == sorted(CARD.replace("- ", "  ").split("\n"))


def test_a_new_item_stands_below_the_last_as_the_cards_are_written() -> None:
    data = parse_yaml(CARD)[0]
    data["voice"]["phrases"].append({"en": 'She says "no"', "zh": "第一行\n第二行"})
    assert (
        '\n      zh: "谁出钱？"\n    - {en: "She says \\"no\\"", zh: "第一行\\n第二行"}\nregistered: true\n'
        in rewritten(CARD, data)
    )


def test_whatever_way_a_text_is_written_it_holds_what_was_asked() -> None:
    cases: list[str] = [
        "a: &x {en: b}\nc: *x\n",
        "a: &x b\nc: *x\n",
        "{a: b, c: d}",
        "a: b\r\nc: d\r\n",
        "a:\nc: d",
        "a: |\n  b\n\nc: d",
    ]
    for text in cases:
        old = parse_yaml(text)[0]
        for new in (
            {**old, "a": "yes"},
            {**old, "c": {"en": "#1", "zh": "- 2"}},
            {"c": old["c"]},
            {**old, "b": [1, None]},
        ):
            assert parse_yaml(rewritten(text, new))[0] == new


@pytest.mark.fuzz
def test_any_change_of_a_shipped_card_is_made_and_nothing_else() -> None:
    chance = random.Random(4)
    files = sorted(LIBRARY.files.items())
    personas, cases = ([path for (kind, _), path in files if kind == wanted] for wanted in ("persona", "scenario"))
    for path in (*personas[::3], *cases[::6]):
        text = path.read_text(encoding="utf-8")
        new = parse_yaml(text)[0]
        _meddle(new, chance)
        made = rewritten(text, new)
        assert parse_yaml(made)[0] == new
        assert len(set(made.splitlines()) - set(text.splitlines())) < 25


def _meddle(data: Any, chance: random.Random) -> None:
    """Change, add or take away something somewhere in the values of a card."""
    while True:
        key = chance.choice(list(data) if isinstance(data, dict) else list(range(len(data))))
        if isinstance(data[key], dict | list) and data[key] and chance.random() < 0.8:
            data = data[key]
            continue
        what = chance.choice(("set", "add", "take"))
        if what == "set":
            data[key] = chance.choice(('# "new"', {"en": "a", "zh": "乙"}, 3, True, [], "2\n3"))
        elif what == "take" and len(data) > 1:
            del data[key]
        elif isinstance(data, list):
            data.insert(key, {"id": "new", "says": {"en": "A", "zh": "乙"}, "stages": ["x"]})
        else:
            data["added"] = chance.choice(("text", [{"en": "A", "zh": "乙"}], {"a": {"b": [{"c": 1}]}}))
        return
