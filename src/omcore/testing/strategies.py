"""Hypothesis strategies for the values that enter omcore.

Decides what a *valid* value looks like, over its whole range: every currency exponent, limits
included, text in many scripts. What is drawn here is accepted by construction, so that a test
never has to filter; ``hostile_json`` is the opposite. Must not know any test.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from omcore.kernel import (
    CURRENCIES,
    EPOCH,
    MAX_MINOR,
    MAX_QUANTITY,
    Contact,
    GeoPoint,
    Money,
    Place,
    Ratio,
    checked_payment_reference,
    checked_sku,
    split,
)
from omcore.kernel.errors import InputError
from omcore.orders.draft import (
    CHARGE_KINDS,
    FULFILLERS,
    LIABLE,
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

_ID_FIRST = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ID_REST = _ID_FIRST + "._:#=+~-"
_PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F))
_RATES = ("0", "0.0025", "0.05", "0.0625", "0.08875", "0.19", "0.2", "0.255", "1")
_PERCENTAGES = ("0", "3.3", "10", "12.5", "33.333", "50", "99.9", "100")


# -- small values ----------------------------------------------------------------------------


def currencies() -> SearchStrategy[str]:
    """Every ISO 4217 code, those with 0, 2, 3 and 4 decimals equally often."""
    by_exponent = {
        exponent: [code for code, found in CURRENCIES.items() if found == exponent]
        for exponent in sorted(set(CURRENCIES.values()))
    }
    return st.one_of([st.sampled_from(codes) for codes in by_exponent.values()])


@st.composite
def money(draw: DrawFn, currency: str | None = None, low: int = -MAX_MINOR, high: int = MAX_MINOR) -> Money:
    """Money of minor units within low..high, in one currency or any."""
    return Money(draw(st.integers(low, high)), currency or draw(currencies()))


def quantities(high: int = MAX_QUANTITY) -> SearchStrategy[int]:
    """Units from 1, mostly few."""
    return st.integers(1, min(high, 12)) | st.integers(1, high)


def identifiers(max_size: int = 12) -> SearchStrategy[str]:
    """Identifiers that ``checked_id`` takes; without a slash, so they can stand in a stream's name."""
    return st.builds(
        "".join,
        st.tuples(st.sampled_from(_ID_FIRST), st.text(_ID_REST, max_size=max_size - 1)),
    )


def keys(max_size: int = 24) -> SearchStrategy[str]:
    """Command keys and channels' own identifiers: printable ASCII without spaces."""
    return st.text(_PRINTABLE, min_size=1, max_size=max_size)


def texts(max_size: int = 20) -> SearchStrategy[str]:
    """Free text in any script, with line feeds and tabs."""
    readable = st.characters(exclude_categories=("Cc", "Cs"), include_characters="\n\t")
    return st.text(readable, max_size=max_size)


def skus() -> SearchStrategy[str]:
    """SKUs: mostly plain, some with inner spaces or in other scripts; all are what they look like."""
    plain = st.from_regex(r"[A-Z]{2,4}-[A-Z0-9]{1,4}", fullmatch=True)
    inner = st.from_regex(r"[!-~][ -~]{0,10}[!-~]", fullmatch=True)
    scripts = st.text(st.characters(categories=("L", "N", "S")), min_size=1, max_size=8)
    return plain | inner | scripts.map(lambda text: unicodedata.normalize("NFC", text)).filter(_is_sku)


def _is_sku(text: str) -> bool:
    # A few letters are fillers that nobody sees, and some normalize to nothing a SKU may be.
    try:
        checked_sku(text)
    except InputError:
        return False
    return True


def instants(
    low: datetime = EPOCH, high: datetime = datetime(9998, 12, 31, tzinfo=UTC)
) -> SearchStrategy[datetime]:
    """Instants in UTC, whole seconds and microseconds."""
    exact = st.datetimes(low.replace(tzinfo=None), high.replace(tzinfo=None), timezones=st.just(UTC))
    return exact | exact.map(lambda moment: max(low, moment.replace(microsecond=0)))


def ratios() -> SearchStrategy[Ratio]:
    """Tax rates and other exact rates."""
    return st.sampled_from(_RATES).map(Ratio.parse) | st.builds(
        Ratio, st.integers(0, 10**6), st.integers(1, 10**6)
    )


def percentages() -> SearchStrategy[Ratio]:
    """0 to 100 percent."""
    return st.sampled_from(_PERCENTAGES).map(Ratio.percent)


def points() -> SearchStrategy[GeoPoint]:
    """Points anywhere, in whole degrees and fractions."""
    return st.builds(
        GeoPoint,
        st.integers(-90, 90) | st.floats(-90, 90),
        st.integers(-180, 180) | st.floats(-180, 180),
    )


def places() -> SearchStrategy[Place]:
    """Destinations."""
    return st.builds(
        Place,
        st.sampled_from(("US", "CA", "DE", "JP", "KW")),
        st.sampled_from(("", "NY", "CA", "ON")) | texts(10),
        st.sampled_from(("", "10001", "94105-1234", "SW1A 1AA")) | texts(10),
        st.none() | points(),
    )


