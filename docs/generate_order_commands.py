"""Writes reference/order-commands.md: every status of an order against every command, by trying.

python docs/generate_order_commands.py            writes the page
python docs/generate_order_commands.py --check    exits 1 where the page is not what the code does

A command that is added needs a row in ``MAKE`` - how it is made for an order that a status has - and
its decider's docstring says its precedence (see ``_precedence``). A status that is added needs an entry
in ``STATUSES``. Without them this raises, and a test with it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from _precedence import lines
from _trials import ID, Trial, first, table
from omcore import orders as om
from omcore.kernel import Money
from omcore.lifecycle import ORDER
from omcore.orders import units as un
from omcore.orders.selection import everything
from omcore.orders.state import HOLD_BLOCKS

PAGE = Path(__file__).resolve().parent / "reference" / "order-commands.md"

OPENING = """\
<!-- Written by docs/generate_order_commands.py by trying every pair; a test holds it current. -->
# Commands of an order

What each command does to an order in each status: ✓ it is carried out and leaves the status as it is
(perhaps it comes to nothing new), → with the status that it leads to, else the code of the
[refusal](errors.md). A refusal changes nothing at all ([C3](rules.md#c3)). What becomes of shipments,
returns, tenders, edits and the like in each of their states is on a [page of its own](order-parts.md).

Every order here holds as much as its status allows: units open, at a location, with the channel, on
their way, lost on their way, delivered, expected back and back again, and a payment request that
nobody has answered yet. Each command is given what fits that order best - a fulfillment order that
has units left, a shipment that is on its way - and an id that does not exist where there is none. So
a refusal in the table means that no order in that status takes the command, and ✓ or → that an order
which has what the command is about takes it.

"""

HELD = """
## What a hold stops

A hold blocks routing, shipping, captures, or several of them; that in the table above blocks all. Every
other command is taken whatever a hold blocks, and money and facts that arrive are recorded.
"""

CLOSING = """
## Which refusal comes first

Where several reasons apply, the first of this list is given: what lasts longest is told first. Tests
hold the order.

1. **The argument itself** (an input error): raised when the command is made, before any order is
   looked at. Its path names the field.
2. **The order does not exist**, `unknown_id`. For placing: it does, `order_exists`; so too for an import
   of another channel order under the same id. An import in another currency is `currency_mismatch`.
3. **The clock**, `clock_skew`: the command is more than a day older than what the order has seen. From
   here on the order is the one that it is by now: what has passed has happened ([S6](rules.md#s6)).
4. **What is named does not exist**, `unknown_id`: a fulfillment order, a shipment, a return, a hold, a
   tender, a payment request, an edit that waits; then a line. A request that was answered does not exist
   any more, nor does an edit that was declined or has expired.
5. **The order is over**, `order_is_over`, for commands that start something: allocating, cancelling,
   placing a hold, authorizing a return, opening a claim, entering a stage, proposing or reverting an edit.
   Facts are still taken: money that arrives, a payment's outcome, a channel's snapshot, an erasure; and
   a hold may be released, and a request to cancel answered.
6. **The state of what is named**: an id that is taken (`return_exists`, `hold_exists` ...), one more than
   there may be (`too_many_edits` ...), a move that its lifecycle does not have (`illegal_transition`), a
   tender that is not asked or declined, a request that was answered, a hold of another owner.
7. **What the order waits for**: `order_on_hold`, by a hold that blocks routing (allocating), shipping
   (shipping, collecting) or captures; by policy `cancel_request_pending`; `order_not_validated`. Nothing
   else is refused for a hold: what has happened is recorded, and cancelling and returning are what a hold
   may end in.
8. **Units and amounts**: where units may go, how many there are, whether they may come back, in which
   currency an amount is, and how much there is to take it from. `nothing_to_do`: the command means all
   units in some state, and there are none.
9. **The result**: what the order would be after it.

Command by command, after the argument itself, the order, and the clock. `unknown_id` is for each thing
that is named, then for lines; what stands in brackets tells two of one code apart. `illegal_transition`
(status) is for a stage of your own that has no such move ([C7](rules.md#c7)). Where one of your policies
answers what no policy may, it is `invalid_type` at `policies.` and its name, after everything else.
"""


def placed() -> Trial:
    return Trial(pickup_at="nyc")


def validated() -> Trial:
    trial = Trial(channel=0, pickup_at="nyc")
    trial.answer()
    trial.do(om.RecordPayment, "cash", Money(5000, "USD"))
    trial.do(om.CancelUnits, (("tee", 4),))
    return trial


def processing() -> Trial:
    trial = Trial(pickup_at="nyc")
    trial.answer()
    trial.do(om.RecordPayment, "cash", Money(9000, "USD"))
    trial.allocate(2)
    return trial


def partially_fulfilled() -> Trial:
    trial = Trial(pickup_at="nyc")
    trial.answer()
    trial.deliver(3)
    trial.come_back("r0", 1)
    trial.expect_back("r1", 1)
    trial.lose(1)
    trial.ship(1)
    trial.allocate(2)
    return trial


def fulfilled() -> Trial:
    trial = Trial(pickup_at="nyc")
    trial.answer()
    trial.ship(2)
    trial.lose(1)
    trial.cancel()
    return trial


def partially_delivered() -> Trial:
    trial = Trial(pickup_at="nyc")
    trial.answer()
    trial.deliver(3)
    trial.come_back("r0", 1)
    trial.expect_back("r1", 1)
    trial.lose(1)
    trial.ship(2)
    trial.cancel()
    return trial


def delivered() -> Trial:
    trial = Trial(pickup_at="nyc")
    trial.answer()
    trial.deliver(3)
    trial.expect_back("r1", 1)
    trial.cancel()
    return trial


def partially_returned() -> Trial:
    trial = delivered()
    trial.come_back("r2", 1)
    return trial


def returned() -> Trial:
    trial = Trial(pickup_at="nyc")
    trial.answer()
    trial.deliver(1)
    trial.cancel()
    trial.come_back("r0", 1)
    return trial


def on_hold() -> Trial:
    trial = partially_fulfilled()
    trial.do(om.PlaceHold, "h1", "fraud")
    return trial


def cancelled() -> Trial:
    trial = Trial(pickup_at="nyc")
    trial.answer()
    trial.cancel()
    return trial


STATUSES: dict[str, Callable[[], Trial]] = {
    "placed": placed,
    "validated": validated,
    "processing": processing,
    "partially_fulfilled": partially_fulfilled,
    "fulfilled": fulfilled,
    "partially_delivered": partially_delivered,
    "delivered": delivered,
    "partially_returned": partially_returned,
    "returned": returned,
    "on_hold": on_hold,
    "cancelled": cancelled,
}


def work(order: om.Order) -> str:
    """Work that has units left, else any, else none."""
    known = order.progress.work.values()
    return first((w.id for w in known if w.items), first(w.id for w in known))


def ready(trial: Trial) -> str:
    """Work at the counter: what has units left is made ready."""
    found = work(trial.order)
    if trial.order.progress.work.get(found) and trial.order.progress.work[found].items:
        for event in ("accept", "ready"):
            trial.do(om.AdvanceFulfillment, found, event)
    return found


def asked(trial: Trial) -> str:
    """A request to cancel that waits for its answer, asked for now where that is possible."""
    trial.do(om.RequestCancel)
    return first((request.id for request in trial.order.standing.cancel_requests), "none")


def authorized(trial: Trial) -> str:
    """A tender that has something authorized while money is owed; of an order that is over none has."""
    trial.with_policies(capture_by_hand=True)
    if trial.order.status in ORDER.finals:
        return "card"
    for request in list(trial.order.payments.requests.values()):
        if request.kind == "capture":
            trial.do(om.RecordPaymentOutcome, request.id, "declined")
    let_go(trial, "payments-uncovered")
    if "cash" in trial.order.payments.tenders:
        trial.do(om.RecordChargeback, "cb0", "cash", Money(9000, "USD"))
        let_go(trial, "chargeback-cb0")
    gift = om.DraftTender("gift9", "gift_card", Money(100, "USD"), authorized=True)
    trial.do(om.AddTender, gift)
    return "gift9"


def let_go(trial: Trial, hold_id: str) -> None:
    """Release a hold, where there is one: the order stands as it did before."""
    if any(hold.id == hold_id for hold in trial.order.standing.holds):
        trial.do(om.ReleaseHold, hold_id)


def disputed(trial: Trial) -> str:
    """A chargeback that waits for its decision: of money that was to be given back and was not."""
    trial.do(om.RecordPayment, "late", Money(100, "USD"))
    for request in list(trial.order.payments.requests.values()):
        if request.tender_id == "late":
            trial.do(om.RecordPaymentOutcome, request.id, "declined")
    trial.do(om.RecordChargeback, "cb1", "late", Money(1, "USD"))
    let_go(trial, "chargeback-cb1")
    return first(trial.order.payments.concessions.chargebacks)


def shipment(order: om.Order, *statuses: str) -> str:
    known = order.progress.shipments.values()
    return first((s.id for s in known if s.status in statuses), first(s.id for s in known))


def expected(order: om.Order) -> str:
    known = order.progress.returns.values()
    return first((r.id for r in known if r.items), first(r.id for r in known))


def arrived(trial: Trial) -> str:
    """A return that waits for its inspection: what is expected comes to be looked at first."""
    found = expected(trial.order)
    if trial.order.progress.returns.get(found) and trial.order.progress.returns[found].items:
        context = trial.context
        trial.with_policies(inspection=om.inspected_then_refunded)
        trial.do(om.ReceiveReturn, found, "nyc")
        trial.context = context
    return found


def delivered_line(order: om.Order) -> tuple[tuple[str, int], ...]:
    return ((first((line for line, _ in everything(order, un.DELIVERED)), "tee"), 1),)


def claimable_line(order: om.Order) -> tuple[tuple[str, int], ...]:
    return ((first((line for line, _ in everything(order, un.DELIVERED, un.SHIPPED)), "tee"), 1),)


def exchanged(trial: Trial) -> str:
    """An exchange that is under way, where a unit can come back."""
    if not everything(trial.order, un.DELIVERED):
        return "none"
    line = om.DraftLine("new", "NEW", 1, Money(1000, "USD"))
    items = delivered_line(trial.order)
    trial.do(om.AuthorizeExchange, "x1", "rx1", items, (line,))
    return "x1"


def claimed(trial: Trial) -> str:
    """An open claim, where a unit can be claimed."""
    if not everything(trial.order, un.DELIVERED, un.SHIPPED):
        return "none"
    trial.do(om.OpenClaim, "c1", "damaged", claimable_line(trial.order))
    return "c1"


def a_sample() -> tuple[om.AddLine, ...]:
    """A line that costs nothing, so that nothing has to be paid before it is confirmed."""
    return (om.AddLine(om.DraftLine("sample", "SAMPLE", 1, Money(0, "USD"))),)


def proposed(trial: Trial) -> str:
    """An edit that waits; of an order that is over there is none."""
    if trial.order.status in ORDER.finals:
        return "none"
    trial.do(om.ProposeEdit, "e1", a_sample())
    return "e1"


def confirmed(trial: Trial) -> str:
    """An edit that was made, of nothing that is to be shipped."""
    if trial.order.status in ORDER.finals:
        return "none"
    trial.do(om.ProposeEdit, "e1", (om.AddCharge(om.Charge("gift_wrap", Money(0, "USD"))),))
    trial.do(om.ConfirmEdit, "e1")
    return "e1"


MAKE: dict[type, Callable[[Trial, dict[str, Any]], Any]] = {
    om.PlaceOrder: lambda t, c: om.PlaceOrder(t.draft(1), order_id=ID, **c),
    om.ImportOrder: lambda t, c: om.ImportOrder(t.draft(2), order_id=ID, **c),
    om.RecordPaymentOutcome: lambda t, c: om.RecordPaymentOutcome(
        ID, first(t.order.payments.requests), "approved", **c
    ),
    om.RecordPayment: lambda t, c: om.RecordPayment(ID, "cash", Money(1, "USD"), **c),
    om.AddTender: lambda t, c: om.AddTender(ID, om.DraftTender("gift", "gift_card", Money(100, "USD")), **c),
    om.AuthorizePayment: lambda t, c: om.AuthorizePayment(ID, "card", Money(1, "USD"), **c),
    om.ExtendAuthorization: lambda t, c: om.ExtendAuthorization(ID, authorized(t), **c),
    om.CapturePayment: lambda t, c: om.CapturePayment(ID, authorized(t), Money(1, "USD"), **c),
    om.VoidPayment: lambda t, c: om.VoidPayment(ID, authorized(t), **c),
    om.GrantAllowance: lambda t, c: om.GrantAllowance(ID, "a9", Money(1, "USD"), **c),
    om.RecordChargeback: lambda t, c: om.RecordChargeback(ID, "cb9", "card", Money(1, "USD"), **c),
    om.ResolveChargeback: lambda t, c: om.ResolveChargeback(ID, disputed(t), True, **c),
    om.RetryPayment: lambda t, c: om.RetryPayment(ID, "card", **c),
    om.PlaceHold: lambda t, c: om.PlaceHold(ID, "h9", "fraud", **c),
    om.ReleaseHold: lambda t, c: om.ReleaseHold(ID, first(h.id for h in t.order.standing.holds), **c),
    om.AllocateUnits: lambda t, c: om.AllocateUnits(ID, (("tee", "nyc", 1),), **c),
    om.AdvanceFulfillment: lambda t, c: om.AdvanceFulfillment(ID, work(t.order), "accept", **c),
    om.RejectFulfillment: lambda t, c: om.RejectFulfillment(ID, work(t.order), **c),
    om.CancelFulfillment: lambda t, c: om.CancelFulfillment(ID, work(t.order), **c),
    om.MoveFulfillment: lambda t, c: om.MoveFulfillment(ID, work(t.order), "soho", **c),
    om.RearrangeWork: lambda t, c: om.RearrangeWork(ID, ((work(t.order), "soho", (("tee", 1),)),), **c),
    om.BackorderUnits: lambda t, c: om.BackorderUnits(
        ID, (("tee", 1, "nyc", c["at"] + timedelta(days=9)),), **c
    ),
    om.ReportShortPick: lambda t, c: om.ReportShortPick(ID, work(t.order), (("tee", 1),), **c),
    om.ShipUnits: lambda t, c: om.ShipUnits(ID, work(t.order), **c),
    om.CollectUnits: lambda t, c: om.CollectUnits(ID, ready(t), **c),
    om.ExtendPickup: lambda t, c: om.ExtendPickup(ID, ready(t), c["at"] + timedelta(days=99), **c),
    om.DeclinePickup: lambda t, c: om.DeclinePickup(ID, ready(t), **c),
    om.AdvanceShipment: lambda t, c: om.AdvanceShipment(ID, shipment(t.order, "in_transit"), "attempt", **c),
    om.RecordDelivery: lambda t, c: om.RecordDelivery(ID, shipment(t.order, "in_transit"), **c),
    om.ChangePromise: lambda t, c: om.ChangePromise(ID, date(2027, 1, 6), **c),
    om.ReopenShipment: lambda t, c: om.ReopenShipment(ID, shipment(t.order, "lost"), **c),
    om.RecordChannelShipment: lambda t, c: om.RecordChannelShipment(ID, **c),
    om.RequestCancel: lambda t, c: om.RequestCancel(ID, **c),
    om.DecideCancelRequest: lambda t, c: om.DecideCancelRequest(ID, asked(t), True, **c),
    om.CancelUnits: lambda t, c: om.CancelUnits(ID, **c),
    om.ProposeEdit: lambda t, c: om.ProposeEdit(ID, "e9", a_sample(), **c),
    om.RevertEdit: lambda t, c: om.RevertEdit(ID, confirmed(t), "e9", **c),
    om.ConfirmEdit: lambda t, c: om.ConfirmEdit(ID, proposed(t), **c),
    om.DeclineEdit: lambda t, c: om.DeclineEdit(ID, proposed(t), **c),
    om.AuthorizeReturn: lambda t, c: om.AuthorizeReturn(ID, "r9", delivered_line(t.order), **c),
    om.CancelReturn: lambda t, c: om.CancelReturn(ID, expected(t.order), **c),
    om.KeepReturn: lambda t, c: om.KeepReturn(ID, expected(t.order), **c),
    om.ReceiveReturn: lambda t, c: om.ReceiveReturn(ID, expected(t.order), "nyc", **c),
    om.ReturnInStore: lambda t, c: om.ReturnInStore(ID, "r9", "soho", delivered_line(t.order), **c),
    om.InspectReturn: lambda t, c: om.InspectReturn(ID, arrived(t), **c),
    om.AuthorizeExchange: lambda t, c: om.AuthorizeExchange(
        ID, "x9", "r9", delivered_line(t.order), (om.DraftLine("new", "NEW", 1, Money(1000, "USD")),), **c
    ),
    om.CancelExchange: lambda t, c: om.CancelExchange(ID, exchanged(t), **c),
    om.OpenClaim: lambda t, c: om.OpenClaim(ID, "c9", "damaged", claimable_line(t.order), **c),
    om.ResolveClaim: lambda t, c: om.ResolveClaim(ID, claimed(t), "refund", **c),
    om.MeetDeadlines: lambda t, c: om.MeetDeadlines(ID, **c),
    om.EnterStage: lambda t, c: om.EnterStage(ID, "wrap", **c),
    om.ErasePersonalData: lambda t, c: om.ErasePersonalData(ID, **c),
}


def outcome(status: str, command: type) -> str:
    """What comes of a command: ✓, → and another status, or the code of the refusal."""
    trial = STATUSES[status]()
    if trial.order.status != status:
        raise AssertionError(f"{trial.order.status} and not {status}")
    if command not in MAKE:
        raise AssertionError(f"{command.__name__} has no row in MAKE")
    made = MAKE[command](trial, trial.common())
    if trial.order.status != status:
        raise AssertionError(f"making {command.__name__} leads from {status} to {trial.order.status}")
    if code := trial.outcome(made):
        return f"`{code}`"
    return "✓" if trial.order.status == status else f"→ {trial.order.status.replace('_', ' ')}"


def matrix() -> dict[tuple[str, str], str]:
    """(status, command) -> what comes of it, for every pair."""
    return {
        (status, command.__name__): outcome(status, command)
        for command in om.ORDER_COMMANDS
        for status in STATUSES
    }


def write() -> str:
    """The page as Markdown: the same for the same source."""
    found = matrix()
    if list(STATUSES) != list(ORDER.states):
        raise AssertionError("a status of the chart is missing")
    rows = [
        (f"`{command.__name__}`", [found[status, command.__name__] for status in STATUSES])
        for command in om.ORDER_COMMANDS
    ]
    out = [OPENING.rstrip("\n"), "", *table("", [name.replace("_", " ") for name in STATUSES], rows)]
    out += [HELD.rstrip("\n"), "", *table("", HOLD_BLOCKS, held_rows())]
    out += [CLOSING.rstrip("\n"), "", *lines()]
    return "\n".join(out) + "\n"


def held_rows() -> list[tuple[str, list[str]]]:
    """What each hold stops, of an order that has something for every command: the rows that it does."""
    rows = []
    for command in om.ORDER_COMMANDS:
        cells = []
        for what in HOLD_BLOCKS:
            trial = partially_fulfilled()
            trial.do(om.PlaceHold, "h8", "fraud", blocks=(what,))
            code = trial.outcome(MAKE[command](trial, trial.common()))
            cells.append(f"`{code}`" if code else "✓")
        if f"`{om.OrderOnHold.code}`" in cells:
            rows.append((f"`{command.__name__}`", cells))
    return rows


def main(arguments: list[str]) -> int:
    written = write()
    if arguments == ["--check"]:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == written:
            return 0
        print("docs/reference/order-commands.md is not what the code does:")
        print("run python docs/generate_order_commands.py")
        return 1
    PAGE.write_text(written, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
