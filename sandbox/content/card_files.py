"""Files of cards: the folder of each kind, reading and checking a single one, and its references to others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar, cast, get_args

from pydantic import BaseModel, ValidationError

from sandbox.content.arrival_card import Arrival
from sandbox.content.campaign_card import Campaign
from sandbox.content.cards import KEYS, VALUES, Card, Names, Network, named
from sandbox.content.experiment_card import NO_CITY, Design
from sandbox.content.faults import causes, field_of, finding
from sandbox.content.files import read_text, stamped
from sandbox.content.governance import Governance
from sandbox.content.named import Named
from sandbox.content.network_card import Country
from sandbox.content.own_places import MOST_BYTES, own_places
from sandbox.content.pack_card import Pack
from sandbox.content.persona_card import Persona
from sandbox.content.rubric import Rubric
from sandbox.content.scenario_card import City, Scenario
from sandbox.content.stage_card import Stage
from sandbox.content.words import said
from sandbox.content.yaml_source import Loc, YamlSource, read_yaml, yaml_source
from sandbox.errors import ContentError, Problem, Said, unknown

ContentKind = Literal[
    "persona", "stage", "governance", "city", "scenario", "pack", "rubric", "experiment", "network", "arrival"
]
ModelT = TypeVar("ModelT", bound=BaseModel)
AnyCard = Persona | Stage | Governance | City | Scenario | Pack | Rubric | Design | Network | Arrival

FOLDERS: dict[ContentKind, tuple[str, type[AnyCard]]] = {
    "persona": ("personas", Persona),
    "stage": ("prompts/stages", Stage),
    "governance": ("prompts/governance", Governance),
    "city": ("prompts/cities", City),
    "scenario": ("prompts/scenarios", Scenario),
    "pack": ("prompts/packs", Pack),
    "rubric": ("prompts/rubrics", Rubric),
    "experiment": ("prompts/experiments", Design),
    "network": ("prompts/networks", Network),
    "arrival": ("prompts/arrivals", Arrival),
}
# The shapes of a network, by the field that only this one has.
SHAPES: dict[str, type[Network]] = {"communities": Campaign, "levels": Country}
_CALLED: tuple[ContentKind, ...] = ("stage", "governance", "persona")
_MOST_TOLD = 100  # faults of one file: what is near to each is looked for, and nobody reads more


@cache
def shipped_root() -> Path:
    """Return the folder that holds ``personas/`` and ``prompts/``: inside the wheel, or the source tree."""
    package = Path(__file__).resolve().parents[1]
    bundled = package / "_content"
    return bundled if bundled.is_dir() else package.parent


def content_around(path: Path) -> Path | None:
    """Return the content folder of a card's file.

    None if there is none, if it is the shipped one, or if it has no cards of other kinds, templates or words.
    """
    inside = {Path(folder) for folder, _ in FOLDERS.values()}
    for around in path.absolute().parents:
        if path.absolute().parent.relative_to(around) in inside and around.resolve() != shipped_root():
            others = [*around.glob("prompts/*/"), around / "personas", around / "words"]
            return around if any(folder.is_dir() and folder != path.absolute().parent for folder in others) else None
    return None


def check_file(path: Path) -> tuple[ContentKind, str]:
    """Check one content file on its own and return its kind and id.

    The kind is that of the file's folder.

    Raises:
        ContentError: with every fault found.
    """
    parent = path.resolve().parent.name
    for kind, (folder, model) in FOLDERS.items():
        if Path(folder).name == parent:
            _validate(read_yaml(path), model)
            return kind, read_card(path, kind).id
    names = ", ".join(Path(folder).name for folder, _ in FOLDERS.values())
    raise ContentError([Problem(f"{path}:1", "", said("content.folder", folders=names))])


def check_text(path: Path, text: str, kind: ContentKind) -> tuple[AnyCard, YamlSource]:
    """Check a text as the card of a file; return the card and its source; raises as `check_file`."""
    source = yaml_source(path, text)
    return _validate(source, FOLDERS[kind][1]), source


def read_card(path: Path, kind: ContentKind) -> AnyCard:
    """Read a card and check it on its own; a file whose time and size have not changed is not read again.

    Raises:
        ContentError: with every fault found.
    """
    card = _card(stamped(path), kind)
    if isinstance(card, Country) and card.tables:
        tables = [stamped(path.with_name(name)) for name in (card.tables.places, card.tables.ties) if name]
        return _placed(card, *tables)
    return card


@lru_cache(maxsize=8)
def _placed(
    card: Country, places: tuple[Path, int, int], ties: tuple[Path, int, int] | None = None
) -> Country:  # fmt: skip
    """Return a country with the content of its tables, which are read again if their time or size has changed."""
    texts = read_text(places[0], MOST_BYTES), read_text(ties[0], MOST_BYTES) if ties else ""
    return card.placed(own_places(texts, (str(places[0]), str(ties[0]) if ties else ""), card))


@lru_cache(maxsize=512)
def _card(file: tuple[Path, int, int], kind: ContentKind) -> AnyCard:
    return _validate(read_yaml(file[0]), FOLDERS[kind][1])


def validated(source: YamlSource, model: type[ModelT]) -> ModelT:
    """Return the content of a file as a model; raises `ContentError` with every fault found."""
    try:
        return model.model_validate(source.data)
    except ValidationError as error:
        faults = list(causes(error.errors(), _fields()))
        problems = [_explained(source, dict(fault)) for fault in faults[:_MOST_TOLD]]
        if more := len(faults) - len(problems):
            problems.append(Problem(source.where(()), "(file)", said("content.and_more", count=more)))
        raise ContentError(problems) from error


def _validate(source: YamlSource, model: type[AnyCard]) -> AnyCard:
    card = validated(source, _shape(source) if model is Network else model)
    if card.id != source.path.stem:
        message = said("content.file_name", name=card.id, file=source.path.stem)
        raise ContentError([Problem(source.where(("id",)), "id", message)])
    return card


def _shape(source: YamlSource) -> type[Network]:
    """Return the class of a network card; raises `ContentError` if its fields fit none."""
    shapes = [field for field in SHAPES if field in source.data]
    if len(shapes) != 1:
        says = said("network_fault.shape", fields=list(SHAPES), count=len(shapes))
        raise ContentError([Problem(source.where(()), "(file)", says)])
    return SHAPES[shapes[0]]


def _explained(source: YamlSource, error: dict[str, Any]) -> Problem:
    """Return one of pydantic's findings with file, line and field."""
    loc: Loc = (*error["loc"], *(error.get("ctx") or {}).get("loc", ()))
    return Problem(source.where(loc), field_of(error) or "(file)", finding(error, _fields()))


