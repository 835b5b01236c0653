"""The figures of the report Quality."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.sections import ROOT, Parts, Row, answers, changed, group, interval, one_part, opened

pytest_plugins = ["tests.report_data"]


def same(row: Row, cases: list[tuple[str, bool]]) -> None:
    """A row of a chart has the share, interval, n and groups of `cases`."""
    assert (row["value"], row["lo"], row["hi"]) == pytest.approx(interval(cases))
    assert (row["n"], row["group_count"]) == (len(cases), len({one for one, _ in cases}))


def originals(marts: dict[str, list[Row]]) -> list[Row]:
    return [row for row in marts["dim_conversations"] if row["duplicate_of_id"] is None]


# Rows and rejects


def test_row_balance_tells_copies_and_files(found: dict[str, Parts]) -> None:
    section = found["quality/01_row_balance"]
    assert {row["balance"] for row in section["rows"]} == {"balances"}
    assert section["answer"][0]["lead"] == (
        "Every row is accounted for: 315 rows = 315 conversations + 0 rejects + 0 blank lines."
    )


def test_file_that_does_not_balance_is_said_first(warehouse: Path, tmp_path: Path) -> None:
    copy = changed(
        warehouse, tmp_path, "update dim_files set row_count = 170 where source = 'steady'"
    )
    section = one_part(copy, "quality/01_row_balance")
    assert section["answer"][0]["lead"] == "1 of 2 files does not balance."
    assert section["rows"][0]["balance"] == "off by 5"


def rejecting(warehouse: Path, folder: Path) -> Path:
    """30 rejects of 345 rows: 29 of one reason in one file, one of another in the other."""
    return changed(
        warehouse,
        folder,
        "insert into fct_rejects select file_id, n, 0, source, path, "
        "case when source = 'steady' then 'bad_json' else 'unknown_shape' end, "
        "'detail ' || n, sha256, '' from dim_files cross join range(29) as numbers (n) "
        "where source = 'steady' or n = 7",
        "update dim_files set reject_count = case when source = 'steady' then 29 else 1 end",
        "update dim_files set row_count = row_count + reject_count",
    )


def test_rejects_are_counted_by_reason(warehouse: Path, tmp_path: Path) -> None:
    section = one_part(rejecting(warehouse, tmp_path), "quality/02_rejects")
    rows = [(row["label"], row["value"], row["n"], row["detail"]) for row in section["rows"]]
    assert rows == [("bad json", 29, 1, "detail 0"), ("unknown shape", 1, 1, "detail 7")]
    assert section["answer"] == [
        {
            "lead": "8.7% of rows are rejected (30 of 345): bad json 29 and unknown shape 1.",
            "rest": "",
        }
    ]


def test_file_that_is_mostly_rejected_is_warned_of(warehouse: Path, tmp_path: Path) -> None:
    copy = changed(
        warehouse,
        tmp_path,
        "insert into fct_rejects select file_id, n, 0, source, path, 'bad_json', null, sha256, '' "
        "from dim_files cross join range(90) as numbers (n) where source = 'swift'",
        "update dim_files set reject_count = 90, conversation_count = 60 where source = 'swift'",
    )
    rest = one_part(copy, "quality/02_rejects")["answer"][0]["rest"]
    assert rest.startswith("Of 1 file more than half is rejected")


def test_no_reject_is_said_with_the_rows(found: dict[str, Parts]) -> None:
    assert answers(found)["quality/02_rejects"].strip() == (
        "No record is rejected, of 315 rows in 2 files."
    )


# What is broken


def test_broken_calls_are_those_of_the_facts(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    calls = marts["fct_tool_calls"]
    rows = {(row["defect"], row["source"]): row for row in found["quality/03_defects"]["rows"]}
    tests: dict[str, Callable[[Row], bool]] = {
        "Malformed calls": lambda call: call["parse_status"] == "malformed",
        "Calls without a response": lambda call: call["response_turn_index"] is None,
    }
    for defect, test in tests.items():
        for source in ("steady", "swift"):
            own = [(group(call), test(call)) for call in calls if call["source"] == source]
            same(rows.pop((defect, source)), own)
    assert not rows
    broken = [(group(call), call["parse_status"] == "malformed") for call in calls]
    share, low, high = interval(broken)
    assert answers(found)["quality/03_defects"].startswith(
        f"{share:.1%} of calls are malformed ({low * 100:.1f}–{high * 100:.1f}%, n = "
        f"{len(calls):,} calls)."
    )
    # the format has no ids of calls, so each response is found by its place
    assert (
        "No id says which call they answer, only name and order, for 100% ("
        in (answers(found)["quality/03_defects"])
    )


def test_unclosed_and_repaired_blocks_are_told_apart(
    warehouse: Path, marts: dict[str, list[Row]], tmp_path: Path
) -> None:
    copy = changed(
        warehouse,
        tmp_path,
        "update fct_turns set unclosed_block_count = 1 "
        "where wrapped_block_count > 0 and conversation_id like '%/1%'",
        "update fct_turns set repaired_block_count = wrapped_block_count "
        "where conversation_id like '%/2%'",
    )
    found = one_part(copy, "quality/03_defects")
    rows = {(row["defect"], row["source"]): row for row in found["rows"]}
    kept = {row["conversation_id"]: row for row in originals(marts)}
    with opened(copy) as connection:
        blocks = connection.execute(
            "select conversation_id, turn_index, row_number() over (partition by conversation_id, "
            "turn_index) = 1 from intermediate.int_blocks_measured where kind <> 'text'"
        ).fetchall()
    for defect, digit in (("Unclosed blocks", "/1"), ("Repaired blocks", "/2")):
        for source in ("steady", "swift"):
            own = [
                (group(kept[one]), digit in one and (is_first or digit == "/2"))
                for one, _, is_first in blocks
                if one in kept and kept[one]["source"] == source
            ]
            same(rows[defect, source], own)
    whys = [example["why"] for example in found["examples"]]
    assert whys.count("1 unclosed block") == 2
    assert len([why for why in whys if "repaired" in why]) == 2


def test_examples_of_what_is_broken_lead_to_it(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    broken = {
        (call["conversation_id"], call["turn_index"])
        for call in marts["fct_tool_calls"]
        if call["is_malformed"] or not call["is_answered"]
    }
    examples = found["quality/03_defects"]["examples"]
    assert len(examples) == 4
    assert {(one["conversation_id"], one["turn_index"]) for one in examples} <= broken


# Copies and prompts


def test_copies_and_prompts_are_those_of_the_records(found: dict[str, Parts]) -> None:
    """Straight from the Parquet of the sample: same text, same first user text."""
    prompts: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
    seen: set[str] = set()
    for path in sorted((ROOT / "data" / "sample").glob("*/*.parquet")):
        for record in pq.read_table(path).to_pylist():
            text = json.dumps([record["conversations"], record["task"]])
            prompt = next(t["value"] for t in record["conversations"] if t["from"] == "human")
            prompts[path.parent.name, " ".join(prompt.lower().split())].append(text in seen)
            seen.add(text)
    rows = {(row["measure"], row["source"]): row for row in found["quality/04_copies"]["rows"]}
    sources = defaultdict(set)
    for source, prompt in prompts:
        sources[prompt].add(source)
    for source in ("steady", "swift"):
        own = {prompt: copies for (at, prompt), copies in prompts.items() if at == source}
        same(
            rows["Exact copy of another", source],
            [(prompt, copy) for prompt, copies in own.items() for copy in copies],
        )
        left = {prompt: copies.count(False) for prompt, copies in own.items()}
        same(
            rows["Prompt is met again in the source", source],
            [(prompt, size > 1) for prompt, size in left.items() for _ in range(size)],
        )
        same(
            rows["Prompt is met in another source", source],
            [(prompt, len(sources[prompt]) > 1) for prompt, n in left.items() for _ in range(n)],
        )
    assert answers(found)["quality/04_copies"].startswith(
        "Exact copies of others are 0.32% of conversations (0.1–1.8%, n = 315 conversations). Of "
        f"the rest, 100% share their prompt with another (94.5–100.0%, n = 314 conversations): "
        f"there are {len(sources)} prompts, the most frequent with 6 conversations."
    )


def test_prompts_that_differ_are_said(warehouse: Path, tmp_path: Path) -> None:
    copy = changed(
        warehouse,
        tmp_path,
        "update dim_conversations set prompt_group_id = null, duplicate_of_id = null",
    )
    answer = one_part(copy, "quality/04_copies")["answer"][0]
    assert answer["lead"].startswith("No conversation is an exact copy of another (0.0–")
    assert answer["rest"].startswith("No two prompts are the same.")


# Fields


def test_fields_are_filled_where_the_tables_have_them(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    section = found["quality/05_fields"]
    rows = {(row["row"], row["column"]): row for row in section["rows"]}
    calls: defaultdict[str, list[Row]] = defaultdict(list)
    for call in marts["fct_tool_calls"]:
        calls[call["conversation_id"]].append(call)
    tests: dict[str, Callable[[Row], bool]] = {
        "Category": lambda one: one["category"] is not None,
        "Model": lambda one: one["model"] is not None,
        "Thoughts": lambda one: one["think_chars"] > 0,
        "Exit code": lambda one: any(
            call["exit_code"] is not None for call in calls[one["conversation_id"]]
        ),
        "Status of responses": lambda one: any(
            call["status"] is not None for call in calls[one["conversation_id"]]
        ),
    }
    for field, test in tests.items():
        for source in ("steady", "swift"):
            same(
                rows[field, source],
                [(group(one), test(one)) for one in originals(marts) if one["source"] == source],
            )
    spreads = {row["row"]: row["spread"] for row in section["rows"]}
    assert (spreads["Category"], spreads["Model"], spreads["Exit code"]) == (
        "everywhere",
        "nowhere",
        "partly",
    )
    lead = section["answer"][0]["lead"]
    assert lead == (
        "No field is filled in some sources only; "
        f"{Counter(spreads.values())['everywhere']} of {len(spreads)} are filled in every "
        "conversation."
    )


@pytest.mark.case(49)
def test_drift_between_sources_and_files_is_named(warehouse: Path, tmp_path: Path) -> None:
    copy = changed(
        warehouse,
        tmp_path,
        "update dim_conversations set subcategory = null where source = 'swift'",
        "update dim_conversations set model = 'm', file_id = 'other' "
        "where source = 'steady' and record_index < 20",
        "insert into dim_files select one.* replace ('other' as file_id, 'x' as path) "
        "from dim_files as one where source = 'steady'",
    )
    section = one_part(copy, "quality/05_fields")
    answer = section["answer"][0]
    assert answer["lead"] == (
        "2 of 18 fields are filled in some of 2 sources only: model and subcategory."
    )
    assert answer["rest"].endswith("In some files of a source and not in others: model.")
    assert [row["row"] for row in section["rows"][:4:2]] == ["Model", "Subcategory"]
    (steady,) = [r for r in section["rows"] if (r["row"], r["column"]) == ("Model", "steady")]
    assert (steady["files"], steady["filled_files"]) == (2, 1)


# Filters


def test_what_is_constant_is_judged_by_all_conversations(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    section = found["quality/06_forced"]
    rows = {(row["row"], row["column"]): row for row in section["rows"]}
    longest = {
        source: max(one["turn_count"] for one in originals(marts) if one["source"] == source)
        for source in ("steady", "swift")
    }
    tests: dict[str, Callable[[Row], bool]] = {
        "Holds a thought": lambda one: one["thought_count"] > 0,
        "Ends with an answer": lambda one: one["end_kind"] == "final_answer",
        "Has an error": lambda one: one["error_count"] > 0,
        "Has one exchange only": lambda one: one["user_turn_count"] == 1,
        "Every call can be read": lambda one: one["malformed_call_count"] == 0,
        "Has the longest length": lambda one: one["turn_count"] == longest[one["source"]],
    }
    for check, test in tests.items():
        for source in ("steady", "swift"):
            own = [(group(one), test(one)) for one in originals(marts) if one["source"] == source]
            row = rows[check, source]
            same(row, own)
            hits = sum(hit for _, hit in own)
            if check != "Has the longest length":
                assert (row["verdict"] == "always") == (hits == len(own))
    # nothing is recorded to judge by
    assert not {"Is recorded as completed", "Has the best outcome of its source"} & {
        check for check, _ in rows
    }
    answer = section["answer"][0]
    count = sum(row["verdict"] in {"always", "never", "piles up"} for row in section["rows"])
    assert answer["lead"].startswith(f"{count} figures may be forced, in 2 of 2 sources")
    assert (
        "steady: holds a thought 100% (94.5–100.0%, n = 165 conversations), as the batch "
        in (answer["rest"])
    )


def test_limits_and_other_filters_are_found(warehouse: Path, tmp_path: Path) -> None:
    copy = changed(
        warehouse,
        tmp_path,
        "update dim_conversations set turn_count = least(turn_count, 9), "
        "is_completed = true, outcome_score = 0",
        "update dim_files set format = 'openai'",
    )
    section = one_part(copy, "quality/06_forced")
    verdicts = {(row["row"], row["column"]): row["verdict"] for row in section["rows"]}
    assert verdicts["Has the longest length", "steady"] == "piles up"
    assert verdicts["Is recorded as completed", "swift"] == "always"
    assert verdicts["Has the best outcome of its source", "swift"] == "always"
    # the filters that are known are those of Hermes
    assert {row["known"] for row in section["rows"]} == {""}
    assert "Lengths go from 5 to 9 turns." in section["answer"][0]["rest"]


def test_few_prompts_are_not_judged(warehouse: Path, tmp_path: Path) -> None:
    copy = changed(
        warehouse, tmp_path, "update dim_conversations set prompt_group_id = 'one and the same'"
    )
    section = one_part(copy, "quality/06_forced")
    assert {row["verdict"] for row in section["rows"]} == {"too few prompts"}
    assert section["answer"][0]["lead"].startswith("No source has 10 prompt groups")


def test_key_figures_are_those_of_the_sections(found: dict[str, Parts]) -> None:
    figures = {row["label"]: row["text"] for row in found["quality/headline"]["rows"]}
    assert figures["Files that balance"] == "2 of 2"
    assert figures["Rejected rows"] == "0%"
    assert found["quality/03_defects"]["answer"][0]["lead"].startswith(figures["Malformed calls"])
    assert f" {figures['Exact copies']} of " in found["quality/04_copies"]["answer"][0]["lead"]
