"""The report of a reform that spread through a country: first how far it came, then everything behind that result."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.words import refusal
from sandbox.diffusion.decks.size import SizeOfDeck
from sandbox.diffusion.facts import Shown
from sandbox.diffusion.rates import RateSensitivity
from sandbox.diffusion.spread import Spread, at_line
from sandbox.report.document.blocks import Beside, Block, Callout, Facts, Paragraph, ReportDocument, Section, Table
from sandbox.report.document.chart import Curves
from sandbox.report.document.compose import Inline, below, filled, note, paragraph, strong, table
from sandbox.report.figures import NONE, percent
from sandbox.report.pages.diffusion.account import account, seeds_told
from sandbox.report.pages.diffusion.courses import adoption, by_period, courses
from sandbox.report.pages.diffusion.maps import graph, playing, tree
from sandbox.report.pages.diffusion.moves import literature, moves, paired, rates_told
from sandbox.report.pages.diffusion.reader import SpreadReader, half_at
from sandbox.report.pages.diffusion.teaching import example, story, taught, who_taught

_FEW = 3  # teachers in the short version
_APART = 0.1  # how far the other lines in substance are from the actual one


def diffusion_report(
    spread: Spread, library: Library, lang: Lang, named: str, *, beside: Sequence[Spread] = (),
    place: int | None = None, sizes: Sequence[SizeOfDeck] = (), facts: Sequence[Shown] = (),
    rates: RateSensitivity | None = None,
) -> ReportDocument:  # fmt: skip
    """Return the report of a reform that spread through a country.

    Args:
        spread: the result.
        library: the content.
        lang: the language of the report.
        named: the folder of the result; empty if the report is read in the browser.
        beside: results of the same country under other rules or settings.
        place: the place whose story is told; None chooses one.
        sizes: results with smaller decks, if these were played.
        facts: what countries show of stylised facts, if these were played.
        rates: the sensitivity to rates, if it was played.

    Raises:
        InputError: there is no such place, or a result beside it is of another country or has none of its seeds.
    """
    if place is not None and place >= spread.plan.country.districts:
        raise refusal("spread_page.refused.place", place=place, last=spread.plan.country.districts - 1)
    for other in beside:
        country, with_it = spread.plan.country, other.plan.country
        if with_it.id != country.id:
            design = f"arms: network, factors: {{network: [{country.id}, {with_it.id}]}}"
            raise refusal("spread_page.refused.other_country", network=country.id, other=with_it.id, design=design)
        if (with_it.districts, with_it.periods) != (country.districts, country.periods):
            raise refusal("spread_page.refused.other_size", districts=country.districts, periods=country.periods)
        if not paired(spread.arms[0], other.arms[0])[0].courses:
            raise refusal("spread_page.refused.other_seeds", seeds=seeds_told(spread), others=seeds_told(other))
    reader = SpreadReader(spread, library, lang, named)
    chosen = example(reader) if place is None else place
    maps = Section("maps", reader.say("map"), (playing((tree(reader), graph(reader, chosen)), reader),))
    moved, known_facts = moves(reader, beside), literature(reader, facts)
    unplayed = [] if moved else [reader.how("moves.none")]
    unplayed += [] if known_facts else [reader.how("literature.none", "country.more.facts")]
    unplayed += [] if rates or not named else [reader.say("rates.none", named=named)]
    hang = rates_told(rates, library, lang, drawn=True) if rates else None
    sections = filter(None, (
        courses(reader), maps, taught(reader), moved, hang, story(reader, chosen), known_facts,
        *account(reader, sizes, beside, unplayed, facts=bool(facts)),
    ))  # fmt: skip
    world = Callout("warning", reader.say("world.title"), (paragraph(reader.world),))
    title = reader.country.name.get(lang)
    return reader.page(title, reader.lede, (_answer(reader), _facts(reader), world), tuple(sections))


def diffusion_in_short(spread: Spread, library: Library, lang: Lang, named: str) -> tuple[Block, ...]:
    """Return how far the reform came by period, who taught whom and, if that was played, what each mechanism moves."""
    reader = SpreadReader(spread, library, lang, named)
    plan, label = spread.plan, reader.label
    size = {"districts": f"{reader.country.districts:,}", "seeds": len(plan.seeds)}
    title = label("diffusion.title", network=reader.country.name.get(lang), **size)
    values = {"period": reader.country.period.get(lang), "line": f"{reader.country.line:g}"}
    bands = label("diffusion.bands", ends=reader.band_ends(len(plan.seeds)), **values)
    again = label("diffusion.again_note", again=f"{reader.country.again:g}", met=reader.met(reader.plan))
    rule = reader.say("rule", period=plan.central_rule) if plan.central_rule else ""
    moved = shown.blocks if (shown := moves(reader, ())) else ()
    return filled(
        paragraph((strong(title),)), note(reader.setting()), note(rule), by_period(reader), note(bands), note(again),
        *who_taught(reader, _FEW),
        *moved, note(reader.fewer_pilots), note(label("diffusion.world")),
    )  # fmt: skip


def diffusion_view(settings: Sequence[Spread], library: Library, lang: Lang) -> ReportDocument:
    """Return one or two settings of a country side by side, with curves, and maps that play together.

    All settings have the same periods.
    """
    readers = [SpreadReader(spread, library, lang, "") for spread in settings]
    first, names = readers[0], _told_apart(readers) if len(readers) > 1 else [readers[0].setting()]
    named = list(zip(readers, names, strict=True))
    curves = [adoption(reader, name, f"adoption-{number}") for number, (reader, name) in enumerate(named)]
    maps = playing([tree(reader, name) for reader, name in named], first)
    shown = (Beside(curves), maps, _ends(readers, names)) if len(readers) > 1 else (Beside((*curves, maps)),)
    title = first.label("semi").join(dict.fromkeys(reader.country.name.get(lang) for reader in readers))
    return first.page(title, first.world, (), (Section("watch", first.say("view"), shown),), slim=True)


def adoptions(spreads: Sequence[Spread], library: Library, lang: Lang) -> tuple[Curves, ...]:
    """Return the adoption curves of results, each captioned with its country and setting."""
    readers = [SpreadReader(spread, library, lang, "") for spread in spreads]
    return tuple(
        adoption(reader, reader.label("colon").join(filter(None, (reader.country.name.get(lang), reader.setting()))))
        for reader in readers
    )


def _told_apart(readers: Sequence[SpreadReader]) -> list[str]:
    """Return a name for each setting: what differs from the card; with the country if there are two."""
    names = [reader.setting() or reader.say("view.card") for reader in readers]
    countries = [reader.country.name.get(reader.lang) for reader in readers]
    if len(set(countries)) < 2:
        return names
    colon = readers[0].label("colon")
    return [colon.join(both) for both in zip(countries, names, strict=True)]


def _ends(readers: Sequence[SpreadReader], names: Sequence[str]) -> Table:
    rows = []
    for reader, name in zip(readers, names, strict=True):
        rows.append((name, *reader.ends(), *(_half(reader, part) for part in ("form", "substance"))))
    say = readers[0].say
    names = ("view.setting", "form", "substance", "view.at_once", "view.half_form", "view.half_substance")
    head = tuple(map(say, names))
    return table(say("view.ends"), head, rows, figures=True)


def _half(reader: SpreadReader, name: str) -> str:
    (period, reached), seeds = half_at(reader.plan, name), len(reader.plan.courses)
    if not reached:
        return NONE
    return (
        f"{period:g}"
        if reached == seeds
        else reader.say("view.half_some", period=f"{period:g}", reached=reached, seeds=seeds)
    )


def _answer(reader: SpreadReader) -> Callout:
    form, substance, at_once = reader.ends()
    answer = reader.say("answer.text", periods=len(reader.times) - 1, form=form, substance=substance)
    tried = paragraph(reader.say("answer.again", at_once=at_once, met=reader.met(reader.plan)))
    setting = reader.setting()
    asked = note(reader.say("answer.setting", setting=setting) if setting else "")
    seeds = len(reader.spread.plan.seeds)
    luck = "answer.doubt" if seeds > 1 else "answer.doubt_alone"
    doubt = note(reader.say(luck, seeds=seeds, ends=reader.band_ends(seeds)))
    means = paragraph(reader.say("answer.means", line=f"{reader.country.line:g}"))
    return Callout(
        "verdict",
        reader.say("answer"),
        filled(paragraph(answer), means, tried, doubt, _at_lines(reader), asked, note(reader.fewer_pilots)),
    )


def _at_lines(reader: SpreadReader) -> Paragraph:
    """Return the share of places in substance at the end, for the actual line and for a lower and a higher one."""
    reached, line = reader.spread.districts.substance, reader.country.line
    lines = (line - _APART, line, line + _APART)
    shares = [
        reader.say("answer.at_line", line=f"{each:g}", share=percent(float((reached >= at_line(each)).mean())))
        for each in (round(each, 2) for each in lines)
        if 0 < each <= 1
    ]
    seeds, told = reader.spread.plan.seeds, reader.label("list").join(shares)
    if len(seeds) == 1:
        return note(reader.say("answer.lines.alone", shares=told))
    return note(reader.say("answer.lines", shares=told, seed=seeds[0], seeds=len(seeds)))


def _facts(reader: SpreadReader) -> Facts:
    country, plan = reader.country, reader.spread.plan
    rows: dict[str, Inline] = {
        "pattern": reader.label.of("spread_page.pattern", country.pattern), "districts": f"{country.districts:,}",
        "pilots": below(reader.pilots_told, *reader.pilots_failed), "periods": f"{country.periods}",
        "seeds": f"{len(plan.seeds)}",
        "mechanisms": reader.label.join(map(reader.mechanism, reader.on)),
        "sessions": reader.say("facts.played_by", **reader.players),
    }  # fmt: skip
    rows |= {"rule": reader.period(plan.central_rule)} if plan.central_rule else {}
    return reader.facts("facts", rows, "grid")
