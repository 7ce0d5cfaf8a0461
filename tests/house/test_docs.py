"""What README and docs promise: commands that can be pasted, pages that are true to the source.

Their code blocks are run as tests of their own (tests/support/house_plugin.py).
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from house import PACKAGE, ROOT, SRC, where
from omcore.orders import ORDER_COMMANDS

DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text(encoding="utf-8")
RULES = (DOCS / "reference" / "rules.md").read_text(encoding="utf-8")
NUMBERS = re.findall(r"^\*\*([MSCR]\d+)\.", RULES, flags=re.MULTILINE)
BLOCKS = re.MULTILINE | re.DOTALL
GENERATORS = sorted(DOCS.glob("generate_*.py"))


@pytest.mark.parametrize("title", ["Try it", "Test it"])
def test_readme_has_exactly_one_command_to_paste(title: str) -> None:
    sections = re.split(r"^## +", README, flags=re.MULTILINE)[1:]
    (body,) = [text for name, _, text in (section.partition("\n") for section in sections) if name == title]
    (block,) = re.findall(r"^```sh\n(.*?)^```", body, flags=re.MULTILINE | re.DOTALL)
    (command,) = block.splitlines()
    assert command.startswith("python3 -m venv .venv && .venv/bin/pip install")


def test_readme_shows_what_its_first_lines_print(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    (code, shown), *_ = re.findall(r"^```python\n(.*?)^```\n\n```text\n(.*?)^```", README, flags=BLOCKS)
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102 - the project's own page
    assert capsys.readouterr().out.rstrip() == shown.rstrip()


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))], ids=where)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)\s]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_howto_is_found_from_the_readme() -> None:
    linked = set(re.findall(r"\(docs/howto/([\w-]+)\.md\)", README))
    assert linked == {path.stem for path in (DOCS / "howto").glob("*.md")}


def test_the_house_tells_of_every_command_of_an_order_in_which_facet_it_is() -> None:
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    rows = [row.split("|") for row in page.splitlines() if row.count("|") == 5]
    named = {command: row[1] for row in rows for command in re.findall(r"`([A-Z]\w+)`", row[3])}
    facets = {kind.__name__: kind.__module__.removeprefix("omcore.orders.") for kind in ORDER_COMMANDS}
    assert set(named) == set(facets)
    assert [command for command, facet in facets.items() if f"`{facet}`" not in named[command]] == []


def test_decisions_are_numbered_without_gaps_and_each_page_bears_the_number_of_its_name() -> None:
    pages = sorted((DOCS / "decisions").glob("0*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    titles = [page.read_text(encoding="utf-8").partition(". ")[0] for page in pages]
    assert titles == [f"# {number}" for number in range(1, len(pages) + 1)]


def test_a_decision_is_named_by_the_number_that_it_is_linked_to() -> None:
    link = re.compile(r"\[decision (\d+)\]\([./\w-]*?(\d{4})-[\w-]+\.md\)", flags=re.IGNORECASE)
    pages = [ROOT / "README.md", *DOCS.rglob("*.md")]
    named = [pair for page in pages for pair in link.findall(page.read_text(encoding="utf-8"))]
    assert named
    assert [pair for pair in named if int(pair[0]) != int(pair[1])] == []


def test_nothing_tells_anyone_to_install_somebody_elses_omcore() -> None:
    pages = [ROOT / "README.md", *DOCS.rglob("*.md")]
    said = re.compile(r"(?:pip|uv|poetry) (?:install|add) (?:-\S+ )*['\"]?omcore(?!-oms)\b")
    assert [where(page) for page in pages if said.search(page.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("generator", GENERATORS, ids=where)
def test_generated_pages_say_what_the_source_says(generator: Path) -> None:
    ran = subprocess.run(
        [sys.executable, str(generator), "--check"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(SRC), "PYTHONHASHSEED": "random"},
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_room_has_its_page_of_public_names() -> None:
    rooms = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()}
    pages = {path.stem for path in (DOCS / "reference" / "api").glob("*.md")}
    assert pages - {"index"} == {room for room in rooms if not room.startswith("__")}


def test_the_rules_page_has_every_rule_once_and_in_order() -> None:
    last = {"M": 13, "S": 13, "C": 10, "R": 4}
    assert [f"{family}{n}" for family, count in last.items() for n in range(1, count + 1)] == NUMBERS


def test_every_rule_that_is_built_is_cited_by_a_test() -> None:
    """A rule is built unless the rules page says, under *Not in this release*, that none of it is."""
    tests = [path for path in (ROOT / "tests").rglob("test_*.py") if path.parent.name != "house"]
    cited = set(
        re.findall(r"\b[MSCR]\d{1,2}\b", "\n".join(path.read_text(encoding="utf-8") for path in tests))
    )
    absent = set(re.findall(r"^- \*\*([MSCR]\d+)\*\*", RULES, flags=re.MULTILINE))
    assert [number for number in NUMBERS if number not in cited | absent] == []
    assert absent <= set(NUMBERS)
