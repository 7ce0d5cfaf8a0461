"""The people: locations that pick and pack, carriers that drive, customers who change their minds.

They read the feed like every other reader: a fact comes in, commands go out, each with its own time
and with a key made of the fact. So whoever reads the same feed again asks for the same things
again, and gets the answers that were recorded: nothing happens twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zlib import crc32

import attrs

from _geography import next_moment
from omcore import orders as om
from omcore.engine import RouteOrder
from omcore.kernel import Command, Location, Network
from omcore.kernel.runs import count
from omcore.orders import events as ev
from omcore.ports import FeedEntry

OPENS = "08:00"
SAME_DAY_KM = 80
KM_A_DAY = 800


@attrs.frozen
class GivenBack:
    """A customer brings units of a SKU back: to which location, how long after he got them."""

    sku: str
    quantity: int
    location: str
    after: timedelta
    condition: str = "sellable"


@attrs.frozen
class Surprises:
    """What nobody planned. ``missing``: units of a SKU that are not on the shelf of a location
    although the books say so. ``returns``: what comes back, by order number."""

    missing: Mapping[tuple[str, str], int] = attrs.field(factory=dict)
    returns: Mapping[str, GivenBack] = attrs.field(factory=dict)


class People:
    """Says what is done about each fact, and when."""

    def __init__(self, network: Network, surprises: Surprises) -> None:
        self._network = network
        self._missing = dict(surprises.missing)
        self._returns = dict(surprises.returns)
        self._orders: dict[str, ev.OrderPlaced] = {}

    def answer(self, entry: FeedEntry) -> Iterator[Command]:
        """The commands that a committed fact leads to."""
        kind, _, order_id = entry.stream.partition("/")
        event = entry.event
        if kind != "order":
            return
        if type(event) is ev.OrderPlaced:
            self._orders[order_id] = event
        elif type(event) is ev.OrderStatusChanged:
            if event.target == "validated" and event.event in ("validate", "release"):
                at = entry.at + timedelta(minutes=1)
                yield RouteOrder(order_id, key=f"route/{order_id}/{entry.version}", at=at, by="router")
        elif type(event) is ev.FulfillmentRequested:
            yield from self._pick_and_pack(order_id, event)
        elif type(event) is ev.UnitsShipped and self._orders[order_id].pickup_at is None:
            yield self._drive(order_id, event)
        elif type(event) is ev.ChannelShipped:
            yield _arrive(order_id, event.shipment_id, event.at + timedelta(days=1), "channel")
        elif type(event) in (ev.UnitsDelivered, ev.GoodsTaken):
            yield from self._bring_back(order_id, event)

    def _pick_and_pack(self, order_id: str, event: ev.FulfillmentRequested) -> Iterator[Command]:
        """Accept, pick, pack, ship: from when the location gets to it."""
        work, place = event.fulfillment_id, self._network[event.location]
        begin = started(place, event.at)

        def step(name: str, minutes: int) -> Command:
            at = begin + timedelta(minutes=minutes)
            return om.AdvanceFulfillment(order_id, work, name, key=f"{work}/{name}", at=at, by=place.id)

        yield step("accept", 2)
        yield step("pick", 10)
        short = self._not_found(order_id, event)
        if short:
            at = begin + timedelta(minutes=18)
            yield om.ReportShortPick(order_id, work, short, key=f"{work}/short", at=at, by=place.id)
        yield step("pack", 25)
        if self._orders[order_id].pickup_at is not None:
            yield step("ready", 30)
            at = begin + timedelta(hours=3)
            yield om.CollectUnits(order_id, work, key=f"{work}/collect", at=at, by="customer")
            return
        at = begin + timedelta(minutes=45)
        tracking = ("UPS", f"1Z{crc32(work.encode()):010}")
        yield om.ShipUnits(order_id, work, tracking=tracking, key=f"{work}/ship", at=at, by=place.id)

    def _not_found(self, order_id: str, event: ev.FulfillmentRequested) -> tuple[tuple[str, int], ...]:
        """Lines of which the shelf holds less than the books say, and by how many units."""
        skus = {line.id: line.sku for line in self._orders[order_id].lines}
        short = []
        for line_id, runs in event.items:
            missing = min(count(runs), self._missing.get((event.location, skus[line_id]), 0))
            if missing:
                self._missing[event.location, skus[line_id]] -= missing
                short.append((line_id, missing))
        return tuple(short)

    def _drive(self, order_id: str, event: ev.UnitsShipped) -> Command:
        """A day for every 800 km, a few hours within a city."""
        destination = self._orders[order_id].destination
        origin = self._network[event.location].point
        point = None if destination is None else destination.point
        km = 4_000.0 if point is None or origin is None else origin.distance_km(point)
        time = timedelta(hours=4) if km <= SAME_DAY_KM else timedelta(days=1 + km // KM_A_DAY)
        return _arrive(order_id, event.shipment_id, event.at + time, "carrier")

    def _bring_back(self, order_id: str, event: ev.UnitsDelivered | ev.GoodsTaken) -> Iterator[Command]:
        """The customer gets an RMA and brings it into a store half an hour later."""
        placed = self._orders[order_id]
        back = self._returns.get(placed.number)
        line = next((line for line in placed.lines if back is not None and line.sku == back.sku), None)
        if back is None or line is None or line.id not in dict(event.items):
            return
        del self._returns[placed.number]
        rma, at = f"RMA-{order_id}", event.at + back.after
        items = ((line.id, back.quantity),)
        yield om.AuthorizeReturn(order_id, rma, items, key=f"{rma}/authorize", at=at, by="service desk")
        yield om.ReceiveReturn(
            order_id,
            rma,
            back.location,
            condition=back.condition,
            key=f"{rma}/receive",
            at=at + timedelta(minutes=30),
            by=back.location,
        )


def started(location: Location, asked: datetime) -> datetime:
    """When a location gets to work: at once before its cut-off, else when it opens."""
    cut_off = next_moment(asked, location.cut_off, location.zone)
    opens = next_moment(asked, OPENS, location.zone)
    return asked if cut_off < opens else opens


def _arrive(order_id: str, shipment_id: str, at: datetime, by: str) -> Command:
    return om.RecordDelivery(order_id, shipment_id, key=f"{shipment_id}/deliver", at=at, by=by)
