"""Texts as pieces without special tokens, and what stands around two of them: an input is put together in numpy.

One real instance, a question on a context: `<s>` + `▁누가 ▁쓰 나 ?` + `</s></s>` + `▁말 모 이는 ▁학생 이 …` + `</s>`. The pieces of a
context serve all its questions and all windows on it; they are tokenised once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tokenizers


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of a text: `ids` int32 [length], `offsets` int32 [length, 2] in raw characters."""

    ids: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class PairTemplate:
    """The special tokens before, between and behind two texts, and all type ids: int32 and int8 arrays.

    `type_ids` has five parts: before, first text (one number), between, second text (one number), behind.
    """

    before: np.ndarray
    between: np.ndarray
    behind: np.ndarray
    type_ids: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]

    @classmethod
    def of(cls, backend: tokenizers.Tokenizer) -> PairTemplate:
        """Read the template off a pair that the backend puts together (truncation off)."""
        encoding = backend.encode("가", "나")
        sequence = np.array([-1 if number is None else number for number in encoding.sequence_ids])
        ids, types = np.array(encoding.ids, dtype=np.int32), np.array(encoding.type_ids, dtype=np.int8)
        first, second = np.flatnonzero(sequence == 0), np.flatnonzero(sequence == 1)
        cuts = [first[0], first[-1] + 1, second[0], second[-1] + 1]
        before, _, between, _, behind = np.split(ids, cuts)
        parts = np.split(types, cuts)
        return cls(before, between, behind, (parts[0], parts[1][:1], parts[2], parts[3][:1], parts[4]))

    @property
    def num_special(self) -> int:
        """How many special tokens a pair has."""
        return len(self.before) + len(self.between) + len(self.behind)

    def join(self, first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return `(input_ids, type_ids)` of two texts' ids, int32 and int8 [length]."""
        before, one, between, other, behind = self.type_ids
        input_ids = np.concatenate([self.before, first, self.between, second, self.behind])
        types = [before, np.repeat(one, len(first)), between, np.repeat(other, len(second)), behind]
        return input_ids, np.concatenate(types)


def window_places(length: int, room: int, stride: int) -> list[tuple[int, int]]:
    """Return the first and last (exclusive) piece of each window of at most `room` pieces; neighbours share `stride`.

    A text without pieces has one empty window. Needs `room > stride`.

    >>> window_places(10, room=5, stride=2)
    [(0, 5), (3, 8), (6, 10)]
    """
    assert room > stride
    starts: Sequence[int] = range(0, max(1, length - stride), room - stride)
    return [(start, min(length, start + room)) for start in starts]
