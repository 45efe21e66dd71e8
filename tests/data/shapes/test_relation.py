"""Relations as KLUE-RE writes them (files made by hand in its exact form), as malmoi does, and as tables do."""

from __future__ import annotations

import json

import pytest

from malmoi.data.columns import Columns
from malmoi.data.examples import RelationExample, Span
from malmoi.data.shapes import SHAPES, read_shape, shape_from_memory
from malmoi.errors import DataError
from malmoi.messages import set_language

SHAPE = SHAPES["relation"]
SENTENCE = "〈파랑새〉는 한지우가 쓰고 누리밴드가 1969년 앨범 《바다》에 담은 노래다."


def official(**changes):
    """A record as `klue-re-v1.1_train.json` has them: indented JSON of a list, the last character of an entity inclusive."""
    record = {
        "guid": "klue-re-v1_train_00000",
        "sentence": SENTENCE,
        "subject_entity": {"word": "누리밴드", "start_idx": 15, "end_idx": 18, "type": "ORG"},
        "object_entity": {"word": "한지우", "start_idx": 7, "end_idx": 9, "type": "PER"},
        "label": "no_relation",
        "source": "wikipedia",
    }
    return record | changes


def write_official(folder, *records):
    path = folder / "klue-re-v1.1_dev.json"
    path.write_text(json.dumps(list(records), ensure_ascii=False, indent=2), encoding="utf-8")
    return path


def message_of(path):
    set_language("en")
    with pytest.raises(DataError) as caught:
        read_shape(path, SHAPE, Columns())
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_the_official_form(tmp_path):
    second = official(guid="klue-re-v1_train_00001", label="org:members")
    data = read_shape(write_official(tmp_path, official(), second), SHAPE, Columns())
    first = data.examples[0]
    assert first == RelationExample(
        SENTENCE, Span(15, 19, "ORG"), Span(7, 10, "PER"), "no_relation", "klue-re-v1_train_00000", 1
    )
    assert SENTENCE[slice(*first.subject.place)] == "누리밴드" and SENTENCE[slice(*first.object.place)] == "한지우"
    assert data.examples[1].relation == "org:members" and len(data.fingerprint) == 64


def test_the_test_file_has_no_labels(tmp_path):
    record = official()
    del record["label"]
    assert read_shape(write_official(tmp_path, record), SHAPE, Columns()).examples[0].relation is None


def test_numbered_labels_count_in_the_official_order(tmp_path):
    rows = [official(label=0), official(label=29)]
    assert [e.relation for e in shape_from_memory(rows, SHAPE, Columns())] == ["no_relation", "per:title"]
    assert "must be 0 to 29: 30" in message_of(write_official(tmp_path, official(label=30)))


def test_parquet_with_numbered_labels(tmp_path):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "re.parquet"
    parquet.write_table(pyarrow.Table.from_pylist([official(label=6), official(label=29)]), path)
    assert [e.relation for e in read_shape(path, SHAPE, Columns())] == ["org:members", "per:title"]


@pytest.mark.parametrize(
    ("entity", "expected"),
    [
        ({"word": "누리밴드", "start_idx": 14, "end_idx": 17, "type": "ORG"}, ["'누리밴드'", "' 누리밴'", "start_idx 15, end_idx 18"]),
        ({"word": "누리밴드", "start_idx": 15, "end_idx": 19, "type": "ORG"}, ["'누리밴드가'", "start_idx 15, end_idx 18"]),
        ({"word": "다리밴드", "start_idx": 15, "end_idx": 18, "type": "ORG"}, ["should be '다리밴드', but '누리밴드' stands"]),
        ({"word": "노래다", "start_idx": 40, "end_idx": 60, "type": "ORG"}, ["outside the text of 43 characters", "start_idx 39"]),
        ({"word": "누리밴드", "start_idx": -1, "end_idx": 18, "type": "ORG"}, ["outside the text"]),
        ({"word": "누리밴드", "start_idx": 18, "end_idx": 15, "type": "ORG"}, ["empty or outside"]),
        ({"word": "누리밴드", "start_idx": 15, "type": "ORG"}, ["'end_idx' is missing"]),
        ({"word": "누리밴드", "start_idx": "열다섯", "end_idx": 18}, ["'start_idx' is no whole number", "열다섯"]),
        ({"word": "한지우", "start_idx": 7, "end_idx": 9, "type": "PER"}, ["same place as the subject"]),
        ("누리밴드", ["not of the form", "누리밴드"]),
        (["누리밴드", 15], ["not of the form"]),
        (None, ["missing. Give it as", '"start_idx": 0']),
    ],
)  # fmt: skip
def test_entities_that_do_not_fit(tmp_path, entity, expected):
    side = "object_entity" if "same place as the subject" in expected else "subject_entity"
    same = {"subject_entity": official()["object_entity"]} if side == "object_entity" else {}
    message = message_of(write_official(tmp_path, official(), official(**(same | {side: entity}))))
    assert all(part in message for part in ["dev.json", "record 2", f"column '{side}'", *expected]), message


