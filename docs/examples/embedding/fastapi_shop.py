"""A FastAPI application that sells through omcore. Copy it, change it.

Decides what a request becomes: its body is read strictly, its ``Idempotency-Key`` is the command's key,
and what omcore says no with is answered as problem details. One manager serves all requests and the
dispatcher, on one event loop, over a store that lives as long as the application:

    OMS_DATABASE=shop.db uvicorn embedding.fastapi_shop:app
    OMS_DATABASE=postgresql://user@host/name uvicorn embedding.fastapi_shop:app
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Header, Request
from fastapi.exceptions import HTTPException, RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as NoRoute

from adapters.async_postgres_store import AsyncPostgresStore
from adapters.async_sqlite_store import AsyncSqliteStore
from embedding.problems import MEDIA_TYPE, headers_of, problem, problem_of, status_of
from omcore.channels import MissingField, shopify
from omcore.codec import CODEC, MAX_BYTES, parse_json
from omcore.engine import AsyncOrderManager
from omcore.inventory import ReceiveStock
from omcore.kernel import (
    Command,
    GeoPoint,
    InvalidType,
    LimitExceeded,
    Location,
    Network,
    OmcoreError,
    UnknownEvent,
)
from omcore.memory import AsyncMemoryGateway, AsyncMemoryNotifier
from omcore.orders import CancelUnits, ImportOrder, Order, OrderDraft, PlaceOrder
from omcore.routing import LowestCost, Rates

log = logging.getLogger(__name__)

NETWORK = Network((Location("nyc", point=GeoPoint(40.71, -74.01)),))
EVERY_S = 1.0


def now() -> datetime:
    """The application's clock; omcore reads none."""
    return datetime.now(UTC)


# -- the store, the manager, the dispatcher --------------------------------------------------


async def opened(database: str) -> AsyncPostgresStore | AsyncSqliteStore:
    """The store that a URL names, or a file."""
    if not database.startswith("postgresql://"):
        return await AsyncSqliteStore.open(database)
    store = AsyncPostgresStore(database)
    await store.create_tables()
    return store


class Dispatcher:
    """Does what is due: when it is woken, and every second besides."""

    def __init__(self, oms: AsyncOrderManager) -> None:
        self._oms = oms
        self._woken = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Look again, now."""
        self._woken.set()

    def stop(self) -> None:
        """Finish what is under way; a task that is cancelled would leave it half known."""
        self._stopping = True
        self.wake()

    async def run(self) -> None:
        """Until it is stopped."""
        while not self._stopping:
            self._woken.clear()
            try:
                await self.round(now())
            except OmcoreError as error:
                log.error("the dispatcher stopped short: %s", error)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), EVERY_S)

    async def round(self, at: datetime) -> None:
        """Deadlines first: what they bring about is dispatched at once."""
        for order_id in await self._oms.due(at=at):
            await self._oms.meet_deadlines(order_id, at=at, by="dispatcher")
        report = await self._oms.dispatch(at=at)
        for concern, code in report.stopped:
            log.warning("%s waits: %s", concern, code)


def died(task: asyncio.Task[None]) -> None:
    """What a defect says may be anything, and anybody's data: its name is logged."""
    if not task.cancelled() and (defect := task.exception()) is not None:
        log.critical("the dispatcher died of %s", type(defect).__name__)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """The store is opened first and closed last."""
    store = await opened(os.environ.get("OMS_DATABASE", "shop.db"))
    try:
        app.state.oms = AsyncOrderManager(
            store,
            network=NETWORK,
            routing=LowestCost(Rates()),
            gateway=app.state.gateway,
            notifier=app.state.notifier,
        )
        app.state.dispatcher = dispatcher = Dispatcher(app.state.oms)
        app.state.task = task = asyncio.create_task(dispatcher.run())
        task.add_done_callback(died)
        yield
        dispatcher.stop()
        await asyncio.wait({task})
    finally:
        await store.close()


# -- what a request has ----------------------------------------------------------------------


async def body(request: Request) -> bytes:
    """The body, of which no more is read than a payload may have."""
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > MAX_BYTES:
            raise LimitExceeded("", what="bytes of JSON", limit=MAX_BYTES, got=len(read))
    return bytes(read)


def key(idempotency_key: Annotated[str, Header()] = "") -> str:
    """The command's key, within a name of this door's own; with accounts, within the account's."""
    given = idempotency_key.strip('"')
    if not given:
        raise HTTPException(400, "idempotency_key_missing")
    return f"web/{given}"


def manager(request: Request) -> AsyncOrderManager:
    """The one manager."""
    oms: AsyncOrderManager = request.app.state.oms
    return oms


Body = Annotated[bytes, Depends(body)]
Key = Annotated[str, Depends(key)]
Now = Annotated[datetime, Depends(now)]
Oms = Annotated[AsyncOrderManager, Depends(manager)]


def draft_of(data: bytes) -> OrderDraft:
    """A draft in omcore's own JSON, every field of it; ``1.9`` for an int is an error."""
    try:
        found = CODEC.loads(data)
    except UnknownEvent:  # the client's, and no newer release's record in the store
        found = None
    if type(found) is not OrderDraft:
        raise InvalidType("type", expected="OrderDraft")
    return found


