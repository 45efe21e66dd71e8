"""A BERT encoder layer as one autograd step: the parameters stay Hugging Face's, only the arithmetic is ours.

A Hugging Face layer runs about 60 small operations forward and backward; on a CPU their overhead costs as much as
the matrix products. Here a layer is one `torch.autograd.Function` on packed `[tokens, hidden]` matrices: query, key
and value are one product (their weights lie side by side in memory, see `neighbours`), and gradients are
written straight into `parameter.grad`, which must exist (the optimizer owns it).

Same result as `BertLayer` without dropout (tests compare outputs and gradients); hidden dropout draws its own, cheaper masks.
Whatever does not fit, such as LoRA layers, other activations or attention dropout, runs the plain module: `is_fusable` decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from malmoi.models.attention import (
    Heads,
    LayerShape,
    attend,
    attend_backward,
    attention_bias,
    merge_heads,
    split_heads,
)
from malmoi.models.layer_views import LayerViews, LayerWeights, has_plain_layers, layer_views, neighbours

aten = torch.ops.aten


def is_fusable(backbone: Any) -> bool:
    """Return whether the backbone is a plain BERT encoder without active attention dropout, adapters or a decoder."""
    config: Any = backbone.config
    if not has_plain_layers(backbone) or config.hidden_act != "gelu" or getattr(config, "is_decoder", False):
        return False
    if torch.is_grad_enabled() and not all(_is_all_or_nothing(layer) for layer in backbone.encoder.layer):
        return False
    return not (backbone.training and config.attention_probs_dropout_prob)


def _is_all_or_nothing(layer: Any) -> bool:
    """Whether a layer is trained as a whole, with buffers to write all gradients to, or not at all."""
    wanted = [p.requires_grad for p in layer.parameters()]
    return not any(wanted) or (all(wanted) and all(p.grad is not None for p in layer.parameters()))


def encode(backbone: Any, embedded: Tensor, attention_mask: Tensor | None, *, first_only: bool = False) -> Tensor:
    """Run the encoder layers: `[batch, length, hidden]` in and out; mask `[batch, length]`, 1 = real, None = no padding.

    With `first_only` the last layer answers for the first token of each row alone, `[batch, 1, hidden]`: the same numbers
    for a head that reads nothing else, at a fraction of that layer's cost.
    """
    shape = layer_shape(backbone, embedded)
    bias = attention_bias(attention_mask, shape, embedded.dtype)
    x = embedded.reshape(shape.batch * shape.length, -1)
    layers = list(backbone.encoder.layer)
    for layer in layers:
        if first_only and layer is layers[-1]:
            shape = replace(shape, queries=1)
        views = layer_views(layer)
        if torch.is_grad_enabled() and views.parameters[0].requires_grad:
            x = FusedLayer.apply(x, bias, shape, views, *views.parameters)
        else:
            x = _forward(x, bias, shape, views.weights).y
    return x.view(shape.batch, shape.queries, -1)


def layer_shape(backbone: Any, embedded: Tensor) -> LayerShape:
    """Return the sizes of a call on `[batch, length, hidden]`, every token asking."""
    batch, length, hidden = embedded.shape
    config = backbone.config
    dropout = config.hidden_dropout_prob if backbone.training else 0.0
    heads = config.num_attention_heads
    return LayerShape(batch, length, length, heads, hidden // heads, config.layer_norm_eps, dropout)


@dataclass(frozen=True)
class _Activations:
    """What the backward pass needs of one forward pass; `[batch * queries, ...]` unless said otherwise."""

    x: Tensor  # [batch * length, hidden]
    heads: Heads
    probabilities: Tensor  # [batch * heads, queries, length]
    context: Tensor
    kept1: Tensor | None
    sum1: Tensor
    stats1: tuple[Tensor, Tensor]
    hidden: Tensor
    pre: Tensor
    activated: Tensor
    kept2: Tensor | None
    sum2: Tensor
    stats2: tuple[Tensor, Tensor]
    y: Tensor


def _forward(x: Tensor, bias: Tensor | None, shape: LayerShape, w: LayerWeights) -> _Activations:
    heads = _project(x, shape, w)
    probabilities = heads.k.new_empty(heads.q.shape[0], shape.queries, shape.length)
    context = merge_heads(attend(heads, bias, probabilities), shape, shape.queries)
    out = torch.addmm(w.attention_bias, context, w.attention.t())
    kept1 = drop_(out, shape.dropout)
    sum1 = out.add_(heads.asking)
    hidden, *stats1 = aten.native_layer_norm(sum1, [sum1.shape[1]], w.norm1, w.norm1_bias, shape.eps)
    pre = torch.addmm(w.up_bias, hidden, w.up.t())
    activated = F.gelu(pre)
    out = torch.addmm(w.down_bias, activated, w.down.t())
    kept2 = drop_(out, shape.dropout)
    sum2 = out.add_(hidden)
    y, *stats2 = aten.native_layer_norm(sum2, [sum2.shape[1]], w.norm2, w.norm2_bias, shape.eps)
    norm1, norm2 = tuple(stats1), tuple(stats2)
    return _Activations(
        x, heads, probabilities, context, kept1, sum1, norm1, hidden, pre, activated, kept2, sum2, norm2, y
    )


def drop_(x: Tensor, probability: float) -> Tensor | None:
    """Dropout in place; return what was multiplied with (0 or 1 / (1 - p)), None without dropout.

    One random byte for each number, so p is rounded to 1/256: a third of the time of a Bernoulli draw (docs/log.md).
    """
    if probability <= 0:
        return None
    threshold = min(255, max(1, round(256 * probability)))
    words = torch.empty(-(-x.numel() // 8), dtype=torch.int64, device=x.device).random_(-(1 << 63), None)
    kept = words.view(torch.uint8)[: x.numel()].view(x.shape) >= threshold
    factors = kept.to(x.dtype).mul_(256 / (256 - threshold))
    x.mul_(factors)
    return factors


def _project(x: Tensor, shape: LayerShape, w: LayerWeights) -> Heads:
    """[batch * length, hidden] → query, key, value by head; one product when every token asks."""
    if shape.queries == shape.length:
        q, k, v = split_heads(torch.addmm(w.qkv_bias, x, w.qkv.t()), shape, shape.length)
        return Heads(q, k, v, x)
    hidden = x.shape[1]
    asking = x.view(shape.batch, shape.length, hidden)[:, 0].contiguous()
    (q,) = split_heads(torch.addmm(w.qkv_bias[:hidden], asking, w.qkv[:hidden].t()), shape, 1)
    k, v = split_heads(torch.addmm(w.qkv_bias[hidden:], x, w.qkv[hidden:].t()), shape, shape.length)
    return Heads(q, k, v, asking)


class FusedLayer(torch.autograd.Function):
    """One encoder layer; gradients of parameters are added to their `.grad`, only the input's is returned."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, bias: Tensor | None, shape: LayerShape, views: LayerViews, *parameters: Tensor
    ) -> Tensor:
        assert views.grads is not None, (
            "fused layers add into .grad buffers that lie side by side; FlatGroup makes them"
        )
        ctx.saved, ctx.shape, ctx.views = _forward(x, bias, shape, views.weights), shape, views
        return ctx.saved.y

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        s, w, grads, shape = ctx.saved, ctx.views.weights, ctx.views.grads, ctx.shape
        d_sum2 = _norm_backward(dy, s.sum2, s.stats2, w.norm2, w.norm2_bias, grads.norm2, grads.norm2_bias)
        d_activated = _linear_backward(_kept(d_sum2, s.kept2), s.activated, w.down, grads.down, grads.down_bias)
        d_pre = aten.gelu_backward(d_activated, s.pre)
        d_hidden = _linear_backward(d_pre, s.hidden, w.up, grads.up, grads.up_bias).add_(d_sum2)
        d_sum1 = _norm_backward(d_hidden, s.sum1, s.stats1, w.norm1, w.norm1_bias, grads.norm1, grads.norm1_bias)
        d_context = _linear_backward(
            _kept(d_sum1, s.kept1), s.context, w.attention, grads.attention, grads.attention_bias
        )
        dx = _project_backward(attend_backward(d_context, s.heads, s.probabilities, shape), d_sum1, s, w, grads, shape)
        ctx.saved = None
        return (dx, None, None, None, *[None] * len(ctx.views.parameters))


