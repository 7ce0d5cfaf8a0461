"""Values that must be refused where one of that kind is read: by type, by range, by what they look like.

Decides what nobody may take for an identifier, a SKU, a quantity, an amount of money, a moment. Must not know
where they are read.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from omcore.kernel import MAX_QUANTITY

_NO_TEXT: tuple[Any, ...] = (None, True, 7, 1.5, b"abc", ("abc",), ["abc"])
_NO_NUMBER: tuple[Any, ...] = (None, True, False, 2.0, "2", "1_000", " 7\n", "\u0663", Decimal(2), [2])


def hostile_ids() -> SearchStrategy[Any]:
    """What is no identifier: other types, nothing, blanks, slashes, other scripts, far too much."""
    said = st.sampled_from(("", " ", "a b", "a/b", "a\n", "na\u00efve", "\u0430bc", "a\u200b", "x" * 201))
    strange = st.text(min_size=1, max_size=8).filter(lambda text: not text.isascii())
    return st.sampled_from(_NO_TEXT) | said | strange


def hostile_skus() -> SearchStrategy[Any]:
    """What is no SKU: blanks around it, control and invisible characters, letters that are not composed."""
    said = ("", " TEE", "TEE ", "\tTEE", "T\x00E", "T\u200bE", "e\u0301", "\ufeffTEE", "x" * 10_000)
    return st.sampled_from((*_NO_TEXT, *said))


def hostile_quantities() -> SearchStrategy[Any]:
    """What is no number of units: none, less than none, too many, what only looks like a number."""
    too_few, too_many = st.integers(max_value=0), st.integers(min_value=MAX_QUANTITY + 1)
    return st.sampled_from(_NO_NUMBER) | too_few | too_many


def hostile_amounts() -> SearchStrategy[Any]:
    """What is no amount of money where decimal text is read: floats, exponents, too many digits (M1)."""
    said = ("", "abc", "1.", ".5", "1,50", "1e3", "1E+3000000", "NaN", "Infinity", "--1", "1_0", "9" * 5_000)
    odd = (None, True, 1.5, float("nan"), float("inf"), Decimal("NaN"), Decimal("1E+3000000"), b"1")
    return st.sampled_from((*said, *odd)) | st.floats()


def hostile_instants() -> SearchStrategy[Any]:
    """What is no moment: without a zone, a day, a number, text (C2)."""
    naive = st.datetimes()
    odd = (
        None,
        0,
        1.5,
        "2026-11-27T09:00:00Z",
        date(2026, 11, 27),
        datetime(2026, 11, 27, tzinfo=UTC).time(),
    )
    return naive | st.sampled_from(odd)


__all__ = ["hostile_amounts", "hostile_ids", "hostile_instants", "hostile_quantities", "hostile_skus"]
