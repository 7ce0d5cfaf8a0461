"""Drivers: perform what a handler asks, sync or awaited.

Decides nothing: a driver sends each reply back in, and throws a ``StoreError``, or the
``IdempotencyConflict`` of a port, in where the handler waits for it. Must not know what is asked or why.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

from omcore.engine.requests import Ports, Request
from omcore.kernel import IdempotencyConflict, StoreError

T = TypeVar("T")

# What a port may raise by its contract; anything else ends the run as it is.
TOLD = (StoreError, IdempotencyConflict)


def run(steps: Generator[Request, Any, T], ports: Ports) -> T:
    """Drive a handler against sync ports; returns its result, raises its refusal."""
    try:
        request = next(steps)
        while True:
            try:
                reply = request.perform(ports)
            except TOLD as error:
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
            except TOLD as error:
                request = steps.throw(error)
            else:
                request = steps.send(reply)
    except StopIteration as stop:
        result: T = stop.value
        return result


__all__ = ["TOLD", "run", "run_async"]
