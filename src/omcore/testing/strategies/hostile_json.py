"""JSON of every kind: what it can say, and what somebody might send where it is read.

Decides which text is broken, huge, deep or doubled. Must not know who reads it.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy


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


__all__ = ["HOSTILE_JSON", "hostile_json", "json_values"]
