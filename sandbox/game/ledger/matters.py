"""How an entry of the ledger is told in words, in full or in brief: what was decided or promised."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.language.gist import carries, clauses, gist
from sandbox.game.language.stock import is_stock
from sandbox.game.language.wording import sentences
from sandbox.game.ledger.entries import Item, Ledger
from sandbox.game.review.due import names_nobody, on_behalf, within
from sandbox.record.line import ALL

# Characters within which a promise is told whole, in its main sentences, and in brief.
WHOLE = 2000
_MAIN: dict[Lang, int] = {"en": 240, "zh": 100}
_BRIEF: dict[Lang, int] = {"en": 200, "zh": 60}
_INNER = str.maketrans("“”", "‘’")


def aside(game: Game, item: Item) -> bool:
    """Return whether a promise was made to only some of those in the room."""
    room = game.present(item.stage) if item.stage in game.stage_names else ()
    return item.kind == "promise" and any(seat not in item.visible_to for seat in room)


def matter(game: Game, item: Item, longest: int = 0) -> str:
    """Return an entry in words: the option or condition that was decided, or the promise with its condition.

    Args:
        game: the game.
        item: the entry.
        longest: characters beyond which a promise is cut to its main sentences or clauses; 0: 240 in English, 100 in
            Chinese.
    """
    longest = longest or _MAIN[game.spec.lang]
    options = game.words("semi").join(option for _, option in game.in_words(item.terms))
    if item.kind == "term" and not item.terms:
        return game.words("review.on_condition", text=condition_matter(game, item))
    if not options and is_stock(game, item.says):
        return game.words("review.unnamed")
    if not _in_own_words(game, item):
        return quoted(game, options or clauses(item.says, longest))
    said = quoted(game, word_given(item.says, longest, options))
    held = game.words("review.held", text=item.condition) if item.condition else ""
    return said + (game.words.paren(options) if options else "") + held


def _in_own_words(game: Game, item: Item) -> bool:
    """Return whether an entry is a promise in somebody's own words, which say more than the options it names."""
    stock = game.spec.style == "rules" or is_stock(game, item.says)
    return item.kind == "promise" and not (item.terms and stock)


def condition_matter(game: Game, item: Item) -> str:
    """Return the condition that an entry stands for, and the seats that refused it before it was carried."""
    words, who = game.words, [game.name(seat) for seat in sorted(item.objectors)]
    return quoted(game, item.says) + (words.paren(words("review.refused", who=words.join(who))) if who else "")


def quoted(game: Game, text: str) -> str:
    """Return words in quotation marks for use within a sentence: without a full stop at the end.

    Quotation marks inside become single ones.
    """
    inner = text.translate(_INNER)
    return game.words("review.quoted", text=inner if inner.endswith("...") else inner.rstrip("。."))


def brief_matter(game: Game, item: Item, longest: int = 0) -> str:
    """Return an entry in few words: its options, or the main words of a promise in somebody's own words.

    ``longest`` is the usual number of characters of such words; 0 for what fits a paper.
    """
    terms = {} if _in_own_words(game, item) else item.terms
    options = game.words("semi").join(option for _, option in game.in_words(terms))
    if not options and is_stock(game, item.says):
        return game.words("review.unnamed")
    return quoted(game, options or word_given(item.says, longest or _BRIEF[game.spec.lang]))


def whom_for(game: Game, promised_to: Sequence[str]) -> str:
    """Return the names of those to whom a promise is made, or "everyone", as its owner says; empty if it says none."""
    return game.words("everyone") if ALL in promised_to else game.words.join(map(game.name, promised_to))


def answering_for(game: Game, item: Item) -> str:
    """Return the names of the seats that answer for an entry, and on whose behalf if it is another's duty.

    For the promise of somebody who is away, these are the seats that tell of it because it was made to them. Where
    nobody was named to do it, the text says so.
    """
    seats = item.account.doers if item.account else (item.owner,)
    name, whose = game.words.join([game.name(seat) for seat in seats]), on_behalf(game, item)
    if game.spec.weighs_review and names_nobody(game, item):
        return game.words("review.nobody_named", name=name)
    key = "heard" if item.account and item.account.heard else "behalf"
    return game.words(f"review.{key}", name=name, whose=whose) if whose else name


def word_given(text: str, longest: int, options: str = "") -> str:
    """Return the sentences of a promise that fit: on its options, else those that give the word, else the first."""
    gives = any(carries("promise", part) for part in sentences(text))
    return clauses(gist(text, longest, options, "promise") if options or gives else text, longest)


def whole_matter(game: Game, items: Ledger, head: Item, longest: int = 0) -> str:
    """Return an entry in words as `matter` does, with the promises that say the same and are reported on with it.

    Args:
        game: the game.
        items: the ledger.
        head: the entry.
        longest: characters of each, as in `matter`.
    """
    owner = head.account.owner if head.account else head.owner
    return game.words("semi").join(matter(game, item, longest) for item in (head, *within(items, head, owner)))
