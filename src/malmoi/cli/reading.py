"""How `malmoi data` reads what the user names: a corpus, or a file with the columns and the kind of label given as flags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from malmoi.cli.output import Output
from malmoi.errors import ConfigError, DataError
from malmoi.messages import say

if TYPE_CHECKING:
    from malmoi.data.columns import Columns
    from malmoi.data.examples import Dataset, LabelKind
    from malmoi.data.sources import Source


@dataclass(frozen=True)
class Reading:
    """The flags of one command; columns and kind of label are those of files, for a corpus knows its own."""

    columns: Columns
    kind: LabelKind = "label"
    separator: str | None = None
    labelled: bool = True
    skip_bad: bool = False

    def flags(self) -> list[str]:
        """Return the flags on a command line that read data in this way."""
        columns = {"--text": self.columns.text, "--pair": self.columns.pair, "--label": self.columns.label}
        given = {**columns, "--separator": self.separator}
        are_set = {
            "--multi-label": self.kind == "labels",
            "--scores": self.kind == "score",
            "--unlabelled": not self.labelled,
            "--skip-bad": self.skip_bad,
        }
        values = [word for flag, value in given.items() if value is not None for word in (flag, value)]
        return values + [flag for flag, is_set in are_set.items() if is_set]

    def load(self, data: str, others: Sequence[str] = (), *, keep_empty: bool = False) -> Dataset:
        """Return the data; of a corpus the training part unless a split is named. Flags may be meant for one of `others`."""
        from malmoi.data.columns import Columns
        from malmoi.data.readers import read_examples
        from malmoi.data.rules import Rules
        from malmoi.training.datasets import load_dataset, named_corpus

        if named_corpus(data) is None:
            rules = Rules(self.labelled, self.skip_bad, keep_empty, kind=self.kind, separator=self.separator)
            return read_examples(Path(data), self.columns, rules)
        for_others = any(named_corpus(other) is None for other in others)
        columns, separator = (Columns(), None) if for_others else (self.columns, self.separator)
        return load_dataset(data, columns, split="train", separator=separator)

    def open(self, data: str) -> Source:
        """Return the records of a file that `load` reads."""
        from malmoi.data.sources import open_source

        return open_source(Path(data), self.columns, labelled=self.labelled, skip_bad=self.skip_bad)

    def load_against(self, data: str, main: str) -> Dataset:
        """Return data to compare with; its labels are read where it has any."""
        try:
            return self.load(data, [main])
        except DataError:
            if not self.labelled:
                raise
            return replace(self, labelled=False, kind="label", separator=None).load(data, [main])


def reading(
    columns: Columns,
    *,
    multi_label: bool,
    separator: str | None,
    scores: bool,
    unlabelled: bool,
    skip_bad: bool,
) -> Reading:
    """Return the reading that the flags describe; `ConfigError` when they contradict each other."""
    kinds = {"--multi-label": multi_label, "--scores": scores, "--unlabelled": unlabelled}
    if len(named := [flag for flag, is_set in kinds.items() if is_set]) > 1:
        both = ", ".join(named)
        raise ConfigError(say(f"{both}: 함께 쓸 수 없습니다.", f"{both} exclude each other."))
    kind: LabelKind = "labels" if multi_label else "score" if scores else "label"
    return Reading(columns, kind, separator, not unlabelled, skip_bad)


def label_names(data: str) -> Mapping[str, str]:
    """Return what people call the labels of a corpus, nothing for a file."""
    from malmoi.training.datasets import named_corpus

    found = named_corpus(data)
    return found[0].label_names if found else {}


def read_beside(output: Output, how: Reading, data: str, against: Sequence[str]) -> tuple[Dataset, list[Dataset]]:
    """Return the data and what it is to be compared with; print its name, size and notes."""
    dataset = how.load(data, against, keep_empty=True)
    others = [how.load_against(other, data) for other in against]
    output.title(say(f"{dataset.source} · {len(dataset):,}행", f"{dataset.source} · {len(dataset):,} rows"))
    output.print(*dataset.notes)
    return dataset, others
