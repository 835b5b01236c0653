"""What an export writes: messages, masks, files, and the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import datasets
import pytest

from finetune.export import export
from finetune.options import ExportOptions
from finetune.tools import without_tools
from tests.command import tracehouse
from tests.finetune_home import exported, made
from tests.traces import chat, record, write_lines
from tracehouse.errors import UsageError
from tracehouse.paths import Home

_CALLS = """<think>
Look first.
</think>
I will look.
<tool_call>
{"name": "ls", "arguments": {"path": "b", "all": true}}
</tool_call>
<tool_call>
{"name": "pwd", "arguments": {}}
</tool_call>"""
_ANSWERS = """<tool_response>
{"tool_call_id": "x1", "name": "ls", "content": {"files": ["a", "b"]}}
</tool_response>
<tool_response>
{"tool_call_id": "x2", "name": "pwd", "content": "/home"}
</tool_response>"""
_TOOLS = [
    {"type": "function", "function": {"name": name, "description": f"Runs {name}."}}
    for name in ("ls", "pwd")
]
_SYSTEM = f"""You call functions.
<tools>
{json.dumps(_TOOLS)}
</tools>
Return JSON.
Example:
<tool_call>
{{'name': <function-name>,'arguments': <args-dict>}}
</tool_call>
Be brief."""
TALK = {
    "id": "talk",
    "tools": json.dumps(_TOOLS),
    "conversations": [
        {"from": "system", "value": _SYSTEM},
        {"from": "human", "value": "What is here?"},
        {"from": "gpt", "value": _CALLS},
        {"from": "tool", "value": _ANSWERS},
        {"from": "gpt", "value": "<think>\n</think>\nTwo files."},
        {"from": "human", "value": "And there?"},
        {"from": "gpt", "value": "<think>\nI cannot know.\n</think>\nNo idea."},
    ],
}


def _home(tmp_path: Path, *records: dict[str, Any], change: str = "") -> Home:
    return made(tmp_path / "home", write_lines(tmp_path / "t.jsonl", records), change=change)


def _row(tmp_path: Path, **options: Any) -> dict[str, Any]:
    _, rows = exported(_home(tmp_path, TALK), **options)
    return rows[0]


def test_messages_have_one_entry_per_call_and_per_response(tmp_path: Path) -> None:
    messages = _row(tmp_path)["messages"]
    roles = [message["role"] for message in messages]
    assert roles == [
        "system",
        "user",
        "assistant",
        "tool",
        "tool",
        "assistant",
        "user",
        "assistant",
    ]
    assert messages[2] == {
        "role": "assistant",
        "content": "I will look.",
        "reasoning_content": "Look first.",
        "tool_calls": [
            {
                "id": "x1",
                "type": "function",
                "function": {"name": "ls", "arguments": {"path": "b", "all": True}},
            },
            {"id": "x2", "type": "function", "function": {"name": "pwd", "arguments": {}}},
        ],
        "train": 1,
    }
    assert list(messages[2]["tool_calls"][0]["function"]["arguments"]) == ["path", "all"]
    assert messages[3] == {
        "role": "tool",
        "content": '{"files": ["a", "b"]}',
        "name": "ls",
        "tool_call_id": "x1",
        "train": 0,
    }
    assert messages[4]["content"] == "/home"


def test_each_tool_stands_once_in_a_row(tmp_path: Path) -> None:
    row = _row(tmp_path)
    assert row["tools"] == _TOOLS
    assert row["messages"][0]["content"] == "You call functions.\nBe brief."


@pytest.mark.parametrize(
    ("rule", "text"), [("keep", _SYSTEM), ("replace", "Help."), ("strip", without_tools(_SYSTEM))]
)
def test_system_turn_by_option(tmp_path: Path, rule: str, text: str) -> None:
    given = {"system_text": "Help."} if rule == "replace" else {}
    assert _row(tmp_path, system=rule, **given)["messages"][0]["content"] == text


def test_a_system_turn_without_tools_stays_as_it_is() -> None:
    assert without_tools("Use <tools> wisely.\n") == "Use <tools> wisely.\n"


def test_inline_reasoning_is_never_empty(tmp_path: Path) -> None:
    row = _row(tmp_path, think="inline", missing_reasoning="keep")
    answers = [m["content"] for m in row["messages"] if m["role"] == "assistant"]
    assert answers == [
        "<think>\nLook first.\n</think>\n\nI will look.",
        "Two files.",
        "<think>\nI cannot know.\n</think>\n\nNo idea.",
    ]


@pytest.mark.parametrize(("rule", "flags"), [("mask", [1, 0, 1]), ("keep", [1, 1, 1])])
def test_turns_without_captured_reasoning(tmp_path: Path, rule: str, flags: list[int]) -> None:
    row = _row(tmp_path, missing_reasoning=rule)
    assert [m["train"] for m in row["messages"] if m["role"] == "assistant"] == flags


def test_conversations_without_captured_reasoning_are_dropped_on_demand(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="without captured reasoning 1"):
        _row(tmp_path, missing_reasoning="drop")


def test_without_reasoning_every_turn_counts(tmp_path: Path) -> None:
    row = _row(tmp_path, reasoning="none", missing_reasoning="drop")
    assert not any("reasoning_content" in message for message in row["messages"])
    assert sum(message["train"] for message in row["messages"]) == 3


def test_one_row_per_exchange_forgets_earlier_reasoning(tmp_path: Path) -> None:
    _, rows = exported(_home(tmp_path, TALK), reasoning="exchange")
    assert [len(row["messages"]) for row in rows] == [6, 8]
    first, second = (
        [("reasoning_content" in m, m["train"]) for m in r["messages"] if m["role"] == "assistant"]
        for r in rows
    )
    assert first == [(True, 1), (False, 0)]
    assert second == [(False, 0), (False, 0), (True, 1)]


def test_failing_calls_are_masked_on_demand(tmp_path: Path) -> None:
    home = _home(tmp_path, TALK, change="insert into fct_tool_calls values ('t/talk', 2, true)")
    _, (row,) = exported(home, mask_failing=True)
    assert [m["train"] for m in row["messages"] if m["role"] == "assistant"] == [0, 0, 1]


def test_a_malformed_call_is_kept_as_text_and_not_trained(tmp_path: Path) -> None:
    talk = json.loads(json.dumps(TALK))
    talk["conversations"][2]["value"] = _CALLS.replace('"all": true}}', '"all": ')
    _, (row,) = exported(_home(tmp_path, talk))
    message = row["messages"][2]
    assert '"all": ' in message["content"]
    assert [call["function"]["name"] for call in message["tool_calls"]] == ["pwd"]
    assert message["train"] == 0


def test_pairs_hold_the_conversation_so_far_and_the_answer(tmp_path: Path) -> None:
    _, rows = exported(
        _home(tmp_path, TALK), format="pairs", reasoning_token="<r>", call_token="<c>"
    )
    assert [(len(row["prompt"]), len(row["response"])) for row in rows] == [(2, 3), (6, 1)]
    assert rows[0]["prompt"][0]["content"] == _SYSTEM
    written = "<r>" + _CALLS.replace("<tool_call>", "<c><tool_call>")
    assert rows[0]["response"][0]["content"] == written
    assert rows[0]["response"][1]["content"] == _ANSWERS


def test_pairs_per_turn_leave_out_what_is_not_trained(tmp_path: Path) -> None:
    _, rows = exported(_home(tmp_path, TALK), format="pairs", per="turn")
    assert [(len(row["prompt"]), len(row["response"])) for row in rows] == [(2, 1), (6, 1)]


def test_a_first_turn_that_was_written_twice_stands_once(tmp_path: Path) -> None:
    talk = json.loads(json.dumps(TALK))
    talk["conversations"].insert(1, talk["conversations"][1])
    doubled = "update finetune_selection set is_first_turn_doubled = true"
    _, (row,) = exported(_home(tmp_path, talk, change=doubled))
    assert [m["role"] for m in row["messages"]][:3] == ["system", "user", "assistant"]


def test_messages_of_other_formats_keep_their_ids(tmp_path: Path) -> None:
    source = chat("ls", "pwd", answer="done")
    source["messages"].append({"role": "assistant", "content": "Fine."})
    _, (row,) = exported(_home(tmp_path, source), missing_reasoning="keep")
    calls = row["messages"][1]["tool_calls"]
    assert [call["id"] for call in calls] == ["call_0", "call_1"]
    assert [m["tool_call_id"] for m in row["messages"] if m["role"] == "tool"] == [
        "call_0",
        "call_1",
    ]


def test_ids_that_repeat_are_numbered_through_the_conversation(tmp_path: Path) -> None:
    source = chat("ls", "pwd")
    more = chat("cat", "date", answer="no")["messages"][1:]
    more[1], more[2] = more[2], more[1]  # answered the other way round
    stray = {"role": "tool", "tool_call_id": "other", "content": "late"}
    source["messages"] += [*more, {"role": "assistant", "content": "Fine."}, stray]
    _, (row,) = exported(_home(tmp_path, source), missing_reasoning="keep")
    calls = [call for m in row["messages"] for call in m.get("tool_calls", [])]
    names = {call["id"]: call["function"]["name"] for call in calls}
    assert names == {"call_0": "ls", "call_1": "pwd", "call_2": "cat", "call_3": "date"}
    answers = [m["tool_call_id"] for m in row["messages"] if m["role"] == "tool"]
    assert answers == ["call_0", "call_1", "call_3", "call_2", "call_4"]


def test_text_that_holds_a_literal_tag_is_left_out_of_tagged_formats(tmp_path: Path) -> None:
    source = chat("ls")
    answer = 'Write:\n<tool_call>\n{"name": "x", "arguments": {}}\n</tool_call>'
    source["messages"][1]["content"] = answer  # beside a call that stands in `tool_calls`
    other = chat("ls")
    other["messages"].append({"role": "assistant", "content": "Fine."})
    home = _home(tmp_path, source, other)
    summary, rows = exported(home, format="sharegpt", missing_reasoning="keep")
    assert len(rows) == 1
    assert summary.left_out == {"text that holds a literal tag": 1}
    assert len(exported(home, missing_reasoning="keep")[1]) == 2


def test_rows_say_where_they_come_from(tmp_path: Path) -> None:
    row = _row(tmp_path)
    assert row["conversation_id"] == "t/talk"
    assert row["provenance"]["source"] == "t"
    assert len(row["provenance"]["file_sha256"]) == 64


def test_rules_with_other_variables_have_another_hash(tmp_path: Path) -> None:
    changed = "update finetune_settings set text_value = '2'"
    _, (row,) = exported(_home(tmp_path, TALK))
    (tmp_path / "other").mkdir()
    _, (other,) = exported(_home(tmp_path / "other", TALK, change=changed))
    hashes = {each["provenance"]["rules_sha256"] for each in (row, other)}
    assert len(hashes) == 2
    card = (tmp_path / "other/home/out/README.md").read_text("utf-8")
    assert "finetune_min_thoughts: 2" in card


def test_media_and_turns_of_no_known_role_are_counted(tmp_path: Path) -> None:
    source = chat("ls")
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    source["messages"].insert(
        0, {"role": "user", "content": [{"type": "text", "text": "See."}, picture]}
    )
    source["messages"].append({"role": "critic", "content": "Hm."})
    source["messages"].append({"role": "assistant", "content": "Fine."})
    summary, (row,) = exported(_home(tmp_path, source), missing_reasoning="keep")
    assert summary.skipped == {"media": 1, "turns of no known role": 1}
    assert "Hm." not in json.dumps(row)
    card = (tmp_path / "home/out/README.md").read_text("utf-8")
    assert "- media: 1\n- turns of no known role: 1" in card


def test_without_any_captured_reasoning_the_way_out_is_named(tmp_path: Path) -> None:
    source = chat("ls")
    source["messages"].append({"role": "assistant", "content": "Fine."})
    home = _home(tmp_path, source)
    with pytest.raises(UsageError, match="--missing-reasoning keep"):
        exported(home)
    summary, _ = exported(home, missing_reasoning="keep")
    assert not summary.hints


def test_an_export_killed_between_its_renames_is_put_right(tmp_path: Path) -> None:
    home = _home(tmp_path, TALK)
    exported(home)
    first = (home.root / "out/train.jsonl", home.root / "out/test.jsonl")
    kept = {p.name: p.read_bytes() for p in first if p.exists()}
    (home.root / "out").rename(home.root / ".out.old")
    (home.root / ".out.new-1").mkdir()
    with pytest.raises(UsageError, match="no row is left"):
        exported(home, missing_reasoning="drop")
    assert {p.name: p.read_bytes() for p in first if p.exists()} == kept
    assert not list(home.root.glob(".out*"))


def test_an_export_is_deterministic_and_replaces_the_one_before(tmp_path: Path) -> None:
    home = _home(tmp_path, *(record(i) for i in range(9)))
    exported(home, format="pairs")
    exported(home)
    first = {path.name: path.read_bytes() for path in (home.root / "out").iterdir()}
    exported(home)
    assert {path.name: path.read_bytes() for path in (home.root / "out").iterdir()} == first
    assert sorted(first) == [
        "README.md", "export.json", "sft_config.yaml", "test.jsonl", "train.jsonl",
        "validation.jsonl",
    ]  # fmt: skip
    assert not list(home.root.glob(".out*"))


@pytest.mark.parametrize(("inner", "verb"), [(".", "is"), ("deep/er", "holds")])
def test_a_folder_with_the_working_directory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inner: str, verb: str
) -> None:
    home = _home(tmp_path, TALK)
    exported(home)
    out = home.root / "out"
    (out / inner).mkdir(parents=True, exist_ok=True)
    before = out.stat().st_ino
    monkeypatch.chdir(out / inner)
    with pytest.raises(UsageError, match=f"out {verb} the working directory"):
        exported(home)
    assert Path.cwd() == out / inner
    assert out.stat().st_ino == before


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    home = _home(tmp_path, TALK)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("keep me", encoding="utf-8")
    with pytest.raises(UsageError, match="did not write"):
        export(home, tmp_path / "mine", ExportOptions())
    assert (tmp_path / "mine/notes.txt").exists()


def test_nothing_to_export_leaves_the_export_before(tmp_path: Path) -> None:
    home = _home(tmp_path, TALK)
    exported(home)
    with pytest.raises(UsageError, match="no row is left"):
        exported(home, missing_reasoning="drop")
    assert (home.root / "out/export.json").exists()


@pytest.mark.parametrize("format", ["trl", "pairs", "sharegpt"])
def test_datasets_loads_the_folder_with_nothing_filled_in(tmp_path: Path, format: str) -> None:  # noqa: A002
    home = _home(tmp_path, TALK, *(record(i) for i in range(9)))
    _, rows = exported(home, format=format)
    loaded = datasets.load_dataset(str(home.root / "out"), cache_dir=str(tmp_path / "cache"))
    found = [row for split in ("train", "validation", "test") for row in loaded[split]]
    assert found == rows


def test_the_command_exports_the_sample(demo_home: Path, tmp_path: Path) -> None:
    done = tracehouse("finetune", "--out", tmp_path / "out", home=demo_home)
    assert done.returncode == 0, done.stderr
    written = [
        line for p in (tmp_path / "out").glob("*.jsonl") for line in p.open(encoding="utf-8")
    ]
    assert f"{len(written)} rows" in done.stdout
    assert all(any(m["train"] for m in json.loads(line)["messages"]) for line in written)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "no warehouse"),
        (["--split", "dev"], "there is no split dev"),
        (["--system", "replace"], "go together"),
    ],
)
def test_the_command_refuses(tmp_path: Path, arguments: list[str], says: str) -> None:
    done = tracehouse("finetune", *arguments, home=tmp_path / "home")
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
