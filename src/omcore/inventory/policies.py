"""Allocation policies: which lots leave first where nobody names them.

Decides an order of lots, one named pure function each. Goods that nobody put a lot to are a lot too, of which
only is known that it does not expire and was there before all others. Must not know how many leave,
or what has expired: what has is never shipped, and is otherwise the last to leave.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from omcore.inventory.lotbook import FEFO, LotHolding

Order = Callable[[LotHolding], tuple[Any, ...]]


def first_expired_first_out(held: LotHolding) -> tuple[Any, ...]:
    """What expires soonest leaves first; what keeps for ever is last."""
    return (held.expires is None, held.expires or 0, held.since, held.lot)


def first_in_first_out(held: LotHolding) -> tuple[Any, ...]:
    """What came first leaves first, whenever it expires."""
    return (held.since, held.expires is None, held.expires or 0, held.lot)


def last_expired_first_out(held: LotHolding) -> tuple[Any, ...]:
    """What keeps longest leaves first: for customers who store it themselves."""
    return (held.expires is not None, -(held.expires or 0), held.since, held.lot)


POLICIES: Mapping[str, Order] = {
    FEFO: first_expired_first_out,
    "first_in_first_out": first_in_first_out,
    "last_expired_first_out": last_expired_first_out,
}
"""By name, the key by which lots are put in order: the least leaves first."""

__all__ = ["POLICIES", "first_expired_first_out", "first_in_first_out", "last_expired_first_out"]
