"""Parsing from the command line: train on a treebank, judge, answer, draw."""

import json

import pytest

from malmoi.tasks.parsing import Parsing


@pytest.fixture(scope="module")
def treebank(tmp_path_factory):
    """The demo trees as a KLUE-DP file."""
    path = tmp_path_factory.mktemp("treebank") / "나무.tsv"
    lines = ["## 칼럼명 : INDEX\tWORD_FORM\tLEMMA\tPOS\tHEAD\tDEPREL"]
    for number, tree in enumerate(Parsing.demo() * 2):
        lines.append(f"## demo_{number}\t{tree.text}")
        forms = [tree.text[w.start : w.end] for w in tree.words]
        lines += [f"{i}\t{form}\t{form}\t{w.pos}\t{w.head}\t{w.relation}" for i, (form, w) in enumerate(zip(forms, tree.words, strict=True), 1)]  # fmt: skip
        lines.append("")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def run(treebank, tiny_model, tmp_path_factory):
    """A parser that knows the demo trees by heart."""
    import malmoi

    settings = {"model": str(tiny_model), "epochs": 40, "lr": 5e-3, "optim.head_lr": 1.0, "batch_size": 5}
    settings |= {"train.threads": 1, "train.precision": "fp32"}
    out = tmp_path_factory.mktemp("runs") / "parsing"
    return malmoi.train("parsing", treebank, dev=treebank, out=out, quiet=True, **settings).path


def test_train_says_what_it_learned(run_cli, treebank, tiny_model, tmp_path):
    result = run_cli("train", "parsing", "--data", treebank, "--dev", treebank, "--model", tiny_model, "--epochs", 1, "--set", "train.precision=fp32", "--out", tmp_path / "run")  # fmt: skip
    assert result.code == 0 and "LAS *" in result.out and "다음 낱말이 머리" in result.out
    assert "KLUE-DP 형식으로 읽었습니다" in result.err and "BiaffineHead" in result.err
    assert "KLUE UAS" in result.out and "XPOS 정확도" in result.out
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "글 길이별 LAS" in page and "NP_SBJ" in page


def test_evaluate(run_cli, run, treebank, tmp_path):
    result = run_cli("evaluate", run, "--data", treebank, "--json", tmp_path / "scores.json")
    assert result.code == 0
    values = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    assert values["scores"]["las"]["value"] == 1.0 and values["scores"]["klue_dp_uas"]["value"] == 1.0
    assert set(values["baselines"]) == {"next-word"} and len(values["classes"]) >= 5


def test_a_treebank_is_asked_about_by_its_sentences(run_cli, run, treebank, tmp_path):
    """Its lines had been taken for texts: "1\\t비가\\t…" got a tree of its own."""
    out = tmp_path / "답.jsonl"
    result = run_cli("predict", run, "--input", treebank, "--output", out)
    answers = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert result.code == 0 and [answer["text"] for answer in answers] == [tree.text for tree in Parsing.demo() * 2]
    assert [word["head"] for word in answers[0]["words"]] == [2, 0]


def test_predict_draws_the_tree(run_cli, run, tmp_path):
    file = tmp_path / "나무.svg"
    result = run_cli("predict", run, "비가 온다.", "--svg", file)
    assert result.code == 0
    assert " ┌─ 비가   NP_SBJ  NNG+JKS" in result.out and "─┴─ 온다.  VP      VV+EF+SF" in result.out
    assert file.read_text(encoding="utf-8").startswith("<svg") and f"그림: {file}" in result.out
    assert run_cli("predict", run, "비가 온다.", "--svg", file).code == 2
    assert run_cli("predict", run, "비가 온다.", "--svg", file, "--force").code == 0


def test_a_picture_is_of_one_text_with_words(run_cli, run, tiny_run, tmp_path):
    result = run_cli("predict", run, "비가 온다.", "눈이 온다.", "--svg", tmp_path / "둘.svg")
    assert result.code == 2 and "TEXT 를 하나만" in result.err
    result = run_cli("predict", tiny_run, "재미있어요", "--svg", tmp_path / "분류.svg")
    assert result.code == 2 and "그릴 것이 없습니다" in result.err
    assert not list(tmp_path.iterdir())


def test_predict_files(run_cli, run, tmp_path):
    (tmp_path / "글.csv").write_text("id,text\n1,비가 온다.\n2,\n3,비가 온다. 아주 큰 나무가 있다.\n", encoding="utf-8")
    result = run_cli("predict", run, "--input", tmp_path / "글.csv", "--output", tmp_path / "답.jsonl")
    assert result.code == 0
    first, blank, third = map(json.loads, (tmp_path / "답.jsonl").read_text(encoding="utf-8").splitlines())
    assert [(w["text"], w["head"], w["relation"]) for w in first["malmoi_words"]] == [
        ("비가", 2, "NP_SBJ"),
        ("온다.", 0, "VP"),
    ]
    assert blank["malmoi_words"] is None
    assert [word["head"] for word in third["malmoi_words"]] == [2, 0, 4, 5, 6, 0]
    result = run_cli("predict", run, "--input", tmp_path / "글.csv", "--output", tmp_path / "답.csv")
    assert result.code == 0 and '""relation"": ""NP_SBJ""' in (tmp_path / "답.csv").read_text(encoding="utf-8-sig")


def test_the_answers_are_data_again(run_cli, run, tmp_path):
    """What a model says can be corrected and trained on."""
    (tmp_path / "글.txt").write_text("비가 온다.\n아주 큰 나무가 있다.\n", encoding="utf-8")
    run_cli("predict", run, "--input", tmp_path / "글.txt", "--output", tmp_path / "나무.jsonl")
    result = run_cli("evaluate", run, "--data", tmp_path / "나무.jsonl", "--json", tmp_path / "scores.json")
    assert result.code == 0
    assert json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))["scores"]["las"]["value"] == 1.0


def test_data_of_another_kind_is_refused(run_cli, run, reviews_file, tmp_path):
    result = run_cli("train", "parsing", "--data", reviews_file, "--out", tmp_path / "run")
    assert result.code == 2 and "나무가 없습니다" in result.err and not (tmp_path / "run").exists()
    assert run_cli("evaluate", run, "--data", reviews_file).code == 2


def test_tfidf_is_refused(run_cli, treebank, tmp_path):
    result = run_cli("train", "parsing", "--data", treebank, "--model", "tfidf", "--out", tmp_path / "run")
    assert result.code == 2 and "tfidf" in result.err and not (tmp_path / "run").exists()
