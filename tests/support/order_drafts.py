"""Drafts of every kind: currencies, tax modes, discounts, charges, several tenders, every fulfiller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from omcore.kernel import Money, Ratio
from omcore.orders.draft import Charge, Discount, DraftLine, DraftTender, ExternalRef, OrderDraft, Tax
from omcore.orders.placement.pricing import price
from order_life import NEW_YORK, T0

REF = ExternalRef("web", "shop", "order", "1")
RATES = tuple(map(Ratio.parse, ("0", "0.05", "0.08875", "0.19", "0.255")))


@st.composite
def taxes(draw: st.DrawFn, currency: str, most: int) -> tuple[Tax, ...]:
    """Up to two taxes: by rate or stated, the seller's or a marketplace's own (M13)."""
    found = []
    for _ in range(draw(st.integers(0, 2))):
        who = draw(st.sampled_from(("seller", "seller", "channel")))
        if draw(st.booleans()):
            found.append(Tax("rate", rate=draw(st.sampled_from(RATES)), collected_by=who))
        else:
            stated = Money(draw(st.integers(0, most)), currency)
            found.append(Tax("stated", amount=stated, collected_by=who))
    return tuple(found)


@st.composite
def drafts(
    draw: st.DrawFn,
    most_units: int = 4,
    most_lines: int = 3,
    plain: bool = False,
    more: Mapping[str, Any] | None = None,
) -> OrderDraft:
    """An order that can be placed. ``plain``: all of it the merchant's, to be shipped."""
    currency = draw(st.sampled_from(("USD", "JPY", "KWD")))
    taken_at, lines = None, []
    for i in range(draw(st.integers(1, most_lines))):
        quantity, each = draw(st.integers(1, most_units)), draw(st.integers(0, 5_000))
        gross = quantity * each
        discounts: tuple[Discount, ...] = ()
        if draw(st.booleans()):
            discounts = (Discount("off", amount=Money(draw(st.integers(0, gross // 3)), currency)),)
        who = "merchant" if plain else draw(st.sampled_from(("merchant",) * 4 + ("channel", "taken")))
        taken_at = "soho" if who == "taken" else taken_at
        lines.append(
            DraftLine(
                f"l{i}",
                f"SKU-{i}",
                quantity,
                Money(each, currency),
                discounts,
                # A twentieth each: stated taxes stay below what three discounts can leave of a price.
                draw(taxes(currency, gross // 20)),
                fulfilled_by=who,
            )
        )
    whole = (Discount("order", percentage=Ratio.percent("12.5")),) if draw(st.booleans()) else ()
    charges = [
        Charge("shipping", Money(net, currency), taxes=draw(taxes(currency, net // 20)))
        for net in draw(st.lists(st.integers(0, 900), max_size=1))
    ]
    charges += [Charge("rounding", Money(-1, currency))] * draw(st.integers(0, 1))
    common: dict[str, Any] = {
        "discounts": whole,
        "charges": tuple(charges),
        "tax_included": draw(st.booleans()),
        "destination": NEW_YORK,
        "taken_at": taken_at,
        **(more or {}),
    }
    bare = OrderDraft(REF, currency, tuple(lines), T0, **common)
    net, tax, *_ = price(bare).worth()
    return OrderDraft(
        REF, currency, tuple(lines), T0, tenders=draw(tenders(currency, max(net + tax, 0))), **common
    )


@st.composite
def tenders(draw: st.DrawFn, currency: str, total: int) -> tuple[DraftTender, ...]:
    """Up to three tenders that pay for the order, or for less, or for more."""
    if draw(st.integers(0, 9)) == 0:
        return ()
    amounts = [total + draw(st.sampled_from((0, 0, 0, 0, 250, -1)))]
    for _ in range(draw(st.integers(0, 2))):
        part = draw(st.integers(0, max(amounts[-1], 0)))
        amounts[-1:] = [amounts[-1] - part, part]
    found = []
    for i, amount in enumerate(amounts):
        kind = draw(st.sampled_from(("gateway", "gateway", "gateway", "channel", "cash")))
        stands = draw(st.sampled_from(("asked", "authorized", "captured", "captured")))
        found.append(
            DraftTender(
                f"t{i}",
                kind,
                Money(max(amount, 0), currency),
                authorized=stands == "authorized" and kind == "gateway",
                captured=stands == "captured" or (kind == "channel"),
            )
        )
    return tuple(found)
