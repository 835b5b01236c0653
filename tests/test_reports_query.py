"""The SQL of a report can read the warehouse, and nothing else; errors lead to the line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from reports.charts.rows import Bar, Dot
from reports.definitions import SectionFailed, SqlFile, Statement
from reports.query import Parts, opened
from tests.tiny import warehouse
from tracehouse.errors import StorageError

FILE = SqlFile("reports/one/01_a.sql", b"")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with opened(warehouse(tmp_path / "w.duckdb")) as found:
        yield found


@pytest.fixture
def parts(connection: duckdb.DuckDBPyConnection) -> Iterator[Parts]:
    with closing(Parts(connection, FILE)) as made:
        yield made


def part(sql: str, line: int = 7) -> Statement:
    return Statement("rows", sql, line)


@pytest.mark.parametrize(
    "sql",
    [
        "copy (select 1) to '{folder}/out.csv';",
        "select * from read_text('/etc/hostname');",
        "select * from '/etc/hostname';",
        "attach '{folder}/other.duckdb';",
        "export database '{folder}/all';",
        "install httpfs;",
        "load httpfs;",
        "set enable_external_access = true;",
        "set threads = 8;",
        "reset lock_configuration;",
        "create table new_one as select 1;",
        "drop table dim_files;",
        "delete from dim_files;",
    ],
)
def test_a_query_can_only_read_the_warehouse(parts: Parts, tmp_path: Path, sql: str) -> None:
    before = sorted(tmp_path.iterdir())
    with pytest.raises(SectionFailed, match=r"reports/one/01_a.sql, line 7"):
        parts.run(part(sql.format(folder=tmp_path)))
    assert sorted(tmp_path.iterdir()) == before


def test_a_temporary_table_is_seen_by_its_own_file_alone(
    connection: duckdb.DuckDBPyConnection, parts: Parts
) -> None:
    parts.run(part("create or replace temp table base as select 1 as one;"))
    assert parts.run(part("select one from base;")).rows == [(1,)]
    with closing(Parts(connection, FILE)) as other, pytest.raises(SectionFailed, match="base"):
        other.run(part("select one from base;"))


@pytest.mark.parametrize(
    ("sql", "place"),
    [
        ("select\n    path,\n    nosuch\nfrom dim_files;", "line 9, column 5"),
        ("select 'é' || nosuch from dim_files;", "line 7, column 15"),
        ("select * from\nfrom dim_files;", "line 8"),
        ("select\n cast('x' as int);", "line 8, column 2"),
        ("select error('no');", "line 7"),
    ],
)
def test_an_error_names_the_line_and_column_of_the_file(parts: Parts, sql: str, place: str) -> None:
    with pytest.raises(SectionFailed) as failed:
        parts.run(part(sql))
    assert failed.value.place.startswith(f"reports/one/01_a.sql, {place}")


def test_the_column_is_left_out_where_the_databases_excerpt_is_cut(parts: Parts) -> None:
    with pytest.raises(SectionFailed) as failed:
        parts.run(part(f"select '{'a' * 300}', nosuch, '{'b' * 300}' from dim_files;"))
    assert failed.value.place == "reports/one/01_a.sql, line 7"


@pytest.mark.parametrize("sql", ["select 1; select 2;", "", "-- nothing"])
def test_a_part_is_one_statement(parts: Parts, sql: str) -> None:
    with pytest.raises(SectionFailed, match="it is to be one"):
        parts.run(part(sql))


def test_rows_become_records_and_defaults_need_no_column(parts: Parts) -> None:
    sql = "select 'a' as label, 2::decimal(5, 1) as value, 't' as text, 'tip' as tip, 1 as more;"
    assert parts.rows(part(sql), Bar) == [Bar("a", 2.0, "t", "tip")]
    sql = (
        "select 'a' as label, 0.5 as value, null as lo, null as hi, sum(3) as n, 't' as text, "
        "'tip' as tip, true as few;"
    )
    assert parts.rows(part(sql), Dot) == [Dot("a", 0.5, None, None, 3, "t", "tip", True)]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            "'a' as label, 1 as value, 't' as text",
            "column `tip` is missing; there are label, value",
        ),
        ("'a' as label, 'x' as value, 't' as text, 't' as tip", "column `value`, row 1: a number"),
        ("'a' as label, null as value, 't' as text, 't' as tip", "a number is needed, not null"),
        ("'a' as label, 'nan'::double as value, 't' as text, 't' as tip", "a finite number"),
        ("1 as label, 1 as value, 't' as text, 't' as tip", "column `label`, row 1: a text"),
        ("'a' as label, 1 as value, 't' as text, 't' as tip, 1.5 as n", "a whole number"),
        ("'a' as label, 1 as value, 't' as text, 't' as tip, 1 as strong", "true or false"),
    ],
)
def test_a_column_that_does_not_fit_is_named(parts: Parts, columns: str, message: str) -> None:
    with pytest.raises(SectionFailed, match="part `rows`") as failed:
        parts.rows(part(f"select {columns};"), Bar)
    assert message in str(failed.value)


def test_no_more_rows_are_held_than_asked_for_but_all_are_counted(parts: Parts) -> None:
    result = parts.run(part("select * from range(5001);"), most=10)
    assert len(result.rows) == 10 and result.total == 5001


def test_a_file_that_is_no_warehouse_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "w.duckdb").write_text("no", encoding="utf-8")
    with pytest.raises(StorageError, match="cannot be opened"), opened(tmp_path / "w.duckdb"):
        pass
    with pytest.raises(StorageError, match="cannot be opened"), opened(tmp_path / "none.duckdb"):
        pass
