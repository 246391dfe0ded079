"""Wording: words, n-grams, similarity, scripts, and talk that no person in the room would utter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations, pairwise

from rapidfuzz import fuzz

from sandbox.content.acts import Trait, has
from sandbox.content.cards import Act
from sandbox.content.language import Lang
from sandbox.game.language.courtesy import OPEN
from sandbox.game.language.quantities import FUNCTION_WORDS, named_numbers, numbers

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")
_TOKEN = re.compile(r"[a-z0-9']+|[\u3400-\u9fff]")
# It begins with the marks themselves: for these a text is searched quickly. What breaks off and goes on ("their room...
# or the village's?") ends none.
_END = re.compile(
    r"[.?!。？！](?:(?<=[。？！])(?=[^”’」』)）])|(?<!\b(?:Mr|Ms|Dr)\.)(?<!\bMrs\.)(?!(?<=\.\.\.)\s+[a-z])\s+)"
)
_ENDED = tuple(f"{mark}{close}" for mark in ".!?…。！？" for close in ("", '"', "'", "”", "’", "」", "』", ")", "）"))
# A matter counts as spoken of when a line takes up this share of its words (in Chinese, of its pairs of
# characters), or all of its figures.
_SPOKEN: dict[Lang, float] = {"en": 0.4, "zh": 0.3}
_CLAUSE = re.compile(r"(?<=[,;:])(?=\s)|(?<=[，；：])")
# What gives away the sentence in which a line does what its act says.
_CARRIES: tuple[tuple[Trait, re.Pattern[str]], ...] = (
    (
        "promises",
        re.compile(
            r"\b(?:I|we|you)(?:['’]ll| will| shall)\b(?! not\b)"
            r"|\b(?:I|we) (?:promise|guarantee|undertake|sign|vouch|commit|see to|answer for)\b"
            r"|\b(?:I|we) (?:call|carry|collect|copy|file|go|hang|knock|pay|post|put|send|show|stand|sweep|write)\b"
            r"|\b(?:I|we) give (?:you )?(?:my|our) word\b|\bput me\b|包在我|说话算话"
            r"|(?<![拿让叫给])(?:我们?|咱们?|由我|本人)(?:这边|自己|就|也|先|得|把)?"
            r"(?:会|来|去|保证|负责|答应|承诺|担保|签|出|给|叫|陪|找|谈|写|贴|扫|报|带|领|敲)",
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
# Of so many sentences the best choice is looked for. A sentence says what is told beside it with such a share of its
# words, and tells a matter with such a share of the matter's; one alone may have so many times the characters, each of
# which costs; and with so many words it tells by itself as much as the sign of an act.
_MOST_TRIED, _COVERS, _TAKES_UP, _OVER, _DEAR = 8, 0.4, 0.2, 1.6, 1.0
# With such a share of a text told, all of it is.
_WHOLE = 0.8
_TELLING: dict[Lang, int] = {"en": 10, "zh": 15}
# With fewer words a sentence is not begun: "Second," alone tells nothing.
_FEWEST = 3
# That a sentence gives a reason, or says what somebody is to do and by when.
_WHY = re.compile(
    r"\b(?:because|since|otherwise|or else|if not|so that|as long as|unless|already)\b"
    r"|\b(?:has|have|had|needs?|is|are|must|wants?)(?: to)?\b[^.;]*\b(?:by|before|until|within|in writing)\b"
    r"|因为|不然|否则|要不|已经|怪不得|等于|才(?:敢|能|肯|好|算)"
    r"|(?:要|得|必须|应该|限)[^。；]*(?:以前|之前|以内|之内|书面|当天|月底|那天|天前)"
    r"|(?:以前|之前|以内|之内|天前)[^。；]*(?:要|得|给|答|报|贴|签|写|交)",
    re.IGNORECASE,
)
# What says nothing by itself; what speaks of something that was just said; and what goes on with it.
_BARE = re.compile(r"(?:[\w'’,-]+ ?){1,3}[.!?…]+|[^\s，、：；]{1,4}[。！？…]+")
_REFERS = re.compile(
    r"(?:It|That|This|They|Those|These|He(?! [A-Z])|She|Either|Neither|Both)\b"
    r"|(?:这(?!边|里)|那(?!边|里|头|年|天)|它|他|她|不然|否则)"
)
_GOES_ON = re.compile(r"(?:And|But|Or|So|Then|Nor|Yet|Otherwise)\b|(?:可(?!以|能)|但|不过|所以|而且|还有|再说|又|也)")
# A line is in another language when more of its letters than this share are in the other script.
_FOREIGN: dict[Lang, float] = {"en": 0.02, "zh": 0.3}
# A text says a sentence again that has this share of its words (in Chinese, of its pairs of characters).
_AGAIN: dict[Lang, float] = {"en": 0.7, "zh": 0.65}
# Characters that are in every Chinese sentence.
_COMMON = frozenset("的了是我你您他她它们谁在有不就也都这那个一几多少怎么什哪吗呢吧啊把被给到去来说要会能得和跟对没人")
_ASSISTANT = (
    re.compile(
        r"\bas an? (?:ai|artificial|language model|assistant)|language model|how (?:can|may) i (?:help|assist)"
        r"|(?:can|may) i (?:help|assist) you|happy to (?:help|assist)|feel free to|i(?:'m| am) here to (?:help|assist)"
        r"|let me know if|great question|in conclusion|my point is|your point"
        r"|(?:comply|assist(?: you)?|help(?: you)?) with (?:your|that|this) request",
        re.IGNORECASE,
    ),
    re.compile(
        r"作为(?:一个|一名)?(?:人工智能|语言模型|AI|助手)|我能(?:为|帮)您|很高兴为您|请随时|综上所述|我的观点是"
        r"|(?:无法|不能)(?:满足|完成|处理|协助)(?:您|你)的?(?:这个|这一)?(?:请求|要求)"
    ),
)


# A line is held against all facts, and against all later lines: what it consists of is found out once.
_once = lru_cache(maxsize=4096)


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, each with the mark that ends it."""
    parts: list[str] = []
    begin, text = 0, text.strip()
    for end in _END.finditer(text):
        parts.append(text[begin : end.start() + 1])
        begin = end.end()
    return [*parts, text[begin:]] if begin < len(text) else parts


