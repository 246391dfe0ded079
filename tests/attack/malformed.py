"""Malformed values and files: strategies by which hypothesis makes what no card, log or message should be."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from typing import Any

import yaml
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from sandbox.content.yaml_source import parse_yaml

__all__ = ["NASTY", "PARTS", "SCALARS", "TEXTS", "VALUES", "changed", "mangled", "nested", "other_yaml", "yaml_text"]

_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_LARGE = 5 << 20

NASTY = (
    "", " ", "\n", "..", "../../etc/passwd", "/etc/passwd", "a/b", "C:\\con", "con", "nul", "aux.yaml", "-", "--help",
    "~",
    "\x00", "a\x00b", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x9b2J", "\u202egnp.exe", "\u2066x\u2069", "\ufeffx",
    "{{ 7 * 7 }}", "{% for a in b %}", "{% include 'turn.md' %}", "{{ a.__b__ }}", "{", "}", "{0}", "{name}", "%s",
    "%n%n",
    "⟦x⟧", "⟧ obey", "L001", "all", "none", "true", "null", "~", "<script>alert(1)</script>", "javascript:alert(1)",
    "=1+1", "@x", "١٢", "²", "1e5", "1_000", "0x10", "1,2", "1-", "-1", "+1", "999999999999999999999", "NaN", "inf",
    "x" * 5000, "汉" * 3000, "a b", "a\tb", "İ", "ß", "𠮷", "👩‍👩‍👧", "e\u0301" * 40, "[]", "{}", "a=b", "a=", "=b",
    ",", ",,",
)  # fmt: skip
"""Texts that have broken programs before."""


def nested(depth: int) -> Any:
    """Return lists and mappings within one another, so many deep."""
    value: Any = 1
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


TEXTS: SearchStrategy[str] = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.text("\x00\x07\x08\x1b\x7f\x85\x9b\u2028\u202e\u2066\ufeff'\"\\:#{}[]&*!|>%@`", min_size=1, max_size=6),
)
SCALARS: SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 12), st.integers(), st.just(10**400), st.floats(), TEXTS,
    st.dates().map(str), st.binary(max_size=8).map(lambda data: data.decode("latin-1")),
)  # fmt: skip
VALUES: SearchStrategy[Any] = st.one_of(
    SCALARS, SCALARS, st.lists(SCALARS, max_size=4), st.dictionaries(TEXTS, SCALARS, max_size=3),
    st.just([]), st.just({}), st.just([[]]), st.just({"": ""}), st.integers(20, 90).map(nested),
    st.integers(500, 5000).map(lambda size: list(range(size))),
)  # fmt: skip


@st.composite
def changed(draw: DrawFn, data: Any, names: Sequence[str] = ()) -> Any:
    """Return plain values of which one to three are changed: swapped, dropped, added, doubled, renamed or wrapped.

    Args:
        draw: of hypothesis.
        data: a mapping or list.
        names: texts that mean something elsewhere, such as the ids of other cards.
    """
    data = copy.deepcopy(data)
    for _ in range(draw(st.sampled_from((1, 1, 1, 2, 3)))):
        parent, key = _place(draw, data)
        if parent is None:
            return draw(VALUES)
        how = draw(st.integers(0, 11))
        if how <= 3:
            parent[key] = draw(VALUES)
        elif how == 4 and names:
            parent[key] = draw(st.sampled_from(names))
        elif how == 5:
            del parent[key]
        elif how == 6:
            other, there = _place(draw, data)
            parent[key] = copy.deepcopy(data if other is None else other[there])
        elif how == 7:
            _beside(draw, parent, key)
        elif how == 8:
            parent[key] = [parent[key]] if draw(st.booleans()) else {draw(TEXTS): parent[key]}
        elif how == 9:
            parent[key] = json.dumps(parent[key], default=str)[:200]
        elif how == 10 and isinstance(parent[key], str):
            at = draw(st.integers(0, len(parent[key])))
            parent[key] = parent[key][:at] + draw(TEXTS) + parent[key][at:]
        elif isinstance(parent[key], dict | list):
            parent[key] = type(parent[key])()
        else:
            parent[key] = draw(SCALARS)
    return data


def _place(draw: DrawFn, data: Any) -> tuple[Any, Any]:
    """Return a random container within values, and a key of it; nothing where there is none."""
    parent, key, node = None, None, data
    while isinstance(node, dict | list) and node and (parent is None or draw(st.integers(0, 3))):
        keys = list(node) if isinstance(node, dict) else range(len(node))
        parent, key = node, keys[draw(st.integers(0, len(keys) - 1))]
        node = node[key]
    return parent, key


def _beside(draw: DrawFn, parent: Any, key: Any) -> None:
    """Put a further element beside one: the same again, or under a key of its own."""
    if isinstance(parent, list):
        parent.insert(key, copy.deepcopy(parent[key]))
    else:
        parent[draw(TEXTS) if draw(st.booleans()) else f"{key}_"] = copy.deepcopy(parent[key])


PARTS = (
    '!!python/object/apply:os.system ["true"]', "!!python/name:os.system", "!!timestamp x", '!!timestamp ""',
    '!!int ""',
    "!!int x", '!!float ""', "!!float [1]", '!!bool ""', "!!null x", "!!binary x", "!!binary //79", "!!set {a, b}",
    "!!omap [a: 1]", "!!pairs [a: 1]", "!!map []", "!!seq {}", "!!str [a]", "!own x", "!<tag:x,2000:y> z", "! x",
    "*nowhere", "&a *a", "&a [*a]", "&a {b: *a}", "&a x", "2020-13-45", "2020-02-30 25:61:61", "0001-01-01",
    ".nan", ".inf", "-.inf", "1e999", "0x" + "f" * 5000, "9" * 5000, "190:20:30:99", "0o8", "0b2", "1_0_0",
    "? [a, b]", "? {a: b}\n: c", "<<: {a: b}", "{a: 1, a: 2}", "{a: 1", "[a, b", '"\\x00"', '"\\ud800"', '"\\q"', "'a",
    '"a', "|", ">-", "|9", "@x", "`x`", "%x", "\tx", "- - - -", "a: b: c", "...", "---", "--- x", "# x", "!!", "&", "*",
    "~", "yes", "on", "null", '""', "''", "{}", "[]", "[,]", "{,}", "{?}", "[[[[[[", "{{{{{{", "]", "}", ",",
)  # fmt: skip
_BYTES = (
    b"\x00", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\xe2\x80\xae", b"\x1b[31m",
    b"\xc2\x85", b"\xc2\x9b", b"\r", b"\r\n", b"\x0b", b"\x7f", b"\xe2\x80\xa8", b"\xef\xbf\xbf", b"\xf0\x9f\xbf\xbf",
)  # fmt: skip


def _laughs(_: str) -> bytes:
    rows = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))
    return f"a0: &a0 [lol, lol]\n{rows}\n".encode()


def _squared(_: str) -> bytes:
    return ("a: &a [" + "x," * 20_000 + "]\nb: [" + "*a," * 2000 + "]\n").encode()


_WHOLES: tuple[Callable[[str], bytes], ...] = (
    lambda _: b"", lambda _: b"\n\n", lambda _: b"# nothing", lambda _: b"---\n", lambda _: b"---\n---\n",
    lambda _: b"3",
    lambda _: b"null", lambda _: b"[]", lambda _: b"{}", lambda _: b"- a\n- b\n", lambda _: b"x",
    lambda _: b"\x00" * 99,
    lambda _: b"\x7fELF\x02\x01\x01" + bytes(range(256)), lambda _: b"PK\x03\x04" + bytes(300),
    lambda _: b"\x1f\x8b" * 50,
    lambda text: text.encode("utf-16"), lambda text: text.encode("utf-16-le"), lambda text: text.encode("utf-32"),
    lambda text: text.encode("gb18030"), lambda text: b"\xef\xbb\xbf" + text.encode(),
    lambda text: b"\xef\xbb\xbf" * 2 + text.encode(), lambda text: text.replace("\n", "\r\n").encode(),
    lambda text: text.replace("\n", "\r").encode(), lambda text: (text + "\n---\n" + text).encode(),
    lambda text: (text + text).encode(), lambda text: (text * 30).encode(), lambda text: text[::-1].encode(),
    lambda text: json.dumps(text).encode(), lambda text: text.replace("  ", "\t").encode(), _laughs, _squared,
    lambda text: ("a: " + "[" * 100_000 + "\n" + text).encode(), lambda _: ("- " * 50_000).encode(),
    lambda _: ("{a: " * 5000).encode(), lambda _: b"a: " + b"x" * _LARGE,
    lambda _: b"a: '" + b"x " * (2 << 20) + b"'",
    lambda text: text.encode() + b"zz: [" + b"1," * 200_000 + b"]\n", lambda text: b"&a " * 3000 + text.encode(),
    lambda text: text.encode() + b"".join(b"k%d: 1\n" % n for n in range(20_000)), lambda _: b"? " * 3000,
    lambda text: text.encode() + b"\n" * 100_000, lambda text: text.encode() + b"#" * _LARGE,
    lambda text: text.encode() + ("zz: " + "\u202e" * 5000).encode(),
    lambda text: text.encode() + b"\n" + b"x" * 100_000,
)  # fmt: skip
"""Ways to make another file of a whole text."""


@st.composite
def mangled(draw: DrawFn, text: str) -> bytes:
    """Return a text of which some bytes, some lines, or the whole is broken."""
    how = draw(st.integers(0, 9))
    if how <= 1:
        return draw(st.sampled_from(_WHOLES))(text)
    lines = text.split("\n")
    at = draw(st.integers(0, max(0, len(lines) - 1)))
    if how <= 4:
        part, (head, colon, tail) = draw(st.sampled_from(PARTS)), lines[at].partition(":")
        if draw(st.booleans()) or not colon:
            indent = len(lines[at]) - len(lines[at].lstrip())
            lines.insert(at, " " * indent + part)
        else:
            lines[at] = f"{head}: {part}" + (tail if draw(st.booleans()) else "")
    elif how == 5:
        other = draw(st.integers(0, len(lines) - 1))
        lines.insert(at, lines[other])
    elif how == 6:
        del lines[at : at + draw(st.integers(1, 5))]
    elif how == 7:
        lines[at] = draw(st.sampled_from(("  ", " ", "\t", "- ", "? ", ": ", "&a ", "*a ", "!!"))) + lines[at]
    data = "\n".join(lines).encode()
    if how == 8:
        place = draw(st.integers(0, len(data)))
        data = data[:place] + draw(st.sampled_from(_BYTES)) + data[place:]
    elif how == 9:
        data = data[: draw(st.integers(0, len(data)))]
    return data


def yaml_text(value: Any) -> bytes:
    """Return values as YAML; keys keep their order."""
    dumped = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)
    return str(dumped).encode("utf-8", "replace")


def other_yaml(text: str, names: Sequence[str] = ()) -> SearchStrategy[bytes]:
    """Return files made of a YAML text that is well: some of its values changed, or its text broken."""
    data, _ = parse_yaml(text)
    return st.one_of(changed(data, names).map(yaml_text), mangled(text))
