"""Kiwi, the Korean morphological analyser (kiwipiepy, Apache-2.0): one shared instance, offsets into the text it was given.

Loading takes some seconds and 0.5 GB, the first call one more second. Kiwi needs quadratic time for a long word without a
space, so long texts go through it in pieces; text should be NFC.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from malmoi.errors import MissingExtra

if TYPE_CHECKING:
    from kiwipiepy import Kiwi

PIECE = 2000  # characters; longer texts are analysed piece by piece
_lock = Lock()


class Morpheme(NamedTuple):
    """A morpheme with its tag (Sejong tag set: NNG, JKS, VV …) and its span, end exclusive; 했 holds 하 and 었, both 0:1."""

    form: str
    tag: str
    start: int
    end: int


def is_installed() -> bool:
    """Whether Kiwi is installed, without loading it."""
    return find_spec("kiwipiepy") is not None


def require_kiwi() -> None:
    """Raise `MissingExtra` when Kiwi is not installed, without loading it."""
    if not is_installed():
        raise MissingExtra("kiwipiepy", "kiwi")


def shared_kiwi() -> Kiwi:
    """Return the one instance of this process, safe to use from several threads; `MissingExtra` without the package."""
    require_kiwi()
    with _lock:
        return _load()


def morphemes_of(text: str) -> list[Morpheme]:
    """Return the morphemes of a text in order; letters of a contraction are compatibility jamo.

    >>> [(m.form, m.tag, m.start, m.end) for m in morphemes_of("책을 봤다")]
    [('책', 'NNG', 0, 1), ('을', 'JKO', 1, 2), ('보', 'VV', 3, 4), ('었', 'EP', 3, 4), ('다', 'EF', 4, 5)]
    """
    kiwi = shared_kiwi()
    return [
        Morpheme(token.form, token.tag, start + token.start, start + token.end)
        for start, piece in pieces(text)
        for token in kiwi.tokenize(piece, compatible_jamo=True)
    ]


def pieces(text: str, size: int = PIECE) -> Iterator[tuple[int, str]]:
    """Yield `(start, piece)` that make up the text, cut behind a line break or space where there is one.

    >>> list(pieces("가나 다라마 바", size=4))
    [(0, '가나 '), (3, '다라마 '), (7, '바')]
    """
    start = 0
    while len(text) - start > size:
        limit = start + size
        end = text.rfind("\n", start + size // 2, limit) + 1 or text.rfind(" ", start, limit) + 1 or limit
        yield start, text[start:end]
        start = end
    if start < len(text):
        yield start, text[start:]


@cache
def _load() -> Kiwi:
    from kiwipiepy import Kiwi

    return Kiwi(num_workers=1)
