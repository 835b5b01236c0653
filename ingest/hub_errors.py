"""What a person reads when the hub, its cache or a dataset's card is not as expected; and silence else."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from tracehouse.errors import StorageError, TracehouseError, UsageError


def is_offline() -> bool:
    """Whether HF_HUB_OFFLINE (or HF_DATASETS_OFFLINE) is set."""
    from datasets import config

    return bool(config.HF_HUB_OFFLINE)


def unreachable(error: BaseException) -> StorageError:
    """The message for no answer at all."""
    from huggingface_hub.constants import ENDPOINT

    return StorageError(
        f"the Hugging Face hub at {ENDPOINT} cannot be reached ({brief(error)}). "
        "Without a network, name a local copy (hf:///path/to/folder) or set HF_HUB_OFFLINE=1 to use "
        "what was downloaded before; behind a proxy, set HTTPS_PROXY; for a mirror, HF_ENDPOINT"
    )


def not_cached(what: str) -> StorageError:
    """The message for what would have to be downloaded while that is forbidden."""
    from huggingface_hub.constants import HF_HUB_CACHE

    return StorageError(
        f"{what} is not in the cache ({HF_HUB_CACHE}), and HF_HUB_OFFLINE forbids to fetch it: "
        "run once without HF_HUB_OFFLINE, or name a local copy (hf:///path/to/folder)"
    )


def refused(error: Exception, dataset: str, revision: str | None) -> TracehouseError:
    """The message for an answer of the hub that is a no."""
    from huggingface_hub.constants import ENDPOINT
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    if isinstance(error, RevisionNotFoundError):
        return UsageError(
            f"{dataset} has no revision {revision!r}; see {ENDPOINT}/datasets/{dataset}/commits/main"
        )
    if isinstance(error, GatedRepoError):
        return UsageError(
            f"{dataset} is gated: ask for access at {ENDPOINT}/datasets/{dataset}, "
            "and set HF_TOKEN to a token of that account"
        )
    status = error.response.status_code if isinstance(error, HfHubHTTPError) else None
    if isinstance(error, RepositoryNotFoundError) or status == 404:
        return UsageError(
            f"there is no dataset {dataset} at {ENDPOINT}, or it is private: check the spelling "
            "(owner/name); for a private one, set HF_TOKEN to a token that may read it"
        )
    if status in (401, 403):
        return UsageError(
            f"the hub at {ENDPOINT} refuses {dataset} ({brief(error)}): check HF_TOKEN"
        )
    if status is not None:
        return StorageError(
            f"the hub at {ENDPOINT} fails on {dataset} ({brief(error)}): try again later"
        )
    return StorageError(f"{dataset} cannot be downloaded from {ENDPOINT}: {brief(error)}")


def malformed(card: object, error: Exception) -> UsageError:
    """The message for a card that the libraries do not understand."""
    return UsageError(
        f"{card} is malformed, so its configs are not known ({brief(error)}): "
        "correct it, or name the data files themselves"
    )


def brief(error: BaseException) -> str:
    """The first lines of the library's message, in one."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:200]}{'…' if len(text) > 200 else ''}"


@contextmanager
def quiet() -> Iterator[None]:
    """The libraries without bars, warnings and log lines; afterwards as they were."""
    import datasets
    import huggingface_hub.utils as hub

    loggers = [logging.getLogger(name) for name in ("datasets", "huggingface_hub")]
    levels = [logger.level for logger in loggers]
    bars = [
        (library.disable_progress_bars, library.enable_progress_bars)
        for library in (datasets.utils, hub)
        if not library.are_progress_bars_disabled()
    ]
    counts = datasets.config.HF_UPDATE_DOWNLOAD_COUNTS
    # Each look-up would be counted as a download, at another host than HF_ENDPOINT.
    datasets.config.HF_UPDATE_DOWNLOAD_COUNTS = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for logger in loggers:
                logger.setLevel(logging.CRITICAL)
            for disable, _ in bars:
                disable()
            yield
        finally:
            datasets.config.HF_UPDATE_DOWNLOAD_COUNTS = counts
            for _, enable in bars:
                enable()
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
