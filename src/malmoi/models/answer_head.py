"""The head of machine reading: where in a window the answer starts and where it ends."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from malmoi.models.heads import Head, hf_class


class AnswerHead(Head):
    """One linear map of every token to a start and an end, as in Hugging Face's `…ForQuestionAnswering` (Devlin et al. 2019)."""

    hf_config = MappingProxyType({"id2label": {"0": "start", "1": "end"}, "label2id": {"start": 0, "end": 1}})

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.output = nn.Linear(config.hidden_size, 2)
        nn.init.normal_(self.output.weight, std=getattr(config, "initializer_range", 0.02))
        nn.init.zeros_(self.output.bias)
        self.architecture = hf_class(config.model_type, "ForQuestionAnswering")
        if self.architecture is not None:
            self.hf_names = {f"output.{part}": f"qa_outputs.{part}" for part in ("weight", "bias")}

    def logits(self, hidden: Tensor, **tensors: Tensor) -> dict[str, Tensor]:
        """Return `start_logits` and `end_logits` `[batch, length]`, in fp32: bf16 would tie neighbouring places."""
        both = F.linear(hidden.float(), self.output.weight.float(), self.output.bias.float())
        return {"start_logits": both[..., 0], "end_logits": both[..., 1]}

    def loss(self, logits: dict[str, Tensor], batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Mean of the cross entropies of `starts` and `ends` `[batch]`, summed over windows, and their number.

        Only places that `allowed` `[batch, length]` marks take part: the first token and the context.
        """
        forbidden = batch["allowed"] == 0
        total = torch.zeros((), device=forbidden.device)
        for name, gold in (("start_logits", batch["starts"]), ("end_logits", batch["ends"])):
            scores = logits[name].float().masked_fill(forbidden, float("-inf"))
            total = total + F.cross_entropy(scores, gold, reduction="sum")
        return total / 2, torch.tensor(float(len(forbidden)))
