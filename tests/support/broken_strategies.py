"""Routing strategies with one planted defect each, under the clause of the contract that it breaks."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

import attrs

from omcore.kernel import Network, OmcoreError
from omcore.routing import (
    DEFAULT_RULES,
    Assignment,
    Availability,
    ByPriority,
    CostModel,
    Demand,
    LowestCost,
    Rates,
    Remainder,
    RoutingPlan,
    RoutingStrategy,
)

BROKEN_STRATEGIES: dict[str, tuple[str, type[Careful]]] = {}
RATES = Rates.of("USD", per_shipment="9", per_unit="0.50", per_unit_km="0.001")


def breaks(clause: str) -> Callable[[type[Careful]], type[Careful]]:
    def hang(strategy: type[Careful]) -> type[Careful]:
        BROKEN_STRATEGIES[strategy.__name__] = (clause, strategy)
        return strategy

    return hang


class Careful:
    """A good one. What is broken below is told to it wrongly, or changed in its plan."""

    costs: ClassVar[CostModel | None] = RATES

    def __init__(self) -> None:
        self.inner: RoutingStrategy = self.make()
        self.name = self.inner.name

    def make(self) -> RoutingStrategy:
        return LowestCost(RATES)

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        return self.changed(self.inner.plan(demand, network, availability))

    def changed(self, plan: RoutingPlan) -> RoutingPlan:
        return plan


def without_rule(code: str) -> RoutingStrategy:
    return LowestCost(RATES, rules=tuple(rule for rule in DEFAULT_RULES if rule.code != code))


# -- what ships ------------------------------------------------------------------------------


@breaks("RT1")
class ForgetsAUnit(Careful):
    """Of lines of three and more."""

    def changed(self, plan: RoutingPlan) -> RoutingPlan:
        kept = [attrs.evolve(each, quantity=min(each.quantity, 2)) for each in plan.assignments]
        return attrs.evolve(plan, assignments=tuple(kept))


@breaks("RT1")
class NamesALineTwice(Careful):
    """What stays of a line stands there as the whole line."""

    def changed(self, plan: RoutingPlan) -> RoutingPlan:
        shipped = {each.line_id: each.quantity for each in plan.assignments}
        rests = [
            attrs.evolve(rest, quantity=rest.quantity + shipped.get(rest.line_id, 0))
            for rest in plan.remainder
        ]
        return attrs.evolve(plan, remainder=tuple(rests))


@breaks("RT1")
class SaysNotWhyItStays(Careful):
    def changed(self, plan: RoutingPlan) -> RoutingPlan:
        return attrs.evolve(plan, remainder=tuple(attrs.evolve(r, reason="") for r in plan.remainder))


class Seen:
    """Stock that is seen otherwise than it is."""

    def __init__(self, inner: Availability, see: Callable[[int], Any]) -> None:
        self.inner, self.see = inner, see

    def promisable(self, sku: str, location: str, now: datetime, /) -> int:
        seen: int = self.see(self.inner.promisable(sku, location, now))
        return seen


@breaks("RT2")
class TakesOneMoreThanThereIs(Careful):
    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        return super().plan(demand, network, Seen(availability, lambda units: units + 1))


@breaks("RT2")
class LooksAtEachLineByItself(Careful):
    """Two lines of one item find the same unit."""

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        whole = super().plan(demand, network, availability)
        each = [
            super(LooksAtEachLineByItself, self).plan(
                attrs.evolve(demand, lines=(line,)), network, availability
            )
            for line in demand.lines
        ]
        return attrs.evolve(
            whole,
            assignments=tuple(entry for plan in each for entry in plan.assignments),
            remainder=tuple(rest for plan in each for rest in plan.remainder),
        )


@breaks("RT2")
class ShipsFromNowhere(Careful):
    """What stays is given to a supplier that nobody has heard of."""

    def changed(self, plan: RoutingPlan) -> RoutingPlan:
        given = [Assignment(rest.line_id, "supplier", rest.quantity) for rest in plan.remainder]
        return attrs.evolve(plan, assignments=(*plan.assignments, *given), remainder=())


@breaks("RT3")
class ForgetsWhoRejected(Careful):
    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        return super().plan(attrs.evolve(demand, excluded=frozenset()), network, availability)


@breaks("RT3")
class ShipsFromWhatIsSwitchedOff(Careful):
    def make(self) -> RoutingStrategy:
        return without_rule("inactive")


@breaks("RT3")
class ShipsFromACounter(Careful):
    def make(self) -> RoutingStrategy:
        return without_rule("capability")


@breaks("RT3")
class ShipsAnywhere(Careful):
    def make(self) -> RoutingStrategy:
        return without_rule("region")


@breaks("RT3")
class ShipsFrozenGoodsWarm(Careful):
    def make(self) -> RoutingStrategy:
        return without_rule("requires")


@breaks("RT4")
class MovesPickups(Careful):
    """A counter is a preference to it."""

    def make(self) -> RoutingStrategy:
        return without_rule("pickup_lock")


@breaks("RT4")
class ShipsWhatIsPickedUp(Careful):
    """It takes a pickup for an order without a destination."""

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        there = None if demand.pickup_at else demand.destination
        return super().plan(attrs.evolve(demand, pickup_at=None, destination=there), network, availability)


@breaks("RT5")
class ShipsAPartOfWhatShipsComplete(Careful):
    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        return super().plan(attrs.evolve(demand, ship_complete=False), network, availability)


@breaks("RT6")
class TearsGroupsApart(Careful):
    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        lines = tuple(attrs.evolve(line, group="") for line in demand.lines)
        return super().plan(attrs.evolve(demand, lines=lines), network, availability)


@breaks("RT7")
class LooksAtTheFirstComponent(Careful):
    """The others are sent after it, it hopes."""

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        lines = tuple(attrs.evolve(line, components=line.components[:1]) for line in demand.lines)
        return super().plan(attrs.evolve(demand, lines=lines), network, availability)


@breaks("RT7")
class FindsKitsInTheNetwork(Careful):
    """A kit is wherever its first component is, as long as the others are somewhere."""

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        seen = Anywhere(availability, network, {p for line in demand.lines for p, _ in line.components[1:]})
        return super().plan(demand, network, seen)


class Anywhere:
    """Stock of some SKUs as if all of it were everywhere."""

    def __init__(self, inner: Availability, network: Network, skus: set[str]) -> None:
        self.inner, self.network, self.skus = inner, network, skus

    def promisable(self, sku: str, location: str, now: datetime, /) -> int:
        if sku not in self.skus:
            return self.inner.promisable(sku, location, now)
        return sum(max(0, self.inner.promisable(sku, place.id, now)) for place in self.network)


@breaks("RT8")
class ShipsFromOneLocationOnly(Careful):
    """What is not at the first one stays."""

    def changed(self, plan: RoutingPlan) -> RoutingPlan:
        first = [each for each in plan.assignments if each.location == plan.assignments[0].location]
        rests = [each for each in plan.assignments if each not in first]
        more = tuple(Remainder(each.line_id, each.quantity, "no_stock") for each in rests)
        return attrs.evolve(plan, assignments=tuple(first), remainder=(*plan.remainder, *more))


@breaks("RT9")
class SavesWhatThereIsPlentyOf(Careful):
    """A shelf of more than four is for the store's own customers."""

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        return super().plan(demand, network, Seen(availability, lambda units: 0 if units > 4 else units))


