"""Prices as duals of a linear program, by column generation; needs the extra ``milp``.

Decides the program: how often each kind of order is served in which way, within what there is. A way is
only added when the exact solver finds it cheaper than the prices say, so few of them are ever looked at.
The bound is not what the program answers, which is in floats, but what its prices prove in exact ints. Must
not know what the prices are for.
"""

from __future__ import annotations

from typing import Any

from omcore.kernel import InputError
from omcore.routing._ascent import step_of
from omcore.routing._cells import Cell, Prices
from omcore.routing._horizon import Chosen, Horizon, Proof
from omcore.routing.problem import Move

# A way for a cell: its moves, and what they cost without prices.
Way = tuple[tuple[Move, ...], int]
# What a next solve starts with: by cell, the ways that were found.
Ways = dict[object, dict[tuple[Move, ...], int]]

# Ways that are kept of a cell.
_KEPT = 24
_ROUNDS = 200
# What it costs to serve an order in no way at all, in steps: above any way.
_NEVER = 10_000


class SolverMissing(InputError):
    """What was asked for needs a package that is not installed, or does not work here. Fields: extra."""

    code = "solver_missing"


def solved_program(horizon: Horizon, start: Prices, known: Ways, tolerance: int) -> tuple[Proof, Ways]:
    """The proof, within ``tolerance`` millionths of the program's best, and the ways for a next solve."""
    try:
        import highspy
    except ImportError:
        raise SolverMissing("", extra="milp") from None
    program = _Program(highspy, horizon)
    answers = horizon.answers(start)
    bound, proof = horizon.value(start, answers), start
    for number, (cell, (moves, cost, _)) in enumerate(zip(horizon.cells, answers, strict=True)):
        ways = known.get(cell.key, {})
        program.found[number] = {way: ways[way] for way in ways if _is_open(cell, way)}
        program.found[number].setdefault(moves, cost - cell.worth(moves, start))
    program.add([(at, way) for at, found in enumerate(program.found) for way in found.items()])
    for _ in range(_ROUNDS):
        objective, prices, duals = program.solve()
        answers = horizon.answers(prices)
        value = horizon.value(prices, answers)
        if value > bound:
            bound, proof = value, prices
        new: list[tuple[int, Way]] = []
        for number, (cell, (moves, cost, _)) in enumerate(zip(horizon.cells, answers, strict=True)):
            if cost < duals[number] and moves not in program.found[number]:
                cost -= cell.worth(moves, prices)
                program.found[number][moves] = cost
                new.append((number, (moves, cost)))
        if not new or (objective - bound) * 1_000_000 <= tolerance * max(1, abs(bound)):
            break
        program.add(new)
    return Proof(bound, proof, program.chosen()), program.ways(proof)


