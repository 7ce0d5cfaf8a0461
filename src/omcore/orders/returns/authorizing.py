"""Returns: units may come back, are no longer expected, or stay with the customer for good.

Decides who may return what, by an ordered list of named rules (``eligibility``), on which terms, and what
a return expects. What becomes of goods that come is decided in ``receiving`` and ``inspecting``, what
is kept back of a refund in ``return_money``. Must not know tenders (settling refunds) or stock counts
(the engine puts the units back).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs

from omcore.kernel import (
    Command,
    IllegalTransition,
    InvalidMoney,
    InvalidType,
    Money,
    Refusal,
    Runs,
    UnknownId,
    changed,
    checked_id,
    checked_instant,
    checked_text,
    effective_now,
    record,
)
from omcore.orders import events as ev
from omcore.orders import units as un
from omcore.orders.amendments.swapping import agreed_with, send_for, spoken_for_by_line
from omcore.orders.changes import Changes, OrderContext, refuse_if_over
from omcore.orders.entitlements import NOTHING
from omcore.orders.kits import left_of, worth_of
from omcore.orders.parts import NO_PARTS, Parts, among, beside, plus, units_of
from omcore.orders.policies import Policies
from omcore.orders.returns.eligibility import ReturnFacts, answer
from omcore.orders.returns.holding import (
    AUTHORIZED,
    CANCELLED,
    COMPLETED,
    RECEIVED,
    gave_back,
    stands,
    with_return,
    without,
)
from omcore.orders.returns.money import labelled, refund_to, worth_given_back
from omcore.orders.returns.naming import (
    WantedParts,
    checked_parts,
    known_parts,
    named,
    named_parts,
    refuse_unless_kits,
)
from omcore.orders.returns.policies import KEEP, MAIL, METHODS, REFUND_TO, Reasons
from omcore.orders.selection import Wanted, checked_wanted, known_lines, line_units, pick, select_from
from omcore.orders.state import Items, Order, Return

NO_LABEL = ("", "")


class NotReturnable(Refusal):
    """Units of a line may not come back. Fields: line_id, rule, reason: what the first rule said."""

    code = "not_returnable"


class ReturnExists(Refusal):
    """A return with this id was authorized before, or is part of an exchange. Fields: id."""

    code = "return_exists"


@record
class AuthorizeReturn(Command):
    """Let delivered units come back (an RMA), or be kept: ``method`` is mail, in_store or keep.

    ``reasons`` and ``conditions`` are (line id, code), what the customer says of a line. ``label``:
    (carrier, number) of a label that the merchant gives, ``label_cost`` what it costs. ``refund_to``:
    tender or store_credit as the customer would like, empty for what the policy says. ``parts`` are of units
    of kits that do not come back whole: (line id, how many or which units, what of each as (SKU, quantity)).
    """

    order_id: str
    return_id: str
    items: Wanted
    reasons: Reasons = ()
    conditions: Reasons = ()
    method: str = MAIL
    label: tuple[str, str] = attrs.field(default=NO_LABEL, repr=False)
    label_cost: Money | None = None
    refund_to: str = ""
    parts: WantedParts = ()

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.return_id, "return_id")
        checked_some(self.items, self.parts)
        checked_codes(self.reasons, "reasons", (*self.items, *self.parts))
        checked_codes(self.conditions, "conditions", (*self.items, *self.parts))
        if type(self.method) is not str or self.method not in METHODS:
            raise InvalidType("method", expected="one of " + ", ".join(METHODS))
        checked_refund_to(self.refund_to)
        if type(self.label) is not tuple or len(self.label) != 2:
            raise InvalidType("label", expected="(carrier, number)")
        checked_text(self.label[0], "label[0]", high=100)
        checked_text(self.label[1], "label[1]", high=100)
        if self.label != NO_LABEL and self.method != MAIL:
            raise InvalidType("label", expected="a label only for what comes by mail")
        if self.label_cost is not None:
            if type(self.label_cost) is not Money:
                raise InvalidMoney("label_cost", reason="not Money: exact minor units and their currency")
            if self.label_cost.minor < 0 or self.label == NO_LABEL:
                raise InvalidType("label_cost", expected="not negative, and only with a label")


@record
class CancelReturn(Command):
    """What has not come back yet stays with the customer."""

    order_id: str
    return_id: str

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.return_id, "return_id")


@record
class KeepReturn(Command):
    """The customer keeps units that were expected back, and is refunded at once.

    Without ``items`` all that the return still expects.
    """

    order_id: str
    return_id: str
    items: Wanted = ()

    def _check(self) -> None:
        checked_id(self.order_id, "order_id")
        checked_id(self.return_id, "return_id")
        checked_wanted(self.items)


def checked_some(wanted: Wanted, parts: WantedParts) -> None:
    """At least one line with units of it, or parts; else a typed input error."""
    checked_wanted(wanted)
    checked_parts(parts, wanted)
    if not wanted and not parts:
        raise InvalidType("items", expected="at least one line")


def checked_codes(codes: object, path: str, wanted: Iterable[tuple[Any, ...]]) -> None:
    """(line id, code) pairs about lines that are named, each once; else a typed input error."""
    if type(codes) is not tuple:
        raise InvalidType(path, expected="tuple of (line id, code)")
    lines = {line_id for line_id, *_ in wanted}
    for i, pair in enumerate(codes):
        if type(pair) is not tuple or len(pair) != 2 or type(pair[0]) is not str or pair[0] not in lines:
            raise InvalidType(f"{path}[{i}]", expected="(line id, code) of a line that is returned, once")
        checked_id(pair[1], f"{path}[{i}].code")
        lines.remove(pair[0])


def checked_refund_to(asked: object) -> None:
    """Tender, store_credit, or empty; else a typed input error."""
    if type(asked) is not str or (asked and asked not in REFUND_TO):
        raise InvalidType("refund_to", expected="one of " + ", ".join(REFUND_TO) + ", or empty")


# -- eligibility -----------------------------------------------------------------------------


@record
class ReturnAnswer:
    """What a rule says of the units of a line: ``reason`` is empty where it is content."""

    line_id: str
    rule: str
    units: Runs
    reason: str


def check_return(
    order: Order,
    items: Wanted,
    context: OrderContext,
    now: datetime,
    *,
    reasons: Reasons = (),
    conditions: Reasons = (),
    parts: WantedParts = (),
) -> tuple[ReturnAnswer, ...]:
    """What every rule would say of every line, in order: the same that ``AuthorizeReturn`` asks.

    The first answer with a reason is the refusal. Errors: ``InvalidType``, as the command's;
    ``UnknownId``, ``UnitsNotAvailable`` for units that the order never had; ``NotAKit``,
    ``PartsNotAvailable`` for parts that these never had, or that came back.
    """
    if type(order) is not Order:
        raise InvalidType("order", expected="Order")
    if type(context) is not OrderContext:
        raise InvalidType("context", expected="OrderContext")
    checked_some(items, parts)
    checked_codes(reasons, "reasons", (*items, *parts))
    checked_codes(conditions, "conditions", (*items, *parts))
    at = effective_now(checked_instant(now, "now"), order.seen_at)
    known_parts(order, parts)
    meant, chosen = _meant(order, items, parts)
    asked = _asked(order, meant, chosen, context.policies, at, reasons, conditions)
    return tuple(
        [
            ReturnAnswer(facts.line.id, rule.name, facts.runs, answer(rule, facts))
            for facts in asked
            for rule in context.policies.eligibility
        ]
    )


def _meant(order: Order, wanted: Wanted, parts: WantedParts) -> tuple[Items, Parts]:
    """All units that are meant, and what of those that are not meant whole."""
    if not parts:
        return named(order, wanted), NO_PARTS
    refuse_unless_kits(order, parts)
    items = named(order, wanted)
    more, chosen = named_parts(order, parts)
    return (*items, *more), chosen


def _asked(
    order: Order,
    items: Items,
    parts: Parts,
    policies: Policies,
    at: datetime,
    reasons: Reasons,
    conditions: Reasons,
) -> Iterator[ReturnFacts]:
    """What the rules look at, line by line."""
    why, how, taken = dict(reasons), dict(conditions), spoken_for_by_line(order)
    of_each = {line_id: components for line_id, _, _, components in parts}
    for line_id, runs in items:
        yield ReturnFacts(
            order,
            order.terms.line(line_id),
            runs,
            line_units(order, line_id),
            taken.get(line_id, ()),
            why.get(line_id, ""),
            how.get(line_id, ""),
            at,
            policies,
            of_each.get(line_id, ()),
        )


# -- deciding --------------------------------------------------------------------------------


def authorize(changes: Changes, command: AuthorizeReturn) -> None:
    """Precedence: unknown_id, order_is_over, return_exists, not_a_kit, units_not_available,
    parts_not_available, not_returnable, currency_mismatch.

    not_returnable by the first of ``policies.eligibility`` that says no.
    """
    authorize_units(
        changes,
        command.return_id,
        command.items,
        reasons=command.reasons,
        conditions=command.conditions,
        method=command.method,
        label=command.label,
        label_cost=command.label_cost,
        asked=command.refund_to,
        parts=command.parts,
    )
    if command.method == KEEP:
        keep_units(changes, changes.order.progress.returns[command.return_id], ())


def authorize_units(
    changes: Changes,
    return_id: str,
    wanted: Wanted,
    *,
    reasons: Reasons = (),
    conditions: Reasons = (),
    method: str = MAIL,
    label: tuple[str, str] = NO_LABEL,
    label_cost: Money | None = None,
    asked: str = "",
    parts: WantedParts = (),
) -> None:
    """Authorize a return, for every command that does: what comes of it is the order's return."""
    order = changes.order
    known_lines(order, wanted)
    known_parts(order, parts)
    refuse_if_over(order, changes.context)
    if return_id in order.progress.returns or agreed_with(order, return_id):
        raise ReturnExists("return_id", id=return_id)
    items, chosen = _meant(order, wanted, parts)
    policies = changes.context.policies
    for facts in _asked(order, items, chosen, policies, changes.at, reasons, conditions):
        for rule in policies.eligibility:
            if reason := answer(rule, facts):
                raise NotReturnable("items", line_id=facts.line.id, rule=rule.name, reason=reason)
    # A rule may be an embedder's, or taken out: units that are not with the customer never come back.
    for i, (line_id, runs) in enumerate(items):
        pick(order, line_id, runs, un.in_state(line_units(order, line_id), un.DELIVERED), i, False)
    goes_to = refund_to(changes, asked)
    made = labelled(changes, label, label_cost, reasons)
    # Of units that were begun and come back whole, the rest is meant.
    chosen = plus(chosen, beside(left_of(order, items), units_of(chosen)))
    changes.emit(ev.ReturnAuthorized(changes.at, return_id, items, method, reasons, made, goes_to, chosen))


