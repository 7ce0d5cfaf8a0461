"""Holds: what each blocks, who may release it, and when it ends by itself."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest

from omcore import orders as om
from omcore.kernel import Catalog, InvalidType, NaiveTimestamp, OmcoreError, Ratio
from omcore.orders import events as ev
from omcore.orders.draft import DraftTender
from omcore.orders.state import HOLD_BLOCKS, Hold
from order_life import ORDER_ID, T0, Life, a_draft, usd

HOUR = timedelta(hours=1)


def context(**policies: Any) -> om.OrderContext:
    return om.OrderContext(Catalog(), om.Policies(**policies), om.DEFAULT_RULES)


def paid(**policies: Any) -> Life:
    life = Life(context(**policies))
    life.place()
    life.approve_all()
    return life


def hold(life: Life, hold_id: str = "h", kind: str = "fraud", **more: Any) -> list[Any]:
    return life.do(om.PlaceHold(ORDER_ID, hold_id, kind, **more, **life.common()))


def release(life: Life, hold_id: str = "h", **more: Any) -> list[Any]:
    return life.do(om.ReleaseHold(ORDER_ID, hold_id, **more, **life.common()))


def refused(life: Life, command: Any) -> OmcoreError:
    with pytest.raises(OmcoreError) as caught:
        life.do(command)
    return caught.value


def asked_for(life: Life, kind: str) -> int:
    return sum(entry.amount for entry in life.order.payments.requests.values() if entry.kind == kind)


# -- what a hold blocks ----------------------------------------------------------------------------

ANY_BLOCKS = [some for n in (1, 2, 3) for some in combinations(HOLD_BLOCKS, n)]


@pytest.mark.parametrize("blocks", ANY_BLOCKS, ids=" and ".join)
def test_a_hold_blocks_what_it_says_and_nothing_else(blocks: tuple[str, ...]) -> None:
    life = paid()
    life.allocate(("tee", "nyc", 2))
    hold(life, blocks=blocks)
    assert life.order.status == "on_hold", "whatever it blocks, the order has a hold (C7)"
    assert {what for what in HOLD_BLOCKS if om.holds_block(life.order, what)} == set(blocks)
    allocate = om.AllocateUnits(ORDER_ID, (("tee", "nyc", 1),), **life.common())
    ship = om.ShipUnits(ORDER_ID, f"{ORDER_ID}-F1", **life.common())
    for what, command in (("routing", allocate), ("shipping", ship)):
        if what in blocks:
            error = refused(life, command)
            assert (type(error), dict(error.fields)) == (
                om.OrderOnHold,
                {"holds": ("fraud",), "blocked": what},
            )
        else:
            life.do(command)
    if "shipping" not in blocks:
        assert asked_for(life, "capture") == (0 if "capture" in blocks else 4400 + 500)


def test_money_that_a_hold_kept_from_being_taken_is_taken_when_it_is_released() -> None:
    life = paid()
    life.allocate(("tee", "nyc", 3))
    hold(life, blocks=("capture",))
    life.ship()
    assert asked_for(life, "capture") == 0
    release(life)
    assert asked_for(life, "capture") == 6600 + 500


def test_money_is_given_back_whatever_a_hold_blocks() -> None:
    """A hold keeps money from being taken, never the customer's money from going back (M11)."""
    life = paid()
    hold(life)
    life.do(om.RecordPayment(ORDER_ID, "cash", usd(9_000), **life.common()))
    life.do(om.CancelUnits(ORDER_ID, **life.common()))
    assert asked_for(life, "refund") == 9_000


def test_what_is_authorized_beyond_what_is_due_is_voided_and_the_rest_waits_for_the_hold() -> None:
    life = paid()
    life.allocate(("tee", "nyc", 3))
    life.ship()
    hold(life, blocks=("capture",))
    life.do(
        om.RecordPaymentOutcome(
            ORDER_ID, next(iter(life.order.payments.requests)), "declined", **life.common()
        )
    )
    life.do(om.RetryPayment(ORDER_ID, "card", **life.common()))
    life.do(om.CancelUnits(ORDER_ID, **life.common()))
    assert asked_for(life, "capture") == 0
    assert asked_for(life, "void") == 1_000_000 - 7_100
    release(life)
    assert asked_for(life, "capture") == 7_100


