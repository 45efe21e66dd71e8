"""Classification of a text or a pair of texts: sentiment, topic, inference, paraphrase.

One real instance: `TextExample("아 더빙.. 진짜 짜증나네요 목소리", label="부정")`
→ ids `<s> ▁아 ▁더 빙 .. ▁진짜 … </s>` → logits [2] → `ClassificationPrediction(label="부정", score=0.98, …)`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from malmoi.data.examples import TextExample
from malmoi.data.features import Batch, Features, pad
from malmoi.data.labels import check_labels, check_trainable, label_set
from malmoi.data.predictions import ClassificationPrediction
from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.metrics.analysis import Analysis, Baseline
from malmoi.metrics.calibration import fit_temperature, reliability_bins, softmax
from malmoi.metrics.classification import class_rows, classification_scores, confusion_matrix, majority_scores
from malmoi.metrics.scores import Scores
from malmoi.metrics.slices import length_slices, worst_errors
from malmoi.tasks.base import Task, Window


@dataclass(frozen=True)
class ClassificationConfig:
    """`labels` are learned from the training data when empty; `label_names` are what people read ("0" → "부정").

    `max_length` counts tokens, special ones included; longer texts are cut at the end. `pooling` is the vector the
    classifier reads: the first token's (BERT's own way) or the mean. `temperature` has been
    folded into the weights: it is fitted on dev, not set.
    """

    labels: tuple[str, ...] = ()
    label_names: dict[str, str] | None = None
    max_length: int = 256
    pooling: Literal["first", "mean"] = "first"
    dropout: float = 0.0
    label_smoothing: float = 0.0
    temperature: float = 1.0

    def __post_init__(self) -> None:
        if not 4 <= self.max_length <= 8192:
            raise ConfigError(
                say(
                    f"max_length {self.max_length}: 4~8192 이어야 합니다.",
                    f"max_length {self.max_length} must be 4 to 8192.",
                )
            )
        if not (math.isfinite(self.temperature) and self.temperature > 0):
            raise ConfigError(
                say(
                    f"temperature {self.temperature}: 0보다 커야 합니다.",
                    f"temperature {self.temperature} must be above 0.",
                )
            )
        for name in ("dropout", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise ConfigError(say(f"{name} 은(는) 0 이상 1 미만이어야 합니다.", f"{name} must be in [0, 1)."))


@dataclass(frozen=True, slots=True)
class ClassificationFeatures(Features):
    """A window with its label id, -1 when the label is not known."""

    label_id: int = -1


@dataclass(frozen=True, slots=True)
class ClassificationBatch(Batch):
    """A batch with `label_ids` int64 [batch]."""

    label_ids: np.ndarray


class Classification(Task):
    """One label for each text or pair."""

    name = "classification"
    config_class = ClassificationConfig
    main_score = "accuracy"

    def __init__(self, config: ClassificationConfig, tokenizer: Any) -> None:
        super().__init__(config, tokenizer)
        self._ids = {label: number for number, label in enumerate(config.labels)}
        named = {name: self._ids[label] for label, name in (config.label_names or {}).items() if label in self._ids}
        clash = any(self._ids.get(name, number) != number for name, number in named.items())
        if clash or len(set(self.label_names)) < len(config.labels):
            names = ", ".join(f"{label} → {name}" for label, name in zip(config.labels, self.label_names, strict=True))
            raise ConfigError(say(f"라벨 이름이 겹칩니다: {names}", f"two labels share a name: {names}"))
        self._ids |= named

    @classmethod
    def configure(
        cls,
        config: ClassificationConfig,
        examples: Sequence[TextExample],
        label_names: Mapping[str, str] = MappingProxyType({}),
    ) -> ClassificationConfig:
        """Return `config` with the labels of the training examples; raise `ConfigError` for a temperature."""
        if config.temperature != 1.0:
            raise ConfigError(
                say(
                    "temperature 는 dev 에서 맞춰지므로 정할 수 없습니다.",
                    "temperature is fitted on dev and cannot be set.",
                )
            )
        if label_names and config.label_names is None:
            config = replace(config, label_names=dict(label_names))
        return config if config.labels else replace(config, labels=label_set(examples))

    @property
    def label_names(self) -> tuple[str, ...]:
        """The labels as people read them, by label id."""
        names = self.config.label_names or {}
        return tuple(names.get(label, label) for label in self.config.labels)

    def label_id(self, label: str | None) -> int:
        """Return a label's number, by its string or its readable name; -1 when there is none."""
        return self._ids.get(label, -1) if label is not None else -1

    def check(self, examples: Sequence[TextExample], source: str, *, training: bool = False) -> None:
        """Raise `DataError` for missing and unseen labels and, for training, for fewer than two classes."""
        if training:
            check_trainable(examples, source)
        check_labels(examples, tuple(self._ids), source)

    def encode(self, examples: Sequence[TextExample]) -> list[list[Features]]:
        """Return one window for each example; all texts are tokenised in one call, and all pairs in another."""
        limit = self.config.max_length
        texts = self.tokenizer.encode_ids([e.text for e in examples if e.pair is None], max_length=limit)
        pairs = [(e.text, e.pair) for e in examples if e.pair is not None]
        paired = self.tokenizer.encode_ids([text for text, _ in pairs], [pair for _, pair in pairs], limit)
        next_text, next_pair = iter(texts), iter(paired)
        return [
            [ClassificationFeatures(*next(next_text if e.pair is None else next_pair), self.label_id(e.label))]
            for e in examples
        ]

    def collate(self, features: Sequence[Features], rng: np.random.Generator) -> Batch:
        """Return a padded batch with `label_ids`."""
        batch = pad(features, self.tokenizer.pad_id, self.config.max_length)
        label_ids = np.array([row.label_id for row in features], dtype=np.int64)  # type: ignore[attr-defined]
        return ClassificationBatch(batch.input_ids, batch.type_ids, batch.attention_mask, label_ids)

    def build_head(self, backbone_config: Any) -> Any:
        """Return the Hugging Face-shaped head of this backbone."""
        from malmoi.models.heads import ClassificationHead

        c = self.config
        return ClassificationHead(backbone_config, len(c.labels), c.pooling, c.dropout, c.label_smoothing)

    def decode(self, example: TextExample, windows: Sequence[Window]) -> ClassificationPrediction:
        """Return the most probable label and all probabilities, most probable first."""
        probabilities = softmax(windows[0].outputs["logits"])
        order = np.argsort(-probabilities, kind="stable")
        names = self.label_names
        scores = {names[i]: round(float(probabilities[i]), 6) for i in order}
        best = names[order[0]]
        return ClassificationPrediction(example.text, example.pair, best, scores[best], scores)

    def tune(self, examples: Sequence[TextExample], windows: Sequence[Sequence[Window]], head: Any) -> Classification:
        """Fit the temperature on dev and fold it into the head's output layer (Guo et al. 2017)."""
        logits = np.stack([window[0].outputs["logits"] for window in windows])
        temperature = fit_temperature(logits, np.array([self.label_id(example.label) for example in examples]))
        head.fold_temperature(temperature)
        return Classification(replace(self.config, temperature=round(temperature, 4)), self.tokenizer)

    def score(self, predictions: Sequence[ClassificationPrediction], examples: Sequence[TextExample]) -> Scores:
        """Return accuracy, macro F1, ECE and Brier score with intervals."""
        gold = np.array([self.label_id(example.label) for example in examples])
        predicted = np.array([self.label_id(prediction.label) for prediction in predictions])
        probabilities = np.array([[p.scores[name] for name in self.label_names] for p in predictions])
        return classification_scores(gold, predicted, probabilities, self.label_names)

    def analyse(self, predictions: Sequence[ClassificationPrediction], examples: Sequence[TextExample]) -> Analysis:
        """Return confusions, per-class scores, the majority baseline, calibration, accuracy by length and worst errors."""
        names = self.label_names
        readable = [replace(example, label=names[self.label_id(example.label)]) for example in examples]
        gold = [self.label_id(example.label) for example in examples]
        confusion = confusion_matrix(gold, [self.label_id(p.label) for p in predictions], len(names))
        commonest = names[int(confusion.sum(axis=1).argmax())]
        hits = np.array([p.label == e.label for p, e in zip(predictions, readable, strict=True)])
        return Analysis(
            labels=names,
            baselines=[
                Baseline("majority", say(f"항상 {commonest}", f"always {commonest}"), majority_scores(confusion))
            ],
            confusion=confusion,
            class_rows=class_rows(confusion, names),
            reliability=reliability_bins(np.array([p.score for p in predictions]), hits),
            temperature=self.config.temperature,
            slices=length_slices(predictions, readable),
            errors=worst_errors(predictions, readable),
        )

    def tuned(self) -> list[tuple[str, str, str]]:
        """Return the temperature."""
        fitted = "(dev 에서 맞춰 분류층에 접음 / fitted on dev, folded into the classifier)"
        return [("온도", "temperature", f"{self.config.temperature} {fitted}")]

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
