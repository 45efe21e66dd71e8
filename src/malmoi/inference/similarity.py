"""How alike two texts are: the cosine of their vectors, means over the tokens' last hidden states.

Similarity("e5-small-ko")("영화가 재밌다", "재미있는 영화였다").score
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from malmoi.data.batching import sorted_batches
from malmoi.data.features import Features, pad, padded_length
from malmoi.data.predictions.language import SimilarityPrediction
from malmoi.errors import extras_named
from malmoi.shipped import located

_MAX_TOKENS, _MAX_ROWS = 4096, 64


class Similarity:
    """An encoder that compares texts; texts longer than it reads are cut.

    `prefix` stands before each text; None takes what is stored with the model ("query: " for e5-small-ko and whatever was
    derived from it, under "malmoi" in tokenizer_config.json), "query: " for e5 models of the hub, and nothing for others.
    """

    @extras_named()
    def __init__(self, model: str = "e5-small-ko", *, prefix: str | None = None, threads: int = 0) -> None:
        from malmoi.models.backbone import E5_PREFIX, PREFIX_KEY, load_backbone, usable_positions
        from malmoi.models.device import choose_compute

        pretrained = load_backbone(model)
        self.compute = choose_compute("auto", "fp32", threads)
        self.tokenizer = pretrained.tokenizer
        self.backbone: Any = pretrained.backbone.to(self.compute.device).eval()
        self.max_length = min(512, usable_positions(pretrained.backbone.config) or 512)
        of_hub = E5_PREFIX if "e5-" in model and not located(model).is_dir() else ""
        stored: str = self.tokenizer.own_settings.get(PREFIX_KEY, of_hub)
        self.prefix = stored if prefix is None else prefix

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """Return the vectors of texts, float32 [texts, hidden], of length 1."""
        import torch

        from malmoi.models.backbone import hidden_states
        from malmoi.models.heads import pool
        from malmoi.models.task_model import batch_to_tensors

        ids = self.tokenizer.encode_ids([self.prefix + text for text in texts], max_length=self.max_length)
        lengths = padded_length(np.array([len(row) for row, _ in ids]), self.max_length)
        found = np.zeros((len(ids), self.backbone.config.hidden_size), dtype=np.float32)
        with torch.inference_mode():
            for rows in sorted_batches(lengths, _MAX_TOKENS, _MAX_ROWS):
                batch = pad([Features(*ids[i]) for i in rows], self.tokenizer.pad_id, self.max_length)
                tensors = batch_to_tensors(batch, self.compute.device)
                hidden = hidden_states(
                    self.backbone, tensors["input_ids"], tensors["type_ids"], tensors["attention_mask"]
                )
                pooled = pool(hidden, tensors["attention_mask"], "mean")
                found[rows] = torch.nn.functional.normalize(pooled.float(), dim=-1).cpu().numpy()
        return found

    def __call__(self, text: str, pair: str) -> SimilarityPrediction:
        """Return the cosine of two texts."""
        first, second = self.vectors([text, pair])
        return SimilarityPrediction(text, pair, float(first @ second))
