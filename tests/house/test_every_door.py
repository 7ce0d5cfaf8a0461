"""Bad input at every public function and class: a value or an OmcoreError, whatever is handed in.

Every name of every package's ``__all__`` is called with each odd value in the place of all that it
needs, and with each in one place while the others hold another. A function that is added is tried
without being named here.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anything import ODD_VALUES, RUDE_VALUES, anything, attempt

PACKAGES = (
    "kernel",
    "lifecycle",
    "inventory",
    "orders",
    "shipping",
    "routing",
    "promising",
    "channels",
    "codec",
    "engine",
    "notifications",
    "reporting",
    "memory",
)

# Tools for whoever writes code with omcore: they are given code, and answer its mistakes as Python does.
TOOLS = {"kernel.changed", "kernel.record", "engine.run", "engine.run_async"}

# What whoever asks says of himself: it is told again in the error.
OWN_WORDS = {"path": "there", "what": "things", "expected": "another", "limit": 5, "error": ValueError()}


def doors() -> dict[str, Callable[..., Any]]:
    """Every public callable that is no error class and no Protocol."""
    found = {}
    for package in PACKAGES:
        module = importlib.import_module(f"omcore.{package}")
        for name in module.__all__:
            door = getattr(module, name)
            if not callable(door) or (isinstance(door, type) and issubclass(door, BaseException)):
                continue
            if getattr(door, "_is_protocol", False) or f"{package}.{name}" in TOOLS:
                continue
            try:
                inspect.signature(door)
            except (TypeError, ValueError):
                continue  # a type alias
            found[f"{package}.{name}"] = door
    return found


DOORS = doors()


def needed(door: Callable[..., Any]) -> list[inspect.Parameter]:
    return [
        parameter
        for parameter in inspect.signature(door).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]


def call(door: Callable[..., Any], values: list[Any]) -> None:
    given_ = [
        (parameter, OWN_WORDS.get(parameter.name, value))
        for parameter, value in zip(needed(door), values, strict=True)
    ]
    plain = [value for parameter, value in given_ if parameter.kind is not parameter.KEYWORD_ONLY]
    named = {parameter.name: value for parameter, value in given_ if parameter.kind is parameter.KEYWORD_ONLY}
    attempt(lambda: door(*plain, **named))


def test_the_tools_are_there() -> None:
    for name in TOOLS:
        package, _, tool = name.partition(".")
        assert tool in importlib.import_module(f"omcore.{package}").__all__
    assert len(DOORS) > 200


@pytest.mark.parametrize("name", sorted(DOORS))
def test_every_door_takes_every_odd_value(name: str) -> None:
    door = DOORS[name]
    for value in (*ODD_VALUES, *RUDE_VALUES):
        call(door, [value] * len(needed(door)))


@given(name=st.sampled_from(sorted(DOORS)), data=st.data())
def test_every_door_takes_anything_anywhere(name: str, data: st.DataObject) -> None:
    door = DOORS[name]
    call(door, [data.draw(anything()) for _ in needed(door)])
