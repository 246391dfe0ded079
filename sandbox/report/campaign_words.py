"""What happens between the rounds of a campaign, in words: transfers of officials, and orders from above."""

from __future__ import annotations

from sandbox.content.campaign_card import Campaign, OrderFromAbove
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.diffusion.campaign.events import Move

__all__ = ["transfer_text", "worded_since"]


def transfer_text(move: Move, card: Campaign, library: Library, words: Words) -> str:
    """Return a transfer in words: who goes from which post to which."""

    def place(post: tuple[str, str]) -> str:
        return card.by_id[post[0]].name.get(words.lang)

    def role(post: tuple[str, str]) -> str:
        return library.persona(post[1]).role.get(words.lang)

    name, left, taken = move["name"][words.lang], move["of"], move["to"]
    if left and taken and left[1] == taken[1]:
        return words("rounds.same_post", name=name, role=role(left), of=place(left), to=place(taken))
    of, to = (words("rounds.post", place=place(post), role=role(post)) if post else "" for post in (left, taken))
    key = "moves" if of and to else "comes" if to else "goes"
    return words(f"rounds.{key}", name=name, of=of, to=to)


def worded_since(text: str, card: Campaign, library: Library, words: Words) -> str:
    """Return how the card here words an order that was worded otherwise when the campaign was played; else nothing."""
    here = library.cards["network"].get(card.id)
    now = here.orders if isinstance(here, Campaign) else ()
    known = {order.text.get(words.lang) for order in card.orders}
    if text in {order.text.get(words.lang) for order in now}:
        return ""
    for then in card.orders:
        if then.text.get(words.lang) == text:
            reworded = [order.text.get(words.lang) for order in now if _does(order) == _does(then)]
            new = [each for each in reworded if each not in known]
            return words("campaign.worded_since", text=new[0]) if len(new) == 1 else ""
    return ""


def _does(order: OrderFromAbove) -> tuple[object, ...]:
    """Return what makes an order the same one however it is worded: when it comes, to whom, and what it asks for."""
    return order.after, order.to, order.terms, order.changes
