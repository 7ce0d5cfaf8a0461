"""Items into boxes: every unit once, nothing through anything else, and how many boxes there are at least."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anything import ODD_VALUES, anything
from omcore.kernel import InputError, LimitExceeded, OmcoreError
from omcore.shipping import Box, Goods, Packed, PackedBox, Placement, Unpacked, pack

SMALL = Box("small", (200, 150, 100), 5_000, 80, 40)
LARGE = Box("large", (600, 400, 400), 20_000, 500, 150)
BOXES = (SMALL, LARGE)

sides = st.integers(1, 12)
sizes = st.tuples(sides, sides, sides)


@st.composite
def some_goods(draw: st.DrawFn, most: int = 6) -> tuple[Goods, ...]:
    return tuple(
        [
            Goods(
                f"SKU-{i}",
                draw(st.integers(1, most)),
                draw(st.integers(0, 9)),
                draw(sizes | st.just((0, 1, 1))),
                draw(st.sampled_from([False, False, False, True])),
                draw(st.sampled_from(["", "", "3", "8", "9"])),
                draw(st.booleans()),
            )
            for i in range(draw(st.integers(0, 5)))
        ]
    )


@st.composite
def some_boxes(draw: st.DrawFn) -> tuple[Box, ...]:
    return tuple(
        [
            Box(
                f"box-{i}",
                draw(st.tuples(*[st.integers(4, 20)] * 3)),
                draw(st.sampled_from([0, 5, 30])),
                draw(st.integers(0, 3)),
                draw(st.integers(0, 5)),
            )
            for i in range(draw(st.integers(1, 3)))
        ]
    )


pairs = st.sampled_from([frozenset[frozenset[str]](), frozenset({frozenset({"3", "8"})})])
Cuboid = tuple[tuple[int, int, int], tuple[int, int, int]]


def units_of(placement: Placement) -> Iterator[Cuboid]:
    """Corner and opposite corner of every single unit of a block."""
    for steps in itertools.product(*[range(count) for count in placement.counts]):
        near = tuple(
            at + step * side for at, step, side in zip(placement.at_mm, steps, placement.unit_mm, strict=True)
        )
        far = tuple(at + side for at, side in zip(near, placement.unit_mm, strict=True))
        yield near, far  # type: ignore[misc]  # three of each


def overlap(one: Cuboid, other: Cuboid) -> bool:
    return all(one[0][axis] < other[1][axis] and other[0][axis] < one[1][axis] for axis in range(3))


def verified(packed: Packed, goods: tuple[Goods, ...], together: frozenset[frozenset[str]]) -> None:
    """The oracle takes each box apart, unit by unit."""
    by_sku = {entry.sku: entry for entry in goods}
    seen: Counter[str] = Counter()
    for entry in packed.boxes:
        inside = [(placement.sku, unit) for placement in entry.placements for unit in units_of(placement)]
        for sku, (near, far) in inside:
            thing = by_sku[sku]
            size = tuple(b - a for a, b in zip(near, far, strict=True))
            assert sorted(size) == sorted(thing.size_mm)
            assert not thing.upright or size[2] == thing.size_mm[2]
            assert min(near) >= 0
            assert all(b <= side for b, side in zip(far, entry.box.inner_mm, strict=True))
            assert not thing.ships_alone or len(inside) == 1
        assert not any(overlap(a, b) for (_, a), (_, b) in itertools.combinations(inside, 2))
        grams = sum(by_sku[sku].weight_g for sku, _ in inside)
        assert not entry.box.max_g or grams <= entry.box.max_g
        assert entry.weight_g == grams + entry.box.own_g
        classes = {by_sku[sku].hazard for sku, _ in inside} - {""}
        assert all(frozenset(pair) in together for pair in itertools.combinations(sorted(classes), 2))
        assert inside
        assert dict(entry.contents) == Counter(sku for sku, _ in inside)
        for sku, _ in inside:
            seen[sku] += entry.count
    for rest in packed.unpacked:
        seen[rest.sku] += rest.units
    assert seen == Counter({entry.sku: entry.quantity for entry in goods})


@given(some_goods(), some_boxes(), pairs)
def test_each_unit_lies_in_a_box_and_no_two_in_one_place(
    goods: tuple[Goods, ...], boxes: tuple[Box, ...], together: frozenset[frozenset[str]]
) -> None:
    packed = pack(goods, boxes, together=together)
    verified(packed, goods, together)
    assert packed.at_least <= packed.count
    assert packed == pack(goods, boxes, together=together)


@given(some_goods(), some_boxes())
def test_what_stays_would_go_into_none_of_the_boxes_alone(
    goods: tuple[Goods, ...], boxes: tuple[Box, ...]
) -> None:
    left = {rest.sku: rest.reason for rest in pack(goods, boxes).unpacked}
    for entry in goods:
        ways = [
            way
            for way in itertools.permutations(entry.size_mm)
            if not entry.upright or way[2] == entry.size_mm[2]
        ]
        roomy = [
            box
            for box in boxes
            if any(all(a <= b for a, b in zip(way, box.inner_mm, strict=True)) for way in ways)
        ]
        able = [box for box in roomy if not box.max_g or entry.weight_g <= box.max_g]
        if 0 in entry.size_mm:
            assert left[entry.sku] == "no_size"
        elif not roomy:
            assert left[entry.sku] == "too_large"
        elif not able:
            assert left[entry.sku] == "too_heavy"
        else:
            assert entry.sku not in left


def fewest(units: list[Goods], room: int, grams: int, apart: bool) -> int:
    """The oracle tries every way to put units into boxes of one kind, on top of each other."""
    best = len(units)

    def walk(at: int, boxes: list[list[Goods]]) -> None:
        nonlocal best
        if len(boxes) >= best:
            return
        if at == len(units):
            best = len(boxes)
            return
        unit = units[at]
        for box in [*boxes, []]:
            box.append(unit)
            high = sum(entry.size_mm[2] for entry in box) <= room
            light = not grams or sum(entry.weight_g for entry in box) <= grams
            alone = len(box) == 1 or not any(entry.ships_alone for entry in box)
            classes = {entry.hazard for entry in box} - {""}
            if high and light and alone and (len(classes) < 2 or not apart):
                walk(at + 1, boxes if any(box is other for other in boxes) else [*boxes, box])
            box.pop()

    walk(0, [])
    return best


@given(
    st.lists(
        st.tuples(st.integers(1, 10), st.integers(0, 10), st.sampled_from(["", "", "3", "8"]), st.booleans()),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([0, 10, 12]),
    st.booleans(),
)
def test_no_packing_takes_fewer_boxes_than_there_are_at_least(
    things: list[tuple[int, int, str, bool]], grams: int, apart: bool
) -> None:
    """Things as wide as the box go on top of each other, so the fewest boxes are found by trying them all."""
    goods = tuple(
        Goods(f"S{i}", 1, weight, (5, 7, high), alone and i == 0, hazard)
        for i, (high, weight, hazard, alone) in enumerate(things)
    )
    together = frozenset[frozenset[str]]() if apart else frozenset({frozenset({"3", "8"})})
    packed = pack(goods, (Box("tube", (5, 7, 10), grams),), together=together)
    best = fewest(list(goods), 10, grams, apart)
    assert packed.at_least <= best <= packed.count
    # First-fit by decreasing size is never far off: 11/9 of the best and a box, where height alone counts.
    if not grams and all(not entry.hazard and not entry.ships_alone for entry in goods):
        assert packed.count <= best * 11 // 9 + 1


def test_what_fills_a_box_exactly_takes_one_box() -> None:
    cubes = Goods("CUBE", 24, 100, (100, 100, 100))
    packed = pack((cubes,), (Box("crate", (400, 300, 200)),))
    assert (packed.count, packed.at_least) == (1, 1)
    assert packed.boxes[0].placements == (Placement("CUBE", (0, 0, 0), (100, 100, 100), (4, 3, 2)),)
    # One more does not fit, and is not squeezed in.
    assert pack((Goods("CUBE", 25, 100, (100, 100, 100)),), (Box("crate", (400, 300, 200)),)).count == 2


def test_two_of_half_a_box_share_one() -> None:
    packed = pack((Goods("HALF", 2, 10, (5, 7, 5)),), (Box("tube", (5, 7, 10), 20),))
    assert (packed.count, packed.at_least) == (1, 1)


def test_the_cheapest_box_that_holds_it_is_taken() -> None:
    assert [box.box.name for box in pack((Goods("MUG", 2, 400, (100, 90, 90)),), BOXES).boxes] == ["small"]
    pans = pack((Goods("PAN", 9, 1_500, (300, 300, 60)), Goods("MUG", 1, 400, (100, 90, 90))), BOXES)
    assert [(box.box.name, box.count) for box in pans.boxes] == [("large", 1)]
    assert (pans.cost, pans.boxes[0].weight_g) == (150, 500 + 9 * 1_500 + 400)
    # One pan more weighs too much; what is left over goes into the smallest box that it fits.
    more = pack((Goods("PAN", 13, 1_500, (300, 300, 60)), Goods("MUG", 1, 400, (100, 90, 90))), BOXES)
    assert [(box.box.name, box.contents) for box in more.boxes] == [
        ("large", (("PAN", 13), ("MUG", 1))),
    ]
    heavy = pack((Goods("PAN", 14, 1_500, (300, 300, 60)),), BOXES)
    assert [dict(box.contents)["PAN"] for box in heavy.boxes] == [13, 1]
    assert (heavy.count, heavy.at_least) == (2, 2)


def test_turning_makes_it_fit_unless_it_has_to_stand() -> None:
    pole = Goods("POLE", 1, 900, (30, 30, 580))
    assert pack((pole,), BOXES).boxes[0].placements[0].unit_mm[0] == 580
    plant = Goods("PLANT", 1, 900, (30, 30, 580), upright=True)
    assert pack((plant,), BOXES).unpacked == (Unpacked("PLANT", 1, "too_large"),)


def test_dangerous_goods_of_two_classes_are_apart_unless_they_may_lie_together() -> None:
    goods = (
        Goods("LIGHTER", 1, 20, (80, 20, 10), hazard="3"),
        Goods("DRAIN-CLEANER", 1, 400, (60, 60, 90), hazard="8"),
        Goods("TEE", 1, 200, (200, 150, 5)),
    )
    apart = pack(goods, BOXES)
    assert (apart.count, apart.at_least) == (2, 2)
    both = pack(goods, BOXES, together=frozenset({frozenset({"3", "8"})}))
    assert (both.count, both.at_least) == (1, 1)


def test_each_unit_that_ships_alone_has_a_box() -> None:
    packed = pack(
        (Goods("LAMP", 3, 900, (100, 100, 100), ships_alone=True), Goods("BULB", 3, 1, (9, 9, 9))), BOXES
    )
    assert [(box.count, box.contents) for box in packed.boxes] == [(3, (("LAMP", 1),)), (1, (("BULB", 3),))]
    assert packed.at_least == 4


def test_ten_thousand_of_one_thing_are_a_few_kinds_of_boxes() -> None:
    bricks = Goods("BRICK", 1_000_000, 2_000, (200, 100, 50))
    packed = pack((bricks, Goods("TROWEL", 1, 300, (250, 80, 40))), BOXES)
    assert sum(dict(box.contents).get("BRICK", 0) * box.count for box in packed.boxes) == 1_000_000
    assert len(packed.boxes) <= 4
    assert packed.at_least == 100_001
    assert packed.count <= 100_001 + 1


def test_hundreds_of_things_are_packed_without_an_overlap() -> None:
    goods = tuple(
        Goods(f"S{i}", 1 + i % 3, 50 + i, (20 + i * 7 % 90, 10 + i * 13 % 60, 5 + i * 29 % 40))
        for i in range(60)
    )
    packed = pack(goods, BOXES)
    verified(packed, goods, frozenset())
    assert packed.count <= packed.at_least + 1
    with pytest.raises(LimitExceeded):
        pack(tuple([Goods(f"S{i}", 1, 1, (1, 1, 1)) for i in range(501)]), BOXES)


def test_no_goods_need_no_box() -> None:
    assert pack((), BOXES) == Packed((), (), 0)


@pytest.mark.parametrize(
    "build",
    [
        lambda: pack((), ()),
        lambda: pack((), (SMALL, SMALL)),
        lambda: pack([Goods("A", 1, 1, (1, 1, 1))], BOXES),  # type: ignore[arg-type]  # that is the point
        lambda: pack((), BOXES, together=frozenset({frozenset({"3"})})),
        lambda: Goods("A", 0, 1, (1, 1, 1)),
        lambda: Goods("A", 1, -1, (1, 1, 1)),
        lambda: Goods("A", 1, 1, (1, 1, float("nan"))),  # type: ignore[arg-type]  # that is the point
        lambda: Goods("A", 1, 1, (1, 1, -1)),
        lambda: Box("b", (0, 1, 1)),
        lambda: Box("b", (1, 1, 1), -1),
    ],
)
def test_what_makes_no_sense_is_refused(build: Callable[[], object]) -> None:
    with pytest.raises(InputError):
        build()


def answers(a: Any, b: Any, c: Any) -> None:
    """A value or a typed error, whatever is passed."""
    calls: list[Callable[[], object]] = [
        lambda: pack(a, b, together=c),
        lambda: pack((a,), BOXES),
        lambda: pack((), BOXES, together=a),
        lambda: Goods(a, b, c, (1, 1, 1)),
        lambda: Goods("A", 1, 1, a, b, c),
        lambda: Goods("A", 1, 1, (a, b, c)),
        lambda: Box(a, b, c),
        lambda: Box("b", (a, b, c)),
        lambda: Box("b", (1, 1, 1), a, b, c),
    ]
    for call in calls:
        with suppress(OmcoreError):
            call()


@given(anything(), anything(), anything())
def test_anything_at_all_gives_a_value_or_a_typed_error(a: Any, b: Any, c: Any) -> None:
    answers(a, b, c)


def test_each_odd_value_gives_a_value_or_a_typed_error() -> None:
    for odd in ODD_VALUES:
        answers(odd, odd, odd)


def test_a_packed_box_says_what_is_in_it() -> None:
    here = Placement("A", (0, 0, 0), (1, 1, 1), (2, 1, 1))
    there = Placement("A", (0, 1, 0), (1, 1, 1), (1, 1, 1))
    assert PackedBox(SMALL, 1, (here, there), 80).contents == (("A", 3),)
