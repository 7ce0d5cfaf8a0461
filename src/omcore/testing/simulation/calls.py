"""Calls: how a port call is performed, and what a fault does to it.

Decides what a task is told: what the port says, what a replica says that has fallen behind, or that it
cannot be reached. The oracle hears of everything that a store or the outside really said. Must not
know which task calls, or when.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from omcore.engine import requests as rq
from omcore.kernel import Conflict, StoreError, Unavailable
from omcore.ports import Commit
from omcore.testing._store_clauses import cited
from omcore.testing.simulation import faults as ft
from omcore.testing.simulation.chooser import Chooser
from omcore.testing.simulation.outside import Outside
from omcore.testing.simulation.past import Past
from omcore.testing.simulation.processes import Process, Task
from omcore.testing.simulation.promises import Broken

# So many reads at most a replica stays behind.
_READS_BEHIND = 12


class Died(Exception):
    """The process that made the call has died, for the fault that this names."""


class Calls:
    """Performs what tasks ask. ``calm``: no fault happens; ``say`` is told of each that does."""

    def __init__(
        self,
        chooser: Chooser,
        wheels: dict[type, list[int]],
        oracle: Any,
        outside: Outside,
        say: Callable[[str], None] | None,
    ) -> None:
        self.calm = False
        self.commits = 0
        self.faults: Counter[str] = Counter()
        self._chooser = chooser
        self._wheels = wheels
        self._oracle = oracle
        self._past = Past()
        self._outside = outside
        self._say = say
        self._honest: dict[type, Callable[[Task, Any], Any]] = {
            rq.Load: self._load,
            rq.Recall: self._recall,
            rq.Save: self._save,
            rq.SaveAll: self._save_all,
            rq.ReadFeed: self._feed,
            rq.ReadHistory: self._history,
            rq.ReadPrivate: self._private,
            rq.ReadCursor: self._cursor,
            rq.Advance: self._advance,
            rq.CallGateway: lambda task, request: outside.hold(self._asked(task, request, request.key)),
            rq.AskGateway: lambda _, request: outside.outcome(request.key),
            rq.SendMessage: lambda task, request: outside.send(
                self._asked(task, request, request.message.key).message
            ),
            rq.WasSent: lambda _, request: request.key in outside.messages,
            rq.UpdateChannel: lambda task, request: outside.update(
                self._asked(task, request, request.update.key).update
            ),
            rq.WasTold: lambda _, request: request.key in outside.updates,
            rq.PublishStock: lambda _, request: outside.publish(request.publication),
        }

    def perform(self, task: Task, request: Any) -> Any:
        """The reply to a request. Raises ``StoreError`` for the task, and ``Died``."""
        kind = type(request)
        if not self.calm and (place := self._chooser.weighed(self._wheels[kind])):
            return self._fails(task, request, ft.AT[kind][place])
        return self._honest[kind](task, request)

    def _fails(self, task: Task, request: Any, fault: str) -> Any:
        perform = self._honest[type(request)]
        if fault == ft.STALE:
            task.process.behind = self._chooser.between(1, _READS_BEHIND)
            return perform(task, request)
        if fault in (ft.LOST, ft.PUBLISHED):
            perform(task, request)
        if fault in (ft.CRASH, ft.PUBLISHED):
            raise Died(fault)
        self.happened(fault, called(request))
        raise Conflict("reads") if fault == ft.CONFLICT else Unavailable("store")

    def happened(self, fault: str, where: str) -> None:
        """A fault is counted, and told."""
        self.faults[fault] += 1
        if self._say is not None:
            self._say(f"   fault: {ft.FAULTS[fault]} ({where})")

    def _is_behind(self, process: Process) -> bool:
        """Whether a read is answered by a replica, and it matters."""
        process.behind -= 1
        if process.seen >= self._past.moment:
            return False
        self.happened(ft.STALE, process.name)
        return True

    # -- what the outside is asked -------------------------------------------------------------

    def _asked(self, task: Task, request: Any, key: str) -> Any:
        """A request to do something. Who knows that it may be done already, asks that first (C9)."""
        called, tried = (type(request), key), task.process.tried
        if key in self._outside.forgotten.get(called[0], ()):
            self._oracle.asked_late(key, called in tried)
        tried.add(called)
        return request

    # -- what a store is asked -----------------------------------------------------------------

    def _load(self, task: Task, request: rq.Load) -> Any:
        process, streams = task.process, request.streams
        if process.behind and self._is_behind(process):
            return self._past.load(streams, process.seen)
        found = _answer(process.store.load, streams)
        process.seen = self._past.moment
        self._oracle.loaded(streams, found)
        return found

    def _recall(self, task: Task, request: rq.Recall) -> Any:
        process, key = task.process, request.key
        found = _answer(process.store.answer, key)
        self._oracle.recalled(key, found)
        if process.behind and self._is_behind(process):
            return self._past.answer(found, process.seen)
        process.seen = self._past.moment
        return found

    def _feed(self, task: Task, request: rq.ReadFeed) -> Any:
        process, after, limit = task.process, request.after, request.limit
        found = _answer(process.store.feed, after, limit)
        self._oracle.fed(after, limit, found)
        if process.behind and self._is_behind(process):
            return self._past.feed(found, process.seen)
        process.seen = self._past.moment
        return found

    def _cursor(self, task: Task, request: rq.ReadCursor) -> Any:
        process, name = task.process, request.name
        found = _answer(process.store.cursor, name)
        self._oracle.told_cursor(name, found)
        if process.behind and self._is_behind(process):
            return self._past.cursor(name, process.seen)
        process.seen = self._past.moment
        return found

    def _advance(self, task: Task, request: rq.Advance) -> None:
        name, position = request.name, request.position
        _answer(task.process.store.advance, name, position)
        self._past.advanced(name, position)
        self._oracle.advanced(name, position)

    def _history(self, task: Task, request: rq.ReadHistory) -> Any:
        found = _answer(task.process.store.history, request.stream, request.after)
        self._oracle.told_history(request.stream, request.after, found)
        return found

    def _private(self, task: Task, request: rq.ReadPrivate) -> Any:
        found = _answer(task.process.store.private, request.key)
        self._oracle.told_private(request.key, found)
        return found

    def _save(self, task: Task, request: rq.Save) -> None:
        commit = request.commit
        about = task.about
        command = about[0] if len(about) == 1 and about[0].key == commit.answer.key else None
        self._commit(task.process, task.process.store.commit, commit, command, (commit,))

    def _save_all(self, task: Task, request: rq.SaveAll) -> None:
        commits = request.commits
        by_key = {command.key: command for command in reversed(task.about)}
        commands = tuple([by_key.get(commit.answer.key) for commit in commits])
        self._commit(task.process, task.process.store.commit_all, commits, commands, commits)

    def _commit(
        self,
        process: Process,
        method: Callable[[Any], None],
        given: Any,
        about: Any,
        commits: Sequence[Commit],
    ) -> None:
        oracle = self._oracle
        oracle.committing(given, about, process)
        try:
            _answer(method, given)
        except Conflict as error:
            oracle.refused(given, error)
            raise
        except Unavailable as error:
            if oracle.unknown(given, error):
                self._past.take(commits)
            raise
        oracle.committed(given)
        self._past.take(commits)
        self.commits += len(commits)
        process.seen = self._past.moment
        process.behind = 0


def _answer(method: Callable[..., Any], *arguments: Any) -> Any:
    """What a store answers; anything else that it raises than it may is a breach (ST22)."""
    try:
        return method(*arguments)
    except StoreError:
        raise
    except Exception as bug:
        what = f"{getattr(method, '__name__', 'a method')} of the store raised {named(bug)}"
        raise Broken("PR9", what, (cited(bug) or "ST22",)) from bug


def named(error: BaseException) -> str:
    """An error in words."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def called(request: Any) -> str:
    """A port call in words."""
    return _CALLED[type(request)](request)