def test_bad_records_can_be_left_out(tmp_path):
    path = write_official(tmp_path, official(subject_entity={"start_idx": 99, "end_idx": 99}), official())
    data = read_shape(path, SHAPE, Columns(), skip_bad=True)
    assert len(data) == 1 and data.skipped == 1 and data.bad_rows == (1,)


def test_own_form_in_lines(tmp_path):
    path = tmp_path / "관계.jsonl"
    record = {"text": "이순신은 조선의 장군이다", "subject": {"start": 0, "end": 3, "label": "PER"}}
    record |= {"object": {"start": 5, "end": 7, "label": "LOC", "text": "조선"}, "relation": "출신", "id": 7}
    marked = {"text": "[[세종|PER]]은 ((태종|PER))의 아들이다", "relation": "부모"}
    path.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in (record, marked)), encoding="utf-8")
    first, second = read_shape(path, SHAPE, Columns())
    assert first == RelationExample("이순신은 조선의 장군이다", Span(0, 3, "PER"), Span(5, 7, "LOC"), "출신", "7", 1)
    assert second == RelationExample("세종은 태종의 아들이다", Span(0, 2, "PER"), Span(4, 6, "PER"), "부모", None, 2)
    bad = record | {"object": {"start": 5, "end": 7, "text": "고려"}}
    path.write_text(json.dumps(bad, ensure_ascii=False), encoding="utf-8")
    assert "line 1, column 'object': should be '고려', but '조선' stands at start 5, end 7" in message_of(path)


def test_tables_with_marked_texts_or_entities_spelt_in_a_cell(tmp_path):
    path = tmp_path / "관계.csv"
    path.write_text("문장,관계\n[[이순신|PER]]은 ((조선|LOC))의 장군,출신\n", encoding="utf-8")
    assert read_shape(path, SHAPE, Columns(text="문장", label="관계")).examples[0].relation == "출신"
    spelt = "\"{'word': '누리밴드', 'start_idx': 15, 'end_idx': 18, 'type': 'ORG'}\",\"{'word': '한지우', 'start_idx': 7, 'end_idx': 9, 'type': 'PER'}\""
    path.write_text(
        f"id,sentence,subject_entity,object_entity,label\n0,{SENTENCE},{spelt},no_relation\n", encoding="utf-8"
    )
    example = read_shape(path, SHAPE, Columns()).examples[0]
    assert (example.subject, example.object, example.row) == (Span(15, 19, "ORG"), Span(7, 10, "PER"), 2)


def test_memory_takes_examples_and_dicts():
    example = RelationExample("가나", Span(0, 1), Span(1, 2), "앞")
    data = shape_from_memory([example, {"text": "[[가]]((나))", "relation": "앞"}], SHAPE, Columns())
    assert data.examples == [example, example]
    set_language("en")
    with pytest.raises(DataError, match="item 2: must be a RelationExample or a dict"):
        shape_from_memory([example, "가나"], SHAPE, Columns())
    with pytest.raises(DataError, match="item 1, column 'text': no mark"):
        shape_from_memory([{"text": "가나", "relation": "앞"}], SHAPE, Columns())
