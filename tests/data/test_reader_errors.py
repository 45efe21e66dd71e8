"""Every unusable file is one clear message: what, file, line, column, sample, fix; exit code 2."""

import json
import pickle

import pytest

from malmoi.data import encoding, json_records
from malmoi.data.columns import Columns
from malmoi.data.readers import read_dataset, stream_rows
from malmoi.errors import DataError
from malmoi.messages import set_language

GOOD = "text,label\n가,1\n나,0\n"


def error_of(path, content, columns=Columns(), **options):  # noqa: B008
    """Write a file, read it, and return the message of the DataError it must raise."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError) as caught:
        read_dataset(path, columns, **options)
    assert caught.value.exit_code == 2 and str(path) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("text,label\n가,1\n나,\n", ["line 3", "column 'label'", "empty", "--skip-bad"]),
        ("text,label\n가,1\n\n  ,0\n", ["line 4", "column 'text'", "empty"]),
        ("text,label\n가,1\n나,0,덤\n", ["line 3", "3 fields", "2 columns", "'나,0,덤'"]),
        ("text,label\n가,1\n나\n", ["line 3", "1 fields", "2 columns"]),
        ("text,label\n안녕, 반가워,1\n나,0\n", ["line 2", "double quotes", "안녕, 반가워"]),
        ('text,label\n"가\n나",1\n"다" 라,0\n"a,b",1\n', ["line 4", "closing quote", '""']),
        ('text,label\n"a,b",1\n"다\n라,0\n', ["line 3", "not closed"]),
        ("text,label\n", ["line 1", "only a header", "'text', 'label'"]),
        ("text\n가\n나\n", ["line 1", "only one column", "looked for , ; | and tabs", "'text'"]),
        ("a,b,c\n가나다라,1,2\n마바사아,2,2\n", ["line 1", "--label", "'a', 'b', 'c'", "가나다라"]),
        ("", ["empty", "0 bytes"]),
        (" \n\n", ["blank lines"]),
        ("text,label\n가,\0\n", ["line 2", "NUL"]),
    ],
)
def test_tables(tmp_path, content, expected):
    message = error_of(tmp_path / "자료.csv", content)
    assert all(part in message for part in expected), message


def test_missing_column_names_the_nearest(tmp_path):
    message = error_of(tmp_path / "a.csv", "review,sentiment\n가,1\n", Columns(text="reviw"))
    assert "'reviw' (--text)" in message and "Did you mean 'review'" in message and "'sentiment'" in message


def test_many_bad_rows_are_counted_five_are_shown(tmp_path):
    message = error_of(tmp_path / "a.csv", "text,label\n" + "가,\n" * 12 + "나,1\n")
    assert "12 unusable" in message and "line 6," in message and "line 7," not in message and "7 more" in message


def test_all_rows_bad_is_an_error_even_when_skipping(tmp_path):
    assert "2 unusable" in error_of(tmp_path / "a.csv", "text,label\n가,\n나,\n", skip_bad=True)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('[{"text": "가", "label": 1},\n {"text": "나" "label": 0}]', ["line 2 column 15", "not JSON"]),
        ('[{"text": "가", "label": 1}', ["line 1", "not JSON"]),
        ("[]", ["record 1", "empty array"]),
        ("[1, 2]", ["record 1", "not a JSON object"]),
        ('{"version": 1, "name": "x"\n}', ["line 1", "array of objects", "'version'"]),
        ('[{"text": "가", "label": 1}, {"text": "나"}]', ["record 2", "column 'label'", "empty"]),
        ('[{"text": "가", "label": 1}, {"text": ["나"], "label": 1}]', ["record 2", "column 'text'", "neither"]),
        ('[{"text": "\\ud800", "label": 1}]', ["record 1", "column 'text'", "surrogate", "ud800"]),
        ("[" * 100_000, ["line 1", "too deep"]),
    ],
)
def test_json(tmp_path, content, expected):
    message = error_of(tmp_path / "자료.json", content)
    assert all(part in message for part in expected), message


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"text": "가", "label": 1}\n{"text": "나", label: 0}\n', ["line 2", "character 15", "label: 0"]),
        ('{"text": "가", "label": 1}\n\n["나", 0]\n', ["line 3", "not a JSON object"]),
        ('{"text": "가", "label": 1}\n{"text": "나", "label": null}\n', ["line 2", "column 'label'", "empty"]),
        ('{"text": "\\udfff", "label": 1}\n', ["line 1", "column 'text'", "surrogate"]),
        ('{"text": "가", "label": NaN}\n', ["line 1", "column 'label'", "empty"]),
        ('{"text": "가", "label": ' + "9" * 5000 + "}\n", ["line 1", "too long"]),
    ],
)
def test_jsonl(tmp_path, content, expected):
    message = error_of(tmp_path / "자료.jsonl", content)
    assert all(part in message for part in expected), message


def test_undecodable_bytes_name_offset_and_line(tmp_path):
    good = "text,label\n안녕하세요 여러분,1\n".encode()
    message = error_of(tmp_path / "a.csv", good + "깨진 글,0\n".encode("cp949"))
    assert f"line 3 (byte offset {len(good)})" in message and "utf-8" in message and "Save the file as UTF-8" in message


def test_undecodable_bytes_beyond_the_first_block(tmp_path, monkeypatch):
    monkeypatch.setattr(encoding, "BLOCK", 64)
    good = GOOD.encode() + "좋은 글입니다,1\r\n".encode() * 50
    message = error_of(tmp_path / "a.csv", good + b"\xff\xfe,0\n")
    assert f"line 54 (byte offset {len(good)})" in message


def test_broken_utf8_is_not_taken_for_cp949(tmp_path):
    whole = "마나마나".encode()  # these bytes, and their first ten, also decode as (nonsense in) cp949
    content = b"text,label\n" + whole + b",1\n" + whole[:10] + b",0\n"
    assert "마나" not in content.decode("cp949")
    assert "line 3" in error_of(tmp_path / "a.csv", content)


def test_skipping_does_not_help_a_broken_utf16_file(tmp_path):
    message = error_of(tmp_path / "a.csv", GOOD.encode("utf-16") + b"x", skip_bad=True)
    assert "line 4" in message and "--skip-bad" not in message


def test_cut_off_last_character(tmp_path):
    content = (GOOD + "끝").encode()[:-1]
    assert f"line 4 (byte offset {len(GOOD.encode())})" in error_of(tmp_path / "a.csv", content)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"PK\x03\x04" + b"\0" * 20 + b"[Content_Types].xml", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Excel workbook"),
        (b"PK\x03\x04\x14\0", "ZIP"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"%PDF-1.7\n", "PDF"),
        (pickle.dumps({"text": ["가"]}), "pickle"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"text,label\n\0\0\0\1,1\n", "NUL"),
        ("text,label\n가,1\n".encode("utf-16-le"), "NUL"),
    ],
)
def test_what_is_not_text(tmp_path, content, expected):
    assert expected in error_of(tmp_path / "자료.csv", content)


def test_missing_file_folder_and_empty_parquet(tmp_path):
    (tmp_path / "train.csv").write_text(GOOD, encoding="utf-8")
    with pytest.raises(DataError, match="Did you mean 'train.csv'"):
        read_dataset(tmp_path / "trian.csv")
    with pytest.raises(DataError, match="there is no folder"):
        read_dataset(tmp_path / "없는 폴더" / "train.csv")
    with pytest.raises(DataError, match="is a folder.*train.csv"):
        read_dataset(tmp_path)
    assert "damaged Parquet" in error_of(tmp_path / "a.parquet", b"PAR1 and nothing more")


def test_one_huge_line_and_one_huge_array_stop_early(tmp_path, monkeypatch):
    monkeypatch.setattr(encoding, "MAX_LINE", 1000)
    monkeypatch.setattr(json_records, "JSON_LIMIT", 1000)
    assert "line 3: one line of over 1,000" in error_of(tmp_path / "a.csv", "text,label\n가,1\n" + "나" * 2000)
    items = json.dumps([{"text": "가", "label": 1}] * 100)
    monkeypatch.setattr(encoding, "MAX_LINE", 1 << 20)
    assert "JSONL" in error_of(tmp_path / "a.json", items)


def test_streaming_errors_name_the_row(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,memo\n가,1\n나,0,덤\n", encoding="utf-8")
    stream = iter(stream_rows(path))
    assert next(stream).text == "가"
    with pytest.raises(DataError, match="line 3: 3 fields"):
        next(stream)
    with pytest.raises(DataError, match="no column 'nope'"):
        stream_rows(path, Columns(text="nope"))


def test_messages_are_korean_too(tmp_path):
    set_language("ko")
    assert "3번째 줄, 'label' 열: 비어 있습니다" in error_of(tmp_path / "a.csv", "text,label\n가,1\n나,\n")
