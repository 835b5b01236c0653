"""The dbt project, built once over a few conversations written here, as people then query it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.run import IngestOptions, ingest

ROOT = Path(__file__).resolve().parents[1]
MARTS = (
    "dim_conversations", "dim_error_rules", "dim_files", "dim_tools", "fct_episodes",
    "fct_errors", "fct_loops", "fct_rejects", "fct_steps", "fct_thoughts", "fct_tool_calls",
    "fct_turns", "fct_metrics", "finetune_funnel", "finetune_passages", "finetune_selection", "finetune_settings", "secret_findings",
)  # fmt: skip

Turn = dict[str, str]
Row = dict[str, Any]


def user(text: str) -> Turn:
    return {"from": "human", "value": text}


def assistant(think: str, text: str, *calls: str) -> Turn:
    """An assistant turn as the writer of the traces puts it; an empty thought is written too."""
    parts = [f"<think>\n{think}\n</think>" if think else "<think>\n</think>", text]
    parts += [f"<tool_call>\n{call}\n</tool_call>" for call in calls]
    return {"from": "gpt", "value": "\n".join(part for part in parts if part)}


def call(name: str, **arguments: object) -> str:
    return json.dumps({"name": name, "arguments": arguments})


def tool(*responses: tuple[str, object]) -> Turn:
    """A tool turn of (tool name, content) pairs."""
    bodies = [json.dumps({"tool_call_id": "", "name": n, "content": c}) for n, c in responses]
    return {
        "from": "tool",
        "value": "\n".join(f"<tool_response>\n{b}\n</tool_response>" for b in bodies),
    }


def row(own_id: str, turns: Sequence[Turn], tools: Sequence[str] = ()) -> Row:
    definitions = [
        {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
        for name in tools
    ]
    return {
        "id": own_id,
        "conversations": list(turns),
        "tools": json.dumps(definitions) if tools else None,
        "category": "Repository Tasks",
        "task": turns[0]["value"],
    }


FIX = row(
    "fix",
    [
        user("Why does the test fail?"),
        assistant(
            " Look at both",
            "Let me look.",
            call("terminal", command='cd app && grep "def|class" main.py'),
            call("read_file", path="mian.py"),
        ),
        tool(
            ("terminal", {"output": "", "exit_code": 1, "error": None}),
            ("read_file", {"content": "", "error": "File not found: mian.py"}),
        ),
        assistant("", "", call("terminal", command="pytest -q")),
        tool(
            (
                "terminal",
                {"output": "E  AssertionError\n1 failed", "exit_code": 1, "error": None},
            )
        ),
        assistant("Clear now", "The second test is wrong. Shall I change it?"),
        user("Yes, please"),
        user("and tell me when you are done"),
        assistant("", "", call("terminal", command="pytest -q")),
        tool(("terminal", {"output": "2 passed", "exit_code": 0, "error": None})),
        assistant("", "Done: both tests pass."),
    ],
)
MALFORMED = '{"name": "terminal", "arguments": {"a": 1,}}'
ASK = [user("Clean up"), assistant("", "Which folder?")]
ONE = [
    FIX,
    row("ask", ASK),
    row("cut", [user("List"), assistant("", "", MALFORMED)]),
    row("left", [user("Hi"), assistant("", "Hello."), user("Are you there?")]),
    row(
        "cut-in",
        [
            user("Read both"),
            assistant("", "", call("read_file", path="a"), call("read_file", path="b")),
            tool(("read_file", {"content": "1"})),
            user("Are you there?"),
            tool(("read_file", {"content": "2", "failed": []})),
            assistant("", "One and two."),
        ],
    ),
]
TWO = [
    row("ask-again", ASK),
    row(
        "odd",
        [
            user("Try it"),
            assistant("", "", call("made_up", x=1)),
            tool(
                ("made_up", "Tool 'made_up' does not exist. Available tools: terminal"),
                ("terminal", {"error": "Command timed out after 5s", "exit_code": 124}),
            ),
        ],
        tools=["terminal", "clarify"],
    ),
]


def build(home: Path, command: str = "build") -> subprocess.CompletedProcess[str]:
    """Runs dbt over `home`/parquet into `home`/warehouse.duckdb, writing nothing elsewhere."""
    environment = os.environ | {
        "DO_NOT_TRACK": "1",
        "TRACEHOUSE_PARQUET": str(home / "parquet"),
        "TRACEHOUSE_DB": str(home / "warehouse.duckdb"),
    }
    return subprocess.run(
        [
            *(str(Path(sys.executable).with_name("dbt")), "--no-use-colors", command),
            *("--project-dir", str(ROOT), "--profiles-dir", str(ROOT)),
            *("--target-path", str(home / "target"), "--log-path", str(home / "logs")),
        ],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the conversations above ingested and the models built over them."""
    folder = tmp_path_factory.mktemp("models")
    for name, rows, extra in (("one", ONE, "not json\n"), ("two", TWO, "\n")):
        lines = "".join(json.dumps(r) + "\n" for r in rows)
        (folder / f"{name}.jsonl").write_text(lines + extra, encoding="utf-8")
    files = [str(folder / "one.jsonl"), str(folder / "two.jsonl")]
    ingest(files, folder, IngestOptions(workers=1), None)
    done = build(folder)
    assert done.returncode == 0, done.stdout
    return folder


