"""The Django project of the examples: its views, and what becomes of a request that comes twice."""

from __future__ import annotations

import io
import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from django_project import set_up
from house import ROOT

set_up()
from django.core.management import call_command  # noqa: E402 - after the settings are known
from django.db import transaction  # noqa: E402
from django.test import Client  # noqa: E402

from embedding.django_shop import views  # noqa: E402
from embedding.django_shop.models import Sale  # noqa: E402
from omcore.inventory import ReceiveStock, ReservedItem, ReserveStock  # noqa: E402
from omcore.kernel import Money, Place, Unavailable  # noqa: E402
from omcore.orders import DraftLine, DraftTender, ExternalRef, OrderDraft, PlaceOrder  # noqa: E402

AT = datetime(2026, 11, 27, 9, tzinfo=UTC)
UNTIL = datetime(2026, 11, 28, tzinfo=UTC)
GHOST = OrderDraft(
    ExternalRef("web", "shop", "order", "ghost"),
    "USD",
    lines=(DraftLine("1", "GHOST-1", 1, Money(2000, "USD")),),
    placed_at=AT,
    destination=Place("US", "NY", "10001"),
    tenders=(DraftTender("card", "gateway", Money(2000, "USD"), authorized=True),),
)
PAYLOAD = ROOT / "docs" / "examples" / "data" / "shopify" / "1001-created.json"


def payload(number: int) -> bytes:
    """The example's order under another number: the project's database is one for the process."""
    order: dict[str, Any] = json.loads(PAYLOAD.read_text(encoding="utf-8"))
    return json.dumps(
        {**order, "id": number, "admin_graphql_api_id": f"gid://shopify/Order/{number}"}
    ).encode()


def post(path: str, body: bytes = b"", key: str = "", **query: str) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return Client().post(path, body, content_type="application/json", headers=headers, query_params=query)


def wait_for_the_dispatcher() -> None:
    views._dispatcher.submit(lambda: None).result(60)


def test_an_order_that_is_sent_twice_is_one_order_and_one_sale_and_its_customer_is_told_once() -> None:
    first = post("/orders", payload(71), key="evt-71", campaign="autumn")
    again = post("/orders", payload(71), key="evt-71", campaign="winter")
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    order_id = first.json()["order"]
    assert Client().get(f"/orders/{order_id}").json() == {**first.json(), "campaign": "autumn"}
    wait_for_the_dispatcher()
    assert [message.kind for message in views.NOTIFIER.sent if message.order_id == order_id] == [
        "order_confirmation"
    ]


def test_the_shops_own_text_is_looked_at_before_anything_is_kept() -> None:
    """PostgreSQL takes no U+0000: it would undo the order, and tell nobody why."""
    refused = post("/orders", payload(79), key="evt-79", campaign="\0")
    assert (refused.status_code, refused.json()["path"]) == (422, "campaign")
    assert post("/orders", payload(79), key="evt-79", campaign="autumn").status_code == 201


def test_one_command_is_a_transaction_of_its_own() -> None:
    order_id = post("/orders", payload(72), key="evt-72").json()["order"]
    cancelled = post(f"/orders/{order_id}/cancel", key="cancel-72")
    assert cancelled.json() == {"order": order_id, "status": "cancelled"}
    assert post(f"/orders/{order_id}/cancel", key="cancel-72").json() == cancelled.json()
    over = post(f"/orders/{order_id}/cancel", key="cancel-72-again")
    assert (over.status_code, over.json()["code"]) == (409, "order_is_over")


@pytest.mark.parametrize(
    ("path", "body", "key", "status", "code", "where"),
    [
        ("/orders", b"{}", "", 400, "idempotency_key_missing", "Idempotency-Key"),
        ("/orders", b"no JSON", "bad-1", 422, "invalid_json", ""),
        ("/orders", b'{"id": 1, "id": 2}', "bad-2", 422, "duplicate_id", "id"),
        ("/orders", payload(73).replace(b'"quantity": 2', b'"quantity": 1.9'), "bad-3", 422, None, None),
        ("/orders/nobody/cancel", b"", "bad-4", 404, "unknown_id", "order_id"),
    ],
)
def test_what_cannot_be_is_told_as_a_problem_and_leaves_nothing(
    path: str, body: bytes, key: str, status: int, code: str | None, where: str | None
) -> None:
    sales = Sale.objects.count()
    answer = post(path, body, key=key)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    found = answer.json()
    assert code is None or (found["code"], found["path"]) == (code, where)
    assert Sale.objects.count() == sales


def test_a_store_that_is_away_is_503_and_the_same_request_works_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Away:
        def load(self, streams: object) -> None:
            raise Unavailable("store")

        def answer(self, key: str) -> None:
            raise Unavailable("store")

    caplog.set_level(logging.DEBUG)
    with monkeypatch.context() as patched:
        patched.setattr(views, "STORE", Away())
        answer = post("/orders", payload(74), key="evt-74")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert post("/orders", payload(74), key="evt-74").status_code == 201
    customer = json.loads(payload(74))
    assert customer["email"] not in caplog.text
    assert customer["shipping_address"]["address1"] not in caplog.text


def test_a_manager_that_was_made_within_a_transaction_is_forgotten_with_it() -> None:
    """Routing looks at the stock as it is in the block; what is rolled back must not be remembered."""
    views.manager().execute(ReceiveStock("GHOST-1", "nyc", 5, key="ghost/receive", at=AT))
    mine = views.manager()
    assert mine.available("GHOST-1", at=AT) == {"nyc": 5}

    class Undone(Exception):
        pass

    def undone() -> None:
        with transaction.atomic():
            claim = (ReservedItem("GHOST-1", "nyc", 5),)
            views.manager().execute(ReserveStock("ghost", "cart", claim, UNTIL, key="ghost/claim", at=AT))
            views.manager().execute(PlaceOrder(GHOST, order_id="ghost", key="ghost/place", at=AT))
            plan = views.manager().route("ghost", key="ghost/route", at=AT)
            assert plan.locations == ()
            raise Undone

    with pytest.raises(Undone):
        undone()
    assert views.manager() is mine
    assert mine.available("GHOST-1", at=AT) == {"nyc": 5}


def test_the_migrations_make_the_tables_that_the_models_say(tmp_path: Path) -> None:
    said = io.StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=said)
    assert said.getvalue().strip() == "No changes detected"