_CALLED: dict[type, Callable[[Any], str]] = {
    rq.Load: lambda request: "reading " + ", ".join(request.streams),
    rq.Recall: lambda request: f"asking for the answer of {request.key}",
    rq.Save: lambda request: f"committing {request.commit.answer.key}",
    rq.SaveAll: lambda request: f"committing {len(request.commits)} as one",
    rq.ReadFeed: lambda request: f"reading the feed after {request.after}",
    rq.ReadHistory: lambda request: f"reading the history of {request.stream}",
    rq.ReadPrivate: lambda _: "reading personal data",
    rq.ReadCursor: lambda request: f"reading the cursor {request.name}",
    rq.Advance: lambda request: f"moving the cursor {request.name} to {request.position}",
    rq.CallGateway: lambda request: f"asking the gateway to {request.kind} {request.key}",
    rq.AskGateway: lambda request: f"asking the gateway what became of {request.key}",
    rq.WasSent: lambda request: f"asking whether {request.key} was sent",
    rq.WasTold: lambda request: f"asking whether a channel was told {request.key}",
    rq.SendMessage: lambda request: f"sending {request.message.key}",
    rq.UpdateChannel: lambda request: f"telling a channel {request.update.key}",
    rq.PublishStock: lambda request: f"publishing {request.publication.key}",
}


__all__ = ["Calls", "Died", "called", "named"]
