"""All content of a session: the shipped files, overlaid file by file by the user's own folder."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, get_args

from sandbox.content.arrival_card import Arrival
from sandbox.content.card_files import (
    FOLDERS,
    AnyCard,
    ContentKind,
    read_card,
    shipped_root,
    unknown_references,
)
from sandbox.content.cards import Network, Text
from sandbox.content.experiment_card import Design
from sandbox.content.files import file_faults
from sandbox.content.governance import Governance
from sandbox.content.language import Lang
from sandbox.content.named import Named, id_of
from sandbox.content.pack_card import Pack
from sandbox.content.persona_card import Persona
from sandbox.content.rubric import Rubric
from sandbox.content.scenario_card import City, Scenario
from sandbox.content.stage_card import Stage, StageAbility
from sandbox.content.templates import AS_IS, Templates
from sandbox.content.templates import FOLDER as TEMPLATES
from sandbox.content.words import FOLDER as WORDS
from sandbox.content.words import Words, refusal, said, word_faults
from sandbox.content.yaml_source import Loc, read_yaml
from sandbox.errors import ContentError, Problem, UnknownError, near

CardT = TypeVar("CardT", Persona, Stage, Governance, City, Scenario, Pack, Rubric, Design, Network, Arrival)
_Files = dict[ContentKind, dict[str, Path]]
_Sound = tuple[AnyCard, bytes]


class _Shelf(Mapping[str, AnyCard]):
    """The cards of one kind by id; the ids are file names, and a card is read and checked when it is asked for.

    Args:
        sound: cards as read earlier, which replace what their files hold now.
        read: collects the content of the files of the user's own cards as they were read.
    """

    def __init__(self, kind: ContentKind, files: _Files, sound: Mapping[str, _Sound], read: dict[Path, bytes]) -> None:
        self._kind = kind
        self._files = files
        self._sound, self._read = sound, read
        self._cards: dict[str, AnyCard] = {}

    def __getitem__(self, card_id: str) -> AnyCard:
        card = self._cards.get(card_id)
        if card is None:
            path = self._files[self._kind][card_id]
            if sound := self._sound.get(card_id):
                card, self._read[path] = sound
            else:
                card = self._from_file(path)
            if unfit := list(unknown_references(card, self._files)):
                source = None if sound else read_yaml(path)
                places = [(source.where(loc) if source else f"{path}:1", name, says) for loc, name, says in unfit]
                raise ContentError([Problem(*place) for place in places])
            self._cards[card_id] = card
        return card

    def _from_file(self, path: Path) -> AnyCard:
        if not path.is_relative_to(shipped_root()):
            self._read[path] = path.read_bytes()
        try:
            return read_card(path, self._kind)
        except ContentError as error:  # a seat misspelt makes faults wherever else it is named rightly
            strangers = self._strangers(path)
            echoes = [problem for problem in error.problems if strangers and _echo(problem, strangers)]
            others = [problem for problem in error.problems if problem not in echoes]
            raise ContentError([*strangers, *others]) from error

    def __iter__(self) -> Iterator[str]:
        return iter(self._files[self._kind])

    def __len__(self) -> int:
        return len(self._files[self._kind])

    def __contains__(self, card_id: object) -> bool:
        return card_id in self._files[self._kind]

    def _strangers(self, path: Path) -> list[Problem]:
        """Return the references of a faulty card to things that do not exist."""
        source = read_yaml(path)
        unfit = unknown_references(source.data, self._files, FOLDERS[self._kind][1])
        return [Problem(source.where(loc), name, says) for loc, name, says in unfit]


def _echo(problem: str, strangers: Sequence[Problem]) -> bool:
    """Return whether a fault says that a seat does not exist only because its persona is misspelt."""
    values = getattr(getattr(problem, "says", None), "values", {})
    misspelt = [str(getattr(stranger.says, "values", {}).get("name")) for stranger in strangers]
    return values.get("kind") == "seat" and bool(near(str(values.get("name")), misspelt))


def _getter(kind: ContentKind, model: type[CardT]) -> Callable[[Library, str], CardT]:
    """Return the method that gives a card of a kind."""

    def get(library: Library, card_id: str) -> CardT:
        """Return a card; raises `InputError` with near matches when there is none."""
        card = library.cards[kind].get(card_id)
        if not isinstance(card, model):
            raise UnknownError(kind, card_id, library.named(kind))
        return card

    return get


@dataclass(frozen=True)
class Library:
    """Content by kind and id; a card is read and checked when it is asked for, the user's own when loaded.

    Args:
        cards: the cards by kind and id; asking for a faulty one raises `ContentError`.
        roots: folders that hold the content, the user's last.
        left_out: faults of the user's own cards that were left out, or kept in their earlier state.
        read: the content of the files of the user's own cards as they were read.

    Attributes:
        digests: cached digests of what games read, by name; a library made from another with other cards starts empty.
        games: cached results worked out from the cards and rules of games, likewise.
    """

    cards: Mapping[ContentKind, Mapping[str, AnyCard]]
    roots: tuple[Path, ...]
    files: Mapping[tuple[ContentKind, str], Path] = field(default_factory=dict)
    digests: dict[tuple[Hashable, ...], str] = field(default_factory=dict, init=False, repr=False, compare=False)
    games: dict[tuple[Hashable, ...], dict[str, Any]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _templates: dict[tuple[Lang, str], Templates] = field(default_factory=dict, repr=False, compare=False)
    _words: dict[Lang, Words] = field(default_factory=dict, init=False, repr=False, compare=False)
    left_out: tuple[str, ...] = ()
    read: Mapping[Path, bytes] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def load(cls, overlay: Path | None = None) -> Library:
        """Find all content, and check the user's own.

        Experiments are checked only when they are asked for: no other card reads one, so a faulty one stops nothing
        else. The overlay is the user's content folder, with the same sub-folders as the shipped content.

        Raises:
            ContentError: with every fault of the user's own cards, each with file, line, field and what is allowed.
            InputError: the overlay folder does not exist or holds no content.
        """
        library = cls._of(*_found(overlay))
        library._refuse(library._unsound())
        return library

    @classmethod
    def load_sound(cls, *overlays: Path | None, before: Library | None = None) -> Library:
        """Find all content except the user's own cards that are faulty.

        A faulty card is kept in its earlier state, or, if it was not sound then either, left out together with the
        user's own cards that name it; a shipped card that it replaced is used again. Each folder is laid over those
        before it; ``before`` is the content of the same folders as it was read earlier.

        Raises:
            ContentError: the user's own words have faults.
            InputError: as `load`.
        """
        roots, by_kind = _found(*overlays)
        if faults := word_faults(roots[1:]):
            raise ContentError(faults)
        left_out = _misnamed(roots[1:])
        sound: dict[tuple[ContentKind, str], _Sound] = {}
        while faulty := (library := cls._of(roots, by_kind, tuple(left_out), sound))._unsound():
            for (kind, card), problems in faulty.items():
                left_out += problems
                path = by_kind[kind][card]
                if before is not None and (kind, card) not in sound and path in before.read:
                    sound[kind, card] = before.cards[kind][card], before.read[path]
                    continue
                del by_kind[kind][card]
                versions = [root / FOLDERS[kind][0] / path.name for root in roots]
                below = [other for other in versions[: versions.index(path)] if other.is_file()]
                if below:
                    by_kind[kind][card] = below[-1]
        return library

    @classmethod
    def _of(
        cls, roots: tuple[Path, ...], by_kind: _Files, left_out: tuple[str, ...] = (),
        sound: Mapping[tuple[ContentKind, str], _Sound] = MappingProxyType({}),
    ) -> Library:  # fmt: skip
        files = {(kind, card): path for kind, paths in by_kind.items() for card, path in paths.items()}
        read: dict[Path, bytes] = {}
        shelves = {
            kind: _Shelf(kind, by_kind, {card: each for (of, card), each in sound.items() if of == kind}, read)
            for kind in FOLDERS
        }
        return cls(shelves, roots, files, left_out=left_out, read=read)

    def check(self) -> None:
        """Read and check every card.

        Raises:
            ContentError: with every fault found, each with file, line, field and what is allowed.
        """
        self._refuse(self._faulty(self.files))

    def _refuse(self, faulty: Mapping[tuple[ContentKind, str], list[str]]) -> None:
        """Raise `ContentError` for faulty cards, and for faults of the user's names of files and words."""
        problems = [*_misnamed(self.roots[1:]), *word_faults(self.roots[1:]), *chain.from_iterable(faulty.values())]
        if problems:
            raise ContentError(problems)

    def _unsound(self) -> dict[tuple[ContentKind, str], list[str]]:
        """Return the faults of the user's own cards, except experiments."""
        return self._faulty(key for key in self.files if key[0] != "experiment" and self.owns(*key))

    def _faulty(self, keys: Iterable[tuple[ContentKind, str]]) -> dict[tuple[ContentKind, str], list[str]]:
        faulty: dict[tuple[ContentKind, str], list[str]] = {}
        for kind, card in keys:
            try:
                _ = self.cards[kind][card]
            except ContentError as error:
                faulty[kind, card] = error.problems
        return faulty

    def where(self, kind: ContentKind, card_id: str, loc: Loc) -> str:
        """Return ``file:line`` of an element of a card."""
        return read_yaml(self.files[(kind, card_id)]).where(loc)

    def owns(self, kind: ContentKind, card_id: str) -> bool:
        """Return whether a card lies in the user's own folder."""
        path = self.files.get((kind, card_id))
        return path is not None and any(map(path.is_relative_to, self.roots[1:]))

    def own_first(self, kind: ContentKind) -> list[str]:
        """Return the ids of a kind, the user's own first."""
        return sorted(self.cards[kind], key=lambda card_id: (not self.owns(kind, card_id), card_id))

    def title(self, kind: str, card_id: str) -> Text:
        """Return what a card is called: a persona with its role, and a facilitator's pack as its case."""
        card = self.cards[kind][card_id]  # type: ignore[index]
        if isinstance(card, Pack):
            card = self.scenario(card_id)
        if isinstance(card, Persona):
            return card.title
        return card.title if isinstance(card, Scenario | Design) else card.name

    def named(self, kind: str) -> list[str]:
        """Return the ids of a kind with the titles of the cards; a faulty card has its id alone."""
        return [self._named(kind, card_id) for card_id in self.cards[kind]]  # type: ignore[index]

    def _named(self, kind: str, card_id: str) -> str:
        try:
            return Named(card_id, self.title(kind, card_id))
        except ContentError:
            return card_id

    def id_of(self, kind: str, text: str) -> str:
        """Return the id of the card that a text names, by id or by title in any language; else the text."""
        return text if text in self.cards[kind] else id_of(text, self.named(kind))  # type: ignore[index]

    persona = _getter("persona", Persona)
    stage = _getter("stage", Stage)
    governance = _getter("governance", Governance)
    city = _getter("city", City)
    scenario = _getter("scenario", Scenario)
    pack = _getter("pack", Pack)
    rubric = _getter("rubric", Rubric)
    experiment = _getter("experiment", Design)
    network = _getter("network", Network)
    arrival = _getter("arrival", Arrival)

    def seated(self, case: Scenario, seat: str) -> Persona:
        """Return the persona of a seat, with what the case says of it in place of what its card says."""
        own = case.seat_by_id[seat]
        here = {name: value for name in own.here if (value := getattr(own, name)) is not None}
        return self.persona(seat).model_copy(update=here) if here else self.persona(seat)

    def templates(self, lang: Lang, wording: str = AS_IS) -> Templates:
        """Return the templates of a language in a wording; they are made once.

        Raises:
            ContentError: one of the user's own runs code, or is malformed; or the wording does not fit the others.
            UnknownError: there is no such wording.
        """
        if (lang, wording) not in self._templates:
            self._templates[lang, wording] = Templates(self.roots, lang, wording)
        return self._templates[lang, wording]

    def words(self, lang: Lang) -> Words:
        """Return the words of a language; they are read once. Raises `ContentError` for faults of the user's own."""
        if lang not in self._words:
            self._words[lang] = Words(lang, self.roots)
        return self._words[lang]

    def stages(self) -> list[Stage]:
        """Return all stages in the order in which a reform passes through them."""
        return list(self._stages)

    @cached_property
    def _stages(self) -> tuple[Stage, ...]:
        stages = [card for card in self.cards["stage"].values() if isinstance(card, Stage)]
        return tuple(sorted(stages, key=lambda stage: stage.order))

    def stages_of(self, case: Scenario) -> list[Stage]:
        """Return the stages in which a case is played unless others are asked for, in their order."""
        tours = self.able["tours"] if not case.tour else ()
        usual = [stage.id for stage in self._stages if not stage.reviews and stage.id not in tours]
        return [stage for stage in self._stages if stage.id in (case.stages or usual)]

    @cached_property
    def able(self) -> Mapping[StageAbility, tuple[str, ...]]:
        """The stages with each ability, in their order."""
        return {
            ability: tuple(stage.id for stage in self._stages if ability in stage.abilities)
            for ability in get_args(StageAbility)
        }


