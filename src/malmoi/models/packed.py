"""Prediction in bf16 on a CPU: encoder layers whose weights oneDNN has laid out for its own products, once.

A plain weight is rearranged inside every product; here that is done when a model is opened, and bias, GELU and residual are part
of the product. The same numbers as `fused.encode` within bf16 rounding, in about three quarters of the time. It is a snapshot: weights changed afterwards
are not seen, so only `Predictor`, which never changes them, packs. The operators are those that `torch.compile` uses on a CPU.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from malmoi.models import fused
from malmoi.models.attention import Heads, LayerShape, attend, attention_bias, merge_heads, split_heads
from malmoi.models.layer_views import linears

SDPA_LENGTH = 32  # tokens from which on torch's attention kernel is faster than separate products
_ROWS = 1024  # the number of tokens the layout is made for; others work as well


@dataclass(frozen=True)
class Product:
    """A linear map `[tokens, in]` → `[tokens, out]` with its weight in oneDNN's layout and a plain bias."""

    weight: Tensor
    bias: Tensor

    @classmethod
    def of(cls, weight: Tensor, bias: Tensor) -> Product:
        return cls(torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), _ROWS), bias)

    def __call__(self, x: Tensor, activation: str = "none") -> Tensor:
        """Return x W + b, through "gelu" if asked."""
        return torch.ops.mkldnn._linear_pointwise(x, self.weight, self.bias, activation, [], "none")

    def plus(self, x: Tensor, residual: Tensor) -> Tensor:
        """Return x W + b + residual."""
        return torch.ops.mkldnn._linear_pointwise.binary(x, residual, self.weight, self.bias, "add")


@dataclass(frozen=True)
class PackedLayer:
    """One encoder layer; `query` and `key_value` replace `qkv` in the layer that answers for the first token only."""

    qkv: Product
    query: Product
    key_value: Product
    attention: Product
    up: Product
    down: Product
    norm1: nn.LayerNorm
    norm2: nn.LayerNorm

    @classmethod
    def of(cls, layer: Any) -> PackedLayer:
        q, k, v, attention, up, down = linears(layer)
        weight, bias = (torch.cat([getattr(m, part).data for m in (q, k, v)]) for part in ("weight", "bias"))
        size = len(q.bias)
        plain = [Product.of(m.weight.data, m.bias.data) for m in (attention, up, down)]
        joint = [Product.of(weight[rows], bias[rows]) for rows in (slice(None), slice(size), slice(size, None))]
        norms = (layer.attention.output.LayerNorm, layer.output.LayerNorm)
        return cls(*joint, *plain, *norms)  # type: ignore[arg-type,call-arg]

    def project_first(self, x: Tensor, shape: LayerShape) -> Heads:
        """[batch * length, hidden] → the first token's query, key and value of all, by head."""
        asking = x.view(shape.batch, shape.length, -1)[:, 0].contiguous()
        (q,) = split_heads(self.query(asking), shape, 1)
        k, v = split_heads(self.key_value(x), shape, shape.length)
        return Heads(q, k, v, asking)

    def attend_all(self, joined: Tensor, bias: Tensor | None, shape: LayerShape) -> Tensor:
        """Query, key and value side by side `[batch * length, 3 * hidden]` → `[batch * length, hidden]`.

        torch's own kernel where rows are long (at 384 tokens in a seventh of the time), separate products where they are short.
        """
        if shape.length < SDPA_LENGTH:
            q, k, v = split_heads(joined, shape, shape.length)
            return merge_heads(attend(Heads(q, k, v, joined), bias), shape, shape.length)
        q, k, v = joined.view(shape.batch, shape.length, 3, shape.heads, shape.head_size).permute(2, 0, 3, 1, 4)
        mask = None if bias is None else bias.view(shape.batch, shape.heads, 1, shape.length)
        context = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return context.transpose(1, 2).reshape(shape.batch * shape.length, -1)

    def __call__(self, x: Tensor, bias: Tensor | None, shape: LayerShape) -> Tensor:
        """[batch * length, hidden] → [batch * queries, hidden]"""
        if shape.queries < shape.length:
            heads = self.project_first(x, shape)
            context, asking = merge_heads(attend(heads, bias), shape, shape.queries), heads.asking
        else:
            context, asking = self.attend_all(self.qkv(x), bias, shape), x
        hidden = self.norm1(self.attention.plus(context, asking))
        return self.norm2(self.down.plus(self.up(hidden, "gelu"), hidden))


def pack(backbone: nn.Module) -> None:
    """Give a backbone packed layers if they fit: plain BERT layers with GELU, bf16, on a CPU with oneDNN."""
    weight = next(backbone.parameters())
    fits = weight.dtype is torch.bfloat16 and weight.device.type == "cpu" and torch.backends.mkldnn.is_available()
    with torch.inference_mode():
        if fits and fused.is_fusable(backbone):
            backbone.__dict__["_malmoi_packed"] = [PackedLayer.of(layer) for layer in backbone.encoder.layer]  # type: ignore[union-attr]


def packed_layers(backbone: nn.Module) -> list[PackedLayer] | None:
    """Return the packed layers, None where there are none or gradients are wanted."""
    return None if torch.is_grad_enabled() else backbone.__dict__.get("_malmoi_packed")


def encode(
    layers: list[PackedLayer], backbone: Any, embedded: Tensor, attention_mask: Tensor | None, *, first_only: bool
) -> Tensor:
    """Run packed layers: `[batch, length, hidden]` in and out, `[batch, 1, hidden]` with `first_only`."""
    shape = fused.layer_shape(backbone, embedded)
    bias = attention_bias(attention_mask, shape, embedded.dtype)
    x = embedded.reshape(shape.batch * shape.length, -1)
    for i, layer in enumerate(layers):
        if first_only and i == len(layers) - 1:
            shape = replace(shape, queries=1)
        x = layer(x, bias, shape)
    return x.view(shape.batch, shape.queries, -1)
