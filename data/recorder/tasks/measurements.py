"""Terminal & Coding: questions about readings and running times."""

from __future__ import annotations

from data.recorder.script import Section, Task, code, do, edit, grep, read, sh, slip, stage

_MEANS = (
    'awk -F, \'NR > 1 && $3 != "" && $3 != "n/a" && $3 < 99 {sum[$2] += $3; n[$2]++} '
    'END {for (s in sum) printf "%s %.2f\\n", s, sum[s] / n[s]}\' data/readings.csv | sort'
)
_P95 = """\
import re

seconds = sorted(float(s) for s in re.findall(r"seconds=([0-9.]+)", open("logs/worker.log").read()))
print("jobs", len(seconds))
print("median", seconds[len(seconds) // 2])
print("slowest", seconds[-1])
"""

SECTION = Section(
    "Terminal & Coding",
    "Data Processing",
    (
        Task(
            "station-means",
            "weather",
            "Mean temperature per station please, leaving out missing values and sensor faults.",
            (
                stage(
                    "learn how missing values are written",
                    do(
                        "The readme may describe the data.",
                        read("README.md"),
                        read("data/readings.csv", limit=3),
                    ),
                    do(
                        "I look for values that are no numbers.",
                        sh("cut -d, -f3 data/readings.csv | grep -v '^-\\{0,1\\}[0-9.]*$'"),
                    ),
                    slip("There should be a data dictionary.", read("data/README.md")),
                ),
                stage(
                    "compute the means",
                    do("awk with three conditions.", sh(_MEANS)),
                    slip("There is a script for that.", sh("python3 scripts/summarise.py")),
                    slip(
                        "statistics.mean does it.",
                        code(
                            "import csv, statistics\n"
                            "print(statistics.mean(float(r['temp_c']) for r in "
                            "csv.DictReader(open('data/readings.csv'))))\n"
                        ),
                    ),
                    must=True,
                ),
            ),
            (
                "Means in degrees Celsius, without `n/a`, empty values and 99.9:\n\n{out}",
                "Per station:\n\n{out}\n\nFour readings were left out.",
            ),
            trouble=1.5,
        ),
        Task(
            "summarise-crash",
            "weather",
            "scripts/summarise.py dies with a ValueError. Make it skip what is not a "
            "number, and the 99.9 of the broken sensor.",
            (
                stage(
                    "see where it fails",
                    do("The traceback shows the line.", sh("python3 scripts/summarise.py")),
                    do(
                        "I read the script and run it.",
                        read("scripts/summarise.py"),
                        sh("python3 scripts/summarise.py 2>&1 | tail -1; exit ${PIPESTATUS[0]}"),
                    ),
                    slip("I start it from its folder.", sh("cd scripts && python3 summarise.py")),
                ),
                stage(
                    "skip these values",
                    do(
                        "A test before the conversion is clearer than catching the error.",
                        edit(
                            "scripts/summarise.py",
                            '            temps[row["station"]].append(float(row["temp_c"]))\n',
                            '            if row["temp_c"] not in ("", "n/a", "99.9"):\n'
                            '                temps[row["station"]].append(float(row["temp_c"]))\n',
                        ),
                    ),
                    slip(
                        "I add a condition.",
                        edit(
                            "scripts/summarise.py",
                            '        temps[row["station"]].append( float(row["temp_c"]) )',
                            '        temps[row["station"]].append(parse(row["temp_c"]))',
                        ),
                    ),
                ),
                stage(
                    "run it",
                    do("Four lines should come out.", sh("python3 scripts/summarise.py")),
                    check=True,
                ),
            ),
            (
                "It skips empty values, `n/a` and 99.9 now and prints:\n\n{out}",
                "Repaired; the last line is `{last}`.",
            ),
            trouble=1.2,
        ),
        Task(
            "slow-jobs",
            "jobs",
            "From logs/worker.log: how many jobs ran, what was the median time "
            "and which was slowest?",
            (
                stage(
                    "see how times are written",
                    do("A few lines show the format.", sh("head -3 logs/worker.log")),
                    do("All lines with a duration.", grep("seconds=", "logs", limit=4)),
                    slip("I search for the usual word.", sh("grep duration logs/worker.log")),
                ),
                stage(
                    "compute the figures",
                    do("A small script finds all three.", code(_P95)),
                    do(
                        "Sorted numbers show the slowest at once.",
                        sh(
                            "grep -o 'seconds=[0-9.]*' logs/worker.log | cut -d= -f2 | sort -n | "
                            "awk '{v[NR] = $1} END {print NR, v[int(NR / 2) + 1], v[NR]}'"
                        ),
                    ),
                    slip(
                        "numpy has a percentile function.",
                        code("import numpy as np\nprint(np.pi)\n"),
                    ),
                    must=True,
                ),
                stage(
                    "name the slowest job",
                    do("Which job was that?", grep("seconds=101.2", "logs/worker.log")),
                    optional=True,
                ),
            ),
            (
                "Ten jobs ran. The median is 39.5 s; the slowest was `search-index` with 101.2 s.",
                "10 jobs, median 39.5 s, slowest 101.2 s (`search-index`).",
            ),
        ),
    ),
)
