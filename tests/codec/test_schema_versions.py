"""C5: what any earlier release wrote is read for ever, and no shape changes without its version."""

from __future__ import annotations

import copy
import importlib.util
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sqlite_store import SqliteStore
from golden_streams import GOLDEN, RELEASE
from house import ROOT
from omcore import orders as om
from omcore.codec import CODEC, Codec, Fields, Schema, UpcastFailed, loads, unversioned_changes
from omcore.inventory import evolve_stock
from omcore.kernel import DuplicateId, InvalidType, Money, OmcoreError, Runs, UnknownEvent, record
from omcore.orders.state import OrderLine
from omcore.ports import Answer, Commit, FeedEntry, Write
from order_life import T0

# -- golden files of every release -------------------------------------------------------------


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split("\n")[:-1]


RELEASES = sorted(path for path in GOLDEN.iterdir() if path.name[0].isdigit())
FILES = [path for release in RELEASES for path in sorted(release.glob("*.jsonl"))]


VERSIONS = {cls.__name__: CODEC.version(cls) for cls in CODEC.classes}


def tags_in(data: Any) -> Iterator[tuple[str, int]]:
    """The type and version of a record, and of those inside of it that have their own."""
    if isinstance(data, dict):
        if {"type", "v"} <= data.keys():
            yield data["type"], data["v"]
        data = list(data.values())
    for entry in data if isinstance(data, list) else ():
        yield from tags_in(entry)


def by_release(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize("path", FILES, ids=by_release)
def test_what_a_release_wrote_is_read(path: Path) -> None:
    for line in lines(path):
        value = loads(line)
        if all(VERSIONS.get(name) == version for name, version in tags_in(json.loads(line))):
            assert CODEC.dumps(value) == line, "and written in the same way, where its version is today's"


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name)
def test_golden_streams_fold_to_the_states_that_were_kept_with_them(release: Path) -> None:
    *events, order = map(loads, lines(release / "order.jsonl"))
    assert om.replay(events) == order
    *movements, kept = map(loads, lines(release / "stock.jsonl"))
    item = None
    for movement in movements:
        item = evolve_stock(item, movement)
    assert item == kept


def test_every_record_has_a_golden_line_in_its_version() -> None:
    tags = [json.loads(line) for release in RELEASES for line in lines(release / "one_of_each.jsonl")]
    missing = {(cls.__name__, CODEC.version(cls)) for cls in CODEC.classes} - {
        (tag["type"], tag["v"]) for tag in tags
    }
    assert missing == set(), "new in this release: run python tests/support/golden_streams.py"
    assert RELEASE in {release.name for release in RELEASES}


# -- an embedder's event that grew older twice -------------------------------------------------


@record
class Wrapping:
    paper: str
    ribbon: bool
    card: str = attrs.field(default="", repr=False)


@record
class GiftWrapped:
    """Version 3. Version 1 had a line and a quantity, 2 the units themselves and minor units of USD."""

    at: datetime
    items: tuple[tuple[str, Runs], ...]
    wrapping: Wrapping
    price: Money | None
    by: str = ""


def units_by_name(old: Fields) -> Fields:
    """1 to 2: which units, and money exactly. Then, a line was wrapped from its first unit on."""
    whole, _, cents = old["price"].partition(".")
    return {
        "at": old["at"],
        "items": [[old["line_id"], [[1, old["quantity"]]]]],
        "paper": old["paper"],
        "price": int(whole) * 100 + int(cents),
        "by": old["by"],
    }


def any_currency(old: Fields) -> Fields:
    """2 to 3: a shop in dollars only; 0 was free of charge."""
    price = old.pop("price")
    old["price"] = {"minor": price, "currency": "USD"} if price else None
    old["wrapping"] = {"paper": old.pop("paper"), "ribbon": False, "card": ""}
    return old


UPCASTERS = {("GiftWrapped", 1): units_by_name, ("GiftWrapped", 2): any_currency}
MINE = CODEC.extended(GiftWrapped, upcasters=UPCASTERS)


def gift(version: int) -> list[Any]:
    return [MINE.loads(line) for line in lines(GOLDEN / "gift_wrapped" / f"v{version}.jsonl")]


