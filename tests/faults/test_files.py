"""Files, disk and locks, cases 60 to 83 (crashes apart): nothing is lost and each file is named."""

from __future__ import annotations

import json
import os
import random
import shutil
import struct
import subprocess
from collections.abc import Callable
from functools import reduce
from operator import xor
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from ingest import workers
from ingest.integrity import verify
from ingest.options import IngestOptions
from ingest.run import ingest
from tests.command import PROGRAM, tracehouse
from tests.conftest import ROOT
from tests.faults.scale import SEED, scaled
from tests.published import count
from tests.traces import ids, record, rows, status, write_lines
from tracehouse import steps
from tracehouse.locks import _busy
from tracehouse.paths import Home

pytestmark = pytest.mark.faults
needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "setpriv", "mount"))),
    reason="mounts and rights need root, unshare and setpriv",
)
POWERLESS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search",
             "--inh-caps=-dac_override,-dac_read_search"]  # fmt: skip


# --- inputs -----------------------------------------------------------------------------------


@pytest.mark.case(61)
@pytest.mark.parametrize("raw", [b"", b"hello", b"PAR1", b"PAR1" + bytes(100) + b"PAR1"])
def test_what_is_no_parquet_is_named(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "bad.parquet").write_bytes(raw)
    write_lines(tmp_path / "in" / "good.jsonl", [record(0)])
    done = tracehouse("ingest", tmp_path / "in", home=tmp_path / "home")
    assert done.returncode == 1
    assert "✗ bad.parquet: " in done.stderr
    assert "Traceback" not in done.stderr
    alone = tracehouse("ingest", tmp_path / "in" / "bad.parquet", home=tmp_path / "home")
    assert alone.returncode in (2, 4)  # no Parquet, or Parquet that cannot be read
    assert "bad.parquet" in alone.stderr
    assert ids(tmp_path / "home" / "parquet") == ["in/c0"]


