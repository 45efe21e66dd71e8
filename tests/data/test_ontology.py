"""The ontology: read, checked, learned from states, and which slots are open."""

from __future__ import annotations

import json

import pytest

from malmoi.data.ontology import learned_ontology, read_ontology, slot_and_value, slots_of
from malmoi.errors import DataError
from malmoi.io import data_dir
from malmoi.messages import set_language


def test_none_and_dontcare_are_no_values(tmp_path):
    path = tmp_path / "ontology.json"
    path.write_text(
        json.dumps({"식당-지역": ["none", "dontcare", " 중앙 ", "북쪽", "중앙"]}, ensure_ascii=False), "utf-8"
    )
    assert read_ontology(path) == {"식당-지역": ("중앙", "북쪽")}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", "not JSON"),
        ("[]", "not an object of the form"),
        ("{}", "not an object of the form"),
        ('{"식당-지역": "중앙"}', "'식당-지역': must be a list of strings"),
        ('{"식당-지역": [1]}', "'식당-지역': must be a list of strings"),
        ('{"식당": ["중앙"]}', "'식당': a slot is named 'domain-slot'"),
        ('{"식당-예약-시간": ["18:00"]}', "'식당-예약-시간': a slot is named"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, content, expected):
    path = tmp_path / "ontology.json"
    path.write_text(content, encoding="utf-8")
    set_language("en")
    with pytest.raises(DataError) as caught:
        read_ontology(path)
    assert expected in str(caught.value) and str(path) in str(caught.value)


def test_states_are_cut_at_the_first_two_hyphens():
    assert slot_and_value("택시-도착지-카페 1-2-3") == ("택시-도착지", "카페 1-2-3")
    for state in ("식당-지역", "식당-지역-", "식당", "-지역-중앙", ""):
        with pytest.raises(ValueError):
            slot_and_value(state)


def test_open_slots_are_those_of_many_values_of_times_and_those_named():
    many = tuple(f"곳 {i}" for i in range(21))
    ontology = {
        "식당-이름": many,
        "식당-종류": many[:20],
        "지하철-출발 시간": ("9:30", "13:00"),
        "숙소-이름": ("가", "나"),
        "숙소-요일": (),
    }
    slots = {slot.name: slot for slot in slots_of(ontology, 20, ["숙소-이름"])}
    assert [name for name, slot in slots.items() if slot.is_open] == ["식당-이름", "지하철-출발 시간", "숙소-이름"]
    assert [name for name, slot in slots.items() if slot.is_clock] == ["지하철-출발 시간"]
    assert (slots["식당-이름"].domain, slots["식당-이름"].own_name) == ("식당", "이름")


def test_a_slot_that_is_never_given_is_learned_without_values():
    assert learned_ontology(["숙소-종류-dontcare", "숙소-이름-none"]) == {"숙소-종류": (), "숙소-이름": ()}


def test_the_published_ontology():
    path = data_dir() / "klue" / "ontology.json"
    if not path.is_file():
        pytest.skip(f"{path} is missing")
    slots = slots_of(read_ontology(path), 20)
    assert len(slots) == 45 and {slot.domain for slot in slots} == {"관광", "숙소", "식당", "지하철", "택시"}
    assert [slot.name for slot in slots if slot.is_open] == [
        "관광-이름", "숙소-이름", "식당-예약 시간", "식당-이름", "지하철-도착지", "지하철-출발 시간", "지하철-출발지",
        "택시-도착 시간", "택시-도착지", "택시-출발 시간", "택시-출발지",
    ]  # fmt: skip
    assert sum(slot.is_clock for slot in slots) == 4
