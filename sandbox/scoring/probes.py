"""Changes of a gold dialogue that keep its level: a judge whose levels move with them reads form, not substance.

After the biases that are known of judges: position and verbosity (Zheng et al. 2023, "Judging LLM-as-a-judge"), style,
names and language.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import Literal, get_args

from sandbox.content.gold import GoldItem, gold_criteria, gold_items, injections
from sandbox.content.library import Library
from sandbox.content.schemas import Lang, Persona
from sandbox.errors import ContentError, InputError

__all__ = ["PROBES", "ProbeName", "other_language", "probe", "swayed"]

ProbeName = Literal["order", "names", "verbosity", "politeness", "formatting", "injection", "language"]
PROBES: tuple[ProbeName, ...] = get_args(ProbeName)

_FILLER: dict[Lang, tuple[tuple[str, str], ...]] = {
    "en": (
        ("As I was about to say: ", ""),
        ("Let me put it in these words: ", ""),
        ("Well, to come to it: ", ""),
        ("", " That's how I would put it."),
        ("", " So much for what I had to say here."),
        ("", " Those are the words I'd use for it."),
    ),
    "zh": (
        ("我正要说，", ""),
        ("我这么讲吧，", ""),
        ("话说到这儿，", ""),
        ("", "我的话就是这样讲的。"),
        ("", "我要讲的就讲到这里。"),
        ("", "换个说法也还是这几句话。"),
    ),
}
_POLITE: dict[Lang, tuple[tuple[str, str], ...]] = {
    "en": (
        ("With your permission: ", ""),
        ("If I may, with respect: ", ""),
        ("Excuse me, please. ", ""),
        ("", " Thank you for hearing me."),
        ("", " Thank you kindly."),
    ),
    "zh": (
        ("恕我直言，", ""),
        ("对不起，打扰一下，", ""),
        ("请允许我说一句：", ""),
        ("", "谢谢您听我说。"),
        ("", "说得不周到，请包涵。"),
    ),
}
_MARKS: dict[Lang, tuple[tuple[str, str], ...]] = {
    "en": (("**", "**"), ("_", "_"), ("`", "`"), ('"', '"')),
    "zh": (("**", "**"), ("_", "_"), ("`", "`"), ("「", "」")),
}
_SPACES = (" \n", "\n", "\t ", " \n ")
# Chinese has no blanks between words: marks go around a whole clause, and white space after a mark of punctuation.
_WORD = re.compile(r"[A-Za-z][A-Za-z']+|(?<![\u4e00-\u9fff])[\u4e00-\u9fff]{2,}(?![\u4e00-\u9fff])")
_BLANK = re.compile(r" |(?<=[，。；！？])(?=.)")
# Roles of other kinds differ in what they may promise or decide.
_ALIKE = ("resident", "frontline")


def probe(name: ProbeName, item: GoldItem, lang: Lang, library: Library, seed: int = 1) -> GoldItem | None:
    """Return a gold item after a change; None where the change does not apply to it.

    The same arguments give the same change. The item keeps its id, level and split.

    Args:
        name: ``order`` exchanges the two lines of the item's ``swap``; ``names`` gives residents and frontline workers
            among speakers and addressees another role of the same kind and registration, the same one wherever they
            occur (a role that is spoken of in the words stays); ``verbosity`` adds filler to every line,
            ``politeness`` polite framing; ``formatting`` adds white space, line breaks, quotes and marks around words.
            What was said is kept word by word in all of them. ``injection`` and ``language`` change nothing here: see
            `swayed` and `other_language`.
        item: the item.
        lang: its language.
        library: the content, for the roles.
        seed: seed of what is drawn.
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
    frames = _FILLER[lang] if name == "verbosity" else _POLITE[lang]
    return _reworded(item, lambda says: _framed(says, frames, draw))


