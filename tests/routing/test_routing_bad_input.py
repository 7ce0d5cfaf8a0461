"""What nobody should ask of routing, and somebody will: a typed error or a stated remainder, never a hang.

Work is counted in bytecodes, not in time, so that a busy machine changes nothing.
"""

from __future__ import annotations

import math
import random
from datetime import date
from typing import Any, ClassVar

import pytest

from omcore.kernel import (
    Calendar,
    Catalog,
    GeoPoint,
    InputError,
    InvalidCatalog,
    InvalidNumber,
    InvalidPlace,
    InvalidType,
    Item,
    LimitExceeded,
    Location,
    Network,
    Place,
)
from omcore.kernel.calendars import NoWorkingDay
from omcore.routing import CostStrategy, Demand, DemandLine, LocationCosts, LowestCost, Rates
from omcore.routing.demand import MAX_LINES
from omcore.shipping import ship_by
from routing_samples import BOSTON, NOON, Shelf, demand, lines, shelf
from shipped_strategies import SHIPPED, Shipped
from timing import bytecodes

every = pytest.mark.parametrize("shipped", SHIPPED.values(), ids=SHIPPED)
ODD = [float("nan"), math.inf, -math.inf, 91, -91, "40", None, True, complex(1, 2), 10**400]


# -- places ----------------------------------------------------------------------------------


@every
def test_without_a_location_everything_stays_and_says_why(shipped: Shipped) -> None:
    plan = shipped.make().plan(demand(*lines(TEE=3, MUG=1)), Network(()), shelf())
    assert [(rest.line_id, rest.quantity) for rest in plan.remainder] == [("tee", 3), ("mug", 1)]
    assert all(rest.reason for rest in plan.remainder)
    assert plan.explain()


@pytest.mark.parametrize("value", ODD, ids=repr)
def test_coordinates_that_are_none_are_refused_where_they_come_in(value: Any) -> None:
    for latitude, longitude in ((value, 0.0), (0.0, value if value not in (91, -91) else value * 2)):
        with pytest.raises(InvalidPlace):
            GeoPoint(latitude, longitude)


@every
def test_coordinates_that_were_smuggled_in_end_in_a_typed_error_or_a_plan(shipped: Shipped) -> None:
    """A record may not be frozen, and somebody may have a way past its checks."""
    for value in (float("nan"), math.inf):
        point = object.__new__(GeoPoint)
        object.__setattr__(point, "latitude", value)
        object.__setattr__(point, "longitude", 0.0)
        network = Network((Location("far", point=point), Location("near", point=GeoPoint(42, -71))))
        try:
            plan = shipped.make().plan(demand(*lines(TEE=1)), network, shelf(far={"TEE": 1}, near={"TEE": 1}))
        except InputError:
            continue
        assert plan.units + plan.unfilled == 1


@every
def test_poles_antimeridian_and_the_same_point_are_places_like_others(shipped: Shipped) -> None:
    points = [(90, 0), (-90, 0), (0, 180), (0, -180), (42.36, -71.06)]
    network = Network(tuple(Location(f"at-{i}", point=GeoPoint(*point)) for i, point in enumerate(points)))
    stock = Shelf({("TEE", location.id): 1 for location in network})
    plan = shipped.make().plan(demand(*lines(TEE=1)), network, stock)
    assert plan.units == 1


# -- costs -----------------------------------------------------------------------------------


class Says:
    """A cost model that answers anything."""

    measure: ClassVar[str] = "points"
    scale: ClassVar[int] = 1

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def costs(self, location: Location, meters: int | None, rank: int) -> Any:
        return self.answer


