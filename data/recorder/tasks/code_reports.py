"""Multi-Tool: reports on code and settings."""

from __future__ import annotations

from data.recorder.script import (
    Follow,
    Section,
    Task,
    code,
    do,
    edit,
    grep,
    read,
    sh,
    slip,
    stage,
    write,
)

_DIFFER = """\
import tomllib

stages = {s: tomllib.load(open(f"env/{s}.toml", "rb")) for s in ("staging", "production")}
names = sorted(set(stages["staging"]) | set(stages["production"]))
for name in names:
    a, b = stages["staging"].get(name), stages["production"].get(name)
    if a != b and name != "database":
        print(f"| {name} | {a} | {b} |")
"""
_UNTESTED = """\
import pathlib, re

tests = "".join(p.read_text() for p in pathlib.Path("tests").glob("*.py"))
for path in sorted(pathlib.Path("shelf").glob("*.py")):
    for name in re.findall(r"^def (\\w+)", path.read_text(), re.M):
        if name not in tests:
            print(path, name)
"""

SECTION = Section(
    "Multi-Tool",
    "Research & Report",
    (
        Task(
            "compare-stages",
            "deploy",
            "Compare staging with production and add a table of the differences "
            "to docs/differences.md.",
            (
                stage(
                    "read both files",
                    do(
                        "Both, side by side.", read("env/staging.toml"), read("env/production.toml")
                    ),
                    do("diff shows what differs.", sh("diff env/staging.toml env/production.toml")),
                    slip("Both, side by side.", read("env/staging.toml"), read("env/prod.toml")),
                ),
                stage(
                    "make the rows of the table",
                    do("tomllib compares values, not text.", code(_DIFFER)),
                    slip(
                        "tomllib compares values, not text.",
                        code("import tomllib\nprint(tomllib.load(open('env/staging.toml')))\n"),
                    ),
                    slip(
                        "yq can compare them.",
                        sh("yq eval-all env/staging.toml env/production.toml"),
                    ),
                    must=True,
                ),
                stage(
                    "add the table",
                    do(
                        "After the present table.",
                        sh(
                            "printf '\\n| setting | staging | production "
                            "|\\n|---|---|---|\\n| cache_seconds | 0 | 300 |\\n| "
                            "max_upload_mb | 50 | 25 |\\n| port | 8081 | 8080 |\\n' >> "
                            "docs/differences.md && tail -3 docs/differences.md"
                        ),
                    ),
                    must=True,
                ),
            ),
            (
                (
                    "The table is in `docs/differences.md`. Three settings differ "
                    "without a written reason."
                ),
                (
                    "Added. Besides workers and log level, the port, the cache and the "
                    "upload limit differ."
                ),
            ),
            ask="The table is there. For `cache_seconds`, `max_upload_mb` and `port` no reason is "
            "documented. Do you know them, so that I can add them?",
            follow=Follow(
                "The cache is off on staging so that changes show at once. The "
                "others I don't know.",
                (
                    stage(
                        "add the reason",
                        do(
                            "One row in the first table.",
                            edit(
                                "docs/differences.md",
                                "| log_level |",
                                "| cache_seconds | changes show at once on staging |\n"
                                "| log_level |",
                            ),
                        ),
                        must=True,
                    ),
                ),
                ("The reason for the cache is in the table.",),
            ),
            trouble=1.2,
        ),
        Task(
            "release-notes",
            "ledger",
            "Write CHANGELOG.md from the git history, oldest entry last.",
            (
                stage(
                    "read the history",
                    do("One line per commit is enough.", sh("git log --format=%s")),
                    do(
                        "With the files that changed.",
                        sh("git log --stat --format=%s | grep -v '^$'"),
                    ),
                    slip("Tags first.", sh("git describe --tags")),
                    slip("Since the last release.", sh("git log v1.0..HEAD --oneline")),
                    must=True,
                ),
                stage(
                    "see what the tax change was",
                    do(
                        "Worth a line of its own.",
                        sh(
                            "git log -p -S'TAX_PERCENT = 19' --format=%s -- ledger/money.py | "
                            "grep '^[+-]TAX'"
                        ),
                    ),
                    optional=True,
                ),
                stage(
                    "write the file",
                    do(
                        "Newest first.",
                        write(
                            "CHANGELOG.md",
                            "# Changes\n"
                            "\n"
                            "- Add the tab-separated export\n"
                            "- Add the command line\n"
                            "- Report totals with tax; the rate is 19 percent (was 7)\n"
                            "- Read entries from CSV\n"
                            "- Parse and format amounts\n",
                        ),
                    ),
                    must=True,
                ),
                stage(
                    "check that it is complete",
                    do(
                        "As many entries as commits.",
                        sh("git rev-list --count HEAD; grep -c '^- ' CHANGELOG.md"),
                    ),
                    optional=True,
                    check=True,
                ),
            ),
            (
                "`CHANGELOG.md` has five entries, one per commit.",
                "Written, newest entry first. The change of the tax rate is named in its entry.",
            ),
            trouble=0.9,
        ),
        Task(
            "untested-functions",
            "shelf",
            "Which functions have no test? Write the list to untested.md.",
            (
                stage(
                    "compare functions with tests",
                    do("A name that no test mentions is not tested.", code(_UNTESTED)),
                    do(
                        "All functions, all imports of tests.",
                        grep("^def ", "shelf"),
                        grep("^from shelf", "tests"),
                    ),
                    slip("A coverage run tells exactly.", sh("coverage run -m unittest")),
                    slip("A coverage run tells exactly.", sh("python3 -m coverage report")),
                    must=True,
                ),
                stage(
                    "write the list",
                    do(
                        "Four names.",
                        write(
                            "untested.md",
                            "# Functions without a test\n\n- shelf/search.py: starts_with\n"
                            "- shelf/store.py: load, add, total_copies\n",
                        ),
                    ),
                    must=True,
                ),
            ),
            (
                "Four functions have no test: `starts_with`, `load`, `add` and `total_copies`.",
                "`untested.md` lists four functions, three of them in the store.",
            ),
            trouble=1.3,
        ),
    ),
)