def contacts() -> SearchStrategy[Contact]:
    """People."""
    words = texts(20)
    street = st.lists(words, max_size=5).map(tuple)
    return st.builds(Contact, words, words, words, words, street, words, words, words, words)


def external_refs() -> SearchStrategy[ExternalRef]:
    """Channels' own names for an order."""
    return st.builds(ExternalRef, identifiers(6), identifiers(6), st.just("order") | identifiers(6), keys(12))


# -- drafts ----------------------------------------------------------------------------------


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
_PLACE = st.none() | places()
_CONTACT = st.none() | contacts()
_TITLE = texts(8)
_ATTRIBUTION = st.lists(st.tuples(_TITLE, _TITLE), max_size=2).map(tuple)
_ID = identifiers()
_MAYBE_ID = st.none() | _ID
_SERVICE = st.just("standard") | _ID
_LIABLE = st.sampled_from(LIABLE)
_RATE = st.sampled_from(_RATES[:-1]).map(Ratio.parse)
_PERCENTAGE = percentages()
_SOME_PERCENT = st.sampled_from(("0", "5", "12.5", "50")).map(Ratio.percent)
_REFERENCE = st.just("") | keys(12).filter(_is_no_card)
_DELIVERY = st.just("") | keys()
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
    the tenders pay the total, unless there are none. ``max_price`` is minor units a unit. With
    ``snapshot`` the channel has also cancelled, fulfilled or returned units already.
    """
    code = currency or draw(_CURRENCY)
    count = draw(st.integers(1, max_lines))
    names = draw(st.lists(keys(8), min_size=count, max_size=count, unique=True))
    taxed_in = draw(_FLAG)
    lines = tuple(
        draw(_lines(name, code, max_quantity, max_price, sku or skus(), fulfilled_by, snapshot))
        for name in names
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
        for line, gross in ((line, line.unit_price.minor * line.quantity) for line in draft.lines)
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
    sku: SearchStrategy[str],
    fulfilled_by: Sequence[str],
    snapshot: bool,
) -> DraftLine:
    quantity = draw(quantities(max_quantity))
    each = draw(st.integers(0, max_price))
    cancelled, fulfilled, returned = [draw(st.integers(0, quantity)) if snapshot else 0 for _ in range(3)]
    return DraftLine(
        name,
        draw(sku),
        quantity,
        Money(each, currency),
        draw(_discounts(each * quantity, currency)),
        draw(_taxes(each * quantity, currency)),
        draw(st.sampled_from(tuple(fulfilled_by))),
        draw(_TITLE),
        cancelled,
        fulfilled,
        returned,
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


# -- JSON ------------------------------------------------------------------------------------


def json_values(max_leaves: int = 20) -> SearchStrategy[Any]:
    """What JSON can say: any nesting of dict, list, str, int, float, bool and None."""
    scalars = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=10)
    )
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
        max_leaves=max_leaves,
    )


HOSTILE_JSON: tuple[str | bytes, ...] = (
    "",
    " ",
    "nul",
    '{"a":1',
    '{"a":1}{"b":2}',
    '{"a":1,}',
    "{'a':1}",
    "[1,2",
    '"\t"',
    "NaN",
    "[Infinity]",
    '{"a":-Infinity}',
    "01",
    "1_000",
    "+1",
    "1." + "0" * 5_000,
    "9" * 5_000,
    "1e999999999",
    "1E+3000000",
    "-1e-999999999",
    '{"id":1,"id":2}',
    '{"lines":[{"id":1},{"id":1,"id":2}]}',
    '{"":1,"":2}',
    '"\\ud800"',
    '{"\\udc00":1}',
    '"\\ud83d"',
    "\ud800",
    '"\ud800"',
    "[" * 33 + "]" * 33,
    "[" * 100_000,
    '{"a":' * 40 + "1" + "}" * 40,
    '{"a":' * 50_000,
    "[" + "1," * 600_000 + "1]",
    '"' + "x" * 1_048_576 + '"',
    "\ufeff{}",
    b"\xff\xfe{}",
    b'"\xff"',
    b'"\xed\xa0\x80"',
    b"\xef\xbb\xbf{}",
    '"x"'.encode("utf-16"),
    b"\x00",
)


def hostile_json() -> SearchStrategy[str | bytes]:
    """Text and bytes that somebody might send where JSON is read: broken, huge, deep, doubled."""
    return (
        st.sampled_from(HOSTILE_JSON)
        | st.text(max_size=40)
        | st.binary(max_size=40)
        | st.text(st.sampled_from('{}[]",:0123456789eE+-.\\u truefalsn\ud800'), max_size=40)
    )


def later(low_s: int = 0, high_s: int = 86_400) -> SearchStrategy[timedelta]:
    """Time that passes between two commands, in whole seconds."""
    return st.integers(low_s, high_s).map(lambda seconds: timedelta(seconds=seconds))


__all__ = [
    "HOSTILE_JSON",
    "contacts",
    "currencies",
    "drafts",
    "external_refs",
    "hostile_json",
    "identifiers",
    "instants",
    "json_values",
    "keys",
    "later",
    "money",
    "percentages",
    "places",
    "points",
    "quantities",
    "ratios",
    "skus",
    "texts",
]
