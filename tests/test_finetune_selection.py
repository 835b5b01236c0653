"""The selection for fine-tuning over the sample, computed a second time, and its ledger."""

from __future__ import annotations

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.command import tracehouse
from tests.sections import Parts, Row, changed, interval, one_part, opened

pytest_plugins = ["tests.report_data"]


def read(path: Path, sql: str) -> list[Row]:
    with opened(path) as connection:
        done = connection.execute(sql)
        names = [column[0] for column in done.description or ()]
        return [dict(zip(names, row, strict=True)) for row in done.fetchall()]


@pytest.fixture(scope="module")
def selection(warehouse: Path) -> dict[str, Row]:
    rows = read(warehouse, "from finetune_selection")
    return {row["conversation_id"]: row for row in rows}


def hashes(home: Path) -> dict[str, set[str]]:
    """The hashes of each conversation's turns without system turns, from the Parquet."""
    found: dict[str, set[str]] = defaultdict(set)
    turns = pq.read_table(
        home / "parquet/turns", columns=["conversation_id", "role", "body_sha256"]
    )
    for turn in turns.to_pylist():
        if turn["role"] != "system":
            found[turn["conversation_id"]].add(turn["body_sha256"])
    return found


def test_reasons_are_those_of_the_facts(
    selection: dict[str, Row], marts: dict[str, list[Row]]
) -> None:
    ends: dict[str, int] = {}
    for turn in marts["fct_turns"]:
        if turn["role"] == "assistant":
            one = turn["conversation_id"]
            ends[one] = max(ends.get(one, 0), turn["exchange_index"])
    opens = {
        e["conversation_id"]
        for e in marts["fct_episodes"]
        if e["fate"] in ("cut", "last") and e["exchange_index"] == ends[e["conversation_id"]]
    }
    for row in marts["dim_conversations"]:
        broken = {
            "exact_duplicate": row["duplicate_of_id"] is not None,
            "incomplete": row["end_kind"] not in ("final_answer", "asks_user"),
            "malformed_call": row["malformed_call_count"] > 0,
            "unknown_tool": row["unknown_tool_call_count"] > 0,
            "error_share": row["error_count"] > 0.5 * row["call_count"],
            "open_error": row["conversation_id"] in opens,
            "little_reasoning": row["thought_count"] == 0,
        }
        expected = [rule for rule, is_broken in broken.items() if is_broken]
        found = selection[row["conversation_id"]]
        assert (found["drop_reasons"] or "").split() == expected
        assert found["drop_reason"] == next(iter(expected), None)
        assert found["is_kept"] == (not expected)


def test_groups_are_the_components_of_shared_prompt_session_and_copies(
    selection: dict[str, Row], marts: dict[str, list[Row]]
) -> None:
    leader = {row["conversation_id"]: row["conversation_id"] for row in marts["dim_conversations"]}

    def top(one: str) -> str:
        while leader[one] != one:
            one = leader[one]
        return one

    members = defaultdict(list)
    for row in marts["dim_conversations"]:
        members["prompt", row["prompt_group_id"]].append(row["conversation_id"])
        members["session", row["dataset"], row["source_id"]].append(row["conversation_id"])
        if row["duplicate_of_id"]:
            members["copy", row["conversation_id"]] = [
                row["conversation_id"],
                row["duplicate_of_id"],
            ]
    for fellows in members.values():
        for one in fellows[1:]:
            first, second = sorted([top(fellows[0]), top(one)])
            leader[second] = first
    assert {one: row["split_group"] for one, row in selection.items()} == {
        one: top(one) for one in leader
    }


def test_a_random_split_leaks_and_ours_does_not(
    selection: dict[str, Row], found: dict[str, Parts]
) -> None:
    kept = [row for row in selection.values() if row["is_kept"]]
    sizes = Counter(row["split_group"] for row in kept)
    expected = sum(size * (1 - 0.1 ** (size - 1)) for size in sizes.values()) / len(kept)
    at_random, ours = found["finetune/03_leakage"]["rows"]
    assert at_random["value"] == pytest.approx(expected)
    assert at_random["lo"] < at_random["value"] < at_random["hi"]
    assert at_random["group_count"] == len(sizes)
    assert at_random["value"] > 0.5
    assert ours["value"] == 0
    assert ours["n"] == sum(row["split"] != "train" for row in kept) > 0
    sides = defaultdict(set)
    for row in selection.values():
        sides[row["prompt_group_id"]].add(row["split"])
    assert {len(splits) for splits in sides.values()} == {1}


