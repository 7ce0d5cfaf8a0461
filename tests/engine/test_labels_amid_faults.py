"""Labels, whatever fails and whoever calls off what: none is paid for and forgotten, or bought twice.

Two processes book, repeat, let go, dispatch and die over one store and one carrier, while the work is
rejected, moved, cancelled and shipped and the customer is forgotten. Then all goes well again, every
command comes once more, and the carrier's books are compared with the records.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import BookLabel, OrderManager, VoidLabel, fold
from omcore.kernel import Contact, Location, Money, Network, OmcoreError, Place, StoreError, Unavailable
from omcore.memory import MemoryCarrier, MemoryStore
from omcore.orders import LabelBooked
from omcore.orders.draft import DraftLine, DraftTender, ExternalRef, OrderDraft
from omcore.ports import CarrierReply, Commit, Consignment
from omcore.routing import Nearest

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
LOCATIONS = ("nyc", "soho", "bronx")
DRAFT = OrderDraft(
    ExternalRef("web", "shop", "order", "1"),
    "USD",
    (DraftLine("l", "TEE", 3, Money(2_000, "USD")),),
    T0,
    destination=Place("US", "NY", "10001"),
    contact=Contact("Ada Lovelace", email="ada@example.com"),
    tenders=(DraftTender("card", "gateway", Money(6_000, "USD"), authorized=True),),
)
OPERATIONS = [
    "book",
    "book",
    "book",
    "again",
    "again",
    "void",
    "reject",
    "call",
    "move",
    "ship",
    "bare",
    "cancel",
    "dispatch",
    "dispatch",
    "forget",
]


class Killed(BaseException):
    """The process ends where it stands."""


class Weather:
    """What goes wrong, before a call or after it."""

    def __init__(self, chooser: Random) -> None:
        self.chooser, self.bad = chooser, False

    def over(self, call: Callable[[], Any]) -> Any:
        trouble = self.chooser.randrange(10) if self.bad else 9
        if trouble == 0:
            raise Unavailable("port")
        found = call()
        if trouble == 1:
            raise Unavailable("port")
        if trouble == 2:
            raise Killed
        return found


class ShakyCarrier(MemoryCarrier):
    """It may also say that it does not know itself."""

    def __init__(self, weather: Weather) -> None:
        super().__init__()
        self.weather, self.bought = weather, 0

    def book(self, key: str, consignment: Consignment) -> CarrierReply:
        return self._told(lambda: super(ShakyCarrier, self).book(key, consignment))

    def void(self, key: str, booked: str) -> CarrierReply:
        return self._told(lambda: super(ShakyCarrier, self).void(key, booked))

    def outcome(self, key: str) -> CarrierReply | None:
        found: CarrierReply | None = self.weather.over(lambda: super(ShakyCarrier, self).outcome(key))
        return found

    def _told(self, call: Callable[[], CarrierReply]) -> CarrierReply:
        reply: CarrierReply = self.weather.over(call)
        unsure = self.weather.bad and self.weather.chooser.randrange(12) == 0
        return CarrierReply("unknown") if unsure else reply


class ShakyStore(MemoryStore):
    weather: Weather

    def commit(self, commit: Commit) -> None:
        self.weather.over(lambda: super(ShakyStore, self).commit(commit))


class Shop:
    """Two processes; one that was killed is started again."""

    def __init__(self, chooser: Random) -> None:
        self.chooser, self.weather = chooser, Weather(chooser)
        self.store, self.carrier = ShakyStore(), ShakyCarrier(self.weather)
        self.store.weather = self.weather
        self.at, self.asked = T0, []  # type: datetime, list[BookLabel | VoidLabel]
        for location in LOCATIONS:
            self.execute(inv.ReceiveStock("TEE", location, 9, key=f"po-{location}", at=T0))
        self.execute(om.PlaceOrder(DRAFT, order_id="o1", key="place", at=T0))
        self.execute(om.AllocateUnits("o1", (("l", "nyc", 2), ("l", "soho", 1)), key="allocate", at=T0))
        self.processes = [self.process(), self.process()]

    def process(self) -> OrderManager:
        return OrderManager(
            self.store,
            network=Network(tuple(map(Location, LOCATIONS))),
            routing=Nearest(),
            carrier=self.carrier,
        )

    def execute(self, command: Any) -> Any:
        return self.process().execute(command)

    def call(self, steps: Callable[[OrderManager], Any]) -> Any:
        """What a process is told; None where it was killed or does not know."""
        place = self.chooser.randrange(2)
        try:
            return steps(self.processes[place])
        except Killed:
            self.processes[place] = self.process()
        except StoreError:
            pass
        except OmcoreError as error:
            return (error.code, error.path)
        return None

    def ask(self, command: BookLabel | VoidLabel) -> Any:
        if type(command) is BookLabel:
            return self.call(lambda oms: oms.book_label(command))
        return self.call(lambda oms: oms.void_label(command))  # type: ignore[arg-type]  # the other kind

    def dispatch(self) -> Any:
        return self.call(lambda oms: oms.dispatch(at=self.at, concerns=("carriers",)))

    def step(self, number: int, operation: str) -> None:
        choice, key, at = self.chooser.choice, f"k{number}", self.at
        order = self.process().order("o1")
        work = choice(list(order.progress.work))
        booked = [command.key for command in self.asked if type(command) is BookLabel]
        if operation == "book" or (operation in ("again", "void") and not booked):
            self.asked.append(BookLabel("o1", work, "standard", 1_250, key=key, at=at))
            self.ask(self.asked[-1])
        elif operation == "void":
            self.asked.append(VoidLabel("o1", choice(booked), key=key, at=at))
            self.ask(self.asked[-1])
        elif operation == "again":
            self.ask(choice(self.asked))
        elif operation == "dispatch":
            self.dispatch()
        else:
            command: Any = {
                "reject": om.RejectFulfillment("o1", work, "no tape", key=key, at=at),
                "call": om.CancelFulfillment("o1", work, "by hand", key=key, at=at),
                "move": om.MoveFulfillment("o1", work, choice(LOCATIONS), key=key, at=at),
                "ship": om.ShipUnits("o1", work, (("l", 1),), self.number(work), key=key, at=at),
                "bare": om.ShipUnits("o1", work, (("l", 1),), key=key, at=at),
                "cancel": om.CancelUnits("o1", key=key, at=at),
                "forget": om.ErasePersonalData("o1", key=key, at=at),
            }[operation]
            self.call(lambda oms: oms.execute(command))

    def number(self, work: str) -> tuple[str, str]:
        """Of a label that was booked for it."""
        labels = self.process().labels("o1").values()
        its = [each for each in labels if each.fulfillment_id == work and each.status == "booked"]
        return (its[-1].carrier, its[-1].tracking) if its else ("", "")


@given(st.randoms(use_true_random=False), st.lists(st.sampled_from(OPERATIONS), min_size=2, max_size=14))
def test_every_label_that_is_paid_for_is_known_and_used_or_let_go_of(
    chooser: Random, steps: list[str]
) -> None:
    shop = Shop(chooser)
    shop.weather.bad = True
    for number, operation in enumerate(steps):
        shop.at += timedelta(minutes=chooser.randrange(2))
        shop.step(number, operation)
    shop.weather.bad = False

    for command in shop.asked:
        first = shop.ask(command)
        assert first is not None, "the carrier and the store are well"
        for oms in shop.processes:  # C4: in whichever process
            again = [shop.ask(command), shop.ask(command)]
            assert again == [first, first], oms
    for _ in range(2):
        assert shop.dispatch().stopped == ()

    entries = shop.store.history("label/o1")
    events = [entry.event for entry in entries]
    labels = shop.process().labels("o1")
    order = shop.process().order("o1")
    paid = {key for key, _ in shop.carrier.labels}
    assert paid <= labels.keys(), "a label that nobody knows of"
    bought = [event.label for event in events if type(event) is LabelBooked]
    assert len(bought) == len(set(bought))
    used = {shipment.tracking[1] for shipment in order.progress.shipments.values()} - {""}
    for key in paid:
        off = order.progress.work[labels[key].fulfillment_id].status in ("rejected", "cancelled")
        assert labels[key].status == "booked"
        assert not off or labels[key].tracking in used, "paid for, and never used"
    assert {key for key, label in labels.items() if label.status == "booked"} <= paid
    assert not events or fold("label/o1", events) == shop.store.load(("label/o1",))["label/o1"].state
    said = (
        repr(shop.store.feed(0, 1_000))
        + repr(labels)
        + repr([shop.store.answer(it.key) for it in shop.asked])
    )
    assert "Ada" not in said
    assert "ada@" not in said
