"""A BERT encoder layer as one autograd step: the parameters stay Hugging Face's, only the arithmetic is ours.

A Hugging Face layer runs about 60 small operations forward and backward; on a CPU their overhead costs as much as
the matrix products. Here a layer is one `torch.autograd.Function` on packed `[tokens, hidden]` matrices: query, key
and value are one product (their weights lie side by side in memory, see `neighbours`), and gradients are
written straight into `parameter.grad`, which must exist (the optimizer owns it).

Same result as `BertLayer` without dropout (tests compare outputs and gradients); hidden dropout draws its own, cheaper masks.
Whatever does not fit, such as LoRA layers, other activations or attention dropout, runs the plain module: `is_fusable` decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

aten = torch.ops.aten
BLOCK = 1 << 19  # attention logits computed at a time
LONG_ROW = 48  # tokens


@dataclass(frozen=True)
class LayerShape:
    """Sizes of one call: rows, length, how many leading tokens of a row are asked for (all, or 1), heads and their size,
    epsilon, and the hidden dropout (0 outside training)."""

    batch: int
    length: int
    queries: int
    heads: int
    head_size: int
    eps: float
    dropout: float


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


def has_plain_layers(backbone: Any) -> bool:
    """Return whether the encoder's layers are BERT's own, with plain linear maps (no adapters)."""
    if getattr(backbone.config, "model_type", "") not in ("bert", "roberta", "xlm-roberta", "electra"):
        return False
    return all(type(linear) is nn.Linear for layer in backbone.encoder.layer for linear in linears(layer))


def linears(layer: Any) -> list[Any]:
    attention = layer.attention
    qkv = [attention.self.query, attention.self.key, attention.self.value]
    return [*qkv, attention.output.dense, layer.intermediate.dense, layer.output.dense]


def layer_parameters(layer: Any) -> list[nn.Parameter]:
    """Return a layer's parameters in the order that puts query, key and value side by side."""
    qkv = linears(layer)[:3]
    rest = [linears(layer)[3], layer.attention.output.LayerNorm, *linears(layer)[4:], layer.output.LayerNorm]
    return [m.weight for m in qkv] + [m.bias for m in qkv] + [p for m in rest for p in (m.weight, m.bias)]


def neighbours(tensors: list[Tensor]) -> Tensor:
    """Return tensors stacked along the first axis: a view when they lie side by side in memory, else a copy."""
    first = tensors[0]
    end = first.data_ptr()
    for tensor in tensors:
        apart = tensor.untyped_storage().data_ptr() != first.untyped_storage().data_ptr()
        if apart or tensor.data_ptr() != end or not tensor.is_contiguous():
            return torch.cat(tensors)
        end += tensor.numel() * tensor.element_size()
    shape = (sum(t.shape[0] for t in tensors), *first.shape[1:])
    return first.as_strided(shape, first.stride())


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
        views = _layer_views(layer)
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


def attention_bias(mask: Tensor | None, shape: LayerShape, dtype: torch.dtype) -> Tensor | None:
    """Return `[batch * heads, 1, length]`: 0 for real tokens, a large negative number for padding."""
    if mask is None or bool(mask.all()):
        return None
    bias = torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill_(
        mask == 0, torch.finfo(torch.bfloat16).min / 4
    )
    return bias[:, None, None, :].expand(-1, shape.heads, -1, -1).reshape(shape.batch * shape.heads, 1, shape.length)


@dataclass(frozen=True)
class _Weights:
    """The tensors of one layer: weights `[out, in]`, biases `[out]`, layer norms `[hidden]`."""

    qkv: Tensor
    qkv_bias: Tensor
    attention: Tensor
    attention_bias: Tensor
    norm1: Tensor
    norm1_bias: Tensor
    up: Tensor
    up_bias: Tensor
    down: Tensor
    down_bias: Tensor
    norm2: Tensor
    norm2_bias: Tensor

    @classmethod
    def of(cls, p: list[Tensor]) -> _Weights:
        return cls(neighbours(p[0:3]), neighbours(p[3:6]), *p[6:])


