"""A shop with three warehouses, in which work is given back, addresses change and goods come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from folded_store import FoldedStore
from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import OrderManager, Outcome
from omcore.kernel import PICKUP, SHIP, Calendar, GeoPoint, Location, Money, Network, Place
from omcore.routing import LowestCost, Rates

MONDAY = datetime(2026, 11, 30, 9, tzinfo=UTC)
DAY = timedelta(days=1)
POINTS = {"nyc": (40.7, -74.0), "chi": (41.9, -87.6), "lax": (34.0, -118.2)}
EAST = Place("US", "NY", "10001", GeoPoint(40.7, -74.0))
WEST = Place("US", "CA", "90001", GeoPoint(34.0, -118.2))
ABROAD = Place("CA", "ON", "", GeoPoint(43.7, -79.4))
DOES = frozenset({SHIP, PICKUP})


def network(**changed: dict[str, Any]) -> Network:
    """The three, each with what is said of it."""
    return Network(
        tuple(
            Location(
                name,
                point=GeoPoint(*POINTS[name]),
                capabilities=DOES,
                calendar=Calendar(),
                **changed.get(name, {}),
            )
            for name in POINTS
        )
    )


class Shop:
    """A manager, a clock and keys."""

    def __init__(
        self, store: Any = None, places: Network | None = None, services: Any = (), **policies: Any
    ) -> None:
        self.services = services
        self.store = FoldedStore() if store is None else store
        self.policies = om.Policies(**policies)
        self.now, self.keys = MONDAY, 0
        self.opens(network() if places is None else places)

    def opens(self, places: Network) -> None:
        """Anew, over the same store."""
        self.oms = OrderManager(
            self.store,
            network=places,
            routing=LowestCost(Rates()),
            policies=self.policies,
            services=self.services,
        )

    def common(self) -> dict[str, Any]:
        self.keys += 1
        return {"key": f"k{self.keys}", "at": self.now}

    def do(self, kind: Any, *arguments: Any, **more: Any) -> Outcome:
        return self.oms.execute(kind(*arguments, **more, **self.common()))

    def stocks(self, **places: dict[str, int]) -> Shop:
        for place, goods in places.items():
            for sku, many in goods.items():
                self.do(inv.ReceiveStock, sku, place, many)
        return self

    def order(self, name: str, *lines: tuple[str, int], to: Place | None = EAST, **more: Any) -> om.Order:
        reservation = more.pop("reservation", "")
        drafted = tuple(om.DraftLine(sku.lower(), sku, many, Money(900, "USD")) for sku, many in lines)
        total = Money(90_000, "USD")
        draft = om.OrderDraft(
            om.ExternalRef("web", "shop", "order", name),
            "USD",
            drafted,
            self.now,
            destination=to,
            tenders=(om.DraftTender("card", "gateway", total, authorized=True),),
            **more,
        )
        return self.do(om.PlaceOrder, draft, order_id=name, reservation=reservation).order

    def sell(self, name: str, *lines: tuple[str, int], **more: Any) -> Any:
        self.order(name, *lines, **more)
        return self.oms.route(name, **self.common())

    def dispatch(self) -> None:
        self.oms.dispatch(at=self.now)

    def edit(self, name: str, *operations: Any) -> None:
        self.keys += 1
        self.do(om.ProposeEdit, name, f"e{self.keys}", operations)
        self.do(om.ConfirmEdit, name, f"e{self.keys - 1}")

    def work(self, name: str) -> dict[str, tuple[str, str, int]]:
        """(where, how far, units) by fulfillment order, of those that have any left."""
        return {
            work.id: (work.location, work.status, sum(b - a + 1 for _, runs in work.items for a, b in runs))
            for work in self.oms.order(name).progress.work.values()
            if work.items
        }

    def places(self, name: str) -> dict[str, int]:
        """Units by location."""
        found: dict[str, int] = {}
        for place, _, units in self.work(name).values():
            found[place] = found.get(place, 0) + units
        return found

    def step(self, name: str, place: str, *events: str) -> str:
        """A location goes on with its work, or gives it back."""
        work_id = next(work_id for work_id, work in self.work(name).items() if work[0] == place)
        for event in events:
            if event == "reject":
                self.do(om.RejectFulfillment, name, work_id)
            else:
                self.do(om.AdvanceFulfillment, name, work_id, event)
        return work_id

    def needs(self) -> list[tuple[str, str, int]]:
        return [(each.order_id, each.why, each.units) for each in self.oms.needs_routing(at=self.now)]

    def allocated(self, sku: str) -> dict[str, int]:
        items = {place: self.oms.stock(sku, place) for place in POINTS}
        return {place: item.allocated for place, item in items.items() if item is not None and item.allocated}
