"""Repository Tasks: what a command and a queue shall do in addition."""

from __future__ import annotations

from data.recorder.script import Section, Task, do, edit, read, sh, slip, stage

_MAIN_OLD = "    for line in lines(entries):\n        print(line)\n"
_MAIN_NEW = (
    "    if as_json:\n        print(json.dumps(totals(entries), sort_keys=True))\n"
    "        return 0\n" + _MAIN_OLD
)
_PRIORITY_OLD = "        name, _ = self._items.pop(0)\n"
_PRIORITY_NEW = (
    "        best = max(self._items, key=lambda item: item[1])\n"
    "        self._items.remove(best)\n        name, _ = best\n"
)
_PRIORITY_TEST = """
    def test_priority_first(self):
        queue = Queue()
        queue.put("low")
        queue.put("high", priority=5)
        self.assertEqual(queue.get(), "high")
"""

SECTION = Section(
    "Repository Tasks",
    "Feature Work",
    (
        Task(
            "json-flag",
            "ledger",
            "Add a flag --json to the ledger command that prints the totals as JSON.",
            (
                stage(
                    "read the command",
                    do("It is a short file.", read("ledger/cli.py")),
                    do(
                        "Command and report together.",
                        read("ledger/cli.py"),
                        read("ledger/report.py"),
                    ),
                    slip("The command should be in main.py.", read("ledger/main.py")),
                ),
                stage(
                    "add the imports and the flag",
                    do(
                        "Imports first, then the flag, then the output.",
                        edit("ledger/cli.py", "import sys\n", "import json\nimport sys\n"),
                        edit(
                            "ledger/cli.py",
                            "from ledger.report import lines",
                            "from ledger.report import lines, totals",
                        ),
                        edit(
                            "ledger/cli.py",
                            "def main(arguments):\n",
                            'def main(arguments):\n    as_json = "--json" in arguments\n'
                            '    arguments = [item for item in arguments if item != "--json"]\n',
                        ),
                    ),
                    slip(
                        "There must be a parser to add it to.",
                        edit(
                            "ledger/cli.py",
                            "parser = argparse.ArgumentParser()\n",
                            "parser = argparse.ArgumentParser()\nparser.add_argument('--json')\n",
                        ),
                    ),
                    must=True,
                ),
                stage(
                    "print JSON when it is given",
                    do(
                        "Totals in cents, keys sorted.", edit("ledger/cli.py", _MAIN_OLD, _MAIN_NEW)
                    ),
                    must=True,
                ),
                stage(
                    "try both forms",
                    do(
                        "With the flag, and without.",
                        sh("python3 -m ledger.cli --json data/march.csv"),
                        sh("python3 -m ledger.cli data/march.csv | tail -2"),
                    ),
                    do(
                        "The flag is what is new.",
                        sh("python3 -m ledger.cli data/march.csv --json"),
                    ),
                    check=True,
                ),
            ),
            (
                (
                    "`python3 -m ledger.cli --json data/march.csv` prints the totals in "
                    "cents as one JSON object."
                ),
                "The flag is in; without it nothing has changed.",
            ),
        ),
        Task(
            "queue-priority",
            "jobs",
            "The queue takes a priority but ignores it. Jobs with a higher priority "
            "should come first, equal ones in the order they came.",
            (
                stage(
                    "read the queue and its tests",
                    do("Both are needed.", read("jobs/queue.py"), read("tests/test_queue.py")),
                    do("The class is small.", sh("cat jobs/queue.py")),
                    slip("The class should be in core.", sh("cat jobs/core/queue.py")),
                ),
                stage(
                    "take the highest priority first",
                    do(
                        "max takes the first of equal items, so the order is kept.",
                        edit("jobs/queue.py", _PRIORITY_OLD, _PRIORITY_NEW),
                    ),
                    slip(
                        "heapq is made for it.",
                        edit("jobs/queue.py", "heapq.heappop(self._items)", "self._items.pop()"),
                    ),
                    slip(
                        "pop has to take another item.",
                        edit("jobs/queue.py", "self._items.pop()", "self._items.pop(best)"),
                    ),
                ),
                stage(
                    "add a test",
                    do(
                        "High after low must come out first.",
                        sh("cat >> tests/test_queue.py <<'END'\n" + _PRIORITY_TEST + "END"),
                    ),
                    do(
                        "At the end of the class.",
                        edit(
                            "tests/test_queue.py",
                            "        self.assertEqual(len(queue), 1)\n",
                            "        self.assertEqual(len(queue), 1)\n" + _PRIORITY_TEST,
                        ),
                    ),
                ),
                stage(
                    "run the tests of the queue",
                    do("Old and new ones.", sh("python3 -m unittest tests.test_queue")),
                    check=True,
                ),
            ),
            (
                (
                    "`get` now returns the job with the highest priority, the oldest first "
                    "among equals. There is a test for it."
                ),
                "Done, with a test; all three tests of the queue pass.",
            ),
            trouble=1.1,
        ),
    ),
)
