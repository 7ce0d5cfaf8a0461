"""The contracts catch what they are there to catch: a violation is planted, the tool finds it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from house import PACKAGE, ROOT

ROOMS = sorted(
    path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
)


@pytest.mark.parametrize(
    ("room", "line", "broken"),
    [
        ("kernel", "import omcore.engine", "floors"),
        ("orders", "import omcore.inventory", "floors"),
        ("routing", "import omcore.promising", "floors"),
        ("shipping", "import omcore.inventory", "floors"),
        ("engine", "import omcore.memory", "floors"),
        ("orders", "import statemachine", "statemachine"),
        ("channels", "import cattrs", "codec"),
        ("engine", "import hypothesis", "testing"),
        ("orders", "import numpy", "milp"),
    ],
)
def test_a_planted_import_breaks_its_contract(tmp_path: Path, room: str, line: str, broken: str) -> None:
    project = planted(tmp_path, f"{room}/planted_room.py", line)
    assert verdicts(project)[broken] == "BROKEN"


def test_a_room_that_no_floor_names_breaks_the_floors(tmp_path: Path) -> None:
    project = planted(tmp_path, "attic/__init__.py", "")
    assert verdicts(project)["floors"] == "BROKEN"


def test_an_untouched_copy_keeps_every_contract(tmp_path: Path) -> None:
    assert set(verdicts(planted(tmp_path, "planted.txt", "")).values()) == {"KEPT"}


def test_every_room_stands_on_exactly_one_floor() -> None:
    floors = contracts()[0]["layers"]
    rooms = [name.strip() for floor in floors for name in floor.split("|")]
    assert sorted(rooms) == [name for name in ROOMS if name != "__init__"]


@pytest.mark.parametrize(
    "snippet",
    [
        "import os",
        "from os import environ",
        "import pathlib",
        "import socket",
        "import sqlite3",
        "import subprocess",
        "import logging",
        "import threading",
        "import asyncio",
        "import time",
        "from time import monotonic",
        "import random",
        "import secrets",
        "from uuid import uuid4",
        "import uuid\n\nuuid.uuid4()",
        "from datetime import UTC, datetime\n\ndatetime.now(UTC)",
        "import datetime as dt\n\ndt.date.today()",
        "from builtins import open",
        "from urllib.request import urlopen",
        "from . import money",
    ],
)
def test_ruff_refuses_what_the_core_must_not_touch(snippet: str) -> None:
    """Checked as if it stood in the kernel; TID is the rule family of the ban."""
    ran = subprocess.run(
        [*RUFF, "check", "--no-cache", "--select", "TID", "--stdin-filename", "src/omcore/kernel/x.py", "-"],
        input=f'"""Planted."""\n\n{snippet}\n',
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert "TID25" in ran.stdout, ran.stdout + ran.stderr


RUFF = [sys.executable, "-m", "ruff"]


def contracts() -> list[dict[str, list[str]]]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        found: list[dict[str, list[str]]] = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    return found


def planted(folder: Path, name: str, line: str) -> Path:
    """A copy of the project with one more file."""
    shutil.copy(ROOT / "pyproject.toml", folder)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, folder / "src" / "omcore", ignore=ignored)
    plant = folder / "src" / "omcore" / name
    plant.parent.mkdir(exist_ok=True)
    plant.write_text(f'"""Planted."""\n\n{line}\n', encoding="utf-8")
    return folder


def verdicts(project: Path) -> dict[str, str]:
    """KEPT or BROKEN by contract id."""
    ran = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as run; run()",
            "--no-cache",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project / "src"), "COLUMNS": "300"},
    )
    by_name = {str(contract["name"]): str(contract["id"]) for contract in contracts()}
    said = re.findall(r"^(.+?) (KEPT|BROKEN)(?: \(.*\))?$", ran.stdout, flags=re.MULTILINE)
    found = {by_name[name]: verdict for name, verdict in said}
    assert sorted(found) == sorted(by_name.values()), ran.stdout + ran.stderr
    return found
