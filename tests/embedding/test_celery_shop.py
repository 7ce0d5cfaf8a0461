"""The Celery tasks of the examples, by a real worker: what is delivered twice has one effect."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker
from celery.result import AsyncResult

from adapters.sqlite_store import SqliteStore
from embedding import celery_shop as shop
from house import ROOT, SRC
from omcore.codec import Codec
from omcore.engine import RouteOrder
from omcore.inventory import ReceiveStock
from omcore.kernel import Command, Contact, Money, Place, Unavailable
from omcore.orders import DraftLine, DraftTender, ExternalRef, OrderDraft, PlaceHold, PlaceOrder
from postgres_server import shared_server

AT = datetime(2026, 11, 27, 9, tzinfo=UTC)
PATIENCE_S = 60


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One worker for all, on a thread, and a database that both it and the tests have."""
    database = str(tmp_path_factory.mktemp("celery") / "shop.db")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("OMS_DATABASE", database)
        # A worker of its own process would take over all logging.
        shop.app.conf.update(
            broker_transport_options={"polling_interval": 0.01}, worker_hijack_root_logger=False
        )
        with start_worker(shop.app, perform_ping_check=False, shutdown_timeout=PATIENCE_S, loglevel="INFO"):
            yield
        shop.store(database).close()


def answered(command: Command) -> Any:
    AsyncResult(command.key, app=shop.app).forget()  # of an earlier task under the same key
    return shop.send(command).get(timeout=PATIENCE_S)


def until(done: Callable[[], object]) -> None:
    patience = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < patience
        time.sleep(0.02)


def place(number: str) -> PlaceOrder:
    draft = OrderDraft(
        ExternalRef("web", "shop", "order", number),
        "USD",
        lines=(DraftLine("1", f"TEE-{number}", 1, Money(2000, "USD")),),
        placed_at=AT,
        destination=Place("US", "NY", "10001"),
        contact=Contact(name="Ada Byron", email="ada@example.com"),
        tenders=(DraftTender("card", "gateway", Money(2000, "USD"), authorized=True),),
    )
    return PlaceOrder(draft, order_id=number, key=f"place-{number}", at=AT)


def messages(number: str) -> list[str]:
    return [message.kind for message in shop.NOTIFIER.sent if message.order_id == number]


# -- a worker --------------------------------------------------------------------------------


def test_commands_are_carried_out_by_a_worker_and_what_follows_is_dispatched(worker: None) -> None:
    assert answered(ReceiveStock("TEE-c1", "nyc", 5, key="receive-c1", at=AT)) == {
        "subject": "stock/nyc/TEE-c1",
        "repeated": False,
    }
    assert answered(place("c1"))["subject"] == "order/c1"
    assert answered(RouteOrder("c1", key="route-c1", at=AT))["subject"] == "order/c1"
    until(lambda: messages("c1"))
    assert shop.manager().available("TEE-c1", at=AT) == {"nyc": 4}


def test_a_task_that_is_delivered_twice_has_one_effect(worker: None) -> None:
    """C4, C9: the second one gets the recorded answer, and the customer is told once."""
    receive = ReceiveStock("TEE-c2", "nyc", 5, key="receive-c2", at=AT)
    assert [answered(receive)["repeated"] for _ in range(3)] == [False, True, True]
    assert [answered(place("c2"))["repeated"] for _ in range(2)] == [False, True]
    until(lambda: messages("c2"))
    shop.dispatch.delay().get(timeout=PATIENCE_S)
    assert shop.manager().available("TEE-c2", at=AT) == {"nyc": 5}
    assert messages("c2") == ["order_confirmation"]


def test_a_refusal_is_an_answer_and_is_not_retried(worker: None) -> None:
    nowhere = ReceiveStock("TEE-c3", "moon", 5, key="receive-c3", at=AT)
    refused = {"error": "unknown_id", "path": "location", "fields": {"kind": "location", "id": "moon"}}
    result = shop.send(nowhere)
    assert result.get(timeout=PATIENCE_S) == refused
    assert result.successful()


