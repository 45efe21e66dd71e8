"""From start and end logits of all windows on a context to different answers with probabilities, in numpy.

Start and end are each a distribution over the places of a window: its pieces of the context, and the first token, which says
that the answer is not here. A span's log probability is that of its start plus that of its end; so spans of different
windows compare, for a window that sees no answer gives its share to the first token (the bare logits do not compare: a
constant added to all logits of a window changes no distribution). Start and end know nothing of each other, so nothing says
yet that most answers are short: each character costs `brevity`, a log probability that is chosen on dev. That there is no
answer at all is as likely as the window that sees one most clearly allows: the smallest over the windows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from malmoi.data.predictions import AnswerCandidate
from malmoi.metrics.calibration import log_softmax, softmax
from malmoi.tasks.base import Window
from malmoi.text.eojeol import josa_splits

NUM_STARTS = 20  # most probable starts of a window; each is tried with every end
NUM_SPANS = 20  # spans of an example that probabilities are shared among
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Spans:
    """The most probable spans of an example, best first: `log_scores` float64 [k], `places` int64 [k, 3].

    A place is the first and last (exclusive) raw character, and where the last piece begins. `no_answer` is the log
    probability that there is none.
    """

    log_scores: np.ndarray
    places: np.ndarray
    no_answer: float


@dataclass(frozen=True, slots=True)
class Answers:
    """Different answers, most probable first, and the probability of none; with the answers left out they add up to one."""

    candidates: tuple[AnswerCandidate, ...]
    no_answer: float


def find_spans(windows: Sequence[Window], max_answer: int, brevity: float = 0.0) -> Spans:
    """Return the `NUM_SPANS` most probable spans of at most `max_answer` characters (a single piece may have more)."""
    found = [_window_spans(window, max_answer, brevity) for window in windows]
    log_scores = np.concatenate([part.log_scores for part in found])
    best = np.argsort(-log_scores, kind="stable")[:NUM_SPANS]
    places = np.concatenate([part.places for part in found])
    return Spans(log_scores[best], places[best], min(part.no_answer for part in found))


def answers_of(context: str, spans: Spans, *, cut_particles: bool) -> Answers:
    """Return the texts of spans without spaces around them, equal texts once; with `cut_particles` without glued particles."""
    found: dict[str, tuple[float, int, int]] = {}
    for log_score, (start, end, last) in zip(spans.log_scores.tolist(), spans.places.tolist(), strict=True):
        text = context[start:end]
        start, end = start + len(text) - len(text.lstrip()), end - len(text) + len(text.rstrip())
        if cut_particles:
            end = without_particle(context, start, end, last)
        if start < end:
            found.setdefault(context[start:end], (log_score, start, end))
    shares = softmax(np.array([*(log_score for log_score, _, _ in found.values()), spans.no_answer]))
    candidates = tuple(
        AnswerCandidate(text, round(float(share), _DIGITS), start, end)
        for (text, (_, start, end)), share in zip(found.items(), shares[:-1], strict=True)
    )
    return Answers(candidates, round(float(shares[-1]), _DIGITS))


def without_particle(context: str, start: int, end: int, last: int) -> int:
    """Return where an answer ends without a particle that is glued to its end inside the last piece, which begins at `last`.

    The answer is read as one word, spaces left out: 네 명의 is 네명 + 의.

    >>> text = "이순신은 거북선에서 싸웠다"
    >>> without_particle(text, 0, 4, 0), without_particle(text, 5, 10, 8), without_particle(text, 5, 10, 5)
    (3, 10, 8)
    """
    word = "".join(context[start:end].split())
    for split in josa_splits(word):
        cut = end - len(split.josa)
        if cut > last:
            return cut
    return end


def _window_spans(window: Window, max_answer: int, brevity: float) -> Spans:
    """Return the spans of one window, in no order."""
    features = window.features
    offsets: np.ndarray = features.offsets  # type: ignore[attr-defined]
    at: int = features.context_at  # type: ignore[attr-defined]
    rows = np.concatenate([[0], np.arange(at, at + len(offsets))])
    starts, ends = (log_softmax(window.outputs[name][rows]) for name in ("start_logits", "end_logits"))
    no_answer = float(starts[0] + ends[0])
    if not len(offsets):
        return Spans(np.zeros(0), np.zeros((0, 3), dtype=np.int64), no_answer)
    starts, ends = starts[1:], ends[1:]
    first = np.argsort(-starts, kind="stable")[:NUM_STARTS]
    last = first[:, None] + np.arange(min(len(offsets), max_answer))
    is_inside = last < len(offsets)
    last = np.minimum(last, len(offsets) - 1)
    num_chars = offsets[last, 1] - offsets[first, 0][:, None]
    is_inside[:, 1:] &= (num_chars <= max_answer)[:, 1:]
    scores = np.where(is_inside, starts[first][:, None] + ends[last] - brevity * num_chars, -np.inf)
    best = np.argsort(-scores, axis=None, kind="stable")[: min(NUM_SPANS, int(is_inside.sum()))]
    row, column = np.unravel_index(best, scores.shape)
    pieces = last[row, column]
    places = np.stack([offsets[first[row], 0], offsets[pieces, 1], offsets[pieces, 0]], axis=1)
    return Spans(scores[row, column], places.astype(np.int64), no_answer)
