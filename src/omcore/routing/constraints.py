"""Which location may ship which order: an ordered list of small named rules.

Decides who is a candidate. Each rule has a code, and the first rule that says no is the reason
that a plan gives for the location (R2); what is out of stock after all rules is ``no_stock``.
Rules are asked by how much they look at: place rules see the location and the destination and
their answers are remembered, order rules see the whole demand, line rules one line. A location that
is full for today is asked about after the order rules (``capacity``). An embedder
adds his own to ``DEFAULT_RULES``. Must not know costs or stock.
"""

from __future__ import annotations

from collections.abc import Callable

from omcore.kernel import PICKUP, SHIP, InvalidType, Location, Place, checked_id, checked_unique, record
from omcore.routing.demand import Demand, DemandLine

NO_STOCK = "no_stock"
NO_LOCATION = "no_location"
# Of a location: it has had all the orders that it can take today. Of units: they wait for it.
CAPACITY = "capacity"
# Of a location: what it has of an item is no more than the safety stock that stays on its shelf.
SAFETY_STOCK = "safety_stock"
RESERVED_ELSEWHERE = "reserved_elsewhere"
# Of units that stay: they were reserved, and nobody confirmed it in time.
RESERVATION_EXPIRED = "reservation_expired"
BACKORDERED = "backordered"
# Of units that stay: what the last of some ordered rules says becomes of them.
PARK = "park"
CANCEL = "cancel"
BACKORDER = "backorder"
NO_RULE = "no_rule"
SHIP_COMPLETE = "ship_complete"
# Units that stay though somewhere there are some: the order may use no more locations, or what ships with
# them is not where they are.
SPLIT_LIMIT = "split_limit"
SHIP_TOGETHER = "ship_together"
# Said by costs that know carriers.
NO_SERVICE = "no_service"
NOT_SERVED = "not_served"
CLOSED = "closed"
TOO_LATE = "too_late"
HAZARD = "hazard"
TOO_LARGE = "too_large"
NOT_TOGETHER = "not_together"


def _checked(code: object, *functions: object) -> None:
    checked_id(code, "code")
    for function in functions:
        if not callable(function):
            raise InvalidType("allows", expected="a function")


@record
class PlaceRule:
    """Asked once per location and destination: ``allows(location, destination, pickup)``.

    Must be a function of just these; its answer is kept for the next order to the same place.
    """

    code: str
    allows: Callable[[Location, Place | None, bool], bool]

    def __attrs_post_init__(self) -> None:
        _checked(self.code, self.allows)


@record
class OrderRule:
    """Asked per location and order, where ``applies(demand)``: ``allows(location, demand)``."""

    code: str
    allows: Callable[[Location, Demand], bool]
    applies: Callable[[Demand], bool]

    def __attrs_post_init__(self) -> None:
        _checked(self.code, self.allows, self.applies)


@record
class LineRule:
    """Asked per location and line, where ``applies(line)``: ``allows(location, line)``."""

    code: str
    allows: Callable[[Location, DemandLine], bool]
    applies: Callable[[DemandLine], bool]

    def __attrs_post_init__(self) -> None:
        _checked(self.code, self.allows, self.applies)


Rule = PlaceRule | OrderRule | LineRule


def is_active(location: Location, destination: Place | None, pickup: bool) -> bool:
    """A location that is switched off ships nothing."""
    return location.active


def is_capable(location: Location, destination: Place | None, pickup: bool) -> bool:
    """It ships, or hands over at its counter where the order is picked up."""
    return (PICKUP if pickup else SHIP) in location.capabilities


def is_in_region(location: Location, destination: Place | None, pickup: bool) -> bool:
    """Its regions cover the destination; an unknown destination only where it ships everywhere."""
    if pickup or not location.regions:
        return True
    return destination is not None and location.serves(destination)


def is_not_excluded(location: Location, demand: Demand) -> bool:
    """A location that rejected units of an order gets none of that order again (R3, S9)."""
    return location.id not in demand.excluded


def is_the_pickup_location(location: Location, demand: Demand) -> bool:
    """A pickup order is never moved without being asked (R3)."""
    return location.id == demand.pickup_at


