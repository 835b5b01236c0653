"""Repository Tasks: bugs of the lending library."""

from __future__ import annotations

from data.recorder.script import Follow, Section, Task, do, edit, grep, read, sh, slip, stage

_TESTS = "python3 -m unittest"

SECTION = Section(
    "Repository Tasks",
    "Bug Fixing",
    (
        Task(
            "overdue-boundary",
            "shelf",
            "Readers complain that books count as overdue on the very last day of the "
            "loan. The readme says they should not.",
            (
                stage(
                    "find the rule in the code",
                    do("The readme names the file.", read("README.md"), read("shelf/loans.py")),
                    do(
                        "A search for overdue leads to the code and its test.",
                        grep("overdue", glob="*.py"),
                    ),
                    slip("It must be in the store.", grep("overdue", "shelf/overdue.py")),
                ),
                stage(
                    "see the test fail",
                    do("There is a test for this day.", sh("python3 -m unittest tests.test_loans")),
                    slip("There is a test for this day.", sh("python3 tests/test_loans.py")),
                    optional=True,
                ),
                stage(
                    "correct the comparison",
                    do(
                        "Later than, not at least.",
                        edit("shelf/loans.py", "today >= due_date(lent)", "today > due_date(lent)"),
                    ),
                    slip(
                        "Later than, not at least.",
                        edit(
                            "shelf/loans.py",
                            "return due_date(lent) <= today",
                            "return due_date(lent) < today",
                        ),
                    ),
                ),
                stage(
                    "run the tests of loans",
                    do("These four have to pass.", sh("python3 -m unittest tests.test_loans")),
                    check=True,
                ),
            ),
            (
                (
                    "`is_overdue` used `>=`. With `>` a book is overdue from day 22 on, "
                    "as the readme says."
                ),
                "Corrected in `shelf/loans.py`. The four tests of loans pass.",
            ),
        ),
        Task(
            "search-case",
            "shelf",
            "Searching for 'tide' finds nothing although we have The Tide Pools. "
            "Case should not matter.",
            (
                stage(
                    "see how the search works",
                    do("It is a short module.", read("shelf/search.py")),
                    do(
                        "Module and test together.",
                        read("shelf/search.py"),
                        read("tests/test_search.py"),
                    ),
                    slip("It is probably in find.py.", read("shelf/find.py")),
                ),
                stage(
                    "make the search ignore case",
                    do(
                        "casefold is made for comparisons.",
                        edit(
                            "shelf/search.py",
                            "all(word in book.title for word in words.split())",
                            "all(word in book.title.casefold() for word in "
                            "words.casefold().split())",
                        ),
                    ),
                    slip(
                        "I lower both sides.",
                        edit(
                            "shelf/search.py",
                            "if word in book.title.split()",
                            "if word.lower() in book.title.lower()",
                        ),
                    ),
                    slip(
                        "Lower case for the words is enough.",
                        edit("shelf/search.py", "words.lower()", "words.casefold()"),
                    ),
                ),
                stage(
                    "run the tests of the search",
                    do("Both tests have to pass.", sh("python3 -m unittest tests.test_search")),
                    check=True,
                ),
            ),
            (
                "`find` compares casefolded text now; both tests of the search pass.",
                "Done: upper and lower case no longer matter in `find`.",
            ),
            ask="`find` ignores case now. `starts_with` in the same file is still strict about it: "
            "should I change that too?",
            follow=Follow(
                "Yes, the same there.",
                (
                    stage(
                        "change starts_with",
                        do(
                            "The same with both sides folded.",
                            edit(
                                "shelf/search.py",
                                "book.title.startswith(letters)",
                                "book.title.casefold().startswith(letters.casefold())",
                            ),
                        ),
                        must=True,
                    ),
                    stage(
                        "run all tests",
                        do("Nothing else may have changed.", sh(_TESTS)),
                        optional=True,
                    ),
                ),
                ("`starts_with` ignores case as well.",),
            ),
        ),
    ),
)
