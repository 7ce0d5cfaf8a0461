"""Writes reference/order-parts.md: each part of an order in each state against the commands that name it.

python docs/generate_order_parts.py            writes the page
python docs/generate_order_parts.py --check    exits 1 where the page is not what the code does

A kind of part is a ``Part`` in one of the modules ``_parts_of_*``: functions that bring an order to where
the part is in a state, and functions that make a command about it. A state or a command that is added is
one line more in its ``states`` or ``commands``. A command that names a part (a field that ends in ``_id``)
and has no column, or a state of a lifecycle chart that has no row, raises here, and a test with it.
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import _parts_of_changes
import _parts_of_goods
import _parts_of_money
from _parts import Part, cell, named_by
from _trials import table
from omcore import orders as om

PAGE = Path(__file__).resolve().parent / "reference" / "order-parts.md"
PARTS: tuple[Part, ...] = (*_parts_of_goods.PARTS, *_parts_of_money.PARTS, *_parts_of_changes.PARTS)

OPENING = """\
<!-- Written by docs/generate_order_parts.py by trying every pair; a test holds it current. -->
# Parts of an order

What a command does to the part of an order that it names, in each state of that part: ✓ it is carried
out and leaves the state as it is, → with the state that it leads to, else the code of the
[refusal](errors.md). The order is one that is taken in, paid and under way unless a state says otherwise.
[The commands of an order](order-commands.md) has the status of the whole order instead, and which refusal
comes first; [the lifecycle](lifecycle.md) draws the charts.
"""


def tried(part: Part) -> dict[tuple[str, str], str]:
    """(state, command) -> what comes of it, for every pair of a part."""
    return {(state, name): cell(part, state, name)[1] for state in part.states for name in part.commands}


def matrix() -> dict[tuple[str, str, str], str]:
    """(part, state, command) -> what comes of it, for every pair of every part."""
    return {(part.title, *key): found for part in PARTS for key, found in tried(part).items()}


def missing() -> list[str]:
    """What should be on the page and is not: states of charts, and commands that name a part."""
    out = []
    shown: dict[type, set[str]] = {}
    for part in PARTS:
        states = {state.partition(",")[0] for state in part.states}
        if part.chart is not None:
            out += [f"{part.title}: no state {state}" for state in part.chart.states if state not in states]
        for name in part.commands:
            shown.setdefault(cell(part, next(iter(part.states)), name)[0], set()).update(part.fields)
    known = {field for part in PARTS for field in part.fields}
    for command in om.ORDER_COMMANDS:
        names = named_by(command)
        out += [f"{command.__name__}: no part has the field {name}" for name in sorted(names - known)]
        if names and not names & shown.get(command, set()):
            out.append(f"{command.__name__}: in no table of what it names: {', '.join(sorted(names))}")
    return out


def shown(part: Part, found: dict[tuple[str, str], str]) -> list[str]:
    """The table of a part; whatever there is more of goes down, so that it is no wider than it must be."""
    names = {state: state.replace("_", " ") for state in part.states}
    if len(names) > len(part.commands):
        by_state = [(names[state], [found[state, name] for name in part.commands]) for state in names]
        return table("", part.commands, by_state)
    by_command = [(name, [found[state, name] for state in names]) for name in part.commands]
    return table("", names.values(), by_command)


def write() -> str:
    """The page as Markdown: the same for the same source."""
    if lacking := missing():
        raise AssertionError("; ".join(lacking))
    out = [OPENING.rstrip("\n")]
    for part in PARTS:
        found = tried(part)
        about = textwrap.wrap(part.about, 105)
        out += ["", f"## {part.title}", "", *about, "", *shown(part, found)]
    return "\n".join(out) + "\n"


def main(arguments: list[str]) -> int:
    written = write()
    if arguments == ["--check"]:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == written:
            return 0
        print("docs/reference/order-parts.md is not what the code does:")
        print("run python docs/generate_order_parts.py")
        return 1
    PAGE.write_text(written, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
