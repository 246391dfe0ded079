"""Wording: words, n-grams, similarity, scripts, and talk that nobody in the room would utter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from rapidfuzz import fuzz

from sandbox.content.language import Lang
from sandbox.game.language.quantities import FUNCTION_WORDS, named_numbers, numbers

HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")
_TOKEN = re.compile(r"[a-z0-9']+|[\u3400-\u9fff]")
# The end of a sentence. The pattern begins with the marks, as these are searched quickly. An ellipsis that goes on
# ("their room... or the village's?") ends no sentence.
_END = re.compile(
    r"[.?!。？！](?:(?<=[。？！])(?=[^”’」』)）])|(?<!\b(?:Mr|Ms|Dr)\.)(?<!\bMrs\.)(?!(?<=\.\.\.)\s+[a-z])\s+)"
)
_ENDED = tuple(f"{mark}{close}" for mark in ".!?…。！？" for close in ("", '"', "'", "”", "’", "」", "』", ")", "）"))
# A line speaks of a matter if it has this share of the matter's words (in Chinese, pairs of characters), or all its
# figures.
_SPOKEN: dict[Lang, float] = {"en": 0.4, "zh": 0.3}
CLAUSE = re.compile(r"(?<=[,;:])(?=\s)|(?<=[，；：])")
# If this share of a text would be told, all of it is.
WHOLE = 0.8
# A sentence is cut only if at least so many words of it remain: "Second," alone tells nothing.
_FEWEST = 3
# A line is in another language if more than this share of its letters are in the other script.
_FOREIGN: dict[Lang, float] = {"en": 0.02, "zh": 0.3}
# A text repeats a sentence if it has this share of the sentence's words (in Chinese, pairs of characters).
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
# A line is compared with all facts and all later lines, so what it consists of is worked out once.
once = lru_cache(maxsize=4096)


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, each with the mark that ends it."""
    parts: list[str] = []
    begin, text = 0, text.strip()
    for end in _END.finditer(text):
        parts.append(text[begin : end.start() + 1])
        begin = end.end()
    return [*parts, text[begin:]] if begin < len(text) else parts


def quoting_sentences(text: str) -> list[str]:
    """Return the sentences of a text; sentences inside a quotation stay with the sentence that opens it."""
    parts: list[str] = []
    for part in sentences(text):
        if parts and paired(parts[-1]) != parts[-1]:
            parts[-1] += ("" if HAN.search(text) else " ") + part
        else:
            parts.append(part)
    return parts


def paired(text: str) -> str:
    """Return a text with its open quotation marks closed."""
    return text + "”" * (text.count("“") - text.count("”"))


def last_sentence(text: str) -> str:
    """Return the last sentence of a text, or the text itself if it has none."""
    return (sentences(text) or [text])[-1]


def closing(text: str, longest: int) -> str:
    """Return the last whole sentences of a text that fit, at least one, after a "…" if anything is left out."""
    parts = sentences(text) or [text]
    kept = 1
    while kept < len(parts) and len(" ".join(parts[-kept - 1 :])) <= longest:
        kept += 1
    return text if kept >= len(parts) else "…" + text[text.index(parts[-kept]) :].strip()


def continued(before: str, text: str, lang: Lang) -> str:
    """Return a text with another appended as sentences of its own."""
    before, text = before.rstrip(), text.lstrip(" ,;，；、")
    if not before or not text:
        return before or text
    if not before.endswith(_ENDED):
        before = before.rstrip(",;:，；：、") + ("。" if lang == "zh" else ".")
    return before + ("" if lang == "zh" else " ") + text[0].upper() + text[1:]


