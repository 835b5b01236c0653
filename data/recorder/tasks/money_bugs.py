"""Repository Tasks: bugs in amounts and waiting times."""

from __future__ import annotations

from data.recorder.script import Follow, Section, Task, code, do, edit, grep, read, sh, slip, stage

_TESTS = "python3 -m unittest"
_TAX_OLD = (
    "    # TODO: must be rounded half up\n    return int(cents * (100 + TAX_PERCENT) / 100)\n"
)
_TAX_NEW = "    return (cents * (100 + TAX_PERCENT) + 50) // 100\n"
_FORMAT_OLD = (
    '    # FIXME: wrong for negative amounts\n    return f"{cents // 100}.{cents % 100:02d}"\n'
)
_FORMAT_NEW = (
    '    sign = "-" if cents < 0 else ""\n'
    '    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"\n'
)

SECTION = Section(
    "Repository Tasks",
    "Bug Fixing",
    (
        Task(
            "tax-rounding",
            "ledger",
            "One of the tests about tax fails since the last release. Please fix "
            "the code, not the test.",
            (
                stage(
                    "see which test fails",
                    do("The tests will show it.", sh(_TESTS)),
                    do(
                        "Only the tests about money matter.",
                        sh("python3 -m unittest tests.test_money"),
                    ),
                    slip("I run the tests.", sh("pytest -q")),
                    slip("I run the tests.", sh("python3 -m pytest tests/test_money.py")),
                    slip("I run the tests.", sh("make test")),
                ),
                stage(
                    "read the code in question",
                    do("The function is in money.py.", read("ledger/money.py")),
                    do(
                        "Code and test beside each other.",
                        read("ledger/money.py", offset=18),
                        read("tests/test_money.py", offset=14),
                    ),
                    slip("The function is in tax.py.", read("ledger/tax.py")),
                ),
                stage(
                    "round half up",
                    do(
                        "Whole cents: adding 50 before the division rounds half up.",
                        edit("ledger/money.py", _TAX_OLD, _TAX_NEW),
                    ),
                    slip(
                        "round() should do it.",
                        edit(
                            "ledger/money.py",
                            "    return int(cents * (1 + TAX_PERCENT / 100))\n",
                            "    return round(cents * (1 + TAX_PERCENT / 100))\n",
                        ),
                    ),
                    slip(
                        "I replace the last line of the function.",
                        edit(
                            "ledger/money.py",
                            "return int(cents*(100+TAX_PERCENT)/100)",
                            "return (cents * (100 + TAX_PERCENT) + 50) // 100",
                        ),
                    ),
                ),
                stage("run the tests again", do("All four have to pass.", sh(_TESTS)), check=True),
            ),
            (
                (
                    "`with_tax` cut the fraction off. It now rounds half up in whole "
                    "cents, and all tests pass."
                ),
                "Fixed in `ledger/money.py`: `int()` rounded down. The tests say `{last}`.",
            ),
            follow=Follow(
                "Thanks. Commit it, please.",
                (
                    stage(
                        "commit the change",
                        do(
                            "One file, one message.",
                            sh(
                                "git add ledger/money.py && git commit -qm 'Round tax half up' && "
                                "git log --oneline | head -1"
                            ),
                        ),
                        slip("A plain commit.", sh("git commit -m 'Round tax half up'")),
                        must=True,
                    ),
                ),
                ("Committed as `{last}`.",),
            ),
        ),
        Task(
            "negative-amounts",
            "ledger",
            "fmt_amt(-50) gives '-1.50'. That is wrong, it should be '-0.50'.",
            (
                stage(
                    "reproduce it",
                    do(
                        "One line of Python shows it.",
                        sh("python3 -c 'from ledger.money import fmt_amt; print(fmt_amt(-50))'"),
                    ),
                    do(
                        "I try some values.",
                        code(
                            "from ledger.money import fmt_amt\nprint([fmt_amt(n) for n in (-50, "
                            "-5, 50)])\n"
                        ),
                    ),
                    slip(
                        "One line of Python shows it.",
                        sh("python3 -c 'from money import fmt_amt; print(fmt_amt(-50))'"),
                    ),
                ),
                stage(
                    "find the function and who uses it",
                    do("A search for the name.", grep("fmt_amt", glob="*.py")),
                    do(
                        "The file and the tests.",
                        read("ledger/money.py"),
                        read("tests/test_money.py"),
                    ),
                ),
                stage(
                    "treat the sign separately",
                    do(
                        "Sign first, then the absolute value.",
                        edit("ledger/money.py", _FORMAT_OLD, _FORMAT_NEW),
                    ),
                    slip(
                        "Sign first, then the absolute value.",
                        edit("ledger/money.py", '    return f"{cents/100:.2f}"\n', _FORMAT_NEW),
                    ),
                    must=True,
                ),
                stage(
                    "see the right result",
                    do(
                        "The same line again.",
                        sh(
                            "python3 -c 'from ledger.money import fmt_amt; print(fmt_amt(-50), "
                            "fmt_amt(-5))'"
                        ),
                    ),
                    check=True,
                ),
            ),
            (
                "It prints {last} now. Whole division rounds down, which is wrong below zero.",
                "`fmt_amt` keeps the sign apart now; -50 cents are shown as -0.50.",
            ),
        ),
        Task(
            "retry-backoff",
            "jobs",
            "The waiting time between attempts grows too slowly, see the log of the "
            "newsletter job. The readme describes what it should be.",
            (
                stage(
                    "compare readme, code and log",
                    do(
                        "All three are short.",
                        read("README.md"),
                        read("jobs/retry.py"),
                        grep("newsletter", "logs"),
                    ),
                    do("First the code.", sh("cat jobs/retry.py; grep newsletter logs/worker.log")),
                    slip("The code is in backoff.py.", read("jobs/backoff.py")),
                ),
                stage(
                    "let the time double",
                    do(
                        "Two to the power of the attempt.",
                        edit(
                            "jobs/retry.py", "min(LONGEST, 1 + attempt)", "min(LONGEST, 2**attempt)"
                        ),
                    ),
                    slip(
                        "Two to the power of the attempt.",
                        edit("jobs/retry.py", "return 1 + attempt", "return 2**attempt"),
                    ),
                ),
                stage(
                    "run the tests",
                    do("test_doubles has to pass.", sh(_TESTS)),
                    slip("I run them.", sh("pytest tests/test_retry.py")),
                    check=True,
                ),
            ),
            (
                (
                    "The wait was `1 + attempt`; it is `2**attempt` now, at most 60 "
                    "seconds. Tests pass."
                ),
                "It doubles now, as the readme says: 1, 2, 4, 8 ... up to 60.",
            ),
            trouble=1.1,
        ),
    ),
)
