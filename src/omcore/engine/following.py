"""Following the feed: how the view of stock is brought up to date.

Decides how many entries are read at once. Must not know who needs the view.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from omcore.engine.requests import ReadFeed
from omcore.engine.setup import Setup

BATCH = 500

Steps = Generator[Any, Any, Any]


def follow(setup: Setup) -> Steps:
    """Bring the availability view to the end of the feed."""
    while True:
        entries = yield ReadFeed(setup.view.position, BATCH)
        if not entries:
            return
        setup.view.follow(entries)


__all__ = ["BATCH", "follow"]
