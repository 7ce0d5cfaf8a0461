"""Draws the house: floors and rooms from pyproject.toml, who uses whom from the actual imports.

python docs/generate_house.py            writes docs/house.svg
python docs/generate_house.py --check    exits 1 where the drawing is not what the source says
"""

from __future__ import annotations

import ast
import html
import sys
import textwrap
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "omcore"
DRAWING = ROOT / "docs" / "house.svg"

WHAT = {
    "testing": "Hypothesis strategies, conformance suites, reference model",
    "memory": "in-memory adapter of every port: what the suites are checked with",
    "engine": "what spans aggregates, as sans-I/O generators; a sync and an async driver; the dispatcher",
    "channels": "payload to draft, status to write-back",
    "reporting": "events to figures",
    "notifications": "events to messages due",
    "ports": "the I/O Protocols that you implement",
    "codec": "JSON, schema versions, upcasters",
    "routing": "demand + network + availability to an explained plan",
    "promising": "plans and services to the dates and costs that a customer is told",
    "orders": "placing, payments, fulfillment, holds, edits, returns, exchanges, claims, deadlines",
    "shipping": "cut-offs, carriers' services, parcels",
    "inventory": "balances, reservations, allocations, movements",
    "lifecycle": "the charts, and the tables compiled from them",
    "kernel": "money, quantities, ids, instants, places, catalog, errors",
}

WIDTH, LEFT, RIGHT = 960, 76, 24
FLOOR, GAP, ROOF = 80, 10, 130
INK, SOFT, PAPER, WALL, DOOR = "#1f2933", "#52606d", "#ffffff", "#f0f4f8", "#9fb3c8"


def floors() -> list[list[str]]:
    """Rooms by floor, the highest first, as the import contract has them."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    layers = next(contract for contract in contracts if contract["id"] == "floors")["layers"]
    return [[room.strip() for room in layer.split("|")] for layer in layers]


def uses(room: str, known: list[str]) -> list[str]:
    """The rooms that a room imports, in the order of the floors."""
    single = PACKAGE / f"{room}.py"
    found: set[str] = set()
    for path in [single] if single.exists() else sorted((PACKAGE / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {name.split(".")[1] for name in names if name.startswith("omcore.")}
    return [other for other in known if other in found and other != room]


def text(x: float, y: float, words: str, size: int, color: str, extra: str = "") -> str:
    return f'  <text x="{x:g}" y="{y:g}" font-size="{size}" fill="{color}"{extra}>{html.escape(words)}</text>'


def box(x: float, y: float, width: float, room: str, used: list[str]) -> list[str]:
    """One room: its name, what is in it, and which rooms it uses."""
    out = [
        (
            f'  <rect x="{x:g}" y="{y:g}" width="{width:g}" height="{FLOOR:g}" rx="6" '
            f'fill="{PAPER}" stroke="{DOOR}"/>'
        ),
        text(x + 14, y + 23, room, 16, INK, ' font-weight="600"'),
    ]
    lines = textwrap.wrap(WHAT[room], int((width - 28) / 5.9))
    lines += textwrap.wrap("uses " + ", ".join(used) if used else "uses nothing", int((width - 28) / 5.9))
    for i, line in enumerate(lines):
        out.append(text(x + 14, y + 41 + 14 * i, line, 12, SOFT))
    return out


def draw() -> str:
    """The drawing as SVG text: the same for the same source."""
    house = floors()
    known = [room for floor in house for room in floor]
    inner = WIDTH - LEFT - RIGHT - 24
    height = ROOF + len(house) * (FLOOR + GAP) + 34
    base = ROOF + len(house) * (FLOOR + GAP)
    out = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
            f'height="{height}" font-family="system-ui, sans-serif" role="img" '
            'aria-label="The floors and rooms of omcore">'
        ),
        f'  <rect width="{WIDTH}" height="{height}" rx="10" fill="{PAPER}"/>',
        f'  <polygon points="20,{ROOF - 8} {WIDTH / 2:g},16 {WIDTH - 20},{ROOF - 8}" fill="{DOOR}"/>',
        text(WIDTH / 2, 74, "your application", 18, INK, ' text-anchor="middle" font-weight="600"'),
        text(WIDTH / 2, 96, "commands in, events out; your adapters behind the ports", 13, INK, MIDDLE),
        text(WIDTH / 2, 113, "Django · FastAPI · Celery · Temporal · a script", 12, INK, MIDDLE),
        f'  <rect x="36" y="{ROOF - 8}" width="{WIDTH - 72}" height="{base - ROOF + 8}" fill="{WALL}"/>',
        f'  <rect x="20" y="{base}" width="{WIDTH - 40}" height="14" fill="{DOOR}"/>',
    ]
    for level, rooms in enumerate(house):
        y = ROOF + level * (FLOOR + GAP)
        width = (inner - 12 * (len(rooms) - 1)) / len(rooms)
        out.append(text(56, y + FLOOR / 2 + 6, str(len(house) - 1 - level), 17, SOFT, MIDDLE))
        for i, room in enumerate(rooms):
            out += box(LEFT + i * (width + 12), y, width, room, uses(room, known))
    return "\n".join([*out, "</svg>", ""])


MIDDLE = ' text-anchor="middle"'


def main(arguments: list[str]) -> int:
    drawn = draw()
    if arguments == ["--check"]:
        if DRAWING.exists() and DRAWING.read_text(encoding="utf-8") == drawn:
            return 0
        print("docs/house.svg is not what the source says: run python docs/generate_house.py")
        return 1
    DRAWING.write_text(drawn, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
