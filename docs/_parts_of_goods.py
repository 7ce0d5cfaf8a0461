"""Parts of an order that have to do with goods: work of locations, shipments, returns."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from _parts import Make, Part, State
from _trials import Trial, delivered, paid
from omcore import orders as om
from omcore.kernel import Command
from omcore.lifecycle import FULFILLMENT_ORDER, RETURN, SHIPMENT

SOME = (("tee", 1),)
ANOTHER_DAY = date(2027, 1, 6)
WORK, PARCEL, RMA = "o1-F1", "o1-S2", "r1"


# -- the work of a location --------------------------------------------------------------------


def at_work(*events: str, **more: Any) -> State:
    def bring() -> Trial:
        trial = paid(**more)
        trial.allocate(3)
        for event in events:
            trial.do(om.AdvanceFulfillment, WORK, event)
        return trial

    return bring


def part_shipped() -> Trial:
    trial = at_work()()
    trial.do(om.ShipUnits, WORK, SOME)
    return trial


def shipped() -> Trial:
    trial = at_work()()
    trial.do(om.ShipUnits, WORK)
    return trial


def collected() -> Trial:
    trial = at_the_counter()
    trial.do(om.CollectUnits, WORK)
    return trial


at_the_counter = at_work("accept", "ready", pickup_at="nyc")


def came_to_the_store(*events: str) -> State:
    """Sent there from elsewhere: work of its own."""

    def bring() -> Trial:
        trial = at_work(pickup_at="soho", service="ship_to_store")()
        trial.do(om.ShipUnits, WORK)
        trial.do(om.RecordDelivery, PARCEL)
        trial.about = "o1-F3"
        for event in events:
            trial.do(om.AdvanceFulfillment, trial.about, event)
        return trial

    return bring


def not_collected() -> Trial:
    trial = at_the_counter()
    trial.wait(days=7)
    trial.do(om.MeetDeadlines)
    return trial


def task(trial: Trial) -> str:
    return trial.about or WORK


def later(trial: Trial) -> Any:
    return trial.make(om.ExtendPickup, task(trial), trial.at + timedelta(days=30))


def rejected() -> Trial:
    trial = at_work()()
    trial.do(om.RejectFulfillment, WORK)
    return trial


def called_back() -> Trial:
    trial = at_work()()
    trial.do(om.CancelFulfillment, WORK)
    return trial


def advance(event: str) -> Make:
    return lambda trial: trial.make(om.AdvanceFulfillment, task(trial), event)


FULFILLMENTS = Part(
    "Fulfillment orders",
    "The work that a location was asked for: three units. A command names all that is left of it, or one"
    " unit. Work that is called back after a part of it went out is done, not undone.",
    frozenset({"fulfillment_id"}),
    {
        "requested": at_work(),
        "accepted": at_work("accept"),
        "picking": at_work("accept", "pick"),
        "packed": at_work("pick", "pack"),
        "ready_for_pickup": at_the_counter,
        "requested, of what came to the store": came_to_the_store(),
        "ready_for_pickup, of what came to the store": came_to_the_store("ready"),
        "partially_shipped": part_shipped,
        "shipped": shipped,
        "collected": collected,
        "rejected": rejected,
        "cancelled": called_back,
        "cancelled, not collected in time": not_collected,
    },
    {
        "`AdvanceFulfillment` accept": advance("accept"),
        "`AdvanceFulfillment` pick": advance("pick"),
        "`AdvanceFulfillment` pack": advance("pack"),
        "`AdvanceFulfillment` ready": advance("ready"),
        "`ShipUnits` all": lambda trial: trial.make(om.ShipUnits, task(trial)),
        "`ShipUnits` one": lambda trial: trial.make(om.ShipUnits, task(trial), SOME),
        "`CollectUnits` all": lambda trial: trial.make(om.CollectUnits, task(trial)),
        "`CollectUnits` one": lambda trial: trial.make(om.CollectUnits, task(trial), SOME),
        "`ExtendPickup`": later,
        "`DeclinePickup` all": lambda trial: trial.make(om.DeclinePickup, task(trial)),
        "`ReportShortPick` one": lambda trial: trial.make(om.ReportShortPick, task(trial), SOME),
        "`RejectFulfillment`": lambda trial: trial.make(om.RejectFulfillment, task(trial)),
        "`CancelFulfillment` all": lambda trial: trial.make(om.CancelFulfillment, task(trial)),
        "`CancelFulfillment` one": lambda trial: trial.make(om.CancelFulfillment, task(trial), "", SOME),
        "`MoveFulfillment` all": lambda trial: trial.make(om.MoveFulfillment, task(trial), "soho"),
        "`RearrangeWork` one": lambda trial: trial.make(om.RearrangeWork, ((task(trial), "soho", SOME),)),
        "`MoveFulfillment` one": lambda trial: trial.make(om.MoveFulfillment, task(trial), "soho", SOME),
    },
    lambda trial: str(trial.order.progress.work[task(trial)].status),
    FULFILLMENT_ORDER,
)


# -- shipments ---------------------------------------------------------------------------------


def reported(*events: str) -> State:
    def bring() -> Trial:
        trial = paid()
        trial.ship(3)
        for event in events:
            trial.do(om.AdvanceShipment, PARCEL, event)
        return trial

    return bring


def arrived() -> Trial:
    trial = reported()()
    trial.do(om.RecordDelivery, PARCEL)
    return trial


def at_the_store() -> Trial:
    """Where the customer collects it."""
    trial = came_to_the_store()()
    trial.about = ""
    return trial


def reopened() -> Trial:
    trial = reported("lose")()
    trial.do(om.ReopenShipment, PARCEL)
    return trial


def replaced() -> Trial:
    trial = reported("lose")()
    trial.do(om.OpenClaim, "c1", "missing", (("tee", 3),))
    trial.do(om.ResolveClaim, "c1", "replace")
    return trial


def news(event: str) -> Make:
    return lambda trial: trial.make(om.AdvanceShipment, PARCEL, event)


SHIPMENTS = Part(
    "Shipments",
    "What left a location together. A lost parcel whose units were sent anew or written off may still turn"
    " up: that is noted as a task for a person, and nothing else.",
    frozenset({"shipment_id"}),
    {
        "in_transit": reported(),
        "out_for_delivery": reported("go_out"),
        "attempted": reported("attempt"),
        "delivered": arrived,
        "arrived": at_the_store,
        "lost": reported("lose"),
        "lost, its units open again": reopened,
        "lost, its units replaced": replaced,
        "returned_to_sender": reported("send_back"),
    },
    {
        "`AdvanceShipment` attempt": news("attempt"),
        "`AdvanceShipment` go out": news("go_out"),
        "`AdvanceShipment` lose": news("lose"),
        "`AdvanceShipment` send back": news("send_back"),
        "`AdvanceShipment` deliver": news("deliver"),
        "`AdvanceShipment` arrive": news("arrive"),
        "`RecordDelivery`": lambda trial: trial.make(om.RecordDelivery, PARCEL),
        "`ReopenShipment`": lambda trial: trial.make(om.ReopenShipment, PARCEL),
        "`ChangePromise`": lambda trial: trial.make(om.ChangePromise, ANOTHER_DAY, shipment_id=PARCEL),
    },
    lambda trial: str(trial.order.progress.shipments[PARCEL].status),
    SHIPMENT,
)


# -- returns -----------------------------------------------------------------------------------


def authorized() -> Trial:
    trial = delivered(4)
    trial.expect_back(RMA, 3, label=("UPS", "1Z"))
    return trial


def part_received() -> Trial:
    trial = authorized()
    trial.do(om.ReceiveReturn, RMA, "nyc", SOME)
    return trial


def to_inspect() -> Trial:
    trial = authorized()
    trial.with_policies(inspection=om.inspected_then_refunded)
    trial.do(om.ReceiveReturn, RMA, "nyc")
    return trial


def refunded_to_inspect() -> Trial:
    trial = authorized()
    trial.with_policies(inspection=om.refunded_then_inspected)
    trial.do(om.ReceiveReturn, RMA, "nyc")
    return trial


def completed() -> Trial:
    trial = authorized()
    trial.do(om.ReceiveReturn, RMA, "nyc")
    return trial


def one_lost() -> Trial:
    trial = authorized()
    trial.do(om.ReceiveReturn, RMA, "nyc", SOME, outcomes=(("lost", (("tee", 2),)),))
    return trial


def all_back() -> Trial:
    trial = completed()
    trial.come_back("r2", 1)
    return trial


def called_off() -> Trial:
    trial = authorized()
    trial.do(om.CancelReturn, RMA)
    return trial


def received(outcome: str) -> Make:
    def make(trial: Trial) -> Command:
        made: Command = trial.make(om.ReceiveReturn, RMA, "nyc", outcomes=((outcome, SOME),))
        return made

    return make


RETURNS = Part(
    "Returns",
    "Three units are expected back, with a label of the merchant's, and a fourth stays with the customer;"
    " except where the order is over because that came back too. *Received* is a return all of whose units"
    " came, and some of which wait for their inspection.",
    frozenset({"return_id"}),
    {
        "authorized": authorized,
        "partially_received": part_received,
        "received": to_inspect,
        "received, and refunded": refunded_to_inspect,
        "completed": completed,
        "completed, two were lost": one_lost,
        "completed, the order is over": all_back,
        "cancelled": called_off,
    },
    {
        "`AuthorizeReturn` again": lambda trial: trial.make(om.AuthorizeReturn, RMA, SOME),
        "`ReturnInStore` again": lambda trial: trial.make(om.ReturnInStore, RMA, "soho", SOME),
        "`ReceiveReturn` all": lambda trial: trial.make(om.ReceiveReturn, RMA, "nyc"),
        "`ReceiveReturn` one": lambda trial: trial.make(om.ReceiveReturn, RMA, "nyc", SOME),
        "`ReceiveReturn` lost": received("lost"),
        "`ReceiveReturn` refused": received("refused"),
        "`ReceiveReturn` found": received("found"),
        "`KeepReturn` all": lambda trial: trial.make(om.KeepReturn, RMA),
        "`KeepReturn` one": lambda trial: trial.make(om.KeepReturn, RMA, SOME),
        "`CancelReturn`": lambda trial: trial.make(om.CancelReturn, RMA),
        "`InspectReturn` all": lambda trial: trial.make(om.InspectReturn, RMA),
        "`InspectReturn` one": lambda trial: trial.make(om.InspectReturn, RMA, SOME),
        "`InspectReturn` not accepted": lambda trial: trial.make(om.InspectReturn, RMA, accepted=False),
        "`AuthorizeExchange` on it": lambda trial: trial.make(
            om.AuthorizeExchange, "x1", RMA, SOME, (om.DraftLine("new", "NEW", 1, trial.lines[0].unit_price),)
        ),
    },
    lambda trial: str(trial.order.progress.returns[RMA].status),
    RETURN,
)

PARTS = (FULFILLMENTS, SHIPMENTS, RETURNS)
