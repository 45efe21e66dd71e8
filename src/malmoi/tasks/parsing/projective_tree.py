"""The best projective tree with one root for scores of arcs: no two arcs cross, and none passes over the root (Eisner 1996).

Korean treebanks annotated by eojeols in the manner of Sejong (KLUE-DP) have no other trees, and their heads all stand behind.
"""

from __future__ import annotations

import numpy as np

from malmoi.data.trees import is_projective
from malmoi.tasks.parsing.spanning_tree import greedy_heads, is_tree

_NEVER = -1e9  # the score of a head that stands before its word, where heads stand behind


def maximum_projective_tree(arcs: np.ndarray, *, head_final: bool = False) -> np.ndarray:
    """Return the head of each word, int64 [n], in the projective tree of highest total score with one word under the root.

    `arcs` as for `maximum_spanning_tree`. With `head_final` every head stands behind its word, so that the last word is the root.

    >>> arcs = np.array([[0.0, 0.0, 1.0, 5.0], [0.0, 4.0, 0.0, 3.0], [9.0, 0.0, 0.0, 0.0]])
    >>> maximum_projective_tree(arcs), maximum_projective_tree(arcs, head_final=True)
    (array([3, 1, 0]), array([3, 3, 0]))
    """
    n = len(arcs)
    if head_final:
        arcs = np.where(np.arange(n + 1) > np.arange(1, n + 1)[:, None], arcs, _NEVER)
        arcs[-1:, 0] = 0.0
    heads = greedy_heads(arcs)
    if not n or (is_tree(heads) and is_projective(heads.tolist())):
        return heads
    return _Chart(arcs).heads()


class _Chart:
    """Spans of words and the best score of each, by its ends i <= j: `right[i, j]` is headed by i and holds all its dependents up
    to j, `left[i, j]` is headed by j; in `inner` an arc joins i and j, in whatever direction."""

    def __init__(self, arcs: np.ndarray) -> None:
        n = len(arcs)
        self.root = arcs[:, 0].astype(np.float64)
        by_head = arcs[:, 1:].T.astype(np.float64)  # [head, dependent]
        self.right, self.left = np.zeros((n, n)), np.zeros((n, n))
        inner_right, inner_left = np.zeros((n, n)), np.zeros((n, n))
        self.inner_split, self.right_split, self.left_split = (np.zeros((n, n), dtype=np.int64) for _ in range(3))
        for width in range(1, n):
            i = np.arange(n - width)
            j = i + width
            rows, splits = i[:, None], i[:, None] + np.arange(width)
            ends = j[:, None]
            inner = self.right[rows, splits] + self.left[splits + 1, ends]
            self.inner_split[i, j] = i + inner.argmax(axis=1)
            inner_right[i, j] = inner.max(axis=1) + by_head[i, j]
            inner_left[i, j] = inner.max(axis=1) + by_head[j, i]
            to_right = inner_right[rows, splits + 1] + self.right[splits + 1, ends]
            self.right_split[i, j] = i + 1 + to_right.argmax(axis=1)
            self.right[i, j] = to_right.max(axis=1)
            to_left = self.left[rows, splits] + inner_left[splits, ends]
            self.left_split[i, j] = i + to_left.argmax(axis=1)
            self.left[i, j] = to_left.max(axis=1)

    def heads(self) -> np.ndarray:
        """Return the heads of the best tree, read back from its root."""
        n = len(self.root)
        root = int((self.left[0] + self.right[:, n - 1] + self.root).argmax())
        found = np.zeros(n, dtype=np.int64)
        spans = [(0, root, False), (root, n - 1, True)]
        while spans:
            i, j, is_right = spans.pop()
            if i == j:
                continue
            if is_right:
                k = int(self.right_split[i, j])
                found[k] = i + 1
                spans.append((k, j, True))
                i, j = i, k
            else:
                k = int(self.left_split[i, j])
                found[k] = j + 1
                spans.append((i, k, False))
                i, j = k, j
            middle = int(self.inner_split[i, j])
            spans += [(i, middle, True), (middle + 1, j, False)]
        return found
