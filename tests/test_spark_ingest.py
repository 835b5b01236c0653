"""Ingest on Spark: the same bytes as here, whatever attempts are made."""

from __future__ import annotations

import filecmp
from pathlib import Path

import pytest

from ingest import workers
from ingest.inputs import Selection, find
from ingest.options import DEFAULTS
from ingest.run import IngestOptions, ingest
from ingest.slices import slices
from tests.command import tracehouse
from tests.traces import record, rows, write_lines
from tracehouse.errors import StorageError

pytestmark = pytest.mark.spark
MASTER = "local[2]"


@pytest.fixture
def traces(tmp_path: Path) -> Path:
    """Two files, one of them with records that are rejected and one whose id is taken."""
    folder = tmp_path / "in"
    write_lines(folder / "a.jsonl", [record(i) for i in range(40)])
    write_lines(folder / "b.jsonl", [*map(record, range(35, 60)), "{", '{"x": 1}', ""])
    return folder


@pytest.fixture(autouse=True)
def _many_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PART_BYTES", 5000)
    monkeypatch.setattr("ingest.slices._SLICE_BYTES", 4000)
    monkeypatch.setattr("ingest.slices._CHUNK", 1000)


def differing(one: Path, other: Path) -> list[str]:
    """The files below two folders that are not the same in both."""
    names = [{str(p.relative_to(f)) for p in f.rglob("*") if p.is_file()} for f in (one, other)]
    assert names[0] == names[1]
    return [name for name in names[0] if not filecmp.cmp(one / name, other / name, shallow=False)]


def test_the_bytes_are_those_of_an_ingest_here(tmp_path: Path, traces: Path) -> None:
    here = ingest([str(traces)], tmp_path / "here", IngestOptions(workers=1))
    there = ingest([str(traces)], tmp_path / "there", IngestOptions(spark=MASTER))
    assert len(list((there.parquet / "blocks").iterdir())) > 4
    assert differing(here.parquet, there.parquet) == []
    assert differing(tmp_path / "here/rejects", tmp_path / "there/rejects") == []
    assert there.balances
    assert (there.conversations, len(rows(there.parquet, "rejects"))) == (65, 2)


def test_no_attempt_is_left_and_none_is_among_the_parts(tmp_path: Path, traces: Path) -> None:
    from ingest.spark import results

    plans = planned(traces)
    out = tmp_path / "out"
    out.mkdir()
    found = results(plans, out, tmp_path / "rejects", MASTER, tmp_path / "spark")
    assert [part.name for part, _ in found] == [part.name for part in plans]
    assert {path.stem for path in (out / "blocks").iterdir()} == {part.name for part in plans}
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_a_file_that_has_gone_is_an_error_without_traces(tmp_path: Path, traces: Path) -> None:
    from ingest.spark import results

    plans = planned(traces)
    (traces / "b.jsonl").unlink()
    with pytest.raises(StorageError) as caught:
        list(results(plans, tmp_path / "out", tmp_path / "rejects", MASTER, tmp_path / "spark"))
    message = str(caught.value)
    assert "No such file" in message
    assert "b.jsonl" in message
    assert "\n" not in message


def planned(traces: Path) -> list[workers.PartPlan]:
    files, _ = find(str(traces), Selection())
    return workers.plan([(file, slices(file, None, DEFAULTS), "") for file in files])


def test_a_spark_connect_server_gives_the_same(tmp_path: Path, traces: Path, connect: str) -> None:
    here = ingest([str(traces)], tmp_path / "here", IngestOptions(workers=1))
    home = tmp_path / "there"
    done = tracehouse("ingest", traces, "--engine", "spark", "--master", connect, home=home)
    assert done.returncode == 0, done.stderr
    one, other = (rows(p, "blocks", "*", "order by all") for p in (here.parquet, home / "parquet"))
    assert one == other


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--master", "local[2]"], "--master goes with --engine spark"),
        (["--engine", "spark", "--master", "sc://127.0.0.1:9"], "there is no Spark at sc://"),
    ],
)
def test_wrong_masters_are_said(
    tmp_path: Path, traces: Path, arguments: list[str], said: str
) -> None:
    done = tracehouse("ingest", traces, *arguments, home=tmp_path / "home")
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr
