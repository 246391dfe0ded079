"""All content of a session: the shipped files, overlaid file by file by a folder of the user's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from sandbox.content import governance
from sandbox.content import schemas as models
from sandbox.content.schemas import City, Governance, Persona, Rubric, Scenario, Stage
from sandbox.content.words import FOLDER as WORDS
from sandbox.content.words import word_faults
from sandbox.content.yaml_source import Loc, YamlSource, read_yaml
from sandbox.errors import ContentError, InputError, UnknownError, unknown

__all__ = ["FOLDERS", "ContentKind", "Library", "check_file", "explain", "shipped_root"]

ContentKind = Literal["persona", "stage", "governance", "city", "scenario", "rubric"]
Card = Persona | Stage | Governance | City | Scenario | Rubric
CardT = TypeVar("CardT", Persona, Stage, Governance, City, Scenario, Rubric)

FOLDERS: dict[ContentKind, tuple[str, type[Card]]] = {
    "persona": ("personas", Persona),
    "stage": ("prompts/stages", Stage),
    "governance": ("prompts/governance", Governance),
    "city": ("prompts/cities", City),
    "scenario": ("prompts/scenarios", Scenario),
    "rubric": ("prompts/rubrics", Rubric),
}
_FIELDS = sorted(
    {
        name
        for module in (models, governance)
        for model in vars(module).values()
        if isinstance(model, type) and issubclass(model, BaseModel)
        for name in model.model_fields
    }
)


def shipped_root() -> Path:
    """Return the folder that holds ``personas/`` and ``prompts/``: inside the wheel, or the source tree."""
    package = Path(__file__).resolve().parents[1]
    bundled = package / "_content"
    return bundled if bundled.is_dir() else package.parent


@dataclass(frozen=True)
class Library:
    """Valid content, by kind and id.

    Args:
        cards: every card that is valid, by kind and id.
        roots: folders that were read, the user's last.
    """

    cards: dict[ContentKind, dict[str, Card]]
    roots: tuple[Path, ...]
    files: dict[tuple[ContentKind, str], Path] = field(default_factory=dict)

    @classmethod
    def load(cls, overlay: Path | None = None) -> Library:
        """Read and check all content.

        Args:
            overlay: the user's content folder, with the same sub-folders as the shipped content.

        Raises:
            ContentError: with every fault found, each with file, line, field and what is allowed.
            InputError: the overlay folder does not exist or holds no content.
        """
        roots = (shipped_root(),) if overlay is None else (shipped_root(), overlay)
        if overlay is not None:
            _check_overlay(overlay)
        cards: dict[ContentKind, dict[str, Card]] = {kind: {} for kind in FOLDERS}
        sources: dict[tuple[ContentKind, str], YamlSource] = {}
        problems = [*_misnamed(roots[1:]), *word_faults(roots[1:])]
        for kind, (folder, model) in FOLDERS.items():
            for path in _files(roots, folder).values():
                try:
                    source, card = _card(path, _stamp(path), model)
                except ContentError as error:
                    problems += error.problems
                    continue
                cards[kind][card.id] = card
                sources[(kind, card.id)] = source
        if not problems:
            problems = list(_dangling(cards, sources))
        if problems:
            raise ContentError(problems)
        return cls(cards, roots, {key: source.path for key, source in sources.items()})

    def persona(self, card_id: str) -> Persona:
        """Return a persona card; raises `InputError` with near matches when there is none."""
        return self._get("persona", card_id, Persona)

    def stage(self, card_id: str) -> Stage:
        """Return a stage; raises `InputError` with near matches when there is none."""
        return self._get("stage", card_id, Stage)

    def governance(self, card_id: str) -> Governance:
        """Return a governance model; raises `InputError` with near matches when there is none."""
        return self._get("governance", card_id, Governance)

    def city(self, card_id: str) -> City:
        """Return a city; raises `InputError` with near matches when there is none."""
        return self._get("city", card_id, City)

    def scenario(self, card_id: str) -> Scenario:
        """Return a scenario; raises `InputError` with near matches when there is none."""
        return self._get("scenario", card_id, Scenario)

    def rubric(self, card_id: str) -> Rubric:
        """Return a rubric; raises `InputError` with near matches when there is none."""
        return self._get("rubric", card_id, Rubric)

    def stages(self) -> list[Stage]:
        """Return all stages in the order in which a reform passes through them."""
        stages = [card for card in self.cards["stage"].values() if isinstance(card, Stage)]
        return sorted(stages, key=lambda stage: stage.order)

    def _get(self, kind: ContentKind, card_id: str, model: type[CardT]) -> CardT:
        card = self.cards[kind].get(card_id)
        if not isinstance(card, model):
            raise UnknownError(kind, card_id, self.cards[kind])
        return card


def check_file(path: Path) -> tuple[ContentKind, str]:
    """Check one content file on its own and return its kind and id.

    The kind is told by the folder in which the file lies.

    Raises:
        ContentError: with every fault found.
    """
    parent = path.resolve().parent.name
    for kind, (folder, model) in FOLDERS.items():
        if Path(folder).name == parent:
            return kind, _validate(read_yaml(path), model).id
    names = ", ".join(Path(folder).name for folder, _ in FOLDERS.values())
    raise ContentError([f"{path}:1: cannot tell its kind; put it in a folder named {names}"])


def _check_overlay(overlay: Path) -> None:
    if not overlay.is_dir():
        raise InputError(f"content folder {overlay} does not exist or is no folder")
    folders = [folder for folder, _ in FOLDERS.values()] + ["prompts/templates", "prompts/gold", WORDS]
    if not any(any((overlay / folder).rglob("*.*")) for folder in folders):
        raise InputError(f"content folder {overlay} holds no content; expected files in {', '.join(sorted(folders))}")


def _files(roots: tuple[Path, ...], folder: str) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for root in roots:
        for path in sorted((root / folder).glob("*.yaml")):
            found[path.stem] = path
    return found


def _misnamed(roots: tuple[Path, ...]) -> list[str]:
    found = [path for root in roots for folder, _ in FOLDERS.values() for path in sorted((root / folder).glob("*.yml"))]
    return [f"{path}:1: is not read; name it {path.stem}.yaml" for path in found]


def _stamp(path: Path) -> tuple[int, int]:
    try:
        state = path.stat()
    except OSError:
        return 0, 0  # reading it tells why
    return state.st_mtime_ns, state.st_size


@lru_cache(maxsize=512)
def _card(path: Path, stamp: tuple[int, int], model: type[Card]) -> tuple[YamlSource, Card]:
    """Read and check a file; one whose time and size (``stamp``) have not changed is not read again."""
    del stamp
    source = read_yaml(path)
    return source, _validate(source, model)


def _validate(source: YamlSource, model: type[Card]) -> Card:
    try:
        card = model.model_validate(source.data)
    except ValidationError as error:
        raise ContentError([explain(source, dict(one)) for one in error.errors()]) from error
    if card.id != source.path.stem:
        where = source.where(("id",))
        raise ContentError([f"{where}: id: '{card.id}' must equal the file's name '{source.path.stem}'"])
    return card


def explain(source: YamlSource, error: dict[str, Any]) -> str:
    """Return one of pydantic's findings as ``file:line: field: message``."""
    context = error.get("ctx") or {}
    loc: Loc = (*error["loc"], *context.get("loc", ()))
    name = ".".join(str(part) for part in loc) or "(file)"
    given = error.get("input")
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "missing":
        message = "is missing"
    elif error["type"] == "extra_forbidden":
        near = get_close_matches(str(loc[-1]), _FIELDS, n=1, cutoff=0.6)
        message = "is not a known field" + (f"; did you mean '{near[0]}'?" if near else "")
    elif error["type"] == "literal_error":
        allowed = [part.strip("' ") for part in str(context["expected"]).replace(" or ", ", ").split(",")]
        message = unknown("value", _short(given), allowed)
    elif error["type"] == "string_pattern_mismatch":
        message = f"'{_short(given)}' does not match the pattern {context['pattern']}"
    elif error["type"] in ("model_type", "dict_type"):
        message = f"expected a mapping (key: value), found {_short(given)}"
    return f"{source.where(loc)}: {name}: {message}"


def _short(given: Any) -> str:
    """Return a scalar as it is written, at most 60 characters; of anything larger only its type."""
    if isinstance(given, dict | list | tuple | set):
        return "a mapping" if isinstance(given, dict) else "a list"
    text = str(given)
    return text if len(text) <= 60 else text[:59] + "…"


def _dangling(
    cards: dict[ContentKind, dict[str, Card]], sources: dict[tuple[ContentKind, str], YamlSource]
) -> Iterator[str]:
    for card in cards["scenario"].values():
        assert isinstance(card, Scenario)
        source = sources[("scenario", card.id)]
        for index, seat in enumerate(card.seats):
            if seat.persona not in cards["persona"]:
                loc: Loc = ("seats", index, "persona")
                yield f"{source.where(loc)}: persona: {unknown('persona', seat.persona, cards['persona'])}"
            for number, point in enumerate(seat.points):
                for stage in point.stages:
                    if stage not in cards["stage"]:
                        loc = ("seats", index, "points", number, "stages")
                        yield f"{source.where(loc)}: stages: {unknown('stage', stage, cards['stage'])}"
        for model in card.governance:
            if model not in cards["governance"]:
                known = unknown("governance model", model, cards["governance"])
                yield f"{source.where(('governance',))}: governance: {known}"
        for index, inject in enumerate(card.injects):
            if inject.stage not in cards["stage"]:
                loc = ("injects", index, "stage")
                yield f"{source.where(loc)}: stage: {unknown('stage', inject.stage, cards['stage'])}"
    for card in cards["city"].values():
        assert isinstance(card, City)
        if card.governance not in cards["governance"]:
            where = sources[("city", card.id)].where(("governance",))
            yield f"{where}: governance: {unknown('governance model', card.governance, cards['governance'])}"
    for card in cards["governance"].values():
        assert isinstance(card, Governance)
        source = sources[("governance", card.id)]
        for stage in card.rules.boundary:
            if stage not in cards["stage"]:
                loc = ("rules", "boundary", stage)
                yield f"{source.where(loc)}: boundary: {unknown('stage', stage, cards['stage'])}"
    for card in cards["rubric"].values():
        assert isinstance(card, Rubric)
        source = sources[("rubric", card.id)]
        for index, criterion in enumerate(card.criteria):
            for stage in criterion.stages:
                if stage not in cards["stage"]:
                    loc = ("criteria", index, "stages")
                    yield f"{source.where(loc)}: stages: {unknown('stage', stage, cards['stage'])}"
