"""The canonical draft: what a sales channel says about an order, in omcore's words.

Decides what an order may look like before it is placed, and checks it whole: types, limits,
identifiers, currencies. A draft is a *snapshot*: a channel that sends the order again sends a
newer draft, and the engine acts on the difference. Must not know entitlements (placing computes
them), stock, or any channel's payload.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import attrs

from omcore.kernel import (
    PIECE,
    Catalog,
    Contact,
    CurrencyMismatch,
    InvalidMoney,
    InvalidType,
    Measure,
    Money,
    Place,
    Ratio,
    Runs,
    checked_currency,
    checked_day,
    checked_id,
    checked_instant,
    checked_key,
    checked_limit,
    checked_payment_reference,
    checked_quantity,
    checked_sku,
    checked_text,
    checked_unique,
    record,
    refuse_mismatch,
    round_ratio,
)
from omcore.kernel.runs import checked_runs

MAX_LINES = 10_000
MAX_UNITS = 1_000_000  # of the whole order
MAX_ADJUSTMENTS = 100
MAX_METADATA = 100
MAX_PRIORITY = 10**9

# Who fulfills a line (S12).
MERCHANT = "merchant"
CHANNEL = "channel"
TAKEN = "taken"  # the goods have left the shelf already: a till
FULFILLERS = (MERCHANT, CHANNEL, TAKEN)

# Who collected a tax, or funds a discount (M13).
SELLER = "seller"
LIABLE = (SELLER, CHANNEL)

# Where a tender's money is held.
GATEWAY = "gateway"  # the merchant's own gateway: omcore asks for captures, refunds and voids
CASH = "cash"  # in the till
GIFT_CARD = "gift_card"
STORE_CREDIT = "store_credit"
TENDER_KINDS = (GATEWAY, CHANNEL, CASH, GIFT_CARD, STORE_CREDIT)
# Whose holder is asked: for authorizations, captures, refunds and voids.
ASKED = (GATEWAY, GIFT_CARD, STORE_CREDIT)

# What a charge is for.
SHIPPING = "shipping"
CHARGE_KINDS = (SHIPPING, "tip", "gift_wrap", "duty", "fee", "rounding")


@record
class ExternalRef:
    """A channel's own name for something: channel, account (shop, seller), kind and id."""

    channel: str
    account: str
    kind: str
    id: str

    def __attrs_post_init__(self) -> None:
        checked_id(self.channel, "ref.channel")
        checked_id(self.account, "ref.account")
        checked_id(self.kind, "ref.kind")
        checked_key(self.id, "ref.id")


@record
class Tax:
    """One tax: a rate, or an amount that the channel stated (M4: stated taxes are taken).

    Give exactly one of ``rate`` and ``amount``. ``collected_by`` is ``channel`` where a
    marketplace facilitator collects and remits it (M13).
    """

    title: str = attrs.field(repr=False)
    rate: Ratio | None = None
    amount: Money | None = None
    collected_by: str = SELLER

    def __attrs_post_init__(self) -> None:
        checked_text(self.title, "title", high=200)
        if (self.rate is None) == (self.amount is None):
            raise InvalidType("rate", expected="exactly one of rate and amount")
        _one_of(self.rate, Ratio, "rate")
        _one_of(self.amount, Money, "amount")
        _among(self.collected_by, LIABLE, "collected_by")


@record
class Discount:
    """One discount as a positive amount, or a percentage of what it applies to.

    ``funded_by`` says who bears it. Buy-x-get-y comes resolved by the channel: as an amount of the
    line, or naming the ``units`` of the line that are given, as (first, last) runs of their numbers;
    the discount is theirs alone, and so is the refund. A discount of the whole order that
    ``includes_shipping`` comes off its charges for shipping too (M3).
    """

    title: str = attrs.field(repr=False)
    amount: Money | None = None
    percentage: Ratio | None = None
    funded_by: str = SELLER
    units: Runs = ()
    includes_shipping: bool = False

    def __attrs_post_init__(self) -> None:
        checked_text(self.title, "title", high=200)
        if (self.amount is None) == (self.percentage is None):
            raise InvalidType("amount", expected="exactly one of amount and percentage")
        _one_of(self.amount, Money, "amount")
        _one_of(self.percentage, Ratio, "percentage")
        if self.amount is not None and self.amount.minor < 0:
            raise InvalidType("amount", expected="a positive amount")
        if self.percentage is not None and self.percentage.numerator > self.percentage.denominator:
            raise InvalidType("percentage", expected="at most 100 percent")
        _among(self.funded_by, LIABLE, "funded_by")
        if type(self.units) is not tuple or (
            self.units and self.units != checked_runs(self.units, "units", MAX_UNITS)
        ):
            raise InvalidType("units", expected="runs in order that neither overlap nor touch")
        if type(self.includes_shipping) is not bool:
            raise InvalidType("includes_shipping", expected="bool")