def has_what_it_takes(location: Location, line: DemandLine) -> bool:
    """It has every capability that the item requires, such as hazmat or frozen."""
    return line.requires <= location.capabilities


DEFAULT_RULES: tuple[Rule, ...] = (
    PlaceRule("inactive", is_active),
    PlaceRule("capability", is_capable),
    PlaceRule("region", is_in_region),
    OrderRule("excluded", is_not_excluded, lambda demand: bool(demand.excluded)),
    OrderRule("pickup_lock", is_the_pickup_location, lambda demand: demand.pickup_at is not None),
    LineRule("requires", has_what_it_takes, lambda line: bool(line.requires)),
)

# What a person reads for a code; an embedder's own code reads as it is written.
REASONS = {
    "inactive": "switched off",
    "capability": "does not ship, or has no pickup counter",
    "region": "does not ship to this region",
    "excluded": "rejected this order before",
    "pickup_lock": "not the store the customer chose",
    "requires": "cannot handle what the items require",
    CAPACITY: "has all the orders that it can take today",
    SAFETY_STOCK: "keeps what it has as safety stock",
    NO_STOCK: "not in stock",
    RESERVED_ELSEWHERE: "the order reserved its units elsewhere",
    RESERVATION_EXPIRED: "its reservation expired, and it is not in stock any more",
    BACKORDERED: "promised out of supply that is expected",
    PARK: "parked for somebody to decide",
    CANCEL: "cancelled, as the rules have it",
    BACKORDER: "waits for stock, as the rules have it",
    NO_RULE: "no rule fills the order",
    "rule_kind": "of another kind than the rule asks for",
    "rule_location": "not one of the rule's locations",
    "rule_capability": "cannot do what the rule asks for",
    "rule_region": "not of the rule's regions",
    "rule_distance": "farther away than the rule allows",
    "rule_allows": "not allowed by the rule",
    NO_LOCATION: "there is no location",
    NO_SERVICE: "no service of the kind that was asked for is handed over there",
    NOT_SERVED: "no service of the kind that was asked for goes there",
    CLOSED: "nobody works there, or drives, within a year",
    TOO_LATE: "no service from there arrives in time",
    HAZARD: "no service from there takes such dangerous goods",
    TOO_LARGE: "no service from there takes a parcel of that weight or size",
    NOT_TOGETHER: "no one service from there takes all of it",
    SHIP_COMPLETE: "the order ships complete or not at all",
    SPLIT_LIMIT: "the order may ship from no more locations",
    SHIP_TOGETHER: "no location has all that ships together",
}


def checked_rules(value: object) -> tuple[Rule, ...]:
    """Rules with codes of their own, place rules before order rules before line rules."""
    if type(value) is not tuple:
        raise InvalidType("rules", expected="tuple of rules")
    scopes = [PlaceRule, OrderRule, LineRule]
    last = 0
    for i, rule in enumerate(value):
        if type(rule) not in scopes:
            raise InvalidType(f"rules[{i}]", expected="PlaceRule, OrderRule or LineRule")
        at = scopes.index(type(rule))
        if at < last:
            raise InvalidType(f"rules[{i}]", expected="place rules, then order rules, then line rules")
        last = at
    checked_unique((rule.code for rule in value), "rules")
    return value


__all__ = [
    "BACKORDER",
    "BACKORDERED",
    "CANCEL",
    "CAPACITY",
    "CLOSED",
    "DEFAULT_RULES",
    "HAZARD",
    "NOT_SERVED",
    "NOT_TOGETHER",
    "NO_LOCATION",
    "NO_RULE",
    "NO_SERVICE",
    "NO_STOCK",
    "PARK",
    "REASONS",
    "RESERVATION_EXPIRED",
    "RESERVED_ELSEWHERE",
    "SAFETY_STOCK",
    "SHIP_COMPLETE",
    "SHIP_TOGETHER",
    "SPLIT_LIMIT",
    "TOO_LARGE",
    "TOO_LATE",
    "LineRule",
    "OrderRule",
    "PlaceRule",
    "Rule",
    "checked_rules",
]
