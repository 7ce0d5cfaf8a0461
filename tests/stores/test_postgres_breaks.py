"""What the PostgreSQL example promises beyond the contract: cuts, kills, locks, waits, the feed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adapters import postgres_tables as tables
from adapters.async_postgres_store import AsyncPostgresStore
from adapters.postgres_store import PostgresStore
from cut_proxy import CutProxy
from omcore.codec import CODEC
from omcore.kernel import Conflict, Contact, Unavailable
from omcore.ports import Commit, FeedEntry, Loaded
from omcore.testing.stores._bench import answer, commit, everything, state, write
from omcore.testing.stores._races import tried
from postgres_server import PostgresServer, Tables, fresh_tables, shared_server

ADA = Contact(name="Ada Example")
WRITERS = 4
KILLS = 3


@pytest.fixture
def where() -> Iterator[Tables]:
    with fresh_tables() as where:
        yield where


@pytest.fixture
def store(where: Tables) -> Iterator[PostgresStore]:
    store = where.opened()
    yield store
    store.close()


@contextmanager
def in_flight(where: Tables, attempt: Commit) -> Iterator[psycopg.Connection[Any]]:
    """A commit of somebody else's that has done everything but end; rolled back unless it is committed."""
    with psycopg.connect(where.conninfo) as connection:
        connection.execute(tables.statements(where.schema).keep, tables.packed([attempt], CODEC))
        try:
            yield connection
        finally:
            connection.rollback()


# -- the feed while commits are in flight ----------------------------------------------------


def test_the_feed_waits_for_a_commit_that_began_before_and_nobody_else_does(
    where: Tables, store: PostgresStore
) -> None:
    """ST18, ST25: what has a higher position and is kept first is held back, and then both are there."""
    store.commit(commit("k0", {"a": 0}, write("a", 1)))
    with in_flight(where, commit("k1", {"slow": 0}, write("slow", 1, 1, 2))) as other:
        store.commit(commit("k2", {"a": 1}, write("a", 2)))
        assert store.load(("a",))["a"].version == 2
        assert len(store.history("a")) == 2
        assert [entry.key for entry in everything(store)] == ["k0"]
        other.commit()
    assert [entry.key for entry in everything(store)] == ["k0", "k1", "k1", "k2"]


def test_a_commit_that_is_given_up_leaves_a_number_out_and_nothing_held_back(
    where: Tables, store: PostgresStore
) -> None:
    with in_flight(where, commit("k1", {"slow": 0}, write("slow"))):
        store.commit(commit("k2", {"a": 0}, write("a")))
        assert everything(store) == []
    store.commit(commit("k3", {"slow": 0}, write("slow")))
    assert [entry.key for entry in everything(store)] == ["k2", "k3"]


def test_of_several_in_flight_the_first_holds_back_what_comes_after_it(
    where: Tables, store: PostgresStore
) -> None:
    with in_flight(where, commit("k1", {"a": 0}, write("a"))) as one:
        store.commit(commit("k2", {"b": 0}, write("b")))
        with in_flight(where, commit("k3", {"c": 0}, write("c"))) as other:
            store.commit(commit("k4", {"d": 0}, write("d")))
            assert everything(store) == []
            one.commit()
            assert [entry.key for entry in everything(store)] == ["k1", "k2"]
            other.commit()
    assert [entry.key for entry in everything(store)] == ["k1", "k2", "k3", "k4"]


def test_the_number_is_drawn_when_all_locks_are_held(where: Tables, store: PostgresStore) -> None:
    """So positions on one stream rise with its versions, whoever waited for whom."""
    with in_flight(where, commit("k1", {"a": 0}, write("a"))) as other, ThreadPoolExecutor() as pool:
        waits = pool.submit(tried, store, commit("k2", {"b": 0, "gone": 0}, write("b"), write("gone")))
        late = pool.submit(tried, store, commit("k3", {"a": 0, "c": 0}, write("c")))
        assert waits.result(60)
        until(lambda: waiting(where) == 1)
        store.commit(commit("k4", {"d": 0}, write("d")))
        other.rollback()
        assert late.result(60)
    assert [entry.key for entry in everything(store)] == ["k2", "k2", "k4", "k3"]


