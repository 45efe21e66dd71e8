"""Which of the values that stand in a dialogue an open slot has: the candidates by the ends that the network points at.

The score of a value is the sum over its mentions of P(first token) × P(last token), as it is trained. Where the best stretch of
tokens is no mention of a known value, it is a candidate too: a name that the ontology does not have.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from malmoi.data.ontology import Slot
from malmoi.metrics.calibration import softmax
from malmoi.tasks.dialogue.context import Context, tokens_at
from malmoi.tasks.dialogue.values import ValueFinder

_LONGEST, _FIRSTS = 16, 8  # tokens of a free value, and how many first tokens are tried


@dataclass(frozen=True, slots=True)
class Reading:
    """A value, and its share of the scores of all candidates."""

    value: str
    share: float


def read_value(
    slot: Slot, finder: ValueFinder, context: Context, offsets: np.ndarray, start: np.ndarray, end: np.ndarray
) -> Reading | None:
    """Return the value of a slot from the logits of its first and last token [length]; None where nothing can be read.

    `offsets` [length, 2] are the places of the tokens in the context.
    """
    starts, ends = softmax(start.astype(np.float64)), softmax(end.astype(np.float64))
    scores: dict[str, float] = {}
    mentioned = np.zeros(len(start), dtype=bool)
    for base, utterance in context.said():
        for mention in finder.mentions(utterance).get(slot.name, ()):
            if tokens := tokens_at(offsets, base + mention.start, base + mention.end):
                first, last = tokens
                scores[mention.value] = scores.get(mention.value, 0.0) + starts[first] * ends[last]
                mentioned[first : last + 1] = True
    if not slot.is_clock and (free := _free_value(context, offsets, starts, ends, mentioned)):
        scores[free.value] = scores.get(free.value, 0.0) + free.share
    total = sum(scores.values())
    if not total > 0:
        return None
    value = max(scores, key=scores.__getitem__)
    return Reading(value, scores[value] / total)


def _free_value(
    context: Context, offsets: np.ndarray, starts: np.ndarray, ends: np.ndarray, mentioned: np.ndarray
) -> Reading | None:
    """Return the most probable stretch of tokens inside one utterance with its probability, None where it touches a mention."""
    utterance = np.full(len(starts), -1)
    for number, (start, end) in enumerate(context.utterances):
        utterance[(offsets[:, 0] < end) & (offsets[:, 1] > start)] = number
    best, place = 0.0, None
    for first in np.argsort(-np.where(utterance >= 0, starts, -1.0), kind="stable")[:_FIRSTS]:
        if utterance[first] < 0:
            continue
        window = slice(first, first + _LONGEST)
        own = np.where(utterance[window] == utterance[first], ends[window], 0.0)
        last = int(own.argmax())
        if starts[first] * own[last] > best:
            best, place = float(starts[first] * own[last]), (int(first), int(first) + last)
    if place is None or mentioned[place[0] : place[1] + 1].any():
        return None
    low, high = context.utterances[utterance[place[0]]]
    text = context.text[max(low, offsets[place[0], 0]) : min(high, offsets[place[1], 1])].strip()
    return Reading(text, best) if text else None
