"""Reporting: events become figures.

Decides how the feed is counted. Aggregates only, no personal data. Must not know how events are kept.

``Report`` reads the feed entry by entry and never looks back; ``Report.day`` gives the figures of
a period as a value, ``render_text`` as a table, ``as_json`` for a machine. ``timeline`` tells the
history of one order in words.
"""

from omcore.reporting._figures import (
    ChannelFigures,
    DayReport,
    MoneyFigures,
    Share,
    StockLeft,
    as_json,
    merged,
)
from omcore.reporting._report import DEFAULT_CELL_S, NOT_OURS, Report
from omcore.reporting._text import render_text
from omcore.reporting._timeline import timeline

__all__ = [
    "DEFAULT_CELL_S",
    "NOT_OURS",
    "ChannelFigures",
    "DayReport",
    "MoneyFigures",
    "Report",
    "Share",
    "StockLeft",
    "as_json",
    "merged",
    "render_text",
    "timeline",
]