def cancel_return(changes: Changes, command: CancelReturn) -> None:
    """Precedence: unknown_id, illegal_transition."""
    found = expected(changes, command.return_id, "cancel")
    changes.emit(ev.ReturnCancelled(changes.at, found.id, found.items, found.parts))


def cancel_rest(changes: Changes, return_id: str) -> None:
    """What a return still expects stays with the customer; nothing where it expects none."""
    found = changes.order.progress.returns.get(return_id)
    if found is not None and found.items:
        changes.emit(ev.ReturnCancelled(changes.at, found.id, found.items, found.parts))


def keep(changes: Changes, command: KeepReturn) -> None:
    """Precedence: unknown_id, illegal_transition, units_not_available."""
    known_return(changes, command.return_id)
    known_lines(changes.order, command.items)
    keep_units(changes, expected(changes, command.return_id, "keep"), command.items)


def keep_units(changes: Changes, found: Return, wanted: Wanted) -> None:
    """The worth of expected units is given back without them; no fee, for nothing is restocked."""
    items = select_from(changes.order, found.items, wanted) if wanted else found.items
    parts = among(found.parts, items)
    send_for(changes, found.id, items)
    worth = worth_of(changes.order, items, parts)
    changes.emit(ev.ReturnKept(changes.at, found.id, items, *worth, found.refund_to, parts))


