"""Prompt and report templates (Jinja2), in both languages, overlaid like all content."""

from __future__ import annotations

import hashlib
from pathlib import Path

import jinja2

from sandbox.content.models import Lang
from sandbox.errors import ContentError

__all__ = ["Templates"]


class Templates:
    """Templates of one language.

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
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
            auto_reload=False,
        )

    def digest(self) -> str:
        """Return a digest of all templates."""
        found: dict[str, bytes] = {}
        for folder in reversed(self._folders):
            found |= {path.name: path.read_bytes() for path in sorted(folder.glob("*.md"))}
        joined = b"\n".join(name.encode() + b"\n" + found[name] for name in sorted(found))
        return hashlib.sha256(joined).hexdigest()[:16]

    def render(self, template: str, /, **values: object) -> str:
        """Fill a template, for example ``turn``.

        Raises:
            ContentError: the template does not exist, is malformed, or uses a value that does not exist.
        """
        file = f"{template}.md"
        try:
            return self._environment.get_template(file).render(values).strip()
        except jinja2.TemplateNotFound as error:
            raise ContentError([f"template {file} does not exist"]) from error
        except jinja2.TemplateSyntaxError as error:
            raise ContentError([f"{error.filename or file}:{error.lineno}: {error.message}"]) from error
        except jinja2.UndefinedError as error:
            raise ContentError([f"template {file}: {error.message}"]) from error
