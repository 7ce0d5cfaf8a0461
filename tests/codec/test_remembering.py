"""A codec that remembers says what one says that does not, for as long and as much as it is used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sqlite_store import SqliteStore
from omcore.codec import CODEC, InvalidJson, RememberingCodec
from omcore.inventory import ReservedItem
from omcore.kernel import InvalidType, OmcoreError
from omcore.testing import StoreContract
from omcore.testing._store_clauses import difference
from omcore.testing.stores._values import PEOPLE, specimens

VALUES = (*specimens(), *PEOPLE)


@given(
    st.integers(1, 5),
    st.lists(st.tuples(st.sampled_from(("write", "read", "read bytes")), st.sampled_from(VALUES))),
)
def test_it_writes_and_reads_what_the_other_does(size: int, steps: list[tuple[str, Any]]) -> None:
    codec = RememberingCodec(CODEC, size)
    for what, value in steps:
        text = CODEC.dumps(value)
        if what == "write":
            assert codec.dumps(value) == text
        else:
            found = codec.loads(text.encode() if what == "read bytes" else text)
            assert difference(found, CODEC.loads(text)) == ""
        assert len(codec._young) + len(codec._elder) <= 2 * size


def test_what_was_written_is_not_read_again_and_is_the_same() -> None:
    codec = RememberingCodec(CODEC)
    item = ReservedItem("TEE-M", "nyc", 3)
    assert codec.loads(codec.dumps(item)) is item
    assert codec.loads(CODEC.dumps(ReservedItem("TEE-M", "nyc", 4))) == ReservedItem("TEE-M", "nyc", 4)


@pytest.mark.parametrize("text", ["", "no json", '{"type":"Nobody","v":1}', None, 7, b"\xff", ["a"]])
def test_it_refuses_what_the_other_refuses_every_time(text: Any) -> None:
    codec = RememberingCodec(CODEC)
    for _ in range(2):
        with pytest.raises(OmcoreError) as told:
            codec.loads(text)
        with pytest.raises(type(told.value)):
            CODEC.loads(text)
    assert codec._young == {}


def test_it_is_extended_like_any_other() -> None:
    codec = RememberingCodec(CODEC, 7).extended()
    assert type(codec) is RememberingCodec
    assert codec._size == 7
    assert codec.classes == CODEC.classes
    with pytest.raises(InvalidJson):
        codec.loads("{")


@pytest.mark.parametrize(
    ("codec", "size"), [(None, 1), (CODEC, 0), (CODEC, True), (CODEC, 1.0), (CODEC, 10**9)]
)
def test_garbage_is_refused(codec: Any, size: Any) -> None:
    with pytest.raises(InvalidType):
        RememberingCodec(codec, size)


class TestStoreThatRemembers(StoreContract):
    """The whole contract holds with it: what is kept is the text, and nothing but reading is spared."""

    @pytest.fixture
    def reopen(self, tmp_path: Path) -> Callable[[], SqliteStore]:
        return lambda: SqliteStore(tmp_path / "oms.db", codec=RememberingCodec(CODEC, 3))

    @pytest.fixture
    def store(self, reopen: Callable[[], SqliteStore]) -> Any:
        store = reopen()
        yield store
        store.close()
