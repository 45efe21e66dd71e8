"""Where the parameters of a BERT layer lie in memory: query, key and value side by side are one matrix to the arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


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


@dataclass(frozen=True)
class LayerWeights:
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
    def of(cls, p: list[Tensor]) -> LayerWeights:
        return cls(neighbours(p[0:3]), neighbours(p[3:6]), *p[6:])


@dataclass(frozen=True)
class LayerViews:
    """A layer's parameters with the weights and gradients as the arithmetic wants them, and where they were found."""

    parameters: list[nn.Parameter]
    weights: LayerWeights
    grads: LayerWeights | None
    addresses: tuple[int, ...]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(None), ()  # a copied or pickled layer finds its own


def layer_views(layer: Any) -> LayerViews:
    """Return the views of a layer; kept on the layer as long as its parameters and gradients stay where they are."""
    parameters = layer_parameters(layer)
    addresses = tuple(p.data_ptr() for p in parameters) + tuple(
        p.grad.data_ptr() for p in parameters if p.grad is not None
    )
    kept: LayerViews | None = layer.__dict__.get("_malmoi_views")
    if kept is not None and kept.addresses == addresses:
        return kept
    weights = LayerWeights.of([p.data for p in parameters])
    grads = [p.grad for p in parameters if p.grad is not None]
    joined = LayerWeights.of(grads) if len(grads) == len(parameters) else None
    if joined is not None and not _are_views(joined, grads):
        joined = None  # what is added to copies would be lost
    views = LayerViews(parameters, weights, joined, addresses)
    if _are_views(weights, parameters):  # later updates show through them
        layer.__dict__["_malmoi_views"] = views
    return views


def _are_views(joined: LayerWeights, parts: Sequence[Tensor]) -> bool:
    """Whether the joint query-key-value tensors are the parts themselves, not copies of them."""
    return joined.qkv.data_ptr() == parts[0].data_ptr() and joined.qkv_bias.data_ptr() == parts[3].data_ptr()
