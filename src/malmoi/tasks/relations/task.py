"""Relations: how the first of two marked entities of a text is related to the second (KLUE-RE).

One real instance: `RelationExample("이순신은 조선의 장군이다", Span(0, 3, "PER"), Span(5, 7, "LOC"), "per:origin")`
→ ids of `@ * 인물 * 이순신 @은 # ^ 장소 ^ 조선 #의 장군이다` → logits [30] → `RelationPrediction(relation="per:origin", …)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, ClassVar, Literal

import numpy as np

from malmoi.data.entity_marks import SAMPLE, write_marks
from malmoi.data.examples import RelationExample, Span
from malmoi.data.features import Batch, Features, pad
from malmoi.data.labels import LabelMap, LabelName, check_alone, check_labels, check_trainable, label_set, row_name
from malmoi.data.predictions import Entity, RelationPrediction
from malmoi.data.relation_names import NO_RELATION, RELATIONS, relation_name
from malmoi.data.shapes.relation import read_entities
from malmoi.data.values import BadCell
from malmoi.errors import ConfigError, DataError
from malmoi.messages import say
from malmoi.metrics.analysis import Analysis, Baseline
from malmoi.metrics.calibration import reliability_bins, softmax
from malmoi.metrics.classification import class_rows, classification_scores, confusion_matrix, confusion_scores
from malmoi.metrics.counts import paired_difference
from malmoi.metrics.relations import relation_scores, relation_table
from malmoi.metrics.scores import Scores, Statistic
from malmoi.metrics.slices import WrongAnswer, largest, length_slices
from malmoi.tasks.base import TokenTypes, Window
from malmoi.tasks.calibrated import Calibrated, CalibratedConfig
from malmoi.tasks.relations.windows import entity_window, kind_of, with_kinds, with_markers
from malmoi.tasks.settings import check_share, refuse_learned

MAX_TYPES = 1000


@dataclass(frozen=True)
class RelationsConfig(CalibratedConfig):
    """How the entities are told to the model, and what is read of them.

    `entities`: "markers" writes typed marks into the text, "embedding" adds a vector for each role and type to the tokens' own.
    `pooling`: "entities" reads the vectors of both entities, "first" the first token (of a shape that Hugging Face has).
    `labels` are learned from the training data when empty: the 30 of KLUE-RE, in their order, where all of them are among
    those. `types` of entities are learned.
    """

    min_length: ClassVar[int] = 16
    entities: Literal["markers", "embedding"] = "markers"
    pooling: Literal["entities", "first"] = "entities"
    dropout: float = 0.0
    labels: tuple[str, ...] = ()
    types: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        check_share("dropout", self.dropout)


@dataclass(frozen=True, slots=True)
class RelationFeatures(Features):
    """A window, which of its tokens the head reads of each entity, bool [length], and the label id, -1 when not known."""

    subject: np.ndarray
    object: np.ndarray
    label_id: int = -1


@dataclass(frozen=True, slots=True)
class RelationBatch(Batch):
    """A batch with `subject` and `object` float32 [batch, length], 1 for tokens that are read, and `label_ids` int64 [batch]."""

    subject: np.ndarray
    object: np.ndarray
    label_ids: np.ndarray


class Relations(Calibrated):
    """One relation for each text with two entities."""

    name = "relations"
    config_class = RelationsConfig
    main_score = "klue_re_f1"
    example_kind: ClassVar[Literal["relation"]] = "relation"

    def __init__(self, config: RelationsConfig, tokenizer: Any) -> None:
        super().__init__(config, tokenizer)
        self._labels = LabelMap(config.labels)

    @classmethod
    def configure(
        cls,
        config: RelationsConfig,
        examples: Sequence[RelationExample],
        label_names: Mapping[str, LabelName] = MappingProxyType({}),
    ) -> RelationsConfig:
        """Return `config` with the relations and the types of entities that the training examples have."""
        refuse_learned(temperature=config.temperature != 1.0, types=bool(config.types))
        labels = config.labels or label_set(examples)
        if not config.labels and set(labels) <= set(RELATIONS):
            labels = RELATIONS
        types = sorted({span.label for example in examples for span in (example.subject, example.object)} - {""})
        if len(types) > MAX_TYPES:
            raise ConfigError(
                say(
                    f"개체의 종류가 {len(types):,}가지입니다 (최대 {MAX_TYPES:,}). 'label' 에 낱말이 아니라 종류가 있는지 보세요.",
                    f"there are {len(types):,} types of entities (at most {MAX_TYPES:,}). See that 'label' holds types, not words.",
                )
            )
        return replace(config, labels=labels, types=tuple(types))

    def check(self, examples: Sequence[RelationExample], source: str, *, training: bool = False) -> None:
        """Raise `DataError` for entities outside their text, missing and unseen relations, and where there is nothing to learn."""
        check_places(examples, source)
        if training:
            check_trainable(examples, source)
        check_labels(examples, self.config.labels, source)

    def ask(
        self, text: str, pair: str | None = None, cells: Mapping[str, Any] = MappingProxyType({}), row: int = 0
    ) -> RelationExample:
        """Return the example of a text whose entities are marked, or stand in the cells as in the training data.

        Raises `DataError` for a text without two entities.
        """
        check_alone(text, pair, row)
        try:
            found = read_entities(text, cells)
        except BadCell as error:
            where = say(f"{row}번째 줄: ", f"line {row}: ") if row else ""
            column = f"'{error.column}': " if error.column else ""
            raise DataError(f"{where}{column}{error}") from error
        return RelationExample(found.text, found.subject, found.object, row=row)

    def typed(self, example: RelationExample) -> str:
        """Return the text with its entities marked; one that holds the other cannot be, and the text stays as it is."""
        first, second = sorted((example.subject, example.object))
        return example.text if first.end > second.start else write_marks(example.text, example.subject, example.object)

    @property
    def sample(self) -> dict[str, Any]:
        """What one might ask."""
        return {"text": SAMPLE}

    def encode(self, examples: Sequence[RelationExample]) -> list[list[Features]]:
        """Return one window for each example; raise `DataError` for entities outside their text."""
        check_places(examples)
        marked = [(with_markers if self.config.entities == "markers" else with_kinds)(example) for example in examples]
        encodings = self.tokenizer.encode([text.text for text in marked], max_length=1 << 20)
        windows: list[list[Features]] = []
        for example, text, encoding in zip(examples, marked, encodings, strict=True):
            w = entity_window(encoding, text, self.config.max_length, self._kinds(example))
            label_id = self._labels.id(example.relation)
            windows.append([RelationFeatures(w.input_ids, w.type_ids, w.subject, w.object, label_id)])
        return windows

    def _kinds(self, example: RelationExample) -> tuple[int, int] | None:
        if self.config.entities == "markers":
            return None
        subject, object_ = example.subject.label, example.object.label
        return kind_of(0, subject, self.config.types), kind_of(1, object_, self.config.types)

    def collate(self, features: Sequence[Features], rng: np.random.Generator) -> Batch:
        """Return a padded batch with what is read of each entity, and `label_ids`."""
        batch = pad(features, self.tokenizer.pad_id, self.config.max_length)
        read = {name: np.zeros(batch.input_ids.shape, dtype=np.float32) for name in ("subject", "object")}
        for i, row in enumerate(features):
            for name, rows in read.items():
                rows[i, : len(row)] = getattr(row, name)
        label_ids = np.array([row.label_id for row in features], dtype=np.int64)  # type: ignore[attr-defined]
        return RelationBatch(batch.input_ids, batch.type_ids, batch.attention_mask, **read, label_ids=label_ids)

    def build_head(self, backbone_config: Any) -> Any:
        """Return the head that reads both entities, or the Hugging Face-shaped one that reads the first token."""
        from malmoi.models.entity_head import EntityHead
        from malmoi.models.heads import ClassificationHead

        c = self.config
        if c.pooling == "first":
            return ClassificationHead(backbone_config, len(c.labels), "first", c.dropout)
        return EntityHead(backbone_config, len(c.labels), c.dropout)

    @property
    def token_types(self) -> TokenTypes | None:
        """One for the text and one for each role and type where kinds of tokens tell the entities; else as the backbone has."""
        if self.config.entities == "markers":
            return None
        number = 1 + 2 * (len(self.config.types) + 1)
        return TokenTypes(number, "task.entities=embedding", "task.entities=markers")

    def decode(self, example: RelationExample, windows: Sequence[Window]) -> RelationPrediction:
        """Return the most probable relation and all probabilities, most probable first."""
        probabilities = softmax(windows[0].outputs["logits"])
        order = np.argsort(-probabilities, kind="stable")
        scores = {self.config.labels[i]: round(float(probabilities[i]), 6) for i in order}
        best = self.config.labels[order[0]]
        subject, object_ = (_entity(example.text, span) for span in (example.subject, example.object))
        return RelationPrediction(example.text, None, subject, object_, best, scores[best], scores)

    def labelled_logits(
        self, examples: Sequence[RelationExample], windows: Sequence[Sequence[Window]]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the logits of every example and its relation."""
        logits = np.stack([window[0].outputs["logits"] for window in windows])
        return logits, self._ids(example.relation for example in examples)

    def score(self, predictions: Sequence[RelationPrediction], examples: Sequence[RelationExample]) -> Scores:
        """Return KLUE-RE's micro F1 without `no_relation` and AUPRC, then accuracy, macro F1, ECE and Brier score, with intervals."""
        gold, predicted = self._answers(predictions, examples)
        probabilities = np.array([[p.scores[label] for label in self.config.labels] for p in predictions])
        arguments: Any = (gold, predicted, probabilities, self.config.labels)
        return relation_scores(*arguments) | classification_scores(*arguments)

    def main_statistic(
        self, predictions: Sequence[RelationPrediction], examples: Sequence[RelationExample]
    ) -> Statistic:
        """Return KLUE-RE's micro F1 of drawn examples."""
        gold = [example.relation or "" for example in examples]
        return relation_table(gold, [p.relation for p in predictions]).statistic("klue_re_f1")

    def analyse(self, predictions: Sequence[RelationPrediction], examples: Sequence[RelationExample]) -> Analysis:
        """Return confusions, scores of each relation, the constant baseline, calibration, accuracy by length, worst errors."""
        labels = self.config.labels
        gold, predicted = self._answers(predictions, examples)
        confusion = confusion_matrix(gold, predicted, len(labels))
        return Analysis(
            labels=labels,
            baselines=[_constant([labels[i] for i in gold], [labels[i] for i in predicted], confusion, labels)],
            confusion=confusion,
            class_rows=[row for row in class_rows(confusion, labels) if row.support or row.predicted],
            reliability=reliability_bins(np.array([p.score for p in predictions]), gold == predicted),
            temperature=self.config.temperature,
            slices=length_slices(examples, gold == predicted),
            errors=self._errors(predictions, examples),
        )

    def _answers(
        self, predictions: Sequence[RelationPrediction], examples: Sequence[RelationExample]
    ) -> tuple[np.ndarray, np.ndarray]:
        return self._ids(e.relation for e in examples), self._ids(p.relation for p in predictions)

    def _ids(self, relations: Any) -> np.ndarray:
        return np.array([self._labels.id(relation) for relation in relations], dtype=np.int64)

    def _errors(
        self, predictions: Sequence[RelationPrediction], examples: Sequence[RelationExample]
    ) -> list[WrongAnswer]:
        """Return the wrong answers of highest probability, the entities marked in their texts."""
        wrong = []
        for p, e in zip(predictions, examples, strict=True):
            if e.relation is not None and p.relation != e.relation:
                names = _named(e.relation), _named(p.relation)
                gold_share = p.scores.get(e.relation, 0.0)
                wrong.append((p.score, WrongAnswer(e.row, self.typed(e), None, *names, p.score, gold_share)))
        return largest(wrong)

    @property
    def label_names(self) -> tuple[str, ...]:
        """The relations, by label id."""
        return tuple(self.config.labels)

    @classmethod
    def demo(cls) -> list[RelationExample]:
        """Eight questions on four sentences: each pair of entities both ways round."""
        rows = [
            ("한지우의 아버지는 한도윤이다", "한지우", "한도윤", "per:parents", "per:children"),
            ("박서연은 박준호의 딸로 자랐다", "박서연", "박준호", "per:parents", "per:children"),
            ("가람전자는 누리그룹에 속한다", "가람전자", "누리그룹", "org:member_of", "org:members"),
            ("새벽협회는 물결연맹의 회원이다", "새벽협회", "물결연맹", "org:member_of", "org:members"),
        ]
        found = []
        for text, first, second, there, back in rows:
            label = there[:3].upper()
            one, other = (Span(text.index(word), text.index(word) + len(word), label) for word in (first, second))
            found += [RelationExample(text, one, other, there), RelationExample(text, other, one, back)]
        return found


