"""Ingest as a user meets it: files in, Parquet out, nothing lost, nothing doubled."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from ingest.run import IngestOptions, forget, ingest
from tests.traces import ids, record, rows, status, write_lines
from tracehouse.errors import BusyError, UsageError
from tracehouse.locks import locked

SHARED = Path(__file__).resolve().parents[1] / "../shared/data"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared traces are not here")


def test_every_kind_of_file_gives_the_same_rows(tmp_path: Path) -> None:
    text = "".join(json.dumps(record(i)) + "\n" for i in range(5))
    (tmp_path / "a.jsonl").write_text(text)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "a.jsonl.zst").write_bytes(zstandard.compress(text.encode()))
    (tmp_path / "a.json").write_text(json.dumps([record(i) for i in range(5)], indent=1))
    table = pa.Table.from_pylist([record(i) for i in range(5)])
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=2)
    found = []
    for path in sorted(tmp_path.glob("a.*")):
        summary = ingest([str(path)], tmp_path / "home" / path.name, IngestOptions(source="s"))
        assert summary.balances
        found.append(
            [rows(summary.parquet, t, "* exclude (file_id, dataset)" if t == "conversations" else
                  "*", "order by all") for t in ("conversations", "turns", "blocks", "tool_calls")]
        )  # fmt: skip
    assert len(found) == 5
    assert len(found[0][1]) == 20
    assert all(other == found[0] for other in found)


@pytest.mark.case(6, 10, 13)
def test_bad_lines_are_rejected_with_their_reason_and_kept(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "in.jsonl",
        [record(0), "", "{broken", '{"other": 1}', record(1, conversations=[]), '{"a": NaN}',
         b"\xef\xbb\xbf{}", record(2)],
    )  # fmt: skip
    summary = ingest([str(path)], tmp_path / "home")
    (line,) = summary.files
    assert (line.rows, line.conversations, line.rejects, line.blanks) == (8, 2, 5, 1)
    found = rows(summary.parquet, "rejects", "position, reason", "order by 1")
    assert found == [
        (2, "bad_json"),
        (3, "unknown_shape"),
        (4, "no_messages"),
        (5, "non_finite"),
        (6, "bad_json"),
    ]
    (digest,) = rows(summary.parquet, "rejects", "sha256", "where position = 2")[0]
    assert (tmp_path / "home" / "rejects" / digest).read_bytes() == b"{broken\n"
    assert ids(summary.parquet) == ["in/c0", "in/c2"]


@pytest.mark.case(1)
def test_bytes_that_are_not_utf8_are_replaced_and_flagged(tmp_path: Path) -> None:
    line = json.dumps(record(0)).encode().replace(b"Done.", b"D\xffne.")
    summary = ingest([str(write_lines(tmp_path / "in.jsonl", [line]))], tmp_path / "home")
    found = rows(
        summary.parquet, "turns", "turn_index, issue, is_lossless", "where not is_lossless"
    )
    assert found == [(3, "encoding_replaced", False)]


def test_what_is_unchanged_is_not_read_again_and_what_changed_is_replaced(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "in"
    write_lines(folder / "a.jsonl", [record(0), record(1)])
    write_lines(folder / "b.jsonl", [record(2)])
    first = ingest([str(folder)], home)
    again = ingest([str(folder)], home)
    assert status(again) == {"a.jsonl": "unchanged", "b.jsonl": "unchanged"}
    assert again.parquet == first.parquet
    write_lines(folder / "a.jsonl", [record(1), record(3)])
    changed = ingest([str(folder)], home)
    assert status(changed) == {"a.jsonl": "changed", "b.jsonl": "unchanged"}
    assert ids(changed.parquet) == ["in/c1", "in/c2", "in/c3"]
    assert len(rows(changed.parquet, "turns")) == 12
    (folder / "a.jsonl").unlink()
    vanished = ingest([str(folder)], home)
    assert status(vanished) == {"a.jsonl": "vanished", "b.jsonl": "unchanged"}
    assert ids(vanished.parquet) == ["in/c1", "in/c2", "in/c3"]
    assert rows(vanished.parquet, "files", "path, is_present", "order by 1") == [
        ("a.jsonl", False),
        ("b.jsonl", True),
    ]


def test_options_that_change_rows_read_the_file_again(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_lines(folder / "a.jsonl", [record(0), record(1)])
    write_lines(folder / "b.jsonl", [record(2), record(3)])
    limited = ingest([str(folder)], tmp_path / "home", IngestOptions(limit=3))
    assert ids(limited.parquet) == ["in/c0", "in/c1", "in/c2"]
    whole = ingest([str(folder)], tmp_path / "home")
    assert status(whole) == {"a.jsonl": "unchanged", "b.jsonl": "changed"}
    assert len(ids(whole.parquet)) == 4


def test_forget_removes_one_source_and_names_those_that_exist(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write_lines(tmp_path / "in" / "x" / "a.jsonl", [record(0)])
    write_lines(tmp_path / "in" / "y" / "a.jsonl", [record(0), record(1)])
    ingest([str(tmp_path / "in")], home)
    with pytest.raises(UsageError, match="ingested are: x, y"):
        forget("z", home)
    assert forget("y", home).conversations == 2
    assert ids(home / "parquet") == ["x/c0"]
    forget("x", home)
    assert ids(home / "parquet") == []
    assert rows(home / "parquet", "tool_calls") == []


@pytest.mark.case(42)
def test_equal_ids_are_told_apart_and_keep_their_names(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write_lines(tmp_path / "in" / "b.jsonl", [record(0), record(0)])
    first = ids(ingest([str(tmp_path / "in")], home).parquet)
    assert first[0] == "in/c0"
    assert first[1].startswith("in/c0~")
    write_lines(tmp_path / "in" / "a.jsonl", [record(0, task="another")])
    second = ids(ingest([str(tmp_path / "in")], home).parquet)
    assert len(second) == 3
    assert set(first) < set(second)
    for table in ("turns", "blocks"):
        found = rows(home / "parquet", table, "distinct conversation_id", "order by 1")
        assert [row[0] for row in found] == second


def test_the_same_input_gives_the_same_bytes_whatever_the_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.workers.PART_BYTES", 20_000)
    monkeypatch.setattr("ingest.slices._SLICE_BYTES", 15_000)
    monkeypatch.setattr("ingest.slices._CHUNK", 5_000)
    path = write_lines(tmp_path / "in.jsonl", [record(i) for i in range(150)])
    trees = []
    for workers in (1, 2):
        home = tmp_path / f"home{workers}"
        summary = ingest([str(path)], home, IngestOptions(workers=workers))
        assert summary.conversations == 150
        files = sorted(p for p in (home / "parquet").resolve().rglob("*") if p.is_file())
        trees.append({p.relative_to(home): p.read_bytes() for p in files})
    assert len([p for p in trees[0] if "turns" in p.parts]) > 2
    assert trees[0] == trees[1]
    indexes = rows(tmp_path / "home1" / "parquet", "conversations", "record_index", "order by 1")
    assert [i for (i,) in indexes] == list(range(150))


def test_other_files_in_a_folder_are_listed_as_skipped(tmp_path: Path) -> None:
    write_lines(tmp_path / "in" / "a.jsonl", [record(0)])
    (tmp_path / "in" / "README.md").write_text("# Read me")
    (tmp_path / "in" / "manifest.json").write_text('{"files": 1}')
    (tmp_path / "in" / "broken.parquet").write_bytes(b"PAR1 and no more")
    (tmp_path / "in" / ".hidden.jsonl").write_text("{}")
    summary = ingest([str(tmp_path / "in")], tmp_path / "home")
    assert status(summary) == {
        "a.jsonl": "new",
        ".hidden.jsonl": "skipped",
        "README.md": "skipped",
        "manifest.json": "skipped",
        "broken.parquet": "skipped",
    }
    notes = {line.path: line.note for line in summary.files}
    assert "it holds an object with the keys files" in notes["manifest.json"]


def test_a_named_file_of_unknown_shape_is_an_error(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [{"question": 1, "answer": 2}])
    with pytest.raises(UsageError, match=r"(?s)question, answer.*hermes: .*openai: "):
        ingest([str(path)], tmp_path / "home")
    forced = ingest([str(path)], tmp_path / "home", IngestOptions(format="hermes"))
    assert forced.files[0].rejects == 1


@pytest.mark.case(86)
@pytest.mark.parametrize("argument", ["no/such/file.jsonl", "no/such/*.jsonl"])
def test_nothing_to_read_is_an_error(tmp_path: Path, argument: str) -> None:
    with pytest.raises(UsageError):
        ingest([str(tmp_path / argument)], tmp_path / "home")


@pytest.mark.case(9)
def test_empty_files_give_tables_without_rows(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("")
    summary = ingest([str(tmp_path / "a.jsonl")], tmp_path / "home")
    assert summary.balances
    for table in ("conversations", "turns", "blocks", "tool_calls", "tool_responses", "rejects",
                  "tool_definitions"):  # fmt: skip
        assert rows(summary.parquet, table) == []
    assert rows(summary.parquet, "files", "row_count") == [(0,)]


@pytest.mark.case(73)
def test_two_ingests_at_once_are_refused(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [record(0)])
    with (
        locked(tmp_path / "home" / "ingest.lock", "ingest"),
        pytest.raises(BusyError, match="process"),
    ):
        ingest([str(path)], tmp_path / "home")


def test_a_failed_ingest_leaves_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, path = tmp_path / "home", write_lines(tmp_path / "a.jsonl", [record(0)])
    before = ingest([str(path)], home).parquet
    write_lines(path, [record(1)])
    monkeypatch.setattr("ingest.part.written", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ingest([str(path)], home)
    assert (home / "parquet").resolve() == before
    assert ids(home / "parquet") == ["a/c0"]
    assert [p.name for p in (home / "generations").iterdir()] == [before.name]


def test_many_small_files_share_a_part(tmp_path: Path) -> None:
    for i in range(300):
        write_lines(tmp_path / "in" / f"{i:03}.jsonl", [record(i)])
    summary = ingest([str(tmp_path / "in")], tmp_path / "home")
    assert len(list((summary.parquet / "turns").iterdir())) == 1
    (tmp_path / "in" / "100.jsonl").write_text(json.dumps(record(999)) + "\n")
    changed = ingest([str(tmp_path / "in")], tmp_path / "home")
    assert len(list((changed.parquet / "turns").iterdir())) == 2
    assert len(ids(changed.parquet)) == 300
    assert "in/c999" in ids(changed.parquet)
    assert "in/c100" not in ids(changed.parquet)


@needs_shared
def test_the_real_fragments(tmp_path: Path) -> None:
    path = SHARED / "hermes" / "lambda_kimi_fragments.jsonl"
    parquet = ingest([str(path)], tmp_path / "home").parquet
    assert len(ids(parquet)) == 2
    assert rows(parquet, "turns", "count(*), bool_and(is_lossless)") == [(17, True)]
    assert rows(parquet, "tool_calls", "count(*)") == [(11,)]
    closed = rows(
        parquet,
        "blocks",
        "is_closed, count(*)",
        "where kind = 'tool_response' group by 1 order by 1",
    )
    assert closed == [(False, 1), (True, 8)]
    widths = rows(
        parquet,
        "tool_calls",
        "distinct count(*)",
        "group by conversation_id, turn_index order by 1",
    )
    assert widths == [(1,), (2,), (4,)]


@needs_shared
def test_the_real_tau_bench_file(tmp_path: Path) -> None:
    path = SHARED / "openai_messages" / "tau_bench_gpt-4o-airline.json"
    parquet = ingest([str(path)], tmp_path / "home").parquet
    counts = dict(rows(parquet, "turns", "role, count(*)", "group by 1"))
    assert (counts["assistant"], counts["tool"]) == (2454, 1164)
    assert rows(parquet, "turns", "bool_and(is_lossless)") == [(True,)]
    assert rows(parquet, "tool_responses", "count(*)", "where body_head like 'Error%'") == [(73,)]
    found = rows(
        parquet, "conversations", "count(*), count(distinct prompt_group_id), sum(outcome_score)"
    )
    assert found == [(200, 50, 84.0)]


@needs_shared
def test_the_real_runs_of_the_command_line(tmp_path: Path) -> None:
    path = SHARED / "hermes" / "cli_trajectories_no_tools.jsonl"
    parquet = ingest([str(path)], tmp_path / "home").parquet
    found = rows(parquet, "conversations", "distinct model, model_from, is_completed")
    assert {row[1:] for row in found} == {("record", True)}
    assert rows(parquet, "conversations", "count(started_at)") == [(13,)]


def test_parquet_carries_the_schema_version(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [record(0)])
    parquet = ingest([str(path)], tmp_path / "home").parquet
    for file in parquet.rglob("*.parquet"):
        assert pq.read_schema(file).metadata[b"schema_version"] == b"1"


def test_a_copy_of_the_home_can_be_moved(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [record(0)])
    ingest([str(path)], tmp_path / "home")
    shutil.move(tmp_path / "home", tmp_path / "elsewhere")
    assert ids(tmp_path / "elsewhere" / "parquet") == ["a/c0"]
