"""Promises: what must hold in every run of the simulator, each with a sentence, and the breach of one.

Decides the numbers and the sentences; docs/reference/simulator.md says the same with the reasons. Must
not know how a promise is checked.
"""

from __future__ import annotations

from collections.abc import Mapping

from omcore.testing._store_clauses import CLAUSES
from omcore.testing._store_clauses import PAGE as CONTRACT

PAGE = "docs/reference/simulator.md"

PROMISES: Mapping[str, str] = {
    "PR1": "After every commit units are conserved, and nothing is oversold.",
    "PR2": "After every commit money is conserved.",
    "PR3": "Committed events, replayed in the order of versions, equal the state that is kept.",
    "PR4": "Every answer, a refusal too, is the same when it is decided again at its place in the history.",
    "PR5": "Each command is committed once, and its client is told what was committed.",
    "PR6": "Readers of the feed, and the outside, are told what was committed, each once and in order.",
    "PR7": "When the faults are over everything is answered, and nothing is stuck.",
    "PR8": "Personal data shows in no repr, error, event or key.",
    "PR9": "Nothing but a refusal comes out of the engine, and nothing but `Conflict` or `Unavailable`"
    " out of a store.",
}


class Broken(AssertionError):
    """A promise does not hold. ``clauses``: those of the store contract that a store broke by it."""

    def __init__(self, promise: str, message: str, clauses: tuple[str, ...] = ()) -> None:
        if promise not in PROMISES:
            raise ValueError(f"there is no promise {promise!r}")
        self.promise = promise
        self.message = message
        self.clauses = clauses
        super().__init__(message)

    def __str__(self) -> str:
        broken = [f"{self.promise}: {PROMISES[self.promise]} ({PAGE})"]
        broken += [f"{clause}: {CLAUSES[clause]} ({CONTRACT})" for clause in self.clauses]
        return "\n".join([self.message, *broken])

    @property
    def what(self) -> tuple[str, tuple[str, ...]]:
        """What tells one finding from another: the promise, and the clauses."""
        return self.promise, self.clauses


__all__ = ["PAGE", "PROMISES", "Broken"]
