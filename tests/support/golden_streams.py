"""Golden files of the codec: what this release writes, kept so that every later one is held to it.

python tests/support/golden_streams.py    writes tests/codec/golden/<release>

The folder of a release is written anew only until that is out; one that has lines of an earlier schema
version is left alone. A stream is one record a line: its events, and at the end the state that they fold to.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, seed, settings

from omcore import __version__
from omcore import inventory as inv
from omcore import orders as om
from omcore.codec import CODEC, dumps, loads
from omcore.kernel import Catalog, GeoPoint, Item, OmcoreError, Place
from omcore.orders.draft import DraftTender, Tax
from omcore.testing.records import records
from order_life import ORDER_ID, T0, Life, a_draft, a_line, usd

GOLDEN = Path(__file__).resolve().parent.parent / "codec" / "golden"
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


def main() -> int:
    folder = GOLDEN / RELEASE
    kept = {path.stem: _lines(path) for path in folder.glob("*.jsonl")}
    if any(_is_earlier(line) for lines in kept.values() for line in lines):
        print(
            f"{RELEASE} has golden lines of earlier versions, which must stay: raise omcore.__version__ first"
        )
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    life = a_whole_life()
    events, item = a_shelf()
    for name, values in (
        ("order", [*life.events, life.order]),
        ("stock", [*events, item]),
        ("one_of_each", one_of_each(kept.get("one_of_each", ()))),
    ):
        text = "".join(f"{dumps(value)}\n" for value in values)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
