"""The charts: the table that is walked is the machine that is declared; status and chart agree."""

import subprocess
import sys
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statemachine.exceptions import TransitionNotAllowed

from omcore.kernel import InvalidType, OmcoreError
from omcore.lifecycle import CHARTS, ORDER, Chart, InvalidExtension, Transition, extend, order_status
from omcore.lifecycle import status as statuses

FACTS = ("held", "validated", "open", "allocated", "shipped", "delivered", "returned")


def order_facts() -> list[Any]:
    return [
        SimpleNamespace(**dict(zip(FACTS, bits, strict=True))) for bits in product((False, True), repeat=7)
    ]


def other_facts(chart: Chart) -> list[Any]:
    guards = sorted({guard for row in chart.declared for guard in (*row[3], *row[4])})
    return [dict(zip(guards, bits, strict=True)) for bits in product((False, True), repeat=len(guards))] or [
        {}
    ]


def machine_says(chart: Chart, state: str, event: str, facts: Any) -> str | None:
    """The machine itself, restored in a state and sent an event. Never shared: it may end."""
    machine = chart.machine(start_value=state)
    if state in chart.finals:
        return None  # a restored final state does not know that it is over; nothing leaves it
    try:
        machine.send(event, facts=facts)
    except TransitionNotAllowed:
        return None
    (reached,) = (found.id for found in machine.configuration)
    return str(reached)


@pytest.mark.parametrize(
    ("chart", "state"),
    [(chart, state) for chart in CHARTS for state in chart.states],
    ids=lambda it: it.name if isinstance(it, Chart) else it,
)
def test_the_table_is_the_machine_for_every_state_event_and_guard(chart: Chart, state: str) -> None:
    """Every state x event x valuation of the guards: 15,488 cells of the order's chart alone."""
    valuations = order_facts() if chart is ORDER else other_facts(chart)
    for event, facts in product(chart.events, valuations):
        assert chart.step(state, event, facts) == machine_says(chart, state, event, facts)


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_every_state_can_be_reached_and_nothing_leaves_a_final_one(chart: Chart) -> None:
    reached = {chart.initial}
    for _ in chart.states:
        reached |= {target for source, _, target in chart.moves if source in reached}
    assert reached == set(chart.states)
    assert not [move for move in chart.moves if move[0] in chart.finals]


def test_whenever_the_chart_moves_it_moves_to_what_the_facts_say() -> None:
    """C7: status is a function of units and holds, and the chart never disagrees."""
    for state, event, facts in product(ORDER.states, ORDER.events, order_facts()):
        target = ORDER.step(state, event, facts)
        assert target is None or target == order_status(facts)


def test_for_given_facts_at_most_one_move_is_open() -> None:
    for (state, event), rows in ORDER.table.items():
        targets = [row[0] for row in rows]
        assert len(targets) == len(set(targets)), (state, event)


# -- a small order whose units are moved at random ----------------------------------------------

UNIT_MOVES = {
    "allocate": ("open", "allocated"),
    "deallocate": ("allocated", "open"),
    "ship": ("allocated", "shipped"),
    "deliver": ("shipped", "delivered"),
    "return_units": ("delivered", "returned"),
}


@given(
    st.integers(1, 4),
    st.lists(
        st.tuples(st.sampled_from([*UNIT_MOVES, "cancel", "hold", "release", "validate"]), st.integers(0, 3)),
        max_size=25,
    ),
)
def test_whatever_happens_to_an_order_the_chart_has_a_move_for_it(
    size: int, steps: list[tuple[str, int]]
) -> None:
    units = ["open"] * size
    held = validated = False
    status = "placed"

    def facts() -> Any:
        return SimpleNamespace(
            held=held,
            validated=validated,
            **{name: name in units for name in FACTS[2:]},
        )

    for event, n in steps:
        if status in ORDER.finals:
            break
        if event in UNIT_MOVES:
            source, target = UNIT_MOVES[event]
            if units[n % size] != source or (event in ("allocate", "ship") and (held or not validated)):
                continue
            units[n % size] = target
        elif event == "cancel":
            if units[n % size] not in ("open", "allocated"):
                continue
            units[n % size] = "cancelled"
        elif event == "validate":
            if validated or (held and not n):
                continue
            validated = True
        else:
            if held == (event == "hold"):
                continue
            held = event == "hold"
        after = order_status(facts())
        assert after == ORDER.step(status, event, facts()), (status, event, after)
        assert ORDER.allows(status, event, after)
        status = after


