"""Offers: what a customer can be told before an order is placed.

Decides, for each level of service, by when an order would arrive and until when that holds, from where it
would ship, in how many parcels and at what cost to the merchant - or the first reason why not. The plan is
that of the live routing strategy, and what ships later is planned like a live order's promise: an offer is a
dry run (R4). What the customer pays for carriage is the merchant's to say: ``quote``. Must not know orders.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

import attrs

from omcore.kernel import (
    Catalog,
    InvalidType,
    Money,
    Network,
    Refusal,
    UnknownId,
    checked_instant,
    format_instant,
    record,
    round_ratio,
)
from omcore.kernel.money import CURRENCIES
from omcore.promising.holding import changes_after, holds_until
from omcore.promising.later import By, Supply, drawn, plan_later
from omcore.promising.levels import ServiceLevel, arrival_with, checked_levels
from omcore.routing import Availability, Demand, DemandLine, RoutingPlan, RoutingStrategy
from omcore.routing.constraints import BACKORDERED, NO_STOCK

# Why a level is not offered, besides the reasons of routing and the refusals of services.
NO_DESTINATION = "no_destination"
NOTHING_TO_SHIP = "nothing_to_ship"
TOO_LATE = "too_late"

# A plan and from when on it can be carried out: None is at once.
Plans = tuple[tuple[RoutingPlan, datetime | None], ...]
Days = tuple[date, date]
JsonValue = str | int | bool | None | list["JsonValue"] | dict[str, "JsonValue"]


@record
class OfferedPart:
    """What one location ships together: ``lines`` are (line id, units), in ``parcels`` parcels.

    ``ready`` is when supply that is expected is there; None where all of it is on the shelf. It leaves on
    ``ship_on``, a day of the location's calendar, by the instant ``ship_by``; ``zone`` is the location's.
    """

    location: str
    zone: str
    service: str
    lines: tuple[tuple[str, int], ...]
    parcels: int
    ready: datetime | None
    ship_on: date
    ship_by: datetime
    earliest: date
    latest: date


@record
class Offer:
    """A level of service that can be kept: all of the order arrives between two days, both in (C2).

    The days are the customer's. ``order_by``: until then - not at it - an order has the same days; None where
    that is beyond all calendars. ``cost`` is the merchant's, None where the strategy does not count money;
    ``price`` what ``quote`` said. ``plans`` are the plans behind it, each with when it can be carried out.
    """

    level: str
    earliest: date
    latest: date
    order_by: datetime | None
    cost: Money | None
    parts: tuple[OfferedPart, ...]
    plans: tuple[tuple[RoutingPlan, datetime | None], ...] = attrs.field(repr=False)
    price: Money | None = None

    @property
    def parcels(self) -> int:
        """Parcels of all parts."""
        return sum(part.parcels for part in self.parts)

    @property
    def by_line(self) -> Mapping[str, Days]:
        """By line, the days between which all of it arrives."""
        found: dict[str, Days] = {}
        for part in self.parts:
            for line_id, _ in part.lines:
                first, last = found.get(line_id, (part.earliest, part.latest))
                found[line_id] = max(first, part.earliest), max(last, part.latest)
        return found

    def as_json(self) -> dict[str, JsonValue]:
        """Plain values under stable names: days as ``YYYY-MM-DD``, instants in UTC, money in minor units."""
        return {
            "level": self.level,
            "earliest": self.earliest.isoformat(),
            "latest": self.latest.isoformat(),
            "order_by": None if self.order_by is None else format_instant(self.order_by),
            "cost": money_json(self.cost),
            "price": money_json(self.price),
            "parcels": self.parcels,
            "parts": [_part(part) for part in self.parts],
        }


@record
class NoOffer:
    """A level that is not offered, and why.

    ``code`` is a reason of routing, the code of a service's refusal, or ``no_destination``,
    ``nothing_to_ship`` or ``too_late`` (for the demand's ``deliver_by``); ``lines`` are (line id, units) that
    it is about, () where it is about all.
    """

    level: str
    code: str
    lines: tuple[tuple[str, int], ...] = ()

    def as_json(self) -> dict[str, JsonValue]:
        """Plain values under stable names."""
        return {
            "level": self.level,
            "code": self.code,
            "lines": [[line, units] for line, units in self.lines],
        }


@record
class Offers:
    """The answer for all levels, as of ``at``: offers, the first to arrive first and of these the cheapest;
    and the levels that are not offered, in the order in which they were given."""

    at: datetime
    offers: tuple[Offer, ...]
    refused: tuple[NoOffer, ...]

    def level(self, name: str) -> Offer | NoOffer | None:
        """The answer for a level; None where it was not asked for."""
        answers: list[Offer | NoOffer] = [*self.offers, *self.refused]
        return next((entry for entry in answers if entry.level == name), None)

    def as_json(self) -> dict[str, JsonValue]:
        """Plain values under stable names."""
        return {
            "at": format_instant(self.at),
            "offers": [offer.as_json() for offer in self.offers],
            "refused": [refused.as_json() for refused in self.refused],
        }

    def explain(self) -> str:
        """The offers as text, a line for each and for each part of it."""
        # Words stand apart from what they are about.
        from omcore.promising._text import told

        return told(self)


Quote = Callable[[Offer], Money]


def offers(
    demand: Demand,
    network: Network,
    availability: Availability,
    strategy: RoutingStrategy,
    levels: tuple[ServiceLevel, ...],
    *,
    supply: Supply | None = None,
    quote: Quote | None = None,
) -> Offers:
    """What can be offered of each level as of ``demand.at``; a plan is made for each, with it as service.

    ``supply``: what is expected, for units that nobody has now. Errors: ``InputError`` for arguments of other
    types, or where strategy, availability, supply or quote answer with something else than they should.
    """
    _check(demand, network)
    if not callable(getattr(type(strategy), "plan", None)):
        raise InvalidType("strategy", expected="a RoutingStrategy")
    found = []
    for level in checked_levels(levels):
        asked = attrs.evolve(demand, service=level.name)
        plans = plans_for(asked, network, availability, strategy, supply)
        found.append(offer_of(level, asked, network, plans, quote))
    return sorted_offers(demand.at, found)


def plans_for(
    demand: Demand,
    network: Network,
    availability: Availability,
    strategy: RoutingStrategy,
    supply: Supply | None,
) -> Plans:
    """What ships now, and what ships later out of supply that is expected."""
    if not demand.lines:
        return ()
    plan = strategy.plan(demand, network, availability)
    if type(plan) is not RoutingPlan:
        raise InvalidType("strategy", expected="a RoutingStrategy that gives a RoutingPlan")
    left: dict[str, int] = {}
    for rest in plan.remainder:
        left[rest.line_id] = left.get(rest.line_id, 0) + rest.quantity
    if not left or supply is None:
        return ((plan, None),)
    expected = supply
    skus = {sku for line in demand.lines if line.line_id in left for sku, _ in parts_of(line)}
    later = plan_later(
        demand,
        left,
        drawn(demand, plan),
        tuple(expected.supply_dates(frozenset(skus), demand.at)),
        lambda asked, moment, taken: strategy.plan(asked, network, By(expected, moment, taken)),
    )
    return ((plan, None), *[(each, moment) for moment, each in later])


def parts_of(line: DemandLine) -> tuple[tuple[str, int], ...]:
    """What a unit of a line takes from stock."""
    return line.components or Catalog().components(line.sku)


def sorted_offers(at: datetime, found: Sequence[Offer | NoOffer]) -> Offers:
    """The answers for all levels, in order."""
    kept = [entry for entry in found if isinstance(entry, Offer)]
    refused = [entry for entry in found if isinstance(entry, NoOffer)]
    return Offers(at, tuple(sorted(kept, key=_rank)), tuple(refused))


def _rank(offer: Offer) -> tuple[date, date, bool, int]:
    cost = offer.cost
    return (offer.latest, offer.earliest, cost is None, 0 if cost is None else cost.minor)


def offer_of(
    level: ServiceLevel, demand: Demand, network: Network, plans: Plans, quote: Quote | None = None
) -> Offer | NoOffer:
    """The offer that plans of a demand come to: those of now, and what of their remainder ships later.

    Errors: ``InputError`` for arguments of other types; ``UnknownId`` for plans of another demand or network.
    """
    if type(level) is not ServiceLevel:
        raise InvalidType("level", expected="ServiceLevel")
    _check(demand, network)
    _check_plans(plans, demand, network)
    missing = missing_of(demand, plans)
    if not plans or not demand.lines:
        return NoOffer(level.name, NOTHING_TO_SHIP)
    if missing:
        return NoOffer(level.name, _why(plans[0][0], missing), tuple(missing.items()))
    if demand.destination is None:
        return NoOffer(level.name, NO_DESTINATION)
    try:
        parts = _all_parts(level, demand, network, plans, demand.at)
    except Refusal as refusal:
        return NoOffer(level.name, refusal.code)
    earliest, latest = _days(parts)
    if demand.deliver_by is not None and latest > demand.deliver_by:
        return NoOffer(level.name, TOO_LATE, _after(parts, demand.deliver_by))
    until = _holds(level, demand, network, plans, parts, (earliest, latest))
    offer = Offer(level.name, earliest, latest, until, cost_of(plans), parts, plans)
    if quote is None:
        return offer
    price = quote(offer)
    if type(price) is not Money:
        raise InvalidType("quote", expected="a function that gives Money")
    return attrs.evolve(offer, price=price)


def missing_of(demand: Demand, plans: Plans) -> dict[str, int]:
    """By line, the units that no plan places."""
    left = {line.line_id: line.quantity for line in demand.lines}
    for plan, _ in plans:
        for entry in plan.assignments:
            left[entry.line_id] = left.get(entry.line_id, 0) - entry.quantity
    return {line_id: units for line_id, units in left.items() if units > 0}


def _why(plan: RoutingPlan, missing: Mapping[str, int]) -> str:
    """Why the first of the units stays that nothing is found for, now or later."""
    reasons = (rest.reason for rest in plan.remainder if rest.line_id in missing)
    return next((reason for reason in reasons if reason != BACKORDERED), NO_STOCK)


def _all_parts(
    level: ServiceLevel, demand: Demand, network: Network, plans: Plans, now: datetime
) -> tuple[OfferedPart, ...]:
    found = [_parts(level, demand, network, plan, ready, now) for plan, ready in plans]
    return tuple([part for parts in found for part in parts])


def _parts(
    level: ServiceLevel,
    demand: Demand,
    network: Network,
    plan: RoutingPlan,
    ready: datetime | None,
    now: datetime,
) -> list[OfferedPart]:
    """What each location of a plan ships, as of a moment. Refuses as ``arrival_with`` does."""
    place = demand.destination
    assert place is not None  # noqa: S101 - looked at before
    known = {line.line_id: line for line in demand.lines}
    parts = []
    for location_id in plan.locations:
        lines: dict[str, int] = {}
        for entry in plan.assignments:
            if entry.location == location_id:
                lines[entry.line_id] = lines.get(entry.line_id, 0) + entry.quantity
        location = network[location_id]
        hazards = frozenset([known[line_id].hazard for line_id in lines if known[line_id].hazard])
        released = now if ready is None else max(now, ready)
        named = services_of(plan, location_id)
        found = arrival_with(level, location, place, released, hazards, named)
        parts.append(
            OfferedPart(
                location_id,
                location.zone,
                found.service,
                tuple(lines.items()),
                parcels_of(plan, location_id, [(known[line_id], units) for line_id, units in lines.items()]),
                ready,
                found.leaves.on,
                found.leaves.by,
                found.earliest,
                found.latest,
            )
        )
    return parts


def services_of(plan: RoutingPlan, location: str) -> frozenset[str]:
    """The services that a plan gives a location's parcels to; none where its costs do not know carriers."""
    return frozenset([p.service for p in plan.parcels if p.location == location and p.service])


def parcels_of(plan: RoutingPlan, location: str, lines: Sequence[tuple[DemandLine, int]]) -> int:
    """In how many parcels a location ships: as the plan packs it, else one, and one for each unit alone."""
    packed = sum(parcel.count for parcel in plan.parcels if parcel.location == location)
    if packed:
        return packed
    alone = sum(units for line, units in lines if line.ships_alone)
    return alone + any(not line.ships_alone for line, _ in lines)


def _after(parts: Sequence[OfferedPart], day: date) -> tuple[tuple[str, int], ...]:
    """Units by line that may arrive after a day."""
    late: dict[str, int] = {}
    for part in parts:
        for line_id, units in part.lines if part.latest > day else ():
            late[line_id] = late.get(line_id, 0) + units
    return tuple(late.items())


def _days(parts: Sequence[OfferedPart]) -> Days:
    return max(part.earliest for part in parts), max(part.latest for part in parts)


def _holds(
    level: ServiceLevel,
    demand: Demand,
    network: Network,
    plans: Plans,
    parts: Sequence[OfferedPart],
    days: Days,
) -> datetime | None:
    """The first moment at which the same plans arrive on other days, or not any more."""

    def ask(moment: datetime) -> Days | None:
        try:
            return _days(_all_parts(level, demand, network, plans, moment))
        except Refusal:
            return None

    moments = [
        changes_after(
            network[part.location],
            level.services,
            demand.at if part.ready is None else max(demand.at, part.ready),
        )
        for part in parts
    ]
    return holds_until(moments, days, ask)


def cost_of(plans: Plans) -> Money | None:
    """What all plans cost together, rounded once (M1); None where they are not all in one money."""
    measures = {(plan.measure, plan.scale) for plan, _ in plans}
    if len(measures) != 1:
        return None
    ((measure, scale),) = measures
    if measure not in CURRENCIES:
        return None
    return Money(round_ratio(sum(plan.cost for plan, _ in plans), scale), measure)


def _check(demand: object, network: object) -> None:
    if type(demand) is not Demand:
        raise InvalidType("demand", expected="Demand")
    if type(network) is not Network:
        raise InvalidType("network", expected="Network")


def _check_plans(plans: object, demand: Demand, network: Network) -> None:
    expected = "tuple of (RoutingPlan, when it can be carried out or None)"
    if type(plans) is not tuple:
        raise InvalidType("plans", expected=expected)
    known = {line.line_id for line in demand.lines}
    for i, entry in enumerate(plans):
        if type(entry) is not tuple or len(entry) != 2 or type(entry[0]) is not RoutingPlan:
            raise InvalidType(f"plans[{i}]", expected=expected)
        if entry[1] is not None:
            checked_instant(entry[1], f"plans[{i}]")
        for assigned in entry[0].assignments:
            if assigned.line_id not in known:
                raise UnknownId(f"plans[{i}]", kind="line", id=assigned.line_id)
            _ = network[assigned.location]


def money_json(amount: Money | None) -> JsonValue:
    """An amount in minor units, with its currency."""
    return None if amount is None else {"minor": amount.minor, "currency": amount.currency}


def _part(part: OfferedPart) -> JsonValue:
    return {
        "location": part.location,
        "zone": part.zone,
        "service": part.service,
        "lines": [[line, units] for line, units in part.lines],
        "parcels": part.parcels,
        "ready": None if part.ready is None else format_instant(part.ready),
        "ship_on": part.ship_on.isoformat(),
        "ship_by": format_instant(part.ship_by),
        "earliest": part.earliest.isoformat(),
        "latest": part.latest.isoformat(),
    }


__all__ = [
    "NOTHING_TO_SHIP",
    "NO_DESTINATION",
    "TOO_LATE",
    "JsonValue",
    "NoOffer",
    "Offer",
    "OfferedPart",
    "Offers",
    "Plans",
    "Quote",
    "cost_of",
    "missing_of",
    "money_json",
    "offer_of",
    "offers",
    "parcels_of",
    "plans_for",
    "services_of",
    "sorted_offers",
]