def opening(text: str, longest: int) -> str:
    """Return the beginning of a text that fits: whole sentences, at least one, and clauses of the next.

    What is left out is marked with "…"; if that would be little, the whole text is returned.
    """
    parts, gap = sentences(text), "" if HAN.search(text) else " "
    kept = 1
    while kept < len(parts) and len(gap.join(parts[: kept + 1])) <= longest:
        kept += 1
    if kept >= len(parts):
        return text
    told = parts[:kept]
    begun = ""
    for clause in CLAUSE.split(parts[kept]):
        if len(gap.join([*told, begun + clause])) + 2 > longest:
            break
        begun += clause
    if len(words(begun)) < _FEWEST:
        begun = ""
    shown = gap.join([*told, begun] if begun else told)
    return text if len(shown) >= WHOLE * len(text) else paired(shown.rstrip(",;:，；：、") + " …")


@once
def words(text: str) -> tuple[str, ...]:
    """Split into lower-case words; each Chinese character counts as one."""
    return tuple(_TOKEN.findall(text.lower()))


@once
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


@once
def content_words(text: str, lang: Lang) -> frozenset[str]:
    """Return the words that carry content: no function words in English, pairs of characters in Chinese."""
    return content_of(words(text), lang)


def content_of(tokens: Sequence[str], lang: Lang) -> frozenset[str]:
    """Return the content words, as `content_words` does, of a text that is already split into words."""
    if lang == "zh":
        return frozenset(first + second for first, second in pairwise(tokens))
    return frozenset(tokens) - FUNCTION_WORDS


def about_words(text: str, lang: Lang) -> frozenset[str]:
    """Return what a text is about: its content words, or in Chinese its single characters without the commonest.

    For short Chinese lines single characters tell more than pairs.
    """
    if lang == "zh":
        return frozenset(char for char in text if "\u3400" <= char <= "\u9fff") - _COMMON
    return content_words(text, lang)


def coverage(point: str, text: str) -> float:
    """Return the share (0 to 1) of a point's content words that occur in a text."""
    wanted = {word for word in words(point) if word not in FUNCTION_WORDS}
    return len(wanted & set(words(text))) / len(wanted) if wanted else 1.0


def says_again(sentence: str, text: str, lang: Lang) -> bool:
    """Return whether a text says nearly all that a sentence says: most of its words and all its figures."""
    matter = content_words(sentence, lang)
    shared = len(matter & content_words(text, lang))
    return shared >= _AGAIN[lang] * len(matter) and numbers(sentence) <= named_numbers(text)


@once
def assistant_talk(text: str) -> bool:
    """Return whether a line talks like an assistant and not like a person in the room."""
    return any(pattern.search(text) for pattern in _ASSISTANT)


def foreign_share(text: str, lang: Lang) -> float:
    """Return the share (0 to 1) of letters in the other script."""
    han, latin = len(HAN.findall(text)), len(_LATIN.findall(text))
    foreign = han if lang == "en" else latin
    return foreign / (han + latin) if han + latin else 0.0


def other_language(text: str, lang: Lang) -> bool:
    """Return whether a line is in another language than the session's: any Chinese, or in Chinese much Latin."""
    return foreign_share(text, lang) > _FOREIGN[lang]


def any_similar(text: str, earlier: Sequence[str], threshold: float) -> bool:
    """Return whether a text is nearly the same as an earlier one."""
    return any(similar(text, before) > threshold for before in earlier)


@lru_cache(maxsize=1 << 16)  # what has been said is held against what may be said at each turn
def takes_up(says: str, matter: str, lang: Lang) -> bool:
    """Return whether words speak of a matter: they have a fair share of its words, or all of its several figures."""
    figures, wanted = numbers(matter), content_words(matter, lang)
    share = len(wanted & content_words(says, lang)) / len(wanted) if wanted else 1.0
    return share >= _SPOKEN[lang] or (len(figures) > 1 and figures <= named_numbers(says))


def tells(said: Sequence[str], matter: str, lang: Lang) -> bool:
    """Return whether some texts tell a matter whole: all its figures, and each of its clauses in one of the texts."""
    named = frozenset[str]().union(*map(named_numbers, said))
    parts = [clause for sentence in sentences(matter) for clause in CLAUSE.split(sentence)]
    return numbers(matter) <= named and all(any(takes_up(says, part, lang) for says in said) for part in parts)
