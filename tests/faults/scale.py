"""How large the fault tests are, and what they draw: smaller by FAULTS_SCALE, other by FAULTS_SEED."""

from __future__ import annotations

import os

SCALE = float(os.environ.get("FAULTS_SCALE", "1"))
SEED = int(os.environ.get("FAULTS_SEED", "0"))


def scaled(number: int, least: int = 1) -> int:
    """The number that the full form has, made smaller."""
    return max(least, int(number * SCALE))
