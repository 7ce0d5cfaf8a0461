"""Routing: demand, network and availability become a plan that explains itself.

Decides from where each unit ships (R1-R4). Must not know orders, stores or clocks: a plan is a
pure function of its inputs.
"""

__all__: list[str] = []
