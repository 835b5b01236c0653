"""Runs a command as a tree of processes, and measures it from outside."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psutil

from tracehouse.errors import BuildFailed

_INTERVAL = 0.03  # seconds between two looks at the memory
_MAX_SHARE = 0.03  # of one core, for looking: the larger the processes, the more a look costs
_LAST_LINES = 15


@dataclass(frozen=True, slots=True)
class Measured:
    """What a command took, its start and its end included.

    Units: seconds; CPU is user + system of all processes of the tree; MiB. `peak_mib` is the
    largest sum of PSS over the tree that was seen in `samples` looks (PSS: pages that several
    processes share are counted once), `peak_rss_mib` the same of RSS (once per process).
    """

    wall_s: float
    cpu_s: float
    peak_mib: float
    peak_rss_mib: float
    samples: int
    stdout: str


def measure(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Measured:
    """Runs the command to its end.

    One at a time: CPU time is what all children of this process used meanwhile.
    Raises: BuildFailed where it does not exit with 0, with the last lines of what it said.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            env=os.environ | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            start_new_session=True,
        )
        watch = _MemoryWatch(process.pid)
        try:
            stdout, _ = process.communicate()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            wall = time.perf_counter() - started
            watch.stop()
        said.seek(0)
        lines = said.read().splitlines()
    if process.returncode:
        last = "\n".join(f"  {line}" for line in lines[-_LAST_LINES:])
        raise BuildFailed(f"{' '.join(command)} ended with {process.returncode}:\n{last}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(wall, cpu, watch.pss / 2**20, watch.rss / 2**20, watch.samples, stdout)


class _MemoryWatch:
    """Looks at the memory of a process and all that descend from it, in a thread of its own."""

    def __init__(self, pid: int) -> None:
        self.pss = self.rss = self.samples = 0
        self._root = psutil.Process(pid)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread; the figures stand."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        pause = 0.0
        while not self._ended.wait(pause):
            started = time.thread_time()
            pss, rss = self._look()
            self.pss, self.rss = max(self.pss, pss), max(self.rss, rss)
            self.samples += 1
            pause = max(_INTERVAL, (time.thread_time() - started) / _MAX_SHARE)

    def _look(self) -> tuple[int, int]:
        pss = rss = 0
        try:
            tree = [self._root, *self._root.children(recursive=True)]
        except psutil.Error:  # it has just ended
            return 0, 0
        for process in tree:
            try:
                found = process.memory_full_info()
            except (psutil.Error, ProcessLookupError):
                continue
            pss, rss = pss + found.pss, rss + found.rss
        return pss, rss