def members(data: bytes, names: Collection[str]) -> dict[str, Any]:
    """A JSON object that has these members and no others."""
    found = parse_json(data)
    if type(found) is not dict or not found.keys() <= set(names):
        raise InvalidType("", expected="an object of " + ", ".join(sorted(names)))
    for name in names:
        if name not in found:
            raise MissingField(name)
    return found


# -- what is answered ------------------------------------------------------------------------

router = APIRouter()


def shown(order: Order) -> dict[str, object]:
    """What everybody may see of an order; personal data is not in it."""
    shipped = [shipment.tracking for shipment in order.progress.shipments.values()]
    return {"order": order.id, "status": order.status, "due": order.payments.balance, "shipped": shipped}


async def carried_out(request: Request, command: Command) -> dict[str, object]:
    """A command about an order, and the order after it."""
    outcome = await manager(request).execute(command)
    request.app.state.dispatcher.wake()
    return shown(outcome.order)


@router.post("/orders", status_code=201)
async def place(request: Request, data: Body, key: Key, at: Now) -> dict[str, object]:
    """An order of the shop's own storefront."""
    return await carried_out(request, PlaceOrder(draft_of(data), key=key, at=at, by="web"))


@router.post("/channels/shopify")
async def take_in(request: Request, data: Body, key: Key, at: Now) -> dict[str, object]:
    """A channel's word about an order, as often as it likes and in any order (C8)."""
    return await carried_out(request, ImportOrder(shopify.read_order(data), key=key, at=at, by="shopify"))


@router.post("/orders/{order_id}/cancel")
async def cancel(request: Request, order_id: str, key: Key, at: Now) -> dict[str, object]:
    """All that has not shipped."""
    return await carried_out(request, CancelUnits(order_id, key=key, at=at, by="web"))


@router.post("/orders/{order_id}/route")
async def route(request: Request, oms: Oms, order_id: str, key: Key, at: Now) -> dict[str, object]:
    """Where it ships from, and why."""
    plan = await oms.route(order_id, key=key, at=at, by="web")
    request.app.state.dispatcher.wake()
    return {"order": order_id, "locations": plan.locations, "explained": plan.explain()}


@router.post("/stock/{location}/{sku:path}", status_code=201)
async def receive(oms: Oms, location: str, sku: str, data: Body, key: Key, at: Now) -> dict[str, object]:
    """Goods have come in."""
    quantity = members(data, ["quantity"])["quantity"]
    await oms.execute(ReceiveStock(sku, location, quantity, key=key, at=at, by="warehouse"))
    return {"sku": sku, "location": location, "received": quantity}


@router.get("/orders/{order_id}")
async def order(oms: Oms, order_id: str) -> dict[str, object]:
    """An order as it stands."""
    return shown(await oms.order(order_id))


@router.get("/availability/{sku:path}")
async def availability(oms: Oms, sku: str, at: Now, by: datetime | None = None) -> dict[str, int]:
    """What can be promised per location; ``by``: with what is expected until then."""
    return dict(await oms.available(sku, at=at, by=by))


@router.get("/health")
async def health(request: Request) -> JSONResponse:
    """503 where the dispatcher has died of a defect: have the process started again."""
    dead = request.app.state.task.done()
    return JSONResponse({"dispatching": not dead}, status_code=503 if dead else 200)


# -- what says no ----------------------------------------------------------------------------


def _no(body: dict[str, object], status: int) -> JSONResponse:
    return JSONResponse(body, status, headers_of(status), MEDIA_TYPE)


async def refused(_: Request, error: Exception) -> JSONResponse:
    """omcore's errors."""
    assert isinstance(error, OmcoreError)
    return _no(problem_of(error), status_of(error))


async def not_valid(_: Request, error: Exception) -> JSONResponse:
    """FastAPI's own, of queries and headers. Its usual answer repeats the value, which is anybody's data."""
    assert isinstance(error, RequestValidationError)
    place = ".".join(map(str, error.errors()[0]["loc"]))
    return _no(problem(422, "invalid_request", place), 422)


async def not_there(_: Request, error: Exception) -> JSONResponse:
    """No such route, or no key."""
    assert isinstance(error, NoRoute)
    code = error.detail if isinstance(error, HTTPException) else HTTPStatus(error.status_code).name.lower()
    return _no(problem(error.status_code, code), error.status_code)


def create_app(gateway: Any = None, notifier: Any = None) -> FastAPI:
    """An application with its own ports; yours are the clients of your payment provider and your mail."""
    app = FastAPI(title="A shop", lifespan=lifespan)
    app.state.gateway = gateway or AsyncMemoryGateway()
    app.state.notifier = notifier or AsyncMemoryNotifier()
    app.include_router(router)
    app.add_exception_handler(OmcoreError, refused)
    app.add_exception_handler(RequestValidationError, not_valid)
    app.add_exception_handler(NoRoute, not_there)
    return app


app = create_app()
