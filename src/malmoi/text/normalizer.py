"""The default normaliser: only what a `tokenizer.json` can express, so that plain Hugging Face code sees the same text.

In this order, so that the result is NFC and normalising twice changes nothing:
lone surrogates → control characters → fullwidth ASCII (opt-in) → NFC. Never NFKC, which turns ㅋ into ᄏ.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from malmoi.config import unknown_name
from malmoi.errors import ConfigError
from malmoi.text.aligned import AlignedText
from malmoi.text.nfc import nfc, nfc_aligned
from malmoi.text.unicode import (
    CONTROL_REMOVED,
    CONTROL_SEPARATORS,
    FULLWIDTH_TO_ASCII,
    fullwidth_to_ascii,
    remove_controls,
    remove_controls_aligned,
    replace_surrogates,
)

if TYPE_CHECKING:
    import tokenizers.normalizers

Form = Literal["NFC", "none"]


@dataclass(frozen=True)
class NormalizerConfig:
    """What the normaliser does; `ConfigError` for an unknown form.

    >>> NormalizerConfig()
    NormalizerConfig(form='NFC', remove_controls=True, fullwidth=False)
    """

    form: Form = "NFC"
    remove_controls: bool = True
    fullwidth: bool = False

    def __post_init__(self) -> None:
        if self.form not in get_args(Form):
            raise ConfigError(unknown_name(f"form={self.form}", str(self.form), list(get_args(Form))))


@dataclass(frozen=True)
class Normalizer:
    """Text in, the text the model sees out, with (`__call__`) or without (`normalize`) the map to raw characters.

    >>> aligned = Normalizer()("\\u1109\\u1169\\u11ab흥민\\x00은")
    >>> aligned.text, aligned.raw_span(0, 3)
    ('손흥민은', (0, 5))
    """

    config: NormalizerConfig = NormalizerConfig()

    def __call__(self, text: str) -> AlignedText:
        """Return `text` normalised, with the raw span of every character; linear time."""
        if self.normalize(text) == text:  # every step leaves it alone, so the map is the identity
            return AlignedText(text, text)
        aligned = AlignedText(text, replace_surrogates(text))
        if self.config.remove_controls:
            aligned = aligned.then(remove_controls_aligned)
        if self.config.fullwidth:
            aligned = aligned.then(lambda wide: AlignedText(wide, fullwidth_to_ascii(wide)))
        return aligned.then(nfc_aligned) if self.config.form == "NFC" else aligned

    def normalize(self, text: str) -> str:
        """Return `self(text).text` without building the map.

        >>> Normalizer(NormalizerConfig(fullwidth=True)).normalize("ＫＢＳ 뉴스")
        'KBS 뉴스'
        """
        if text.isprintable() and not self.config.fullwidth and unicodedata.is_normalized("NFC", text):
            return text  # no control, no surrogate, nothing to compose: two quick scans
        text = replace_surrogates(text)
        if self.config.remove_controls:
            text = remove_controls(text)
        if self.config.fullwidth:
            text = fullwidth_to_ascii(text)
        return nfc(text) if self.config.form == "NFC" else text

    def to_tokenizers(self) -> tokenizers.normalizers.Normalizer:
        """Return the same normaliser for a `tokenizer.json`.

        Two limits of the library: it refuses lone surrogates, and its Unicode tables are older than Python's, so
        about 50 combining marks added after Unicode 11 (none of them Korean) keep the order they were typed in.
        """
        from tokenizers import Regex, normalizers

        steps: list[normalizers.Normalizer] = []
        if self.config.remove_controls:
            steps += [
                normalizers.Replace(Regex(CONTROL_SEPARATORS), " "),
                normalizers.Replace(Regex(CONTROL_REMOVED), ""),
            ]
        if self.config.fullwidth:
            steps += [normalizers.Replace(chr(wide), chr(ascii)) for wide, ascii in FULLWIDTH_TO_ASCII.items()]
        if self.config.form == "NFC":
            steps.append(normalizers.NFC())
        return normalizers.Sequence(steps)
