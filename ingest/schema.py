"""The Parquet contract: every table and column that ingest writes.

Arrow schemas (here) and `models/staging/__sources.yml` (`python -m ingest.sources_yml`) come from
these records, so that a column is named, typed and described in one place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

SCHEMA_VERSION = "1"

Type = Literal["string", "text", "bigint", "double", "boolean", "timestamp"]
ARROW: dict[Type, pa.DataType] = {
    "string": pa.string(),
    "text": pa.large_string(),  # a batch of big text may pass 2 GB of offsets
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `text` is a string that is large or rarely repeats: no dictionary for it."""

    name: str
    type: Type
    doc: str
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """One table; `key` columns are not null and unique together."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def arrow(self) -> pa.Schema:
        """The Arrow schema, with `schema_version` in its metadata."""
        fields = [pa.field(c.name, ARROW[c.type], c.nullable) for c in self.columns]
        return pa.schema(fields, metadata={"schema_version": SCHEMA_VERSION, "table": self.name})

    @property
    def small_columns(self) -> list[str]:
        """Columns worth a dictionary and statistics."""
        return [c.name for c in self.columns if c.type != "text"]


def _id(
    doc: str = "Key of the conversation: `<source>/<own id>`, else `<source>/<path>#<row>`.",
) -> Column:
    return Column("conversation_id", "string", doc, nullable=False)


def _position(name: str, doc: str) -> Column:
    return Column(name, "bigint", doc, nullable=False)


_TURN = _position("turn_index", "Position of the turn in the conversation, from 0.")
_BLOCK = _position("block_index", "Position of the block in its turn, from 0.")
_FILE = Column("file_id", "string", "Input file: hash of source and relative path.", nullable=False)

CONVERSATIONS = Table(
    "conversations",
    "conversation",
    ("conversation_id",),
    (
        _id(),
        Column(
            "dataset",
            "string",
            "Hub id of the dataset, else the name of the SOURCE argument.",
            False,
        ),
        Column(
            "source", "string", "`--source`, else hub config, else folder, else file stem.", False
        ),
        Column("source_id", "string", "The record's own id, as written in the input."),
        Column(
            "model", "string", "Name of the model that wrote the assistant turns, where recorded."
        ),
        Column("model_from", "string", "Where `model` comes from: record or config."),
        Column("category", "string", "Category of the task, as recorded."),
        Column("subcategory", "string", "Subcategory of the task, as recorded."),
        Column("task", "text", "Text of the task, as recorded beside the messages."),
        Column("task_id", "string", "Id of the task, where the format records one."),
        Column("trial_index", "bigint", "Number of the repeated trial of this task, from 0."),
        Column(
            "prompt_group_id",
            "string",
            "Conversations with one prompt share it: hash of dataset and task_id where recorded, "
            "else of the first user text (lower case, white space folded); null without any.",
        ),
        Column(
            "toolset_id", "string", "Key into tool_definitions; null where no tools are recorded."
        ),
        Column("turn_count", "bigint", "Number of turns.", False),
        Column("is_completed", "boolean", "The format's own flag that the run came to its end."),
        Column("started_at", "timestamp", "When the conversation began or was saved (UTC)."),
        Column("outcome_name", "string", "Name of the recorded outcome, such as reward."),
        Column("outcome_score", "double", "Value of the recorded outcome."),
        Column(
            "extra",
            "text",
            "All other fields of the record, as canonical JSON; of a session log its lines that "
            "are no message, as {lines, events}. `$names`: columns in which a secret was replaced.",
        ),
        Column(
            "content_sha256",
            "text",
            "Hash of turns and of recorded model, task, trial and outcome: equal for exact copies.",
            False,
        ),
        _FILE,
        Column("record_index", "bigint", "Position of the record in its file, from 0.", False),
    ),
)
TURNS = Table(
    "turns",
    "turn",
    ("conversation_id", "turn_index"),
    (
        _id(),
        _TURN,
        Column("role", "string", "system, user, assistant, tool or other.", False),
        Column("source_role", "string", "The role as the input writes it."),
        Column("api_message_id", "string", "Id that joins the records of one API message."),
        Column("body_chars", "bigint", "Length of the message in characters (code points).", False),
        Column("body_sha256", "text", "Hash of the message's UTF-8 text.", False),
        Column("stop_reason", "string", "Why the model stopped, as recorded."),
        Column("created_at", "timestamp", "When the message was written (UTC), where recorded."),
        Column(
            "issue", "string", "encoding_replaced where bytes that are not UTF-8 became U+FFFD."
        ),
        Column(
            "is_lossless", "boolean", "The blocks and `extra` give back the input exactly.", False
        ),
        Column(
            "extra",
            "text",
            "The message without its role and texts, as canonical JSON; each text is replaced by "
            'a pointer such as {"$blocks": [first, count]}. Of a session log: {lines, events}, what '
            "it was read from. Null where nothing but role and text is there.",
        ),
    ),
)
BLOCKS = Table(
    "blocks",
    "block",
    ("conversation_id", "turn_index", "block_index"),
    (
        _id(),
        _TURN,
        _BLOCK,
        Column("kind", "string", "text, think, tool_call, tool_response or media.", False),
        Column(
            "opener", "string", "Exact text before the body: tag and adjoining line ends.", False
        ),
        Column(
            "body", "text", "The text of the block; the only place where big text lives.", False
        ),
        Column("closer", "string", "Exact text after the body.", False),
        Column("visibility", "string", "Of a thought: raw, summary, encrypted or empty."),
        Column("media_type", "string", "Of media: its MIME type."),
        Column(
            "is_closed", "boolean", "The closing tag is there (true for untagged blocks).", False
        ),
        Column("issue", "string", "What was odd about the cut; null for most blocks."),
    ),
)
TOOL_CALLS = Table(
    "tool_calls",
    "tool call",
    ("conversation_id", "turn_index", "block_index"),
    (
        _id(),
        _TURN,
        _BLOCK,
        Column("call_index", "bigint", "Position among the calls of its turn, from 0.", False),
        Column("tool_call_id", "string", "The call's own id, where recorded."),
        Column("tool_name", "string", "Name of the tool; null where the call cannot be parsed."),
        Column(
            "arguments", "text", "Arguments as canonical JSON (sorted keys); null if malformed."
        ),
        Column("arguments_kind", "string", "JSON kind of the arguments as written, or missing."),
        Column("arguments_sha256", "text", "Hash of `arguments`."),
        Column("parse_status", "string", "ok or malformed.", False),
        Column(
            "issue",
            "string",
            "Why it is malformed, or what was odd (duplicate_key, big_integer …).",
        ),
        Column(
            "schema_status",
            "string",
            "Against the row's own tool definitions: ok, invalid, unknown_tool, no_schema; "
            "null for a malformed call.",
        ),
        Column("schema_issues", "text", "JSON list of {kind, path} for an invalid call."),
    ),
)
TOOL_RESPONSES = Table(
    "tool_responses",
    "tool response",
    ("conversation_id", "turn_index", "block_index"),
    (
        _id(),
        _TURN,
        _BLOCK,
        Column(
            "response_index", "bigint", "Position among the responses of its step, from 0.", False
        ),
        Column("tool_call_id", "string", "Id of the call as the response names it."),
        Column("tool_name", "string", "Name of the tool as the response names it."),
        Column("call_turn_index", "bigint", "Turn of the paired call; null for an orphan."),
        Column("call_block_index", "bigint", "Block of the paired call; null for an orphan."),
        Column("paired_by", "string", "How its call was found: id, ordinal or none.", False),
        Column(
            "content_kind",
            "string",
            "JSON kind of the content: object, array, number, boolean, null; text where it is a "
            "string that holds no JSON object or array.",
            False,
        ),
        Column("content_chars", "bigint", "Length of the content in characters.", False),
        Column("content_sha256", "text", "Hash of the content's text.", False),
        Column(
            "fields",
            "text",
            "Of an object: its top-level keys as canonical JSON, long values replaced by "
            '{"$string" | "$array" | "$object": characters}; `error`, `message` and `content.error` '
            "keep their first 1,000 characters.",
        ),
        Column(
            "error_text", "text", "Text of `error`, first 1,000 characters; null if absent or null."
        ),
        Column("reported_success", "boolean", "The content's own `success`, where boolean."),
        Column("exit_code", "bigint", "The content's own `exit_code`, where an integer."),
        Column(
            "status",
            "string",
            "The content's own `status`, where a string of up to 200 characters.",
        ),
        Column("native_is_error", "boolean", "The format's own error flag."),
        Column("body_head", "text", "First 2,000 characters of the content as text.", False),
        Column(
            "body_tail",
            "text",
            "Last 1,000 characters of what body_head leaves out; null where it leaves out nothing.",
        ),
    ),
)
TOOL_DEFINITIONS = Table(
    "tool_definitions",
    "tool of a toolset",
    ("toolset_id", "tool_name"),
    (
        Column("toolset_id", "string", "Hash of the recorded list of tools.", False),
        Column("tool_name", "string", "Name of the tool.", False),
        Column("description", "string", "Description given to the model."),
        Column("parameters", "string", "JSON Schema of the arguments, as canonical JSON."),
    ),
)
SECRET_FINDINGS = Table(
    "secret_findings",
    "place that holds a secret",
    ("conversation_id", "finding_index"),
    (
        _id(),
        Column(
            "finding_index", "bigint", "Position among the conversation's findings, from 0.", False
        ),
        Column("turn_index", "bigint", "Turn that holds it; null outside of the turns."),
        Column("block_index", "bigint", "Block that holds it; null outside of the blocks."),
        Column(
            "field",
            "string",
            "Where it stands: body of a block; extra or another column of a turn or of the "
            "conversation; tool_definitions.",
            False,
        ),
        Column("rule_id", "string", "Rule of ingest/secrets.toml that found it.", False),
        Column("kind", "string", "secret or personal.", False),
        Column(
            "byte_offset",
            "bigint",
            "Where it begins in the field as it was read, in bytes of UTF-8; the value itself is "
            "kept nowhere but there.",
            False,
        ),
        Column("byte_count", "bigint", "Its length in bytes.", False),
        Column(
            "is_redacted",
            "boolean",
            "It was removed from the Parquet too (--redact), where a mark stands in its place.",
            False,
        ),
    ),
)
REJECTS = Table(
    "rejects",
    "rejected record",
    ("file_id", "position"),
    (
        _FILE,
        Column("position", "bigint", "Position of the record in its file, from 0.", False),
        Column("byte_offset", "bigint", "Where the record begins in the (unpacked) file."),
        Column("reason", "string", "Reason code, such as bad_json or unknown_shape.", False),
        Column("detail", "text", "What exactly was wrong.", False),
        Column("sha256", "text", "Hash of the bytes, which lie in build/rejects/<sha256>.", False),
        Column(
            "preview",
            "text",
            "Up to 200 characters without secrets, control characters made visible.",
            False,
        ),
    ),
)
FILES = Table(
    "files",
    "input file",
    ("file_id",),
    (
        _FILE,
        Column("source", "string", "Source that the file belongs to.", False),
        Column("dataset", "string", "Dataset that the file belongs to.", False),
        Column("path", "string", "Path relative to the SOURCE argument.", False),
        Column("sha256", "text", "Hash of the file: its version.", False),
        Column("format", "string", "Name of the input format.", False),
        Column("url", "string", "Where it was downloaded from."),
        Column("revision", "string", "Revision of the dataset repository."),
        Column("licence", "string", "Licence that the dataset states."),
        Column("bytes", "bigint", "Size of the file.", False),
        Column("row_count", "bigint", "Records read from the file, blank lines included.", False),
        Column("conversation_count", "bigint", "Records that became conversations.", False),
        Column("reject_count", "bigint", "Records that were rejected.", False),
        Column("blank_count", "bigint", "Blank lines.", False),
        Column(
            "is_present", "boolean", "The file was there at the last ingest of its source.", False
        ),
        Column(
            "redacted",
            "string",
            "What --redact took out of the text at ingest: secrets, or personal data as well "
            "(personal); null for nothing.",
        ),
        Column("ingest_version", "string", "Version of the ingestor that read it.", False),
    ),
)

TABLES = (
    CONVERSATIONS, TURNS, BLOCKS, TOOL_CALLS, TOOL_RESPONSES, TOOL_DEFINITIONS, SECRET_FINDINGS,
    REJECTS, FILES,
)  # fmt: skip
BY_NAME = {table.name: table for table in TABLES}
