"""What stands at the head and the foot of every page: which data, whether every row is accounted
for, and what the page was made with.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from reports.model import Balance, Day, Furniture, Input
from reports.records import Result, records
from reports.text import count_text, counted, day_text, listed, megabytes, short_hash
from tracehouse.errors import UsageError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

R = TypeVar("R")
_INPUTS_SHOWN = 20
_FINDINGS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class _Sums:
    row_count: int
    rejects: int
    blanks: int
    bytes: int
    files: int


@dataclass(frozen=True, slots=True)
class _Conversations:
    conversations: int
    duplicates: int
    first_day: str | None
    last_day: str | None


@dataclass(frozen=True, slots=True)
class _Dataset:
    dataset: str


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    row_count: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Build:
    build_id: str
    tracehouse_version: str
    dbt_version: str
    duckdb_version: str
    schema_version: str
    spark_version: str | None = None  # of a build on Spark


@dataclass(frozen=True, slots=True)
class _Test:
    name: str
    kind: str
    status: str
    failures: int | None


_SUMS = """
select
    cast(coalesce(sum(row_count), 0) as bigint) as row_count,
    cast(coalesce(sum(reject_count), 0) as bigint) as rejects,
    cast(coalesce(sum(blank_count), 0) as bigint) as blanks,
    cast(coalesce(sum(bytes), 0) as bigint) as bytes,
    count(*) as files
from dim_files"""
_CONVERSATIONS = """
select
    count(*) as conversations,
    count(duplicate_of_id) as duplicates,
    strftime(min(started_at), '%Y-%m-%d') as first_day,
    strftime(max(started_at), '%Y-%m-%d') as last_day
from dim_conversations"""
_DATASETS = """
select coalesce(dataset, source) as dataset
from dim_files
group by coalesce(dataset, source)
order by sum(row_count) desc, coalesce(dataset, source)"""
_FILES = f"""
select
    path,
    coalesce(row_count, 0) as row_count,
    coalesce(bytes, 0) as bytes,
    coalesce(sha256, '') as sha256
from dim_files
order by row_count desc, path, file_id
limit {_INPUTS_SHOWN}"""
_BUILD = "select * from meta.build"
_TESTS = """
select
    coalesce(nullif(description, ''), name) as name,
    kind,
    status,
    cast(failure_count as bigint) as failures
from meta.tests
order by kind, name"""


def read_furniture(connection: DuckDBPyConnection) -> Furniture:
    """What the warehouse says about its inputs and its making.

    Raises: UsageError when a table that each build writes is not there.
    """
    (sums,) = _read(connection, _SUMS, _Sums)
    (counts,) = _read(connection, _CONVERSATIONS, _Conversations)
    names = [row.dataset for row in _read(connection, _DATASETS, _Dataset)]
    files = _read(connection, _FILES, _File)
    builds = _read(connection, _BUILD, _Build)
    if len(builds) != 1:
        raise UsageError(f"meta.build has {len(builds)} rows, not 1: build the warehouse again")
    tests, findings = _tests(_read(connection, _TESTS, _Test))
    size = f"{counted(counts.conversations, 'conversation')} from {counted(sums.files, 'file')}"
    return Furniture(
        conversations=counts.conversations,
        datasets=listed(names) or "No data yet",
        days=_days(counts),
        size=size,
        balance=_balance(sums, counts),
        inputs=[
            Input(f.path, count_text(f.row_count), megabytes(f.bytes), short_hash(f.sha256))
            for f in files
        ],
        more_inputs=_more(sums, files),
        versions=_versions(builds[0]),
        build_id=builds[0].build_id,
        tests=tests,
        findings=findings,
    )


def _read(connection: DuckDBPyConnection, sql: str, row_type: type[R]) -> list[R]:
    import duckdb

    try:
        found = connection.execute(sql)
        rows = found.fetchall()
        columns = [(column[0], str(column[1])) for column in found.description or []]
        result = Result([c[0] for c in columns], [c[1] for c in columns], rows, len(rows))
        return records(result, row_type)
    except (duckdb.Error, ValueError) as error:
        raise UsageError(
            f"the warehouse is not as `tracehouse build` leaves it: {error}\nBuild it again."
        ) from None


def _balance(sums: _Sums, counts: _Conversations) -> Balance:
    return Balance(
        rows=count_text(sums.row_count),
        conversations=count_text(counts.conversations),
        rejected=count_text(sums.rejects),
        blank=count_text(sums.blanks),
        duplicates=f"{counted(counts.duplicates, 'conversation is', 'conversations are')} an exact "
        "copy of another and left out of the figures."
        if counts.duplicates
        else "No two conversations are the same.",
        is_even=sums.row_count == counts.conversations + sums.rejects + sums.blanks,
    )


def _days(counts: _Conversations) -> list[Day]:
    """The first and the last day that the data names; none where it has no times."""
    days = sorted({day for day in (counts.first_day, counts.last_day) if day})
    return [Day(day_text(datetime.fromisoformat(day)), day) for day in days]


def _more(sums: _Sums, shown: list[_File]) -> str:
    """What the list of inputs leaves out."""
    if sums.files == len(shown):
        return ""
    rows = sums.row_count - sum(file.row_count for file in shown)
    size = sums.bytes - sum(file.bytes for file in shown)
    files = counted(sums.files - len(shown), "more file")
    return f"and {files} with {counted(rows, 'row')}, {megabytes(size)} MB"


def _versions(build: _Build) -> str:
    spark = f"spark {build.spark_version} · " if build.spark_version else ""
    return (
        f"tracehouse {build.tracehouse_version} · {spark}duckdb {build.duckdb_version} · "
        f"dbt-core {build.dbt_version} · schema {build.schema_version}"
    )


def _tests(tests: list[_Test]) -> tuple[str, list[str]]:
    """How many tests passed, and what the others found."""
    others = [test for test in tests if test.status != "pass"]
    findings = [
        f"{test.name}: {count_text(test.failures or 0)}"
        + ("" if test.kind == "input" else f" ({test.status})")
        for test in others
    ]
    hidden = len(findings) - _FINDINGS_SHOWN
    if hidden > 0:
        findings = [*findings[:_FINDINGS_SHOWN], f"and {hidden:,} more"]
    if not tests:
        return "none ran", []
    passed = f"{count_text(len(tests) - len(others))} of {counted(len(tests), 'test')} passed"
    return passed + (", the others found:" if others else ""), findings
