"""The order as a value: what was agreed, where its units are, its money, its standing.

Decides the shape of the aggregate's state, in five parts that change for different reasons, so
that an event rebuilds one small part and shares the rest:

* ``OrderTerms``: what was agreed at placement; replaced only by an edit.
* ``Progress``: where every unit is, and the fulfillment orders, shipments and returns that hold them.
* ``Payments``: tenders, requests under way, what is owed, and the double-entry accounts (M11).
* ``Standing``: status, holds, and what the channel said last.
* ``Amendments``: edits, exchanges and claims that are under way.

Must not know how any of it changes: that is each facet's. Nothing here grows with history: work
that is done stays only as long as its units need it named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import attrs

from omcore.kernel import PIECE, Components, Measure, Place, Runs, record
from omcore.kernel.runs import count
from omcore.orders.draft import ExternalRef
from omcore.orders.entitlements import ChargeWorth, Entitlements, Worth, worth
from omcore.orders.fulfillment.state import FulfillmentOrder, Shipment
from omcore.orders.parts import NO_PARTS, Items, Parts
from omcore.orders.payments.state import (
    NO_CONCESSIONS,
    Chargeback,
    Concessions,
    PaymentRequest,
    Payments,
    Tender,
)
from omcore.orders.returns.state import GoodsReceived, Return, ReturnLabel
from omcore.orders.units import Units

if TYPE_CHECKING:
    from omcore.orders.statement import Statement

# (line id, how many) or (line id, runs of ordinals): how a caller names units that are still to be chosen.
Wanted = tuple[tuple[str, int | Runs], ...]

# What a hold may block, in the order in which an order comes by it.
ROUTING = "routing"
SHIPPING = "shipping"
CAPTURE = "capture"
HOLD_BLOCKS = (ROUTING, SHIPPING, CAPTURE)

# A request to cancel that nobody has answered.
REQUESTED = "requested"


@record
class OrderLine:
    """A line as it was agreed. ``components`` is what one unit takes from stock (S3, S11).

    ``list_values`` are theirs as the catalog had them, one for each component of a kit; empty for what is
    no kit, and where none was known (M12). ``unit_price`` is for one whole of the ``measure`` that its units
    are counted in. Lines of one ``group`` are routed together, empty for none.
    """

    id: str
    sku: str
    quantity: int
    unit_price: int
    entitlements: Entitlements
    components: Components
    fulfilled_by: str = "merchant"
    returnable: bool = True
    title: str = attrs.field(default="", repr=False)
    list_values: tuple[int, ...] = ()
    measure: Measure = PIECE
    group: str = ""


@record
class OrderTerms:
    """What was agreed: at placement, and by edits since. ``index`` finds a line by its id.

    ``total`` is what the customer pays for all that was ever agreed; ``remitted`` the part of it that
    a marketplace collects and remits itself, ``funded`` what a channel pays besides (M13).
    ``signals`` are facts that validation rules read. ``tax_included``: its prices are with tax.
    ``priority`` ranks orders that are routed together, lower first.
    ``deliver_by``: the day by which the channel promised it, on the customer's calendar.
    """

    order_id: str
    ref: ExternalRef
    number: str = attrs.field(repr=False)
    currency: str
    placed_at: datetime
    lines: tuple[OrderLine, ...]
    index: Mapping[str, int]
    charges: tuple[ChargeWorth, ...]
    total: int
    remitted: int
    funded: int
    destination: Place | None
    service: str
    ship_complete: bool
    pickup_at: str | None
    reservation: str
    signals: tuple[tuple[str, int], ...] = attrs.field(repr=False)
    attribution: tuple[tuple[str, str], ...] = attrs.field(repr=False)
    shop_currency: str
    shop_total: int
    tax_included: bool
    priority: int = 0
    deliver_by: date | None = None

    def line(self, line_id: str) -> OrderLine:
        """The line; KeyError for one that is not there (commands check first)."""
        return self.lines[self.index[line_id]]


@record
class Tally:
    """How many units of the whole order are in which state.

    ``allocated`` counts those with the channel too, ``shipped`` those that wait in a store for the
    customer, ``delivered`` those that are on their way back or under inspection, and ``returned``
    all whose worth was given back, whoever has the goods. ``in_parts``: of how many, whatever their
    state, a part was given back before the rest.
    """

    open: int = 0
    allocated: int = 0
    shipped: int = 0
    delivered: int = 0
    returned: int = 0
    cancelled: int = 0
    in_parts: int = 0

    @property
    def kept(self) -> int:
        """Units that were not cancelled."""
        return self.open + self.allocated + self.shipped + self.delivered + self.returned


@record
class Progress:
    """Where the units are: one ``Units`` per line, in line order, and what holds them.

    ``excluded`` are the locations that rejected or came up short for this order (R3).
    ``charged`` tells whether the charges went with a first shipment (M8). ``parts`` is what was given
    back of units that did not come back whole, whatever became of the rest; most orders have none.
    """

    units: tuple[Units, ...]
    tally: Tally
    work: Mapping[str, FulfillmentOrder]
    shipments: Mapping[str, Shipment]
    returns: Mapping[str, Return]
    excluded: frozenset[str]
    charged: bool
    numbered: int
    parts: Parts = NO_PARTS


@record
class Hold:
    """A reason why an order waits. ``owner`` may release it; ``kind`` says what it is about.

    ``blocks`` are some of ``HOLD_BLOCKS``. From ``expires_at`` on it holds no longer; ``then`` tells
    what becomes of the order: ``release`` lets it go on, ``cancel`` cancels what has not shipped.
    """

    id: str
    kind: str
    owner: str
    note: str = attrs.field(repr=False)
    blocks: tuple[str, ...]
    expires_at: datetime | None
    then: str


@record
class CancelRequest:
    """Somebody would like units cancelled; ``wanted`` is empty for all that has not shipped by then.

    ``status``: requested until it is accepted or declined.
    """

    id: str
    wanted: Wanted
    requested_at: datetime
    status: str


@record
class Standing:
    """Status (C7), holds, requests to cancel, and the channel's last word.

    ``stage`` is an embedder's own state, empty while the order is in a state of the base chart.
    ``waived`` are validation findings that a person released: they are not raised again.
    ``erased``: the customer's personal data is gone and is not taken in again.
    ``noted`` are late facts, each (what, detail, what was stated): none is a task twice.
    ``began_at`` is when the order was taken in, ``waits_since`` from when on its open units could last be
    asked of a location: since it was validated, let go by a hold, or given back by whoever had them.
    """

    status: str
    stage: str
    validated: bool
    holds: tuple[Hold, ...]
    waived: frozenset[str]
    cancel_requests: tuple[CancelRequest, ...]
    source_version: int
    began_at: datetime
    waits_since: datetime
    erased: bool = False
    noted: frozenset[tuple[str, str, str]] = frozenset()

    @property
    def cancel_requested(self) -> bool:
        """Whether a request to cancel waits for its answer."""
        return any(request.status == REQUESTED for request in self.cancel_requests)


@record
class Delivery:
    """Where an order goes, and how: to a destination by a service, or to a location to be collected."""

    destination: Place | None
    service: str
    pickup_at: str | None


@record
class Edit:
    """A change of the order that was proposed, with every unit and every worth fixed.

    ``lines``, ``more`` and ``charges`` are what is added (see ``UnitsAdded``), ``cancelled`` the units
    that go; ``swaps`` are (line that is added, line whose place it takes). ``kept`` tells of each line
    that it touches how many of its units were neither cancelled nor given back when it was proposed.
    ``before`` and ``after`` are None where it leaves the delivery as it is. ``gate``: minor units that
    the order will owe besides; 0 where it will owe less. ``reverts`` names the edit that it takes back.
    """

    id: str
    reverts: str
    lines: tuple[OrderLine, ...]
    more: tuple[tuple[str, Entitlements], ...]
    charges: tuple[ChargeWorth, ...]
    cancelled: Items
    swaps: tuple[tuple[str, str], ...]
    kept: tuple[tuple[str, int], ...]
    before: Delivery | None
    after: Delivery | None
    gate: int
    proposed_at: datetime
    expires_at: datetime | None


@record
class Stated:
    """The order as its channel knows it, once it was changed here: as it was placed.

    ``quantities`` has the lines that grew since, with the units that they had; 0 for a line that was
    added; ``charges`` is how many charges it had. What a channel counts is counted over these units,
    never over what it cannot know.
    """

    quantities: Mapping[str, int]
    charges: int
    total: int
    remitted: int
    delivery: Delivery


@record
class Exchange:
    """Goods that are sent for goods that come back: ``items`` on ``return_id`` for ``lines``, priced.

    ``status``: ``waiting`` (for ``lines`` to be paid as far as they cost more), ``expecting`` (goods are
    to come back first), ``sent`` (``lines`` were added; in an *advance* exchange goods may still be
    expected, until ``due_at``), ``overdue`` (they did not come). ``fees`` are what will be kept of their
    worth, as (line id, first, last, minor units of each). ``tender_id`` is who is asked for money,
    ``request_id`` what was asked last, ``charged`` what was asked in all for goods that did not come.
    """

    id: str
    return_id: str
    items: Items
    lines: tuple[OrderLine, ...]
    advance: bool
    status: str
    fees: tuple[tuple[str, int, int, int], ...]
    tender_id: str
    request_id: str
    due_at: datetime | None
    charged: int = 0


@record
class Claim:
    """Units that the customer says arrived damaged, late, as another item, or not at all.

    It waits to be resolved; ``items`` are those for which it was not. They can't be returned meanwhile.
    """

    id: str
    kind: str
    items: Items
    opened_at: datetime


@record
class Amendments:
    """What is under way to change the order after it was placed, by id; what is done is not kept.

    Of what is done only ``last_edit`` stays, the one that can be reverted, and what the channel does not
    know of it: ``stated`` is None as long as nothing was added and the delivery is as it was.
    """

    edits: Mapping[str, Edit]
    exchanges: Mapping[str, Exchange]
    claims: Mapping[str, Claim]
    last_edit: Edit | None
    stated: Stated | None


NO_AMENDMENTS = Amendments({}, {}, {}, None, None)


@record
class Backorder:
    """Open units that wait for the same stock (S4, S10).

    ``promised_for``: the whole second by which supply that is expected at ``location`` covers them; None,
    with an empty location, where nothing does: they wait for whatever comes.
    """

    items: Items
    location: str
    promised_for: datetime | None


@record
class DeliveryPromise:
    """When units arrive, as far as anybody can say: days on the customer's calendar, both in (C2).

    ``fulfillment_id``: whose work they are; empty where they wait for stock at ``location``. By ``ship_by``
    they leave with ``service``; None where only the days were told. ``latest`` is None where nobody can say.
    """

    fulfillment_id: str = ""
    location: str = ""
    service: str = ""
    ship_by: datetime | None = None
    earliest: date | None = None
    latest: date | None = None


@record
class Promised:
    """Units that are still to come, and when. ``told`` is the latest day they were ever promised by."""

    items: Items
    arrival: DeliveryPromise
    told: date | None


@record
class Order:
    """One order. ``seen_at`` is the latest instant that any of its commands had.

    ``backorders``: which of its open units wait for stock, the first promised first; no unit stands twice.
    ``promises``: by which day its units arrive, the first first; no unit stands twice, and none that arrived.
    """

    terms: OrderTerms
    progress: Progress
    payments: Payments
    standing: Standing
    amendments: Amendments
    seen_at: datetime
    backorders: tuple[Backorder, ...] = ()
    promises: tuple[Promised, ...] = ()

    @property
    def id(self) -> str:
        """The order's identifier."""
        return self.terms.order_id

    @property
    def backordered(self) -> int:
        """How many of its open units wait for stock."""
        return sum(count(runs) for entry in self.backorders for _, runs in entry.items)

    @property
    def promised_for(self) -> datetime | None:
        """When the last of what waits is promised; None where nothing waits, or some of it has no date."""
        dates = [entry.promised_for for entry in self.backorders]
        return max((date for date in dates if date is not None), default=None) if None not in dates else None

    @property
    def arrives_by(self) -> date | None:
        """When the last of what is promised arrives; None where nothing is, or of some nobody can say."""
        days = [entry.arrival.latest for entry in self.promises]
        return max((day for day in days if day is not None), default=None) if None not in days else None

    @property
    def delivery(self) -> Delivery:
        """Where it goes, and how."""
        return Delivery(self.terms.destination, self.terms.service, self.terms.pickup_at)

    @property
    def stated(self) -> Stated:
        """The order as its channel knows it."""
        terms = self.terms
        return self.amendments.stated or Stated(
            {}, len(terms.charges), terms.total, terms.remitted, self.delivery
        )

    @property
    def status(self) -> str:
        """The embedder's stage where there is one, else the status of the base chart."""
        return self.standing.stage or self.standing.status

    def with_progress(self, progress: Progress) -> Order:
        """The same order with its units elsewhere."""
        return Order(
            self.terms,
            progress,
            self.payments,
            self.standing,
            self.amendments,
            self.seen_at,
            self.backorders,
            self.promises,
        )

    def with_payments(self, payments: Payments) -> Order:
        """The same order with other money."""
        return Order(
            self.terms,
            self.progress,
            payments,
            self.standing,
            self.amendments,
            self.seen_at,
            self.backorders,
            self.promises,
        )

    def with_standing(self, standing: Standing) -> Order:
        """The same order standing otherwise."""
        return Order(
            self.terms,
            self.progress,
            self.payments,
            standing,
            self.amendments,
            self.seen_at,
            self.backorders,
            self.promises,
        )

    def statement(self, history: Sequence[Any] = ()) -> Statement:
        """The order as an invoice; with its history, the events behind each figure."""
        # The statement replays history, so it stands above the aggregate that this is the state of.
        from omcore.orders.statement import statement

        return statement(self, history)

    def worth(self, items: Items, *, charges: bool = False) -> Worth:
        """The worth of some units (M6), and of the order's charges where they go along (M8).

        (net, tax, remitted, funded) in minor units; see ``entitlements``.
        """
        net = tax = remitted = funded = 0
        lines, index = self.terms.lines, self.terms.index
        for line_id, runs in items:
            part = worth(lines[index[line_id]].entitlements, runs)
            net += part[0]
            tax += part[1]
            remitted += part[2]
            funded += part[3]
        if charges:
            for charge in self.terms.charges:
                net += charge.net
                tax += charge.tax
                remitted += charge.remitted
                funded += charge.funded
        return net, tax, remitted, funded


__all__ = [
    "CAPTURE",
    "HOLD_BLOCKS",
    "NO_AMENDMENTS",
    "NO_CONCESSIONS",
    "REQUESTED",
    "ROUTING",
    "SHIPPING",
    "Amendments",
    "Backorder",
    "CancelRequest",
    "Chargeback",
    "Claim",
    "Concessions",
    "Delivery",
    "DeliveryPromise",
    "Edit",
    "Exchange",
    "FulfillmentOrder",
    "GoodsReceived",
    "Hold",
    "Items",
    "Order",
    "OrderLine",
    "OrderTerms",
    "PaymentRequest",
    "Payments",
    "Progress",
    "Promised",
    "Return",
    "ReturnLabel",
    "Shipment",
    "Standing",
    "Stated",
    "Tally",
    "Tender",
    "Wanted",
]