# -- extending -----------------------------------------------------------------------------------

WRAPPING = (
    Transition("validated", "wrap", "gift_wrapping"),
    Transition("gift_wrapping", "unwrap", "validated"),
    Transition("gift_wrapping", "allocate", "processing", lambda facts: facts.allocated),
    Transition("gift_wrapping", "cancel", "cancelled"),
)


def test_an_embedder_adds_a_state_of_his_own_and_the_base_is_untouched() -> None:
    before = (ORDER.states, ORDER.moves, ORDER.mermaid(), ORDER.declared)
    chart = extend(ORDER, name="gift_order", states=["gift_wrapping"], transitions=WRAPPING)
    assert chart.allows("validated", "wrap", "gift_wrapping")
    fresh = Chart("order", lambda: ORDER.machine)
    assert (fresh.states, fresh.moves, fresh.mermaid(), fresh.declared) == before
    assert set(ORDER.moves) < set(chart.moves)
    assert chart.finals == ORDER.finals


def test_the_table_of_an_extension_is_its_machine() -> None:
    chart = extend(ORDER, name="gift_order", states=["gift_wrapping"], transitions=WRAPPING)
    valuations = {(order_status(facts), facts.allocated): facts for facts in order_facts()}
    for state, event, facts in product(chart.states, chart.events, valuations.values()):
        assert chart.step(state, event, facts) == machine_says(chart, state, event, facts)


@pytest.mark.parametrize(
    ("states", "transitions"),
    [
        (["placed"], ()),
        (["class"], ()),
        (["not a name"], ()),
        (["model"], ()),
        (["lonely"], ()),
        (["stuck"], (Transition("placed", "go", "stuck"),)),
        ([], (Transition("cancelled", "revive", "placed"),)),
        ([], (Transition("placed", "go", "nowhere"),)),
        ([], (Transition("nowhere", "go", "placed"),)),
        ([], (Transition("placed", "placed", "validated"),)),
        ([], ("placed to validated",)),
        (7, ()),
    ],
)
def test_an_extension_that_cannot_be_is_refused(states: Any, transitions: Any) -> None:
    with pytest.raises(InvalidType):
        extend("order", name="mine", states=states, transitions=transitions)  # type: ignore[arg-type]  # on purpose
    with pytest.raises(OmcoreError) as refused:
        extend(ORDER, name="mine", states=states, transitions=transitions)
    assert refused.value.code in (InvalidExtension.code, "invalid_type")


# -- how it is shown -----------------------------------------------------------------------------


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_pictures_and_tables_show_every_state_and_are_the_same_every_time(chart: Chart) -> None:
    for shown in (chart.mermaid, chart.dot, chart.svg, chart.markdown_table):
        text = shown()
        assert text == shown()
        for state in chart.states:
            assert state in text or state.replace("_", " ") in text


def test_python_statemachine_loads_when_a_chart_is_first_used_and_not_before() -> None:
    script = (
        "import sys, omcore.engine, omcore.lifecycle as l\n"
        "assert 'statemachine' not in sys.modules\n"
        "assert l.ORDER.initial == 'placed'\n"
        "assert 'statemachine' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_words_for_the_states_are_those_of_the_chart() -> None:
    named = {value for name, value in vars(statuses).items() if name.isupper() and isinstance(value, str)}
    assert named == set(ORDER.states)


def test_the_page_and_the_drawings_are_current() -> None:
    script = Path(__file__).parents[2] / "docs" / "generate_lifecycle.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
