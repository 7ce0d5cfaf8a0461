"""inventory, the view: what it costs to read what the network can promise of a SKU.

The floor is a plain dict behind a plain function that takes what the view is asked with.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from omcore import inventory as inv
from omcore.kernel import epoch_second
from timing import paired_ratio, seconds

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
NOW = T0 + timedelta(seconds=60)
LOCATIONS = tuple(f"store-{n}" for n in range(50))


def run(smoke: bool) -> dict[str, float]:
    """One SKU after the other; each lies at 50 locations, and a cart has claimed some at one of them."""
    skus = [f"sku-{n}" for n in range(20 if smoke else 500)]
    view = filled(skus)
    pool = view.pool(LOCATIONS)
    plain = {sku: view.network_promisable(sku, LOCATIONS, NOW) for sku in skus}
    if [pool.promisable(sku, NOW) for sku in skus] != list(plain.values()):
        raise AssertionError("the view and the dict do not say the same")

    def look_up(sku: str, now: datetime) -> int:
        return plain[sku]

    times = 5 if smoke else 100
    ratio, took, _ = paired_ratio(
        reading(pool.promisable, skus), reading(look_up, skus), times, 3 if smoke else 15
    )
    added_up = seconds(reading(lambda sku, now: view.network_promisable(sku, LOCATIONS, now), skus), 1)
    return {
        "view_read_vs_dict": round(ratio, 2),
        "view_read_ns": round(took / len(skus) * 1e9),
        "view_added_up_ns": round(added_up / len(skus) * 1e9),
    }


def filled(skus: list[str]) -> inv.AvailabilityView:
    """A view that keeps the totals over all locations from the beginning."""
    view = inv.AvailabilityView()
    view.pool(LOCATIONS)
    for number, sku in enumerate(skus):
        for place, location in enumerate(LOCATIONS):
            view.apply(inv.StockReceived(T0, sku, location, number + place, "po"))
        until = epoch_second(T0) + 600 + number
        view.apply(inv.StockReserved(T0, sku, LOCATIONS[7], 3, until, "cart"))
    return view


def reading(read: Callable[[str, datetime], int], skus: list[str]) -> Callable[[int], None]:
    """So many rounds of reading every SKU."""

    def work(times: int) -> None:
        for _ in range(times):
            for sku in skus:
                read(sku, NOW)

    return work
