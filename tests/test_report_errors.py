"""The figures of the report Errors."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.sections import Parts, Row, answers, changed, group, interval, one_part

pytest_plugins = ["tests.report_data"]


def test_keyword_definition_is_the_notebooks(found: dict[str, Parts], records: list[Row]) -> None:
    bodies = re.compile(r"^<tool_response>\n(.*?)\n</tool_response>$", re.MULTILINE | re.DOTALL)
    flagged = sum(
        bool(re.search(r'error|traceback|"exit_code": ?1', body.lower()))
        for record in records
        for turn in record["conversations"]
        if turn["from"] == "tool"
        for body in bodies.findall(turn["value"])
    )
    rows = {row["label"]: row for row in found["errors/01_definitions"]["rows"]}
    assert rows["Keyword: notebook"]["errors"] == flagged


@pytest.mark.parametrize(
    ("label", "column"),
    [
        ("Ours", "is_error"),
        ("Hermes A: tool statistics", "is_error_hermes_a"),
        ("Hermes B: display", "is_error_hermes_b"),
        ("Exit code is not 0", "is_error_exit_code"),
        ("Keyword: notebook", "is_error_keyword"),
    ],
)
def test_definitions_with_their_intervals(
    found: dict[str, Parts], marts: dict[str, list[Row]], label: str, column: str
) -> None:
    row = next(r for r in found["errors/01_definitions"]["rows"] if r["label"] == label)
    calls = [(group(call), call[column]) for call in marts["fct_tool_calls"]]
    assert (row["value"], row["lo"], row["hi"]) == pytest.approx(interval(calls))
    failing = {call["conversation_id"] for call in marts["fct_tool_calls"] if call[column]}
    conversations = [
        (group(one), one["conversation_id"] in failing)
        for one in marts["dim_conversations"]
        if one["duplicate_of_id"] is None
    ]
    assert (
        row["conversation_share"], row["conversation_lo"], row["conversation_hi"]
    ) == pytest.approx(interval(conversations))  # fmt: skip


def test_shares_of_classes_count_groups_without_the_class(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    for row in found["errors/05_classes"]["rows"]:
        errors = [
            (group(error), error["class"].replace("_", " ") == row["label"])
            for error in marts["fct_errors"]
        ]
        assert (row["share"], row["lo"], row["hi"]) == pytest.approx(interval(errors))


def test_sides_part_the_errors(found: dict[str, Parts], marts: dict[str, list[Row]]) -> None:
    rows = found["errors/04_sides"]["rows"]
    assert sum(row["errors"] for row in rows) == len(marts["fct_errors"])
    for row in rows:
        errors = [(group(e), e["side"] == row["label"]) for e in marts["fct_errors"]]
        assert (row["value"], row["lo"], row["hi"]) == pytest.approx(interval(errors))


FLAGS = {
    "Ours": "is_error",
    "Hermes A": "is_error_hermes_a",
    "Hermes B": "is_error_hermes_b",
    "Exit code": "is_error_exit_code",
    "Keyword": "is_error_keyword",
}


def check_pair(row: Row, calls: list[Row]) -> None:
    """A row of the matrix against the calls themselves; its examples are such calls."""
    flagged = [call for call in calls if call[FLAGS[row["row"]]]]
    lacking = [call for call in flagged if not call[FLAGS[row["column"]]]]
    is_diagonal = row["row"] == row["column"]
    assert row["calls"] == len(flagged if is_diagonal else lacking)
    assert row["n"] == len(flagged)
    if flagged and not is_diagonal:
        cases = [(group(call), not call[FLAGS[row["column"]]]) for call in flagged]
        assert (row["value"], row["lo"], row["hi"]) == pytest.approx(interval(cases))
    shown = flagged if is_diagonal else lacking
    places = {(call["conversation_id"], call["turn_index"]) for call in shown}
    told = re.findall(r"(\S+) turn (\d+)", row["more"] or "")
    examples = [(key, int(turn)) for key, turn in told]
    examples += [(row["conversation_id"], row["turn_index"])] if row["conversation_id"] else []
    assert len(examples) == min(3, len({key for key, _ in places}))
    assert set(examples) <= places


def test_matrix_has_each_ordered_pair_of_definitions(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    rows = found["errors/02_disagreements"]["rows"]
    assert [(row["row"], row["column"]) for row in rows] == [(a, b) for a in FLAGS for b in FLAGS]
    for row in rows:
        check_pair(row, marts["fct_tool_calls"])


def test_exit_code_is_compared_where_exit_codes_are_recorded(
    warehouse: Path, marts: dict[str, list[Row]], tmp_path: Path
) -> None:
    without = "update fct_tool_calls set exit_code = null, is_error_exit_code = false"
    copy = changed(warehouse, tmp_path, f"{without} where source = 'swift'")
    recording = [call for call in marts["fct_tool_calls"] if call["source"] == "steady"]
    for row in one_part(copy, "errors/02_disagreements")["rows"]:
        if row["column"] == "Exit code":
            check_pair(row, recording)
    rows = one_part(changed(warehouse, tmp_path, without), "errors/02_disagreements")["rows"]
    assert "Exit code" not in {row["row"] for row in rows} | {row["column"] for row in rows}
    assert len(rows) == 16


def test_definitions_that_agree_are_said_to(warehouse: Path, tmp_path: Path) -> None:
    same = ", ".join(f"{column} = is_error" for column in FLAGS.values() if column != "is_error")
    section = one_part(
        changed(warehouse, tmp_path, f"update fct_tool_calls set {same}"), "errors/02_disagreements"
    )
    assert section["answer"][0]["lead"] == "The definitions flag the same calls."
    assert section["examples"] == []


def test_tools_are_sorted_by_the_lower_end(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    rows = [row for row in found["errors/06_tools"]["rows"] if not row["few"]]
    assert [row["lo"] for row in rows] == sorted((row["lo"] for row in rows), reverse=True)
    for row in rows:
        calls = [
            (group(call), call["is_error"])
            for call in marts["fct_tool_calls"]
            if call["tool_name"] == row["label"] and not call["is_unknown_tool"]
        ]
        assert (row["value"], row["lo"], row["hi"]) == pytest.approx(interval(calls))
    assert found["errors/06_tools"]["answer"][0]["lead"].startswith(f"Worst is {rows[0]['label']},")


def test_messages_are_counted_over_their_shapes(found: dict[str, Parts]) -> None:
    rows = {row["message"]: row for row in found["errors/14_messages"]["rows"]}
    assert rows["File not found: <path>"]["errors"] > rows["File not found: <path>"]["tools"]
    assert all(row["conversations"] <= row["errors"] for row in rows.values())


def test_outcome_is_named_where_one_is_recorded(
    warehouse: Path, found: dict[str, Parts], tmp_path: Path
) -> None:
    assert "No outcome is recorded" in answers(found)["errors/01_definitions"]
    copy = changed(warehouse, tmp_path, "update dim_conversations set outcome_score = 1.0")
    (answer,) = one_part(copy, "errors/01_definitions")["answer"]
    assert "An outcome is recorded for 314 conversations" in answer["rest"]


# Examples of the section on tools: they are of what its answer names


def examples_of_the_worst_tool(copy: Path) -> tuple[str, list[tuple[str, int]]]:
    """The tool that the answer names as the worst, and the turns of the examples.

    Each example names the same tool.
    """
    section = one_part(copy, "errors/06_tools")
    lead = str(section["answer"][0]["lead"])
    assert lead.startswith("Worst is ")
    tool = lead.removeprefix("Worst is ").partition(",")[0]
    assert section["examples"]
    assert {example["why"].partition(":")[0] for example in section["examples"]} == {tool}
    return tool, [(one["conversation_id"], one["turn_index"]) for one in section["examples"]]


def test_examples_leave_out_a_tool_with_too_few_calls(warehouse: Path, tmp_path: Path) -> None:
    """With 5,000 calls or more a tool of 64 is too rarely called to be the worst."""
    copy = changed(
        warehouse,
        tmp_path,
        "insert into fct_tool_calls select fct_tool_calls.* from fct_tool_calls "
        "cross join range(10) where tool_name = 'terminal'",
        "update fct_tool_calls set is_error = true where tool_name = 'execute_code'",
    )
    tool, _ = examples_of_the_worst_tool(copy)
    assert tool != "execute_code"


def test_examples_are_of_calls_that_are_counted(warehouse: Path, tmp_path: Path) -> None:
    """Not of a call of an unknown tool, nor of a response without a call."""
    tool, turns = examples_of_the_worst_tool(changed(warehouse, tmp_path))
    copy = changed(
        warehouse,
        tmp_path,
        f"update fct_tool_calls set is_unknown_tool = true where tool_name = '{tool}' "
        f"and conversation_id = '{turns[0][0]}'",
        f"insert into fct_errors select * replace (9999 as turn_index) from fct_errors "
        f"where tool_name = '{tool}' and conversation_id = '{turns[1][0]}' limit 1",
    )
    same, left = examples_of_the_worst_tool(copy)
    assert same == tool
    assert turns[0] not in left
    assert 9999 not in {turn for _, turn in left}


def test_no_worst_tool_no_examples(warehouse: Path, tmp_path: Path) -> None:
    """Too few calls of each tool: none is named, so none is shown."""
    copy = changed(
        warehouse,
        tmp_path,
        "delete from fct_tool_calls where is_error and conversation_id not in "
        "(select conversation_id from fct_errors order by conversation_id limit 3)",
        "delete from fct_tool_calls where not is_error",
    )
    section = one_part(copy, "errors/06_tools")
    assert section["answer"] == [{"lead": "Too few calls to compare tools.", "rest": ""}]
    assert section["rows"]
    assert section["examples"] == []


def test_one_category_is_compared_with_none(warehouse: Path, tmp_path: Path) -> None:
    copy = changed(warehouse, tmp_path, "update fct_tool_calls set category = 'all alike'")
    section = one_part(copy, "errors/07_categories")
    assert section["answer"][0]["lead"] == "All calls counted here are of one category."
    missing = changed(warehouse, tmp_path, "update fct_tool_calls set category = null")
    section = one_part(missing, "errors/07_categories")
    assert section["answer"][0]["lead"] == "No category is recorded for any call."


def test_exit_codes_count_where_they_are_recorded(warehouse: Path, tmp_path: Path) -> None:
    """In one source: its calls alone. In none: no row, and no 0% among the definitions."""
    without = "update fct_tool_calls set exit_code = null, is_error_exit_code = false"
    section = one_part(
        changed(warehouse, tmp_path, f"{without} where source = 'swift'"), "errors/01_definitions"
    )
    rows = {row["label"]: row for row in section["rows"]}
    assert 0 < rows["Exit code is not 0"]["n"] < rows["Ours"]["n"]
    assert 0 < rows["Exit code is not 0"]["conversation_n"] < rows["Ours"]["conversation_n"]
    assert "not recorded." not in section["answer"][0]["rest"].partition("known.")[2]
    section = one_part(changed(warehouse, tmp_path, without), "errors/01_definitions")
    assert [row["label"] for row in section["rows"]] == [
        "Ours", "Hermes A: tool statistics", "Hermes B: display", "Keyword: notebook"
    ]  # fmt: skip
    assert "by the other definitions 0%" not in section["answer"][0]["lead"]
    assert "Exit codes are not recorded." in section["answer"][0]["rest"]


def test_rules_share_the_errors_among_them(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    rows = found["errors/17_rules"]["rows"]
    assert sum(row["errors"] for row in rows) == len(marts["fct_errors"])
    named = [row for row in rows if row["errors"]]
    assert len(named) > 10
    for row in named:
        errors = [(group(e), e["rule"] == row["label"]) for e in marts["fct_errors"]]
        assert (row["value"], row["lo"], row["hi"]) == pytest.approx(interval(errors))
        assert row["errors"] + row["voided"] <= row["matches"]
    assert all(row["does"] != "finds" or row["only_this"] <= row["matches"] for row in rows)
    assert {row["does"] for row in rows} == {"finds", "names", "benign guard", "negative guard"}
