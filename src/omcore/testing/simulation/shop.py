"""The merchant that is simulated: his network, catalog, policies and channels.

Decides a shop per run: from the plainest - two locations, nothing special agreed - to one that cancels
what nobody pays, inspects what comes back and wraps gifts. An embedder gives his own ``Shop``, with his
rules and policies. Must not know what happens in it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs

from omcore import orders as om
from omcore.engine import SalesChannel
from omcore.kernel import (
    PICKUP,
    SHIP,
    STORE,
    WAREHOUSE,
    Catalog,
    GeoPoint,
    Item,
    Location,
    Measure,
    Network,
    Ratio,
    record,
)
from omcore.lifecycle import ORDER, Chart, Transition, extend
from omcore.orders import DEFAULT_RULES, ValidationRule
from omcore.routing import LowestCost, Nearest, Rates, RoutingStrategy
from omcore.testing.simulation.chooser import Chooser


@record
class Shop:
    """What an embedder decides once, and which SKUs lie on its shelves.

    ``routings``: each process takes one of them. ``sold``: what an order may have, kits among it;
    ``currencies``: what its customers pay in.
    """

    network: Network
    catalog: Catalog
    policies: om.Policies
    sales_channels: tuple[SalesChannel, ...]
    routings: tuple[RoutingStrategy, ...]
    skus: tuple[str, ...]
    rules: tuple[ValidationRule, ...] = DEFAULT_RULES
    chart: Chart = ORDER
    sold: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ("USD", "JPY", "KWD")


_LOCATIONS = (
    Location("nyc", WAREHOUSE, GeoPoint(40.7, -74.0)),
    Location("soho", STORE, GeoPoint(40.7, -73.9), capabilities=frozenset({SHIP, PICKUP}), labor_cost=40),
    Location("lax", WAREHOUSE, GeoPoint(34.0, -118.2), priority=1),
    Location("oslo", STORE, GeoPoint(59.9, 10.7), "NO", capabilities=frozenset({SHIP, PICKUP})),
)

_CATALOG = Catalog(
    (
        Item("TEE", 180, list_value=1900),
        Item("MUG", 400, list_value=1200),
        Item("KIT", components=(("TEE", 1), ("MUG", 2))),
        Item("BOX", components=(("MUG", 3),), built_ahead=True),
        Item("CHEESE", 1000, measure=Measure("kg", 3)),
        Item("LAST", 90, returnable=False),
    )
)

GIFTS = extend(
    ORDER,
    name="gifts",
    states=["wrapping"],
    transitions=[
        Transition("processing", "wrap", "wrapping"),
        Transition("wrapping", "unwrap", "processing"),
        Transition("wrapping", "ship", "fulfilled"),
        Transition("wrapping", "ship", "partially_fulfilled"),
        Transition("wrapping", "deallocate", "validated"),
    ],
)
"""The base chart with a stage of the shop's own, that only its work leads out of."""

_SHIPPING_BACK = (om.shipping_is_kept, om.shipping_back_by_units, om.shipping_back_with_everything)
_INSPECTIONS = (om.never_inspected, om.refunded_then_inspected, om.inspected_then_refunded)

# By field of the policies, what may be agreed: the first is what nobody needs to agree on.
_AGREED: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("capturable", (om.capture_on_shipment, om.capture_on_shipment, om.capture_at_placement)),
    ("capture_by_hand", (False, False, False, False, True)),
    ("refund_over", (om.card_first, om.proportional)),
    ("restocking_fee", (None, None, Ratio(15, 100))),
    ("return_window", (timedelta(days=30), None)),
    ("label_fee", (om.label_is_free, om.customer_pays_label_unless_our_fault)),
    ("refund_to", (om.refund_as_asked, om.refund_as_asked, om.refund_to_store_credit)),
    ("inspection", _INSPECTIONS),
    ("shipping_back", _SHIPPING_BACK),
    ("exchange_window", (timedelta(days=14), None)),
    ("pickup_window", (timedelta(days=7), None)),
    ("cancel_requests", (om.a_person_decides, om.accepted_until_picked)),
    ("request_blocks_shipping", (False, False, True)),
    ("cancel_unpaid_after", (None, None, timedelta(days=2))),
    ("cancel_unfillable_after", (None, None, timedelta(days=5))),
    ("unplaced", ("open", "backorder", "backorder", "hold", "cancel")),
    ("reauthorize", (True, True, False)),
)


_MORE_RULES: tuple[ValidationRule, ...] = (om.FraudScoreBelow(90), om.StockAvailable())


def _by_size(order: om.Order) -> int:
    """Orders of many lines come first, and take what lesser ones have."""
    return len(order.terms.lines)


_CHANNELS: tuple[Callable[[tuple[str, ...]], tuple[SalesChannel, ...]], ...] = (
    lambda places: (SalesChannel("web", places),),
    lambda places: (SalesChannel("web", places), SalesChannel("market", places[:1], 2, cap=5)),
    lambda places: (SalesChannel("web", places, every=timedelta(minutes=5)),),
    lambda places: (),
)


def draw_shop(chooser: Chooser) -> Shop:
    """A shop; by zeros alone the plainest that there is."""
    locations = _LOCATIONS[: chooser.between(2, len(_LOCATIONS))]
    places = tuple([location.id for location in locations])
    agreed = {name: chooser.pick(options) for name, options in _AGREED}
    if chooser.chance(300):
        agreed["priority"] = _by_size
    nearest: tuple[RoutingStrategy, ...] = (Nearest(),)
    rules: tuple[ValidationRule, ...] = DEFAULT_RULES
    if chooser.chance(300):
        rules = (*rules, chooser.pick(_MORE_RULES))
    return Shop(
        Network(locations),
        _CATALOG,
        attrs.evolve(om.Policies(), **agreed),
        chooser.pick(_CHANNELS)(places),
        chooser.pick((nearest, (*nearest, LowestCost(Rates())), (LowestCost(Rates()),))),
        ("TEE", "MUG", "BOX", "CHEESE", "LAST"),
        rules,
        GIFTS if chooser.chance(300) else ORDER,
        ("TEE", "MUG", "KIT", "TEE", "BOX", "CHEESE", "LAST"),
    )


__all__ = ["GIFTS", "Shop", "draw_shop"]
