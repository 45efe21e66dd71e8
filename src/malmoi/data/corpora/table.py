"""Corpora whose files are tables, or of one shape: which columns, which files for which split, and whether malmoi splits them.

One real instance, 3i4K: `1\t그 나라에 가본 적 있어`, columns by number, one file for malmoi's own train, dev and final.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from malmoi.data.columns import Columns
from malmoi.data.corpora.catalog import Corpus, CorpusFile, LabelName
from malmoi.data.corpora.splits import OWN_SPLITS, SHARES, Links, carve
from malmoi.data.examples import Dataset, ExampleKind, LabelKind
from malmoi.data.readers import read_examples
from malmoi.data.rules import Rules
from malmoi.data.same_text import own_texts
from malmoi.data.shapes import SHAPES, read_shape
from malmoi.messages import say

TASK_OF_KIND: Mapping[ExampleKind, str] = {
    "label": "classification",
    "labels": "multi-label",
    "score": "regression",
    "spans": "tagging",
    "answers": "extraction",
    "relation": "relations",
    "tree": "parsing",
    "dialogue": "dialogue",
}


@dataclass(frozen=True)
class Table:
    """The files of each split and how they are read; with a split `final`, malmoi has split the file of `train`.

    `kind` is what the rows hold, a kind of label (with `separator` and `none` as in `Rules`) or a shape; `links` says which examples must stay on one side of a split of malmoi's own.
    """

    name: str
    columns: Columns
    splits: Mapping[str, tuple[CorpusFile, ...]]
    kind: ExampleKind = "label"
    separator: str | None = None
    none: str | None = None
    links: Links = own_texts

    @property
    def files(self) -> tuple[CorpusFile, ...]:
        """All files, each once."""
        return tuple(dict.fromkeys(file for files in self.splits.values() for file in files))

    def load(self, split: str) -> Dataset:
        """Return the examples of a split; unusable rows of the published file are left out and counted."""
        files = self.splits[split]
        parts = [self._read(file.locate()) for file in files]
        examples = [example for part in parts for example in part]
        notes = [note for part in parts for note in part.notes]
        notes += [_excerpt_note(file) for file in files if file.state == "excerpt"]
        if "final" in self.splits and split in OWN_SPLITS:
            examples = carve(examples, self.links)[split]
            notes.append(_own_split_note(files))
        prints = ":".join([*(part.fingerprint for part in parts), self.name, split, str(SHARES)])
        return Dataset(
            examples,
            f"{self.name}:{split}",
            tuple(dict.fromkeys(notes)),
            hashlib.sha256(prints.encode()).hexdigest(),
            sum(part.skipped for part in parts),
            tuple(row for part in parts for row in part.bad_rows),
        )

    def _read(self, path: Path) -> Dataset:
        if shape := SHAPES.get(self.kind):
            return read_shape(path, shape, self.columns, skip_bad=True)
        kind = cast(LabelKind, self.kind)
        rules = Rules(skip_bad=True, kind=kind, separator=self.separator, none=self.none)
        return read_examples(path, self.columns, rules)


def table_corpus(
    table: Table,
    *,
    title_ko: str,
    title_en: str,
    licence: str,
    citation: str,
    labels: tuple[LabelName, ...] = (),
    optional: tuple[str, ...] = (),
    stand_in: str = "",
) -> Corpus:
    """Return the corpus of a table; its task follows from the kind of its labels."""
    return Corpus(
        name=table.name,
        task=TASK_OF_KIND[table.kind],
        title_ko=title_ko,
        title_en=title_en,
        licence=licence,
        citation=citation,
        files=table.files,
        splits=tuple(table.splits),
        reader=table.load,
        labels=labels,
        optional=optional,
        split_files=table.splits,
        stand_in=stand_in,
    )


def own_splits(*files: CorpusFile) -> dict[str, tuple[CorpusFile, ...]]:
    """Return the splits that malmoi makes itself of these files."""
    return dict.fromkeys(OWN_SPLITS, files)


def without_pairs(dataset: Dataset) -> Dataset:
    """Return the dataset with the second text of every example left out."""
    return replace(dataset, examples=[replace(example, pair=None) for example in dataset])


def _own_split_note(files: tuple[CorpusFile, ...]) -> str:
    names = ", ".join(file.path for file in files)
    return say(f"{names} 파일을 나눈 말모이의 자체 분할입니다.", f"malmoi's own split of {names}.")


def _excerpt_note(file: CorpusFile) -> str:
    return say(f"{file.path}: 공개된 파일의 일부만 있습니다.", f"{file.path}: an excerpt of the published file.")
