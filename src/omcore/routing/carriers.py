"""The cost of carriers: from each location the cheapest service that arrives in time.

Decides which services may take an order from a location - those of the level that was asked for, that go
there, arrive by the promised day and take all of its goods - and prices its parcels by them: each takes
the cheapest. A location that no service is left for is ruled out, with the first reason. Must not know
stock, or which location is chosen.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date
from typing import Any, NamedTuple

from omcore.kernel import (
    InvalidNumber,
    InvalidType,
    Location,
    Network,
    NoWorkingDay,
    Place,
    UnknownId,
    checked_flag,
    checked_id,
    checked_limit,
    checked_unique,
)
from omcore.routing._departures import Departures, Epoch
from omcore.routing.constraints import (
    CLOSED,
    HAZARD,
    NO_SERVICE,
    NOT_SERVED,
    NOT_TOGETHER,
    TOO_LARGE,
    TOO_LATE,
    LineRule,
    PlaceRule,
)
from omcore.routing.demand import Demand, DemandLine
from omcore.routing.plan import RoutingPlan, checked_shape
from omcore.routing.rates import DemandCosts, LocationCosts, Rates
from omcore.shipping import Arrival, Service, ShipBy, Tariff
from omcore.shipping.arriving import day_there, kilometers
from omcore.shipping.tariffs import MICRO, Brackets, PriceList, price

MAX_SERVICES = 100
# Price lists that are kept; when there are more, it starts anew.
_KEPT_LISTS = 4_096
# What a service may refuse of a unit: its class, weight and size.
Goods = tuple[str, int, tuple[int, int, int]]


class Option(NamedTuple):
    """A service that may take an order from a location: when it leaves, when it arrives, what it charges."""

    service: Service
    leaves: ShipBy
    earliest: date
    latest: date
    prices: PriceList
    per_unit: int


class Choice(NamedTuple):
    """The services that may take an order from a location, or the code of why none may.

    ``able`` are those in time, ``options`` the ones of them that take all that any of them takes.
    """

    code: str
    able: tuple[Service, ...] = ()
    options: tuple[Option, ...] = ()


class CarrierRates:
    """What the carriers' services cost, as a cost model for ``CostStrategy``.

    ``services`` are services with their tariffs, in the order that ties go by. ``levels`` says which of them
    an order may take by the level that it asks for (``Demand.service``); without it, any order may take
    any. ``handling`` is what the merchant's own work costs beside: per shipment, unit and kilogram.

    A service is *in time* if it arrives on the promised day at the latest (``Demand.deliver_by``), counted
    from when a location can hand over what is released now; without a promise every day is. With ``late``,
    a location from which none is in time takes those that arrive soonest. A service takes an order's units
    from a location all or none, but for goods that none of them takes. Services that one level may take
    have to charge alike per unit.

    Errors: ``InvalidType``, ``DuplicateId``, ``LimitExceeded``, ``InvalidNumber``; ``UnknownId`` for a
    level that names no service.
    """

    def __init__(
        self,
        services: tuple[tuple[Service, Tariff], ...],
        *,
        levels: Mapping[str, tuple[str, ...]] | None = None,
        handling: Rates | None = None,
        late: bool = False,
    ) -> None:
        _check_services(services)
        self._services = tuple([service for service, _ in services])
        self._tariffs = {service.name: tariff for service, tariff in services}
        self._currency = services[0][1].currency
        self._levels = _levels(levels, self._services)
        for path, names in (self._levels or {"services": self._services}).items():
            if len({self._tariffs[service.name].per_unit for service in names}) > 1:
                raise InvalidNumber(path, reason="services of one level charge differently per unit")
        self._handling = Rates.of(self._currency) if handling is None else handling
        if type(self._handling) is not Rates or self._handling.zones:
            raise InvalidType("handling", expected="Rates without zones")
        if self._handling.currency != self._currency:
            raise InvalidType("handling", expected=f"Rates in {self._currency}")
        self._made_of = services, levels
        self._soonest: CarrierRates | None = None
        self.late = checked_flag(late, "late")
        self._departures = Departures(self._services)
        self._lists: dict[tuple[str, int, int], PriceList] = {}
        self._envelopes: dict[tuple[int, ...], tuple[list[PriceList], list[PriceList]]] = {}

    @property
    def measure(self) -> str:
        """The currency."""
        return self._currency

    @property
    def scale(self) -> int:
        """Millionths of a minor unit."""
        return MICRO

    @property
    def handling(self) -> Rates:
        """What the merchant's own work costs."""
        return self._handling

    def costs(self, location: Location, meters: int | None, rank: int) -> LocationCosts:
        """The merchant's own work: all that is known of an order that nobody carries. See ``for_demand``."""
        return self._handling.costs(location, meters, rank)

    def demand_key(self, demand: Demand, network: Network) -> Hashable:
        """See ``for_demand``."""
        _check_demand(demand)
        if demand.pickup_at is not None:
            return None
        goods = self._odd_goods(demand, self.level(demand.service))
        zone = "" if demand.destination is None else demand.destination.zone
        return demand.service, demand.deliver_by, goods, zone, self._departures.at(network, demand.at).start

    def for_demand(self, demand: Demand, network: Network) -> DemandCosts:
        """Prices and rules for demands of the same level, promise and goods, until the next van leaves."""
        _check_demand(demand)
        if demand.pickup_at is not None:
            return DemandCosts(self)
        services = self.level(demand.service)
        goods = self._odd_goods(demand, services)
        carried = Carried(self, services, demand, goods, self._departures.at(network, demand.at))
        return DemandCosts(carried, carried.place_rules, carried.line_rules, carried.carried)

    def level(self, name: str) -> tuple[Service, ...]:
        """The services that an order may take that asks for a level."""
        if self._levels is None:
            return self._services
        return self._levels.get(name, ()) if type(name) is str else ()

    def tariff(self, service: str) -> Tariff:
        """What a service charges; ``UnknownId`` where there is none of that name."""
        found = self._tariffs.get(service) if type(service) is str else None
        if found is None:
            raise UnknownId("service", kind="service", id=service if type(service) is str else None)
        return found

    def price_list(self, service: Service, km: float | None, place: Place | None) -> PriceList:
        """The prices of a service's parcels; kept, as most places share it with others."""
        tariff = self._tariffs[service.name]
        # The tariff keeps its lists alive, so an id that is found here is not another one's.
        key = (service.name, id(tariff.listed(km, place)), tariff.surcharge(place))
        found = self._lists.get(key)
        if found is None:
            if len(self._lists) >= _KEPT_LISTS:
                self._lists, self._envelopes = {}, {}
            limit = service.limits.weight_g
            found = PriceList(tariff.brackets(km, place, limit), tariff.divisor, limit)
            self._lists[key] = found
        return found

    def envelope_of(self, lists: list[PriceList]) -> list[PriceList]:
        """As ``envelope``, of lists that ``price_list`` gave."""
        key = tuple([id(entry) for entry in lists])
        found = self._envelopes.get(key)
        if found is None:
            # With the lists, so that they live as long as their ids are looked up by.
            found = self._envelopes[key] = (lists, envelope(lists))
        return found[1]

    def soonest(self) -> CarrierRates:
        """The same with ``late``."""
        if self.late:
            return self
        if self._soonest is None:
            services, levels = self._made_of
            self._soonest = CarrierRates(services, levels=levels, handling=self._handling, late=True)
        return self._soonest

    def _odd_goods(self, demand: Demand, services: tuple[Service, ...]) -> frozenset[Goods]:
        """What some service may refuse; most orders have none, and share what was worked out."""
        limited = any(service.limits != _NO_LIMITS for service in services)
        found = []
        for line in demand.lines:
            if line.hazard or limited:
                goods = goods_of(line)
                if not all(takes(service, goods) for service in services):
                    found.append(goods)
        return frozenset(found)


