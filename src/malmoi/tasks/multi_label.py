"""Any number of labels for a text or a pair of texts: kinds of hate, emotions, topics that go together.

One real instance: `TextExample("늙은 것들 다 꺼져라", labels=("혐오욕설", "연령차별"))` → ids → logits [8], one decision for each label
→ `MultiLabelPrediction(labels=("혐오욕설", "연령차별"), scores={"혐오욕설": 0.91, …})`. `labels=()` means that none applies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from malmoi.data.examples import TextExample
from malmoi.data.features import Batch, Features, pad
from malmoi.data.labels import LabelName
from malmoi.data.predictions import MultiLabelPrediction
from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.metrics.analysis import Analysis, Baseline
from malmoi.metrics.calibration import reliability_bins, sigmoid
from malmoi.metrics.counts import paired_difference
from malmoi.metrics.multi_label import label_rows, multi_label_scores, multi_label_table, strongest_set
from malmoi.metrics.scores import Scores, Statistic
from malmoi.metrics.slices import WrongAnswer, largest, length_slices
from malmoi.metrics.thresholds import tune_thresholds
from malmoi.tasks.base import Window
from malmoi.tasks.settings import refuse_learned
from malmoi.tasks.text_task import LabelConfig, LabelTask, complete_labels
from malmoi.text.josa import attach

_DIGITS = 6
_SMALLEST = 10.0**-_DIGITS


@dataclass(frozen=True)
class MultiLabelConfig(LabelConfig):
    """A `LabelConfig` with where each label starts and from which probability on it is given.

    Both have one number for each label in their order and are learned, not set. `priors` are the shares of the
    training texts with each label: the head starts there (Lin et al. 2017), for from one half a rare label takes hundreds of
    steps to become rare. `thresholds` are tuned on dev for F1; 0.5 where nothing was tuned.
    """

    priors: tuple[float, ...] = ()
    thresholds: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("priors", "thresholds"):
            values = getattr(self, name)
            if any(not 0 < value < 1 for value in values):
                raise ConfigError(
                    say(f"{name} {values}: 0과 1 사이여야 합니다.", f"{name} {values} must be between 0 and 1.")
                )
            if self.labels and values and len(values) != len(self.labels):
                num_labels, number = len(self.labels), len(values)
                raise ConfigError(
                    say(
                        f"{attach(name, '은/는')} 라벨마다 하나여야 합니다: 라벨 {num_labels}개, {name} {number}개.",
                        f"{name} must be one for each label: {num_labels} labels, {number} {name}.",
                    )
                )


@dataclass(frozen=True, slots=True)
class MultiLabelFeatures(Features):
    """A window with `targets` float32 [num_labels], 1 for each label of the text; NaN when they are not known."""

    targets: np.ndarray


@dataclass(frozen=True, slots=True)
class MultiLabelBatch(Batch):
    """A batch with `targets` float32 [batch, num_labels]."""

    targets: np.ndarray


class MultiLabel(LabelTask):
    """Any number of labels for each text or pair."""

    name = "multi-label"
    config_class = MultiLabelConfig
    main_score = "macro_f1"
    example_kind = "labels"

    def __init__(self, config: MultiLabelConfig, tokenizer: Any) -> None:
        super().__init__(config, tokenizer)
        self.thresholds = np.array(config.thresholds or [0.5] * len(config.labels))

    @classmethod
    def configure(
        cls,
        config: MultiLabelConfig,
        examples: Sequence[TextExample],
        label_names: Mapping[str, LabelName] = MappingProxyType({}),
    ) -> MultiLabelConfig:
        """Return `config` with what the training examples say; raise `ConfigError` for settings that the data decide."""
        refuse_learned(thresholds=bool(config.thresholds), priors=bool(config.priors))
        config = complete_labels(config, examples, label_names)
        counts = MultiLabel(config, None).gold(examples).sum(axis=0)
        return replace(config, priors=_rounded((counts + 0.5) / (len(examples) + 1)))

    def features(self, example: TextExample, input_ids: np.ndarray, type_ids: np.ndarray) -> Features:
        """Return the window of one example with its targets."""
        if example.labels is None:
            targets = np.full(len(self.label_names), np.nan, dtype=np.float32)
        else:
            targets = self.indicator([example.labels])[0].astype(np.float32)
        return MultiLabelFeatures(input_ids, type_ids, targets)

    def collate(self, features: Sequence[Features], rng: np.random.Generator) -> Batch:
        """Return a padded batch with `targets`."""
        batch = pad(features, self.tokenizer.pad_id, self.config.max_length)
        targets = np.stack([row.targets for row in features])  # type: ignore[attr-defined]
        return MultiLabelBatch(batch.input_ids, batch.type_ids, batch.attention_mask, targets)

    def linear_targets(self, examples: Sequence[TextExample]) -> np.ndarray:
        """Return 1 for each label of the examples, float32 [n, num_labels]."""
        return self.gold(examples).astype(np.float32)

    def build_head(self, backbone_config: Any) -> Any:
        """Return the Hugging Face-shaped head of this backbone."""
        from malmoi.models.heads import MultiLabelHead

        c = self.config
        return MultiLabelHead(backbone_config, len(c.labels), c.pooling, c.dropout, c.priors)

    def decode(self, example: TextExample, windows: Sequence[Window]) -> MultiLabelPrediction:
        """Return the labels that reach their thresholds and all probabilities, most probable first."""
        probabilities = np.round(sigmoid(windows[0].outputs["logits"]), _DIGITS)
        order = np.argsort(-probabilities, kind="stable")
        names = self.label_names
        scores = {names[i]: float(probabilities[i]) for i in order}
        given = tuple(names[i] for i in order if probabilities[i] >= self.thresholds[i])
        return MultiLabelPrediction(example.text, example.pair, given, scores, english=self._labels.english)

    def labelled_logits(
        self, examples: Sequence[TextExample], windows: Sequence[Sequence[Window]]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return no (0) and yes (the logit) for each label of each example, and which of both is right."""
        logits = _logits(windows).ravel()
        return np.stack([np.zeros(len(logits)), logits], axis=1), self.gold(examples).ravel().astype(np.int64)

    def tune(self, examples: Sequence[TextExample], windows: Sequence[Sequence[Window]]) -> MultiLabel:
        """Return the task with each label's threshold chosen for F1 on dev."""
        thresholds = tune_thresholds(self.gold(examples), _logits(windows))
        return self.with_config(thresholds=_rounded(sigmoid(thresholds)))

    def indicator(self, labels: Sequence[Sequence[str]]) -> np.ndarray:
        """Return which labels each item has, bool [n, num_labels]; labels by string or readable name, unknown ones left out."""
        found = np.zeros((len(labels), len(self.label_names)), dtype=bool)
        for row, own in zip(found, labels, strict=True):
            row[[number for label in own if (number := self.label_id(label)) >= 0]] = True
        return found

    def gold(self, examples: Sequence[TextExample]) -> np.ndarray:
        """Return the annotated labels as indicators, bool [n, num_labels]."""
        return self.indicator([example.labels or () for example in examples])

    def score(self, predictions: Sequence[MultiLabelPrediction], examples: Sequence[TextExample]) -> Scores:
        """Return macro F1, micro F1, exact match, Hamming loss and macro AUPRC with intervals."""
        predicted = self.indicator([prediction.labels for prediction in predictions])
        return multi_label_scores(self.gold(examples), predicted, self.probabilities(predictions))

    def main_statistic(self, predictions: Sequence[MultiLabelPrediction], examples: Sequence[TextExample]) -> Statistic:
        """Return macro F1 of drawn examples."""
        gold, predicted = self.gold(examples), self.indicator([prediction.labels for prediction in predictions])
        return multi_label_table(gold, predicted).statistic("macro_f1")

    def probabilities(self, predictions: Sequence[MultiLabelPrediction]) -> np.ndarray:
        """Return the predicted probabilities by label id, float [n, num_labels]."""
        return np.array([[p.scores[name] for name in self.label_names] for p in predictions])

    def analyse(self, predictions: Sequence[MultiLabelPrediction], examples: Sequence[TextExample]) -> Analysis:
        """Return per-label scores, the strongest constant answer, calibration of the single decisions, exact match by length, errors."""
        gold, predicted = self.gold(examples), self.indicator([p.labels for p in predictions])
        probabilities = self.probabilities(predictions)
        return Analysis(
            labels=self.label_names,
            english=self._labels.english,
            baselines=[self._constant(gold, predicted)],
            class_rows=label_rows(gold, predicted, self.label_names, self.thresholds.tolist()),
            reliability=reliability_bins(probabilities.ravel(), gold.ravel()),
            temperature=self.config.temperature,
            slices=length_slices(examples, (gold == predicted).all(axis=1)),
            slice_score="exact_match",
            errors=self.worst_errors(predictions, examples, gold, predicted),
        )

    def _constant(self, gold: np.ndarray, predicted: np.ndarray) -> Baseline:
        """Return the answerer that gives every text the set of labels with the highest macro F1."""
        labels = strongest_set(gold)
        constant = np.broadcast_to(labels, gold.shape)
        if labels.all():
            name = say("모든 라벨", "every label")
        elif labels.any():
            name = say("정답에 있는 라벨 모두", "every label that occurs")
        else:
            name = self.joined(labels)
        tables = multi_label_table(gold, predicted), multi_label_table(gold, constant)
        difference = paired_difference(*tables, self.main_score)
        return Baseline(
            "constant", say(f"항상 {name}", f"always {name}"), multi_label_scores(gold, constant), difference
        )

    def worst_errors(
        self,
        predictions: Sequence[MultiLabelPrediction],
        examples: Sequence[TextExample],
        gold: np.ndarray,
        predicted: np.ndarray,
    ) -> list[WrongAnswer]:
        """Return the texts with the surest wrong decision, with the probabilities of the labels concerned."""
        probabilities = self.probabilities(predictions)
        sureness = np.where(gold != predicted, np.where(gold, 1 - probabilities, probabilities), 0.0)
        errors = []
        for i, e in enumerate(examples):
            if sureness[i].any():
                right, said = (self.joined(own[i], probabilities[i]) for own in (gold, predicted))
                errors.append((float(sureness[i].max()), WrongAnswer(e.row, e.text, e.pair, right, said)))
        return largest(errors)

    def joined(self, own: np.ndarray, probabilities: np.ndarray | None = None) -> str:
        """Return a set of labels as people read it, with their probabilities when given."""
        names = [self.readable_names[i] for i in np.flatnonzero(own)]
        if probabilities is not None:
            names = [f"{name} {100 * share:.0f} %" for name, share in zip(names, probabilities[own], strict=True)]
        return ", ".join(names) or say("라벨 없음", "no label")

    def tuned(self) -> list[tuple[str, str, str]]:
        """Return the temperature and the thresholds."""
        listed = ", ".join(f"{name} {t:.2f}" for name, t in zip(self.label_names, self.thresholds, strict=True))
        return [*super().tuned(), ("문턱값", "thresholds", listed)]

    @classmethod
    def demo(cls) -> list[TextExample]:
        """Six reviews, three labels that go together or not."""
        rows: list[tuple[str, tuple[str, ...]]] = [
            ("배우 연기가 훌륭해요", ("연기",)),
            ("이야기가 지루해요", ("이야기",)),
            ("연기도 이야기도 좋았어요", ("연기", "이야기")),
            ("음악이 아름다웠다", ("음악",)),
            ("음악과 연기 모두 별로", ("연기", "음악")),
            ("어제 보고 왔습니다", ()),
        ]
        return [TextExample(text, labels=labels) for text, labels in rows]


def _logits(windows: Sequence[Sequence[Window]]) -> np.ndarray:
    """Return the logits of examples of one window each, float64 [n, num_labels]."""
    return np.stack([window[0].outputs["logits"] for window in windows]).astype(np.float64)


def _rounded(probabilities: np.ndarray) -> tuple[float, ...]:
    """Return probabilities [num_labels] as they are stored, none of them 0 or 1."""
    return tuple(round(float(p), _DIGITS) for p in np.clip(probabilities, _SMALLEST, 1 - _SMALLEST))
