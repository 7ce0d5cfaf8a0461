"""Who may ship what: the rules of routing, in the words of the business."""

from __future__ import annotations

from datetime import datetime

import pytest

from omcore.kernel import SHIP, STORE, DuplicateId, InvalidType, Location, Network, Place
from omcore.routing import (
    DEFAULT_RULES,
    ByPriority,
    Demand,
    DemandLine,
    FewestShipments,
    LineRule,
    LowestCost,
    Nearest,
    OrderRule,
    PlaceRule,
    RoutingPlan,
    RoutingStrategy,
    check_plan,
)
from routing_samples import BOSTON, DENVER, NETWORK, RATES, Shelf, demand, lines, shelf

STRATEGIES: list[RoutingStrategy] = [LowestCost(RATES), Nearest(), ByPriority(), FewestShipments()]
every_strategy = pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)


def shipped(plan: RoutingPlan) -> dict[str, dict[str, int]]:
    """Units by location and line."""
    out: dict[str, dict[str, int]] = {}
    for entry in plan.assignments:
        out.setdefault(entry.location, {})[entry.line_id] = entry.quantity
    return out


def stays(plan: RoutingPlan) -> dict[str, tuple[int, str]]:
    return {entry.line_id: (entry.quantity, entry.reason) for entry in plan.remainder}


def why(plan: RoutingPlan, location: str) -> str:
    (verdict,) = [verdict for verdict in plan.explanation.verdicts() if verdict.location == location]
    return verdict.code


def plan(strategy: RoutingStrategy, request: Demand, stock: Shelf, network: Network = NETWORK) -> RoutingPlan:
    found = strategy.plan(request, network, stock)
    check_plan(found, request, network, stock)
    return found


# --- who is a candidate --------------------------------------------------------------------------


@every_strategy
def test_a_location_that_is_switched_off_ships_nothing(strategy: RoutingStrategy) -> None:
    network = Network((Location("old", active=False), Location("new")))
    found = plan(strategy, demand(*lines(TEE=1)), shelf(old={"TEE": 5}, new={"TEE": 5}), network)
    assert shipped(found) == {"new": {"tee": 1}}
    assert why(found, "old") == "inactive"


@every_strategy
def test_a_location_without_shipping_ships_nothing(strategy: RoutingStrategy) -> None:
    network = Network((Location("counter", kind=STORE, capabilities=frozenset({"pickup"})), Location("dc")))
    found = plan(strategy, demand(*lines(TEE=1)), shelf(counter={"TEE": 5}, dc={"TEE": 5}), network)
    assert shipped(found) == {"dc": {"tee": 1}}
    assert why(found, "counter") == "capability"


@every_strategy
def test_a_location_ships_to_its_regions_only(strategy: RoutingStrategy) -> None:
    network = Network(
        (
            Location("coast", regions=frozenset({"US-MA"}), priority=0),
            Location("canada", regions=frozenset({"CA"}), priority=1),
            Location("anywhere", priority=2),
        )
    )
    stock = shelf(coast={"TEE": 5}, canada={"TEE": 5}, anywhere={"TEE": 5})
    to_boston = plan(strategy, demand(*lines(TEE=1)), stock, network)
    assert why(to_boston, "canada") == "region"
    assert why(to_boston, "coast") != "region"
    to_denver = plan(strategy, demand(*lines(TEE=1), destination=DENVER), stock, network)
    assert shipped(to_denver) == {"anywhere": {"tee": 1}}
    assert why(to_denver, "coast") == "region"
    nobody_knows_where = plan(strategy, demand(*lines(TEE=1), destination=None), stock, network)
    assert shipped(nobody_knows_where) == {"anywhere": {"tee": 1}}


@every_strategy
def test_a_location_that_rejected_the_order_gets_none_of_it_again(strategy: RoutingStrategy) -> None:
    """R3, S9."""
    stock = shelf(newark={"TEE": 5, "MUG": 5}, dallas={"TEE": 1})
    rejected = demand(*lines(TEE=2, MUG=1), excluded=frozenset({"newark"}))
    found = plan(strategy, rejected, stock)
    assert shipped(found) == {"dallas": {"tee": 1}}
    assert stays(found) == {"tee": (1, "no_stock"), "mug": (1, "no_stock")}
    assert why(found, "newark") == "excluded"


