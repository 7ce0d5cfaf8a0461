"""Celery tasks that command omcore, dispatch and meet deadlines. Copy it, change it.

Decides what a task is: a command that was written down, so that a message that is delivered twice is the
same command twice, and has one effect (C4). Therefore tasks are acknowledged late - a worker that dies
amid one loses nothing - and retried where the store did not do its part. A refusal is an answer, and no
failure: nothing is retried for it.

    OMS_DATABASE=shop.db CELERY_BROKER_URL=amqp://host celery -A embedding.celery_shop worker --beat
"""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from functools import cache
from typing import Any

from celery import Celery

from adapters.postgres_store import PostgresStore
from adapters.sqlite_store import SqliteStore
from omcore.codec import CODEC
from omcore.engine import OrderManager, RouteOrder
from omcore.kernel import Command, GeoPoint, Location, Network, OmcoreError, StoreError, UnknownEvent
from omcore.memory import MemoryGateway, MemoryNotifier
from omcore.routing import LowestCost, Rates

NETWORK = Network((Location("nyc", point=GeoPoint(40.71, -74.01)),))
GATEWAY, NOTIFIER = MemoryGateway(), MemoryNotifier()  # yours: your payment provider's client, your mail
WRITTEN = CODEC.extended(RouteOrder)  # the one command that no store keeps

app = Celery("shop", broker=os.environ.get("CELERY_BROKER_URL", "memory://"))
app.conf.update(
    task_acks_late=True,  # acknowledged when it is done,
    task_reject_on_worker_lost=True,  # and given to another worker when its own was killed
    worker_prefetch_multiplier=1,
    task_serializer="json",
    accept_content=["json"],
    result_backend=os.environ.get("CELERY_RESULT_BACKEND", "cache+memory://"),
    timezone="UTC",
    # What comes late need not come at all: the next one does the same, and more.
    beat_schedule={
        "dispatch": {"task": "oms.dispatch", "schedule": 2.0, "options": {"expires": 10}},
        "deadlines": {"task": "oms.meet_deadlines", "schedule": 30.0, "options": {"expires": 60}},
    },
)

_of_thread = threading.local()


def now() -> datetime:
    """The worker's clock; omcore reads none."""
    return datetime.now(UTC)


@cache
def store(database: str) -> PostgresStore | SqliteStore:
    """The process's own: opened by the first task, so never before a worker has forked."""
    if not database.startswith("postgresql://"):
        return SqliteStore(database)
    opened = PostgresStore(database)
    opened.create_tables()
    return opened


def manager() -> OrderManager:
    """The thread's own, which is the process's in a pool that forks."""
    database = os.environ.get("OMS_DATABASE", "shop.db")
    kept: dict[str, OrderManager] = vars(_of_thread)
    found = kept.get(database)
    if found is None:
        found = kept[database] = OrderManager(
            store(database),
            network=NETWORK,
            routing=LowestCost(Rates()),
            gateway=GATEWAY,
            notifier=NOTIFIER,
        )
    return found


# -- tasks -----------------------------------------------------------------------------------

# Unavailable, or Conflict after all of the engine's own attempts: the same command again, under its key.
# So, too, what a later release has written, a command or a record: while workers are being replaced,
# another one can read it.
LATER = (StoreError, UnknownEvent)
PATIENTLY = {
    "autoretry_for": LATER,
    "max_retries": 20,
    "retry_backoff": 1,
    "retry_backoff_max": 60,
    "retry_jitter": True,
}


def send(command: Command) -> Any:
    """Have a worker carry out a command. Its key is the task's id; the log shows that, and no argument."""
    text = WRITTEN.dumps(command)
    return execute.apply_async((text,), task_id=command.key, argsrepr=f"({command.key!r},)")


@app.task(name="oms.execute", **PATIENTLY)
def execute(text: str) -> dict[str, Any]:
    """Carry out a command that was written down; the answer, whether it says yes or no."""
    try:
        outcome = manager().execute(WRITTEN.loads(text))
    except LATER:
        raise
    except OmcoreError as error:
        return {"error": error.code, "path": error.path, "fields": dict(error.fields)}
    dispatch.delay()
    return {"subject": outcome.answer.subject, "repeated": outcome.repeated}


@app.task(name="oms.dispatch")
def dispatch() -> dict[str, Any]:
    """Make every effect that the feed asks for; what waits is told by its code."""
    report = manager().dispatch(at=now())
    return {"done": dict(report.done), "stopped": dict(report.stopped)}


@app.task(name="oms.meet_deadlines", **PATIENTLY)
def meet_deadlines() -> list[str]:
    """Do what is due of every order, and have it dispatched."""
    at = now()
    orders = list(manager().due(at=at))
    for order_id in orders:
        manager().meet_deadlines(order_id, at=at, by="beat")
    if orders:
        dispatch.delay()
    return orders
