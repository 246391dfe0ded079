"""YAML with line numbers, so that every fault can be named with its file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from sandbox.content.plain import plain
from sandbox.errors import ContentError

__all__ = ["Loc", "YamlSource", "read_yaml"]

Loc = tuple[str | int, ...]
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What PyYAML lets through for a value that does not fit its tag, for example ``!!int ""``.
_UNUSABLE = (ValueError, LookupError, AttributeError, TypeError, ArithmeticError, RecursionError)


class _Loader(_SafeLoader):  # type: ignore[misc]
    """A loader that leaves out what may not be shown."""

    def construct_scalar(self, node: yaml.ScalarNode) -> str:
        return plain(super().construct_scalar(node))


class YamlSource:
    """A parsed YAML file.

    Args:
        path: the file.
        data: its content as plain Python values.
        lines: line number (from 1) of every key and item, by path inside the document.
    """

    def __init__(self, path: Path, data: Any, lines: dict[Loc, int]) -> None:
        self.path = path
        self.data = data
        self.lines = lines

    def where(self, loc: Loc) -> str:
        """Return ``file:line`` of the nearest enclosing element of a path that exists in the file."""
        known = tuple(loc)
        while known and known not in self.lines:
            known = known[:-1]
        return f"{self.path}:{self.lines.get(known, 1)}"


def read_yaml(path: Path, holds: type[dict[Any, Any]] | type[list[Any]] = dict) -> YamlSource:
    """Read a YAML file.

    Args:
        path: the file.
        holds: a mapping, or a list.

    Raises:
        ContentError: the file cannot be read, is not UTF-8, is not YAML, repeats a key, or holds something else.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError([f"{path}:1: cannot be read as UTF-8 text ({error})"]) from error
    try:
        node, data = _parse(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ContentError([f"{path}:{line}: not valid YAML: {problem}"]) from error
    except _UNUSABLE as error:
        raise ContentError([f"{path}:1: not valid YAML: {error}"]) from error
    if not isinstance(data, holds):
        wanted = "a mapping (key: value)" if holds is dict else "a list (- item)"
        raise ContentError([f"{path}:1: expected {wanted}, found {type(data).__name__}"])
    lines: dict[Loc, int] = {}
    problems: list[str] = []
    _walk(node, (), lines, problems, path, set())
    if problems:
        raise ContentError(problems)
    return YamlSource(path, data, lines)


def _parse(text: str) -> tuple[Any, Any]:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        return node, loader.construct_document(node) if node is not None else None
    finally:
        loader.dispose()


def _walk(node: Any, loc: Loc, lines: dict[Loc, int], problems: list[str], path: Path, known: set[int]) -> None:
    lines.setdefault(loc, node.start_mark.line + 1)
    if id(node) in known:  # an alias; it may even stand for a node that contains it
        return
    known.add(id(node))
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                problems.append(f"{path}:{key.start_mark.line + 1}: key '{name}' is given twice")
            seen.add(name)
            lines[(*loc, name)] = key.start_mark.line + 1
            _walk(value, (*loc, name), lines, problems, path, known)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(item, (*loc, index), lines, problems, path, known)
