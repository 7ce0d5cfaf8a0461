"""How a network lies on paper: a projection, a coast, a grid, and text that covers nothing.

Decides the frame that all maps share: Albers equal-area conic, fitted to the points given, so that the
United States look familiar and a network across the date line stays in one piece. A customer's point is
an address, so nothing draws it finer than a quarter of a degree (``coarse``). Must not know what is drawn.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from html import escape
from itertools import pairwise

from omcore.kernel import GeoPoint
from omcore.routing._coast import CONTIGUOUS_US

WIDTH = 960.0
MARGIN = 56.0
FOOT = 46.0
_TALLEST = 760.0
# Degrees around a network that is all in one place.
_LEAST_SPAN = 2.0
_STEPS = (1, 2, 5, 10, 20, 30)
# A fourth of a degree: some 28 km from north to south.
_COARSE = 4

PAPER = "#fbfaf7"
LAND = "#f2eee3"
COAST = "#d3ccba"
GRID = "#e6e2d8"
GRID_TEXT = "#a39d8e"
INK = "#2b2a27"
HALO = "#fbfaf7"
IDLE = "#b9b4a7"
# Told apart in print and by the color-blind (after Okabe and Ito).
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8c6d1f", "#56b4e9", "#7a5195", "#b03a2e")
FONT = "font-family='Inter, Helvetica, Arial, sans-serif'"

Point = tuple[float, float]
Box = tuple[float, float, float, float]

# What XML cannot hold, even escaped.
_UNTOLD = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def coarse(point: GeoPoint) -> GeoPoint:
    """Where a customer is drawn: the nearest crossing of a grid of quarter degrees."""
    return GeoPoint(round(point.latitude * _COARSE) / _COARSE, round(point.longitude * _COARSE) / _COARSE)


def written(value: str) -> str:
    """Text as XML can hold it."""
    return escape(_UNTOLD.sub("\ufffd", value))


class Frame:
    """Albers equal-area conic, fitted: parallels a sixth inside the span of latitudes."""

    def __init__(self, points: Sequence[GeoPoint]) -> None:
        shown = points or [GeoPoint(38.0, -97.0)]
        south, north = _span([float(point.latitude) for point in shown])
        south, north = max(-90.0, south), min(90.0, north)
        # Longitudes count on eastward from the end of the widest gap, so that the date line parts nothing.
        self._start = _after_the_gap([float(point.longitude) for point in shown])
        west, east = _span([self._turned(float(point.longitude)) for point in shown])
        if east - west > 360:
            west, east = (west + east) / 2 - 180, (west + east) / 2 + 180
        self.south, self.north, self.west, self.east = south, north, west, east
        self.middle = (west + east) / 2
        lower, upper = math.radians(south + (north - south) / 6), math.radians(north - (north - south) / 6)
        self._n = (math.sin(lower) + math.sin(upper)) / 2
        # A cone as flat as a cylinder around the equator has no apex.
        if abs(self._n) < 0.05:
            self._n = 0.05
        self._c = math.cos(lower) ** 2 + 2 * self._n * math.sin(lower)
        edge = [self._flat(lat, lon) for lat, lon in _border(south, north, west, east)]
        left, right = min(x for x, _ in edge), max(x for x, _ in edge)
        low, high = min(y for _, y in edge), max(y for _, y in edge)
        room = WIDTH - 2 * MARGIN
        self._scale = min(room / (right - left), (_TALLEST - 2 * MARGIN) / (high - low))
        self._x = WIDTH / 2 - self._scale * (left + right) / 2
        self._y = MARGIN + self._scale * high
        self.height = 2 * MARGIN + self._scale * (high - low) + FOOT

    def _flat(self, latitude: float, longitude: float) -> Point:
        rho = math.sqrt(max(0.0, self._c - 2 * self._n * math.sin(math.radians(latitude)))) / self._n
        theta = self._n * math.radians(longitude - self.middle)
        return rho * math.sin(theta), -rho * math.cos(theta)

    def at(self, latitude: float, longitude: float) -> Point:
        """Pixels."""
        x, y = self._flat(latitude, longitude)
        return self._x + self._scale * x, self._y - self._scale * y

    def of(self, point: GeoPoint) -> Point:
        """Pixels of a point."""
        return self.at(float(point.latitude), self._turned(float(point.longitude)))

    def _turned(self, longitude: float) -> float:
        return longitude if longitude >= self._start else longitude + 360


def _after_the_gap(longitudes: Sequence[float]) -> float:
    ordered = sorted(set(longitudes))
    gaps = [(b - a, b) for a, b in pairwise(ordered)]
    # Over the date line; it wins a tie, so that most maps begin in the west.
    around = ordered[0] + 360 - ordered[-1]
    widest, start = max(gaps, default=(0.0, 0.0))
    return start if widest > around else ordered[0]


def _span(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    slack = max((high - low) * 0.06, (_LEAST_SPAN - (high - low)) / 2, 0.3)
    return low - slack, high + slack


def _border(south: float, north: float, west: float, east: float) -> list[tuple[float, float]]:
    """(latitude, longitude) around the frame."""
    steps = [i / 24 for i in range(25)]
    sides = [(south, west + (east - west) * s) for s in steps]
    sides += [(north, west + (east - west) * s) for s in steps]
    sides += [(south + (north - south) * s, west) for s in steps]
    return sides + [(south + (north - south) * s, east) for s in steps]


def land(frame: Frame) -> list[str]:
    """The outline of the contiguous United States, where it can be seen."""
    west, east = min(lon for lon, _ in CONTIGUOUS_US), max(lon for lon, _ in CONTIGUOUS_US)
    south, north = min(lat for _, lat in CONTIGUOUS_US), max(lat for _, lat in CONTIGUOUS_US)
    if frame.north < south or north < frame.south:
        return []
    turns = [turn for turn in (0, 360) if frame.west <= east + turn and west + turn <= frame.east]
    out: list[str] = []
    for turn in turns:
        points: list[Point] = []
        for i, (lon, lat) in enumerate(CONTIGUOUS_US):
            before_lon, before_lat = CONTIGUOUS_US[i - 1]
            # A long straight border is a curve on a cone.
            pieces = max(1, round(abs(lon - before_lon) / 2))
            for piece in range(1, pieces + 1):
                share = piece / pieces
                at_lon = before_lon + (lon - before_lon) * share + turn
                points.append(frame.at(before_lat + (lat - before_lat) * share, at_lon))
        out.append(f"<path d='{polyline(points)}Z' fill='{LAND}' stroke='{COAST}' stroke-linejoin='round'/>")
    return out


def graticule(frame: Frame) -> list[str]:
    """Lines of latitude and longitude with their degrees."""
    out: list[str] = []
    step = _step(frame.north - frame.south)
    for latitude in _ticks(frame.south, frame.north, step):
        line = polyline([frame.at(latitude, lon) for lon in _along(frame.west, frame.east)])
        out.append(f"<path d='{line}' fill='none' stroke='{GRID}' stroke-width='1'/>")
        x, y = frame.at(latitude, frame.west)
        out.append(text(x - 6, y + 3, _degrees(latitude, "N", "S"), 10, GRID_TEXT, "end"))
    step = _step(frame.east - frame.west)
    for longitude in _ticks(frame.west, frame.east, step):
        line = polyline([frame.at(lat, longitude) for lat in _along(frame.south, frame.north)])
        out.append(f"<path d='{line}' fill='none' stroke='{GRID}' stroke-width='1'/>")
        x, y = frame.at(frame.south, longitude)
        out.append(
            text(x, y + 16, _degrees((longitude + 180) % 360 - 180, "E", "W"), 10, GRID_TEXT, "middle")
        )
    return out


def label(
    x: float, y: float, shown: str, size: float, weight: int, gap: float, taken: list[Box], frame: Frame
) -> list[str]:
    """Text beside a mark, at the first of four places where it covers nothing that is taken; else none."""
    shown = shown if len(shown) <= 40 else shown[:39] + "…"
    wide = 0.58 * size * len(shown)
    spots = (
        (x + gap, y + size * 0.35, "start", x + gap),
        (x - gap, y + size * 0.35, "end", x - gap - wide),
        (x, y - gap, "middle", x - wide / 2),
        (x, y + gap + size * 0.8, "middle", x - wide / 2),
    )
    for at_x, at_y, anchor, left in spots:
        box = (left, at_y - size * 0.8, left + wide, at_y + size * 0.25)
        if box[0] < 4 or box[2] > WIDTH - 4 or box[1] < 4 or box[3] > frame.height - FOOT:
            continue
        if any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken):
            continue
        taken.append(box)
        return [text(at_x, at_y, shown, size, INK, anchor, weight=weight, halo=True)]
    return []


def text(
    x: float,
    y: float,
    shown: str,
    size: float,
    color: str,
    anchor: str,
    *,
    weight: int = 400,
    halo: bool = False,
) -> str:
    """A line of text."""
    outline = f" stroke='{HALO}' stroke-width='3' paint-order='stroke'" if halo else ""
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size:g}' font-weight='{weight}' fill='{color}' "
        f"text-anchor='{anchor}'{outline}>{written(shown)}</text>"
    )


def polyline(points: Sequence[Point]) -> str:
    """The ``d`` of a path."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _along(low: float, high: float) -> list[float]:
    return [low + (high - low) * i / 40 for i in range(41)]


def _ticks(low: float, high: float, step: int) -> list[int]:
    return list(range(math.ceil(low / step) * step, math.floor(high / step) * step + 1, step))


def _step(span: float) -> int:
    return next((step for step in _STEPS if span / step <= 7), _STEPS[-1])


def _degrees(value: int, plus: str, minus: str) -> str:
    return f"{abs(value)}°{plus if value > 0 else minus if value < 0 else ''}"


__all__ = [
    "COLORS",
    "FONT",
    "FOOT",
    "GRID_TEXT",
    "HALO",
    "IDLE",
    "INK",
    "MARGIN",
    "PAPER",
    "WIDTH",
    "Box",
    "Frame",
    "Point",
    "coarse",
    "graticule",
    "label",
    "land",
    "polyline",
    "text",
    "written",
]
