"""File Operations: the same change in several files."""

from __future__ import annotations

from data.recorder.script import Section, Task, code, do, edit, files, grep, read, sh, slip, stage

_HEADER = """\
import pathlib

for path in sorted(pathlib.Path("ledger").glob("*.py")):
    path.write_text("# Licence: CC0-1.0\\n" + path.read_text())
    print(path)
"""

SECTION = Section(
    "File Operations",
    "Editing & Organising",
    (
        Task(
            "staging-port",
            "deploy",
            "Staging must move to port 8090. Change it wherever it is written down.",
            (
                stage(
                    "find the present port",
                    do("8081 should be searched everywhere.", grep("8081")),
                    do("Settings and documentation.", sh("grep -rn 8081 env docs")),
                    slip("The settings of staging.", read("env/staging.yaml")),
                ),
                stage(
                    "change settings and documentation",
                    do(
                        "Two places.",
                        edit("env/staging.toml", "port = 8081", "port = 8090"),
                        edit("docs/ports.md", "on 8081 on staging", "on 8090 on staging"),
                    ),
                    slip(
                        "Two places.",
                        edit("env/staging.toml", "port: 8081", "port: 8090"),
                        edit("docs/ports.md", "on 8081 on staging", "on 8090 on staging"),
                    ),
                    must=True,
                ),
                stage(
                    "check that the old port is gone",
                    do("No hit is what I want.", sh("grep -rn 8081 .")),
                    do("The settings must still load.", sh("python3 settings.py staging")),
                    optional=True,
                ),
            ),
            (
                "Port 8090 is in `env/staging.toml` and `docs/ports.md`.",
                "Changed in two files; 8081 is not mentioned any more.",
            ),
        ),
        Task(
            "licence-header",
            "ledger",
            "Put the line '# Licence: CC0-1.0' at the top of each Python file of "
            "the ledger package.",
            (
                stage(
                    "list the files",
                    do("All of the package.", files("*.py", "ledger")),
                    do("Is there one already?", sh("grep -L Licence ledger/*.py")),
                    optional=True,
                ),
                stage(
                    "add the line",
                    do("A few lines of Python.", code(_HEADER)),
                    do(
                        "sed can insert before line 1.",
                        sh("sed -i.bak '1i # Licence: CC0-1.0' ledger/*.py && rm ledger/*.bak"),
                    ),
                    slip(
                        "One patch can add it to a file.",
                        edit(
                            "ledger/__init__.py", '"""The ledger package."""', "# Licence: CC0-1.0"
                        ),
                    ),
                    slip("ed edits in place.", sh("ed -s ledger/cli.py <<< '0a'")),
                    must=True,
                ),
                stage(
                    "check all files",
                    do("The first line of each.", sh("head -qn1 ledger/*.py | sort | uniq -c")),
                    do(
                        "Files without it would be listed.",
                        sh("grep -L '^# Licence' ledger/*.py | grep ."),
                    ),
                    optional=True,
                ),
            ),
            (
                "All six files of the package begin with the licence line.",
                "Added to six files; the tests were not touched.",
            ),
            trouble=0.9,
        ),
        Task(
            "page-titles",
            "site",
            "Each page must begin with a title. Find those that don't and give them one.",
            (
                stage(
                    "find pages without a title",
                    do("-L lists files without a match.", sh("grep -L '^title:' pages/*.md")),
                    do(
                        "Those with a title, to see which are missing.",
                        grep("^title:", "pages"),
                        sh("ls pages"),
                    ),
                    slip("The titles are in the front matter.", sh("grep -c '^---' pages/*.md")),
                ),
                stage(
                    "add a title",
                    do(
                        "The page is about questions.",
                        edit(
                            "pages/questions.md",
                            "Why is there no page about themes?\n",
                            "title: Questions\n\nWhy is there no page about themes?\n",
                        ),
                    ),
                    slip(
                        "The page is about questions.",
                        edit(
                            "pages/question.md", "Why is there", "title: Questions\n\nWhy is there"
                        ),
                    ),
                    slip(
                        "The page is about questions.",
                        edit("pages/questions.md", "# Questions\n", "title: Questions\n"),
                    ),
                    must=True,
                ),
                stage(
                    "check all pages",
                    do("Seven files, seven titles.", sh("grep -c '^title:' pages/*.md")),
                    optional=True,
                ),
            ),
            (
                'Only `questions.md` had none; it is called "Questions" now.',
                "One page lacked a title: `questions.md`. It has one now.",
            ),
        ),
        Task(
            "new-year",
            "site",
            "Change 2023 to 2024 in the footer and wherever a page says when it was "
            "updated, but not in the release notes.",
            (
                stage(
                    "find all years",
                    do("All places with 2023.", grep("2023")),
                    do("With names of files.", sh("grep -rn 2023 site.toml pages | sort")),
                    slip("The footer is in the template.", grep("2023", "templates")),
                ),
                stage(
                    "change them",
                    do(
                        "Two places only.",
                        edit("site.toml", "CC0, 2023", "CC0, 2024"),
                        edit("pages/install.md", "Updated 2023.", "Updated 2024."),
                    ),
                    slip("The footer first.", edit("site.toml", "(c) 2023", "(c) 2024")),
                    slip(
                        "All at once, without the notes.",
                        sh("sed -i.bak s/2023/2024/ site.toml pages/[a-q]*.md pages/updates.md"),
                    ),
                    must=True,
                ),
                stage(
                    "check what is left",
                    do("Only the notes may show up.", sh("grep -rl 2023 pages site.toml | sort")),
                    optional=True,
                ),
            ),
            (
                "The footer and `install.md` say 2024. The release notes are as they were.",
                (
                    "Changed in `site.toml` and `pages/install.md`; nothing else "
                    "mentions 2023 but the notes."
                ),
            ),
            ask="The footer and the installation page say 2024 now. `old questions.md` says "
            '"Updated 2021": should that stay?',
        ),
    ),
)
