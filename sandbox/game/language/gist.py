"""The gist of a text: those of its sentences and clauses that say most."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations, pairwise

from sandbox.content.acts import Trait, has
from sandbox.content.cards import Act
from sandbox.content.language import Lang
from sandbox.game.language.courtesy import OPEN
from sandbox.game.language.quantities import numbers
from sandbox.game.language.wording import CLAUSE, HAN, WHOLE, coverage, once, paired, sentences, words

# Signs of the sentence in which a line does what its act says.
_CARRIES: tuple[tuple[Trait, re.Pattern[str]], ...] = (
    (
        "promises",
        re.compile(
            r"\b(?:I|we|you)(?:['’]ll| will| shall)\b(?! not\b)"
            r"|\b(?:I|we) (?:promise|guarantee|undertake|sign|vouch|commit|see to|answer for)\b"
            r"|\b(?:I|we) (?:call|carry|collect|copy|file|go|hang|knock|pay|post|put|send|show|stand|sweep|write)\b"
            r"|\b(?:I|we) give (?:you )?(?:my|our) word\b|\bput me\b|包在我|说话算话"
            r"|(?<![拿让叫给])(?:我们?|咱们?|由我|本人)(?:这边|自己|就|也|先|得|把)?"
            r"(?:会|来|去|保证(?!不)|负责|答应|承诺|担保|签|出|给|叫|陪|找|谈|写|贴|扫|报|带|领|敲|可以(?:帮|做|出|找|写|贴|带))",
            re.IGNORECASE,
        ),
    ),
    (
        "proposes",
        re.compile(
            r"\b(?:I|we)(?:['’]d| would)? (?:propose|move|suggest|put)\b|\b(?:let me put|put it up)\b"
            r"|提议|建议|动议|我提|我想|不如",
            re.IGNORECASE,
        ),
    ),
    (
        "yields",
        re.compile(
            r"\bI (?:give (?:it|this|that) up|give way|withdraw|take (?:it|that) back)\b"
            r"|\b(?:that|this) one I give up\b|我(?:收回|让一步|退一步)|这个我退",
            re.IGNORECASE,
        ),
    ),
    (
        "opposes",
        re.compile(
            r"\b(?:I|we)(?:['’]m|['’]re| am| are)? (?:not|against|refuse|object|oppose|cannot|doubt)\b"
            r"|\b(?:I|we)(?: \w+)?n['’]t\b|\bI (?:can|wo|do|would)n['’]t\b|\bI['’]ll not\b|\bno\b(?=[.,;!]|$)"
            r"|反对|拒绝|没法|信不过|没底|不(?:同意|赞成|接受|干|签|能|肯|写|行)",
            re.IGNORECASE,
        ),
    ),
)
# _MOST_TRIED: the heaviest sentences among which the best choice is searched. _COVERS: from this share of its words on,
# a sentence repeats what is told beside it. _TAKES_UP: the least share of a matter by which shares are scaled. _OVER:
# how many times the most characters a single sentence may have. _DEAR: what length costs. _TELLING: with so many words
# a sentence has the full weight of 1.
_MOST_TRIED, _COVERS, _TAKES_UP, _OVER, _DEAR = 8, 0.4, 0.2, 1.6, 1.0
_TELLING: dict[Lang, int] = {"en": 10, "zh": 15}
# Signs that a sentence gives a reason, or says what somebody is to do and by when.
_WHY = re.compile(
    r"\b(?:because|since|otherwise|or else|if not|so that|as long as|unless|already)\b"
    r"|\b(?:has|have|had|needs?|is|are|must|wants?)(?: to)?\b[^.;]*\b(?:by|before|until|within|in writing)\b"
    r"|因为|不然|否则|要不|已经|怪不得|等于|才(?:敢|能|肯|好|算)"
    r"|(?:要|得|必须|应该|限)[^。；]*(?:以前|之前|以内|之内|书面|当天|月底|那天|天前)"
    r"|(?:以前|之前|以内|之内|天前)[^。；]*(?:要|得|给|答|报|贴|签|写|交)",
    re.IGNORECASE,
)
# Sentences that say nothing alone (_BARE), refer to what was just said (_REFERS) or continue it (_GOES_ON).
_BARE = re.compile(r"(?:[\w'’,-]+ ?){1,3}[.!?…]+|[^\s，、：；]{1,4}[。！？…]+")
_REFERS = re.compile(
    r"(?:It|That|This|They|Those|These|He(?! [A-Z])|She|Either|Neither|Both)\b"
    r"|(?:这(?!边|里)|那(?!边|里|头|年|天)|它|他|她|不然|否则)"
)
_GOES_ON = re.compile(r"(?:And|But|Or|So|Then|Nor|Yet|Otherwise)\b|(?:可(?!以|能)|但|不过|所以|而且|还有|再说|又|也)")


@once
def gist(text: str, longest: int, matter: str = "", act: Act | None = None, beside: str = "") -> str:
    """Return the whole sentences of a text that tell most of it and fit, unchanged; gaps are marked with "…".

    A sentence weighs more if it takes up the matter, carries the act, opens an answer or a concession, gives a reason,
    has figures or comes last. It weighs less if it is a question (unless the text is there to ask) or repeats what is
    told ``beside``. A sentence that leans on its neighbour, or is only a "No", loses weight if that neighbour is left
    out. A single sentence may be somewhat longer than ``longest``; of one that is far longer, the clauses about the act
    are kept.

    Args:
        text: the text.
        longest: most characters.
        matter: what the text settles, in words.
        act: what the text does, if known.
        beside: what is told beside the text already.
    """
    if len(text) <= longest or len(parts := sentences(text)) < 2:
        return text
    covered = [coverage(matter, part) if matter else 0.0 for part in parts]
    most = max(_TAKES_UP, *covered)
    weights = [_weight(parts, place, act, beside) + 2.5 * covered[place] / most for place in range(len(parts))]
    likely = sorted(sorted(range(len(parts)), key=lambda place: -weights[place])[:_MOST_TRIED])
    for place in likely:
        if len(parts[place]) > _OVER * longest:
            parts[place] = clauses(parts[place], longest, act)
            weights[place] -= 0.5
    lengths = [len(part) for part in parts]
    fits = [
        some
        for number in range(1, len(likely) + 1)
        for some in combinations(likely, number)
        if number == 1 or sum([lengths[place] for place in some]) + 2 * number - 2 <= longest
    ]
    leans = [_leans(parts, place) for place in range(len(parts))]
    told = quoted(parts, max(fits, key=lambda some: _tells(weights, leans, lengths, some, longest)))
    return told if len(told) < WHOLE * len(text) else text


def _weight(parts: Sequence[str], place: int, act: Act | None, beside: str) -> float:
    """Return how much a sentence tells of what its text does."""
    part = parts[place]
    asks = act is not None and has(act, "asks")
    grants = act is not None and (has(act, "answers") or has(act, "yields"))
    weight = min(2.0, len(words(part)) / (_TELLING["zh"] if HAN.search(part) else _TELLING["en"]))
    weight += 0.6 * bool(numbers(part))
    if part.endswith(("?", "？")) != asks:
        weight *= 0.5 if asks else 0.3
    if beside and coverage(part, beside) >= _COVERS:
        weight *= 0.5
    last = place == len(parts) - 1
    weight += 0.7 * bool(_WHY.search(part))
    weight += (1 + last) * asks * part.endswith(("?", "？")) + 1.3 * carries(act, part) + 0.7 * (grants and not place)
    return weight + 0.2 * last


def _leans(parts: Sequence[str], place: int) -> tuple[float, int]:
    """Return how much weight a sentence loses without the sentence on which it leans, and the place of the latter."""
    if _BARE.fullmatch(parts[place]):
        return 4.0, place - 1 if place else 1
    if not place:
        return 0.0, place
    return 1.0 * bool(_REFERS.match(parts[place])) + 0.35 * bool(_GOES_ON.match(parts[place])), place - 1


def _tells(
    weights: Sequence[float], leans: Sequence[tuple[float, int]], lengths: Sequence[int], some: Sequence[int],
    longest: int,
) -> float:  # fmt: skip
    """Return how much some sentences of a text tell together, less the loss for missing sentences on which they lean.

    Gaps and length cost as well.
    """
    total = sum([weights[place] for place in some])
    for place in some:
        lost, other = leans[place]
        if lost and other not in some:
            total -= lost
    gaps = sum([second > first + 1 for first, second in pairwise(some)])
    length = sum([lengths[place] for place in some]) / longest
    return total - 0.1 * gaps - _DEAR * (length + 0.4 * max(0.0, length - 1))


def quoted(parts: Sequence[str], kept: Sequence[int]) -> str:
    """Return the ``kept`` sentences of a text in order, with "…" where others are left out."""
    pieces: list[str] = []
    before = -1
    for place in kept:
        gap = place > before + 1 and not parts[place].startswith("… ") and not (pieces and pieces[-1].endswith(" …"))
        pieces.append(("… " if gap else "") + parts[place])
        before = place
    joined = ("" if any(map(HAN.search, parts)) else " ").join(pieces)
    return joined if before == len(parts) - 1 or joined.endswith(" …") else joined + " …"


def carries(act: Act | None, sentence: str) -> bool:
    """Return whether a sentence does what its line's act says: promises, moves, gives way or objects."""
    carried = [pattern for trait, pattern in _CARRIES if act is not None and has(act, trait)]
    return any(pattern.search(sentence) for pattern in carried)


def clauses(sentence: str, longest: int, act: Act | None = None) -> str:
    """Return the clauses of a sentence that fit, at least one; gaps are marked with "…".

    Args:
        sentence: the sentence.
        longest: most characters; a single clause may be longer.
        act: what the sentence does. The clause that carries the act is kept first, then clauses after it, then before
            it. In a question that is the last clause; without a question mark, the last clause that asks for something.
    """
    if len(sentence) <= longest:
        return sentence
    parts = CLAUSE.split(sentence)
    asks = act is not None and has(act, "asks")
    start = next((place for place, part in enumerate(parts) if carries(act, part)), 0)
    if asks:
        put = [] if sentence.endswith(("?", "？")) else [place for place, part in enumerate(parts) if OPEN.search(part)]
        start = max(put, default=len(parts) - 1)
    end, room = start + 1, longest - 4
    while end < len(parts) and len("".join(parts[start : end + 1])) <= room:
        end += 1
    while start and len("".join(parts[start - 1 : end])) <= room:
        start -= 1
    text = "".join(parts[start:end]).strip()
    return ("… " if start else "") + (text if end == len(parts) else paired(text.rstrip(",;:，；：、") + " …"))
