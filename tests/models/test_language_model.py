"""Our losses against those of Hugging Face's own classes: values and gradients, for all four networks."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import transformers
from torch.nn import functional as F

from malmoi.models.language_model import language_model
from malmoi.models.token_loss import token_scores, vocabulary_loss

SHAPE = {"vocab_size": 60, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
STILL = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


def encoder(name: str):
    torch.manual_seed(0)
    config_class = transformers.RobertaConfig if name.startswith("Roberta") else transformers.BertConfig
    config = config_class(**SHAPE, **STILL, max_position_embeddings=40, pad_token_id=0)
    config._attn_implementation = "eager"
    return getattr(transformers, name)(config)


def gpt2():
    torch.manual_seed(0)
    config = transformers.GPT2Config(vocab_size=60, n_positions=40, n_embd=32, n_layer=2, n_head=2, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0)  # fmt: skip
    return transformers.GPT2LMHeadModel(config)


def batch(pairs: bool = False) -> dict[str, torch.Tensor]:
    rng = np.random.default_rng(0)
    ids = torch.from_numpy(rng.integers(5, 60, (4, 16)))
    mask = torch.ones_like(ids)
    mask[0, 10:] = mask[1, 14:] = 0
    ids[mask == 0] = 0
    positions = torch.tensor([1, 5, 17, 33, 40, 63])
    tensors = {"input_ids": ids, "type_ids": torch.zeros_like(ids), "attention_mask": mask, "positions": positions}
    tensors["targets"] = torch.from_numpy(rng.integers(5, 60, len(positions)))
    return tensors | ({"pair_labels": torch.tensor([0, 1, -100, 1])} if pairs else {})


def official_labels(tensors: dict[str, torch.Tensor]) -> torch.Tensor:
    labels = torch.full((64,), -100)
    labels[tensors["positions"]] = tensors["targets"]
    return labels.view(4, 16)


def gradients(network) -> dict[str, torch.Tensor]:
    found = {name: p.grad.clone() for name, p in network.named_parameters() if p.grad is not None}
    network.zero_grad(set_to_none=True)
    return found


def assert_same_gradients(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor], factor: float) -> None:
    assert ours.keys() == theirs.keys()
    for name, gradient in theirs.items():
        torch.testing.assert_close(ours[name] / factor, gradient, rtol=1e-4, atol=1e-6, msg=name)


@pytest.mark.parametrize("name", ["BertForMaskedLM", "RobertaForMaskedLM", "BertForPreTraining"])
def test_masked_loss_is_the_official_one(name):
    network, pairs = encoder(name), name == "BertForPreTraining"
    tensors = batch(pairs)
    inputs = {"input_ids": tensors["input_ids"], "attention_mask": tensors["attention_mask"], "labels": official_labels(tensors)}  # fmt: skip
    official = network(**inputs, **({"next_sentence_label": tensors["pair_labels"]} if pairs else {})).loss
    official.backward()
    theirs = gradients(network)
    total, count = language_model(network).loss("masked-lm", tensors)
    total.backward()
    assert float(count) == 6
    torch.testing.assert_close(total / count, official)
    assert_same_gradients(gradients(network), theirs, 6)


@pytest.mark.parametrize("is_padded", [False, True])
def test_causal_loss_is_the_official_one(is_padded):
    network, tensors = gpt2(), batch()
    if not is_padded:
        tensors["attention_mask"] = torch.ones_like(tensors["attention_mask"])
    labels = tensors["input_ids"].masked_fill(tensors["attention_mask"] == 0, -100)
    official = network(tensors["input_ids"], attention_mask=tensors["attention_mask"], labels=labels).loss
    official.backward()
    theirs = gradients(network)
    total, count = language_model(network).loss("causal-lm", tensors)
    total.backward()
    assert float(count) == float((labels[:, 1:] != -100).sum())
    torch.testing.assert_close(total / count, official)
    assert_same_gradients(gradients(network), theirs, float(count))


@pytest.mark.parametrize("make", [lambda: encoder("BertForPreTraining"), gpt2])
def test_judging_counts_what_the_loss_sums(make):
    network, tensors = make().eval(), batch(pairs=True)
    model = language_model(network)
    with torch.inference_mode():
        found = model.judge(tensors)
        tensors.pop("pair_labels")
        total, count = model.loss("any", tensors)
    torch.testing.assert_close(found["nats"].sum(), total)
    assert float(found["num_targets"].sum()) == float(count)
    assert (found["num_hits"] <= found["num_targets"]).all()


@pytest.mark.parametrize("rows", [0, 3, 200])
def test_vocabulary_loss_in_pieces(rows, monkeypatch):
    monkeypatch.setattr("malmoi.models.token_loss._SCORES", 64)  # pieces of 64 rows
    torch.manual_seed(0)
    x, weight, bias = torch.randn(rows, 8), torch.randn(30, 8), torch.randn(30)
    targets = torch.randint(30, (rows,))
    leaves = [t.clone().requires_grad_() for t in (x, weight, bias)]
    ours = vocabulary_loss(*leaves, targets)
    (2 * ours).backward()
    plain = [t.clone().requires_grad_() for t in (x, weight, bias)]
    expected = F.cross_entropy(F.linear(*plain), targets, reduction="sum")
    (2 * expected).backward()
    torch.testing.assert_close(ours, expected)
    for own, other in zip(leaves, plain, strict=True):
        torch.testing.assert_close(own.grad, other.grad, rtol=1e-4, atol=1e-5)
    nats, is_hit = token_scores(x, weight, bias, targets)
    torch.testing.assert_close(nats.sum(), expected.detach())
    assert is_hit.tolist() == (F.linear(x, weight, bias).argmax(-1) == targets).tolist()
