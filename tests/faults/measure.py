"""Memory of a command with all its children."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.command import PROGRAM


@dataclass(frozen=True, slots=True)
class Run:
    """How a command ended; `memory` is the most that it and its children held at once, in bytes."""

    returncode: int
    stdout: str
    stderr: str
    memory: int


def measured(*arguments: object, home: Path) -> Run:
    """Runs `tracehouse ARGUMENTS`. Pages that processes share count once (PSS)."""
    out, err = home.with_name("measured.out"), home.with_name("measured.err")
    with out.open("w+") as stdout, err.open("w+") as stderr:
        process = psutil.Popen(
            [str(PROGRAM), *map(str, arguments)],
            env=os.environ | {"TRACEHOUSE_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
        )
        most = 0
        while process.poll() is None:
            most = max(most, _memory(process))
            time.sleep(0.05)
    return Run(process.returncode, out.read_text(), err.read_text(), most)


def _memory(process: psutil.Process) -> int:
    total = 0
    try:
        for each in (process, *process.children(recursive=True)):
            total += each.memory_full_info().pss
    except psutil.Error:  # one has just ended
        pass
    return total
