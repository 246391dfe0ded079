"""What templates were compiled to: kept as long as the process lives; of shipped ones, beside Python's own modules."""

from __future__ import annotations

import contextlib
import pickle
import sys
from importlib.util import cache_from_source
from pathlib import Path
from types import CodeType

import jinja2
from jinja2.bccache import Bucket

from sandbox.content.files import stamped, write_whole
from sandbox.errors import StorageError

__all__ = ["CompiledTemplates"]

_PACKAGE = Path(__file__).resolve().parents[1]
_SHIPPED = (_PACKAGE, _PACKAGE.parent / "prompts")  # inside the wheel, or the source tree


class CompiledTemplates(jinja2.BytecodeCache):
    """Keeps what each template file was compiled to, as long as its text and what compiles it stay the same.

    Templates that come with the program are kept in ``__pycache__`` as well, where Python keeps what it compiles, so
    that the next process finds them; where nothing can be written there, each process compiles them.

    Args:
        made_by: files of the modules that say how the templates are compiled.
    """

    def __init__(self, *made_by: str) -> None:
        self._made_by = repr((jinja2.__version__, *(stamped(Path(module))[1:] for module in made_by)))
        self._codes: dict[str, tuple[str, CodeType | None]] = {}
        self._files: dict[str, Path] = {}

    def get_source_checksum(self, source: str) -> str:
        """Return a digest of a template's text and of what compiles it."""
        return super().get_source_checksum(self._made_by + source)

    def get_bucket(self, environment: jinja2.Environment, name: str, filename: str | None, source: str) -> Bucket:
        """Return what is kept of a template, or an empty bucket for it."""
        key = self.get_cache_key(name, filename)
        if filename is not None and any(Path(filename).is_relative_to(folder) for folder in _SHIPPED):
            module = Path(__file__).with_name(f"{Path(name).name.partition('.')[0]}-{key[:16]}.py")
            self._files[key] = Path(cache_from_source(str(module)))
        return super().get_bucket(environment, name, filename, source)

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket with what is kept, if its template is still the same."""
        checksum, code = self._codes.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code
        elif bucket.key in self._files:
            with contextlib.suppress(OSError, EOFError, pickle.UnpicklingError):
                with self._files[bucket.key].open("rb") as stream:
                    bucket.load_bytecode(stream)
                self._codes[bucket.key] = bucket.checksum, bucket.code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what a template was compiled to."""
        self._codes[bucket.key] = bucket.checksum, bucket.code
        if bucket.key in self._files and not sys.dont_write_bytecode:
            file = self._files[bucket.key]
            with contextlib.suppress(OSError, StorageError):
                file.parent.mkdir(parents=True, exist_ok=True)
                write_whole(file, bucket.bytecode_to_string())
