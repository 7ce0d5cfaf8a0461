"""Every reason for which inventory says no: its error, its path, recorded once, and nothing has changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs
import pytest

from omcore import inventory as inv
from omcore.engine import OrderManager
from omcore.kernel import (
    MAX_STOCK,
    Catalog,
    InvalidId,
    InvalidQuantity,
    InvalidSku,
    InvalidTimestamp,
    InvalidType,
    Item,
    LimitExceeded,
    Location,
    NaiveTimestamp,
    Network,
    OmcoreError,
    UnknownId,
)
from omcore.memory import MemoryStore
from omcore.ports import Answer, Commit, Write
from omcore.routing import Nearest
from stock_desk import T0, later, some

KIT = Catalog((Item("SET", components=(("TEE", 2),), built_ahead=True),))
HOUR = timedelta(hours=1)
ALL = inv.INVENTORY_COMMANDS


# -- an argument that no state could accept --------------------------------------------------

PLAIN: dict[str, Any] = {
    "sku": "TEE",
    "location": "nyc",
    "quantity": 1,
    "delta": 1,
    "cause": "damage",
    "counted": 1,
    "supply": "po-7",
    "expected_at": later(60),
    "transfer": "tr-1",
    "origin": "nyc",
    "destination": "lax",
    "arrives_at": later(60),
    "token": "t",
    "owner": "ann",
    "items": some(TEE=1),
    "expires_at": later(60),
    "condition": "sellable",
    "to": "damaged",
    "policy": "first_in_first_out",
    "key": "k",
    "at": T0,
}
PLAIN_OF: dict[type, dict[str, Any]] = {inv.MoveAllocation: {"to": "lax"}, inv.IdentifyStock: {"lot": "L-1"}}
IDS = ("location", "supply", "transfer", "origin", "destination", "token", "owner")
MOMENTS = ("expected_at", "arrives_at", "expires_at", "at")
NUMBERS = ("quantity", "delta", "counted")
NOT_IDS: tuple[Any, ...] = ("", "a b", "é", "x" * 201, 7, None, b"nyc")
NOT_SKUS: tuple[Any, ...] = ("", " TEE", "a\u200bb", "a\x00", "e\u0301", "x" * 201, 7, None)
NOT_NUMBERS: tuple[Any, ...] = (-MAX_STOCK - 1, MAX_STOCK + 1, True, 2.0, "2", 10**40)
NOT_ITEMS: tuple[Any, ...] = ([], "TEE", 7, {"TEE": 1}, list(some(TEE=1)))

Bad = tuple[str, Any, type[OmcoreError]]
BAD: list[Bad] = [
    *[(name, value, InvalidId) for name in IDS for value in NOT_IDS],
    *[("sku", value, InvalidSku) for value in NOT_SKUS],
    *[(name, value, InvalidQuantity) for name in NUMBERS for value in NOT_NUMBERS],
    *[(name, datetime(2026, 11, 27, 10), NaiveTimestamp) for name in MOMENTS],  # noqa: DTZ001 - the very point
    *[(name, value, InvalidTimestamp) for name in MOMENTS for value in ("2026-11-27", 7, None)],
    *[("items", value, InvalidType) for value in NOT_ITEMS],
    *[("key", value, InvalidId) for value in ("", "a b", 7, None)],
]


def plain(cls: type) -> dict[str, Any]:
    """The least that a command is made of."""
    needed = [field.name for field in attrs.fields(cls) if field.default is attrs.NOTHING]
    return {name: PLAIN[name] for name in needed} | PLAIN_OF.get(cls, {})


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_what_is_wrong_whatever_the_state_is_told_at_its_field(cls: type) -> None:
    good = plain(cls)
    cls(**good)
    names = {field.name for field in attrs.fields(cls)} & (good.keys() | {"items"})
    tried = [bad for bad in BAD if bad[0] in names]
    assert tried
    for name, value, error in tried:
        with pytest.raises(OmcoreError) as refused:
            cls(**{**good, name: value})
        assert (type(refused.value), refused.value.path) == (error, name), (name, value, refused.value)


ZERO = (inv.ReceiveStock, inv.RegradeStock, inv.TransferStock, inv.AssembleKits, inv.TakeKitsApart)


@pytest.mark.parametrize("cls", ZERO, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("units", [0, -1])
def test_nothing_and_less_than_nothing_is_no_quantity(cls: type, units: int) -> None:
    with pytest.raises(InvalidQuantity) as refused:
        cls(**{**plain(cls), "quantity": units})
    assert refused.value.path == "quantity"


@pytest.mark.parametrize("cls", [inv.SetSafetyStock, inv.SetBackorderLimit, inv.SetReorderPoint])
def test_a_limit_may_be_nothing_and_not_less(cls: type) -> None:
    cls(**{**plain(cls), "quantity": 0})
    with pytest.raises(InvalidQuantity):
        cls(**{**plain(cls), "quantity": -1})


def test_an_item_is_checked_wherever_it_stands() -> None:
    with pytest.raises(InvalidType) as refused:
        inv.ReserveStock("t", "ann", (*some(TEE=1), "TEE"), later(60), key="k", at=T0)  # type: ignore[arg-type]
    assert refused.value.path == "items[1]"
    with pytest.raises(LimitExceeded) as many:
        inv.ReserveStock("t", "ann", some(TEE=1) * 10_001, later(60), key="k", at=T0)
    assert many.value.path == "items"


@pytest.mark.parametrize("s", [0, -1, 400 * 86_400])
def test_a_claim_ends_later_than_now_and_within_a_year(s: int) -> None:
    for cls in (inv.ReserveStock, inv.ExtendReservation):
        with pytest.raises(InvalidTimestamp) as refused:
            cls(**{**plain(cls), "expires_at": later(s)})
        assert refused.value.path == "expires_at"


def test_nobody_has_counted_in_the_future() -> None:
    with pytest.raises(InvalidTimestamp) as refused:
        inv.CountStock("TEE", "nyc", 3, counted_at=later(3_600), key="k", at=T0)
    assert refused.value.path == "counted_at"


# -- what the state refuses ------------------------------------------------------------------


class Shop:
    """Five tees and two mugs in New York, two sets; a live, an expired, a released and other reservations."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        network = Network((Location("nyc"), Location("lax")))
        self.oms = OrderManager(self.store, network=network, routing=Nearest(), catalog=KIT)
        self.keys = 0
        for sku, units in (("TEE", 5), ("MUG", 2), ("SET", 2), ("CAP", MAX_STOCK)):
            self.do(inv.ReceiveStock, sku, "nyc", units)
        for token in ("live", "brief", "released", "confirmed", "shipped", "order"):
            self.reserve(token, 30 if token == "brief" else 600)
        self.do(inv.ReleaseReservation, "released", at=1)
        for token in ("confirmed", "shipped"):
            self.do(inv.ConfirmReservation, token, at=1)
        self.do(inv.ShipAllocation, "shipped", at=2)
        self.order_takes_over("order")
        self.do(inv.TransferStock, "tr-1", "SET", "nyc", "lax", 1, later(3_600), at=2)
        self.do(inv.CountStock, "MUG", "nyc", 2, counted_at=later(5), at=10)

    def reserve(self, token: str, seconds: float) -> None:
        self.do(inv.ReserveStock, token, "ann", some(CAP=1), later(seconds))

    def order_takes_over(self, token: str) -> None:
        """As routing does; told to the store by hand."""
        cart = self.oms.reservation(token)
        events = inv.confirm_reservation(cart, "o1", later(2))
        name = inv.reservation_stream(token)
        loaded = self.store.load([name])[name]
        state = inv.evolve_inventory(cart, events[0])
        write = Write(name, events, state)
        commit = Commit(Answer("by-hand", "-", name, T0), {name: loaded.version}, (write,))
        self.store.commit(commit)

    def do(self, kind: Any, *arguments: Any, at: float = 0, **more: Any) -> Any:
        self.keys += 1
        return self.oms.execute(kind(*arguments, **more, key=f"k{self.keys}", at=later(at)))

    def seen(self) -> tuple[Any, ...]:
        """Everything but answers: the feed, and every version and state."""
        feed = self.store.feed(0, 10_000)
        streams = sorted({entry.stream for entry in feed} | {"reservation/new", "stock/lax/TEE"})
        return (len(feed), repr(self.store.load(streams)))


