"""Whatever is handed to a command or a draft: a value or an OmcoreError, and nothing has changed.

And the stated limits: up to them it works in near-linear time, one more is refused.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from _precedence import is_told
from anything import ODD_VALUES, RUDE_VALUES, anything, attempt, everything_in
from bad_fields import BAD, fields_of, kind_of
from generate_order_commands import STATUSES
from omcore import orders as om
from omcore.kernel import (
    EPOCH,
    ClockSkew,
    Contact,
    DuplicateId,
    InputError,
    InvalidMoney,
    InvalidQuantity,
    LimitExceeded,
    LooksLikeCardNumber,
    Money,
    OmcoreError,
    Ratio,
    error_codes,
)
from omcore.orders.amendments.operations import OPERATIONS
from omcore.orders.draft import Charge, Discount, DraftLine, DraftTender, ExternalRef, OrderDraft, Tax
from order_life import NEW_YORK, ORDER_ID, T0, Life, a_draft, a_line, usd

DRAFT = a_draft()


def lives() -> list[om.Order | None]:
    """Orders on which some commands are welcome."""
    none, begun, working, home = None, Life(), Life(), Life().delivered()
    begun.place()
    working.place()
    working.approve_all()
    working.allocate(("tee", "nyc", 3))
    working.ship(1, (("tee", 1),))
    home.do(om.AuthorizeReturn(ORDER_ID, "r", (("tee", 2),), **home.common()))
    swapped = Life().delivered()
    lines = (a_line("new"),)
    swapped.do(
        om.AuthorizeExchange(ORDER_ID, "x", "rx", (("mug", 1),), lines, advance=True, **swapped.common())
    )
    swapped.do(om.OpenClaim(ORDER_ID, "c", "damaged", (("tee", 2),), **swapped.common()))
    begun.do(om.ProposeEdit(ORDER_ID, "e", (om.RemoveLine("mug"),), **begun.common()))
    return [none, begun.order, working.order, home.order, swapped.order]


ORDERS: list[om.Order | None] = [*lives(), *[bring().order for bring in STATUSES.values()]]
COPIES = copy.deepcopy(ORDERS)
SHOWN = [repr(order) for order in ORDERS]


COMMANDS = pytest.mark.parametrize("cls", om.ORDER_COMMANDS, ids=lambda cls: cls.__name__)


@COMMANDS
def test_the_plain_arguments_make_a_command(cls: type) -> None:
    assert type(cls(**fields_of(cls))) is cls


def test_every_field_of_every_command_is_of_a_kind() -> None:
    """A command that is added needs its fields in ``PLAIN``, and their kinds in ``bad_fields``."""
    for cls in om.ORDER_COMMANDS:
        for name in fields_of(cls):
            assert kind_of(cls, name) in BAD, f"{cls.__name__}.{name}"


@COMMANDS
def test_every_field_refuses_what_the_table_names(cls: type) -> None:
    """RULES.md's table, kind by kind: a typed input error at that field, which shows nothing of it."""
    for name in fields_of(cls):
        for value, expected in BAD[kind_of(cls, name)]:
            made, error = attempt(partial(cls, **{**fields_of(cls), name: value}))
            shown = f"{cls.__name__}.{name} is no {kind_of(cls, name)}"
            assert isinstance(error, expected), f"{shown}: {error if made is None else 'made'}"
            assert error.path == name or error.path.startswith((f"{name}[", f"{name}.")), f"{shown}: {error}"
            assert type(error).code in error_codes()


@COMMANDS
def test_every_field_answers_what_raises_on_being_looked_at(cls: type) -> None:
    """Alone, in a tuple, and as one of a pair. Only a moment's class is copied, the others are refused."""
    for name in fields_of(cls):
        for rude in RUDE_VALUES:
            for value in (rude, (rude,), ((rude, rude),), (("tee", rude),)):
                made, error = attempt(partial(cls, **{**fields_of(cls), name: value}))
                if error is None:
                    assert made is not None
                    assert type(getattr(made, name)) is datetime
                else:
                    assert isinstance(error, InputError)
                    assert error.path.startswith(name)


