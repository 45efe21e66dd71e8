"""What a model says, one frozen dataclass per task: the same fields in Python, JSONL, HTTP and on the page."""

from __future__ import annotations

from malmoi.data.predictions.base import Bar, Mark, Piece, Prediction, pieces, short_number
from malmoi.data.predictions.dialogue import DialoguePrediction, SlotValue
from malmoi.data.predictions.extraction import AnswerCandidate, ExtractionPrediction, excerpt_place
from malmoi.data.predictions.language import (
    FillMaskPrediction,
    GeneratedText,
    NextSentencePrediction,
    SimilarityPrediction,
    TextBits,
)
from malmoi.data.predictions.parsing import ParsingPrediction
from malmoi.data.predictions.relation import Entity, RelationPrediction
from malmoi.data.predictions.tagging import TaggedSpan, TaggingPrediction
from malmoi.data.predictions.text import (
    ClassificationPrediction,
    DomainPrediction,
    MultiLabelPrediction,
    RegressionPrediction,
)
from malmoi.data.predictions.trees import ParsedWord

__all__ = [
    "AnswerCandidate",
    "Bar",
    "ClassificationPrediction",
    "DialoguePrediction",
    "DomainPrediction",
    "Entity",
    "ExtractionPrediction",
    "FillMaskPrediction",
    "GeneratedText",
    "Mark",
    "MultiLabelPrediction",
    "NextSentencePrediction",
    "ParsedWord",
    "ParsingPrediction",
    "Piece",
    "Prediction",
    "RegressionPrediction",
    "RelationPrediction",
    "SimilarityPrediction",
    "SlotValue",
    "TaggedSpan",
    "TaggingPrediction",
    "TextBits",
    "excerpt_place",
    "pieces",
    "short_number",
]
