"""Promises that fall with the motion beside which they were made, live on with what grew out of it, or stand again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sandbox.content.language import Lang, patterns
from sandbox.game.game import Game
from sandbox.game.language.wording import content_words, takes_up
from sandbox.game.ledger.entries import Item, Ledger, differ, motion_of, proposals_of, roots
from sandbox.game.motions.conditions import stands_in, whom_it_asks
from sandbox.game.motions.hanging import brought, depends, hangs_on, traced
from sandbox.game.review.lasting import says_the_same
from sandbox.record.line import DecisionTaken

# Words by which it hangs on the speaker's own motion, beside whatever line it was made.
_OWN_MOTION = patterns(
    en=r"\b(?:if|once|when|should|provided)\b[^.;]{0,20}\b(?:mine|my (?:own )?(?:motion|proposal|one))\b"
    r"[^.;]{0,20}\b(?:pass\w*|carried|carries|wins?|goes through|accepted)\b",
    zh=r"我(?:自己)?(?:的|提的|这|那|这个|那个)[^，；]{0,6}(?:通过|过了|表决过)",
)
# Words by which it hangs on that something is carried, whatever it speaks of.
_CARRIED = patterns(
    en=r"\b(?:if|once|when|should|provided)\b[^,.;]{0,30}\b(?:pass\w*|carried|carries|goes through)\b",
    zh="通过|表决过",
)
# A promise speaks of what is decided when they share so many words (in Chinese, pairs of characters).
_SHARED: dict[Lang, int] = {"en": 2, "zh": 3}


def promises_lost(
    game: Game,
    items: Ledger,
    put: Item | None,
    votes: Mapping[str, bool],
    bound: Mapping[str, str],
    condition: str,
    *,
    fell: Collection[str] = (),
    waiting: Sequence[Item] = (),
) -> list[str]:
    """Return the promises, by line, that fall with the motion beside which each was made, or on which their words hang.

    Only what hangs on the motion falls with it: what its words make depend on something, and what takes up an option or
    says again a condition that is lost with it. What somebody promises of their own beside a motion stands.
    A motion is lost where it is rejected, or where other options than its own are carried, unless what it brought
    itself was taken over; then the promise stands of whoever went along: voted for these, or, without a vote, stood for
    a motion that was not lost. What was carried may have grown out of its motion, by amendments and other options: then
    it stands unless its owner is against that. A promise of what the decision hangs on itself, or what another motion
    does that is still on the table, stands in any case, as does one that takes on what is asked of its owner there.
    What takes up an option that another on the same question was preferred to, and not that one, falls whoever goes
    along. What speaks of something that was carried no less than of what was lost stands. Of what somebody promised for
    several motions that exclude each other, only what is carried stands.

    Args:
        game: the game.
        items: the ledger before the decision.
        put: the motion that was decided on, or that whoever decides alone takes over, if any.
        votes: the votes on it.
        bound: what the decision binds; empty where it is rejected.
        condition: what the decision hangs on.
        fell: the motions, by line, that were rejected in the stage before.
        waiting: the motions that are still put to the vote after it: what they have is not lost yet.
    """
    promised = [place for place, item in enumerate(items) if item.kind == "promise" and item.state == "open"]
    beside = [item for place in promised if (item := _beside(game, items, place)).beside]
    instead = _for_rivals([items[place] for place in promised], bound)
    if not beside:
        return instead
    made = {item.line: item for item in items if item.kind == "proposal" and item.terms}
    if bound:
        other = {line for line, item in made.items() if differ(bound, item.terms)}
        lost = {line for line in other if not _taken_over(items, made[line], bound, condition)}
        kept = [item for line, item in made.items() if line not in other]
        along = {seat for item in kept for seat in (item.owner, *item.supporters)}
        along = {seat for seat in along if votes.get(seat, True)} | {seat for seat, vote in votes.items() if vote}
        grown = roots(made, put)
    else:
        lost, along, grown = set(), set(), ()
        for rejected in (put.line if put else "", *fell):
            line = rejected
            while line in made and line not in lost:
                lost.add(line)
                line = made[line].amends
    has = {*bound.items()} if bound else {each for item in waiting for each in item.terms.items()}
    asked = hangs_on(condition) if bound else []
    left = [item for line, item in made.items() if not bound and line not in lost]
    asked += [part for item in left for part in hangs_on(item.condition)]
    lang = game.spec.lang
    return instead + [
        item.line
        for item in beside
        if item.beside in lost
        for motion in [made[item.beside]]
        for loses in [_loses(game, motion, has, asked)]
        if _hangs(game, items, item, loses, asked)
        if _CARRIED[lang].search(item.says) or not _of_carried(game, item.says, has, asked, loses)
        if _only_there(game, item.says, motion, bound)
        or (not _lives_on(item, grown, votes) and (item.owner not in along or _OWN_MOTION[lang].search(item.says)))
    ]


def promises_revived(
    game: Game, items: Ledger, votes: Mapping[str, bool], bound: Mapping[str, str], condition: str
) -> list[str]:
    """Return the promises, by line, that fell with a motion and stand again, as what is carried now brings the same.

    It binds the options of the motion beside which each was made, or what that brought itself, and has the conditions
    that the promise says again; or it asks of its owner what the promise takes on. Who votes against it is held to
    nothing.

    Args:
        game: the game.
        items: the ledger before the decision.
        votes: the votes on what is carried.
        bound: what it binds; empty where it is rejected.
        condition: what it hangs on.
    """
    made, asked, lang = proposals_of(items), hangs_on(condition), game.spec.lang
    return [
        item.line
        for item in items
        if item.kind == "promise" and item.state == "fallen" and item.beside in made and votes.get(item.owner, True)
        for motion in [made[item.beside]]
        if bound and motion.terms
        if any(by in item.takes_on for by, _ in brought(items, condition))
        or (
            (motion.terms.items() <= bound.items() or _taken_over(items, motion, bound, condition))
            and all(
                stands_in(part, asked, lang)
                for part in hangs_on(motion.condition)
                if says_the_same(item.says, part, lang)
            )
        )
    ]


def lost_with(game: Game, items: Ledger, decisions: Sequence[DecisionTaken], item: Item) -> Item | None:
    """Return the motion beside which a promise was made where its stage carried something else; None for any other.

    Nothing else is what grew out of it. Only what says something of the motion is lost with it: an option or condition
    that it loses, or that the promise hangs on what is decided; and only where nothing of what it says is decided.
    """
    motion = motion_of(items, item.beside) if item.kind == "promise" and item.beside else None
    taken = [each for each in decisions if each["carried"] and each["stage"] == item.stage]
    if motion is None or not motion.terms or not taken:
        return None
    made = proposals_of(items)
    versions = [each for each in (motion, made.get(motion.base)) if each is not None]
    carried = {root.line for each in taken for root in roots(made, made.get(each["motion"]))}
    if any(each.state == "confirmed" or each.line in carried for each in versions):
        return None
    for each in taken:
        bound, asked = each["terms"], hangs_on(each["condition"])
        lost = _loses(game, motion, bound.items(), asked)
        kept = [part for part in _loses(game, motion, (), ()) if part not in lost]
        hangs = _hangs(game, items, item, lost, asked) and not _asked_again(game, items, item, asked)
        if not hangs or _speaks(item.says, kept, game.spec.lang):
            return None
    return motion


def _asked_again(game: Game, items: Ledger, promise: Item, asked: Sequence[str]) -> bool:
    """Return whether a condition asks of its owner what a promise says."""
    same = [part for part in asked if says_the_same(promise.says, part, game.spec.lang)]
    return any(promise.owner in whom_it_asks(game, items, part, game.present(promise.stage)) for part in same)


def _for_rivals(promised: Sequence[Item], bound: Mapping[str, str]) -> list[str]:
    """Return the promises of other options alone than those bound, whose owners promised what is bound as well."""
    held = {item.owner for item in promised if item.terms and item.terms.items() <= bound.items()}
    lost = [item for item in promised if item.owner in held and differ(bound, item.terms)]
    return [item.line for item in lost if len(hangs_on(item.says)) == 1]  # of several things the others stand


def _beside(game: Game, items: Ledger, place: int) -> Item:
    """Return a promise as one beside its owner's own motion before it, where its words hang on that."""
    promise = items[place]
    own = [item.line for item in items if item.kind == "proposal" and item.owner == promise.owner and item.terms]
    if not (own or promise.beside) or not _OWN_MOTION[game.spec.lang].search(promise.says):
        return promise
    before = {item.line for item in items[:place]}
    return (
        promise if promise.beside in own else promise.altered(beside=next(filter(before.__contains__, own[::-1]), ""))
    )


