"""The charts, each declared once with python-statemachine. Imported on first use only.

Decides which states there are and which moves are legal. Everything else - the tables that are
walked, the diagrams, the docs - is generated from these classes. Must not know orders: a guard
reads booleans of the facts that it is given.
"""

# python-statemachine declares `to.itself` without types.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from collections.abc import Mapping

from statemachine import State, StateMachine

from omcore.lifecycle.status import OrderFacts, order_status


class OrderChart(StateMachine):
    """An order. Each guard ``to_x`` is: given the facts after the event, the status is x (C7)."""

    placed = State(initial=True)
    validated = State()
    processing = State()
    partially_fulfilled = State()
    fulfilled = State()
    partially_delivered = State()
    delivered = State()
    partially_returned = State()
    returned = State(final=True)
    on_hold = State()
    cancelled = State(final=True)

    validate = (
        placed.to(validated, cond="to_validated")
        | placed.to(processing, cond="to_processing")
        | on_hold.to.itself(cond="to_on_hold")
        | partially_fulfilled.to.itself(cond="to_partially_fulfilled")
    )

    take = placed.to(delivered, cond="to_delivered") | placed.to(
        partially_fulfilled, cond="to_partially_fulfilled"
    )

    allocate = (
        validated.to(processing, cond="to_processing")
        | processing.to.itself(cond="to_processing")
        | partially_fulfilled.to.itself(cond="to_partially_fulfilled")
    )

    deallocate = (
        processing.to.itself(cond="to_processing")
        | processing.to(validated, cond="to_validated")
        | partially_fulfilled.to.itself(cond="to_partially_fulfilled")
        | on_hold.to.itself(cond="to_on_hold")
        | placed.to.itself(cond="to_placed")
    )

    ship = (
        placed.to(partially_fulfilled, cond="to_partially_fulfilled")
        | placed.to(fulfilled, cond="to_fulfilled")
        | validated.to(partially_fulfilled, cond="to_partially_fulfilled")
        | validated.to(fulfilled, cond="to_fulfilled")
        | processing.to(partially_fulfilled, cond="to_partially_fulfilled")
        | processing.to(fulfilled, cond="to_fulfilled")
        | partially_fulfilled.to.itself(cond="to_partially_fulfilled")
        | partially_fulfilled.to(fulfilled, cond="to_fulfilled")
        | partially_fulfilled.to(partially_delivered, cond="to_partially_delivered")
        | on_hold.to.itself(cond="to_on_hold")
    )

    deliver = (
        fulfilled.to(partially_delivered, cond="to_partially_delivered")
        | fulfilled.to(delivered, cond="to_delivered")
        | partially_delivered.to.itself(cond="to_partially_delivered")
        | partially_delivered.to(delivered, cond="to_delivered")
        | partially_delivered.to(partially_returned, cond="to_partially_returned")
        | partially_fulfilled.to.itself(cond="to_partially_fulfilled")
        | on_hold.to.itself(cond="to_on_hold")
    )

    reopen = (
        fulfilled.to(placed, cond="to_placed")
        | fulfilled.to(validated, cond="to_validated")
        | fulfilled.to(processing, cond="to_processing")
        | fulfilled.to(partially_fulfilled, cond="to_partially_fulfilled")
        | partially_fulfilled.to(placed, cond="to_placed")
        | partially_fulfilled.to(validated, cond="to_validated")
        | partially_fulfilled.to(processing, cond="to_processing")
        | partially_fulfilled.to.itself(cond="to_partially_fulfilled")
        | partially_delivered.to(partially_fulfilled, cond="to_partially_fulfilled")
        | on_hold.to.itself(cond="to_on_hold")
    )

    return_units = (
        delivered.to(partially_returned, cond="to_partially_returned")
        | delivered.to(returned, cond="to_returned")
        | fulfilled.to(partially_delivered, cond="to_partially_delivered")
        | fulfilled.to(returned, cond="to_returned")
        | partially_delivered.to(partially_returned, cond="to_partially_returned")
        | partially_delivered.to(returned, cond="to_returned")
        | partially_returned.to.itself(cond="to_partially_returned")
        | partially_returned.to(returned, cond="to_returned")
        | partially_delivered.to.itself(cond="to_partially_delivered")
        | partially_fulfilled.to.itself(cond="to_partially_fulfilled")
        | on_hold.to.itself(cond="to_on_hold")
        | on_hold.to(returned, cond="to_returned")
    )

    add = (
        placed.to.itself(cond="to_placed")
        | validated.to.itself(cond="to_validated")
        | processing.to.itself(cond="to_processing")
        | partially_fulfilled.to.itself(cond="to_partially_fulfilled")
        | fulfilled.to(partially_fulfilled, cond="to_partially_fulfilled")
        | partially_delivered.to(partially_fulfilled, cond="to_partially_fulfilled")
        | delivered.to(partially_fulfilled, cond="to_partially_fulfilled")
        | partially_returned.to(partially_fulfilled, cond="to_partially_fulfilled")
        | on_hold.to.itself(cond="to_on_hold")
    )

    cancel = (
        placed.to.itself(cond="to_placed")
        | placed.to(cancelled, cond="to_cancelled")
        | validated.to.itself(cond="to_validated")
        | validated.to(cancelled, cond="to_cancelled")
        | processing.to.itself(cond="to_processing")
        | processing.to(validated, cond="to_validated")
        | processing.to(cancelled, cond="to_cancelled")
        | partially_fulfilled.to.itself(cond="to_partially_fulfilled")
        | partially_fulfilled.to(fulfilled, cond="to_fulfilled")
        | partially_fulfilled.to(partially_delivered, cond="to_partially_delivered")
        | partially_fulfilled.to(delivered, cond="to_delivered")
        | partially_fulfilled.to(partially_returned, cond="to_partially_returned")
        | partially_fulfilled.to(returned, cond="to_returned")
        | on_hold.to.itself(cond="to_on_hold")
        | on_hold.to(cancelled, cond="to_cancelled")
        | on_hold.to(returned, cond="to_returned")
    )

    hold = (
        placed.to(on_hold, cond="to_on_hold")
        | validated.to(on_hold, cond="to_on_hold")
        | processing.to(on_hold, cond="to_on_hold")
        | partially_fulfilled.to(on_hold, cond="to_on_hold")
        | fulfilled.to(on_hold, cond="to_on_hold")
        | partially_delivered.to(on_hold, cond="to_on_hold")
        | delivered.to(on_hold, cond="to_on_hold")
        | partially_returned.to(on_hold, cond="to_on_hold")
        | on_hold.to.itself(cond="to_on_hold")
    )

    release = (
        on_hold.to(placed, cond="to_placed")
        | on_hold.to(validated, cond="to_validated")
        | on_hold.to(processing, cond="to_processing")
        | on_hold.to(partially_fulfilled, cond="to_partially_fulfilled")
        | on_hold.to(fulfilled, cond="to_fulfilled")
        | on_hold.to(partially_delivered, cond="to_partially_delivered")
        | on_hold.to(delivered, cond="to_delivered")
        | on_hold.to(partially_returned, cond="to_partially_returned")
        | on_hold.to.itself(cond="to_on_hold")
    )

    def to_placed(self, facts: OrderFacts) -> bool:
        """The status is now ``placed``."""
        return order_status(facts) == "placed"

    def to_validated(self, facts: OrderFacts) -> bool:
        """The status is now ``validated``."""
        return order_status(facts) == "validated"

    def to_processing(self, facts: OrderFacts) -> bool:
        """The status is now ``processing``."""
        return order_status(facts) == "processing"

    def to_partially_fulfilled(self, facts: OrderFacts) -> bool:
        """The status is now ``partially_fulfilled``."""
        return order_status(facts) == "partially_fulfilled"

    def to_fulfilled(self, facts: OrderFacts) -> bool:
        """The status is now ``fulfilled``."""
        return order_status(facts) == "fulfilled"

    def to_partially_delivered(self, facts: OrderFacts) -> bool:
        """The status is now ``partially_delivered``."""
        return order_status(facts) == "partially_delivered"

    def to_delivered(self, facts: OrderFacts) -> bool:
        """The status is now ``delivered``."""
        return order_status(facts) == "delivered"

    def to_partially_returned(self, facts: OrderFacts) -> bool:
        """The status is now ``partially_returned``."""
        return order_status(facts) == "partially_returned"

    def to_returned(self, facts: OrderFacts) -> bool:
        """The status is now ``returned``."""
        return order_status(facts) == "returned"

    def to_on_hold(self, facts: OrderFacts) -> bool:
        """The status is now ``on_hold``."""
        return order_status(facts) == "on_hold"

    def to_cancelled(self, facts: OrderFacts) -> bool:
        """The status is now ``cancelled``."""
        return order_status(facts) == "cancelled"


