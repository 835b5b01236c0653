"""The page of one conversation, as HTML."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection

from reports.markup import self_contained
from reports.replay.model import Conversation
from reports.replay.view import make_view

_STYLES = ("tokens", "page", "replay", "print")


def replay_html(
    conversation: Conversation,
    wanted: Collection[int] = (),
    *,
    is_full: bool = False,
    is_in_site: bool = False,
) -> bytes:
    """One self-contained page; in a site it leads back to the index.

    `wanted` turns are on it, however long the conversation is; with `is_full` all of it.
    """
    view = make_view(conversation, wanted, is_full=is_full)
    context: dict[str, object] = {"page": view, "is_in_site": is_in_site}
    return self_contained("replay.html.j2", _STYLES, "replay.js", context)


def replay_file(conversation_id: str) -> str:
    """The name of a conversation's page within the site; no two have the same."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", conversation_id).strip("-")[:60]
    digest = hashlib.sha256(conversation_id.encode("utf-8")).hexdigest()[:12]
    return f"replay/{plain}-{digest}.html"
