"""The result of a spread in a folder: a readable manifest, and the arrays, whose hash it holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import (
    Annotated,
    Any,
    NotRequired,  # pydantic reads no other before Python 3.12
    get_args,
    get_type_hints,
)
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from sandbox.content.faults import first_finding, short
from sandbox.content.files import write_whole
from sandbox.content.network_card import MECHANISMS, Country, Mechanism
from sandbox.content.own_places import own_places
from sandbox.content.plain import json_text
from sandbox.content.words import fault, said
from sandbox.diffusion.deck import CHANNELS, STANDS, UNUSABLE, Deck, Kind
from sandbox.diffusion.spread import Course, Districts, Spread, SpreadArm, SpreadPlan
from sandbox.errors import ContentError, StorageError
from sandbox.record.folder import make_private, writable

MANIFEST, ARRAYS = "spread.json", "spread.npz"
_SCHEMA = 3
_SERIES = tuple(field.name for field in fields(Course) if field.name != "seed")
_KINDS: dict[type, dict[str, Any]] = {of: get_type_hints(of) for of in (Course, Districts)}
# Series with a column for each channel, mechanism or province (as many as the network has).
_WIDE = {
    "meetings": len(CHANNELS), "adopted": len(CHANNELS), "deepened": len(CHANNELS), "reasons": len(MECHANISMS),
    "form_by_province": 0, "substance_by_province": 0,
}  # fmt: skip
_OWN = ("tables.places", "tables.ties")  # tables of places and ties as they were read, where the card names any
_MOST_BYTES = 512 << 20


class _File(TypedDict):
    file: str
    sha256: str


class _Manifest(TypedDict):
    schema: int
    country: Country
    seeds: Annotated[list[int], Field(min_length=1)]
    without: list[Mechanism]
    changes: list[str]
    kinds: list[Kind]
    arms: Annotated[list[list[Mechanism]], Field(min_length=1)]
    deck: str
    by_model: Annotated[int, Field(ge=0)]
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    program: NotRequired[str]
    arrays: _File


_MANIFEST = TypeAdapter(_Manifest)


def keep(spread: Spread, folder: Path) -> None:
    """Write a result into a folder; a file that is there already is replaced as a whole.

    Raises:
        StorageError: the folder cannot be written.
    """
    arrays: dict[str, NDArray[Any]] = {"deck_sizes": spread.deck_sizes, "held": spread.held}
    for number, arm in enumerate(spread.arms):
        for name in _SERIES:
            arrays[f"{number}.{name}"] = np.stack([getattr(course, name) for course in arm.courses])
    arrays |= {f"districts.{name}": getattr(spread.districts, name) for name in Districts._fields}
    if own := spread.plan.country.own:
        arrays |= {name: np.frombuffer(text.encode(), np.uint8) for name, text in zip(_OWN, own.texts, strict=True)}
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    packed = buffer.getvalue()
    plan = spread.plan
    manifest = {
        "schema": _SCHEMA, "country": plan.country.model_dump(mode="json"), "seeds": plan.seeds,
        "without": plan.without, "changes": plan.changes, "kinds": spread.kinds,
        "arms": [arm.without for arm in spread.arms], "deck": spread.deck, "by_model": spread.by_model,
        "seconds": round(spread.seconds, 3), "program": spread.program,
        "arrays": {"file": ARRAYS, "sha256": sha256(packed).hexdigest()},
    }  # fmt: skip
    with writable(folder, "diffusion.unwritable"):
        make_private(folder)
    write_whole(folder / ARRAYS, packed, 0o600)
    write_whole(folder / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", 0o600)


def result_id(plan: SpreadPlan, deck: Deck, each_without: Sequence[Mechanism] = ()) -> str:
    """Return the name under which a result is kept: 16 hex digits of its inputs.

    ``each_without`` are mechanisms that are left out in turn besides the plan.
    """
    made = [
        _SCHEMA,
        plan.country.model_dump(mode="json"),
        plan.seeds,
        plan.without,
        plan.changes,
        each_without,
        deck.digest,
    ]
    return sha256(json_text(made).encode()).hexdigest()[:16]


def kept(folder: Path) -> Spread:
    """Return the result that a folder holds.

    Raises:
        StorageError: there is none, or it is torn, altered or of another version.
    """
    path = folder / MANIFEST
    try:
        text = path.read_bytes()
        packed = (folder / ARRAYS).read_bytes()
    except OSError as error:
        raise fault(StorageError, "diffusion.unreadable", folder=folder, error=error.strerror or error) from error
    try:
        manifest = json.loads(text)
        if isinstance(manifest, dict) and (schema := manifest.get("schema")) != _SCHEMA:
            raise fault(StorageError, "diffusion.other_schema", path=path, schema=short(schema), known=_SCHEMA)
        known = _MANIFEST.validate_python(manifest)
        if sha256(packed).hexdigest() != known["arrays"]["sha256"]:
            raise fault(StorageError, "diffusion.altered", path=folder / ARRAYS)
        with ZipFile(BytesIO(packed)) as files:
            if sum(file.file_size for file in files.infolist()) > _MOST_BYTES:
                raise ValueError(f"more than {_MOST_BYTES >> 20} MB")
        with np.load(BytesIO(packed), allow_pickle=False) as arrays:
            return _spread(known, dict(arrays))
    except ValidationError as error:
        raise fault(StorageError, "diffusion.unreadable", folder=folder, error=first_finding(error)) from error
    except UNUSABLE as error:
        raise fault(StorageError, "diffusion.unreadable", folder=folder, error=said("diffusion.torn")) from error


def _spread(manifest: _Manifest, arrays: dict[str, NDArray[Any]]) -> Spread:
    """Return a result from its kept parts; raises `ValueError` if arrays are not what they should be."""
    plan = SpreadPlan(
        _placed(manifest["country"], arrays),
        tuple(manifest["seeds"]),
        tuple(manifest["without"]),
        tuple(manifest["changes"]),
    )
    kinds, arms = tuple(manifest["kinds"]), []
    rows = (len(plan.seeds), plan.country.periods + 1)
    for number, without in enumerate(manifest["arms"]):
        series = {name: _shaped(arrays[f"{number}.{name}"], Course, name, rows) for name in _SERIES}
        courses = tuple(
            Course(seed, **{name: values[place] for name, values in series.items()})
            for place, seed in enumerate(plan.seeds)
        )
        arms.append(SpreadArm(tuple(without), courses))
    places = (plan.country.districts,)
    states = {name: _shaped(arrays[f"districts.{name}"], Districts, name, places) for name in Districts._fields}
    for name, most in (("channel", len(CHANNELS)), ("mechanism", len(MECHANISMS)), ("teacher", places[0])):
        if (states[name] >= most).any():
            raise ValueError(name)
    sizes = arrays["deck_sizes"]
    if sizes.shape != (len(kinds), len(CHANNELS), len(STANDS)) or sizes.dtype.kind not in "iu":
        raise ValueError("deck_sizes")
    held = arrays["held"]
    if held.shape != (rows[1], -(-places[0] // 8)) or held.dtype != np.uint8:
        raise ValueError("held")
    return Spread(
        plan=plan, kinds=kinds, arms=tuple(arms), districts=Districts(**states), held=held, deck=manifest["deck"],
        deck_sizes=sizes, by_model=manifest["by_model"], seconds=manifest["seconds"],
        program=manifest.get("program", ""),
    )  # fmt: skip


def _placed(country: Country, arrays: dict[str, NDArray[Any]]) -> Country:
    """Return a country with the places and ties that it was played with; raises `ValueError` if they differ."""
    if not country.tables:
        return country
    places, ties = (arrays[name].tobytes().decode() for name in _OWN)
    try:
        own = own_places((places, ties), _OWN, country)
    except ContentError as error:
        raise ValueError("tables") from error
    if (own.digest, len(own.ids)) != (country.tables.digest, country.districts):
        raise ValueError("tables")
    return country.placed(own)


def _shaped(values: NDArray[Any], of: type, name: str, rows: tuple[int, ...]) -> NDArray[Any]:
    """Return values that have the kind of a field and the expected rows; else raises `ValueError`."""
    wanted = get_args(get_args(_KINDS[of][name])[1])[0]
    width = values.shape[len(rows) :]
    if values.dtype != np.dtype(wanted) or values.shape[: len(rows)] != rows or len(width) != (name in _WIDE):
        raise ValueError(f"{name}: {values.dtype} {values.shape}")
    if width and _WIDE[name] not in (0, *width):
        raise ValueError(f"{name}: {values.shape}")
    return values
