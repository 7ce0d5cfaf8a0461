"""What the two PostgreSQL stores share: tables, functions, and rows to and from records. Copy it, too.

Decides how the contract of ``omcore.ports.Store`` is met on PostgreSQL 12 or later:

* A commit, or a batch of them, is one call of the function ``keep``: one statement, one round trip,
  one transaction. The database itself refuses what is not so: a unique key per answer, per stream
  and per (stream, version, index) of the feed.
* ``keep`` locks in one order - keys, new streams, known streams, people, each sorted - so that two
  never wait for each other. A stream that was read and is not there is inserted and deleted again:
  whoever wants to make it waits. What is only read is locked like what is written.
* A position is the commit's number, drawn when all locks are held, and the event's place in it.
  Before it draws, a commit announces the last number drawn so far with a shared advisory lock
  that lasts until it is kept; ``feed_after`` holds back what is above the lowest number announced.
  So nobody waits for another's disk, and no entry ever appears below one that was read.

Values are text, as the codec writes them: ``jsonb`` would turn -0.0 into 0 and refuse ``\\u0000``.
Must not know how connections are made, or whether they are awaited.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC
from typing import Any, TypeVar

import attrs
import psycopg

from omcore.codec import Codec
from omcore.kernel import Conflict, Contact, Unavailable, record
from omcore.ports import Commit, FeedEntry, Loaded

T = TypeVar("T", bound=attrs.AttrsInstance)

EVENTS_A_BATCH = 999_999

SCHEMA = """
SELECT pg_advisory_xact_lock(hashtext('oms'));  -- CREATE ... IF NOT EXISTS is not safe against itself
CREATE SCHEMA IF NOT EXISTS oms;
CREATE TABLE IF NOT EXISTS oms.streams (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    state text NOT NULL
) WITH (fillfactor = 70);  -- room for the next version on the same page
CREATE TABLE IF NOT EXISTS oms.feed (
    position bigint PRIMARY KEY,
    stream text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    idx integer NOT NULL,
    event text NOT NULL,
    key text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    by text NOT NULL,
    reason text NOT NULL,
    UNIQUE (stream, version, idx)
);
CREATE TABLE IF NOT EXISTS oms.answers (key text COLLATE "C" PRIMARY KEY, answer text NOT NULL);
CREATE TABLE IF NOT EXISTS oms.private (key text COLLATE "C" PRIMARY KEY, contact text NOT NULL);
CREATE TABLE IF NOT EXISTS oms.cursors (name text COLLATE "C" PRIMARY KEY, position bigint NOT NULL);
CREATE SEQUENCE IF NOT EXISTS oms.commits;

