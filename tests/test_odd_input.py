"""Odd records and damaged files: a reject with its reason, never an end of all, never silence."""

from __future__ import annotations

import gzip
import json
import os
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from ingest.run import IngestOptions, ingest
from tests.traces import chat, ids, record, rows, write_lines
from tracehouse.errors import StorageError, UsageError


def message(**more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant"} | more]}


@pytest.mark.parametrize(
    "odd",
    [
        chat("score", answer='{"score": NaN}'),
        message(content="x", meta={"$blocks": 5}),
        message(content="x", meta={"$json": 99}),
        message(content=[{"type": "data", "data": {"$as_is": {"$blocks": [0, 1]}}}]),
        message(content="x", tool_calls=[{"function": {"name": "f", "arguments": {"$json": 0}}}]),
        chat("f", trial=2**70),
        chat("f", answer=None),
    ],
    ids=["NaN in a response", "$blocks", "$json", "$as_is", "$json in arguments", "big", "null"],
)
def test_an_odd_record_is_read_without_loss(tmp_path: Path, odd: dict[str, Any]) -> None:
    path = write_lines(tmp_path / "in.jsonl", [chat("f"), odd])
    summary = ingest([str(path)], tmp_path / "home")
    assert (summary.conversations, summary.balances) == (2, True)
    assert rows(summary.parquet, "turns", "distinct is_lossless") == [(True,)]


def test_a_column_that_json_does_not_know_is_kept_as_text(tmp_path: Path) -> None:
    times = pa.array([1_700_000_000_000_000_001], pa.timestamp("ns"))
    table = pa.Table.from_pylist([record(0)]).append_column("seen", times)
    pq.write_table(table, tmp_path / "in.parquet")
    summary = ingest([str(tmp_path / "in.parquet")], tmp_path / "home")
    (extra,) = rows(summary.parquet, "conversations", "extra")[0]
    assert json.loads(extra)["seen"].startswith("2023-11-14")


def test_what_a_format_did_not_foresee_is_a_reject(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_self: object, record: dict[str, Any]) -> None:
        raise KeyError(record["id"])

    path = write_lines(tmp_path / "in.jsonl", [record(0)])
    monkeypatch.setattr("ingest.formats.hermes.Hermes.read", fail)
    summary = ingest([str(path)], tmp_path / "home")
    assert rows(summary.parquet, "rejects", "reason, detail") == [("unreadable", "KeyError: 'c0'")]
    assert summary.balances


@pytest.mark.case(41)
def test_runs_with_the_same_words_are_copies_only_if_nothing_tells_them_apart(
    tmp_path: Path,
) -> None:
    path = write_lines(
        tmp_path / "in.jsonl",
        [
            chat("get_order", task_id="1", trial=0),
            chat("get_order", task_id="1", trial=0),
            chat("get_order", task_id="1", trial=1),
            chat("delete_order", task_id="1", trial=0),
        ],
    )
    parquet = ingest([str(path)], tmp_path / "home").parquet
    hashes = rows(parquet, "conversations", "content_sha256", "order by record_index")
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3


def test_an_empty_prompt_is_no_prompt_group(tmp_path: Path) -> None:
    empty = record(0)
    empty["conversations"][0]["value"] = " "
    parquet = ingest([str(write_lines(tmp_path / "in.jsonl", [empty]))], tmp_path / "home").parquet
    assert rows(parquet, "conversations", "prompt_group_id") == [(None,)]


def packed(path: Path, text: bytes) -> Path:
    """The text, packed as the name says, with the last third of the bytes missing."""
    whole = gzip.compress(text) if path.suffix == ".gz" else zstandard.compress(text)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(whole[: len(whole) * 2 // 3])
    return path


@pytest.mark.case(60)
@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_packed_file_that_is_cut_short_says_so(tmp_path: Path, suffix: str) -> None:
    noise = [json.dumps(record(i, task=str(hash(("x", i)) % 10**15) * 60)) for i in range(3000)]
    packed(tmp_path / "in" / f"cut.jsonl{suffix}", "\n".join(noise).encode())
    write_lines(tmp_path / "in" / "good.jsonl", [record(1)])
    summary = ingest([str(tmp_path / "in")], tmp_path / "home")
    lines = {line.path: line for line in summary.files}
    assert lines["good.jsonl"].conversations == 1
    assert lines[f"cut.jsonl{suffix}"].rejects in (1, 2)
    assert 0 < lines[f"cut.jsonl{suffix}"].conversations < 3000
    assert summary.balances
    reasons = {reason for (reason,) in rows(summary.parquet, "rejects", "reason")}
    assert "truncated" in reasons
    assert [message.split(":")[0] for message in summary.damaged] == [f"cut.jsonl{suffix}"]


def test_frames_of_zstandard_one_behind_the_other_are_read(tmp_path: Path) -> None:
    frames = [zstandard.compress((json.dumps(record(i)) + "\n").encode()) for i in range(3)]
    (tmp_path / "in.jsonl.zst").write_bytes(b"".join(frames))
    summary = ingest([str(tmp_path / "in.jsonl.zst")], tmp_path / "home")
    assert (summary.conversations, summary.files[0].rejects) == (3, 0)


def damaged_parquet(path: Path, groups: int) -> Path:
    """500 rows in row groups; in the second (or only one), no page can be unpacked."""
    path.parent.mkdir(exist_ok=True)
    noise = [record(i, task=random.Random(i).randbytes(200).hex()) for i in range(500)]
    table = pa.Table.from_pylist(noise)
    pq.write_table(table, path, compression="zstd", row_group_size=500 // groups)
    found = pq.read_metadata(path).row_group(min(1, groups - 1))
    columns = [found.column(i) for i in range(found.num_columns)]
    task = next(column for column in columns if column.path_in_schema == "task")
    raw = bytearray(path.read_bytes())
    start = task.dictionary_page_offset + 100
    raw[start : start + 2000] = bytes(2000)
    path.write_bytes(raw)
    return path


@pytest.mark.case(61, 62)
def test_a_damaged_row_group_is_one_reject_and_the_rest_is_read(tmp_path: Path) -> None:
    damaged_parquet(tmp_path / "in" / "torn.parquet", 5)
    write_lines(tmp_path / "in" / "good.jsonl", [record(1, id="good")])
    summary = ingest([str(tmp_path / "in")], tmp_path / "home")
    assert summary.conversations == 401
    assert summary.balances
    ((position, reason, detail),) = rows(summary.parquet, "rejects", "position, reason, detail")
    assert (position, reason) == (100, "damaged")
    assert detail.startswith("100 rows cannot be read from here on")
    assert [message.split(":")[0] for message in summary.damaged] == ["torn.parquet"]
    again = ingest([str(tmp_path / "in")], tmp_path / "home")
    assert again.damaged == summary.damaged  # not "unchanged", as if all of it had been read
    assert len(ids(again.parquet)) == 401


def test_a_parquet_file_without_a_sound_row_group_is_named(tmp_path: Path) -> None:
    path = damaged_parquet(tmp_path / "in" / "torn.parquet", 1)
    with pytest.raises(StorageError, match=r"torn\.parquet cannot be read: 500 rows"):
        ingest([str(path)], tmp_path / "home")
    write_lines(tmp_path / "in" / "good.jsonl", [record(1)])
    summary = ingest([str(tmp_path / "in")], tmp_path / "home")
    assert summary.conversations == 1
    assert summary.damaged[0].startswith("torn.parquet: cannot be read: 500 rows")


def test_parquet_with_dictionary_encoded_texts_is_read(tmp_path: Path) -> None:
    encoded = pa.dictionary(pa.int32(), pa.string())
    table = pa.Table.from_pylist([record(i) for i in range(3)])
    lists = table["conversations"].chunk(0)
    fields = [pa.array(lists.values.field(f).to_pylist(), encoded) for f in ("from", "value")]
    messages = pa.StructArray.from_arrays(fields, names=["from", "value"])
    index = table.schema.get_field_index("conversations")
    odd = pa.ListArray.from_arrays(lists.offsets, messages)
    pq.write_table(table.set_column(index, "conversations", odd), tmp_path / "in.parquet")
    summary = ingest([str(tmp_path / "in.parquet")], tmp_path / "home")
    assert (summary.conversations, summary.files[0].rejects) == (3, 0)


def test_an_integer_id_is_the_id(tmp_path: Path) -> None:
    messages = [{"role": "user", "content": "hello"}]
    write_lines(tmp_path / "a.jsonl", [record(1, id=7)])
    write_lines(tmp_path / "b.jsonl", [{"id": 8, "messages": messages}])
    summary = ingest([str(tmp_path / "a.jsonl"), str(tmp_path / "b.jsonl")], tmp_path / "home")
    assert ids(summary.parquet) == ["a/7", "b/8"]


def test_a_first_line_of_two_megabytes_is_one_record_of_many(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "in.jsonl", [record(0, task="x" * 2_000_000), record(1)])
    assert ids(ingest([str(path)], tmp_path / "home").parquet) == ["in/c0", "in/c1"]


def test_a_damaged_manifest_says_what_to_do(tmp_path: Path) -> None:
    path, home = write_lines(tmp_path / "in.jsonl", [record(0)]), tmp_path / "home"
    ingest([str(path)], home)
    (home / "parquet" / "manifest.json").write_text("{")
    with pytest.raises(StorageError, match="--fresh"):
        ingest([str(path)], home)
    assert ingest([str(path)], home, IngestOptions(fresh=True)).conversations == 1


def test_one_bad_element_of_a_list_is_one_reject(tmp_path: Path) -> None:
    good = [json.dumps(record(i)) for i in range(3)]
    text = "[" + ", ".join([good[0], '{"a": NaN}', good[1], good[2]]) + "]"
    (tmp_path / "in.json").write_text(text)
    summary = ingest([str(tmp_path / "in.json")], tmp_path / "home")
    assert ids(summary.parquet) == ["in/c0", "in/c1", "in/c2"]
    assert rows(summary.parquet, "rejects", "position, reason") == [(1, "non_finite")]


@pytest.mark.case(6, 10)
def test_blank_lines_and_a_mark_before_the_data_do_not_hide_it(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n" * 30 + json.dumps(record(0)) + "\n")
    (tmp_path / "b.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(record(1), indent=1).encode())
    summary = ingest([str(tmp_path / n) for n in ("a.jsonl", "b.json")], tmp_path / "home")
    assert ids(summary.parquet) == ["a/c0", "b/c1"]


@pytest.mark.case(2)
def test_a_replaced_surrogate_is_not_lossless(tmp_path: Path) -> None:
    odd = record(0)
    odd["conversations"][0]["value"] = "a\ud800b"
    parquet = ingest([str(write_lines(tmp_path / "in.jsonl", [odd]))], tmp_path / "home").parquet
    found = rows(parquet, "turns", "turn_index, issue", "where not is_lossless")
    assert found == [(0, "encoding_replaced")]


def test_a_typed_time_is_read(tmp_path: Path) -> None:
    table = pa.Table.from_pylist([record(0)]).append_column(
        "timestamp", pa.array([1_700_000_000_000_000], pa.timestamp("us"))
    )
    pq.write_table(table, tmp_path / "in.parquet")
    parquet = ingest([str(tmp_path / "in.parquet")], tmp_path / "home").parquet
    assert rows(parquet, "conversations", "cast(started_at as date)::text") == [("2023-11-14",)]


def test_two_columns_of_one_name_are_read(tmp_path: Path) -> None:
    table = pa.Table.from_pylist([record(0)]).append_column("id", pa.array(["other"]))
    pq.write_table(table, tmp_path / "in.parquet")
    assert ingest([str(tmp_path / "in.parquet")], tmp_path / "home").conversations == 1


@pytest.mark.case(61)
def test_a_torn_parquet_file_is_one_even_when_its_format_is_given(tmp_path: Path) -> None:
    (tmp_path / "in.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(UsageError, match="not a whole Parquet file"):
        ingest([str(tmp_path / "in.parquet")], tmp_path / "home", IngestOptions(format="hermes"))


def test_a_file_name_that_is_not_utf8_is_written_out(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_lines(folder / "ok.jsonl", [record(0)])
    (folder / "ok.jsonl").rename(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.jsonl"))
    summary = ingest([str(folder)], tmp_path / "home")
    assert rows(summary.parquet, "files", "path") == [("caf\\xe9.jsonl",)]
