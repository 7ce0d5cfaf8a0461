"""Lots, serial numbers and expiry dates, in business words (S1, S2, S6)."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import OrderManager
from omcore.inventory.lotbook import MAX_LOTS, MAX_SERIALS
from omcore.kernel import (
    DuplicateId,
    InputError,
    InvalidId,
    InvalidQuantity,
    InvalidTimestamp,
    InvalidType,
    LimitExceeded,
    Location,
    Money,
    Network,
    OmcoreError,
    Place,
    UnknownEvent,
    epoch_second,
)
from omcore.memory import MemoryStore
from omcore.routing import Nearest

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)


MOMENT = epoch_second(T0)


def day(number: int) -> datetime:
    return T0 + timedelta(days=number)


def second(number: int) -> int:
    return epoch_second(day(number))


def of(lot: str, expires: int | None, units: int, *serials: str) -> tuple[inv.LotUnits, ...]:
    return (inv.LotUnits(lot, None if expires is None else second(expires), units, serials),)


def decided(
    *operations: Any, item: inv.StockItem | None = None, at: datetime = T0, under: str = "r"
) -> tuple[list[Any], inv.StockItem]:
    made, after = inv.decide_operations(item, operations, at, sku="MILK", location="nyc", reference=under)
    return list(made), after


def stock(*operations: Any, item: inv.StockItem | None = None, at: datetime = T0) -> inv.StockItem:
    return decided(*operations, item=item, at=at)[1]


def lots(events: list[Any]) -> list[tuple[str, int]]:
    return [(units.lot, units.quantity) for event in events for units in getattr(event, "lots", ())]


TWO_LOTS = (inv.Receive(3, lots=of("late", 9, 3)), inv.Receive(3, lots=of("soon", 2, 3)))


# -- which lot leaves ------------------------------------------------------------------------


def test_what_expires_soonest_is_shipped_first() -> None:
    item = stock(*TWO_LOTS, inv.Allocate(4))
    made, after = decided(inv.Ship(4), item=item)
    assert lots(made) == [("soon", 3), ("late", 1)]
    assert [(held.lot, held.quantity) for held in after.lots.holdings] == [("late", 2)]


@pytest.mark.parametrize(
    ("policy", "left"),
    [
        ("first_expired_first_out", "soon"),
        ("first_in_first_out", "late"),
        ("last_expired_first_out", "late"),
    ],
)
def test_the_policy_of_a_stock_item_says_which_lot_leaves_first(policy: str, left: str) -> None:
    received = stock(inv.Receive(3, lots=of("late", 9, 3)))
    item = stock(inv.Receive(3, lots=of("soon", 2, 3)), inv.SetPolicy(policy), item=received, at=day(1))
    for operation in (inv.Send(1, "lax"), inv.Take(1), inv.Regrade(1, "sellable", "damaged", "damage")):
        assert lots(decided(operation, item=item, at=day(1))[0]) == [(left, 1)]


def test_a_lot_is_as_old_as_the_first_of_it_that_came() -> None:
    first = stock(inv.Receive(1, lots=of("A", 9, 1)), inv.SetPolicy("first_in_first_out"))
    second_ = stock(inv.Receive(1, lots=of("B", 9, 1)), item=first, at=day(1))
    item = stock(inv.Receive(2, lots=of("A", 9, 2)), item=second_, at=day(2))
    assert lots(decided(inv.Take(3), item=item, at=day(2))[0]) == [("A", 3)]


def test_goods_that_nobody_put_a_lot_to_keep_for_ever_and_were_there_first() -> None:
    item = stock(inv.Receive(2), *TWO_LOTS)
    assert lots(decided(inv.Take(6), item=item)[0]) == [("soon", 3), ("late", 3)]
    first_in = stock(inv.SetPolicy("first_in_first_out"), item=item)
    assert lots(decided(inv.Take(2), item=first_in)[0]) == []


def test_the_pickers_scan_goes_before_the_policy() -> None:
    item = stock(*TWO_LOTS, inv.Allocate(4))
    made, _ = decided(inv.Ship(3, of("late", None, 2)), item=item)
    assert lots(made) == [("soon", 1), ("late", 2)]


def test_what_has_expired_never_ships_not_even_by_name() -> None:
    item = stock(*TWO_LOTS, inv.Allocate(6))
    with pytest.raises(inv.InsufficientStock) as refused:
        decided(inv.Ship(4), item=item, at=day(2))
    assert refused.value.fields["available"] == 3
    with pytest.raises(inv.LotExpired):
        decided(inv.Ship(1, of("soon", None, 1)), item=item, at=day(2))
    assert lots(decided(inv.Ship(3), item=item, at=day(2))[0]) == [("late", 3)]


def test_what_has_expired_is_not_sent_elsewhere_either() -> None:
    item = stock(*TWO_LOTS)
    with pytest.raises(inv.LotExpired):
        decided(inv.Send(1, "lax", of("soon", None, 1)), item=item, at=day(2))
    with pytest.raises(inv.InsufficientStock):
        decided(inv.Send(4, "lax"), item=item, at=day(2))
    assert lots(decided(inv.Send(3, "lax"), item=item, at=day(2))[0]) == [("late", 3)]


def test_s9_what_a_picker_does_not_find_is_of_the_lot_that_he_was_to_take() -> None:
    item = stock(*TWO_LOTS, inv.Allocate(4))
    assert lots(decided(inv.ShortPick(4, "shrinkage"), item=item)[0]) == [("soon", 3), ("late", 1)]
    by_name = inv.ShortPick(1, "shrinkage", of("late", None, 1))
    assert lots(decided(by_name, item=item)[0]) == [("late", 1)]


def test_what_is_lost_or_sold_at_a_till_is_taken_from_the_expired_last_of_all() -> None:
    item = stock(*TWO_LOTS)
    assert lots(decided(inv.Take(4), item=item, at=day(2))[0]) == [("soon", 1), ("late", 3)]
    assert lots(decided(inv.Count(1, "count"), item=item, at=day(2))[0]) == [("soon", 2), ("late", 3)]


# -- what expires ----------------------------------------------------------------------------


def test_s6_from_its_very_second_on_an_expired_lot_is_promised_to_nobody() -> None:
    item = stock(*TWO_LOTS)
    just_before = day(2) - timedelta(microseconds=1)
    assert (item.atp(just_before), item.promisable(just_before)) == (6, 6)
    assert (item.atp(day(2)), item.promisable(day(2)), item.on_hand) == (3, 3, 6)
    with pytest.raises(inv.InsufficientStock):
        stock(inv.Reserve(4, second(3)), item=item, at=day(2))
    assert inv.AvailabilityView([item]).promisable_at("MILK", ("nyc",), day(2)) == (3,)


def test_what_several_locations_have_to_sell_grows_less_when_a_lot_of_one_expires() -> None:
    view = inv.AvailabilityView([stock(*TWO_LOTS, inv.Reserve(2, second(1)), inv.Reserve(1, second(2)))])
    pool = view.pool(("nyc", "lax"))
    moments = [T0, day(1), day(2), day(9)]
    assert [pool.atp("MILK", at) for at in moments] == [3, 5, 3, 0]
    assert [pool.promisable("MILK", at) for at in reversed(moments)] == [0, 3, 5, 3]
    view.apply(inv.StockTaken(day(9), "MILK", "nyc", 3, "", of("soon", 2, 3)))
    assert (pool.atp("MILK", day(9)), view.next_expiry("MILK", day(9))) == (0, None)
    assert view.next_expiry("MILK", day(2)) == day(9)


SOON = st.integers(1, 6)
STEPS = st.one_of(
    st.builds(lambda n, s: inv.Receive(n, lots=(inv.LotUnits("", MOMENT + s, n),)), SOON, SOON),
    st.builds(lambda n, s: inv.Reserve(n, MOMENT + s), SOON, SOON),
    st.builds(inv.Receive, SOON),
    st.builds(inv.Allocate, SOON),
    st.builds(inv.Take, SOON),
)


@given(st.lists(st.tuples(st.sampled_from(["nyc", "lax"]), STEPS, st.integers(0, 1)), max_size=12), st.data())
def test_the_total_over_locations_is_the_sum_of_what_each_has_whenever_it_is_read(
    steps: list[tuple[str, Any, int]], data: st.DataObject
) -> None:
    view, now = inv.AvailabilityView(), T0
    pool = view.pool(("nyc", "lax"))
    items: dict[str, inv.StockItem] = {}
    for place, operation, seconds in steps:
        now += timedelta(seconds=seconds)
        with suppress(OmcoreError):
            events, items[place] = inv.decide_operations(
                items.get(place), (operation,), now, sku="MILK", location=place
            )
            for event in events:
                view.apply(event)
        for at in (now + timedelta(seconds=data.draw(st.integers(0, 7))), now):
            each = [item.atp(at) for item in items.values()]
            assert pool.atp("MILK", at) == sum(each)
            assert pool.promisable("MILK", at) == sum(units for units in each if units > 0)


def test_s1_goods_that_expire_under_a_claim_are_a_shortfall_from_then_on_and_told_with_what_moves_next() -> (
    None
):
    item = stock(*TWO_LOTS, inv.Allocate(5))
    assert (item.short(day(2)), item.reserved(day(2))) == (2, 3), "without any movement"
    made, after = decided(inv.Receive(1), item=item, at=day(3))
    assert [(type(event), event.quantity) for event in made] == [
        (inv.ShortfallDeclared, 2),
        (inv.StockReceived, 1),
    ]
    assert [type(event) for event in decided(inv.Receive(1), item=after, at=day(4))[0]] == [inv.StockReceived]


def test_a_shortfall_by_expiry_and_one_by_a_count_are_each_told_once() -> None:
    item = stock(*TWO_LOTS, inv.Allocate(5))
    made, after = decided(inv.Count(5, "count"), item=item, at=day(2))
    assert [event.quantity for event in made if type(event) is inv.ShortfallDeclared] == [2, 1]
    assert after.short(day(2)) == 3


def test_who_looks_after_expired_goods_takes_them_off_the_shelf() -> None:
    item = stock(*TWO_LOTS)
    made, after = decided(
        inv.Regrade(3, "sellable", "quarantined", "expired", of("soon", None, 3)),
        inv.Regrade(3, "quarantined", "", "scrapped", of("soon", None, 3)),
        item=item,
        at=day(2),
    )
    assert [type(event) for event in made] == [inv.StockRegraded] * 2, "nobody had claimed them"
    assert (after.on_hand, after.quarantined, after.expired(day(2))) == (3, 0, 0)


def test_s10_goods_that_will_have_expired_by_a_day_are_not_promised_for_it() -> None:
    item = stock(*TWO_LOTS)
    assert [item.promisable_by(second(number), T0) for number in (1, 2, 8, 9)] == [6, 3, 3, 0]
    more = stock(inv.Expect("po", 5, second(4)), item=item)
    assert [more.promisable_by(second(number), T0) for number in (1, 2, 4, 9)] == [6, 3, 8, 5]
    assert more.promise_second(7, T0) == second(4)
    claimed = stock(inv.Allocate(3), item=item)
    assert claimed.promisable_by(second(2), T0) == 3, "what is claimed leaves first, and soonest expired"


def test_what_is_promised_of_a_day_is_told_when_it_expires_before_it_was_filled() -> None:
    item = stock(*TWO_LOTS, inv.Promise(5, second(1)))
    made, after = decided(inv.SetSafety(1), item=item, at=day(2))
    assert [(type(event), event.quantity) for event in made] == [
        (inv.SupplyShortfallDeclared, 2),
        (inv.SafetyStockSet, 1),
    ]
    with pytest.raises(inv.InsufficientStock):
        stock(inv.Fill(4, second(1)), item=after, at=day(2))
    assert stock(inv.Fill(3, second(1)), item=after, at=day(2)).allocated == 3


def test_a_low_shelf_is_told_of_when_its_goods_have_expired() -> None:
    item = stock(*TWO_LOTS, inv.SetReorder(3))
    made, _ = decided(inv.Allocate(1), item=item, at=day(2))
    assert [event.level for event in made if type(event) is inv.StockLevelChanged] == ["low"]


# -- what comes in ---------------------------------------------------------------------------


def test_a_lot_has_one_expiry_and_who_knows_it_need_not_say_it_again() -> None:
    item = stock(*TWO_LOTS)
    again = stock(inv.Receive(2, lots=of("soon", None, 2)), item=item)
    assert again.lots.expiring == ((second(2), 5), (second(9), 3))
    with pytest.raises(inv.LotMismatch) as refused:
        stock(inv.Receive(2, lots=of("soon", 3, 2)), item=item)
    assert refused.value.fields["expires_at"] == day(2).isoformat()


def test_goods_that_have_expired_are_not_bought_but_are_taken_back() -> None:
    with pytest.raises(inv.LotExpired):
        stock(inv.Receive(1, lots=of("old", 1, 1)), at=day(1))
    with pytest.raises(inv.LotExpired):
        stock(inv.Receive(1, lots=of("soon", None, 1)), item=stock(*TWO_LOTS), at=day(2))
    back = stock(inv.TakeBack(1, "sellable", of("old", 1, 1)), at=day(1))
    assert (back.on_hand, back.atp(day(1))) == (1, 0)


def test_a_serial_number_is_in_stock_once() -> None:
    item = stock(inv.Receive(2, lots=of("", None, 2, "s1", "s2")))
    for again in (
        inv.Receive(1, lots=of("L", None, 1, "s2")),
        inv.TakeBack(1, "damaged", of("", 5, 1, "s2")),
    ):
        with pytest.raises(inv.SerialInStock) as refused:
            stock(again, item=item)
        assert refused.value.fields["serial"] == "s2"
    sold = stock(inv.Take(1, of("", None, 1, "s2")), item=item)
    assert stock(inv.TakeBack(1, "damaged", of("", None, 1, "s2")), item=sold).damaged == 1


def test_a_serial_number_that_is_not_here_cannot_leave() -> None:
    item = stock(inv.Receive(1, lots=of("L", None, 1, "s1")), inv.Receive(1), inv.Allocate(2))
    for named in (of("", None, 1, "s9"), of("M", None, 1, "s1")):
        with pytest.raises(inv.SerialNotInStock):
            stock(inv.Ship(1, named), item=item)
    with pytest.raises(inv.InsufficientStock):
        stock(inv.Ship(2, of("L", None, 2)), item=item)


def test_of_one_lot_units_without_a_serial_number_leave_before_those_that_have_one() -> None:
    item = stock(inv.Receive(2, lots=of("L", 5, 2, "s1", "s2")), inv.Receive(1, lots=of("L", 5, 1)))
    (made,), after = decided(inv.Take(2), item=item)
    assert made.lots == (inv.LotUnits("L", second(5), 2, ("s1",)),)
    assert after.lots.holdings[0].serials == ("s2",)


def test_goods_get_their_lot_when_somebody_looks() -> None:
    item = stock(inv.Receive(5), inv.Allocate(4))
    made, after = decided(inv.Identify(2, "sellable", of("L", 1, 2)), item=item)
    assert [type(event) for event in made] == [inv.StockIdentified]
    assert (after.on_hand, after.short(day(1))) == (5, 1)
    with pytest.raises(inv.InsufficientStock) as refused:
        stock(inv.Identify(4, "sellable", of("M", None, 4)), item=after)
    assert refused.value.fields["available"] == 3
    old, _ = decided(inv.Identify(3, "sellable", of("M", 1, 3)), item=after, at=day(2))
    assert [event.quantity for event in old if type(event) is inv.ShortfallDeclared] == [1, 3]


def test_a_count_knew_of_a_receipt_whose_lot_is_told_later() -> None:
    """What the count found was in no lot: that is what is not there twice."""
    counted = stock(inv.Count(5, "count", counted_at=day(1)), item=stock(inv.Receive(1)), at=day(1))
    late = inv.Receive(4, happened_at=T0, lots=of("L", 9, 4))
    made, after = decided(late, item=counted, at=day(2))
    assert [event.quantity for event in made] == [4, -4]
    assert (after.on_hand, after.lots.tracked("sellable")) == (5, 4)


def test_a_plain_item_is_as_plain_as_it_was() -> None:
    item = stock(*TWO_LOTS, inv.Take(6))
    assert item.detail is None


# -- bad input -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "error"),
    [
        (None, InvalidType),
        ([inv.LotUnits("L", None, 1)], InvalidType),
        (("L",), InvalidType),
        (of("", None, 1), InvalidType),
        (of("L", None, 0), InvalidQuantity),
        (of("L", None, -1), InvalidQuantity),
        (of("L", None, 3), InvalidQuantity),
        (of("L", None, 10**10), InvalidQuantity),
        ((inv.LotUnits("L", None, True),), InvalidQuantity),
        ((inv.LotUnits("L", -1, 1),), InvalidType),
        ((inv.LotUnits("L", 1.5, 1),), InvalidType),  # type: ignore[arg-type]  # wrong on purpose
        (of("L L", None, 1), InvalidId),
        (of("L" * 201, None, 1), InvalidId),
        (of("L", None, 2, "s1"), InvalidQuantity),
        (of("L", None, 1, "s1", "s2"), InvalidQuantity),
        (of("L", None, 2, "s1", "s1"), DuplicateId),
        ((*of("L", None, 1, "s1"), *of("M", None, 1, "s1")), DuplicateId),
        (of("L", None, 1, ""), InvalidId),
        ((inv.LotUnits("L", None, 1, "s1"),), InvalidType),  # type: ignore[arg-type]  # wrong on purpose
    ],
)
def test_what_cannot_be_told_of_a_lot_is_refused_wherever_it_is_told(named: Any, error: Any) -> None:
    item = stock(inv.Receive(5), inv.Allocate(3))
    for operation in (
        inv.Receive(2, lots=named),
        inv.Adjust(2, "found", lots=named),
        inv.Adjust(-2, "damage", lots=named),
        inv.Ship(2, named),
        inv.ShortPick(2, "shrinkage", named),
        inv.Take(2, named),
        inv.TakeBack(2, "damaged", named),
        inv.Regrade(2, "sellable", "damaged", "damage", named),
        inv.Identify(2, "sellable", named),
        inv.Send(2, "lax", named),
        inv.ComeBack(2, named),
    ):
        with pytest.raises(error):
            stock(operation, item=item)


def test_a_stock_item_has_so_many_lots_and_serial_numbers_and_no_more() -> None:
    item = stock(*[inv.Receive(1, lots=of(f"L{n}", None, 1)) for n in range(MAX_LOTS)])
    with pytest.raises(LimitExceeded):
        stock(inv.Receive(1, lots=of("one-more", None, 1)), item=item)
    serials = [f"s{n}" for n in range(MAX_SERIALS)]
    full = stock(inv.Receive(MAX_SERIALS, lots=of("L", None, MAX_SERIALS, *serials)))
    with pytest.raises(LimitExceeded):
        stock(inv.Receive(1, lots=of("L", None, 1, "one-more")), item=full)


def test_a_lot_that_is_here_may_grow_where_there_are_as_many_lots_as_there_may_be() -> None:
    item = stock(*[inv.Receive(1, lots=of(f"L{n}", None, 1)) for n in range(MAX_LOTS)])
    assert stock(inv.Receive(1, lots=of("L7", None, 1)), item=item).on_hand == MAX_LOTS + 1


@pytest.mark.parametrize("policy", [None, 7, "", "random", ["first_in_first_out"]])
def test_a_policy_is_one_of_the_table(policy: Any) -> None:
    with pytest.raises(InvalidType):
        stock(inv.SetPolicy(policy))


# -- adding up -------------------------------------------------------------------------------

HISTORY, END = decided(
    *TWO_LOTS,
    inv.Receive(2, lots=of("S", None, 2, "s1", "s2")),
    inv.Allocate(4),
    inv.Ship(4),
    inv.Regrade(1, "sellable", "damaged", "damage", of("", None, 1, "s1")),
)


def wrong(events: list[Any], item: inv.StockItem | None = None) -> tuple[int, str] | None:
    found = inv.reconcile(events, item)
    return None if found is None else (found.movement, found.balance)


def test_s2_lots_and_serial_numbers_add_up() -> None:
    assert inv.reconcile(HISTORY, END) is None


def test_s2_the_first_movement_after_which_a_lot_is_wrong_is_named() -> None:
    shipped = HISTORY[4]
    more = attrs.evolve(shipped, lots=of("late", 9, 4))
    assert wrong([*HISTORY[:4], more]) == (5, "lots"), "more of a lot than came in"
    unnamed = attrs.evolve(shipped, lots=())
    assert wrong([*HISTORY[:4], unnamed]) == (5, "lots"), "more in lots than is there"
    assert wrong([*HISTORY[:3], HISTORY[2]]) == (4, "serials"), "one serial number twice"
    assert wrong([*HISTORY[:5], attrs.evolve(HISTORY[5], lots=of("S", None, 1, "s9"))]) == (6, "serials")
    assert wrong([*HISTORY[:5], attrs.evolve(HISTORY[5], lots=of("S", None, 2, "s1", "s2"))]) == (6, "lots")
    sold = inv.StockReserved(day(2), "MILK", "nyc", 6, second(3), "cart")
    assert wrong([*HISTORY[:3], sold]) == (4, "claims"), "what had expired was claimed"


@pytest.mark.parametrize("change", ["quantity", "lot", "expires", "condition", "serials"])
def test_s2_an_item_whose_lots_are_others_is_wrong(change: str) -> None:
    other: dict[str, Any] = {
        "quantity": 7,
        "lot": "X",
        "expires": second(3),
        "condition": "quarantined",
        "serials": ("s7",),
    }
    book = END.lots
    held = attrs.evolve(book.holdings[0], **{change: other[change]})
    found = wrong(HISTORY, with_book(attrs.evolve(book, holdings=(held, *book.holdings[1:]))))
    assert found == (0, "serials" if change == "serials" else "lots")
    assert wrong(HISTORY, with_book(attrs.evolve(book, expiring=()))) == (0, "lots")


def with_book(book: inv.LotBook) -> inv.StockItem:
    assert END.detail is not None
    return attrs.evolve(END, detail=attrs.evolve(END.detail, lots=book))


@given(st.data())
def test_s2_a_movement_that_was_made_by_hand_is_counted_or_refused(data: st.DataObject) -> None:
    odd: st.SearchStrategy[Any] = st.sampled_from(
        [None, "", "L", -1, 0, 2, 1.5, (), ("s1",), (None,), [], True]
    )
    units = inv.LotUnits(data.draw(odd), data.draw(odd), data.draw(odd), data.draw(odd))
    made = attrs.evolve(HISTORY[4], lots=data.draw(st.sampled_from([(units,), units, (units, units)])))
    with suppress(InputError):
        inv.reconcile([*HISTORY[:4], made])
    with suppress(InputError):
        inv.recalled([made], "L")


# -- recall ----------------------------------------------------------------------------------


class Shop:
    """Commands through the engine."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        network = Network((Location("nyc"), Location("lax")))
        self.oms = OrderManager(self.store, network=network, routing=Nearest())
        self.number = 0

    def do(self, kind: Any, *arguments: Any, at: datetime = T0, **more: Any) -> inv.StockItem:
        self.number += 1
        state = self.oms.execute(kind(*arguments, **more, key=f"k{self.number}", at=at)).state
        assert isinstance(state, inv.StockItem)
        return state


