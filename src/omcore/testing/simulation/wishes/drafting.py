"""Drafts: what a customer orders, in the shop's currencies, and how he pays.

Decides lines, discounts, taxes, charges and tenders that placing accepts under the default pricing: the
tenders come to the total. Must not know what became of orders before.
"""

from __future__ import annotations

from omcore import orders as om
from omcore.kernel import Contact, GeoPoint, Money, Place, Ratio, changed, split
from omcore.orders.draft import Charge, Discount, DraftLine, DraftTender, ExternalRef, OrderDraft, Tax
from omcore.testing.simulation.wishes.desk import Desk

NAME = "Zyxwvut"  # of every customer: where it turns up, personal data has leaked (PR8)

_NEW_YORK = Place("US", "NY", "10001", GeoPoint(40.7, -74.0))
_DESTINATIONS = (_NEW_YORK, Place("US", "CA", "90001", GeoPoint(34.0, -118.2)), Place("NO"))
_PRICES = (1000, 99, 7, 1999, 0)
_TAX = Tax("sales", rate=Ratio.parse("0.0825"))
_TAXES: tuple[tuple[Tax, ...], ...] = (
    (),
    (_TAX,),
    (Tax("state", rate=Ratio.parse("0.07")), Tax("city", rate=Ratio.parse("0.2"))),
    (Tax("market", rate=Ratio.parse("0.07"), collected_by="channel"),),
)
_DISCOUNTS: tuple[tuple[Discount, ...], ...] = (
    (),
    (Discount("sale", percentage=Ratio.parse("0.333")),),
    (Discount("partner", percentage=Ratio.parse("0.1"), funded_by="channel"),),
)
_OF_ORDER: tuple[tuple[Discount, ...], ...] = (
    (),
    (),
    (Discount("welcome", percentage=Ratio.parse("0.05")),),
    (Discount("free shipping", percentage=Ratio.parse("0.05"), includes_shipping=True),),
)
_FULFILLERS = ("merchant",) * 8 + ("channel", "taken")
_KINDS = ("gateway",) * 5 + ("gift_card", "store_credit", "channel", "cash")
_SERVICES = ("standard", "standard", "express")


def line_of(desk: Desk, line_id: str, currency: str, fulfilled_by: str = "merchant") -> DraftLine:
    """So many of something that is sold."""
    chooser, shop = desk.chooser, desk.shop
    sku = chooser.pick(shop.sold or shop.skus)
    measure = shop.catalog.measure(sku)
    many = chooser.between(1, 4) if not measure.scale else 250 * chooser.between(1, 6)
    return DraftLine(
        line_id,
        sku,
        many,
        Money(chooser.pick(_PRICES), currency),
        chooser.pick(_DISCOUNTS),
        chooser.pick(_TAXES),
        fulfilled_by,
        measure=measure,
    )


def draft_of(desk: Desk, order_id: str) -> OrderDraft:
    """An order that is placed; by zeros alone one unit, paid by card."""
    chooser, shop = desk.chooser, desk.shop
    currency = chooser.pick(shop.currencies)
    lines = tuple(
        [
            line_of(desk, f"l{number}", currency, chooser.pick(_FULFILLERS))
            for number in range(1, chooser.between(1, 3) + 1)
        ]
    )
    pickup = chooser.pick(desk.places) if chooser.chance(220) else None
    charges: tuple[Charge, ...] = ()
    if chooser.chance(500):
        charges = (Charge("shipping", Money(chooser.pick((500, 333)), currency), (), chooser.pick(_TAXES)),)
    draft = OrderDraft(
        ExternalRef(chooser.pick(("web", "market")), "shop", "order", order_id),
        currency,
        lines,
        desk.at,
        chooser.pick(_DESTINATIONS) if pickup is None else None,
        Contact(name=f"{NAME} of {order_id}"),
        chooser.pick(_OF_ORDER),
        charges,
        (),
        chooser.chance(300),
        service="ship_to_store" if pickup and chooser.chance(400) else chooser.pick(_SERVICES),
        ship_complete=chooser.chance(120),
        pickup_at=pickup,
        taken_at=desk.places[-1],
        source_version=1,
    )
    return _paid(desk, draft)


def _paid(desk: Desk, draft: OrderDraft) -> OrderDraft:
    chooser = desk.chooser
    net, tax, *_ = om.price(draft).worth()
    total = net + tax
    stated = Money(total, draft.currency)
    if total < 0 or chooser.chance(40):
        return changed(draft, stated_total=stated)
    tenders = []
    for number, amount in enumerate(split(total, [1] * chooser.pick((1, 1, 1, 2, 3))), 1):
        kind = chooser.pick(_KINDS)
        held = kind in ("channel", "cash") or chooser.chance(200)
        tenders.append(
            DraftTender(
                f"t{number}-{draft.ref.id}",
                kind,
                Money(amount, draft.currency),
                held or chooser.chance(500),
                held,
            )
        )
    return changed(draft, stated_total=stated, tenders=tuple(tenders))


__all__ = ["NAME", "draft_of", "line_of"]
