"""What lies beside the rows: the dataset card, and settings for a trainer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finetune.budget import LIMITS, RULES
from reports.text import visible

if TYPE_CHECKING:
    from finetune.summary import ExportSummary

_BY_ESTIMATE = """Tokens are an estimate from characters, by kind of text (`tokens_per_1000_chars` in export.json):
no tokenizer was given."""

# Columns of free JSON are declared: a struct over all rows would fill missing keys with null.
_FEATURES = {
    "trl": "  - name: messages\n    list: json\n  - name: tools\n    list: json\n",
    "pairs": "  - name: prompt\n    list: json\n  - name: response\n    list: json\n",
    "sharegpt": "  - name: conversations\n    list: json\n  - name: tools\n    dtype: string\n",
    "tokens": "  - name: input_ids\n    list: int32\n  - name: labels\n    list: int32\n",
}
_PROVENANCE = (
    "dataset",
    "source",
    "source_id",
    "category",
    "model",
    "licence",
    "revision",
    "file_sha256",
    "rules_sha256",
    "build_id",
    "ingest_version",
    "tracehouse_version",
)
_TRAINERS = {
    "trl": """`messages` and `tools` are what chat templates take. With `assistant_only_loss: true` TRL trains every
assistant message: it does not read `train`. Where `train` is 0 on an assistant message, export
`--format tokens`, whose labels hold that mask.""",
    "pairs": """Rename `response` to `completion` for TRL. With `completion_only_loss: true` alone the tool messages
within a response are trained too: set `assistant_only_loss: true` beside it, or export `--per turn`.
TRL does not read `train`; rows of `--per turn` in which it would be 0 are not there.""",
    "sharegpt": """The values hold the tags of the Hermes form. `train` says which messages are to be trained; trainers
that have a setting for such a field can be pointed to it.""",
    "tokens": """`labels` are the `input_ids` where a token is trained, else -100: any trainer that takes both honours
the mask of each message.""",
}


def card(summary: ExportSummary) -> str:
    """README.md: metadata that `datasets` loads the folder by, then counts, filters, versions."""
    options, build = summary.options, summary.build
    kept = {name: split for name, split in summary.splits.items() if split.rows}
    files = "".join(f"  - split: {name}\n    path: {name}.jsonl\n" for name in kept)
    rows = [
        f"| {name} | {s.conversations:,} | {s.rows:,} | {s.messages:,} | {s.trained:,} |"
        for name, s in kept.items()
    ]
    return f"""---
configs:
- config_name: default
  data_files:
{files}dataset_info:
  config_name: default
  features:
  - name: conversation_id
    dtype: string
{_FEATURES[options.format]}  - name: provenance
    struct:
{"".join(f"    - name: {name}{chr(10)}      dtype: string{chr(10)}" for name in _PROVENANCE)}---

# Training data, format `{options.format}`

Written by `tracehouse finetune` {build["tracehouse_version"]} from the warehouse `{build["build_id"]}`.

| split | conversations | rows | messages | trained messages |
|---|---:|---:|---:|---:|
{chr(10).join(rows)}

## How to train on it

{_TRAINERS[options.format]}

## How long the rows are

{_budget(summary)}

## Where it comes from

| source | licence | model | conversations |
|---|---|---|---:|
{_sources(summary)}

## What was left out

By the rules of the selection (`models/finetune/`), conversations:

{_list(summary.dropped)}

While exporting:

{_list(dict(sorted(summary.left_out.items())))}

Within what is exported:

{_list(dict(sorted(summary.skipped.items())))}

The variables of the selection:

{_settings(summary)}

## Options

{_options(summary)}

## Versions

