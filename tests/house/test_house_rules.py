"""The house rules that a reader of the source can check, checked.

What ruff, mypy and import-linter hold is not repeated here.
"""

from __future__ import annotations

import ast
import importlib
import io
import re
import tokenize
from pathlib import Path

import pytest

from house import PACKAGE, ROOT, imports, module_name, module_paths, room, text_files, tree, where

MAX_LINES = 600

MODULES = module_paths()
# A plugin is imported by the tool that it plugs into, before it can be looked at.
IMPORTABLE = [path for path in MODULES if path.name != "__main__.py"]


def by_name(path: Path) -> str:
    return module_name(path)


@pytest.mark.parametrize("path", MODULES, ids=by_name)
def test_a_module_is_short_enough_to_be_one_thing(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= MAX_LINES, f"{where(path)}: {lines} lines: is this one module or several?"


@pytest.mark.parametrize("path", MODULES, ids=by_name)
def test_a_module_opens_by_saying_what_it_is(path: Path) -> None:
    docstring = ast.get_docstring(tree(path))
    assert docstring is not None, f"{where(path)} has no docstring"
    assert docstring.strip()


@pytest.mark.parametrize("path", MODULES, ids=by_name)
def test_nothing_is_left_for_later(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    notes = [
        f"{where(path)}:{token.start[0]}: {token.string}"
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type in {tokenize.COMMENT, tokenize.STRING}
        and re.search(r"\b(TODO|FIXME|XXX|HACK)\b", token.string)
    ]
    stubs = [
        f"{where(path)}:{node.lineno}: {node.id}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Name) and node.id == "NotImplementedError"
    ]
    assert notes + stubs == []


@pytest.mark.parametrize("path", MODULES, ids=by_name)
def test_no_builtin_reaches_outside(path: Path) -> None:
    """Ruff bans modules; these need no import."""
    banned = {"open", "input", "print", "exec", "eval", "compile", "breakpoint", "__import__", "globals"}
    used = [
        f"{where(path)}:{node.lineno}: {node.func.id}()"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in banned
    ]
    assert used == []


@pytest.mark.parametrize("path", MODULES, ids=by_name)
def test_a_room_keeps_its_private_modules_to_itself(path: Path) -> None:
    own = room(module_name(path))
    trespasses = [
        f"{where(path)}:{line}: {name}"
        for line, name in imports(path)
        if name.startswith("omcore.")
        and room(name) != own
        and any(part.startswith("_") and not part.startswith("__") for part in name.split("."))
    ]
    assert trespasses == []


@pytest.mark.parametrize("path", [p for p in MODULES if p.name == "__init__.py"], ids=by_name)
def test_a_package_says_what_is_public(path: Path) -> None:
    module = importlib.import_module(module_name(path))
    assert hasattr(module, "__all__"), f"{where(path)} has no __all__"


@pytest.mark.parametrize("path", IMPORTABLE, ids=by_name)
def test_every_public_name_resolves_and_is_named_once(path: Path) -> None:
    module = importlib.import_module(module_name(path))
    names = getattr(module, "__all__", [])
    assert [name for name in names if not hasattr(module, name)] == []
    assert len(set(names)) == len(names)
    assert [name for name in names if name.startswith("_") and name != "__version__"] == []


def test_only_the_stated_things_stand_at_the_top() -> None:
    allowed = {"src", "tests", "docs", "benchmarks", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"}
    built = {"build", "dist", "htmlcov", "__pycache__"}  # what tools leave, ignored by git
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert found - allowed - built == set()


def test_the_package_tells_type_checkers_that_it_is_typed() -> None:
    assert (PACKAGE / "py.typed").exists()


@pytest.mark.parametrize("path", text_files(), ids=where)
def test_the_project_speaks_of_itself_alone(path: Path) -> None:
    """No file names a folder of the machine that it was written on, or one outside the project."""
    text = path.read_text(encoding="utf-8")
    machine = re.compile(r"(?<![\w.~-])/(?:work|root|tmp|Users|home)/\w" + r"|\b[A-Z]:\\Users\\")
    found = machine.findall(text)
    outside = [] if path.is_relative_to(ROOT / "tests") else re.findall(r"\.\./shared\b", text)
    assert found + outside == []


def test_test_files_have_names_of_their_own() -> None:
    """A failure is reported by file name; two files of one name are two different things to look at."""
    names: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("*.py")):
        names.setdefault(path.name, []).append(where(path))
    assert {name: paths for name, paths in names.items() if len(paths) > 1} == {}
