"""What bodies without a seat, such as an owners' meeting, decide between a decision and its review (EP, LA).

Which bodies there are, what is put to them and all odds are content (the case's card), and invented. This module draws
their answers from the seed: first whether enough take part to decide, then whether each matter finds a majority.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sandbox.content.aftermath import Body, BodyAnswer
from sandbox.content.cards import Text
from sandbox.content.stage_card import Stage
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item, Ledger
from sandbox.game.ledger.matters import brief_matter
from sandbox.game.ledger.options import briefly
from sandbox.game.motions.ungranted import needing
from sandbox.game.review.due import alike
from sandbox.game.review.lasting import says_the_same
from sandbox.game.state import News


def bodies_told(game: Game, terms: Mapping[str, str]) -> list[str]:
    """Return a sentence for each body without a seat that options need without saying so themselves."""
    told = []
    for body in game.scenario.bodies:
        if silent := needing_unsaid(game, body, terms):
            options = game.words("semi").join(briefly(game, silent).values())
            told.append(game.words("needs_body", name=body.names[0].get(game.words.lang), options=options))
    return told


def needing_unsaid(game: Game, body: Body, terms: Mapping[str, str]) -> dict[str, str]:
    """Return the terms whose option needs a body and does not name it."""
    names = [name.get(game.words.lang) for name in body.names]
    needed = {key: terms[key] for key in needing(game, body, terms)}
    return {
        key: needed[key]
        for key, (_, text) in zip(needed, game.in_words(needed), strict=True)
        if not any(name.casefold() in text.casefold() for name in names)
    }


def answers_of_bodies(game: Game, stage: Stage, items: Ledger) -> list[News]:
    """Return what each body that was called decided on what falls due, and on what it did not decide.

    A body was called if something due names it or, if a review weighs who may grant it, needs it. If nothing was put to
    it, only the meeting itself is told; a body that nothing names is told as not called, if its case has words for
    that. An option that waited for a majority and did not find one is struck. For conditions the answer is only told,
    since the people at the table fulfil them. Not put to a body are promises to do something about it, promises that
    say more than the option they name, what went on unchanged from last year, and options on which it has decided for
    longer. Entries that say the same get the same answer.
    """
    return [news for body in game.scenario.bodies for news in _answer(game, stage, body, items)]


def _answer(game: Game, stage: Stage, body: Body, items: Ledger) -> list[News]:
    room = set(game.present(stage.id))
    due = [item for item in items if item.account and not item.account.closed and not item.account.within]
    needed = [item for item in due if game.weighs_review and needing(game, body, item.terms)]
    named = [item for item in due if item in needed or _has(game, body.names, item)]
    known = [item for item in named if not _went_on(game, item) and room <= {*item.visible_to, item.owner}]
    put = [item for item in known if (item.kind == "term" or item.terms) and not _apart(item)]
    put = [item for item in put if item in needed or _has(game, body.asks, item)]
    words, lang = game.words, game.spec.lang
    meets = game.drawn(f"body:{stage.id}:{body.id}") < body.meets
    text = body.met if meets else body.short
    if not put:
        held = body.held if meets or body.held is None else body.short
        alone = (held if known else None) if named else body.uncalled
        if alone is None or not game.worded:
            return []
        text = alone
    heads = {item.line: next(each.line for each in put if _one_matter(game, each, item)) for item in put}
    agreed = [
        item for item in put if meets and game.drawn(f"body:{stage.id}:{body.id}:{heads[item.line]}") < body.agrees
    ]
    left = [item for item in put if item not in agreed]
    lost: BodyAnswer = "refused" if meets else "undecided"
    answers: dict[str, BodyAnswer] = {item.line: "agreed" if item in agreed else lost for item in put}
    said = {"agreed": agreed, lost: left}
    told = [
        words(
            f"review.body.{how}", matters=words.join(list(dict.fromkeys(brief_matter(game, item) for item in matters)))
        )
        for how, matters in said.items()
        if matters
    ]
    struck = [other for item in left if item.terms for other in alike(items, item) if not _apart(other)]
    news: News = {
        "id": f"{stage.id}:{body.id}", "stage": stage.id, "turn": 0,
        "text": words("gap").join([text.get(lang), *told]), "to": [],
        "reason": words("review.by_chance"), "strikes": list(dict.fromkeys(item.line for item in struck)),
    }  # fmt: skip
    if put and game.worded:
        news["answers"] = answers
    return [news]


def _one_matter(game: Game, item: Item, other: Item) -> bool:
    """Return whether two entries say the same, as an option and a condition may."""
    own, more = (" ".join(option for _, option in game.in_words(each.terms)) or each.says for each in (item, other))
    return item is other or (game.worded and says_the_same(own, more, game.spec.lang))


def _apart(item: Item) -> bool:
    return item.account is not None and item.account.apart


def _went_on(game: Game, item: Item) -> bool:
    start = game.spec.start
    known = {**start.went_on, **{each.question: each.option for each in start.decided}}.items()
    return bool(item.account and item.account.before) or (bool(item.terms) and item.terms.items() <= known)


def _has(game: Game, names: Sequence[Text], item: Item) -> bool:
    """Return whether the words of an entry contain one of some names."""
    options = [option for _, option in game.in_words(item.terms)]
    text = " ".join(options or [item.says]).casefold().replace("’", "'")
    return any(name.get(game.spec.lang).casefold() in text for name in names)
