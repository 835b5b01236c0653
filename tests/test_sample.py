"""The committed sample has the properties that its card promises, and can be recorded again."""

from __future__ import annotations

import json
import statistics
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import jsonschema_rs
import pyarrow.parquet as pq
import pytest

from data.recorder.figures import Conversation, figures, read_folder, table
from data.recorder.record import SCHEMA, by_config, record_all, runs, write
from data.recorder.script import edit, grep, read, sh
from data.recorder.tasks import TASKS
from data.recorder.toolbox import Toolbox
from data.recorder.tools import Tools, problem
from data.recorder.workspace import build

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "sample"
MEGABYTE = 1_000_000
# Quick tasks of several worlds, with slips, follow-ups and failing tests among them.
REPEATED = ("status-codes", "tax-rounding", "overdue-todos")


@pytest.fixture(scope="module")
def sample() -> list[Conversation]:
    return read_folder(SAMPLE)


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Toolbox:
    return Toolbox.make(tmp_path_factory.mktemp("toolbox"))


def _prompts(sample: list[Conversation]) -> dict[str, list[Conversation]]:
    groups = defaultdict(list)
    for conversation in sample:
        groups[conversation.prompt].append(conversation)
    return groups


def _one(sample: list[Conversation], config: str) -> dict[str, int | float]:
    return figures([conversation for conversation in sample if conversation.config == config])


# --- shape of the files ---------------------------------------------------------------------------


@pytest.mark.parametrize("config", ["swift", "steady"])
def test_file_has_exactly_the_schema_of_the_dataset(config: str) -> None:
    file = pq.ParquetFile(SAMPLE / config / "train.parquet")
    assert file.schema_arrow.equals(SCHEMA)
    assert [(field.name, str(field.type)) for field in file.schema_arrow][1] == (
        "conversations",
        "list<element: struct<from: string, value: string>>",
    )
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"


def test_sample_is_small() -> None:
    size = sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file())
    assert size <= 4 * MEGABYTE


def test_ids_are_unique_uuids(sample: list[Conversation]) -> None:
    ids = [conversation.row["id"] for conversation in sample]
    assert len(set(ids)) == len(ids)
    assert all(str(uuid.UUID(text)) == text for text in ids)


def test_datasets_reads_the_folder_by_its_card(tmp_path: Path) -> None:
    from datasets import get_dataset_config_names, load_dataset

    assert sorted(get_dataset_config_names(str(SAMPLE))) == ["steady", "swift"]
    loaded = load_dataset(str(SAMPLE), "swift", split="train", cache_dir=str(tmp_path))
    expected = pq.read_table(SAMPLE / "swift" / "train.parquet")
    assert loaded["id"][:] == expected["id"].to_pylist()
    assert loaded[0]["conversations"] == expected["conversations"][0].as_py()


def test_card_states_the_measured_figures() -> None:
    assert table(SAMPLE) in (SAMPLE / "README.md").read_text(encoding="utf-8")


# --- what is in it --------------------------------------------------------------------------------


def test_five_categories_with_enough_prompts(sample: list[Conversation]) -> None:
    prompts, parts = defaultdict(set), defaultdict(set)
    for conversation in sample:
        prompts[conversation.row["category"]].add(conversation.prompt)
        parts[conversation.row["category"]].add(conversation.row["subcategory"])
    assert len(prompts) == 5
    assert min(map(len, prompts.values())) >= 12
    assert min(map(len, parts.values())) >= 2


def test_each_prompt_is_played_about_five_times_and_by_both(sample: list[Conversation]) -> None:
    groups = _prompts(sample)
    assert 280 <= len(sample) <= 330
    assert len(groups) >= 60
    assert 4 <= statistics.mean(map(len, groups.values())) <= 6
    assert all(3 <= len(group) <= 7 for group in groups.values())
    assert all({c.config for c in group} == {"swift", "steady"} for group in groups.values())


def test_runs_of_a_prompt_differ_but_for_one_copy(sample: list[Conversation]) -> None:
    texts = Counter(json.dumps(conversation.row["conversations"]) for conversation in sample)
    assert sorted(texts.values(), reverse=True)[:2] == [2, 1]


def test_steps_are_few_and_some_are_parallel(sample: list[Conversation]) -> None:
    measured = figures(sample)
    assert measured["fewest steps of a conversation"] >= 2
    assert measured["most steps of a conversation"] <= 10
    assert 0.10 <= measured["parallel share"] <= 0.20


def test_failures_are_recovered_from_and_not(sample: list[Conversation]) -> None:
    for config in ("swift", "steady"):
        measured = _one(sample, config)
        assert measured["failing calls, tool works later"] >= 50
        assert measured["failing calls, tool never works again"] >= 50
        assert measured["conversations without a failing call"] >= 30


def test_failures_are_of_many_kinds(sample: list[Conversation]) -> None:
    texts = [
        str(problem(result["content"]))
        for conversation in sample
        for step in conversation.steps
        for result in step.results
    ]
    for evidence in (
        "File not found: ",
        "command not found",
        "Could not find a match",
        "ModuleNotFoundError: ",
        "FAILED (failures=",
        "timed out after 1s",
        "Clarify tool is not available",
        "Error: Invalid JSON arguments.",
        "does not exist. Available tools: ",
    ):
        assert any(evidence in text for text in texts), evidence


def test_rare_endings_and_broken_calls_exist(sample: list[Conversation]) -> None:
    measured = figures(sample)
    for name in (
        "malformed calls",
        "calls of a tool not offered",
        "conversations that end with a call",
        "conversations that end with results",
        "conversations that end with a question",
        "conversations with a second user turn",
    ):
        assert 3 <= measured[name] <= 60, name


