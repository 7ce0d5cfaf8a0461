"""How much of a demand cannot be met, where not every location may serve everybody.

Decides the least that stays of one SKU: demand by the set of locations that may serve it, stock by
location, and the greatest flow between them. Must not know costs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def shortage(demand: Mapping[int, int], stock: Sequence[int]) -> int:
    """Units that no assignment meets; ``demand`` is units by the locations that may serve them, as bits."""
    every = sum(1 << j for j, have in enumerate(stock) if have)
    wanted = sum(demand.values())
    if all(able == every for able in demand):
        return max(0, wanted - sum(stock))
    classes = sorted(demand)
    left = [demand[able] for able in classes]
    room = list(stock)
    given: list[dict[int, int]] = [{} for _ in classes]
    for at in range(len(classes)):
        while left[at] and _sent(at, classes, left, room, given):
            pass
    return sum(left)


def _sent(
    start: int, classes: Sequence[int], left: list[int], room: list[int], given: list[dict[int, int]]
) -> bool:
    """Serves more of a class, others giving way where they can be served elsewhere; False where none can."""
    # Breadth first over locations: which class wants it, and from which location that class came here.
    came: dict[int, tuple[int, int]] = {}
    frontier = [(start, -1)]
    while frontier:
        following: list[tuple[int, int]] = []
        for at, source in frontier:
            for j in range(len(room)):
                if j in came or not classes[at] >> j & 1:
                    continue
                came[j] = (at, source)
                if room[j]:
                    _moved(j, came, left, room, given, start)
                    return True
                following += [(other, j) for other, taken in enumerate(given) if taken.get(j)]
        frontier = following
    return False


def _moved(
    last: int,
    came: Mapping[int, tuple[int, int]],
    left: list[int],
    room: list[int],
    given: list[dict[int, int]],
    start: int,
) -> None:
    units = min(left[start], room[last])
    j = last
    while True:
        at, source = came[j]
        if source < 0:
            break
        units = min(units, given[at][source])
        j = source
    left[start] -= units
    room[last] -= units
    j = last
    while True:
        at, source = came[j]
        given[at][j] = given[at].get(j, 0) + units
        if source < 0:
            return
        given[at][source] -= units
        j = source


__all__ = ["shortage"]
