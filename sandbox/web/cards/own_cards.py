"""The facilitator's own cards: to begin, copy, check, store and delete them; the house offers them at once."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any, Literal, cast

from sandbox.content.card_files import FOLDERS, AnyCard, ContentKind, check_text, references, unknown_references
from sandbox.content.cards import Text
from sandbox.content.files import stamped
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.library import Library
from sandbox.content.plain import plain
from sandbox.content.skeletons import example, pack_for, skeleton
from sandbox.content.words import FOLDER as WORDS
from sandbox.content.words import Words, refusal, said
from sandbox.content.yaml_rewrite import rewritten
from sandbox.content.yaml_source import Loc, parse_card
from sandbox.errors import ContentError, InputError, Problem, Said, Severity
from sandbox.game.checks.strangers import all_strange
from sandbox.game.checks.warnings import case_warnings, pack_warnings, played_under, unplayable, weight
from sandbox.web.cards.own_folder import Held, OwnFolder
from sandbox.web.experiments import Experiments
from sandbox.web.recordings import Recordings
from sandbox.web.tables.database import TableRow
from sandbox.web.tables.house import House

KINDS: tuple[ContentKind, ...] = ("scenario", "persona", "governance", "city", "pack")
"""The kinds of own cards that a facilitator may have."""
_LONGEST_STEM = 40
_TITLES: Mapping[ContentKind, str] = {"scenario": "title", "governance": "name", "city": "name"}


def blank(kind: ContentKind, name: str) -> str:
    """Return the skeleton of a kind of card with all texts empty."""
    text = example(kind, name)
    values = {field: value for field, value in parse_card(text)[0].items() if field not in ("source", "kind")}
    return rewritten(text, _emptied(values))


def _emptied(data: Any) -> Any:
    if isinstance(data, dict):
        return {name: "" if name in LANGUAGES else _emptied(value) for name, value in data.items()}
    return [_emptied(item) for item in data] if isinstance(data, list) else data


def small_case(name: str, title: str, lang: Lang) -> str:
    """Return the text of a small, playable case with a title, in one language."""
    text = skeleton("scenario", name)
    values = {field: _in(value, lang) for field, value in parse_card(text)[0].items() if field != "source"}
    return rewritten(text, {**values, "title": title})


def _in(data: Any, lang: Lang) -> Any:
    """Return the values of a card with each text in one language; texts that need both get the same twice."""
    if isinstance(data, list):
        return [_in(item, lang) for item in data]
    if not isinstance(data, dict):
        return data
    if {*LANGUAGES} == data.keys():
        return data[lang]
    return {name: data[lang] if name in LANGUAGES else _in(value, lang) for name, value in data.items()}


def copied(text: str, name: str, titled: str) -> str:
    """Return the text of a card's copy; the field of its title, if it has one, says that it is a copy."""
    values = {**parse_card(text)[0], "id": name}
    if titled:
        title = Text.model_validate(values[titled])
        values[titled] = {"en": f"{title.en} (copy)", "zh": f"{title.zh}（副本）"}
    return rewritten(text, values)


@dataclass(frozen=True)
class Fault:
    """A fault of a card: the line, from 1, the field (empty if none is named), and what is allowed.

    With a warning the card can still be played. The element in question, or its parent, is at the path
    ``loc``, with dots between.
    """

    line: int
    field: str
    says: str
    severity: Severity = "error"
    loc: str = ""


@dataclass(frozen=True)
class KeptCard:
    """The result of storing a text.

    Without faults it is stored as the card itself, else as a draft beside it.
    """

    faults: tuple[Fault, ...]
    stamp: str
    how: Literal["card", "draft"]


