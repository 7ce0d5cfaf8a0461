"""C5, C4: a shop that an earlier release ran goes on with this one, and what was released stays as it was."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from golden_streams import FROZEN, GOLDEN, RELEASE, freeze, frozen, main, thawed, unlike
from house import ROOT
from omcore import orders as om
from omcore.codec import CODEC, Codec, Fields, UpcastFailed, dumps, loads, payload_hash, unversioned_changes
from omcore.engine import OrderManager, fold
from omcore.inventory import ReceiveStock
from omcore.kernel import IdempotencyConflict, OmcoreError, rebuild_error
from omcore.memory import MemoryStore
from omcore.ports import Answer, Commit, FeedEntry, Write
from omcore.routing import LowestCost, Rates
from omcore.testing.stores._life import CATALOG, NETWORK

RELEASES = sorted(path for path in GOLDEN.iterdir() if path.name[0].isdigit())
each_release = pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name)


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split("\n")[:-1]


def records(path: Path, codec: Codec = CODEC) -> list[Any]:
    return [codec.loads(line) for line in lines(path)]


# -- a shop goes on ----------------------------------------------------------------------------


def commits(release: Path, codec: Codec = CODEC) -> Iterator[Commit]:
    """What was committed, made of what readers of the feed saw and clients were answered."""
    entries: list[FeedEntry] = records(release / "feed.jsonl", codec)
    states: dict[str, Any] = {}
    for answer in records(release / "answers.jsonl", codec):
        mine: dict[str, list[FeedEntry]] = {}
        for entry in entries:
            if entry.key == answer.key:
                mine.setdefault(entry.stream, []).append(entry)
        writes, reads = [], {}
        for stream, news in mine.items():
            events = tuple(entry.event for entry in news)
            states[stream] = fold(stream, events, states.get(stream))
            writes.append(Write(stream, events, states[stream]))
            reads[stream] = news[0].version - 1
        by, reason = next(((news[0].by, news[0].reason) for news in mine.values()), ("", ""))
        yield Commit(answer, reads, tuple(writes), {}, by, reason)


def shop(release: Path, codec: Codec = CODEC) -> MemoryStore:
    store = MemoryStore()
    for commit in commits(release, codec):
        store.commit(commit)
    return store


def commands(release: Path) -> list[tuple[str, Any]]:
    told = [line.split(" ", 1) for line in lines(release / "commands.txt")]
    return [(digest, loads(text)) for digest, text in told]


@each_release
def test_a_whole_shop_folds_to_the_states_that_were_kept(release: Path) -> None:
    store = shop(release)
    assert [*store.feed(0, 10_000)] == records(release / "feed.jsonl")
    kept = records(release / "states.jsonl")
    assert {entry.stream for entry in store.feed(0, 10_000)} == {write.stream for write in kept}
    for write in kept:
        assert dumps(store.load((write.stream,))[write.stream].state) == dumps(write.state)


def what_comes_of(oms: OrderManager, command: Any) -> Any:
    try:
        return oms.execute(command)
    except OmcoreError as error:
        return error


@each_release
def test_whoever_sends_again_after_an_upgrade_is_told_what_he_was_told(release: Path) -> None:
    """No retry becomes an ``IdempotencyConflict``, and none has another effect."""
    store = shop(release)
    oms = OrderManager(store, network=NETWORK, catalog=CATALOG, routing=LowestCost(Rates()))
    before, answered = [*store.feed(0, 10_000)], 0
    for _, command in commands(release):
        recorded = store.answer(command.key)
        if recorded is None or not command.key.startswith("c-"):
            continue
        answered += 1
        said = what_comes_of(oms, command)
        if isinstance(said, OmcoreError):
            assert said == rebuild_error(recorded.error, recorded.path, dict(recorded.fields))
        else:
            assert said.repeated
            assert said.answer == recorded
    assert answered > 20
    assert [*store.feed(0, 10_000)] == before


@each_release
def test_every_kind_of_command_has_the_fingerprint_that_it_had(release: Path) -> None:
    told = commands(release)
    for digest, command in told:
        assert payload_hash(command) == digest, f"another fingerprint of {type(command).__name__}"
    if release.name == RELEASE:
        kinds = {cls for cls in CODEC.classes if cls in (*om.ORDER_COMMANDS,)}
        assert kinds <= {type(command) for _, command in told}


@each_release
def test_the_shop_does_what_comes_next(release: Path) -> None:
    store = shop(release)
    oms = OrderManager(store, network=NETWORK, catalog=CATALOG, routing=LowestCost(Rates()))
    last = max(entry.at for entry in store.feed(0, 10_000)) + timedelta(hours=1)
    oms.execute(ReceiveStock("TEE-M", "nyc", 5, key="after-the-upgrade", at=last))
    oms.execute(om.PlaceHold("o-1", "h-9", "asked", key="another", at=last))
    assert oms.order("o-1").standing.holds
    assert fold("order/o-1", [entry.event for entry in store.history("order/o-1")]) == oms.order("o-1")


# -- and with one that has changed every record, twice -------------------------------------------


def unchanged(old: Fields) -> Fields:
    return old


NAMES = sorted(cls.__name__ for cls in CODEC.classes)
LATER = Codec(CODEC.classes, {(name, version): unchanged for name in NAMES for version in (1, 2)})


@each_release
def test_records_within_records_are_raised_each_by_its_own_version(release: Path) -> None:
    """An event in a feed's entry, a state in a write, a reservation and a plan in an answer."""
    assert {LATER.version(cls) for cls in LATER.classes} == {3}
    for path in sorted(release.glob("*.jsonl")):
        for line in lines(path):
            value = loads(line)
            assert LATER.loads(line) == value
            raised = LATER.dumps(value)
            assert LATER.loads(raised) == value
            assert '"v":1' not in raised
    assert shop(release, LATER).feed(0, 10_000) == shop(release).feed(0, 10_000)


