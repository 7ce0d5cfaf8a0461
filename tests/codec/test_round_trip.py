"""C5: what is written is what is read again, equal and of the same types."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from types import UnionType
from typing import Any, Union, get_args, get_origin

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golden_streams import a_whole_life
from house import ROOT
from omcore import codec
from omcore import inventory as inv
from omcore import orders as om
from omcore.codec import CODEC, dumps, from_json, loads, strict_json, to_json
from omcore.kernel import Command, GeoPoint, InvalidType, Location, Money, Network, Place, record
from omcore.orders.aggregate import EVOLVE
from omcore.orders.draft import DraftTender
from omcore.ports import Answer, ChannelUpdate, Commit, Write
from omcore.routing import Demand, DemandLine, LowestCost, Rates
from omcore.testing.records import records
from order_life import ORDER_ID, T0, Life, a_draft, usd

CLASSES = CODEC.classes
# Drafts and plans are large; a few of each kind say enough.
some = settings(max_examples=12)


def same(left: Any, right: Any) -> bool:
    """Equal, and of the same types all the way down: 1 is not True, and a list is no tuple."""
    if type(left) is not type(right):
        return False
    if attrs.has(type(left)):
        return all(same(getattr(left, f.name), getattr(right, f.name)) for f in attrs.fields(type(left)))
    if isinstance(left, (tuple, list)):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, Mapping):
        return len(left) == len(right) and all(map(same, left.items(), right.items()))
    return bool(left == right)


def written(value: Any, kind: Any = Any) -> Any:
    """The stored form by the table of the docs: an oracle that knows no cattrs and no hook."""
    if get_origin(kind) in (Union, UnionType) and Any in get_args(kind):
        kind = Any
    if attrs.has(type(value)):
        attrs.resolve_types(type(value))
        fields = {f.name: written(getattr(value, f.name), f.type) for f in attrs.fields(type(value))}
        return {"type": type(value).__name__, "v": 1, **fields} if kind is Any else fields
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return f"{value.year:04}-{value.month:02}-{value.day:02}"
    if isinstance(value, tuple):
        return [written(entry, inner(kind, tuple, place)) for place, entry in enumerate(value)]
    if isinstance(value, frozenset):
        return sorted(written(entry, inner(kind, frozenset, 0)) for entry in value)
    if isinstance(value, dict) and kind is not Any:
        return [[key, written(entry, inner(kind, Mapping, 1))] for key, entry in value.items()]
    return value


def inner(kind: Any, container: Any, place: int) -> Any:
    """The declared type of what stands inside a container; through ``X | None`` and other unions."""
    if get_origin(kind) is container:
        types = get_args(kind)
        return types[0] if len(types) == 2 and types[1] is Ellipsis else types[place]
    return next(inner(member, container, place) for member in get_args(kind) if get_args(member))


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@some
@given(data=st.data())
def test_every_record_comes_back_as_it_was(cls: type, data: st.DataObject) -> None:
    value = data.draw(records(cls))
    stored = to_json(value)
    assert same(stored, json.loads(json.dumps(stored))), "plain JSON: what a database makes of it is the same"
    assert stored == written(value)
    assert list(stored) == list(json.loads(json.dumps(stored)))
    assert same(from_json(stored), value)
    text = dumps(value)
    assert text == json.dumps(written(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert same(loads(text), value)
    assert dumps(loads(text)) == text


def test_every_event_command_and_state_has_a_stored_form() -> None:
    known = set(CLASSES)
    movements = {cls for cls in vars(inv).values() if isinstance(cls, type) and attrs.has(cls)}
    # Findings, made again whenever they are asked for; and what a report says is stored as its counts.
    values = {inv.Discrepancy, inv.Reconciled, inv.StockLevel, inv.CountDue, inv.Recalled, inv.StockReport}
    values |= {inv.Claimant, inv.Kept}
    operations = {cls for cls in movements if cls.__module__ == "omcore.inventory.operations"}
    assert {*EVOLVE, *om.ORDER_COMMANDS, *inv.INVENTORY_COMMANDS, om.Order} <= known
    assert movements - operations - values <= known


@some
@given(st.sampled_from(CLASSES).flatmap(records))
def test_reading_changes_nothing_that_it_was_given(value: Any) -> None:
    stored = to_json(value)
    before = copy.deepcopy(stored)
    from_json(stored)
    assert stored == before


# -- text ----------------------------------------------------------------------------------------


@some
@given(st.sampled_from(CLASSES).flatmap(records))
def test_text_is_the_same_with_and_without_the_fast_extra(value: Any) -> None:
    fast = dumps(value)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(strict_json, "orjson", None)
        assert dumps(value) == fast
        assert same(loads(fast), value)
    assert codec.dump_json(to_json(value)) == fast


@given(st.floats(-180, 180) | st.floats(-1e-3, 1e-3))
def test_degrees_are_written_alike_with_and_without_the_fast_extra(degrees: float) -> None:
    """Where the two libraries write floats differently."""
    point = GeoPoint(degrees / 2, degrees)
    assert f'"longitude":{degrees!r}' in dumps(point)
    assert same(loads(dumps(point)), point)


def test_whole_degrees_stay_whole_numbers() -> None:
    assert same(loads(dumps(GeoPoint(40, -74.0))), GeoPoint(40, -74.0))
    assert dumps(GeoPoint(40, -74.0)) == '{"latitude":40,"longitude":-74.0,"type":"GeoPoint","v":1}'


def test_text_that_a_database_wrote_again_in_its_own_way_is_read_too() -> None:
    """PostgreSQL's jsonb puts spaces in, and sorts keys by their length."""
    life = a_whole_life()
    keyed = dict(sorted(to_json(life.order).items(), key=lambda item: (len(item[0]), item[0])))
    assert same(loads(json.dumps(keyed, indent=1)), life.order)


