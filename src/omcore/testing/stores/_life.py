"""Case of the store contract: the engine on it, side by side with ``MemoryStore``.

A few orders go through their lives: stock, a reservation, placing, payments over two tenders, a
split shipment, a short pick, a cancellation, a return, refusals, retries, messages. What is said
on the way and what is kept at the end must be the same on both, type by type and in the same
order. Must not know any store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import attrs

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import OrderManager
from omcore.kernel import Catalog, Command, GeoPoint, Item, Location, Network, OmcoreError
from omcore.memory import MemoryGateway, MemoryNotifier, MemoryStore
from omcore.ports import FeedEntry, GatewayReply, Store
from omcore.routing import LowestCost, Rates
from omcore.testing._store_clauses import proves
from omcore.testing.stores._bench import AT, Bench, everything, same
from omcore.testing.stores._values import draft

NETWORK = Network(
    (
        Location("nyc", point=GeoPoint(40.71, -74.01), zone="America/New_York"),
        Location("chi", point=GeoPoint(41.88, -87.63), zone="America/Chicago"),
    )
)
CATALOG = Catalog((Item("GIFT-SET", components=(("MUG-1", 1), ("CAP \u00e9", 1))),))
STOCK = (("nyc", "TEE-M", 2), ("chi", "TEE-M", 5), ("chi", "MUG-1", 3), ("chi", "CAP \u00e9", 3))

# So many commands on one stream: stores that fold states keep one now and then.
LONG = 130

Do = Callable[[Command], None]
L = TypeVar("L", bound="Life")


class Life:
    """One engine per handle, taken in turn, so that no engine can live on what it remembers."""

    def __init__(self, stores: Sequence[Store]) -> None:
        self.store = stores[0]
        self.said: list[Any] = []
        self.commands = 0
        self.notifier = MemoryNotifier()
        gateway = MemoryGateway({"void": GatewayReply("unknown")})
        self._managers = [
            OrderManager(
                store,
                network=NETWORK,
                catalog=CATALOG,
                routing=LowestCost(Rates()),
                gateway=gateway,
                notifier=self.notifier,
            )
            for store in stores
        ]

    @property
    def oms(self) -> OrderManager:
        """The engine whose turn it is."""
        return self._managers[self.commands % len(self._managers)]

    def common(self, key: str = "") -> dict[str, Any]:
        """Key, time, who and why of the next command."""
        self.commands += 1
        at = AT + timedelta(minutes=self.commands, microseconds=self.commands)
        return {"key": key or f"c-{self.commands}", "at": at, "by": "ops", "reason": f"step {self.commands}"}

    def do(self, command: Command) -> None:
        """Carry out a command, twice: the retry says the same."""
        for _ in range(2):
            try:
                outcome = self.oms.execute(command)
            except OmcoreError as error:
                self.said.append((error.code, error.path, tuple(error.fields.items())))
            else:
                self.said += [outcome.answer, outcome.state, outcome.repeated]

    def dispatch(self) -> None:
        """Let the feed's effects happen."""
        at = self.common()["at"]
        self.said.append(self.oms.dispatch(at=at))

    def order(self, order_id: str) -> om.Order:
        """An order as it stands."""
        return self.oms.order(order_id)

    def ship_all(self, order_id: str) -> None:
        """Ship what is still asked of locations; deliver what is on its way."""
        for work in list(self.order(order_id).progress.work.values()):
            self.do(om.ShipUnits(order_id, work.id, tracking=("UPS", f"1Z{work.id}"), **self.common()))
        self.dispatch()
        for shipment in list(self.order(order_id).progress.shipments.values()):
            self.do(om.RecordDelivery(order_id, shipment.id, **self.common()))

    def kept(self) -> Iterator[tuple[str, Any]]:
        """Everything the store keeps, by name. Positions are told as places in the feed."""
        entries = everything(self.store)
        place = {entry.position: number for number, entry in enumerate(entries, 1)}
        yield "feed", _placed(entries, place)
        for stream in dict.fromkeys(entry.stream for entry in entries):
            yield stream, self.store.load((stream,))[stream]
            yield f"history of {stream}", _placed(self.store.history(stream), place)
            yield f"personal data of {stream}", self.store.private(stream.removeprefix("order/"))
        for number in range(1, self.commands + 1):
            yield f"answer {number}", self.store.answer(f"c-{number}")
        for concern in ("pay", "notify"):
            yield f"cursor {concern}", place.get(self.store.cursor(f"omcore.{concern}"), 0)