def test_every_version_that_was_ever_written_is_read_as_todays_event() -> None:
    assert gift(1) == [
        GiftWrapped(
            datetime(2025, 11, 27, 9, tzinfo=UTC),
            (("tee", ((1, 2),)),),
            Wrapping("red", ribbon=False),
            Money(450, "USD"),
            "Kim",
        ),
        GiftWrapped(
            datetime(2025, 11, 27, 9, 5, 0, 250_000, tzinfo=UTC),
            (("mug", ((1, 1),)),),
            Wrapping("gold", ribbon=False),
            None,
        ),
    ]
    assert gift(2)[1].items == (("tee", ((3, 3), (5, 6))), ("mug", ((1, 1),)))
    assert gift(3)[0].price == Money(600, "JPY")
    assert gift(3)[0].wrapping == Wrapping("red", ribbon=True, card="Congratulations")


def test_todays_version_is_written_as_the_golden_file_has_it() -> None:
    assert MINE.version(GiftWrapped) == 3
    assert [MINE.dumps(event) for event in gift(3)] == lines(GOLDEN / "gift_wrapped" / "v3.jsonl")
    for version in (1, 2):
        for event in gift(version):
            assert MINE.loads(MINE.dumps(event)) == event


def test_an_old_event_inside_of_something_else_is_raised_too() -> None:
    """A feed entry holds anything; what it holds has its own version."""
    entry = MINE.to_json(FeedEntry(1, "order/o1", 1, 0, gift(1)[0], "k", T0))
    entry["event"] = json.loads(lines(GOLDEN / "gift_wrapped" / "v1.jsonl")[0])
    assert MINE.from_json(entry).event == gift(1)[0]


def test_raising_changes_nothing_that_it_was_given() -> None:
    """Upcasters may work in place: they get a copy, nested lists too."""

    def rude(old: Fields) -> Fields:
        old["items"].append(["mug", [[1, 1]]])
        old["items"][0][1].clear()
        return any_currency(old)

    mine = CODEC.extended(GiftWrapped, upcasters={**UPCASTERS, ("GiftWrapped", 2): rude})
    stored = json.loads(lines(GOLDEN / "gift_wrapped" / "v2.jsonl")[0])
    before = copy.deepcopy(stored)
    assert mine.from_json(stored).items == (("tee", ()), ("mug", ((1, 1),)))
    assert stored == before


@pytest.mark.parametrize("version", [0, 4, 99, -1, True, 1.0, "1", None])
def test_a_version_without_upcasters_is_refused(version: object) -> None:
    stored = MINE.to_json(gift(3)[0])
    with pytest.raises(UnknownEvent):
        MINE.from_json({**stored, "v": version})


def test_what_an_upcaster_makes_is_read_as_strictly_as_anything() -> None:
    stored = json.loads(lines(GOLDEN / "gift_wrapped" / "v1.jsonl")[0])
    with pytest.raises(InvalidType) as refused:
        MINE.from_json({**stored, "quantity": "2"})
    assert refused.value.path == "items[0][1][0][1]"


OLD_FIELDS = ["at", "line_id", "paper", "price", "quantity", "by"]


@given(st.sampled_from(OLD_FIELDS), st.none() | st.text() | st.just(()))
def test_an_upcaster_that_fails_is_a_typed_error_without_what_was_stored(name: str, wrong: Any) -> None:
    stored = json.loads(lines(GOLDEN / "gift_wrapped" / "v1.jsonl")[0])
    del stored[name]
    if wrong != ():
        stored[name] = wrong
    refused: OmcoreError | None = None
    try:
        MINE.from_json(stored)
    except OmcoreError as error:
        refused = error
    if refused is None:
        assert name in ("paper", "line_id", "by", "price")
    elif type(refused) is UpcastFailed:
        assert refused.fields["type"] == "GiftWrapped"
        assert refused.fields["version"] in (1, 2)
        assert refused.fields["problem"] in ("KeyError", "AttributeError", "ValueError")
    else:
        assert refused.path


@pytest.mark.parametrize("wrong", [None, [], "GiftWrapped", 3])
def test_an_upcaster_that_gives_no_fields_is_named(wrong: Any) -> None:
    mine = Codec((GiftWrapped,), {("GiftWrapped", 1): lambda _: wrong})
    with pytest.raises(UpcastFailed) as refused:
        mine.from_json({"type": "GiftWrapped", "v": 1})
    assert refused.value.fields == {"type": "GiftWrapped", "version": 1, "problem": "not a dict"}


@record
class GiftPacked:
    """``GiftWrapped`` of an earlier year, under a name that says more."""

    at: datetime
    paper: str


