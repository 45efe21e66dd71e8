"""The fused layers against plain Hugging Face: outputs and every gradient, in fp32 within 1e-5."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import torch
from tiny_models import BF16, FP32, backbone_config
from torch import nn
from transformers import AutoModel

from malmoi.models import attention, fused, layer_views
from malmoi.models.backbone import hidden_states
from malmoi.training.optim import FlatGroup, ParameterGroup

TOLERANCE = 1e-5
VOCABULARY, LAYERS = 50, 3


def make_backbone(kind: str = "bert", **changes: Any) -> Any:
    """A random backbone whose biases and norms are not zeros and ones."""
    torch.manual_seed(3)
    sizes = {
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 4,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
    }
    model = AutoModel.from_config(backbone_config(kind, VOCABULARY, **(sizes | changes)), attn_implementation="eager")
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model.train()


def make_batch(padded: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    input_ids = torch.randint(2, VOCABULARY, (5, 9), generator=generator)
    mask = torch.ones_like(input_ids)
    types = (torch.arange(9) > 4).long().expand(5, -1).clone()
    if padded:
        for row, length in enumerate((9, 3, 1, 8, 5)):
            mask[row, length:] = 0
            input_ids[row, length:] = 0
            types[row, length:] = 0
    return input_ids, types, mask


def plain_states(backbone: Any, input_ids: torch.Tensor, types: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    types = types.clamp_max(backbone.config.type_vocab_size - 1)
    return backbone(input_ids=input_ids, attention_mask=mask, token_type_ids=types).last_hidden_state


def give_gradients(backbone: nn.Module) -> None:
    """What the optimizer does: a `.grad` to add to, those of query, key and value side by side."""
    for parameter in backbone.parameters():
        if parameter.requires_grad:
            parameter.grad = torch.zeros_like(parameter)
    for layer in backbone.encoder.layer:
        parameters = layer_views.layer_parameters(layer)
        for group in (parameters[0:3], parameters[3:6]):
            if group[0].requires_grad:
                joined = torch.cat([torch.zeros_like(parameter) for parameter in group])
                for parameter, part in zip(group, joined.chunk(3), strict=True):
                    parameter.grad = part


def loss_of(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """A sum that weighs every element of every real token differently."""
    weights = torch.randn(states.shape, generator=torch.Generator().manual_seed(7)).to(states.dtype)
    return (states * weights * mask.unsqueeze(-1)).sum()


def assert_same(ours: Any, padded: bool = True, passes: int = 1, first_only: bool = False) -> None:
    """Forward and every gradient of `ours`, fused, equal those of a plain copy."""
    theirs = deepcopy(ours)
    batch = make_batch(padded)
    give_gradients(ours)
    theirs.zero_grad()
    for _ in range(passes):
        assert fused.is_fusable(ours)
        mine, plain, mask = hidden_states(ours, *batch, first_only), plain_states(theirs, *batch), batch[2]
        if first_only:
            assert mine.shape == (5, 1, 32)
            plain, mask = plain[:, :1], mask[:, :1]
        assert (mine - plain)[mask.bool()].abs().max() <= TOLERANCE
        loss_of(mine, mask).backward()
        loss_of(plain, mask).backward()
    compared = 0
    for (name, a), b in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        assert a.requires_grad == b.requires_grad
        if b.grad is None or "pooler" in name:
            continue
        scale = max(1.0, float(b.grad.abs().max()))
        assert (a.grad - b.grad).abs().max() <= TOLERANCE * scale, name
        assert not a.requires_grad or "embeddings" in name or float(b.grad.abs().max()) > 1e-6 or "key.bias" in name, (
            name
        )
        compared += 1
    layers = sum(layer.intermediate.dense.weight.requires_grad for layer in ours.encoder.layer)
    assert compared >= 16 * layers


@pytest.mark.parametrize("padded", [False, True], ids=["no padding", "padded"])
@pytest.mark.parametrize("kind", ["bert", "roberta", "xlm-roberta", "electra"])
def test_equals_hugging_face(kind: str, padded: bool) -> None:
    assert_same(make_backbone(kind), padded)


@pytest.mark.parametrize("padded", [False, True], ids=["no padding", "padded"])
@pytest.mark.parametrize("kind", ["bert", "electra"])
def test_last_layer_for_the_first_token_only(kind: str, padded: bool) -> None:
    assert_same(make_backbone(kind), padded, first_only=True)
    assert_same(make_backbone(kind, num_hidden_layers=1), padded, first_only=True)


def test_first_token_only_of_rows_of_one_token() -> None:
    backbone = make_backbone().eval()
    ids, one = torch.tensor([[7], [9]]), torch.ones(2, 1, dtype=torch.long)
    with torch.inference_mode():
        assert torch.equal(hidden_states(backbone, ids, one * 0, one, True), hidden_states(backbone, ids, one * 0, one))


@pytest.mark.parametrize("long_row", [4, 1000], ids=["long rows", "short rows"])
@pytest.mark.parametrize("first_only", [False, True])
def test_some_heads_at_a_time(first_only: bool, long_row: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "BLOCK", 2 * 9 * 9 + 1)
    monkeypatch.setattr(attention, "LONG_ROW", long_row)
    assert_same(make_backbone(), first_only=first_only)


@pytest.mark.parametrize("long_row", [4, 1000], ids=["long rows", "short rows"])
def test_both_softmaxes_are_bf16_close(long_row: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "LONG_ROW", long_row)
    exact, ours = make_backbone(), make_backbone().to(torch.bfloat16)
    batch = make_batch(True)
    give_gradients(ours)
    states, expected = hidden_states(ours, *batch), plain_states(exact, *batch)
    loss_of(states, batch[2]).backward()
    loss_of(expected, batch[2]).backward()
    assert (states.float() - expected)[batch[2].bool()].abs().max() < 0.2
    for (name, a), b in zip(ours.named_parameters(), exact.named_parameters(), strict=True):
        if "layer.0.attention.self.query.weight" in name:
            gradient, reference = a.grad.float().flatten(), b[1].grad.flatten()  # type: ignore[union-attr]
            assert torch.nn.functional.cosine_similarity(gradient, reference, dim=0) > 0.98


@pytest.mark.parametrize("first_only", [False, True])
def test_gradients_add_up_over_passes(first_only: bool) -> None:
    assert_same(make_backbone(), passes=3, first_only=first_only)


@pytest.mark.parametrize("first_only", [False, True])
def test_frozen_bottom_layers(first_only: bool) -> None:
    backbone = make_backbone()
    backbone.embeddings.requires_grad_(False)
    backbone.encoder.layer[0].requires_grad_(False)
    assert_same(backbone, first_only=first_only)
    assert all(p.grad is None for p in backbone.encoder.layer[0].parameters())


@pytest.mark.parametrize("first_only", [False, True])
def test_frozen_top_layer_passes_gradients_down(first_only: bool) -> None:
    backbone = make_backbone()
    backbone.encoder.layer[-1].requires_grad_(False)
    assert_same(backbone, first_only=first_only)


def lay_side_by_side(backbone: Any) -> None:
    """Put query, key and value of every layer next to each other in memory, as the optimizer does."""
    for layer in backbone.encoder.layer:
        parameters = layer_views.layer_parameters(layer)
        for group in (parameters[0:3], parameters[3:6]):
            joined = torch.cat([p.data for p in group])
            for parameter, part in zip(group, joined.chunk(3), strict=True):
                parameter.data = part


def pack_all(backbone: Any) -> Any:
    lay_side_by_side(backbone)
    return backbone


def in_flat_group(backbone: Any) -> Any:
    """Where the optimizer puts the weights: all in one buffer, query, key and value side by side."""
    inside = [p for layer in backbone.encoder.layer for p in layer_views.layer_parameters(layer)]
    FlatGroup(ParameterGroup(tuple(inside), 1.0, 0.0), FP32)
    return backbone


def after_use(backbone: Any) -> Any:
    """A copy of a model that has been trained and asked before."""
    in_flat_group(backbone)
    batch = make_batch(True)
    loss_of(hidden_states(backbone, *batch), batch[2]).backward()
    with torch.inference_mode():
        hidden_states(backbone.eval(), *batch)
    return backbone.train()


@pytest.mark.parametrize("prepare", [pack_all, in_flat_group, after_use, lambda b: deepcopy(after_use(b))])
def test_wherever_the_weights_lie(prepare: Callable[[Any], Any]) -> None:
    backbone = make_backbone()
    expected = plain_states(backbone, *make_batch(True))
    assert torch.allclose(plain_states(prepare(backbone), *make_batch(True)), expected, atol=1e-6)
    assert_same(prepare(make_backbone()))


@pytest.mark.parametrize("order", ["eval first", "train first"])
def test_eval_and_training_take_turns(order: str) -> None:
    """What is kept between calls must serve both, inference mode included."""
    backbone, batch = pack_all(make_backbone()), make_batch(True)
    expected = plain_states(backbone, *batch).detach()
    give_gradients(backbone)
    for number in range(4):
        if (number % 2 == 0) == (order == "eval first"):
            with torch.inference_mode():
                answer = hidden_states(backbone.eval(), *batch)
        else:
            backbone.train()
            answer = hidden_states(backbone, *batch)
            loss_of(answer, batch[2]).backward()
        assert torch.allclose(answer, expected, atol=TOLERANCE)
    grad = backbone.encoder.layer[0].attention.self.key.weight.grad.clone()
    give_gradients(backbone)
    loss_of(hidden_states(backbone, *batch), batch[2]).backward()
    assert torch.allclose(grad, 2 * backbone.encoder.layer[0].attention.self.key.weight.grad, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("train", [False, True])
@pytest.mark.parametrize("packed", [False, True])
def test_weights_that_change_are_seen(packed: bool, train: bool) -> None:
    backbone, batch = make_backbone(), make_batch(True)
    if packed:
        lay_side_by_side(backbone)
    give_gradients(backbone)
    backbone.train(train)

    def check() -> None:
        with torch.set_grad_enabled(train):
            mine = hidden_states(backbone, *batch)
        real = batch[2].bool()
        assert (mine - plain_states(backbone, *batch))[real].abs().max() <= TOLERANCE

    check()
    for layer in backbone.encoder.layer:
        for parameter in layer.parameters():
            with torch.no_grad():
                parameter.mul_(1.1)  # in place
            check()
            parameter.data = parameter.data + 0.05  # moved
            check()
    other = make_backbone()
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.mul_(-0.7)
    backbone.load_state_dict(other.state_dict())
    check()


def test_scattered_gradients_are_an_error_not_lost() -> None:
    backbone, batch = pack_all(make_backbone()), make_batch(False)
    for parameter in backbone.parameters():
        parameter.grad = torch.zeros_like(parameter)
    with pytest.raises(AssertionError, match="side by side"):
        hidden_states(backbone, *batch)


def test_biases_that_lie_apart_are_seen_too() -> None:
    """Weights side by side, biases not: what is kept must not be a copy of the biases."""
    backbone, batch = pack_all(make_backbone()).eval(), make_batch(False)
    attention = backbone.encoder.layer[0].attention.self
    buffer = torch.zeros(200)
    for i, linear in enumerate((attention.query, attention.key, attention.value)):
        linear.bias.data = buffer[40 * i : 40 * i + 32].copy_(linear.bias.data)
    with torch.inference_mode():
        hidden_states(backbone, *batch)
        attention.value.bias.add_(1.0)
        assert torch.allclose(hidden_states(backbone, *batch), plain_states(backbone, *batch), atol=TOLERANCE)


def test_copy_does_not_take_over_what_was_kept() -> None:
    """A copy whose weights come to lie where the original's lay reads its own."""
    backbone, batch = in_flat_group(make_backbone()).eval(), make_batch(False)
    inside = [p for layer in backbone.encoder.layer for p in layer_views.layer_parameters(layer)]
    with torch.inference_mode():
        hidden_states(backbone, *batch)
    other = deepcopy(backbone)
    for mine, theirs in zip(
        (p for layer in other.encoder.layer for p in layer_views.layer_parameters(layer)), inside, strict=True
    ):
        mine.data, mine.grad = theirs.data, theirs.grad
    with torch.no_grad():
        for parameter in inside:
            parameter.mul_(1.5)
    with torch.inference_mode():
        assert torch.allclose(hidden_states(other, *batch), plain_states(other, *batch), atol=TOLERANCE)


