"""Windows of a question on a context: cut, put together, given their target, drawn for training and padded, in numpy.

A context of 700 pieces and a question of 20 make windows `<s> question </s></s> pieces 0 to 360 </s>`, `… pieces 232 to 592 …`
and so on; the answer's place is counted in the window, and the first token stands for "not in this window".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from malmoi.data.examples import Span
from malmoi.data.features import Batch, Features, pad
from malmoi.tokenization.pieces import PairTemplate, Pieces, window_places


@dataclass(frozen=True, slots=True)
class ExtractionFeatures(Features):
    """A window: the raw places `offsets` int32 [pieces of the context, 2], where the context begins in it, and the target.

    `start` and `end` are places in the window, both 0 when the answer is not in it and -1 when it is not known.
    """

    offsets: np.ndarray
    context_at: int
    start: int = -1
    end: int = -1


@dataclass(frozen=True, slots=True)
class ExtractionBatch(Batch):
    """A batch with `starts` and `ends` int64 [batch], and `allowed` int64 [batch, length]: 1 for the first token and the context."""

    starts: np.ndarray
    ends: np.ndarray
    allowed: np.ndarray


@dataclass(frozen=True)
class Reading:
    """How a context is read: windows of `max_length` tokens that share `stride`, each with `max_question` of the question's."""

    template: PairTemplate
    max_length: int
    max_question: int
    stride: int

    def windows(self, question: Pieces, context: Pieces, answers: Sequence[Span] | None) -> list[Features]:
        """Return the windows of a question on a context, with the places of the answers where these are known."""
        asked = question.ids[: self.max_question]
        room = self.max_length - self.template.num_special - len(asked)
        at = len(self.template.before) + len(asked) + len(self.template.between)
        gold = None if answers is None else [piece_place(answer, context) for answer in answers]
        windows: list[Features] = []
        for first, last in window_places(len(context), room, self.stride):
            inputs = self.template.join(asked, context.ids[first:last])
            target = (-1, -1) if gold is None else _target(gold, first, last, at)
            windows.append(ExtractionFeatures(*inputs, context.offsets[first:last], at, *target))
        return windows


def piece_place(answer: Span, context: Pieces) -> tuple[int, int]:
    """Return the first and last piece of an answer; the last is before the first when cleaning took the answer away.

    >>> found = Pieces(np.arange(3), np.array([[0, 2], [2, 4], [5, 7]]))
    >>> piece_place(Span(0, 3), found), piece_place(Span(5, 7), found)
    ((0, 1), (2, 2))
    """
    starts, ends = context.offsets[:, 0], context.offsets[:, 1]
    first = max(0, int(np.searchsorted(starts, answer.start, side="right")) - 1)
    if first < len(ends) and ends[first] <= answer.start:
        first += 1
    return first, int(np.searchsorted(starts, answer.end, side="left")) - 1


def _target(gold: Sequence[tuple[int, int]], first: int, last: int, at: int) -> tuple[int, int]:
    """Return the places of the first answer that lies inside a window, (0, 0) for none, (-1, -1) when no answer has pieces."""
    there = [(start, end) for start, end in gold if start <= end]
    if gold and not there:
        return -1, -1
    for start, end in there:
        if first <= start and end < last:
            return at + start - first, at + end - first
    return 0, 0


def drawn_windows(windows: Sequence[Any], negatives: float) -> list[Any]:
    """Return an example's windows with the answer and, drawn among those without it, `negatives` times as many.

    At least one is left of a question without an answer. The draw depends on the example alone.
    """
    right = [window for window in windows if window.start > 0]
    wrong = [window for window in windows if window.start == 0]
    rng = np.random.default_rng([len(windows), *windows[0].input_ids[:64].tolist()])
    wished = len(right) * negatives if right else max(1.0, negatives)
    number = int(wished) + int(rng.random() < wished % 1)
    chosen = np.sort(rng.permutation(len(wrong))[:number])
    return [*right, *(wrong[i] for i in chosen)]


def collate_windows(features: Sequence[Any], pad_id: int, max_length: int) -> ExtractionBatch:
    """Return a padded batch with targets and allowed places."""
    batch = pad(features, pad_id, max_length)
    allowed = np.zeros_like(batch.input_ids)
    allowed[:, 0] = 1
    for place, row in zip(allowed, features, strict=True):
        place[row.context_at : row.context_at + len(row.offsets)] = 1
    starts, ends = (np.array([getattr(row, name) for row in features], dtype=np.int64) for name in ("start", "end"))
    return ExtractionBatch(batch.input_ids, batch.type_ids, batch.attention_mask, starts, ends, allowed)