class OwnCards:
    """The cards of the facilitator's own content folder, one change at a time.

    What writes raises `InputError` where the folder holds something else in a card's place, and `StorageError` where it
    cannot be written.

    All methods read files, so call them in a thread. The house's library is replaced after each change; sessions
    that run keep theirs.
    """

    def __init__(self, house: House, experiments: Experiments, recordings: Recordings) -> None:
        self._house, self._experiments, self._recordings = house, experiments, recordings
        self.folder = OwnFolder(house.own_content)
        self._changing = Lock()
        self._seen = self._files()
        house.read_again = self.read_again

    def read_again(self) -> None:
        """Read the cards of the folder again if its files have changed; a faulty card stays as it was."""
        if self._files() != self._seen:
            with self._changing:
                try:
                    self._reload()
                except ContentError as error:  # words of one's own, or what is no plain file
                    self._take(replace(self._house.library, left_out=tuple(error.problems)))

    def _files(self) -> list[tuple[Path, int, int]]:
        """Return a key that changes when the files of the folder change."""
        places = [*(folder for folder, _ in FOLDERS.values()), WORDS]
        return sorted(stamped(path) for place in places for path in (self.folder.root / place).glob("*.y*ml"))

    def owns(self, kind: ContentKind, card_id: str) -> bool:
        """Return whether a card of the house is an own one."""
        path = self._house.library.files.get((kind, card_id))
        return path is not None and path.is_relative_to(self.folder.root)

    def edits(self, kind: ContentKind, card_id: str) -> bool:
        """Return whether a card is an own one, also if it is only a draft."""
        return self.owns(kind, card_id) or card_id in self.folder.begun(kind)

    def held(self, kind: ContentKind, card_id: str) -> Held:
        """Return an own card as it is in the folder; raises `InputError` if there is no readable text."""
        held = self.folder.read(kind, card_id) if self.edits(kind, card_id) else None
        if held is None:
            raise refusal("refused.card_gone", name=card_id[:60])
        return held

    def copy(self, kind: ContentKind, card_id: str) -> str:
        """Copy a card, with the pack of a case, and return the new id; raises `InputError` without such a card."""
        library = self._house.library
        if card_id not in library.cards[kind] or kind not in KINDS or kind == "pack":
            raise refusal("refused.card_gone", name=card_id[:60])
        parts: list[ContentKind] = [kind, "pack"] if card_id in library.cards["pack"] and kind == "scenario" else [kind]
        with self._changing:
            stem = re.sub(r"_copy\d*$", "", card_id)[:_LONGEST_STEM] + "_copy"
            name = next(name for name in _numbered(stem) if not any(self._taken(part, name) for part in parts))
            texts = {
                part: copied(library.files[part, card_id].read_text(encoding="utf-8"), name, _TITLES.get(part, ""))
                for part in parts
            }
            try:
                for part, text in texts.items():
                    self.folder.keep(part, name, text)
                self._reload()
            except InputError:
                for part in texts:
                    self.folder.delete(part, name)
                raise
        return name

    def begin(self, kind: ContentKind) -> str:
        """Begin a card of a kind from its skeleton, as a draft with all texts empty; return its id.

        What it is one of is left to be chosen. One that was begun and not touched since is taken again.
        """
        with self._changing:
            for name in self.folder.begun(kind):
                if (held := self.folder.read(kind, name)) is not None and held.draft == blank(kind, name):
                    return name
            name = next(name for name in _numbered(f"my_{kind}") if not self._taken(kind, name))
            self.folder.keep_draft(kind, name, blank(kind, name))
        return name

    def begin_case(self, title: str, lang: Lang) -> str:
        """Make a small, playable case in one language; return its id. Raises `InputError` without a title."""
        if not (title := " ".join(title.split())):
            raise refusal("card_form.new_case.untitled")
        with self._changing:
            name = next(name for name in _numbered("my_case") if not self._taken("scenario", name))
            self.folder.keep("scenario", name, small_case(name, title, lang))
            self._reload()
        return name

    def begin_pack(self, case: str) -> None:
        """Make a new facilitator's pack for an own case from its plan and questions; raises as `keep`."""
        with self._changing:
            self.held("scenario", case)
            self.folder.keep("pack", case, pack_for(self._house.library.scenario(case)))
            self._reload()

    def check(self, kind: ContentKind, card_id: str, text: str, words: Words) -> list[Fault]:
        """Return the faults of a text as an own card, as `sandbox validate` would, by line.

        A case also has to be playable under the models that it names, and cases of one's own under a model, or with a
        persona, that is changed. A card cannot be changed while something is played with it that does not carry it
        along: its log would not fit it. Warnings come last, by their weight.
        """
        library, path = self._house.library, Path(f"{card_id}.yaml")
        try:
            card, source = check_text(path, text, kind)
        except ContentError as error:
            return [_fault(problem, words, getattr(problem, "field", "").split(".")) for problem in error.problems]
        cards = {**library.cards, kind: ChainMap({card_id: card}, cast("dict[str, AnyCard]", library.cards[kind]))}
        unfit: list[tuple[Loc, str, Said]] = list(unknown_references(card, cards))
        doubts: list[tuple[Loc, str, Said]] = []
        if not unfit:
            changed = Library(cards, library.roots, library.files)
            if kind == "scenario":
                unfit = list(unplayable(changed, card_id))
                doubts = [] if unfit else case_warnings(changed, card_id)
                if not unfit and (names := all_strange(changed, card_id)):
                    doubts.append(((), "", said("content.other_case_pack", names=names)))
                    doubts.sort(key=lambda doubt: weight(doubt[2]))
            elif kind == "pack":
                doubts = list(pack_warnings(changed, card_id))
            else:
                unfit = [((), *case) for case in self._unplayable(changed, kind, card_id)]
        faults = [_fault(Problem(source.where(loc), field, says), words, loc) for loc, field, says in unfit]
        bound = [*self._bound(kind, card_id)]
        if bound and self.held(kind, card_id).text != text:
            faults.append(Fault(1, "", words("cards.played", names=bound)))
        doubted = [(Problem(source.where(loc), field, says, "warning"), loc) for loc, field, says in doubts]
        return [*faults, *(_fault(problem, words, loc) for problem, loc in doubted)]

    def keep(self, kind: ContentKind, card_id: str, text: str, stamp: str, words: Words) -> KeptCard:
        """Store a text as the card, which is on offer from now on, or, if it has faults, as a draft beside it.

        The stamp is that of the texts from which this one was made. Raises `InputError` where the card was changed or
        deleted in between, or the text is too large.
        """
        with self._changing:
            old = self.held(kind, card_id)
            if old.stamp != stamp:
                raise refusal("refused.card_changed")
            faults = tuple(self.check(kind, card_id, text, words))
            if any(fault.severity == "error" for fault in faults):
                self.folder.keep_draft(kind, card_id, text)
                return KeptCard(faults, self.held(kind, card_id).stamp, "draft")
            self.folder.keep(kind, card_id, text)
            try:
                self._reload()
            except InputError:
                if old.text:
                    self.folder.keep(kind, card_id, old.text)
                else:
                    self.folder.delete(kind, card_id)
                self.folder.keep_draft(kind, card_id, text)
                raise
            return KeptCard(faults, self.held(kind, card_id).stamp, "card")

    def keep_draft(self, kind: ContentKind, card_id: str, text: str, stamp: str) -> None:
        """Store a text as a draft; the card in use stays as it is. Raises as `keep`."""
        with self._changing:
            if self.held(kind, card_id).stamp != stamp:
                raise refusal("refused.card_changed")
            self.folder.keep_draft(kind, card_id, text)

    def drop_draft(self, kind: ContentKind, card_id: str) -> None:
        """Delete the draft of a card; raises as `keep`."""
        with self._changing:
            self.held(kind, card_id)
            self.folder.drop_draft(kind, card_id)

    def delete(self, kind: ContentKind, card_id: str) -> None:
        """Delete an own card; a case with its facilitator's pack.

        Raises `InputError` where there is none, a table is set up with it, or another card of one's own names it.
        """
        with self._changing:
            self.held(kind, card_id)
            if tables := self._tables(kind, card_id):
                raise refusal("refused.card_at_table", tables=[row.code for row in tables])
            pack = kind == "scenario" and self.owns("pack", card_id)
            if names := [name for name in self._naming(kind, card_id) if not (pack and name == card_id)]:
                raise refusal("refused.card_named", names=names)
            if pack:
                self.folder.delete("pack", card_id)
            self.folder.delete(kind, card_id)
            self._reload()

    def _reload(self) -> None:
        seen = self._seen = self._files()
        own = self.folder.root if self.folder.in_use else None
        self._take(Library.load_sound(self._house.shared, own, before=self._house.library))
        self._seen = seen

    def _take(self, library: Library) -> None:
        self._house.library = self._experiments.library = self._recordings.library = library
        self._house.fit_tables()

    def _taken(self, kind: ContentKind, name: str) -> bool:
        return name in self._house.library.cards[kind] or self.folder.holds(kind, name)

    def _own(self, kind: ContentKind) -> Iterator[str]:
        return (card_id for card_id in self._house.library.cards[kind] if self.owns(kind, card_id))

    def _naming(self, kind: ContentKind, card_id: str) -> Iterator[str]:
        for other in KINDS:
            for name in self._own(other):
                named = references(self._house.library.cards[other][name])
                if any((target, target_id) == (kind, card_id) for _, _, target, target_id in named):
                    yield name

    def _tables(self, kind: ContentKind, card_id: str) -> list[TableRow]:
        return [row for row in self._house.store.tables() if card_id in self._used(row, kind)]

    def _bound(self, kind: ContentKind, card_id: str) -> Iterator[str]:
        """Yield what was begun with a card and reads it wherever it lies now: tables by code, experiments by name.

        A session carries its cards along, whatever becomes of them; those of earlier versions did not, and the report
        of a campaign, as an experiment that is not finished, reads the cards.
        """
        house, place = self._house, Path(FOLDERS[kind][0]) / f"{card_id}.yaml"
        for row in self._tables(kind, card_id):
            folders = [house.folder(each.session) for each in house.store.sessions(row.id)]
            carried = all((each.content / place).is_file() for each in folders if each.events.is_file())
            if row.id in house.members or (row.state != "lobby" and not carried):
                yield row.code
        for entry in self._experiments.all():
            if entry.status and entry.design and entry.status.number("pending", "running"):
                cases = house.library.cards["scenario"].keys() & {*entry.design.factors.levels("scenario")}
                cards: list[AnyCard] = [entry.design, *map(house.library.scenario, cases)]
                named = {(of, name) for card in cards for _, _, of, name in references(card)}
                if (kind, card_id) in named:
                    yield entry.name

    def _used(self, row: TableRow, kind: ContentKind) -> tuple[str, ...]:
        setup, library = row.setup, self._house.library
        if kind == "persona" and setup.scenario in library.cards["scenario"]:
            seats = [seat.persona for seat in library.scenario(setup.scenario).seats]
            return (*seats, *setup.persons, *setup.cast.values())
        used = {"scenario": setup.scenario, "governance": setup.governance, "city": setup.city}
        return (used.get(kind, ""),)

    def _unplayable(self, library: Library, kind: ContentKind, card_id: str) -> Iterator[tuple[str, Said]]:
        """Yield cases of one's own that cannot be played with a changed card, and why; under a model, all cases."""
        for case in self._own("scenario"):
            scenario = library.scenario(case)
            if any((target, name) == (kind, card_id) for _, _, target, name in references(scenario)):
                yield from ((case, why) for _, _, why in unplayable(library, case))
        if kind == "governance":
            tried = [played_under(library, case, card_id) for case in library.cards["scenario"]]
            if all(isinstance(each, InputError) for each in tried):
                yield "", said("content.unplayable", model=card_id, why=tried[0])


def _fault(problem: str, words: Words, loc: Sequence[str | int]) -> Fault:
    if not isinstance(problem, Problem):
        return Fault(1, "", plain(problem))
    line, says = int(problem.where.rpartition(":")[2]), plain(words.said(problem.says))
    return Fault(line, plain(problem.field), says, problem.severity, ".".join(map(str, loc)))


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}{number}" for number in range(2, 1000))
