"""Sentences with gaps, filled with values; particles follow the values.

>>> filled = fill("{who:은/는} {where}에서 태어났다.", {"who": "한지우", "where": "강릉"})
>>> filled.text, filled.places
('한지우는 강릉에서 태어났다.', {'who': (0, 3), 'where': (5, 7)})
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from malmoi.text.josa import select

_GAP = re.compile(r"\{(?P<name>[^{}:]+)(?::(?P<particle>[^{}]+))?\}")
_TRIES = 100

Part = Sequence[str] | Mapping[str, Sequence[str]]  # a list for all splits, or one for each


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled sentence, and where the value of each gap stands in it, end exclusive."""

    text: str
    places: dict[str, tuple[int, int]]


def fill(template: str, values: Mapping[str, str]) -> Filled:
    """Return a template with its gaps `{name}` or `{name:은/는}` filled; raises `KeyError` for a gap without a value."""
    text, done = "", 0
    places: dict[str, tuple[int, int]] = {}
    for gap in _GAP.finditer(template):
        text += template[done : gap.start()]
        value = values[gap["name"]]
        places[gap["name"]] = (len(text), len(text) + len(value))
        text += value + (select(value, gap["particle"]) if gap["particle"] else "")
        done = gap.end()
    return Filled(text + template[done:], places)


def draw(forms: Sequence[Sequence[Part]], split: str, rng: random.Random, taken: Collection[str] = ()) -> str:
    """Return a value put together of one item of each part of one of its forms, none of those `taken`.

    >>> draw([[["김"], {"train": ["민준"], "test": ["시온"]}]], "test", random.Random(0))
    '김시온'
    """
    for _ in range(_TRIES):
        parts = [part[split] if isinstance(part, Mapping) else part for part in rng.choice(forms)]
        value = "".join(rng.choice(part) for part in parts)
        if value not in taken:
            return value
    raise AssertionError(f"no value left beside {sorted(taken)}")


def material(name: str) -> dict[str, Any]:
    """Return the JSON object of a file beside this module."""
    file = resources.files("malmoi.data.corpora").joinpath(name)
    return dict(json.loads(file.read_text(encoding="utf-8")))
