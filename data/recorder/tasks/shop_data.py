"""Terminal & Coding: questions about orders, customers and refunds."""

from __future__ import annotations

from data.recorder.script import Follow, Section, Task, code, do, edit, grep, read, sh, slip, stage

_MONTHS = """\
import csv
from collections import defaultdict

totals = defaultdict(float)
with open("data/orders.csv", newline="") as lines:
    for row in csv.DictReader(lines):
        if row["status"] == "paid":
            totals[row["day"][:7]] += float(row["amount"])
for month, total in sorted(totals.items()):
    print(month, f"{total:.2f}")
"""
_CLEAN = """\
import json

good, bad = [], []
with open("data/refunds.jsonl") as lines:
    for number, line in enumerate(lines, 1):
        try:
            json.loads(line)
            good.append(line)
        except ValueError as problem:
            bad.append(f"line {number}: {problem}")
with open("data/refunds.clean.jsonl", "w") as out:
    out.writelines(good)
print("\\n".join(bad))
print(len(good), "good lines")
"""
_WITHOUT_ORDERS = """\
import csv, json

known = {item["id"] for item in json.load(open("data/customers.json"))}
with open("data/orders.csv", newline="") as lines:
    buying = {row["customer"] for row in csv.DictReader(lines)}
print(", ".join(sorted(known - buying)))
"""
_HEAD_ORDERS = stage(
    "see the columns",
    do("The header and a few lines show the layout.", sh("head -4 data/orders.csv")),
    do("I need the names of the columns.", read("data/orders.csv", limit=4)),
    slip("The file should be in this folder.", sh("head -4 orders.csv")),
    slip("The orders should be JSON.", read("data/orders.json", limit=4)),
)

