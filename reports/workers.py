"""Does pieces of work that need something opened, such as the warehouse: here, or in processes that
open it for themselves. What comes out, and its order, are the same.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from multiprocessing import active_children, get_context
from typing import Any, TypeVar

from tracehouse.children import die_with_parent
from tracehouse.errors import WorkerKilled

Item = TypeVar("Item")
R = TypeVar("R")
Opens = partial[AbstractContextManager[Any]]
_MOST = 4
_WORTH_PROCESSES = 2_000  # conversations; starting a process costs about a second of CPU


def worker_count(conversations: int) -> int:
    """How many processes a rendering is worth: one per core, at most four, where it is long."""
    if conversations < _WORTH_PROCESSES:
        return 1
    return min(len(os.sched_getaffinity(0)), _MOST)


class Held:
    """What is opened, here or in each worker."""

    def __init__(self, pool: ProcessPoolExecutor | None, opens: Opens, held: Any) -> None:
        self._pool = pool
        self._opens = opens
        self._held = held

    def each(self, work: Callable[[Any, Item], R], items: Sequence[Item]) -> Iterator[R]:
        """`work(held, item)` for each item, in their order.

        For workers, all of these are pickled: functions stand in modules.
        Raises: what `work` raises; WorkerKilled.
        """
        if self._pool is None:
            return (work(self._held, item) for item in items)
        # Ctrl-C reaches all processes of a terminal. The workers are begun here and inherit that
        # it waits: `started` ends them, without a word.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return _told(self._pool.map(partial(_worked, self._opens, work), items))
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Workers:
    """What does the work; made by `started`."""

    def __init__(self, pool: ProcessPoolExecutor | None) -> None:
        self._pool = pool

    @contextmanager
    def holding(self, function: Callable[..., Any], *facts: object) -> Iterator[Held]:
        """What the context manager `function(*facts)` gives, for work that needs it.

        A worker holds one thing at a time: two connections to a warehouse would be in each
        other's way. Raises: what `function` raises, here or where the work is awaited.
        """
        opens = partial(function, *facts)
        if self._pool is not None:
            yield Held(self._pool, opens, None)
            return
        with opens() as held:
            yield Held(None, opens, held)


@contextmanager
def started(count: int) -> Iterator[Workers]:
    """Workers: `count` processes, or none but this one for 1. They end with the block."""
    if count == 1:
        yield Workers(None)
        return
    others = set(active_children())
    pool = ProcessPoolExecutor(
        count, get_context("spawn"), initializer=die_with_parent, initargs=(os.getpid(),)
    )
    try:
        yield Workers(pool)
    except BaseException:
        # They only read: nobody waits for the section that they are at.
        for child in set(active_children()) - others:
            child.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _told(found: Iterator[R]) -> Iterator[R]:
    """What the workers find; where one is gone, what a person can do."""
    try:
        yield from found
    except BrokenProcessPool:
        raise WorkerKilled(
            "a process that renders was killed, most likely for lack of memory: "
            "free some, or give it one core (`taskset -c 0 tracehouse report`)"
        ) from None


# --- in a worker ------------------------------------------------------------------------------


class _Open:
    """What this worker holds, until it is to hold something else."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._key: object = None
        self._held: Any = None

    def held(self, opens: Opens) -> Any:
        key = (opens.func, opens.args)
        if self._key != key:
            self._stack.close()
            self._key = None
            self._held = self._stack.enter_context(opens())
            self._key = key
        return self._held


_OPEN = _Open()


def _worked(opens: Opens, work: Callable[[Any, Item], R], item: Item) -> R:
    """A piece of work in a worker."""
    return work(_OPEN.held(opens), item)