BAD_COSTS = [
    None,
    5,
    (1, 2),
    (0, 0, 0, ()),
    {"fixed": 1},
    *[LocationCosts(bad) for bad in (-1, 1.5, float("nan"), math.inf, "7", None, True, 10**25)],  # type: ignore[arg-type]
    *[LocationCosts(0, bad) for bad in (-1, 0.1, "1", 10**30)],  # type: ignore[arg-type]
    *[LocationCosts(0, 0, bad) for bad in (-5, 2.0, None)],  # type: ignore[arg-type]
    *[LocationCosts(0, 0, 0, bad) for bad in (None, [(1, 1)], ((0, 1),), ((5, 1), (5, 2)), ((5, -1),))],  # type: ignore[arg-type]
]


@pytest.mark.parametrize("answer", BAD_COSTS, ids=repr)
def test_a_cost_model_that_answers_anything_is_refused_with_the_field(answer: Any) -> None:
    strategy = CostStrategy("odd", Says(answer))
    network = Network((Location("a"), Location("b")))
    with pytest.raises(InputError) as refused:
        strategy.plan(demand(*lines(TEE=1)), network, shelf(a={"TEE": 1}))
    assert refused.value.path.startswith("costs")


def test_the_dearest_costs_there_may_be_are_added_up_exactly() -> None:
    strategy = CostStrategy("dear", Says(LocationCosts(10**24, 10**24)))
    network = Network((Location("a"), Location("b")))
    plan = strategy.plan(demand(*lines(TEE=2)), network, shelf(a={"TEE": 1}, b={"TEE": 1}))
    assert (plan.cost, plan.proven) == (4 * 10**24, True)


@pytest.mark.parametrize("amount", ["-1", "NaN", "Infinity", 1.5, None, True, "1e400", "0.123456789"])
def test_rates_that_are_no_exact_amounts_are_refused(amount: Any) -> None:
    with pytest.raises(InputError):
        Rates.of("USD", per_shipment=amount)
    assert issubclass(InvalidNumber, InputError)


# -- kits and calendars ----------------------------------------------------------------------


def test_a_kit_that_holds_itself_never_gets_as_far_as_routing() -> None:
    for items in (
        (Item("A", components=(("A", 1),)),),
        (
            Item("A", components=(("B", 1),)),
            Item("B", components=(("C", 1),)),
            Item("C", components=(("A", 2),)),
        ),
    ):
        with pytest.raises(InvalidCatalog):
            Catalog(items)


@every
def test_a_line_whose_component_is_its_own_name_takes_that_from_the_shelf(shipped: Shipped) -> None:
    """To routing a component is a SKU on a shelf, whatever it is called: nothing goes round in circles."""
    kit = DemandLine("1", "SET", 2, (("SET", 2), ("TEE", 1), ("SET", 1)))
    network = Network((Location("only", point=GeoPoint(42, -71)),))
    assert shipped.make().plan(demand(kit), network, shelf(only={"SET": 6, "TEE": 2})).units == 2
    assert shipped.make().plan(demand(kit), network, shelf(only={"SET": 5, "TEE": 2})).units <= 1


NEVER = Calendar(weekend=frozenset(range(1, 8)))
_FIRST = NOON.date().toordinal()
CLOSED_FOR_LONG = Calendar(holidays=frozenset(date.fromordinal(_FIRST + n) for n in range(500)))


@pytest.mark.parametrize("calendar", [NEVER, CLOSED_FOR_LONG], ids=["never", "for long"])
def test_a_calendar_that_never_opens_is_found_out(calendar: Calendar) -> None:
    closed = Location("closed", calendar=calendar)

    def asked() -> None:
        with pytest.raises(NoWorkingDay):
            ship_by(closed, NOON)

    assert bytecodes(asked) < 100_000


@every
def test_an_order_is_routed_past_a_calendar_that_never_opens(shipped: Shipped) -> None:
    """Whoever looks at calendars rules the location out; nobody waits for it."""
    point = GeoPoint(42, -71)
    network = Network((Location("closed", point=point, calendar=NEVER), Location("open", point=point)))
    stock = shelf(closed={"TEE": 1}, open={"TEE": 1})
    plan = shipped.make().plan(demand(*lines(TEE=1)), network, stock)
    assert plan.units == 1
    alone = shipped.make().plan(demand(*lines(TEE=1)), Network(network.locations[:1]), stock)
    assert alone.units + alone.unfilled == 1
    assert all(rest.reason for rest in alone.remainder)