@record
class Charge:
    """Money besides the goods: shipping, tip, gift wrap, duty, fee, cash rounding (may be negative).

    Charges go with the first shipment (M8). ``amount`` is before its own discounts; taxes stand
    in it where the order is tax-inclusive.
    """

    kind: str
    amount: Money
    discounts: tuple[Discount, ...] = ()
    taxes: tuple[Tax, ...] = ()
    title: str = attrs.field(default="", repr=False)

    def __attrs_post_init__(self) -> None:
        _among(self.kind, CHARGE_KINDS, "kind")
        _one_of(self.amount, Money, "amount", optional=False)
        _all_of(self.discounts, Discount, "discounts", MAX_ADJUSTMENTS)
        for i, discount in enumerate(self.discounts):
            if discount.units or discount.includes_shipping:
                raise InvalidType(f"discounts[{i}]", expected="a discount of the charge alone")
        _all_of(self.taxes, Tax, "taxes", MAX_ADJUSTMENTS)
        checked_text(self.title, "title", high=200)


@record
class DraftLine:
    """One line: how many of which SKU at which unit price, before discounts.

    Goods that are sold by weight or length are counted in units of their ``measure``, which is the catalog's,
    and ``unit_price`` is for one whole of it: 5.5 kg at 3.99 a kg are 5,500 at 3.99. The line comes to the
    product, rounded once (M1).

    ``quantity`` is what was ordered (history). The channel's later word about it stands beside:
    ``cancelled``, ``fulfilled`` and ``returned`` units, as the channel counts them, summed since
    the order was placed. ``fulfilled_by`` is merchant, channel or taken (S12). Lines of one ``group``, a gift
    or a set, are routed together: to one location, or they wait.
    """

    id: str
    sku: str
    quantity: int
    unit_price: Money
    discounts: tuple[Discount, ...] = ()
    taxes: tuple[Tax, ...] = ()
    fulfilled_by: str = MERCHANT
    title: str = attrs.field(default="", repr=False)
    cancelled: int = 0
    fulfilled: int = 0
    returned: int = 0
    measure: Measure = PIECE
    group: str = ""

    def __attrs_post_init__(self) -> None:
        checked_key(self.id, "id")
        checked_sku(self.sku)
        checked_quantity(self.quantity, "quantity")
        _one_of(self.unit_price, Money, "unit_price", optional=False)
        if self.unit_price.minor < 0:
            raise InvalidType("unit_price", expected="a price of zero or more")
        _all_of(self.discounts, Discount, "discounts", MAX_ADJUSTMENTS)
        for i, discount in enumerate(self.discounts):
            if discount.includes_shipping or (discount.units and discount.units[-1][1] > self.quantity):
                raise InvalidType(f"discounts[{i}]", expected="a discount of this line's units")
        _all_of(self.taxes, Tax, "taxes", MAX_ADJUSTMENTS)
        if any(tax.amount is not None and tax.amount.minor < 0 for tax in self.taxes):
            # A unit that is worth less than nothing would be captured when it is returned.
            raise InvalidType("taxes", expected="taxes of zero or more")
        _among(self.fulfilled_by, FULFILLERS, "fulfilled_by")
        checked_text(self.title, "title", high=500)
        for name in ("cancelled", "fulfilled", "returned"):
            checked_quantity(getattr(self, name), name, low=0, high=self.quantity)
        if type(self.measure) is not Measure:
            raise InvalidType("measure", expected="Measure")
        if type(self.group) is not str or self.group:
            checked_key(self.group, "group")

    @property
    def subtotal(self) -> int:
        """What the line comes to before discounts, in minor units."""
        whole = self.unit_price.minor * self.quantity
        return round_ratio(whole, self.measure.per) if self.measure.scale else whole