@COMMANDS
def test_every_field_answers_each_odd_value(cls: type) -> None:
    """What is not refused when the command is made is decided, and changes no order that it is decided on."""
    for name in fields_of(cls):
        for value in ODD_VALUES:
            command, error = attempt(partial(cls, **{**fields_of(cls), name: value}))
            if error is not None:
                assert isinstance(error, InputError)
                assert error.path
                continue
            decided_on_all(command)


def decided_on_all(command: Any) -> None:
    for order, before, shown in zip(ORDERS, COPIES, SHOWN, strict=True):
        _, error = attempt(partial(om.decide, order, command, om.default_context()))
        assert error is None or is_told(command, error), error
        assert order == before
        assert repr(order) == shown


@COMMANDS
@pytest.mark.parametrize("moment", [EPOCH, datetime(9998, 12, 31, 23, 59, tzinfo=UTC)], ids=["1970", "9998"])
def test_the_first_and_the_last_of_all_moments_are_answered(cls: type, moment: datetime) -> None:
    """Long before what an order has seen is a clock that is wrong, long after it is only late."""
    fields = fields_of(cls)
    command: Any = cls(**{**fields, "at": moment, **({"expires_at": None} if "expires_at" in fields else {})})
    decided_on_all(command)
    for order in ORDERS[1:]:
        _, error = attempt(partial(om.decide, order, command, om.default_context()))
        assert (type(error) is ClockSkew) == (moment == EPOCH)


@COMMANDS
def test_a_command_about_another_order_never_lands_here(cls: Any) -> None:
    command = cls(**{**fields_of(cls), "order_id": "another"})
    for order in ORDERS:
        if order is not None and cls not in (om.PlaceOrder, om.ImportOrder):
            _, error = attempt(partial(om.decide, order, command, om.default_context()))
            assert error is not None
            assert (error.code, error.path) == ("unknown_id", "order_id")


# Names that are given to something new, or of somebody who need not be known.
GIVEN = {
    "AuthorizeExchange.exchange_id",
    "AuthorizeExchange.return_id",
    "AuthorizeReturn.return_id",
    "GrantAllowance.allowance_id",
    "OpenClaim.claim_id",
    "PlaceHold.hold_id",
    "ProposeEdit.edit_id",
    "RecordChargeback.chargeback_id",
    "RecordPayment.tender_id",
    "RequestCancel.request_id",
    "ReturnInStore.return_id",
    "RevertEdit.revert_id",
}


@COMMANDS
def test_what_is_named_and_does_not_exist_is_refused_whatever_the_order_is_like(cls: Any) -> None:
    names = {name for name in fields_of(cls) if name.endswith("_id") and name != "order_id"}
    for name in sorted(names):
        command = cls(**{**fields_of(cls), name: "nowhere"})
        for order in ORDERS[1:]:
            _, error = attempt(partial(om.decide, order, command, om.default_context()))
            if f"{cls.__name__}.{name}" in GIVEN:
                assert error is None or (error.code, error.path) != ("unknown_id", name)
            elif cls is om.RevertEdit:  # of one thing only, the last edit, it asks whether it is that
                assert error is not None
                assert error.code in ("not_revertible", "order_is_over")
            else:
                assert error is not None
                assert error.code == "unknown_id", f"{cls.__name__}.{name}: {error}"


@given(cls=st.sampled_from(om.ORDER_COMMANDS), value=anything(), data=st.data())
def test_any_argument_gives_a_command_or_a_typed_error(cls: Any, value: Any, data: st.DataObject) -> None:
    arguments = fields_of(cls)
    name = data.draw(st.sampled_from(sorted(arguments)))
    arguments[name] = value
    command, error = attempt(lambda: cls(**arguments))
    if error is not None:
        assert isinstance(error, InputError)
        return
    for order in ORDERS:
        before = repr(order)
        attempt(partial(om.decide, order, command, om.default_context()))
        assert repr(order) == before


