"""The report Reasoning where sources differ, record no thoughts, or were filtered by their writer."""

from __future__ import annotations

import re
from pathlib import Path

from tests.sections import Parts, answers, changed, every_part, one_part

pytest_plugins = ["tests.report_data"]


def test_sources_that_clearly_differ_both_ways_are_not_one_answer(
    warehouse: Path, tmp_path: Path
) -> None:
    """Steady thinks before most calls after results, swift before most opening calls."""
    copy = changed(
        warehouse,
        tmp_path,
        "update fct_steps set has_thought = (source = 'steady') = is_after_results "
        "where has_calls and md5(conversation_id || step_index) < 'c'",
    )
    answer = one_part(copy, "reasoning/01_share")["answer"][0]
    assert answer["lead"].startswith("Whether calls after results come with a thought more often")


def test_what_is_not_recorded_is_said(warehouse: Path, tmp_path: Path) -> None:
    silent = changed(
        warehouse,
        tmp_path,
        "update fct_steps set has_thought = false where source = 'swift'",
        "update fct_turns set has_thought = false where source = 'swift'",
        "delete from fct_thoughts where source = 'swift'",
    )
    found = {s: one_part(silent, s) for s in ("reasoning/01_share", "reasoning/05_combinations")}
    for said in answers(found).values():
        assert "Thoughts are not recorded in 1 of 2 sources, which is left out." in said
    shown = {(row["row"], row["series"]) for row in found["reasoning/05_combinations"]["rows"]}
    assert ("steady", "Neither") in shown
    own = {series for row, series in shown if row == "swift (thoughts not recorded)"}
    assert own == {"Call, no thought", "Neither"}
    assert {row["source"] for row in found["reasoning/01_share"]["rows"]} == {"steady"}


def test_a_source_without_any_silent_conversation_may_be_forced(
    found: dict[str, Parts], warehouse: Path, tmp_path: Path
) -> None:
    """Only in Hermes data, where each conversation has a thought: all of steady's do."""
    warning = "No conversation of steady is without a thought. If Hermes’ batch runner wrote"
    assert warning in answers(found)["reasoning/01_share"]
    other = changed(warehouse, tmp_path, "update dim_files set format = 'openai'")
    assert "batch runner" not in one_part(other, "reasoning/01_share")["answer"][0]["rest"]
    one = changed(
        warehouse,
        tmp_path,
        "update dim_conversations set thought_count = 0 where conversation_id = "
        "(select min(conversation_id) from dim_conversations where source = 'steady')",
    )
    assert "batch runner" not in one_part(one, "reasoning/01_share")["answer"][0]["rest"]


def test_no_thoughts_at_all(warehouse: Path, tmp_path: Path) -> None:
    none = every_part(
        changed(
            warehouse,
            tmp_path,
            "update fct_steps set has_thought = false",
            "update fct_turns set has_thought = false",
            "delete from fct_thoughts",
        ),
        "reasoning",
    )
    thinking = [f"reasoning/0{i}" for i in (1, 2, 3, 4, 6, 7, 8, 9)]
    for section, text in answers(none).items():
        if section[:12] in thinking:
            assert re.match(r"(Thoughts are not|No thought is) recorded", text), section
            assert none[section]["rows"] == []
    parts = [(row["row"], row["series"]) for row in none["reasoning/05_combinations"]["rows"]]
    assert parts == [
        (f"{source} (thoughts not recorded)", part)
        for source in ("steady", "swift")
        for part in ("Call", "No call")
    ]
    assert len(none["reasoning/11_segments"]["rows"]) > 100
    assert {row["n_text"] for row in none["reasoning/headline"]["rows"]} == {
        "thoughts are not recorded"
    }
