"""Edits through the engine: stock is exact to the unit, and what was changed is routed anew."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import OrderManager
from omcore.kernel import Catalog, Contact, GeoPoint, Item, Location, Money, Network, Place
from omcore.memory import MemoryGateway, MemoryNotifier, MemoryStore
from omcore.orders.draft import DraftLine, DraftTender, ExternalRef, OrderDraft
from omcore.reporting import timeline
from omcore.routing import Nearest

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
EAST, WEST = Place("US", "NY", "", GeoPoint(40.7, -74.0)), Place("US", "CA", "", GeoPoint(34.0, -118.2))
NETWORK = Network((Location("nyc", point=EAST.point), Location("lax", point=WEST.point)))
CATALOG = Catalog((Item("TEE"), Item("CAP"), Item("SET", components=(("TEE", 1), ("CAP", 2)))))


def usd(minor: int) -> Money:
    return Money(minor, "USD")


class Shop:
    """Ten of each SKU at both locations, and an order of three tees to the east coast."""

    def __init__(self) -> None:
        self.keys = 0
        self.notifier = MemoryNotifier()
        self.oms = OrderManager(
            MemoryStore(),
            network=NETWORK,
            routing=Nearest(),
            catalog=CATALOG,
            gateway=MemoryGateway(),
            notifier=self.notifier,
        )
        for sku in ("TEE", "CAP"):
            for location in ("nyc", "lax"):
                self.do(inv.ReceiveStock, sku, location, 10)
        draft = OrderDraft(
            ExternalRef("web", "shop", "order", "1"),
            "USD",
            (DraftLine("tee", "TEE", 3, usd(1000), title="Tee"),),
            T0,
            destination=EAST,
            contact=Contact(name="Jane", street=("1 Main St",)),
            tenders=(DraftTender("card", "gateway", usd(100_000)),),
        )
        self.id = self.do(om.PlaceOrder, draft).order.id
        self.dispatch()

    def do(self, command: Any, *arguments: Any, **more: Any) -> Any:
        self.keys += 1
        return self.oms.execute(command(*arguments, **more, key=f"k{self.keys}", at=T0))

    def edit(self, *operations: Any, **more: Any) -> None:
        name = f"e{self.keys}"
        self.do(om.ProposeEdit, self.id, name, operations)
        self.do(om.ConfirmEdit, self.id, name, **more)

    def dispatch(self) -> None:
        self.oms.dispatch(at=T0)

    def route(self) -> None:
        self.keys += 1
        self.oms.route(self.id, key=f"k{self.keys}", at=T0)

    @property
    def claims(self) -> dict[str, int]:
        """Units allocated, by SKU and location, where there are any."""
        found = {}
        for sku in ("TEE", "CAP"):
            for location in ("nyc", "lax"):
                item = self.oms.stock(sku, location)
                assert item is not None
                assert item.on_hand == 10
                if item.claims(T0):
                    found[f"{sku}@{location}"] = item.claims(T0)
        return found


def test_units_that_are_added_to_a_routed_order_are_routed_and_those_that_go_are_freed() -> None:
    shop = Shop()
    shop.route()
    assert shop.claims == {"TEE@nyc": 3}
    shop.edit(om.ChangeQuantity("tee", 1), om.AddLine(DraftLine("set", "SET", 2, usd(500))))
    assert shop.claims == {"TEE@nyc": 1}, "two are free with the edit itself (S7)"
    shop.dispatch()
    assert shop.claims == {"TEE@nyc": 3, "CAP@nyc": 4}, "and the kits are claimed by their parts (S3)"
    shop.dispatch()
    assert shop.claims == {"TEE@nyc": 3, "CAP@nyc": 4}


def test_an_order_that_nobody_has_routed_is_not_routed_by_an_edit() -> None:
    shop = Shop()
    shop.edit(om.ChangeQuantity("tee", 5))
    shop.dispatch()
    assert shop.claims == {}
    shop.route()
    assert shop.claims == {"TEE@nyc": 5}


def test_s9_what_a_location_gives_back_during_a_hold_is_routed_elsewhere_once_it_is_released() -> None:
    shop = Shop()
    shop.route()
    for name in ("h1", "h2"):
        shop.do(om.PlaceHold, shop.id, name, "fraud")
    shop.do(om.RejectFulfillment, shop.id, f"{shop.id}-F1")
    shop.dispatch()
    shop.do(om.ReleaseHold, shop.id, "h1")
    shop.dispatch()
    assert shop.claims == {}, "it waits for the other hold too"
    shop.do(om.ReleaseHold, shop.id, "h2")
    shop.dispatch()
    assert shop.claims == {"TEE@lax": 3}


def test_a_hold_that_is_released_routes_nothing_that_nobody_has_routed() -> None:
    shop = Shop()
    shop.do(om.PlaceHold, shop.id, "h", "fraud")
    shop.do(om.ReleaseHold, shop.id, "h")
    shop.dispatch()
    assert shop.claims == {}


def test_s7_a_new_address_frees_stock_exactly_once_and_is_served_from_where_it_is_near() -> None:
    shop = Shop()
    shop.route()
    shop.edit(om.ChangeAddress(WEST), contact=Contact(name="Jane", street=("9 Ocean Ave",)))
    assert shop.claims == {"TEE@nyc": 3}, "nobody else may claim them until it is planned anew"
    shop.dispatch()
    assert shop.claims == {"TEE@lax": 3}
    moved = shop.oms.contact(shop.id)
    assert moved is not None
    assert moved.street == ("9 Ocean Ave",)
    moved_out = [entry.event for entry in shop.oms.movements("TEE", "nyc")]
    freed = [event.quantity for event in moved_out if type(event) is inv.StockDeallocated]
    claimed = [event.quantity for event in moved_out if type(event) is inv.StockAllocated]
    assert (freed, claimed) == ([3], [3])


def test_nobody_is_known_again_after_an_erasure() -> None:
    shop = Shop()
    shop.route()
    shop.do(om.ErasePersonalData, shop.id)
    shop.edit(om.ChangeAddress(WEST), contact=Contact(name="Jane"))
    assert shop.oms.contact(shop.id) is None


def test_what_a_part_shipped_order_has_left_goes_to_the_new_address() -> None:
    shop = Shop()
    shop.route()
    shop.do(om.ShipUnits, shop.id, f"{shop.id}-F1", (("tee", 1),))
    shop.do(om.ProposeEdit, shop.id, "e", (om.ChangeAddress(WEST),))
    shop.do(om.ConfirmEdit, shop.id, "e")
    shop.dispatch()
    nyc, lax = shop.oms.stock("TEE", "nyc"), shop.oms.stock("TEE", "lax")
    assert nyc is not None
    assert lax is not None
    assert (nyc.on_hand, nyc.claims(T0), lax.on_hand, lax.claims(T0)) == (9, 0, 10, 2)


def test_c4_a_confirmation_that_comes_twice_is_made_once_and_so_is_its_message() -> None:
    """C9, too: read again, the feed asks for no second message."""
    shop = Shop()
    shop.route()
    shop.do(om.ProposeEdit, shop.id, "e", (om.ChangeQuantity("tee", 4),))
    command = om.ConfirmEdit(shop.id, "e", key="once", at=T0)
    assert not shop.oms.execute(command).repeated
    assert shop.oms.execute(command).repeated
    shop.dispatch()
    shop.dispatch()
    changed = [message for message in shop.notifier.sent if message.kind == "order_changed"]
    assert len(changed) == 1
    assert "1 × Tee" in changed[0].text
    assert "40.00 USD" in changed[0].text
    assert shop.claims == {"TEE@nyc": 4}


def test_c3_a_refused_confirmation_moves_no_stock_and_its_refusal_is_the_answer() -> None:
    shop = Shop()
    shop.route()
    shop.do(om.ProposeEdit, shop.id, "e", (om.ChangeQuantity("tee", 2),))
    shop.do(om.ShipUnits, shop.id, f"{shop.id}-F1")
    command = om.ConfirmEdit(shop.id, "e", key="late", at=T0)
    for _ in range(2):
        with pytest.raises(om.UnitsNotAvailable):
            shop.oms.execute(command)
    assert list(shop.oms.order(shop.id).amendments.edits) == ["e"]


def test_a_claim_of_the_orders_own_covers_what_an_edit_left_of_it() -> None:
    """S5: three are reserved, one is edited away before routing; the claim ends, and two are allocated."""
    shop = Shop()
    shop.do(inv.ReserveStock, "cart", "jane", (inv.ReservedItem("TEE", "nyc", 3),), T0.replace(hour=12))
    draft = OrderDraft(
        ExternalRef("web", "shop", "order", "2"),
        "USD",
        (DraftLine("tee", "TEE", 3, usd(1000)),),
        T0,
        destination=EAST,
        tenders=(DraftTender("card", "gateway", usd(3000), authorized=True),),
    )
    shop.id = shop.do(om.PlaceOrder, draft, reservation="cart").order.id
    shop.edit(om.ChangeQuantity("tee", 2))
    shop.route()
    assert shop.claims == {"TEE@nyc": 2}


def test_the_preview_knows_what_the_network_has() -> None:
    shop = Shop()
    shop.oms.available("TEE", at=T0)  # brings the view up to date
    preview = om.preview_edit(
        shop.oms.order(shop.id), (om.ChangeQuantity("tee", 30),), shop.oms.setup.context
    )
    assert preview.demand == (("TEE", 27),)
    assert preview.available == (("TEE", 20),)


def test_the_timeline_tells_an_edit_with_the_names_of_what_it_added() -> None:
    shop = Shop()
    shop.route()
    shop.do(om.ProposeEdit, shop.id, "e", (om.Substitute("tee", DraftLine("cap", "CAP", 1, usd(900)), 1),))
    shop.do(om.ConfirmEdit, shop.id, "e", party="customer")
    told = [line[12:] for line in timeline(shop.oms.history(shop.id))[-4:]]
    assert told == [
        "edit e proposed (person): -1.00 USD",
        "added 1 x CAP for 9.00 USD (edit)",
        "cancelled 1 x TEE (edit)",
        "edit e confirmed (customer): CAP for TEE, now 29.00 USD",
    ]
