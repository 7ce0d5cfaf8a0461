"""Every state of a fulfillment order, a shipment and a return × every command that touches it.

What is allowed is read off the lifecycle charts; that every one of them is legal for units, money and
stock besides is checked by the life under test after each command.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from omcore import orders as om
from omcore.kernel import InvalidType, OmcoreError
from omcore.lifecycle import FULFILLMENT_ORDER, RETURN, SHIPMENT, Chart
from omcore.orders.policies import NOT_BEGUN
from order_life import ORDER_ID, T0, Life

WORK, PARCEL = f"{ORDER_ID}-F1", f"{ORDER_ID}-S2"
PART = (("tee", 1),)
Do = Callable[[Life], Any]


def targets(chart: Chart, state: str, event: str) -> set[str]:
    """Where the chart lets an event lead from a state."""
    return {target for source, name, target in chart.moves if (source, name) == (state, event)}


def outcome(life: Life, command: Any) -> str:
    """Empty where it was done, else the code of the refusal."""
    try:
        life.do(command)
    except OmcoreError as error:
        return error.code
    return ""


# -- the work of a location ------------------------------------------------------------------------


def advanced(*events: str) -> Do:
    def do(life: Life) -> None:
        for event in events:
            life.do(om.AdvanceFulfillment(ORDER_ID, WORK, event, **life.common()))

    return do


def collected(life: Life) -> None:
    advanced("accept", "ready")(life)
    life.do(om.CollectUnits(ORDER_ID, WORK, **life.common()))


WORK_IN: dict[str, Do] = {
    "requested": advanced(),
    "accepted": advanced("accept"),
    "picking": advanced("accept", "pick"),
    "packed": advanced("pick", "pack"),
    "ready_for_pickup": advanced("accept", "ready"),
    "partially_shipped": lambda life: life.ship(1, PART),
    "shipped": lambda life: life.ship(),
    "collected": collected,
    "rejected": lambda life: life.do(om.RejectFulfillment(ORDER_ID, WORK, **life.common())),
    "cancelled": lambda life: life.do(om.CancelFulfillment(ORDER_ID, WORK, **life.common())),
}
# With each command: the chart's event.
WORK_COMMANDS: dict[str, tuple[str, Callable[[dict[str, Any]], Any]]] = {
    "accept": ("accept", lambda c: om.AdvanceFulfillment(ORDER_ID, WORK, "accept", **c)),
    "pick": ("pick", lambda c: om.AdvanceFulfillment(ORDER_ID, WORK, "pick", **c)),
    "pack": ("pack", lambda c: om.AdvanceFulfillment(ORDER_ID, WORK, "pack", **c)),
    "ready": ("ready", lambda c: om.AdvanceFulfillment(ORDER_ID, WORK, "ready", **c)),
    "ship all": ("ship", lambda c: om.ShipUnits(ORDER_ID, WORK, **c)),
    "ship part": ("ship", lambda c: om.ShipUnits(ORDER_ID, WORK, PART, **c)),
    "collect all": ("collect", lambda c: om.CollectUnits(ORDER_ID, WORK, **c)),
    "collect part": ("collect", lambda c: om.CollectUnits(ORDER_ID, WORK, PART, **c)),
    "reject": ("reject", lambda c: om.RejectFulfillment(ORDER_ID, WORK, **c)),
    "cancel": ("cancel", lambda c: om.CancelFulfillment(ORDER_ID, WORK, **c)),
    "move": ("cancel", lambda c: om.MoveFulfillment(ORDER_ID, WORK, "soho", **c)),
}


# Only work that nobody has begun is rearranged.
REARRANGE = om.RearrangeWork(ORDER_ID, ((WORK, "soho", PART),), key="r", at=T0)


def at_work(state: str) -> Life:
    life = Life()
    life.place()
    life.approve_all()
    life.allocate(("tee", "nyc", 3), ("mug", "nyc", 1))
    WORK_IN[state](life)
    assert life.order.progress.work[WORK].status == state
    return life


def test_the_states_of_work_are_the_charts() -> None:
    assert set(WORK_IN) == set(FULFILLMENT_ORDER.states)


@pytest.mark.parametrize("state", FULFILLMENT_ORDER.states)
@pytest.mark.parametrize("name", list(WORK_COMMANDS))
def test_work_goes_on_as_its_chart_says(state: str, name: str) -> None:
    event, command = WORK_COMMANDS[name]
    life = at_work(state)
    allowed = targets(FULFILLMENT_ORDER, state, event)
    code = outcome(life, command(life.common()))
    if allowed:
        assert code == ""
        assert life.order.progress.work[WORK].status in allowed
    else:
        assert code == "illegal_transition", "the chart is asked before units are counted"
        assert life.order.progress.work[WORK].status == state


@pytest.mark.parametrize("state", FULFILLMENT_ORDER.states)
def test_work_is_rearranged_until_it_has_begun(state: str) -> None:
    life = at_work(state)
    code = outcome(life, om.RearrangeWork(ORDER_ID, REARRANGE.moves, **life.common()))
    if not targets(FULFILLMENT_ORDER, state, "cancel"):
        assert code == "illegal_transition"
    else:
        assert code == ("" if state in NOT_BEGUN else "work_begun")


@pytest.mark.parametrize("state", FULFILLMENT_ORDER.states)
def test_a_short_pick_is_reported_while_there_is_work(state: str) -> None:
    """S9: what is not found is open again; a part that went out stays gone."""
    life = at_work(state)
    before = life.order.progress.tally.open
    code = outcome(life, om.ReportShortPick(ORDER_ID, WORK, PART, **life.common()))
    if state in FULFILLMENT_ORDER.finals:
        assert code == "illegal_transition"
    else:
        assert code == ""
        assert life.order.progress.tally.open == before + 1
        assert "nyc" in life.order.progress.excluded


@pytest.mark.parametrize("event", ["ship", "collect", "reject", "cancel"])
def test_what_moves_units_has_a_command_of_its_own(event: str) -> None:
    with pytest.raises(InvalidType) as refused:
        om.AdvanceFulfillment(ORDER_ID, WORK, event, key="k", at=T0)
    assert refused.value.path == "event", "an argument that can never be accepted is no command"


def test_an_event_that_no_chart_has_is_an_illegal_transition() -> None:
    life = at_work("requested")
    command = om.AdvanceFulfillment(ORDER_ID, WORK, "no_such_event", **life.common())
    assert outcome(life, command) == "illegal_transition"


# -- shipments -------------------------------------------------------------------------------------


def reported(*events: str) -> Do:
    def do(life: Life) -> None:
        for event in events:
            life.do(om.AdvanceShipment(ORDER_ID, PARCEL, event, **life.common()))

    return do


PARCEL_IN: dict[str, Do] = {
    "in_transit": reported(),
    "out_for_delivery": reported("go_out"),
    "attempted": reported("go_out", "attempt"),
    "delivered": lambda life: life.do(om.RecordDelivery(ORDER_ID, PARCEL, **life.common())),
    "lost": reported("lose"),
    "returned_to_sender": reported("attempt", "send_back"),
}


def on_its_way(state: str) -> Life:
    life = at_work("shipped")
    PARCEL_IN[state](life)
    assert life.order.progress.shipments[PARCEL].status == state
    return life


def test_the_states_of_a_parcel_are_the_charts() -> None:
    assert {*PARCEL_IN, "arrived"} == set(SHIPMENT.states), "what goes to a store is in test_pickup"


@pytest.mark.parametrize("state", PARCEL_IN)
@pytest.mark.parametrize("event", SHIPMENT.events)
def test_news_of_a_parcel_is_taken_as_its_chart_says(state: str, event: str) -> None:
    life = on_its_way(state)
    allowed = targets(SHIPMENT, state, event)
    if event in ("deliver", "arrive"):
        code = outcome(life, om.AdvanceShipment(ORDER_ID, PARCEL, event, **life.common()))
        assert code == "illegal_transition", "delivery moves units: it has a command of its own"
        command: Any = om.RecordDelivery(ORDER_ID, PARCEL, **life.common())
        allowed = targets(SHIPMENT, state, "deliver")  # to the customer; to a store, see test_pickup
    else:
        command = om.AdvanceShipment(ORDER_ID, PARCEL, event, **life.common())
    assert outcome(life, command) == ("" if allowed else "illegal_transition")
    assert life.order.progress.shipments[PARCEL].status in (allowed or {state})


@pytest.mark.parametrize("state", PARCEL_IN)
def test_only_what_did_not_arrive_is_open_again(state: str) -> None:
    life = on_its_way(state)
    code = outcome(life, om.ReopenShipment(ORDER_ID, PARCEL, **life.common()))
    assert code == ("" if state in ("lost", "returned_to_sender") else "illegal_transition")
    assert life.order.progress.tally.open == (0 if code else 4)


# -- returns ---------------------------------------------------------------------------------------


def received(items: Any = ()) -> Do:
    return lambda life: life.do(om.ReceiveReturn(ORDER_ID, "rma", "nyc", items, **life.common()))


def arrived(life: Life, items: Any) -> None:
    """Goods that are refunded when somebody has looked at them."""
    plain = life.context
    policies = om.Policies(inspection=om.inspected_then_refunded)
    life.context = om.OrderContext(plain.catalog, policies, plain.rules)
    received(items)(life)
    life.context = plain


RETURN_IN: dict[str, Do] = {
    "authorized": lambda life: None,
    "partially_received": received(PART),
    "received": lambda life: arrived(life, ()),
    "completed": received(),
    "cancelled": lambda life: life.do(om.CancelReturn(ORDER_ID, "rma", **life.common())),
}
RETURN_COMMANDS: dict[str, tuple[str, bool, Callable[[dict[str, Any]], Any]]] = {
    "receive all": ("receive", False, lambda c: om.ReceiveReturn(ORDER_ID, "rma", "nyc", **c)),
    "receive part": ("receive", True, lambda c: om.ReceiveReturn(ORDER_ID, "rma", "nyc", PART, **c)),
    "cancel": ("cancel", False, lambda c: om.CancelReturn(ORDER_ID, "rma", **c)),
    "keep all": ("keep", False, lambda c: om.KeepReturn(ORDER_ID, "rma", **c)),
    "keep part": ("keep", True, lambda c: om.KeepReturn(ORDER_ID, "rma", PART, **c)),
}


def coming_back(state: str) -> Life:
    life = Life().delivered()
    life.do(om.AuthorizeReturn(ORDER_ID, "rma", (("tee", 2),), **life.common()))
    RETURN_IN[state](life)
    assert life.order.progress.returns["rma"].status == state
    return life


def test_the_states_of_a_return_are_the_charts() -> None:
    assert set(RETURN_IN) == set(RETURN.states)


@pytest.mark.parametrize("state", RETURN.states)
@pytest.mark.parametrize("name", list(RETURN_COMMANDS))
def test_a_return_goes_on_as_its_chart_says(state: str, name: str) -> None:
    event, names_units, command = RETURN_COMMANDS[name]
    life = coming_back(state)
    allowed = targets(RETURN, state, event)
    code = outcome(life, command(life.common()))
    if allowed:
        assert code == ""
        assert life.order.progress.returns["rma"].status in allowed
    else:
        assert code in ("illegal_transition", "units_not_available" if names_units else "")
        assert life.order.progress.returns["rma"].status == state


@pytest.mark.parametrize("state", RETURN.states)
def test_a_return_is_authorized_once_under_its_name(state: str) -> None:
    life = coming_back(state)
    assert outcome(life, om.AuthorizeReturn(ORDER_ID, "rma", (("mug", 1),), **life.common())) != ""
