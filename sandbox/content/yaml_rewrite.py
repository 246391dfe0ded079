"""Rewrites YAML only where its values change, so that comments, order and style of the rest stay."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

import yaml

from sandbox.content.yaml_source import YamlError, parse_card

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LONGEST_LINE = 100
_BARE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
Edit = tuple[int, int, str]  # start and end in the text, and what replaces that part


def rewritten(text: str, data: Mapping[str, Any]) -> str:
    """Return a YAML text changed to hold ``data``; what does not change stays as written, with its comments.

    If single values cannot be changed, as with aliases, the whole text is written anew.

    Raises:
        YamlError: the text is not usable YAML.
    """
    old, _ = parse_card(text)
    node: yaml.Node = yaml.compose(text, Loader=_Loader)  # type: ignore[assignment]
    edits = sorted(enumerate(_Rewriter(text).edits(node, old, data)), key=lambda each: (each[1][0], each[0]))
    changed = text
    for _, (start, end, new) in reversed(edits):
        changed = changed[:start] + new + changed[end:]
    try:
        fits = parse_card(changed)[0] == data
    except YamlError:
        fits = False
    return changed if fits else _written(data) + "\n"


class _Rewriter:
    """Finds the edits of a text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def edits(self, node: yaml.Node, old: Any, new: Any) -> Iterator[Edit]:
        if old == new:
            return
        if isinstance(node, yaml.MappingNode) and isinstance(old, dict) and isinstance(new, dict):
            yield from self._of_mapping(node, old, new)
        elif isinstance(node, yaml.SequenceNode) and isinstance(old, list) and isinstance(new, list):
            yield from self._of_sequence(node, old, new)
        else:
            yield self._instead(node, new)

    def _of_mapping(self, node: yaml.MappingNode, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Edit]:
        pairs = {key.value: (key, value) for key, value in node.value}
        gone, come = old.keys() - new.keys(), [name for name in new if name not in old]
        kept = [name for name in old if name in new]
        alone = all(self._begins_line(pairs[name][0]) for name in gone)
        if (gone or come) and (node.flow_style or not kept or not alone):
            yield self._instead(node, new)
            return
        for name in kept:
            yield from self.edits(pairs[name][1], old[name], new[name])
        for name in gone:
            yield self._without(*pairs[name])
        column = node.start_mark.column
        before = kept[0]
        for name, value in new.items():
            if name not in old:
                at = self._line_end(self._end(pairs[before][1]))
                yield at, at, f"\n{' ' * column}{_entry(name, value, column)}"
            else:
                before = name

    def _of_sequence(self, node: yaml.SequenceNode, old: list[Any], new: list[Any]) -> Iterator[Edit]:
        keys, lines = _keys(old), all(self._begins_line(item, "-") for item in node.value)
        if lines and not node.flow_style and sorted(keys) == sorted(_keys(new)):
            yield from self._in_order(node, keys, _keys(new))
            return
        if len(old) == len(new):
            for item, was, is_now in zip(node.value, old, new, strict=True):
                yield from self.edits(item, was, is_now)
            return
        if node.flow_style or not new or not lines:
            yield self._instead(node, new)
            return
        column, first_line = node.start_mark.column, self._line_start(node.start_mark.index)
        for what, first, last, begin, end in SequenceMatcher(None, keys, _keys(new), autojunk=False).get_opcodes():
            if what == "equal":
                continue
            at = self._line_end(self._end(node.value[last - 1])) if last else 0
            for place, other in zip_longest(range(first, last), range(begin, end)):
                if other is None:
                    yield self._without(node.value[place], node.value[place])
                elif place is not None:
                    yield from self.edits(node.value[place], old[place], new[other])
                else:
                    item = f"{' ' * column}- {_written(new[other], column + 2)}"
                    yield (at, at, f"\n{item}") if last else (first_line, first_line, f"{item}\n")

    def _in_order(self, node: yaml.SequenceNode, old: list[str], new: list[str]) -> Iterator[Edit]:
        """Yield the edits that put items in another order, each as it is written."""
        for place, (was, is_now) in enumerate(zip(old, new, strict=True)):
            if was != is_now:
                item = node.value[old.index(is_now)]
                here = node.value[place]
                yield here.start_mark.index, self._end(here), self._text[item.start_mark.index : self._end(item)]

    def _instead(self, node: yaml.Node, new: Any) -> Edit:
        """Return the edit that replaces a whole value; the new one stands in the line of its key."""
        start, end = node.start_mark.index, self._end(node)
        gap = " " if start == end else ""
        if self._begins_line(node) and self._text[:start].rstrip().endswith(":"):
            start, gap = len(self._text[:start].rstrip()), " "
        return start, end, gap + _written(new, flow=True)

    def _without(self, first: yaml.Node, last: yaml.Node) -> Edit:
        """Return the edit that removes the lines of a key with its value, or of an item."""
        return self._line_start(first.start_mark.index), self._line_end(self._end(last)) + 1, ""

    def _begins_line(self, node: yaml.Node, mark: str = "") -> bool:
        """Return whether a node has only ``mark`` before it in its line."""
        start = node.start_mark.index
        return self._text[self._line_start(start) : start].strip() == mark

    def _line_start(self, at: int) -> int:
        return self._text.rfind("\n", 0, at) + 1

    def _line_end(self, at: int) -> int:
        end = self._text.find("\n", at)
        return len(self._text) if end < 0 else end

    def _end(self, node: yaml.Node) -> int:
        """Return where a value ends, without the comments and empty lines after it."""
        if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            return self._end(last[1] if isinstance(last, tuple) else last)
        start, end = node.start_mark.index, node.end_mark.index
        return start + len(self._text[start:end].rstrip())


def _keys(items: Sequence[Any]) -> list[str]:
    return [json.dumps(item, sort_keys=True, default=str) for item in items]


class _Dumper(yaml.SafeDumper):
    """Writes in the style of the cards: texts in quotes, short pairs in one line, lists indented below their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        """Indent lists below their names."""
        super().increase_indent(flow, indentless=False)

    def represent_data(self, data: Any) -> yaml.Node:
        """Return the node of a value; a short collection of scalars is put on one line."""
        node: yaml.Node = super().represent_data(data)
        if isinstance(node, yaml.CollectionNode):
            inside = [part[1] if isinstance(part, tuple) else part for part in node.value]
            short = sum(len(str(part.value)) for part in inside) <= _LONGEST_LINE
            node.flow_style = node.flow_style or (short and all(isinstance(part, yaml.ScalarNode) for part in inside))
        return node

    def text(self, value: str) -> yaml.ScalarNode:
        """Return the node of a text, in quotes unless it is a name."""
        return self.represent_scalar("tag:yaml.org,2002:str", value, None if _BARE.fullmatch(value) else '"')


_Dumper.add_representer(str, _Dumper.text)


def _entry(name: str, value: Any, column: int) -> str:
    """Return a key with its value, in the same line or, for a block, below it."""
    written = _written(value, column + 2)
    below = isinstance(value, dict | list) and written[0] not in "{["
    gap = "\n" + " " * (column + 2) if below else " "
    return f"{_written(name)}:{gap}{written}"


def _written(value: Any, column: int = 0, *, flow: bool = False) -> str:
    """Return a value as YAML; lines after the first are indented by ``column``."""
    dumped = yaml.dump(
        value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=float("inf"), default_flow_style=flow
    )
    return dumped.removesuffix("\n").removesuffix("\n...").replace("\n", "\n" + " " * column)
