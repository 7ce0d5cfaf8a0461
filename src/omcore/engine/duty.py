"""Duty: one run of the dispatcher, and what its concerns share.

Decides how an effect is made once and recorded, how the dispatcher commands by itself, and that the views
of the feed are brought to its end. Must not know any concern.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import datetime
from typing import Any

import attrs

from omcore import orders as om
from omcore.engine.core import ANSWERS, carry_out, up_to_date
from omcore.engine.keys import own_key
from omcore.engine.requests import Load, Recall, Save
from omcore.engine.setup import Setup
from omcore.kernel import Conflict, IdempotencyConflict
from omcore.notifications import MessagePolicy, Template
from omcore.ports import Answer, Commit, FeedEntry

Steps = Generator[Any, Any, Any]


@attrs.define(slots=True)
class Duty:
    """One run of the dispatcher."""

    setup: Setup
    at: datetime
    templates: Mapping[str, Template]
    messages: MessagePolicy
    # By channel, how many publications of stock this run has made.
    published: dict[str, int] = attrs.field(factory=dict)
    # The channel and SKU of each.
    told: set[tuple[str, str]] = attrs.field(factory=set)
    # How far the feed was when this run first looked at what channels know; -1: it has not.
    began: int = -1


def once(key: str, request: Any, query: Any, entry: FeedEntry, duty: Duty) -> Steps:
    """Make a keyed effect and record it, unless the record says that it was made.

    Where it was begun in this process before, and what became of that is not known, ``query`` asks first:
    a port may know of a key for longer than it recognizes a repeated call.
    """
    name = own_key("effect", key)
    if (yield Recall(name)) is not None:
        return 0
    begun = duty.setup.begun
    made = name in begun and (yield query)
    begun.add(name)
    if made is not True:
        yield request
    try:
        yield Save(Commit(Answer(name, "effect", entry.stream, entry.at), {}))
    except Conflict:
        begun.discard(name)
        return 0  # another dispatcher made it at the same time, with the same key
    begun.discard(name)
    return 1


def after(duty: Duty, order: om.Order) -> datetime:
    """The run's time, or the order's where that is later: what follows from a fact is not before it.

    A refusal for the clock's sake would be recorded, and the outcome could never be told again.
    """
    return max(duty.at, order.seen_at)


def follow_up(command: Any, duty: Duty) -> Steps:
    """A command of the dispatcher's own: whatever is recorded of it is its answer, a refusal or a full shelf.

    Another error is none, such as that of a policy which gives no money: it stops the run at this
    entry, and what the entry asks for is done once that is mended.
    """
    if duty.setup.reads_stock:
        yield from up_to_date(command, duty.setup)
    try:
        yield from carry_out(command, duty.setup)
    except (*ANSWERS, IdempotencyConflict):
        return 0
    return 1


def order_of(stream: str) -> Steps:
    """The order of a stream, None where there is none."""
    loaded = yield Load((stream,))
    return loaded[stream].state


__all__ = ["Duty", "Steps", "after", "follow_up", "once", "order_of"]
