"""What a person annotated: one frozen dataclass per data shape, and the dataset that holds them.

One real instance: `TextExample(text="아 더빙.. 진짜 짜증나네요 목소리", label="0", id="9976970", row=2)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TextExample:
    """A text, or a pair of texts, with a class label.

    `label` is the label's string, None when it is not known; `id` is the corpus's own name of the row;
    `row` is the 1-based physical line (or record) it was read from, 0 when it came from memory.

    >>> TextExample("배우 연기는 좋은데 이야기가 지루해요", label="부정").label
    '부정'
    """

    text: str
    pair: str | None = None
    label: str | None = None
    id: str | None = None
    row: int = 0


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