def test_a_mapping_keeps_its_order_though_objects_are_sorted() -> None:
    """M10: tenders are asked in the order that they were given; databases sort the keys of objects."""
    life = Life()
    tenders = (DraftTender("gift", "gateway", usd(1000)), DraftTender("card", "gateway", usd(100_000)))
    life.place(a_draft(tenders=tenders))
    again = loads(json.dumps(to_json(life.order), sort_keys=True))
    assert list(again.payments.tenders) == ["gift", "card"]


PRINTS = """
from datetime import UTC, datetime
from typing import Any
from omcore.codec import dumps, payload_hash
from omcore.kernel import Command, GeoPoint, Location, Network, record
from omcore.routing import Demand, DemandLine
at = datetime(2026, 11, 27, 9, tzinfo=UTC)
names = frozenset(f"name-{n}" for n in range(40))
line = DemandLine("l", "TEE", 2, requires=names)
print(dumps(Network((Location("nyc", capabilities=names, regions=frozenset({"US", "US-NY", "CA"})),))))
print(dumps(Demand("o1", (line,), None, excluded=names, at=at)))
@record
class Wrap(Command):
    colors: frozenset[str]
    about: Any
print(payload_hash(Wrap(names, {name: names for name in names}, key="k", at=at)))
"""


def test_bytes_are_the_same_under_any_hash_seed() -> None:
    """C1."""
    found = set()
    for seed in ("0", "1", "4242"):
        run = subprocess.run(
            [sys.executable, "-c", PRINTS],
            capture_output=True,
            check=True,
            text=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT / "src")},
        )
        found.add(run.stdout)
    assert len(found) == 1
    assert found.pop().count("name-17") == 3


@record
class Sets:
    """Sets of what has no order of its own."""

    mixed: frozenset[str | int | None]
    pairs: frozenset[tuple[str, int]]
    prices: frozenset[Money]


def test_sets_of_anything_are_written_in_one_order() -> None:
    mine = codec.Codec((Sets,))
    prices = [Money(minor, code) for minor in (3, 1, 2) for code in ("USD", "EUR")]
    pairs = [("b", 1), ("a", 2), ("a", 1)]
    value = Sets(frozenset(["b", 2, None, "a", 10]), frozenset(pairs), frozenset(prices))
    stored = mine.to_json(value)
    assert stored["pairs"] == [["a", 1], ["a", 2], ["b", 1]]
    assert stored["mixed"] == ["a", "b", 10, 2, None], "by their text where they cannot be compared"
    assert [price["minor"] for price in stored["prices"]] == [1, 2, 3, 1, 2, 3]
    assert same(mine.from_json(stored).mixed, value.mixed)
    assert mine.from_json(stored) == value