@every_strategy
def test_where_everybody_rejected_it_the_units_stay_and_say_so(strategy: RoutingStrategy) -> None:
    """R1: what cannot be routed is stated with its reason."""
    everybody = frozenset(location.id for location in NETWORK.locations)
    found = plan(strategy, demand(*lines(TEE=2), excluded=everybody), shelf(newark={"TEE": 5}))
    assert found.assignments == ()
    assert stays(found) == {"tee": (2, "excluded")}


@every_strategy
def test_a_pickup_order_is_never_moved(strategy: RoutingStrategy) -> None:
    """R3."""
    stock = shelf(loop={"TEE": 1}, newark={"TEE": 5})
    found = plan(strategy, demand(*lines(TEE=2), pickup_at="loop", destination=None), stock)
    assert shipped(found) == {"loop": {"tee": 1}}
    assert stays(found) == {"tee": (1, "no_stock")}
    # Newark has no counter at all, which is asked first.
    assert why(found, "newark") == "capability"


@every_strategy
def test_another_store_with_a_counter_is_still_the_wrong_store(strategy: RoutingStrategy) -> None:
    """R3."""
    both = frozenset({"ship", "pickup"})
    network = Network((Location("uptown", capabilities=both), Location("downtown", capabilities=both)))
    stock = shelf(uptown={"TEE": 5})
    found = plan(strategy, demand(*lines(TEE=1), pickup_at="downtown"), stock, network)
    assert stays(found) == {"tee": (1, "no_stock")}
    assert why(found, "uptown") == "pickup_lock"
    unknown = plan(strategy, demand(*lines(TEE=1), pickup_at="closed-store"), stock, network)
    assert stays(unknown) == {"tee": (1, "pickup_lock")}


def test_a_store_that_ships_to_one_state_hands_over_to_anybody() -> None:
    network = Network((Location("loop", capabilities=frozenset({"pickup"}), regions=frozenset({"US-IL"})),))
    found = plan(Nearest(), demand(*lines(TEE=1), pickup_at="loop"), shelf(loop={"TEE": 1}), network)
    assert shipped(found) == {"loop": {"tee": 1}}


@every_strategy
def test_what_an_item_requires_its_location_must_have(strategy: RoutingStrategy) -> None:
    paint = DemandLine("paint", "PAINT", 1, requires=frozenset({"hazmat"}))
    stock = shelf(newark={"PAINT": 9, "TEE": 9}, dallas={"PAINT": 9})
    found = plan(strategy, demand(paint, *lines(TEE=1)), stock)
    assert shipped(found) == {"dallas": {"paint": 1}, "newark": {"tee": 1}}
    alone = plan(strategy, demand(paint), shelf(newark={"PAINT": 9}))
    assert stays(alone) == {"paint": (1, "no_stock")}
    assert why(alone, "newark") == "requires"
    nobody = DemandLine("ice", "ICE", 1, requires=frozenset({"frozen"}))
    assert stays(plan(strategy, demand(nobody), shelf(newark={"ICE": 9}))) == {"ice": (1, "requires")}


def test_the_first_rule_that_says_no_is_the_reason() -> None:
    """R2: the order of the rules is part of the answer."""
    closed = Location("closed", active=False, capabilities=frozenset(), regions=frozenset({"CA"}))
    mute = Location("mute", capabilities=frozenset(), regions=frozenset({"CA"}))
    far = Location("far", regions=frozenset({"CA"}))
    network = Network((closed, mute, far))
    everybody = frozenset({"closed", "mute", "far"})
    found = plan(Nearest(), demand(*lines(TEE=1), excluded=everybody), shelf(), network)
    assert [why(found, name) for name in ("closed", "mute", "far")] == ["inactive", "capability", "region"]


