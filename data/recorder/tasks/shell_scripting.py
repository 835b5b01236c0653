"""Terminal & Coding: shell scripts to write, repair or replace."""

from __future__ import annotations

from data.recorder.script import Follow, Section, Task, do, edit, read, sh, slip, stage, write

_BACKUP = """\
#!/usr/bin/env bash
# Packs data/ into backups/data.tar.
set -eu
mkdir -p backups
tar -cf backups/data.tar data
tar -tf backups/data.tar | sort
"""

SECTION = Section(
    "Terminal & Coding",
    "Shell Scripting",
    (
        Task(
            "backup-script",
            "shop",
            "Write a script backup.sh that packs the data folder into backups/data.tar "
            "and lists what is in the archive.",
            (
                stage(
                    "see what is in the data folder",
                    do("The list shows what the archive has to hold.", sh("ls data")),
                    do("I want to know which files there are, and how large.", sh("wc -c data/*")),
                    slip("The data should be one level up.", sh("ls ../data")),
                ),
                stage(
                    "write the script",
                    do("A plain tar is enough; no date in the name.", write("backup.sh", _BACKUP)),
                    must=True,
                ),
                stage(
                    "run the script",
                    do("Running it through bash works without the x bit.", sh("bash backup.sh")),
                    do("It should be executable.", sh("chmod +x backup.sh && ./backup.sh")),
                    slip("It is a script, so I can just start it.", sh("./backup.sh")),
                    must=True,
                    check=True,
                ),
            ),
            (
                "`backup.sh` packs `data/` into `backups/data.tar`. The archive holds:\n\n{out}",
                "Done: `backup.sh` is there and works. It stops at the first error (`set -eu`).",
            ),
            extra="It must stop at the first error.",
            follow=Follow(
                "Good. Can it also compress the archive?",
                (
                    stage(
                        "compress the archive",
                        do(
                            "Option z of tar calls gzip.",
                            sh(
                                "sed -i.bak 's/-cf backups\\/data.tar/-czf backups\\/data.tar.gz/; "
                                "s/-tf backups\\/data.tar/-tzf backups\\/data.tar.gz/' backup.sh "
                                "&& cat backup.sh"
                            ),
                        ),
                    ),
                    stage(
                        "run it again",
                        do("This needs a run to be sure.", sh("bash backup.sh")),
                        check=True,
                    ),
                ),
                ("It now writes `backups/data.tar.gz`.",),
            ),
        ),
        Task(
            "rotate-fails",
            "logs",
            "rotate.sh stops with an error on the new machine. Find out why and repair it.",
            (
                stage(
                    "see the error myself",
                    do("The message of the script is the best start.", sh("bash rotate.sh")),
                    do("Running it with -x shows the line.", sh("bash -x rotate.sh")),
                    slip("I start it as it is.", sh("./rotate.sh")),
                ),
                stage(
                    "read the script",
                    do("It is short enough to read as a whole.", read("rotate.sh"), sh("ls -p")),
                    do(
                        "I need the script and the names of the folders.",
                        sh("cat rotate.sh; ls -p"),
                    ),
                ),
                stage(
                    "correct the name of the folder",
                    do(
                        "The folder is called logs, not log.",
                        edit("rotate.sh", "cd log\n", "cd logs\n"),
                    ),
                    slip(
                        "I quote the folder, that should help.",
                        edit("rotate.sh", 'cd "log"', 'cd "logs"'),
                    ),
                    must=True,
                ),
                stage(
                    "run it again",
                    do("Now it has to say that it rotated.", sh("bash rotate.sh && ls logs")),
                    check=True,
                ),
            ),
            (
                (
                    "The script changed into `log`, but the folder is called `logs`. With "
                    "that corrected it runs through."
                ),
                (
                    "Repaired: one letter was missing in the name of the folder. The "
                    "copies are there now."
                ),
            ),
        ),
        Task(
            "status-codes",
            "logs",
            "How often does each HTTP status code occur in the access log? One "
            "line of shell is fine.",
            (
                stage(
                    "see which column the status is in",
                    do("Two lines are enough to count columns.", sh("head -2 logs/access.log")),
                    do("I need the layout of a line.", read("logs/access.log", limit=3)),
                    slip("The log is in the usual place.", sh("head -2 /var/log/access.log")),
                    slip("The log should be right here.", read("access.log", limit=3)),
                ),
                stage(
                    "count the codes",
                    do(
                        "The status is the fifth column.",
                        sh("awk '{print $5}' logs/access.log | sort | uniq -c | sort -rn"),
                    ),
                    do(
                        "cut can take the fifth field.",
                        sh("cut -d' ' -f5 logs/access.log | sort | uniq -c | sort -k1,1rn -k2"),
                    ),
                    slip(
                        "There is a nice tool for tables.",
                        sh("mlr --inidx count -f 5 logs/access.log"),
                    ),
                    must=True,
                ),
            ),
            (
                "The counts are:\n\n{out}",
                "Each status code with its count, most frequent first:\n\n{out}",
            ),
            toolset="files",
            trouble=1.2,
        ),
    ),
)
