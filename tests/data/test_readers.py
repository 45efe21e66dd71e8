"""What is written is read back equal, in every format, encoding and delimiter, with the right physical lines."""

import csv
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from table_strategies import CP949_ALPHABET, rows, texts, write_jsonl, write_table

from malmoi.data.columns import Columns
from malmoi.data.readers import count_rows, read_dataset, stream_rows
from malmoi.errors import DataError
from malmoi.messages import set_language


@pytest.fixture(scope="module")
def folder():
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def pairs_of(dataset):
    return [(example.text, example.label) for example in dataset]


def assert_reads(path, table, starts=None):
    """Reading and streaming both give the table, at the right lines."""
    dataset = read_dataset(path)
    assert pairs_of(dataset) == table
    starts = starts or list(range(1, len(table) + 1))
    assert [example.row for example in dataset] == starts
    streamed = list(stream_rows(path))
    assert [row.text for row in streamed] == [text for text, _ in table]
    assert [row.number for row in streamed] == starts
    assert [row.cells["감정"] for row in streamed] == [label for _, label in table]
    return dataset


@given(rows(), st.sampled_from(",;|\t"), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.sampled_from([0, 1]))
@settings(max_examples=150, deadline=None)
def test_tables_round_trip(folder, table, delimiter, encoding, quoting):
    path = folder / "표.txt"
    starts = write_table(path, table, delimiter=delimiter, encoding=encoding, quoting=quoting)
    dataset = assert_reads(path, table, starts)
    assert any(encoding in note for note in dataset.notes) == (encoding != "utf-8")


@given(rows(CP949_ALPHABET), st.sampled_from(",;|\t"))
@settings(max_examples=60, deadline=None)
def test_cp949_tables_round_trip(folder, table, delimiter):
    path = folder / "옛날.csv"
    starts = write_table(path, table, delimiter=delimiter, encoding="cp949")
    assert any("cp949" in note for note in assert_reads(path, table, starts).notes)


