"""A model and its vocabulary: does the tokenizer fit, and how both grow together.

The row of a new token starts as the mean of the rows of the pieces that stood for it before, so that the model reads a text
much as it did until it is trained on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from malmoi.errors import ConfigError, ModelNotFound
from malmoi.io import atomic_path, read_json, write_json, write_tensors
from malmoi.messages import say
from malmoi.tokenization.tokenizer import Tokenizer

_OF_VOCABULARY = re.compile(
    r"word_embeddings|\bwte\b|embed_tokens|lm_head|cls\.predictions"
)  # tensors with a row a token


def check_fits(tokenizer: Tokenizer, vocab_size: int | None, name: str) -> None:
    """Raise `ModelNotFound` when a tokenizer has ids that a model of `vocab_size` rows does not know."""
    if vocab_size is not None and tokenizer.vocab_size > vocab_size:
        raise ModelNotFound(
            say(
                f"{name}: 토크나이저의 어휘 {tokenizer.vocab_size:,}개가 모델의 임베딩 {vocab_size:,}행보다 많습니다. 이 모델의 토크나이저를 쓰거나, "
                "토큰을 더하려면 malmoi tokenizer add 를 쓰세요.",
                f"{name}: the tokenizer has {tokenizer.vocab_size:,} pieces, but the model only {vocab_size:,} rows. Use the model's own "
                "tokenizer; to add tokens, use malmoi tokenizer add.",
            )
        )


def extend_model(
    folder: Path, tokenizer: Tokenizer, tokens: Sequence[str], special: Sequence[str], out: Path
) -> Tokenizer:
    """Write a model with new tokens to another folder: rows added where there are none, heads over the vocabulary too.

    `tokens` are found whole in text, `special` ones are not. Returns the new tokenizer. Raises `ConfigError` for a finished
    run, whose scores would no longer be true, and when there is nothing to add.
    """
    from safetensors.torch import load_file

    if (folder / "task.json").is_file():
        raise ConfigError(
            say(
                f"{folder}: 끝난 학습에는 토큰을 더할 수 없습니다. 그 기반 모델에 더하고 다시 학습하세요.",
                f"{folder}: tokens cannot be added to a finished run. Add them to its base model and train again.",
            )
        )
    larger = tokenizer.extended(tokens, special)
    if larger.vocab_size == tokenizer.vocab_size:
        raise ConfigError(say("더할 토큰이 모두 이미 있습니다.", "every one of these tokens is there already."))
    config = dict(read_json(folder / "config.json"))
    weights = load_file(folder / "model.safetensors")
    rows = [
        _pieces_of(larger.backend.id_to_token(i), tokenizer) for i in range(tokenizer.vocab_size, larger.vocab_size)
    ]
    for name, tensor in weights.items():
        if _OF_VOCABULARY.search(name) and tensor.shape[0] == config["vocab_size"]:
            weights[name] = _with_rows(tensor, tokenizer.vocab_size, rows)
    write_json(out / "config.json", config | {"vocab_size": max(config["vocab_size"], larger.vocab_size)})
    larger.save(out, token_types=config.get("type_vocab_size", 0) > 1)
    with atomic_path(out / "model.safetensors") as temporary:
        write_tensors(temporary, weights, metadata={"format": "pt"})
    return larger


def _pieces_of(token: str | None, tokenizer: Tokenizer) -> list[int]:
    """Return the ids that stood for a new token; without the unknown one if there are others."""
    assert token is not None
    ids = tokenizer.encode_plain([tokenizer.presplit.undo(token)])[0].tolist()
    return [i for i in ids if i != tokenizer.unk_id] or ids or [tokenizer.unk_id]


def _with_rows(tensor: Any, start: int, rows: Sequence[Sequence[int]]) -> Any:
    """Return a tensor whose rows from `start` on are the means of the given rows; those beyond the new ones stay."""
    new = torch.stack([tensor[list(ids)].float().mean(0) for ids in rows]).to(tensor.dtype)
    return torch.cat([tensor[:start], new, tensor[start + len(rows) :]]).contiguous()
