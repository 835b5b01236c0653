"""File Operations: files to move, rename or join."""

from __future__ import annotations

from data.recorder.script import Follow, Section, Task, code, do, files, grep, read, sh, slip, stage

_SORT_INBOX = """\
import pathlib

for path in sorted(pathlib.Path("inbox").iterdir()):
    folder = pathlib.Path("inbox", path.suffix[1:])
    folder.mkdir(exist_ok=True)
    path.rename(folder / path.name)
for path in sorted(pathlib.Path("inbox").rglob("*.*")):
    print(path.relative_to("inbox"))
"""
_RENAME = 'for f in pages/*" "*; do mv "$f" "${f// /-}"; done; ls pages'

SECTION = Section(
    "File Operations",
    "Editing & Organising",
    (
        Task(
            "sort-inbox",
            "notes",
            "Sort the inbox: one folder per file type, csv, txt, svg and md.",
            (
                stage(
                    "see what is in it",
                    do("Names and endings.", sh("ls inbox")),
                    do("The search lists files of all folders.", files("*", "inbox")),
                    slip("Names and endings.", sh("ls Inbox")),
                ),
                stage(
                    "move the files",
                    do("pathlib has no trouble with spaces in names.", code(_SORT_INBOX)),
                    do(
                        "A loop in the shell, with quotes.",
                        sh(
                            'cd inbox; for f in *.*; do mkdir -p "${f##*.}"; mv "$f" '
                            '"${f##*.}/"; done; ls *'
                        ),
                    ),
                    slip(
                        "A loop in the shell.",
                        sh(
                            "cd inbox; mkdir -p csv txt svg md; for f in $(ls *.*); do mv $f "
                            "${f##*.}; done"
                        ),
                    ),
                    slip("One mv per type.", sh("mv inbox/*.csv inbox/csv/")),
                    must=True,
                ),
                stage(
                    "count the files",
                    do("There were eight.", sh("find inbox -type f | wc -l")),
                    optional=True,
                ),
            ),
            (
                "The inbox has four folders now: three csv, two svg, two txt and one md file.",
                "Sorted by type; all eight files are still there.",
            ),
            trouble=1.4,
        ),
        Task(
            "no-spaces",
            "site",
            "Rename the pages so that there are dashes instead of spaces in their names.",
            (
                stage(
                    "find them",
                    do("Names with a space.", files("* *.md")),
                    do("Names with a space.", sh("ls pages | grep ' '")),
                    slip("Names with a space.", sh("ls docs | grep ' '")),
                ),
                stage(
                    "rename them",
                    do("The shell can replace in names.", sh(_RENAME)),
                    do(
                        "Two names, two commands.",
                        sh('mv "pages/old questions.md" pages/old-questions.md'),
                        sh('mv "pages/release notes 2023.md" pages/release-notes-2023.md'),
                    ),
                    slip("rename does it in one go.", sh("rename 's/ /-/g' pages/*.md")),
                    slip(
                        "One after the other.",
                        sh("mv pages/old questions.md pages/old-questions.md"),
                    ),
                    must=True,
                ),
                stage(
                    "see whether links must change",
                    do("Does any page link to them?", grep("%20|old questions", "pages")),
                    do(
                        "A link would hold the old name.",
                        sh("grep -rn 'release notes 2023.md' pages"),
                    ),
                    optional=True,
                ),
            ),
            (
                (
                    "`old-questions.md` and `release-notes-2023.md` have their new "
                    "names. No page linked to them."
                ),
                "Both pages are renamed, and there were no links to correct.",
            ),
        ),
        Task(
            "merge-meetings",
            "notes",
            "Join the three meetings of May into one file meetings/may.md, newest first. Keep the "
            "originals.",
            (
                stage(
                    "see which files there are",
                    do("The names hold the dates.", sh("ls meetings")),
                    do("One of them shows the layout.", read("meetings/2024-05-06.md")),
                ),
                stage(
                    "join them",
                    do(
                        "Sorted backwards by name.",
                        sh(
                            "ls -r meetings/2024-05-*.md | xargs -n1 cat > meetings/may.md && wc "
                            "-l < meetings/may.md"
                        ),
                    ),
                    do(
                        "Three files in a given order.",
                        sh(
                            "cat meetings/2024-05-20.md meetings/2024-05-13.md "
                            "meetings/2024-05-06.md > meetings/may.md"
                        ),
                    ),
                    slip(
                        "tac turns them around.",
                        sh("tac -s '# Meeting' meetings/2024-05-*.md > meetings/may.md"),
                    ),
                    slip(
                        "Into a folder for the year.",
                        sh("cat meetings/2024-05-*.md > meetings/2024/may.md"),
                    ),
                    must=True,
                ),
                stage(
                    "check the order",
                    do("The headings in order.", sh("grep '^#' meetings/may.md")),
                    do("The headings in order.", grep("^# ", "meetings/may.md")),
                    check=True,
                ),
            ),
            (
                "`meetings/may.md` holds the meetings of 20, 13 and 6 May, in this order.",
                "Joined, newest first. The three files are still there.",
            ),
            follow=Follow(
                "Put a line at the top that says what it is.",
                (
                    stage(
                        "add the line",
                        do(
                            "Before everything else.",
                            sh(
                                "sed -i.bak '1i All meetings of May 2024, newest "
                                "first.\\n' meetings/may.md && rm meetings/may.md.bak && "
                                "head -1 meetings/may.md"
                            ),
                        ),
                        must=True,
                    ),
                ),
                ('The first line now reads "{last}"',),
            ),
            trouble=0.9,
        ),
    ),
)
