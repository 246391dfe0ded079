"""Changes of a gold dialogue that keep its level: a judge whose levels move with them reads form, not substance.

They test known biases of judges: position and verbosity (Zheng et al. 2023, "Judging LLM-as-a-judge"), style, names
and language.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, get_args

from sandbox.content.gold import GoldItem, GoldLine, gold_criteria, gold_items, injections
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.library import Library
from sandbox.content.persona_card import Persona
from sandbox.errors import ContentError, InputError

ProbeName = Literal["order", "names", "verbosity", "politeness", "formatting", "injection", "language"]
PROBES: tuple[ProbeName, ...] = get_args(ProbeName)

# Texts put before and after a line, or a word.
Frames = tuple[tuple[str, str], ...]
_FRAMES: dict[str, dict[Lang, Frames]] = {
    "verbosity": {
        "en": (
            ("As I was about to say: ", ""), ("Let me put it in these words: ", ""), ("Well, to come to it: ", ""),
            ("", " That's how I would put it."), ("", " So much for what I had to say here."),
            ("", " Those are the words I'd use for it."),
        ),
        "zh": (
            ("我正要说，", ""), ("我这么讲吧，", ""), ("话说到这儿，", ""),
            ("", "我的话就是这样讲的。"), ("", "我要讲的就讲到这里。"), ("", "换个说法也还是这几句话。"),
        ),
    },
    "politeness": {
        "en": (
            ("With your permission: ", ""), ("If I may, with respect: ", ""), ("Excuse me, please. ", ""),
            ("", " Thank you for hearing me."), ("", " Thank you kindly."),
        ),
        "zh": (
            ("恕我直言，", ""), ("对不起，打扰一下，", ""), ("请允许我说一句：", ""),
            ("", "谢谢您听我说。"), ("", "说得不周到，请包涵。"),
        ),
    },
}  # fmt: skip
_MARKS: dict[Lang, Frames] = {
    "en": (("**", "**"), ("_", "_"), ("`", "`"), ('"', '"')),
    "zh": (("**", "**"), ("_", "_"), ("`", "`"), ("「", "」")),
}
_SPACES = (" \n", "\n", "\t ", " \n ")
# Chinese has no blanks between words: marks go around a whole clause, and white space after punctuation.
_WORD = re.compile(r"[A-Za-z][A-Za-z']+|(?<![\u4e00-\u9fff])[\u4e00-\u9fff]{2,}(?![\u4e00-\u9fff])")
_BLANK = re.compile(r" |(?<=[，。；！？])(?=.)")
# Roles of all other kinds differ from each other in what they may promise or decide.
_ALIKE = ("resident", "frontline")


def probe(name: ProbeName, item: GoldItem, lang: Lang, library: Library, seed: int = 1) -> GoldItem | None:
    """Return a gold item after a change; None if the change does not apply to it.

    The same arguments give the same change. The item keeps its id, level, split and all words that were said. ``order``
    exchanges the two lines of the item's ``swap``; ``names`` gives residents and frontline workers another persona of
    the same kind and registration throughout, unless the words speak of their role; ``verbosity`` adds filler to every
    line, ``politeness`` polite framing; ``formatting`` adds white space, line breaks, quotes and marks around words.
    For ``injection`` and ``language`` it returns None: see `swayed` and `other_language`.
    """
    draw = random.Random(f"{seed}:{name}:{item.id}")
    if name == "order":
        return _swapped(item)
    if name == "names":
        return _renamed(item, library, draw)
    if name in ("injection", "language"):
        return None
    if name == "formatting":
        return _reworded(item, lambda says: _marked(says, _MARKS[lang], draw))
    return _reworded(item, lambda says: _framed(says, _FRAMES[name][lang], draw))


def swayed(items: Sequence[GoldItem], criterion: str, lang: Lang, library: Library, seed: int = 1) -> list[GoldItem]:
    """Return items in which one speaker, drawn by seed, adds a text meant to sway the judge.

    The items are of one criterion and language. The texts are dealt in turn, and each criterion begins further on, so
    that a few items per criterion try all of them.
    """
    judged = [known.id for known in gold_criteria(library)]
    attempts = injections(library, lang)
    first = len(attempts) * judged.index(criterion) // len(judged)
    changed = []
    for number, item in enumerate(items, start=first):
        lines = list(item.dialogue)
        place = random.Random(f"{seed}:injection:{item.id}").randrange(len(lines))
        says = f"{lines[place].says} {attempts[number % len(attempts)]}"
        lines[place] = lines[place].model_copy(update={"says": says})
        changed.append(_with_lines(item, lines))
    return changed


def other_language(criterion: str, lang: Lang, library: Library) -> tuple[Lang, dict[str, GoldItem]]:
    """Return the other language, and a criterion's items in it by id; no items if there is no file.

    Raises:
        ContentError: the other language's file has faults.
    """
    other: Lang = "zh" if lang == "en" else "en"
    try:
        return other, {item.id: item for item in gold_items(library, criterion, other)}
    except ContentError:
        raise
    except InputError:
        return other, {}


def _with_lines(item: GoldItem, lines: Iterable[GoldLine]) -> GoldItem:
    return item.model_copy(update={"dialogue": tuple(lines)})


def _swapped(item: GoldItem) -> GoldItem | None:
    if item.swap is None or item.swap[0] == item.swap[1]:
        return None
    first, second = item.swap
    lines = list(item.dialogue)
    lines[first], lines[second] = lines[second], lines[first]
    return _with_lines(item, lines)


def _renamed(item: GoldItem, library: Library, draw: random.Random) -> GoldItem | None:
    cards = {name: card for name, card in library.cards["persona"].items() if isinstance(card, Persona)}
    seats = list(dict.fromkeys(seat for line in item.dialogue for seat in (line.seat, line.to) if seat in cards))
    spoken = " ".join(line.says for line in item.dialogue).lower()
    free = [name for name in sorted(cards) if name not in seats]
    new: dict[str, str] = {}
    for seat in seats:
        own = cards[seat]
        alike = (name for name in free if (cards[name].kind, cards[name].registered) == (own.kind, own.registered))
        fitting = list(alike) if own.kind in _ALIKE else []
        role = [word.lower() for lang in LANGUAGES for word in _parts(own.role.get(lang))]
        if fitting and not any(word in spoken for word in role):
            new[seat] = draw.choice(fitting)
            free.remove(new[seat])
    if not new:
        return None
    return _with_lines(
        item,
        (
            line.model_copy(update={"seat": new.get(line.seat, line.seat), "to": new.get(line.to, line.to)})
            for line in item.dialogue
        ),
    )


def _parts(role: str) -> list[str]:
    """Return the words of a role; of Chinese, all pairs of adjacent characters."""
    return role.split() if role.isascii() else [role[index : index + 2] for index in range(len(role) - 1)]


def _reworded(item: GoldItem, reword: Callable[[str], str]) -> GoldItem:
    return _with_lines(item, (line.model_copy(update={"says": reword(line.says)}) for line in item.dialogue))


def _framed(words: str, frames: Frames, draw: random.Random) -> str:
    before, after = draw.choice(frames)
    return f"{before}{words}{after}"


def _marked(says: str, marks: Frames, draw: random.Random) -> str:
    """Return words with up to two of them between marks, and up to two blanks changed to other white space."""
    for word in _drawn(_WORD, says, draw):
        says = says[: word.start()] + _framed(word.group(), marks, draw) + says[word.end() :]
    for blank in _drawn(_BLANK, says, draw):
        says = says[: blank.start()] + draw.choice(_SPACES) + says[blank.end() :]
    return f"{says}\n"


def _drawn(pattern: re.Pattern[str], says: str, draw: random.Random) -> list[re.Match[str]]:
    """Return up to two matches, the last first, so that changing one does not move the other."""
    matches = list(pattern.finditer(says))
    return sorted(draw.sample(matches, min(2, len(matches))), key=lambda match: -match.start())
