"""Kits that are built ahead: finished ones in stock under the kit's own SKU (S11).

Decides how kits are made of loose stock and taken apart again, and that whoever claims such a kit is
given a finished one first: it is taken apart in the books in the same commit, and its components are
what is claimed. So a claim is on components whichever way it was served, and nothing is counted
twice. Must not know orders, or how one stock item decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from omcore.inventory import operations as op
from omcore.inventory.causes import ASSEMBLED, TAKEN_APART
from omcore.inventory.commands import MAX_ITEMS, AssembleKits, TakeKitsApart
from omcore.inventory.reservations import ReservedItem
from omcore.inventory.stock import StockItem
from omcore.kernel import Components, Refusal, changed, checked_limit

# Units, and operations, by (location, SKU); what a kit is made of, by its SKU.
Amounts = Mapping[tuple[str, str], int]
Work = Mapping[tuple[str, str], Sequence[Any]]
Kits = Mapping[str, Components]


class NotBuiltAhead(Refusal):
    """The catalog does not say that finished ones of this SKU may lie in stock. Fields: sku."""

    code = "not_built_ahead"


def rework(command: AssembleKits | TakeKitsApart, kits: Kits) -> Work:
    """The operations on the kit and on what it is made of; ``NotBuiltAhead``."""
    components = kits.get(command.sku)
    if components is None:
        raise NotBuiltAhead("sku", sku=command.sku)
    made, cause = (1, ASSEMBLED) if type(command) is AssembleKits else (-1, TAKEN_APART)
    made *= command.quantity
    work = {(command.location, command.sku): (op.Rework(made, cause),)}
    for sku, each in components:
        work[command.location, sku] = (op.Rework(-made * each, cause),)
    return dict(sorted(work.items()))


def asked(items: Iterable[ReservedItem], kits: Kits) -> dict[tuple[str, str], int]:
    """How many of such kits a reservation is of."""
    found: dict[tuple[str, str], int] = {}
    for item in items if kits else ():
        if item.sku in kits:
            key = (item.location, item.sku)
            found[key] = found.get(key, 0) + item.quantity
    return found


def exploded(items: Iterable[ReservedItem], kits: Kits) -> tuple[ReservedItem, ...]:
    """What a reservation is of, such kits by their components, summed (S3)."""
    summed: dict[tuple[str, str], int] = {}
    for item in items:
        for sku, each in kits.get(item.sku, ((item.sku, 1),)):
            key = (item.location, sku)
            summed[key] = summed.get(key, 0) + item.quantity * each
    checked_limit(len(summed), MAX_ITEMS, "items", "items")
    return tuple([ReservedItem(sku, location, units) for (location, sku), units in summed.items()])


def served(
    asked_for: Amounts,
    kits: Kits,
    own: Amounts,
    need: Amounts,
    stock: Callable[[tuple[str, str]], StockItem | None],
    now: datetime,
) -> dict[tuple[str, str], int]:
    """How many finished kits serve a claim: as many as are free, but for what its owner holds already.

    ``need`` is all that is claimed of each component, ``own`` what the owner's earlier claim holds of it:
    units whose components he holds are not served again, unless what is loose does not suffice for the rest.
    """
    free = {key: min(units, _free(stock(key), now)) for key, units in asked_for.items()}
    left, used = dict(own), {}
    for location, kit in sorted(asked_for):
        units = asked_for[location, kit]
        covered = min(units, *[left.get((location, sku), 0) // each for sku, each in kits[kit]])
        for sku, each in kits[kit] if covered else ():
            left[location, sku] -= covered * each
        used[location, kit] = min(free[location, kit], units - covered)
    if used == free:
        return free
    loose = _loose(used, kits)
    for key, units in need.items():
        item = stock(key)
        more = units - own.get(key, 0) - loose.get(key, 0)
        if more > (0 if item is None else max(0, item.promisable(now))):
            return free
    return used


def _free(item: StockItem | None, now: datetime) -> int:
    return 0 if item is None else max(0, item.atp(now))


def _loose(finished: Amounts, kits: Kits) -> dict[tuple[str, str], int]:
    """What finished kits are made of."""
    loose: dict[tuple[str, str], int] = {}
    for (location, kit), units in finished.items():
        for sku, each in kits[kit] if units else ():
            loose[location, sku] = loose.get((location, sku), 0) + units * each
    return loose


def taken_apart(work: Work, finished: Amounts, kits: Kits) -> Work:
    """The operations, with finished kits in the place of loose components; in the order of the streams."""
    more: dict[tuple[str, str], Sequence[Any]] = dict(work)
    for key, units in finished.items():
        if units:
            more[key] = (*more.get(key, ()), op.Rework(-units, TAKEN_APART))
    for key, units in _loose(finished, kits).items():
        more[key] = _brought(more.get(key, ()), units)
    return dict(sorted(more.items()))


def _brought(operations: Sequence[Any], loose: int) -> Sequence[Any]:
    """Claims, with so many units that come in for them; what none of them needs is loose stock.

    First for who was promised nothing: what was promised may be filled where safety lets nobody else claim.
    """
    parts: dict[int, int] = {}
    for kinds in ((op.Allocate, op.Reserve), (op.Fill,)):
        for place, operation in enumerate(operations):
            if loose and type(operation) in kinds:
                held = held_of(operation) if type(operation) is op.Allocate else 0
                parts[place] = min(loose, operation.quantity - held)
                loose -= parts[place]
    given: list[Any] = []
    for place, operation in enumerate(operations):
        part = parts.get(place)
        if part is None:
            given.append(operation)
        elif type(operation) is op.Fill:
            # What was promised out of supply is served from a kit instead: the supply is free for others.
            given += [op.Unpromise(part, operation.second), op.Allocate(part, (), part)]
            if operation.quantity > part:
                given.append(changed(operation, quantity=operation.quantity - part))
        else:
            given.append(changed(operation, brought=part))
    if loose:
        given.append(op.Rework(loose, TAKEN_APART))
    return given


def held_of(operation: op.Allocate) -> int:
    """How many units of an allocation its owner's reservation holds."""
    return sum([units for _, units in operation.from_reservation])


__all__ = ["NotBuiltAhead", "asked", "exploded", "held_of", "rework", "served", "taken_apart"]
