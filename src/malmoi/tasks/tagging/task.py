"""Tagging: entities (NER) or parts of speech (POS) as labelled stretches of the raw text.

One real instance: `SpanExample("손흥민은 런던에 산다", (Span(0, 3, "PS"), Span(5, 7, "LC")))`
→ units 손 흥 민 은 런 던 … → tags B-PS I-PS I-PS O B-LC I-LC O … → logits [units, tags] → best legal sequence
→ `TaggingPrediction(spans=(TaggedSpan("손흥민", "PS", 0.99, 0, 3), …))`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, ClassVar, Literal, Self

import numpy as np

from malmoi.data.examples import Example, Span, SpanExample
from malmoi.data.features import NOT_ANNOTATED, Batch, Features, pad
from malmoi.data.labels import LabelName, check_alone
from malmoi.data.predictions import TaggedSpan, TaggingPrediction
from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.metrics.analysis import Analysis
from malmoi.metrics.calibration import softmax
from malmoi.metrics.counts import CountTable
from malmoi.metrics.scores import Scores, Statistic
from malmoi.metrics.spans import accuracy_name, accuracy_table, entity_table, eojeol_spans, token_table
from malmoi.metrics.tags import klue_ner_table
from malmoi.tasks.base import Window
from malmoi.tasks.calibrated import Calibrated, CalibratedConfig
from malmoi.tasks.settings import check_share, refuse_learned
from malmoi.tasks.tagging.analysis import analyse_entities, analyse_words, plain_spans
from malmoi.tasks.tagging.checks import check_tagged, covers_text, given_tokens, parts_words
from malmoi.tasks.tagging.paths import (
    BEGINS,
    TagSet,
    best_path,
    kinds_of,
    kinds_of_tokens,
    marginals,
    stretch_scores,
    stretches,
)
from malmoi.tasks.tagging.units import Units, character_units, cut_windows, joined, piece_units, unit_tags

MAX_CRF_LABELS = 64
CALIBRATED_UNITS = 20_000
_WHOLE = 1 << 30  # tokens: texts are cut here, not by the tokenizer


@dataclass(frozen=True)
class TaggingConfig(CalibratedConfig):
    """How texts are read and tagged.

    `level` is what gets a tag: each character, from its piece's hidden state, or each token piece, parameter for parameter as
    Hugging Face does it. `crf` learns transitions. Texts longer than `max_length` tokens are read in windows that share
    `overlap` tokens. `main_score` chooses the checkpoint; None: entity F1, or token F1 for parts of speech.

    `labels` are learned from the training data, without those that occur fewer than `min_count` times, and so is the rest:
    `part_of_speech` (every character belongs to a span: words are told apart by B- alone) and `splits_words` (spans may begin
    and end inside an eojeol). `meanings` are what people call the labels.
    """

    level: Literal["char", "token"] = "char"
    crf: bool = False
    overlap: int = 32
    dropout: float = 0.0
    main_score: Literal["entity_f1", "klue_ner_entity_f1", "token_f1"] | None = None
    labels: tuple[str, ...] = ()
    min_count: int = 1
    part_of_speech: bool | None = None
    splits_words: bool | None = None
    meanings: tuple[LabelName, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        check_share("dropout", self.dropout)
        if not 0 <= 2 * self.overlap <= self.max_length - 4:
            raise ConfigError(
                say(
                    f"overlap {self.overlap}: 0 이상, max_length {self.max_length} 의 절반 아래여야 합니다.",
                    f"overlap {self.overlap} must be at least 0 and below half of max_length {self.max_length}.",
                )
            )


@dataclass(frozen=True, slots=True)
class TaggingFeatures(Features):
    """A window with the units it decides, `tokens` counted in the window, and their tag ids, -100 where not annotated."""

    units: Units
    tag_ids: np.ndarray


@dataclass(frozen=True, slots=True)
class TaggingBatch(Batch):
    """A batch with its units, int64 `[batch, units]`: the token each is part of, place in it, character, mask, tag."""

    unit_tokens: np.ndarray
    unit_places: np.ndarray
    unit_codes: np.ndarray
    unit_mask: np.ndarray
    tag_ids: np.ndarray


class Tagging(Calibrated):
    """Labelled stretches of the text that do not overlap."""

    name = "tagging"
    config_class = TaggingConfig
    main_score = "entity_f1"
    example_kind: ClassVar[Literal["spans"]] = "spans"
    cuts_long_texts = False

    def __init__(self, config: TaggingConfig, tokenizer: Any) -> None:
        super().__init__(config, tokenizer)
        self.tags = TagSet(config.labels, has_outside=not config.part_of_speech)
        self.main_score = config.main_score or ("token_f1" if config.part_of_speech else "entity_f1")
        self._label_ids = {label: i for i, label in enumerate(config.labels)}
        self._meanings = {name.label: name for name in config.meanings}

    @classmethod
    def configure(
        cls,
        config: TaggingConfig,
        examples: Sequence[SpanExample],
        label_names: Mapping[str, LabelName] = MappingProxyType({}),
    ) -> TaggingConfig:
        """Return `config` with labels and the kind of annotation; raise `ConfigError` for settings that do not go together."""
        refuse_learned(temperature=config.temperature != 1.0)
        counts = Counter(span.label for example in examples for span in example.spans or ())
        labels = config.labels or tuple(sorted(label for label in counts if counts[label] >= config.min_count))
        pos, parts = config.part_of_speech, config.splits_words
        config = replace(
            config,
            labels=labels,
            part_of_speech=covers_text(examples) if pos is None else pos,
            splits_words=parts_words(examples) if parts is None else parts,
            meanings=config.meanings or tuple(label_names[label] for label in labels if label in label_names),
        )
        if config.crf and len(labels) > MAX_CRF_LABELS:
            raise ConfigError(
                say(
                    f"crf 는 라벨이 {MAX_CRF_LABELS}개까지일 때만 쓸 수 있습니다 (지금 {len(labels)}개). crf 를 빼세요.",
                    f"crf is for up to {MAX_CRF_LABELS} labels ({len(labels)} here). Drop crf.",
                )
            )
        if config.main_score is not None and (config.main_score == "token_f1") != config.part_of_speech:
            kind = ("품사", "parts of speech") if config.part_of_speech else ("개체", "entities")
            raise ConfigError(
                say(
                    f"main_score {config.main_score}: 이 자료의 주석은 {kind[0]}라서 잴 수 없습니다. main_score 를 빼세요.",
                    f"main_score {config.main_score} is not for this data, which annotates {kind[1]}. Drop main_score.",
                )
            )
        return config

    def check(self, examples: Sequence[SpanExample], source: str, *, training: bool = False) -> None:
        """Raise `DataError` for missing, impossible or overlapping spans and for labels that the model does not know."""
        strict = not self.config.part_of_speech and self.config.min_count == 1
        check_tagged(examples, self.config.labels, source, strict=strict, training=training)

    def ask(
        self, text: str, pair: str | None = None, cells: Mapping[str, Any] = MappingProxyType({}), row: int = 0
    ) -> Example:
        """Return the example of a text; raise `DataError` for a pair."""
        check_alone(text, pair, row)
        return SpanExample(text, row=row)

    @property
    def sample(self) -> dict[str, Any]:
        """A text with entities."""
        return {"text": "세종대왕은 1443년에 한글을 만들었다"}

    def encode(self, examples: Sequence[SpanExample]) -> list[list[Features]]:
        """Return the windows of each example; every unit is decided in one of them."""
        encodings = self.tokenizer.encode([example.text for example in examples], max_length=_WHOLE)
        return [self._windows(example, encoding) for example, encoding in zip(examples, encodings, strict=True)]

    def _windows(self, example: SpanExample, encoding: Any) -> list[Features]:
        units = character_units(self.tokenizer.cleaner(example.text), encoding)
        units = units if self.config.level == "char" else piece_units(units)
        tag_ids = self._tag_ids(example, units)
        ids, content = encoding.input_ids, np.flatnonzero(encoding.sequence == 0)
        begin, end = (int(content[0]), int(content[-1]) + 1) if len(content) else (0, len(ids))
        capacity = self.config.max_length - len(ids) + (end - begin)
        found: list[Features] = []
        for cut in cut_windows(units.tokens, (begin, end), capacity, self.config.overlap):
            rows = [*range(begin), *range(cut.first, cut.last), *range(end, len(ids))]
            own = units[cut.low : cut.high]
            own = replace(own, tokens=own.tokens - (cut.first - begin))
            found.append(TaggingFeatures(ids[rows], encoding.type_ids[rows], own, tag_ids[cut.low : cut.high]))
        return found

    def _tag_ids(self, example: SpanExample, units: Units) -> np.ndarray:
        if example.spans is None:
            return np.full(len(units), NOT_ANNOTATED, dtype=np.int64)
        known = [
            (span, self.tags.begin(self._label_ids[span.label]))
            for span in example.spans
            if span.label in self._label_ids
        ]
        tag_ids = unit_tags(units, known, 0 if self.tags.has_outside else NOT_ANNOTATED)
        for span in example.spans:
            if span.label not in self._label_ids:  # too rare to be learned, not outside
                tag_ids[(units.ends > span.start) & (units.starts < span.end)] = NOT_ANNOTATED
        return tag_ids

    def collate(self, features: Sequence[Features], rng: np.random.Generator) -> Batch:
        """Return a padded batch with the units of its windows."""
        batch = pad(features, self.tokenizer.pad_id, self.config.max_length)
        rows: list[Any] = list(features)
        shape = (len(rows), max(1, *(len(row.units) for row in rows)))
        columns = {name: np.zeros(shape, dtype=np.int64) for name in ("tokens", "places", "codes", "mask")}
        tag_ids = np.full(shape, NOT_ANNOTATED, dtype=np.int64)
        for i, row in enumerate(rows):
            n = len(row.units)
            for name in ("tokens", "places", "codes"):
                columns[name][i, :n] = getattr(row.units, name)
            columns["mask"][i, :n] = 1
            tag_ids[i, :n] = row.tag_ids
        units = {f"unit_{name}": values for name, values in columns.items()}
        return TaggingBatch(batch.input_ids, batch.type_ids, batch.attention_mask, **units, tag_ids=tag_ids)

    def build_head(self, backbone_config: Any) -> Any:
        """Return the head of the level, with a CRF if wished."""
        from malmoi.models.tag_heads import CharacterHead, PieceHead, TagHeadConfig

        head = CharacterHead if self.config.level == "char" else PieceHead
        return head(backbone_config, TagHeadConfig(self.tags.names, self.config.dropout, self.config.crf))

    def decode(self, example: SpanExample, windows: Sequence[Window]) -> TaggingPrediction:
        """Return the spans of the best legal sequence of tags, and the labels of given tokens for parts of speech."""
        units = joined([window.features.units for window in windows])  # type: ignore[attr-defined]
        scores = np.concatenate([self.unit_scores(window) for window in windows])
        transitions = windows[0].outputs.get("transitions")
        kinds = kinds_of(units.begins_word, bool(self.config.splits_words))
        path = best_path(scores, self.tags, kinds, transitions)
        spans = []
        if found := stretches(path, self.tags):
            shares = softmax(scores) if transitions is None else marginals(scores, self.tags, transitions, kinds)
            for stretch, share in zip(found, stretch_scores(shares, path, found, self.tags), strict=True):
                start, end = int(units.starts[stretch.low]), int(units.ends[stretch.high - 1])
                label = self.config.labels[stretch.label_id]
                spans.append(TaggedSpan(example.text[start:end], label, round(share, 6), start, end))
        token_labels = self._token_labels(example, units, scores, transitions)
        return TaggingPrediction(example.text, None, tuple(spans), token_labels, meanings=self._meanings)

    def unit_scores(self, window: Window) -> np.ndarray:
        """Return the logits of a window's units, float32 [units, num_tags]."""
        units: Units = window.features.units  # type: ignore[attr-defined]
        logits = window.outputs["logits"]
        return logits[: len(units)] if self.config.level == "char" else logits[units.tokens]

    def _token_labels(
        self, example: SpanExample, units: Units, scores: np.ndarray, transitions: np.ndarray | None
    ) -> tuple[str, ...] | None:
        """Return the best label of each given token ("" where it has no unit): parts of speech on gold tokens."""
        tokens = given_tokens(example)
        if not self.config.part_of_speech or tokens is None:
            return None
        kinds, owner = kinds_of_tokens(units.starts, tokens)
        label_ids = self.tags.label_ids(best_path(scores, self.tags, kinds, transitions))
        labels = [""] * len(tokens)
        for i in np.flatnonzero((kinds == BEGINS) & (owner >= 0)):
            labels[owner[i]] = self.config.labels[label_ids[i]]
        return tuple(labels)

    def calibrate(self, examples: Sequence[SpanExample], windows: Sequence[Sequence[Window]], head: Any) -> Self:
        """Fit the temperature on dev and fold it into the output layer; a CRF is left as it is."""
        return self if self.config.crf else super().calibrate(examples, windows, head)

    def labelled_logits(
        self, examples: Sequence[SpanExample], windows: Sequence[Sequence[Window]]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the logits and the tags of annotated units, not more than about `CALIBRATED_UNITS`."""
        flat = [window for row in windows for window in row]
        tag_ids = np.concatenate([window.features.tag_ids for window in flat])  # type: ignore[attr-defined]
        known = np.flatnonzero(tag_ids != NOT_ANNOTATED)
        known = known[:: max(1, len(known) // CALIBRATED_UNITS)]
        return np.concatenate([self.unit_scores(window) for window in flat])[known], tag_ids[known]

    def tuned(self) -> list[tuple[str, str, str]]:
        """Return the temperature; a CRF has none."""
        return [] if self.config.crf else super().tuned()

    def score(self, predictions: Sequence[TaggingPrediction], examples: Sequence[SpanExample]) -> Scores:
        """Return the scores of entities, KLUE's official ones among them, or of parts of speech, in raw text and on gold tokens."""
        return self._table(predictions, examples).scores()

    def main_statistic(self, predictions: Sequence[TaggingPrediction], examples: Sequence[SpanExample]) -> Statistic:
        """Return the main score of drawn examples."""
        return self._table(predictions, examples).statistic(self.main_score)

    def _table(self, predictions: Sequence[TaggingPrediction], examples: Sequence[SpanExample]) -> CountTable:
        gold, found = [example.spans or () for example in examples], [plain_spans(p) for p in predictions]
        if not self.config.part_of_speech:
            types = sorted({*self.config.labels, *(span.label for spans in gold for span in spans)})
            texts = [example.text for example in examples]
            table = entity_table(gold, found) | klue_ner_table(texts, gold, found, types)
            return table if self.config.splits_words else table | _naver_table(texts, gold, found)
        labels = [[span.label for span in spans] for spans in gold]
        told = [prediction.token_labels or () for prediction in predictions]
        return token_table(gold, found) | accuracy_table(labels, told, accuracy_name(self.config.labels))

    def analyse(self, predictions: Sequence[TaggingPrediction], examples: Sequence[SpanExample]) -> Analysis:
        """Return scores by label, calibration, the worst errors and, for parts of speech, what Kiwi says of the same tokens."""
        c = self.config
        if c.part_of_speech:
            return analyse_words(predictions, examples, c.temperature, c.labels)
        return analyse_entities(predictions, examples, c.temperature)

    @property
    def label_names(self) -> tuple[str, ...]:
        """The labels."""
        return self.config.labels

    @classmethod
    def demo(cls) -> list[SpanExample]:
        """Six sentences with persons, places and dates."""
        rows: list[tuple[str, dict[str, str]]] = [
            ("손흥민은 런던에 산다", {"손흥민": "PS", "런던": "LC"}),
            ("세종대왕이 1443년에 한글을 만들었다", {"세종대왕": "PS", "1443년": "DT"}),
            ("어제 서울에서 비가 왔다", {"어제": "DT", "서울": "LC"}),
            ("김연아와 박지성이 만났다", {"김연아": "PS", "박지성": "PS"}),
            ("부산 바다가 그립다", {"부산": "LC"}),
            ("점심은 먹었어요", {}),
        ]
        return [
            SpanExample(
                text, tuple(Span(text.index(word), text.index(word) + len(word), found[word]) for word in found)
            )
            for text, found in rows
        ]


def _naver_table(texts: Sequence[str], gold: Sequence[Sequence[Span]], found: Sequence[Sequence[Span]]) -> CountTable:
    """Return the counts behind naver_ner_f1, for data that annotate whole eojeols: micro F1 of spans counted in them."""
    gold_words, found_words = (
        [eojeol_spans(*pair) for pair in zip(texts, spans, strict=True)] for spans in (gold, found)
    )
    return entity_table(gold_words, found_words, "naver_ner_f1")
