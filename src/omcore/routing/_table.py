"""What a cost model says about one destination, worked out once.

Decides which locations pass the place rules for a destination, their rank, distance and costs,
and the orders in which the solver works. It is the same for every order to that place, so
strategies keep tables. Must not know an order or its stock.
"""

from __future__ import annotations

from collections.abc import Callable

from omcore.kernel import InvalidType, Location, Network, Place
from omcore.routing.constraints import CAPACITY, PlaceRule, Rule
from omcore.routing.problem import Ints, Packing, scan_order, walk_order
from omcore.routing.rates import FARTHEST_M, CostModel, DemandCosts, LocationCosts, checked_costs
from omcore.shipping.tariffs import Brackets


class Table:
    """Candidates in rank order and their costs; immutable once made."""

    __slots__ = (
        "costs",
        "fixed",
        "floors",
        "ids",
        "limited",
        "locations",
        "network",
        "opened",
        "parcels",
        "per_kg",
        "pickup",
        "row",
        "rows",
        "ruled_out",
        "scan",
        "told",
        "walk",
    )

    def __init__(
        self,
        network: Network,
        locations: list[Location],
        costs: list[LocationCosts],
        ruled_out: tuple[tuple[str, str], ...],
        pickup: bool,
        told: DemandCosts | None = None,
    ) -> None:
        self.network = network
        self.locations = locations
        self.costs = costs
        self.ruled_out = ruled_out
        self.pickup = pickup
        # What the cost model said of demands with this table, where it is asked about them.
        self.told = told
        self.ids = tuple([location.id for location in locations])
        # What stays on a shelf stays for those who come to its counter, so it is theirs.
        keeping = [] if pickup else [location for location in locations if location.safety_stock]
        self.floors = {location.id: location.safety_stock for location in keeping}
        self.limited = tuple(
            [(entry.id, entry.daily_capacity) for entry in locations if entry.daily_capacity is not None]
        )
        self.opened: tuple[frozenset[str], Table] | None = None
        self.fixed: Ints = tuple([cost.fixed for cost in costs])
        self.row: Ints = tuple([cost.per_unit for cost in costs])
        self.rows = (self.row,)
        # None where no item's weight changes anything.
        self.per_kg: Ints | None = tuple([c.per_kg for c in costs]) if any(c.per_kg for c in costs) else None
        # The price lists of parcels, as a packing without goods; None where no parcel has a price.
        self.parcels = _parcels(costs) if any(cost.brackets for cost in costs) else None
        self.scan = scan_order(self.fixed, self.rows)
        walk = walk_order(self.rows, len(costs))
        # One object where the two agree: the solver knows a nested order by identity.
        self.walk = self.scan if walk == self.scan else walk

    def without(self, keep: Callable[[Location], str | None]) -> Table:
        """The table less the locations for which ``keep`` names the code of a rule."""
        locations: list[Location] = []
        costs: list[LocationCosts] = []
        gone: list[tuple[str, str]] = []
        for location, cost in zip(self.locations, self.costs, strict=True):
            code = keep(location)
            if code is None:
                locations.append(location)
                costs.append(cost)
            else:
                gone.append((location.id, code))
        return Table(self.network, locations, costs, (*self.ruled_out, *gone), self.pickup, self.told)

    def open_today(self, full: frozenset[str]) -> Table:
        """The table less the locations that are full; the last one is kept, as few are filled in a day."""
        if self.opened is None or self.opened[0] != full:
            self.opened = full, self.without(lambda location: CAPACITY if location.id in full else None)
        return self.opened[1]


def _parcels(costs: list[LocationCosts]) -> Packing:
    """Each choice of price lists is a zone, and each further list one of its own that no location is in."""
    by_location = [cost.lists for cost in costs]
    choices = list(dict.fromkeys(by_location))
    further = list(dict.fromkeys(entry for lists in choices for entry in lists[1:]))
    lists = [entry[0] for entry in choices] + further
    at = {entry: len(choices) + i for i, entry in enumerate(further)}
    zone = {entry: i for i, entry in enumerate(choices)}
    # Empty where nothing depends on it.
    return Packing(
        (),
        tuple([entry.brackets for entry in lists]),
        tuple([zone[entry] for entry in by_location]),
        (),
        tuple([entry.divisor for entry in lists]) if any(entry.divisor for entry in lists) else (),
        tuple([entry.limit for entry in lists]) if any(entry.limit for entry in lists) else (),
        tuple([tuple([at[entry] for entry in found[1:]]) for found in choices] + [()] * len(further))
        if further
        else (),
    )


def table_for(
    network: Network,
    destination: Place | None,
    pickup: bool,
    model: CostModel,
    rules: tuple[Rule, ...],
    told: DemandCosts | None = None,
) -> Table:
    """Place rules and costs of every location of a network for one destination."""
    if type(network) is not Network:
        raise InvalidType("network", expected="Network")
    place_rules = [rule for rule in rules if type(rule) is PlaceRule]
    if told is not None:
        model = told.costs
        place_rules += told.place_rules
    locations: list[Location] = []
    costs: list[LocationCosts] = []
    ruled_out: list[tuple[str, str]] = []
    known: dict[int, Brackets] = {}
    ranked = sorted(network.locations, key=lambda location: (location.priority, location.id))
    for rank, location in enumerate(ranked):
        for rule in place_rules:
            if not rule.allows(location, destination, pickup):
                ruled_out.append((location.id, rule.code))
                break
        else:
            meters = None if pickup else meters_to(location, destination)
            locations.append(location)
            costs.append(checked_costs(model.costs(location, meters, rank), known=known))
    return Table(network, locations, costs, tuple(ruled_out), pickup, told)


def meters_to(location: Location, destination: Place | None) -> int:
    """Whole meters; 0 to a destination without coordinates, the farthest from a location without."""
    if destination is None or destination.point is None:
        return 0
    if location.point is None:
        return FARTHEST_M
    return round(location.point.distance_km(destination.point) * 1_000)


__all__ = ["Table", "meters_to", "table_for"]
