"""YAML as plain values with line numbers, so that every fault can be named with its file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from sandbox.content.files import read_text
from sandbox.content.plain import plain
from sandbox.content.words import said
from sandbox.errors import ContentError, Problem, Said

Loc = tuple[str | int, ...]
# Line (from 1) of an element, and of every key or item below it.
Lines = tuple[int, "dict[str | int, Lines] | None"]

MAX_VALUES = 100_000
MAX_DEPTH = 50
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STANDARD = "tag:yaml.org,2002:"
_STR = f"{_STANDARD}str"
_TAGS = {f"{_STANDARD}{name}" for name in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq")}
# Parts of the parser's messages, with the key of our message about each.
_PARSED = {
    "mapping values are not allowed": "colon",
    "that cannot start any token": "start",
    "tab character that violates indentation": "tab",
    "unexpected end of stream": "open",
    "did not find expected key": "key",
    "could not find expected ':'": "no_colon",
    "did not find expected ',' or ']'": "list",
    "did not find expected ',' or '}'": "mapping",
    "did not find expected '-' indicator": "dash",
}
# Full-width signs of a Chinese keyboard after or between fields; the parser fails over them some lines later.
_WIDE = re.compile(r"^\s*(?:- +)?[A-Za-z_]\w*(：)|[{,，][^\"'{}]*?[A-Za-z_]\w*(：)|(，)\s*[A-Za-z_]\w*\s*[:：]")
_QUOTED = re.compile(r"""\"(?:[^\"\\]|\\.)*\"|'[^']*'""")
_MEANT = {"：": ": ", "，": ", "}
_LINES_LATER = 2
# Errors that PyYAML lets through for a value that does not fit its tag, for example ``!!int ""``.
_UNUSABLE = (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, ArithmeticError)


class YamlError(Exception):
    """A text is not usable YAML; ``line`` counts from 1."""

    def __init__(self, line: int, problem: Said) -> None:
        super().__init__(problem)
        self.line, self.problem = line, problem


class YamlSource:
    """A YAML file: its content as plain Python values, and the lines of its elements."""

    def __init__(self, path: Path, data: Any, lines: Lines) -> None:
        self.path, self.data, self._lines = path, data, lines

    def where(self, loc: Loc) -> str:
        """Return ``file:line`` of the nearest enclosing element of a path that exists in the file."""
        line, below = self._lines
        for part in loc:
            if below is None or part not in below:
                break
            line, below = below[part]
        return f"{self.path}:{line}"


def read_yaml(path: Path, holds: type[dict[Any, Any]] | type[list[Any]] = dict) -> YamlSource:
    """Read a YAML file that holds a mapping or, with ``holds=list``, a list.

    Raises:
        ContentError: the file cannot be read, is no plain file, not UTF-8, not usable YAML, or holds something else.
    """
    return yaml_source(path, read_text(path), holds)


def yaml_source(path: Path, text: str, holds: type[dict[Any, Any]] | type[list[Any]] = dict) -> YamlSource:
    """Return the source of a text that stands for a file; the file itself is not read.

    Raises:
        ContentError: the text is not usable YAML, or holds something else.
    """
    try:
        data, lines = parse_card(text)
    except YamlError as error:
        says = said("content.yaml", problem=error.problem)
        raise ContentError([Problem(f"{path}:{error.line}", "", says)]) from error
    if not isinstance(data, holds):
        key = "content.no_mapping" if holds is dict else "content.no_list"
        raise ContentError([Problem(f"{path}:1", "", said(key, value=_named(data)))])
    return YamlSource(path, data, lines)


def parse_yaml(text: str) -> tuple[Any, Lines]:
    """Return the plain values of a YAML text (mappings, lists, texts, numbers, dates), and their lines.

    Keys are texts, as they are written. A user's text can neither make objects nor grow without bound by aliases.

    Raises:
        YamlError: it is not YAML, holds more than one document, repeats a key, has tags or merge keys, is nested too
            deeply, or holds too many values.
    """
    try:
        return _Reader(text).document()
    except UnicodeEncodeError as error:
        raise YamlError(1, said("content.half")) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        if wide := _wide(text, mark.line + 1 if mark else 1):
            line, sign = wide
            raise YamlError(line, said("content.parsed.wide", sign=sign, meant=_MEANT[sign])) from error
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        kind = next((kind for part, kind in _PARSED.items() if part in problem), "other")
        raise YamlError(mark.line + 1 if mark else 1, said(f"content.parsed.{kind}", problem=problem)) from error


@lru_cache(maxsize=4)
def parse_card(text: str) -> tuple[Any, Lines]:
    """Return the values of a card's text as `parse_yaml` does; cached and shared, so do not change them."""
    return parse_yaml(text)


