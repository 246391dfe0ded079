"""A card on one screen: what it is, what belongs to it, and the commands that do something with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import cast

from sandbox.content.campaign_card import Campaign
from sandbox.content.cards import LANGUAGES, Lang, Text
from sandbox.content.library import Library
from sandbox.content.network_card import Country
from sandbox.content.words import Words
from sandbox.report.pages.pack import character

__all__ = ["Summary", "summary"]

Row = tuple[str, str]


@dataclass(frozen=True)
class Summary:
    """A card in short.

    Args:
        title: its name.
        texts: what it is, a paragraph each.
        rows: names with values: what belongs to it, then commands.
    """

    title: str
    texts: tuple[str, ...]
    rows: tuple[Row, ...]


def summary(library: Library, kind: str, card_id: str, lang: Lang, added: str = "") -> Summary | None:
    """Return a card in short, or None for a kind whose cards are short themselves.

    Args:
        library: the content.
        kind: the kind of the card.
        card_id: the card.
        lang: the language.
        added: options that a command needs beside its own.

    Raises:
        InputError: there is no such card.
    """
    if kind not in _WRITERS:
        return None
    writer = _Writer(library, lang, added)
    title, texts, rows = _WRITERS[kind](writer, card_id)
    say = writer.say
    whole = writer.command(f"show {kind} {card_id} --yaml")
    file = (say("summary.file"), str(library.files[(kind, card_id)]))  # type: ignore[index]
    shown = (*((name, value) for name, value in rows if value), (say("summary.whole"), whole), file)
    return Summary(title, tuple(texts), shown)


class _Writer:
    def __init__(self, library: Library, lang: Lang, added: str) -> None:
        self.library, self.lang, self._added = library, lang, added
        self.say = Words(lang, library.roots)

    def command(self, words: str, *, speaks: bool = True) -> str:
        lang = f" --lang {self.lang}" if speaks and self.lang != LANGUAGES[0] else ""
        return f"sandbox {words}{lang}{self._added}"

    def joined(self, texts: Iterable[Text]) -> str:
        return self.say("semi").join(text.get(self.lang).rstrip("。.") for text in texts)

    def numbered(self, texts: Iterable[str]) -> str:
        return "\n".join(f"{number} {text}" for number, text in enumerate(texts, 1))

    def models(self, ids: Iterable[str]) -> str:
        return self.say.join([self.library.governance(model).name.get(self.lang) for model in ids])

    def persona(self, persona: str) -> str:
        card = self.library.persona(persona)
        return f"{card.name.get(self.lang)}{self.say('colon')}{card.role.get(self.lang)}"


Written = tuple[str, Iterable[str], Iterable[Row]]


def _scenario(writer: _Writer, card_id: str) -> Written:
    say, lang, card = writer.say, writer.lang, writer.library.scenario(card_id)

    def rows() -> Iterator[Row]:
        yield say("cards.seats"), say("semi").join(writer.persona(seat.persona) for seat in card.seats)
        for number, decision in enumerate(card.decisions):
            asked = f"{decision.question.get(lang)} {writer.joined(decision.options.values())}"
            yield "" if number else say("pack.settle"), asked
        yield say("pack.facts"), str(len(card.facts))
        yield say("summary.models"), writer.models(card.governance)
        yield say("summary.play"), writer.command(f"run --scenario {card_id} --model cards")
        if card_id in writer.library.cards["pack"]:
            yield say("pack.kicker"), writer.command(f"show scenario {card_id} --pack")

    return card.title.get(lang), (card.question.get(lang), "", card.background.get(lang)), rows()


def _persona(writer: _Writer, card_id: str) -> Written:
    card, lang = writer.library.persona(card_id), writer.lang
    rows = [*character(writer.say, card), (writer.say("pack.alone"), writer.joined(card.private))]
    return f"{card.name.get(lang)} · {card.role.get(lang)}", (f"“{card.opening_line.get(lang)}”",), rows


def _governance(writer: _Writer, card_id: str) -> Written:
    say, lang, card = writer.say, writer.lang, writer.library.governance(card_id)
    rules = card.rules
    rows = [
        (say("summary.positions"), say.join([position.name.get(lang) for position in rules.position.values()])),
        (say("limits.pays").capitalize(), writer.joined(rules.payoff.budgets.values())),
        (say("summary.rules"), writer.command(f"rules --governance {card_id}")),
        (say("summary.play"), writer.command(f"run --governance {card_id} --model cards")),
    ]
    return card.name.get(lang), (card.summary.get(lang),), rows


def _city(writer: _Writer, card_id: str) -> Written:
    say, card = writer.say, writer.library.city(card_id)
    rows = [
        (say("cards.conditions"), writer.joined(card.conditions)),
        (say("pack.facts"), str(len(card.facts))),
        (say("summary.governance"), writer.models([card.governance])),
        (say("summary.play"), writer.command(f"run --city {card_id} --model cards")),
    ]
    return card.name.get(writer.lang), (card.driver.get(writer.lang),), rows


def _pack(writer: _Writer, card_id: str) -> Written:
    say, card, case = writer.say, writer.library.pack(card_id), writer.library.scenario(card_id)
    slots = [f"{slot.minutes}′ {slot.what.get(writer.lang)}" for slot in card.timing]
    length = say("summary.minutes", minutes=sum(slot.minutes for slot in card.timing))
    rows = [
        (say("pack.timing"), "\n".join(slots)),
        (say("cards.part.papers"), writer.joined(paper.title for paper in card.documents)),
        (say("summary.print"), writer.command(f"show scenario {card_id} --pack")),
    ]
    return f"{case.title.get(writer.lang)} · {say('pack.kicker')}", (length,), rows


def _rubric(writer: _Writer, card_id: str) -> Written:
    card = writer.library.rubric(card_id)
    names = (criterion.name.get(writer.lang) for criterion in card.criteria)
    rows = [
        (writer.say("summary.criteria"), writer.numbered(names)),
        (writer.say("summary.play"), writer.command(f"run --rubric {card_id} --model cards")),
    ]
    return card.name.get(writer.lang), (), rows


def _experiment(writer: _Writer, card_id: str) -> Written:
    from sandbox.experiment.outcomes import OUTCOMES

    say, card = writer.say, writer.library.experiment(card_id)
    expected = []
    for each in card.hypotheses:
        outcome = say(OUTCOMES[each.outcome].words) if each.outcome in OUTCOMES else each.outcome
        towards = say(f"experiment_report.expected.{each.direction}")
        expected.append(f"{each.arm}{say('colon')}{outcome}{say.paren(towards)}")
    rows = [
        (say("summary.arms", factor=card.arms), say.join(card.factors.levels(card.arms))),
        (say("summary.sessions"), str(card.replicates)),
        (say("summary.hypotheses"), "\n".join(expected)),
        (say("summary.plan"), writer.command(f"experiment plan {card_id} --model none", speaks=False)),
    ]
    return card.title.get(writer.lang), (card.question.get(writer.lang),), rows


def _network(writer: _Writer, card_id: str) -> Written:
    say, lang, card = writer.say, writer.lang, writer.library.network(card_id)
    if isinstance(card, Campaign):
        places = [f"{each.name.get(lang)}{say('colon')}{each.scenario}" for each in card.communities]
        rows = [
            (say("summary.communities"), "\n".join(places)),
            (say("summary.rounds"), str(len(card.rounds))),
            (say("summary.play"), writer.command(f"campaign run {card_id} --model cards")),
        ]
    else:
        card = cast(Country, card)
        rows = [
            (say("summary.levels"), writer.joined(level.name for level in card.levels)),
            (say("summary.districts"), f"{card.districts:,}"),
            (say("summary.play"), writer.command(f"diffuse run {card_id}")),
        ]
    return card.name.get(lang), (card.summary.get(lang),), rows


_WRITERS: dict[str, Callable[[_Writer, str], Written]] = {
    "scenario": _scenario,
    "persona": _persona,
    "governance": _governance,
    "city": _city,
    "pack": _pack,
    "rubric": _rubric,
    "experiment": _experiment,
    "network": _network,
}