# -- what it costs ---------------------------------------------------------------------------


@breaks("RT10")
class BoundsAboveItsCost(Careful):
    def changed(self, plan: RoutingPlan) -> RoutingPlan:
        return attrs.evolve(plan, lower_bound=plan.cost + 1, proven=False)


@breaks("RT10")
class ProvesAndDoubts(Careful):
    def changed(self, plan: RoutingPlan) -> RoutingPlan:
        return attrs.evolve(plan, lower_bound=0, proven=True)


@breaks("RT10")
class SignsAnothersName(Careful):
    def changed(self, plan: RoutingPlan) -> RoutingPlan:
        return attrs.evolve(plan, strategy="somebody")


@breaks("RT11")
class TellsTheFirstShipment(Careful):
    """Its cost is that of one location."""

    def changed(self, plan: RoutingPlan) -> RoutingPlan:
        cost = sum(verdict.cost for verdict in plan.explanation.verdicts()[:1] if plan.assignments)
        return attrs.evolve(plan, cost=cost, lower_bound=min(cost, plan.lower_bound))


@breaks("RT12")
class IsSureOfTheFirst(Careful):
    """The first by priority is the cheapest, it is sure."""

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        cheapest = super().plan(demand, network, availability)
        # Its locations and no other, so that they cost what they cost.
        there = Chosen(availability, ByPriority().plan(demand, network, availability))
        plan = super().plan(demand, network, there)
        return attrs.evolve(plan, explanation=cheapest.explanation)