class Carried:
    """The carriers for one kind of demand: a cost model, and the rules that go with it."""

    def __init__(
        self,
        rates: CarrierRates,
        services: tuple[Service, ...],
        demand: Demand,
        goods: frozenset[Goods],
        epoch: Epoch,
    ) -> None:
        self._rates = rates
        self._services = services
        self._place = demand.destination
        # To a place that nobody knows goes what goes everywhere.
        self._serving = frozenset(
            [
                service.name
                for service in services
                if (not service.areas if self._place is None else service.serves(self._place))
            ]
        )
        self._deliver_by = demand.deliver_by
        self._goods = goods
        self._epoch = epoch
        self._choices: dict[str, Choice] = {}
        self._windows: dict[tuple[str, date, tuple[int, int]], tuple[date, date] | None] = {}
        self.measure = rates.measure
        self.scale = MICRO

    @property
    def place_rules(self) -> tuple[PlaceRule, ...]:
        """Why a location may be ruled out; it has one reason at most."""

        def without(code: str) -> PlaceRule:
            return PlaceRule(code, lambda location, destination, pickup: self.choice(location).code != code)

        return tuple([without(code) for code in _PLACE_CODES])

    @property
    def line_rules(self) -> tuple[LineRule, ...]:
        """Goods that no service takes that is in time from a location."""
        if not self._goods:
            return ()

        def odd(line: DemandLine) -> bool:
            return goods_of(line) in self._goods

        def is_taken(location: Location, line: DemandLine) -> bool:
            hazard = (line.hazard, 0, (0, 0, 0))
            return any(takes(service, hazard) for service in self.choice(location).able)

        def fits(location: Location, line: DemandLine) -> bool:
            return any(takes(service, goods_of(line)) for service in self.choice(location).able)

        return (LineRule(HAZARD, is_taken, odd), LineRule(TOO_LARGE, fits, odd))

    def costs(self, location: Location, meters: int | None, rank: int) -> LocationCosts:
        """See ``CostModel.costs``. How far it is, the carriers say by their own bands."""
        own = self._rates.handling.costs(location, meters, rank)
        options = self.choice(location).options
        if not options:
            return own
        first, *further = self._rates.envelope_of([option.prices for option in options])
        per_unit = own.per_unit + options[0].per_unit
        return LocationCosts(own.fixed, per_unit, own.per_kg, *first, tuple(further))

    def choice(self, location: Location) -> Choice:
        """The services that may take it from a location."""
        found = self._choices.get(location.id)
        if found is None:
            found = self._choices[location.id] = self._chosen(location)
        return found

    def carried(self, location_id: str, grams: int, cubic_mm: int) -> tuple[str, date | None]:
        """The cheapest service for a parcel, the first of equals, and when it arrives at the latest."""
        option = self.cheapest(location_id, grams, cubic_mm)
        return ("", None) if option is None else (option.service.name, option.latest)

    def cheapest(self, location_id: str, grams: int, cubic_mm: int) -> Option | None:
        """The option by which a parcel costs least."""
        location = self._epoch.network.by_id.get(location_id)
        options = () if location is None else self.choice(location).options
        return min(options, key=lambda option: option.prices.price(grams, cubic_mm), default=None)

    def _chosen(self, location: Location) -> Choice:
        place = self._place
        here = [entry for entry in self._services if not entry.locations or location.id in entry.locations]
        if not here:
            return Choice(NO_SERVICE)
        there = [entry for entry in here if entry.name in self._serving]
        if not there:
            return Choice(NOT_SERVED)
        km = None if place is None else kilometers(location, place)
        options = []
        for service in there:
            leaves = self._epoch.leaves(location, service)
            if leaves is None:
                continue
            day = leaves.on if place is None else day_there(leaves.on, location, place)
            window = self._window(service, day, km)
            if window is not None:
                prices = self._rates.price_list(service, km, place)
                per_unit = self._rates.tariff(service.name).per_unit
                options.append(Option(service, leaves, *window, prices, per_unit))
        if not options:
            return Choice(CLOSED)
        if self._deliver_by is not None:
            until = self._deliver_by
            if self._rates.late:
                until = max(until, min(option.latest for option in options))
            options = [option for option in options if option.latest <= until]
            if not options:
                return Choice(TOO_LATE)
        able = tuple([option.service for option in options])
        # What none of them takes stays, and must not keep the rest from leaving.
        taken = [goods for goods in self._goods if any(takes(service, goods) for service in able)]
        whole = [option for option in options if all(takes(option.service, goods) for goods in taken)]
        return Choice("" if whole else NOT_TOGETHER, able, tuple(whole))

    def _window(self, service: Service, day: date, km: float | None) -> tuple[date, date] | None:
        """As ``Service.arrives``; None where it does not. Many locations are as far in days as others."""
        key = (service.name, day, service.travels(km, self._place))
        if key not in self._windows:
            try:
                self._windows[key] = service.arrives(day, km, self._place)
            except NoWorkingDay:
                self._windows[key] = None
        return self._windows[key]


