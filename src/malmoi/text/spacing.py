"""Spacing (띄어쓰기) put right by Kiwi, as edits that move nothing but space."""

from __future__ import annotations

from collections.abc import Iterator

from malmoi.text.aligned import Edit
from malmoi.text.kiwi import pieces, shared_kiwi


def spacing(text: str) -> Iterator[Edit]:
    """Put spaces where words run together and take them out of words, as `Kiwi.space` does.

    A piece of text whose letters Kiwi would change as well (it doubles or joins stray jamo) stays as it is.

    >>> from malmoi.text.aligned import apply_edits
    >>> apply_edits("아버지가방에들어가신다", spacing("아버지가방에들어가신다"))
    '아버지가 방에 들어가신다'
    """
    kiwi = shared_kiwi()
    for start, piece in pieces(text):
        spaced = kiwi.space(piece)
        if spaced != piece and spaced.split() != piece.split() and "".join(spaced.split()) == "".join(piece.split()):
            yield from _space_edits(start, piece, spaced)


def _space_edits(offset: int, text: str, spaced: str) -> Iterator[Edit]:
    """Yield the edits from one spacing of the same letters to another; `offset` is where `text` starts."""
    i = j = 0
    while i < len(text) or j < len(spaced):
        space, wished = _space_end(text, i), _space_end(spaced, j)
        if text[i:space] != spaced[j:wished]:
            yield Edit(offset + i, offset + space, spaced[j:wished])
        i, j = space + 1, wished + 1


def _space_end(text: str, start: int) -> int:
    """Return the place of the next letter at or behind `start`."""
    while start < len(text) and text[start].isspace():
        start += 1
    return start
