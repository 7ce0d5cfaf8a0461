"""Cases of the store contract: a crowd, on threads and in processes, and the history of what it saw.

Decides how many there are and how long they go on, how a process opens its own handle and hands over
what it saw, and that who was not answered in the crowd is answered after it. A process is a new
interpreter that knows nothing of this one (``spawn``): what is opened in it comes from a function
that can be pickled. See ``stores/_traffic`` for what a caller does, ``stores/_history`` for what must
be so.
"""

from __future__ import annotations

import inspect
import multiprocessing  # noqa: TID251 - callers are processes here
import traceback
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from multiprocessing.connection import Connection  # noqa: TID251 - how they tell what they saw
from typing import Any

from omcore.testing._store_clauses import cited, cites, proves
from omcore.testing.stores._bench import Bench
from omcore.testing.stores._faces import PATIENCE_S, AwaitedFace, Face, Loop
from omcore.testing.stores._history import History
from omcore.testing.stores._traffic import Caller, Testimony, opened

THREADS, STEPS_OF_A_THREAD = 4, 20
PROCESSES, STEPS_OF_A_PROCESS = 3, 40
LONG_S = 5 * PATIENCE_S  # several interpreters start, on a machine that may have other things to do


class CrowdCases:
    """ST32: one order of everything that callers at the same time were answered."""

    @proves("ST32", needs="threads")
    def test_st32_what_threads_saw_came_one_after_the_other(self, bench: Bench) -> None:
        """Each has an engine, and a handle of its own where the data can be opened again."""
        seen = [opened(bench.store)]
        callers = [
            Caller(f"thread-{number}", store, number) for number, store in enumerate(bench.handles(THREADS))
        ]
        bench.together(*[_going(caller) for caller in callers])
        judged(bench, seen, [caller.seen for caller in callers])

    @proves("ST32", needs="connect")
    def test_st32_what_processes_saw_came_one_after_the_other(self, bench: Bench) -> None:
        """Each has nothing in common with the others but the data."""
        connect = bench.connect()
        seen = [opened(bench.store)]
        judged(bench, seen, in_processes(connect, awaited=bench.is_awaited, folds=bench.store.folds))


def _going(caller: Caller) -> Callable[[], object]:
    return lambda: caller.go(STEPS_OF_A_THREAD)


def judged(bench: Bench, seen: list[Testimony], crowd: Sequence[Testimony]) -> None:
    """Whoever had no answer asks again, the readers read on to the end, and the history is checked."""
    last = Caller("whoever-was-left", bench.store, 0)
    for each in crowd:
        answered = {told.command.key for told in each.told}
        for key, command in each.asked.items():
            if key not in answered:
                last.ask(command)
    answered = {told.command.key for told in last.seen.told}
    unanswered = [key for key in last.seen.asked if key not in answered]
    assert unanswered == [], "nobody else is there, and they are not answered"
    History(bench.store, [*seen, *crowd, last.seen]).check()


# -- processes -------------------------------------------------------------------------------


def in_processes(connect: Callable[[], Any], *, awaited: bool, folds: bool = False) -> list[Testimony]:
    """What callers in processes of their own saw; all begin when all are there."""
    context = multiprocessing.get_context("spawn")
    lines, processes = [], []
    for number in range(PROCESSES):
        mine, theirs = context.Pipe()
        processes.append(
            context.Process(target=_process, args=(theirs, connect, awaited, folds, number), daemon=True)
        )
        processes[-1].start()
        theirs.close()
        lines.append(mine)
    try:
        for line in lines:
            _heard(line)
        for line in lines:
            line.send("go")
        return [_heard(line) for line in lines]
    finally:
        for line in lines:
            line.close()
        for process in processes:
            process.join(PATIENCE_S)


def _heard(line: Connection) -> Any:
    """What a process says; its error where it failed."""
    assert line.poll(LONG_S), "a process does not answer"
    try:
        failed, clause, said = line.recv()
    except EOFError:
        raise AssertionError("a process ended and told nothing") from None
    if failed:
        with cites(clause or "ST32"):
            raise AssertionError(f"in a process: {said}")
    return said


def _process(line: Connection, connect: Callable[[], Any], awaited: bool, folds: bool, number: int) -> None:
    """One caller in a process of its own."""
    try:
        loop: AbstractContextManager[Any] = Loop() if awaited else nullcontext()
        with loop as running:
            store = connect()
            if awaited:
                if inspect.isawaitable(store):
                    store = running.run(store)
                face: Face = AwaitedFace(store, running.run, folds=folds)
            else:
                face = Face(store, folds=folds)
            caller = Caller(f"process-{number}", face, 100 + number)
            line.send((False, None, "ready"))
            line.recv()
            seen = caller.go(STEPS_OF_A_PROCESS)
            closed = store.close() if callable(getattr(store, "close", None)) else None
            if awaited and inspect.isawaitable(closed):
                running.run(closed)
        line.send((False, None, seen))
    except BaseException as error:  # noqa: BLE001 - it is told to who asked, whatever it is
        line.send((True, cited(error), "".join(traceback.format_exception(error))))


__all__ = ["CrowdCases", "in_processes", "judged"]
