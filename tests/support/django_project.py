"""The Django project of the examples, set up once a process, and databases of any number of aliases.

Decides where the project's own database lies - a file of this process - and how a test gets one that is
fresh: a copy of a migrated file, or a PostgreSQL database whose tables are emptied. A thread's connection
is closed when the thread ends, as Django's own server does for a request.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command
from django.db import connections

from postgres_server import shared_server

SETTINGS = "embedding.django_shop.settings"
# Processes are killed here, the machine is not.
os.environ.setdefault("OMS_SYNCHRONOUS", "NORMAL")


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="omcore-django-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def set_up() -> None:
    """Django knows the project, and its own database has its tables."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    os.environ.setdefault("OMS_DATABASE", str(_folder() / "shop.sqlite3"))
    django.setup()
    call_command("migrate", verbosity=0)


@cache
def _template() -> Path:
    path = _folder() / "template.sqlite3"
    with known_database(str(path), "template"):
        call_command("migrate", database="template", verbosity=0)
    return path


@contextmanager
def known_database(url: str, alias: str) -> Iterator[str]:
    """A database under an alias, for a while."""
    from embedding.django_shop.settings import database

    connections.settings[alias] = connections.configure_settings({"default": {}, alias: database(url)})[alias]
    try:
        yield alias
    finally:
        connections[alias].close()
        del connections[alias]
        del connections.settings[alias]


@contextmanager
def sqlite_database(path: Path, alias: str = "fresh") -> Iterator[str]:
    """A fresh database in a file, under an alias."""
    set_up()
    shutil.copy(_template(), path)
    with known_database(str(path), alias):
        yield alias


@contextmanager
def postgres_database(alias: str = "postgres") -> Iterator[str]:
    """The tests' PostgreSQL, with the project's tables emptied, under an alias."""
    set_up()
    with known_database(postgres_url(), alias):
        call_command("migrate", database=alias, verbosity=0)
        emptied(alias)
        yield alias


def postgres_url() -> str:
    """The tests' PostgreSQL as the settings name it."""
    return f"postgresql://omcore@127.0.0.1:{shared_server().port}/postgres"


def emptied(alias: str) -> None:
    """The database as it was when it was made."""
    call_command("flush", database=alias, verbosity=0, interactive=False)


class _Closing:
    """Closes a connection when the thread that has this is over."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __del__(self) -> None:
        self._connection.close()


class ThreadedStore:
    """A ``DjangoStore`` that threads of a test's own may use."""

    def __init__(self, using: str) -> None:
        from embedding.django_oms.store import DjangoStore

        self._using = using
        self._store = DjangoStore(using)
        self._of_thread = threading.local()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)

        def called(*arguments: Any) -> Any:
            is_main = threading.current_thread() is threading.main_thread()
            if not is_main and not hasattr(self._of_thread, "closing"):
                self._of_thread.closing = _Closing(connections[self._using])
            return method(*arguments)

        return called


def connected(url: str) -> ThreadedStore:
    """A store on a database that is there, in a process that knows nothing yet."""
    os.environ.update(DJANGO_SETTINGS_MODULE=SETTINGS, OMS_DATABASE=url)
    django.setup()
    return ThreadedStore("default")