class Chosen:
    """Only what a plan takes."""

    def __init__(self, inner: Availability, plan: RoutingPlan) -> None:
        self.inner, self.places = inner, set(plan.locations)

    def promisable(self, sku: str, location: str, now: datetime, /) -> int:
        return self.inner.promisable(sku, location, now) if location in self.places else 0


@breaks("RT12")
class BoundsByWhatItFound(IsSureOfTheFirst):
    """It does not claim to have proven anything, but that nothing is cheaper."""

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        return attrs.evolve(super().plan(demand, network, availability), proven=False)


@breaks("RT12")
class ProvesThatNothingShips(Careful):
    """Where it leaves something, it says that nobody could do more."""

    costs = None

    def changed(self, plan: RoutingPlan) -> RoutingPlan:
        if len(plan.locations) < 2:
            return plan
        rests = tuple(Remainder(each.line_id, each.quantity, "no_stock") for each in plan.assignments)
        return attrs.evolve(plan, assignments=(), remainder=(*plan.remainder, *rests), cost=0, lower_bound=0)


# -- what it says ----------------------------------------------------------------------------


@breaks("RT13")
class SaysNothingOfWhoWasRuledOut(Careful):
    def changed(self, plan: RoutingPlan) -> RoutingPlan:
        return attrs.evolve(plan, explanation=attrs.evolve(plan.explanation, ruled_out=()))


@breaks("RT13")
class ExplainsAnotherPlan(Careful):
    """Whoever ships lost, and the other way round."""

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        other = ByPriority().plan(demand, network, availability)
        return attrs.evolve(super().plan(demand, network, availability), explanation=other.explanation)


@breaks("RT14")
class PlansInLists(Careful):
    def changed(self, plan: RoutingPlan) -> RoutingPlan:
        entries: Any = list(plan.assignments)
        return attrs.evolve(plan, assignments=entries)


class MyPlan(RoutingPlan):
    """With something more in it."""


@breaks("RT14")
class PlansOfItsOwnKind(Careful):
    def changed(self, plan: RoutingPlan) -> RoutingPlan:
        return MyPlan(*[getattr(plan, field.name) for field in attrs.fields(RoutingPlan)])


@breaks("RT14")
class CountsInDecimals(Careful):
    """A float gets into a reason."""

    def changed(self, plan: RoutingPlan) -> RoutingPlan:
        odd: Any = 1.5
        return attrs.evolve(plan, remainder=tuple(attrs.evolve(rest, reason=odd) for rest in plan.remainder))


# -- on what it depends ----------------------------------------------------------------------


def ranked(network: Network, order: Callable[[int, Any], int]) -> Network:
    return Network(tuple(attrs.evolve(each, priority=order(i, each)) for i, each in enumerate(network)))


@breaks("RT15")
class TakesTheFirstThatIsListed(Careful):
    costs = None

    def make(self) -> RoutingStrategy:
        return ByPriority()

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        return super().plan(demand, ranked(network, lambda i, _: i), availability)


@breaks("RT16")
class TakesTurns(Careful):
    """It gives everybody a fair share."""

    def __init__(self) -> None:
        super().__init__()
        self.turn = itertools.count()

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        turn = next(self.turn)
        return super().plan(demand, ranked(network, lambda i, _: (i + turn) % 3), availability)