@given(anything(), anything(), anything(), anything())
def test_the_doors_take_anything_at_all(order: Any, command: Any, context: Any, seen: Any) -> None:
    plain = om.CancelUnits(ORDER_ID, key="k", at=T0)
    doors: list[Callable[[], Any]] = [
        lambda: om.decide(order, command, context, seen),
        lambda: om.decide(order, plain, om.default_context()),
        lambda: om.decide(ORDERS[1], plain, context),
        lambda: om.decide(ORDERS[1], plain, om.default_context(), seen),
        lambda: om.order_id_for(command),
        lambda: om.order_id_of(command),
        lambda: om.evolve(ORDERS[1], command),
        lambda: om.evolve(None, command),
        lambda: om.replay(command),
        lambda: om.preview_edit(order, command, context),
        lambda: om.preview_edit(order, (om.RemoveLine("tee"),), om.default_context()),
        lambda: om.preview_edit(ORDERS[1], command, om.default_context()),  # type: ignore[arg-type]  # as it may come
        lambda: om.preview_edit(ORDERS[1], (om.RemoveLine("tee"),), context),  # type: ignore[arg-type]  # it is there
    ]
    for door in doors:
        attempt(door)


PARTS: dict[type, dict[str, Any]] = {
    om.AddLine: {"line": a_line()},
    om.ChangeQuantity: {
        "line_id": "tee",
        "quantity": 2,
        "unit_price": usd(1),
        "discounts": (),
        "taxes": None,
    },
    om.RemoveLine: {"line_id": "tee"},
    om.Substitute: {"line_id": "tee", "line": a_line("cap"), "quantity": 1},
    om.ChangeAddress: {"destination": NEW_YORK},
    om.ChangePickup: {"location": "nyc"},
    om.ChangeService: {"service": "express", "charge": None},
    om.AddCharge: {"charge": Charge("tip", usd(1))},
    om.RemoveCharge: {"kind": "tip"},
    ExternalRef: {"channel": "web", "account": "shop", "kind": "order", "id": "1"},
    Tax: {"title": "t", "rate": Ratio.parse("0.1"), "amount": None, "collected_by": "seller"},
    Discount: {"title": "t", "amount": usd(1), "percentage": None, "funded_by": "seller"},
    Charge: {"kind": "tip", "amount": usd(1), "discounts": (), "taxes": (), "title": ""},
    DraftTender: {
        "id": "c",
        "kind": "cash",
        "amount": usd(1),
        "authorized": False,
        "captured": False,
        "reference": "",
        "refunded": None,
    },
    DraftLine: {field.name: getattr(a_line(), field.name) for field in attrs.fields(DraftLine)},
    OrderDraft: {field.name: getattr(DRAFT, field.name) for field in attrs.fields(OrderDraft)},
}


@pytest.mark.parametrize("cls", PARTS, ids=lambda cls: cls.__name__)
def test_every_field_of_every_part_answers_each_odd_value(cls: type) -> None:
    for name in PARTS[cls]:
        for value in ODD_VALUES:
            _, error = attempt(partial(cls, **{**PARTS[cls], name: value}))
            if error is not None:
                assert isinstance(error, InputError)
                assert error.path


@given(cls=st.sampled_from(tuple(PARTS)), value=anything(), data=st.data())
def test_any_part_of_a_draft_is_taken_or_refused(cls: Any, value: Any, data: st.DataObject) -> None:
    arguments = dict(PARTS[cls])
    arguments[data.draw(st.sampled_from(sorted(arguments)))] = value
    made, error = attempt(lambda: cls(**arguments))
    if error is not None:
        assert isinstance(error, InputError)
    elif cls is OrderDraft:
        attempt(lambda: Life().place(made))
    elif cls in OPERATIONS:
        command = om.ProposeEdit(ORDER_ID, "e9", (made,), key="k", at=T0)
        for order in ORDERS:
            attempt(partial(om.decide, order, command, om.default_context()))


# -- the table of RULES.md, by name ----------------------------------------------------------------


@pytest.mark.parametrize("wrong", [0, -1, True, 2.0, "2", 1_000_001])
def test_a_quantity_is_a_whole_number_from_one_to_a_million(wrong: Any) -> None:
    with pytest.raises(InvalidQuantity) as error:
        DraftLine("l", "SKU", wrong, usd(1))
    assert error.value.fields == {"min": 1, "max": 1_000_000}
    for make in (
        lambda: om.CancelUnits(ORDER_ID, (("tee", wrong),), key="k", at=T0),
        lambda: om.AllocateUnits(ORDER_ID, (("tee", "nyc", wrong),), key="k", at=T0),
        lambda: om.CancelUnits(ORDER_ID, (("tee", ((wrong, wrong),)),), key="k", at=T0),
    ):
        with pytest.raises(InvalidQuantity):
            make()