def known_return(changes: Changes, return_id: str) -> Return:
    """The return, or ``UnknownId``."""
    found = changes.order.progress.returns.get(return_id)
    if found is None:
        raise UnknownId("return_id", kind="return", id=return_id)
    return found


def expected(changes: Changes, return_id: str, event: str) -> Return:
    """A return that still expects units, or the refusal."""
    found = known_return(changes, return_id)
    if not found.items:
        raise IllegalTransition("return_id", chart="return", state=found.status, event=event)
    return found


# -- folding ---------------------------------------------------------------------------------


def evolve_authorized(order: Order, event: ev.ReturnAuthorized) -> Order:
    """The units are expected back."""
    made = Return(
        event.return_id,
        event.items,
        AUTHORIZED,
        event.at,
        event.method,
        event.reasons,
        event.label,
        event.refund_to,
        (),
        NOTHING,
        event.parts,
    )
    return with_return(order, made, event.items, un.RETURNING)


def evolve_return_cancelled(order: Order, event: ev.ReturnCancelled) -> Order:
    """The units are plainly delivered again."""
    old = order.progress.returns[event.return_id]
    status = (RECEIVED if old.inspecting else COMPLETED) if old.status != AUTHORIZED else CANCELLED
    new = changed(old, items=(), parts=NO_PARTS, status=status)
    return stands(order, new, event.items, event.parts, un.DELIVERED)