@breaks("RT16")
class RemembersWhatItPlanned(Careful):
    """An order is an order."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[object, RoutingPlan] = {}

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        key = (demand, network.locations)
        if key not in self.known:
            self.known[key] = super().plan(demand, network, availability)
        return self.known[key]


@breaks("RT16")
class LearnsWhoIsBusy(Careful):
    """Whoever shipped much comes last among equals."""

    def __init__(self) -> None:
        super().__init__()
        self.shipped: dict[str, int] = {}

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        plan = super().plan(
            demand, ranked(network, lambda _, place: self.shipped.get(place.id, 0)), availability
        )
        for entry in plan.assignments:
            self.shipped[entry.location] = self.shipped.get(entry.location, 0) + entry.quantity
        return plan


@breaks("RT17")
class DependsOnTheHashSeed(Careful):
    """Spread by a hash, so that each gets its share."""

    costs = None

    def make(self) -> RoutingStrategy:
        return ByPriority()

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        return super().plan(demand, ranked(network, lambda _, place: hash(place.id) % 1_000), availability)


@breaks("RT17")
class WalksOverASet(Careful):
    costs = None

    def make(self) -> RoutingStrategy:
        return ByPriority()

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        listed = list({place.id for place in network})
        return super().plan(demand, ranked(network, lambda _, place: listed.index(place.id)), availability)


@breaks("RT18")
class LooksAtTheClock(Careful):
    def changed(self, plan: RoutingPlan) -> RoutingPlan:
        return plan if time.time() > 0 else attrs.evolve(plan, remainder=())


@breaks("RT18")
class DrawsLots(Careful):
    def changed(self, plan: RoutingPlan) -> RoutingPlan:
        return plan if random.random() < 2 else attrs.evolve(plan, remainder=())


@breaks("RT18")
class AsksWhatThereIsTomorrow(Careful):
    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        tomorrow = attrs.evolve(demand, at=demand.at + timedelta(days=1))
        return super().plan(tomorrow, network, availability)


@breaks("RT19")
class TakesItFromTheShelf(Careful):
    """It books what it plans."""

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        plan = super().plan(demand, network, availability)
        units: dict[tuple[str, str], int] = getattr(availability, "units", {})
        lines = {line.line_id: line for line in demand.lines}
        for entry in plan.assignments:
            key = (lines[entry.line_id].sku, entry.location)
            if key in units:
                units[key] -= entry.quantity
        return plan


@breaks("RT20")
class TakesTheLastOfEquals(Careful):
    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        return super().plan(demand, ranked(network, lambda _, place: -place.priority), availability)


@breaks("RT20")
class ComparesIdsAlone(Careful):
    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        return super().plan(demand, ranked(network, lambda _i, _place: 0), availability)


@breaks("RT20")
class ReadsNumbersInNames(Careful):
    """Ids are turned round before they are compared."""

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        places = sorted(network, key=lambda place: (place.priority, [-ord(sign) for sign in place.id]))
        order = {place.id: at for at, place in enumerate(places)}
        return super().plan(demand, ranked(network, lambda _, place: order[place.id]), availability)


# -- what it cannot do -----------------------------------------------------------------------


@breaks("RT21")
class TakesAnyNumber(Careful):
    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        return super().plan(demand, network, Seen(availability, lambda units: int(units or 0)))


@breaks("RT21")
class SeesNothingWhereItCannotSee(Careful):
    """Stock that cannot be reached is stock that is not there."""

    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        try:
            return super().plan(demand, network, availability)
        except OmcoreError:
            return super().plan(demand, network, Nothing())


class Nothing:
    def promisable(self, sku: str, location: str, now: datetime, /) -> int:
        return 0


@breaks("RT21")
class LooksBeforeItChecks(Careful):
    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        assert demand.lines is not None
        return super().plan(demand, network, availability)


@breaks("RT22")
class FallsOverAnOrderWithoutLines(Careful):
    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        largest = max(demand.lines, key=lambda line: line.quantity)
        assert largest.quantity
        return super().plan(demand, network, availability)


@breaks("RT22")
class FallsOverANetworkOfNone(Careful):
    def changed(self, plan: RoutingPlan) -> RoutingPlan:
        assert max(len(verdict.location) for verdict in plan.explanation.verdicts())
        return plan


@breaks("RT22")
class ShipsNothingToWhoHasNoCoordinates(Careful):
    def plan(self, demand: Demand, network: Network, availability: Availability) -> RoutingPlan:
        if demand.destination is not None and demand.destination.point is None:
            return super().plan(demand, network, Nothing())
        return super().plan(demand, network, availability)