def test_the_two_agents_behave_differently(sample: list[Conversation]) -> None:
    swift, steady = _one(sample, "swift"), _one(sample, "steady")
    assert steady["median words of a thought"] > 2 * swift["median words of a thought"]
    assert steady["captured thoughts share"] > swift["captured thoughts share"] + 0.2
    assert swift["parallel share"] > steady["parallel share"] + 0.03


def test_trouble_clusters_by_prompt(sample: list[Conversation]) -> None:
    """Between prompts the number of failing calls varies more than chance would have it."""
    groups = [[len(c.recoveries()) for c in group] for group in _prompts(sample).values()]
    within = statistics.mean(statistics.variance(group) for group in groups)
    size = statistics.mean(map(len, groups))
    assert statistics.variance(map(statistics.mean, groups)) > 1.5 * within / size


# --- the text layout ------------------------------------------------------------------------------


def _calls(sample: list[Conversation]) -> Iterator[tuple[Conversation, dict[str, object]]]:
    for conversation in sample:
        for step in conversation.steps:
            yield from ((conversation, call) for call in step.calls if call is not None)


def test_system_prompt_holds_the_tools_and_an_example_that_is_not_json(
    sample: list[Conversation],
) -> None:
    for conversation in sample:
        system = conversation.row["conversations"][0]
        assert system["from"] == "system"
        assert f"<tools>\n{conversation.row['tools']}\n</tools>" in system["value"]
        assert system["value"].endswith(
            "<tool_call>\n{'name': <function-name>,'arguments': <args-dict>}\n</tool_call>"
        )


def test_results_stand_in_one_tool_turn_in_the_order_of_the_calls(
    sample: list[Conversation],
) -> None:
    for conversation in sample:
        turns = [turn["from"] for turn in conversation.row["conversations"]]
        assert all(before == "gpt" for before, turn in pairwise(turns) if turn == "tool")
        for step in conversation.steps:
            pairs = zip(step.calls, step.results, strict=bool(step.results))
            assert all(call is None or call["name"] == result["name"] for call, result in pairs)


def test_arguments_are_valid_for_the_offered_tools(sample: list[Conversation]) -> None:
    for conversation, call in _calls(sample):
        functions = [tool["function"] for tool in json.loads(conversation.row["tools"])]
        schemas = {function["name"]: function["parameters"] for function in functions}
        if call["name"] in schemas:
            assert jsonschema_rs.is_valid(schemas[str(call["name"])], call["arguments"])


def test_some_results_hold_tags_as_text(sample: list[Conversation]) -> None:
    assert any(
        "</think>" in turn["value"] and "<tool_call>" in turn["value"]
        for conversation in sample
        for turn in conversation.row["conversations"]
        if turn["from"] == "tool"
    )


def test_no_path_of_a_machine_is_left(sample: list[Conversation]) -> None:
    text = "\n".join(t["value"] for c in sample for t in c.row["conversations"])
    for trace in ("/tmp/", "/home/", "/root", "/Users/", "site-packages", str(Path.home())):
        assert trace not in text, trace


# --- the recorder ---------------------------------------------------------------------------------


def test_recording_twice_gives_the_same_bytes_and_the_committed_calls(
    sample: list[Conversation], tmp_path: Path
) -> None:
    tasks = [task for task in TASKS if task.key in REPEATED]
    for name in ("first", "second"):
        for config, rows in by_config(record_all(runs(tasks, seed=1))).items():
            write(rows, tmp_path / name / config / "train.parquet")
    for config in ("swift", "steady"):
        first, second = (tmp_path / name / config / "train.parquet" for name in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()
    committed = {conversation.row["id"]: _deeds(conversation) for conversation in sample}
    recorded = read_folder(tmp_path / "first")
    assert len(recorded) > len(REPEATED)
    assert all(_deeds(c) == committed[c.row["id"]] for c in recorded if c.row["id"] in committed)
    assert sum(conversation.row["id"] not in committed for conversation in recorded) == 1  # copy


def _deeds(conversation: Conversation) -> list[object]:
    """What was asked and done, without what tools printed and the agent said."""
    return [conversation.prompt, [step.calls for step in conversation.steps]]


def test_recorder_answers_a_bad_patch_a_missing_file_and_a_timeout(
    box: Toolbox, tmp_path: Path
) -> None:
    tools = Tools(build("ledger", tmp_path, box), "coding")
    answers = tools.answer(
        (
            edit("ledger/money.py", "no such text", ""),
            read("ledger/mony.py"),
            sh("sleep 9", timeout=1),
            sh("grep nothing README.md"),
            grep("TAX_PERCENT = "),
        )
    )
    assert answers[0] == {
        "success": False,
        "error": "Could not find a match for old_string in ledger/money.py",
    }
    assert isinstance(answers[1], dict)
    assert answers[1]["error"] == "File not found: ledger/mony.py"
    assert "ledger/money.py" in str(answers[1]["similar_files"])
    assert answers[2] == {"output": "", "exit_code": 124, "error": "Command timed out after 1s"}
    assert isinstance(answers[3], dict)
    assert answers[3]["exit_code"] == 1
    assert [problem(answer) for answer in answers[3:]] == [None, None]


def test_programs_that_are_not_in_the_toolbox_are_not_found(box: Toolbox, tmp_path: Path) -> None:
    place = build("notes", tmp_path, box)
    assert place.run(["bash", "-c", "jq --version"], timeout=9).returncode == 127
    printed = place.run(["python3", "-c", "import os; print(os.getcwd())"], timeout=9).stdout
    assert printed == "/workspace\n"
