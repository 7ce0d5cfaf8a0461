"""Promising: calendars, cut-offs and carrier services become dates and costs.

Decides what can be told to a customer about when. Must not know routing: both meet in the engine.
"""

__all__: list[str] = []
