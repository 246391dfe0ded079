"""Prompt and report templates (Jinja2), in both languages, overlaid like all content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Set
from pathlib import Path
from typing import get_args

import jinja2
from jinja2 import meta, nodes

from sandbox.content.schemas import Lang
from sandbox.content.template_rules import MOST, TemplateEnvironment, faults
from sandbox.errors import ContentError, unknown

__all__ = ["Piece", "Templates", "check_templates", "unmarked"]

_FAULTS = (
    TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError, OSError, SyntaxError,
    MemoryError,
)  # fmt: skip
_MARKS = str.maketrans("⟦⟧", "[]")


def unmarked(text: str) -> str:
    """Return a text without the marks ⟦ and ⟧, between which templates put what participants said."""
    return text.translate(_MARKS) if "⟦" in text or "⟧" in text else text


class Piece(str):
    """What a template has made of values, to be put into another as it is."""

    __slots__ = ()


def _finalize(value: object) -> str:
    return value if isinstance(value, Piece) else unmarked(str(value))


class _Loader(jinja2.FileSystemLoader):
    """Finds templates and refuses one that does what no template may do, before any of it runs."""

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, path, fresh = super().get_source(environment, template)
        problems = [f"{path}:{line}: {problem}" for line, problem in faults(environment.parse(source, template, path))]
        if problems:
            raise ContentError(problems)
        return source, path, fresh


class Templates:
    """Templates of one language; no value that is filled in can open or close the marks of `unmarked`.

    The user's own are checked at once; what no template may do is told before any of it runs.

    Args:
        roots: content folders, the user's last; its templates win.
        lang: the language.

    Raises:
        ContentError: with every fault of the user's own templates, each with file and line.
    """

    def __init__(self, roots: tuple[Path, ...], lang: Lang) -> None:
        folders = [root / "prompts" / "templates" / lang for root in reversed(roots)]
        self._folders = folders
        self._environment = TemplateEnvironment(
            loader=_Loader(folders),
            undefined=jinja2.StrictUndefined,
            finalize=_finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
            auto_reload=False,
        )
        self._check(path for path in self._files().values() if path.parent != folders[-1])

    def digest(self, *names: str) -> str:
        """Return a digest of some templates, for example ``judge``; without names, of all."""
        files = self._files()
        chosen = [name for name in sorted(files) if not names or name.removesuffix(".md") in names]
        joined = b"\n".join(name.encode() + b"\n" + files[name].read_bytes() for name in chosen)
        return hashlib.sha256(joined).hexdigest()[:16]

    def check(self, known: Set[str] = frozenset()) -> int:
        """Check all templates; return how many there are.

        Args:
            known: the values that a template can show; without any, these are not looked at.

        Raises:
            ContentError: with every fault found, each with file and line.
        """
        files = self._files().values()
        self._check(files)
        problems = [
            f"{path}:{line}: {unknown('value', name, known)}"
            for path, line, name in self.names()
            if known and name not in known
        ]
        if problems:
            raise ContentError(problems)
        return len(files)

    def render(self, template: str, /, **values: object) -> str:
        """Fill a template, for example ``turn``.

        Raises:
            ContentError: the template does not exist, is malformed, uses a value that does not exist, does what no
                template may do, comes to too much, or fails.
        """
        file = f"{template}.md"
        try:
            return self._fill(self._template(file), values).strip()
        except jinja2.TemplateNotFound as error:
            raise ContentError([f"template {error.name or file} does not exist"]) from error
        except (jinja2.TemplateError, *_FAULTS) as error:
            raise ContentError([f"{self._where(error, file)}: {error}"]) from error

    def piece(self, template: str, /, **values: object) -> Piece:
        """Fill a template whose text is put into others: its own marks stay.

        Raises:
            ContentError: as `render`.
        """
        return Piece(self.render(template, **values))

    def _template(self, file: str) -> jinja2.Template:
        """Return a template, read and checked."""
        try:
            return self._environment.get_template(file)
        except jinja2.TemplateSyntaxError as error:
            raise ContentError([f"{error.filename or file}:{error.lineno}: {error.message}"]) from error

    @staticmethod
    def _fill(template: jinja2.Template, values: dict[str, object]) -> str:
        parts, size = [], 0
        for part in template.generate(values):
            parts.append(part)
            size += len(part)
            if size > MOST:
                raise ContentError([f"{template.filename}:1: comes to more than {MOST} characters"])
        return "".join(parts)

    def _where(self, error: BaseException, file: str) -> str:
        """Return ``file:line`` of the innermost template in which an error arose."""
        where, trace = f"template {file}", error.__traceback__
        while trace is not None:
            path = Path(trace.tb_frame.f_code.co_filename)
            if path.parent in self._folders:
                where = f"{path}:{trace.tb_lineno}"
            trace = trace.tb_next
        return where

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
                problems.append(f"{path}:1: {error}")
        if problems:
            raise ContentError(problems)

    def names(self) -> Iterator[tuple[Path, int, str]]:
        """Yield every name that the templates take from the session, with file and line."""
        for path in self._files().values():
            tree = self._environment.parse(path.read_text(encoding="utf-8"))
            free = meta.find_undeclared_variables(tree)
            yield from ((path, name.lineno, name.name) for name in tree.find_all(nodes.Name) if name.name in free)


def check_templates(roots: tuple[Path, ...]) -> int:
    """Check the templates of both languages, which may show what a shipped one shows; return how many there are.

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
    if problems:
        raise ContentError(problems)
    return count
