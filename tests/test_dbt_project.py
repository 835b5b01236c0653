"""Rules that the dbt project keeps, read from its own manifest and files."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from jinja2 import Template

from docs import dictionary
from ingest import sources_yml

ROOT = Path(__file__).resolve().parents[1]
MODELS = sorted((ROOT / "models").rglob("*.sql"))
MACROS = sorted((ROOT / "macros").glob("*.sql"))
# What DuckDB has and Spark has not, or has otherwise.
NOT_PORTABLE = re.compile(
    r"\b(qualify|exclude|lambda|pivot|hash|string_agg|listagg|list|array_agg|unnest|arg_max|arg_min"
    r"|regexp_matches|regexp_replace|json_extract_string|json_exists|get_json_object|date_diff)\b\s*\("
    r"|\b(qualify|exclude|pivot|unpivot)\b|->|//|::|\[[^\]]*\]\s*as\b|group by all"
)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `dbt parse` makes of the project."""
    folder = tmp_path_factory.mktemp("parse")
    done = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("dbt")), "--no-use-colors", "parse"),
            *("--project-dir", str(ROOT), "--profiles-dir", str(ROOT), "--target", "lint"),
            *("--target-path", str(folder), "--log-path", str(folder)),
        ],
        env=os.environ | {"DO_NOT_TRACK": "1"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "deprecat" not in done.stdout.lower(), done.stdout
    loaded: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return loaded


def models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    own = [n for n in manifest["nodes"].values() if n["package_name"] == "tracehouse"]
    return [node for node in own if node["resource_type"] == "model"]


def marts(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [model for model in models(manifest) if dictionary.is_mart(model)]


def test_every_model_names_its_grain(manifest: dict[str, Any]) -> None:
    grain = re.compile(r"One row per [^.]+\.$")
    assert [m["name"] for m in models(manifest) if not grain.search(m["description"])] == []


def test_every_mart_describes_each_column_and_holds_its_contract(
    manifest: dict[str, Any],
) -> None:
    found = marts(manifest)
    assert found
    assert [m["name"] for m in found if not m["config"]["contract"]["enforced"]] == []
    bare = [(m["name"], c) for m in found for c, v in m["columns"].items() if not v["description"]]
    assert bare == []


def test_every_mart_has_a_unique_key_of_its_first_columns(manifest: dict[str, Any]) -> None:
    tests = [n for n in manifest["nodes"].values() if n["resource_type"] == "test"]
    keys = {
        node["attached_node"]: node["test_metadata"]["kwargs"]["columns"]
        for node in tests
        if (node.get("test_metadata") or {}).get("name") == "unique_key"
    }
    for mart in marts(manifest):
        key = keys.get(mart["unique_id"], [])
        assert list(mart["columns"])[: len(key)] == key != []


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("unique_key", [(1, None, 1), (2, "b", 2), (None, "a", 1)]),
        ("filled", [(1, None), (None, "a")]),
    ],
)
def test_generic_tests_find_twins_and_gaps(name: str, found: list[tuple[object, ...]]) -> None:
    source = (ROOT / f"tests/dbt/generic/{name}.sql").read_text(encoding="utf-8")
    macro = source.replace("{% test", "{% macro").replace("endtest", "endmacro")
    sql = Template(f"{macro}{{{{ {name}('rows', ['one', 'two']) }}}}").render()
    with duckdb.connect() as connection:
        connection.execute(
            "create table rows as from (values (1, 'a'), (1, null), (2, 'b'), (2, 'b'), (null, 'a')) "
            "as given (one, two)"
        )
        rows = connection.execute(sql).fetchall()
    assert sorted(rows, key=repr) == sorted(found, key=repr)


def test_every_unit_test_is_named_after_its_model(manifest: dict[str, Any]) -> None:
    units = manifest["unit_tests"].values()
    assert units
    assert [u["name"] for u in units if not u["name"].startswith(f"test_{u['model']}_")] == []


def test_every_model_with_rules_has_a_unit_test(manifest: dict[str, Any]) -> None:
    tested = {unit["model"] for unit in manifest["unit_tests"].values()}
    # Tables and a join: nothing to get wrong.
    copies = {"dim_files", "fct_rejects", "int_split_ledger_read", "secret_findings"}
    above = {m["name"] for m in models(manifest) if "staging" not in m["fqn"]}
    assert above - tested == copies


def test_the_sources_are_those_of_the_contract() -> None:
    """`make generated` writes them."""
    assert sources_yml.TARGET.read_text(encoding="utf-8") == sources_yml.render()


def test_the_data_dictionary_is_up_to_date(manifest: dict[str, Any]) -> None:
    """`make generated` writes it."""
    assert dictionary.TARGET.read_text(encoding="utf-8") == dictionary.render(manifest)


def test_big_text_is_read_in_one_place(manifest: dict[str, Any]) -> None:
    readers = [
        m["name"]
        for m in models(manifest)
        if "model.tracehouse.stg_blocks" in m["depends_on"]["nodes"]
    ]
    assert readers == ["int_blocks_measured"]


def test_every_macro_is_documented(manifest: dict[str, Any]) -> None:
    own = {
        m["name"]: m
        for m in manifest["macros"].values()
        if m["package_name"] == "tracehouse" and not m["name"].startswith("test_")
    }
    written = {path.stem for path in MACROS}
    documented = {name for name, macro in own.items() if macro["description"]}
    assert documented == written
    for name in written:
        signature = re.search(rf"macro {name}\((.*?)\)", (ROOT / f"macros/{name}.sql").read_text())
        assert signature
        arguments = [a.strip() for a in signature[1].split(",") if a.strip()]
        assert [a["name"] for a in own[name]["arguments"]] == arguments


def test_macros_are_few_and_short() -> None:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in MACROS}
    assert [name for name, text in texts.items() if len(text.splitlines()) > 40] == []
    assert sum("adapter.dispatch" in text for text in texts.values()) <= 8


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_model_keeps_to_sql_that_spark_runs_too(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    sql = re.sub(
        r"'(?:[^']|'')*'|--[^\n]*|\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "''", text, flags=re.DOTALL
    )
    assert NOT_PORTABLE.findall(sql) == []


def test_every_report_is_an_exposure(manifest: dict[str, Any]) -> None:
    reports = {path.parent.name for path in (ROOT / "reports").glob("*/report.toml")}
    if not reports:
        pytest.skip("no reports yet")
    assert {exposure["name"] for exposure in manifest["exposures"].values()} == reports
