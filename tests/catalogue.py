"""The catalogue of bad input: which of its cases the tests of a run passed.

A test says by `@pytest.mark.case(N)` which cases it asserts; docs/faults.md says what each case is,
and why some have no test.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[1] / "docs/faults.md"
_ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+?) \|$")
_NO_TEST = "does not apply"
_SIGNS = {"passed": "✓", _NO_TEST: "–", "not run": "·", "failed": "✗"}


@dataclass(frozen=True, slots=True)
class Case:
    """One case: what is fed, and what comes of it, or why no test asserts it."""

    number: int
    heading: str
    what: str
    outcome: str

    @property
    def untested(self) -> str:
        """Why it has no test: `does not apply`, or nothing where it has."""
        return _NO_TEST if self.outcome.startswith(f"{_NO_TEST}: ") else ""


def cases() -> dict[int, Case]:
    """The cases that docs/faults.md lists, by number."""
    found: dict[int, Case] = {}
    heading = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("### "):
            heading = line.removeprefix("### ")
        elif row := _ROW.match(line):
            number = int(row[1])
            assert number not in found, f"case {number} stands twice in {PAGE.name}"
            found[number] = Case(number, heading, row[2], row[3])
    return found


class CaseTable:
    """Collects the outcomes of marked tests, also of those that workers ran, and prints them."""

    def __init__(self) -> None:
        self._outcomes: dict[int, set[str]] = defaultdict(set)
        self._counts: list[str] = []
        self._outcomes_of: dict[str, list[str]] = defaultdict(list)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            for mark in item.iter_markers("case"):
                item.user_properties += [("case", number) for number in mark.args]
            for mark in item.iter_markers("counted"):
                item.user_properties += [("counted", label) for label in mark.args]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            for name, number in report.user_properties:
                if name == "case":
                    self._outcomes[int(str(number))].add(report.outcome)
                elif name == "count":
                    self._counts.append(str(number))
                elif name == "counted":
                    self._outcomes_of[str(number)].append(report.outcome)

    def _state(self, case: Case) -> str:
        outcomes = self._outcomes[case.number]
        if "failed" in outcomes:
            return "failed"
        if "passed" in outcomes:
            return "passed"
        return case.untested or "not run"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if "faults" not in terminalreporter.config.option.markexpr.replace("not faults", ""):
            return
        known = cases()
        states = {number: self._state(case) for number, case in known.items()}
        write = terminalreporter.write_line
        terminalreporter.section("cases of the catalogue")
        for heading in dict.fromkeys(case.heading for case in known.values()):
            numbers = [n for n, case in known.items() if case.heading == heading]
            write(f"{heading:28} {' '.join(f'{n}{_SIGNS[states[n]]}' for n in numbers)}")
        for number, state in states.items():
            if state in ("failed", "not run"):
                write(f"{state}: {number} {known[number].what}")
        counts = {state: list(states.values()).count(state) for state in _SIGNS}
        others = [f"{n} {state}" for state, n in counts.items() if n and state != "passed"]
        write(f"{counts['passed']} of {len(known)} cases passed ({', '.join(others)})")
        for label, outcomes in self._outcomes_of.items():
            write(f"{label}: {outcomes.count('passed')} of {len(outcomes)}")
        for line in self._counts:
            write(line)
