"""store: orders from placing to delivery on a database, against as many commits of one row.

The life of an order is that of the benchmark ``engine``: six commands, each one durable commit. Workers are
processes with an engine each, whose customers live near a location of their own, so that they wait for
the database and not for each other's stock. The floor is the same number of writers on the same database,
each of whose commits inserts one row of a hundred characters, and decides, reads and checks nothing. Both are
run in turn, and both as durably: SQLite with ``synchronous`` NORMAL (a commit survives its process) and FULL
(and a power cut), PostgreSQL with ``fsync`` and ``synchronous_commit``.

Where the time goes is measured in the worker: what the store's methods take, less what the codec takes in
them, is the database's and its adapter's; everything else is the engine's and the codec's.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench_pipeline import CITIES, SKUS, STOCK, T0, TOTAL, Pipeline
from omcore import orders as om
from omcore.codec import CODEC, RememberingCodec
from omcore.engine import OrderManager
from omcore.inventory import ReceiveStock
from omcore.kernel import GeoPoint, Place, StoreError

ROOT = Path(__file__).resolve().parents[1]
COMMITS = 6  # of a life
WORKERS = (1, 8)
ROW = "x" * 100

Opener = Callable[..., Any]
Raw = Callable[[], Callable[[str], None]]


# -- the two databases -----------------------------------------------------------------------


def _see(*folders: str) -> None:
    sys.path += [str(ROOT / folder) for folder in folders if str(ROOT / folder) not in sys.path]


def open_sqlite(path: Path, level: str, codec: Any = CODEC) -> Any:
    """The SQLite example, as durable as is said."""
    _see("docs/examples")
    from adapters.sqlite_store import SqliteStore

    return SqliteStore(path, codec=codec, timeout_s=60, synchronous=level)


def raw_sqlite(path: Path, level: str) -> Callable[[str], None]:
    """One row a commit."""
    import sqlite3

    connection = sqlite3.connect(path, timeout=60, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {level}")
    connection.execute("CREATE TABLE IF NOT EXISTS raw (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")

    def commit(key: str) -> None:
        connection.execute("INSERT INTO raw VALUES (?, ?)", (key, ROW))

    return commit


def open_postgres(conninfo: str, schema: str, codec: Any = CODEC) -> Any:
    """The PostgreSQL example."""
    _see("docs/examples")
    from adapters.postgres_store import PostgresStore

    store = PostgresStore(conninfo, schema=schema, codec=codec, timeout_s=60)
    store.create_tables()
    return store


def raw_postgres(conninfo: str) -> Callable[[str], None]:
    """One row a commit, by a prepared statement."""
    import psycopg

    connection = psycopg.connect(conninfo, autocommit=True)
    connection.execute("SELECT pg_advisory_lock(1)")  # CREATE ... IF NOT EXISTS is not safe against itself
    connection.execute('CREATE TABLE IF NOT EXISTS raw (key text COLLATE "C" PRIMARY KEY, value text)')
    connection.execute("SELECT pg_advisory_unlock(1)")

    def commit(key: str) -> None:
        connection.execute("INSERT INTO raw VALUES (%s, %s)", (key, ROW), prepare=True)

    return commit


@contextmanager
def sqlite(level: str) -> Iterator[tuple[Opener, Raw]]:
    """A file for the engine, and another one for the rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield partial(open_sqlite, folder / "oms.db", level), partial(raw_sqlite, folder / "raw.db", level)


@contextmanager
def postgres() -> Iterator[tuple[Opener, Raw]]:
    """A server of our own, whose settings are PostgreSQL's where they say when a commit is kept."""
    _see("docs/examples", "tests/support")
    from postgres_server import PostgresServer

    server = PostgresServer().start()
    try:
        yield partial(open_postgres, server.conninfo, "bench"), partial(raw_postgres, server.conninfo)
    finally:
        server.remove()


def there_is_postgres() -> bool:
    """Whether a server can be started here."""
    _see("docs/examples", "tests/support")
    try:
        from postgres_server import programs
    except ImportError:
        return False
    return programs() is not None


# -- a worker --------------------------------------------------------------------------------


class Stopwatch:
    """Adds up how long wrapped methods take."""

    def __init__(self) -> None:
        self.wall = 0.0

    def around(self, value: Any, names: Sequence[str]) -> Any:
        """The value, with these methods measured."""
        return _Measured(value, names, self)


class _Measured:
    def __init__(self, value: Any, names: Sequence[str], watch: Stopwatch) -> None:
        self._value = value
        for name in names:
            setattr(self, name, self._measured(getattr(value, name), watch))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._value, name)

    @staticmethod
    def _measured(method: Callable[..., Any], watch: Stopwatch) -> Callable[..., Any]:
        clock = time.perf_counter

        def measured(*arguments: Any) -> Any:
            begin = clock()
            try:
                return method(*arguments)
            finally:
                watch.wall += clock() - begin

        return measured


