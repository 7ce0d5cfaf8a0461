"""The FastAPI application of the examples, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from embedding import fastapi_shop
from embedding.fastapi_shop import create_app
from house import ROOT
from omcore.codec import dumps
from omcore.engine import AsyncOrderManager
from omcore.kernel import Contact, Money, Place, Unavailable
from omcore.memory import AsyncMemoryGateway, AsyncMemoryNotifier
from omcore.orders import DraftLine, DraftTender, ExternalRef, OrderDraft
from postgres_server import shared_server

AT = datetime(2026, 11, 27, 9, tzinfo=UTC)
PAYLOAD = (ROOT / "docs" / "examples" / "data" / "shopify" / "1001-created.json").read_bytes()
PATIENCE_S = 60
PERSONAL = ("Ada Byron", "ada@example.com", "St James", "Alma Reyes", "alma@example.com", "412 W 44th")

_databases = itertools.count(1)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment names as the store's database."""
    url = str(tmp_path / "shop.db")
    if request.param == "postgres":
        server, name = shared_server(), f"fastapi_{os.getpid()}_{next(_databases)}"
        with server.connection() as connection:
            connection.execute(f"CREATE DATABASE {name}")
        url = f"postgresql://omcore@127.0.0.1:{server.port}/{name}"
    monkeypatch.setenv("OMS_DATABASE", url)


@pytest.fixture
def client(database: None) -> Iterator[TestClient]:
    with TestClient(create_app()) as client:
        yield client


def draft(number: str, quantity: int = 1) -> bytes:
    price = Money(2000 * quantity, "USD")
    made = OrderDraft(
        ExternalRef("web", "shop", "order", number),
        "USD",
        lines=(DraftLine("1", "TEE-M", quantity, Money(2000, "USD")),),
        placed_at=AT,
        destination=Place("US", "NY", "10001"),
        contact=Contact(name="Ada Byron", email="ada@example.com", street=("12 St James Square",)),
        tenders=(DraftTender("card", "gateway", price, authorized=True),),
    )
    return dumps(made).encode()


def post(client: TestClient, path: str, key: str = "", data: bytes = b"") -> Any:
    return client.post(path, content=data, headers={"Idempotency-Key": key} if key else {})


def until(client: TestClient, done: Callable[[], bool]) -> None:
    """Wait for the dispatcher, which is woken by the last command."""

    async def waited() -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not done():
                await asyncio.sleep(0.01)

    assert client.portal is not None
    client.portal.call(waited)


# -- the life of an order --------------------------------------------------------------------


def test_an_order_is_placed_routed_and_cancelled_and_its_customer_is_told(client: TestClient) -> None:
    assert post(client, "/stock/nyc/TEE-M", "po-7", b'{"quantity": 5}').status_code == 201
    assert client.get("/availability/TEE-M").json() == {"nyc": 5}
    order_id = post(client, "/orders", "cart-1", draft("1", 2)).json()["order"]
    assert post(client, f"/orders/{order_id}/route", "route-1").json()["locations"] == ["nyc"]
    assert client.get("/availability/TEE-M").json() == {"nyc": 3}
    assert post(client, f"/orders/{order_id}/cancel", "cancel-1").json()["status"] == "cancelled"
    assert client.get(f"/orders/{order_id}").json()["status"] == "cancelled"
    assert client.get("/availability/TEE-M").json() == {"nyc": 5}
    app: Any = client.app
    notifier: AsyncMemoryNotifier = app.state.notifier
    until(client, lambda: len(notifier.sync.sent) == 2)
    assert [message.kind for message in notifier.sync.sent] == ["order_confirmation", "cancelled"]
    gateway: AsyncMemoryGateway = app.state.gateway
    until(client, lambda: bool(gateway.sync.calls))
    assert [kind for kind, *_ in gateway.sync.calls] == ["void"]
    assert client.get("/health").json() == {"dispatching": True}


def test_what_was_kept_is_there_when_the_application_starts_again(database: None) -> None:
    with TestClient(create_app()) as client:
        first = post(client, "/channels/shopify", "evt-1", PAYLOAD)
    with TestClient(create_app()) as client:
        again = post(client, "/channels/shopify", "evt-1", PAYLOAD)
        assert (first.status_code, first.json()) == (again.status_code, again.json())
        assert client.get(f"/orders/{first.json()['order']}").json() == first.json()


