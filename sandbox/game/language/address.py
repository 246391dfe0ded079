"""Names of seats: the names on their cards, and the forms by which people address one another in a room."""

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


# What stands before and after a surname in Chinese. A title also stands alone if only one role has it.
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
# What may surround a name by which a person is called: "And Director He, …", "先跟魏主任请示一句：", "何婉主任，".
_THEN = "(?:(?<![,;:—] )(?:and|but|so|then|now) )?"
_TURNING = "(?:[先再也我还就想只]{0,3}[跟向问])?"
_BEHIND = f"(?:{'|'.join((*_TITLES, *_KIN))})?(?:(?:请示|请教|打听|问|说)[一两几][句下声])?"
# Surnames that are also words: alone they name nobody.
_WORDS = ("He", "You", "An", "Long", "Ran", "Man")
# Given names that are also words, or part of other words (成立新的, 创建民宿).
_WORDS_GIVEN = ("立新", "小雨", "玉兰", "建民", "卫平")
# English given names of so few letters may also be words: Deli, Bin.
_SHORT = 4


# Seats, each with names.
Named = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, eq=False)
class Names:
    """The names of seats, and the seats that words mean; games whose seats have the same names share one such object.

    Args:
        spoken_of: the names by which each seat is spoken of.
        spoken_to: the forms by which each seat may be addressed.
        shared: forms of each seat that in a line to everybody mean another seat, or none.
        lang: the language of the words.
    """

    spoken_of: Named
    spoken_to: Named
    shared: Named
    lang: Lang

    def first(self, says: str, meant: Callable[[str], bool]) -> str:
        """Return the seat that words name first, of those for which ``meant`` is true, or empty."""
        for _, seat in _named_in(self, says):
            if meant(seat):
                return seat
        return ""

    def places(self, says: str, seats: Collection[str]) -> list[tuple[int, str]]:
        """Return the places where words first name each of some seats, once for each of its names, with the seat."""
        return [place for place in _named_in(self, says) if place[1] in seats]

    def means(self, says: str, seat: str, to: str = "", *, whole: bool = False) -> bool:
        """Return whether words contain a form by which a seat may be addressed.

        A form that the seat shares with the seat that the words are addressed ``to`` means the latter. With ``whole``
        only the full name on the card counts; use it where people from elsewhere may be spoken of.
        """
        own = next((names for other, names in self.spoken_to if other == seat), ())
        own = next(names for other, names in self.spoken_of if other == seat)[:1] if whole else own
        theirs = next((names for other, names in self.shared if other == to), ())
        names = (name for name in _among(own, says) if name not in theirs)
        surnames = "".join(each[:1] for _, (each, *_) in self.spoken_of if self.lang == "zh")
        return any(_naming(name, self.lang, surnames).search(says) for name in names)

    def without(self, says: str, seat: str) -> str:
        """Return words without the full name of a seat; in English also without Lao or Xiao and its surname."""
        own = next((names for other, names in self.spoken_of if other == seat), ())
        full = own[0] if own else ""
        forms = (full, f"Lao {full.split()[0]}", f"Xiao {full.split()[0]}") if full and self.lang == "en" else (full,)
        for form in filter(None, forms):
            says = _naming(form, self.lang).sub(" " if self.lang == "en" else "", says)
        return says

    def last_called(self, says: str, meant: Callable[[str], bool]) -> str:
        """Return the seat that words call by name last, of those for which ``meant`` is true, or empty."""
        for _, seat in _called_in(self, says):
            if meant(seat):
                return seat
        return ""

    def called_alike(self, says: str, seat: str) -> bool:
        """Return whether words call a seat by a form that it shares with another seat."""
        called = _called_in(self, says, shared=True)
        return bool(called) and seat in [other for _, other in called]


@lru_cache(maxsize=256)
def _names(spoken_of: Named, spoken_to: Named, shared: Named, lang: Lang) -> Names:
    return Names(spoken_of, spoken_to, shared, lang)


# Every line is compared with all that follow it.
@lru_cache(maxsize=4096)
def _named_in(names: Names, says: str) -> tuple[tuple[int, str], ...]:
    """Return the places where words first name a seat, once for each of its names, with the seat, in order."""
    named = (
        (found.start(), seat)
        for seat, own in names.spoken_of
        for name in _among(own, says)
        if (found := _naming(name, names.lang).search(says))
    )
    return tuple(sorted(named))


@lru_cache(maxsize=4096)
def _called_in(names: Names, says: str, *, shared: bool = False) -> tuple[tuple[int, str], ...]:
    """Return the places where words last call a seat, once for each of its forms, as negative numbers, last first."""
    called = (
        (-calls[-1].start(), seat)
        for seat, own in (names.shared if shared else names.spoken_to)
        for name in _among(own, says)
        if (calls := [*_calling(name, names.lang).finditer(says)])
    )
    return tuple(sorted(called))


def _among(names: Iterable[str], says: str) -> list[str]:
    """Return the names that occur in words. This saves time, as few do and building a pattern for each is slow."""
    folded = says.casefold()
    return [name for name in names if name.casefold() in folded]


@cache
def _naming(name: str, lang: Lang, surnames: str = "") -> re.Pattern[str]:
    """Return the pattern that finds a name. In English a surname that is also a word needs a title before it.

    In Chinese a title does not name a seat by its role if one of the ``surnames``, or a word such as 位 or 们, precedes
    it.
    """
    before = _TITLED if name in _WORDS else f"(?<![位们名{surnames}])" if name in _TITLES else ""
    word = before + re.escape(name)
    return re.compile(rf"\b{word}\b" if lang == "en" else word, re.IGNORECASE)


@cache
def _calling(name: str, lang: Lang) -> re.Pattern[str]:
    """Return the pattern that finds where a person is called by a name."""
    title = f"{_TITLED}{'' if name in _WORDS else '?'}"
    word = rf"{_THEN}{title}\b{re.escape(name)}\b" if lang == "en" else f"{_TURNING}{re.escape(name)}{_BEHIND}"
    return re.compile(rf"(?:^|[.!?,;:。！？，；：—]\s*){word}\s*(?:[,，:：?？]|(?=[您你]))", re.IGNORECASE)


def names_of(game: Game) -> Names:
    """Return the names of a game's seats."""
    forms = (tuple(each.items()) for each in (game.callings, game.addresses, game.shared_forms))
    return _names(*forms, game.spec.lang)


def callings(game: Game) -> Mapping[str, tuple[str, ...]]:
    """Return the names by which each seat is spoken of.

    These are the name on its card, its role and, in English, its surname and a title that ends its role.
    """
    english = game.spec.lang == "en"
    called: dict[str, tuple[str, ...]] = {}
    for seat in game.positions:
        name, role = game.name(seat), game.role(seat)
        titles = [title for title in _ENGLISH_TITLES if english and role.endswith(f" {title}")]
        called[seat] = tuple(dict.fromkeys([name, role, *name.split()[: int(english)], *titles]))
    return called


def forms_of_address(game: Game) -> Mapping[str, tuple[str, ...]]:
    """Return the forms by which each seat may be addressed: its names, and forms made from its surname.

    A form that fits two seats calls neither; a form that fits a host and a seat of the place calls the latter.
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
    """Return for each seat the forms that in a line to everybody mean another seat, or none."""
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
