"""Reports of a location's stock as counts, and which stock items to count next."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore import inventory as inv
from omcore.engine import OrderManager
from omcore.kernel import (
    DuplicateId,
    InputError,
    InvalidId,
    InvalidQuantity,
    InvalidTimestamp,
    InvalidType,
    LimitExceeded,
    Location,
    Network,
)
from omcore.memory import MemoryStore
from omcore.routing import Nearest

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
NOW = T0 + timedelta(hours=1)


def days(number: float) -> timedelta:
    return timedelta(days=number)


def report(*lines: tuple[str, int], **more: Any) -> inv.StockReport:
    return inv.StockReport(
        **{"source": "wms", "id": "night-7", "location": "nyc", "counted_at": T0, "lines": lines, **more}
    )


# -- reports ---------------------------------------------------------------------------------


def test_a_report_is_a_count_for_each_of_its_lines() -> None:
    mug, tee = inv.counts_of(report(("MUG", 4), ("TEE", 0)), at=NOW, by="feed")
    assert mug == inv.CountStock(
        "MUG",
        "nyc",
        4,
        "count",
        "sellable",
        T0,
        "wms",
        "night-7",
        key="count/wms/night-7/nyc/sellable/MUG",
        at=NOW,
        by="feed",
    )
    assert (tee.sku, tee.counted) == ("TEE", 0)


def test_what_a_report_does_not_name_is_counted_only_where_it_is_complete() -> None:
    seen = report(("TEE", 3), ("MUG", 4))
    assert [(it.sku, it.counted) for it in inv.counts_of(seen, at=NOW)] == [("TEE", 3), ("MUG", 4)]
    complete = inv.counts_of(seen, at=NOW, known=["TEA", "MUG", "CAP", "TEA"])
    assert [(it.sku, it.counted) for it in complete] == [("TEE", 3), ("MUG", 4), ("CAP", 0), ("TEA", 0)]


def test_c4_a_report_that_arrives_twice_counts_once_and_one_that_is_late_changes_nothing() -> None:
    oms = OrderManager(MemoryStore(), network=Network((Location("nyc"),)), routing=Nearest())
    old = report(("TEE", 9), id="night-6", counted_at=T0 - days(1))
    for command in inv.counts_of(report(("TEE", 3)), at=NOW):
        assert not oms.execute(command).repeated
        assert oms.execute(command).repeated
    (command,) = inv.counts_of(old, at=NOW)
    with pytest.raises(inv.CountOutdated):
        oms.execute(command)
    item = oms.stock("TEE", "nyc")
    assert item is not None
    assert item.on_hand == 3


def test_the_keys_of_the_conditions_are_not_each_others() -> None:
    (good,), (bad,) = (
        inv.counts_of(report(("TEE", 3), condition=condition), at=NOW)
        for condition in ("sellable", "damaged")
    )
    assert good.key != bad.key
    assert bad.condition == "damaged"


@given(st.lists(st.text(min_size=1, max_size=100), unique=True, max_size=6))
def test_every_sku_has_a_key_of_its_own(texts: list[str]) -> None:
    skus = []
    for text in texts:
        try:
            skus.append(inv.ReservedItem(text, "nyc", 1).sku)
        except InputError:
            continue
    commands = inv.counts_of(report(*((sku, 1) for sku in skus)), at=NOW)
    assert len({command.key for command in commands}) == len(skus)


def test_a_sku_that_cannot_stand_in_a_key_has_one_all_the_same() -> None:
    long, spaced = "X" * 100, "T é"
    seen = report((long, 1), (spaced, 1), source="s" * 40, id="i" * 39, location="l" * 38)
    keys = [command.key for command in inv.counts_of(seen, at=NOW)]
    assert len(set(keys)) == 2
    assert keys == [command.key for command in inv.counts_of(seen, at=NOW + days(1))]


@pytest.mark.parametrize(
    ("error", "path", "more"),
    [
        (DuplicateId, "lines[1].sku", {"lines": (("TEE", 1), ("TEE", 1))}),
        (InvalidQuantity, "lines[0].counted", {"lines": (("TEE", -1),)}),
        (InvalidType, "lines[0]", {"lines": ("TE",)}),
        (InvalidType, "lines", {"lines": [("TEE", 1)]}),
        (InvalidType, "condition", {"condition": "lost"}),
        (InvalidId, "id", {"id": "x" * 150}),
        (InvalidId, "source", {"source": ""}),
    ],
)
def test_a_report_that_cannot_be_is_refused_whole(error: type[Exception], path: str, more: Any) -> None:
    with pytest.raises(error) as wrong:
        report(**{"lines": (("TEE", 1),), **more})
    assert getattr(wrong.value, "path", "") == path


def test_a_report_from_the_future_gives_no_command() -> None:
    with pytest.raises(InvalidTimestamp):
        inv.counts_of(report(("TEE", 1)), at=T0 - days(1))


def test_a_report_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omcore.inventory.stock_reports.MAX_LINES", 2)
    seen = report(("A", 1), ("B", 1))
    with pytest.raises(LimitExceeded):
        inv.counts_of(seen, at=NOW, known=("C",))
    with pytest.raises(LimitExceeded):
        report(("A", 1), ("B", 1), ("C", 1))


# -- cycle counts ----------------------------------------------------------------------------


def item(sku: str, counted_at: datetime | None, location: str = "nyc") -> inv.StockItem:
    operations: list[Any] = [inv.Receive(5)]
    if counted_at is not None:
        operations.append(inv.Count(5, "count", counted_at=counted_at))
    at = max(NOW, counted_at or NOW)
    return inv.decide_operations(None, operations, at, sku=sku, location=location)[1]


def test_what_was_never_counted_comes_first_then_what_is_overdue_longest() -> None:
    items = [
        item("A-LATE", NOW - days(31)),
        item("A-TODAY", NOW - days(29.9)),
        item("B-LATE", NOW - days(95)),
        item("C-NEW", None),
        item("A-NEW", None),
        item("NO-CLASS", NOW - days(365)),
    ]
    classes = {it.sku: it.sku[0] for it in items if it.sku != "NO-CLASS"}
    due = inv.cycle_counts(items, NOW, {"A": 30, "B": 90, "C": 365}, classes, limit=10)
    assert [it.sku for it in due] == ["A-NEW", "C-NEW", "B-LATE", "A-LATE", "NO-CLASS"]
    assert due[2] == inv.CountDue("B-LATE", "nyc", "B", NOW - days(95))
    assert inv.cycle_counts(items, NOW, {"A": 30, "B": 90, "C": 365}, classes, limit=2) == due[:2]


def test_whoever_counts_is_not_told_what_is_expected() -> None:
    (due,) = inv.cycle_counts([item("TEE", None)], NOW, {"A": 30}, {}, limit=1)
    assert "5" not in repr(due)


@given(
    st.lists(st.sampled_from("AABBC"), min_size=1, max_size=12),
    st.integers(1, 4),
    st.integers(1, 6),
)
def test_day_by_day_everything_is_counted_as_often_as_it_should_be(
    classes: list[str], limit: int, most: int
) -> None:
    """Never more a day than there are hands for; and with hands enough nothing waits a day too long."""
    every = {"A": most, "B": most * 2, "C": most * 3}
    class_of = {f"S{i}": name for i, name in enumerate(classes)}
    last: dict[str, int] = {}
    enough = limit >= len(classes)
    for day in range(most * 7):
        now = NOW + days(day)
        items = [item(sku, None if sku not in last else NOW + days(last[sku])) for sku in class_of]
        due = [it.sku for it in inv.cycle_counts(items, now, every, class_of, limit=limit)]
        waiting = [sku for sku in class_of if sku not in last or day - last[sku] >= every[class_of[sku]]]
        assert len(due) == min(limit, len(waiting))
        assert set(due) <= set(waiting)
        assert not enough or set(due) == set(waiting)
        never = [sku for sku in waiting if sku not in last]
        assert set(due) <= set(never) or set(never) <= set(due), "what was never counted does not wait"
        last |= dict.fromkeys(due, day)
    assert len(last) == len(class_of) or limit * most * 7 < len(class_of)


def test_abc_classes_go_by_what_moves() -> None:
    moves = {"one": 70, "two": 15, "three": 10, "four": 4, "five": 1, "none": 0}
    assert inv.abc_classes(moves) == {
        "one": "A",
        "two": "A",
        "three": "B",
        "four": "C",
        "five": "C",
        "none": "C",
    }
    assert inv.abc_classes({"x": 80, "y": 15, "z": 5}) == {"x": "A", "y": "B", "z": "C"}, (
        "to the very percent"
    )
    assert inv.abc_classes({"a": 0, "b": 0}) == {"a": "C", "b": "C"}
    assert inv.abc_classes({}) == {}


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 9)), st.integers(0, 100), st.integers(0, 100)
)
def test_the_classes_are_what_a_pencil_makes_of_them(moves: dict[str, int], x: int, y: int) -> None:
    a, b = min(x, y), max(x, y)
    classes = inv.abc_classes(moves, a=a, b=b)
    assert classes.keys() == moves.keys()
    for sku, much in moves.items():
        more = sum(m for other, m in moves.items() if (-m, other) < (-much, sku))
        percent = 100 * more / sum(moves.values()) if sum(moves.values()) else 100.0
        wanted = "C" if not much or percent >= b else "B" if percent >= a else "A"
        assert classes[sku] == wanted


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": {}},
        {"days": {"A": 0}},
        {"days": {"": 30}},
        {"class_of": {"TEE": "Z"}},
        {"limit": 0},
        {"items": ["TEE"]},
        {"items": 7},
        {"now": T0.replace(tzinfo=None)},
    ],
)
def test_a_plan_that_cannot_be_is_bad_input(wrong: Any) -> None:
    plan: dict[str, Any] = {
        "items": [item("TEE", None)],
        "now": NOW,
        "days": {"A": 30},
        "class_of": {},
        "limit": 5,
    }
    assert inv.cycle_counts(**plan)
    with pytest.raises(InputError):
        inv.cycle_counts(**{**plan, **wrong})
