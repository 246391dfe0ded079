"""Puts a start into words: new holders of posts, the host of the tour, and what each seat has heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.content.cards import RANKED
from sandbox.content.language import Lang
from sandbox.content.templates import Piece, marked, unmarked
from sandbox.content.words import Words
from sandbox.content.words.shares import percent
from sandbox.game.language.gist import clauses
from sandbox.game.language.wording import quoting_sentences, says_again
from sandbox.game.spec import Heard, Post, Rank, Standing, Start

if TYPE_CHECKING:
    from sandbox.game.game import Game
from sandbox.game.hosting import Passage, as_sentence, host_knows

# Most characters of each matter of last year in a review.
_BRIEF: dict[Lang, int] = {"en": 190, "zh": 80}


def served_there(start: Start) -> dict[str, Post]:
    """Return, by seat, the posts whose holders served before at the place of the tour."""
    return {post.seat: post for post in start.posts if start.host is not None and start.host.place in post.before}


def briefing(game: Game, seat: str) -> str:
    """Return what only a seat knows: the briefing of its card and what the start adds.

    The start adds what a new holder brought to the post, what the seat has heard and from whom, and, for officials and
    the front line, last year's rank.
    """
    return game.words("gap").join(passage.text for passage in _passages(game, seat))


def briefing_read(game: Game, seat: str, beside: str = "", *, settles: bool = True) -> Piece:
    """Return the briefing of a seat for a template, with marks around what participants said.

    Args:
        game: the game.
        seat: the seat.
        beside: a text; sentences of the program that say the same are left out.
        settles: whether something is still to be decided; if not, options that a new holder stands for are left out.
    """
    lang, gap = game.spec.lang, game.words("gap")
    parts: list[str] = []
    for text, said in _passages(game, seat, settles=settles):
        if said:
            parts.append(marked(text, said))
        elif own := [each for each in quoting_sentences(text) if not (beside and says_again(each, beside, lang))]:
            parts.append(unmarked(gap.join(own)))
    return Piece(gap.join(parts))


def _passages(game: Game, seat: str, *, settles: bool = True) -> list[Passage]:
    words, start = game.words, game.spec.start
    parts = [Passage(game.seats[seat].briefing.get(game.spec.lang))]
    if start.host is not None and seat == game.scenario.tour.host:
        known = served_there(start).values()
        parts = host_knows(start.host, words)
        parts += [Passage(words("start.hosts_known", name=post.name, before=post.before)) for post in known]
    of_first = start.year > 1 and game.personas[seat].kind != "host" and game.seats[seat].later is None
    parts += [Passage(words("start.card_then"))] if of_first else []
    post = game.posts.get(seat)
    if post is not None:
        parts += _posted(game, seat, post, settles=settles)
    own = [each for each in start.heard if each.seat == seat]
    parts += [Passage(as_sentence(words, _heard_from(words, each)), each.said) for each in own]
    if start.rank is not None and game.personas[seat].kind in RANKED:
        # In later years everybody knows how the community was ranked.
        parts += map(Passage, ranked(words, start.rank)) if start.year == 1 else []
        parts += map(Passage, ranked(words, post.rank)) if post is not None and post.rank is not None else []
    return parts


def _posted(game: Game, seat: str, post: Post, *, settles: bool) -> list[Passage]:
    """Return what a new holder brought to a post: where from, what was decided there, the options they stand for."""
    words, start = game.words, game.spec.start
    parts: list[Passage] = []
    if post.since and not post.held:
        parts.append(Passage(words("start.predecessor", year=post.since)))
    if post.before:
        key = "back" if post.held else "came_in" if post.since else "came_from"
        parts.append(Passage(words(f"start.{key}", before=post.before, year=post.since, held=post.held)))
    if post.agenda:
        # Where years are counted it tells what was decided and promised at another table.
        agenda = as_sentence(words, words("start.agenda", agenda=post.agenda))
        parts.append(Passage(agenda, post.agenda if post.since else ""))
    wished = [
        words("start.barred" if barred else "start.wish", question=question.rstrip("?？"), option=option)
        for key, (question, option) in zip(_known(game, post), game.in_words(post.terms), strict=True)
        for barred in [start.year > 1 and game.wish(seat, key) != post.terms[key]]
    ]
    return [
        *parts,
        *([Passage(words("start.stands_for", terms=words("semi").join(wished)))] if wished and settles else []),
    ]


def _known(game: Game, post: Post) -> list[str]:
    return [key for key in post.terms if key in game.scenario.decision_by_id]


def ranked(words: Words, rank: Rank) -> list[str]:
    """Return sentences on the rank of a community and what it brought."""
    key = "start.rank_of" if rank.community else "start.rank"
    parts = [words(key, **rank.model_dump(include={"place", "of", "community"}))]
    parts += [words("start.rank_shared", others=list(rank.shared), order=list(rank.lots))] if rank.shared else []
    return [*parts, *([as_sentence(words, words("start.brought", brought=rank.brought))] if rank.brought else [])]


def common_knowledge(game: Game, *, drafting: bool) -> list[str]:
    """Return what everybody knows from the start: who is new in a post, what all have heard, whose plan it is.

    Args:
        game: the game.
        drafting: whether to tell of the plan that was handed down.
    """
    words, start = game.words, game.spec.start
    known = _newly_posted(game)
    everybody = [each for each in start.heard if not each.seat]
    known += [as_sentence(words, _heard_from(words, each)) for each in everybody]
    if drafting and start.plan_from:
        known.append(words("start.plan_from", source=start.plan_from))
    if drafting and start.copied is not None:
        known.append(words("start.copied", share=percent(start.copied)))
    return known


def _heard_from(words: Words, heard: Heard) -> str:
    """Return what was heard and, if known, from whom."""
    key = "start.heard" if heard.seat else "start.all_heard"
    return words(key, says=heard.says, source=heard.source) if heard.source else heard.says


def _newly_posted(game: Game) -> list[str]:
    start = game.spec.start
    return [
        game.words("start.back_again" if post.held else "start.new_from", name=post.name, role=game.role(seat),
                   before=post.before, held=post.held)
        for seat, post in game.posts.items()
        if post.before and (not post.since or post.since == start.year)
    ]  # fmt: skip


def aged(game: Game, *, reviews: bool) -> str:
    """Return the note above a case's facts that tells how old they are, in a later year or a review; else empty."""
    start = game.spec.start
    if start.year > 1:
        key = "start.aged" if game.scenario.later is None else "start.still"
        return game.words(key, years=start.year - 1, year=start.year)
    return game.words("start.a_year_ago") if reviews else ""


