"""Attention of all heads on packed `[tokens, hidden]` matrices, forward and backward, a cacheful of heads at a time."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

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


@dataclass(frozen=True)
class Heads:
    """Query, key and value by head, `[batch * heads, tokens, head size]`, and the rows the queries came from."""

    q: Tensor
    k: Tensor
    v: Tensor
    asking: Tensor  # [batch * queries, hidden]


def attention_bias(mask: Tensor | None, shape: LayerShape, dtype: torch.dtype) -> Tensor | None:
    """Return `[batch * heads, 1, length]`: 0 for real tokens, a large negative number for padding."""
    if mask is None or bool(mask.all()):
        return None
    bias = torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill_(
        mask == 0, torch.finfo(torch.bfloat16).min / 4
    )
    return bias[:, None, None, :].expand(-1, shape.heads, -1, -1).reshape(shape.batch * shape.heads, 1, shape.length)


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


def attend_backward(d_context: Tensor, h: Heads, p: Tensor, shape: LayerShape) -> tuple[Tensor, Tensor]:
    """Return the gradients of queries `[1, batch * heads, queries, size]` and of keys and values `[2, …, length, size]`.

    `d_context` is `[batch * queries, hidden]`, `p` the probabilities that `attend` filled in.
    """
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
