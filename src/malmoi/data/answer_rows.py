"""Rows of a file with answers: the columns of the input as they were, and behind them those of the answer.

One real instance: the row `id=7, 글=재밌어요, label=1` becomes
`id=7, 글=재밌어요, label=1, malmoi_label=긍정, malmoi_score=0.98, malmoi_score_부정=0.02, malmoi_score_긍정=0.98, malmoi_sentence=…`
in a CSV; in JSONL the probabilities stay one object, `malmoi_scores`. The prefix tells answers from what people annotated when
the file is read again (`data.columns`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from malmoi.data.columns import ANSWER_PREFIX
from malmoi.data.copying import numbered
from malmoi.data.values import json_value

_SPREAD = "scores"


@dataclass(frozen=True)
class RowLayout:
    """What the columns of an output are: the input's `columns`, then the parts of an answer under their `names`.

    Beside columns of an input a part is called `malmoi_…`, alone by its own name. In a table every row has all columns, and
    `scores` is one column for each of `labels`.
    """

    columns: tuple[str, ...]
    names: Mapping[str, str]
    labels: tuple[str, ...]
    is_table: bool

    def row(self, cells: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
        """Return the output's row for the cells of an input's row and the JSON form of its prediction."""
        own = {name: json_value(value) for name, value in cells.items()}
        if self.is_table:
            own = {name: own.get(name) for name in self.columns}
        parts = _spread(answer, self.labels) if self.is_table else answer
        return own | {name: parts.get(part) for part, name in self.names.items()}


def row_layout(
    answer: Mapping[str, Any], columns: Sequence[str] = (), *, is_table: bool, labels: Sequence[str] = ()
) -> RowLayout:
    """Return the layout for answers like this one behind the columns of an input; `labels` is the order of `scores`.

    >>> answer = {"label": "긍정", "scores": {"긍정": 0.98, "부정": 0.02}}
    >>> list(row_layout(answer, ["id", "label"], is_table=True, labels=["부정", "긍정"]).names.values())
    ['malmoi_label', 'malmoi_score_부정', 'malmoi_score_긍정']
    """
    names: dict[str, str] = {}
    for part in _spread(answer, labels) if is_table else answer:
        taken = {*columns, *names.values()}
        name = ANSWER_PREFIX + part if columns else part
        names[part] = numbered(name, taken) if name in taken else name
    return RowLayout(tuple(columns), names, tuple(labels), is_table)


def _spread(answer: Mapping[str, Any], labels: Sequence[str]) -> dict[str, Any]:
    """Return an answer with a part for each label in the place of its `scores`."""
    parts: dict[str, Any] = {}
    for part, value in answer.items():
        if part == _SPREAD and isinstance(value, Mapping):
            parts |= {f"score_{label}": value[label] for label in labels or value}
        else:
            parts[part] = value
    return parts
