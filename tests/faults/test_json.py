"""JSON, cases 13 to 25: broken, doubled, deep, endless and non-finite values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.options import IngestOptions, Limits
from ingest.run import ingest
from tests.command import tracehouse
from tests.traces import chat, ids, record, rows, write_lines
from tracehouse.errors import UsageError

pytestmark = pytest.mark.faults
CALL = '<tool_call>\n{"name": "f", "arguments": %s}\n</tool_call>'


@pytest.mark.case(14)
def test_a_list_in_a_file_of_lines_is_read_as_one(tmp_path: Path) -> None:
    for indent in (None, 1):
        path = tmp_path / f"{indent}.jsonl"
        path.write_text(json.dumps([record(0), record(1)], indent=indent))
        summary = ingest([str(path)], tmp_path / f"home{indent}")
        assert (summary.conversations, summary.files[0].rejects) == (2, 0)


@pytest.mark.case(14)
def test_lines_that_are_lists_of_messages_are_lines(tmp_path: Path) -> None:
    bare = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "x"}]
    summary = ingest([str(write_lines(tmp_path / "in.jsonl", [bare, bare]))], tmp_path / "home")
    assert (summary.conversations, summary.files[0].rejects) == (2, 0)


@pytest.mark.case(15)
def test_records_over_several_lines_are_told_how_to_be_lines(tmp_path: Path) -> None:
    pretty = "".join(json.dumps(record(i), indent=2) + "\n" for i in range(3))
    path = tmp_path / "in" / "pretty.jsonl"
    path.parent.mkdir()
    path.write_text(pretty)
    with pytest.raises(UsageError, match="each has to stand on one line, as `jq -c"):
        ingest([str(path)], tmp_path / "home")
    write_lines(tmp_path / "in" / "good.jsonl", [record(1)])
    done = tracehouse("ingest", path.parent, home=tmp_path / "home")
    assert done.returncode == 1
    assert "✗ pretty.jsonl: no record of it can be read" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param('{"a": NaN}', (None, "missing", "non_finite"), marks=pytest.mark.case(16)),
        pytest.param('{"a": -Infinity}', (None, "missing", "non_finite"), marks=pytest.mark.case(16)),
        pytest.param('{"a": 1, "a": 2}', ('{"a":2}', "object", "duplicate_key"), marks=pytest.mark.case(17)),
        pytest.param('{"a": 1,}', (None, "missing", "bad_json"), marks=pytest.mark.case(18)),
        pytest.param("// why\n{}", (None, "missing", "bad_json"), marks=pytest.mark.case(18)),
        pytest.param("{'a': 1}", (None, "missing", "bad_json"), marks=pytest.mark.case(18)),
        pytest.param("[" * 300 + "]" * 300, (None, "missing", "too_deep"), marks=pytest.mark.case(19)),
        pytest.param("1" * 5000, (f'"{"1" * 5000}"', "string", "big_integer"), marks=pytest.mark.case(20)),
        pytest.param('{"a": 9223372036854775808}', ('{"a":"9223372036854775808"}', "object", "big_integer"), marks=pytest.mark.case(21)),
        pytest.param('{"a": 1e400}', (None, "missing", "non_finite"), marks=pytest.mark.case(22)),
        pytest.param("{}", ("{}", "object", None), marks=pytest.mark.case(23)),
        pytest.param("null", ("null", "null", None), marks=pytest.mark.case(23)),
        pytest.param('"text"', ('"text"', "string", None), marks=pytest.mark.case(23)),
        pytest.param("[1]", ("[1]", "array", None), marks=pytest.mark.case(23)),
        pytest.param(r'"{\"a\": 1}"', ('{"a":1}', "string", None), marks=pytest.mark.case(24)),
        pytest.param(r'"\"{}\""', (r'"\"{}\""', "string", None), marks=pytest.mark.case(24)),
        pytest.param('{"__proto__": {}, "constructor": 1, "<script>": 2}', ('{"<script>":2,"__proto__":{},"constructor":1}', "object", None), marks=pytest.mark.case(25)),
    ],
)  # fmt: skip
def test_arguments_of_a_call(tmp_path: Path, arguments: str, expected: Any) -> None:
    """The call as written stays in its block, whatever could be made of it."""
    odd = record(0)
    odd["conversations"] = [
        {"from": "human", "value": "Go"},
        {"from": "gpt", "value": CALL % arguments},
    ]
    parquet = ingest([str(write_lines(tmp_path / "in.jsonl", [odd]))], tmp_path / "home").parquet
    found = rows(parquet, "tool_calls", "arguments, arguments_kind, issue, parse_status")
    is_read = expected[0] is not None
    assert found == [(*expected, "ok" if is_read else "malformed")]
    assert rows(parquet, "blocks", "body", "where kind = 'tool_call'") == [
        (f'{{"name": "f", "arguments": {arguments}}}',)
    ]
    assert rows(parquet, "turns", "distinct is_lossless") == [(True,)]


@pytest.mark.case(19)
@pytest.mark.parametrize("depth", [201, 100_000])
@pytest.mark.parametrize("pair", [("[", "]"), ('{"a":', "}")])
def test_a_deep_record_is_a_reject_wherever_it_stands(
    tmp_path: Path, depth: int, pair: tuple[str, str]
) -> None:
    deep = pair[0] * depth + "1" + pair[1] * depth
    path = write_lines(tmp_path / "in.jsonl", [deep, record(0), deep])
    summary = ingest([str(path)], tmp_path / "home")
    assert ids(summary.parquet) == ["in/c0"]
    assert rows(summary.parquet, "rejects", "distinct reason") == [("too_deep",)]


@pytest.mark.case(19)
def test_the_depth_that_is_allowed_can_be_chosen(tmp_path: Path) -> None:
    meta: Any = 1
    for _ in range(300):
        meta = [meta]
    path = write_lines(tmp_path / "in.jsonl", [record(0), record(1, meta=meta)])
    assert ingest([str(path)], tmp_path / "a").conversations == 1
    more = IngestOptions(limits=Limits(depth=400))
    assert ingest([str(path)], tmp_path / "b", more).conversations == 2
    again = ingest([str(path)], tmp_path / "a", more)  # the option changes rows: it is read again
    assert again.conversations == 2


@pytest.mark.case(24)
def test_arguments_as_text_are_decoded_once(tmp_path: Path) -> None:
    odd = chat("f", "g")
    once, thrice = odd["messages"][1]["tool_calls"]
    once["function"]["arguments"] = '{"a": 1}'  # as the API has it
    thrice["function"]["arguments"] = json.dumps(json.dumps('{"a": 1}'))
    parquet = ingest([str(write_lines(tmp_path / "in.jsonl", [odd]))], tmp_path / "home").parquet
    found = rows(parquet, "tool_calls", "arguments, arguments_kind", "order by call_index")
    assert found == [('{"a":1}', "object"), (json.dumps(json.dumps('{"a": 1}')), "string")]


@pytest.mark.case(25)
def test_keys_of_javascript_are_plain_text(tmp_path: Path) -> None:
    odd = record(0) | {"__proto__": {"a": 1}, "constructor": 1, "<script>": 2}
    parquet = ingest([str(write_lines(tmp_path / "in.jsonl", [odd]))], tmp_path / "home").parquet
    ((extra,),) = rows(parquet, "conversations", "extra")
    assert json.loads(extra) == {"__proto__": {"a": 1}, "constructor": 1, "<script>": 2}
