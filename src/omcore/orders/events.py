"""Every event of an order, in the past tense.

Decides what a fact about an order looks like. Each event says when (``at``) and carries every
figure that a reader needs - amounts, units, locations - so that a report or a message never has
to replay the order. Must not know the rules that led to it.

Amounts are minor units of the order's currency; ``items`` are (line id, runs of ordinals).
``net``, ``tax`` and ``remitted`` are sums of entitlements (M6); ``remitted`` is the part of
``tax`` that a marketplace remits itself (M13).
"""

from __future__ import annotations

from datetime import datetime

import attrs

from omcore.kernel import Place, record
from omcore.orders.draft import ExternalRef
from omcore.orders.entitlements import ChargeWorth
from omcore.orders.state import Items, OrderLine


@record
class TenderStated:
    """A tender as it stood when the order was placed."""

    id: str
    kind: str
    amount: int
    authorized: int
    captured: int
    refunded: int = 0
    reference: str = ""


@record
class OrderPlaced:
    """A draft became an order; every unit's entitlement is fixed (M6)."""

    at: datetime
    order_id: str
    ref: ExternalRef
    number: str = attrs.field(repr=False)
    currency: str
    placed_at: datetime
    lines: tuple[OrderLine, ...]
    charges: tuple[ChargeWorth, ...]
    tenders: tuple[TenderStated, ...]
    total: int
    remitted: int
    destination: Place | None
    service: str
    ship_complete: bool
    pickup_at: str | None
    reservation: str
    signals: tuple[tuple[str, int], ...] = attrs.field(repr=False)
    attribution: tuple[tuple[str, str], ...] = attrs.field(repr=False)
    shop_currency: str
    shop_total: int
    source_version: int


@record
class OrderStatusChanged:
    """The status is another than before (C7); ``event`` is the chart's."""

    at: datetime
    source: str
    target: str
    event: str


@record
class StageEntered:
    """An embedder's own state was entered by an event of his extension of the chart."""

    at: datetime
    source: str
    stage: str
    event: str


@record
class OrderValidated:
    """Every validation rule was content; ``rules`` names them in order."""

    at: datetime
    rules: tuple[str, ...]


@record
class HoldPlaced:
    """The order waits, for a reason with an owner."""

    at: datetime
    hold_id: str
    kind: str
    owner: str
    note: str = attrs.field(default="", repr=False)


@record
class HoldReleased:
    """A reason to wait is gone; ``waived`` where a person overruled a validation rule."""

    at: datetime
    hold_id: str
    kind: str
    waived: bool = False


@record
class GoodsTaken:
    """The goods have left the shelf of a location already: a till (S12). They count as delivered."""

    at: datetime
    location: str
    items: Items
    net: int
    tax: int
    remitted: int
    with_charges: bool


@record
class FulfillmentRequested:
    """Work was asked of a location, and its stock is allocated (S1)."""

    at: datetime
    fulfillment_id: str
    location: str
    items: Items


@record
class FulfillmentAdvanced:
    """A location went on with its work: accepted, picking, packed, ready for pickup."""

    at: datetime
    fulfillment_id: str
    location: str
    status: str


@record
class FulfillmentRejected:
    """A location will not ship; its units are open again and it gets none of them again (R3)."""

    at: datetime
    fulfillment_id: str
    location: str
    items: Items
    cause: str = attrs.field(repr=False)


@record
class FulfillmentCancelled:
    """Work was called back before it shipped; its stock is free again (S7)."""

    at: datetime
    fulfillment_id: str
    location: str
    items: Items
    cause: str = attrs.field(repr=False)


@record
class UnitsShortPicked:
    """Units that a location has on its books were not found (S9).

    ``missing`` is what its stock is lowered by, as (SKU, quantity): of a kit perhaps one component.
    """

    at: datetime
    fulfillment_id: str
    location: str
    items: Items
    missing: tuple[tuple[str, int], ...]
    cause: str = attrs.field(repr=False)


@record
class UnitsShipped:
    """Units left a location; their worth may be captured (M8)."""

    at: datetime
    shipment_id: str
    fulfillment_id: str
    location: str
    items: Items
    tracking: tuple[str, str] = attrs.field(repr=False)
    net: int
    tax: int
    remitted: int
    with_charges: bool


@record
class ShipmentAdvanced:
    """News of a shipment on its way: in transit, out for delivery, a failed attempt."""

    at: datetime
    shipment_id: str
    status: str


@record
class UnitsDelivered:
    """A shipment arrived, or a pickup was collected."""

    at: datetime
    shipment_id: str
    items: Items


@record
class UnitsReopened:
    """Units of a shipment that was lost or sent back wait again, and are no longer earned.

    ``restocked``: the goods came back to ``location`` and enter its stock in that ``condition``.
    ``with_charges``: nothing else has shipped, so the charges go with the next shipment (M8).
    """

    at: datetime
    shipment_id: str
    location: str
    items: Items
    condition: str
    net: int
    tax: int
    remitted: int
    with_charges: bool
    restocked: bool


@record
class ChannelShipped:
    """The channel shipped units from its own stock (S12)."""

    at: datetime
    shipment_id: str
    items: Items
    net: int
    tax: int
    remitted: int
    with_charges: bool