def _loses(game: Game, motion: Item, kept: Collection[tuple[str, str]], asked: Sequence[str]) -> list[str]:
    """Return what a motion loses: options that are not kept, and conditions not asked in whatever words."""
    gone = dict(term for term in motion.terms.items() if term not in kept)
    conditions = (part for part in hangs_on(motion.condition) if not stands_in(part, asked, game.spec.lang))
    return [*(option for _, option in game.in_words(gone)), *conditions]


def _hangs(game: Game, items: Ledger, promise: Item, lost: Sequence[str], asked: Sequence[str]) -> bool:
    """Return whether a promise hangs on a decision or on what is lost by it, and takes on nothing that is asked."""
    says, lang = promise.says, game.spec.lang
    hangs = depends(says, lang) or _speaks(says, lost, lang)
    return hangs and not any(by in promise.takes_on for part in asked for by, _ in brought(items, part))


def _speaks(says: str, texts: Sequence[str], lang: Lang) -> bool:
    """Return whether words speak of one of some options and conditions."""
    return any(takes_up(says, text, lang) or says_the_same(says, text, lang) for text in texts)


def _of_carried(
    game: Game, says: str, kept: Collection[tuple[str, str]], asked: Sequence[str], lost: Sequence[str]
) -> bool:
    """Return whether words speak of the options kept, or of what is asked for, no less than of what is lost."""
    lang, own = game.spec.lang, content_words(says, game.spec.lang)
    carried = [*(option for term in kept for _, option in game.in_words(dict([term]))), *asked]
    of_carried, of_lost = (
        max((len(own & content_words(text, lang)) for text in texts), default=0) for texts in (carried, lost)
    )
    return of_carried >= max(_SHARED[lang], of_lost) or any(says_the_same(says, each, lang) for each in asked)


