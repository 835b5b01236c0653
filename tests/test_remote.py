"""Input by address: read through pyarrow.fs, with the rows that the same files give here."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.remote import without_secrets
from ingest.run import IngestOptions, ingest
from tests.traces import ids, record, rows, status, write_lines
from tracehouse.errors import UsageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One file of each layout, a packed one, a hidden one and one that is not read."""
    place = tmp_path / "runs"
    lines = write_lines(place / "lines.jsonl", [record(i) for i in range(5)])
    (place / "packed.jsonl.gz").write_bytes(gzip.compress(lines.read_bytes()))
    (place / "deep").mkdir()
    table = pa.Table.from_pylist([record(i) for i in range(7)])
    pq.write_table(table, place / "deep" / "rows.parquet", row_group_size=3)
    (place / "list.json").write_text("[]")
    (place / ".hidden.jsonl").write_text("x")
    (place / "notes.txt").write_text("x")
    return place


def test_a_folder_by_address_gives_what_the_folder_gives(tmp_path: Path, folder: Path) -> None:
    here = ingest([str(folder)], tmp_path / "here", IngestOptions(workers=1))
    there = ingest([folder.as_uri()], tmp_path / "there", IngestOptions(workers=1))
    assert status(here) == status(there)
    for table in ("conversations", "turns", "blocks", "tool_calls", "tool_responses", "files"):
        one, other = (rows(s.parquet, table, "*", "order by all") for s in (here, there))
        assert one == other, table
    again = ingest([folder.as_uri()], tmp_path / "there")
    assert set(status(again).values()) == {"unchanged", "skipped"}
    assert again.parquet == there.parquet


def test_one_file_by_address(tmp_path: Path, folder: Path) -> None:
    summary = ingest([(folder / "lines.jsonl").as_uri()], tmp_path / "home")
    assert ids(summary.parquet) == [f"lines/c{i}" for i in range(5)]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("file:///nowhere/at/all", "there is no file or folder file:///nowhere/at/all"),
        ("what://bucket/x", "what://bucket/x is no address of files"),
    ],
)
def test_an_address_of_nothing_is_said(tmp_path: Path, address: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        ingest([address], tmp_path / "home")


def test_secrets_of_an_address_are_not_kept() -> None:
    address = "s3://KEY:SECRET@bucket/a/b/?endpoint_override=localhost:9000"
    assert without_secrets(address) == "s3://bucket/a/b"
