"""Networks for int8: weights in 8 bits with a scale for each output, activations with a scale for each token.

onnxruntime's own dynamic quantizer takes one scale for a whole batch: the answer to a text then depends on the texts that it
happens to be computed with, and one large value costs all tokens their precision. With a scale for each token a text answers the
same in any batch, and the scores are four times nearer to fp32 (docs/log.md). These modules are made to be exported; they do not run in torch.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

_TINY = 1e-8
_ZERO = 128  # uint8 of 0.0
_LEVELS = 127
_OPSET = 20


class Int8Linear(nn.Module):
    """A linear map `[..., in]` → `[..., out]` on int8 weights: onnxruntime's MatMulIntegerToFloat."""

    weight: Tensor
    weight_scale: Tensor
    step: Tensor
    zero: Tensor

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        weight, scale = _rounded(linear.weight.data)
        buffers = {
            "weight": weight.t().contiguous(),
            "weight_scale": scale,
            "step": torch.tensor(1 / _LEVELS),
            "zero": torch.tensor(_ZERO, dtype=torch.uint8),
        }
        for name, value in buffers.items():
            self.register_buffer(name, value)
        self.bias = linear.bias

    def forward(self, x: Tensor) -> Tensor:
        largest = torch.maximum(x.amax(-1, keepdim=True), -x.amin(-1, keepdim=True)).clamp_min(_TINY)
        levels = torch.onnx.ops.symbolic(
            "QuantizeLinear", [x / largest, self.step, self.zero], dtype=torch.uint8, shape=x.shape, version=_OPSET
        )
        found = torch.onnx.ops.symbolic(
            "com.microsoft::MatMulIntegerToFloat",
            [levels, self.weight, self.step, self.weight_scale, self.zero],
            dtype=torch.float32,
            shape=(*x.shape[:-1], self.weight.shape[1]),
            version=1,
        )
        found = found * largest
        return found if self.bias is None else found + self.bias


class Int8Embedding(nn.Module):
    """An embedding table in 8 bits, a scale for each row."""

    weight: Tensor
    scale: Tensor

    def __init__(self, embedding: nn.Embedding) -> None:
        super().__init__()
        weight, scale = _rounded(embedding.weight.data)
        self.register_buffer("weight", weight)
        self.register_buffer("scale", scale[:, None])

    def forward(self, ids: Tensor) -> Tensor:
        return self.weight[ids].float() * self.scale[ids]


class OpenNorm(nn.Module):
    """A layer norm in simple operations: onnxruntime's own kernel for it runs number by number."""

    def __init__(self, norm: nn.LayerNorm) -> None:
        super().__init__()
        self.weight, self.bias, self.eps = norm.weight, norm.bias, norm.eps

    def forward(self, x: Tensor) -> Tensor:
        centred = x - x.mean(-1, keepdim=True)
        over = torch.reciprocal(torch.sqrt((centred * centred).mean(-1, keepdim=True) + self.eps))
        normed = centred * over * self.weight
        return normed if self.bias is None else normed + self.bias


def quantise(backbone: nn.Module) -> None:
    """Replace linear maps, the word embeddings and layer norms of a backbone in place."""
    kinds: tuple[tuple[type[nn.Module], Any], ...] = ((nn.Linear, Int8Linear), (nn.LayerNorm, OpenNorm))
    for module in list(backbone.modules()):
        for name, child in list(module.named_children()):
            for kind, own in kinds:
                if type(child) is kind:
                    setattr(module, name, own(child))
    words: Any = backbone.get_input_embeddings()  # type: ignore[operator]
    backbone.set_input_embeddings(Int8Embedding(words))  # type: ignore[operator]


def _rounded(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Return `weight` `[rows, columns]` in int8, and the fp32 scale of each row."""
    scale = weight.abs().amax(1).clamp_min(_TINY) / _LEVELS
    return (weight / scale[:, None]).round().to(torch.int8), scale
