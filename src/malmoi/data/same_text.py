"""What counts as the same text when examples are split or compared: NFC, without spaces; and what shared texts tie together."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence

from malmoi.data.examples import Example


def plain(text: str) -> str:
    """Return a text as it is compared.

    >>> plain("가고 싶다 ")
    '가고싶다'
    """
    return "".join(unicodedata.normalize("NFC", text).split())


def own_texts(examples: Sequence[Example]) -> list[tuple[str, ...]]:
    """Return what examples on two sides must not share: their text, or both texts, or what their shape says."""
    return [example.linked_by for example in examples]


def whole_texts(examples: Sequence[Example]) -> list[str]:
    """Return each example's text, or both texts in one string, as they are compared: equal for copies of a whole example."""
    return [plain(e.text) if e.pair is None else f"{plain(e.text)}\0{plain(e.pair)}" for e in examples]


def groups(linked: Iterable[Sequence[str]]) -> dict[str, str]:
    """Return the smallest name of the group that each name belongs to; names that stand together are one group.

    >>> groups([("나", "가"), ("나", "다"), ("라",)])
    {'나': '가', '가': '가', '다': '가', '라': '라'}
    """
    parents: dict[str, str] = {}

    def root(name: str) -> str:
        while parents[name] != name:
            parents[name] = parents[parents[name]]
            name = parents[name]
        return name

    for names in linked:
        for name in names:
            parents.setdefault(name, name)
            first, second = sorted((root(names[0]), root(name)))
            parents[second] = first
    return {name: root(name) for name in parents}


def digest(name: str) -> bytes:
    """Return 8 bytes that stand for a name; lone surrogates are characters like any other."""
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def place(name: str) -> float:
    """Return where in [0, 1) the hash of a name falls: below a share for that share of all names."""
    return int.from_bytes(digest(name), "big") / 2**64