def at(kind: Any, *arguments: Any, seconds: float = 60, **more: Any) -> Any:
    return kind(*arguments, **more, key="asked", at=later(seconds))


Case = tuple[Any, type[OmcoreError], str, str]
REFUSED: list[Case] = [
    (at(inv.ReceiveStock, "TEE", "mars", 1), UnknownId, "unknown_id", "location"),
    (at(inv.ReceiveStock, "CAP", "nyc", MAX_STOCK), LimitExceeded, "limit_exceeded", "quantity"),
    (at(inv.AdjustStock, "TEE", "nyc", -6, "x"), inv.InsufficientStock, "insufficient_stock", "quantity"),
    (at(inv.CountStock, "TEE", "mars", 6), UnknownId, "unknown_id", "location"),
    (
        at(inv.CountStock, "MUG", "nyc", 2, counted_at=later(5)),
        inv.CountOutdated,
        "count_outdated",
        "counted_at",
    ),
    (
        at(inv.CountStock, "TEE", "nyc", 50, tolerance=inv.Tolerance(1)),
        inv.RecountNeeded,
        "recount_needed",
        "counted",
    ),
    (
        at(inv.RegradeStock, "TEE", "nyc", 6, "sellable", "damaged", "x"),
        inv.InsufficientStock,
        "insufficient_stock",
        "quantity",
    ),
    (at(inv.IdentifyStock, "TEE", "mars", 1, lot="L-1"), UnknownId, "unknown_id", "location"),
    (at(inv.SetLotPolicy, "TEE", "mars", "first_in_first_out"), UnknownId, "unknown_id", "location"),
    (at(inv.SetSafetyStock, "TEE", "mars", 6), UnknownId, "unknown_id", "location"),
    (at(inv.SetBackorderLimit, "TEE", "mars", 6), UnknownId, "unknown_id", "location"),
    (at(inv.SetReorderPoint, "TEE", "mars", 6), UnknownId, "unknown_id", "location"),
    (at(inv.ExpectSupply, "TEE", "mars", "po", 6, later(99)), UnknownId, "unknown_id", "location"),
    (
        at(inv.ExpectSupply, "SET", "lax", "tr-1", 2, later(99)),
        inv.NotInTransit,
        "not_in_transit",
        "quantity",
    ),
    (
        at(inv.TransferStock, "tr-2", "TEE", "nyc", "lax", 6, later(99)),
        inv.InsufficientStock,
        "insufficient_stock",
        "quantity",
    ),
    (
        at(inv.TransferStock, "tr-1", "SET", "nyc", "lax", 1, later(99)),
        inv.SupplyExists,
        "supply_exists",
        "transfer",
    ),
    (
        at(inv.CallBackTransfer, "tr-1", "SET", "nyc", "lax", 2),
        inv.NotInTransit,
        "not_in_transit",
        "quantity",
    ),
    (at(inv.AssembleKits, "TEE", "nyc", 1), inv.NotBuiltAhead, "not_built_ahead", "sku"),
    (at(inv.AssembleKits, "SET", "nyc", 3), inv.InsufficientStock, "insufficient_stock", "quantity"),
    (at(inv.TakeKitsApart, "SET", "nyc", 2), inv.InsufficientStock, "insufficient_stock", "quantity"),
    (
        at(inv.ReserveStock, "new", "ann", some("mars", TEE=1), later(99)),
        UnknownId,
        "unknown_id",
        "location",
    ),
    (
        at(inv.ReserveStock, "new", "ann", some(TEE=6), later(99)),
        inv.InsufficientStock,
        "insufficient_stock",
        "quantity",
    ),
    (
        at(inv.ReserveStock, "live", "ann", some(TEE=1), later(99)),
        inv.ReservationExists,
        "reservation_exists",
        "token",
    ),
    (
        at(inv.ReserveStock, "new", "ann", some(TEE=1), later(99), "never"),
        UnknownId,
        "unknown_id",
        "replaces",
    ),
    (
        at(inv.ReserveStock, "new", "bob", some(TEE=1), later(99), "live"),
        inv.NotTheOwner,
        "not_the_owner",
        "replaces",
    ),
    (
        at(inv.ReserveStock, "new", "ann", some(TEE=1), later(99), "released"),
        inv.ReservationEnded,
        "reservation_ended",
        "replaces",
    ),
    (at(inv.ExtendReservation, "never", later(99)), UnknownId, "unknown_id", "token"),
    (
        at(inv.ExtendReservation, "brief", later(99)),
        inv.ReservationEnded,
        "reservation_ended",
        "token",
    ),
    (
        at(inv.ExtendReservation, "live", later(600)),
        inv.ExpiryNotLater,
        "expiry_not_later",
        "expires_at",
    ),
    (at(inv.ReleaseReservation, "never"), UnknownId, "unknown_id", "token"),
    (at(inv.ReleaseReservation, "released"), inv.ReservationEnded, "reservation_ended", "token"),
    (at(inv.ReleaseReservation, "brief"), inv.ReservationEnded, "reservation_ended", "token"),
    (at(inv.ExpireReservation, "live"), inv.ReservationLive, "reservation_live", "token"),
    (at(inv.ExpireReservation, "released"), inv.ReservationEnded, "reservation_ended", "token"),
    (at(inv.ConfirmReservation, "never"), UnknownId, "unknown_id", "token"),
    (at(inv.ConfirmReservation, "brief"), inv.ReservationEnded, "reservation_ended", "token"),
    (at(inv.ConfirmReservation, "confirmed"), inv.ReservationEnded, "reservation_ended", "token"),
    (at(inv.ConfirmReservation, "live", some(CAP=2)), inv.NotReserved, "not_reserved", "items"),
    (at(inv.ShipAllocation, "never"), UnknownId, "unknown_id", "token"),
    (at(inv.ShipAllocation, "live"), inv.NothingAllocated, "nothing_allocated", "token"),
    (at(inv.ShipAllocation, "shipped"), inv.NothingAllocated, "nothing_allocated", "token"),
    (at(inv.ShipAllocation, "order"), inv.HeldByOrder, "held_by_order", "token"),
    (at(inv.ShipAllocation, "confirmed", some(CAP=2)), inv.NotAllocated, "not_allocated", "items"),
    (at(inv.ReleaseAllocation, "shipped"), inv.NothingAllocated, "nothing_allocated", "token"),
    (at(inv.ReleaseAllocation, "order"), inv.HeldByOrder, "held_by_order", "token"),
    (
        at(inv.ReportAllocationShort, "confirmed", some(TEE=1), "x"),
        inv.NotAllocated,
        "not_allocated",
        "items",
    ),
    (
        at(inv.MoveAllocation, "confirmed", some(CAP=1), "lax"),
        inv.InsufficientStock,
        "insufficient_stock",
        "quantity",
    ),
    (at(inv.MoveAllocation, "confirmed", some(CAP=1), "mars"), UnknownId, "unknown_id", "location"),
    (at(inv.MoveAllocation, "order", some(CAP=1), "lax"), inv.HeldByOrder, "held_by_order", "token"),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{type(case[0]).__name__}-{case[2]}")
def test_c3_a_refusal_is_typed_recorded_once_and_changes_nothing(case: Case) -> None:
    command, error, code, path = case
    shop = Shop()
    before = shop.seen()
    for _ in range(2):
        with pytest.raises(error) as refused:
            shop.oms.execute(command)
        assert (type(refused.value), refused.value.code, refused.value.path) == (error, code, path)
        assert shop.seen() == before
        answer = shop.store.answer("asked")
        assert answer is not None
        assert (answer.error, answer.path) == (code, path)
    # What would be granted by now stays refused under its key (C4).
    for sku in ("TEE", "MUG", "SET"):
        shop.do(inv.ReceiveStock, sku, "nyc", 100, at=60)
    shop.do(inv.ReceiveStock, "CAP", "lax", 100, at=60)
    with pytest.raises(error) as again:
        shop.oms.execute(command)
    assert again.value == refused.value


def test_every_command_of_inventory_is_refused_here_for_something() -> None:
    assert {type(case[0]) for case in REFUSED} == set(ALL)


def told_by(cls: type) -> str:
    """What a command's docstring says, with that of the command that it refers to."""
    said = str(cls.__doc__)
    others = (inv.ShipAllocation, inv.AssembleKits)
    return said + "".join(str(other.__doc__) for other in others if f"``{other.__name__}``" in said)


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_a_command_says_by_which_fields_it_is_told_and_for_what_it_is_refused(cls: type) -> None:
    """A location that is not in the network is refused of all of them, and said once for all."""
    refused = {(case[1].__name__, case[3]) for case in REFUSED if type(case[0]) is cls}
    said = told_by(cls)
    assert [name for name, path in refused if path != "location" and f"``{name}``" not in said] == []
    plain_words = {
        "sku",
        "location",
        "quantity",
        "items",
        "token",
        "owner",
        "reference",
        "cause",
        "condition",
    }
    common = {"key", "at", "by", "reason", "counted", "transfer", *plain_words}
    fields = {field.name for field in attrs.fields(cls)} - common
    if cls is not inv.CallBackTransfer:  # the way is as it was told to TransferStock
        assert [name for name in sorted(fields) if f"``{name}``" not in str(cls.__doc__)] == []


# -- which refusal comes first ---------------------------------------------------------------

# Everything that is wrong at once, in the documented order: of any two the first is told.
RESERVING = ("unknown replaced", "token used", "not the owner", "replaced ended", "expiry", "stock")
CONFIRMING = ("unknown", "ended", "too many", "gone")
HOLDING = ("unknown", "order has it", "nothing held", "too many", "stock")


def pairs(reasons: Sequence[str]) -> list[tuple[str, str]]:
    return [(first, second) for i, first in enumerate(reasons) for second in reasons[i + 1 :]]


RESERVE_ERRORS: dict[str, tuple[type[OmcoreError], str]] = {
    "unknown replaced": (UnknownId, "replaces"),
    "token used": (inv.ReservationExists, "token"),
    "not the owner": (inv.NotTheOwner, "replaces"),
    "replaced ended": (inv.ReservationEnded, "replaces"),
    "expiry": (inv.ExpiryNotLater, "expires_at"),
    "stock": (inv.InsufficientStock, "quantity"),
}


@pytest.mark.parametrize("both", pairs(RESERVING), ids="+".join)
def test_of_two_reasons_not_to_reserve_the_first_is_told(both: tuple[str, str]) -> None:
    shop = Shop()
    # A stream that has seen a later moment: by then the command's expiry is over.
    if "expiry" in both:
        shop.do(inv.SetReorderPoint, "CAP", "nyc", 0, at=70)
    token = "live" if "token used" in both else "new"
    old = "released" if "replaced ended" in both else "brief" if token == "live" else "live"
    old = "never" if "unknown replaced" in both else old
    owner = "bob" if "not the owner" in both else "ann"
    items = some(CAP=1, TEE=6) if "stock" in both else some(CAP=1)
    command = inv.ReserveStock(token, owner, items, later(65), old, key="asked", at=later(60))
    error, path = RESERVE_ERRORS[both[0]]
    with pytest.raises(error) as refused:
        shop.oms.execute(command)
    assert (type(refused.value), refused.value.path) == (error, path)


CONFIRM_ERRORS: dict[str, type[OmcoreError]] = {
    "unknown": UnknownId,
    "ended": inv.ReservationEnded,
    "too many": inv.NotReserved,
    "gone": inv.LatePaymentUnfilled,
}


@pytest.mark.parametrize("both", pairs(CONFIRMING), ids="+".join)
def test_of_two_reasons_not_to_confirm_the_first_is_told(both: tuple[str, str]) -> None:
    shop = Shop()
    token = "released" if "ended" in both else "brief"
    token = "never" if "unknown" in both else token
    items = some(CAP=2) if "too many" in both else ()
    if "gone" in both:
        shop.do(inv.CountStock, "CAP", "nyc", 0, at=50)
    command = inv.ConfirmReservation(token, items, True, key="asked", at=later(60))
    with pytest.raises(CONFIRM_ERRORS[both[0]]) as refused:
        shop.oms.execute(command)
    assert type(refused.value) is CONFIRM_ERRORS[both[0]]


HOLD_ERRORS: dict[str, type[OmcoreError]] = {
    "unknown": UnknownId,
    "order has it": inv.HeldByOrder,
    "nothing held": inv.NothingAllocated,
    "too many": inv.NotAllocated,
    "stock": inv.InsufficientStock,
}


@pytest.mark.parametrize("kind", [inv.ShipAllocation, inv.MoveAllocation], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("both", pairs(HOLDING), ids="+".join)
def test_of_two_reasons_not_to_move_what_is_held_the_first_is_told(kind: Any, both: tuple[str, str]) -> None:
    shop = Shop()
    token = "shipped" if "nothing held" in both else "confirmed"
    token = "order" if "order has it" in both else token
    token = "never" if "unknown" in both else token
    if "stock" in both:
        shop.do(inv.CountStock, "CAP", "nyc", 0, at=50)
    items = some(CAP=2) if "too many" in both else some(CAP=1)
    rest = ("lax",) if kind is inv.MoveAllocation else ()
    with pytest.raises(HOLD_ERRORS[both[0]]) as refused:
        shop.oms.execute(kind(token, items, *rest, key="asked", at=later(60)))
    assert type(refused.value) is HOLD_ERRORS[both[0]]
