"""Every event of an order, in the past tense.

Decides what a fact about an order looks like. Each event says when (``at``) and carries every
figure that a reader needs - amounts, units, locations - so that a report or a message never has
to replay the order. Must not know the rules that led to it.

Amounts are minor units of the order's currency; ``items`` are (line id, runs of ordinals).
``net``, ``tax``, ``remitted`` and ``funded`` are sums of entitlements (M6): ``remitted`` is the part
of ``tax`` that a marketplace remits itself, ``funded`` what a channel adds to ``net`` because it
bears a discount of its own (M13). A module a facet, in the facet's words.
"""

from __future__ import annotations

from omcore.orders.events.backordering import UnitsBackordered
from omcore.orders.events.cancelling import CancelRequestDecided, CancelRequested, UnitsCancelled
from omcore.orders.events.claiming import ClaimOpened, ClaimRefunded, ClaimResolved, UnitsReplaced
from omcore.orders.events.collecting import (
    PickupDeclined,
    PickupExpired,
    PickupExtended,
    UnitsArrived,
    UnitsCollected,
)
from omcore.orders.events.editing import (
    DeliveryChanged,
    EditConfirmed,
    EditDeclined,
    EditLapsed,
    EditProposed,
    UnitsAdded,
)
from omcore.orders.events.exchanging import (
    ExchangeAuthorized,
    ExchangeCharged,
    ExchangeEnded,
    ExchangeOverdue,
    ExchangeSent,
    ExchangeStarted,
)
from omcore.orders.events.fulfilling import (
    FulfillmentAdvanced,
    FulfillmentCancelled,
    FulfillmentRejected,
    FulfillmentRequested,
    UnitsShortPicked,
)
from omcore.orders.events.importing import LateFactNoted, SnapshotSeen
from omcore.orders.events.paying import (
    AllowanceGranted,
    AuthorizationLapsed,
    ChargebackRecorded,
    ChargebackResolved,
    PaymentApproved,
    PaymentDeclined,
    PaymentReceived,
    PaymentRequested,
    PaymentRetried,
    PaymentUnknown,
    RefundNoted,
    TenderAdded,
)
from omcore.orders.events.placing import OrderPlaced, TenderStated
from omcore.orders.events.promising import DeliveryPromised, PromiseChanged
from omcore.orders.events.returning import (
    LostReturnFound,
    ReturnArrived,
    ReturnAuthorized,
    ReturnCancelled,
    ReturnInspected,
    ReturnKept,
    ReturnLost,
    ReturnReceived,
    ReturnRefused,
    ShippingGivenBack,
)
from omcore.orders.events.shipping import (
    ChannelShipped,
    GoodsTaken,
    ShipmentAdvanced,
    UnitsDelivered,
    UnitsReopened,
    UnitsShipped,
)
from omcore.orders.events.standing import (
    HoldPlaced,
    HoldReleased,
    OrderStatusChanged,
    OrderValidated,
    PersonalDataErased,
    StageEntered,
)

OrderEvent = (
    OrderPlaced
    | OrderStatusChanged
    | StageEntered
    | OrderValidated
    | HoldPlaced
    | HoldReleased
    | PersonalDataErased
    | FulfillmentRequested
    | FulfillmentAdvanced
    | FulfillmentRejected
    | FulfillmentCancelled
    | UnitsShortPicked
    | UnitsBackordered
    | DeliveryPromised
    | PromiseChanged
    | GoodsTaken
    | UnitsShipped
    | ShipmentAdvanced
    | UnitsDelivered
    | UnitsReopened
    | ChannelShipped
    | UnitsArrived
    | UnitsCollected
    | PickupExtended
    | PickupExpired
    | PickupDeclined
    | CancelRequested
    | CancelRequestDecided
    | UnitsCancelled
    | ReturnAuthorized
    | ReturnCancelled
    | ReturnArrived
    | ReturnReceived
    | ReturnInspected
    | ReturnRefused
    | ReturnLost
    | LostReturnFound
    | ReturnKept
    | ShippingGivenBack
    | PaymentRequested
    | PaymentApproved
    | PaymentDeclined
    | PaymentUnknown
    | PaymentReceived
    | RefundNoted
    | AllowanceGranted
    | TenderAdded
    | AuthorizationLapsed
    | ChargebackRecorded
    | ChargebackResolved
    | PaymentRetried
    | UnitsAdded
    | DeliveryChanged
    | EditProposed
    | EditConfirmed
    | EditDeclined
    | EditLapsed
    | ExchangeAuthorized
    | ExchangeStarted
    | ExchangeSent
    | ExchangeOverdue
    | ExchangeCharged
    | ExchangeEnded
    | ClaimOpened
    | ClaimRefunded
    | UnitsReplaced
    | ClaimResolved
    | SnapshotSeen
    | LateFactNoted
)

__all__ = [
    "AllowanceGranted",
    "AuthorizationLapsed",
    "CancelRequestDecided",
    "CancelRequested",
    "ChannelShipped",
    "ChargebackRecorded",
    "ChargebackResolved",
    "ClaimOpened",
    "ClaimRefunded",
    "ClaimResolved",
    "DeliveryChanged",
    "DeliveryPromised",
    "EditConfirmed",
    "EditDeclined",
    "EditLapsed",
    "EditProposed",
    "ExchangeAuthorized",
    "ExchangeCharged",
    "ExchangeEnded",
    "ExchangeOverdue",
    "ExchangeSent",
    "ExchangeStarted",
    "FulfillmentAdvanced",
    "FulfillmentCancelled",
    "FulfillmentRejected",
    "FulfillmentRequested",
    "GoodsTaken",
    "HoldPlaced",
    "HoldReleased",
    "LateFactNoted",
    "LostReturnFound",
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
    "PickupDeclined",
    "PickupExpired",
    "PickupExtended",
    "PromiseChanged",
    "RefundNoted",
    "ReturnArrived",
    "ReturnAuthorized",
    "ReturnCancelled",
    "ReturnInspected",
    "ReturnKept",
    "ReturnLost",
    "ReturnReceived",
    "ReturnRefused",
    "ShipmentAdvanced",
    "ShippingGivenBack",
    "SnapshotSeen",
    "StageEntered",
    "TenderAdded",
    "TenderStated",
    "UnitsAdded",
    "UnitsArrived",
    "UnitsBackordered",
    "UnitsCancelled",
    "UnitsCollected",
    "UnitsDelivered",
    "UnitsReopened",
    "UnitsReplaced",
    "UnitsShipped",
    "UnitsShortPicked",
]