def test_a_class_that_was_renamed_is_found_by_its_first_name() -> None:
    def renamed(old: Fields) -> Fields:
        return {"type": "GiftPacked", "v": 1, "at": old["at"], "paper": old["wrapping"]["paper"]}

    mine = Codec((GiftPacked,), {**UPCASTERS, ("GiftWrapped", 3): renamed})
    for version in (1, 2, 3):
        packed = mine.loads(lines(GOLDEN / "gift_wrapped" / f"v{version}.jsonl")[0])
        assert type(packed) is GiftPacked
        assert packed.paper == "red"
        assert mine.to_json(packed)["type"] == "GiftPacked"
    assert mine.version(GiftPacked) == 1


def test_names_that_lead_to_one_another_lead_nowhere() -> None:
    table = {
        ("A", 1): lambda _: {"type": "B", "v": 1},
        ("B", 1): lambda _: {"type": "A", "v": 1},
    }
    with pytest.raises(UnknownEvent):
        Codec((), table).from_json({"type": "A", "v": 1})


def test_a_database_of_two_years_ago_is_read_by_todays_program(tmp_path: Path) -> None:
    """Rows that the first version wrote, an embedder's events and omcore's, beside one of today."""

    @record
    class GiftWrapped1:
        at: datetime
        line_id: str
        quantity: int
        paper: str
        price: str
        by: str

    GiftWrapped1.__name__ = "GiftWrapped"
    then = CODEC.extended(GiftWrapped1)
    stored = json.loads(lines(GOLDEN / "gift_wrapped" / "v1.jsonl")[0])
    old = SqliteStore(tmp_path / "oms.db", codec=then)
    stream = "gift/o1"
    event = then.from_json(stored)
    answer = Answer("k1", "hash", stream, T0, result=event)
    old.commit(Commit(answer, {stream: 0}, (Write(stream, (event, Money(1, "USD")), event),)))
    old.close()

    new = SqliteStore(tmp_path / "oms.db", codec=MINE)
    assert new.load([stream])[stream].state == gift(1)[0]
    wrapped = gift(3)[1]
    new.commit(Commit(Answer("k2", "hash", stream, T0), {stream: 1}, (Write(stream, (wrapped,), wrapped),)))
    assert [entry.event for entry in new.feed(0, 10)] == [gift(1)[0], Money(1, "USD"), wrapped]
    assert new.load([stream])[stream].state == wrapped
    first = new.answer("k1")
    assert first is not None
    assert first.result == gift(1)[0]
    new.close()


# -- registration ------------------------------------------------------------------------------


def test_an_embedders_records_leave_the_base_as_it_was() -> None:
    event = gift(3)[0]
    assert GiftWrapped not in CODEC.classes
    with pytest.raises(InvalidType):
        CODEC.dumps(event)
    with pytest.raises(UnknownEvent):
        CODEC.loads(MINE.dumps(event))
    assert MINE.loads(CODEC.dumps(Money(1, "USD"))) == Money(1, "USD")


def test_what_the_base_has_cannot_be_raised_or_replaced() -> None:
    with pytest.raises(DuplicateId):
        CODEC.extended(upcasters={("OrderPlaced", 1): any_currency})
    with pytest.raises(DuplicateId):
        MINE.extended(upcasters={("GiftWrapped", 1): any_currency})

    @record
    class OrderPlaced:
        at: int

    with pytest.raises(DuplicateId) as refused:
        CODEC.extended(OrderPlaced)
    assert refused.value.fields == {"id": "OrderPlaced"}


@pytest.mark.parametrize(
    "table",
    [
        {("GiftWrapped", 2): any_currency},
        {("GiftWrapped", 1): any_currency, ("GiftWrapped", 3): any_currency},
        {("GiftWrapped", 0): any_currency},
        {("GiftWrapped", True): any_currency},
        {("GiftWrapped",): any_currency},
        {"GiftWrapped": any_currency},
        {("GiftWrapped", 1): "any_currency"},
    ],
)
def test_a_table_leaves_no_version_out(table: Any) -> None:
    with pytest.raises(InvalidType) as refused:
        CODEC.extended(GiftWrapped, upcasters=table)
    assert refused.value.path == "upcasters"


@attrs.frozen
class Colored:
    shade: Any
    kind: set[int]


@attrs.frozen
class Typed:
    type: str


@attrs.frozen
class Hidden:
    _secret: str


@attrs.frozen
class Counted:
    total: int = attrs.field(init=False, default=0)


@attrs.frozen
class Choice:
    one: Money | Wrapping


