"""What a token is: a word between spaces, a morpheme, a syllable, a letter, or a piece that was learned from counts.

책을 봤다  eojeol 책을 봤다 · morpheme 책 ⁺을 보 ⁺었 ⁺다 · syllable 책 을 ␠ 봤 다 · jamo ᄎ ᅢ ᆨ ᄋ ᅳ ᆯ ␠ …

Subwords: WordPiece (Schuster & Nakajima 2012), BPE (Sennrich et al. 2016), byte-level BPE (Radford et al. 2019), Unigram
(Kudo 2018); `morpheme-…` never crosses the border of a morpheme (Park et al. 2020, "An Empirical Study of Tokenization
Strategies for Various Korean NLP Tasks", who also keep the space as a token of syllables and jamo).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from tokenizers import Regex, Tokenizer, decoders, pre_tokenizers, processors

from malmoi.config import unknown_name
from malmoi.errors import ConfigError
from malmoi.tokenization.presplit import MARK, Split
from malmoi.tokenization.styles import Style

Model = Literal["words", "characters", "wordpiece", "bpe", "byte-bpe", "unigram"]


@dataclass(frozen=True)
class Unit:
    """One way to cut text: its model, what happens before it, the size of its vocabulary when none is asked for."""

    name: str
    about: tuple[str, str]
    model: Model
    vocab_size: int
    split: Split = "none"

    @property
    def is_plain(self) -> bool:
        """Whether plain `tokenizers` reads text as we do; else `tokenizer.json` needs `Presplit` before it."""
        return self.split == "none"

    @property
    def is_learned(self) -> bool:
        """Whether pieces are learned from an alphabet; else tokens are counted."""
        return self.model not in ("words", "characters")


UNITS: tuple[Unit, ...] = (
    Unit("eojeol", ("띄어쓰기 단위", "words between spaces"), "words", 32_000),
    Unit("morpheme", ("형태소 원형 (Kiwi)", "dictionary forms of morphemes (Kiwi)"), "words", 32_000, "forms"),
    Unit("syllable", ("음절과 빈칸", "syllables and spaces"), "characters", 12_000),
    Unit("jamo", ("자모와 빈칸", "letters (jamo) and spaces"), "characters", 1_000, "jamo"),
    Unit("wordpiece", ("WordPiece", "WordPiece"), "wordpiece", 32_000),
    Unit("bpe", ("BPE", "BPE"), "bpe", 32_000),
    Unit("byte-bpe", ("바이트 BPE", "byte-level BPE"), "byte-bpe", 32_000),
    Unit("unigram", ("Unigram", "Unigram"), "unigram", 32_000),
    Unit("morpheme-wordpiece", ("형태소 안의 WordPiece (Kiwi)", "WordPiece inside morphemes (Kiwi)"), "wordpiece", 32_000, "surface"),
    Unit("morpheme-bpe", ("형태소 안의 BPE (Kiwi)", "BPE inside morphemes (Kiwi)"), "bpe", 32_000, "surface"),
    Unit("morpheme-byte-bpe", ("형태소 안의 바이트 BPE (Kiwi)", "byte-level BPE inside morphemes (Kiwi)"), "byte-bpe", 32_000, "surface"),
    Unit("morpheme-unigram", ("형태소 안의 Unigram (Kiwi)", "Unigram inside morphemes (Kiwi)"), "unigram", 32_000, "surface"),
)  # fmt: skip


def find_unit(name: str) -> Unit:
    """Return the unit of this name; `ConfigError` naming the nearest when there is none.

    >>> find_unit("morpheme-wordpiece").split
    'surface'
    """
    for unit in UNITS:
        if unit.name == name:
            return unit
    raise ConfigError(unknown_name(f"unit={name}", name, [unit.name for unit in UNITS]))


def build_backend(unit: Unit, style: Style, model: Any, more_special: tuple[str, ...] = ()) -> Tokenizer:
    """Return a `tokenizers.Tokenizer` of a trained model: how text is cut before it, joined after it, and framed.

    `model` holds the style's tokens as its first ids; offsets leave out the space before a word.
    """
    backend = Tokenizer(model)
    backend.pre_tokenizer = _pre_tokenizer(unit)
    if (decoder := _decoder(unit)) is not None:
        backend.decoder = decoder
    frame: Any = style.post_processor()
    if unit.model == "byte-bpe":
        trim = processors.ByteLevel(trim_offsets=True)
        frame = processors.Sequence([trim, frame]) if frame else trim
    if frame is not None:
        backend.post_processor = frame
    backend.add_special_tokens([*style.tokens, *more_special])
    return backend


def _pre_tokenizer(unit: Unit) -> Any:
    marks = unit.split in ("surface", "forms")
    if unit.model == "characters":
        return pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    if unit.model in ("words", "wordpiece"):  # a mark begins the token that goes on inside a word
        split = pre_tokenizers.WhitespaceSplit() if unit.model == "words" else pre_tokenizers.BertPreTokenizer()
        return pre_tokenizers.Sequence([pre_tokenizers.Split(MARK, "merged_with_next"), split]) if marks else split
    cut = [pre_tokenizers.Split(MARK, "removed")] if marks else []
    if unit.model == "byte-bpe":
        return pre_tokenizers.Sequence([*cut, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    # What begins no word has no ▁, so the marks can go.
    metaspace = [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(split=False)]
    return pre_tokenizers.Sequence([*metaspace, *cut, pre_tokenizers.Punctuation("contiguous")])


def _decoder(unit: Unit) -> Any:
    """Return what joins pieces; None for words, which the library joins with spaces."""
    if unit.model == "wordpiece":
        return decoders.WordPiece(cleanup=True)
    return {
        "characters": decoders.Fuse(),
        "bpe": decoders.Metaspace(),
        "unigram": decoders.Metaspace(),
        "byte-bpe": decoders.ByteLevel(),
    }.get(unit.model)