@each_release
def test_an_upcaster_is_run_wherever_such_a_record_stands(release: Path) -> None:
    ran: list[str] = []

    def noted(old: Fields) -> Fields:
        ran.append(old["sku"])
        return old

    codec = Codec(CODEC.classes, {("StockItem", 1): noted, ("StockReceived", 1): noted})
    stored = [text for name in ("feed", "states") for text in lines(release / f"{name}.jsonl")]
    for text in stored:
        codec.loads(text)
    there = sum(text.count(f'"type":"{name}"') for text in stored for name in ("StockItem", "StockReceived"))
    assert len(ran) == there > 5


def renamed(data: Any, old: str, new: str) -> Any:
    """JSON in which whatever has the shape of an order's line has another name for one field."""
    if isinstance(data, dict):
        data = {key: renamed(entry, old, new) for key, entry in data.items()}
        if {"sku", "unit_price", "entitlements", old} <= data.keys():
            data[new] = data.pop(old)
        return data
    return [renamed(entry, old, new) for entry in data] if isinstance(data, list) else data


@each_release
def test_a_record_without_a_tag_is_raised_by_the_one_that_holds_it(release: Path) -> None:
    """A line of an order, had its title been its name once: its holders share one function."""

    def titled(old: Fields) -> Fields:
        made: Fields = renamed(old, "name", "title")
        return made

    before = CODEC.schemas()
    otherwise = attrs.evolve(before["OrderLine"], fields=(("name", "str"),))
    holders = unversioned_changes(before, {**before, "OrderLine": otherwise})
    assert {"OrderLine", "Order", "OrderPlaced"} <= {*holders}
    codec = Codec(CODEC.classes, {(name, 1): titled for name in holders})
    raised = 0
    for path in sorted(release.glob("*.jsonl")):
        for line in lines(path):
            stored = json.loads(line)
            old = renamed(stored, "title", "name")
            assert codec.from_json(old) == loads(line)
            raised += old != stored
    assert raised > 5


def test_a_record_that_became_two_is_read_as_the_one_that_it_was() -> None:
    """An upcaster may say by the fields which class an old record is now."""

    def split(old: Fields) -> Fields:
        kind = "ReservationExpired" if old.pop("reason") == "time" else "ReservationReleased"
        return {"type": kind, "v": 1, **old}

    codec = Codec(CODEC.classes, {("ReservationEnded", 1): split})
    released = next(text for text in feed_lines() if "ReservationReleased" in text)
    old = {**json.loads(released)["event"], "type": "ReservationEnded"}
    for reason, kind in (("time", "ReservationExpired"), ("owner", "ReservationReleased")):
        read = codec.from_json({**old, "reason": reason})
        assert codec.to_json(read) == {**old, "type": kind}


def feed_lines() -> list[str]:
    return lines(GOLDEN / RELEASE / "feed.jsonl")


def test_an_upcaster_that_fails_within_a_record_says_which_and_where() -> None:
    def fails(old: Fields) -> Fields:
        raise KeyError(old["sku"])

    codec = Codec(CODEC.classes, {("StockReceived", 1): fails})
    text = next(text for text in feed_lines() if '"StockReceived"' in text)
    with pytest.raises(UpcastFailed) as failed:
        codec.loads(text)
    assert failed.value.path == "event.type"
    assert failed.value.fields == {"type": "StockReceived", "version": 1, "problem": "KeyError"}


