"""What makes each command about holds, goods and changes refused; see ``refusal_cases``."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import attrs

from _trials import AT, MAIN, Trial, usd
from omcore import orders as om
from refusal_cases import (
    HELD,
    OVER,
    STAGE,
    Case,
    Fresh,
    after,
    anew,
    filled,
    says,
)

ONE = (("tee", 1),)
SOON = AT + timedelta(days=9)
CAP = om.DraftLine("cap", "CAP", 1, usd(500))
# The first line has too few units, the second does not exist.
LINE = says(items=(("tee", 99), ("none", 1)))
TOO_MANY = says(items=(("tee", 99),))
UNKNOWN_AND_TOO_MANY = {("unknown_id", "units_not_available"): {"items": (("tee", 99), ("none", 1))}}
# No stage outlasts an order.
OVER_IN_A_STAGE = ("order_is_over", "illegal_transition (status)")


# -- holds -------------------------------------------------------------------------------------


def held_by_a_check() -> Trial:
    trial = Fresh()
    trial.do(om.PlaceHold, "h", "fraud", "fraud_check")
    return trial


HOLDS = (
    Case(
        om.PlaceHold,
        Fresh,
        {"hold_id": "h", "kind": "fraud"},
        {
            "order_is_over": OVER,
            "hold_exists": after(lambda trial: trial.do(om.PlaceHold, "h", "fraud")),
            "too_many_holds": after(
                filled(lambda trial, i: trial.make(om.PlaceHold, f"h{i}", "fraud")), late=1
            ),
            "hold_expiry_passed": says(expires_at=AT),
            "illegal_transition (status)": STAGE,
        },
        apart=frozenset({OVER_IN_A_STAGE}),
    ),
    Case(
        om.ReleaseHold,
        held_by_a_check,
        {"hold_id": "h"},
        {"unknown_id": says(hold_id="none"), "not_hold_owner": says(owner="robot")},
    ),
)


# -- the work of a location --------------------------------------------------------------------


def with_work(trial: Trial) -> None:
    trial.allocate(8)


def at_work() -> Trial:
    return Fresh(bring=with_work)


def at_the_counter(trial: Trial) -> None:
    with_work(trial)
    for event in ("accept", "ready"):
        trial.do(om.AdvanceFulfillment, "o1-F1", event)


def too_late(trial: Trial) -> None:
    trial.wait(days=8)
    trial.do(om.MeetDeadlines)


def to_be_collected() -> Trial:
    return Fresh(bring=at_the_counter, pickup_at="nyc", lines=(MAIN, CAP))


def asked_to_cancel(trial: Trial) -> None:
    trial.do(om.RequestCancel)
    trial.with_policies(request_blocks_shipping=True)


def one_short(trial: Trial) -> None:
    with_work(trial)
    trial.do(om.ReportShortPick, "o1-F1", ONE)


def called_back(trial: Trial) -> None:
    trial.do(om.CancelFulfillment, "o1-F1")


def picked(trial: Trial) -> None:
    trial.do(om.AdvanceFulfillment, "o1-F1", "pick")


def lost_everywhere(trial: Trial) -> None:
    """One unit was moved away and rejected there, one was not found here."""
    trial.do(om.MoveFulfillment, "o1-F1", "lax", ONE)
    trial.do(om.RejectFulfillment, "o1-F2")
    trial.do(om.ReportShortPick, "o1-F1", ONE)


def _moved(location: str = "soho", items: Any = ONE) -> Any:
    return (("o1-F1", location, items),)


def waiting(*entries: tuple[str, int, str, datetime | None]) -> dict[str, Any]:
    return {"entries": entries}


def out_of_the_running(trial: Trial) -> None:
    trial.do(om.RejectFulfillment, trial.allocate(8, "lax"))


def to_collect(trial: Trial) -> None:
    trial.do(om.ProposeEdit, "p", (om.ChangePickup("soho"),))
    trial.do(om.ConfirmEdit, "p")


def assigned(*assignments: tuple[str, str, int]) -> dict[str, Any]:
    return {"assignments": assignments}


DONE = after(called_back, late=2)
NO_WORK = says(fulfillment_id="none")
ASKED = after(asked_to_cancel, late=4)

WORK = (
    Case(
        om.AllocateUnits,
        Fresh,
        assigned(("tee", "soho", 8)),
        {
            "unknown_id": says(**assigned(("tee", "soho", 8), ("none", "soho", 1))),
            "order_is_over": OVER,
            "order_on_hold": HELD,
            "order_not_validated": after(anew(answered=False), late=-1),
            "nothing_to_do": after(lambda trial: trial.allocate(8, "soho"), late=3),
            "location_excluded": after(out_of_the_running, **assigned(("tee", "lax", 8))),
            "pickup_elsewhere": after(to_collect, late=1, **assigned(("tee", "nyc", 8))),
            "units_not_available": says(**assigned(("tee", "soho", 99))),
            "illegal_transition (status)": STAGE,
            "ship_complete_broken (result)": after(
                anew(ship_complete=True), late=-1, **assigned(("tee", "soho", 1))
            ),
        },
        {
            ("unknown_id", "location_excluded"): assigned(("tee", "lax", 1), ("none", "lax", 1)),
            ("unknown_id", "pickup_elsewhere"): assigned(("tee", "nyc", 1), ("none", "nyc", 1)),
            ("unknown_id", "units_not_available"): assigned(("tee", "soho", 99), ("none", "soho", 1)),
            ("unknown_id", "ship_complete_broken (result)"): assigned(
                ("tee", "soho", 1), ("none", "soho", 1)
            ),
            ("location_excluded", "pickup_elsewhere"): assigned(("tee", "lax", 1)),
            ("location_excluded", "units_not_available"): assigned(("tee", "lax", 99)),
            ("location_excluded", "ship_complete_broken (result)"): assigned(("tee", "lax", 1)),
            ("pickup_elsewhere", "units_not_available"): assigned(("tee", "nyc", 99)),
            ("pickup_elsewhere", "ship_complete_broken (result)"): assigned(("tee", "nyc", 1)),
        },
        frozenset(
            {
                OVER_IN_A_STAGE,
                # What is not validated was never allocated: something is open, and nobody rejected it.
                ("order_not_validated", "nothing_to_do"),
                ("order_not_validated", "location_excluded"),
                # More than is open leaves nothing open.
                ("units_not_available", "ship_complete_broken (result)"),
                # Nothing is open, so that nothing stays open.
                ("nothing_to_do", "ship_complete_broken (result)"),
            }
        ),
    ),
    Case(
        om.AdvanceFulfillment,
        at_work,
        {"fulfillment_id": "o1-F1", "event": "accept"},
        {"unknown_id": NO_WORK, "illegal_transition": says(event="pack")},
    ),
    Case(
        om.RejectFulfillment,
        at_work,
        {"fulfillment_id": "o1-F1"},
        {"unknown_id": NO_WORK, "illegal_transition": DONE},
    ),
    Case(
        om.CancelFulfillment,
        at_work,
        {"fulfillment_id": "o1-F1"},
        {"unknown_id": LINE, "illegal_transition": DONE, "units_not_available": TOO_MANY},
        UNKNOWN_AND_TOO_MANY,
    ),
    Case(
        om.RearrangeWork,
        at_work,
        {"moves": _moved(items=(("tee", 8),))},
        {
            "unknown_id": says(moves=_moved(items=(("none", 1),))),
            "illegal_transition": DONE,
            "work_begun": after(picked, late=1),
            "order_on_hold": HELD,
            "location_excluded": after(lost_everywhere, moves=_moved("lax")),
            "pickup_elsewhere": after(anew(pickup_at="nyc"), late=-1, moves=_moved()),
            "units_not_available": says(moves=_moved(items=(("tee", 99),))),
            "illegal_transition (status)": STAGE,
        },
        {
            ("unknown_id", "location_excluded"): {"moves": _moved("lax", (("none", 1),))},
            ("unknown_id", "pickup_elsewhere"): {"moves": _moved("soho", (("none", 1),))},
            ("unknown_id", "units_not_available"): {"moves": _moved("soho", (("tee", 99), ("none", 1)))},
            ("location_excluded", "units_not_available"): {"moves": _moved("lax", (("tee", 99),))},
            ("pickup_elsewhere", "units_not_available"): {"moves": _moved("soho", (("tee", 99),))},
        },
        # What is collected at a store is nowhere else, and nobody else has lost any of it.
        frozenset({("location_excluded", "pickup_elsewhere")}),
    ),
    Case(
        om.MoveFulfillment,
        at_work,
        {"fulfillment_id": "o1-F1", "location": "soho"},
        {
            "unknown_id": LINE,
            "illegal_transition": DONE,
            "order_on_hold": HELD,
            "same_location": says(location="nyc"),
            "location_excluded": after(lost_everywhere, location="lax"),
            "pickup_elsewhere": after(anew(pickup_at="nyc"), late=-1, location="soho"),
            "units_not_available": TOO_MANY,
            "illegal_transition (status)": STAGE,
        },
        {**UNKNOWN_AND_TOO_MANY, ("same_location", "location_excluded"): {"location": "nyc"}},
        frozenset(
            {
                # What is collected at a store is nowhere else, and nobody else has lost any of it.
                ("same_location", "pickup_elsewhere"),
                ("location_excluded", "pickup_elsewhere"),
            }
        ),
    ),
    Case(
        om.BackorderUnits,
        Fresh,
        waiting(("tee", 8, "soho", SOON)),
        {
            "unknown_id": says(**waiting(("tee", 8, "soho", SOON), ("none", 1, "soho", SOON))),
            "order_is_over": OVER,
            "location_excluded": after(out_of_the_running, **waiting(("tee", 8, "lax", SOON))),
            "units_not_available": says(**waiting(("tee", 99, "soho", SOON))),
        },
        {
            ("unknown_id", "location_excluded"): waiting(("tee", 8, "lax", SOON), ("none", 1, "lax", SOON)),
            ("unknown_id", "units_not_available"): waiting(
                ("tee", 99, "soho", SOON), ("none", 1, "soho", SOON)
            ),
            ("location_excluded", "units_not_available"): waiting(("tee", 99, "lax", SOON)),
        },
    ),
    Case(
        om.ReportShortPick,
        at_work,
        {"fulfillment_id": "o1-F1", "items": ONE},
        {"unknown_id": LINE, "illegal_transition": DONE, "units_not_available": TOO_MANY},
        UNKNOWN_AND_TOO_MANY,
    ),
    Case(
        om.ShipUnits,
        at_work,
        {"fulfillment_id": "o1-F1"},
        {
            "unknown_id": LINE,
            "illegal_transition": after(called_back, late=2),
            "order_on_hold": HELD,
            "cancel_request_pending": ASKED,
            "ship_complete_broken": after(anew(ship_complete=True, bring=one_short), late=-1),
            "units_not_available": TOO_MANY,
            "illegal_transition (status)": STAGE,
        },
        UNKNOWN_AND_TOO_MANY,
    ),
    Case(
        om.CollectUnits,
        to_be_collected,
        {"fulfillment_id": "o1-F1"},
        {
            "unknown_id": LINE,
            "pickup_window_expired": after(too_late, late=3),
            "illegal_transition": DONE,
            "order_on_hold": HELD,
            "cancel_request_pending": ASKED,
            "units_not_available": TOO_MANY,
            "illegal_transition (status)": STAGE,
        },
        UNKNOWN_AND_TOO_MANY,
        # What was called back waits for nobody.
        frozenset({("pickup_window_expired", "illegal_transition")}),
    ),
    Case(
        om.ExtendPickup,
        to_be_collected,
        {"fulfillment_id": "o1-F1", "until": AT + timedelta(days=30)},
        {
            "unknown_id": NO_WORK,
            "illegal_transition": DONE,
            "window_not_later": says(until=AT + timedelta(days=7)),
        },
    ),
    Case(
        om.DeclinePickup,
        to_be_collected,
        {"fulfillment_id": "o1-F1"},
        {
            "unknown_id": LINE,
            "illegal_transition": DONE,
            "own_stock": says(condition="damaged"),
            "units_not_available": TOO_MANY,
        },
        UNKNOWN_AND_TOO_MANY,
    ),
)


# -- shipments ---------------------------------------------------------------------------------


def on_its_way(trial: Trial) -> None:
    trial.ship(3)


def lost(trial: Trial) -> None:
    trial.lose(3)


def open_again(trial: Trial) -> None:
    trial.do(om.ReopenShipment, "o1-S2")


NO_PARCEL = says(shipment_id="none")
CHANNELS = attrs.evolve(MAIN, fulfilled_by="channel")

SHIPMENTS = (
    Case(
        om.AdvanceShipment,
        lambda: Fresh(bring=on_its_way),
        {"shipment_id": "o1-S2", "event": "attempt"},
        {"unknown_id": NO_PARCEL, "illegal_transition": says(event="nonsense")},
    ),
    Case(
        om.RecordDelivery,
        lambda: Fresh(bring=on_its_way),
        {"shipment_id": "o1-S2"},
        {
            "unknown_id": NO_PARCEL,
            "illegal_transition": after(lambda trial: trial.do(om.RecordDelivery, "o1-S2")),
        },
    ),
    Case(
        om.ChangePromise,
        lambda: Fresh(bring=on_its_way),
        {"deliver_by": date(2026, 12, 24)},
        {"unknown_id": NO_PARCEL, "nothing_to_do": OVER},
    ),
    Case(
        om.ReopenShipment,
        lambda: Fresh(bring=lost),
        {"shipment_id": "o1-S2"},
        {
            "unknown_id": NO_PARCEL,
            "illegal_transition": after(anew(bring=on_its_way), late=-1),
            "nothing_to_do": after(open_again),
        },
        # Its units are open again once it was lost, and then it stays lost.
        apart=frozenset({("illegal_transition", "nothing_to_do")}),
    ),
    Case(
        om.RecordChannelShipment,
        lambda: Fresh(lines=(MAIN, attrs.evolve(CHANNELS, id="mug", sku="MUG"))),
        {"items": (("mug", 1),)},
        {
            "unknown_id": says(items=(("tee", 1), ("none", 1))),
            "units_not_available": says(items=(("tee", 1),)),
            "nothing_to_do": after(lambda trial: trial.do(om.RecordChannelShipment), items=()),
        },
        {("unknown_id", "units_not_available"): {"items": (("tee", 1), ("none", 1))}},
        # Units are named, or all of them are meant.
        frozenset({("unknown_id", "nothing_to_do"), ("units_not_available", "nothing_to_do")}),
    ),
)


# -- cancelling --------------------------------------------------------------------------------


def asked(trial: Trial) -> None:
    trial.do(om.RequestCancel, "q", ONE)


CANCELLING = (
    Case(
        om.RequestCancel,
        Fresh,
        {"request_id": "q"},
        {
            "unknown_id": LINE,
            "cancel_request_exists": after(asked),
            "too_many_cancel_requests": after(
                filled(lambda trial, i: trial.make(om.RequestCancel, f"q{i}", ONE)), late=1
            ),
            "units_not_available": TOO_MANY,
        },
        UNKNOWN_AND_TOO_MANY,
    ),
    Case(
        om.DecideCancelRequest,
        lambda: Fresh(bring=asked),
        {"request_id": "q", "accept": True},
        {
            "unknown_id": says(request_id="none"),
            "cancel_request_answered": after(lambda trial: trial.do(om.DecideCancelRequest, "q", False)),
        },
    ),
    Case(
        om.CancelUnits,
        Fresh,
        {},
        {
            "unknown_id": LINE,
            "order_is_over": OVER,
            "units_not_available": TOO_MANY,
            "nothing_to_do": after(lambda trial: trial.ship(8)),
            "illegal_transition (status)": STAGE,
        },
        UNKNOWN_AND_TOO_MANY,
        # All units are meant, or some are named.
        frozenset(
            {
                OVER_IN_A_STAGE,
                ("unknown_id", "nothing_to_do"),
                ("units_not_available", "nothing_to_do"),
            }
        ),
    ),
)

GOODS = (*HOLDS, *WORK, *SHIPMENTS, *CANCELLING)
