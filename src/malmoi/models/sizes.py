"""Fresh models by name: `bert-tiny`, `roberta-small`, `gpt2-4x192` (layers × width), with random weights.

The named sizes are those of Turc et al. 2019 ("Well-Read Students Learn Better"); heads are 64 wide, the inner layer four
times the width. Dropout is left to the recipe of a run.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from malmoi.config import unknown_name
from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.tokenization.styles import Role
from malmoi.tokenization.tokenizer import Tokenizer

NAMED_SIZES = {"tiny": (2, 128), "mini": (4, 256), "small": (4, 512), "medium": (8, 512), "base": (12, 768)}
HEAD_WIDTH = 64
_SPELLED = re.compile(r"([1-9][0-9]?)x([1-9][0-9]{0,4})")


@dataclass(frozen=True)
class Size:
    """Layers, width, attention heads and the width of the inner layer."""

    layers: int
    hidden: int
    heads: int
    inner: int


def find_size(name: str) -> Size:
    """Return a named size, or one spelled layers × width; `ConfigError` for others and for a width that has no whole heads.

    >>> find_size("mini"), find_size("4x192").heads
    (Size(layers=4, hidden=256, heads=4, inner=1024), 3)
    """
    spelled = _SPELLED.fullmatch(name)
    if name not in NAMED_SIZES and not spelled:
        raise ConfigError(unknown_name(name, name, [*NAMED_SIZES, "4x192"]))
    layers, hidden = (int(number) for number in spelled.groups()) if spelled else NAMED_SIZES[name]
    head = HEAD_WIDTH if hidden >= HEAD_WIDTH else hidden
    if hidden % head or hidden % 2:
        raise ConfigError(
            say(f"크기 {name}: 너비는 {HEAD_WIDTH} 의 배수여야 합니다.", f"size {name}: the width must be a multiple of {HEAD_WIDTH}.")
        )  # fmt: skip
    return Size(layers, hidden, hidden // head, 4 * hidden)


def model_config(name: str, tokenizer: Tokenizer, positions: int = 512) -> Any:
    """Return the Hugging Face configuration of a fresh model that fits a tokenizer; `positions` is the longest input.

    Raises `ConfigError` for an unknown family or size, and for a tokenizer that lacks a token which the family needs.
    """
    family, _, size = name.partition("-")
    if family not in FAMILIES:
        raise ConfigError(unknown_name(name, name, [f"{known}-{named}" for known in FAMILIES for named in NAMED_SIZES]))
    kind = FAMILIES[family]
    for role in kind.needs:
        tokenizer.needed_id(role, name)
    return kind.config(find_size(size), tokenizer, positions)


def fresh_backbone(name: str, tokenizer: Tokenizer, *, seed: int = 0, positions: int = 512) -> nn.Module:
    """Return the `AutoModel` of a size with random weights, which a seed decides; errors as in `model_config`."""
    import torch
    from transformers import MODEL_MAPPING

    config = model_config(name, tokenizer, positions)
    config._attn_implementation = "eager"
    torch.manual_seed(seed)
    without_pooler = {"add_pooling_layer": False} if config.model_type in ("bert", "roberta") else {}
    return MODEL_MAPPING[type(config)](config, **without_pooler)  # type: ignore[operator]


def save_fresh_model(folder: Path, name: str, tokenizer: Tokenizer, *, seed: int = 0, positions: int = 512) -> Path:
    """Write a fresh model with its tokenizer as a folder that `--model` takes; return the folder."""
    from malmoi.io import atomic_path, write_json, write_tensors

    model: Any = fresh_backbone(name, tokenizer, seed=seed, positions=positions)
    folder = Path(folder)
    config = model.config.to_dict() | {"architectures": [type(model).__name__], "dtype": "float32"}
    write_json(folder / "config.json", config)
    tokenizer.save(folder, token_types=getattr(model.config, "type_vocab_size", 0) > 1)
    with atomic_path(folder / "model.safetensors") as temporary:
        write_tensors(temporary, model.state_dict(), metadata={"format": "pt"})
    return folder


@dataclass(frozen=True)
class _Family:
    """What makes a configuration, and the roles of tokens it needs."""

    config: Callable[[Size, Tokenizer, int], Any]
    needs: tuple[Role, ...]


def _bert(size: Size, tokenizer: Tokenizer, positions: int) -> Any:
    from transformers import BertConfig

    return BertConfig(**_encoder(size, tokenizer), max_position_embeddings=positions)


def _roberta(size: Size, tokenizer: Tokenizer, positions: int) -> Any:
    from transformers import RobertaConfig

    return RobertaConfig(
        **_encoder(size, tokenizer), max_position_embeddings=positions + tokenizer.pad_id + 1, type_vocab_size=1,
        bos_token_id=tokenizer.token_id("bos_token"), eos_token_id=tokenizer.token_id("eos_token"),
    )  # fmt: skip


def _gpt2(size: Size, tokenizer: Tokenizer, positions: int) -> Any:
    from transformers import GPT2Config

    return GPT2Config(
        vocab_size=tokenizer.vocab_size, n_positions=positions, n_embd=size.hidden, n_layer=size.layers, n_head=size.heads,
        n_inner=size.inner, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, pad_token_id=tokenizer.pad_id,
        bos_token_id=tokenizer.token_id("bos_token"), eos_token_id=tokenizer.token_id("eos_token"),
    )  # fmt: skip


def _encoder(size: Size, tokenizer: Tokenizer) -> dict[str, Any]:
    return {
        "vocab_size": tokenizer.vocab_size, "hidden_size": size.hidden, "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads, "intermediate_size": size.inner, "pad_token_id": tokenizer.pad_id,
        "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0,
    }  # fmt: skip


FAMILIES: dict[str, _Family] = {
    "bert": _Family(_bert, ("pad_token", "cls_token", "sep_token", "mask_token")),
    "roberta": _Family(_roberta, ("pad_token", "bos_token", "eos_token", "mask_token")),
    "gpt2": _Family(_gpt2, ("bos_token", "eos_token")),
}
