"""From a tokenizer to what objectives need of it: ids of special tokens, and where words begin."""

from __future__ import annotations

import numpy as np

from malmoi.data.masking import Vocabulary
from malmoi.tasks.pretraining.objectives import SpecialIds
from malmoi.tokenization.spelling import spelled_pieces
from malmoi.tokenization.tokenizer import Tokenizer


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

    A word is an eojeol as the pieces show it (`spelled_pieces`). A punctuation mark that is a piece without "##" counts as a word
    of its own.
    """
    mask = tokenizer.needed_id("mask_token", where)
    ordinary = np.flatnonzero(~special.is_control & (np.arange(tokenizer.vocab_size) != tokenizer.unk_id))
    begins_word = np.array([piece.begins_word for piece in spelled_pieces(tokenizer)])
    return Vocabulary(mask, ordinary, begins_word | special.is_control)
