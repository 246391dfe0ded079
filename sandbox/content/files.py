"""Files of a user: only plain files are read, and a file is written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from sandbox.errors import ContentError, Problem, StorageError

_MOST_BYTES = 4 << 20
_LONGEST_NAME = 255  # bytes, on nearly every disk
_OPENED = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)


def read_text(path: Path, most: int = _MOST_BYTES) -> str:
    """Return the text of a content file of at most ``most`` bytes.

    Raises:
        ContentError: it cannot be read, is no plain file (pipes and devices are refused at once), is too large, or is
            not UTF-8.
    """
    try:
        with os.fdopen(os.open(path, _OPENED), "rb") as stream:
            state = os.fstat(stream.fileno())
            if not stat.S_ISREG(state.st_mode):
                raise _unfit(path, "file_fault.not_plain")
            data = stream.read(most + 1)
    except OSError as error:
        raise _unfit(path, "file_fault.unread", why=error.strerror or error) from error
    if len(data) > most:
        raise _unfit(path, "file_fault.large", most=most >> 20)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line, byte = data[: error.start].count(b"\n") + 1, f"{data[error.start]:02X}"
        raise _unfit(path, "file_fault.encoding", line, byte=byte) from error


def is_file_name(text: str) -> bool:
    """Return whether a text can be the name of a file in a folder, so that it leads nowhere else."""
    try:
        size = len(os.fsencode(text))
    except UnicodeEncodeError:
        return False
    return text not in ("", "..") and Path(text).name == text and "\0" not in text and size <= _LONGEST_NAME


def stamped(path: Path) -> tuple[Path, int, int]:
    """Return a file's path, time of change (ns) and size (bytes), which show changes; 0 and 0 if it does not exist."""
    try:
        state = path.stat()
    except OSError:
        return path, 0, 0
    return path, state.st_mtime_ns, state.st_size


def file_faults(root: Path, folders: Iterable[str]) -> Iterator[str]:
    """Yield a fault for each link out of a content folder and each entry that is neither plain file nor folder.

    So a folder from somebody else cannot show other files of this computer.
    """
    home = root.resolve()
    for folder in sorted(set(folders)):
        below = () if (root / folder).is_symlink() else os.walk(root / folder)
        inside = (Path(place, name) for place, folders, files in below for name in sorted([*folders, *files]))
        for path in (root / folder, *inside):
            if path.is_symlink() and not path.resolve().is_relative_to(home):
                yield from _unfit(path, "file_fault.link").problems
            elif path.exists() and not path.is_file() and not path.is_dir():
                yield from _unfit(path, "file_fault.not_plain").problems


def _unfit(path: Path, key: str, line: int = 1, /, **values: object) -> ContentError:
    from sandbox.content.words import said  # which are read from files themselves

    return ContentError([Problem(f"{path}:{line}", "", said(key, **values))])


@contextlib.contextmanager
def written_whole(path: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """Open a file for writing that gets its name only when it is whole; on an error an old one stays.

    The file's folder must exist; ``mode`` is the permissions before the process's mask.

    Raises:
        StorageError: it cannot be written.
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")  # another process may be writing it as well
    try:
        partial.unlink(missing_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
            yield stream
        partial.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):  # a folder that may not be written lets nothing be removed either
            partial.unlink(missing_ok=True)
        if isinstance(error, OSError):
            from sandbox.content.words import fault

            raise fault(StorageError, "storage.unwritable", path=path, why=error.strerror or error) from error
        raise


def write_whole(path: Path, content: str | bytes, mode: int = 0o666) -> None:
    """Write a file whole, or leave the old one (see `written_whole`); raises `StorageError`."""
    with written_whole(path, mode) as stream:
        stream.write(content.encode(errors="replace") if isinstance(content, str) else content)