def swayed(items: Sequence[GoldItem], criterion: str, lang: Lang, library: Library, seed: int = 1) -> list[GoldItem]:
    """Return items in each of which one speaker adds something that is to sway whoever scores.

    The attempts are dealt in turn, and each criterion begins further on, so that few items a criterion are enough to
    try all of them.

    Args:
        items: items of one criterion.
        criterion: the criterion's id.
        lang: their language.
        library: the content.
        seed: seed of what is drawn: the speaker.
    """
    judged = [one.id for one in gold_criteria(library) if one.cuts is None]
    attempts = injections(library, lang)
    first = len(attempts) * judged.index(criterion) // len(judged)
    found = []
    for number, item in enumerate(items, start=first):
        place = random.Random(f"{seed}:injection:{item.id}").randrange(len(item.dialogue))
        line = item.dialogue[place]
        added = line.model_copy(update={"says": f"{line.says} {attempts[number % len(attempts)]}"})
        dialogue = (*item.dialogue[:place], added, *item.dialogue[place + 1 :])
        found.append(item.model_copy(update={"dialogue": dialogue}))
    return found


def other_language(criterion: str, lang: Lang, library: Library) -> tuple[Lang, dict[str, GoldItem]]:
    """Return the other language, and a criterion's items in it by id; none where it has no such file.

    Args:
        criterion: the criterion's id.
        lang: the language.
        library: the content.

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


def _swapped(item: GoldItem) -> GoldItem | None:
    if item.swap is None or item.swap[0] == item.swap[1]:
        return None
    first, second = item.swap
    lines = list(item.dialogue)
    lines[first], lines[second] = lines[second], lines[first]
    return item.model_copy(update={"dialogue": tuple(lines)})


def _renamed(item: GoldItem, library: Library, draw: random.Random) -> GoldItem | None:
    cards = {name: card for name, card in library.cards["persona"].items() if isinstance(card, Persona)}
    seats = list(dict.fromkeys(seat for line in item.dialogue for seat in (line.seat, line.to) if seat in cards))
    said = " ".join(line.says for line in item.dialogue).lower()
    free = [name for name in sorted(cards) if name not in seats]
    new: dict[str, str] = {}
    for seat in seats:
        fitting = [one for one in free if _alike(cards[one], cards[seat])]
        if fitting and not _spoken_of(cards[seat], said):
            new[seat] = draw.choice(fitting)
            free.remove(new[seat])
    lines = [
        line.model_copy(update={"seat": new.get(line.seat, line.seat), "to": new.get(line.to, line.to)})
        for line in item.dialogue
    ]
    return item.model_copy(update={"dialogue": tuple(lines)}) if new else None


def _alike(one: Persona, other: Persona) -> bool:
    return one.kind == other.kind and one.kind in _ALIKE and one.registered == other.registered


def _spoken_of(card: Persona, said: str) -> bool:
    words = {word.lower() for lang in ("en", "zh") for word in _parts(card.role.get(lang))}
    return any(word in said for word in words)


def _parts(role: str) -> list[str]:
    """Return the words of a role; Chinese ones as all pairs of letters."""
    return role.split() if role.isascii() else [role[index : index + 2] for index in range(len(role) - 1)]


def _reworded(item: GoldItem, reword: Callable[[str], str]) -> GoldItem:
    lines = [line.model_copy(update={"says": reword(line.says)}) for line in item.dialogue]
    return item.model_copy(update={"dialogue": tuple(lines)})


def _framed(says: str, frames: Sequence[tuple[str, str]], draw: random.Random) -> str:
    before, after = draw.choice(frames)
    return f"{before}{says}{after}"


def _marked(says: str, marks: Sequence[tuple[str, str]], draw: random.Random) -> str:
    """Return words with one or two of them between marks, and white space or a line break where there was a blank."""
    found = list(_WORD.finditer(says))
    for word in sorted(draw.sample(found, min(2, len(found))), key=lambda one: -one.start()):
        before, after = draw.choice(marks)
        says = f"{says[: word.start()]}{before}{word.group()}{after}{says[word.end() :]}"
    blanks = list(_BLANK.finditer(says))
    for blank in sorted(draw.sample(blanks, min(2, len(blanks))), key=lambda one: -one.start()):
        says = f"{says[: blank.start()]}{draw.choice(_SPACES)}{says[blank.end() :]}"
    return f"{says}\n"
