"""The exact solver alone: against an integer program, and as the number of locations grows.

Problems are as a table of a strategy makes them: published rates, 8.759 USD a shipment and 0.423 USD +
0.000541 USD x miles a unit (Jasin and Sinha, Operations Research 63, 2015), locations at random
distances, each holding an item with a given density. Everything comes from a seed. Times are of the
processor, so that what else the machine does does not count; both work in one thread.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Mapping
from typing import Any

from omcore.routing import Problem, Solution
from omcore.routing.problem import scan_order, walk_order
from omcore.routing.solver import solved

DENSITIES = (0.1, 0.5, 0.9)
SEED = 20_151
PER_SHIPMENT = 875_900_000
PER_UNIT = 42_300_000
PER_UNIT_MILE = 54_100


def figures(smoke: bool, seed: int = SEED) -> Mapping[str, float]:
    """Every figure of the solver. Those that need ``highspy`` are missing where it is."""
    found = dict(growth(20 if smoke else 150, 4 if smoke else 40, seed))
    found.update(against_highs(4 if smoke else 40, seed))
    return found


def problem_of(rng: random.Random, lines: int, locations: int, density: float) -> Problem:
    """An order of one to three units a line; a location that has an item has one to six of it."""
    miles = [rng.randint(20, 2_800) for _ in range(locations)]
    row = tuple([PER_UNIT + PER_UNIT_MILE * far for far in miles])
    fixed = (PER_SHIPMENT,) * locations
    stock = tuple(
        tuple([rng.randint(1, 6) if rng.random() < density else 0 for _ in range(locations)])
        for _ in range(lines)
    )
    scan = scan_order(fixed, (row,))
    walk = walk_order((row,), locations)
    return Problem(
        tuple(f"SKU-{item}" for item in range(lines)),
        tuple([rng.randint(1, 3) for _ in range(lines)]),
        tuple(f"L{j}" for j in range(locations)),
        stock,
        fixed,
        (row,),
        scan,
        scan if walk == scan else walk,
    )


def growth(small: int, large: int, seed: int) -> Mapping[str, float]:
    """5,000 locations over 100 at 8 lines: the ratio of median times, by density, and their median."""
    ratios: list[float] = []
    found: dict[str, float] = {}
    for density in DENSITIES:
        rng = random.Random(f"{seed} growth {density}")
        few = [problem_of(rng, 8, 100, density) for _ in range(small)]
        many = [problem_of(rng, 8, 5_000, density) for _ in range(large)]
        base, took = _median_us(few), _median_us(many)
        found[f"us_100_locations_8_lines_{density}"] = base
        found[f"us_5000_locations_8_lines_{density}"] = took
        ratios.append(took / base)
    found["us_5000_locations_8_lines_vs_100"] = statistics.median(ratios)
    found["us_5000_locations_8_lines_vs_100_worst"] = max(ratios)
    return found


def _median_us(problems: list[Problem]) -> float:
    return statistics.median(_best_us(problem) for problem in problems)


def _best_us(problem: Problem) -> float:
    best = float("inf")
    for _ in range(3):
        begin = time.process_time()
        solved(problem)
        best = min(best, time.process_time() - begin)
    return best * 1e6


def against_highs(orders: int, seed: int) -> Mapping[str, float]:
    """4 lines x 100 locations: times faster than HiGHS takes to solve the program once it is built.

    ``mismatches`` counts the orders of which the two do not find plans of the same units and cost.
    """
    try:
        import highspy
    except ImportError:
        return {}
    by_density: list[float] = []
    mismatches = 0
    for density in DENSITIES:
        rng = random.Random(f"{seed} highs {density}")
        ratios: list[float] = []
        for _ in range(orders):
            problem = problem_of(rng, 4, 100, density)
            solution = solved(problem)
            took, cost = _by_program(highspy, problem, sum(problem.quantities) - solution.unfilled)
            ratios.append(took * 1e6 / _best_us(problem))
            mismatches += not _same(problem, solution, cost)
        by_density.append(statistics.median(ratios))
    return {"exact_vs_highs": statistics.median(by_density), "mismatches": mismatches}


def _same(problem: Problem, solution: Solution, cost: float) -> bool:
    """Proven, as many units as there are, and the cost of the program to its float's precision."""
    most = sum(
        min(quantity, sum(column)) for quantity, column in zip(problem.quantities, problem.stock, strict=True)
    )
    filled = sum(problem.quantities) - solution.unfilled
    return solution.proven and filled == most and abs(solution.cost - cost) <= max(1.0, cost * 1e-9)


def _by_program(highspy: Any, problem: Problem, units: int) -> tuple[float, float]:
    """(seconds that solving takes, least cost of shipping so many units)."""

    class Quiet(highspy.Highs):  # type: ignore[misc]
        # ``Highs`` itself greets whoever makes one, in the middle of the figures.
        def __init__(self) -> None:
            super(highspy.Highs, self).__init__()

    model = Quiet()
    model.silent()
    model.setOptionValue("mip_rel_gap", 0.0)
    model.setOptionValue("mip_abs_gap", 1e-9)
    model.setOptionValue("parallel", "off")
    locations, items = range(len(problem.locations)), range(len(problem.quantities))
    used = [model.addBinary() for _ in locations]
    holders = {(i, j): problem.holds(i, j) for i in items for j in locations if problem.holds(i, j)}
    ships = {pair: model.addIntegral(0, units) for pair, units in holders.items()}
    for i in items:
        model.addConstr(sum([ships[i, j] for j in locations if (i, j) in ships]) <= problem.quantities[i])
    for (i, j), have in holders.items():
        model.addConstr(ships[i, j] <= have * used[j])
    model.addConstr(sum(ships.values()) >= units)
    # In minor units: the program counts in floats.
    fixed = sum([problem.fixed[j] / 1e6 * used[j] for j in locations])
    each = sum([problem.unit_cost(i, j) / 1e6 * units for (i, j), units in ships.items()])
    model.setMinimize()
    begin = time.process_time()
    model.minimize(fixed + each)
    took = time.process_time() - begin
    return took, model.getObjectiveValue() * 1e6


if __name__ == "__main__":
    for name, value in figures(smoke=False).items():
        print(f"{name:<48} {value:>14,.2f}")