def test_a_number_is_announced_before_it_is_drawn(where: Tables, store: PostgresStore) -> None:
    """Else a reader comes between, who finds neither the commit nor that there is one."""
    number = f"SELECT last_value FROM {where.schema}.commits"
    store.commit(commit("k1", {"a": 0}, write("a")))
    with psycopg.connect(where.conninfo) as other, ThreadPoolExecutor() as pool:
        other.execute(
            "SELECT pg_advisory_xact_lock(%s::regclass::oid::integer, 1)", (f"{where.schema}.commits",)
        )
        late = pool.submit(store.commit, commit("k2", {"b": 0}, write("b")))
        until(lambda: waiting(where) == 1)
        assert other.execute(number).fetchall() == [(1,)]
        other.commit()
        late.result(60)
        assert other.execute(number).fetchall() == [(2,)]


# -- locks -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "attempt"),
    [
        (commit("k1", {"a": 1, "b": 1}, write("b")), commit("k2", {"a": 1}, write("a"))),
        (commit("k1", {"a": 1}), commit("k2", {"a": 1}, write("a"))),
        (commit("k1", {"ghost": 0, "a": 1}, write("a")), commit("k2", {"ghost": 0}, write("ghost"))),
        (commit("k1", {"ghost": 0}, write("ghost")), commit("k2", {"ghost": 0, "b": 1}, write("b"))),
        (commit("k1", {"a": 1}, write("a")), commit("k1", {"b": 1}, write("b"))),
    ],
    ids=["a stream that is only read", "of a refusal", "one that is not there", "one to be made", "a key"],
)
def test_what_a_commit_has_read_waits_for_it(
    where: Tables, store: PostgresStore, held: Commit, attempt: Commit
) -> None:
    """ST7: and goes through once it is given up, which shows that it was not refused for another reason."""
    for name in "ab":
        store.commit(commit(f"first {name}", {name: 0}, write(name)))
    with in_flight(where, held) as other, ThreadPoolExecutor() as pool:
        late = pool.submit(tried, store, attempt)
        until(lambda: waiting(where) == 1)
        assert store.answer(attempt.answer.key) is None
        other.rollback()
        assert late.result(60)


def test_buyers_of_different_things_do_not_wait(where: Tables, store: PostgresStore) -> None:
    """C10: not for streams, keys, people or positions."""
    more = {"private": {"p": ADA}}
    with in_flight(where, commit("k1", {"a": 0, "ghost": 0}, write("a"), **more)):
        store.commit(commit("k2", {"b": 0, "spirit": 0}, write("b"), private={"q": ADA}))
    assert [entry.key for entry in everything(store)] == ["k2"]


def test_a_lock_that_is_held_too_long_is_unavailable_and_nothing_is_written(where: Tables) -> None:
    store = PostgresStore(where.conninfo, schema=where.schema, timeout_s=0.2)
    with in_flight(where, commit("k1", {"a": 0}, write("a"))):
        with pytest.raises(Unavailable):
            store.commit(commit("k2", {"a": 0, "b": 0}, write("a"), write("b")))
        assert store.load(("a", "b")) == {"a": Loaded(0, None), "b": Loaded(0, None)}
    assert tried(store, commit("k2", {"a": 0, "b": 0}, write("a"), write("b")))
    store.close()


@pytest.mark.parametrize("there", [False, True], ids=["new streams", "known streams"])
def test_streams_are_locked_in_one_order_whatever_the_order_they_are_named_in(
    where: Tables, store: PostgresStore, there: bool
) -> None:
    """Who waits for `m` has not taken `z`: two that name both never wait for each other."""
    version = int(there)
    if there:
        store.commit(commit("first", {"z": 0, "m": 0}, write("z"), write("m")))
    with in_flight(where, commit("k1", {"m": version}, write("m"))) as other, ThreadPoolExecutor() as pool:
        late = pool.submit(store.commit, commit("k2", {"z": version, "m": version}, write("m")))
        until(lambda: waiting(where) == 1)
        store.commit(commit("k3", {"z": version}, write("z")))
        other.rollback()
        with pytest.raises(Conflict):  # and not Unavailable, after the two have waited for each other
            late.result(60)


def test_keys_and_people_are_locked_in_one_order(where: Tables, store: PostgresStore) -> None:
    several = [commit("z", {}), commit("m", {})]
    with in_flight(where, commit("m", {})) as other, ThreadPoolExecutor() as pool:
        late = pool.submit(store.commit_all, several)
        until(lambda: waiting(where) == 1)
        store.commit(commit("z", {}))
        other.rollback()
        with pytest.raises(Conflict):
            late.result(60)
    store.commit(commit("both", {}, private={"z": ADA, "m": ADA}))
    with in_flight(where, commit("k1", {}, private={"m": ADA})) as other, ThreadPoolExecutor() as pool:
        late = pool.submit(store.commit, commit("k2", {}, private={"z": None, "m": ADA}))
        until(lambda: waiting(where) == 1)
        store.commit(commit("k3", {}, private={"z": ADA}))
        other.rollback()
        late.result(60)
    assert store.private("z") is None


