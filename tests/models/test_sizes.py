"""Fresh models: sizes by name, a tokenizer that fits, plain Hugging Face folders, the seed decides."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from malmoi.errors import ConfigError
from malmoi.models.backbone import load_backbone, usable_positions
from malmoi.models.sizes import FAMILIES, NAMED_SIZES, find_size, fresh_backbone, model_config, save_fresh_model
from malmoi.tokenization.tokenizer import Tokenizer
from malmoi.tokenization.trainers import TrainerConfig, train_tokenizer


def tokenizer_of(style: str) -> Tokenizer:
    return train_tokenizer(["영화가 정말 재밌다", "음악도 좋다"], TrainerConfig("jamo", style))


@pytest.fixture(scope="module", params=FAMILIES)
def family(request) -> tuple[str, Tokenizer]:
    return request.param, tokenizer_of({"gpt2": "gpt"}.get(request.param, request.param))


def test_named_sizes() -> None:
    assert {name: (size.layers, size.hidden, size.heads) for name in NAMED_SIZES for size in [find_size(name)]} == {
        "tiny": (2, 128, 2), "mini": (4, 256, 4), "small": (4, 512, 8), "medium": (8, 512, 8), "base": (12, 768, 12),
    }  # fmt: skip


@pytest.mark.parametrize("wrong", ["bert", "bert-tny", "bert-4x100", "brt-tiny", "bert-0x64"])
def test_unknown_names(wrong: str) -> None:
    with pytest.raises(ConfigError):
        model_config(wrong, tokenizer_of("bert"))


def test_the_longest_input_fits(family) -> None:
    name, tokenizer = family
    model = fresh_backbone(f"{name}-1x64", tokenizer, positions=40)
    assert usable_positions(model.config) == 40
    ids = torch.full((1, 40), tokenizer.vocab_size - 1)
    with torch.no_grad():
        assert model(input_ids=ids).last_hidden_state.shape == (1, 40, 64)


def test_saved_and_loaded_by_us_and_by_plain_code(family, tmp_path: Path) -> None:
    from transformers import AutoModel

    name, tokenizer = family
    folder = save_fresh_model(tmp_path / "model", f"{name}-1x64", tokenizer, seed=3)
    expected = fresh_backbone(f"{name}-1x64", tokenizer, seed=3).state_dict()
    loaded = load_backbone(str(folder))
    assert loaded.tokenizer.encode_ids(["영화"])[0][0].tolist() == tokenizer.encode_ids(["영화"])[0][0].tolist()
    for model in (loaded.backbone, AutoModel.from_pretrained(folder)):
        found = model.state_dict()
        assert all(torch.equal(found[key], value) for key, value in expected.items())


def test_the_seed_decides_the_weights(family) -> None:
    name, tokenizer = family
    first, again, other = (
        torch.cat([p.flatten() for p in fresh_backbone(f"{name}-1x64", tokenizer, seed=seed).parameters()])
        for seed in (0, 0, 1)
    )
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_a_tokenizer_without_the_tokens_of_the_family() -> None:
    with pytest.raises(ConfigError, match="--style bert"):
        model_config("bert-tiny", tokenizer_of("gpt"))
    with pytest.raises(ConfigError, match=r"bos_token.*--style roberta\|gpt"):
        model_config("gpt2-tiny", tokenizer_of("bert"))
