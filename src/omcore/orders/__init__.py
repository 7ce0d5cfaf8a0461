"""Orders: the order aggregate and its facets.

``decide`` and ``evolve`` are the aggregate; the facets - placing, validation, holds, fulfilling,
cancelling, returns, payments, importing, stages - are a module each, with their commands and rules.
"""

from omcore.orders.aggregate import (
    ORDER_COMMANDS,
    Decision,
    as_of,
    decide,
    default_context,
    evolve,
    next_deadline,
    order_id_for,
    replay,
)
from omcore.orders.cancelling import CancelUnits, RequestCancel
from omcore.orders.changes import OrderContext, OrderIsOver, OrderOnHold, status_of
from omcore.orders.deadlines import MeetDeadlines
from omcore.orders.draft import (
    Charge,
    Discount,
    DraftLine,
    DraftTender,
    ExternalRef,
    OrderDraft,
    Tax,
)
from omcore.orders.fulfilling import (
    AdvanceFulfillment,
    AllocateUnits,
    CancelFulfillment,
    LocationExcluded,
    NothingToDo,
    OrderNotValidated,
    PickupElsewhere,
    RejectFulfillment,
    ReportShortPick,
    ShipCompleteBroken,
)
from omcore.orders.holds import (
    HoldExists,
    HoldExpiryPassed,
    NotHoldOwner,
    PlaceHold,
    ReleaseHold,
    TooManyHolds,
    holds_block,
)
from omcore.orders.importing import ImportOrder
from omcore.orders.payments import RecordPayment, RecordPaymentOutcome, RetryPayment
from omcore.orders.placing import OrderExists, PlaceOrder, TotalMismatch, order_id_of
from omcore.orders.policies import (
    Policies,
    capture_at_placement,
    capture_on_shipment,
    card_first,
    proportional,
)
from omcore.orders.returns import (
    AuthorizeReturn,
    CancelReturn,
    NotReturnable,
    ReceiveReturn,
    ReturnExists,
)
from omcore.orders.selection import UnitsNotAvailable
from omcore.orders.shipping import (
    AdvanceShipment,
    CollectUnits,
    RecordChannelShipment,
    RecordDelivery,
    ReopenShipment,
    ShipUnits,
)
from omcore.orders.stages import EnterStage, ErasePersonalData
from omcore.orders.state import Order
from omcore.orders.statement import Figure, HistoryMismatch, Statement, StatementRow, statement
from omcore.orders.validation import (
    DEFAULT_RULES,
    AddressKnown,
    Finding,
    FraudScoreBelow,
    PaymentCovered,
    StockAvailable,
    ValidationRule,
)

__all__ = [
    "DEFAULT_RULES",
    "ORDER_COMMANDS",
    "AddressKnown",
    "AdvanceFulfillment",
    "AdvanceShipment",
    "AllocateUnits",
    "AuthorizeReturn",
    "CancelFulfillment",
    "CancelReturn",
    "CancelUnits",
    "Charge",
    "CollectUnits",
    "Decision",
    "Discount",
    "DraftLine",
    "DraftTender",
    "EnterStage",
    "ErasePersonalData",
    "ExternalRef",
    "Figure",
    "Finding",
    "FraudScoreBelow",
    "HistoryMismatch",
    "HoldExists",
    "HoldExpiryPassed",
    "ImportOrder",
    "LocationExcluded",
    "MeetDeadlines",
    "NotHoldOwner",
    "NotReturnable",
    "NothingToDo",
    "Order",
    "OrderContext",
    "OrderDraft",
    "OrderExists",
    "OrderIsOver",
    "OrderNotValidated",
    "OrderOnHold",
    "PaymentCovered",
    "PickupElsewhere",
    "PlaceHold",
    "PlaceOrder",
    "Policies",
    "ReceiveReturn",
    "RecordChannelShipment",
    "RecordDelivery",
    "RecordPayment",
    "RecordPaymentOutcome",
    "RejectFulfillment",
    "ReleaseHold",
    "ReopenShipment",
    "ReportShortPick",
    "RequestCancel",
    "RetryPayment",
    "ReturnExists",
    "ShipCompleteBroken",
    "ShipUnits",
    "Statement",
    "StatementRow",
    "StockAvailable",
    "Tax",
    "TooManyHolds",
    "TotalMismatch",
    "UnitsNotAvailable",
    "ValidationRule",
    "as_of",
    "capture_at_placement",
    "capture_on_shipment",
    "card_first",
    "decide",
    "default_context",
    "evolve",
    "holds_block",
    "next_deadline",
    "order_id_for",
    "order_id_of",
    "proportional",
    "replay",
    "statement",
    "status_of",
]
