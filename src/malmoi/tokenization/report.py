"""What a tokenizer makes of a text, side by side: raw → normalised → morphemes → pieces → ids."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

from malmoi.config import to_dict
from malmoi.text.aligned import AlignedText
from malmoi.text.kiwi import morphemes_of
from malmoi.tokenization.tokenizer import Encoding, Tokenizer

_NO_LIMIT = 1 << 20
_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class Piece:
    """A piece as the vocabulary has it, as people read it, its id, and its raw characters `start:end`."""

    piece: str
    shown: str
    id: int
    start: int
    end: int
    is_unknown: bool


@dataclass(frozen=True)
class Word:
    """A raw word (between spaces) with what stands for it; special tokens and lone spaces are words without raw text."""

    raw: str
    normalised: str
    morphemes: tuple[str, ...]
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class TokenReport:
    """The words of a text, as JSON has them."""

    text: str
    words: tuple[Word, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form: text, words."""
        return {"text": self.text, "words": [to_dict(word) for word in self.words]}


def explain(tokenizer: Tokenizer, text: str, *, morphemes: bool = True) -> tuple[Word, ...]:
    """Return the words of a text with their normalised form, morphemes ("보/VV", by Kiwi, if wanted) and pieces.

    A piece belongs to the word it begins in, a space to the word behind it.

    >>> from malmoi.tokenization.trainers import TrainerConfig, train_tokenizer
    >>> tokenizer = train_tokenizer(["책을 봤다"], TrainerConfig("syllable", min_frequency=1))
    >>> for word in explain(tokenizer, "책을 봤다"):
    ...     print(word.raw, word.morphemes, [piece.shown for piece in word.pieces])
     () ['[CLS]']
    책을 ('책/NNG', '을/JKO') ['책', '을']
    봤다 ('보/VV', '었/EP', '다/EF') ['␠', '봤', '다']
     () ['[SEP]']
    """
    aligned = tokenizer.cleaner(text)
    (encoding,) = tokenizer.encode([text], max_length=_NO_LIMIT)
    pieces = _pieces(tokenizer, encoding)
    inside = [piece for piece, sequence in zip(pieces, encoding.sequence, strict=True) if sequence >= 0]
    first = next((i for i, sequence in enumerate(encoding.sequence) if sequence >= 0), len(pieces))
    return (
        *_frame(pieces[:first]),
        *_words(aligned, inside, _morphemes(aligned) if morphemes else []),
        *_frame(pieces[first + len(inside) :]),
    )


def _frame(special: list[Piece]) -> list[Word]:
    return [Word("", "", (), (piece,)) for piece in special]


def _pieces(tokenizer: Tokenizer, encoding: Encoding) -> list[Piece]:
    rows = zip(encoding.tokens, encoding.input_ids.tolist(), encoding.offsets.tolist(), strict=True)
    return [
        Piece(piece, _shown(tokenizer, piece, number), number, start, end, number == tokenizer.unk_id)
        for piece, number, (start, end) in rows
    ]


def _shown(tokenizer: Tokenizer, piece: str, number: int) -> str:
    """Return a piece as people read it: bytes as text where they are some, spaces visible."""
    decoder = tokenizer.backend.decoder
    is_bytes = decoder is not None and "ByteLevel" in repr(decoder)
    text = decoder.decode([piece]) if is_bytes and decoder is not None else piece
    return text.replace(" ", "␠").replace("\n", "␊")


def _morphemes(aligned: AlignedText) -> list[tuple[int, str]]:
    """Return the raw place and "form/TAG" of every morpheme of the normalised text."""
    return [(aligned.raw_span(m.start, m.end)[0], f"{m.form}/{m.tag}") for m in morphemes_of(aligned.text)]


def _words(aligned: AlignedText, pieces: list[Piece], morphemes: list[tuple[int, str]]) -> list[Word]:
    spans = [match.span() for match in _WORD.finditer(aligned.raw)]
    if not spans:
        return [Word(aligned.raw, aligned.text, (), tuple(pieces))] if pieces else []
    ends = [end for _, end in spans]
    own_pieces: list[list[Piece]] = [[] for _ in spans]
    own_morphemes: list[list[str]] = [[] for _ in spans]
    for piece in pieces:
        own_pieces[_place(piece.start, ends)].append(piece)
    for start, morpheme in morphemes:
        own_morphemes[_place(start, ends)].append(morpheme)
    return [
        Word(
            aligned.raw[start:end],
            aligned.text[slice(*aligned.text_span(start, end))],
            tuple(own_morphemes[i]),
            tuple(own_pieces[i]),
        )
        for i, (start, end) in enumerate(spans)
    ]


def _place(start: int, ends: list[int]) -> int:
    """Return the number of the word that a raw place lies in or before; space behind the last belongs to the last."""
    return min(bisect_right(ends, start), len(ends) - 1)