def before_reading(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> None:
    """Runs `act` when the files are found and hashed, and not yet read."""
    plan = workers.plan

    def acting(*found: Any) -> Any:
        act()
        return plan(*found)

    monkeypatch.setattr("ingest.workers.plan", acting)


@pytest.mark.case(64)
def test_of_a_log_that_grows_is_read_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, home = write_lines(tmp_path / "in.jsonl", [record(0), record(1)]), tmp_path / "home"
    with monkeypatch.context() as patch:

        def grow() -> None:
            with path.open("a") as file:
                file.write('{"half a line')

        before_reading(patch, grow)
        summary = ingest([str(path)], home)
    assert (summary.conversations, summary.files[0].rejects, summary.damaged) == (2, 0, [])
    write_lines(path, [record(0), record(1), record(2)])
    again = ingest([str(path)], home)
    assert status(again) == {"in.jsonl": "changed"}
    assert len(ids(again.parquet)) == 3


@pytest.mark.case(64)
@pytest.mark.parametrize("text", ["", "x" * 3_000])
def test_a_file_that_is_written_over_is_said_and_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    path, home = write_lines(tmp_path / "in.jsonl", [record(0), record(1)]), tmp_path / "home"
    whole = path.read_bytes()
    with monkeypatch.context() as patch:
        before_reading(patch, lambda: path.write_text(text))
        summary = ingest([str(path)], home)
    assert summary.damaged == ["in.jsonl: it was changed while it was read: ingest it again"]
    path.write_bytes(whole)
    again = ingest([str(path)], home)
    assert (ids(again.parquet), again.damaged) == (["in/c0", "in/c1"], [])


@pytest.mark.case(65)
def test_a_file_that_vanishes_while_it_is_read_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, home = tmp_path / "in", tmp_path / "home"
    gone = write_lines(folder / "a.jsonl", [record(0)])
    write_lines(folder / "b.jsonl", [record(1)])
    ingest([str(folder)], home)
    write_lines(gone, [record(2)])
    write_lines(folder / "b.jsonl", [record(3)])
    with monkeypatch.context() as patch:
        before_reading(patch, gone.unlink)
        with pytest.raises(OSError, match=r"a\.jsonl"):
            ingest([str(folder)], home)
    assert ids(home / "parquet") == ["in/c0", "in/c1"]
    ingest([str(folder)], home)
    assert ids(home / "parquet") == ["in/c0", "in/c3"]  # what was read of it before stands


@needs_root
@pytest.mark.case(66)
def test_what_cannot_be_opened_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_lines(folder / "good.jsonl", [record(0)])
    closed = write_lines(folder / "closed.jsonl", [record(1)])
    write_lines(folder / "shut" / "b.jsonl", [record(2)])
    for path in (closed, folder / "shut"):
        path.chmod(0)

    def powerless(source: Path) -> subprocess.CompletedProcess[str]:
        command = [
            *POWERLESS,
            str(PROGRAM),
            "ingest",
            str(source),
            "--home",
            str(tmp_path / "home"),
        ]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    done = powerless(folder)
    assert done.returncode == 1
    assert "✗ closed.jsonl: cannot be read: [Errno 13] Permission denied" in done.stderr
    assert "✗ shut/: cannot be read: Permission denied" in done.stderr
    assert ids(tmp_path / "home" / "parquet") == ["in/c0"]
    alone = powerless(closed)
    assert alone.returncode == 4
    assert "closed.jsonl cannot be read" in alone.stderr


@pytest.mark.case(67)
def test_a_pipe_a_device_or_a_loop_is_told_for_what_it_is(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "loop").symlink_to("loop")
    for name, said in (
        ("pipe.jsonl", "is a device or a pipe"),
        ("/dev/zero", "is a device or a pipe"),
        ("loop", "is a link that leads nowhere"),
    ):
        done = tracehouse("ingest", name, home=tmp_path / "home", cwd=tmp_path)
        assert done.returncode == 2
        assert said in done.stderr
    write_lines(tmp_path / "x.jsonl" / "a.jsonl", [record(0)])
    assert ingest([str(tmp_path / "x.jsonl")], tmp_path / "home").conversations == 1


# --- our own files ----------------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A home with several parts' worth of tables and some raw rejects."""
    for name in ("a", "b", "c"):
        lines = [record(i, id=f"{name}{i}") for i in range(20)]
        write_lines(tmp_path / f"{name}.jsonl", [*lines, f"no json of {name}"])
        ingest([str(tmp_path / f"{name}.jsonl")], tmp_path / "home")
    return tmp_path / "home"


def everything(home: Path) -> list[Path]:
    generation = (home / "parquet").resolve()
    return sorted(path for path in [*generation.rglob("*"), *(home / "rejects").iterdir()] if path.is_file())  # fmt: skip


@pytest.mark.case(63)
def test_each_of_100_flipped_bytes_is_found_and_its_file_named(
    kept: Path, record_property: Callable[[str, object], None]
) -> None:
    """Bytes are drawn over all files; of a damaged manifest or its hash, the manifest is named."""
    paths = everything(kept)
    ends = [0]
    for path in paths:
        ends.append(ends[-1] + path.stat().st_size)
    draw = random.Random(SEED)
    found = 0
    for _ in range(100):
        at = draw.randrange(ends[-1])
        index = max(i for i, end in enumerate(ends[:-1]) if end <= at)
        path, place = paths[index], at - ends[index]
        raw = path.read_bytes()
        flipped = raw[place] ^ draw.randrange(1, 256)
        path.write_bytes(raw[:place] + bytes([flipped]) + raw[place + 1 :])
        named = [bad for bad, _ in verify([(kept / "parquet").resolve()], kept / "rejects").damaged]
        found += path.with_suffix(".json") in named if path.stem == "manifest" else path in named
        path.write_bytes(raw)
    record_property("count", f"flipped bytes found, and their files named: {found} of 100")
    assert found == 100
    assert verify([(kept / "parquet").resolve()], kept / "rejects").damaged == []


@pytest.mark.case(63)
def test_a_flipped_byte_in_each_file_ends_verify_with_4_and_its_name(kept: Path) -> None:
    paths = everything(kept)
    for path in paths[:: max(1, len(paths) // scaled(12, least=4))]:
        raw = path.read_bytes()
        path.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
        done = tracehouse("verify", home=kept)
        assert done.returncode == 4
        assert f"✗ {path.with_name('manifest.json') if path.stem == 'manifest' else path}: " in done.stderr  # fmt: skip
        assert "ingest the sources again with --fresh" in done.stderr
        path.write_bytes(raw)
    done = tracehouse("verify", home=kept)
    assert done.returncode == 0
    assert "all as they were written" in done.stdout


@pytest.mark.case(63)
@pytest.mark.parametrize(("act", "said"), [("unlink", "it is gone"), ("cut", "bytes, where")])
def test_a_file_that_is_gone_or_cut_is_named_by_verify_and_by_build(
    kept: Path, act: str, said: str
) -> None:
    path = next((kept / "parquet").resolve().glob("turns/*.parquet"))
    if act == "unlink":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-3])
    done = tracehouse("verify", home=kept)
    assert done.returncode == 4
    assert f"✗ {path}: it" in done.stderr and said in done.stderr
    built = tracehouse("build", home=kept)
    assert built.returncode == 4
    assert f"1 Parquet file(s) are damaged, the first is {path}" in built.stderr


def test_a_manifest_that_is_gone_is_named_and_a_new_ingest_makes_it_good(kept: Path) -> None:
    gone = (kept / "parquet").resolve() / "manifest.json"
    gone.unlink()
    done = tracehouse("verify", home=kept)
    assert done.returncode == 4
    assert f"{gone}: it is gone" in done.stderr
    done = tracehouse("ingest", "data/sample", "--fresh", home=kept, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert tracehouse("verify", home=kept).returncode == 0


@pytest.mark.case(63)
def test_a_parquet_file_that_nobody_wrote_is_named_by_verify_and_by_build(kept: Path) -> None:
    turns = sorted((kept / "parquet/turns").resolve().glob("*.parquet"))
    added = turns[0].with_name("0more.parquet")
    shutil.copy(turns[0], added)
    for command in ("verify", "build"):
        done = tracehouse(command, home=kept)
        assert done.returncode == 4
        assert str(added) in done.stderr


@pytest.mark.case(63)
def test_every_parquet_file_is_in_the_manifest(kept: Path) -> None:
    from ingest.generations import read_manifest
    from ingest.integrity import parquet_files

    folder = (kept / "parquet").resolve()
    listed = parquet_files(read_manifest(folder / "manifest.json"))
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet")}
    assert there == listed.keys()
    assert all(pq.read_metadata(folder / path).num_rows == f.rows for path, f in listed.items())


def test_an_ingest_before_or_beside_it_does_no_harm_to_what_verify_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, home = tmp_path / "in.jsonl", tmp_path / "home"
    source.write_text("no JSON 1\n" + json.dumps(record(1)) + "\n")
    first = ingest([str(source)], home).parquet.resolve()
    source.write_text("no JSON 2\n" + json.dumps(record(2)) + "\n")
    second = ingest([str(source)], home).parquet.resolve()
    assert verify([first, second], home / "rejects").damaged == []

    def beside(*arguments: Any) -> Any:
        fresh = IngestOptions(fresh=True, redact="secrets")
        assert ingest([str(source)], home, fresh).parquet.resolve() != second
        found = verify(*arguments)
        assert found.files > 5
        return found

    monkeypatch.setattr("ingest.integrity.verify", beside)
    steps.verify(Home(home))


def test_verify_without_a_home_is_wrong_usage(tmp_path: Path) -> None:
    assert tracehouse("verify", home=tmp_path / "home").returncode == 2


# --- disks ------------------------------------------------------------------------------------


def on_a_disk(script: str, *arguments: object, megabytes: int) -> dict[str, str]:
    """Runs a script with its own small disk at ./disk; what it prints as `name=value` lines."""
    text = f"""
    set -u; export TRACEHOUSE_HOME=disk/home; mkdir -p disk; mount -t tmpfs -o size={megabytes}m small disk
    th() {{ name=$1; shift; "{PROGRAM}" "$@" >out.$name 2>&1; echo "$name=$?"; }}
    leave() {{ left=$(df --output=avail -k disk | tail -1)
      dd if=/dev/zero of=disk/fill bs=1k count=$((left - $1)) 2>/dev/null; }}
    look() {{ echo "$1=$(cd disk/home && ls -R . | grep -v lock | md5sum | cut -c1-8)"; }}
    {script}
    """
    folder = Path(str(arguments[0]))
    done = subprocess.run(
        ["unshare", "-m", "bash", "-c", text, "-", *map(str, arguments[1:])],
        cwd=folder, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


def said(folder: Path, name: str) -> str:
    text = (folder / f"out.{name}").read_text()
    assert "Traceback" not in text
    return text


@needs_root
@pytest.mark.case(68)
def test_a_full_disk_in_ingest_leaves_what_was_there(tmp_path: Path) -> None:
    noise = [record(i, task=random.Random(i).randbytes(5_000).hex()) for i in range(600)]
    large = write_lines(tmp_path / "large.jsonl", noise)
    small = write_lines(tmp_path / "small.jsonl", [record(0)])
    found = on_a_disk(
        'th first ingest "$1"; look before; leave 2000; th full ingest "$2"; look after;'
        'rm disk/fill; th verify verify; mount -o remount,size=80m disk; th again ingest "$2"',
        tmp_path, small, large, megabytes=20,
    )  # fmt: skip
    assert (found["first"], found["full"], found["verify"], found["again"]) == ("0", "4", "0", "0")
    assert found["before"] == found["after"]
    assert "No space left on device: make room and run it again" in said(tmp_path, "full")


@needs_root
@pytest.mark.case(68)
def test_a_full_disk_in_the_other_steps_leaves_what_is_published(tmp_path: Path) -> None:
    found = on_a_disk(
        """
        th first run "$1"; look before
        leave 300; th report report; th finetune finetune; look after
        th page report --zip; rm disk/fill; look end
        leave 1500; th build build; rm disk/fill
        th shell shell -csv -noheader -c "select count(*) from dim_conversations"
        th again build
        """,
        tmp_path, ROOT / "data/sample", megabytes=300,
    )  # fmt: skip
    assert [found[name] for name in ("first", "report", "finetune", "page", "build")] == [
        "0", "4", "4", "4", "4",
    ]  # fmt: skip
    assert found["before"] == found["after"] == found["end"]
    for name in ("report", "finetune", "build"):
        assert "space" in said(tmp_path, name)
    assert (tmp_path / "out.shell").read_text().strip() == "315"
    assert found["again"] == "0"


@needs_root
@pytest.mark.case(69)
def test_a_home_that_cannot_be_written_can_still_be_read(demo_home: Path, tmp_path: Path) -> None:
    found = on_a_disk(
        'cp -a "$2" disk/home; mount -o remount,ro disk; look before;'
        'th ingest ingest "$1"; th run run "$1"; th build build; th report report; th finetune finetune;'
        'th verify verify; look after; th shell shell -c "select count(*) from dim_conversations"',
        tmp_path, ROOT / "data/sample", demo_home, megabytes=300,
    )  # fmt: skip
    for name in ("ingest", "run", "build", "report", "finetune"):
        assert found[name] == "4"
        assert "Read-only file system" in said(tmp_path, name)
    assert (found["verify"], found["shell"]) == ("0", "0")
    assert found["before"] == found["after"]


# --- versions, clocks, models -----------------------------------------------------------------


@pytest.mark.case(80)
def test_a_warehouse_of_a_newer_duckdb_is_told(demo_copy: Path) -> None:
    path = (demo_copy / "warehouse.duckdb").resolve()
    raw = bytearray(path.read_bytes())
    assert raw[8:12] == b"DUCK"
    raw[12] = 250  # the version of the storage
    words = struct.iter_unpack("<Q", raw[8:4096])
    checksum = reduce(xor, (word * 0xBF58476D1CE4E5B9 % 2**64 for (word,) in words), 5381)
    path.write_bytes(struct.pack("<Q", checksum) + raw[8:])
    for arguments in (["report"], ["finetune"], ["show", "c1"]):
        done = tracehouse(*arguments, home=demo_copy)
        assert done.returncode == 4, done.stderr
        assert "version number 250" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.case(81)
def test_a_clock_that_jumps_back_and_an_unknown_zone_do_no_harm(tmp_path: Path) -> None:
    assert "since 0 s" in _busy(tmp_path / "ingest.lock", f"7 {2**40} ingest")
    path = write_lines(tmp_path / "in.jsonl", [record(0, timestamp="2026-01-01T00:00:00")])
    for zone in ("Mars/Base", "Asia/Tokyo"):
        home = tmp_path / zone.replace("/", "-")
        done = tracehouse("ingest", path, home=home, environment={"TZ": zone})
        assert done.returncode == 0, done.stderr
        assert rows(home / "parquet", "conversations", "epoch(started_at)") == [(1_767_225_600,)]


@pytest.mark.case(83)
def test_a_model_with_a_mistake_leaves_the_last_good_warehouse(
    demo_copy: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    assert tracehouse("init", own, home=demo_copy).returncode == 0
    for text, said_so in (("select {{ nope", "dim_bad"), ("selec 1 as one", "dim_bad")):
        (own / "models/marts/dim_bad.sql").write_text(text)
        done = tracehouse("build", home=demo_copy, cwd=own)
        assert done.returncode == 1
        assert said_so in done.stderr
        assert "Traceback" not in done.stderr
        assert count(demo_copy / "warehouse.duckdb") == 315
