"""Commands for batches, drawn; the order in which they must be decided, told naively; one by one, the truth.

What a batch comes to is what its commands come to one after the other. The order is told here from the rule
alone: by the names of classes, and by looking at every command before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import DisplaceClaims, OrderManager, RouteOrder
from omcore.kernel import InvalidText, Location, Money, Network, OmcoreError, Place
from omcore.orders import DEFAULT_RULES
from omcore.orders.draft import DraftLine, DraftTender, ExternalRef, OrderDraft
from omcore.routing import ByPriority

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
PLACES = ("nyc", "lax")
SKUS = ("TEE", "CAP")
TOKENS = ("t0", "t1", "t2")
ORDERS = ("o0", "o1", "o2")

EARLY = ("ExpireReservation", "ReleaseReservation", "ReleaseAllocation", "MeetDeadlines", "CancelUnits")
LATE = ("ReserveStock", "PlaceOrder", "ImportOrder")


class NoUnluckyNumbers:
    """A rule of an embedder's own that says no with an error which is nobody's answer."""

    name = "no_unlucky_numbers"
    reads_stock = True

    def check(self, order: om.Order, context: om.OrderContext) -> om.Finding | None:
        wanted = order.terms.lines[0].quantity
        if wanted == 4:
            raise InvalidText("draft", reason="an unlucky number")
        assert context.available is not None
        return om.Finding("scarce") if wanted == 3 and context.available("TEE") < wanted else None


def manager(store: Any) -> OrderManager:
    return OrderManager(
        store,
        network=Network(tuple(Location(name, priority=i) for i, name in enumerate(PLACES))),
        routing=ByPriority(),
        rules=(*DEFAULT_RULES, NoUnluckyNumbers()),
        policies=om.Policies(unplaced="backorder", priority=lambda order: int(order.id[-1])),
    )


def opened(store: Any) -> OrderManager:
    """A manager of a shop that has three of everything everywhere, a cart and an order."""
    oms = manager(store)
    for place in PLACES:
        for sku in SKUS:
            oms.execute(inv.ReceiveStock(sku, place, 3, key=f"opening-{place}-{sku}", at=T0))
    cart = (inv.ReservedItem("TEE", "nyc", 1),)
    oms.execute(inv.ReserveStock("t0", "ada", cart, T0 + timedelta(minutes=4), key="opening-cart", at=T0))
    oms.execute(om.PlaceOrder(draft("o0", 2), order_id="o0", key="opening-order", at=T0))
    return oms


def draft(order_id: str, quantity: int) -> OrderDraft:
    return OrderDraft(
        ExternalRef("web", "shop", "order", order_id),
        "USD",
        (DraftLine("l", "TEE", quantity, Money(1000, "USD")),),
        T0,
        destination=Place("US", "NY", "10001"),
        tenders=(DraftTender("card", "gateway", Money(1000 * quantity, "USD"), authorized=True),),
    )


@st.composite
def some_commands(draw: st.DrawFn) -> list[Any]:
    """Up to twenty: clocks stand still or go on, keys come again with the same payload or another."""
    made: list[Any] = []
    minute = 0
    for number in range(draw(st.integers(1, 20))):
        minute = max(0, minute + draw(st.sampled_from((0, 0, 0, 0, 1, 2, -1))))
        key = f"k{number}"
        if made and draw(st.integers(0, 7)) == 0:
            again = draw(st.sampled_from(made))
            if draw(st.booleans()):
                made.append(again)
                continue
            key = getattr(again, "key", key)
        made.append(draw(_one(key, T0 + timedelta(minutes=minute))))
    return made


@st.composite
def _one(draw: st.DrawFn, key: str, at: datetime) -> Any:
    common = {"key": key, "at": at, "by": draw(st.sampled_from(("", "ops")))}
    kind = draw(st.sampled_from((*_MAKE, *["reserve", "place", "route"] * 3)))
    return _MAKE[kind](draw, common)


def _items(draw: st.DrawFn) -> tuple[inv.ReservedItem, ...]:
    one = st.builds(
        inv.ReservedItem, st.sampled_from(SKUS), st.sampled_from((*PLACES * 4, "atlantis")), st.integers(1, 3)
    )
    return tuple(draw(st.lists(one, min_size=1, max_size=2)))


def _token(draw: st.DrawFn) -> str:
    return draw(st.sampled_from(TOKENS))


def _order(draw: st.DrawFn) -> str:
    return draw(st.sampled_from(ORDERS))


def _place(draw: st.DrawFn) -> tuple[str, str]:
    return draw(st.sampled_from(SKUS)), draw(st.sampled_from(PLACES))


def _reserve(draw: st.DrawFn, common: dict[str, Any]) -> Any:
    until = common["at"] + timedelta(minutes=draw(st.integers(1, 3)))
    token, other = _token(draw), _token(draw)
    replaces = other if other != token and draw(st.integers(0, 3)) == 0 else ""
    return inv.ReserveStock(token, "ada", _items(draw), until, replaces, **common)


_MAKE: dict[str, Any] = {
    "reserve": _reserve,
    "extend": lambda draw, common: inv.ExtendReservation(
        _token(draw), common["at"] + timedelta(minutes=3), **common
    ),
    "release": lambda draw, common: inv.ReleaseReservation(_token(draw), **common),
    "expire": lambda draw, common: inv.ExpireReservation(_token(draw), **common),
    "confirm": lambda draw, common: inv.ConfirmReservation(_token(draw), late=draw(st.booleans()), **common),
    "let go": lambda draw, common: inv.ReleaseAllocation(_token(draw), **common),
    "ship": lambda draw, common: inv.ShipAllocation(_token(draw), **common),
    "receive": lambda draw, common: inv.ReceiveStock(*_place(draw), draw(st.integers(1, 6)), **common),
    "count": lambda draw, common: inv.CountStock(*_place(draw), draw(st.integers(0, 6)), **common),
    "count late": lambda draw, common: inv.CountStock(
        *_place(draw),
        draw(st.integers(0, 6)),
        counted_at=common["at"] - timedelta(minutes=draw(st.integers(0, 2))),
        **common,
    ),
    "keep back": lambda draw, common: inv.SetSafetyStock(*_place(draw), draw(st.integers(0, 2)), **common),
    "place": lambda draw, common: _placing(
        _order(draw), draw(st.integers(1, 4)), draw(st.sampled_from(("", *TOKENS))), common
    ),
    "route": lambda draw, common: RouteOrder(_order(draw), **common),
    "displace": lambda draw, common: DisplaceClaims(_order(draw), **common),
    "expect": lambda draw, common: inv.ExpectSupply(
        *_place(draw),
        draw(st.sampled_from(("po-1", "po-2"))),
        draw(st.integers(0, 4)),
        common["at"] + timedelta(minutes=draw(st.integers(1, 3))),
        **common,
    ),
    "transfer": lambda draw, common: inv.TransferStock(
        f"tr-{common['key']}",
        draw(st.sampled_from(SKUS)),
        "nyc",
        "lax",
        1,
        common["at"] + timedelta(minutes=1),
        **common,
    ),
    "cancel": lambda draw, common: om.CancelUnits(_order(draw), (("l", 1),), **common),
    "ship order": lambda draw, common: _shipping(_order(draw), common),
    "nonsense": lambda draw, common: draw(
        st.sampled_from((None, 7, inv.ReleaseReservation("t0", **{**common, "key": "omcore/mine"})))
    ),
}


def _placing(order_id: str, quantity: int, token: str, common: dict[str, Any]) -> Any:
    return om.PlaceOrder(draft(order_id, quantity), order_id=order_id, reservation=token, **common)


def _moving(sku: str, common: dict[str, Any]) -> Any:
    arrives = common["at"] + timedelta(minutes=1)
    return inv.TransferStock(f"tr-{common['key']}", sku, "nyc", "lax", 1, arrives, **common)


def _shipping(order_id: str, common: dict[str, Any]) -> Any:
    return om.ShipUnits(order_id, f"{order_id}-F1", **common)


# -- the order, from the rule alone ----------------------------------------------------------


def decided_order(commands: Sequence[Any]) -> list[int]:
    """S6, for each pair: places of commands as decided; nonsense first, which stands between nobody."""
    nonsense = [i for i, each in enumerate(commands) if getattr(each, "key", "omcore/").startswith("omcore/")]
    rest = [i for i in range(len(commands)) if i not in nonsense]
    runs: list[list[int]] = []
    for i in rest:
        if runs and commands[runs[-1][-1]].at == commands[i].at:
            runs[-1].append(i)
        else:
            runs.append([i])
    ordered = nonsense
    for run in runs:
        classes: dict[int, int] = {}
        for i in run:
            related = [classes[j] for j in run if j < i and _related(commands[i], commands[j])]
            classes[i] = max([_class(commands[i]), *related])
        ordered = ordered + [i for wanted in (1, 2, 3) for i in run if classes[i] == wanted]
    return ordered


def _class(command: Any) -> int:
    name = type(command).__name__
    return 1 if name in EARLY else 3 if name in LATE else 2


def _related(one: Any, other: Any) -> bool:
    return bool(_names(one) & _names(other))


def _names(command: Any) -> set[tuple[str, str]]:
    tokens = {("token", getattr(command, name, "")) for name in ("token", "replaces")} - {("token", "")}
    order = {("order", command.order_id)} if hasattr(command, "order_id") else set()
    return tokens | order | {("key", command.key)}


# -- one by one ------------------------------------------------------------------------------


def one_by_one(oms: OrderManager, commands: Sequence[Any], order: Sequence[int]) -> list[Any]:
    """Each command's outcome, or its error, in the places of the commands."""
    said: list[Any] = [None] * len(commands)
    for i in order:
        try:
            said[i] = oms.execute(commands[i])
        except OmcoreError as error:
            said[i] = error
    return said


def kept(store: Any, commands: Sequence[Any]) -> tuple[Any, ...]:
    """Everything that a store has of them: feed, streams, answers, personal data."""
    names = [f"reservation/{token}" for token in TOKENS]
    names += [f"order/{order_id}" for order_id in ORDERS]
    names += [inv.stock_stream(place, sku) for place in PLACES for sku in SKUS]
    keys = sorted({each.key for each in commands if hasattr(each, "key")})
    return (
        list(store.feed(0, 10_000)),
        dict(store.load(names)),
        [list(store.history(name)) for name in names],
        [store.answer(key) for key in keys],
        [store.private(order_id) for order_id in ORDERS],
    )
