"""How a judge stands: its calibration as stored, whether that still fits, and what reports say of its levels.

Reading needs no ``lab`` extra.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from sandbox.content.card_files import shipped_root
from sandbox.content.faults import short
from sandbox.content.files import read_text
from sandbox.content.language import Lang
from sandbox.content.rubric import Criterion, Rubric
from sandbox.content.words import refusal, said
from sandbox.errors import ContentError
from sandbox.llm.embedded import MODEL_NAME, SHA256
from sandbox.llm.usage import Usage
from sandbox.record.folder import Folder, make_private, writable
from sandbox.scoring.judge import criterion_digest
from sandbox.scoring.panel import Score
from sandbox.scoring.trust import Agreement, Interval, Retest, Shift, Shortfall, shortfalls

SCHEMA = 1
Mark = Literal["reliable", "not_reliable", "not_measured"]
Part = Literal["test", "development", "all"]
Expiry = Literal["criterion", "templates", "gone"]
# Whoever works on prompts sees the development items: what they show is no standing.
_COUNTING: tuple[Part, ...] = ("test", "all")


@dataclass(frozen=True)
class CalibrationEntry:
    """What was found for one criterion of a rubric, by their ids, in one language.

    Args:
        split: the part of the gold set.
        criterion_digest: of what the judge reads of the criterion.
        date: day on which it was computed (UTC).
        agreement: with the gold set.
        retest: with itself, on the same items with another seed.
        shifts: what each probe does to levels; a probe that fits no item, or was not asked, is left out.
        counted: what its answers cost; those of the language probe stand with the other language.
    """

    criterion: str
    rubric: str
    lang: Lang
    split: Part
    criterion_digest: str
    templates_digest: str
    date: str
    version: str
    agreement: Agreement
    retest: Retest
    shifts: dict[str, Shift]
    counted: Usage

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells this entry from the others of a calibration."""
        return self.rubric, self.criterion, self.lang, self.split


@dataclass(frozen=True)
class Calibration:
    """All that is known of a judge, by the names of its models and how many votes each of them gives.

    There is an entry for each criterion, language and part of the gold set that was finished; what all answers on
    record cost is ``counted`` of expired entries too.
    """

    judge: str
    samples: int
    entries: tuple[CalibrationEntry, ...] = ()
    counted: Usage = field(default_factory=Usage)

    def having(self, entries: Sequence[CalibrationEntry], counted: Usage) -> Calibration:
        """Return the calibration with entries in the place of older ones, and what all has cost so far."""
        kept = {entry.key: entry for entry in (*self.entries, *entries)}
        return Calibration(self.judge, self.samples, tuple(kept.values()), counted)

    def counting(self, criterion: str, lang: Lang, rubric: str) -> list[CalibrationEntry]:
        """Return the entries that may count for a criterion, in this order: that of the test items, that of all."""
        known = {entry.key: entry for entry in self.entries}
        keys = [(rubric, criterion, lang, split) for split in _COUNTING]
        return [known[key] for key in keys if key in known]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as stored."""
        return {"schema": SCHEMA, **asdict(self)}


@dataclass(frozen=True)
class ShippedCalibration:
    """A calibration in brief: no criterion was found reliable.

    Args:
        criteria: the criteria that were measured, one after the other.
        items: the dialogues of the gold set put to the judge, over all criteria.
        lowest: the lowest kappa of a criterion.
        highest: the highest kappa of a criterion; the lower bound of its interval was not above 0 either.
    """

    criteria: int
    items: int
    lowest: float
    highest: float


# The file that was measured, by its digest; with other weights it says nothing.
_MEASURED = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
_FOUND: Mapping[Lang, ShippedCalibration] = {
    "en": ShippedCalibration(criteria=12, items=120, lowest=-0.31, highest=0.43),
    "zh": ShippedCalibration(criteria=12, items=120, lowest=-0.17, highest=0.14),
}


def shipped_calibration(judge: str, lang: Lang) -> ShippedCalibration | None:
    """Return what was found of a judge in a language; None for any but the embedded model of the file measured."""
    return _FOUND[lang] if judge == MODEL_NAME and SHA256 == _MEASURED else None


@dataclass(frozen=True)
class JudgeStanding:
    """How far a judge's levels on a criterion may be trusted.

    Args:
        kappa: agreement with the gold set (quadratic weights), with its interval and the items that got a level.
        items: how many were put to the judge.
        reliable: whether its levels may be used, by the rubric's threshold: see `sandbox.scoring.trust.shortfalls`.
        date: day of the calibration (UTC), and ``split`` its part of the gold set; empty and the test items for a
            calibration that ships with the program.
        shipped: that calibration; its figures are over all criteria, so ``kappa`` has none.
        lacks: what it falls short of, where it was measured here and is not reliable.
    """

    kappa: Interval
    items: int
    reliable: bool
    date: str
    split: Part
    shipped: ShippedCalibration | None = None
    lacks: tuple[Shortfall, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as written to ``scores.json``."""
        return {"mark": standing_mark(self), **asdict(self)}


def standing_mark(standing: JudgeStanding | None) -> Mark:
    """Return the mark of a standing; without one the judge was not measured."""
    if standing is None:
        return "not_measured"
    return "reliable" if standing.reliable else "not_reliable"