def quoting_sentences(text: str) -> list[str]:
    """Return the sentences of a text, those that it quotes with the one that quotes them."""
    parts: list[str] = []
    for part in sentences(text):
        if parts and _paired(parts[-1]) != parts[-1]:
            parts[-1] += ("" if _HAN.search(text) else " ") + part
        else:
            parts.append(part)
    return parts


def _paired(text: str) -> str:
    """Return a text with the mark that ends what it quotes."""
    return text + "”" * (text.count("“") - text.count("”"))


def last_sentence(text: str) -> str:
    """Return the last sentence of a text, or the text itself where it has none."""
    return (sentences(text) or [text])[-1]


def closing(text: str, longest: int) -> str:
    """Return the whole sentences with which a text ends that fit, the last at least; what is left out is marked."""
    parts = sentences(text) or [text]
    kept = 1
    while kept < len(parts) and len(" ".join(parts[-kept - 1 :])) <= longest:
        kept += 1
    return text if kept >= len(parts) else "…" + text[text.index(parts[-kept]) :].strip()


def continued(before: str, text: str, lang: Lang) -> str:
    """Return a text with another behind it, as sentences of their own."""
    before, text = before.rstrip(), text.lstrip(" ,;，；、")
    if not before or not text:
        return before or text
    if not before.endswith(_ENDED):
        before = before.rstrip(",;:，；：、") + ("。" if lang == "zh" else ".")
    return before + ("" if lang == "zh" else " ") + text[0].upper() + text[1:]


def opening(text: str, longest: int) -> str:
    """Return what a text begins with that fits: whole sentences, the first at least, and clauses of the next one.

    What is left out is marked; a rest that is short is not left out.
    """
    parts, gap = sentences(text), "" if _HAN.search(text) else " "
    kept = 1
    while kept < len(parts) and len(gap.join(parts[: kept + 1])) <= longest:
        kept += 1
    if kept >= len(parts):
        return text
    told = parts[:kept]
    begun = ""
    for clause in _CLAUSE.split(parts[kept]):
        if len(gap.join([*told, begun + clause])) + 2 > longest:
            break
        begun += clause
    if len(words(begun)) < _FEWEST:
        begun = ""
    shown = gap.join([*told, begun] if begun else told)
    return text if len(shown) >= _WHOLE * len(text) else _paired(shown.rstrip(",;:，；：、") + " …")


