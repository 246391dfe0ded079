"""Reads a report as its reader does: visible words by section, tags with their attributes, tables."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from html.parser import HTMLParser

from sandbox.game.session import Session as Played
from sandbox.report.document.html import to_html
from sandbox.report.pages.session import session_report
from sandbox.scoring.scorecard import Scorecard
from tests.report.conftest import Scored

__all__ = ["Page", "latin_words", "render", "report_html", "table_rows", "words_of"]

_VOID = frozenset({"meta", "link", "img", "br", "hr", "input", "rect", "line", "col"})
# Ids of lines and decisions, and the letters by which the assessments go in both languages.
_IDS = re.compile(r"\b(?:L\d{3,}|D-\w+)\b")
_LETTERS = frozenset("HPDGBpq")


class Page(HTMLParser):
    """Collects tags with their attributes, visible text by section, and checks that tags close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.sections: dict[str, str] = {"": ""}
        self._section = ""
        self.feed(text)
        self.close()

    def updatepos(self, i: int, j: int) -> int:
        """Go on at a place; that the line is counted takes a quarter of the time, and nobody asks for it."""
        del i
        return j

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.append((tag, values))
        if tag == "section":
            self._section = values["id"]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "section":
            self._section = ""

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            text = self.sections.get(self._section, "")
            self.sections[self._section] = f"{text} {' '.join(data.split())}"

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