def _kept(dy: Tensor, factors: Tensor | None) -> Tensor:
    return dy if factors is None else dy * factors


def _linear_backward(dy: Tensor, x: Tensor, weight: Tensor, d_weight: Tensor, d_bias: Tensor) -> Tensor:
    d_weight.addmm_(dy.t(), x)
    d_bias.add_(dy.sum(0))
    return torch.mm(dy, weight)


def _norm_backward(
    dy: Tensor, x: Tensor, stats: tuple[Tensor, Tensor], weight: Tensor, bias: Tensor, d_weight: Tensor, d_bias: Tensor
) -> Tensor:
    dx, dw, db = aten.native_layer_norm_backward(
        dy, x, [x.shape[1]], stats[0], stats[1], weight, bias, [True, True, True]
    )
    d_weight.add_(dw)
    d_bias.add_(db)
    return dx


def _project_backward(
    d_heads: tuple[Tensor, Tensor],
    d_residual: Tensor,
    s: _Activations,
    w: LayerWeights,
    grads: LayerWeights,
    shape: LayerShape,
) -> Tensor:
    """Return the gradient of the layer's input, `[batch * length, hidden]`, the residual path's included."""
    d_q, d_kv = d_heads
    if shape.queries == shape.length:
        d_qkv = merge_heads(neighbours([d_q, d_kv]), shape, shape.length)
        return _linear_backward(d_qkv, s.x, w.qkv, grads.qkv, grads.qkv_bias).add_(d_residual)
    size = s.x.shape[1]
    d_asking = _linear_backward(
        merge_heads(d_q, shape, 1), s.heads.asking, w.qkv[:size], grads.qkv[:size], grads.qkv_bias[:size]
    ).add_(d_residual)
    d_pairs = merge_heads(d_kv, shape, shape.length)
    dx = _linear_backward(d_pairs, s.x, w.qkv[size:], grads.qkv[size:], grads.qkv_bias[size:])
    dx.view(shape.batch, shape.length, size)[:, 0] += d_asking
    return dx
