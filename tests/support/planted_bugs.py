"""Bugs of the engine, one each, and the promise that each of them breaks.

They are those that real engines have had: a claim that is not let go of, a cent too many, a message that
is sent again. Each is planted for one test, by replacing one function or one row of a table.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from itertools import count
from typing import Any

import attrs
import pytest

from omcore import inventory as inv
from omcore.engine import batch, core, routes
from omcore.inventory import reservations, tokens
from omcore.notifications import _due
from omcore.orders import events as ev
from omcore.orders.payments import settling
from watched_shop import NAME

# What is replaced is nobody's to import.
aggregate: Any = import_module("omcore.orders.aggregate")
dispatcher: Any = import_module("omcore.engine.dispatcher")
publishing: Any = import_module("omcore.engine.publishing")
ledger: Any = import_module("omcore.orders.payments.ledger")
handling: Any = import_module("omcore.inventory.handling")
duty: Any = import_module("omcore.engine.duty")
stock: Any = import_module("omcore.inventory.aggregate")
stock_effects: Any = import_module("omcore.engine.stock_effects")
streams: Any = import_module("omcore.engine.streams")

Patch = pytest.MonkeyPatch
BUGS: dict[str, tuple[str, Callable[[Patch], None]]] = {}


def breaks(promise: str) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
    def keep(plant: Callable[[Patch], None]) -> Callable[[Patch], None]:
        BUGS[plant.__name__] = (promise, plant)
        return plant

    return keep


def refold(patch: Patch, table: Any, kind: type, wrong: Callable[[Any, Any, Any], Any]) -> None:
    """The fold of an event is another: ``wrong(state before, event, state after)``."""
    right = table[kind]
    patch.setitem(table, kind, lambda state, event: wrong(state, event, right(state, event)))


def restock(patch: Patch, kind: type, wrong: Callable[[Any, Any], Any]) -> None:
    """A movement is folded otherwise: ``wrong(event, item after)``."""
    refold(patch, stock.EVOLVE, kind, lambda _, event, item: wrong(event, item))


# -- PR1: units and goods --------------------------------------------------------------------


@breaks("PR1")
def a_cancelled_unit_keeps_its_claim(patch: Patch) -> None:
    patch.delitem(stock_effects._TABLE, ev.UnitsCancelled)


@breaks("PR1")
def what_is_shipped_stays_on_the_shelf(patch: Patch) -> None:
    patch.delitem(stock_effects._TABLE, ev.UnitsShipped)


@breaks("PR1")
def what_comes_back_is_not_put_away(patch: Patch) -> None:
    patch.delitem(stock_effects._TABLE, ev.ReturnReceived)


@breaks("PR1")
def a_unit_stays_allocated_when_it_ships(patch: Patch) -> None:
    """So that it is shipped twice."""

    def wrong(before: Any, event: Any, after: Any) -> Any:
        progress = attrs.evolve(
            after.progress,
            units=before.progress.units,
            tally=before.progress.tally,
            work=before.progress.work,
        )
        return after.with_progress(progress)

    refold(patch, aggregate.EVOLVE, ev.UnitsShipped, wrong)


@breaks("PR1")
def a_unit_of_another_line_is_delivered(patch: Patch) -> None:
    def wrong(before: Any, event: Any, after: Any) -> Any:
        units = after.progress.units
        if len(units) < 2:
            return after
        swapped = (before.progress.units[0], *units[1:])
        return after.with_progress(attrs.evolve(after.progress, units=swapped))

    refold(patch, aggregate.EVOLVE, ev.UnitsDelivered, wrong)


@breaks("PR1")
def goods_are_received_twice(patch: Patch) -> None:
    restock(
        patch,
        inv.StockReceived,
        lambda event, item: attrs.evolve(item, on_hand=item.on_hand + event.quantity),
    )


@breaks("PR1")
def a_cart_that_is_let_go_still_claims(patch: Patch) -> None:
    refold(patch, stock.EVOLVE, inv.StockUnreserved, lambda before, event, after: before)


@breaks("PR1")
def a_cart_that_an_order_took_over_claims_twice(patch: Patch) -> None:
    right = stock.EVOLVE[inv.StockAllocated]
    patch.setitem(
        stock.EVOLVE,
        inv.StockAllocated,
        lambda item, event: right(item, attrs.evolve(event, confirmed=())),
    )


@breaks("PR1")
def more_is_reserved_than_there_is(patch: Patch) -> None:
    patch.setattr(inv.StockItem, "promisable", lambda self, now: 1_000)


@breaks("PR1")
def a_kit_takes_one_part_only(patch: Patch) -> None:
    right = stock_effects.components
    patch.setattr(
        stock_effects,
        "components",
        lambda order, items, *parts: dict(list(right(order, items, *parts).items())[:1]),
    )


@breaks("PR1")
def a_transfer_loses_a_unit(patch: Patch) -> None:
    def wrong(event: Any, item: Any) -> Any:
        outlook = item.outlook
        less = tuple([attrs.evolve(each, quantity=each.quantity - 1) for each in outlook.expected])
        return attrs.evolve(
            item, detail=attrs.evolve(item.detail, outlook=attrs.evolve(outlook, expected=less))
        )

    restock(patch, inv.SupplyExpected, wrong)


@breaks("PR1")
def a_count_makes_shortfalls_and_says_nothing(patch: Patch) -> None:
    patch.setattr(stock, "_shortfalls", lambda before, after, at, reference: ())


@breaks("PR1")
def time_goes_back_at_a_shelf(patch: Patch) -> None:
    long_ago = timedelta(hours=1)
    restock(
        patch,
        inv.StockAllocated,
        lambda event, item: attrs.evolve(item, seen_at=event.at - long_ago),
    )


# -- PR2: money ------------------------------------------------------------------------------


@breaks("PR2")
def a_cent_more_is_given_back(patch: Patch) -> None:
    right = ledger.give_back
    from omcore.orders.returns import money

    patch.setattr(money, "give_back", lambda payments, net, *rest: right(payments, net + 1, *rest))


@breaks("PR2")
def an_entitlement_moves_to_another_unit(patch: Patch) -> None:
    def wrong(before: Any, event: Any, after: Any) -> Any:
        line = after.terms.lines[0]
        (first, last, net, *rest), *others = line.entitlements
        dearer = attrs.evolve(line, entitlements=((first, last, net + 1, *rest), *others))
        return attrs.evolve(after, terms=attrs.evolve(after.terms, lines=(dearer, *after.terms.lines[1:])))

    refold(patch, aggregate.EVOLVE, ev.UnitsDelivered, wrong)


@breaks("PR2")
def the_ledger_posts_on_one_side_only(patch: Patch) -> None:
    right = ledger.post

    def wrong(accounts: dict[str, int], account: str, amount: int) -> None:
        if account != ledger.RECEIVABLE:
            right(accounts, account, amount)

    patch.setattr(ledger, "post", wrong)


@breaks("PR2")
def more_is_captured_than_is_owed(patch: Patch) -> None:
    right = settling._due
    patch.setattr(
        settling, "_due", lambda changes, captured, refunded: right(changes, captured, refunded) + 9_000
    )


@breaks("PR2")
def what_is_refunded_is_not_booked_on_the_tender(patch: Patch) -> None:
    right = ledger.moved

    def wrong(tender: Any, kind: str, asked: int, done: int, reference: str = "") -> Any:
        return right(tender, kind, asked, 0 if kind == "refund" else done, reference)

    patch.setattr(ledger, "moved", wrong)


@breaks("PR2")
def what_was_declined_is_booked_as_approved(patch: Patch) -> None:
    right = dispatcher._readable

    def wrong(reply: Any) -> Any:
        read = right(reply)
        return attrs.evolve(read, outcome="declined" if read.outcome == "approved" else read.outcome)

    patch.setattr(dispatcher, "_readable", wrong)


@breaks("PR2")
def charges_go_with_every_shipment(patch: Patch) -> None:
    refold(
        patch,
        aggregate.EVOLVE,
        ev.UnitsShipped,
        lambda before, event, after: after.with_progress(attrs.evolve(after.progress, charged=False)),
    )


# -- PR3: what is kept -----------------------------------------------------------------------


@breaks("PR3")
def a_state_has_more_than_its_events_say(patch: Patch) -> None:
    right = streams.om.decide

    def wrong(*given: Any) -> Any:
        decision = right(*given)
        order = decision.order
        standing = attrs.evolve(order.standing, source_version=order.standing.source_version + 1)
        return attrs.evolve(decision, order=order.with_standing(standing))

    patch.setattr(streams.om, "decide", wrong)


@breaks("PR3")
def an_event_is_left_out(patch: Patch) -> None:
    right = streams.om.decide

    def wrong(*given: Any) -> Any:
        decision = right(*given)
        return attrs.evolve(decision, events=decision.events[:1])

    patch.setattr(streams.om, "decide", wrong)


# -- PR4: answers decided again --------------------------------------------------------------


@breaks("PR4")
def an_event_depends_on_how_often_it_was_asked(patch: Patch) -> None:
    numbers = count(1)
    right = tokens.reserve

    def wrong(command: Any, *rest: Any) -> Any:
        return {
            stream: tuple(
                [
                    attrs.evolve(event, owner=f"ada {next(numbers)}")
                    if type(event) is reservations.ReservationMade
                    else event
                    for event in events
                ]
            )
            for stream, events in right(command, *rest).items()
        }

    patch.setitem(handling.RESERVATION_COMMANDS, inv.ReserveStock, wrong)


@breaks("PR4")
def a_refusal_has_effects(patch: Patch) -> None:
    right = core.commit_of

    def wrong(command: Any, digest: str, proposal: Any, error: Any) -> Any:
        commit = right(command, digest, proposal, error)
        return commit if error is None else attrs.evolve(commit, private={"ada": None})

    patch.setattr(core, "commit_of", wrong)


@breaks("PR4")
def a_plan_is_not_what_is_allocated(patch: Patch) -> None:
    right = routes.plan_for

    def wrong(*given: Any) -> Any:
        found = right(*given)
        plan = found.plan
        more = tuple([attrs.evolve(entry, quantity=1) for entry in plan.assignments])
        return attrs.evolve(found, plan=attrs.evolve(plan, assignments=more))

    patch.setattr(routes, "plan_for", wrong)
    # It is recorded as it was before.
    record = core.commit_of

    def told(command: Any, digest: str, proposal: Any, error: Any) -> Any:
        commit = record(command, digest, proposal, error)
        plan: Any = commit.answer.result
        if not getattr(plan, "assignments", ()):
            return commit
        whole = tuple([attrs.evolve(entry, quantity=2) for entry in plan.assignments])
        result = attrs.evolve(plan, assignments=whole)
        return attrs.evolve(commit, answer=attrs.evolve(commit.answer, result=result))

    patch.setattr(core, "commit_of", told)


@breaks("PR4")
def nobody_knows_who_wanted_it(patch: Patch) -> None:
    right = core.commit_of
    patch.setattr(core, "commit_of", lambda *given: attrs.evolve(right(*given), by="", reason=""))


# -- PR5: once, and told ---------------------------------------------------------------------


@breaks("PR5")
def a_refusal_is_not_recorded(patch: Patch) -> None:
    patch.setattr(core, "ANSWERS", ())


@breaks("PR5")
def an_answer_is_another_when_it_is_repeated(patch: Patch) -> None:
    right = core.repeat

    def wrong(command: Any, recorded: Any, digest: str) -> Any:
        outcome = yield from right(command, recorded, digest)
        return attrs.evolve(outcome, answer=attrs.evolve(outcome.answer, subject="order/other"))

    patch.setattr(core, "repeat", wrong)


@breaks("PR5")
def a_client_is_told_of_another_state(patch: Patch) -> None:
    right = core.Outcome
    patch.setattr(core, "Outcome", lambda answer, state, *rest: right(answer, None, *rest))


@breaks("PR5")
def a_command_is_recorded_without_its_payload(patch: Patch) -> None:
    patch.setattr(core, "payload_hash", lambda command: "hash")


@breaks("PR5")
def a_command_is_carried_out_under_another_key(patch: Patch) -> None:
    right = core.commit_of

    def wrong(command: Any, digest: str, proposal: Any, error: Any) -> Any:
        commit = right(command, digest, proposal, error)
        return attrs.evolve(commit, answer=attrs.evolve(commit.answer, key=f"{command.key}/again"))

    patch.setattr(core, "commit_of", wrong)


@breaks("PR5")
def of_a_batch_the_answers_are_mixed_up(patch: Patch) -> None:
    right = batch._Attempt.decide

    def wrong(self: Any, asked: Any) -> Any:
        yield from right(self, asked)
        places = sorted(self.answers)
        self.answers = dict(zip(places, [self.answers[place] for place in reversed(places)], strict=True))

    patch.setattr(batch._Attempt, "decide", wrong)


@breaks("PR5")
def a_key_is_enough_to_be_told_an_answer(patch: Patch) -> None:
    """Whatever the command is that comes with it."""
    right = core.repeat
    patch.setattr(
        core, "repeat", lambda command, recorded, _: right(command, recorded, recorded.payload_hash)
    )


# -- PR6: the outside ------------------------------------------------------------------------


@breaks("PR6")
def a_message_has_a_new_key_each_time(patch: Patch) -> None:
    numbers, right = count(1), _due._message
    patch.setattr(
        _due,
        "_message",
        lambda *given, **named: attrs.evolve(right(*given, **named), key=f"message {next(numbers)}"),
    )


@breaks("PR6")
def a_message_goes_to_another_customer(patch: Patch) -> None:
    asked: list[str] = []

    def wrong(order_id: str) -> Any:
        asked.append(order_id)
        return right(asked[0])

    right = dispatcher.ReadPrivate
    patch.setattr(dispatcher, "ReadPrivate", wrong)


@breaks("PR6")
def a_message_is_never_sent(patch: Patch) -> None:
    def skip(*given: Any) -> Any:
        return 0
        yield

    patch.setattr(dispatcher, "once", skip)


@breaks("PR6")
def what_was_not_done_is_recorded_as_done(patch: Patch) -> None:
    right = duty.once
    patch.setattr(dispatcher, "once", lambda key, request, *rest: right(key, duty.Load(()), *rest))


@breaks("PR6")
def a_gateway_is_asked_for_a_cent_more(patch: Patch) -> None:
    right = dispatcher.CallGateway
    patch.setattr(
        dispatcher,
        "CallGateway",
        lambda kind, key, tender, amount: right(
            kind, key, tender, attrs.evolve(amount, minor=amount.minor + 1)
        ),
    )


@breaks("PR6")
def a_channel_hears_another_number_than_is_written(patch: Patch) -> None:
    right = publishing.StockPublication
    patch.setattr(
        publishing,
        "StockPublication",
        lambda key, channel, sku, quantity, position: right(key, channel, sku, quantity + 1, position),
    )


@breaks("PR6")
def a_channel_may_sell_what_is_not_there(patch: Patch) -> None:
    from omcore.engine.setup import Setup

    right = Setup.sellable
    patch.setattr(Setup, "sellable", lambda self, *given: right(self, *given) + 5)


# -- PR7: stuck ------------------------------------------------------------------------------


@breaks("PR7")
def money_is_never_asked_for(patch: Patch) -> None:
    def nothing(duty: Any) -> Any:
        return 0, 0
        yield

    patch.setitem(dispatcher.CONCERNS, "payments", nothing)


@breaks("PR7")
def a_delivery_is_taken_for_nothing_new(patch: Patch) -> None:
    right = aggregate.DECIDE
    from omcore import orders as om

    patch.setitem(right, om.RecordDelivery, lambda changes, command: None)


# -- PR8: personal data ----------------------------------------------------------------------


@breaks("PR8")
def a_refusal_names_the_customer(patch: Patch) -> None:
    def wrong(changes: Any, order: Any, command: Any) -> None:
        if order is not None:
            raise aggregate.OrderExists("order_id", id=command.draft.contact.name)
        right(changes, order, command)

    right = aggregate._place_or_import
    patch.setattr(aggregate, "_place_or_import", wrong)


@breaks("PR8")
def a_record_shows_the_customer(patch: Patch) -> None:
    right = core.commit_of

    def wrong(command: Any, *rest: Any) -> Any:
        return attrs.evolve(right(command, *rest), by=f"on behalf of {NAME}")

    patch.setattr(core, "commit_of", wrong)
    from omcore.testing.simulation import redeciding

    patch.setattr(redeciding, "commit_of", wrong)


__all__ = ["BUGS"]
