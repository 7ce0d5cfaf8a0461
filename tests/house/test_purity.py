"""The core is pure (C1): no I/O, no clock, no randomness, and nothing heavy on import.

Ruff's banned-api reads the source; this runs it with the same things blocked.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from house import ROOT, SRC

PROBE = ROOT / "tests" / "support" / "purity_probe.py"
LIFE = ROOT / "tests" / "support" / "short_order_life.py"


def python(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(SRC), **more},
        timeout=300,
    )


def test_the_package_works_without_files_sockets_clocks_or_randomness() -> None:
    ran = python(str(PROBE))
    assert (ran.stdout.strip(), ran.returncode) == ("pure", 0), ran.stdout + ran.stderr


def test_the_blocks_catch_every_culprit_and_accuse_no_innocent() -> None:
    ran = python(str(PROBE), "--prove")
    assert ran.stdout.strip() == "missed: [] accused: []", ran.stdout + ran.stderr


def test_the_same_inputs_say_the_same_byte_for_byte_under_any_hash_seed() -> None:
    """C1: events, plan, report and messages of one order's life; with frozen records and without."""
    said = {
        python(str(LIFE), PYTHONHASHSEED=seed, OMCORE_FREEZE=frozen).stdout
        for seed, frozen in (("0", "1"), ("1", "0"), ("42", "0"), ("4294967295", "1"))
    }
    assert len(said) == 1
    assert "partially returned" in said.pop()


@pytest.mark.parametrize("tool", ["hypothesis", "pytest", "socket", "ssl", "asyncio", "sqlite3"])
def test_no_room_but_the_one_for_tests_imports_a_test_tool_or_a_line_to_the_outside(tool: str) -> None:
    parts = [path.stem for path in (ROOT / "src" / "omcore").glob("[a-z]*") if path.suffix in ("", ".py")]
    rooms = [f"omcore.{name}" for name in sorted(parts) if name != "testing"]
    assert len(rooms) > 10
    ran = python("-c", f"import sys, {', '.join(rooms)}; print({tool!r} in sys.modules)")
    assert ran.stdout.strip() == "False", ran.stdout + ran.stderr


@pytest.mark.parametrize(
    "heavy",
    ["hypothesis", "pytest", "statemachine", "highspy", "numpy", "asyncio", "socket", "sqlite3", "logging"],
)
def test_importing_omcore_does_not_import(heavy: str) -> None:
    """Test tools belong to omcore.testing; python-statemachine loads when a chart is first asked for."""
    ran = python("-c", f"import sys, omcore, omcore.kernel; print({heavy!r} in sys.modules)")
    assert ran.stdout.strip() == "False", ran.stdout + ran.stderr
