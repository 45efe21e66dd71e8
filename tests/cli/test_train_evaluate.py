"""`malmoi train`, `evaluate` and `demo` with a tiny model."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from malmoi import recipes
from malmoi.cli.trained import judged_on
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


def test_the_language_of_the_trainer_changes_no_answer(run_cli, tiny_model, tmp_path):
    """A run in English on a corpus with named labels is the run in Korean; every reader reads it in their language."""
    for language in ("ko", "en"):
        asked = ("train", "classification", "--data", "demo", "--model", tiny_model, "--epochs", 0.2)
        exact = ("--set", "train.precision=fp32", "--set", "train.threads=1")
        assert run_cli("--lang", language, *asked, *exact, "--out", tmp_path / language).code == 0
    for name in ("task.json", "config.json", "model.safetensors"):
        assert (tmp_path / "ko" / name).read_bytes() == (tmp_path / "en" / name).read_bytes(), name
    told = {}
    for language, names in (("ko", ("긍정", "부정")), ("en", ("positive", "negative"))):
        result = run_cli("--lang", language, "predict", tmp_path / "en", "좋아요", "--json", tmp_path / "a.json")
        assert all(name in result.out for name in names)
        told[language] = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))[0] | {"sentence": None}
        result = run_cli("--lang", language, "evaluate", tmp_path / "en", "--data", "demo")
        assert result.code == 0 and all(name in result.out for name in names)
    assert told["ko"] == told["en"] and set(told["en"]["scores"]) == {"긍정", "중립", "부정"}


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
    for part in ("120", "정확도", "매크로 F1", "가능성", str(out), "malmoi predict", "malmoi train"):
        assert part in result.out
    values = json.loads((tmp_path / "demo.json").read_text(encoding="utf-8"))
    assert values["confusion"]["labels"] == ["부정", "중립", "긍정"]
    assert len(values["predictions"]) == 6


def test_demo_does_not_replace_another_run(run_cli, tiny_run):
    before = sorted(path.name for path in tiny_run.iterdir())
    result = run_cli("demo", "--out", tiny_run)
    assert result.code == 2 and "--fresh" in result.err
    assert sorted(path.name for path in tiny_run.iterdir()) == before


# --- several labels, scores, pairs --------------------------------------------------------------------------------


@pytest.fixture
def comments(tmp_path):
    path = tmp_path / "댓글.csv"
    rows = [
        "좋아요,칭찬",
        "좋은데 비싸요,칭찬|가격",
        "비싸요,가격",
        "그냥 그래요,",
        "최고예요,칭찬",
        "값이 아까워요,가격",
    ]
    path.write_text("\n".join(["text,labels", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "words", [("classification", "--multi-label"), ("multi-label",), ("multi-label", "--multi-label")]
)
def test_several_labels_by_either_name(words, run_cli, tiny_model, comments, tmp_path):
    result = run_cli("train", *words, "--data", comments, "--dev", comments, "--model", tiny_model, *FAST, "--out", tmp_path / "run", "--json", tmp_path / "t.json")  # fmt: skip
    assert result.code == 0, result.err
    assert "multi-label: 가격, 칭찬" in result.err and "라벨 사이의 구분자는 '|'" in result.err
    assert "완전 일치" in result.out and "문턱값" in result.out and "항상 모든 라벨" in " ".join(result.out.split())
    values = json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))
    assert values["scores"].keys() == {"macro_f1", "micro_f1", "exact_match", "hamming_loss", "macro_auprc"}
    assert [row["label"] for row in values["classes"]] == ["가격", "칭찬"] and values["classes"][0]["support"] == 3


def test_a_separator_is_stored_and_used_for_what_is_judged(run_cli, tiny_model, comments, tmp_path):
    path = tmp_path / "빗금.csv"
    path.write_text(comments.read_text(encoding="utf-8").replace("|", "/"), encoding="utf-8")
    out = tmp_path / "run"
    result = run_cli("train", "multi-label", "--separator", "/", "--data", path, "--dev", path, "--model", tiny_model, *FAST, "--out", out)  # fmt: skip
    assert result.code == 0, result.err
    assert json.loads((out / "recipe.json").read_text(encoding="utf-8"))["data"]["separator"] == "/"
    result = run_cli("evaluate", out, "--data", path, "--json", "-")
    assert json.loads(result.out)["n"] == 6, result.err
    assert "'칭찬|가격'" in run_cli("evaluate", out, "--data", comments).err  # one unknown label to a "/"
    assert run_cli("evaluate", out, "--data", comments, "--separator", "|").code == 0


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (("regression", "--multi-label", "--data", "a.csv"), "malmoi train classification --multi-label"),
        (("classification", "--separator", "|", "--data", "a.csv"), "malmoi train multi-label"),
        (("classification", "--data", "kmhas-small"), "malmoi train multi-label --data kmhas-small"),
        (("classification", "--multi-label", "--data", "nsmc"), "malmoi train classification --data nsmc"),
        (("multi-label", "--data", "korsts"), "malmoi train regression --data korsts"),
    ],
    ids=str,
)
def test_the_wrong_pairing_names_the_right_command(arguments, command, run_cli, tmp_path):
    result = run_cli("train", *arguments, "--out", tmp_path / "run")
    assert result.code == 2 and command in result.err
    assert not (tmp_path / "run").exists()


def test_help_names_every_task(run_cli):
    from malmoi.tasks import TASKS

    text = " ".join(run_cli("--lang", "en", "train", "--help").out.split())
    assert all(task.name in text for task in TASKS)


def test_pairs_are_offered_as_pairs(run_cli, tiny_model, pair_run, tmp_path):
    data = pair_run.parent / "자료.tsv"
    out = tmp_path / "run"
    result = run_cli(
        "train", "classification", "--data", data, "--dev", data, "--model", tiny_model, *FAST, "--out", out
    )
    assert result.code == 0, result.err
    assert "--pair" in result.out.split("다음 명령")[1].splitlines()[1]
    assert 'malmoi.load("' in (out / "README.md").read_text(encoding="utf-8")
    assert '{"text": "비가 온다.", "pair": "비가 내린다."}' in (out / "README.md").read_text(encoding="utf-8")


def test_judging_single_texts_with_a_model_of_pairs_names_the_row(run_cli, pair_run, tmp_path):
    path = tmp_path / "시험.csv"
    path.write_text("text,label\n좋아요,같음\n", encoding="utf-8")
    result = run_cli("evaluate", pair_run, "--data", path)
    assert result.code == 2 and "2번째 줄: 둘째 글이 없습니다" in result.err and "--pair" in result.err


def test_evaluate_several_labels(run_cli, labels_run, tmp_path):
    report = tmp_path / "보고서.html"
    result = run_cli("evaluate", labels_run, "--data", labels_run.parent / "자료.tsv", "--report", report, "--json", tmp_path / "e.json")  # fmt: skip
    assert result.code == 0, result.err
    assert "매크로 F1" in result.out and "배송" in result.out and "문턱값" in result.out
    page = report.read_text(encoding="utf-8")
    for part in ("글 길이별 완전 일치", "클래스별 점수", "문턱값", "확률을 믿을 수 있나"):
        assert part in page
    values = json.loads((tmp_path / "e.json").read_text(encoding="utf-8"))
    assert {row["label"] for row in values["classes"]} == {"만족", "배송"} and "confusion" not in values
    assert "constant" in values["baselines"]


def test_evaluate_scores(run_cli, score_run, tmp_path):
    report = tmp_path / "보고서.html"
    data = score_run.parent / "자료.tsv"
    result = run_cli("evaluate", score_run, "--data", data, "--report", report, "--json", tmp_path / "e.json")
    assert result.code == 0, result.err
    assert "스피어만 상관 *" in result.out and "항상 평균" in result.out and "평균 오차" in result.out
    page = report.read_text(encoding="utf-8")
    assert "정답과 예측 점수의 산점도" in page and "가장 크게 틀린 예" in page
    values = json.loads((tmp_path / "e.json").read_text(encoding="utf-8"))
    assert values["scores"].keys() == {"spearman", "pearson", "mae", "rmse"}
    assert sum(row["count"] for row in values["bins"]) == values["n"]


def test_judging_with_data_of_another_kind_is_said(run_cli, score_run, labels_run, tmp_path):
    path = tmp_path / "시험.csv"
    path.write_text("text,label\n좋아요,긍정\n", encoding="utf-8")
    assert "유한한 수가 아닙니다: '긍정'" in run_cli("evaluate", score_run, "--data", path).err
    assert "'긍정'" in run_cli("evaluate", labels_run, "--data", path).err


def test_the_table_of_classes_is_shown_from_three_on(run_cli, tiny_run, reviews_file):
    assert "재현율" not in run_cli("evaluate", tiny_run, "--data", reviews_file).out


@pytest.mark.parametrize(("data", "next_data"), [("demo", "demo"), ("리뷰.csv", "시험.csv"), (None, "시험.csv")])
def test_a_corpus_with_a_split_kept_aside_is_judged_on_next(data, next_data):
    assert judged_on(data) == next_data
