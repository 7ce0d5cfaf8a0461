"""Why a plan is what it is (R2): one verdict per location, worked out when somebody asks.

Decides what a plan says about each location: what it ships and at what cost, or the first rule
that ruled it out, or the cost by which it lost. The explanation holds the problem as the solver
saw it, so it needs neither network nor stock and says the same for ever; planning pays nothing
for it. Must not know how the problem was read from an order.

A location that could ship something but was not chosen lost to this *counterfactual*: the location
ships all of the order that it can, and the rest of the order is shipped by the best plan for the
rest. The verdict's ``loss`` is what that costs more than the chosen plan.
"""

from __future__ import annotations

from omcore.kernel import InvalidType, checked_quantity, checked_text, record
from omcore.routing._greedy import cost_of
from omcore.routing._packing import is_exact
from omcore.routing.constraints import NO_STOCK
from omcore.routing.problem import Ints, Move, Problem, checked_problem, most, without
from omcore.routing.solver import solved

CHOSEN = "chosen"
EXCLUDED = "excluded"
LOST = "lost"

# Codes of a location that lost.
BY_COST = "cost"
BY_TIE = "tie"
BY_FILL = "fill"

# A counterfactual may take a tenth of the effort of a plan.
_EFFORT = 10_000

JsonValue = str | int | bool | None | list["JsonValue"] | dict[str, "JsonValue"]


@record
class Verdict:
    """What the plan says of one location.

    ``outcome`` is chosen, lost or excluded. ``code`` is empty for a chosen one; for an excluded
    one the first rule that ruled it out, ``no_stock`` after all rules; for one that lost
    ``cost``, ``tie`` (as cheap, behind by the stated rule) or ``fill`` (would leave ``unfilled``
    more units). ``ships`` is (SKU, units) that it ships, or could. ``cost`` is its part of the
    plan, or the whole cost of its counterfactual; ``loss`` is that less the plan's cost, exact
    where ``proven``, else what was found with bounded effort.
    """

    location: str
    outcome: str
    code: str = ""
    ships: tuple[tuple[str, int], ...] = ()
    all_of_it: bool = False
    cost: int = 0
    loss: int = 0
    unfilled: int = 0
    proven: bool = True

    def as_json(self) -> dict[str, JsonValue]:
        """Plain values under stable names."""
        return {
            "location": self.location,
            "outcome": self.outcome,
            "code": self.code,
            "ships": [[sku, units] for sku, units in self.ships],
            "all_of_it": self.all_of_it,
            "cost": self.cost,
            "loss": self.loss,
            "unfilled": self.unfilled,
            "proven": self.proven,
        }


