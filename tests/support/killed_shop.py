"""A shop whose workers are killed: clients who ask until they are answered, and the count afterwards.

A worker is a process with an engine on a store; it does what its client says, one thing after the
other, or reads the feed. Each client carries orders from placing to delivery, and reserves and
receives stock on the way. A worker that dies in the middle is replaced, and the client sends the same
command again. What is outside - a gateway that moves money, a notifier - keeps a book of its own, by
key, and is not killed. ``count`` looks at what is left as an auditor would, and trusts no state.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator
from datetime import timedelta
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import attrs

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import OrderManager, RouteOrder
from omcore.engine.keys import own_key
from omcore.inventory import evolve_inventory
from omcore.kernel import Command, Money, OmcoreError, StoreError
from omcore.notifications import due
from omcore.orders import events as ev
from omcore.ports import APPROVED, Answer, FeedEntry, GatewayReply, Message, Store
from omcore.routing import LowestCost, Rates
from omcore.testing.stores._bench import AT, everything
from omcore.testing.stores._history import parts_of
from omcore.testing.stores._life import CATALOG, NETWORK
from omcore.testing.stores._values import draft

CLIENTS = 3
UNTIL = AT + timedelta(days=30)
PARTS = (("nyc", "TEE-M"), ("chi", "TEE-M"), ("chi", "MUG-1"), ("chi", "CAP \u00e9"))
SOME = 40
PATIENCE_S = 300.0

Said = tuple[str, Any]
Life = Generator[Said, Any, None]  # what a client asks of a worker; it is sent what came of it


def _under_way(dice: random.Random) -> None:
    """Word takes a while, now and then: who is killed meanwhile has done it, and nobody has heard."""
    if dice.random() < 0.25:
        time.sleep(dice.random() * 0.02)


# -- what is outside -------------------------------------------------------------------------


class Outside:
    """A gateway and a notifier with one book: each key once, however often it is asked for."""

    def __init__(self, path: Path) -> None:
        self._dice = random.Random(os.getpid())
        self._book = sqlite3.connect(path, timeout=60, isolation_level=None)
        self._book.execute("PRAGMA journal_mode = WAL")
        self._book.execute("PRAGMA synchronous = OFF")  # processes are killed here, the machine is not
        self._book.execute(
            "CREATE TABLE IF NOT EXISTS done (key TEXT PRIMARY KEY, kind TEXT, tender TEXT, amount INTEGER,"
            " asked INTEGER)"
        )

    def _do(self, key: str, kind: str, tender: str = "", amount: int = 0) -> None:
        row = (key, kind, tender, amount)
        _under_way(self._dice)
        self._book.execute(
            "INSERT INTO done VALUES (?, ?, ?, ?, 1) ON CONFLICT (key) DO UPDATE SET asked = asked + 1", row
        )
        known = self._book.execute("SELECT key, kind, tender, amount FROM done WHERE key = ?", (key,))
        if known.fetchone() != row:
            raise AssertionError(f"{key} was asked for as something else before")
        _under_way(self._dice)

    def done(self) -> dict[str, tuple[str, str, int, int]]:
        """By key: what was done, of which tender, how much, and how often it was asked for."""
        return {key: tuple(row) for key, *row in self._book.execute("SELECT * FROM done")}

    def _money(self, kind: str, key: str, tender_id: str, amount: Money) -> GatewayReply:
        self._do(key, kind, tender_id, amount.minor)
        return GatewayReply(APPROVED, f"ref-{key}")

    def authorize(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return self._money("authorize", key, tender_id, amount)

    def capture(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return self._money("capture", key, tender_id, amount)

    def refund(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return self._money("refund", key, tender_id, amount)

    def void(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return self._money("void", key, tender_id, amount)

    def extend(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return self._money("extend", key, tender_id, amount)

    def issue(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return self._money("issue", key, tender_id, amount)

    def outcome(self, key: str) -> GatewayReply | None:
        return GatewayReply(APPROVED, f"ref-{key}") if self.was_sent(key) else None

    def send(self, message: Message) -> None:
        self._do(message.key, "message")

    def was_sent(self, key: str) -> bool:
        return self._book.execute("SELECT 1 FROM done WHERE key = ?", (key,)).fetchone() is not None


def manager(store: Any, outside: Outside) -> OrderManager:
    """An engine of the shop."""
    return OrderManager(
        store,
        network=NETWORK,
        catalog=CATALOG,
        routing=LowestCost(Rates()),
        gateway=outside,
        notifier=outside,
    )


# -- workers ---------------------------------------------------------------------------------


def work(line: Connection, connect: Callable[[], Any], book: Path) -> None:
    """Does what its client says, until he is gone."""
    oms = manager(connect(), Outside(book))
    dice = random.Random(os.getpid())
    with contextlib.suppress(EOFError):
        while True:
            said = performed(oms, *line.recv())
            _under_way(dice)
            line.send(said)


def performed(oms: OrderManager, what: str, value: Any) -> Said:
    """What came of it: ``again`` where nobody knows."""
    try:
        if what == "do":
            outcome = oms.execute(value)
            return ("done again" if outcome.repeated else "done"), outcome.answer
        if what == "dispatch":
            stopped = oms.dispatch(at=value).stopped
            return ("again", stopped) if stopped else ("done", None)
        return "done", oms.order(value)
    except StoreError:
        return "again", None
    except OmcoreError as error:
        return "refused", (error.code, error.path, tuple(error.fields.items()))


def read(line: Connection, connect: Callable[[], Any], _book: Path) -> None:
    """Follows the feed with a cursor in the store, and tells what it read before it moves it."""
    store = connect()
    while True:
        with contextlib.suppress(StoreError):
            found = store.feed(store.cursor("audit"), SOME)
            line.send(("read", found))
            if found:
                store.advance("audit", found[-1].position)
            else:
                time.sleep(0.005)


# -- clients ---------------------------------------------------------------------------------


def life(client: int, number: int, dice: random.Random) -> Life:
    """One order, with the stock for it, and a cart beside it; a unit of some is cancelled."""
    order_id, at = f"o-{client}-{number}", AT + timedelta(seconds=number)
    count = dice.randint(1, 3)

    def common(name: str) -> dict[str, Any]:
        return {"key": f"{order_id}/{name}", "at": at, "by": f"client-{client}"}

    tees = dice.choice(("nyc", "chi"))
    for where, sku, units in ((tees, "TEE-M", count), ("chi", "MUG-1", 1), ("chi", "CAP \u00e9", 1)):
        yield "do", inv.ReceiveStock(sku, where, units, **common(f"receive-{where}-{sku[0]}"))
    placed = om.PlaceOrder(
        draft(order_id, count, ("card", "gateway", "150.00")), order_id=order_id, **common("place")
    )
    yield "do", placed
    cart = (inv.ReservedItem("TEE-M", tees, 1),)
    yield "do", inv.ReserveStock(order_id, "guest", cart, UNTIL, **common("reserve"))
    yield "dispatch", at
    if dice.random() < 0.3:
        yield "do", om.CancelUnits(order_id, (("tees", 1),), **common("cancel"))
    yield "do", inv.ReleaseReservation(order_id, **common("release"))
    for try_ in range(SOME):
        yield "do", RouteOrder(order_id, **common(f"route-{try_}"))
        order = yield "order", order_id
        if not order.progress.tally.open:
            break
        where, sku = dice.choice(PARTS)  # somebody else was faster
        yield "do", inv.ReceiveStock(sku, where, 1, **common(f"more-{try_}"))
    for work_id in sorted(order.progress.work):
        yield "do", om.ShipUnits(order_id, work_id, **common(f"ship-{work_id}"))
    yield "dispatch", at
    order = yield "order", order_id
    for shipment in sorted(order.progress.shipments):
        yield "do", om.RecordDelivery(order_id, shipment, **common(f"deliver-{shipment}"))


@attrs.define
class Seat:
    """A worker's place, and what its client waits for."""

    number: int
    body: Callable[..., None]
    process: Any = None
    line: Any = None
    heard: int = 0  # since the worker came
    lives: int = 0
    life: Life | None = None
    asked: Said | None = None
    killed_at: Said | None = None


