"""Crash safety, cases 70 to 72: `kill -9` at any moment of a step, and the rerun makes it good.

Two in three kills come just before a change of a file, one at a random time. In the full form there
are 200: FAULTS_SCALE makes them fewer, FAULTS_SEED draws others.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.command import tracehouse
from tests.faults.kills import Harness, Step, export, parquet, points, site, warehouse
from tests.faults.scale import SEED, scaled

pytestmark = pytest.mark.faults
ROOT = Path(__file__).resolve().parents[2]
REPORTS = ("finetune", "quality")  # two of the cheap ones, one of which has pages of conversations


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Step]:
    """The steps, each with a home in which all before it is done, over 20 conversations."""
    root = tmp_path_factory.mktemp("homes")
    sources = [root / "in" / f"{name}.parquet" for name in ("steady", "swift")]
    sources[0].parent.mkdir()
    for source, count in zip(sources, (12, 8), strict=True):
        table = pq.read_table(ROOT / "data/sample" / source.stem / "train.parquet")
        pq.write_table(table.slice(0, count), source)
    project = root / "project"  # its reports are two; its models are not built
    for name in REPORTS:
        shutil.copytree(ROOT / "reports" / name, project / "reports" / name)
    shutil.copy(ROOT / "dbt_project.yml", project)

    def done(*arguments: object, home: Path) -> None:
        cwd = project if arguments[0] == "report" else None
        ended = tracehouse(*arguments, home=home, cwd=cwd)
        assert ended.returncode == 0, ended.stdout + ended.stderr

    first, second, third = (root / name for name in ("first", "second", "third"))
    # All twice: the step that is killed then has an old one to remove.
    done("ingest", sources[0], "--limit", 5, home=first)
    done("ingest", sources[0], home=first)
    done("build", home=first)
    done("build", "--select", "dim_files", home=first)
    done("report", home=first)
    done("report", home=first)
    done("finetune", home=first)
    shutil.copytree(first, second, symlinks=True)
    done("ingest", sources[1], home=second)
    shutil.copytree(second, third, symlinks=True)
    done("build", home=third)
    both = tuple(map(str, sources))
    return {
        step.name: step
        for step in (
            Step("ingest", ("ingest", *both), parquet, first),
            Step("build", ("build", "--select", "fct_rejects"), warehouse, second),
            Step("build all", ("build",), warehouse, second),
            Step("report", ("report",), site, third, project),
            Step("finetune", ("finetune",), export, third),
        )
    }


@pytest.mark.case(70, 71, 72)
@pytest.mark.parametrize(
    ("name", "count"),
    [("ingest", 60), ("build", 30), ("build all", 5), ("report", 45), ("finetune", 60)],
)
def test_a_killed_step_leaves_the_old_or_the_new_and_a_rerun_the_new(
    steps: dict[str, Step],
    tmp_path: Path,
    name: str,
    count: int,
    record_property: Callable[[str, object], None],
) -> None:
    harness = Harness(steps[name], tmp_path)
    draw = random.Random(f"{SEED} {name}")
    count = scaled(count)
    at_changes = points(harness.reference.changes, count - count // 3, draw)
    for number in at_changes:
        change = harness.reference.changes[number - 1]
        harness.trial(f"before {change}", partial(harness.kill_at, number))
    for index in range(count // 3):
        seconds = draw.uniform(0, harness.reference.seconds)
        kill = partial(harness.kill_after, seconds, whole_tree=index % 3 > 0)
        harness.trial(f"after {seconds:.3f} s", kill)
    tally = harness.tally
    record_property(
        "count",
        f"kills of {name} survived: {tally.kills - len(tally.problems)} of {tally.kills} "
        f"({tally.before} left the old, {tally.after} the new; in {tally.untouched} nothing was "
        f"written yet; {tally.missed} more came too late)",
    )
    assert tally.problems == []
