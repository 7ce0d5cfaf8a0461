"""The parcels of a plan: what each holds, weighs and costs, and who carries it.

Decides how the boxes that the solver priced are told to people. Must not know how they were chosen.
"""

from __future__ import annotations

from omcore.routing import _packing
from omcore.routing._intake import Groups, cubic_mm, parts_of_a_gram
from omcore.routing.demand import Demand
from omcore.routing.plan import Parcel
from omcore.routing.problem import Move, Problem
from omcore.routing.rates import DemandCosts
from omcore.shipping.tariffs import cheapest


def parcels_of(
    problem: Problem, moves: tuple[Move, ...], demand: Demand, groups: Groups, told: DemandCosts | None
) -> tuple[Parcel, ...]:
    """The cheapest parcels of each location's units; () where no parcel has a price."""
    packing = problem.packing
    if packing is None:
        return ()
    # Every line of an item weighs and measures the same.
    firsts = range(len(problem.labels)) if groups is None else [members[0] for members in groups]
    lines = [demand.lines[i] for i in firsts]
    parts = parts_of_a_gram(lines)
    grams = [line.unit_weight_g * parts // line.per for line in lines]
    cubics = [cubic_mm(line) * parts // line.per for line in lines]
    shipped: dict[int, list[int]] = {}
    for item, j, units in moves:
        shipped.setdefault(j, [0] * len(grams))[item] += units
    parcels: list[Parcel] = []
    for j in sorted(shipped):
        location, scale = problem.locations[j], _packing.scale_of(packing, j)
        boxes, _ = _packing.box(shipped[j], scale)
        for count, contents in boxes:
            named = tuple([(problem.labels[item], units) for item, units in contents])
            weight = sum(units * grams[item] for item, units in contents)
            size = sum(units * cubics[item] for item, units in contents)
            service, arrives = "", None
            if told is not None and told.carried is not None:
                service, arrives = told.carried(location, -(-weight // parts), -(-size // parts))
            cost = cheapest(scale.lists, weight, size)
            parcels.append(Parcel(location, count, named, -(-weight // parts), service, cost, arrives))
    return tuple(parcels)


__all__ = ["parcels_of"]
