"""Conditions of a motion on which their doer cannot be counted: it has refused, or had no word on them and no vote."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Literal, NamedTuple

from sandbox.content.acts import has
from sandbox.content.language import Lang
from sandbox.game.conditions import bound, refrains, share_of
from sandbox.game.entries import Item, motion_of, movers, proposals_of, roots
from sandbox.game.game import Game
from sandbox.game.hanging import brought, depends, hangs_on, names_task
from sandbox.game.lasting import about_roots, says_more
from sandbox.game.standing import names_other
from sandbox.game.wording import about_words, sentences
from sandbox.record.line import DecisionTaken, Line

_CLAUSES: dict[Lang, re.Pattern[str]] = {"en": re.compile(r"[:!?]|,(?!\d)"), "zh": re.compile(r"[：！？，]")}
# With which somebody says in a clause that it will not do something itself, or cannot.
# What asks whether somebody takes it on (接不接) is no such word.
_WILL_NOT: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:I|we)\b.{0,20}?(?:n['’]t|\b(?:cannot|not|never)\b)"
        r"(?! (?:\w+ )?(?:want|know|think|see|mean|mind|care|say|believe|ask|need)\b)"
        r"|\bI(?:['’]m| am) against\b|\bI (?:vote|say) no\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"不了|[办做]不到|担不起|没法|我[^，]{0,3}不许|不许诺"
        r"|(?<![你您他她们谁家])(?!(?<=(.))不\1)不(?:能|干|签|肯|接|认|办|担|答应|应(?![该当付])|归)"
    ),
}
# Such a clause speaks of all that was said before, where it is of several or says no more, but of nothing that stands.
_POINTS_BACK: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(r"\W*(?:(?:but|and|so) )?(?:those|neither|both|either)\b", re.IGNORECASE),
    "zh": re.compile(r"(?:但|可|所以)?[这那](?:些|[两二三几][个条句样])"),
}
# What speaks in such a clause of the one thing that was named in its sentence.
_THIS: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(r"\b(?:this|that)\b", re.I),
    "zh": re.compile("[这那]一?[个条句样件]"),
}
_STANDS: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(r"\bas (?:I|we) (?:said|promised)\b|\bstands\b|\bagreed\b", re.IGNORECASE),
    "zh": re.compile(r"照样|照旧|照算|算数|说到做到"),
}
# Words speak of a condition that have this share of its words (in Chinese, of its characters), and at least so many.
# Whoever is to do it mostly takes up so many characters, in English one word less.
_DOER = 4
_OF_CONDITION: dict[Lang, tuple[int, float]] = {"en": (2, 0.33), "zh": (4, 0.35)}


def _will_not(says: str, lang: Lang, *, closely: bool) -> list[frozenset[str]]:
    """Return what each passage in which somebody says that it will not do something is about.

    It ends with the clause that says so, and begins with its sentence, or, looked at ``closely``, with that clause
    unless it says no more; where it points back, with whatever was said since the passage before. What is said to stand
    is no part of it.
    """
    passages, before = list[frozenset[str]](), list[str]()
    for sentence in [part for each in sentences(says) for part in re.split("[;；]", each)]:
        own = list[str]()
        for clause in _CLAUSES[lang].split(sentence):
            if _WILL_NOT[lang].search(clause):
                alone = not about_words(_WILL_NOT[lang].sub("", " ".join([*own, clause])), lang)
                points_back = alone or bool(_POINTS_BACK[lang].match(clause))
                back = before if points_back else []
                if closely and not (points_back or _THIS[lang].search(clause)):
                    own = []
                passages.append(about_words(" ".join([*back, *own, clause]), lang))
                before, own = [], []
            elif not _STANDS[lang].search(clause):
                own.append(clause)
        before += own
    return passages


def declined(game: Game, items: Sequence[Item], motion: Item, seat: str, says: str) -> list[str]:
    """Return the conditions of others that ask something of a seat in a motion and that its words say it will not do.

    Args:
        game: the game.
        items: the ledger.
        motion: the motion.
        seat: the seat.
        says: what it says.
    """
    passages = _will_not(says, game.spec.lang, closely=False)
    asked = [part for _, part in conditions_on(game, items, motion, seat)] if passages else []
    return [part for part in asked if any(_speaks_of(part, words, game.spec.lang) for words in passages)]


def _speaks_of(condition: str, words: frozenset[str], lang: Lang) -> bool:
    """Return whether words clearly speak of what a condition asks; to name whoever is to do it is not enough."""
    deed = condition[_DOER:] if lang == "zh" else " ".join(condition.split()[_DOER - 1 :])
    own, (least, share) = about_words(deed, lang), _OF_CONDITION[lang]
    return len(own & words) >= max(least, share * len(own))


def _agreed_to(condition: str, says: str, lang: Lang) -> str:
    """Return the sentences with which whoever votes for a motion takes up most of what a condition asks of it."""
    own = about_words(condition, lang)
    return " ".join(
        part
        for part in sentences(says)
        if 2 * len(own & about_words(part, lang)) > len(own) and not _will_not(part, lang, closely=False)
    )


def taken_on(game: Game, condition: str, promise: Item, terms: Mapping[str, str]) -> list[str]:
    """Return which parts of a promise speak of what a condition asks of its owner; all of it where none alone does.

    Args:
        game: the game.
        condition: the condition.
        promise: the promise.
        terms: those beside which the condition stands.
    """
    does, lang = bound(game, condition, game.present(promise.stage), terms), game.spec.lang
    if promise.owner not in does:
        return []
    asks = share_of(game, condition, promise.owner) if len(does) > 1 else condition

    def speaks(text: str) -> bool:
        return _speaks_of(asks, about_words(text, lang), lang)

    return [part for part in hangs_on(promise.says) if speaks(part)] or [promise.says] * speaks(promise.says)


def taken_on_by(game: Game, items: Sequence[Item], promise: Item) -> list[str]:
    """Return the promises of others since, by line, that take on all that a promise hangs on, or none.

    Args:
        game: the game.
        items: the promises that stand.
        promise: the promise.
    """
    since = [item for item in items if item.owner != promise.owner and item.line > promise.line]
    room, terms = game.present(promise.stage), promise.terms
    by = [
        next((item.line for item in since if item.owner == seat and taken_on(game, part, item, terms)), "")
        for part in hangs_on(promise.condition)
        for seat in bound(game, part, room, terms) or [""]
    ]
    return list(dict.fromkeys(by)) if all(by) else []


def same_work(game: Game, seat: str, terms: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Return whether a seat has the same work and pays the same by two sets of terms, as far as both tell that."""
    both = [(key, option, other[key]) for key, option in terms.items() if other.get(key, option) != option]
    known = game.scenario.decision_by_id
    return not any(
        (seat in known[key].holders(option)) != (seat in known[key].holders(another))
        for key, option, another in both
        if known[key].topic in ("provider", "payer")
    )


