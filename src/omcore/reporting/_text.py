"""A report as a table for people.

Decides words and columns: a column per channel and one for all, then the money a currency at a
time, then the stock. Must not know how anything was counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from omcore.kernel import InvalidType, format_instant, format_minor
from omcore.reporting._figures import ChannelFigures, DayReport

Row = tuple[str, Callable[[ChannelFigures], str]]


def _number(name: str) -> Callable[[ChannelFigures], str]:
    return lambda figures: str(getattr(figures, name))


def _within(percent: int) -> Callable[[ChannelFigures], str]:
    return lambda figures: _minutes(figures.minutes_within(percent))


_PLACED: tuple[Row, ...] = (
    ("orders", _number("orders")),
    ("units ordered", _number("units_ordered")),
    ("fill rate", lambda figures: str(figures.fill_rate)),
    ("split rate", lambda figures: str(figures.split_rate)),
    ("placed to shipped, median", _within(50)),
    ("placed to shipped, 90%", _within(90)),
)
_FACTS: tuple[Row, ...] = (
    ("units shipped", _number("units_shipped")),
    ("units taken at a till", _number("units_taken")),
    ("units delivered", _number("units_delivered")),
    ("of those promised, in time", lambda figures: str(figures.in_time_rate)),
    ("units promised later", _number("units_put_off")),
    ("units cancelled", _number("units_cancelled")),
    ("units short picked", _number("units_short_picked")),
    ("units lost or sent back", _number("units_reopened")),
    ("units returned", _number("units_returned")),
    ("pieces of kits returned", _number("parts_returned")),
    ("units claimed", _number("units_claimed")),
    ("messages sent", lambda figures: str(sum(sent for _, sent in figures.messages))),
)
_RARE = frozenset(
    {"pieces of kits returned", "of those promised, in time", "units promised later"}
)  # told where there are any
_MONEY = (
    ("booked", "booked"),
    ("tax on it", "tax"),
    ("of which a channel remits", "remitted"),
    ("recognized", "recognized"),
    ("cancelled", "cancelled"),
    ("returned", "returned"),
    ("refunded on claims", "claimed"),
    ("fees kept back", "fees"),
    ("taken off besides", "allowed"),
    ("captured", "captured"),
    ("of which channels settle", "settled"),
    ("refunded", "refunded"),
    ("given as store credit", "credited"),
    ("charged back", "charged_back"),
)


def render_text(report: DayReport, *, stock: bool = True) -> str:
    """The report as lines of text, 80 columns for up to four channels; ``stock`` with the stock left.

    Errors: ``InvalidType`` for what is no report.
    """
    if type(report) is not DayReport:
        raise InvalidType("report", expected="DayReport")
    columns = (*report.channels, report.total)
    head = ["", *(row.channel or "total" for row in columns)]
    sections = [
        [head],
        [["orders placed in the period"], *_rows(_PLACED, columns)],
        [["facts of the period"], *_rows(_FACTS, columns)],
        *(_money(amounts.currency, columns) for amounts in report.total.money),
    ]
    lines = [_title(report), "", *_table(sections)]
    if report.unattributed:
        lines += ["", f"{report.unattributed} facts about orders that were placed before this report began"]
    if stock and report.stock:
        lines += ["", *_table([_stock(report)])]
    return "\n".join(line.rstrip() for line in lines)


def _title(report: DayReport) -> str:
    start = "the beginning" if report.start is None else format_instant(report.start)
    end = "now" if report.end is None else format_instant(report.end)
    return f"Report from {start} to {end}"


def _rows(rows: Iterable[Row], columns: Sequence[ChannelFigures]) -> list[list[str]]:
    told = [(label, [cell(figures) for figures in columns]) for label, cell in rows]
    return [
        [f"  {label}", *cells] for label, cells in told if label not in _RARE or not {*cells} <= {"0", "-"}
    ]


def _money(currency: str, columns: Sequence[ChannelFigures]) -> list[list[str]]:
    rows = [[currency]]
    for label, name in _MONEY:
        amounts = [getattr(figures.money_in(currency), name) for figures in columns]
        if any(amounts):
            rows.append([f"  {label}", *(format_minor(amount, currency) for amount in amounts)])
    return rows


def _stock(report: DayReport) -> list[list[str]]:
    rows = [["stock left", "sku", "sellable", "claimed", "damaged", "quarantined"]]
    for left in report.stock:
        numbers = (left.on_hand, left.claimed, left.damaged, left.quarantined)
        rows.append([f"  {left.location}", left.sku, *(str(number) for number in numbers)])
    return rows


def _minutes(minutes: int | None) -> str:
    if minutes is None:
        return "-"
    hours, rest = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d {hours:02}h"
    return f"{hours}h {rest:02}m" if hours else f"{rest}m"


def _table(sections: Sequence[Sequence[Sequence[str]]]) -> list[str]:
    """Rows in columns: the first to the left, the others to the right, an empty line in between."""
    rows = [row for section in sections for row in section]
    widths = [max(len(row[i]) for row in rows if i < len(row)) for i in range(max(len(row) for row in rows))]
    out: list[str] = []
    for number, section in enumerate(sections):
        if number:
            out.append("")
        for row in section:
            cells = (cell.rjust(widths[i]) if i else cell.ljust(widths[0]) for i, cell in enumerate(row))
            out.append("  ".join(cells))
    return out


__all__ = ["render_text"]
