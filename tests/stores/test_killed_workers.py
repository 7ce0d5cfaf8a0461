"""Workers are killed amid load: nothing is lost, nothing doubled, and whoever reads the feed misses nothing.

``OMCORE_KILLS=200 pytest -s tests/stores/test_killed_workers.py`` kills as many as that, and prints what
there was. See tests/support/killed_shop.py.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from adapters.postgres_store import PostgresStore
from adapters.sqlite_store import SqliteStore
from killed_shop import Shop, count
from postgres_server import fresh_tables

KILLS = int(os.environ.get("OMCORE_KILLS", "6"))


@contextmanager
def on_sqlite(folder: Path) -> Iterator[Callable[[], Any]]:
    yield partial(SqliteStore, folder / "oms.db", timeout_s=60, synchronous="NORMAL")


@contextmanager
def on_postgres(_folder: Path) -> Iterator[Callable[[], Any]]:
    with fresh_tables() as where:
        yield partial(PostgresStore, where.conninfo, schema=where.schema)


@pytest.mark.parametrize("kind", [on_sqlite, on_postgres])
def test_workers_that_are_killed_amid_load_lose_nothing_and_double_nothing(kind: Any, tmp_path: Path) -> None:
    with kind(tmp_path) as connect:
        shop = Shop(connect, tmp_path / "outside.db", random.Random(KILLS))
        shop.open(KILLS)
        said = count(shop)
    print(f"\n{kind.__name__}: {said}")
    assert said["killed"] == KILLS
    assert said["orders"] > 0
