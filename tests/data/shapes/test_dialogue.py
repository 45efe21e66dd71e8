"""Dialogues as WoS writes them (files made by hand in its exact form), as malmoi does, and as lines of text."""

from __future__ import annotations

import json
import unicodedata

import pytest

from malmoi.data.columns import Columns
from malmoi.data.examples import DialogueExample, Turn
from malmoi.data.shapes import SHAPES, read_shape, shape_from_memory
from malmoi.errors import DataError
from malmoi.messages import set_language

SHAPE = SHAPES["dialogue"]


def official(**changes):
    """A record as `wos-v1.1_train.json` has them: the system's turns without a state, the last turn the system's."""
    record = {
        "guid": "wos-v1_train_00000",
        "domains": ["식당", "택시"],
        "dialogue": [
            {"role": "user", "text": "중앙에 있는 식당이요.", "state": ["식당-지역-서울 중앙"]},
            {"role": "sys", "text": "명동집은 어떠세요?"},
            {"role": "user", "text": "좋아요.", "state": ["식당-지역-서울 중앙", "식당-이름-명동집"]},
            {"role": "sys", "text": "네, 즐거운 하루 되세요."},
        ],
    }
    return record | changes


def write_official(folder, *records):
    path = folder / "wos-v1.1_dev.json"
    path.write_text(json.dumps(list(records), ensure_ascii=False, indent=2), encoding="utf-8")
    return path


def with_turn(**changes):
    turns = official()["dialogue"]
    turns[2] = {name: value for name, value in (turns[2] | changes).items() if value != "missing"}
    return official(dialogue=turns)


def message_of(path):
    set_language("en")
    with pytest.raises(DataError) as caught:
        read_shape(path, SHAPE, Columns())
    return str(caught.value)


def test_the_official_form(tmp_path):
    data = read_shape(write_official(tmp_path, official(), official(guid="wos-v1_train_00001")), SHAPE, Columns())
    first = Turn("중앙에 있는 식당이요.", "", ("식당-지역-서울 중앙",))
    second = Turn("좋아요.", "명동집은 어떠세요?", ("식당-지역-서울 중앙", "식당-이름-명동집"))
    assert data.examples[:2] == [
        DialogueExample((first,), "wos-v1_train_00000", "wos-v1_train_00000-0", 1),
        DialogueExample((first, second), "wos-v1_train_00000", "wos-v1_train_00000-1", 1),
    ]
    assert len(data) == 4 and data.examples[3].dialogue == "wos-v1_train_00001" and data.examples[3].row == 2
    assert data.examples[1].text == "중앙에 있는 식당이요.\n명동집은 어떠세요?\n좋아요."


def test_the_test_file_has_no_states(tmp_path):
    turns = [{name: turn[name] for name in ("role", "text")} for turn in official()["dialogue"]]
    data = read_shape(write_official(tmp_path, official(dialogue=turns)), SHAPE, Columns())
    assert [example.state for example in data] == [None, None]


def test_a_dialogue_that_the_system_begins_and_two_turns_in_a_row():
    turns = [
        {"role": "sys", "text": "안녕하세요."},
        {"role": "sys", "text": "말씀하세요."},
        {"role": "user", "text": "네", "state": []},
    ]
    turns.append({"role": "user", "text": "식당이요", "state": []})
    (first, second) = shape_from_memory([{"dialogue": turns}], SHAPE, Columns())
    assert first.turns == (Turn("네", "안녕하세요. 말씀하세요.", ()),)
    assert second.turns[1] == Turn("식당이요", "", ())


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (with_turn(role="usr"), ["utterance 3: unknown role 'usr'", "user, sys"]),
        (with_turn(text="missing"), ["utterance 3: 'text' is missing"]),
        (with_turn(text=["좋아요"]), ["utterance 3: 'text'", "neither text nor a number"]),
        (with_turn(state="식당-지역-서울 중앙"), ['utterance 3: state must be ["식당-지역-서울 중앙", …]']),
        (with_turn(state=["식당-지역"]), ["utterance 3: state: not of the form 'domain-slot-value': '식당-지역'"]),
        (with_turn(state=[1]), ["utterance 3: state must be"]),
        (official(dialogue="좋아요" and 3), ["not of the form", "3"]),
        (official(dialogue=[["user", "네"]]), ["not of the form"]),
        (official(dialogue=[]), ["the user says nothing"]),
        (official(dialogue=[{"role": "sys", "text": "네"}]), ["the user says nothing"]),
        ({"guid": "1", "domains": []}, ["missing. Give it as", '"role": "user"']),
    ],
)
def test_what_is_wrong_is_said_with_its_turn(tmp_path, record, expected):
    message = message_of(write_official(tmp_path, official(), record))
    assert all(part in message for part in ["dev.json", "record 2, column 'dialogue'", *expected]), message


def test_states_have_one_spelling():
    """Answers are compared as strings: a space behind a hyphen made every answer wrong."""
    turns = [
        {"user": "중앙이요", "state": ["식당 - 지역- 서울  중앙", unicodedata.normalize("NFD", "식당-이름-명동-집")]}
    ]
    (example,) = shape_from_memory([{"turns": turns}], SHAPE, Columns())
    assert example.state == ("식당-지역-서울 중앙", "식당-이름-명동-집")


def test_own_form_in_lines(tmp_path):
    path = tmp_path / "대화.jsonl"
    turns = [
        {"user": "식당이요", "state": []},
        {"user": "중앙이요", "system": "어디요?", "state": ["식당-지역-서울 중앙"]},
    ]
    path.write_text(json.dumps({"id": "a", "turns": turns}, ensure_ascii=False), encoding="utf-8")
    _, second = read_shape(path, SHAPE, Columns())
    assert second == DialogueExample(
        (Turn("식당이요", "", ()), Turn("중앙이요", "어디요?", ("식당-지역-서울 중앙",))), "a", "a-1", 1
    )


@pytest.mark.parametrize(
    ("text", "turns"),
    [
        ("식당이요", (Turn("식당이요"),)),
        ("어서 오세요\n식당이요\n어디요?\n중앙이요", (Turn("식당이요", "어서 오세요"), Turn("중앙이요", "어디요?"))),
        ("사용자: 식당이요\n시스템: 어디요?\n사용자: 중앙이요", (Turn("식당이요"), Turn("중앙이요", "어디요?"))),
        ("USER:식당이요\n그리고 숙소도요\nsystem: 네", (Turn("식당이요 그리고 숙소도요"),)),
        ("식당이요\nsys: 어디요?\nuser: 중앙이요", (Turn("식당이요"), Turn("중앙이요", "어디요?"))),
        ("", (Turn(""),)),
    ],
)
def test_lines_of_text(text, turns):
    (*_, last) = shape_from_memory([{"text": text}], SHAPE, Columns())
    assert last.turns == turns


def test_lines_of_the_system_alone_ask_nothing():
    set_language("en")
    with pytest.raises(DataError, match="item 1: the user says nothing"):
        shape_from_memory([{"text": "sys: 어서 오세요"}], SHAPE, Columns())


def test_a_cell_of_a_table_may_spell_the_list(tmp_path):
    path = tmp_path / "대화.csv"
    cell = json.dumps(official()["dialogue"], ensure_ascii=False).replace('"', '""')
    path.write_text(f'guid,dialogue\nwos-1,"{cell}"\n', encoding="utf-8")
    assert [e.id for e in read_shape(path, SHAPE, Columns())] == ["wos-1-0", "wos-1-1"]
