"""The availability view: what is read at once is what would be added up, at any moment and in any order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import Any

import attrs
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from anything import attempt
from omcore import inventory as inv
from omcore.kernel import InvalidTimestamp, InvalidType, NaiveTimestamp, OmcoreError, epoch_second
from omcore.ports import FeedEntry
from timing import bytecodes

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
SECOND = epoch_second(T0)
PLACES = ("nyc", "nj", "lax", "sfo")
POOLS = (PLACES, ("nyc", "nj"), ("lax",), ("nj", "lax", "nowhere"))
SKUS = ("TEE", "MUG")


def after(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


class Books:
    """Stock items and the feed of what happened to them, as a store keeps them."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], inv.StockItem] = {}
        self.versions: dict[tuple[str, str], int] = {}
        self.feed: list[FeedEntry] = []

    def do(self, sku: str, location: str, at: datetime, *operations: Any) -> None:
        """Decide operations on one item; ``at`` is never before what the item has seen."""
        key = (sku, location)
        item = self.items.get(key)
        at = at if item is None else max(at, item.seen_at)
        made, item = inv.decide_operations(item, operations, at, sku=sku, location=location)
        if not made:
            return
        self.items[key] = item
        self.versions[key] = self.versions.get(key, 0) + 1
        for index, event in enumerate(made):
            stream = inv.stock_stream(location, sku)
            entry = FeedEntry(len(self.feed) + 1, stream, self.versions[key], index, event, "k", at)
            self.feed.append(entry)


def odd_entry() -> FeedEntry:
    position: Any = "1"
    return attrs.evolve(one_unit_each("nyc").feed[0], position=position)


def one_unit_each(*places: str, at: datetime = T0) -> Books:
    books = Books()
    for place in places:
        books.do("TEE", place, at, inv.Receive(1))
    return books


# -- in business words -----------------------------------------------------------------------


def test_s6_what_a_cart_lets_go_is_back_in_the_total_at_that_very_moment() -> None:
    books = one_unit_each("nyc", "lax")
    books.do("TEE", "nyc", T0, inv.Reserve(1, SECOND + 600))
    view = inv.AvailabilityView.from_feed(books.feed)
    pool = view.pool(("nyc", "lax"))
    assert pool.promisable("TEE", after(599.999999)) == 1
    assert pool.promisable("TEE", after(600)) == pool.atp("TEE", after(600)) == 2
    assert pool.promisable("TEE", after(10)) == 1, "who asks about before is told about before"
    assert view.next_expiry("TEE", T0) == after(600)
    assert view.next_expiry("TEE", after(600)) is None


def test_s6_the_cart_that_came_last_may_be_the_first_to_run_out() -> None:
    books = one_unit_each("nyc")
    books.do("TEE", "nyc", T0, inv.Receive(1), inv.Reserve(1, SECOND + 600))
    view = inv.AvailabilityView.from_feed(books.feed)
    pool = view.pool(("nyc",))
    assert pool.atp("TEE", T0) == 1
    books.do("TEE", "nyc", T0, inv.Reserve(1, SECOND + 60))
    view.follow(books.feed)
    assert [pool.atp("TEE", after(seconds)) for seconds in (0, 59, 60, 599, 600)] == [0, 0, 1, 1, 2]


def test_s13_one_that_owes_stock_takes_none_from_the_others_but_is_published_with_them() -> None:
    books = one_unit_each("nyc", "lax")
    books.do("TEE", "nyc", T0, inv.SetSafety(3))
    pool = inv.AvailabilityView.from_feed(books.feed).pool(("nyc", "lax"))
    assert (pool.promisable("TEE", T0), pool.atp("TEE", T0)) == (1, -1)


def test_a_pool_is_the_same_for_the_same_locations_in_any_order() -> None:
    view = inv.AvailabilityView.from_feed(one_unit_each("nyc", "lax").feed)
    assert view.pool(["nyc", "lax", "nyc"]) is view.pool(("lax", "nyc"))
    assert view.pool(("lax",)).atp("TEE", T0) == 1, "one that is asked for late knows what was before"
    assert view.pool(()).atp("TEE", T0) == 0
    assert view.pool(("lax",)).atp("CAP", T0) == 0


def test_a_clock_of_another_zone_reads_the_same_and_a_naive_one_nothing() -> None:
    view = inv.AvailabilityView.from_feed(one_unit_each("nyc").feed)
    pool = view.pool(("nyc",))
    assert pool.atp("TEE", T0.astimezone(timezone(timedelta(hours=-5)))) == 1
    with pytest.raises(NaiveTimestamp):
        pool.promisable("TEE", T0.replace(tzinfo=None))


