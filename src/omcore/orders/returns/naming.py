"""Naming: which units and parts of units a caller means, who names a line and a number.

Decides it for what may come back, and for what a return expects: of a number of units those that are whole
are meant first, of parts those that were begun (M7). A part is so much of each component of each of some
units of a kit. Must not know whether what is meant may come back, or what becomes of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from omcore.kernel import (
    MAX_QUANTITY,
    Components,
    InvalidType,
    Refusal,
    Runs,
    UnknownId,
    checked_limit,
    checked_quantity,
    checked_sku,
    checked_unique,
)
from omcore.kernel.runs import checked_runs, count, difference, intersection, take_lowest, union
from omcore.orders import parts as pt
from omcore.orders import units as un
from omcore.orders.draft import MAX_LINES
from omcore.orders.kits import every_part, is_kit, whole_of
from omcore.orders.parts import NO_PARTS, Part, Parts
from omcore.orders.selection import (
    UnitsNotAvailable,
    Wanted,
    checked_wanted,
    chosen,
    known_lines,
    line_units,
    pick,
    subtract,
)
from omcore.orders.state import Items, Order, Return
from omcore.orders.units import Units

# (line id, how many units or runs of ordinals, (SKU, how many of it) of each of them).
WantedParts = tuple[tuple[str, int | Runs, Components], ...]

# Of a number of units those are meant that can come back; then those that cannot yet; then the others.
_MEANT = (
    (un.DELIVERED,),
    (un.OPEN, un.ALLOCATED, un.CHANNEL, un.SHIPPED, un.ARRIVED),
    (un.RETURNING, un.RECEIVED, *un.WRITTEN_OFF, un.CANCELLED),
)


class NotAKit(Refusal):
    """Parts are named of a line that is made of nothing but itself. Fields: line_id."""

    code = "not_a_kit"


class PartsNotAvailable(Refusal):
    """Fewer units of a line have these parts than are named: they hold less, or it came back.

    Fields: line_id, requested, available.
    """

    code = "parts_not_available"


class WholeUnitsOnly(Refusal):
    """Exchanges and replacements are about whole units: none of which a part came back. Fields: line_id."""

    code = "whole_units_only"


def checked_parts(parts: object, items: Wanted) -> None:
    """Parts of lines that are not among the items, each line once; else a typed input error."""
    if type(parts) is not tuple:
        raise InvalidType("parts", expected="tuple of (line id, quantity or runs, components)")
    if not parts:
        return
    checked_limit(len(parts), MAX_LINES, "parts", "lines")
    for i, entry in enumerate(parts):
        if type(entry) is not tuple or len(entry) != 3:
            raise InvalidType(f"parts[{i}]", expected="(line id, quantity or runs, components)")
    checked_wanted(tuple([(line_id, what) for line_id, what, _ in parts]), "parts")
    for i, (_, _, components) in enumerate(parts):
        _checked_components(components, f"parts[{i}].components")
    checked_unique([line_id for line_id, *_ in (*items, *parts)], "parts")


def _checked_components(components: object, path: str) -> None:
    if type(components) is not tuple or not components:
        raise InvalidType(path, expected="tuple of (sku, quantity), at least one")
    checked_limit(len(components), MAX_LINES, path, "SKUs")
    for i, pair in enumerate(components):
        if type(pair) is not tuple or len(pair) != 2:
            raise InvalidType(f"{path}[{i}]", expected="(sku, quantity)")
        checked_sku(pair[0], f"{path}[{i}].sku")
        checked_quantity(pair[1], f"{path}[{i}].quantity")
    checked_unique((sku for sku, _ in components), path)


def known_parts(order: Order, wanted: WantedParts) -> None:
    """``UnknownId`` for the first line that the order does not have, or component that its units do not."""
    known_lines(order, [(line_id, what) for line_id, what, _ in wanted], "parts")
    for i, (line_id, _, components) in enumerate(wanted):
        made_of = dict(order.terms.line(line_id).components)
        for j, (sku, _) in enumerate(components):
            if sku not in made_of:
                raise UnknownId(f"parts[{i}].components[{j}]", kind="component", id=sku)


def refuse_unless_kits(order: Order, wanted: WantedParts) -> None:
    """``NotAKit`` for the first line of which nothing can come back but the whole."""
    for i, (line_id, _, _) in enumerate(wanted):
        if not is_kit(order.terms.line(line_id)):
            raise NotAKit(f"parts[{i}]", line_id=line_id)


def refuse_parted(order: Order, items: Items) -> None:
    """``WholeUnitsOnly`` for the first unit of which a part came back."""
    if parted := pt.among(order.progress.parts, items):
        raise WholeUnitsOnly("items", line_id=parted[0][0])


# -- what may come back -----------------------------------------------------------------------


def named(order: Order, wanted: Wanted) -> Items:
    """The units that are meant, in whatever state: the rules say whether they may come back."""
    items, begun = [], dict(pt.units_of(order.progress.parts))
    for i, (line_id, what) in enumerate(wanted):
        units = line_units(order, line_id, f"items[{i}]")
        if not isinstance(what, int):
            items.append((line_id, pick(order, line_id, what, ((1, units[-1][1]),), i, False)))
            continue
        runs = _filled(order, line_id, what, _whole_first(units, begun.get(line_id, ())))
        if count(runs) < what:
            raise UnitsNotAvailable(f"items[{i}]", line_id=line_id, requested=what, available=count(runs))
        items.append((line_id, runs))
    return tuple(items)


def named_parts(order: Order, wanted: WantedParts) -> tuple[Items, Parts]:
    """The units that are meant with parts of theirs, and these; parts that are the whole are not named."""
    items: list[tuple[str, Runs]] = []
    rows: list[Part] = []
    gone = pt.by_line(order.progress.parts)
    begun = dict(pt.units_of(order.progress.parts))
    for i, (line_id, what, components) in enumerate(wanted):
        units = line_units(order, line_id, f"parts[{i}]")
        everyone = ((line_id, ((1, units[-1][1]),)),)
        left = pt.minus(every_part(order, everyone), gone.get(line_id, NO_PARTS))
        having = pt.holding(left, line_id, components)
        runs = _of(line_id, what, everyone[0][1], having, i)
        if isinstance(what, int):
            groups = [intersection(un.in_state(units, *states), having) for states in _MEANT]
            runs = _filled(order, line_id, what, [intersection(groups[0], begun.get(line_id, ())), *groups])
        items.append((line_id, runs))
        rows += pt.of_units(line_id, runs, components)
    return tuple(items), _apart(order, rows)


def _apart(order: Order, parts: list[Part]) -> Parts:
    """Those that are not all of their unit, in the order of parts."""
    return tuple(sorted([row for row in parts if row[3] != whole_of(order.terms.line(row[0]))]))


def _whole_first(units: Units, begun: Runs) -> Iterator[Runs]:
    if begun:
        yield difference(un.in_state(units, un.DELIVERED), begun)
    for states in _MEANT:
        yield un.in_state(units, *states)


def _filled(order: Order, line_id: str, wanted: int, groups: Iterable[Runs]) -> Runs:
    """So many units, the lowest of the first group that has any left; fewer where there are no more."""
    runs: Runs = ()
    for group in groups:
        left = wanted - count(runs)
        if not left:
            break
        runs = union(runs, chosen(order, line_id, difference(group, runs), left))
    return runs


def _of(line_id: str, what: int | Runs, there: Runs, having: Runs, i: int) -> Runs:
    """The units that are named, all of them there and having what is wanted; none for a number of them."""
    many = what if isinstance(what, int) else 0
    runs: Runs = () if isinstance(what, int) else checked_runs(what, f"parts[{i}].runs", MAX_QUANTITY)
    missing = max(many - count(there), 0) or count(difference(runs, there))
    asked = many or count(runs)
    if missing:
        raise UnitsNotAvailable(f"parts[{i}]", line_id=line_id, requested=asked, available=asked - missing)
    lacking = max(many - count(having), 0) or count(difference(runs, having))
    if lacking:
        raise PartsNotAvailable(f"parts[{i}]", line_id=line_id, requested=asked, available=asked - lacking)
    return runs


# -- what a return expects --------------------------------------------------------------------


def expected_parts(order: Order, found: Return, wanted: WantedParts) -> tuple[Items, Parts]:
    """The units of a return, and parts of theirs, that came of what it expects; as ``named_parts``."""
    items: list[tuple[str, Runs]] = []
    rows: list[Part] = []
    held, named = dict(found.items), pt.by_line(found.parts)
    for i, (line_id, what, components) in enumerate(wanted):
        there = held.get(line_id, ())
        meant = explicit(order, named.get(line_id, NO_PARTS), ((line_id, there),))
        having = pt.holding(meant, line_id, components)
        runs = _of(line_id, what, there, having, i)
        if isinstance(what, int):
            runs = take_lowest(having, what)
        items.append((line_id, runs))
        rows += pt.of_units(line_id, runs, components)
    return tuple(items), _apart(order, rows)


def explicit(order: Order, parts: Parts, items: Items) -> Parts:
    """What is meant of each of some units: these parts, or the whole where none are named."""
    meant = pt.among(parts, items)
    return pt.plus(meant, every_part(order, subtract(items, pt.units_of(meant))))


__all__ = [
    "NotAKit",
    "PartsNotAvailable",
    "WantedParts",
    "WholeUnitsOnly",
    "checked_parts",
    "expected_parts",
    "explicit",
    "known_parts",
    "named",
    "named_parts",
    "refuse_parted",
    "refuse_unless_kits",
]
