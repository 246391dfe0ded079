"""Reads a report as its reader does: visible words by section, tags with their attributes, tables."""

from __future__ import annotations

import html
import re
from functools import cache, lru_cache

from sandbox.game.session import Session as Played
from sandbox.report.document.html import to_html
from sandbox.report.pages.session import session_report
from sandbox.scoring.scorecard import Scorecard
from tests.report.conftest import Scored

__all__ = ["Page", "latin_words", "render", "report_html", "table_rows", "words_of"]

_VOID = frozenset({"meta", "link", "img", "br", "hr", "input", "rect", "line", "col"})
# The parser of the library takes several times as long.
_TOKEN = re.compile(
    r"<![^>]*>|<(style|script)>(.*?)</\1>|<(/?)([a-z][^\s/>]*)((?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)>|([^<]+|<)",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"""([^\s=/>"']+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>]+))?""")
# Ids of lines and decisions, and the letters by which the assessments go in both languages.
_IDS = re.compile(r"\b(?:L\d{3,}|D-\w+)\b")
_LETTERS = frozenset("HPDGBpq") | {"Kappa", "Alpha", "Cohen", "Krippendorff"}


class Page:
    """Collects tags with their attributes, visible text by section, and checks that tags close in order."""

    def __init__(self, text: str) -> None:
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        read: dict[str, list[str]] = {"": []}
        section = ""
        for token in _TOKEN.finditer(text):
            raw, code, closes, tag, attributes, data = token.groups()
            name = (raw or tag or "").lower()
            if closes:
                assert self.open.pop() == name
                section = "" if name == "section" else section
            elif name:
                self.tags.append((name, _values(attributes or "")))
                section = self.tags[-1][1]["id"] if name == "section" else section
                if tag and name not in _VOID and not attributes.endswith("/"):
                    self.open.append(name)
            shown = code if name == "script" else html.unescape(data or "")
            if shown and self.open:
                read.setdefault(section, []).append(" ".join(shown.split()))
        self.sections = {name: "".join(f" {part}" for part in parts) for name, parts in read.items()}

    @property
    def ids(self) -> list[str]:
        return [attrs["id"] for _, attrs in self.tags if "id" in attrs]

    @property
    def targets(self) -> set[str]:
        """The places that links lead to."""
        return {attrs["href"][1:] for tag, attrs in self.tags if tag == "a"}

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.sections.values()).split())


@cache
def _values(attributes: str) -> dict[str, str]:
    return {name.lower(): html.unescape(value.strip("\"'")) for name, value in _ATTRIBUTE.findall(attributes)}


def report_html(session: Played, card: Scorecard) -> str:
    """Return the report of a session as it is written."""
    return to_html(session_report(session, card))


@lru_cache(50)
def render(scored: Scored) -> tuple[str, Page]:
    """Return the page of a session as it is written, and as it is read."""
    text = report_html(scored.as_read, scored.card)
    return text, Page(text)


def words_of(fragment: str) -> str:
    """Return the visible words of a part of a page."""
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", fragment)).split())


def table_rows(fragment: str) -> list[list[str]]:
    """Return the words of each cell of each row of the tables in a part of a page, heads included."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", fragment, re.S)
    return [[words_of(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)] for row in rows]


def latin_words(text: str, *allowed: str) -> set[str]:
    """Return the words in Latin letters, ids, the letters of the assessments, p and q aside."""
    for one in sorted(allowed, key=len, reverse=True):
        text = text.replace(one, " ")
    return set(re.findall("[A-Za-z]+", _IDS.sub(" ", text))) - _LETTERS