def test_another_isolation_than_the_one_it_needs_is_refused(where: Tables) -> None:
    """Behind a pool that sets another one, say: nothing is kept, and nothing is skipped."""
    sql = tables.statements(where.schema)
    with psycopg.connect(where.conninfo) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        for query, arguments in (
            (sql.keep, tables.packed([commit("k", {"a": 0}, write("a"))], CODEC)),
            (sql.feed, [0, 10]),
        ):
            with pytest.raises(psycopg.errors.AssertFailure):
                connection.execute(query, arguments)
            connection.rollback()


def test_what_the_database_ends_for_the_sake_of_others_is_a_conflict() -> None:
    for error in (psycopg.errors.DeadlockDetected(), psycopg.errors.SerializationFailure()):
        assert isinstance(tables.told(error), Conflict)
    for lost in (psycopg.errors.QueryCanceled(), psycopg.errors.AdminShutdown(), psycopg.OperationalError()):
        assert isinstance(tables.told(lost), Unavailable)


# -- connections -----------------------------------------------------------------------------


def test_a_commit_is_one_round_trip_and_so_is_a_load_of_many(where: Tables, tmp_path: Path) -> None:
    store = where.opened()
    store.cursor("reader")  # connected
    (connection,) = store._idle
    with (tmp_path / "said").open("wb") as said:
        connection.pgconn.trace(said.fileno())
        store.commit(commit("k", {"a": 0, "b": 0}, write("a"), write("b", 1, 1, 2), private={"p": ADA}))
        store.load([f"s{number}" for number in range(1_000)])
        connection.pgconn.untrace()
    assert (tmp_path / "said").read_text().count("ReadyForQuery") == 2
    store.close()