@record
class DraftTender:
    """One means of payment, as it stands when the order comes in, in the order's currency.

    ``authorized`` may still be captured, ``captured`` has been, in total and including what was
    captured at once. ``kind`` says where: the merchant's own ``gateway``, a ``gift_card`` or
    ``store_credit`` of his, the ``channel`` (which settles with the merchant itself, M13) or ``cash``.
    ``refunded`` is what the channel gave back of it by itself, summed since the order was placed.
    There is no field for card numbers.
    """

    id: str
    kind: str
    amount: Money
    authorized: bool = False
    captured: bool = False
    reference: str = ""
    refunded: Money | None = None

    def __attrs_post_init__(self) -> None:
        checked_id(self.id, "id")
        _among(self.kind, TENDER_KINDS, "kind")
        _one_of(self.amount, Money, "amount", optional=False)
        if self.amount.minor < 0:
            raise InvalidType("amount", expected="an amount of zero or more")
        for name in ("authorized", "captured"):
            if type(getattr(self, name)) is not bool:
                raise InvalidType(name, expected="bool")
        _one_of(self.refunded, Money, "refunded")
        if self.refunded is not None and not 0 <= self.refunded.minor <= self.amount.minor:
            raise InvalidType("refunded", expected="at most the amount")
        if type(self.reference) is not str or self.reference:
            checked_payment_reference(self.reference, "reference")


@record
class OrderDraft:
    """An order as a channel states it.

    ``currency`` is what the customer is charged in; ``shop_total`` is the same total in the
    shop's own currency where the two differ. ``stated_total`` is what the channel says the
    customer pays: placing refuses an order whose entitlements do not sum to it.
    ``taken_at`` names the location whose shelf ``taken`` lines left. ``pickup_at`` names the
    location of a pickup order. ``destination`` is coarse; ``contact`` is personal data and is
    kept apart from the order. ``source_version`` orders snapshots of one order: greater is newer.
    ``priority`` ranks orders that are routed together, lower first; it moves no order's place in the line
    for stock that is expected, which is order time (S10).
    ``deliver_by`` is the day by which the channel promised it to the customer, on the customer's calendar.
    """

    ref: ExternalRef
    currency: str
    lines: tuple[DraftLine, ...]
    placed_at: datetime
    destination: Place | None = None
    contact: Contact | None = attrs.field(default=None, repr=False)
    discounts: tuple[Discount, ...] = ()
    charges: tuple[Charge, ...] = ()
    tenders: tuple[DraftTender, ...] = ()
    tax_included: bool = False
    stated_total: Money | None = None
    shop_total: Money | None = None
    service: str = "standard"
    ship_complete: bool = False
    pickup_at: str | None = None
    taken_at: str | None = None
    cancelled: bool = False
    cancel_requested: bool = False
    source_version: int = 0
    delivery_id: str = ""
    attribution: tuple[tuple[str, str], ...] = attrs.field(default=(), repr=False)
    number: str = attrs.field(default="", repr=False)
    priority: int = 0
    deliver_by: date | None = None

    def __attrs_post_init__(self) -> None:
        _one_of(self.ref, ExternalRef, "ref", optional=False)
        checked_currency(self.currency)
        if type(self.lines) is tuple:
            checked_limit(len(self.lines), MAX_LINES, "lines", "lines")
        _all_of(self.lines, DraftLine, "lines", MAX_LINES)
        if not self.lines:
            raise InvalidType("lines", expected="at least one line")
        checked_unique((line.id for line in self.lines), "lines")
        checked_limit(sum([line.quantity for line in self.lines]), MAX_UNITS, "lines", "units")
        checked_instant(self.placed_at, "placed_at")
        _one_of(self.destination, Place, "destination")
        _one_of(self.contact, Contact, "contact")
        _all_of(self.discounts, Discount, "discounts", MAX_ADJUSTMENTS)
        for i, discount in enumerate(self.discounts):
            if discount.units:
                raise InvalidType(f"discounts[{i}]", expected="no units: they are numbered by line")
        _all_of(self.charges, Charge, "charges", MAX_ADJUSTMENTS)
        _all_of(self.tenders, DraftTender, "tenders", 20)
        checked_unique((tender.id for tender in self.tenders), "tenders")
        for name in ("tax_included", "ship_complete", "cancelled", "cancel_requested"):
            if type(getattr(self, name)) is not bool:
                raise InvalidType(name, expected="bool")
        _one_of(self.stated_total, Money, "stated_total")
        _one_of(self.shop_total, Money, "shop_total")
        checked_id(self.service, "service")
        for name in ("pickup_at", "taken_at"):
            if getattr(self, name) is not None:
                checked_id(getattr(self, name), name)
        checked_quantity(self.source_version, "source_version", low=0, high=10**18)
        if type(self.delivery_id) is not str or self.delivery_id:
            checked_key(self.delivery_id, "delivery_id")
        _checked_pairs(self.attribution, "attribution")
        checked_text(self.number, "number", high=100)
        if type(self.priority) is not int or self.priority:
            checked_quantity(self.priority, "priority", low=-MAX_PRIORITY, high=MAX_PRIORITY)
        if self.deliver_by is not None:
            checked_day(self.deliver_by, "deliver_by")
        if any(line.fulfilled_by == TAKEN for line in self.lines) and self.taken_at is None:
            raise InvalidType("taken_at", expected="the location whose shelf the goods left")
        self._one_currency()

    def _one_currency(self) -> None:
        """Every amount the customer sees is in the order's currency."""
        for path, money in self._amounts():
            if money is not None and money.currency != self.currency:
                raise CurrencyMismatch(path, left=self.currency, right=money.currency)

    def _amounts(self) -> Iterable[tuple[str, Money | None]]:
        yield "stated_total", self.stated_total
        for discount in self.discounts:
            yield "discounts", discount.amount
        for tender in self.tenders:
            yield "tenders", tender.amount
            yield "tenders", tender.refunded
        for i, line in enumerate(self.lines):
            yield f"lines[{i}].unit_price", line.unit_price
            for discount in line.discounts:
                yield f"lines[{i}].discounts", discount.amount
            for tax in line.taxes:
                yield f"lines[{i}].taxes", tax.amount
        for i, charge in enumerate(self.charges):
            yield f"charges[{i}].amount", charge.amount
            for discount in charge.discounts:
                yield f"charges[{i}].discounts", discount.amount
            for tax in charge.taxes:
                yield f"charges[{i}].taxes", tax.amount


