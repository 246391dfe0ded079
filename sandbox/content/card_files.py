"""Files of cards: where each kind lies, how one is read and checked on its own, and which other cards it names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from sandbox.content import (
    aftermath,
    arrival_card,
    campaign_card,
    experiment_card,
    governance,
    network,
    network_card,
    pack_card,
)
from sandbox.content import schemas as models
from sandbox.content.arrival_card import Arrival
from sandbox.content.campaign_card import Campaign
from sandbox.content.cards import ID_PATTERN
from sandbox.content.experiment_card import NO_CITY, Design
from sandbox.content.files import stamped
from sandbox.content.network import Network
from sandbox.content.network_card import Country
from sandbox.content.pack_card import Moment, Pack, Slot
from sandbox.content.schemas import City, Governance, Persona, Rubric, Scenario, Stage
from sandbox.content.words import said
from sandbox.content.yaml_source import Loc, YamlSource, read_yaml, yaml_source
from sandbox.errors import ContentError, Problem, Said, unknown

__all__ = [
    "FOLDERS", "SHAPES", "AnyCard", "ContentKind", "check_file", "check_text", "read_card", "references",
    "shipped_root", "short", "unknown_references", "validated",
]  # fmt: skip

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
# What pydantic finds, by what a value should have been; and the bounds of numbers that it names.
_KINDS = {
    "string_type": "text", "bool_type": "yes_or_no", "bool_parsing": "yes_or_no", "int_type": "number",
    "int_parsing": "number", "int_from_float": "number", "float_type": "decimal", "float_parsing": "decimal",
    "finite_number": "decimal",
}  # fmt: skip
_BOUNDS = ("ge", "gt", "le", "lt")
_LENGTHS = {
    "too_short": "min_length", "too_long": "max_length", "string_too_short": "min_length",
    "string_too_long": "max_length",
}  # fmt: skip


def shipped_root() -> Path:
    """Return the folder that holds ``personas/`` and ``prompts/``: inside the wheel, or the source tree."""
    package = Path(__file__).resolve().parents[1]
    bundled = package / "_content"
    return bundled if bundled.is_dir() else package.parent


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
    raise ContentError([Problem(f"{path}:1", "", said("content.folder", folders=names))])


def check_text(path: Path, text: str, kind: ContentKind) -> tuple[AnyCard, YamlSource]:
    """Check a text on its own as the card that a file would hold; return the card, and where its elements stand.

    Raises:
        ContentError: with every fault found.
    """
    source = yaml_source(path, text)
    return _validate(source, FOLDERS[kind][1]), source


def read_card(path: Path, kind: ContentKind) -> AnyCard:
    """Read a card and check it on its own; a file whose time and size have not changed is not read again.

    Raises:
        ContentError: with every fault found.
    """
    return _card(stamped(path), kind)


@lru_cache(maxsize=512)
def _card(file: tuple[Path, int, int], kind: ContentKind) -> AnyCard:
    return _validate(read_yaml(file[0]), FOLDERS[kind][1])


def validated(source: YamlSource, model: type[ModelT]) -> ModelT:
    """Return what a file holds as a model; raises `ContentError` with every fault found."""
    try:
        return model.model_validate(source.data)
    except ValidationError as error:
        raise ContentError([_explained(source, dict(fault)) for fault in error.errors()]) from error


def _validate(source: YamlSource, model: type[AnyCard]) -> AnyCard:
    card = validated(source, _shape(source) if model is Network else model)
    if card.id != source.path.stem:
        message = said("content.file_name", name=card.id, file=source.path.stem)
        raise ContentError([Problem(source.where(("id",)), "id", message)])
    return card


def _shape(source: YamlSource) -> type[Network]:
    """Return the shape of a network; raises `ContentError` where its fields do not tell."""
    shapes = [field for field in SHAPES if field in source.data]
    if len(shapes) != 1:
        says = said("network_fault.shape", fields=list(SHAPES), count=len(shapes))
        raise ContentError([Problem(source.where(()), "(file)", says)])
    return SHAPES[shapes[0]]


def _explained(source: YamlSource, error: dict[str, Any]) -> Problem:
    """Return one of pydantic's findings with file, line and field."""
    context = error.get("ctx") or {}
    loc: Loc = (*error["loc"], *context.get("loc", ()))
    name = ".".join(short(part) for part in loc) or "(file)"
    return Problem(source.where(loc), name, _message(error, context, loc))


def _message(error: dict[str, Any], context: dict[str, Any], loc: Loc) -> str:
    kind, value = error["type"], error.get("input")
    own = context.get("message") or next(iter(getattr(context.get("error"), "args", ())), None)
    if isinstance(own, Said):
        return own
    if kind == "missing":
        return said("content.missing")
    if kind == "extra_forbidden":
        others = [name for name in _fields() if name != loc[-1]]  # it may be a field of another kind of card
        near = get_close_matches(str(loc[-1]), others, n=1, cutoff=0.6)
        return said("content.extra_near", near=near[0]) if near else said("content.extra")
    if kind == "literal_error":
        allowed = [part.strip("' ") for part in str(context["expected"]).replace(" or ", ", ").split(",")]
        return unknown("value", short(value), allowed)
    if kind == "string_pattern_mismatch":
        pattern = context["pattern"]
        if pattern == ID_PATTERN:
            return said("content.no_id", value=short(value))
        return said("content.pattern", value=short(value), pattern=pattern)
    if kind in ("model_type", "dict_type"):
        return said("content.no_mapping", value=short(value))
    if kind in ("tuple_type", "list_type"):
        return said("content.no_items", value=short(value))
    for bound in _BOUNDS:
        if bound in context:
            return said(f"content.bound.{bound}", bound=context[bound])
    if kind in _LENGTHS:
        return said(f"content.bound.{kind}", bound=context[_LENGTHS[kind]])
    return said(f"content.is.{_KINDS.get(kind, 'other')}", problem=str(error["msg"]).removeprefix("Value error, "))


