"""How a spread was made: the deck and its sessions, methods, sources, and the command that repeats it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from shlex import quote

from sandbox.content.library import Library
from sandbox.content.network_card import Country
from sandbox.content.words import Words
from sandbox.diffusion.deck import CHANNELS, STANDS
from sandbox.diffusion.decks.dealt import Dealt
from sandbox.diffusion.decks.figures import CellFigures
from sandbox.diffusion.decks.size import SizeOfDeck
from sandbox.diffusion.spread import Spread
from sandbox.report.document.blocks import Block, Facts, Section
from sandbox.report.document.compose import bullets, fact_list, note, paragraph, strong, table
from sandbox.report.figures import NONE, decimal, percent, points
from sandbox.report.pages.diffusion.reader import SpreadReader
from sandbox.report.pages.pack import paper_section

_SOURCES = (
    "Berry and Berry 1990, doi:10.2307/1963526", "Efron 1979, doi:10.1214/aos/1176344552",
    "Granovetter 1978, doi:10.1086/226707",
    "Lu 2023, doi:10.1093/jleo/ewac026", "Meyer and Rowan 1977, doi:10.1086/226550",
    "Shipan and Volden 2008, doi:10.1111/j.1540-5907.2008.00346.x", "Tolbert and Zucker 1983, doi:10.2307/2392383",
    "Watts 2002, doi:10.1073/pnas.082090499", "Wilson 1927, doi:10.1080/01621459.1927.10502953",
    "Zhu 2014, doi:10.1080/14719037.2013.798028",
)  # fmt: skip
_OF_FACTS = (
    "Boushey 2010, Policy Diffusion Dynamics in America, Cambridge University Press",
    "Mallinson 2021, Policy innovation adoption across the diffusion life course, Policy Studies Journal 49",
    "Mantel and Haenszel 1959, doi:10.1093/jnci/22.4.719",
    "Rogers 2003, Diffusion of Innovations, 5th edition, Free Press",
    "Wang and Yang 2025, doi:10.1086/734873",
    "Zhang Ke 2015, in the references of the source paper",
    "Zhu and Zhang 2016, Political mobility and dynamic diffusion of innovation, JPART 26",
)
"""Further sources that the stylised facts and their measures cite."""
WIDE = 130
"""The width of a terminal, in columns, that has room for all figures."""

_MORE = ("H", "P", "burden", "copied", "versions")


def account(
    reader: SpreadReader, sizes: Sequence[SizeOfDeck], beside: Sequence[Spread], unplayed: Sequence[str],
    *, facts: bool,
) -> tuple[Section, ...]:  # fmt: skip
    """Return the sections on how the result was made.

    ``unplayed`` says how to get what the report lacks. With ``facts`` the sources of the stylised facts are cited too.
    """
    say = reader.say
    cited = sorted((*_SOURCES, *_OF_FACTS)) if facts else _SOURCES
    sources = (bullets(cited), note(say("sources.card")), paragraph(_source(reader)))
    methods = (paragraph(reader.label("gap").join(_methods(reader))), _rates(reader))
    return (
        Section("deck", say("deck"), tuple(_deck(reader, sizes))),
        Section("methods", say("methods"), methods),
        Section("sources", say("sources"), sources),
        Section("repeat", say("repeat"), (_repeat(reader, beside), *map(note, unplayed))),
    )


def _deck(reader: SpreadReader, sizes: Sequence[SizeOfDeck]) -> Iterator[Block]:
    say, held = reader.say, reader.spread.deck_sizes
    rows = []
    for kind, counts in zip(reader.spread.kinds, held, strict=True):
        cells = (
            "/".join(f"{int(count):,}" for count in counts[place][: len(STANDS)]) for place in range(len(CHANNELS))
        )
        rows.append((reader.kind(kind), *cells))
    cases = reader.label.join(reader.card("scenario", case) for case in reader.country.deck.scenarios)
    yield paragraph(say("deck.about", sessions=f"{int(held.sum()):,}", least=int(held.min()), cases=cases))
    yield paragraph(say("deck.by", **reader.players))
    yield table(
        say("deck.table"),
        (say("deck.kind"), *(reader.card("arrival", channel) for channel in CHANNELS)),
        rows,
        figures=True,
    )
    yield note(say("deck.note"))
    if not sizes:
        yield note(reader.how("deck.unsized", "country.more.size"))
        return
    yield from sizes_told(sizes, reader.label)


def sizes_told(sizes: Sequence[SizeOfDeck], label: Words) -> tuple[Block, ...]:
    """Return how far a country's result moves with smaller decks, in percentage points, and how that is measured."""
    rows = [
        (
            percent(each.share), decimal(each.sessions, 0),
            *(points(moved, sign=False) for moved in (each.form, each.substance, each.course)),
        )
        for each in sizes
    ]  # fmt: skip
    head = (label(f"deck.size.{key}") for key in ("share", "sessions", "form", "substance", "course"))
    draws = note(label("deck.size.note", draws=sizes[0].draws))
    return table(label("deck.size.title"), head, rows, figures=True), draws


