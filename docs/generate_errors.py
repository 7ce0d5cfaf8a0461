"""Writes the page of errors from the error tree itself.

python docs/generate_errors.py            writes docs/reference/errors.md
python docs/generate_errors.py --check    exits 1 where the page is not what the source says
"""

from __future__ import annotations

import importlib
import inspect
import sys
from pathlib import Path

from omcore.kernel import InputError, OmcoreError, Refusal, StoreError, error_codes

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src"
PAGE = ROOT / "docs" / "reference" / "errors.md"

OPENING = """\
<!-- Written by docs/generate_errors.py from the classes themselves. -->
# Errors

Everything that omcore raises on purpose is an `OmcoreError`. Each has

`code`
: stable across releases; compare this, never the text

`path`
: the field it is about, `lines[2].quantity`; empty for the whole

`fields`
: numbers, identifiers and names of rules: safe to log and to show. The value that was refused and
  personal data are never among them

An error means that nothing has changed. There are three branches, because callers do different
things with them.

```python
from omcore.kernel import InvalidMoney, Money

try:
    Money.parse("10.005", "USD", path="lines[0].price")
except InvalidMoney as error:
    assert error.code == "invalid_money"
    assert error.path == "lines[0].price"
    assert error.fields["reason"] == "more than 2 decimals"
```
"""

BRANCHES: tuple[tuple[str, type[OmcoreError], str], ...] = (
    (
        "Input errors",
        InputError,
        (
            "The argument can never be accepted, whatever the state. Raised before anything is looked up "
            "and not recorded under the command's key: mend the call. Only where a `limit_exceeded` or a "
            "`currency_mismatch` is about what is kept already, such as a shelf that is full, is it recorded "
            "like a refusal."
        ),
    ),
    (
        "Refusals",
        Refusal,
        (
            "The argument is fine, the state says no. The answer is recorded under the command's key (C3, "
            "C4), so a retry gets the same one; another try needs a new key."
        ),
    ),
    (
        "Store errors",
        StoreError,
        (
            "The outside did not do its part. The engine decides again or asks for the recorded answer, a "
            "bounded number of times; what reaches you can be tried again with the same key."
        ),
    ),
    ("Others", OmcoreError, ""),
)


def load_every_room() -> None:
    """A class is known once its module was imported; test tools are left out."""
    for path in sorted((SRC / "omcore").rglob("*.py")):
        parts = path.relative_to(SRC).with_suffix("").parts
        if parts[1:2] != ("testing",):
            importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))


def row(error: type[OmcoreError]) -> str:
    """Code, class, meaning and fields of one error, as a table's row."""
    said = " ".join((inspect.getdoc(error) or "").split("\n\n")[0].split())
    meaning, _, fields = said.partition(" Fields: ")
    cells = [
        f"`{error.code}`",
        f"`{error.__name__}`",
        error.__module__.split(".")[1],
        meaning.replace("|", "\\|").replace("``", "`"),
        ", ".join(f"`{name.strip()}`" for name in fields.rstrip(".").split(",") if name.strip()),
    ]
    return f"| {' | '.join(cells)} |"


def write() -> str:
    """The page as Markdown: the same for the same source."""
    load_every_room()
    out = [OPENING]
    left = sorted(
        (error for error in error_codes().values() if error.__module__.startswith("omcore.")),
        key=lambda error: error.code,
    )
    for title, base, meaning in BRANCHES:
        members = [error for error in left if issubclass(error, base) and error is not OmcoreError]
        left = [error for error in left if error not in members]
        if members:
            out += [f"## {title}", "", *([meaning, ""] if meaning else [])]
            out += ["| code | class | room | meaning | fields |", "|---|---|---|---|---|"]
            out += [row(error) for error in members] + [""]
    return "\n".join(out)


def main(arguments: list[str]) -> int:
    written = write()
    if arguments == ["--check"]:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == written:
            return 0
        print("docs/reference/errors.md is not what the source says: run python docs/generate_errors.py")
        return 1
    PAGE.write_text(written, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