def test_a_recalled_lot_is_found_wherever_it_went() -> None:
    shop = Shop()
    shop.do(inv.ReceiveStock, "MILK", "nyc", 9, "po-1", lot="A", expires_at=day(9))
    shop.do(inv.ReceiveStock, "MILK", "nyc", 2, "po-2", lot="B", serials=("b1", "b2"))
    shop.do(inv.TransferStock, "tr-1", "MILK", "nyc", "lax", 4, day(1))
    shop.do(inv.ReceiveStock, "MILK", "lax", 3, "tr-1", True, lot="A", expires_at=day(9))
    shop.do(inv.AdjustStock, "MILK", "nyc", -1, "damage", reference="report-1")
    shop.do(inv.RegradeStock, "MILK", "nyc", 1, "sellable", "quarantined", "recalled", lot="A")
    shop.do(inv.RegradeStock, "MILK", "nyc", 1, "quarantined", "", "scrapped", "bin-1")
    shop.do(inv.AdjustStock, "MILK", "nyc", -1, "used", reference="sample", serials=("b2",))
    assert inv.recalled(shop.store.feed(0, 100), "A") == (
        inv.Recalled("MILK", "nyc", "tr-1", "transfer", 4, 3, ()),
        inv.Recalled("MILK", "nyc", "report-1", "damage", 1, 0, ()),
        inv.Recalled("MILK", "nyc", "bin-1", "scrapped", 1, 0, ()),
    )
    (found,) = inv.recalled(shop.oms.movements("MILK", "nyc"), "B")
    assert (found.reference, found.serials) == ("sample", ("b2",))
    assert inv.recalled((), "A") == ()
    with pytest.raises(UnknownEvent):
        inv.recalled(("A",), "A")


