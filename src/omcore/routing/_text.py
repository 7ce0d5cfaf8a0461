"""A plan as text that a merchandiser reads.

Decides wording and alignment only; every figure comes from the explanation. Must not know how a
plan is found.
"""

from __future__ import annotations

from collections.abc import Sequence

from omcore.kernel import CURRENCIES, format_minor, round_ratio
from omcore.routing._premiums import Kept
from omcore.routing.constraints import NO_STOCK, REASONS, SPLIT_LIMIT
from omcore.routing.counterfactuals import Counterfactual
from omcore.routing.rates import SHIPMENTS
from omcore.routing.verdicts import BY_FILL, BY_TIE, CHOSEN, LOST, Verdict

_SHOWN_ITEMS = 4
_SHOWN_SKU = 24


def amount(cost: int, measure: str, scale: int) -> str:
    """A cost with its unit: ``12.31 USD``, ``2 shipments``, ``1,204.5 unit-km``."""
    if measure in CURRENCIES:
        return f"{format_minor(round_ratio(cost, scale), measure)} {measure}"
    if measure == SHIPMENTS:
        # Meters ride below the count of shipments; they only tell equals apart.
        count = (2 * cost + scale) // (2 * scale)
        if count:
            return f"{count:,} {SHIPMENTS if abs(count) != 1 else SHIPMENTS[:-1]}"
        return f"{round_ratio(cost, 1_000):,} km"
    if scale == 1:
        return f"{cost:,} {measure}"
    tenths = round_ratio(10 * cost, scale)
    sign = "-" if tenths < 0 else ""
    return f"{sign}{abs(tenths) // 10:,}.{abs(tenths) % 10} {measure}"


def units_of(entries: Sequence[tuple[str, int]]) -> str:
    """``2 x TEE-M, 1 x MUG``, the first few by name."""
    shown = [f"{units:,} x {_short(sku)}" for sku, units in entries[:_SHOWN_ITEMS]]
    more = len(entries) - _SHOWN_ITEMS
    if more > 0:
        shown.append(f"{more:,} more item{'s' if more > 1 else ''}")
    return ", ".join(shown)


def reason(code: str) -> str:
    """What a person reads for the code of a rule."""
    return REASONS.get(code, code.replace("_", " "))


def told(verdicts: Sequence[Verdict], measure: str, scale: int) -> list[str]:
    """One aligned line a location."""
    rows = [_row(verdict, measure, scale) for verdict in verdicts]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    return [
        f"  {what:<{widths[0]}}  {location:<{widths[1]}}  {figure:>{widths[2]}}  {why}".rstrip()
        for what, location, figure, why in rows
    ]


def kept_back(entries: Sequence[Kept], measure: str, scale: int) -> list[str]:
    """One line for each item that a location has and orders to come have a use for."""
    lines = []
    for entry in entries:
        each = amount(entry.each, measure, scale)
        whom = f"kept for {entry.kept_for}: " if entry.kept_for else ""
        lines.append(f"  {entry.location}, {_short(entry.sku)}: {whom}a unit here is worth {each} more later")
    return lines


def would_ship(found: Sequence[Counterfactual], measure: str, scale: int) -> list[str]:
    """One line a location: with what it would ship."""
    width = max((len(entry.location) for entry in found), default=0)
    return [
        f"  would ship  {entry.location:<{width}}  {_with_what(entry, measure, scale)}".rstrip()
        for entry in found
    ]


def _with_what(found: Counterfactual, measure: str, scale: int) -> str:
    ways: list[str] = []
    if found.stock:
        ways.append("with " + ", ".join(f"{units:,} more {_short(sku)}" for sku, units in found.stock))
    if found.cut is not None:
        less = amount(found.cut, measure, scale)
        ways.append("if ties went its way" if found.cut == 0 else f"at {less} less")
    if found.rule:
        ways.append(f"but for the rule: {reason(found.rule)}")
    if not ways:
        ways.append("with no stock and at no price" if found.proven else "not known: too much to look at")
    elif not found.proven:
        ways[-1] += ", by a bounded search"
    return ", or ".join(ways)


def _row(verdict: Verdict, measure: str, scale: int) -> tuple[str, str, str, str]:
    if verdict.outcome == CHOSEN:
        return "ships", verdict.location, amount(verdict.cost, measure, scale), units_of(verdict.ships)
    if verdict.outcome != LOST:
        what = "has none of it" if verdict.code == NO_STOCK else reason(verdict.code)
        return "cannot", verdict.location, "", what
    could = "could ship it all" if verdict.all_of_it else f"could ship {units_of(verdict.ships)}"
    about = "" if verdict.proven else ", by a bounded search"
    if verdict.code == BY_FILL:
        why = f"{could}, but {verdict.unfilled:,} more would stay unfilled{about}"
        return "lost", verdict.location, "", why
    if verdict.code == SPLIT_LIMIT:
        return "lost", verdict.location, "", f"{could}; {reason(SPLIT_LIMIT)}"
    if verdict.code == BY_TIE:
        return "lost", verdict.location, "same", f"{could}; behind by priority, then id{about}"
    figure = amount(verdict.loss, measure, scale)
    return "lost", verdict.location, figure if verdict.loss < 0 else f"+{figure}", could + about


def _short(sku: str) -> str:
    return sku if len(sku) <= _SHOWN_SKU else sku[: _SHOWN_SKU - 1] + "…"


__all__ = ["amount", "kept_back", "reason", "told", "units_of", "would_ship"]
