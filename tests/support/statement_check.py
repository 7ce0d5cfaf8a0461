"""A statement against the order's units, listed one by one, and against its ledger.

Knows nothing of how a statement is made: it lists units, sums, and folds the history itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from omcore import orders as om
from omcore.orders import events as ev
from omcore.orders import units as un
from plain_kits import given_in_parts

GOODS = ("ordered", "cancelled", "shipped", "given_back")
COLUMNS = (*GOODS, "adjusted", "captured", "refunded")
PARTS = ("units", "net", "tax", "remitted", "funded")
WAITING = {un.OPEN, un.ALLOCATED, un.CHANNEL}


def check_statement(order: om.Order, events: Sequence[Any]) -> None:
    """Rows sum to totals, totals are the ledger's, lines are their units, and events are behind."""
    plain, told = order.statement(), order.statement(events)
    assert without_events(told) == plain
    for column in COLUMNS:
        for part in PARTS:
            rows = sum(getattr(getattr(row, column), part) for row in plain.rows)
            assert rows == getattr(getattr(plain.total, column), part), (column, part)
    payments = order.payments
    assert plain.total.owed == payments.owed
    assert plain.total.due == payments.balance
    assert plain.total.captured.amount == payments.captured
    assert plain.total.ordered.net + plain.total.ordered.tax == order.terms.total
    back = [event for event in events if type(event) is ev.ShippingGivenBack]
    charges = [row.given_back for row in plain.rows if row.kind == "charge"]
    for part in PARTS[1:]:
        assert sum(getattr(figure, part) for figure in charges) == sum(getattr(event, part) for event in back)
    lines = [row for row in plain.rows if row.kind == "line"]
    in_parts = given_in_parts(order)
    for line, units, row in zip(order.terms.lines, order.progress.units, lines, strict=True):
        assert row.id == line.id
        for column in GOODS:
            assert figure_of(line, units, column, in_parts) == attrs.astuple(getattr(row, column))[:5], (
                line.id,
                column,
            )
    for row in told.rows:
        for column in COLUMNS:
            figure = getattr(row, column)
            nothing = attrs.astuple(figure)[:5] == (0, 0, 0, 0, 0)
            assert not (nothing and figure.events), "an event behind nothing"
            assert nothing or figure.events, f"no event behind {row.kind} {row.id} {column}"
            assert list(figure.events) == sorted(set(figure.events))


def figure_of(line: Any, units: Any, column: str, in_parts: Any) -> tuple[int, int, int, int, int]:
    """A column of a line, unit by unit."""
    sums = [0, 0, 0, 0, 0]
    for first, last, state, _ in units:
        belongs = {
            "ordered": True,
            "cancelled": state == un.CANCELLED,
            "shipped": state not in WAITING and state != un.CANCELLED,
            "given_back": state in (un.RETURNED, un.KEPT, un.LOST, un.REPLACED),
        }[column]
        for ordinal in range(first, last + 1):
            if not belongs:
                if column == "given_back":
                    for i, part in enumerate((0, *in_parts.get((line.id, ordinal), (0, 0, 0, 0)))):
                        sums[i] += part
                continue
            (each,) = [entry[2:] for entry in line.entitlements if entry[0] <= ordinal <= entry[1]]
            for i, part in enumerate((1, *each)):
                sums[i] += part
    return sums[0], sums[1], sums[2], sums[3], sums[4]


def without_events(told: om.Statement) -> om.Statement:
    """The same figures, with no event named."""

    def bare(row: om.StatementRow) -> om.StatementRow:
        return attrs.evolve(
            row, **{column: attrs.evolve(getattr(row, column), events=()) for column in COLUMNS}
        )

    return attrs.evolve(told, rows=tuple(bare(row) for row in told.rows), total=bare(told.total))
