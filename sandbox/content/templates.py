"""Prompt and report templates (Jinja2), in both languages, overlaid like all content."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator, Set
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from types import CodeType
from typing import get_args

import jinja2
from jinja2 import meta, nodes
from jinja2.bccache import Bucket

from sandbox.content.language import Lang
from sandbox.content.template_rules import MOST, TemplateEnvironment, faults
from sandbox.content.words import said
from sandbox.errors import ContentError, Problem, Said, UnknownError, unknown

FOLDER = "prompts/templates"
"""Where templates lie in a content folder."""
AS_IS = "as_is"
"""The wording of the templates as they are: each wording beside it is a folder that replaces some of them."""
_WORDINGS = "wordings"
# What is measured must not be asked in other words in one session than in another.
_OF_JUDGES = ("judge", "system_judge")

_FAULTS = (
    TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError, OSError, SyntaxError,
    MemoryError,
)  # fmt: skip
# So many pieces of a text are looked at together as it grows.
_AT_ONCE = 64
_MARKS = str.maketrans("⟦⟧", "[]")


def unmarked(text: str) -> str:
    """Return a text without the marks ⟦ and ⟧, which templates put around what participants said."""
    return text.translate(_MARKS) if "⟦" in text or "⟧" in text else text


class Piece(str):
    """The text of a filled template, to be put into another unchanged."""

    __slots__ = ()


def marked(text: str, said: str = "") -> Piece:
    """Return a text to be put into a template, with the marks ⟦ and ⟧ around what participants said.

    ``said`` is the part that they said; without it, they said all of it.
    """
    text, said = unmarked(text), unmarked(said)
    if not said:
        return Piece(f"⟦{text}⟧")
    before, part, after = text.rpartition(said)
    return Piece(f"{before}⟦{part}⟧{after}" if part else text)


def _finalize(value: object) -> str:
    if isinstance(value, Piece):
        return value
    text = str(value)
    return text.translate(_MARKS) if "⟦" in text or "⟧" in text else text  # as `unmarked`, without another call


class _Loader(jinja2.FileSystemLoader):
    """Finds templates, and refuses one with forbidden operations before any of it runs."""

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, path, fresh = super().get_source(environment, template)
        problems = [Problem(f"{path}:{line}", "", says) for line, says in _faults(source, template, path)]
        if problems:
            raise ContentError(problems)
        return source, path, fresh


@lru_cache(maxsize=256)
def _faults(source: str, template: str, path: str) -> tuple[tuple[int, Said], ...]:
    return tuple(faults(TemplateEnvironment(trim_blocks=True, lstrip_blocks=True).parse(source, template, path)))


class _Compiled(jinja2.BytecodeCache):
    """Caches compiled templates by file, since the user's folders share the shipped ones."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, CodeType | None]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._kept.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.checksum, bucket.code


_COMPILED = _Compiled()


@lru_cache(maxsize=32)
def _environment(folders: tuple[Path, ...], state: str) -> TemplateEnvironment:
    """Return an environment of some folders in some state; unchanged folders are compiled once a process."""
    del state
    return TemplateEnvironment(
        loader=_Loader(folders),
        undefined=jinja2.StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        auto_reload=False,
        bytecode_cache=_COMPILED,
    )


def _state(folders: Iterable[Path]) -> str:
    """Return a digest of all files in folders."""
    state = hashlib.sha256()
    for path in (path for folder in folders for path in sorted(folder.rglob("*"))):
        state.update(repr(path).encode())
        with contextlib.suppress(OSError):  # it says why it cannot be read when it is asked for
            if path.is_file():  # neither a folder nor a pipe, which would be waited for
                state.update(hashlib.sha256(path.read_bytes()).digest())
    return state.hexdigest()


