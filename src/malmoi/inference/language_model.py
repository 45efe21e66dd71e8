"""Opened language models: what each use of one begins with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from malmoi.data.features import Batch, Features, pad
from malmoi.errors import DataError
from malmoi.messages import say
from malmoi.tokenization.tokenizer import Tokenizer

if TYPE_CHECKING:
    import torch

    from malmoi.models.networks import Use


@dataclass(frozen=True)
class OpenedModel:
    """A `LanguageModel` ready to answer, its tokenizer, and the tokens it can read at once."""

    name: str
    model: Any
    tokenizer: Tokenizer
    device: torch.device
    max_length: int

    @property
    def network(self) -> Any:
        """The plain Hugging Face network."""
        return self.model.network

    def tensors(self, rows: Sequence[np.ndarray], types: Sequence[np.ndarray] | None = None) -> dict[str, Any]:
        """Return padded rows of token ids as the tensors of a batch."""
        from malmoi.models.task_model import batch_to_tensors

        kinds = [np.zeros(len(row)) for row in rows] if types is None else types
        batch: Batch = pad([Features(*pair) for pair in zip(rows, kinds, strict=True)], self.tokenizer.pad_id, self.max_length)  # fmt: skip
        return batch_to_tensors(batch, self.device)

    def check_length(self, num_tokens: int, text: str) -> None:
        """Raise `DataError` for a text of more tokens than the model reads."""
        if num_tokens > self.max_length:
            raise DataError(
                say(
                    f"글이 {num_tokens} 토큰으로 모델의 최대 길이 {self.max_length} 보다 깁니다. 글을 줄이세요: {text:.40}…",
                    f"the text has {num_tokens} tokens, more than the model's {self.max_length}. Shorten it: {text:.40}…",
                )
            )


def open_language_model(name: str, use: Use, precision: str = "fp32", threads: int = 0) -> OpenedModel:
    """Open a folder, a hub model or e5-small-ko for a use: "masked", "pairs" or "causal".

    Raises `ModelNotFound` when there is no such model, or it has no head for that use.
    """
    from malmoi.models.backbone import usable_positions
    from malmoi.models.device import choose_compute
    from malmoi.models.language_model import language_model
    from malmoi.models.networks import load_network

    network, tokenizer, _ = load_network(name, use)
    compute = choose_compute("auto", precision, threads)
    model = language_model(network).to(compute.device, compute.dtype).eval()
    return OpenedModel(name, model, tokenizer, compute.device, usable_positions(network.config) or 1 << 30)