# -- another process, another library, the same bytes --------------------------------------------

WRITES = """
import sys
if sys.argv[1] == "json":
    sys.modules["orjson"] = None
from golden_streams import GOLDEN, RELEASE, _lines, written
from omcore.codec import strict_json
assert (strict_json.orjson is None) == (sys.argv[1] == "json")
for name, text in sorted(written(_lines(GOLDEN / RELEASE / "one_of_each.jsonl")).items()):
    print(name)
    print(text)
"""


@pytest.mark.parametrize(("seed", "library"), [("0", "orjson"), ("1", "json"), ("4242", "orjson")])
def test_everything_is_written_as_it_was_under_any_hash_seed_with_and_without_the_fast_extra(
    seed: str, library: str
) -> None:
    """C1: orders, events, answers, commands and their fingerprints."""
    pytest.importorskip("orjson", reason="the extra `fast` is not there")
    folders = [ROOT / "src", ROOT / "tests" / "support", ROOT / "docs" / "examples"]
    run = subprocess.run(
        [sys.executable, "-c", WRITES, library],
        capture_output=True,
        check=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(map(str, folders))},
    )
    kept: Mapping[str, str] = {
        path.name: path.read_text(encoding="utf-8") for path in sorted((GOLDEN / RELEASE).iterdir())
    }
    told = "".join(f"{name}\n{text}\n" for name, text in kept.items())
    assert run.stdout == told, "what is written has changed: run python tests/support/golden_streams.py"


# -- what was released stays as it was -----------------------------------------------------------


def test_what_was_frozen_is_as_it_was_and_every_earlier_release_is_frozen() -> None:
    assert unlike(GOLDEN) == [], "restore them: what a release wrote is written for ever"
    assert thawed(GOLDEN) == [], "run python tests/support/golden_streams.py --freeze at its release"


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    """A folder of two releases, of which the first one is frozen."""
    folder = tmp_path / "golden"
    shutil.copytree(GOLDEN / RELEASE, folder / "0.1")
    assert freeze(folder, "0.1") == 0
    shutil.copytree(GOLDEN / RELEASE, folder / "0.2")
    return folder


def test_a_frozen_file_that_is_changed_taken_away_or_added_is_noticed(golden: Path) -> None:
    assert unlike(golden) == []
    (golden / "0.2" / "order.jsonl").write_text("", encoding="utf-8")
    assert unlike(golden) == [], "a release that is not out may be written anew"
    path = golden / "0.1" / "order.jsonl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"quantity":4', '"quantity":5', 1), encoding="utf-8")
    assert unlike(golden) == ["0.1/order.jsonl"]
    path.unlink()
    assert unlike(golden) == ["0.1/order.jsonl"]
    path.write_text(text, encoding="utf-8")
    (golden / "0.1" / "more.jsonl").write_text("", encoding="utf-8")
    assert unlike(golden) == ["0.1/more.jsonl"]
    assert freeze(golden, "0.1") == 1, "not even on purpose"


def test_freezing_again_changes_no_checksum(golden: Path) -> None:
    before = frozen(golden)
    assert thawed(golden, "0.3") == ["0.2"]
    assert freeze(golden, "0.2") == 0
    assert thawed(golden, "0.3") == []
    assert before.items() < frozen(golden).items()
    lines_ = (golden / FROZEN).read_text(encoding="utf-8")
    assert freeze(golden, "0.2") == 0
    assert (golden / FROZEN).read_text(encoding="utf-8") == lines_


def test_a_frozen_release_is_not_written_anew(golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("golden_streams.GOLDEN", golden)
    monkeypatch.setattr("golden_streams.RELEASE", "0.1")
    (golden / "0.1" / "stock.jsonl").write_text("", encoding="utf-8")
    assert main([]) == 1
    assert (golden / "0.1" / "stock.jsonl").read_text(encoding="utf-8") == ""


def test_another_command_under_a_key_is_still_told_apart() -> None:
    store = shop(GOLDEN / RELEASE)
    oms = OrderManager(store, network=NETWORK, catalog=CATALOG, routing=LowestCost(Rates()))
    recorded: Answer | None = store.answer("c-1")
    assert recorded is not None
    with pytest.raises(IdempotencyConflict):
        oms.execute(ReceiveStock("TEE-M", "nyc", 999, key="c-1", at=recorded.at))