def _check_overlay(overlay: Path) -> None:
    if not overlay.is_dir():
        raise refusal("content.no_folder", folder=overlay)
    folders = [folder for folder, _ in FOLDERS.values()] + [TEMPLATES, "prompts/gold", WORDS]
    faults = list(file_faults(overlay, folders))
    if faults:
        raise ContentError(faults)
    if not any(any((overlay / folder).rglob("*.*")) for folder in folders):
        raise refusal("content.empty_folder", folder=overlay, folders=sorted(folders))


def _found(*overlays: Path | None) -> tuple[tuple[Path, ...], _Files]:
    """Return the folders of content, and all files of cards in them by kind and id."""
    roots = (shipped_root(), *(overlay for overlay in overlays if overlay is not None))
    for overlay in roots[1:]:
        _check_overlay(overlay)
    return roots, {kind: _files(roots, folder) for kind, (folder, _) in FOLDERS.items()}


def _files(roots: tuple[Path, ...], folder: str) -> dict[str, Path]:
    return {path.stem: path for root in roots for path in sorted((root / folder).glob("*.yaml"))}


def _misnamed(roots: tuple[Path, ...]) -> list[str]:
    paths = [path for root in roots for folder, _ in FOLDERS.values() for path in sorted((root / folder).glob("*.yml"))]
    return [Problem(f"{path}:1", "", said("content.unread", name=f"{path.stem}.yaml")) for path in paths]
