"""The simulator: a shop with several processes on one store, in one thread, with every fault there is.

Decides nothing; its modules say what they do. One seed is one run, and the same seed is the same run.
"""

from omcore.testing.simulation.chooser import Chooser, SeededChooser, TapeChooser
from omcore.testing.simulation.shop import Shop, draw_shop
from omcore.testing.simulation.workload import Workload

__all__ = ["Chooser", "SeededChooser", "Shop", "TapeChooser", "Workload", "draw_shop"]
