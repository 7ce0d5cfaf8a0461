"""Tariffs: what a carrier's service charges for a parcel.

Decides the price of one parcel from its weight, its volume and where it goes. Prices are exact ints in
millionths of a minor unit: no float, hence no tie that depends on rounding. A tariff ends up as *price
lists*, (up to grams, cost) ascending, which is all that routing needs of it. Must not know stock, which
units share a parcel, or what other services charge.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from omcore.kernel import (
    CURRENCIES,
    InvalidNumber,
    InvalidType,
    Place,
    checked_currency,
    checked_limit,
    checked_quantity,
    decimal_parts,
    record,
)
from omcore.shipping.areas import checked_by_area, lies_in, narrowest

MICRO = 1_000_000
MAX_RATE = 10**18
# No single cost is above this, so that no sum of costs needs a second thought.
MAX_COST = 10**40
MAX_BRACKETS = 1_000
# What a parcel costs that no price list allows: more than any plan whose parcels are all allowed.
NEVER = 10**36
# Half the circumference of the Earth: nothing is farther.
FARTHEST_M = 20_015_115
# The heaviest parcel of a tariff that names none: what the large carriers take.
HEAVIEST_G = 70_000
_KILOGRAM = 1_000

Brackets = tuple[tuple[int, int], ...]


@record
class Zone:
    """Parcel prices for destinations up to a distance; ``up_to_km`` None is any distance."""

    up_to_km: int | None
    brackets: Brackets

    def __attrs_post_init__(self) -> None:
        if self.up_to_km is not None:
            checked_quantity(self.up_to_km, "up_to_km", high=100_000)
        checked_brackets(self.brackets, "brackets")


@record
class Tariff:
    """What a service charges, as ints in millionths of a minor unit; ``Tariff.of`` takes decimals.

    A parcel costs ``per_parcel``, ``per_unit`` for each unit in it, ``per_kg`` for each begun kilogram, what
    the price list says for its weight, and the surcharge of each area that it goes to. The list is that
    of the narrowest of ``areas`` that names the place, else of the zone by distance; ``zones`` ascend, beyond
    the last one the last one holds. A parcel that weighs more than the list names, or than 70 kg where there
    is no list, counts as several that weigh as much.

    ``divisor`` is cubic centimeters that count as a kilogram (5,000 with many carriers, 0 for none): a parcel
    that is large for its weight is charged by its volume instead.
    """

    currency: str
    zones: tuple[Zone, ...] = ()
    areas: tuple[tuple[str, Brackets], ...] = ()
    divisor: int = 0
    per_parcel: int = 0
    per_unit: int = 0
    per_kg: int = 0
    surcharges: tuple[tuple[str, int], ...] = ()

    def __attrs_post_init__(self) -> None:
        checked_currency(self.currency)
        checked_zones(self.zones)
        for i, (_, brackets) in enumerate(_by_area(self.areas, "areas", "(area, brackets)")):
            checked_brackets(brackets, f"areas[{i}]")
        checked_quantity(self.divisor, "divisor", low=0, high=10**9)
        for name in ("per_parcel", "per_unit", "per_kg"):
            checked_quantity(getattr(self, name), name, low=0, high=MAX_RATE)
        for i, (_, cost) in enumerate(_by_area(self.surcharges, "surcharges", "(area, cost of a parcel)")):
            checked_quantity(cost, f"surcharges[{i}]", low=0, high=MAX_RATE)

    @classmethod
    def of(
        cls,
        currency: str,
        *,
        zones: object = (),
        areas: object = (),
        divisor: int = 0,
        per_parcel: object = 0,
        per_unit: object = 0,
        per_kg: object = 0,
        surcharges: object = (),
    ) -> Tariff:
        """From exact decimals of *major* units: ``Tariff.of("USD", per_parcel="4.20", per_kg="0.75")``.

        zones: (up to km or None, ((up to grams, price), ...)) pairs; areas: (area, ((up to grams, price),
        ...)) pairs; surcharges: (area, price) pairs. Errors: ``InvalidNumber`` for a float, a negative
        number, or more decimals than are kept (six beyond the minor unit).
        """
        code = checked_currency(currency)
        return cls(
            code,
            zones_of(zones, code),
            tuple(
                (area, brackets_of(listed, code, f"areas[{i}]"))
                for i, (area, listed) in enumerate(pairs(areas, "areas", "(area, brackets)"))
            ),
            divisor,
            rate(per_parcel, code, "per_parcel"),
            rate(per_unit, code, "per_unit"),
            rate(per_kg, code, "per_kg"),
            tuple(
                (area, rate(cost, code, f"surcharges[{i}]"))
                for i, (area, cost) in enumerate(pairs(surcharges, "surcharges", "(area, price)"))
            ),
        )

    def brackets(self, km: float | None, place: Place | None, max_weight_g: int = 0) -> Brackets:
        """The price list of a parcel's charged weight; ``per_unit`` alone comes on top of it.

        Up to the heaviest parcel that the service takes, where that is less than the list names (0: not
        known). ``LimitExceeded`` where its kilograms are more than 1,000 brackets.
        """
        listed = self.listed(km, place)
        checked_quantity(max_weight_g, "max_weight_g", low=0, high=10**9)
        fixed = self.per_parcel + self.surcharge(place)
        named = listed[-1][0] if listed else max_weight_g or HEAVIEST_G
        heaviest = min(named, max_weight_g or named)
        ends = {up_to for up_to, _ in listed if up_to < heaviest} | {heaviest}
        if self.per_kg:
            checked_limit(heaviest // _KILOGRAM + len(ends), MAX_BRACKETS, "max_weight_g", "brackets")
            ends |= set(range(_KILOGRAM, heaviest, _KILOGRAM))
        return tuple(
            [
                (
                    grams,
                    fixed + self.per_kg * -(-grams // _KILOGRAM) + (price(listed, grams) if listed else 0),
                )
                for grams in sorted(ends)
            ]
        )

    def surcharge(self, place: Place | None) -> int:
        """What a parcel to a place costs more, by all the areas that it lies in."""
        if place is not None and type(place) is not Place:
            raise InvalidType("place", expected="Place")
        if place is None:
            return 0
        return sum(cost for area, cost in self.surcharges if lies_in(place, area))

    def charged_g(self, weight_g: int, volume_mm3: int) -> int:
        """The weight that is charged: its own, or that of its volume where that is more."""
        checked_quantity(weight_g, "weight_g", low=0, high=10**15)
        checked_quantity(volume_mm3, "volume_mm3", low=0, high=10**30)
        # A cubic centimeter a kilogram is a cubic millimeter a gram.
        return billed(weight_g, volume_mm3, self.divisor)

    def parcel(
        self, km: float | None, place: Place | None, weight_g: int, volume_mm3: int = 0, units: int = 1
    ) -> int:
        """What one parcel costs, in millionths of a minor unit."""
        checked_quantity(units, "units", low=0, high=10**15)
        listed = self.brackets(km, place)
        return price(listed, self.charged_g(weight_g, volume_mm3)) + self.per_unit * units

    def listed(self, km: float | None, place: Place | None) -> Brackets:
        """The price list of the narrowest area, else of the zone; of the last where nobody knows how far."""
        if place is not None:
            if type(place) is not Place:
                raise InvalidType("place", expected="Place")
            lists = dict(self.areas)
            area = narrowest(place, lists)
            if area is not None:
                return lists[area]
        if km is not None and (type(km) not in (float, int) or not km >= 0):
            raise InvalidNumber("km", reason="not a distance")
        return zone_of(self.zones, None if km is None else round(km * 1_000))


def zone_of(zones: tuple[Zone, ...], meters: int | None) -> Brackets:
    """The price list of a distance: of the last zone beyond it or where it is not known, () without zones."""
    if meters is not None:
        for zone in zones:
            if zone.up_to_km is None or meters <= zone.up_to_km * 1_000:
                return zone.brackets
    return zones[-1].brackets if zones else ()


def price(brackets: Brackets, grams: int) -> int:
    """Price of one parcel. Beyond the last bracket a parcel counts as several of that bracket."""
    for up_to, cost in brackets:
        if grams <= up_to:
            return cost
    up_to, cost = brackets[-1]
    return -(-grams // up_to) * cost


def billed(grams: int, cubic_mm: int, divisor: int) -> int:
    """Grams that a parcel is billed for: its weight, or its size by a divisor (0 = none) if that is more."""
    return max(grams, -(-cubic_mm // divisor)) if divisor else grams


class PriceList(NamedTuple):
    """How a parcel may be priced: by which brackets, billed by which divisor, up to which weight (0: any)."""

    brackets: Brackets
    divisor: int = 0
    limit: int = 0

    def price(self, grams: int, cubic_mm: int) -> int:
        """Price of one parcel; ``NEVER`` where it weighs more than it may."""
        if self.limit and grams > self.limit:
            return NEVER
        return price(self.brackets, billed(grams, cubic_mm, self.divisor))


def cheapest(lists: Sequence[PriceList], grams: int, cubic_mm: int) -> int:
    """Price of one parcel by the cheapest of the lists that allow it."""
    if len(lists) == 1:
        return lists[0].price(grams, cubic_mm)
    return min([entry.price(grams, cubic_mm) for entry in lists])


def rate(amount: object, currency: str, path: str) -> int:
    """Millionths of a minor unit from an exact decimal of major units, never rounded."""
    digits, scale = decimal_parts(amount, path)
    kept = CURRENCIES[checked_currency(currency)] + 6
    if digits < 0:
        raise InvalidNumber(path, reason="negative")
    if scale > kept:
        digits, lost = divmod(digits, 10 ** (scale - kept))
        if lost:
            raise InvalidNumber(path, reason=f"more than {kept} decimals")
        scale = kept
    return digits * int(10 ** (kept - scale))


def zones_of(value: object, currency: str) -> tuple[Zone, ...]:
    """Zones from (up to km or None, ((up to grams, price), ...)) pairs of major units."""
    return tuple(
        Zone(reach, brackets_of(listed, currency, f"zones[{i}]"))
        for i, (reach, listed) in enumerate(pairs(value, "zones", "(up to km, brackets)"))
    )


def brackets_of(value: object, currency: str, path: str) -> Brackets:
    """A price list from (up to grams, price) pairs of major units."""
    return tuple(
        (grams, rate(cost, currency, path)) for grams, cost in pairs(value, path, "(up to grams, price)")
    )


def pairs(value: Any, path: str, expected: str) -> list[tuple[Any, Any]]:
    """Pairs, in tuples or lists, of a tuple or list of them."""
    found = []
    for i, entry in enumerate(_listed(value, path, f"{expected} pairs")):
        first, second = _pair(entry, f"{path}[{i}]", expected)
        found.append((first, second))
    return found


def _listed(value: Any, path: str, expected: str) -> Sequence[Any]:
    if type(value) is tuple or type(value) is list:
        return value
    raise InvalidType(path, expected=expected)


def _pair(value: Any, path: str, expected: str) -> tuple[Any, Any]:
    entries = _listed(value, path, expected)
    if len(entries) != 2:
        raise InvalidType(path, expected=expected)
    return entries[0], entries[1]


def _by_area(value: Any, path: str, expected: str) -> Any:
    if type(value) is not tuple or not all(type(entry) is tuple and len(entry) == 2 for entry in value):
        raise InvalidType(path, expected=f"tuple of {expected}")
    checked_by_area([entry[0] for entry in value], path)
    return value


def checked_zones(value: object, path: str = "zones") -> tuple[Zone, ...]:
    """Zones of ascending distance."""
    if type(value) is not tuple:
        raise InvalidType(path, expected="tuple of Zone")
    checked_limit(len(value), 100, path, "zones")
    below = 0
    for i, zone in enumerate(value):
        if type(zone) is not Zone:
            raise InvalidType(f"{path}[{i}]", expected="Zone")
        reach = FARTHEST_M if zone.up_to_km is None else zone.up_to_km
        below = checked_quantity(reach, f"{path}[{i}].up_to_km", low=below + 1, high=FARTHEST_M)
    return value


def checked_brackets(value: object, path: str, *, high: int = 10**9) -> Brackets:
    """Price list of a parcel: (up to grams, cost) pairs, grams ascending from 1, at least one."""
    if type(value) is not tuple or not value:
        raise InvalidType(path, expected="tuple of (up to grams, cost)")
    checked_limit(len(value), MAX_BRACKETS, path, "brackets")
    below = 0
    for pair in value:
        if type(pair) is not tuple or len(pair) != 2:
            raise InvalidType(path, expected="(up to grams, cost)")
        below = checked_quantity(pair[0], path, low=below + 1, high=high)
        checked_quantity(pair[1], path, low=0, high=MAX_COST)
    return value


__all__ = [
    "FARTHEST_M",
    "HEAVIEST_G",
    "MAX_BRACKETS",
    "MAX_COST",
    "MAX_RATE",
    "MICRO",
    "NEVER",
    "Brackets",
    "PriceList",
    "Tariff",
    "Zone",
    "billed",
    "cheapest",
    "checked_brackets",
    "checked_zones",
    "price",
    "rate",
    "zone_of",
    "zones_of",
]