@record
class CancelRequested:
    """The customer or the channel would like the order cancelled; nothing is cancelled yet."""

    at: datetime


@record
class UnitsCancelled:
    """Units will never ship. ``charges`` is what is no longer owed of the charges.

    ``freed`` tells which of them a location held: (fulfillment id, location, items).
    """

    at: datetime
    items: Items
    freed: tuple[tuple[str, str, Items], ...]
    net: int
    tax: int
    remitted: int
    charges_net: int
    charges_tax: int
    charges_remitted: int
    cause: str = attrs.field(repr=False)


@record
class ReturnAuthorized:
    """Units may come back."""

    at: datetime
    return_id: str
    items: Items


@record
class ReturnCancelled:
    """Units that were expected back stay with the customer."""

    at: datetime
    return_id: str
    items: Items


@record
class ReturnReceived:
    """Units came back to a location: their worth less the fee is owed to the customer (M9).

    ``condition`` says where the stock goes: sellable, damaged, quarantined. ``restocked`` is
    whether these units enter this merchant's stock at all.
    """

    at: datetime
    return_id: str
    location: str
    items: Items
    condition: str
    net: int
    tax: int
    remitted: int
    fee: int
    restocked: bool
    complete: bool


@record
class PaymentRequested:
    """Money is asked of a tender's holder: authorize, capture, refund or void.

    The feed's dispatcher calls the gateway with ``request_id`` as key and brings the outcome back.
    """

    at: datetime
    request_id: str
    kind: str
    tender_id: str
    tender_kind: str
    amount: int
    currency: str


@record
class PaymentApproved:
    """The holder did what was asked."""

    at: datetime
    request_id: str
    kind: str
    tender_id: str
    amount: int
    reference: str = ""


@record
class PaymentDeclined:
    """The holder will not do what was asked."""

    at: datetime
    request_id: str
    kind: str
    tender_id: str
    amount: int
    cause: str = attrs.field(default="", repr=False)


@record
class PaymentUnknown:
    """The holder's answer was lost: to be asked again with the same key."""

    at: datetime
    request_id: str
    kind: str
    tender_id: str
    amount: int


@record
class PaymentReceived:
    """Money arrived by itself on a tender: a late payment, cash at pickup (M11)."""

    at: datetime
    tender_id: str
    tender_kind: str
    amount: int
    reference: str = ""


@record
class RefundNoted:
    """The channel says that it gave money back by itself; nothing is asked of anybody."""

    at: datetime
    tender_id: str
    tender_kind: str
    amount: int


@record
class PaymentRetried:
    """A person lets a declined tender be asked again."""

    at: datetime
    tender_id: str


@record
class SnapshotSeen:
    """The channel's newer word was taken in; versions below it are old news (C8)."""

    at: datetime
    source_version: int


@record
class PersonalDataErased:
    """The customer's personal data is gone; the order stays."""

    at: datetime


@record
class LateFactNoted:
    """Something was reported that nothing here can act on (C7): a task for a person.

    ``stated`` is what the channel said of it: said again, it is not noted again (C9).
    """

    at: datetime
    what: str
    detail: str = attrs.field(default="", repr=False)
    stated: str = attrs.field(default="", repr=False)


OrderEvent = (
    OrderPlaced
    | OrderStatusChanged
    | StageEntered
    | OrderValidated
    | HoldPlaced
    | HoldReleased
    | GoodsTaken
    | FulfillmentRequested
    | FulfillmentAdvanced
    | FulfillmentRejected
    | FulfillmentCancelled
    | UnitsShortPicked
    | UnitsShipped
    | ShipmentAdvanced
    | UnitsDelivered
    | UnitsReopened
    | ChannelShipped
    | CancelRequested
    | UnitsCancelled
    | ReturnAuthorized
    | ReturnCancelled
    | ReturnReceived
    | PaymentRequested
    | PaymentApproved
    | PaymentDeclined
    | PaymentUnknown
    | PaymentReceived
    | RefundNoted
    | PaymentRetried
    | SnapshotSeen
    | PersonalDataErased
    | LateFactNoted
)

__all__ = [
    "CancelRequested",
    "ChannelShipped",
    "FulfillmentAdvanced",
    "FulfillmentCancelled",
    "FulfillmentRejected",
    "FulfillmentRequested",
    "GoodsTaken",
    "HoldPlaced",
    "HoldReleased",
    "LateFactNoted",
    "OrderEvent",
    "OrderPlaced",
    "OrderStatusChanged",
    "OrderValidated",
    "PaymentApproved",
    "PaymentDeclined",
    "PaymentReceived",
    "PaymentRequested",
    "PaymentRetried",
    "PaymentUnknown",
    "PersonalDataErased",
    "RefundNoted",
    "ReturnAuthorized",
    "ReturnCancelled",
    "ReturnReceived",
    "ShipmentAdvanced",
    "SnapshotSeen",
    "StageEntered",
    "TenderStated",
    "UnitsCancelled",
    "UnitsDelivered",
    "UnitsReopened",
    "UnitsShipped",
    "UnitsShortPicked",
]
