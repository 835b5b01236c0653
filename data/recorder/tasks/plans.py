"""Planning & Organization: plans for a release, a migration, a rota."""

from __future__ import annotations

from data.recorder.script import (
    Follow,
    Section,
    Task,
    clarify,
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

_PLAN = """\
# Release 1.0

1. All tests pass (tax rounding fails at present)
2. The export runs (import error at present)
3. Negative amounts are shown correctly
4. A changelog
5. Tag the release
"""
_MIGRATION = """\
# Moving local.toml to the common settings

1. Add `cache_seconds` to env/local.toml, settings.py requires it
2. Add the database section
3. Load each stage once: `python3 settings.py STAGE`
4. Document the differences
"""

SECTION = Section(
    "Planning & Organization",
    "Task Planning",
    (
        Task(
            "release-plan",
            "ledger",
            "Plan the first release of ledger: what is still to be done? Put it into PLAN.md.",
            (
                stage(
                    "keep track of the work",
                    do(
                        "A list first.",
                        todo(
                            "in_progress: run the tests",
                            "pending: look for open ends",
                            "pending: write PLAN.md",
                        ),
                    ),
                    optional=True,
                ),
                stage(
                    "see what is not finished",
                    do(
                        "Tests and comments tell.",
                        sh("python3 -m unittest 2>&1 | tail -1"),
                        grep("TODO|FIXME"),
                    ),
                    do(
                        "Tests, comments, commands.",
                        sh("python3 -m unittest"),
                        grep("TODO|FIXME", "ledger"),
                        sh("python3 -m ledger.export data/march.csv"),
                    ),
                    slip("There may be a list already.", read("TODO.md")),
                    slip("The issues should be in a file.", sh("cat docs/issues.md")),
                ),
                stage(
                    "write the plan",
                    do("Most important first.", write("PLAN.md", _PLAN)),
                    must=True,
                ),
                stage(
                    "close the list",
                    do(
                        "All of it is done.",
                        todo(
                            "completed: run the tests",
                            "completed: look for open ends",
                            "completed: write PLAN.md",
                        ),
                    ),
                    optional=True,
                ),
            ),
            (
                "`PLAN.md` has five points. A failing test and an import error come first.",
                "The plan is in `PLAN.md`; points 1 and 2 block the release.",
            ),
            toolset="planning",
        ),
        Task(
            "migration-steps",
            "deploy",
            "local.toml can't be loaded with settings.py. Break down what has to be "
            "done, then do the first step.",
            (
                stage(
                    "see what fails",
                    do(
                        "The loader says what is missing.",
                        sh("python3 settings.py local 2>&1 | tail -1; exit ${PIPESTATUS[0]}"),
                    ),
                    do("Loader and file.", read("settings.py"), read("env/local.toml")),
                    slip(
                        "The loader says what is missing.", sh("python3 settings.py env/local.toml")
                    ),
                ),
                stage(
                    "write down the steps",
                    do("As a file.", write("docs/migration.md", _MIGRATION)),
                    do(
                        "As a list.",
                        todo(
                            "in_progress: add cache_seconds to local.toml",
                            "pending: add the database section",
                            "pending: load each stage",
                            "pending: document the differences",
                        ),
                    ),
                    must=True,
                ),
                stage(
                    "add the missing setting",
                    do(
                        "The same as on staging.",
                        edit("env/local.toml", "workers = 1\n", "workers = 1\ncache_seconds = 0\n"),
                    ),
                    slip(
                        "The same as on staging.",
                        edit("env/local.toml", "workers=1", "workers=1\ncache_seconds=0"),
                    ),
                    slip(
                        "The same as on staging.",
                        edit("env/local.ini", "workers = 1\n", "workers = 1\ncache_seconds = 0\n"),
                    ),
                ),
                stage(
                    "load it",
                    do("It should print the values.", sh("python3 settings.py local")),
                    check=True,
                ),
            ),
            (
                "The steps are written down and the first is done: `settings.py local` loads.",
                "First step done: `cache_seconds` was missing. Three steps are left.",
            ),
            toolset="planning",
            trouble=1.1,
        ),
        Task(
            "machine-rota",
            "notes",
            "Set up the rota for the test machines for June and write it to rota.md. Ask "
            "me if something is unclear.",
            (
                stage(
                    "see what the notes say",
                    do("The idea comes from the retro.", grep("rota|test machine")),
                    do(
                        "Retro and meetings.",
                        read("meetings/retro-may.md"),
                        grep("test machines", "meetings"),
                    ),
                    slip("There may be a list of people.", read("team.md")),
                ),
                stage(
                    "ask who takes part",
                    do(
                        "Nobody is named anywhere.",
                        clarify(
                            "Which teams take part in the rota?",
                            "build",
                            "docs",
                            "support",
                            "all three",
                        ),
                    ),
                    do(
                        "The order has to come from the user.",
                        clarify("In which order should the teams look after the machines?"),
                    ),
                    must=True,
                ),
                stage(
                    "write the rota",
                    do(
                        "One week each.",
                        write("rota.md", "- week 23: build\n- week 24: docs\n- week 25: support\n"),
                    ),
                    must=True,
                ),
            ),
            ("`rota.md` has three weeks.",),
            toolset="planning",
            stuck_ask="The notes say that a rota is wanted, but not who takes part. Which "
            "teams should I put on it, and in which order?",
            follow=Follow(
                "Build, then docs, then support, one week each from week 23 on.",
                (
                    stage(
                        "write the rota",
                        do(
                            "As told.",
                            write(
                                "rota.md",
                                "# Test machines\n\n- week 23: build team\n- week 24: docs team\n- "
                                "week 25: support\n",
                            ),
                        ),
                        must=True,
                    ),
                    stage(
                        "mention it in the readme",
                        do(
                            "Where people look first.",
                            edit(
                                "README.md",
                                "`todo.md` is the common list.",
                                "`todo.md` is the common list, `rota.md` says who looks after the "
                                "test machines.",
                            ),
                        ),
                        optional=True,
                    ),
                ),
                ("`rota.md` holds weeks 23 to 25.",),
            ),
            trouble=0.7,
        ),
    ),
)
