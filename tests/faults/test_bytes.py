"""Bytes and encoding, cases 1 to 12: text that is none, odd line ends, files cut short."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.run import ingest
from tests.command import tracehouse
from tests.traces import chat, ids, record, rows, write_lines
from tracehouse.errors import UsageError

pytestmark = pytest.mark.faults


def lines(*records: object) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in records)


def written(path: Path, text: bytes) -> str:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text)
    return str(path)


@pytest.mark.case(3)
def test_a_lone_surrogate_in_a_key_is_replaced_and_flagged(tmp_path: Path) -> None:
    odd = chat("f")
    odd["messages"][0]["x\ud800"] = 1
    parquet = ingest([str(write_lines(tmp_path / "in.jsonl", [odd]))], tmp_path / "home").parquet
    found = rows(parquet, "turns", "turn_index, issue, extra", "where not is_lossless")
    assert [row[:2] for row in found] == [(0, "encoding_replaced")]
    assert "x\ufffd" in json.loads(found[0][2])


@pytest.mark.case(4)
def test_an_escaped_pair_is_one_character_and_no_flag(tmp_path: Path) -> None:
    line = json.dumps(record(0, task="PAIR")).replace("PAIR", r"\ud83d\ude00")
    parquet = ingest([str(write_lines(tmp_path / "in.jsonl", [line]))], tmp_path / "home").parquet
    assert rows(parquet, "conversations", "task, length(task)") == [("\U0001f600", 1)]
    assert rows(parquet, "turns", "distinct issue, is_lossless") == [(None, True)]


@pytest.mark.case(5)
def test_a_nul_is_kept(tmp_path: Path) -> None:
    odd = record(0, task="a\0b", category="c\0d")
    parquet = ingest([str(write_lines(tmp_path / "in.jsonl", [odd]))], tmp_path / "home").parquet
    assert rows(parquet, "conversations", "task, category, length(task)") == [("a\0b", "c\0d", 3)]


@pytest.mark.case(7)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_file_in_another_encoding_is_named_for_what_it_is(tmp_path: Path, encoding: str) -> None:
    text = (json.dumps(record(0, task="中文"), ensure_ascii=False) + "\n") * 3
    path = written(tmp_path / "in" / "wide.jsonl", text.encode(encoding))
    with pytest.raises(UsageError, match=r"UTF-16 or the like.*not_utf8"):
        ingest([path], tmp_path / "home")
    write_lines(tmp_path / "in" / "good.jsonl", [record(1)])
    done = tracehouse("ingest", tmp_path / "in", home=tmp_path / "home")
    assert done.returncode == 1
    assert "✗ wide.jsonl: no record of it can be read: UTF-16" in done.stderr
    assert ids(tmp_path / "home" / "parquet") == ["in/c1"]


@pytest.mark.case(7)
def test_of_gbk_what_is_json_is_read_and_each_turn_flagged(tmp_path: Path) -> None:
    odd = record(0)
    odd["conversations"][0]["value"] = "中文"
    text = (json.dumps(odd, ensure_ascii=False) + "\n").encode("gbk")
    summary = ingest([written(tmp_path / "in.jsonl", text)], tmp_path / "home")
    found = rows(summary.parquet, "turns", "turn_index, issue", "where not is_lossless")
    assert found == [(0, "encoding_replaced")]


@pytest.mark.case(8)
def test_lines_end_at_line_feeds_only(tmp_path: Path) -> None:
    odd = record(1, task="a\u2028b\u0085c")
    text = lines(record(0)).replace(b"\n", b"\r\n")
    text += (json.dumps(odd, ensure_ascii=False) + "\r\n").encode()
    summary = ingest([written(tmp_path / "in.jsonl", text)], tmp_path / "home")
    assert (summary.conversations, summary.files[0].rejects) == (2, 0)
    assert ("a\u2028b\u0085c",) in rows(summary.parquet, "conversations", "task")


@pytest.mark.case(8)
def test_lines_that_end_in_cr_alone_are_told(tmp_path: Path) -> None:
    text = lines(record(0), record(1)).replace(b"\n", b"\r")
    with pytest.raises(UsageError, match="do its lines end in CR alone"):
        ingest([written(tmp_path / "in.jsonl", text)], tmp_path / "home")


@pytest.mark.case(11)
def test_a_last_line_without_its_end_is_read_where_it_is_whole(tmp_path: Path) -> None:
    text = lines(record(0), record(1))
    whole = ingest([written(tmp_path / "whole.jsonl", text[:-1])], tmp_path / "a")
    assert (whole.conversations, whole.files[0].rejects) == (2, 0)
    cut = ingest([written(tmp_path / "cut.jsonl", text[:-30])], tmp_path / "b")
    assert cut.conversations == 1
    ((position, reason, offset),) = rows(cut.parquet, "rejects", "position, reason, byte_offset")
    assert (position, reason) == (1, "truncated_tail")
    (kept,) = (tmp_path / "b" / "rejects").iterdir()
    assert kept.read_bytes() == text[offset:-30]


@pytest.mark.case(12)
def test_odd_names_of_tools_stay_apart(tmp_path: Path) -> None:
    names = ["ls", "l\u200bs", "l\u0455"]  # with a zero-width space, with a Cyrillic letter
    parquet = ingest(
        [str(write_lines(tmp_path / "in.jsonl", [chat(*names)]))], tmp_path / "home"
    ).parquet
    assert rows(parquet, "tool_calls", "tool_name", "order by call_index") == [(n,) for n in names]
