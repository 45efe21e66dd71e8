"""What the pieces of a vocabulary stand for, however a tokenizer marks where words begin: "##화", "▁영화", "Ġ…"."""

from __future__ import annotations

from dataclasses import dataclass

from malmoi.tokenization.tokenizer import Tokenizer

_INSIDE = "##"
_SPACE_MARKS = ("▁", "Ġ")  # what SentencePiece and byte-level tokenizers write at the beginning of a word


@dataclass(frozen=True)
class SpelledPiece:
    """A piece as text, and whether a word begins with it; a mark alone has no text."""

    text: str
    begins_word: bool


def spelled_pieces(tokenizer: Tokenizer) -> list[SpelledPiece]:
    """Return what each id of a vocabulary stands for, in order.

    "##" goes on inside a word, "▁" begins one, and so does a piece that is a space (syllables).

    >>> from malmoi.tokenization.trainers import TrainerConfig, train_tokenizer
    >>> tokenizer = train_tokenizer(["영화"] * 2, TrainerConfig("wordpiece", vocab_size=9, allow_smaller=True))
    >>> [piece for piece in spelled_pieces(tokenizer) if piece.text == "화"][-1]
    SpelledPiece(text='화', begins_word=False)
    """
    names = [tokenizer.backend.id_to_token(i) or "" for i in range(tokenizer.vocab_size)]
    texts = [tokenizer.decode([i]).removeprefix(_INSIDE).strip() for i in range(len(names))]
    if any(name.startswith(_INSIDE) for name in names):
        begins = [not name.startswith(_INSIDE) for name in names]
    else:
        begins = [name.startswith(_SPACE_MARKS) or name.isspace() for name in names]
    return [SpelledPiece(text, begins_word) for text, begins_word in zip(texts, begins, strict=True)]
