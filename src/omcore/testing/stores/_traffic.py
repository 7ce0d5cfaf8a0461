"""Traffic: what callers who know nothing of each other do to one store, and what each of them saw.

Decides the shop in which they meet - two SKUs and a kit at two locations, a few orders and
carts - so that they contend, and that every call of the store is recorded with when it began and
when it ended. A caller is one thread or one process; all commands are drawn from its seed. Must not
know what is made of the record: ``stores/_history`` does.
"""

from __future__ import annotations

import random  # noqa: TID251 - seeded: what a caller does
import time  # noqa: TID251 - one clock for all processes: what ended before what began
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import attrs

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import OrderManager, Outcome, RouteOrder
from omcore.engine.core import ANSWERS
from omcore.kernel import Command, Conflict, OmcoreError, StoreError, Unavailable
from omcore.memory import MemoryGateway, MemoryNotifier
from omcore.ports import Answer, Commit, FeedEntry, Loaded, Store
from omcore.routing import LowestCost, Rates
from omcore.testing.stores._bench import AT, commit, write
from omcore.testing.stores._life import CATALOG, NETWORK
from omcore.testing.stores._values import draft

ORDERS, CARTS, LEDGERS, TRANSFERS = 8, 8, 3, 5
STOCK = (("nyc", "TEE-M", 4), ("chi", "TEE-M", 8), ("chi", "MUG-1", 8), ("chi", "CAP \u00e9", 6))
UNTIL = AT + timedelta(days=1)
PAGE = 7
PATIENCE = 50
NEVER = 2**63  # nanoseconds: the end of what nobody heard of

Move = Callable[["Caller", str, int], None]


# -- the record ------------------------------------------------------------------------------


@attrs.frozen
class Call:
    """One call of a store: who called, from when to when in nanoseconds, and what was answered.

    Of ``load`` the versions; of ``answer`` the key and what was found; of ``commit`` and
    ``commit_all`` what was to be kept, and the error that was told.
    """

    caller: str
    begin: int
    end: int
    versions: Mapping[str, int] = {}
    key: str = ""
    found: Answer | None = None
    commits: tuple[Commit, ...] = ()
    told: str = ""


@attrs.frozen
class Told:
    """What a client was told under a command's key: the recorded answer, or the refusal.

    ``kept`` says that a refusal is one which is recorded.
    """

    command: Command
    answer: Answer | None = None
    refusal: tuple[str, str, tuple[Any, ...]] = ("", "", ())
    kept: bool = True


@attrs.define
class Testimony:
    """Everything that one caller saw."""

    caller: str
    calls: list[Call] = attrs.field(factory=list)
    asked: dict[str, Command] = attrs.field(factory=dict)
    told: list[Told] = attrs.field(factory=list)
    followed: list[FeedEntry] = attrs.field(factory=list)


class Watched:
    """A store whose calls are put on record."""

    def __init__(self, store: Store, caller: str, calls: list[Call]) -> None:
        self._store = store
        self._caller = caller
        self._calls = calls

    def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        """See ``Store.load``."""
        begin = time.monotonic_ns()
        found = self._store.load(streams)
        end = time.monotonic_ns()
        versions = {name: loaded.version for name, loaded in found.items()}
        self._calls.append(Call(self._caller, begin, end, versions))
        return found

    def answer(self, key: str) -> Answer | None:
        """See ``Store.answer``."""
        begin = time.monotonic_ns()
        found = self._store.answer(key)
        self._calls.append(Call(self._caller, begin, time.monotonic_ns(), {}, key, found))
        return found

    def commit(self, commit: Commit) -> None:
        """See ``Store.commit``."""
        self._kept((commit,), lambda: self._store.commit(commit))

    def commit_all(self, commits: Sequence[Commit]) -> None:
        """See ``Store.commit_all``."""
        self._kept(tuple(commits), lambda: self._store.commit_all(commits))

    def _kept(self, commits: tuple[Commit, ...], keep: Callable[[], None]) -> None:
        told, begin, end = "", time.monotonic_ns(), NEVER
        try:
            keep()
            end = time.monotonic_ns()
        except Conflict:
            told, end = "Conflict", time.monotonic_ns()
            raise
        except Unavailable:
            told = "Unavailable"  # it is there, or will be, or never was
            raise
        finally:
            self._calls.append(Call(self._caller, begin, end, commits=commits, told=told))

    def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        """See ``Store.feed``."""
        return self._store.feed(after, limit)

    def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        """See ``Store.history``."""
        return self._store.history(stream, after)

    def private(self, key: str) -> Any:
        """See ``Store.private``."""
        return self._store.private(key)

    def cursor(self, name: str) -> int:
        """See ``Store.cursor``."""
        return self._store.cursor(name)

    def advance(self, name: str, position: int) -> None:
        """See ``Store.advance``."""
        self._store.advance(name, position)


