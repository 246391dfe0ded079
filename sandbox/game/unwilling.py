"""Conditions of a motion on which their doer cannot be counted: it has refused, or had no word on them and no vote."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from sandbox.content.acts import has
from sandbox.content.language import Lang
from sandbox.game.conditions import bound
from sandbox.game.entries import Item, motion_of, movers
from sandbox.game.game import Game
from sandbox.game.hanging import brought, hangs_on
from sandbox.game.wording import about_words, sentences
from sandbox.record.line import DecisionTaken, Line

CLAUSES: dict[Lang, re.Pattern[str]] = {"en": re.compile(r"[:!?]|,(?!\d)"), "zh": re.compile(r"[：！？，]")}
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
OF_CONDITION: dict[Lang, tuple[int, float]] = {"en": (2, 0.33), "zh": (4, 0.35)}


def will_not(says: str, lang: Lang, *, closely: bool) -> list[frozenset[str]]:
    """Return what each passage in which somebody says that it will not do something is about.

    It ends with the clause that says so, and begins with its sentence, or, looked at ``closely``, with that clause
    unless it says no more; where it points back, with whatever was said since the passage before. What is said to stand
    is no part of it.
    """
    passages, before = list[frozenset[str]](), list[str]()
    for sentence in [part for each in sentences(says) for part in re.split("[;；]", each)]:
        own = list[str]()
        for clause in CLAUSES[lang].split(sentence):
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
    passages = will_not(says, game.spec.lang, closely=False)
    asked = [part for _, part in conditions_on(game, items, motion, seat)] if passages else []
    return [part for part in asked if any(speaks_of(part, words, game.spec.lang) for words in passages)]


def speaks_of(condition: str, words: frozenset[str], lang: Lang) -> bool:
    """Return whether words clearly speak of what a condition asks; to name whoever is to do it is not enough."""
    deed = condition[_DOER:] if lang == "zh" else " ".join(condition.split()[_DOER - 1 :])
    own, (least, share) = about_words(deed, lang), OF_CONDITION[lang]
    return len(own & words) >= max(least, share * len(own))


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
    passages = will_not(line["says"], lang, closely=not stands) if free else []
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
    known = dict.fromkeys(part for part in parts if part not in stays and not speaks_of(part, gives, lang))

    def nearest(words: frozenset[str]) -> list[str]:
        own = {part: about_words(part, lang) for _, part in answered}
        # What the rest of the line speaks of as well may be what it takes on.
        shared = {part: (len(words & asks), -len((said - words) & asks)) for part, asks in own.items()}
        return [part for part, count in shared.items() if count[0] and count == max(shared.values())]

    clear = [([part for part in known if speaks_of(part, words, lang)], words) for words in passages]
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
