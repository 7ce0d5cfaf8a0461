"""Words that are kept beside an order's units: of which units each is said.

Decides how units are told apart by what is said of them, and how a new word takes its units from the old
ones. Must not know what a word says: what units wait for (``backorders``), or by when they were promised
(``promises``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from omcore.kernel import Runs
from omcore.kernel.runs import difference, intersection, union
from omcore.orders.state import Items, Order


class Word(Protocol):
    """Something that is said of units."""

    @property
    def items(self) -> Items:
        """The units."""
        ...


W = TypeVar("W", bound=Word)


def said_of(items: Items, words: Iterable[W]) -> list[tuple[Items, W | None]]:
    """Units by the word that is said of them; None for those of which nothing is."""
    found: list[tuple[Items, W | None]] = []
    left = dict(items)
    for word in words:
        part = []
        for line_id, runs in word.items:
            if here := intersection(runs, left.get(line_id, ())):
                part.append((line_id, here))
                left[line_id] = difference(left[line_id], here)
        if part:
            found.append((tuple(part), word))
    rest = tuple([(line_id, runs) for line_id, runs in left.items() if runs])
    return [*found, (rest, None)] if rest else found


def taken_over(
    order: Order, items: Items, words: Iterable[W], is_same: Callable[[W], bool]
) -> tuple[Items, list[tuple[Items, W]]]:
    """The units of a word when it is said of these as well, and what is left of the other words."""
    gone = dict(items)
    mine: dict[str, Runs] = {}
    others: list[tuple[Items, W]] = []
    for word in words:
        left = [(line_id, difference(runs, gone.get(line_id, ()))) for line_id, runs in word.items]
        rest = tuple([(line_id, runs) for line_id, runs in left if runs])
        if is_same(word):
            mine = dict(rest)
        elif rest:
            others.append((rest, word))
    for line_id, runs in items:
        mine[line_id] = union(mine.get(line_id, ()), runs)
    index = order.terms.index
    return tuple(sorted(mine.items(), key=lambda item: index[item[0]])), others


__all__ = ["said_of", "taken_over"]
