"""Text to token ids through one standard `tokenizer.json`; offsets point into the raw text.

The default normaliser (NFC, control characters) is part of the saved file, so plain Hugging Face code sees the same
ids. In here it runs before the backend, which ends the spans of decomposed text too early. Cleaning steps (`cleaned_by`) run in
the same place; they belong to a task and are not part of the file. A unit that no `tokenizer.json` can express (morphemes, jamo)
is prepared behind them (`Presplit`), as `tokenizer_config.json` says under "malmoi". What a user types is text: a typed "<s>"
never becomes a control token.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tokenizers

from malmoi.errors import ConfigError, MissingExtra, ModelNotFound
from malmoi.io import read_json, write_json, write_text
from malmoi.messages import say
from malmoi.text.aligned import AlignedText
from malmoi.text.cleaning import Cleaner, Spelling, parse_steps
from malmoi.text.josa import attach
from malmoi.text.normalizer import Normalizer
from malmoi.tokenization.pieces import PairTemplate, Pieces
from malmoi.tokenization.presplit import Presplit
from malmoi.tokenization.styles import STYLES, Role

SETTINGS_KEY = "malmoi"  # our own entry of tokenizer_config.json


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
        self.cleaner = Cleaner()
        _take_default_off(self._backend, self.cleaner.normalizer)
        self.settings = dict(settings or {}) | {"split_special_tokens": True}
        self.presplit = self._find_presplit()
        self.pad_id = self._special_id("pad_token", ("<pad>", "[PAD]"))
        self.unk_id = self._special_id("unk_token", ("<unk>", "[UNK]"))
        self._is_control = self._find_control()

    def cleaned_by(self, steps: Spelling) -> Tokenizer:
        """Return this tokenizer with these cleaning steps before it, in place of those it had; the backend is shared."""
        cleaned = copy.copy(self)
        cleaned.cleaner = Cleaner(parse_steps(steps))
        return cleaned

    @classmethod
    def load(cls, folder: Path) -> Tokenizer:
        """Read `tokenizer.json` of a model folder; raise `ModelNotFound` if there is none."""
        file = Path(folder) / "tokenizer.json"
        if not file.is_file():
            raise ModelNotFound(say(f"{folder} 에 tokenizer.json 이 없습니다.", f"{folder} has no tokenizer.json."))
        settings_file = Path(folder) / "tokenizer_config.json"
        try:
            settings = read_json(settings_file) if settings_file.is_file() else {}
            return cls(tokenizers.Tokenizer.from_file(str(file)), settings)
        except MissingExtra:
            raise
        except Exception as error:  # the tokenizers library raises bare `Exception` for a file it cannot read
            reason = str(error)[:200]
            raise ModelNotFound(
                say(
                    f"{folder} 의 토크나이저를 읽을 수 없습니다: {reason}",
                    f"cannot read the tokenizer in {folder}: {reason}",
                )
            ) from error

    def save(self, folder: Path, *, token_types: bool = True) -> None:
        """Write `tokenizer.json`, the default normaliser in front of its own, and `tokenizer_config.json`.

        `token_types` says whether the model knows more than one; plain Hugging Face code then passes them on.
        """
        self._backend.no_truncation()
        own, default = self._backend.normalizer, self.cleaner.normalizer.to_tokenizers()
        self._backend.normalizer = tokenizers.normalizers.Sequence([default, own] if own else [default])
        try:
            write_text(Path(folder) / "tokenizer.json", self._backend.to_str(pretty=False))
        finally:
            self._backend.normalizer = own  # type: ignore[assignment]
        inputs = ["input_ids", "token_type_ids", "attention_mask"] if token_types else ["input_ids", "attention_mask"]
        write_json(Path(folder) / "tokenizer_config.json", self.settings | {"model_input_names": inputs})

    @property
    def vocab_size(self) -> int:
        """Number of pieces, added tokens included."""
        return self._backend.get_vocab_size(with_added_tokens=True)

    @property
    def backend(self) -> tokenizers.Tokenizer:
        """The `tokenizers.Tokenizer` underneath, without the default normaliser, which `Tokenizer` applies itself."""
        return self._backend

    @property
    def own_settings(self) -> dict[str, Any]:
        """What `tokenizer_config.json` holds for malmoi alone: unit, split, how it was trained; {} for others' tokenizers."""
        return dict(self.settings.get(SETTINGS_KEY) or {})  # type: ignore[call-overload]

    def fingerprint(self) -> str:
        """Return the sha256 of what decides the ids, cleaning steps aside."""
        self._backend.no_truncation()
        facts = [self._backend.to_str(), self.presplit.split, list(self.presplit.protected)]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()

    def encode_ids(
        self, texts: Sequence[str], pairs: Sequence[str] | None = None, max_length: int = 512
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return `(input_ids, type_ids)` of each text or pair, special tokens included, at most `max_length` tokens."""
        first = [self._prepared(text) for text in texts]
        second = None if pairs is None else [self._prepared(text) for text in pairs]
        encodings = self._encode(first, second, max_length, fast=True)
        if not encodings:
            return []
        ids = [np.array(e.ids, dtype=np.int32) for e in encodings]
        num_control = np.add.reduceat(
            self._is_control[np.concatenate(ids)], np.cumsum([0, *map(len, ids[:-1])]), dtype=int
        )
        expected = self._backend.num_special_tokens_to_add(pairs is not None)
        for row in np.flatnonzero(num_control != expected):  # rare, and only with tokenizers that match typed "<s>"
            ids[row] = self._without_typed_control(ids[row], encodings[row])
        return [(row, np.array(e.type_ids, dtype=np.int8)) for row, e in zip(ids, encodings, strict=True)]

    def encode(self, texts: Sequence[str], pairs: Sequence[str] | None = None, max_length: int = 512) -> list[Encoding]:
        """Return full encodings with raw offsets."""
        first = [self.cleaner(text).then(self.presplit) for text in texts]
        second = None if pairs is None else [self.cleaner(text).then(self.presplit) for text in pairs]
        second_texts = None if second is None else [aligned.text for aligned in second]
        encodings = self._encode([aligned.text for aligned in first], second_texts, max_length, fast=False)
        return [
            Encoding(
                input_ids=self._without_typed_control(np.array(e.ids, dtype=np.int32), e),
                type_ids=np.array(e.type_ids, dtype=np.int8),
                offsets=_raw_offsets(e, first[i], second[i] if second else None),
                sequence=np.array([-1 if s is None else s for s in e.sequence_ids], dtype=np.int8),
                tokens=e.tokens,
                truncated=bool(e.overflowing),
            )
            for i, e in enumerate(encodings)
        ]

    def pieces(self, texts: Sequence[str]) -> list[Pieces]:
        """Return the pieces of texts of any length, without special tokens, with raw offsets."""
        aligned = [self.cleaner(text).then(self.presplit) for text in texts]
        self._backend.no_truncation()
        encodings = self._backend.encode_batch([text.text for text in aligned], add_special_tokens=False)
        return [
            Pieces(self._without_typed_control(np.array(e.ids, dtype=np.int32), e), _raw_offsets(e, text, None))
            for e, text in zip(encodings, aligned, strict=True)
        ]

    def pair_template(self) -> PairTemplate:
        """Return what stands around the two texts of a pair."""
        self._backend.no_truncation()
        return PairTemplate.of(self._backend)

    def encode_plain(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return the ids of texts of any length, int32, without special tokens: what a corpus store holds."""
        self._backend.no_truncation()
        encodings = self._backend.encode_batch_fast([self._prepared(text) for text in texts], add_special_tokens=False)
        return [self._without_typed_control(np.array(e.ids, dtype=np.int32), e) for e in encodings]

    def decode(self, ids: Sequence[int] | np.ndarray) -> str:
        """Return the text of ids without their special tokens: syllables, jamo and bytes give the very text (in NFC) back."""
        kept = [int(i) for i in ids if not self._is_control[i]]
        return self.presplit.undo(self._backend.decode(kept, skip_special_tokens=False))

    def token_id(self, role: Role) -> int | None:
        """Return the id of the token of a role ("mask_token", "eos_token" …), None when the tokenizer has none."""
        token = _content(self.settings.get(role))
        return None if token is None else self._backend.token_to_id(token)

    def needed_id(self, role: Role, where: str) -> int:
        """Return the id of the token of a role; `ConfigError` that names `where` (a folder or model) when there is none."""
        found = self.token_id(role)
        if found is None:
            styles = "|".join(style.name for style in STYLES if style.token(role))
            raise ConfigError(
                say(
                    f"{where}: 토크나이저에 {attach(role, '이/가')} 없습니다. 있는 것을 쓰거나 만드세요: malmoi tokenizer train --style {styles}",
                    f"{where}: its tokenizer has no {role}. Use one that has, or make it with malmoi tokenizer train --style {styles}.",
                )
            )
        return found

    def extended(self, tokens: Sequence[str], special: Sequence[str] = ()) -> Tokenizer:
        """Return this tokenizer with new tokens behind its vocabulary; those it has are passed over.

        `tokens` are found in text, whole; `special` ones never are: programs put them in by id. Raises `ConfigError` for
        a token that is empty or has space at its ends. A model needs as many more rows (`malmoi.models.vocabulary`).
        """
        for token in (*tokens, *special):
            if not token or token != token.strip():
                raise ConfigError(
                    say(f"토큰 {token!r}: 비었거나 끝에 빈칸이 있습니다.", f"token {token!r} is empty or has space at its ends.")
                )  # fmt: skip
        backend = tokenizers.Tokenizer.from_str(self._backend.to_str())
        found = tuple(dict.fromkeys(self.cleaner.normalizer.normalize(token) for token in tokens))
        before = self.presplit.apply if self.presplit.split == "jamo" else str
        backend.add_tokens([tokenizers.AddedToken(before(token), normalized=False) for token in found])
        backend.add_special_tokens(list(special))
        own = self.own_settings
        own["added_tokens"] = list(dict.fromkeys((*own.get("added_tokens", ()), *found)))
        return Tokenizer(backend, self.settings | {SETTINGS_KEY: own}).cleaned_by(self.cleaner.steps)

    def _prepared(self, text: str) -> str:
        return self.presplit.apply(self.cleaner.clean(text))

    def _find_presplit(self) -> Presplit:
        own = self.own_settings
        return Presplit(own.get("split", "none"), tuple(own.get("added_tokens", ())))

    def _find_control(self) -> np.ndarray:
        """Return which ids are control tokens, bool [vocab_size]."""
        special = [i for i, token in self._backend.get_added_tokens_decoder().items() if token.special]
        is_control = np.zeros(self.vocab_size, dtype=bool)
        is_control[special] = True
        is_control[self.unk_id] = False
        return is_control

    def _encode(
        self, texts: Sequence[str], pairs: Sequence[str] | None, max_length: int, fast: bool
    ) -> list[tokenizers.Encoding]:
        wished = {"max_length": max_length, "stride": 0, "strategy": "longest_first", "direction": "right"}
        if self._backend.truncation != wished:
            self._backend.enable_truncation(max_length, strategy="longest_first")
        inputs = list(texts) if pairs is None else list(zip(texts, pairs, strict=True))
        run = self._backend.encode_batch_fast if fast else self._backend.encode_batch
        return run(inputs)

    def _without_typed_control(self, ids: np.ndarray, encoding: tokenizers.Encoding) -> np.ndarray:
        """Put the unknown token in place of control tokens that stand for typed text."""
        typed = self._is_control[ids] & (np.array(encoding.special_tokens_mask) == 0)
        return np.where(typed, np.int32(self.unk_id), ids)

    def _special_id(self, name: str, usual: tuple[str, ...]) -> int:
        for token in (_content(self.settings.get(name)), *usual):
            if token is not None and (number := self._backend.token_to_id(token)) is not None:
                return number
        return 0


def _content(token: object) -> str | None:
    """Return a special token as `tokenizer_config.json` may have it, a string or an object."""
    token = token.get("content") if isinstance(token, dict) else token
    return None if token is None else str(token)


def _take_default_off(backend: tokenizers.Tokenizer, default: Normalizer) -> None:
    """Leave a backend its own normaliser only: `save` puts the default in front of it, once."""
    if backend.normalizer is None:
        return
    steps = json.loads(backend.normalizer.__getstate__()).get("normalizers", [])  # the library flattens sequences
    ours = json.loads(default.to_tokenizers().__getstate__())["normalizers"]
    if steps[: len(ours)] == ours:
        rest = [backend.normalizer[i] for i in range(len(ours), len(steps))]
        backend.normalizer = tokenizers.normalizers.Sequence(rest) if rest else None  # type: ignore[assignment,index]


def _raw_offsets(encoding: tokenizers.Encoding, text: AlignedText, pair: AlignedText | None) -> np.ndarray:
    """Return the offsets of an encoding `[length, 2]` in raw characters."""
    offsets = encoding.offsets
    for sequence, aligned in ((0, text), (1, pair)):
        if aligned is not None and aligned.starts is not None:
            offsets = [
                aligned.raw_span(*offset) if s == sequence else offset
                for offset, s in zip(offsets, encoding.sequence_ids, strict=True)
            ]
    return np.array(offsets, dtype=np.int32).reshape(-1, 2)
