"""The documents tell the truth: their SQL runs, their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.command import tracehouse
from tests.conftest import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SQL = re.compile(r"```sql\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)\)")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_block_of_sql_runs_in_the_shell(path: Path, demo_home: Path) -> None:
    blocks = SQL.findall(path.read_text(encoding="utf-8"))
    done = tracehouse("shell", "-bail", home=demo_home, stdin="\n".join(blocks) or "select 1;")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_shell_cookbook_has_answers(demo_home: Path) -> None:
    blocks = SQL.findall((ROOT / "docs/shell.md").read_text(encoding="utf-8"))
    assert len(blocks) >= 8
    for block in blocks[:-1]:  # nothing of the sample is rejected
        done = tracehouse("shell", "-csv", "-noheader", home=demo_home, stdin=block)
        assert done.stdout.strip(), block


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file(path: Path) -> None:
    links = LINK.findall(path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []
