"""Pictures and tables of a chart, generated from its compiled table.

Decides how a chart is shown: Mermaid, Graphviz DOT, SVG with a small layout of its own, and a
Markdown table. Deterministic: the same chart gives the same bytes. Must not know what the states
mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

Move = tuple[str, str, str]  # (source, event, target)

WIDTH, HEIGHT, GAP_X, MARGIN = 150, 44, 70, 40
HUB = 4
_FACE = "font-family='Helvetica, Arial, sans-serif'"
_TIP = (
    "<defs><marker id='tip' viewBox='0 0 8 8' refX='7' refY='4' markerWidth='7' markerHeight='7' "
    "orient='auto'><path d='M0,0 L8,4 L0,8 z' fill='#5b6b7b'/></marker></defs>"
)


def label(name: str) -> str:
    """A state or event in words."""
    return name.replace("return_units", "return").replace("_", " ")


def merged(moves: Sequence[Move]) -> dict[tuple[str, str], list[str]]:
    """Events by (source, target), in order; moves that stay where they are left out."""
    edges: dict[tuple[str, str], list[str]] = {}
    for source, event, target in moves:
        if source != target:
            events = edges.setdefault((source, target), [])
            if event not in events:
                events.append(event)
    return edges


def mermaid(initial: str, finals: frozenset[str], moves: Sequence[Move]) -> str:
    """A Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {initial}"]
    for (source, target), events in merged(moves).items():
        lines.append(f"    {source} --> {target} : {', '.join(label(event) for event in events)}")
    lines += [f"    {state} --> [*]" for state in sorted(finals)]
    return "\n".join(lines) + "\n"


def dot(name: str, states: Sequence[str], finals: frozenset[str], moves: Sequence[Move]) -> str:
    """A Graphviz graph, for whoever has Graphviz."""
    lines = [f'digraph "{name}" {{', "    rankdir=LR;", "    node [shape=box, style=rounded];"]
    lines += [
        f'    {state} [label="{label(state)}"{", peripheries=2" if state in finals else ""}];'
        for state in states
    ]
    for (source, target), events in merged(moves).items():
        lines.append(f'    {source} -> {target} [label="{", ".join(label(event) for event in events)}"];')
    return "\n".join([*lines, "}"]) + "\n"


def markdown_table(states: Sequence[str], events: Sequence[str], moves: Sequence[Move]) -> str:
    """States down, events across, targets in the cells; a dash where the chart has no move."""
    cells: dict[tuple[str, str], list[str]] = {}
    for source, event, target in moves:
        cells.setdefault((source, event), []).append(label(target))
    rows = ["| state | " + " | ".join(label(event) for event in events) + " |"]
    rows.append("|---" * (len(events) + 1) + "|")
    for state in states:
        row = [", ".join(cells.get((state, event), ["–"])) for event in events]
        rows.append(f"| **{label(state)}** | " + " | ".join(row) + " |")
    return "\n".join(rows) + "\n"


def svg(name: str, initial: str, states: Sequence[str], finals: frozenset[str], moves: Sequence[Move]) -> str:
    """A drawing: the road to the first final state in a row, with arcs above for what skips ahead
    and below for what goes back; the states beside the road stand under it.

    A state beside the road that most others enter and leave would drown the rest in arrows: its
    moves are written into its box instead.
    """
    edges = merged(moves)
    road = _road(states, finals)
    aside = [state for state in states if state not in road]
    hubs = {state for state in aside if _degree(state, edges) > 2 * HUB}
    span = max((len(road) - 1, *(_span(edge, road) for edge in edges)))
    top = MARGIN + 34 * max(span, 1)
    under = top + HEIGHT + MARGIN + 22 * max((_span((b, a), road) for a, b in edges), default=0) + 60
    places = {state: (MARGIN + i * (WIDTH + GAP_X), top) for i, state in enumerate(road)}
    for i, state in enumerate(aside):
        places[state] = (MARGIN + (2 * i + 1) * (WIDTH + GAP_X), under)
    width = max(x for x, _ in places.values()) + WIDTH + MARGIN
    height = (under if aside else top + 60) + HEIGHT + MARGIN + 30
    lines, words = [], []
    for (source, target), events in edges.items():
        if source in hubs or target in hubs:
            continue
        line, word = _edge(places[source], places[target], events, top)
        lines.append(line)
        words.append(word)
    notes = [_note(hub, places[hub], edges) for hub in aside if hub in hubs]
    boxes = [_box(state, places[state], state == initial, state in finals) for state in states]
    head = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' role='img'>",
        f"<title>{escape(label(name))}: the lifecycle</title>",
        _TIP,
        f"<rect width='{width}' height='{height}' fill='#ffffff'/>",
    ]
    return "\n".join([*head, *lines, *boxes, *words, *notes, "</svg>"]) + "\n"


def _road(states: Sequence[str], finals: frozenset[str]) -> list[str]:
    """The states as declared, up to the first final one; all where there is none."""
    for i, state in enumerate(states):
        if state in finals:
            return list(states[: i + 1])
    return list(states)