@given(rows(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_jsonl_round_trips(folder, table, ascii_only):
    path = folder / "자료.txt"
    write_jsonl(path, table, ascii_only=ascii_only)
    assert_reads(path, table)


@given(rows(), st.sampled_from([None, 2]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_json_arrays_round_trip(folder, table, indent, wrapped):
    path = folder / "자료.json"
    items = [{"리뷰": text, "감정": label} for text, label in table]
    path.write_text(json.dumps({"data": items} if wrapped else items, indent=indent), encoding="utf-8")
    assert_reads(path, table)


@given(rows())
@settings(max_examples=30, deadline=None)
def test_parquet_round_trips(folder, table):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = folder / "자료.bin"
    parquet.write_table(pyarrow.table({"리뷰": [t for t, _ in table], "감정": [label for _, label in table]}), path)
    assert_reads(path, table)
    assert count_rows(path) == len(table)


@given(st.lists(st.one_of(texts(st.sampled_from([*'가나 ,"{[ab;'])), st.just("")), min_size=1, max_size=10))
@settings(max_examples=60, deadline=None)
def test_plain_text_streams_one_row_a_line(folder, lines):
    path = folder / "글.txt"
    lines = ["처음 줄", *lines]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert [(row.number, row.text) for row in stream_rows(path)] == list(enumerate(lines, 1))
    assert count_rows(path) == len(lines)
    kept = read_dataset(path, labelled=False)
    assert [example.text for example in kept] == [line for line in lines if line.strip()]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        (
            "인용 아님",
            'sentence\tlabel\n"안녕" 하고 갔다\t0\n그는 "응\t1\n',
            [('"안녕" 하고 갔다', "0"), ('그는 "응', "1")],
        ),
        ("인용", 'document\tlabel\n"그저 ""감동"" 뿐"\t1\n좋다\t0\n', [('그저 "감동" 뿐', "1"), ("좋다", "0")]),
        ("줄바꿈", 'text,label\n"첫 줄\n둘째 줄",1\n끝,0\n', [("첫 줄\n둘째 줄", "1"), ("끝", "0")]),
        ("빈 줄", "text,label\n\n좋다,1\n\n싫다,0\n\n", [("좋다", "1"), ("싫다", "0")]),
        ("남는 빈 칸", "text,label\n좋다,1,,\n싫다,0\n", [("좋다", "1"), ("싫다", "0")]),
        ("공백 라벨", "text,label\n 좋다 , 1 \n싫다,0\n", [(" 좋다 ", "1"), ("싫다", "0")]),
        ("맥 줄끝", "text,label\r좋다,1\r싫다,0\r", [("좋다", "1"), ("싫다", "0")]),
        ("꼬리 없음", "text;label\n좋다, 정말;1\n싫다;0", [("좋다, 정말", "1"), ("싫다", "0")]),
    ],
)
def test_reads_what_people_write(folder, name, content, expected):
    path = folder / f"{name}.csv"
    path.write_bytes(content.encode())
    assert pairs_of(read_dataset(path)) == expected


def test_quotes_that_swallow_many_lines_are_characters(folder):
    lines = ["문장\t라벨", '"시작만 있는 글\t1', *[f"글 {i}\t{i % 2}" for i in range(30)], '끝만 있는 글"\t0']
    path = folder / "열린 따옴표.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    dataset = read_dataset(path)
    assert len(dataset) == 32 and dataset.examples[0].text == '"시작만 있는 글'
    assert any("quotes were read as characters" in note for note in dataset.notes)


def test_physical_lines_after_line_breaks_and_blank_lines(folder):
    path = folder / "줄.csv"
    path.write_text('text,label\n"가\n나\n다",1\n\n라,0\n"마\n바",1\n사,0\n', encoding="utf-8")
    dataset = read_dataset(path)
    assert [example.row for example in dataset] == [2, 6, 7, 9]
    assert any("2 row(s) hold line breaks" in note and "line 2" in note for note in dataset.notes)
    assert [row.number for row in stream_rows(path)] == [2, 5, 6, 7, 9]  # the blank line too


def test_headerless_file_is_guessed_and_said(folder):
    path = folder / "3i4k.txt"
    path.write_bytes(
        "\r\n".join(["0\t만화", "1\t나는 간다", "2\t어디 가니", "0\t약", "1\t비가 온다", "2\t뭐 하니"]).encode()
    )
    dataset = read_dataset(path)
    assert pairs_of(dataset)[:2] == [("만화", "0"), ("나는 간다", "1")] and dataset.examples[0].row == 1
    assert any("looks like data" in note for note in dataset.notes)
    assert pairs_of(read_dataset(path, Columns(text="2", label="1"))) == pairs_of(dataset)
    assert [row.text for row in stream_rows(path, Columns(text="2"))] == [example.text for example in dataset]


def test_a_label_that_is_spelt_like_a_column_is_no_header(folder):
    rows = [
        "질문,이거 얼마예요",
        "명령,문 좀 닫아",
        "질문,어디로 가나요",
        "명령,앉으세요",
        "질문,언제 열어요",
        "명령,조용히 해",
    ]
    (folder / "의도.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    dataset = read_dataset(folder / "의도.csv")
    assert pairs_of(dataset)[0] == ("이거 얼마예요", "질문") and len(dataset) == 6
    twice = ["질문,라벨", "얼마예요,물음", "질문,라벨", "앉으세요,명령"]  # two files put together
    (folder / "이은.csv").write_text("\n".join(twice) + "\n", encoding="utf-8")
    assert read_dataset(folder / "이은.csv").examples[0].text == "얼마예요"


def test_headerless_columns_are_guessed_for_prediction_too(folder):
    path = folder / "예측.csv"
    path.write_text("".join(f"이번 글은 {i}번\t{'긍정' if i % 2 else '부정'}\n" for i in range(9)), encoding="utf-8")
    assert [row.text for row in stream_rows(path)][:2] == ["이번 글은 0번", "이번 글은 1번"]
    as_text = path.rename(folder / "예측.txt")
    rows = stream_rows(as_text)
    assert next(iter(rows)).text == "이번 글은 0번\t부정" and any("--text 2" in note for note in rows.notes)


def test_two_headerless_rows_by_number(folder):
    path = folder / "둘뿐.csv"
    path.write_text("좋아요,긍정\n나빠요,부정\n", encoding="utf-8")
    with pytest.raises(DataError, match="--text 1 --label 2"):
        read_dataset(path)
    assert pairs_of(read_dataset(path, Columns(text="1", label="2"))) == [("좋아요", "긍정"), ("나빠요", "부정")]


def test_number_columns_with_an_unknown_header(folder):
    path = folder / "모르는 이름.csv"
    path.write_text("abc,xyz\n" + "좋아요 정말,긍정\n별로예요 진짜,부정\n" * 4, encoding="utf-8")
    assert len(read_dataset(path, Columns(text="1", label="2"))) == 8


@pytest.mark.parametrize(
    ("header", "roles"),
    [
        ("id\tdocument\tlabel", ("document", None, "label")),
        ("sentence1\tsentence2\tgold_label", ("sentence1", "sentence2", "gold_label")),
        ("question1\tquestion2\tis_duplicate", ("question1", "question2", "is_duplicate")),
        ("번호\t리뷰 내용\t감정", ("리뷰 내용", None, "감정")),
        ("LABEL\t메모\tText", ("Text", None, "LABEL")),
        ("premise\thypothesis\tlabel", ("premise", "hypothesis", "label")),
    ],
)
def test_columns_are_known_by_name(folder, header, roles):
    path = folder / "이름.tsv"
    names = header.split("\t")
    path.write_text(header + "\n" + "\t".join(f"<{name}>" for name in names) + "\n", encoding="utf-8")
    example = read_dataset(path).examples[0]
    text, pair, label = roles
    assert (example.text, example.pair, example.label) == (f"<{text}>", pair and f"<{pair}>", f"<{label}>")


def test_a_second_candidate_is_said(folder):
    path = folder / "둘.csv"
    path.write_text("review,comment,label\n가,나,1\n", encoding="utf-8")
    assert any("chose 'review'" in note and "'comment'" in note for note in read_dataset(path).notes)
    assert read_dataset(path, Columns(text="comment")).examples[0].text == "나"


def test_notes_in_korean_choose_their_particles(folder):
    set_language("ko")
    path = folder / "조사.csv"
    path.write_text("review,comment,label\n가나다라마바사,나,1\n", encoding="cp949")
    notes = read_dataset(path).notes
    assert "인코딩 cp949로 읽었습니다." in notes
    assert "텍스트 열로 'review'를 골랐습니다 (다른 후보: 'comment')." in notes


def test_json_and_parquet_labels_become_strings(folder):
    path = folder / "수.jsonl"
    labels = [1, 1.0, 2.5, True, "긍정 "]
    path.write_text("\n".join(json.dumps({"text": "가", "label": label}) for label in labels), encoding="utf-8")
    dataset = read_dataset(path)
    assert [example.label for example in dataset] == ["1", "1", "2.5", "true", "긍정"]
    assert any("trimmed spaces around 1 label" in note for note in dataset.notes)


def test_id_column_and_limit(folder):
    path = folder / "id.tsv"
    path.write_text("id\tdocument\tlabel\n77\t가\t1\n78\t나\t0\n", encoding="utf-8")
    dataset = read_dataset(path, limit=1)
    assert [(example.id, example.text) for example in dataset] == [("77", "가")]


def test_titles_in_brackets_are_text_not_json(folder):
    path = folder / "제목.txt"
    path.write_text("[단독] 오늘의 소식\n{속보} 내일\n", encoding="utf-8")
    assert [row.text for row in stream_rows(path)] == ["[단독] 오늘의 소식", "{속보} 내일"]


def test_skip_bad_counts_and_names_rows(folder):
    path = folder / "나쁜 행.csv"
    path.write_text("text,label\n가,1\n,0\n다\n라,0,덤\n마,\n바,0\n", encoding="utf-8")
    dataset = read_dataset(path, skip_bad=True)
    assert pairs_of(dataset) == [("가", "1"), ("바", "0")]
    assert dataset.skipped == 4 and dataset.bad_rows == (3, 4, 5, 6)
    assert any("left out 4 unusable" in note for note in dataset.notes)


def test_skip_bad_leaves_out_undecodable_lines(folder):
    path = folder / "섞인 인코딩.csv"
    path.write_bytes(
        "text,label\n안녕하세요 여러분,1\n".encode() + "또깨짐,0\n".encode("cp949") + "다시 좋은 글,0\n".encode()
    )
    dataset = read_dataset(path, skip_bad=True)
    assert pairs_of(dataset) == [("안녕하세요 여러분", "1"), ("다시 좋은 글", "0")] and dataset.bad_rows == (3,)


def test_streaming_keeps_bad_rows_in_place_when_asked(folder):
    path = folder / "흐름.jsonl"
    path.write_text('{"text": "가"}\n{"text": \n\n{"text": "\\ud800나", "k": 1}\n', encoding="utf-8")
    found = list(stream_rows(path, skip_bad=True))
    assert [row.text for row in found] == ["가", "", "", "\ufffd나"]
    assert "line 2" in found[1].problem and found[2].problem is None and found[3].cells["k"] == 1
    with pytest.raises(DataError, match="line 2"):
        list(stream_rows(path))


def test_streaming_memory_is_constant(folder):
    import tracemalloc

    path = folder / "큰.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows(("아주 긴 글입니다. " * 20, "1") for _ in range(20_000))
    tracemalloc.start()
    assert sum(1 for _ in stream_rows(path)) == 20_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert path.stat().st_size > 9_000_000 and peak < 6_000_000


def test_fingerprint_is_the_content(folder):
    one, two = folder / "하나.csv", folder / "둘째.csv"
    for path in (one, two):
        path.write_text("text,label\n가,1\n", encoding="utf-8")
    assert read_dataset(one).fingerprint == read_dataset(two).fingerprint
    two.write_text("text,label\n가,0\n", encoding="utf-8")
    assert read_dataset(one).fingerprint != read_dataset(two).fingerprint


def test_bars_in_cells_are_no_delimiter_beside_a_better_one(folder):
    path = folder / "여럿.csv"
    for lines in (["글,라벨", "하나,가|나", "둘,다|라"], ["하나|둘\t1", "셋|넷\t0", "다섯|여섯\t1", "일곱|여덟\t0"]):
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        examples = read_dataset(path).examples
        assert examples[0].text in ("하나", "하나|둘") and examples[0].label in ("가|나", "1")
