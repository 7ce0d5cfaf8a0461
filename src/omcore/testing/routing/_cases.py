"""Cases of the contract of routing strategies: what a plan ships, and what it leaves.

Each method proves one clause, over cases that are drawn so that a strategy that breaks it meets one soon.
Must not know any strategy.
"""

from __future__ import annotations

import attrs

from omcore.kernel import Network
from omcore.routing import RoutingPlan
from omcore.testing._citing import proves
from omcore.testing.routing._bench import RoutingBench
from omcore.testing.routing._oracle import Prices, fits, left_over, matrix_of
from omcore.testing.routing.cases import ANY, CLOSE, SMALL, RoutingCase, Sort, drawn_from

ALWAYS = 1_000
_FEW = 6  # units: there are some two hundred ways to put them into boxes


class PlanCases:
    """RT1 to RT12."""

    @proves("RT1")
    def test_rt1_each_unit_stands_in_the_plan_once(self, bench: RoutingBench) -> None:
        """Shipped or left, and what is left with a reason."""

        def law(case: RoutingCase) -> None:
            plan = bench.plan(case)
            wanted = {line.line_id: line.quantity for line in case.demand.lines}
            found = dict.fromkeys(wanted, 0)
            shipped = [(entry.line_id, entry.quantity) for entry in plan.assignments]
            for line_id, quantity in shipped + [(rest.line_id, rest.quantity) for rest in plan.remainder]:
                assert line_id in wanted, f"{line_id} is no line of the order"
                assert type(quantity) is int, "a quantity is an int"
                assert quantity > 0, "a quantity is above zero"
                found[line_id] += quantity
            assert found == wanted
            reasons = [rest.reason for rest in plan.remainder]
            assert all(type(reason) is str and reason for reason in reasons), "what is left has a reason"

        bench.holds(law)

    @proves("RT2")
    def test_rt2_no_location_ships_more_than_it_can_promise(self, bench: RoutingBench) -> None:
        """Two lines of one item are one demand (S3)."""
        bench.holds(lambda case: _is_within_stock(case, bench.plan(case)), Sort(kits=100))

    @proves("RT3")
    def test_rt3_no_location_ships_what_it_may_not(self, bench: RoutingBench) -> None:
        """Where something is the matter with each of them."""
        bench.holds(lambda case: _is_allowed(bench, case), Sort(barred=ALWAYS, excluded=0, pickup=0), share=2)

    @proves("RT3")
    def test_rt3_a_location_that_rejected_the_order_ships_none_of_it(self, bench: RoutingBench) -> None:
        """Not even where nobody else could (R3, S9)."""
        bench.holds(lambda case: _is_allowed(bench, case), Sort(barred=0, excluded=500, pickup=0))

    @proves("RT4")
    def test_rt4_a_pickup_is_never_moved(self, bench: RoutingBench) -> None:
        """Not even where another location has it all (R3)."""

        def law(case: RoutingCase) -> None:
            places = bench.plan(case).locations
            assert set(places) <= {case.demand.pickup_at}, "a pickup was moved"
            _is_allowed(bench, case)

        bench.holds(law, Sort(pickup=ALWAYS))

    @proves("RT5")
    def test_rt5_an_order_that_ships_complete_ships_whole_or_not_at_all(self, bench: RoutingBench) -> None:
        """A constraint, no preference (R3)."""

        def law(case: RoutingCase) -> None:
            plan = bench.plan(case)
            assert not plan.assignments or not plan.remainder, "a part ships of what ships complete"

        bench.holds(law, Sort(complete=ALWAYS))

    @proves("RT6")
    def test_rt6_a_group_ships_together_or_stays(self, bench: RoutingBench) -> None:
        """A gift, a set."""

        def law(case: RoutingCase) -> None:
            plan = bench.plan(case)
            shipped = {line.line_id: 0 for line in case.demand.lines}
            for entry in plan.assignments:
                shipped[entry.line_id] += entry.quantity
            for group in sorted({line.group for line in case.demand.lines} - {""}):
                mates = [line for line in case.demand.lines if line.group == group]
                ids = {line.line_id for line in mates}
                from_ = {entry.location for entry in plan.assignments if entry.line_id in ids}
                parts = {
                    (shipped[line.line_id] == line.quantity, shipped[line.line_id] == 0) for line in mates
                }
                assert len(from_) <= 1, f"the group {group} is split over {sorted(from_)}"
                assert parts in ({(True, False)}, {(False, True)}), f"a part of the group {group} stays"

        bench.holds(law, Sort(groups=ALWAYS, barred=0), share=2)

    @proves("RT7")
    def test_rt7_a_kit_ships_whole_from_one_location(self, bench: RoutingBench) -> None:
        """Though its components lie in several (S11)."""
        bench.holds(lambda case: _is_within_stock(case, bench.plan(case)), Sort(kits=ALWAYS, lines=3))

    @proves("RT8", needs="fills")
    def test_rt8_nothing_stays_that_could_ship(self, bench: RoutingBench) -> None:
        """Filling comes before any preference."""
        bench.needs(bench.fills, why="`fills` is off", unproved=("RT8",))
        bench.holds(lambda case: _leaves_nothing(bench, case), Sort(complete=0), share=2)

    @proves("RT9", needs="fills")
    def test_rt9_more_stock_or_one_location_more_is_never_worse(self, bench: RoutingBench) -> None:
        """Where both plans are proven."""
        bench.needs(bench.fills, why="`fills` is off", unproved=("RT9",))

        def law(case: RoutingCase) -> None:
            last = case.network.locations[-1].id
            fewer = attrs.evolve(case, network=Network(case.network.locations[:-1]))
            less = {key: units // 2 if key[1] == last else units for key, units in case.stock.items()}
            plan = bench.plan(case)
            if case.demand.pickup_at != last:
                _is_no_worse(bench, case, plan, bench.plan(fewer))
            _is_no_worse(bench, case, plan, bench.plan(attrs.evolve(case, stock=less)))

        bench.holds(law)

    @proves("RT10")
    def test_rt10_a_plan_says_whose_it_is_and_what_it_costs(self, bench: RoutingBench) -> None:
        """In which measure, and what no plan can be below."""

        def law(case: RoutingCase) -> None:
            plan = bench.plan(case)
            assert plan.order_id == case.demand.order_id
            assert plan.strategy == bench.strategy.name, "a plan names the strategy that made it"
            numbers = (plan.cost, plan.scale, plan.lower_bound)
            assert {type(number) for number in numbers} == {int}, "costs are ints"
            assert plan.measure, "a cost is measured in something"
            assert plan.scale > 0
            # What was least may have prices of scarce stock in it, which nobody pays.
            least = plan.cost if bench.costs is not None else max(plan.cost, plan.explanation.cost)
            assert plan.lower_bound <= least, "the bound is above the cost"
            if plan.proven:
                assert plan.lower_bound == least, "what is proven has its own cost for a bound"
            if not plan.assignments:
                assert plan.cost == 0, "shipping nothing costs nothing"

        bench.holds(law)

    @proves("RT11", needs="costs")
    def test_rt11_a_plan_costs_what_the_model_says(self, bench: RoutingBench) -> None:
        """Added up anew."""
        model = bench.costs
        bench.needs(model, why="the fixture `costs` is not overridden", unproved=("RT11",))
        assert model is not None

        def law(case: RoutingCase) -> None:
            plan, prices = bench.plan(case), Prices(case, model)
            assert (plan.measure, plan.scale) == (model.measure, model.scale)
            if prices.by_boxes and sum(line.quantity for line in case.demand.lines) > _FEW:
                return
            cost = prices.of(matrix_of(case, plan))
            # Whoever did not look at every way to fill boxes may have found a dearer one.
            assert plan.cost == cost or (prices.by_boxes and not plan.proven and plan.cost > cost), cost

        bench.holds(law, SMALL)
        bench.holds(law, ANY)

    @proves("RT12")
    def test_rt12_what_is_proven_cannot_be_done_better(self, bench: RoutingBench) -> None:
        """Every plan of a small order is looked at."""

        def law(case: RoutingCase) -> None:
            plan = bench.plan(case)
            prices = None if bench.costs is None else Prices(case, bench.costs)
            plans = bench.every_plan(case)
            filled = [sum(map(sum, matrix)) for matrix in plans]
            if plan.proven:
                assert plan.units == max(filled), f"{max(filled)} units could ship"
            if prices is None:
                return
            costs = [
                prices.of(matrix) for matrix, units in zip(plans, filled, strict=True) if units == plan.units
            ]
            assert min(costs) >= plan.lower_bound, f"a plan costs {min(costs)}"
            if plan.proven:
                assert min(costs) == plan.cost, f"a plan costs {min(costs)}"

        bench.holds(law, SMALL, share=2)
        bench.holds(law, CLOSE, share=6)


def _is_within_stock(case: RoutingCase, plan: RoutingPlan) -> None:
    lines = {line.line_id: line for line in case.demand.lines}
    for place in plan.locations:
        assert place in case.network, f"the network has no location {place}"
        pairs = [(lines[each.line_id], each.quantity) for each in plan.assignments if each.location == place]
        for sku, units in drawn_from(pairs).items():
            have = max(0, case.stock.get((sku, place), 0))
            assert units <= have, f"{place} ships {units} x {sku} and has {have}"


def _is_allowed(bench: RoutingBench, case: RoutingCase) -> None:
    for entry in bench.plan(case).assignments:
        said = f"{entry.location} may not ship {entry.line_id}"
        assert bench.may_ship(case, entry.line_id, entry.location), said


def _leaves_nothing(bench: RoutingBench, case: RoutingCase) -> None:
    plan = bench.plan(case)
    left = left_over(case, plan)
    rests = {rest.line_id for rest in plan.remainder}
    places = set(case.network.by_id)
    if bench.at_most and len(plan.locations) >= bench.at_most:
        places = set(plan.locations)
    by_group: dict[str, list[str]] = {}
    for line in case.demand.lines:
        by_group.setdefault((line.group and f"group {line.group}") or f"line {line.line_id}", []).append(
            line.line_id
        )
    lines = {line.line_id: line for line in case.demand.lines}
    for name, ids in by_group.items():
        if not rests & set(ids):
            continue
        pairs = [(lines[each], lines[each].quantity if lines[each].group else 1) for each in ids]
        for place in sorted(places):
            able = all(bench.may_ship(case, each, place) for each in ids)
            assert not able or not fits(left, pairs, place), f"{place} could ship of {name}"


def _is_no_worse(bench: RoutingBench, case: RoutingCase, plan: RoutingPlan, before: RoutingPlan) -> None:
    """``before`` is of a case with less."""
    if not (plan.proven and before.proven):
        return
    assert plan.units >= before.units, f"{before.units} units shipped when there was less"
    if bench.costs is not None and plan.units == before.units:
        prices = Prices(case, bench.costs)
        # A location may cost something else in a larger network: what counts is what the old plan costs now.
        cost = before.cost if prices.by_boxes else prices.of(matrix_of(case, before))
        assert plan.cost <= cost, f"the plan of when there was less costs {cost}"


__all__ = ["PlanCases"]
