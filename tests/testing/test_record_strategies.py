"""Strategies by type: what they draw fits the class, and reaches what the types allow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from hypothesis import Phase, given, settings

from omcore.codec import CODEC
from omcore.kernel import InputError, InvalidType, Money, record
from omcore.orders import Order
from omcore.testing.records import records


@record
class Gift:
    """An embedder's class with one field of each kind."""

    at: datetime
    items: tuple[tuple[str, int], ...]
    colors: frozenset[str]
    prices: Mapping[str, Money]
    note: str | None
    weight: float
    about: Any = None

    def __attrs_post_init__(self) -> None:
        if self.note == "":
            raise InputError("note")


@settings(max_examples=50)
@given(records(Gift))
def test_records_of_an_embedders_class_have_the_types_of_its_fields(gift: Gift) -> None:
    assert gift.at.tzinfo is UTC
    assert type(gift.items) is tuple
    assert all(type(name) is str and type(count) is int for name, count in gift.items)
    assert type(gift.colors) is frozenset
    assert all(type(price) is Money for price in gift.prices.values())
    assert gift.note != ""


def test_records_reach_what_the_types_allow() -> None:
    missing = {
        "items",
        "colors",
        "prices",
        "note",
        "about",
        "a record in a field of anything",
        "whole weight",
    }

    @settings(max_examples=300, phases=[Phase.generate], database=None, derandomize=True)
    @given(records(Gift))
    def look(gift: Gift) -> None:
        missing.difference_update(
            name for name in ("items", "colors", "prices", "note") if getattr(gift, name)
        )
        if gift.about is not None:
            missing.discard("about")
        if attrs.has(type(gift.about)):
            missing.discard("a record in a field of anything")
        if type(gift.weight) is int:
            missing.discard("whole weight")

    look()
    assert missing == set()


@record
class Tree:
    name: str
    children: tuple[Tree, ...] = ()
    shade: Tree | None = None


@given(records(Tree))
def test_a_record_may_hold_records_of_its_own_class(tree: Tree) -> None:
    assert all(type(child) is Tree for child in tree.children)


@settings(max_examples=5)
@given(records(Order))
def test_states_hold_whatever_their_types_allow(order: Order) -> None:
    assert type(order) is Order


def test_every_record_of_the_package_can_be_drawn() -> None:
    for cls in CODEC.classes:
        assert records(cls) is not None


@pytest.mark.parametrize("cls", [int, None, "Gift", Gift.__init__])
def test_what_no_codec_would_take_is_refused(cls: Any) -> None:
    with pytest.raises(InvalidType):
        records(cls)