def manager(store: Store) -> OrderManager:
    """An engine of the shop, with a gateway that approves and a notifier of its own."""
    return OrderManager(
        store,
        network=NETWORK,
        catalog=CATALOG,
        routing=LowestCost(Rates()),
        gateway=MemoryGateway(),
        notifier=MemoryNotifier(),
    )


# -- a caller --------------------------------------------------------------------------------


class Caller:
    """One who commands, asks again until answered, and follows the feed with a cursor of its own."""

    def __init__(self, name: str, store: Store, seed: int) -> None:
        self.seen = Testimony(name)
        self.store = Watched(store, name, self.seen.calls)
        self.oms = manager(self.store)
        self.dice = random.Random(seed)  # noqa: S311 - seeded: reproducibility, not secrecy
        self.placed = 0

    def go(self, steps: int) -> Testimony:
        """So many steps, each followed by a look at the feed."""
        for number in range(steps):
            move = self.dice.choices(MOVES, WEIGHTS)[0]
            move(self, f"{move.__name__}/{self.seen.caller}/{number}", number)
            self.follow()
        return self.seen

    def ask(self, command: Command) -> None:
        """Send a command until it is answered, and now and then once more."""
        self.seen.asked[command.key] = command
        again = self.dice.random() < 0.2
        for _ in range(PATIENCE):
            try:
                self._tell(command, self.oms.execute(command))
            except StoreError:
                continue
            except OmcoreError as refused:
                self._tell(command, refused)
            if not again:
                return
            again = False

    def ask_all(self, commands: Sequence[Command]) -> None:
        """Send several at once, until all are answered."""
        self.seen.asked.update((command.key, command) for command in commands)
        for _ in range(PATIENCE):
            answers = self.oms.execute_all(commands)
            if not any(isinstance(answer, StoreError) for answer in answers):
                for command, answer in zip(commands, answers, strict=True):
                    self._tell(command, answer)
                return

    def _tell(self, command: Command, said: Outcome | OmcoreError) -> None:
        if isinstance(said, OmcoreError):
            refusal = (said.code, said.path, tuple(said.fields.items()))
            told = Told(command, None, refusal, isinstance(said, ANSWERS))
        else:
            told = Told(command, said.answer)
        self.seen.told.append(told)

    def follow(self, pages: int = 2) -> None:
        """Read on in the feed, and remember in the store how far."""
        followed = self.seen.followed
        for _ in range(pages):
            found = self.store.feed(followed[-1].position if followed else 0, PAGE)
            if not found:
                break
            followed += found
            self.store.advance(f"reader/{self.seen.caller}", followed[-1].position)

    def at(self, number: int) -> dict[str, Any]:
        """When, who and why of this caller's step of that number."""
        return {"at": AT + timedelta(seconds=number), "by": self.seen.caller, "reason": "traffic"}

    def an_order(self) -> om.Order | None:
        """One of those that are placed; the first more often."""
        number = min(self.dice.randrange(ORDERS), self.dice.randrange(ORDERS))
        loaded = self.store.load((f"order/o-{number}",))
        found: om.Order | None = loaded[f"order/o-{number}"].state
        return found


# -- what a caller may do --------------------------------------------------------------------


def place(caller: Caller, _key: str, _number: int) -> None:
    """The next order; every caller sends each under the same key, as a channel that repeats itself does."""
    number, caller.placed = caller.placed, (caller.placed + 1) % ORDERS
    bought = draft(str(number), 1 + number % 3, ("card", "gateway", "150.00"))
    at = AT + timedelta(seconds=number)
    caller.ask(om.PlaceOrder(bought, order_id=f"o-{number}", key=f"place/o-{number}", at=at))


def route(caller: Caller, key: str, number: int) -> None:
    """Plan and allocate; it looks at the view of stock."""
    order = caller.an_order()
    if order is not None:
        caller.ask(RouteOrder(order.id, key=key, **caller.at(number)))


