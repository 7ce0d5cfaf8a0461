"""What every command carries: a key, a time, and who wants it and why.

Decides C4 and C6 at the door: each command is checked whole when it is made, so that a handler
never sees a malformed one. Must not know any command.
"""

from __future__ import annotations

from datetime import datetime

import attrs

from omcore.kernel._record import record
from omcore.kernel.instants import checked_instant
from omcore.kernel.text import checked_key, checked_text


@record
class Command:
    """Base of all commands.

    ``key`` makes it idempotent: the same key and payload get the recorded answer (C4); those that begin
    with ``omcore/`` are the engine's own. ``at`` is
    the caller's time (C1), aware; it is kept in UTC (C2). ``by`` and ``reason`` stand on every
    record (C6) and in no repr: they may name a person.
    """

    key: str = attrs.field(kw_only=True)
    # A converter and no check: one instant told in two zones is one payload (C4).
    at: datetime = attrs.field(kw_only=True, converter=checked_instant)
    by: str = attrs.field(default="", kw_only=True, repr=False)
    reason: str = attrs.field(default="", kw_only=True, repr=False)

    def __attrs_post_init__(self) -> None:
        checked_key(self.key)
        if type(self.by) is not str or self.by:
            checked_text(self.by, "by", high=200)
        if type(self.reason) is not str or self.reason:
            checked_text(self.reason, "reason", high=500)
        self._check()

    def _check(self) -> None:
        """A subclass checks its own fields here."""


__all__ = ["Command"]