def test_a_view_says_how_far_it_has_come_and_is_made_anew_from_the_feed() -> None:
    books = one_unit_each("nyc")
    books.do("TEE", "nyc", after(5), inv.Allocate(1))
    view = inv.AvailabilityView.from_feed(books.feed)
    assert (view.position, view.followed_at) == (2, after(5))
    view.follow(books.feed[:1])
    assert (view.position, view.followed_at) == (2, after(5)), "what it knows already takes it nowhere"
    assert view.snapshot() == tuple(books.items.values())
    assert view.skus() == ("TEE",)
    assert (inv.AvailabilityView().position, inv.AvailabilityView().followed_at) == (0, None)


def test_low_and_out_of_stock_are_told_of_what_is_watched_and_at_the_moment_that_it_is() -> None:
    books = one_unit_each("nyc", "lax", "nj")
    for place in ("nyc", "lax"):
        books.do("TEE", place, T0, inv.Receive(9), inv.SetReorder(5))
    books.do("TEE", "lax", T0, inv.Allocate(5))
    books.do("TEE", "nyc", T0, inv.Reserve(10, SECOND + 600))
    view = inv.AvailabilityView.from_feed(books.feed)
    assert view.low(T0) == (inv.StockLevel("TEE", "lax", 5, "low"), inv.StockLevel("TEE", "nyc", 0, "out"))
    assert view.low(after(600)) == (inv.StockLevel("TEE", "lax", 5, "low"),), "nobody moved a thing"
    books.do("TEE", "lax", after(700), inv.SetReorder(None))
    view.follow(books.feed)
    assert view.low(T0) == (inv.StockLevel("TEE", "nyc", 0, "out"),)


def test_the_feed_tells_when_an_item_becomes_low_runs_out_and_is_back() -> None:
    books = Books()
    steps: list[tuple[float, Any]] = [
        (0, inv.SetReorder(2)),
        (0, inv.Receive(5)),
        (1, inv.Allocate(2)),
        (2, inv.Allocate(1)),
        (3, inv.Reserve(2, SECOND + 600)),
        (700, inv.SetSafety(1)),
        (701, inv.Ship(3)),
        (702, inv.Receive(9)),
        (703, inv.SetReorder(None)),
        (704, inv.Adjust(-10, "fire")),
    ]
    for seconds, operation in steps:
        books.do("TEE", "nyc", after(seconds), operation)
    told = [
        (int((entry.at - T0).total_seconds()), entry.event.level, entry.event.quantity)
        for entry in books.feed
        if type(entry.event) is inv.StockLevelChanged
    ]
    assert told == [
        (0, "out", 0),
        (0, "in_stock", 5),
        (2, "low", 2),
        (3, "out", 0),
        (700, "low", 1),
        (702, "in_stock", 10),
    ], "what a cart let go is told with the next movement"


# -- what a read costs -----------------------------------------------------------------------


def test_a_read_over_many_locations_costs_what_one_over_one_costs() -> None:
    few, many = one_unit_each("nyc"), one_unit_each(*(f"l{n}" for n in range(1_000)))
    pools = []
    for books in (few, many):
        view = inv.AvailabilityView.from_feed(books.feed)
        pools.append(view.pool([place for _, place in books.items]))
    one, thousand = ([partial(pool.promisable, "TEE", T0), partial(pool.atp, "TEE", T0)] for pool in pools)
    for small, large in zip(one, thousand, strict=True):
        assert bytecodes(large) == bytecodes(small)
    assert (pools[1].promisable("TEE", T0), pools[1].atp("TEE", T0)) == (1000, 1000)


def test_carts_that_run_out_are_looked_at_once_each_whoever_reads() -> None:
    """A thousand carts, each at its own second and location: a read at each costs the same few steps."""
    places = [f"l{n}" for n in range(1_000)]
    books = one_unit_each(*places)
    for n, place in enumerate(places):
        books.do("TEE", place, T0, inv.Reserve(1, SECOND + 1 + n))
    pool = inv.AvailabilityView.from_feed(books.feed).pool(places)
    steps = []
    for n in range(1_000):
        steps.append(bytecodes(partial(pool.promisable, "TEE", after(n))))
        assert pool.promisable("TEE", after(n)) == n
    assert max(steps[1:]) < 2 * min(steps[1:])


def test_a_pool_that_nobody_reads_does_not_grow_with_what_happens() -> None:
    """Carts come and go at one location for a day, and nobody asks."""
    view = inv.AvailabilityView()
    pool = view.pool(("nyc", "lax"))
    books = one_unit_each("nyc", "lax")
    books.do("TEE", "lax", T0, inv.Reserve(1, SECOND + 1))
    for n in range(2_000):
        books.do("TEE", "nyc", T0, inv.Reserve(1, SECOND + 2 + n))
        books.do("TEE", "nyc", T0, inv.Unreserve(1, SECOND + 2 + n))
    view.follow(books.feed)
    assert len(pool._totals["TEE"]._queue) < 30
    assert [pool.promisable("TEE", after(seconds)) for seconds in (0, 1)] == [1, 2]


