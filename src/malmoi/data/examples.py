"""What a person annotated: one frozen dataclass per data shape, and the dataset that holds them.

One real instance: `TextExample(text="아 더빙.. 진짜 짜증나네요 목소리", label="0", id="9976970", row=2)`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from malmoi.data.columns import Columns

LabelKind = Literal["label", "labels", "score"]  # one, any number, or a number: what a label column holds
ShapeKind = Literal["spans", "answers", "relation", "tree", "dialogue"]  # annotations that no single column holds
ExampleKind = LabelKind | ShapeKind
NO_LABEL = "-"


class Example(ABC):
    """What every example has: its text, perhaps a second one, where it came from, and what was annotated as a string.

    A shape that has no second text, label, labels or score leaves them None, so that whoever splits, compares and counts
    examples need not know the shapes.
    """

    __slots__ = ()
    text: str
    id: str | None
    row: int

    @property
    def pair(self) -> str | None:
        """The second text, None where there is only one."""
        return None

    @property
    def label(self) -> str | None:
        """The one label, None where the annotation is none."""
        return None

    @property
    def labels(self) -> tuple[str, ...] | None:
        """The labels, None where the annotation is not a set of labels."""
        return None

    @property
    def score(self) -> float | None:
        """The score, None where the annotation is none."""
        return None

    @property
    def about(self) -> str:
        """What of the text is asked about, where one text may be asked about in several ways; "" is the whole."""
        return ""

    @property
    def linked_by(self) -> tuple[str, ...]:
        """What two examples must not share when one is trained on and the other judged: their texts."""
        return (self.text,) if self.pair is None else (self.text, self.pair)

    @property
    @abstractmethod
    def target(self) -> str | None:
        """What was annotated as one string, to count and compare; None when nothing was."""


@dataclass(frozen=True, slots=True)
class TextExample(Example):
    """A text, or a pair of texts, with what was annotated: a `label`, several `labels` or a `score`.

    The three are None when nothing was annotated; `labels=()` means that somebody looked and none applied. `id` is the
    corpus's own name of the row; `row` is the 1-based physical line (or record) it was read from, 0 when it came from memory.

    >>> TextExample("배우 연기는 좋은데 이야기가 지루해요", label="부정").label
    '부정'
    """

    text: str
    pair: str | None = None
    label: str | None = None
    id: str | None = None
    row: int = 0
    labels: tuple[str, ...] | None = None
    score: float | None = None

    @property
    def target(self) -> str | None:
        """What was annotated as one string, to count and compare: `NO_LABEL` for no label at all, None when not annotated.

        >>> [TextExample("글", labels=("욕설", "비하")).target, TextExample("글", labels=()).target, TextExample("글", score=3.8).target]
        ['비하|욕설', '-', '3.8']
        """
        if self.label is not None:
            return self.label
        if self.labels is not None:
            return "|".join(sorted(self.labels)) or NO_LABEL
        return None if self.score is None else f"{self.score:.12g}"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A labelled stretch of raw text: characters `start` to `end`, end exclusive.

    >>> "손흥민은 축구 선수다"[slice(*Span(0, 3, "PS").place)]
    '손흥민'
    """

    start: int
    end: int
    label: str = ""

    @property
    def place(self) -> tuple[int, int]:
        """`(start, end)`."""
        return self.start, self.end


@dataclass(frozen=True, slots=True)
class SpanExample(Example):
    """A text with labelled stretches that do not overlap, in order: entities, or words with their part of speech.

    `spans` is None when nothing was annotated; `()` means that somebody looked and found none. `tokens` are the gold token
    boundaries `(start, end)` where the annotation came by tokens (CoNLL, CoNLL-U), None where it is free.

    >>> SpanExample("손흥민은 축구 선수다", (Span(0, 3, "PS"),)).target
    'PS'
    """

    text: str
    spans: tuple[Span, ...] | None = None
    tokens: tuple[tuple[int, int], ...] | None = None
    id: str | None = None
    row: int = 0

    @property
    def target(self) -> str | None:
        """The labels that occur, each once: a split keeps their mixture alike on both sides."""
        if self.spans is None:
            return None
        return "|".join(sorted({span.label for span in self.spans})) or NO_LABEL


