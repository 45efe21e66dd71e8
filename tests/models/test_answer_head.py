"""The head of machine reading: Hugging Face's logits, a masked loss, exact places in bf16."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F
from transformers import AutoConfig

from malmoi.models.answer_head import AnswerHead

CONFIG = AutoConfig.for_model("bert", hidden_size=8, num_attention_heads=2)


def batch(length: int = 5) -> dict[str, torch.Tensor]:
    """Two windows; the second has a shorter context and no answer."""
    allowed = torch.zeros(2, length, dtype=torch.int64)
    allowed[0, [0, 2, 3]] = 1
    allowed[1, [0, 2]] = 1
    return {"allowed": allowed, "starts": torch.tensor([2, 0]), "ends": torch.tensor([3, 0])}


def test_loss_is_the_mean_of_both_cross_entropies_over_the_allowed_places():
    head = AnswerHead(CONFIG)
    logits = {name: torch.randn(2, 5, requires_grad=True) for name in ("start_logits", "end_logits")}
    total, count = head.loss(logits, batch())
    start, end = logits["start_logits"], logits["end_logits"]
    by_hand = [
        F.cross_entropy(start[0, [0, 2, 3]], torch.tensor(1)),
        F.cross_entropy(end[0, [0, 2, 3]], torch.tensor(2)),
        F.cross_entropy(start[1, [0, 2]], torch.tensor(0)),
        F.cross_entropy(end[1, [0, 2]], torch.tensor(0)),
    ]
    assert total.item() == pytest.approx(sum(part.item() for part in by_hand) / 2, rel=1e-6)
    assert float(count) == 2.0
    total.backward()
    assert start.grad is not None and torch.isfinite(start.grad).all()
    assert float(start.grad[0, [1, 4]].abs().max()) == 0.0


def test_padding_does_not_change_the_loss():
    head = AnswerHead(CONFIG)
    hidden = torch.randn(2, 9, 8)
    losses = [head.loss(head.logits(hidden[:, :length]), batch(length))[0].item() for length in (5, 9)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)


def test_logits_are_exact_in_bf16():
    head = AnswerHead(CONFIG).to(torch.bfloat16)
    found = head.logits(100 * torch.randn(1, 64, 8).to(torch.bfloat16))
    assert found["start_logits"].dtype is torch.float32
    assert len(set(found["start_logits"][0].tolist())) == 64


def test_names_are_hugging_faces_where_it_has_the_class():
    assert AnswerHead(CONFIG).architecture == "BertForQuestionAnswering"
    assert AnswerHead(CONFIG).hf_names == {"output.weight": "qa_outputs.weight", "output.bias": "qa_outputs.bias"}
    other = AnswerHead(AutoConfig.for_model("modernbert", hidden_size=8))
    assert other.architecture is None and other.hf_names is None


def test_fresh_heads_are_near_uniform():
    torch.manual_seed(0)
    head = AnswerHead(CONFIG)
    total, count = head.loss(head.logits(torch.randn(2, 5, 8)), batch())
    assert (total / count).item() == pytest.approx((math.log(3) + math.log(2)) / 2, abs=0.1)
