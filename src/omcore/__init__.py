"""omcore: the order management engine that developers embed.

Import from the rooms: ``omcore.engine``, ``omcore.orders``, ``omcore.inventory``,
``omcore.routing``, ``omcore.channels``, ``omcore.kernel``. Importing the package itself loads none
of them.
"""

__version__ = "0.1.0"

__all__ = ["__version__"]
