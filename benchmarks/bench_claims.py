"""Claims: what reserving, confirming and expiring costs, and that it does not grow with what is claimed.

A shop of ten thousand SKUs: carts of three items each, made all together or not at all, of which two thirds
are confirmed after a while and the rest expires after ten minutes. Through ``decide_inventory`` and
``evolve_inventory``, with every check, movement and answer, but without a store. The floor comes to the
same balances on flat dicts and a heap, with nothing checked but stock, and nothing recorded; that both
do is asserted.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from typing import Any

from omcore import inventory as inv
from omcore.codec import dumps, loads
from omcore.kernel import EPOCH
from timing import bytecodes, paired_ratio

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
BEGIN = (T0 - EPOCH) // timedelta(seconds=1)
PLACE = "nyc"
STOCK = 100_000_000
TTL_S = 600
CARTS_PER_S = 10
PAYS_AFTER = 200  # carts: how long a customer takes


def run(smoke: bool) -> dict[str, float]:
    """Every figure of claims."""
    return {**against_the_floor(smoke), **growing(smoke), **live_reservations(smoke)}


# -- against flat dicts ----------------------------------------------------------------------


def basket(number: int, skus: int) -> tuple[int, int, int]:
    """Which three of so many SKUs a cart has; no two of them are one."""
    return (number * 7 % skus, (number * 7 + 3) % skus, (number * 7 + 5) % skus)


class Shop:
    """Carts one after the other, a few a second, with commands and events."""

    def __init__(self, skus: int, carts_per_s: int) -> None:
        self.skus, self.carts_per_s = skus, carts_per_s
        self.number = 0
        self.states: dict[str, Any] = {}
        for sku in range(skus):
            self.do(inv.ReceiveStock(f"S{sku}", PLACE, STOCK, key="open", at=T0))

    def do(self, command: Any) -> None:
        states = self.states
        changed = inv.decide_inventory(command, states, command.at)
        for name, events in changed.items():
            state = states.get(name)
            for event in events:
                state = inv.evolve_inventory(state, event)
            states[name] = state

    def carts(self, count: int) -> None:
        for number in range(self.number, self.number + count):
            at = T0 + timedelta(seconds=number // self.carts_per_s)
            items = tuple(
                [inv.ReservedItem(f"S{sku}", PLACE, 1 + number % 2) for sku in basket(number, self.skus)]
            )
            until = at + timedelta(seconds=TTL_S)
            self.do(inv.ReserveStock(f"c{number}", "ann", items, until, key=f"r{number}", at=at))
            payer = number - PAYS_AFTER
            if payer >= 0 and payer % 3:
                self.do(inv.ConfirmReservation(f"c{payer}", key=f"p{payer}", at=at))
                del self.states[f"reservation/c{payer}"]
        self.number += count

    def balances(self) -> list[tuple[int, int]]:
        """Allocated, and live by now, of every SKU."""
        now = T0 + timedelta(seconds=(self.number - 1) // self.carts_per_s)
        items = [self.states[inv.stock_stream(PLACE, f"S{sku}")] for sku in range(self.skus)]
        return [(item.allocated, item.live(now)) for item in items]


class Floor:
    """The same carts on dicts of ints, and a heap of when each expires."""

    def __init__(self, skus: int, carts_per_s: int) -> None:
        self.skus, self.carts_per_s = skus, carts_per_s
        self.number = 0
        self.on_hand = {f"S{sku}": STOCK for sku in range(skus)}
        self.reserved = dict.fromkeys(self.on_hand, 0)
        self.allocated = dict.fromkeys(self.on_hand, 0)
        self.open: dict[str, list[tuple[str, int]]] = {}
        self.heap: list[tuple[int, str]] = []

    def carts(self, count: int) -> None:
        on_hand, reserved, allocated = self.on_hand, self.reserved, self.allocated
        for number in range(self.number, self.number + count):
            now = number // self.carts_per_s
            heap = self.heap
            while heap and heap[0][0] <= now:
                for sku, units in self.open.pop(heappop(heap)[1], ()):
                    reserved[sku] -= units
            items = [(f"S{sku}", 1 + number % 2) for sku in basket(number, self.skus)]
            for sku, units in items:
                if on_hand[sku] - reserved[sku] - allocated[sku] < units:
                    break
            else:
                for sku, units in items:
                    reserved[sku] += units
                token = f"c{number}"
                self.open[token] = items
                heappush(heap, (now + TTL_S, token))
            payer = number - PAYS_AFTER
            if payer >= 0 and payer % 3:
                for sku, units in self.open.pop(f"c{payer}"):
                    reserved[sku] -= units
                    allocated[sku] += units
        self.number += count

    def balances(self) -> list[tuple[int, int]]:
        return [(self.allocated[sku], self.reserved[sku]) for sku in self.on_hand]


def against_the_floor(smoke: bool) -> dict[str, float]:
    """``reserve_vs_floor``: a shop of ten thousand SKUs; ``hot_reserve_vs_floor``: of seven, each in every
    second of the next ten minutes in somebody's cart."""
    times, rounds = (100, 3) if smoke else (500, 41)
    found: dict[str, float] = {}
    for name, skus in (("", 10_000), ("hot_", 7)):
        shop, floor = Shop(skus, CARTS_PER_S), Floor(skus, CARTS_PER_S)
        # As full as it will ever be: what expires is as much as what comes.
        for one in (shop, floor):
            one.carts(CARTS_PER_S * (60 if smoke else TTL_S + 100))
        ratio, each, base = paired_ratio(shop.carts, floor.carts, times, rounds)
        if shop.balances() != floor.balances():
            raise AssertionError("the aggregates and the floor disagree about what is claimed")
        found[f"{name}reserve_vs_floor"] = round(ratio, 2)
        found[f"{name}us_per_cart"] = round(each * 1e6, 2)
        found[f"{name}us_floor"] = round(base * 1e6, 2)
        # Of three carts in a row two are confirmed.
        found[f"{name}bytecodes_per_cart"] = round(bytecodes(partial(shop.carts, 30)) / 30)
        found[f"{name}bytecodes_floor"] = round(bytecodes(partial(floor.carts, 30)) / 30)
    return found