def test_a_key_is_one_command(client: TestClient) -> None:
    """C4, over HTTP: the same again gets the same answer, something else under the key gets none."""
    first = post(client, "/orders", "cart-1", draft("1"))
    assert post(client, "/orders", '"cart-1"', draft("1")).json() == first.json(), "quoted, as it may be"
    other = post(client, "/orders", "cart-1", draft("2"))
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_conflict")


def test_requests_at_the_same_time_sell_what_is_there_and_no_more(database: None) -> None:
    """S1, and C4 beside it: each request is sent twice."""

    async def rush() -> tuple[list[Any], dict[str, int]]:
        app = create_app()
        transport = httpx2.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=transport, base_url="http://shop") as client,
        ):

            async def send(path: str, key: str, data: bytes = b"") -> Any:
                answer = await client.post(path, content=data, headers={"Idempotency-Key": key})
                return answer.json()

            await send("/stock/nyc/TEE-M", "po-7", b'{"quantity": 3}')

            async def buy(number: str) -> Any:
                order_id = (await send("/orders", f"cart-{number}", draft(number)))["order"]
                plan = await send(f"/orders/{order_id}/route", f"route-{number}")
                return order_id, plan["locations"]

            buyers = [f"{number}" for number in range(6)] * 2
            answers = await asyncio.gather(*map(buy, buyers))
            left = (await client.get("/availability/TEE-M")).json()
        return list(answers), left

    answers, left = asyncio.run(rush())
    routed = [order_id for order_id, locations in answers if locations]
    assert sorted(map(routed.count, set(routed))) == [2, 2, 2]
    assert len(answers) == 12
    assert left == {"nyc": 0}


# -- what says no ----------------------------------------------------------------------------


@pytest.fixture
def plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """What is refused at the door needs no second database."""
    monkeypatch.setenv("OMS_DATABASE", str(tmp_path / "shop.db"))
    with TestClient(create_app()) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "data", "status", "code", "where"),
    [
        ("/orders", b"no JSON", 422, "invalid_json", ""),
        ("/orders", b'{"type": "Unheard", "v": 1}', 422, "invalid_type", "type"),
        ("/orders", b'{"type": "Money", "v": 1, "minor": 1, "currency": "USD"}', 422, "invalid_type", "type"),
        ("/orders", draft("1").replace(b'"quantity":1', b'"quantity":1.9'), 422, "invalid_type", None),
        ("/orders", draft("1").replace(b'"currency":"USD",', b"", 1), 422, "missing_stored_field", None),
        ("/orders", b" " * 1_048_577, 422, "limit_exceeded", ""),
        ("/channels/shopify", b'{"id": 1}', 422, None, None),
        ("/stock/nyc/TEE-M", b'{"quantity": 1.9}', 422, "invalid_quantity", "quantity"),
        ("/stock/nyc/TEE-M", b'{"quantity": true}', 422, "invalid_quantity", "quantity"),
        ("/stock/nyc/TEE-M", b"{}", 422, "missing_payload_field", "quantity"),
        ("/stock/nyc/TEE-M", b'{"quantity": 1, "price": 2}', 422, "invalid_type", ""),
        ("/stock/nyc/TEE-M", b"[]", 422, "invalid_type", ""),
        ("/stock/moon/TEE-M", b'{"quantity": 1}', 404, "unknown_id", "location"),
        ("/orders/nobody/cancel", b"", 404, "unknown_id", "order_id"),
        ("/nowhere", b"", 404, "not_found", ""),
    ],
)
def test_what_cannot_be_is_told_as_a_problem(
    plain: TestClient, path: str, data: bytes, status: int, code: str | None, where: str | None
) -> None:
    answer = post(plain, path, "k", data)
    told = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert told.keys() == {"type", "title", "status", "code", "path", "fields"}
    assert code is None or told["code"] == code
    assert where is None or told["path"] == where


