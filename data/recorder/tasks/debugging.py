"""Terminal & Coding: programs that crash, hang or do not answer."""

from __future__ import annotations

from data.recorder.script import Follow, Section, Task, do, edit, grep, read, sh, slip, stage, write

_HEALTH_LOOP = """\
#!/usr/bin/env bash
# Checks every port of docs/ports.md, stops at the first that is closed.
set -e
for port in 8080 8081 6379; do
  python3 health.py "$port"
done
"""

SECTION = Section(
    "Terminal & Coding",
    "Debugging",
    (
        Task(
            "worker-hangs",
            "jobs",
            "`python3 -m jobs.worker --once` never comes back. Why? Don't kill anything, "
            "just tell me what it waits for.",
            (
                stage(
                    "see it hang",
                    do(
                        "With a timeout of one second I lose nothing.",
                        sh("python3 -m jobs.worker --once", timeout=1),
                    ),
                    do(
                        "I start it with a short limit and look at its output.",
                        sh("python3 -m jobs.worker --once 2>&1 | tail -3", timeout=1),
                    ),
                    slip(
                        "Perhaps it only needs a little longer.",
                        sh("python3 jobs/worker.py --once", timeout=5),
                    ),
                ),
                stage(
                    "find the loop it is in",
                    do("Something waits before the first job.", read("jobs/worker.py")),
                    do(
                        "A search for sleep leads there.",
                        grep("sleep|while|LOCK", "jobs/worker.py"),
                    ),
                    must=True,
                ),
                stage(
                    "look at the lock",
                    do(
                        "The lock file may say who holds it.",
                        sh("cat run/worker.lock; tail -2 logs/worker.log"),
                    ),
                    do(
                        "Who wrote the lock, and is that worker still there?",
                        read("run/worker.lock"),
                        grep("worker 2", "logs/worker.log"),
                    ),
                ),
            ),
            (
                (
                    "It waits for `run/worker.lock`, which belongs to worker 2. According to "
                    "the log that worker was killed by signal 9, so nobody will ever remove "
                    "the file."
                ),
                (
                    "`wait_for_lock` loops while `run/worker.lock` exists. Worker 2 left it "
                    "behind when it was killed. Removing the file lets it run."
                ),
            ),
            ask="It waits for `run/worker.lock`, left behind by worker 2, which was killed. "
            "Shall I remove the lock file?",
            follow=Follow(
                "Yes, remove it and try again.",
                (
                    stage(
                        "remove the lock and run the worker",
                        do(
                            "Without the lock it should finish at once.",
                            sh("rm run/worker.lock && python3 -m jobs.worker --once", timeout=5),
                        ),
                        must=True,
                        check=True,
                    ),
                ),
                ("The lock is gone and the worker went through all jobs:\n\n{out}",),
            ),
            trouble=1.3,
        ),
        Task(
            "import-error",
            "ledger",
            "python3 -m ledger.export data/march.csv ends with an import error. Please fix it.",
            (
                stage(
                    "see the error",
                    do(
                        "The last line names the module.",
                        sh("python3 -m ledger.export data/march.csv"),
                    ),
                    do(
                        "I only need the end of it.",
                        sh(
                            "python3 -m ledger.export data/march.csv 2>&1 | tail -2; exit "
                            "${PIPESTATUS[0]}"
                        ),
                    ),
                    slip("I run the file directly.", sh("python3 ledger/export.py data/march.csv")),
                ),
                stage(
                    "find the wrong import",
                    do("Which module is meant?", grep("^from ledger", glob="*.py")),
                    do(
                        "The file and its neighbours will show it.",
                        read("ledger/export.py"),
                        sh("ls ledger"),
                    ),
                ),
                stage(
                    "correct the import",
                    do(
                        "The module is called report.",
                        edit(
                            "ledger/export.py",
                            "from ledger.reports import",
                            "from ledger.report import",
                        ),
                    ),
                    slip(
                        "The import must name the module report.",
                        edit("ledger/export.py", "import ledger.reports", "import ledger.report"),
                    ),
                    slip(
                        "I correct it in the export module.",
                        edit("export.py", "ledger.reports", "ledger.report"),
                    ),
                ),
                stage(
                    "run the export",
                    do(
                        "Now it should print totals.", sh("python3 -m ledger.export data/march.csv")
                    ),
                    check=True,
                ),
            ),
            (
                (
                    "`ledger/export.py` imported `ledger.reports`, but the module is "
                    "`ledger.report`. The export works now:\n"
                    "\n"
                    "{out}"
                ),
                "It was a typo in one import; the last line of the output is `{last}`.",
            ),
            trouble=1.1,
        ),
        Task(
            "service-down",
            "deploy",
            "The health check says that the service is down. Which port does it "
            "answer on? I need it up.",
            (
                stage(
                    "ask the service",
                    do("The default port first.", sh("python3 health.py 8080")),
                    do(
                        "Both ports of the web service at once.",
                        sh("python3 health.py 8080"),
                        sh("python3 health.py 8081"),
                    ),
                    slip("The script should know the port.", sh("python3 health.py")),
                ),
                stage(
                    "see which ports are meant",
                    do("The documentation lists the ports.", read("docs/ports.md")),
                    do("The settings say which port is used.", grep("port", "env")),
                    optional=True,
                ),
                stage(
                    "reach the service",
                    do(
                        "Perhaps it is only slow to start.",
                        sh("bash scripts/wait_for_web.sh 8081", timeout=1),
                    ),
                    do(
                        "Each known port in turn.",
                        write("scripts/check_all.sh", _HEALTH_LOOP),
                        sh("bash scripts/check_all.sh"),
                    ),
                    do("Maybe it has to be started first.", sh("docker compose up -d web")),
                    do("Starting it needs more rights.", sh("sudo systemctl start uploads")),
                    must=True,
                ),
            ),
            ("The service answers: {last}",),
            stuck_ask="Nothing listens on 8080 or 8081 here, and I have no way to start the "
            "containers from this place. Could you start the service, or tell me how it "
            "is started on this machine?",
            trouble=0.8,
        ),
        Task(
            "unknown-unit",
            "recipes",
            "convert.py crashes for the potato salad. It should print all amounts in ml.",
            (
                stage(
                    "see the crash",
                    do(
                        "I run it on that recipe.",
                        sh("python3 convert.py recipes/potato-salad.json"),
                    ),
                    slip("I run it on that recipe.", sh("python3 convert.py potato-salad.json")),
                    slip(
                        "I run it on that recipe.",
                        sh("python convert.py --file recipes/salad.json"),
                    ),
                ),
                stage(
                    "find which units are used",
                    do(
                        "There may be more units than this one.",
                        sh('grep -ho \'"unit": "[a-z]*"\' recipes/*.json | sort | uniq -c'),
                    ),
                    do(
                        "The table of units, and all recipes with that unit.",
                        grep("MILLILITRES"),
                        grep("tbsp", "recipes"),
                    ),
                    optional=True,
                ),
                stage(
                    "add the missing unit",
                    do(
                        "A tablespoon is 15 ml.",
                        edit(
                            "convert.py", '"tsp": 5, "cup": 240', '"tsp": 5, "tbsp": 15, "cup": 240'
                        ),
                    ),
                    slip(
                        "A tablespoon is 15 ml.",
                        edit("convert.py", "'tsp': 5,", "'tsp': 5, 'tbsp': 15,"),
                    ),
                ),
                stage(
                    "run it again",
                    do(
                        "All lines should be there now.",
                        sh("python3 convert.py recipes/potato-salad.json"),
                    ),
                    do(
                        "I check all recipes, not only this one.",
                        sh(
                            'set -e; for f in recipes/*.json; do python3 convert.py "$f"; done '
                            "| tail -4"
                        ),
                    ),
                    check=True,
                ),
            ),
            (
                "The unit `tbsp` was missing in the table. I added it with 15 ml.",
                "Fixed. The last line it prints is `{last}`.",
            ),
        ),
    ),
)