# -- with a million live claims --------------------------------------------------------------


def claimed(count: int) -> inv.StockItem:
    """One stock item with so many live claims, which expire evenly over the next ten minutes."""
    item = inv.decide_operations(None, (inv.Receive(STOCK),), T0, sku="S", location=PLACE)[1]
    for number in range(count):
        second = BEGIN + 1 + number * TTL_S // count
        event = inv.StockReserved(T0, "S", PLACE, 1, second, "c")
        item = inv.evolve_stock(item, event)
    return item


def growing(smoke: bool) -> dict[str, float]:
    """The next claim after a thousand and after a million live ones, and what the stock item weighs."""
    thousand, million = claimed(1_000), claimed(10_000 if smoke else 1_000_000)
    ten = claimed(10)
    items = (inv.ReservedItem("S", PLACE, 1),)
    stream = inv.stock_stream(PLACE, "S")

    def claims_on(item: inv.StockItem) -> Any:
        def work(times: int) -> None:
            for number in range(times):
                # Spread over ten minutes, as those before are.
                until = T0 + timedelta(seconds=1 + number * 37 % TTL_S)
                command = inv.ReserveStock("t", "ann", items, until, key="k", at=T0)
                changed = inv.decide_inventory(command, {stream: item, "reservation/t": None}, T0)
                inv.evolve_stock(item, changed[stream][0])

        return work

    ratio, each, _ = paired_ratio(claims_on(million), claims_on(thousand), 200 if smoke else 2_000, 15)
    return {
        "after_1m_vs_after_1k": round(ratio, 3),
        "us_per_claim_after_1m": round(each * 1e6, 2),
        "schedule_entries": float(len(million.schedule)),
        "stock_item_bytes_1m_vs_10_live": round(_weight(million) / _weight(ten), 1),
        "stock_item_bytes_1m_live": float(_weight(million)),
    }


def _weight(item: inv.StockItem) -> int:
    """Bytes of a copy that shares nothing: made of its JSON form."""
    text = dumps(item)
    loads(text)
    return _traced(lambda: loads(text))


def _traced(make: Callable[[], Any]) -> int:
    gc.collect()
    tracemalloc.start()
    kept = make()
    gc.collect()
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept is not None
    return size


# -- what a live reservation takes -----------------------------------------------------------


def live_reservations(smoke: bool) -> dict[str, float]:
    """``bytes_per_live_reservation``: of one item, and its share of the stock items' schedules.

    Each has a token and an owner of its own. Those that came within one second share its moments; where each
    has its own it is ``bytes_per_live_reservation_apart``.
    """
    count = 6_000 if smoke else 60_000
    return {
        "bytes_per_live_reservation": round(_traced(lambda: _reserved(count, count // TTL_S)) / count),
        "bytes_per_live_reservation_apart": round(_traced(lambda: _reserved(count, 1)) / count),
    }


def _reserved(count: int, at_once: int) -> list[Any]:
    """So many live reservations, so many of them at each moment, and the stock items that they claim."""
    states: dict[str, Any] = {}
    kept: list[Any] = []
    for sku in range(7):
        item = inv.decide_operations(None, (inv.Receive(STOCK),), T0, sku=f"S{sku}", location=PLACE)[1]
        states[inv.stock_stream(PLACE, item.sku)] = item
    names = [item.sku for item in states.values()]
    for number in range(count):
        if number % at_once == 0:
            at = T0 + timedelta(seconds=number * TTL_S / count)
            until = at + timedelta(seconds=TTL_S)
        items = (inv.ReservedItem(names[number % 7], PLACE, 1),)
        command = inv.ReserveStock(f"cart-{number}", f"buyer-{number}", items, until, key="k", at=at)
        for stream, events in inv.decide_inventory(command, states, at).items():
            state = inv.evolve_inventory(states.get(stream), events[0])
            if stream in states:
                states[stream] = state
            else:
                kept.append(state)
    return [*kept, *states.values()]