@pytest.fixture(scope="session")
def warehouse(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        yield connection


def select(warehouse: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return warehouse.execute(query).fetchall()


def test_conversations_end_as_their_last_exchange_does(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    found = select(warehouse, "select conversation_id, end_kind from dim_conversations order by 1")
    assert found == [
        ("one/ask", "asks_user"),
        ("one/cut", "unanswered_call"),
        ("one/cut-in", "final_answer"),
        ("one/fix", "final_answer"),
        ("one/left", "no_reply"),
        ("two/ask-again", "asks_user"),
        ("two/odd", "after_results"),
    ]


def test_copy_is_a_conversation_without_facts(warehouse: duckdb.DuckDBPyConnection) -> None:
    copies = select(
        warehouse,
        "select conversation_id, duplicate_of_id, turn_count from dim_conversations "
        "where duplicate_of_id is not null",
    )
    assert copies == [("two/ask-again", "one/ask", 2)]
    facts = ("fct_turns", "fct_steps", "fct_thoughts", "fct_tool_calls", "fct_errors")
    for fact in facts:
        query = f"select count(*) from {fact} where conversation_id = 'two/ask-again'"
        assert select(warehouse, query) == [(0,)]


def test_conversation_is_counted_whole(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = select(
        warehouse,
        "select turn_count, user_turn_count, assistant_turn_count, tool_turn_count, step_count, "
        "exchange_count, call_count, response_count, distinct_tool_count, thought_count, "
        "think_words, error_count from dim_conversations where conversation_id = 'one/fix'",
    )
    assert found == [(11, 3, 5, 3, 5, 2, 4, 4, 2, 2, 5, 2)]


def test_steps_say_what_was_done_where(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = select(
        warehouse,
        "select step_index, exchange_index, kind, position_share, error_count, is_opening, "
        "is_after_results, is_parallel, has_thought from fct_steps "
        "where conversation_id = 'one/fix' order by 1",
    )
    assert found == [
        (0, 0, "mixed", 0.0, 1, True, False, True, True),
        (1, 0, "run", 0.25, 1, False, True, False, False),
        (2, 0, "answer", 0.5, 0, False, True, False, True),
        (3, 1, "run", 0.75, 0, True, False, False, False),
        (4, 1, "answer", 1.0, 0, False, True, False, False),
    ]


def test_user_who_cuts_in_does_not_part_a_step(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Both responses belong to the calls' step, also the one after the user's turn."""
    turns = select(
        warehouse,
        "select role, step_index, exchange_index from fct_turns "
        "where conversation_id = 'one/cut-in' order by turn_index",
    )
    assert turns == [
        ("user", None, 0),
        ("assistant", 0, 0),
        ("tool", 0, 0),
        ("user", None, 1),
        ("tool", 0, 1),
        ("assistant", 1, 1),
    ]
    steps = select(
        warehouse,
        "select call_count, response_count, error_count from fct_steps "
        "where conversation_id = 'one/cut-in' order by step_index",
    )
    assert steps == [(2, 2, 0), (0, 0, 0)]


def test_definitions_of_an_error_stand_side_by_side(warehouse: duckdb.DuckDBPyConnection) -> None:
    """grep without a match is none of ours; the notebook counts every `"error": null`."""
    found = select(
        warehouse,
        "select tool_name, exit_code, is_error, is_error_keyword, is_error_hermes_a, "
        "is_error_hermes_b, is_error_exit_code, is_benign_exit, is_repeat from fct_tool_calls "
        "where conversation_id = 'one/fix' order by turn_index, block_index",
    )
    assert found == [
        ("terminal", 1, False, True, False, True, True, True, False),
        ("read_file", None, True, True, True, True, False, False, False),
        ("terminal", 1, True, True, False, True, True, False, False),
        ("terminal", 0, False, True, False, False, False, False, True),
    ]


def test_errors_have_a_class_and_show_their_evidence(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = select(
        warehouse,
        "select conversation_id, tool_name, side, class, evidence, evidence_from from fct_errors "
        "where class not in ('malformed_call', 'test_failure') order by all",
    )
    missing = ("one/fix", "read_file", "agent", "not_found", "File not found: mian.py", "response")
    said = "Tool 'made_up' does not exist. Available tools: terminal"
    unknown = ("two/odd", "made_up", "agent", "unknown_tool", said, "response")
    orphan = ("two/odd", "terminal", "environment", "timeout", "Command timed out after 5s")
    assert found == [missing, unknown, (*orphan, "response")]


def test_malformed_call_is_an_error_of_the_agent(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = select(
        warehouse,
        "select conversation_id, tool_name, side, evidence, evidence_from from fct_errors "
        "where class = 'malformed_call'",
    )
    assert found == [("one/cut", None, "agent", MALFORMED, "call")]


def test_evidence_is_cut_out_of_long_output(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = select(warehouse, "select evidence from fct_errors where class = 'test_failure'")
    assert len(found) == 1
    assert "AssertionError" in found[0][0]


def test_episodes_tell_what_became_of_errors(warehouse: duckdb.DuckDBPyConnection) -> None:
    """The file is dropped for a test run, which fails as the last call before the user speaks."""
    found = select(
        warehouse,
        "select conversation_id, tool_name, fate, step_count, think_words, is_failure_mentioned "
        "from fct_episodes order by conversation_id, turn_index, block_index",
    )
    assert found == [
        ("one/cut", None, "cut", 0, 0, None),
        ("one/fix", "read_file", "dropped", 2, 2, False),
        ("one/fix", "terminal", "last", 1, 2, False),
        ("two/odd", "made_up", "cut", 0, 0, None),
        ("two/odd", "terminal", "cut", 0, 0, None),
    ]


def test_thoughts_are_those_with_words(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = select(
        warehouse,
        "select conversation_id, step_index, think_words, has_calls, is_after_results "
        "from fct_thoughts order by all",
    )
    assert found == [("one/fix", 0, 3, True, False), ("one/fix", 2, 2, False, True)]


def test_tools_are_those_offered_and_those_called(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = select(
        warehouse,
        "select source, tool_name, tool_kind, offered_conversation_count, call_count, error_count "
        "from dim_tools order by 1, 2",
    )
    assert found == [
        ("one", "read_file", "read", 0, 3, 1),
        ("one", "terminal", "run", 0, 3, 1),
        ("two", "clarify", "ask", 1, 0, 0),
        ("two", "made_up", "other", 0, 1, 1),
        ("two", "terminal", "run", 1, 0, 0),
    ]


def test_rows_of_files_balance_and_rejects_say_why(warehouse: duckdb.DuckDBPyConnection) -> None:
    files = select(
        warehouse,
        "select source, row_count, conversation_count, reject_count, blank_count "
        "from dim_files order by 1",
    )
    assert files == [("one", 6, 5, 1, 0), ("two", 3, 2, 0, 1)]
    rejects = select(warehouse, "select source, path, position, reason from fct_rejects")
    assert rejects == [("one", "one.jsonl", 5, "bad_json")]


def test_marts_stand_in_main_and_describe_their_columns(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    tables = select(warehouse, "select table_name from duckdb_tables() where schema_name = 'main'")
    assert {name for (name,) in tables} == set(MARTS)
    bare = select(
        warehouse,
        "select table_name, column_name from duckdb_columns() "
        "where schema_name = 'main' and comment is null and not internal",
    )
    assert bare == []
    schemas = select(warehouse, "select distinct schema_name from duckdb_columns() order by 1")
    assert {"staging", "intermediate", "seeds"} <= {name for (name,) in schemas}


def test_older_shells_open_the_file(home: Path) -> None:
    shell = Path(sys.executable).with_name("duckdb")
    if not shell.exists():
        pytest.skip("duckdb-cli is not installed")
    query = "select version(), count(*) from fct_steps"
    done = subprocess.run(
        [str(shell), "-readonly", "-csv", "-noheader", str(home / "warehouse.duckdb"), query],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith(",11")


def test_odd_input_warns_and_builds(home: Path) -> None:
    """A malformed call and a reject are the input's, and stop nothing."""
    results = json.loads((home / "target" / "run_results.json").read_text(encoding="utf-8"))
    warned = {r["unique_id"].split(".")[2] for r in results["results"] if r["status"] == "warn"}
    assert warned == {
        "assert_input_calls_can_be_parsed",
        "assert_input_has_no_exact_copies",
        "assert_input_has_no_rejects",
    }
