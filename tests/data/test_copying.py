"""A copy of a data file holds the chosen rows, all columns, and reads as it was written."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malmoi.data.columns import Columns
from malmoi.data.copying import write_examples, write_source_copy
from malmoi.data.examples import TextExample
from malmoi.data.readers import read_dataset
from malmoi.data.sources import open_source
from malmoi.errors import DataError

COLUMNS = Columns("글", label="감정")


def copy(path, out, columns=COLUMNS, change=lambda examples: examples):
    examples = change(read_dataset(path, columns).examples)
    assert write_source_copy(open_source(path, columns, labelled=True), examples, out) == len(examples)
    return read_dataset(out, columns).examples


def test_other_columns_stay(tmp_path):
    path, out = tmp_path / "a.csv", tmp_path / "b.tsv"
    path.write_text("번호,글,별점,감정\n1,재밌어요,5,긍정\n2,지루해요,1, 부정\n3,굿,4,긍정\n", encoding="utf-8")

    def change(examples):
        return [replace(examples[0], text="재밌어요!"), examples[1]]

    copy(path, out, change=change)
    assert out.read_text(encoding="utf-8").splitlines() == [
        "번호\t글\t별점\t감정", "1\t재밌어요!\t5\t긍정", "2\t지루해요\t1\t부정",
    ]  # fmt: skip


def test_texts_that_look_like_formulas_are_left_alone(tmp_path):
    path, out = tmp_path / "a.tsv", tmp_path / "b.csv"
    path.write_text("글\t감정\n-_- 이게 뭐야\t부정\n=ㅅ= 귀엽다\t긍정\n@@\t긍정\n", encoding="utf-8")
    assert [example.text for example in copy(path, out)] == ["-_- 이게 뭐야", "=ㅅ= 귀엽다", "@@"]


def test_a_file_without_a_header_gets_names(tmp_path):
    path, out = tmp_path / "a.txt", tmp_path / "b.csv"
    path.write_text("긍정\t재밌어요\tx\n부정\t지루해요\ty\n긍정\t최고예요\tz\n부정\t별로예요\tw\n", encoding="utf-8")
    columns = Columns("2", label="1")
    write_source_copy(open_source(path, columns, labelled=True), read_dataset(path, columns).examples[:2], out)
    assert out.read_text(encoding="utf-8-sig").splitlines() == [
        "label,text,column3",
        "긍정,재밌어요,x",
        "부정,지루해요,y",
    ]
    assert [example.label for example in read_dataset(out)] == ["긍정", "부정"]


def test_json_records_keep_their_values(tmp_path):
    path = tmp_path / "a.jsonl"
    records = [{"글": "가", "감정": "긍정", "태그": ["x"]}, {"글": "나", "감정": 0, "점수": 1.5}]
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    copy(path, tmp_path / "b.jsonl")
    assert [json.loads(line) for line in (tmp_path / "b.jsonl").read_text(encoding="utf-8").splitlines()] == records
    copy(path, tmp_path / "b.csv")
    assert (tmp_path / "b.csv").read_text(encoding="utf-8-sig").splitlines() == [
        "글,감정,태그,점수", '가,긍정,"[""x""]",', "나,0,,1.5",
    ]  # fmt: skip


def test_parquet_dates_and_missing_numbers(tmp_path):
    import datetime

    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "a.parquet"
    day = datetime.date(2026, 10, 9)
    parquet.write_table(
        pyarrow.table({"글": ["가", "나"], "감정": ["긍정", "부정"], "날": [day, None], "수": [float("nan"), 2.0]}),
        path,
    )
    copy(path, tmp_path / "b.jsonl")
    lines = (tmp_path / "b.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[0]) == {"글": "가", "감정": "긍정", "날": "2026-10-09", "수": None}


def test_examples_of_no_file(tmp_path):
    examples = [TextExample("가", labels=("x", "y"), id="7"), TextExample("나", labels=(), id="8")]
    assert write_examples(examples, tmp_path / "a.jsonl") == 2
    first = json.loads((tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert first == {"id": "7", "text": "가", "labels": ["x", "y"]}
    write_examples(examples, tmp_path / "a.csv")
    assert [example.labels for example in read_dataset(tmp_path / "a.csv", kind="labels")] == [("x", "y"), ()]


def test_an_unknown_ending(tmp_path):
    with pytest.raises(DataError, match=r"\.xlsx"):
        write_examples([TextExample("가")], tmp_path / "a.xlsx")


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(str.strip)


@given(st.lists(TEXTS, min_size=4, max_size=6, unique=True), st.sampled_from([".csv", ".tsv", ".jsonl"]))
@settings(max_examples=60, deadline=None)
def test_any_text_comes_back(tmp_path_factory, texts, ending):
    folder = tmp_path_factory.mktemp("copy")
    examples = [TextExample(text, label=str(i % 2), id=str(i)) for i, text in enumerate(texts)]
    write_examples(examples, folder / f"a{ending}")
    found = read_dataset(folder / f"a{ending}").examples
    assert [(example.text, example.label) for example in found] == [(text, str(i % 2)) for i, text in enumerate(texts)]
