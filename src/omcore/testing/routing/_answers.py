"""Cases of the contract of routing strategies: what a plan says, and on what it may depend.

Each method proves one clause. Must not know any strategy.
"""

from __future__ import annotations

import copy
import json
import os  # noqa: TID251 - a process of its own has its own environment
import subprocess  # noqa: TID251 - a hash seed is a process' own
import sys  # noqa: TID251 - as above
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import attrs
import pytest

from omcore.codec import dumps, loads
from omcore.kernel import GeoPoint, Network, OmcoreError, Unavailable
from omcore.routing import DemandLine, RoutingPlan
from omcore.testing._citing import cites, proves, same, unchecked
from omcore.testing.routing._bench import RoutingBench
from omcore.testing.routing._purity import seen_in
from omcore.testing.routing._told import NOT_FOUND, lines_of, told
from omcore.testing.routing.cases import PLAIN, RoutingCase, Sort, draw_case
from omcore.testing.simulation import SeededChooser

CHOSEN, LOST, EXCLUDED = "chosen", "lost", "excluded"
_SECONDS = 120
_OTHERS = Sort(lines=2, locations=3)


class AnswerCases:
    """RT13 to RT22."""

    @proves("RT13")
    def test_rt13_there_is_a_verdict_on_every_location(self, bench: RoutingBench) -> None:
        """R2."""

        def law(case: RoutingCase) -> None:
            plan = bench.plan(case)
            verdicts = plan.explanation.verdicts()
            named = sorted(verdict.location for verdict in verdicts)
            assert named == sorted(place.id for place in case.network), "one verdict on each location"
            assert {each.location for each in verdicts if each.outcome == CHOSEN} == set(plan.locations)
            for verdict in verdicts:
                assert verdict.outcome in (CHOSEN, LOST, EXCLUDED)
                assert bool(verdict.code) == (verdict.outcome != CHOSEN), "whoever ships nothing has a code"
                assert verdict.outcome != LOST or verdict.ships, "whoever lost could have shipped something"
            text = plan.explain()
            assert all(place.id in text for place in case.network), "the text names every location"

        bench.holds(law)

    @proves("RT14")
    def test_rt14_a_plan_is_stored_and_read_back(self, bench: RoutingBench) -> None:
        """With its explanation, which needs neither network nor stock any more."""

        def law(case: RoutingCase) -> None:
            plan = bench.plan(case)
            for name in ("assignments", "remainder", "parcels"):
                assert type(getattr(plan, name)) is tuple, f"{name} are a tuple: a plan does not change"
            again: RoutingPlan = loads(dumps(plan))
            same(again, plan, "the plan that is read back")
            assert told(again) == told(plan)
            written = plan.explanation.as_json()
            same(json.loads(json.dumps(written)), written, "the explanation after JSON")

        bench.holds(law)

    @proves("RT15")
    def test_rt15_equal_inputs_have_one_plan(self, bench: RoutingBench) -> None:
        """R1: however they are listed, and made anew."""

        def law(case: RoutingCase) -> None:
            first = told(bench.plan(case))
            for other in _relisted(case):
                assert told(bench.plan(other)) == first, "the plan is another one"

        bench.holds(law)

    @proves("RT16")
    def test_rt16_nothing_is_remembered_that_changes_an_answer(self, bench: RoutingBench) -> None:
        """R4: a dry run is the live run, also the second time, and after other orders."""
        others = [draw_case(SeededChooser(seed), _OTHERS) for seed in range(2)]

        def law(case: RoutingCase) -> None:
            first = told(bench.plan(case))
            assert told(bench.plan(case)) == first, "the second time it is another plan"
            for other in (*_relatives(case), *others):
                after = told(bench.plan(other))
                if bench.fresh is not None:
                    new = attrs.evolve(bench, strategy=bench.fresh())
                    assert told(new.plan(other)) == after, "a new strategy plans otherwise"
            assert told(bench.plan(case)) == first, "after other orders it is another plan"

        bench.holds(law)

    @proves("RT17", needs="fresh")
    def test_rt17_the_plan_is_the_same_under_any_hash_seed(self, bench: RoutingBench) -> None:
        """C1: in a process of its own, whose sets have another order."""
        bench.needs(bench.fresh, why="the fixture `fresh` is not overridden", unproved=("RT17",))
        make: Any = bench.fresh
        module, name = getattr(make, "__module__", ""), getattr(make, "__qualname__", "<none>")
        bench.needs("<" not in name, why="`fresh` has no name to import it by", unproved=("RT17",))
        count = min(max(20, bench.examples), 50)
        here = list(lines_of(make(), count))
        for seed in ("0", "4711"):
            done = _elsewhere(seed, module, name, str(count))
            if done.returncode == NOT_FOUND:
                why = f"{module}.{name} cannot be imported in another process"
                pytest.skip(unchecked(("RT17",), why))
            assert done.returncode == 0, done.stderr
            there = done.stdout.splitlines()
            other = [one for one, two in zip(here, there, strict=True) if one != two]
            assert not other, f"under hash seed {seed} {len(other)} of {count} plans are other ones"

    @proves("RT18")
    def test_rt18_no_clock_is_read_and_no_random_number_drawn(self, bench: RoutingBench) -> None:
        """C1: time and chance are arguments."""

        def law(case: RoutingCase) -> None:
            seen = seen_in(lambda: bench.plan(case))
            assert seen == [], f"a plan depends on {', '.join(seen)}"

        bench.holds(law)

    @proves("RT19")
    def test_rt19_what_is_given_stays_as_it_was(self, bench: RoutingBench) -> None:
        """Records may be frozen or not; a strategy leaves them alone."""

        def law(case: RoutingCase) -> None:
            before, shelves = copy.deepcopy(case), case.shelves
            bench.ask(case.demand, case.network, shelves)
            assert case == before, "what was given is changed"
            assert list(case.network) == list(before.network), "what was given is changed"
            assert list(shelves.units.items()) == list(before.stock.items()), "the stock is changed"

        bench.holds(law)

    @proves("RT20", needs="ties")
    def test_rt20_ties_go_by_priority_then_id(self, bench: RoutingBench) -> None:
        """R1: three that differ in nothing else, each of which could ship it all."""
        bench.needs(bench.ties, why="`ties` is off", unproved=("RT20",))

        def law(case: RoutingCase) -> None:
            one = case.network.locations[0]
            for priorities in ((0, 1, 2), (0, 0, 0), (1, 2, 1), (2, 1, 0)):
                twins = [
                    attrs.evolve(one, id=f"twin-{name}", priority=rank)
                    for name, rank in zip("cab", priorities, strict=True)
                ]
                stock = {(sku, twin.id): 100 for sku, _ in case.stock for twin in twins}
                plan = bench.plan(RoutingCase(case.demand, Network(tuple(twins)), stock))
                first = min(twins, key=lambda twin: (twin.priority, twin.id))
                assert plan.locations == (first.id,), f"{first.id} is the first of equals"

        bench.holds(law, PLAIN)

    @proves("RT21")
    def test_rt21_stock_that_is_no_int_is_refused(self, bench: RoutingBench) -> None:
        """By a typed error, never by a plan that hangs on it."""
        for answer in (None, "3", 2.5, float("nan"), [3], object()):

            def law(case: RoutingCase, answer: object = answer) -> None:
                _refuses(lambda: bench.ask(case.demand, case.network, Wrong(answer)), repr(answer))

            bench.holds(law, Sort(locations=3, lines=2, barred=0, excluded=0, pickup=0), share=0.2)

    @proves("RT21")
    def test_rt21_what_is_no_demand_no_network_no_stock_is_refused(self, bench: RoutingBench) -> None:
        """By a typed error."""
        case = draw_case(SeededChooser(1), PLAIN)
        good = (case.demand, case.network, case.shelves)
        for place in range(3):
            for odd in (None, "o-1", 3, (), {}, object()):
                given: list[Any] = list(good)
                given[place] = odd
                _refuses(lambda given=given: bench.ask(*given), f"argument {place + 1} as {odd!r}")  # type: ignore[misc]

    @proves("RT21")
    def test_rt21_an_error_of_the_stock_is_not_swallowed(self, bench: RoutingBench) -> None:
        """Whoever cannot see the stock has no plan."""

        def law(case: RoutingCase) -> None:
            try:
                bench.ask(case.demand, case.network, Away())
            except Unavailable:
                return
            raise AssertionError("it plans without having seen the stock")

        bench.holds(law, Sort(locations=3, lines=2, barred=0, excluded=0, pickup=0), share=0.2)

    @proves("RT22")
    def test_rt22_an_order_without_lines_ships_nothing(self, bench: RoutingBench) -> None:
        """And every location has a verdict all the same."""

        def law(case: RoutingCase) -> None:
            plan = bench.plan(attrs.evolve(case, demand=attrs.evolve(case.demand, lines=())))
            assert (plan.assignments, plan.remainder, plan.cost) == ((), (), 0)
            assert len(plan.explanation.verdicts()) == len(case.network)

        bench.holds(law, share=0.4)

    @proves("RT22")
    def test_rt22_without_locations_everything_stays(self, bench: RoutingBench) -> None:
        """With a reason."""

        def law(case: RoutingCase) -> None:
            plan = bench.plan(attrs.evolve(case, network=Network(()), stock={}))
            assert plan.assignments == ()
            assert plan.unfilled == sum(line.quantity for line in case.demand.lines)
            assert all(rest.reason for rest in plan.remainder)
            assert plan.explanation.verdicts() == ()

        bench.holds(law, share=0.4)

    @proves("RT22")
    def test_rt22_whoever_has_no_coordinates_is_routed_all_the_same(self, bench: RoutingBench) -> None:
        """A location, the destination, or both."""

        def law(case: RoutingCase) -> None:
            nowhere = Network(tuple(attrs.evolve(place, point=None) for place in case.network))
            place = case.demand.destination
            lost = None if place is None else attrs.evolve(place, point=None)
            here = None if place is None else attrs.evolve(place, point=GeoPoint(0, 0))
            for network, where in ((nowhere, here), (nowhere, lost), (case.network, lost)):
                demand = attrs.evolve(case.demand, destination=where)
                plan = bench.plan(RoutingCase(demand, network, dict.fromkeys(case.stock, 100)))
                assert not plan.unfilled or not bench.fills, "it does not ship"

        bench.holds(law, attrs.evolve(PLAIN, locations=3), share=0.4)


