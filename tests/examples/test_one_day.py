"""The day of docs/examples/one_day.py, told in one run: what happened, what it sums to, and that a
second run on the same database changes nothing."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import attrs
import pytest

import _merchant as merchant
import one_day
from _floor import Surprises
from _payloads import read_folder
from adapters.sqlite_store import SqliteStore
from omcore.engine import OrderManager
from omcore.kernel import format_minor
from omcore.kernel.runs import count
from omcore.orders import Order
from omcore.orders import events as ev
from omcore.ports import FeedEntry

ROOT = Path(one_day.__file__).parents[2]
SHARED = ROOT.parent / "shared" / "payloads"


@attrs.frozen
class Told:
    """A run: what it printed, and what it left behind."""

    text: str
    out: Path
    db: Path

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.out / "report.json").read_text(encoding="utf-8"))
        return found

    @property
    def last_line(self) -> str:
        return self.text.rstrip().split("\n")[-1]

    def feed(self) -> list[FeedEntry]:
        store = SqliteStore(self.db)
        entries = list(store.feed(0, 100_000))
        store.close()
        return entries

    def orders(self) -> dict[str, Order]:
        """Every order by its number."""
        store = SqliteStore(self.db)
        names = {entry.stream for entry in store.feed(0, 100_000) if entry.stream.startswith("order/")}
        loaded = store.load(sorted(names))
        store.close()
        return {found.state.terms.number: found.state for found in loaded.values() if found.state}

    def story(self, number: str) -> list[Any]:
        """The events of one order."""
        order = self.orders()[number]
        return [entry.event for entry in self.feed() if entry.stream == f"order/{order.id}"]


def run(out: Path, *arguments: str) -> Told:
    db = out / "day.db"
    printed = io.StringIO()
    with redirect_stdout(printed):
        assert one_day.main(["--out", str(out), "--db", str(db), *arguments]) == 0
    return Told(printed.getvalue(), out, db)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return run(tmp_path_factory.mktemp("day"))


def of(kind: type, events: list[Any]) -> list[Any]:
    return [event for event in events if type(event) is kind]


# -- the story ----------------------------------------------------------------------------------------


def test_every_payload_is_read_and_thirteen_orders_of_three_channels_are_placed(day: Told) -> None:
    assert day.last_line.startswith("16 files: 16 orders read, 13 placed, 0 quarantined")
    assert {row["channel"]: row["orders"] for row in day.report["channels"]} == {
        "amazon": 3,
        "shopify": 8,
        "square": 2,
    }


def test_the_network_is_six_locations_or_more_with_all_that_routing_asks_of_them() -> None:
    assert len(merchant.NETWORK.locations) >= 6
    assert {location.kind for location in merchant.NETWORK.locations} == {"warehouse", "store"}
    assert all(location.point is not None for location in merchant.NETWORK.locations)
    assert len({location.zone for location in merchant.NETWORK.locations}) >= 3


def test_an_order_that_no_location_holds_alone_ships_from_two(day: Told) -> None:
    shipments = of(ev.UnitsShipped, day.story("#1002"))
    assert sorted(shipment.location for shipment in shipments) == ["columbus", "reno"]
    assert day.report["total"]["split_rate"]["part"] == 2


def test_a_short_pick_is_routed_elsewhere_and_lowers_the_books(day: Told) -> None:
    """S9: reno has a tee less than its books say; dallas ships it."""
    story = day.story("#1003")
    (short,) = of(ev.UnitsShortPicked, story)
    assert short.location == "reno"
    after = story[story.index(short) :]
    (again,) = of(ev.FulfillmentRequested, after)
    assert again.location != "reno"
    assert day.orders()["#1003"].status == "delivered"
    left = {(row["location"], row["sku"]): row["on_hand"] for row in day.report["stock"]}
    assert left["reno", "TEE-L"] == 0


def test_a_cancellation_frees_the_stock_and_lets_go_of_the_money(day: Told) -> None:
    order = day.orders()["#1004"]
    assert order.status == "cancelled"
    (tender,) = order.payments.tenders.values()
    assert (tender.captured, tender.voided) == (0, tender.authorized)
    assert not of(ev.UnitsShipped, day.story("#1004"))


def test_an_order_waits_for_its_payment(day: Told) -> None:
    story = day.story("#1007")
    kinds = [type(event) for event in story]
    assert kinds.index(ev.HoldPlaced) < kinds.index(ev.PaymentReceived) < kinds.index(ev.FulfillmentRequested)


def test_a_till_sale_takes_from_the_shelf_and_reserves_nothing(day: Told) -> None:
    """S12."""
    story = day.story("till-0001")
    (taken,) = of(ev.GoodsTaken, story)
    assert taken.location == "soho"
    assert not of(ev.FulfillmentRequested, story)


def test_what_amazon_fulfills_is_never_routed(day: Told) -> None:
    """S12."""
    story = day.story("114-2000002-0000002")
    assert of(ev.ChannelShipped, story)
    assert not of(ev.FulfillmentRequested, story)
    assert day.orders()["114-2000002-0000002"].status == "delivered"


def test_a_return_is_refunded_to_the_cent_and_back_on_the_shelf(day: Told) -> None:
    """M6: one of two units comes back, and exactly its entitlement is refunded."""
    story = day.story("#1001")
    (back,) = of(ev.ReturnReceived, story)
    (refund,) = [event for event in of(ev.PaymentApproved, story) if event.kind == "refund"]
    assert refund.amount == back.net + back.tax
    assert day.orders()["#1001"].status == "partially_returned"


def test_at_the_end_nothing_is_left_to_do(day: Told) -> None:
    final = {"delivered", "partially_returned", "cancelled"}
    assert {order.status for order in day.orders().values()} <= final
    assert all(row["claimed"] == 0 for row in day.report["stock"])


# -- the sums -----------------------------------------------------------------------------------------


def test_every_order_is_paid_for_and_every_ledger_sums_to_zero(day: Told) -> None:
    """M11."""
    for order in day.orders().values():
        assert order.payments.balance == 0
        assert sum(order.payments.accounts.values()) == 0


def test_what_was_booked_is_what_the_channels_say_their_customers_pay(day: Told) -> None:
    intake = read_folder(one_day.DATA, locations=merchant.SQUARE_LOCATIONS, skus={})
    stated: Counter[tuple[str, str]] = Counter()
    for command in {command.draft.ref: command for _, command in intake.orders}.values():
        total = command.draft.stated_total
        assert total is not None
        stated[command.draft.ref.channel, total.currency] += total.minor
    booked = {
        (row["channel"], money["currency"]): money["booked"] + money["tax"]
        for row in day.report["channels"]
        for money in row["money"]
    }
    assert booked == stated


def test_what_was_booked_was_recognized_or_cancelled(day: Told) -> None:
    for row in (*day.report["channels"], day.report["total"]):
        for money in row["money"]:
            assert money["booked"] == money["recognized"] + money["cancelled"]


def test_money_of_the_report_is_money_of_the_tenders(day: Told) -> None:
    moved: Counter[tuple[str, str]] = Counter()
    for order in day.orders().values():
        moved["captured", order.terms.currency] += order.payments.captured
        moved["refunded", order.terms.currency] += order.payments.refunded
    for money in day.report["total"]["money"]:
        for name in ("captured", "refunded"):
            assert money[name] == moved[name, money["currency"]]


def test_stock_left_is_what_was_there_less_what_went(day: Told) -> None:
    """S2, S11: kits are counted by their components."""
    expected: Counter[tuple[str, str]] = Counter()
    for location, units in merchant.OPENING_STOCK.items():
        for sku, quantity in units.items():
            expected[location, sku] += quantity
    for order in day.orders().values():
        events = [entry.event for entry in day.feed() if entry.stream == f"order/{order.id}"]
        for event in events:
            sign = {ev.UnitsShipped: -1, ev.GoodsTaken: -1, ev.UnitsShortPicked: -1, ev.ReturnReceived: 1}
            if type(event) not in sign:
                continue
            for line_id, runs in event.items:
                for sku, each in order.terms.line(line_id).components:
                    expected[event.location, sku] += sign[type(event)] * each * count(runs)
    left = {(row["location"], row["sku"]): row["on_hand"] for row in day.report["stock"]}
    assert left == dict(expected)


def test_every_message_went_out_once_and_none_to_amazons_customers(day: Told) -> None:
    """C9."""
    rows = {row["channel"]: row["messages"] for row in day.report["channels"]}
    assert rows["amazon"] == {}
    assert rows["square"] == {}  # nobody leaves an address at the till
    assert rows["shopify"]["order_confirmation"] == 8
    assert rows["shopify"]["refunded"] == 1
    assert rows["shopify"]["cancelled"] == 1


# -- what it prints and writes ------------------------------------------------------------------------


def test_it_shows_progress_timelines_a_plan_and_the_report(day: Told) -> None:
    headings = ["Every order's day", "Why it shipped from there", "The figures", "Files"]
    places = [day.text.index(f"\n{heading}\n") for heading in headings]
    assert places == sorted(places)
    progress = day.text[: places[0]]
    assert "SHORT at reno" in progress
    assert "RETURNED to soho" in progress
    for number, order in day.orders().items():
        assert f"\n{number} on {order.terms.ref.channel}: {order.status.replace('_', ' ')}\n" in day.text
    plan = day.text[places[1] : places[2]]
    assert "from 2 locations" in plan
    assert "lost" in plan


@pytest.mark.parametrize("name", ["order_lifecycle.svg", "shipments.svg"])
def test_it_draws_the_lifecycle_and_the_map(day: Told, name: str) -> None:
    text = (day.out / name).read_text(encoding="utf-8")
    # Text of our own making, without entities: nothing that a parser could be made to expand.
    assert ElementTree.fromstring(text).tag.endswith("svg")  # noqa: S314 - our own file, just written
    words = ("partially fulfilled", "on hold") if "lifecycle" in name else ("Newark, NJ", "#1002")
    assert all(word in text for word in words)


def test_nobodys_name_or_address_is_printed_or_written(day: Told) -> None:
    intake = read_folder(one_day.DATA, locations={}, skus={})
    secrets = set()
    for _, command in intake.orders:
        contact = command.draft.contact
        if contact is not None:
            secrets |= {contact.name, contact.email, contact.phone, contact.postal_code, *contact.street}
    secrets.discard("")
    assert len(secrets) > 10
    written = [day.text] + [path.read_text(encoding="utf-8") for path in day.out.glob("*.[sj][vs]*")]
    assert len(written) == 4
    for text in written:
        assert not [secret for secret in secrets if secret in text]


def test_amounts_are_told_in_the_currency_the_customer_pays(day: Told) -> None:
    order = day.orders()["#1006"]
    assert order.terms.currency == "EUR"
    assert f"{format_minor(order.terms.total, 'EUR')} EUR" in day.text


# -- once more ----------------------------------------------------------------------------------------


def test_a_second_run_on_the_same_database_changes_nothing(tmp_path: Path) -> None:
    """C4: every command has a key made of a fact; asked again, it is answered again."""
    first = run(tmp_path)
    feed, report = first.feed(), first.report
    second = run(tmp_path)
    assert second.feed() == feed
    assert second.report == report
    assert second.text[second.text.index("Every order's day") :] in first.text
    assert "shipped from" not in second.text[: second.text.index("Every order's day")]


@pytest.mark.parametrize("commands", [1, 33, 60, 85])
def test_a_day_that_broke_off_is_finished_by_running_it_again(
    tmp_path: Path, day: Told, commands: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a command was committed and before its effects were made, the machine is switched off."""
    carried_out = OrderManager.execute
    left = iter(range(commands))

    def switched_off(oms: Any, command: Any) -> Any:
        outcome = carried_out(oms, command)
        if next(left, None) is None:
            raise KeyboardInterrupt
        return outcome

    with monkeypatch.context() as patch:
        patch.setattr(OrderManager, "execute", switched_off)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path)
    again = run(tmp_path)
    assert again.report == day.report
    assert [(entry.stream, entry.event) for entry in again.feed()] == [
        (entry.stream, entry.event) for entry in day.feed()
    ]


