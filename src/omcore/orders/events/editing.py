"""Events of an order: what came to it after it was placed, and the edits that changed it."""

from __future__ import annotations

from datetime import datetime

import attrs

from omcore.kernel import Place, record
from omcore.orders.entitlements import ChargeWorth, Entitlements
from omcore.orders.state import Edit, Items, OrderLine


@record
class UnitsAdded:
    """The order has more units than before; nothing that it had changes its worth (M6).

    ``lines`` are new lines. ``more`` are units of lines that it has, as (line id, entitlements that
    are numbered on from the line's last unit). ``charges`` come with them; one may be negative.
    ``cause`` names what asked for it, as ``edit:<id>``, ``exchange:<id>`` or ``claim:<id>``.
    The amounts are those of all of it.
    """

    at: datetime
    cause: str
    lines: tuple[OrderLine, ...]
    more: tuple[tuple[str, Entitlements], ...]
    charges: tuple[ChargeWorth, ...]
    net: int
    tax: int
    remitted: int
    funded: int


@record
class DeliveryChanged:
    """What has not shipped goes elsewhere, or by another service; ``cause`` as of ``UnitsAdded``."""

    at: datetime
    cause: str
    destination: Place | None
    service: str
    pickup_at: str | None


@record
class EditProposed:
    """An edit waits to be confirmed. ``party`` is the role that wants it.

    The amounts are what the order will be worth more, or less where they are negative; ``due`` is
    what is still to be paid before it can be confirmed, as it stands now.
    """

    at: datetime
    edit: Edit
    party: str
    net: int
    tax: int
    remitted: int
    funded: int
    due: int


@record
class EditConfirmed:
    """The order was changed: the events before this one say how. ``party`` is the role that confirmed.

    ``added`` and ``cancelled`` are all units that came and went, ``swaps`` (new line, line whose place it
    takes), the amounts what the order is worth more or less. ``total`` is what the customer pays for
    what is kept now, taxes that a marketplace remits included.
    """

    at: datetime
    edit_id: str
    party: str
    reverts: str
    added: Items
    cancelled: Items
    swaps: tuple[tuple[str, str], ...]
    net: int
    tax: int
    remitted: int
    funded: int
    total: int


@record
class EditDeclined:
    """The edit will not be made; ``party`` is the role that said so, ``cause`` its reason."""

    at: datetime
    edit_id: str
    party: str
    cause: str = attrs.field(repr=False)


@record
class EditLapsed:
    """The edit is off by itself: nobody confirmed it before ``expired_at``, or, where that is None,
    the order came to its end."""

    at: datetime
    edit_id: str
    expired_at: datetime | None


__all__ = ["DeliveryChanged", "EditConfirmed", "EditDeclined", "EditLapsed", "EditProposed", "UnitsAdded"]
