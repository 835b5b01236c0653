"""Structure, cases 40 to 50: ids, roles, contents and times that are not as they should be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.run import ingest
from tests.traces import ids, record, rows, write_lines

pytestmark = pytest.mark.faults
USER, ANSWER = {"role": "user", "content": "hi"}, {"role": "assistant", "content": "x"}


def parquet_of(tmp_path: Path, *records: Any) -> Path:
    path = write_lines(tmp_path / "in.jsonl", records)
    summary = ingest([str(path)], tmp_path / "home")
    assert summary.balances
    return summary.parquet


@pytest.mark.case(40)
@pytest.mark.parametrize("odd", ["", None, True, {"a": 1}, [1]])
def test_a_record_without_an_id_is_known_by_its_place(tmp_path: Path, odd: Any) -> None:
    without = record(1)
    del without["id"]
    assert ids(parquet_of(tmp_path, record(0, id=odd), without)) == [
        "in/in.jsonl#0",
        "in/in.jsonl#1",
    ]


@pytest.mark.case(43)
def test_unknown_roles_are_kept(tmp_path: Path) -> None:
    turns = [{"from": role, "value": "x"} for role in ("wizard", "", "human")]
    parquet = parquet_of(tmp_path, record(0, conversations=turns))
    found = rows(parquet, "turns", "role, source_role", "order by turn_index")
    assert found == [("other", "wizard"), ("other", ""), ("user", "human")]


@pytest.mark.case(44)
def test_contents_that_are_no_text(tmp_path: Path) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    turns = [
        USER,
        {"role": "assistant", "content": [{"type": "text", "text": "see"}, image, None]},
        {"role": "assistant", "content": None},
        {"role": "assistant"},
    ]
    parquet = parquet_of(tmp_path, {"messages": turns})
    found = rows(parquet, "blocks", "turn_index, kind, media_type", "order by all")
    assert found == [(0, "text", None), (1, "media", "image/png"), (1, "text", None)]
    assert rows(parquet, "turns", "count(*), bool_and(is_lossless)") == [(4, True)]


@pytest.mark.case(45, 55)
def test_a_conversation_without_turns_is_a_reject(tmp_path: Path) -> None:
    parquet = parquet_of(tmp_path, record(0), record(1, conversations=[]))
    assert ids(parquet) == ["in/c0"]
    assert rows(parquet, "rejects", "position, reason") == [(1, "no_messages")]


@pytest.mark.case(46)
def test_a_system_message_in_the_middle_is_a_turn(tmp_path: Path) -> None:
    system = {"role": "system", "content": "mid"}
    parquet = parquet_of(tmp_path, {"messages": [USER, system, ANSWER]})
    found = rows(parquet, "turns", "role", "order by turn_index")
    assert found == [("user",), ("system",), ("assistant",)]


@pytest.mark.case(47)
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-01-01T00:00:00", "2026-01-01 00:00:00+00"),
        ("2026-01-01T02:00:00+02:00", "2026-01-01 00:00:00+00"),
        (1_700_000_000_000, "2023-11-14 22:13:20+00"),
        (1_700_000_000.5, "2023-11-14 22:13:20.5+00"),
        ("2099-01-01T00:00:00Z", "2099-01-01 00:00:00+00"),
        *((odd, None) for odd in ("0000-01-01T00:00:00Z", "yesterday", "01/02/2026", "2026-13-45",
          "2026-01-01T00:00:00+99:00", "", -1, 1e300, 2**62, True, [])),
    ],
)  # fmt: skip
def test_times_are_read_or_null_and_kept_as_written(
    tmp_path: Path, written: Any, read: str | None
) -> None:
    parquet = parquet_of(tmp_path, record(0, timestamp=written))
    ((found, extra),) = rows(
        parquet, "conversations", "(started_at at time zone 'UTC')::text, extra"
    )
    assert found == (read and read.removesuffix("+00"))
    assert json.loads(extra) == {"timestamp": written}


@pytest.mark.case(48)
def test_records_of_another_shape_than_the_file_are_rejects(tmp_path: Path) -> None:
    others = [{"messages": [USER, ANSWER]}, {"foo": 1}, [1, 2], 5, '"x"', None]
    parquet = parquet_of(tmp_path, record(0), *others)
    assert ids(parquet) == ["in/c0"]
    found = rows(parquet, "rejects", "position, reason", "order by 1")
    assert found == [(position, "unknown_shape") for position in range(1, 7)]


@pytest.mark.case(49)
def test_a_field_that_nothing_knows_is_kept(tmp_path: Path) -> None:
    odd = record(0, novelty={"a": [1]})
    odd["conversations"][0]["mood"] = "good"
    parquet = parquet_of(tmp_path, odd)
    assert rows(parquet, "conversations", "extra") == [('{"novelty":{"a":[1]}}',)]
    assert rows(parquet, "turns", "extra", "where turn_index = 0") == [('{"mood":"good"}',)]


@pytest.mark.case(50, 107)
def test_categories_are_kept_as_they_are(tmp_path: Path) -> None:
    odd = ["a'b\"; drop table conversations; --", "x" * 10_000, "", None]
    parquet = parquet_of(tmp_path, *(record(i, category=each) for i, each in enumerate(odd)))
    found = rows(parquet, "conversations", "category", "order by record_index")
    assert found == [(each,) for each in odd]