@dataclass(frozen=True)
class _LayerViews:
    """A layer's parameters with the weights and gradients as the arithmetic wants them, and where they were found."""

    parameters: list[nn.Parameter]
    weights: _Weights
    grads: _Weights | None
    addresses: tuple[int, ...]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(None), ()  # a copied or pickled layer finds its own


def _layer_views(layer: Any) -> _LayerViews:
    """Return the views of a layer; kept on the layer as long as its parameters and gradients stay where they are."""
    parameters = layer_parameters(layer)
    addresses = tuple(p.data_ptr() for p in parameters) + tuple(
        p.grad.data_ptr() for p in parameters if p.grad is not None
    )
    kept: _LayerViews | None = layer.__dict__.get("_malmoi_views")
    if kept is not None and kept.addresses == addresses:
        return kept
    weights = _Weights.of([p.data for p in parameters])
    grads = [p.grad for p in parameters if p.grad is not None]
    joined = _Weights.of(grads) if len(grads) == len(parameters) else None
    if joined is not None and not _are_views(joined, grads):
        joined = None  # what is added to copies would be lost
    views = _LayerViews(parameters, weights, joined, addresses)
    if _are_views(weights, parameters):  # later updates show through them
        layer.__dict__["_malmoi_views"] = views
    return views


def _are_views(joined: _Weights, parts: Sequence[Tensor]) -> bool:
    """Whether the joint query-key-value tensors are the parts themselves, not copies of them."""
    return joined.qkv.data_ptr() == parts[0].data_ptr() and joined.qkv_bias.data_ptr() == parts[3].data_ptr()


@dataclass(frozen=True)
class Heads:
    """Query, key and value by head, `[batch * heads, tokens, head size]`, and the rows the queries came from."""

    q: Tensor
    k: Tensor
    v: Tensor
    asking: Tensor  # [batch * queries, hidden]


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


def _forward(x: Tensor, bias: Tensor | None, shape: LayerShape, w: _Weights) -> _Activations:
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


def _project(x: Tensor, shape: LayerShape, w: _Weights) -> Heads:
    """[batch * length, hidden] → query, key, value by head; one product when every token asks."""
    if shape.queries == shape.length:
        q, k, v = split_heads(torch.addmm(w.qkv_bias, x, w.qkv.t()), shape, shape.length)
        return Heads(q, k, v, x)
    hidden = x.shape[1]
    asking = x.view(shape.batch, shape.length, hidden)[:, 0].contiguous()
    (q,) = split_heads(torch.addmm(w.qkv_bias[:hidden], asking, w.qkv[:hidden].t()), shape, 1)
    k, v = split_heads(torch.addmm(w.qkv_bias[hidden:], x, w.qkv[hidden:].t()), shape, shape.length)
    return Heads(q, k, v, asking)


def attend(heads: Heads, bias: Tensor | None, probabilities: Tensor | None = None) -> Tensor:
    """Return what the heads attend to, `[batch * heads, queries, head size]`; `probabilities`
    `[batch * heads, queries, length]` is filled when given.

    Some heads at a time, so that their logits are still in the cache when the softmax reads them: at 384 tokens a third of
    the time of all at once.
    """
    if heads.q.requires_grad:  # above layers that are trained: autograd writes into no buffer
        return torch.bmm(_softmax(_logits(heads, bias, slice(None))), heads.v)
    context = torch.empty_like(heads.q)
    for block in head_blocks(heads):
        found = _softmax(_logits(heads, bias, block), None if probabilities is None else probabilities[block])
        torch.bmm(found, heads.v[block], out=context[block])
    return context


def _logits(heads: Heads, bias: Tensor | None, block: slice) -> Tensor:
    q, keys, scale = heads.q[block], heads.k[block].transpose(1, 2), heads.q.shape[-1] ** -0.5
    if bias is None:
        return torch.baddbmm(q.new_zeros(1), q, keys, beta=0, alpha=scale)
    return torch.baddbmm(bias[block], q, keys, alpha=scale)


