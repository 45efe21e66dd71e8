"""The ontology of dialogue states: which slots there are, and which values each may have (`ontology.json` of WoS).

One real instance: `{"식당-지역": ["none", "dontcare", "서울 중앙", "서울 북쪽", …], "식당-예약 시간": ["none", "dontcare", "18:00", …]}`.
A state is a set of "domain-slot-value" strings; a value may hold hyphens, domain and slot do not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from malmoi.data.encoding import check_is_data_file, detect_encoding, open_text
from malmoi.errors import DataError
from malmoi.messages import say

NONE, DONTCARE = "none", "dontcare"
YES_NO = ("yes", "no")
CLOCK = re.compile("[0-9]?[0-9]:[0-9]{2}")

Ontology = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot: its "domain-slot" name, its values, whether they are read in the dialogue (`is_open`) or told apart as
    classes, and whether they are times of day."""

    name: str
    values: tuple[str, ...]
    is_open: bool
    is_clock: bool

    @property
    def domain(self) -> str:
        """What stands before the hyphen."""
        return self.name.split("-", 1)[0]

    @property
    def own_name(self) -> str:
        """What stands behind the hyphen."""
        return self.name.split("-", 1)[1]


def slots_of(ontology: Ontology, max_classes: int, open_slots: Collection[str] = ()) -> tuple[Slot, ...]:
    """Return the slots of an ontology; open are those named, those of times, and those with more than `max_classes` values.

    >>> [slot.is_open for slot in slots_of({"식당-지역": ("서울 중앙",), "식당-예약 시간": ("18:00",)}, max_classes=20)]
    [False, True]
    """
    found = []
    for name, values in ontology.items():
        is_clock = bool(values) and all(CLOCK.fullmatch(value) for value in values)
        found.append(Slot(name, tuple(values), is_clock or len(values) > max_classes or name in open_slots, is_clock))
    return tuple(found)


def slot_and_value(state: str) -> tuple[str, str]:
    """Return slot and value of a "domain-slot-value" string; raises `ValueError` for a string without all three.

    >>> slot_and_value("식당-이름-이태원-부대찌개")
    ('식당-이름', '이태원-부대찌개')
    """
    domain, slot, value = (part.strip() for part in state.split("-", 2))
    if not (domain and slot and value):
        raise ValueError(state)
    return f"{domain}-{slot}", value


def learned_ontology(states: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the slots of states, each with its values, as they come; "none" and "dontcare" are no values of their own.

    >>> learned_ontology(["식당-지역-서울 중앙", "식당-지역-dontcare", "식당-이름-명동집"])
    {'식당-지역': ('서울 중앙',), '식당-이름': ('명동집',)}
    """
    found: dict[str, dict[str, None]] = {}
    for state in states:
        slot, value = slot_and_value(state)
        found.setdefault(slot, {}).update({value: None} if value not in (NONE, DONTCARE) else {})
    return {slot: tuple(values) for slot, values in found.items()}


def read_ontology(path: str | Path) -> dict[str, tuple[str, ...]]:
    """Return the ontology of a JSON file, its slots in the file's order, without "none" and "dontcare".

    Raises `DataError` that names the slot and what is wrong with it.
    """
    path = Path(path).expanduser()
    check_is_data_file(path)
    with open_text(path, detect_encoding(path)) as file:
        try:
            values = json.loads(file.read())
        except (ValueError, RecursionError) as error:
            raise DataError(say(f"{path}: JSON 이 아닙니다 ({error}).", f"{path}: not JSON ({error}).")) from error
    return checked_ontology(values, str(path))


def checked_ontology(values: Any, source: str) -> dict[str, tuple[str, ...]]:
    """Return an ontology out of JSON values; raise `DataError` for anything but lists of strings under "domain-slot" names."""
    form = '{"식당-지역": ["서울 중앙", …], …}'
    if not isinstance(values, Mapping) or not values:
        raise DataError(say(f"{source}: {form} 꼴의 객체가 아닙니다.", f"{source}: not an object of the form {form}."))
    found = {}
    for slot, own in values.items():
        if not isinstance(own, (list, tuple)) or not all(isinstance(value, str) and value.strip() for value in own):
            raise DataError(
                say(
                    f"{source}, '{slot}': 값은 글의 목록이어야 합니다.",
                    f"{source}, '{slot}': must be a list of strings.",
                )
            )
        parts = str(slot).split("-")
        if len(parts) != 2 or not all(part.strip() for part in parts):
            raise DataError(
                say(
                    f"{source}, '{slot}': 슬롯 이름은 '도메인-슬롯' 꼴이어야 합니다.",
                    f"{source}, '{slot}': a slot is named 'domain-slot'.",
                )
            )
        found[str(slot)] = tuple(dict.fromkeys(v.strip() for v in own if v.strip() not in (NONE, DONTCARE)))
    return found
