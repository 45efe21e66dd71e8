"""What the tasks on a text, or a pair of texts, have in common: one window, cut at the end, read by a pooled head.

One real instance: `TextExample("아 더빙.. 진짜 짜증나네요 목소리")` → ids `<s> ▁아 ▁더 빙 .. ▁진짜 … </s>`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, TypeVar

import numpy as np

from malmoi.data.examples import LabelKind, TextExample
from malmoi.data.features import Features
from malmoi.data.labels import LabelMap, LabelName, check_kind, check_labels, check_pairs, check_trainable, label_set
from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.tasks.base import Task, TaskConfig
from malmoi.tasks.calibrated import Calibrated, CalibratedConfig
from malmoi.tasks.settings import check_share, refuse_learned


@dataclass(frozen=True)
class TextConfig(TaskConfig):
    """How a text is read.

    Texts of more than `max_length` tokens are cut at the end. `pooling` is the vector the head reads: the first token's
    (BERT's own way) or the mean. `pairs` says whether examples are pairs of texts; it is learned from the training data.
    """

    min_length: ClassVar[int] = 4
    pooling: Literal["first", "mean"] = "first"
    dropout: float = 0.0
    pairs: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_share("dropout", self.dropout)


Config = TypeVar("Config")


class TextTask(Task):
    """A task whose examples are all texts, or all pairs of texts."""

    config: Any
    example_kind: ClassVar[LabelKind] = "label"

    def check(self, examples: Sequence[TextExample], source: str, *, training: bool = False) -> None:
        """Raise `DataError` for annotations of another kind, single texts among pairs and, for training, for nothing to learn."""
        check_kind(examples, self.example_kind, source)
        if training:
            check_trainable(examples, source)
        check_pairs(examples, self.config.pairs, source)

    def encode(self, examples: Sequence[TextExample]) -> list[list[Features]]:
        """Return one window for each example; raise `DataError` for a single text where pairs are expected, or the reverse."""
        check_pairs(examples, self.config.pairs)
        pairs = [example.pair or "" for example in examples] if self.config.pairs else None
        encoded = self.tokenizer.encode_ids([example.text for example in examples], pairs, self.config.max_length)
        return [[self.features(example, *ids)] for example, ids in zip(examples, encoded, strict=True)]

    @abstractmethod
    def features(self, example: TextExample, input_ids: np.ndarray, type_ids: np.ndarray) -> Features:
        """Return the window of one example with its target."""

    @property
    def reads_pairs(self) -> bool:
        """Whether the task's examples are pairs of texts."""
        return self.config.pairs


@dataclass(frozen=True)
class LabelConfig(TextConfig, CalibratedConfig):
    """How texts are labelled.

    `labels` are learned from the training data when empty; `label_names` are what answers call them ("0" → "부정"), for
    every reader the same; `english_names` stand for them in English sentences ("0" → "negative").
    """

    labels: tuple[str, ...] = ()
    label_names: dict[str, str] | None = None
    english_names: dict[str, str] | None = None


class LabelTask(TextTask, Calibrated):
    """A task that answers with labels."""

    def __init__(self, config: Any, tokenizer: Any) -> None:
        super().__init__(config, tokenizer)
        self._labels = LabelMap(config.labels, config.label_names, config.english_names)

    @property
    def label_names(self) -> tuple[str, ...]:
        """What answers call the labels, by label id."""
        return self._labels.names

    @property
    def readable_names(self) -> tuple[str, ...]:
        """The labels as people read them in their language, by label id."""
        return self._labels.readable

    def label_id(self, label: str | None) -> int:
        """Return a label's number, by its string or its readable name; -1 when there is none."""
        return self._labels.id(label)

    def check(self, examples: Sequence[TextExample], source: str, *, training: bool = False) -> None:
        """Raise `DataError` as every text task, and for missing and unseen labels."""
        super().check(examples, source, training=training)
        check_labels(examples, self._labels.known, source)

    def taught_by(self, teacher: Task, logits: np.ndarray) -> np.ndarray:
        """Return a teacher's logits [n, labels] in the order of this task's labels."""
        own, other = self.config.labels, teacher.config.labels
        if set(own) != set(other):
            odd = sorted(set(own) ^ set(other))[0]
            raise ConfigError(
                say(
                    f"스승과 제자의 라벨이 다릅니다: '{odd}' 라벨은 한쪽에만 있습니다 (스승: {', '.join(other)}).",
                    f"teacher and student have different labels: '{odd}' is known to one only (teacher: {', '.join(other)}).",
                )
            )
        return logits[:, [other.index(label) for label in own]]


def complete_labels(config: Config, examples: Sequence[TextExample], label_names: Mapping[str, LabelName]) -> Config:
    """Return a `LabelConfig` with labels, their names and `pairs` as the training examples say."""
    assert isinstance(config, LabelConfig)
    refuse_learned(temperature=config.temperature != 1.0)
    labels = config.labels or label_set(examples)
    config = replace(config, labels=labels, pairs=has_pairs(config, examples))
    if not label_names or config.label_names is not None:
        return config
    korean = {label: name.ko for label, name in label_names.items()}
    english = {label: name.en for label, name in label_names.items()}
    return replace(config, label_names=korean, english_names=config.english_names or english)


def has_pairs(config: TextConfig, examples: Sequence[TextExample]) -> bool:
    """Return `pairs` of a completed config: what the user said, else what the examples are."""
    return config.pairs or any(example.pair is not None for example in examples)
