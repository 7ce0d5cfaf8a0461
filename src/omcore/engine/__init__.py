"""Engine: what spans aggregates, written once as generators that do no I/O.

Decides the order of loading, deciding and committing, and what is asked of the outside. Must not
know any store, gateway or event loop: drivers step the generators, ports do the rest.
"""

__all__: list[str] = []