# -- sizes -----------------------------------------------------------------------------------


def large(count: int, among: int, kits: bool, weights: bool) -> tuple[Demand, Network, Shelf]:
    """An order of so many lines among so many locations."""
    rng = random.Random(f"{count} {among}")
    network = Network(
        tuple(
            Location(f"l{j:05}", point=GeoPoint(rng.uniform(28, 47), rng.uniform(-122, -72)))
            for j in range(among)
        )
    )
    wanted = tuple(
        DemandLine(
            f"{i}",
            f"S{i}",
            rng.randint(1, 3),
            ((f"S{i}", 1), (f"S{(i + 1) % count}", 1)) if kits and i % 2 else (),
            100 * (i % 5) if weights else 0,
        )
        for i in range(count)
    )
    stock = {(f"S{i}", place.id): rng.choice([0, 0, 1, 2, 3, 9]) for i in range(count) for place in network}
    return Demand("o-1", wanted, BOSTON, at=NOON), network, Shelf(stock)


SIZES = {
    "LowestCost": (False, False),
    "LowestCostByWeight": (False, True),
    "Nearest": (False, False),
    "FewestShipments": (True, False),
    "TwoParcels": (False, False),
    "Priced": (True, False),
}


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize(("less", "more"), [((3, 300), (3, 3_000)), ((300, 3), (3_000, 3))])
def test_ten_times_as_large_is_near_ten_times_the_work(
    name: str, less: tuple[int, int], more: tuple[int, int]
) -> None:
    """Planned, and every location told of; past its effort a plan says that it is not proven."""
    counts = []
    for size in (less, more):
        request, network, stock = large(*size, *SIZES[name])
        strategy = SHIPPED[name].make()

        def work() -> None:
            plan = strategy.plan(request, network, stock)  # noqa: B023 - it is done at once
            assert len(plan.explanation.verdicts()) == len(network)  # noqa: B023 - as above

        counts.append(bytecodes(work))
    assert counts[1] < 16 * counts[0], counts


@pytest.mark.parametrize("name", ["LowestCost", "LowestCostByWeight"])
@pytest.mark.parametrize("size", [(3, 10_000), (MAX_LINES, 3)])
def test_the_largest_order_and_the_largest_network_are_planned(name: str, size: tuple[int, int]) -> None:
    request, network, stock = large(*size, *SIZES[name])
    plan = SHIPPED[name].make().plan(request, network, stock)
    assert plan.units + plan.unfilled == sum(line.quantity for line in request.lines)
    assert plan.lower_bound <= plan.cost


def test_beyond_the_limits_nothing_is_begun() -> None:
    with pytest.raises(LimitExceeded):
        Demand("o-1", tuple(DemandLine(f"{i}", "A", 1) for i in range(MAX_LINES + 1)), None, at=NOON)
    with pytest.raises(LimitExceeded):
        Network(tuple(Location(f"l{i}") for i in range(10_001)))


@every
def test_an_order_of_no_lines_is_planned_as_nothing(shipped: Shipped) -> None:
    network = Network((Location("a"),))
    plan = shipped.make().plan(Demand("o-1", (), Place("US"), at=NOON), network, shelf())
    assert (plan.assignments, plan.remainder, plan.cost) == ((), (), 0)
    assert plan.explain()
    assert [verdict.location for verdict in plan.explanation.verdicts()] == ["a"]


def test_what_is_no_demand_is_refused_before_anything_is_asked() -> None:
    for odd in (None, "o-1", object()):
        with pytest.raises(InvalidType):
            LowestCost(Rates()).plan(odd, Network(()), shelf())  # type: ignore[arg-type]