def test_moved_gradients_are_seen() -> None:
    backbone, batch = pack_all(make_backbone()), make_batch(False)
    give_gradients(backbone)
    loss_of(hidden_states(backbone, *batch), batch[2]).backward()
    old = {name: p.grad for name, p in backbone.encoder.named_parameters()}
    give_gradients(backbone)
    loss_of(hidden_states(backbone, *batch), batch[2]).backward()
    for name, parameter in backbone.encoder.named_parameters():
        assert torch.allclose(parameter.grad, old[name], atol=1e-6), name


def test_state_dict_has_hugging_face_names() -> None:
    backbone = make_backbone()
    names = list(backbone.state_dict())
    after_use(backbone)
    assert list(backbone.state_dict()) == names
    assert "encoder.layer.0.attention.self.query.weight" in names
    fresh = AutoModel.from_config(backbone.config)
    fresh.load_state_dict(backbone.state_dict())


def test_neighbours() -> None:
    buffer = torch.arange(12.0)
    beside = layer_views.neighbours([buffer[:4].view(2, 2), buffer[4:6].view(1, 2)])
    assert beside.data_ptr() == buffer.data_ptr() and beside.tolist() == [[0, 1], [2, 3], [4, 5]]
    apart = layer_views.neighbours([buffer[4:6].view(1, 2), buffer[:4].view(2, 2)])
    assert apart.data_ptr() != buffer.data_ptr() and apart.tolist() == [[4, 5], [0, 1], [2, 3]]