def test_the_leak_is_of_the_share_that_the_variables_hold_out(
    warehouse: Path, selection: dict[str, Row], tmp_path: Path
) -> None:
    """Half held out: each fellow is there with chance a half."""
    half = "update finetune_settings set number_value = 0.25 where setting in "
    copy = changed(
        warehouse, tmp_path, half + "('finetune_test_share', 'finetune_validation_share')"
    )
    sizes = Counter(row["split_group"] for row in selection.values() if row["is_kept"])
    expected = sum(size * (1 - 0.5 ** (size - 1)) for size in sizes.values()) / sizes.total()
    at_random = one_part(copy, "finetune/03_leakage")["rows"][0]
    assert at_random["value"] == pytest.approx(expected)


def test_intervals_are_clustered_by_split_group(
    selection: dict[str, Row], found: dict[str, Parts]
) -> None:
    share, low, high = interval((r["split_group"], r["is_kept"]) for r in selection.values())
    lead = found["finetune/01_funnel"]["answer"][0]["lead"]
    assert lead.startswith(f"{share:.1%} ({low * 100:.1f}–{high * 100:.1f}%, n = {len(selection)}")


def test_the_budget_of_the_report_is_that_of_the_export(
    demo_home: Path, tmp_path: Path, found: dict[str, Parts]
) -> None:
    """Worked out twice: in SQL from the marts, and in Python from the text."""
    done = tracehouse("finetune", "--out", tmp_path / "out", home=demo_home)
    assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / "out/export.json").read_text("utf-8"))["tokens"]["budget"]
    rows = {
        (row["cut_to"], row["rule"]): (row["n"], row["cut_rows"], row["empty_rows"], row["value"])
        for row in found["finetune/06_budget"]["rows"]
    }
    assert len(rows) == 15
    assert rows == {
        (line["limit"], line["rule"]): (
            line["rows"],
            line["longer_rows"],
            line["rows_without"],
            pytest.approx(line["trained_share"], abs=1e-6),
        )
        for line in told[1:]
    }
    assert rows[2048, "head"][3] < 1
    kinds = {
        (row["cut_to"], row["rule"]): {
            name: row.get(f"{name}_text", row.get(name)) for name in told[0]["tokens_by_kind"]
        }
        for row in found["finetune/07_kinds"]["rows"]
    }
    for line in told:
        limit = f"{line['limit']:,}" if line["limit"] else "not cut"
        mine = kinds[limit, line["rule"] or "whole rows"]
        assert mine == pytest.approx(line["tokens_by_kind"], abs=1)


def test_three_kept_conversations_are_shown_by_what_is_trained(
    demo_home: Path, found: dict[str, Parts], selection: dict[str, Row]
) -> None:
    wanted = [row["conversation_id"] for row in found["finetune/08_masks"]["masks"]]
    assert len(set(wanted)) == 3
    assert all(selection[one]["is_kept"] for one in wanted)
    page = (demo_home / "site/finetune.html").read_text("utf-8")
    assert page.count('<ol class="mask">') == 3
    assert all(one in page for one in wanted)
    assert '<li class="trained">' in page
    assert "its reasoning was not captured" in page


def test_funnel_ends_with_what_is_kept(selection: dict[str, Row], found: dict[str, Parts]) -> None:
    rows = found["finetune/01_funnel"]["rows"]
    lost = Counter(row["drop_reason"] for row in selection.values() if not row["is_kept"])
    assert {row["label"].replace(" ", "_"): row["value"] for row in rows if row["value"]} == lost
    assert rows[-1]["left_count"] == len(selection) - lost.total()
    reasons = Counter(
        reason for row in selection.values() for reason in (row["drop_reasons"] or "").split()
    )
    assert {row["label"].replace(" ", "_"): row["n"] for row in rows} == reasons


def test_splits_count_what_is_kept(selection: dict[str, Row], found: dict[str, Parts]) -> None:
    kept = Counter(
        (row["source"], row["category"], row["split"])
        for row in selection.values()
        if row["is_kept"]
    )
    told = {
        (row["source"], row["category"], split): row[split]
        for row in found["finetune/02_splits"]["rows"]
        for split in ("train", "validation", "test")
        if row[split]
    }
    assert told == kept


