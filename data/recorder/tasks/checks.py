"""Multi-Tool: figures and files, and how to check them."""

from __future__ import annotations

from data.recorder.script import (
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
    write,
)

_STATS = """\
import csv, json
from collections import Counter

with open("data/orders.csv", newline="") as lines:
    rows = list(csv.DictReader(lines))
stats = {
    "orders": len(rows),
    "by_status": dict(sorted(Counter(r["status"] for r in rows).items())),
    "paid_sum": round(sum(float(r["amount"]) for r in rows if r["status"] == "paid"), 2),
}
json.dump(stats, open("stats.json", "w"), indent=1)
print(json.dumps(stats))
"""
_SCHEMA = """\
import csv, json, pathlib

schema = {}
for path in sorted(pathlib.Path("data").glob("*.csv")):
    with path.open(newline="") as lines:
        schema[path.name] = next(csv.reader(lines))
pathlib.Path("schema.json").write_text(json.dumps(schema, indent=1))
print(json.dumps(schema))
"""
_HEALTH = '  worker:\n    image: uploads/worker:4\n    healthcheck:\n      test: ["CMD", "true"]\n'
_SHOPPING = """\
import json, sys
from collections import Counter

need = Counter()
for name in ("lentil-soup", "bean-stew"):
    for item in json.load(open(f"recipes/{name}.json"))["ingredients"]:
        need[item["name"], item["unit"]] += item["amount"]
for (name, unit), amount in sorted(need.items()):
    print(amount, unit, name)
"""

