"""By what seats are called: the names on their cards, and how people speak to one another in a room."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from sandbox.content.language import Lang

if TYPE_CHECKING:
    from sandbox.game.game import Game


# What stands before and behind a surname in Chinese; a title is also used alone where one role alone has it.
_BEFORE = ("老", "小", "阿")
_TITLES = (
    "主任", "书记", "经理", "老师", "市长", "区长", "镇长", "警官", "老板", "师傅", "社长", "组长", "会长", "队长",
    "站长", "科长", "校长", "网格员", "总", "工",
)  # fmt: skip
_KIN = ("叔", "伯", "姨", "婶", "姐", "哥", "嫂", "女士", "先生", "同志", "大姐", "大哥")
# In English a district mayor is spoken of, and to, as the mayor.
_ENGLISH_TITLES = ("mayor",)
_TITLED = (
    r"(?:(?:mr|mrs|ms|miss|madam|comrade|secretary|director|mayor|teacher|manager|master|old|lao|xiao|uncle|aunt|auntie)"
    r"\.?\s+)"
)
# Around a name with which somebody is called: "And Director He, …", "先跟魏主任请示一句：", "何婉主任，".
_THEN = "(?:(?<![,;:—] )(?:and|but|so|then|now) )?"
_TURNING = "(?:[先再也我还就想只]{0,3}[跟向问])?"
_BEHIND = f"(?:{'|'.join((*_TITLES, *_KIN))})?(?:(?:请示|请教|打听|问|说)[一两几][句下声])?"
# Surnames that are words as well: by themselves they name nobody.
_WORDS = ("He", "You", "An", "Long", "Ran", "Man")
# Given names that are words as well, or stand in others (成立新的, 创建民宿).
_WORDS_GIVEN = ("立新", "小雨", "玉兰", "建民", "卫平")
# In English given names of so few letters may be words too: Deli, Bin.
_SHORT = 4


# Seats, each with names.
Named = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, eq=False)
class Names:
    """The names of seats, and whom words name; games whose seats have the same names share them, and what was found.

    Args:
        spoken_of: those by which each seat is spoken of.
        spoken_to: those by which it may be spoken to.
        shared: those by which it is spoken to that call somebody else, or nobody, in a line to everybody.
        lang: the language of the words.
    """

    spoken_of: Named
    spoken_to: Named
    shared: Named
    lang: Lang

    def first(self, says: str, meant: Callable[[str], bool]) -> str:
        """Return the seat that words name first of those that may be meant, or empty."""
        for _, seat in _named_in(self, says):
            if meant(seat):
                return seat
        return ""

    def places(self, says: str, seats: Collection[str]) -> list[tuple[int, str]]:
        """Return where words name each of some seats for the first time, by each of its names."""
        return [place for place in _named_in(self, says) if place[1] in seats]

    def means(self, says: str, seat: str, to: str = "", *, whole: bool = False) -> bool:
        """Return whether words have a name by which a seat may be spoken to, wherever it stands.

        A name that the seat shares with somebody whom the words are ``to`` means that one. Where people from elsewhere
        may be spoken of, only the ``whole`` name on its card means it.
        """
        own = next((names for other, names in self.spoken_to if other == seat), ())
        own = next(names for other, names in self.spoken_of if other == seat)[:1] if whole else own
        theirs = next((names for other, names in self.shared if other == to), ())
        names = (name for name in _among(own, says) if name not in theirs)
        surnames = "".join(each[:1] for _, (each, *_) in self.spoken_of if self.lang == "zh")
        return any(_naming(name, self.lang, surnames).search(says) for name in names)

    def without(self, says: str, seat: str) -> str:
        """Return words without the name by which a seat is spoken of, its title and its familiar form among it."""
        own = next((names for other, names in self.spoken_of if other == seat), ())
        full = own[0] if own else ""
        forms = (full, f"Lao {full.split()[0]}", f"Xiao {full.split()[0]}") if full and self.lang == "en" else (full,)
        for form in filter(None, forms):
            says = _naming(form, self.lang).sub(" " if self.lang == "en" else "", says)
        return says

    def last_called(self, says: str, meant: Callable[[str], bool]) -> str:
        """Return the seat that words call by name last of those that may be meant, or empty."""
        for _, seat in _called_in(self, says):
            if meant(seat):
                return seat
        return ""

    def called_alike(self, says: str, seat: str) -> bool:
        """Return whether words call a seat by a name that it shares with another."""
        called = _called_in(self, says, shared=True)
        return bool(called) and seat in [other for _, other in called]


@lru_cache(maxsize=256)
def _names(spoken_of: Named, spoken_to: Named, shared: Named, lang: Lang) -> Names:
    return Names(spoken_of, spoken_to, shared, lang)


# Every line is held against all that follow it.
@lru_cache(maxsize=4096)
def _named_in(names: Names, says: str) -> tuple[tuple[int, str], ...]:
    """Return where words name a seat for the first time, by each of its names, in the order of the words."""
    named = (
        (found.start(), seat)
        for seat, own in names.spoken_of
        for name in _among(own, says)
        if (found := _naming(name, names.lang).search(says))
    )
    return tuple(sorted(named))


@lru_cache(maxsize=4096)
def _called_in(names: Names, says: str, *, shared: bool = False) -> tuple[tuple[int, str], ...]:
    """Return where words call a seat for the last time, by each of its names; the last place is the lowest number."""
    called = (
        (-calls[-1].start(), seat)
        for seat, own in (names.shared if shared else names.spoken_to)
        for name in _among(own, says)
        if (calls := [*_calling(name, names.lang).finditer(says)])
    )
    return tuple(sorted(called))


def _among(names: Iterable[str], says: str) -> list[str]:
    """Return the names that stand in words anyhow; few do, and to make a pattern of each takes long."""
    folded = says.casefold()
    return [name for name in names if name.casefold() in folded]


@cache
def _naming(name: str, lang: Lang, surnames: str = "") -> re.Pattern[str]:
    """Return the pattern that finds a name; in English a surname that is a word too needs a title before it.

    In Chinese a title by itself is nobody's behind one of some surnames, nor behind what makes it one of several.
    """
    before = _TITLED if name in _WORDS else f"(?<![位们名{surnames}])" if name in _TITLES else ""
    word = before + re.escape(name)
    return re.compile(rf"\b{word}\b" if lang == "en" else word, re.IGNORECASE)


@cache
def _calling(name: str, lang: Lang) -> re.Pattern[str]:
    """Return the pattern that finds where somebody is called by a name."""
    title = f"{_TITLED}{'' if name in _WORDS else '?'}"
    word = rf"{_THEN}{title}\b{re.escape(name)}\b" if lang == "en" else f"{_TURNING}{re.escape(name)}{_BEHIND}"
    return re.compile(rf"(?:^|[.!?,;:。！？，；：—]\s*){word}\s*(?:[,，:：?？]|(?=[您你]))", re.IGNORECASE)


def names_of(game: Game) -> Names:
    """Return the names of a game's seats."""
    forms = (tuple(each.items()) for each in (game.callings, game.addresses, game.shared_forms))
    return _names(*forms, game.spec.lang)


