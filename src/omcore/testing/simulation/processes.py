"""Processes and tasks: who works on the store, and what is under way.

Decides what a process loses when it dies - its views and books, and its tasks - and what it keeps: its
handle on the store, its clock, its way of routing; and which handlers it begins. Must not know which
task runs when.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import datetime, timedelta
from typing import Any

from omcore.engine import deadline_book, reads
from omcore.engine.batch import execute_all
from omcore.engine.deadline_book import DeadlineBook
from omcore.engine.dispatcher import CONCERNS, ask_again, dispatch, duty_of
from omcore.engine.setup import Setup
from omcore.kernel import Command
from omcore.ports import Store
from omcore.testing.simulation.chooser import Chooser

Steps = Generator[Any, Any, Any]

# How far a clock is off, the plainest first. The engine bears a day.
SKEWS = tuple([timedelta(seconds=seconds) for seconds in (0, -1, 1, -120, 120, -1_800, 3_600, -18_000)])

# What a dispatcher is sent for: mostly everything. No carrier is simulated: nobody books a label.
_ALL = tuple([concern for concern in CONCERNS if concern != "carriers"])
_SOME: Sequence[Sequence[str]] = (
    _ALL,
    _ALL,
    ("payments",),
    ("messages", "reroute"),
    ("stock",),
    ("backorders", "shortfalls"),
)


class Process:
    """One process of the merchant's, on a handle of its own, with a clock of its own.

    ``seen`` is the last moment that it has read; while ``behind`` is positive, that many of its
    reads are answered as of then. ``tried``: what it has asked the outside to do since it began.
    """

    __slots__ = ("_book", "_routing", "_shop", "behind", "name", "seen", "setup", "skew", "store", "tried")

    def __init__(self, place: int, store: Store, shop: Any) -> None:
        self.name = f"p{place + 1}"
        self.store = store
        self.skew = SKEWS[0]
        self.seen = self.behind = 0
        self._shop = shop
        self._routing = shop.routings[place % len(shop.routings)]
        self.begin()

    def begin(self) -> None:
        """Begin anew: nothing is known but what is in the store."""
        shop = self._shop
        self.behind = 0
        self.tried: set[tuple[type, str]] = set()
        self._book = DeadlineBook()
        self.setup = Setup(
            shop.network,
            self._routing,
            shop.catalog,
            shop.policies,
            shop.rules,
            shop.chart,
            shop.sales_channels,
        )

    # -- what it does, in words and as a handler ----------------------------------------------

    def delivery(self, commands: Sequence[Command]) -> Steps:
        """One command is carried out by itself, several as a batch."""
        if len(commands) == 1:
            return reads.commanded(commands[0], self.setup)
        return execute_all(commands, self.setup)

    def dispatcher(self, at: datetime, concerns: Sequence[str] = _ALL) -> tuple[str, Steps]:
        """The dispatcher, for all that is due or a part of it."""
        what = "the dispatcher" if concerns is _ALL else f"the dispatcher, for {' and '.join(concerns)} alone"
        return what, dispatch(duty_of(self.setup, at, None, None), concerns)

    def some_dispatcher(self, at: datetime, chooser: Chooser) -> tuple[str, Steps]:
        """The same, for what is chosen."""
        return self.dispatcher(at, chooser.pick(_SOME))

    def questions(self, at: datetime, order_id: str) -> tuple[str, Steps]:
        """The gateway is asked again what became of an order's money."""
        what = f"the question what became of the money of {order_id}"
        return what, ask_again(duty_of(self.setup, at, None, None), order_id)

    def deadlines(self, at: datetime) -> tuple[str, Steps]:
        """What is due by now is done."""
        return "what is due by now", self._deadlines(at)

    def _deadlines(self, at: datetime) -> Steps:
        found = yield from deadline_book.due(self._book, at, self.setup)
        for order_id in found:
            yield from deadline_book.meet(order_id, at, self.setup, self._book, "clock", "")

    def look(self, at: datetime, order_id: str, chooser: Chooser) -> tuple[str, Steps]:
        """Somebody looks at something, and nothing comes of it."""
        setup, sku = self.setup, chooser.pick(self._shop.skus)
        looks: list[tuple[str, Steps]] = [
            (f"the question how many {sku} there are", reads.available(sku, at, setup)),
            (f"the question how many {sku} come", reads.available(sku, at, setup, at + timedelta(days=3))),
            ("the question how far the view is behind", reads.behind(setup)),
            ("a look at all stock of an hour ago", reads.snapshot(at - timedelta(hours=1))),
            ("the question which promises are late", reads.late_promises(at, setup)),
        ]
        if order_id:
            looks += [
                (f"a plan for {order_id}", reads.planned(order_id, at, setup)),
                (f"the statement of {order_id}", reads.statement(order_id)),
                (f"the question who ordered {order_id}", reads.contact(order_id)),
            ]
        return chooser.pick(looks)


class Task:
    """A handler under way. ``about``: the commands whose clients wait for it."""

    __slots__ = ("about", "error", "process", "reply", "send", "taken", "throw", "what")

    def __init__(self, steps: Steps, process: Process, what: str, about: tuple[Command, ...]) -> None:
        self.send = steps.send
        self.throw = steps.throw
        self.process = process
        self.what = what
        self.about = about
        self.reply: Any = None
        self.error: Exception | None = None
        self.taken = 0


__all__ = ["SKEWS", "Process", "Steps", "Task"]
