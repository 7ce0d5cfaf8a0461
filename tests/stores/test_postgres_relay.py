"""The relay example: several workers, one of them killed, and a receiver that is down."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.postgres_relay import Relay
from adapters.postgres_store import PostgresStore
from house import ROOT, SRC
from omcore.kernel import Unavailable
from omcore.ports import FeedEntry
from omcore.testing.stores._bench import commit, write
from postgres_server import Tables, fresh_tables, shared_server

STREAMS = 8
ROUNDS = 6
WORKER = """
import os, signal, sys
from adapters.postgres_relay import Relay
conninfo, schema, path, dies_after = sys.argv[1:]
left = int(dies_after)
def send(key, entry):
    global left
    with open(path, "ab", buffering=0) as out:
        out.write(f"{key} {entry.stream} {entry.version}\\n".encode())
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)  # sent, and not yet noted
relay = Relay(conninfo, "search", wants=lambda entry: True, schema=schema, lease_s=600)
while relay.collect(5) + relay.deliver(send, 3):
    pass
"""


@pytest.fixture
def where() -> Iterator[Tables]:
    with fresh_tables() as where:
        relay = relay_on(where)
        relay.create_tables()
        relay.close()
        yield where


def relay_on(where: Tables, **more: Any) -> Relay:
    return Relay(where.conninfo, "search", schema=where.schema, **{"wants": lambda entry: True, **more})


def written(store: PostgresStore, streams: int, rounds: int) -> None:
    for number in range(rounds):
        for each in range(streams):
            name = f"s{each}"
            store.commit(commit(f"{name}/{number}", {name: number}, write(name, number + 1)))


def lapse(where: Tables) -> None:
    """All that is claimed or put off is due."""
    with shared_server().connection() as connection:
        connection.execute(f"UPDATE {where.schema}.outbox SET due_at = now()")


def test_several_workers_send_each_entry_once_and_a_killed_one_loses_nothing(
    where: Tables, tmp_path: Path
) -> None:
    """Only what the killed worker had sent and not noted is sent again, under its key."""
    store = where.opened()
    written(store, STREAMS, ROUNDS)
    store.close()
    path = tmp_path / "received"
    path.touch()
    folders = [SRC, ROOT / "docs" / "examples"]
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, *where, str(path), dies_after],
            env={"PYTHONPATH": ":".join(map(str, folders))},
        )
        for dies_after in ("2", "0", "0")
    ]
    ended = sorted(worker.wait(120) for worker in workers)
    received: list[list[str]] = []

    def send(key: str, entry: FeedEntry) -> None:
        received.append([key, entry.stream, str(entry.version)])

    relay = relay_on(where)
    lapse(where)
    while relay.collect() + relay.deliver(send):
        pass
    relay.close()
    received[:0] = [line.split() for line in path.read_text().splitlines()]
    keys = [key for key, _, _ in received]
    assert len(set(keys)) == STREAMS * ROUNDS
    assert len(keys) - len(set(keys)) <= 1
    assert ended in ([-9, 0, 0], [0, 0, 0]), "unless the others had sent everything before it came"
    if ended[0] == -9:
        assert len(keys) == STREAMS * ROUNDS + 1
    for stream in {stream for _, stream, _ in received}:
        versions = list(dict.fromkeys(int(version) for _, each, version in received if each == stream))
        assert versions == sorted(versions), "the order in a stream is kept"


def test_a_receiver_that_is_down_holds_up_its_own_stream_alone(where: Tables) -> None:
    store, relay = where.opened(), relay_on(where)
    written(store, 2, 2)
    store.close()
    received: list[str] = []

    def send(key: str, entry: FeedEntry) -> None:
        if entry.stream == "s0" and len(received) < 2:
            raise Unavailable("receiver")
        received.append(f"{entry.stream} {entry.version}")

    assert relay.collect() == 4
    assert [relay.deliver(send), relay.deliver(send), relay.deliver(send)] == [1, 1, 0]
    assert received == ["s1 1", "s1 2"]
    lapse(where)
    assert [relay.deliver(send), relay.deliver(send), relay.deliver(send)] == [1, 1, 0]
    assert received[2:] == ["s0 1", "s0 2"]
    relay.close()


def test_what_is_claimed_is_passed_by_and_what_nobody_wants_is_not_kept(where: Tables) -> None:
    store = where.opened()
    written(store, 3, 1)
    store.close()
    one, other = relay_on(where, wants=lambda entry: entry.stream != "s1"), relay_on(where)
    assert (one.collect(), other.collect()) == (3, 0)
    sent: list[str] = []

    def meanwhile(key: str, entry: FeedEntry) -> None:
        sent.append(f"{key.partition('/')[0]} {entry.stream}")
        if len(sent) == 1:
            assert other.deliver(meanwhile) == 1, "what the one has not claimed"

    assert one.deliver(meanwhile, 1) == 1
    assert sent == ["search s0", "search s2"]
    assert one.deliver(meanwhile) == 0
    one.close()
    other.close()


def test_an_error_of_the_sender_is_told_and_the_entry_comes_again(where: Tables) -> None:
    store, relay = where.opened(), relay_on(where)
    written(store, 1, 1)
    relay.collect()

    def breaks(key: str, entry: FeedEntry) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        relay.deliver(breaks)
    lapse(where)
    assert relay.deliver(lambda key, entry: None) == 1
    relay.close()
    store.close()
    with pytest.raises(Unavailable):
        Relay("host=127.0.0.1 port=1", "search", wants=lambda entry: True).collect()


def test_what_somebody_else_has_sent_meanwhile_is_not_sent_after_what_followed_it(where: Tables) -> None:
    """A slow worker has claimed more than it can send within a lease; another one takes over the rest."""
    store = where.opened()
    written(store, streams=2, rounds=2)
    store.close()
    sent: list[tuple[str, int]] = []
    slow, quick = relay_on(where, lease_s=0.2), relay_on(where, lease_s=600)

    def note(key: str, entry: FeedEntry) -> None:
        sent.append((entry.stream, entry.version))

    def slowly(key: str, entry: FeedEntry) -> None:
        note(key, entry)
        while ("s1", 2) not in sent:  # until its lease of the other one has run out, and more
            quick.deliver(note)

    slow.collect()
    assert slow.deliver(slowly) == 1
    for relay in (slow, quick):
        while relay.deliver(note):
            pass
        relay.close()
    assert [version for stream, version in sent if stream == "s1"] == [1, 2]
