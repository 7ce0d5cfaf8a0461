"""Broken adapters for the simulator: each whole and plausible, with one defect that real ones have.

They behave in one thread as they would among many, and always alike: where a line breaks, a replica lags
or a process holds a cache, it does so at the same calls. ``WORLDS`` has each with the clauses of the store
contract that it breaks, one of which is to be named, and what its author thought.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from omcore.kernel import Conflict, Contact, Unavailable
from omcore.orders import Order
from omcore.ports import Answer, Commit, FeedEntry, Loaded, Write
from toy_tables import Row, Tables, TableStore


@attrs.frozen
class World:
    """A broken adapter: what makes its handles, which clauses it breaks, and in which belief."""

    adapter: type[TableStore]
    clauses: frozenset[str]
    belief: str

    def fresh(self, count: int) -> list[TableStore]:
        """Handles on one new, empty store."""
        tables = Tables()
        return [self.adapter(tables) for _ in range(count)]


WORLDS: dict[str, World] = {}


def believes(belief: str, *clauses: str) -> Callable[[type[TableStore]], type[TableStore]]:
    """Hang an adapter up, with its author's belief and the clauses that it breaks."""

    def hang(adapter: type[TableStore]) -> type[TableStore]:
        WORLDS[adapter.__name__] = World(adapter, frozenset(clauses), belief)
        return adapter

    return hang


# -- versions --------------------------------------------------------------------------------


@believes("orders are rarely touched by two at once", "ST7")
class ChecksNoVersion(TableStore):
    def check(self, rows: Tables, commit: Commit) -> None:
        found = {name: rows.streams.get(name, (0, ""))[0] for name in commit.reads}
        super().check(rows, attrs.evolve(commit, reads=found))

    def write_streams(self, rows: Tables, commit: Commit) -> None:
        for write in commit.writes:
            version = rows.streams.get(write.stream, (0, ""))[0] + 1
            rows.streams[write.stream] = (version, self.written(write.state))


@believes("a command is about one aggregate", "ST7")
class ChecksTheFirstStream(TableStore):
    def check(self, rows: Tables, commit: Commit) -> None:
        for number, (stream, version) in enumerate(commit.reads.items()):
            if number == 0 and rows.streams.get(stream, (0, ""))[0] != version:
                raise Conflict("reads")
        if commit.answer.key in rows.answers:
            raise Conflict("key")


@believes("what is only read can do no harm", "ST7")
class ChecksWhatItWrites(TableStore):
    def check(self, rows: Tables, commit: Commit) -> None:
        written = {write.stream for write in commit.writes}
        reads = {
            name: version if name in written else rows.streams.get(name, (0, ""))[0]
            for name, version in commit.reads.items()
        }
        super().check(rows, attrs.evolve(commit, reads=reads))


@believes("UPDATE ... WHERE version = ? looks after it", "ST5", "ST7")
class CountsNoRows(TableStore):
    """Where the version has moved, the statement changes no row, and everything else goes on."""

    def check(self, rows: Tables, commit: Commit) -> None:
        if commit.answer.key in rows.answers:
            raise Conflict("key")

    def write_streams(self, rows: Tables, commit: Commit) -> None:
        for write in commit.writes:
            if rows.streams.get(write.stream, (0, ""))[0] == commit.reads[write.stream]:
                super().write_streams(rows, attrs.evolve(commit, writes=(write,)))


@believes("a version is a count of events", "ST8")
class CountsEvents(TableStore):
    def write_streams(self, rows: Tables, commit: Commit) -> None:
        for write in commit.writes:
            version = commit.reads[write.stream] + len(write.events)
            rows.streams[write.stream] = (version, self.written(write.state))


# -- keys and answers ------------------------------------------------------------------------


@believes("the engine asks for the answer before it commits anyway", "ST6")
class HasNoUniqueKey(TableStore):
    def check(self, rows: Tables, commit: Commit) -> None:
        known = commit.answer.key in rows.answers
        answer = attrs.evolve(commit.answer, key="?" if known else commit.answer.key)
        super().check(rows, attrs.evolve(commit, answer=answer))


@believes("ON CONFLICT (key) DO NOTHING makes commits idempotent", "ST6")
class TakesAKnownKeyForDone(TableStore):
    """Whatever else stands under it."""

    def commit(self, commit: Commit) -> None:
        if commit.answer.key not in self.tables.answers:
            super().commit(commit)


