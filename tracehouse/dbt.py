"""Runs dbt as a subprocess: run in-process, it would keep the DuckDB file locked afterwards."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracehouse.errors import BuildFailed, UsageError
from tracehouse.spark import MASTER, NO_SPARK

Progress = Callable[[int, int, str], None]

_RUN_DBT = (
    "from tracehouse.children import die_with_parent; die_with_parent({parent}); "
    "{before}from dbt.cli.main import cli; cli()"
)
# dbt takes the session that is there; it would make one with Hive's catalog.
_OPEN_SPARK = "from tracehouse.spark import open_for_dbt; open_for_dbt({scratch!r}); "
_RESULTS = {"LogModelResult", "LogSeedResult", "LogTestResult", "LogNodeNoOpResult"}
_NOTHING_SELECTED = "NoNodesForSelectionCriteria"
_GOOD = {"success", "pass", "no-op"}
_SIZE = re.compile(r"(\d+(?:\.\d+)?) *([mgt])i?b", re.IGNORECASE)
_TRACE = re.compile(r"^Traceback \(most recent call last\):\n(?:[ \t].*\n)*", re.MULTILINE)
_GIGABYTES = {"m": 0.001, "g": 1, "t": 1000}


@dataclass(frozen=True, slots=True)
class Node:
    """What became of one model, seed or test.

    `status` is dbt's own: success, pass, warn, fail, error, skipped. `compiled` is the SQL that
    ran, None where there is none.
    """

    unique_id: str
    name: str
    resource_type: str
    status: str
    failures: int
    message: str
    description: str
    tags: tuple[str, ...]
    compiled: str | None

    @property
    def is_broken(self) -> bool:
        """It failed; a warning is no failure."""
        return self.status not in _GOOD | {"warn", "skipped"}


def build(
    project: Path,
    target: Path,
    environment: Mapping[str, str],
    select: Sequence[str] = (),
    progress: Progress | None = None,
    spark: str | None = None,
) -> list[Node]:
    """Builds and tests the models of `project`; dbt writes its own files under `target` only.

    Unit tests are left out: they test the models, not the data. `spark` is the Spark master to
    build on, which writes the tables to the folder TRACEHOUSE_TABLES; None is DuckDB.
    Raises: BuildFailed where dbt could not even begin, with what it says; UsageError where there is
    nothing of the name that `select` gives.
    """
    target.mkdir(parents=True, exist_ok=True)
    (target / "run_results.json").unlink(missing_ok=True)
    before = _OPEN_SPARK.format(scratch=str(target / "spark")) if spark else ""
    code = _RUN_DBT.format(parent=os.getpid(), before=before)
    command = [sys.executable, "-P", "-c", code, "--log-format", "json"]
    command += ["--log-level-file", "none", "build"]
    command += ["--project-dir", str(project), "--profiles-dir", str(project)]
    command += ["--target-path", str(target), "--log-path", str(target / "logs")]
    command += ["--exclude-resource-type", "unit_test", "--exclude-resource-type", "exposure"]
    if spark:
        command += ["--target", "spark"]
        environment = {**environment, MASTER: spark}
    if select:
        # Views are not in a published file, and cost nothing to make again.
        command += ["--select", *select, "config.materialized:view"]
    errors, returncode = _run(command, target, environment, progress)
    if unknown := [line for line in errors if "does not match any" in line]:
        raise UsageError("\n".join(unknown))
    results = target / "run_results.json"
    if not results.exists():
        if returncode == NO_SPARK:
            raise UsageError("\n".join(errors))
        if returncode < 0:
            less = (
                "" if spark else ": TRACEHOUSE_MEMORY_LIMIT=1GB makes DuckDB use the disk instead"
            )
            raise BuildFailed(f"dbt was killed, most likely for lack of memory{less}")
        said = _TRACE.sub("", "\n".join(errors)).strip() or "dbt ended without a result"
        raise BuildFailed(f"dbt cannot build the project in {project}:\n{said}")
    return _nodes(results, target / "manifest.json")


def threads(limit: str | None, cores: int) -> int:
    """How many DuckDB works with: all cores, within a limit of memory one for each GB of it.

    Each thread holds rows of its own. A limit that is no size, such as a share of the machine's
    memory, is taken for less than 2 GB.
    """
    if limit is None:
        return cores
    size = _SIZE.fullmatch(limit.strip())
    return max(1, min(cores, int(float(size[1]) * _GIGABYTES[size[2].lower()]))) if size else 1


def _run(
    command: list[str], cwd: Path, environment: Mapping[str, str], progress: Progress | None
) -> tuple[list[str], int]:
    """Runs dbt to its end; its error messages and its exit code."""
    errors: list[str] = []
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=_inherited() | {"DO_NOT_TRACK": "1"} | dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                errors += _event(line, progress)
        except BaseException:
            process.terminate()
            raise
    return errors, process.returncode


def _inherited() -> dict[str, str]:
    """Our environment without dbt's own settings: those are for a person's other projects."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DBT_")}


def _event(line: str, progress: Progress | None) -> Iterator[str]:
    """Tells `progress` of a result; yields the text of an error, or a line that is no event."""
    try:
        event = json.loads(line)
        info, data = event["info"], event["data"]
    except (ValueError, KeyError, TypeError):
        if line.strip():
            yield line.rstrip()
        return
    if info["name"] in _RESULTS and progress is not None:
        progress(data.get("index", 0), data.get("total", 0), _node_name(data))
    if info["level"] == "error" or info["name"] == _NOTHING_SELECTED:
        yield info["msg"]


def _node_name(data: Mapping[str, Any]) -> str:
    node = data.get("node_info") or {}
    return str(node.get("node_name", ""))


def _nodes(results: Path, manifest: Path) -> list[Node]:
    """The results, in the order of their names, with what the manifest knows of each."""
    ran = json.loads(results.read_text(encoding="utf-8"))["results"]
    known = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
    nodes = [_node(result, known.get(result["unique_id"], {})) for result in ran]
    return sorted(nodes, key=lambda node: node.unique_id)


def _node(result: Mapping[str, Any], known: Mapping[str, Any]) -> Node:
    return Node(
        unique_id=result["unique_id"],
        name=known.get("name", result["unique_id"]),
        resource_type=known.get("resource_type", "other"),
        status=str(result["status"]),
        failures=int(result.get("failures") or 0),
        message=str(result.get("message") or "").strip(),
        # What a test counts stands in its own file: of a patch in a yml, dbt loses what it says of
        # a test in SQL as soon as it parses that test again, as in a home that was moved.
        description=str(
            known.get("meta", {}).get("counts") or known.get("description") or ""
        ).strip(),
        tags=tuple(known.get("tags", ())),
        compiled=result.get("compiled_code"),
    )
