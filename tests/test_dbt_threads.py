"""How many threads a build takes within a limit of memory."""

from __future__ import annotations

import pytest

from tracehouse.dbt import threads


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (None, 4),
        ("500MB", 1),
        ("1GB", 1),
        ("1.9 GB", 1),
        ("2GB", 2),
        ("3000MB", 3),
        ("3GiB", 3),
        ("64gb", 4),
        ("1TB", 4),
        ("80%", 1),
        ("plenty", 1),
    ],
)
def test_a_limit_of_memory_gives_each_thread_a_gigabyte(limit: str | None, expected: int) -> None:
    assert threads(limit, cores=4) == expected
