"""Which file is which: names, ids, and what changes, moves, vanishes or is forgotten."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingest.generations import being_read
from ingest.options import IngestOptions
from ingest.run import forget, ingest, selection
from tests.traces import ids, record, rows, status, write_lines
from tracehouse.errors import UsageError


def test_another_file_of_the_same_name_is_refused_and_never_replaces(tmp_path: Path) -> None:
    """Both are known as source `in`, path `a.jsonl`."""
    first, second = tmp_path / "x" / "in", tmp_path / "y" / "in"
    write_lines(first / "a.jsonl", [record(0)])
    write_lines(second / "a.jsonl", [record(1)])
    home = tmp_path / "home"
    with pytest.raises(UsageError, match=r"name the one from .*y/in with --source NAME"):
        ingest([str(first), str(second)], home)
    ingest([str(first)], home)
    with pytest.raises(UsageError, match=r"has a file a.jsonl already, from .*x/in"):
        ingest([str(second)], home)
    assert ids(home / "parquet") == ["in/c0"]
    ingest([str(second)], home, IngestOptions(source="other"))
    assert ids(home / "parquet") == ["in/c0", "other/c1"]


def test_a_folder_that_moved_keeps_its_rows_but_never_takes_those_of_another(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    write_lines(tmp_path / "x" / "in" / "a.jsonl", [record(0)])
    ingest([str(tmp_path / "x" / "in")], home)
    (tmp_path / "x").rename(tmp_path / "y")
    assert status(ingest([str(tmp_path / "y" / "in")], home)) == {"a.jsonl": "unchanged"}
    write_lines(tmp_path / "z" / "in" / "a.jsonl", [record(1)])
    with pytest.raises(UsageError, match="--source NAME"):
        ingest([str(tmp_path / "z" / "in")], home)
    assert ids(home / "parquet") == ["in/c0"]


def test_what_a_person_keeps_in_the_home_is_not_touched(tmp_path: Path) -> None:
    home = tmp_path / "home"
    kept = [
        home / "rejects" / "mine.csv",
        home / "rejects" / "sub" / "a",
        home / "generations" / "sonnet" / "b",
    ]
    for path in kept:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("important")
    for number in range(4):
        write_lines(tmp_path / f"{number}.jsonl", [record(number), "no json"])
        selection(home, ingest([str(tmp_path / f"{number}.jsonl")], home).file_ids)
    forget("0", home)
    assert [path.read_text() for path in kept] == ["important"] * 3


def test_a_linked_file_belongs_to_the_folder_it_is_found_in(tmp_path: Path) -> None:
    """As in a Hugging Face cache, where all files are links into one folder of blobs."""
    for name in ("kimi", "glm"):
        blob = write_lines(tmp_path / "blobs" / name, [record(0)])
        (tmp_path / "data" / name).mkdir(parents=True)
        (tmp_path / "data" / name / "train.jsonl").symlink_to(blob)
    summary = ingest([str(tmp_path / "data")], tmp_path / "home")
    assert ids(summary.parquet) == ["glm/c0", "kimi/c0"]


def test_the_same_folder_named_twice_is_read_once(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_lines(folder / "a.jsonl", [record(0)])
    summary = ingest([str(folder), f"{folder}/"], tmp_path / "home")
    assert (summary.conversations, len(summary.files)) == (1, 1)


def test_a_source_name_is_remembered(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [record(0)])
    ingest([str(path)], tmp_path / "home", IngestOptions(source="mine"))
    again = ingest([str(path)], tmp_path / "home")
    assert status(again) == {"a.jsonl": "unchanged"}
    assert ids(again.parquet) == ["mine/c0"]


def test_run_builds_from_the_named_sources_only(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = write_lines(tmp_path / "a.jsonl", [record(0)])
    second = write_lines(tmp_path / "b.jsonl", [record(1)])
    ingest([str(first)], home)
    summary = ingest([str(second)], home)
    assert ids(selection(home, summary.file_ids)) == ["b/c1"]
    assert ids(home / "parquet") == ["a/c0", "b/c1"]
    assert ids(ingest([str(first), str(second)], home).parquet) == ["a/c0", "b/c1"]


def test_a_folder_whose_last_file_vanished_keeps_its_rows(tmp_path: Path) -> None:
    home, path = tmp_path / "home", write_lines(tmp_path / "in" / "a.jsonl", [record(0)])
    ingest([str(tmp_path / "in")], home)
    path.unlink()
    again = ingest([str(tmp_path / "in")], home)
    assert status(again) == {"a.jsonl": "vanished"}
    assert rows(again.parquet, "files", "is_present") == [(False,)]
    assert ids(again.parquet) == ["in/c0"]
    with pytest.raises(UsageError, match="nothing to read"):
        ingest([str(tmp_path / "in")], tmp_path / "other")


def test_ids_do_not_hang_on_the_order_of_arguments(tmp_path: Path) -> None:
    x = write_lines(tmp_path / "x.jsonl", [record(0)])
    y = write_lines(tmp_path / "y.jsonl", [record(0, task="another")])
    found = []
    for number, sources in enumerate([[x, y], [y, x]]):
        home = tmp_path / f"home{number}"
        summary = ingest(list(map(str, sources)), home, IngestOptions(source="s"))
        found.append(rows(summary.parquet, "conversations", "conversation_id, task", "order by 1"))
    assert found[0] == found[1]
    assert found[0][0] == ("s/c0", None)
    assert found[0][1][0].startswith("s/c0~")


def test_what_is_forgotten_is_gone(tmp_path: Path) -> None:
    """Also raw rejects, tool definitions that a shared part holds, and older generations."""
    home = tmp_path / "home"
    for name in ("kept", "gone"):
        tools = f'[{{"name": "{name}_tool", "parameters": {{}}}}]'
        write_lines(tmp_path / f"{name}.jsonl", [record(0, tools=tools), f"no json of {name}"])
    ingest([str(tmp_path / "kept.jsonl"), str(tmp_path / "gone.jsonl")], home)
    selection(home, {"none"})
    forget("gone", home)
    assert rows(home / "parquet", "tool_definitions", "tool_name") == [("kept_tool",)]
    (raw,) = (home / "rejects").iterdir()
    assert raw.read_bytes() == b"no json of kept\n"
    assert len(list((home / "generations").iterdir())) == 1


def test_forgetting_in_an_empty_home_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing is ingested"):
        forget("x", tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_a_new_source_name_renames_what_was_read(tmp_path: Path) -> None:
    path, home = write_lines(tmp_path / "a.jsonl", [record(0)]), tmp_path / "home"
    ingest([str(path)], home)
    renamed = ingest([str(path)], home, IngestOptions(source="mine"))
    assert ids(renamed.parquet) == ["mine/c0"]
    assert sorted(line.status for line in renamed.files) == ["new", "renamed"]
    assert renamed.balances


@pytest.mark.case(87)
def test_a_home_inside_the_folder_is_not_read(tmp_path: Path) -> None:
    """What was made of traces is no trace; a link that leads back is not followed."""
    write_lines(tmp_path / "a.jsonl", [record(0), "no json"])
    (tmp_path / "loop").symlink_to(tmp_path)
    first = ingest([str(tmp_path)], tmp_path / "build")
    again = ingest([str(tmp_path)], tmp_path / "build")
    for summary, found in ((first, "new"), (again, "unchanged")):
        read = {path: what for path, what in status(summary).items() if what != "skipped"}
        assert read == {"a.jsonl": found}


def test_traces_beside_the_home_are_read_though_the_folder_is_the_home(tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl", [record(0)])
    for _ in range(2):
        summary = ingest([str(tmp_path)], tmp_path)
        assert [p for p, what in status(summary).items() if what != "skipped"] == ["a.jsonl"]


def test_what_a_build_reads_is_not_dropped_under_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    path = write_lines(tmp_path / "a.jsonl", [record(0)])
    first = ingest([str(path)], home).parquet
    with being_read(first):
        for number in (1, 2, 3):
            write_lines(path, [record(number)])
            ingest([str(path)], home)
        write_lines(tmp_path / "b.jsonl", [record(9)])
        ingest([str(tmp_path / "b.jsonl")], home)
        forget("a", home)
        assert ids(first) == ["a/c0"]
    forget("b", home)
    assert not first.exists()


@pytest.mark.case(67)
def test_what_is_no_file_is_listed_and_never_waited_for(tmp_path: Path) -> None:
    write_lines(tmp_path / "out" / "x.jsonl", [record(1)])
    folder = tmp_path / "in"
    write_lines(folder / "a.jsonl", [record(0)])
    (folder / "folder").symlink_to(tmp_path / "out")
    (folder / "dead.jsonl").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / "pipe.jsonl")
    summary = ingest([str(folder)], tmp_path / "home")
    notes = {line.path: line.note for line in summary.files if line.status == "skipped"}
    assert notes["folder"].startswith("a link to a folder")
    assert {notes["dead.jsonl"], notes["pipe.jsonl"]} == {"no file, or a link that leads nowhere"}
    assert ids(summary.parquet) == ["in/c0"]
