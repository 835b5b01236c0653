"""Inspect logs with many samples: a record for each, from JSON and from `.eval` files (zip)."""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
import zstandard

from ingest.run import IngestOptions, ingest
from tests.given_back import SHARED, needs_shared
from tests.traces import ids, rows
from tracehouse.errors import StorageError, UsageError

HEAD = {"version": 2, "status": "success", "results": {"scores": []},
        "eval": {"task": "t", "model": "m", "dataset": {"sample_ids": [1, 2]}}}  # fmt: skip


def sample(number: int, **more: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": f"Task {number}"}]
    return {"id": number, "epoch": 1, "input": "", "messages": messages} | more


def write_eval(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def members(*samples: Any, head: Any = HEAD) -> dict[str, bytes]:
    found = {f"samples/{n}_epoch_1.json": json.dumps(s).encode() for n, s in enumerate(samples)}
    return {"_journal/summaries/1.json": b"[]", **found, "header.json": json.dumps(head).encode()}


def packed_by_zstandard(path: Path, content: dict[str, bytes]) -> Path:
    """A zip as newer versions of Inspect write it: method 93, several frames to a file."""
    body, directory = b"", b""
    for name, data in content.items():
        half = len(data) // 2
        packed = zstandard.compress(data[:half]) + zstandard.compress(data[half:])
        shared = struct.pack("<HHHHHIIIHH", 20, 0, 93, 0, 0, zlib.crc32(data), len(packed),
                             len(data), len(name), 0)  # fmt: skip
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + shared
        directory += struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + name.encode()
        body += b"PK\x03\x04" + shared + name.encode() + packed
    count = len(content)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)
    path.write_bytes(body + directory + b"PK\x05\x06" + end)
    return path


@needs_shared
def test_the_real_zips(tmp_path: Path) -> None:
    for name, count in (("security-guide.eval", 16), ("websearch-addition.eval", 1)):
        path = SHARED / "inspect" / name
        with zipfile.ZipFile(path) as archive:
            raw = [json.loads(archive.read(member)) for member in archive.namelist()
                   if member.startswith("samples/")]  # fmt: skip
        assert len(raw) == count
        summary = ingest([str(path)], tmp_path / name)
        assert (summary.conversations, summary.balances) == (count, True)
        found = rows(summary.parquet, "conversations", "source_id, turn_count, outcome_score",
                     "order by record_index")  # fmt: skip
        grade = {"C": 1.0, "I": 0.0}
        assert found == [
            (s["uuid"], len(s["messages"]), grade[next(iter(s["scores"].values()))["value"]])
            for s in raw
        ]
        assert rows(summary.parquet, "turns", "bool_and(is_lossless)") == [(True,)]


def test_json_and_both_kinds_of_zip_give_the_same_rows(tmp_path: Path) -> None:
    samples = [sample(1), sample(2), sample(3)]
    (tmp_path / "a.json").write_text(json.dumps(HEAD | {"samples": samples}, indent=2))
    write_eval(tmp_path / "a.eval", members(*samples))
    packed_by_zstandard(tmp_path / "b.eval", members(*samples))
    found = []
    for name in ("a.json", "a.eval", "b.eval"):
        summary = ingest([str(tmp_path / name)], tmp_path / "home" / name,
                         IngestOptions(source="s"))  # fmt: skip
        assert (summary.conversations, summary.balances) == (3, True)
        columns = "record_index, model, task_id, extra, content_sha256"
        found.append(rows(summary.parquet, "conversations", columns, "order by 1"))
    assert found[0] == found[1] == found[2]
    assert [row[:3] for row in found[0]] == [(n - 1, "m", f"t/{n}") for n in (1, 2, 3)]
    extras = [json.loads(row[3]) for row in found[0]]
    assert extras[0]["eval"] == HEAD["eval"]
    assert extras[1]["eval"] == {"task": "t", "model": "m"}  # lists of all samples stand once
    assert "results" not in extras[1]


def test_a_bad_sample_is_one_reject(tmp_path: Path) -> None:
    content = members(sample(1), sample(2, messages=[]), sample(4))
    content["samples/3_epoch_1.json"] = b"{broken"
    summary = ingest([str(write_eval(tmp_path / "a.eval", content))], tmp_path / "home")
    assert (summary.conversations, summary.balances) == (2, True)
    found = rows(summary.parquet, "rejects", "position, reason", "order by 1")
    assert found == [(1, "no_messages"), (3, "bad_json")]
    (digest,) = rows(summary.parquet, "rejects", "sha256", "where position = 3")[0]
    assert (tmp_path / "home" / "rejects" / digest).read_bytes() == b"{broken"


@pytest.mark.parametrize("pack", [write_eval, packed_by_zstandard])
def test_a_damaged_sample_is_named_and_the_others_are_read(tmp_path: Path, pack: Any) -> None:
    path = pack(tmp_path / "a.eval", members(sample(1), sample(2)))
    raw = bytearray(path.read_bytes())
    at = raw.index(b"samples/1_epoch_1.json") + len(b"samples/1_epoch_1.json")
    raw[at + 12 : at + 40] = bytes(28)
    path.write_bytes(raw)
    summary = ingest([str(path)], tmp_path / "home")
    assert (summary.conversations, summary.balances) == (1, True)
    ((position, reason, detail),) = rows(summary.parquet, "rejects", "position, reason, detail")
    assert (position, reason) == (1, "damaged")
    assert "samples/1_epoch_1.json" in detail


def test_a_log_whose_run_goes_on_is_read_as_far_as_it_is(tmp_path: Path) -> None:
    content = members(sample(1))
    content["_journal/start.json"] = content.pop("header.json")
    summary = ingest([str(write_eval(tmp_path / "a.eval", content))], tmp_path / "home")
    assert rows(summary.parquet, "conversations", "model, task_id") == [("m", "t/1")]


def test_a_figure_that_json_does_not_know_does_not_hide_the_samples(tmp_path: Path) -> None:
    content = members(sample(1), head=HEAD | {"stderr": float("nan")})
    summary = ingest([str(write_eval(tmp_path / "a.eval", content))], tmp_path / "home")
    (extra,) = rows(summary.parquet, "conversations", "extra")[0]
    assert json.loads(extra)["stderr"] == "NaN"


def test_another_zip_is_no_log(tmp_path: Path) -> None:
    path = write_eval(tmp_path / "a.eval", {"[Content_Types].xml": b"<x/>"})
    with pytest.raises(UsageError, match="holds no Inspect log"):
        ingest([str(path)], tmp_path / "home")
    path.write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(StorageError, match="cannot be read"):
        ingest([str(path)], tmp_path / "home")


def test_the_limit_counts_samples(tmp_path: Path) -> None:
    write_eval(tmp_path / "a.eval", members(sample(1, uuid="u1"), sample(2, uuid="u2")))
    summary = ingest([str(tmp_path / "a.eval")], tmp_path / "home", IngestOptions(limit=1))
    assert ids(summary.parquet) == ["a/u1"]