_PLACE_CODES = (NO_SERVICE, NOT_SERVED, CLOSED, TOO_LATE, NOT_TOGETHER)
_NO_LIMITS = Service("any", ((None, 0),)).limits


def goods_of(line: DemandLine) -> Goods:
    """What a service looks at. What is sold by weight or length has no size of a unit."""
    if line.per != 1:
        return line.hazard, 0, (0, 0, 0)
    return line.hazard, line.unit_weight_g, line.size_mm


def takes(service: Service, goods: Goods) -> bool:
    """Whether a service takes a parcel with one unit of it."""
    hazard, weight_g, size_mm = goods
    return service.takes(hazard) and service.limits.allow(weight_g, size_mm)


def envelope(lists: list[PriceList]) -> list[PriceList]:
    """As few lists as price each parcel alike: those of one divisor, limit and end are one list.

    It has every bracket's end of theirs, and the least price of them up to there.
    """
    groups: dict[tuple[int, int, int], list[Brackets]] = {}
    for brackets, divisor, limit in lists:
        groups.setdefault((divisor, limit, brackets[-1][0]), []).append(brackets)
    found = []
    for (divisor, limit, _), alike in groups.items():
        merged: list[tuple[int, int]] = []
        for end in sorted({up_to for brackets in alike for up_to, _ in brackets}):
            cost = min(price(brackets, end) for brackets in alike)
            if merged and merged[-1][1] == cost:
                merged.pop()
            merged.append((end, cost))
        found.append(PriceList(tuple(merged), divisor, limit))
    return found