def refused_by(game: Game, items: Sequence[Item], line: Line) -> list[str]:
    """Return the conditions of others that a line refuses, on the motions of its stage.

    Those are all of which its words say so clearly; of a line that takes no stand, those that it does not promise in
    part, and of which the very clause says so. A refusal is also of that, in the motion that it is about, of which
    each of these passages speaks most; where none speaks of any, of that which its line answers; and, where it says
    no more than that, of that of which its words speak most, or of the only one that there is. Whoever supports a
    motion, promises something about it or votes for it refuses nothing of it, but what it puts others in the place of;
    there a word of that in these passages is enough.

    Args:
        game: the game.
        items: the ledger.
        line: the line.
    """
    refuses, free = has(line["act"], "refuses"), game.style == "free" or line["origin"] in ("person", "agent")
    if not (free or refuses) or (line["vote"] and has(line["act"], "supports")):
        return []
    lang, seat = game.spec.lang, line["seat"]
    about = motion_of(tuple(items), line["about"])
    motion = about if refuses else None
    stands = refuses or has(line["act"], "opposes") or has(line["act"], "supports")
    passages = _will_not(line["says"], lang, closely=not stands) if free else []
    answered = conditions_on(game, items, motion, seat) if motion else []
    if not passages and not answered:
        return []
    said = about_words(line["says"], lang)
    here = (item for item in items if passages and item.kind == "proposal" and item.stage == line["stage"])
    heard = [
        conditions_on(game, items, item, seat) for item in here if item.state == "open" and seat in item.visible_to
    ]
    gives = about_words("" if stands else line["promises"] or line["says"] * has(line["act"], "promises"), lang)
    parts = (part for asked in heard for _, part in asked)
    backs = about is not None and (has(line["act"], "supports") or has(line["act"], "promises"))
    stays = hangs_on(line["condition"] or about.condition) if about and backs else []
    known = dict.fromkeys(part for part in parts if part not in stays and not _speaks_of(part, gives, lang))

    def nearest(words: frozenset[str]) -> list[str]:
        own = {part: about_words(part, lang) for _, part in answered}
        # What the rest of the line speaks of as well may be what it takes on.
        shared = {part: (len(words & asks), -len((said - words) & asks)) for part, asks in own.items()}
        return [part for part, count in shared.items() if count[0] and count == max(shared.values())]

    clear = [([part for part in known if _speaks_of(part, words, lang)], words) for words in passages]
    meant = [part for parts, words in clear for part in parts or nearest(words)]
    if about and line["condition"] and not has(line["act"], "binds"):
        kept, refusing = hangs_on(line["condition"]), frozenset[str]().union(*passages)
        dropped = [part for _, part in conditions_on(game, items, about, seat) if part not in kept]
        meant += [part for part in dropped if refusing & about_words(part, lang)]
    meant = meant or [part for by, part in answered if by == line["about"]]
    meant = meant or (nearest(said) if not passages else [])
    meant = meant or [part for _, part in answered if len(answered) == 1]
    return list(dict.fromkeys(meant))


