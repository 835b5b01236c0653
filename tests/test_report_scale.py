"""Many names of tools, categories and classes: report SQL makes no cross product of them."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from tests.sections import FILES, changed, name, statements

pytest_plugins = ["tests.report_data"]

PROMPTS, NAMES = 1_000, 500
ROWS = 2 * PROMPTS  # of the largest mart: two calls of each prompt
# rows for each conversation: it is spread over 20 segments, with four behaviours in one of them
STRETCHED = {
    "reasoning/09_behaviours_by_position": 4 * 20,
    "reasoning/11_segments": 20,
    "tools/09_calls_by_position": 2 * 20,  # two measures
    "tools/10_errors_by_position": 20,
    "quality/05_fields": 18,  # so many fields are asked for
}
KEYS = (
    "'c' || i as conversation_id, 'source ' || i % 2 as source, 'g' || i as prompt_group_id, "
    f"'category ' || i % {NAMES} as category"
)
CALLS = (
    f"{KEYS}, j as turn_index, 0 as block_index, 'tool ' || (2 * i + j) % {NAMES} as tool_name, "
    "'other' as tool_kind"
)


@pytest.fixture(scope="module")
def many_names(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One conversation for each prompt, two calls in each, and few calls for each name."""
    prompts, calls = f"from range({PROMPTS}) r(i)", f"from range({PROMPTS}) r(i), range(2) s(j)"
    return changed(
        warehouse,
        tmp_path_factory.mktemp("many_names"),
        "delete from {}",
        f"insert into dim_conversations by name select {KEYS}, 2 as turn_count, 2 as step_count, "
        f"'final_answer' as end_kind {prompts}",
        f"insert into fct_steps by name select {KEYS}, 0 as turn_index, i % 9 as call_count, "
        "i % 9 > 0 as has_calls, i % 9 > 1 as is_parallel, i % 2 as step_index, "
        "i % 2 > 0 as is_after_results, 0.0 as position_share, 'run' as kind, "
        f"true as has_thought, true as has_answer, i % 500 as think_words {prompts}",
        f"insert into fct_thoughts by name select {KEYS}, 0 as turn_index, 0 as block_index, "
        "i % 2 as step_index, i % 500 as think_words, i % 9 > 0 as has_calls, "
        "i % 2 > 0 as has_plan, false as has_self_correction, false as has_verification, "
        f"i % 3 > 0 as has_alternatives {prompts}",
        "insert into fct_tool_calls by name select "
        f"{CALLS}, i % 3 = 0 as is_error, false as is_unknown_tool {calls}",
        f"insert into fct_errors by name select {CALLS}, 'class ' || (i + j) % {NAMES} as class, "
        "'agent' as side, 'response' as evidence_from, "
        f"'message ' || repeat(substr('abcdefghij', 1 + i % 10, 1), i % 80) as evidence {calls}",
        f"insert into fct_episodes by name select {CALLS}, 'class ' || i % {NAMES} as class, "
        "'agent' as side, case when i % 2 = 0 then 'dropped' else 'resolved_other_target' end as "
        "fate, i % 2 = 1 as is_resolved, i % 9 as step_count, 1 as error_count, 0 as repeat_count, "
        f"i as think_words from range(0, {PROMPTS}, 4) r(i), range(1) s(j)",
    )


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_step_of_a_plan_has_many_times_the_rows_of_the_marts(
    path: Path, many_names: Path
) -> None:
    """A label for each group would be 500,000 rows; the marts have 2,000."""
    most = max(5 * ROWS, STRETCHED.get(name(path), 0) * PROMPTS)
    with duckdb.connect(str(many_names), read_only=True) as connection:
        for part, sql in statements(path):
            plan = connection.execute(f"explain (analyze, format json) {sql}").fetchall()[0][1]
            # the name of the count before and since DuckDB 2.0
            counts = re.findall(r'"(?:operator_cardinality|intermediate_rows)": (\d+)', plan)
            assert counts
            assert max(map(int, counts)) <= most, (name(path), part)


def test_every_name_is_in_the_table(many_names: Path) -> None:
    with duckdb.connect(str(many_names), read_only=True) as connection:
        for file in ("tools/01_calls", "errors/05_classes", "errors/06_tools"):
            (path,) = [path for path in FILES if name(path) == file]
            for part, sql in statements(path):
                done = connection.execute(sql)
                if part == "rows":
                    assert len(done.fetchall()) == NAMES, file
