"""SQL, paths and exports, cases 106 to 112: names are never code, and rows stay rows."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ingest.run import ingest
from tests.command import tracehouse
from tests.traces import ids, record, rows, write_lines

pytestmark = pytest.mark.faults


@pytest.mark.case(106)
@pytest.mark.parametrize(
    "name", ["a'); drop table x--.jsonl", "a*.jsonl", "a?[b]{c}.jsonl", "a b\nc.jsonl", "-rf.jsonl", "a=1.jsonl"]
)  # fmt: skip
def test_files_of_any_name_are_read(tmp_path: Path, name: str) -> None:
    write_lines(tmp_path / "in" / name, [record(0)])
    write_lines(tmp_path / "in" / "axb.jsonl", [record(1)])
    for home, source in (("one", tmp_path / "in" / name), ("all", tmp_path / "in")):
        summary = ingest([str(source)], tmp_path / home)
        assert name in [path for (path,) in rows(summary.parquet, "files", "path")]
    assert ids(summary.parquet) == ["in/c0", "in/c1"]
    written = {path.name for path in summary.parquet.rglob("*") if path.is_file()}
    assert not any("a" in name and "drop" in name for name in written)


@pytest.mark.case(106, 107)
def test_a_home_and_an_id_that_look_like_sql_are_read_through_all_steps(tmp_path: Path) -> None:
    odd = "x'); drop table dim_conversations; --"
    path = write_lines(tmp_path / f"{odd}.jsonl", [record(0, id=odd, category=odd, model=odd)])
    done = tracehouse("run", path, home=tmp_path / f"home {odd}")
    assert done.returncode == 0, done.stderr
    shown = tracehouse("show", odd, home=tmp_path / f"home {odd}")
    assert shown.returncode == 0, shown.stderr
    assert "turn 3 · assistant" in shown.stdout


@pytest.mark.case(108)
def test_ids_that_look_like_paths_are_kept_and_write_nothing_elsewhere(tmp_path: Path) -> None:
    odd = ["../../etc/passwd", "CON", "con", "i" * 300, "/abs", "a\nb", "a\0b", ".."]
    path = write_lines(tmp_path / "in.jsonl", [record(i, id=each) for i, each in enumerate(odd)])
    parquet = ingest([str(path)], tmp_path / "home").parquet
    assert sorted(ids(parquet)) == sorted(f"in/{each}" for each in odd)
    assert {p.name for p in tmp_path.iterdir()} == {"in.jsonl", "home"}


@pytest.mark.case(109)
def test_members_of_a_zip_are_written_nowhere(tmp_path: Path) -> None:
    sample = {"id": 1, "epoch": 1, "messages": [{"role": "user", "content": "hi"}]}
    path = tmp_path / "deep" / "er" / "log.eval"
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("header.json", json.dumps({"eval": {"task": "t"}}))
        packed.writestr("samples/../../../evil.json", json.dumps(sample))
        packed.writestr("/samples/abs.json", json.dumps(sample))
    assert ingest([str(path)], tmp_path / "home").conversations == 1
    assert not [p for p in tmp_path.rglob("*") if p.name in ("evil.json", "abs.json")]


@pytest.mark.case(111)
def test_an_export_is_utf8_with_one_row_a_line(tmp_path: Path) -> None:
    odd = "a\u2028b\u2029c\u0085d\x0be\0f\N{GRINNING FACE}"
    lines: list[Any] = [record(0, task=odd)]
    lines[0]["conversations"][0]["value"] = odd
    surrogate = json.dumps(record(1)).replace("Task 1", r"g\ud800h")
    path = write_lines(tmp_path / "in.jsonl", [*lines, surrogate])
    home = tmp_path / "home"
    for step in (["ingest", path], ["build"], ["finetune", "--out", tmp_path / "out"]):
        done = tracehouse(*step, home=home)
        assert done.returncode == 0, done.stderr
    found = []
    for file in sorted((tmp_path / "out").rglob("*.jsonl")):
        found += [
            json.loads(line) for line in file.read_bytes().decode("utf-8").split("\n") if line
        ]
    texts = {row["messages"][0]["content"] for row in found}
    assert texts == {odd, "g\ufffdh"}
