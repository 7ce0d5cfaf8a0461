"""Labels: booked once with a carrier for what a location packs, and let go of where they are not used."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from losing_ports import LosingCarrier, tracking_numbers
from omcore import inventory as inv
from omcore import orders as om
from omcore.codec import dumps, loads
from omcore.engine import AsyncOrderManager, BookLabel, OrderManager, VoidLabel, fold
from omcore.kernel import (
    Contact,
    IdempotencyConflict,
    IllegalTransition,
    InvalidType,
    Location,
    Money,
    Network,
    Place,
    Unavailable,
    UnknownId,
)
from omcore.memory import AsyncMemoryCarrier, AsyncMemoryStore, MemoryStore
from omcore.orders.draft import DraftLine, DraftTender, ExternalRef, OrderDraft
from omcore.ports import CarrierReply, Commit, Consignment
from omcore.routing import Nearest

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
PRICE = Money(2000, "USD")
NETWORK = Network((Location("nyc"), Location("soho")))
ADA = Contact("Ada Lovelace", email="ada@example.com", street=("12 Long Street",))


def manager(store: Any, carrier: Any) -> OrderManager:
    policies = om.Policies(ship_to_store=lambda order: True)
    return OrderManager(store, network=NETWORK, routing=Nearest(), policies=policies, carrier=carrier)


def placing(**more: Any) -> list[Any]:
    """An order of two tees, and its work at a warehouse."""
    draft = OrderDraft(
        ExternalRef("web", "shop", "order", "1"),
        "USD",
        (DraftLine("l", "TEE", 2, PRICE),),
        T0,
        contact=ADA,
        tenders=(DraftTender("card", "gateway", Money(4000, "USD"), authorized=True),),
        **(more or {"destination": Place("US", "NY", "10001")}),
    )
    return [
        inv.ReceiveStock("TEE", "nyc", 9, key="po-1", at=T0),
        inv.ReceiveStock("TEE", "soho", 9, key="po-2", at=T0),
        om.PlaceOrder(draft, order_id="o1", key="place", at=T0),
        om.AllocateUnits("o1", (("l", "nyc", 2),), key="allocate", at=T0),
    ]


def packed(store: Any, carrier: Any, **more: Any) -> OrderManager:
    oms = manager(store, carrier)
    for command in placing(**more):
        oms.execute(command)
    return oms


def label(key: str = "label-1", work: str = "o1-F1", **more: Any) -> BookLabel:
    return BookLabel("o1", work, more.pop("service", "standard"), 1_250, key=key, at=T0, **more)


def test_a_label_is_booked_for_the_work_and_its_number_goes_with_the_units() -> None:
    carrier = LosingCarrier()
    oms = packed(MemoryStore(), carrier)
    reply = oms.book_label(label())
    assert reply == CarrierReply("approved", "mem-label-1", "", "memory", "mem-label-1", "standard")
    place = Place("US", "NY", "10001")
    wanted = Consignment("o1", "o1-F1", "nyc", "standard", 1_250, destination=place, to=ADA)
    assert carrier.labels == (("label-1", wanted),)
    oms.execute(om.ShipUnits("o1", "o1-F1", tracking=(reply.carrier, reply.tracking), key="ship", at=T0))
    (shipment,) = oms.order("o1").progress.shipments.values()
    assert shipment.tracking == ("memory", "mem-label-1")


def test_c4_the_same_command_is_answered_from_its_record_and_another_is_not() -> None:
    """By another process, too, and whatever became of the work."""
    store, carrier = MemoryStore(), LosingCarrier()
    oms = packed(store, carrier)
    first = oms.book_label(label())
    oms.execute(om.ShipUnits("o1", "o1-F1", key="ship", at=T0))
    carrier.down = True
    assert manager(store, carrier).book_label(label()) == first
    with pytest.raises(IdempotencyConflict):
        oms.book_label(label(service="express"))
    with pytest.raises(IdempotencyConflict):
        oms.book_label(label("place"))
    assert tracking_numbers(carrier) == ["mem-label-1"]


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("elsewhere", [True, False])
def test_what_became_of_a_label_that_nobody_heard_of_is_found_out(done: bool, elsewhere: bool) -> None:
    store, carrier = MemoryStore(), LosingCarrier()
    oms = packed(store, carrier)
    carrier.lose(done)
    with pytest.raises(Unavailable):
        oms.book_label(label())
    other = manager(store, carrier) if elsewhere else oms
    assert other.book_label(label()).tracking == "mem-label-1"
    assert tracking_numbers(carrier) == ["mem-label-1"]


class Forgetful(LosingCarrier):
    """It books each time that it is asked, and knows what it booked."""

    bookings = queries = 0

    def book(self, key: str, consignment: Consignment) -> CarrierReply:
        self.bookings += 1
        return super().book(key, consignment)

    def outcome(self, key: str) -> CarrierReply | None:
        self.queries += 1
        return super().outcome(key)


def test_a_label_is_not_booked_twice_with_a_carrier_that_knows_no_repeats() -> None:
    """And nothing is asked about what went well."""
    store, carrier = MemoryStore(), Forgetful()
    oms = packed(store, carrier)
    oms.book_label(label("label-0"))
    assert (carrier.bookings, carrier.queries) == (1, 0)
    carrier.lose(True)
    with pytest.raises(Unavailable):
        oms.book_label(label())
    oms.book_label(label())
    assert (carrier.bookings, carrier.queries) == (2, 1)
    assert oms.setup.begun == set()


def test_an_unknown_outcome_is_told_and_found_out_by_whoever_comes_next() -> None:
    store, carrier = MemoryStore(), Forgetful()
    oms = packed(store, carrier)
    carrier.replies["label-1"] = CarrierReply("unknown")
    for asking in (oms, oms, manager(store, carrier)):
        assert asking.book_label(label()).outcome == "unknown"
    del carrier.replies["label-1"]
    assert manager(store, carrier).book_label(label()).outcome == "approved"
    assert carrier.bookings == 1


class LosesARecord(MemoryStore):
    losing = ""

    def commit(self, commit: Commit) -> None:
        if commit.answer.key == self.losing:
            self.losing = ""
            raise Unavailable("store")
        super().commit(commit)


def test_a_label_whose_record_was_lost_is_not_booked_again() -> None:
    store, carrier = LosesARecord(), Forgetful()
    oms = packed(store, carrier)
    store.losing = "label-1"
    with pytest.raises(Unavailable):
        oms.book_label(label())
    assert oms.book_label(label()).tracking == "mem-label-1"
    assert carrier.bookings == 1


class Killed(BaseException):
    """The process ends where it stands."""


class Deadly(LosingCarrier):
    """Whoever asks it to book does not live to hear of it."""

    kills = True

    def book(self, key: str, consignment: Consignment) -> CarrierReply:
        reply = super().book(key, consignment)
        if self.kills:
            self.kills = False
            raise Killed
        return reply


@pytest.mark.parametrize("how", ["reject", "cancel", "move"])
@pytest.mark.parametrize("trouble", ["killed", "lost", "unknown"])
def test_a_label_that_was_paid_for_is_not_forgotten_where_its_work_is_called_off(
    trouble: str, how: str
) -> None:
    """Before anybody heard of it: whoever asks again hears of it, and the dispatcher lets go of it."""
    store, carrier = MemoryStore(), Deadly()
    carrier.kills = trouble == "killed"
    oms = packed(store, carrier)
    if trouble == "unknown":
        carrier.replies["label-1"] = CarrierReply("unknown")
        assert oms.book_label(label()).outcome == "unknown"
        del carrier.replies["label-1"]
    else:
        if trouble == "lost":
            carrier.lose(True)
        with pytest.raises((Killed, Unavailable)):
            oms.book_label(label())
    call_off(oms, how)
    other = manager(store, carrier)
    assert other.book_label(label()).tracking == "mem-label-1"
    assert tracking_numbers(carrier) == ["mem-label-1"]
    other.dispatch(at=T0, concerns=("carriers",))
    assert carrier.labels == ()


def test_a_label_that_was_paid_for_is_not_forgotten_where_the_customer_is() -> None:
    """By another process, which would tell the carrier of a parcel to nobody."""
    store, carrier = MemoryStore(), Deadly()
    oms = packed(store, carrier)
    with pytest.raises(Killed):
        oms.book_label(label())
    oms.execute(om.ErasePersonalData("o1", key="erase", at=T0))
    other = manager(store, carrier)
    assert other.book_label(label()) == other.book_label(label())
    assert list(other.labels("o1")) == tracking_of(carrier)


def tracking_of(carrier: LosingCarrier) -> list[str]:
    return [key for key, _ in carrier.labels]


def test_c4_a_key_that_was_asked_for_is_no_other_labels() -> None:
    """Nobody heard of the first one yet: the second does not get it."""
    store, carrier = MemoryStore(), LosingCarrier()
    oms = packed(store, carrier)
    carrier.lose(True)
    with pytest.raises(Unavailable):
        oms.book_label(label())
    for each in (oms, manager(store, carrier)):
        with pytest.raises(IdempotencyConflict):
            each.book_label(label(service="express"))
    assert oms.book_label(label()).service == "standard"


def test_a_label_of_another_shop_on_the_account_is_nobodys_here() -> None:
    """Under the same key: however often it is asked for, it is not taken, nor let go of."""
    store, carrier = MemoryStore(), LosingCarrier()
    carrier.book("label-1", Consignment("o1", "o1-F1", "elsewhere", "standard"))
    oms = packed(store, carrier)
    for each in (oms, oms, manager(store, carrier)):
        with pytest.raises(IdempotencyConflict):
            each.book_label(label())
    call_off(oms, "reject")
    oms.dispatch(at=T0, concerns=("carriers",))
    assert tracking_of(carrier) == ["label-1"]


def test_a_decline_is_a_reply_and_stays_one() -> None:
    carrier = LosingCarrier()
    oms = packed(MemoryStore(), carrier)
    wish = label(service=LosingCarrier.DECLINED)
    assert oms.book_label(wish).outcome == "declined"
    carrier.replies.clear()
    assert oms.book_label(wish).outcome == "declined"
    assert carrier.labels == ()


def test_c3_nothing_is_booked_for_work_that_is_over_and_the_refusal_is_recorded() -> None:
    store, carrier = MemoryStore(), LosingCarrier()
    oms = packed(store, carrier)
    oms.execute(om.RejectFulfillment("o1", "o1-F1", "no tape", key="reject", at=T0))
    for _ in range(2):
        with pytest.raises(IllegalTransition) as refused:
            oms.book_label(label())
        assert refused.value.fields == {
            "chart": "fulfillment_order",
            "state": "rejected",
            "event": "book_label",
        }
    recorded = store.answer("label-1")
    assert recorded is not None
    assert recorded.error == "illegal_transition"
    assert carrier.labels == ()


@pytest.mark.parametrize(
    ("wish", "path"),
    [
        (BookLabel("o2", "o2-F1", "standard", key="k", at=T0), "order_id"),
        (BookLabel("o1", "o1-F9", "standard", key="k", at=T0), "fulfillment_id"),
    ],
)
def test_what_is_named_and_unknown_is_refused_first(wish: BookLabel, path: str) -> None:
    oms = packed(MemoryStore(), LosingCarrier())
    with pytest.raises(UnknownId) as refused:
        oms.book_label(wish)
    assert refused.value.path == path


def test_goods_for_another_store_travel_there_and_the_customer_is_not_told_of() -> None:
    carrier = LosingCarrier()
    oms = packed(MemoryStore(), carrier, pickup_at="soho")
    oms.book_label(label())
    ((_, sent),) = carrier.labels
    assert (sent.origin, sent.store, sent.to, sent.destination) == ("nyc", "soho", None, None)


def test_what_is_collected_where_it_lies_needs_no_label() -> None:
    oms = packed(MemoryStore(), LosingCarrier(), pickup_at="nyc")
    with pytest.raises(IllegalTransition):
        oms.book_label(label())


def test_a_label_that_is_not_used_is_let_go_of_once() -> None:
    store, carrier = MemoryStore(), LosingCarrier()
    oms = packed(store, carrier)
    oms.book_label(label())
    oms.book_label(label("label-2"))
    let_go = VoidLabel("o1", "label-1", key="void-1", at=T0 + timedelta(hours=1))
    carrier.lose(True)
    with pytest.raises(Unavailable):
        oms.void_label(let_go)
    assert oms.void_label(let_go).outcome == "approved"
    carrier.down = True
    assert manager(store, carrier).void_label(let_go).outcome == "approved"
    assert tracking_numbers(carrier) == ["mem-label-2"]


@pytest.mark.parametrize("order_id", ["o1", "o2"])
@pytest.mark.parametrize("key", ["never", "place", "label-1", "declined"])
def test_only_a_label_of_the_order_is_let_go_of(order_id: str, key: str) -> None:
    carrier = LosingCarrier()
    oms = packed(MemoryStore(), carrier)
    oms.book_label(label())
    oms.book_label(label("declined", service=LosingCarrier.DECLINED))
    if (order_id, key) == ("o1", "label-1"):
        return
    with pytest.raises(UnknownId):
        oms.void_label(VoidLabel(order_id, key, key="void", at=T0))
    assert tracking_numbers(carrier) == ["mem-label-1"]


def call_off(oms: OrderManager, how: str) -> None:
    """The work is called off, in one of the ways that there are."""
    if how == "reject":
        oms.execute(om.RejectFulfillment("o1", "o1-F1", "no tape", key="off", at=T0))
    elif how == "cancel":
        oms.execute(om.CancelUnits("o1", key="off", at=T0))
    elif how == "call back":
        oms.execute(om.CancelFulfillment("o1", "o1-F1", "by hand", key="off", at=T0))
    elif how == "move":
        oms.execute(om.MoveFulfillment("o1", "o1-F1", "soho", key="off", at=T0))
    else:
        oms.execute(om.ReportShortPick("o1", "o1-F1", (("l", 2),), key="off", at=T0))


@pytest.mark.parametrize("how", ["reject", "cancel", "call back", "move", "short"])
def test_the_label_of_work_that_is_called_off_is_let_go_of_by_itself_and_once(how: str) -> None:
    store, carrier = MemoryStore(), LosingCarrier()
    oms = packed(store, carrier)
    oms.book_label(label())
    assert oms.dispatch(at=T0, concerns=("carriers",)).count("carriers") == 0
    call_off(oms, how)
    assert oms.dispatch(at=T0, concerns=("carriers",)).count("carriers") == 1
    store._cursors.clear()
    assert manager(store, carrier).dispatch(at=T0, concerns=("carriers",)).count("carriers") == 0
    assert carrier.labels == ()
    assert {key: it.status for key, it in oms.labels("o1").items()} == {"label-1": "voided"}


@pytest.mark.parametrize("begun", [True, False])
def test_a_label_to_where_the_order_does_not_go_any_more_is_let_go_of(begun: bool) -> None:
    """What is picked stays where it is, under the new address; one that is booked after that is kept."""
    store, carrier = MemoryStore(), LosingCarrier()
    oms = packed(store, carrier)
    if begun:
        oms.execute(om.AdvanceFulfillment("o1", "o1-F1", "pick", key="pick", at=T0))
    oms.book_label(label())
    moved = (om.ChangeAddress(Place("US", "CA", "90001")),)
    oms.execute(om.ProposeEdit("o1", "e", moved, key="moved", at=T0))
    oms.execute(om.ConfirmEdit("o1", "e", key="moved-2", at=T0))
    work = "o1-F1" if begun else "o1-F2"
    oms.book_label(label("label-2", work))
    assert oms.dispatch(at=T0, concerns=("carriers",)).count("carriers") == 1
    store._cursors.clear()
    assert manager(store, carrier).dispatch(at=T0, concerns=("carriers",)).count("carriers") == 0
    statuses = {key: it.status for key, it in oms.labels("o1").items()}
    assert statuses == {"label-1": "voided", "label-2": "booked"}
    assert tracking_numbers(carrier) == ["mem-label-2"]


def test_what_goods_left_with_and_what_is_still_to_be_packed_keeps_its_label() -> None:
    """One of two tees has shipped, the other is called off: the label of the first is on its way."""
    carrier = LosingCarrier()
    oms = packed(MemoryStore(), carrier)
    for key in ("label-1", "label-2"):
        oms.book_label(label(key))
    number = ("memory", "mem-label-1")
    oms.execute(om.ShipUnits("o1", "o1-F1", (("l", 1),), number, key="ship", at=T0))
    oms.dispatch(at=T0, concerns=("carriers",))
    assert len(carrier.labels) == 2
    call_off(oms, "reject")
    oms.dispatch(at=T0, concerns=("carriers",))
    assert tracking_numbers(carrier) == ["mem-label-1"]


class Numberless(LosingCarrier):
    """Its labels have no tracking number."""

    def book(self, key: str, consignment: Consignment) -> CarrierReply:
        return attrs.evolve(super().book(key, consignment), tracking="")


@pytest.mark.parametrize("own", [False, True])
def test_a_label_without_a_number_is_kept_for_a_parcel_of_its_own_work_alone(own: bool) -> None:
    """Two parcels are asked for, and one leaves without a number; what is left of the first is called off."""
    carrier = Numberless()
    oms = manager(MemoryStore(), carrier)
    more: dict[str, Any] = {"key": "more", "at": T0}
    for command in placing()[:-1]:
        oms.execute(command)
    if own:
        oms.execute(om.AllocateUnits("o1", (("l", "nyc", 2),), **more))
        oms.book_label(label())
        oms.execute(om.ShipUnits("o1", "o1-F1", (("l", 1),), key="ship", at=T0))
    else:
        oms.execute(om.AllocateUnits("o1", (("l", "nyc", 1), ("l", "soho", 1)), **more))
        oms.book_label(label())
        oms.execute(om.ShipUnits("o1", "o1-F2", key="ship", at=T0))
    oms.dispatch(at=T0, concerns=("carriers",))
    assert len(carrier.labels) == 1
    call_off(oms, "reject")
    oms.dispatch(at=T0, concerns=("carriers",))
    assert len(carrier.labels) == own


def test_a_label_that_is_booked_while_its_work_is_called_off_is_let_go_of() -> None:
    """The carrier is slow; the location rejects meanwhile."""

    class Slow(LosingCarrier):
        oms: Any = None

        def book(self, key: str, consignment: Consignment) -> CarrierReply:
            call_off(self.oms, "reject")
            self.oms.dispatch(at=T0, concerns=("carriers",))
            return super().book(key, consignment)

    carrier = Slow()
    carrier.oms = oms = packed(MemoryStore(), carrier)
    assert oms.book_label(label()).outcome == "approved"
    assert tracking_numbers(carrier) == ["mem-label-1"]
    oms.dispatch(at=T0, concerns=("carriers",))
    assert tracking_numbers(carrier) == []


@pytest.mark.parametrize("trouble", ["lost", "not reached", "unknown"])
def test_a_label_whose_end_is_not_known_is_found_out_by_the_next_run(trouble: str) -> None:
    store, carrier = MemoryStore(), Forgetful()
    oms = packed(store, carrier)
    oms.book_label(label())
    call_off(oms, "reject")
    if trouble == "unknown":
        carrier.replies["omcore/void-label/label-1"] = CarrierReply("unknown")
    else:
        carrier.lose(trouble == "lost")
    assert oms.dispatch(at=T0, concerns=("carriers",)).stopped == (("carriers", "unavailable"),)
    carrier.replies.pop("omcore/void-label/label-1", None)
    assert manager(store, carrier).dispatch(at=T0, concerns=("carriers",)).stopped == ()
    assert carrier.labels == ()


def test_a_label_that_the_carrier_does_not_take_back_is_kept_and_asked_about_once() -> None:
    carrier = LosingCarrier()
    oms = packed(MemoryStore(), carrier)
    oms.book_label(label())
    carrier._booked.clear()  # it was scanned
    call_off(oms, "reject")
    for _ in range(2):
        oms.dispatch(at=T0, concerns=("carriers",))
    assert [it.status for it in oms.labels("o1").values()] == ["kept"]
    assert len(oms.ports.store.history("label/o1")) == 2


def test_c5_labels_are_what_their_events_fold_to_and_belong_to_no_order() -> None:
    store, carrier = MemoryStore(), LosingCarrier()
    carrier.replies["label-1"] = CarrierReply(
        "approved", "r1", "", "UPS", "1Z", "ground", Money(499, "USD"), "https://example.com/1"
    )
    oms = packed(store, carrier)
    before = oms.order("o1")
    oms.book_label(label())
    oms.book_label(label("label-2"))
    oms.book_label(label("label-3", service=LosingCarrier.DECLINED))
    oms.void_label(VoidLabel("o1", "label-2", key="void", at=T0))
    oms.void_label(VoidLabel("o1", "label-2", key="again", at=T0))  # the carrier has no such label by now
    events = [entry.event for entry in store.history("label/o1")]
    assert [type(event).__name__ for event in events] == [
        "LabelBooked",
        "LabelBooked",
        "LabelDeclined",
        "LabelVoided",
        "LabelKept",
    ]
    state = store.load(("label/o1",))["label/o1"].state
    assert fold("label/o1", events) == state
    assert dict(state.labels) == oms.labels("o1")
    first = oms.labels("o1")["label-1"]
    assert (first.service, first.carrier, first.tracking, str(first.cost)) == (
        "ground",
        "UPS",
        "1Z",
        "4.99 USD",
    )
    assert [it.status for it in oms.labels("o1").values()] == ["booked", "voided"]
    assert oms.order("o1") == before
    assert loads(dumps(state)) == state
    assert oms.labels("o9") == {}


def test_two_labels_that_are_booked_at_once_are_both_kept() -> None:
    """Of one order, by two tables of one warehouse: the second finds the stream moved on."""

    class Meanwhile(MemoryStore):
        other: Any = None

        def commit(self, commit: Commit) -> None:
            other, self.other = self.other, None
            if other is not None and commit.answer.key == "label-1":
                other()
            else:
                self.other = other
            super().commit(commit)

    store, carrier = Meanwhile(), LosingCarrier()
    oms = packed(store, carrier)
    store.other = lambda: manager(store, carrier).book_label(label("label-2"))
    assert oms.book_label(label()).outcome == "approved"
    assert sorted(oms.labels("o1")) == ["label-1", "label-2"]
    store.other = None


def test_no_personal_data_is_in_what_is_recorded_or_shown() -> None:
    store, carrier = MemoryStore(), LosingCarrier()
    oms = packed(store, carrier)
    oms.book_label(label())
    shown = repr((carrier.labels, store.answer("label-1"), store.feed(0, 1_000)))
    assert "Ada" not in shown
    assert "Long Street" not in shown


def test_a_reply_that_no_record_takes_is_kept_as_far_as_it_can_be() -> None:
    """The label is booked, whatever is written beside it."""
    carrier = LosingCarrier()
    odd: Any = 4.99
    carrier.replies["label-1"] = CarrierReply("approved", "r\x00", "y" * 900, "UPS", "1Z", cost=odd)
    oms = packed(MemoryStore(), carrier)
    assert oms.book_label(label()) == CarrierReply("approved", "", "", "UPS", "1Z")
    carrier.replies["label-2"] = CarrierReply("maybe")
    assert oms.book_label(label("label-2")).outcome == "unknown"


def test_without_a_carrier_nothing_is_booked() -> None:
    oms = packed(MemoryStore(), None)
    with pytest.raises(InvalidType) as refused:
        oms.book_label(label())
    assert refused.value.path == "carrier"


def test_an_awaited_carrier_does_the_same() -> None:
    async def awaited() -> tuple[Any, ...]:
        carrier = AsyncMemoryCarrier()
        oms = AsyncOrderManager(AsyncMemoryStore(), network=NETWORK, routing=Nearest(), carrier=carrier)
        for command in placing():
            await oms.execute(command)
        booked = await oms.book_label(label())
        gone = await oms.void_label(VoidLabel("o1", "label-1", key="void", at=T0))
        return booked, gone, carrier.sync.labels

    booked, gone, left = asyncio.run(awaited())
    assert (booked.tracking, gone.outcome, left) == ("mem-label-1", "approved", ())