def test_two_lines_or_tenders_of_one_name_are_refused() -> None:
    with pytest.raises(DuplicateId) as error:
        a_draft([a_line(), a_line()])
    assert (error.value.path, error.value.fields) == ("lines[1]", {"id": "tee"})
    with pytest.raises(DuplicateId):
        a_draft(tenders=(DraftTender("c", "cash", usd(1)), DraftTender("c", "cash", usd(1))))
    with pytest.raises(DuplicateId):
        om.CancelUnits(ORDER_ID, (("tee", 1), ("tee", 1)), key="k", at=T0)


def test_one_unit_named_twice_is_refused() -> None:
    with pytest.raises(InputError):
        om.CancelUnits(ORDER_ID, (("tee", ((1, 2), (2, 3))),), key="k", at=T0)


def test_there_is_no_place_for_a_card_number() -> None:
    number = "4111-1111-1111-1111"
    for make in (
        lambda: DraftTender("c", "gateway", usd(1), reference=number),
        lambda: om.RecordPayment(ORDER_ID, "c", usd(1), reference=number, key="k", at=T0),
        lambda: om.RecordPaymentOutcome(ORDER_ID, "p", "approved", number, key="k", at=T0),
    ):
        with pytest.raises(LooksLikeCardNumber) as error:
            make()
        assert all("4111" not in shown for shown in everything_in(error.value))


# -- limits ----------------------------------------------------------------------------------------


def long_draft(lines: int, quantity: int = 2) -> OrderDraft:
    tax = (Tax("t", rate=Ratio.parse("0.08875")),)
    return OrderDraft(
        ExternalRef("web", "shop", "order", "1"),
        "USD",
        tuple(DraftLine(f"l{i}", f"SKU-{i}", quantity, usd(999), taxes=tax) for i in range(lines)),
        T0,
        destination=NEW_YORK,
        discounts=(Discount("ten", percentage=Ratio.percent("10")),),
        tenders=(DraftTender("card", "gateway", Money(10**12, "USD"), authorized=True),),
    )