def test_who_brought_his_units_back_is_told_apart_from_who_has_them_yet() -> None:
    shipped = stock(inv.Receive(4, lots=of("A", None, 4, "s1", "s2", "s3", "s4")), inv.Allocate(4))
    first, item = decided(inv.Ship(2, of("", None, 2, "s1", "s3")), item=shipped, under="o1")
    second_, item = decided(inv.Ship(2), item=item, under="o2")
    back, _ = decided(inv.TakeBack(1, "damaged", of("A", None, 1, "s3")), item=item, under="o1")
    assert inv.recalled([*first, *second_, *back], "A") == (
        inv.Recalled("MILK", "nyc", "o1", "shipment", 2, 1, ("s1",)),
        inv.Recalled("MILK", "nyc", "o2", "shipment", 2, 0, ("s2", "s4")),
    )


def test_no_more_came_back_of_a_lot_than_went() -> None:
    item = stock(inv.Receive(4, lots=of("A", None, 4)), inv.Allocate(4))
    left: list[Any] = []
    for _ in range(2):
        made, item = decided(inv.Ship(1), item=item, under="o1")
        left += made
    lost, item = decided(inv.ShortPick(1, "shrinkage"), item=item, under="o1")
    back, _ = decided(inv.TakeBack(5, "damaged", of("A", None, 5)), item=item, under="o1")
    found = inv.recalled([*left, *lost, *back], "A")
    assert [(it.cause, it.quantity, it.returned) for it in found] == [("shipment", 2, 2), ("shrinkage", 1, 1)]


