"""Writes reference/lifecycle.md and the drawings beside it, from the charts themselves.

python docs/generate_lifecycle.py            # write
python docs/generate_lifecycle.py --check    # say whether what is committed is current
"""

from __future__ import annotations

import sys
from pathlib import Path

from omcore.lifecycle import CHARTS, Chart

HERE = Path(__file__).parent
PAGE = HERE / "reference" / "lifecycle.md"
DRAWINGS = HERE / "reference" / "lifecycle"

INTRO = """# The lifecycle

<!-- Written by docs/generate_lifecycle.py from the charts; a test holds it current. -->

An order goes placed → validated → processing → fulfilled → delivered → returned, with on hold,
cancelled and the partial forms. Its status is never set: it follows from its units and holds
([C7](rules.md#c7)), and the chart says which moves between states are legal. Five charts, each
declared once with python-statemachine in `omcore/lifecycle/charts.py`; the engine walks tables that
are compiled from them, and a test proves that table and machine agree for every state, event and
guard.

Add states of your own with `omcore.lifecycle.extend`; the base stays as it is:

```python
from omcore.lifecycle import ORDER, Transition, extend

gift_order = extend(
    ORDER,
    name="gift_order",
    states=["gift_wrapping"],
    transitions=[
        Transition("validated", "wrap", "gift_wrapping"),
        Transition("gift_wrapping", "allocate", "processing"),
        Transition("gift_wrapping", "cancel", "cancelled"),
    ],
)
assert gift_order.allows("validated", "wrap", "gift_wrapping")
assert not ORDER.allows("validated", "wrap", "gift_wrapping")
```

Pass it as `OrderManager(..., chart=gift_order)`, and enter the state with the command
`EnterStage(order_id, "wrap", ...)`. It lasts until the order's units move on.
"""

ABOUT = {
    "order": "The whole order, as a customer would put it.",
    "fulfillment_order": "The work asked of one location.",
    "shipment": "What left a location together.",
    "return": "Units that are expected back.",
    "payment": "One tender. Nothing is final: late money may always come.",
}


def section(chart: Chart) -> str:
    """One chart: drawing, table, Mermaid."""
    title = chart.name.replace("_", " ").capitalize()
    return (
        f"\n## {title}\n\n{ABOUT[chart.name]}\n\n"
        f"```{{image}} lifecycle/{chart.name}.svg\n:alt: the lifecycle of {title.lower()}\n```\n\n"
        f"{chart.markdown_table()}\n"
        f"```text\n{chart.mermaid()}```\n"
    )


def files() -> dict[Path, str]:
    """Every file and what it should hold."""
    made = {DRAWINGS / f"{chart.name}.svg": chart.svg() for chart in CHARTS}
    made[PAGE] = INTRO + "".join(section(chart) for chart in CHARTS)
    return made


def main(check: bool) -> int:
    """Write, or compare."""
    stale = [path for path, text in files().items() if not path.exists() or path.read_text() != text]
    if check:
        for path in stale:
            print(f"not current: {path.relative_to(HERE)}")
        return 1 if stale else 0
    DRAWINGS.mkdir(exist_ok=True)
    for path, text in files().items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