def check_places(examples: Sequence[RelationExample], source: str = "") -> None:
    """Raise `DataError` for the first entity that is empty or outside its text."""
    for i, example in enumerate(examples, 1):
        for name, span in (("subject", example.subject), ("object", example.object)):
            if not 0 <= span.start < span.end <= len(example.text):
                where = f"{source}, {row_name(i, example)}" if source else row_name(i, example)
                raise DataError(
                    say(
                        f"{where}: {name} 자리 {span.start}~{span.end}: 글({len(example.text)}자) 밖이거나 비어 있습니다. Span(시작, 끝) 을 고치세요.",
                        f"{where}: the {name} at {span.start} to {span.end} is empty or outside the text of {len(example.text)} characters. Correct its Span(start, end).",
                    )
                )


def _entity(text: str, span: Span) -> Entity:
    return Entity(text[span.start : span.end], span.label, span.start, span.end)


def _named(relation: str) -> str:
    name = relation_name(relation)
    return relation if name == relation else f"{relation} ({name})"


def _constant(gold: Sequence[str], predicted: Sequence[str], confusion: np.ndarray, labels: Sequence[str]) -> Baseline:
    """Return the best constant: the commonest relation that is one."""
    counts = {i: int(confusion[i].sum()) for i, label in enumerate(labels) if label != NO_RELATION}
    commonest = max(counts, key=counts.__getitem__, default=0)
    constant = np.zeros_like(confusion)
    constant[:, commonest] = confusion.sum(axis=1)
    name = labels[commonest]
    table = relation_table(gold, [name] * len(gold))
    difference = paired_difference(relation_table(gold, predicted), table, "klue_re_f1")
    scores = table.scores() | confusion_scores(constant)
    return Baseline("majority", say(f"항상 {name}", f"always {name}"), scores, difference)
