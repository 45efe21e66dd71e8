"""Classification of a text or a pair of texts: sentiment, topic, inference, paraphrase.

One real instance: `TextExample("아 더빙.. 진짜 짜증나네요 목소리", label="부정")`
→ ids `<s> ▁아 ▁더 빙 .. ▁진짜 … </s>` → logits [2] → `ClassificationPrediction(label="부정", score=0.98, …)`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from malmoi.config import unknown_name
from malmoi.data.examples import TextExample
from malmoi.data.features import Batch, Features, pad
from malmoi.data.labels import LabelMap, LabelName
from malmoi.data.predictions import ClassificationPrediction
from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.metrics.analysis import Analysis, Baseline
from malmoi.metrics.calibration import reliability_bins, softmax
from malmoi.metrics.classification import (
    accuracy,
    class_rows,
    classification_scores,
    confusion_matrix,
    macro_f1,
    majority_difference,
    majority_scores,
)
from malmoi.metrics.scores import Scores, Statistic
from malmoi.metrics.slices import length_slices, worst_errors
from malmoi.tasks.base import Window
from malmoi.tasks.classification.rejection import Domain, EveryText, best_threshold
from malmoi.tasks.settings import check_share, refuse_learned
from malmoi.tasks.text_task import LabelConfig, LabelTask, complete_labels


@dataclass(frozen=True)
class ClassificationConfig(LabelConfig):
    """A `LabelConfig` with how to train and what to choose on.

    `main_score` chooses the checkpoint: macro F1 where rare classes count as much as frequent ones.
    `class_weights` make an error on a rare class cost more: "balanced" (n / (classes × n of the class), learned from the
    training data; King & Zeng 2001) or a weight for some labels, the others having 1.
    `reject` turns texts down whose largest probability stays below `threshold`, which is chosen on dev by the texts labelled
    `outside` there (by default any of `malmoi.tasks.classification.rejection.USUAL_LABELS`).
    """

    main_score: Literal["accuracy", "macro_f1"] = "accuracy"
    label_smoothing: float = 0.0
    class_weights: Literal["none", "balanced"] | dict[str, float] = "none"
    reject: bool = False
    outside: str = ""
    threshold: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_share("label_smoothing", self.label_smoothing)
        if self.outside and not self.reject:
            raise ConfigError(
                say(
                    f"outside={self.outside}: reject 와 함께 씁니다. --set task.reject=true",
                    f"outside={self.outside} goes with reject: --set task.reject=true",
                )
            )
        weights = self.class_weights if isinstance(self.class_weights, dict) else {}
        for label, weight in weights.items():
            if not 0 < weight < math.inf:
                raise ConfigError(
                    say(
                        f"class_weights.{label} {weight:g}: 0보다 커야 합니다.",
                        f"class_weights.{label} {weight:g} must be above 0.",
                    )
                )

    @property
    def domain(self) -> EveryText:
        """The texts that are answered."""
        return Domain(self.outside, self.threshold) if self.reject else EveryText()


@dataclass(frozen=True, slots=True)
class ClassificationFeatures(Features):
    """A window with its label id, -1 when the label is not known."""

    label_id: int = -1


@dataclass(frozen=True, slots=True)
class ClassificationBatch(Batch):
    """A batch with `label_ids` int64 [batch]."""

    label_ids: np.ndarray


class Classification(LabelTask):
    """One label for each text or pair."""

    name = "classification"
    config_class = ClassificationConfig
    main_score = "accuracy"

    def __init__(self, config: ClassificationConfig, tokenizer: Any) -> None:
        super().__init__(config, tokenizer)
        self._domain = config.domain
        self.main_score = self._domain.main_score or config.main_score
        self._said = (*self.label_names, *self._domain.refusal)  # what is said of a text; of a foreign one, the last
        self._english = {**self._labels.english, **self._domain.refusal}
        if isinstance(config.class_weights, dict) and config.labels:
            for label in config.class_weights:
                if self.label_id(label) < 0:
                    raise ConfigError(unknown_name(f"class_weights.{label}", label, list(self._labels.known)))

    @classmethod
    def configure(
        cls,
        config: ClassificationConfig,
        examples: Sequence[TextExample],
        label_names: Mapping[str, LabelName] = MappingProxyType({}),
    ) -> ClassificationConfig:
        """Return `config` with what the training examples say; raise `ConfigError` for a temperature or a threshold."""
        refuse_learned(threshold=config.threshold != 0.0)
        known = config.domain.known(examples)
        examples = [example for example, is_known in zip(examples, known, strict=True) if is_known]
        config = complete_labels(config, examples, label_names)
        if config.class_weights == "balanced":
            config = replace(config, class_weights=balanced_weights(config, examples))
        return config

    def check(self, examples: Sequence[TextExample], source: str, *, training: bool = False) -> None:
        """Raise `DataError` as every task of labels; foreign texts have a label of their own where they are turned down."""
        # a label of the task's stands for theirs, so that rows keep their numbers
        own = self.config.labels[0] if self.config.labels else None
        known = self._domain.known(examples)
        examples = [e if is_known else replace(e, label=own) for e, is_known in zip(examples, known, strict=True)]
        super().check(examples, source, training=training)

    def features(self, example: TextExample, input_ids: np.ndarray, type_ids: np.ndarray) -> Features:
        """Return the window of one example with its label id."""
        return ClassificationFeatures(input_ids, type_ids, self.label_id(example.label))

    def collate(self, features: Sequence[Features], rng: np.random.Generator) -> Batch:
        """Return a padded batch with `label_ids`."""
        batch = pad(features, self.tokenizer.pad_id, self.config.max_length)
        label_ids = np.array([row.label_id for row in features], dtype=np.int64)  # type: ignore[attr-defined]
        return ClassificationBatch(batch.input_ids, batch.type_ids, batch.attention_mask, label_ids)

    def linear_targets(self, examples: Sequence[TextExample]) -> np.ndarray:
        """Return 1 for the label of each example, float32 [n, num_labels]."""
        label_ids = self._gold(examples)
        return (label_ids[:, None] == np.arange(len(self.label_names))).astype(np.float32)

    def _gold(self, examples: Sequence[TextExample]) -> np.ndarray:
        return np.array([self.label_id(example.label) for example in examples], dtype=np.int64)

    def build_head(self, backbone_config: Any) -> Any:
        """Return the Hugging Face-shaped head of this backbone."""
        from malmoi.models.heads import ClassificationHead

        c = self.config
        return ClassificationHead(
            backbone_config, len(c.labels), c.pooling, c.dropout, c.label_smoothing, self.class_weights()
        )

    def class_weights(self) -> list[float] | None:
        """Return the weight of each label by its id; None when all weigh the same."""
        given = self.config.class_weights
        if not isinstance(given, dict):
            return None
        weights = [1.0] * len(self.config.labels)
        for label, weight in given.items():
            weights[self.label_id(label)] = weight
        return weights

    def decode(self, example: TextExample, windows: Sequence[Window]) -> ClassificationPrediction:
        """Return the most probable label and all probabilities, most probable first."""
        probabilities = softmax(windows[0].outputs["logits"])
        order = np.argsort(-probabilities, kind="stable")
        names = self.label_names
        scores = {names[i]: round(float(probabilities[i]), 6) for i in order}
        best = names[order[0]]
        return self._domain.answer(
            ClassificationPrediction(example.text, example.pair, best, scores[best], scores, english=self._english)
        )

    def labelled_logits(
        self, examples: Sequence[TextExample], windows: Sequence[Sequence[Window]]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the logits of the examples in the domain, and their label ids."""
        known = self._domain.known(examples)
        logits = np.stack([window[0].outputs["logits"] for window in windows])
        return logits[known], self._gold(examples)[known]

    def tune(self, examples: Sequence[TextExample], windows: Sequence[Sequence[Window]]) -> Classification:
        """Return the task with the threshold below which most dev texts are rightly turned down, where any are."""
        if not self.config.reject:
            return self
        probabilities = np.stack([softmax(window[0].outputs["logits"]) for window in windows])
        right = probabilities.argmax(axis=1) == self._gold(examples)
        threshold = best_threshold(probabilities.max(axis=1), right, self._domain.known(examples))
        return self.with_config(threshold=threshold)

    def score(self, predictions: Sequence[ClassificationPrediction], examples: Sequence[TextExample]) -> Scores:
        """Return accuracy, macro F1, ECE and Brier score with intervals.

        Where texts are turned down, first the accuracy of answering and turning down, and how well foreign texts are told
        apart; the others are then those of the known texts by their most probable label.
        """
        known, gold = self._domain.known(examples), self._gold(examples)
        first = self._domain.scores(predictions, [self._said[i] for i in gold], known)
        if not known.any():
            return first
        probabilities = np.array([[p.scores[name] for name in self.label_names] for p in predictions])[known]
        predicted = self._most_probable(predictions)[known]
        return first | classification_scores(gold[known], predicted, probabilities, self.label_names)

    def _most_probable(self, predictions: Sequence[ClassificationPrediction]) -> np.ndarray:
        """Return the label ids that the probabilities speak of, int64 [n], of texts that are turned down too."""
        labels = [p.label if p.label in p.scores else next(iter(p.scores)) for p in predictions]
        return np.array([self.label_id(label) for label in labels], dtype=np.int64)

    def _places(
        self, predictions: Sequence[ClassificationPrediction], examples: Sequence[TextExample]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return where in `_said` the gold and predicted labels are, int64 [n] each; -1, a foreign text, is the last place."""
        predicted = np.array([self.label_id(prediction.label) for prediction in predictions], dtype=np.int64)
        places = np.stack([self._gold(examples), predicted])
        assert self._domain.refusal or (places >= 0).all(), "an unknown label where every text is answered"
        gold, predicted = places % len(self._said)
        return gold, predicted

    def main_statistic(
        self, predictions: Sequence[ClassificationPrediction], examples: Sequence[TextExample]
    ) -> Statistic:
        """Return accuracy or macro F1 of drawn examples, or the accuracy of answering and turning down."""
        gold, predicted = self._places(predictions, examples)
        measure = macro_f1 if self.main_score == "macro_f1" else accuracy
        return lambda rows: measure(confusion_matrix(gold[rows], predicted[rows], len(self._said)))

    def analyse(self, predictions: Sequence[ClassificationPrediction], examples: Sequence[TextExample]) -> Analysis:
        """Return confusions, per-class scores, the majority baseline, calibration, accuracy by length and worst errors."""
        gold, predicted = self._places(predictions, examples)
        readable = [replace(example, label=self._said[i]) for example, i in zip(examples, gold, strict=True)]
        confusion = confusion_matrix(gold, predicted, len(self._said))
        hits, known = gold == predicted, self._domain.known(examples)
        shares, are_right = np.array([p.score for p in predictions]), self._most_probable(predictions) == gold
        return Analysis(
            labels=self._said,
            english=self._english,
            baselines=[self._majority(confusion)],
            confusion=confusion,
            class_rows=class_rows(confusion, self._said),
            reliability=reliability_bins(shares[known], are_right[known]) if known.any() else [],
            temperature=self.config.temperature,
            slices=length_slices(readable, hits),
            errors=worst_errors(predictions, readable),
        )

    def _majority(self, confusion: np.ndarray) -> Baseline:
        """Return the answerer that always says the commonest label, or turns everything down if most texts are foreign."""
        commonest = self._said[int(confusion.sum(axis=1).argmax())]
        difference = majority_difference(confusion, "macro_f1" if self.main_score == "macro_f1" else "accuracy")
        name = say(f"항상 {commonest}", f"always {self._english.get(commonest, commonest)}")
        return Baseline("majority", name, self._domain.majority(majority_scores(confusion)), difference)

    def tuned(self) -> list[tuple[str, str, str]]:
        """Return the temperature, and the threshold where texts are turned down."""
        return [*super().tuned(), *self._domain.tuned()]

    @classmethod
    def demo(cls) -> list[TextExample]:
        """Six sentences, three classes."""
        rows = [
            ("정말 재미있게 봤어요", "긍정"),
            ("배우들 연기가 훌륭합니다", "긍정"),
            ("상영 시간은 두 시간입니다", "중립"),
            ("어제 개봉했어요", "중립"),
            ("돈이 아까운 영화", "부정"),
            ("지루해서 중간에 나왔다", "부정"),
        ]
        return [TextExample(text, label=label) for text, label in rows]


def balanced_weights(config: ClassificationConfig, examples: Sequence[TextExample]) -> dict[str, float]:
    """Return n / (classes × n of the class) for each label that occurs, as scikit-learn's "balanced".

    >>> rows = [TextExample("글", label=label) for label in ("흔함", "흔함", "흔함", "드묾")]
    >>> balanced_weights(ClassificationConfig(labels=("드묾", "흔함")), rows)
    {'드묾': 2.0, '흔함': 0.666667}
    """
    found = LabelMap(config.labels, config.label_names, config.english_names)
    counts = Counter(found.id(example.label) for example in examples)
    present = [i for i in range(len(config.labels)) if counts[i]]
    total = sum(counts[i] for i in present)
    return {config.labels[i]: round(total / (len(present) * counts[i]), 6) for i in present}