class LowRank(nn.Linear):
    """Like an adapter library's linear layer: another class, with weights of its own."""

    def __init__(self, base: nn.Linear) -> None:
        super().__init__(base.in_features, base.out_features)
        self.load_state_dict(base.state_dict())
        self.requires_grad_(False)
        self.down, self.up = nn.Linear(base.in_features, 2, bias=False), nn.Linear(2, base.out_features, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x) + self.up(self.down(x))


def test_replaced_linear_takes_the_plain_path() -> None:
    backbone, batch = make_backbone(), make_batch(True)
    attention = backbone.encoder.layer[1].attention.self
    attention.query = LowRank(attention.query)
    assert not fused.is_fusable(backbone) and not layer_views.has_plain_layers(backbone)
    states = hidden_states(backbone, *batch)
    assert torch.equal(states, plain_states(backbone, *batch))
    loss_of(states, batch[2]).backward()
    assert float(attention.query.up.weight.grad.abs().max()) > 0
    assert float(backbone.encoder.layer[0].output.dense.weight.grad.abs().max()) > 0


class OurDropout(nn.Module):
    """The fused layers' own masks, drawn in the plain layer."""

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        factors = fused.drop_(x.detach().clone(), self.probability)
        return x if factors is None else x * factors


@pytest.mark.parametrize("kind", ["bert", "electra"])
def test_hidden_dropout_equals_hugging_face_with_the_same_masks(kind: str) -> None:
    ours = make_backbone(kind, hidden_dropout_prob=0.3)
    theirs, batch = deepcopy(ours), make_batch(True)
    for layer in theirs.encoder.layer:
        layer.attention.output.dropout = layer.output.dropout = OurDropout(0.3)
    give_gradients(ours)
    assert fused.is_fusable(ours)
    states = []
    for states_of, backbone in ((hidden_states, ours), (plain_states, theirs)):
        torch.manual_seed(11)
        states.append(states_of(backbone, *batch))
        loss_of(states[-1], batch[2]).backward()
    assert (states[0] - states[1])[batch[2].bool()].abs().max() <= TOLERANCE
    for (name, a), b in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        if b[1].grad is not None and "pooler" not in name:
            assert (a.grad - b[1].grad).abs().max() <= TOLERANCE * max(1.0, float(b[1].grad.abs().max())), name


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_dropout_keeps_the_mean_and_the_share(dtype: torch.dtype) -> None:
    torch.manual_seed(1)
    x = torch.ones(1000, 333, dtype=dtype)
    factors = fused.drop_(x, 0.1)
    assert factors is not None and torch.equal(x, factors)
    assert float((x == 0).float().mean()) == pytest.approx(26 / 256, abs=0.002)
    assert float(x.float().mean()) == pytest.approx(1.0, abs=0.004)
    assert float((x[:, 1:] == 0).float().mul((x[:, :-1] == 0).float()).mean()) == pytest.approx(0.0103, abs=0.001)
    assert fused.drop_(x, 0.0) is None
    for extreme in (1e-6, 1 - 1e-9):  # never nothing, never everything
        kept = fused.drop_(torch.ones(512, 512), extreme)
        assert kept is not None and 0 < float((kept == 0).float().mean()) < 1


