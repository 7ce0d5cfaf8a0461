"""A plan as a map: who ships what, who lost by how much, and who could not (R2).

Decides how a plan is drawn: an arc for each location that ships, as wide as its units, dashed where it
carries a part of a line; a mark for every other one, small where they are many, in one mark where they
lie on each other; and a list below of who ships and of what has no place on a map. Each mark tells its
verdict to who points at it, and the whole is told in words. Locations bear their ids, because a name may
be a person's, and where the customer is, is drawn as coarsely as ``coarse`` says. Must not know how
verdicts are reached.
"""

from __future__ import annotations

from collections.abc import Sequence

from omcore.kernel import GeoPoint, InvalidType, Network, Place, checked_limit
from omcore.routing._svg import (
    COLORS,
    FONT,
    FOOT,
    GRID_TEXT,
    HALO,
    IDLE,
    INK,
    PAPER,
    WIDTH,
    Box,
    Frame,
    Point,
    coarse,
    graticule,
    label,
    land,
    text,
    written,
)
from omcore.routing._text import amount, reason, told, units_of
from omcore.routing.constraints import SPLIT_LIMIT
from omcore.routing.plan import RoutingPlan, checked_shape
from omcore.routing.verdicts import BY_FILL, CHOSEN, LOST, Verdict

# Locations that may be drawn, and listed below the map.
MAX_DRAWN = 10_000
_LISTED = 12
# Idle locations beyond which marks are small and only those bear a label that would have cost least.
_MANY = 40
_LABELED = 30
# Pixels within which idle marks are drawn as one.
_CELL = 18.0
_ROW = 18.0
_EDGE = 14.0


def plan_map(plan: RoutingPlan, network: Network, destination: Place | None = None) -> str:
    """An SVG document of a plan on the map of its network.

    ``destination`` is where the order goes; without it, or without its point, no arcs are drawn. Works
    without any coordinates: then it is the list alone. Same arguments, same text.
    Errors: ``InputError`` for other types, or for a plan whose parts do not fit.
    """
    checked_shape(plan)
    if type(network) is not Network:
        raise InvalidType("network", expected="Network")
    if destination is not None and type(destination) is not Place:
        raise InvalidType("destination", expected="Place")
    verdicts = plan.explanation.verdicts()
    checked_limit(len(verdicts), MAX_DRAWN, "explanation", "locations")
    sheet = _Sheet(plan, verdicts, network, destination)
    title, *rows = plan.explain().splitlines()
    return "\n".join(
        [
            (
                f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH:.0f} {sheet.height:.0f}' "
                f"width='{WIDTH:.0f}' height='{sheet.height:.0f}' role='img' {FONT}>"
            ),
            f"<title>{written(title)}</title>",
            f"<desc>{written(_in_words(rows, len(verdicts)))}</desc>",
            f"<rect width='{WIDTH:.0f}' height='{sheet.height:.0f}' fill='{PAPER}'/>",
            *sheet.drawn(),
            *sheet.listed(title),
            "</svg>\n",
        ]
    )


def _in_words(rows: Sequence[str], count: int) -> str:
    """The plan's own text, as far as anyone would listen."""
    shown = [" ".join(row.split()) for row in rows if len(rows) <= _MANY or not row.startswith("  cannot")]
    return "; ".join(shown[:_MANY]) + f". {count:,} location{'' if count == 1 else 's'} in all."


