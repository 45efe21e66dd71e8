"""A model and its vocabulary: does the tokenizer fit, and how both grow together.

The row of a new token starts as the mean of the rows of the pieces that stood for it before, so that the model reads a text
much as it did until it is trained on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import torch

from malmoi.errors import ConfigError, ModelNotFound
from malmoi.io import atomic_path, read_json, write_json, write_tensors
from malmoi.messages import say
from malmoi.tokenization.spelling import spelled_pieces
from malmoi.tokenization.styles import Role
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


def replace_vocabulary(network: Any, old: Tokenizer, new: Tokenizer) -> None:
    """Give a network with a head over the vocabulary another tokenizer, in place: rows of pieces it knew, means for the others.

    A piece is known by its text and by whether it begins a word ("▁영화" is "영화" of a WordPiece, "화" is "##화").
    Raises `ConfigError` where the padding id decides the positions (RoBERTa) and would change.
    """
    if network.config.model_type in ("roberta", "xlm-roberta") and new.pad_id != old.pad_id:
        raise ConfigError(
            say(
                f"이 모델의 위치는 채움 토큰의 번호 {old.pad_id} 에서 시작합니다. 채움 번호가 {new.pad_id} 인 토크나이저로는 바꿀 수 없습니다.",
                f"this model counts positions from its padding id {old.pad_id}; a tokenizer whose id is {new.pad_id} cannot replace its own.",
            )
        )
    spelled = spelled_pieces(old)
    known = {piece: i for i, piece in reversed(list(enumerate(spelled)))}
    pairs = ((new.token_id(role), old.token_id(role)) for role in get_args(Role))
    roles = {own: same for own, same in pairs if same is not None}  # a token of two roles may have had one
    rows = []
    for i, piece in enumerate(spelled_pieces(new)):
        same = roles.get(i, known.get(piece))
        ids = [same] if same is not None else _pieces_in(piece.text or str(new.backend.id_to_token(i)), old)
        rows.append([j for j in ids if spelled[j].text] or ids)  # a word's mark alone says nothing
    size = network.get_input_embeddings().weight.shape[0]
    tensors = {name: value for name, value in network.state_dict().items() if value.shape[:1] == (size,) and _OF_VOCABULARY.search(name)}  # fmt: skip
    composed = {name: torch.stack([value[ids].float().mean(0) for ids in rows]) for name, value in tensors.items()}
    network.resize_token_embeddings(new.vocab_size, mean_resizing=False)
    network.get_input_embeddings().padding_idx = new.pad_id  # the row that is not trained
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if name in composed:
                value.copy_(composed[name])
    for role in ("pad", "bos", "eos"):
        if hasattr(network.config, f"{role}_token_id"):
            found = new.pad_id if role == "pad" else new.token_id(f"{role}_token")  # type: ignore[arg-type]
            setattr(network.config, f"{role}_token_id", found)


def _pieces_in(text: str, tokenizer: Tokenizer) -> list[int]:
    """Return the ids of a text; without the unknown one if there are others."""
    ids = tokenizer.encode_plain([text])[0].tolist()
    return [i for i in ids if i != tokenizer.unk_id] or ids or [tokenizer.unk_id]


def _pieces_of(token: str | None, tokenizer: Tokenizer) -> list[int]:
    """Return the ids that stood for a new token."""
    assert token is not None
    return _pieces_in(tokenizer.presplit.undo(token), tokenizer)


def _with_rows(tensor: Any, start: int, rows: Sequence[Sequence[int]]) -> Any:
    """Return a tensor whose rows from `start` on are the means of the given rows; those beyond the new ones stay."""
    new = torch.stack([tensor[list(ids)].float().mean(0) for ids in rows]).to(tensor.dtype)
    return torch.cat([tensor[:start], new, tensor[start + len(rows) :]]).contiguous()
