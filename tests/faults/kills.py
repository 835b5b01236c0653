"""Kills steps of a small home and looks at what is left, and at what a rerun makes of it."""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from tests.command import PROGRAM

_STOPPED = Path(__file__).with_name("stopped.py")
_NUMBER = re.compile(r"[0-9]{6}")
_KEPT = 3  # of a numbered kind: two, and one that a kill kept from being removed
State = dict[str, Any]
# What the build before had left in the ledger: after a kill that published, the rerun finds its own.
LEDGER = "int_split_ledger_read"


def files(folder: Path) -> State:
    """The hash of each file in a published folder, by its path."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def parquet(home: Path) -> State:
    return files(home / "parquet")


def site(home: Path) -> State:
    return files(home / "site")


def export(home: Path) -> State:
    return files(home / "finetune")


def warehouse(home: Path) -> State:
    """Each table's rows as a number that their order does not change, the macros, and the Parquet that
    the step after it takes for what it was built from."""
    from tracehouse.paths import Home
    from tracehouse.warehouse import built_from

    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        names = connection.execute(
            "select schema_name, table_name from duckdb_tables() order by all"
        ).fetchall()
        found: State = {
            f"{schema}.{table}": connection.execute(
                f'select count(*), sum(hash(rows)) from "{schema}"."{table}" as rows'
            ).fetchone()
            for schema, table in names
            if table != LEDGER
        }
        found["macros"] = connection.execute(
            "select count(*) from duckdb_functions() where not internal"
        ).fetchone()
    built = built_from(Home(home))
    found["built_from"] = built.name if built else None
    return found


@dataclass(frozen=True, slots=True)
class Step:
    """A step: how it is run, in which home it begins, what it publishes."""

    name: str
    arguments: tuple[str, ...]
    state: Callable[[Path], State]
    begin: Path
    project: Path | None = None  # the working directory


@dataclass(slots=True)
class Reference:
    """What the step does where nobody kills it: measured once."""

    before: State
    after: State
    others: dict[str, State]
    names: Counter[str]
    changes: list[str]
    seconds: float


@dataclass(slots=True)
class Tally:
    """Kills of one step, and in which state they left it."""

    kills: int = 0
    missed: int = 0  # the step had ended before its kill came
    before: int = 0
    after: int = 0
    untouched: int = 0  # of those before: nothing was written yet
    problems: list[str] = field(default_factory=list)


class Harness:
    """Kills one step again and again, each time in a new copy of the home in which it begins."""

    STATES = (("ingest", parquet), ("build", warehouse), ("report", site), ("finetune", export))

    def __init__(self, step: Step, root: Path) -> None:
        self.step, self.home, self.log = step, root / "home", root / "changes.log"
        self.tally = Tally()
        root.mkdir(parents=True, exist_ok=True)
        self.reference = self._measured()

    def _measured(self) -> Reference:
        self.restore()
        before, others = self.step.state(self.home), self._others()
        started = time.monotonic()
        with self.start(stop=0) as process:
            assert process.wait(300) == 0, self._said()
        seconds = time.monotonic() - started
        after = self.step.state(self.home)
        assert before != after, f"{self.step.name} changes nothing: a kill of it shows nothing"
        changes = self.log.read_text(encoding="utf-8").splitlines()
        return Reference(before, after, others, names(self.home), changes, seconds)

    def restore(self) -> None:
        """The home in which the step begins; at one place always, for dbt keeps what it parsed by it."""
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(self.step.begin, self.home, symlinks=True)

    def start(self, stop: int | None = None) -> subprocess.Popen[bytes]:
        """The step in a process group of its own; `stop`: the change before which it is killed."""
        command = [str(PROGRAM)]
        if stop is not None:
            command = [
                sys.executable,
                "-P",
                str(_STOPPED),
                str(stop),
                str(self.home),
                str(self.log),
            ]
        with self.home.with_name("said").open("wb") as said:
            return subprocess.Popen(
                [*command, *self.step.arguments],
                env=os.environ | {"TRACEHOUSE_HOME": str(self.home)},
                cwd=self.step.project, stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def _said(self) -> str:
        return self.home.with_name("said").read_text(encoding="utf-8")

    def _others(self) -> dict[str, State]:
        return {name: state(self.home) for name, state in self.STATES if state != self.step.state}

    def kill_after(self, seconds: float, *, whole_tree: bool = True) -> bool:
        """Kills the tree, or its root alone, whose children have to follow by themselves; False
        where it had ended before."""
        with self.start() as process:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL) if whole_tree else process.kill()
        wait_for_end(process.pid)
        return process.returncode == -signal.SIGKILL

    def kill_at(self, change: int) -> bool:
        """Kills the tree before the change of that number, counted from 1."""
        with self.start(stop=change) as process:
            assert process.wait(300) == -signal.SIGKILL, self._said()
        wait_for_end(process.pid)
        return True

    def trial(self, what: str, kill: Callable[[], bool]) -> None:
        """A kill, and everything that has to hold then."""
        self.restore()
        begin = seen(self.home)
        if not kill():
            self.tally.missed += 1
            return
        self.tally.kills += 1
        is_untouched = seen(self.home) == begin
        self.tally.untouched += is_untouched
        # A rerun in a home that is as it was would be the run that the others are compared with.
        if wrong := self._left() or ("" if is_untouched else self._rerun()):
            self.tally.problems.append(f"{self.step.name}, {what}: {wrong}")

    def _left(self) -> str:
        """What is wrong with what the kill left."""
        reference = self.reference
        state = self.step.state(self.home)
        if self._others() != reference.others:
            return "it changed what another step publishes"
        if state == reference.after:
            self.tally.after += 1
            return ""
        if state != reference.before:
            return (
                f"what is published is neither the old nor the new: {_difference(state, reference)}"
            )
        self.tally.before += 1
        return ""

    def _rerun(self) -> str:
        """What is wrong with what a rerun makes of it."""
        with self.start() as process:
            code = process.wait(300)
        if code:
            return f"the rerun ended with {code}: {self._said()}"
        state = self.step.state(self.home)
        if state != self.reference.after:
            return f"the rerun gives other bytes: {_difference(state, self.reference)}"
        return self.litter()

    def litter(self) -> str:
        """Names that a run which nobody kills does not leave, or leaves fewer of."""
        found = names(self.home)
        if new := found.keys() - self.reference.names.keys():
            return f"litter stays: {sorted(new)}"
        return next(
            (f"{n} × {name}" for name, n in found.items()
             if n > max(_KEPT, self.reference.names[name])), "",
        )  # fmt: skip


def _difference(state: State, reference: Reference) -> str:
    keys = {key for key in state | reference.after if state.get(key) != reference.after.get(key)}
    return f"{len(keys)} entries are not the new ones: {sorted(keys)[:5]}"


def names(home: Path) -> Counter[str]:
    """The names in the home, down to the folders that are published, their numbers left out."""
    found: Counter[str] = Counter()
    for folder in (home, *(path for path in home.iterdir() if path.is_dir())):
        for path in folder.iterdir():
            if folder.name not in ("site", "parquet"):
                found[_NUMBER.sub("N", path.relative_to(home).as_posix())] += 1
    return found


def seen(home: Path) -> State:
    """What would show that anything but a lock was written in the home."""
    return {
        str(path): (found.st_ino, found.st_size, found.st_mtime_ns)
        for path in home.rglob("*")
        if path.suffix != ".lock"
        for found in [path.lstat()]
    }


def wait_for_end(group: int) -> None:
    """Waits until no process of the group runs. Raises: AssertionError after 10 s."""
    deadline = time.monotonic() + 10
    while any(_runs_in(path, group) for path in Path("/proc").glob("[0-9]*/stat")):
        assert time.monotonic() < deadline, "a child outlives the kill"
        time.sleep(0.02)


def _runs_in(stat: Path, group: int) -> bool:
    try:
        fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return False
    return fields[2] == str(group) and fields[0] not in "ZX"


def points(changes: list[str], count: int, draw: random.Random) -> list[int]:
    """Numbers of changes, from 1: of those that give a name or take one away first, then of the
    others, as drawn; again from the start where `count` is more than there are."""
    publishing = ("os.rename", "os.symlink", "os.remove", "os.rmdir")
    order = draw.sample(range(1, len(changes) + 1), len(changes))
    order.sort(key=lambda number: not changes[number - 1].startswith(publishing))
    return [order[index % len(order)] for index in range(count)]