def test_several_holds_block_what_any_of_them_does_and_each_is_released_by_itself() -> None:
    life = paid()
    hold(life, "a", "fraud", blocks=("routing",))
    hold(life, "b", "address", blocks=("shipping", "routing"))
    hold(life, "c", "approval", blocks=("capture",))
    assert om.holds_block(life.order, "routing") == ("address", "fraud")
    assert om.holds_block(life.order, "shipping") == ("address",)
    assert om.holds_block(life.order, "capture") == ("approval",)
    release(life, "b")
    assert om.holds_block(life.order, "routing") == ("fraud",)
    assert om.holds_block(life.order, "shipping") == ()
    release(life, "a")
    life.allocate(("tee", "nyc", 3), ("mug", "nyc", 1))
    assert life.order.status == "on_hold"
    release(life, "c")
    assert life.order.status == "processing"


def test_the_holds_of_the_validation_block_by_a_table() -> None:
    short = Life()
    short.place(a_draft(tenders=(DraftTender("card", "gateway", usd(100)),)))
    short.approve_all()
    (unpaid,) = short.order.standing.holds
    assert (unpaid.kind, unpaid.blocks) == ("payment", ("routing", "shipping"))
    risky = Life(om.OrderContext(Catalog(), om.Policies(), (om.FraudScoreBelow(50),)))
    risky.place(signals=(("fraud_score", 80),))
    (fraud,) = risky.order.standing.holds
    assert (fraud.kind, fraud.blocks) == ("fraud", HOLD_BLOCKS)


def test_blocks_are_kept_in_one_order_whatever_order_they_were_named_in() -> None:
    life = paid()
    hold(life, blocks=("capture", "routing"))
    assert life.order.standing.holds[0].blocks == ("routing", "capture")


@pytest.mark.parametrize(
    "blocks",
    [(), ("all",), ("routing", "routing"), ["routing"], "routing", None, (1,), ("routing",) * 4, (["x"],)],
    ids=str,
)
def test_a_hold_that_blocks_nothing_or_something_unknown_is_refused(blocks: Any) -> None:
    with pytest.raises(InvalidType) as caught:
        om.PlaceHold(ORDER_ID, "h", "fraud", blocks=blocks, key="k", at=T0)
    assert caught.value.path.startswith("blocks")


# -- who releases it -------------------------------------------------------------------------------


def test_a_system_releases_its_own_hold_and_no_other() -> None:
    life = paid()
    hold(life, "f", "fraud", owner="risk-engine")
    error = refused(life, om.ReleaseHold(ORDER_ID, "f", "warehouse", **life.common()))
    assert (error.code, dict(error.fields)) == ("not_hold_owner", {"owner": "risk-engine", "kind": "fraud"})
    (event,) = [e for e in release(life, "f", owner="risk-engine") if type(e) is ev.HoldReleased]
    assert (event.released_by, event.waived) == ("risk-engine", False)


def test_a_person_may_release_anybodys_hold_unless_the_policy_says_otherwise() -> None:
    life = paid()
    hold(life, "f", "fraud", owner="risk-engine")
    (event,) = [e for e in release(life, "f") if type(e) is ev.HoldReleased]
    assert event.released_by == "person"

    def two_eyes(owner: str, held: Hold) -> bool:
        return owner == "risk-team" and held.kind == "fraud"

    strict = paid(release_right=two_eyes)
    hold(strict, "f", "fraud", owner="risk-engine")
    hold(strict, "a", "approval", owner="risk-engine")
    assert refused(strict, om.ReleaseHold(ORDER_ID, "f", **strict.common())).code == "not_hold_owner"
    release(strict, "f", owner="risk-team")
    by_team = om.ReleaseHold(ORDER_ID, "a", "risk-team", **strict.common())
    assert refused(strict, by_team).code == "not_hold_owner"
    release(strict, "a", owner="risk-engine")


def test_who_is_not_a_person_cannot_waive_what_the_validation_found() -> None:
    life = Life()
    life.place(a_draft(destination=None))
    life.approve_all()
    command = om.ReleaseHold(ORDER_ID, "validation-address", "warehouse", **life.common())
    assert refused(life, command).code == "not_hold_owner"
    release(life, "validation-address")
    assert life.order.standing.waived == {"address"}
    assert life.order.status == "validated"


def test_nobody_speaks_as_the_validation() -> None:
    with pytest.raises(InvalidType) as caught:
        om.ReleaseHold(ORDER_ID, "validation-address", "validation", key="k", at=T0)
    assert caught.value.path == "owner"


def test_an_unknown_hold_comes_before_whose_it_is() -> None:
    life = paid(release_right=lambda owner, hold: False)
    assert refused(life, om.ReleaseHold(ORDER_ID, "none", **life.common())).code == "unknown_id"


@pytest.mark.parametrize("answer", [None, 1, "yes", b"yes"], ids=repr)
def test_a_policy_that_gives_no_bool_gives_no_right(answer: Any) -> None:
    life = paid(release_right=lambda owner, hold: answer)
    hold(life, owner="risk-engine")
    error = refused(life, om.ReleaseHold(ORDER_ID, "h", **life.common()))
    assert (type(error), error.path) == (InvalidType, "policies.release_right")


# -- when it ends ----------------------------------------------------------------------------------


def test_s6_at_its_very_moment_a_hold_has_expired_whether_or_not_anybody_looked() -> None:
    life = paid()
    hold(life, expires_at=T0 + HOUR)
    life.now = T0 + HOUR - timedelta(microseconds=1)
    assert (
        refused(life, om.AllocateUnits(ORDER_ID, (("tee", "nyc", 1),), **life.common())).code
        == "order_on_hold"
    )
    life.now = T0 + HOUR
    events = life.allocate(("tee", "nyc", 1))
    assert [type(event) for event in events] == [
        ev.HoldReleased,
        ev.OrderStatusChanged,
        ev.FulfillmentRequested,
        ev.OrderStatusChanged,
    ]
    assert events[0].expired_at == T0 + HOUR


def test_of_two_holds_each_ends_at_its_own_moment_in_the_order_of_these() -> None:
    life = paid()
    hold(life, "late", "approval", expires_at=T0 + 3 * HOUR, then="cancel")
    hold(life, "soon", "fraud", expires_at=T0 + HOUR)
    life.now = T0 + HOUR
    life.do(om.MeetDeadlines(ORDER_ID, **life.common()))
    assert [entry.id for entry in life.order.standing.holds] == ["late"]
    assert life.order.progress.tally.open == 4


def test_a_refusal_leaves_even_an_expired_hold_as_it_was() -> None:
    """C3: nothing at all is changed by a refusal; the deadline is met by the next who changes something."""
    life = paid()
    hold(life, expires_at=T0 + HOUR)
    life.wait(hours=2)
    refused(life, om.AllocateUnits(ORDER_ID, (("tee", "nyc", 99),), **life.common()))
    assert [entry.id for entry in life.order.standing.holds] == ["h"]
    assert om.as_of(life.order, life.context, life.now).standing.holds == ()


def test_a_hold_that_is_to_cancel_takes_all_that_has_not_shipped_with_it() -> None:
    """Approval that nobody gives: the order does not go on by itself."""
    life = paid()
    life.allocate(("tee", "nyc", 2))
    life.ship(1, (("tee", 1),))
    hold(life, kind="approval", expires_at=T0 + HOUR, then="cancel")
    assert om.next_deadline(life.order, life.context) == T0 + HOUR
    life.wait(hours=1)
    events = life.do(om.MeetDeadlines(ORDER_ID, **life.common()))
    (cancelled,) = [event for event in events if type(event) is ev.UnitsCancelled]
    assert (cancelled.items, cancelled.cause) == ((("tee", ((2, 3),)), ("mug", ((1, 1),))), "hold_expired")
    assert events.index(cancelled) == 0, "before anybody could think that the order goes on"
    assert life.order.status == "fulfilled"
    assert om.next_deadline(life.order, life.context) is None