@cache
def _fields() -> list[str]:
    """Return the names of all fields of cards and of the models in them."""
    names, kinds = set[str](), list[Any]([*(model for _, model in FOLDERS.values()), *SHAPES.values()])
    for kind in kinds:  # which grows by what is in each
        is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
        names |= {*kind.model_fields} if is_model else set()
        inner = [field.annotation for field in kind.model_fields.values()] if is_model else get_args(kind)
        kinds += [each for each in inner if each not in kinds]
    return sorted(names)


_OF_CAMPAIGN: Names = {
    "city": "city",
    "communities": {"scenario": "scenario", "governance": "governance", "cast": {VALUES: "persona"}},
    "rounds": {"stages": "stage"},
}  # fmt: skip
_OF_COUNTRY: Names = {
    "regions": {"kinds": {"governance": "governance", "city": "city"}}, "deck": {"scenarios": "scenario"},
}  # fmt: skip
_NAMED: Mapping[type[AnyCard], Names] = {
    Scenario: {
        "seats": {"persona": "persona", "points": {"stages": "stage"}}, "governance": "governance", "stages": "stage",
        "purposes": {KEYS: "stage"}, "injects": {"stage": "stage"}, "discussion": {"stages": "stage"},
    },
    Pack: {"id": "scenario", "timing": {"stage": "stage"}, "moments": {"stage": "stage"}},
    City: {"governance": "governance"},
    Governance: {"rules": {"boundary": {KEYS: "stage"}, "position": {VALUES: {"personas": "persona"}}}},
    Rubric: {"criteria": {"stages": "stage"}},
    Design: {
        "rubric": "rubric",
        "factors": {
            "scenario": "scenario", "governance": "governance", "city": "city", "network": "network",
            "personas": {VALUES: {KEYS: "persona", VALUES: "persona"}}, "stages": {VALUES: "stage"},
        },
    },
    Campaign: _OF_CAMPAIGN, Country: _OF_COUNTRY, Network: {**_OF_CAMPAIGN, **_OF_COUNTRY},
    Arrival: {"stages": "stage"},
}  # fmt: skip


def references(
    card: AnyCard | Mapping[str, Any], model: type[AnyCard] | None = None
) -> Iterator[tuple[Loc, str, ContentKind, str]]:  # fmt: skip
    """Yield every reference of a card to another: its path, its field, and the kind and id of the other.

    For the values of a faulty file, ``model`` is the class of the card.
    """
    if model or not isinstance(card, Card):
        yield from _references(card, model or cast(type[AnyCard], type(card)))
        return
    held = vars(card)  # each library asks for those of a card, which never change
    if "references" not in held:
        held["references"] = tuple(_references(card, type(card)))
    yield from held["references"]


def _references(
    card: AnyCard | Mapping[str, Any], model: type[AnyCard]
) -> Iterator[tuple[Loc, str, ContentKind, str]]:  # fmt: skip
    names = _NAMED.get(model, {})
    if isinstance(card, Arrival) and card.part == "city":
        names = {"id": "city", **names}
    for loc, at, kind, card_id in named(card, names):
        if (kind, card_id) != ("city", NO_CITY) or model is not Design:
            yield loc, str(loc[at - 1]), cast(ContentKind, kind), card_id


def unknown_references(
    card: AnyCard | Mapping[str, Any],
    known: Mapping[ContentKind, Mapping[str, AnyCard | Path]],
    model: type[AnyCard] | None = None,
) -> Iterator[tuple[Loc, str, Said]]:
    """Yield every reference of a card to another that does not exist: its path, its field, and the message.

    ``known`` are the cards that exist, or their files, by kind and id; ``model`` is as for `references`.
    """
    for loc, name, kind, card_id in references(card, model):
        if card_id not in known[kind]:
            beside = [NO_CITY] if Design in (model, type(card)) and kind == "city" else []
            named = "governance model" if kind == "governance" else kind
            yield loc, name, unknown(named, card_id, [*_titled(kind, known[kind]), *beside])


def _titled(kind: ContentKind, known: Mapping[str, AnyCard | Path]) -> Iterator[str]:
    """Yield ids; for kinds whose cards authors know by name, with their names."""
    for card_id, held in known.items():
        card = None
        with suppress(ContentError):
            card = (read_card(held, kind) if isinstance(held, Path) else held) if kind in _CALLED else None
        yield Named(card_id, card.name) if isinstance(card, Stage | Governance | Persona) else card_id
