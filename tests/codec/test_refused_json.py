"""C5 and the bad-input table: nothing is converted, nothing filled in, nothing skipped."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anything import SECRET, anything, everything_in
from omcore import codec
from omcore import inventory as inv
from omcore import orders as om
from omcore.codec import (
    CODEC,
    Codec,
    MissingStoredField,
    UnknownStoredField,
    dumps,
    from_json,
    loads,
    to_json,
)
from omcore.kernel import InputError, InvalidSku, InvalidType, Money, OmcoreError, UnknownEvent, record
from omcore.orders import events as ev
from omcore.testing.records import records
from order_life import ORDER_ID, T0, Life, a_draft

CLASSES = CODEC.classes
RECEIVED = inv.StockReceived(T0, "TEE", "nyc", 9, "po-7")


def places_of(data: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """(path, container, key) of everything inside some JSON."""
    if isinstance(data, dict):
        for key in data:
            where = f"{path}.{key}" if path else key
            yield where, data, key
            yield from places_of(data[key], where)
    elif isinstance(data, list):
        for i, entry in enumerate(data):
            yield f"{path}[{i}]", data, i
            yield from places_of(entry, f"{path}[{i}]")


@settings(max_examples=150)
@given(st.sampled_from(CLASSES).flatmap(records), st.data())
def test_a_value_of_a_wrong_type_is_refused_where_it_stands(value: Any, data: st.DataObject) -> None:
    stored = to_json(value)
    spots = [spot for spot in places_of(stored) if spot[2] not in ("type", "v")]
    if not spots:
        return
    path, holder, key = data.draw(st.sampled_from(spots))
    holder[key] = ()  # of a kind that stands nowhere in JSON
    with pytest.raises(InputError) as refused:
        from_json(stored)
    assert refused.value.path == path


@settings(max_examples=100)
@given(st.sampled_from(CLASSES).flatmap(records), st.data())
def test_a_field_that_is_missing_or_unknown_is_named(value: Any, data: st.DataObject) -> None:
    stored = to_json(value)
    inside = [(path, holder[key]) for path, holder, key in places_of(stored)]
    objects = [("", stored)] + [(path, entry) for path, entry in inside if isinstance(entry, dict)]
    path, chosen = data.draw(st.sampled_from(objects))
    keys = sorted(set(chosen) - {"type", "v"})
    dot = f"{path}." if path else ""
    missing_one: bool = data.draw(st.booleans())
    if keys and missing_one:
        gone: str = data.draw(st.sampled_from(keys))
        del chosen[gone]
        with pytest.raises(MissingStoredField) as missing:
            from_json(stored)
        assert missing.value.path == dot + gone
    else:
        chosen["zzz"] = 1
        with pytest.raises(UnknownStoredField) as unknown:
            from_json(stored)
        assert unknown.value.path == f"{dot}zzz"


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.just("2026-11-27T09:00:00Z"),
    lambda within: st.lists(within, max_size=3) | st.dictionaries(st.text(max_size=5), within, max_size=3),
    max_leaves=5,
)


def shape(data: Any) -> str:
    """Text that tells 1 from True and from 1.0; lists of text as sets, which come in any order.

    So does what was noted, a set of more than text.
    """
    if isinstance(data, dict):
        entries = dict(data)
        if isinstance(data.get("noted"), list):
            entries["noted"] = sorted(data["noted"], key=repr)
        return repr(sorted((key, shape(entry)) for key, entry in entries.items()))
    if isinstance(data, list):
        shapes = [shape(entry) for entry in data]
        return repr(sorted(shapes) if all(isinstance(entry, str) for entry in data) else shapes)
    return repr(data)


@settings(max_examples=300)
@given(st.sampled_from(CLASSES).flatmap(records), st.data())
def test_what_is_taken_in_is_given_out_again_as_it_came(value: Any, data: st.DataObject) -> None:
    """Any JSON in any place of a record, or another of its own values: refused, or not converted at all."""
    stored = to_json(value)
    spots = list(places_of(stored))
    _, holder, key = data.draw(st.sampled_from(spots))
    holder[key] = data.draw(plain | st.sampled_from([spot[1][spot[2]] for spot in spots]).map(copy.deepcopy))
    try:
        taken = from_json(stored)
    except OmcoreError:
        return
    assert shape(to_json(taken)) == shape(stored)


@settings(max_examples=200)
@given(st.sampled_from(CLASSES).flatmap(records), st.data())
def test_damaged_text_of_a_record_is_read_or_refused(value: Any, data: st.DataObject) -> None:
    text = dumps(value)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    piece = data.draw(
        st.sampled_from(["", text[start:end] * 2, '"', "}", ",", "9" * 30, "e9", ".", "\\", "null"])
    )
    try:
        taken = loads(text[:start] + piece + text[end:])
    except OmcoreError:
        return
    assert loads(dumps(taken)) == taken


def test_the_path_goes_through_lines_and_prices() -> None:
    draft = to_json(a_draft())
    draft["lines"][1]["unit_price"]["minor"] = "1000"
    with pytest.raises(InvalidType) as refused:
        from_json(draft)
    assert refused.value.path == "lines[1].unit_price.minor"
    assert refused.value.fields == {"expected": "int"}


@pytest.mark.parametrize("wrong", [1.9, 9.0, "1", "９", True, None, [1], {}, b"9"])
def test_an_int_is_an_int_and_nothing_like_one(wrong: object) -> None:
    with pytest.raises(InvalidType) as refused:
        from_json({**to_json(RECEIVED), "quantity": wrong})
    assert refused.value.path == "quantity"


@record
class Boxes:
    """One field of each container."""

    counts: tuple[int, ...] = (1, 2)
    pair: tuple[str, int] = ("a", 1)
    names: frozenset[str] = frozenset({"a"})
    prices: Mapping[str, int] = attrs.field(factory=lambda: {"a": 1})
    either: int | tuple[int, ...] | None = None
    measure: float = 1.5
    open: Any = None


BOXES = Codec((Boxes, Money))


@pytest.mark.parametrize(
    ("field", "wrong", "path"),
    [
        ("counts", [1, True], "counts[1]"),
        ("counts", [1, 2.0], "counts[1]"),
        ("counts", ["1"], "counts[0]"),
        ("counts", "12", "counts"),
        ("counts", {"0": 1}, "counts"),
        ("pair", ["a", True], "pair[1]"),
        ("pair", ["a", 1, 1], "pair"),
        ("pair", ["a"], "pair"),
        ("pair", [1, "a"], "pair[0]"),
        ("names", ["a", 1], "names[1]"),
        ("names", ["a", "a"], "names"),
        ("names", "a", "names"),
        ("prices", {"a": 1}, "prices"),
        ("prices", [["a", 1], ["b", True]], "prices[1][1]"),
        ("prices", [["a", 1], [1, 1]], "prices[1][0]"),
        ("prices", [["a", 1, 2]], "prices[0]"),
        ("prices", [["a", 1], ["a", 2]], "prices"),
        ("either", True, "either"),
        ("either", 1.0, "either"),
        ("either", [1, True], "either[1]"),
        ("measure", True, "measure"),
        ("measure", "1.5", "measure"),
        ("measure", float("nan"), "measure"),
        ("measure", float("inf"), "measure"),
        ("measure", 10**400, "measure"),
        ("open", 1.5, "open"),
        ("open", [1, {"a": 1.5}], "open[1].a"),
        ("open", {"type": "Money", "v": 1, "minor": True, "currency": "USD"}, "open.minor"),
        ("open", [{"type": "Money", "v": 2, "minor": 1, "currency": "USD"}], "open[0].type"),
    ],
)
def test_what_is_inside_a_container_is_taken_as_strictly(field: str, wrong: Any, path: str) -> None:
    stored = {**BOXES.to_json(Boxes()), field: wrong}
    with pytest.raises(InputError) as refused:
        BOXES.from_json(stored)
    assert refused.value.path == path


@pytest.mark.parametrize(
    ("field", "wrong", "path"),
    [
        ("counts", (1, True), "counts[1]"),
        ("counts", [1, 2], "counts"),
        ("pair", ("a", 1, 1), "pair"),
        ("pair", ("a", 1.0), "pair[1]"),
        ("names", {"a"}, "names"),
        ("names", frozenset({1}), "names[0]"),
        ("prices", [("a", 1)], "prices"),
        ("prices", {"a": 1, "b": True}, "prices[1][1]"),
        ("either", True, "either"),
        ("either", (1, "a"), "either[1]"),
        ("measure", float("nan"), "measure"),
        ("open", (1,), "open"),
        ("open", [1, {"a": 1.5}], "open[1].a"),
        ("open", [Boxes(pair=("a", None))], "open[0].pair[1]"),  # type: ignore[arg-type]  # the subject
        ("open", {"a": Boxes(open=Boxes(measure=True))}, "open.a.open.measure"),
    ],
)
def test_what_is_inside_a_container_is_written_as_strictly(field: str, wrong: Any, path: str) -> None:
    with pytest.raises(InputError) as refused:
        BOXES.to_json(attrs.evolve(Boxes(), **{field: wrong}))
    assert refused.value.path == path


@pytest.mark.parametrize("wrong", [1, None, True, b"TEE", ["TEE"]])
def test_text_is_text(wrong: object) -> None:
    with pytest.raises(InvalidType) as refused:
        from_json({**to_json(RECEIVED), "sku": wrong})
    assert refused.value.path == "sku"


@pytest.mark.parametrize(
    "wrong",
    [
        "2026-11-27T09:00:00",
        "2026-11-27",
        "now",
        1_795_000_000,
        "2026-W48-5T09:00:00Z",
        "2026-11-27T09:00:00X",
        "2026-13-27T09:00:00Z",
    ],
)
def test_an_instant_names_its_zone(wrong: object) -> None:
    """C2."""
    with pytest.raises(InputError) as refused:
        from_json({**to_json(RECEIVED), "at": wrong})
    assert refused.value.path == "at"


def test_an_instant_of_another_sender_is_kept_in_utc() -> None:
    again = from_json({**to_json(RECEIVED), "at": "2026-11-27T04:00:00-05:00"})
    assert again == RECEIVED
    assert again.at.tzinfo is UTC


def test_a_set_or_a_mapping_with_one_key_twice_is_refused() -> None:
    life = Life()
    life.place()
    order = to_json(life.order)
    order["payments"]["tenders"].append(order["payments"]["tenders"][0])
    with pytest.raises(OmcoreError) as refused:
        from_json(order)
    assert (refused.value.code, refused.value.path) == ("duplicate_id", "payments.tenders")
    order = to_json(life.order)
    order["progress"]["excluded"] = ["nyc", "nyc"]
    with pytest.raises(OmcoreError) as refused:
        from_json(order)
    assert (refused.value.code, refused.value.path) == ("duplicate_id", "progress.excluded")


@record
class Percent:
    value: int

    def __attrs_post_init__(self) -> None:
        if self.value > 100:
            raise ValueError(f"{SECRET} {self.value}")


@record
class Rate:
    parts: tuple[Percent, ...]


def test_a_class_that_refuses_in_its_own_way_is_a_typed_error_without_its_words() -> None:
    mine = Codec((Rate,))
    assert mine.loads(mine.dumps(Rate((Percent(7), Percent(100))))) == Rate((Percent(7), Percent(100)))
    with pytest.raises(InvalidType) as refused:
        mine.from_json({"type": "Rate", "v": 1, "parts": [{"value": 7}, {"value": 101}]})
    assert refused.value.path == "parts[1]"
    assert not any(SECRET in text for text in everything_in(refused.value))


def test_what_a_class_itself_refuses_keeps_its_code_and_gets_the_whole_path() -> None:
    draft = to_json(a_draft())
    draft["lines"][1]["sku"] = " TEE"
    with pytest.raises(InvalidSku) as refused:
        from_json(draft)
    assert refused.value.path == "lines[1].sku"
    assert refused.value.fields["codepoint"] == "U+0020"


def test_a_command_of_a_queue_is_checked() -> None:
    stored = to_json(om.ReleaseHold(ORDER_ID, "h", key="k", at=T0))
    stored["order_id"] = "a/b"
    with pytest.raises(InputError) as refused:
        from_json(stored)
    assert refused.value.path == "order_id"


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Unheard"},
        {"v": 99},
        {"v": True},
        {"v": 1.0},
        {"v": "1"},
        {"type": None},
        {"v": 0},
        {"v": -1},
    ],
)
def test_an_unknown_type_or_version_is_never_skipped(change: dict[str, object]) -> None:
    with pytest.raises(UnknownEvent) as refused:
        from_json({**to_json(RECEIVED), **change})
    assert set(refused.value.fields) == {"type", "version"}
    assert refused.value.path == "type"


def test_a_form_without_a_tag_is_refused() -> None:
    stored = to_json(RECEIVED)
    for name in ("type", "v"):
        with pytest.raises(UnknownEvent):
            from_json({key: value for key, value in stored.items() if key != name})


def test_what_could_not_be_read_again_is_not_written() -> None:
    """A field of a wrong type is found before it is stored, not when somebody needs it."""
    wrong: Any = 2.5
    movement = inv.StockReceived(T0, "TEE", "nyc", wrong, "")
    with pytest.raises(InvalidType) as refused:
        dumps(movement)
    assert refused.value.path == "quantity"
    held: Any = (inv.ReservedItem("A", "nyc", 2), "B")
    with pytest.raises(InvalidType) as refused:
        dumps(inv.Reservation("t", "o", held, T0, "live", T0))
    assert refused.value.path == "items[1]"
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - the subject
    with pytest.raises(OmcoreError) as naively:
        dumps(inv.StockReceived(naive, "TEE", "nyc", 1, ""))
    assert (naively.value.code, naively.value.path) == ("naive_timestamp", "at")
    with pytest.raises(InputError):
        dumps(inv.StockReceived(T0, "\ud800", "nyc", 1, ""))
    with pytest.raises(InputError):
        dumps(inv.StockReceived(T0, "TEE", "nyc", 10**5000, ""))
    assert loads(dumps(inv.StockReceived(T0, "TEE", "nyc", 10**4000, ""))).quantity == 10**4000


@record
class Knot:
    inner: Any


@record
class GatewayCall:
    amount: Money


@record
class Tree:
    name: str
    children: tuple[Tree, ...] = ()
    shade: Tree | None = None


@pytest.mark.parametrize("depth", [40, 100_000])
def test_a_record_within_records_is_refused_at_once_however_deep_it_goes(depth: int) -> None:
    """What is wrong is looked for once, not once a level."""
    mine = Codec((Knot,))
    value: Any = {1}
    stored: Any = {"type": "Unheard", "v": 1}
    for _ in range(depth):
        value = Knot(value)
        stored = {"type": "Knot", "v": 1, "inner": stored}
    with pytest.raises(InvalidType) as written:
        mine.dumps(value)
    with pytest.raises(InputError) as read:
        mine.from_json(stored)
    # What is endless has no place where it is wrong.
    deep = depth > 1_000
    assert written.value.path == ("" if deep else ".".join(["inner"] * depth))
    assert read.value.path == ("" if deep else ".".join(["inner"] * depth + ["type"]))


@attrs.frozen
class Gold(Money):
    """Holds more than its field says."""

    carat: int = 24


def test_a_subclass_in_a_field_is_refused_because_it_would_come_back_as_less() -> None:
    with pytest.raises(InvalidType) as refused:
        dumps(GatewayCall(Gold(1, "USD", 18)))
    assert refused.value.path == ""
    with pytest.raises(InvalidType) as refused:
        Codec((GatewayCall,)).dumps(GatewayCall(Gold(1, "USD", 18)))
    assert refused.value.path == "amount"


def test_a_record_may_hold_records_of_its_own_kind() -> None:
    mine = Codec((Tree,))
    tree = Tree("oak", (Tree("elm"), Tree("ash", (Tree("fir"),))), Tree("yew"))
    assert mine.loads(mine.dumps(tree)) == tree
    stored = mine.to_json(tree)
    stored["children"][1]["children"][0]["name"] = 3
    with pytest.raises(InvalidType) as refused:
        mine.from_json(stored)
    assert refused.value.path == "children[1].children[0].name"


@settings(max_examples=200)
@given(anything())
def test_every_entry_point_answers_anything_with_a_typed_error(value: Any) -> None:
    stored = to_json(RECEIVED)
    calls = (
        lambda: from_json(value),
        lambda: from_json({**stored, "quantity": value}),
        lambda: from_json({**stored, "at": value}),
        lambda: from_json({**stored, "zzz": value}),
        lambda: from_json({"type": value, "v": 1}),
        lambda: from_json({"type": "StockReceived", "v": value}),
        lambda: loads(value),
        lambda: to_json(value),
        lambda: dumps(value),
        lambda: dumps(ev.HoldPlaced(value, value, value, value, value)),
        lambda: dumps(ev.TenderStated(value, value, value, value, value)),
        lambda: codec.dump_json(value),
        lambda: codec.parse_json(value),
        lambda: codec.payload_hash(value),
        lambda: Codec(value),
        lambda: Codec((value,)),
        lambda: Codec((), value),
        lambda: Codec((), {("A", 1): value}),
        lambda: CODEC.extended(value),
        lambda: CODEC.extended(upcasters=value),
        lambda: CODEC.version(value),
        lambda: codec.unversioned_changes(value, CODEC.schemas()),
        lambda: codec.unversioned_changes({"A": value}, {}),
    )
    before = copy.copy(stored)
    for call in calls:
        refused = None
        try:
            call()
        except OmcoreError as error:
            refused = error
        assert refused is None or not any(SECRET in text for text in everything_in(refused))
    assert stored == before