@dataclass(frozen=True, slots=True)
class AnswerExample(Example):
    """A question on a context of any length, and the places of its answers in the context (raw characters, no label).

    `answers` is None when nothing was annotated; `()` means that the context does not answer the question. `title` names
    the article: questions on one article belong on one side of a split.

    >>> AnswerExample("누가 쓰나?", "말모이는 학생이 쓴다.", (Span(5, 7),)).answer_texts
    ('학생',)
    """

    text: str
    context: str
    answers: tuple[Span, ...] | None = None
    title: str = ""
    id: str | None = None
    row: int = 0

    @property
    def pair(self) -> str | None:
        """The context."""
        return self.context

    @property
    def linked_by(self) -> tuple[str, ...]:
        """The article, or the context where no title is known: a question may be asked of two."""
        return (self.title or self.context,)

    @property
    def answer_texts(self) -> tuple[str, ...]:
        """The answers as they stand in the context."""
        return tuple(self.context[answer.start : answer.end] for answer in self.answers or ())

    @property
    def target(self) -> str | None:
        """Whether the context answers the question."""
        return None if self.answers is None else "answer" if self.answers else NO_LABEL


@dataclass(frozen=True, slots=True)
class RelationExample(Example):
    """A text, two entities in it with their types as labels, and what relates the first to the second.

    >>> RelationExample("이순신은 조선의 장군이다", Span(0, 3, "PER"), Span(5, 7, "LOC"), "per:origin").target
    'per:origin'
    """

    text: str
    subject: Span
    object: Span
    relation: str | None = None
    id: str | None = None
    row: int = 0

    @property
    def about(self) -> str:
        """The two entities."""
        return " ".join(self.text[span.start : span.end] for span in (self.subject, self.object))

    @property
    def label(self) -> str | None:
        """The relation."""
        return self.relation

    @property
    def target(self) -> str | None:
        """The relation."""
        return self.relation


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a tree: its place in the raw text, part of speech, the 1-based number of its head (0 = root), the relation to it.

    `pos`, `head` and `relation` are None where nothing was annotated.
    """

    start: int
    end: int
    pos: str | None = None
    head: int | None = None
    relation: str | None = None


@dataclass(frozen=True, slots=True)
class TreeExample(Example):
    """A sentence and its words, in order; `words` is None when only the text is known.

    >>> tree = TreeExample("비가 온다", (Word(0, 2, "NP", 2, "NP_SBJ"), Word(3, 5, "VP", 0, "VP")))
    >>> [tree.text[word.start : word.end] for word in tree.words]
    ['비가', '온다']
    """

    text: str
    words: tuple[Word, ...] | None = None
    id: str | None = None
    row: int = 0

    @property
    def target(self) -> str | None:
        """A string that is there for an annotated tree: trees are not counted by kind."""
        return None if self.words is None or any(word.head is None for word in self.words) else "tree"


@dataclass(frozen=True, slots=True)
class Turn:
    """What the user said in a turn, what the system had said before it ("" at the start), and the state after it.

    `state` holds "domain-slot-value" strings of the whole dialogue so far; None when nothing was annotated.
    """

    user: str
    system: str = ""
    state: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class DialogueExample(Example):
    """The turns of a dialogue up to one that is asked about; its state is that of the last turn.

    A dialogue of n turns makes n examples, which share `dialogue` and stay on one side of a split.
    """

    turns: tuple[Turn, ...]
    dialogue: str = ""
    id: str | None = None
    row: int = 0

    @property
    def text(self) -> str:  # type: ignore[override]
        """What was said, a line for each utterance, the last turn last."""
        lines = [line for turn in self.turns for line in (turn.system, turn.user)]
        return "\n".join(line for line in lines if line)

    @property
    def linked_by(self) -> tuple[str, ...]:
        """The dialogue, or its text where it has no name."""
        return (self.dialogue or self.text,)

    @property
    def state(self) -> tuple[str, ...] | None:
        """The state after the last turn."""
        return self.turns[-1].state

    @property
    def target(self) -> str | None:
        """The domains of the state: a split keeps their mixture alike on both sides."""
        if self.state is None:
            return None
        return "|".join(sorted({value.split("-", 1)[0] for value in self.state})) or NO_LABEL


@dataclass(frozen=True)
class Dataset:
    """Examples and where they come from.

    `notes` are sentences for the user about what was recognised or repaired (encoding, delimiter, trimmed labels);
    `fingerprint` is the sha256 of the source file(s), "" for examples from memory; `skipped` counts bad rows left out;
    `columns` are the names of the columns that were read.
    """

    examples: list[Any]
    source: str = "memory"
    notes: tuple[str, ...] = ()
    fingerprint: str = ""
    skipped: int = 0
    bad_rows: tuple[int, ...] = field(default=(), repr=False)
    columns: Columns = field(default=Columns(), repr=False)

    def __len__(self) -> int:
        return len(self.examples)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.examples)
