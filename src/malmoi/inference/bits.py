"""How surprising a text is to a language model, in bits per character: comparable between tokenizers.

BitsPerChar("runs/gpt")("이 영화 정말 재밌어요").bits_per_char
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from malmoi.data.predictions.language import TextBits
from malmoi.errors import DataError, ModelNotFound, extras_named
from malmoi.inference.language_model import OpenedModel, open_language_model
from malmoi.messages import say
from malmoi.tokenization.styles import Role

_ROWS = 32
_MASKED_ROLES: tuple[Role, ...] = ("cls_token", "sep_token", "mask_token")


class BitsPerChar:
    """A causal or masked language model that reads texts."""

    @extras_named()
    def __init__(self, model: str, *, threads: int = 0) -> None:
        try:
            self.opened: OpenedModel = open_language_model(model, "causal", threads=threads)
            self.is_causal = True
        except ModelNotFound:
            self.opened = open_language_model(model, "masked", threads=threads)
            self.is_causal = False

    def __call__(self, text: str) -> TextBits:
        """Return the bits of a text; a long one is read in windows, each seeing half a window of what stands before.

        A causal model gives the text's own log-probability. A masked model hides one token after the other (Salazar et al.
        2020), which costs a pass for each. Raises `DataError` for a text without tokens.
        """
        ids = self.opened.tokenizer.encode_plain([text])[0]
        if not len(ids):
            raise DataError(say("빈 글에는 글자당 비트가 없습니다.", "an empty text has no bits per character."))
        nats = self._causal_nats(ids) if self.is_causal else self._masked_nats(ids)
        return TextBits(text, None, nats / math.log(2), len(text), len(ids), self.is_causal)

    def _causal_nats(self, ids: np.ndarray) -> float:
        import torch

        tokenizer = self.opened.tokenizer
        start = tokenizer.token_id("eos_token")
        start = tokenizer.needed_id("bos_token", self.opened.name) if start is None else start
        rows = np.concatenate([[start], ids])
        total = 0.0
        with torch.inference_mode():
            for first, last, asked in windows(len(rows), self.opened.max_length, known=1):
                tensors = self.opened.tensors([rows[first:last]])
                logits = self.opened.network(input_ids=tensors["input_ids"][:, : last - first]).logits[0].float()
                targets = torch.from_numpy(rows[asked:last])
                total += float(
                    torch.nn.functional.cross_entropy(
                        logits[asked - first - 1 : last - first - 1], targets, reduction="sum"
                    )
                )
        return total

    def _masked_nats(self, ids: np.ndarray) -> float:
        import torch

        tokenizer = self.opened.tokenizer
        first_id, sep_id, mask_id = (tokenizer.needed_id(role, self.opened.name) for role in _MASKED_ROLES)
        total = 0.0
        with torch.inference_mode():
            for first, last, asked in windows(len(ids), self.opened.max_length - 2, known=0):
                row = np.concatenate([[first_id], ids[first:last], [sep_id]])
                places = np.arange(asked - first, last - first) + 1
                for chunk in np.array_split(places, math.ceil(len(places) / _ROWS)):
                    total += self._hidden_nats(row, chunk, mask_id)
        return total

    def _hidden_nats(self, row: np.ndarray, places: np.ndarray, mask_id: int) -> float:
        """Return the nats of the tokens at `places`, each hidden in a copy of the row."""
        import torch

        rows = np.repeat(row[None], len(places), axis=0)
        rows[np.arange(len(places)), places] = mask_id
        tensors = self.opened.tensors(list(rows))
        flat = torch.from_numpy(np.arange(len(places)) * tensors["input_ids"].shape[1] + places)
        logits = self.opened.model.token_logits(tensors, flat)
        return float(torch.nn.functional.cross_entropy(logits, torch.from_numpy(row[places]), reduction="sum"))


def windows(length: int, room: int, known: int) -> Iterator[tuple[int, int, int]]:
    """Yield `(first, last, asked)`: windows of at most `room` tokens, whose tokens from `asked` on have not been asked for.

    `known` tokens at the beginning are never asked for. Every window but the first looks back half its room.

    >>> list(windows(10, 6, known=1))
    [(0, 6, 1), (3, 9, 6), (6, 10, 9)]
    """
    first, last = 0, min(room, length)
    yield first, last, known
    while last < length:
        first, asked = last - max(1, room // 2), last
        last = min(first + room, length)
        yield first, last, asked
