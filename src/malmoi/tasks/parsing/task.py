"""Dependency trees of raw text: words, their parts of speech, heads and relations, in one model.

One real instance (KLUE-DP): `비가 온다.` → words `비가 온다.` → `비가` NNG+JKS, head 2, NP_SBJ; `온다.` VV+EF+SF, head 0, VP.

Words are found in the raw text by rules learned from the training trees (`malmoi.text.word_breaks`), then read by a deep biaffine
parser (Dozat & Manning 2017). Text that somebody asks about is cut into sentences, which get a tree each; annotated examples are
one sentence. What is longer than `max_length` tokens is parsed in pieces of whole words, each a tree of its own. KLUE-baseline
feeds its parser the gold parts of speech; here they are predicted, so the scores are those of raw text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, ClassVar, Literal, get_args

import numpy as np

from malmoi.data.examples import ExampleKind, TreeExample, Word
from malmoi.data.features import Batch, Features, pad, padded_length
from malmoi.data.labels import LabelName, check_alone, row_name
from malmoi.data.predictions import ParsedWord, ParsingPrediction
from malmoi.data.trees import BadWord
from malmoi.errors import DataError
from malmoi.messages import say
from malmoi.metrics.analysis import Analysis, Baseline
from malmoi.metrics.counts import CountTable, paired_difference
from malmoi.metrics.scores import Scores, Statistic
from malmoi.metrics.spans import accuracy_name
from malmoi.metrics.tree_analysis import (
    length_rows,
    next_word_trees,
    relation_confusion,
    relation_rows,
    tag_table,
    word_table,
    wrong_trees,
)
from malmoi.metrics.trees import KLUE_DP_RELATIONS, klue_dp_table, tree_table
from malmoi.tasks.base import Task, TaskConfig, Window
from malmoi.tasks.parsing.projective_tree import maximum_projective_tree
from malmoi.tasks.parsing.spanning_tree import maximum_spanning_tree
from malmoi.tasks.parsing.treebank import check_tree, tag_parts
from malmoi.tasks.parsing.word_pieces import Sentence, cut_sentences, raw_words
from malmoi.tasks.settings import check_range, check_share
from malmoi.text.cleaning import Cleaner, parse_steps
from malmoi.text.word_breaks import learn_breaks, split_words

TreeKind = Literal["any", "projective", "head-final"]
_UNKNOWN = -1
_FEWEST_FOUND = 0.8  # of the training words by the rules


@dataclass(frozen=True)
class ParsingConfig(TaskConfig):
    """What is read and answered.

    `relations`, `tags` (parts of speech) and `breaks` (where words end beside punctuation; none: words are eojeols) are learned
    from the training trees. `trees` are those that an answer may be: "any", "projective" (no arcs cross) or "head-final" (moreover
    every head stands behind its word, as in KLUE-DP); what scores best on dev is chosen when none is given. `arc_size`,
    `relation_size` and `tag_size` are the widths of the head's layers, `tag_weight` is the weight of the tags' loss beside those
    of heads and relations.
    """

    dropout: float = 0.0
    arc_size: int = 256
    relation_size: int = 128
    tag_size: int = 256
    tag_weight: float = 1.0
    relations: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    breaks: dict[str, bool] | None = None
    trees: TreeKind | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_share("dropout", self.dropout)
        for name in ("arc_size", "relation_size", "tag_size"):
            check_range(name, getattr(self, name), 1, 8192)
        check_range("tag_weight", self.tag_weight, 0, 1_000_000)


@dataclass(frozen=True, slots=True)
class ParsingFeatures(Features):
    """A piece of a sentence: the places of its words in the raw text, int32 [words, 2], their first and last pieces, int32 [words].

    `heads` (0 is the root, words counted from 1), `relations` and `tags`, int32 [words], are -1 where not known.
    """

    places: np.ndarray
    firsts: np.ndarray
    lasts: np.ndarray
    heads: np.ndarray
    relations: np.ndarray
    tags: np.ndarray


@dataclass(frozen=True, slots=True)
class ParsingBatch(Batch):
    """A batch with the words' pieces and targets, int64 [batch, words]; `word_mask` is 1 for words, targets of padding are -1."""

    firsts: np.ndarray
    lasts: np.ndarray
    word_mask: np.ndarray
    heads: np.ndarray
    relations: np.ndarray
    tags: np.ndarray