def ship(caller: Caller, key: str, number: int) -> None:
    """What is asked of a location."""
    order = caller.an_order()
    if order is not None and order.progress.work:
        work = caller.dice.choice(sorted(order.progress.work))
        caller.ask(om.ShipUnits(order.id, work, key=key, **caller.at(number)))


def deliver(caller: Caller, key: str, number: int) -> None:
    """What is on its way."""
    order = caller.an_order()
    if order is not None and order.progress.shipments:
        shipment = caller.dice.choice(sorted(order.progress.shipments))
        caller.ask(om.RecordDelivery(order.id, shipment, key=key, **caller.at(number)))


def cancel(caller: Caller, key: str, number: int) -> None:
    """A unit that somebody else may be shipping."""
    order = f"o-{caller.dice.randrange(ORDERS)}"
    line = caller.dice.choice(("tees", "gift"))
    caller.ask(om.CancelUnits(order, ((line, 1),), key=key, **caller.at(number)))


def dispatch(caller: Caller, _key: str, number: int) -> None:
    """Money is asked for, messages are sent, what was freed is routed again."""
    caller.oms.dispatch(at=AT + timedelta(seconds=number))


def _claim(caller: Caller, cart: int, key: str, number: int) -> inv.ReserveStock:
    items = [inv.ReservedItem("TEE-M", caller.dice.choice(("nyc", "chi")), 1)]
    if cart % 2:
        items.append(inv.ReservedItem("MUG-1", "chi", 1))
    return inv.ReserveStock(f"cart-{cart}", "buyer", tuple(items), UNTIL, key=key, **caller.at(number))


def reserve(caller: Caller, key: str, number: int) -> None:
    """One cart, or three in one step."""
    first = caller.dice.randrange(CARTS)
    if caller.dice.random() < 0.6:
        caller.ask(_claim(caller, first, key, number))
    else:
        carts = [(first + more) % CARTS for more in range(3)]
        caller.ask_all([_claim(caller, cart, f"{key}/{cart}", number) for cart in carts])


def release(caller: Caller, key: str, number: int) -> None:
    """A cart that somebody may just be filling."""
    cart = f"cart-{caller.dice.randrange(CARTS)}"
    caller.ask(inv.ReleaseReservation(cart, key=key, **caller.at(number)))


def receive(caller: Caller, key: str, number: int) -> None:
    """Goods, also for those who were refused."""
    location, sku, _ = caller.dice.choice(STOCK)
    caller.ask(inv.ReceiveStock(sku, location, 2, key=key, **caller.at(number)))


def transfer(caller: Caller, key: str, _number: int) -> None:
    """Two ledgers are looked at and one of them is written, so that no pair of callers may cross.

    Several times, and with nothing to decide in between: nowhere else do callers come as close.
    """
    for time_ in range(TRANSFERS):
        one, other = caller.dice.sample(range(LEDGERS), 2)
        _moved(caller, f"{key}/{time_}", f"ledger/{one}", f"ledger/{other}")


def _moved(caller: Caller, key: str, one: str, other: str) -> None:
    for _ in range(PATIENCE):
        try:
            if caller.store.answer(key) is not None:
                return
            found = caller.store.load((one, other))
            total = 1 + sum(each.state.quantity for each in found.values() if each.state is not None)
            reads = {name: loaded.version for name, loaded in found.items()}
            caller.store.commit(commit(key, reads, write(one, min(total, 1_000))))
        except (Conflict, Unavailable):
            continue
        return


TABLE: Mapping[Move, int] = {
    place: 16,
    route: 14,
    ship: 14,
    deliver: 10,
    cancel: 5,
    dispatch: 9,
    reserve: 10,
    release: 5,
    receive: 6,
    transfer: 18,
}
MOVES, WEIGHTS = tuple(TABLE), tuple(TABLE.values())


def opened(store: Store) -> Testimony:
    """The goods that are there at the beginning."""
    seen = Testimony("opening")
    oms = manager(Watched(store, seen.caller, seen.calls))
    for number, (location, sku, quantity) in enumerate(STOCK):
        command = inv.ReceiveStock(sku, location, quantity, key=f"open/{location}/{number}", at=AT)
        seen.asked[command.key] = command
        oms.execute(command)
    return seen


__all__ = ["NEVER", "PAGE", "Call", "Caller", "Testimony", "Told", "Watched", "manager", "opened"]
