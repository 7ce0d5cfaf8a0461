"""The shop: views that command omcore, each in a transaction with the shop's own rows.

Decides what belongs to one transaction, who has which manager, and when the dispatcher runs. A manager
keeps a view of stock that is its own, so every thread has one; and what a manager learns within a
transaction may be rolled back, so that one which is made there is not kept.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import close_old_connections, connection, transaction
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from embedding.django_oms.store import DjangoStore
from embedding.django_shop.models import Sale
from embedding.problems import MEDIA_TYPE, headers_of, problem, problem_of, status_of
from omcore.channels import shopify
from omcore.engine import OrderManager
from omcore.kernel import GeoPoint, Location, Network, OmcoreError, checked_text
from omcore.memory import MemoryGateway, MemoryNotifier
from omcore.orders import CancelUnits, ImportOrder
from omcore.routing import LowestCost, Rates

log = logging.getLogger(__name__)

NETWORK = Network((Location("nyc", point=GeoPoint(40.71, -74.01)),))
STORE = DjangoStore()
GATEWAY, NOTIFIER = MemoryGateway(), MemoryNotifier()  # yours: your payment provider's client, your mail

_of_thread = threading.local()
_dispatcher = ThreadPoolExecutor(1, "dispatcher")


def made() -> OrderManager:
    """A manager that has seen nothing yet."""
    return OrderManager(
        STORE, network=NETWORK, routing=LowestCost(Rates()), gateway=GATEWAY, notifier=NOTIFIER
    )


def manager() -> OrderManager:
    """This thread's own; within a transaction, one that is forgotten with it."""
    if connection.in_atomic_block:
        return made()
    found: OrderManager | None = getattr(_of_thread, "manager", None)
    if found is None:
        found = _of_thread.manager = made()
    return found


# -- the dispatcher --------------------------------------------------------------------------


def dispatch() -> None:
    """Everything that the committed feed asks for; on a thread that does nothing else."""
    try:
        close_old_connections()  # as a request does, when it begins and when it ends
        manager().dispatch(at=timezone.now())
    except OmcoreError as error:
        log.error("the dispatcher stopped: %s", error)
    finally:
        close_old_connections()


def wake() -> None:
    """Have the dispatcher run soon; for ``transaction.on_commit``."""
    _dispatcher.submit(dispatch)


# -- views -----------------------------------------------------------------------------------


def _no(body: dict[str, object], status: int) -> JsonResponse:
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE, headers=headers_of(status))


def told(view: Callable[..., JsonResponse]) -> Callable[..., JsonResponse]:
    """Answers refusals as problem details. It stands around the transaction, which they roll back."""

    def telling(request: HttpRequest, *arguments: Any, **named: Any) -> JsonResponse:
        try:
            return view(request, *arguments, **named)
        except OmcoreError as error:
            return _no(problem_of(error), status_of(error))

    return telling


def keyed(view: Callable[..., JsonResponse]) -> Callable[..., JsonResponse]:
    """Hands a view its ``Idempotency-Key``, within a name of this door's own."""

    def with_key(request: HttpRequest, *arguments: Any, **named: Any) -> JsonResponse:
        key = request.headers.get("Idempotency-Key", "").strip('"')
        if not key:
            return _no(problem(400, "idempotency_key_missing", "Idempotency-Key"), 400)
        return view(request, f"web/{key}", *arguments, **named)

    return with_key


@csrf_exempt
@require_POST
@told
@keyed
def place(request: HttpRequest, key: str) -> JsonResponse:
    """An order and its sale, both or none."""
    draft = shopify.read_order(request.body)
    campaign = checked_text(request.GET.get("campaign", ""), "campaign")  # no database takes just anything
    now = timezone.now()
    with transaction.atomic():
        outcome = manager().execute(ImportOrder(draft, key=key, at=now, by="web"))
        order = outcome.order
        Sale.objects.get_or_create(order_id=order.id, defaults={"campaign": campaign, "created_at": now})
        transaction.on_commit(wake)
    return JsonResponse({"order": order.id, "status": order.status}, status=201)


@csrf_exempt
@require_POST
@told
@keyed
def cancel(request: HttpRequest, key: str, order_id: str) -> JsonResponse:
    """One command needs no block of its own: its commit is one."""
    order = manager().execute(CancelUnits(order_id, key=key, at=timezone.now(), by="web")).order
    transaction.on_commit(wake)  # at once, unless something has put a block around the view
    return JsonResponse({"order": order.id, "status": order.status})


@require_GET
@told
def show(request: HttpRequest, order_id: str) -> JsonResponse:
    """The order beside the sale. Personal data is not in either."""
    order = manager().order(order_id)
    sale = Sale.objects.filter(pk=order_id).first()
    campaign = "" if sale is None else sale.campaign
    return JsonResponse({"order": order.id, "status": order.status, "campaign": campaign})


urlpatterns = [
    path("orders", place),
    path("orders/<str:order_id>", show),
    path("orders/<str:order_id>/cancel", cancel),
]
