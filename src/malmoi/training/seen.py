"""Which texts a run has learned from or was chosen on: 8-byte hashes in one small file of its folder.

`seen.bin` is `malmoi.1`, the number of training and of dev hashes, and both sorted, all little-endian 64-bit numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from malmoi.data.examples import Example
from malmoi.data.same_text import digest, whole_texts
from malmoi.io import atomic_path

SEEN_FILE = "seen.bin"
_MAGIC = b"malmoi.1"


@dataclass(frozen=True)
class Seen:
    """Sorted hashes of the texts (of pairs, of both together) of training and dev; spaces make no other text."""

    train: np.ndarray
    dev: np.ndarray

    def count(self, examples: Sequence[Example]) -> tuple[int, int]:
        """Return how many of the examples were trained on, and how many others were chosen on."""
        found = np.array([_number(text) for text in whole_texts(examples)], "<u8")
        trained = np.isin(found, self.train)
        return int(trained.sum()), int((np.isin(found, self.dev) & ~trained).sum())


def seen_of(train: Sequence[Example], dev: Sequence[Example]) -> Seen:
    """Return the hashes of a run's examples."""
    hashed = [np.array(sorted({_number(text) for text in whole_texts(part)}), "<u8") for part in (train, dev)]
    return Seen(*hashed)


def write_seen(folder: Path, seen: Seen) -> None:
    """Write `seen.bin`."""
    sizes = np.array([len(seen.train), len(seen.dev)], "<u8")
    with atomic_path(folder / SEEN_FILE) as temporary:
        temporary.write_bytes(_MAGIC + sizes.tobytes() + seen.train.tobytes() + seen.dev.tobytes())


def read_seen(folder: Path) -> Seen | None:
    """Return what `write_seen` wrote; None without the file (a run of an older malmoi) or when it is damaged."""
    try:
        content = (folder / SEEN_FILE).read_bytes()
    except OSError:
        return None
    if content[:8] != _MAGIC or len(content) < 24 or len(content) % 8:
        return None
    num_train, num_dev, *_ = map(int, np.frombuffer(content, "<u8", 2, 8))
    hashes = np.frombuffer(content, "<u8", offset=24)
    return Seen(hashes[:num_train], hashes[num_train:]) if len(hashes) == num_train + num_dev else None


def _number(text: str) -> int:
    return int.from_bytes(digest(text), "little")