def conditions_on(game: Game, items: Sequence[Item], motion: Item, seat: str) -> list[tuple[str, str]]:
    """Return the conditions of others that ask something of a seat in a motion, each after the line that brought it."""
    owners, room = movers(items), game.present(motion.stage)
    parts = brought(items, motion.condition)
    return [
        (by, part) for by, part in parts if owners.get(by) != seat and seat in bound(game, part, room, motion.terms)
    ]


def refusals(items: Sequence[Item], condition: str, heard: Sequence[Line]) -> list[tuple[str, str, Line]]:
    """Return the lines that refuse what a motion hangs on, each after the condition and the line that brought that.

    Of several lines of a seat that is the first. Whoever later supports a motion with that condition, or promises
    something about it, refuses it no longer.

    Args:
        items: the ledger.
        condition: all that the motion hangs on.
        heard: the lines, in their order.
    """
    refused: list[tuple[str, str, Line]] = []
    for by, part in brought(items, condition):
        first: dict[str, Line] = {}
        for line in heard:
            if part in hangs_on(line.get("refuses", "")):
                first.setdefault(line["seat"], line)
            elif line["seat"] in first and (has(line["act"], "supports") or has(line["act"], "promises")):
                meant = motion_of(tuple(items), line["about"])
                if meant is not None and part in hangs_on(meant.condition):
                    del first[line["seat"]]
        refused += [(by, part, line) for line in first.values()]
    return refused


def carried_refused(
    game: Game, items: Sequence[Item], decision: DecisionTaken, lines: Sequence[Line]
) -> dict[str, list[Line]]:
    """Return the conditions of a carried decision that whoever they bind refused, each with the lines that do.

    Only what the whole room heard by the end of the decision's stage counts: it is told to all who read the decision.

    Args:
        game: the game.
        items: the ledger.
        decision: the decision.
        lines: the lines, in their order.
    """
    end = max((place for place, line in enumerate(lines, 1) if line["stage"] == decision["stage"]), default=0)
    refused: dict[str, list[Line]] = {}
    heard = [line for line in lines[:end] if set(game.present(line["stage"])) <= set(line["visible_to"])]
    for _, part, line in refusals(items, decision["condition"], heard) if decision["carried"] else ():
        refused.setdefault(part, []).append(line)
    return refused


