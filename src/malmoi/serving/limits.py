"""What the server takes: sizes, waiting room, time. `/info` shows them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bytes of a request, its texts and their characters; texts that may wait for one model, and the seconds that they may take.

    `max_wait` refuses what would be answered too late to be of use: with more clients than a model can serve, those that are let in
    are answered quickly and the others know at once.
    """

    max_body: int = 2_000_000
    max_texts: int = 32
    max_chars: int = 20_000
    max_new_tokens: int = 512
    max_waiting: int = 256
    max_wait: float = 1.0  # expected seconds until a text's turn
    seconds: float = 30.0  # from the arrival of a request to its answer; a stream may take as long again
    body_seconds: float = 15.0  # for a body to arrive
    drain_seconds: float = 20.0  # for requests that are being answered when the server is told to stop


@dataclass(frozen=True)
class BatchLimits:
    """What is computed together: texts, characters with the padding, and about how many seconds it may take."""

    max_texts: int = 64
    max_chars: int = 16_384
    seconds: float = 0.25
