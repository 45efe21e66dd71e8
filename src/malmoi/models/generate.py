"""Text goes on: greedy decoding, sampling and beam search on a plain `GPT2LMHeadModel` (or any causal model of that interface).

Prompts of a batch are padded on the left, positions count real tokens only, and keys and values of the past are kept, so
that each step computes one token a row. A row that has ended answers None from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from malmoi.models.decoding import Decoding
from malmoi.models.logits import adjusted

IsDone = Callable[[int, list[int]], bool]  # (row, its new tokens) → whether its text has ended


def never_done(row: int, ids: list[int]) -> bool:
    """Let only the end token and the length end a text."""
    return False


def stream_tokens(
    network: Any, prompts: Sequence[Sequence[int]], decoding: Decoding, eos_id: int | None, is_done: IsDone = never_done
) -> Iterator[list[int | None]]:
    """Yield, step by step, the next token of every row (None where the row has ended); prompts must not be empty.

    The end token is yielded too. A row draws from its own generator, seeded by `seed` and its number.
    """
    device = next(network.parameters()).device
    ids, mask = left_padded(prompts, device)
    draws = [torch.Generator(device).manual_seed(decoding.seed + row) for row in range(len(prompts))]
    new: list[list[int]] = [[] for _ in prompts]
    ended = [False] * len(prompts)
    with torch.inference_mode():
        step = CachedSteps(network)
        scores = step(ids, mask)
        for _ in range(decoding.max_new_tokens):
            chosen = _choose(adjusted(scores, ids, mask.bool(), decoding), decoding, draws)
            yielded: list[int | None] = [None if end else token for end, token in zip(ended, chosen, strict=True)]
            for row, token in enumerate(yielded):
                if token is not None:
                    new[row].append(token)
                    ended[row] = token == eos_id or is_done(row, new[row])
            yield yielded
            if all(ended):
                return
            ids = torch.cat([ids, torch.tensor(chosen, device=device)[:, None]], 1)
            mask = torch.cat([mask, mask.new_ones(len(chosen), 1)], 1)
            scores = step(ids[:, -1:], mask)


def generate_tokens(
    network: Any, prompts: Sequence[Sequence[int]], decoding: Decoding, eos_id: int | None, is_done: IsDone = never_done
) -> list[list[int]]:
    """Return the new tokens of every prompt, without the end token; `is_done` does not end beams."""
    if decoding.num_beams > 1:
        from malmoi.models.beams import beam_search

        found = [beam_search(network, prompt, decoding, eos_id) for prompt in prompts]
    else:
        found = [[] for _ in prompts]
        for tokens in stream_tokens(network, prompts, decoding, eos_id, is_done):
            for row, token in zip(found, tokens, strict=True):
                row += [] if token is None else [token]
    return [row[:-1] if row and row[-1] == eos_id else row for row in found]


def left_padded(prompts: Sequence[Sequence[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    """Return prompts padded on the left with id 0, and the mask of real tokens, both int64 `[rows, longest]`."""
    length = max(map(len, prompts))
    ids = torch.zeros(len(prompts), length, dtype=torch.int64)
    mask = torch.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        assert len(prompt), "a prompt needs a token to go on from"
        ids[row, length - len(prompt) :] = torch.as_tensor(prompt)
        mask[row, length - len(prompt) :] = 1
    return ids.to(device), mask.to(device)


class CachedSteps:
    """Runs a network over new tokens and remembers keys and values of the past."""

    def __init__(self, network: Any) -> None:
        from transformers import DynamicCache

        self.network = network.eval()
        self.cache = DynamicCache(config=network.config)

    def __call__(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return the scores of the next token, fp32 `[rows, vocabulary]`; `ids` are new, `mask` covers the past too."""
        positions = (mask.cumsum(1) - 1).clamp_min(0)[:, -ids.shape[1] :]
        out = self.network(
            input_ids=ids, attention_mask=mask, position_ids=positions, past_key_values=self.cache, use_cache=True,
            logits_to_keep=1,
        )  # fmt: skip
        return out.logits[:, -1].float()


def _choose(scores: Tensor, decoding: Decoding, draws: list[torch.Generator]) -> list[int]:
    if not decoding.sample:
        return scores.argmax(-1).tolist()
    shares = scores.softmax(-1)
    return [int(torch.multinomial(row, 1, generator=draw)) for row, draw in zip(shares, draws, strict=True)]
