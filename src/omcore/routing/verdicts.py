"""One verdict per location: what a plan says of each, and how that is worked out.

Decides who ships what at which cost, who lost and by how much, and who was no candidate. A
location that could ship something but was not chosen lost to this *counterfactual*: it ships all
of the order that it can, and the rest of the order is shipped by the best plan for the rest.

An ordinary order - one row of unit costs, nothing that couples its items - is looked at once, all
locations together: most rests are shipped by one location for less than any two could, which
needs no solver. Any other is asked of the solver, location by location, and gives the same
answers. Among very many locations rests are planned over few. Must not know rules, rates or how a
plan is told.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from omcore.kernel import changed, record
from omcore.routing._greedy import cost_of
from omcore.routing._nearby import WIDE, narrowed, nearby
from omcore.routing._packing import is_exact
from omcore.routing.constraints import NO_STOCK, SHIP_TOGETHER, SPLIT_LIMIT
from omcore.routing.problem import Ints, Move, Problem, most, walk_order, without
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
# Locations of which each two are tried.
_TRIED = 12
# Items up to which a set of them is one machine word.
_WORD = 60

Named = tuple[tuple[str, int], ...]
# What the rest of an order costs, the units that stay of it, and whether nothing is cheaper.
Rest = tuple[int, int, bool]


@record
class Verdict:
    """What the plan says of one location.

    ``outcome`` is chosen, lost or excluded. ``code`` is empty for a chosen one; for an excluded
    one the first rule that ruled it out, ``no_stock`` after all rules; for one that lost
    ``cost``, ``tie`` (as cheap, behind by the stated rule), ``fill`` (would leave ``unfilled``
    more units) or ``split_limit`` (has units that stay, where as many locations ship as may).
    ``ships`` is (SKU, units) that it ships, or could. ``cost`` is its part of the
    plan, or the whole cost of its counterfactual; ``loss`` is that less the plan's cost, exact
    where ``proven``, else what was found with bounded effort.
    """

    location: str
    outcome: str
    code: str = ""
    ships: Named = ()
    all_of_it: bool = False
    cost: int = 0
    loss: int = 0
    unfilled: int = 0
    proven: bool = True


def verdicts_of(
    problem: Problem, moves: Sequence[Move], cost: int, withheld: str
) -> tuple[list[Verdict], list[Verdict]]:
    """On the locations of a problem: the chosen and then the lost by loss; those without stock."""
    shipped: dict[int, list[int]] = {}
    filled = 0
    for item, j, units in moves:
        given = shipped.get(j)
        if given is None:
            given = shipped[j] = [0] * len(problem.quantities)
        given[item] += units
        filled += units
    if not withheld and len(problem.locations) <= WIDE and _is_ordinary(problem):
        ordinary = _Ordinary(problem)
        chosen = [ordinary.chosen(j, shipped[j]) for j in sorted(shipped)]
        lost, idle = ordinary.told(shipped, cost, filled)
    else:
        chosen = [_chosen(problem, j, tuple(shipped[j])) for j in sorted(shipped)]
        lost, idle = _told(problem, shipped, cost, filled, withheld)
    if len(lost) > 1:
        lost.sort()
    out: list[Verdict] = []
    if idle:
        barred: dict[int, list[str]] = {}
        for _, j, code in problem.barred:
            barred.setdefault(j, []).append(code)
        for j, could in idle:
            code = withheld if could else _barring(problem, j, barred.get(j, []))
            out.append(Verdict(problem.locations[j], EXCLUDED, code, could))
    return chosen + [entry[3] for entry in lost], out


def _chosen(problem: Problem, j: int, units: Ints) -> Verdict:
    ships = named(problem, units)
    return Verdict(
        problem.locations[j], CHOSEN, "", ships, units == problem.quantities, cost_of(problem, j, units)
    )


# A location that lost: units more that would stay, loss, its place by rank; these never tie.
_Lost = tuple[int, int, int, Verdict]
# One that ships nothing: its place, and what it could ship of an order that is withheld.
_Idle = tuple[int, Named]


def _told(
    problem: Problem, shipped: dict[int, list[int]], cost: int, filled: int, withheld: str
) -> tuple[list[_Lost], list[_Idle]]:
    """Of any problem, location by location."""
    rests = (_Rests if len(problem.locations) <= WIDE else _NearbyRests)(problem, shipped)
    lost: list[_Lost] = []
    idle: list[_Idle] = []
    staying = _staying(problem, shipped)
    for j in range(len(problem.locations)):
        if j in shipped:
            continue
        can = most(problem, j, problem.quantities)
        if withheld or not any(can):
            idle.append((j, named(problem, can)))
        else:
            short, loss, _, verdict = _against(problem, j, can, rests.of(j, can), cost, filled)
            if any(can[item] for item in staying):
                verdict = changed(verdict, code=SPLIT_LIMIT)
            lost.append((short, loss, j, verdict))
    return lost, idle


def _staying(problem: Problem, shipped: dict[int, list[int]]) -> list[int]:
    """The items of which a unit stays where as many locations ship as may."""
    if not problem.at_most or len(shipped) < problem.at_most:
        return []
    taken = [sum(by_item) for by_item in zip(*shipped.values(), strict=True)]
    return [
        item for item, (need, units) in enumerate(zip(problem.quantities, taken, strict=True)) if units < need
    ]


class _Rests:
    """What the others ship when a location ships all it can, planned over all of them."""

    def __init__(self, problem: Problem, shipped: Collection[int]) -> None:
        self._problem = problem
        self._memo: dict[Ints, Rest] = {}

    def of(self, j: int, can: Ints) -> Rest:
        problem = self._problem
        rest = tuple([need - units for need, units in zip(problem.quantities, can, strict=True)])
        if not any(rest):
            return 0, 0, True
        # Where it took what it took whole, it has nothing to give to the rest, and the rest
        # is the same problem for every such location.
        if problem.pools or any(a and b for a, b in zip(can, rest, strict=True)):
            return _solved(without(problem, j, rest))
        found = self._memo.get(rest)
        if found is None:
            found = self._memo[rest] = _solved(without(problem, j, rest))
        return found


class _NearbyRests(_Rests):
    """Planned over few of very many, so that nothing better exists is not known."""

    def __init__(self, problem: Problem, shipped: Collection[int]) -> None:
        self._whole = problem
        kept = nearby(problem, shipped)
        self._place = {j: at for at, j in enumerate(kept)}
        super().__init__(narrowed(problem, kept), shipped)

    def of(self, j: int, can: Ints) -> Rest:
        place = self._place.get(j)
        if place is not None:
            cost, missing, _ = super().of(place, can)
            return cost, missing, can == self._whole.quantities
        rest = tuple([need - units for need, units in zip(self._whole.quantities, can, strict=True)])
        if not any(rest):
            return 0, 0, True
        found = self._memo.get(rest)
        if found is None:
            found = self._memo[rest] = self._solved_without_it(rest)
        return found

    def _solved_without_it(self, rest: Ints) -> Rest:
        """It is none of the few, and takes one of the locations that a plan may use all the same."""
        problem = self._problem
        if problem.at_most == 1:
            return 0, sum(rest), True
        if problem.at_most:
            problem = changed(problem, at_most=problem.at_most - 1)
        cost, missing, _ = _solved(without(problem, None, rest))
        return cost, missing, False


def _solved(problem: Problem) -> Rest:
    solution = solved(problem, _EFFORT)
    return solution.cost, solution.unfilled, solution.proven


def _against(problem: Problem, j: int, can: Ints, rest: Rest, cost: int, filled: int) -> _Lost:
    """The counterfactual of a location, held against the plan."""
    others, missing, proven = rest
    whole = cost_of(problem, j, can) + others
    packing = problem.packing
    proven = proven and (packing is None or is_exact(can, packing.weights))
    short = filled - (sum(problem.quantities) - missing)
    loss = whole - cost
    code = BY_FILL if short > 0 else BY_TIE if loss == 0 else BY_COST
    ships = named(problem, can)
    everything = can == problem.quantities
    verdict = Verdict(problem.locations[j], LOST, code, ships, everything, whole, loss, short, proven)
    return short, loss, j, verdict


def _is_ordinary(problem: Problem) -> bool:
    return (
        len(problem.units) == 1
        and problem.locations != ()
        and 0 < len(problem.quantities) <= _WORD
        and problem.packing is None
        and not problem.pools
        and not problem.groups
        and not problem.at_most
    )


# What a location ships: units, by name, whether that is all of the order, and the rest of it.
_Found = tuple[int, Named, bool, Rest]


class _Ordinary:
    """One row of unit costs, and nothing that couples the items."""

    __slots__ = ("entries", "fixed", "full", "least", "partial", "problem", "row", "total", "walk", "whole")

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        fixed = self.fixed = problem.fixed
        row = self.row = problem.units[0]
        # By location: the items that it holds whole and those it holds a part of, as bits.
        self.whole = whole = [0] * len(fixed)
        self.partial = partial = [0] * len(fixed)
        # (bit, (SKU, units)) by item.
        self.entries: list[tuple[int, tuple[str, int]]] = []
        self.total = 0
        bit = 1
        for label, quantity, column in zip(problem.labels, problem.quantities, problem.stock, strict=True):
            for j, have in enumerate(column):
                if have >= quantity:
                    whole[j] |= bit
                elif have > 0:
                    partial[j] |= bit
            self.entries.append((bit, (label, quantity)))
            self.total += quantity
            bit += bit
        self.full = bit - 1
        # No plan that uses two locations pays less than twice the one, and the other for each of its units.
        self.least = min(fixed), min(row)
        # Where all cost the same to use, whoever comes first with it all is the cheapest.
        level = max(fixed) == self.least[0]
        self.walk = (problem.walk or walk_order(problem.units, len(row))) if level else ()

    def chosen(self, j: int, units: list[int]) -> Verdict:
        """As ``_chosen``."""
        ships = tuple(
            [
                entry if entry[1] == count else (entry[0], count)
                for (_, entry), count in zip(self.entries, units, strict=True)
                if count
            ]
        )
        count = sum(units)
        cost = self.fixed[j] + count * self.row[j]
        return Verdict(self.problem.locations[j], CHOSEN, "", ships, count == self.total, cost)

    def told(
        self, shipped: dict[int, list[int]], plan_cost: int, filled: int
    ) -> tuple[list[_Lost], list[_Idle]]:
        fixed, row, partial, locations = self.fixed, self.row, self.partial, self.problem.locations
        spare = filled - self.total
        everything = tuple([entry for _, entry in self.entries])
        # By the items that a location holds, all of them whole: others give the rest.
        known: dict[int, _Found] = {self.full: (self.total, everything, True, (0, 0, True))}
        lost: list[_Lost] = []
        idle: list[_Idle] = []
        for j, mask in enumerate(self.whole):
            if j in shipped:
                continue
            if partial[j]:
                found = self._in_part(j)
            elif mask in known:
                found = known[mask]
            elif mask:
                found = known[mask] = self._in_whole(j, mask)
            else:
                idle.append((j, ()))
                continue
            units, ships, all_of_it, (others, missing, proven) = found
            cost = fixed[j] + units * row[j] + others
            short = spare + missing
            loss = cost - plan_cost
            code = BY_FILL if short > 0 else BY_COST if loss else BY_TIE
            verdict = Verdict(locations[j], LOST, code, ships, all_of_it, cost, loss, short, proven)
            lost.append((short, loss, j, verdict))
        return lost, idle

    def _in_whole(self, j: int, mask: int) -> _Found:
        """What a location ships that has some items whole and nothing of the others."""
        units = 0
        ships: list[tuple[str, int]] = []
        for bit, entry in self.entries:
            if mask & bit:
                ships.append(entry)
                units += entry[1]
        left = self.total - units
        others = self.full ^ mask
        whole = self.whole
        for k in self.walk:
            if whole[k] & others == others:
                best = self._alone(k, left)
                if best >= 0:
                    return units, tuple(ships), False, (best, 0, True)
                break
        needs = [(need, column) for need, column in self._columns() if column[j] < need]
        return units, tuple(ships), False, self._rest(j, needs)

    def _in_part(self, j: int) -> _Found:
        """The same of one that has a part of some item."""
        left = others = 0
        ships: list[tuple[str, int]] = []
        needs: list[tuple[int, Ints]] = []
        for (bit, entry), column in zip(self.entries, self.problem.stock, strict=True):
            need, have = entry[1], column[j]
            if have >= need:
                ships.append(entry)
                continue
            if have > 0:
                ships.append((entry[0], have))
                need -= have
            left += need
            others |= bit
            needs.append((need, column))
        whole, partial = self.whole, self.partial
        for k in self.walk:
            if (whole[k] | partial[k]) & others == others and k != j:
                for need, column in needs:
                    if column[k] < need:
                        break
                else:
                    best = self._alone(k, left)
                    if best >= 0:
                        return self.total - left, tuple(ships), False, (best, 0, True)
                    break
        return self.total - left, tuple(ships), False, self._rest(j, needs)

    def _alone(self, k: int, units: int) -> int:
        """What it costs that a location ships them, or -1 if any two might for less."""
        least, each = self.least
        cost = self.fixed[k] + units * self.row[k]
        return cost if cost <= 2 * least + units * each else -1

    def _columns(self) -> list[tuple[int, Ints]]:
        return list(zip(self.problem.quantities, self.problem.stock, strict=True))

    def _rest(self, j: int, needs: list[tuple[int, Ints]]) -> Rest:
        """What the rest costs that others ship, the location itself having none of it left."""
        found = self._apart(j, needs)
        if found is None:
            can = most(self.problem, j, self.problem.quantities)
            rest = [need - has for need, has in zip(self.problem.quantities, can, strict=True)]
            solution = solved(without(self.problem, j, rest), _EFFORT)
            found = solution.cost, solution.unfilled, solution.proven
        return found

    def _apart(self, left_out: int, needs: list[tuple[int, Ints]]) -> Rest | None:
        """One location ships it all for less than any two; or no location has use for two items."""
        units = sum([need for need, _ in needs])
        offers = self._offers(left_out, needs)
        if not offers:
            return 0, units, True
        openings = sorted([opening for opening, _, _, _ in offers])
        least = sum(openings[:2]) + units * min([each for _, each, _, _ in offers])
        best = min(
            [opening + units * each for opening, each, _, all_of_it in offers if all_of_it], default=-1
        )
        if best >= 0 and (len(offers) == 1 or best <= least):
            return best, 0, True
        if len(needs) == 1 or any(some > 1 for _, _, some, _ in offers):
            return self._paired(left_out, needs, openings, best)
        total = missing = 0
        for entry in needs:
            found = self._apart(left_out, [entry])
            if found is None:
                return None
            total += found[0]
            missing += found[1]
        return total, missing, True

    def _paired(
        self, left_out: int, needs: list[tuple[int, Ints]], openings: list[int], alone: int
    ) -> Rest | None:
        """One or two locations ship it all for less than any three could; few enough to try each two."""
        if len(openings) > _TRIED:
            return None
        fixed, row = self.fixed, self.row
        useful = [j for j in range(len(row)) if j != left_out and any(column[j] > 0 for _, column in needs)]
        useful.sort(key=row.__getitem__)
        best = alone
        for at, j in enumerate(useful):
            for k in useful[at + 1 :]:
                cost = fixed[j] + fixed[k]
                # Both are open: each item comes from the cheaper one first.
                for need, column in needs:
                    first = min(need, max(0, column[j]))
                    if need > first and column[k] < need - first:
                        break
                    cost += first * row[j] + (need - first) * row[k]
                else:
                    if best < 0 or cost < best:
                        best = cost
        units = sum([need for need, _ in needs])
        if best < 0 or (len(openings) > 2 and best > sum(openings[:3]) + units * row[useful[0]]):
            return None
        return best, 0, True

    def _offers(self, left_out: int, needs: list[tuple[int, Ints]]) -> list[tuple[int, int, int, bool]]:
        """Of who has any of the needs: costs, of how many of them, and whether it has all of all of them."""
        offers: list[tuple[int, int, int, bool]] = []
        for j, opening in enumerate(self.fixed):
            some = 0
            all_of_it = True
            for need, column in needs:
                have = column[j]
                if have > 0:
                    some += 1
                if have < need:
                    all_of_it = False
            if some and j != left_out:
                offers.append((opening, self.row[j], some, all_of_it))
        return offers


def named(problem: Problem, units: Ints) -> Named:
    """(SKU, units) of what there are any of."""
    return tuple([(problem.labels[item], count) for item, count in enumerate(units) if count])


def _barring(problem: Problem, j: int, codes: list[str]) -> str:
    """``no_stock``, the rule that keeps every item from the location, or that a group is not all there."""
    if codes and len(codes) == len(problem.quantities):
        return codes[0]
    if problem.groups and any(problem.holds(item, j) for item in range(len(problem.quantities))):
        return SHIP_TOGETHER
    return NO_STOCK


__all__ = ["BY_COST", "BY_FILL", "BY_TIE", "CHOSEN", "EXCLUDED", "LOST", "Named", "Verdict", "verdicts_of"]
