"""What ``st.from_type`` draws for omcore's records, once somebody has said that it should.

Decides a strategy for every public record: lived-in ones for orders, stock items and reservations, what fits
together for networks, catalogs and shops, and ``records`` for whatever else has a stored form. Nothing is
registered by an import: an embedder's own registration is never overwritten behind his back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from omcore import (
    engine,
    inventory,
    kernel,
    lifecycle,
    notifications,
    orders,
    ports,
    promising,
    reporting,
    routing,
    shipping,
)
from omcore.testing import records as by_class
from omcore.testing.simulation import Shop
from omcore.testing.strategies import asking, drafting, living, telling, values, worlds

_ROOMS = (
    kernel,
    lifecycle,
    orders,
    inventory,
    shipping,
    routing,
    promising,
    ports,
    reporting,
    notifications,
    engine,
)

_OF_ITS_OWN: Mapping[type, Callable[[], SearchStrategy[Any]]] = {
    kernel.Money: values.money,
    kernel.Ratio: values.ratios,
    kernel.Measure: values.measures,
    kernel.Place: values.places,
    kernel.GeoPoint: values.points,
    kernel.Contact: values.contacts,
    kernel.Calendar: worlds.calendars,
    kernel.Location: worlds.locations,
    kernel.Network: worlds.networks,
    kernel.Item: worlds.items,
    kernel.Catalog: worlds.catalogs,
    orders.ExternalRef: drafting.external_refs,
    orders.OrderDraft: drafting.drafts,
    orders.Order: living.orders,
    orders.Policies: worlds.policies,
    inventory.StockItem: living.stock,
    inventory.Reservation: living.reservations,
    routing.Demand: asking.demands,
    routing.DemandLine: asking.demand_lines,
    shipping.Zone: telling.zones,
    routing.Rates: telling.rates,
    notifications.Template: telling.templates,
    notifications.MessageDue: telling.messages,
    notifications.MessagePolicy: telling.message_policies,
    engine.SalesChannel: worlds.sales_channels,
    Shop: worlds.shops,
}

_A_FUNCTION = "it holds a function: write the rule that your test is about"
_A_STRATEGY = "it holds a strategy, or what a strategy is asked about: build it from its fields"
_AN_ANSWER = "a function answers with it: ask that function"
_A_DATE = "it holds dates and spans of time, which no stored record does: build it from its fields"

NOT_DRAWN: Mapping[type, str] = {
    lifecycle.Transition: _A_FUNCTION,
    orders.EligibilityRule: _A_FUNCTION,
    orders.OrderContext: _A_FUNCTION,
    orders.Pricing: _A_FUNCTION,
    orders.ReturnFacts: "an engine makes it of an order, for a rule",
    routing.LineRule: _A_FUNCTION,
    routing.OrderRule: _A_FUNCTION,
    routing.PlaceRule: _A_FUNCTION,
    routing.Step: _A_FUNCTION,
    routing.Instead: _A_STRATEGY,
    routing.World: _A_STRATEGY,
    routing.Asked: _A_STRATEGY,
    routing.Altered: "what it alters depends on the network: build it from its fields",
    routing.Load: "its steps rise ever more: build it from its fields",
    routing.Hindsight: _AN_ANSWER,
    routing.ScarcityPrices: _AN_ANSWER,
    promising.Promise: _A_DATE,
    promising.ServiceLevel: _A_DATE,
    shipping.Arrival: _A_DATE,
    shipping.Box: "its sides are three numbers, of which none is zero: build it from its fields",
    shipping.PackedBox: _AN_ANSWER,
    shipping.Service: _A_DATE,
    shipping.ShipBy: _A_DATE,
    shipping.Tariff: "it names areas, and no stored record does: build it from its fields",
}
"""Public records that ``st.from_type`` is told nothing of, and why."""


def public_records() -> tuple[type, ...]:
    """Every record among the public names of the rooms, commands among them."""
    found: dict[type, None] = {}
    for room in _ROOMS:
        for name in room.__all__:
            cls = getattr(room, name)
            if isinstance(cls, type) and attrs.has(cls):
                found[cls] = None
    found.pop(kernel.Command, None)  # the base of all commands is none itself
    return (*found, Shop)


@cache
def _strategy(cls: type) -> SearchStrategy[Any]:
    own = _OF_ITS_OWN.get(cls)
    return by_class.records(cls) if own is None else own()


def register() -> None:
    """Let ``st.from_type`` and ``st.builds`` know omcore's records; call it once, in a ``conftest.py``.

    What is drawn: values over their whole range; orders, stock items and reservations in states that commands
    lead to; any other record as its types allow, sense or not. ``NOT_DRAWN`` tells of which there is none.
    What was registered before for one of these types is replaced; register your own after it.
    """
    for cls in public_records():
        if cls not in NOT_DRAWN:
            st.register_type_strategy(cls, _later(cls))


def _later(cls: type) -> Callable[[type], SearchStrategy[Any]]:
    """Made when it is first drawn: most tests draw few of them."""
    return lambda _: _strategy(cls)


__all__ = ["NOT_DRAWN", "public_records", "register"]
