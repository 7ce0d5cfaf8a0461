"""The statement: what was ordered, shipped, captured, refunded and is still due, line by line.

Decides how an order is shown as an invoice whose rows sum to its totals: a row a line, a row a
charge, and one row for what belongs to none (fees, allowances, money that nothing was sent for). With
the order's history each figure names the events behind it. Changes nothing and must not know how
anything came about: every figure is read off the state, and an event is behind a figure if the figure
was another before it.

Goods have a worth of their own (M6); money has not: it is captured and refunded for the order. A
row's part of what was captured is the split (M2) of the whole over what has shipped of every row, then
over what waits; of what was refunded, over what was given back of every row, then over what was
cancelled. What is left after that is in the last row.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from operator import is_not
from typing import Any

import attrs

from omcore.kernel import InputError, InvalidType, format_minor, record, split
from omcore.kernel.runs import count
from omcore.orders import units as un
from omcore.orders.aggregate import evolve
from omcore.orders.entitlements import NOTHING, Worth, worth
from omcore.orders.kits import worth_gone
from omcore.orders.parts import NO_PARTS, Parts, among, by_line
from omcore.orders.payments.ledger import FEES
from omcore.orders.returns.money import SHIPPING, shipping_given_back
from omcore.orders.state import Order, OrderLine
from omcore.orders.units import Units

WAITING = (un.OPEN, un.ALLOCATED, un.CHANNEL)

# The columns of a row that are read off its units, and those that are a part of the order's money.
GOODS = ("ordered", "cancelled", "shipped", "given_back")
MONEY = ("captured", "refunded")
COLUMNS = (*GOODS, "adjusted", *MONEY)


class HistoryMismatch(InputError):
    """The events do not amount to this order."""

    code = "history_mismatch"


@record
class Figure:
    """One figure: how many units, what they come to in minor units, and the events behind it.

    ``net`` and ``tax`` are what the customer pays; ``remitted`` the part of the tax that a marketplace
    remits itself, ``funded`` what a channel pays besides (M13). Money that moved is all in ``net``.
    ``events`` are positions in the history, from 0; none where no history was given.
    """

    units: int
    net: int
    tax: int
    remitted: int
    funded: int
    events: tuple[int, ...]

    @property
    def amount(self) -> int:
        """What it comes to between merchant and customer: net and tax, less what a channel remits."""
        return self.net + self.tax - self.remitted


@record
class StatementRow:
    """A line, a charge, or what belongs to neither; ``id`` is the line's, or the charge's kind.

    ``shipped`` is what left and did not come undone, whatever became of it later; ``given_back`` the
    part of it whose worth is no longer owed: returned, kept, lost or replaced, or shipping given back;
    of units that came back in part their amounts are in it, and they are counted once nothing is left.
    ``due`` is in minor units: what is owed of the row less what was captured for it, and refunded;
    negative is too much. ``adjusted`` are fees less allowances, in the last row.
    """

    kind: str
    id: str
    sku: str
    title: str = attrs.field(repr=False)
    ordered: Figure
    cancelled: Figure
    shipped: Figure
    given_back: Figure
    captured: Figure
    refunded: Figure
    adjusted: Figure

    @property
    def owed(self) -> int:
        """What the customer owes for the row, in minor units."""
        return self.ordered.amount - self.cancelled.amount - self.given_back.amount + self.adjusted.amount

    @property
    def due(self) -> int:
        """What is still to be paid for the row; negative is to be given back."""
        return self.owed - self.captured.amount + self.refunded.amount


@record
class Statement:
    """An order as an invoice. Every column of ``rows`` sums to the same column of ``total``.

    Amounts are minor units of ``currency``. ``total.owed`` is what the order's ledger says is owed,
    ``total.due`` its balance.
    """

    order_id: str
    currency: str
    status: str
    rows: tuple[StatementRow, ...]
    total: StatementRow

    def row(self, row_id: str) -> StatementRow:
        """The row of a line. ``InputError`` where there is none."""
        for row in self.rows:
            if row.kind == "line" and row.id == row_id:
                return row
        raise InputError("row_id", reason="no such line")

    def __str__(self) -> str:
        """A table, amounts with the currency's decimals; no title or other text of a customer."""
        heads = ("", *[column.replace("_", " ") for column in COLUMNS], "due")
        table = [heads]
        for row in (*self.rows, self.total):
            name = row.id if row.kind == "line" else row.kind
            amounts = [*[getattr(row, column).amount for column in COLUMNS], row.due]
            table.append((name, *[format_minor(amount, self.currency) for amount in amounts]))
        widths = [max(len(line[i]) for line in table) for i in range(len(heads))]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if i == 0 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in table
        )


