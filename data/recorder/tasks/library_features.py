"""Repository Tasks: new functions of the lending library."""

from __future__ import annotations

from data.recorder.script import Follow, Section, Task, do, edit, grep, read, sh, slip, stage, write

_ISBN = '''

def is_isbn10(text):
    """Whether the check digit of an ISBN-10 is right."""
    digits = [10 if mark == "X" else int(mark) for mark in text]
    return len(digits) == 10 and sum(d * (10 - i) for i, d in enumerate(digits)) % 11 == 0
'''
_ISBN_CHECK = (
    'python3 -c "from shelf.store import is_isbn10, load; '
    "print([b.title for b in load('books.json') if not is_isbn10(b.isbn)])\""
)
_RENEW = '''

def renew(lent, today):
    """The new first day of a loan; an overdue one cannot be renewed."""
    if is_overdue(lent, today):
        raise ValueError("an overdue loan cannot be renewed")
    return today
'''

SECTION = Section(
    "Repository Tasks",
    "Feature Work",
    (
        Task(
            "isbn-check",
            "shelf",
            "Write a function is_isbn10 for the store and tell me which books in "
            "books.json have a wrong number.",
            (
                stage(
                    "see how the store is written",
                    do("The style should fit.", read("shelf/store.py")),
                    do("Store and data.", read("shelf/store.py"), read("books.json")),
                ),
                stage(
                    "add the function",
                    do(
                        "After the last function.",
                        edit(
                            "shelf/store.py",
                            "    return sum(book.copies for book in books)\n",
                            "    return sum(book.copies for book in books)\n" + _ISBN,
                        ),
                    ),
                    slip(
                        "After the last function.",
                        edit(
                            "shelf/store.py",
                            "return sum(b.copies for b in books)\n",
                            "return sum(b.copies for b in books)\n" + _ISBN,
                        ),
                    ),
                    slip(
                        "Into the module for books.", edit("shelf/books.py", "import json\n", _ISBN)
                    ),
                    must=True,
                ),
                stage(
                    "check the books",
                    do("Those with a wrong digit are printed.", sh(_ISBN_CHECK)),
                    slip("All of them.", sh('python3 -c "import store; print(store)"')),
                    must=True,
                    check=True,
                ),
            ),
            (
                "`is_isbn10` is in `shelf/store.py`. Wrong numbers: {last}.",
                "The check digit is wrong for {last}.",
            ),
            follow=Follow(
                "Add a test for it too.",
                (
                    stage(
                        "write the test",
                        do(
                            "One right and one wrong number.",
                            write(
                                "tests/test_isbn.py",
                                "import unittest\n\nfrom shelf.store import is_isbn10\n\n\nclass "
                                "IsbnTest(unittest.TestCase):\n    def test_check_digit(self):\n"
                                '        self.assertTrue(is_isbn10("0306406152"))\n'
                                '        self.assertFalse(is_isbn10("0306406153"))\n',
                            ),
                        ),
                        must=True,
                    ),
                    stage(
                        "run it",
                        do("It has to pass.", sh("python3 -m unittest tests.test_isbn")),
                        check=True,
                    ),
                ),
                ("`tests/test_isbn.py` checks a right and a wrong number.",),
            ),
        ),
        Task(
            "renew-loans",
            "shelf",
            "We need renew(lent, today) in loans: a loan begins anew today, "
            "unless it is overdue already.",
            (
                stage(
                    "read the module",
                    do("It has the rule for overdue.", read("shelf/loans.py")),
                    do(
                        "What is there, and who uses it?",
                        sh("cat shelf/loans.py"),
                        grep("is_overdue"),
                    ),
                    slip("The module is named loan.", read("shelf/loan.py")),
                ),
                stage(
                    "add renew",
                    do(
                        "At the end of the module.",
                        edit(
                            "shelf/loans.py",
                            "    return max(0, days) * FINE_CENTS\n",
                            "    return max(0, days) * FINE_CENTS\n" + _RENEW,
                        ),
                    ),
                    do(
                        "Appending is enough.",
                        sh("cat >> shelf/loans.py <<'END'\n" + _RENEW + "END"),
                    ),
                    must=True,
                ),
                stage(
                    "try it",
                    do(
                        "One loan in time.",
                        sh(
                            "python3 -c 'from datetime import date; from shelf.loans import renew; "
                            "print(renew(date(2024, 5, 1), date(2024, 5, 9)))'"
                        ),
                    ),
                    do(
                        "One loan in time, one that is late.",
                        sh(
                            "python3 -c 'from datetime import date; from shelf.loans import renew; "
                            "print(renew(date(2024, 5, 1), date(2024, 5, 9)))'"
                        ),
                        sh(
                            "python3 -c 'from datetime import date; from shelf.loans import renew; "
                            "print(renew(date(2024, 5, 1), date(2024, 6, 9)))' 2>&1 | tail -1"
                        ),
                    ),
                    slip(
                        "Dates as text will do.",
                        sh(
                            "python3 -c 'from shelf.loans import renew; "
                            'print(renew("2024-05-01", "2024-05-09"))\''
                        ),
                    ),
                    check=True,
                ),
            ),
            (
                (
                    "`renew` returns today as the new first day, and raises ValueError "
                    "for an overdue loan."
                ),
                "`renew` is in `shelf/loans.py` and works as you described.",
            ),
            ask="`renew` is in. How often may the same loan be renewed? At the "
            "moment there is no limit.",
            trouble=0.8,
        ),
    ),
)
