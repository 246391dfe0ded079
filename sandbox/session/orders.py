"""The facilitator's orders to a running session."""

from __future__ import annotations

import asyncio
from typing import Any

from sandbox.content.plain import plain
from sandbox.content.words import refusal
from sandbox.errors import InputError
from sandbox.game.game import Game
from sandbox.game.orders import order_refusal, stage_of, too_late
from sandbox.record.log import Log
from sandbox.record.payloads import Order, OrderKind


class OrderBook:
    """The facilitator's orders to a running session; each is written to its log when it is given.

    The session looks at them between two turns; they do not wait for a person whose turn it is.
    """

    def __init__(self) -> None:
        self._game: Game | None = None
        self._log: Log | None = None
        self._news = asyncio.Event()

    def open(self, game: Game, log: Log) -> None:
        """Bind the book to a session that starts to run."""
        self._game, self._log = game, log

    @property
    def opened(self) -> bool:
        """Whether orders are taken."""
        return self._log is not None

    def close(self) -> None:
        """Take no more orders."""
        self._game = self._log = None

    def give(self, kind: OrderKind, **fields: Any) -> Order:
        """Keep an order and wake the session.

        ``fields`` are those of `Order` that the kind needs.

        Raises:
            InputError: the order cannot be given; the message says what is allowed.
        """
        if self._game is None or self._log is None:
            raise refusal("refused.not_running")
        blank: Any = {
            "kind": kind, "stage": stage_of(self._log), "seat": "", "text": "", "inject": "", "act": "", "to": [],
            "by": "", "turns": 0, "minutes": 0, "motion": "", "giver": "facilitator",
        }  # fmt: skip
        whole: Any = {"id": f"O{len(self._log.of('order')) + 1}", **blank, **fields}
        order: Order = whole
        order["text"] = " ".join(plain(order["text"]).split())
        refused = order_refusal(self._game, order) or too_late(self._game, self._log, order)
        if refused:
            raise InputError(refused)
        self._log.append("order", dict(order), seat=order["seat"])
        self._news.set()
        return order

    async def news(self) -> None:
        """Wait until an order is given."""
        await self._news.wait()

    def read(self) -> None:
        """Mark the orders given so far as seen."""
        self._news.clear()


def take_off(log: Log, line: str, *, off: bool) -> None:
    """Write to a log that the words of a line are taken off, or put back.

    Raises:
        InputError: there is no such line.
    """
    if log.find("line", line) is None:
        spoken = [event.payload["id"] for event in log.of("line")]
        raise (
            refusal("refused.no_line", line=line, first=spoken[0], last=spoken[-1])
            if spoken
            else refusal("refused.no_lines", line=line)
        )
    log.append("removal", {"id": f"X{len(log.of('removal')) + 1}", "line": line, "off": off})
