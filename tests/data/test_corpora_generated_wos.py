"""The generated dialogues: the same every time, states that follow from what is said, nothing to remember between splits."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest

from malmoi.data.corpora import find_corpus
from malmoi.data.corpora.generated_wos import SIZES, generate, split_of, spoken_time
from malmoi.data.corpora.templates import material
from malmoi.data.ontology import learned_ontology, slot_and_value, slots_of
from malmoi.errors import DataError
from malmoi.tasks.dialogue.values import ValueFinder
from malmoi.text.clock import clock_times

NAMES = tuple(
    f"{head}{tail}"
    for head in ("노을", "바람", "햇살", "달빛", "구름", "파도")
    for tail in ("집", "식당", "국수", "찻집")
)
ONTOLOGY = {
    "식당-지역": ("서울 중앙", "서울 북쪽"),
    "식당-가격대": ("저렴", "비싼", "적당"),
    "식당-주차 가능": ("yes", "no"),
    "식당-예약 시간": tuple(f"{hour:02}:{minute:02}" for hour in range(10, 22) for minute in (0, 10, 30)),
    "식당-이름": NAMES,
    "택시-도착지": NAMES,
    "택시-종류": ("고급", "개인"),
    "놀이-색깔": ("빨강", "파랑"),
}  # the last domain and slot stand in no template
SLOTS = slots_of(ONTOLOGY, 20)


@pytest.fixture(scope="module")
def splits():
    return {split: generate(split, SLOTS, 60) for split in SIZES}


def test_the_same_every_time_and_longer_ones_begin_alike(splits):
    assert generate("train", SLOTS, 60) == splits["train"]
    few = generate("train", SLOTS, 5)
    assert few == splits["train"][: len(few)]


def test_states_are_of_the_ontology_and_grow_out_of_the_state_before(splits):
    for examples in splits.values():
        for example in examples:
            slots = [slot_and_value(value)[0] for value in example.state]
            assert len(set(slots)) == len(slots) and slots == sorted(slots, key=list(ONTOLOGY).index)
            for slot, value in map(slot_and_value, example.state):
                assert value in (*ONTOLOGY[slot], "dontcare")
            before = {slot_and_value(v)[0] for v in example.turns[-2].state} if len(example.turns) > 1 else set()
            assert before <= set(slots)
            assert not example.turns[0].system and all(turn.user for turn in example.turns)


def test_every_slot_value_kind_and_change_occurs(splits):
    values = Counter(value for example in splits["train"] for value in example.state)
    assert {slot_and_value(value)[0] for value in values} == set(ONTOLOGY)
    assert {"yes", "no", "dontcare"} <= {slot_and_value(value)[1] for value in values}
    changed = [
        1
        for example in splits["train"]
        if len(example.turns) > 1
        for slot, value in map(slot_and_value, example.turns[-2].state)
        if f"{slot}-{value}" not in example.state
    ]
    assert changed, "some minds change"


def test_values_of_open_slots_can_be_read_and_are_of_one_split(splits):
    finder, slots = ValueFinder(SLOTS), {slot.name: slot for slot in SLOTS}
    for split, examples in splits.items():
        for example in examples:
            said = [words for turn in example.turns for words in (turn.system, turn.user)]
            for name, value in map(slot_and_value, example.state):
                if slots[name].is_open:
                    assert any(finder.places_of(slots[name], value, words) for words in said), (name, value, said)
                    assert split_of(slots[name], value) == split
                else:
                    assert split_of(slots[name], value) is None


def test_no_sentence_is_shared_between_splits():
    def sentences(value):
        if isinstance(value, dict) and set(value) == set(SIZES):
            yield value
        elif isinstance(value, dict):
            for own in value.values():
                yield from sentences(own)

    for kinds in sentences(material("generated_wos.json")):
        for one, other in combinations(SIZES, 2):
            assert not set(kinds[one]) & set(kinds[other])


@pytest.mark.parametrize("split", SIZES)
def test_spoken_times_are_read_back(split):
    import random

    rng = random.Random(0)
    for hour in range(24):
        for minute in (0, 5, 30, 45):
            said = spoken_time(f"{hour:02}:{minute:02}", split, rng)
            assert [found.time for found in clock_times(said)] == [f"{hour:02}:{minute:02}"], said


def test_the_corpus_needs_the_ontology_alone(tmp_path, monkeypatch):
    corpus = find_corpus("generated-wos")
    if corpus.state_of("train") != "missing":
        data = corpus.load("dev")
        assert data.source == "generated-wos:dev" and len({example.dialogue for example in data}) == SIZES["dev"]
        ontology = learned_ontology(name.label for name in corpus.all_labels())
        assert len(ontology) == 45 and {slot_and_value(v)[0] for e in data for v in e.state} <= set(ontology)
    monkeypatch.setenv("MALMOI_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"ontology\.json"):
        corpus.load("train")
    with pytest.raises(DataError, match=r"ontology\.json"):
        corpus.all_labels()