def test_a_hold_that_is_to_cancel_is_released_where_nothing_is_left_to_cancel() -> None:
    life = Life().delivered()
    hold(life, expires_at=T0 + HOUR, then="cancel")
    life.wait(hours=1)
    life.do(om.MeetDeadlines(ORDER_ID, **life.common()))
    assert life.order.status == "delivered"
    assert life.order.standing.holds == ()


def test_on_an_order_that_is_over_a_hold_still_ends_and_money_that_waited_for_it_is_taken() -> None:
    life = paid(restocking_fee=Ratio.percent("10"))
    life.allocate(("tee", "nyc", 3))
    hold(life, blocks=("capture",), expires_at=T0 + HOUR)
    life.ship()
    life.do(om.CancelUnits(ORDER_ID, **life.common()))
    life.deliver_all()
    life.do(om.AuthorizeReturn(ORDER_ID, "r", (("tee", 3),), **life.common()))
    life.do(om.ReceiveReturn(ORDER_ID, "r", "nyc", **life.common()))
    assert (life.order.status, asked_for(life, "capture")) == ("returned", 0)
    life.wait(hours=1)
    life.do(om.MeetDeadlines(ORDER_ID, **life.common()))
    assert asked_for(life, "capture") == 3 * 200 + 500, "the fees, and what shipping cost"


@pytest.mark.parametrize("ago", [timedelta(0), HOUR])
def test_a_hold_that_would_have_expired_before_it_began_is_refused(ago: timedelta) -> None:
    life = paid()
    command = om.PlaceHold(ORDER_ID, "h", "fraud", expires_at=T0 - ago, **life.common())
    assert refused(life, command).code == "hold_expiry_passed"


def test_an_expiry_needs_a_zone_and_what_comes_then_a_name_that_is_known() -> None:
    with pytest.raises(NaiveTimestamp):
        om.PlaceHold(ORDER_ID, "h", "fraud", expires_at=T0.replace(tzinfo=None), key="k", at=T0)
    for then in ("", "keep", None, 1):
        with pytest.raises(InvalidType):
            om.PlaceHold(ORDER_ID, "h", "fraud", then=then, key="k", at=T0)  # type: ignore[arg-type]  # on purpose


def test_precedence_of_placing_a_hold() -> None:
    """Over, taken, too many, an expiry that has passed."""
    life = paid()
    past = {"expires_at": T0, **life.common()}
    for number in range(20):
        hold(life, f"h{number}")
    assert refused(life, om.PlaceHold(ORDER_ID, "h1", "fraud", **past)).code == "hold_exists"
    assert refused(life, om.PlaceHold(ORDER_ID, "new", "fraud", **past)).code == "too_many_holds"
    release(life, "h1")
    assert refused(life, om.PlaceHold(ORDER_ID, "new", "fraud", **past)).code == "hold_expiry_passed"
    life.do(om.CancelUnits(ORDER_ID, **life.common()))
    assert refused(life, om.PlaceHold(ORDER_ID, "h2", "fraud", **past)).code == "order_is_over"


@pytest.mark.parametrize(
    "hold_id", ["payments-uncovered", "chargeback-c1", "exchange:x1", "validation-fraud"]
)
def test_no_hold_has_the_name_of_one_that_the_order_releases_by_itself(hold_id: str) -> None:
    """A fraud hold called like the payments' own would be gone as soon as the order is paid for."""
    with pytest.raises(InvalidType) as caught:
        om.PlaceHold(ORDER_ID, hold_id, "fraud", key="k", at=T0)
    assert caught.value.path == "hold_id"
