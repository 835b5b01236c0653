"""Runs the SQL of the reports, over a connection that can do nothing but read the warehouse."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ingest.secrets import shown as without_secrets
from reports.comparison import VARIABLES, set_variables
from reports.definitions import SectionFailed, SqlFile, Statement
from reports.records import Result, records
from tracehouse.errors import StorageError
from tracehouse.marts import VARIABLE, folder_of, glob_prefix, set_folder

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

R = TypeVar("R")
_CHUNK = 2_000
# What can be read could be written to as well; COPY stands within a `with` too.
_WRITES = {"attach", "copy", "export"}

# One thread: sums of doubles and whatever else depends on the order of rows come out the same.
_HARDENED = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "threads": "1",
}


@contextmanager
def opened(
    warehouse: Path, chosen: tuple[tuple[str, str], ...] = ()
) -> Iterator[DuckDBPyConnection]:
    """A connection that can read the warehouse and its macros, and no file, network or setting.

    Of a warehouse that Spark built, it can read the Parquet too. `chosen`: variables that it has.
    Raises: StorageError when the file cannot be opened.
    """
    import duckdb

    warehouse = warehouse.resolve()  # a build may publish another meanwhile
    try:
        connection = duckdb.connect(str(warehouse), read_only=True, config=dict(_HARDENED))
    except duckdb.Error as error:
        raise StorageError(f"the warehouse {warehouse} cannot be opened: {error}") from None
    try:
        if folder := folder_of(warehouse):
            # A glob is checked as it is written, the files that it finds by their names.
            allowed = [str(folder), glob_prefix(folder)]
            connection.execute("set allowed_directories = $1", [allowed])
            connection.execute(set_folder(folder))
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        set_variables(connection, dict(chosen))
        yield connection
    finally:
        connection.close()


def variables(connection: DuckDBPyConnection) -> dict[str, str | None]:
    """What the SQL of the reports can ask of a session, None where it is not set."""
    names = (VARIABLE, *VARIABLES)
    asked = ", ".join(f"getvariable('{name}')" for name in names)
    return dict(zip(names, connection.execute(f"select {asked}").fetchall()[0], strict=True))


class Parts:
    """Runs the parts of one file in a session of its own, which holds its temporary tables."""

    def __init__(self, connection: DuckDBPyConnection, file: SqlFile) -> None:
        self._session = connection.cursor()
        # Each session has variables of its own.
        set_variables(self._session, variables(connection))
        self._file = file
        self._digest = hashlib.sha256()

    def run(self, part: Statement, most: int = _CHUNK) -> Result:
        """The first `most` rows of a part, in texts of which a mark stands for each secret.

        Raises: SectionFailed with the line and column that the database names.
        """
        import duckdb

        self._check_one(part)
        # Blank lines in front make the database count lines as the file does.
        padded = "\n" * (part.line - 1) + part.sql
        try:
            found = self._session.execute(padded)
            rows = found.fetchmany(most)
            total = len(rows)
            self._digest.update(repr((part.part, found.description, rows)).encode())
            while more := found.fetchmany(_CHUNK):
                total += len(more)
                self._digest.update(repr(more).encode())
        except duckdb.Error as error:
            raise _located(self._file, part, str(error)) from None
        described = found.description or []
        rows = [tuple(map(without_secrets, row)) for row in rows]
        return Result([c[0] for c in described], [str(c[1]) for c in described], rows, total)

    def rows(self, part: Statement, row_type: type[R]) -> list[R]:
        """All rows of a part, as records of `row_type`."""
        return self.typed(part, self.run(part), row_type)

    def typed(self, part: Statement, result: Result, row_type: type[R]) -> list[R]:
        """The rows of a result as records of `row_type`.

        Raises: SectionFailed with the column that is missing or not of the field's type.
        """
        try:
            return records(result, row_type)
        except ValueError as error:
            raise self.failed(part, str(error)) from None

    @property
    def results_sha256(self) -> str:
        """Hash of the columns and all rows that the parts gave so far, in their order."""
        return self._digest.hexdigest()

    def close(self) -> None:
        """Ends the session; its temporary tables go."""
        self._session.close()

    def _check_one(self, part: Statement) -> None:
        import duckdb

        try:
            words = _keywords(part.sql)
            count = len(duckdb.extract_statements(part.sql))
        except duckdb.Error:
            return  # running it tells the line
        if banned := _WRITES & words:
            raise self.failed(part, f"{banned.pop().upper()}: a report can only read")
        if count != 1:
            raise self.failed(part, f"holds {count} statements; it is to be one, ended by `;`")

    def failed(self, part: Statement, message: str) -> SectionFailed:
        """The error of a part that ran, but whose rows are not what they are to be."""
        return SectionFailed(self._file.path, f"part `{part.part}`: {message}", part.line)


def _keywords(sql: str) -> set[str]:
    """The keywords in the text, in lower case."""
    import duckdb

    raw = sql.encode()  # tokens are counted in bytes
    starts = [s for s, kind in duckdb.tokenize(sql) if kind == duckdb.token_type.keyword]
    words = (re.match(rb"\w*", raw[start : start + 40]) for start in starts)
    return {word[0].decode().lower() for word in words if word}


def _located(file: SqlFile, part: Statement, error: str) -> SectionFailed:
    """The database's message with the line, and the column where its excerpt is not cut."""
    message, _, excerpt = error.partition("\n\nLINE ")
    place = re.match(r"(\d+): (.*)\n( *)\^", excerpt)
    if place is None:
        return SectionFailed(file.path, f"part `{part.part}`: {error.strip()}", part.line)
    column = len(place[3]) - len(f"LINE {place[1]}: ") + 1
    is_cut = place[2].startswith("...")
    text = f"part `{part.part}`: {message.strip()}"
    return SectionFailed(file.path, text, int(place[1]), None if is_cut else column)
