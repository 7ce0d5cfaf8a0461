"""What ordered rules say of the units that stay, as the engine carries it out (S4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import OrderManager
from omcore.kernel import STORE, Location, Money, Network, Place
from omcore.memory import MemoryStore
from omcore.orders.draft import DraftLine, DraftTender, ExternalRef, OrderDraft
from omcore.routing import OrderedRules, Rates, Step

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
NETWORK = Network((Location("store", kind=STORE), Location("dc")))


def shop(*steps: Step, units: int = 3, policy: str = "open") -> OrderManager:
    """An order for five, of which the warehouse has some."""
    oms = OrderManager(
        MemoryStore(),
        network=NETWORK,
        routing=OrderedRules(steps, costs=Rates()),
        rules=(),
        policies=om.Policies(unplaced=policy),
    )
    oms.execute(inv.ReceiveStock("TEE", "dc", units, key="po", at=T0))
    paid = (DraftTender("card", "gateway", Money(500, "USD"), authorized=True),)
    line = DraftLine("tee", "TEE", 5, Money(100, "USD"))
    ref = ExternalRef("web", "shop", "order", "1")
    draft = OrderDraft(ref, "USD", (line,), T0, destination=Place("US", "NY"), tenders=paid)
    oms.execute(om.PlaceOrder(draft, "o1", key="place", at=T0))
    return oms


def routed(oms: OrderManager) -> om.Order:
    assert oms.plan("o1", at=T0) == oms.route("o1", key="r", at=T0), "a dry run is the live run (R4)"
    return oms.order("o1")


def told(order: om.Order) -> dict[str, Any]:
    tally = order.progress.tally
    return {
        "allocated": tally.allocated,
        "open": tally.open,
        "cancelled": tally.cancelled,
        "waits": order.backordered,
        "held": bool(order.standing.holds),
    }


@pytest.mark.parametrize("policy", ["open", "backorder", "cancel", "hold"])
@pytest.mark.parametrize(
    ("verdict", "after"),
    [
        ("park", {"allocated": 3, "open": 2, "cancelled": 0, "waits": 0, "held": True}),
        ("cancel", {"allocated": 3, "open": 0, "cancelled": 2, "waits": 0, "held": False}),
        ("backorder", {"allocated": 3, "open": 2, "cancelled": 0, "waits": 2, "held": False}),
    ],
)
def test_the_rule_says_what_becomes_of_what_stays_whatever_the_policy(
    policy: str, verdict: str, after: dict[str, Any]
) -> None:
    oms = shop(Step("any", otherwise=verdict), policy=policy)
    assert told(routed(oms)) == after


@pytest.mark.parametrize("verdict", ["park", "cancel", "backorder"])
def test_all_of_it_stays_where_a_rule_ships_all_or_nothing(verdict: str) -> None:
    order = routed(shop(Step("any", otherwise=verdict, partly=False)))
    assert order.progress.tally.allocated == 0
    assert told(order)["cancelled" if verdict == "cancel" else "open"] == 5


def test_where_the_rules_say_nothing_the_policy_does() -> None:
    assert told(routed(shop(Step("any"), policy="cancel")))["cancelled"] == 2
    assert told(routed(shop(Step("any"), policy="backorder")))["waits"] == 2
    none = shop(Step("any", applies=lambda demand: False), policy="open")
    assert told(routed(none)) == {"allocated": 0, "open": 5, "cancelled": 0, "waits": 0, "held": False}


def test_the_rule_that_decided_stands_in_the_plan() -> None:
    stores = Step("stores", kinds=frozenset({STORE}))
    oms = shop(stores, Step("any"), units=5)
    assert oms.route("o1", key="r", at=T0).decided_by == "any"


def test_what_waits_by_a_rule_is_promised_out_of_what_is_expected() -> None:
    """S10: and what is promised is told apart in the plan."""
    oms = shop(Step("any", otherwise="backorder"))
    due = T0 + timedelta(days=3)
    oms.execute(inv.ExpectSupply("TEE", "dc", "po-7", 1, due, key="asn", at=T0))
    plan = oms.route("o1", key="r", at=T0)
    assert [(rest.quantity, rest.reason) for rest in plan.remainder] == [(1, "backordered"), (1, "backorder")]
    dated = [entry.promised_for for entry in oms.order("o1").backorders]
    assert dated == [due, None]
