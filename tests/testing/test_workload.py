"""The workload of the simulator: legal by construction, of every kind, and the same for the same choices."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from contextlib import suppress

import attrs
import pytest

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import ApplyReoptimization, DisplaceClaims, OrderManager, RouteOrder
from omcore.kernel import Command, IdempotencyConflict, Location, Network, Refusal, changed
from omcore.kernel.runs import count
from omcore.memory import MemoryStore
from omcore.routing import Nearest
from omcore.testing import manager_up_to, plain_draft
from omcore.testing.simulation import SeededChooser, TapeChooser, draw_shop
from omcore.testing.simulation.finishing import finish_order
from omcore.testing.simulation.seen import Seen
from omcore.testing.simulation.shop import GIFTS
from omcore.testing.simulation.wishes.desk import Desk
from omcore.testing.simulation.wishes.drafting import NAME
from omcore.testing.simulation.wishes.refused import HOSTILE, of_a_known_key
from workload_run import Run, commands_of

EVERY_COMMAND = (*om.ORDER_COMMANDS, *inv.INVENTORY_COMMANDS, RouteOrder, DisplaceClaims, ApplyReoptimization)
# What a hostile command may be refused with, and nothing that is legal should.
MEANT = frozenset({"idempotency_conflict"}).union(*[codes for _, codes in HOSTILE])


@pytest.fixture(scope="module")
def lives() -> tuple[Counter[type], Counter[type], Counter[str], list[Run]]:
    """Forty seeds of a busy day each: what was accepted, what was given, and what was refused by accident."""
    accepted: Counter[type] = Counter()
    given: Counter[type] = Counter()
    accidents: Counter[str] = Counter()
    runs = []
    for seed in range(40):
        run = Run(SeededChooser(seed))
        for _ in range(250):
            run.chooser.turn()
            command = run.next()
            refused = run.do(command)
            given[type(command)] += 1
            if refused is None:
                accepted[type(command)] += 1
            elif refused.code not in MEANT:
                accidents[f"{type(command).__name__} {refused.code}"] += 1
        runs.append(run)
    return accepted, given, accidents, runs


@pytest.mark.parametrize("kind", EVERY_COMMAND, ids=lambda kind: kind.__name__)
def test_every_command_comes_up_and_is_accepted(kind: type, lives: tuple[Counter[type], ...]) -> None:
    assert lives[0][kind] > 0


def test_nine_of_ten_commands_are_accepted_when_they_are_carried_out_at_once(
    lives: tuple[Counter[type], ...],
) -> None:
    accepted, given = lives[0].total(), lives[1].total()
    assert accepted >= 0.9 * given
    assert lives[2].total() <= 0.01 * given, lives[2]


def check_over(order: om.Order) -> None:
    progress, payments, standing = order.progress, order.payments, order.standing
    assert not progress.tally.open
    assert not progress.tally.shipped
    assert not any(work.items for work in progress.work.values())
    assert not any(found.items or found.inspecting for found in progress.returns.values())
    assert not payments.requests
    assert not any(entry.status == "disputed" for entry in payments.concessions.chargebacks.values())
    assert not standing.holds
    assert not order.amendments.edits
    assert not order.amendments.claims


def test_every_life_is_brought_to_its_end(lives: tuple[object, object, object, list[Run]]) -> None:
    """Nothing is left on its way, under way, expected or asked for, and no cart holds anything."""
    ends: Counter[str] = Counter()
    for run in lives[3]:
        run.finish()
        for order in run.seen.orders.values():
            ends[order.standing.status] += 1
            assert order.standing.status in ("delivered", "partially_returned", "returned", "cancelled")
            check_over(order)
        for cart in run.seen.reservations.values():
            assert cart.outcome != inv.LIVE
            assert not cart.allocated or cart.order_id
    assert min(ends.values()) > 20, "goods arrive, come back in part and wholly, and are called off"


def test_zeros_are_the_plainest_commands() -> None:
    """One unit, one card, no discount: in the plainest shop there is."""
    run = Run(TapeChooser([[]] * 5))
    first = run.next()
    assert type(first) is om.PlaceOrder
    assert (len(first.draft.lines), first.draft.lines[0].quantity, len(first.draft.tenders)) == (1, 1, 1)
    assert first.draft.tenders[0].kind == "gateway"
    assert (first.draft.discounts, first.draft.charges, first.reservation) == ((), (), "")
    assert run.workload.told(first) == "order o-1: 1 TEE, gateway 10.00 USD"
    assert len(run.shop.network.locations) == 2
    assert run.do(first) is None
    assert run.do(run.next()) is None


def test_a_tape_says_the_same_as_the_seed_that_wrote_it() -> None:
    chooser = SeededChooser(7)
    run = Run(chooser)
    first = []
    for _ in range(100):
        chooser.turn()
        command = run.next()
        first.append(command)
        run.do(command)
    tape = TapeChooser(chooser.tape)
    again = Run(tape)
    for command in first:
        assert tape.turn()
        assert again.next() == command
        again.do(command)
    assert tape.tape == chooser.tape


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_the_same_seed_says_the_same_under_any_hash_seed(hash_seed: str) -> None:
    code = "from workload_run import commands_of; print('\\n'.join(commands_of(*range(6))))"
    path = [entry for entry in sys.path if entry]
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": ":".join(path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == "\n".join(commands_of(*range(6))).splitlines()


def test_words_are_one_line_and_name_nobody(lives: tuple[object, object, object, list[Run]]) -> None:
    run = lives[3][0]
    run.chooser.turn()
    for _ in range(400):
        told = run.workload.told(run.next())
        assert told
        assert "\n" not in told
        assert NAME not in told


def test_what_is_hostile_is_refused_typed_and_changes_nothing() -> None:
    """Each with one of the codes that stand beside its maker."""
    met: Counter[str] = Counter()
    for seed in range(12):
        run = Run(SeededChooser(seed))
        for step in range(150):
            run.do(run.next())
            order_id = (run.seen.order_ids or [""])[step % max(1, len(run.seen.order_ids))]
            desk = run.workload._desk
            maker, codes = HOSTILE[step % len(HOSTILE)]
            command = maker(desk, run.seen.orders.get(order_id))
            if command is None:
                continue
            before = run.position
            refused = run.do(command)
            assert refused is not None
            assert refused.code in codes
            assert run.position == before
            met[maker.__name__] += 1
    assert len(met) == len(HOSTILE), met


def test_a_known_key_with_another_payload_is_a_conflict() -> None:
    run = Run(SeededChooser(1))
    command = run.next()
    run.do(command)
    assert type(run.do(of_a_known_key(run.workload._desk, command))) is IdempotencyConflict


def test_a_shop_is_drawn_again_the_same() -> None:
    shops = [draw_shop(SeededChooser(3)) for _ in range(2)]
    assert shops[0].network == shops[1].network
    assert shops[0].chart is shops[1].chart
    assert draw_shop(TapeChooser([])).rules == om.DEFAULT_RULES


def test_what_waits_in_a_stage_of_the_shops_own_comes_out_of_it_before_it_is_cancelled() -> None:
    """A part is missing, the rest waits for it, and from where it is nothing can be cancelled."""
    manager = OrderManager(MemoryStore(), network=Network((Location("nyc"),)), routing=Nearest(), chart=GIFTS)
    manager_up_to("allocated", manager, draft=changed(plain_draft("1"), ship_complete=True))
    at = manager.order("o-1").seen_at

    def do(command: Command) -> None:
        manager.execute(command)

    do(om.EnterStage("o-1", "wrap", key="k-1", at=at))
    (work,) = manager.order("o-1").progress.work.values()
    line, runs = work.items[0]
    do(om.ReportShortPick("o-1", work.id, ((line, count(runs)),), key="k-2", at=at))
    seen = Seen()
    seen.take(manager.order("o-1"))
    desk = Desk(SeededChooser(1), attrs.evolve(draw_shop(SeededChooser(1)), chart=GIFTS), seen)
    desk.at = at
    for _ in range(20):
        for command in finish_order(desk, manager.order("o-1")):
            with suppress(Refusal):
                do(command)
    assert manager.order("o-1").status == "cancelled"
