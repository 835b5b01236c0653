"""The benchmark measures what it says, and every contestant does the work."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.data import ROOT, Dataset
from bench.engines import Engines
from bench.measure import Measured, measure
from bench.memory import Size, exponent
from bench.shuffle import Moved, tables
from tracehouse.errors import BuildFailed

# A parent that waits for a child; the child keeps 200 MB and one core busy for a while.
TREE = """
import subprocess, sys
child = "b = bytearray(200_000_000); b[::4096] = b[::4096]\\nimport time\\n"
child += "while time.process_time() < 0.8: pass"
subprocess.run([sys.executable, "-c", child], check=True)
print("done")
"""


def test_a_child_is_measured_with_its_parent() -> None:
    found = measure([sys.executable, "-c", TREE])
    assert found.stdout == "done\n"
    assert 0.8 <= found.cpu_s < 0.8 + found.wall_s
    assert 190 < found.peak_mib < 300
    assert found.peak_rss_mib >= found.peak_mib


def test_what_was_used_before_is_not_counted() -> None:
    measure([sys.executable, "-c", TREE])
    found = measure([sys.executable, "-c", "pass"])
    assert found.cpu_s < 0.5
    assert found.peak_mib < 100


def test_a_command_that_fails_ends_the_benchmark_with_its_words() -> None:
    with pytest.raises(BuildFailed, match=r"ended with 1:\n.*no such thing"):
        measure([sys.executable, "-c", "import sys; sys.exit('no such thing')"])


def test_every_contestant_finds_every_conversation(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench", "--conversations", "20", "--rounds", "1"]
    command += ["--dir", str(tmp_path / "bench"), "--json", str(tmp_path / "raw.json")]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    (series,) = json.loads((tmp_path / "raw.json").read_text())["measured"]
    runs = {run["contestant"]: run for run in series["runs"]}
    assert sorted(runs) == ["baseline", "floor-1", "floor-2", "tracehouse-1", "tracehouse-2"]
    truth = {name: series["data"][name] for name in ("conversations", "calls", "responses")}
    assert truth["conversations"] == 20
    assert runs["tracehouse-1"]["found"] == runs["tracehouse-2"]["found"] == truth
    for name, run in runs.items():
        assert run["found"]["conversations"] == 20
        assert name in done.stdout
        # Each of them writes the text, in one form or another.
        assert run["out_bytes"] > series["data"]["parquet_bytes"] / 3
    assert not list((tmp_path / "bench" / "scratch").glob("*-*"))


def taken(wall: float, cpu: float = 0) -> Measured:
    return Measured(wall, cpu, 0, 0, 0, "")


def test_the_start_of_spark_is_taken_off_round_by_round() -> None:
    data = Dataset(Path(), 0, 0, 0, 0, 0)
    runs = {"ingest local": [10, 20], "ingest spark": [35, 45], "start spark": [5, 15]}
    found = Engines(data, {name: [taken(wall) for wall in walls] for name, walls in runs.items()})
    assert found.ingest_ratio() == (3 + 1.5) / 2


def test_growth_is_the_exponent_of_cpu_time() -> None:
    one, ten = Size(100, 0, 0, taken(9, 2)), Size(10_000, 0, 0, taken(9, 20))
    assert exponent(one, ten) == pytest.approx(0.5)


def test_what_spark_shuffles_is_told_by_table_from_its_log() -> None:
    """The statement that makes a table has a plan of its own; the work runs in one below it."""
    sql = "org.apache.spark.sql.execution.ui.SparkListenerSQL"
    made = "(2) CreateDataSourceTableAsSelectCommand\nArguments: `c`.`main`.`fct_x`, x\n"
    plan = "(5) Exchange\nInput [2]: [key#1, body#2L]\nArguments: hash\n(6) Project\nInput [1]: [task#3]"
    metrics = {"Shuffle Write Metrics": {"Shuffle Bytes Written": 70}}
    events: list[dict[str, Any]] = [
        {"Event": f"{sql}ExecutionStart", "executionId": 1, "physicalPlanDescription": made},
        {
            "Event": f"{sql}ExecutionStart",
            "executionId": 2,
            "rootExecutionId": 1,
            "physicalPlanDescription": "(1) Scan",
        },
        {
            "Event": f"{sql}AdaptiveExecutionUpdate",
            "executionId": 2,
            "physicalPlanDescription": plan,
        },
        {
            "Event": "SparkListenerJobStart",
            "Stage IDs": [7],
            "Properties": {"spark.sql.execution.id": "2"},
        },
        {"Event": "SparkListenerJobStart", "Stage IDs": [8], "Properties": {}},
        {"Event": "SparkListenerTaskEnd", "Stage ID": 7, "Task Metrics": metrics},
        {"Event": "SparkListenerTaskEnd", "Stage ID": 7, "Task Metrics": metrics},
        {"Event": "SparkListenerTaskEnd", "Stage ID": 8, "Task Metrics": metrics},
    ]
    assert tables(events) == [Moved("fct_x", 140, {"key", "body"})]
