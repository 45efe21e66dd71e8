"""Text to token ids through one standard `tokenizer.json`; offsets point into the raw text.

The default normaliser (NFC, control characters) is part of the saved file, so plain Hugging Face code sees the same
ids. What a user types is text: a typed "<s>" never becomes a control token.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tokenizers

from malmoi.errors import ModelNotFound
from malmoi.io import read_json, write_json, write_text
from malmoi.messages import say

_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Encoding:
    """One tokenised text or pair; arrays of shape [length], offsets [length, 2] in raw characters.

    `sequence` is 0 for the text, 1 for the pair, -1 for special tokens. `truncated` says that tokens were cut off.
    """

    input_ids: np.ndarray
    type_ids: np.ndarray
    offsets: np.ndarray
    sequence: np.ndarray
    tokens: list[str]
    truncated: bool


class Tokenizer:
    """A fast tokenizer and the ids of its special tokens."""

    def __init__(self, backend: tokenizers.Tokenizer, settings: dict[str, object] | None = None) -> None:
        self._backend = backend
        self._backend.encode_special_tokens = True
        self._backend.no_padding()
        self.settings = dict(settings or {})
        self.pad_id = self._special_id("pad_token", ("<pad>", "[PAD]"))
        self.unk_id = self._special_id("unk_token", ("<unk>", "[UNK]"))
        self._limits: tuple[int, bool] | None = None

    @classmethod
    def load(cls, folder: Path) -> Tokenizer:
        """Read `tokenizer.json` of a model folder; raise `ModelNotFound` if there is none."""
        file = Path(folder) / "tokenizer.json"
        if not file.is_file():
            raise ModelNotFound(say(f"{folder} 에 tokenizer.json 이 없습니다.", f"{folder} has no tokenizer.json."))
        settings_file = Path(folder) / "tokenizer_config.json"
        settings = read_json(settings_file) if settings_file.is_file() else {}
        return cls(tokenizers.Tokenizer.from_file(str(file)), settings)

    def save(self, folder: Path) -> None:
        """Write `tokenizer.json` and `tokenizer_config.json`."""
        self._backend.no_truncation()
        self._limits = None
        write_text(Path(folder) / "tokenizer.json", self._backend.to_str(pretty=False))
        write_json(Path(folder) / "tokenizer_config.json", self.settings)

    @property
    def vocab_size(self) -> int:
        """Number of pieces, added tokens included."""
        return self._backend.get_vocab_size(with_added_tokens=True)

    @property
    def backend(self) -> tokenizers.Tokenizer:
        """The `tokenizers.Tokenizer` underneath."""
        return self._backend

    def encode_ids(
        self, texts: Sequence[str], pairs: Sequence[str] | None = None, max_length: int = 512
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return `(input_ids, type_ids)` of each text or pair, special tokens included, at most `max_length` tokens."""
        encodings = self._encode(texts, pairs, max_length, fast=True)
        return [(np.array(e.ids, dtype=np.int32), np.array(e.type_ids, dtype=np.int8)) for e in encodings]

    def encode(
        self, texts: Sequence[str], pairs: Sequence[str] | None = None, max_length: int = 512
    ) -> list[Encoding]:
        """Return full encodings with raw offsets."""
        return [
            Encoding(
                input_ids=np.array(e.ids, dtype=np.int32),
                type_ids=np.array(e.type_ids, dtype=np.int8),
                offsets=np.array(e.offsets, dtype=np.int32).reshape(-1, 2),
                sequence=np.array([-1 if s is None else s for s in e.sequence_ids], dtype=np.int8),
                tokens=e.tokens,
                truncated=bool(e.overflowing),
            )
            for e in self._encode(texts, pairs, max_length, fast=False)
        ]

    def count_tokens(self, texts: Sequence[str], max_length: int = 1 << 20) -> np.ndarray:
        """Return the number of tokens of each text, special tokens included."""
        return np.array([len(ids) for ids, _ in self.encode_ids(texts, max_length=max_length)], dtype=np.int64)

    def _encode(
        self, texts: Sequence[str], pairs: Sequence[str] | None, max_length: int, fast: bool
    ) -> list[tokenizers.Encoding]:
        if self._limits != (max_length, fast):
            self._backend.enable_truncation(max_length, strategy="longest_first")
            self._limits = (max_length, fast)
        clean = [_encodable(text) for text in texts]
        inputs = clean if pairs is None else list(zip(clean, map(_encodable, pairs), strict=True))
        run = self._backend.encode_batch_fast if fast else self._backend.encode_batch
        return run(inputs)

    def _special_id(self, name: str, usual: tuple[str, ...]) -> int:
        wished = self.settings.get(name)
        wished = wished.get("content") if isinstance(wished, dict) else wished
        for token in (wished, *usual):
            if token is not None and (number := self._backend.token_to_id(str(token))) is not None:
                return number
        return 0


def _encodable(text: str) -> str:
    """Replace lone surrogates, which no tokenizer accepts, one by one with U+FFFD."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)