def callings(game: Game) -> Mapping[str, tuple[str, ...]]:
    """Return the names by which each seat is spoken of.

    These are the name on its card, its role and, in English, its surname and the title that its role ends on.
    """
    english = game.spec.lang == "en"
    called: dict[str, tuple[str, ...]] = {}
    for seat in game.positions:
        name, role = game.name(seat), game.role(seat)
        titles = [title for title in _ENGLISH_TITLES if english and role.endswith(f" {title}")]
        called[seat] = tuple(dict.fromkeys([name, role, *name.split()[: int(english)], *titles]))
    return called


def forms_of_address(game: Game) -> Mapping[str, tuple[str, ...]]:
    """Return the forms by which each seat may be spoken to: its names, and those made from its surname.

    What two seats would answer to calls nobody; of a host and somebody of the place, it calls the latter.
    """
    made = {seat: _by_surname(game, seat) for seat in game.positions}
    home = Counter(form for seat, forms in made.items() if game.personas[seat].kind != "host" for form in forms)

    def calls(seat: str, form: str) -> bool:
        return home[form] == (game.personas[seat].kind != "host")

    english = game.spec.lang == "en"  # where a surname by itself is one of the names
    return {
        seat: (
            *(name for name in game.callings[seat] if not (english and name in forms)),
            *(form for form in forms if calls(seat, form)),
        )
        for seat, forms in made.items()
    }


def shared_forms(game: Game) -> Mapping[str, tuple[str, ...]]:
    """Return the forms by which each seat is spoken to that call somebody else, or nobody, in a line to everybody."""
    made = {seat: _by_surname(game, seat) for seat in game.positions}
    return {seat: tuple(form for form in forms if form not in game.addresses[seat]) for seat, forms in made.items()}


def _by_surname(game: Game, seat: str) -> list[str]:
    if game.spec.lang == "en":
        family, *names = game.name(seat).split()
        return [family, *(name for name in names if len(name) > _SHORT)]
    (surname, given), role = (game.name(seat)[:1], game.name(seat)[1:]), game.role(seat)
    forms = [before + surname for before in _BEFORE] + [surname + title for title in (*_TITLES, *_KIN)]
    alone = [given] if len(given) > 1 and given not in _WORDS_GIVEN else []
    return [*forms, *alone, *(title for title in _TITLES if title in role)]
