"""Exchanges and claims through the engine: stock, money, routing and messages of what goes out.

The order alone is tried elsewhere. Here facts have their effects: goods leave shelves and enter them,
gateways are asked and the customer is told, each once (S2, S7, C9).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import OrderManager
from omcore.kernel import Location, Network
from omcore.memory import MemoryGateway, MemoryNotifier, MemoryStore
from omcore.orders.draft import DraftLine
from omcore.ports import GatewayReply
from omcore.routing import Nearest
from order_life import ORDER_ID, T0, a_draft, a_line, usd

TEES = a_line("tee", 3, taxes=())  # 20.00 each
LARGE = DraftLine("large", "TEE-L", 1, usd(2000))
HOODIE = DraftLine("hoodie", "HOODIE", 1, usd(4500))
ONE = (("tee", 1),)


class Shop:
    """Ten of each on the shelf in New York; three tees have reached the customer, paid by card."""

    def __init__(self, **policies: Any) -> None:
        self.keys = 0
        self.now = T0
        self.gateway, self.notifier = MemoryGateway(), MemoryNotifier()
        self.oms = OrderManager(
            MemoryStore(),
            network=Network((Location("nyc"),)),
            routing=Nearest(),
            policies=om.Policies(**policies),
            gateway=self.gateway,
            notifier=self.notifier,
        )
        for sku in ("TEE", "TEE-L", "HOODIE"):
            self.do(inv.ReceiveStock, sku, "nyc", 10)
        self.do(om.PlaceOrder, a_draft((TEES,), shipping=0), order_id=ORDER_ID)
        self.dispatch()
        self.oms.route(ORDER_ID, key="route", at=T0)
        self.ship()
        self.dispatch()
        self.gateway.calls.clear()
        self.told = len(self.notifier.sent)

    @property
    def order(self) -> om.Order:
        return self.oms.order(ORDER_ID)

    def do(self, kind: Any, *arguments: Any, **more: Any) -> Any:
        self.keys += 1
        return self.oms.execute(kind(*arguments, **more, key=f"k{self.keys}", at=self.now))

    def ship(self) -> None:
        """Whatever a location has goes out, and arrives."""
        for work in list(self.order.progress.work.values()):
            if work.items:
                self.do(om.ShipUnits, ORDER_ID, work.id)
        for shipment in list(self.order.progress.shipments.values()):
            if shipment.status == "in_transit":
                self.do(om.RecordDelivery, ORDER_ID, shipment.id)

    def dispatch(self) -> None:
        """Twice: the second finds nothing to do."""
        self.oms.dispatch(at=self.now)
        assert not any(made for _, made in self.oms.dispatch(at=self.now).done)

    def shelf(self, sku: str) -> tuple[int, int]:
        """Sellable, and claimed of it."""
        item = self.oms.stock(sku, "nyc")
        assert item is not None
        return item.on_hand, item.on_hand - item.atp(self.now)

    def money(self) -> list[tuple[str, int]]:
        return [(kind, amount.minor) for kind, _, _, amount in self.gateway.calls]

    def messages(self) -> list[str]:
        return [message.kind for message in self.notifier.sent[self.told :]]

    def at(self, moment: datetime) -> None:
        self.now = moment


def test_an_even_exchange_takes_the_new_goods_from_stock_once_the_old_are_on_the_shelf() -> None:
    shop = Shop()
    shop.do(om.AuthorizeExchange, ORDER_ID, "x1", "r1", ONE, (LARGE,))
    shop.dispatch()
    assert shop.shelf("TEE-L") == (10, 0), "nothing is claimed for it yet"
    shop.do(om.ReceiveReturn, ORDER_ID, "r1", "nyc")
    shop.dispatch()
    assert (shop.shelf("TEE"), shop.shelf("TEE-L")) == ((8, 0), (10, 1))
    shop.ship()
    shop.dispatch()
    assert shop.shelf("TEE-L") == (9, 0)
    assert shop.money() == []
    assert shop.messages().count("exchange_agreed") == 1


def test_a_dearer_exchange_asks_the_card_for_its_difference_and_captures_it_when_it_ships() -> None:
    shop = Shop()
    shop.do(om.AuthorizeExchange, ORDER_ID, "x1", "r1", ONE, (HOODIE,))
    shop.dispatch()
    assert shop.order.amendments.exchanges["x1"].status == "expecting"
    shop.do(om.ReceiveReturn, ORDER_ID, "r1", "nyc")
    shop.dispatch()
    shop.ship()
    shop.dispatch()
    assert shop.money() == [("authorize", 2500), ("capture", 2500)]
    assert (shop.shelf("TEE"), shop.shelf("HOODIE")) == ((8, 0), (9, 0))
    assert shop.order.payments.balance == 0


def test_a_declined_difference_leaves_stock_and_money_as_they_were_and_the_customer_is_told() -> None:
    shop = Shop()
    before = shop.shelf("TEE"), shop.shelf("HOODIE")
    shop.gateway.replies["authorize"] = GatewayReply("declined")
    shop.do(om.AuthorizeExchange, ORDER_ID, "x1", "r1", ONE, (HOODIE,))
    shop.dispatch()
    assert (shop.shelf("TEE"), shop.shelf("HOODIE")) == before
    assert shop.money() == [("authorize", 2500)]
    assert shop.order.amendments.exchanges == {}
    assert shop.messages() == ["exchange_declined"]


def test_goods_sent_in_advance_are_charged_for_when_those_for_which_they_went_never_come() -> None:
    shop = Shop(exchange_window=timedelta(days=14))
    shop.do(om.AuthorizeExchange, ORDER_ID, "x1", "r1", ONE, (LARGE,), True)
    shop.dispatch()
    shop.ship()
    shop.dispatch()
    assert (shop.shelf("TEE"), shop.shelf("TEE-L")) == ((7, 0), (9, 0))
    assert shop.money() == []
    due = shop.oms.next_deadline()
    assert due == T0 + timedelta(days=14)
    shop.at(due)
    shop.oms.meet_deadlines(ORDER_ID, at=due)
    shop.dispatch()
    assert shop.money() == [("authorize", 2000), ("capture", 2000)]
    assert "exchange_charged" in shop.messages()


def test_a_replacement_leaves_the_shelf_and_what_was_broken_never_enters_it() -> None:
    shop = Shop()
    shop.do(om.OpenClaim, ORDER_ID, "c1", "damaged", ONE)
    shop.do(om.ResolveClaim, ORDER_ID, "c1", "replace")
    shop.dispatch()
    assert shop.shelf("TEE") == (7, 1), "routed by itself, as the order was before"
    shop.ship()
    shop.dispatch()
    assert shop.shelf("TEE") == (6, 0)
    assert shop.money() == []
    assert shop.messages().count("claim_settled") == 1


def test_a_replacement_that_no_shelf_has_is_cancelled_and_refunded_and_frees_nothing() -> None:
    shop = Shop()
    shop.do(inv.CountStock, "TEE", "nyc", 0)
    shop.do(om.OpenClaim, ORDER_ID, "c1", "missing", ONE)
    shop.do(om.ResolveClaim, ORDER_ID, "c1", "replace")
    shop.dispatch()
    assert shop.order.progress.tally.open == 1
    shop.do(om.CancelUnits, ORDER_ID)
    shop.dispatch()
    assert shop.money() == [("refund", 2000)]
    assert shop.shelf("TEE") == (0, 0)


def test_a_claim_that_is_refunded_moves_money_and_no_goods() -> None:
    shop = Shop()
    before = shop.shelf("TEE")
    shop.do(om.OpenClaim, ORDER_ID, "c1", "missing", (("tee", 2),))
    shop.do(om.ResolveClaim, ORDER_ID, "c1", "refund", amount=usd(300))
    shop.dispatch()
    assert sum(amount for kind, amount in shop.money() if kind == "refund") == 4300
    assert shop.shelf("TEE") == before
    assert shop.messages().count("claim_settled") == 1


def test_the_same_resolution_again_is_answered_from_the_record() -> None:
    """C4: nothing is refunded, and nobody told, a second time."""
    shop = Shop()
    shop.do(om.OpenClaim, ORDER_ID, "c1", "damaged", ONE)
    settle = om.ResolveClaim(ORDER_ID, "c1", "refund", key="settle", at=T0)
    shop.oms.execute(settle)
    shop.dispatch()
    assert shop.oms.execute(settle).repeated
    shop.dispatch()
    assert shop.money() == [("refund", 2000)]
    assert shop.messages().count("refunded") == 1