def test_the_same_day_is_told_in_the_same_words_under_any_hash_seed(tmp_path: Path) -> None:
    """C1. As a user runs it: a command of its own, from another folder, without any argument."""
    told = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, str(ROOT / "docs" / "examples" / "one_day.py")],
            cwd=folder,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT / "src")},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        )
        told.append(done.stdout)
        assert (folder / "build" / "one_day" / "shipments.svg").exists()
    assert told[0] == told[1]


# -- other people's payloads --------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The day's payloads, and among them whatever lands in such a folder."""
    payloads = tmp_path / "payloads"
    shutil.copytree(one_day.DATA, payloads)
    (payloads / "shopify" / "broken.json").write_text('{"id": 1, "line_items": [', encoding="utf-8")
    (payloads / "shopify" / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff\xfe")
    (payloads / "shopify" / "empty.json").write_bytes(b"")
    (payloads / "shopify" / "huge.json").write_text("[" + "0," * 600_000 + "0]", encoding="utf-8")
    (payloads / "shopify" / "deep.json").write_text("[" * 5_000, encoding="utf-8")
    (payloads / "amazon" / "list.json").write_text("[1]", encoding="utf-8")
    (payloads / "ebay").mkdir()
    (payloads / "ebay" / "order.json").write_text("{}", encoding="utf-8")
    (payloads / "SOURCES.md").write_text("no channel's", encoding="utf-8")
    (payloads / "shopify" / ".DS_Store").write_bytes(b"\x00")
    text = (payloads / "shopify" / "1001-created.json").read_text(encoding="utf-8")
    (payloads / "shopify" / "contradiction.json").write_text(
        text.replace('"58.78"', '"58.79"').replace("5100001001", "5100009999"), encoding="utf-8"
    )
    return payloads


def test_what_cannot_be_read_is_quarantined_with_its_reason_and_the_rest_goes_on(
    tmp_path: Path, folder: Path
) -> None:
    told = run(tmp_path / "out", "--payloads", str(folder))
    assert told.last_line.startswith("24 files: 16 orders read, 13 placed, 8 quarantined")
    quarantine = told.text[told.text.index("\nQuarantined\n") :]
    for name in ("broken", "logo", "empty", "huge", "deep", "contradiction"):
        assert f"  shopify/{name}." in quarantine
    assert "  amazon/list.json: " in quarantine
    assert "ebay/order.json: no channel of that name" in quarantine
    assert told.orders()["#1008"].status == "delivered"


def test_the_same_payload_twice_and_another_of_the_same_second_are_one_order(
    tmp_path: Path, folder: Path
) -> None:
    """C4, C8: one key is one content; what shares a version is compared, and here says nothing new."""
    text = (folder / "shopify" / "1001-created.json").read_text(encoding="utf-8")
    (folder / "shopify" / "again.json").write_text(text, encoding="utf-8")
    (folder / "shopify" / "other.json").write_text(
        text.replace("Organic tee, M", "Something else"), encoding="utf-8"
    )
    told = run(tmp_path / "out", "--payloads", str(folder))
    assert told.last_line.startswith("26 files: 18 orders read, 13 placed, 8 quarantined")
    assert told.orders()["#1001"].status == "delivered"


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        one_day.main(["--payloads", str(tmp_path / "nowhere"), "--out", str(tmp_path)])
    assert "no such folder" in capsys.readouterr().err


def test_an_empty_folder_is_an_empty_day(tmp_path: Path) -> None:
    (tmp_path / "payloads").mkdir()
    told = run(tmp_path / "out", "--payloads", str(tmp_path / "payloads"))
    assert told.last_line.startswith("0 files: 0 orders read, 0 placed, 0 quarantined")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the published samples are not part of the project")
def test_published_samples_of_the_channels_are_read_or_quarantined(tmp_path: Path) -> None:
    told = run(tmp_path, "--payloads", str(SHARED))
    assert told.last_line == (
        "33 files: 7 orders read, 7 placed, 18 quarantined, 8 only named an order to fetch"
    )


def test_surprises_are_the_days_own_and_not_other_peoples(tmp_path: Path, folder: Path) -> None:
    told = run(tmp_path / "out", "--payloads", str(folder))
    assert not [entry for entry in told.feed() if type(entry.event) is ev.UnitsShortPicked]
    assert Surprises() != merchant.SURPRISES