SECTION = Section(
    "Terminal & Coding",
    "Data Processing",
    (
        Task(
            "paid-per-month",
            "shop",
            "What did the shop take in per month? Count only orders that were paid.",
            (
                _HEAD_ORDERS,
                stage(
                    "add up the paid orders per month",
                    do("Python's csv module does this safely.", code(_MONTHS)),
                    do(
                        "awk can add this up in one line.",
                        sh(
                            'awk -F, \'$4 == "paid" {sum[substr($2, 1, 7)] += $5} END '
                            '{for (m in sum) printf "%s %.2f\\n", m, sum[m]}\' '
                            "data/orders.csv | sort"
                        ),
                    ),
                    slip(
                        "pandas groups this in one line.",
                        code("import pandas as pd\nprint(pd.read_csv('data/orders.csv').head())\n"),
                    ),
                    slip(
                        "A database would do this nicely.",
                        sh("sqlite3 :memory: '.import data/orders.csv orders' 'select 1'"),
                    ),
                    must=True,
                ),
                stage(
                    "cross-check the number of paid orders",
                    do("A second look with another tool.", sh("grep -c ',paid,' data/orders.csv")),
                    optional=True,
                ),
            ),
            (
                (
                    "Paid orders only: January 1174.05, February 768.60, March 1207.75, "
                    "April 879.70 euros."
                ),
                (
                    "January 1174.05, February 768.60, March 1207.75 and April 879.70. Open "
                    "and cancelled orders are left out."
                ),
            ),
            extra="The amounts are in euros.",
        ),
        Task(
            "no-orders",
            "shop",
            "Which customers in customers.json have never ordered anything?",
            (
                stage(
                    "look at both files",
                    do(
                        "I need to know how the two are joined.",
                        read("data/customers.json", limit=4),
                        read("data/orders.csv", limit=3),
                    ),
                    do(
                        "A glance at both files.",
                        sh("head -3 data/customers.json"),
                        sh("head -3 data/orders.csv"),
                    ),
                    slip(
                        "A glance at both files.",
                        sh("head -3 customers.json"),
                        sh("head -3 orders.csv"),
                    ),
                ),
                stage(
                    "find ids without an order",
                    do("A set difference answers it.", code(_WITHOUT_ORDERS)),
                    do(
                        "comm is not here, but grep can take a list of patterns.",
                        sh(
                            "cut -d, -f3 data/orders.csv | sort -u > used.txt; grep -o "
                            "'C-[0-9]*' data/customers.json | grep -vxFf used.txt; rm "
                            "used.txt"
                        ),
                    ),
                    slip("jq reads JSON nicely.", sh("jq -r '.[].id' data/customers.json")),
                    slip(
                        "The key should be called customer_id.",
                        code(
                            "import json\nprint([c['customer_id'] for c in "
                            "json.load(open('data/customers.json'))])\n"
                        ),
                    ),
                    must=True,
                ),
            ),
            (
                "Two customers have no order: C-111 and C-112.",
                "C-111 and C-112 are in `customers.json` but in no line of `orders.csv`.",
            ),
            follow=Follow(
                "And which regions are those in?",
                (
                    stage(
                        "look up their regions",
                        do(
                            "A search for both ids is enough.",
                            grep("C-11[12]", "data/customers.json"),
                        ),
                        do("Two lines of the file.", sh("grep -E 'C-11[12]' data/customers.json")),
                    ),
                ),
                ("C-111 is in the south and C-112 in the north.",),
            ),
            trouble=1.2,
        ),
        Task(
            "broken-refunds",
            "shop",
            "scripts/load.py fails on refunds.jsonl. Tell me which lines are broken and "
            "put the good ones into data/refunds.clean.jsonl.",
            (
                stage(
                    "see how it fails",
                    do(
                        "The traceback should name the problem.",
                        sh("python3 scripts/load.py 2>&1 | tail -1; exit ${PIPESTATUS[0]}"),
                    ),
                    do(
                        "I read the script before I run it.",
                        read("scripts/load.py"),
                        sh("wc -l data/refunds.jsonl"),
                    ),
                    slip("I run the loader.", sh("cd scripts && python3 load.py")),
                ),
                stage(
                    "separate good lines from bad ones",
                    do("Each line is tried by itself.", code(_CLEAN)),
                    slip(
                        "Good lines end with a brace.",
                        code(
                            "import json\nfor line in open('data/refunds.jsonl'):\n    "
                            "json.loads(line)\n"
                        ),
                    ),
                    slip(
                        "Good lines end with a brace.",
                        sh("jq -c . data/refunds.jsonl > data/refunds.clean.jsonl"),
                    ),
                    must=True,
                ),
                stage(
                    "check the clean file",
                    do(
                        "All lines must parse now.",
                        sh(
                            'python3 -c "import json; print(sum(1 for line in '
                            "open('data/refunds.clean.jsonl') if json.loads(line)))\""
                        ),
                    ),
                    optional=True,
                    check=True,
                ),
            ),
            (
                (
                    "Lines 4 and 8 are broken: the first lacks its closing brace, the second "
                    "uses single quotes. The other nine are in `data/refunds.clean.jsonl`."
                ),
                (
                    "Two of eleven lines can't be parsed (4 and 8). The clean file holds "
                    "the other nine."
                ),
            ),
            ask="Lines 4 and 8 of `refunds.jsonl` are broken; nine good lines are in the "
            "clean file. Do you want me to repair the two lines by hand, or leave them "
            "out?",
            follow=Follow(
                "Repair them, it is clear what was meant.",
                (
                    stage(
                        "repair both lines",
                        do(
                            "One brace, and other quotes.",
                            edit(
                                "data/refunds.jsonl",
                                '"amount": 12.00, "reason": "late"\n',
                                '"amount": 12.00, "reason": "late"}\n',
                            ),
                            edit(
                                "data/refunds.jsonl",
                                "{'order': 5031, 'amount': 7.25, 'reason': 'damaged'}",
                                '{"order": 5031, "amount": 7.25, "reason": "damaged"}',
                            ),
                        ),
                        must=True,
                    ),
                    stage(
                        "run the loader",
                        do("It prints the sum.", sh("python3 scripts/load.py")),
                        check=True,
                    ),
                ),
                ("Both lines are repaired. The loader prints {last}.",),
            ),
            trouble=1.4,
        ),
        Task(
            "regions-script",
            "shop",
            "scripts/by_region.py is meant to print customers per region, but it "
            "prints nothing useful.",
            (
                stage(
                    "run it",
                    do("First I see what it does.", sh("python3 scripts/by_region.py")),
                    do(
                        "What is there, and what does it say?",
                        sh("ls data scripts"),
                        sh("python3 scripts/by_region.py 2>&1 | tail -1; exit ${PIPESTATUS[0]}"),
                    ),
                ),
                stage(
                    "correct the file name",
                    do(
                        "The file is called customers.json.",
                        sh(
                            "sed -i.bak 's/customer.json/customers.json/' scripts/by_region.py && "
                            "rm scripts/by_region.py.bak"
                        ),
                    ),
                    do(
                        "One letter is missing.",
                        edit("scripts/by_region.py", "data/customer.json", "data/customers.json"),
                    ),
                    slip(
                        "I give it the file that it looks for.",
                        sh("cp customers.json data/customer.json"),
                    ),
                    slip(
                        "The path is wrong.",
                        edit(
                            "scripts/by_region.py", "data\\\\customer.json", "data/customers.json"
                        ),
                    ),
                ),
                stage(
                    "run it again",
                    do("Four regions should be listed.", sh("python3 scripts/by_region.py")),
                    check=True,
                ),
            ),
            (
                (
                    "The script looked for `data/customer.json`; the file is "
                    "`customers.json`. Now:\n\n{out}"
                ),
                "Corrected the file name. It prints four regions, the last is `{last}`.",
            ),
            trouble=0.9,
        ),
    ),
)