@cache
def _fields() -> list[str]:
    """Return the names of all fields of cards."""
    classes = [
        value
        for module in (
            models,
            aftermath,
            governance,
            experiment_card,
            pack_card,
            network,
            campaign_card,
            network_card,
            arrival_card,
        )
        for value in vars(module).values()
        if isinstance(value, type)
    ]
    return sorted({name for model in classes if issubclass(model, BaseModel) for name in model.model_fields})


def short(value: Any) -> str:
    """Return a scalar in one line of at most 60 characters; of anything larger only its type."""
    if isinstance(value, dict | list | tuple | set):
        return said("content.a_mapping" if isinstance(value, dict) else "content.a_list")
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:59] + "…"


def references(card: AnyCard) -> Iterator[tuple[Loc, str, ContentKind, str]]:
    """Yield every reference of a card to another: its place, its field, and the kind and id of what it names."""
    if isinstance(card, Scenario):
        for index, seat in enumerate(card.seats):
            yield ("seats", index, "persona"), "persona", "persona", seat.persona
            for number, point in enumerate(seat.points):
                for place, stage in enumerate(point.stages):
                    yield ("seats", index, "points", number, "stages", place), "stages", "stage", stage
        for index, model in enumerate(card.governance):
            yield ("governance", index), "governance", "governance", model
        for index, inject in enumerate(card.injects):
            yield ("injects", index, "stage"), "stage", "stage", inject.stage
    elif isinstance(card, Pack):
        yield ("id",), "id", "scenario", card.id
        parts: dict[str, tuple[Slot | Moment, ...]] = {"timing": card.timing, "moments": card.moments}
        for name, each in parts.items():
            for index, part in enumerate(each):
                if part.stage is not None:
                    yield (name, index, "stage"), "stage", "stage", part.stage
    elif isinstance(card, Stage):
        for index, event in enumerate(card.aftermath):
            for city in event.cities:
                yield ("aftermath", index, "cities", city), "cities", "city", city
    elif isinstance(card, City):
        yield ("governance",), "governance", "governance", card.governance
    elif isinstance(card, Governance):
        for stage in card.rules.boundary:
            yield ("rules", "boundary", stage), "boundary", "stage", stage
    elif isinstance(card, Rubric):
        for index, criterion in enumerate(card.criteria):
            for place, stage in enumerate(criterion.stages):
                yield ("criteria", index, "stages", place), "stages", "stage", stage
    elif isinstance(card, Design):
        yield from _levels(card)
    elif isinstance(card, Campaign):
        yield from _played(card)
    elif isinstance(card, Country):
        yield from _spread(card)
    elif isinstance(card, Arrival):
        if card.part == "city":
            yield ("id",), "id", "city", card.id
        for index, stage in enumerate(card.stages):
            yield ("stages", index), "stages", "stage", stage


def unknown_references(card: AnyCard, known: Mapping[ContentKind, Collection[str]]) -> Iterator[tuple[Loc, str, Said]]:
    """Yield every reference of a card to another that does not exist: its place, its field, and what is allowed.

    Args:
        card: the card.
        known: the ids that exist, by kind.
    """
    for loc, name, kind, card_id in references(card):
        if card_id not in known[kind]:
            beside = [NO_CITY] if isinstance(card, Design) and kind == "city" else []
            named = "governance model" if kind == "governance" else kind
            yield loc, name, unknown(named, card_id, [*known[kind], *beside])


def _levels(design: Design) -> Iterator[tuple[Loc, str, ContentKind, str]]:
    factors = design.factors
    kinds: dict[str, ContentKind] = {
        "scenario": "scenario", "governance": "governance", "city": "city", "network": "network",
    }  # fmt: skip
    for factor, kind in kinds.items():
        for index, level in enumerate(factors.levels(factor)):
            if (factor, level) != ("city", NO_CITY):
                yield ("factors", factor, index), factor, kind, level
    for name, personas in factors.personas.items():
        for seat, persona in personas.items():
            for card_id in (seat, persona):
                yield ("factors", "personas", name, seat), "personas", "persona", card_id
    for name, stages in factors.stages.items():
        for index, stage in enumerate(stages):
            yield ("factors", "stages", name, index), "stages", "stage", stage


def _played(campaign: Campaign) -> Iterator[tuple[Loc, str, ContentKind, str]]:
    yield ("city",), "city", "city", campaign.city
    for index, community in enumerate(campaign.communities):
        yield ("communities", index, "scenario"), "scenario", "scenario", community.scenario
        yield ("communities", index, "governance"), "governance", "governance", community.governance
        for seat, persona in community.cast.items():
            yield ("communities", index, "cast", seat), "cast", "persona", persona
    for index, each in enumerate(campaign.rounds):
        for place, stage in enumerate(each.stages):
            yield ("rounds", index, "stages", place), "stages", "stage", stage


def _spread(country: Country) -> Iterator[tuple[Loc, str, ContentKind, str]]:
    for index, region in enumerate(country.regions):
        for place, kind in enumerate(region.kinds):
            loc = ("regions", index, "kinds", place)
            yield (*loc, "governance"), "governance", "governance", kind.governance
            yield (*loc, "city"), "city", "city", kind.city
    for index, scenario in enumerate(country.deck.scenarios):
        yield ("deck", "scenarios", index), "scenarios", "scenario", scenario
