"""Drivers: perform what a handler asks, sync or awaited.

Decides nothing: a driver sends each reply back in, and throws a ``StoreError``, the
``IdempotencyConflict`` of a port, or the ``UnknownEvent`` of what a later release wrote, in where the handler
waits for it. Must not know what is asked or why.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

from omcore.engine.requests import Ports, Request
from omcore.kernel import IdempotencyConflict, StoreError, UnknownEvent

T = TypeVar("T")

# What a port may raise by its contract, and what stops one concern of a dispatcher and no other.
TOLD = (StoreError, IdempotencyConflict)
# What a handler hears of: also what cannot be read, for its command may have been answered before that was
# written (C4). Anything else ends the run as it is.
HEARD = (*TOLD, UnknownEvent)


def run(steps: Generator[Request, Any, T], ports: Ports) -> T:
    """Drive a handler against sync ports; returns its result, raises its refusal."""
    try:
        request = next(steps)
        while True:
            try:
                reply = request.perform(ports)
            except HEARD as error:
                request = steps.throw(error)
            else:
                request = steps.send(reply)
    except StopIteration as stop:
        result: T = stop.value
        return result


async def run_async(steps: Generator[Request, Any, T], ports: Ports) -> T:
    """Drive a handler against async ports."""
    try:
        request = next(steps)
        while True:
            try:
                reply = await request.perform(ports)
            except HEARD as error:
                request = steps.throw(error)
            else:
                request = steps.send(reply)
    except StopIteration as stop:
        result: T = stop.value
        return result


__all__ = ["HEARD", "TOLD", "run", "run_async"]
