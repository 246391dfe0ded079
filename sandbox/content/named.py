"""Ids that carry their names, and the id that a name means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.content.cards import Text

_APART = " · "  # between a persona's name and its role


class Named(str):
    """An id that carries its name; in texts in other languages than English the name stands before the id.

    Args:
        text: its name in each language; in ``name · role`` either part counts as a name as well.
    """

    text: Text

    def __new__(cls, name_id: str, text: Text) -> Named:
        """Make the id."""
        made = super().__new__(cls, name_id)
        made.text = text
        return made

    def __reduce__(self) -> tuple[type[Named], tuple[str, Text]]:
        """Return how to make it again, for pickling."""
        return Named, (str(self), self.text)

    @property
    def called(self) -> frozenset[str]:
        """Its names in all languages, case-folded."""
        titles = (self.text.en, self.text.zh)
        return frozenset(name.casefold() for title in titles for name in (title, *title.split(_APART)))


def id_of(text: str, ids: Iterable[str]) -> str:
    """Return the id that a text means: an id itself, or the only one with that name; else the text."""
    known = list(ids)
    if text in known:
        return text
    wanted = text.strip().casefold()
    called = [str(each) for each in known if isinstance(each, Named) and wanted in each.called]
    return called[0] if len(called) == 1 else text
