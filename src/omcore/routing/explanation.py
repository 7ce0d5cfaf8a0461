"""Why a plan is what it is (R2): one verdict per location, worked out when somebody asks.

Decides what an explanation holds: the problem as the solver saw it, the moves, and who was no
candidate. So it needs neither network nor stock and says the same for ever; planning pays nothing
for it. Must not know how the problem was read from an order, nor how a verdict is reached.
"""

from __future__ import annotations

from omcore.kernel import (
    InvalidQuantity,
    InvalidType,
    UnknownId,
    checked_id,
    checked_quantity,
    checked_text,
    record,
)
from omcore.routing._json import JsonValue, explanation_json
from omcore.routing._premiums import Kept, kept_of
from omcore.routing.counterfactuals import LOOK, Counterfactual, counterfactual_of, lacking
from omcore.routing.problem import Move, Problem, checked_problem
from omcore.routing.solver import MAX_EFFORT
from omcore.routing.verdicts import (
    BY_COST,
    BY_FILL,
    BY_TIE,
    CHOSEN,
    EXCLUDED,
    LOST,
    Verdict,
    verdicts_of,
)

# Units of one move.
_MOST = 10**12
_INT = frozenset([int])


class _Made:
    """Room beside the fields: whether a strategy of this package made it, of parts that it had checked.

    What is copied, changed or loaded is made anew, and checked before it is read.
    """

    __slots__ = ("_vouched",)


@record
class Explanation(_Made):
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
        if not hasattr(self, "_vouched"):
            _checked(self)
        told, without_stock = verdicts_of(self.problem, self.moves, self.cost, self.withheld)
        told += without_stock
        told += [Verdict(location, EXCLUDED, code) for location, code in self.ruled_out]
        return tuple(told)

    def kept(self) -> tuple[Kept, ...]:
        """Where a unit that the order could have is worth more to orders to come, and to whom."""
        if not hasattr(self, "_vouched"):
            _checked(self)
        return kept_of(self.problem)

    def as_json(self, counterfactuals: int = 0) -> dict[str, JsonValue]:
        """The verdicts and what they are measured in, as plain values under stable names.

        ``counterfactuals``: of how many locations it is looked for.
        """
        verdicts = self.verdicts()
        asked = self.counterfactuals(counterfactuals)
        return explanation_json(verdicts, asked, self.cost, self.measure, self.scale, self.withheld)

    def counterfactuals(self, limit: int = 10, *, effort: int = LOOK) -> tuple[Counterfactual, ...]:
        """With what the first ``limit`` locations that do not ship would: as the verdicts come.

        Each takes some dozen to some hundred times as long as a plan, ``effort`` steps at most.
        """
        checked_quantity(limit, "limit", low=0, high=10**9)
        checked_quantity(effort, "effort", high=MAX_EFFORT)
        asked: list[Counterfactual] = []
        for verdict in self.verdicts() if limit else ():
            if len(asked) == limit:
                break
            if verdict.outcome != CHOSEN:
                asked.append(self.counterfactual(verdict.location, effort=effort))
        return tuple(asked)

    def counterfactual(self, location: str, *, effort: int = LOOK) -> Counterfactual:
        """With what a location would ship; with nothing more, and no cheaper, if it ships already.

        Errors: ``UnknownId`` for a location that is not the network's.
        """
        if not hasattr(self, "_vouched"):
            _checked(self)
        checked_quantity(effort, "effort", high=MAX_EFFORT)
        checked_id(location, "location")
        problem = self.problem
        for name, code in self.ruled_out:
            if name == location:
                return Counterfactual(location, rule=code)
        if location not in problem.locations:
            raise UnknownId("location", kind="location", id=location)
        j = problem.locations.index(location)
        if any(at == j for _, at, _ in self.moves):
            return Counterfactual(location, (), lacking(problem, j), 0)
        unfilled = sum(problem.quantities) - sum([units for _, _, units in self.moves])
        return counterfactual_of(problem, j, self.cost, unfilled, self.withheld, effort)


# Set as a slot, past what freezes a record: it is no part of the value.
_vouch = _Made.__dict__["_vouched"].__set__


def vouched(explanation: Explanation) -> Explanation:
    """It, known to be sound: every part of it is as a strategy's own checks left it."""
    _vouch(explanation, True)
    return explanation


def _checked(explanation: Explanation) -> None:
    """Whoever made it by hand learns here what does not fit."""
    problem = checked_problem(explanation.problem)
    checked_text(explanation.measure, "measure")
    checked_text(explanation.withheld, "withheld")
    checked_quantity(explanation.scale, "scale", high=10**18)
    if type(explanation.cost) is not int:
        raise InvalidType("cost", expected="int")
    items, count = len(problem.quantities), len(problem.locations)
    moves, ruled_out = explanation.moves, explanation.ruled_out
    for path, entries in (("moves", moves), ("ruled_out", ruled_out)):
        if type(entries) is not tuple:
            raise InvalidType(path, expected="tuple")
    for move in moves:
        if type(move) is not tuple or {*map(type, move)} != _INT or len(move) != 3:
            raise InvalidType("moves", expected="(item, location, units)")
        item, location, units = move
        if not (0 <= item < items and 0 <= location < count and 0 < units <= _MOST):
            raise InvalidQuantity("moves", min=1, max=_MOST)
    for entry in ruled_out:
        if type(entry) is not tuple or len(entry) != 2:
            raise InvalidType("ruled_out", expected="(location, code)")
        checked_text(entry[0], "ruled_out")
        checked_text(entry[1], "ruled_out")


__all__ = ["BY_COST", "BY_FILL", "BY_TIE", "CHOSEN", "EXCLUDED", "LOST", "Explanation", "Verdict", "vouched"]
