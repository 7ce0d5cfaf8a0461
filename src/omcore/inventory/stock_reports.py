"""Stock reports: what an outside system says is at a location, as one count for each SKU.

Decides the key of each count, so that a report that arrives twice counts once, and what a report
says of the SKUs that it does not name: nothing, unless the caller says that it is complete. Must
not know the books: each count is decided for itself, late or outdated or not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

import attrs

from omcore.inventory.checks import checked_condition, past_moment
from omcore.inventory.commands import CountStock
from omcore.inventory.stock import SELLABLE
from omcore.inventory.tolerance import Tolerance
from omcore.kernel import (
    MAX_STOCK,
    DuplicateId,
    InvalidId,
    InvalidType,
    checked_id,
    checked_instant,
    checked_iterator,
    checked_limit,
    checked_quantity,
    checked_sku,
    record,
)

MAX_LINES = 1_000_000
# A key has 200 characters: the SKU's part has at most 64, those of a digest.
_MAX_PREFIX = 135


def _counted(counted_at: datetime) -> datetime:
    return checked_instant(counted_at, "counted_at")


@record
class StockReport:
    """What ``source`` says is in a condition at a location: (SKU, counted) ``lines``, all of one moment.

    ``id`` names it among the source's reports. ``counted_at`` is the moment up to which the source had
    taken in what moved, not that at which it wrote this down. Errors: those of the fields, ``DuplicateId``
    for a SKU that has two lines, ``LimitExceeded`` for more than a million lines.
    """

    source: str
    id: str
    location: str
    counted_at: datetime = attrs.field(converter=_counted)
    lines: tuple[tuple[str, int], ...] = attrs.field(repr=False)
    condition: str = SELLABLE

    def __attrs_post_init__(self) -> None:
        checked_id(self.source, "source")
        checked_id(self.id, "id")
        checked_id(self.location, "location")
        checked_condition(self.condition)
        if len(self._prefix()) > _MAX_PREFIX:
            raise InvalidId("id", reason="too long, with its source and location, for the key of a count")
        if type(self.lines) is not tuple:
            raise InvalidType("lines", expected="a tuple of (sku, counted)")
        checked_limit(len(self.lines), MAX_LINES, "lines", "lines")
        seen: set[str] = set()
        for i, line in enumerate(self.lines):
            if type(line) is not tuple or len(line) != 2:
                raise InvalidType(f"lines[{i}]", expected="(sku, counted)")
            sku = checked_sku(line[0], f"lines[{i}].sku")
            checked_quantity(line[1], f"lines[{i}].counted", low=0, high=MAX_STOCK)
            if sku in seen:
                raise DuplicateId(f"lines[{i}].sku", id=sku)
            seen.add(sku)

    def _prefix(self) -> str:
        return f"count/{self.source}/{self.id}/{self.location}/{self.condition}"

    def key(self, sku: str) -> str:
        """The key of the count of one SKU: the same whenever the report comes. Errors: ``InvalidSku``."""
        checked_sku(sku)
        if len(sku) <= 64 and sku.isascii() and " " not in sku:
            return f"{self._prefix()}/{sku}"
        # Not every SKU can stand in a key.
        return f"{self._prefix()}#{hashlib.sha256(sku.encode()).hexdigest()}"


def counts_of(
    report: StockReport,
    *,
    at: datetime,
    known: Iterable[str] | None = None,
    cause: str = "count",
    tolerance: Tolerance | None = None,
    by: str = "",
    reason: str = "",
) -> tuple[CountStock, ...]:
    """One command for each SKU of a report, by its lines.

    With ``known`` the report is complete: of the SKUs that the caller knows at that location, those that
    have no line are counted 0, sorted, after the others. ``at`` is the commands' own time. Errors: those of
    ``CountStock``; ``LimitExceeded`` for more than a million commands.
    """
    if type(report) is not StockReport:
        raise InvalidType("report", expected="a StockReport")
    now = checked_instant(at)
    past_moment(report.counted_at, "counted_at", now)
    lines = [*report.lines, *((sku, 0) for sku in _missing(report, known))]
    checked_limit(len(lines), MAX_LINES, "known", "lines")
    return tuple(
        CountStock(
            sku,
            report.location,
            counted,
            cause,
            report.condition,
            report.counted_at,
            report.source,
            report.id,
            tolerance,
            key=report.key(sku),
            at=now,
            by=by,
            reason=reason,
        )
        for sku, counted in lines
    )


def _missing(report: StockReport, known: Iterable[str] | None) -> list[str]:
    if known is None:
        return []
    named = {sku for sku, _ in report.lines}
    skus = checked_iterator(known, "known", "SKUs")
    return sorted({checked_sku(sku, f"known[{i}]") for i, sku in enumerate(skus)} - named)


__all__ = ["MAX_LINES", "StockReport", "counts_of"]
