"""What a person may say about an ingest. Imports nothing, so that `--help` answers at once."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1_000_000
RATIO_FROM = 100 * MB  # what a file may be unpacked to, however small it is packed


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of hostile or damaged input is taken in; sizes in bytes.

    `ratio`: what a packed byte may become, once more than RATIO_FROM bytes were unpacked; `line`: a
    line, an element of a list, a sample of a log, or a packed document; `value`: one text;
    `depth`: nesting of a record.
    """

    ratio: int = 200
    line: int = 512 * MB
    value: int = 256 * MB
    depth: int = 200


DEFAULTS = Limits()


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """What the command line says; `limit` is the number of records per source.

    `spark` is the Spark master to work on; None is this machine, with `workers` processes.
    """

    configs: tuple[str, ...] = ()
    revision: str | None = None
    limit: int | None = None
    format: str | None = None
    source: str | None = None
    workers: int | None = None
    fresh: bool = False
    spark: str | None = None
    limits: Limits = DEFAULTS
