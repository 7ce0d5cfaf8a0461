"""Which records may be stored: those of the rooms below, by module.

Decides the schema version, and the list of classes, read off the modules that define events,
states and results. Must not know how they are written.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import attrs

from omcore import ports
from omcore.inventory import movements, reservations, stock
from omcore.kernel import catalog, money, numbers, places
from omcore.orders import draft, entitlements, events, state
from omcore.routing import demand, explanation, plan, problem

VERSION = 1

_MODULES: tuple[ModuleType, ...] = (
    numbers,
    money,
    places,
    catalog,
    draft,
    entitlements,
    state,
    events,
    movements,
    stock,
    reservations,
    demand,
    problem,
    explanation,
    plan,
    ports,
)


def _classes() -> Iterator[type]:
    for module in _MODULES:
        for value in vars(module).values():
            if isinstance(value, type) and attrs.has(value) and value.__module__ == module.__name__:
                yield value


CLASSES: tuple[type, ...] = tuple(_classes())

__all__ = ["CLASSES", "VERSION"]
