"""Whatever is handed to a command about stock: a value or an OmcoreError, and nothing has changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anything import BadZone, anything, attempt
from omcore import inventory as inv
from omcore.kernel import InputError, InvalidType

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
PLAIN: dict[str, Any] = {
    "key": "k",
    "at": T0,
    "by": "",
    "reason": "",
    "sku": "TEE",
    "location": "nyc",
    "quantity": 2,
    "reference": "po-7",
    "delta": -1,
    "cause": "damage",
    "counted": 3,
    "token": "cart-1",
    "owner": "somebody",
    "items": (inv.ReservedItem("TEE", "nyc", 1),),
    "expires_at": T0 + timedelta(minutes=15),
    "completes": True,
    "replaces": "cart-0",
    "late": True,
    "to": "lax",
    "supply": "po-7",
    "expected_at": T0 + timedelta(days=7),
    "condition": "sellable",
    "happened_at": T0 - timedelta(minutes=1),
    "counted_at": T0 - timedelta(minutes=1),
    "source": "wms",
    "tolerance": inv.Tolerance(2),
    "lot": "L-7",
    "serials": ("S-1", "S-2"),
    "policy": "first_in_first_out",
    "transfer": "tr-7",
    "origin": "nyc",
    "destination": "lax",
    "arrives_at": T0 + timedelta(days=2),
}
PAST_COUNT = inv.CountStock("TEE", "nyc", 3, counted_at=T0 - timedelta(minutes=1), key="k", at=T0)
PLAIN_OF: dict[type, dict[str, Any]] = {
    inv.RegradeStock: {"to": "damaged"},
    inv.AdjustStock: {"serials": ("S-1",)},
}
REPORT = inv.StockReport("wms", "night-7", "nyc", T0, (("TEE", 2),))
STOCK = inv.stock_stream("nyc", "TEE")
LAX = inv.stock_stream("lax", "TEE")
CART = inv.reservation_stream("cart-1")


def worlds() -> list[dict[str, Any]]:
    """Nothing at all; ten tees; ten tees of which a cart holds two."""
    events, item = inv.decide_operations(None, (inv.Receive(10),), T0, sku="TEE", location="nyc")
    empty: dict[str, Any] = {STOCK: None, LAX: None, CART: None}
    filled: dict[str, Any] = {STOCK: item, LAX: None, CART: None}
    reserve = inv.ReserveStock(
        "cart-1",
        "somebody",
        (inv.ReservedItem("TEE", "nyc", 2),),
        T0 + timedelta(minutes=5),
        key="k",
        at=T0,
    )
    held = dict(filled)
    for name, made in inv.decide_inventory(reserve, filled, T0).items():
        for event in made:
            held[name] = inv.evolve_inventory(held[name], event)
    assert len(events) == 1
    return [empty, filled, held]


WORLDS = worlds()


def fields_of(cls: type) -> dict[str, Any]:
    plain = {**PLAIN, **PLAIN_OF.get(cls, {})}
    return {field.name: plain[field.name] for field in attrs.fields(cls)}


@pytest.mark.parametrize("cls", inv.INVENTORY_COMMANDS, ids=lambda cls: cls.__name__)
def test_the_plain_arguments_make_a_stock_command(cls: type) -> None:
    assert type(cls(**fields_of(cls))) is cls


@given(cls=st.sampled_from(inv.INVENTORY_COMMANDS), value=anything(), data=st.data())
def test_any_argument_gives_a_stock_command_or_a_typed_error(
    cls: Any, value: Any, data: st.DataObject
) -> None:
    arguments = fields_of(cls)
    name = data.draw(st.sampled_from(sorted(arguments)))
    arguments[name] = value
    command, error = attempt(lambda: cls(**arguments))
    if error is not None:
        assert isinstance(error, InputError | inv.ExpiryNotLater)
        return
    for states in WORLDS:
        before = repr(states)
        attempt(partial(inv.decide_inventory, command, states, T0))
        attempt(partial(inv.decide_inventory, command, states, T0, ()))
        assert repr(states) == before


@given(anything(), anything(), anything())
def test_the_doors_of_inventory_take_anything_at_all(command: Any, states: Any, now: Any) -> None:
    plain = inv.ReceiveStock("TEE", "nyc", 2, key="k", at=T0)
    item = WORLDS[1][STOCK]
    doors: list[Callable[[], Any]] = [
        lambda: inv.decide_inventory(command, WORLDS[1], T0),
        lambda: inv.decide_inventory(plain, states, T0),
        lambda: inv.decide_inventory(plain, WORLDS[1], now),
        lambda: inv.evolve_inventory(item, command),
        lambda: inv.evolve_inventory(states, command),
        lambda: inv.streams_of(command, states),
        lambda: inv.locations_of(command),
        lambda: inv.reservation_stream_of(command),
        lambda: inv.stock_stream(command, states),
        lambda: inv.reservation_stream(command),
        lambda: inv.decide_operations(states, command, now, sku="TEE", location="nyc"),
        lambda: inv.decide_operations(item, (command,), T0, sku="TEE", location="nyc"),
        lambda: inv.decide_operations(None, (inv.Receive(1),), T0, sku=command, location=states),
        lambda: inv.decide_stock(item, command, now, sku="TEE", location="nyc"),
        lambda: inv.decide_inventory(PAST_COUNT, WORLDS[1], T0, command),
        lambda: inv.decide_inventory(PAST_COUNT, WORLDS[1], T0, (command, states)),
        lambda: inv.needs_movements(command, item),
        lambda: inv.needs_movements(PAST_COUNT, command),
        lambda: inv.counted_operation(item, command, 3, T0, "count", states, now),
        lambda: inv.counted_operation(item, (), command, states, now),
        lambda: inv.moment_of(command),
        lambda: inv.StockReport("wms", "night-7", "nyc", T0, ((command, states),)),
        lambda: inv.StockReport(command, "night-7", states, T0, (("TEE", 2),), now),
        lambda: inv.StockReport("wms", command, "nyc", states, (("TEE", 2),)),
        lambda: REPORT.key(command),
        lambda: inv.counts_of(command, at=states),
        lambda: inv.counts_of(REPORT, at=T0, known=command, tolerance=states),
        lambda: inv.counts_of(REPORT, at=T0, known=(command, states), cause=now),
        lambda: inv.counts_of(REPORT, at=command, by=states, reason=now),
        lambda: inv.cycle_counts((item, command), T0, {"A": 30}, {}, limit=states),
        lambda: inv.cycle_counts((item,), command, {"A": 30}, {"TEE": states}, limit=1),
        lambda: inv.cycle_counts((item,), T0, {"A": command}, states, limit=1),
        lambda: inv.cycle_counts((item,), T0, command, states, limit=1),
        lambda: inv.abc_classes(command, a=states, b=now),
        lambda: inv.abc_classes({"TEE": command}, a=states),
        lambda: inv.Tolerance(command, states),
        lambda: inv.Tolerance(1).allows(command, states),
        lambda: item.last_count(command),
        lambda: inv.reconcile(command, states),
        lambda: inv.cause_of(command),
        lambda: inv.recalled(command, states),
        lambda: inv.recalled((), command),
        lambda: inv.decide_operations(item, (inv.Receive(1, lots=command),), T0, sku="TEE", location="nyc"),
        lambda: inv.decide_operations(item, (inv.Take(1, command),), T0, sku="TEE", location="nyc"),
        lambda: inv.decide_operations(item, (inv.Ship(command, states),), T0, sku="TEE", location="nyc"),
        lambda: inv.decide_operations(
            item, (inv.Identify(1, command, states),), T0, sku="TEE", location="nyc"
        ),
        lambda: inv.decide_operations(item, (inv.SetPolicy(command),), T0, sku="TEE", location="nyc"),
        lambda: inv.decide_operations(
            item,
            (inv.TakeBack(1, "sellable", (inv.LotUnits(command, states, 1, now),)),),
            T0,
            sku="TEE",
            location="nyc",
        ),
        lambda: inv.decide_operations(
            item,
            (inv.TakeBack(1, "sellable", (inv.LotUnits("A", None, command, (states,)),)),),
            T0,
            sku="TEE",
            location="nyc",
        ),
        lambda: inv.reconcile((inv.StockReceived(T0, "TEE", "nyc", 1, "", None, command),)),
        lambda: inv.reconcile(
            (inv.StockReturned(T0, "TEE", "nyc", 1, states, "", (inv.LotUnits(command, states, 1, now),)),)
        ),
        lambda: inv.ReservedItem(command, states, now),
        lambda: inv.live_items(command, now),
        lambda: inv.AvailabilityView((command,)),
    ]
    for door in doors:
        attempt(door)


@pytest.mark.parametrize(
    "wrong", [None, 7, b"nyc", datetime(2026, 1, 1, tzinfo=BadZone())], ids=lambda wrong: type(wrong).__name__
)
def test_a_stream_is_named_by_text_alone(wrong: Any) -> None:
    """What answers with an error of its own when it is written down is never written down."""
    named: dict[str, Callable[[], str]] = {
        "location": lambda: inv.stock_stream(wrong, "TEE"),
        "sku": lambda: inv.stock_stream("nyc", wrong),
        "token": lambda: inv.reservation_stream(wrong),
    }
    for path, name in named.items():
        _, error = attempt(name)
        assert isinstance(error, InvalidType)
        assert error.path == path