def test_beat_meets_deadlines_and_has_what_follows_dispatched(
    worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(place("c4"))
    moment = AT + timedelta(hours=1)
    answered(PlaceHold("c4", "fraud", "fraud", expires_at=moment, then="cancel", key="hold-c4", at=AT))
    assert shop.manager().order("c4").status == "on_hold"
    monkeypatch.setattr(shop, "now", lambda: moment)
    task = shop.app.conf.beat_schedule["deadlines"]["task"]
    assert shop.app.send_task(task).get(timeout=PATIENCE_S) == ["c4"]
    assert shop.manager().order("c4").status == "cancelled"
    until(lambda: messages("c4") == ["order_confirmation", "cancelled"])
    assert shop.app.send_task(task).get(timeout=PATIENCE_S) == []
    assert {entry["task"] for entry in shop.app.conf.beat_schedule.values()} <= shop.app.tasks.keys()


def test_personal_data_is_not_in_a_workers_log(worker: None, caplog: pytest.LogCaptureFixture) -> None:
    """At INFO, a worker's usual level. At DEBUG Celery shows messages whole."""
    caplog.set_level(logging.INFO)
    answered(place("c5"))
    until(lambda: messages("c5"))
    assert "oms.execute[place-c5]" in caplog.text
    assert "ada@example.com" not in caplog.text + repr([vars(record) for record in caplog.records])


def test_the_store_is_the_one_that_is_named(tmp_path: Path) -> None:
    for url in (str(tmp_path / "shop.db"), f"postgresql://omcore@127.0.0.1:{shared_server().port}/postgres"):
        store = shop.store(url)
        assert store.answer("nobody's") is None
        store.close()


# -- retries ---------------------------------------------------------------------------------


def test_a_command_of_a_later_release_is_no_refusal_and_waits_for_a_worker_that_can_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = str(tmp_path / "shop.db")
    monkeypatch.setenv("OMS_DATABASE", database)
    monkeypatch.setattr(shop.dispatch, "delay", lambda: None)
    today, tries = shop.WRITTEN, []
    newer = Codec(today.classes, {("ReceiveStock", 1): lambda fields: fields})

    class Replaced:
        """The worker that this one is replaced by takes the second delivery."""

        def loads(self, text: object) -> Any:
            tries.append(text)
            return (today if len(tries) == 1 else newer).loads(text)

    text = newer.dumps(ReceiveStock("TEE-N", "nyc", 5, key="receive", at=AT))
    monkeypatch.setattr(shop, "WRITTEN", Replaced())
    assert shop.execute.apply((text,)).get() == {"subject": "stock/nyc/TEE-N", "repeated": False}
    assert tries == [text, text]
    shop.store(database).close()


def test_a_store_that_is_away_is_asked_again_under_the_same_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Shaky:
        """Twice it is not known whether it was done: the second time it was."""

        def __init__(self) -> None:
            self.calls = 0

        def execute(self, command: Command) -> Any:
            self.calls += 1
            if self.calls == 1:
                raise Unavailable("store")
            outcome = made.execute(command)
            if self.calls == 2:
                raise Unavailable("store")
            return outcome

    database = str(tmp_path / "shop.db")
    monkeypatch.setenv("OMS_DATABASE", database)
    made, shaky = shop.manager(), Shaky()
    monkeypatch.setattr(shop, "manager", lambda: shaky)
    monkeypatch.setattr(shop.dispatch, "delay", lambda: None)
    text = shop.WRITTEN.dumps(ReceiveStock("TEE-M", "nyc", 5, key="receive", at=AT))
    # In place, where Celery retries at once.
    assert shop.execute.apply((text,)).get() == {"subject": "stock/nyc/TEE-M", "repeated": True}
    assert shaky.calls == 3
    assert made.available("TEE-M", at=AT) == {"nyc": 5}
    shop.store(database).close()


# -- a worker that is killed -----------------------------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path
from embedding import celery_shop as shop
from omcore.inventory import ReceiveStock

runs, made = Path(sys.argv[1]), shop.manager

class Killed:
    def execute(self, command):
        outcome = made().execute(command)
        with runs.open("a") as log:
            log.write(f"{outcome.repeated}\\n")
        if not outcome.repeated:
            os.kill(os.getpid(), signal.SIGKILL)
        return outcome

shop.manager = Killed
shop.app.conf.update(
    broker_transport_options={"polling_interval": 0.01}, result_backend=None, worker_lost_wait=0.1
)
shop.send(ReceiveStock("TEE-M", "nyc", 5, key="receive", at=shop.now()))
shop.app.Worker(pool="prefork", concurrency=1, quiet=True).start()
"""


def test_a_worker_that_is_killed_after_the_commit_and_before_it_acknowledges_has_one_effect(
    tmp_path: Path,
) -> None:
    """The process that carries tasks out gets SIGKILL; the broker gives the task to the next one."""
    runs, database = tmp_path / "runs", str(tmp_path / "shop.db")
    runs.touch()
    folders = [SRC, ROOT / "docs" / "examples", ROOT / "tests" / "support"]
    environment = {"PYTHONPATH": ":".join(map(str, folders)), "OMS_DATABASE": database}
    killed = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(runs)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        until(lambda: runs.read_text().count("\n") == 2 or killed.poll() is not None)
    finally:
        killed.send_signal(signal.SIGQUIT)
        _, said = killed.communicate(timeout=PATIENCE_S)
    assert runs.read_text() == "False\nTrue\n", said.decode()[-2_000:]
    store = SqliteStore(database)
    assert [entry.key for entry in store.feed(0, 10)] == ["receive"]
    store.close()


def test_what_is_sent_is_the_whole_command(worker: None) -> None:
    for command in (place("c6"), RouteOrder("c6", key="route-c6", at=AT, by="ada", reason="asked")):
        text = shop.WRITTEN.dumps(command)
        assert shop.WRITTEN.loads(json.loads(json.dumps(text))) == command
