"""Does this sentence follow that one? Asked in both orders.

NextSentence("runs/bert")("표를 끊었다.", "극장에 들어갔다.").probability
"""

from __future__ import annotations

from malmoi.data.next_sentence import IS_NEXT
from malmoi.data.predictions.language import NextSentencePrediction
from malmoi.errors import extras_named
from malmoi.inference.language_model import OpenedModel, open_language_model


class NextSentence:
    """A model with a next-sentence head."""

    @extras_named()
    def __init__(self, model: str, *, threads: int = 0) -> None:
        self.opened: OpenedModel = open_language_model(model, "pairs", threads=threads)

    def __call__(self, text: str, pair: str) -> NextSentencePrediction:
        """Return the probabilities of both orders; raise `DataError` when the pair is too long for the model."""
        import torch

        rows = self.opened.tokenizer.encode([text, pair], [pair, text], max_length=1 << 20)
        for row in rows:
            self.opened.check_length(len(row.input_ids), text)
        tensors = self.opened.tensors([row.input_ids for row in rows], [row.type_ids for row in rows])
        with torch.inference_mode():
            shares = self.opened.model.pair_logits(tensors).softmax(-1)[:, IS_NEXT].tolist()
        return NextSentencePrediction(text, pair, *shares)
