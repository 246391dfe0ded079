"""Ids with the names that people call them by, and the id that a name means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.content.cards import Text

_APART = " · "  # between a persona's name and its role


class Named(str):
    """An id that knows what it is called; where texts name it in another language than English, that stands before it.

    Args:
        text: what it is called in each language; whoever has a role besides is called by either, and by both.
    """

    text: Text

    def __new__(cls, name_id: str, text: Text) -> Named:
        """Make the id."""
        made = super().__new__(cls, name_id)
        made.text = text
        return made

    def __reduce__(self) -> tuple[type[Named], tuple[str, Text]]:
        """Return what makes it again in another process."""
        return Named, (str(self), self.text)

    @property
    def called(self) -> frozenset[str]:
        """What it is called in any language, without regard to case."""
        titles = (self.text.en, self.text.zh)
        return frozenset(name.casefold() for title in titles for name in (title, *title.split(_APART)))


def id_of(text: str, ids: Iterable[str]) -> str:
    """Return the id that a text means: itself, or that of which alone it is the name; the text where there is none."""
    known = list(ids)
    if text in known:
        return text
    wanted = text.strip().casefold()
    called = [str(each) for each in known if isinstance(each, Named) and wanted in each.called]
    return called[0] if len(called) == 1 else text
