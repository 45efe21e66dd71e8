"""Text without a model: normalisation that remembers raw offsets, jamo, particles."""

from malmoi.text.aligned import AlignedText
from malmoi.text.normalizer import Normalizer, NormalizerConfig

__all__ = ["AlignedText", "Normalizer", "NormalizerConfig"]
