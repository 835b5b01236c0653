"""File Operations: finding files and what is in them."""

from __future__ import annotations

from data.recorder.script import Follow, Section, Task, do, edit, files, grep, read, sh, slip, stage

SECTION = Section(
    "File Operations",
    "Search & Inspect",
    (
        Task(
            "open-todos",
            "ledger",
            "List all TODO and FIXME comments in the Python files, with file and line.",
            (
                stage(
                    "search for both words",
                    do("One pattern for both.", grep("TODO|FIXME", glob="*.py")),
                    do(
                        "grep gives file and line.",
                        sh("grep -nE 'TODO|FIXME' ledger/*.py tests/*.py"),
                    ),
                    do("Each word by itself.", grep("TODO", "ledger"), grep("FIXME", "ledger")),
                    slip("One pattern for both.", grep("TODO|FIXME", "src")),
                    slip("One pattern for both.", grep("(TODO|FIXME", glob="*.py")),
                    slip("ag is made for code.", sh("ag 'TODO|FIXME'")),
                    must=True,
                ),
                stage(
                    "see the code around them",
                    do(
                        "Is the one about rounding still right?",
                        read("ledger/money.py", offset=14, limit=10),
                    ),
                    optional=True,
                ),
            ),
            (
                (
                    "There are three: `ledger/loader.py:17` (empty files), "
                    "`ledger/money.py:13` (negative amounts) and `ledger/money.py:18` "
                    "(rounding)."
                ),
                (
                    "Two TODOs and one FIXME: in `loader.py` line 17, and in `money.py` "
                    "lines 13 and 18."
                ),
            ),
            trouble=0.8,
        ),
        Task(
            "largest-files",
            "site",
            "Which are the three largest files of the site, in bytes?",
            (
                stage(
                    "list the sizes",
                    do(
                        "wc counts bytes, sort does the rest.",
                        sh("find . -type f -exec wc -c {} + | grep -v total | sort -rn | head -3"),
                    ),
                    do(
                        "Pages, templates and scripts.",
                        sh("wc -c pages/* templates/* *.py | sort -rn | head -4"),
                    ),
                    slip("tree prints sizes.", sh("tree -s")),
                    slip("ls can sort by size.", sh("ls -S pages templates src")),
                    must=True,
                ),
            ),
            ("The three largest, with their bytes:\n\n{out}", "By size:\n\n{out}"),
            toolset="files",
            trouble=1.1,
        ),
        Task(
            "upload-limit",
            "deploy",
            "Where is max_upload_mb set, and do all stages agree on it?",
            (
                stage(
                    "find the setting",
                    do("A search over everything.", grep("max_upload_mb")),
                    do(
                        "The env folder is where settings are.",
                        sh("grep -n max_upload_mb env/*.toml"),
                    ),
                    slip("The settings should be YAML.", grep("max_upload_mb", glob="*.yaml")),
                    slip("The settings should be YAML.", read("config/settings.yaml")),
                    must=True,
                ),
                stage(
                    "look for a reason",
                    do("Differences are documented.", read("docs/differences.md")),
                    do("Does the table name it?", sh("grep -c upload docs/differences.md")),
                    optional=True,
                ),
            ),
            (
                (
                    "It is set in all three files of `env/`: 50 for local and staging, 25 "
                    "for production. `docs/differences.md` gives no reason for that."
                ),
                "No: production allows 25 MB, staging and local 50.",
            ),
            ask="Staging and local allow 50 MB, production 25, and no reason is written "
            "down. Which of the two is right?",
            follow=Follow(
                "50 is right. Change production.",
                (
                    stage(
                        "change production",
                        do(
                            "One line.",
                            edit("env/production.toml", "max_upload_mb = 25", "max_upload_mb = 50"),
                        ),
                        must=True,
                    ),
                    stage(
                        "check it",
                        do(
                            "All three again.",
                            sh("grep -h max_upload_mb env/*.toml | sort | uniq -c"),
                        ),
                        optional=True,
                    ),
                ),
                ("Production allows 50 MB now, like the other stages.",),
            ),
        ),
        Task(
            "missing-guide",
            "site",
            "Open the migration guide and tell me which version it starts from.",
            (
                stage(
                    "find the guide by its name",
                    do("It should have migration in its name.", files("*migrat*")),
                    do("Its name should be obvious.", read("pages/migration-guide.md")),
                    do("Perhaps it is in a folder of its own.", sh("ls docs/migration")),
                ),
                stage(
                    "find the word in any page",
                    do("Perhaps it has another name.", grep("[Mm]igrat")),
                    do(
                        "The readme or the start page should link to it.",
                        read("README.md"),
                        read("pages/index.md"),
                    ),
                ),
                stage(
                    "read the guide",
                    do("A last guess at its name.", read("pages/migration.md")),
                    do("It may be among the built pages.", sh("cat out/migration.html")),
                    do("Perhaps it was there once.", sh("git log --oneline -- pages/migration.md")),
                    must=True,
                ),
            ),
            ("The guide says: {last}",),
            stuck_ask="There is no migration guide here, neither as a page nor as a mention. Do "
            "you have another name for it, or is it kept somewhere else?",
            toolset="files",
            trouble=0.9,
        ),
    ),
)
