"""Papers that say what comes of bad input: complete, and of one mind with the code."""

from __future__ import annotations

import ast
import re

import click

from tests.catalogue import cases
from tests.conftest import ROOT
from tracehouse import errors
from tracehouse.cli import FAULT, ingest

REJECTS = (ROOT / "docs/rejects.md").read_text(encoding="utf-8")


def listed(heading: str) -> list[str]:
    """The first cells of the table below a heading of docs/rejects.md."""
    part = REJECTS.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `?([\w-]+)", part.partition("| --- |")[2], re.MULTILINE)


def raised() -> set[str]:
    """Every reason that ingest gives a reject, as written where it is raised."""
    found = set()
    for path in (ROOT / "ingest").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                first = node.args[0]
                is_reason = node.func.id in ("BadRecord", "BadJson", "Refused")
                if is_reason and isinstance(first, ast.Constant):
                    found.add(str(first.value))
    return found


def test_every_reason_of_a_reject_is_explained() -> None:
    assert len(raised()) > 10
    assert set(listed("Reasons")) == raised()
    assert listed("Reasons") == sorted(listed("Reasons"))


def test_every_limit_is_an_option_with_the_default_that_is_written() -> None:
    options = {o.opts[0]: o.default for o in ingest.params if isinstance(o, click.Option)}
    rows = re.findall(r"^\| `(--[\w-]+) \w+` \| ([\d.]+) \|", REJECTS, re.MULTILINE)
    assert {name: float(value) for name, value in rows} == {
        name: float(value) for name, value in options.items() if name.startswith("--max-")
    }


def test_every_exit_code_is_explained() -> None:
    kinds = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, Exception)]
    ours = {str(kind.exit_code) for kind in kinds if issubclass(kind, errors.TracehouseError)}
    assert set(listed("Exit codes")) == ours | {"0", str(FAULT), "130"}


def test_each_of_118_cases_has_a_test_or_a_reason_why_not() -> None:
    marked = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for numbers in re.findall(r"mark\.case\(([\d, ]+)\)", path.read_text(encoding="utf-8")):
            marked |= {int(number) for number in numbers.split(",")}
    known = cases()
    assert list(known) == list(range(1, 119))
    without = {number for number, case in known.items() if case.untested}
    assert marked | without == known.keys(), (
        "cases without a test have to say why in docs/faults.md"
    )
    assert not marked & without, "cases that have a test by now say otherwise in docs/faults.md"
