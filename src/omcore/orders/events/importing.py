"""Events of an order: a channel's newer word."""

from __future__ import annotations

from datetime import datetime

import attrs

from omcore.kernel import record


@record
class SnapshotSeen:
    """The channel's newer word was taken in; versions below it are old news (C8)."""

    at: datetime
    source_version: int


@record
class LateFactNoted:
    """Something was reported that nothing here can act on (C7): a task for a person.

    ``stated`` is what the channel said of it: said again, it is not noted again (C9).
    """

    at: datetime
    what: str
    detail: str = attrs.field(default="", repr=False)
    stated: str = attrs.field(default="", repr=False)


__all__ = [
    "LateFactNoted",
    "SnapshotSeen",
]
