"""Prediction files: whole or not at all, readable again, and harmless in a spreadsheet."""

import csv
import json
import os
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malmoi.data.readers import stream_rows
from malmoi.data.writers import PredictionWriter
from malmoi.errors import DataError, DiskError

ROW = {"text": "재밌어요", "label": "긍정", "score": 0.9, "scores": {"긍정": 0.9, "부정": 0.1}}
PAYLOADS = ["=1+1", "+82 10", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://x","열기")', "＝1+1"]


def write(path, rows):
    with PredictionWriter(path) as writer:
        for row in rows:
            writer.write(row)
    return writer


def read_cells(path, delimiter=","):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


def test_jsonl_is_korean_one_object_a_line(tmp_path):
    path = tmp_path / "새 폴더" / "결과.jsonl"
    assert write(path, [ROW, ROW]).num_rows == 2
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2 and "재밌어요" in lines[0] and json.loads(lines[1]) == ROW


def test_csv_opens_in_excel(tmp_path):
    path = tmp_path / "결과.csv"
    write(path, [ROW, {"text": "빈 줄", "label": ""}])
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    header, first, second = read_cells(path)
    assert header == list(ROW) and first[:3] == ["재밌어요", "긍정", "0.9"]
    assert json.loads(first[3]) == ROW["scores"] and second == ["빈 줄", "", "", ""]


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("ending", [".csv", ".tsv"])
def test_formulas_are_defused(tmp_path, payload, ending):
    path = tmp_path / f"결과{ending}"
    write(path, [{"text": payload, payload: "열 이름", "score": -0.5}])
    header, row = read_cells(path, "," if ending == ".csv" else "\t")
    assert row[0] == "'" + payload and header[1] == "'" + payload
    assert row[2] == "-0.5"  # a number is no text


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=5), st.sampled_from([".csv", ".tsv", ".jsonl"]))
@settings(max_examples=80, deadline=None)
def test_any_text_can_be_written_and_no_cell_starts_a_formula(texts, ending):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"결과{ending}"
        write(path, [{"text": text, "label": "긍정"} for text in texts])
        if ending == ".jsonl":
            assert [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").split("\n")[:-1]] == texts
        else:
            rows = read_cells(path, "," if ending == ".csv" else "\t")[1:]
            assert len(rows) == len(texts)
            cells = [row[0] for row in rows if not re.fullmatch(r"-[0-9.eE+-]+", row[0])]  # numbers below 0 are none
            assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)


@pytest.mark.parametrize(
    ("cell", "is_number"),
    [
        ("-1", True),
        ("-0.5", True),
        ("-1e-7", True),
        ("-1-1", False),
        ("+1", False),
        ("-", False),
        ("-1,5", False),
        ("-١", False),
    ],
)
def test_only_numbers_begin_with_a_minus(tmp_path, cell, is_number):
    write(tmp_path / "결과.csv", [{"수": cell}])
    assert read_cells(tmp_path / "결과.csv")[1] == [cell if is_number else "'" + cell]


def test_lone_surrogates_do_not_stop_a_job(tmp_path):
    path = tmp_path / "결과.jsonl"
    write(path, [{"text": "가\ud800"}])
    assert json.loads(path.read_text(encoding="utf-8")) == {"text": "가\ud800"}


def test_what_is_written_can_be_read_again(tmp_path):
    path = tmp_path / "결과.csv"
    write(path, [ROW, {**ROW, "text": '따옴표 "와" 줄\n바꿈'}])
    assert [row.text for row in stream_rows(path)] == ["재밌어요", '따옴표 "와" 줄\n바꿈']


def test_an_exception_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "결과.csv"
    path.write_text("옛 결과", encoding="utf-8")
    with pytest.raises(RuntimeError), PredictionWriter(path) as writer:
        writer.write(ROW)
        raise RuntimeError
    assert path.read_text(encoding="utf-8") == "옛 결과" and os.listdir(tmp_path) == ["결과.csv"]


def test_bad_rows_are_our_own_bugs(tmp_path):
    with pytest.raises(ValueError), PredictionWriter(tmp_path / "a.csv") as writer:
        writer.write({"text": "가"})
        writer.write({"text": "가", "new": 1})
    with pytest.raises(ValueError), PredictionWriter(tmp_path / "a.jsonl") as writer:
        writer.write({"score": float("nan")})
    assert os.listdir(tmp_path) == []


def test_standard_output(capfdbinary):
    write("-", [ROW])
    assert json.loads(capfdbinary.readouterr().out.decode("utf-8")) == ROW


def test_unknown_ending_and_full_disk(tmp_path):
    with pytest.raises(DataError, match=r"\.jsonl, \.ndjson, \.csv, \.tsv"):
        PredictionWriter(tmp_path / "결과.xlsx")
    if Path("/dev/full").exists():
        with pytest.raises(DiskError), PredictionWriter(tmp_path / "a.csv") as writer:
            writer._file = writer._stack.enter_context(open("/dev/full", "w", encoding="utf-8"))  # noqa: SIM115
            writer.write(ROW)
    assert os.listdir(tmp_path) == []