def arrivals(plan: RoutingPlan, demand: Demand, network: Network, rates: CarrierRates) -> tuple[Arrival, ...]:
    """When what a plan ships arrives: one for each location and service, in the order of the plan.

    By the service of each parcel where the plan names it; else by the cheapest one for all that a location
    ships, or the soonest where none is in time. () for a pickup. A location from which no service goes
    there is left out. Errors: ``InputError``.
    """
    checked_shape(plan)
    _check_demand(demand)
    if type(rates) is not CarrierRates:
        raise InvalidType("rates", expected="CarrierRates")
    if demand.pickup_at is not None:
        return ()
    told = rates.soonest().for_demand(demand, network).costs
    if type(told) is not Carried:
        return ()
    lines = {line.line_id: line for line in demand.lines}
    found = []
    for location_id in plan.locations:
        location = network.by_id.get(location_id)
        if location is None:
            continue
        options = {option.service.name: option for option in told.choice(location).options}
        named = {p.service: None for p in plan.parcels if p.location == location_id and p.service in options}
        if not named and options:
            moved = [a for a in plan.assignments if a.location == location_id and a.line_id in lines]
            grams = sum(a.quantity * lines[a.line_id].unit_weight_g // lines[a.line_id].per for a in moved)
            cheapest = told.cheapest(location_id, grams, 0)
            named = {} if cheapest is None else {cheapest.service.name: None}
        for name in named:
            option = options[name]
            found.append(Arrival(location_id, name, option.leaves, option.earliest, option.latest))
    return tuple(found)


def _check_demand(demand: object) -> None:
    if type(demand) is not Demand:
        raise InvalidType("demand", expected="Demand")


def _check_services(services: Any) -> None:
    expected = "tuple of (Service, Tariff), at least one"
    if type(services) is not tuple or not services:
        raise InvalidType("services", expected=expected)
    checked_limit(len(services), MAX_SERVICES, "services", "services")
    for i, entry in enumerate(services):
        if type(entry) is not tuple or len(entry) != 2:
            raise InvalidType(f"services[{i}]", expected="(Service, Tariff)")
        if type(entry[0]) is not Service or type(entry[1]) is not Tariff:
            raise InvalidType(f"services[{i}]", expected="(Service, Tariff)")
        if entry[1].currency != services[0][1].currency:
            raise InvalidType(f"services[{i}]", expected=f"a tariff in {services[0][1].currency}")
    checked_unique([service.name for service, _ in services], "services")


def _levels(levels: Any, services: tuple[Service, ...]) -> dict[str, tuple[Service, ...]] | None:
    if levels is None:
        return None
    if type(levels) is not dict:
        raise InvalidType("levels", expected="dict from level to names of services")
    by_name = {service.name: service for service in services}
    found = {}
    for level, names in levels.items():
        checked_id(level, "levels")
        if type(names) is not tuple or not names:
            raise InvalidType("levels", expected="names of services, at least one")
        for name in names:
            if type(name) is not str or name not in by_name:
                raise UnknownId("levels", kind="service", id=name if type(name) is str else None)
        # In the order of the services, whatever order they are named in.
        found[level] = tuple([service for service in services if service.name in names])
    return found


__all__ = [
    "MAX_SERVICES",
    "Carried",
    "CarrierRates",
    "Choice",
    "Option",
    "arrivals",
    "envelope",
]