# (units, worth): what a column of a row's goods comes to.
_Goods = tuple[int, Worth]
_NONE: _Goods = (0, NOTHING)


@attrs.frozen
class _Row:
    """What is read off one line, or one charge: its goods, a column each. ``key`` is the row's own."""

    key: str
    kind: str
    id: str
    sku: str
    title: str
    ordered: _Goods
    cancelled: _Goods
    shipped: _Goods
    given_back: _Goods
    waiting: _Goods


def statement(order: Order, history: Sequence[Any] = ()) -> Statement:
    """The statement of an order, with the events behind each figure where its history is given.

    ``history`` is every event of the order, oldest first. Errors: ``InvalidType``; ``HistoryMismatch``
    where the events do not amount to the order as it is.
    """
    if type(order) is not Order:
        raise InvalidType("order", expected="Order")
    if type(history) is not list and type(history) is not tuple:
        raise InvalidType("history", expected="list or tuple of events")
    behind = _behind(order, history) if history else {}
    rows = [*_lines(order), *_charges(order)]
    money = {
        "captured": _spread(order.payments.captured, rows, ("shipped", "waiting")),
        "refunded": _spread(order.payments.given, rows, ("given_back", "cancelled")),
    }

    def figure(at: int, column: str, goods: _Goods) -> Figure:
        where = (column, "") if column in (*MONEY, "adjusted") else (column, rows[at].key)
        moved = goods != _NONE
        return Figure(goods[0], *goods[1], behind.get(where, ()) if moved else ())

    made = []
    for at, row in enumerate(rows):
        columns = {column: figure(at, column, getattr(row, column)) for column in GOODS}
        for column in MONEY:
            columns[column] = figure(at, column, (0, (money[column][at], 0, 0, 0)))
        made.append(StatementRow(row.kind, row.id, row.sku, row.title, adjusted=_NOTHING, **columns))
    owed = sum(row.owed for row in made)
    rest = {column: figure(-1, column, (0, (money[column][-1], 0, 0, 0))) for column in MONEY}
    rest["adjusted"] = figure(-1, "adjusted", (0, (order.payments.owed - owed, 0, 0, 0)))
    if any(entry.net for entry in rest.values()):
        made.append(StatementRow("account", "", "", "", *[_NOTHING] * len(GOODS), **rest))
    return Statement(order.id, order.terms.currency, order.status, tuple(made), _total(made))


_NOTHING = Figure(0, 0, 0, 0, 0, ())


def _lines(order: Order) -> list[_Row]:
    terms = order.terms
    parts = by_line(order.progress.parts)
    return [
        _line(order, line, units, parts.get(line.id, NO_PARTS))
        for line, units in zip(terms.lines, order.progress.units, strict=True)
    ]


def _line(order: Order, line: OrderLine, units: Units, parts: Parts) -> _Row:
    def goods(*states: str) -> _Goods:
        runs = un.in_state(units, *states)
        return count(runs), worth(line.entitlements, runs)

    back = goods(*un.WRITTEN_OFF)
    if parts:
        there = un.in_state(units, *_NOT_WRITTEN_OFF)
        back = (back[0], _plus(back[1], worth_gone(order, among(parts, ((line.id, there),)))))
    return _Row(
        f"line:{line.id}",
        "line",
        line.id,
        line.sku,
        line.title,
        goods(*un.UNIT_STATES),
        goods(un.CANCELLED),
        goods(*_LEFT),
        back,
        goods(*WAITING),
    )


_NOT_WRITTEN_OFF = tuple(state for state in un.UNIT_STATES if state not in un.WRITTEN_OFF)
_LEFT = tuple(state for state in un.UNIT_STATES if state not in (*WAITING, un.CANCELLED))


def _charges(order: Order) -> list[_Row]:
    """A charge goes with the first shipment (M8), and is not owed where nothing ever ships."""
    tally = order.progress.tally
    gone = order.progress.charged
    called_off = not gone and tally.kept == 0
    back = _shipping_back(order)
    rows = []
    for i, charge in enumerate(order.terms.charges):
        goods = (0, (charge.net, charge.tax, charge.remitted, charge.funded))
        rows.append(
            _Row(
                f"charge:{i}",
                "charge",
                charge.kind,
                "",
                "",
                goods,
                goods if called_off else _NONE,
                goods if gone else _NONE,
                (0, back.get(i, NOTHING)),
                _NONE if gone or called_off else goods,
            )
        )
    return rows


