"""The plan: which location ships which units, what stays, what it costs and why.

Decides the shape of a plan, its text, and what every plan must satisfy whoever made it
(``check_plan``, R1 and R3). Must not know how it was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Protocol

from omcore.kernel import (
    CURRENCIES,
    InputError,
    InvalidType,
    Money,
    Network,
    changed,
    checked_day,
    record,
    round_ratio,
)
from omcore.routing._json import FORMAT, JsonValue, decimal, units_json
from omcore.routing._text import amount, kept_back, reason, told, would_ship
from omcore.routing.demand import Availability, Demand, DemandLine, reader
from omcore.routing.explanation import CHOSEN, Explanation, Verdict


class InvalidPlan(InputError):
    """A plan that does not fit its demand (R1, R3). Fields: reason, id."""

    code = "invalid_plan"


@record
class Assignment:
    """Units of a line that a location is to ship."""

    line_id: str
    location: str
    quantity: int


@record
class Remainder:
    """Units of a line that the plan leaves: ``reason`` is ``no_stock``, ``ship_complete``, ``capacity``
    (a location that is full for today has them), or the code of the rule that ruled out the last location;
    ``reservation_expired`` where they were the order's own until then, ``backordered`` where supply that is
    expected is promised."""

    line_id: str
    quantity: int
    reason: str


@record
class Parcel:
    """``count`` parcels of the same contents, (SKU, units), from one location.

    ``cost`` is the price of each, in the plan's measure and scale. Where the costs know carriers,
    ``service`` is who takes it, and ``arrives`` the day on which it arrives at the latest.
    """

    location: str
    count: int
    contents: tuple[tuple[str, int], ...]
    weight_g: int
    service: str = ""
    cost: int = 0
    arrives: date | None = None


@record
class RoutingPlan:
    """What ships from where.

    Each demanded unit stands once, in ``assignments`` (by line, cheapest location first) or in
    ``remainder`` (R1). ``cost`` and ``lower_bound`` are in 1/``scale`` of a ``measure``; where
    ``proven``, no plan fills more units, and none that fills as many costs less. ``parcels`` is
    how to box it where rates have parcel prices. ``decided_by`` is the rule or the strategy that made it,
    where ``strategy`` chooses among several.
    """

    order_id: str
    assignments: tuple[Assignment, ...]
    remainder: tuple[Remainder, ...]
    cost: int
    measure: str
    scale: int
    strategy: str
    proven: bool
    lower_bound: int
    explanation: Explanation
    parcels: tuple[Parcel, ...] = ()
    decided_by: str = ""

    @property
    def locations(self) -> tuple[str, ...]:
        """Locations that ship, in order of first assignment."""
        return tuple(dict.fromkeys(assignment.location for assignment in self.assignments))

    @property
    def units(self) -> int:
        """Units that ship."""
        return sum(assignment.quantity for assignment in self.assignments)

    @property
    def unfilled(self) -> int:
        """Units that stay."""
        return sum(rest.quantity for rest in self.remainder)

    @property
    def money(self) -> Money | None:
        """The cost rounded to minor units, where it is measured in money."""
        if self.measure not in CURRENCIES:
            return None
        return Money(round_ratio(self.cost, self.scale), self.measure)

    def as_json(self, counterfactuals: int = 0) -> dict[str, JsonValue]:
        """The plan and a verdict on every location (R2), as plain values under stable names.

        ``counterfactuals``: for how many of the locations that do not ship it is looked for what
        would have to be otherwise. docs/reference/plan-json.md says what each name means.
        """
        checked_shape(self)
        premium = self.explanation.cost - self.cost
        gap = self.explanation.cost - self.lower_bound

        def decimally(cost: int) -> JsonValue:
            return decimal(cost, self.measure, self.scale)

        told = self.explanation.as_json(counterfactuals)
        return {
            "format": FORMAT,
            "order_id": self.order_id,
            "strategy": self.strategy,
            "decided_by": self.decided_by,
            "measure": self.measure,
            "scale": self.scale,
            "cost": self.cost,
            "cost_decimal": decimally(self.cost),
            "premium": premium,
            "premium_decimal": decimally(premium),
            "proven": self.proven,
            "lower_bound": self.lower_bound,
            "lower_bound_decimal": decimally(self.lower_bound),
            "gap": gap,
            "gap_decimal": decimally(gap),
            "units": self.units,
            "unfilled": self.unfilled,
            "assignments": [
                {"line_id": entry.line_id, "location": entry.location, "units": entry.quantity}
                for entry in self.assignments
            ],
            "remainder": [
                {"line_id": rest.line_id, "units": rest.quantity, "reason": rest.reason}
                for rest in self.remainder
            ],
            "parcels": [
                {
                    "location": parcel.location,
                    "count": parcel.count,
                    "contents": units_json(parcel.contents),
                    "weight_g": parcel.weight_g,
                    "service": parcel.service,
                    "cost": parcel.cost,
                    "cost_decimal": decimally(parcel.cost),
                    "arrives": None if parcel.arrives is None else parcel.arrives.isoformat(),
                }
                for parcel in self.parcels
            ],
            "withheld": told["withheld"],
            "kept": [
                {
                    "location": entry.location,
                    "sku": entry.sku,
                    "each": entry.each,
                    "each_decimal": decimally(entry.each),
                    "kept_for": entry.kept_for,
                }
                for entry in self.explanation.kept()
            ],
            "locations": told["locations"],
        }

    def explain(self, counterfactuals: int = 0) -> str:
        """The plan and a verdict on every location (R2), as aligned text.

        ``counterfactuals``: for how many of the locations that do not ship it says with what they would.
        """
        checked_shape(self)
        verdicts = self.explanation.verdicts()
        locations = len(self.locations)
        total = self.units + self.unfilled
        how = "nothing better exists" if self.proven else self._gap()
        cost = amount(self.cost, self.measure, self.scale)
        by = f"{self.strategy}, by {self.decided_by}" if self.decided_by else self.strategy
        where = f"{locations} location{'' if locations == 1 else 's'}"
        lines = [f"Order {self.order_id}: {self.units:,} of {total:,} units from {where}, {cost}"]
        if self.explanation.cost != self.cost:
            judged = amount(self.explanation.cost, self.measure, self.scale)
            how = f"{judged} with what its units are worth later; {how}"
        lines[0] += f" ({by}; {how})"
        lines += told(self._as_paid(verdicts), self.measure, self.scale)
        lines += kept_back(self.explanation.kept(), self.measure, self.scale)
        lines += would_ship(self.explanation.counterfactuals(counterfactuals), self.measure, self.scale)
        for parcel in self.parcels:
            contents = ", ".join(f"{units:,} x {sku}" for sku, units in parcel.contents)
            weight = f"{parcel.weight_g / 1000:g} kg" if parcel.weight_g else "weight unknown"
            line = f"  parcel from {parcel.location}: {parcel.count:,} of {contents}; {weight} each"
            if parcel.service:
                line += f", {parcel.service} for {amount(parcel.cost, self.measure, self.scale)}"
            if parcel.arrives is not None:
                line += f", arrives by {parcel.arrives.isoformat()}"
            lines.append(line)
        lines += [
            f"  stays: {rest.quantity:,} of line {rest.line_id}; {reason(rest.reason)}"
            for rest in self.remainder
        ]
        return "\n".join(lines) + "\n"

    def _as_paid(self, verdicts: tuple[Verdict, ...]) -> Sequence[Verdict]:
        """With what those that ship cost, less what their units are worth later."""
        problem = self.explanation.problem
        if not problem.premiums:
            return verdicts
        worth: dict[str, int] = {}
        for item, j, units in self.explanation.moves:
            name = problem.locations[j]
            worth[name] = worth.get(name, 0) + units * problem.premiums[item][j]
        return [
            changed(verdict, cost=verdict.cost - worth[verdict.location])
            if verdict.outcome == CHOSEN
            else verdict
            for verdict in verdicts
        ]

    def _gap(self) -> str:
        bound = amount(self.lower_bound, self.measure, self.scale)
        return f"the search was cut short; nothing below {bound} exists"


class RoutingStrategy(Protocol):
    """Chooses a plan: a pure function of its arguments, so a dry run is the live run (R4)."""

    @property
    def name(self) -> str:
        """Stands in every plan."""
        ...

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        """A plan that satisfies ``check_plan``."""
        ...


def check_plan(plan: RoutingPlan, demand: Demand, network: Network, availability: Availability) -> None:
    """``InvalidPlan`` unless each demanded unit stands in the plan exactly once, within stock over
    all lines together and above every safety stock (R1, S3), at a known location that has not rejected
    the order, and at the pickup location only; a group ships whole from one location or not at all, and
    nothing ships of a ship-complete order that cannot ship whole (R3).
    """
    checked_shape(plan)
    if type(demand) is not Demand:
        raise InvalidType("demand", expected="Demand")
    if type(network) is not Network:
        raise InvalidType("network", expected="Network")
    kept = () if demand.pickup_at is not None else network.locations
    read = reader(availability, {entry.id: entry.safety_stock for entry in kept if entry.safety_stock})
    lines = {line.line_id: line for line in demand.lines}
    left = {line.line_id: line.quantity for line in demand.lines}
    drawn: dict[tuple[str, str], int] = {}
    for i, assignment in enumerate(plan.assignments):
        path = f"assignments[{i}]"
        line = lines.get(assignment.line_id)
        if line is None:
            raise InvalidPlan(path, reason="unknown line", id=plan.order_id)
        _checked_location(assignment.location, line, demand, network, path)
        left[line.line_id] -= assignment.quantity
        for sku, each in line.components or ((line.sku, 1),):
            key = (sku, assignment.location)
            drawn[key] = drawn.get(key, 0) + each * assignment.quantity
    for i, rest in enumerate(plan.remainder):
        if rest.line_id not in lines:
            raise InvalidPlan(f"remainder[{i}]", reason="unknown line", id=plan.order_id)
        left[rest.line_id] -= rest.quantity
    if any(left.values()):
        raise InvalidPlan("assignments", reason="units missing or counted twice", id=plan.order_id)
    _checked_groups(plan, demand)
    if demand.ship_complete and plan.assignments and plan.remainder:
        raise InvalidPlan("remainder", reason="ships complete or not at all", id=plan.order_id)
    for (sku, location_id), units in drawn.items():
        (have,) = read(sku, (location_id,), demand.at)
        _checked_type(have, int, "availability")
        if units > have:
            raise InvalidPlan("assignments", reason="more than the location holds", id=location_id)


def _checked_groups(plan: RoutingPlan, demand: Demand) -> None:
    group_of = {line.line_id: line.group for line in demand.lines if line.group}
    if not group_of:
        return
    places: dict[str, set[str]] = {}
    for assignment in plan.assignments:
        group = group_of.get(assignment.line_id, "")
        places.setdefault(group, set()).add(assignment.location)
    staying = {group_of.get(rest.line_id, "") for rest in plan.remainder}
    for group in dict.fromkeys(group_of.values()):
        if len(places.get(group, ())) > 1 or (group in places and group in staying):
            raise InvalidPlan("assignments", reason="ships together or not at all", id=plan.order_id)


def _checked_location(
    location_id: str, line: DemandLine, demand: Demand, network: Network, path: str
) -> None:
    location = network.by_id.get(location_id)
    if location is None:
        raise InvalidPlan(path, reason="unknown location", id=demand.order_id)
    if location_id in demand.excluded:
        raise InvalidPlan(path, reason="excluded location", id=location_id)
    if demand.pickup_at not in (None, location_id):
        raise InvalidPlan(path, reason="not the pickup location", id=location_id)
    if not line.requires <= location.capabilities:
        raise InvalidPlan(path, reason="location lacks what the line requires", id=location_id)


def checked_shape(plan: object) -> None:
    """The parts have their types: whoever made the plan by hand learns here what does not fit."""
    if type(plan) is not RoutingPlan:
        raise InvalidType("plan", expected="RoutingPlan")
    for path in ("order_id", "measure", "strategy", "decided_by"):
        _checked_type(getattr(plan, path), str, path)
    for path, number in (("cost", plan.cost), ("scale", plan.scale), ("lower_bound", plan.lower_bound)):
        _checked_type(number, int, path)
    _checked_type(plan.proven, bool, "proven")
    _checked_type(plan.explanation, Explanation, "explanation")
    _checked_type(plan.proven, bool, "proven")
    if plan.scale < 1:
        raise InvalidType("scale", expected="int from 1")
    for path, cls, entries in (
        ("assignments", Assignment, plan.assignments),
        ("remainder", Remainder, plan.remainder),
        ("parcels", Parcel, plan.parcels),
    ):
        _checked_type(entries, tuple, path)
        for entry in _as_tuple(entries):
            _checked_type(entry, cls, path)
    for assignment in plan.assignments:
        _checked_entry(assignment.line_id, assignment.location, assignment.quantity, "assignments")
    for rest in plan.remainder:
        _checked_entry(rest.line_id, rest.reason, rest.quantity, "remainder")
    for parcel in plan.parcels:
        _checked_entry(parcel.location, "", parcel.count, "parcels")
        _checked_type(parcel.weight_g, int, "parcels")
        _checked_type(parcel.service, str, "parcels")
        _checked_type(parcel.cost, int, "parcels")
        if parcel.arrives is not None:
            checked_day(parcel.arrives, "parcels")
        _checked_type(parcel.contents, tuple, "parcels")
        for entry in parcel.contents:
            if type(entry) is not tuple or [*map(type, entry)] != [str, int]:
                raise InvalidType("parcels", expected="(sku, units)")


def _as_tuple(entries: Iterable[object]) -> tuple[object, ...]:
    return tuple(entries)


def _checked_entry(first: object, second: object, quantity: object, path: str) -> None:
    _checked_type(first, str, path)
    _checked_type(second, str, path)
    if type(quantity) is not int or quantity < 1:
        raise InvalidPlan(path, reason="not a quantity from 1", id=None)


def _checked_type(value: object, cls: type, path: str) -> None:
    if type(value) is not cls:
        raise InvalidType(path, expected=cls.__name__)


__all__ = [
    "Assignment",
    "InvalidPlan",
    "Parcel",
    "Remainder",
    "RoutingPlan",
    "RoutingStrategy",
    "check_plan",
    "checked_shape",
]
