"""Planning & Organization: notes of meetings."""

from __future__ import annotations

from data.recorder.script import Follow, Section, Task, do, grep, read, sh, slip, stage, write

SECTION = Section(
    "Planning & Organization",
    "Notes & Documents",
    (
        Task(
            "decisions",
            "notes",
            "Write decisions.md: every decision of the meetings with its date.",
            (
                stage(
                    "find the decisions",
                    do("They begin with the word.", grep("^- Decision", "meetings")),
                    do("They begin with the word.", sh("grep -n Decision meetings/*.md")),
                    slip("They begin with the word.", grep("DECISION:", "meetings")),
                    slip("They begin with the word.", sh("grep -n Decision meeting/*.md")),
                    must=True,
                ),
                stage(
                    "write the file",
                    do(
                        "Three decisions.",
                        write(
                            "decisions.md",
                            "- 6 May: the importer keeps the old file names\n"
                            "- 13 May: new compiler flags from the next release\n"
                            "- 20 May: releases are made on Tuesdays\n",
                        ),
                    ),
                    must=True,
                ),
                stage(
                    "compare the number",
                    do(
                        "As many lines as decisions.",
                        sh("cat meetings/2024*.md | grep -c Decision; wc -l < decisions.md"),
                    ),
                    optional=True,
                ),
            ),
            (
                "Three decisions, one of each meeting, are in `decisions.md`.",
                "`decisions.md` has three lines; the last is about releases on Tuesdays.",
            ),
            toolset="planning",
            trouble=0.8,
        ),
        Task(
            "agenda",
            "notes",
            "Prepare the agenda for the meeting of 27 May: open questions, overdue "
            "actions, ideas of the retro.",
            (
                stage(
                    "collect open questions and ideas",
                    do(
                        "Questions are marked, ideas have a heading.",
                        grep("^- Question", "meetings"),
                        sh("sed -n '/^Ideas/,$p' meetings/retro-may.md"),
                    ),
                    do(
                        "I read the last meeting and the retro.",
                        read("meetings/2024-05-20.md"),
                        read("meetings/retro-may.md"),
                    ),
                    slip("The last agenda is a model.", read("meetings/agenda-2024-05-20.md")),
                    slip("Questions are marked.", sh("grep -h '^?' meetings/*.md | grep .")),
                    must=True,
                ),
                stage(
                    "look for overdue actions",
                    do("Dates before the 27th.", grep("^- Action.*by", "meetings")),
                    optional=True,
                ),
                stage(
                    "write the agenda",
                    do(
                        "Three parts.",
                        write(
                            "meetings/agenda-2024-05-27.md",
                            "# Agenda, 27 May\n"
                            "\n"
                            "1. Who looks after the test machines?\n"
                            "2. Do we still need the nightly copy?\n"
                            "3. Support: import errors, open tickets\n"
                            "4. A rota, and a mail when the copy fails\n",
                        ),
                    ),
                    must=True,
                ),
            ),
            (
                "The agenda is in `meetings/agenda-2024-05-27.md`, with four points.",
                "Four points: two open questions, the overdue actions, the ideas of the retro.",
            ),
            toolset="planning",
            follow=Follow(
                "Put the rota first.",
                (
                    stage(
                        "move the rota up",
                        do(
                            "The whole file anew is simplest.",
                            write(
                                "meetings/agenda-2024-05-27.md",
                                "# Agenda, 27 May\n"
                                "\n"
                                "1. A rota for the test machines\n"
                                "2. Do we still need the nightly copy, and a mail when "
                                "it fails?\n"
                                "3. Support: import errors, open tickets\n",
                            ),
                        ),
                        must=True,
                    ),
                ),
                ("The rota is the first point now.",),
            ),
        ),
        Task(
            "retro-summary",
            "notes",
            "Sum up the retro of May in three sentences, for people who were not there. Save it as "
            "retro-short.md.",
            (
                stage(
                    "read the notes of the retro",
                    do("It is one file.", read("meetings/retro-may.md")),
                    do("It is one file.", sh("cat meetings/retro-may.md")),
                    slip("It should be named by its date.", read("meetings/2024-05-31.md")),
                    slip("It should be named by its date.", sh("cat meetings/retro.md")),
                    must=True,
                ),
                stage(
                    "write the summary",
                    do(
                        "Good, bad, ideas: one sentence each.",
                        write(
                            "retro-short.md",
                            "Builds got faster and the page about imports was on time. "
                            "Two releases fell on a Friday, and a failing nightly copy "
                            "went unseen for six days. A rota for the test machines and "
                            "a mail on failure should help.\n",
                        ),
                    ),
                    must=True,
                ),
                stage(
                    "count the sentences",
                    do("Three full stops.", sh("grep -o '\\.' retro-short.md | wc -l")),
                    optional=True,
                ),
            ),
            (
                (
                    "`retro-short.md` has three sentences: what went well, what went "
                    "badly, what is planned."
                ),
                "Saved. One sentence each on the good, the bad and the ideas.",
            ),
            toolset="planning",
            trouble=0.9,
        ),
    ),
)
