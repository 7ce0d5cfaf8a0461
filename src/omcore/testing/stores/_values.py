"""Values that the cases of the store contract keep and ask back.

Decides which values a careless store would change: pairs that compare equal and are not the same,
limits, scripts, empty things, mappings whose order is not that of their keys. All are records of
the codec. Must not know any store.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from omcore import orders as om
from omcore.inventory import Reservation, ReservationMade, ReservedItem, StockItem
from omcore.kernel import EPOCH, MAX_MINOR, Contact, GeoPoint, Money, Place, Ratio
from omcore.orders.draft import MAX_LINES
from omcore.ports import Answer
from omcore.testing.stores._bench import AT, state


def draft(number: str, quantity: int, *tenders: tuple[str, str, str]) -> om.OrderDraft:
    """Tees and a gift set to New York, with tax; tenders as (id, kind, dollars)."""
    tax = (om.Tax("New York", rate=Ratio.parse("0.08875")),)
    return om.OrderDraft(
        om.ExternalRef("web", "my-shop", "order", number),
        "USD",
        lines=(
            om.DraftLine("tees", "TEE-M", quantity, Money.parse("19.99", "USD"), taxes=tax),
            om.DraftLine("gift", "GIFT-SET", 1, Money.parse("30.00", "USD"), taxes=tax),
        ),
        placed_at=AT,
        destination=Place("US", "NY", "10001", GeoPoint(40.75, -74)),
        contact=Contact(name="Z\u00eb Buyer", email="z@example.com", street=("1 Long Street", "")),
        charges=(om.Charge("shipping", Money.parse("5.99", "USD")),),
        tenders=tuple(om.DraftTender(name, kind, Money.parse(sum_, "USD")) for name, kind, sum_ in tenders),
    )


LAST = datetime(9998, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)

_SMALL: tuple[Any, ...] = (
    Money(MAX_MINOR, "KWD"),
    Money(-MAX_MINOR, "JPY"),
    Ratio(10**60, 7),
    GeoPoint(40, -74),
    GeoPoint(40.0, -74.006_000_000_000_01),
    GeoPoint(0.1 + 0.2, -0.0),
    Place("US"),
    Place("JP", "\u6771\u4eac\u90fd", "100-0001", GeoPoint(35.5, 139)),
    Reservation("t", "o", (), AT, "live", EPOCH),
    Reservation("t", "o", (state(1), ReservedItem("caf\u00e9 \U0001f455", "nyc", 1)), LAST, "live", AT),
    ReservationMade(AT, "t", "o", (state(2), state(1)), AT + timedelta(microseconds=1)),
    StockItem("T", "nyc", 10**9, 0, 0, 3, (((1_900_000_000, 2), (1_900_000_001, 1)),), 3, -1, 2**31, LAST),
    StockItem("T", "nyc", 0, 0, 0, 0, (), 0, 0, 0, AT.replace(microsecond=0)),
    Answer("k", "h", "", AT, fields=(("one", 1), ("yes", True), ("zero", 0), ("no", False))),
    Answer("k", "h", "", AT, fields=(("none", None), ("empty", ()), ("text", ""), ("word", "None"))),
    Answer("k", "h", "", AT, fields=(("names", ("b", "", "a")), ("one", ("x",)), ("digits", "007"))),
    Answer("k", "h", "", AT, fields=(("huge", 2**80), ("low", -(2**63) - 1), ("date", "2026-11-27"))),
    Answer("k", "h", "", AT, result=Answer("k", "h", "", AT, result=Money(0, "USD"))),
)

PEOPLE = (
    Contact(),
    Contact(name=" two  spaces\t\n ", street=("", "\u00c5ngstr\u00f6m \u2116 5", "")),
    Contact(
        name="\u05d0\u05d1 \U0001f9d1\u200d\U0001f680", email='"o\'b\\"@example.com', postal_code="00501"
    ),
)


@cache
def specimens() -> tuple[Any, ...]:
    """The records; among them an order with two tenders, and the events that made it."""
    tenders = (("zeta", "gateway", "20.00"), ("alpha", "gateway", "120.00"))
    command = om.PlaceOrder(draft("1", 3, *tenders), order_id="o-1", key="k", at=AT)
    made = om.decide(None, command, om.default_context())
    return (*_SMALL, made.order, *made.events)


@cache
def largest() -> om.Decision:
    """An order of as many lines as an order may have, some 2.4 MB of JSON, and its events."""
    lines = tuple(
        om.DraftLine(f"line-{number}", f"SKU-{number}", 100, Money(1_999, "USD"))
        for number in range(MAX_LINES)
    )
    ref = om.ExternalRef("web", "my-shop", "order", "2")
    command = om.PlaceOrder(om.OrderDraft(ref, "USD", lines, AT), order_id="o-2", key="k", at=AT)
    return om.decide(None, command, om.default_context())


__all__ = ["LAST", "PEOPLE", "draft", "largest", "specimens"]