def test_attention_dropout_takes_the_plain_path_in_training_only() -> None:
    backbone, batch = make_backbone(attention_probs_dropout_prob=0.5), make_batch(False)
    assert not fused.is_fusable(backbone)
    assert not torch.equal(hidden_states(backbone, *batch), hidden_states(backbone, *batch))
    with torch.inference_mode():
        assert fused.is_fusable(backbone.eval())
        assert torch.allclose(hidden_states(backbone, *batch), plain_states(backbone, *batch), atol=TOLERANCE)


@pytest.mark.parametrize("changes", [{"hidden_act": "relu"}, {"hidden_act": "gelu_new"}, {"is_decoder": True}], ids=str)
def test_other_arithmetic_takes_the_plain_path(changes: dict[str, Any]) -> None:
    backbone, batch = make_backbone(**changes).eval(), make_batch(True)
    assert not fused.is_fusable(backbone)
    with torch.inference_mode():
        assert torch.equal(hidden_states(backbone, *batch), plain_states(backbone, *batch))


def test_padding_does_not_reach_real_tokens() -> None:
    backbone = make_backbone().eval()
    input_ids, types, mask = make_batch(True)
    with torch.inference_mode():
        states = hidden_states(backbone, input_ids, types, mask)
        other = hidden_states(backbone, torch.where(mask == 0, 17, input_ids), types, mask)
        alone = hidden_states(backbone, input_ids[1:2, :3], types[1:2, :3], mask[1:2, :3])
    real = mask.bool()
    assert torch.equal(states[real], other[real])
    assert torch.allclose(states[1, :3], alone[0], atol=TOLERANCE)