def test_an_empty_network_is_a_reason_too() -> None:
    assert stays(plan(Nearest(), demand(*lines(TEE=1)), shelf(), Network(()))) == {"tee": (1, "no_location")}


def test_an_embedder_adds_rules_of_his_own() -> None:
    no_stores = PlaceRule("no_stores", lambda location, destination, pickup: location.kind != STORE)
    night = OrderRule(
        "night", lambda location, request: location.id != "newark", lambda request: request.service == "night"
    )
    bulky = LineRule("bulky", lambda location, line: location.id == "dallas", lambda line: line.sku == "SOFA")
    rules = (no_stores, *DEFAULT_RULES[:-1], night, DEFAULT_RULES[-1], bulky)
    strategy = Nearest(rules=rules)
    everywhere = {"TEE": 5, "SOFA": 5}
    stock = shelf(newark=everywhere, reno=everywhere, dallas=everywhere, loop=everywhere)
    by_day = plan(strategy, demand(*lines(TEE=1, SOFA=1)), stock)
    assert shipped(by_day) == {"newark": {"tee": 1}, "dallas": {"sofa": 1}}
    assert why(by_day, "loop") == "no_stores"
    at_night = Demand("1", lines(TEE=1), BOSTON, "night", at=by_day_at())
    assert shipped(plan(strategy, at_night, stock)) == {"dallas": {"tee": 1}}


def by_day_at() -> datetime:
    return demand().at


def test_rules_out_of_order_or_with_one_code_are_refused() -> None:
    with pytest.raises(InvalidType) as caught:
        Nearest(rules=(*DEFAULT_RULES, DEFAULT_RULES[0]))
    assert caught.value.path == "rules[6]"
    with pytest.raises(DuplicateId):
        Nearest(rules=(DEFAULT_RULES[0], *DEFAULT_RULES))


# --- what ships together -------------------------------------------------------------------------


@every_strategy
def test_ship_complete_is_all_or_nothing(strategy: RoutingStrategy) -> None:
    """R3: a constraint, not a preference."""
    stock = shelf(newark={"TEE": 2}, reno={"TEE": 1, "MUG": 1})
    whole = plan(strategy, demand(*lines(TEE=3, MUG=1), ship_complete=True), stock)
    assert whole.remainder == ()
    assert whole.units == 4
    short = plan(strategy, demand(*lines(TEE=4, MUG=1), ship_complete=True), stock)
    assert short.assignments == ()
    assert stays(short) == {"tee": (4, "ship_complete"), "mug": (1, "ship_complete")}
    assert why(short, "reno") == "ship_complete"
    assert why(short, "dallas") == "no_stock"
    assert short.cost == 0


@every_strategy
def test_a_kit_ships_whole_from_one_location(strategy: RoutingStrategy) -> None:
    """S11, R3: half a kit in Newark and half in Reno is no kit."""
    kit = DemandLine("kit", "GIFT", 1, components=(("TEE", 2), ("MUG", 1)))
    apart = plan(strategy, demand(kit), shelf(newark={"TEE": 9}, reno={"MUG": 9}))
    assert stays(apart) == {"kit": (1, "no_stock")}
    together = plan(strategy, demand(kit), shelf(newark={"TEE": 9}, reno={"TEE": 2, "MUG": 9}))
    assert shipped(together) == {"reno": {"kit": 1}}


@every_strategy
def test_kits_and_singles_share_the_components(strategy: RoutingStrategy) -> None:
    """S3, S11: summed before it is checked."""
    kit = DemandLine("kit", "GIFT", 2, components=(("TEE", 1), ("MUG", 1)))
    found = plan(strategy, demand(kit, *lines(TEE=2)), shelf(newark={"TEE": 3, "MUG": 2}))
    assert found.units == 3
    assert found.unfilled == 1


@every_strategy
def test_two_lines_of_one_sku_are_one_demand(strategy: RoutingStrategy) -> None:
    """S3."""
    twice = (DemandLine("first", "TEE", 2), DemandLine("second", "TEE", 2))
    found = plan(strategy, demand(*twice), shelf(newark={"TEE": 3}))
    assert shipped(found) == {"newark": {"first": 2, "second": 1}}
    assert stays(found) == {"second": (1, "no_stock")}


