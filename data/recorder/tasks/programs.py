"""Multi-Tool: programs that are written or repaired, and run."""

from __future__ import annotations

from data.recorder.script import Follow, Section, Task, code, do, edit, read, sh, slip, stage, write

_SCALE = '''\
"""Prints a recipe for any number of people (recipes are for two)."""

import json
import sys
from pathlib import Path

recipe = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
people = int(sys.argv[2])
for item in recipe["ingredients"]:
    print(f"{item['amount'] * people / 2:g} {item['unit']} {item['name']}")
'''
_SIMULATE = """\
import random

rng = random.Random(1)
clock = free = waited = 0.0
for _ in range(100):
    clock += rng.expovariate(1 / 10)
    start = max(clock, free)
    waited += start - clock
    free = start + rng.uniform(4, 12)
print(f"mean wait {waited / 100:.1f} s")
"""

SECTION = Section(
    "Multi-Tool",
    "Analysis & Automation",
    (
        Task(
            "build-site",
            "site",
            "build.py does not run through any more. Make it build all pages.",
            (
                stage(
                    "run it",
                    do(
                        "Let me see the error.",
                        sh("python3 build.py 2>&1 | tail -2; exit ${PIPESTATUS[0]}"),
                    ),
                    do("The script, and its error.", read("build.py"), sh("python3 build.py")),
                    slip("There should be a make target.", sh("make site")),
                ),
                stage(
                    "repair the template",
                    do(
                        "A letter is missing in the name of the footer.",
                        edit("templates/page.html", "{foter}", "{footer}"),
                    ),
                    slip(
                        "The footer is wrong in the template.",
                        edit(
                            "templates/page.html",
                            "<footer>{{foter}}</footer>",
                            "<footer>{{footer}}</footer>",
                        ),
                    ),
                    slip(
                        "The footer is wrong in the template.",
                        edit("template/page.html", "{foter}", "{footer}"),
                    ),
                ),
                stage(
                    "run it again",
                    do(
                        "Perhaps there is more.",
                        sh("python3 build.py 2>&1 | tail -2; exit ${PIPESTATUS[0]}"),
                    ),
                ),
                stage(
                    "give the page about questions a title",
                    do(
                        "The first line must be the title.",
                        edit(
                            "pages/questions.md",
                            "Why is there no page",
                            "title: Questions\nWhy is there no page",
                        ),
                    ),
                    slip(
                        "The first line must be the title.",
                        edit(
                            "pages/questions.md",
                            "# Why is there",
                            "title: Questions\n# Why is there",
                        ),
                    ),
                ),
                stage(
                    "build all pages",
                    do("Seven pages should come out.", sh("python3 build.py && ls out | wc -l")),
                    check=True,
                ),
            ),
            (
                (
                    "Two things were wrong: `{foter}` in the template, and `questions.md` "
                    "had no title. All seven pages are built."
                ),
                "It builds all seven pages again.",
            ),
            trouble=1.3,
        ),
        Task(
            "scale-recipe",
            "recipes",
            "I need scale.py that prints a recipe for any number of people. Try it with "
            "pancakes for five.",
            (
                stage(
                    "see how recipes are stored",
                    do("One of them is enough.", read("recipes/pancakes.json")),
                    do(
                        "The readme says for how many people they are.",
                        read("README.md"),
                        read("recipes/pancakes.json"),
                    ),
                    slip("One of them is enough.", read("recipes/pancake.json")),
                ),
                stage(
                    "write the script",
                    do("Half the number of people is the factor.", write("scale.py", _SCALE)),
                    must=True,
                ),
                stage(
                    "try it",
                    do("Pancakes for five.", sh("python3 scale.py recipes/pancakes.json 5")),
                    slip("Pancakes for five.", sh("python3 scale.py pancakes 5")),
                    slip("Pancakes for five.", sh("python3 scale.py recipes/pancakes.json five")),
                    check=True,
                ),
            ),
            (
                "`scale.py` works. Pancakes for five:\n\n{out}",
                "Here is what it prints for five people:\n\n{out}",
            ),
            ask="`scale.py` works; for five people it says 5 eggs and 2.5 cups of flour. "
            "Should amounts such as half a piece be rounded up?",
            follow=Follow(
                "Yes, whole pieces only.",
                (
                    stage(
                        "round pieces up",
                        do(
                            "Only the unit piece.",
                            edit(
                                "scale.py",
                                "    print(f\"{item['amount'] * people / 2:g} {item['unit']} "
                                "{item['name']}\")\n",
                                '    amount = item["amount"] * people / 2\n'
                                '    if item["unit"] == "piece":\n'
                                "        amount = -(-amount // 1)\n"
                                "    print(f\"{amount:g} {item['unit']} "
                                "{item['name']}\")\n",
                            ),
                        ),
                        must=True,
                    ),
                    stage(
                        "try it with three people",
                        do(
                            "One and a half onions have to become two.",
                            sh("python3 scale.py recipes/potato-salad.json 3"),
                        ),
                        check=True,
                    ),
                ),
                ("Pieces are rounded up now.",),
            ),
            trouble=0.9,
        ),
        Task(
            "simulate-queue",
            "jobs",
            "Simulate 100 jobs that arrive every 10 seconds on average and take 4 to 12 "
            "seconds. How long does a job wait on average? Use a fixed seed.",
            (
                stage(
                    "write and run the simulation",
                    do("One worker, random arrivals.", code(_SIMULATE)),
                    slip(
                        "simpy is made for this.", code("import simpy\nprint(simpy.__version__)\n")
                    ),
                    slip(
                        "One worker, random arrivals.",
                        code("import random\nrng = random.Random(1)\nprint(rng.exponential(10))\n"),
                    ),
                    must=True,
                ),
                stage(
                    "repeat it with another seed",
                    do("One run says little.", code(_SIMULATE.replace("Random(1)", "Random(2)"))),
                    optional=True,
                ),
                stage(
                    "keep the script",
                    do("The user may want to run it.", write("simulate.py", _SIMULATE)),
                    optional=True,
                ),
            ),
            (
                "In the last run: {last}. With 100 jobs that still varies a lot from seed to seed.",
                "The simulation says: {last}.",
            ),
            trouble=1.1,
        ),
    ),
)
