"""Hugging Face datasets: `hf://` → the data files of their configs, downloaded when asked for.

`datasets` says which files a config holds, `huggingface_hub` fetches them into its cache, and our own
reader reads them there: no Arrow copy is made. HF_ENDPOINT, HF_HOME, HF_TOKEN and HF_HUB_OFFLINE mean
what they mean to those libraries.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from ingest.hub_errors import (
    brief,
    is_offline,
    malformed,
    not_cached,
    quiet,
    refused,
    unreachable,
)
from tracehouse.errors import StorageError, UsageError

DEFAULT = "default"  # what `datasets` calls the config of a dataset that declares none
_DATASET = re.compile(r"[\w.-]+/[\w.-]+")
_CARD = "README.md"
_DECLARING = (_CARD, ".huggingface.yaml", "dataset_infos.json")  # where configs may be declared
_SOUGHT = re.compile(r"Unable to find '([^']+)'")  # in a message of `datasets`
_PROBE_SECONDS = 30.0

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class HubFile:
    """One data file of a dataset. `name` is its path within the dataset.

    `dataset` is owner/name, or the folder's name; `root` names the config that holds the file. A
    file of a local folder has no `url` and no `revision`.
    """

    name: str
    config: str
    dataset: str
    root: str
    folder: Path | None = None
    url: str | None = None
    revision: str | None = None
    licence: str | None = None

    def fetch(self) -> Path:
        """Where the file is on this machine, after a download if it has to be.

        Raises: StorageError where the hub cannot be reached, or HF_HUB_OFFLINE is set and the file
        is not in the cache; UsageError where the hub refuses it.
        """
        if self.folder is not None:
            return self.folder / self.name
        from huggingface_hub import hf_hub_download, try_to_load_from_cache
        from huggingface_hub.errors import LocalEntryNotFoundError

        cached = try_to_load_from_cache(
            self.dataset, self.name, revision=self.revision, repo_type="dataset"
        )
        if isinstance(cached, str):
            return Path(cached)
        log.info("downloading %s of %s", self.name, self.dataset)
        try:
            with quiet():
                return Path(
                    hf_hub_download(
                        self.dataset, self.name, revision=self.revision, repo_type="dataset"
                    )
                )
        except LocalEntryNotFoundError as error:
            if is_offline():
                raise not_cached(f"{self.dataset}: {self.name}") from None
            raise unreachable(error.__cause__ or error) from None
        except Exception as error:
            raise refused(error, self.dataset, self.revision) from None


@dataclass(frozen=True, slots=True)
class _Place:
    """A dataset at one revision. `path` is what `datasets` finds it by, `card` its README.md."""

    dataset: str
    path: str
    card: Path
    root: str
    folder: Path | None = None
    revision: str | None = None

    @property
    def card_name(self) -> str:
        """The card as a person finds it."""
        return str(self.card) if self.folder is not None else f"the card of {self.dataset}"

    @property
    def base(self) -> str:
        """What the paths that `datasets` gives begin with."""
        return f"{self.path}/" if self.is_local else f"{self.path}@{self.revision}/"

    @property
    def is_local(self) -> bool:
        """Whether `path` is a folder: the dataset itself, or what stands in for it offline."""
        return not self.path.startswith("hf://")


def resolve(argument: str, configs: Sequence[str], revision: str | None) -> list[HubFile]:
    """The data files of the configs that are named, else of all that the dataset declares.

    `hf://datasets/owner/name` is always the hub. `hf://` and a path that begins with `/`, `.` or
    `~` is always a folder laid out as on the hub: a README.md whose YAML head has `configs`, and the
    data. `hf://owner/name` is a folder if there is one at this path, else the hub. Files on the hub
    are those of one commit, the one that `revision` means now.

    Only files of declared configs count. Beside them a repository often holds older copies of the
    same rows (the Hermes dataset has `data/train-*` besides `data/kimi` and `data/glm-5.1`), which
    would be read twice. For the same reason a file that stands in several configs is taken once,
    for the first of them. A dataset that declares no config has one, `default`, with the files
    that `datasets` finds in it.

    Shape: one per file, in the order of the configs.
    Raises: UsageError for an unknown dataset, revision or config, a malformed card, or a config
    without files; StorageError where the hub, or the cache when offline, cannot give what is asked.
    """
    with ExitStack() as stack:
        stack.enter_context(quiet())
        scratch = Path(stack.enter_context(TemporaryDirectory(prefix="tracehouse-")))
        place = _place(argument, revision, scratch / "outline")
        licence = _licence(place)
        found: dict[str, HubFile] = {}
        for config in _configs(place, configs):
            for name in _names(place, config, scratch):
                found.setdefault(name, _file(place, name, config, licence))
    return list(found.values())


def _file(place: _Place, name: str, config: str, licence: str | None) -> HubFile:
    from huggingface_hub import hf_hub_url

    url = None
    if place.folder is None:
        url = hf_hub_url(place.dataset, name, repo_type="dataset", revision=place.revision)
    return HubFile(
        name,
        config,
        place.dataset,
        f"{place.root}#{config}",
        place.folder,
        url,
        place.revision,
        licence,
    )


# --- where the dataset is -----------------------------------------------------------------------


def local_folder(argument: str) -> Path | None:
    """The folder that an `hf://` argument means; None for a dataset on the hub (see `resolve`)."""
    rest = argument.removeprefix("hf://")
    folder = Path(rest).expanduser()
    is_folder = rest and folder.is_dir() and not rest.startswith("datasets/")
    return folder.resolve() if is_folder else None


def _place(argument: str, revision: str | None, outline: Path) -> _Place:
    rest = argument.removeprefix("hf://")
    folder = local_folder(argument)
    if folder is not None:
        if revision is not None:
            raise UsageError(f"--revision goes with a dataset on the hub; {folder} is a folder")
        return _Place(folder.name, str(folder), folder / _CARD, f"hf://{folder}", folder)
    if rest.startswith(("/", ".", "~")):
        raise UsageError(f"{argument}: there is no folder {rest}")
    dataset = rest.removeprefix("datasets/")
    if not _DATASET.fullmatch(dataset):
        raise UsageError(
            f"{argument}: hf:// is followed by owner/name, or by the path of a folder; "
            "--config and --revision say which part of it"
        )
    return _cached(dataset, revision, outline) if is_offline() else _online(dataset, revision)


def _online(dataset: str, revision: str | None) -> _Place:
    """The dataset on the hub, pinned to a commit; its card and the list of its files are cached."""
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        # Asked first, because it does not try again for half a minute as the other calls do.
        HfApi().dataset_info(dataset, revision=revision, timeout=_PROBE_SECONDS, expand=["sha"])
    except HfHubHTTPError as error:
        raise refused(error, dataset, revision) from None
    except Exception as error:  # whatever a network or a server that is no hub can lead to
        raise unreachable(error) from None
    try:
        snapshot = Path(
            snapshot_download(
                dataset, repo_type="dataset", revision=revision, allow_patterns=list(_DECLARING)
            )
        )
    except Exception as error:
        raise refused(error, dataset, revision) from None
    path = f"hf://datasets/{dataset}"
    return _Place(dataset, path, snapshot / _CARD, path, revision=snapshot.name)


def _cached(dataset: str, revision: str | None, outline: Path) -> _Place:
    """The dataset as the cache knows it.

    Offline, `datasets` looks at folders only, and the cache holds only files that were asked for
    before. So it is shown all files of that commit, empty: configs resolve as they do online, and
    what is missing is missed by `fetch` and not left out.
    """
    from huggingface_hub import get_cached_repo_tree, snapshot_download
    from huggingface_hub.errors import CachedRepoTreeNotFoundError, LocalEntryNotFoundError

    try:
        snapshot = Path(
            snapshot_download(
                dataset,
                repo_type="dataset",
                revision=revision,
                allow_patterns=list(_DECLARING),
                local_files_only=True,
            )
        )
        tree = get_cached_repo_tree(dataset, repo_type="dataset", revision=snapshot.name)
    except (LocalEntryNotFoundError, CachedRepoTreeNotFoundError):
        raise not_cached(dataset if revision is None else f"{dataset} at {revision}") from None
    for file in tree:
        path = (outline / file.path).resolve()
        if path.is_relative_to(outline.resolve()):
            path.parent.mkdir(parents=True, exist_ok=True)
            known = snapshot / file.path if file.path in _DECLARING else None
            path.write_bytes(known.read_bytes() if known is not None else b"")
    root = f"hf://datasets/{dataset}"
    return _Place(dataset, str(outline.resolve()), snapshot / _CARD, root, revision=snapshot.name)


# --- what is in it ------------------------------------------------------------------------------


def _licence(place: _Place) -> str | None:
    """The licence that the card names."""
    from huggingface_hub import DatasetCard

    if not place.card.is_file():
        return None
    try:
        data = DatasetCard.load(place.card).data.to_dict()
    except Exception as error:  # ValueError, and what YAML finds wrong
        raise malformed(place.card_name, error) from None
    licence = data.get("license")
    if licence == "other":
        licence = data.get("license_name") or licence
    return ", ".join(map(str, licence)) if isinstance(licence, list) else licence


def _configs(place: _Place, wanted: Sequence[str]) -> Sequence[str]:
    """The configs to read; all where none is named."""
    from datasets import get_dataset_config_names

    found: list[str] = _asked(
        place, lambda: get_dataset_config_names(place.path, revision=_pin(place))
    )
    unknown = [config for config in wanted if config not in found]
    if unknown:
        raise UsageError(
            f"{place.dataset} has no config {' or '.join(map(repr, unknown))}; "
            f"there {'are' if len(found) > 1 else 'is'}: {', '.join(found)}"
        )
    return wanted or found


def _names(place: _Place, config: str, scratch: Path) -> list[str]:
    """The files of a config, by their path within the dataset."""
    from datasets import load_dataset_builder

    builder = _asked(
        place,
        lambda: load_dataset_builder(
            place.path, config, revision=_pin(place), cache_dir=str(scratch)
        ),
    )
    found = [str(path) for paths in (builder.config.data_files or {}).values() for path in paths]
    names = [path.removeprefix(place.base) for path in found]
    for path, name in zip(found, names, strict=True):
        if path == name or ".." in name.split("/"):
            raise UsageError(
                f"{place.dataset}: config {config!r} names {name}, which is not part of the dataset"
            )
    if not names:
        raise UsageError(f"{place.dataset}: config {config!r} matches no file; see its {_CARD}")
    return names


def _pin(place: _Place) -> str | None:
    return None if place.is_local else place.revision


def _asked(place: _Place, question: Callable[[], Answer]) -> Answer:
    """What `datasets` answers; where it fails, what that means for a person."""
    from datasets import exceptions
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.utils import httpx  # type: ignore[attr-defined]

    try:
        return question()
    except (HfHubHTTPError, exceptions.DatasetNotFoundError) as error:
        raise refused(error, place.dataset, place.revision) from None
    except FileNotFoundError as error:
        missing = _SOUGHT.search(str(error))
        raise UsageError(
            f"{place.dataset}: {missing[1].removeprefix(place.base)} is not there, though its {_CARD} "
            "names it"
            if missing
            else f"{place.dataset} holds no data files of a kind that `datasets` knows"
        ) from None
    except (ConnectionError, httpx.HTTPError) as error:
        raise unreachable(error) from None
    except OSError as error:
        raise StorageError(f"{place.dataset} cannot be read: {brief(error)}") from None
    except Exception as error:  # all else arises from what the card says
        raise malformed(place.card_name, error) from None
