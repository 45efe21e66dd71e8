"""What a person annotated: one frozen dataclass per data shape, and the dataset that holds them.

One real instance: `TextExample(text="아 더빙.. 진짜 짜증나네요 목소리", label="0", id="9976970", row=2)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

LabelKind = Literal["label", "labels", "score"]  # one, any number, or a number: what a label column holds
NO_LABEL = "-"


@dataclass(frozen=True, slots=True)
class TextExample:
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


@dataclass(frozen=True)
class Dataset:
    """Examples and where they come from.

    `notes` are sentences for the user about what was recognised or repaired (encoding, delimiter, trimmed labels);
    `fingerprint` is the sha256 of the source file(s), "" for examples from memory; `skipped` counts bad rows left out.
    """

    examples: list[TextExample]
    source: str = "memory"
    notes: tuple[str, ...] = ()
    fingerprint: str = ""
    skipped: int = 0
    bad_rows: tuple[int, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.examples)

    def __iter__(self) -> Iterator[TextExample]:
        return iter(self.examples)
