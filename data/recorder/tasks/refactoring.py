"""Repository Tasks: tests to write, code to rename."""

from __future__ import annotations

from data.recorder.script import Section, Task, do, edit, files, grep, read, sh, slip, stage, write

_TESTS = "python3 -m unittest"
_STORE_TEST = """\
import unittest

from shelf.store import Book, add, total_copies


class StoreTest(unittest.TestCase):
    def test_new_book(self):
        self.assertEqual(len(add([], Book("1", "A"))), 1)

    def test_known_book_gets_copies(self):
        books = add([Book("1", "A", 2)], Book("1", "A"))
        self.assertEqual([book.copies for book in books], [3])

    def test_total(self):
        self.assertEqual(total_copies([Book("1", "A", 2), Book("2", "B")]), 3)
"""

SECTION = Section(
    "Repository Tasks",
    "Testing & Refactoring",
    (
        Task(
            "rename-function",
            "ledger",
            "Rename fmt_amt to format_amount everywhere. The tests must run as before.",
            (
                stage(
                    "find all places",
                    do("A search for the name.", grep("fmt_amt")),
                    do("How many files are there?", sh("grep -rlw fmt_amt ledger tests | sort")),
                    slip("ripgrep lists files.", sh("rg -l fmt_amt")),
                ),
                stage(
                    "rename it in all files",
                    do(
                        "sed over the three files.",
                        sh(
                            "sed -i.bak 's/fmt_amt/format_amount/g' ledger/*.py tests/*.py && rm "
                            "*/*.bak"
                        ),
                    ),
                    do(
                        "One patch per file.",
                        edit("ledger/money.py", "fmt_amt", "format_amount"),
                        edit("ledger/report.py", "fmt_amt", "format_amount", True),
                        edit("tests/test_money.py", "fmt_amt", "format_amount", True),
                    ),
                    slip(
                        "One patch for the report.",
                        edit("ledger/report.py", "fmt_amt", "format_amount"),
                    ),
                    must=True,
                ),
                stage(
                    "make sure that none is left",
                    do("No hit means done.", sh("grep -rn fmt_amt ledger tests")),
                    do("The search again.", grep("fmt_amt")),
                    optional=True,
                ),
                stage(
                    "run the tests of the report and the format",
                    do(
                        "Those use the name.",
                        sh(
                            "python3 -m unittest tests.test_report "
                            "tests.test_money.MoneyTest.test_format"
                        ),
                    ),
                    check=True,
                ),
            ),
            (
                (
                    "Renamed in `money.py`, `report.py` and `test_money.py`. The test about "
                    "tax fails, as it did before: that has nothing to do with the name."
                ),
                "`fmt_amt` is `format_amount` now, in three files.",
            ),
        ),
        Task(
            "store-tests",
            "shelf",
            "shelf/store.py has no tests at all. Write some for add and total_copies.",
            (
                stage(
                    "read what has to be tested",
                    do(
                        "The functions and a test as a model.",
                        read("shelf/store.py"),
                        read("tests/test_search.py"),
                    ),
                    do("First the functions.", read("shelf/store.py")),
                    do(
                        "Which tests are there already?", files("test_*.py"), read("shelf/store.py")
                    ),
                ),
                stage(
                    "write the tests",
                    do("Three cases.", write("tests/test_store.py", _STORE_TEST)),
                    must=True,
                ),
                stage(
                    "run them",
                    do("All three should pass.", sh("python3 -m unittest tests.test_store")),
                    slip("I run them.", sh("pytest tests/test_store.py")),
                    slip("I run them.", sh("python3 tests/test_store.py")),
                    check=True,
                ),
            ),
            (
                (
                    "`tests/test_store.py` has three tests: a new book, a known book, "
                    "the total. They pass."
                ),
                "Three tests, all pass: `{last}`.",
            ),
            trouble=0.9,
        ),
        Task(
            "all-green",
            "shelf",
            "Please get the whole test suite green. Change only the package.",
            (
                stage(
                    "see what fails",
                    do("All tests.", sh(_TESTS)),
                    slip("All tests.", sh("pytest")),
                    slip("All tests.", sh("tox -q")),
                ),
                stage(
                    "read both modules",
                    do("Loans and search.", read("shelf/loans.py"), read("shelf/search.py")),
                    do("Both at a glance.", sh("cat shelf/loans.py shelf/search.py")),
                ),
                stage(
                    "correct the loans",
                    do(
                        "On the last day a book is not overdue.",
                        edit("shelf/loans.py", "today >= due_date", "today > due_date"),
                    ),
                    slip(
                        "On the last day a book is not overdue.",
                        edit("shelf/loans.py", "if today >= due:", "if today > due:"),
                    ),
                ),
                stage(
                    "correct the search",
                    do(
                        "Case must not matter.",
                        edit(
                            "shelf/search.py",
                            "all(word in book.title for word in words.split())",
                            "all(word in book.title.lower() for word in words.lower().split())",
                        ),
                    ),
                    slip(
                        "Case must not matter.",
                        edit("shelf/search.py", "word in title", "word.lower() in title.lower()"),
                    ),
                ),
                stage("run all tests again", do("Six tests.", sh(_TESTS)), check=True),
            ),
            (
                (
                    "All six tests pass. Two lines were wrong: `>=` in `loans.py`, and "
                    "the search minded case."
                ),
                "Green: `{last}` at the end, six tests.",
            ),
            trouble=1.5,
        ),
    ),
)
