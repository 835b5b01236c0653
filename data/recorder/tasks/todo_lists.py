"""Planning & Organization: lists of things to do."""

from __future__ import annotations

from data.recorder.script import (
    Follow,
    Section,
    Task,
    do,
    edit,
    grep,
    read,
    sh,
    slip,
    stage,
    todo,
    write,
)

SECTION = Section(
    "Planning & Organization",
    "Task Planning",
    (
        Task(
            "action-items",
            "notes",
            "Collect all action items from the meetings of May into one list with team and date.",
            (
                stage(
                    "find the action items",
                    do("They are marked.", grep("^- Action", "meetings")),
                    do("They are marked.", sh("grep -h '^- Action' meetings/2024-05-*.md")),
                    slip("They are marked.", grep("^- \\[ \\]", "meetings")),
                    slip("They are marked.", sh("grep -h 'Action' meetings/may/*.md")),
                    must=True,
                ),
                stage(
                    "make the list",
                    do(
                        "Five items.",
                        todo(
                            "completed: build team: try compiler flags, 13 May",
                            "completed: docs team: page about imports, 20 May",
                            "pending: build team: release scripts, 24 May",
                            "pending: support: import errors, 17 May",
                            "pending: support: open tickets, 22 May",
                        ),
                    ),
                    do(
                        "As a file, so that it stays.",
                        write(
                            "actions.md",
                            "| team | what | by |\n"
                            "|---|---|---|\n"
                            "| build | try compiler flags | 13 May |\n"
                            "| support | three most frequent import errors | 17 May |\n"
                            "| docs | page about imports | 20 May |\n"
                            "| support | two open tickets | 22 May |\n"
                            "| build | release scripts | 24 May |\n",
                        ),
                    ),
                    must=True,
                ),
                stage(
                    "mark what is done",
                    do("Later notes say what happened.", grep("online|save nine", "meetings")),
                    optional=True,
                ),
            ),
            (
                (
                    "Five action items. Two are done according to later notes: the compiler "
                    "flags and the page about imports."
                ),
                "There are five: two for the build team, two for support, one for the docs team.",
            ),
            toolset="planning",
            follow=Follow(
                "Which are overdue on 21 May?",
                (
                    stage(
                        "look at the dates",
                        do("Only those that are not done count.", grep("by (1|20)", "meetings")),
                        do(
                            "Dates before the 21st.",
                            sh("grep -ohE '\\(.*by (1[0-9]|20) May' meetings/*.md"),
                        ),
                    ),
                ),
                (
                    (
                        "Only support's list of import errors, due on 17 May. The others "
                        "with earlier dates are done."
                    ),
                ),
            ),
        ),
        Task(
            "sort-todos",
            "notes",
            "Sort todo.md: open items first, then by priority, then by date. Don't lose any.",
            (
                stage(
                    "read the list",
                    do("How are they marked?", read("todo.md")),
                    do(
                        "How many, and how many are done?",
                        sh("grep -c . todo.md; grep -c '\\[x\\]' todo.md"),
                    ),
                    slip("How are they marked?", read("TODO.md")),
                ),
                stage(
                    "sort it",
                    do(
                        "The marks sort by themselves: space before x, A before B.",
                        sh(
                            "awk -F'due ' '{print substr($0, 4, 1) substr($0, 8, 1) ($2 "
                            '== "" ? "9" : $2) "\\t" $0}\' todo.md | sort | cut -f2 '
                            "> sorted.md && mv sorted.md todo.md && wc -l < todo.md"
                        ),
                    ),
                    slip(
                        "sort by the third column.", sh("sort -k3,3 -k99,99z todo.md > sorted.md")
                    ),
                    slip("Into the folder for lists.", sh("sort -k2 todo.md > lists/todo.md")),
                    must=True,
                ),
                stage(
                    "check that all are there",
                    do("Eight items.", sh("grep -c '^- ' todo.md")),
                    do("Eight items, sorted.", read("todo.md")),
                    optional=True,
                    check=True,
                ),
            ),
            (
                "`todo.md` is sorted: six open items by priority and date, then two that are done.",
                "Sorted; all eight items are there.",
            ),
            toolset="planning",
            trouble=1.4,
        ),
        Task(
            "onboarding",
            "shelf",
            "Write a checklist for somebody who starts to work on shelf: ONBOARDING.md, "
            "ten minutes of reading at most.",
            (
                stage(
                    "read what there is",
                    do("Readme and list of files.", read("README.md"), sh("ls shelf tests")),
                    do("The readme says most of it.", read("README.md")),
                    slip("There may be a guide already.", read("CONTRIBUTING.md")),
                ),
                stage(
                    "see whether the tests run",
                    do("A newcomer's first command.", sh("python3 -m unittest 2>&1 | tail -1")),
                    slip("A newcomer's first command.", sh("make test")),
                ),
                stage(
                    "write the checklist",
                    do(
                        "Short and in order.",
                        write(
                            "ONBOARDING.md",
                            "# First steps\n"
                            "\n"
                            "- [ ] Read README.md\n"
                            "- [ ] Run `python3 -m unittest` (two tests fail at "
                            "present)\n"
                            "- [ ] Read shelf/store.py, then loans.py and search.py\n"
                            "- [ ] Correct one of the failing tests' causes\n",
                        ),
                    ),
                    must=True,
                ),
            ),
            (
                "`ONBOARDING.md` has four steps. It says that two tests fail at present.",
                "Four steps, the last one is a first small task.",
            ),
            toolset="planning",
            ask="The checklist is there. Who should a newcomer turn to with questions? The "
            "notes name nobody.",
            trouble=0.8,
        ),
        Task(
            "overdue-todos",
            "notes",
            "Today is 3 June 2024. Which open items of todo.md are overdue? "
            "Postpone them by two weeks.",
            (
                stage(
                    "find open items with a date",
                    do("Open ones with a date in May.", grep("^- \\[ \\].*2024-05", "todo.md")),
                    do("All open ones.", sh("grep -F '[ ]' todo.md")),
                    slip(
                        "A regular expression for the date.", grep("due 2024-05-(0[0-9", "todo.md")
                    ),
                    slip("They may be in the notes of meetings.", sh("grep due meetings/todo.md")),
                ),
                stage(
                    "postpone them",
                    do(
                        "From the latest to the earliest month end.",
                        edit("todo.md", "machine 3, due 2024-05-31", "machine 3, due 2024-06-14"),
                        edit("todo.md", "page, due 2024-05-24", "page, due 2024-06-07"),
                        edit("todo.md", "made, due 2024-05-28", "made, due 2024-06-11"),
                        edit("todo.md", "copies, due 2024-05-17", "copies, due 2024-05-31"),
                    ),
                    slip(
                        "All dates with one pattern.",
                        edit("todo.md", "due 2024-05-??", "due 2024-06-14"),
                    ),
                    slip("date can add weeks.", sh("date -d '2024-05-31 + 14 days' +%F")),
                    must=True,
                ),
                stage(
                    "check the result",
                    do(
                        "Dates of open items.",
                        sh("grep -F '[ ]' todo.md | grep -o '2024-.*' | sort"),
                    ),
                    check=True,
                ),
            ),
            (
                (
                    "Four items were overdue; each is due two weeks later now. The nightly "
                    "copies are still overdue with their new date, 31 May."
                ),
                "Postponed four items by two weeks.",
            ),
            toolset="planning",
            trouble=1.2,
        ),
    ),
)
