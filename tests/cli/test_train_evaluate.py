"""`malmoi train`, `evaluate` and `demo` with a tiny model."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from malmoi import recipes
from malmoi.recipes.demo import demo
from malmoi.training.recipe import ModelRecipe

FAST = ("--epochs", 1, "--set", "train.precision=fp32")


@pytest.fixture
def trained(run_cli, tiny_model, reviews_file, tmp_path):
    out = tmp_path / "실행 결과"
    result = run_cli("train", "classification", "--data", reviews_file, "--dev", reviews_file, "--model", tiny_model,
                     *FAST, "--out", out, "--json", tmp_path / "train.json")  # fmt: skip
    assert result.code == 0, result.err
    return out, result


def test_train_tells_the_whole_story(trained, tmp_path):
    out, result = trained
    for number, stage in enumerate(("설정", "데이터", "모델", "토크나이저", "로더", "태스크", "학습"), 1):
        assert f"[{number}/7] {stage}" in result.err
    for part in (
        "정확도",
        "매크로 F1",
        "항상 ",
        "행 = 정답",
        str(out),
        "report.html",
        "malmoi predict",
        "malmoi evaluate",
    ):
        assert part in result.out
    values = json.loads((tmp_path / "train.json").read_text(encoding="utf-8"))
    assert values["run"] == str(out)
    assert values["scores"]["accuracy"]["n"] == 12
    assert values["recipe"]["train"]["epochs"] == 1


def test_train_again_shows_the_stored_scores(trained, run_cli, tiny_model, reviews_file):
    out, _ = trained
    arguments = ("train", "classification", "--data", reviews_file, "--dev", reviews_file, "--model", tiny_model, *FAST)
    result = run_cli(*arguments, "--out", out)
    assert result.code == 0
    assert "이미 끝났습니다" in result.err and "정확도" in result.out


def test_json_on_standard_output_is_alone(run_cli, tiny_run, reviews_file):
    result = run_cli("evaluate", tiny_run, "--data", reviews_file, "--json", "-")
    values = json.loads(result.out)
    assert values["n"] == 12
    assert values["scores"].keys() >= {"accuracy", "macro_f1"}
    assert values["baselines"]["majority"]["accuracy"]["value"] == 0.5
    assert sum(map(sum, values["confusion"]["counts"])) == 12
    assert "정확도" in result.err


def test_evaluate_says_that_the_run_knows_the_data(run_cli, tiny_run, reviews_file, tmp_path):
    assert "쓰였습니다" in run_cli("evaluate", tiny_run, "--data", reviews_file).out
    other = tmp_path / "시험.csv"
    other.write_text("text,label\n좋아요,긍정\n싫어요,부정\n", encoding="utf-8")
    assert "쓰였습니다" not in run_cli("evaluate", tiny_run, "--data", other).out


def test_evaluate_writes_a_report(run_cli, tiny_run, reviews_file, tmp_path):
    report = tmp_path / "보고서.html"
    result = run_cli("evaluate", tiny_run, "--data", reviews_file, "--report", report, "--lang", "en")
    assert result.code == 0 and "accuracy" in result.out
    assert report.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_demo_with_a_tiny_model(run_cli, tiny_model, tmp_path, monkeypatch):
    fast = replace(demo().train, epochs=1.0, precision="fp32")
    monkeypatch.setitem(
        recipes.RECIPES, "demo", lambda: replace(demo(), model=ModelRecipe(str(tiny_model)), train=fast)
    )
    out = tmp_path / "demo"
    for _ in range(2):  # the second replaces the first
        result = run_cli("demo", "--out", out, "--json", tmp_path / "demo.json")
        assert result.code == 0, result.err
    assert "[7/7] 학습" in result.err
    for part in ("120", "정확도", "매크로 F1", "가능성이", str(out), "malmoi predict", "malmoi train"):
        assert part in result.out
    values = json.loads((tmp_path / "demo.json").read_text(encoding="utf-8"))
    assert values["confusion"]["labels"] == ["부정", "중립", "긍정"]
    assert len(values["predictions"]) == 6


def test_demo_does_not_replace_another_run(run_cli, tiny_run):
    before = sorted(path.name for path in tiny_run.iterdir())
    result = run_cli("demo", "--out", tiny_run)
    assert result.code == 2 and "--fresh" in result.err
    assert sorted(path.name for path in tiny_run.iterdir()) == before
