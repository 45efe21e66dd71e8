"""Packed layers say what the plain layers say, within bf16 rounding, and are used for prediction only."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import BertConfig, BertModel

from malmoi.models import packed as packed_module
from malmoi.models.backbone import hidden_states
from malmoi.models.packed import pack, packed_layers

BF16 = torch.bfloat16


def make_backbone(dtype: torch.dtype = BF16, **settings: Any) -> BertModel:
    torch.manual_seed(0)
    sizes = {
        "vocab_size": 50,
        "hidden_size": 64,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "intermediate_size": 128,
    }
    config = BertConfig(**sizes, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, **settings)
    config._attn_implementation = "eager"
    return BertModel(config, add_pooling_layer=False).to(dtype).eval()


def make_batch(padded: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    ids = torch.randint(3, 50, (5, 9), generator=torch.Generator().manual_seed(1))
    mask = torch.ones_like(ids)
    if padded:
        mask[1, 4:] = 0
        mask[3, 1:] = 0
    return ids, torch.zeros_like(ids), mask


@pytest.mark.parametrize("sdpa_length", [4, 32], ids=["long rows", "short rows"])
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("first_only", [False, True])
def test_same_as_plain_layers(
    padded: bool, first_only: bool, sdpa_length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed_module, "SDPA_LENGTH", sdpa_length)
    backbone, batch = make_backbone(), make_batch(padded)
    with torch.inference_mode():
        plain = hidden_states(backbone, *batch, first_only)
        pack(backbone)
        packed = hidden_states(backbone, *batch, first_only)
        exact = make_backbone(torch.float32)(input_ids=batch[0], attention_mask=batch[2]).last_hidden_state
    assert packed.shape == plain.shape == (5, 1 if first_only else 9, 64)
    real = batch[2][:, : packed.shape[1]].bool()
    error = (packed.float() - exact[:, : packed.shape[1]]).abs()[real]
    reference = (plain.float() - exact[:, : plain.shape[1]]).abs()[real]
    assert error.max() < 0.1 and error.mean() < 1.5 * reference.mean() + 1e-4


def test_not_used_where_gradients_are_wanted() -> None:
    backbone = make_backbone()
    pack(backbone)
    assert packed_layers(backbone) is None
    with torch.inference_mode():
        assert len(packed_layers(backbone) or []) == 3


@pytest.mark.parametrize(
    "backbone", [make_backbone(torch.float32), make_backbone(hidden_act="relu")], ids=["fp32", "relu"]
)
def test_what_does_not_fit_stays_plain(backbone: BertModel) -> None:
    names = list(backbone.state_dict())
    pack(backbone)
    with torch.inference_mode():
        assert packed_layers(backbone) is None
    assert list(backbone.state_dict()) == names
