"""Lots against a list of units: each with its lot, expiry, serial and condition, and moved one by one."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from omcore import inventory as inv
from omcore.kernel import OmcoreError, epoch_second

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
START = epoch_second(T0)
CONDITIONS = ("sellable", "damaged", "quarantined")
few = st.integers(1, 5)
conditions = st.sampled_from(CONDITIONS)
# A lot has one expiry; goods without a lot's name have what is printed on them.
EXPIRIES = {"A": START + 60, "B": START + 120, "C": None}
NAMES = [("A", None), ("B", None), ("C", None), ("", START + 60), ("", START + 90)]
names = st.sampled_from(NAMES)
loose = ("", None)


@attrs.define(eq=False)
class Unit:
    """One unit on a shelf; ``came``: the second at which the first of its like came that are still here."""

    name: tuple[str, int | None]
    serial: str
    condition: str
    came: int

    def expires(self) -> float:
        return float("inf") if self.name[1] is None else self.name[1]


class Lots(RuleBasedStateMachine):
    """One stock item; the model is a list of units in the order in which they came."""

    def __init__(self) -> None:
        super().__init__()
        self.item: inv.StockItem | None = None
        self.history: list[Any] = []
        self.now = T0
        self.units: list[Unit] = []
        self.gone: Counter[str] = Counter()  # by lot: what left for good
        self.all: Counter[str] = Counter()  # by lot: what ever came
        self.allocated = 0
        self.carts: Counter[int] = Counter()
        self.policy = "first_expired_first_out"
        self.made = 0
        # Of the operation that was just carried out: short as things were told, short before it, told by it.
        self.told: tuple[int, int, int] | None = None

    # -- the model -----------------------------------------------------------------------------

    def second(self) -> int:
        return epoch_second(self.now)

    def here(self, condition: str) -> list[Unit]:
        return [unit for unit in self.units if unit.condition == condition]

    def good(self) -> list[Unit]:
        return [unit for unit in self.here("sellable") if unit.expires() > self.second()]

    def claims(self) -> int:
        return self.allocated + sum(n for second, n in self.carts.items() if second > self.second())

    def short(self) -> int:
        return max(0, self.claims() - len(self.good()))

    def put(self, name: tuple[str, int | None], serial: str, condition: str, came: int) -> None:
        like = [unit.came for unit in self.here(condition) if unit.name == name and name != loose]
        serialless = name == loose and not serial
        came = -1 if serialless else min([came, *like])
        for unit in self.here(condition):
            if unit.name == name and name != loose:
                unit.came = came
        self.units.append(Unit(name, serial, condition, came))

    def first(self, condition: str, *, fresh: bool = False) -> Unit:
        """Which unit leaves next: looked at one by one."""
        best: Unit | None = None
        for unit in self.here(condition):
            old = unit.expires() <= self.second()
            if not (fresh and old) and (best is None or self.before(unit, best)):
                best = unit
        assert best is not None
        return best

    def before(self, one: Unit, other: Unit) -> bool:
        now = self.second()
        ages = {
            "first_expired_first_out": (one.expires() - other.expires(), one.came - other.came),
            "first_in_first_out": (one.came - other.came, one.expires() - other.expires()),
            "last_expired_first_out": (other.expires() - one.expires(), one.came - other.came),
        }[self.policy]
        old = (one.expires() <= now) - (other.expires() <= now)
        for difference in (old, *ages):
            # Two that keep for ever differ by nothing.
            if difference == difference and difference:
                return difference < 0
        if one.name[0] != other.name[0]:
            return one.name[0] < other.name[0]
        return bool(other.serial) and not one.serial  # of one lot, those without a number go first

    def leave(self, units: int, condition: str, *, fresh: bool = False, to: str = "") -> list[Unit]:
        left = []
        for _ in range(units):
            unit = self.first(condition, fresh=fresh)
            self.units.remove(unit)
            left.append(unit)
        self.arrive(left, to)
        return left

    def arrive(self, units: list[Unit], to: str) -> None:
        for unit in units:
            if to:
                self.put(unit.name, unit.serial, to, unit.came)
            else:
                self.gone[unit.name[0]] += 1

    def named(self, name: tuple[str, int | None], units: int, *, serials: bool) -> tuple[Any, list[str]]:
        made = [f"S{self.made + n}" for n in range(units)] if serials else []
        self.made += len(made)
        expires = EXPIRIES[name[0]] if name[0] else name[1]
        return (inv.LotUnits(name[0], expires, units, tuple(made)),), made

    def key(self, name: tuple[str, int | None]) -> tuple[str, int | None]:
        return (name[0], EXPIRIES[name[0]]) if name[0] else name

    def do(self, operation: Any) -> tuple[Any, ...] | None:
        before = self.item
        short = self.short()
        seen = self.second() if before is None else epoch_second(before.seen_at)
        fresh = [unit for unit in self.here("sellable") if unit.expires() > seen]
        known = max(0, self.claims() - len(fresh))
        try:
            events, after = inv.decide_operations(
                self.item, (operation,), self.now, sku="TEE", location="nyc", reference="r"
            )
        except OmcoreError:
            assert self.item == before
            return None
        for event in events:
            self.item = inv.evolve_stock(self.item, event)
        assert self.item is None or self.item == after
        self.history += events
        told = sum(event.quantity for event in events if type(event) is inv.ShortfallDeclared)
        self.told = (known, short, told)
        return events

    # -- rules ---------------------------------------------------------------------------------

    @rule(name=names, units=few, serials=st.booleans(), stated=st.booleans())
    def receive(self, name: tuple[str, int | None], units: int, serials: bool, stated: bool) -> None:
        key = self.key(name)
        known = any(unit.name == key for unit in self.units)
        lots, made = self.named(name, units, serials=serials)
        if name[0] and known and not stated:
            lots = (attrs.evolve(lots[0], expires=None),)
        possible = key[1] is None or key[1] > self.second()
        assert (self.do(inv.Receive(units, lots=lots)) is not None) == possible
        if possible:
            self.all[name[0]] += units
            for n in range(units):
                self.put(key, made[n] if made else "", "sellable", self.second())

    @rule(units=few)
    def receive_loose(self, units: int) -> None:
        assert self.do(inv.Receive(units))
        self.all[""] += units
        for _ in range(units):
            self.put(loose, "", "sellable", -1)

    @rule(name=names, units=few, condition=conditions, serials=st.booleans())
    def take_back(self, name: tuple[str, int | None], units: int, condition: str, serials: bool) -> None:
        """Whatever comes back is taken in, expired or not."""
        lots, made = self.named(name, units, serials=serials)
        assert self.do(inv.TakeBack(units, condition, lots))
        self.all[name[0]] += units
        for n in range(units):
            self.put(self.key(name), made[n] if made else "", condition, self.second())

    @rule(data=st.data())
    def take_in_what_is_here(self, data: Any) -> None:
        """A serial number is in stock once."""
        serials = [unit.serial for unit in self.units if unit.serial]
        if serials:
            again = data.draw(st.sampled_from(serials))
            assert self.do(inv.TakeBack(1, "damaged", (inv.LotUnits("C", None, 1, (again,)),))) is None

    @rule(units=few)
    def allocate(self, units: int) -> None:
        possible = len(self.good()) - self.claims() >= units
        assert (self.do(inv.Allocate(units)) is not None) == possible
        self.allocated += units if possible else 0

    @rule(units=few, seconds=st.integers(1, 150))
    def reserve(self, units: int, seconds: int) -> None:
        possible = len(self.good()) - self.claims() >= units
        second = self.second() + seconds
        assert (self.do(inv.Reserve(units, second)) is not None) == possible
        self.carts[second] += units if possible else 0

    @rule(units=few)
    def deallocate(self, units: int) -> None:
        possible = self.allocated >= units
        assert (self.do(inv.Deallocate(units)) is not None) == possible
        self.allocated -= units if possible else 0

    @rule(units=few)
    def ship(self, units: int) -> None:
        possible = self.allocated >= units and len(self.good()) >= units
        events = self.do(inv.Ship(units))
        assert (events is not None) == possible
        if events is not None:
            self.allocated -= units
            self.told_rightly(events, self.leave(units, "sellable", fresh=True))

    @rule(data=st.data(), units=few)
    def ship_what_was_scanned(self, data: Any, units: int) -> None:
        """The picker's word goes before the policy, but not for what has expired."""
        self.leave_by_name(data, units, "sellable", fresh=True)

    @rule(data=st.data(), units=few, condition=conditions)
    def scrap_what_was_scanned(self, data: Any, units: int, condition: str) -> None:
        self.leave_by_name(data, units, condition, fresh=False)

    def leave_by_name(self, data: Any, units: int, condition: str, *, fresh: bool) -> None:
        found = [unit for unit in self.here(condition) if unit.name != loose or unit.serial]
        if not found:
            return
        scanned = data.draw(st.sampled_from(found))
        if scanned.serial and data.draw(st.booleans()):
            units, wanted = 1, [scanned]
            lot = inv.LotUnits("", None, 1, (scanned.serial,))
        elif scanned.name == loose:
            return
        else:
            like = [unit for unit in self.here(condition) if unit.name == scanned.name]
            wanted = sorted(like, key=lambda unit: bool(unit.serial))[:units]
            expires = None if scanned.name[0] and data.draw(st.booleans()) else scanned.name[1]
            lot = inv.LotUnits(scanned.name[0], expires, units)
        possible = len(wanted) == units
        if fresh:
            possible = possible and self.allocated >= units and len(self.good()) >= units
            possible = possible and all(unit.expires() > self.second() for unit in wanted)
            events = self.do(inv.Ship(units, (lot,)))
        else:
            possible = possible and len(self.here(condition)) >= units
            events = self.do(inv.Regrade(units, condition, "", "scrapped", (lot,)))
        assert (events is not None) == possible
        if events is not None:
            self.allocated -= units if fresh else 0
            self.units = [unit for unit in self.units if unit not in wanted]
            self.arrive(wanted, "")
            self.told_rightly(events, wanted)

    @rule(units=few)
    def send(self, units: int) -> None:
        possible = len(self.good()) - self.claims() >= units
        events = self.do(inv.Send(units, "lax"))
        assert (events is not None) == possible
        if events is not None:
            self.told_rightly(events, self.leave(units, "sellable", fresh=True))

    @rule(units=few, condition=conditions, to=st.sampled_from(["", *CONDITIONS]))
    def regrade(self, units: int, condition: str, to: str) -> None:
        possible = to != condition and len(self.here(condition)) >= units
        events = self.do(inv.Regrade(units, condition, to, "damage"))
        assert (events is not None) == possible
        if events is not None:
            self.told_rightly(events, self.leave(units, condition, to=to))

    @rule(units=few)
    def sell_at_the_till(self, units: int) -> None:
        here = len(self.here("sellable"))
        assert self.do(inv.Take(units))
        self.all[""] += max(0, units - here)
        self.gone[""] += max(0, units - here)
        self.leave(min(units, here), "sellable")

    @rule(delta=st.integers(-4, 4).filter(bool), condition=conditions)
    def adjust(self, delta: int, condition: str) -> None:
        possible = len(self.here(condition)) + delta >= 0
        assert (self.do(inv.Adjust(delta, "found", condition)) is not None) == possible
        self.change(delta if possible else 0, condition)

    @rule(counted=st.integers(0, 8), condition=conditions)
    def count(self, counted: int, condition: str) -> None:
        assert self.do(inv.Count(counted, "count", condition))
        self.change(counted - len(self.here(condition)), condition)

    def change(self, delta: int, condition: str) -> None:
        if delta < 0:
            self.leave(-delta, condition)
        for _ in range(delta):
            self.all[""] += 1
            self.put(loose, "", condition, -1)

    @rule(units=few)
    def short_pick(self, units: int) -> None:
        possible = self.allocated >= units
        assert (self.do(inv.ShortPick(units, "shrinkage")) is not None) == possible
        if possible:
            self.allocated -= units
            self.leave(min(units, len(self.here("sellable"))), "sellable")

    @rule(name=names, units=few, condition=conditions, serials=st.booleans())
    def identify(self, name: tuple[str, int | None], units: int, condition: str, serials: bool) -> None:
        unnamed = [unit for unit in self.here(condition) if unit.name == loose and not unit.serial]
        lots, made = self.named(name, units, serials=serials)
        possible = len(unnamed) >= units
        assert (self.do(inv.Identify(units, condition, lots)) is not None) == possible
        if possible:
            for n, unit in enumerate(unnamed[:units]):
                self.units.remove(unit)
                self.put(self.key(name), made[n] if made else "", condition, self.second())
            self.all[""] -= units
            self.all[name[0]] += units

    @initialize(policy=st.sampled_from(sorted(inv.POLICIES)))
    def begin(self, policy: str) -> None:
        self.choose(policy)

    @rule(policy=st.sampled_from(sorted(inv.POLICIES)))
    def choose(self, policy: str) -> None:
        assert self.do(inv.SetPolicy(policy)) is not None
        self.policy = policy

    @rule(seconds=st.sampled_from([1, 10, 30, 60]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(expires=st.sampled_from([60, 90, 120]))
    def wait_until_it_expires(self, expires: int) -> None:
        """To the very second (S6)."""
        self.now = max(self.now, T0 + timedelta(seconds=expires))

    # -- what must hold ------------------------------------------------------------------------

    def told_rightly(self, events: tuple[Any, ...], left: list[Unit]) -> None:
        """A movement names the lots and serial numbers that left, so that a recall finds them."""
        (told,) = [event for event in events if hasattr(event, "lots")]
        lots = Counter({(units.lot, units.expires): units.quantity for units in told.lots})
        serials = {serial for units in told.lots for serial in units.serials}
        assert lots == Counter(unit.name for unit in left if unit.name != loose or unit.serial)
        assert serials == {unit.serial for unit in left if unit.serial}

    @invariant()
    def the_item_is_the_list(self) -> None:
        item = self.item
        if item is None:
            return
        for condition in CONDITIONS:
            assert item.in_condition(condition) == len(self.here(condition))
        held = Counter[Any]()
        serials = set()
        for each in item.lots.holdings:
            held[each.lot, each.expires, each.condition] += each.quantity
            serials |= {(serial, each.lot, each.expires, each.condition) for serial in each.serials}
            assert len(each.serials) <= each.quantity
        tracked = [unit for unit in self.units if unit.name != loose or unit.serial]
        assert held == Counter((*unit.name, unit.condition) for unit in tracked)
        assert serials == {(unit.serial, *unit.name, unit.condition) for unit in tracked if unit.serial}

    @invariant()
    def what_has_expired_is_promised_to_nobody(self) -> None:
        item = self.item
        if item is None:
            return
        assert item.sellable(self.now) == len(self.good())
        assert item.atp(self.now) == item.promisable(self.now) == len(self.good()) - self.claims()
        assert item.short(self.now) == item.shortfall(self.now) == self.short()
        assert 0 <= item.reserved(self.now) <= item.sellable(self.now), "S1, at every moment"
        changes = dict(item.timetable)
        for later in (61, 91, 121, 300):
            then = T0 + timedelta(seconds=later)
            if then > self.now:
                between = sum(n for s, n in changes.items() if self.second() < s <= epoch_second(then))
                assert item.atp(then) == item.atp(self.now) + between

    @invariant()
    def every_lot_is_conserved(self) -> None:
        here = Counter(unit.name[0] for unit in self.units)
        for lot in {*self.all, *here, *self.gone}:
            assert self.all[lot] == here[lot] + self.gone[lot]

    @invariant()
    def shortfalls_are_told_with_the_next_movement(self) -> None:
        """What expired under a claim since the last movement, and what this one took: no more and no less."""
        if self.told is not None:
            known, before, told = self.told
            assert told == before - known + max(0, self.short() - before)
            self.told = None

    @invariant()
    def replay_and_reconcile_agree(self) -> None:
        item = None
        for event in self.history:
            item = inv.evolve_stock(item, event)
        assert item == self.item
        assert inv.reconcile(self.history, item) is None


Lots.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestLots = Lots.TestCase
