"""Claims: units that arrived damaged, late, as another item, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from omcore import orders as om
from omcore.kernel import CurrencyMismatch, Money, OmcoreError
from omcore.orders import events as ev
from omcore.orders import units as un
from order_life import ORDER_ID, Life, a_draft, a_line, usd


def delivered() -> Life:
    """Three tees (22.00 each, tax in it) and a mug (11.00) with the customer; 82.00 captured."""
    return Life().delivered(a_draft())


def shipped() -> Life:
    """The same, all in one parcel that is on its way."""
    life = Life()
    life.place(a_draft())
    life.approve_all()
    life.allocate(("tee", "nyc", 3), ("mug", "nyc", 1))
    life.ship()
    life.approve_all()
    return life


def claim(life: Life, kind: str = "damaged", items: Any = (("tee", 1),), name: str = "c") -> list[Any]:
    return life.do(om.OpenClaim(ORDER_ID, name, kind, items, **life.common()))


def resolve(life: Life, how: str, items: Any = (), name: str = "c", **more: Any) -> list[Any]:
    return life.do(om.ResolveClaim(ORDER_ID, name, how, items, **more, **life.common()))


def asked(events: list[Any]) -> list[tuple[str, int]]:
    return [(event.kind, event.amount) for event in events if type(event) is ev.PaymentRequested]


def units(life: Life, line: str = "tee") -> list[tuple[int, int, str]]:
    at = life.order.terms.index[line]
    return [(first, last, state) for first, last, state, _ in life.order.progress.units[at]]


def test_a_damaged_unit_is_refunded_to_the_cent_and_stays_with_the_customer() -> None:
    life = delivered()
    claim(life)
    assert asked(resolve(life, "refund")) == [("refund", 2200)]
    assert units(life) == [(1, 1, un.KEPT), (2, 3, un.DELIVERED)]
    assert life.order.status == "partially_returned"
    assert life.order.amendments.claims == {}


def test_a_missing_parcel_that_is_refunded_ends_the_order_and_nobody_has_it() -> None:
    life = shipped()
    claim(life, "missing", (("tee", 3), ("mug", 1)))
    assert asked(resolve(life, "refund", amount=usd(500))) == [("refund", 8200)], "shipping, too"
    assert units(life) == [(1, 3, un.LOST)]
    assert (life.order.status, life.order.payments.owed) == ("returned", 0)


def test_a_replacement_costs_nothing_and_takes_the_worth_of_the_unit_that_it_stands_for() -> None:
    """Each unit of a discounted line has a worth of its own: the new one takes exactly that."""
    life = Life().delivered(a_draft([a_line(price=2001, quantity=3)]))
    claim(life, items=(("tee", ((2, 2),)),))
    worth = life.order.worth((("tee", ((2, 2),)),))
    assert asked(resolve(life, "replace")) == []
    assert units(life) == [(1, 1, un.DELIVERED), (2, 2, un.REPLACED), (3, 3, un.DELIVERED), (4, 4, un.OPEN)]
    assert life.order.worth((("tee", ((4, 4),)),)) == worth
    assert life.order.status == "partially_fulfilled"
    life.allocate(("tee", "nyc", 1))
    assert asked(life.ship(3)) == []
    life.deliver_all()
    assert (life.order.payments.balance, life.order.status) == (0, "partially_returned")


def test_an_order_that_is_replaced_whole_goes_on() -> None:
    life = shipped()
    claim(life, "missing", (("tee", 3), ("mug", 1)))
    events = resolve(life, "replace")
    assert "returned" not in [event.target for event in events if type(event) is ev.OrderStatusChanged]
    assert life.order.status == "partially_fulfilled"
    assert life.order.progress.tally.open == 4


def test_a_replacement_that_is_out_of_stock_becomes_a_refund() -> None:
    life = delivered()
    claim(life)
    resolve(life, "replace")
    assert asked(life.do(om.CancelUnits(ORDER_ID, **life.common()))) == [("refund", 2200)]
    assert life.order.status == "partially_returned"


def test_a_replacement_may_be_claimed_and_returned_in_turn() -> None:
    life = delivered()
    claim(life)
    resolve(life, "replace")
    life.allocate(("tee", "nyc", 1))
    life.ship(3)
    life.deliver_all()
    claim(life, items=(("tee", ((4, 4),)),), name="again")
    resolve(life, "replace", name="again")
    life.allocate(("tee", "nyc", 1))
    life.ship(5)
    life.deliver_all()
    life.do(om.AuthorizeReturn(ORDER_ID, "r", (("tee", 3), ("mug", 1)), **life.common()))
    assert asked(life.do(om.ReceiveReturn(ORDER_ID, "r", "nyc", **life.common()))) == [("refund", 7700)]
    assert life.order.status == "returned"


def test_what_is_late_gets_its_shipping_back() -> None:
    life = shipped()
    claim(life, "late", (("tee", 3), ("mug", 1)))
    assert asked(resolve(life, "allowance", amount=usd(500), cause="late")) == [("refund", 500)]
    life.approve_all()
    life.deliver_all()
    assert (life.order.payments.balance, life.order.status) == (0, "delivered")


def test_an_allowance_is_never_more_than_what_is_owed() -> None:
    life = shipped()
    claim(life, "late")
    with pytest.raises(om.AllowanceTooLarge) as refusal:
        resolve(life, "allowance", amount=usd(8201))
    assert refusal.value.fields == {"requested": 8201, "available": 8200}
    with pytest.raises(CurrencyMismatch):
        resolve(life, "allowance", amount=Money(1, "EUR"))
    claim(life, "missing", (("tee", ((2, 3),)),), "d")
    resolve(life, "refund", name="d")
    with pytest.raises(om.AllowanceTooLarge):
        resolve(life, "allowance", amount=usd(8200 - 4400 + 1))
    resolve(life, "allowance", amount=usd(8200 - 4400))
    assert life.order.payments.owed == 0


def test_units_that_come_back_after_an_allowance_give_back_no_more_than_was_paid() -> None:
    life = shipped()
    claim(life, "late")
    resolve(life, "allowance", amount=usd(8200))
    life.approve_all()
    life.deliver_all()
    life.do(om.AuthorizeReturn(ORDER_ID, "r", (("tee", 3), ("mug", 1)), **life.common()))
    assert asked(life.do(om.ReceiveReturn(ORDER_ID, "r", "nyc", **life.common()))) == []
    assert life.order.payments.refunded == life.order.payments.captured == 8200


def test_a_claim_is_rejected_with_a_reason_and_its_units_may_be_returned_again() -> None:
    life = delivered()
    claim(life)
    with pytest.raises(om.NotReturnable) as refusal:
        life.do(om.AuthorizeReturn(ORDER_ID, "r", (("tee", 1),), **life.common()))
    assert refusal.value.fields["rule"] == "claimed"
    life.do(om.AuthorizeReturn(ORDER_ID, "other", (("tee", ((2, 2),)),), **life.common()))
    events = resolve(life, "reject", cause="delivered intact")
    assert (events[0].resolution, events[0].cause) == ("reject", "delivered intact")
    life.do(om.AuthorizeReturn(ORDER_ID, "r", (("tee", 1),), **life.common()))


def test_units_that_are_on_their_way_back_cannot_be_claimed() -> None:
    life = delivered()
    life.do(om.AuthorizeReturn(ORDER_ID, "r", (("tee", 3),), **life.common()))
    with pytest.raises(OmcoreError) as refusal:
        claim(life)
    assert refusal.value.code == "units_not_available"


def test_a_claim_is_resolved_in_parts() -> None:
    life = delivered()
    claim(life, items=(("tee", 3),))
    assert asked(resolve(life, "refund", (("tee", 1),))) == [("refund", 2200)]
    resolve(life, "replace", (("tee", 1),))
    resolve(life, "reject", cause="fine")
    assert units(life) == [(1, 1, un.KEPT), (2, 2, un.REPLACED), (3, 3, un.DELIVERED), (4, 4, un.OPEN)]


def test_a_parcel_that_turns_up_after_its_refund_is_a_late_fact_once() -> None:
    life = shipped()
    claim(life, "missing", (("tee", 3),))
    resolve(life, "refund")
    events = life.do(om.RecordDelivery(ORDER_ID, f"{ORDER_ID}-S2", **life.common()))
    assert [type(event) for event in events][:2] == [ev.LateFactNoted, ev.UnitsDelivered]
    assert events[1].items == (("mug", ((1, 1),)),), "no unit of it twice"
    assert units(life) == [(1, 3, un.LOST)]


def test_a_parcel_of_which_all_was_replaced_turns_up() -> None:
    life = shipped()
    claim(life, "missing", (("tee", 3), ("mug", 1)))
    resolve(life, "replace")
    events = life.do(om.RecordDelivery(ORDER_ID, f"{ORDER_ID}-S2", **life.common()))
    assert [type(event) for event in events] == [ev.LateFactNoted, ev.ShipmentAdvanced]
    assert life.order.progress.tally.delivered == 0


def test_a_lost_parcel_that_is_sent_anew_is_no_longer_claimed() -> None:
    life = shipped()
    claim(life, "missing", (("tee", 3),))
    life.do(om.AdvanceShipment(ORDER_ID, f"{ORDER_ID}-S2", "lose", **life.common()))
    events = life.do(om.ReopenShipment(ORDER_ID, f"{ORDER_ID}-S2", **life.common()))
    assert [event.resolution for event in events if type(event) is ev.ClaimResolved] == ["overtaken"]
    assert life.order.amendments.claims == {}
    assert life.order.progress.tally.open == 4


def test_what_was_refunded_is_not_open_again_with_the_rest_of_a_lost_parcel() -> None:
    life = shipped()
    claim(life, "missing", (("tee", 1),))
    resolve(life, "refund")
    life.do(om.AdvanceShipment(ORDER_ID, f"{ORDER_ID}-S2", "lose", **life.common()))
    life.do(om.ReopenShipment(ORDER_ID, f"{ORDER_ID}-S2", **life.common()))
    assert units(life) == [(1, 1, un.LOST), (2, 3, un.OPEN)]
    life.do(om.RecordDelivery(ORDER_ID, f"{ORDER_ID}-S2", **life.common()))
    assert units(life) == [(1, 1, un.LOST), (2, 3, un.OPEN)]


def test_a_claim_is_refused_in_documented_precedence() -> None:
    life = delivered()
    claim(life)

    def refused(command: Any) -> str:
        with pytest.raises(OmcoreError) as refusal:
            life.do(command)
        return refusal.value.code

    def again(name: str, items: Any) -> str:
        return refused(om.OpenClaim(ORDER_ID, name, "late", items, **life.common()))

    assert again("c", (("cup", 1),)) == "unknown_id"
    assert again("c", (("tee", 4),)) == "claim_exists"
    assert again("d", (("tee", 4),)) == "units_not_available"
    assert again("d", (("tee", 1),)) == "units_claimed"
    assert refused(om.ResolveClaim(ORDER_ID, "d", "refund", **life.common())) == "unknown_id"
    other = om.ResolveClaim(
        ORDER_ID, "c", "allowance", (("tee", ((2, 2),)),), Money(9, "EUR"), **life.common()
    )
    assert refused(other) == "units_not_available"
    claim(life, items=(("tee", ((2, 3),)), ("mug", 1)), name="rest")
    resolve(life, "refund", name="rest")
    resolve(life, "refund")
    assert again("d", (("tee", 4),)) == "order_is_over"
    assert again("d", (("cup", 1),)) == "unknown_id"


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"resolution": "forget"}, "resolution"),
        ({"resolution": "reject"}, "cause"),
        ({"resolution": "reject", "cause": "x", "amount": usd(1)}, "amount"),
        ({"resolution": "allowance"}, "amount"),
        ({"resolution": "allowance", "amount": usd(0)}, "amount"),
        ({"resolution": "allowance", "amount": 5.0}, "amount"),
    ],
)
def test_a_resolution_has_what_it_needs(fields: Any, path: str) -> None:
    life = delivered()
    with pytest.raises(OmcoreError) as refusal:
        om.ResolveClaim(ORDER_ID, "c", **fields, **life.common())
    assert refusal.value.path == path


def test_goods_that_a_claim_wrote_off_are_not_found_by_a_return_of_the_same_name() -> None:
    life = Life().delivered(a_draft())
    life.do(om.OpenClaim(ORDER_ID, "same", "missing", (("tee", 1),), **life.common()))
    life.do(om.ResolveClaim(ORDER_ID, "same", "refund", **life.common()))
    life.do(om.AuthorizeReturn(ORDER_ID, "same", (("mug", 1),), **life.common()))
    with pytest.raises(om.UnitsNotAvailable):
        life.do(
            om.ReceiveReturn(ORDER_ID, "same", "nyc", outcomes=(("found", (("tee", 1),)),), **life.common())
        )
