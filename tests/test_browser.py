"""The pages of the sample in a real browser, opened from disk: what a reader meets and can do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
CHROMIUM = Path("/usr/bin/chromium")
AXE = ROOT / "build/axe/package/axe.min.js"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that takes note of errors and of whatever it asks for beyond the disk."""
    context = browser.new_context(accept_downloads=True)
    found = context.new_page()
    said: list[str] = []
    found.on("console", lambda message: said.append(message.text))
    found.on("pageerror", lambda error: said.append(str(error)))
    found.on(
        "request",
        lambda asked: (
            said.append(asked.url) if not asked.url.startswith(("file:", "data:")) else None
        ),
    )
    yield found
    context.close()
    assert said == []


@pytest.fixture(scope="module")
def site(demo_home: Path) -> Path:
    return (demo_home / "site").resolve()


def axe(page: Page) -> list[dict[str, Any]]:
    """Serious and critical violations, by axe-core in a world of its own that the policy allows."""
    session = page.context.new_cdp_session(page)
    frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = session.send("Page.createIsolatedWorld", {"frameId": frame})["executionContextId"]
    run = (
        "axe.run({resultTypes: ['violations']}).then(r => r.violations.map(v => "
        "({id: v.id, impact: v.impact, nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 200))})))"
    )
    for code in (AXE.read_text(encoding="utf-8"), run):
        done = session.send(
            "Runtime.evaluate",
            {
                "expression": code,
                "contextId": world,
                "awaitPromise": True,
                "returnByValue": code is run,
            },
        )
        assert "exceptionDetails" not in done, done
    found: list[dict[str, Any]] = done["result"]["value"]
    return [one for one in found if one["impact"] in {"serious", "critical"}]


NAMES = sorted(path.parent.name for path in (ROOT / "reports").glob("*/report.toml"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index", *NAMES, "replay"])
def test_a_page_opens_quietly_and_anyone_can_read_it(
    page: Page, site: Path, name: str, scheme: str
) -> None:
    path = next((site / "replay").glob("*.html")) if name == "replay" else site / f"{name}.html"
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(path.as_uri())
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    red = int(colour.split("(")[1].split(",")[0])
    assert (red < 60) if scheme == "dark" else (red > 200)
    for closed in page.query_selector_all("details:not([open]) > summary"):
        if name != "replay":
            closed.evaluate("summary => summary.parentElement.open = true")
    assert axe(page) == []


def test_what_nobody_could_use_would_be_found(page: Page, site: Path) -> None:
    """The check itself: a button without a name is one of its rules."""
    page.goto((site / "index.html").as_uri())
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert [one["id"] for one in axe(page)] == ["button-name"]


def test_nothing_sticks_out_on_a_phone(page: Page, site: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    for path in sorted(site.glob("*.html")):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path.name


def test_a_table_sorts_and_filters_and_the_address_keeps_it(page: Page, site: Path) -> None:
    page.goto((site / "tools.html").as_uri())
    section = page.locator("#calls")
    section.locator("details.tbl > summary").click()
    names = section.locator("tbody tr:visible td:first-child")
    everything = names.all_inner_texts()
    section.locator("th button").first.click()
    assert names.all_inner_texts() == sorted(everything, key=str.lower)
    section.locator("input[type=search]").fill("FILE")
    wanted = [name for name in sorted(everything, key=str.lower) if "file" in name]
    kept = names.all_inner_texts()
    assert wanted and set(wanted) <= set(kept) and len(kept) < len(everything)
    page.reload()
    assert section.locator("tbody tr:visible td:first-child").all_inner_texts() == kept


def test_rows_come_as_csv(page: Page, site: Path, tmp_path: Path) -> None:
    page.goto((site / "tools.html").as_uri())
    section = page.locator("#calls")
    section.locator("details.tbl > summary").click()
    with page.expect_download() as waited:
        section.locator("a[download]").click()
    waited.value.save_as(tmp_path / "calls.csv")
    lines = (tmp_path / "calls.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + section.locator("tbody tr").count()
    assert any(line.startswith("terminal,") for line in lines)


def test_an_example_leads_to_its_turn(page: Page, site: Path) -> None:
    page.goto((site / "errors.html").as_uri())
    link = page.locator("ul.places a").first
    turn = link.inner_text().rpartition(" ")[2]
    link.click()
    target = page.locator(":target")
    assert target.count() == 1
    assert target.get_attribute("id") == f"turn-{turn}"
    assert target.is_visible()


def test_keys_alone_are_enough(page: Page, site: Path) -> None:
    page.goto((site / "tools.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    details = page.locator("#calls details.tbl")
    details.locator("summary").focus()
    page.keyboard.press("Enter")
    assert details.evaluate("each => each.open")
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.tagName"))
    assert {"INPUT", "A", "BUTTON"} <= set(reached)
