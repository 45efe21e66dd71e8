"""One label, several labels or a score: read from files and memory, and said when they cannot be."""

import json
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from malmoi.data.columns import Columns
from malmoi.data.examples import TextExample
from malmoi.data.memory import from_memory
from malmoi.data.readers import read_dataset, read_examples
from malmoi.data.rules import Rules
from malmoi.errors import ConfigError, DataError

names = (
    st.text(st.sampled_from([*"가나욕설 ab0."]), min_size=1, max_size=5)
    .map(lambda name: " ".join(name.split()))
    .filter(bool)
)


def write(path, content):
    path.write_text(content, encoding="utf-8")
    return path


def labels_of(dataset):
    return [example.labels for example in dataset]


def test_target_is_one_string():
    assert TextExample("글", label="긍정").target == "긍정"
    assert TextExample("글", labels=("욕설", "비하")).target == TextExample("글", labels=("비하", "욕설")).target
    assert TextExample("글", labels=()).target == "-"
    assert [TextExample("글", score=score).target for score in (5.0, 3.8, 0.0)] == ["5", "3.8", "0"]
    assert TextExample("글").target is None


@pytest.mark.parametrize(
    ("cells", "separator", "expected"),
    [
        (["기쁨|놀람", "슬픔", ""], "|", [("기쁨", "놀람"), ("슬픔",), ()]),
        (["1,3", "8", " 2 , 2 ,"], ",", [("1", "3"), ("8",), ("2",)]),
        (["가;나", "다"], ";", [("가", "나"), ("다",)]),
        (["슬픔, 아쉬움|놀람", "기쁨|놀람"], "|", [("슬픔, 아쉬움", "놀람"), ("기쁨", "놀람")]),
        (['["가, 나", "다"]', "[]", "다;라"], ";", [("가, 나", "다"), (), ("다", "라")]),
    ],
)
def test_separators_are_found_and_said(tmp_path, cells, separator, expected):
    lines = ["text\tlabels", *(f"글 {i}\t" + '"' + cell.replace('"', '""') + '"' for i, cell in enumerate(cells))]
    dataset = read_dataset(write(tmp_path / "여럿.tsv", "\n".join(lines) + "\n"), kind="labels")
    assert labels_of(dataset) == expected
    assert any(f"separated by '{separator}'" in note for note in dataset.notes)
    assert all(example.label is None and example.score is None for example in dataset)


def test_other_candidates_and_none_at_all_are_said(tmp_path):
    path = write(tmp_path / "가.tsv", "text\tlabels\n하나\t가|나, 다\n둘\t라|마\n")
    assert any("also possible: ','" in note for note in read_dataset(path, kind="labels").notes)
    plain = write(tmp_path / "나.tsv", "text\tlabels\n하나\t가/나\n둘\t라\n")
    assert any(
        "no cell holds several labels (looked for | , ;)" in note for note in read_dataset(plain, kind="labels").notes
    )
    chosen = read_dataset(plain, kind="labels", separator="/")
    assert labels_of(chosen) == [("가", "나"), ("라",)] and not any(
        "separated" in note or "looked for" in note for note in chosen.notes
    )
    assert any("looked for ::" in note for note in read_dataset(plain, kind="labels", separator="::").notes)


def test_a_separator_far_down_is_found(tmp_path):
    rows = "".join(f"글 {i}\t가\n" for i in range(2000))
    dataset = read_dataset(write(tmp_path / "긴.tsv", f"text\tlabels\n{rows}끝\t가;나\n"), kind="labels")
    assert dataset.examples[-1].labels == ("가", "나")


@given(st.lists(st.lists(names, max_size=4, unique=True), min_size=1, max_size=8))
def test_json_lists_are_taken_as_they_are(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("목록") / "자료.jsonl"
    lines = (json.dumps({"text": f"글 {i}", "labels": row}, ensure_ascii=False) for i, row in enumerate(rows))
    write(path, "\n".join(lines) + "\n")
    expected = [tuple(dict.fromkeys(row)) for row in rows]
    assert labels_of(read_dataset(path, kind="labels")) == expected
    assert labels_of(from_memory([{"text": "글", "labels": row} for row in rows], kind="labels")) == expected


def test_the_corpus_value_for_none(tmp_path):
    path = write(tmp_path / "없음.tsv", "text\tlabels\n하나\t1,3\n둘\t8\n셋\t\n")
    rules = Rules(kind="labels", separator=",", none="8")
    assert labels_of(read_examples(path, Columns(), rules)) == [("1", "3"), (), ()]
    write(path, "text\tlabels\n하나\t1,3\n둘\t3,8\n")
    with pytest.raises(DataError, match=r"line 3, column 'labels': '8' \(no label\) stands beside other labels: '3,8'"):
        read_examples(path, Columns(), rules)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("['가', '나']", "line 2, column 'labels': not a JSON list"),
        ('[{"가": 1}]', "line 2, column 'labels': neither text nor a number"),
    ],
)
def test_unreadable_labels(tmp_path, cells, message):
    path = tmp_path / "나쁜.tsv"
    write(path, 'text\tlabels\n글\t"' + cells.replace('"', '""') + '"\n')
    with pytest.raises(DataError, match=message):
        read_dataset(path, kind="labels")