def test_many_threads_may_use_a_codec_from_the_first_moment() -> None:
    """What cattrs generates is made when it is first needed."""
    life = a_whole_life()
    for _ in range(3):
        fresh = codec.Codec(CLASSES)
        start = threading.Barrier(8)

        def work(fresh: codec.Codec = fresh, start: threading.Barrier = start) -> bool:
            start.wait()
            return all(fresh.loads(fresh.dumps(value)) == value for value in (*life.events, life.order))

        with ThreadPoolExecutor(8) as pool:
            assert all(future.result() for future in [pool.submit(work) for _ in range(8)])


# -- whole lives -----------------------------------------------------------------------------------


def test_an_order_and_every_event_of_its_life_come_back_as_they_were() -> None:
    life = a_whole_life()
    assert same(loads(dumps(life.order)), life.order)
    for event in life.events:
        assert same(loads(dumps(event)), event)
    assert len({type(event) for event in life.events}) > 12
    assert om.replay([loads(dumps(event)) for event in life.events]) == life.order


def test_a_stored_order_goes_on_as_the_one_in_memory() -> None:
    """Tuples stay tuples, or the next command would not find its units."""
    life = a_whole_life()
    command = om.ReceiveReturn(ORDER_ID, "rma", "nyc", **life.common())
    stored = om.decide(loads(dumps(life.order)), loads(dumps(command)), life.context)
    assert stored == om.decide(life.order, command, life.context)


def test_a_plan_explains_itself_after_it_was_stored() -> None:
    """R2."""
    view = inv.AvailabilityView()
    view.apply(inv.StockReceived(T0, "TEE", "nyc", 9, ""))
    network = Network((Location("nyc", point=GeoPoint(40.7, -74)), Location("lax")))
    demand = Demand("o1", (DemandLine("l", "TEE", 2, (("TEE", 1),)),), Place("US"), at=T0)
    plan = LowestCost(Rates()).plan(demand, network, view)
    assert same(loads(dumps(plan)), plan)
    assert loads(dumps(plan)).explain() == plan.explain()


def test_an_answer_keeps_its_value_and_the_fields_of_its_refusal() -> None:
    """C4: the recorded answer is what a retry gets."""
    fields = (("n", 1), ("rules", ("a", "b")), ("known", True), ("id", None))
    answer = Answer("k", "h", "order/o1", T0, "code", "path", fields, Money(1, "USD"))
    assert same(loads(dumps(answer)), answer)
    commit = Commit(answer, {"order/o1": 3}, (Write("order/o1", (Money(1, "USD"), None), 7),))
    assert same(loads(dumps(commit)), commit)


def test_a_field_of_anything_holds_plain_json_as_it_is() -> None:
    body = {"items": [{"id": 1, "type": "x"}, []], "v": None}
    update = ChannelUpdate("k", "web", "shop", "o1", "1001", "shipped", body)
    assert same(loads(dumps(update)), update)


@pytest.mark.parametrize(
    "ambiguous", [{"items": (1, 2)}, {"item": {"type": "x", "v": 1}}, {1: 2}, {"at": T0}]
)
def test_what_would_come_back_as_something_else_is_not_written(ambiguous: Any) -> None:
    """A tuple as a list, an object that looks like a record as a record."""
    with pytest.raises(InvalidType) as refused:
        dumps(ChannelUpdate("k", "web", "shop", "o1", "1001", "shipped", ambiguous))
    assert refused.value.path.startswith("body")


def test_commands_pass_through_a_queue() -> None:
    """A command comes back checked: what was not valid could not have been made."""
    command = om.ReleaseHold(ORDER_ID, "h", key="k", at=datetime(2026, 11, 27, 10, tzinfo=UTC), by="Kim")
    assert isinstance(loads(dumps(command)), Command)
    assert same(loads(dumps(command)), command)
    place = om.PlaceOrder(a_draft(), key="k", at=T0)
    assert same(loads(dumps(place)), place)