- rules (hash of models, seeds and variables): `{build["rules_sha256"]}`
- input (hash of all files): `{build["manifest_sha256"]}`
- ingest {build["ingest_version"]}, dbt {build["dbt_version"]}, DuckDB {build["duckdb_version"]}
"""


def _budget(summary: ExportSummary) -> str:
    """Tokens by kind, and what is left where rows are cut to a length."""
    budget = summary.budget
    tokens = {k: budget.count(size) for k, size in budget.whole.tokens.items() if size}
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in tokens.items())
    heads = " | ".join(f"{rule}: trained left | rows with none" for rule in RULES)
    lines = [
        _BY_ESTIMATE if summary.is_estimate else "Tokens as the tokenizer counts them.",
        f"{sum(tokens.values()):,} tokens in {budget.rows:,} rows, before `--max-tokens`: {kinds}.",
        f"\n| cut to | rows cut | {heads} |",
        f"|---:|---:|{'---:|' * 2 * len(RULES)}",
    ]
    for limit in LIMITS:
        left = (
            f"{budget.share(limit, rule):.1%} | {budget.kept[limit, rule].empty_rows:,}"
            for rule in RULES
        )
        lines.append(f"| {limit:,} | {budget.longer_rows[limit]:,} | {' | '.join(left)} |")
    return "\n".join(lines)


def _sources(summary: ExportSummary) -> str:
    return "\n".join(
        f"| {_cell(source)} | {_cell(licence) or 'not stated'} | {_cell(model) or 'not recorded'} "
        f"| {count:,} |"
        for (source, licence, model), count in sorted(summary.sources.items())
    )


def _cell(text: str) -> str:
    """A text of the data in a table cell: on one line, with no mark-up of its own and all seen."""
    line = visible(" ".join(text.split()))
    return "".join(f"\\{c}" if c in "\\|<`*_[" else c for c in line)


def _list(counts: dict[str, int]) -> str:
    return (
        "\n".join(f"- {_cell(reason)}: {count:,}" for reason, count in counts.items()) or "- none"
    )


def _settings(summary: ExportSummary) -> str:
    return "\n".join(f"- {name}: {_cell(value)}" for name, value in summary.settings.items())


def _options(summary: ExportSummary) -> str:
    options = summary.options
    said = {
        "think": options.think,
        "reasoning": options.reasoning,
        "missing reasoning": options.missing_reasoning,
        "system": options.system_rule,
        "failing calls": "masked" if options.mask_failing else "trained",
        "pairs per": options.per if options.format == "pairs" else "",
        "most tokens": _most(summary),
        "tokenizer": options.tokenizer.name if options.tokenizer else "",
    }
    return "\n".join(f"- {name}: {value}" for name, value in said.items() if value)


def _most(summary: ExportSummary) -> str:
    if summary.options.max_tokens is None:
        return ""
    return f"{summary.options.max_tokens:,}{summary.by_estimate}"


def config(summary: ExportSummary) -> str:
    """sft_config.yaml: the settings of TRL's SFTConfig that decide what is learnt, and why."""
    options = summary.options
    length = options.max_tokens or "null"
    if options.max_tokens is None:
        why = "null cuts nothing. TRL's own value cuts long rows, down to a part with nothing to train."
    elif summary.is_estimate:
        why = (
            "Rows were chosen by an estimate of their length: what is longer after all is cut here."
        )
    else:
        why = "No row is longer: nothing is cut."
    lines = [
        "# Settings of trl.SFTConfig for these files.",
        f"# {why}",
        f"max_length: {length}",
        "# What is cut keeps its start: a tail without its prompt answers nothing.",
        "truncation_mode: keep_start",
        "# Packing puts several conversations into one row; without attention that keeps them apart",
        "# they see each other.",
        "packing: false",
    ]
    if options.format in ("trl", "pairs"):
        lines += [
            "# User and tool messages are read, not learnt. Needs a chat template with",
            "# {% generation %}; TRL brings one along for the known families.",
            "assistant_only_loss: true",
        ]
    if options.format == "pairs":
        lines += ["# The prompt is read, not learnt.", "completion_only_loss: true"]
    return "\n".join(lines) + "\n"
