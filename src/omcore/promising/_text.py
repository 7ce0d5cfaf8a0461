"""Offers as text: what a person at a counter reads.

Decides wording only; every figure comes from the offers. Must not know how an offer is made.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from omcore.kernel import Money, format_minor, time_zone
from omcore.routing.constraints import REASONS as OF_ROUTING

if TYPE_CHECKING:
    from omcore.promising.offers import Offer, OfferedPart, Offers
    from omcore.promising.pickups import Pickups

_MINUTE = timedelta(minutes=1)
# Not strftime, which speaks the language of the machine (C1).
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

REASONS = {
    "no_destination": "nobody said where it goes",
    "nothing_to_ship": "nothing is to be shipped",
    "too_late": "arrives after the day it is needed by",
    "not_served": "no carrier goes there",
    "not_collected": "no carrier fetches it from where it is",
    "no_working_day": "nobody works within a year",
    "hazard_refused": "no carrier takes the dangerous goods in it",
}


def why(code: str) -> str:
    """What a person reads for the code of what is not offered."""
    return REASONS.get(code) or OF_ROUTING.get(code) or code.replace("_", " ")


def days(earliest: date, latest: date) -> str:
    """``Tue 2026-12-01`` or ``Tue 2026-12-01 to Thu 2026-12-03``."""
    last = _day(latest)
    return last if earliest == latest else f"{_day(earliest)} to {last}"


def _day(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]} {day.isoformat()}"


def within(now: datetime, until: datetime | None) -> str:
    """``, if ordered within 2 h 13 min``: whole minutes that are left, never one too many."""
    if until is None:
        return ""
    minutes = (until - now) // _MINUTE
    hours, rest = divmod(minutes, 60)
    left = [f"{hours // 24} d"] * (hours >= 24) + [f"{hours % 24} h"] * (hours % 24 > 0)
    left += [f"{rest} min"] * (rest > 0 or not left)
    return ", if ordered within " + " ".join(left)


def told(found: Offers) -> str:
    """A line for each offer and each of its parts, and for each level that is none."""
    lines = []
    for offer in found.offers:
        lines.append(_offer(found.at, offer))
        lines += [_part(part) for part in offer.parts]
    lines += [f"{refused.level}: not offered; {why(refused.code)}" for refused in found.refused]
    return "\n".join(lines) + "\n" if lines else "no level of service was asked for\n"


def _offer(now: datetime, offer: Offer) -> str:
    parcels = f"{offer.parcels:,} parcel{'' if offer.parcels == 1 else 's'}"
    cost = "" if offer.cost is None else f", costs {_amount(offer.cost)}"
    price = "" if offer.price is None else f", at {_amount(offer.price)}"
    when = days(offer.earliest, offer.latest)
    return f"{offer.level}: {when}{within(now, offer.order_by)}; {parcels}{cost}{price}"


def _part(part: OfferedPart) -> str:
    zone = time_zone(part.zone)
    units = sum(units for _, units in part.lines)
    leaves = f"by {part.ship_by.astimezone(zone):%Y-%m-%d %H:%M} ({part.zone})"
    ready = "" if part.ready is None else f", expected {part.ready.astimezone(zone):%Y-%m-%d %H:%M}"
    arrives = days(part.earliest, part.latest)
    return f"  {units:,} from {part.location}{ready}, leaves {leaves} with {part.service}, {arrives}"


def _amount(amount: Money) -> str:
    return f"{format_minor(amount.minor, amount.currency)} {amount.currency}"


def told_of_pickups(found: Pickups) -> str:
    """A line for each store."""
    lines = []
    for offer in found.offers:
        ready = offer.ready.astimezone(time_zone(offer.zone))
        lines.append(
            f"{offer.location}: ready from {_day(ready.date())} {ready:%H:%M} ({offer.zone})"
            f"{within(found.at, offer.order_by)}"
        )
    lines += [f"{refused.level}: no pickup; {why(refused.code)}" for refused in found.refused]
    return "\n".join(lines) + "\n" if lines else "there is no store\n"


__all__ = ["days", "told", "told_of_pickups", "why", "within"]
