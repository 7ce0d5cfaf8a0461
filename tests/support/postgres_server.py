"""A PostgreSQL server for the tests, from the machine's own package.

Decides where its programs are found, that it runs as an ordinary user on a free port of the
loopback with its data in a temporary folder, and that it ends with the process that asked for it.
Where there is no PostgreSQL, tests that need one skip and say how to get it - unless
``OMCORE_REQUIRE_POSTGRES`` is set, as it is where a skip must not pass for a success.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import psycopg
import pytest

from adapters.postgres_store import PostgresStore

NEEDED = ("initdb", "postgres")
PATIENCE_S = 60.0
TRIES = 50
HOW_TO_GET_IT = "no PostgreSQL here; on Debian: apt-get install postgresql"
_schemas = itertools.count(1)

# Nothing of the machine's own is taken over, and nothing is written that nobody reads.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "120",
    "shared_buffers": "32MB",
    "fsync": "on",
    "autovacuum_naptime": "5s",
    "deadlock_timeout": "200ms",
    "log_min_messages": "fatal",
    "timezone": "Asia/Kathmandu",  # a store must not depend on it
}

# Reads until the tests' process is gone, however it went: a killed run leaves no server behind.
WATCH = """
read _
pid=$(head -n 1 data/postmaster.pid) && kill -QUIT "$pid"
while kill -0 "$pid"; do sleep 0.1; done
folder=$PWD; cd /; rm -rf "$folder"
"""


def programs() -> Path | None:
    """The folder with the server's programs: on the path, or where Debian's package has it."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(versions, key=lambda folder: int(folder.parent.name.split(".")[0]), reverse=True)
    return next(
        (each for each in folders if (each / "postgres").exists() and (each / "initdb").exists()), None
    )


def why_skipped() -> str:
    """Why what needs PostgreSQL is skipped; empty where it is there, or where it must be."""
    return "" if programs() or os.environ.get("OMCORE_REQUIRE_POSTGRES") else HOW_TO_GET_IT


def required() -> NoReturn:
    """Skip, or fail where PostgreSQL must be there."""
    if os.environ.get("OMCORE_REQUIRE_POSTGRES"):
        pytest.fail(HOW_TO_GET_IT)
    pytest.skip(HOW_TO_GET_IT)


class PostgresServer:
    """One server; ``start`` and ``stop`` as often as wished, the data stays until ``remove``."""

    def __init__(self, **settings: str) -> None:
        self._programs = programs() or required()
        # Not pytest's own folder: an ordinary user may not enter that of a run as root.
        folder = self._folder = Path(tempfile.mkdtemp(prefix="omcore-postgres-"))
        self._settings = {**SETTINGS, **settings}
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0
        # PostgreSQL does not run as root: then the package's user, or nobody.
        self._user: Mapping[str, Any] = {}
        if os.geteuid() == 0:
            user = _ordinary_user()
            self._user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(folder, user.pw_uid, user.pw_gid)
        self._watcher = subprocess.Popen(
            ["sh", "-c", WATCH],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            start_new_session=True,
        )
        self._run("initdb", "-D", "data", "-U", "omcore", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._programs / program), *arguments],
            cwd=self._folder,
            capture_output=True,
            check=False,
            env=_environment(),
            **self._user,
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")

    @property
    def conninfo(self) -> str:
        """Where it is."""
        return f"host=127.0.0.1 port={self.port} user=omcore dbname=postgres"

    def database(self, name: str) -> str:
        """Where a new and empty database is."""
        with self.connection() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name}")
        return self.conninfo.replace("dbname=postgres", f"dbname={name}")

    def start(self) -> PostgresServer:
        """Start it, and wait until it answers; it keeps its port for as long as it lives."""
        known = self.port
        for _ in range(TRIES):
            self.port = known or _free_port()
            if self._started():
                return self
            # Somebody else took the port, or what was killed has not ended yet.
            self.stop()
            time.sleep(0.2)
        raise AssertionError((self._folder / "log").read_text(errors="replace")[-2_000:])

    def _started(self) -> bool:
        settings = {**self._settings, "port": str(self.port), "unix_socket_directories": str(self._folder)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._programs / "postgres"), "-D", "data", *options],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(),
                start_new_session=True,  # an interrupt at the keyboard is the tests' to handle
                **self._user,
            )
        return self._answers(self._process)

    def _answers(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + PATIENCE_S
        while process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(psycopg.OperationalError), self.connection():
                return True
            time.sleep(0.02)
        return False

    @contextlib.contextmanager
    def connection(self, **options: Any) -> Iterator[psycopg.Connection[Any]]:
        """A connection that is no store's."""
        made = psycopg.connect(self.conninfo, autocommit=True, **options)
        with contextlib.closing(made):
            yield made

    def stop(self) -> None:
        """Stop it at once; what was committed is there when it is started again."""
        self._end(signal.SIGQUIT)

    def kill(self) -> None:
        """No time for anything: SIGKILL to the server and to all that serve its connections."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            try:
                self._process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:  # pragma: no cover - a server that hangs
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
            self._process = None

    def remove(self) -> None:
        """Stop it, and forget what it kept."""
        self.stop()
        assert self._watcher.stdin is not None
        self._watcher.stdin.close()
        self._watcher.wait(PATIENCE_S)


@cache
def shared_server() -> PostgresServer:
    """The one server of this process; it does not wait for the disk, and ends with the process."""
    if programs() is None:
        required()
    server = PostgresServer(fsync="off", synchronous_commit="off", full_page_writes="off")
    atexit.register(server.remove)
    return server.start()


class Tables(NamedTuple):
    """Where a store finds its tables."""

    conninfo: str
    schema: str

    def opened(self) -> PostgresStore:
        """A store on them."""
        return PostgresStore(self.conninfo, schema=self.schema)

    def make(self) -> None:
        """Make them where they are not there."""
        store = self.opened()
        try:
            store.create_tables()
        finally:
            store.close()


@contextlib.contextmanager
def fresh_tables(server: PostgresServer | None = None) -> Iterator[Tables]:
    """Empty tables, in a schema of their own that goes in the end."""
    server = server or shared_server()
    where = Tables(server.conninfo, f"oms_{os.getpid()}_{next(_schemas)}")
    where.make()
    try:
        yield where
    finally:
        with server.connection() as connection:
            connection.execute(f"DROP SCHEMA {where.schema} CASCADE")


@contextlib.contextmanager
def fresh_stores(server: PostgresServer | None = None) -> Iterator[Callable[[], PostgresStore]]:
    """Opens as many ``PostgresStore`` as are asked for on the same empty tables."""
    opened: list[PostgresStore] = []
    with fresh_tables(server) as where:

        def another() -> PostgresStore:
            opened.append(where.opened())
            return opened[-1]

        try:
            yield another
        finally:
            for store in opened:
                store.close()


def _ordinary_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise AssertionError("neither the user postgres nor nobody: PostgreSQL does not run as root")


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
