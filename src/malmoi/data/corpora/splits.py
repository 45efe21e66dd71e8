"""Splits of malmoi's own, for corpora that come without: which side a text stands on follows from its hash.

Examples with a text in common stand on one side, spelt with other spaces or not, so that dev and final ask nothing that
training has told. The order of rows does not matter, added rows move next to nothing, and corpora with the same texts agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from malmoi.data.examples import TextExample
from malmoi.data.same_text import groups, own_texts, place, plain

OWN_SPLITS = ("train", "dev", "final")
SHARES = {"dev": 0.1, "final": 0.1}
Links = Callable[[Sequence[TextExample]], list[tuple[str, ...]]]


def carve(examples: Sequence[TextExample], links: Links = own_texts) -> dict[str, list[TextExample]]:
    """Split examples into `train`, `dev` and `final`, about 80, 10 and 10 %; those that share a link stay together.

    >>> sides = carve([TextExample("가고 싶다", label="1"), TextExample("가고싶다 ", label="0")])
    >>> sorted(len(examples) for examples in sides.values())
    [0, 0, 2]
    """
    sides: dict[str, list[TextExample]] = {name: [] for name in OWN_SPLITS}
    names = [[plain(link) for link in linked] for linked in links(examples)]
    grouped = groups(names)
    for example, linked in zip(examples, names, strict=True):
        sides[_side(grouped[linked[0]])].append(example)
    return sides


def _side(name: str) -> str:
    found = place(name)
    for side, share in SHARES.items():
        if found < share:
            return side
        found -= share
    return "train"
