"""The models on both engines: every mart that DuckDB builds and every mart of Spark, row by row."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.synth.dataset import Options, make
from tests.command import tracehouse
from tests.test_models import MARTS, ONE, ROOT, TWO, Row, assistant, call, row, tool, user
from tests.test_secrets import made

HAS_JAVA = shutil.which("java") is not None or "JAVA_HOME" in os.environ
pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(not HAS_JAVA, reason="there is no Java to run Spark"),
]
RUN_DBT = (
    "from tracehouse.spark import open_for_dbt; open_for_dbt({scratch!r}); "
    "from dbt.cli.main import cli; cli()"
)
ARROW = {
    "string": pa.string(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us"),  # without a zone, as in DuckDB
}
# Where RE2 and Java, or the string functions of the engines, could part.
ODD = {
    "line ends of Java alone": "ValueError\u2028: error: E\u0085Error\rb\x0bTool 'x' does not exist",
    "line end at the end": "the file is not found: a\r\n",
    "cases beyond ASCII": "TİMED OUT, tımed out, ımporterror, acceſſ is denied, \u212a: not found",
    "beyond the first plane": "🙂 " * 100 + "permission denied 🙂" + " 🙂" * 200,
    "combining": "e\u0301chec: No such file or directory: e\u0301.txt",
    "spaces that are none of ours": "\u00a0\u3000 two\u00a0words \ufeff\u3000",
    "backslashes": "C:\\new\\table \\u0041 \\\\n fatal: \\",
    "quotes": "it's `not` \"found\": '\"', '' \"\"",
    "templates": "{{ x }} {% y %} $1 ${z} %s %",
    "nested": json.dumps({"error": json.dumps({"error": 'a "b"\nnot found\\n', "x": "1"})}),
    "a secret": "the token is " + made("ghp_{alnum:36}")[0] + ": permission denied",
    "a zero byte": "a\0b: no such user\0",
    "long": "x" * 130_000 + " timed out " + "y" * 130_000,
    "many lines": "cat <<'EOF'\nit is; a | b\n" * 8_000 + "grep a",
    "many quotes": "'a' \"b\" " * 20_000 + "| grep c",
    "unclosed quotes": "echo 'a; " * 20_001 + "| grep c",
    "nothing but a question": "?",
    "a question of the full width": "そうですか？",
    "empty": "",
}
COMMANDS = (
    "cd a && grep x f", 'echo "a | b" | rg \'c;d\'', "[ -f 'a b' ]\n", "find . 2>&1", "make &> grep",
    "sudo timeout 5s /usr/bin/diff a b", "git diff\u2028", "test\u00a0x", 'grep "unclosed', "x;\tgrep y",
)  # fmt: skip


def odd(number: int, text: str, command: str) -> Row:
    """A conversation that has `text` everywhere a text can stand."""
    return row(
        f"odd-{number}",
        [
            user(text),
            assistant(text, text, call("terminal", command=text), call("Bash", cmd=command)),
            tool(
                ("terminal", {"output": text, "exit_code": 1, "error": None}),
                ("Bash", {"output": "", "exit_code": 1, "error": text}),
            ),
            assistant("", "", call("terminal", command=command), call("patch", path=text)),
            tool(("terminal", {"output": text, "exit_code": 2}), ("patch", text)),
            assistant(text, "", call("read_file", path=text), call("odd", x=[1.50, None])),
            tool(
                ("read_file", {"content": {"error": text}, "a.error": 1e5, "success": False}),
                ("odd", [{"error": text}, {"status": "failed"}]),
            ),
            assistant("", text),
        ],
        tools=["terminal", "patch"],
    )


@dataclass(frozen=True, slots=True)
class Built:
    """A warehouse by DuckDB as `duck`, what Spark wrote below `spark`, and dbt's account of that.

    Both are built over `parquet`.
    """

    connection: duckdb.DuckDBPyConnection
    spark: Path
    parquet: Path
    manifest: dict[str, Any]
    results: list[dict[str, Any]]
    left_behind: list[str]

    def columns(self, mart: str) -> dict[str, str]:
        """The names and types that the contract of a mart promises."""
        columns = self.manifest["nodes"][f"model.tracehouse.{mart}"]["columns"]
        return {name: column["data_type"] for name, column in columns.items()}

    def seeds(self) -> list[str]:
        nodes = self.manifest["nodes"].values()
        return [node["name"] for node in nodes if node["resource_type"] == "seed"]

    def differing(self, mart: str) -> list[tuple[str, tuple[Any, ...]]]:
        """The first rows that only one engine has, with its name."""
        rounded = ", ".join(
            f"round({name}, 9) as {name}" if kind == "double" else name
            for name, kind in self.columns(mart).items()
        )
        duck = f"select {rounded} from duck.{mart}"
        spark = f"select {rounded} from read_parquet('{self.spark}/{mart}/*.parquet')"
        both = (("DuckDB", f"{duck} except all {spark}"), ("Spark", f"{spark} except all {duck}"))
        return [
            (engine, found)
            for engine, query in both
            for found in self.connection.execute(f"{query} order by all limit 5").fetchall()
        ]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """The sample, 500 synthetic conversations and the odd ones; all tests of dbt run on Spark."""
    folder = tmp_path_factory.mktemp("spark")
    home, synthetic, written = folder / "home", folder / "synthetic", folder / "written"
    make(Options(synthetic, conversations=500, seed=1, shards=1, row_group=100, dirty=4))
    texts = [odd(n, text, COMMANDS[n % len(COMMANDS)]) for n, text in enumerate(ODD.values())]
    written.mkdir()
    for name, rows in (("one", ONE), ("two", TWO), ("odd", texts)):
        lines = "".join(json.dumps(one) + "\n" for one in rows)
        (written / f"{name}.jsonl").write_text(lines + "no JSON\n", encoding="utf-8")
    sources = [ROOT / "data/sample", synthetic, written, "--max-rejects", "1"]
    for step in (["ingest", *sources], ["build"]):
        done = tracehouse(*step, home=home)
        assert done.returncode == 0, done.stderr + done.stdout
    on_spark(folder, home / "parquet", "local[2]")
    loaded = [
        json.loads((folder / "target" / name).read_text(encoding="utf-8"))
        for name in ("manifest.json", "run_results.json")
    ]
    left_behind = [path.name for path in (folder / "cwd").iterdir()]
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home}/warehouse.duckdb' as duck (read_only)")
        yield Built(
            connection,
            folder / "tables",
            home / "parquet",
            *(loaded[0], loaded[1]["results"], left_behind),
        )


def on_spark(folder: Path, parquet: Path, master: str, *select: str) -> None:
    """Builds the models and runs all of dbt's tests on `master`, into `folder`/tables."""
    (folder / "cwd").mkdir()
    code = RUN_DBT.format(scratch=str(folder / "scratch"))
    done = subprocess.run(
        [
            *(sys.executable, "-P", "-c", code),
            *("--no-use-colors", "build", "--target", "spark", *select),
            *("--project-dir", str(ROOT), "--profiles-dir", str(ROOT)),
            *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
        ],
        env=os.environ
        | {
            "DO_NOT_TRACK": "1",
            "TRACEHOUSE_PARQUET": str(parquet),
            "TRACEHOUSE_SPARK": master,
            "TRACEHOUSE_TABLES": str(folder / "tables"),
        },
        cwd=folder / "cwd",
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[:1000]


@pytest.mark.parametrize("mart", MARTS)
def test_both_engines_give_the_same_rows(built: Built, mart: str) -> None:
    rows = built.connection.execute(f"select count(*) from duck.{mart}").fetchone()
    assert rows is not None
    assert rows[0] > 0
    assert built.differing(mart) == []


def test_both_engines_load_the_same_seeds(built: Built) -> None:
    """Quotes, backslashes and what is empty: a pattern has all of them."""
    assert len(built.seeds()) >= 3
    for name in built.seeds():
        duck, spark = (
            built.connection.execute(f"select * from {place} order by all").fetchall()
            for place in (f"duck.seeds.{name}", f"'{built.spark}/{name}/*.parquet'")
        )
        assert duck, name
        assert spark == duck, name


def test_a_difference_would_be_seen(built: Built, tmp_path: Path) -> None:
    """One figure more, in one row of one mart."""
    place = tmp_path / "fct_steps"
    place.mkdir()
    built.connection.execute(
        f"copy (select * replace (position_share + 1e-8 * (step_index % 2) as position_share) "
        f"from read_parquet('{built.spark}/fct_steps/*.parquet')) to '{place}/a.parquet'"
    )
    changed = replace(built, spark=tmp_path)
    assert {engine for engine, _ in changed.differing("fct_steps")} == {"DuckDB", "Spark"}


@pytest.mark.parametrize("mart", MARTS)
def test_parquet_of_a_mart_has_the_types_of_its_contract(built: Built, mart: str) -> None:
    files = list((built.spark / mart).glob("*.parquet"))
    assert files
    for file in files:
        schema = pq.read_schema(file)
        found = dict(zip(schema.names, schema.types, strict=True))
        assert found == {name: ARROW[kind] for name, kind in built.columns(mart).items()}


def test_every_unit_test_passes_on_spark(built: Built) -> None:
    passed = {r["unique_id"] for r in built.results if r["status"] == "pass"}
    assert built.manifest["unit_tests"].keys() - passed == set()


def test_every_data_test_finds_as_many_rows_on_both_engines(built: Built) -> None:
    nodes = built.manifest["nodes"]
    found = {
        nodes[result["unique_id"]]["name"]: (result["status"], result["failures"])
        for result in built.results
        if result["unique_id"].startswith("test.")
    }
    query = "select name, status, failure_count from duck.meta.tests"
    tests = built.connection.execute(query).fetchall()
    assert found == {name: (status, count) for name, status, count in tests}
    assert {status for status, _ in found.values()} == {"pass", "warn"}


def test_nothing_is_left_in_the_working_directory(built: Built) -> None:
    """Neither a metastore nor a warehouse folder nor a log of Derby."""
    assert built.left_behind == []


def test_spark_connect_builds_a_selection_the_same(
    built: Built, tmp_path: Path, connect: str
) -> None:
    """A seed, views, tables and unit tests, on a server that dbt reaches over the network."""
    selected = ("--select", "+dim_files", "+int_tool_calls_read")
    cautious = ("--indirect-selection", "cautious")  # no test of a model that is not selected
    on_spark(tmp_path, built.parquet, connect, *selected, *cautious)
    there = replace(built, spark=tmp_path / "tables")
    assert there.differing("dim_files") == []