class FulfillmentOrderChart(StateMachine):
    """Work asked of one location."""

    requested = State(initial=True)
    accepted = State()
    picking = State()
    packed = State()
    ready_for_pickup = State()
    partially_shipped = State()
    shipped = State(final=True)
    collected = State(final=True)
    rejected = State(final=True)
    cancelled = State(final=True)

    accept = requested.to(accepted)
    pick = requested.to(picking) | accepted.to(picking)
    pack = picking.to(packed) | partially_shipped.to(packed)
    ready = (
        requested.to(ready_for_pickup)
        | accepted.to(ready_for_pickup)
        | picking.to(ready_for_pickup)
        | packed.to(ready_for_pickup)
    )
    ship = (
        requested.to(shipped, cond="complete")
        | accepted.to(shipped, cond="complete")
        | picking.to(shipped, cond="complete")
        | packed.to(shipped, cond="complete")
        | requested.to(partially_shipped, unless="complete")
        | accepted.to(partially_shipped, unless="complete")
        | picking.to(partially_shipped, unless="complete")
        | packed.to(partially_shipped, unless="complete")
        | partially_shipped.to(shipped, cond="complete")
        | partially_shipped.to.itself(unless="complete")
    )
    collect = (
        ready_for_pickup.to(collected, cond="complete")
        | partially_shipped.to(collected, cond="complete")
        | ready_for_pickup.to(partially_shipped, unless="complete")
        | partially_shipped.to.itself(unless="complete")
    )
    reject = (
        requested.to(rejected)
        | accepted.to(rejected)
        | picking.to(rejected)
        | packed.to(rejected)
        | ready_for_pickup.to(rejected)
        | partially_shipped.to(rejected)
    )
    cancel = (
        requested.to(cancelled)
        | accepted.to(cancelled)
        | picking.to(cancelled)
        | packed.to(cancelled)
        | ready_for_pickup.to(cancelled)
        | partially_shipped.to(shipped)  # a part went out: the work is done, not undone
    )

    def complete(self, facts: Mapping[str, bool]) -> bool:
        """Nothing of the work is left after this."""
        return bool(facts.get("complete"))


