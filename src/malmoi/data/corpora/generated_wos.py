"""Dialogues about a trip to Seoul made from templates, over the slots and values of WoS's ontology, the only file they need.

One real instance: `식당을 찾고 있어요. 위치는 서울 중앙이요.` → 식당-지역-서울 중앙. The user says what is wanted, changes a mind, does not care,
accepts a place that the system names or turns it down, and takes a taxi to the place just found. Sentences and the values of
open slots (names, stations, times) of `train` (600 dialogues), `dev` (60) and `test` (100) are disjoint, so that a value must be
read, not remembered. It shows that the task learns; it is no benchmark of Korean.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from malmoi.data.corpora.catalog import Corpus
from malmoi.data.corpora.klue_wos import CITATION, LICENCE, ONTOLOGY_FILE, ontology_labels
from malmoi.data.corpora.templates import fill, material
from malmoi.data.examples import Dataset, DialogueExample, Turn
from malmoi.data.ontology import DONTCARE, YES_NO, Slot, learned_ontology, slots_of
from malmoi.data.same_text import place

SIZES = {"train": 600, "dev": 60, "test": 100}  # dialogues
SHARES = {"train": 0.7, "dev": 0.8, "test": 1.0}  # of the values of open slots, up to where a hash falls
MAX_CLASSES = 20
_FILE = "generated_wos.json"
_CHANGE, _DONTCARE, _OFFER, _REFUSE, _BY_TAXI = 0.15, 0.1, 0.6, 0.25, 0.6
_NAME, _DESTINATION, _TAXI = "이름", "도착지", "택시"
_NATIVE = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열", "열한", "열두")


class Traveller:
    """Writes the dialogues of one split over the slots of an ontology, always the same ones."""

    def __init__(self, split: str, slots: Sequence[Slot]) -> None:
        self.split = split
        self.rng = random.Random(f"generated-wos:{split}")
        self.material = _material()
        self.values = {slot.name: [v for v in slot.values if split_of(slot, v) in (split, None)] for slot in slots}
        self.slots = [slot for slot in slots if self.values[slot.name]]
        self.order = {slot.name: i for i, slot in enumerate(slots)}
        self.state: dict[str, str] = {}
        self.turns: list[Turn] = []
        self.place = ""

    def dialogue(self) -> tuple[Turn, ...]:
        """Return the turns of the next dialogue, over one or two domains and perhaps a taxi."""
        self.state, self.turns, self.place = {}, [], ""
        domains = list(dict.fromkeys(slot.domain for slot in self.slots))
        for domain in self.rng.sample(domains, k=min(len(domains), self.rng.randint(1, 2))):
            self.domain(domain)
        taxi = next((slot for slot in self.slots if slot.name == f"{_TAXI}-{_DESTINATION}"), None)
        if taxi and self.place in taxi.values and taxi.name not in self.state and self.rng.random() < _BY_TAXI:
            self.say("", [self.sentence("again")], {taxi.name: self.place})
        return tuple(self.turns)

    def domain(self, domain: str) -> None:
        """Ask for some slots of a domain, one or two at a time."""
        own = [slot for slot in self.slots if slot.domain == domain]
        named = [slot for slot in own if slot.own_name == _NAME]
        others = [slot for slot in own if slot.own_name != _NAME]
        wished = self.rng.sample(others, k=min(len(others), self.rng.randint(2, 4)))
        nouns = self.material["domains"].get(domain, [domain])
        opening = self.sentence("switch" if self.turns else "opening", n=self.rng.choice(nouns))
        self.ask([opening], wished[:1], "")
        for i in range(1, len(wished), 2):
            group = wished[i : i + 2]
            self.ask([], group, self.sentence("ask", n=self.noun(group[0])))
        if named:
            self.find_place(named[0])
        changeable = [slot for slot in wished if self.can_change(slot)]
        if changeable and self.rng.random() < _CHANGE:
            slot = self.rng.choice(changeable)
            value = self.rng.choice([value for value in self.values[slot.name] if value != self.state[slot.name]])
            words = self.sentence("change", n=self.noun(slot), v=self.spoken(slot, value))
            self.say("", [words], {slot.name: value})

    def can_change(self, slot: Slot) -> bool:
        """Whether a slot has a value that a sentence can put another one in place of."""
        spoken = self.material["spoken"]
        return slot.name in self.state and len(self.values[slot.name]) > 1 and not set(slot.values) & {*YES_NO, *spoken}

    def find_place(self, slot: Slot) -> None:
        """Name a place, or take one that the system names, perhaps after turning another one down."""
        first, second = self.rng.sample(self.values[slot.name] * 2, k=2)
        if self.rng.random() >= _OFFER:
            self.say("", [self.phrase(slot, first)], {slot.name: first})
        else:
            if first != second and self.rng.random() < _REFUSE:
                self.say(self.sentence("offer", v=first), [self.sentence("refuse")], {})
                first = second
            self.say(self.sentence("offer", v=first), [self.sentence("accept")], {slot.name: first})
        self.place = first

    def ask(self, words: list[str], slots: Sequence[Slot], system: str) -> None:
        """Let the user say the values of slots."""
        found = {}
        for slot in slots:
            is_spared = self.rng.random() < _DONTCARE and not slot.is_open and not set(slot.values) & set(YES_NO)
            value = DONTCARE if is_spared else self.rng.choice(self.values[slot.name])
            words = [*words, self.phrase(slot, value)]
            found[slot.name] = value
        self.say(system, words, found)

    def say(self, system: str, words: Sequence[str], found: Mapping[str, str]) -> None:
        """Add a turn, and to the state what it says."""
        self.state |= found
        before = system or (self.sentence("system") if self.turns else "")
        state = sorted(self.state.items(), key=lambda item: self.order[item[0]])
        self.turns.append(Turn(" ".join(words), before, tuple(f"{slot}-{value}" for slot, value in state)))

    def phrase(self, slot: Slot, value: str) -> str:
        """Return a sentence that gives a slot a value."""
        if value == DONTCARE:
            return self.sentence("dontcare", n=self.noun(slot))
        if value in YES_NO:
            return self.sentence(value, n=self.noun(slot))
        templates = self.material["slots"].get(slot.own_name, self.material["values"])[self.split]
        return fill(self.rng.choice(templates), {"n": self.noun(slot), "v": self.spoken(slot, value)}).text

    def sentence(self, kind: str, **gaps: str) -> str:
        """Return a sentence of a kind with its gaps filled."""
        return fill(self.rng.choice(self.material[kind][self.split]), gaps).text

    def noun(self, slot: Slot) -> str:
        """Return what people call a slot."""
        return str(self.material["names"].get(slot.own_name, slot.own_name))

    def spoken(self, slot: Slot, value: str) -> str:
        """Return a value as people say it."""
        if slot.is_clock:
            return spoken_time(value, self.split, self.rng)
        return str(self.material["spoken"].get(value, value))


def spoken_time(time: str, split: str, rng: random.Random) -> str:
    """Return a time of day as people say it; the test part says hours in words of its own.

    >>> spoken_time("18:30", "test", random.Random(0))
    '저녁 여섯 시 30분'
    """
    hour, minute = map(int, time.split(":"))
    rest = f" {minute}분" if minute else ""
    if split == "test":
        return f"{'새벽' if hour < 6 else '아침' if hour < 12 else '저녁'} {_NATIVE[hour % 12 or 12]} 시{rest}"
    if split == "dev" or rng.random() < 0.3:
        return f"{hour:02}:{minute:02}"
    if rng.random() < 0.5:
        return f"{hour}시{rest}"
    return f"{'오전' if hour < 12 else '오후'} {hour % 12 or 12}시{rest}"


def split_of(slot: Slot, value: str) -> str | None:
    """Return the only split that a value of an open slot is said in; None for a closed slot, whose values all splits say."""
    if not slot.is_open:
        return None
    return next(split for split, share in SHARES.items() if place(value) < share)


@cache
def _material() -> Mapping[str, Any]:
    return material(_FILE)


def generate(split: str, slots: Sequence[Slot], size: int) -> list[DialogueExample]:
    """Return the examples of `size` dialogues of a split; the first ones do not depend on how many follow."""
    writer = Traveller(split, slots)
    found = []
    for number in range(size):
        name, turns = f"generated-wos-{split}-{number:04}", writer.dialogue()
        found += [DialogueExample(turns[: i + 1], name, f"{name}-{i}") for i in range(len(turns))]
    return found


def load_generated(split: str) -> Dataset:
    """Return a split; `DataError` when the ontology is missing or another one."""
    slots = slots_of(learned_ontology(ontology_labels()), MAX_CLASSES)
    return Dataset(generate(split, slots, SIZES[split]), source=f"generated-wos:{split}")


GENERATED_WOS = Corpus(
    name="generated-wos",
    task="dialogue",
    title_ko="틀로 지어낸 서울 여행 대화 (WoS의 ontology.json 만 있으면 됨)",
    title_en="dialogues about a trip to Seoul made from templates (needs WoS's ontology.json only)",
    licence=LICENCE,
    citation=CITATION,
    files=(ONTOLOGY_FILE,),
    splits=tuple(SIZES),
    reader=load_generated,
    split_files=dict.fromkeys(SIZES, (ONTOLOGY_FILE,)),
    read_labels=ontology_labels,
)
