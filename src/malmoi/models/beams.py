"""Beam search over one prompt: the beams are the rows of a batch, their cache is rearranged as they fork and die.

The same rules, and so the same texts, as `transformers.generate(num_beams=…, early_stopping=False)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from malmoi.models.decoding import Decoding
from malmoi.models.generate import CachedSteps, left_padded
from malmoi.models.logits import adjusted


@dataclass(frozen=True, slots=True)
class Beam:
    """New tokens with their summed log-probability, and the row they came from."""

    ids: list[int]
    total: float
    row: int


def beam_search(network: Any, prompt: Sequence[int], decoding: Decoding, eos_id: int | None) -> list[int]:
    """Return the new tokens of the best finished beam, its end token included.

    A beam's score is its summed log-probability divided by its length to the power of `length_penalty`.
    """
    num, penalty = decoding.num_beams, decoding.length_penalty
    device = next(network.parameters()).device
    running = [Beam([], 0.0 if row == 0 else -1e9, row) for row in range(num)]
    finished: list[tuple[float, list[int]]] = []
    with torch.inference_mode():
        step = CachedSteps(network)
        ids, mask = left_padded([prompt], device)
        scores = step(ids, mask).expand(num, -1)
        step.cache.batch_repeat_interleave(num)
        ids, mask = ids.expand(num, -1), mask.expand(num, -1)
        for length in range(1, decoding.max_new_tokens + 1):
            shares = adjusted(scores.log_softmax(-1), ids, mask.bool(), decoding)
            ended, running = _forked(running, shares, num, eos_id, is_last=length == decoding.max_new_tokens)
            finished += [(beam.total / length**penalty, beam.ids) for beam in ended]
            finished = sorted(finished, key=lambda pair: -pair[0])[:num]
            if not running or (len(finished) == num and running[0].total / length**penalty <= finished[-1][0]):
                break
            rows = torch.tensor([beam.row for beam in running], device=device)
            step.cache.reorder_cache(rows)  # type: ignore[arg-type]  # int64 is what it takes
            last = torch.tensor([beam.ids[-1:] for beam in running], device=device)
            ids, mask = torch.cat([ids[rows], last], 1), torch.cat([mask, mask.new_ones(num, 1)], 1)
            scores = step(last, mask)
    return finished[0][1]


def _forked(
    beams: list[Beam], shares: Tensor, num: int, eos_id: int | None, *, is_last: bool
) -> tuple[list[Beam], list[Beam]]:
    """Return the beams that end now, of the `num` best, and the `num` best that go on."""
    totals = shares + torch.tensor([beam.total for beam in beams], device=shares.device)[:, None]
    best = torch.topk(totals.flatten(), min(2 * num, totals.numel()))
    ended: list[Beam] = []
    running: list[Beam] = []
    for rank, (total, place) in enumerate(zip(best.values.tolist(), best.indices.tolist(), strict=True)):
        row, token = divmod(place, shares.shape[1])
        beam = Beam([*beams[row].ids, token], total, row)
        if token == eos_id or is_last:
            ended += [beam] if rank < num else []
        elif len(running) < num:
            running.append(beam)
    return ended, running
