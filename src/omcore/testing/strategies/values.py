"""Values that enter omcore: money, identifiers, text, moments, places, people.

Decides what a *valid* value looks like, over its whole range: every currency exponent, limits included, text
in many scripts. What is drawn here is accepted by construction, so that a test never has to filter. Must
not know any test.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from omcore.kernel import (
    CURRENCIES,
    EPOCH,
    MAX_MINOR,
    MAX_QUANTITY,
    MAX_SCALE,
    PIECE,
    Contact,
    GeoPoint,
    Measure,
    Money,
    Place,
    Ratio,
    checked_sku,
)
from omcore.kernel.errors import InputError

_ID_FIRST = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ID_REST = _ID_FIRST + "._:#=+~-"
_PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F))
RATES = ("0", "0.0025", "0.05", "0.0625", "0.08875", "0.19", "0.2", "0.255", "1")
_PERCENTAGES = ("0", "3.3", "10", "12.5", "33.333", "50", "99.9", "100")


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


def days() -> SearchStrategy[date]:
    """Plain calendar dates."""
    return st.dates(EPOCH.date(), date(9998, 12, 31))


def ratios() -> SearchStrategy[Ratio]:
    """Tax rates and other exact rates."""
    return st.sampled_from(RATES).map(Ratio.parse) | st.builds(
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
        st.sampled_from(("", "America/New_York", "Pacific/Auckland", "UTC")),
    )


def contacts() -> SearchStrategy[Contact]:
    """People."""
    words = texts(20)
    street = st.lists(words, max_size=5).map(tuple)
    return st.builds(Contact, words, words, words, words, street, words, words, words, words)


def measures() -> SearchStrategy[Measure]:
    """Pieces, mostly; else what goods are weighed or measured in."""
    return st.just(PIECE) | st.builds(Measure, st.sampled_from(("kg", "m", "l")), st.integers(0, MAX_SCALE))


def later(low_s: int = 0, high_s: int = 86_400) -> SearchStrategy[timedelta]:
    """Time that passes between two commands, in whole seconds."""
    return st.integers(low_s, high_s).map(lambda seconds: timedelta(seconds=seconds))


__all__ = [
    "RATES",
    "contacts",
    "currencies",
    "days",
    "identifiers",
    "instants",
    "keys",
    "later",
    "measures",
    "money",
    "percentages",
    "places",
    "points",
    "quantities",
    "ratios",
    "skus",
    "texts",
]