def _wide(text: str, line: int) -> tuple[int, str] | None:
    """Return the line, from 1, and the full-width sign that breaks a text at or just before ``line``, or None."""
    lines = text.splitlines()
    for number in range(max(1, line - _LINES_LATER), min(line, len(lines)) + 1):
        if sign := _WIDE.search(_QUOTED.sub("", lines[number - 1])):
            return number, next(filter(None, sign.groups()))
    return None


class _Values(SafeConstructor, Resolver):
    """Resolves and constructs scalars."""

    def __init__(self) -> None:
        SafeConstructor.__init__(self)
        Resolver.__init__(self)

    def tag(self, event: Any) -> str:
        """Return the tag of a scalar without an explicit one."""
        return str(self.resolve(yaml.ScalarNode, event.value, event.implicit))  # type: ignore[no-untyped-call]


class _Reader:
    """Makes values from the events of the parser, without a tree of nodes between."""

    def __init__(self, text: str) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=_Loader)
        self._values = _Values()
        self._anchors: dict[str, tuple[Any, Lines, int] | None] = {}
        self._count = 0

    def document(self) -> tuple[Any, Lines]:
        next(self._events)  # the stream's start
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None, (1, None)
        data, lines = self._value(next(self._events), 0)
        next(self._events)  # the document's end
        event = next(self._events)
        if not isinstance(event, yaml.StreamEndEvent):
            raise YamlError(_line(event), said("content.documents"))
        return data, lines

    def _value(self, event: Any, depth: int) -> tuple[Any, Lines]:
        line = _line(event)
        if isinstance(event, yaml.AliasEvent):
            return self._repeated(event.anchor, line)
        before, anchor = self._count, event.anchor
        self._grow(1, line)
        if depth > MAX_DEPTH:
            raise YamlError(line, said("content.deep", most=MAX_DEPTH))
        if anchor is not None:
            self._anchors[anchor] = None
        data: Any
        below: dict[str | int, Lines] | None = None
        if isinstance(event, yaml.ScalarEvent):
            data = self._scalar(event, line)
            data = plain(data) if isinstance(data, str) else data
        else:
            below = {}
            shape = "map" if isinstance(event, yaml.MappingStartEvent) else "seq"
            if event.tag not in (None, "!", f"{_STANDARD}{shape}"):
                raise YamlError(line, said("content.tag_out", tag=_tag(event.tag)))
            data = self._mapping(below, depth) if shape == "map" else self._sequence(below, depth)
        if anchor is not None:
            self._anchors[anchor] = data, (line, below), self._count - before
        return data, (line, below)

    def _sequence(self, below: dict[str | int, Lines], depth: int) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            item, below[len(items)] = self._value(event, depth + 1)
            items.append(item)
        return items

    def _mapping(self, below: dict[str | int, Lines], depth: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise YamlError(line, said("content.key_text"))
            if event.value == "<<" and event.implicit[0]:
                raise YamlError(line, said("content.merge"))
            if event.value in data:
                raise YamlError(line, said("content.twice", kind="key", name=_shown(event.value)))
            data[event.value], (_, inner) = self._value(next(self._events), depth + 1)
            below[event.value] = line, inner
        return data

    def _scalar(self, event: Any, line: int) -> Any:
        tag = event.tag
        if tag in (None, "!"):
            tag = self._values.tag(event) if event.implicit[0] else _STR
        if tag == _STR:
            return event.value
        if event.tag is not None and tag not in _TAGS:
            raise YamlError(line, said("content.tag", tag=_tag(tag)))
        try:
            return self._values.construct_document(yaml.ScalarNode(tag, event.value))
        except _UNUSABLE as error:
            kind = tag.removeprefix(_STANDARD)
            raise YamlError(line, said("content.no_kind", value=_shown(event.value), type=kind)) from error

    def _repeated(self, anchor: str | None, line: int) -> tuple[Any, Lines]:
        if anchor is None or anchor not in self._anchors:
            raise YamlError(line, said("content.no_alias", alias=anchor))
        known = self._anchors[anchor]
        if known is None:
            raise YamlError(line, said("content.alias_inside", alias=anchor))
        data, lines, size = known
        self._grow(size, line)
        return data, lines

    def _grow(self, size: int, line: int) -> None:
        self._count += size
        if self._count > MAX_VALUES:
            raise YamlError(line, said("content.many", most=MAX_VALUES))


def _named(data: Any) -> Said:
    kinds = {type(None): "content.nothing", dict: "content.a_mapping", list: "content.a_list"}
    return said(kinds.get(type(data), "content.a_value"))


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _tag(tag: str) -> str:
    return _shown(tag).replace(_STANDARD, "!!")


def _shown(text: str) -> str:
    return " ".join(text.split())[:60]
