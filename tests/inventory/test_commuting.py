"""Commands on disjoint keys commute: whichever comes first, each gets its answer and all ends alike (C10)."""

from collections.abc import Mapping
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from omcore import inventory as inv
from omcore.kernel import OmcoreError
from stock_desk import T0, later

SKUS, LOCATIONS = ("MUG", "TEE"), ("lax", "nyc")
skus, locations, few = st.sampled_from(SKUS), st.sampled_from(LOCATIONS), st.integers(1, 5)
tokens = st.sampled_from(("t0", "t1", "t2", "t3"))
items = st.lists(st.builds(inv.ReservedItem, skus, locations, few), min_size=1, max_size=2).map(tuple)
moments = st.integers(0, 300)


def made(cls: Any, *fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(lambda s, *given: cls(*given, key="k", at=later(s)), moments, *fields)


until = st.integers(301, 900).map(later)
opening = st.one_of(
    made(inv.ReceiveStock, skus, locations, st.integers(3, 9)),
    made(inv.ReserveStock, tokens, st.just("ann"), items, until),
    made(inv.ConfirmReservation, tokens),
)
commands = st.one_of(
    opening,
    made(inv.AdjustStock, skus, locations, st.integers(-5, -1), st.just("damage")),
    made(inv.CountStock, skus, locations, few),
    made(inv.SetSafetyStock, skus, locations, few),
    made(inv.TransferStock, st.just("tr"), skus, st.just("lax"), st.just("nyc"), few, until),
    made(inv.ReserveStock, st.sampled_from(("t0", "t1")), st.just("ann"), items, until, st.just("t2")),
    made(inv.ExtendReservation, tokens, until),
    made(inv.ReleaseReservation, tokens),
    made(inv.ExpireReservation, tokens),
    made(inv.ConfirmReservation, tokens, st.just(()), st.just(True)),
    made(inv.ShipAllocation, tokens),
    made(inv.ReleaseAllocation, tokens),
    made(inv.MoveAllocation, tokens, st.just((inv.ReservedItem("TEE", "lax", 1),)), st.just("nyc")),
)


def streams(command: Any, states: Mapping[str, Any]) -> set[str]:
    """What a command reads, and by that what it can write."""
    return set(
        inv.streams_of(command, *[states.get(t) for t in inv.reservation_streams_of(command)] or [None])
    )


def after(states: Mapping[str, Any], command: Any) -> tuple[dict[str, Any], str]:
    """The states after a command, and the code of its refusal."""
    read = streams(command, states)
    seen = max([command.at, *[states[name].seen_at for name in read if states.get(name) is not None]])
    try:
        changed = inv.decide_inventory(command, {name: states.get(name) for name in read}, seen)
    except OmcoreError as error:
        return dict(states), repr(error)
    new = dict(states)
    for name, events in changed.items():
        for event in events:
            new[name] = inv.evolve_inventory(new.get(name), event)
    return new, ""


@given(before=st.lists(opening, max_size=12), first=commands, second=commands)
def test_c10_commands_on_disjoint_keys_commute(before: list[Any], first: Any, second: Any) -> None:
    states: dict[str, Any] = {}
    for sku in SKUS:
        for location in LOCATIONS:
            states, _ = after(states, inv.ReceiveStock(sku, location, 5, key="k", at=T0))
    for command in before:
        states, _ = after(states, command)
    assume(not streams(first, states) & streams(second, states))
    one, answer_one = after(states, first)
    one, answer_two = after(one, second)
    other, answer_second = after(states, second)
    other, answer_first = after(other, first)
    assert (answer_one, answer_two) == (answer_first, answer_second)
    assert one == other
