"""S13: every channel comes to know what it may sell, at its own pace, whatever fails and whoever tells it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import attrs
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from anything import attempt
from omcore import inventory as inv
from omcore.engine import OrderManager, SalesChannel
from omcore.engine import requests as rq
from omcore.kernel import (
    Catalog,
    DuplicateId,
    InvalidQuantity,
    InvalidSku,
    InvalidType,
    Item,
    Location,
    Network,
    StoreError,
    Unavailable,
    UnknownId,
)
from omcore.memory import MemoryChannel, MemoryStore
from omcore.ports import StockPublication
from omcore.routing import Nearest

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
PLACES = ("nyc", "nj", "lax")
NETWORK = Network(tuple(Location(place) for place in PLACES))
CATALOG = Catalog(
    (
        Item("SET", components=(("MUG", 1), ("TEA", 2)), built_ahead=True),
        Item("BOX", components=(("SET", 2), ("CAP", 1))),
    )
)


def after(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


class Shop:
    """A shop with one process that tells its channels, and a clock of its own."""

    def __init__(self, *channels: SalesChannel, catalog: Catalog | None = None) -> None:
        self.store, self.channel = MemoryStore(), MemoryChannel()
        self.channels, self.catalog = channels, catalog
        self.now, self.keys = T0, 0
        self.oms = self.process()

    def process(self) -> OrderManager:
        return OrderManager(
            self.store,
            network=NETWORK,
            routing=Nearest(),
            catalog=self.catalog,
            sales_channels=self.channels,
            channel=self.channel,
        )

    def do(self, kind: Any, *arguments: Any, **more: Any) -> None:
        self.keys += 1
        self.oms.execute(kind(*arguments, **more, key=f"k{self.keys}", at=self.now))

    def receive(self, units: int, sku: str = "TEE", place: str = "nyc") -> None:
        self.do(inv.ReceiveStock, sku, place, units)

    def cart(self, units: int, seconds: int, sku: str = "TEE", place: str = "nyc") -> None:
        items = (inv.ReservedItem(sku, place, units),)
        self.do(inv.ReserveStock, f"cart-{self.keys}", "ann", items, self.now + timedelta(seconds=seconds))

    def tell(self, seconds: float = 0) -> list[tuple[str, str, int]]:
        """What is told so many seconds later."""
        self.now += timedelta(seconds=seconds)
        before = len(self.channel.publications)
        report = self.oms.dispatch(at=self.now, concerns=("stock",))
        assert report.stopped == ()
        said = [(one.channel, one.sku, one.quantity) for one in self.channel.publications[before:]]
        assert report.count("stock") == len(said)
        return said


def take_turns(steps: list[Any], ports: Any, *, fewer_than: int) -> None:
    """Runs that come between each other at every port call, until all are over."""
    replies: list[Any] = [None] * len(steps)
    turns = 0
    while steps:
        for i in reversed(range(len(steps))):
            turns += 1
            try:
                replies[i] = steps[i].send(replies[i]).perform(ports)
            except StopIteration:
                del steps[i], replies[i]
            except StoreError as error:
                replies[i] = steps[i].throw(error).perform(ports)
        assert turns < fewer_than


# -- in business words -----------------------------------------------------------------------


def test_s13_a_channel_hears_a_quantity_once() -> None:
    shop = Shop(SalesChannel("web", ("nyc", "lax")))
    shop.receive(5)
    assert shop.tell() == [("web", "TEE", 5)]
    assert shop.tell(60) == []
    shop.receive(2, place="nj")
    assert shop.tell() == [], "a location that does not feed it"
    shop.receive(2, place="lax")
    shop.do(inv.AdjustStock, "TEE", "nyc", -2, "damage")
    assert shop.tell() == [], "what went in one place came in another"


def test_s13_what_a_channel_leaves_and_the_most_that_it_is_shown() -> None:
    shop = Shop(SalesChannel("web", ("nyc",), threshold=2, cap=4), SalesChannel("outlet", ("nyc",), cap=0))
    shop.receive(1)
    assert shop.tell() == [("web", "TEE", 0), ("outlet", "TEE", 0)]
    shop.receive(4)
    assert shop.tell() == [("web", "TEE", 3)]
    shop.receive(9)
    assert shop.tell() == [("web", "TEE", 4)]


def test_a_channel_hears_only_of_what_it_sells() -> None:
    shop = Shop(SalesChannel("web", ("nyc",), skus=frozenset({"MUG"})))
    shop.receive(5)
    shop.receive(3, "MUG")
    assert shop.tell() == [("web", "MUG", 3)]


def test_s6_a_cart_that_runs_out_is_told_though_nothing_moves() -> None:
    shop = Shop(SalesChannel("web", ("nyc",)))
    shop.receive(5)
    shop.cart(2, seconds=600)
    assert shop.tell() == [("web", "TEE", 3)]
    assert shop.tell(599) == []
    assert shop.tell(1) == [("web", "TEE", 5)]


def test_s6_a_cart_that_ran_out_while_nobody_was_there_is_told_by_the_next_process() -> None:
    shop = Shop(SalesChannel("web", ("nyc",)))
    shop.receive(5)
    shop.cart(2, seconds=600)
    assert shop.tell() == [("web", "TEE", 3)]
    shop.oms = shop.process()
    assert shop.tell(600) == [("web", "TEE", 5)]


def test_s11_a_kit_is_told_when_one_of_its_components_moves() -> None:
    shop = Shop(SalesChannel("web", ("nyc", "lax")), catalog=CATALOG)
    shop.receive(5, "MUG")
    assert shop.tell() == [("web", "MUG", 5), ("web", "SET", 0), ("web", "BOX", 0)]
    shop.receive(9, "TEA")
    shop.receive(1, "CAP", "lax")
    assert set(shop.tell()) == {("web", "TEA", 9), ("web", "SET", 4), ("web", "CAP", 1)}
    shop.receive(1, "CAP")
    shop.cart(3, 60, "MUG")
    told = shop.tell()
    assert set(told) == {("web", "MUG", 2), ("web", "CAP", 2), ("web", "SET", 2), ("web", "BOX", 1)}
    assert set(shop.tell(60)) == {("web", "MUG", 5), ("web", "SET", 4)}, (
        "two sets make a box, and one cap is there"
    )


def test_s11_finished_kits_are_told_with_those_that_can_be_made_up() -> None:
    shop = Shop(SalesChannel("web", ("nyc",)), catalog=CATALOG)
    shop.receive(1, "MUG")
    shop.receive(2, "TEA")
    assert set(shop.tell()) >= {("web", "SET", 1)}
    shop.receive(3, "SET")
    assert shop.tell() == [("web", "SET", 4)]


def test_s11_no_more_kits_are_told_than_the_components_suffice_for_over_all_locations() -> None:
    """Lax owes three mugs, which will be sent there from nyc."""
    shop = Shop(SalesChannel("web", ("nyc", "lax")), catalog=CATALOG)
    shop.receive(5, "MUG")
    shop.receive(20, "TEA")
    shop.do(inv.SetSafetyStock, "MUG", "lax", 3)
    assert set(shop.tell()) >= {("web", "MUG", 2), ("web", "SET", 2)}


def test_a_channel_is_told_of_a_sku_no_more_often_than_it_asked_for_and_then_the_newest() -> None:
    shop = Shop(SalesChannel("web", ("nyc",), every=timedelta(seconds=60)))
    shop.receive(5)
    assert shop.tell() == [("web", "TEE", 5)]
    shop.receive(1)
    assert shop.tell(1) == []
    shop.receive(1)
    assert shop.tell(58) == []
    assert shop.tell(1) == [("web", "TEE", 7)], "nothing has moved since, and nothing was forgotten"
    shop.receive(1)
    assert shop.tell(60) == [("web", "TEE", 8)]


def test_that_nothing_is_left_is_told_at_once() -> None:
    shop = Shop(SalesChannel("web", ("nyc",), every=timedelta(hours=1), per_run=1))
    shop.receive(5)
    shop.receive(5, "MUG")
    assert len(shop.tell()) == 1
    shop.do(inv.CountStock, "TEE", "nyc", 0)
    shop.do(inv.CountStock, "MUG", "nyc", 0)
    assert shop.tell(1) == [("web", "TEE", 0), ("web", "MUG", 0)]
    shop.receive(1)
    assert shop.tell(1) == [], "but that there is some again can wait"
    assert shop.tell(3600) == [("web", "TEE", 1)]


def test_a_run_tells_a_channel_no_more_than_it_asked_for_and_who_waits_longest_first() -> None:
    shop = Shop(SalesChannel("web", ("nyc",), per_run=2), SalesChannel("till", ("nyc",)))
    for n in range(5):
        shop.receive(1, f"SKU-{n}")
    told = shop.tell()
    assert [sku for channel, sku, _ in told if channel == "till"] == [f"SKU-{n}" for n in range(5)]
    assert [sku for channel, sku, _ in told if channel == "web"] == ["SKU-0", "SKU-1"]
    shop.receive(1, "SKU-0")
    assert [sku for channel, sku, _ in shop.tell() if channel == "web"] == ["SKU-2", "SKU-3"]
    assert [(sku, units) for channel, sku, units in shop.tell() if channel == "web"] == [
        ("SKU-4", 1),
        ("SKU-0", 2),
    ]


def test_a_process_that_ends_takes_nothing_that_waits_with_it_and_the_next_keeps_the_pace() -> None:
    shop = Shop(SalesChannel("web", ("nyc",), every=timedelta(seconds=60)))
    shop.receive(5)
    shop.tell()
    shop.receive(1)
    assert shop.tell(10) == []
    shop.oms = shop.process()
    assert shop.tell(10) == [], "it knows when the channel was told last"
    shop.oms = shop.process()
    assert shop.tell(40) == [("web", "TEE", 6)]


def test_another_threshold_is_told_by_the_process_that_has_it() -> None:
    shop = Shop(SalesChannel("web", ("nyc",)))
    shop.receive(5)
    shop.tell()
    shop.channels = (SalesChannel("web", ("nyc",), threshold=2),)
    shop.oms = shop.process()
    assert shop.tell() == [("web", "TEE", 3)]


class Away:
    """A channel that is away for a while, and may have heard all the same."""

    def __init__(self, port: MemoryChannel, heard: bool) -> None:
        self.port, self.heard, self.away = port, heard, True
        self.tried: list[StockPublication] = []

    def publish(self, publication: StockPublication) -> None:
        self.tried.append(publication)
        if self.heard or not self.away:
            self.port.publish(publication)
        if self.away:
            raise Unavailable("channel")


@pytest.mark.parametrize("heard", [False, True])
@pytest.mark.parametrize("restarted", [False, True])
def test_a_channel_that_is_away_is_told_the_newest_when_it_is_back(heard: bool, restarted: bool) -> None:
    shop = Shop(SalesChannel("web", ("nyc",), every=timedelta(seconds=60)))
    away = Away(shop.channel, heard)
    shop.oms.ports.channel = away
    shop.receive(5)
    assert shop.oms.dispatch(at=T0).stopped == (("stock", "unavailable"),)
    if restarted:
        shop.oms = shop.process()
        shop.oms.ports.channel = away
    assert shop.oms.dispatch(at=after(59)).stopped == (), "it is not asked again before its time"
    away.away = False
    shop.oms.dispatch(at=after(60))
    assert [(one.quantity, one.position) for one in away.tried] == [(5, 1), (5, 2)]
    shop.oms.dispatch(at=after(120))
    assert len(away.tried) == 2


def test_one_sku_that_a_channel_does_not_take_keeps_no_other_from_being_told() -> None:
    class Picky(MemoryChannel):
        refused = 0

        def publish(self, publication: StockPublication) -> None:
            if publication.sku == "MUG":
                self.refused += 1
                raise Unavailable("channel")
            super().publish(publication)

    shop = Shop(SalesChannel("web", ("nyc",)))
    shop.oms.ports.channel = picky = Picky()
    shop.receive(5)
    shop.receive(3, "MUG")
    for n in range(3):
        shop.oms.dispatch(at=after(n))
    assert [(one.sku, one.quantity) for one in picky.publications] == [("TEE", 5)]
    assert picky.refused == 3, "who failed himself knows it, and tries again at once"


def test_a_clock_that_lags_makes_no_channel_hear_more_often() -> None:
    shop = Shop(SalesChannel("web", ("nyc",), every=timedelta(seconds=60)))
    shop.receive(5)
    assert shop.tell(100) == [("web", "TEE", 5)]
    shop.do(inv.CountStock, "TEE", "nyc", 0)
    assert shop.tell(-50) == [("web", "TEE", 0)]
    shop.do(inv.CountStock, "TEE", "nyc", 3)
    assert shop.tell(109) == [], "a minute and more by the clock that lagged, 59 seconds by the other"
    assert shop.tell(1) == [("web", "TEE", 3)]


class Replica(MemoryStore):
    """A store of which the feed may be behind."""

    blind_after: int | None = None

    def feed(self, after: int, limit: int) -> Any:
        entries = super().feed(after, limit)
        return [one for one in entries if self.blind_after is None or one.position <= self.blind_after]


def test_who_sees_less_of_the_feed_does_not_contradict_who_saw_more() -> None:
    shop = Shop(SalesChannel("web", ("nyc",)))
    shop.store = store = Replica()
    behind = shop.process()
    shop.oms = shop.process()
    shop.receive(5)
    store.blind_after = len(store.feed(0, 99))
    behind.execute(inv.CountStock("TEE", "nyc", 1, key="count", at=T0))
    store.blind_after = None
    assert shop.tell() == [("web", "TEE", 1)]
    store.blind_after = 1
    assert behind.dispatch(at=T0).count("stock") == 0, "it knows of five, and that others know more"
    store.blind_after = None
    behind.dispatch(at=T0)
    assert [said.quantity for said in shop.channel.publications] == [1]


class ByHand:
    """A run of the dispatcher that stops before a port is called."""

    def __init__(self, oms: OrderManager, at: datetime = T0) -> None:
        self.steps, self.ports = oms._dispatch(at, ("stock",)), oms.ports
        self.request: Any = next(self.steps)

    def go_on(self, *, until: type | None = None) -> None:
        """Perform requests up to the first of a kind, or to the end; one that it stands at is performed."""
        try:
            while True:
                self.request = self.steps.send(self.request.perform(self.ports))
                if until is not None and type(self.request) is until:
                    return
        except StopIteration:
            self.request = None


def test_what_moves_while_a_word_is_being_said_is_told_next() -> None:
    """Two tasks of one process: one waits for the channel while the other sees that more has come."""
    shop = Shop(SalesChannel("web", ("nyc",)))
    shop.receive(5)
    first = ByHand(shop.oms)
    first.go_on(until=rq.PublishStock)
    shop.receive(1)
    second = ByHand(shop.oms)
    second.go_on()
    assert not shop.channel.publications, "the word is being said: nobody else says it, or the next one"
    first.go_on(until=rq.PublishStock)
    first.go_on()
    assert [said.quantity for said in shop.channel.publications] == [5, 6]


def test_a_word_of_another_process_is_not_taken_for_said_because_ours_was() -> None:
    shop = Shop(SalesChannel("web", ("nyc",)))
    shop.receive(5)
    ours, theirs = ByHand(shop.oms), shop.process()
    ours.go_on(until=rq.PublishStock)
    shop.receive(1)
    lost = ByHand(theirs)
    lost.go_on(until=rq.PublishStock)
    lost.steps.close()  # it ends before it has said six
    ByHand(shop.oms).go_on()
    ours.go_on()
    assert [said.quantity for said in shop.channel.publications] == [5]
    shop.oms = shop.process()
    assert shop.tell(60) == [("web", "TEE", 6)]


def test_of_two_processes_each_tells_what_is_true_and_neither_what_the_other_did() -> None:
    shop = Shop(SalesChannel("web", ("nyc",)))
    one, two = shop.oms, shop.process()
    shop.receive(5)
    for oms in (one, two):
        oms.dispatch(at=T0)
    assert [said.quantity for said in shop.channel.publications] == [5]
    for units, oms in ((3, two), (5, one), (3, one), (5, two)):
        shop.do(inv.CountStock, "TEE", "nyc", units)
        oms.dispatch(at=T0)
        assert shop.channel.publications[-1].quantity == units
    assert [said.position for said in shop.channel.publications] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("apart_s", [0, 59, 120, -120])
def test_processes_at_once_do_not_answer_each_other_without_end(apart_s: int) -> None:
    """Each sees what the other has written before it knows that it was said; their clocks may differ."""
    shop = Shop(SalesChannel("web", ("nyc",)))
    shop.receive(5)
    one, two, three = shop.oms, shop.process(), shop.process()
    begun = ((one, 0), (two, apart_s), (three, apart_s))
    steps = [oms._dispatch(after(seconds), ("stock",)) for oms, seconds in begun]
    take_turns(steps, one.ports, fewer_than=150)
    for oms in (one, two, three):
        oms.dispatch(at=after(300))
    assert [said.quantity for said in shop.channel.publications] == [5]


def test_processes_of_which_one_has_seen_a_later_moment_do_not_answer_each_other_without_end() -> None:
    """A cart runs out between what two clocks show: five to one of them, two to the other."""
    shop = Shop(SalesChannel("web", ("nyc",)))
    shop.receive(5)
    shop.cart(3, 600)
    one, two = shop.oms, shop.process()
    one.setup.publications.latest = after(900)  # another task of it began then, and failed
    steps = [one._dispatch(T0, ("stock",)), two._dispatch(after(-240), ("stock",))]
    take_turns(steps, one.ports, fewer_than=300)
    for oms in (one, two):
        oms.dispatch(at=after(1_000))
    assert shop.channel.publications[-1].quantity == 5


def test_an_older_page_of_the_feed_that_is_looked_at_later_takes_nothing_back() -> None:
    """Two tasks of a process read for themselves: the second word is still not known to be said."""
    shop = Shop(SalesChannel("web", ("nyc",)))
    for units in (5, 3):
        shop.do(inv.CountStock, "TEE", "nyc", units)
        shop.oms.dispatch(at=T0)
    first, second = (entry for entry in shop.store.feed(0, 100) if entry.stream.startswith("publication/"))
    book = shop.process().setup.publications
    book.begin({"web": 0})
    book.note((first, second))
    book.note((first,))
    book.begin({"web": first.position})
    assert book.cursors().get("web", 0) < second.position


def test_each_channel_may_have_a_process_of_its_own() -> None:
    """What one of them has not said is not taken for said by the other."""
    shop = Shop()
    shop.receive(5)
    web, till = Shop(SalesChannel("web", ("nyc",))), Shop(SalesChannel("till", ("nyc",)))
    web.store = till.store = shop.store
    till.channel = web.channel
    web.oms, till.oms = web.process(), till.process()
    web.oms.ports.channel = Away(web.channel, heard=False)
    web.oms.dispatch(at=T0)
    assert till.tell() == [("till", "TEE", 5)]
    web.oms = web.process()
    assert web.tell() == [], "it was written down, and somebody may be just about to say it"
    assert web.tell(60) == [("web", "TEE", 5)]


class WithoutWeb(MemoryChannel):
    """One of the channels is away."""

    def publish(self, publication: StockPublication) -> None:
        if publication.channel == "web":
            raise Unavailable("channel")
        super().publish(publication)


def test_what_was_said_before_a_failure_stays_said() -> None:
    shop = Shop(SalesChannel("till", ("nyc",)), SalesChannel("web", ("nyc",)))
    shop.receive(5)
    shop.oms.ports.channel = away = WithoutWeb()
    assert shop.oms.dispatch(at=T0).stopped
    assert [said.channel for said in away.publications] == ["till"]
    shop.oms = shop.process()
    assert shop.tell(60) == [("web", "TEE", 5)]


def test_what_one_channel_has_not_heard_makes_no_other_hear_again() -> None:
    hour = timedelta(hours=1)
    shop = Shop(SalesChannel("web", ("nyc",), every=hour), SalesChannel("till", ("nyc",)))
    shop.receive(5)
    shop.oms.ports.channel = away = WithoutWeb()
    assert shop.oms.dispatch(at=T0).stopped
    assert not shop.oms.dispatch(at=T0).stopped
    assert [said.channel for said in away.publications] == ["till"]
    shop.oms = shop.process()
    assert shop.tell(60) == []
    assert shop.tell(3540) == [("web", "TEE", 5)]


def test_what_a_channel_may_sell_can_be_asked() -> None:
    shop = Shop(SalesChannel("web", ("nyc",), threshold=1), catalog=CATALOG)
    shop.receive(5, "MUG")
    shop.receive(9, "TEA")
    assert [shop.oms.sellable("web", sku, at=T0) for sku in ("MUG", "SET", "CAP")] == [4, 3, 0]
    with pytest.raises(UnknownId):
        shop.oms.sellable("fax", "MUG", at=T0)


def test_what_is_no_sales_channel_is_refused() -> None:
    odd: Any = 7
    with pytest.raises(DuplicateId):
        SalesChannel("web", ("nyc", "nyc"))
    with pytest.raises(DuplicateId):
        Shop(SalesChannel("web", ("nyc",)), SalesChannel("web", ("lax",)))
    for wrong, error in (
        ({"cap": -1}, InvalidQuantity),
        ({"per_run": 0}, InvalidQuantity),
        ({"skus": odd}, InvalidType),
        ({"skus": frozenset({""})}, InvalidSku),
        ({"every": odd}, InvalidType),
        ({"every": timedelta(seconds=-1)}, InvalidType),
    ):
        with pytest.raises(error):
            SalesChannel("web", ("nyc",), **wrong)


# -- whatever fails --------------------------------------------------------------------------


@attrs.define(eq=False)
class Run:
    """A run of the dispatcher under way, of a process and with its time."""

    process: int
    at: datetime
    steps: Any
    ports: Any
    reply: Any = None
    error: Exception | None = None
    begun: bool = False
    told: dict[str, int] = attrs.field(factory=dict)


class Outlet:
    """Every channel, by what it has heard: of a SKU it believes the word with the highest position."""

    def __init__(self) -> None:
        self.heard: dict[tuple[str, str], dict[int, int]] = {}
        # What was said at all, with the time of the run that said it.
        self.said: dict[tuple[str, str], list[tuple[int, int, datetime]]] = {}

    def hear(self, one: StockPublication) -> None:
        words = self.heard.setdefault((one.channel, one.sku), {})
        assert words.setdefault(one.position, one.quantity) == one.quantity

    def publish(self, publication: StockPublication) -> None:
        raise AssertionError("every request is performed by hand")

    def update(self, update: Any) -> None:
        raise AssertionError("no order was placed")

    def was_told(self, key: str) -> bool:
        raise AssertionError("no order was placed")

    def belief(self, channel: str, sku: str) -> int | None:
        words = self.heard.get((channel, sku))
        return None if not words else words[max(words)]


FATES = st.sampled_from(["ok", "ok", "ok", "before", "after"])
SKUS = ("MUG", "TEA", "CAP")
ITEMS = (*SKUS, "SET", "BOX")
PARTS = {"SET": {"MUG": 1, "TEA": 2}, "BOX": {"MUG": 2, "TEA": 4, "CAP": 1}}


class Telling(RuleBasedStateMachine):
    """Stock moves, carts run out, processes take turns at every request, fail and end; channels hear."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore()
        self.outlet = Outlet()
        self.now, self.keys = 0.0, 0
        self.runs: list[Run] = []
        self.processes: list[OrderManager] = []
        self.trouble = False

    @initialize(
        every=st.sampled_from([None, timedelta(seconds=10), timedelta(seconds=60)]),
        per_run=st.sampled_from([None, 1, 2]),
        threshold=st.integers(0, 2),
        cap=st.sampled_from([None, 3]),
        count=st.integers(1, 2),
    )
    def open(self, every: Any, per_run: Any, threshold: int, cap: Any, count: int) -> None:
        self.channels = (
            SalesChannel("web", ("nyc", "lax"), threshold, cap, None, every, per_run),
            SalesChannel("till", ("nj", "nyc"), skus=frozenset({"MUG", "SET"}), every=timedelta(seconds=5)),
        )
        self.processes = [self.process() for _ in range(count)]
        self.alone = count == 1

    def process(self) -> OrderManager:
        return OrderManager(
            self.store,
            network=NETWORK,
            routing=Nearest(),
            catalog=CATALOG,
            sales_channels=self.channels,
            channel=self.outlet,
        )

    # -- what happens ------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([0.5, 1, 4, 5, 10, 55, 60]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(
        sku=st.sampled_from((*SKUS, "SET")),
        place=st.sampled_from(PLACES),
        which=st.integers(0, 6),
        units=st.integers(1, 5),
        process=st.integers(0, 1),
    )
    def move(self, sku: str, place: str, which: int, units: int, process: int) -> None:
        self.keys += 1
        more: dict[str, Any] = {"key": f"k{self.keys}", "at": after(self.now)}
        until = after(self.now + 3 * units)
        command = (
            inv.ReceiveStock(sku, place, units, **more),
            inv.ReceiveStock(sku, place, units, **more),
            inv.CountStock(sku, place, units - 1, **more),
            inv.SetSafetyStock(sku, place, units - 1, **more),
            inv.SetBackorderLimit(sku, place, units - 1, **more),
            inv.ReserveStock(f"cart-{self.keys}", "ann", (inv.ReservedItem(sku, place, 1),), until, **more),
            inv.ReserveStock(f"cart-{self.keys}", "bob", (inv.ReservedItem(sku, place, 2),), until, **more),
        )[which]
        oms = self.processes[process % len(self.processes)]
        attempt(lambda: oms.execute(command))

    @rule(process=st.integers(0, 1), lag=st.sampled_from([0, 0, 0, 1, 7]))
    def begin(self, process: int, lag: float) -> None:
        """A process begins to tell the channels; not every clock goes right."""
        process %= len(self.processes)
        oms = self.processes[process]
        at = after(max(0, self.now - lag))
        self.runs.append(Run(process, at, oms._dispatch(at, ("stock",)), oms.ports))

    @rule(process=st.integers(0, 1), lag=st.sampled_from([0, 0, 0, 7]))
    def tell_at_once(self, process: int, lag: float) -> None:
        """Most runs go well."""
        self.begin(process, lag)
        run = self.runs[-1]
        while run in self.runs:
            self.step(run, "ok")

    @precondition(lambda self: self.runs)
    @rule(data=st.data(), count=st.sampled_from([2, 5, 9, 50]))
    def turn(self, data: st.DataObject, count: int) -> None:
        """One of them gets on, and what it asks for may be done, or not, or done and not told."""
        run = data.draw(st.sampled_from(self.runs))
        for n in range(count):
            if run in self.runs:
                self.step(run, data.draw(FATES) if n == count - 1 else "ok")

    @precondition(lambda self: self.processes)
    @rule(process=st.integers(0, 1))
    def restart(self, process: int) -> None:
        """All that it was about to do is not done."""
        process %= len(self.processes)
        for run in [run for run in self.runs if run.process == process]:
            run.steps.close()
            self.runs.remove(run)
        self.processes[process] = self.process()
        self.trouble = True

    # -- performing --------------------------------------------------------------------------

    def step(self, run: Run, fate: str) -> None:
        try:
            if run.error is not None:
                request = run.steps.throw(run.error)
            else:
                request = run.steps.send(run.reply) if run.begun else next(run.steps)
        except StopIteration:
            self.runs.remove(run)
            return
        run.begun, run.error, run.reply = True, None, None
        try:
            run.reply = self.perform(run, request, fate)
        except StoreError as error:
            run.error = error

    def perform(self, run: Run, request: Any, fate: str) -> Any:
        self.trouble = self.trouble or fate != "ok"
        if isinstance(request, rq.PublishStock):
            self.check_pace(run, request.publication)
        if fate == "before":
            raise Unavailable("outside")
        reply: Any = None
        if isinstance(request, rq.PublishStock):
            self.outlet.hear(request.publication)
        else:
            reply = request.perform(run.ports)
        if fate == "after":
            raise Unavailable("outside")
        return reply

    def check_pace(self, run: Run, one: StockPublication) -> None:
        channel = next(channel for channel in self.channels if channel.name == one.channel)
        said = self.outlet.said.setdefault((one.channel, one.sku), [])
        assert one.position not in [position for position, _, _ in said], "each word is said once"
        earlier = [at for position, _, at in said if position < one.position]
        if one.quantity and channel.every is not None and earlier:
            assert run.at - max(earlier) >= channel.every, "more often than it asked for"
        said.append((one.position, one.quantity, run.at))
        if one.quantity:
            run.told[one.channel] = run.told.get(one.channel, 0) + 1
            assert channel.per_run is None or run.told[one.channel] <= channel.per_run

    # -- the truth ---------------------------------------------------------------------------

    def item(self, sku: str, place: str) -> Any:
        stream = inv.stock_stream(place, sku)
        return self.store.load((stream,))[stream].state

    def free(self, sku: str, place: str, now: datetime) -> int:
        item = self.item(sku, place)
        if item is None:
            return 0
        live = sum(units for second, units in item.schedule if second > now.timestamp())
        return int(item.on_hand - item.allocated - live - item.safety_stock)

    def truth(self, channel: SalesChannel, sku: str, now: datetime) -> int | None:
        parts = PARTS.get(sku, {sku: 1})
        if not channel.sells(sku) or all(
            self.item(part, place) is None for part in (*parts, sku) for place in channel.locations
        ):
            return None
        over_all = [
            sum(self.free(part, place, now) for place in channel.locations) // each
            for part, each in parts.items()
        ]
        units = min(over_all)
        if sku in PARTS:
            by_place = 0
            for place in channel.locations:
                by_place += max(0, min(self.free(part, place, now) // each for part, each in parts.items()))
            units = max(0, min(units, by_place))
        if sku == "SET":
            units += max(0, sum(self.free(sku, place, now) for place in channel.locations))
        units = max(0, units - channel.threshold)
        return units if channel.cap is None else min(units, channel.cap)

    def teardown(self) -> None:
        """Everything is up again, time passes, and somebody tells what is still to be told."""
        if not self.processes:
            return
        for run in tuple(self.runs):
            while run in self.runs:
                self.step(run, "ok")
        last = self.processes[-1]
        for _ in range(2 * len(ITEMS) + 4):
            self.now += 61
            self.tell(last)
        for channel in self.channels:
            for sku in ITEMS:
                truth = self.truth(channel, sku, after(self.now))
                assert self.outlet.belief(channel.name, sku) == truth, (channel.name, sku)
        for pair in self.outlet.said:
            written = self.store.history(inv.publication_stream(*pair))
            seen = [entry.event.position for entry in written]
            assert seen == sorted(seen), "no word is of an older feed than the one before"
        said = sum(len(words) for words in self.outlet.said.values())
        self.tell(last)
        assert sum(len(words) for words in self.outlet.said.values()) == said, "nobody says it again"
        if self.alone and not self.trouble:
            for words in self.outlet.said.values():
                assert [position for position, _, _ in words] == list(range(1, len(words) + 1))
                assert all(one[1] != other[1] for one, other in pairwise(words)), "said twice in a row"

    def tell(self, oms: OrderManager) -> None:
        at = after(self.now)
        run = Run(len(self.processes) - 1, at, oms._dispatch(at, ("stock",)), oms.ports)
        self.runs.append(run)
        while run in self.runs:
            self.step(run, "ok")


@pytest.mark.parametrize("told_before", [True, False])
def test_a_run_that_began_before_a_cart_ran_out_unsays_nothing_that_was_true_after_it(
    told_before: bool,
) -> None:
    state = Telling()
    state.open(every=None, per_run=None, threshold=0, cap=None, count=2)
    state.begin(lag=0, process=0)
    for _ in range(2):
        state.move(place="nyc", process=0, sku="MUG", units=1, which=0)
    if told_before:
        state.tell_at_once(lag=0, process=0)
    state.move(place="nyc", process=0, sku="MUG", units=1, which=5)
    state.wait(seconds=4)
    state.tell_at_once(lag=0, process=1)
    state.teardown()


TestTelling = Telling.TestCase


def test_words_are_loaded_in_batches_and_nothing_is_asked_of_the_store_for_what_is_known() -> None:
    """A thousand SKUs are compared at the beginning by a few reads, and afterwards by none."""

    class Counting(MemoryStore):
        loads: int = 0

        def load(self, streams: Sequence[str]) -> Any:
            self.loads += 1
            return super().load(streams)

    shop = Shop(SalesChannel("web", ("nyc",)))
    shop.store = store = Counting()
    shop.oms = shop.process()
    for n in range(1_000):
        shop.receive(1, f"SKU-{n}")
    store.loads = 0
    assert len(shop.tell()) == 1_000
    assert store.loads == 2
    shop.receive(1, "SKU-7")
    store.loads = 0
    assert shop.tell() == [("web", "SKU-7", 2)]
    assert store.loads == 0
