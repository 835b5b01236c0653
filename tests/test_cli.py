"""The command `tracehouse` as a person meets it: output, messages, exit codes."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.command import PROGRAM, interruptible, tracehouse
from tests.conftest import ROOT
from tracehouse.locks import locked


def line(number: int) -> str:
    """A small conversation of the dataset's shape, as a line of JSON."""
    call = '<tool_call>\n{"name": "ls", "arguments": {}}\n</tool_call>'
    turns = [
        {"from": "human", "value": f"Task {number}"},
        {"from": "gpt", "value": f"<think>\nplan\n</think>\n{call}"},
        {"from": "tool", "value": '<tool_response>\n{"content": "ok"}\n</tool_response>'},
        {"from": "gpt", "value": "<think>\n</think>\nDone."},
    ]
    return json.dumps({"id": f"c{number}", "conversations": turns}) + "\n"


@pytest.fixture
def traces(tmp_path: Path) -> Path:
    path = tmp_path / "traces.jsonl"
    path.write_text("".join(map(line, range(3))), encoding="utf-8")
    return path


def test_ingest_prints_a_table_that_balances(tmp_path: Path, traces: Path) -> None:
    with traces.open("a", encoding="utf-8") as file:
        file.write("\n{broken\n")
    done = tracehouse("ingest", traces, "--max-rejects", "0.5", home=tmp_path / "home")
    assert done.returncode == 0, done.stderr
    (row,) = [text.split() for text in done.stdout.splitlines() if "traces.jsonl" in text]
    assert row == ["traces.jsonl", "new", "5", "3", "1", "1", "0.0", "✓"]


def test_too_many_rejects_end_with_1_and_say_where_to_look(tmp_path: Path, traces: Path) -> None:
    with traces.open("a", encoding="utf-8") as file:
        file.write("{broken\n")
    done = tracehouse("ingest", traces, home=tmp_path / "home")
    assert done.returncode == 1
    assert "1 of 4 records were rejected" in done.stderr
    assert "raw.rejects" in done.stderr


