"""Lifecycle: the charts and the tables compiled from them.

Decides which moves are legal (C7). The only room that knows python-statemachine. Must not know
orders, units or money: a chart speaks of states, events and guards.
"""

__all__: list[str] = []
