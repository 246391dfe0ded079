"""Orders from above in words."""

from __future__ import annotations

from sandbox.content.campaign_card import Campaign
from sandbox.content.library import Library
from sandbox.content.words import Words

__all__ = ["worded_since"]


def worded_since(text: str, card: Campaign, library: Library, words: Words) -> str:
    """Return how the card here words an order that was worded otherwise when the campaign was played; else nothing.

    Args:
        text: the order as it was given.
        card: the campaign as it was played.
        library: the content.
        words: the words of a language.
    """
    here = library.cards["network"].get(card.id)
    for then, now in zip(card.orders, here.orders, strict=False) if isinstance(here, Campaign) else ():
        same = (then.after, then.to) == (now.after, now.to)
        if same and then.text.get(words.lang) == text != now.text.get(words.lang):
            return words("campaign.worded_since", text=now.text.get(words.lang))
    return ""
