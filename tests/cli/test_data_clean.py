"""`malmoi data clean`: the copy, the report, and what it refuses."""

from __future__ import annotations

import json

import pytest

ROWS = '번호,리뷰,감정\n1,굿,긍정\n2,굿,긍정\n3,굿,부정\n4, ,부정\n5,지루해요,부정\n6,"최고, 최고",긍정\n'
CLEAN = '번호,리뷰,감정\n1,굿,긍정\n5,지루해요,부정\n6,"최고, 최고",긍정\n'


@pytest.fixture
def reviews(tmp_path):
    path = tmp_path / "리뷰.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def test_a_clean_copy(run_cli, reviews, tmp_path):
    out = tmp_path / "새 폴더" / "깨끗.csv"
    result = run_cli("data", "clean", reviews, "--out", out, "--json", tmp_path / "j.json")
    assert result.code == 0, result.err
    assert out.read_text(encoding="utf-8-sig").replace("\r\n", "\n") == CLEAN
    assert reviews.read_text(encoding="utf-8") == ROWS
    values = json.loads((tmp_path / "j.json").read_text(encoding="utf-8"))
    assert (values["rows_before"], values["rows_after"], values["dry_run"], values["out"]) == (6, 3, False, str(out))
    assert {step["name"]: step["num_rows"] for step in values["steps"]} == {
        "nfc": 0, "empty": 1, "contradictions": 1, "duplicates": 1,
    }  # fmt: skip
    for part in ("빈 글", "엇갈린 라벨", "긍정 ×2, 부정 ×1", "2번째 줄과 같음", "6행 → 3행"):
        assert part in result.out, part


def test_a_dry_run_writes_nothing(run_cli, reviews, tmp_path):
    before = sorted(tmp_path.iterdir())
    result = run_cli("data", "clean", reviews, "--dry-run", "--out", tmp_path / "b.csv")
    assert result.code == 0 and "6행 → 3행" in result.out and "--dry-run" in result.out
    assert sorted(tmp_path.iterdir()) == before


def test_an_existing_file_needs_force(run_cli, reviews, tmp_path):
    result = run_cli("data", "clean", reviews, "--out", reviews)
    assert result.code == 2 and "--force" in result.err and reviews.read_text(encoding="utf-8") == ROWS
    assert run_cli("data", "clean", reviews, "--out", reviews, "--force").code == 0
    assert reviews.read_text(encoding="utf-8-sig").replace("\r\n", "\n") == CLEAN


def test_steps_can_be_left_out(run_cli, reviews, tmp_path):
    flags = ("--keep-empty", "--keep-duplicates", "--contradictions", "keep", "--no-nfc")
    result = run_cli("data", "clean", reviews, *flags, "--out", tmp_path / "b.csv")
    assert result.code == 0 and "6행 → 6행" in result.out
    assert (tmp_path / "b.csv").read_text(encoding="utf-8-sig").replace("\r\n", "\n") == ROWS


def test_more_steps(run_cli, reviews, tmp_path):
    exam = tmp_path / "시험.csv"
    exam.write_text("리뷰,감정\n지루해요!!,부정\n하나,긍정\n", encoding="utf-8")
    flags = ("--against", exam, "--near", "--min-chars", 2, "--clean", "special=punctuation")
    result = run_cli("data", "clean", reviews, *flags, "--out", tmp_path / "b.jsonl")
    assert result.code == 0, result.err
    (row,) = (tmp_path / "b.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(row) == {"번호": "6", "리뷰": "최고 최고", "감정": "긍정"}


def test_unusable_rows(run_cli, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,label\n가,1\n나,\n다,0\n", encoding="utf-8")
    refused = run_cli("data", "clean", path, "--out", tmp_path / "b.csv")
    assert refused.code == 2 and "3번째 줄" in refused.err and "--skip-bad" in refused.err
    result = run_cli("data", "clean", path, "--skip-bad", "--out", tmp_path / "b.csv", "--json", "-")
    values = json.loads(result.out)
    assert result.code == 0 and (values["skipped"], values["rows_after"]) == (1, 2)


def test_a_corpus(run_cli, tmp_path):
    result = run_cli("data", "clean", "demo:final", "--out", tmp_path / "b.tsv")
    lines = (tmp_path / "b.tsv").read_text(encoding="utf-8").splitlines()
    assert result.code == 0 and lines[0] == "text\tlabel" and len(lines) == 121


def test_texts_without_labels(run_cli, tmp_path):
    path = tmp_path / "글.txt"
    path.write_text("하나\n둘\n하나\n", encoding="utf-8")
    assert run_cli("data", "clean", path, "--unlabelled", "--out", tmp_path / "b.csv").code == 0
    assert (tmp_path / "b.csv").read_text(encoding="utf-8-sig").split() == ["text", "하나", "둘"]


@pytest.mark.parametrize(
    ("flags", "part"),
    [
        ((), "--out"),
        (("--out", "-"), "--out"),
        (("--out", "b.xlsx"), ".jsonl"),
        (("--dry-run", "--contradictions", "drpo"), "'drop'"),
        (("--dry-run", "--min-chars", 9, "--max-chars", 5), "9"),
        (("--dry-run", "--min-chars", 500), "길이 5"),
        (("--dry-run", "--clean", "htlm"), "'html'"),
        (("--dry-run", "--multi-label", "--scores"), "--scores"),
    ],
)
def test_what_cannot_be(run_cli, reviews, flags, part, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run_cli("data", "clean", reviews, *flags)
    assert result.code == 2 and part in result.err and "Traceback" not in result.err
    assert list(tmp_path.iterdir()) == [reviews]