@attrs.frozen
class Unresolved:
    one: Nowhere  # type: ignore[name-defined]  # noqa: F821 - the subject


@attrs.frozen
class Holder:
    held: tuple[Colored, ...]


@pytest.mark.parametrize(
    ("cls", "path"),
    [
        (Colored, "classes[0].kind"),
        (Typed, "classes[0].type"),
        (Hidden, "classes[0]._secret"),
        (Counted, "classes[0].total"),
        (Choice, "classes[0].one"),
        (Holder, "classes[0].kind"),
        (Unresolved, "classes[0]"),
        (int, "classes[0]"),
        (GiftWrapped(T0, (), Wrapping("", False), None), "classes[0]"),
    ],
)
def test_a_class_that_could_not_come_back_is_refused_when_it_is_registered(cls: Any, path: str) -> None:
    with pytest.raises(InvalidType) as refused:
        Codec((cls,))
    assert refused.value.path == path


# -- a shape changes only with its version -----------------------------------------------------


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_schemas", ROOT / "docs" / "generate_schemas.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_record_changed_its_shape_under_the_version_that_the_page_has() -> None:
    made = generator()
    changed = unversioned_changes(made.read(made.PAGE.read_text(encoding="utf-8")), CODEC.schemas())
    assert changed == (), made.MESSAGE.format(names=", ".join(changed))


def test_the_page_of_schemas_says_what_can_be_read_from_it() -> None:
    made = generator()
    assert made.read(made.write(CODEC.schemas())) == CODEC.schemas()
    assert made.read("") == {}


def test_a_schema_tells_every_field_and_its_type() -> None:
    assert MINE.schemas()["GiftWrapped"] == Schema(
        3,
        (
            ("at", "datetime"),
            ("items", "tuple[tuple[str, tuple[tuple[int, int], ...]], ...]"),
            ("wrapping", f"{__name__}.Wrapping"),
            ("price", "Money | None"),
            ("by", "str"),
        ),
    )
    assert MINE.schemas()[f"{__name__}.Wrapping"].version == 0, "only ever inside of others"


def changed(name: str, fields: tuple[tuple[str, str], ...], version: int | None = None) -> dict[str, Schema]:
    schemas = dict(CODEC.schemas())
    schemas[name] = Schema(schemas[name].version if version is None else version, fields)
    return schemas


def holders_of(name: str, schemas: Mapping[str, Schema]) -> tuple[str, ...]:
    """The record and every one that has it, or has one that has it, in a field."""
    found = {name}
    while True:
        more = {
            other
            for other, schema in schemas.items()
            for _, kind in schema.fields
            if found & set(re.findall(r"\w+", kind))
        }
        if more <= found:
            return tuple(sorted(found))
        found |= more


def test_a_changed_record_and_everything_that_holds_it_need_another_version() -> None:
    before = CODEC.schemas()
    fields = before["OrderLine"].fields
    holders = holders_of("OrderLine", before)
    assert {"Order", "OrderLine", "OrderPlaced", "OrderTerms", "UnitsAdded"} <= {*holders}
    for other in (fields[:-1], (*fields, ("gift", "bool")), (*fields[:-1], (fields[-1][0], "int"))):
        assert unversioned_changes(before, changed("OrderLine", other)) == holders
    assert unversioned_changes(before, changed("OrderLine", tuple(reversed(fields)))) == ()
    alone = changed("OrderLine", fields[:-1], version=2)
    assert unversioned_changes(before, alone) == tuple(name for name in holders if name != "OrderLine")
    all_of_them = {
        name: attrs.evolve(schema, version=2) if name in holders else schema for name, schema in alone.items()
    }
    assert unversioned_changes(before, all_of_them) == ()


def test_a_record_that_is_gone_is_a_change_and_a_new_one_is_not() -> None:
    before = CODEC.schemas()
    without = {name: schema for name, schema in before.items() if name != "HoldPlaced"}
    assert unversioned_changes(before, without) == ("HoldPlaced",)
    assert unversioned_changes(without, before) == ()


def test_a_change_is_noticed_where_the_class_itself_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the table of types but what attrs says of the class."""
    made = generator()

    @record
    class OrderLine2:
        id: int

    OrderLine2.__name__ = "OrderLine"
    classes = [OrderLine2 if cls is OrderLine else cls for cls in CODEC.classes]
    monkeypatch.setattr(made, "CODEC", Codec(classes))
    assert made.main([]) == 1
    assert made.main(["--check"]) == 1
