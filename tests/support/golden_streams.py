"""Golden files of the codec: what this release writes, kept so that every later one is held to it.

python tests/support/golden_streams.py             writes tests/codec/golden/<release>
python tests/support/golden_streams.py --freeze    when it is released: writes its checksums down

The folder of a release is written anew only until that is out; one that is frozen, or has lines of an
earlier schema version, is left alone. One record a line:

order, stock      a stream's events, and at the end the state that they fold to
one_of_each       a value of every record
feed              every event of a small shop's life, as a reader of its feed sees it
states            each stream of that shop as it was at the end: a ``Write`` without events
answers           what every command of it was answered, in the order of commits
commands.txt      each of its commands, and one of every kind, after its payload hash
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, seed, settings

from omcore import __version__
from omcore import inventory as inv
from omcore import orders as om
from omcore.codec import CODEC, dumps, loads, payload_hash
from omcore.kernel import Catalog, Command, GeoPoint, Item, OmcoreError, Place
from omcore.memory import MemoryStore
from omcore.orders.draft import DraftTender, Tax
from omcore.ports import Answer, Commit, FeedEntry, Store, Write
from omcore.testing.records import records
from omcore.testing.stores._life import Life as ShopLife
from omcore.testing.stores._life import lived
from order_life import ORDER_ID, T0, Life, a_draft, a_line, usd

GOLDEN = Path(__file__).resolve().parent.parent / "codec" / "golden"
FROZEN = "frozen.txt"
RELEASE = ".".join(__version__.split(".")[:2])
_LONGEST = 2_000  # characters: enough to show everything, little enough to look at


def a_whole_life() -> Life:
    """Placed, held, split, short picked, shipped, declined, cancelled in part, returned, a kit in parts."""
    kit = Item("MUG", components=(("CUP", 1), ("LID", 1)))
    life = Life(om.OrderContext(Catalog((kit,)), om.Policies(), om.DEFAULT_RULES))
    draft = a_draft(
        [a_line(quantity=4, taxes=(Tax("m", amount=usd(90), collected_by="channel"),)), a_line("mug", 2)],
        destination=Place("US", "NY", "10001", GeoPoint(40.7, -74)),
        tenders=(
            DraftTender("gift", "gateway", usd(1000), captured=True),
            DraftTender("card", "gateway", usd(100_000)),
        ),
    )
    life.place(draft, signals=(("fraud_score", 3),))
    life.do(om.PlaceHold(ORDER_ID, "h", "fraud", **life.common()))
    life.approve_all()
    life.do(om.ReleaseHold(ORDER_ID, "h", **life.common()))
    life.allocate(("tee", "nyc", 3), ("mug", "lax", 2))
    life.do(om.ReportShortPick(ORDER_ID, f"{ORDER_ID}-F1", (("tee", 1),), **life.common()))
    life.ship(1)
    life.approve_all("unknown")
    life.approve_all("declined")
    life.do(om.ReleaseHold(ORDER_ID, "payments-uncovered", **life.common()))  # on somebody's word
    life.ship(2)
    life.do(om.RequestCancel(ORDER_ID, "wish-1", (("mug", 1),), **life.common()))
    life.do(om.DecideCancelRequest(ORDER_ID, "wish-1", False, "packed", **life.common()))
    life.do(om.RequestCancel(ORDER_ID, "wish-2", (("tee", 2),), **life.common()))
    life.do(om.CancelUnits(ORDER_ID, (("tee", 1),), **life.common()))
    life.deliver_all()
    life.do(om.AuthorizeReturn(ORDER_ID, "rma", (("tee", 2),), **life.common()))
    life.do(om.ReceiveReturn(ORDER_ID, "rma", "nyc", (("tee", 1),), **life.common()))
    a_lid = (("mug", 1, (("LID", 1),)),)
    life.do(om.ReturnInStore(ORDER_ID, "lid", "soho", (), parts=a_lid, **life.common()))
    return life


def a_shelf() -> tuple[list[Any], inv.StockItem]:
    """Received, reserved, allocated, shipped, taken back damaged."""
    steps = [
        inv.Receive(9),
        inv.Reserve(2, 1_900_000_000),
        inv.Allocate(3),
        inv.Ship(1),
        inv.TakeBack(1, "damaged"),
    ]
    events, item = inv.decide_operations(None, steps, T0, sku="TEE \u00e9", location="nyc")
    return list(events), item


class _Noting(MemoryStore):
    """Notes what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.answered: list[Answer] = []

    def commit(self, commit: Commit) -> None:
        super().commit(commit)
        self.answered.append(commit.answer)


class _Shop(ShopLife):
    """The life of the store contract's kit, with its commands noted."""

    def __init__(self, stores: Sequence[Store]) -> None:
        super().__init__(stores)
        self.commanded: list[Command] = []

    def do(self, command: Command) -> None:
        self.commanded.append(command)
        super().do(command)


