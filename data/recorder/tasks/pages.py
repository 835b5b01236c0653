"""Planning & Organization: menus, pages and tables to write."""

from __future__ import annotations

from data.recorder.script import (
    Follow,
    Section,
    Task,
    code,
    do,
    edit,
    files,
    grep,
    read,
    sh,
    slip,
    stage,
    todo,
    write,
)

_QUICK = """\
import json, pathlib

for path in sorted(pathlib.Path("recipes").glob("*.json")):
    recipe = json.loads(path.read_text())
    print(recipe["minutes"], recipe["name"], ", ".join(recipe["season"]))
"""

SECTION = Section(
    "Planning & Organization",
    "Notes & Documents",
    (
        Task(
            "weekly-menu",
            "recipes",
            "Plan four dinners in winter, none over 45 minutes if possible, and write menu.md.",
            (
                stage(
                    "list time and season of the recipes",
                    do("All at a glance.", code(_QUICK)),
                    do("Two fields of each file.", grep("minutes|season", "recipes")),
                    slip("An index would be handy.", read("recipes/index.json")),
                    slip("jq reads the two fields.", sh("jq -r '.minutes, .name' recipes/*.json")),
                    must=True,
                ),
                stage(
                    "write the menu",
                    do(
                        "Only three recipes are for winter, so one comes twice.",
                        write(
                            "menu.md",
                            "- Monday: lentil soup\n- Tuesday: pancakes\n- Wednesday: bean stew "
                            "(90 minutes)\n- Thursday: lentil soup\n",
                        ),
                    ),
                    must=True,
                ),
            ),
            (
                (
                    "`menu.md` has four dinners. Only three recipes are for winter, and the "
                    "bean stew takes 90 minutes."
                ),
                (
                    "Written. I could not avoid the bean stew: there are only two quick "
                    "recipes for winter."
                ),
            ),
            toolset="planning",
            ask="Only three recipes are for winter, and one of them takes 90 minutes. May I "
            "use a recipe of another season, or should one come twice?",
            follow=Follow(
                "Take the tomato pasta instead.",
                (
                    stage(
                        "change the menu",
                        do(
                            "Thursday instead of the second soup.",
                            edit("menu.md", "- Thursday: lentil soup", "- Thursday: tomato pasta"),
                        ),
                        must=True,
                    ),
                ),
                ("Thursday is tomato pasta now.",),
            ),
        ),
        Task(
            "page-plan",
            "site",
            "Which pages are missing or out of date? Make a list of what to "
            "write, in order of importance.",
            (
                stage(
                    "find gaps and old pages",
                    do(
                        "Links without a page, and years.",
                        grep("\\]\\([a-z-]+\\.md\\)", "pages"),
                        grep("Updated", "pages"),
                    ),
                    do(
                        "Names of pages first.", files("*.md", "pages"), grep("Updated 20", "pages")
                    ),
                    slip("The tool for links knows.", sh("python3 tools/links.py")),
                    slip("Old pages have a mark.", grep("outdated: true", "pages")),
                    must=True,
                ),
                stage(
                    "make the list",
                    do(
                        "Four things.",
                        todo(
                            "pending: write requirements.md",
                            "pending: write helping.md",
                            "pending: title for questions.md",
                            "pending: update install.md",
                        ),
                    ),
                    do(
                        "As a page for everyone.",
                        write(
                            "WRITING.md",
                            "1. requirements.md (linked, missing)\n2. helping.md (linked, "
                            "missing)\n3. questions.md: title\n4. install.md: from 2023\n",
                        ),
                    ),
                    must=True,
                ),
            ),
            (
                "Two linked pages don't exist, one has no title, one is from 2023; in this order.",
                "The list has four entries; the two missing pages come first.",
            ),
            toolset="planning",
            trouble=1.1,
        ),
        Task(
            "setting-docs",
            "deploy",
            "Document every setting in docs/settings.md, with the values of all three stages.",
            (
                stage(
                    "collect the settings",
                    do(
                        "All three files.",
                        read("env/local.toml"),
                        read("env/staging.toml"),
                        read("env/production.toml"),
                    ),
                    do("All lines with an equal sign.", sh("grep -n = env/*.toml")),
                    slip(
                        "All three files.",
                        read("env/dev.toml"),
                        read("env/staging.toml"),
                        read("env/production.toml"),
                    ),
                    slip("The loader can print them.", sh("python3 settings.py all")),
                    must=True,
                ),
                stage(
                    "write the page",
                    do(
                        "A table with one row per setting.",
                        write(
                            "docs/settings.md",
                            "| setting | local | staging | production |\n"
                            "|---|---|---|---|\n"
                            "| port | 8080 | 8081 | 8080 |\n"
                            "| log_level | debug | debug | info |\n"
                            "| max_upload_mb | 50 | 50 | 25 |\n"
                            "| workers | 1 | 2 | 8 |\n"
                            "| cache_seconds | | 0 | 300 |\n",
                        ),
                    ),
                    must=True,
                ),
                stage(
                    "find out what timeout_seconds means",
                    do("Is it used anywhere?", grep("timeout_seconds")),
                    do("The code of the service would show it.", sh("cat app/database.py")),
                    optional=True,
                ),
            ),
            (
                "`docs/settings.md` lists five settings. `local` has no `cache_seconds`.",
                "The page is there. The settings of the database are not in the table yet.",
            ),
            toolset="planning",
            ask="The table is written. `timeout_seconds` is only set for production, and "
            "nothing here uses it. Should it be documented as well?",
            trouble=1.2,
        ),
    ),
)
