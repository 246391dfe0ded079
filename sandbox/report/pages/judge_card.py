"""The card of a judge: the results of its calibration, as a document and as the rows of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.rubric import Criterion, Rubric
from sandbox.content.words import Words
from sandbox.report.document.blocks import Beside, Callout, Details, Plot, ReportDocument, Section, Span, Spans, Table
from sandbox.report.document.compose import Inline, below, bullets, fact_list, filled, note, paragraph, table
from sandbox.report.figures import decimal, percent, signed
from sandbox.report.pages.parts import tag
from sandbox.report.standings import kappa_words
from sandbox.scoring.judge import judge_templates
from sandbox.scoring.standing import Calibration, CalibrationEntry, Part, expiry
from sandbox.scoring.trust import Interval, Shortfall, shortfalls

_LEVELS = ("1", "2", "3", "4", "5")
_AGREEMENT = ("kappa", "alpha", "mean_error", "mean_absolute_error", "exact", "within_one", "verified", "cannot_tell",
              "failed")  # fmt: skip
_SHARES = frozenset({"exact", "within_one", "verified", "cannot_tell", "failed", "same", "level_in_one"})


@dataclass(frozen=True)
class CardRow:
    """An entry of a calibration, as the card shows it.

    ``criterion`` is None if the rubric no longer has it. ``threshold`` is the kappa that the rubric asks for.
    ``expired`` says in words why the entry no longer holds; it is empty if it holds.
    """

    entry: CalibrationEntry
    criterion: Criterion | None
    threshold: float
    expired: str
    label: Words

    @property
    def name(self) -> str:
        """Name of the criterion."""
        return self.criterion.name.get(self.label.lang) if self.criterion else self.entry.criterion

    @property
    def lang(self) -> str:
        """Name of the language."""
        return self.label(f"language.{self.entry.lang}")

    @property
    def part(self) -> str:
        """Name of the part of the gold set."""
        return self.label(f"part.{self.entry.split}")

    @cached_property
    def mark(self) -> str:
        """``expired``, ``development``, ``reliable`` or ``not_reliable``."""
        if self.expired:
            return "expired"
        if self.entry.split == "development":
            return "development"
        return "not_reliable" if self.lacks else "reliable"

    @property
    def lacks(self) -> tuple[Shortfall, ...]:
        """The requirements for reliability that the judge does not meet."""
        return shortfalls(self.entry.agreement, self.entry.retest, self.threshold)

    @property
    def worst_words(self) -> str:
        """The probe with the largest mean change, in words."""
        shifts = self.entry.shifts
        changes = {name: abs(shift.mean_change.estimate or 0) for name, shift in shifts.items()}
        name = max(changes, key=lambda each: (changes[each], each), default="")
        if not name or not changes[name]:
            return self.label("judge_card.worst.none") if shifts else "–"
        change = self.figure("mean_change", shifts[name].mean_change)
        return self.label("judge_card.worst.of", probe=self.label(f"probe.{name}"), change=change)

    def figure(self, name: str, value: Interval) -> str:
        """Return a figure as text, without its interval."""
        return self.label("judge_card.undefined") if value.estimate is None else _shown(name, value.estimate)

    def span(self, name: str, value: Interval) -> str:
        """Return a figure as text, with its interval."""
        shown = self.figure(name, value)
        if value.estimate is None or value.low is None or value.high is None or value.low == value.high:
            return shown
        low, high = _shown(name, value.low), _shown(name, value.high)
        return self.label("judge_card.interval", value=shown, low=low, high=high)


def card_rows(calibration: Calibration, library: Library, lang: Lang) -> list[CardRow]:
    """Return the entries of a calibration as the card shows them, in the order of the rubric.

    They are compared with the current content to see what has expired.
    """
    label = Words(lang, library.roots)
    rubrics = {name: card for name, card in library.cards["rubric"].items() if isinstance(card, Rubric)}
    digests = {spoken: judge_templates(library.templates(spoken)) for spoken in {e.lang for e in calibration.entries}}
    place = {
        (rubric.id, criterion.id): (number, criterion, rubric)
        for rubric in rubrics.values()
        for number, criterion in enumerate(rubric.criteria)
    }
    rows = []
    for entry in calibration.entries:
        number, criterion, rubric = place.get((entry.rubric, entry.criterion), (len(place), None, None))
        why = label("semi").join(label(f"expired.{reason}") for reason in expiry(entry, criterion, digests[entry.lang]))
        threshold = rubric.threshold if rubric else 0.0
        rows.append(((entry.rubric, number, *entry.key), CardRow(entry, criterion, threshold, why, label)))
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def judge_card(calibration: Calibration, library: Library, lang: Lang) -> ReportDocument:
    """Return the card as a document, compared with the current content."""
    label, rows = Words(lang), card_rows(calibration, library, lang)
    marks = [row.mark for row in rows]
    late = [label("judge_card.verdict.expired", count=marks.count("expired"))] if "expired" in marks else []
    late += [label("judge_card.reading.development")] if "development" in marks else []
    verdict = (*map(paragraph, _verdicts(label, calibration, rows)), *map(note, late))
    reading = bullets(label(f"judge_card.reading.{key}") for key in ("kappa", "rule", "few", "known", "probes"))
    axis = note(label("judge_card.kappa") + label("colon") + label("judge_card.axis"))
    details = [_details(row, number) for number, row in enumerate(rows, start=1)]
    return ReportDocument(
        lang=lang,
        kicker=label("judge_card.kicker"),
        title=label("judge_card.title", judge=calibration.judge),
        lede=label("judge_card.lede"),
        contents=label("contents"),
        skip=label("judge_card.overview"),
        footer=label("judge_card.reading.few"),
        opening=(
            Callout("verdict", label("judge_card.verdict"), verdict),
            fact_list(_facts(label, calibration, rows), "grid"),
            Callout("plain", label("judge_card.reading"), (reading,)),
        ),
        sections=(
            Section("overview", label("judge_card.overview"), (overview(label, rows), axis)),
            Section("details", label("judge_card.details"), details),
        ),
    )


def overview(label: Words, rows: Sequence[CardRow], *, drawn: bool = True) -> Table:
    """Return a row for each entry; if ``drawn``, with a drawing of its kappa."""
    kappas = ("kappa",) if drawn else ()
    keys = ("criterion", "standing", *kappas, "mean_error", "no_level", "same", "worst")
    cells = []
    for number, row in enumerate(rows, start=1):
        agreement, kappa, mark = row.entry.agreement, row.entry.agreement.kappa, tag("", row.mark)
        plot = Plot(
            row.span("kappa", kappa), tone=mark.tone, low=kappa.low, value=kappa.estimate, high=kappa.high,
            mark=row.threshold,
        )  # fmt: skip
        cells.append((
            below((Span(row.name, f"entry-{number}"),), row.lang, row.part), _standing(row),
            *([(plot,)] if drawn else ()),
            row.figure("mean_error", agreement.mean_error), str(agreement.items - agreement.rated),
            row.figure("same", row.entry.retest.same), row.worst_words,
        ))  # fmt: skip
    head = tuple(label(f"judge_card.{key}") for key in keys)
    widths = (19, 24, 18, 10, 7, 9, 13) if drawn else ()
    return table(label("judge_card.overview"), head, cells, widths=widths, titled=False)


def _standing(row: CardRow) -> Spans:
    lacks = row.lacks if row.mark == "not_reliable" else ()
    why = row.expired if row.mark == "expired" else kappa_words(row.label, row.entry.agreement.kappa, lacks)
    return below((tag(row.label(f"mark.{row.mark}"), row.mark),), why)


def _details(row: CardRow, number: int) -> Details:
    label, colon, entry, again = row.label, row.label("colon"), row.entry, row.entry.retest
    agreement = {name: row.span(name, getattr(entry.agreement, name)) for name in _AGREEMENT}
    retest = {
        "same": row.span("same", again.same),
        "retest_difference": row.span("difference", again.mean_absolute_difference),
        "kappa": row.span("kappa", again.kappa),
        "level_in_one": row.span("level_in_one", again.level_in_one),
    }
    probes = [
        (
            label(f"probe.{name}"),
            label("judge_card.items.rated", rated=shift.rated, items=shift.items),
            row.span("mean_change", shift.mean_change),
            row.span("same", shift.unchanged),
            "–" if shift.largest_change is None else f"{shift.largest_change:g}",
            row.figure("cannot_tell", shift.became_cannot_tell),
            row.figure("cannot_tell", shift.ceased_cannot_tell),
        )
        for name, shift in entry.shifts.items()
    ]
    rated = label("judge_card.items.rated", rated=entry.agreement.rated, items=entry.agreement.items)
    keys = ("probe", "items", "change", "unchanged", "largest", "became", "ceased")
    blocks = filled(
        note(f"{label('judge_card.items')}{colon}{rated} · {entry.date}"),
        Beside((_figures(label, "agreement", agreement), _confusion(row))),
        _figures(label, "retest", retest),
        table(label("judge_card.probes"), [label(f"judge_card.{key}") for key in keys], probes),
        note("" if probes else label("judge_card.probes") + colon + label("judge_card.probes.none")),
    )
    title = row.name + label.paren(row.lang + label("list") + row.part)
    return Details(title, blocks, _standing(row), f"entry-{number}", level=3, open=number == 1)


def _figures(label: Words, key: str, values: Mapping[str, str]) -> Table:
    rows = ((label(f"judge_card.{name}"), value) for name, value in values.items())
    head = (label("judge_card.figure"), label("judge_card.value"))
    return table(label(f"judge_card.{key}"), head, rows, widths=(55, 45))


def _confusion(row: CardRow) -> Table:
    label = row.label
    title = label("judge_card.confusion") + label.paren(label("list").join((row.name, row.lang, row.part)))
    rows: list[list[Inline]] = []
    names = (*_LEVELS, label("judge_card.confusion.none"))
    *rated, unrated = zip(names, row.entry.agreement.confusion, strict=True)
    for name, counts in (*reversed(rated), unrated):
        cells = (
            tag(str(count), "person") if name == level else Span(str(count), style="" if count else "soft")
            for level, count in zip(_LEVELS, counts, strict=True)
        )
        rows.append([name, *((cell,) for cell in cells)])
    return table(title, (label("judge_card.confusion.corner"), *_LEVELS), rows, figures=True)


def _facts(label: Words, calibration: Calibration, rows: Sequence[CardRow]) -> list[tuple[str, str]]:
    spent = calibration.counted
    parts: dict[Part, None] = dict.fromkeys(row.entry.split for row in rows)
    dates = sorted({row.entry.date for row in rows})
    return [
        (label("judge_card.samples"), str(calibration.samples)),
        (label("judge_card.part"), label.join([label(f"part.{part}") for part in parts])),
        (
            label("judge_card.threshold"),
            label.join([f"{least:g}" for least in sorted({row.threshold for row in rows})]),
        ),
        (label("judge_card.dates"), " – ".join(dict.fromkeys((*dates[:1], *dates[-1:])))),
        (label("judge_card.calls"), f"{spent.calls:,}"),
        (label("judge_card.tokens"), f"{spent.prompt:,} / {spent.completion:,}"),
        (label("judge_card.version"), label.join(sorted({row.entry.version for row in rows}))),
    ]


def _verdicts(label: Words, calibration: Calibration, rows: Sequence[CardRow]) -> list[str]:
    marks = {row.entry.key: row.mark for row in rows}
    counts: dict[Lang, list[str]] = {}
    for rubric, criterion, lang in dict.fromkeys((e.rubric, e.criterion, e.lang) for e in calibration.entries):
        held = [marks[entry.key] for entry in calibration.counting(criterion, lang, rubric)]
        counts.setdefault(lang, []).extend([mark for mark in held if mark != "expired"][:1])
    return [
        label("judge_card.verdict.of", lang=label(f"language.{lang}"), reliable=held.count("reliable"), all=len(held))
        for lang, held in counts.items()
        if held
    ]


def _shown(name: str, value: float) -> str:
    if name in _SHARES:
        return percent(value)
    return signed(value) if name in ("mean_error", "mean_change") else decimal(value)
