"""How fresh heads start: from what the backbone makes of some training texts, before the first step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from malmoi.data.features import Features
from malmoi.models.backbone import hidden_states
from malmoi.models.heads import PooledHead
from malmoi.models.task_model import batch_to_tensors
from malmoi.training.session import TaskPart

MAX_TEXTS, MAX_TOKENS = 256, 8192  # of the sample: two seconds of one core
_TOGETHER = 32


@torch.no_grad()
def start_head(part: TaskPart, device: torch.device) -> None:
    """Let a head that pools standardise its features on a sample of the part's training texts; the same one every time."""
    task, model = part.task, part.model
    head = model.heads[task.name]
    if not isinstance(head, PooledHead):
        return
    model.eval()
    features, rng = sample(part.lane.features), np.random.default_rng(0)
    pooled = []
    for start in range(0, len(features), _TOGETHER):
        batch = batch_to_tensors(task.collate(features[start : start + _TOGETHER], rng), device)
        hidden = hidden_states(
            model.backbone, batch["input_ids"], batch["type_ids"], batch["attention_mask"], head.first_only
        )
        pooled.append(head.pooled(hidden, batch))
    head.standardise(torch.cat(pooled))


def sample(features: Sequence[Features]) -> list[Features]:
    """Return a seeded sample of windows, sorted by length: up to `MAX_TEXTS` of them and about `MAX_TOKENS` tokens."""
    rows = np.random.default_rng(0).permutation(len(features))[:MAX_TEXTS]
    found, tokens = [], 0
    for row in rows:
        if tokens >= MAX_TOKENS:
            break
        found.append(features[row])
        tokens += len(features[row])
    return sorted(found, key=len)