class _Program:
    """The linear program over the ways found so far. Its floats are in steps of the horizon."""

    def __init__(self, highspy: Any, horizon: Horizon) -> None:
        import numpy as np

        self._np = np
        self._horizon = horizon
        self._unit = step_of(horizon)
        self.found: list[dict[tuple[Move, ...], int]] = [{} for _ in horizon.cells]
        self._rows: dict[tuple[int, int], int] = {}
        upper = [cell.weight / horizon.scale for cell in horizon.cells]
        lower = list(upper)
        for sku, row in enumerate(horizon.capacity):
            for j, units in enumerate(row):
                # What all of the demand could not use up binds nobody.
                if units and units * horizon.scale < horizon.need[sku]:
                    self._rows[sku, j] = len(upper)
                    lower.append(-highspy.kHighsInf)
                    upper.append(float(units))
        self._model = model = _quiet(highspy)
        model.setOptionValue("presolve", "off")
        model.setOptionValue("solver", "simplex")
        self._infinite = highspy.kHighsInf
        self._optimal = highspy.HighsModelStatus.kOptimal
        self._values: list[float] = []
        none = np.zeros(0, dtype=np.int32)
        model.addRows(len(upper), np.array(lower), np.array(upper), 0, none, none, np.zeros(0))
        self._added: list[tuple[int, tuple[Move, ...]]] = []
        self._columns([([(number, 1.0)], float(_NEVER)) for number in range(len(horizon.cells))])

    def add(self, ways: list[tuple[int, Way]]) -> None:
        """Ways for cells, by number."""
        columns = []
        for number, (moves, cost) in ways:
            cell = self._horizon.cells[number]
            self._added.append((number, moves))
            used: dict[int, float] = {number: 1.0}
            for item, j, units in moves:
                for sku, each in cell.draws[item]:
                    row = self._rows.get((sku, cell.columns[j]))
                    if row is not None:
                        used[row] = used.get(row, 0.0) + units * each
            columns.append((sorted(used.items()), cost / self._unit))
        self._columns(columns)

    def _columns(self, columns: list[tuple[list[tuple[int, float]], float]]) -> None:
        np = self._np
        count = len(columns)
        starts: list[int] = []
        rows: list[int] = []
        values: list[float] = []
        for entries, _ in columns:
            starts.append(len(rows))
            for row, value in entries:
                rows.append(row)
                values.append(value)
        self._model.addCols(
            count,
            np.array([cost for _, cost in columns]),
            np.zeros(count),
            np.full(count, self._infinite),
            len(rows),
            np.array(starts, dtype=np.int32),
            np.array(rows, dtype=np.int32),
            np.array(values),
        )

    def solve(self) -> tuple[int, Prices, list[int]]:
        """(objective, prices, what each cell may cost), in exact ints from floats."""
        self._model.run()
        if self._model.getModelStatus() != self._optimal:
            # There is always a best answer: every order can be served in no way at all.
            raise SolverMissing("", extra="milp")
        objective = round(self._model.getObjectiveValue() * self._unit)
        solution = self._model.getSolution()
        self._values = list(solution.col_value)
        dual = solution.row_dual
        prices = [[0] * len(row) for row in self._horizon.capacity]
        for (sku, j), row in self._rows.items():
            prices[sku][j] = max(0, round(-dual[row] * self._unit))
        # A way that is cheaper by a millionth of a step is none.
        spare = max(1, self._unit // 1_000_000)
        return (
            objective,
            prices,
            [round(dual[at] * self._unit) - spare for at in range(len(self._horizon.cells))],
        )

    def chosen(self) -> list[Chosen]:
        """How often each way is taken by the program as it was solved last, in thousandths of all alike."""
        values = self._values[len(self._horizon.cells) :]
        found: list[Chosen] = []
        for (number, moves), value in zip(self._added, values, strict=False):
            often = round(1_000 * value * self._horizon.scale / (self._horizon.cells[number].weight or 1))
            if often > 0:
                found.append((number, moves, often))
        return found

    def ways(self, prices: Prices) -> Ways:
        """By cell, the ways that are cheapest at these prices."""
        kept: Ways = {}
        for cell, ways in zip(self._horizon.cells, self.found, strict=True):
            kept[cell.key] = _cheapest(cell, ways, prices)
        return kept


def _quiet(highspy: Any) -> Any:
    """A solver that prints nothing: ``Highs`` itself greets whoever makes one."""

    class Quiet(highspy.Highs):  # type: ignore[misc]
        def __init__(self) -> None:
            super(highspy.Highs, self).__init__()

    model = Quiet()
    model.setOptionValue("output_flag", False)
    return model


def _is_open(cell: Cell, moves: tuple[Move, ...]) -> bool:
    """Whether what gave the units still has any."""
    stock = cell.full.stock
    return all(j < len(cell.columns) and stock[item][j] for item, j, _ in moves)


def _cheapest(cell: Cell, ways: dict[tuple[Move, ...], int], prices: Prices) -> dict[tuple[Move, ...], int]:
    if len(ways) <= _KEPT:
        return ways
    ranked = sorted((cost + cell.worth(moves, prices), moves) for moves, cost in ways.items())
    return {moves: ways[moves] for _, moves in ranked[:_KEPT]}


__all__ = ["SolverMissing", "Ways", "solved_program"]
