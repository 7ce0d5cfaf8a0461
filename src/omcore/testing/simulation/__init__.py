"""The simulator: a shop with several processes on one store, in one thread, with every fault there is.

Decides nothing; its modules say what they do. One seed is one run, and the same seed is the same run.
"""

from omcore.testing.simulation.chooser import Chooser, SeededChooser, TapeChooser
from omcore.testing.simulation.faults import FAULTS
from omcore.testing.simulation.promises import PROMISES, Broken
from omcore.testing.simulation.report import Finding
from omcore.testing.simulation.runs import Fresh, Run, simulate
from omcore.testing.simulation.search import PROFILES, Profile, Search, find, replay, search, shrink
from omcore.testing.simulation.shop import Shop, draw_shop
from omcore.testing.simulation.simulation import Options, Simulation
from omcore.testing.simulation.workload import Workload

__all__ = [
    "FAULTS",
    "PROFILES",
    "PROMISES",
    "Broken",
    "Chooser",
    "Finding",
    "Fresh",
    "Options",
    "Profile",
    "Run",
    "Search",
    "SeededChooser",
    "Shop",
    "Simulation",
    "TapeChooser",
    "Workload",
    "draw_shop",
    "find",
    "replay",
    "search",
    "shrink",
    "simulate",
]
