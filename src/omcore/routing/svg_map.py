"""A map of routed shipments as SVG text.

Decides how a network and its routes are drawn: locations by kind and shipments as arcs. A route ends at
the nearest crossing of a grid of quarter degrees, because where it really ends is somebody's address; a
supplier bears its id, because its name may be a person's. Pure: same arguments, same text. Needs no map
data and no fonts of its own. Must not know orders or costs.
"""

from __future__ import annotations

from collections.abc import Sequence

from omcore.kernel import (
    STORE,
    SUPPLIER,
    GeoPoint,
    InvalidType,
    Location,
    Network,
    checked_limit,
    checked_text,
    record,
)
from omcore.routing._svg import (
    COLORS,
    FONT,
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

MAX_ROUTES = 5_000


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
    drawn = [
        Route(route.location, coarse(route.to), route.label) for route in routes if route.location in placed
    ]
    frame = Frame([*placed.values(), *[route.to for route in drawn]])
    used = {route.location for route in drawn}
    colors = {
        entry.id: COLORS[i % len(COLORS)]
        for i, entry in enumerate([entry for entry in network.locations if entry.id in used])
    }
    parts = [
        (
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH:.0f} {frame.height:.0f}' "
            f"width='{WIDTH:.0f}' height='{frame.height:.0f}' role='img' {FONT}>"
        ),
        f"<title>{written(title or 'Map of routed shipments')}</title>",
        f"<desc>{written(_described(network, drawn))}</desc>",
        f"<rect width='{WIDTH:.0f}' height='{frame.height:.0f}' fill='{PAPER}'/>",
        *land(frame),
        *graticule(frame),
        *_arcs(frame, placed, drawn, colors),
        *_destinations(frame, drawn, colors),
        *_locations(frame, network, placed, colors),
        *_labels(frame, network, placed, drawn),
        *_foot(frame, network, placed, routes, drawn, title),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _described(network: Network, drawn: Sequence[Route]) -> str:
    """What the map shows, for who cannot see it: how much each location ships."""
    counts: dict[str, int] = {}
    for route in drawn:
        counts[route.location] = counts.get(route.location, 0) + 1
    told = [f"{name}: {counts[name]:,}" for name in network.by_id if name in counts]
    return "Shipments by location. " + ("; ".join(told) or "None") + "."


def _name(location: Location) -> str:
    return location.id if location.kind == SUPPLIER else location.name or location.id


def _arcs(
    frame: Frame, placed: dict[str, GeoPoint], routes: Sequence[Route], colors: dict[str, str]
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


def _destinations(frame: Frame, routes: Sequence[Route], colors: dict[str, str]) -> list[str]:
    out: list[str] = []
    for route in routes:
        x, y = frame.of(route.to)
        out.append(
            f"<circle cx='{x:.1f}' cy='{y:.1f}' r='3.2' fill='{PAPER}' "
            f"stroke='{colors[route.location]}' stroke-width='1.6'/>"
        )
    return list(dict.fromkeys(out))


def _locations(
    frame: Frame, network: Network, placed: dict[str, GeoPoint], colors: dict[str, str]
) -> list[str]:
    out: list[str] = []
    # Those that ship lie on top of those that do not.
    for location in sorted(network.locations, key=lambda location: location.id in colors):
        if location.id not in placed:
            continue
        x, y = frame.of(placed[location.id])
        fill = colors.get(location.id, IDLE)
        paint = f"fill='{fill}' stroke='{HALO}' stroke-width='1.5'"
        if location.kind == STORE:
            out.append(f"<circle cx='{x:.1f}' cy='{y:.1f}' r='6' {paint}/>")
        else:
            out.append(f"<rect x='{x - 6:.1f}' y='{y - 6:.1f}' width='12' height='12' rx='2' {paint}/>")
    return out


def _labels(
    frame: Frame, network: Network, placed: dict[str, GeoPoint], routes: Sequence[Route]
) -> list[str]:
    """Names beside their marks, where they cover no mark and no other name; the rest are left out."""
    taken: list[Box] = []
    marks: list[Point] = [frame.of(point) for point in placed.values()]
    taken += [(x - 7, y - 7, x + 7, y + 7) for x, y in marks]
    spots = {frame.of(route.to) for route in routes}
    taken += [(x - 3.5, y - 3.5, x + 3.5, y + 3.5) for x, y in sorted(spots)]
    out: list[str] = []
    for location in network.locations:
        if location.id in placed:
            x, y = frame.of(placed[location.id])
            out += label(x, y, _name(location), 13, 600, 11, taken, frame)
    grouped: dict[Point, list[str]] = {}
    for route in routes:
        names = grouped.setdefault(frame.of(route.to), [])
        if route.label and route.label not in names:
            names.append(route.label)
    for (x, y), names in grouped.items():
        if names:
            shown = ", ".join(names[:3]) + (f" +{len(names) - 3}" if len(names) > 3 else "")
            out += label(x, y, shown, 10.5, 400, 7, taken, frame)
    return out


def _foot(
    frame: Frame,
    network: Network,
    placed: dict[str, GeoPoint],
    routes: Sequence[Route],
    drawn: Sequence[Route],
    title: str,
) -> list[str]:
    y = frame.height - 20
    out = [text(20, y, title, 14, INK, "start", weight=600)] if title else []
    said = f"{len(drawn):,} shipment{'' if len(drawn) == 1 else 's'}"
    hidden = len(network.locations) - len(placed) + len(routes) - len(drawn)
    if hidden:
        said += f", {hidden:,} without a place on the map"
    x = WIDTH - 20
    out.append(text(x, y, said, 11, INK, "end"))
    x -= 6.2 * len(said) + 24
    for mark, name in (("rect", "warehouse"), ("circle", "store")):
        x -= 7 * len(name)
        out.append(text(x, y, name, 11, INK, "start"))
        x -= 14
        if mark == "rect":
            out.append(
                f"<rect x='{x - 1:.1f}' y='{y - 9:.1f}' width='10' height='10' rx='2' fill='{GRID_TEXT}'/>"
            )
        else:
            out.append(f"<circle cx='{x + 4:.1f}' cy='{y - 4:.1f}' r='5' fill='{GRID_TEXT}'/>")
        x -= 18
    return out


__all__ = ["MAX_ROUTES", "Route", "map_svg"]
