"""Bounds and prices of a wave: what the best joint plan of many orders could cost.

Decides, for orders that share stock, a bound that no joint plan is below, and prices of the shelves that they
compete for. Each order is planned by itself with the prices on top of its costs; what all of them come to,
less what the stock is worth at these prices, is the bound (Lagrangian relaxation), and prices rise where more
is asked for than there is. Where not all can be filled, an order may leave units *nowhere*, at a price too.
Must not know what becomes of either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from omcore.kernel import Components
from omcore.routing._sharing import Cell
from omcore.routing.demand import Demand, reader
from omcore.routing.problem import Ints, Pool, Problem, Solution
from omcore.routing.solver import solved

# Units that stay by priority, the first priority first: fewer of an earlier one come before any cost.
Unfilled = tuple[int, ...]


_UNSOLVED = Solution((), 0, 0, True, 0)


@attrs.frozen
class Posed:
    """One order of a wave and its problem, as if it were alone. ``least``: how many units stay even so."""

    demand: Demand
    problem: Problem
    items: tuple[Components, ...]
    effort: int
    alone: Solution = _UNSOLVED
    least: int = 0

    @property
    def units(self) -> int:
        """Units that are asked for."""
        return sum(self.problem.quantities)


@attrs.frozen
class Answer:
    """What an order would do at some prices: its value with them, the stock that it takes, what stays."""

    value: int
    used: Mapping[Cell, int]
    unfilled: int


def priced_plan(
    strategy: Any, demand: Demand, network: Any, availability: Any, prices: Mapping[Cell, int]
) -> Mapping[Cell, int]:
    """The stock that an order takes of what it sees, with prices on top of what it costs."""
    _, problem, items = _problem(strategy, demand, network, availability)
    return at_prices(Posed(demand, problem, items, strategy.effort), prices).used


def _problem(
    strategy: Any, demand: Demand, network: Any, availability: Any
) -> tuple[Any, Problem, tuple[Components, ...]]:
    table, problem, groups, _, _ = strategy.weighed(demand, network, availability)
    firsts = range(len(problem.labels)) if groups is None else [members[0] for members in groups]
    lines = [demand.lines[i] for i in firsts]
    return table, problem, tuple([line.components or ((line.sku, 1),) for line in lines])


def posed(strategy: Any, demand: Demand, network: Any, availability: Any) -> tuple[Posed, dict[Cell, int]]:
    """An order's problem, and what it sees on the shelves that it may take from."""
    table, problem, items = _problem(strategy, demand, network, availability)
    read = reader(availability, table.floors)
    seen: dict[Cell, int] = {}
    for sku in dict.fromkeys(sku for components in items for sku, _ in components):
        for name, units in zip(table.ids, read(sku, table.ids, demand.at), strict=True):
            seen[sku, name] = max(0, units)
    effort = strategy.effort
    alone = solved(problem, effort)
    stays = sum(problem.quantities) if alone.unfilled and demand.ship_complete else alone.unfilled
    return Posed(demand, problem, items, effort, alone, stays), seen


def at_prices(order: Posed, prices: Mapping[Cell, int], nowhere: int | None = None) -> Answer:
    """The best that an order can do alone at these prices; ``nowhere``: what a unit that stays costs."""
    problem = order.problem
    rows = []
    for item, components in enumerate(order.items):
        row = problem.units[item if len(problem.units) > 1 else 0]
        added = [
            sum([prices.get((sku, name), 0) * each for sku, each in components]) for name in problem.locations
        ]
        rows.append(tuple([cost + more for cost, more in zip(row, added, strict=True)]))
    priced = attrs.evolve(
        problem, units=tuple(rows) or problem.units, scan=(), walk=(), premiums=(), barred=()
    )
    if order.demand.ship_complete:
        whole = solved(priced, order.effort)
        none = Answer((nowhere or 0) * order.units, {}, order.units)
        if whole.unfilled or (nowhere is not None and whole.bound > none.value):
            return none
        return Answer(whole.bound, _used(order, whole), 0)
    if nowhere is None:
        found = solved(priced, order.effort)
        # Of a search that was cut short before it filled all, it is known that no cost is below zero.
        value = found.bound if found.unfilled <= order.least else 0
        return Answer(value, _used(order, found), found.unfilled)
    found = solved(_with_nowhere(priced, nowhere), order.effort)
    last = len(problem.locations)
    stays = sum([units for _, j, units in found.moves if j == last])
    return Answer(found.bound, _used(order, found), stays + found.unfilled)


