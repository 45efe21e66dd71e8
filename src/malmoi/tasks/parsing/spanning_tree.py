"""The best tree with one root for scores of arcs: Chu & Liu 1965, Edmonds 1967; one root by Stanojević & Cohen 2021.

Where every word's best head already makes a tree, as with most sentences, that is found in linear time.
"""

from __future__ import annotations

import numpy as np

from malmoi.data.trees import find_cycle


def maximum_spanning_tree(arcs: np.ndarray) -> np.ndarray:
    """Return the head of each word, int64 [n], in the tree of highest total score with exactly one word under the root.

    `arcs` is float [n, n + 1], finite: the score of each head (columns; 0 is the root, j word j, counted from 1) for each word
    (rows). A word is never its own head.

    >>> arcs = np.array([[9.0, 0.0, 1.0], [8.0, 5.0, 0.0]])  # both words would like the root best
    >>> maximum_spanning_tree(arcs)
    array([0, 1])
    """
    n = len(arcs)
    heads = greedy_heads(arcs)
    if is_tree(heads) or not n:
        return heads
    scores = np.full((n + 1, n + 1), -np.inf)
    scores[1:] = arcs
    np.fill_diagonal(scores, -np.inf)
    # A root arc that costs more than all arcs can differ by is used once, since one is needed.
    scores[1:, 0] -= 1 + n * float(np.ptp(arcs))
    return np.array(_arborescence(scores)[1:], dtype=np.int64)


def greedy_heads(arcs: np.ndarray) -> np.ndarray:
    """Return each word's best head, int64 [n], whatever they make together."""
    n = len(arcs)
    others = arcs.astype(np.float64)
    others[np.arange(n), np.arange(1, n + 1)] = -np.inf
    return others.argmax(axis=1) if n else np.zeros(0, dtype=np.int64)


def is_tree(heads: np.ndarray) -> bool:
    """Tell whether heads make a tree with one word under the root."""
    return np.count_nonzero(heads == 0) == 1 and not find_cycle([0, *heads.tolist()])


def _arborescence(scores: np.ndarray) -> list[int]:
    """Return the heads of the best tree over nodes 0 (root) to n, for scores [n + 1, n + 1] of heads (columns).

    A cycle of best heads becomes one node; entering it at a word costs what that word's head in the cycle was worth.
    """
    heads = [0, *scores[1:].argmax(axis=1).tolist()]
    cycle = find_cycle(heads)
    if not cycle:
        return heads
    inside = np.array(cycle)
    outside = np.setdiff1d(np.arange(len(heads)), inside)
    gains = scores[np.ix_(inside, outside)] - scores[inside, [heads[i] for i in cycle]][:, None]
    leaving = scores[np.ix_(outside, inside)]
    entries, exits = gains.argmax(axis=0), leaving.argmax(axis=1)
    num = len(outside)
    contracted = np.full((num + 1, num + 1), -np.inf)
    contracted[:num, :num] = scores[np.ix_(outside, outside)]
    contracted[num, :num] = gains.max(axis=0)
    contracted[:num, num] = leaving.max(axis=1)
    found = _arborescence(contracted)
    for place, node in enumerate(outside.tolist()):
        if node:
            heads[node] = int(inside[exits[place]]) if found[place] == num else int(outside[found[place]])
    heads[cycle[entries[found[num]]]] = int(outside[found[num]])
    return heads
