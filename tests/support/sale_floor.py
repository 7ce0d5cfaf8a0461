"""A flash sale over a store in a file: buyers, workers that sell to them, and the count afterwards.

Run as a program it is one process of the sale: ``python sale_floor.py PATH FIRST LAST SEED``; the same
buyers asked by several processes is what a retry is.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.sqlite_store import SqliteStore
from omcore import inventory as inv
from omcore.engine import OrderManager, Outcome
from omcore.kernel import Location, Network, OmcoreError, StoreError
from omcore.ports import FeedEntry
from omcore.routing import Nearest

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
STREAM = "stock/nyc/SNEAKER"

# A buyer's number to what was answered: units, or the code of the refusal.
Answers = dict[int, list[str]]


def opened(path: Path, units: int = 0) -> OrderManager:
    """A process's own manager on the file; with units, the goods that are there to be sold."""
    oms = OrderManager(
        SqliteStore(path, synchronous="NORMAL"), network=Network((Location("nyc"),)), routing=Nearest()
    )
    if units:
        oms.execute(inv.ReceiveStock("SNEAKER", "nyc", units, key="po-1", at=T0))
    return oms


def claim(buyer: int) -> inv.ReserveStock:
    """What a buyer asks for: one or two units; the same whenever he asks."""
    items = (inv.ReservedItem("SNEAKER", "nyc", 1 + buyer % 2),)
    until = T0 + timedelta(minutes=10)
    return inv.ReserveStock(f"cart-{buyer}", f"buyer-{buyer}", items, until, key=f"claim-{buyer}", at=T0)


def told(answer: Any) -> str:
    """What a buyer is told."""
    return "sold" if isinstance(answer, Outcome) else answer.code


def sell(oms: OrderManager, buyers: Sequence[int], dice: random.Random, answers: Answers) -> None:
    """Sell to buyers in batches of any size, and to some alone, until each has an answer; some ask again."""
    waiting = list(buyers)
    while waiting:
        size = dice.choice((1, 1, 2, 5, 20, 60))
        some, waiting = waiting[:size], waiting[size:]
        if size == 1:
            found = [_alone(oms, some[0])]
        else:
            some += dice.sample(some, min(2, len(some)))  # asks twice, in one batch
            found = list(oms.execute_all([claim(buyer) for buyer in some]))
        for buyer, answer in zip(some, found, strict=True):
            if isinstance(answer, StoreError):
                waiting.append(buyer)  # nobody knows: he asks again, with his key
                continue
            answers.setdefault(buyer, []).append(told(answer))
            if dice.random() < 0.05:
                waiting.append(buyer)


def _alone(oms: OrderManager, buyer: int) -> Any:
    try:
        return oms.execute(claim(buyer))
    except OmcoreError as error:
        return error


def check(oms: OrderManager, units: int, answers: Answers, everybody: Iterable[int]) -> None:
    """Count it all: from the answers, from the feed, from the claims, and from the stock item."""
    store = oms.ports.store
    everybody = list(everybody)
    said = {buyer: set(told_) for buyer, told_ in answers.items()}
    assert sorted(said) == everybody, "every buyer is answered"
    assert [buyer for buyer in everybody if len(said[buyer]) != 1] == [], "and each the same, however often"
    winners = {buyer for buyer in everybody if said[buyer] == {"sold"}}
    assert {code for codes in said.values() for code in codes} <= {"sold", "insufficient_stock"}

    entries = _feed(store)
    assert [entry.position for entry in entries] == sorted({entry.position for entry in entries})
    claimed = Counter(entry.event.reference for entry in entries if type(entry.event) is inv.StockReserved)
    assert claimed == Counter(f"cart-{buyer}" for buyer in winners), "one claim a winner, and none besides"
    sold = sum(entry.event.quantity for entry in entries if type(entry.event) is inv.StockReserved)
    assert sold == sum(1 + buyer % 2 for buyer in winners)
    assert sold <= units, "one too many"
    assert sold >= units - 1, "who asked for one would have got the last"

    live = 0
    for buyer in everybody:
        reservation = store.load((f"reservation/cart-{buyer}",))[f"reservation/cart-{buyer}"]
        assert reservation.version == (1 if buyer in winners else 0)
        live += 0 if reservation.state is None else sum(item.quantity for item in reservation.state.items)
    item = oms.stock("SNEAKER", "nyc")
    assert item is not None
    assert (item.on_hand, item.live(T0), item.promisable(T0)) == (units, sold, units - sold)
    assert live == item.held == sold, "the claims are the counters"
    history = store.history(STREAM)
    assert [entry.version for entry in history] == list(range(1, len(winners) + 2)), "C6: one a command"
    assert inv.reconcile([entry.event for entry in history]) is None
    for buyer in everybody:
        recorded = store.answer(f"claim-{buyer}")
        assert recorded is not None
        assert (recorded.error or "sold") in said[buyer]


def _feed(store: SqliteStore) -> list[FeedEntry]:
    entries: list[FeedEntry] = []
    while page := store.feed(entries[-1].position if entries else 0, 500):
        entries += page
    return entries


def main(path: str, first: str, last: str, seed: str) -> None:
    """One process: it sells to its buyers, and prints what each was told."""
    dice = random.Random(int(seed))
    buyers = list(range(int(first), int(last)))
    dice.shuffle(buyers)
    answers: Answers = {}
    for start in range(0, len(buyers), 25):
        before = set(answers)
        sell(opened(Path(path)), buyers[start : start + 25], dice, answers)
        for buyer in [buyer for buyer in answers if buyer not in before]:
            print(buyer, *set(answers[buyer]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
