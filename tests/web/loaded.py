"""What servers have in common, loaded once in the process of which each of them is a copy."""

from __future__ import annotations

import gc
from typing import get_args

import sandbox.cli.app
import sandbox.cli.console
import sandbox.cli.serve
import sandbox.session.choice
import sandbox.session.driver
import sandbox.web.app  # noqa: F401
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.words import Words

for lang in get_args(Lang):
    Words(lang)  # the texts of a language are read once in a process
Library.load().check()  # and so are the shipped cards
gc.collect()
gc.freeze()  # a copy's search for garbage would first copy all that it looks at
