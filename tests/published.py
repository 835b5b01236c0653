"""What a published warehouse holds, and a shell that has one open."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import duckdb

from tests.command import PROGRAM

SHELL = PROGRAM.with_name("duckdb")


def count(path: Path, table: str = "dim_conversations") -> int:
    """Rows of the table in the file at `path`."""
    with duckdb.connect(str(path), read_only=True) as connection:
        row = connection.execute(f"select count(*) from {table}").fetchone()
    assert row is not None
    return int(row[0])


class Shell:
    """A DuckDB shell on a file, and what it answers."""

    def __init__(self, path: Path, *options: str) -> None:
        self._process = subprocess.Popen(
            [str(SHELL), *options, "-csv", "-noheader", str(path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )  # fmt: skip

    def ask(self, sql: str) -> str:
        """The only line of the answer."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(sql + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def kill(self) -> None:
        """Kills DuckDB itself: the process that was started is a script, whose child it is, and which
        would end in good order without it."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self.close()

    def close(self) -> None:
        self._process.communicate()
