"""What a tokenizer makes of a dataset: how many tokens, what it does not know, and what a length limit would cut off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from malmoi.data.checks.copies import MAX_LISTED
from malmoi.data.checks.lengths import Lengths, eojeols, summarise
from malmoi.data.examples import TextExample
from malmoi.tokenization.tokenizer import Tokenizer

LIMITS = (128, 256, 512)
CHUNK = 4096
_NO_LIMIT = 1 << 20
_LOOKED_AT = 1000  # texts with unknown tokens whose pieces are named


@dataclass(frozen=True, slots=True)
class UnknownPiece:
    """A stretch of text that the tokenizer has no piece for, and how often it was met in the texts looked at."""

    text: str
    count: int


@dataclass(frozen=True, slots=True)
class TokenReport:
    """Token counts under one tokenizer.

    `lengths` count special tokens, as a length limit does; `num_tokens` and `num_unknown` do not. `num_over` maps a limit
    to the number of texts longer than that; `unknown` lists the commonest unknown pieces of the first texts that hold any.
    """

    model: str
    lengths: Lengths
    num_tokens: int
    tokens_per_eojeol: float
    num_unknown: int
    unknown_share: float
    num_texts_with_unknown: int
    unknown: tuple[UnknownPiece, ...]
    num_over: dict[str, int]


def check_tokens(
    examples: Sequence[TextExample],
    tokenizer: Tokenizer,
    model: str,
    advance: Callable[[int], None] = lambda count: None,
    limits: Sequence[int] = LIMITS,
) -> TokenReport:
    """Return what `tokenizer` makes of the texts (a pair is one input), and how many exceed `limits`; `advance` hears how many are done."""
    sizes = np.zeros(len(examples), dtype=np.int64)
    unknown = np.zeros(len(examples), dtype=np.int64)
    for positions in _chunks(examples):
        sizes[positions], unknown[positions] = _count([examples[i] for i in positions], tokenizer)
        advance(len(positions))
    is_pair = np.array([example.pair is not None for example in examples], dtype=bool)
    special = [tokenizer.backend.num_special_tokens_to_add(pair) for pair in (False, True)]
    num_tokens = int(sizes.sum() - np.where(is_pair, special[1], special[0]).sum())
    num_words = sum(eojeols(example.text) + eojeols(example.pair or "") for example in examples)
    return TokenReport(
        model=model,
        lengths=summarise(sizes.tolist(), examples),
        num_tokens=num_tokens,
        tokens_per_eojeol=round(num_tokens / max(1, num_words), 3),
        num_unknown=int(unknown.sum()),
        unknown_share=float(unknown.sum() / max(1, num_tokens)),
        num_texts_with_unknown=int((unknown > 0).sum()),
        unknown=_unknown_pieces([examples[i] for i in np.flatnonzero(unknown)[:_LOOKED_AT]], tokenizer),
        num_over={str(limit): int((sizes > limit).sum()) for limit in limits},
    )


def _chunks(examples: Sequence[TextExample]) -> Iterator[list[int]]:
    """Yield positions of up to `CHUNK` examples that are all pairs or all single texts."""
    for wants_pair in (False, True):
        positions = [i for i, example in enumerate(examples) if (example.pair is not None) is wants_pair]
        for start in range(0, len(positions), CHUNK):
            yield positions[start : start + CHUNK]


def _count(examples: Sequence[TextExample], tokenizer: Tokenizer) -> tuple[list[int], list[int]]:
    """Return the number of tokens and of unknown tokens of each example."""
    texts, pairs = (
        [example.text for example in examples],
        [example.pair for example in examples if example.pair is not None],
    )
    encoded = [ids for ids, _ in tokenizer.encode_ids(texts, pairs or None, _NO_LIMIT)]
    unknown_id = _unknown_id(tokenizer)
    return [len(ids) for ids in encoded], [int((ids == unknown_id).sum()) for ids in encoded]


def _unknown_id(tokenizer: Tokenizer) -> int:
    """Return the id of the unknown token, -1 for vocabularies of bytes, which have none and need none."""
    name = tokenizer.backend.id_to_token(tokenizer.unk_id) or ""
    return tokenizer.unk_id if "unk" in name.casefold() else -1


def _unknown_pieces(examples: Sequence[TextExample], tokenizer: Tokenizer) -> tuple[UnknownPiece, ...]:
    counts: Counter[str] = Counter()
    for example in examples:
        for text in (example.text, example.pair):
            if text is None:
                continue
            encoding = tokenizer.encode([text], max_length=_NO_LIMIT)[0]
            spans = encoding.offsets[encoding.input_ids == tokenizer.unk_id]
            counts.update(text[start:end] for start, end in spans.tolist())
    return tuple(UnknownPiece(text, count) for text, count in counts.most_common(MAX_LISTED))
