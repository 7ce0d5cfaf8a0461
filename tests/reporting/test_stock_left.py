"""Stock left per location and SKU: against counts kept in a dictionary (S2)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from feed_facts import T0, FeedWriter, a_placement, minutes
from omcore import inventory as inv
from omcore.kernel import epoch_second
from omcore.reporting import Report, StockLeft

CELLS = (("la", "CAP"), ("nyc", "CAP"), ("nyc", "A/B"))
KINDS = ("receive", "adjust", "allocate", "free", "ship", "take", "return", "damage", "hold")


@given(st.lists(st.tuples(st.sampled_from(CELLS), st.sampled_from(KINDS), st.integers(1, 9)), max_size=40))
def test_stock_left_is_what_the_movements_sum_to(steps: list[tuple[tuple[str, str], str, int]]) -> None:
    writer = FeedWriter()
    on_hand: Counter[tuple[str, str]] = Counter()
    damaged: Counter[tuple[str, str]] = Counter()
    claimed: Counter[tuple[str, str]] = Counter()
    quarantined: Counter[tuple[str, str]] = Counter()
    touched = set()
    for n, (cell, kind, wanted) in enumerate(steps):
        location, sku = cell
        at = minutes(n)
        quantity = min(wanted, on_hand[cell]) if kind == "take" else wanted
        if kind in ("ship", "free"):
            quantity = min(wanted, claimed[cell])
        if not quantity:
            continue
        touched.add(cell)
        event: Any
        match kind:
            case "receive":
                event = inv.StockReceived(at, sku, location, quantity, "po-1")
                on_hand[cell] += quantity
            case "adjust":
                event = inv.StockAdjusted(at, sku, location, -quantity, "count", "")
                on_hand[cell] -= quantity
            case "allocate":
                event = inv.StockAllocated(at, sku, location, quantity, (), "o-1")
                claimed[cell] += quantity
            case "free":
                event = inv.StockDeallocated(at, sku, location, quantity, "o-1")
                claimed[cell] -= quantity
            case "ship":
                event = inv.StockShipped(at, sku, location, quantity, "o-1")
                on_hand[cell] -= quantity
                claimed[cell] -= quantity
            case "take":
                event = inv.StockTaken(at, sku, location, quantity, "o-1")
                on_hand[cell] -= quantity
            case "return":
                event = inv.StockReturned(at, sku, location, quantity, "sellable", "r-1")
                on_hand[cell] += quantity
            case "damage":
                event = inv.StockReturned(at, sku, location, quantity, "damaged", "r-1")
                damaged[cell] += quantity
            case _:
                event = inv.StockReturned(at, sku, location, quantity, "quarantined", "r-1")
                quarantined[cell] += quantity
        writer.commit(f"stock/{location}/{sku}", [event])
    report = Report()
    for entry in writer.entries:
        report.apply(entry)
    assert report.day().stock == tuple(
        StockLeft(*cell, on_hand[cell], damaged[cell], quarantined[cell], claimed[cell])
        for cell in sorted(touched)
    )


def test_a_reservation_is_claimed_until_it_expires_by_the_feeds_own_clock() -> None:
    """S6: nobody has to sweep; the last entry read says what time it is."""
    expires = T0 + timedelta(minutes=10)
    writer = FeedWriter()
    writer.commit("stock/nyc/CAP", [inv.StockReceived(T0, "CAP", "nyc", 5, "po-1")])
    reserved = inv.StockReserved(T0, "CAP", "nyc", 2, epoch_second(expires), "cart-1")
    writer.commit("stock/nyc/CAP", [reserved])
    report = Report()
    for entry in writer.entries:
        report.apply(entry)
    assert report.day().stock == (StockLeft("nyc", "CAP", 5, 0, 0, 2),)
    for at, claimed in ((expires - timedelta(seconds=1), 2), (expires, 0)):
        (entry,) = writer.commit(f"order/o-{claimed}", [a_placement(f"o-{claimed}", at=at)])
        report.apply(entry)
        assert report.day().stock[0].claimed == claimed
