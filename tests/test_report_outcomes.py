"""The sections of the report Course on failing: recorded outcomes, signs, and their tasks."""

from __future__ import annotations

import json
import math
import re
import statistics
from collections import defaultdict
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest

from tests.given_back import SHARED, needs_shared
from tests.sections import Parts, Row, answers, changed, group, interval, one_part, opened

pytest_plugins = ["tests.report_data"]

# a reward of about a half of the conversations of steady: more of those with few steps
REWARD = (
    "update dim_conversations set outcome_name = 'reward', outcome_score = cast("
    "md5(conversation_id) < case when step_count < 6 then 'c' else '6' end as double) "
    "where source = 'steady'"
)
SECTIONS = ("course/08_outcomes", "course/09_signs", "course/10_categories",
            "course/11_subcategories")  # fmt: skip


def outcomes(warehouse: Path) -> list[Row]:
    """The conversations, with what their signs are made of."""
    with opened(warehouse) as connection:
        done = connection.execute(
            "select *, (select count(*) from fct_loops where conversation_id = one.conversation_id) "
            "as loops, (select count(*) from fct_episodes where conversation_id = "
            "one.conversation_id and fate in ('cut', 'dropped', 'last')) as unresolved "
            "from dim_conversations as one where duplicate_of_id is null"
        )
        columns = [column[0] for column in done.description or ()]
        rows = [dict(zip(columns, row, strict=True)) for row in done.fetchall()]
    for row in rows:
        is_cut = row["end_kind"] in {"unanswered_call", "length_limit", "empty"}
        row["has_sign"] = row["loops"] > 0 or row["unresolved"] > 0 or is_cut
    return rows


