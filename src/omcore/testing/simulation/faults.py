"""Faults: which there are, how often a seed lets them happen, and at which port call each can.

Decides the table. What a fault does is done by ``simulation`` where the port is called; words for it
are here, so that a report says it in one line. Must not know the engine's handlers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from omcore.engine import requests as rq
from omcore.testing.simulation.chooser import Chooser

NONE = ""
CONFLICT = "conflict"
UNAVAILABLE = "unavailable"
FAIL_BEFORE = "fail before commit"
LOST = "lost acknowledgement"
STALE = "stale read"
CRASH = "crash"
DUPLICATE = "duplicate delivery"
PUBLISHED = "publish then crash"
REORDER = "reorder"
SKEW = "clock skew"

FAULTS: Mapping[str, str] = {
    CONFLICT: "the store says Conflict, and kept nothing",
    UNAVAILABLE: "a port says Unavailable, and did nothing",
    FAIL_BEFORE: "the store says Unavailable, and kept nothing",
    LOST: "it was done, and the caller is told Unavailable",
    STALE: "a process reads from a replica that has fallen behind",
    CRASH: "a process dies between two port calls, and its clients send again",
    DUPLICATE: "a command is delivered once more",
    PUBLISHED: "the effect was made, and the process dies before that is recorded",
    REORDER: "a command waits, and later ones overtake it",
    SKEW: "the clock of a process lags or leads",
}

_READS = (NONE, UNAVAILABLE, STALE, CRASH)
_QUESTIONS = (NONE, UNAVAILABLE, CRASH)
_COMMITS = (NONE, CONFLICT, FAIL_BEFORE, LOST, CRASH, PUBLISHED)
_EFFECTS = (NONE, UNAVAILABLE, LOST, CRASH, PUBLISHED)

AT: Mapping[type, Sequence[str]] = {
    rq.Load: _READS,
    rq.Recall: _READS,
    rq.ReadFeed: _READS,
    rq.ReadCursor: _READS,
    rq.ReadHistory: _QUESTIONS,
    rq.ReadPrivate: _QUESTIONS,
    rq.Save: _COMMITS,
    rq.SaveAll: _COMMITS,
    rq.Advance: (NONE, UNAVAILABLE, LOST, CRASH),
    rq.CallGateway: _EFFECTS,
    rq.AskGateway: _QUESTIONS,
    rq.SendMessage: _EFFECTS,
    rq.WasSent: _QUESTIONS,
    rq.UpdateChannel: _EFFECTS,
    rq.WasTold: _QUESTIONS,
    rq.PublishStock: _EFFECTS,
}
"""By kind of request, what can happen to it; a tape says which by its place."""

# How often in a thousand calls where it can happen: a seed takes one of these for each.
_RATES: Mapping[str, Sequence[int]] = {
    CONFLICT: (0, 0, 20, 60, 150),
    UNAVAILABLE: (0, 0, 4, 15, 40),
    FAIL_BEFORE: (0, 0, 20, 60, 120),
    LOST: (0, 0, 20, 60, 120),
    STALE: (0, 0, 10, 30, 60),
    CRASH: (0, 0, 1, 4, 10),
    PUBLISHED: (0, 0, 10, 30, 80),
}

# How often in a thousand turns.
_TURNS: Mapping[str, Sequence[int]] = {
    CRASH: (0, 0, 4, 12),
    DUPLICATE: (0, 30, 60, 120),
    REORDER: (0, 0, 40, 100),
    SKEW: (0, 0, 5, 15),
}

WHOLE = 1_000


class Rates:
    """What a seed lets happen. ``wheels``: by kind of request, the weights of ``AT`` added up."""

    def __init__(self, chooser: Chooser, allowed: frozenset[str]) -> None:
        calls = {fault: chooser.pick(rates) for fault, rates in _RATES.items()}
        turns = {fault: chooser.pick(rates) for fault, rates in _TURNS.items()}
        self.calls = {fault: rate if fault in allowed else 0 for fault, rate in calls.items()}
        self.turns = {fault: rate if fault in allowed else 0 for fault, rate in turns.items()}
        self.wheels = {kind: self._wheel(faults) for kind, faults in AT.items()}

    def _wheel(self, faults: Sequence[str]) -> list[int]:
        rates = [self.calls[fault] for fault in faults[1:]]
        return added_up([WHOLE - sum(rates), *rates])


def added_up(weights: Sequence[int]) -> list[int]:
    """Weights as ``Chooser.weighed`` takes them."""
    upto, total = [], 0
    for weight in weights:
        total += weight
        upto.append(total)
    return upto


__all__ = [
    "AT",
    "CONFLICT",
    "CRASH",
    "DUPLICATE",
    "FAIL_BEFORE",
    "FAULTS",
    "LOST",
    "NONE",
    "PUBLISHED",
    "REORDER",
    "SKEW",
    "STALE",
    "UNAVAILABLE",
    "Rates",
    "added_up",
]
