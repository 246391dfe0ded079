"""What a handler takes is said as the page library says it, be it of a function, a method or a part of one."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from sandbox.web.handlers import _looked_at, expects_arguments


class Heard:
    def nothing(self) -> None: ...

    def something(self, event: Any) -> None: ...

    def perhaps(self, event: Any = None, *more: Any, **others: Any) -> None: ...

    @classmethod
    def of_class(cls, event: Any) -> None: ...

    def __call__(self, event: Any) -> None: ...


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        (Heard().nothing, False), (Heard().something, True), (Heard().perhaps, False), (Heard.of_class, True),
        (Heard(), True), (Heard.nothing, True), (partial(Heard().something, 1), False), (print, False),
        (lambda: None, False), (lambda event: event, True), ([].append, True),
    ],
)  # fmt: skip
def test_what_a_handler_takes_is_said_as_the_page_library_says_it(handler: Any, expected: bool) -> None:
    assert [expects_arguments(handler) for _ in range(2)] == [expected] * 2 == [_looked_at(handler)] * 2