def test_an_order_whose_reserved_goods_have_expired_is_routed_to_where_there_are_others() -> None:
    shop = Shop()
    shop.do(inv.ReceiveStock, "MILK", "nyc", 3, "po-1", lot="A", expires_at=day(2))
    shop.do(inv.ReceiveStock, "MILK", "lax", 3, "po-2")
    cart = (inv.ReservedItem("MILK", "nyc", 2),)
    shop.oms.execute(inv.ReserveStock("cart", "ann", cart, day(3), key="cart", at=T0))
    draft = om.OrderDraft(
        om.ExternalRef("web", "my-shop", "order", "1"),
        "USD",
        (om.DraftLine("milk", "MILK", 2, Money(200, "USD")),),
        T0,
        destination=Place("US", "NY", "10001"),
        tenders=(om.DraftTender("card", "gateway", Money(400, "USD"), authorized=True),),
    )
    shop.oms.execute(om.PlaceOrder(draft, order_id="o1", reservation="cart", key="place", at=day(2)))
    shop.oms.route("o1", key="route", at=day(2))
    assert [work.location for work in shop.oms.order("o1").progress.work.values()] == ["lax"]
    milk = shop.oms.stock("MILK", "nyc")
    assert milk is not None
    assert (milk.claims(day(2)), milk.short(day(2))) == (0, 0)


