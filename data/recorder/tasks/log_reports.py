"""Multi-Tool: reports on what happened."""

from __future__ import annotations

from data.recorder.script import Follow, Section, Task, code, do, grep, read, sh, slip, stage, write

_INCIDENT = """\
# Incident: uploads refused

- 12:04 disk usage at 81 percent, a warning
- 12:09 disk usage at 93 percent
- 12:15 first upload fails: no space left on device
- 12:17 uploads are switched off, the service answers 503
- 12:21 expired files are removed, disk usage falls to 54 percent
- 12:22 uploads are switched on again

Cause: the disk was full. The warnings came eleven minutes before the first failure.
"""
_OUTLIERS = """\
import csv

rows = list(csv.DictReader(open("data/readings.csv", newline="")))
odd = [r for r in rows if r["temp_c"] in ("", "n/a", "99.9")]
for r in odd:
    print(r["day"], r["station"], r["temp_c"] or "empty")
print(len(rows), "readings,", len(odd), "unusable")
"""
_SLOW = """\
import re
from collections import defaultdict

times = defaultdict(list)
for job, seconds in re.findall(r"job=(\\S+) seconds=([0-9.]+)", open("logs/worker.log").read()):
    times[job].append(float(seconds))
for job, values in sorted(times.items()):
    print(job, len(values), max(values))
"""

SECTION = Section(
    "Multi-Tool",
    "Research & Report",
    (
        Task(
            "incident-report",
            "logs",
            "Uploads failed around noon. Work out from the logs what happened and write "
            "incident.md with a timeline.",
            (
                stage(
                    "read the logs",
                    do(
                        "The log of the app tells the story, the other shows what users saw.",
                        sh("grep -E 'WARN|ERROR' logs/app.log"),
                        sh("grep -c ' 503 ' logs/access.log"),
                    ),
                    do(
                        "The whole log is short.",
                        read("logs/app.log"),
                        grep(" 503 ", "logs/access.log"),
                    ),
                    slip("Errors first.", sh("grep ERROR logs/error.log")),
                    slip("Errors first.", sh("journalctl -u uploads")),
                    slip("Both logs.", read("logs/app.log"), read("logs/errors.log")),
                    must=True,
                ),
                stage(
                    "find when uploads worked again",
                    do("There should be a line for that.", grep("enabled|disabled", "logs")),
                    optional=True,
                ),
                stage(
                    "write the report",
                    do("Times, facts, cause.", write("incident.md", _INCIDENT)),
                    must=True,
                ),
                stage(
                    "compare the report with the log",
                    do(
                        "The times have to be right.",
                        sh("grep -E 'disk|upload (en|dis)abled' logs/app.log | cut -c1-5,9-"),
                    ),
                    optional=True,
                ),
            ),
            (
                (
                    "`incident.md` has the timeline. The disk was full; two uploads failed, "
                    "and the service answered 503 for five minutes."
                ),
                "Written. Cause: no space left on the device, from 12:15 to 12:21.",
            ),
            extra="Times only from the logs, please.",
        ),
        Task(
            "weather-quality",
            "weather",
            "Write quality.md: how many readings there are, which ones are unusable and why.",
            (
                stage(
                    "read what the data should look like",
                    do("The readme first.", read("README.md")),
                    do(
                        "Readme and first lines.",
                        read("README.md"),
                        sh("head -3 data/readings.csv"),
                    ),
                ),
                stage(
                    "find unusable readings",
                    do("Three kinds: empty, n/a, 99.9.", code(_OUTLIERS)),
                    do(
                        "A pattern for the third column.",
                        sh("grep -nE ',(n/a|99.9|),' data/readings.csv; wc -l data/readings.csv"),
                    ),
                    slip(
                        "Python reads it.",
                        code(
                            "import csv\nprint(max(float(r['temp']) for r in "
                            "csv.DictReader(open('data/readings.csv'))))\n"
                        ),
                    ),
                    slip("csvkit has statistics.", sh("csvstat data/readings.csv")),
                    must=True,
                ),
                stage(
                    "write the file",
                    do(
                        "Short and complete.",
                        write(
                            "quality.md",
                            "# Quality of the readings\n\n56 readings, 4 of them unusable:\n\n"
                            "- S2, 3 June: `n/a`\n- S4, 6 June: empty\n- S1, 9 June: `n/a`\n"
                            "- S3, 11 June: 99.9, a fault of the sensor\n",
                        ),
                    ),
                    must=True,
                ),
            ),
            (
                "`quality.md` is written: 56 readings, of which four are unusable.",
                "Four of 56 readings can't be used; the file lists them with the reason.",
            ),
            follow=Follow(
                "Which station is affected most?",
                (
                    stage(
                        "count per station",
                        do(
                            "One each?",
                            sh(
                                "grep -E ',(n/a|99.9|),' data/readings.csv | cut -d, -f2 | sort | "
                                "uniq -c"
                            ),
                        ),
                    ),
                ),
                ("Each station has exactly one unusable reading.",),
            ),
        ),
        Task(
            "slow-report",
            "jobs",
            "Which jobs take longer than 30 seconds? Write slow.md with job, "
            "runs and longest time.",
            (
                stage(
                    "get times per job",
                    do("A dictionary of lists.", code(_SLOW)),
                    do(
                        "All times over 30.",
                        sh(
                            "grep -o 'job=[a-z-]* seconds=[0-9.]*' logs/worker.log | "
                            "awk -F= '$3 > 30' | sort"
                        ),
                    ),
                    slip(
                        "The log should be JSON.",
                        code(
                            "import json\nprint([json.loads(l) for l in open('logs/worker.log')])\n"
                        ),
                    ),
                    slip("jq filters it.", sh("jq '.seconds' logs/worker.log")),
                    must=True,
                ),
                stage(
                    "write the file",
                    do(
                        "Three jobs are over the limit.",
                        write(
                            "slow.md",
                            "| job | runs | longest s |\n|---|---|---|\n| backup | 2 | 41.9 |\n"
                            "| invoices | 3 | 58.0 |\n| search-index | 2 | 101.2 |\n",
                        ),
                    ),
                    must=True,
                ),
            ),
            (
                (
                    "Three jobs: `search-index` (101.2 s), `invoices` (58.0 s, once) and "
                    "`backup` (41.9 s)."
                ),
                "`slow.md` names three jobs; the slowest is the search index.",
            ),
            follow=Follow(
                "Is the 58 seconds of invoices an outlier?",
                (
                    stage(
                        "look at all its runs",
                        do("Only that job.", grep("job=invoices", "logs")),
                        do("Only that job.", sh("grep job=invoices logs/worker.log")),
                    ),
                ),
                (
                    (
                        "Yes: the other two runs took 12.7 and 13.4 seconds. It ran just "
                        "before the worker was killed."
                    ),
                ),
            ),
        ),
    ),
)