@_once
def gist(text: str, longest: int, matter: str = "", act: Act | None = None, beside: str = "") -> str:
    """Return those whole sentences of a text that tell most of it and fit, as they were said; gaps are marked.

    What tells most takes up the matter, carries the act, begins an answer or a concession, has figures, or comes last;
    questions come after all, or, where the text is there to ask, before, and so does what is told ``beside``. A
    sentence that leans on the one before, or is no more than a "No" or "I still can't", stays with that, or goes. One
    alone is kept whole where it is not much longer; of one that is come the clauses about the act.

    Args:
        text: the text.
        longest: most characters.
        matter: what the text settles, in words.
        act: what the text does, where that is known.
        beside: what is told beside it.
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
    return told if len(told) < _WHOLE * len(text) else text


def _weight(parts: Sequence[str], place: int, act: Act | None, beside: str) -> float:
    """Return how much a sentence tells of what its text does."""
    part = parts[place]
    asks = act is not None and has(act, "asks")
    grants = act is not None and (has(act, "answers") or has(act, "yields"))
    weight = min(2.0, len(words(part)) / (_TELLING["zh"] if _HAN.search(part) else _TELLING["en"]))
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
    """Return what is lost of a sentence of a text where another is left out, and which."""
    if _BARE.fullmatch(parts[place]):
        return 4.0, place - 1 if place else 1
    if not place:
        return 0.0, place
    return 1.0 * bool(_REFERS.match(parts[place])) + 0.35 * bool(_GOES_ON.match(parts[place])), place - 1


def _tells(
    weights: Sequence[float], leans: Sequence[tuple[float, int]], lengths: Sequence[int], some: Sequence[int],
    longest: int,
) -> float:  # fmt: skip
    """Return how much some sentences of a text tell together, less what is lost where one on which they lean is not."""
    total = sum([weights[place] for place in some])
    for place in some:
        lost, other = leans[place]
        if lost and other not in some:
            total -= lost
    gaps = sum([second > first + 1 for first, second in pairwise(some)])
    length = sum([lengths[place] for place in some]) / longest
    return total - 0.1 * gaps - _DEAR * (length + 0.4 * max(0.0, length - 1))


def quoted(parts: Sequence[str], kept: Sequence[int]) -> str:
    """Return some sentences of a text in their order, with a mark where others are left out."""
    pieces: list[str] = []
    before = -1
    for place in kept:
        gap = place > before + 1 and not parts[place].startswith("… ") and not (pieces and pieces[-1].endswith(" …"))
        pieces.append(("… " if gap else "") + parts[place])
        before = place
    joined = ("" if any(map(_HAN.search, parts)) else " ").join(pieces)
    return joined if before == len(parts) - 1 or joined.endswith(" …") else joined + " …"


def carries(act: Act | None, sentence: str) -> bool:
    """Return whether a sentence says what its line does: gives a word, moves something, or will not."""
    carried = [pattern for trait, pattern in _CARRIES if act is not None and has(act, trait)]
    return any(pattern.search(sentence) for pattern in carried)


def clauses(sentence: str, longest: int, act: Act | None = None) -> str:
    """Return of a sentence the clauses that fit, one at least; what is left out is marked.

    Args:
        sentence: the sentence.
        longest: most characters, but for one clause that is longer by itself.
        act: what the sentence does: then the clause that carries the act, with those after and then before it; of a
            question the last, or, without its mark, the last that asks for something.
    """
    if len(sentence) <= longest:
        return sentence
    parts = _CLAUSE.split(sentence)
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
    return ("… " if start else "") + (text if end == len(parts) else _paired(text.rstrip(",;:，；：、") + " …"))


@_once
def words(text: str) -> tuple[str, ...]:
    """Split into lower-case words; each Chinese character counts as one."""
    return tuple(_TOKEN.findall(text.lower()))


@_once
def ngrams(text: str, n: int = 4) -> frozenset[tuple[str, ...]]:
    """Return the word n-grams of a text."""
    tokens = words(text)
    return frozenset(tokens[i : i + n] for i in range(len(tokens) - n + 1))


def overlap(text: str, earlier: Iterable[str], n: int = 4) -> float:
    """Return the share (0 to 1) of a text's n-grams that occur in earlier texts; 0 for a text shorter than n words."""
    own = ngrams(text, n)
    seen: set[tuple[str, ...]] = set()
    for before in earlier:
        seen |= ngrams(before, n)
    return len(own & seen) / len(own) if own else 0.0


