"""The digest of all cards and templates that a session reads."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sandbox.content.cards import Card

if TYPE_CHECKING:
    from sandbox.game.game import Game


def digests_read(game: Game) -> dict[str, str]:
    """Return a digest of each card and template that a session reads, by kind and name (``templates en/minutes``).

    It covers what `content_digest` covers, except that a governance model is taken before its rules are changed.
    """
    library, spec = game.library, game.spec
    cards: dict[str, Card] = {
        f"scenario {spec.scenario}": library.scenario(spec.scenario),
        f"governance {spec.governance}": library.governance(spec.governance), f"rubric {spec.rubric}": game.rubric,
        **{f"stage {stage.id}": stage for stage in game.stages},
        **{f"persona {card.id}": card for card in map(game.cast_at, game.seats)},
    }  # fmt: skip
    if game.city:
        cards[f"city {spec.city}"] = game.city
    read = {name: _digest(card.as_json.encode()) for name, card in cards.items()}
    return read | {f"templates {name}": digest for name, digest in game.templates.digests().items()}


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def content_digest(game: Game) -> str:
    """Return one digest of all cards and templates that a session reads; a library computes each once."""
    spec = game.spec
    key = (
        spec.scenario, spec.governance, spec.changes, spec.rubric, spec.city, spec.lang, spec.wording,
        *sorted(spec.personas.items()), *game.stage_names,
    )  # fmt: skip
    digest = game.library.digests.get(key)
    if digest is None:
        # What a start changes is in the spec: the digest is of the cards as they are.
        case = game.library.scenario(spec.scenario)
        cards: list[Card] = [case, game.governance, game.rubric, *game.stages]
        cards += [game.cast_at(seat) for seat in game.seats]
        if game.city:
            cards.append(game.city)
        joined = "\n".join(card.as_json for card in cards)
        digest = f"{hashlib.sha256(joined.encode()).hexdigest()[:16]}-{game.templates.digest()}"
        game.library.digests[key] = digest
    return digest
