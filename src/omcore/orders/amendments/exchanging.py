"""Exchanges: goods are sent for goods that come back - even, dearer or cheaper, before or after.

Decides how an exchange is agreed, paid and ended. What comes back obeys the rules of returns; what
goes out is priced when the exchange is agreed, and fixed. What it costs more is authorized or paid
before anything happens; what it costs less is refunded by settling once the goods are back. In a plain
exchange goods come back first: if they are not accepted whole, it falls back to a refund of what was. In
an *advance* exchange goods are sent first, and charged if nothing comes back in time. Must not know how
money moves (settling does), or how goods are taken back (``returns``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from omcore.kernel import (
    Command,
    CurrencyMismatch,
    IllegalTransition,
    InvalidType,
    Refusal,
    UnknownId,
    changed,
    checked_id,
    checked_limit,
    checked_unique,
    record,
    split_evenly,
)
from omcore.kernel.runs import difference
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.amendments import swapping as sw
from omcore.orders.amendments.planning import LineExists, as_lines, priced_apart
from omcore.orders.amendments.swapping import amount_due
from omcore.orders.changes import Changes, OrderContext, refuse_if_over
from omcore.orders.deadlines import Deadline, Deadlines, later
from omcore.orders.draft import (
    GATEWAY,
    MAX_LINES,
    MAX_UNITS,
    MERCHANT,
    DraftLine,
    refuse_other_measure,
)
from omcore.orders.parts import among
from omcore.orders.payments.settling import request
from omcore.orders.payments.tendering import TenderBlocked
from omcore.orders.payments.tenders import AUTHORIZE
from omcore.orders.returns.authorizing import AuthorizeReturn, ReturnExists, authorize, cancel_rest
from omcore.orders.returns.money import expected_fees, refund_to
from omcore.orders.returns.naming import refuse_parted
from omcore.orders.returns.policies import MAIL
from omcore.orders.selection import Wanted, checked_wanted, known_lines, line_units, size
from omcore.orders.standing.cancelling import CANCELLABLE, cancel_items
from omcore.orders.standing.holds import MAX_HOLDS, RELEASE
from omcore.orders.state import (
    NO_AMENDMENTS,
    ROUTING,
    SHIPPING,
    Exchange,
    Hold,
    Items,
    Order,
    OrderLine,
)

MAX_EXCHANGES = 20
MAX_ID = 180

# How an exchange ends.
COMPLETED = "completed"
DECLINED = "declined"
REFUNDED = "refunded"
CHARGED = "charged"
UNPAID = "unpaid"
EXCHANGE_CANCELLED = "cancelled"

# The kind of the hold on an order whose customer keeps what was to come back and does not pay.
PAYMENT = "payment"
EXCHANGE = "exchange"


class ExchangeExists(Refusal):
    """The order has an exchange under way with this id. Fields: id."""

    code = "exchange_exists"


class TooManyExchanges(Refusal):
    """At most 20 exchanges of an order are under way at once. Fields: limit."""

    code = "too_many_exchanges"


@record
class AuthorizeExchange(Command):
    """Agree on an exchange: ``items`` come back on a return named ``return_id``, ``lines`` go out.

    ``advance``: they go out at once. What they cost more is asked of ``tender_id``, by default of the
    order's first gateway tender; where that is none that can be asked, the exchange waits until the
    money arrives.
    """

    order_id: str
    exchange_id: str
    return_id: str
    items: Wanted
    lines: tuple[DraftLine, ...]
    advance: bool = False
    tender_id: str = ""

    def _check(self) -> None:
        for path in ("order_id", "exchange_id", "return_id"):
            checked_id(getattr(self, path), path)
        # Its hold has a name that is made of it, and is an identifier too.
        checked_limit(len(self.exchange_id), MAX_ID, "exchange_id", "characters")
        checked_wanted(self.items)
        if not self.items:
            raise InvalidType("items", expected="at least one line")
        _checked_lines(self.lines)
        if type(self.advance) is not bool:
            raise InvalidType("advance", expected="bool")
        if type(self.tender_id) is not str or self.tender_id:
            checked_id(self.tender_id, "tender_id")


def _checked_lines(lines: object) -> None:
    if type(lines) is not tuple or not lines:
        raise InvalidType("lines", expected="tuple of at least one DraftLine")
    checked_limit(len(lines), MAX_LINES, "lines", "lines")
    for i, line in enumerate(lines):
        if type(line) is not DraftLine:
            raise InvalidType(f"lines[{i}]", expected="DraftLine")
        if line.fulfilled_by != MERCHANT:
            raise InvalidType(f"lines[{i}].fulfilled_by", expected=MERCHANT)
        if line.cancelled or line.fulfilled or line.returned:
            raise InvalidType(f"lines[{i}]", expected="a line of which nothing has happened yet")
    checked_unique((line.id for line in lines), "lines")


@record
class CancelExchange(Command):
    """Call an exchange off: nothing is sent for what still comes back.

    What was not sent back yet stays with the customer; with ``keep_return`` it is still expected, and
    refunded when it comes.
    """

    order_id: str
    exchange_id: str
    keep_return: bool = False

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.exchange_id, "exchange_id")
        if type(self.keep_return) is not bool:
            raise InvalidType("keep_return", expected="bool")


# -- deciding --------------------------------------------------------------------------------


def authorize_exchange(changes: Changes, command: AuthorizeExchange) -> None:
    """Precedence: unknown_id, order_is_over, exchange_exists, too_many_exchanges, return_exists,
    tender_blocked, units_not_available, not_returnable, whole_units_only, line_exists,
    currency_mismatch, measure_mismatch, discount_too_large, amount_too_large, limit_exceeded.
    """
    order = changes.order
    known_lines(order, command.items)
    if command.tender_id and command.tender_id not in order.payments.tenders:
        raise UnknownId("tender_id", kind="tender", id=command.tender_id)
    refuse_if_over(order, changes.context)
    under_way = order.amendments.exchanges
    if command.exchange_id in under_way:
        raise ExchangeExists("exchange_id", id=command.exchange_id)
    if len(under_way) >= MAX_EXCHANGES:
        raise TooManyExchanges("exchange_id", limit=MAX_EXCHANGES)
    if any(exchange.return_id == command.return_id for exchange in under_way.values()):
        raise ReturnExists("return_id", id=command.return_id)
    if command.return_id in order.progress.returns:
        raise ReturnExists("return_id", id=command.return_id)
    tender_id = _tender(order, command.tender_id)
    items = _returnable(changes, command)
    refuse_parted(order, items)
    lines = _priced(changes, command.lines)
    exchange = Exchange(
        command.exchange_id,
        command.return_id,
        items,
        lines,
        command.advance,
        sw.WAITING,
        _fees(changes, items),
        tender_id,
        "",
        None,
    )
    _refuse_without_room(order, exchange)
    back = sw.due_of(order, items) - sw.fee_of(exchange, items)
    due = _due(changes, exchange)
    if due:
        exchange = changed(exchange, request_id=_ask(changes, exchange, due))
    net, tax = _sums(lines)
    changes.emit(ev.ExchangeAuthorized(changes.at, exchange, net, tax, back, due))
    if not due:
        _start(changes, exchange)


def _returnable(changes: Changes, command: AuthorizeExchange) -> Items:
    """The units that would come back, by the rules of returns: asked of changes that are thrown away."""
    scratch = Changes(changes.order, changes.context, changes.at, changes.steps, True)
    authorize(
        scratch,
        AuthorizeReturn(command.order_id, command.return_id, command.items, key=command.key, at=command.at),
    )
    return scratch.order.progress.returns[command.return_id].items


def _priced(changes: Changes, lines: tuple[DraftLine, ...]) -> tuple[OrderLine, ...]:
    """What goes out, with its worth: nothing that the order had is priced again (M6)."""
    order, context = changes.order, changes.context
    for i, line in enumerate(lines):
        if line.id in order.terms.index:
            raise LineExists(f"lines[{i}].id", id=line.id)
        amounts = [line.unit_price, *[discount.amount for discount in line.discounts]]
        for money in (*amounts, *[tax.amount for tax in line.taxes]):
            if money is not None and money.currency != order.terms.currency:
                raise CurrencyMismatch(f"lines[{i}]", left=order.terms.currency, right=money.currency)
        refuse_other_measure(context.catalog, line, f"lines[{i}]")
    return as_lines(context, lines, priced_apart(order, context, order.delivery, lines))


def _fees(changes: Changes, items: Items) -> tuple[tuple[str, int, int, int], ...]:
    """What would be kept of each unit that comes back (M9)."""
    fees = []
    for line_id, first, last, fee in expected_fees(changes.order, items, changes.context.policies):
        for many, each in split_evenly(fee, last - first + 1) if fee else ():
            if each:
                fees.append((line_id, first, first + many - 1, each))
            first += many
    return tuple(fees)


def _sums(lines: tuple[OrderLine, ...]) -> tuple[int, int]:
    net = tax = 0
    for line in lines:
        for first, last, each_net, each_tax, *_ in line.entitlements:
            net += (last - first + 1) * each_net
            tax += (last - first + 1) * each_tax
    return net, tax


def _refuse_without_room(order: Order, exchange: Exchange) -> None:
    if not sw.may_send(order, exchange):
        checked_limit(len(order.terms.lines) + len(exchange.lines), MAX_LINES, "lines", "lines")
        units = sum([line.quantity for line in (*order.terms.lines, *exchange.lines)])
        checked_limit(units, MAX_UNITS, "lines", "units")


def _tender(order: Order, tender_id: str) -> str:
    """Who is asked for money: who was named, or the first gateway tender; empty for nobody."""
    tenders = order.payments.tenders
    if tender_id:
        if tenders[tender_id].blocked:
            raise TenderBlocked("tender_id", id=tender_id)
        return tender_id
    return next((t.id for t in tenders.values() if t.kind == GATEWAY and not t.blocked), "")


def _due(changes: Changes, exchange: Exchange) -> int:
    """What has to be authorized or paid before an exchange goes on, by the policy."""
    return amount_due(changes.context, changes.order, sw.gate_of(changes.order, exchange))


def _ask(changes: Changes, exchange: Exchange, amount: int) -> str:
    """Ask the exchange's tender to authorize; the request's id, empty where nobody can be asked."""
    tender = changes.order.payments.tenders.get(exchange.tender_id)
    if tender is None or tender.kind != GATEWAY or tender.blocked:
        return ""
    request(changes, AUTHORIZE, tender.id, amount)
    asked: str = changes.events[-1].request_id
    return asked


def cancel_exchange(changes: Changes, command: CancelExchange) -> None:
    """Refused once goods that were sent have left, or are not all there any more.

    Precedence: unknown_id, illegal_transition.
    """
    exchange = changes.order.amendments.exchanges.get(command.exchange_id)
    if exchange is None:
        raise UnknownId("exchange_id", kind="exchange", id=command.exchange_id)
    if exchange.status in (sw.SENT, sw.OVERDUE):
        order = changes.order
        items = tuple((line.id, ((1, line.quantity),)) for line in exchange.lines)
        waiting = tuple(
            (line.id, un.in_state(line_units(order, line.id), *CANCELLABLE)) for line in exchange.lines
        )
        if items != waiting:
            raise IllegalTransition("exchange_id", chart="exchange", state=exchange.status, event="cancel")
        cancel_items(changes, items, EXCHANGE)
    changes.emit(ev.ExchangeEnded(changes.at, exchange.id, EXCHANGE_CANCELLED, ""))
    if not command.keep_return and exchange.status != sw.WAITING:
        cancel_rest(changes, exchange.return_id)


# -- what follows ----------------------------------------------------------------------------


def follow_up(changes: Changes) -> None:
    """Each exchange goes on as far as facts have: paid, received, refused."""
    for exchange in tuple(changes.order.amendments.exchanges.values()):
        if exchange.status == sw.WAITING:
            _paid(changes, exchange)
        elif exchange.status == sw.EXPECTING:
            _received(changes, exchange)
        else:
            _collected(changes, exchange)


def _paid(changes: Changes, exchange: Exchange) -> None:
    """What an exchange costs more was authorized, or declined; or its goods are not there any more."""
    order = changes.order
    if not _all_delivered(order, exchange):
        _end(changes, exchange, DECLINED, "goods_gone")
    elif exchange.request_id in order.payments.requests:
        return
    elif _declined(changes, exchange):
        _end(changes, exchange, DECLINED, "not_paid")
    elif exchange.request_id or not _due(changes, exchange):
        _start(changes, exchange)


def _all_delivered(order: Order, exchange: Exchange) -> bool:
    """Whether the customer has all of the units, and all of each."""
    if among(order.progress.parts, exchange.items):
        return False
    for line_id, runs in exchange.items:
        if difference(runs, un.in_state(line_units(order, line_id), un.DELIVERED)):
            return False
    return True


def _declined(changes: Changes, exchange: Exchange) -> bool:
    return any(
        type(event) is ev.PaymentDeclined and event.request_id == exchange.request_id
        for event in changes.events
    )


def _start(changes: Changes, exchange: Exchange) -> None:
    """Nothing is to be paid any more: the goods may come back, and an advance exchange is sent."""
    changes.emit(ev.ExchangeStarted(changes.at, exchange.id, exchange.return_id, exchange.items))
    goes_to = refund_to(changes, "")
    changes.emit(ev.ReturnAuthorized(changes.at, exchange.return_id, exchange.items, MAIL, (), None, goes_to))
    if not exchange.advance:
        return
    if not sw.may_send(changes.order, exchange):
        _end(changes, exchange, REFUNDED, "no_room")
        return
    window = changes.context.policies.exchange_window
    sw.send(changes, exchange, None if window is None else later(changes.at, window))


def _received(changes: Changes, exchange: Exchange) -> None:
    """Goods that were to come back first. Once one of them will not, nothing is sent for the others."""
    order = changes.order
    back, coming = size(sw.given_back(order, exchange)), size(sw.expected(order, exchange))
    if back + coming < size(exchange.items):
        _end(changes, exchange, REFUNDED, "not_accepted")
    elif not coming:
        _end(changes, exchange, REFUNDED, "no_room")  # or it would have been sent


def _collected(changes: Changes, exchange: Exchange) -> None:
    """What was sent is paid by goods that came back after it, or with money."""
    order = changes.order
    if exchange.request_id in order.payments.requests:
        return
    back, coming = size(sw.given_back(order, exchange)), size(sw.expected(order, exchange))
    whole = back == size(exchange.items)
    waits = exchange.status == sw.SENT and coming > 0
    short = 0 if whole else _short(order, exchange)
    hold = _hold_of(order, exchange)
    if not short:
        if hold is not None:
            changes.emit(ev.HoldReleased(changes.at, hold.id, hold.kind, False, hold.owner, None))
        if not waits:
            _end(changes, exchange, COMPLETED if whole else CHARGED, "")
    elif waits and back + coming == size(exchange.items):
        return  # whatever the order lacks, these goods will pay for theirs
    elif _declined(changes, exchange):
        _hold(changes, exchange)
    elif hold is not None:
        if any(type(event) is ev.PaymentRetried for event in changes.events):
            _charge(changes, exchange, short)
    elif _let_go(changes, exchange):
        _end(changes, exchange, UNPAID, "")
    elif (more := min(short, sw.kept_of(order, exchange) - exchange.charged)) > 0:
        _charge(changes, exchange, more)
    elif not waits:
        # Its own was asked for, and given; what else the order lacks is not its to ask for.
        _end(changes, exchange, CHARGED, "")


def _short(order: Order, exchange: Exchange) -> int:
    """What is neither paid nor authorized of what was sent, once goods that still come have paid theirs.

    What a bank took, or a channel gave ahead, is nobody's to ask for again: it would only be voided.
    """
    lacking = order.payments.owed + sw.reserved(order) - order.payments.covered - sw.promised(order)
    lacking -= order.payments.concessions.charged_back + order.payments.concessions.ahead
    return max(min(sw.kept_of(order, exchange), lacking), 0)


def _let_go(changes: Changes, exchange: Exchange) -> bool:
    return any(
        type(event) is ev.HoldReleased and event.hold_id == _hold_id(exchange) for event in changes.events
    )


def _charge(changes: Changes, exchange: Exchange, amount: int) -> None:
    asked = _ask(changes, exchange, amount)
    changes.emit(ev.ExchangeCharged(changes.at, exchange.id, asked, amount))
    if not asked:
        _hold(changes, exchange)


def _hold(changes: Changes, exchange: Exchange) -> None:
    """The order waits for the money; where it can't, it is plainly underpaid."""
    order = changes.order
    over = order.standing.status in changes.context.chart.finals
    if over or len(order.standing.holds) >= MAX_HOLDS:
        _end(changes, exchange, UNPAID, "")
        return
    changes.emit(
        ev.HoldPlaced(
            changes.at, _hold_id(exchange), PAYMENT, EXCHANGE, "", (ROUTING, SHIPPING), None, RELEASE
        )
    )


