"""The report of a reform that spread through a country: how far it came, then all that stands behind it."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.library import Library
from sandbox.content.schemas import Lang
from sandbox.content.words import refusal
from sandbox.diffusion.decks.size import SizeOfDeck
from sandbox.diffusion.facts import Shown
from sandbox.diffusion.spread import Spread
from sandbox.report.document.blocks import (
    Beside,
    Block,
    Callout,
    Curves,
    Document,
    Facts,
    Paragraph,
    Section,
    Spans,
    Table,
    plain,
)
from sandbox.report.pages.diffusing.account import account
from sandbox.report.pages.diffusing.courses import adoption, courses
from sandbox.report.pages.diffusing.literature import literature
from sandbox.report.pages.diffusing.maps import graph, playing, tree
from sandbox.report.pages.diffusing.moves import moves
from sandbox.report.pages.diffusing.reader import Reader, half_at
from sandbox.report.pages.diffusing.teaching import example, story, taught
from sandbox.report.pages.parts import table

__all__ = ["adoptions", "diffusion_report", "diffusion_view"]


def diffusion_report(
    spread: Spread, library: Library, lang: Lang, named: str, *, beside: Sequence[Spread] = (),
    place: int | None = None, sizes: Sequence[SizeOfDeck] = (), facts: Sequence[Shown] = (),
) -> Document:  # fmt: skip
    """Return the report of a reform that spread through a country.

    Args:
        spread: the result.
        library: the content, which names governance models and cities.
        lang: the language of the report.
        named: what names the result in a command: its folder; empty where the report is read in the browser.
        beside: results of the same country under other rules or settings, to compare with.
        place: the place whose story is told, from 0; one worth telling of if None.
        sizes: how far the result moves under smaller decks, where that was played.
        facts: what countries with its rates show of the literature's stylised facts, likewise.

    Raises:
        InputError: there is no such place, or a result beside it is of another country.
    """
    if place is not None and place >= spread.plan.country.districts:
        raise refusal("spread_page.refused.place", place=place, last=spread.plan.country.districts - 1)
    for other in beside:
        if _played(other) != _played(spread):
            raise refusal("spread_page.refused.other_country", network=spread.plan.country.id)
    reader = Reader(spread, library, lang, named)
    told = example(reader) if place is None else place
    maps = Section("maps", reader.say("map"), (playing((tree(reader), graph(reader, told)), reader),))
    return Document(
        lang=lang,
        kicker=reader.say("kicker"),
        title=reader.country.name.get(lang),
        lede=reader.lede,
        contents=reader.label("contents"),
        skip=reader.say("skip"),
        footer=reader.say("footer"),
        sections=(
            courses(reader), maps, taught(reader), moves(reader, beside), story(reader, told),
            literature(reader, facts), *account(reader, sizes),
        ),
        opening=(_answer(reader), _facts(reader), _world(reader)),
    )  # fmt: skip


def diffusion_view(settings: Sequence[Spread], library: Library, lang: Lang) -> Document:
    """Return one or two settings of a country to be watched side by side: the curves, and maps that play together.

    Args:
        settings: the results; all have the same periods.
        library: the content.
        lang: the language.
    """
    readers = [Reader(spread, library, lang, "") for spread in settings]
    first, names = readers[0], _told_apart(readers)
    curves = tuple(
        adoption(reader, name, f"adoption-{number}")
        for number, (reader, name) in enumerate(zip(readers, names, strict=True))
    )
    panels = tuple(tree(reader, name) for reader, name in zip(readers, names, strict=True))
    maps = playing(panels, first)
    shown: tuple[Block, ...] = (Beside((*curves, maps)),)
    if len(readers) > 1:
        shown = (Beside(curves), maps, _ends(readers, names))
    return Document(
        lang=lang,
        kicker=first.say("kicker"),
        title=first.label("semi").join(dict.fromkeys(reader.country.name.get(lang) for reader in readers)),
        lede=first.say("world"),
        contents=first.label("contents"),
        skip=first.say("skip"),
        footer=first.say("footer"),
        sections=(Section("watch", first.say("view"), shown),),
        slim=True,
    )


def adoptions(spreads: Sequence[Spread], library: Library, lang: Lang) -> tuple[Curves, ...]:
    """Return the curves of results, each under the name of its country and setting."""
    readers = [Reader(spread, library, lang, "") for spread in spreads]
    return tuple(
        adoption(reader, reader.label("colon").join(filter(None, (reader.country.name.get(lang), reader.setting()))))
        for reader in readers
    )


def _played(spread: Spread) -> tuple[str, int, int]:
    country = spread.plan.country
    return country.id, country.districts, country.periods


def _told_apart(readers: Sequence[Reader]) -> list[str]:
    """Return a name for each setting: what was asked for otherwise, with its country where there are two."""
    names = [reader.setting() or reader.say("view.card") for reader in readers]
    countries = [reader.country.name.get(reader.lang) for reader in readers]
    if len(set(countries)) < 2:
        return names
    return [
        reader.label("colon").join((country, name))
        for reader, country, name in zip(readers, countries, names, strict=True)
    ]


def _ends(readers: Sequence[Reader], names: Sequence[str]) -> Table:
    """Return how far each setting came by its end, and when half of the places had it."""
    rows = []
    for reader, name in zip(readers, names, strict=True):
        shares = [reader.share(reader.plan.band(part), -1) for part in ("form", "substance")]
        halves = [half_at(reader.plan, part) for part in ("form", "substance")]
        rows.append((name, *shares, *(f"{period:g}" if reached else "–" for period, reached in halves)))
    say = readers[0].say
    head = (say("view.setting"), say("form"), say("substance"), say("view.half_form"), say("view.half_substance"))
    return table(say("view.ends"), head, rows, figures=True)


def _answer(reader: Reader) -> Callout:
    last = len(reader.times) - 1
    form, substance = (reader.share(reader.plan.band(name), last) for name in ("form", "substance"))
    answer = reader.say("answer.text", periods=last, form=form, substance=substance)
    blocks: list[Block] = [Paragraph(plain(answer))]
    if setting := reader.setting():
        blocks.append(Paragraph(plain(reader.say("answer.setting", setting=setting)), soft=True))
    return Callout("verdict", reader.say("answer"), tuple(blocks))


def _facts(reader: Reader) -> Facts:
    country, plan = reader.country, reader.spread.plan
    rows: list[tuple[str, Spans]] = [
        (reader.say("facts.pattern"), plain(reader.label.of("spread_page.pattern", country.pattern))),
        (reader.say("facts.districts"), plain(f"{country.districts:,}")),
        (reader.say("facts.periods"), plain(f"{country.periods}")),
        (reader.say("facts.seeds"), plain(f"{len(plan.seeds)}")),
        (reader.say("facts.mechanisms"), plain(reader.label.join(map(reader.mechanism, reader.on)))),
        (reader.say("facts.sessions"), plain(f"{int(reader.spread.deck_sizes.sum()):,}")),
    ]
    return Facts(tuple(rows), look="grid")


def _world(reader: Reader) -> Callout:
    return Callout("warning", reader.say("world.title"), (Paragraph(plain(reader.say("world"))),))