@attrs.define
class Shop:
    """Clients, a reader, their workers, and who kills these."""

    connect: Callable[[], Any]
    book: Path
    dice: random.Random
    told: dict[str, tuple[Command, Said]] = attrs.field(factory=dict)
    read: dict[int, FeedEntry] = attrs.field(factory=dict)
    watched: list[FeedEntry] = attrs.field(factory=list)
    orders: list[str] = attrs.field(factory=list)
    killed: Counter[str] = attrs.field(factory=Counter)
    again: int = 0
    quiet: int = 3  # answers until the next one is killed: a slow machine has as much done in between

    def open(self, kills: int) -> None:
        """Until so many were killed, and then until every order that was begun is delivered."""
        context = _server()
        store = self.connect()
        seats = [Seat(number, work) for number in range(CLIENTS)] + [Seat(CLIENTS, read)]
        for seat in seats:
            self._seat(context, seat)
        deadline = time.monotonic() + PATIENCE_S + 30 * kills
        try:
            while any(seat.asked for seat in seats) or sum(self.killed.values()) < kills:
                assert time.monotonic() < deadline, "they do not come to an end"
                open_ = sum(self.killed.values()) < kills
                for seat in seats:
                    if seat.body is work and seat.asked is None and open_:
                        self._next(seat, None)
                ready = wait([seat.line for seat in seats], timeout=self.dice.random() * 0.02)
                for seat in seats:
                    if seat.line in ready:
                        self._said(seat, seat.line.recv())
                self._watch(store)
                if open_ and self.quiet <= 0:
                    # One that does something: a worker that is not there yet has nothing to lose.
                    victims = [seat for seat in seats if seat.heard]
                    if victims:
                        self._kill(context, self.dice.choice(victims))
                        self.quiet = self.dice.randint(1, 8)
        finally:
            for seat in seats:
                self._end(seat)
        oms = manager(store, Outside(self.book))
        assert oms.dispatch(at=AT).stopped == ()
        while found := store.feed(store.cursor("audit"), SOME):
            self._was_read(found)
            store.advance("audit", found[-1].position)
        self._watch(store)
        store.close()

    def _seat(self, context: Any, seat: Seat) -> None:
        mine, theirs = context.Pipe()
        seat.process = context.Process(target=seat.body, args=(theirs, self.connect, self.book), daemon=True)
        seat.process.start()
        theirs.close()
        seat.line, seat.heard = mine, 0
        if seat.asked is not None:
            seat.line.send(seat.asked)

    def _end(self, seat: Seat) -> None:
        os.kill(seat.process.pid, signal.SIGKILL)
        seat.process.join()
        # What it had said is on the line, and its client has heard it, too.
        with contextlib.suppress(EOFError, OSError):
            while seat.line.poll():
                self._said(seat, seat.line.recv(), ask=False)
        seat.line.close()

    def _kill(self, context: Any, seat: Seat) -> None:
        amid = "reading" if seat.asked is None else seat.asked[0]
        self._end(seat)
        assert seat.process.exitcode == -signal.SIGKILL
        self.killed[amid] += 1
        seat.killed_at = seat.asked
        self._seat(context, seat)

    def _said(self, seat: Seat, said: Said, *, ask: bool = True) -> None:
        seat.heard += 1
        what, value = said
        if what == "read":
            self._was_read(value)
            return
        assert seat.asked is not None
        self.quiet -= 1
        if what == "again":
            if ask:
                seat.line.send(seat.asked)
            return
        if seat.asked[0] == "do":
            command = seat.asked[1]
            self.told[command.key] = (command, said)
            self.again += what == "done again" and seat.killed_at is seat.asked
        self._next(seat, value, ask=ask)

    def _next(self, seat: Seat, value: Any, *, ask: bool = True) -> None:
        """The client goes on, or begins with a new order."""
        seat.asked = None
        if seat.life is None:
            seat.lives += 1
            self.orders.append(f"o-{seat.number}-{seat.lives}")
            seat.life = life(seat.number, seat.lives, random.Random(self.dice.random()))
            value = None
        try:
            seat.asked = seat.life.send(value)
        except StopIteration:
            seat.life = None
            return
        if ask:
            seat.line.send(seat.asked)

    def _was_read(self, entries: Any) -> None:
        for entry in entries:
            assert self.read.setdefault(entry.position, entry) == entry, "an entry has changed"

    def _watch(self, store: Store) -> None:
        """A reader that is not killed, and remembers one number."""
        with contextlib.suppress(StoreError):
            self.watched += store.feed(self.watched[-1].position if self.watched else 0, SOME)


