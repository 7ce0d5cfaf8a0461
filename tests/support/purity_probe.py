"""Imports and drives omcore with I/O, clocks and randomness blocked; run as a script of its own.

A process of its own, because an audit hook can't be taken out again. Third parties are imported
first: what *they* do when they are imported is theirs. From then on

* an audit hook refuses to open files, sockets, processes, databases and threads;
* a profile function sees every call of a C function and refuses clocks, random numbers and the
  operating system. It patches nothing, so no reference taken earlier slips through.

Two things are let through: the import system reading modules, and zoneinfo reading the zones'
rules, which are constants. The testing room is left out: Hypothesis reads the source of what it is
given. ``python purity_probe.py --prove`` runs a list of culprits instead, each of which must be
caught.
"""

from __future__ import annotations

import _random
import contextlib
import datetime
import importlib
import os
import random
import secrets
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import types
import uuid
import zoneinfo
from collections.abc import Callable
from pathlib import Path

import attrs
import cattrs
import statemachine

THIRD_PARTIES = (attrs, cattrs, statemachine)
SRC = Path(__file__).resolve().parents[2] / "src"

BLOCKED_EVENTS = (
    "open",
    "os.",
    "shutil.",
    "socket.",
    "subprocess.",
    "sqlite3.",
    "glob.",
    "tempfile.",
    "urllib.",
)
CLOCKS = frozenset(
    getattr(time, name)
    for name in dir(time)
    if name.removesuffix("_ns")
    in {
        "time",
        "monotonic",
        "perf_counter",
        "process_time",
        "thread_time",
        "clock_gettime",
        "sleep",
        "localtime",
        "ctime",
    }
)
HELPERS = frozenset({"codecs", "genericpath", "io", "ntpath", "os", "posixpath"})
CLASS_CLOCKS = frozenset({"now", "utcnow", "today"})


class Impure(BaseException):
    """What no ``except Exception`` can swallow."""


seen: list[str] = []
watching = False


def let_through(frame: types.FrameType | None) -> bool:
    """Whether the import system or zoneinfo is what asks, past the library's path helpers."""
    while frame is not None and frame.f_globals.get("__name__") in HELPERS:
        frame = frame.f_back
    if frame is None:
        return False
    name = str(frame.f_globals.get("__name__", ""))
    return frame.f_code.co_filename.startswith("<frozen importlib") or name.startswith(
        ("importlib.resources", "importlib._", "zoneinfo")
    )


def refuse(what: str) -> None:
    global watching  # one process, one switch; off while the report is made
    watching = False
    seen.append(what)
    raise Impure(what)


def audit(event: str, args: tuple[object, ...]) -> None:
    if not watching or not event.startswith(BLOCKED_EVENTS) or let_through(sys._getframe(1)):
        return
    # Opened from C, without a frame of zoneinfo's own.
    if not (event == "open" and str(args[0]).startswith(zoneinfo.TZPATH)):
        refuse(f"{event} {args[:1]}")


def profile(frame: types.FrameType, event: str, called: object) -> None:
    if not watching or event != "c_call" or let_through(frame):
        return
    name = getattr(called, "__name__", "")
    owner = getattr(called, "__self__", None)
    if (
        called in CLOCKS
        or (name in CLASS_CLOCKS and isinstance(owner, type) and issubclass(owner, datetime.date))
        or isinstance(owner, _random.Random)
        or (getattr(called, "__module__", "") in {"posix", "nt"} and name != "fspath")
        or (getattr(called, "__module__", "") == "_thread" and name.startswith("start_"))
    ):
        refuse(
            f"{getattr(called, '__module__', None) or owner!r}.{name} called in {frame.f_code.co_filename}"
        )


def watched(work: Callable[[], object]) -> str | None:
    """What the work was refused, or None where it was pure."""
    global watching
    before = len(seen)
    sys.setprofile(profile)
    watching = True
    try:
        work()
    except Impure as error:
        return str(error)
    finally:
        watching = False
        sys.setprofile(None)
    return seen[before] if len(seen) > before else None


def module_names() -> list[str]:
    paths = [path.relative_to(SRC).with_suffix("").parts for path in sorted((SRC / "omcore").rglob("*.py"))]
    names = [".".join(parts[:-1] if parts[-1] == "__init__" else parts) for parts in paths]
    return [name for name in names if not name.startswith("omcore.testing")]


MODULES = module_names()


def import_every_module() -> None:
    for name in MODULES:
        importlib.import_module(name)


def drive_a_short_order_life() -> None:
    """Stock to report, through every floor: see short_order_life.py beside this file."""
    from short_order_life import live

    live()


def swallowing(work: Callable[[], object]) -> Callable[[], object]:
    def quietly() -> None:
        with contextlib.suppress(BaseException):
            work()

    return quietly


CULPRITS: dict[str, Callable[[], object]] = {
    "open": lambda: open(__file__, encoding="utf-8"),
    "read_text": lambda: Path(__file__).read_text(encoding="utf-8"),
    "listdir": lambda: os.listdir("."),
    "getpid": os.getpid,
    "urandom": lambda: os.urandom(4),
    "socket": socket.socket,
    "subprocess": lambda: subprocess.run([sys.executable, "-V"], check=True),
    "sqlite": lambda: sqlite3.connect(":memory:"),
    "thread": lambda: threading.Thread(target=int).start(),
    "time": lambda: time.time(),
    "monotonic_ns": lambda: time.monotonic_ns(),
    "sleep": lambda: time.sleep(0),
    "now": lambda: datetime.datetime.now(datetime.UTC),
    "today": lambda: datetime.date.today(),
    "random": lambda: random.random(),
    "shuffle": lambda: random.shuffle([1, 2, 3]),
    "seeded": lambda: random.Random(1).random(),
    "token": lambda: secrets.token_hex(4),
    "uuid4": lambda: uuid.uuid4(),
    "swallowed": swallowing(lambda: time.time()),
}
INNOCENTS: dict[str, Callable[[], object]] = {
    "arithmetic": lambda: sum(range(10)),
    "instants": lambda: datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(days=1),
    "zones": lambda: zoneinfo.ZoneInfo.no_cache("America/New_York"),
    "lazy import": lambda: importlib.import_module("wave"),
}


def main(arguments: list[str]) -> int:
    sys.addaudithook(audit)
    if arguments == ["--prove"]:
        missed = [name for name, work in CULPRITS.items() if watched(work) is None]
        accused = [f"{name}: {why}" for name, work in INNOCENTS.items() if (why := watched(work)) is not None]
        print(f"missed: {missed} accused: {accused}")
        return 1 if missed or accused else 0
    for work in (import_every_module, drive_a_short_order_life):
        refused = watched(work)
        if refused is not None:
            print(f"{work.__name__} was refused: {refused}")
            return 1
    print("pure")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