@pytest.fixture(scope="module")
def forked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with 12 conversations of ten exchanges; each then said again but for one, two or
    four of its answers."""
    folder = tmp_path_factory.mktemp("forked")
    lines = []
    for number in range(12):
        for other in (0, 1, 2, 4):
            messages = []
            for place in range(10):
                words = f"question {number} {place}"
                answer = f"answer {number} {place}" + (f" again {other}" if place < other else "")
                messages += [
                    {"role": "user", "content": words},
                    {"role": "assistant", "reasoning_content": "Well.", "content": answer},
                ]
            lines.append(json.dumps({"messages": messages}))
    (folder / "forks.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for step in (["ingest", folder / "forks.jsonl"], ["build"]):
        done = tracehouse(*step, home=folder / "home")
        assert done.returncode == 0, done.stderr + done.stdout
    return folder / "home"


def test_near_duplicates_are_those_that_share_most_turns(forked: Path) -> None:
    turns = hashes(forked)
    assert len(turns) == 48
    near = {
        (later, earlier)
        for earlier, later in combinations(sorted(turns), 2)
        if len(turns[earlier] & turns[later]) >= 0.8 * len(turns[earlier] | turns[later])
    }
    assert len(near) > 12
    path = forked / "warehouse.duckdb"
    pairs = read(path, "from intermediate.int_near_duplicates_paired")
    found = {(row["conversation_id"], row["earlier_id"]) for row in pairs}
    assert found <= near
    # Not each pair is compared, but who has a fellow before it is found.
    assert {later for later, _ in found} == {later for later, _ in near}
    rows = read(path, "from finetune_selection order by conversation_id")
    dropped = {row["conversation_id"] for row in rows if row["near_duplicate_of"]}
    assert dropped
    assert {row["drop_reason"] for row in rows if row["conversation_id"] in dropped} == {
        "near_duplicate"
    }


def test_what_the_ledger_holds_is_not_drawn_again(demo_copy: Path) -> None:
    """Whoever is moved to the other side in the ledger stays there, and takes the group along."""
    place = demo_copy / "finetune_splits.parquet"
    drawn = {row["conversation_id"]: row["split"] for row in pq.read_table(place).to_pylist()}
    before = read(demo_copy / "warehouse.duckdb", "from finetune_selection")
    assert drawn == {row["conversation_id"]: row["split"] for row in before}
    moved = next(row for row in before if row["split"] == "train")
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select conversation_id, case when conversation_id = $id then 'test' else split "
            f"end as split from '{place}' union all select 'gone', 'train') to '{place}.new' "
            "(format parquet)",
            {"id": moved["conversation_id"]},
        )
    shutil.move(f"{place}.new", place)
    done = tracehouse("build", "--select", "int_split_ledger_read+", home=demo_copy)
    assert done.returncode == 0, done.stderr + done.stdout
    after = read(demo_copy / "warehouse.duckdb", "from finetune_selection")
    fellows = {r["conversation_id"] for r in before if r["split_group"] == moved["split_group"]}
    assert len(fellows) > 1
    expected = drawn | dict.fromkeys(fellows, "test")
    assert {row["conversation_id"]: row["split"] for row in after} == expected
    ledger = {row["conversation_id"]: row["split"] for row in pq.read_table(place).to_pylist()}
    assert ledger == expected | {"gone": "train"}


def written(table: pa.Table) -> bytes:
    out = pa.BufferOutputStream()
    pq.write_table(table, out)
    return bytes(out.getvalue())


def doubled(raw: bytes) -> bytes:
    table = pq.read_table(pa.BufferReader(raw))
    return written(pa.concat_tables([table, table.slice(0, 1)]))


def misnamed(raw: bytes) -> bytes:
    table = pq.read_table(pa.BufferReader(raw))
    return written(table.set_column(1, "split", pa.array(["trian"] * len(table))))


def flipped(raw: bytes) -> bytes:
    return raw[: len(raw) // 4] + bytes([raw[len(raw) // 4] ^ 1]) + raw[len(raw) // 4 + 1 :]


@pytest.mark.parametrize(
    "damage",
    [lambda raw: raw[:-9], lambda raw: raw[:0], flipped, doubled, misnamed],
    ids=["cut", "empty", "flipped", "doubled", "misnamed"],
)
def test_a_damaged_ledger_ends_the_build_with_4_and_its_name(
    demo_copy: Path, damage: Callable[[bytes], bytes]
) -> None:
    """Drawn again in silence, what was held out could come into training."""
    place = demo_copy / "finetune_splits.parquet"
    place.write_bytes(damage(place.read_bytes()))
    done = tracehouse("build", home=demo_copy)
    assert done.returncode == 4, done.stderr
    assert f"{place} is damaged" in done.stderr
    assert "Traceback" not in done.stderr
