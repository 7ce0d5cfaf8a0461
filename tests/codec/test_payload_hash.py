"""C4: what makes a retry the same command."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omcore import inventory as inv
from omcore import orders as om
from omcore.codec import CODEC, dumps, loads, payload_hash
from omcore.kernel import Command, GeoPoint, InvalidType, Place, record
from omcore.testing.records import records
from order_life import T0, a_draft, a_line

COMMANDS = (*om.ORDER_COMMANDS, *inv.INVENTORY_COMMANDS)


def receive(quantity: int = 1, at: datetime = T0, sku: str = "TEE", key: str = "k", **more: Any) -> str:
    return payload_hash(inv.ReceiveStock(sku=sku, location="nyc", quantity=quantity, key=key, at=at, **more))


def test_a_retry_with_a_later_time_is_the_same_command_and_another_quantity_is_not() -> None:
    assert receive() == receive(at=T0 + timedelta(hours=1)) == receive(key="k2")
    others = [
        receive(2),
        receive(sku="TEE-2"),
        receive(by="Kim"),
        receive(reason="Kim"),
        receive(reference="Kim"),
    ]
    assert len({receive(), *others}) == 6
    assert len(receive()) == 64


def payload(command: Command) -> Any:
    """An oracle: the stored form without key and time, and the type."""
    stored = CODEC.to_json(command)
    return {name: value for name, value in stored.items() if name not in ("key", "at")}


@settings(max_examples=150)
@given(st.data(), st.sampled_from(COMMANDS))
def test_two_commands_have_one_hash_where_they_have_one_payload(
    data: st.DataObject, cls: type[Command]
) -> None:
    left = data.draw(records(cls))
    right = data.draw(records(cls))
    # An expiry is checked against the time of its command.
    later = left.at if hasattr(left, "expires_at") else left.at + timedelta(microseconds=1)
    changed = attrs.evolve(left, key="another", at=later)
    assert payload_hash(left) == payload_hash(changed) == payload_hash(loads(dumps(left)))
    assert (payload_hash(left) == payload_hash(right)) is (payload(left) == payload(right))


@settings(max_examples=60)
@given(records(om.PlaceOrder), st.data())
def test_whatever_is_changed_in_a_draft_changes_the_hash(command: Any, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(attrs.fields(type(command.draft))))
    other = data.draw(records(type(command.draft)))
    try:
        changed = attrs.evolve(
            command, draft=attrs.evolve(command.draft, **{field.name: getattr(other, field.name)})
        )
    except Exception:  # noqa: BLE001 - the two drafts do not go together
        return
    assert (payload_hash(command) == payload_hash(changed)) is (command.draft == changed.draft)


def test_equal_commands_have_one_hash_whatever_they_are_made_of() -> None:
    """Whole degrees, the other zero, the same moment in another zone."""

    def place(latitude: float, longitude: float, at: datetime) -> str:
        destination = Place("US", "NY", "10001", GeoPoint(latitude, longitude))
        draft = a_draft([a_line()], destination=destination)
        return payload_hash(om.PlaceOrder(attrs.evolve(draft, placed_at=at), key="k", at=T0))

    elsewhere = T0.astimezone(timezone(timedelta(hours=-5)))
    assert place(40, -0.0, T0) == place(40.0, 0.0, elsewhere)
    assert place(40, 0, T0) != place(40, 1, T0)


@record
class Wrap(Command):
    """A command of an embedder's own."""

    order_id: str
    colors: frozenset[str] = frozenset()
    about: Any = None


def test_a_field_that_a_later_release_adds_does_not_change_the_hash() -> None:
    """The retry of a command that an earlier release answered is recognized."""
    before = payload_hash(Wrap("o1", frozenset({"red", "blue"}), key="k", at=T0))

    def a_release_later() -> Any:
        @record
        class Wrap(Command):
            order_id: str
            colors: frozenset[str] = frozenset()
            card: str = ""
            about: Any = None

        return Wrap

    later = a_release_later()
    assert payload_hash(later("o1", frozenset({"blue", "red"}), key="k", at=T0)) == before
    assert payload_hash(later("o1", frozenset({"red", "blue"}), "hi", key="k", at=T0)) != before


def test_a_field_that_may_be_left_out_from_a_later_release_on_does_not_change_the_hash() -> None:
    """Whoever sends what he sent before is recognized."""

    kinds: dict[str, Any] = {"to": Place, "when": datetime, "near": float, "parts": tuple[Place, ...]}

    def a_release(kinds: dict[str, Any]) -> Any:
        return record(type("Send", (Command,), {"__annotations__": kinds}))

    sent = Place("US", "NY", "10001", GeoPoint(40, -74)), T0, 1.5, (Place("US"), Place("CA"))
    before, later = a_release(kinds), a_release({name: kind | None for name, kind in kinds.items()})
    assert payload_hash(later(*sent, key="k", at=T0)) == payload_hash(before(*sent, key="k", at=T0))
    for place in range(4):
        without = [None if place == number else value for number, value in enumerate(sent)]
        assert payload_hash(later(*without, key="k", at=T0)) != payload_hash(before(*sent, key="k", at=T0))


def test_values_of_different_kinds_have_different_hashes() -> None:
    point = GeoPoint(1, 2)
    anythings: list[Any] = [None, 0, False, "", "0", (), ("",), ("", ""), {}, {"a": 1}, frozenset(), 1.5, T0]
    anythings += [point, Place("US"), ("a", "b"), ("a,b",), ("a', 'b",), frozenset({"a"}), ({"a": 1},)]
    hashes = {payload_hash(Wrap("o1", about=value, key="k", at=T0)) for value in anythings}
    assert len(hashes) == len(anythings)
    two = [payload_hash(Wrap("o1", about={"a": 1, "b": 2}, key="k", at=T0))]
    assert two == [payload_hash(Wrap("o1", about={"b": 2, "a": 1}, key="k", at=T0))]


def test_hashes_stay_what_they_are() -> None:
    """A store has kept them: another hash for the same command would be an IdempotencyConflict."""
    at = datetime(2026, 11, 27, 9, tzinfo=UTC)
    assert receive(at=at) == "091dbe0ac943c3e2695cd2b927fd4a64ddad69cb86ea55a8e0a1b0e9b2c0cd81"
    place = om.PlaceOrder(a_draft(), key="k", at=at, by="Kim \u00e9")
    assert payload_hash(place) == "6431e5cc27ddeb433d07231067dbf9baea7b3e7aedaa88e5b78593d2f6c19af6"


@pytest.mark.parametrize("wrong", [object(), {1: object()}, ({},), b"x", [object]])
def test_what_cannot_be_told_apart_is_refused(wrong: Any) -> None:
    try:
        digest = payload_hash(Wrap("o1", about=wrong, key="k", at=T0))
    except InvalidType as error:
        assert error.path == "command"  # noqa: PT017 - or it has a hash
    else:
        assert wrong == ({},)
        assert len(digest) == 64
    not_a_command: Any = wrong
    with pytest.raises(InvalidType):
        payload_hash(not_a_command)


def test_an_int_that_has_no_text_is_refused() -> None:
    """The interpreter's own limit of digits; no command of omcore holds such a number."""
    with pytest.raises(InvalidType):
        payload_hash(Wrap("o1", about=10**5000, key="k", at=T0))
