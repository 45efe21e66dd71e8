"""What a model reads from a corpus store: full blocks, or passages of whole sentences."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from malmoi.data.features import Features
from malmoi.data.packing import Blocks
from malmoi.data.store.format import CorpusStore


@dataclass(frozen=True, slots=True)
class Passage(Features):
    """Sentences of one document in a row, without special tokens; `starts` [sentences] says where each begins."""

    starts: np.ndarray
    document: int

    @property
    def sentences(self) -> list[np.ndarray]:
        """The token ids of each sentence."""
        return np.split(self.input_ids, self.starts[1:])


@dataclass(frozen=True)
class BlockRows:
    """The blocks of a store with special tokens `before` and `behind` each; the last, shorter one only if it is the only one."""

    blocks: Blocks
    before: tuple[int, ...] = ()
    behind: tuple[int, ...] = ()

    def __len__(self) -> int:
        blocks = self.blocks
        whole = len(blocks) - (len(blocks[len(blocks) - 1]) < blocks.length)
        return max(1, whole)

    def __getitem__(self, i: int) -> Features:
        ids = np.concatenate([self.before, self.blocks[i].ids, self.behind]).astype(np.int32)
        return Features(ids, np.zeros(len(ids), dtype=np.int8))


@dataclass(frozen=True)
class Passages:
    """The documents of a store that was split into sentences, cut between sentences where they exceed `room` tokens.

    A document of one sentence is a passage too. 24 bytes of memory a passage.
    """

    store: CorpusStore
    room: int

    @cached_property
    def _bounds(self) -> np.ndarray:
        """First sentence, end sentence and document of each passage, int64 [passages, 3]."""
        places = self.store.sentences
        firsts = np.searchsorted(places, self.store.documents)
        found = []
        for document, (first, last) in enumerate(zip(firsts[:-1].tolist(), firsts[1:].tolist(), strict=True)):
            while first < last:
                limit = int(places[first]) + self.room
                end = first + int(np.searchsorted(places[first + 1 : last + 1], limit, side="right"))
                end = max(first + 1, end)  # a sentence longer than the room stands alone
                found.append((first, end, document))
                first = end
        return np.array(found, dtype=np.int64).reshape(-1, 3)

    @cached_property
    def lengths(self) -> np.ndarray:
        """Tokens of each passage, at most `room`, int64."""
        places = self.store.sentences
        sizes = places[self._bounds[:, 1]].astype(np.int64) - places[self._bounds[:, 0]].astype(np.int64)
        return np.minimum(sizes, self.room)

    @property
    def num_pairs(self) -> int:
        """How many passages have two or more sentences."""
        return int((self._bounds[:, 1] - self._bounds[:, 0] > 1).sum())

    def __len__(self) -> int:
        return len(self._bounds)

    def __getitem__(self, i: int) -> Passage:
        first, end, document = self._bounds[i].tolist()
        places = self.store.sentences[first : end + 1].astype(np.int64)
        ids = self.store.tokens[places[0] : places[-1]].astype(np.int32)
        return Passage(ids, np.zeros(len(ids), dtype=np.int8), places[:-1] - places[0], document)
