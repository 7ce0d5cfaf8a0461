"""Finished kits as routing sees them: components that only units of the kit may have (S11).

Decides how stock of finished kits becomes demand and availability of components, exactly. Where f
kits are finished, x units of the kit and s single units of a component may be had together if
max(0, x - f) times what a kit takes, and s, are within what is loose. That is two plain limits: the
component's, of loose and finished together, for all; and one of the loose alone, for whoever is not
the kit. So lines that share a component with such a kit take from a second stock besides, which
only this plan knows. With several such kits, there is one for each choice of them. Must not know
how a plan is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import combinations
from typing import Any

import attrs

from omcore.engine.setup import OwnClaims, Setup
from omcore.kernel import Components, changed
from omcore.routing import Demand, DemandLine
from omcore.routing.demand import promisable_above

# By SKU of the demand: whose stock it is, and which kits' finished ones count, with how many a kit has.
_Stocks = Mapping[str, tuple[str, tuple[tuple[str, int], ...]]]
# By component: the parts of its stock that are limits of their own, and the kits that count in each.
_Parted = Mapping[str, Sequence[tuple[str, frozenset[str]]]]

# So many kits with one component are seen with finished ones in one order; others by components alone.
MAX_SHARING = 3


@attrs.frozen
class BuiltKits:
    """Availability with finished kits: what is finished counts for its components, where it may be used."""

    seen: Any
    view: Any
    stocks: _Stocks

    def promisable(self, sku: str, location: str, now: datetime) -> int:
        """What is loose, and what is in finished kits."""
        return self.promisable_above(0, sku, location, now)

    def promisable_above(self, floor: int, sku: str, location: str, now: datetime) -> int:
        """As ``promisable``, where so many of each stay: of what is loose, and of the finished kits."""
        found = self.stocks.get(sku)
        if found is None:
            return promisable_above(self.seen, floor, sku, location, now)
        base, kits = found
        finished = 0
        for kit, each in kits:
            finished += max(0, self.view.atp(kit, location, now) - floor) * each
        if type(self.seen) is OwnClaims and base in self.seen.kept:
            # Of what is the order's own it is shown so many, as far as they are there: loose or in kits (S8).
            # Loose are those that it holds, and those that anybody may have.
            held: int = self.seen.held.get((location, base), 0)
            mine = min(held, max(0, self.view.holds(base, location, now)))
            free = max(0, promisable_above(self.seen.view, floor, base, location, now))
            shown: int = self.seen.own.get((location, base), 0)
            there: int = mine + free + finished
            return min(shown, there)
        return max(0, promisable_above(self.seen, floor, base, location, now)) + finished


def with_finished(demand: Demand, setup: Setup, seen: Any) -> tuple[Demand, Any]:
    """(demand, availability) with what is finished of the demand's kits; as they were where there is none."""
    kits = _finished(demand, setup)
    if not kits:
        return demand, seen
    stocks, parted = _stocks(demand, kits)
    lines = tuple([_taking(line, kits, parted) for line in demand.lines]) if parted else demand.lines
    return changed(demand, lines=lines), BuiltKits(seen, setup.view, stocks)


def _parts(line: DemandLine) -> Components:
    return line.components or ((line.sku, 1),)


def _finished(demand: Demand, setup: Setup) -> dict[str, Components]:
    """The kits of a demand of which finished ones are anywhere, and what each is made of."""
    built, view = setup.catalog.built_ahead, setup.view
    found: dict[str, Components] = {}
    sharing: dict[str, int] = {}
    for line in demand.lines if built else ():
        kit = line.sku
        if kit in found or built.get(kit) != line.components:
            continue
        lies = any(view.atp(kit, location, demand.at) > 0 for location in view.locations(kit))
        if lies and all(sharing.get(sku, 0) < MAX_SHARING for sku, _ in line.components):
            found[kit] = line.components
            for sku, _ in line.components:
                sharing[sku] = sharing.get(sku, 0) + 1
    return found


def _stocks(demand: Demand, kits: Mapping[str, Components]) -> tuple[_Stocks, _Parted]:
    """Every stock that is limited by finished kits, and those of them that are a part of a component's."""
    having: dict[str, list[tuple[str, int]]] = {}
    for kit, components in kits.items():
        for sku, each in components:
            having.setdefault(sku, []).append((kit, each))
    known: set[str] = set()
    others: set[str] = set()
    for line in demand.lines:
        skus = [sku for sku, _ in _parts(line)]
        known.update(skus)
        if kits.get(line.sku) != line.components:
            others.update(skus)
    stocks: dict[str, tuple[str, tuple[tuple[str, int], ...]]] = {}
    parted: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for sku, whole in having.items():
        stocks[sku] = (sku, tuple(whole))
        for size in range(0 if sku in others else 1, len(whole)):
            for some in combinations(whole, size):
                name = f"loose-{len(stocks)}"
                while name in known:
                    name += "-"
                stocks[name] = (sku, some)
                parted.setdefault(sku, []).append((name, frozenset(kit for kit, _ in some)))
    return stocks, parted


def _taking(line: DemandLine, kits: Mapping[str, Components], parted: _Parted) -> DemandLine:
    """A line that takes from each part of a component's stock that it may take from."""
    its_own = line.sku if kits.get(line.sku) == line.components else None
    more = [
        (name, each)
        for sku, each in _parts(line)
        for name, some in parted.get(sku, ())
        if its_own is None or its_own in some
    ]
    return changed(line, components=(*_parts(line), *more)) if more else line


__all__ = ["MAX_SHARING", "BuiltKits", "with_finished"]
