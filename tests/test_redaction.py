"""Secrets at ingest: found, kept out of all that is derived, and with --redact out of the text."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.generations import Store
from ingest.options import IngestOptions
from ingest.run import IngestSummary, ingest
from ingest.schema import TABLES
from tests.given_back import SHARED, needs_shared
from tests.test_secrets import made
from tests.traces import chat, record, rows, write_lines

TOKEN = made("ghp_{alnum:36}")[0]
OTHER = made("glpat-{b64u:20}")[0]
PASSWORD = made("{alnum:12}4k")[0]
ESCAPED = made("hf_{alnum:34}")[0]
SECRETS = (TOKEN, OTHER, PASSWORD, ESCAPED)
RAW = {("blocks", "body"), ("turns", "extra"), ("conversations", "extra")}
MARK = "[secret: github-token]"


def tagged() -> dict[str, Any]:
    """A conversation that holds a secret wherever one can stand."""
    arguments = {"cmd": f"curl -H 'X: {TOKEN}'", "password": PASSWORD}
    escaped = json.dumps({"x": ESCAPED}).replace("hf_", "\\u0068f_")
    calls = "\n".join(
        f'<tool_call>\n{{"name": "run", "arguments": {text}}}\n</tool_call>'
        for text in (json.dumps(arguments), escaped)
    )
    # The head of 2,000 characters ends within the second token.
    content = {"error": f"bad {TOKEN}", "output": "x" * 1940 + f" {TOKEN} {OTHER}"}
    answer = json.dumps({"tool_call_id": "", "name": "run", "content": content})
    named = {"name": f"run {OTHER}", "description": "x", "parameters": {}}
    return {
        "id": "c",
        "category": f"of {OTHER}",
        "note": [{"deep": TOKEN}],
        "tools": json.dumps(
            [{"name": "run", "description": f"try {OTHER}", "parameters": {}}, named]
        ),
        "conversations": [
            {"from": "human", "value": f"My token is {TOKEN}\nand {OTHER}."},
            {"from": "gpt", "value": f"<think>\nuse {TOKEN}\n</think>\n{calls}", "more": TOKEN},
            {"from": "tool", "value": f"<tool_response>\n{answer}\n</tool_response>"},
            {"from": "gpt", "value": "<think>\n</think>\nDone."},
        ],
    }


def malformed() -> dict[str, Any]:
    """A conversation with a secret in a call that is no JSON."""
    call = f"<tool_call>\n{{'name': 'run', 'token': '{TOKEN}'\n</tool_call>"
    found = tagged() | {"id": "m"}
    found["conversations"][1]["value"] = f"<think>\n\n</think>\n{call}"
    return found


def structured() -> dict[str, Any]:
    """The same in OpenAI messages, whose arguments are text within the JSON."""
    found = chat("run", answer=f"said {TOKEN}", id="d")
    arguments = json.dumps({"password": PASSWORD, "t": TOKEN})
    found["messages"][1]["tool_calls"][0]["function"]["arguments"] = arguments
    found["messages"][1]["finish_reason"] = f"stopped by {OTHER}"
    return found


def source(folder: Path) -> str:
    lines = [tagged(), f'{{"broken": "{TOKEN}', record(1), {"no": f"shape {OTHER}"}]
    write_lines(folder / "in" / "tagged.jsonl", lines)
    write_lines(folder / "in" / f"openai-{TOKEN}.jsonl", [structured()])
    return str(folder / "in")


def texts(summary: IngestSummary) -> dict[tuple[str, str], list[str]]:
    """All texts of all tables, by table and column."""
    found: dict[tuple[str, str], list[str]] = {}
    for table in TABLES:
        for path in sorted((summary.parquet / table.name).glob("*.parquet")):
            read = pq.read_table(path)
            for column in read.column_names:
                if pa.types.is_string(read[column].type) or pa.types.is_large_string(
                    read[column].type
                ):
                    kept = [text for text in read[column].to_pylist() if text]
                    found.setdefault((table.name, column), []).extend(kept)
    return found


def holding(summary: IngestSummary, *secrets: str) -> set[tuple[str, str]]:
    """Table and column of each text that holds one of the secrets."""
    return {
        place
        for place, found in texts(summary).items()
        if any(secret in text for text in found for secret in secrets)
    }


@pytest.mark.case(114, 118)
def test_every_place_of_a_secret_is_found_and_its_value_is_in_no_derived_column(
    tmp_path: Path,
) -> None:
    summary = ingest([source(tmp_path)], tmp_path / "home")
    assert summary.balances
    found = Counter(
        rows(
            summary.parquet,
            "secret_findings",
            "turn_index, block_index, field, rule_id",
            "where conversation_id = 'in/c'",
        )
    )
    assert found == {
        (0, 0, "body", "github-token"): 1,
        (0, 0, "body", "gitlab-token"): 1,
        (1, 0, "body", "github-token"): 1,
        (1, 1, "body", "github-token"): 1,
        (1, 1, "body", "password"): 1,
        (1, 2, "body", "hugging-face-token"): 1,
        (1, None, "extra", "github-token"): 1,
        (2, 0, "body", "github-token"): 2,
        (2, 0, "body", "gitlab-token"): 1,
        (None, None, "category", "gitlab-token"): 1,
        (None, None, "extra", "github-token"): 1,
        (None, None, "tool_definitions", "gitlab-token"): 2,
    }
    assert holding(summary, *SECRETS) <= RAW | {("tool_definitions", "description")}
    (names,) = rows(
        summary.parquet,
        "conversations",
        "category, extra",
        "where conversation_id = 'in/c'",
    )
    assert names[0] == "of [secret: gitlab-token]"
    assert json.loads(names[1])["$names"] == {"category": f"of {OTHER}"}
    assert holding(summary, TOKEN) >= {("blocks", "body"), ("turns", "extra")}
    derived = max(texts(summary)["tool_responses", "body_head"], key=len)
    assert len(derived) == 2000 and derived.endswith("x [secret:")


def test_a_place_leads_to_the_bytes_of_the_secret(tmp_path: Path) -> None:
    summary = ingest([source(tmp_path)], tmp_path / "home")
    places = rows(
        summary.parquet,
        "secret_findings",
        "turn_index, block_index, byte_offset, byte_count",
        "where rule_id = 'github-token' and block_index is not null and conversation_id = 'in/c'",
    )
    bodies = {
        (turn, block): body
        for turn, block, body in rows(
            summary.parquet,
            "blocks",
            "turn_index, block_index, body",
            "where conversation_id = 'in/c'",
        )
    }
    for turn, block, offset, count in places:
        assert bodies[turn, block].encode()[offset : offset + count].decode() == TOKEN


def test_what_lies_in_the_home_is_for_its_owner_only(tmp_path: Path) -> None:
    summary = ingest([source(tmp_path)], tmp_path / "home")
    files = [*summary.parquet.rglob("*.parquet"), *(tmp_path / "home/rejects").iterdir()]
    assert len(files) > 10
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_rejects_keep_their_bytes_and_show_no_secret(tmp_path: Path) -> None:
    summary = ingest([source(tmp_path)], tmp_path / "home")
    shown = texts(summary)["rejects", "preview"]
    assert sum(MARK in text for text in shown) == 1
    kept = b"".join(path.read_bytes() for path in (tmp_path / "home/rejects").iterdir())
    assert TOKEN.encode() in kept and OTHER.encode() in kept


def test_a_secret_in_escapes_of_json_is_found_in_rejects_and_names_too(tmp_path: Path) -> None:
    spelt = TOKEN.replace("_", "\\u005f")
    lines = [f'{{"messages": [{spelt}', json.dumps(chat() | {"model": f"m {spelt}"})]
    path = tmp_path / "in.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    summary = ingest([str(path)], tmp_path / "home", IngestOptions(redact="secrets"))
    (preview,) = texts(summary)["rejects", "preview"]
    (kept,) = (tmp_path / "home/rejects").iterdir()
    assert MARK in preview
    assert MARK.encode() in kept.read_bytes()
    assert spelt not in preview and spelt.encode() not in kept.read_bytes()
    plain = ingest([str(path)], tmp_path / "plain")
    assert texts(plain)["conversations", "model"] == [f"m {MARK}"]


def test_redact_leaves_no_secret_anywhere_and_gives_back_the_rest(tmp_path: Path) -> None:
    home = tmp_path / "home"
    plain = ingest([source(tmp_path)], tmp_path / "plain")
    summary = ingest([source(tmp_path)], home, IngestOptions(redact="secrets"))
    assert summary.balances
    assert holding(summary, *SECRETS) == set()
    for path in (home / "rejects").iterdir():
        assert not [s for s in SECRETS if s.encode() in path.read_bytes()]
    assert rows(summary.parquet, "turns", "bool_and(is_lossless)") == [(True,)]
    assert rows(summary.parquet, "files", "distinct redacted") == [("secrets",)]
    counts = "count(*), count(*) filter (where is_redacted)"
    (kept,), (gone,) = (rows(s.parquet, "secret_findings", counts) for s in (plain, summary))
    assert (kept[0], gone[1]) == (gone[0], kept[0]) and kept[1] == 0
    (asked,) = rows(summary.parquet, "blocks", "body", "where body like 'My token%'")
    assert asked[0] == f"My token is {MARK}\nand [secret: gitlab-token]."


def test_redacting_later_leaves_nothing_of_what_was_there(tmp_path: Path) -> None:
    home = tmp_path / "home"
    ingest([source(tmp_path)], home)
    ingest([source(tmp_path)], home, IngestOptions(redact="secrets"))
    files = [path for path in home.rglob("*") if path.is_file()]
    tables = [pq.read_table(path) for path in files if path.suffix == ".parquet"]
    assert not [s for s in SECRETS for table in tables if s in str(table.to_pydict())]
    rejects = [path.read_bytes() for path in files if path.parent.name == "rejects"]
    assert rejects and not [s for s in SECRETS for raw in rejects if s.encode() in raw]


def test_the_manifest_says_what_was_redacted_and_with_which_rules(tmp_path: Path) -> None:
    home = tmp_path / "home"
    ingest([source(tmp_path)], home, IngestOptions(redact="personal"))
    entries = Store(home).manifest().files.values()
    assert {entry.redacted for entry in entries} == {"personal"}
    assert all("redact=personal rules=" in entry.options for entry in entries)


def test_workers_change_nothing_of_what_is_redacted(tmp_path: Path) -> None:
    place = source(tmp_path)
    one, two = (
        ingest([place], tmp_path / name, IngestOptions(redact="secrets", workers=int(name)))
        for name in ("1", "2")
    )
    for path in sorted(one.parquet.rglob("*.parquet")):
        assert path.read_bytes() == (two.parquet / path.relative_to(one.parquet)).read_bytes()


@pytest.mark.case(117)
def test_personal_data_goes_only_when_asked_for(tmp_path: Path) -> None:
    text = "mail jane{at}corp-mail.org, see /home/janedoe/x on 93.184.216.34"
    text = made(text)[0]
    lines = [record(0, conversations=[{"from": "human", "value": text}])]
    place = str(write_lines(tmp_path / "in.jsonl", lines))
    kept = ingest([place], tmp_path / "a", IngestOptions(redact="secrets"))
    gone = ingest([place], tmp_path / "b", IngestOptions(redact="personal"))
    assert rows(kept.parquet, "blocks", "body") == [(text,)]
    assert rows(kept.parquet, "secret_findings") == []
    assert rows(gone.parquet, "blocks", "body") == [
        ("mail [personal: email], see /home/[personal: home-folder]/x on [personal: ip-address]",)
    ]


@needs_shared
@pytest.mark.parametrize("name", ["pi", "claude_code", "codex", "droid", "swe_agent", "inspect"])
def test_a_redacted_record_of_any_format_is_read_as_every_other(tmp_path: Path, name: str) -> None:
    plain = ingest([str(SHARED / name)], tmp_path / "a")
    clean = ingest([str(SHARED / name)], tmp_path / "b", IngestOptions(redact="personal"))
    shape = "conversation_id, turn_index, role, is_lossless"
    order = "order by conversation_id, turn_index"
    assert rows(clean.parquet, "turns", shape, order) == rows(plain.parquet, "turns", shape, order)
    assert rows(clean.parquet, "blocks", "count(*)") == rows(plain.parquet, "blocks", "count(*)")
    found = rows(clean.parquet, "secret_findings", "count(*)")[0][0]
    marks = sum(
        text.count("[personal: ")
        for place in (("blocks", "body"), ("turns", "extra"), ("conversations", "extra"))
        for text in texts(clean).get(place, ())
    )
    assert marks == found
