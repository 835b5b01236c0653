"""What the error rules make of answers of tools that no labelled trace has, all of them invented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.command import tracehouse
from tests.conftest import ROOT

CASES = [
    json.loads(line)
    for line in (ROOT / "tests/error_cases.jsonl").read_text(encoding="utf-8").splitlines()
]
# Another class so far.
NOT_YET = {'{"ok": false, "message"', '{"status_code": 404'}


def text_of(case: dict[str, Any]) -> str:
    response = case["response"]
    return response if isinstance(response, str) else json.dumps(response)


def conversation(number: int, case: dict[str, Any]) -> dict[str, Any]:
    call = {"name": case["tool"], "arguments": json.dumps(case["arguments"])}
    return {
        "id": f"case-{number}",
        "messages": [
            {"role": "user", "content": f"Do it. {number}"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "a", "type": "function", "function": call}],
            },
            {"role": "tool", "tool_call_id": "a", "content": text_of(case)},
            {"role": "assistant", "content": "Done."},
        ],
    }


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str]]:
    """Class and evidence of each error, by the id of its conversation."""
    home = tmp_path_factory.mktemp("cases")
    traces = home / "cases.jsonl"
    lines = [json.dumps(conversation(number, case)) for number, case in enumerate(CASES)]
    traces.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for command in (["ingest", traces], ["build"]):
        done = tracehouse(*command, home=home)
        assert done.returncode == 0, done.stderr
    return read(home / "warehouse.duckdb")


def read(warehouse: Path) -> dict[str, tuple[str, str]]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select source_id, class, evidence from fct_errors "
            "join dim_conversations using (conversation_id)"
        ).fetchall()
    return {source_id: (name, evidence) for source_id, name, evidence in rows}


@pytest.mark.parametrize(
    ("number", "case"),
    [
        pytest.param(
            number,
            case,
            id=f"{number}-{case['tool']}",
            marks=[pytest.mark.xfail(strict=True)] * text_of(case).startswith(tuple(NOT_YET)),
        )
        for number, case in enumerate(CASES)
    ],
)
def test_an_answer_is_an_error_of_its_class_or_none(
    found: dict[str, tuple[str, str]], number: int, case: dict[str, Any]
) -> None:
    name, evidence = found.get(f"case-{number}", (None, ""))
    assert (name is not None) == case["is_error"], evidence
    assert name == (case["class"] or name)
