"""Areas: how carriers name the parts of the world that they serve, or price apart.

Decides what an area is - a country (``US``), a region of it (``US-HI``) or the beginning of its postal
codes (``US:967``) - and which of several that a place lies in is meant: the narrowest. Must not know what
is said of an area.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from omcore.kernel import InvalidPlace, Place, checked_limit, checked_names, checked_unique

MAX_AREAS = 10_000
_AREA = re.compile(r"[A-Z]{2}(?:-[^\s:].{0,98}|:[A-Z0-9-]{1,20})?", re.ASCII)


def checked_area(value: object, path: str) -> str:
    """An area's name: ``US``, ``US-HI`` or ``US:967``; else ``InvalidPlace``."""
    if type(value) is not str or not _AREA.fullmatch(value):
        raise InvalidPlace(path, reason="not country, country-region or country:postal prefix")
    return value


def checked_areas(value: object, path: str) -> frozenset[str]:
    """A set of areas."""
    areas = checked_names(value, path, limit=MAX_AREAS)
    for area in areas:
        checked_area(area, path)
    return areas


def checked_by_area(areas: Sequence[object], path: str) -> None:
    """Areas of a table, each named once."""
    checked_limit(len(areas), MAX_AREAS, path, "areas")
    checked_unique([checked_area(area, f"{path}[{i}]") for i, area in enumerate(areas)], path)


def lies_in(place: Place, area: str) -> bool:
    """Whether a place lies in an area. Postal codes are compared without spaces and in capitals."""
    if not area.startswith(place.country):
        return False
    rest = area[2:]
    if not rest:
        return True
    if rest[0] == "-":
        return rest[1:] == place.region
    return place.postal_code.replace(" ", "").upper().startswith(rest[1:])


def narrowest(place: Place, areas: Iterable[str]) -> str | None:
    """The narrowest of the areas that a place lies in, None where it lies in none.

    The longest beginning of the postal code before the region, the region before the country.
    """
    found: str | None = None
    for area in areas:
        if lies_in(place, area) and (found is None or _width(area) > _width(found)):
            found = area
    return found


def _width(area: str) -> tuple[bool, int]:
    return (":" in area, len(area))


__all__ = ["MAX_AREAS", "checked_area", "checked_areas", "checked_by_area", "lies_in", "narrowest"]
