"""What a person may read beside the transcript: role card, ledger, documents, and who is in the room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nicegui import ui

from sandbox.game.game import Game
from sandbox.game.ledger import Item
from sandbox.game.session import Session
from sandbox.game.state import first_state
from sandbox.game.view import SeatView
from sandbox.report.reading import Reading, procedure_text, scope_text
from sandbox.web.frame import bullets, heading, soft
from sandbox.web.words import Words

__all__ = ["documents", "ledger_panel", "pulse_text", "role_card", "room_panel"]


def role_card(game: Game, words: Words, seat: str, view: SeatView | None = None) -> None:
    """Add the role card and the private briefing of a seat.

    Args:
        game: the game.
        words: the words of the session's language.
        seat: the seat.
        view: what the seat sees now; None before the session has started.
    """
    lang, card = game.spec.lang, game.personas[seat]
    position = game.governance.rules.position[game.positions[seat]].name.get(lang)
    heading(2, f"{game.name(seat)} · {card.role.get(lang)}")
    soft(position)
    _part(words("card.question"), [game.scenario.question.get(lang)])
    _part(words("card.knows"), [game.seats[seat].briefing.get(lang), *(one.get(lang) for one in card.private)])
    _part(words("card.opening"), [card.opening_line.get(lang)])
    _part(words("card.never"), [card.non_negotiable.get(lang)])
    if view is not None:
        _part(words("card.raise"), [one.says.get(lang) for one in view.points[:4]])
    _part(words("card.wants"), [one.get(lang) for one in card.interests])
    _part(words("card.bound"), [one.get(lang) for one in card.constraints])
    _part(words("card.fears"), [one.get(lang) for one in card.fears])
    _part(words("card.moves"), [one.get(lang) for one in card.moves])
    _part(words("card.may"), [card.authority.get(lang)])
    _part(words("card.acts"), [words.join([words.doing(act) for act in game.acts(seat)])])
    if view is not None and view.pulse is not None:
        _part(words("card.pulse"), [pulse_text(words, view.pulse)])


def ledger_panel(game: Game, words: Words, items: Sequence[Item]) -> None:
    """Add the entries of the ledger, the newest first."""
    reading = Reading(Session(game, first_state(game)))
    if not items:
        soft(words("panel.ledger_empty"))
    for item in reversed(items):
        with ui.element("div"):
            state = words.of("state", item.state)
            ui.label(f"{words.of('kind', item.kind)} · {reading.name(item.owner)} · {state} · {item.line}").classes(
                "who"
            )
            ui.label(item.says).classes("prose")
            terms = reading.terms_text(item.terms)
            if terms:
                soft(terms)


def documents(game: Game, words: Words, view: SeatView) -> None:
    """Add the minutes, plans and facts that a seat may read."""
    lang = game.spec.lang
    names = {stage.id: stage.name.get(lang) for stage in game.stages}
    reading = Reading(Session(game, first_state(game)))
    for entry in view.minutes:
        with ui.expansion(words("panel.minutes", stage=names[entry["stage"]])).classes("w-full"):
            ui.label(entry["text"]).classes("prose")
    for plan in view.plans:
        with ui.expansion(words("panel.plan", name=reading.name(plan.seat))).classes("w-full"):
            for section, text in plan.sections.items():
                heading(4, words.of("section", section))
                ui.label(text).classes("prose")
    platform = [fact.text.get(lang) for fact in view.facts if fact.platform]
    _part(words("panel.platform"), platform)
    _part(words("panel.facts"), [fact.text.get(lang) for fact in view.facts if not fact.platform])


def room_panel(game: Game, words: Words, stage: str, who: Mapping[str, str]) -> None:
    """Add who is in the room, with what is said of each seat, and who decides."""
    lang = game.spec.lang
    heading(3, words("panel.room"))
    bullets(
        [
            words.join([f"{game.name(seat)} · {game.role(seat)}", who[seat]]) if who.get(seat) else
            f"{game.name(seat)} · {game.role(seat)}"
            for seat in game.present(stage)
        ]
    )  # fmt: skip
    heading(3, words("panel.rules"))
    ui.label(f"{game.governance.name.get(lang)}{words('colon')}{procedure_text(game)}").classes("prose")
    soft(scope_text(game))


def pulse_text(words: Words, levels: Mapping[str, object]) -> str:
    """Return a pulse in one line."""
    return words.join([f"{words(f'pulse.{name}')} {levels[name]}" for name in ("trust", "conviction", "burden")])


def _part(title: str, texts: Sequence[str]) -> None:
    shown = [text for text in texts if text]
    if not shown:
        return
    heading(3, title)
    if len(shown) == 1:
        ui.label(shown[0]).classes("prose")
    else:
        bullets(shown)
