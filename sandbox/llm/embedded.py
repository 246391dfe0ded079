"""The embedded engine: an OpenAI-compatible server in this process, on loopback, that needs no key."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sandbox.content.words import fault, refusal, said
from sandbox.errors import EndpointError, NoModelError
from sandbox.llm.calls import Endpoint
from sandbox.llm.weights import MODEL_NAME, Progress, join_weights


def default_cache() -> Path:
    """Return the user's cache folder for the weights.

    Raises:
        NoModelError: the ``local`` extra is missing.
    """
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
        progress: called with what is done, bytes done and bytes in all.

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
        # Waiting threads spin by default: beside any other busy process that made a line take minutes, not seconds.
        pool.poll = 0
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.verbosity = -1
    return parameters