def _only_there(game: Game, says: str, motion: Item, bound: Mapping[str, str]) -> bool:
    """Return whether words take up an option of a motion to which another was preferred, and not that one."""
    lang, keys = game.spec.lang, motion.terms.keys() & bound.keys()
    both = zip(*(game.in_words({key: terms[key] for key in keys}) for terms in (motion.terms, bound)), strict=True)
    return any(takes_up(says, had, lang) and not takes_up(says, option, lang) for (_, had), (_, option) in both)


def _lives_on(promise: Item, grown: Sequence[Item], votes: Mapping[str, bool]) -> bool:
    """Return whether a promise was made beside one of some motions, and its owner is not against the last of them."""
    lines = [item.line for item in grown]
    if promise.beside not in lines:
        return False
    stance = True
    for item in grown[lines.index(promise.beside) :]:
        stands_by = stance or promise.owner in (item.owner, *item.supporters)
        stance = stands_by and promise.owner not in item.objectors
    return votes.get(promise.owner, stance)


def _taken_over(items: Ledger, motion: Item, bound: Mapping[str, str], condition: str) -> bool:
    """Return whether a decision contains what a motion brought itself: its own options, its own conditions."""
    base = motion_of(items, motion.amends)
    had = base.terms if base else {}
    terms = {key: option for key, option in motion.terms.items() if had.get(key) != option}
    own = [part for line, part in brought(items, motion.condition) if line == motion.line]
    left = sum(origin.line == motion.line for origin, _ in traced(items, condition))
    return bool(terms or own) and terms.items() <= bound.items() and left >= len(own)