def whole_life(draft: OrderDraft) -> om.Order:
    """Placed, allocated to two locations, short picked, shipped, imported again, returned."""
    context, at, keys = om.default_context(), T0, iter(range(100))
    order: Any = None

    def do(make: Any, *arguments: Any, **more: Any) -> None:
        nonlocal order
        command = make(*arguments, **more, key=f"k{next(keys)}", at=at)
        order = om.decide(order, command, context).order

    ids = [(line.id, line.quantity) for line in draft.lines]
    do(om.PlaceOrder, draft, order_id=ORDER_ID)
    half = [(name, number - number // 2) for name, number in ids]
    rest = [(name, number // 2) for name, number in ids if number > 1]
    do(
        om.AllocateUnits,
        ORDER_ID,
        (*((name, "nyc", n) for name, n in half), *((name, "lax", n) for name, n in rest))[:10_000],
    )
    first, *others = list(order.progress.work)
    do(om.ReportShortPick, ORDER_ID, first, tuple((name, 1) for name, _ in half))
    do(om.CancelUnits, ORDER_ID, tuple((name, 1) for name, _ in ids))
    for work in (first, *others):
        if order.progress.work[work].items:
            do(om.ShipUnits, ORDER_ID, work)
    lines = tuple(attrs.evolve(line, fulfilled=line.quantity) for line in draft.lines)
    do(om.ImportOrder, attrs.evolve(draft, lines=lines, source_version=1), order_id=ORDER_ID)
    for shipment in list(order.progress.shipments):
        do(om.RecordDelivery, ORDER_ID, shipment)
    back = tuple((name, 1) for name, _ in ids)
    do(om.AuthorizeReturn, ORDER_ID, "r", back)
    do(om.CancelReturn, ORDER_ID, "r")
    do(om.AuthorizeReturn, ORDER_ID, "r2", back)
    do(om.ReceiveReturn, ORDER_ID, "r2", "nyc")
    return order  # type: ignore[no-any-return]  # decided above


def lines_run(work: Callable[[], Any]) -> int:
    """How many lines of Python a piece of work runs: what it costs, on any machine."""
    counted = 0

    def trace(frame: Any, event: str, argument: Any) -> Any:
        nonlocal counted
        counted += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return counted


def test_ten_times_the_lines_cost_about_ten_times_the_work() -> None:
    small = lines_run(lambda: whole_life(long_draft(60)))
    large = lines_run(lambda: whole_life(long_draft(600)))
    assert large < 12 * small


def test_ten_thousand_times_the_units_cost_the_same() -> None:
    """M7: a line is a few runs, however long it is."""
    small = lines_run(lambda: whole_life(long_draft(3, 33)))
    large = lines_run(lambda: whole_life(long_draft(3, 330_000)))
    assert large < 1.5 * small


def test_a_line_in_shreds_costs_about_what_its_shreds_are() -> None:
    """Every other unit is named: two thousand runs, moved in one pass."""

    def shredded(runs: int) -> int:
        life = Life()
        draft = a_draft([a_line(quantity=2 * runs, price=1)], tenders=())
        order = om.decide(None, om.PlaceOrder(draft, order_id=ORDER_ID, **life.common()), life.context).order
        odd = tuple((n, n) for n in range(1, 2 * runs, 2))
        cancel = om.CancelUnits(ORDER_ID, (("tee", odd),), **life.common())
        return lines_run(lambda: om.decide(order, cancel, life.context))

    assert shredded(2_000) < 12 * shredded(200)


def test_the_limits_themselves_are_good_and_one_more_is_not() -> None:
    with pytest.raises(LimitExceeded) as error:
        long_draft(10_001)
    assert error.value.fields == {"what": "lines", "limit": 10_000, "got": 10_001}
    assert a_draft([a_line("a", 999_999), a_line("b", 1)]).lines
    with pytest.raises(LimitExceeded) as error:
        a_draft([a_line("a", 1_000_000), a_line("b", 1)])
    assert error.value.fields == {"what": "units", "limit": 1_000_000, "got": 1_000_001}
    items = tuple((f"l{i}", 1) for i in range(10_001))
    for make in (
        lambda: om.CancelUnits(ORDER_ID, items, key="k", at=T0),
        lambda: om.AllocateUnits(ORDER_ID, tuple((i, "nyc", n) for i, n in items), key="k", at=T0),
        lambda: om.CancelUnits(
            ORDER_ID, (("l1", tuple((2 * n, 2 * n) for n in range(1, 10_002))),), key="k", at=T0
        ),
    ):
        with pytest.raises(LimitExceeded):
            make()


def test_ten_thousand_lines_are_placed_shipped_and_returned() -> None:
    order = whole_life(long_draft(10_000))
    assert order.progress.tally.returned == 10_000
    assert order.progress.tally.cancelled == 10_000


# -- personal data ---------------------------------------------------------------------------------

MARK = "Zaphod-Beeblebrox"


def test_nothing_personal_or_freely_typed_is_shown() -> None:
    """Contact fields are in no event at all; free text is on the record, but in no repr and no error."""
    contact = Contact(MARK, MARK, MARK, MARK, (MARK,), MARK, MARK, MARK, MARK)
    line = a_line(
        title=MARK, taxes=(Tax(MARK, rate=Ratio.parse("0.1")),), discounts=(Discount(MARK, usd(1)),)
    )
    draft = OrderDraft(
        ExternalRef("web", "shop", "order", "1"),
        "USD",
        (line,),
        T0,
        destination=NEW_YORK,
        contact=contact,
        charges=(Charge("tip", usd(0), title=MARK),),
        tenders=(DraftTender("card", "gateway", usd(9000), authorized=True),),
        attribution=(("source", MARK),),
        number=MARK,
    )
    life = Life()
    common: dict[str, Any] = {"by": MARK, "reason": MARK}
    commands: list[Any] = [
        om.PlaceOrder(draft, order_id=ORDER_ID, signals=((MARK, 1),), **common, **life.common()),
        om.PlaceHold(ORDER_ID, "h", "fraud", note=MARK, **common, **life.common()),
        om.ReleaseHold(ORDER_ID, "h", **common, **life.common()),
        om.AllocateUnits(ORDER_ID, (("tee", "nyc", 2),), **life.common()),
        om.RejectFulfillment(ORDER_ID, f"{ORDER_ID}-F1", MARK, **life.common()),
        om.AllocateUnits(ORDER_ID, (("tee", "lax", 2),), **life.common()),
        om.CancelFulfillment(ORDER_ID, f"{ORDER_ID}-F2", MARK, **life.common()),
        om.AllocateUnits(ORDER_ID, (("tee", "lax", 1),), **life.common()),
        om.ShipUnits(ORDER_ID, f"{ORDER_ID}-F3", tracking=(MARK, MARK), **life.common()),
        om.RecordPaymentOutcome(ORDER_ID, f"{ORDER_ID}-P1", "declined", cause=MARK, **life.common()),
        om.RequestCancel(ORDER_ID, "r", (("tee", 1),), MARK, **common, **life.common()),
        om.DecideCancelRequest(ORDER_ID, "r", False, MARK, **common, **life.common()),
        om.CancelUnits(ORDER_ID, (("tee", 1),), MARK, **life.common()),
        om.ImportOrder(
            attrs.evolve(draft, source_version=2), order_id=ORDER_ID, signals=((MARK, 1),), **life.common()
        ),
        om.ErasePersonalData(ORDER_ID, **common, **life.common()),
    ]
    shown: list[str] = [repr(contact), repr(draft)]
    for command in commands:
        shown += [repr(command), str(command)]
        shown += [repr(event) + str(event) for event in life.do(command)]
        shown += [repr(life.order), str(life.order)]
    for refused in (
        om.RejectFulfillment(ORDER_ID, "none", MARK, **life.common()),
        om.CancelUnits(ORDER_ID, (("tee", 99),), MARK, **life.common()),
        om.PlaceOrder(draft, order_id=ORDER_ID, **common, **life.common()),
    ):
        with pytest.raises(OmcoreError) as error:
            life.do(refused)
        shown += everything_in(error.value)
    assert not [text for text in shown if MARK in text]


@pytest.mark.parametrize(
    "make",
    [
        lambda: om.PlaceHold(ORDER_ID, "h", "fraud", note=MARK + "\x00", key="k", at=T0),
        lambda: om.PlaceHold(ORDER_ID, "h", MARK + " !", key="k", at=T0),
        lambda: om.CancelUnits(ORDER_ID, cause=MARK * 100, key="k", at=T0),
        lambda: om.CancelUnits(ORDER_ID, key="k", at=T0, by=MARK * 100),
        lambda: a_line(title=MARK * 100),
        lambda: Contact(name=MARK * 100),
    ],
)
def test_what_is_refused_is_not_told(make: Callable[[], Any]) -> None:
    with pytest.raises(InputError) as error:
        make()
    assert all(MARK not in shown for shown in everything_in(error.value))


def test_no_contact_is_in_any_event() -> None:
    contact = Contact(name=MARK, email=MARK, street=(MARK,))
    life = Life()
    life.place(attrs.evolve(DRAFT, contact=contact))

    def inside(value: Any) -> bool:
        if attrs.has(type(value)):
            return any(inside(getattr(value, field.name)) for field in attrs.fields(type(value)))
        if isinstance(value, (tuple, list, dict, frozenset)):
            return any(map(inside, value.values() if isinstance(value, dict) else value))
        return isinstance(value, Contact) or (isinstance(value, str) and MARK in value)

    assert not inside(life.events)
    assert not inside(life.order)


@pytest.mark.parametrize("money", [12.5, float("nan"), float("inf"), 1250, "12.50", True, (1250, "USD")])
@pytest.mark.parametrize(
    ("path", "make"),
    [
        ("unit_price", lambda money: DraftLine("l", "TEE", 1, money)),
        ("amount", lambda money: DraftTender("card", "gateway", money)),
        ("amount", lambda money: Charge("shipping", money)),
        ("amount", lambda money: Tax("VAT", amount=money)),
        ("amount", lambda money: Discount("sale", amount=money)),
        ("refunded", lambda money: DraftTender("card", "gateway", usd(5), refunded=money)),
        ("stated_total", lambda money: attrs.evolve(DRAFT, stated_total=money)),
        ("amount", lambda money: om.RecordPayment(ORDER_ID, "bank", money, key="k", at=T0)),
    ],
)
def test_what_is_no_money_is_invalid_money_wherever_money_is_read(
    path: str, make: Callable[[Any], object], money: Any
) -> None:
    """Bad input: a float, a number or text never becomes money (M1), and is told by that name."""
    with pytest.raises(InvalidMoney) as refused:
        make(money)
    assert refused.value.path == path