def test_a_connection_that_is_cut_anywhere_is_unavailable_and_the_commit_whole_or_not_there(
    where: Tables, store: PostgresStore
) -> None:
    """At bytes all over the question, and all over the answer."""
    with CutProxy(shared_server().port) as proxy:
        conninfo = where.conninfo.replace(f"port={shared_server().port}", f"port={proxy.port}")
        broken = PostgresStore(conninfo, schema=where.schema, timeout_s=5)

        def attempted(number: int) -> Commit:
            writes = write("a", number + 1, 1, 2), write("b", number + 1)
            return commit(f"k{number:03}", {"a": number, "b": number}, *writes, private={"p": ADA})

        broken.commit(attempted(0))
        proxy.cut_after()
        broken.commit(attempted(1))
        asked, answered = proxy.mend()
        cuts = [(asked * part // 8, asked + answered) for part in range(8)]
        cuts += [(asked + answered, answered * part // 8) for part in range(8)]
        for number, (most_asked, most_answered) in enumerate(cuts, 2):
            attempt = attempted(number)
            proxy.cut_after(most_asked, most_answered)
            with pytest.raises(Unavailable):
                broken.commit(attempt)
            proxy.mend()
            if most_asked < asked:
                assert store.answer(attempt.answer.key) is None
            tried(broken, attempt)  # once more: kept, or found kept
            assert store.answer(attempt.answer.key) == attempt.answer
            assert store.load("ab") == dict.fromkeys("ab", Loaded(number + 1, state(number + 1)))
        keys = [entry.key for entry in everything(store)]
        assert keys == [f"k{number:03}" for number in range(len(cuts) + 2) for _ in range(3)]
        broken.close()


def test_a_store_whose_connections_were_lost_makes_new_ones(where: Tables, store: PostgresStore) -> None:
    """One call finds out; and it does for all that were idle."""
    start = threading.Barrier(3)

    def call(number: int) -> None:
        with store._connection():
            start.wait(60)

    with ThreadPoolExecutor() as pool:
        list(pool.map(call, range(3)))
    with shared_server().connection() as connection:
        for lost in store._idle:
            connection.execute("SELECT pg_terminate_backend(%s, 60000)", (lost.info.backend_pid,))
    with pytest.raises(Unavailable):
        store.commit(commit("k", {"a": 0}, write("a")))
    assert store.answer("k") is None
    store.commit(commit("k", {"a": 0}, write("a")))


def test_a_connection_that_is_lost_while_it_waits_for_a_lock_keeps_nothing(
    where: Tables, store: PostgresStore
) -> None:
    with in_flight(where, commit("k1", {"a": 0}, write("a"))), ThreadPoolExecutor() as pool:
        late = pool.submit(store.commit, commit("k2", {"b": 0, "a": 0}, write("b"), write("a")))
        until(lambda: waiting(where, end=True) == 1)
        with pytest.raises(Unavailable):
            late.result(60)
    assert store.answer("k2") is None
    assert store.load(("b",))["b"].version == 0


def test_no_more_connections_than_allowed_and_who_comes_when_all_are_busy_waits(where: Tables) -> None:
    store = PostgresStore(where.conninfo, schema=where.schema, size=1, timeout_s=0.1)
    with store._connection(), pytest.raises(Unavailable):
        store.cursor("reader")
    assert store.cursor("reader") == 0
    store.close()

    async def awaited() -> None:
        store = AsyncPostgresStore(where.conninfo, schema=where.schema, size=1, timeout_s=0.1)
        async with store._connection():
            with pytest.raises(Unavailable):
                await store.cursor("reader")
        assert await asyncio.gather(*(store.cursor("reader") for _ in range(3))) == [0, 0, 0]
        await store.close()

    asyncio.run(awaited())


def test_tables_are_made_once_whoever_is_first_and_data_is_left_alone(where: Tables) -> None:
    store = where.opened()
    store.commit(commit("k", {"a": 0}, write("a")))
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda _: where.make(), range(4)))
    assert store.load(("a",))["a"].version == 1
    store.close()
    with pytest.raises(ValueError, match="plain name"):
        PostgresStore(where.conninfo, schema='oms"; DROP TABLE streams')


# -- a server that is killed -----------------------------------------------------------------


def test_a_server_that_is_killed_amid_commits_has_all_that_it_acknowledged() -> None:
    """And nothing in halves; a reader that followed the feed has seen nothing that is gone."""
    server = PostgresServer().start()
    try:
        with fresh_tables(server) as where:
            killed_amid_commits(server, where)
    finally:
        server.remove()


def killed_amid_commits(server: PostgresServer, where: Tables) -> None:
    done, known = threading.Event(), [0] * WRITERS
    followed: list[FeedEntry] = []

    def all_have(count: int) -> bool:
        return min(known) >= count

    def write_on(me: int) -> None:
        store = where.opened()
        while not done.is_set():
            number = known[me]
            attempt = commit(
                f"{me}/{number}", {f"s{me}": number, f"o{me}-{number}": 0},
                write(f"s{me}", number + 1), write(f"o{me}-{number}", 1, 1, 2),
            )  # fmt: skip
            try:
                store.commit(attempt)
            except Unavailable:
                patiently(partial(tried, store, attempt), done)
            known[me] = number + 1
        store.close()

    def follow() -> None:
        store = where.opened()
        while not done.is_set():
            after = followed[-1].position if followed else 0
            followed.extend(patiently(partial(store.feed, after, 7), done) or ())
        store.close()

    with ThreadPoolExecutor() as pool:
        callers = [pool.submit(write_on, me) for me in range(WRITERS)] + [pool.submit(follow)]
        try:
            for kill in range(KILLS):
                until(partial(all_have, 5 * (kill + 1)))
                server.kill()
                server.start()
            until(partial(all_have, 5 * (KILLS + 1)))
        finally:
            done.set()
        for caller in callers:
            caller.result(60)
    store = where.opened()
    whole = everything(store)
    assert whole[: len(followed)] == followed
    for me, count in enumerate(known):
        assert store.load((f"s{me}",))[f"s{me}"] == Loaded(count, state(count))
        assert [store.answer(f"{me}/{number}") for number in range(count)] == [
            answer(f"{me}/{number}") for number in range(count)
        ]
        mine = [entry.key for entry in whole if entry.key.startswith(f"{me}/")]
        assert mine == [f"{me}/{number}" for number in range(count) for _ in range(3)]
    store.close()


# -- waiting ---------------------------------------------------------------------------------


def patiently(work: Callable[[], Any], done: threading.Event) -> Any:
    """Again and again while the server is away."""
    while True:
        try:
            return work()
        except (Unavailable, AssertionError):
            if done.wait(0.01):
                return None


def until(done: Callable[[], bool]) -> None:
    """Wait until it is so; a minute is for a machine that stands still."""
    pause = threading.Event()
    for _ in range(6_000):
        if done():
            return
        pause.wait(0.01)
    raise AssertionError("it never came about")


def waiting(where: Tables, *, end: bool = False) -> int:
    """How many commits on these tables wait for a lock; ends them where they are to end."""
    what = "pg_terminate_backend(pid)" if end else "pid"
    query = f"SELECT {what} FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s"
    with shared_server().connection() as connection:
        return len(connection.execute(query, (f"%{where.schema}.keep%",)).fetchall())