@believes("a key says which command it is", "ST11", "ST13")
class KeepsKeysWithoutTheHash(TableStore):
    def write_answer(self, rows: Tables, commit: Commit) -> None:
        rows.answers[commit.answer.key] = self.written(attrs.evolve(commit.answer, payload_hash=""))


@believes("nothing was written, so there is nothing to record", "ST11")
class RecordsNoRefusals(TableStore):
    def commit(self, commit: Commit) -> None:
        with self.transaction() as rows:
            self.check(rows, commit)
            if not commit.answer.error:
                self.keep(rows, commit)


@believes("the answer is for the caller, so it is kept when he is told", "ST5", "ST11")
class AnswersInAStepOfItsOwn(TableStore):
    breaks_every = 5

    def commit(self, commit: Commit) -> None:
        super().commit(commit)
        self.step()
        self.tables.answers[commit.answer.key] = self.written(commit.answer)

    def write_answer(self, rows: Tables, commit: Commit) -> None:
        if commit.answer.key not in self.tables.answers:
            return


@believes("answers are read often, and a replica is for reading", "ST11", "ST24")
class AsksAReplicaForAnswers(TableStore):
    """Which is one commit behind."""

    def answer(self, key: str) -> Answer | None:
        newest = [*self.tables.answers][-1:]
        return None if key in newest else super().answer(key)


# -- all or nothing --------------------------------------------------------------------------


@believes("autocommit is one thing less to think of", "ST5", "ST11", "ST15")
class CommitsEachStatement(TableStore):
    """Of a commit whose line breaks there is what came before."""

    breaks_every = 7

    def commit(self, commit: Commit) -> None:
        self.check(self.tables, commit)
        for step in (self.write_streams, self.write_feed, self.write_private, self.write_answer):
            self.step()
            step(self.tables, commit)


@believes("a line that broke is best tried again at once", "ST5")
class TriesAgainByItself(TableStore):
    """And finds the key that it has recorded itself."""

    breaks_every = 4

    def commit(self, commit: Commit) -> None:
        for _ in range(2):
            super().commit(commit)
            try:
                self.step()
            except Unavailable:
                continue
            return


@believes("commit_all is a loop over commit", "ST30")
class CommitsABatchOneByOne(TableStore):
    def commit_all(self, commits: Sequence[Commit]) -> None:
        for commit in commits:
            self.commit(commit)


@believes("one bad command must not stop the batch", "ST30")
class LeavesOutWhatABatchCannotKeep(TableStore):
    def commit_all(self, commits: Sequence[Commit]) -> None:
        for commit in commits:
            try:
                self.commit(commit)
            except Conflict:
                continue


@believes("whoever calls knows the driver's errors", "ST22")
class TellsWhatTheDriverSays(TableStore):
    breaks_every = 9

    def commit(self, commit: Commit) -> None:
        super().commit(commit)
        try:
            self.step()
        except Unavailable:
            raise ConnectionResetError("server closed the connection unexpectedly") from None


# -- the feed --------------------------------------------------------------------------------


@believes("a broker is the right place for events", "ST5", "ST15")
class FeedsInAStepOfItsOwn(TableStore):
    breaks_every = 6

    def commit(self, commit: Commit) -> None:
        super().commit(commit)
        self.step()
        super().write_feed(self.tables, commit)

    def write_feed(self, rows: Tables, commit: Commit) -> None:
        if rows.feed is self.tables.feed:
            super().write_feed(rows, commit)


@believes("an outbox is emptied soon enough", "ST15", "ST18")
class FeedsByTheNextCommit(TableStore):
    """What was committed is fed by whoever commits then."""

    def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        keys = [row[5] for row in self.tables.feed[-20:]]
        waiting = keys.count(keys[-1]) if keys else 0
        upto = len(self.tables.feed) - waiting
        return [self.entry(row) for row in self.tables.feed[: max(upto, 0)][after : after + limit]]


@believes("a sequence numbers rows in order", "ST15", "ST16", "ST18")
class ShowsLateRowsLate(TableStore):
    """Every fourth commit's rows are seen one commit later, below numbers that were seen before."""

    def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        keys = list(dict.fromkeys(row[5] for row in self.tables.feed))
        late = {key for number, key in enumerate(keys) if number % 4 == 3 and number + 2 >= len(keys)}
        rows = [row for row in self.tables.feed if row[0] > after and row[5] not in late]
        return [self.entry(row) for row in rows[:limit]]