class Templates:
    """Templates of one language; no value that is filled in can open or close the marks of `unmarked`.

    The user's own are checked at once; forbidden operations are reported before any of them runs.

    Args:
        roots: content folders, the user's last; its templates win.
        wording: a set of templates that say the same in other words, and come before all others.

    Raises:
        ContentError: with every fault of the user's own templates and of the wording's, each with file and line.
        UnknownError: there is no such wording.
    """

    def __init__(self, roots: tuple[Path, ...], lang: Lang, wording: str = AS_IS) -> None:
        folders = _folders(roots, lang)
        self._lang, self._roots, self._folders = lang, folders, folders
        if wording != AS_IS:
            if wording not in (known := wordings(roots, lang)):
                raise UnknownError("wording", wording, (AS_IS, *known))
            self._folders = [*(folder / _WORDINGS / wording for folder in folders), *folders]
        self._environment = _environment(tuple(self._folders), _state(folders))
        self._check(path for path in self._files.values() if path.parent != folders[-1])
        if wording != AS_IS:
            self._compare(Templates(roots, lang))

    @property
    def reworded(self) -> dict[str, Path]:
        """The templates of the wording by file name; empty for the templates as they are."""
        return {name: path for name, path in self._files.items() if path.parent.parent.name == _WORDINGS}

    def digest(self, *names: str) -> str:
        """Return a digest of some templates, for example ``judge``; without names, of all."""
        files = self._files
        chosen = [name for name in sorted(files) if not names or name.removesuffix(".md") in names]
        joined = b"\n".join(name.encode() + b"\n" + files[name].read_bytes() for name in chosen)
        return hashlib.sha256(joined).hexdigest()[:16]

    def digests(self) -> dict[str, str]:
        """Return the digest of each template by its place: ``en/minutes``, ``en/wordings/plain/minutes``."""
        return {
            f"{self._lang}/{path.relative_to(folder).with_suffix('').as_posix()}": self.digest(path.stem)
            for path in self._files.values()
            for folder in self._roots
            if path.is_relative_to(folder)
        }

    def check(self, known: Set[str] = frozenset()) -> int:
        """Check all templates; return how many there are.

        ``known`` are the values that a template may show; if it is empty, values are not checked.

        Raises:
            ContentError: with every fault found, each with file and line.
        """
        files = self._files.values()
        self._check(files)
        problems = [
            Problem(f"{path}:{line}", "", unknown("value", name, known))
            for path, line, name in (self.names() if known else ())
            if name not in known
        ]
        if problems:
            raise ContentError(problems)
        return len(files)

    def render(self, template: str, /, **values: object) -> str:
        """Fill a template, for example ``turn``.

        Raises:
            ContentError: the template does not exist, is malformed, uses a value that does not exist, does something
                forbidden, becomes too long, or fails.
        """
        file = f"{template}.md"
        try:
            return self._fill(self._template(file), values).strip()
        except jinja2.TemplateNotFound as error:
            raise ContentError([Problem(str(error.name or file), "", said("template_fault.none"))]) from error
        except (jinja2.TemplateError, *_FAULTS) as error:
            raise ContentError([Problem(self._where(error, file), "", _why(error))]) from error

    def piece(self, template: str, /, **values: object) -> Piece:
        """Fill a template whose text is put into others: its own marks stay; raises as `render`."""
        return Piece(self.render(template, **values))

    def _template(self, file: str) -> jinja2.Template:
        """Return a template, read and checked."""
        try:
            return self._environment.get_template(file)
        except jinja2.TemplateSyntaxError as error:
            raise ContentError([Problem(f"{error.filename or file}:{error.lineno}", "", _why(error))]) from error

    @staticmethod
    def _fill(template: jinja2.Template, values: dict[str, object]) -> str:
        parts: list[str] = []
        size, coming = 0, template.generate(values)
        while some := [*islice(coming, _AT_ONCE)]:
            parts += some
            size += sum(map(len, some))
            if size > MOST:
                says = said("template_fault.large", most=MOST)
                raise ContentError([Problem(f"{template.filename}:1", "", says)])
        return "".join(parts)

    def _where(self, error: BaseException, file: str) -> str:
        """Return ``file:line`` of the innermost template in which an error arose."""
        where, trace = file, error.__traceback__
        while trace is not None:
            path = Path(trace.tb_frame.f_code.co_filename)
            if path.parent in self._folders:
                where = f"{path}:{trace.tb_lineno}"
            trace = trace.tb_next
        return where

    @cached_property
    def _files(self) -> dict[str, Path]:
        """Return the templates by file name; the user's own win."""
        return {path.name: path for folder in reversed(self._folders) for path in sorted(folder.glob("*.md"))}

    def _check(self, paths: Iterable[Path]) -> None:
        problems: list[str] = []
        for path in paths:
            try:
                self._template(path.name)
            except ContentError as error:
                problems += error.problems
            except (jinja2.TemplateError, *_FAULTS) as error:
                problems.append(Problem(f"{path}:1", "", _why(error)))
        if problems:
            raise ContentError(problems)

    def _compare(self, plain: Templates) -> None:
        """Raise `ContentError` for templates of the wording that show other values than those that they replace."""
        problems, originals = [], plain._files
        for name, path in self.reworded.items():
            if name not in originals or path.stem in _OF_JUDGES:
                allowed = [file.removesuffix(".md") for file in originals if file.removesuffix(".md") not in _OF_JUDGES]
                says = said("template_fault.no_wording", name=path.stem, allowed=allowed)
                problems.append(Problem(f"{path}:1", "", says))
                continue
            was, now = (_taken(each.read_text(encoding="utf-8"), each)[1] for each in (originals[name], path))
            for key, names in (("leaves_out", was - now), ("has_besides", now - was)):
                if names:
                    says = said(f"template_fault.{key}", name=path.stem, values=sorted(names))
                    problems.append(Problem(f"{path}:1", "", says))
        if problems:
            raise ContentError(problems)

    def names(self) -> Iterator[tuple[Path, int, str]]:
        """Yield every name that the templates take from the session, with file and line."""
        for path in self._files.values():
            yield from ((path, line, name) for line, name in _taken(path.read_text(encoding="utf-8"), path)[0])


