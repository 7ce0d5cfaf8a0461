"""Until when a location's answer to "when does it leave?" stays the same.

Decides which instants share an answer: between two times at which, somewhere in the network, a day begins, a
cut-off comes or a van leaves, every order leaves when the others do. So what was worked out for one order
holds for the next. Must not know prices, places or stock.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from omcore.kernel import (
    InvalidType,
    Location,
    Network,
    NoWorkingDay,
    checked_instant,
    instant_of,
    time_zone,
    wall_time,
)
from omcore.shipping import Service, ShipBy, handed_over

# Networks and stretches of time that are kept; when it is full it starts anew.
_KEPT_NETWORKS = 16
_KEPT_EPOCHS = 64
_DAY = timedelta(days=1)
_MIDNIGHT = time()


class Epoch:
    """A stretch of time, and when orders that are released in it leave."""

    __slots__ = ("_found", "end", "network", "start")

    def __init__(self, network: Network, start: datetime, end: datetime) -> None:
        self.network = network
        self.start = start
        self.end = end
        self._found: dict[tuple[str, str], ShipBy | None] = {}

    def leaves(self, location: Location, service: Service) -> ShipBy | None:
        """When it leaves with a service; None where nobody works, or comes, within a year."""
        key = (location.id, service.name)
        if key not in self._found:
            try:
                self._found[key] = handed_over(location, service, self.start)
            except NoWorkingDay:
                self._found[key] = None
        return self._found[key]


class Departures:
    """The epochs of networks, by these services."""

    __slots__ = ("_epochs", "_vans")

    def __init__(self, services: tuple[Service, ...]) -> None:
        vans = [service.collects for service in services if service.collects is not None]
        self._vans = {
            wall_time(closes, "collects")
            for van in vans
            for closes in (van.closes, *[entry[2] for entry in van.hours])
        }
        # An epoch keeps its network alive, so an id that is found here is not another one's.
        self._epochs: dict[int, list[Epoch]] = {}

    def at(self, network: Network, now: datetime) -> Epoch:
        """The epoch of an instant. Errors: ``InputError``."""
        if type(network) is not Network:
            raise InvalidType("network", expected="Network")
        now = checked_instant(now, "at")
        epochs = self._epochs.get(id(network), [])
        for epoch in reversed(epochs):
            if epoch.start <= now < epoch.end:
                return epoch
        if len(self._epochs) >= _KEPT_NETWORKS:
            self._epochs = {}
        made = self._made(network, now)
        kept = epochs if len(epochs) < _KEPT_EPOCHS else []
        self._epochs[id(network)] = [*kept, made]
        return made

    def _made(self, network: Network, now: datetime) -> Epoch:
        walls: dict[str, set[time]] = {}
        for location in network:
            walls.setdefault(location.zone, {_MIDNIGHT, *self._vans}).add(
                wall_time(location.cut_off, "cut_off")
            )
        start, end = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
        for name, shown in walls.items():
            zone = time_zone(name)
            today = now.astimezone(zone).date()
            for instant in [instant_of(day, wall, zone) for day in (today, today + _DAY) for wall in shown]:
                if instant <= now:
                    start = max(start, instant)
                else:
                    end = min(end, instant)
        return Epoch(network, max(start, now - _DAY), end)


__all__ = ["Departures", "Epoch"]