@pytest.mark.usefixtures("traces")
def test_a_folder_with_other_files_lists_them_as_skipped(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# hello")
    (tmp_path / "manifest.json").write_text('{"files": []}')
    done = tracehouse("ingest", tmp_path, home=tmp_path / "home")
    assert done.returncode == 0, done.stderr
    assert "skipped README.md" in done.stdout
    assert (
        "skipped manifest.json: no format that is read: it holds an object with the keys files"
        in (done.stdout)
    )


@pytest.mark.case(86)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ingest", "no/such/file.jsonl"], "there is no file or folder no/such/file.jsonl"),
        (["ingest", "x", "--format", "nope"], "unknown format 'nope'; there are: hermes, "),
        (["ingest"], "Missing argument 'SOURCE...'"),
        (["build"], "nothing is ingested in"),
        (["report"], "there is no warehouse in"),
        (["shell"], "there is nothing in"),
        (["forget", "nothing"], "there is no source 'nothing'; nothing is ingested in"),
        (["finetune", "--preview", "x", "--out", "data"], "--out does not go with it"),
        (["fly"], "No such command 'fly'"),
    ],
)
def test_wrong_usage_ends_with_2_and_one_clear_message(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    done = tracehouse(*arguments, home=tmp_path / "home", cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.case(73)
def test_a_second_ingest_at_once_ends_with_3_and_names_the_first(
    tmp_path: Path, traces: Path
) -> None:
    home = tmp_path / "home"
    with locked(home / "ingest.lock", "ingest"):
        done = tracehouse("ingest", traces, home=home)
    assert done.returncode == 3
    assert "another ingest (process" in done.stderr


def test_a_home_that_cannot_be_written_ends_with_4(tmp_path: Path, traces: Path) -> None:
    (tmp_path / "file").write_text("a file where a folder should be")
    done = tracehouse("ingest", traces, home=tmp_path / "file" / "home")
    assert done.returncode == 4
    assert str(tmp_path / "file") in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.case(78)
def test_an_interrupt_ends_with_130_and_without_a_traceback(tmp_path: Path) -> None:
    home, log = tmp_path / "home", tmp_path / "err"
    (tmp_path / "big.jsonl").write_text("".join(map(line, range(60_000))), encoding="utf-8")
    with log.open("w") as errors:
        process = subprocess.Popen(
            [str(PROGRAM), "ingest", str(tmp_path / "big.jsonl"), "--home", str(home)],
            stdout=subprocess.DEVNULL,
            stderr=errors,
            preexec_fn=interruptible,
        )
        deadline = time.monotonic() + 30
        while not list(home.glob("generations/.new-*")) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    assert log.read_text().splitlines()[-1] == "tracehouse: interrupted"
    assert "Traceback" not in log.read_text()
    assert list(home.glob("generations/*")) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_child_outlives_a_killed_ingest(tmp_path: Path, number: signal.Signals) -> None:
    home = tmp_path / "home"
    for name in ("a", "b"):
        # Above the size of a part, so that there is work for several processes.
        text = "".join(map(line, range(3000))) + json.dumps({"pad": "x" * 130_000_000}) + "\n"
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
    process = psutil.Popen(
        [str(PROGRAM), "ingest", *map(str, tmp_path.glob("*.jsonl")), "--home", str(home), "--workers", "2"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while len(children := process.children()) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    process.wait(60)
    assert len(children) >= 2
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []


@pytest.mark.case(62)
def test_a_damaged_file_in_a_folder_is_said_loudly(tmp_path: Path, traces: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "good.jsonl").write_bytes(traces.read_bytes())
    (tmp_path / "in" / "torn.parquet").write_bytes(b"PAR1 and no more")
    done = tracehouse("ingest", tmp_path / "in", home=tmp_path / "home")
    assert done.returncode == 1
    assert "✗ torn.parquet: not a whole Parquet file" in done.stderr


def test_a_run_without_a_conversation_leaves_what_is_published(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("")
    home = tmp_path / "home"
    done = tracehouse("run", tmp_path / "empty.jsonl", home=home)
    assert done.returncode == 1
    assert "no conversation was read" in done.stderr
    assert not (home / "warehouse.duckdb").exists()


def test_a_terminal_of_another_encoding_and_hostile_names_do_no_harm(
    tmp_path: Path, traces: Path
) -> None:
    odd = traces.rename(tmp_path / "a\x1b[2J\u202e.jsonl")
    latin = {"PYTHONIOENCODING": "latin-1"}
    done = tracehouse("ingest", odd, home=tmp_path / "home", environment=latin)
    assert done.returncode == 0, done.stderr
    assert "a[ESC][2J" in done.stdout
    assert "\x1b" not in done.stdout


def test_forget_takes_a_source_out(tmp_path: Path, traces: Path) -> None:
    home = tmp_path / "home"
    assert tracehouse("ingest", traces, home=home).returncode == 0
    done = tracehouse("forget", "traces", home=home)
    assert done.returncode == 0
    gone, _, still = done.stdout.partition("; ")
    assert gone == "forgot traces: 1 file, 3 conversations"
    assert still == "warehouse and pages hold it until the next build and report\n"
    assert tracehouse("forget", "traces", home=home).returncode == 2


def test_shell_reads_sql_and_has_marts_macros_and_full_text(
    demo_home: Path, tmp_path: Path
) -> None:
    sql = (
        "select count(*) from dim_conversations;"
        "select round(wilson_low(3, 10), 4);"
        "select count(*) > 0 from raw.blocks where kind = 'think';"
    )
    done = tracehouse("shell", "-csv", "-noheader", home=demo_home, stdin=sql)
    assert done.stdout.split() == ["315", "0.1078", "true"]
    given = tracehouse(
        "shell", "-csv", "select count(*) from dim_files", home=demo_home, cwd=tmp_path
    )
    assert given.stdout.splitlines()[-1] == "2"
    assert list(tmp_path.iterdir()) == []
    refused = tracehouse("shell", "-c", "create table dim_new as select 1", home=demo_home)
    assert refused.returncode != 0
    assert "read-only" in refused.stderr


def test_run_goes_from_traces_to_pages_in_a_home_of_any_name(demo_home: Path) -> None:
    assert not demo_home.name.isalnum()
    pages = {path.name for path in (demo_home / "site").glob("*.html")}
    assert {"index.html", "overview.html", "tools.html", "errors.html"} <= pages
    sql = "select count(*) from raw.turns inner join fct_turns using (conversation_id, turn_index)"
    counted = tracehouse("shell", "-csv", "-noheader", "-c", sql, home=demo_home)
    assert counted.stdout == "3468\n"


def test_init_gives_a_project_of_ones_own(tmp_path: Path, traces: Path) -> None:
    """A model and a section written there are built and shown."""
    home, own = tmp_path / "home", tmp_path / "own"
    assert tracehouse("init", own, home=home).returncode == 0
    (own / "models/marts/dim_mine.sql").write_text(
        "select conversation_id, turn_count from {{ ref('dim_conversations') }}"
    )
    (own / "models/marts/dim_mine.yml").write_text(
        "models: [{name: dim_mine, config: {contract: {enforced: false}}}]"
    )
    (own / "reports/tools/09_mine.sql").write_text(
        "-- title: Mine\n-- question: What is mine?\n-- chart: table\n-- unit: Rows.\n"
        "-- columns: turns=Turns\n"
        "-- part: rows\nselect max(turn_count) as turns from dim_mine;\n"
        "-- part: answer\nselect count(*) || ' are mine.' as lead, '' as rest from dim_mine;\n"
    )
    done = tracehouse("run", traces, home=home, cwd=own)
    assert done.returncode == 0, done.stderr
    assert "3 are mine." in (home / "site/tools.html").read_text()
    again = tracehouse("init", own, home=home)
    assert again.returncode == 2
    assert "is there already" in again.stderr


def test_help_names_every_command_and_answers_at_once() -> None:
    started = time.monotonic()
    done = subprocess.run([str(PROGRAM), "--help"], capture_output=True, text=True, check=True)
    seconds = time.monotonic() - started
    for command in ("run", "ingest", "forget", "build", "report", "show", "shell"):
        assert f"\n  {command} " in done.stdout
    assert seconds < 3, "far more than 0.3 s: something heavy is imported for --help"


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; import tracehouse.cli; "
        "print(sorted({'pyarrow', 'duckdb', 'rich', 'datasets', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [str(PROGRAM.with_name("python")), "-c", code],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    assert done.stdout == "[]\n"
