"""The ports on the page about connecting the outside are proved by the classes that stand there."""

from __future__ import annotations

import re
from pathlib import Path

from house import ROOT
from kit_run import ran


def test_the_classes_of_the_page_are_test_classes_and_their_ports_are_good(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "howto" / "connect-the-outside.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    said = ran(tmp_path, "\n".join(blocks), "-W", "error")
    assert re.search(r"^\d\d+ passed", said, flags=re.MULTILINE), said
