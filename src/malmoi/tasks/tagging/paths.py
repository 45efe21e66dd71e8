"""From scores of tags to the best legal sequence (Viterbi 1967), and from tags to spans; numpy only.

Tags are numbered O, B-label0, I-label0, B-label1, I-label1 …; without O where every character belongs to a span. I- follows
only B- or I- of its label. Where a unit may not part from the one before (inside a word, inside a given token) it goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FREE, GOES_ON, BEGINS = 0, 1, 2  # what a unit may do: anything, only continue the unit before, only begin anew


@dataclass(frozen=True)
class TagSet:
    """The tags of `labels`; `has_outside` puts O in front.

    >>> TagSet(("PS", "LC")).names
    ('O', 'B-PS', 'I-PS', 'B-LC', 'I-LC')
    """

    labels: tuple[str, ...]
    has_outside: bool = True

    @property
    def offset(self) -> int:
        """The id of the first B- tag."""
        return int(self.has_outside)

    @property
    def names(self) -> tuple[str, ...]:
        """The tags by id, in IOB2."""
        outside = ("O",) if self.has_outside else ()
        return (*outside, *(f"{letter}-{label}" for label in self.labels for letter in "BI"))

    def __len__(self) -> int:
        return self.offset + 2 * len(self.labels)

    def begin(self, label_id: int) -> int:
        """Return the id of a label's B- tag."""
        return self.offset + 2 * label_id

    def label_ids(self, tags: np.ndarray) -> np.ndarray:
        """Return the label of each tag, -1 for O."""
        return (tags - self.offset) // 2

    def is_inside(self, tags: np.ndarray) -> np.ndarray:
        """Whether each tag is an I-."""
        return (tags >= self.offset) & ((tags - self.offset) % 2 == 1)

    def is_legal(self, before: np.ndarray, tags: np.ndarray, kinds: np.ndarray) -> np.ndarray:
        """Whether each tag may follow the one before it, for units of these kinds; arrays that broadcast."""
        inside = self.is_inside(tags)
        goes_on = np.where(
            inside,
            self.label_ids(before) == self.label_ids(tags),
            (self.label_ids(tags) < 0) & (self.label_ids(before) < 0),
        )
        begins = ~inside
        return np.where(kinds == FREE, goes_on | begins, np.where(kinds == GOES_ON, goes_on, begins))


def best_path(
    scores: np.ndarray, tags: TagSet, kinds: np.ndarray | None = None, transitions: np.ndarray | None = None
) -> np.ndarray:
    """Return the legal tags with the greatest sum of scores [n, num_tags] (and of `transitions` [before, after]), int64 [n].

    >>> scores = np.array([[0.0, 1.0, 9.0], [1.0, 0.0, 2.0]])  # O, B-PS, I-PS: the best of each would begin with I-
    >>> best_path(scores, TagSet(("PS",))).tolist()
    [1, 2]
    """
    if not len(scores):
        return np.zeros(0, dtype=np.int64)
    kinds = np.zeros(len(scores), dtype=np.int64) if kinds is None else kinds.copy()
    kinds[0] = BEGINS
    if transitions is not None:
        return _best_with_transitions(scores, tags, kinds, transitions)
    path = scores.argmax(axis=1)
    before = np.concatenate([path[:1], path[:-1]])
    if tags.is_legal(before, path, kinds).all():
        return path  # nothing is better than the best of each
    return _best_legal(scores.astype(np.float64), tags, kinds)


def _best_legal(scores: np.ndarray, tags: TagSet, kinds: np.ndarray) -> np.ndarray:
    """Viterbi in time linear in the tags: all that an I- needs to know of the past is the best of its own label."""
    n, first = scores.shape[0], tags.offset
    back = np.zeros(scores.shape, dtype=np.int64)
    own = np.arange(len(tags))
    inside = np.flatnonzero(tags.is_inside(own))
    value = np.where(tags.is_inside(own), -np.inf, scores[0])
    for i in range(1, n):
        best = int(value.argmax())
        back[i], new = best, np.full(len(tags), value[best])
        from_begin = value[inside - 1] > value[inside]
        back[i, inside] = np.where(from_begin, inside - 1, inside)
        new[inside] = np.maximum(value[inside - 1], value[inside])
        if kinds[i] == BEGINS:
            new[inside] = -np.inf
        elif kinds[i] == GOES_ON:
            new[first::2] = -np.inf
            if first:
                new[0], back[i, 0] = value[0], 0
        value = new + scores[i]
    return _traced(back, int(value.argmax()))


