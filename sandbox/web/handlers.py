"""What a method takes that hears of changes: looked at once, and not anew for each of the elements of a page."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import FunctionType, MethodType
from typing import Any

from nicegui import helpers

_looked_at = helpers.expects_arguments


def remember_methods() -> None:
    """Let the page library look at the signature of a method once; it does so thrice an element, a tenth of a page."""
    setattr(helpers, "expects_arguments", expects_arguments)  # noqa: B010


def expects_arguments(handler: Callable[..., Any]) -> bool:
    """Return whether a handler has to be given something, as the page library's own function does."""
    if isinstance(handler, MethodType) and isinstance(handler.__func__, FunctionType):
        return _of_method(handler.__func__)
    return _looked_at(handler)


@cache
def _of_method(function: FunctionType) -> bool:
    return _looked_at(MethodType(function, object()))