class _Sheet:
    """Where everything lies."""

    def __init__(
        self, plan: RoutingPlan, verdicts: Sequence[Verdict], network: Network, destination: Place | None
    ) -> None:
        self.plan = plan
        points = {entry.id: entry.point for entry in network.locations if entry.point is not None}
        self.placed = [verdict for verdict in verdicts if verdict.location in points]
        self.others = [verdict for verdict in verdicts if verdict.location not in points]
        to = None if destination is None or destination.point is None else coarse(destination.point)
        shown: list[GeoPoint] = [points[verdict.location] for verdict in self.placed]
        self.frame = Frame([*shown, *([] if to is None else [to])]) if shown else None
        self.to: Point | None = None
        self.at: dict[str, Point] = {}
        if self.frame is not None:
            self.to = None if to is None else self.frame.of(to)
            self.at = {v.location: self.frame.of(points[v.location]) for v in self.placed}
        self.chosen = [verdict for verdict in self.placed if verdict.outcome == CHOSEN]
        self.idle = [verdict for verdict in self.placed if verdict.outcome != CHOSEN]
        self.colors = {v.location: COLORS[i % len(COLORS)] for i, v in enumerate(self.chosen)}
        top = 0.0 if self.frame is None else self.frame.height - FOOT
        self.top = top + 34
        self.rows = _rows(self.chosen + self.others, plan)
        self.height = self.top + _ROW * len(self.rows) + 30

    def drawn(self) -> list[str]:
        """The map, if anything has a place on it."""
        frame = self.frame
        if frame is None:
            return []
        return [
            *land(frame),
            *graticule(frame),
            *self._arcs(),
            *self._idle_marks(),
            *self._chosen_marks(),
            *self._labels(frame),
        ]

    def listed(self, title: str) -> list[str]:
        """What the map is of, and below it who ships, what has no place on it and what stays."""
        shown = title if len(title) <= 120 else title[:119] + "…"
        # A coast goes on below the map; nothing is read on it.
        panel = self.top - 24
        out = [
            f"<rect y='{panel:.1f}' width='{WIDTH:.0f}' height='{self.height - panel:.1f}' fill='{PAPER}'/>"
        ]
        out.append(text(20, self.top, shown, 13, INK, "start", weight=600))
        for i, row in enumerate(self.rows):
            out.append(text(20, self.top + _ROW * (i + 1) + 4, row, 11, INK, "start"))
        return out

    def _arcs(self) -> list[str]:
        if self.to is None:
            return []
        lines: dict[str, set[str]] = {}
        for entry in self.plan.assignments:
            lines.setdefault(entry.line_id, set()).add(entry.location)
        parted = {name for places in lines.values() if len(places) > 1 for name in places}
        out: list[str] = []
        (x2, y2) = self.to
        for verdict in self.chosen:
            x1, y1 = self.at[verdict.location]
            cx, cy = _bowed((x1, y1), self.to)
            wide = min(8.0, 1.5 + 0.5 * sum(units for _, units in verdict.ships))
            dash = " stroke-dasharray='9 5'" if verdict.location in parted else ""
            out.append(
                f"<path d='M{x1:.1f} {y1:.1f}Q{cx:.1f} {cy:.1f} {x2:.1f} {y2:.1f}' fill='none' "
                f"stroke='{self.colors[verdict.location]}' stroke-width='{wide:.1f}' stroke-opacity='0.75' "
                f"stroke-linecap='round'{dash}>{self._tip([verdict])}</path>"
            )
        out.append(
            f"<circle cx='{x2:.1f}' cy='{y2:.1f}' r='13' fill='{INK}' fill-opacity='0.12' "
            f"stroke='{INK}' stroke-dasharray='2 3'><title>the customer, roughly</title></circle>"
        )
        return out

    def _idle_marks(self) -> list[str]:
        """Who does not ship; those that would lie on each other as one mark with their number."""
        cells: dict[tuple[int, int], list[Verdict]] = {}
        small = len(self.idle) > _MANY
        for i, verdict in enumerate(self.idle):
            x, y = self.at[verdict.location]
            cell = (round(x / _CELL), round(y / _CELL)) if small else (i, -1)
            cells.setdefault(cell, []).append(verdict)
        out: list[str] = []
        for entries in cells.values():
            x, y = self.at[entries[0].location]
            if len(entries) > 1:
                out.append(
                    f"<g>{self._tip(entries)}<circle cx='{x:.1f}' cy='{y:.1f}' r='8' fill='{IDLE}' "
                    f"stroke='{HALO}'/>{text(x, y + 3, str(len(entries)), 8.5, INK, 'middle')}</g>"
                )
                continue
            size = 3 if small else 5.5
            if entries[0].outcome == LOST:
                mark = (
                    f"<circle cx='{x:.1f}' cy='{y:.1f}' r='{size}' fill='{PAPER}' stroke='{GRID_TEXT}' "
                    "stroke-width='2'/>"
                )
            else:
                mark = (
                    f"<path d='M{x - size:.1f} {y - size:.1f}L{x + size:.1f} {y + size:.1f}"
                    f"M{x - size:.1f} {y + size:.1f}L{x + size:.1f} {y - size:.1f}' "
                    f"stroke='{GRID_TEXT}' stroke-width='2'/>"
                )
            out.append(f"<g>{self._tip(entries)}{mark}</g>")
        return out

    def _chosen_marks(self) -> list[str]:
        return [
            f"<rect x='{x - 7:.1f}' y='{y - 7:.1f}' width='14' height='14' rx='2' "
            f"fill='{self.colors[v.location]}' stroke='{HALO}' stroke-width='1.5'>{self._tip([v])}</rect>"
            for v in self.chosen
            for x, y in [self.at[v.location]]
        ]

    def _labels(self, frame: Frame) -> list[str]:
        """Beside marks and arcs, the most telling first; what would cover another is left out."""
        taken: list[Box] = [(x - 7, y - 7, x + 7, y + 7) for x, y in self.at.values()]
        if self.to is not None:
            taken.append((self.to[0] - 13, self.to[1] - 13, self.to[0] + 13, self.to[1] + 13))
        out: list[str] = []
        for verdict in self.chosen:
            x, y = self.at[verdict.location]
            out += label(x, y, verdict.location, 13, 600, 12, taken, frame)
            if self.to is None:
                out += label(x, y + 14, self._load(verdict), 10.5, 400, 12, taken, frame)
            else:
                cx, cy = _bowed((x, y), self.to)
                # The middle of the curve.
                mx, my = (x + 2 * cx + self.to[0]) / 4, (y + 2 * cy + self.to[1]) / 4
                out += label(mx, my, self._load(verdict), 10.5, 400, 6, taken, frame)
        for verdict in self.idle[: _LABELED if len(self.idle) > _MANY else len(self.idle)]:
            x, y = self.at[verdict.location]
            out += label(x, y, f"{verdict.location} {self._why(verdict)}", 10.5, 400, 9, taken, frame)
        return out

    def _load(self, verdict: Verdict) -> str:
        boxes = sum(parcel.count for parcel in self.plan.parcels if parcel.location == verdict.location)
        parcels = f" in {boxes:,} parcel{'' if boxes == 1 else 's'}" if boxes else ""
        return units_of(verdict.ships) + parcels

    def _why(self, verdict: Verdict) -> str:
        if verdict.outcome != LOST or verdict.code == SPLIT_LIMIT:
            return verdict.code
        if verdict.code == BY_FILL:
            return f"{verdict.unfilled:,} more stay"
        figure = amount(verdict.loss, self.plan.measure, self.plan.scale)
        return "tie" if not verdict.loss else figure if verdict.loss < 0 else f"+{figure}"

    def _tip(self, entries: Sequence[Verdict]) -> str:
        rows = told(entries[:_LISTED], self.plan.measure, self.plan.scale)
        if len(entries) > _LISTED:
            rows.append(f"and {len(entries) - _LISTED:,} more")
        return f"<title>{written('; '.join(' '.join(row.split()) for row in rows))}</title>"