def _with_nowhere(problem: Problem, price: int) -> Problem:
    """The problem with a place that has everything, to which units go that stay."""
    drawn = [sum([draw * problem.quantities[item] for item, draw in pool.draws]) for pool in problem.pools]
    return attrs.evolve(
        problem,
        locations=(*problem.locations, ""),
        stock=tuple([(*row, n) for row, n in zip(problem.stock, problem.quantities, strict=True)]),
        fixed=(*problem.fixed, 0),
        units=tuple([(*row, price) for row in problem.units]),
        pools=tuple(
            [
                Pool(pool.sku, (*pool.stock, units), pool.draws)
                for pool, units in zip(problem.pools, drawn, strict=True)
            ]
        ),
        # It is no location that ships: a plan may use as many of those as before.
        at_most=problem.at_most + 1 if problem.at_most else 0,
    )


def _used(order: Posed, solution: Solution) -> dict[Cell, int]:
    found: dict[Cell, int] = {}
    names = order.problem.locations
    for item, j, units in solution.moves:
        if j < len(names):
            for sku, each in order.items[item]:
                found[sku, names[j]] = found.get((sku, names[j]), 0) + each * units
    return found


class Prices:
    """Prices of contended shelves, raised and lowered until no round helps.

    ``bound`` is the best so far: no joint plan that leaves as many units as ``target`` says, by priority,
    costs less. Where ``target`` is what stays of each order alone, no order leaves a unit more than that.
    """

    def __init__(self, orders: Sequence[Posed], stock: Mapping[Cell, int], target: Unfilled) -> None:
        self._orders = orders
        self._stock = stock
        self._classes = sorted({order.demand.priority for order in orders})
        self.target = target
        self.scarce = target != least_of(orders)
        self.prices: dict[Cell, int] = {}
        dearest = max([order.alone.cost for order in orders], default=0) + 1
        self._nowhere = dict.fromkeys(self._classes, dearest)
        self._answers: list[Answer] = []
        self._asked: list[tuple[Any, ...]] = []
        self.bound = 0
        self._eased = 0
        self._stale = 0

    @property
    def known(self) -> bool:
        """Whether there is a bound: parcels of units that stay have no price."""
        return not self.scarce or not any(order.problem.packing for order in self._orders)

    def round(self, best: int) -> bool:
        """Ask every order at the prices of now, then move them towards ``best``; False where none moves."""
        value = self._ask()
        if value > self.bound:
            self.bound, self._stale = value, 0
        else:
            self._stale += 1
            if self._stale % 3 == 0:
                self._eased += 1
        gap = best - self.bound
        if gap <= 0:
            return False
        asked: dict[Cell, int] = {}
        for answer in self._answers:
            for cell, units in answer.used.items():
                asked[cell] = asked.get(cell, 0) + units
        beyond = {cell: asked.get(cell, 0) - self._stock[cell] for cell in {*asked, *self.prices}}
        moving = {cell: more for cell, more in beyond.items() if more > 0 or self.prices.get(cell)}
        stays = self._beyond_target() if self.scarce else {}
        norm = sum([more * more for more in (*moving.values(), *stays.values())]) << self._eased
        if not norm:
            return False
        for cell in sorted(moving):
            price = max(0, self.prices.get(cell, 0) + gap * moving[cell] // norm)
            if price:
                self.prices[cell] = price
            else:
                self.prices.pop(cell, None)
        for priority, more in stays.items():
            self._nowhere[priority] = max(0, self._nowhere[priority] + gap * more // norm)
        return True

    def _ask(self) -> int:
        """What all orders come to at the prices of now; who is not touched by any is not asked again."""
        first = not self._answers
        for at, order in enumerate(self._orders):
            nowhere = self._nowhere[order.demand.priority] if self.scarce else None
            skus = {sku for components in order.items for sku, _ in components}
            touched = tuple(sorted((cell, price) for cell, price in self.prices.items() if cell[0] in skus))
            question = (touched, nowhere)
            if first:
                self._answers.append(at_prices(order, self.prices, nowhere))
                self._asked.append(question)
            elif self._asked[at] != question:
                self._answers[at] = at_prices(order, self.prices, nowhere)
                self._asked[at] = question
        value = sum([answer.value for answer in self._answers])
        value -= sum([price * self._stock[cell] for cell, price in self.prices.items()])
        if self.scarce:
            for priority, units in zip(self._classes, self.target, strict=True):
                value -= self._nowhere[priority] * units
        return value

    def _beyond_target(self) -> dict[int, int]:
        stays = dict.fromkeys(self._classes, 0)
        for order, answer in zip(self._orders, self._answers, strict=True):
            stays[order.demand.priority] += answer.unfilled
        return {
            priority: stays[priority] - units
            for priority, units in zip(self._classes, self.target, strict=True)
        }


def least_of(orders: Sequence[Posed]) -> Unfilled:
    """Units that stay by priority, were each order alone."""
    return unfilled_of(orders, [order.least for order in orders])


def unfilled_of(orders: Sequence[Posed], stays: Sequence[int]) -> Unfilled:
    """Units that stay by priority, of what stays of each order."""
    found: dict[int, int] = {}
    for order, units in zip(orders, stays, strict=True):
        found[order.demand.priority] = found.get(order.demand.priority, 0) + units
    return tuple([found[priority] for priority in sorted(found)])


# -- how much can be filled ----------------------------------------------------------------------


def is_plain(order: Posed) -> bool:
    """Nothing but stock keeps an order's units from a shelf, each of which is one unit of one SKU."""
    problem = order.problem
    singles = all(len(components) == 1 and components[0][1] == 1 for components in order.items)
    return singles and not (order.demand.ship_complete or problem.groups or problem.at_most or problem.pools)


def most_filled(
    orders: Sequence[Posed], ranks: Sequence[int], stock: Mapping[Cell, int]
) -> list[dict[Cell, int]]:
    """The most that plain orders can be given together, those of an earlier rank first: by order, units of
    each shelf. What was given moves to another shelf where that makes room, and is never taken back."""
    given: list[dict[Cell, int]] = [{} for _ in orders]
    left = dict(stock)
    takers: dict[Cell, set[int]] = {}
    for at in ranks:
        order = orders[at]
        for item, components in enumerate(order.items):
            ((sku, _),) = components
            for _ in range(order.problem.quantities[item]):
                if not _augment(at, sku, orders, left, given, takers):
                    break
    return given


def _augment(
    at: int,
    sku: str,
    orders: Sequence[Posed],
    left: dict[Cell, int],
    given: list[dict[Cell, int]],
    takers: dict[Cell, set[int]],
) -> bool:
    """One unit more of a SKU for an order, by a shortest chain of moves to other shelves."""
    came: dict[Cell, tuple[int, Cell | None]] = {}
    queue: list[Cell] = []
    for cell in _shelves(orders[at], sku):
        came[cell] = (at, None)
        queue.append(cell)
    for cell in queue:
        if left.get(cell, 0) > 0:
            left[cell] -= 1
            step: Cell | None = cell
            while step is not None:
                who, before = came[step]
                given[who][step] = given[who].get(step, 0) + 1
                takers.setdefault(step, set()).add(who)
                if before is not None:
                    given[who][before] -= 1
                    if not given[who][before]:
                        del given[who][before]
                        takers[before].discard(who)
                step = before
            return True
        for who in sorted(takers.get(cell, ())):
            for other in _shelves(orders[who], sku):
                if other not in came:
                    came[other] = (who, cell)
                    queue.append(other)
    return False


def _shelves(order: Posed, sku: str) -> list[Cell]:
    """The shelves that an order may take a SKU from."""
    problem = order.problem
    allowed: dict[Cell, None] = {}
    for item, components in enumerate(order.items):
        if components[0][0] == sku:
            column: Ints = problem.stock[item]
            allowed.update({(sku, name): None for j, name in enumerate(problem.locations) if column[j] > 0})
    return list(allowed)


__all__ = [
    "Posed",
    "Prices",
    "Unfilled",
    "is_plain",
    "least_of",
    "most_filled",
    "posed",
    "priced_plan",
    "unfilled_of",
]
