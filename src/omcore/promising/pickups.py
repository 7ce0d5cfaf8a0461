"""Pickup: from when an order can be fetched at each store.

Decides it from the store's work and its opening hours: the first moment at which the store is open once the
order has been made ready. A customer who comes sooner stands before a closed door, or an empty counter. What
a store does not have is not offered there: it is never sent for without being asked (R3). Must not know
orders.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import attrs

from omcore.kernel import (
    PICKUP,
    InvalidType,
    Location,
    Money,
    Network,
    Refusal,
    UnknownId,
    checked_limit,
    format_instant,
    record,
    time_zone,
)
from omcore.promising.holding import changes_after, holds_until
from omcore.promising.later import Supply
from omcore.promising.offers import (
    NOTHING_TO_SHIP,
    JsonValue,
    NoOffer,
    Plans,
    cost_of,
    missing_of,
    money_json,
    plans_for,
)
from omcore.routing import Availability, Demand, RoutingPlan, RoutingStrategy
from omcore.routing.constraints import NO_STOCK
from omcore.shipping import collectable, ship_by

MAX_STORES = 1_000
_KM = 1_000


@record
class PickupOffer:
    """A store at which all of an order can be fetched from ``ready`` on, an instant; ``zone`` is the store's.

    ``order_by``: until then - not at it - an order is ready as early. ``supply`` is when what the store lacks
    comes, None where it has all. ``meters`` is how far it is from the destination, where that is known.
    """

    location: str
    zone: str
    ready: datetime
    order_by: datetime | None
    cost: Money | None
    supply: datetime | None
    meters: int | None
    plans: tuple[tuple[RoutingPlan, datetime | None], ...] = attrs.field(repr=False)

    @property
    def day(self) -> date:
        """The day from which on it can be fetched, on the store's calendar."""
        return self.ready.astimezone(time_zone(self.zone)).date()

    def as_json(self) -> dict[str, JsonValue]:
        """Plain values under stable names."""
        return {
            "location": self.location,
            "zone": self.zone,
            "ready": format_instant(self.ready),
            "day": self.day.isoformat(),
            "order_by": None if self.order_by is None else format_instant(self.order_by),
            "cost": money_json(self.cost),
            "supply": None if self.supply is None else format_instant(self.supply),
            "meters": self.meters,
        }


@record
class Pickups:
    """The answer for all stores, as of ``at``: the first to be ready first, of these the nearest, then by id;
    and the stores at which it can not be fetched, where ``NoOffer.level`` is the store."""

    at: datetime
    offers: tuple[PickupOffer, ...]
    refused: tuple[NoOffer, ...]

    def as_json(self) -> dict[str, JsonValue]:
        """Plain values under stable names."""
        return {
            "at": format_instant(self.at),
            "offers": [offer.as_json() for offer in self.offers],
            "refused": [
                {"location": refused.level, "code": refused.code, "lines": _lines(refused)}
                for refused in self.refused
            ],
        }

    def explain(self) -> str:
        """The stores as text, a line for each."""
        # Words stand apart from what they are about.
        from omcore.promising._text import told_of_pickups

        return told_of_pickups(self)


def _lines(refused: NoOffer) -> list[JsonValue]:
    return [[line_id, units] for line_id, units in refused.lines]


def pickups(
    demand: Demand,
    network: Network,
    availability: Availability,
    strategy: RoutingStrategy,
    *,
    stores: tuple[str, ...] | None = None,
    supply: Supply | None = None,
) -> Pickups:
    """From when the order can be fetched at each of ``stores``; None is all that have a counter.

    A plan is made for each, locked to it. Errors: ``InputError``; ``UnknownId`` for a store there is not.
    """
    if type(demand) is not Demand:
        raise InvalidType("demand", expected="Demand")

    def planned(asked: Demand) -> Plans:
        return plans_for(asked, network, availability, strategy, supply)

    return pickups_by(demand, stores_of(network, stores), planned)


def stores_of(network: Network, stores: tuple[str, ...] | None) -> tuple[Location, ...]:
    """The locations that are asked about."""
    if type(network) is not Network:
        raise InvalidType("network", expected="Network")
    if stores is None:
        return tuple([entry for entry in network if entry.active and PICKUP in entry.capabilities])
    if type(stores) is not tuple:
        raise InvalidType("stores", expected="tuple of location ids, or None")
    checked_limit(len(stores), MAX_STORES, "stores", "stores")
    for i, store in enumerate(stores):
        if store not in network:
            raise UnknownId(f"stores[{i}]", kind="location", id=store if type(store) is str else "?")
    return tuple([network[store] for store in dict.fromkeys(stores)])


def pickups_by(demand: Demand, stores: tuple[Location, ...], planned: Callable[[Demand], Plans]) -> Pickups:
    """As ``pickups``, by whatever plans a demand that is locked to a store."""
    found: list[tuple[tuple[datetime, bool, int, str], PickupOffer]] = []
    refused = []
    for store in stores:
        asked = attrs.evolve(demand, pickup_at=store.id)
        answer = _at(store, asked, planned(asked))
        if isinstance(answer, NoOffer):
            refused.append(answer)
        else:
            meters = answer.meters
            found.append(((answer.ready, meters is None, meters or 0, store.id), answer))
    found.sort(key=lambda entry: entry[0])
    return Pickups(demand.at, tuple([offer for _, offer in found]), tuple(refused))


def _at(store: Location, demand: Demand, plans: Plans) -> PickupOffer | NoOffer:
    if not plans or not demand.lines:
        return NoOffer(store.id, NOTHING_TO_SHIP)
    if missing := missing_of(demand, plans):
        return NoOffer(store.id, _why(store, plans[0][0]), tuple(missing.items()))
    supply = max((moment for _, moment in plans if moment is not None), default=None)
    begins = demand.at if supply is None else max(demand.at, supply)
    try:
        ready = ready_from(store, begins)
    except Refusal as refusal:
        return NoOffer(store.id, refusal.code)

    def ask(moment: datetime) -> datetime | None:
        try:
            return ready_from(store, moment)
        except Refusal:
            return None

    until = holds_until([changes_after(store, (), begins)], ready, ask)
    place = demand.destination
    meters = None
    if place is not None and place.point is not None and store.point is not None:
        meters = round(store.point.distance_km(place.point) * _KM)
    return PickupOffer(store.id, store.zone, ready, until, cost_of(plans), supply, meters, tuple(plans))


def _why(store: Location, plan: RoutingPlan) -> str:
    """What the plan says of the store itself (R2): that others are not the one is no news."""
    verdicts = (verdict.code for verdict in plan.explanation.verdicts() if verdict.location == store.id)
    return next((code for code in verdicts if code), NO_STOCK)


def ready_from(store: Location, released: datetime) -> datetime:
    """From when an order that is released then can be fetched: the store is open, and its work is done.

    Work is done by the end of the day on which ``ship_by`` says that it would leave, so that what is made
    ready today is fetched from the next opening on. Errors: ``InputError``; ``NoWorkingDay``.
    """
    return collectable(store, ship_by(store, released).by)


__all__ = ["PickupOffer", "Pickups", "pickups", "pickups_by", "ready_from", "stores_of"]