# -- commands --------------------------------------------------------------------------------


def test_a_receipt_tells_lot_expiry_and_serial_numbers() -> None:
    shop = Shop()
    item = shop.do(inv.ReceiveStock, "MILK", "nyc", 2, "po-1", lot="A", expires_at=day(2), serials=("1", "2"))
    assert item.lots.holdings == (
        inv.LotHolding("A", second(2), "sellable", epoch_second(T0), 2, ("1", "2")),
    )
    assert shop.do(inv.SetLotPolicy, "MILK", "nyc", "last_expired_first_out").lots.policy.startswith("last")
    shop.do(inv.ReceiveStock, "MILK", "nyc", 1, "po-2")
    named = shop.do(inv.IdentifyStock, "MILK", "nyc", 1, expires_at=day(3))
    assert named.lots.tracked("sellable") == 3


def test_goods_that_come_back_from_the_way_have_the_lot_that_they_had() -> None:
    shop = Shop()
    shop.do(inv.ReceiveStock, "MILK", "nyc", 2, "po-1", lot="A", expires_at=day(2))
    shop.do(inv.TransferStock, "tr-1", "MILK", "nyc", "lax", 2, day(1), lot="A")
    item = shop.do(inv.CallBackTransfer, "tr-1", "MILK", "nyc", "lax", 2, lot="A", expires_at=day(2))
    assert item.lots.expiring == ((second(2), 2),)


@pytest.mark.parametrize(
    ("told", "error", "path"),
    [
        ({"expires_at": T0}, InvalidTimestamp, "expires_at"),
        ({"expires_at": datetime(2027, 1, 1)}, InputError, "expires_at"),  # noqa: DTZ001 - naive on purpose
        ({"lot": 7}, InvalidId, "lot"),
        ({"lot": "L L"}, InvalidId, "lot"),
        ({"serials": ("s1",)}, InvalidQuantity, "serials"),
        ({"serials": ["s1", "s2"]}, InvalidType, "serials"),
        ({"serials": ("s1", "s1")}, DuplicateId, "serials[1]"),
    ],
)
def test_a_receipt_that_says_nonsense_of_a_lot_is_refused_before_it_is_one(
    told: Any, error: Any, path: str
) -> None:
    with pytest.raises(error) as refused:
        inv.ReceiveStock("MILK", "nyc", 2, **told, key="k", at=T0)
    assert refused.value.path == path
