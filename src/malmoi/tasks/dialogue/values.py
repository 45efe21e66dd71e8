"""Where the values of open slots stand in what was said: values of the ontology without regard to spaces, and times of day.

The candidates that the network chooses among (as in TripPy, Heck et al. 2020), so that a value never seen in training is
found by reading: `국립 중앙박물관` in the dialogue is the ontology's `국립중앙박물관`, `저녁 여섯 시 반` is 18:30.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from malmoi.data.ontology import CLOCK, Slot
from malmoi.text.aligned import AlignedText, substitute
from malmoi.text.clock import clock_times
from malmoi.text.nfc import nfc_aligned

_SPACES = re.compile(r"\s+")
_CACHED = 1 << 16  # utterances: the turns of a dialogue share them


@dataclass(frozen=True, slots=True)
class Mention:
    """A value and where it stands, characters `start` to `end`."""

    start: int
    end: int
    value: str


class ValueFinder:
    """Finds the values of open slots in utterances; the mentions of an utterance are kept, since later turns ask again."""

    def __init__(self, slots: Sequence[Slot]) -> None:
        self._clocks = {slot.name: {_canonical(v): v for v in slot.values} for slot in slots if slot.is_clock}
        self._keys: dict[str, list[tuple[str, str]]] = {}
        for slot in slots:
            for value in slot.values if slot.is_open and not slot.is_clock else ():
                self._keys.setdefault(_squeezed(value).text, []).append((slot.name, value))
        self.mentions = lru_cache(_CACHED)(self._mentions)

    def _mentions(self, utterance: str) -> dict[str, list[Mention]]:
        """Return the mentions in an utterance by the name of the slot whose values they are."""
        found: dict[str, list[Mention]] = {}
        said = _squeezed(utterance)
        for key, owners in self._keys.items():
            if key in said.text:
                for start, end in _occurrences(key, said):
                    for slot, value in owners:
                        found.setdefault(slot, []).append(Mention(start, end, value))
        if self._clocks:
            for time in clock_times(utterance):
                for slot, spelling in self._clocks.items():
                    value = spelling.get(time.time, time.time)
                    found.setdefault(slot, []).append(Mention(time.start, time.end, value))
        return found

    def places_of(self, slot: Slot, value: str, utterance: str) -> list[tuple[int, int]]:
        """Return where a value of a slot stands in an utterance, one that the ontology does not have too."""
        if slot.is_clock:
            times = self.mentions(utterance).get(slot.name, ())
            return [(time.start, time.end) for time in times if _canonical(time.value) == _canonical(value)]
        key = _squeezed(value).text
        return _occurrences(key, _squeezed(utterance)) if key else []


def _canonical(time: str) -> str:
    """Return 9:30 as 09:30."""
    return time.zfill(5) if CLOCK.fullmatch(time) else time


@lru_cache(_CACHED)
def _squeezed(text: str) -> AlignedText:
    """Return a text as values are compared: NFC, without spaces, ASCII in lower case."""
    return (
        nfc_aligned(text).then(lambda own: substitute(own, _SPACES, "")).then(lambda own: AlignedText(own, _lower(own)))
    )


def _lower(text: str) -> str:
    return "".join(character.lower() if character.isascii() else character for character in text)


def _occurrences(key: str, said: AlignedText) -> list[tuple[int, int]]:
    found, start = [], said.text.find(key)
    while start >= 0:
        found.append(said.raw_span(start, start + len(key)))
        start = said.text.find(key, start + 1)
    return found
