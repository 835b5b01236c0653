"""The poisoned pages in Chromium, with their policy and without: nothing runs, nothing is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.poison import Poisoned
from tests.test_browser import CHROMIUM, FLAGS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog

pytestmark = [
    pytest.mark.browser,
    pytest.mark.faults,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium"),
]
# What a reader may do on a page: all is opened, pressed, pointed at and typed into.
_USE = """() => {
  for (const each of document.querySelectorAll("details")) each.open = true;
  for (const each of document.querySelectorAll("button, input[type=checkbox]")) each.click();
  for (const each of document.querySelectorAll("input[type=search]")) {
    each.value = "<img src=//evil.example onerror=alert(1)>";
    each.dispatchEvent(new Event("input", {bubbles: true}));
  }
  for (const each of document.querySelectorAll("main *"))
    for (const kind of ["mouseover", "focus", "animationstart"])
      each.dispatchEvent(new Event(kind));
}"""
_HASH = "#main~q=%3Cimg%20src%3D//evil.example%20onerror%3Dalert(1)%3E&by=1d"


class Watch:
    """Notes what pages of a context do beyond being shown: the canary's dialog, requests, words."""

    def __init__(self, context: BrowserContext) -> None:
        self.executed: list[str] = []
        self.requests: list[str] = []
        self.said: list[str] = []
        self.page = context.new_page()
        self.page.on("dialog", self._dialog)
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        context.on("page", lambda page: self.executed.append(f"opened {page.url}"))
        context.on("request", lambda asked: self._asked(asked.url))

    def _dialog(self, dialog: Dialog) -> None:
        self.executed.append(dialog.message)
        dialog.dismiss()

    def _asked(self, url: str) -> None:
        if not url.startswith("data:") and url.partition("#")[0] != self.wanted:
            self.requests.append(url)

    def use(self, path: Path) -> None:
        self.wanted = path.resolve().as_uri()
        self.page.goto(self.wanted + _HASH)
        self.page.evaluate(_USE)
        assert self.page.url.partition("#")[0] == self.wanted


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def files(poisoned: Poisoned, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The site's pages, and those that `show` and `finetune --preview` write."""
    folder = tmp_path_factory.mktemp("pages")
    for name, page in poisoned.more_pages().items():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    site = (poisoned.home / "site").resolve()
    return sorted([*site.rglob("*.html"), *folder.glob("*.html")])


@pytest.mark.case(91, 92, 93, 94, 99, 102, 103, 104, 105)
@pytest.mark.parametrize("bypass", [False, True], ids=["policy", "no policy"])
def test_nothing_runs_and_nothing_is_asked_for(
    browser: Browser,
    files: list[Path],
    bypass: bool,
    record_property: Callable[[str, object], None],
) -> None:
    """Without the policy, too: it is the second lock, not the first."""
    context = browser.new_context(bypass_csp=bypass)
    watch = Watch(context)
    for path in files:
        watch.use(path)
    context.close()
    record_property(
        "count",
        f"poison in Chromium {'without' if bypass else 'with'} the policy, {len(files)} pages: "
        f"executed scripts: {len(watch.executed)}, requests: {len(watch.requests)}",
    )
    assert (watch.executed, watch.requests, watch.said) == ([], [], [])


def test_what_ran_or_asked_would_be_found(browser: Browser, files: list[Path]) -> None:
    """The check itself, with the canary let into a page."""
    path = files[0].with_name("canary.html")
    page = files[0].read_text(encoding="utf-8")
    path.write_text(page.replace("<main", "<img src=//evil.example/x onerror=alert(1)><main", 1))
    for bypass, executed in ((True, ["1"]), (False, [])):
        context = browser.new_context(bypass_csp=bypass)
        watch = Watch(context)
        watch.use(path)
        watch.page.wait_for_timeout(300)
        context.close()
        assert watch.executed == executed
        assert watch.requests  # one that the policy refuses counts, too
        assert watch.said  # the policy's refusal, or the image that is not there
