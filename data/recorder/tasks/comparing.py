"""File Operations: files, links and pages to compare."""

from __future__ import annotations

from data.recorder.script import Follow, Section, Task, code, do, edit, grep, read, sh, slip, stage

_LINKS = """\
import pathlib, re

for page in sorted(pathlib.Path("pages").glob("*.md")):
    for link in re.findall(r"\\]\\(([^)]+)\\)", page.read_text()):
        if not (page.parent / link).exists():
            print(page.name, "->", link)
"""
_SAME = "find inbox -type f -exec md5sum {} + | sort | uniq -w32 -D | cut -c35-"

SECTION = Section(
    "File Operations",
    "Search & Inspect",
    (
        Task(
            "same-files",
            "notes",
            "Are there files in the inbox with the same content?",
            (
                stage(
                    "compare the contents",
                    do("Equal checksums mean equal content.", sh(_SAME)),
                    do(
                        "A dictionary from content to names.",
                        code(
                            "import pathlib\n"
                            "seen = {}\n"
                            "for p in sorted(pathlib.Path('inbox').iterdir()):\n"
                            "    seen.setdefault(p.read_bytes(), []).append(p.name)\n"
                            "print([names for names in seen.values() if len(names) > "
                            "1])\n"
                        ),
                    ),
                    slip("xargs with md5sum.", sh("ls inbox/* | xargs md5sum | sort")),
                    slip("fdupes finds them.", sh("fdupes inbox")),
                    must=True,
                ),
                stage(
                    "make sure by comparing directly",
                    do(
                        "diff says nothing about equal files.",
                        sh("diff inbox/import-errors.csv inbox/errors-copy.csv"),
                        sh('cmp "inbox/flags.txt" "inbox/copy of flags.txt"'),
                    ),
                    do(
                        "The two logos look alike by name.",
                        sh('diff -q "inbox/logo.svg" "inbox/logo old.svg"'),
                    ),
                    optional=True,
                ),
            ),
            (
                (
                    "Two pairs: `flags.txt` and `copy of flags.txt`, and `import-errors.csv` and "
                    "`errors-copy.csv`. The two logos differ."
                ),
                "Yes, two pairs have the same content: the flags and the import errors.",
            ),
            follow=Follow(
                "Delete the copies.",
                (
                    stage(
                        "delete the copies",
                        do(
                            "Names with spaces need quotes.",
                            sh('rm "inbox/copy of flags.txt" inbox/errors-copy.csv && ls inbox'),
                        ),
                        slip(
                            "Both copies.", sh("rm inbox/copy of flags.txt inbox/errors-copy.csv")
                        ),
                        must=True,
                    ),
                ),
                ("Both copies are gone; the originals are there.",),
            ),
            trouble=1.3,
        ),
        Task(
            "broken-links",
            "site",
            "Find all links in the pages that lead to pages which don't exist.",
            (
                stage(
                    "collect the links and check them",
                    do("A script can check each target.", code(_LINKS)),
                    do(
                        "All links and all pages, to compare them.",
                        sh("grep -ohE '\\([a-z-]+\\.md\\)' pages/*.md | tr -d '()' | sort -u"),
                        sh("ls pages"),
                    ),
                    slip("A link checker would do.", sh("linkchecker pages")),
                    slip("All links.", grep("\\]\\([^)]+\\)", "docs")),
                    slip("All links.", grep("](", "pages")),
                    must=True,
                ),
                stage(
                    "see where they are",
                    do("Which lines?", grep("requirements.md|helping.md", "pages")),
                    optional=True,
                ),
            ),
            (
                (
                    "Two links are broken: `install.md` links to `requirements.md`, and "
                    "`questions.md` to `helping.md`. Neither page exists."
                ),
                "`requirements.md` (from install) and `helping.md` (from questions) do not exist.",
            ),
            ask="`requirements.md` and `helping.md` don't exist. Shall I write short pages "
            "for them, or remove the links?",
            follow=Follow(
                "Remove the links, keep the words.",
                (
                    stage(
                        "remove both links",
                        do(
                            "Two patches.",
                            edit(
                                "pages/install.md",
                                "[requirements](requirements.md)",
                                "requirements",
                            ),
                            edit("pages/questions.md", "[how to help](helping.md)", "how to help"),
                        ),
                        must=True,
                    ),
                    stage("check again", do("The same script.", code(_LINKS)), optional=True),
                ),
                ("Both links are gone, the words are still there.",),
            ),
        ),
        Task(
            "tag-page",
            "site",
            "What does the page about tool calls say about the order of thought, call and result?",
            (
                stage(
                    "read the page",
                    do("It has an obvious name.", read("pages/tool-calls.md")),
                    do("The page, without line numbers.", sh("cat pages/tool-calls.md")),
                    slip("It has an obvious name.", read("pages/tool_calls.md")),
                    slip("It should be built already.", sh("cat out/tool-calls.html")),
                    must=True,
                ),
                stage(
                    "see which pages link to it",
                    do("Other pages may say more.", grep("tool-calls.md", "pages")),
                    optional=True,
                ),
            ),
            (
                (
                    "First the thought, then the call, each between tags that stand alone on "
                    "their line; the result comes back in a message of its own."
                ),
                "Thought, call, result: in this order, and each tag is on a line by itself.",
            ),
            trouble=0.7,
        ),
    ),
)