class Parsing(Task):
    """A dependency tree for each sentence."""

    name = "parsing"
    config_class = ParsingConfig
    main_score = "las"
    example_kind: ClassVar[ExampleKind] = "tree"
    cuts_long_texts = False

    def __init__(self, config: ParsingConfig, tokenizer: Any) -> None:
        super().__init__(config, tokenizer)
        self._relation_ids = {relation: i for i, relation in enumerate(config.relations)}
        self._tag_ids = {tag: i for i, tag in enumerate(config.tags)}
        self._breaks: Mapping[str, bool] = config.breaks or {}

    @classmethod
    def configure(
        cls,
        config: ParsingConfig,
        examples: Sequence[TreeExample],
        label_names: Mapping[str, LabelName] = MappingProxyType({}),
    ) -> ParsingConfig:
        """Return `config` with the relations, tags and rules for words of the training trees."""
        trees = [(example.text, example.words or ()) for example in examples]
        words = [word for _, own in trees for word in own]
        relations = tuple(sorted({word.relation for word in words if word.relation is not None}))
        tags = tuple(sorted({word.pos for word in words if word.pos is not None}))
        breaks = config.breaks
        if breaks is None:
            breaks = learn_breaks((text, [(word.start, word.end) for word in own]) for text, own in trees)
        return replace(config, relations=config.relations or relations, tags=config.tags or tags, breaks=breaks)

    def check(self, examples: Sequence[TreeExample], source: str, *, training: bool = False) -> None:
        """Raise `DataError` for an example without a tree, heads that make none and, for training, words that no rule finds."""
        for i, example in enumerate(examples, 1):
            try:
                check_tree(example)
            except BadWord as error:
                word = say(f"{error.number}번째 낱말", f"word {error.number}") + ": " if error.number else ""
                raise DataError(f"{source}, {row_name(i, example)}: {word}{error}.") from error
        if training:
            self._check_words(examples, source)

    def _check_words(self, examples: Sequence[TreeExample], source: str) -> None:
        """Raise `DataError` when most words are not eojeols, nor cut at punctuation: they could never be found in raw text."""
        cleaner = Cleaner(parse_steps(self.config.clean))
        gold = _gold(examples)
        places = [{(word.start, word.end) for word in words} for words in gold]
        said = [raw_words(example.text, self._breaks, cleaner) for example in examples]
        found = sum(len(own.intersection(words)) for own, words in zip(places, said, strict=True))
        num = sum(map(len, gold))
        if found < _FEWEST_FOUND * num:
            raise DataError(
                say(
                    f"{source}: 낱말 {num:,}개 가운데 {found:,}개만 어절이거나 문장 부호에서 나뉩니다. 낱말이 형태소인 자료는 쓸 수 없습니다. "
                    "어절 단위의 나무를 주세요.",
                    f"{source}: only {found:,} of {num:,} words are eojeols or end at punctuation. Trees of morphemes cannot be used: "
                    "give trees whose words are eojeols.",
                )
            )  # fmt: skip

    def ask(
        self, text: str, pair: str | None = None, cells: Mapping[str, Any] = MappingProxyType({}), row: int = 0
    ) -> TreeExample:
        """Return the example of a text; raise `DataError` for a second text."""
        check_alone(text, pair, row)
        return TreeExample(text, row=row)

    @property
    def sample(self) -> dict[str, Any]:
        """A sentence."""
        return {"text": "아이는 병원에서 치료를 받았다."}

    def encode(self, examples: Sequence[TreeExample]) -> list[list[Features]]:
        """Return the windows of each example: its sentences, the long ones in pieces; none for a text without words."""
        windows: list[list[Features]] = [[] for _ in examples]
        texts = [example.text for example in examples]
        are_whole = [example.words is not None for example in examples]
        for sentence in cut_sentences(texts, are_whole, self._breaks, self.tokenizer, self.config.max_length):
            windows[sentence.number].append(self._features(sentence, examples[sentence.number].words or ()))
        return windows

    def _features(self, sentence: Sentence, gold: Sequence[Word]) -> ParsingFeatures:
        """Return the window of a sentence; targets are those of the gold words at the places of its words."""
        places = [(int(start), int(end)) for start, end in sentence.places]
        numbers = {place: i for i, place in enumerate(places, 1)}
        targets = np.full((3, len(places)), _UNKNOWN, dtype=np.int32)
        for word in gold:
            number = numbers.get((word.start, word.end))
            if number is None:
                continue
            targets[2, number - 1] = self._tag_ids.get(word.pos or "", _UNKNOWN)
            if word.head is None:
                continue
            head = gold[word.head - 1] if word.head else None
            found = 0 if head is None else numbers.get((head.start, head.end), _UNKNOWN)
            if found != _UNKNOWN:
                targets[:2, number - 1] = found, self._relation_ids.get(word.relation or "", _UNKNOWN)
        return ParsingFeatures(
            sentence.input_ids, sentence.type_ids, sentence.places, sentence.firsts, sentence.lasts, *targets
        )

    def collate(self, features: Sequence[Features], rng: np.random.Generator) -> Batch:
        """Return a padded batch; words are padded as tokens are."""
        batch = pad(features, self.tokenizer.pad_id, self.config.max_length)
        sentences: Sequence[Any] = features
        counts = np.array([len(row.places) for row in sentences])
        num_words = int(padded_length(counts, self.config.max_length).max())

        def padded(name: str, value: int) -> np.ndarray:
            rows = np.full((len(sentences), num_words), value, dtype=np.int64)
            for row, own in zip(rows, sentences, strict=True):
                row[: len(own.places)] = getattr(own, name)
            return rows

        return ParsingBatch(
            batch.input_ids,
            batch.type_ids,
            batch.attention_mask,
            padded("firsts", 0),
            padded("lasts", 0),
            (np.arange(num_words) < counts[:, None]).astype(np.int64),
            padded("heads", _UNKNOWN),
            padded("relations", _UNKNOWN),
            padded("tags", _UNKNOWN),
        )

    def build_head(self, backbone_config: Any) -> Any:
        """Return the biaffine head; Hugging Face has no class of this shape."""
        from malmoi.models.biaffine import BiaffineHead, BiaffineSizes

        c = self.config
        sizes = BiaffineSizes(c.arc_size, c.relation_size, c.tag_size)
        return BiaffineHead(backbone_config, len(c.relations), tag_parts(c.tags), sizes, c.dropout, c.tag_weight)

    def decode(self, example: TreeExample, windows: Sequence[Window]) -> ParsingPrediction:
        """Return the best tree of each window, one behind the other."""
        words: list[ParsedWord] = []
        for window in windows:
            words += self._decoded(example.text, window, len(words))
        return ParsingPrediction(example.text, None, tuple(words))

    def _decoded(self, text: str, window: Window, before: int) -> list[ParsedWord]:
        """Return the words of a window's tree; `before` words of the text come first."""
        features: Any = window.features
        num = len(features.places)
        heads = self._heads(window.outputs["arcs"][:num, : num + 1])
        relations = window.outputs["relation_ids"][np.arange(num), heads].astype(int)
        tags = window.outputs["tag_ids"][:num].astype(int).tolist() if self.config.tags else None
        return [
            ParsedWord(
                text[start:end],
                start,
                end,
                None if tags is None else self.config.tags[tags[i]],
                head and head + before,
                self.config.relations[relation],
            )
            for i, ((start, end), head, relation) in enumerate(
                zip(features.places.tolist(), heads.tolist(), relations.tolist(), strict=True)
            )
        ]

    def _heads(self, arcs: np.ndarray) -> np.ndarray:
        """Return the heads of the best tree of the chosen kind."""
        if self.config.trees in (None, "any"):
            return maximum_spanning_tree(arcs)
        return maximum_projective_tree(arcs, head_final=self.config.trees == "head-final")

    def tune(self, examples: Sequence[TreeExample], windows: Sequence[Sequence[Window]]) -> Parsing:
        """Return the task with the kind of trees that scores best on dev, unless one was given; of equals the freest.

        Trees without crossing arcs are fewer than all there are, and nearer to what annotators draw: where the model has seen
        little, that helps even if the treebank has exceptions.
        """
        if self.config.trees is not None:
            return self
        tasks = [self.with_config(trees=kind) for kind in get_args(TreeKind)]

        def las(task: Parsing) -> float:
            predictions = [task.decode(e, own) for e, own in zip(examples, windows, strict=True)]
            return tree_table(_gold(examples), _predicted(predictions)).values()["las"]

        return max(tasks, key=las)

    def score(self, predictions: Sequence[ParsingPrediction], examples: Sequence[TreeExample]) -> Scores:
        """Return LAS and UAS, those of KLUE-DP for its relations, the accuracy of the tags and the F1 of the words found.

        KLUE's own baseline reads gold parts of speech, this model raw text.
        """
        return self._table(predictions, examples).scores()

    def main_statistic(self, predictions: Sequence[ParsingPrediction], examples: Sequence[TreeExample]) -> Statistic:
        """Return LAS of drawn examples."""
        return tree_table(_gold(examples), _predicted(predictions)).statistic("las")

    def _table(self, predictions: Sequence[ParsingPrediction], examples: Sequence[TreeExample]) -> CountTable:
        gold, predicted = _gold(examples), _predicted(predictions)
        table = tree_table(gold, predicted)
        relations = {word.relation for words in gold for word in words} | set(self.config.relations)
        if relations <= set(KLUE_DP_RELATIONS):
            table |= klue_dp_table(gold, predicted)
        if self.config.tags and any(word.pos for words in gold for word in words):
            table |= tag_table(gold, predicted, accuracy_name(self.config.tags))
        return table | word_table(gold, predicted)

    def analyse(self, predictions: Sequence[ParsingPrediction], examples: Sequence[TreeExample]) -> Analysis:
        """Return the next-word rule, relations one by one and confused, LAS by length, and the trees with most errors."""
        gold, predicted = _gold(examples), _predicted(predictions)
        rule = tree_table(gold, next_word_trees(gold))
        difference = paired_difference(tree_table(gold, predicted), rule, "las")
        name = say("다음 낱말이 머리", "the next word is the head")
        return Analysis(
            labels=self.config.relations,
            baselines=[Baseline("next-word", name, rule.scores(), difference)],
            confusion=relation_confusion(gold, predicted, self.config.relations),
            class_rows=relation_rows(gold, predicted),
            slices=length_rows(examples, gold, predicted),
            slice_score="las",
            errors=wrong_trees(examples, gold, predicted),
            errors_by="mistakes",
        )

    def tuned(self) -> list[tuple[str, str, str]]:
        """Return the kind of the trees."""
        return [("나무의 꼴", "kind of trees", str(self.config.trees))]

    @property
    def label_names(self) -> tuple[str, ...]:
        """The relations."""
        return self.config.relations

    @classmethod
    def demo(cls) -> list[TreeExample]:
        """Five sentences in the manner of KLUE-DP."""
        return [
            _tree("비가/NNG+JKS/2/NP_SBJ 온다./VV+EF+SF/0/VP"),
            _tree("동생은/NNG+JX/3/NP_SBJ 밥을/NNG+JKO/3/NP_OBJ 먹었다./VV+EP+EF+SF/0/VP"),
            _tree("나는/NP+JX/4/NP_SBJ 새/MM/3/DP 책을/NNG+JKO/4/NP_OBJ 읽는다./VV+EF+SF/0/VP"),
            _tree("아주/MAG/2/AP 큰/VA+ETM/3/VP_MOD 나무가/NNG+JKS/4/NP_SBJ 있다./VA+EF+SF/0/VP"),
            _tree("우리/NP/2/NP 학교의/NNG+JKG/3/NP_MOD 운동장은/NNG+JX/4/NP_SBJ 넓다./VA+EF+SF/0/VP"),
        ]


def _tree(rows: str) -> TreeExample:
    """Return the tree of "word/tag/head/relation" rows, parted by spaces."""
    parts = [row.split("/") for row in rows.split()]
    text = " ".join(part[0] for part in parts)
    places = split_words(text, {})
    return TreeExample(
        text,
        tuple(Word(*place, tag, int(head), relation) for place, (_, tag, head, relation) in zip(places, parts, strict=True)),
    )  # fmt: skip


def _gold(examples: Sequence[TreeExample]) -> list[tuple[Word, ...]]:
    return [example.words or () for example in examples]


def _predicted(predictions: Sequence[ParsingPrediction]) -> list[list[Word]]:
    return [[Word(w.start, w.end, w.pos, w.head, w.relation) for w in prediction.words] for prediction in predictions]
