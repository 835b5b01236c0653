"""Configuration, cases 84 to 90: what a person wrote wrong is named, and nothing is done by halves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import tracehouse
from tests.tiny import BARS, Site, report, section
from tests.traces import ids, record, write_lines
from tracehouse.errors import UsageError

pytestmark = pytest.mark.faults


@pytest.fixture
def traces(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "in.jsonl", [record(0)])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--max-reject", "1"], "'--max-rejects'", marks=pytest.mark.case(84)),
        pytest.param(["--max-rejects", "nan"], "nan is no share", marks=pytest.mark.case(85)),
        pytest.param(["--max-rejects", "-1"], "not in the range", marks=pytest.mark.case(85)),
        pytest.param(["--max-rejects", "many"], "is not a valid float", marks=pytest.mark.case(85)),
        pytest.param(["--max-line", "0"], "not in the range", marks=pytest.mark.case(85)),
        pytest.param(["--max-value", "2001"], "not in the range", marks=pytest.mark.case(85)),
        pytest.param(["--max-depth", "1e3"], "is not a valid integer", marks=pytest.mark.case(85)),
        pytest.param(["--max-ratio", "-5"], "not in the range", marks=pytest.mark.case(85)),
        pytest.param(["--limit", "0"], "not in the range", marks=pytest.mark.case(85)),
        pytest.param(["--home", ""], "it is empty", marks=pytest.mark.case(88)),
    ],
)
def test_a_wrong_option_ends_with_2_before_any_work(
    tmp_path: Path, traces: Path, arguments: list[str], said: str
) -> None:
    done = tracehouse("ingest", traces, *arguments, home=tmp_path / "home", cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "home").exists()


@pytest.mark.case(84)
def test_an_unknown_key_of_a_report_is_named_with_those_there_are(tmp_path: Path) -> None:
    site = Site(tmp_path)
    toml = 'title = "A"\nsumary = "B"\norder = 1\n'
    report(site.folder, {"01_a.sql": section(BARS)}, toml=toml)
    with pytest.raises(UsageError, match=r"unknown sumary; it can say .*summary"):
        site.render()


@pytest.mark.case(85)
@pytest.mark.parametrize("limit", ["lots", "-4GB", "4", "GB"])
def test_a_limit_of_memory_that_is_no_size_is_named(
    tmp_path: Path, traces: Path, limit: str
) -> None:
    home = tmp_path / "home"
    assert tracehouse("ingest", traces, home=home).returncode == 0
    done = tracehouse("build", home=home, environment={"TRACEHOUSE_MEMORY_LIMIT": limit})
    assert done.returncode == 2
    assert f"TRACEHOUSE_MEMORY_LIMIT is '{limit}'; a size is meant, such as 4GB" in done.stderr


@pytest.mark.case(86)
def test_a_project_of_another_profile_is_not_built(tmp_path: Path, traces: Path) -> None:
    (tmp_path / "dbt_project.yml").write_text("name: jaffle\nprofile: jaffle\n")
    done = tracehouse("run", traces, home=tmp_path / "home", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "building the dbt project in" not in done.stdout


@pytest.mark.case(88)
def test_empty_names_are_not_the_working_directory(tmp_path: Path, traces: Path) -> None:
    done = tracehouse(
        "ingest", traces, home=Path(), cwd=tmp_path, environment={"TRACEHOUSE_HOME": ""}
    )
    assert done.returncode == 0, done.stderr
    assert ids(tmp_path / "build" / "parquet") == ["in/c0"]
    nothing = tracehouse("ingest", "", home=tmp_path / "home", cwd=tmp_path)
    assert nothing.returncode == 2
    assert "a SOURCE is empty" in nothing.stderr
