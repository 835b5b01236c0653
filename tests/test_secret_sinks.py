"""No sink shows a secret: pages, their CSV, replays, exports, messages."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pytest

from reports.replay.store import stored
from tests.command import tracehouse
from tests.finetune_home import exported
from tests.finetune_home import made as home_of
from tests.test_redaction import MARK, SECRETS, TOKEN, malformed, structured, tagged
from tests.tiny import BARS, DOTS, Site, report, section
from tests.traces import write_lines


def leaked(text: str) -> list[str]:
    """The secrets in a text, also in the addresses that hold rows as CSV."""
    return [secret for secret in SECRETS if secret in text or secret in unquote(text)]


def test_no_page_shows_a_secret_whatever_the_sql_selects(tmp_path: Path) -> None:
    site = Site(tmp_path, f"said {TOKEN} and {SECRETS[1]}")
    more = (
        "-- part: marks\nselect 0.2 as at, text as label from texts;\n"
        "-- part: examples\nselect text as conversation_id, 3 as turn_index, text as why from texts;"
    )
    answer = "select text as lead, text as rest from texts;"
    files = {
        "01_dots.sql": section(DOTS, answer, "dots", "-- columns: label=A", more),
        "02_table.sql": section("select text as t, [text] as l from texts;", answer, "table"),
        "03_bars.sql": section(BARS.replace("'a'", "text")[:-1] + " from texts;", answer),
        "04_fails.sql": section("select error(text) from texts;", answer),
        "headline.sql": "-- part: rows\nselect text as label, text, text as interval, "
        "text as n_text, '' as section from texts;",
    }
    report(site.folder, files)
    summary = site.render()
    for name in ("one", "index"):
        assert leaked(site.page(name)) == []
    assert site.page().count("[secret: github-token]") > 15
    assert "%5Bsecret:%20github-token%5D" in site.page()  # in the CSV
    assert len([m for page in summary.pages for m in page.failed]) == 1


def with_secrets(home: Path) -> str:
    """Puts a secret into a text of the first conversation, and one where a long text is cut."""
    (path, *_) = sorted((home / "parquet/blocks").glob("*.parquet"))
    key = duckdb.execute(f"select min(conversation_id) from '{path}'").fetchall()[0][0]
    new = path.with_suffix(".new")
    long = (
        f"repeat('x ', 495) || '{TOKEN} ' || repeat('y ', 200000) || '{TOKEN} ' || repeat('z', 420)"
    )
    duckdb.execute(
        f"copy (select * replace (case when conversation_id = '{key}' and turn_index = 0 "
        f"then body || ' {TOKEN}' when conversation_id = '{key}' and turn_index = 1 and "
        f"block_index = 0 then {long} else body end as body) from '{path}') "
        f"to '{new}' (format parquet)"
    )
    new.replace(path)
    return str(key)


def test_replay_shows_no_secret_nor_the_half_of_one_where_a_long_text_is_cut(
    demo_copy: Path,
) -> None:
    key = with_secrets(demo_copy)
    page = demo_copy / "page.html"
    shown = tracehouse("show", key, home=demo_copy)
    assert tracehouse("show", key, "--html", page, home=demo_copy).returncode == 0
    for text in (shown.stdout, page.read_text(encoding="utf-8")):
        assert MARK in text
        assert TOKEN[:12] not in text and TOKEN[-12:] not in text
    with stored(demo_copy / "parquet", demo_copy / "warehouse.duckdb") as store:
        read = repr(store.read_all([key])[key])
    assert 1_000 < len(read) < 400_000
    assert TOKEN[:12] not in read and TOKEN[-12:] not in read


@pytest.mark.case(112)
@pytest.mark.parametrize("form", ["trl", "pairs", "sharegpt"])
def test_no_export_holds_a_secret(tmp_path: Path, form: str) -> None:
    lines: list[dict[str, Any]] = [tagged() | {"id": f"t{i}"} for i in range(4)]
    lines += [structured() | {"id": f"s{i}"} for i in range(4)]
    for number, line in enumerate(lines):
        write_lines(tmp_path / "in" / f"{number}.jsonl", [line])
    home = home_of(tmp_path / "home", tmp_path / "in")
    summary, rows = exported(home, format=form)
    text = json.dumps(rows)
    assert leaked(text) == [] and MARK in text
    beside = [path for path in summary.folder.iterdir() if path.is_file()]
    assert len(beside) >= 4
    assert [path for path in beside if leaked(path.read_text(encoding="utf-8"))] == []


@pytest.mark.faults
@pytest.mark.case(115)
def test_no_table_of_the_warehouse_and_no_page_holds_a_secret(tmp_path: Path) -> None:
    """Not in what is kept of a malformed call, in names of tools or reasons to stop either."""
    write_lines(tmp_path / "in" / "tagged.jsonl", [tagged(), malformed()])
    write_lines(tmp_path / "in" / "openai.jsonl", [structured()])
    home = tmp_path / "home"
    done = tracehouse("run", tmp_path / "in", home=home)
    assert done.returncode == 0, done.stderr
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        names = connection.execute(
            "select schema_name, table_name from duckdb_tables() where not internal"
        ).fetchall()
        texts = {name: repr(connection.execute(f'from "{name[0]}"."{name[1]}"').fetchall()) for name in names}  # fmt: skip
    assert len(texts) > 40
    assert {name for name, text in texts.items() if leaked(text)} == set()
    assert MARK in texts["main", "fct_errors"]
    pages = list((home / "site").resolve().rglob("*.html"))
    assert [page for page in pages if leaked(page.read_text(encoding="utf-8"))] == []


@pytest.mark.case(115)
@pytest.mark.parametrize(
    "arguments",
    [("forget", TOKEN), ("ingest", f"/nowhere/{TOKEN}"), ("show", f"a {TOKEN}"),
     ("report", "--compare", TOKEN, TOKEN)],
)  # fmt: skip
def test_no_message_of_ours_shows_a_secret(demo_home: Path, arguments: tuple[str, ...]) -> None:
    done = tracehouse(*arguments, home=demo_home)
    assert done.returncode == 2
    assert leaked(done.stdout + done.stderr) == []
    assert MARK in done.stderr


def test_credentials_in_base64_are_found_where_a_header_or_a_file_of_docker_holds_them() -> None:
    from ingest.secrets import shown

    pair = base64.b64encode(f"robot:{SECRETS[2]}".encode()).decode()
    assert pair not in shown(f"Authorization: Basic {pair}")
    assert pair not in shown(json.dumps({"auths": {"r": {"auth": pair}}}))
