"""The report Claims: the published figures beside ours."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.sections import ROOT, Parts, Row, changed, group, interval, one_part

pytest_plugins = ["tests.report_data"]

SECTION = "claims/01_claims"
DATASET = "lambda/hermes-agent-reasoning-traces"
# the sample in the place of the dataset: its sources as the two configs, and as many rows on
# the card as it has
RENAMED = (
    f"update dim_conversations set dataset = '{DATASET}', "
    "source = case source when 'steady' then 'kimi' else 'glm-5.1' end"
)
COUNTED = (
    "update seeds.published_claims set value = case config when 'kimi' then 165 else 150 end "
    "where metric = 'conversations' and source = 'card_v2'"
)
HERMES = (RENAMED, COUNTED)


def claims() -> list[Row]:
    with (ROOT / "seeds" / "published_claims.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by_claim(section: Parts) -> dict[tuple[str, str, str], Row]:
    return {(row["published_by"], row["config"], row["claim"]): row for row in section["rows"]}


def set_to(metric: str, value: float) -> str:
    return (
        f"update seeds.published_claims set value = {value} "
        f"where metric = '{metric}' and config like 'kimi%' and config not like '%:filtered'"
    )


@pytest.fixture(scope="module")
def hermes(
    warehouse: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str, str], Row]:
    folder = tmp_path_factory.mktemp("hermes")
    return by_claim(one_part(changed(warehouse, folder, *HERMES), SECTION))


def test_other_data_is_not_applicable(found: dict[str, Parts]) -> None:
    section = found[SECTION]
    assert len(section["rows"]) == len(claims())
    assert {row["verdict"] for row in section["rows"]} == {"not applicable"}
    assert {row["ours_text"] for row in section["rows"]} == {"–"}
    assert section["answer"][0]["lead"] == (
        f"Not applicable: none of the data is of the dataset that the {len(claims())} published "
        "claims are about."
    )
    figures = {row["label"]: row["text"] for row in found["claims/headline"]["rows"]}
    assert figures["Conversations of that dataset"] == "none"


def test_every_claim_has_its_row_and_a_verdict(
    hermes: dict[tuple[str, str, str], Row],
) -> None:
    assert len(hermes) == len(claims())
    verdicts = Counter(row["verdict"] for row in hermes.values())
    assert verdicts["rows not published"] == sum(
        ":filtered" in claim["config"] for claim in claims()
    )
    assert verdicts.keys() <= {"reproduced", "close", "not reproduced", "rows not published"}


def test_figures_are_those_of_the_facts(
    hermes: dict[tuple[str, str, str], Row], marts: dict[str, list[Row]]
) -> None:
    """Each definition recomputed from the rows of the facts; copies are rows, too."""
    rows = marts["dim_conversations"]
    kimi = [row for row in rows if row["source"] == "steady"]
    calls = [call for call in marts["fct_tool_calls"] if call["source"] == "steady"]
    card = hermes["card_v2", "kimi", "tool calls"]
    assert card["ours_text"] == str(sum(row["call_count"] for row in kimi))
    mean = sum(row["turn_count"] for row in kimi) / len(kimi)
    assert (
        f"{mean:.1f}"
        in hermes["card_v2", "kimi", "avg turns"]["tried"]
        + (hermes["card_v2", "kimi", "avg turns"]["ours_text"])
    )
    tools = Counter(call["tool_name"] for call in calls)
    for claim in claims():
        kind, _, name = claim["metric"].partition(":")
        if kind == "calls":
            row = hermes[claim["source"], claim["config"], f"calls: {name}"]
            assert row["ours_text"] == str(tools[name])
        if kind == "category":
            source = "steady" if claim["config"] == "kimi" else "swift"
            row = hermes[claim["source"], claim["config"], f"category: {name}"]
            assert row["ours_text"] == str(
                sum(one["category"] == name and one["source"] == source for one in rows)
            )
    both = {name: hermes["viewer_copy", "both", name] for name in ("min messages", "max messages")}
    lengths = [row["turn_count"] for row in rows]
    assert [row["ours_text"] for row in both.values()] == [str(min(lengths)), str(max(lengths))]


def test_shares_have_the_interval_of_their_prompt_groups(
    hermes: dict[tuple[str, str, str], Row], marts: dict[str, list[Row]]
) -> None:
    kimi = [row for row in marts["dim_conversations"] if row["source"] == "steady"]
    shown: defaultdict[str, set[str]] = defaultdict(set)
    for thought in marts["fct_thoughts"]:
        for marker in ("has_self_correction", "has_verification", "has_alternatives"):
            if thought[marker]:
                shown[marker].add(thought["conversation_id"])
    tests: dict[str, Callable[[Row], bool]] = {
        "self correction present": lambda row: (
            row["conversation_id"] in shown["has_self_correction"]
        ),
        "verification present": lambda row: row["conversation_id"] in shown["has_verification"],
        "alternative exploration": lambda row: row["conversation_id"] in shown["has_alternatives"],
        "valid json in all calls": lambda row: row["malformed_call_count"] == 0,
    }
    for claim, test in tests.items():
        row = hermes["djlougen_filtered", "kimi:original", claim]
        share, low, high = interval((group(one), test(one)) for one in kimi)
        assert row["ours_text"] == f"{share:.1%}"
        assert row["interval"] == f"{low * 100:.1f}–{high * 100:.1f}%"
        assert (row["n"], row["group_count"]) == (165, 69)


def parallel(marts: dict[str, list[Row]]) -> tuple[float, float]:
    """Of assistant messages, and of those that call."""
    turns = [
        turn["call_count"]
        for turn in marts["fct_turns"]
        if turn["role"] == "assistant" and turn["source"] == "steady"
    ]

    def share(of: Iterable[int]) -> float:
        counts = list(of)
        return sum(count > 1 for count in counts) / len(counts)

    return share(turns), share(count for count in turns if count)


def test_closest_definition_is_named_and_the_others_stand_beside_it(
    warehouse: Path, marts: dict[str, list[Row]], tmp_path: Path
) -> None:
    of_all, of_calling = parallel(marts)
    copy = changed(
        warehouse, tmp_path, *HERMES, set_to("parallel_turn_share", round(of_calling, 3))
    )
    row = by_claim(one_part(copy, SECTION))["card_v1", "kimi", "parallel turn share"]
    assert (row["definition"], row["verdict"]) == ("of messages that call", "reproduced")
    assert row["tried"] == f"of assistant messages {of_all:.1%}"


@pytest.mark.parametrize(
    ("off", "verdict"), [(0, "reproduced"), (1, "close"), (100, "not reproduced")]
)
def test_verdict_is_by_the_distance(
    warehouse: Path, marts: dict[str, list[Row]], tmp_path: Path, off: int, verdict: str
) -> None:
    ours = sum(row["call_count"] for row in marts["dim_conversations"] if row["source"] == "steady")
    copy = changed(warehouse, tmp_path, *HERMES, set_to("tool_calls", ours - off))
    section = one_part(copy, SECTION)
    row = by_claim(section)["card_v2", "kimi", "tool calls"]
    assert (row["verdict"], row["difference_text"]) == (verdict, f"+{off}" if off else "0")
    verdicts = Counter(row["verdict"] for row in section["rows"])
    said = {kind: verdicts[kind] for kind in ("reproduced", "close", "not reproduced")}
    assert section["answer"][0]["lead"].startswith(
        f"{said['reproduced']} of {sum(said.values())} published claims that can be compared are "
        f"reproduced, {said['close']} within 1%, {said['not reproduced']} not "
        "(n = 315 conversations, 69 prompt groups)."
    )


def test_part_of_the_dataset_is_not_held_against_the_claims(
    warehouse: Path, tmp_path: Path
) -> None:
    section = one_part(changed(warehouse, tmp_path, RENAMED), SECTION)
    assert {row["verdict"] for row in section["rows"]} == {"other rows", "rows not published"}
    lead = section["answer"][0]["lead"]
    assert lead == (
        f"None of {len(claims())} published claims can be compared (n = 315 conversations)."
    )
    assert "about other rows than those here" in section["answer"][0]["rest"]


def test_config_that_is_not_here_is_said(warehouse: Path, tmp_path: Path) -> None:
    copy = changed(
        warehouse, tmp_path, *HERMES, "update dim_conversations set source = 'mine' "
        "where source = 'glm-5.1'"
    )  # fmt: skip
    rows = one_part(copy, SECTION)["rows"]
    assert {r["verdict"] for r in rows if r["config"] == "glm-5.1"} == {"config not here"}


def test_no_claims_are_no_rows(warehouse: Path, tmp_path: Path) -> None:
    section = one_part(changed(warehouse, tmp_path, "delete from seeds.published_claims"), SECTION)
    assert section["rows"] == []
    assert section["answer"][0]["lead"] == "No published claim is there to be compared."
