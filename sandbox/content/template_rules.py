"""The limits of templates: they can show values, branch, repeat and include, but call and reach nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Any

from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.parser import Parser
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sandbox.content.cards import Card
from sandbox.content.words import said
from sandbox.errors import Said, unknown

# The most characters that a template may come to; the longest prompt has a tenth of it.
MOST = 1_000_000
# The most loops within one another, so that none takes minutes.
_DEEPEST = 2
_METHODS = ("get", "items", "keys", "values")
_OF_LOOP = frozenset(("first", "index", "last", "length"))
_FILTERS = (
    "capitalize", "count", "d", "default", "first", "int", "last", "length", "list", "lower", "max", "min", "reverse",
    "sort", "sum", "title", "trim", "unique", "upper",
)  # fmt: skip
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.For, nodes.If, nodes.Include, nodes.Name, nodes.Const,
    nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Call, nodes.Filter, nodes.Test, nodes.Keyword, nodes.Tuple,
    nodes.List, nodes.Dict, nodes.Pair, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.Concat, nodes.And,
    nodes.Or, nodes.Not, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos,
)  # fmt: skip
# Without these a loop cannot keep a value that it makes, so nothing grows from one loop to the next.
_GROWING = (nodes.List, nodes.Tuple, nodes.Dict, nodes.Add, nodes.Concat, nodes.Mul)
_WIDE = re.compile(r"%\(|%[^a-zA-Z%]*?(\d{4}|\*)")
_WORDS = {"Assign": "set", "AssignBlock": "set", "CallBlock": "call", "FilterBlock": "filter", "Pow": "**"}


def faults(tree: nodes.Template) -> Iterator[tuple[int, Said]]:
    """Yield the forbidden parts of a template, with their lines."""
    waiting: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while waiting:
        node, loops = waiting.pop()
        loops += isinstance(node, nodes.For)
        if problem := _fault(node):
            yield node.lineno, problem
        elif loops > _DEEPEST or (loops and isinstance(node, nodes.Include)):
            yield node.lineno, said("template_fault.nested", most=_DEEPEST)
        waiting += ((child, loops) for child in node.iter_child_nodes())


def _fault(node: nodes.Node) -> Said | None:
    if not isinstance(node, _ALLOWED):
        word = _WORDS.get(type(node).__name__, type(node).__name__.lower())
        return said("template_fault.word", word=word)
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        return said("template_fault.attribute", name=node.attr)
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and str(node.arg.value).startswith("_"):
        return said("template_fault.attribute", name=node.arg.value)
    if isinstance(node, nodes.Call) and not (isinstance(node.node, nodes.Getattr) and node.node.attr in _METHODS):
        return said("template_fault.call", names=[f".{name}()" for name in _METHODS])
    if isinstance(node, nodes.Filter) and node.name not in (*_FILTERS, "join"):
        return unknown("filter", node.name, (*_FILTERS, "join"))
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and set("⟦⟧").intersection(node.value):
        return said("template_fault.marks", example="{% if x %}⟦{{ x }}⟧{% endif %}")
    made = isinstance(node, nodes.For) and (isinstance(node.iter, _GROWING) or any(node.iter.find_all(_GROWING)))
    if made or (isinstance(node, nodes.For) and node.recursive):
        return said("template_fault.loop")
    return None


def _join(value: Iterable[object], d: str = "") -> str:
    texts = [str(item) for item in value]
    if sum(map(len, texts)) + len(d) * len(texts) > MOST:
        raise SecurityError(said("template_fault.large", most=MOST))
    return d.join(texts)


@cache
def _fields_of(kind: type) -> frozenset[str]:
    """Return the fields of a card's class, or the attributes of a loop; empty for anything else."""
    if kind is LoopContext:
        return _OF_LOOP
    return frozenset(kind.model_fields) if issubclass(kind, Card) else frozenset()


class TemplateEnvironment(ImmutableSandboxedEnvironment):
    """An environment without globals, with few filters, in which no text grows without bound."""

    intercepted_binops = frozenset(("*", "%"))

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.globals.clear()
        self.filters = {"join": _join, **{name: FILTERS[name] for name in _FILTERS}}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        return _parsed(source, name, filename, self.trim_blocks)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return a card's field, a mapping's item or a loop's attribute directly; all else by the sandbox's rules."""
        if type(obj) is dict and attribute in obj and attribute not in _METHODS:
            return obj[attribute]
        if attribute in _fields_of(type(obj)):  # type: ignore[arg-type] # types can be hashed
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Apply an operator; only numbers can be multiplied, and texts formatted only to small widths."""
        if operator == "*" and not (isinstance(left, int | float) and isinstance(right, int | float)):
            raise SecurityError(said("template_fault.multiplied"))
        if operator == "%" and isinstance(left, str) and _WIDE.search(left):
            raise SecurityError(said("template_fault.width"))
        return super().call_binop(context, operator, left, right)


@lru_cache(maxsize=64)
def _parsed(source: str, name: str | None, filename: str | None, trimmed: bool) -> nodes.Template:
    """Parse a template; cached, since it takes as long as compiling."""
    return Parser(TemplateEnvironment(trim_blocks=trimmed, lstrip_blocks=trimmed), source, name, filename).parse()