# -- against a plain sum ---------------------------------------------------------------------


class Reading(RuleBasedStateMachine):
    """Movements of all kinds, feeds that overlap, truths put in; every read is as if added up."""

    def __init__(self) -> None:
        super().__init__()
        self.books = Books()
        self.now = 0.0
        self.view = inv.AvailabilityView()
        self.pools: dict[tuple[str, ...], inv.StockPool] = {}
        for places in POOLS[:2]:
            self.pools[places] = self.view.pool(places)
        # What the view must have: by item, the state after the last movement that it was told of.
        self.told: dict[tuple[str, str], tuple[int, inv.StockItem]] = {}
        self.followed = 0

    @rule(seconds=st.sampled_from([0, 0.5, 1, 3, 30]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(
        sku=st.sampled_from(SKUS),
        place=st.sampled_from(PLACES),
        which=st.integers(0, 13),
        units=st.integers(1, 5),
        seconds=st.integers(1, 20),
        early=st.sampled_from([0, 0, 0, 0.7, 4]),
    )
    def move(self, sku: str, place: str, which: int, units: int, seconds: int, early: float) -> None:
        item = self.books.items.get((sku, place))
        schedule = item.schedule if item is not None else ()
        live = next((second for second, _ in schedule if second > SECOND + self.now), 0)
        operations: list[Any] = [
            inv.Receive(units),
            inv.Receive(units),
            inv.Reserve(units, SECOND + int(self.now) + seconds),
            inv.Reserve(1, SECOND + int(self.now) + seconds),
            inv.Reserve(1, SECOND + int(self.now) + 2),
            inv.Unreserve(1, live),
            inv.Extend(1, live, SECOND + int(self.now) + seconds + 5),
            inv.Allocate(1, ((live, 1),) if live else ()),
            inv.Ship(1),
            inv.Count(units, "count"),
            inv.SetSafety(units - 1),
            inv.SetBackorders(units - 1),
            inv.Expect("po", units, SECOND + int(self.now) + seconds),
            inv.Promise(1, SECOND + int(self.now) + 25),
        ]
        attempt(lambda: self.books.do(sku, place, after(self.now - early), operations[which]))

    @rule(count=st.integers(1, 9), back=st.integers(0, 9))
    def follow(self, count: int, back: int) -> None:
        """Some more of the feed, and some again."""
        start = max(0, self.followed - back)
        entries = self.books.feed[start : self.followed + count]
        self.view.follow(entries)
        self.followed = min(self.followed + count, len(self.books.feed))
        for entry in entries:
            self.hear(entry)

    def hear(self, entry: FeedEntry) -> None:
        key = (entry.event.sku, entry.event.location)
        if entry.position > self.told.get(key, (0,))[0]:
            item = self.told[key][1] if key in self.told else None
            self.told[key] = (entry.position, inv.evolve_stock(item, entry.event))

    @rule(sku=st.sampled_from(SKUS), place=st.sampled_from(PLACES))
    def put(self, sku: str, place: str) -> None:
        """The truth about one item, before the feed told it."""
        if (sku, place) in self.books.items:
            self.view.put(self.books.items[sku, place], self.books.versions[sku, place])
            for entry in self.books.feed:
                if (entry.event.sku, entry.event.location) == (sku, place):
                    self.hear(entry)

    @rule(which=st.sampled_from(POOLS))
    def ask_for_another_pool(self, which: tuple[str, ...]) -> None:
        self.pools[which] = self.view.pool(which)

    @rule(sku=st.sampled_from(SKUS), seconds=st.sampled_from([-40, -3, -0.5, 0, 0, 0.5, 2, 9, 40]))
    def read(self, sku: str, seconds: float) -> None:
        now = after(self.now + seconds)
        for places, pool in self.pools.items():
            items = [self.told[sku, place][1] for place in places if (sku, place) in self.told]
            assert pool.atp(sku, now) == sum(item.atp(now) for item in items)
            assert pool.promisable(sku, now) == sum(max(0, item.promisable(now)) for item in items)
            assert self.view.network_promisable(sku, places, now) == pool.promisable(sku, now)
            assert self.view.publishable(sku, places, 2, now) == max(0, pool.atp(sku, now) - 2)

    @rule(sku=st.sampled_from(SKUS), seconds=st.sampled_from([-3, 0, 5]))
    def nothing_changes_by_itself_before_it_is_said_to(self, sku: str, seconds: float) -> None:
        now = after(self.now + seconds)
        moment = self.view.next_expiry(sku, now)
        for pool in self.pools.values():
            until = now + timedelta(days=1) if moment is None else moment - timedelta(microseconds=1)
            if until > now:
                assert pool.atp(sku, until) == pool.atp(sku, now)
                assert pool.promisable(sku, until) == pool.promisable(sku, now)

    @invariant()
    def every_location_is_as_it_was_told(self) -> None:
        found = {(item.sku, item.location): item for item in self.view.snapshot()}
        assert found == {key: item for key, (_, item) in self.told.items()}


TestReading = Reading.TestCase


# -- a snapshot as of a moment ---------------------------------------------------------------


class Remembering(RuleBasedStateMachine):
    """What the shelf looked like is written down every time, and asked for in the end."""

    def __init__(self) -> None:
        super().__init__()
        self.books = Books()
        self.now = 0
        self.photos: list[tuple[datetime, dict[tuple[str, str], tuple[int, int, int, int]]]] = []

    def photo(self) -> None:
        now = after(self.now)
        self.photos.append((now, {key: counts(item, now) for key, item in self.books.items.items()}))

    @rule(
        sku=st.sampled_from(SKUS),
        place=st.sampled_from(PLACES),
        which=st.integers(0, 4),
        units=st.integers(1, 4),
        seconds=st.integers(1, 9),
    )
    def move(self, sku: str, place: str, which: int, units: int, seconds: int) -> None:
        self.now += seconds
        until = SECOND + self.now + 3 * units
        operations = (inv.Receive(units), inv.Receive(9), inv.Reserve(units, until), inv.Count(units, "c"))
        operation = (*operations, inv.Allocate(1))[which]
        attempt(lambda: self.books.do(sku, place, after(self.now), operation))
        self.photo()

    @rule(seconds=st.integers(1, 9))
    def wait(self, seconds: int) -> None:
        self.now += seconds
        self.photo()

    def teardown(self) -> None:
        for now, seen in self.photos:
            found = inv.snapshot(self.books.feed, now)
            assert {(item.sku, item.location): counts(item, now) for item in found} == seen
            assert [(item.sku, item.location) for item in found] == sorted(seen)
            assert all(item.seen_at == now for item in found)


def counts(item: inv.StockItem, now: datetime) -> tuple[int, int, int, int]:
    return (item.on_hand, item.allocated, item.live(now), item.atp(now))


TestRemembering = Remembering.TestCase


def test_a_snapshot_knows_what_had_happened_and_not_what_was_written_down() -> None:
    """A clock that lagged: what was recorded last happened first."""
    books = one_unit_each("nyc", at=after(60))
    books.do("TEE", "lax", after(10), inv.Receive(4))
    assert [(item.location, item.on_hand) for item in inv.snapshot(books.feed, after(30))] == [("lax", 4)]
    assert inv.snapshot(books.feed, after(9)) == ()


# -- bad input -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "door",
    [
        lambda view, pool: view.pool("nyc"),
        lambda view, pool: view.follow(7),
        lambda view, pool: view.follow([7]),
        lambda view, pool: view.follow([odd_entry()]),
        lambda view, pool: inv.AvailabilityView.from_feed([None]),
        lambda view, pool: pool.atp(7, T0),
        lambda view, pool: pool.promisable(["TEE"], T0),
        lambda view, pool: view.next_expiry(7, T0),
        lambda view, pool: inv.snapshot([7], T0),
        lambda view, pool: inv.snapshot(view, T0),
    ],
)
def test_what_is_none_is_refused_and_changes_nothing(door: Callable[[Any, Any], Any]) -> None:
    view = inv.AvailabilityView.from_feed(one_unit_each("nyc").feed)
    pool = view.pool(("nyc",))
    with pytest.raises(InvalidType):
        door(view, pool)
    assert (view.position, pool.atp("TEE", T0)) == (1, 1)


@pytest.mark.parametrize("now", [None, 7, "now", "2026-11-27"])
def test_a_moment_that_is_none_is_refused(now: Any) -> None:
    view = inv.AvailabilityView.from_feed(one_unit_each("nyc").feed)
    pool = view.pool(("nyc",))
    doors: tuple[Callable[[], Any], ...] = (
        lambda: pool.atp("TEE", now),
        lambda: pool.promisable("TEE", now),
        lambda: view.next_expiry("TEE", now),
        lambda: view.low(now),
        lambda: inv.snapshot([], now),
    )
    for door in doors:
        _, error = attempt(door)
        assert isinstance(error, OmcoreError | InvalidTimestamp)
