"""The house's own pytest plugin, loaded by ``-p`` before anything imports omcore.

Decides four things for every run, wherever it starts: records are really frozen, which
Hypothesis profile holds, that the code blocks of README.md and of every docs page run, and that
the blocks of one page stay together when tests are spread over processes.
A plugin and not a conftest.py, because README.md stands beside the tests and not among them.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

# Before omcore is imported: @record classes become really frozen, so a mutation anywhere fails.
if "omcore" in sys.modules:  # pragma: no cover - a guard against a plugin that came earlier
    raise RuntimeError("omcore was imported before its records could be frozen")
os.environ["OMCORE_FREEZE"] = "1"

import pytest
from hypothesis import HealthCheck, Phase, settings
from sybil import Sybil
from sybil.parsers.myst import PythonCodeBlockParser, SkipParser
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # ships no types

ROOT = Path(__file__).resolve().parents[2]

# A slow machine is no bug: neither a deadline nor the health check on generation speed holds.
settings.register_profile(
    "omcore",
    max_examples=100,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
# Derandomized: what passed once passes again on the same commit. New examples are found elsewhere.
settings.register_profile(
    "ci", settings.get_profile("omcore"), max_examples=200, derandomize=True, database=None
)
settings.register_profile(
    "quick",
    settings.get_profile("omcore"),
    max_examples=15,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
# For a night, or a doubt: HYPOTHESIS_PROFILE=deep pytest tests/engine
settings.register_profile("deep", settings.get_profile("omcore"), max_examples=2_000, stateful_step_count=100)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "omcore"))

# Every ```python block is run; the blocks of one page share one namespace, from top to bottom.
pytest_collect_file = Sybil(
    path=str(ROOT),
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["README.md", "docs/**/*.md", "docs/*.md"],
    excludes=["docs/_build/**"],
).pytest()


class _PagesWhole(LoadScopeScheduling):  # type: ignore[misc]  # ships no types
    """Tests go wherever there is room; the blocks of one page build on one another and stay together.

    A scheduler and not ``xdist_group`` marks: with pytest 9.2 those silently stop working
    (https://github.com/pytest-dev/pytest-xdist/issues/1386).
    """

    def _split_scope(self, nodeid: str) -> str:
        path, _, _ = nodeid.partition("::")
        return path if path.endswith(".md") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> _PagesWhole:
    """The scheduler of a run under ``-n``."""
    return _PagesWhole(config, log)
