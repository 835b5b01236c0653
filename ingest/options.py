"""What a person may say about an ingest. Imports nothing, so that `--help` answers at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """What the command line says; `limit` is the number of records per source.

    `redact` is what to take out of the text: nothing, `secrets`, or `personal` data too.
    `spark` is the Spark master to work on; None is this machine, with `workers` processes.
    """

    configs: tuple[str, ...] = ()
    revision: str | None = None
    limit: int | None = None
    format: str | None = None
    source: str | None = None
    workers: int | None = None
    fresh: bool = False
    redact: str = ""
    spark: str | None = None
