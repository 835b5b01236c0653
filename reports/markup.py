"""From a page as data to HTML: one self-contained file, whose policy allows its own style and script
by their hashes and nothing else.

Texts of traces are hostile: every text is escaped, and characters that are not seen are written out.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.secrets import shown as without_secrets
from reports.model import Furniture, Page
from reports.text import pieces, visible

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_FOLDER = Path(__file__).parent
_BEFORE, _AFTER = ("tokens", "page", "section"), ("narrow", "print")


def index_html(pages: Sequence[Page], furniture: Furniture) -> bytes:
    """The page that leads to all reports."""
    return _html("index.html.j2", "index", pages, furniture, {"pages": pages}, ("index",))


def report_html(page: Page, pages: Sequence[Page], furniture: Furniture) -> bytes:
    """The page of one report; `pages` are all, for the navigation."""
    own = ("mask",) if any(section.masks for section in page.sections) else ()
    return _html("report.html.j2", page.name, pages, furniture, {"page": page}, own)


def _html(
    template: str,
    current: str,
    pages: Sequence[Page],
    furniture: Furniture,
    more: dict[str, object],
    styles: Sequence[str],
) -> bytes:
    context = {"nav": pages, "current": current, "furniture": furniture, **more}
    return self_contained(template, (*_BEFORE, *styles, *_AFTER), "report.js", context)


def self_contained(
    template: str, styles: Sequence[str], script_name: str, context: dict[str, object]
) -> bytes:
    """A page with these style sheets and this script inside it, and the policy that allows them."""
    css, script = "\n".join(_asset(f"{name}.css") for name in styles), _asset(script_name)
    page = _environment().get_template(template)
    text = page.render(css=css, script=script, csp=_policy(css, script), **context)
    return text.encode("utf-8")


@cache
def _environment() -> Environment:
    """Autoescape for all names; wherever a text is printed, unseen characters are written out and
    secrets left out.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def shown(value: object) -> object:
        if isinstance(value, Markup) or not isinstance(value, str):
            return value
        return visible(without_secrets(value))

    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["pieces"] = lambda text: pieces(without_secrets(text))
    environment.filters["code"] = _code
    return environment


def _code(text: str) -> Markup:
    """SQL between tags, where quotes need no escape: it is full of them."""
    from markupsafe import Markup

    shown = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Markup(shown)  # noqa: S704 (escaped right here)


def _asset(name: str) -> str:
    text = (_FOLDER / "assets" / name).read_text(encoding="utf-8")
    if name.endswith(".css"):  # what is for those who write it stays out of each page
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        text = re.sub(r"(?<=[{};:,])\s+|\s+(?=[{}])", "", text)
    return text


def _policy(css: str, script: str) -> str:
    """A policy that allows exactly this style and this script, and nothing from elsewhere."""
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src '{_hash(css)}'",
            f"script-src '{_hash(script)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
