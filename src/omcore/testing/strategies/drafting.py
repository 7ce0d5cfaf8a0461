"""Drafts that placing accepts under the default pricing: the orders that channels state.

Decides lines, discounts, taxes, charges and tenders over their whole range, so that the tenders pay what the
lines come to. Must not know what becomes of an order.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from omcore.kernel import PIECE, Money, Ratio, checked_payment_reference, round_ratio, split
from omcore.kernel.errors import InputError
from omcore.orders.draft import (
    CHARGE_KINDS,
    FULFILLERS,
    LIABLE,
    MAX_PRIORITY,
    TAKEN,
    TENDER_KINDS,
    Charge,
    Discount,
    DraftLine,
    DraftTender,
    ExternalRef,
    OrderDraft,
    Tax,
)
from omcore.orders.placement.pricing import AmountTooLarge, price
from omcore.testing.strategies.values import (
    RATES,
    contacts,
    currencies,
    days,
    identifiers,
    instants,
    keys,
    measures,
    money,
    percentages,
    places,
    quantities,
    skus,
    texts,
)


def external_refs() -> SearchStrategy[ExternalRef]:
    """Channels' own names for an order."""
    return st.builds(ExternalRef, identifiers(6), identifiers(6), st.just("order") | identifiers(6), keys(12))


def _is_no_card(text: str) -> bool:
    try:
        checked_payment_reference(text, "reference")
    except InputError:
        return False
    return True


# Made once: a strategy costs more to make than to draw from.
_FLAG = st.booleans()
_FLAGS = st.lists(_FLAG, max_size=2)
_WEIGHTS = st.lists(st.integers(1, 5), max_size=3)
_VERSION = st.integers(0, 10**18)
_CURRENCY = currencies()
_REF = external_refs()
_INSTANT = instants()
_MEASURE = measures()
_SKU = skus()
_PLACE = st.none() | places()
_CONTACT = st.none() | contacts()
_TITLE = texts(8)
_ATTRIBUTION = st.lists(st.tuples(_TITLE, _TITLE), max_size=2).map(tuple)
_ID = identifiers()
_MAYBE_ID = st.none() | _ID
_SERVICE = st.just("standard") | _ID
_LIABLE = st.sampled_from(LIABLE)
_RATE = st.sampled_from(RATES[:-1]).map(Ratio.parse)
_PERCENTAGE = percentages()
_SOME_PERCENT = st.sampled_from(("0", "5", "12.5", "50")).map(Ratio.percent)
_REFERENCE = st.just("") | keys(12).filter(_is_no_card)
_DELIVERY = st.just("") | keys()
_GROUP = st.sampled_from(("", "", "gift", "set"))
_DELIVER_BY = st.none() | days()
_PRIORITY = st.sampled_from((0, 0, 1, -1, MAX_PRIORITY))
_SHOP_TOTAL = st.none() | money(low=0, high=10**9)


@st.composite
def drafts(
    draw: DrawFn,
    *,
    currency: str | None = None,
    max_lines: int = 4,
    max_quantity: int = 12,
    max_price: int = 20_000,
    sku: SearchStrategy[str] | None = None,
    fulfilled_by: Sequence[str] = FULFILLERS,
    tender_kinds: Sequence[str] = TENDER_KINDS,
    snapshot: bool = False,
) -> OrderDraft:
    """Orders that placing accepts under the default pricing.

    Discounts never exceed what they apply to, stated taxes are at most a quarter of the line, and
    the tenders pay the total, unless there are none. ``max_price`` is minor units a unit. Some lines are
    sold by weight or length, unless ``sku`` says which SKUs there are. With ``snapshot`` the channel has also
    cancelled, fulfilled or returned units already.
    """
    code = currency or draw(_CURRENCY)
    count = draw(st.integers(1, max_lines))
    names = draw(st.lists(keys(8), min_size=count, max_size=count, unique=True))
    taxed_in = draw(_FLAG)
    lines = tuple(
        draw(_lines(name, code, max_quantity, max_price, sku, fulfilled_by, snapshot)) for name in names
    )
    whole = draw(st.sampled_from(("none", "percentage", "amount")))
    discounts: tuple[Discount, ...] = ()
    if whole == "percentage":
        discounts = (Discount("order", percentage=draw(_PERCENTAGE), funded_by=draw(_LIABLE)),)
    draft = OrderDraft(
        draw(_REF),
        code,
        lines,
        draw(_INSTANT),
        draw(_PLACE),
        draw(_CONTACT),
        discounts,
        draw(st.lists(_charges(code, max_price), max_size=3).map(tuple)),
        (),
        taxed_in,
        shop_total=draw(_SHOP_TOTAL),
        service=draw(_SERVICE),
        ship_complete=draw(_FLAG),
        pickup_at=draw(_MAYBE_ID),
        taken_at=draw(_ID) if any(line.fulfilled_by == TAKEN for line in lines) else None,
        cancelled=snapshot and draw(_FLAG),
        cancel_requested=snapshot and draw(_FLAG),
        source_version=draw(_VERSION),
        delivery_id=draw(_DELIVERY),
        attribution=draw(_ATTRIBUTION),
        number=draw(_TITLE),
        priority=draw(_PRIORITY),
        deliver_by=draw(_DELIVER_BY),
    )
    if whole == "amount":
        off = Discount("order", Money(draw(st.integers(0, _subtotal(draft))), code))
        draft = attrs.evolve(draft, discounts=(off,))
    if taxed_in and _overtaxed(draft):
        draft = attrs.evolve(draft, lines=tuple(attrs.evolve(line, taxes=()) for line in draft.lines))
    return draw(_paid(draft, tender_kinds, snapshot))


