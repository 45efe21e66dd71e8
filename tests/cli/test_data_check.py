"""`malmoi data check`: what a person and what a machine reads."""

from __future__ import annotations

import json

import pytest
from rich.cells import cell_len


@pytest.fixture
def reviews(tmp_path):
    """Enough reviews for folds: the last word tells the label, but for three rows; two copies, one empty text."""
    rows = ["번호,글,감정"]
    for i in range(120):
        is_good = (i % 2 == 0) != (i in (20, 51, 90))
        word = ("최고예요" if i % 4 else "재밌어요") if i % 2 == 0 else ("지루해요" if i % 4 == 1 else "아까워요")
        rows.append(f"{i},배우와 연기와 음악 {i} {word},{'긍정' if is_good else '부정'}")
    rows += ["120,굿ㅋㅋ,긍정", "121,굿ㅋㅋ,부정", "122,굿ㅋㅋㅋㅋ,긍정", "123,  ,부정"]
    path = tmp_path / "리뷰.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_what_people_read(run_cli, reviews):
    result = run_cli("data", "check", reviews, "--text", "글", "--label", "감정", "--words", 2)
    assert result.code == 0 and not result.err
    for part in ("124행", "글자", "어절", "긍정", "49.2 %", "굿ㅋㅋ", "긍정 ×1, 부정 ×1", "빈 글 1개: 125번째 줄"):
        assert part in result.out, part
    assert all(cell_len(line) <= 80 for line in result.out.splitlines() if str(reviews) not in line)
    assert "malmoi data clean" in result.out and "--text 글 --label 감정 --out 리뷰-clean.csv" in result.out


def test_what_machines_read(run_cli, reviews):
    result = run_cli("data", "check", reviews, "--text", "글", "--label", "감정", "--json", "-")
    values = json.loads(result.out)
    assert values["num_rows"] == 124 and values["balance"]["labels"]["긍정"]["count"] == 61
    assert values["empty"] == {"num_rows": 1, "rows": [125]}
    assert values["duplicates"]["contradictions"][0]["rows"] == [122, 123]
    assert values["near_duplicates"]["groups"][0]["rows"] == [122, 124]
    assert values["words"]["긍정"][0]["word"] in ("최고예요", "재밌어요")
    assert values["overlaps"] == [] and "tokens" not in values and "suspects" not in values


def test_wrong_labels(run_cli, reviews):
    result = run_cli("data", "check", reviews, "--text", "글", "--label", "감정", "--labels", "--json", "-")
    values = json.loads(result.out)["suspects"]
    found = {suspect["row"] for suspect in values["suspects"][:3]}
    assert found & {22, 53, 92} and values["accuracy"] > 0.9 > values["majority"]
    assert values["suspects"][0]["given"] in ("긍정", "부정") and "의심스러운 행" in result.err


def test_overlap_with_several(run_cli, tmp_path, reviews_file):
    path, other = tmp_path / "겹침.csv", tmp_path / "더.txt"
    path.write_text("text,label\n한 번 쓰고 고장 났습니다,긍정\n좋아요,긍정\n별로,부정\n", encoding="utf-8")
    other.write_text("좋아요!\n", encoding="utf-8")  # no labels
    arguments = ("--against", reviews_file, "--against", other, "--json", tmp_path / "j.json")
    result = run_cli("data", "check", path, *arguments)
    assert result.code == 0 and "[라벨 다름] 한 번 쓰고" in result.out
    first, second = json.loads((tmp_path / "j.json").read_text(encoding="utf-8"))["overlaps"]
    assert (first["other"], first["num_rows"], first["num_contradicting"]) == (str(reviews_file), 1, 1)
    assert (second["num_rows"], second["num_near"], second["near_rows"][0]["row"]) == (0, 1, 3)


def test_tokens(run_cli, tiny_model, reviews_file):
    result = run_cli("data", "check", reviews_file, "--model", tiny_model, "--json", "-")
    values = json.loads(result.out)["tokens"]
    assert values["num_tokens"] > 12 and values["num_unknown"] == 0 and set(values["num_over"]) == {"128", "256", "512"}
    assert "토큰" in result.err


def test_a_corpus_and_texts_alone(run_cli, tmp_path):
    result = run_cli("data", "check", "demo")
    assert "640행" in result.out and "중립" in result.out
    path = tmp_path / "글.txt"
    path.write_text("하나\n둘\n하나\n", encoding="utf-8")
    result = run_cli("data", "check", path, "--unlabelled")
    assert "3행" in result.out and "하나 2" in result.out and "--unlabelled --out 글-clean.jsonl" in result.out
    assert run_cli("data", "check", path).code == 2


def test_several_labels_and_scores(run_cli, tmp_path):
    several, scores = tmp_path / "여럿.tsv", tmp_path / "점수.csv"
    several.write_text("text\tlabel\n가나\t욕설,비하\n다라\t비하\n마바\t\n", encoding="utf-8")
    result = run_cli("data", "check", several, "--multi-label", "--json", "-")
    balance = json.loads(result.out)["balance"]
    assert balance["labels"]["비하"]["count"] == 2 and balance["num_none"] == 1
    scores.write_text("text,label\n가,1\n나,5\n다,5\n", encoding="utf-8")
    result = run_cli("data", "check", scores, "--scores", "--json", "-")
    assert json.loads(result.out)["balance"]["scores"]["bins"][1] == {"low": 5, "high": 5, "count": 2}
    assert "█" in result.err
    refused = run_cli("data", "check", scores, "--scores", "--labels")
    assert refused.code == 2 and "라벨이 두 종류" in refused.err


def test_brackets_and_escapes_are_text(run_cli, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,label\n[red]위험[/red] \x1b[31m,[b]\n[red]위험[/red] \x1b[31m,나\n", encoding="utf-8")
    result = run_cli("data", "check", path)
    assert "[red]위험[/red]" in result.out and "[b]" in result.out and "\x1b" not in result.out


@pytest.mark.parametrize(
    ("flags", "part"),
    [
        (("--model", "없는/모델"), "없는/모델"),
        (("--against", "없는파일.csv"), "없는파일.csv"),
        (("--scores", "--unlabelled"), "--unlabelled"),
        (("--separator", ","), "','"),
    ],
)
def test_flags_that_cannot_be(run_cli, reviews_file, flags, part, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    result = run_cli("data", "check", reviews_file, *flags, "--json", tmp_path / "j.json")
    assert result.code == 2 and part in result.err and not (tmp_path / "j.json").exists()


def test_columns_are_meant_for_the_file_beside_a_corpus(run_cli, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("리뷰,감정,비고\n아주 새로운 글,긍정,x\n더 새로운 글,부정,y\n", encoding="utf-8")
    result = run_cli("data", "check", "demo", "--against", path, "--text", "리뷰", "--label", "감정")
    assert result.code == 0 and "a.csv 에 똑같이 있는 글은 없습니다" in result.out
    assert run_cli("data", "check", "demo", "--text", "리뷰").code == 2