def a_small_shop() -> tuple[list[FeedEntry], list[Write], list[Answer], list[Command]]:
    """Carts, two orders over two tenders, a kit, short picks, refusals, a return; everything that is kept."""
    store = _Noting()
    life = lived(_Shop([store]))
    entries = [*store.feed(0, 10_000)]
    streams = dict.fromkeys(entry.stream for entry in entries)
    states = [Write(stream, (), store.load((stream,))[stream].state) for stream in streams]
    return entries, states, store.answered, life.commanded


def one_of_each(kept: Iterable[str]) -> Iterable[Any]:
    """One value of every record, as full as fits; those that there were, where they still fit."""
    known = {}
    for line in kept:
        try:
            value = loads(line)
        except OmcoreError:
            continue  # the record has changed since
        if dumps(value) == line:
            known[type(value)] = value
    return [known[cls] if cls in known else _largest(cls) for cls in CODEC.classes]


def _largest(cls: type) -> Any:
    made: list[Any] = []

    @seed(1)
    @settings(max_examples=20, database=None, suppress_health_check=list(HealthCheck))
    @given(records(cls))
    def draw(value: Any) -> None:
        made.append(value)

    draw()
    made.sort(key=lambda value: len(dumps(value)))
    fits = [value for value in made if len(dumps(value)) <= _LONGEST]
    return fits[-1] if fits else made[0]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []


def _is_earlier(line: str) -> bool:
    tag = json.loads(line)
    return any(cls.__name__ == tag["type"] and CODEC.version(cls) > tag["v"] for cls in CODEC.classes)


def _is_command(value: Any) -> bool:
    return isinstance(value, Command)


def main(arguments: Iterable[str] = ()) -> int:
    if "--freeze" in arguments:
        return freeze(GOLDEN)
    folder = GOLDEN / RELEASE
    if any(name.startswith(f"{RELEASE}/") for name in frozen(GOLDEN)):
        print(f"{RELEASE} is frozen: raise omcore.__version__ first")
        return 1
    kept = {path.stem: _lines(path) for path in folder.glob("*.jsonl")}
    if any(_is_earlier(line) for lines in kept.values() for line in lines):
        print(
            f"{RELEASE} has golden lines of earlier versions, which must stay: raise omcore.__version__ first"
        )
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in written(kept.get("one_of_each", ())).items():
        (folder / name).write_text(text, encoding="utf-8")
    return 0


def written(kept: Iterable[str] = ()) -> Mapping[str, str]:
    """The files of this release."""
    life, (events, item), each = a_whole_life(), a_shelf(), one_of_each(kept)
    entries, states, answers, commands = a_small_shop()
    lines = {
        "order": [*life.events, life.order],
        "stock": [*events, item],
        "one_of_each": each,
        "feed": entries,
        "states": states,
        "answers": answers,
    }
    files = {
        f"{name}.jsonl": "".join(f"{dumps(value)}\n" for value in values) for name, values in lines.items()
    }
    hashed = [*commands, *filter(_is_command, each)]
    files["commands.txt"] = "".join(f"{payload_hash(value)} {dumps(value)}\n" for value in hashed)
    return files


# -- what is released stays as it is -----------------------------------------------------------


def frozen(golden: Path) -> dict[str, str]:
    """The checksums that were written down, by file."""
    return {name: digest for digest, name in (line.split("  ") for line in _lines(golden / FROZEN))}


def freeze(golden: Path, release: str = RELEASE) -> int:
    """Write down the checksums of a release's files; those that are there stay."""
    known = frozen(golden)
    if wrong := unlike(golden):
        print(f"not as they were frozen: {', '.join(wrong)}")
        return 1
    now = {name: digest for name, digest in _digests(golden).items() if name.startswith(f"{release}/")}
    lines = sorted({**now, **known}.items())
    text = "".join(f"{digest}  {name}\n" for name, digest in lines)
    (golden / FROZEN).write_text(text, encoding="utf-8")
    return 0


def unlike(golden: Path) -> list[str]:
    """What is not as it was frozen: files that are otherwise or gone, and new ones beside them."""
    known, now = frozen(golden), _digests(golden)
    folders = {name.partition("/")[0] for name in known}
    changed = {name for name, digest in known.items() if now.get(name) != digest}
    return sorted(changed | {name for name in now if name.partition("/")[0] in folders and name not in known})


def thawed(golden: Path, release: str = RELEASE) -> list[str]:
    """Folders of earlier releases that nobody has frozen."""
    folders = {name.partition("/")[0] for name in frozen(golden)}
    releases = [path.name for path in golden.iterdir() if path.is_dir() and path.name[0].isdigit()]
    return sorted(name for name in releases if name != release and name not in folders)


def _digests(golden: Path) -> dict[str, str]:
    return {
        path.relative_to(golden).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(golden.glob("*/*"))
    }


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
