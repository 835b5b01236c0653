"""Input by address: read through pyarrow.fs, with the rows that the same files give here."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest import inputs, remote
from ingest.remote import without_secrets
from ingest.run import IngestOptions, ingest
from tests.traces import ids, record, rows, status, write_lines
from tracehouse.errors import StorageError, UsageError


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


def test_one_file_whose_name_needs_quoting(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a b.jsonl", [record(1)])
    assert ids(ingest([path.as_uri()], tmp_path / "home").parquet) == ["a b/c1"]


def test_a_folder_named_like_its_file_is_a_folder(tmp_path: Path) -> None:
    for name in ("x.jsonl", "y.jsonl"):
        write_lines(tmp_path / "x.jsonl" / name, [record(1)])
    summary = ingest([(tmp_path / "x.jsonl").as_uri()], tmp_path / "home")
    assert set(status(summary)) == {"x.jsonl", "y.jsonl"}


def test_an_address_named_twice_is_read_once(tmp_path: Path, folder: Path) -> None:
    twice = [folder.as_uri(), f"{folder.as_uri()}/"]
    assert len(ids(ingest(twice, tmp_path / "home").parquet)) == 17


@pytest.mark.parametrize("name", ["lines.jsonl", "packed.jsonl.gz", "deep/rows.parquet"])
def test_a_failure_of_the_network_is_no_damage(
    tmp_path: Path, folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = (folder / name).as_uri()

    def fail(*_: object) -> int:
        raise OSError("AWS Error NETWORK_CONNECTION: timed out")

    class Failing:
        """A file that the service stops sending."""

        readinto = seek = fail

        def tell(self) -> int:
            return 0

        def close(self) -> None: ...

    raw = remote._Raw
    monkeypatch.setattr(inputs, "_sha256", lambda *_: "the same")
    monkeypatch.setattr(remote, "_Raw", lambda _file, at, *_: raw(Failing(), at))
    with pytest.raises(StorageError, match=f"{address} cannot be read: AWS Error"):
        ingest([address], tmp_path / "home")
    monkeypatch.setattr(remote, "_Raw", raw)
    summary = ingest([address], tmp_path / "home")
    assert summary.conversations in (5, 7)
    assert summary.files[0].rejects == 0


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("file:///nowhere/at/all", "there is no file or folder file:///nowhere/at/all"),
        ("what://bucket/x", "what://bucket/x is no address of files"),
        ("s3://KEY:SE/CRET@bucket/my traces", "s3://bucket/my traces is no address of files"),
    ],
)
def test_an_address_of_nothing_is_said(tmp_path: Path, address: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        ingest([address], tmp_path / "home")
    assert "CRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("s3://KEY:SECRET@bucket/a/b/?region=x", "s3://bucket/a/b"),
        ("s3://KEY:SE/CRET@bucket/a", "s3://bucket/a"),
        ("s3://bucket/a@b/c", "s3://bucket/a@b/c"),
        ("s3://b/a?endpoint_override=h:1&scheme=http", "s3://b/a?endpoint_override=h:1"),
        ("abfss://one@account.dfs/t", "abfss://one@account.dfs/t"),
        ("abfss://one:KEY@account.dfs/t", "abfss://one@account.dfs/t"),
        ("abfss://:KEY@account/t", "abfss://account/t"),
        ("hdfs://me@host:8020/t@x", "hdfs://host:8020/t@x"),
        ("file:///a/b", "file:///a/b"),
    ],
)
def test_secrets_of_an_address_are_not_kept(address: str, kept: str) -> None:
    assert without_secrets(address) == kept