def _hold_id(exchange: Exchange) -> str:
    return f"{EXCHANGE}:{exchange.id}"


def _hold_of(order: Order, exchange: Exchange) -> Hold | None:
    return next((hold for hold in order.standing.holds if hold.id == _hold_id(exchange)), None)


def _end(changes: Changes, exchange: Exchange, outcome: str, cause: str) -> None:
    changes.emit(ev.ExchangeEnded(changes.at, exchange.id, outcome, cause))


# -- deadlines -------------------------------------------------------------------------------


def due(order: Order, context: OrderContext) -> datetime | None:
    """Until when the first goods are expected that something was sent for."""
    exchanges = order.amendments.exchanges
    if not exchanges:
        return None
    return min((entry.due_at for entry in exchanges.values() if entry.due_at is not None), default=None)


def overdue(changes: Changes) -> None:
    """The first of them did not come: what was sent for them is asked for (see ``follow_up``)."""
    moment = due(changes.order, changes.context)
    for exchange in changes.order.amendments.exchanges.values():
        if moment is not None and exchange.due_at == moment:
            changes.emit(ev.ExchangeOverdue(changes.at, exchange.id, moment))
            return


# -- folding ---------------------------------------------------------------------------------


def evolve_authorized(order: Order, event: ev.ExchangeAuthorized) -> Order:
    """One exchange more is under way."""
    return _with(order, event.exchange)


def evolve_started(order: Order, event: ev.ExchangeStarted) -> Order:
    """Goods are expected for it."""
    return _with(order, changed(_of(order, event), status=sw.EXPECTING))


def evolve_sent(order: Order, event: ev.ExchangeSent) -> Order:
    """Its goods are on the order."""
    return _with(order, changed(_of(order, event), status=sw.SENT, request_id="", due_at=event.due_at))


def evolve_overdue(order: Order, event: ev.ExchangeOverdue) -> Order:
    """Nothing is expected for it any more; what still comes is a return like others."""
    return _with(order, changed(_of(order, event), status=sw.OVERDUE, due_at=None))


def evolve_charged(order: Order, event: ev.ExchangeCharged) -> Order:
    """Somebody was asked for money; on its hold, for what was declined before."""
    exchange = _of(order, event)
    charged = exchange.charged
    if event.request_id:
        again = _hold_of(order, exchange) is not None
        charged = max(charged, event.amount) if again else charged + event.amount
    return _with(order, changed(exchange, request_id=event.request_id, charged=charged))


def evolve_ended(order: Order, event: ev.ExchangeEnded) -> Order:
    """One exchange less is under way."""
    left = {key: entry for key, entry in order.amendments.exchanges.items() if key != event.exchange_id}
    amendments = changed(order.amendments, exchanges=left)
    return changed(order, amendments=NO_AMENDMENTS if amendments == NO_AMENDMENTS else amendments)


def _of(order: Order, event: Any) -> Exchange:
    return order.amendments.exchanges[event.exchange_id]


def _with(order: Order, exchange: Exchange) -> Order:
    exchanges = {**order.amendments.exchanges, exchange.id: exchange}
    return changed(order, amendments=changed(order.amendments, exchanges=exchanges))


COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    AuthorizeExchange: authorize_exchange,
    CancelExchange: cancel_exchange,
}

EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.ExchangeAuthorized: evolve_authorized,
    ev.ExchangeStarted: evolve_started,
    ev.ExchangeSent: evolve_sent,
    ev.ExchangeOverdue: evolve_overdue,
    ev.ExchangeCharged: evolve_charged,
    ev.ExchangeEnded: evolve_ended,
}

DEADLINES: Deadlines = {"exchange_due": Deadline(due, overdue, binding=True)}

__all__ = [
    "MAX_EXCHANGES",
    "AuthorizeExchange",
    "CancelExchange",
    "ExchangeExists",
    "TooManyExchanges",
    "authorize_exchange",
    "cancel_exchange",
    "due",
    "follow_up",
    "overdue",
]
