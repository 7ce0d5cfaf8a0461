"""A map of routed shipments as SVG text.

Decides how a network and its routes are drawn: a conic projection that keeps the shape of the
United States familiar (Albers equal-area, fitted to the points given), a graticule, locations by
kind and shipments as arcs. Pure: same arguments, same text. Needs no map data and no fonts of its
own. Must not know orders or costs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from omcore.kernel import STORE, GeoPoint, InvalidType, Network, checked_limit, checked_text, record
from omcore.routing._coast import CONTIGUOUS_US

MAX_ROUTES = 5_000
_WIDTH = 960.0
_MARGIN = 56.0
_FOOT = 46.0
_TALLEST = 760.0
# Degrees around a network that is all in one place.
_LEAST_SPAN = 2.0
_STEPS = (1, 2, 5, 10, 20, 30)

_PAPER = "#fbfaf7"
_LAND = "#f2eee3"
_COAST = "#d3ccba"
_GRID = "#e6e2d8"
_GRID_TEXT = "#a39d8e"
_INK = "#2b2a27"
_HALO = "#fbfaf7"
# Told apart in print and by the color-blind (after Okabe and Ito).
_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8c6d1f", "#56b4e9", "#7a5195", "#b03a2e")
_FONT = "font-family='Inter, Helvetica, Arial, sans-serif'"

_Point = tuple[float, float]


@record
class Route:
    """One shipment to draw: from a location, to a point, with a label (an order, a count)."""

    location: str
    to: GeoPoint
    label: str = ""

    def __attrs_post_init__(self) -> None:
        checked_text(self.location, "location", high=200)
        if type(self.to) is not GeoPoint:
            raise InvalidType("to", expected="GeoPoint")
        checked_text(self.label, "label", high=200)


def map_svg(network: Network, routes: Sequence[Route], title: str = "") -> str:
    """An SVG document of a network's locations and of the shipments that leave them.

    Locations without coordinates, and routes from locations that the network does not have, are
    left out and counted in the foot line. Errors: ``InputError`` for other types.
    """
    if type(network) is not Network:
        raise InvalidType("network", expected="Network")
    if type(routes) not in (tuple, list):
        raise InvalidType("routes", expected="sequence of Route")
    checked_limit(len(routes), MAX_ROUTES, "routes", "routes")
    for i, route in enumerate(routes):
        if type(route) is not Route:
            raise InvalidType(f"routes[{i}]", expected="Route")
    checked_text(title, "title", high=200)
    placed = {entry.id: entry.point for entry in network.locations if entry.point is not None}
    drawn = [route for route in routes if route.location in placed]
    frame = _Frame([*placed.values(), *[route.to for route in drawn]])
    used = {route.location for route in drawn}
    colors = {
        entry.id: _COLORS[i % len(_COLORS)]
        for i, entry in enumerate([entry for entry in network.locations if entry.id in used])
    }
    parts = [
        (
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH:.0f} {frame.height:.0f}' "
            f"width='{_WIDTH:.0f}' height='{frame.height:.0f}' role='img' {_FONT}>"
        ),
        f"<title>{escape(title or 'Map of routed shipments')}</title>",
        f"<rect width='{_WIDTH:.0f}' height='{frame.height:.0f}' fill='{_PAPER}'/>",
        *_land(frame),
        *_graticule(frame),
        *_arcs(frame, placed, drawn, colors),
        *_destinations(frame, drawn, colors),
        *_locations(frame, network, placed, colors),
        *_labels(frame, network, placed, drawn),
        *_foot(frame, network, placed, routes, drawn, title),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


class _Frame:
    """Albers equal-area conic, fitted: parallels a sixth inside the span of latitudes."""

    def __init__(self, points: Sequence[GeoPoint]) -> None:
        shown = points or [GeoPoint(38.0, -97.0)]
        south, north = _span([point.latitude for point in shown], 90.0)
        west, east = _span([point.longitude for point in shown], 180.0)
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
        room = _WIDTH - 2 * _MARGIN
        self._scale = min(room / (right - left), (_TALLEST - 2 * _MARGIN) / (high - low))
        self._x = _WIDTH / 2 - self._scale * (left + right) / 2
        self._y = _MARGIN + self._scale * high
        self.height = 2 * _MARGIN + self._scale * (high - low) + _FOOT

    def _flat(self, latitude: float, longitude: float) -> _Point:
        rho = math.sqrt(max(0.0, self._c - 2 * self._n * math.sin(math.radians(latitude)))) / self._n
        theta = self._n * math.radians(longitude - self.middle)
        return rho * math.sin(theta), -rho * math.cos(theta)

    def at(self, latitude: float, longitude: float) -> _Point:
        """Pixels."""
        x, y = self._flat(latitude, longitude)
        return self._x + self._scale * x, self._y - self._scale * y

    def of(self, point: GeoPoint) -> _Point:
        """Pixels of a point."""
        return self.at(float(point.latitude), float(point.longitude))


def _span(values: Sequence[float], bound: float) -> tuple[float, float]:
    low, high = min(values), max(values)
    slack = max((high - low) * 0.06, (_LEAST_SPAN - (high - low)) / 2, 0.3)
    return max(-bound, low - slack), min(bound, high + slack)


def _border(south: float, north: float, west: float, east: float) -> list[tuple[float, float]]:
    """(latitude, longitude) around the frame."""
    steps = [i / 24 for i in range(25)]
    sides = [(south, west + (east - west) * s) for s in steps]
    sides += [(north, west + (east - west) * s) for s in steps]
    sides += [(south + (north - south) * s, west) for s in steps]
    return sides + [(south + (north - south) * s, east) for s in steps]


def _land(frame: _Frame) -> list[str]:
    """The outline of the contiguous United States, where it can be seen."""
    west, east = min(lon for lon, _ in CONTIGUOUS_US), max(lon for lon, _ in CONTIGUOUS_US)
    south, north = min(lat for _, lat in CONTIGUOUS_US), max(lat for _, lat in CONTIGUOUS_US)
    if frame.east < west or east < frame.west or frame.north < south or north < frame.south:
        return []
    points: list[_Point] = []
    for i, (lon, lat) in enumerate(CONTIGUOUS_US):
        before_lon, before_lat = CONTIGUOUS_US[i - 1]
        # A long straight border is a curve on a cone.
        pieces = max(1, round(abs(lon - before_lon) / 2))
        for piece in range(1, pieces + 1):
            share = piece / pieces
            points.append(
                frame.at(before_lat + (lat - before_lat) * share, before_lon + (lon - before_lon) * share)
            )
    return [f"<path d='{_polyline(points)}Z' fill='{_LAND}' stroke='{_COAST}' stroke-linejoin='round'/>"]


def _graticule(frame: _Frame) -> list[str]:
    out: list[str] = []
    step = _step(frame.north - frame.south)
    for latitude in _ticks(frame.south, frame.north, step):
        line = _polyline([frame.at(latitude, lon) for lon in _along(frame.west, frame.east)])
        out.append(f"<path d='{line}' fill='none' stroke='{_GRID}' stroke-width='1'/>")
        x, y = frame.at(latitude, frame.west)
        out.append(_text(x - 6, y + 3, _degrees(latitude, "N", "S"), 10, _GRID_TEXT, "end"))
    step = _step(frame.east - frame.west)
    for longitude in _ticks(frame.west, frame.east, step):
        line = _polyline([frame.at(lat, longitude) for lat in _along(frame.south, frame.north)])
        out.append(f"<path d='{line}' fill='none' stroke='{_GRID}' stroke-width='1'/>")
        x, y = frame.at(frame.south, longitude)
        out.append(_text(x, y + 16, _degrees(longitude, "E", "W"), 10, _GRID_TEXT, "middle"))
    return out


def _arcs(
    frame: _Frame, placed: dict[str, GeoPoint], routes: Sequence[Route], colors: dict[str, str]
) -> list[str]:
    out = ["<g fill='none' stroke-linecap='round'>"]
    lines: dict[tuple[str, float, float], int] = {}
    for route in routes:
        key = (route.location, float(route.to.latitude), float(route.to.longitude))
        lines[key] = lines.get(key, 0) + 1
    for (location, latitude, longitude), count in lines.items():
        (x1, y1), (x2, y2) = frame.of(placed[location]), frame.at(latitude, longitude)
        # Bowed to the left of its way, so that two between the same cities stay apart.
        bow = 0.16
        cx, cy = (x1 + x2) / 2 + bow * (y2 - y1), (y1 + y2) / 2 - bow * (x2 - x1)
        width = min(5.0, 1.4 + 0.6 * (count - 1))
        out.append(
            f"<path d='M{x1:.1f} {y1:.1f}Q{cx:.1f} {cy:.1f} {x2:.1f} {y2:.1f}' "
            f"stroke='{colors[location]}' stroke-width='{width:.1f}' stroke-opacity='0.75'/>"
        )
    out.append("</g>")
    return out


def _destinations(frame: _Frame, routes: Sequence[Route], colors: dict[str, str]) -> list[str]:
    out: list[str] = []
    for route in routes:
        x, y = frame.of(route.to)
        out.append(
            f"<circle cx='{x:.1f}' cy='{y:.1f}' r='3.2' fill='{_PAPER}' "
            f"stroke='{colors[route.location]}' stroke-width='1.6'/>"
        )
    return list(dict.fromkeys(out))


def _locations(
    frame: _Frame, network: Network, placed: dict[str, GeoPoint], colors: dict[str, str]
) -> list[str]:
    out: list[str] = []
    # Those that ship lie on top of those that do not.
    for location in sorted(network.locations, key=lambda location: location.id in colors):
        if location.id not in placed:
            continue
        x, y = frame.of(placed[location.id])
        fill = colors.get(location.id, "#b9b4a7")
        paint = f"fill='{fill}' stroke='{_HALO}' stroke-width='1.5'"
        if location.kind == STORE:
            out.append(f"<circle cx='{x:.1f}' cy='{y:.1f}' r='6' {paint}/>")
        else:
            out.append(f"<rect x='{x - 6:.1f}' y='{y - 6:.1f}' width='12' height='12' rx='2' {paint}/>")
    return out


def _labels(
    frame: _Frame, network: Network, placed: dict[str, GeoPoint], routes: Sequence[Route]
) -> list[str]:
    """Names beside their marks, where they cover no mark and no other name; the rest are left out."""
    taken: list[tuple[float, float, float, float]] = []
    marks: list[_Point] = [frame.of(point) for point in placed.values()]
    taken += [(x - 7, y - 7, x + 7, y + 7) for x, y in marks]
    spots = {frame.of(route.to) for route in routes}
    taken += [(x - 3.5, y - 3.5, x + 3.5, y + 3.5) for x, y in sorted(spots)]
    out: list[str] = []
    for location in network.locations:
        if location.id in placed:
            x, y = frame.of(placed[location.id])
            out += _label(x, y, location.name or location.id, 13, 600, 11, taken, frame)
    grouped: dict[_Point, list[str]] = {}
    for route in routes:
        names = grouped.setdefault(frame.of(route.to), [])
        if route.label and route.label not in names:
            names.append(route.label)
    for (x, y), names in grouped.items():
        if names:
            shown = ", ".join(names[:3]) + (f" +{len(names) - 3}" if len(names) > 3 else "")
            out += _label(x, y, shown, 10.5, 400, 7, taken, frame)
    return out


def _label(
    x: float,
    y: float,
    text: str,
    size: float,
    weight: int,
    gap: float,
    taken: list[tuple[float, float, float, float]],
    frame: _Frame,
) -> list[str]:
    text = text if len(text) <= 40 else text[:39] + "…"
    wide = 0.58 * size * len(text)
    spots = (
        (x + gap, y + size * 0.35, "start", x + gap),
        (x - gap, y + size * 0.35, "end", x - gap - wide),
        (x, y - gap, "middle", x - wide / 2),
        (x, y + gap + size * 0.8, "middle", x - wide / 2),
    )
    for at_x, at_y, anchor, left in spots:
        box = (left, at_y - size * 0.8, left + wide, at_y + size * 0.25)
        if box[0] < 4 or box[2] > _WIDTH - 4 or box[1] < 4 or box[3] > frame.height - _FOOT:
            continue
        if any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken):
            continue
        taken.append(box)
        return [_text(at_x, at_y, text, size, _INK, anchor, weight=weight, halo=True)]
    return []


def _foot(
    frame: _Frame,
    network: Network,
    placed: dict[str, GeoPoint],
    routes: Sequence[Route],
    drawn: Sequence[Route],
    title: str,
) -> list[str]:
    y = frame.height - 20
    out = [_text(20, y, title, 14, _INK, "start", weight=600)] if title else []
    said = f"{len(drawn):,} shipment{'' if len(drawn) == 1 else 's'}"
    hidden = len(network.locations) - len(placed) + len(routes) - len(drawn)
    if hidden:
        said += f", {hidden:,} without a place on the map"
    x = _WIDTH - 20
    out.append(_text(x, y, said, 11, _INK, "end"))
    x -= 6.2 * len(said) + 24
    for mark, name in (("rect", "warehouse"), ("circle", "store")):
        x -= 7 * len(name)
        out.append(_text(x, y, name, 11, _INK, "start"))
        x -= 14
        if mark == "rect":
            out.append(
                f"<rect x='{x - 1:.1f}' y='{y - 9:.1f}' width='10' height='10' rx='2' fill='{_GRID_TEXT}'/>"
            )
        else:
            out.append(f"<circle cx='{x + 4:.1f}' cy='{y - 4:.1f}' r='5' fill='{_GRID_TEXT}'/>")
        x -= 18
    return out


def _text(
    x: float,
    y: float,
    text: str,
    size: float,
    color: str,
    anchor: str,
    *,
    weight: int = 400,
    halo: bool = False,
) -> str:
    outline = f" stroke='{_HALO}' stroke-width='3' paint-order='stroke'" if halo else ""
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size:g}' font-weight='{weight}' fill='{color}' "
        f"text-anchor='{anchor}'{outline}>{escape(text)}</text>"
    )


def _polyline(points: Sequence[_Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _along(low: float, high: float) -> list[float]:
    return [low + (high - low) * i / 40 for i in range(41)]


def _ticks(low: float, high: float, step: int) -> list[int]:
    return list(range(math.ceil(low / step) * step, math.floor(high / step) * step + 1, step))


def _step(span: float) -> int:
    return next((step for step in _STEPS if span / step <= 7), _STEPS[-1])


def _degrees(value: int, plus: str, minus: str) -> str:
    return f"{abs(value)}°{plus if value > 0 else minus if value < 0 else ''}"


__all__ = ["MAX_ROUTES", "Route", "map_svg"]