def _placed(entries: Sequence[FeedEntry], place: dict[int, int]) -> list[FeedEntry]:
    return [attrs.evolve(entry, position=place[entry.position]) for entry in entries]


def live(stores: Sequence[Store]) -> Life:
    """The lives, on these handles of one store."""
    return lived(Life(stores))


def lived(life: L) -> L:
    """The same, of a life that was begun elsewhere."""
    for location, sku, quantity in STOCK:
        life.do(inv.ReceiveStock(sku=sku, location=location, quantity=quantity, **life.common()))
    expires = AT + timedelta(hours=2)
    items = (inv.ReservedItem("TEE-M", "nyc", 1),)
    life.do(inv.ReserveStock("cart-1", "guest", items, expires, **life.common()))
    life.do(inv.ReserveStock("cart-2", "guest", items, expires, **life.common()))
    life.do(inv.ReserveStock("cart-3", "guest", items, expires, **life.common()))  # no stock is left
    life.do(inv.ReleaseReservation("cart-2", **life.common()))
    life.do(inv.ReleaseReservation("cart-1", **life.common()))

    _returned(life)
    _cancelled(life)
    life.do(inv.CountStock("TEE-M", "chi", 1, **life.common()))
    return life


def _returned(life: Life) -> None:
    """Two tenders whose order is not that of their names; shipped in parts, one tee comes back."""
    card_after_gift = (("zeta", "gateway", "20.00"), ("alpha", "gateway", "120.00"))
    life.do(om.PlaceOrder(draft("1001", 3, *card_after_gift), order_id="o-1", **life.common()))
    life.dispatch()
    life.said.append(life.oms.route("o-1", **life.common()))
    work = next(iter(life.order("o-1").progress.work.values()))
    line, _ = work.items[0]
    life.do(om.ReportShortPick("o-1", work.id, ((line, 1),), **life.common()))
    life.dispatch()
    life.ship_all("o-1")
    life.do(om.ShipUnits("o-1", "no-such-work", **life.common()))
    for number in (10, 2, 1):
        life.do(om.AuthorizeReturn("o-1", f"rma-{number}", (("tees", 1),), **life.common()))
    life.do(om.ReceiveReturn("o-1", "rma-2", "nyc", **life.common()))
    life.dispatch()


def _cancelled(life: Life) -> None:
    """Held, released, changed and cancelled before anything ships."""
    life.do(om.PlaceOrder(draft("1002", 1, ("card", "gateway", "99.00")), order_id="o-2", **life.common()))
    life.do(om.PlaceHold("o-2", "h-1", "fraud", **life.common()))
    life.dispatch()
    life.do(om.ReleaseHold("o-2", "h-1", **life.common()))
    life.said.append(life.oms.route("o-2", **life.common()))
    life.do(om.CancelUnits("o-2", (("tees", 1), ("gift", 1)), **life.common()))
    life.dispatch()


class WholeCases:
    """ST27: the engine on it."""

    @proves("ST27")
    def test_st27_the_engine_says_the_same_on_it_as_on_memory(self, bench: Bench) -> None:
        """Every answer, every refusal, every state, the feed; by one handle or by two in turn."""
        expected = live([MemoryStore()])
        found = live([handle.plain() for handle in bench.handles(2)])
        for number, (one, other) in enumerate(zip(found.said, expected.said, strict=True)):
            same(one, other, f"answer {number}")
        same(list(found.kept()), list(expected.kept()), "what is kept")
        same(found.notifier.sent, expected.notifier.sent, "what was sent")

    @proves("ST27")
    def test_st27_a_stream_of_many_commands_is_as_it_is_on_memory(self, bench: Bench) -> None:
        """Command by command: whatever is kept on the way there, and however often."""
        expected = Life([MemoryStore()])
        found = Life([handle.plain() for handle in bench.handles(2)])
        stream = "stock/nyc/TEE-M"
        for number in range(1, LONG + 1):
            for life in (expected, found):
                life.do(inv.ReceiveStock(sku="TEE-M", location="nyc", quantity=number, **life.common()))
            same(found.store.load((stream,))[stream], expected.store.load((stream,))[stream])
        same(found.said, expected.said, "what was said")


__all__ = ["Life", "WholeCases", "live", "lived"]