def test_scores_of_a_file(tmp_path):
    path = write(tmp_path / "점수.tsv", "sentence1\tsentence2\tscore\n가\t나\t3.800\n다\t라\t 5 \n마\t바\t-1e-1\n")
    dataset = read_dataset(path, kind="score")
    assert [example.score for example in dataset] == [3.8, 5.0, -0.1]
    assert all(example.label is None and example.labels is None for example in dataset)


@pytest.mark.parametrize("cell", ["높음", "nan", "inf", "1_000", "3,8", "1e999", "true"])
def test_a_score_that_is_no_number_is_named(tmp_path, cell):
    path = write(tmp_path / "점수.tsv", f"text\tscore\n가\t1\n나\t{cell}\n다\t2\n")
    with pytest.raises(DataError, match=f"line 3, column 'score': not a finite number: '{cell}'"):
        read_dataset(path, kind="score")
    left = read_dataset(path, kind="score", skip_bad=True)
    assert [example.score for example in left] == [1.0, 2.0] and left.bad_rows == (3,)


def test_an_empty_score_is_named(tmp_path):
    path = write(
        tmp_path / "점수.jsonl",
        '{"text": "가", "score": 1}\n{"text": "나", "score": null}\n{"text": "다", "score": NaN}\n',
    )
    with pytest.raises(
        DataError, match="2 unusable.*\n.*line 2, column 'score': empty\n.*line 3, column 'score': empty"
    ):
        read_dataset(path, kind="score")


@pytest.mark.parametrize("number", [4, 4.0, np.float64(4), np.float32(4), np.int64(4), np.array(4)])
def test_numbers_from_memory_are_scores(number):
    assert from_memory([("글", number)], kind="score").examples[0].score == 4.0


class Frame:
    """What is used of a pandas frame."""

    def __init__(self, **columns):
        self.columns = tuple(columns)
        self.rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def to_dict(self, orient):
        assert orient == "records"
        return self.rows


def test_frames_keep_what_was_annotated():
    scores = Frame(text=["가", "나"], score=[np.float64(1.5), np.int64(2)])
    assert [example.score for example in from_memory(scores, kind="score")] == [1.5, 2.0]
    several = Frame(text=["가", "나", "다"], labels=[["욕설"], np.array(["비하", "욕설"]), float("nan")])
    assert labels_of(from_memory(several, kind="labels")) == [("욕설",), ("비하", "욕설"), ()]
    with pytest.raises(DataError, match="item 2, column 'score': empty"):
        from_memory(Frame(text=["가", "나"], score=[1.5, float("nan")]), kind="score")


def test_examples_keep_what_was_annotated():
    several = [TextExample("가", labels=("욕설", "비하")), TextExample("나", labels=())]
    assert labels_of(from_memory(several, kind="labels")) == [("욕설", "비하"), ()]
    scored = [TextExample("가", "나", score=2.5, id="7")]
    assert from_memory(scored, kind="score").examples == scored
    assert labels_of(from_memory([("글", {"나", "가"})], kind="labels")) == [("가", "나")]
    assert labels_of(from_memory([("글", np.array(["가", "나"]))], kind="labels")) == [("가", "나")]


def test_parquet_lists_and_numbers(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "자료.parquet"
    parquet.write_table(pyarrow.table({"text": ["가", "나"], "labels": [["욕설"], []], "score": [1.5, 2.0]}), path)
    assert labels_of(read_dataset(path, Columns(label="labels"), kind="labels")) == [("욕설",), ()]
    assert [example.score for example in read_dataset(path, Columns(label="score"), kind="score")] == [1.5, 2.0]


def test_an_unknown_kind_is_refused():
    with pytest.raises(ConfigError, match="unknown name 'kind=scores'. Did you mean 'score'"):
        from_memory([("글", 1)], kind="scores")


def test_a_separator_without_several_labels_is_refused(tmp_path):
    path = write(tmp_path / "가.tsv", "text\tlabel\n글\t가\n")
    with pytest.raises(ConfigError, match="only for several labels"):
        read_dataset(path, separator="|")
    with pytest.raises(ConfigError, match="not empty"):
        read_dataset(path, kind="labels", separator="")


def test_spellings_of_one_label_are_merged_and_said(tmp_path):
    nfd = unicodedata.normalize("NFD", "아주 좋음")
    lines = ["text\tlabel", "가\t아주 좋음", f"나\t{nfd}", "다\t아주  좋음", "라\t나쁨"]
    dataset = read_dataset(write(tmp_path / "표기.tsv", "\n".join(lines) + "\n"))
    assert [example.label for example in dataset] == ["아주 좋음"] * 3 + ["나쁨"]
    assert [note for note in dataset.notes if "merged" in note and "'아주 좋음' (3 spellings)" in note]
    several = from_memory([{"text": "가", "label": ["아주 좋음", nfd]}, {"text": "나", "label": [nfd]}], kind="labels")
    assert labels_of(several) == [("아주 좋음",), ("아주 좋음",)]
    assert any("2 spellings" in note for note in several.notes)


def test_labels_spelt_one_way_are_not_called_merged():
    nfd = unicodedata.normalize("NFD", "좋음")
    dataset = from_memory([("가", nfd), ("나", f" {nfd}"), ("다", "나쁨")])
    assert [example.label for example in dataset] == ["좋음", "좋음", "나쁨"]
    assert not any("merged" in note for note in dataset.notes)
