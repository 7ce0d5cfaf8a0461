"""Waves: a batch of orders planned together, over the stock that they share.

Decides who gets what where orders compete: no unit is given twice, orders of a higher priority are filled
first, and among plans that fill as much the one that costs least together is looked for. It begins with one
order after the other, and never ends with less; prices of contended shelves then say who should go elsewhere,
and each order is planned anew while the others keep what they have. How far the whole may be off is told by a
bound. Must not know how one order is planned: that is the strategy's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from omcore.kernel import InvalidType, Network, changed, checked_id, checked_limit, checked_quantity, record
from omcore.routing._exactly import exactly
from omcore.routing._joint import (
    Posed,
    Prices,
    Unfilled,
    is_plain,
    least_of,
    most_filled,
    posed,
    priced_plan,
    unfilled_of,
)
from omcore.routing._sharing import Allotted, Cell, Shared, shared
from omcore.routing.demand import Availability, Demand
from omcore.routing.plan import RoutingPlan
from omcore.routing.strategies import CostStrategy

MAX_DEMANDS = 10_000
MAX_ROUNDS = 1_000
# So many units are looked at one by one, to find the most that can be filled.
_COUNTED_UNITS = 20_000
# So many pairs of orders are planned anew together, in a wave of so many at most.
_PAIRS = 300
_PAIRED = 200


@record
class WavePlan:
    """Plans of a wave, in the order in which the demands were given.

    ``cost`` is what was least, summed (``plan.explanation.cost``), in 1/``scale`` of a ``measure``; no joint
    plan that leaves as few units in every priority costs less than ``lower_bound``. ``proven``: nor does any
    leave fewer units of an earlier priority, and none that leaves as few costs less. Of orders that
    a preference weighs nothing is proven, and the bound is 0: what each counts hangs on what the others have.
    """

    plans: tuple[RoutingPlan, ...]
    cost: int
    measure: str
    scale: int
    proven: bool
    lower_bound: int

    @property
    def unfilled(self) -> int:
        """Units that stay."""
        return sum(plan.unfilled for plan in self.plans)

    def __iter__(self) -> Iterator[RoutingPlan]:
        return iter(self.plans)

    def __len__(self) -> int:
        return len(self.plans)


@attrs.frozen
class _Found:
    """Plans by order, and how good they are together: units that stay by priority, then the cost."""

    plans: tuple[RoutingPlan, ...]
    unfilled: Unfilled
    cost: int

    @property
    def judged(self) -> tuple[Unfilled, int]:
        return self.unfilled, self.cost


class Wave:
    """A batch jointly, by any ``CostStrategy``; one order alone is planned as that strategy does.

    Orders are filled by priority, lower first, then as they were given. ``rounds`` bounds the search: each
    plans every order that competes about twice. Without any it is one order after the other, improved.
    """

    def __init__(self, strategy: CostStrategy, *, rounds: int = 12, name: str = "wave") -> None:
        self._name = checked_id(name, "name")
        if not issubclass(type(strategy), CostStrategy):
            raise InvalidType("strategy", expected="CostStrategy")
        self._strategy = strategy
        self._rounds = checked_quantity(rounds, "rounds", low=0, high=MAX_ROUNDS)

    @property
    def name(self) -> str:
        """Stands in every plan."""
        return self._name

    @property
    def strategy(self) -> CostStrategy:
        """Plans each order."""
        return self._strategy

    @property
    def rounds(self) -> int:
        """How often prices are moved."""
        return self._rounds

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        """One order alone, as the strategy plans it."""
        return named(self._strategy.plan(demand, network, availability), self._name)

    def plan_all(self, demands: Sequence[Demand], network: Network, availability: Availability) -> WavePlan:
        """Plans for orders that share stock, in the order given; see ``WavePlan``.

        Each explains itself by what the others left of the stock. Errors: as ``CostStrategy.plan``, and
        ``LimitExceeded`` for more than 10,000 orders.
        """
        if type(demands) is not tuple and type(demands) is not list:
            raise InvalidType("demands", expected="a tuple or list of Demand")
        checked_limit(len(demands), MAX_DEMANDS, "demands", "orders")
        for i, demand in enumerate(demands):
            if type(demand) is not Demand:
                raise InvalidType(f"demands[{i}]", expected="Demand")
        found = _Planning(self, tuple(demands), network, availability).whole()
        if len(demands) > 1 and not is_steady(self._strategy):
            # What one order counts may fall by what another is given, so that no bound is known.
            found = changed(found, proven=False, lower_bound=0)
        return found


def named(plan: RoutingPlan, name: str) -> RoutingPlan:
    """A strategy's plan under the name of the wave."""
    return changed(plan, strategy=name, decided_by=plan.strategy)