def refused_told(game: Game, condition: str, refused: Mapping[str, Sequence[Line]]) -> str:
    """Return a condition of a decision, with who refused it aloud, and where, if anybody did."""
    who = [
        game.words("refused_in", name=game.name(line["seat"]), line=line["id"]) for line in refused.get(condition, ())
    ]
    words = game.words
    return condition + (words.paren(words("carried_refused", who=words.join(who))) if who else "")


def unheard_doers(
    game: Game, items: Sequence[Item], motion: Item, heard: Sequence[Line], voters: Collection[str]
) -> list[tuple[str, str]]:
    """Return who has no vote and has not spoken since a condition of a motion came to ask something of it.

    Args:
        game: the game.
        items: the ledger.
        motion: the motion.
        heard: the lines, in their order.
        voters: who votes on it.

    Returns:
        Each seat, after the line that brought the condition.
    """
    places = {line["id"]: place for place, line in enumerate(heard)}
    spoke = {line["seat"]: place for place, line in enumerate(heard)}
    room = game.present(motion.stage)
    return [
        (by, seat)
        for by, part in brought(items, motion.condition)
        for seat in bound(game, part, room, motion.terms)
        if seat not in voters and by in places and spoke.get(seat, -1) < places[by]
    ]


class Answer(NamedTuple):
    """What a seat that is to fulfil a condition has said to it.

    Args:
        by: the line that brought the condition.
        condition: the condition.
        seat: the seat.
        what: it has promised it in words since, or not just that, has gone along with a motion that has it, has refused
            it, has put the same motion without it instead, is against the motion, or is yet to say.
        line: the line that promises it, puts that motion or is against this; or empty.
        says: what that promises, where it is not just what the condition asks for; or empty.
    """

    by: str
    condition: str
    seat: str
    what: Literal["promised", "otherwise", "agreed", "refused", "instead", "against", "awaited"]
    line: str = ""
    says: str = ""


