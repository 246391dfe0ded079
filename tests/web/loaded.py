"""What servers have in common, loaded once in the process of which each of them is a copy."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

from limits.storage import MemoryStorage
from nicegui import app, client, helpers, ui, ui_run  # noqa: F401

import sandbox.cli.app
import sandbox.cli.console
import sandbox.cli.serve
import sandbox.session.choice
import sandbox.session.driver
import sandbox.web.server
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.program import code_digest
from sandbox.content.words import Words
from sandbox.report.document import html
from sandbox.scoring import null_model
from tests.scoring.null_sessions import null_values

_expects, _known = helpers.expects_arguments, dict[Callable[..., Any], bool]()


def _expects_arguments(handler: Callable[..., Any]) -> bool:
    """Look at a method's signature once: the page library does for each element, a fifth of what a page takes."""
    method = getattr(handler, "__func__", None)
    if method is None:
        return _expects(handler)
    if method not in _known:
        _known[method] = _expects(handler)
    return _known[method]


vars(helpers)["expects_arguments"] = _expects_arguments
# It would start a thread for each deed that is counted, to forget it a minute later.
setattr(MemoryStorage, "_MemoryStorage__schedule_expiry", lambda _: None)  # noqa: B010
null_model._values = null_values  # a room plays them when its session is over
library = Library.load()
library.check()  # the shipped cards are read once in a process
code_digest()  # and so is the code
for lang in get_args(Lang):
    Words(lang)  # and so are the texts of a language
    library.templates(lang).check()  # and what its templates were compiled to
for module in (  # which others import once they are at work
    "anyio._backends._asyncio", "httpcore2", "langchain_core.tracers.context", "openai", "uvicorn.lifespan.on",
    "uvicorn.loops.auto", "uvloop",
):  # fmt: skip
    with suppress(ImportError):
        import_module(module)
for name in html._environment().list_templates(["j2"]):
    html._environment().get_template(name)
for path in Path(sandbox.web.server.__file__).parent.rglob("*.py"):
    for name in re.findall(r"\bui\.(\w+)", path.read_text(encoding="utf-8")):
        getattr(ui, name, None)  # what a page consists of is imported when it is first drawn
client.templates.get_template("index.html")
for route in app.routes:  # the first request has them made for what each is included in
    route.matches({"type": "http", "method": "GET", "path": "/"})
gc.freeze()  # a copy's search for garbage would first copy all that it looks at
