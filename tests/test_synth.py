"""Every count of the synthetic set's manifest, and of the real files, as the warehouse gives it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from bench.synth.dataset import Options, make
from tests.command import tracehouse

SHARED = Path(__file__).resolve().parents[1] / "../shared/data"
REAL = (
    SHARED / "hermes" / "lambda_kimi_fragments.jsonl",
    SHARED / "openai_messages" / "tau_bench_gpt-4o-airline.json",
)
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared traces are not here")


@dataclass(frozen=True, slots=True)
class Built:
    """A warehouse over the synthetic set and the real files, and the folder of the synthetic set."""

    connection: duckdb.DuckDBPyConnection
    synthetic: Path

    def counts(self, query: str) -> dict[str, int]:
        """The numbers by source."""
        return dict(self.connection.execute(query).fetchall())

    def row(self, query: str) -> tuple[object, ...]:
        (found,) = self.connection.execute(query).fetchall()
        return tuple(found)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """300 conversations with so many ill-formed pieces that each kind occurs; one build over all."""
    folder = tmp_path_factory.mktemp("synth")
    home, synthetic = folder / "home", folder / "in"
    make(Options(synthetic, conversations=300, seed=1, shards=2, row_group=40, dirty=4))
    sources = [synthetic, *(path for path in REAL if path.exists())]
    for step in (["ingest", *sources], ["build"]):
        done = tracehouse(*step, home=home)
        assert done.returncode == 0, done.stderr + done.stdout
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        for table in ("blocks", "tool_calls", "tool_responses"):
            files = f"{home}/parquet/{table}/*.parquet"
            connection.execute(
                f"create temp view raw_{table} as select source, parquet.* "
                f"from read_parquet('{files}') as parquet "
                "join dim_conversations using (conversation_id)"
            )
        yield Built(connection, synthetic)


def truth(built: Built) -> dict[str, Counter[str]]:
    """The manifest: source → kind → number."""
    text = (built.synthetic / "manifest.json").read_text(encoding="utf-8")
    return {name: Counter(counts) for name, counts in json.loads(text)["counts"].items()}


# Each kind of the manifest, and where the warehouse has it.
FOUND = {
    "conversations": "dim_conversations",
    "messages_system": "fct_turns where role = 'system'",
    "messages_human": "fct_turns where role = 'user'",
    "messages_gpt": "fct_turns where role = 'assistant'",
    "messages_tool": "fct_turns where role = 'tool'",
    "thinks": "raw_blocks where kind = 'think'",
    "think_unclosed": "raw_blocks where kind = 'think' and not is_closed",
    "think_literal_tag": "raw_blocks where kind = 'think' and body like '%<tool_call>%'",
    "calls": "fct_tool_calls",
    "call_malformed_json": "fct_tool_calls where is_malformed",
    "call_unclosed": "raw_blocks where kind = 'tool_call' and not is_closed",
    "call_literal_tag": "raw_tool_calls where arguments like '%</tool_call>%'",
    "call_unknown_tool": "fct_tool_calls where is_unknown_tool",
    "call_bad_arguments": "fct_tool_calls where is_invalid_arguments",
    "responses": "raw_blocks where kind = 'tool_response'",
    "response_not_json": "raw_blocks where issue = 'not_json'",
    "response_literal_tag": "raw_blocks where kind = 'tool_response' "
    "and body like '%</tool_response>%'",
    "response_missing": "fct_tool_calls where not is_answered",
}


@pytest.mark.parametrize("kind", FOUND)
def test_the_warehouse_counts_what_was_put_in(built: Built, kind: str) -> None:
    expected = {source: counts[kind] for source, counts in truth(built).items()}
    assert sum(expected.values()) > 0
    found = built.counts(
        "with found as (from " + FOUND[kind] + ") select source, count(*) from found "
        "where source in ('kimi', 'glm-5.1') group by source"
    )
    assert {source: found.get(source, 0) for source in expected} == expected


def test_rule_a_finds_every_failure_that_is_json(built: Built) -> None:
    """Hermes' rule A reads a failure in the fields; a failure that is no JSON has none."""
    found = built.counts(
        "select source, count(*) from fct_tool_calls where is_error_hermes_a group by source"
    )
    expected = truth(built)
    assert sum(counts["failures_not_json"] for counts in expected.values()) > 0
    for source, counts in expected.items():
        assert found[source] == counts["failures"] - counts["failures_not_json"]


def test_no_response_is_without_its_call(built: Built) -> None:
    assert built.row(
        "select sum(orphan_response_count), sum(response_count) - "
        "(select count(*) from fct_tool_calls where is_answered) from dim_conversations"
    ) == (0, 0)


def test_not_a_byte_of_text_is_lost(built: Built) -> None:
    """Blocks hold all messages; the manifest counts the column of tools too."""
    (blocks,) = built.row(
        "select sum(strlen(opener) + strlen(body) + strlen(closer)) from raw_blocks "
        "where source in ('kimi', 'glm-5.1')"
    )
    (tools,) = built.row(
        f"select sum(strlen(tools)) from read_parquet('{built.synthetic}/*/*.parquet')"
    )
    assert isinstance(blocks, int)
    assert isinstance(tools, int)
    assert blocks + tools == sum(counts["text_bytes"] for counts in truth(built).values())


def test_rows_depend_on_the_seed_only(tmp_path: Path) -> None:
    """Not on how many files, row groups and processes they are made with."""

    def rows(name: str, **more: Any) -> list[tuple[object, ...]]:
        counts = make(Options(tmp_path / name, conversations=20, **more))
        assert sum(found["conversations"] for found in counts.values()) == 20
        files = f"{tmp_path}/{name}/*/*.parquet"
        return duckdb.execute(f"from read_parquet('{files}') order by id").fetchall()

    first = rows("a", seed=3, shards=1, jobs=1)
    assert rows("b", seed=3, shards=3, jobs=2, row_group=4) == first
    assert rows("c", seed=4, shards=1, jobs=1) != first


@needs_shared
def test_the_real_fragments(built: Built) -> None:
    here = "where source = 'lambda_kimi_fragments'"
    assert built.row(f"select count(*), sum(turn_count) from dim_conversations {here}") == (2, 17)
    assert built.row(
        "select count(*), count(*) filter (where is_error_hermes_a), "
        f"count(*) filter (where is_error_hermes_b) from fct_tool_calls {here}"
    ) == (11, 4, 4)
    assert built.row(
        "select count(*) filter (where is_closed), count(*) filter (where not is_closed) "
        f"from raw_blocks {here} and kind = 'tool_response'"
    ) == (8, 1)
    assert built.row(
        f"select list(distinct call_count order by call_count) from fct_turns {here} and has_calls"
    ) == ([1, 2, 4],)


@needs_shared
def test_the_real_tau_bench_file(built: Built) -> None:
    here = "where source = 'tau_bench_gpt-4o-airline'"
    assert built.row(
        "select count(*), sum(assistant_turn_count), sum(tool_turn_count), "
        "count(distinct prompt_group_id), count(*) filter (where outcome_score = 1.0), "
        f"count(outcome_score) from dim_conversations {here}"
    ) == (200, 2454, 1164, 50, 84, 200)
    assert built.row(
        f"select count(*) from raw_tool_responses {here} and body_head like 'Error%'"
    ) == (73,)