@believes("a page ends where the last commit is complete, for the sake of readers", "ST19")
class HasHistoryWithoutTheLast(TableStore):
    def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        found = super().history(stream, after)
        return [entry for entry in found if entry.version < found[-1].version] or found[:0]


@believes("the dispatcher knows how far it is", "ST21")
class MovesCursorsBack(TableStore):
    def advance(self, name: str, position: int) -> None:
        self.tables.cursors[name] = position


# -- values ----------------------------------------------------------------------------------


@believes("all our servers are in New York", "ST13", "ST20")
class LosesTheTimeZone(TableStore):
    """Wall-clock time in the table, taken for UTC when it is read."""

    def row(self, rows: Tables, commit: Commit, write: Write, index: int, event: Any) -> Row:
        row = super().row(rows, commit, write, index, event)
        here: datetime = commit.answer.at.astimezone(ZoneInfo("America/New_York"))
        at = f"{here.replace(tzinfo=None).isoformat()}Z"
        return (*row[:6], at, *row[7:])


class Rewriting(TableStore):
    """States of orders go through the adapter's own idea of JSON."""

    def write_streams(self, rows: Tables, commit: Commit) -> None:
        super().write_streams(rows, commit)
        for write in commit.writes:
            if type(write.state) is Order:
                version, text = rows.streams[write.stream]
                rows.streams[write.stream] = (version, json.dumps(self.rewritten(json.loads(text))))

    def rewritten(self, value: Any) -> Any:
        if type(value) is dict:
            return {key: self.rewritten(entry) for key, entry in value.items()}
        return [self.rewritten(entry) for entry in value] if type(value) is list else value


MONEY = ("minor", "amount", "unit_price", "net", "authorized", "captured", "owed", "earned")


@believes("finance wants dollars, so a column has dollars", "ST13")
class KeepsMoneyAsFloat(Rewriting):
    """19.99 dollars are 1998.99 cents, and those are 1998."""

    def rewritten(self, value: Any) -> Any:
        made = super().rewritten(value)
        if type(made) is dict:
            for name in MONEY:
                if type(made.get(name)) is int:
                    made[name] = int(made[name] / 100 * 100)
        return made


@believes("JSON objects have no order, so it may be ours", "ST13")
class SortsMappings(Rewriting):
    def rewritten(self, value: Any) -> Any:
        made = super().rewritten(value)
        if type(made) is list and len(made) > 1 and all(_is_pair(entry) for entry in made):
            return sorted(made)
        return made


def _is_pair(entry: Any) -> bool:
    """A key and a record, or a number."""
    return type(entry) is list and len(entry) == 2 and type(entry[0]) is str and type(entry[1]) in (dict, int)


# -- people ----------------------------------------------------------------------------------


@believes("deleted_at is kinder than DELETE", "ST12")
class ErasesNobody(TableStore):
    def write_private(self, rows: Tables, commit: Commit) -> None:
        for key, contact in commit.private.items():
            if contact is not None:
                rows.private[key] = self.written(contact)


# -- handles ---------------------------------------------------------------------------------


@believes("states are read ten times as often as they are written", "ST1", "ST24")
class LoadsFromACache(TableStore):
    """Its own commits empty it; another process' do not."""

    def __init__(self, tables: Tables | None = None) -> None:
        super().__init__(tables)
        self._cache: dict[str, Loaded] = {}

    def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        missing = [name for name in streams if name not in self._cache]
        found = super().load(missing)
        self._cache.update({name: loaded for name, loaded in found.items() if loaded.version})
        return {name: self._cache.get(name, found.get(name, Loaded(0, None))) for name in streams}

    def commit(self, commit: Commit) -> None:
        super().commit(commit)
        for write in commit.writes:
            self._cache.pop(write.stream, None)

    def commit_all(self, commits: Sequence[Commit]) -> None:
        super().commit_all(commits)
        self._cache.clear()


@believes("people hardly ever change", "ST12", "ST24")
class RemembersPeople(TableStore):
    """In the handle that read them, for ever."""

    def __init__(self, tables: Tables | None = None) -> None:
        super().__init__(tables)
        self._known: dict[str, Contact] = {}

    def private(self, key: str) -> Contact | None:
        found = self._known.get(key) or super().private(key)
        if found is not None:
            self._known[key] = found
        return found