def test_without_a_key_nothing_is_done(plain: TestClient) -> None:
    answer = post(plain, "/orders", "", draft("1"))
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert post(plain, "/orders", "omcore/x" * 30, draft("1")).status_code == 422


def test_a_refusal_is_409_each_time_it_is_asked_for(plain: TestClient) -> None:
    order_id = post(plain, "/orders", "cart-1", draft("1")).json()["order"]
    post(plain, f"/orders/{order_id}/cancel", "cancel-1")
    for _ in range(2):
        refused = post(plain, f"/orders/{order_id}/cancel", "cancel-2")
        assert (refused.status_code, refused.json()["code"]) == (409, "order_is_over")


def test_queries_are_read_strictly_and_not_repeated(plain: TestClient) -> None:
    answer = plain.get("/availability/TEE-M", params={"by": "ada@example.com"})
    assert (answer.status_code, answer.json()["path"]) == (422, "query.by")
    assert "ada@example.com" not in answer.text
    naive = plain.get("/availability/TEE-M", params={"by": "2026-11-27T09:00:00"})
    assert (naive.status_code, naive.json()["code"]) == (422, "naive_timestamp")


def test_a_store_that_is_away_is_503_and_the_request_works_when_it_is_back(
    plain: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app: Any = plain.app
    oms: AsyncOrderManager = app.state.oms
    with monkeypatch.context() as patched:

        async def away(*_: object) -> None:
            raise Unavailable("store")

        for name in ("answer", "load", "commit", "feed", "cursor"):
            patched.setattr(oms.ports.store, name, away)
        answer = post(plain, "/orders", "cart-1", draft("1"))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert plain.get("/orders/1").status_code == 503
        app.state.dispatcher.wake()
        until(plain, lambda: "the dispatcher stopped short: unavailable" in caplog.text)
    assert post(plain, "/orders", "cart-1", draft("1")).status_code == 201
    until(plain, lambda: len(app.state.notifier.sync.sent) == 1)
    assert plain.get("/health").status_code == 200, "the dispatcher has gone on"


def test_a_dispatcher_that_died_of_a_defect_is_seen_and_its_words_are_not(
    plain: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app: Any = plain.app

    async def defect(*_: object) -> None:
        raise ValueError("ada@example.com")

    monkeypatch.setattr(app.state.dispatcher, "round", defect)
    app.state.dispatcher.wake()
    until(plain, app.state.task.done)
    assert plain.get("/health").status_code == 503
    assert "the dispatcher died of ValueError" in caplog.text
    assert "ada@example.com" not in caplog.text


def test_personal_data_is_in_no_log_and_no_answer(
    plain: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    customer = json.loads(PAYLOAD)
    customer["line_items"][0]["quantity"] = 1.9
    answers = [
        post(plain, "/orders", "cart-1", draft("1")),
        post(plain, "/orders", "cart-1", draft("2")),
        post(plain, "/orders", "cart-2", draft("2")[:-1]),
        post(plain, "/channels/shopify", "evt-1", PAYLOAD),
        post(plain, "/channels/shopify", "evt-2", json.dumps(customer).encode()),
    ]
    order_id = answers[0].json()["order"]
    answers += [plain.get(f"/orders/{order_id}"), post(plain, f"/orders/{order_id}/cancel", "cancel-1")]
    assert [answer.status_code for answer in answers] == [201, 422, 422, 200, 422, 200, 200]
    app: Any = plain.app
    until(plain, lambda: len(app.state.notifier.sync.sent) >= 3)
    text = caplog.text + "".join(answer.text for answer in answers)
    assert [word for word in PERSONAL if word in text] == []


def test_the_dispatcher_says_what_waits_by_its_code(
    plain: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app: Any = plain.app

    async def away(_: object) -> None:
        raise Unavailable("notifier")

    with monkeypatch.context() as patched:
        patched.setattr(app.state.notifier, "send", away)
        post(plain, "/orders", "cart-1", draft("1"))
        until(plain, lambda: "messages waits: unavailable" in caplog.text)
    fastapi_shop.log.info("the mail is back")
    app.state.dispatcher.wake()
    until(plain, lambda: len(app.state.notifier.sync.sent) == 1)