class ShipmentChart(StateMachine):
    """What left a location together."""

    in_transit = State(initial=True)
    out_for_delivery = State()
    attempted = State()
    delivered = State(final=True)
    arrived = State(final=True)  # at the store where the customer collects it
    lost = State(final=True)
    returned_to_sender = State(final=True)

    attempt = in_transit.to(attempted) | out_for_delivery.to(attempted) | attempted.to.itself()
    go_out = in_transit.to(out_for_delivery) | attempted.to(out_for_delivery)
    deliver = in_transit.to(delivered) | out_for_delivery.to(delivered) | attempted.to(delivered)
    arrive = in_transit.to(arrived) | out_for_delivery.to(arrived) | attempted.to(arrived)
    lose = in_transit.to(lost) | out_for_delivery.to(lost) | attempted.to(lost)
    send_back = (
        in_transit.to(returned_to_sender)
        | out_for_delivery.to(returned_to_sender)
        | attempted.to(returned_to_sender)
    )


class ReturnChart(StateMachine):
    """Units that are expected back. ``received``: all came, and some wait for their inspection."""

    authorized = State(initial=True)
    partially_received = State()
    received = State()
    completed = State(final=True)
    cancelled = State(final=True)

    receive = (
        authorized.to(completed, cond="complete")
        | partially_received.to(completed, cond="complete")
        | authorized.to(received, cond="to_inspect")
        | partially_received.to(received, cond="to_inspect")
        | authorized.to(partially_received, unless=["complete", "to_inspect"])
        | partially_received.to.itself(unless=["complete", "to_inspect"])
    )
    inspect = (
        received.to(completed, cond="complete")
        | received.to.itself(unless="complete")
        | partially_received.to.itself(unless="complete")
    )
    keep = (
        authorized.to(completed, cond="complete")
        | partially_received.to(completed, cond="complete")
        | partially_received.to(received, cond="to_inspect")
        | authorized.to(partially_received, unless=["complete", "to_inspect"])
        | partially_received.to.itself(unless=["complete", "to_inspect"])
    )
    cancel = (
        authorized.to(cancelled)
        | partially_received.to(completed, unless="to_inspect")
        | partially_received.to(received, cond="to_inspect")
    )

    def complete(self, facts: Mapping[str, bool]) -> bool:
        """Nothing more is expected, nor to be inspected."""
        return bool(facts.get("complete"))

    def to_inspect(self, facts: Mapping[str, bool]) -> bool:
        """Nothing more is expected, and something is to be inspected."""
        return bool(facts.get("to_inspect"))


class PaymentChart(StateMachine):
    """One tender."""

    pending = State(initial=True)
    authorized = State()
    partially_captured = State()
    captured = State()
    partially_refunded = State()
    refunded = State()
    voided = State()
    declined = State()

    # Also of more on a tender that was authorized, captured or refunded before: an exchange that is dearer.
    approve = (
        pending.to(authorized)
        | declined.to(authorized)
        | authorized.to.itself()
        | partially_captured.to.itself()
        | captured.to(partially_captured)
        | partially_refunded.to.itself()
        | refunded.to.itself()
        | voided.to(authorized)
    )
    decline = pending.to(declined)
    retry = declined.to(pending)
    capture = (
        pending.to(captured, cond="whole")
        | authorized.to(captured, cond="whole")
        | partially_captured.to(captured, cond="whole")
        | declined.to(captured, cond="whole")
        | voided.to(captured, cond="whole")
        | partially_refunded.to(captured, cond="whole")
        | refunded.to(captured, cond="whole")
        | pending.to(partially_captured, unless="whole")
        | authorized.to(partially_captured, unless="whole")
        | partially_captured.to.itself(unless="whole")
        | captured.to.itself()
    )
    refund = (
        partially_captured.to(refunded, cond="whole")
        | captured.to(refunded, cond="whole")
        | partially_refunded.to(refunded, cond="whole")
        | partially_captured.to(partially_refunded, unless="whole")
        | captured.to(partially_refunded, unless="whole")
        | partially_refunded.to.itself(unless="whole")
    )
    void = (
        authorized.to(voided)
        | partially_captured.to(captured)
        | partially_refunded.to.itself()
        | refunded.to.itself()
    )

    def whole(self, facts: Mapping[str, bool]) -> bool:
        """Nothing is left to capture, or to refund."""
        return bool(facts.get("whole"))
