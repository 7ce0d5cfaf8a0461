"""The mirror: what a correct store would hold, and what it would answer.

Decides whether a store should have taken a commit, and whether what it shows is what it took: after a
commit only what the commit touched, and every read that somebody hands in. Written from the contract, in
dictionaries and lists. What a store breaks is told with its clause. Must not know what any stream is
about.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, repeat
from operator import attrgetter
from typing import Any

from omcore.kernel import Contact
from omcore.ports import NOTHING, Answer, Commit, FeedEntry, Loaded
from omcore.testing._store_clauses import difference
from omcore.testing.simulation.promises import Broken
from omcore.testing.simulation.sameness import same

KEPT, ONCE, READERS = "PR3", "PR5", "PR6"

# So much is asked of a store at once when everything is compared.
_PAGE = 500

_position = attrgetter("position")
_version = attrgetter("version")


class Mirror:
    """Streams, answers, feed, personal data and cursors."""

    def __init__(self) -> None:
        self.streams: dict[str, Loaded] = {}
        self.histories: dict[str, list[FeedEntry]] = {}
        # Entries as the store showed them first, each compared with what was committed.
        self.feed: list[FeedEntry] = []
        self.answers: dict[str, Answer] = {}
        self.people: dict[str, Contact] = {}
        self.cursors: dict[str, int] = {}

    # -- commits -----------------------------------------------------------------------------

    def refusing(self, commit: Commit) -> str:
        """The clause by which a commit is to be refused; empty where it is to be taken."""
        if commit.answer.key in self.answers:
            return "ST6"
        reads, get = commit.reads, self.streams.get
        for name, version in reads.items():
            if get(name, NOTHING).version != version:
                return "ST7"
        written = set()
        for write in commit.writes:
            if write.stream not in reads:
                return "ST9"
            if write.stream in written:
                return "ST10"
            written.add(write.stream)
        return ""

    def keep(self, commit: Commit) -> list[FeedEntry]:
        """Take a commit that is not to be refused; returns its entries, whose positions are the store's."""
        answer = commit.answer
        self.answers[answer.key] = answer
        added: list[FeedEntry] = []
        for write in commit.writes:
            version = commit.reads[write.stream] + 1
            self.streams[write.stream] = Loaded(version, write.state)
            for index, event in enumerate(write.events):
                added.append(
                    FeedEntry(
                        0,
                        write.stream,
                        version,
                        index,
                        event,
                        answer.key,
                        answer.at,
                        commit.by,
                        commit.reason,
                    )
                )
        for person, contact in commit.private.items():
            if contact is None:
                self.people.pop(person, None)
            else:
                self.people[person] = contact
        return added

    # -- what a store shows of a commit ------------------------------------------------------

    def shown(self, store: Any, commits: Sequence[Commit], added: Sequence[FeedEntry]) -> None:
        """What commits touched is as they said: ``commits`` are in the mirror, ``added`` their entries."""
        try:
            self._shown(store, commits, added)
        except Broken as broken:
            if len(commits) < 2:
                raise
            raise Broken(broken.promise, broken.message, ("ST29", *broken.clauses)) from None

    def _shown(self, store: Any, commits: Sequence[Commit], added: Sequence[FeedEntry]) -> None:
        names = list({write.stream: None for commit in commits for write in commit.writes})
        if names:
            self.loaded(names, store.load(tuple(names)))
        for commit in commits:
            self.recalled(commit.answer.key, store.answer(commit.answer.key))
            for person in commit.private:
                self.told_private(person, store.private(person))
        self.appended(store.feed(self._end(), len(added) + 1), added)

    def untouched(self, store: Any, commits: Sequence[Commit]) -> None:
        """Commits that were refused left no trace."""
        names = list({write.stream: None for commit in commits for write in commit.writes})
        try:
            if names:
                self.loaded(names, store.load(tuple(names)))
            for commit in commits:
                self.recalled(commit.answer.key, store.answer(commit.answer.key))
                for person in commit.private:
                    self.told_private(person, store.private(person))
            self.appended(store.feed(self._end(), 1), ())
        except Broken as broken:
            clause = "ST30" if len(commits) > 1 else "ST5"
            raise Broken(
                broken.promise, f"after a commit that was refused: {broken.message}", (clause,)
            ) from None

    def _end(self) -> int:
        return self.feed[-1].position if self.feed else 0

    def appended(self, found: Sequence[FeedEntry], added: Sequence[FeedEntry]) -> None:
        """What the feed has beyond its last known entry is what was committed, and no more."""
        if found and type(found[0]) is FeedEntry and found[0].position == self._end() > 0:
            raise Broken(READERS, f"the feed after {self._end()} has {_said(found[0])} again", ("ST17",))
        if len(found) != len(added):
            told = f"the feed has {len(found)} new entries, and {len(added)} were committed"
            raise Broken(READERS, told, ("ST15",))
        last = self._end()
        for entry, expected in zip(found, added, strict=True):
            if type(entry) is not FeedEntry or type(entry.position) is not int or entry.position <= last:
                raise Broken(READERS, f"after position {last} the feed has {_said(entry)}", ("ST16",))
            last = entry.position
            self._compare_entry(entry, expected)
            self.feed.append(entry)
            history = self.histories.get(entry.stream)
            if history is None:
                history = self.histories[entry.stream] = []
            history.append(entry)

    def _compare_entry(self, entry: FeedEntry, expected: FeedEntry) -> None:
        if entry.stream != expected.stream or type(entry.event) is not type(expected.event):
            told = f"the feed has {_said(entry)}, where {_said(expected)} was committed"
            raise Broken(READERS, told, ("ST15",))
        if entry.index != expected.index:
            raise Broken(READERS, f"{_said(entry)} has not the index {expected.index}", ("ST20",))
        if entry.version != expected.version:
            told = f"{_said(entry)} has the version {entry.version}, not {expected.version}"
            raise Broken(READERS, told, ("ST8", "ST20"))
        if not same(entry.event, expected.event):
            told = difference(entry.event, expected.event, "its event")
            raise Broken(READERS, f"of {_said(entry)} {told}", ("ST13",))
        told_by = (entry.key, entry.at, entry.by, entry.reason)
        if not same(told_by, (expected.key, expected.at, expected.by, expected.reason)):
            told = difference(told_by, (expected.key, expected.at, expected.by, expected.reason), "the rest")
            raise Broken(READERS, f"of {_said(entry)} {told}", ("ST20",))

    # -- what a store answers ----------------------------------------------------------------

    def loaded(self, streams: Iterable[str], found: Mapping[str, Loaded]) -> None:
        """Streams as they were loaded."""
        get, many = self.streams.get, 0
        for name in streams:
            many += 1
            expected = get(name, NOTHING)
            try:
                loaded = found[name]
            except KeyError:
                raise Broken(KEPT, f"{name} was asked for, and is not in the answer", ("ST2",)) from None
            version, state = loaded.version, loaded.state
            if version != expected.version or type(version) is not int:
                clauses = ("ST8",) if version > expected.version else ("ST1",)
                told = f"{name} was loaded with the version {version}, not {expected.version}"
                raise Broken(KEPT, told, clauses)
            if state is not expected.state and not same(state, expected.state):
                told = difference(state, expected.state, f"the state of {name}")
                raise Broken(KEPT, told, ("ST13",) if state == expected.state else ("ST1", "ST13"))
        if len(found) > many or (len(found) < many and set(found) != set(streams)):
            raise Broken(KEPT, f"{len(found)} streams are in the answer, {many} were asked for", ("ST2",))

    def recalled(self, key: str, found: Answer | None) -> None:
        """An answer as it was recalled."""
        expected = self.answers.get(key)
        if found is expected or same(found, expected):
            return
        if found is None or expected is None:
            told = f"the answer under {key} is {'not ' if found is None else ''}recorded"
            raise Broken(ONCE, told, ("ST11",))
        clause = "ST13" if found.payload_hash == expected.payload_hash else "ST11"
        raise Broken(ONCE, difference(found, expected, f"the answer under {key}"), (clause,))

    def fed(self, after: int, limit: int, found: Sequence[FeedEntry]) -> None:
        """A page of the feed."""
        feed = self.feed
        first = len(feed) if feed and after >= feed[-1].position else bisect_right(feed, after, key=_position)
        expected = feed[first : first + limit]
        self._compare_page(f"the feed after {after}", found, expected, READERS, "ST17")

    def told_history(self, stream: str, after: int, found: Sequence[FeedEntry]) -> None:
        """A stream's own entries."""
        entries = self.histories.get(stream, [])
        expected = entries[bisect_right(entries, after, key=_version) :]
        self._compare_page(f"the history of {stream} after {after}", found, expected, KEPT, "ST19")

    def _compare_page(
        self, where: str, found: Sequence[FeedEntry], expected: Sequence[FeedEntry], promise: str, clause: str
    ) -> None:
        if len(found) != len(expected):
            raise Broken(promise, f"{where} has {len(found)} entries, not {len(expected)}", (clause,))
        for entry, known in zip(found, expected, strict=True):
            if entry is known or same(entry, known):
                continue
            clauses = (clause,) if entry.position != known.position else ("ST16",)
            raise Broken(promise, difference(entry, known, f"{where}, {_said(known)},"), clauses)

    def told_private(self, key: str, found: Contact | None) -> None:
        """Personal data, of which no message says anything."""
        expected = self.people.get(key)
        if not same(found, expected):
            if found is not None and expected is not None:
                raise Broken(
                    KEPT, f"the personal data under {key} is another than was kept", ("ST12", "ST13")
                )
            there = "is not there" if found is None else "is there, and was never kept, or erased"
            raise Broken(KEPT, f"the personal data under {key} {there}", ("ST12",))

    def told_cursor(self, name: str, found: int) -> None:
        """How far a reader has come."""
        expected = self.cursors.get(name, 0)
        if found != expected or type(found) is not int:
            raise Broken(READERS, f"the cursor {name} is {found}, not {expected}", ("ST21",))

    def advanced(self, name: str, position: int) -> None:
        """A reader has come so far, and never goes back."""
        self.cursors[name] = max(position, self.cursors.get(name, 0))

    # -- everything --------------------------------------------------------------------------

    def all_shown(self, store: Any) -> None:
        """Everything that was ever committed, as one handle shows it."""
        names = list(self.streams)
        for first in range(0, len(names), _PAGE):
            some = tuple(names[first : first + _PAGE])
            self.loaded(some, store.load(some))
        for name in names:
            self.told_history(name, 0, store.history(name))
            half = self.streams[name].version // 2
            self.told_history(name, half, store.history(name, half))
        after, seen = 0, 0
        for limit in chain((1, 2, 3), repeat(_PAGE)):
            found = store.feed(after, limit)
            self.fed(after, limit, found)
            if not found:
                break
            after, seen = found[-1].position, seen + len(found)
        if seen != len(self.feed):
            raise Broken(READERS, f"{seen} entries of {len(self.feed)} are on the feed", ("ST15",))
        for key in self.answers:
            self.recalled(key, store.answer(key))
        for person in self.people:
            self.told_private(person, store.private(person))
        for name in self.cursors:
            store.advance(name, 0)  # it never moves back
            self.told_cursor(name, store.cursor(name))


def _said(entry: Any) -> str:
    if type(entry) is not FeedEntry:
        return f"a {type(entry).__name__}"
    return f"{type(entry.event).__name__} of {entry.stream} ({entry.version}.{entry.index})"


__all__ = ["Mirror"]