def _why(error: BaseException) -> Said:
    """Return why a template cannot be used."""
    if isinstance(error, RecursionError):
        return said("template_fault.deep")
    if isinstance(error, UnicodeDecodeError):
        return said("file_fault.encoding", byte=f"{error.object[error.start]:02X}")
    own = error.args[0] if error.args else None
    problem = error.message if isinstance(error, jinja2.TemplateSyntaxError) else str(error)
    return own if isinstance(own, Said) else said("template_fault.other", problem=problem)


@lru_cache(maxsize=256)
def _taken(text: str, path: Path) -> tuple[tuple[tuple[int, str], ...], frozenset[str]]:
    """Return what a template takes from the session: names with their lines, and all dotted names."""
    tree = TemplateEnvironment(trim_blocks=True, lstrip_blocks=True).parse(text, path.name, str(path))
    free = meta.find_undeclared_variables(tree)
    attributes = (node.attr for node in tree.find_all(nodes.Getattr) if node.node != nodes.Name("loop", "load"))
    names = tuple((name.lineno, name.name) for name in tree.find_all(nodes.Name) if name.name in free)
    return names, frozenset({*free, *attributes})


def wordings(roots: tuple[Path, ...], lang: Lang) -> tuple[str, ...]:
    """Return the names of the wordings of a language, without that of the templates as they are."""
    folders = [folder / _WORDINGS for folder in _folders(roots, lang)]
    return tuple(sorted({path.name for folder in folders for path in folder.glob("*") if path.is_dir()}))


def template_names(roots: tuple[Path, ...], lang: Lang) -> frozenset[str]:
    """Return the file names of templates that are read in a language: the shipped ones, and included ones."""
    shipped = frozenset(path.name for path in (roots[0] / FOLDER / lang).glob("*.md"))
    included = {
        name
        for folder in _folders(roots[1:], lang)
        for path in folder.rglob("*.md")
        for name in meta.find_referenced_templates(TemplateEnvironment().parse(path.read_text(encoding="utf-8")))
    }
    return shipped | frozenset(filter(None, included))


def _folders(roots: tuple[Path, ...], lang: Lang) -> list[Path]:
    """Return where the templates of a language lie, the user's first."""
    return [root / FOLDER / lang for root in reversed(roots)]


def check_templates(roots: tuple[Path, ...]) -> int:
    """Check the templates of both languages against the shipped ones; return how many there are.

    A template may show what the shipped one of its name shows. Wordings are not counted, and only those of the user's
    own folder are checked.

    Raises:
        ContentError: with every fault found, each with file and line.
    """
    langs: tuple[Lang, ...] = get_args(Lang)
    known = {name for lang in langs for _, _, name in Templates(roots[:1], lang).names()} | {"lang"}
    count = 0
    problems: list[str] = []
    for lang in langs:
        try:
            count += Templates(roots, lang).check(known)
        except ContentError as error:
            problems += error.problems
            continue
        for wording in wordings(roots[-1:], lang):
            try:
                if wording == AS_IS:
                    folder = _folders(roots, lang)[0] / _WORDINGS / wording
                    raise ContentError([Problem(f"{folder}:1", "", said("template_fault.as_is", name=AS_IS))])
                Templates(roots, lang, wording)
            except ContentError as error:
                problems += error.problems
    if problems:
        raise ContentError(problems)
    return count