def _bowed(start: Point, end: Point) -> Point:
    """The handle of an arc: to the left of its way, so that two between the same cities stay apart."""
    (x1, y1), (x2, y2) = start, end
    across, down = 0.16 * (y2 - y1), 0.16 * (x2 - x1)
    middle = (x1 + x2) / 2, (y1 + y2) / 2
    if middle[1] - down / 2 < _EDGE:
        # It would leave the sheet at the top.
        across, down = -across, -down
    return middle[0] + across, middle[1] - down


def _rows(listed: Sequence[Verdict], plan: RoutingPlan) -> list[str]:
    """Who ships, what has no place on the map, the most telling first, and what stays."""
    rows = [" ".join(row.split()) for row in told(listed[:_LISTED], plan.measure, plan.scale)]
    if len(listed) > _LISTED:
        rows.append(f"and {len(listed) - _LISTED:,} more locations")
    rest = plan.remainder[:_LISTED]
    rows += [f"stays: {entry.quantity:,} of line {entry.line_id}; {reason(entry.reason)}" for entry in rest]
    if len(plan.remainder) > _LISTED:
        rows.append(f"and {len(plan.remainder) - _LISTED:,} more lines that stay")
    return [row if len(row) <= 150 else row[:149] + "…" for row in rows]


__all__ = ["MAX_DRAWN", "plan_map"]
