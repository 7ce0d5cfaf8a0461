"""A ``Store`` on Django's ORM: omcore's commit and your own rows in one transaction. Copy it, change it.

Decides how the contract of ``omcore.ports.Store`` is met in whatever transaction the caller is in:

* A commit first moves the one row of ``Head``. That takes its lock - on SQLite the file's - until the
  transaction ends: one commit at a time checks versions and keys, and gives positions without gaps.
* It is a ``transaction.atomic`` block of its own. Within a block of the caller's that is a savepoint: a
  ``Conflict`` undoes the commit and nothing else, and the engine decides again in the same transaction.
* What is not committed yet is not on the feed, not even for the transaction that wrote it. So nothing is
  ever sent, and nothing remembered, because of what is rolled back.

Made for READ COMMITTED, PostgreSQL's default, and for SQLite with ``transaction_mode`` IMMEDIATE.
Whatever ``django.db.Error`` says becomes ``Unavailable``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import attrs
from django.db import Error, connections, transaction
from django.db.models import F

from embedding.django_oms import models
from omcore.codec import CODEC, Codec
from omcore.kernel import Conflict, Contact, Unavailable
from omcore.ports import Answer, Commit, FeedEntry, Loaded

COLUMNS = ("position", "stream", "version", "index", "event", "key", "at", "by", "reason")


class _Uncommitted:
    """Stands among a transaction's ``on_commit`` functions for as long as what it wrote may be undone.

    Django takes it from there when the block, or a savepoint around it, is rolled back.
    """

    def __init__(self, first: int) -> None:
        self.first = first

    def __call__(self) -> None:
        """It is committed; by now nothing stands there any more."""


class DjangoStore:
    """The contract on the tables of ``models.py``, in the database of that alias."""

    def __init__(self, using: str = "default", *, codec: Codec = CODEC) -> None:
        self._using = using
        self._codec = codec  # one that has your own records too: CODEC.extended(...)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except (Error, UnicodeEncodeError, OverflowError):  # also what no database takes: a lone surrogate
            connection = connections[self._using]
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()  # the next call opens another one
            raise Unavailable("store") from None

    def _rows(self, model: Any) -> Any:
        return model.objects.using(self._using)

    # -- reading -----------------------------------------------------------------------------

    def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        """One statement: every stream as of one moment."""
        found = dict.fromkeys(streams, Loaded(0, None))
        with self._reached():
            rows = self._rows(models.Stream).filter(name__in=list(found))
            for name, version, state in rows.values_list("name", "version", "state"):
                found[name] = Loaded(version, self._codec.loads(state))
        return found

    def answer(self, key: str) -> Answer | None:
        """The answer recorded under a command key."""
        found: Answer | None = self._one(models.Answer, "answer", key)
        return found

    def private(self, key: str) -> Contact | None:
        """Personal data kept under a key."""
        found: Contact | None = self._one(models.Person, "contact", key)
        return found

    def _one(self, model: Any, column: str, key: str) -> Any:
        with self._reached():
            text = self._rows(model).filter(pk=key).values_list(column, flat=True).first()
        return None if text is None else self._codec.loads(text)

    def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        """Entries after a position, as far as they are committed."""
        rows = self._rows(models.Entry).filter(position__gt=after)
        mine = [
            function.first
            for _, function, *_ in connections[self._using].run_on_commit
            if isinstance(function, _Uncommitted)
        ]
        if mine:  # and others have written nothing since: the lock is held here
            rows = rows.filter(position__lt=min(mine))
        return self._entries(rows.order_by("position")[:limit])

    def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        """Every entry of one stream above a version, oldest first."""
        rows = self._rows(models.Entry).filter(stream=stream, version__gt=after)
        return self._entries(rows.order_by("version", "index"))

    def _entries(self, rows: Any) -> Sequence[FeedEntry]:
        with self._reached():
            found = list(rows.values_list(*COLUMNS))
        return tuple(
            FeedEntry(position, stream, version, index, self._codec.loads(event), *said)
            for position, stream, version, index, event, *said in found
        )

    def cursor(self, name: str) -> int:
        """How far the named reader has come."""
        with self._reached():
            return int(
                self._rows(models.Cursor).filter(pk=name).values_list("position", flat=True).first() or 0
            )

    # -- writing -----------------------------------------------------------------------------

    def advance(self, name: str, position: int) -> None:
        """Remember how far a reader has come; never moves back."""
        with self._reached(), transaction.atomic(self._using):
            self._rows(models.Cursor).bulk_create([models.Cursor(name, 0)], ignore_conflicts=True)
            self._rows(models.Cursor).filter(pk=name, position__lt=position).update(position=position)

    def commit(self, commit: Commit) -> None:
        """All of it or nothing."""
        self.commit_all((commit,))

    def commit_all(self, commits: Sequence[Commit]) -> None:
        """All of them or none, as if one after the other; a stream is stored as the last one leaves it."""
        within = connections[self._using].in_atomic_block
        with self._reached(), transaction.atomic(self._using):
            last = self._turn(sum(len(write.events) for commit in commits for write in commit.writes))
            kept = _Kept(last, *self._known(commits))
            for commit in commits:
                kept.take(commit, self._codec)
            self._save(kept)
            if within and kept.entries:
                transaction.on_commit(_Uncommitted(last + 1), using=self._using)

    def _turn(self, events: int) -> int:
        """Wait for the turn to commit, and take positions for so many events; returns the last one before."""
        head = self._rows(models.Head).filter(pk=1)
        if not head.update(position=F("position") + events):
            # The first commit, or the tables were flushed.
            self._rows(models.Head).bulk_create([models.Head(1, 0)], ignore_conflicts=True)
            head.update(position=F("position") + events)
        return int(head.get().position) - events

    def _known(self, commits: Sequence[Commit]) -> tuple[dict[str, int], set[str]]:
        """The versions of all streams that were read, and which of the keys have an answer."""
        names = {name for commit in commits for name in commit.reads}
        streams = self._rows(models.Stream).filter(name__in=names).values_list("name", "version")
        keys = {commit.answer.key for commit in commits}
        return dict(streams), set(self._rows(models.Answer).filter(pk__in=keys).values_list("pk", flat=True))

    def _save(self, kept: _Kept) -> None:
        """A statement a table, however many commits there are."""
        rows = self._rows(models.Stream)
        new = {"update_conflicts": True, "unique_fields": ["name"], "update_fields": ["version", "state"]}
        rows.bulk_create(kept.streams.values(), **new)
        self._rows(models.Entry).bulk_create(kept.entries)
        self._rows(models.Answer).bulk_create(kept.answers)
        people = self._rows(models.Person)
        people.filter(pk__in=kept.private).delete()
        people.bulk_create([person for person in kept.private.values() if person is not None])


@attrs.define
class _Kept:
    """What several commits come to, each checked on what those before it leave."""

    position: int
    versions: dict[str, int]
    keys: set[str]
    streams: dict[str, Any] = attrs.field(factory=dict)
    entries: list[Any] = attrs.field(factory=list)
    answers: list[Any] = attrs.field(factory=list)
    private: dict[str, Any] = attrs.field(factory=dict, repr=False)

    def take(self, commit: Commit, codec: Codec) -> None:
        """One more commit, or ``Conflict``."""
        answer, reads = commit.answer, commit.reads
        if answer.key in self.keys:
            raise Conflict("key")
        for name, version in reads.items():
            if self.versions.get(name, 0) != version:
                raise Conflict("reads", stream=name)
        written = [write.stream for write in commit.writes]
        if len(set(written)) < len(written) or not reads.keys() >= set(written):
            raise Conflict("writes")
        self.keys.add(answer.key)
        self.answers.append(models.Answer(answer.key, codec.dumps(answer)))
        for write in commit.writes:
            name, version = write.stream, reads[write.stream] + 1
            self.versions[name] = version
            self.streams[name] = models.Stream(name, version, codec.dumps(write.state))
            said = (answer.key, answer.at, commit.by, commit.reason)
            for index, event in enumerate(write.events):
                self.position += 1
                row = (self.position, name, version, index, codec.dumps(event), *said)
                self.entries.append(models.Entry(*row))
        for key, contact in commit.private.items():
            self.private[key] = None if contact is None else models.Person(key, codec.dumps(contact))