@every_strategy
def test_a_kit_of_one_single_is_the_single(strategy: RoutingStrategy) -> None:
    """S3: the same thing under two names is still one demand."""
    alias = DemandLine("alias", "TEE-PROMO", 2, components=(("TEE", 1),))
    found = plan(strategy, demand(alias, *lines(TEE=2)), shelf(newark={"TEE": 3}))
    assert shipped(found) == {"newark": {"alias": 2, "tee": 1}}


@every_strategy
def test_a_line_is_split_where_no_location_holds_it_all(strategy: RoutingStrategy) -> None:
    found = plan(strategy, demand(*lines(TEE=5)), shelf(newark={"TEE": 3}, reno={"TEE": 3}))
    assert found.remainder == ()
    assert set(shipped(found)) == {"newark", "reno"}


@every_strategy
def test_filling_a_unit_is_worth_any_cost(strategy: RoutingStrategy) -> None:
    """R1: with a price for the unfilled unit, the far shipment would be left undone."""
    found = plan(strategy, demand(*lines(TEE=2)), shelf(newark={"TEE": 1}, reno={"TEE": 1}))
    assert found.remainder == ()


# --- what each strategy prefers ------------------------------------------------------------------


def test_each_strategy_has_its_own_idea_of_best() -> None:
    everything = {"TEE": 5, "MUG": 5}
    stock = shelf(newark={"TEE": 5}, reno=everything, loop={"MUG": 5}, dallas=everything)
    request = demand(*lines(TEE=1, MUG=1), destination=Place("US", "NV", point=NETWORK["reno"].point))
    assert shipped(plan(Nearest(), request, stock)) == {"reno": {"tee": 1, "mug": 1}}
    # Newark comes before Reno among those of priority 1, by id.
    assert shipped(plan(ByPriority(), request, stock)) == {"newark": {"tee": 1}, "reno": {"mug": 1}}
    to_boston = demand(*lines(TEE=1, MUG=1))
    assert shipped(plan(Nearest(), to_boston, stock)) == {"newark": {"tee": 1}, "loop": {"mug": 1}}
    assert shipped(plan(FewestShipments(), to_boston, stock)) == {"dallas": {"tee": 1, "mug": 1}}
    assert shipped(plan(LowestCost(RATES), to_boston, stock)) == {"dallas": {"tee": 1, "mug": 1}}


@every_strategy
def test_equals_are_told_apart_by_priority_then_id(strategy: RoutingStrategy) -> None:
    """R1."""
    spot = NETWORK["newark"].point
    network = Network(
        (
            Location("b", point=spot, priority=1),
            Location("a", point=spot, priority=1),
            Location("z", point=spot, priority=0),
        )
    )
    everywhere = shelf(a={"TEE": 1}, b={"TEE": 1}, z={"TEE": 1})
    assert shipped(plan(strategy, demand(*lines(TEE=1)), everywhere, network)) == {"z": {"tee": 1}}
    without_z = shelf(a={"TEE": 1}, b={"TEE": 1})
    assert shipped(plan(strategy, demand(*lines(TEE=1)), without_z, network)) == {"a": {"tee": 1}}


def test_a_pickup_costs_no_shipping() -> None:
    network = Network((Location("loop", capabilities=frozenset({SHIP, "pickup"}), labor_cost=75),))
    found = plan(LowestCost(RATES), demand(*lines(TEE=2), pickup_at="loop"), shelf(loop={"TEE": 2}), network)
    assert str(found.money) == "1.50 USD"


def test_a_location_without_coordinates_counts_as_farthest() -> None:
    network = Network((Location("unknown", priority=0), NETWORK["reno"]))
    stock = shelf(unknown={"TEE": 1}, reno={"TEE": 1})
    assert shipped(plan(Nearest(), demand(*lines(TEE=1)), stock, network)) == {"reno": {"tee": 1}}
