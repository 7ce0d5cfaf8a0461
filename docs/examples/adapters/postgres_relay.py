"""A relay on PostgreSQL: several workers tell the outside what is on the feed. Copy it, change it.

Decides who delivers what, and when again. ``collect`` moves what a concern wants from the feed into
an outbox, once, and remembers how far it came in the same transaction. ``deliver`` claims a few
entries with ``FOR UPDATE SKIP LOCKED``, so that workers pass each other by, and sends them one by
one *outside* of any transaction: a claim is a lease. Who dies with a claim leaves it to run out.

* The order in a stream is kept: only the first undelivered entry of a stream can be claimed.
* What could not be sent comes again later and later, and holds up its own stream, no other.
* The lease begins anew when an entry's turn to be sent comes. It is sent once, unless a worker dies after
  it sent it, or takes longer than the lease for this one: then it is sent again under the same key, which
  whoever receives it must take as one, also where later ones of its stream have come meanwhile.

Must not know what is sent, or to whom: ``wants`` and ``send`` are yours. One relay serves one caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from adapters import postgres_tables as tables
from omcore.codec import CODEC, Codec
from omcore.kernel import Unavailable, record
from omcore.ports import FeedEntry

LAST_WAIT_S = 3_600


@record
class Statements:
    """Everything that a relay says to the database, beside the feed."""

    tables: str = """
        CREATE TABLE IF NOT EXISTS oms.outbox (
            concern text COLLATE "C" NOT NULL,
            position bigint NOT NULL REFERENCES oms.feed,
            stream text COLLATE "C" NOT NULL,
            attempts integer NOT NULL DEFAULT 0,
            due_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (concern, stream, position)
        );
        CREATE INDEX IF NOT EXISTS outbox_by_time ON oms.outbox (concern, due_at);
    """
    reader: str = "INSERT INTO oms.cursors VALUES (%s, 0) ON CONFLICT DO NOTHING"
    cursor: str = "SELECT position FROM oms.cursors WHERE name = %s FOR UPDATE SKIP LOCKED"
    add: str = "INSERT INTO oms.outbox (concern, position, stream) VALUES (%s, %s, %s)"
    claim: str = """
        UPDATE oms.outbox o
        SET attempts = o.attempts + 1, due_at = clock_timestamp() + %(lease)s * interval '1 second'
        FROM (
            SELECT * FROM oms.outbox f WHERE concern = %(concern)s AND due_at <= clock_timestamp()
                AND NOT EXISTS (
                    SELECT FROM oms.outbox e
                    WHERE e.concern = f.concern AND e.stream = f.stream AND e.position < f.position
                )
            ORDER BY due_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
        ) AS claimed
        WHERE o.concern = claimed.concern AND o.stream = claimed.stream AND o.position = claimed.position
        RETURNING o.stream, o.position, o.attempts
    """
    # Not where the lease ran out and somebody else has claimed it since, or sent it; nor below.
    hold: str = """
        WITH held AS (
            UPDATE oms.outbox SET due_at = clock_timestamp() + %s * interval '1 second'
            WHERE concern = %s AND stream = %s AND position = %s AND attempts = %s
            RETURNING position
        )
        SELECT f.* FROM oms.feed f JOIN held USING (position)
    """
    done: str = """
        DELETE FROM oms.outbox WHERE concern = %s AND stream = %s AND position = %s AND attempts = %s
    """
    later: str = """
        UPDATE oms.outbox SET due_at = clock_timestamp() + %s * interval '1 second'
        WHERE concern = %s AND stream = %s AND position = %s AND attempts = %s
    """


class Relay:
    """One worker of one concern; as many as wished, in as many processes, share the outbox."""

    def __init__(
        self,
        conninfo: str,
        concern: str,
        *,
        wants: Callable[[FeedEntry], bool],
        schema: str = "oms",
        codec: Codec = CODEC,
        lease_s: float = 60.0,
        timeout_s: float = 10.0,
    ) -> None:
        self._conninfo = conninfo
        self._concern = concern
        self._wants = wants
        self._codec = codec
        self._lease_s = lease_s
        self._timeout_s = timeout_s
        self._sql = tables.in_schema(Statements(), schema)
        self._store = tables.statements(schema)
        self._kept: psycopg.Connection[Any] | None = None

    def create_tables(self) -> None:
        """Make the outbox where it is not there; the store's tables are there already."""
        with self._connection() as connection:
            connection.execute(self._sql.tables)

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            if self._kept is None:
                self._kept = psycopg.connect(self._conninfo, **tables.options(self._timeout_s))
            yield self._kept
        except psycopg.Error as error:
            self.close()
            raise Unavailable("relay") from error

    def collect(self, most: int = 500) -> int:
        """Read on from where the concern has come; returns how many entries were read.

        0 also where another worker is reading just now.
        """
        name = f"relay.{self._concern}"
        with self._connection() as connection, connection.transaction():
            connection.execute(self._sql.reader, (name,))
            row = connection.execute(self._sql.cursor, (name,)).fetchone()
            if row is None:
                return 0
            entries = tables.entries(connection.execute(self._store.feed, (row[0], most)), self._codec)
            wanted = [(self._concern, each.position, each.stream) for each in entries if self._wants(each)]
            if wanted:
                connection.cursor().executemany(self._sql.add, wanted)
            if entries:
                connection.execute(self._store.advance, (name, entries[-1].position))
        return len(entries)

    def deliver(self, send: Callable[[str, FeedEntry], None], most: int = 20) -> int:
        """Claim a few entries and send each with its key; returns how many were sent.

        ``send`` raises ``Unavailable`` where it could not. Any other error counts as the same, and is
        raised again; what else was claimed comes again when its lease has run out.
        """
        asked = {"concern": self._concern, "lease": self._lease_s, "most": most}
        with self._connection() as connection:
            claims = connection.execute(self._sql.claim, asked).fetchall()
        return sum(self._sent(send, *claim) for claim in sorted(claims, key=lambda claim: claim[1]))

    def _sent(
        self, send: Callable[[str, FeedEntry], None], stream: str, position: int, attempts: int
    ) -> bool:
        mine = (self._concern, stream, position, attempts)
        with self._connection() as connection:
            rows = connection.execute(self._sql.hold, (self._lease_s, *mine)).fetchall()
        if not rows:
            return False  # those before it took longer than the lease
        (entry,) = tables.entries(rows, self._codec)
        try:
            send(f"{self._concern}/{position}", entry)
        except Exception as error:
            with self._connection() as connection:
                connection.execute(self._sql.later, (min(2**attempts, LAST_WAIT_S), *mine))
            if isinstance(error, Unavailable):
                return False
            raise
        with self._connection() as connection:
            connection.execute(self._sql.done, mine)
        return True
