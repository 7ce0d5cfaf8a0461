"""Where the house's files are, for the tests that hold its rules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"
PACKAGE = SRC / "omcore"


def module_paths() -> list[Path]:
    """Every module of the package, in order of path."""
    return sorted(PACKAGE.rglob("*.py"))


def module_name(path: Path) -> str:
    """``src/omcore/kernel/money.py`` is ``omcore.kernel.money``; a package is named by its folder."""
    parts = path.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def where(path: Path) -> str:
    """The path as a reader of the project knows it."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    """The module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=where(path))


def room(name: str) -> str:
    """The room that a module belongs to: ``omcore.kernel.money`` is in ``kernel``."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of everything a module imports, each imported name spelled out."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def text_files() -> list[Path]:
    """Every text file that the project speaks with, generated and ignored ones left out."""
    found = [ROOT / name for name in ("README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", ".gitignore")]
    for folder in ("src", "tests", "docs", "benchmarks", ".ci"):
        found += (ROOT / folder).rglob("*")
    skipped = {"__pycache__", "_build", "out", ".hypothesis"}
    return sorted(
        path
        for path in found
        if path.is_file()
        and not skipped.intersection(path.relative_to(ROOT).parts)
        and path.suffix not in {".pyc", ".db", ".sqlite", ".png"}
    )
