"""The oracle says nothing of a shop in which everything is right."""

from __future__ import annotations

from datetime import timedelta

import pytest

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import RouteOrder
from omcore.kernel import Conflict, OmcoreError, Unavailable
from watched_shop import Watched


def shop_day(shop: Watched) -> None:
    """Goods come in, a cart is filled, orders go out and come back, and one is refused."""
    for location in ("nyc", "lax"):
        shop.receive(location, "TEE", 9)
        shop.receive(location, "MUG", 9)
    until = shop.now + timedelta(hours=1)
    held = (inv.ReservedItem("TEE", "lax", 2), inv.ReservedItem("MUG", "nyc", 1))
    shop.do(inv.ReserveStock("cart-1", "ada", held, until, **shop.common()))
    shop.place("o1", ("TEE", 2, 1000), ("KIT", 1, 2500))
    shop.place("o2", ("TEE", 3, 999), reservation="cart-1")
    shop.place("o1", ("TEE", 1, 1))
    for name in ("o1", "o2"):
        shop.do(RouteOrder(name, **shop.common()))
    shop.dispatch()
    for name in ("o1", "o2"):
        for work in tuple(shop.order(name).progress.work.values()):
            shop.do(om.ShipUnits(name, work.id, **shop.common()))
        shop.dispatch()
        for shipment in tuple(shop.order(name).progress.shipments):
            shop.do(om.RecordDelivery(name, shipment, **shop.common()))
    shop.do(om.AuthorizeReturn("o1", "r1", (("l0", 1),), **shop.common()))
    shop.do(om.ReceiveReturn("o1", "r1", "nyc", **shop.common()))
    shop.do(inv.CountStock("TEE", "nyc", 3, **shop.common()))
    shop.batch(
        inv.ReceiveStock("MUG", "nyc", 1, **shop.common()),
        om.CancelUnits("o2", **shop.common()),
        inv.SetSafetyStock("MUG", "nyc", 1, **shop.common()),
    )
    shop.dispatch()


def test_a_day_in_which_everything_is_right() -> None:
    shop = Watched()
    shop_day(shop)
    shop.oracle.at_the_end()
    assert set(shop.oracle.seen.order_ids) == {"o1", "o2"}
    assert shop.oracle.again.decided > 25
    assert not shop.oracle.again.passed_over


def test_the_same_command_again_has_the_same_answer() -> None:
    shop = Watched()
    command = inv.ReceiveStock("TEE", "nyc", 1, **shop.common())
    first, again = shop.do(command, command)
    assert not first.repeated
    assert again.repeated
    other = inv.ReceiveStock("TEE", "nyc", 2, key=command.key, at=command.at)
    (refused,) = shop.do(other)
    assert isinstance(refused, OmcoreError)
    shop.oracle.at_the_end()


@pytest.mark.parametrize("trouble", [Conflict("reads"), Unavailable("store")])
def test_trouble_before_and_after_a_commit_breaks_nothing(trouble: OmcoreError) -> None:
    shop = Watched()
    shop.before.append(trouble)  # type: ignore[arg-type]  # both are of the store
    shop.receive("nyc", "TEE", 1)
    shop.after.append(Unavailable("store"))
    shop.receive("nyc", "TEE", 1)
    assert shop.stock("nyc", "TEE").on_hand == 2
    shop.oracle.at_the_end()
