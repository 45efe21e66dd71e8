"""What may stand for a hidden word: the masked language model's own game.

fill = FillMask("runs/bert")
fill("이 영화 정말 [MASK]").masks[0].fillings[0].word
"""

from __future__ import annotations

import re

import numpy as np
import tokenizers

from malmoi.data.predictions.language import Filling, FillMaskPrediction, MaskAnswer
from malmoi.errors import ConfigError, DataError, extras_named
from malmoi.inference.language_model import OpenedModel, open_language_model
from malmoi.messages import say
from malmoi.tokenization.presplit import Presplit
from malmoi.tokenization.tokenizer import Tokenizer

MASKS = ("[MASK]", "<mask>")  # either may be typed, whatever the model's own is called


class FillMask:
    """A masked language model that fills `[MASK]`."""

    @extras_named()
    def __init__(self, model: str, *, threads: int = 0) -> None:
        self.opened: OpenedModel = open_language_model(model, "masked", threads=threads)
        self.encoder = MaskedEncoder(self.opened.tokenizer, self.opened.name)

    def __call__(self, text: str, top_k: int = 5) -> FillMaskPrediction:
        """Return the `top_k` fillings of every mask; raise `DataError` without a mask or with too long a text."""
        import torch

        if top_k < 1:
            raise ConfigError(say(f"top_k={top_k}: 1 이상이어야 합니다.", f"top_k={top_k} must be 1 or more."))
        ids, spans = self.encoder(text)
        self.opened.check_length(len(ids), text)
        places = np.flatnonzero(ids == self.encoder.mask_id)
        with torch.inference_mode():
            logits = self.opened.model.token_logits(self.opened.tensors([ids]), torch.from_numpy(places))
            best = logits.softmax(-1).topk(min(top_k, logits.shape[1]))
        answers = tuple(
            MaskAnswer(
                *span, tuple(self._filling(int(i), float(share)) for i, share in zip(tokens, shares, strict=True))
            )
            for span, tokens, shares in zip(spans, best.indices, best.values, strict=True)
        )
        return FillMaskPrediction(text, None, answers, _filled(text, answers))

    def _filling(self, token: int, share: float) -> Filling:
        name = self.opened.tokenizer.backend.id_to_token(token) or ""
        word = self.opened.tokenizer.decode([token]).removeprefix("##").strip() or name
        return Filling(name, word, share)


class MaskedEncoder:
    """Turns a text with typed masks into token ids; every other control token that is typed stays text."""

    def __init__(self, tokenizer: Tokenizer, where: str) -> None:
        self.tokenizer, self.mask_id = tokenizer, tokenizer.needed_id("mask_token", where)
        self.mask = tokenizer.backend.id_to_token(self.mask_id) or ""
        self._typed = re.compile("|".join(map(re.escape, dict.fromkeys((*MASKS, self.mask)))))
        self._backend = tokenizers.Tokenizer.from_str(tokenizer.backend.to_str())
        self._backend.encode_special_tokens = False
        self._backend.no_truncation()
        own = tokenizer.presplit
        self._presplit = Presplit(own.split, (*own.protected, self.mask))

    def __call__(self, text: str) -> tuple[np.ndarray, list[tuple[int, int]]]:
        """Return token ids [length] and the characters of each mask."""
        spans = [match.span() for match in self._typed.finditer(text)]
        if not spans:
            raise DataError(
                say(
                    f"글에 {MASKS[0]} 가 없습니다. 알고 싶은 자리에 적어 주세요: 이 영화 정말 {MASKS[0]}",
                    f"the text has no {MASKS[0]}. Put one where a word is wanted: 이 영화 정말 {MASKS[0]}",
                )
            )
        parts = self._typed.split(text)
        cleaned = self.mask.join(self.tokenizer.cleaner.clean(part) for part in parts)
        encoding = self._backend.encode(self._presplit.apply(cleaned))
        ids = np.array(encoding.ids, dtype=np.int64)
        typed = (np.array(encoding.special_tokens_mask) == 0) & (ids != self.mask_id)
        special = [i for i, token in self._backend.get_added_tokens_decoder().items() if token.special]
        ids[typed & np.isin(ids, special)] = self.tokenizer.unk_id
        assert int((ids == self.mask_id).sum()) == len(spans), "every typed mask is one token"
        return ids, spans


def _filled(text: str, answers: tuple[MaskAnswer, ...]) -> str:
    """Return the text with the best filling in place of each mask."""
    parts, done = [], 0
    for answer in answers:
        parts += [text[done : answer.start], answer.fillings[0].word]
        done = answer.end
    return "".join([*parts, text[done:]])
