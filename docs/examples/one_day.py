"""A day of orders of three channels, from their payloads to the report, on SQLite.

    python docs/examples/one_day.py
    python docs/examples/one_day.py --db day.db         # run it twice: the second changes nothing
    python docs/examples/one_day.py --payloads DIR      # other payloads: a folder a channel

The clock is in the data. What the channels send stands in ``data/``, the merchant in
``_merchant.py``, what people do about it in ``_floor.py``, what is outside in ``_outside.py``.
"""

from __future__ import annotations

import argparse
import heapq
import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import _merchant as merchant
from _floor import People, Surprises
from _outside import CardGateway, Channels, Outbox
from _payloads import Intake, read_folder
from _show import Ticker, heading, show_orders
from adapters.sqlite_store import SqliteStore
from omcore.engine import OrderManager
from omcore.kernel import Command, IdempotencyConflict, InputError, OmcoreError, Refusal
from omcore.lifecycle import ORDER
from omcore.orders import ImportOrder
from omcore.orders import events as ev
from omcore.ports import FeedEntry
from omcore.reporting import DayReport, Report, as_json, render_text
from omcore.routing import Route, RoutingPlan, map_svg

DATA = Path(__file__).parent / "data"
BATCH = 500


class Day:
    """One loop: the next command in time is carried out, its effects are made, its facts answered."""

    def __init__(self, db: Path, surprises: Surprises) -> None:
        self.store = SqliteStore(db)
        self.outbox = Outbox(db)
        self.channels = Channels()
        self.oms = OrderManager(
            self.store,
            network=merchant.NETWORK,
            routing=merchant.ROUTING,
            catalog=merchant.CATALOG,
            sales_channels=merchant.SALES_CHANNELS,
            messages=merchant.MESSAGES,
            gateway=CardGateway(),
            notifier=self.outbox,
            channel=self.channels,
        )
        self.report = Report()
        self.ticker = Ticker(merchant.EAST)
        self.placed: dict[str, ev.OrderPlaced] = {}
        self.shipped: list[Route] = []
        self.plans: list[RoutingPlan] = []
        self.refused: list[tuple[Command, OmcoreError]] = []
        self._people = People(merchant.NETWORK, surprises)
        self._agenda: list[tuple[datetime, int, Command]] = []
        self._numbers = count()

    def run(self, commands: Iterable[Command]) -> None:
        """Everything, until nothing is left to do. Done already, it is asked again and answered."""
        self._plan(commands)
        self._read_on(quietly=True)  # what an earlier run has left in the database
        while self._agenda:
            command = heapq.heappop(self._agenda)[2]
            self.outbox.now = command.at
            try:
                outcome = self.oms.execute(command)
            except (Refusal, InputError, IdempotencyConflict) as error:  # the store's own trouble is ours
                self.refused.append((command, error))
                self.ticker.refused(command, error)
            else:
                if isinstance(outcome.result, RoutingPlan):
                    self.plans.append(outcome.result)
            self.oms.dispatch(at=command.at)
            self._read_on()
        for message, at in self.outbox.sent():
            self.report.sent(message, at)

    def close(self) -> None:
        """Close the database."""
        self.outbox.close()
        self.store.close()

    def _plan(self, commands: Iterable[Command]) -> None:
        for command in commands:
            heapq.heappush(self._agenda, (command.at, next(self._numbers), command))

    def _read_on(self, *, quietly: bool = False) -> None:
        """Whatever is new on the feed is counted, shown, remembered and answered."""
        while entries := self.store.feed(self.report.position, BATCH):
            for entry in entries:
                self.report.apply(entry)
                self._remember(entry)
                self.ticker.show(entry, quietly=quietly)
                self._plan(self._people.answer(entry))

    def _remember(self, entry: FeedEntry) -> None:
        order_id, event = entry.stream.removeprefix("order/"), entry.event
        if type(event) is ev.OrderPlaced:
            self.placed[order_id] = event
        elif type(event) is ev.UnitsShipped:
            place = self.placed[order_id].destination
            if place is not None and place.point is not None:
                self.shipped.append(Route(event.location, place.point, self.placed[order_id].number))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the day and tell it."""
    options = _options(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    own = options.payloads is None
    intake = read_folder(options.payloads or DATA, locations=merchant.SQUARE_LOCATIONS, skus={})
    orders = [command for _, command in intake.orders]
    stock = merchant.opening() if own else merchant.some_of_everything(orders)
    day = Day(_database(options.db, options.out), merchant.SURPRISES if own else Surprises())
    try:
        day.run([*stock, *orders])
        bounds = (merchant.MIDNIGHT, merchant.MIDNIGHT + timedelta(days=1)) if own else (None, None)
        _tell(day, intake, day.report.day(*bounds), options.out)
    finally:
        day.close()
    return 0


def _tell(day: Day, intake: Intake, report: DayReport, out: Path) -> None:
    """The orders, a plan, the report, the files, the counts."""
    files = {command.key: name for name, command in intake.orders}
    for command, error in day.refused:
        if isinstance(command, ImportOrder):
            intake.refuse(files[command.key], error)
    heading("Every order's day")
    show_orders(day.oms, day.placed, merchant.EAST)
    if day.plans:
        heading("Why it shipped from there")
        print(max(day.plans, key=lambda plan: len(plan.locations)).explain())
    heading("The figures")
    print(render_text(report, stock=len(report.stock) <= 100))
    heading("Files")
    _write(out / "order_lifecycle.svg", ORDER.svg())
    _write(out / "shipments.svg", map_svg(merchant.NETWORK, day.shipped, "Shipments of the day"))
    _write(out / "report.json", json.dumps(as_json(report), indent=2) + "\n")
    if intake.quarantined:
        heading("Quarantined")
        for entry in intake.quarantined:
            print(f"  {entry.file}: {entry.reason}")
    print(
        f"\n{intake.files} files: {len(intake.orders)} orders read, {len(day.placed)} placed, "
        f"{len(intake.quarantined)} quarantined, {len(intake.notices)} only named an order to fetch"
    )


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    print(f"  {path}")


def _database(given: Path | None, out: Path) -> Path:
    """The database that was asked for, as it is; a new one for every run where none was."""
    if given is not None:
        given.parent.mkdir(parents=True, exist_ok=True)
        return given
    for path in out.glob("one_day.db*"):
        path.unlink()
    return out / "one_day.db"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A day of orders, from payload to report.")
    parser.add_argument("--payloads", type=Path, metavar="DIR", help="a folder a channel, any file in it")
    parser.add_argument("--db", type=Path, metavar="PATH", help="a database to keep; else one for this run")
    parser.add_argument("--out", type=Path, metavar="DIR", default=Path("build/one_day"))
    options = parser.parse_args(arguments)
    if options.payloads is not None and not options.payloads.is_dir():
        parser.error(f"no such folder: {options.payloads}")
    return options


if __name__ == "__main__":
    raise SystemExit(main())