def doers_said(game: Game, items: Sequence[Item], motion: Item, heard: Sequence[Line]) -> list[Answer]:
    """Return what each seat that is to fulfil a condition has said to it so far; of its own, what it has promised.

    What it said to another motion counts where it does the same work and pays the same by both, or where it is only not
    to do something, unless it names what an option brings that this motion does not have. What it promised to a rival,
    of which neither has grown out of the other, and what by its words hangs on that, counts only where this motion has
    all its options. Whoever votes for the motion and speaks of the condition then has promised it. Whoever supports
    it, or a rival that has the same work done and paid by the same and on which no promise of its own hangs, has
    agreed, unless it promises only a part of it.

    Args:
        game: the game.
        items: the ledger.
        motion: the motion.
        heard: the lines, in their order.
    """
    room, owners, lang = game.present(motion.stage), movers(items), game.spec.lang
    made, about = proposals_of(items), {line["id"]: line["about"] for line in heard}
    promised = [item for item in items if item.kind == "promise" and item.state in ("open", "confirmed", "kept")]
    promised = [item for item in promised if not names_other(game, motion.terms, item.says)]
    cast = [line for line in heard if line["vote"] and line["about"] == motion.line and has(line["act"], "supports")]
    votes, said = {line["seat"]: line for line in cast}, list[Answer]()
    here = roots(made, motion)
    rivals = {
        line
        for line, item in made.items()
        if item not in here and motion not in roots(made, item) and not item.terms.items() <= motion.terms.items()
    }
    work = [key for key, each in game.scenario.decision_by_id.items() if each.topic in ("provider", "payer")]
    apart = {line for line in rivals if any(made[line].terms.get(key) != motion.terms.get(key) for key in work)}
    refused = {(part, line["seat"]) for _, part, line in refusals(items, motion.condition, heard)}
    on_it = [line for line in heard if line["about"] == motion.line and not line["vote"]]
    against = {line["seat"]: line["id"] for line in on_it if has(line["act"], "opposes")}
    for by, part in brought(items, motion.condition):
        with_it = [item for item in made.values() if part in hangs_on(item.condition)]
        for seat in bound(game, part, room, motion.terms) if by in owners else []:
            other = {line for line, item in made.items() if not same_work(game, seat, item.terms, motion.terms)}
            paid = set[str]() if refrains(game, part, seat) else other
            own = [item for item in promised if item.owner == seat and item.line >= by]
            told = [(item, item.beside or about.get(item.line, "")) for item in own]
            tied = {to for item, to in told if to in rivals and depends(item.says, lang)}
            own = [item for item, to in told if to not in paid and not (to in tied and depends(item.says, lang))]
            along = [item for item in with_it if item.line not in other | apart | tied]
            word = next((item for item in own if taken_on(game, part, item, motion.terms)), None)
            says = game.words("semi").join(taken_on(game, part, word, motion.terms)) if word else ""
            vote = votes.get(seat)
            voted = _agreed_to(part.replace(game.name(seat), ""), vote["says"], lang) if vote and not word else ""
            instead = (
                item.line
                for item in made.values()
                if item.owner == seat and motion.line in (item.amends, item.base, about.get(item.line))
                if part not in hangs_on(item.condition)
            )
            if (part, seat) in refused:
                said.append(Answer(by, part, seat, "refused"))
            elif owners[by] == seat and not word:  # it asks that of itself
                continue
            elif word and says_more(says, part, lang):
                said.append(Answer(by, part, seat, "otherwise", word.line, says))
            elif word:
                said.append(Answer(by, part, seat, "promised", word.line))
            elif vote and voted:
                said.append(Answer(by, part, seat, "promised", vote["id"], voted))
            elif owners[by] != seat and seat not in motion.supporters and (without := next(instead, "")):
                said.append(Answer(by, part, seat, "instead", without))
            elif seat in motion.objectors and seat in against:
                said.append(Answer(by, part, seat, "against", against[seat]))
            elif not _goes_along(game, part, seat, along, heard):
                said.append(Answer(by, part, seat, "awaited"))
            elif half := next(((item, text) for item in own if (text := _half(game, part, item))), None):
                said.append(Answer(by, part, seat, "otherwise", half[0].line, half[1]))
            else:
                said.append(Answer(by, part, seat, "agreed"))
    return said


def _goes_along(game: Game, condition: str, seat: str, motions: Sequence[Item], heard: Sequence[Line]) -> bool:
    """Return whether a seat has put or supports one of some motions that have a condition, and so goes along with it.

    Whoever only promises or concedes something about a motion does so where that line speaks of the condition, or
    lifts the task that this names.
    """
    lines = [line for line in heard if line["seat"] == seat and not line["vote"]]

    def means(line: Line) -> bool:
        words = about_words(line["says"] + " " + line["promises"], game.spec.lang)
        return names_task(game.scenario, line["task"], condition) or _speaks_of(condition, words, game.spec.lang)

    def backs(line: Line) -> bool:
        gives = has(line["act"], "promises") or (has(line["act"], "yields") and (line["promises"] or line["task"]))
        return not gives or means(line)

    def along(item: Item) -> bool:
        to = [line for line in lines if line["about"] == item.line]
        return item.owner == seat or (seat in item.supporters and (not to or any(map(backs, to))))

    return any(map(along, motions))


def _half(game: Game, condition: str, promise: Item) -> str:
    """Return the parts of a promise that take up some of what a condition asks of its owner, but no clause just that.

    A clause is just that where at least two thirds of its words are of the condition.
    """
    lang, (least, _) = game.spec.lang, _OF_CONDITION[game.spec.lang]
    asks = about_roots(condition.replace(game.name(promise.owner), ""), lang)
    parts = [part for part in hangs_on(promise.says) if len(asks & about_roots(part, lang)) >= least]
    clauses = [about_roots(clause, lang) for part in parts for clause in _CLAUSES[lang].split(part)]
    return game.words("semi").join(parts) if all(3 * len(asks & own) < 2 * len(own) for own in clauses if own) else ""
