"""A run with cleaning steps: said in step 4, stored, named on the card, repeated by its recipe, applied when it answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from transformers import AutoTokenizer

import malmoi
from malmoi.inference.predictor import load
from malmoi.io import read_json
from malmoi.recipes.resolve import resolve_recipe
from malmoi.text.cleaning import clean_text

STEPS = "html,repeats=2,particles"
STORED = ["html", "repeats=2", "particles"]


@pytest.fixture(scope="module")
def dirty_reviews(reviews_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dirty") / "리뷰.tsv"
    header, *lines = reviews_file.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *(f"<b>{line}" for line in lines)]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def run(tiny_model: Path, dirty_reviews: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "치운"
    settings = {"model": str(tiny_model), "epochs": 2, "lr": 5e-3, "train.precision": "fp32", "train.threads": 1}
    return malmoi.train(data=dirty_reviews, dev=dirty_reviews, out=out, quiet=True, clean=STEPS, **settings).path


def test_stored_with_the_task_and_the_recipe(run: Path) -> None:
    assert read_json(run / "task.json")["config"]["clean"] == STORED
    assert read_json(run / "recipe.json")["tasks"][0]["config"]["clean"] == STORED
    assert read_json(run / "scores.json")["made_with"]["kiwipiepy"]


def test_named_on_the_card_and_for_plain_hugging_face(run: Path) -> None:
    card = (run / "README.md").read_text(encoding="utf-8")
    assert "`html → repeats=2 → particles`" in card and "malmoi.clean_text" in card
    text = "<b>배우는 좋아요ㅋㅋㅋㅋ"
    plain = AutoTokenizer.from_pretrained(run)
    ours = load(str(run), precision="fp32", threads=1).task.tokenizer.encode_ids([text])[0][0].tolist()
    assert plain(text)["input_ids"] != ours
    assert plain(malmoi.clean_text(text, STEPS))["input_ids"] == ours


def test_a_run_without_steps_says_nothing_of_them(tiny_run: Path) -> None:
    assert "clean" not in (tiny_run / "README.md").read_text(encoding="utf-8")
    assert read_json(tiny_run / "task.json")["config"]["clean"] == []
    assert "clean" not in read_json(tiny_run / "recipe.json")["tasks"][0]["config"]
    assert "kiwipiepy" not in read_json(tiny_run / "scores.json")["made_with"]


def test_answers_are_those_for_the_cleaned_text(run: Path) -> None:
    predictor = load(str(run), precision="fp32", threads=1)
    raw = "<i>화면이</i> 예쁘고 음악도 좋아요 ㅎㅎㅎㅎ"
    found, tidy = predictor(raw), predictor(clean_text(raw, STEPS))
    assert found.text == raw and found.scores == tidy.scores
    assert predictor(raw.replace("화면", "화면화면화면")).text.startswith("<i>화면화면화면")


def test_the_recipe_repeats_the_run(run: Path, run_cli, tmp_path: Path) -> None:
    result = run_cli("train", "classification", "--recipe", run / "recipe.json", "--out", tmp_path / "again")
    assert result.code == 0, result.err
    assert "전처리 html → repeats=2 → particles" in result.err.split("[4/7]")[1].split("[5/7]")[0]
    for name in ("task.json", "model.safetensors"):
        assert (tmp_path / "again" / name).read_bytes() == (run / name).read_bytes()


@pytest.mark.parametrize(
    "spelling", [("--clean", STEPS), ("--set", f"task.clean={json.dumps(STORED)}"), ("--set", f"task.clean={STEPS}")]
)
def test_one_spelling_for_all_doors(spelling, run_cli, tiny_model: Path, dirty_reviews: Path, tmp_path: Path) -> None:
    arguments = ("--data", dirty_reviews, "--dev", dirty_reviews, "--model", tiny_model, "--epochs", 0.1)
    result = run_cli(
        "train", "classification", *arguments, *spelling, "--out", tmp_path / "run", "--json", tmp_path / "j"
    )
    assert result.code == 0, result.err
    assert read_json(tmp_path / "j")["recipe"]["tasks"][0]["config"]["clean"] == STORED


def test_words_of_a_file_are_in_the_recipe(tmp_path: Path) -> None:
    file = tmp_path / "불용어.txt"
    file.write_text("그리고\n하지만\n", encoding="utf-8")
    for spelling in (f"stopwords=@{file}", ["stopwords=@" + str(file)]):
        recipe = resolve_recipe("classification", "demo", clean=spelling)
        assert recipe.tasks[0].config["clean"] == ["stopwords=그리고 하지만"]
    (tmp_path / "recipe.json").write_text(
        json.dumps({"tasks": [{"name": "classification", "config": {"clean": [f"stopwords=@{file}"]}}]}),
        encoding="utf-8",
    )
    with pytest.raises(malmoi.ConfigError, match="stopwords=@"):
        resolve_recipe("classification", "demo", str(tmp_path / "recipe.json"))


@pytest.mark.parametrize(
    ("spelling", "part"),
    [
        (("--clean", "htlm"), "'html'"),
        (("--clean", "repeats=x"), "repeats=x"),
        (("--set", 'task.clean=["htlm"]'), "'html'"),
        (("--set", "task.clean=3"), "task.clean"),
        (("--set", "task.clean=[3]"), "'3'"),
        (("--set", 'task.clean=[["html"]]'), "task.clean[0]"),
    ],
)
def test_wrong_steps_stop_before_any_work(spelling, part, run_cli, dirty_reviews: Path, tmp_path: Path) -> None:
    result = run_cli("train", "classification", "--data", dirty_reviews, *spelling, "--out", tmp_path / "run")
    assert result.code == 2 and part in result.err
    assert not (tmp_path / "run").exists()


def test_evaluation_cleans_as_well(run: Path, dirty_reviews: Path, reviews_file: Path) -> None:
    with pytest.warns(UserWarning):
        dirty = malmoi.evaluate(run, dirty_reviews)
    tidy = malmoi.evaluate(run, reviews_file)
    assert dirty.scores["accuracy"].value == tidy.scores["accuracy"].value