def _best_with_transitions(scores: np.ndarray, tags: TagSet, kinds: np.ndarray, transitions: np.ndarray) -> np.ndarray:
    allowed = allowed_transitions(tags, transitions)
    back = np.zeros(scores.shape, dtype=np.int64)
    value = np.where(tags.is_inside(np.arange(len(tags))), -np.inf, scores[0])
    for i in range(1, len(scores)):
        through = value[:, None] + allowed[kinds[i]]
        back[i] = through.argmax(axis=0)
        value = through.max(axis=0) + scores[i]
    return _traced(back, int(value.argmax()))


def allowed_transitions(tags: TagSet, transitions: np.ndarray) -> list[np.ndarray]:
    """Return the transition scores for each kind of unit, -inf where a tag may not follow, float64 [num_tags, num_tags]."""
    own = np.arange(len(tags))
    return [
        np.where(tags.is_legal(own[:, None], own[None, :], np.array(kind)), transitions.astype(np.float64), -np.inf)
        for kind in (FREE, GOES_ON, BEGINS)
    ]


def _traced(back: np.ndarray, last: int) -> np.ndarray:
    path = np.empty(len(back), dtype=np.int64)
    path[-1] = last
    for i in range(len(back) - 1, 0, -1):
        path[i - 1] = back[i, path[i]]
    return path


def marginals(scores: np.ndarray, tags: TagSet, transitions: np.ndarray, kinds: np.ndarray | None = None) -> np.ndarray:
    """Return the probability of each tag of each unit under a CRF, float64 [n, num_tags] (forward-backward, Rabiner 1989)."""
    allowed = allowed_transitions(tags, transitions)
    scores = scores.astype(np.float64)
    n = len(scores)
    kinds = np.zeros(n, dtype=np.int64) if kinds is None else kinds
    forward, backward = np.empty_like(scores), np.zeros_like(scores)
    forward[0] = np.where(tags.is_inside(np.arange(len(tags))), -np.inf, scores[0])
    for i in range(1, n):
        forward[i] = _log_sum(forward[i - 1][:, None] + allowed[kinds[i]], 0) + scores[i]
    for i in range(n - 2, -1, -1):
        backward[i] = _log_sum(allowed[kinds[i + 1]] + (scores[i + 1] + backward[i + 1])[None, :], 1)
    joint = forward + backward
    return np.exp(joint - _log_sum(joint, 1)[:, None])


def _log_sum(values: np.ndarray, axis: int) -> np.ndarray:
    """Return log Σ exp over an axis; -inf where nothing is possible."""
    top = values.max(axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.log(np.exp(values - top).sum(axis=axis)) + top.squeeze(axis)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Units `low` to `high` (exclusive) of one label."""

    low: int
    high: int
    label_id: int


def stretches(path: np.ndarray, tags: TagSet) -> list[Stretch]:
    """Return the labelled stretches of a legal path.

    >>> stretches(np.array([1, 2, 0, 1]), TagSet(("PS",)))
    [Stretch(low=0, high=2, label_id=0), Stretch(low=3, high=4, label_id=0)]
    """
    labels, inside = tags.label_ids(path), tags.is_inside(path)
    begins = np.flatnonzero((labels >= 0) & ~inside)
    ends = np.append(np.flatnonzero(~inside), len(path))
    return [Stretch(int(b), int(ends[np.searchsorted(ends, b, side="right")]), int(labels[b])) for b in begins]


def kinds_of(begins_word: np.ndarray, splits_words: bool) -> np.ndarray | None:
    """Return what each unit may do where spans may (or may not) part inside words; None for anything."""
    return None if splits_words else np.where(begins_word, FREE, GOES_ON)


def kinds_of_tokens(unit_starts: np.ndarray, tokens: Sequence[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Return what each unit may do when the tokens are given, and the number of the token each unit belongs to (-1: none)."""
    starts = np.array([start for start, _ in tokens], dtype=np.int64)
    owner = np.searchsorted(starts, unit_starts, side="right") - 1
    changes = np.ones(len(owner), dtype=bool)
    changes[1:] = owner[1:] != owner[:-1]
    return np.where(changes, BEGINS, GOES_ON), owner


def stretch_scores(shares: np.ndarray, path: np.ndarray, found: Sequence[Stretch], tags: TagSet) -> list[float]:
    """Return how probable each stretch is, from the probabilities of tags [n, num_tags]: that of its least certain unit.

    That it ends where it ends counts as one of them: the unit behind it may go on as I-.
    """
    own = shares[np.arange(len(path)), path]
    scores = []
    for stretch in found:
        goes_on = shares[stretch.high, tags.begin(stretch.label_id) + 1] if stretch.high < len(path) else 0.0
        scores.append(float(min(own[stretch.low : stretch.high].min(), 1 - goes_on)))
    return scores