def _server() -> Any:
    """A server that has imported everything forks the workers: one is there at once, and has no threads."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["killed_shop"])
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)  # where it looks for what is to be imported
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
    return context


# -- the count -------------------------------------------------------------------------------


def count(shop: Shop) -> dict[str, int]:
    """Nothing lost, nothing doubled, nothing skipped; returns what there was, in numbers."""
    store = shop.connect()
    entries = everything(store)
    states = _feed_is_whole(shop, store, entries)
    _answers_are_kept(shop, store, entries)
    orders = {name.partition("/")[2]: state for name, state in states.items() if name.startswith("order/")}
    assert sorted(orders) == sorted(shop.orders)
    assert {order.status for order in orders.values()} == {"delivered"}, "nothing is left lying about"
    _stock_is_conserved(shop, states, orders)
    asked_again = _outside_is_told_once(shop, store, entries, orders)
    store.close()
    return {
        "killed": sum(shop.killed.values()),
        **{f"killed amid {what}": number for what, number in sorted(shop.killed.items())},
        "orders": len(orders),
        "commands answered": len(shop.told),
        "answered from the record after a kill": shop.again,
        "effects": len(Outside(shop.book).done()),
        "effects asked for twice": asked_again,
        "feed": len(entries),
    }


def _feed_is_whole(shop: Shop, store: Any, entries: list[FeedEntry]) -> dict[str, Any]:
    """One block a key, versions without a gap, all readers saw all of it, and it adds up to the states."""
    keys = [
        entry.key
        for number, entry in enumerate(entries)
        if not number or entries[number - 1].key != entry.key
    ]
    assert len(keys) == len(set(keys)), "a key was committed twice"
    assert shop.watched == entries, "the reader that was not killed missed something"
    assert [shop.read[position] for position in sorted(shop.read)] == entries, "the killed one did"
    by_stream: dict[str, list[FeedEntry]] = {}
    for entry in entries:
        by_stream.setdefault(entry.stream, []).append(entry)
    states = {}
    for name, own in by_stream.items():
        versions = list(dict.fromkeys(entry.version for entry in own))
        assert versions == list(range(1, len(versions) + 1)), name
        loaded = store.load((name,))[name]
        assert loaded.version == len(versions), name
        state: Any = None
        for entry in own:
            evolve: Any = om.evolve if name.startswith("order/") else evolve_inventory
            state = evolve(state, entry.event)
        assert state == loaded.state, name
        states[name] = state
    return states


def _answers_are_kept(shop: Shop, store: Any, entries: list[FeedEntry]) -> None:
    """What a client was told is what is recorded; what was accepted is in the feed."""
    known = {entry.key for entry in entries}
    for key, (_, (what, value)) in shop.told.items():
        recorded = store.answer(key)
        assert type(recorded) is Answer, f"{key} was answered, and is lost"
        if what == "refused":
            assert (recorded.error, recorded.path, recorded.fields) == value
        else:
            assert recorded == value
        if what != "refused":
            assert key in known
    own = {key for key in known if not key.startswith("omcore/")}
    assert own <= shop.told.keys(), "somebody else has commanded"


def _stock_is_conserved(shop: Shop, states: dict[str, Any], orders: dict[str, om.Order]) -> None:
    """What was received and is not here was shipped, unit by unit; nothing is claimed any more."""
    received: Counter[tuple[str, str]] = Counter()
    for command, (what, _) in shop.told.values():
        if type(command) is inv.ReceiveStock and what != "refused":
            received[command.location, command.sku] += command.quantity
    gone: Counter[str] = Counter()
    for order in orders.values():
        for line, units in zip(order.terms.lines, order.progress.units, strict=True):
            runs = [(first, last) for first, last, state, _ in units if state == "delivered"]
            gone.update(dict(parts_of(order, ((line.id, runs),))))
    left: Counter[str] = Counter()
    for place, came in received.items():
        item = states[inv.stock_stream(*place)]
        assert (item.claims(AT), item.held, item.allocated) == (0, 0, 0), place
        assert 0 <= item.on_hand <= came
        left[place[1]] += item.on_hand
    total: Counter[str] = Counter()
    for (_, sku), came in received.items():
        total[sku] += came
    assert {sku: total[sku] - gone[sku] for sku in total} == dict(left)


def _outside_is_told_once(
    shop: Shop, store: Any, entries: list[FeedEntry], orders: dict[str, om.Order]
) -> int:
    """Each effect that the feed asks for was made, under its own key, and no other; to the cent."""
    done = Outside(shop.book).done()
    wanted: dict[str, tuple[str, str, int]] = {}
    for entry in entries:
        if entry.stream.startswith("order/"):
            event = entry.event
            if type(event) is ev.PaymentRequested:
                wanted[event.request_id] = (event.kind, event.tender_id, event.amount)
            for message in due(entry, orders[entry.stream.partition("/")[2]]):
                wanted[message.key] = ("message", "", 0)
                assert store.answer(own_key("effect", message.key)) is not None
    assert {key: row[:3] for key, row in done.items()} == wanted
    for name, order in orders.items():
        mine: Counter[str] = Counter()
        for key, (kind, _, amount, _) in done.items():
            if kind != "message" and key.startswith(f"{name}-P"):
                mine[kind] += amount
        pays = order.payments
        assert (mine["capture"], mine["refund"]) == (pays.captured, pays.refunded), name
        assert mine["authorize"] == mine["capture"] + mine["void"], name
        assert pays.captured - pays.refunded == pays.owed == pays.earned, name
        assert not pays.requests
        assert sum(pays.accounts.values()) == 0
    return sum(asked > 1 for *_, asked in done.values())
