"""Prompt and report templates (Jinja2), in both languages, overlaid like all content."""

from __future__ import annotations

import hashlib
from pathlib import Path

import jinja2

from sandbox.content.schemas import Lang
from sandbox.errors import ContentError

__all__ = ["Templates", "unmarked"]

_FAULTS = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError, OSError)
_MARKS = str.maketrans("⟦⟧", "[]")


def unmarked(text: str) -> str:
    """Return a text without the marks ⟦ and ⟧, between which templates put what participants said."""
    return text.translate(_MARKS) if "⟦" in text or "⟧" in text else text


def _finalize(value: object) -> str:
    return unmarked(str(value))


class Templates:
    """Templates of one language; no value that is filled in can open or close the marks of `unmarked`.

    Args:
        roots: content folders, the user's last; its templates win.
        lang: the language.
    """

    def __init__(self, roots: tuple[Path, ...], lang: Lang) -> None:
        folders = [root / "prompts" / "templates" / lang for root in reversed(roots)]
        self._folders = folders
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folders),
            undefined=jinja2.StrictUndefined,
            finalize=_finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
            auto_reload=False,
        )

    def digest(self, *names: str) -> str:
        """Return a digest of some templates, for example ``judge``; without names, of all."""
        found: dict[str, bytes] = {}
        for folder in reversed(self._folders):
            paths = [path for path in folder.glob("*.md") if not names or path.stem in names]
            found |= {path.name: path.read_bytes() for path in paths}
        joined = b"\n".join(name.encode() + b"\n" + found[name] for name in sorted(found))
        return hashlib.sha256(joined).hexdigest()[:16]

    def render(self, template: str, /, **values: object) -> str:
        """Fill a template, for example ``turn``.

        Raises:
            ContentError: the template does not exist, is malformed, uses a value that does not exist, or fails.
        """
        file = f"{template}.md"
        try:
            return self._environment.get_template(file).render(values).strip()
        except jinja2.TemplateNotFound as error:
            raise ContentError([f"template {error.name or file} does not exist"]) from error
        except jinja2.TemplateSyntaxError as error:
            raise ContentError([f"{error.filename or file}:{error.lineno}: {error.message}"]) from error
        except (jinja2.TemplateError, *_FAULTS) as error:
            raise ContentError([f"template {file}: {error}"]) from error
