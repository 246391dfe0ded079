"""Where the pages of cards lie, for whoever knows the facilitator's secret, and the names of cards."""

from __future__ import annotations

import contextlib

from sandbox.content.card_files import AnyCard
from sandbox.content.cards import Lang
from sandbox.content.library import ContentKind
from sandbox.content.schemas import City, Governance, Persona, Scenario
from sandbox.content.yaml_source import YamlError, parse_yaml
from sandbox.web.house import House

__all__ = ["FORMS", "all_cards_address", "card_address", "card_name", "edited_name"]

FORMS: tuple[ContentKind, ...] = ("persona", "scenario")
"""The kinds of card that can be filled in as a form."""


def all_cards_address(house: House, lang: Lang) -> str:
    """Return where all cards are listed."""
    return f"/f/{house.store.secret}/c?lang={lang}"


def card_address(house: House, kind: ContentKind, card_id: str, lang: Lang, part: str = "") -> str:
    """Return where a card is read or, as ``part``, filled in (``form``), edited (``edit``) and sent (``text``)."""
    return f"/f/{house.store.secret}/c/{kind}/{card_id}{f'/{part}' if part else ''}?lang={lang}"


def card_name(house: House, card: AnyCard, lang: Lang) -> str:
    """Return the name of a card: of a case its title, of a trainer's pack that of its case."""
    match card:
        case Scenario():
            return card.title.get(lang)
        case Persona():
            return f"{card.name.get(lang)} · {card.role.get(lang)}"
        case Governance() | City():
            return card.name.get(lang)
    return house.library.scenario(card.id).title.get(lang)


def edited_name(house: House, kind: ContentKind, card_id: str, text: str, lang: Lang) -> str:
    """Return the name under which a card is edited: its own or, where it was never valid, what its draft calls it.

    Args:
        house: the house.
        kind: the kind of card.
        card_id: the card.
        text: its draft.
        lang: the language.
    """
    if card_id in house.library.cards[kind]:
        return card_name(house, house.library.cards[kind][card_id], lang)
    with contextlib.suppress(YamlError, AttributeError):
        name = parse_yaml(text)[0].get("name")
        if named := (name.get(lang) if isinstance(name, dict) else name):
            return str(named)
    return house.words(lang)("card_form.unnamed")