class JudgeFolder(Folder):
    """``runs/judges/<name>-<digest>/``: the votes of a judge as they came, its calibration, its card."""

    kind = "calibration"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.ratings = path / "ratings.jsonl"
        self.calibration = path / "calibration.json"
        self.card = path / "judge-card.html"

    @classmethod
    def of(cls, runs: Path, judge: str, samples: int) -> JudgeFolder:
        """Return the folder of a judge (names of its models, with commas between), which need not exist."""
        slug = re.sub(r"[^a-z0-9]+", "-", judge.lower()).strip("-")[:40].strip("-") or "judge"
        short = hashlib.sha256(f"{judge} x{samples}".encode()).hexdigest()[:8]
        return cls(runs / "judges" / f"{slug}-{short}")

    @classmethod
    def all(cls, runs: Path) -> Iterator[JudgeFolder]:
        """Return the folders of all judges that have a calibration."""
        for path in sorted(runs.glob("judges/*/calibration.json")):
            yield cls(path.parent)

    @classmethod
    def shipped(cls) -> Iterator[JudgeFolder]:
        """Return the folders of the judges whose calibration comes with the sessions that they judged."""
        return cls.all(shipped_root() / "cassettes")

    def make(self) -> None:
        """Make the folder.

        Raises:
            StorageError: it cannot be made.
        """
        with writable(self.path, "storage.unwritable_out"):
            make_private(self.path)

    def read(self) -> Calibration | None:
        """Return the calibration; None where none has been stored.

        Raises:
            InputError: it cannot be read, is damaged, or of another schema.
        """
        try:
            text = read_text(self.calibration)
        except ContentError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return None
            raise
        try:
            data = json.loads(text)
            schema = data.pop("schema")
            if isinstance(schema, int) and schema != SCHEMA:
                why = said("unfit_line.schema", schema=short(schema), known=SCHEMA)
                raise refusal("unfit_line.at", place=self.calibration, why=why)
            return _STORED.validate_python(data)
        except (ValidationError, ValueError, AttributeError, KeyError, TypeError, RecursionError) as error:
            raise refusal("rating_fault.no_calibration", path=self.calibration) from error

    def keep(self, calibration: Calibration) -> None:
        """Store the calibration.

        Raises:
            StorageError: it cannot be written.
        """
        self.write(self.calibration, json.dumps(calibration.as_dict(), ensure_ascii=False, indent=1) + "\n")


def judged_the_showcases(judge: str) -> bool:
    """Return whether a judge's calibration comes with the showcases, which the gold set's model family judged."""
    return any(folder.path.name == JudgeFolder.of(Path(), judge, 1).path.name for folder in JudgeFolder.shipped())


_STORED = TypeAdapter(Calibration)


def expiry(entry: CalibrationEntry, criterion: Criterion | None, templates: str) -> tuple[Expiry, ...]:
    """Return why an entry no longer holds; nothing where it does.

    The criterion is as it is now (None where the rubric has it no more), and so is the digest of the judge's templates.
    """
    if criterion is None:
        return ("gone",)
    changed: tuple[Expiry, ...] = ()
    if criterion_digest(criterion, entry.lang) != entry.criterion_digest:
        changed += ("criterion",)
    return (*changed, "templates") if templates != entry.templates_digest else changed


def standings_of(runs: Path, scores: Sequence[Score], rubric: Rubric, lang: Lang) -> Mapping[str, JudgeStanding]:
    """Return how the judges of a session stand, by criterion.

    Left out is a criterion on which its judges were not measured, or where they read other words of the criterion, or
    other templates, in the session than in the calibration. Who judged the shipped showcases is measured by what comes
    with them, unless there is a calibration of one's own. The embedded model, whatever it read, is not reliable
    where no calibration says otherwise, nor is a panel in which it sits: that ships with the program.

    Raises:
        InputError: a stored calibration is damaged.
    """
    stored: dict[tuple[str, int], Calibration | None] = {}
    standings: dict[str, JudgeStanding] = {}
    for score in scores:
        if score.level is None or not score.votes:
            continue
        judge = ", ".join(dict.fromkeys(vote.judge for vote in score.votes)), max(vote.sample for vote in score.votes)
        if judge not in stored:
            here = JudgeFolder.of(runs, *judge)
            shipped = (folder for folder in JudgeFolder.shipped() if folder.path.name == here.path.name)
            stored[judge] = here.read() or next((folder.read() for folder in shipped), None)
        if standing := _standing(stored[judge], score, lang, rubric):
            standings[score.criterion] = standing
    return standings


def _standing(calibration: Calibration | None, score: Score, lang: Lang, rubric: Rubric) -> JudgeStanding | None:
    read = {(vote.criterion_digest, vote.templates_digest) for vote in score.votes}
    for entry in calibration.counting(score.criterion, lang, rubric.id) if calibration else []:
        if read == {(entry.criterion_digest, entry.templates_digest)}:
            held = entry.agreement
            lacks = shortfalls(held, entry.retest, rubric.threshold)
            return JudgeStanding(held.kappa, held.items, not lacks, entry.date, entry.split, lacks=lacks)
    shipped = next(filter(None, (shipped_calibration(vote.judge, lang) for vote in score.votes)), None)
    return JudgeStanding(Interval(None, None, None, 0), 0, False, "", "test", shipped) if shipped else None
