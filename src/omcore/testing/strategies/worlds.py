"""What an embedder sets up: locations and networks, items and catalogs, sales channels, policies, shops.

Decides how these look over their whole range, so that each is accepted. Must not know orders or stock.
"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from omcore.engine import SalesChannel
from omcore.kernel import LOCATION_KINDS, Calendar, Catalog, Item, Location, Network
from omcore.orders import Policies
from omcore.testing.simulation import Shop, draw_shop
from omcore.testing.strategies.choosing import Choices
from omcore.testing.strategies.values import days, identifiers, measures, points, skus, texts

_ZONES = ("UTC", "America/New_York", "Asia/Kathmandu")
_GRAMS = st.integers(0, 10_000)
_REGIONS = st.frozensets(st.sampled_from(("US", "US-NY", "CA-ON")), max_size=2)


def calendars() -> SearchStrategy[Calendar]:
    """Days of work with weekends, holidays and exceptions; some day of a week is always worked."""
    few = st.frozensets(days(), max_size=3)
    weekends = st.frozensets(st.integers(1, 7), max_size=6)
    closes = st.sampled_from(("12:00", "18:00", "23:59"))
    opens = st.sampled_from(("00:00", "09:30", "12:00"))
    hours = st.lists(st.integers(1, 7), max_size=2, unique=True).map(
        lambda named: tuple([(weekday, "10:00", "17:00") for weekday in sorted(named)])
    )
    return st.builds(Calendar, weekends, few, few, closes, opens, hours)


def locations() -> SearchStrategy[Location]:
    """Places that hold stock: every kind, few or many capabilities, some closed."""
    return st.builds(
        Location,
        identifiers(),
        st.sampled_from(LOCATION_KINDS),
        st.none() | points(),
        st.sampled_from(("US", "CA")),
        st.integers(-100, 100),
        st.sampled_from(_ZONES),
        st.sampled_from(("00:00", "14:00", "23:59")),
        st.frozensets(identifiers(), max_size=2),
        _REGIONS,
        st.none() | st.integers(0, 1_000),
        st.integers(0, 1_000),
        st.booleans(),
        texts(),
        st.just(Calendar()) | calendars(),
        st.integers(0, 10),
        st.integers(0, 100),
    )


def networks(max_size: int = 3) -> SearchStrategy[Network]:
    """So many locations at most, of different names; none too."""
    found = st.lists(locations(), max_size=max_size, unique_by=lambda location: location.id)
    return found.map(lambda all_: Network(tuple(all_)))


def items(sku: SearchStrategy[str] | None = None) -> SearchStrategy[Item]:
    """Things that are sold by the piece, by weight or by length; kits are ``catalogs``' own."""
    names = skus() if sku is None else sku
    values = st.integers(0, 100_000)
    return st.builds(
        Item,
        names,
        _GRAMS,
        _GRAMS,
        _GRAMS,
        _GRAMS,
        returnable=st.booleans(),
        title=texts(),
        list_value=values,
        measure=measures(),
        hazard=st.sampled_from(("", "3", "9")),
    )


@st.composite
def catalogs(draw: DrawFn, max_size: int = 3) -> Catalog:
    """Items, and a kit of two of them where there are as many, of which some are built ahead."""
    found = draw(st.lists(items(), max_size=max_size, unique_by=lambda item: item.sku))
    if len(found) > 1 and draw(st.booleans()):
        parts = ((found[0].sku, draw(st.integers(1, 3))), (found[1].sku, draw(st.integers(1, 3))))
        name = draw(skus().filter(lambda sku: all(sku != item.sku for item in found)))
        found.append(Item(name, components=parts, built_ahead=draw(st.booleans())))
    return Catalog(tuple(found))


def sales_channels() -> SearchStrategy[SalesChannel]:
    """Who sells from stock: what each must leave, and how often each is told."""
    waits = st.none() | st.integers(0, 86_400).map(lambda seconds: timedelta(seconds=seconds))
    return st.builds(
        SalesChannel,
        identifiers(),
        st.lists(identifiers(), max_size=3, unique=True).map(tuple),
        st.integers(0, 10),
        st.none() | st.integers(0, 100),
        st.none() | st.frozensets(skus(), max_size=3),
        waits,
        st.none() | st.integers(1, 100),
    )


@st.composite
def shops(draw: DrawFn) -> Shop:
    """Shops as the simulator has them: network, catalog, policies, rules and channels that fit together."""
    return draw_shop(Choices(draw))


def policies() -> SearchStrategy[Policies]:
    """What shops agree on: capture, refunds, returns, pickup, deadlines."""
    return shops().map(lambda shop: shop.policies)


__all__ = ["calendars", "catalogs", "items", "locations", "networks", "policies", "sales_channels", "shops"]
