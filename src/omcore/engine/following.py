"""Following the feed: how the view of stock, and who waits for it, are brought up to date.

Decides how many entries are read at once. Must not know who needs the view.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from omcore.engine.requests import ReadFeed
from omcore.engine.setup import Setup
from omcore.engine.waiting_book import look

BATCH = 500

Steps = Generator[Any, Any, Any]


def follow(setup: Setup) -> Steps:
    """Bring the availability view, and the book of who waits, to the end of the feed."""
    while entries := (yield ReadFeed(setup.view.position, BATCH)):
        setup.follow(entries)
    yield from look(setup.waiting, setup.policies)


__all__ = ["BATCH", "follow"]
