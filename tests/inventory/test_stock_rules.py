"""The rules of stock, in business words (S1-S9, S11-S13)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from omcore import inventory as inv
from omcore.kernel import Catalog, Item, LimitExceeded, epoch_second

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
LATER = T0 + timedelta(minutes=10)
SECOND = epoch_second(LATER)


def stock(*operations: Any, at: datetime = T0, item: inv.StockItem | None = None) -> inv.StockItem:
    return inv.decide_operations(item, operations, at, sku="TEE", location="nyc")[1]


def movements(*operations: Any, at: datetime = T0, item: inv.StockItem | None = None) -> list[Any]:
    return list(inv.decide_operations(item, operations, at, sku="TEE", location="nyc")[0])


def test_s1_what_is_claimed_or_safe_is_not_promised() -> None:
    item = stock(inv.Receive(10), inv.SetSafety(2), inv.Allocate(3), inv.Reserve(1, SECOND))
    assert (item.on_hand, item.reserved(T0), item.atp(T0)) == (10, 4, 4)
    with pytest.raises(inv.InsufficientStock) as refused:
        stock(inv.Reserve(5, SECOND), item=item)
    assert (refused.value.fields["requested"], refused.value.fields["available"]) == (5, 4)


def test_s1_a_backorder_limit_lets_more_be_promised_than_is_there() -> None:
    item = stock(inv.Receive(1), inv.SetBackorders(2), inv.Allocate(3))
    assert (item.reserved(T0), item.short(T0)) == (3, 0)
    assert (item.atp(T0), item.promisable(T0)) == (-2, 0), "ATP is what is there; a promise may go beyond"


def test_s1_a_cart_may_hold_what_is_only_on_backorder() -> None:
    item = stock(inv.Receive(1), inv.SetBackorders(2), inv.Reserve(3, SECOND))
    assert (item.live(T0), item.promisable(T0)) == (3, 0)
    with pytest.raises(inv.InsufficientStock):
        stock(inv.Reserve(1, SECOND), item=item)


def test_s1_a_count_that_takes_away_what_was_claimed_declares_a_shortfall_in_the_same_commit() -> None:
    item = stock(inv.Receive(5), inv.Allocate(4))
    events = movements(inv.Count(1, "cycle_count"), item=item)
    assert [type(event).__name__ for event in events] == ["StockCounted", "ShortfallDeclared"]
    assert events[1].quantity == 3
    after = stock(inv.Count(1, "cycle_count"), item=item)
    assert (after.claims(T0), after.short(T0), after.reserved(T0)) == (4, 3, 1)


def test_s1_a_smaller_count_later_declares_only_what_is_new() -> None:
    item = stock(inv.Receive(5), inv.Allocate(4), inv.Count(3, "c"))
    events = movements(inv.Count(2, "c"), item=item)
    assert events[1].quantity == 1


def test_s5_an_owners_own_reservation_never_blocks_him() -> None:
    item = stock(inv.Receive(3), inv.Reserve(3, SECOND))
    confirmed = stock(inv.Allocate(3, ((SECOND, 3),)), item=item)
    assert (confirmed.allocated, confirmed.live(T0), confirmed.atp(T0)) == (3, 0, 0)
    with pytest.raises(inv.InsufficientStock):
        stock(inv.Allocate(1), item=item)


def test_s6_at_the_very_second_it_has_expired_swept_or_not() -> None:
    item = stock(inv.Receive(1), inv.Reserve(1, SECOND))
    assert item.atp(LATER - timedelta(microseconds=1)) == 0
    assert item.atp(LATER) == 1
    assert stock(inv.Reserve(1, SECOND + 60), at=LATER, item=item).atp(LATER) == 0


def test_s7_freeing_frees_exactly_what_is_held() -> None:
    """S7: what a claim still holds, once, and never more."""
    item = stock(inv.Receive(5), inv.Allocate(3))
    assert stock(inv.Deallocate(3), item=item).atp(T0) == 5
    with pytest.raises(inv.NotAllocated):
        stock(inv.Deallocate(4), item=item)


def test_s8_what_was_allocated_ships_though_nothing_more_can_be_promised() -> None:
    """S8: mine to ship even if ATP is below nothing."""
    item = stock(inv.Receive(2), inv.Allocate(2), inv.SetSafety(5))
    assert item.atp(T0) < 0
    shipped = stock(inv.Ship(2), item=item)
    assert (shipped.on_hand, shipped.allocated) == (0, 0)


def test_what_is_not_there_cannot_ship() -> None:
    item = stock(inv.Receive(2), inv.Allocate(2), inv.Count(1, "c"))
    with pytest.raises(inv.InsufficientStock):
        stock(inv.Ship(2), item=item)
    assert stock(inv.Ship(1), item=item).on_hand == 0


def test_s9_a_short_pick_lowers_on_hand_and_lets_go_of_the_claim() -> None:
    item = stock(inv.Receive(5), inv.Allocate(3), inv.ShortPick(2, "shrinkage"))
    assert (item.on_hand, item.allocated, item.atp(T0)) == (3, 1, 2)


def test_s9_a_short_pick_of_what_a_count_has_taken_already_lowers_nothing_twice() -> None:
    item = stock(inv.Receive(2), inv.Allocate(2), inv.Count(0, "c"), inv.ShortPick(2, "shrinkage"))
    assert (item.on_hand, item.allocated, item.short(T0)) == (0, 0, 0)


def test_s12_a_till_sale_is_a_fact_even_where_the_books_hold_less() -> None:
    events = movements(inv.Take(3), item=stock(inv.Receive(1)))
    assert [(type(event).__name__, event.quantity) for event in events] == [
        ("StockAdjusted", 2),
        ("StockTaken", 3),
    ]
    assert stock(inv.Receive(1), inv.Take(3)).on_hand == 0


def test_s12_a_till_may_sell_what_an_order_had_claimed_and_the_order_hears_of_it() -> None:
    events = movements(inv.Take(2), item=stock(inv.Receive(2), inv.Allocate(1)))
    assert [type(event).__name__ for event in events] == ["StockTaken", "ShortfallDeclared"]


@pytest.mark.parametrize(("condition", "field"), [("damaged", "damaged"), ("quarantined", "quarantined")])
def test_what_comes_back_damaged_is_not_sold_again(condition: str, field: str) -> None:
    item = stock(inv.Receive(1), inv.TakeBack(2, condition))
    assert (item.atp(T0), getattr(item, field)) == (1, 2)


def test_s3_and_s11_a_kit_is_as_available_as_its_scarcest_part() -> None:
    catalog = Catalog((Item("SET", components=(("MUG", 2), ("CAP", 1))),))
    view = inv.AvailabilityView()
    for sku, quantity in (("MUG", 5), ("CAP", 9)):
        view.apply(inv.StockReceived(T0, sku, "nyc", quantity, ""))
    assert view.kit_atp(catalog.components("SET"), "nyc", T0) == 2
    assert view.kit_atp(catalog.components("SET"), "lax", T0) == 0


def test_s13_a_channel_may_sell_the_sum_less_its_threshold_and_never_less_than_nothing() -> None:
    view = inv.AvailabilityView([stock(inv.Receive(5), inv.SetSafety(1))])
    view.apply(inv.StockReceived(T0, "TEE", "lax", 2, ""))
    assert view.publishable("TEE", ("nyc", "lax"), 3, T0) == 3
    assert view.publishable("TEE", ("nyc",), 9, T0) == 0


def test_s13_what_may_be_promised_beyond_the_shelf_is_published_to_nobody() -> None:
    view = inv.AvailabilityView([stock(inv.Receive(3), inv.SetBackorders(7), inv.SetSafety(2))])
    assert view.publishable("TEE", ("nyc",), 0, T0) == 1
    assert view.kit_atp((("TEE", 1),), "nyc", T0) == 1
    assert view.network_promisable("TEE", ("nyc",), T0) == 8, "an order of eight is taken all the same"
    assert view.promisable_at("TEE", ("nyc", "lax"), T0) == (8, 0)


def test_s10_what_was_promised_for_later_is_nobodys_to_route_today() -> None:
    item = stock(inv.Receive(5), inv.Promise(3, SECOND))
    assert inv.AvailabilityView([item]).promisable_at("TEE", ("nyc",), T0) == (2,)


def test_a_location_that_owes_stock_takes_none_from_the_others() -> None:
    view = inv.AvailabilityView([stock(inv.Receive(2), inv.Allocate(2), inv.SetSafety(4))])
    view.apply(inv.StockReceived(T0, "TEE", "lax", 3, ""))
    assert view.network_promisable("TEE", ("nyc", "lax"), T0) == 3


def test_s2_reconcile_names_the_first_movement_after_which_a_balance_is_wrong() -> None:
    events = movements(inv.Receive(5), inv.Allocate(3), inv.Ship(2))
    item = stock(inv.Receive(5), inv.Allocate(3), inv.Ship(2))
    assert inv.reconcile(events, item) is None
    del events[0]
    found = inv.reconcile(events, item)
    assert found == inv.Discrepancy(1, "claims", 0, 3)
    missing = inv.reconcile(movements(inv.Receive(4)), stock(inv.Receive(5)))
    assert missing == inv.Discrepancy(0, "on_hand", 4, 5)


def test_stock_has_a_stated_limit() -> None:
    with pytest.raises(LimitExceeded):
        stock(inv.Receive(1_000_000_000), inv.Receive(1))


def test_the_state_is_as_small_with_many_live_claims_as_with_few() -> None:
    """A thousand claims that expire in ten seconds' time are ten entries of schedule."""
    item = stock(inv.Receive(1000))
    for n in range(1000):
        item = stock(inv.Reserve(1, SECOND + n % 10), item=item)
    assert len(item.schedule) == 10
    assert item.live(T0) == 1000