def _shipping_back(order: Order) -> dict[int, Worth]:
    """What was given back of the shipping, by charge: the first as far as it goes, the last the rest."""
    left = shipping_given_back(order)
    if left == NOTHING:
        return {}
    at = [i for i, charge in enumerate(order.terms.charges) if charge.kind == SHIPPING]
    found = {}
    for i in at:
        charge = order.terms.charges[i]
        whole = (charge.net, charge.tax, charge.remitted, charge.funded)
        pairs = zip(left, whole, strict=True)
        net, tax, remitted, funded = left if i == at[-1] else [min(more, max(own, 0)) for more, own in pairs]
        found[i] = (net, tax, remitted, funded)
        left = (left[0] - net, left[1] - tax, left[2] - remitted, left[3] - funded)
    return found


def _spread(amount: int, rows: Sequence[_Row], columns: Sequence[str]) -> list[int]:
    """An amount over the rows, one column after the other (M2); what is left stands at the end."""
    parts = [0] * len(rows)
    for column in columns:
        weights = [max(_amount(getattr(row, column)[1]), 0) for row in rows]
        taken = min(amount, sum(weights))
        if taken:
            parts = [part + more for part, more in zip(parts, split(taken, weights), strict=True)]
            amount -= taken
    return [*parts, amount]


def _plus(left: Worth, right: Worth) -> Worth:
    return (left[0] + right[0], left[1] + right[1], left[2] + right[2], left[3] + right[3])


def _amount(goods: Worth) -> int:
    return goods[0] + goods[1] - goods[2]


def _total(rows: Sequence[StatementRow]) -> StatementRow:
    columns = {}
    for column in COLUMNS:
        units = net = tax = remitted = funded = 0
        events: set[int] = set()
        for row in rows:
            figure: Figure = getattr(row, column)
            units += figure.units
            net += figure.net
            tax += figure.tax
            remitted += figure.remitted
            funded += figure.funded
            events.update(figure.events)
        columns[column] = Figure(units, net, tax, remitted, funded, tuple(sorted(events)))
    return StatementRow("total", "", "", "", **columns)


# -- the events behind ------------------------------------------------------------------------


def _behind(order: Order, history: Sequence[Any]) -> dict[tuple[str, str], tuple[int, ...]]:
    """By (column, row): the positions of the events that changed the figure.

    Only lines whose units an event touched are looked at again: a long history of a large order
    costs what its events touch.
    """
    found: dict[tuple[str, str], list[int]] = {}
    before: Order | None = None
    rows: dict[str, _Row] = {}
    sums: dict[str, int] = {}
    for position, event in enumerate(history):
        after = evolve(before, event)
        for row in _touched(before, after):
            old = rows.get(row.key)
            rows[row.key] = row
            for column in GOODS:
                value = getattr(row, column)
                if value != (_NONE if old is None else getattr(old, column)):
                    found.setdefault((column, row.key), []).append(position)
        for column, amount in _sums(after).items():
            if amount != sums.get(column, 0):
                found.setdefault((column, ""), []).append(position)
            sums[column] = amount
        before = after
    if before != order:
        raise HistoryMismatch("history")
    return {where: tuple(positions) for where, positions in found.items()}


def _touched(before: Order | None, after: Order) -> list[_Row]:
    """The rows that may be others than before: charges always, lines whose units moved.

    Where a part of a unit is given back, its unit has moved, if only to where it was.
    """
    if before is None:
        return [*_lines(after), *_charges(after)]
    if after.progress is before.progress and after.terms is before.terms:
        return []
    lines, units = after.terms.lines, after.progress.units
    moved = {*_others(before.progress.units, units), *_others(before.terms.lines, lines)}
    parts = by_line(after.progress.parts)
    rows = [_line(after, lines[at], units[at], parts.get(lines[at].id, NO_PARTS)) for at in sorted(moved)]
    return [*rows, *_charges(after)]


def _others(before: Sequence[object], after: Sequence[object]) -> list[int]:
    """At which places something else stands, or something new at the end."""
    if after is before:
        return []
    known = range(len(before))
    return [*compress(known, map(is_not, before, after)), *range(len(before), len(after))]


def _sums(order: Order) -> dict[str, int]:
    payments = order.payments
    return {
        "captured": payments.captured,
        "refunded": payments.given,
        "adjusted": -payments.accounts.get(FEES, 0) - payments.allowed,
    }


__all__ = ["Figure", "HistoryMismatch", "Statement", "StatementRow", "statement"]