def then(game: Game, stage: str) -> str:
    """Return the note for a review that a card tells how things were at the meeting; empty in other stages."""
    return game.words("start.as_of_then") if stage in game.able("reviews") else ""


def since(game: Game, stage: str) -> list[tuple[str, list[str]]]:
    """Return what has happened since the case began, as headings with their texts; nothing of the past in year 1.

    The parts are last year's decisions, their outcome and the rank; conditions in force; what else everybody knows;
    and, once the tour has begun, what was shown on it.

    Args:
        game: the game.
        stage: the stage that is played, or empty before the first.
    """
    words, start = game.words, game.spec.start
    guest, reviews = start.host, stage in game.able("reviews")
    parts: list[tuple[str, list[str]]] = []
    if start.year > 1:
        # A review tells of each condition where it falls due, and of the year before in a line each.
        brief = _BRIEF[words.lang] if reviews else 0
        last = [as_sentence(words, clauses(text, brief) if brief else text) for text in start.last_year]
        last += [words("gap").join(ranked(words, start.rank))] if start.rank is not None else []
        parts.append((words("start.last_year", year=start.year - 1), last))
        stand = [] if reviews else [stands_since(words, each) for each in start.standing]
        parts.append((words("start.standing.heading"), stand))
        known = _newly_posted(game) if reviews else common_knowledge(game, drafting=stage in game.able("drafts"))
        parts.append((words("start.beside"), known))
    # Nothing of another place falls due in a review.
    if guest is not None and guest.year and stage and game.toured(stage) and not reviews:
        shown = [fact.text.get(game.spec.lang) for fact in game.scenario.facts if fact.id in game.scenario.tour.shown]
        parts.append((words("start.visited", place=guest.place), shown))
    return [(heading, texts) for heading, texts in parts if texts]


def stands_since(words: Words, standing: Standing) -> str:
    """Return a condition of an earlier year in words, with the year it is from and the older ones it replaced."""
    key = "start.standing.instead" if standing.instead else "start.standing.of_year"
    return words(key, says=standing.says, year=standing.year, old=standing.instead)