CREATE OR REPLACE FUNCTION oms.keep(
    keys text[], answers text[],
    made text[], made_versions bigint[], made_states text[],
    held text[], held_versions bigint[],
    changed text[], changed_versions bigint[], changed_states text[],
    people text[], contacts text[],
    streams text[], versions bigint[], places integer[], events text[],
    event_keys text[], ats timestamptz[], bys text[], reasons text[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    number bigint;
    person record;
BEGIN
    -- Each statement must see what was committed while it waited.
    ASSERT current_setting('transaction_isolation') = 'read committed', 'READ COMMITTED is needed';

    INSERT INTO oms.answers
        SELECT * FROM unnest(keys, answers) AS a (key, answer) ORDER BY key COLLATE "C";
    INSERT INTO oms.streams
        SELECT * FROM unnest(made, made_versions, made_states) AS m (name, version, state)
        ORDER BY name COLLATE "C";
    SELECT count(*) INTO number FROM (
        SELECT FROM unnest(held, held_versions) AS h (name, version)
        JOIN oms.streams s ON s.name = h.name AND s.version = h.version
        ORDER BY s.name FOR NO KEY UPDATE OF s
    ) AS locked;
    IF number < cardinality(held) THEN
        RAISE serialization_failure USING MESSAGE = 'a stream that was read has moved on';
    END IF;
    UPDATE oms.streams s SET version = c.version, state = c.state
        FROM unnest(changed, changed_versions, changed_states) AS c (name, version, state)
        WHERE s.name = c.name;
    IF 0 = ANY (made_versions) THEN  -- only read: made and gone, a lock on what is not there
        DELETE FROM oms.streams WHERE name = ANY (made) AND version = 0;
    END IF;
    FOR person IN
        SELECT * FROM unnest(people, contacts) AS p (key, contact) ORDER BY key COLLATE "C"
    LOOP
        IF person.contact IS NULL THEN
            DELETE FROM oms.private p WHERE p.key = person.key;
        ELSE
            INSERT INTO oms.private VALUES (person.key, person.contact)
                ON CONFLICT (key) DO UPDATE SET contact = excluded.contact;
        END IF;
    END LOOP;
    IF cardinality(events) > 0 THEN
        SELECT last_value - (NOT is_called)::integer INTO number FROM oms.commits;
        PERFORM pg_advisory_xact_lock_shared(
            'oms.commits'::regclass::oid::integer, (number & 2147483647)::integer);
        number := nextval('oms.commits');
        INSERT INTO oms.feed
            SELECT number * 1000000 + e.nth, stream, version, idx, event, key, at, by, reason
            FROM unnest(streams, versions, places, events, event_keys, ats, bys, reasons) WITH ORDINALITY
                AS e (stream, version, idx, event, key, at, by, reason, nth);
    END IF;
END $$;

CREATE OR REPLACE FUNCTION oms.feed_after(after bigint, most bigint)
RETURNS SETOF oms.feed LANGUAGE plpgsql AS $$
DECLARE
    number bigint;  -- of the last commit before which none is in flight
BEGIN
    -- In this order: the last number, who is in flight, and only then a look at what is kept.
    ASSERT current_setting('transaction_isolation') = 'read committed', 'READ COMMITTED is needed';
    SELECT last_value - (NOT is_called)::integer INTO number FROM oms.commits;
    SELECT number - coalesce(max(behind), 0) INTO number FROM (
        SELECT (number - objid::bigint) & 2147483647 AS behind FROM pg_locks
        WHERE locktype = 'advisory' AND classid = 'oms.commits'::regclass AND objsubid = 2
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ) AS announced WHERE behind < 1073741824;  -- else it is ahead: announced after the first look
    RETURN QUERY SELECT * FROM oms.feed f
        WHERE f.position > after AND f.position < (number + 1) * 1000000
        ORDER BY f.position LIMIT most;
END $$;
"""

_ARRAYS = (
    "text text, text bigint text, text bigint, text bigint text, text text,"
    " text bigint integer text text timestamptz text text"
)
_KEEP = ", ".join(f"%b::{kind}[]" for kind in re.findall(r"\w+", _ARRAYS))


@record
class Statements:
    """Everything that is ever said to the database."""

    schema: str
    keep: str
    load: str
    answer: str
    private: str
    feed: str
    history: str
    cursor: str
    advance: str


_STATEMENTS = Statements(
    schema=SCHEMA,
    keep=f"SELECT oms.keep({_KEEP})",
    load="SELECT name, version, state FROM oms.streams WHERE name = ANY (%s) AND version > 0",
    answer="SELECT answer FROM oms.answers WHERE key = %s",
    private="SELECT contact FROM oms.private WHERE key = %s",
    feed="SELECT * FROM oms.feed_after(%s, %s)",
    history="SELECT * FROM oms.feed WHERE stream = %s AND version > %s ORDER BY version, idx",
    cursor="SELECT position FROM oms.cursors WHERE name = %s",
    advance="INSERT INTO oms.cursors AS c VALUES (%s, %s)"
    " ON CONFLICT (name) DO UPDATE SET position = greatest(c.position, excluded.position)",
)


def statements(schema: str) -> Statements:
    """The same on tables in this schema."""
    return in_schema(_STATEMENTS, schema)


def in_schema(texts: T, schema: str) -> T:
    """The same statements on tables in another schema than ``oms``."""
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", schema):
        raise ValueError(f"{schema!r} is no plain name of a schema")
    made: Callable[..., T] = type(texts)
    names = [field.name for field in attrs.fields(type(texts))]
    return made(**{name: re.sub(r"\boms(?=[.;])", schema, getattr(texts, name)) for name in names})


# Nothing was kept: a key or a version was taken meanwhile, or two waited for each other.
_CONFLICTS = (
    psycopg.errors.UniqueViolation,
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
)


def options(timeout_s: float) -> dict[str, Any]:
    """How a connection is made: nothing waits longer than this, whatever the server's own settings are."""
    wait_ms = max(1, int(timeout_s * 1_000))
    return {
        "autocommit": True,  # each statement of this file is a transaction
        "connect_timeout": max(2, int(timeout_s)),
        "tcp_user_timeout": wait_ms,
        "options": f"-c default_transaction_isolation=read\\ committed -c statement_timeout={wait_ms}",
    }


def told(error: Exception) -> Conflict | Unavailable:
    """What the engine is told. No name that it gives has lone surrogates; one that has them is not kept."""
    return Conflict("reads") if isinstance(error, _CONFLICTS) else Unavailable("store")


def packed(commits: Sequence[Commit], codec: Codec) -> list[list[Any]]:
    """The arguments of ``keep``: what the commits come to, one after the other.

    ``Conflict`` where one of them would be refused after those before it, whatever is kept.
    """
    found: dict[str, int] = {}  # by stream, the version that must be there before the first commit
    versions: dict[str, int] = {}  # and the one that is there after the last
    states: dict[str, Any] = {}
    people: dict[str, Contact | None] = {}
    events: list[tuple[Any, ...]] = []
    for commit in commits:
        for name, version in commit.reads.items():
            found.setdefault(name, version)
            if versions.setdefault(name, version) != version:
                raise Conflict("reads", stream=name)
        facts = (commit.answer.key, commit.answer.at, commit.by, commit.reason)
        for write in commit.writes:
            name = write.stream
            if name not in commit.reads or versions[name] != commit.reads[name]:
                raise Conflict("writes")  # not read, or written already
            versions[name] += 1
            states[name] = write.state
            events += [
                (name, versions[name], index, codec.dumps(event), *facts)
                for index, event in enumerate(write.events)
            ]
        people |= commit.private
    if len(events) > EVENTS_A_BATCH:
        raise Unavailable("store")
    made = [name for name, version in found.items() if version == 0]
    held = [name for name, version in found.items() if version != 0]
    changed = [name for name in held if name in states]
    answers = {commit.answer.key: codec.dumps(commit.answer) for commit in commits}
    if len(answers) < len(commits):
        raise Conflict("key")
    written = {name: codec.dumps(state) for name, state in states.items()}
    columns: Iterable[Any] = zip(*events, strict=True) if events else [()] * 8
    return [
        list(answers),
        list(answers.values()),
        made,
        [versions[name] for name in made],
        [written.get(name, "") for name in made],
        held,
        [found[name] for name in held],
        changed,
        [versions[name] for name in changed],
        [written[name] for name in changed],
        list(people),
        [None if contact is None else codec.dumps(contact) for contact in people.values()],
        *map(list, columns),
    ]


def loaded(
    streams: Sequence[str], rows: Iterable[tuple[str, int, str]], codec: Codec
) -> Mapping[str, Loaded]:
    """Every stream that was asked for."""
    found = {name: Loaded(0, None) for name in streams}
    found.update((name, Loaded(version, codec.loads(state))) for name, version, state in rows)
    return found


def entries(rows: Iterable[tuple[Any, ...]], codec: Codec) -> tuple[FeedEntry, ...]:
    """Rows of the feed."""
    return tuple(
        FeedEntry(position, stream, version, index, codec.loads(event), key, at.astimezone(UTC), by, reason)
        for position, stream, version, index, event, key, at, by, reason in rows
    )
