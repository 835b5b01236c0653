"""Proof with the real trainer (extra `train`, `make test-train`): what TRL learns from an export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from finetune.tokens import check_template
from tests.finetune_home import exported, made
from tracehouse.errors import UsageError
from tracehouse.paths import Home

pytestmark = pytest.mark.train
ROOT = Path(__file__).resolve().parents[1]
_SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
_ROWS = 6
_CALL_NAME = "a_name_that_nothing_else_has"
# What TRL 1.16 brings along, by what its training templates do with calls and tools.
_KEEP_CALLS = (
    "lfm2_v2",
    "nemotron_3_nano",
    "nemotron_3_super",
    "qwen2_5",
    "qwen3",
    "qwen3_5_think",
    "qwen3_6",
    "qwen3_8",
    "qwen3_instruct_2507",
)
_LOSE_CALLS = ("deepseekv3", "gemma", "gemma3", "lfm2", "llama3", "phi3")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return made(tmp_path_factory.mktemp("train") / "home", ROOT / "data/sample")


@pytest.fixture(scope="module")
def folder(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A byte-level BPE trained on the sample, with the chat template of Qwen3 in TRL's form."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast
    from trl.chat_template_utils import get_training_chat_template, qwen3_chat_template

    _, rows = exported(home)
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=2_000, special_tokens=_SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    bpe.train_from_iterator((json.dumps(row["messages"]) for row in rows), trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe, eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    tokenizer.chat_template = qwen3_chat_template
    tokenizer.chat_template = get_training_chat_template(tokenizer)
    place = tmp_path_factory.mktemp("tokenizer")
    tokenizer.save_pretrained(place)
    return place


def _tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


def _trainer(rows: list[dict[str, Any]], folder: Path, where: Path, **settings: Any) -> Any:
    """TRL's trainer of a tiny random model over the rows."""
    import torch
    from datasets import Dataset, Features, Json, List
    from transformers import LlamaConfig, LlamaForCausalLM
    from trl import SFTConfig, SFTTrainer

    torch.manual_seed(0)
    tokenizer = _tokenizer(folder)
    shape = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 2, "max_position_embeddings": 32_768}
    model = LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), **shape, **heads))
    is_tokens = "input_ids" in rows[0]
    features = None if is_tokens else Features({name: List(Json()) for name in rows[0]})
    config = SFTConfig(
        output_dir=str(where),
        max_steps=1,
        per_device_train_batch_size=1,
        max_length=None,
        report_to=[],
        use_cpu=True,
        save_strategy="no",
        disable_tqdm=True,
        **settings,
    )
    return SFTTrainer(
        model=model,
        args=config,
        train_dataset=Dataset.from_list(rows, features=features),
        processing_class=tokenizer,
    )


def _rows(home: Home, *columns: str, **options: Any) -> list[dict[str, Any]]:
    _, rows = exported(home, **options)
    return [{name: row[name] for name in columns} for row in rows[:_ROWS]]


def _learns(trainer: Any) -> None:
    before = [p.detach().clone() for p in trainer.model.parameters()]
    loss = trainer.train().training_loss
    assert 0 < loss < 20
    assert any((a != b).any() for a, b in zip(before, trainer.model.parameters(), strict=True))


def test_one_step_on_messages(home: Home, folder: Path, tmp_path: Path) -> None:
    rows = _rows(home, "messages", "tools")
    _learns(_trainer(rows, folder, tmp_path, assistant_only_loss=True))


def test_one_step_on_tokens(home: Home, folder: Path, tmp_path: Path) -> None:
    rows = _rows(home, "input_ids", "labels", format="tokens", tokenizer=folder)
    _learns(_trainer(rows, folder, tmp_path))


@pytest.mark.parametrize("per", ["exchange", "turn"])
def test_one_step_on_pairs(home: Home, folder: Path, tmp_path: Path, per: str) -> None:
    rows = [
        {"prompt": row["prompt"], "completion": row["response"]}
        for row in _rows(home, "prompt", "response", format="pairs", per=per)
    ]
    _learns(_trainer(rows, folder, tmp_path, completion_only_loss=True, assistant_only_loss=True))


def test_labels_of_the_trainer_are_our_mask(home: Home, folder: Path, tmp_path: Path) -> None:
    """Token by token, where every assistant message is trained: TRL reads no `train`."""
    messages = _rows(home, "messages", "tools", missing_reasoning="keep")
    ours = _rows(
        home, "input_ids", "labels", format="tokens", tokenizer=folder, missing_reasoning="keep"
    )
    theirs = _trainer(messages, folder, tmp_path, assistant_only_loss=True).train_dataset
    kept = _trainer(ours, folder, tmp_path).train_dataset
    assert len(theirs) == len(ours) == _ROWS
    for mine, its, given in zip(ours, theirs, kept, strict=True):
        assert its["input_ids"] == mine["input_ids"]
        assert its["labels"] == mine["labels"]
        assert given["labels"] == mine["labels"]


