"""Many small files: few parts, and the rows that one file with the same records gives."""

from __future__ import annotations

import duckdb
import pytest

from bench.many_files import pair
from ingest.run import IngestOptions, IngestSummary, ingest

FILES = 1000
TABLES = ("conversations", "turns", "blocks", "tool_calls", "tool_responses")
# What says which file a row is from.
PLACE = {"conversations": "exclude (file_id, record_index, dataset)"}


@pytest.fixture(scope="module")
def summaries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, IngestSummary]:
    """The same records ingested as a thousand files and as one."""
    folder = tmp_path_factory.mktemp("many")
    inputs = pair(folder, FILES, seed=1)
    found = {}
    for name, source in (("many", inputs.many), ("one", inputs.one)):
        options = IngestOptions(source="s", workers=1)
        found[name] = ingest([str(source)], folder / name, options)
    return found


def test_they_share_few_parts(summaries: dict[str, IngestSummary]) -> None:
    many, one = (summaries[name].parquet for name in ("many", "one"))
    assert len(summaries["many"].files) == FILES
    for table in TABLES:
        parts = list((many / table).iterdir())
        assert len(parts) == len(list((one / table).iterdir())) == 1


def test_each_file_balances(summaries: dict[str, IngestSummary]) -> None:
    lines = summaries["many"].files
    assert all((line.rows, line.conversations, line.rejects) == (1, 1, 0) for line in lines)


@pytest.mark.parametrize("table", TABLES)
def test_their_rows_are_those_of_one_file(summaries: dict[str, IngestSummary], table: str) -> None:
    found = [
        duckdb.execute(
            f"select * {PLACE.get(table, '')} "
            f"from read_parquet('{summaries[name].parquet}/{table}/*.parquet') order by all"
        ).fetchall()
        for name in ("many", "one")
    ]
    assert len(found[0]) >= FILES
    assert found[0] == found[1]


def test_their_columns_are_packed_as_those_of_one_file(summaries: dict[str, IngestSummary]) -> None:
    """A row group per small file would make every later read slow."""
    query = "select max(row_group_id) + 1 from parquet_metadata('{}/blocks/*.parquet')"
    groups = [
        duckdb.execute(query.format(summaries[name].parquet)).fetchall() for name in ("many", "one")
    ]
    assert groups[0] == groups[1]
