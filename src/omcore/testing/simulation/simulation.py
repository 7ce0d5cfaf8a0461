"""The simulation: one run of a shop whose processes, clocks and ports fail, in one thread.

Decides who takes the next step. Processes share a store; each has tasks, which are handlers of the
engine, stepped at every port call. Turn by turn the chooser says what happens - somebody wants
something, a task goes on, a process dies - and at every port call whether that call fails. When no
turn is left everything heals: no faults any more, all take turns, whoever got no answer sends again,
and every order is brought to its end. What must hold all the while is the oracle's; what is wanted is
the workload's. Must not know any rule of an order or a stock item.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from omcore.engine.drivers import TOLD
from omcore.kernel import Command, IdempotencyConflict, OmcoreError, Refusal, StoreError, record
from omcore.ports import Store
from omcore.testing.simulation import faults as ft
from omcore.testing.simulation.calls import Calls, Died, named
from omcore.testing.simulation.chooser import Chooser
from omcore.testing.simulation.outside import Outside
from omcore.testing.simulation.processes import SKEWS, Process, Steps, Task
from omcore.testing.simulation.promises import Broken

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)

# So many handles a store is asked for, so many processes there are at most.
PROCESSES = 3

# Whoever needs more than this is stuck: port calls of a task, rounds of healing.
MAX_CALLS = 20_000
MAX_ROUNDS = 60
MAX_TASKS = 8

# By seed: of turns of which a hundred give a command, how many let a task go on.
_BUSY = (60, 150, 400)

# Port calls that a task makes until others have their turn, and how often: by seed from a shop where
# most is done in one go to one where all are in each other's way.
_CALLS = (MAX_CALLS + 1, 1, 2, 3, 4, 6, 9, 15)
_PATIENCE = (
    ft.added_up([700, 50, 50, 50, 50, 40, 30, 30]),
    ft.added_up([300, 150, 150, 100, 100, 80, 60, 60]),
    ft.added_up([50, 500, 200, 100, 50, 50, 25, 25]),
)

# How often a turn is what ``Simulation._happens`` lists: a number, as busy as the seed says, or as often as
# the seed lets that fault happen.
_BUSILY = "busily"
_OFTEN: Sequence[int | str] = (
    100,
    _BUSILY,
    30,
    60,
    12,
    8,
    6,
    12,
    ft.DUPLICATE,
    ft.REORDER,
    ft.CRASH,
    ft.SKEW,
)

# Turns from this place on begin no task.
_AWAY = 9

# How much time passes between two turns, and how often.
_TIMES = tuple([timedelta(seconds=seconds) for seconds in (0, 1, 45, 600, 3_600, 21_600)])
_HOW_LONG = ft.added_up([500, 180, 140, 120, 50, 10])

# How many turns a run has, unless it is said otherwise.
_TURNS = (20, 40, 40, 80, 160)

# How many of what came last may be meant.
_LATELY = 12

# How much time passes between rounds of healing, and how far orders get in each.
_HEALING_TIME = timedelta(hours=1)
_HEALING_STEPS = 4

# Where in a story the healing begins.
HEALS = "everything heals"

# What a task that no client waits for may end with, besides its result.
_TOLD = (Refusal, IdempotencyConflict, StoreError)


@record
class Options:
    """What may be said of a run. ``turns``: 0, as its seed says; ``faults``: those that may happen."""

    turns: int = 0
    faults: tuple[str, ...] = tuple(ft.FAULTS)


class Simulation:
    """One run: ``run`` it, once. ``steps``, ``commits``, ``faults`` and what was ``wanted`` are counted.

    ``story``, where one is given, is told in words.
    """

    def __init__(
        self,
        chooser: Chooser,
        handles: Sequence[Store],
        *,
        draw: Callable[[Chooser], Any],
        oracle: Callable[..., Any],
        workload: Callable[..., Any],
        shop: Any = None,
        options: Options | None = None,
        story: list[str] | None = None,
    ) -> None:
        options = Options() if options is None else options
        rates = ft.Rates(chooser, frozenset(options.faults))
        self.turn = self.steps = self.wanted = 0
        self.now = T0
        self.given: list[Command] = []
        self._story = story
        self._chooser = chooser
        often = {_BUSILY: chooser.pick(_BUSY), **rates.turns}
        self._often = ft.added_up([each if type(each) is int else often[str(each)] for each in _OFTEN])
        self._patience = chooser.pick(_PATIENCE)
        drawn = chooser.pick(_TURNS)
        self._last_turn = options.turns or drawn
        self._tasks: list[Task] = []
        self._waiting: list[tuple[Command, ...]] = []
        self._answered: set[str] = set()
        count = chooser.weighed((1, 5, 13)[: len(handles)]) + 1
        skewed = ft.added_up([1 if ft.SKEW in options.faults or not skew else 0 for skew in SKEWS])
        skews = [SKEWS[chooser.weighed(skewed)] for _ in range(count)]
        shop = draw(chooser) if shop is None else shop
        self.oracle = oracle(shop, handles)
        self._outside = Outside(chooser, self.oracle.effect)
        say = None if story is None else story.append
        self._calls = Calls(chooser, rates.wheels, self.oracle, self._outside, say)
        self.workload = workload(chooser, shop, self.oracle.seen)
        self._processes = [Process(place, handles[place], shop) for place in range(count)]
        self._happens: Sequence[Callable[[], None]] = (
            self._give,
            self._go_on,
            self._dispatch,
            self._arrive,
            self._give_batch,
            self._meet_deadlines,
            self._ask,
            self._look,
            self._give_again,
            self._post,
            self._die,
            self._drift,
        )
        for process, skew in zip(self._processes, skews, strict=True):
            self._skew(process, skew)

    @property
    def commits(self) -> int:
        """How many commands, effects and words to channels were committed."""
        return self._calls.commits

    @property
    def faults(self) -> Counter[str]:
        """How many faults happened, by kind."""
        return self._calls.faults

    def run(self) -> None:
        """Chaos, then healing. Raises ``Broken``."""
        turn = self._chooser.turn
        while self.turn < self._last_turn and turn():
            self.turn += 1
            place = self._chooser.weighed(self._often)
            if len(self._tasks) >= MAX_TASKS and place < _AWAY:
                self._go_on()
            else:
                self._happens[place]()
        self._heal()
        self.oracle.at_the_end()

    # -- what happens --------------------------------------------------------------------------

    def _someone(self) -> tuple[Process, datetime]:
        """Some process, some time later, and what its clock shows."""
        chooser = self._chooser
        self.now += _TIMES[chooser.weighed(_HOW_LONG)]
        process = chooser.pick(self._processes)
        return process, self.now + process.skew

    def _want(self, at: datetime) -> Command:
        self.wanted += 1
        command: Command = self.workload.command(at)
        self.given.append(command)
        return command

    def _give(self) -> None:
        process, at = self._someone()
        self._deliver((self._want(at),), process, at)

    def _give_batch(self) -> None:
        process, at = self._someone()
        size = self._chooser.between(2, 6)
        self._deliver(tuple([self._want(at) for _ in range(size)]), process, at, "a batch")

    def _post(self) -> None:
        """Somebody wants something, and it takes its time until it arrives."""
        _, at = self._someone()
        command = self._want(at)
        self._waiting.append((command,))
        self._calls.happened(ft.REORDER, self._in_words(command))

    def _arrive(self) -> None:
        process, at = self._someone()
        if self._waiting:
            commands = self._waiting.pop(self._chooser.below(len(self._waiting)))
            self._deliver(commands, process, at, "now arrives")

    def _give_again(self) -> None:
        process, at = self._someone()
        if self.given:
            command = self.given[-1 - self._chooser.below(min(len(self.given), _LATELY))]
            self._calls.happened(ft.DUPLICATE, command.key)
            self._deliver((command,), process, at)

    def _go_on(self) -> None:
        if self._tasks:
            task = self._chooser.pick(self._tasks)
            if self._story is not None:
                self._story.append(f"{task.process.name} goes on with {task.what}")
            self._drive(task)

    def _dispatch(self) -> None:
        process, at = self._someone()
        self._begin(*process.some_dispatcher(at, self._chooser), process, at)

    def _meet_deadlines(self) -> None:
        process, at = self._someone()
        self._begin(*process.deadlines(at), process, at)

    def _ask(self) -> None:
        process, at = self._someone()
        if order_id := self._some_order():
            self._begin(*process.questions(at, order_id), process, at)

    def _look(self) -> None:
        process, at = self._someone()
        self._begin(*process.look(at, self._some_order(), self._chooser), process, at)

    def _some_order(self) -> str:
        known: Sequence[str] = self.oracle.seen.order_ids
        return known[-1 - self._chooser.below(min(len(known), _LATELY))] if known else ""

    def _die(self) -> None:
        process, _ = self._someone()
        self._crash(process, ft.CRASH)

    def _drift(self) -> None:
        process, _ = self._someone()
        self._skew(process, self._chooser.pick(SKEWS))

    def _skew(self, process: Process, skew: timedelta) -> None:
        if skew != process.skew:
            process.skew = skew
            self._calls.happened(ft.SKEW, f"{process.name} by {skew.total_seconds():.0f} s")

    def _crash(self, process: Process, fault: str) -> None:
        """A process dies with all its tasks, and begins anew; whoever waited for it sends again."""
        self._calls.happened(fault, process.name)
        lost = [task for task in self._tasks if task.process is process]
        self._tasks = [task for task in self._tasks if task.process is not process]
        for task in lost:
            self._send_again(task.about)
        process.begin()

    # -- tasks ---------------------------------------------------------------------------------

    def _in_words(self, command: Command) -> str:
        return "" if self._story is None else f"{command.key}: {self.workload.told(command)}"

    def _deliver(self, commands: tuple[Command, ...], process: Process, at: datetime, how: str = "") -> None:
        what = " + ".join([command.key for command in commands])
        self._begin(what, process.delivery(commands), process, at, commands, how)

    def _begin(
        self,
        what: str,
        steps: Steps,
        process: Process,
        at: datetime,
        about: tuple[Command, ...] = (),
        how: str = "",
    ) -> None:
        """Begin a task. In chaos it makes its first port calls at once, in healing it waits for its turn."""
        task = Task(steps, process, what, about)
        self._tasks.append(task)
        if self._story is not None:
            said = [self._in_words(command) for command in about] or [what]
            self._story.append(f"{process.name} at {at:%a %H:%M:%S}: {how and how + ': '}{'; '.join(said)}")
        if not self._calls.calm:
            self._drive(task)

    def _drive(self, task: Task) -> None:
        step = self._step
        for _ in range(_CALLS[self._chooser.weighed(self._patience)]):
            if not step(task):
                return
        if self._story is not None:
            self._story.append(f"   {task.what} waits after {task.taken} port calls")

    def _step(self, task: Task) -> bool:
        """A task goes on until it has made one call; returns whether it is still under way."""
        error = task.error
        try:
            if error is None:
                request = task.send(task.reply)
            else:
                task.error = None
                request = task.throw(error)
        except StopIteration as stop:
            self._over(task, stop.value)
            return False
        except OmcoreError as told:
            self._over(task, told)
            return False
        except Exception as bug:
            raise Broken("PR9", f"the engine raised {named(bug)}, at {task.what}") from bug
        self.steps += 1
        task.taken += 1
        if task.taken > MAX_CALLS:
            raise Broken("PR7", f"{task.what} is not over after {MAX_CALLS} port calls")
        try:
            task.reply = self._calls.perform(task, request)
        except TOLD as told:
            task.error = told
        except Died as death:
            self._crash(task.process, str(death))
            return False
        return True

    def _over(self, task: Task, result: Any) -> None:
        self._tasks.remove(task)
        if len(task.about) == 1:
            self._tell(task.about[0], result)
        elif task.about and type(result) is tuple:
            for command, answer in zip(task.about, result, strict=True):
                self._tell(command, answer)
        elif isinstance(result, OmcoreError) and (task.about or not isinstance(result, _TOLD)):
            raise Broken("PR9", f"the engine raised {named(result)}, at {task.what}")

    def _tell(self, command: Command, answer: Any) -> None:
        """What a client hears; where nobody knows what came of it, he sends it again."""
        if self._story is not None:
            said = named(answer) if isinstance(answer, OmcoreError) else "done"
            self._story.append(f"   {command.key} is answered: {said}")
        if isinstance(answer, StoreError):
            self._send_again((command,))
        else:
            self._answered.add(command.key)
            self.oracle.answered(command, answer)

    def _send_again(self, commands: tuple[Command, ...]) -> None:
        """They wait at their client's, under the same keys (C4)."""
        unanswered = tuple([command for command in commands if command.key not in self._answered])
        if unanswered:
            self._waiting.append(unanswered)

    # -- healing -------------------------------------------------------------------------------

    def _heal(self) -> None:
        """No faults any more: whoever waits is answered, and everything comes to its end."""
        self._calls.calm = self._outside.healthy = True
        if self._story is not None:
            self._story.append(HEALS)
        for process in self._processes:
            process.behind = 0
        for number in range(MAX_ROUNDS):
            before = self.commits
            self._round(self._processes[number % len(self._processes)], number)
            # Nothing is left where nothing happened, some time after the last thing did.
            if number and self.commits == before and not self._waiting:
                return
            self.now += _HEALING_TIME
        raise Broken("PR7", f"after {MAX_ROUNDS} rounds without a fault there is still something to do")

    def _round(self, process: Process, number: int) -> None:
        at = self.now + process.skew
        waiting, self._waiting = self._waiting, []
        self._share_out(waiting, "sent again")
        if not number:
            self._outside.forget()
        self.oracle.left_alone()
        self._begin(*process.deadlines(at), process, at)
        self._begin(*process.dispatcher(at), process, at)
        self._take_turns()
        seen = self.oracle.seen
        for order_id in seen.order_ids:
            if _has_unknown(seen.orders[order_id]):
                self._begin(*process.questions(at, order_id), process, at)
        self._take_turns()
        self.oracle.rests(at)
        for _ in range(_HEALING_STEPS):
            before = self.commits
            wanted = self.workload.finishing(at)
            self.given += wanted
            self._share_out([(command,) for command in wanted], "")
            if self.commits == before:
                return

    def _share_out(self, all_: Sequence[tuple[Command, ...]], how: str) -> None:
        """Deliver commands to all processes in turn, a few at the same time."""
        for number, commands in enumerate(all_):
            process = self._processes[number % len(self._processes)]
            self._deliver(commands, process, self.now + process.skew, how)
            if len(self._tasks) == MAX_TASKS:
                self._take_turns()
        self._take_turns()

    def _take_turns(self) -> None:
        """Round robin, until no task is left."""
        while self._tasks:
            for task in tuple(self._tasks):
                self._step(task)


def _has_unknown(order: Any) -> bool:
    """Whether nobody knows what became of some of an order's money."""
    return any(request.unknown for request in order.payments.requests.values())


__all__ = ["HEALS", "PROCESSES", "Options", "Simulation"]