def evolve_refused(order: Order, event: ev.ReturnRefused) -> Order:
    """The units are the customer's as before."""
    left = without(order, order.progress.returns[event.return_id], event.items, event.parts)
    return stands(order, left, event.items, event.parts, un.DELIVERED)


def evolve_kept(order: Order, event: ev.ReturnKept) -> Order:
    """The units stay with the customer, and their worth is owed to him."""
    left = without(order, order.progress.returns[event.return_id], event.items, event.parts)
    return _given_back(order, left, event, un.KEPT)


def evolve_lost(order: Order, event: ev.ReturnLost) -> Order:
    """Nobody has the units, and their worth is owed to the customer."""
    left = without(order, order.progress.returns[event.return_id], event.items, event.parts)
    if event.parts:  # what is found after all is known by it
        left = changed(left, lost=plus(left.lost, event.parts))
    return _given_back(order, left, event, un.LOST)


def _given_back(order: Order, left: Return, event: ev.ReturnKept | ev.ReturnLost, state: str) -> Order:
    order = stands(gave_back(order, event.parts), left, event.items, event.parts, state)
    return worth_given_back(order, event, 0)


def evolve_shipping_given_back(order: Order, event: ev.ShippingGivenBack) -> Order:
    """What was paid for shipping is owed to the customer."""
    old = order.progress.returns[event.return_id]
    net, tax, remitted, funded = old.shipping
    shipping = (net + event.net, tax + event.tax, remitted + event.remitted, funded + event.funded)
    returns = {**order.progress.returns, old.id: changed(old, shipping=shipping)}
    order = order.with_progress(changed(order.progress, returns=returns))
    return worth_given_back(order, event, 0)


COMMANDS: Mapping[type, Callable[[Changes, Any], None]] = {
    AuthorizeReturn: authorize,
    CancelReturn: cancel_return,
    KeepReturn: keep,
}

EVENTS: Mapping[type, Callable[[Any, Any], Order]] = {
    ev.ReturnAuthorized: evolve_authorized,
    ev.ReturnCancelled: evolve_return_cancelled,
    ev.ReturnRefused: evolve_refused,
    ev.ReturnKept: evolve_kept,
    ev.ReturnLost: evolve_lost,
    ev.ShippingGivenBack: evolve_shipping_given_back,
}

__all__ = [
    "NO_LABEL",
    "AuthorizeReturn",
    "CancelReturn",
    "KeepReturn",
    "NotReturnable",
    "ReturnAnswer",
    "ReturnExists",
    "authorize",
    "authorize_units",
    "cancel_rest",
    "check_return",
    "checked_codes",
    "checked_refund_to",
    "checked_some",
    "expected",
    "keep_units",
    "known_return",
]