class Wrong:
    """Stock that answers anything."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def promisable(self, _sku: str, _location: str, _now: datetime, /) -> Any:
        """The same to every question."""
        return self._answer


class Away:
    """Stock that cannot be reached."""

    def promisable(self, sku: str, location: str, now: datetime, /) -> int:
        """Never answers."""
        raise Unavailable("stock")


def _refuses(work: Callable[[], object], what: str) -> None:
    try:
        work()
    except OmcoreError:
        return
    except Exception as error:
        with cites("RT21"):
            raise AssertionError(f"{what}: {type(error).__name__}, which is no OmcoreError") from error
    raise AssertionError(f"{what}: taken, and a plan made of it")


def _relisted(case: RoutingCase) -> Iterator[RoutingCase]:
    """The same, listed in other orders."""
    demand, places = case.demand, case.network.locations
    backwards = frozenset(sorted(demand.excluded, reverse=True))
    stock = dict(reversed(list(case.stock.items())))
    for listed in (places, places[::-1], (*places[1:], *places[:1])):
        network = Network(tuple(attrs.evolve(place) for place in listed))
        yield RoutingCase(attrs.evolve(demand, excluded=backwards), network, stock)
    lines = tuple([_copied(line) for line in demand.lines])
    yield RoutingCase(attrs.evolve(demand, lines=lines), case.network, case.stock)


def _relatives(case: RoutingCase) -> Iterator[RoutingCase]:
    """Cases that differ in one thing, so that who remembers too little about them mixes them up."""
    demand, places = case.demand, case.network.locations
    yield attrs.evolve(case, stock=dict.fromkeys(case.stock, 1))
    place = demand.destination
    for point in (None, GeoPoint(45, -75)):
        where = None if place is None else attrs.evolve(place, point=point)
        yield attrs.evolve(case, demand=attrs.evolve(demand, destination=where))
    picked_up = places[0].id if demand.pickup_at is None else None
    yield attrs.evolve(case, demand=attrs.evolve(demand, pickup_at=picked_up))
    yield attrs.evolve(case, demand=attrs.evolve(demand, excluded=frozenset({places[-1].id})))
    yield attrs.evolve(case, demand=attrs.evolve(demand, ship_complete=not demand.ship_complete))
    dearer = (attrs.evolve(places[0], labor_cost=900, priority=9), *places[1:])
    yield attrs.evolve(case, network=Network(dearer))


def _copied(line: DemandLine) -> DemandLine:
    """An equal line, of other objects."""
    return attrs.evolve(line, line_id="".join(line.line_id), sku="".join(line.sku))


def _elsewhere(seed: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(each for each in sys.path if each)
    return subprocess.run(  # noqa: S603 - this interpreter, and names of a strategy
        [sys.executable, "-m", "omcore.testing.routing._told", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": seed},
        timeout=_SECONDS,
    )


__all__ = ["AnswerCases"]
