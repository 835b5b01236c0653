"""Scale, cases 51 to 59: one thing that is very large, very many or very tightly packed."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
import time
import zipfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from ingest.options import IngestOptions, Limits
from ingest.run import ingest
from tests.command import tracehouse
from tests.conftest import ROOT
from tests.faults.measure import measured
from tests.faults.scale import SEED, scaled
from tests.traces import chat, ids, record, rows, write_lines
from tracehouse.errors import StorageError

pytestmark = pytest.mark.faults
GIGABYTE = 1_000_000_000
SIZE = 100_000_000  # of a tool's output; the memory it takes is what is tested, so it stays whole


@pytest.fixture(scope="module")
def output() -> str:
    """100 MB of text that does not pack well, in lines."""
    draw = random.Random(SEED)
    words = [draw.randbytes(6).hex() for _ in range(5_000)]
    text = "\n".join(" ".join(draw.choices(words, k=40)) for _ in range(SIZE // 500))
    return (text * (SIZE // len(text) + 1))[:SIZE]


def hermes(output: str) -> dict[str, object]:
    """A conversation whose tool answers with this output."""
    answer = {"tool_call_id": "", "name": "ls", "content": {"output": output, "exit_code": 0}}
    large = record(0)
    large["conversations"][2]["value"] = f"<tool_response>\n{json.dumps(answer)}\n</tool_response>"
    return large


@pytest.mark.case(51)
@pytest.mark.parametrize("kind", ["hermes.jsonl", "openai.jsonl", "hermes.parquet"])
def test_a_tool_output_of_100_mb_is_ingested_whole_within_a_gigabyte(
    tmp_path: Path, output: str, kind: str
) -> None:
    path, home = tmp_path / kind, tmp_path / "home"
    if kind == "hermes.parquet":
        pq.write_table(pa.Table.from_pylist([hermes(output)]), path)
    else:
        write_lines(path, [hermes(output) if kind == "hermes.jsonl" else chat("ls", answer=output)])
    done = measured("ingest", path, home=home)
    assert done.returncode == 0, done.stderr
    assert done.memory < GIGABYTE
    longest = "body, order by length(body) desc limit 1"
    ((body,),) = rows(home / "parquet", "blocks", *longest.split(", "))
    assert (json.loads(body)["content"]["output"] if "hermes" in kind else body) == output
    assert rows(home / "parquet", "turns", "distinct is_lossless") == [(True,)]


@pytest.mark.case(51)
def test_the_replay_of_100_mb_shows_both_ends_and_the_size(tmp_path: Path, output: str) -> None:
    path, home = write_lines(tmp_path / "in.jsonl", [chat("ls", answer=output)]), tmp_path / "home"
    for step in (["ingest", path], ["build"]):
        done = measured(*step, home=home)
        assert done.returncode == 0, done.stderr
        assert done.memory < GIGABYTE, step
    shown = measured("show", "in", home=home)
    assert shown.returncode == 0, shown.stderr
    assert shown.memory < GIGABYTE
    assert f"{SIZE:,} characters" in shown.stdout
    assert re.search(r"… 99,99\d,\d\d\d characters left out: --full …", shown.stdout)
    assert output[:200].split("\n", maxsplit=1)[0] in shown.stdout
    assert output[-60:].rsplit("\n", maxsplit=1)[-1] in shown.stdout
    assert len(shown.stdout) < 5_000
    page = measured("show", "in", "--html", tmp_path / "page.html", home=home)
    assert page.memory < GIGABYTE
    assert (tmp_path / "page.html").stat().st_size < 200_000


@pytest.mark.case(52)
@pytest.mark.parametrize("kind", ["in.jsonl", "in.parquet"])
def test_a_text_larger_than_allowed_is_a_reject_with_size_and_hash(
    tmp_path: Path, kind: str
) -> None:
    large = "x" * 1_000_001
    path = tmp_path / kind
    records = [record(0, task=""), record(1, task=large)]
    if kind == "in.parquet":
        pq.write_table(pa.Table.from_pylist(records), path)
    else:
        write_lines(path, records)
    done = tracehouse("ingest", path, "--max-value", 1, home=tmp_path / "home")
    assert done.returncode == 1
    parquet = tmp_path / "home" / "parquet"
    assert ids(parquet) == ["in/c0"]
    ((reason, detail, digest),) = rows(parquet, "rejects", "reason, detail, sha256")
    assert reason == "value_too_large"
    assert "1,000,001 bytes" in detail and "--max-value 1 (MB)" in detail
    assert hashlib.sha256(large.encode()).hexdigest() in detail
    assert large.encode() in (tmp_path / "home" / "rejects" / digest).read_bytes()
    more = tracehouse("ingest", path, "--max-value", 2, home=tmp_path / "home")
    assert more.returncode == 0
    assert len(ids(parquet)) == 2


@pytest.mark.case(52)
def test_a_line_longer_than_allowed_is_passed_over(tmp_path: Path) -> None:
    large = json.dumps(record(1, task="x" * 3_000_000))
    path = write_lines(tmp_path / "in.jsonl", [record(0), large, record(2)])
    done = tracehouse("ingest", path, "--max-line", 2, "--max-rejects", 1, home=tmp_path / "home")
    assert done.returncode == 0, done.stderr
    parquet = tmp_path / "home" / "parquet"
    assert ids(parquet) == ["in/c0", "in/c2"]
    ((reason, detail, digest),) = rows(parquet, "rejects", "reason, detail, sha256")
    assert reason == "line_too_long"
    assert f"{len(large) + 1:,} bytes, more than --max-line 2 (MB)" in detail
    assert (tmp_path / "home" / "rejects" / digest).read_text() == large[:1_000_000]


@pytest.mark.case(53)
def test_a_million_turns_are_one_conversation(tmp_path: Path) -> None:
    count = scaled(1_000_000, least=50_000)
    turns = [{"from": "gpt" if i % 2 else "human", "value": f"turn {i}"} for i in range(count)]
    path = write_lines(tmp_path / "in.jsonl", [record(0, conversations=turns)])
    parquet = ingest([str(path)], tmp_path / "home").parquet
    found = rows(parquet, "turns", "count(*), max(turn_index), bool_and(is_lossless)")
    assert found == [(count, count - 1, True)]


@pytest.mark.case(54)
def test_very_many_files_share_few_parts(tmp_path: Path) -> None:
    count = scaled(20_000, least=2_000)
    folder = tmp_path / "in"
    folder.mkdir()
    for i in range(count):
        (folder / f"{i}.jsonl").write_text(json.dumps(record(i)) + "\n")
    summary = ingest([str(folder)], tmp_path / "home")
    assert (summary.conversations, summary.balances) == (count, True)
    assert len(list((summary.parquet / "turns").iterdir())) == 1


def bomb(path: Path, megabytes: int) -> Path:
    """Lines of records, then a line of zeros without end, packed to a thousandth of its size."""
    head, zeros = (json.dumps(record(0)) + "\n").encode(), bytes(1_000_000)
    if path.suffix == ".gz":
        with gzip.open(path, "wb", compresslevel=9) as file:
            file.write(head)
            for _ in range(megabytes):
                file.write(zeros)
    else:
        with path.open("wb") as raw, zstandard.ZstdCompressor().stream_writer(raw) as packed:
            packed.write(head)
            for _ in range(megabytes):
                packed.write(zeros)
    return path


@pytest.mark.case(57)
@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_a_bomb_is_unpacked_as_far_as_allowed(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "in").mkdir()
    path = bomb(tmp_path / "in" / f"bomb.jsonl.{suffix}", scaled(2_000, least=400))
    assert path.stat().st_size < 3_000_000
    write_lines(tmp_path / "in" / "good.jsonl", [record(1)])
    done = measured("ingest", tmp_path / "in", "--max-ratio", 20, home=tmp_path / "home")
    assert done.returncode == 1
    assert done.memory < GIGABYTE
    assert f"✗ bomb.jsonl.{suffix}: the file cannot be read from here on" in done.stderr
    assert "beyond the 20 times that --max-ratio allows" in done.stderr
    parquet = tmp_path / "home" / "parquet"
    assert ids(parquet) == ["in/c0", "in/c1"]  # what stands before it is read
    assert rows(parquet, "rejects", "reason") == [("decompress_limit",)]


@pytest.mark.case(57)
def test_a_packed_document_that_is_a_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.json.gz"
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(b'{"a":\n"')
        for _ in range(300):
            file.write(b"x" * 1_000_000)
        file.write(b'"}')
    with pytest.raises(StorageError, match="--max-ratio allows"):
        ingest([str(path)], tmp_path / "home")


@pytest.mark.case(57)
def test_a_sample_of_a_zip_that_is_a_bomb_is_never_unpacked(tmp_path: Path) -> None:
    sample = {"id": 1, "epoch": 1, "messages": [{"role": "user", "content": "hi"}]}
    path = tmp_path / "log.eval"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("header.json", json.dumps({"eval": {"task": "t"}}))
        packed.writestr("samples/1_epoch_1.json", json.dumps(sample))
        packed.writestr("samples/2_epoch_1.json", bytes(150_000_000))
    summary = ingest([str(path)], tmp_path / "home")
    assert rows(summary.parquet, "rejects", "position, reason") == [(1, "decompress_limit")]
    assert summary.conversations == 1


@pytest.mark.case(59)
def test_patterns_of_rules_take_time_by_length_only() -> None:
    """All rules, each over a text that is made of what it looks for."""
    size = scaled(2_000_000, least=500_000)
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        rules = connection.execute(
            "select rule_id, pattern from read_csv(?, all_varchar = true)",
            [str(ROOT / "seeds/error_rules.csv")],
        ).fetchall()
        assert len(rules) > 100
        for rule, pattern in rules:
            unit = re.sub(r"[^a-z ]", "", pattern)[:40] or "a"
            for text in (unit * (size // len(unit)), "a" * size, "(" * size):
                started = time.process_time()
                connection.execute("select regexp_matches(?, ?)", [text, pattern]).fetchall()
                assert time.process_time() - started < 5, rule


@pytest.mark.case(59)
def test_an_id_of_a_megabyte_is_not_repeated_in_every_row(tmp_path: Path) -> None:
    turns = [{"from": "human", "value": "x"}] * 3_000
    long = [record(0, id=end + "i" * 1_000_000, conversations=turns) for end in "ab"]
    parquet = ingest([str(write_lines(tmp_path / "in.jsonl", long))], tmp_path / "home").parquet
    found = ids(parquet)
    assert len(set(found)) == 2
    assert all(len(each) < 300 for each in found)
    assert rows(parquet, "conversations", "sum(length(source_id))") == [(2_000_002,)]


@pytest.mark.case(57)
def test_what_is_allowed_can_be_chosen(tmp_path: Path) -> None:
    path = bomb(tmp_path / "bomb.jsonl.gz", 150)
    limits = Limits(ratio=2_000)
    summary = ingest([str(path)], tmp_path / "home", IngestOptions(limits=limits))
    # The zeros are one line, of another encoding if of any.
    assert rows(summary.parquet, "rejects", "reason") == [("not_utf8",)]
