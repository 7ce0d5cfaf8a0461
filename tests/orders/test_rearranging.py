"""Work that nobody has begun is rearranged in one step: whole, exact, once per location, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from omcore import orders as om
from omcore.orders import events as ev
from order_life import ORDER_ID, Life

F1, F2, F3 = (f"{ORDER_ID}-F{n}" for n in (1, 2, 3))
ALL = ((1, 3),)


def two_works() -> Life:
    """Two tees at nyc, the third at lax and the mug at nyc besides."""
    life = Life()
    life.place()
    life.approve_all()
    life.allocate(("tee", "nyc", 2))
    life.allocate(("tee", "lax", 1))
    life.allocate(("mug", "nyc", 1))
    return life


def rearrange(life: Life, *moves: Any, cause: str = "") -> list[Any]:
    return life.do(om.RearrangeWork(ORDER_ID, moves, cause, **life.common()))


def work(life: Life) -> dict[str, tuple[str, Any]]:
    return {one.id: (one.location, one.items) for one in life.order.progress.work.values() if one.items}


def test_each_location_is_asked_once_for_all_that_comes_to_it_and_lies_there() -> None:
    life = two_works()
    events = rearrange(
        life,
        (F2, "nyc", (("tee", 1),)),
        (F1, "nyc", (("tee", ((1, 2),)),)),
        (F3, "nyc", (("mug", 1),)),
        cause="tidy",
    )
    assert work(life) == {f"{ORDER_ID}-F4": ("nyc", (("tee", ALL), ("mug", ((1, 1),))))}
    back = [event for event in events if type(event) is ev.FulfillmentCancelled]
    assert [(event.fulfillment_id, event.location, event.cause) for event in back] == [
        (F2, "lax", "tidy"),
        (F1, "nyc", "tidy"),
        (F3, "nyc", "tidy"),
    ]


def test_a_work_may_be_split_over_locations_and_what_is_not_named_stays() -> None:
    life = two_works()
    rearrange(life, (F1, "soho", (("tee", 1),)), (F1, "lax", (("tee", 1),)))
    left = work(life)
    assert left[F2] == ("lax", (("tee", ((3, 3),)),))
    assert left[f"{ORDER_ID}-F4"] == ("soho", (("tee", ((1, 1),)),))
    assert left[f"{ORDER_ID}-F5"] == ("lax", (("tee", ((2, 2),)),))
    assert F1 not in left


def test_m7_no_unit_is_taken_twice() -> None:
    life = two_works()
    for second in (2, ((1, 1),)):
        with pytest.raises(om.UnitsNotAvailable) as refused:
            rearrange(life, (F1, "soho", (("tee", ((1, 1),)),)), (F1, "lax", (("tee", second),)))
        assert refused.value.path == "moves[1].items[0]"
    assert set(work(life)) == {F1, F2, F3}


def test_exact_units_that_are_not_there_are_a_refusal() -> None:
    life = two_works()
    with pytest.raises(om.UnitsNotAvailable):
        rearrange(life, (F1, "soho", (("tee", ((3, 3),)),)))
