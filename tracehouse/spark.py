"""The Spark session that ingest and dbt work in."""

from __future__ import annotations

import os
import socket
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tracehouse.errors import UsageError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CONNECT = "sc://"
MASTER = "TRACEHOUSE_SPARK"  # by the environment: an address may hold a token
NO_SPARK = 69  # exit code of a process in which no session could be made
_ADDRESSES = ("spark.driver.bindAddress", "spark.driver.host")
_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.catalogImplementation": "in-memory",  # Hive's would leave a Derby folder behind
    "spark.driver.maxResultSize": "0",  # ids come back from the tasks of ingest: no limit
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


def session(master: str, scratch: Path) -> SparkSession:
    """The session on `master`: local[N], spark://…, yarn, or sc://… for Spark Connect.

    What Spark writes beside results (tables without a location, shuffles, its log) goes under
    `scratch`.
    A session that is there already is taken as it is; settings are those of a new one.
    Raises: UsageError where pyspark or a Java runtime is missing, or the master cannot be reached.
    """
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise UsageError("Spark is not installed: pip install 'tracehouse[spark]'") from None
    builder = SparkSession.builder.appName("tracehouse")
    if master.startswith(CONNECT):
        builder = builder.remote(master)
    else:
        builder = builder.master(master).config(map=_SETTINGS | _folders(scratch))
    if master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = builder.config(map=dict.fromkeys(_ADDRESSES, "127.0.0.1"))
    log = scratch / "spark.log"
    log.unlink(missing_ok=True)
    try:
        _knock(master)
        with _quiet(log):
            return builder.getOrCreate()
    except (PySparkException, Py4JError, OSError, RuntimeError, ValueError) as error:
        more = f"\nwhat it said is in {log}" if log.exists() else ""
        shown = master.partition(";")[0]  # what follows may be a token
        raise UsageError(f"there is no Spark at {shown}: {first_line(error)}{more}") from None


def open_for_dbt(scratch: str) -> None:
    """Makes the session on the master TRACEHOUSE_SPARK that dbt then works in.

    Ends the process with NO_SPARK where it cannot be made.
    """
    master = os.environ[MASTER]
    if master.startswith(CONNECT):
        os.environ["SPARK_REMOTE"] = master  # where dbt's own builder looks for it
        # which asks for Hive's catalog with each statement
        warnings.filterwarnings("ignore", "Failed to set spark.sql.catalogImplementation")
    try:
        session(master, Path(scratch))
    except UsageError as error:
        print(error, flush=True)  # noqa: T201 (dbt's messages go there too)
        sys.exit(NO_SPARK)


def _knock(master: str) -> None:
    """Says at once where nobody listens: Spark Connect would try for ten minutes."""
    place = urlsplit(master.partition(";")[0])
    if master.startswith(CONNECT):
        socket.create_connection((place.hostname or "", place.port or 15002), timeout=10).close()


@contextmanager
def _quiet(log: Path) -> Iterator[None]:
    """What a Java process started in the block writes to stderr, now and later, goes to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with log.open("wb") as file:
            os.dup2(file.fileno(), 2)
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)


def _folders(scratch: Path) -> dict[str, str]:
    scratch.mkdir(parents=True, exist_ok=True)
    return {
        "spark.sql.warehouse.dir": str(scratch / "tables"),
        "spark.local.dir": str(scratch / "local"),
    }


def first_line(error: Exception) -> str:
    """What was wrong, without the traces of Java and Python around it."""
    lines = [line.strip(" :") for line in str(error).splitlines() if line.strip(" :")]
    said = next((line for line in lines if "An error occurred while calling" not in line), None)
    return said or type(error).__name__
