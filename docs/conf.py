"""Sphinx: MyST pages, the Furo theme, the public names from their docstrings.

Built with ``sphinx-build -W docs OUT``: a warning is a failure.
"""

from __future__ import annotations

import inspect
import tomllib
from pathlib import Path
from types import GenericAlias, ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
with (ROOT / "pyproject.toml").open("rb") as file:
    _project = tomllib.load(file)["project"]

project = "omcore"
author = "omcore contributors"
copyright = "omcore contributors"  # noqa: A001 - the name that Sphinx reads
release = _project["version"]
version = ".".join(release.split(".")[:2])

extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "examples"]

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"omcore {release}"
html_static_path: list[str] = []

autodoc_member_order = "groupwise"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True


def _values(module: ModuleType) -> list[str]:
    """The public names of a module that are neither classes nor functions: autodoc leaves them out."""
    lines: list[str] = []
    for name in getattr(module, "__all__", ()):
        value = getattr(module, name)
        plain = not isinstance(value, type) or isinstance(value, GenericAlias)
        if not plain or inspect.isroutine(value):
            continue
        if inspect.ismodule(value):
            lines += [f".. py:data:: {name}", "", f"   A module: {(value.__doc__ or '').splitlines()[0]}", ""]
            continue
        shown = repr(value)
        is_short = len(shown) <= 160 and " object at 0x" not in shown and "<function" not in shown
        told = [f"   :value: {shown}"] if is_short else [f"   :type: {type(value).__name__}"]
        lines += [f".. py:data:: {name}", *told, ""]
    return lines


def _tell_of_values(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    if what == "module":
        lines += ["", *_values(obj)]


def setup(app: Any) -> None:
    """Constants, type aliases and modules stand on the page of their room too."""
    app.connect("autodoc-process-docstring", _tell_of_values)
