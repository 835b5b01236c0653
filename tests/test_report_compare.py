"""The report Compare: its figures recomputed, and what it says where there are not two."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from pathlib import Path

import duckdb
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from tests.command import tracehouse
from tests.conftest import ROOT
from tests.sections import FILES, Parts, Row, answers, changed, group, name, one_part, parts

pytest_plugins = ["tests.report_data"]

SECTIONS = ("compare/01_summary", "compare/02_shares", "compare/03_amounts",
            "compare/04_prompts", "compare/05_left_out")  # fmt: skip
Cases = dict[str, tuple[float, float]]


def measured(marts: dict[str, list[Row]]) -> dict[str, Cases]:
    """By metric and conversation, what is counted and over what, straight from the facts."""
    found: dict[str, Cases] = defaultdict(dict)

    def add(metric: str, key: str, hits: float, cases: float = 1) -> None:
        before = found[metric].get(key, (0, 0))
        found[metric][key] = (before[0] + hits, before[1] + cases)

    for row in marts["dim_conversations"]:
        if row["duplicate_of_id"] is None:
            key = row["conversation_id"]
            add("End with an answer", key, row["end_kind"] == "final_answer")
            add("Steps per conversation", key, 0)
            add("Calls per conversation", key, 0)
    for row in marts["fct_tool_calls"]:
        add("Calls with an error", row["conversation_id"], row["is_error"])
        add("Calls per conversation", row["conversation_id"], 1, 0)
        add("Calls per step that calls", row["conversation_id"], 1, 0)
    for row in marts["fct_turns"]:
        if row["role"] == "assistant":
            key = row["conversation_id"]
            add("Steps per conversation", key, 1, 0)
            add("Steps with a thought", key, row["has_thought"])
            add("Thinking per step", key, row["think_words"])
            add("Calls per step that calls", key, 0, row["has_calls"])
    for row in marts["fct_episodes"]:
        if row["fate"] != "cut":
            add("Errors resolved", row["conversation_id"], row["is_resolved"])
    return found


def ratio(cases: list[tuple[float, float]]) -> float:
    return sum(hits for hits, _ in cases) / sum(n for _, n in cases)


def test_differences_are_those_of_the_facts(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    about = {
        row["conversation_id"]: (row["source"], row["category"], group(row))
        for row in marts["dim_conversations"]
    }
    rows = {
        (row["metric"], row["way_name"]): row
        for section in SECTIONS[1:3]
        for row in found[section]["rows"]
    }
    metrics = measured(marts)
    assert {metric for metric, _ in rows} == metrics.keys()
    p_values = {}
    for metric, cases in metrics.items():
        arms: dict[str, list[tuple[float, float]]] = defaultdict(list)
        strata: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
        prompts: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
        groups: dict[tuple[str, str], set[str]] = defaultdict(set)
        for key, case in cases.items():
            if case[1] > 0:
                source, category, prompt = about[key]
                arms[source].append(case)
                strata[source, category].append(case)
                prompts[source, prompt].append(case)
                groups[source, category].add(prompt)
        raw = rows[metric, "raw"]
        assert raw["difference"] == pytest.approx(ratio(arms["steady"]) - ratio(arms["swift"]))
        assert raw["low"] <= raw["difference"] <= raw["high"]
        # at equal categories: those with 10 prompts in both, weighted by their cases
        both = [
            category
            for category in {category for _, category in strata}
            if min(len(groups[source, category]) for source in ("steady", "swift")) >= 10
        ]
        weights = {c: sum(n for s in arms for _, n in strata[s, c]) for c in both}
        gap = sum(
            weights[c] * (ratio(strata["steady", c]) - ratio(strata["swift", c])) for c in both
        ) / sum(weights.values())
        equal = rows[metric, "at equal categories"]
        total = sum(n for own in arms.values() for _, n in own)
        assert equal["difference"] == pytest.approx(gap)
        assert equal["support_share"] == pytest.approx(sum(weights.values()) / total)
        # on the same prompts: a paired t test
        shared = [p for s, p in sorted(prompts) if s == "steady" and ("swift", p) in prompts]
        test = stats.ttest_rel(
            [ratio(prompts["steady", p]) for p in shared],
            [ratio(prompts["swift", p]) for p in shared],
        )
        ends = test.confidence_interval(0.95)
        same = rows[metric, "on the same prompts"]
        assert same["n"] == len(shared)
        assert (same["low"], same["high"]) == pytest.approx((ends.low, ends.high), abs=1e-9)
        assert same["difference"] == pytest.approx((ends.low + ends.high) / 2)
        p_values[metric] = test.pvalue
    adjusted = multipletests(list(p_values.values()), method="holm")[1]
    for metric, p in zip(p_values, adjusted, strict=True):
        assert rows[metric, "on the same prompts"]["p_adjusted"] == pytest.approx(p, abs=1e-9)
    clear = sum(adjusted < 0.05)
    lead = answers(found)["compare/01_summary"]
    assert lead.startswith(
        "On the 69 prompts that both have, steady differs clearly from swift in "
        f"{clear} of {len(p_values)} metrics; it has "
    )


def test_of_each_metric_the_largest_of_each_side_is_shown_where_it_is_seen(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    metrics = measured(marts)
    sides = {row["conversation_id"]: row["source"] for row in marts["dim_conversations"]}
    wrong = {(row["conversation_id"], row["turn_index"]) for row in marts["fct_errors"]}
    examples = [row for section in SECTIONS[1:3] for row in found[section]["examples"]]
    assert len(examples) == 2 * len(metrics)
    for row in examples:
        side, metric = row["why"].partition(":")[0].split(", ")
        (cases,) = [cases for name, cases in metrics.items() if name.lower() == metric]
        ratios = {key: hits / n for key, (hits, n) in cases.items() if n and sides[key] == side}
        assert ratios[row["conversation_id"]] == max(ratios.values())
        if metric in ("calls with an error", "errors resolved"):
            assert (row["conversation_id"], row["turn_index"]) in wrong


def test_prompts_stand_in_the_order_of_their_difference(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    section = found["compare/04_prompts"]
    scores = [row["score"] for row in section["rows"]]
    assert len(scores) == 20
    assert scores == sorted(scores, reverse=True)
    tasks = {row["conversation_id"]: row for row in marts["dim_conversations"]}
    # examples go in pairs: the same prompt, one of each
    pairs = list(zip(section["examples"][::2], section["examples"][1::2], strict=True))
    assert len(pairs) == 5
    for first, second in pairs:
        one, other = tasks[first["conversation_id"]], tasks[second["conversation_id"]]
        assert (one["source"], other["source"]) == ("steady", "swift")
        assert one["prompt_group_id"] == other["prompt_group_id"]
    assert tasks[pairs[0][0]["conversation_id"]]["task"] == section["rows"][0]["task_text"]


def test_outcomes_are_compared_where_they_are_recorded(warehouse: Path, tmp_path: Path) -> None:
    copy = changed(
        warehouse,
        tmp_path,
        "insert into fct_metrics by name select * replace ('passed_outcomes' as metric, "
        "case when source = 'steady' then 1 else 0 end as amount) from fct_metrics "
        "where metric = 'steps'",
    )
    rows = [r for r in one_part(copy, SECTIONS[1])["rows"] if r["metric"] == "Pass their outcome"]
    assert [(row["first_text"], row["second_text"]) for row in rows] == [("100%", "0%")] * 3
    assert [row["lo"] for row in rows] == [None] * 3  # nothing shows how alike prompts are
    assert all(row["few"] for row in rows)


def test_one_source_is_said_and_shown(warehouse: Path, tmp_path: Path) -> None:
    copy = changed(warehouse, tmp_path, "delete from fct_metrics where source <> 'steady'")
    sections = {section: one_part(copy, section) for section in SECTIONS}
    said = answers(sections)
    assert said["compare/01_summary"].startswith(
        "There is only one source, steady (n = 165 conversations), and nothing to compare it with."
    )
    values = {row["first_text"] for row in sections["compare/01_summary"]["rows"]}
    assert len(values) == 8
    assert "–" not in values
    assert {row["second_text"] for row in sections["compare/01_summary"]["rows"]} == {"–"}
    for section in SECTIONS[1:]:
        assert said[section].startswith("There is only one source, steady")
    assert sections["compare/02_shares"]["rows"] == sections["compare/04_prompts"]["rows"] == []
    assert not [section for section in SECTIONS if sections[section].get("examples")]


def test_of_one_source_the_models_are_compared(warehouse: Path, tmp_path: Path) -> None:
    copy = changed(
        warehouse,
        tmp_path,
        "update fct_metrics set model = source, source = 'all'",
    )
    lead = one_part(copy, "compare/01_summary")["answer"][0]["lead"]
    assert lead.startswith("On the 69 prompts that both have, steady differs clearly from swift")


def test_of_three_the_two_largest_are_compared(warehouse: Path, tmp_path: Path) -> None:
    third = "md5(conversation_id) < '4' and source = 'steady'"
    copy = changed(warehouse, tmp_path, f"update fct_metrics set source = 'third' where {third}")
    answer = one_part(copy, "compare/01_summary")["answer"][0]
    assert "that both have, swift differs clearly from steady" in answer["lead"]
    assert (
        "Not compared: 1 other source (third); tracehouse report --compare A B" in (answer["rest"])
    )


def test_no_and_few_shared_prompts_are_said(warehouse: Path, tmp_path: Path) -> None:
    none = changed(
        warehouse, tmp_path, "update fct_metrics set prompt_group_id = source || prompt_group_id"
    )
    sections = {section: one_part(none, section) for section in SECTIONS}
    said = answers(sections)
    assert said["compare/01_summary"].startswith(
        "steady and swift share no prompt; at equal categories, steady has "
    )
    assert {row["p"] for row in sections["compare/01_summary"]["rows"]} == {"–"}
    assert said["compare/04_prompts"].startswith("steady and swift share no prompt.")
    assert [row["why"] for row in sections["compare/05_left_out"]["examples"]] == [
        *["steady: the other has not its prompt"] * 2,
        *["swift: the other has not its prompt"] * 2,
    ]
    assert said["compare/05_left_out"].startswith(
        "0 prompts are in both: on the same prompts leaves out 100% of the conversations of steady"
    )
    few = changed(
        warehouse,
        tmp_path,
        "update fct_metrics set prompt_group_id = source || prompt_group_id where "
        "prompt_group_id not in (select distinct prompt_group_id from fct_metrics order by all "
        "limit 5)",
    )
    summary = one_part(few, "compare/01_summary")
    assert summary["answer"][0]["lead"].startswith("steady and swift share only 5 prompts; ")
    assert summary["rows"][0]["matched_text"].endswith("(no interval)")
    for text in [*said.values(), *answers({"x": summary}).values()]:
        assert not re.search(r"\b(nan|inf|null)\b", text, re.IGNORECASE)


def test_categories_of_one_side_are_left_out_and_named(warehouse: Path, tmp_path: Path) -> None:
    copy = changed(
        warehouse,
        tmp_path,
        "update fct_metrics set category = 'Of its own' "
        "where source = 'swift' and category = 'Multi-Tool'",
    )
    section = one_part(copy, "compare/05_left_out")
    assert "Categories left out: Multi-Tool, Of its own." in section["answer"][0]["rest"]
    rows = {row["what"]: row for row in section["rows"]}
    with duckdb.connect(str(copy), read_only=True) as connection:
        expected = connection.execute(
            "select count(*) filter (source = 'steady'), count(*) filter (source = 'swift') "
            "from dim_conversations where duplicate_of_id is null and category = 'Multi-Tool'"
        ).fetchall()
    left = rows["left out at equal categories"]
    assert [(left["first_count"], left["second_count"])] == expected
    assert [row["why"] for row in section["examples"]] == [
        *["steady: its category is left out: Multi-Tool"] * 2,
        *["swift: its category is left out: Of its own"] * 2,
    ]


def test_a_choice_is_read_from_the_session(warehouse: Path) -> None:
    (path,) = [path for path in FILES if name(path) == "compare/01_summary"]
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("set variable compare_by = 'source'")
        connection.execute("set variable compare_first = 'swift'")
        connection.execute("set variable compare_second = 'steady'")
        lead = parts(connection, path)["answer"][0]["lead"]
    assert "that both have, swift differs clearly from steady" in lead


# --- the command ------------------------------------------------------------------------------


@pytest.fixture
def home(demo_home: Path, tmp_path: Path) -> Path:
    """A home of its own, to render in."""
    copy = tmp_path / "home"
    copy.mkdir()
    shutil.copyfile((demo_home / "warehouse.duckdb").resolve(), copy / "warehouse.duckdb")
    return copy


def test_the_command_names_two(home: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"  # with two reports only, to be quick
    for report in ("compare", "overview"):
        shutil.copytree(ROOT / "reports" / report, project / "reports" / report)
    shutil.copy(ROOT / "dbt_project.yml", project)
    done = tracehouse("report", "--compare", "swift", "steady", home=home, cwd=project)
    assert done.returncode == 0, done.stderr
    page = (home / "site" / "compare.html").read_text(encoding="utf-8")
    assert "swift differs clearly from steady" in page
    command = re.search(r"tracehouse shell -cmd .*compare/01_summary.sql", page)
    assert command
    assert "compare_first" in command[0]
    overview = (home / "site" / "overview.html").read_text(encoding="utf-8")
    assert "-cmd" not in overview


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("--compare", "steady", "kimi"),
            ("no source or model is named kimi", "sources: steady and swift"),
        ),
        (("--compare", "a", "b", "--by", "config"), ("no source is named a or b",)),
        (("--compare", "swift", "swift"), ("these are the same",)),
        (
            ("--compare", "steady", "swift", "--by", "model"),
            ("no model is named steady or swift", "models: none"),
        ),
    ],
)
def test_unknown_names_are_told_with_those_that_exist(
    home: Path, arguments: tuple[str, ...], told: tuple[str, ...]
) -> None:
    done = tracehouse("report", *arguments, home=home)
    assert done.returncode == 2
    assert all(text in done.stderr for text in told), done.stderr
    assert not (home / "site").exists()
