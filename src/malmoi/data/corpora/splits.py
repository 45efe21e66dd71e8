"""Splits of malmoi's own, for corpora that come without: which side a text stands on follows from its hash.

Examples with a text in common stand on one side, spelt with other spaces or not, so that dev and final ask nothing that
training has told. The order of rows does not matter, added rows move next to nothing, and corpora with the same texts agree.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from malmoi.data.examples import TextExample

OWN_SPLITS = ("train", "dev", "final")
SHARES = {"dev": 0.1, "final": 0.1}
Links = Callable[[Sequence[TextExample]], list[tuple[str, ...]]]


def own_texts(examples: Sequence[TextExample]) -> list[tuple[str, ...]]:
    """Return the text, or both texts, of each example: what examples on two sides must not share."""
    return [(example.text,) if example.pair is None else (example.text, example.pair) for example in examples]


def carve(examples: Sequence[TextExample], links: Links = own_texts) -> dict[str, list[TextExample]]:
    """Split examples into `train`, `dev` and `final`, about 80, 10 and 10 %; those that share a link stay together.

    >>> sides = carve([TextExample("가고 싶다", label="1"), TextExample("가고싶다 ", label="0")])
    >>> sorted(len(examples) for examples in sides.values())
    [0, 0, 2]
    """
    sides: dict[str, list[TextExample]] = {name: [] for name in OWN_SPLITS}
    names = [[_plain(link) for link in linked] for linked in links(examples)]
    groups = _groups(names)
    for example, linked in zip(examples, names, strict=True):
        sides[_side(groups[linked[0]])].append(example)
    return sides


def _plain(text: str) -> str:
    """Return a text as it is compared: NFC and without spaces."""
    return "".join(unicodedata.normalize("NFC", text).split())


def _groups(linked: Iterable[Sequence[str]]) -> dict[str, str]:
    """Return the smallest name of the group that each name belongs to; names that stand together are one group."""
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


def _side(name: str) -> str:
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    place = int.from_bytes(digest, "big") / 2**64
    for side, share in SHARES.items():
        if place < share:
            return side
        place -= share
    return "train"
