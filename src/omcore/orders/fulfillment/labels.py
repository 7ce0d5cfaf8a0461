"""Labels: what was booked with carriers for an order's parcels, and what was let go of again.

Decides what is known of them, on a small stream of its own per order: a label is no fact of the order until
goods leave with it, and whoever packs it keeps nobody from changing the order. Must not know carriers, nor
who books; of the person that a label is for it has nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from omcore.kernel import InvalidType, Money, UnknownEvent, record
from omcore.orders.fulfillment.state import FulfillmentOrder
from omcore.orders.state import Order

BOOKED = "booked"
VOIDED = "voided"
KEPT = "kept"

# Work that nothing will leave with any more.
_OFF = ("rejected", "cancelled")


@record
class LabelBooked:
    """A label was booked for a parcel of a location's work. ``label`` is the key that it was booked under.

    ``cost`` is what the carrier takes for it. ``document`` is where it is to be had, to be printed.
    """

    at: datetime
    label: str
    fulfillment_id: str
    service: str
    carrier: str
    tracking: str
    reference: str
    cost: Money | None = None
    document: str = attrs.field(default="", repr=False)


@record
class LabelDeclined:
    """A carrier does not carry it so."""

    at: datetime
    label: str
    fulfillment_id: str
    service: str
    cause: str = attrs.field(default="", repr=False)


@record
class LabelVoided:
    """A label that will not be used was let go of."""

    at: datetime
    label: str
    reference: str = ""


@record
class LabelKept:
    """A carrier does not take a label back: it was scanned, or is too old."""

    at: datetime
    label: str
    cause: str = attrs.field(default="", repr=False)


@record
class Label:
    """A label as it stands: booked, voided, or kept where the carrier did not take it back."""

    id: str
    fulfillment_id: str
    service: str
    carrier: str
    tracking: str
    reference: str
    cost: Money | None
    document: str = attrs.field(repr=False)
    status: str = BOOKED


@record
class Labels:
    """The labels of an order, by the keys that they were booked under."""

    labels: Mapping[str, Label]


NO_LABELS = Labels({})


def label_stream(order_id: str) -> str:
    """The stream of an order's labels. Errors: ``InvalidType`` for what is no text."""
    if type(order_id) is not str:
        raise InvalidType("order_id", expected="str")
    return f"label/{order_id}"


def evolve_labels(labels: Labels | None, event: Any) -> Labels:
    """The labels after an event. ``UnknownEvent`` for what is none of theirs, or of a label that is none."""
    if labels is not None and type(labels) is not Labels:
        raise InvalidType("labels", expected="Labels or None")
    known = NO_LABELS.labels if labels is None else labels.labels
    kind = type(event)
    if kind is LabelDeclined:
        return Labels(known)
    if kind is LabelBooked:
        it: LabelBooked = event
        label = Label(
            it.label,
            it.fulfillment_id,
            it.service,
            it.carrier,
            it.tracking,
            it.reference,
            it.cost,
            it.document,
        )
    elif (kind is LabelVoided or kind is LabelKept) and event.label in known:
        label = known[event.label]
        # What was let go of once is gone, whatever a carrier says to who asks a second time.
        status = VOIDED if kind is LabelVoided or label.status == VOIDED else KEPT
        label = attrs.evolve(label, status=status)
    else:
        raise UnknownEvent("event", type=kind.__name__, version=None)
    return Labels({**known, label.id: label})


def idle_labels(
    labels: Labels | None, order: Order, outdated: frozenset[str] = frozenset()
) -> tuple[Label, ...]:
    """Booked labels that nothing will leave with: their work is off, and no shipment has their number.

    Or they are ``outdated``: booked for where the order does not go any more.

    One without a number is taken to have left with a parcel of its own work of which no number was told.

    Errors: ``InvalidType`` for what is none of these.
    """
    if labels is not None and type(labels) is not Labels:
        raise InvalidType("labels", expected="Labels or None")
    if type(order) is not Order:
        raise InvalidType("order", expected="Order")
    if type(outdated) is not frozenset:
        raise InvalidType("outdated", expected="frozenset of labels")
    if labels is None:
        return ()
    # A label without a number went with a parcel of its own work that nobody told a number of.
    used = {
        shipment.tracking[1] or (shipment.fulfillment_id,) for shipment in order.progress.shipments.values()
    }
    work: Mapping[str, FulfillmentOrder] = order.progress.work
    return tuple(
        [
            label
            for label in labels.labels.values()
            if label.status == BOOKED
            and (label.tracking or (label.fulfillment_id,)) not in used
            and (
                label.fulfillment_id not in work
                or work[label.fulfillment_id].status in _OFF
                or label.id in outdated
            )
        ]
    )


__all__ = [
    "BOOKED",
    "KEPT",
    "NO_LABELS",
    "VOIDED",
    "Label",
    "LabelBooked",
    "LabelDeclined",
    "LabelKept",
    "LabelVoided",
    "Labels",
    "evolve_labels",
    "idle_labels",
    "label_stream",
]