def head_blocks(heads: Heads) -> list[slice]:
    """Return which heads are computed together: on a CPU at most `BLOCK` logits, elsewhere all."""
    number, queries, length = heads.q.shape[0], heads.q.shape[1], heads.k.shape[1]
    step = number if heads.q.device.type != "cpu" else max(1, BLOCK // (queries * length))
    return [slice(start, start + step) for start in range(0, number, step)]


def _softmax(logits: Tensor, out: Tensor | None = None) -> Tensor:
    """Softmax over the last axis, summed in fp32; through fp32 tensors where rows are short, for bf16's own kernel is slow there."""
    if logits.shape[-1] >= LONG_ROW or logits.dtype is torch.float32:
        return torch.softmax(logits, -1) if out is None else torch.softmax(logits, -1, out=out)
    found = torch.softmax(logits.float(), -1)
    return found.to(logits.dtype) if out is None else out.copy_(found)


def split_heads(joined: Tensor, shape: LayerShape, length: int) -> Tensor:
    """[batch * length, parts * hidden] → [parts, batch * heads, length, head size]"""
    rows = joined.view(shape.batch, length, -1, shape.heads, shape.head_size).permute(2, 0, 3, 1, 4)
    return rows.reshape(rows.shape[0], shape.batch * shape.heads, length, -1)


def merge_heads(parts: Tensor, shape: LayerShape, length: int) -> Tensor:
    """[parts * batch * heads, length, head size] → [batch * length, parts * hidden]"""
    size = parts.shape[-1]
    rows = parts.view(-1, shape.batch, shape.heads, length, size).permute(1, 3, 0, 2, 4)
    return rows.reshape(shape.batch * length, -1)


class FusedLayer(torch.autograd.Function):
    """One encoder layer; gradients of parameters are added to their `.grad`, only the input's is returned."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, bias: Tensor | None, shape: LayerShape, views: _LayerViews, *parameters: Tensor
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
        dx = _project_backward(_attend_backward(d_context, s, shape), d_sum1, s, w, grads, shape)
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


def _attend_backward(d_context: Tensor, s: _Activations, shape: LayerShape) -> tuple[Tensor, Tensor]:
    """Return the gradients of queries `[1, batch * heads, queries, size]` and of keys and values `[2, …, length, size]`."""
    h, p = s.heads, s.probabilities
    scale = shape.head_size**-0.5
    (d_out,) = split_heads(d_context, shape, shape.queries)
    if shape.queries == shape.length:
        d_q, d_kv = p.new_empty((3, *h.k.shape)).split((1, 2))
    else:
        d_q, d_kv = p.new_empty((1, *h.q.shape)), p.new_empty((2, *h.k.shape))
    nothing = p.new_zeros(1)
    for block in head_blocks(h):
        torch.bmm(p[block].transpose(1, 2), d_out[block], out=d_kv[1, block])
        d_logits = _softmax_backward(torch.bmm(d_out[block], h.v[block].transpose(1, 2)), p[block])
        torch.baddbmm(nothing, d_logits.transpose(1, 2), h.q[block], beta=0, alpha=scale, out=d_kv[0, block])
        torch.baddbmm(nothing, d_logits, h.k[block], beta=0, alpha=scale, out=d_q[0, block])
    return d_q, d_kv


def _softmax_backward(d_p: Tensor, p: Tensor) -> Tensor:
    """Return the gradient of the logits; bf16's own kernel where rows are long."""
    if p.shape[-1] >= LONG_ROW:
        return aten._softmax_backward_data(d_p, p, -1, p.dtype)
    inner = (d_p * p).sum(-1, keepdim=True)
    return d_p.sub_(inner).mul_(p)


def _project_backward(
    d_heads: tuple[Tensor, Tensor], d_residual: Tensor, s: _Activations, w: _Weights, grads: _Weights, shape: LayerShape
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