def _methods(reader: SpreadReader) -> Iterator[str]:
    country, plan = reader.country, reader.spread.plan
    levels = reader.label.join(level.name.get(reader.lang) for level in country.levels)
    size = {"districts": f"{country.districts:,}", "periods": country.periods, "seeds": len(plan.seeds)}
    yield reader.say("methods.country", levels=levels, **size)
    ties, network, own = country.ties, reader.spread.network, country.own
    made = decimal(len(network.neighbours) / len(network))
    if own:
        yield reader.say("methods.own_places", tables=_tables(country))
    if own and own.ties is not None:
        yield reader.say("methods.own_ties", ties=f"{len(own.ties):,}", made=made)
    else:
        asked = {"kind": reader.say(f"ties.{ties.kind}"), "degree": f"{ties.degree:g}", "far": f"{ties.far:g}"}
        yield reader.say("methods.graph", **asked, made=made)
    yield reader.say("methods.meeting")
    if reader.pilots:
        yield reader.say("methods.pilots")
    yield reader.say("methods.scored")
    again = {"again": f"{country.again:g}", "met": reader.met(reader.plan)}
    yield reader.say("methods.substance", line=f"{country.line:g}", **again)
    yield reader.say("methods.hazard")
    if "competition" in reader.on:
        yield reader.say("methods.rank")
    if "imitation" in reader.on:
        yield reader.say("methods.threshold")
    yield reader.say("methods.copies", nearness=f"{country.nearness:g}")
    yield reader.say("methods.band", ends=reader.band_ends(len(reader.plan.courses)))


def _tables(country: Country) -> str:
    tables = country.tables
    assert tables
    return f"{' + '.join(filter(None, (tables.places, tables.ties)))}, {tables.digest}"


def _rates(reader: SpreadReader) -> Facts:
    rows = []
    for name in reader.on:
        values = getattr(reader.country, name).model_dump(mode="json", exclude={"on"})
        shown = (
            reader.say("rate.is", name=reader.say(f"rate.{key}"), value=f"{value:g}")
            for key, value in values.items()
            if isinstance(value, int | float)
        )
        rows.append((reader.mechanism(name), reader.label.join(shown)))
    return fact_list(rows)


def _source(reader: SpreadReader) -> str:
    source = reader.country.source
    inferred = reader.say("sources.inferred", names=reader.label.join(source.inferred)) if source.inferred else ""
    names = [paper_section(reader.label, code) for code in source.sections]
    names += [source.text.get(reader.label.lang)] if source.text else []
    known = reader.label("semi").join(names) + reader.label("stop") if names else ""
    return reader.label("gap").join(filter(None, (known, inferred)))


def _repeat(reader: SpreadReader, beside: Sequence[Spread]) -> Facts:
    spread = reader.spread
    others = (SpreadReader(other, reader.library, reader.lang, reader.named) for other in beside)
    rows = {
        "command": _command(reader) if reader.named else "",
        "beside": reader.label("semi").join(map(_command, others)) if reader.named else "",
        "seeds": seeds_told(spread), "program": spread.program, "deck": spread.deck or "–",
        "seconds": decimal(spread.seconds, 1),
    }  # fmt: skip
    return reader.facts("repeat", rows)


