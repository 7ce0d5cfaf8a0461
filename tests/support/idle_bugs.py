"""Bugs of what the engine does by itself, one each, and the promise that each of them breaks.

A part of it does nothing or too little, or asks nobody before it does something again: nothing that is
written is too much, and only what was left undone tells, or what was done twice. Each is planted for one
search, which begins at a seed near the first that finds it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import attrs
import pytest

from omcore import orders as om
from omcore.engine.keys import own_key
from omcore.engine.requests import Save
from omcore.kernel import Conflict
from omcore.orders import events as ev
from omcore.ports import Answer, Commit

# What is replaced is nobody's to import.
deadline_book: Any = import_module("omcore.engine.deadline_book")
dispatcher: Any = import_module("omcore.engine.dispatcher")
streams: Any = import_module("omcore.engine.streams")

Patch = pytest.MonkeyPatch
IDLE: dict[str, tuple[str, int, Callable[[Patch], None]]] = {}


def breaks(promise: str, first: int = 1) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
    def keep(plant: Callable[[Patch], None]) -> Callable[[Patch], None]:
        IDLE[plant.__name__] = (promise, first, plant)
        return plant

    return keep


def nothing(answer: Any) -> Callable[..., Any]:
    def steps(*given: Any) -> Any:
        return answer
        yield

    return steps


def ask_otherwise(patch: Patch, wrong: Callable[[Any], Any]) -> None:
    """What an order asks for is ``wrong(event)``, None for nothing; everything else it says as it is."""
    right = streams.om.decide

    def decide(*given: Any) -> Any:
        decided = right(*given)
        asked = [wrong(event) if type(event) is ev.PaymentRequested else event for event in decided.events]
        events = tuple([event for event in asked if event is not None])
        if events == decided.events:
            return decided
        order = given[0]
        for event in events:
            order = om.evolve(order, event)
        return attrs.evolve(decided, events=events, order=order)

    patch.setattr(streams.om, "decide", decide)


# -- what is asked for -----------------------------------------------------------------------


@breaks("PR2")
def a_capture_of_a_cent_less(patch: Patch) -> None:
    def wrong(event: Any) -> Any:
        less = event.kind == "capture" and event.amount > 1
        return attrs.evolve(event, amount=event.amount - 1) if less else event

    ask_otherwise(patch, wrong)


@breaks("PR2")
def what_is_authorized_for_nothing_is_never_voided(patch: Patch) -> None:
    ask_otherwise(patch, lambda event: None if event.kind == "void" else event)


# -- what is due by itself -------------------------------------------------------------------


@breaks("PR7", first=250)
def deadlines_are_never_met(patch: Patch) -> None:
    patch.setattr(deadline_book, "meet", nothing(0))


@breaks("PR7")
def nobody_is_routed_again(patch: Patch) -> None:
    patch.setitem(dispatcher.CONCERNS, "reroute", nothing((0, 0)))


@breaks("PR6")
def stock_is_never_published(patch: Patch) -> None:
    patch.setitem(dispatcher.CONCERNS, "stock", nothing((0, 0)))


# -- what was done already -------------------------------------------------------------------


@breaks("PR6", first=40)
def money_is_asked_for_again_and_nobody_asks_what_became_of_it(patch: Patch) -> None:
    patch.setattr(dispatcher, "_learned", nothing(None))


@breaks("PR6", first=30)
def a_message_is_sent_before_anybody_looks_whether_it_was(patch: Patch) -> None:
    def wrong(key: str, request: Any, query: Any, entry: Any, duty: Any) -> Any:
        yield request
        try:
            yield Save(Commit(Answer(own_key("effect", key), "effect", entry.stream, entry.at), {}))
        except Conflict:
            return 0
        return 1

    patch.setattr(dispatcher, "once", wrong)
