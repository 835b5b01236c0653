"""Everything that can go wrong in a way that a person should read about.

TracehouseError            exit code
├── BuildFailed            1   the work was done, but tests failed or too much was rejected
├── UsageError             2   the command or its input is not what was expected
├── BusyError              3   another process does the same thing now
└── StorageError           4   a file cannot be read or written
    └── WorkerKilled       4   a process that does part of the work is gone
"""

from __future__ import annotations


class TracehouseError(Exception):
    """A message for a person: what is wrong, where, and what to do."""

    exit_code = 1


class BuildFailed(TracehouseError):
    """Finished, but tests failed or more was rejected than allowed."""

    exit_code = 1


class UsageError(TracehouseError):
    """The command line, the configuration or the input is not usable as it is."""

    exit_code = 2


class BusyError(TracehouseError):
    """Another tracehouse process holds the lock."""

    exit_code = 3


class StorageError(TracehouseError):
    """A file or folder cannot be read or written."""

    exit_code = 4


class WorkerKilled(StorageError):
    """A process that does part of the work was killed."""