def seeds_told(spread: Spread) -> str:
    """Return the seeds of a result, as the option ``--seeds`` reads them."""
    seeds = spread.plan.seeds
    if seeds == tuple(range(seeds[0], seeds[-1] + 1)):
        return f"{seeds[0]}-{seeds[-1]}"
    return ",".join(map(str, seeds))


def _command(reader: SpreadReader) -> str:
    """Return the command that plays a result again, with all options that differ from the current card."""
    country, plan, card = reader.country, reader.spread.plan, reader.card_at_hand
    options = [] if country.own else [f"--districts {country.districts}"]
    options.append(f"--periods {country.periods}")
    options += [f"--seeds {seeds_told(reader.spread)}"]
    options += [f"--without {name}" for name in plan.without]
    if card is None or card.central_rule != country.central_rule:
        options.append(f"--central-rule {country.central_rule or 'none'}")
    if card is None or card.deck.sessions != country.deck.sessions:
        options.append(f"--sessions {country.deck.sessions}")
    options += [f"--set {quote(change)}" for change in plan.changes]
    options += ["--each"] if len(reader.spread.arms) > 1 else []
    options += [f"--content {quote(str(own))}" for own in reader.library.roots[1:]]
    return " ".join((f"sandbox diffuse run {country.id}", *options))


def cells_told(
    country: Country, dealt: Dealt, figures: Sequence[CellFigures], library: Library, words: Words, *, wide: bool
) -> Iterator[Block]:
    """Yield what the sessions of each cell of the deck came to; if not ``wide``, only the first figures."""
    by_model = len(dealt.sampled)
    played = {"sessions": len(dealt.deck) - by_model, "by_model": by_model}
    yield paragraph((strong(words("deck.title", network=country.name.get(words.lang), **played)),))
    kept = any(cell.kept is not None for cell in figures)
    first = ["sessions", "form", "substances", *(["promises"] if kept else []), *(["by_model"] if by_model else [])]
    names = [*first, *(_MORE if wide else ())]
    labels = {name: words(f"deck.{name}") if len(name) > 1 else name for name in (*first, *_MORE)}
    head = (words("deck.channel"), words("deck.stand"), *(labels[name] for name in names))
    for kind, cells in groupby(figures, key=lambda cell: cell.cell.kind):
        model, city = library.governance(kind.governance).name, library.city(kind.city).name
        rows = []
        for cell in cells:
            shown = _shown(words, cell)
            channel, stand = library.arrival(cell.cell.channel).name, words(f"deck.stand.{cell.cell.stand}")
            rows.append((channel.get(words.lang), stand, *(shown[name] for name in names)))
        yield table(words("deck.kind", governance=model.get(words.lang), city=city.get(words.lang)), head, rows)
    if not wide:
        yield note(words("deck.wider", width=WIDE, columns=words.join([labels[name] for name in _MORE])))
    yield note(words("deck.substance"))
    yield note(words("deck.world"))


def _bounds(words: Words, cell: CellFigures) -> str:
    if cell.form_low is None or cell.form_high is None:
        return ""
    return words.paren(f"{percent(cell.form_low)}–{percent(cell.form_high)}".replace("%", ""))


def _shown(words: Words, cell: CellFigures) -> dict[str, str]:
    return {
        "sessions": f"{cell.sessions}+{cell.by_model}" if cell.by_model else str(cell.sessions),
        "form": percent(cell.form) + _bounds(words, cell),
        "substances": decimal(cell.substance) + (f" ± {decimal(cell.error)}" if cell.error is not None else ""),
        "promises": percent(cell.kept),
        "H": decimal(cell.hierarchical),
        "P": decimal(cell.horizontal),
        "burden": decimal(cell.burden),
        "copied": percent(cell.copied),
        "versions": str(cell.versions),
        "by_model": f"{percent(cell.model_form)}, {decimal(cell.model_substance)}" if cell.by_model else NONE,
    }