def _overtaxed(draft: OrderDraft) -> bool:
    """Whether discounts left a line with less than the tax that was stated to be in it (M5)."""
    try:
        price(draft)
    except AmountTooLarge:
        return True
    return False


def _subtotal(draft: OrderDraft) -> int:
    """What an order discount may be taken from: prices less the lines' own discounts."""
    return sum(
        gross - sum(_taken(line.discounts, gross))
        for line, gross in ((line, line.subtotal) for line in draft.lines)
    )


@st.composite
def _discounts(draw: DrawFn, amount: int, currency: str) -> tuple[Discount, ...]:
    """Discounts that take at most all of an amount: half as an amount, half in percent."""
    made: list[Discount] = []
    if draw(_FLAG):
        off = Money(draw(st.integers(0, amount // 2)), currency)
        made.append(Discount(draw(_TITLE), amount=off, funded_by=draw(_LIABLE)))
    if draw(_FLAG):
        some = draw(_SOME_PERCENT)
        made.append(Discount(draw(_TITLE), percentage=some, funded_by=draw(_LIABLE)))
    return tuple(made) if sum(_taken(made, amount)) <= amount else ()


def _taken(discounts: Sequence[Discount], amount: int) -> list[int]:
    taken = [entry.amount.minor for entry in discounts if entry.amount is not None]
    return taken + [entry.percentage.of(amount) for entry in discounts if entry.percentage is not None]


@st.composite
def _taxes(draw: DrawFn, amount: int, currency: str) -> tuple[Tax, ...]:
    made = []
    for by_rate in draw(_FLAGS):
        title, by = draw(_TITLE), draw(_LIABLE)
        if by_rate:
            made.append(Tax(title, rate=draw(_RATE), collected_by=by))
        else:
            stated = Money(draw(st.integers(0, amount // 8)), currency)
            made.append(Tax(title, amount=stated, collected_by=by))
    return tuple(made)


@st.composite
def _lines(
    draw: DrawFn,
    name: str,
    currency: str,
    max_quantity: int,
    max_price: int,
    sku: SearchStrategy[str] | None,
    fulfilled_by: Sequence[str],
    snapshot: bool,
) -> DraftLine:
    quantity = draw(quantities(max_quantity))
    each = draw(st.integers(0, max_price))
    # Whoever says which SKUs there are has a catalog, and it says what they are counted in.
    measure = draw(_MEASURE) if sku is None else PIECE
    whole = each * quantity
    if measure.scale:
        whole = round_ratio(whole, measure.per)
    cancelled, fulfilled, returned = [draw(st.integers(0, quantity)) if snapshot else 0 for _ in range(3)]
    return DraftLine(
        name,
        draw(_SKU if sku is None else sku),
        quantity,
        Money(each, currency),
        draw(_discounts(whole, currency)),
        draw(_taxes(whole, currency)),
        draw(st.sampled_from(tuple(fulfilled_by))),
        draw(_TITLE),
        cancelled,
        fulfilled,
        returned,
        measure,
        draw(_GROUP),
    )


@st.composite
def _charges(draw: DrawFn, currency: str, highest: int) -> Charge:
    kind = draw(st.sampled_from(CHARGE_KINDS))
    amount = draw(st.integers(-4, 4)) if kind == "rounding" else draw(st.integers(0, highest))
    if kind == "rounding":
        return Charge(kind, Money(amount, currency), title=draw(_TITLE))
    return Charge(
        kind,
        Money(amount, currency),
        draw(_discounts(amount, currency)),
        draw(_taxes(amount, currency)),
        draw(_TITLE),
    )


@st.composite
def _paid(draw: DrawFn, draft: OrderDraft, kinds: Sequence[str], snapshot: bool) -> OrderDraft:
    """The draft with tenders that pay it, and perhaps with its total stated."""
    net, tax, *_ = price(draft).worth()
    total = net + tax
    if draw(_FLAG):
        draft = attrs.evolve(draft, stated_total=Money(total, draft.currency))
    weights = draw(_WEIGHTS)
    if not weights or total < 0:
        return draft
    names = draw(st.lists(identifiers(6), min_size=len(weights), max_size=len(weights), unique=True))
    tenders = []
    for name, amount in zip(names, split(total, weights), strict=True):
        captured = draw(_FLAG)
        refunded = draw(st.none() | st.integers(0, amount)) if snapshot and captured else None
        tenders.append(
            DraftTender(
                name,
                draw(st.sampled_from(tuple(kinds))),
                Money(amount, draft.currency),
                draw(_FLAG),
                captured,
                draw(_REFERENCE),
                None if refunded is None else Money(refunded, draft.currency),
            )
        )
    return attrs.evolve(draft, tenders=tuple(tenders))


__all__ = ["drafts", "external_refs"]
