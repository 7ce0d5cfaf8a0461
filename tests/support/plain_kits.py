"""What a unit is made of, piece by piece, each with its price tag (M2, M12): lists and no running sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from naive_books import shared

Tag = tuple[int, int, int, int]  # net, tax, remitted, funded
Pieces = dict[str, list[Tag]]


def pieces_of(line: Any, worth: Sequence[int]) -> Pieces:
    """One unit's worth over its components by list value, and over the pieces of each equally."""
    net, tax, remitted, funded = worth
    values = line.list_values or [1] * len(line.components)
    weights = [value * each for value, (_, each) in zip(values, line.components, strict=True)]
    taxes = shared(tax, weights)
    columns = (shared(net, weights), taxes, shared(remitted, taxes), shared(funded, weights))
    found: Pieces = {}
    for i, (sku, each) in enumerate(line.components):
        tags = zip(*[shared(column[i], [1] * each) for column in columns], strict=True)
        found[sku] = [(a, b, c, d) for a, b, c, d in tags]
    return found


def one_by_one(parts: Any) -> Iterator[tuple[str, int, Counter[str]]]:
    """(line, ordinal, pieces) of rows of parts."""
    for line_id, first, last, components in parts:
        for n in range(first, last + 1):
            yield line_id, n, Counter(dict(components))


def given_in_parts(order: Any) -> dict[tuple[str, int], Tag]:
    """What was given back of each unit that did not come back whole: its first pieces."""
    found = {}
    for line_id, n, taken in one_by_one(order.progress.parts):
        line = order.terms.line(line_id)
        (worth,) = [entry[2:] for entry in line.entitlements if entry[0] <= n <= entry[1]]
        pieces = pieces_of(line, worth)
        tags = [tag for sku, many in taken.items() for tag in pieces[sku][:many]]
        assert all(many <= len(pieces[sku]) for sku, many in taken.items())
        found[line_id, n] = tuple(map(sum, zip(*tags, strict=True)))
    return found  # type: ignore[return-value]  # four sums
