"""The switches of the test suite are on, however the run was started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import attrs
import pytest
from hypothesis import settings

from house import ROOT
from omcore.kernel import Money


def test_records_are_really_frozen_in_tests() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(Money(1, "USD"), "minor", 2)  # noqa: B010 - a plain assignment is refused by mypy already


def test_no_deadline_makes_a_slow_machine_fail() -> None:
    assert settings().deadline is None


@pytest.mark.parametrize("where", ["README.md", "docs/reference/rules.md"])
def test_code_blocks_of_a_page_run_when_the_page_is_named_alone(where: str) -> None:
    ran = pytest_run(where)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " passed" in ran.stdout


def test_a_code_block_that_is_wrong_fails_and_its_records_are_frozen(tmp_path: Path) -> None:
    """A page of its own, collected by the same plugin under another root."""
    support = tmp_path / "tests" / "support"
    support.mkdir(parents=True)
    (support / "house_plugin.py").write_text(
        (ROOT / "tests" / "support" / "house_plugin.py").read_text(encoding="utf-8"), encoding="utf-8"
    )
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"), "utf-8")
    (tmp_path / "README.md").write_text(
        '```python\nfrom omcore.kernel import Money\n\nMoney(1, "USD").minor = 2\n```\n', encoding="utf-8"
    )
    ran = pytest_run("README.md", cwd=tmp_path)
    assert ran.returncode == 1
    assert "FrozenInstanceError" in ran.stdout


def pytest_run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "OMCORE_"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**clean, "PYTHONPATH": str(ROOT / "src")},
    )