class Life:
    """One worker's engine and customers."""

    def __init__(self, opener: Opener, number: int) -> None:
        self.codec, self.database = Stopwatch(), Stopwatch()
        self.store = opener(codec=self.codec.around(RememberingCodec(CODEC), ("dumps", "loads")))
        pipeline = Pipeline()
        names = ("load", "answer", "commit", "commit_all", "feed", "history", "private")
        self.oms = OrderManager(
            self.database.around(self.store, names), network=pipeline.network, routing=pipeline.routing
        )
        _, lat, lon = CITIES[number % len(CITIES)]
        self.draft = pipeline.draft(1, Place("US", "", "", GeoPoint(lat, lon)))
        self.worker = number
        self.lives = 0

    def stock_up(self) -> None:
        """Everything that anybody will ever buy."""
        for name, _, _ in CITIES:
            for sku in SKUS:
                key = f"po-{name}-{sku}"
                self.oms.execute(ReceiveStock(sku=sku, location=name, quantity=STOCK, key=key, at=T0))

    def life(self) -> om.Order:
        """place -> authorize -> route -> ship -> capture -> deliver, each until it is answered."""
        self.lives += 1
        order_id = f"o{self.worker}-{self.lives}"
        self.do(om.PlaceOrder(self.draft, order_id=order_id, key=f"{order_id}/place", at=T0))
        self.outcome(order_id, 1)
        self.oms.route(order_id, key=f"{order_id}/route", at=T0)
        self.do(om.ShipUnits(order_id, f"{order_id}-F1", key=f"{order_id}/ship", at=T0))
        self.outcome(order_id, 2)
        return self.do(om.RecordDelivery(order_id, f"{order_id}-S2", key=f"{order_id}/deliver", at=T0))

    def outcome(self, order_id: str, number: int) -> None:
        """The gateway's answer to the order's payment request of that number."""
        request = f"{order_id}-P{number}"
        self.do(om.RecordPaymentOutcome(order_id, request, "approved", key=f"pay/{request}", at=T0))

    def do(self, command: Any) -> om.Order:
        """Until it is answered."""
        while True:
            try:
                return self.oms.execute(command).order
            except StoreError:
                continue

    def measured(self, seconds: float) -> dict[str, float]:
        """Lives for so long: how many a second, and where the time went."""
        self.codec.wall = self.database.wall = 0.0
        lives = 0
        begin = time.perf_counter()
        while (wall := time.perf_counter() - begin) < seconds or not lives:
            order = self.life()
            lives += 1
        if order.status != "delivered" or order.payments.captured != TOTAL:
            raise AssertionError("the order did not come through its life")
        engine = wall - self.database.wall
        return {
            "rate": lives / wall,
            "engine": engine / wall,
            "codec": self.codec.wall / wall,
            "engine_us": engine / lives * 1e6,
            "codec_us": self.codec.wall / lives * 1e6,
        }


def rows(commit: Callable[[str], None], worker: int, seconds: float) -> dict[str, float]:
    """Commits of one row for so long: how many a second."""
    begin = time.perf_counter()
    done = 0
    while (now := time.perf_counter()) - begin < seconds:
        commit(f"{worker}-{begin}-{done}")
        done += 1
    return {"rate": done / (now - begin)}


def work(line: Connection, opener: Opener, raw: Raw, number: int) -> None:
    """One worker: does what it is told for as long as it is told, until nobody tells anything."""
    life, commit = Life(opener, number), raw()
    line.send("ready")
    while True:
        try:
            what, seconds = line.recv()
        except EOFError:
            return
        line.send(life.measured(seconds) if what == "lives" else rows(commit, number, seconds))


# -- all of them -----------------------------------------------------------------------------


class Workers:
    """So many processes, which all begin at once."""

    def __init__(self, count: int, opener: Opener, raw: Raw) -> None:
        context = multiprocessing.get_context("spawn")
        self.lines: list[Connection] = []
        self.processes = []
        for number in range(count):
            mine, theirs = context.Pipe()
            self.processes.append(
                context.Process(target=work, args=(theirs, opener, raw, number), daemon=True)
            )
            self.processes[-1].start()
            theirs.close()
            self.lines.append(mine)
        for line in self.lines:
            line.recv()

    def go(self, what: str, seconds: float) -> list[dict[str, float]]:
        """What each of them measured."""
        for line in self.lines:
            line.send((what, seconds))
        return [line.recv() for line in self.lines]

    def close(self) -> None:
        """Send them home."""
        for line in self.lines:
            line.close()
        for process in self.processes:
            process.join()


def measured(opener: Opener, raw: Raw, count: int, seconds: float, rounds: int) -> Mapping[str, float]:
    """Lives and rows in turn, by so many workers."""
    workers = Workers(count, opener, raw)
    try:
        workers.go("lives", seconds / 4)  # what is made once, at the first call, is not counted
        pairs = [(workers.go("rows", seconds), workers.go("lives", seconds)) for _ in range(rounds)]
    finally:
        workers.close()
    raws = [sum(each["rate"] for each in row) for row, _ in pairs]
    lives = [sum(each["rate"] for each in life) for _, life in pairs]
    ratio = statistics.median(raw_ / (COMMITS * life) for raw_, life in zip(raws, lives, strict=True))

    def of(name: str) -> float:
        return statistics.median(statistics.fmean(each[name] for each in life) for _, life in pairs)

    return {
        "lives_per_s": round(statistics.median(lives), 1),
        "raw_commits_per_s": round(statistics.median(raws)),
        "vs_raw": round(ratio, 2),
        "over_raw": round(1 - 1 / ratio, 3),
        "engine_share": round(of("engine") + of("codec"), 3),
        "engine_us_per_life": round(of("engine_us")),
        "codec_us_per_life": round(of("codec_us")),
    }


def run(smoke: bool) -> dict[str, float]:
    """By database, durability and number of workers."""
    seconds, rounds = (0.3, 1) if smoke else (3.0, 5)
    places: dict[str, Any] = {
        "sqlite_normal": partial(sqlite, "NORMAL"),
        "sqlite_full": partial(sqlite, "FULL"),
    }
    if there_is_postgres():
        places["postgres"] = postgres
    found: dict[str, float] = {}
    for name, place in places.items():
        with place() as (opener, raw):
            first = Life(opener, 0)
            first.stock_up()
            first.store.close()
            for count in WORKERS[:1] if smoke else WORKERS:
                for figure, value in measured(opener, raw, count, seconds, rounds).items():
                    found[f"{name}_{figure}_{count}"] = value
    return found