def stutters(text: str, n: int = 4) -> bool:
    """Return whether a text says the same n words twice."""
    tokens = words(text)
    return len(tokens) - n + 1 > len(ngrams(text, n)) and len(tokens) >= n


def similar(text: str, other: str) -> float:
    """Return the similarity (0 to 1) of two texts: normalised insertions and deletions of characters (RapidFuzz)."""
    return fuzz.ratio(text.lower(), other.lower()) / 100


@_once
def content_words(text: str, lang: Lang) -> frozenset[str]:
    """Return the words that carry content: no function words in English, character pairs in Chinese."""
    return content_of(words(text), lang)


def content_of(tokens: Sequence[str], lang: Lang) -> frozenset[str]:
    """Return what `content_words` returns, of words that a text has been split into."""
    if lang == "zh":
        return frozenset(first + second for first, second in pairwise(tokens))
    return frozenset(tokens) - FUNCTION_WORDS


def about_words(text: str, lang: Lang) -> frozenset[str]:
    """Return what a text is about: its content words; of short Chinese lines single characters tell more than pairs."""
    if lang == "zh":
        return frozenset(char for char in text if "\u3400" <= char <= "\u9fff") - _COMMON
    return content_words(text, lang)


def coverage(point: str, text: str) -> float:
    """Return the share (0 to 1) of a point's content words that a text takes up."""
    wanted = {word for word in words(point) if word not in FUNCTION_WORDS}
    return len(wanted & set(words(text))) / len(wanted) if wanted else 1.0


def says_again(sentence: str, text: str, lang: Lang) -> bool:
    """Return whether a text says nearly all that a sentence says, in the same words and with the same figures."""
    matter = content_words(sentence, lang)
    shared = len(matter & content_words(text, lang))
    return shared >= _AGAIN[lang] * len(matter) and numbers(sentence) <= named_numbers(text)


@_once
def assistant_talk(text: str) -> bool:
    """Return whether a line talks like an assistant and not like a person in the room."""
    return any(pattern.search(text) for pattern in _ASSISTANT)


def foreign_share(text: str, lang: Lang) -> float:
    """Return the share (0 to 1) of letters in the other script."""
    han, latin = len(_HAN.findall(text)), len(_LATIN.findall(text))
    foreign = han if lang == "en" else latin
    return foreign / (han + latin) if han + latin else 0.0


def other_language(text: str, lang: Lang) -> bool:
    """Return whether a line is in another language than the session's: any word in Chinese, or much Latin."""
    return foreign_share(text, lang) > _FOREIGN[lang]


def any_similar(text: str, earlier: Sequence[str], threshold: float) -> bool:
    """Return whether a text is nearly the same as one of some earlier ones."""
    return any(similar(text, before) > threshold for before in earlier)


@lru_cache(maxsize=1 << 16)  # what has been said is held against what may be said at each turn
def takes_up(says: str, matter: str, lang: Lang) -> bool:
    """Return whether words speak of a matter: they have a fair share of its words, or all of its figures."""
    figures, wanted = numbers(matter), content_words(matter, lang)
    share = len(wanted & content_words(says, lang)) / len(wanted) if wanted else 1.0
    return share >= _SPOKEN[lang] or (len(figures) > 1 and figures <= named_numbers(says))


def tells(said: Sequence[str], matter: str, lang: Lang) -> bool:
    """Return whether words tell a matter whole: all of its figures, and each of its clauses in one of them."""
    named = frozenset[str]().union(*map(named_numbers, said))
    parts = [clause for sentence in sentences(matter) for clause in _CLAUSE.split(sentence)]
    return numbers(matter) <= named and all(any(takes_up(says, part, lang) for says in said) for part in parts)
