"""malmoi (말모이): Korean from raw text to a model that answers.

    import malmoi
    malmoi.train(data="리뷰.csv", out="runs/reviews")
    malmoi.load("runs/reviews")("이 영화 정말 재밌어요").label      # "긍정"

Names are loaded when they are first used: `import malmoi` needs neither torch nor time.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from malmoi.api import evaluate, export, pretrain, train, train_several
    from malmoi.data.corpora import CORPORA
    from malmoi.data.examples import (
        AnswerExample,
        Dataset,
        DialogueExample,
        RelationExample,
        Span,
        SpanExample,
        TextExample,
        TreeExample,
        Turn,
        Word,
    )
    from malmoi.data.predictions import (
        AnswerCandidate,
        ClassificationPrediction,
        DialoguePrediction,
        ExtractionPrediction,
        MultiLabelPrediction,
        ParsedWord,
        ParsingPrediction,
        RegressionPrediction,
        RelationPrediction,
        TaggedSpan,
        TaggingPrediction,
    )
    from malmoi.data.readers import read_dataset
    from malmoi.errors import (
        ArtifactError,
        ConfigError,
        DataError,
        DiskError,
        InputError,
        Interrupted,
        MalmoiError,
        MissingExtra,
        ModelNotFound,
        NonFiniteLoss,
        TrainingError,
    )
    from malmoi.evaluation.evaluate import Evaluation
    from malmoi.inference.bits import BitsPerChar
    from malmoi.inference.fill_mask import FillMask
    from malmoi.inference.generate import Generator
    from malmoi.inference.next_sentence import NextSentence
    from malmoi.inference.predictor import Predictor, load
    from malmoi.inference.similarity import Similarity
    from malmoi.messages import set_language
    from malmoi.metrics.scores import Score
    from malmoi.models.decoding import Decoding
    from malmoi.recipes import RECIPES
    from malmoi.tasks import TASKS
    from malmoi.text.cleaning import clean_text
    from malmoi.text.sentences import split_sentences
    from malmoi.tokenization.tokenizer import Tokenizer
    from malmoi.tokenization.trainers import TrainerConfig, train_tokenizer
    from malmoi.training.recipe import Recipe
    from malmoi.training.result import FitResult

__version__ = "0.1.0"

_HOMES = {
    "malmoi.api": ("evaluate", "export", "pretrain", "train", "train_several"),
    "malmoi.data.corpora": ("CORPORA",),
    "malmoi.data.examples": (
        "AnswerExample",
        "Dataset",
        "DialogueExample",
        "RelationExample",
        "Span",
        "SpanExample",
        "TextExample",
        "TreeExample",
        "Turn",
        "Word",
    ),
    "malmoi.data.predictions": (
        "AnswerCandidate",
        "ClassificationPrediction",
        "DialoguePrediction",
        "ExtractionPrediction",
        "MultiLabelPrediction",
        "ParsedWord",
        "ParsingPrediction",
        "RegressionPrediction",
        "RelationPrediction",
        "TaggedSpan",
        "TaggingPrediction",
    ),
    "malmoi.data.readers": ("read_dataset",),
    "malmoi.errors": (
        "ArtifactError",
        "ConfigError",
        "DataError",
        "DiskError",
        "InputError",
        "Interrupted",
        "MalmoiError",
        "MissingExtra",
        "ModelNotFound",
        "NonFiniteLoss",
        "TrainingError",
    ),
    "malmoi.evaluation.evaluate": ("Evaluation",),
    "malmoi.inference.bits": ("BitsPerChar",),
    "malmoi.inference.fill_mask": ("FillMask",),
    "malmoi.inference.generate": ("Generator",),
    "malmoi.inference.next_sentence": ("NextSentence",),
    "malmoi.inference.predictor": ("Predictor", "load"),
    "malmoi.inference.similarity": ("Similarity",),
    "malmoi.messages": ("set_language",),
    "malmoi.metrics.scores": ("Score",),
    "malmoi.models.decoding": ("Decoding",),
    "malmoi.recipes": ("RECIPES",),
    "malmoi.tasks": ("TASKS",),
    "malmoi.text.cleaning": ("clean_text",),
    "malmoi.text.sentences": ("split_sentences",),
    "malmoi.tokenization.tokenizer": ("Tokenizer",),
    "malmoi.tokenization.trainers": ("TrainerConfig", "train_tokenizer"),
    "malmoi.training.result": ("FitResult",),
    "malmoi.training.recipe": ("Recipe",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "AnswerCandidate",
    "AnswerExample",
    "ArtifactError",
    "BitsPerChar",
    "CORPORA",
    "ClassificationPrediction",
    "ConfigError",
    "DataError",
    "Dataset",
    "Decoding",
    "DialogueExample",
    "DialoguePrediction",
    "DiskError",
    "Evaluation",
    "ExtractionPrediction",
    "FillMask",
    "FitResult",
    "Generator",
    "InputError",
    "Interrupted",
    "MalmoiError",
    "MissingExtra",
    "ModelNotFound",
    "MultiLabelPrediction",
    "NextSentence",
    "NonFiniteLoss",
    "ParsedWord",
    "ParsingPrediction",
    "Predictor",
    "RECIPES",
    "Recipe",
    "RegressionPrediction",
    "RelationExample",
    "RelationPrediction",
    "Score",
    "Similarity",
    "Span",
    "SpanExample",
    "TASKS",
    "TaggedSpan",
    "TaggingPrediction",
    "TextExample",
    "Tokenizer",
    "TrainerConfig",
    "TrainingError",
    "TreeExample",
    "Turn",
    "Word",
    "clean_text",
    "evaluate",
    "export",
    "load",
    "pretrain",
    "read_dataset",
    "set_language",
    "split_sentences",
    "train",
    "train_several",
    "train_tokenizer",
]


def __getattr__(name: str) -> Any:
    """Load a public name from the module it lives in (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'malmoi' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