def refuse_other_measure(catalog: Catalog, line: DraftLine, path: str) -> None:
    """``MeasureMismatch`` where the catalog counts a line's goods in another measure than the line does."""
    item = catalog.by_sku.get(line.sku)
    if item is not None and (item.measure.scale or line.measure.scale):
        refuse_mismatch(line.measure, item.measure, f"{path}.measure")


def _one_of(value: object, cls: type, path: str, *, optional: bool = True) -> None:
    if type(value) is cls or (optional and value is None):
        return
    if cls is Money:
        raise InvalidMoney(path, reason="not Money: exact minor units and their currency")
    raise InvalidType(path, expected=cls.__name__)


def _all_of(value: object, cls: type, path: str, limit: int) -> None:
    if type(value) is not tuple:
        raise InvalidType(path, expected=f"tuple of {cls.__name__}")
    checked_limit(len(value), limit, path, path)
    for i, entry in enumerate(value):
        if type(entry) is not cls:
            raise InvalidType(f"{path}[{i}]", expected=cls.__name__)


def _among(value: object, allowed: tuple[str, ...], path: str) -> None:
    if type(value) is not str or value not in allowed:
        raise InvalidType(path, expected="one of " + ", ".join(allowed))


def _checked_pairs(value: object, path: str) -> None:
    if type(value) is not tuple:
        raise InvalidType(path, expected="tuple of (name, value)")
    checked_limit(len(value), MAX_METADATA, path, path)
    for i, pair in enumerate(value):
        if type(pair) is not tuple or len(pair) != 2:
            raise InvalidType(f"{path}[{i}]", expected="(name, value)")
        checked_text(pair[0], f"{path}[{i}]", high=100)
        checked_text(pair[1], f"{path}[{i}]", high=1_000)


__all__ = [
    "ASKED",
    "CASH",
    "CHANNEL",
    "CHARGE_KINDS",
    "FULFILLERS",
    "GATEWAY",
    "GIFT_CARD",
    "LIABLE",
    "MAX_ADJUSTMENTS",
    "MAX_LINES",
    "MAX_UNITS",
    "MERCHANT",
    "SELLER",
    "SHIPPING",
    "STORE_CREDIT",
    "TAKEN",
    "TENDER_KINDS",
    "Charge",
    "Discount",
    "DraftLine",
    "DraftTender",
    "ExternalRef",
    "OrderDraft",
    "Tax",
    "refuse_other_measure",
]
