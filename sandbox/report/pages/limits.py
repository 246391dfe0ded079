"""What governance models make impossible, seat by seat, as a document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sandbox.game.game import Game
from sandbox.game.limits import SeatLimits, seat_limits
from sandbox.report.document.blocks import Block, Document, Facts, Heading, Section, plain
from sandbox.report.pages.cards import barred_text
from sandbox.report.rule_words import procedure_text, scope_text

__all__ = ["body_rows", "limits_page"]


def limits_page(games: Sequence[Game]) -> Document:
    """Return what the rules of each game make impossible: a section for each model, then what the terms mean.

    Args:
        games: games of one case in one language, one for each model.
    """
    game, words, lang = games[0], games[0].words, games[0].spec.lang
    limits = [seat_limits(each) for each in games]
    sections = [
        Section(f"model-{one.governance.id}", one.governance.name.get(lang), tuple(_model(one, seats)))
        for one, seats in zip(games, limits, strict=True)
    ]
    terms = tuple((term, plain(meaning)) for term, meaning in _terms(games, limits))
    return Document(
        lang=lang,
        kicker=words("limits.kicker"),
        title=words("limits.title"),
        lede=game.scenario.title.get(lang),
        contents=words("contents"),
        skip=sections[0].title,
        footer=f"{words('caution.rules')} {words('caution.cities')}",
        sections=(*sections, Section("terms", words("limits.terms"), (Facts(terms),))),
    )


def body_rows(game: Game) -> tuple[tuple[str, str], ...]:
    """Return in words who decides under the rules of a game, what may be bound, and who may pay."""
    words, budgets = game.words, game.governance.rules.payoff.budgets.values()
    return (
        (words("limits.decides"), procedure_text(game)),
        (words("limits.binds"), scope_text(game)),
        (words("limits.pays"), words("semi").join(budget.get(game.spec.lang) for budget in budgets)),
    )


def _model(game: Game, limits: Sequence[SeatLimits]) -> Iterable[Block]:
    yield Facts(tuple((name, plain(text)) for name, text in body_rows(game)))
    yield Heading(game.words("cards.barred"))
    yield Facts(tuple((game.role(limit.seat), plain(barred_text(game, limit))) for limit in limits))


def _terms(games: Sequence[Game], limits: Sequence[Sequence[SeatLimits]]) -> Iterable[tuple[str, str]]:
    """Yield the terms that stand on the page, each with what it means."""
    words = games[0].words
    told = {barred_text(game, limit) for game, seats in zip(games, limits, strict=True) for limit in seats}
    for term in ("absent", "never", "no_vote", "no_plan", "no_platform"):
        if any(words(f"limits.{term}") in text for text in told):
            yield words(f"limits.{term}"), words(f"limits.means.{term}")
    if "–" in told:
        yield "–", words("limits.means.nothing")