def _degree(state: str, edges: Mapping[tuple[str, str], list[str]]) -> int:
    return sum(state in edge for edge in edges)


def _span(edge: tuple[str, str], road: Sequence[str]) -> int:
    source, target = edge
    return road.index(target) - road.index(source) if source in road and target in road else 0


def _edge(start: tuple[int, int], end: tuple[int, int], events: Sequence[str], top: int) -> tuple[str, str]:
    """A curve and its words."""
    (x1, y1), (x2, y2) = start, end
    columns = round((x2 - x1) / (WIDTH + GAP_X))
    along = 0.5
    if y1 == y2 == top and columns == 1:
        a, b = (x1 + WIDTH, y1 + HEIGHT // 2), (x2, y2 + HEIGHT // 2)
        c1, c2 = (a[0] + GAP_X // 2, a[1]), (b[0] - GAP_X // 2, b[1])
        lift = -7
    elif y1 == y2 == top and columns > 1:
        a, b = (x1 + WIDTH // 2 + 24, y1), (x2 + WIDTH // 2 - 24, y2)
        rise = top - 44 * columns
        c1, c2 = (a[0] + 20, rise), (b[0] - 20, rise)
        lift = -4
    elif y1 == y2:
        a, b = (x1 + WIDTH // 2 - 12, y1 + HEIGHT), (x2 + WIDTH // 2 + 12, y2 + HEIGHT)
        sag = y1 + HEIGHT + 40 * max(abs(columns), 1)
        c1, c2 = (a[0], sag), (b[0], sag)
        lift = 12
    else:
        down = y2 > y1
        a = (x1 + WIDTH // 2, y1 + HEIGHT if down else y1)
        b = (x2 + WIDTH // 2, y2 if down else y2 + HEIGHT)
        c1, c2 = (a[0], (a[1] + b[1]) // 2), (b[0], (a[1] + b[1]) // 2)
        lift = 4
        along = 0.7  # below the arcs that go back along the road
    x, y = (round(_on_curve(along, a[i], c1[i], c2[i], b[i])) for i in (0, 1))
    path = f"M{a[0]},{a[1]} C{c1[0]},{c1[1]} {c2[0]},{c2[1]} {b[0]},{b[1]}"
    text = escape(", ".join(label(event) for event in events))
    line = f"<path d='{path}' fill='none' stroke='#9aa7b4' stroke-width='1.4' marker-end='url(#tip)'/>"
    return line, _words(x, y + lift, text)


def _on_curve(t: float, a: int, c1: int, c2: int, b: int) -> float:
    """A coordinate of a cubic curve, t of the way from a to b."""
    u = 1 - t
    return u**3 * a + 3 * u * u * t * c1 + 3 * u * t * t * c2 + t**3 * b


def _words(x: int, y: int, text: str) -> str:
    return (
        f"<text x='{x}' y='{y}' {_FACE} font-size='12' fill='#33414e' text-anchor='middle' "
        f"stroke='#ffffff' stroke-width='4' paint-order='stroke'>{text}</text>"
    )


def _note(hub: str, place: tuple[int, int], edges: Mapping[tuple[str, str], list[str]]) -> str:
    """What leads into a hub and out of it, under its box."""
    into: dict[str, list[str]] = {}
    out: dict[str, list[str]] = {}
    for (source, target), events in edges.items():
        for event in events:
            if target == hub:
                into.setdefault(event, []).append(source)
            elif source == hub:
                out.setdefault(event, []).append(target)
    told = [f"{label(event)}: from {_some(states)}" for event, states in into.items()]
    told += [f"{label(event)}: to {_some(states)}" for event, states in out.items()]
    x, y = place
    return "\n".join(
        f"<text x='{x + WIDTH // 2}' y='{y + HEIGHT + 18 + 15 * i}' {_FACE} font-size='12' fill='#5b6b7b' "
        f"text-anchor='middle'>{escape(line)}</text>"
        for i, line in enumerate(told)
    )


def _some(states: Sequence[str]) -> str:
    return " or ".join(label(state) for state in states) if len(states) <= HUB else "any that is not final"


def _box(state: str, place: tuple[int, int], initial: bool, final: bool) -> str:
    x, y = place
    fill = "#e6f4ea" if final else "#e8f0fe" if initial else "#f6f8fa"
    edge = "#34a853" if final else "#4285f4" if initial else "#9aa7b4"
    inner = (
        f"<rect x='{x + 3}' y='{y + 3}' width='{WIDTH - 6}' height='{HEIGHT - 6}' rx='7' fill='none' "
        f"stroke='{edge}'/>"
        if final
        else ""
    )
    return (
        f"<rect x='{x}' y='{y}' width='{WIDTH}' height='{HEIGHT}' rx='9' fill='{fill}' stroke='{edge}' "
        f"stroke-width='1.5'/>{inner}<text x='{x + WIDTH // 2}' y='{y + HEIGHT // 2 + 5}' {_FACE} "
        f"font-size='14' fill='#1f2933' text-anchor='middle'>{escape(label(state))}</text>"
    )


__all__ = ["dot", "label", "markdown_table", "merged", "mermaid", "svg"]