@pytest.fixture(scope="module")
def rewarded(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return changed(warehouse, tmp_path_factory.mktemp("rewarded"), REWARD)


@pytest.fixture(scope="module")
def judged(rewarded: Path) -> dict[str, Parts]:
    return {section: one_part(rewarded, section) for section in SECTIONS}


def chance(passes: list[bool], k: int) -> float:
    """How many of all choices of k tries pass each time."""
    return statistics.fmean(all(choice) for choice in combinations(passes, k))


def test_passes_are_of_single_tries_and_of_all_of_k(
    judged: dict[str, Parts], rewarded: Path
) -> None:
    steady = [row for row in outcomes(rewarded) if row["source"] == "steady"]
    tasks: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
    for row in steady:
        tasks[group(row), row["model"]].append(row["outcome_score"] == 1)
    rows = judged["course/08_outcomes"]["rows"]
    assert [row["measure"] for row in rows[:2]] == ["One try (mean)", "All of 2 tries (pass^2)"]
    first = rows[0]
    expected = interval([(group(row), row["outcome_score"] == 1) for row in steady])
    assert (first["value"], first["lo"], first["hi"]) == pytest.approx(expected)
    assert (first["n"], first["outcome"]) == (len(steady), "reward")
    for row in rows[1:]:
        k = int(row["measure"].split()[2])
        own = [passes for passes in tasks.values() if len(passes) >= k]
        assert row["n"] == len(own) >= 10
        assert row["value"] == pytest.approx(statistics.fmean(chance(one, k) for one in own))
        assert row["lo"] <= row["value"] <= row["hi"]
    share, low, high = interval([(group(row), row["outcome_score"] < 1) for row in steady])
    assert judged["course/08_outcomes"]["answer"][0]["lead"].startswith(
        f"{share:.1%} ({low * 100:.1f}–{high * 100:.1f}%, n = {len(steady)} conversations)"
    )
    assert "149 conversations, left out" in judged["course/08_outcomes"]["answer"][0]["rest"]


@needs_shared
def test_pass_hat_k_of_tau_bench_is_the_published_one(warehouse: Path, tmp_path: Path) -> None:
    """0.420, 0.273, 0.220 and 0.200 stand in the leaderboard of sierra-research/tau-bench."""
    trials = json.loads((SHARED / "openai_messages/tau_bench_gpt-4o-airline.json").read_text())
    values = ", ".join(f"('{one['task_id']}', {one['trial']}, {one['reward']})" for one in trials)
    copy = changed(
        warehouse,
        tmp_path,
        "delete from dim_conversations",
        "insert into dim_conversations by name select task || '/' || trial as conversation_id, "
        "task as prompt_group_id, 'tau' as source, 'no_reply' as end_kind, 9 as turn_count, "
        "'reward' as outcome_name, reward as outcome_score "
        f"from (values {values}) as trials(task, trial, reward)",
    )
    rows = one_part(copy, "course/08_outcomes")["rows"]
    assert [round(row["value"], 3) for row in rows] == [0.42, 0.273, 0.22, 0.2]
    assert [row["n"] for row in rows] == [200, 50, 50, 50]


def auc(hits: list[float], others: list[float]) -> float:
    return statistics.fmean((a > b) + (a == b) / 2 for a in hits for b in others)


def test_auc_is_counted_over_pairs(judged: dict[str, Parts], rewarded: Path) -> None:
    signs: dict[str, Callable[[Row], float]] = {
        "Any sign": lambda row: row["has_sign"],
        "Number of errors": lambda row: row["error_count"],
        "Share of calls with an error": lambda row: row["error_count"] / max(row["call_count"], 1),
        "Unresolved errors": lambda row: row["unresolved"],
        "Loops": lambda row: row["loops"],
        "Number of steps": lambda row: row["step_count"],
    }
    steady = [row for row in outcomes(rewarded) if row["source"] == "steady"]
    failed = [row for row in steady if row["outcome_score"] < 1]
    passed = [row for row in steady if row["outcome_score"] == 1]
    rows = {row["label"]: row for row in judged["course/09_signs"]["rows"]}
    assert len(rows) == 10

    def fifth(row: Row) -> int:
        rank = sum(bool(one["step_count"] <= row["step_count"]) for one in steady)
        return math.ceil(5 * rank / len(steady))

    for label, of in signs.items():
        row = rows[label]
        expected = auc([of(one) for one in failed], [of(one) for one in passed])
        assert row["value"] == pytest.approx(expected), label
        pairs = [
            (of(one) > of(other)) + (of(one) == of(other)) / 2
            for one in failed
            for other in passed
            if fifth(one) == fifth(other)
        ]
        at_length = None if label == "Number of steps" else pytest.approx(statistics.fmean(pairs))
        assert row["length_auc"] == at_length, label
        assert row["failed_share"] == pytest.approx(statistics.fmean(of(r) > 0 for r in failed))
        assert row["passed_share"] == pytest.approx(statistics.fmean(of(r) > 0 for r in passed))
        assert (row["failed"], row["n"]) == (len(failed), len(steady))
    assert rows["Number of steps"]["lo"] > 0.5
    assert rows["Loops"]["lo"] is None  # one conversation of steady has a loop
    best = max(rows.values(), key=lambda row: row["lo"] or 0)
    lead = judged["course/09_signs"]["answer"][0]["lead"]
    assert lead.startswith(f"Failing is told best by {best['label'].lower()}, AUC {best['text']} (")


def test_a_sign_is_checked_within_a_source(warehouse: Path, tmp_path: Path) -> None:
    """All of steady fail and all of swift pass: no pair of one source differs."""
    copy = changed(
        warehouse,
        tmp_path,
        "update dim_conversations set is_completed = source = 'swift'",
    )
    signs = one_part(copy, "course/09_signs")
    assert signs["rows"] == signs["marks"] == []
    assert signs["answer"][0]["lead"].startswith("No recorded outcome is loaded that some")
    outcome = one_part(copy, "course/08_outcomes")
    assert {row["outcome"] for row in outcome["rows"]} == {"completed"}
    assert "rank nothing as failing" not in answers({"x": one_part(copy, SECTIONS[2])})["x"]


def test_scores_that_are_no_pass_and_no_failure_are_left_out(
    warehouse: Path, tmp_path: Path
) -> None:
    copy = changed(
        warehouse,
        tmp_path,
        "update dim_conversations set outcome_name = 'points', outcome_score = step_count",
    )
    section = one_part(copy, "course/08_outcomes")
    assert section["rows"] == []
    assert section["answer"][0]["lead"] == (
        "The recorded outcomes are scores that are no pass and no failure."
    )
    assert {row["basis"] for row in one_part(copy, "course/10_categories")["rows"]} == {
        "sign of trouble"
    }


@pytest.mark.parametrize(
    ("section", "key"), [("10_categories", "category"), ("11_subcategories", "subcategory")]
)
def test_tasks_by_outcome_and_elsewhere_by_signs(
    judged: dict[str, Parts], rewarded: Path, section: str, key: str
) -> None:
    rows = judged[f"course/{section}"]["rows"]
    assert {row["basis"] for row in rows} == {"outcome", "sign of trouble"}
    conversations = outcomes(rewarded)
    for row in rows:
        is_outcome = row["basis"] == "outcome"
        source = "steady" if is_outcome else "swift"
        task = row["task_name"].rpartition(" › ")[2]
        cases = [
            (group(one), one["outcome_score"] < 1 if is_outcome else one["has_sign"])
            for one in conversations
            if one["source"] == source and one[key] == task
        ]
        assert (row["hits"], row["n"]) == (sum(hit for _, hit in cases), len(cases))
        share, low, high = interval(cases)
        assert row["value"] == pytest.approx(share)
        if len({key for key, _ in cases}) >= 10:
            assert (row["lo"], row["hi"]) == pytest.approx((low, high))
        assert row["few"] == (row["lo"] is None or row["n"] < 20)
    few = [row["few"] for row in rows]
    assert few == sorted(few)
    for basis in ("outcome", "sign of trouble"):
        lows = [row["lo"] for row in rows if row["basis"] == basis and not row["few"]]
        assert lows == sorted(lows, reverse=True)


def test_worst_category_is_named_by_outcome_first(judged: dict[str, Parts]) -> None:
    section = judged["course/10_categories"]
    worst = section["rows"][0]
    (answer,) = section["answer"]
    assert answer["lead"].startswith(f"Conversations fail most often in {worst['task_name']}, ")
    assert answer["lead"].endswith(", by recorded outcome.")
    assert (
        "Elsewhere no outcome is recorded. Signs of trouble (an unresolved error, a loop, or"
        in answer["rest"]
    )
    assert "Against the recorded outcomes that are loaded a sign has AUC 0." in answer["rest"]
    named = {example["why"].rpartition(": ")[0] for example in section["examples"]}
    assert worst["task_name"] in named
    assert section["marks"] == []


def test_conversations_without_an_outcome_are_left_out_and_counted(
    rewarded: Path, tmp_path: Path
) -> None:
    some = "(select min(conversation_id) from dim_conversations where source = 'steady')"
    copy = changed(
        rewarded,
        tmp_path,
        f"update dim_conversations set outcome_score = null where conversation_id = {some}",
    )
    section = one_part(copy, "course/10_categories")
    told = "Without an outcome in sources that record one: 1 conversation, left out."
    assert told in section["answer"][0]["rest"]
    assert sum(row["n"] for row in section["rows"]) == 313


def test_signs_alone_rank_nothing_as_failing(found: dict[str, Parts]) -> None:
    answer = answers(found)["course/10_categories"]
    assert re.match(r"Signs of trouble \(an .*\) are most often in ", answer)
    assert "fail most often" not in answer
    assert "signs rank nothing as failing." in answer
    assert answers(found)["course/11_subcategories"].startswith(
        "Signs of trouble: too few conversations or prompts to compare subcategories."
    )
    assert found["course/09_signs"]["rows"] == []


def test_no_category_is_said(warehouse: Path, tmp_path: Path) -> None:
    copy = changed(
        warehouse, tmp_path, "update dim_conversations set category = null, subcategory = null"
    )
    for section in ("02_length_by_category", "04_ends_by_category", "10_categories"):
        found = one_part(copy, f"course/{section}")
        assert found["rows"] == found["examples"] == []
        assert found["answer"] == [
            {"lead": "No category is recorded for any conversation.", "rest": ""}
        ]
    answer = one_part(copy, "course/11_subcategories")["answer"][0]
    assert answer["lead"] == "No subcategory is recorded for any conversation."


def test_order_of_rows_and_threads_change_nothing(
    judged: dict[str, Parts], rewarded: Path, tmp_path: Path
) -> None:
    shuffled = changed(
        rewarded,
        tmp_path,
        "create temp table mixed_{} as select own.* from {} own order by md5(own::text)",
        "delete from {}",
        "insert into {} from mixed_{}",
    )
    again = {section: one_part(shuffled, section, threads=1) for section in SECTIONS}
    assert again == judged


SCORE = "update dim_conversations set outcome_score = (not ({}))::int where source = 'swift'"


def test_a_sign_that_tells_failing_does_so_at_equal_length(warehouse: Path, tmp_path: Path) -> None:
    shown = (
        "conversation_id in (select conversation_id from fct_loops union all select "
        "conversation_id from fct_episodes where fate in ('cut', 'dropped', 'last'))"
    )
    failed = f"{shown} or md5(conversation_id) < '3'"
    copy = changed(warehouse, tmp_path, SCORE.replace("{}", failed))
    rest = one_part(copy, "course/10_categories")["answer"][0]["rest"]
    assert re.search(r"at equal length 0\.\d+ \(.*\): it tells failing apart there", rest)


def test_a_sign_that_only_goes_with_length_tells_nothing(warehouse: Path, tmp_path: Path) -> None:
    """Long conversations fail, and long ones break off, but not the same of them."""
    often = "md5('{}' || conversation_id) < case when step_count > 5 then 'c' else '3' end"
    sign = f"case when {often} then 'empty' else 'final_answer' end"
    copy = changed(
        warehouse,
        tmp_path,
        "delete from fct_episodes",
        "delete from fct_loops",
        f"update dim_conversations set end_kind = {sign.replace('{}', 'sign')}",
        SCORE.replace("{}", often.replace("{}", "score")),
    )
    whole = {row["label"]: row for row in one_part(copy, "course/09_signs")["rows"]}["Any sign"]
    assert whole["lo"] > 0.5 > whole["length_lo"]
    rest = one_part(copy, "course/10_categories")["answer"][0]["rest"]
    assert re.search(r"at equal length 0\.\d+ \(.*\): its interval holds 0\.5, so signs", rest)
