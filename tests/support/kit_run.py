"""Running a kit as somebody else would: a test file in a folder of its own, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from house import SRC


def ran(folder: Path, source: str, *options: str) -> str:
    """What pytest prints about a test file, somewhere else than here."""
    (folder / "test_mine.py").write_text(source, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--color=no", "test_mine.py"]
    done = subprocess.run(
        [*command, *options],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(SRC), "COLUMNS": "400"},
        timeout=200,
    )
    return done.stdout + done.stderr
