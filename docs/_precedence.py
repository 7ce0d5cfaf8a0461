"""Which refusal of a command comes first: read off the docstring of what decides it.

A decider says ``Precedence: unknown_id, order_is_over, limit_exceeded (lines).``, codes in the order
in which they are given, a word in brackets where one code stands for two things; ``Precedence: none.``
for a command that is never refused. Placing and importing, which no facet decides, say it on the
command's class. Tests prove that the code does what is said, code by code and pair by pair.
"""

from __future__ import annotations

import re

from omcore import orders as om
from omcore.kernel import Command, OmcoreError, error_codes
from omcore.orders.aggregate import DECIDE

_SAID = re.compile(r"Precedence: ([a-z_(),\s]+?)\.(?=\s|$)")

_TOLD: dict[type, frozenset[str]] = {}


def precedence_of(command: type) -> tuple[str, ...]:
    """The codes of a command's refusals in order, each perhaps with a word in brackets.

    Raises ``AssertionError`` for a decider that does not say, or says a code that no error has.
    """
    decider = DECIDE.get(command, command)
    text = " ".join((decider.__doc__ or "").split())
    said = _SAID.findall(text)
    if len(said) != 1:
        raise AssertionError(f"{command.__name__}: its decider's docstring states one 'Precedence: ...'")
    if said[0] == "none":
        return ()
    codes = tuple(part.strip() for part in said[0].split(","))
    for code in codes:
        if code.partition(" ")[0] not in error_codes():
            raise AssertionError(f"{command.__name__}: no error has the code {code!r}")
    if len(set(codes)) < len(codes):
        raise AssertionError(f"{command.__name__}: a code stands twice: say of what in brackets")
    return codes


def is_told(command: Command, refused: OmcoreError) -> bool:
    """Whether a refusal is one that the command's decider tells of, or that comes before or after any."""
    kind, code = type(command), refused.code
    if kind not in _TOLD:
        _TOLD[kind] = frozenset(said.partition(" ")[0] for said in precedence_of(kind))
    if code in _TOLD[kind] or code == "clock_skew":
        return True
    if code == "unknown_id":
        return refused.path == "order_id"
    return code == "invalid_type" and refused.path.startswith("policies.")


def lines() -> list[str]:
    """A Markdown table: each command, and its refusals in order."""
    out = ["| Command | Refusals, the first that applies |", "|---|---|"]
    for command in om.ORDER_COMMANDS:
        codes = []
        for code in precedence_of(command):
            name, _, what = code.partition(" ")
            codes.append(f"`{name}` {what}".rstrip())
        out.append(f"| `{command.__name__}` | {', '.join(codes) or 'never refused'} |")
    return out
