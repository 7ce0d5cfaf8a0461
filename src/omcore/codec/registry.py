"""Which of omcore's records may be written: a table of the modules that define them.

Decides what has a stored form - values, drafts, commands, events, states, routing plans and what
passes through the ports: an attrs class that is defined in one of these modules is in - and what
becomes of earlier versions. Must not know how they are written. Records of the rooms above are
registered by whoever stores them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import attrs

from omcore import ports
from omcore.codec.records import Codec, Fields, Upcaster
from omcore.inventory import (
    INVENTORY_COMMANDS,
    allocations,
    lotbook,
    movements,
    outlook,
    publications,
    reservations,
    stock,
    tolerance,
)
from omcore.kernel import calendars, catalog, measure, money, numbers, places
from omcore.orders import ORDER_COMMANDS, draft, entitlements, events, state
from omcore.orders.amendments import operations
from omcore.orders.fulfillment import labels
from omcore.orders.fulfillment import state as fulfillment_state
from omcore.orders.payments import state as payment_state
from omcore.orders.returns import state as return_state
from omcore.routing import demand, explanation, plan, problem, reoptimization

MODULES: tuple[ModuleType, ...] = (
    numbers,
    money,
    calendars,
    places,
    measure,
    catalog,
    draft,
    entitlements,
    operations,
    fulfillment_state,
    labels,
    payment_state,
    return_state,
    state,
    events,
    outlook,
    tolerance,
    lotbook,
    stock,
    movements,
    publications,
    reservations,
    allocations,
    demand,
    problem,
    explanation,
    plan,
    reoptimization,
    ports,
)

UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}
"""(type name, version) to the function that turns its stored fields into the next version's.

Empty, because no release has written anything yet. docs/howto/evolve-a-schema.md says how an entry
is made; docs/reference/schemas.md has what each version looks like.
"""


def _classes() -> Iterator[type]:
    for module in MODULES:
        home = f"{module.__name__}."  # a package's own modules are within it
        for value in vars(module).values():
            if isinstance(value, type) and attrs.has(value) and f"{value.__module__}.".startswith(home):
                yield value
    yield from ORDER_COMMANDS
    yield from INVENTORY_COMMANDS


CODEC = Codec(_classes(), UPCASTERS)
"""omcore's own classes; the functions below use it."""


def to_json(value: object) -> Fields:
    """``CODEC.to_json``: the tagged, JSON-ready form of a record."""
    return CODEC.to_json(value)


def from_json(data: object) -> Any:
    """``CODEC.from_json``: the record of a tagged form."""
    return CODEC.from_json(data)


def dumps(value: object) -> str:
    """``CODEC.dumps``: a record as canonical JSON text."""
    return CODEC.dumps(value)


def loads(text: object) -> Any:
    """``CODEC.loads``: the record of what ``dumps`` wrote."""
    return CODEC.loads(text)


__all__ = ["CODEC", "MODULES", "UPCASTERS", "dumps", "from_json", "loads", "to_json"]