SECTION = Section(
    "Multi-Tool",
    "Analysis & Automation",
    (
        Task(
            "order-stats",
            "shop",
            "Make stats.json with the number of orders, orders per status and the sum of "
            "paid orders. Check the sum in a second way.",
            (
                stage(
                    "see the columns",
                    do("The header.", sh("head -2 data/orders.csv")),
                    do(
                        "The readme and the header.",
                        read("README.md"),
                        read("data/orders.csv", limit=2),
                    ),
                    optional=True,
                ),
                stage(
                    "compute the figures and write them",
                    do("One script for all three.", code(_STATS)),
                    slip(
                        "One script for all three.",
                        code(
                            "import csv\nprint(sum(float(r['total']) for r in "
                            "csv.DictReader(open('data/orders.csv'))))\n"
                        ),
                    ),
                    slip(
                        "duckdb is good at this.",
                        sh("duckdb -c \"select count(*) from 'data/orders.csv'\""),
                    ),
                    must=True,
                ),
                stage(
                    "check the sum in a second way",
                    do(
                        "awk adds it up independently.",
                        sh(
                            'awk -F, \'$4 == "paid" {s += $5} END {printf "%.2f\\n", s}\' '
                            "data/orders.csv"
                        ),
                    ),
                    do(
                        "bc can add.",
                        sh(
                            "grep ,paid, data/orders.csv | cut -d, -f5 | paste -sd+ - | python3 "
                            "-c 'print(round(eval(input()), 2))'"
                        ),
                    ),
                    slip(
                        "bc can add.",
                        sh("grep ,paid, data/orders.csv | cut -d, -f5 | paste -sd+ - | bc"),
                    ),
                    check=True,
                ),
            ),
            (
                "`stats.json` is written; the second computation gives {last}, the same sum.",
                "Both ways give {last} euros for paid orders.",
            ),
        ),
        Task(
            "health-checks",
            "deploy",
            "Which services in compose.yaml have no health check? Add one to the worker.",
            (
                stage(
                    "read the file",
                    do("It is short.", read("compose.yaml")),
                    do("Services and checks.", grep("^  [a-z]+:|healthcheck", "compose.yaml")),
                    slip("It is short.", read("docker-compose.yml")),
                ),
                stage(
                    "add a check to the worker",
                    do(
                        "Below its image.",
                        edit("compose.yaml", "  worker:\n    image: uploads/worker:4\n", _HEALTH),
                    ),
                    slip(
                        "Below its image.",
                        edit("compose.yaml", "worker:\n  image: uploads/worker:4\n", _HEALTH),
                    ),
                    must=True,
                ),
                stage(
                    "validate the file",
                    do("Docker can check it.", sh("docker compose config -q")),
                    do(
                        "Is it still YAML?",
                        code(
                            "import yaml\n"
                            "print(list(yaml.safe_load(open('compose.yaml'))['services']))\n"
                        ),
                    ),
                    do(
                        "At least the indentation can be seen.",
                        sh("grep -n -A3 'worker:' compose.yaml | head -4"),
                    ),
                    check=True,
                ),
            ),
            (
                "Worker and cache had none. The worker has one now.",
                "Added to the worker. The cache still has no check.",
            ),
            trouble=1.2,
        ),
        Task(
            "csv-schema",
            "weather",
            "Write schema.json with the columns of each CSV file, and a script check.sh "
            "that fails when a file has lost a column.",
            (
                stage(
                    "collect the columns",
                    do("The csv module reads the headers.", code(_SCHEMA)),
                    slip(
                        "The csv module reads the headers.",
                        code("import csv\nprint(next(csv.reader(open('readings.csv'))))\n"),
                    ),
                    must=True,
                ),
                stage(
                    "write the check",
                    do(
                        "grep for each header.",
                        write(
                            "check.sh",
                            "#!/usr/bin/env bash\n"
                            "set -e\n"
                            "grep -q '^id,name,height_m$' data/stations.csv\n"
                            "grep -q '^day,station,temp_c,rain_mm$' data/readings.csv\n"
                            "echo columns are complete\n",
                        ),
                    ),
                    must=True,
                ),
                stage(
                    "try it",
                    do("Good files first.", sh("bash check.sh")),
                    do(
                        "Good files first, then a broken one.",
                        sh("bash check.sh"),
                        sh(
                            "sed -i.bak s/rain_mm/rain/ data/readings.csv; bash check.sh "
                            "|| echo refused; mv data/readings.csv.bak data/readings.csv"
                        ),
                    ),
                    slip("Good files first.", sh("./check.sh")),
                    check=True,
                ),
            ),
            ("`schema.json` and `check.sh` are there; the check passes.", "Done: {last}."),
            trouble=0.9,
        ),
        Task(
            "shopping-list",
            "recipes",
            "Shopping list for lentil soup and bean stew together, minus what is in pantry.json.",
            (
                stage(
                    "read recipes and pantry",
                    do(
                        "Three files.",
                        read("recipes/lentil-soup.json"),
                        read("recipes/bean-stew.json"),
                        read("pantry.json"),
                    ),
                    do("What is in the pantry?", sh("cat pantry.json"), files("*.json", "recipes")),
                    slip("Three files.", read("recipes/lentils.json"), read("pantry.json")),
                ),
                stage(
                    "add up what is needed",
                    do("Same thing, same unit: one line.", code(_SHOPPING)),
                    slip(
                        "Same thing, same unit: one line.",
                        code(_SHOPPING.replace("bean-stew", "stew")),
                    ),
                    slip(
                        "jq can add.",
                        sh("jq -s 'map(.ingredients) | add' recipes/lentil-soup.json"),
                    ),
                    must=True,
                ),
                stage(
                    "write the list",
                    do(
                        "Without lentils and cumin, which are there.",
                        write(
                            "shopping.md",
                            "- 5 carrots\n- 2 onions\n- 750 ml stock\n- 2 tbsp tomato paste\n- "
                            "200 g white beans\n",
                        ),
                    ),
                    must=True,
                ),
            ),
            (
                (
                    "`shopping.md`: carrots, onions, stock, tomato paste, white beans. "
                    "Lentils and cumin are in the pantry."
                ),
                "The list has five things; lentils and cumin you have.",
            ),
            trouble=1.1,
        ),
    ),
)