class _Planning:
    """One wave on its way to a plan."""

    def __init__(
        self, wave: Wave, demands: tuple[Demand, ...], network: Network, availability: Availability
    ) -> None:
        self.wave, self.demands = wave, demands
        self.strategy = wave.strategy
        self.network, self.availability = network, availability
        # Who is filled first.
        self.ranks = sorted(range(len(demands)), key=lambda i: (demands[i].priority, i))
        self.whole_stock = shared(availability)
        self.orders: list[Posed] = []
        self.stock: dict[Cell, int] = {}
        # Whether all see the same on each shelf, now and whatever the others are given.
        self.plain = is_steady(wave.strategy)

    def whole(self) -> WavePlan:
        """The plan, and how good it is."""
        for demand in self.demands:
            order, seen = posed(self.strategy, demand, self.network, self.whole_stock)
            self.orders.append(order)
            for cell, units in seen.items():
                # An order that is collected may have what others must leave: the bound lets all have it.
                known = self.stock.setdefault(cell, units)
                if known != units:
                    self.stock[cell], self.plain = max(units, known), False
        first = self.after_one_another()
        if all(self.is_content(i, first) for i in self.ranks):
            proven = all(order.alone.proven for order in self.orders)
            return self.told(first, first.cost, proven=proven)
        competing = self.competing(first)
        if len(competing) == len(self.demands):
            return self.searched(first)
        some = tuple([self.demands[i] for i in competing])
        inner = _Planning(self.wave, some, self.network, self.availability).whole()
        plans = [named(plan, self.wave.name) for plan in first.plans]
        rest = [i for i in self.ranks if i not in set(competing)]
        for i, plan in zip(competing, inner.plans, strict=True):
            plans[i] = plan
        cost = sum([first.plans[i].explanation.cost for i in rest])
        return WavePlan(
            tuple(plans),
            inner.cost + cost,
            inner.measure,
            inner.scale,
            inner.proven and all(self.orders[i].alone.proven for i in rest),
            inner.lower_bound + cost,
        )

    def competing(self, found: _Found) -> list[int]:
        """The orders that have less, or at a higher cost, than they would alone; those that share an item
        with one of them, and so on. All of them where a location takes so many orders a day."""
        if self.limited():
            return list(range(len(self.demands)))
        by_sku: dict[str, list[int]] = {}
        for i, order in enumerate(self.orders):
            for sku in _skus(order):
                by_sku.setdefault(sku, []).append(i)
        queue = [i for i in self.ranks if not self.is_content(i, found)]
        known = set(queue)
        for i in queue:
            for sku in _skus(self.orders[i]):
                for other in by_sku.pop(sku, ()):
                    if other not in known:
                        known.add(other)
                        queue.append(other)
        return sorted(known)

    def limited(self) -> bool:
        """Whether locations take so many orders a day."""
        limited = any(location.daily_capacity is not None for location in self.network.locations)
        return limited and type(self.whole_stock) is not Shared

    def searched(self, best: _Found) -> WavePlan:
        """The best that is found from a first plan, and the bound that is left."""
        best = min(best, self.improved(best), key=_judged)
        # No joint plan leaves less: what each would leave alone, or what counting every unit comes to.
        least = least_of(self.orders) if all(order.alone.proven for order in self.orders) else None
        if best.unfilled != least and self.counted():
            given = most_filled(self.orders, self.ranks, self.stock)
            units = [sum(cells.values()) for cells in given]
            least = unfilled_of(self.orders, [o.units - n for o, n in zip(self.orders, units, strict=True)])
            best = min(best, self.improved(self.allotted(given)), key=_judged)
        best = self.in_pairs(best)
        if self.plain and not self.limited() and all(order.alone.proven for order in self.orders):
            exact = exactly(self.orders, self.ranks, self.stock, best.judged)
            if exact is not None:
                if exact:
                    best = min(best, self.improved(self.allotted(exact)), key=_judged)
                return self.told(best, best.cost, proven=True)
        prices = Prices(self.orders, self.stock, best.unfilled)
        for _ in range(self.wave.rounds):
            moved = prices.round(best.cost)
            better = self.improved(self.at_prices(prices.prices))
            if better.judged < best.judged:
                best = better
                if best.unfilled != prices.target:
                    known = prices.prices
                    prices = Prices(self.orders, self.stock, best.unfilled)
                    prices.prices = known
                    moved = True
            if not moved or prices.bound >= best.cost:
                break
        bound = max(0, min(prices.bound, best.cost)) if prices.known else 0
        filled = least is not None and best.unfilled <= least
        return self.told(best, bound, proven=filled and bound == best.cost)

    def counted(self) -> bool:
        """Whether the most that can be filled is found by counting units."""
        few = sum([order.units for order in self.orders]) <= _COUNTED_UNITS
        return few and all(is_plain(order) for order in self.orders)

    def told(self, found: _Found, bound: int, *, proven: bool) -> WavePlan:
        whole = tuple([named(plan, self.wave.name) for plan in found.plans])
        measure, scale = self.strategy.measure, self.strategy.scale
        return WavePlan(whole, found.cost, measure, scale, proven, bound)

    # -- plans, one way or another ---------------------------------------------------------------

    def after_one_another(self) -> _Found:
        """Each order as if it were the last: what those before it were given is gone."""
        return self.given([None] * len(self.demands))

    def at_prices(self, prices: dict[Cell, int]) -> _Found:
        """One after another, with the prices of contended shelves on top of what they cost."""
        view = shared(self.availability)
        plans: dict[int, RoutingPlan] = {}
        for i in self.ranks:
            units = priced_plan(self.strategy, self.demands[i], self.network, view, prices)
            plans[i] = self.strategy.plan(self.demands[i], self.network, Allotted(units))
            view.take(self.demands[i], plans[i])
        return self.found(plans)

    def allotted(self, given: Sequence[dict[Cell, int]]) -> _Found:
        """Each order with just the units that it was counted for."""
        return self.given([Allotted(cells) for cells in given])

    def given(self, seen: Sequence[Any]) -> _Found:
        """Each order by what it is to see, or by what is left where nothing is said."""
        view = shared(self.availability)
        plans: dict[int, RoutingPlan] = {}
        for i in self.ranks:
            there = view if seen[i] is None else seen[i]
            plans[i] = self.strategy.plan(self.demands[i], self.network, there)
            view.take(self.demands[i], plans[i])
        return self.found(plans)

    def found(self, plans: dict[int, RoutingPlan]) -> _Found:
        listed = tuple([plans[i] for i in range(len(self.demands))])
        unfilled = unfilled_of(self.orders, [plan.unfilled for plan in listed])
        return _Found(listed, unfilled, sum([plan.explanation.cost for plan in listed]))

    # -- better ----------------------------------------------------------------------------------

    def improved(self, found: _Found) -> _Found:
        """Each order anew while the others keep what they have, until none gets any better.

        All are planned once at least: what a plan costs that was made of an allotment is not known before.
        """
        view = self.taken(found)
        plans = dict(enumerate(found.plans))
        best: _Found | None = None
        for _ in range(_PASSES):
            for i in self.ranks:
                self.anew(i, plans, view)
            now = self.found(plans)
            if best is not None and now.judged >= best.judged:
                break
            best = now
        return best or found

    def in_pairs(self, found: _Found) -> _Found:
        """Two orders that share an item anew, either first, while the others keep what they have."""
        if len(self.orders) > _PAIRED:
            return found
        skus = [_skus(order) for order in self.orders]
        tried = 0
        for a in self.ranks:
            for b in self.ranks:
                if a == b or not skus[a] & skus[b] or self.is_content(a, found):
                    continue
                tried += 1
                if tried > _PAIRS:
                    return found
                view = self.taken(found)
                plans = dict(enumerate(found.plans))
                view.release(self.demands[b], plans[b])
                self.anew(a, plans, view)
                view.take(self.demands[b], plans[b])
                self.anew(b, plans, view)
                found = min(found, self.found(plans), key=_judged)
        return found

    def is_content(self, i: int, found: _Found) -> bool:
        """Whether an order has all that it could have alone."""
        plan, order = found.plans[i], self.orders[i]
        return plan.unfilled == order.least and plan.explanation.cost <= order.alone.bound

    def taken(self, found: _Found) -> Shared:
        view = shared(self.availability)
        for demand, plan in zip(self.demands, found.plans, strict=True):
            view.take(demand, plan)
        return view

    def anew(self, i: int, plans: dict[int, RoutingPlan], view: Shared) -> None:
        """One order by what the others leave."""
        view.release(self.demands[i], plans[i])
        plans[i] = self.strategy.plan(self.demands[i], self.network, view)
        view.take(self.demands[i], plans[i])


# Times that each order is planned anew.
_PASSES = 6


def is_steady(strategy: CostStrategy) -> bool:
    """Whether what an order costs does not hang on what the others were given."""
    return strategy.weighing is None or not strategy.weighing.live


def _skus(order: Posed) -> set[str]:
    return {sku for components in order.items for sku, _ in components}


def _judged(found: _Found) -> tuple[Unfilled, int]:
    return found.judged


__all__ = ["MAX_DEMANDS", "Wave", "WavePlan"]