def test_bf16_is_close() -> None:
    backbone, batch = make_backbone(), make_batch(True)
    exact = plain_states(backbone, *batch).detach()
    low = deepcopy(backbone).to(BF16)
    give_gradients(low)
    states = hidden_states(low, *batch)
    real = batch[2].bool()
    assert states.dtype is BF16
    assert (states.float() - exact)[real].abs().mean() < 0.05
    loss_of(states, batch[2]).backward()
    give_gradients(backbone)
    loss_of(hidden_states(backbone, *batch), batch[2]).backward()
    a, b = low.encoder.layer[0].output.dense.weight.grad, backbone.encoder.layer[0].output.dense.weight.grad
    assert torch.nn.functional.cosine_similarity(a.float().flatten(), b.flatten(), dim=0) > 0.99


def test_partly_frozen_layer_takes_the_plain_path() -> None:
    backbone, batch = make_backbone(), make_batch(True)
    for parameter in backbone.encoder.layer[1].parameters():
        parameter.requires_grad_(parameter.ndim == 1)
    lay_side_by_side(backbone)
    for parameter in backbone.parameters():
        parameter.grad = torch.zeros_like(parameter) if parameter.requires_grad else None
    assert not fused.is_fusable(backbone)
    loss_of(hidden_states(backbone, *batch), batch[2]).backward()
    assert float(backbone.encoder.layer[1].output.dense.bias.grad.abs().max()) > 0
