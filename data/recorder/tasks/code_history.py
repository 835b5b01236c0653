"""Repository Tasks: questions about code and its history."""

from __future__ import annotations

from data.recorder.script import (
    Follow,
    Section,
    Task,
    code,
    do,
    edit,
    files,
    grep,
    read,
    sh,
    slip,
    stage,
)

_UNUSED = """\
import ast, pathlib

text = {path: path.read_text() for path in sorted(pathlib.Path("ledger").glob("*.py"))}
for path, source in text.items():
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            if sum(other.count(node.name) for other in text.values()) == 1:
                print(path, node.name)
"""

SECTION = Section(
    "Repository Tasks",
    "Code History",
    (
        Task(
            "tax-history",
            "ledger",
            "Which commit changed the tax rate, and from what to what?",
            (
                stage(
                    "see where the rate is",
                    do("A search for it.", grep("TAX_PERCENT", glob="*.py")),
                    do("Probably in money.py.", sh("grep -n TAX ledger/money.py")),
                    slip("There may be a settings file.", read("ledger/settings.py")),
                ),
                stage(
                    "search the history",
                    do(
                        "-G finds commits that touch such a line.",
                        sh("git log --oneline -G'TAX_PERCENT =' -- ledger/money.py"),
                    ),
                    do(
                        "The history of that line.",
                        sh(
                            "git log -p --format=%h:%s -G'TAX_PERCENT =' -- ledger/money.py | "
                            "grep -E '^([0-9a-f]{7}:|[+-]TAX)'"
                        ),
                    ),
                    slip("The history of that file.", sh("git log --oneline -- money.py | grep .")),
                    slip("git can blame a line.", sh("git blame -L TAX_PERCENT ledger/money.py")),
                    must=True,
                ),
                stage(
                    "see the change itself",
                    do(
                        "The difference of that commit.",
                        sh(
                            "git log -1 -p --format=%s -S'TAX_PERCENT = 19' -- ledger/money.py | "
                            "grep '^[-+]TAX'"
                        ),
                    ),
                    optional=True,
                ),
            ),
            (
                'The commit "Report totals with tax" changed it from 7 to 19 percent.',
                'It was 7 percent at first; "Report totals with tax" made it 19.',
            ),
            trouble=0.9,
        ),
        Task(
            "unused-code",
            "ledger",
            "Is there dead code in the ledger package? If so remove it, but keep the tests green.",
            (
                stage(
                    "find functions that nothing calls",
                    do("The syntax tree gives me all names.", code(_UNUSED)),
                    do(
                        "All definitions, and who uses the suspicious one.",
                        grep("^def ", "ledger"),
                        grep("old_lines"),
                    ),
                    slip("There is a tool for dead code.", sh("vulture ledger")),
                    slip("There is a tool for dead code.", sh("python3 -m vulture ledger")),
                ),
                stage(
                    "remove old_lines",
                    do(
                        "Nobody calls old_lines.",
                        edit(
                            "ledger/report.py",
                            "\n\ndef old_lines(entries):\n    return [f\"{entry['account']}: "
                            "{fmt_amt(entry['cents'])}\" for entry in entries]\n",
                            "",
                        ),
                    ),
                    slip(
                        "Nobody calls old_lines.",
                        edit("ledger/report.py", "def old_lines(entries):\n    pass\n", ""),
                    ),
                    must=True,
                ),
                stage(
                    "run the tests",
                    do("The report must still work.", sh("python3 -m unittest tests.test_report")),
                    check=True,
                ),
            ),
            (
                (
                    "`old_lines` in `ledger/report.py` was not used anywhere and is gone. "
                    "`load_many` is unused too, but looks like it is about to be used, so I "
                    "left it."
                ),
                "Removed `old_lines`. The tests of the report pass.",
            ),
            ask="Nothing calls `old_lines` and `load_many`. I removed the first. `load_many` "
            "has a TODO: is somebody working on it, or can it go as well?",
            follow=Follow(
                "Keep load_many, we need it next month.",
                (
                    stage(
                        "check that it is still there",
                        do("Only a look.", grep("def load_many")),
                        must=True,
                    ),
                ),
                ("`load_many` stays as it is.",),
            ),
            trouble=1.2,
        ),
        Task(
            "who-calls",
            "jobs",
            "Where is Queue used, and would it break if put() required the priority?",
            (
                stage(
                    "find all uses",
                    do("A search over all Python files.", grep("Queue|put\\(", glob="*.py")),
                    do("grep with line numbers.", sh("grep -n 'put(' jobs/*.py tests/*.py")),
                    do("Files first, then the lines.", files("*.py"), grep("\\.put\\(")),
                    slip("ripgrep is fast.", sh("rg -n 'put\\(' .")),
                ),
                stage(
                    "try it",
                    do(
                        "With the default removed the tests tell me.",
                        sh(
                            "sed -i.bak 's/priority=0/priority/' jobs/queue.py; python3 "
                            "-m unittest tests.test_queue; mv jobs/queue.py.bak "
                            "jobs/queue.py"
                        ),
                    ),
                    optional=True,
                ),
            ),
            (
                (
                    "`jobs/worker.py` always passes a priority, so it would keep working. "
                    'The two tests in `tests/test_queue.py` call `put("a")` without one and '
                    "would fail."
                ),
                "Only the tests would break: three calls of `put` there have no priority.",
            ),
            trouble=1.3,
        ),
    ),
)