def test_what_is_trained(home: Home, folder: Path) -> None:
    """Thoughts, calls and the end of a turn; nothing that user, system or a tool wrote."""
    tokenizer = _tokenizer(folder)
    messages = _rows(home, "messages")
    tokens = _rows(home, "input_ids", "labels", format="tokens", tokenizer=folder)
    for row, encoded in zip(messages, tokens, strict=True):
        trained = tokenizer.decode([t for t in encoded["labels"] if t != -100])
        turns = [m for m in row["messages"] if m["train"]]
        pieces = trained.split("<|im_end|>")
        assert len(pieces) == len(turns) + 1
        assert not pieces[-1].strip()
        for piece, turn in zip(pieces, turns, strict=False):
            assert turn["content"].strip() in piece
            assert turn["reasoning_content"].strip() in piece
            assert piece.count("<tool_call>") == len(turn.get("tool_calls", ()))
            assert "<tool_response>" not in piece
            left = piece.replace(turn["reasoning_content"].strip(), "")
            assert "<|im_start|>" not in left


def test_each_token_is_of_one_kind_and_thoughts_are_thoughts(home: Home, folder: Path) -> None:
    summary, rows = exported(home, format="tokens", tokenizer=folder)
    whole = summary.budget.whole
    assert sum(whole.tokens.values()) == sum(len(row["input_ids"]) for row in rows)
    assert whole.trained == sum(t != -100 for row in rows for t in row["labels"])
    tokenizer = _tokenizer(folder)
    _, messages = exported(home)
    every = [m for row in messages for m in row["messages"]]
    for kind, texts in {
        "think": [m["reasoning_content"] for m in every if "reasoning_content" in m],
        "response": [m["content"] for m in every if m["role"] == "tool"],
        "user": [m["content"] for m in every if m["role"] == "user"],
    }.items():
        alone = sum(len(tokenizer(text)["input_ids"]) for text in texts)
        marks = 18 * len(texts)  # around each text, at the most
        assert alone * 0.98 <= whole.tokens[kind] <= alone * 1.02 + marks, kind


def test_the_settings_beside_the_rows_are_those_of_the_trainer(home: Home, tmp_path: Path) -> None:
    import yaml
    from trl import SFTConfig

    exported(home)
    settings = yaml.safe_load((home.root / "out/sft_config.yaml").read_text("utf-8"))
    config = SFTConfig(output_dir=str(tmp_path), use_cpu=True, **settings)
    assert {name: getattr(config, name) for name in settings} == settings


def test_masked_turns_are_not_trained(home: Home, folder: Path) -> None:
    masked, every = (
        exported(home, format="tokens", tokenizer=folder, missing_reasoning=rule)[0]
        for rule in ("mask", "keep")
    )
    counts = [sum(s.trained_tokens for s in done.splits.values()) for done in (masked, every)]
    assert 0 < counts[0] < counts[1]


def test_rows_longer_than_max_tokens_are_left_out(home: Home, folder: Path) -> None:
    _, rows = exported(home, format="tokens", tokenizer=folder)
    limit = sorted(len(row["input_ids"]) for row in rows)[len(rows) // 2]
    summary, fewer = exported(home, format="tokens", tokenizer=folder, max_tokens=limit)
    assert fewer == [row for row in rows if len(row["input_ids"]) <= limit]
    assert summary.left_out["longer than --max-tokens"] == len(rows) - len(fewer)


def test_a_template_that_loses_calls_is_refused(home: Home, folder: Path, tmp_path: Path) -> None:
    tokenizer = _tokenizer(folder)
    tokenizer.chat_template = (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.role == 'assistant' %}"
        "{% generation %}{{ m.content }}<|im_end|>{% endgeneration %}{% else %}{{ m.content }}"
        "<|im_end|>{% endif %}\n{% endfor %}{{ tools[0].function.description if tools }}"
    )
    tokenizer.save_pretrained(tmp_path / "loses")
    with pytest.raises(UsageError, match="call's arguments 0 times"):
        exported(home, format="tokens", tokenizer=tmp_path / "loses")


def _template(name: str) -> str:
    import trl.chat_template_utils

    folder = Path(trl.chat_template_utils.__file__).with_name("chat_templates")
    return (folder / f"{name}_training.jinja").read_text(encoding="utf-8")


def _count(text: str, part: str) -> int:
    """How often a text stands in another, as it is or as JSON writes it."""
    return sum(text.count(form) for form in {part, json.dumps(part)[1:-1]})


@pytest.mark.parametrize("name", _KEEP_CALLS)
def test_templates_render_each_tool_once_and_every_call(
    home: Home, folder: Path, name: str
) -> None:
    tokenizer = _tokenizer(folder)
    check_template(tokenizer, _template(name))
    for row in _rows(home, "messages", "tools"):
        calls = [call for m in row["messages"] for call in m.get("tool_calls", ())]
        for call in calls:
            call["function"]["name"] = _CALL_NAME
        text = tokenizer.apply_chat_template(
            row["messages"], tools=row["tools"], chat_template=_template(name), tokenize=False
        )
        assert text.count(_CALL_NAME) == len(calls)
        for tool in row["tools"]:
            assert _count(text, tool["function"]["description"]) == 1


@pytest.mark.parametrize("name", _LOSE_CALLS)
def test_templates_that_lose_calls_or_tools_are_refused(folder: Path, name: str) -> None:
    with pytest.raises(UsageError, match="chat template"):
        check_template(_tokenizer(folder), _template(name))
