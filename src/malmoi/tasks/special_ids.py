"""From a tokenizer to what objectives need of it: ids of special tokens, and where words begin."""

from __future__ import annotations

import numpy as np

from malmoi.data.masking import Vocabulary
from malmoi.tasks.objectives import SpecialIds
from malmoi.tokenization.tokenizer import Tokenizer

_SPACE_MARKS = ("▁", "Ġ")  # what SentencePiece and byte-level tokenizers write at the beginning of a word


def special_ids(tokenizer: Tokenizer, where: str, *, causal: bool) -> SpecialIds:
    """Return the special ids for blocks of text; raise `ConfigError` that names `where` when the tokenizer lacks one that is needed."""
    first = None if causal else tokenizer.needed_id("cls_token", where)
    separator = tokenizer.token_id("eos_token")
    if separator is None:
        separator = tokenizer.needed_id("eos_token" if causal else "sep_token", where)
    decoder = tokenizer.backend.get_added_tokens_decoder()
    is_control = np.zeros(tokenizer.vocab_size, dtype=bool)
    is_control[[i for i, token in decoder.items() if token.special and i != tokenizer.unk_id]] = True
    return SpecialIds(tokenizer.pad_id, first, separator, is_control)


def masking_vocabulary(tokenizer: Tokenizer, where: str, special: SpecialIds) -> Vocabulary:
    """Return what masking needs; raise `ConfigError` that names `where` for a tokenizer without a mask token.

    A word is an eojeol as the pieces show it: "##" goes on inside one, "▁" begins one, and so does what follows a piece that is
    a space (syllables). A punctuation mark that is a piece without "##" counts as a word of its own.
    """
    mask = tokenizer.needed_id("mask_token", where)
    pieces = [tokenizer.backend.id_to_token(i) or "" for i in range(tokenizer.vocab_size)]
    ordinary = np.flatnonzero(~special.is_control & (np.arange(len(pieces)) != tokenizer.unk_id))
    return Vocabulary(mask, ordinary, _begins_word(pieces) | special.is_control)


def _begins_word(pieces: list[str]) -> np.ndarray:
    if any(piece.startswith("##") for piece in pieces):
        return np.array([not piece.startswith("##") for piece in pieces])
    return np.array([piece.startswith(_SPACE_MARKS) or piece.isspace() for piece in pieces])