@record
class Explanation:
    """What was decided, on what grounds: the problem, the moves, and who was no candidate.

    ``ruled_out`` is (location, code) before stock was looked at. ``withheld`` is a code where the
    units that could be shipped are not (``ship_complete``). Costs are in 1/``scale`` of a
    ``measure``.
    """

    problem: Problem
    moves: tuple[Move, ...]
    cost: int
    ruled_out: tuple[tuple[str, str], ...]
    measure: str
    scale: int
    withheld: str = ""

    def verdicts(self) -> tuple[Verdict, ...]:
        """One verdict per location of the network: chosen, then lost by loss, then excluded."""
        _checked(self)
        problem = self.problem
        shipped: dict[int, list[int]] = {}
        for item, j, units in self.moves:
            shipped.setdefault(j, [0] * len(problem.quantities))[item] += units
        filled = sum(units for _, _, units in self.moves)
        chosen: list[Verdict] = []
        lost: list[tuple[int, int, int, Verdict]] = []
        out: list[Verdict] = []
        memo: dict[Ints, tuple[int, int, bool]] = {}
        barred: dict[int, list[str]] = {}
        for _, j, code in problem.barred:
            barred.setdefault(j, []).append(code)
        for j, location in enumerate(problem.locations):
            if j in shipped:
                given = tuple(shipped[j])
                whole = given == problem.quantities
                cost = cost_of(problem, j, given)
                chosen.append(Verdict(location, CHOSEN, "", _named(problem, given), whole, cost))
                continue
            can = most(problem, j, problem.quantities)
            if not any(can):
                out.append(Verdict(location, EXCLUDED, _barring(problem, barred.get(j, []))))
            elif self.withheld:
                out.append(Verdict(location, EXCLUDED, self.withheld, _named(problem, can)))
            else:
                verdict = self._lost(j, can, filled, memo)
                lost.append((verdict.unfilled, verdict.loss, j, verdict))
        lost.sort(key=lambda entry: entry[:3])
        ruled_out = [Verdict(location, EXCLUDED, code) for location, code in self.ruled_out]
        return (*chosen, *[entry[3] for entry in lost], *out, *ruled_out)

    def as_json(self) -> dict[str, JsonValue]:
        """The verdicts and what they are measured in, as plain values under stable names."""
        verdicts = self.verdicts()
        return {
            "measure": self.measure,
            "scale": self.scale,
            "cost": self.cost,
            "locations": [verdict.as_json() for verdict in verdicts],
        }

    def _lost(self, j: int, can: Ints, filled: int, memo: dict[Ints, tuple[int, int, bool]]) -> Verdict:
        problem = self.problem
        rest = tuple([need - units for need, units in zip(problem.quantities, can, strict=True)])
        cost = cost_of(problem, j, can)
        others, missing, proven = 0, 0, True
        if any(rest):
            # Where it took what it took whole, it has nothing to give to the rest, and the rest
            # is the same problem for every such location.
            shared = not problem.pools and all(not a or not b for a, b in zip(can, rest, strict=True))
            found = memo.get(rest) if shared else None
            if found is None:
                solution = solved(without(problem, j, rest), _EFFORT)
                found = (solution.cost, solution.unfilled, solution.proven)
                if shared:
                    memo[rest] = found
            others, missing, proven = found
        cost += others
        packing = problem.packing
        proven = proven and (packing is None or is_exact(can, packing.weights))
        short = filled - (sum(problem.quantities) - missing)
        loss = cost - self.cost
        code = BY_FILL if short > 0 else BY_TIE if loss == 0 else BY_COST
        return Verdict(
            problem.locations[j], LOST, code, _named(problem, can), not any(rest), cost, loss, short, proven
        )


def _named(problem: Problem, units: Ints) -> tuple[tuple[str, int], ...]:
    return tuple([(problem.labels[item], count) for item, count in enumerate(units) if count])


def _barring(problem: Problem, codes: list[str]) -> str:
    """``no_stock``, or the rule that keeps every item from the location."""
    return codes[0] if codes and len(codes) == len(problem.quantities) else NO_STOCK


def _checked(explanation: Explanation) -> None:
    """Whoever made it by hand learns here what does not fit."""
    problem = checked_problem(explanation.problem)
    checked_text(explanation.measure, "measure")
    checked_text(explanation.withheld, "withheld")
    checked_quantity(explanation.scale, "scale", high=10**18)
    if type(explanation.cost) is not int:
        raise InvalidType("cost", expected="int")
    for path, entries, size in (("moves", explanation.moves, 3), ("ruled_out", explanation.ruled_out, 2)):
        if type(entries) is not tuple or any(type(e) is not tuple or len(e) != size for e in entries):
            raise InvalidType(path, expected=f"tuple of {size} values each")
    for item, location, units in explanation.moves:
        checked_quantity(item, "moves", low=0, high=len(problem.quantities) - 1)
        checked_quantity(location, "moves", low=0, high=len(problem.locations) - 1)
        checked_quantity(units, "moves", high=10**12)
    for location_id, code in explanation.ruled_out:
        checked_text(location_id, "ruled_out")
        checked_text(code, "ruled_out")


__all__ = ["BY_COST", "BY_FILL", "BY_TIE", "CHOSEN", "EXCLUDED", "LOST", "Explanation", "Verdict"]
