"""Reporting: events become figures.

Decides what a report counts and how. Must not know stores: it is fed entries of the event feed.
"""

__all__: list[str] = []
