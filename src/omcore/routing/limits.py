"""How far an order may be split: over how many locations, and from which value on at all.

Decides the limit that a solver is given, and why units stay that a limit or a group keeps back. A limit
binds before a price does: within it as many units ship as can, whatever else is left. Must not know
how the best plan within a limit is found.
"""

from __future__ import annotations

from collections.abc import Sequence

from omcore.kernel import InvalidType, Money, checked_quantity, record
from omcore.routing.constraints import SHIP_TOGETHER, SPLIT_LIMIT
from omcore.routing.demand import Demand
from omcore.routing.problem import MAX_LOCATIONS, Ints, Move, Problem


@record
class Splitting:
    """A limit on the locations that ship one order.

    ``at_most`` is how many may, None for any number. An order that is worth less than ``above``, or of
    which the worth is not known, ships from one location at most; None splits orders of any worth. What
    does not fit stays, with the reason ``split_limit``: whether it is canceled, waits, or ships as an
    order of its own is not for routing to say. Errors: ``InvalidQuantity``, ``InvalidType``.
    """

    at_most: int | None = None
    above: Money | None = None

    def __attrs_post_init__(self) -> None:
        if self.at_most is not None:
            checked_quantity(self.at_most, "at_most", high=MAX_LOCATIONS)
        if self.above is not None and type(self.above) is not Money:
            raise InvalidType("above", expected="Money")

    def limit_of(self, demand: Demand) -> int:
        """How many locations may ship an order, 0 for any number.

        Errors: ``CurrencyMismatch`` where the order is worth something in another currency: no rate is
        known here, and to split it or not would both be a guess.
        """
        if self.above is not None and (demand.value is None or demand.value < self.above):
            return 1
        return self.at_most or 0


class KeptBack:
    """Why units stay that a limit or a group keeps back; worked out once for all items of a plan."""

    __slots__ = ("_group_of", "_idle", "_problem")

    def __init__(self, problem: Problem, moves: Sequence[Move]) -> None:
        self._problem = problem
        self._group_of = {item: group for group in problem.groups for item in group}
        used = {j for _, j, _ in moves} if problem.at_most else set()
        # The locations that the limit kept from shipping anything.
        full = problem.at_most and len(used) >= problem.at_most
        self._idle = [j for j in range(len(problem.locations)) if j not in used] if full else []

    def why(self, item: int) -> str:
        """By the limit, by its group, or "" where it is by neither."""
        problem, group = self._problem, self._group_of.get(item)
        if any(_can(problem, item, group, j) for j in self._idle):
            return SPLIT_LIMIT
        if group is not None and any(problem.holds(item, j) for j in range(len(problem.locations))):
            return SHIP_TOGETHER
        return ""


def _can(problem: Problem, item: int, group: Ints | None, j: int) -> bool:
    """Whether a location could have shipped any of an item."""
    if group is None:
        return problem.holds(item, j) > 0
    return all(problem.holds(member, j) == problem.quantities[member] for member in group)


def checked_splitting(value: object) -> Splitting | None:
    """A ``Splitting`` or None."""
    if value is not None and type(value) is not Splitting:
        raise InvalidType("splitting", expected="Splitting")
    return value


__all__ = ["KeptBack", "Splitting", "checked_splitting"]
