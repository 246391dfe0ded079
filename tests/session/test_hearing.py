"""Whatever is said to whom: whoever has the floor is told something, and may answer, whatever went unheard."""

from __future__ import annotations

import random

from sandbox.content.acts import has
from sandbox.game.floor.last_word import LAST_WORD
from sandbox.game.game import Game
from sandbox.game.play import play
from sandbox.game.state import State
from sandbox.game.view import seat_view
from sandbox.record.line import ALL, Turn
from sandbox.session.offers import motion_texts, open_matters, rejection_text
from sandbox.session.prompts import turn_messages
from sandbox.session.schema import turn_schema
from tests.content.folders import LIBRARY
from tests.game.making import TURN
from tests.session.support import spec_of

MODELS = sorted(LIBRARY.cards["governance"])


def whispering(seed: int) -> object:
    """Return a speaker who takes any act, addresses anybody, takes people aside, and answers whatever line it heard."""
    draw = random.Random(seed)

    def choose(game: Game, state: State) -> Turn:
        floor = state["floor"]
        assert floor is not None
        view = seat_view(game, state, floor["seat"])
        schema = turn_schema(game, state, floor, None)["properties"]
        assert turn_messages(game, state, floor, None)
        if view.motion is not None:
            assert motion_texts(game, view, view.motion)
            rejection_text(game, view)
        act, to = draw.choice(floor["acts"]), draw.choice(schema["to"]["enum"])
        open_matters(game, view, act)
        about = schema.get("about", {})
        heard = about.get("enum") or ["", *(line["id"] for line in view.lines)]
        terms = {key: draw.choice(list(options)) for key, options in game.offered.items() if draw.random() < 0.5}
        new = floor["why"] != LAST_WORD  # in which nothing new is put on the table
        offers = new and (has(act, "offers") or has(act, "counters"))
        return {
            **TURN, "act": act, "to": to, "says": f"Words {len(state['lines'])}.",
            "about": draw.choice(heard) if about else "", "terms": terms if offers and "terms" in schema else {},
            "condition": draw.choice(["", f"door {len(state['lines'])}"]) if new and "condition" in schema else "",
            "aside": "aside" in schema and to != ALL and draw.random() < 0.5,
        }  # fmt: skip

    return choose


def test_whoever_has_not_heard_a_motion_votes_on_it_all_the_same() -> None:
    for seed, governance in [*enumerate(MODELS[:2])]:
        game = Game(spec_of(style="free", governance=governance, turns=8, seed=seed), LIBRARY)
        assert play(game, whispering(seed))["decisions"]  # type: ignore[arg-type]
