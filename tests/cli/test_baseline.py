"""`--model tfidf` and `--baseline` on the command line."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def beside(run_cli, tiny_model, reviews_file, tmp_path):
    out = tmp_path / "결과"
    command = ("train", "classification", "--data", reviews_file, "--dev", reviews_file, "--model", tiny_model, "--epochs", 1,
               "--set", "train.precision=fp32", "--baseline", "--out", out)  # fmt: skip
    result = run_cli(*command, "--json", tmp_path / "train.json")
    assert result.code == 0, result.err
    return out, result, command


def test_train_shows_both_baselines(beside, tmp_path):
    _, result, _ = beside
    assert "기준선 tf-idf: dev 정확도" in result.err
    assert "항상 " in result.out and "tf-idf" in result.out and "기준선" in result.out
    values = json.loads((tmp_path / "train.json").read_text(encoding="utf-8"))
    assert set(values["baselines"]) == {"majority", "tfidf"} and values["differences"]["score"] == "accuracy"


def test_repeated_command_says_the_same_again(beside, run_cli, tmp_path):
    _, first, command = beside
    result = run_cli(*command, "--json", tmp_path / "again.json")
    assert result.code == 0 and "이미 끝났습니다" in result.err and result.out == first.out
    values = [json.loads((tmp_path / name).read_text(encoding="utf-8")) for name in ("train.json", "again.json")]
    assert values[0] == values[1]


def test_evaluate_compares_by_itself(beside, run_cli, reviews_file, tmp_path):
    out, _, _ = beside
    page = tmp_path / "보고서.html"
    result = run_cli("evaluate", out, "--data", reviews_file, "--report", page, "--json", tmp_path / "e.json")
    assert result.code == 0 and "기준선(tf-idf)보다" in result.out and "n = 12" in result.out
    assert "기준선(tf-idf)보다" in page.read_text(encoding="utf-8")
    assert "tfidf" in json.loads((tmp_path / "e.json").read_text(encoding="utf-8"))["differences"]
    without = run_cli("evaluate", out, "--data", reviews_file, "--no-baseline")
    assert without.code == 0 and "tf-idf" not in without.out


def test_evaluate_wants_a_baseline_that_is_not_there(run_cli, tiny_run, reviews_file):
    result = run_cli("evaluate", tiny_run, "--data", reviews_file, "--baseline")
    assert result.code == 2 and "--baseline" in result.err and str(tiny_run) in result.err


def test_baseline_is_added_to_a_finished_run(run_cli, tiny_model, reviews_file, tmp_path):
    command = ("train", "classification", "--data", reviews_file, "--dev", reviews_file, "--model", tiny_model, "--epochs", 1,
               "--set", "train.precision=fp32", "--out", tmp_path / "run")  # fmt: skip
    assert run_cli(*command).code == 0
    assert not (tmp_path / "run" / "baseline").exists()
    assert "기준선 tf-idf" in run_cli(*command, "--baseline").err
    assert "기준선(tf-idf)" in run_cli("evaluate", tmp_path / "run", "--data", reviews_file).out


def test_tfidf_from_training_to_prediction(run_cli, reviews_file, tmp_path):
    out = tmp_path / "tfidf"
    result = run_cli(
        "train", "classification", "--data", reviews_file, "--dev", reviews_file, "--model", "tfidf", "--out", out
    )
    assert result.code == 0, result.err
    for number, stage in enumerate(("설정", "데이터", "모델", "토크나이저", "로더", "태스크", "학습"), 1):
        assert f"[{number}/7] {stage}" in result.err
    assert "규제 세기 C" in result.out
    said = run_cli("predict", out, "음식이 맛있고 직원도 친절합니다")
    assert said.code == 0 and "긍정" in said.out
    assert run_cli("evaluate", out, "--data", reviews_file).code == 0
    info = json.loads(run_cli("models", "info", out, "--json", "-").out)
    assert info["vocabulary"] > 10 and info["task"] == "classification"
    refused = run_cli(
        "train", "classification", "--data", reviews_file, "--model", "tfidf", "--baseline", "--out", tmp_path / "x"
    )
    assert refused.code == 2 and "--baseline" in refused.err


def test_seeds_show_interval_baseline_and_verdict(run_cli, reviews_file, tmp_path):
    command = ("train", "classification", "--data", reviews_file, "--dev", reviews_file, "--model", "tfidf",
               "--json", tmp_path / "s.json", "--out", tmp_path / "s")  # fmt: skip
    result = run_cli(*command, "--seeds", 2)
    assert result.code == 0 and "95 % 구간" in result.out and "기준선(항상" in result.out and "± 표준편차" in result.out
    assert "majority" in json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))["baselines"]
    assert "표준편차를 알 수 없습니다" not in result.out
    assert "표준편차를 알 수 없습니다" in run_cli(*command, "--seeds", 1).out
