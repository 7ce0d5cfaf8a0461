"""Writes the page of stored records from the codec itself, and guards what was written before.

python docs/generate_schemas.py                writes docs/reference/schemas.md
python docs/generate_schemas.py --check        exits 1 where the page is not what the source says
python docs/generate_schemas.py --unreleased   writes it though a record changed under its version

A page that would show another shape under the version of the one before is not written: what was
stored in that version could not be read any more. docs/howto/evolve-a-schema.md says what to do.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from omcore.codec import CODEC, Schema, Schemas, unversioned_changes

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "schemas.md"

OPENING = """\
<!-- Written by docs/generate_schemas.py from the codec itself. -->
# Stored records

The schema of everything that `omcore.codec` reads and writes: each record with its version and its fields.
Where a record stands by itself, or in a field of `Any`, it has `"type"` and `"v"` beside its fields. A record
inside another one's field has not: the version of the outer one speaks for it.

| field | JSON |
|---|---|
| `int`, `str`, `bool`, `None` | itself, never converted |
| `float` | a finite number |
| `datetime` | RFC 3339 text in UTC, `2026-11-27T14:15:00Z` |
| `tuple` | list |
| `frozenset` | list, sorted, each entry once |
| `Mapping` | list of `[key, value]`: its order is kept, which objects lose |
| a record | object with exactly its fields |
| `Any` | `null`, a scalar, plain JSON, or a record with its tag |

This page is what a change is held against: a shape may change only together with its version.
[Evolve a schema](../howto/evolve-a-schema.md) says how.
"""

MESSAGE = """\
These records changed, themselves or inside, and have the version that they had before:

    {names}

What was stored of them could not be read any more. Do one of two things:

* Where a release, or a store that anybody keeps, has records of that version: add an upcaster for each of
  them to UPCASTERS in src/omcore/codec/registry.py, which raises its version, and a golden file of the
  version before to tests/codec/golden. docs/howto/evolve-a-schema.md shows one. Then run
  python docs/generate_schemas.py
* Where none has: run python docs/generate_schemas.py --unreleased
  and python tests/support/golden_streams.py
"""

_RECORD = re.compile(r"^## (\S+)(?:, version (\d+))?\n\n(?:```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)


def write(schemas: Schemas) -> str:
    """The page as Markdown: the same for the same schemas."""
    out = [OPENING]
    for name, schema in schemas.items():
        version = f", version {schema.version}" if schema.version else ""
        out += [f"## {name}{version}", "", "```text", *(f"{field}: {kind}" for field, kind in schema.fields)]
        out += ["```", ""]
    return "\n".join(out)


def read(page: str) -> Schemas:
    """The schemas that a page shows."""
    made = {}
    for name, version, fields in _RECORD.findall(page):
        lines = [line.partition(": ") for line in fields.splitlines()]
        made[name] = Schema(int(version or 0), tuple((field, kind) for field, _, kind in lines))
    return made


def main(arguments: list[str]) -> int:
    before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    after = CODEC.schemas()
    changed = unversioned_changes(read(before), after)
    if changed and arguments != ["--unreleased"]:
        print(MESSAGE.format(names=", ".join(changed)))
        return 1
    if arguments == ["--check"]:
        if before == write(after):
            return 0
        print("docs/reference/schemas.md is not what the source says: run python docs/generate_schemas.py")
        return 1
    PAGE.write_text(write(after), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
