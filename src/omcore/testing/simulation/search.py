"""Searching: run seed after seed until something breaks, or time is up.

Decides how long is searched, what is counted, and that what is found is shrunk and told. Must not know
what breaks.
"""

from __future__ import annotations

import os  # noqa: TID251 - OMCORE_SIMULATION and OMCORE_SIMULATION_SEED say how long, and where from
import time  # noqa: TID251 - how long is searched; no run knows of it
from collections import Counter
from collections.abc import Mapping, Sequence

import attrs

from omcore.kernel import record
from omcore.testing.simulation.chooser import Block
from omcore.testing.simulation.report import Finding
from omcore.testing.simulation.runs import Fresh, Run, rerun, simulate
from omcore.testing.simulation.shop import Shop
from omcore.testing.simulation.shrinking import shrunk
from omcore.testing.simulation.simulation import Options
from omcore.testing.simulation.tapes import read, written

PROFILE = "OMCORE_SIMULATION"
SEED = "OMCORE_SIMULATION_SEED"


@record
class Profile:
    """How long is searched, in seconds."""

    name: str
    search_s: float
    shrink_s: float


PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (Profile("quick", 10, 20), Profile("ci", 60, 60), Profile("nightly", 1_800, 300))
}


@attrs.define
class Search:
    """What was searched: seeds, port calls, commits, and faults by kind; and what was found, or None."""

    seeds: int = 0
    steps: int = 0
    commits: int = 0
    faults: Counter[str] = attrs.field(factory=Counter)
    finding: Finding | None = None

    def __str__(self) -> str:
        faults = ", ".join([f"{count} {fault}" for fault, count in sorted(self.faults.items())])
        return f"{self.seeds} seeds, {self.steps} port calls, {self.commits} commits; faults: {faults}"


def profile_of(name: str) -> Profile:
    """The profile that the environment names, else this one. ``ValueError`` where there is none."""
    name = os.environ.get(PROFILE) or name
    if name not in PROFILES:
        raise ValueError(f"there is no profile {name!r}, but: {', '.join(PROFILES)}")
    return PROFILES[name]


def first_seed() -> int:
    """The seed to begin with: the environment's, else 1."""
    return int(os.environ.get(SEED) or 1)


def search(
    fresh: Fresh,
    *,
    profile: str = "quick",
    first: int | None = None,
    seeds: int | None = None,
    shop: Shop | None = None,
    options: Options | None = None,
    shrinks: bool = True,
) -> Search:
    """Run seeds from ``first`` on until one breaks: as long as the profile says, or ``seeds`` of them."""
    chosen = profile_of(profile)
    done = Search()
    seed = first_seed() if first is None else first
    end = time.monotonic() + chosen.search_s
    while done.seeds < seeds if seeds is not None else not done.seeds or time.monotonic() < end:
        run = simulate(fresh, seed, shop=shop, options=options)
        done.seeds += 1
        done.steps += run.steps
        done.commits += run.commits
        done.faults += run.faults
        if run.broken is not None:
            done.finding = _found(fresh, seed, run, chosen, shop, shrinks)
            break
        seed += 1
    return done


def find(
    fresh: Fresh,
    *,
    profile: str = "quick",
    first: int | None = None,
    seeds: int | None = None,
    shop: Shop | None = None,
    options: Options | None = None,
) -> Finding | None:
    """What ``search`` finds."""
    return search(fresh, profile=profile, first=first, seeds=seeds, shop=shop, options=options).finding


def _found(fresh: Fresh, seed: int, run: Run, profile: Profile, shop: Shop | None, shrinks: bool) -> Finding:
    end = time.monotonic() + profile.shrink_s

    def stop() -> bool:
        return not shrinks or time.monotonic() >= end

    shorter = shrunk(run, lambda tape: rerun(fresh, tape, shop=shop), stop=stop)
    told = rerun(fresh, shorter.run.tape, shop=shop, told=True)
    # Where it does not break again in the same way, the store or a rule depends on more than was chosen.
    steady = told.broken is not None and run.broken is not None and told.broken.what == run.broken.what
    if not steady:
        told.broken = run.broken
    return Finding(seed, profile.name, told, shorter.replays, shop is not None, steady)


def shrink(fresh: Fresh, tape: str | Sequence[Block], *, shop: Shop | None = None) -> str:
    """The shortest tape on which the same breaks as on this one. ``ValueError`` where nothing does."""
    run = rerun(fresh, read(tape) if isinstance(tape, str) else tape, shop=shop)
    return written(shrunk(run, lambda shorter: rerun(fresh, shorter, shop=shop)).run.tape)


def replay(fresh: Fresh, tape: str | Sequence[Block], *, shop: Shop | None = None) -> None:
    """Run a tape again, as a finding gives it. Raises ``Broken`` with what happened, where it breaks."""
    run = rerun(fresh, read(tape) if isinstance(tape, str) else tape, shop=shop, told=True)
    if run.broken is not None:
        run.broken.add_note("\n".join(["What happened:", *run.story]))
        raise run.broken


__all__ = [
    "PROFILE",
    "PROFILES",
    "SEED",
    "Profile",
    "Search",
    "find",
    "first_seed",
    "profile_of",
    "replay",
    "search",
    "shrink",
]
