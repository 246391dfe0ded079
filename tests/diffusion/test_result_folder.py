"""Results in folders: what was kept comes back, and what is torn or altered is refused by name."""

from __future__ import annotations

import json
from contextlib import suppress
from hashlib import sha256
from io import BytesIO
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from sandbox.content.program import program
from sandbox.diffusion.play import play
from sandbox.diffusion.result_folder import ARRAYS, MANIFEST, keep, kept
from sandbox.diffusion.spread import Spread, SpreadPlan
from sandbox.errors import StorageError
from tests.diffusion.countries import KIND, country, made_up_deck


@pytest.fixture(scope="module")
def spread() -> Spread:
    card = country(districts=80, periods=8, learning={"on": True}, imitation={"on": True})
    plan = SpreadPlan(card, (3, 5), ("imitation",), ("aggregation.veto=[]",))
    return play(plan, made_up_deck((KIND,)), each_without=("learning",))


def test_what_is_kept_comes_back(spread: Spread, tmp_path: Path) -> None:
    keep(spread, tmp_path / "a" / "b")
    back = kept(tmp_path / "a" / "b")
    assert back.plan == spread.plan
    assert (back.kinds, back.deck) == (spread.kinds, spread.deck)
    assert back.program == program() == json.loads((tmp_path / "a" / "b" / MANIFEST).read_text("utf-8"))["program"]
    for name, value in spread.districts._asdict().items():
        assert np.array_equal(getattr(back.districts, name), value), name
    assert np.allclose(back.in_substance().mean(axis=1), spread.arms[0].courses[0].substance), "place by place"
    assert [arm.without for arm in back.arms] == [(), ("learning",)]
    for arm, other in zip(back.arms, spread.arms, strict=True):
        for course, same in zip(arm.courses, other.courses, strict=True):
            for name, value in vars(same).items():
                assert np.array_equal(getattr(course, name), value, equal_nan=name != "seed"), name
    assert np.array_equal(back.network.neighbours, spread.network.neighbours)
    assert sorted(path.name for path in (tmp_path / "a" / "b").iterdir()) == [MANIFEST, ARRAYS]


@pytest.mark.parametrize("name", [MANIFEST, ARRAYS])
def test_a_torn_or_missing_file_is_named(spread: Spread, tmp_path: Path, name: str) -> None:
    keep(spread, tmp_path)
    whole = (tmp_path / name).read_bytes()
    for left in (whole[: len(whole) // 2], b"", None):
        (tmp_path / name).write_bytes(left) if left is not None else (tmp_path / name).unlink()
        with pytest.raises(StorageError, match=str(tmp_path)):
            kept(tmp_path)


def test_a_manifest_of_another_version_or_country_is_refused(spread: Spread, tmp_path: Path) -> None:
    keep(spread, tmp_path)
    manifest = json.loads((tmp_path / MANIFEST).read_text("utf-8"))
    for change, said in (
        ({"schema": 99}, "schema 99; this version reads 3"),
        ({"country": manifest["country"] | {"periods": 0}}, "no result of a spread"),
        ({"without": ["luck"]}, "no result of a spread"),
        ({"seeds": 5}, "no result of a spread"),
        ({"arms": None}, r"\(arms: expected a list \(\[first, second\]\), found nothing\)"),
        ({"arms": []}, r"\(arms: needs at least 1\)"),
        ({"seconds": "soon"}, r"\(seconds: expected a number, found soon\)"),
        ({"kinds": [["command"]]}, r"\(kinds.0.1: is missing\)"),
        ({"schema": None}, "schema nothing; this version reads 3"),
        ({"seeds": [1, 2, 3]}, r"\(it is torn, or was altered\)"),
    ):
        (tmp_path / MANIFEST).write_text(json.dumps(manifest | change), "utf-8")
        with pytest.raises(StorageError, match=said):
            kept(tmp_path)


@pytest.mark.fuzz
def test_arrays_of_another_kind_or_shape_are_refused(spread: Spread, tmp_path: Path) -> None:
    keep(spread, tmp_path)
    manifest = json.loads((tmp_path / MANIFEST).read_text("utf-8"))
    with np.load(tmp_path / ARRAYS) as arrays:
        whole = dict(arrays)
    for place, (name, values) in enumerate(whole.items()):
        shapes, kinds = (values[..., None], values[:0], np.array(5)), (values.astype("U4"), values.astype(complex))
        buffer = BytesIO()
        np.savez(buffer, allow_pickle=False, **{**whole, name: (*shapes, *kinds)[place % 5]})
        (tmp_path / ARRAYS).write_bytes(buffer.getvalue())
        manifest["arrays"]["sha256"] = sha256(buffer.getvalue()).hexdigest()
        (tmp_path / MANIFEST).write_text(json.dumps(manifest))
        with pytest.raises(StorageError, match=str(tmp_path)):
            kept(tmp_path)


def test_a_manifest_with_any_value_in_any_place_is_refused_or_read(spread: Spread, tmp_path: Path) -> None:
    keep(spread, tmp_path)
    manifest = json.loads((tmp_path / MANIFEST).read_text("utf-8"))
    values: tuple[object, ...] = (None, [], {}, "x", -1, 1e999, [["x"]], "../../x", [None], 10**400)
    for name, value in product(manifest, values):
        (tmp_path / MANIFEST).write_text(json.dumps(manifest | {name: value}))
        with suppress(StorageError):
            kept(tmp_path)
    (tmp_path / MANIFEST).write_text("[" * 100_000)
    with pytest.raises(StorageError, match=str(tmp_path)):
        kept(tmp_path)


def test_arrays_that_unpack_without_end_are_refused(
    spread: Spread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(spread, tmp_path)
    monkeypatch.setattr("sandbox.diffusion.result_folder._MOST_BYTES", 1000)
    with pytest.raises(StorageError, match=str(tmp_path)):
        kept(tmp_path)
